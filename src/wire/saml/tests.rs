//! Assertions as they are sent and received: good ones, and bad ones with what must become of each.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use time::{Duration, OffsetDateTime};

use super::*;
use crate::base::clock;
use crate::wire::xml::{Limits, XmlFault};

mod odd;
mod values;
mod wrapping;

const AUDIENCE: &str = "urn:oid:2.16.528.1.1007.3.3.90000002";
const URA: &str = "2.16.528.1.1007.3.3";

/// A key with a self-signed certificate of its own.
struct Own {
    key: String,
    certificate: Vec<u8>,
}

impl Own {
    fn new(algorithm: &'static rcgen::SignatureAlgorithm) -> Self {
        Self::of(&rcgen::KeyPair::generate_for(algorithm).unwrap())
    }

    fn of(key: &rcgen::KeyPair) -> Self {
        let certificate = rcgen::CertificateParams::new(vec!["localhost".into()]).unwrap().self_signed(key).unwrap();
        Self { key: key.serialize_pem(), certificate: certificate.der().to_vec() }
    }

    fn p256() -> Self {
        Self::new(&rcgen::PKCS_ECDSA_P256_SHA256)
    }

    fn rsa(bits: usize) -> Self {
        use rsa::pkcs8::EncodePrivateKey as _;
        let key = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, bits).unwrap();
        let pem = key.to_pkcs8_pem(rsa::pkcs8::LineEnding::LF).unwrap();
        Self::of(&rcgen::KeyPair::from_pem(&pem).unwrap())
    }

    fn signer(&self) -> Signer<'_> {
        Signer { key_pem: &self.key, certificate: &self.certificate }
    }

    fn sign(&self, assertion: &Assertion) -> String {
        assertion.signed(Some(self.signer())).unwrap()
    }
}

fn draft() -> Assertion {
    let attributes = vec![
        Attribute::new(
            names::PROVIDER_IDENTIFIER,
            Value::instance(names::PROVIDER_IDENTIFIER, "2.16.528.1.1007.3.1", "000000012", Some("CIBG")),
        ),
        Attribute::new(
            names::ROLE,
            Value::code(names::ROLE, "01.013", "2.16.840.1.113883.2.4.15.111", Some("RoleCodeNL")),
        ),
        Attribute::new(
            names::PROVIDER_INSTITUTION,
            Value::instance(names::PROVIDER_INSTITUTION, URA, "90000001", None),
        ),
        Attribute::new(
            names::PURPOSE_OF_USE,
            Value::code(names::PURPOSE_OF_USE, "TREAT", "2.16.840.1.113883.1.11.20448", None),
        ),
    ];
    let issuer = format!("urn:oid:{URA}.90000001");
    Assertion::draft(&issuer, "SIM-arts", AUDIENCE, Duration::minutes(10), attributes)
}

fn message(assertions: &str) -> String {
    format!(
        r#"<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" xmlns:unused="urn:u"><e:Header>{}</e:Header><e:Body><q xmlns="urn:q"/></e:Body></e:Envelope>"#,
        security_header(assertions)
    )
}

fn header(message: &str) -> Header {
    read(message.as_bytes(), &Limits::default()).unwrap()
}

fn only(assertions: &str) -> Token {
    let mut header = header(&message(assertions));
    assert_eq!(header.assertions, 1);
    header.tokens.remove(0)
}

fn refusals(of: &Own, assertions: &str) -> Vec<Refusal> {
    refusals_at(of, assertions, clock::now())
}

fn refusals_at(of: &Own, assertions: &str, now: OffsetDateTime) -> Vec<Refusal> {
    let (audiences, anchors) = ([AUDIENCE.to_owned()], [of.certificate.clone()]);
    let policy = Policy::new(now, &audiences, &anchors);
    header(&message(assertions)).accept(&policy).err().unwrap_or_default()
}

