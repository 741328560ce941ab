//! Documents and sections as they should be, and each fault by itself.
#![allow(clippy::unwrap_used)]

use serde_json::json;

use super::*;
use crate::wire::query::Code;

const SYSTEM: &str = "http://snomed.info/sct";

fn section(code: &str, more: Value) -> Value {
    let mut section = json!({"code": {"coding": [{"system": SYSTEM, "code": code}]}});
    for (name, value) in more.as_object().unwrap() {
        section[name] = value.clone();
    }
    section
}

fn table() -> CompositionTable {
    serde_json::from_value(json!({
        "id": "letter", "profile": "https://a.example/letter", "system": SYSTEM,
        "sections": [
            {"name": "administration", "code": "1", "at-least": 1, "at-most": 1,
             "extensions": [{"url": "https://a.example/date", "value": "valueDateTime"}],
             "sections": [{"name": "payer", "code": "2", "at-least": 1, "at-most": 1,
                "entries": [{"resource": "Coverage", "profiles": ["https://a.example/payer"], "at-least": 1}]}]},
            {"name": "plan", "code": "3", "at-most": 1, "may-be-text": true,
             "sections": [{"name": "problems", "code": "4", "at-least": 1, "entries": [{"resource": "Condition", "at-least": 1, "at-most": 2}]}]},
        ],
        "without-sections": [Code { system: SYSTEM.into(), code: "9".into() }],
        "without-entries": ["https://a.example/adult-score"],
    }))
    .unwrap()
}

fn composition() -> Value {
    json!({"resourceType": "Composition", "id": "c", "meta": {"profile": ["https://a.example/letter"]},
    "subject": {"reference": "Patient/p"},
    "section": [
        section("1", json!({"extension": [{"url": "https://a.example/date", "valueDateTime": "2030"}],
            "section": [section("2", json!({"entry": [{"reference": "Coverage/v"}]}))]})),
        section("3", json!({"section": [section("4", json!({"entry": [{"reference": "Condition/x"}]}))]})),
    ]})
}

fn bundle(composition: Value) -> Value {
    let entry = |resource: Value| {
        let url = format!(
            "https://a.example/fhir/{}/{}",
            resource["resourceType"].as_str().unwrap(),
            resource["id"].as_str().unwrap()
        );
        json!({"fullUrl": url, "resource": resource})
    };
    json!({"resourceType": "Bundle", "type": "document", "identifier": {"system": "urn:ietf:rfc:3986", "value": "urn:uuid:1"},
        "entry": [entry(composition), entry(json!({"resourceType": "Patient", "id": "p"})),
            entry(json!({"resourceType": "Coverage", "id": "v", "meta": {"profile": ["https://a.example/payer"]}})),
            entry(json!({"resourceType": "Condition", "id": "x"}))]})
}

fn says(body: &Value, check: Value) -> Judged {
    let check: CompositionSections = serde_json::from_value(check).unwrap();
    check.one(body, &[table()])
}

fn all() -> Value {
    json!({"have": ["presence", "entries", "extensions", "nothing-else"]})
}

#[test]
fn a_composition_by_its_table_is_good_alone_and_in_a_document() {
    assert!(matches!(says(&bundle(composition()), all()), Judged::Met(_)));
    assert!(matches!(says(&composition(), all()), Judged::Met(_)));
}

#[test]
fn each_fault_is_found_by_its_own_fact_and_section() {
    type Edit = fn(&mut Value);
    let cases: [(Edit, &str, &str); 6] = [
        (|c| drop(c["section"].as_array_mut().unwrap().remove(0)), "presence", "administration"),
        (|c| c["section"][0]["section"].as_array_mut().unwrap().clear(), "presence", "payer"),
        (|c| c["section"][0]["section"][0]["entry"] = json!([]), "entries", "payer"),
        (|c| c["section"][0]["extension"] = json!([]), "extensions", "administration"),
        (
            |c| {
                c["section"][1]["section"][0]["entry"] =
                    json!([{"reference": "Condition/x"}, {"reference": "Condition/y"}, {"reference": "Condition/z"}])
            },
            "entries",
            "problems",
        ),
        (|c| c["section"].as_array_mut().unwrap().push(section("9", json!({}))), "nothing-else", "administration"),
    ];
    for (edit, fact, name) in cases {
        let mut wrong = composition();
        edit(&mut wrong);
        assert!(matches!(says(&bundle(wrong.clone()), json!({"have": [fact]})), Judged::NotMet(_)), "{fact} {name}");
        let others: Vec<&str> =
            ["presence", "entries", "extensions", "nothing-else"].into_iter().filter(|f| *f != fact).collect();
        assert!(!matches!(says(&bundle(wrong), json!({"have": others})), Judged::NotMet(_)), "{fact} {name}");
    }
}

