//! The negative catalogue: each wrong assertion is refused for the reason that it is made for, and each odd one taken.

use strum::IntoEnumIterator as _;

use super::*;

fn sent(oddity: Oddity, own: &Own) -> (String, Header) {
    let stranger = Own::p256();
    let sent = oddity.send(&draft(), own.signer(), stranger.signer()).unwrap();
    let security = sent.security.map(|s| security_header(&s)).unwrap_or_default();
    let text = format!(
        r#"<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Header>{security}{}</e:Header><e:Body/></e:Envelope>"#,
        sent.beside.unwrap_or_default()
    );
    let read = header(&text);
    (text, read)
}

fn reasons(oddity: Oddity) -> &'static [Refusal] {
    match oddity {
        Oddity::Expired => &[Refusal::Expired],
        Oddity::NotYetValid => &[Refusal::NotYetValid, Refusal::FromTheFuture],
        Oddity::Unsigned => &[Refusal::Unsigned],
        Oddity::ChangedAttribute => &[Refusal::BrokenSignature],
        Oddity::UntrustedIssuer => &[Refusal::UntrustedIssuer],
        Oddity::OtherAudience => &[Refusal::OtherAudience],
        Oddity::NoAudience => &[Refusal::NoAudience],
        Oddity::NoAuthnStatement => &[Refusal::NoAuthnStatement],
        Oddity::UnknownClass => &[Refusal::UnknownClass],
        Oddity::TooLong => &[Refusal::TooLong],
        Oddity::NoSecurityHeader => &[Refusal::NoSecurityHeader],
        Oddity::Sha1 => &[Refusal::Algorithm],
        Oddity::WrappedBeside | Oddity::WrappedInSignature | Oddity::WrappedSameId => {
            &[Refusal::Wrapped, Refusal::BrokenSignature]
        }
        Oddity::WrappedAround => &[Refusal::Wrapped, Refusal::Unsigned],
        Oddity::ForgedBefore => &[Refusal::SeveralAssertions, Refusal::Unsigned],
        Oddity::TwoRoles | Oddity::TwoPurposes | Oddity::SplitStatements | Oddity::VendorAttribute => &[],
    }
}

#[test]
fn every_wrong_one_is_refused_for_its_reason_and_every_legal_one_taken() {
    for own in [Own::p256(), Own::rsa(2048)] {
        let (audiences, anchors) = ([AUDIENCE.to_owned()], [own.certificate.clone()]);
        let classes = [names::CLASS_X509.to_owned()];
        let mut policy = Policy::new(clock::now(), &audiences, &anchors);
        policy.classes = &classes;
        for oddity in Oddity::iter() {
            let (text, header) = sent(oddity, &own);
            let refusals = header.accept(&policy).err().unwrap_or_default();
            assert_eq!(refusals, reasons(oddity), "{oddity}: {text}");
            assert_eq!(oddity.must_be_refused(), !refusals.is_empty(), "{oddity}");
            assert!(refusals.iter().all(|r| !r.fault_code().is_empty()));
            let forged = |a: &Assertion| a.subject.as_ref().unwrap().name_id.as_ref().unwrap().text == "SIM-forged";
            assert!(!header.tokens.iter().filter_map(Token::proven).any(forged), "{oddity}: {text}");
        }
    }
}

#[test]
fn repetition_is_kept_and_nothing_is_lost() {
    let own = Own::p256();
    let read = |oddity| sent(oddity, &own).1.tokens.remove(0).assertion;
    let codes = |a: &Assertion, name| a.values(name).map(|v| v.value().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(codes(&read(Oddity::TwoRoles), names::ROLE), ["01.013", "01.015"]);
    assert_eq!(codes(&read(Oddity::TwoPurposes), names::PURPOSE_OF_USE), ["TREAT", "COC"]);
    let split = read(Oddity::SplitStatements);
    assert_eq!((split.statements.len(), split.attributes().count()), (2, 4));
    assert_eq!(read(Oddity::VendorAttribute).attributes().count(), 5);
}
