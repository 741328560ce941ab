//! Each thing that can be asked of an assertion, by an assertion that has it and one that has not.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use time::Duration;

use super::super::{Check, CheckData, Context, Judged};
use crate::base::clock;
use crate::transcript::redact::Redactor;
use crate::transcript::select::{CaseView, StepView};
use crate::transcript::{Exchange, StepOutcome};
use crate::wire::http::HttpRequest;
use crate::wire::saml::{Assertion, Attribute, Signer, Signing, Value, names, security_header};

const AUDIENCE: &str = "urn:oid:2.16.528.1.1007.3.3.90000002";

fn draft() -> Assertion {
    let attributes = vec![
        Attribute::new(
            names::PROVIDER_INSTITUTION,
            Value::instance(names::PROVIDER_INSTITUTION, "2.16.528.1.1007.3.3", "90000001", None),
        ),
        Attribute::new(names::ROLE, Value::code(names::ROLE, "01.013", "2.16.840.1.113883.2.4.15.111", None)),
        Attribute::new(names::RESOURCE_ID, Value::cx(names::RESOURCE_ID, "999911120", "2.16.840.1.113883.2.4.6.3")),
    ];
    Assertion::draft("urn:issuer", "a.arts", AUDIENCE, Duration::minutes(10), attributes)
}

fn material() -> &'static (String, Vec<u8>) {
    static MATERIAL: std::sync::OnceLock<(String, Vec<u8>)> = std::sync::OnceLock::new();
    MATERIAL.get_or_init(|| {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        let made = rcgen::CertificateParams::new(vec!["localhost".into()]).unwrap().self_signed(&key).unwrap();
        (key.serialize_pem(), made.der().to_vec())
    })
}

fn sign(assertion: &Assertion, signing: &Signing) -> String {
    let (key_pem, certificate) = material();
    signing.apply(assertion, Signer { key_pem, certificate }).unwrap()
}

fn signed(edit: impl FnOnce(&mut Assertion)) -> String {
    let mut assertion = draft();
    edit(&mut assertion);
    sign(&assertion, &Signing::default())
}

fn exchange(assertions: &str) -> Exchange {
    let message = format!(
        r#"<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Header>{}</e:Header><e:Body/></e:Envelope>"#,
        security_header(assertions)
    );
    let request = HttpRequest { method: "POST".into(), target: "/xca".into(), ..HttpRequest::default() }
        .with_body("application/soap+xml; charset=UTF-8", message.into_bytes());
    let kept = Redactor::new(Vec::new()).request(&request, "", true);
    let text = serde_json::to_string(&kept).unwrap();
    assert!(!text.contains("a.arts") && !text.contains("999911120"), "{text}");
    serde_json::from_value(json!({
        "direction": "from-candidate", "endpoint": "foreign", "identity": "partner", "began": clock::rfc3339(clock::now()),
        "micros": 0, "request": kept, "response": {"status": 200, "headers": [], "body": "empty"},
    }))
    .unwrap()
}

fn judge(parameters: Json, assertions: &str) -> Judged {
    let check: Check = serde_json::from_value(json!({"saml-assertion": parameters})).unwrap();
    assert!(check.cannot_fail().is_none() && !check.expected().nl.is_empty(), "{check:?}");
    let (captured, seen) = (BTreeMap::new(), exchange(assertions));
    let step = StepView { outcome: &StepOutcome::Done, exchanges: vec![(0, &seen)], captured: &captured };
    let values = BTreeMap::from([("candidate.ura".to_owned(), "90000001".to_owned())]);
    let data = CheckData { values, ..CheckData::default() };
    check.judge(Context { step: &step, case: &CaseView::default(), data: &data }).judged
}

fn met(parameters: Json, assertions: &str) {
    let judged = judge(parameters.clone(), assertions);
    assert!(matches!(judged, Judged::Met(_)), "{parameters}: {judged:?}");
}

fn not_met(parameters: Json, assertions: &str) {
    let judged = judge(parameters.clone(), assertions);
    assert!(matches!(judged, Judged::NotMet(_)), "{parameters}: {judged:?}");
}

