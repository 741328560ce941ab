//! Whether a chain leads to a trust anchor, and if not: which certificate, and why (RFC 5280 section 6).
//! The decision is webpki's alone, the library that also guards the TLS connections. Reading the
//! certificates again with another parser only finds the words to explain a refusal.
//! Revocation and host names are not looked at here.

use std::time::Duration;

use rustls::pki_types::{CertificateDer, UnixTime};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use webpki::{EndEntityCert, Error, KeyUsage, anchor_from_trusted_cert};
use x509_parser::{certificate::X509Certificate, extensions::ParsedExtension};

use super::{is_ca, is_self_signed, name_text, parse, unix};

/// Longest chain that is looked at. Dutch government chains have four certificates, root included.
const MAX_CHAIN: usize = 16;

/// What a certificate is to be used for on a TLS connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Usage {
    /// id-kp-serverAuth.
    ServerAuth,
    /// id-kp-clientAuth.
    ClientAuth,
    /// Signing documents: any extended key usage will do, for seal certificates name none or another.
    Signing,
}

/// Lets any extended key usage pass.
struct AnyUsage;

impl webpki::ExtendedKeyUsageValidator for AnyUsage {
    fn validate(&self, _usages: webpki::KeyPurposeIdIter<'_, '_>) -> Result<(), Error> {
        Ok(())
    }
}

/// Why a chain is not trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UntrustedReason {
    /// No certificate at all.
    NoCertificate,
    /// More certificates than are looked at.
    ChainTooLong,
    /// A certificate could not be read.
    Malformed,
    /// The leaf is signed by itself and is no trust anchor.
    SelfSigned,
    /// No issuer found; also when the issuer has a trusted name, but another key.
    UnknownIssuer,
    /// Past its end of validity.
    Expired,
    /// Before its start of validity.
    NotYetValid,
    /// The signature is not that of the key the certificate names as its issuer's.
    BadSignature,
    /// The extended key usage does not allow what is asked.
    WrongUsage,
    /// An issuing certificate is not a CA.
    IssuerNotCa,
    /// The leaf is a CA certificate.
    CaAsLeaf,
    /// A path length or name constraint of a CA is broken.
    ConstraintViolated,
    /// A critical extension that is not understood.
    UnknownCriticalExtension,
    /// A key or signature algorithm that cannot be verified here.
    UnsupportedAlgorithm,
    /// Any other refusal.
    Other,
}

/// The verdict on a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum ChainVerdict {
    /// The chain leads to one of the anchors and serves the usages asked for.
    Trusted,
    /// It does not.
    Untrusted {
        /// Why.
        reason: UntrustedReason,
        /// Subject of the certificate at fault, or its place in the chain when it cannot be read.
        certificate: String,
    },
}

/// Judges a chain, leaf first, against trust anchors (both in DER) at a moment in time, for use as
/// server and as client: between GtKs one certificate serves both.
pub fn explain_chain(chain: &[Vec<u8>], anchors: &[Vec<u8>], at: OffsetDateTime) -> ChainVerdict {
    explain_chain_for(chain, anchors, at, &[Usage::ServerAuth, Usage::ClientAuth])
}

/// As [`explain_chain`], for the usages given; from G4 on a certificate may serve only one.
///
/// An anchor that cannot be read is passed over: then nothing chains to it. Without a usage there is nothing to trust a
/// certificate for, so at least one must be named.
pub fn explain_chain_for(chain: &[Vec<u8>], anchors: &[Vec<u8>], at: OffsetDateTime, usages: &[Usage]) -> ChainVerdict {
    if chain.is_empty() {
        return untrusted(UntrustedReason::NoCertificate, "");
    }
    if usages.is_empty() {
        return untrusted(UntrustedReason::WrongUsage, "no usage was asked for");
    }
    if chain.len() > MAX_CHAIN {
        return untrusted(UntrustedReason::ChainTooLong, &format!("{} certificates", chain.len()));
    }
    let mut certificates = Vec::with_capacity(chain.len());
    for (index, der) in chain.iter().enumerate() {
        match parse(der) {
            Ok(certificate) => certificates.push(certificate),
            Err(_) => {
                let place = format!("certificate {} of the chain", index + 1);
                return untrusted(UntrustedReason::Malformed, &place);
            }
        }
    }
    let trusted: Vec<_> = anchors.iter().filter_map(|der| parse(der).ok()).collect();
    match decide(chain, anchors, at, usages) {
        Ok(()) => ChainVerdict::Trusted,
        Err(error) => explain(&error, &certificates, &trusted, at, usages),
    }
}

