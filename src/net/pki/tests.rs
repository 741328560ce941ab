//! Tests of the test PKI: what is issued is held against webpki, and each flaw gives the one refusal it
//! was made for.

use std::{fs, path::Path};

use rustls::pki_types::{PrivateKeyDer, ServerName, UnixTime, pem::PemObject as _};
use strum::IntoEnumIterator as _;
use time::macros::datetime;
use webpki::{
    BorrowedCertRevocationList, CertRevocationList, EndEntityCert, Error, KeyUsage, RevocationOptionsBuilder,
    UnknownStatusPolicy, anchor_from_trusted_cert,
};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::*;
use crate::wire::{
    jose::VerifyingKey,
    x509::{ChainVerdict, StringType, UntrustedReason, explain_chain, facts},
};

const NOW: OffsetDateTime = datetime!(2026-06-01 12:00 UTC);
const HOST: &str = "gtk.sim.example";

fn pki() -> TestPki {
    TestPki::generate(NOW).unwrap()
}

fn spec() -> LeafSpec {
    LeafSpec {
        common_name: HOST.to_owned(),
        organisation: "SIM Ziekenhuis".to_owned(),
        ura: "90000001".to_owned(),
        uzi_number: "000012345".to_owned(),
        dns_names: vec!["localhost".to_owned()],
        loopback: true,
    }
}

/// The verdict of webpki on the path, with the revocation lists, for one usage.
fn path(pki: &TestPki, credential: &Credential, usage: KeyUsage) -> Result<(), Error> {
    let root = pki.root_der();
    let anchors = [anchor_from_trusted_cert(&root).unwrap()];
    let lists = pki.crls().unwrap();
    let lists: Vec<CertRevocationList<'_>> =
        lists.iter().map(|der| BorrowedCertRevocationList::from_der(der).unwrap().into()).collect();
    let lists: Vec<_> = lists.iter().collect();
    // Two CAs beside the third one have no list of their own.
    let revocation =
        RevocationOptionsBuilder::new(&lists).unwrap().with_status_policy(UnknownStatusPolicy::Allow).build();
    let at = u64::try_from(NOW.unix_timestamp()).unwrap();
    EndEntityCert::try_from(&credential.chain()[0])
        .unwrap()
        .verify_for_usage(
            webpki::ALL_VERIFICATION_ALGS,
            &anchors,
            &credential.chain()[1..],
            UnixTime::since_unix_epoch(std::time::Duration::from_secs(at)),
            usage,
            Some(revocation),
            None,
        )
        .map(|_| ())
}

fn host(credential: &Credential, name: &str) -> Result<(), Error> {
    let name = ServerName::try_from(name).unwrap();
    let leaf = EndEntityCert::try_from(&credential.chain()[0]).unwrap();
    leaf.verify_is_valid_for_subject_name(&name)
}

#[test]
fn a_good_chain_serves_as_server_and_as_client() {
    let pki = pki();
    let credential = pki.issue(&spec(), LeafFlaw::None).unwrap();
    assert_eq!(credential.chain().len(), 3);
    assert_eq!(path(&pki, &credential, KeyUsage::server_auth()), Ok(()));
    assert_eq!(path(&pki, &credential, KeyUsage::client_auth()), Ok(()));
    for name in [HOST, "localhost", "127.0.0.1", "::1"] {
        assert_eq!(host(&credential, name), Ok(()), "{name}");
    }
    assert_eq!(credential.warnings(NOW), []);
}

#[test]
fn a_good_leaf_has_the_facts_of_its_profile() {
    let pki = pki().with_crl_url("http://crl.sim.example/x.crl");
    let credential = pki.issue(&spec(), LeafFlaw::None).unwrap();
    assert_eq!(path(&pki, &credential, KeyUsage::server_auth()), Ok(()));
    let facts = credential.facts().unwrap();
    assert_eq!(facts.public_key, "EC P-256");
    assert_eq!(facts.key_usage, ["digitalSignature", "keyEncipherment"]);
    assert_eq!(facts.extended_key_usage, ["serverAuth", "clientAuth"]);
    assert_eq!(facts.dns_names, [HOST, "localhost"]);
    assert!(facts.issuer.contains("CN=SIM UZI-register Private Server CA G1"));
    assert!(facts.subject.contains("O=SIM Ziekenhuis, CN=gtk.sim.example"), "{}", facts.subject);
    assert!(facts.subject.contains("serialNumber=000012345"), "{}", facts.subject);
    assert!(!facts.is_ca && !facts.self_signed);
    let uzi = facts.uzi.unwrap();
    assert_eq!((&*uzi.ura, &*uzi.uzi_number), ("90000001", "000012345"));
    assert_eq!(uzi.string_type, StringType::IA5String);

    let (_, leaf) = X509Certificate::from_der(&credential.chain()[0]).unwrap();
    let mut text = String::new();
    for extension in leaf.extensions() {
        text += &format!("{:?}\n", extension.parsed_extension());
    }
    assert!(text.contains("2.16.528.1.1003.1.2.8.6"), "{text}");
    assert!(text.contains("http://crl.sim.example/x.crl"), "{text}");
}