#[test]
fn what_is_written_reads_back_the_same() {
    let own = Own::p256();
    let mut all = draft();
    let subject = all.subject.as_mut().unwrap();
    subject.confirmations.push(names::HOLDER_OF_KEY.into());
    *subject.name_id.as_mut().unwrap() = NameId {
        text: "SIM & <arts>".into(),
        format: Some("urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified".into()),
        sp_provided_id: Some("alias".into()),
        qualifier: Some("q".into()),
        sp_qualifier: Some("s".into()),
    };
    let conditions = all.conditions.as_mut().unwrap();
    conditions.audiences.push(vec!["urn:a".into(), "urn:b".into()]);
    (conditions.one_time_use, conditions.proxy_restriction) = (true, true);
    all.authn.push(Authn { decl_ref: Some("urn:d".into()), ..Authn::default() });
    all.statements.push(vec![Attribute {
        name: names::ROLE.into(),
        values: vec![Value::text(names::SUBJECT_ID, "één"), Value::Several(2), Value::text("urn:vendor", "")],
    }]);
    assert_eq!(all.audit_name(), Some(format!("alias<SIM & <arts>@urn:oid:{URA}.90000001>")));
    assert_eq!(Assertion { issuer: None, ..draft() }.audit_name(), None);
    for xml in [all.write(""), own.sign(&all)] {
        assert_eq!(only(&xml).assertion, all);
    }
    assert_eq!(all.values(names::ROLE).count(), 4, "of both statements, in order");
}

#[test]
fn every_key_and_digest_that_is_taken_verifies() {
    let rsa = Own::rsa(2048);
    let keys = [(&rsa, "rsa"), (&Own::p256(), "ecdsa"), (&Own::new(&rcgen::PKCS_ECDSA_P384_SHA384), "ecdsa")];
    for (own, family) in keys {
        for (method, digest) in METHODS.iter().filter(|m| m.contains(family)).zip(DIGESTS) {
            let signing = Signing { method: Some((*method).into()), digest: digest.into(), ..Signing::default() };
            let token = only(&signing.apply(&draft(), own.signer()).unwrap());
            assert_eq!(token.signature.faults, [], "{method}");
            assert_eq!(token.signature.certificate.as_ref(), Some(&own.certificate));
            assert_eq!(token.signature.method.as_deref(), Some(*method));
            assert!(token.proven().is_some());
        }
        assert_eq!(refusals(own, &own.sign(&draft())), []);
    }
}

#[test]
fn sha_1_and_other_algorithms_are_refused_by_name() {
    let (rsa, ec) = (Own::rsa(2048), Own::p256());
    let faults = |signing: &Signing, own: &Own| only(&signing.apply(&draft(), own.signer()).unwrap()).signature.faults;
    assert_eq!(faults(&Signing::sha1(true), &rsa), [SignatureFault::Sha1]);
    assert_eq!(faults(&Signing::sha1(false), &ec), [SignatureFault::Sha1]);
    let only_digest = Signing { method: None, ..Signing::sha1(true) };
    assert_eq!(faults(&only_digest, &rsa), [SignatureFault::Sha1]);
    let more = "http://www.w3.org/2001/04/xmldsig-more#";
    let other = Signing { method: Some(format!("{more}rsa-sha224")), ..Signing::default() };
    assert_eq!(faults(&other, &rsa), [SignatureFault::SignatureMethod]);
    let other = Signing { digest: format!("{more}sha224"), ..Signing::default() };
    assert_eq!(faults(&other, &rsa), [SignatureFault::DigestMethod]);
    let inclusive = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
    let other = Signing { canonicalization: inclusive.into(), ..Signing::default() };
    assert_eq!(faults(&other, &rsa), [SignatureFault::Canonicalization]);
    let other = Signing { transforms: vec![ENVELOPED.into(), inclusive.into()], ..Signing::default() };
    assert_eq!(faults(&other, &rsa), [SignatureFault::Transforms]);
    let other = Signing { transforms: vec![ENVELOPED.into()], ..Signing::default() };
    assert_eq!(faults(&other, &rsa), [SignatureFault::Transforms]);
    let other = Signing { with_certificate: false, ..Signing::default() };
    assert_eq!(faults(&other, &rsa), [SignatureFault::NoCertificate]);
    assert_eq!(refusals(&rsa, &Signing::sha1(true).apply(&draft(), rsa.signer()).unwrap()), [Refusal::Algorithm]);
}

#[test]
fn one_changed_byte_and_an_exchanged_certificate_are_told() {
    let own = Own::p256();
    let good = own.sign(&draft());
    let changed = only(&good.replace("01.013", "01.014"));
    assert_eq!((changed.signature.outcome, changed.proven()), (Outcome::Wrong, None));
    assert_eq!(changed.signature.faults, [SignatureFault::Digest]);
    assert_eq!(refusals(&own, &good.replace("01.013", "01.014")), [Refusal::BrokenSignature]);
    // The digest put right by somebody without the key.
    let other = Own::p256().sign(&Assertion { id: only(&good).assertion.id, ..draft() });
    let cut = |text: &str| text.split("<ds:DigestValue>").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let redone = good.replace(&cut(&good), &cut(&other));
    assert_eq!(only(&redone).signature.faults, [SignatureFault::Digest, SignatureFault::Value]);
    for (certificate, fault) in [
        (Own::p256().certificate, SignatureFault::Value),
        (Own::new(&rcgen::PKCS_ED25519).certificate, SignatureFault::Certificate),
        (vec![1, 2, 3], SignatureFault::Certificate),
    ] {
        let encode = |der: &[u8]| base64::Engine::encode(&base64::engine::general_purpose::STANDARD, der);
        let text = good.replace(&encode(&own.certificate), &encode(&certificate));
        assert_eq!(only(&text).signature.faults, [fault]);
    }
}

