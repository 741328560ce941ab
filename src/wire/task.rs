//! Notification Tasks and Workflow Tasks (FHIR STU3) made from templates and data (20-technical-core section 7.1,
//! 21-bgz section 5.2), and what a reader finds in them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::query::{Code, QuerySet};
use crate::base::placeholder;

/// Codes of `Task.input.type` that differ per release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct InputCodes {
    /// Code system of the generic codes.
    pub system: String,
    /// Authorization base.
    pub authorization_base: String,
    /// Fetch the Workflow Task.
    pub get_workflow_task: String,
    /// A search. The first is written; all are read.
    pub search: Vec<String>,
    /// A single resource. The first is written; all are read.
    pub read: Vec<String>,
}

/// How searches are labelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum InputStyle {
    /// By the generic code.
    #[default]
    Generic,
    /// By the code of the data section.
    Section,
}

/// How a receiver is told of a Task (40-eoverdracht section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum NotificationStyle {
    /// By a Notification Task (Twiin-01).
    #[default]
    #[serde(rename = "twiin-01")]
    #[strum(serialize = "twiin-01")]
    Twiin01,
    /// By a POST without body at its address for them, with the id of the Task as the end of the path.
    EmptyPost,
    /// By an event on an R4 Subscription (draft).
    R4Subscription,
}

/// What goes into `Task.input`.
#[derive(Debug, Clone, Default)]
pub struct Inputs<'a> {
    /// The authorization base.
    pub authorization_base: Option<&'a str>,
    /// Whether the Workflow Task must be fetched; `None` says nothing.
    pub get_workflow_task: Option<bool>,
    /// Searches.
    pub queries: Option<&'a QuerySet>,
    /// BSN that takes the place of `{bsn}` in them.
    pub bsn: &'a str,
    /// Resources to read: reference and display.
    pub references: Vec<(String, String)>,
    /// How searches are labelled.
    pub style: InputStyle,
}

/// Replaces every `${name}` in the strings of a template. A member whose placeholder has no value is left out, and so
/// is an object that becomes empty by it.
pub fn fill(template: &Value, values: &BTreeMap<String, String>) -> Option<Value> {
    match template {
        Value::String(text) => placeholder::fill(text, |name| values.get(name).cloned()).ok().map(Value::String),
        Value::Array(items) => {
            let filled: Vec<Value> = items.iter().filter_map(|i| fill(i, values)).collect();
            (!filled.is_empty() || items.is_empty()).then_some(Value::Array(filled))
        }
        Value::Object(object) => {
            let needed = |member: &str| matches!(member, "value" | "reference" | "end");
            let mut filled = Map::new();
            for (name, part) in object {
                match fill(part, values) {
                    Some(part) => drop(filled.insert(name.clone(), part)),
                    // Half an identifier or reference means nothing.
                    None if needed(name) => return None,
                    None => {}
                }
            }
            (!filled.is_empty() || object.is_empty()).then_some(Value::Object(filled))
        }
        other => Some(other.clone()),
    }
}

/// Appends the inputs to a Task.
pub fn add_inputs(task: &mut Value, codes: &InputCodes, inputs: &Inputs<'_>) {
    let generic = |code: &str| json!({"coding": [{"system": codes.system, "code": code}]});
    let mut list = Vec::new();
    if let Some(base) = inputs.authorization_base {
        list.push(json!({"type": generic(&codes.authorization_base), "valueString": base}));
    }
    if let Some(flag) = inputs.get_workflow_task {
        list.push(json!({"type": generic(&codes.get_workflow_task), "valueBoolean": flag}));
    }
    let first = |codes: &[String]| codes.first().cloned().unwrap_or_default();
    for query in inputs.queries.iter().flat_map(|set| &set.queries) {
        let label = match (&query.section_code, inputs.style) {
            (Some(Code { system, code }), InputStyle::Section) => json!({"coding": [{"system": system, "code": code}]}),
            _ => generic(&first(&codes.search)),
        };
        list.push(json!({"type": label, "valueString": query.search_for(inputs.bsn)}));
    }
    for (reference, display) in &inputs.references {
        list.push(json!({"type": generic(&first(&codes.read)), "valueReference": {"reference": reference, "display": display}}));
    }
    if !list.is_empty() {
        task["input"] = Value::Array(list);
    }
}

