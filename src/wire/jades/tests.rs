//! A signature holds as it was made, plain JWS libraries would agree, and every known trick is refused by its code.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::wire::jose::{SigningKey, base64url, hs256_with_public_key};

const CTY: &str = "application/x-test+json";

fn pair() -> (SigningKey, Vec<u8>) {
    let pair = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::default().self_signed(&pair).unwrap();
    (SigningKey::from_pem(&pair.serialize_pem()).unwrap(), certificate.der().to_vec())
}

fn sealed() -> Jades {
    let (key, certificate) = pair();
    let draft = Draft::new(Algorithm::Es256, CTY, 1_795_289_356, &[certificate], b"{\"a\":1}");
    Jades::sealed(&draft, &key.sign(&draft.input(), Algorithm::Es256).unwrap())
}

/// A file with another protected header, signed by the right key.
fn with_header(edit: impl Fn(&mut Map<String, Value>)) -> Jades {
    let (key, certificate) = pair();
    let draft = Draft::new(Algorithm::Es256, CTY, 1_795_289_356, &[certificate], b"{}");
    let mut jades = Jades::sealed(&draft, b"");
    let mut header = jades.signatures[0].header().unwrap();
    edit(&mut header);
    jades.signatures[0].protected = base64url(Value::Object(header).to_string().as_bytes());
    let input = signing_input(&jades.signatures[0].protected, &jades.payload);
    jades.signatures[0].signature = base64url(&key.sign(&input, Algorithm::Es256).unwrap());
    jades
}

fn codes(jades: &Jades) -> Vec<&'static str> {
    jades.signatures.iter().flat_map(|s| s.faults(&jades.payload, &WRITTEN)).map(|f| f.code()).collect()
}

fn refused(bytes: &[u8]) -> &'static str {
    Jades::read(bytes, Limits::BEWIJS).unwrap_err().code()
}

#[test]
fn a_signature_holds_and_the_file_is_read_as_it_was_written() {
    let jades = sealed();
    assert_eq!(codes(&jades), [] as [&str; 0]);
    let read = Jades::read(&jades.written(), Limits::BEWIJS).unwrap();
    assert_eq!(read, jades);
    assert_eq!(read.payload().unwrap(), b"{\"a\":1}");
    assert_eq!(read.signatures[0].claimed_at(), Some(1_795_289_356));
    assert_eq!(read.signatures[0].content_type().as_deref(), Some(CTY));
}

#[test]
fn two_signatures_are_general_json_and_each_is_checked() {
    let mut both = sealed();
    let (key, certificate) = pair();
    let draft = Draft::new(Algorithm::Es256, CTY, 1, &[certificate], b"{\"a\":1}");
    let second = Jades::sealed(&draft, &key.sign(&draft.input(), Algorithm::Es256).unwrap());
    both.signatures.extend(second.signatures);
    let text = String::from_utf8(both.written()).unwrap();
    assert!(text.contains("\"signatures\":[{\"protected\""));
    assert_eq!(codes(&Jades::read(text.as_bytes(), Limits::BEWIJS).unwrap()), [] as [&str; 0]);
    both.signatures[1].signature = both.signatures[0].signature.clone();
    assert_eq!(codes(&both), ["signature-invalid"]);
}

#[test]
fn what_stands_beside_a_signature_is_read_in_both_ways_and_a_mix_is_refused() {
    let mut jades = sealed();
    jades.signatures[0].unsigned =
        Unsigned::default().with("sigTst", json!({"tstTokens": []})).with("rVals", json!({}));
    let read = Jades::read(&jades.written(), Limits::BEWIJS).unwrap();
    assert_eq!(read, jades);
    assert_eq!(read.signatures[0].unsigned.named("sigTst").count(), 1);
    let clear = Unsigned::read(&json!([{"sigTst": {"tstTokens": []}}])).unwrap().with("rVals", json!({}));
    assert_eq!(clear.elements(), read.signatures[0].unsigned.elements());
    assert!(clear.header().unwrap()["etsiU"][1].is_object(), "a second element is written as the first is");
    let mix = json!([{"sigTst": {}}, base64url(b"{\"rVals\":{}}")]);
    assert_eq!(Unsigned::read(&mix).unwrap_err(), JadesFault::EtsiUMixed);
    for wrong in [json!([]), json!({}), json!([1]), json!([{"a": 1, "b": 2}]), json!(["e30="]), json!([{}])] {
        assert_eq!(Unsigned::read(&wrong).unwrap_err().code(), "etsi-u", "{wrong}");
    }
}

