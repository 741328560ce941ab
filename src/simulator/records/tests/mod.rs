//! A small record of our own making, and what the store tells of it.
#![allow(clippy::unwrap_used)]

mod searches;
mod searchsets;

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::*;
use crate::base::day::Day;

const ANN: &str = "999990019";
const BEN: &str = "999990020";

fn coded(system: &str, code: &str) -> Value {
    json!({"coding": [{"system": system, "code": code}]})
}

fn observation(id: &str, patient: &str, code: &str, when: &str) -> Value {
    json!({
        "resourceType": "Observation", "id": id, "status": "final",
        "category": [coded("cat", "lab")],
        "code": coded("http://loinc.org", code),
        "subject": {"reference": format!("Patient/{patient}")},
        "effectiveDateTime": when
    })
}

fn patient(id: &str, bsn: &str) -> Value {
    json!({
        "resourceType": "Patient", "id": id,
        "identifier": [{"system": BSN_SYSTEM, "value": bsn}],
        "name": [{"family": id}],
        "generalPractitioner": [{"reference": format!("Practitioner/of-{id}")}]
    })
}

fn resources() -> Vec<Value> {
    let mut lab = observation("lab", "ann", "2160-0", "2024-03-01");
    lab["specimen"] = json!({"reference": "Specimen/tube"});
    lab["related"] = json!([{"target": {"reference": "Observation/w-new"}}]);
    let mut period = observation("w-period", "ann", "29463-7", "");
    period.as_object_mut().unwrap().remove("effectiveDateTime");
    period["effectivePeriod"] = json!({"start": "2022-01-01", "end": "2022-01-02"});
    vec![
        patient("ann", ANN),
        patient("ben", BEN),
        json!({"resourceType": "Practitioner", "id": "of-ann"}),
        json!({"resourceType": "Practitioner", "id": "of-ben"}),
        json!({"resourceType": "Organization", "id": "insurer", "name": "Zeker", "partOf": {"reference": "Organization/group"}}),
        json!({"resourceType": "Organization", "id": "group"}),
        json!({"resourceType": "Organization", "id": "elsewhere"}),
        observation("w-old", "ann", "29463-7", "2020-01-01"),
        observation("w-new", "ann", "29463-7", "2024-01-01T10:00:00+01:00"),
        period,
        lab,
        observation("w-ben", "ben", "29463-7", "2024-05-01"),
        json!({"resourceType": "Specimen", "id": "tube"}),
        json!({
            "resourceType": "Coverage", "id": "cover",
            "beneficiary": {"identifier": {"system": BSN_SYSTEM, "value": ANN}},
            "payor": [{"reference": "https://gtk.example/fhir/Organization/insurer"}, {"reference": "Patient/ann"}]
        }),
        json!({
            "resourceType": "MedicationStatement", "id": "use", "status": "active", "taken": "y",
            "subject": {"reference": "https://gtk.example/fhir/Patient/ann/_history/1"},
            "medicationReference": {"reference": "Medication/pill"}
        }),
        json!({"resourceType": "Medication", "id": "pill", "code": coded("g", "1")}),
        json!({
            "resourceType": "Appointment", "id": "visit", "status": "booked",
            "participant": [{"actor": {"reference": "Patient/ann"}, "status": "accepted"}, {"actor": {"reference": "Practitioner/of-ann"}, "status": "accepted"}]
        }),
        json!({
            "resourceType": "DocumentReference", "id": "letter", "status": "current",
            "subject": {"reference": "Patient/ann"},
            "content": [{"attachment": {"url": "Binary/scan"}}]
        }),
        json!({"resourceType": "Binary", "id": "scan", "contentType": "application/pdf", "content": ""}),
        json!({"resourceType": "Provenance", "id": "prov", "target": [{"reference": "Observation/w-new"}], "recorded": "2024-01-01T10:00:00Z"}),
        json!({"resourceType": "Provenance", "id": "prov-both", "target": [{"reference": "Observation/w-new"}, {"reference": "Observation/w-ben"}], "recorded": "2024-01-01T10:00:00Z"}),
        json!({"resourceType": "Flag", "id": "lost", "status": "active", "code": {"text": "x"}, "subject": {"reference": "Patient/gone"}}),
    ]
}

fn records() -> Records {
    Records::from_resources(resources()).unwrap()
}

