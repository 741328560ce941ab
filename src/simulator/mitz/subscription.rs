//! Subscriptions on consent: taken at once, confirmed later (50-generic-facilities section 1.6).

use serde_json::{Value, json};

use super::Mitz;
use crate::wire::fhir;
use crate::wire::http::{HttpRequest, HttpResponse, header};

impl Mitz {
    pub(super) fn subscription(&self, request: &HttpRequest) -> HttpResponse {
        match request.method.as_str() {
            "DELETE" => return HttpResponse::status(204),
            "POST" => {}
            _ => return refused(404, "not-found", "there is no such resource"),
        }
        let limits = fhir::Limits::default();
        let is_xml = header(&request.headers, "content-type").is_some_and(|c| c.contains("xml"));
        let read =
            if is_xml { fhir::parse_xml(&request.body, &limits) } else { fhir::parse_json(&request.body, &limits) };
        match read {
            Ok(body) if body["resourceType"] == "Subscription" && body["criteria"].is_string() => {
                let id = uuid::Uuid::new_v4();
                let location = format!("{}/abonnementen/fhir/Subscription/{id}", self.around.base_url);
                HttpResponse::status(202).with_header("location", location)
            }
            Ok(_) => refused(422, "business-rule", "a Subscription with criteria is expected"),
            Err(_) => refused(400, "structure", "the resource cannot be read"),
        }
    }
}

fn refused(status: u16, code: &str, text: &str) -> HttpResponse {
    let outcome: Value = json!({"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": code, "diagnostics": text}]});
    HttpResponse::json(status, "application/fhir+json", &outcome)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::mitz::tests::mitz;

    fn answer(method: &str, kind: &str, body: &str) -> HttpResponse {
        let request = HttpRequest { method: method.into(), ..HttpRequest::default() };
        mitz().subscription(&request.with_body(kind, body.as_bytes().to_vec()))
    }

    #[test]
    fn a_subscription_in_json_or_xml_is_taken_and_confirmed_later() {
        let json = r#"{"resourceType": "Subscription", "criteria": "Consent?_query=otv"}"#;
        let xml = r#"<Subscription xmlns="http://hl7.org/fhir"><criteria value="Consent?_query=otv"/></Subscription>"#;
        for (kind, body) in [("application/fhir+json", json), ("application/fhir+xml", xml)] {
            let response = answer("POST", kind, body);
            assert_eq!(response.status, 202);
            assert!(header(&response.headers, "location").is_some_and(|l| l.contains("/Subscription/")));
        }
        assert_eq!(answer("DELETE", "application/fhir+json", "").status, 204);
    }

    #[test]
    fn what_is_no_subscription_is_refused_with_an_outcome() {
        assert_eq!(answer("POST", "application/fhir+json", "{").status, 400);
        assert_eq!(answer("POST", "application/fhir+json", r#"{"resourceType": "Patient"}"#).status, 422);
        assert_eq!(answer("GET", "application/fhir+json", "").status, 404);
    }
}