#[test]
fn headers_that_change_the_meaning_are_refused_each_by_its_code() {
    for (name, value, code) in [
        ("crit", json!(["sigT"]), "header-crit"),
        ("b64", json!(false), "header-b64"),
        ("sigD", json!({}), "header-sig-d"),
        ("jku", json!("https://example.test"), "header-key"),
        ("x5u", json!("https://example.test"), "header-key"),
        ("jwk", json!({}), "header-key"),
        ("kid", json!("1"), "header-key"),
        ("sigT", json!("2026-01-01T00:00:00Z"), "header-member"),
        ("typ", json!("JWT"), "header-typ"),
        ("iat", json!("1"), "header-missing"),
        ("etsiU", json!([]), "header-member"),
        ("x5t#S256", json!("AAAA"), "certificate-digest"),
        ("alg", json!("none"), "alg-refused"),
        ("alg", json!("HS256"), "alg-refused"),
        ("alg", json!("hs999"), "alg-refused"),
        ("alg", json!("EdDSA"), "alg-unknown"),
        ("alg", json!("RS256"), "alg-not-allowed"),
        ("alg", json!("PS256"), "alg-other-key"),
        ("alg", json!("ES384"), "alg-other-key"),
        ("x5c", json!([]), "certificate-chain"),
        ("x5c", json!("x"), "header-missing"),
        ("x5c", json!(["AAAA"]), "certificate-key"),
    ] {
        let found = codes(&with_header(|header| {
            header.insert(name.into(), value.clone());
        }));
        assert!(found.contains(&code), "{name}={value}: {found:?}");
    }
    for name in MEMBERS {
        let found = codes(&with_header(|header| {
            header.shift_remove(name);
        }));
        assert!(found.contains(&"header-missing"), "{name}: {found:?}");
    }
    assert_eq!(codes(&with_header(|_| {})), [] as [&str; 0], "the same header, untouched, is in order");
}

#[test]
fn a_signature_by_the_public_key_as_a_secret_does_not_count() {
    let (key, _) = pair();
    let text = hs256_with_public_key(
        &json!({"typ": "jose+json"}).as_object().unwrap().clone(),
        &json!({}),
        key.verifying_key(),
    );
    assert!(!text.is_empty());
    let signed_with_hs256 = with_header(|header| {
        header.insert("alg".into(), json!("HS256"));
    });
    assert!(codes(&signed_with_hs256).contains(&"alg-refused"));
}

#[test]
fn a_signature_in_der_is_not_a_signature() {
    let mut jades = sealed();
    jades.signatures[0].signature = base64url(&[0x30; 71]);
    assert_eq!(codes(&jades), ["signature-length"]);
    jades.signatures[0].signature = base64url(&[1; 64]);
    assert_eq!(codes(&jades), ["signature-invalid"]);
    jades.signatures[0].signature = "AA==".into();
    assert_eq!(codes(&jades), ["jws-base64"]);
}

#[test]
fn a_file_that_is_written_in_another_way_is_refused() {
    let good = String::from_utf8(sealed().written()).unwrap();
    assert!(Jades::read(good.as_bytes(), Limits::BEWIJS).is_ok());
    assert_eq!(refused(format!("\u{feff}{good}").as_bytes()), "jws-encoding");
    assert_eq!(refused(&[good.as_bytes(), b"\xff"].concat()), "jws-encoding");
    assert_eq!(refused(format!(" {good}").as_bytes()), "jws-form");
    assert_eq!(refused(good.trim_end().as_bytes()), "jws-form");
    assert_eq!(refused(good.replace("\"payload\":", "\"payload\": ").as_bytes()), "jws-form");
    assert_eq!(refused(format!("{good}{good}").as_bytes()), "jws-json");
    assert_eq!(refused(good.replacen('{', "{\"payload\":\"e30\",", 1).as_bytes()), "jws-json");
    assert_eq!(refused(good.replacen('{', "{\"extra\":1,", 1).as_bytes()), "jws-member");
    assert_eq!(refused(good.replacen("\"payload\":\"", "\"payload\":\"=", 1).as_bytes()), "jws-base64");
    assert_eq!(refused(b"{}"), "jws-json");
    assert_eq!(refused(br#"{"payload":"e30","signatures":[]}"#), "jws-signatures");
    let small = Limits { file: 10, ..Limits::BEWIJS };
    assert_eq!(Jades::read(good.as_bytes(), small).unwrap_err().code(), "jws-too-large");
    let narrow = Limits { header: 10, ..Limits::BEWIJS };
    assert_eq!(Jades::read(good.as_bytes(), narrow).unwrap_err().code(), "header-too-large");
}

#[test]
fn a_name_in_both_headers_is_refused() {
    let good = String::from_utf8(sealed().written()).unwrap();
    let twice = good.replace("\"signature\":", "\"header\":{\"alg\":\"ES256\"},\"signature\":");
    assert_eq!(refused(twice.as_bytes()), "header-twice");
    let other = good.replace("\"signature\":", "\"header\":{\"x\":1},\"signature\":");
    assert_eq!(refused(other.as_bytes()), "jws-member");
}

#[test]
fn another_spelling_of_the_same_bytes_is_refused() {
    let mut jades = sealed();
    // 64 bytes leave two bits over in the last character: setting them would not change the signature.
    let last = jades.signatures[0].signature.pop().unwrap();
    let other = char::from(last as u8 + 1);
    jades.signatures[0].signature.push(other);
    assert_eq!(codes(&jades), ["jws-base64"]);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused_without_panic(bytes: Vec<u8>) {
        let _ = Jades::read(&bytes, Limits::BEWIJS);
    }
}
