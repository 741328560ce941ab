//! What stands in the Task of a nursing handoff (40-eoverdracht sections 3.1 and 4).

use serde_json::{Value, json};

use crate::simulator::records::Records;

const SNOMED: &str = "http://snomed.info/sct";
/// `Task.code` of a handoff.
const HANDOFF_TASK: &str = "308292007";
/// Type of the input with the handoff.
pub(in super::super) const NURSING_HANDOFF: &str = "11171000146100";
/// Type of the input with the advance notice.
pub(in super::super) const ADVANCE_NOTICE: &str = "721915006";
/// Type of the output with another date.
const ALTERNATIVE_DATE: &str = "146851000146105";

/// Whether a Task is one of a handoff.
pub(in super::super) fn is_handoff(task: &Value) -> bool {
    task["resourceType"] == "Task" && has_code(&task["code"], HANDOFF_TASK)
}

fn has_code(concept: &Value, code: &str) -> bool {
    let mut codings = concept["coding"].as_array().into_iter().flatten();
    codings.any(|coding| coding["system"] == SNOMED && coding["code"] == code)
}

/// Id of the patient of a Task or Composition.
pub(super) fn patient_of(task: &Value) -> Option<&str> {
    let reference = task.get("for").or_else(|| task.get("subject"))?["reference"].as_str()?;
    Some(reference.rsplit_once("Patient/")?.1)
}

/// The Composition that an input of this type refers to.
pub(super) fn composition_in<'t>(task: &'t Value, kind: &str) -> Option<&'t str> {
    let mut inputs = task["input"].as_array().into_iter().flatten();
    inputs.find(|input| has_code(&input["type"], kind))?["valueReference"]["reference"].as_str()
}

/// Whether a receiver may bring a Task from one status to another (section 3.1).
pub(super) fn receiver_may(from: &str, to: &str) -> bool {
    match to {
        "received" => from == "requested",
        "accepted" | "on-hold" | "rejected" => matches!(from, "requested" | "received"),
        "completed" => from == "in-progress",
        _ => false,
    }
}

/// Adds the handoff of the same patient to a Task that was negotiated.
pub(super) fn add_handoff(task: &mut Value, records: &Records) {
    let patient = patient_of(task).map(str::to_owned);
    let mut documents = records.all_of("Composition").into_iter();
    let found = documents.find(|c| has_code(&c["type"], NURSING_HANDOFF) && patient_of(c) == patient.as_deref());
    let Some(id) = found.and_then(|c| c["id"].as_str()) else { return };
    if let Some(inputs) = task.get_mut("input").and_then(Value::as_array_mut) {
        inputs.push(json!({
            "type": { "coding": [{ "system": SNOMED, "code": NURSING_HANDOFF }] },
            "valueReference": { "reference": format!("Composition/{id}") },
        }));
    }
}

/// The answer to an advance notice: the same Task with its new status, and with the date where another is proposed.
pub(super) fn answered(mut task: Value, status: &str, date: Option<&str>) -> Value {
    task["status"] = json!(status);
    if status == "rejected" {
        task["statusReason"] = json!({ "text": "Er is geen plaats." });
    }
    if let Some(date) = date {
        task["output"] = json!([{
            "type": { "coding": [{ "system": SNOMED, "code": ALTERNATIVE_DATE }] },
            "valueDateTime": date,
        }]);
    }
    task
}

/// The date that was proposed, which a renewed advance notice has.
pub(super) fn proposed_date(task: &Value) -> Option<&str> {
    let mut outputs = task["output"].as_array().into_iter().flatten();
    outputs.find(|output| has_code(&output["type"], ALTERNATIVE_DATE))?["valueDateTime"].as_str()
}

/// Takes the proposed date out again.
pub(super) fn forget_date(task: &mut Value) {
    if let Some(task) = task.as_object_mut() {
        task.shift_remove("output");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receiver_answers_once_and_completes_what_is_in_progress() {
        for (from, to) in [
            ("requested", "received"),
            ("requested", "accepted"),
            ("received", "on-hold"),
            ("received", "rejected"),
            ("in-progress", "completed"),
        ] {
            assert!(receiver_may(from, to), "{from} {to}");
        }
        for (from, to) in [
            ("completed", "requested"),
            ("requested", "completed"),
            ("accepted", "in-progress"),
            ("in-progress", "rejected"),
            ("on-hold", "accepted"),
            ("rejected", "cancelled"),
        ] {
            assert!(!receiver_may(from, to), "{from} {to}");
        }
    }

    #[test]
    fn a_task_is_known_by_its_code_and_its_inputs_by_their_type() {
        let task = json!({"resourceType": "Task", "code": {"coding": [{"system": SNOMED, "code": HANDOFF_TASK}]},
            "for": {"reference": "https://a.example/fhir/Patient/7"},
            "input": [{"type": {"coding": [{"system": "http://loinc.org", "code": "57830-2"}]}, "valueReference": {"reference": "Composition/1"}},
                {"type": {"coding": [{"system": SNOMED, "code": NURSING_HANDOFF}]}, "valueReference": {"reference": "Composition/2"}}]});
        assert!(is_handoff(&task) && !is_handoff(&json!({"resourceType": "Task"})));
        assert_eq!(patient_of(&task), Some("7"));
        assert_eq!(composition_in(&task, NURSING_HANDOFF), Some("Composition/2"));
        assert_eq!(composition_in(&task, ADVANCE_NOTICE), None);
        let answer = answered(task, "on-hold", Some("2030-01-02"));
        assert_eq!(proposed_date(&answer), Some("2030-01-02"));
    }
}
