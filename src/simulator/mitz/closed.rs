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
                let told = soap::Fault { blame: Some(Blame::Sender), reason: fault.to_string() };
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
            let told = soap::Fault { blame: Some(Blame::Sender), reason: "this is no question".into() };
            return message(envelope, 400, &told.body(envelope.version));
        };
        let results = self.results(script, &question);
        let body = ResultOf::xml(&results);
        match script.fault {
            Some(Fault::SoapFault) => {
                let told = soap::Fault { blame: Some(Blame::Receiver), reason: "the register cannot answer".into() };
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