#[test]
fn text_may_stand_in_the_place_of_sections_and_an_absent_section_is_no_fault_of_what_is_within() {
    let mut text = composition();
    text["section"][1] = section("3", json!({"text": {"status": "additional", "div": "<div/>"}}));
    assert!(matches!(says(&text, json!({"have": ["presence"], "sections": ["problems"]})), Judged::Undecided(_)));
    let mut none = composition();
    none["section"][1] = section("3", json!({}));
    assert!(matches!(says(&none, json!({"have": ["presence"], "sections": ["problems"]})), Judged::NotMet(_)));
    none["section"].as_array_mut().unwrap().pop();
    assert!(matches!(says(&none, json!({"have": ["presence"], "sections": ["problems"]})), Judged::Undecided(_)));
}

#[test]
fn what_is_of_another_kind_is_undecided() {
    assert!(matches!(says(&composition(), json!({"have": ["presence"], "of": ["report"]})), Judged::Undecided(_)));
    let mut other = composition();
    other["meta"]["profile"] = json!(["https://a.example/other"]);
    assert!(matches!(says(&other, all()), Judged::Undecided(_)));
    assert!(matches!(says(&json!({"resourceType": "Task"}), all()), Judged::Undecided(_)));
}

#[test]
fn a_document_begins_with_its_composition_and_holds_each_resource_once() {
    let good = bundle(composition());
    assert!(matches!((document(&good), whole(&good), closed(&good)), (Judged::Met(_), Judged::Met(_), Judged::Met(_))));
    let edited = |edit: fn(&mut Value)| {
        let mut bundle = good.clone();
        edit(&mut bundle);
        bundle
    };
    assert!(matches!(document(&edited(|b| b["type"] = json!("collection"))), Judged::NotMet(_)));
    assert!(matches!(document(&edited(|b| b["entry"].as_array_mut().unwrap().reverse())), Judged::NotMet(_)));
    let wrong: [fn(&mut Value); 5] = [
        |b| drop(b.as_object_mut().unwrap().shift_remove("identifier")),
        |b| b["total"] = json!(4),
        |b| b["entry"][1]["search"] = json!({"mode": "match"}),
        |b| b["entry"][1]["fullUrl"] = b["entry"][2]["fullUrl"].clone(),
        |b| b["entry"][1] = json!({"fullUrl": "https://a.example/fhir/Patient/p"}),
    ];
    for (at, edit) in wrong.into_iter().enumerate() {
        assert!(matches!(whole(&edited(edit)), Judged::NotMet(_)), "{at}");
    }
    assert!(matches!(closed(&edited(|b| drop(b["entry"].as_array_mut().unwrap().pop()))), Judged::NotMet(_)));
}

#[test]
fn the_patient_of_a_document_is_known_by_reference_or_identifier() {
    let patient = json!({"resourceType": "Patient", "id": "p", "identifier": [{"value": "[redacted:bsn:1]"}]});
    for (whom, same) in [
        (json!({"reference": "https://a.example/fhir/Patient/p"}), true),
        (json!({"reference": "Patient/p/_history/3"}), true),
        (json!({"reference": "Patient/q", "identifier": {"value": "[redacted:bsn:1]"}}), false),
        (json!({"identifier": {"value": "[redacted:bsn:1]"}}), true),
        (json!({"identifier": {"value": "[redacted:bsn:2]"}}), false),
    ] {
        assert_eq!(matches!(same_person(&whom, &patient), Judged::Met(_)), same, "{whom}");
    }
    assert!(matches!(same_person(&json!({}), &patient), Judged::Undecided(_)));
}
