//! Typed values as clients write them, and who vouches for what.

use super::*;

fn values(inner: &str) -> Token {
    only(&format!(
        r#"<Assertion xmlns="{ASSERTION}" xmlns:h="urn:hl7-org:v3" xmlns:xsi="{}" ID="_1" Version="2.0"><AttributeStatement><Attribute Name="{}">{inner}</Attribute></AttributeStatement></Assertion>"#,
        names::XSI,
        names::ROLE
    ))
}

fn one(inner: &str) -> Value {
    values(&format!("<AttributeValue>{inner}</AttributeValue>")).assertion.values(names::ROLE).next().unwrap().clone()
}

#[test]
fn a_type_is_read_by_the_namespaces_in_scope_and_not_by_its_prefix() {
    let ce = Name::hl7("CE");
    for text in [
        r#"<h:Role xsi:type="h:CE" code="01.013" codeSystem="1.2"/>"#,
        r#"<Role xmlns="urn:hl7-org:v3" xsi:type="CE" code="01.013" codeSystem="1.2"/>"#,
        r#"<x:Role xmlns:x="urn:hl7-org:v3" xmlns:y="urn:hl7-org:v3" xsi:type="y:CE" code="01.013" codeSystem="1.2"/>"#,
    ] {
        let value = one(text);
        assert_eq!((value.data_type(), remarks(names::ROLE, &value)), (Some(&ce), Vec::new()), "{text}");
    }
    // The same letters, and another name: bare in the namespace of SAML, a prefix of something else, or of nothing.
    for (text, found) in [
        (
            r#"<h:Role xsi:type="CE" code="1" codeSystem="2"/>"#,
            Name { namespace: ASSERTION.into(), local: "CE".into() },
        ),
        (
            r#"<h:Role xmlns:h2="urn:x" xsi:type="h2:CE" code="1" codeSystem="2"/>"#,
            Name { namespace: "urn:x".into(), local: "CE".into() },
        ),
        (
            r#"<h:Role xsi:type="h9:CE" code="1" codeSystem="2"/>"#,
            Name { namespace: String::new(), local: "h9:CE".into() },
        ),
    ] {
        let value = one(text);
        assert_eq!(value.data_type(), Some(&found), "{text}");
        assert_eq!(remarks(names::ROLE, &value), [Remark::OtherType(found.local.clone())]);
    }
}

#[test]
fn the_element_may_have_any_name_and_repetition_is_kept_in_order() {
    let token = values(
        r#"<AttributeValue><h:CodedValue code="1" codeSystem="2"/></AttributeValue><AttributeValue> plain <!-- not --> text</AttributeValue><AttributeValue xsi:type="h:CE" code="3" codeSystem="4"/><AttributeValue><a/><b/></AttributeValue>"#,
    );
    let read: Vec<_> = token.assertion.values(names::ROLE).map(Value::value).collect();
    assert_eq!(read, [Some("1"), Some("plain  text"), Some("3"), None]);
    let told: Vec<_> = token.assertion.values(names::ROLE).map(|v| remarks(names::ROLE, v)).collect();
    assert_eq!(told[0], [Remark::OtherElement("CodedValue".into()), Remark::OtherType(String::new())]);
    assert_eq!(told[1], [Remark::NotTyped]);
    assert_eq!(told[2][0], Remark::OtherNamespace(ASSERTION.into()));
    assert_eq!(told[3], [Remark::SeveralElements(2)]);
}

#[test]
fn a_comment_cuts_no_name_short() {
    let xml = draft().write("").replace(">SIM-arts<", ">SIM-arts<!-- x -->.other<");
    let name = only(&xml).assertion.subject.unwrap().name_id.unwrap();
    assert_eq!(name.text, "SIM-arts.other");
    // A signature does not see the comment, so the name is the same one with it and without it.
    let own = Own::p256();
    let signed = own.sign(&draft()).replace(">SIM-arts<", ">SIM<!-- x -->-arts<");
    assert_eq!(only(&signed).proven().unwrap().subject.as_ref().unwrap().name_id.as_ref().unwrap().text, "SIM-arts");
}

