//! Documents that are bent, foreign or unfinished: each a finding, none a crash.

use serde_json::{Value, json};

use super::{OWN, at, checker, profile, refuses, thing};
use crate::check::structure::{Code, Outcome, ProfileChecker, Reason};
use crate::wire::fhir::Limits;

fn check(checker: &ProfileChecker, bytes: &[u8]) -> Outcome {
    checker.check_bytes(bytes, &[], &Limits::default())
}

#[track_caller]
fn unreadable(bytes: &[u8], why: &str) {
    let outcome = check(&checker(Vec::new()), bytes);
    refuses(&outcome, Code::Unreadable, "");
    assert!(outcome.findings[0].found.en.contains(why), "{}", outcome.findings[0]);
    assert!(!outcome.is_validated());
}

#[test]
fn json_and_xml_are_read_alike() {
    let checker = checker(Vec::new());
    let json = check(&checker, br#"{"resourceType": "Thing", "status": "final", "count": 3}"#);
    let xml = check(
        &checker,
        b"\xef\xbb\xbf <Thing xmlns=\"http://hl7.org/fhir\"><status value=\"final\"/><count value=\"3\"/></Thing>",
    );
    assert!(json.is_validated() && xml.is_validated(), "{json:?} {xml:?}");
    let bent =
        check(&checker, b"<Thing xmlns=\"http://hl7.org/fhir\"><status value=\"final\"/><count value=\"x\"/></Thing>");
    refuses(&bent, Code::LexicalForm, "/count");
}

#[test]
fn text_that_is_not_well_formed_is_a_finding() {
    unreadable(b"{\"resourceType\": \"Thing\"", "EOF");
    unreadable(b"{\"resourceType\": \"Thing\",}", "not well-formed");
    unreadable(b"", "not well-formed");
    unreadable(b"<Thing xmlns=\"http://hl7.org/fhir\"><status></Thing>", "not well-formed");
    unreadable(b"<!DOCTYPE x><Thing/>", "document type");
    unreadable(b"[]", "not an object");
    unreadable(b"{}", "no `resourceType`");
}

#[test]
fn name_that_occurs_twice_in_an_object_is_a_finding() {
    unreadable(
        b"{\"resourceType\": \"Thing\",\n \"status\": \"final\", \"status\": \"draft\"}",
        "`status` occurs twice",
    );
}

#[test]
fn other_encodings_are_a_finding() {
    unreadable(b"{\"resourceType\": \"Thing\", \"note\": \"caf\xe9\"}", "UTF-8");
    let utf16: Vec<u8> = "{\"resourceType\": \"Thing\"}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let with_mark: Vec<u8> = [0xff, 0xfe].into_iter().chain(utf16).collect();
    unreadable(&with_mark, "UTF-8");
    let latin = b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><Thing xmlns=\"http://hl7.org/fhir\"/>";
    unreadable(latin, "ISO-8859-1");
}

#[test]
fn unfilled_placeholder_is_a_finding() {
    let checker = checker(Vec::new());
    let filled = thing(json!({"note": "costs $5 {or so}", "part": [{"code": {"text": "x"}}]}));
    assert!(check(&checker, filled.to_string().as_bytes()).is_validated());
    let mut unfilled = filled;
    unfilled["part"][0]["code"]["text"] = json!("on ${DATE, T, D, -1}");
    refuses(&check(&checker, unfilled.to_string().as_bytes()), Code::Placeholder, "/part/0/code/text");
    let dated = check(&checker, thing(json!({"when": "${CURRENTDATE}"})).to_string().as_bytes());
    refuses(&dated, Code::Placeholder, "/when");
}

#[test]
fn type_of_another_release_is_a_finding_and_an_unknown_type_is_named() {
    let checker = checker(Vec::new());
    for text in ["{\"resourceType\": \"ProcedureRequest\"}", "<ProcedureRequest xmlns=\"http://hl7.org/fhir\"/>"] {
        let outcome = check(&checker, text.as_bytes());
        assert_eq!(outcome.findings[0].code, Code::WrongRelease, "{text}");
        assert_eq!(outcome.findings[0].expected.en, "a resource type of R4");
    }
    for text in ["{\"resourceType\": \"Encounter\"}", "<Encounter xmlns=\"http://hl7.org/fhir\"/>"] {
        let outcome = check(&checker, text.as_bytes());
        assert!(outcome.findings.is_empty() && !outcome.is_validated());
        let open = &outcome.not_evaluated[0];
        let url = "http://hl7.org/fhir/StructureDefinition/Encounter";
        assert_eq!((open.reason, open.what.as_str()), (Reason::DefinitionMissing, url));
    }
}

#[test]
fn element_of_another_release_is_a_finding_in_both_forms() {
    let checker = checker(Vec::new());
    let json = check(&checker, thing(json!({"context": {"reference": "Patient/1"}})).to_string().as_bytes());
    refuses(&json, Code::UnknownElement, "");
    let xml = check(&checker, b"<Thing xmlns=\"http://hl7.org/fhir\"><context value=\"x\"/></Thing>");
    refuses(&xml, Code::UnknownElement, "Thing.context");
}

#[test]
fn resource_of_another_type_than_its_profile_is_a_finding() {
    let definitions = vec![profile("other", "Patient", vec![at("Patient.active", json!({"min": 0}))])];
    let value = thing(json!({"meta": {"profile": [format!("{OWN}other")]}}));
    refuses(&check(&checker(definitions), value.to_string().as_bytes()), Code::WrongResourceType, "");
}

#[test]
fn bundle_of_ten_thousand_entries_is_read_and_checked() {
    let entry = |number: usize| {
        let next = (number + 1) % 10_000;
        let value = thing(json!({"id": number.to_string(), "subject": {"reference": format!("Thing/{next}")}}));
        json!({"fullUrl": format!("http://h/Thing/{number}"), "resource": value})
    };
    let bundle = json!({"resourceType": "Bundle", "type": "collection", "entry": (0..10_000).map(entry).collect::<Vec<Value>>()});
    let checker = checker(Vec::new());
    let outcome = check(&checker, bundle.to_string().as_bytes());
    assert!(outcome.is_validated(), "{:?}", outcome.findings.first());
    let few = Limits { nodes: 1_000, ..Limits::default() };
    let refused = checker.check_bytes(bundle.to_string().as_bytes(), &[], &few);
    refuses(&refused, Code::Unreadable, "");
}
