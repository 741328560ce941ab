//! Every flaw of a seal and of a time-stamp is found, and nothing else.
#![allow(clippy::unwrap_used)]

use strum::VariantArray as _;

use super::*;
use crate::base::clock;
use crate::wire::tsp::{Request, Token, TspFault};
use crate::wire::x509::path::{self, Demands, PathFault, Revocation};

fn demands() -> Demands {
    Demands {
        policies: vec![SEAL_POLICY.to_owned()],
        organization_identifiers: vec!["NTRNL-90000001".to_owned()],
        ..Demands::seal()
    }
}

fn judged(pki: &SealPki, flaw: SealFlaw, at: OffsetDateTime) -> Vec<&'static str> {
    let seal = pki.issue(&SealSpec::default(), flaw).unwrap();
    let chain: Vec<Vec<u8>> = seal.chain().iter().map(|c| c.to_vec()).collect();
    match path::check(&chain[0], &chain[1..], &[pki.root()], at, &demands()) {
        Ok(path) => {
            let values = pki.revocation_values(at).unwrap();
            match path::revocation(&path, &values, at) {
                Revocation::Good => vec![],
                Revocation::Revoked { .. } => vec!["revoked"],
                Revocation::Unknown { .. } => vec!["unknown"],
            }
        }
        Err(faults) => faults.iter().map(PathFault::code).collect(),
    }
}

#[test]
fn a_good_seal_passes_and_every_flaw_is_found_and_nothing_else() {
    let now = clock::now();
    for keys in [SealKeys::Ec, SealKeys::Rsa] {
        let pki = SealPki::generate(keys, now).unwrap();
        let all: &[SealFlaw] =
            if keys == SealKeys::Ec { SealFlaw::VARIANTS } else { &[SealFlaw::None, SealFlaw::Sha1Link] };
        for flaw in all {
            let expected: &[&str] = match flaw {
                SealFlaw::None => &[],
                SealFlaw::NoNonRepudiation => &["key-usage"],
                SealFlaw::CaAsSigner => &["ca-as-leaf"],
                SealFlaw::WrongPolicy => &["policy"],
                SealFlaw::WrongOrganizationIdentifier => &["organization-identifier"],
                SealFlaw::Expired => &["expired"],
                SealFlaw::NotYetValid => &["not-yet-valid"],
                SealFlaw::Revoked => &["revoked"],
                SealFlaw::Sha1Link => &["weak-signature"],
                SealFlaw::ServerCertificate => &["key-usage", "server-certificate"],
                SealFlaw::UntrustedIssuer => &["unknown-issuer"],
            };
            assert_eq!(judged(&pki, *flaw, now), expected, "{keys} {flaw}");
        }
    }
}

fn stamped(pki: &SealPki, kind: Stamp) -> Result<(), TspFault> {
    let now = clock::now();
    let token = Token::read(&pki.stamp(b"bewijs", now, kind).unwrap())?;
    let stamped = token.verify(b"bewijs")?;
    assert_eq!(stamped.at, now.replace_nanosecond(0).unwrap());
    assert_eq!(stamped.policy, TSA_POLICY);
    let demands = Demands::time_stamp();
    let path = path::check(&stamped.certificates[0], &stamped.certificates[1..], &[pki.root()], now, &demands);
    assert_eq!(path.is_ok(), kind == Stamp::Good, "{path:?}");
    Ok(())
}

#[test]
fn a_good_time_stamp_passes_and_every_wrong_one_has_its_own_fault() {
    let now = clock::now();
    let pki = SealPki::generate(SealKeys::Ec, now).unwrap();
    for kind in Stamp::VARIANTS {
        let expected = match kind {
            // The chain of the stranger does not lead to the root; the token itself is in order.
            Stamp::Good | Stamp::UntrustedTsa => Ok(()),
            Stamp::WrongUsage => Err(TspFault::Usage),
            Stamp::UsageNotCritical => Err(TspFault::UsageNotCritical),
            Stamp::OtherBytes => Err(TspFault::Imprint),
            Stamp::Response => Err(TspFault::ResponseInsteadOfToken),
            Stamp::OtherCertificateBound => Err(TspFault::SigningCertificate),
            // The key is not that of the certificate shown.
            Stamp::NoCertificate | Stamp::Damaged => Err(TspFault::Signature),
        };
        assert_eq!(stamped(&pki, *kind), expected, "{kind}");
    }
}

