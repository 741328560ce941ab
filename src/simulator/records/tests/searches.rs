//! What searches find in the small record, and what they refuse.

use proptest::prelude::*;

use super::*;

#[test]
fn tokens_select_and_commas_widen() {
    assert_eq!(found("Observation?code=http://loinc.org|2160-0"), ["lab"]);
    assert_eq!(found("Observation?code=2160-0"), ["lab"]);
    assert!(found("Observation?code=|2160-0").is_empty());
    assert!(found("Observation?code=http://snomed.info/sct|2160-0").is_empty());
    assert_eq!(found("Observation?category=cat|lab,cat|x").len(), 5);
    assert_eq!(found("Observation?category=cat|lab&code=2160-0"), ["lab"]);
    assert_eq!(found("Appointment?status=booked,pending,proposed"), ["visit"]);
    assert_eq!(found("Observation?code:not=29463-7"), ["lab"]);
    assert_eq!(found("Observation?specimen:missing=false"), ["lab"]);
    assert_eq!(found("Patient?_id=ben"), ["ben"]);
}

#[test]
fn references_match_in_every_form() {
    for value in ["Patient/ann", "ann", "https://elsewhere.example/Patient/ann", &format!("{BSN_SYSTEM}|{ANN}")] {
        assert_eq!(found(&format!("MedicationStatement?patient={value}")), ["use"], "{value}");
        assert_eq!(found(&format!("Coverage?beneficiary={value}")), ["cover"], "{value}");
    }
    assert_eq!(found("MedicationStatement?subject:Patient=ann"), ["use"]);
    assert!(found("MedicationStatement?subject:Group=ann").is_empty());
    assert!(found("MedicationStatement?patient=ben").is_empty());
    assert_eq!(found("Appointment?practitioner=of-ann"), ["visit"]);
    assert!(found("Appointment?patient=of-ann").is_empty());
}

#[test]
fn chains_follow_references_to_their_target() {
    let bsn = |bsn: &str| format!("{BSN_SYSTEM}|{bsn}");
    assert_eq!(found(&format!("Observation?patient.identifier={}", bsn(BEN))), ["w-ben"]);
    assert_eq!(found(&format!("Observation?subject:Patient.identifier={}", bsn(BEN))), ["w-ben"]);
    assert_eq!(found(&format!("Coverage?beneficiary.identifier={}", bsn(ANN))), ["cover"]);
    assert!(found(&format!("Coverage?beneficiary.identifier={}", bsn(BEN))).is_empty());
    assert_eq!(found("Coverage?payor.name=zek"), ["cover"]);
    assert_eq!(found("Patient?general-practitioner.family:missing=true"), ["ann", "ben"]);
    assert_eq!(found("MedicationStatement?medication.code=g|1"), ["use"]);
}

#[test]
fn dates_and_strings_select() {
    assert_eq!(found("Observation?date=ge2024-03"), ["lab", "w-ben"]);
    assert_eq!(found("Observation?date=2022"), ["w-period"]);
    assert_eq!(found("Patient?family=AN"), ["ann"]);
    assert!(found("Patient?family:exact=AN").is_empty());
}

#[test]
fn lastn_gives_the_newest_of_each_code() {
    assert_eq!(found("Observation/$lastn?patient=ann"), ["w-new", "lab"]);
    assert_eq!(found("Observation/$lastn?patient=ann&max=2"), ["w-new", "w-period", "lab"]);
    assert_eq!(found("Observation?patient=ann").len(), 4);
}

#[test]
fn narrowing_shows_one_record_only() {
    let narrowed = |query: &str, patient: &str| {
        let outcome = search(query, Some(patient)).unwrap();
        outcome.matches.len()
    };
    assert_eq!(narrowed("Observation", "ann"), 4);
    assert_eq!(narrowed("Observation", "ben"), 1);
    assert_eq!(narrowed("Observation", "nobody"), 0);
    assert_eq!(narrowed("Patient", "ben"), 1);
    assert_eq!(narrowed(&format!("Patient?identifier={BSN_SYSTEM}|{ANN}"), "ben"), 0);
    assert_eq!(narrowed("Observation?patient=ann", "ben"), 0);
}