#[test]
fn an_assertion_holds_from_its_first_moment_until_its_last() {
    let own = Own::p256();
    let draft = draft();
    let issued = draft.issued.at.unwrap();
    let xml = own.sign(&draft);
    let minute = Duration::minutes(1);
    let cases: [(Duration, &[Refusal]); 6] = [
        (Duration::ZERO, &[]),
        (-minute, &[]),
        (-minute - Duration::SECOND, &[Refusal::NotYetValid, Refusal::FromTheFuture]),
        (minute * 10, &[]),
        (minute * 11 - Duration::SECOND, &[]),
        (minute * 11, &[Refusal::Expired]),
    ];
    for (after, expected) in cases {
        assert_eq!(refusals_at(&own, &xml, issued + after), expected, "{after}");
    }
    // Issued later than it holds from, as by a clock that is ahead.
    let mut future = draft.clone();
    future.issued = Instant::from(issued + minute * 5);
    assert_eq!(refusals_at(&own, &own.sign(&future), issued), [Refusal::FromTheFuture]);
    let mut shifted = draft;
    shifted.shift(Duration::hours(-1));
    assert_eq!(refusals(&own, &own.sign(&shifted)), [Refusal::Expired]);
}

#[test]
fn ten_minutes_are_enough_and_more_are_too_long() {
    let own = Own::p256();
    let mut long = draft();
    long.hold_for(Duration::minutes(10) + Duration::MILLISECOND);
    assert_eq!(refusals(&own, &own.sign(&long)), [Refusal::TooLong]);
    // Also when it begins to hold later than it is issued.
    let mut late = draft();
    let conditions = late.conditions.as_mut().unwrap();
    conditions.not_before = Some(Instant::from(clock::now() - Duration::minutes(3)));
    assert_eq!(late.lifetime().unwrap().whole_minutes(), 12);
    assert_eq!(refusals(&own, &own.sign(&late)), [Refusal::TooLong]);
}

#[test]
fn what_is_missing_is_refused_by_name() {
    type Edit = fn(&mut Assertion);
    let own = Own::p256();
    let cases: [(Edit, &[Refusal]); 12] = [
        (|a| a.version = "1.1".into(), &[Refusal::Version]),
        (|a| a.issuer = None, &[Refusal::NoIssuer]),
        (|a| a.subject = None, &[Refusal::NoSubject, Refusal::Confirmation]),
        (|a| a.subject.as_mut().unwrap().name_id = None, &[Refusal::NoSubject]),
        (|a| a.subject.as_mut().unwrap().confirmations = vec![names::HOLDER_OF_KEY.into()], &[Refusal::Confirmation]),
        (|a| a.conditions = None, &[Refusal::NoValidity, Refusal::NoAudience]),
        (|a| a.conditions.as_mut().unwrap().not_on_or_after = Some(Instant::read("soon")), &[Refusal::NoValidity]),
        (|a| a.conditions.as_mut().unwrap().audiences.clear(), &[Refusal::NoAudience]),
        (|a| a.conditions.as_mut().unwrap().audiences = vec![vec!["urn:x".into()]], &[Refusal::OtherAudience]),
        (|a| a.conditions.as_mut().unwrap().audiences.push(vec!["urn:x".into()]), &[Refusal::OtherAudience]),
        (|a| a.authn.clear(), &[Refusal::NoAuthnStatement]),
        (|a| a.authn[0].class_ref = None, &[Refusal::NoAuthnStatement]),
    ];
    for (edit, expected) in cases {
        let mut bad = draft();
        edit(&mut bad);
        assert_eq!(refusals(&own, &own.sign(&bad)), expected, "{bad:?}");
    }
    // What may be there is no reason: another audience beside ours, or a restriction that may be ignored.
    let mut good = draft();
    let conditions = good.conditions.as_mut().unwrap();
    conditions.audiences[0].push("urn:x".into());
    (conditions.one_time_use, conditions.proxy_restriction) = (true, true);
    assert_eq!(refusals(&own, &own.sign(&good)), []);
}