#[test]
fn a_good_assertion_has_all_that_is_asked() {
    met(
        json!({
            "alone": true, "signed": true, "methods": ["ecdsa-sha256"], "digests": ["sha256"], "subject": true,
            "confirmation": names::BEARER, "longest-s": 600, "valid-within-s": 60, "not-before-is-issue": true,
            "for-somebody": true, "audience": [AUDIENCE], "issuer": ["urn:issuer"], "authenticated": true,
            "context": [names::CLASS_X509],
        }),
        &signed(|_| {}),
    );
}

#[test]
fn a_signature_counts_only_as_a_whole() {
    let good = signed(|_| {});
    not_met(json!({"signed": true}), &draft().write(""));
    not_met(json!({"signed": true}), &good.replace("01.013", "01.014"));
    let advice = format!("<s:Advice>{}</s:Advice><s:Subject>", draft().write(""));
    let mut wrapped = good.replacen("<s:Subject>", &advice, 1);
    not_met(json!({"signed": true}), &wrapped);
    wrapped = good.replace("</ds:Signature>", "<ds:Object/></ds:Signature>");
    not_met(json!({"signed": true}), &wrapped);
    not_met(json!({"methods": ["rsa-sha256"]}), &good);
    not_met(json!({"methods": ["ecdsa-sha256"]}), &draft().write(""));
    not_met(json!({"digests": ["sha512"]}), &good);
    not_met(json!({"methods": ["ecdsa-sha256"], "digests": ["sha256"]}), &sign(&draft(), &Signing::sha1(false)));
}

#[test]
fn times_are_held_against_the_moment_of_receipt() {
    let hour = Duration::hours(1);
    not_met(json!({"longest-s": 600}), &signed(|a| a.hold_for(Duration::seconds(601))));
    not_met(json!({"longest-s": 600}), &signed(|a| a.conditions = None));
    not_met(json!({"valid-within-s": 60}), &signed(|a| a.shift(-hour)));
    not_met(json!({"valid-within-s": 60}), &signed(|a| a.shift(hour)));
    not_met(json!({"valid-within-s": 60}), &signed(|a| a.conditions = None));
    met(json!({"valid-within-s": 60}), &signed(|a| a.shift(Duration::seconds(30))));
    let apart = |a: &mut Assertion| a.conditions.as_mut().unwrap().not_before = Some((clock::now() - hour).into());
    not_met(json!({"not-before-is-issue": true}), &signed(apart));
    not_met(json!({"not-before-is-issue": true}), &signed(|a| a.conditions = None));
}

#[test]
fn who_it_is_of_and_for_and_how_he_was_authenticated() {
    let two = format!("{}{}", signed(|_| {}), signed(|a| a.issuer = Some("urn:means".into())));
    not_met(json!({"alone": true}), &two);
    met(json!({"number": 2, "issuer": ["urn:means"]}), &two);
    not_met(json!({"number": 3, "signed": true}), &two);
    not_met(json!({"subject": true}), &signed(|a| a.subject = None));
    let other = |a: &mut Assertion| a.subject.as_mut().unwrap().confirmations = vec![names::HOLDER_OF_KEY.into()];
    not_met(json!({"confirmation": names::BEARER}), &signed(other));
    not_met(json!({"for-somebody": true}), &signed(|a| a.conditions.as_mut().unwrap().audiences.clear()));
    not_met(json!({"audience": ["urn:other"]}), &signed(|_| {}));
    not_met(json!({"issuer": ["urn:other"]}), &signed(|_| {}));
    not_met(json!({"authenticated": true}), &signed(|a| a.authn.clear()));
    not_met(json!({"context": ["http://eidas.europa.eu/LoA/high"]}), &signed(|_| {}));
    let odd = |a: &mut Assertion| a.authn[0].class_ref = Some("http://eidas.europe.eu/LoA/high".into());
    met(json!({"context": ["http://eidas.europa.eu/LoA/high"]}), &signed(odd));
    not_met(json!({"context": ["http://eidas.europa.eu/LoA/low"]}), &signed(odd));
    let bare = judge(json!({"issuer": ["${candidate.name}"]}), &signed(|_| {}));
    assert!(matches!(bare, Judged::Undecided(_)), "{bare:?}");
}