#[test]
fn includes_bring_what_a_match_refers_to() {
    let outcome =
        search("Coverage?_include=Coverage:payor:Patient&_include=Coverage:payor:Organization", None).unwrap();
    assert_eq!(ids(&outcome.included), ["ann", "insurer"]);
    let outcome = search("Coverage?_include=Coverage:payor:Organization", None).unwrap();
    assert_eq!(ids(&outcome.included), ["insurer"]);
    let outcome = search(
        "Observation/$lastn?code=2160-0&_include=Observation:related-target&_include=Observation:specimen",
        None,
    )
    .unwrap();
    assert_eq!(ids(&outcome.included), ["w-new", "tube"]);
    let outcome = search("MedicationStatement?_include=MedicationStatement:medication", None).unwrap();
    assert_eq!(ids(&outcome.included), ["pill"]);
}

#[test]
fn reverse_includes_stay_within_the_record() {
    let query = "Observation?code=29463-7&_revinclude=Provenance:target";
    let open = search(query, None).unwrap();
    assert_eq!(ids(&open.included), ["prov", "prov-both"]);
    let narrowed = search(query, Some("ann")).unwrap();
    assert_eq!(ids(&narrowed.included), ["prov"]);
}

#[test]
fn a_match_is_not_included_again() {
    let outcome = search("Observation?patient=ann&_include=Observation:related-target", None).unwrap();
    assert!(outcome.included.is_empty());
    assert_eq!(outcome.matches.len(), 4);
}

#[test]
fn unknown_parameters_are_ignored_and_told() {
    let outcome = search("Patient?shoe=42&family=ann&_format=xml&_count=1&_include=Patient:shoe&_include=*&_include:recurse=Patient:organization", None).unwrap();
    let names = |list: &[(String, String)]| list.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&outcome.applied), ["family", "_format", "_count"]);
    assert_eq!(names(&outcome.ignored), ["shoe", "_include", "_include", "_include:recurse"]);
    assert_eq!(ids(&outcome.matches), ["ann"]);
}

#[test]
fn malformed_values_and_modifiers_are_refused() {
    for query in [
        "Observation?code=||",
        "Observation?code=",
        "Observation?code=a,,b",
        "Observation?date=soon",
        "Observation?patient=a b",
        "Observation?specimen:missing=maybe",
        "Observation?_include=specimen",
        "Observation?_revinclude=Nothing:target",
        "Observation?patient.identifier=||",
    ] {
        assert!(matches!(search(query, None), Err(SearchFault::Malformed(_))), "{query}");
    }
    for query in [
        "Observation?code:in=x",
        "Observation?date:exact=2024",
        "Observation?patient:Medication=1",
        "Observation?patient:x.identifier=1",
    ] {
        assert!(matches!(search(query, None), Err(SearchFault::UnsupportedModifier(_))), "{query}");
    }
    assert!(matches!(search("Nothing", None), Err(SearchFault::UnknownType(_))));
}

proptest! {
    #[test]
    fn any_query_gives_an_answer_within_the_record(
        resource_type in proptest::sample::select(vec!["Patient", "Observation", "Coverage", "Provenance"]),
        query in "([a-z_:.-]{0,12}=[A-Za-z0-9|,:/\\\\ ]{0,12}&){0,3}",
    ) {
        let records = records();
        if let Ok(query) = SearchQuery::parse(&format!("{resource_type}?{query}"))
            && let Ok(outcome) = records.search(&query, Some("ben"))
        {
            for resource in outcome.matches.iter().chain(&outcome.included) {
                prop_assert!(records.belongs_to(resource, "ben"));
            }
        }
    }
}
