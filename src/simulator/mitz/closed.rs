//! The closed question: may this requester see these categories of this patient, held by this holder
//! (50-generic-facilities sections 1.3 and 1.4).

use std::time::Duration;

use super::Mitz;
use super::script::{Fault, Names, Script};
use crate::net::listen::Answer;
use crate::transcript::Endpoint;
use crate::wire::http::{HttpRequest, HttpResponse};
use crate::wire::soap::{self, Blame, Envelope};
use crate::wire::xacml::{ANSWER_ACTION, Hl7, Question, ResultOf};
use crate::wire::xml::Limits;

/// How long it keeps silent when the profile does not say, in milliseconds.
const SILENCE_MS: u64 = 60_000;
/// A data category that nobody asks about.
const OTHER_CATEGORY: &str = "GGC007";
/// The URA of nobody.
const NOBODY: &str = "00000000";

impl Mitz {
    pub(super) async fn closed_question(&self, script: &Script, request: &HttpRequest) -> Answer {
        let response = match soap::parse(&request.body, &Limits::default()) {
            Ok(envelope) => self.answer_to(script, &envelope),
            Err(fault) => {
                let told = soap::Fault::new(Blame::Sender, fault.to_string());
                message(&Envelope::default(), 400, &told.body(soap::Version::V12))
            }
        };
        let mut answer = Answer::new(response, Endpoint::Consent);
        match script.fault {
            Some(Fault::Silent) => {
                let ms = self.around.deadlines.get("silence").copied().unwrap_or(SILENCE_MS);
                tokio::time::sleep(Duration::from_millis(ms)).await;
            }
            Some(Fault::Dropped) => answer.breaks_off = true,
            _ => {}
        }
        answer
    }

    fn answer_to(&self, script: &Script, envelope: &Envelope) -> HttpResponse {
        // The older variant carries its attributes in a signed assertion, which may stand in the header.
        let parts = envelope.body.iter().chain(&envelope.headers);
        let Some(question) = parts.into_iter().find_map(Question::of) else {
            let told = soap::Fault::new(Blame::Sender, "this is no question");
            return message(envelope, 400, &told.body(envelope.version));
        };
        let results = self.results(script, &question);
        let body = ResultOf::xml(&results);
        match script.fault {
            Some(Fault::SoapFault) => {
                let told = soap::Fault::new(Blame::Receiver, "the register cannot answer");
                message(envelope, 500, &told.body(envelope.version))
            }
            Some(Fault::Unauthorized) => HttpResponse::status(401),
            Some(Fault::TooManyRequests) => HttpResponse::status(429).with_header("retry-after", "1"),
            Some(Fault::ServerError) => HttpResponse::text(500, "text/plain; charset=utf-8", "SIM: internal error"),
            Some(Fault::WrongContentType) => message(envelope, 200, &body).with_header("content-type", "text/html"),
            Some(Fault::InvalidXml) => {
                let mut whole = message(envelope, 200, &body);
                whole.body.truncate(whole.body.len() * 9 / 10);
                whole
            }
            _ => message(envelope, 200, &body),
        }
    }

    /// One result for each category, with what is wrong on purpose.
    fn results(&self, script: &Script, question: &Question) -> Vec<ResultOf> {
        let around = &self.around;
        let names =
            Names { patient: &around.patient, other_patient: around.other_patient.as_deref(), uras: &around.uras };
        let result = |category: &Hl7| ResultOf {
            decision: Some(script.decide(question, &category.value, &names)),
            patient: question.patient.clone(),
            holder: question.holder.clone(),
            category: Some(category.clone()),
        };
        let mut results: Vec<ResultOf> = question.categories.iter().map(result).collect();
        let swap = |value: &mut Option<Hl7>, other: &str| {
            if let Some(value) = value {
                other.clone_into(&mut value.value);
            }
        };
        match script.fault {
            Some(Fault::MissingResult) => drop(results.pop()),
            Some(Fault::SwappedPatient) => {
                let other = around.other_patient.as_deref().unwrap_or_default();
                results.iter_mut().for_each(|r| swap(&mut r.patient, other));
            }
            Some(Fault::SwappedHolder) => results.iter_mut().for_each(|r| swap(&mut r.holder, NOBODY)),
            Some(Fault::SwappedCategory) => results.iter_mut().for_each(|r| swap(&mut r.category, OTHER_CATEGORY)),
            _ => {}
        }
        results
    }
}

