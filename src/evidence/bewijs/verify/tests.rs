//! Time and revocation: what is beside a seal, right and wrong.
#![allow(clippy::unwrap_used)]

use std::sync::LazyLock;

use strum::VariantArray as _;
use time::Duration;

use super::*;
use crate::base::clock;
use crate::net::pki::{Credential, SealFlaw, SealKeys, SealPki, SealSpec, Stamp, TSA_POLICY};
use crate::seal::{FileKey, SealingKey as _};
use crate::wire::jades::{Draft, Jades, Signature};
use crate::wire::x509::pem;

/// The moment at which all seals here are set, more than the life of their certificates ago.
static SEALED: LazyLock<OffsetDateTime> =
    LazyLock::new(|| (clock::now() - Duration::days(400)).replace_nanosecond(0).unwrap());
static PKI: LazyLock<SealPki> = LazyLock::new(|| SealPki::generate(SealKeys::Ec, *SEALED).unwrap());

fn policy(level: &str, revocation: &str) -> Policy {
    let root = pem("CERTIFICATE", &PKI.root()).replace('\n', "\\n");
    let text = format!(
        "version: '1'\nmin-level: {level}\nissuers:\n  - role: validator\n    kinds: [validatiebewijs]\n    \
         revocation: {revocation}\n    anchors: [{{ pem: \"{root}\" }}]\ntime-stamps:\n  anchors: [{{ pem: \"{root}\" }}]\n  \
         policy-oids: ['{TSA_POLICY}']\n"
    );
    Policy::read("policy.yaml", &text).unwrap()
}

fn seal(flaw: SealFlaw) -> (Jades, Credential) {
    let credential = PKI.issue(&SealSpec::default(), flaw).unwrap();
    let key = FileKey::new(credential.clone(), None).unwrap();
    let draft = Draft::new(key.algorithm(), "test", SEALED.unix_timestamp(), key.chain(), b"{}");
    let signature = key.sign(&draft.input()).unwrap();
    (Jades::sealed(&draft, &signature), credential)
}

/// Codes of what is found about signer, time and revocation.
fn codes(jades: &Jades, policy: &Policy) -> Vec<String> {
    let report = verify(&jades.written(), &Options::new(Some(policy), clock::now()));
    let ours = |check: &BewijsCheck| matches!(check.line(), Line::Tijd | Line::Intrekking | Line::Ondertekenaar);
    report.faults.iter().filter(|f| ours(&f.check)).map(|f| f.code.clone()).collect()
}

fn with(mut jades: Jades, change: impl FnOnce(&Signature) -> crate::wire::jades::Unsigned) -> Jades {
    jades.signatures[0].unsigned = change(&jades.signatures[0]);
    jades
}

fn stamped(jades: Jades, after: Duration, kind: Stamp) -> Jades {
    with(jades, |s| {
        let token = PKI.stamp(s.signature.as_bytes(), *SEALED + after, kind).unwrap();
        s.unsigned.clone().with_time_stamp(&token)
    })
}

#[test]
fn a_time_stamp_proves_the_time_long_after_the_certificates_ended() {
    let policy = policy("B-T", "off");
    let (plain, _) = seal(SealFlaw::None);
    assert_eq!(codes(&plain, &policy), ["level-too-low"]);
    let good = stamped(plain, Duration::seconds(1), Stamp::Good);
    assert_eq!(codes(&good, &policy), [""; 0]);
}

#[test]
fn every_wrong_time_stamp_has_its_own_code_and_proves_nothing() {
    let policy = policy("B-T", "off");
    for kind in Stamp::VARIANTS {
        let expected = match kind {
            Stamp::Good => continue,
            Stamp::WrongUsage => "time-stamp-usage",
            Stamp::UsageNotCritical => "time-stamp-usage-not-critical",
            Stamp::OtherBytes => "time-stamp-imprint",
            Stamp::Response => "time-stamp-response-instead-of-token",
            Stamp::UntrustedTsa => "time-stamp-path-unknown-issuer",
            Stamp::OtherCertificateBound => "time-stamp-signing-certificate",
            Stamp::NoCertificate | Stamp::Damaged => "time-stamp-signature",
        };
        let jades = stamped(seal(SealFlaw::None).0, Duration::ZERO, *kind);
        assert_eq!(codes(&jades, &policy), [expected, "level-too-low"], "{kind}");
    }
}

