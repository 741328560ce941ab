//! Answers of the FHIR layer: resources in the format asked for, errors with an OperationOutcome.

use serde_json::{Value, json};

use super::Gtk;
use crate::deviation::Deviation;
use crate::wire::fhir;
use crate::wire::http::{HttpRequest, HttpResponse, header, parse_pairs};

/// Media type of FHIR JSON.
pub(super) const FHIR_JSON: &str = "application/fhir+json";
/// Media type of FHIR XML.
pub(super) const FHIR_XML: &str = "application/fhir+xml";

impl Gtk {
    /// A resource in the format that the request asks for; JSON when it asks for none.
    pub(super) fn resource(&self, status: u16, value: &Value, request: &HttpRequest) -> HttpResponse {
        if wants_xml(request) && !self.deviates(Deviation::JsonOnly) {
            return match fhir::to_xml(value) {
                Ok(xml) => HttpResponse::new(status, vec![content_type(FHIR_XML)], xml.into_bytes()),
                Err(_) => {
                    HttpResponse::json(500, FHIR_JSON, &outcome("exception", "the resource cannot be written as XML"))
                }
            };
        }
        HttpResponse::json(status, FHIR_JSON, value)
    }

    /// An error with an OperationOutcome (BGZ-ERR-01).
    pub(super) fn failure(&self, status: u16, code: &str, text: &str, request: &HttpRequest) -> HttpResponse {
        if self.deviates(Deviation::ErrorsWithoutOutcome) {
            let page = format!("<html><body>{status}</body></html>");
            return HttpResponse::text(status, "text/html; charset=utf-8", page);
        }
        let mut value = outcome(code, text);
        if let Some(deviation) = self.config.deviation {
            deviation.edit_outcome(&mut value);
        }
        self.resource(status, &value, request)
    }
}

fn content_type(value: &str) -> (String, String) {
    ("content-type".into(), value.into())
}

fn outcome(code: &str, text: &str) -> Value {
    json!({"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": code, "diagnostics": text}]})
}

pub(super) fn wants_xml(request: &HttpRequest) -> bool {
    let asked =
        request.query().and_then(|q| parse_pairs(q, false).into_iter().find(|(n, _)| n == "_format").map(|(_, v)| v));
    let wish = asked.or_else(|| header(&request.headers, "accept").map(str::to_owned)).unwrap_or_default();
    wish.contains("xml") && !wish.contains("html")
}
