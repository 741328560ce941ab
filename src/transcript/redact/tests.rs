//! What is hidden, and what stays to be judged.
#![allow(clippy::unwrap_used)]

use super::*;
use proptest::prelude::*;
use serde_json::json;

fn redactor() -> Redactor {
    Redactor::new(vec!["authorization_base".into()])
}

#[test]
fn a_citizen_number_is_hidden_wherever_it_stands_and_a_code_is_not() {
    let r = redactor();
    let mut value = json!({
        "identifier": [{"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": "999911120"}],
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "123456782"}]},
        "note": "patient 999911120.",
        "patient": "999911120",
        "url": "https://x/Condition?patient.identifier=http%3A%2F%2Ffhir.nl%2Ffhir%2FNamingSystem%2Fbsn%7C999911120&code=http://snomed.info/sct|123456782",
    });
    r.value(&mut value);
    let text = value.to_string();
    assert!(!text.contains("999911120"), "{text}");
    assert_eq!(text.matches("123456782").count(), 2, "{text}");
    assert_eq!(value["identifier"][0]["value"], value["patient"], "equal values stay equal");
}

#[test]
fn the_authorization_value_of_an_r4_event_is_hidden_and_its_number_is_not() {
    let r = redactor();
    let mut value = json!([
        {"name": "event-number", "valueString": "42"},
        {"name": "authorization-value", "valueString": "Zk3p9QxT2mVb7LcW8nRy"},
    ]);
    r.value(&mut value);
    assert_eq!(value[0]["valueString"], "42");
    assert!(value[1]["valueString"].as_str().unwrap().starts_with("[redacted:base:"), "{value}");
}

#[test]
fn a_citizen_number_in_xml_is_hidden_and_equals_the_one_in_json() {
    let r = redactor();
    let xml = r#"<q><id root="2.16.840.1.113883.2.4.6.3" extension="999911120"/><id root="2.16.528.1.1007.3.3" extension="00000659"/><t>BSN 999911120</t></q>"#;
    let response = HttpResponse::text(200, "application/soap+xml; charset=UTF-8", xml);
    let kept = r.response(&response, true);
    let Body::Json { format, value, .. } = &kept.body else { panic!("{kept:?}") };
    assert_eq!(format, "xml-tree");
    let mut json = json!({"patient": "999911120"});
    r.value(&mut json);
    assert_eq!(value["children"][0]["attributes"]["extension"], json["patient"]);
    assert_eq!(value["children"][1]["attributes"]["extension"], "00000659");
    assert!(!value.to_string().contains("999911120"));
}

#[test]
fn a_wrong_citizen_number_is_hidden_and_said_to_be_wrong() {
    let r = redactor();
    let mut value = json!({"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": "999911121"});
    r.value(&mut value);
    assert!(value["value"].as_str().unwrap().starts_with("[redacted:bsn-invalid:"));
}

#[test]
fn names_and_addresses_of_persons_are_hidden_and_of_organisations_kept() {
    let r = redactor();
    let mut value = json!({
        "resourceType": "Patient",
        "name": [{"use": "official", "family": "Voorbeeld", "given": ["Anna"], "text": "Anna Voorbeeld"}],
        "address": [{"line": ["Dorpsstraat 1"], "city": "Ons Dorp"}],
        "telecom": [{"system": "phone", "value": "+31201234567"}],
        "text": {"status": "generated", "div": "<div>Anna Voorbeeld</div>"},
        "managingOrganization": {"reference": "Organization/o", "display": "Ziekenhuis Noord"},
        "generalPractitioner": [{"reference": "Practitioner/p", "display": "B. Huisarts"}],
    });
    r.value(&mut value);
    let text = value.to_string();
    for hidden in ["Voorbeeld", "Anna", "Dorpsstraat", "Ons Dorp", "+3120", "Huisarts"] {
        assert!(!text.contains(hidden), "{hidden} in {text}");
    }
    assert!(text.contains("Ziekenhuis Noord") && text.contains("official"));
}

#[test]
fn tokens_are_hidden_in_headers_forms_bodies_and_targets_and_stay_recognisable() {
    let r = redactor();
    let request = HttpRequest::get("/fhir/Patient?access_token=s3cr3t").with_header("authorization", "Bearer s3cr3t");
    let kept = r.request(&request, "", true);
    let response =
        HttpResponse::json(200, "application/json", &json!({"access_token": "s3cr3t", "token_type": "Bearer"}));
    let answer = r.response(&response, true);
    let text = format!("{kept:?}{answer:?}");
    assert!(!text.contains("s3cr3t"), "{text}");
    let issued = answer.body.json().unwrap()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(kept.headers[0].1, format!("Bearer {issued}"));
}

#[test]
fn the_authorization_base_is_the_same_mark_in_task_and_claim() {
    let r = redactor();
    let mut task =
        json!({"input": [{"type": {"coding": [{"code": "authorization-base"}]}, "valueString": "YmFzZQ=="}]});
    let mut claims = json!({"authorization_base": "YmFzZQ=="});
    r.value(&mut task);
    r.value(&mut claims);
    assert_eq!(task["input"][0]["valueString"], claims["authorization_base"]);
    assert!(!task.to_string().contains("YmFzZQ"));
}

proptest! {
    #[test]
    fn no_number_that_passes_the_test_and_stands_alone_survives(seed in 10_000_000u32..99_999_999, before in "[ ,:;(]{1,3}", after in "[ ,;)]{1,3}") {
        let number = (0..10).map(|d| format!("{seed}{d}")).find(|n| bsn::passes_eleven_test(n));
        if let Some(number) = number {
            let text = redactor().text(&format!("x{before}{number}{after}y"));
            prop_assert!(!text.contains(&number), "{}", text);
        }
    }

    #[test]
    fn redaction_never_panics(text in ".{0,200}") {
        let _ = redactor().text(&text);
    }
}