/// A message in the version of SOAP that was asked in.
fn message(asked: &Envelope, status: u16, body: &str) -> HttpResponse {
    let id = format!("urn:uuid:{}", uuid::Uuid::new_v4());
    let text = soap::write(asked.version, &asked.addressing.answer(ANSWER_ACTION, &id), &[], body);
    HttpResponse::text(status, asked.version.content_type(), text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::simulator::mitz::tests::mitz;
    use crate::wire::soap::{Addressing, Version};
    use crate::wire::xacml::{ACTION, BSN, CATEGORIES, Decision, Dialect, URA};

    fn question() -> Question {
        Question {
            patient: Some(Hl7::new(BSN, "999943145")),
            holder: Some(Hl7::new(URA, "90000001")),
            categories: vec![Hl7::new(CATEGORIES, "GGC002"), Hl7::new(CATEGORIES, "GGC012")],
            institution: Some(Hl7::new(URA, "90000002")),
            ..Question::default()
        }
    }

    fn asked(version: Version, body: &str) -> HttpRequest {
        let addressing = Addressing::request(ACTION, "https://localhost/x", "urn:uuid:1");
        let text = soap::write(version, &addressing, &[], body);
        HttpRequest { method: "POST".into(), ..HttpRequest::default() }
            .with_body(version.content_type(), text.into_bytes())
    }

    async fn ask(script: &str, request: &HttpRequest) -> HttpResponse {
        let script: Script = serde_json::from_str(script).unwrap();
        mitz().closed_question(&script, request).await.response
    }

    fn decisions(response: &HttpResponse) -> Vec<Option<Decision>> {
        let envelope = soap::parse(&response.body, &Limits::default()).unwrap();
        assert_eq!(envelope.addressing.relates_to.as_deref(), Some("urn:uuid:1"));
        ResultOf::all(&envelope.body.unwrap()).unwrap().into_iter().map(|r| r.decision).collect()
    }

    #[tokio::test]
    async fn every_known_dialect_is_answered_in_its_own_version() {
        let body = question().xml(Dialect::default());
        let bare = body.replace("q:", "").replace("xmlns:q", "x");
        let together = question().xml(Dialect { categories_together: true });
        for version in [Version::V12, Version::V11] {
            for body in [&body, &bare, &together] {
                let response = ask("{}", &asked(version, body)).await;
                assert_eq!(decisions(&response), [Some(Decision::Permit); 2]);
                let kind = crate::wire::http::header(&response.headers, "content-type");
                assert_eq!(kind, Some(version.content_type()));
            }
        }
        // The media type of the request makes no difference.
        let mut plain = asked(Version::V12, &body);
        plain.headers.clear();
        assert_eq!(ask("{}", &plain).await.status, 200);
    }

    #[tokio::test]
    async fn the_first_decision_that_fits_counts() {
        let request = asked(Version::V12, &question().xml(Dialect::default()));
        let script = r#"{"decision": "deny", "decisions": [
            {"patient": "other", "decision": "indeterminate"},
            {"requester": "partner", "category": "GGC002", "decision": "permit"}]}"#;
        assert_eq!(decisions(&ask(script, &request).await), [Some(Decision::Permit), Some(Decision::Deny)]);
    }

    #[tokio::test]
    async fn faults_spoil_the_answer_in_the_way_of_their_name() {
        let request = asked(Version::V12, &question().xml(Dialect::default()));
        let with = async |fault: &str| ask(&format!(r#"{{"fault": "{fault}"}}"#), &request).await;
        assert_eq!(decisions(&with("missing-result").await).len(), 1);
        for (fault, status) in
            [("unauthorized", 401), ("too-many-requests", 429), ("server-error", 500), ("soap-fault", 500)]
        {
            assert_eq!(with(fault).await.status, status);
        }
        assert!(soap::parse(&with("invalid-xml").await.body, &Limits::default()).is_err());
        let swapped = with("swapped-patient").await;
        let envelope = soap::parse(&swapped.body, &Limits::default()).unwrap();
        let results = ResultOf::all(&envelope.body.unwrap()).unwrap();
        assert!(results.iter().all(|r| r.patient != question().patient));
    }

    #[tokio::test]
    async fn what_is_no_question_is_refused_by_a_fault() {
        for request in [asked(Version::V12, "<x/>"), HttpRequest { body: b"no xml".to_vec(), ..HttpRequest::default() }]
        {
            let response = ask("{}", &request).await;
            let envelope = soap::parse(&response.body, &Limits::default()).unwrap();
            assert_eq!((response.status, soap::Fault::of(&envelope).is_some()), (400, true));
        }
    }
}