#[test]
fn a_time_stamp_is_over_the_text_of_the_signature_and_not_its_bytes() {
    let policy = policy("B-T", "off");
    let jades = with(seal(SealFlaw::None).0, |s| {
        use base64::Engine as _;
        let raw = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(&s.signature).unwrap();
        s.unsigned.clone().with_time_stamp(&PKI.stamp(&raw, *SEALED, Stamp::Good).unwrap())
    });
    assert_eq!(codes(&jades, &policy), ["time-stamp-imprint", "level-too-low"]);
}

#[test]
fn a_time_stamp_comes_soon_after_the_claim_and_two_of_them_agree() {
    let policy = policy("B-T", "off");
    let at = |after| stamped(seal(SealFlaw::None).0, after, Stamp::Good);
    assert_eq!(codes(&at(-Duration::minutes(1)), &policy), ["time-stamp-before-claim", "level-too-low"]);
    assert_eq!(codes(&at(Duration::hours(1)), &policy), ["time-stamp-late", "level-too-low"]);
    let twice = stamped(at(Duration::seconds(3)), Duration::seconds(700), Stamp::Good);
    assert_eq!(codes(&twice, &policy), ["time-stamps-disagree", "time-stamp-late", "level-too-low"]);
    let agreeing = stamped(at(Duration::seconds(3)), Duration::seconds(5), Stamp::Good);
    assert_eq!(codes(&agreeing, &policy), [""; 0]);
}

#[test]
fn embedded_values_make_the_level_long_term_and_their_absence_is_told() {
    let (strict, soft) = (policy("B-LT", "embedded-or-fail"), policy("B-T", "soft"));
    let good = stamped(seal(SealFlaw::None).0, Duration::ZERO, Stamp::Good);
    assert_eq!(codes(&good, &strict), ["revocation-unknown", "level-too-low"]);
    assert_eq!(codes(&good, &soft), [""; 0]);
    let values = PKI.revocation_values(*SEALED).unwrap();
    let lasting = with(good, |s| s.unsigned.clone().with_revocation(&values));
    assert_eq!(codes(&lasting, &strict), [""; 0]);
}

#[test]
fn a_revocation_before_the_time_stamp_counts_and_one_after_it_does_not() {
    let policy = policy("B-T", "soft");
    let with_values = |jades: Jades| {
        let values = PKI.revocation_values(*SEALED + Duration::minutes(1)).unwrap();
        with(jades, |s| s.unsigned.clone().with_revocation(&values))
    };
    let (jades, _) = seal(SealFlaw::Revoked);
    let revoked = with_values(stamped(jades, Duration::ZERO, Stamp::Good));
    assert_eq!(codes(&revoked, &policy), ["signer-revoked"]);
    let (jades, credential) = seal(SealFlaw::None);
    PKI.revoke(credential.serial().unwrap(), *SEALED + Duration::seconds(30));
    assert_eq!(codes(&with_values(stamped(jades, Duration::ZERO, Stamp::Good)), &policy), [""; 0]);
}

#[test]
fn every_flaw_of_a_seal_is_refused() {
    let policy = policy("B-T", "soft");
    for flaw in SealFlaw::VARIANTS {
        let expected: &[&str] = match flaw {
            // Asked for by the policy or told by values, neither of which is here.
            SealFlaw::None | SealFlaw::WrongPolicy | SealFlaw::WrongOrganizationIdentifier | SealFlaw::Revoked => &[],
            SealFlaw::NoNonRepudiation | SealFlaw::ServerCertificate => &["signer-key-usage"],
            SealFlaw::CaAsSigner => &["path-ca-as-leaf"],
            SealFlaw::Expired => &["path-expired"],
            SealFlaw::NotYetValid => &["path-not-yet-valid"],
            SealFlaw::Sha1Link => &["path-weak-signature"],
            SealFlaw::UntrustedIssuer => &["path-unknown-issuer"],
        };
        let jades = stamped(seal(*flaw).0, Duration::ZERO, Stamp::Good);
        assert_eq!(codes(&jades, &policy), expected, "{flaw}");
    }
}

#[test]
fn a_property_beside_the_seal_of_another_shape_is_told() {
    let policy = policy("B-T", "soft");
    let jades = with(seal(SealFlaw::None).0, |s| s.unsigned.clone().with("sigTst", serde_json::json!({})));
    assert_eq!(codes(&jades, &policy), ["etsi-u", "level-too-low"]);
}
