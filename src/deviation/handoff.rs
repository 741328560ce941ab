//! Deviations of nursing handoffs (40-eoverdracht): the Task and the document as they are given, the notification without body,
//! and what a receiver writes.

use serde_json::{Value, json};

use super::Deviation;
use crate::wire::http::HttpRequest;

/// Type of the Composition of a handoff.
const NURSING_HANDOFF: &str = "11171000146100";
const PROFILES: &str = "http://nictiz.nl/fhir/StructureDefinition/";

impl Deviation {
    /// Edits the Task of a handoff before it is given.
    pub fn edit_handoff_task(self, task: &mut Value) {
        use Deviation as D;
        let negotiates = task["status"] == "requested";
        match self {
            D::HandoffTaskInR4 => {
                if let Some(agent) = task.pointer("/requester/agent").cloned() {
                    task["requester"] = agent;
                }
            }
            D::HandoffTaskOfOtherCanonical => task["meta"] = json!({ "profile": [format!("{PROFILES}Task-other")] }),
            D::HandoffTaskWithTwoCodes => repeat_last(task.pointer_mut("/code/coding")),
            D::HandoffTaskForGroup => task["for"] = json!({ "reference": "Group/eov-group" }),
            D::HandoffTaskWithoutAgent => remove(task.pointer_mut("/requester"), "agent"),
            D::HandoffTaskOfOtherIntent => task["intent"] = json!("plan"),
            D::HandoffTaskWithoutHandoff if !negotiates => remove(Some(task), "input"),
            D::HandoffTaskWithTwoHandoffs => repeat_last(task.get_mut("input")),
            D::HandoffStartsAsRequested if task["status"] == "in-progress" => task["status"] = json!("requested"),
            D::HandoffTaskOfUnknownStatus if task["status"] == "in-progress" => task["status"] = json!("ready"),
            D::NegotiatesWithoutNotice if negotiates => remove(Some(task), "input"),
            _ => {}
        }
    }

    /// Edits the Composition of a handoff before it is given.
    pub fn edit_handoff_composition(self, composition: &mut Value) {
        use Deviation as D;
        let hands_over = composition.pointer("/type/coding/0/code").is_some_and(|code| code == NURSING_HANDOFF);
        match self {
            D::HandoffOfOtherType if hands_over => {
                if let Some(code) = composition.pointer_mut("/type/coding/0/code") {
                    *code = json!("371535009");
                }
            }
            D::HandoffWithoutTransferDate if hands_over => remove(section(composition, "405624007"), "extension"),
            D::HandoffWithoutReceivingOrganisation => drop_section(composition, "275645009"),
            D::HandoffWithoutCarePlan => drop_section(composition, "773130005"),
            D::HandoffWithoutPayer => drop_entries(section(composition, "302147001"), "Coverage/"),
            D::HandoffWithoutPractitionerRole => drop_entries(section(composition, "185362004"), "PractitionerRole/"),
            D::HandoffWithoutDiagnosis => drop_entries(section(composition, "52870002"), "Condition/"),
            D::CarePlanWithoutInterventions => drop_entries(section(composition, "86644006"), "Procedure/"),
            _ => {}
        }
    }

    /// Edits the document of a handoff before it is given; `stranger` is the patient of another.
    pub fn edit_handoff_document(self, bundle: &mut Value, stranger: Option<&Value>) {
        use Deviation as D;
        match self {
            D::HandoffAsCollection => bundle["type"] = json!("collection"),
            D::DocumentResourcesWithoutProfile => each_entry(bundle, |entry| {
                if entry.pointer("/resource/resourceType").is_some_and(|kind| kind == "Patient") {
                    remove(entry.get_mut("resource"), "meta");
                }
            }),
            D::ChildHandoffWithAdultScore => each_entry(bundle, |entry| {
                if let Some(canonical) = entry.pointer_mut("/resource/meta/profile/0")
                    && canonical.as_str().is_some_and(|text| text.ends_with("zib-StrongKidsScore"))
                {
                    *canonical = json!(format!("{PROFILES}zib-MUSTScore"));
                }
            }),
            D::HandoffWithResourceTwice => repeat_last(bundle.get_mut("entry")),
            D::HandoffWithRelativeUrls => each_entry(bundle, |entry| {
                let relative =
                    entry["fullUrl"].as_str().and_then(|url| url.split_once("/fhir/")).map(|(_, r)| json!(r));
                if let Some(relative) = relative {
                    entry["fullUrl"] = relative;
                }
            }),
            D::HandoffWithoutReferredResource => {
                if let Some(entries) = bundle.get_mut("entry").and_then(Value::as_array_mut) {
                    entries.retain(|entry| {
                        entry.pointer("/resource/resourceType").is_none_or(|k| k != "AllergyIntolerance")
                    });
                }
            }
            D::HandoffOfOtherPatient => {
                let Some(stranger) = stranger else { return };
                each_entry(bundle, |entry| {
                    let Some(resource) = entry.get_mut("resource") else { return };
                    match resource["resourceType"].as_str() {
                        Some("Composition") => {
                            let id = stranger["id"].as_str().unwrap_or_default();
                            resource["subject"] = json!({ "reference": format!("Patient/{id}") });
                        }
                        Some("Patient") => resource.clone_from(stranger),
                        _ => {}
                    }
                    if resource["resourceType"] == "Patient" {
                        let id = resource["id"].as_str().unwrap_or_default().to_owned();
                        let base = entry["fullUrl"].as_str().and_then(|url| url.rsplit_once('/')).map(|(base, _)| base);
                        if let Some(url) = base.map(|base| json!(format!("{base}/{id}"))) {
                            entry["fullUrl"] = url;
                        }
                    }
                });
            }
            _ => {}
        }
    }