#[test]
fn every_name_of_a_ca_says_that_it_is_simulated() {
    let pki = pki();
    for der in pki.intermediates_der().iter().chain([&pki.root_der()]) {
        let facts = facts(der).unwrap();
        assert!(facts.is_ca);
        assert!(facts.subject.contains("O=SIM ") && facts.subject.contains("CN=SIM "));
    }
    assert_eq!(pki.intermediates_pem().matches("BEGIN").count(), 2);
}

#[test]
fn each_flaw_gives_its_own_refusal_by_webpki() {
    let pki = pki();
    for flaw in LeafFlaw::iter() {
        let credential = pki.issue_at(&spec(), flaw, Some("http://status.sim.example")).unwrap();
        let server = path(&pki, &credential, KeyUsage::server_auth());
        let client = path(&pki, &credential, KeyUsage::client_auth());
        match flaw {
            LeafFlaw::Expired | LeafFlaw::ExpiredIntermediate => {
                assert!(matches!(server, Err(Error::CertExpired { .. })), "{flaw}: {server:?}");
            }
            LeafFlaw::NotYetValid => assert!(matches!(server, Err(Error::CertNotValidYet { .. }))),
            LeafFlaw::SelfSigned | LeafFlaw::UnknownRoot | LeafFlaw::IncompleteChain => {
                assert_eq!(server, Err(Error::UnknownIssuer), "{flaw}");
            }
            LeafFlaw::Sha1Signature => {
                assert!(matches!(server, Err(Error::UnsupportedSignatureAlgorithmContext(_))), "{server:?}");
            }
            LeafFlaw::ClientsOnly => {
                assert_eq!(client, Ok(()));
                assert!(matches!(server, Err(Error::RequiredEkuNotFoundContext(_))));
            }
            // The names lead to the trusted root, whose key then refuses the signature.
            LeafFlaw::UntrustedIssuer => {
                assert_eq!(server, Err(Error::InvalidSignatureForPublicKey));
            }
            LeafFlaw::Revoked | LeafFlaw::RevokedIntermediate => assert_eq!(server, Err(Error::CertRevoked)),
            LeafFlaw::WrongUsage => {
                assert_eq!(server, Ok(()));
                assert!(matches!(client, Err(Error::RequiredEkuNotFoundContext(_))));
            }
            LeafFlaw::WrongHost => {
                assert_eq!((server, client), (Ok(()), Ok(())));
                for name in [HOST, "localhost", "127.0.0.1"] {
                    let refused = host(&credential, name);
                    assert!(matches!(refused, Err(Error::CertNotValidForName(_))), "{name}");
                }
            }
            _ if flaw.status().is_some_and(|status| status.crl == Some(CrlSays::Revoked)) => {
                assert_eq!((server, client), (Err(Error::CertRevoked), Err(Error::CertRevoked)), "{flaw}");
            }
            // The flaw of the others shows in the handshake, in the name, or at the status services.
            _ => {
                assert_eq!((server, client), (Ok(()), Ok(())), "{flaw}");
            }
        }
    }
}

#[test]
fn each_flaw_is_explained_in_words() {
    let pki = pki();
    let anchors = [pki.root_der().to_vec()];
    for (flaw, expected, at_fault) in [
        (LeafFlaw::Expired, UntrustedReason::Expired, HOST),
        (LeafFlaw::NotYetValid, UntrustedReason::NotYetValid, HOST),
        (LeafFlaw::SelfSigned, UntrustedReason::SelfSigned, HOST),
        (LeafFlaw::UntrustedIssuer, UntrustedReason::UnknownIssuer, CA_NAMES[1]),
        (LeafFlaw::WrongUsage, UntrustedReason::WrongUsage, HOST),
    ] {
        let chain: Vec<Vec<u8>> = pki.issue(&spec(), flaw).unwrap().chain().iter().map(|der| der.to_vec()).collect();
        match explain_chain(&chain, &anchors, NOW) {
            ChainVerdict::Untrusted { reason, certificate } => {
                assert_eq!(reason, expected);
                assert!(certificate.contains(at_fault), "{certificate}");
            }
            ChainVerdict::Trusted => panic!("{flaw} is trusted"),
        }
    }
}