#[test]
fn an_attribute_is_there_and_says_what_it_should() {
    let ura = names::PROVIDER_INSTITUTION;
    let asked = |more: Json| {
        let mut rule = json!({"name": ura});
        rule.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"attribute": rule})
    };
    let good = signed(|_| {});
    let with = |value: Value| signed(|a| a.statements[0][0].values = vec![value]);
    met(asked(json!({"encoded": "exactly", "system": ["2.16.528.1.1007.3.3"], "matches": "^[0-9]{8}$"})), &good);
    met(asked(json!({"one-of": ["${candidate.ura}"]})), &good);
    not_met(asked(json!({})), &signed(|a| a.remove(ura)));
    met(asked(json!({"absent": true})), &signed(|a| a.remove(ura)));
    not_met(asked(json!({"absent": true})), &good);
    met(asked(json!({"optional": true, "encoded": "readable"})), &signed(|a| a.remove(ura)));
    not_met(asked(json!({"optional": true, "encoded": "readable"})), &with(Value::text("", "90000001")));
    not_met(asked(json!({"one-of": ["90000009"]})), &good);
    not_met(asked(json!({"system": ["1.2.3"]})), &good);
    not_met(asked(json!({"matches": "^A"})), &good);
    // The name of the element is a warning: it can be read.
    let odd = Value::instance(names::RESOURCE_ID, "2.16.528.1.1007.3.3", "90000001", None);
    let Value::Typed(mut typed) = odd else { panic!() };
    typed.element.local = "InstanceIdentifier".into();
    met(asked(json!({"encoded": "readable"})), &with(Value::Typed(typed.clone())));
    not_met(asked(json!({"encoded": "exactly"})), &with(Value::Typed(typed)));
    // Every value counts.
    let second = Value::instance(ura, "2.16.528.1.1007.3.3", "90000009", None);
    let two = signed(|a| a.statements.push(vec![Attribute::new(ura, second)]));
    not_met(asked(json!({"one-of": ["${candidate.ura}"]})), &two);
}

#[test]
fn the_organisation_is_the_one_of_the_certificate() {
    let asked = json!({"certificate-ura": true});
    let seen = judge(asked.clone(), &signed(|_| {}));
    assert!(matches!(seen, Judged::Undecided(_)), "this certificate carries no URA: {seen:?}");
    not_met(asked.clone(), &draft().write(""));
    not_met(asked.clone(), &signed(|a| a.remove(names::PROVIDER_INSTITUTION)));
    let facts = |own: &str| crate::transcript::JwtFacts {
        header: json!({"certificate-ura": own}),
        claims: json!({"attributes": {names::PROVIDER_INSTITUTION: {"value": "90000001"}}}),
        signature: "verified".into(),
        key_sha256: None,
    };
    assert!(matches!(super::certificate_ura(&facts("90000001")), Judged::Met(_)));
    assert!(matches!(super::certificate_ura(&facts("90000002")), Judged::NotMet(_)));
}

#[test]
fn what_we_sent_ourselves_is_not_judged() {
    let check: Check = serde_json::from_value(json!({"saml-assertion": {"signed": true}})).unwrap();
    let mut seen = exchange(&draft().write(""));
    seen.direction = crate::transcript::Direction::ToCandidate;
    let captured = BTreeMap::new();
    let step = StepView { outcome: &StepOutcome::Done, exchanges: vec![(0, &seen)], captured: &captured };
    let answer = check.judge(Context { step: &step, case: &CaseView::default(), data: &CheckData::default() });
    assert!(matches!(answer.judged, Judged::Undecided(_)), "{answer:?}");
}

#[test]
fn a_request_without_an_assertion_has_none_of_it() {
    not_met(json!({"signed": true}), "");
    not_met(json!({"attribute": {"name": names::ROLE, "optional": true, "encoded": "readable"}}), "");
}