/// The path decision.
fn decide(chain: &[Vec<u8>], anchors: &[Vec<u8>], at: OffsetDateTime, usages: &[Usage]) -> Result<(), Error> {
    let ders: Vec<_> = chain.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
    let anchor_ders: Vec<_> = anchors.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
    let anchors: Vec<_> = anchor_ders.iter().filter_map(|der| anchor_from_trusted_cert(der).ok()).collect();
    let leaf = EndEntityCert::try_from(&ders[0])?;
    // Moments before 1970 do not exist for webpki; the earliest it knows is as good.
    let seconds = u64::try_from(unix(at)).unwrap_or(0);
    let at = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    for usage in usages {
        let algorithms = webpki::ALL_VERIFICATION_ALGS;
        let (anchors, rest) = (&anchors, &ders[1..]);
        match usage {
            Usage::ServerAuth => {
                leaf.verify_for_usage(algorithms, anchors, rest, at, KeyUsage::server_auth(), None, None)?
            }
            Usage::ClientAuth => {
                leaf.verify_for_usage(algorithms, anchors, rest, at, KeyUsage::client_auth(), None, None)?
            }
            Usage::Signing => leaf.verify_for_usage(algorithms, anchors, rest, at, AnyUsage, None, None)?,
        };
    }
    Ok(())
}

fn untrusted(reason: UntrustedReason, certificate: &str) -> ChainVerdict {
    ChainVerdict::Untrusted { reason, certificate: certificate.to_owned() }
}

/// Finds the words, and the certificate, for a refusal that has already been decided.
fn explain(
    error: &Error,
    chain: &[X509Certificate<'_>],
    anchors: &[X509Certificate<'_>],
    at: OffsetDateTime,
    usages: &[Usage],
) -> ChainVerdict {
    use UntrustedReason as R;
    let at = unix(at);
    let first = |fault: &dyn Fn(&X509Certificate<'_>) -> bool| {
        let at_fault = chain.iter().find(|c| fault(c)).unwrap_or(&chain[0]);
        name_text(at_fault.subject())
    };
    let (reason, certificate) = match error {
        Error::CertExpired { .. } => (R::Expired, first(&|c| c.validity().not_after.timestamp() < at)),
        Error::CertNotValidYet { .. } => (R::NotYetValid, first(&|c| c.validity().not_before.timestamp() > at)),
        Error::RequiredEkuNotFoundContext(_) | Error::EmptyEkuExtension => {
            (R::WrongUsage, first(&|c| lacks_usage(c, usages)))
        }
        Error::UnknownIssuer | Error::InvalidSignatureForPublicKey => {
            let (reason, at_fault) = broken_link(chain, anchors);
            (reason, name_text(at_fault.subject()))
        }
        Error::CaUsedAsEndEntity => (R::CaAsLeaf, first(&|_| true)),
        Error::EndEntityUsedAsCa => {
            let issuer = chain.iter().skip(1).find(|c| !is_ca(c)).unwrap_or(&chain[0]);
            (R::IssuerNotCa, name_text(issuer.subject()))
        }
        Error::PathLenConstraintViolated | Error::NameConstraintViolation => (R::ConstraintViolated, first(&|_| true)),
        Error::UnsupportedCriticalExtension => (R::UnknownCriticalExtension, first(&|_| true)),
        Error::UnsupportedSignatureAlgorithmContext(_) | Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => {
            (R::UnsupportedAlgorithm, first(&|_| true))
        }
        Error::BadDer
        | Error::BadDerTime
        | Error::TrailingData(_)
        | Error::MalformedExtensions
        | Error::ExtensionValueInvalid
        | Error::InvalidSerialNumber
        | Error::InvalidCertValidity => (R::Malformed, first(&|_| true)),
        _ => (R::Other, first(&|_| true)),
    };
    ChainVerdict::Untrusted { reason, certificate }
}

fn lacks_usage(certificate: &X509Certificate<'_>, usages: &[Usage]) -> bool {
    let Ok(Some(extension)) = certificate.extended_key_usage() else {
        return false;
    };
    usages.iter().any(|usage| match usage {
        Usage::ServerAuth => !extension.value.server_auth,
        Usage::ClientAuth => !extension.value.client_auth,
        Usage::Signing => false,
    })
}

/// Walks from the leaf upwards and stops at the first certificate whose issuer fails it.
fn broken_link<'c, 'd>(
    chain: &'c [X509Certificate<'d>],
    anchors: &'c [X509Certificate<'d>],
) -> (UntrustedReason, &'c X509Certificate<'d>) {
    let mut current = &chain[0];
    for _ in 0..chain.len() {
        let own_issuer = is_self_signed(current);
        let named: Vec<_> = anchors
            .iter()
            .chain(chain.iter().skip(1))
            .filter(|c| c.subject().as_raw() == current.issuer().as_raw())
            .filter(|c| !std::ptr::eq(*c, current))
            .collect();
        let signer = named.iter().find(|c| current.verify_signature(Some(c.public_key())).is_ok());
        match signer {
            Some(signer) if !own_issuer => current = signer,
            _ if own_issuer && std::ptr::eq(current, &chain[0]) => {
                return (UntrustedReason::SelfSigned, current);
            }
            // An issuer of the right name but of another key is a stranger who bears that name.
            None if named.iter().any(|c| may_have_signed(c, current)) => {
                return (UntrustedReason::BadSignature, current);
            }
            _ => return (UntrustedReason::UnknownIssuer, current),
        }
    }
    (UntrustedReason::UnknownIssuer, current)
}