#[test]
fn an_unsigned_one_and_one_of_a_stranger_are_refused() {
    let own = Own::p256();
    assert_eq!(refusals(&own, &draft().write("")), [Refusal::Unsigned]);
    assert_eq!(refusals(&own, &Own::p256().sign(&draft())), [Refusal::UntrustedIssuer]);
    let classes = ["urn:known".to_owned()];
    let (audiences, anchors) = ([], [own.certificate.clone()]);
    let mut policy = Policy::new(clock::now(), &audiences, &anchors);
    policy.classes = &classes;
    let read = header(&message(&own.sign(&draft())));
    assert_eq!(read.accept(&policy), Err(vec![Refusal::UnknownClass]));
    policy.classes = &[];
    assert_eq!(read.accept(&policy).unwrap().len(), 1);
}

#[test]
fn a_message_without_header_without_assertion_or_with_two_is_refused() {
    let own = Own::p256();
    let (audiences, anchors) = ([AUDIENCE.to_owned()], [own.certificate.clone()]);
    let mut policy = Policy::new(clock::now(), &audiences, &anchors);
    let bare = r#"<Envelope xmlns="http://www.w3.org/2003/05/soap-envelope"><Body/></Envelope>"#;
    assert_eq!(header(bare).accept(&policy), Err(vec![Refusal::NoSecurityHeader]));
    let other = header(&message(r#"<w:Timestamp xmlns:w="urn:w"/>"#));
    assert_eq!(other.accept(&policy), Err(vec![Refusal::NoAssertion]));
    assert_eq!(other.others, ["Timestamp"]);
    let two = header(&message(&format!("{}{}", own.sign(&draft()), own.sign(&draft()))));
    assert_eq!(two.accept(&policy), Err(vec![Refusal::SeveralAssertions]));
    // On plateau 4 there are two.
    policy.most = 2;
    assert_eq!(two.accept(&policy).unwrap().len(), 2);
    let many = header(&message(&own.sign(&draft()).repeat(6)));
    assert_eq!((many.assertions, many.tokens.len()), (6, MOST_ASSERTIONS));
    policy.most = 9;
    assert!(many.accept(&policy).unwrap_err().contains(&Refusal::SeveralAssertions));
}

#[test]
fn no_message_at_all_is_told_as_such() {
    let fault = |bytes: &[u8]| read(bytes, &Limits::default()).unwrap_err();
    assert_eq!(fault(b"<a/>"), HeaderFault::NoEnvelope("a".into()));
    assert!(matches!(fault(b"<a"), HeaderFault::Xml(XmlFault::Malformed(_))));
    let good = message(&Own::p256().sign(&draft()));
    let with = |head: &str| format!("{head}{good}");
    for dtd in [
        r#"<!DOCTYPE e SYSTEM "http://localhost/x.dtd">"#,
        r#"<!DOCTYPE e [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;">]>"#,
        "<!DOCTYPE e>",
    ] {
        assert!(matches!(fault(with(dtd).as_bytes()), HeaderFault::Xml(XmlFault::Malformed(_))), "{dtd}");
    }
    let deep = good.replace(r#"<q xmlns="urn:q"/>"#, &format!("{}{}", "<q>".repeat(10_000), "</q>".repeat(10_000)));
    assert!(matches!(fault(deep.as_bytes()), HeaderFault::Xml(XmlFault::Malformed(_))));
    assert!(matches!(fault(&[0xfe, 0xff, 0xd8]), HeaderFault::Xml(XmlFault::Encoding)));
    assert_eq!(all_facts(b"<a/>"), []);
}

#[test]
fn other_prefixes_and_utf_16_change_nothing() {
    let own = Own::p256();
    let signed = own.sign(&draft());
    let prefixed = |text: &str, from: &str, to: &str| {
        let names =
            text.replace(&format!("<{from}:"), &format!("<{to}:")).replace(&format!("</{from}:"), &format!("</{to}:"));
        names
            .replace(&format!(" {from}:"), &format!(" {to}:"))
            .replace(&format!("xmlns:{from}="), &format!("xmlns:{to}="))
    };
    let others = prefixed(&prefixed(&message(&signed), "e", "SOAP-ENV"), "w", "wsse");
    assert!(header(&others).tokens[0].proven().is_some());
    let units: Vec<u8> = others.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let wide = read(&[&[0xff, 0xfe][..], &units].concat(), &Limits::default()).unwrap();
    assert_eq!(wide, header(&others));
    // Within what is signed a prefix is part of what is signed (Exclusive XML Canonicalization).
    let renamed = only(&prefixed(&signed, "s", "saml"));
    assert_eq!(renamed.signature.faults, [SignatureFault::Digest]);
    assert_eq!(renamed.assertion, only(&signed).assertion);
    let unsigned = draft().write("").replace("<s:", "<").replace("</s:", "</").replace("xmlns:s=", "xmlns=");
    assert_eq!(only(&unsigned).assertion.attributes().count(), 4);
}

#[test]
fn the_facts_say_all_that_a_check_looks_at() {
    let own = Own::p256();
    let facts = facts(message(&own.sign(&draft())).as_bytes()).unwrap();
    assert_eq!(facts.signature, "verified");
    assert_eq!(facts.header["signature-method"], "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256");
    assert_eq!((&facts.header["assertions"], &facts.header["certificate-key"]), (&1.into(), &"EC P-256".into()));
    assert_eq!(facts.header["suspicions"], serde_json::json!([]));
    assert_eq!(facts.claims["exp"].as_i64().unwrap() - facts.claims["iat"].as_i64().unwrap(), 600);
    assert_eq!((&facts.claims["lifetime-ms"], &facts.claims["aud"]), (&600_000.into(), &AUDIENCE.into()));
    assert_eq!(
        (&facts.claims["subject"]["name-id"], &facts.claims["confirmation"]),
        (&"SIM-arts".into(), &names::BEARER.into())
    );
    let role = &facts.claims["attributes"][names::ROLE];
    assert_eq!(*role, serde_json::json!({"system": "2.16.840.1.113883.2.4.15.111", "value": "01.013", "type": "CE"}));
    let bare = super::facts(message(&Assertion { conditions: None, ..draft() }.write("")).as_bytes()).unwrap();
    assert_eq!((bare.signature, bare.claims.get("exp")), ("unsigned", None));
    assert!(bare.claims.get("iat").is_some());
}

#[test]
fn a_key_that_cannot_be_read_signs_nothing() {
    let own = Own::p256();
    let bad = Signer { key_pem: "nonsense", certificate: &own.certificate };
    assert!(draft().signed(Some(bad)).is_err());
    assert!(Signing::sha1(true).apply(&draft(), own.signer()).is_err(), "a curve does not sign as RSA");
}

#[test]
#[ignore = "a measurement: cargo test --lib saml::tests::a_thousand -- --ignored --nocapture"]
fn a_thousand_signatures_are_verified() {
    for (name, own) in [("RSA 2048", Own::rsa(2048)), ("RSA 4096", Own::rsa(4096)), ("P-256", Own::p256())] {
        let message = message(&own.sign(&draft()));
        let start = std::time::Instant::now();
        for _ in 0..1000 {
            assert!(header(&message).tokens[0].proven().is_some());
        }
        println!("{name}: {:?} for 1,000 messages of {} bytes", start.elapsed(), message.len());
    }
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = read(&bytes, &Limits::default());
    }

    #[test]
    fn any_text_reads_back(text in "[!-~é€<&]{1,30}", count in 0usize..4) {
        let mut one = draft();
        one.issuer = Some(text.clone());
        one.statements = vec![vec![Attribute::new(&text, Value::text("", &text)); count]; count];
        prop_assert_eq!(only(&one.write("")).assertion, one);
    }
}

/// Material is made once: keys cost more than what is tested with them.
fn shared() -> &'static (Own, String) {
    static SHARED: std::sync::OnceLock<(Own, String)> = std::sync::OnceLock::new();
    SHARED.get_or_init(|| {
        let own = Own::p256();
        let signed = message(&own.sign(&draft()));
        (own, signed)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Whatever byte of a signed message is changed: either it is none that is read, or what is read is as it was signed.
    #[test]
    fn no_changed_byte_proves_anything_else(at in 0usize..10_000, to in 0x20u8..0x7f) {
        let (_, signed) = shared();
        let mut bytes = signed.clone().into_bytes();
        let at = at % bytes.len();
        bytes[at] = to;
        let before = header(signed).tokens.remove(0);
        if let Ok(after) = read(&bytes, &Limits::default()) {
            for token in after.tokens.iter().filter(|t| t.proven().is_some()) {
                prop_assert_eq!(&token.assertion, &before.assertion);
            }
        }
    }
}