#[test]
fn the_ura_is_missing_or_faulty_when_asked_for() {
    let pki = pki();
    let none = pki.issue(&spec(), LeafFlaw::NoUra).unwrap().facts().unwrap();
    assert_eq!((none.uzi, none.uzi_fault), (None, None));
    let seven = pki.issue(&spec(), LeafFlaw::SevenDigitUra).unwrap();
    let fault = seven.facts().unwrap().uzi_fault.unwrap();
    assert!(fault.contains("\"0000001\""), "{fault}");
    assert_eq!(seven.warnings(NOW), [CredentialWarning::UziName(fault)]);
}

#[test]
fn a_leaf_that_breaks_its_profile_is_not_issued() {
    let short = LeafSpec { ura: "123".to_owned(), ..spec() };
    assert!(matches!(pki().issue(&short, LeafFlaw::None), Err(PkiError::UziName(_))));
    let host = LeafSpec { common_name: "no host".to_owned(), ..spec() };
    assert!(matches!(pki().issue(&host, LeafFlaw::None), Err(PkiError::DnsName(_))));
}

#[test]
fn serial_numbers_differ() {
    let pki = pki();
    let serial = || pki.issue(&spec(), LeafFlaw::None).unwrap().facts().unwrap().serial;
    let (one, other) = (serial(), serial());
    assert_eq!(one.len(), 32);
    assert_ne!(one, other);
}

#[test]
fn a_stored_pki_issues_on_under_the_same_root_and_remembers_what_is_revoked() {
    let dir = tempfile::tempdir().unwrap();
    let first = pki();
    let revoked = first.issue(&spec(), LeafFlaw::Revoked).unwrap();
    first.write_to(dir.path()).unwrap();
    let second = TestPki::load_from(dir.path(), NOW).unwrap();
    assert_eq!(second.root_pem(), first.root_pem());
    assert_eq!(path(&second, &revoked, KeyUsage::server_auth()), Err(Error::CertRevoked));
    let later = second.issue(&spec(), LeafFlaw::None).unwrap();
    assert_eq!(path(&first, &later, KeyUsage::server_auth()), Ok(()));
    second.write_to(dir.path()).unwrap();
}

#[cfg(unix)]
#[test]
fn stored_private_keys_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let key = dir.path().join("root-ca.key.pem");
    fs::write(&key, "was here").unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    pki().write_to(dir.path()).unwrap();
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_damaged_store_is_refused_by_file() {
    let dir = tempfile::tempdir().unwrap();
    let missing = TestPki::load_from(dir.path(), NOW).unwrap_err();
    assert!(matches!(missing, PkiError::Missing(_)));
    pki().write_to(dir.path()).unwrap();
    assert!(TestPki::load_from(dir.path(), NOW).is_ok());
    fs::write(dir.path().join("revoked.txt"), "00ff\nzz\n").unwrap();
    let serial = TestPki::load_from(dir.path(), NOW).unwrap_err();
    assert!(matches!(serial, PkiError::Serial { line: 2, .. }));
    fs::copy(dir.path().join("root-ca.pem"), dir.path().join("server-ca.pem")).unwrap();
    fs::write(dir.path().join("revoked.txt"), "").unwrap();
    let mismatch = TestPki::load_from(dir.path(), NOW).unwrap_err();
    assert!(matches!(mismatch, PkiError::KeyMismatch { .. }));
}

fn files(dir: &Path, chain: &str, key: &str) -> Result<Credential, PkiError> {
    fs::write(dir.join("chain.pem"), chain).unwrap();
    fs::write(dir.join("key.pem"), key).unwrap();
    Credential::from_pem_files(&dir.join("chain.pem"), &dir.join("key.pem"))
}

#[test]
fn a_credential_survives_a_round_trip_through_files() {
    let dir = tempfile::tempdir().unwrap();
    let made = pki().issue(&spec(), LeafFlaw::None).unwrap();
    let read = files(dir.path(), &made.chain_pem(), &made.key_pem()).unwrap();
    assert_eq!(read.chain(), made.clone().chain());
    assert_eq!(read.key_pem(), made.key_pem());
    assert!(!format!("{read:?}").contains("key"));
    let public = VerifyingKey::from_certificate(&read.chain()[0]).unwrap();
    assert_eq!(read.signing_key().unwrap().verifying_key(), &public);
}