/// Whether the key identifiers allow that `issuer` signed `subject`; an absent identifier allows it.
pub(super) fn may_have_signed(issuer: &X509Certificate<'_>, subject: &X509Certificate<'_>) -> bool {
    let named = subject.extensions().iter().find_map(|e| match e.parsed_extension() {
        ParsedExtension::AuthorityKeyIdentifier(id) => id.key_identifier.as_ref().map(|k| k.0),
        _ => None,
    });
    let own = issuer.extensions().iter().find_map(|e| match e.parsed_extension() {
        ParsedExtension::SubjectKeyIdentifier(id) => Some(id.0),
        _ => None,
    });
    match (named, own) {
        (Some(named), Some(own)) => named == own,
        _ => true,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-06-01 12:00 UTC);

    fn params(name: &str) -> CertificateParams {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.not_before = datetime!(2026-01-01 0:00 UTC);
        params.not_after = datetime!(2027-01-01 0:00 UTC);
        params.use_authority_key_identifier_extension = true;
        params
    }

    fn root() -> (Vec<u8>, Issuer<'static, KeyPair>) {
        let key = KeyPair::generate().unwrap();
        let mut params = params("root");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let der = params.self_signed(&key).unwrap().der().to_vec();
        (der, Issuer::new(params, key))
    }

    fn leaf(issuer: &Issuer<'static, KeyPair>, usages: &[ExtendedKeyUsagePurpose]) -> Vec<u8> {
        let mut params = params("leaf");
        params.extended_key_usages = usages.to_vec();
        let key = KeyPair::generate().unwrap();
        params.signed_by(&key, issuer).unwrap().der().to_vec()
    }

    const BOTH: [ExtendedKeyUsagePurpose; 2] =
        [ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];

    fn reason(verdict: ChainVerdict) -> (UntrustedReason, String) {
        match verdict {
            ChainVerdict::Untrusted { reason, certificate } => (reason, certificate),
            ChainVerdict::Trusted => panic!("the chain is trusted"),
        }
    }

    #[test]
    fn a_leaf_of_a_trusted_root_is_trusted() {
        let (der, issuer) = root();
        let verdict = explain_chain(&[leaf(&issuer, &BOTH)], &[der], NOW);
        assert_eq!(verdict, ChainVerdict::Trusted);
    }

    #[test]
    fn validity_is_judged_at_the_moment_asked_for() {
        let (der, issuer) = root();
        let chain = [leaf(&issuer, &BOTH)];
        let late = explain_chain(&chain, std::slice::from_ref(&der), datetime!(2027-02-01 0:00 UTC));
        assert_eq!(reason(late).0, UntrustedReason::Expired);
        let early = explain_chain(&chain, &[der], datetime!(1960-02-01 0:00 UTC));
        assert_eq!(reason(early).0, UntrustedReason::NotYetValid);
    }

    #[test]
    fn a_leaf_of_a_stranger_has_an_unknown_issuer() {
        let (der, _) = root();
        let mut other = params("stranger");
        other.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let stranger = Issuer::new(other, KeyPair::generate().unwrap());
        let verdict = explain_chain(&[leaf(&stranger, &BOTH)], &[der], NOW);
        let (reason, certificate) = reason(verdict);
        assert_eq!(reason, UntrustedReason::UnknownIssuer);
        assert!(certificate.contains("CN=leaf"), "{certificate}");
    }

    #[test]
    fn a_stranger_with_a_trusted_name_is_still_an_unknown_issuer() {
        let (der, _) = root();
        let (_, namesake) = root();
        let verdict = explain_chain(&[leaf(&namesake, &BOTH)], &[der], NOW);
        assert_eq!(reason(verdict).0, UntrustedReason::UnknownIssuer);
    }

    #[test]
    fn a_damaged_signature_is_a_bad_signature() {
        let (der, issuer) = root();
        let mut damaged = leaf(&issuer, &BOTH);
        let last = damaged.len() - 1;
        damaged[last] ^= 1;
        let verdict = explain_chain(&[damaged], &[der], NOW);
        assert_eq!(reason(verdict).0, UntrustedReason::BadSignature);
    }

    #[test]
    fn a_self_signed_leaf_is_named_as_such() {
        let (der, _) = root();
        let key = KeyPair::generate().unwrap();
        let own = params("alone").self_signed(&key).unwrap().der().to_vec();
        assert_eq!(reason(explain_chain(&[own], &[der], NOW)).0, UntrustedReason::SelfSigned);
    }

    #[test]
    fn usage_is_refused_only_when_it_is_asked_for() {
        let (der, issuer) = root();
        let chain = [leaf(&issuer, &BOTH[..1])];
        let anchors = [der];
        assert_eq!(explain_chain_for(&chain, &anchors, NOW, &[Usage::ServerAuth]), ChainVerdict::Trusted);
        assert_eq!(reason(explain_chain(&chain, &anchors, NOW)).0, UntrustedReason::WrongUsage);
    }

    #[test]
    fn an_empty_an_endless_and_an_unreadable_chain_are_refused() {
        let (der, _) = root();
        let none = explain_chain(&[], std::slice::from_ref(&der), NOW);
        assert_eq!(reason(none).0, UntrustedReason::NoCertificate);
        let endless = vec![der.clone(); MAX_CHAIN + 1];
        let endless = explain_chain(&endless, std::slice::from_ref(&der), NOW);
        assert_eq!(reason(endless).0, UntrustedReason::ChainTooLong);
        let unreadable = reason(explain_chain(&[vec![0x30, 0x00]], &[der], NOW));
        assert_eq!(unreadable.0, UntrustedReason::Malformed);
        assert_eq!(unreadable.1, "certificate 1 of the chain");
    }

    #[test]
    fn the_verdict_is_written_in_kebab_case() {
        let verdict = untrusted(UntrustedReason::UnknownIssuer, "CN=x");
        let json = serde_json::to_string(&verdict).unwrap();
        let written = r#"{"verdict":"untrusted","reason":"unknown-issuer","certificate":"CN=x"}"#;
        assert_eq!(json, written);
    }
}
