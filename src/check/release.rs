//! Whether an answer releases data of a patient, how a question is numbered, and how far apart attempts are
//! (50-generic-facilities section 1).

use serde::Deserialize;
use serde_json::Value;

use super::subject::{self, body};
use super::{Answer, Context, Judged, each};
use crate::base::clock;
use crate::base::text::Text;
use crate::transcript::{Body, Direction, Exchange};

/// Resources that say nothing of a patient by themselves.
const NEUTRAL: [&str; 12] = [
    "Bundle",
    "OperationOutcome",
    "Parameters",
    "CapabilityStatement",
    "Organization",
    "Practitioner",
    "PractitionerRole",
    "Location",
    "Endpoint",
    "HealthcareService",
    "Medication",
    "Substance",
];

/// The answer holds data of a patient, or none: any other resource than those of the care providers is such data, and so
/// is a citizen service number.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PatientData {
    /// Whether there must be none.
    #[serde(default)]
    pub absent: bool,
}

impl PatientData {
    pub(super) fn expected(&self) -> Text {
        if self.absent {
            Text::new("er worden geen patiëntgegevens vrijgegeven", "no patient data are released")
        } else {
            Text::new("er worden patiëntgegevens vrijgegeven", "patient data are released")
        }
    }

    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        each(context, |e| match released(e) {
            Ok(Some(what)) if self.absent => Judged::NotMet(format!("{what} was released")),
            Ok(Some(what)) => Judged::Met(format!("{what} was released")),
            Ok(None) if self.absent => Judged::Met("nothing of a patient was released".into()),
            Ok(None) => Judged::NotMet("nothing of a patient was released".into()),
            Err(judged) => judged,
        })
    }
}

/// What was released, if anything was.
fn released(exchange: &Exchange) -> Result<Option<String>, Judged> {
    if let Some(fault) = &exchange.fault {
        // Who breaks off or keeps silent has released nothing; who cannot be reached was not asked.
        return if fault.is_unreachable() { Err(Judged::Undecided(subject::describe(fault))) } else { Ok(None) };
    }
    match body(exchange) {
        Some(Body::Json { value, .. }) => Ok(patient_data(value)),
        Some(Body::Binary { bytes }) => Ok(Some(format!("a binary body of {bytes} bytes"))),
        Some(Body::Text { text, .. } | Body::Unreadable { text, .. }) if text.contains("[redacted:bsn:") => {
            Ok(Some("a citizen service number".into()))
        }
        Some(Body::Text { .. } | Body::Unreadable { .. }) if exchange.status().is_some_and(|s| s < 300) => {
            Err(Judged::Undecided("the body cannot be read".into()))
        }
        Some(_) => Ok(None),
        None => Err(Judged::Undecided("no answer".into())),
    }
}

fn patient_data(value: &Value) -> Option<String> {
    match value {
        Value::Object(object) => {
            let kind = object.get("resourceType").and_then(Value::as_str).filter(|k| !NEUTRAL.contains(k));
            // A mark within a link or a message only repeats what was asked.
            let numbered = object.get("value").and_then(Value::as_str).is_some_and(|v| v.starts_with("[redacted:bsn:"));
            let own = kind.map(str::to_owned).or_else(|| numbered.then(|| "a citizen service number".to_owned()));
            own.or_else(|| object.values().find_map(patient_data))
        }
        Value::Array(items) => items.iter().find_map(patient_data),
        _ => None,
    }
}

/// `X-Request-Id` is the UUID in `wsa:MessageID`, and no two requests of the step have the same.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MessageIds {}