/// What a Task offers to whoever receives it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offer {
    /// The authorization base.
    pub authorization_base: Option<String>,
    /// Whether the Workflow Task must be fetched.
    pub get_workflow_task: bool,
    /// `basedOn`, as a relative reference.
    pub based_on: Option<String>,
    /// Searches: every string input without a reserved code, whatever its label.
    pub queries: Vec<String>,
    /// Resources to read.
    pub references: Vec<String>,
}

/// Reads what a Task offers; what is not understood is left out.
pub fn read_offer(task: &Value, codes: &InputCodes) -> Offer {
    let mut offer = Offer {
        based_on: task.pointer("/basedOn/0/reference").and_then(Value::as_str).map(str::to_owned),
        ..Offer::default()
    };
    for input in task["input"].as_array().into_iter().flatten() {
        let has = |code: &str| {
            input["type"]["coding"].as_array().is_some_and(|c| c.iter().any(|c| c["code"].as_str() == Some(code)))
        };
        if has(&codes.authorization_base) {
            offer.authorization_base = input["valueString"].as_str().map(str::to_owned);
        } else if has(&codes.get_workflow_task) {
            offer.get_workflow_task = input["valueBoolean"].as_bool().unwrap_or_default();
        } else if let Some(query) = input["valueString"].as_str() {
            offer.queries.push(query.to_owned());
        } else if let Some(reference) = input["valueReference"]["reference"].as_str() {
            offer.references.push(reference.to_owned());
        }
    }
    offer
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn codes() -> InputCodes {
        InputCodes {
            system: "http://fhir.nl/fhir/NamingSystem/TaskParameter".into(),
            authorization_base: "authorization-base".into(),
            get_workflow_task: "get-workflow-task".into(),
            search: vec!["search-resource".into(), "query-available-resources".into()],
            read: vec!["read-resource".into()],
        }
    }

    #[test]
    fn what_is_put_into_a_task_is_read_back_in_either_style() {
        let set = QuerySet {
            id: "A".into(),
            standard: "BgZ".into(),
            queries: vec![super::super::query::Query {
                id: "A06".into(),
                section: "Problem".into(),
                section_code: Some(Code { system: "http://loinc.org".into(), code: "11450-4".into() }),
                search: "Condition?patient.identifier={bsn}".into(),
                profile: None,
                disagrees: None,
            }],
            ..QuerySet::default()
        };
        for style in [InputStyle::Generic, InputStyle::Section] {
            let mut task = json!({"basedOn": [{"reference": "Task/1"}]});
            let inputs = Inputs {
                authorization_base: Some("YmFzZQ=="),
                get_workflow_task: Some(true),
                queries: Some(&set),
                bsn: "999943145",
                references: vec![("Patient/1".into(), "patiënt".into())],
                style,
            };
            add_inputs(&mut task, &codes(), &inputs);
            let offer = read_offer(&task, &codes());
            assert_eq!(offer.authorization_base.as_deref(), Some("YmFzZQ=="));
            assert!(offer.get_workflow_task);
            assert_eq!(offer.queries, ["Condition?patient.identifier=999943145"]);
            assert_eq!(offer.references, ["Patient/1"]);
        }
    }

    #[test]
    fn a_member_without_value_is_left_out_whole() {
        let template = json!({"status": "requested", "for": {"identifier": {"system": "bsn", "value": "${patient.bsn}"}}, "owner": {"identifier": {"system": "ura", "value": "${owner}"}}});
        let values = BTreeMap::from([("owner".to_owned(), "90000002".to_owned())]);
        let filled = fill(&template, &values).unwrap();
        assert_eq!(
            filled,
            json!({"status": "requested", "owner": {"identifier": {"system": "ura", "value": "90000002"}}})
        );
    }
}