fn search(query: &str, narrow_to: Option<&str>) -> Result<SearchOutcome, SearchFault> {
    records().search(&SearchQuery::parse(query)?, narrow_to)
}

fn ids(resources: &[Value]) -> Vec<&str> {
    resources.iter().map(|found| found["id"].as_str().unwrap()).collect()
}

fn found(query: &str) -> Vec<String> {
    let outcome = search(query, None).unwrap();
    ids(&outcome.matches).into_iter().map(str::to_owned).collect()
}

#[test]
fn patients_are_known_by_their_bsn() {
    let records = records();
    assert_eq!(records.patients()[0], PatientSummary { id: "ann".to_owned(), bsn: Some(ANN.to_owned()) });
    assert_eq!(records.patient_id_by_bsn(BEN), Some("ben"));
    assert_eq!(records.patient_id_by_bsn("000000000"), None);
    assert!(records.read("Patient", "ann").is_some());
    assert!(records.read("Patient", "tube").is_none());
}

#[test]
fn only_the_patients_own_record_belongs() {
    let records = records();
    let belongs = |reference: &str, patient: &str| {
        let (resource_type, id) = reference.split_once('/').unwrap();
        records.belongs_to(records.read(resource_type, id).unwrap(), patient)
    };
    for own in [
        "Patient/ann",
        "Practitioner/of-ann",
        "Organization/insurer",
        "Organization/group",
        "Observation/w-old",
        "Specimen/tube",
        "Coverage/cover",
        "MedicationStatement/use",
        "Medication/pill",
        "Appointment/visit",
        "DocumentReference/letter",
        "Binary/scan",
        "Provenance/prov",
    ] {
        assert!(belongs(own, "ann"), "{own}");
        assert!(!belongs(own, "ben"), "{own}");
        assert!(!belongs(own, "nobody"), "{own}");
    }
    for other in [
        "Patient/ben",
        "Practitioner/of-ben",
        "Organization/elsewhere",
        "Observation/w-ben",
        "Provenance/prov-both",
        "Flag/lost",
    ] {
        assert!(!belongs(other, "ann"), "{other}");
    }
    assert!(belongs("Observation/w-ben", "ben"));
    assert!(!records.belongs_to(&json!({"resourceType": "Patient", "id": "none"}), "none"));
}

#[test]
fn bundles_are_unpacked_and_their_addresses_followed() {
    let bundle = json!({"resourceType": "Bundle", "type": "collection", "entry": [
        {"fullUrl": "urn:uuid:0d9f2d0c-8d3a-4b41-9d37-3f0f3b1f0a11", "resource": patient("x", ANN)},
        {"fullUrl": "urn:uuid:1d9f2d0c-8d3a-4b41-9d37-3f0f3b1f0a12", "resource": {"resourceType": "Flag", "status": "active", "code": {"text": "c"}, "subject": {"reference": "urn:uuid:0d9f2d0c-8d3a-4b41-9d37-3f0f3b1f0a11"}}},
        {"request": {"method": "DELETE", "url": "Flag/1"}}
    ]});
    let records = Records::from_resources(vec![bundle]).unwrap();
    let flag = records.read("Flag", "1d9f2d0c-8d3a-4b41-9d37-3f0f3b1f0a12").unwrap();
    assert!(records.belongs_to(flag, "x"));
    let query = SearchQuery::parse("Flag?patient=x").unwrap();
    assert_eq!(records.search(&query, Some("x")).unwrap().matches.len(), 1);
}

#[test]
fn a_missing_id_is_derived_and_stable() {
    let flag = json!({"resourceType": "Flag", "status": "active"});
    let id = |flag: &Value| {
        let records = Records::from_resources(vec![flag.clone()]).unwrap();
        let query = SearchQuery::parse("Flag").unwrap();
        let outcome = records.search(&query, None).unwrap();
        outcome.matches[0]["id"].as_str().unwrap().to_owned()
    };
    assert_eq!(id(&flag), id(&flag));
    assert_ne!(id(&flag), id(&json!({"resourceType": "Flag", "status": "inactive"})));
}

