//! An audit record repository (ITI-20) by FHIR and by syslog over TLS (50-generic-facilities section 5).
//!
//! It takes everything that can be read and notes it; what it is worth is judged later. Who asks for what came in
//! (ITI-81) gets it back.

mod script;

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

pub use script::{Feed, Script};

use super::facility::{Answers, Surroundings};
use super::interference::Interferer;
use crate::net::Incoming;
use crate::net::listen::{Answer, ServiceFuture};
use crate::transcript::Endpoint;
use crate::wire::audit::fhir;
use crate::wire::http::{HttpRequest, HttpResponse};

const FHIR_JSON: &str = "application/fhir+json";
/// Records that are kept for ITI-81 at most.
const MOST_KEPT: usize = 1_000;

/// The simulator.
#[derive(Debug)]
pub struct Repository {
    around: Surroundings,
    interferer: Interferer,
    kept: Mutex<Vec<Value>>,
}

impl Repository {
    /// A simulator that answers as the script says.
    pub fn new(script: Script, around: Surroundings) -> Arc<Self> {
        let interferer = Interferer::new(script.answers, around.deadlines.clone());
        Arc::new(Self { around, interferer, kept: Mutex::default() })
    }

    fn response(&self, request: &HttpRequest) -> HttpResponse {
        match (request.method.as_str(), request.path().trim_end_matches('/').rsplit('/').next()) {
            ("SYSLOG", _) => HttpResponse::status(200),
            ("POST", Some("AuditEvent" | "")) => self.take(&request.body),
            ("GET", Some("AuditEvent")) => self.found(),
            _ => outcome(404, "not-found", "audit records are posted to AuditEvent, or to the base as a Bundle"),
        }
    }

    /// ITI-20: one AuditEvent, or a Bundle of them.
    fn take(&self, body: &[u8]) -> HttpResponse {
        let value: Value = match serde_json::from_slice(body) {
            Ok(value) => value,
            Err(_) => return outcome(400, "structure", "the body is no JSON"),
        };
        let events = fhir::events(&value);
        if events.is_empty() {
            return outcome(422, "business-rule", "the body holds no AuditEvent");
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let room = MOST_KEPT.saturating_sub(kept.len());
        kept.extend(events.iter().take(room).map(|e| (*e).clone()));
        if value["resourceType"] == "Bundle" {
            let entries: Vec<Value> = events.iter().map(|_| json!({"response": {"status": "201"}})).collect();
            let answer = json!({"resourceType": "Bundle", "type": "batch-response", "entry": entries});
            return HttpResponse::json(200, FHIR_JSON, &answer);
        }
        HttpResponse::json(201, FHIR_JSON, &value)
    }

    /// ITI-81: what came in.
    fn found(&self) -> HttpResponse {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let entries: Vec<Value> = kept.iter().map(|e| json!({"resource": e, "search": {"mode": "match"}})).collect();
        let bundle = json!({"resourceType": "Bundle", "type": "searchset", "total": entries.len(), "entry": entries});
        HttpResponse::json(200, FHIR_JSON, &bundle)
    }
}

fn outcome(status: u16, code: &str, text: &str) -> HttpResponse {
    let issue = json!([{"severity": "error", "code": code, "diagnostics": text}]);
    HttpResponse::json(status, FHIR_JSON, &json!({"resourceType": "OperationOutcome", "issue": issue}))
}

impl Answers for Repository {
    fn answer(self: Arc<Self>, incoming: Incoming) -> ServiceFuture {
        Box::pin(async move {
            let answer = Answer::new(self.response(&incoming.request), Endpoint::Audit);
            self.interferer.interfere(answer, &incoming.request, &self.around.base_url).await
        })
    }
}
