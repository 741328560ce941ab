//! Signature wrapping: an assertion that nobody signed, next to, around or under one that somebody did. Whatever the form,
//! nothing of the forged one is ever proven, and the message is refused.

use super::*;

/// The signed assertion, its signature, and a forged one with the same and with another id.
struct Material {
    own: Own,
    signed: String,
    signature: String,
    forged: String,
    same_id: String,
}

fn material() -> Material {
    let own = Own::p256();
    let good = draft();
    let signed = own.sign(&good);
    let start = signed.find("<ds:Signature ").unwrap();
    let end = signed.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    let mut evil = draft();
    evil.subject.as_mut().unwrap().name_id.as_mut().unwrap().text = "SIM-dief".into();
    let same = Assertion { id: good.id, ..evil.clone() };
    Material { own, signature: signed[start..end].to_owned(), signed, forged: evil.write(""), same_id: same.write("") }
}

impl Material {
    /// A forged assertion that carries this after its issuer.
    fn carrying(forged: &str, inner: &str) -> String {
        forged.replacen("</s:Issuer>", &format!("</s:Issuer>{inner}"), 1)
    }

    fn without_signature(&self) -> String {
        self.signed.replace(&self.signature, "")
    }

    /// Nothing forged is proven, the message is refused, and these are told.
    fn refused(&self, message: &str, suspicions: &[Suspicion]) {
        let header = header(message);
        let proven: Vec<_> = header.tokens.iter().filter_map(Token::proven).collect();
        for assertion in &proven {
            let name = assertion.subject.as_ref().unwrap().name_id.as_ref().unwrap();
            assert_eq!(name.text, "SIM-arts", "{message}");
        }
        let (audiences, anchors) = ([AUDIENCE.to_owned()], [self.own.certificate.clone()]);
        let refusals = header.accept(&Policy::new(clock::now(), &audiences, &anchors)).unwrap_err();
        assert!(!refusals.is_empty(), "{message}");
        assert_eq!(header.suspicions, suspicions, "{message}");
    }
}

#[test]
fn the_signed_one_is_accepted_where_it_was_signed() {
    let m = material();
    assert_eq!(refusals(&m.own, &m.signed), []);
}

#[test]
fn a_forged_one_with_the_signature_while_the_signed_one_moved_to_the_body() {
    let m = material();
    let text = message(&Material::carrying(&m.forged, &m.signature));
    let text = text.replace(r#"<q xmlns="urn:q"/>"#, &m.without_signature());
    m.refused(&text, &[Suspicion::AssertionElsewhere, Suspicion::ReferenceElsewhere]);
}

#[test]
fn a_forged_one_with_the_same_id_while_the_signed_one_moved_to_the_body() {
    let m = material();
    let text = message(&Material::carrying(&m.same_id, &m.signature));
    let text = text.replace(r#"<q xmlns="urn:q"/>"#, &m.without_signature());
    m.refused(&text, &[Suspicion::AssertionElsewhere, Suspicion::DuplicateId]);
}

#[test]
fn the_signed_one_in_an_object_of_its_signature() {
    let m = material();
    let object = format!("<ds:Object>{}</ds:Object></ds:Signature>", m.without_signature());
    let signature = m.signature.replace("</ds:Signature>", &object);
    let text = message(&Material::carrying(&m.forged, &signature));
    let all = [Suspicion::AssertionElsewhere, Suspicion::ObjectInSignature, Suspicion::ReferenceElsewhere];
    m.refused(&text, &all);
}

#[test]
fn a_forged_one_around_the_signed_one() {
    let m = material();
    let inner = format!("<s:Advice>{}</s:Advice>", m.signed);
    m.refused(
        &message(&Material::carrying(&m.forged, &inner)),
        &[Suspicion::AssertionElsewhere, Suspicion::NestedSignature],
    );
}

#[test]
fn a_forged_one_within_the_signed_one() {
    let m = material();
    // Below the signature it is no part of what was digested.
    let object = format!("<ds:Object>{}</ds:Object></ds:Signature>", m.forged);
    let text = message(&m.signed.replace("</ds:Signature>", &object));
    let header = header(&text);
    assert!(header.tokens[0].proven().is_some(), "what is read is what was signed");
    m.refused(&text, &[Suspicion::AssertionElsewhere, Suspicion::ObjectInSignature]);
}

#[test]
fn a_forged_one_before_and_one_after_the_signed_one() {
    let m = material();
    m.refused(&message(&format!("{}{}", m.forged, m.signed)), &[]);
    m.refused(&message(&format!("{}{}", m.signed, m.forged)), &[]);
    m.refused(&message(&format!("{}{}", m.same_id, m.signed)), &[Suspicion::DuplicateId]);
}

#[test]
fn the_signature_beside_the_assertion_and_in_a_place_below_it() {
    let m = material();
    m.refused(&message(&format!("{}{}", m.without_signature(), m.signature)), &[Suspicion::SignatureElsewhere]);
    let below = m.without_signature().replacen("<s:Subject>", &format!("<s:Subject>{}", m.signature), 1);
    m.refused(&message(&below), &[Suspicion::NestedSignature]);
}

#[test]
fn a_security_header_in_another_place_is_not_read() {
    let m = material();
    let moved = format!(
        "<x xmlns=\"urn:x\" xmlns:e=\"http://www.w3.org/2003/05/soap-envelope\">{}</x>",
        security_header(&m.signed)
    );
    let text = message(&m.forged).replace(r#"<q xmlns="urn:q"/>"#, &moved);
    m.refused(&text, &[Suspicion::AssertionElsewhere]);
    let bare =
        r#"<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Header/><e:Body>X</e:Body></e:Envelope>"#;
    m.refused(&bare.replace('X', &moved), &[Suspicion::AssertionElsewhere]);
}

#[test]
fn two_signatures_and_a_second_reference_are_refused() {
    let m = material();
    let two = m.signed.replacen(&m.signature, &format!("{0}{0}", m.signature), 1);
    let faults = only(&two).signature.faults;
    assert_eq!(faults, [SignatureFault::SeveralSignatures]);
    let start = m.signature.find("<ds:Reference ").unwrap();
    let end = m.signature.find("</ds:SignedInfo>").unwrap();
    let reference = &m.signature[start..end];
    let faults = only(&m.signed.replacen(reference, &reference.repeat(2), 1)).signature.faults;
    assert_eq!(faults, [SignatureFault::References]);
    let faults = only(&m.signed.replacen(reference, "", 1)).signature.faults;
    assert!(faults.contains(&SignatureFault::References), "{faults:?}");
    let whole = Signing { reference: Some(String::new()), ..Signing::default() };
    let faults = only(&whole.apply(&draft(), m.own.signer()).unwrap()).signature.faults;
    assert_eq!(faults, [SignatureFault::ReferenceElsewhere]);
    let faults = only(
        &m.signed
            .replace("<ds:SignatureValue>", "<ds:SignatureValu>")
            .replace("</ds:SignatureValue>", "</ds:SignatureValu>"),
    );
    assert_eq!(faults.signature.faults, [SignatureFault::Incomplete]);
}
