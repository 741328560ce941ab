//! FHIR STU3 messages: shape of a resource, OperationOutcome (TK-01-01, BGZ-ERR-01).

use serde::Deserialize;

use super::subject;
use super::{Answer, Context, Judged, each};
use crate::base::text::Text;
use crate::wire::fhir;

/// The body is a resource of a type and has the shape that FHIR STU3 gives it: known elements, required ones present,
/// arrays where arrays belong, codes of required bindings.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FhirShape {
    /// Resource type.
    pub resource: String,
}

impl FhirShape {
    pub(super) fn expected(&self) -> Text {
        Text::new(
            format!("{} in de vorm van FHIR STU3", self.resource),
            format!("{} in the shape of FHIR STU3", self.resource),
        )
    }
    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        each(context, |e| {
            let body = match subject::json_body(e) {
                Ok(body) => body,
                Err(judged) => return judged,
            };
            if body["resourceType"] != self.resource.as_str() {
                return Judged::NotMet(format!("resourceType {}", subject::short(&body["resourceType"])));
            }
            let faults: Vec<String> =
                fhir::shape_faults(body).iter().map(|f| format!("{}: {}", f.path, f.message)).collect();
            match faults.as_slice() {
                [] => Judged::Met(format!("a {} of STU3", self.resource)),
                many => Judged::NotMet(many.iter().take(3).cloned().collect::<Vec<_>>().join("; ")),
            }
        })
    }
}

/// The body is an OperationOutcome in which every issue has severity and code.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct OperationOutcome {}

impl OperationOutcome {
    pub(super) fn expected(&self) -> Text {
        Text::new("OperationOutcome met severity en code", "OperationOutcome with severity and code")
    }
    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        each(context, |e| {
            let body = match subject::json_body(e) {
                Ok(body) => body,
                Err(judged) => return judged,
            };
            if body["resourceType"] != "OperationOutcome" {
                return Judged::NotMet(format!("resourceType {}", subject::short(&body["resourceType"])));
            }
            let issues = body["issue"].as_array().map(Vec::as_slice).unwrap_or_default();
            let whole = |i: &serde_json::Value| i["severity"].is_string() && i["code"].is_string();
            if !issues.is_empty() && issues.iter().all(whole) {
                Judged::Met(format!("OperationOutcome with {} issue(s)", issues.len()))
            } else {
                Judged::NotMet("an issue without severity or code, or no issue".into())
            }
        })
    }
}