#[test]
fn an_rsa_tsa_answers_a_request_and_is_believed_only_by_who_asked() {
    let now = clock::now();
    let pki = SealPki::generate(SealKeys::Rsa, now).unwrap();
    let request = Request::new(b"bewijs", [7; 16]).under(TSA_POLICY).unwrap();
    let response = pki.answer_time_stamp(&request.to_der().unwrap(), now, Stamp::Good).unwrap();
    assert!(request.read(&response).is_ok());
    let other_nonce = Request::new(b"bewijs", [8; 16]);
    assert_eq!(other_nonce.read(&response).unwrap_err(), TspFault::Nonce);
    assert_eq!(Request::new(b"other", [7; 16]).read(&response).unwrap_err(), TspFault::Imprint);
    let other_policy = Request::new(b"bewijs", [7; 16]).under("1.2.3.4").unwrap();
    assert!(matches!(other_policy.read(&response), Err(TspFault::Policy { .. })));
    let refused = pki.answer_time_stamp(b"none", now, Stamp::Good).unwrap();
    assert!(matches!(request.read(&refused), Err(TspFault::Refused { status: 2, .. })));
}

#[test]
fn what_was_revoked_after_the_time_in_question_still_stands() {
    let now = clock::now();
    let pki = SealPki::generate(SealKeys::Ec, now).unwrap();
    let seal = pki.issue(&SealSpec::default(), SealFlaw::None).unwrap();
    let chain: Vec<Vec<u8>> = seal.chain().iter().map(|c| c.to_vec()).collect();
    let path = path::check(&chain[0], &chain[1..], &[pki.root()], now, &demands()).unwrap();
    pki.revoke(seal.serial().unwrap(), now - Duration::minutes(30));
    let values = pki.revocation_values(now).unwrap();
    let at = |at: OffsetDateTime| path::revocation(&path, &values, at);
    assert_eq!(at(now - Duration::hours(1)), Revocation::Good);
    assert!(matches!(at(now), Revocation::Revoked { reason: Some(1), .. }));
}

#[test]
fn an_ocsp_answer_counts_for_the_leaf_and_the_ca_still_needs_its_list() {
    let now = clock::now();
    let pki = SealPki::generate(SealKeys::Rsa, now).unwrap();
    let seal = pki.issue(&SealSpec::default(), SealFlaw::None).unwrap();
    let chain: Vec<Vec<u8>> = seal.chain().iter().map(|c| c.to_vec()).collect();
    let path = path::check(&chain[0], &chain[1..], &[pki.root()], now, &demands()).unwrap();
    let good = pki.ocsp(&chain[0], CertState::Good, now).unwrap();
    let root_list = pki.crls(now).unwrap().remove(1);
    let mut values = RevocationValues { ocsp: vec![good], crls: vec![] };
    assert!(
        matches!(path::revocation(&path, &values, now), Revocation::Unknown { certificate } if certificate.contains("Seals CA"))
    );
    values.crls.push(root_list);
    assert_eq!(path::revocation(&path, &values, now), Revocation::Good);
    values.ocsp.push(pki.ocsp(&chain[0], CertState::Revoked, now).unwrap());
    assert!(matches!(path::revocation(&path, &values, now), Revocation::Revoked { .. }));
    // Made long before, and no longer current: it says nothing of today.
    let stale = RevocationValues { ocsp: vec![], crls: pki.crls(now - Duration::days(30)).unwrap() };
    assert!(matches!(path::revocation(&path, &stale, now), Revocation::Unknown { .. }));
}

#[test]
fn a_written_pki_can_be_read_by_its_owner_only_and_says_test() {
    let dir = tempfile::tempdir().unwrap();
    let pki = SealPki::generate(SealKeys::Ec, clock::now()).unwrap();
    let files = pki.write_to(dir.path(), &SealSpec::default(), SealFlaw::None).unwrap();
    let seal = Credential::from_pem_files(&files.certificates, &files.key).unwrap();
    let subject = seal.facts().unwrap().subject;
    assert!(subject.contains("TEST") && subject.contains("NTRNL-90000001"), "{subject}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        for name in ["seal.key.pem", "tsa.key.pem"] {
            let mode = std::fs::metadata(dir.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{name}");
        }
    }
}