#[test]
fn a_file_that_will_not_do_is_named_with_its_fault() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let pki = pki();
    let made = pki.issue(&spec(), LeafFlaw::None).unwrap();
    let other = pki.issue(&spec(), LeafFlaw::None).unwrap();
    let (chain, key) = (made.chain_pem(), made.key_pem());

    let missing = Credential::from_pem_files(&dir.join("absent.pem"), &dir.join("absent.pem"));
    assert!(matches!(missing, Err(PkiError::Missing(_))));
    let directory = Credential::from_pem_files(dir, dir);
    assert!(matches!(directory, Err(PkiError::Unreadable { .. })));
    assert!(matches!(files(dir, &key, &key), Err(PkiError::NoCertificate(_))));
    assert!(matches!(files(dir, &chain, &chain), Err(PkiError::NoKey(_))));
    let mismatch = files(dir, &chain, &other.key_pem());
    assert!(matches!(mismatch, Err(PkiError::KeyMismatch { .. })));
    let damaged = format!("{chain}{}", pem("CERTIFICATE", &[0x30, 0x00]));
    assert!(matches!(files(dir, &damaged, &key), Err(PkiError::Certificate { place: 4, .. })));
    let encrypted = pem("ENCRYPTED PRIVATE KEY", &[0x30, 0x00]);
    assert!(matches!(files(dir, &chain, &encrypted), Err(PkiError::EncryptedKey(_))));
    let unsupported = pem("PRIVATE KEY", &[0x30, 0x00]);
    assert!(matches!(files(dir, &chain, &unsupported), Err(PkiError::UnsupportedKey(_))));
    let large = "x".repeat(1024 * 1024 + 1);
    assert!(matches!(files(dir, &large, &key), Err(PkiError::TooLarge { .. })));
}

#[test]
fn what_is_merely_unwise_is_a_warning() {
    let pki = pki();
    let expired = pki.issue(&spec(), LeafFlaw::Expired).unwrap().warnings(NOW);
    assert!(matches!(&expired[..], [CredentialWarning::Expired { .. }]));
    let early = pki.issue(&spec(), LeafFlaw::NotYetValid).unwrap().warnings(NOW);
    assert!(matches!(&early[..], [CredentialWarning::NotYetValid { .. }]));
    let whole = pki.issue(&spec(), LeafFlaw::None).unwrap();
    let alone = Credential::holding(
        whole.chain()[..1].to_vec(),
        PrivateKeyDer::from_pem_slice(whole.key_pem().as_bytes()).unwrap(),
    );
    assert_eq!(alone.warnings(NOW), [CredentialWarning::NoIntermediates]);
}

#[test]
fn a_weak_key_is_shown_by_us_and_can_be_read_back_from_files() {
    let dir = tempfile::tempdir().unwrap();
    let weak = pki().issue(&spec(), LeafFlaw::WeakKey).unwrap();
    assert_eq!(weak.facts().unwrap().public_key, "RSA 1024");
    assert!(files(dir.path(), &weak.chain_pem(), &weak.key_pem()).is_ok());
    assert!(weak.certified_key().is_ok());
}

#[test]
fn uzi_names_have_the_one_flaw_that_was_asked_for() {
    let pki = pki();
    let facts = |flaw| pki.issue(&spec(), flaw).unwrap().facts().unwrap();
    assert!(facts(LeafFlaw::SixFields).uzi_fault.unwrap().starts_with("6 dash separated fields"));
    assert!(facts(LeafFlaw::LetterInUra).uzi_fault.unwrap().contains("\"9000000A\""));
    assert_eq!(facts(LeafFlaw::OtherUra).uzi.unwrap().ura, "90000099");
    assert_eq!(facts(LeafFlaw::Utf8Name).uzi.unwrap().string_type, StringType::UTF8String);
    assert_eq!(facts(LeafFlaw::CardTypeZ).uzi.unwrap().card_type, "Z");
    assert!(!facts(LeafFlaw::OtherCaClass).uzi.unwrap().is_of_a_system());
    let upn = facts(LeafFlaw::UpnFirst);
    assert_eq!((upn.upn.as_deref(), upn.uzi.unwrap().ura.as_str()), (Some("000012345@90000099"), "90000001"));
}

#[test]
fn a_kind_about_status_names_the_services_at_the_address_and_needs_one() {
    let pki = pki();
    assert!(matches!(pki.issue(&spec(), LeafFlaw::StatusGood), Err(PkiError::NoStatusAddress(LeafFlaw::StatusGood))));
    let issued = |kind| pki.issue_at(&spec(), kind, Some("http://status.sim.example/")).unwrap();
    let points = |kind| crate::wire::status::StatusPoints::of(&issued(kind).chain()[0]);
    assert_eq!(points(LeafFlaw::StatusGood).ocsp, ["http://status.sim.example/status-good/ocsp"]);
    assert_eq!(points(LeafFlaw::StatusGood).crl, ["http://status.sim.example/status-good/server-ca.crl"]);
    assert!(points(LeafFlaw::RevokedByCrl).ocsp.is_empty());
    assert!(points(LeafFlaw::RevokedByOcsp).crl.is_empty());
    assert!(points(LeafFlaw::None).is_empty());
}