#[test]
fn what_cannot_be_kept_is_refused() {
    let refused =
        |resources: Vec<Value>| matches!(Records::from_resources(resources), Err(RecordsError::Refused { .. }));
    assert!(refused(vec![patient("a", ANN), patient("a", BEN)]));
    assert!(!refused(vec![patient("a", ANN), json!({"resourceType": "Flag", "id": "a"})]));
    assert!(refused(vec![json!({"resourceType": "Nothing"})]));
    assert!(refused(vec![json!({"resourceType": "Flag", "id": "a b"})]));
    assert!(refused(vec![json!({"resourceType": "Flag", "id": 7})]));
    assert!(refused(vec![json!(7)]));
}

fn own(dir: &Path) -> OwnData<'_> {
    OwnData { dir, test_day: Day::parse("2028-03-31").unwrap() }
}

#[test]
fn states_of_a_task_under_one_placeholder_are_one_task_and_a_strange_placeholder_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let task = |status: &str| json!({"resourceType": "Task", "id": "${task-id}", "status": status, "authoredOn": "${DATE, T, d, -1}"});
    write("a-completed.json", &task("completed").to_string());
    write("b-in-progress.json", &task("in-progress").to_string());
    let records = Records::load_dir(own(folder.path()), &[]).unwrap();
    let tasks = records.all_of("Task");
    assert_eq!(tasks.len(), 1);
    assert_eq!(tasks[0]["status"], "in-progress");
    assert_eq!(tasks[0]["authoredOn"], "2028-03-30");

    write("c.json", &json!({"resourceType": "Task", "id": "x", "authoredOn": "${TOMORROW!}"}).to_string());
    let fault = Records::load_dir(own(folder.path()), &[]).unwrap_err().to_string();
    assert!(fault.contains("c.json") && fault.contains("${TOMORROW!}"), "{fault}");
}

#[test]
fn a_folder_is_read_with_json_and_xml() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("deeper");
    fs::create_dir(&inner).unwrap();
    fs::write(folder.path().join("a.json"), patient("ann", ANN).to_string()).unwrap();
    fs::write(folder.path().join("notes.txt"), "not a resource").unwrap();
    let flag = "<Flag xmlns=\"http://hl7.org/fhir\"><id value=\"f\"/><subject><reference value=\"Patient/ann\"/></subject></Flag>";
    fs::write(inner.join("b.XML"), flag).unwrap();
    let records = Records::load_dir(own(folder.path()), &[]).unwrap();
    assert!(records.belongs_to(records.read("Flag", "f").unwrap(), "ann"));

    fs::write(inner.join("c.json"), "{").unwrap();
    let fault = Records::load_dir(own(folder.path()), &[]).unwrap_err().to_string();
    assert!(fault.contains("c.json") && fault.contains("not well-formed"), "{fault}");
    fs::write(inner.join("c.json"), patient("ann", BEN).to_string()).unwrap();
    let fault = Records::load_dir(own(folder.path()), &[]).unwrap_err().to_string();
    assert!(fault.contains("c.json") && fault.contains("Patient/ann"), "{fault}");
    let absent = Records::load_dir(own(&folder.path().join("absent")), &[]).unwrap_err();
    assert!(matches!(absent, RecordsError::Read { .. }));
}

#[test]
fn patients_whose_number_is_masked_get_one_that_nobody_has() {
    let system = "http://fhir.nl/fhir/NamingSystem/bsn";
    let masked = json!({"system": system, "_value": {"extension": [{
        "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "masked"}]}});
    let folder = tempfile::tempdir().unwrap();
    for (id, number) in [
        ("a", masked.clone()),
        ("b", json!({"system": system, "value": "999943145"})),
        ("c", masked),
        ("d", json!({"system": system})),
    ] {
        let patient = json!({"resourceType": "Patient", "id": id, "identifier": [{"system": "urn:x"}, number]});
        std::fs::write(folder.path().join(format!("{id}.json")), patient.to_string()).unwrap();
    }
    let numbers = ["999943145", "999945270", "999947400"].map(str::to_owned);
    let records = Records::load_dir(own(folder.path()), &numbers).unwrap();
    let known: Vec<_> = records.patients().into_iter().map(|p| p.bsn.unwrap_or_default()).collect();
    assert_eq!(known, ["999945270", "999943145", "999947400", ""]);
    assert!(records.read("Patient", "a").unwrap()["identifier"][1].get("_value").is_none());
    let hidden = Records::load_dir(own(folder.path()), &[]).unwrap();
    assert_eq!(hidden.patients().into_iter().filter_map(|p| p.bsn).count(), 1);
}