impl MessageIds {
    pub(super) fn expected(&self) -> Text {
        Text::new(
            "X-Request-Id is de UUID in MessageID, elke keer een andere",
            "X-Request-Id is the UUID in MessageID, another one each time",
        )
    }

    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        let ids: Vec<Option<String>> = context.step.exchanges.iter().map(|(_, e)| header(e)).collect();
        each(context, |e| {
            let Some(header) = header(e) else { return Judged::NotMet("there is no X-Request-Id".into()) };
            let message = match subject::json_body(e) {
                Ok(body) => message_id(body).map(str::to_owned),
                Err(judged) => return judged,
            };
            let Some(message) = message else { return Judged::NotMet("there is no MessageID".into()) };
            if message.strip_prefix("urn:uuid:").unwrap_or(&message) != header {
                return Judged::NotMet(format!("X-Request-Id {header} against MessageID {message}"));
            }
            if ids.iter().filter(|id| id.as_deref() == Some(&header)).count() > 1 {
                return Judged::NotMet(format!("{header} was used twice"));
            }
            Judged::Met(header)
        })
    }
}

fn header(exchange: &Exchange) -> Option<String> {
    let headers = subject::headers(exchange)?;
    headers.iter().find(|(name, _)| name == "x-request-id").map(|(_, value)| value.clone())
}

/// The text of the first element `MessageID` of a tree.
fn message_id(tree: &Value) -> Option<&str> {
    if tree["element"] == "MessageID" {
        return tree["text"].as_str();
    }
    tree["children"].as_array()?.iter().find_map(message_id)
}

/// The requests of the step began at least so far apart: who was asked to wait has waited.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Apart {
    /// Milliseconds.
    pub at_least_ms: i64,
}

impl Apart {
    pub(super) fn expected(&self) -> Text {
        let ms = self.at_least_ms;
        Text::new(format!("minstens {ms} ms na elkaar"), format!("at least {ms} ms after each other"))
    }

    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        let own = context.step.exchanges.iter().filter(|(_, e)| e.direction == Direction::FromCandidate);
        let at: Vec<(u64, i128)> = own
            .filter_map(|(seq, e)| Some((*seq, clock::parse_rfc3339(&e.began)?.unix_timestamp_nanos() / 1_000_000)))
            .collect();
        let seqs = at.iter().map(|(seq, _)| *seq).collect();
        let gaps = at.windows(2).map(|pair| pair[1].1 - pair[0].1);
        let judged = match gaps.min() {
            None if at.is_empty() => Judged::Undecided("nothing was seen".into()),
            // What came once came never too soon; that it should have come again is for `seen` to say.
            None => Judged::Met("one request was seen".into()),
            Some(gap) if gap >= i128::from(self.at_least_ms) => Judged::Met(format!("{gap} ms apart")),
            Some(gap) => Judged::NotMet(format!("{gap} ms apart")),
        };
        Answer::new(judged, seqs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn clinical_entries_and_citizen_numbers_are_data_of_a_patient() {
        let bundle = |entries: Value| json!({"resourceType": "Bundle", "type": "searchset", "entry": entries});
        let released = |value: Value| patient_data(&value);
        assert_eq!(released(bundle(json!([{"resource": {"resourceType": "Condition"}}]))), Some("Condition".into()));
        assert_eq!(released(json!({"resourceType": "Patient", "id": "1"})), Some("Patient".into()));
        assert!(released(json!({"issue": [{"value": "[redacted:bsn:1]"}]})).is_some());
    }

    #[test]
    fn outcomes_empty_bundles_and_echoes_of_the_query_are_none() {
        let link =
            json!([{"relation": "self", "url": "https://localhost/Condition?patient.identifier=x|[redacted:bsn:1]"}]);
        for value in [
            json!({"resourceType": "Bundle", "type": "searchset", "link": link}),
            json!({"resourceType": "OperationOutcome", "issue": [{"diagnostics": "[redacted:bsn:1] is unknown"}]}),
            json!({"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Organization"}}]}),
            json!({}),
        ] {
            assert_eq!(patient_data(&value), None, "{value}");
        }
    }

    #[test]
    fn the_message_id_is_found_however_deep_it_stands() {
        let tree = json!({"element": "Envelope", "children": [{"element": "Header", "children": [
            {"element": "Action", "text": "x"}, {"element": "MessageID", "text": "urn:uuid:1"},
        ]}]});
        assert_eq!(message_id(&tree), Some("urn:uuid:1"));
        assert_eq!(message_id(&json!({"element": "Envelope"})), None);
    }
}
