//! References inside a Bundle, to contained resources and elsewhere.

use serde_json::{Value, json};

use super::{OWN, accepts, against, at, checker, profile, refuses, thing};
use crate::check::structure::{Code, Outcome, Reason};
use crate::wire::fhir::definitions::core_url;

fn to_active() -> Vec<Value> {
    let target = json!({"type": [{"code": "Reference", "targetProfile": [format!("{OWN}active")]}]});
    vec![
        profile("active", "Patient", vec![at("Patient.active", json!({"min": 1}))]),
        profile("linked", "Thing", vec![at("Thing.subject", target)]),
    ]
}

fn linked(full_url: &str, reference: &str, patient_url: &str, patient: Value) -> Outcome {
    let thing = thing(json!({"meta": {"profile": [format!("{OWN}linked")]}, "subject": {"reference": reference}}));
    let bundle = json!({"resourceType": "Bundle", "type": "collection", "entry": [
        {"fullUrl": full_url, "resource": thing}, {"fullUrl": patient_url, "resource": patient}]});
    checker(to_active()).check(&bundle, &[])
}

#[test]
fn references_in_a_bundle_are_followed_by_full_url() {
    let active = || json!({"resourceType": "Patient", "id": "1", "active": true});
    accepts(&linked("urn:uuid:1", "urn:uuid:2", "urn:uuid:2", active()));
    accepts(&linked("urn:oid:1.1", "urn:oid:1.2", "urn:oid:1.2", active()));
    accepts(&linked("http://h/fhir/Thing/1", "Patient/1", "http://h/fhir/Patient/1", active()));
    accepts(&linked(
        "http://h/fhir/Thing/1",
        "http://h/fhir/Patient/1/_history/3",
        "http://h/fhir/Patient/1",
        active(),
    ));
    accepts(&linked("urn:uuid:1", "Patient/1", "urn:uuid:2", active()));
}

#[test]
fn target_that_lacks_the_profile_is_refused() {
    let outcome = linked("urn:uuid:1", "urn:uuid:2", "urn:uuid:2", json!({"resourceType": "Patient", "id": "1"}));
    refuses(&outcome, Code::ReferenceProfile, "/entry/0/resource/subject");
}

#[test]
fn target_of_another_type_is_refused() {
    let outcome = linked("urn:uuid:1", "urn:uuid:2", "urn:uuid:2", thing(json!({})));
    refuses(&outcome, Code::ReferenceType, "/entry/0/resource/subject");
    let outcome = against(to_active(), "linked", &thing(json!({"subject": {"reference": "http://h/Thing/1"}})));
    refuses(&outcome, Code::ReferenceType, "/subject");
}

#[test]
fn reference_that_leads_nowhere_in_the_document_is_refused() {
    let outcome = linked("urn:uuid:1", "urn:uuid:3", "urn:uuid:2", json!({"resourceType": "Patient"}));
    refuses(&outcome, Code::DanglingReference, "/entry/0/resource/subject");
    let outcome = against(to_active(), "linked", &thing(json!({"subject": {"reference": "#p"}})));
    refuses(&outcome, Code::DanglingReference, "/subject");
}

#[test]
fn target_elsewhere_is_named() {
    let outcome = against(to_active(), "linked", &thing(json!({"subject": {"reference": "Patient/9"}})));
    assert!(outcome.findings.is_empty());
    assert_eq!(outcome.not_evaluated[0].reason, Reason::TargetMissing);
}

#[test]
fn contained_resource_is_checked_and_found() {
    let value = |patient: Value| thing(json!({"contained": [patient], "subject": {"reference": "#p"}}));
    accepts(&against(to_active(), "linked", &value(json!({"resourceType": "Patient", "id": "p", "active": true}))));
    let outcome =
        against(to_active(), "linked", &value(json!({"resourceType": "Patient", "id": "p", "active": "yes"})));
    refuses(&outcome, Code::LexicalForm, "/contained/0/active");
}

#[test]
fn resources_that_refer_to_each_other_come_to_an_end() {
    let target = json!({"type": [{"code": "Reference", "targetProfile": [format!("{OWN}ring"), core_url("Patient")]}]});
    let own = vec![profile("ring", "Thing", vec![at("Thing.subject", target)])];
    let entry = |own: &str, next: &str| {
        let meta = json!({"profile": [format!("{OWN}ring")]});
        json!({"fullUrl": own, "resource": thing(json!({"meta": meta, "subject": {"reference": next}}))})
    };
    let bundle = json!({"resourceType": "Bundle", "type": "collection", "entry": [
        entry("urn:uuid:1", "urn:uuid:2"), entry("urn:uuid:2", "urn:uuid:3"), entry("urn:uuid:3", "urn:uuid:1")]});
    accepts(&checker(own).check(&bundle, &[]));
}

#[test]
fn dense_references_are_tried_once_for_each_target() {
    let target = json!({"type": [{"code": "Reference", "targetProfile": [format!("{OWN}dense")]}]});
    let own = vec![profile("dense", "Thing", vec![at("Thing.other", target)])];
    let entry = |number: usize| {
        let others: Vec<Value> = (0..40).map(|other| json!({"reference": format!("urn:uuid:{other}")})).collect();
        let meta = json!({"profile": [format!("{OWN}dense")]});
        json!({"fullUrl": format!("urn:uuid:{number}"), "resource": thing(json!({"meta": meta, "other": others}))})
    };
    let entries: Vec<Value> = (0..40).map(entry).collect();
    let bundle = json!({"resourceType": "Bundle", "type": "collection", "entry": entries});
    let outcome = checker(own).check(&bundle, &[]);
    assert_eq!(outcome.findings, []);
}