#[test]
fn more_values_than_are_read_are_counted() {
    let token = values(&"<AttributeValue>1</AttributeValue>".repeat(MOST_VALUES + 3));
    assert_eq!((token.assertion.values(names::ROLE).count(), token.left_out), (MOST_VALUES, 3));
}

#[test]
fn an_instant_is_read_with_and_without_zone() {
    let utc = Instant::read("2026-11-22T12:00:00Z").at;
    assert!(utc.is_some());
    assert_eq!(Instant::read("2026-11-22T12:00:00").at, utc);
    assert_eq!(Instant::read("2026-11-22T13:00:00.000+01:00").at, utc);
    for bad in ["", "2026-11-22", "12:00", "2026-13-01T00:00:00Z", "ZZ"] {
        assert_eq!(Instant::read(bad).at, None, "{bad}");
    }
}

#[test]
fn an_organisation_vouches_for_itself_by_the_number_of_its_certificate() {
    let own = Own::p256();
    let token = only(&own.sign(&draft()));
    let known = |ura: &'static str| move |_: &[u8]| Some(ura.to_owned());
    assert_eq!(organisation(&token, &known("90000001")), Organisation::Same);
    let other = Organisation::Other { said: "90000001".into(), signed: "90000002".into() };
    assert_eq!(organisation(&token, &known("90000002")), other);
    assert_eq!(organisation(&token, &|_| None), Organisation::NoneInCertificate);
    assert_eq!(organisation(&only(&draft().write("")), &known("90000001")), Organisation::NotSigned);
    let mut without = draft();
    without.remove(names::PROVIDER_INSTITUTION);
    assert_eq!(organisation(&only(&own.sign(&without)), &known("90000001")), Organisation::NoneSaid);
}

#[test]
fn the_assertion_of_the_means_is_bound_by_signer_subject_attributes_and_level() {
    let (own, means) = (Own::p256(), Own::p256());
    let first = only(&own.sign(&draft()));
    let mut of_user = draft();
    of_user.remove(names::PROVIDER_INSTITUTION);
    of_user.authn[0].class_ref = Some("http://eidas.europa.eu/LoA/high".into());
    let bound = binding(&first, &only(&means.sign(&of_user)));
    assert!(bound.both_signed && bound.same_subject && !bound.same_signer && !bound.odd_spelling);
    assert_eq!((bound.level, bound.covered), (Some(Level::High), vec![names::PROVIDER_IDENTIFIER, names::ROLE]));
    assert!(bound.contradicted.is_empty());
    let both = |user: &Assertion, signer: &Own| {
        let text = message(&format!("{}{}", signer.sign(user), own.sign(&draft())));
        move |plateau| header(&text).vouched(plateau, &|_| Some("90000001".to_owned()))
    };
    assert_eq!([1, 2, 3, 4].map(both(&of_user, &means)), [const { Vec::new() }; 4]);
    let (missing, twice) = (vec![Refusal::UserNotVouchedFor], both(&of_user, &own));
    assert_eq!((twice(3), twice(4)), (Vec::new(), missing.clone()), "nobody vouches for himself");
    let alone = header(&message(&own.sign(&draft())));
    assert_eq!(alone.vouched(4, &|_| Some("90000001".to_owned())), missing);
    assert_eq!(alone.vouched(3, &|_| Some("90000002".to_owned())), [Refusal::OtherOrganisation]);
    assert_eq!(alone.vouched(2, &|_| Some("90000002".to_owned())), []);
    // Every part by itself.
    assert!(binding(&first, &only(&own.sign(&of_user))).same_signer);
    assert!(!binding(&first, &only(&of_user.write(""))).both_signed);
    let mut other = of_user.clone();
    other.subject.as_mut().unwrap().name_id.as_mut().unwrap().text = "SIM-ander".into();
    other.authn[0].class_ref = Some("http://eidas.europe.eu/LoA/substantial".into());
    other.remove(names::ROLE);
    let loose = binding(&first, &only(&means.sign(&other)));
    assert_eq!((loose.same_subject, loose.level, loose.odd_spelling), (false, Some(Level::Substantial), true));
    assert_eq!((loose.covered, loose.contradicted), (vec![names::PROVIDER_IDENTIFIER], vec![names::ROLE]));
    assert_eq!(level("http://eidas.europa.eu/LoA/higher"), None);
}