    /// Edits the notification without body.
    pub fn edit_handoff_notification(self, request: &mut HttpRequest) {
        match self {
            Self::NotifiesAtOtherPath => {
                if let Some((place, id)) = request.target.rsplit_once('/') {
                    request.target = format!("{place}/Task/{id}");
                }
            }
            Self::NotifiesWithBody => {
                let body = json!({ "resourceType": "Task" }).to_string().into_bytes();
                *request = std::mem::take(request).with_body("application/fhir+json", body);
            }
            _ => {}
        }
    }

    /// Edits the Task that a receiver writes.
    pub fn edit_handoff_update(self, task: &mut Value) {
        match self {
            Self::UpdatesWithStatusAlone => {
                *task =
                    json!({ "resourceType": "Task", "id": task["id"], "status": task["status"], "intent": "order" });
            }
            Self::AnswersNoticesWithReceived if task["status"] != "completed" => task["status"] = json!("received"),
            _ => {}
        }
    }
}

fn remove(value: Option<&mut Value>, name: &str) {
    if let Some(object) = value.and_then(Value::as_object_mut) {
        object.shift_remove(name);
    }
}

fn repeat_last(list: Option<&mut Value>) {
    if let Some(list) = list.and_then(Value::as_array_mut)
        && let Some(last) = list.last().cloned()
    {
        list.push(last);
    }
}

fn each_entry(bundle: &mut Value, edit: impl Fn(&mut Value)) {
    if let Some(entries) = bundle.get_mut("entry").and_then(Value::as_array_mut) {
        entries.iter_mut().for_each(edit);
    }
}

fn is_section(section: &Value, code: &str) -> bool {
    section.pointer("/code/coding/0/code").is_some_and(|found| found == code)
}

/// A section by its code, however deep.
fn section<'c>(part: &'c mut Value, code: &str) -> Option<&'c mut Value> {
    let sections = part.get_mut("section")?.as_array_mut()?;
    for inner in sections {
        if is_section(inner, code) {
            return Some(inner);
        }
        if let Some(found) = section(inner, code) {
            return Some(found);
        }
    }
    None
}

fn drop_section(part: &mut Value, code: &str) {
    let Some(sections) = part.get_mut("section").and_then(Value::as_array_mut) else { return };
    sections.retain(|section| !is_section(section, code));
    sections.iter_mut().for_each(|section| drop_section(section, code));
}

fn drop_entries(section: Option<&mut Value>, beginning: &str) {
    let Some(section) = section else { return };
    let Some(entries) = section.get_mut("entry").and_then(Value::as_array_mut) else { return };
    entries.retain(|entry| entry["reference"].as_str().is_none_or(|reference| !reference.starts_with(beginning)));
    // FHIR knows no empty list.
    if entries.is_empty() {
        remove(Some(section), "entry");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_found_and_dropped_however_deep() {
        let coded = |code: &str, inner: Value| json!({"code": {"coding": [{"code": code}]}, "section": inner});
        let mut composition = json!({"section": [coded("1", json!([coded("2", json!([]))]))]});
        assert!(section(&mut composition, "2").is_some());
        drop_section(&mut composition, "2");
        assert!(section(&mut composition, "2").is_none() && section(&mut composition, "1").is_some());
    }

    #[test]
    fn a_patient_of_another_takes_the_place_of_the_own_one_with_its_url() {
        let mut bundle = json!({"entry": [
            {"fullUrl": "https://a.example/fhir/Composition/c", "resource": {"resourceType": "Composition", "id": "c"}},
            {"fullUrl": "https://a.example/fhir/Patient/p", "resource": {"resourceType": "Patient", "id": "p"}}]});
        let other = json!({"resourceType": "Patient", "id": "q"});
        Deviation::HandoffOfOtherPatient.edit_handoff_document(&mut bundle, Some(&other));
        assert_eq!(bundle["entry"][0]["resource"]["subject"]["reference"], "Patient/q");
        assert_eq!(bundle["entry"][1]["fullUrl"], "https://a.example/fhir/Patient/q");
    }
}
