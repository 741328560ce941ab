//! Certificate verifiers that note what they saw, and either decide or leave the decision to the judge.
//!
//! The harness must see the whole handshake also of a wrong peer: a verifier that hangs up tells nothing. So towards a
//! candidate we record and go on, and the facts decide. The reference GtK decides by rustls's own verifier.

use std::sync::{Arc, Mutex, PoisonError};

use super::status::{self, Refused, StatusRules};
use super::trust::Trust;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};

use crate::wire::x509;

/// What a verifier saw.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub chain: Mutex<Vec<CertificateDer<'static>>>,
}

impl Seen {
    fn note(&self, end_entity: &CertificateDer<'_>, intermediates: &[CertificateDer<'_>]) {
        let mut chain = self.chain.lock().unwrap_or_else(PoisonError::into_inner);
        *chain = std::iter::once(end_entity).chain(intermediates).map(|c| c.clone().into_owned()).collect();
    }
    pub(super) fn chain(&self) -> Vec<CertificateDer<'static>> {
        self.chain.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Looks up the status of a chain that is in order otherwise.
#[derive(Debug, Clone)]
pub(super) struct Gate {
    pub rules: StatusRules,
    pub trust: Trust,
}

impl Gate {
    fn pass(&self, seen: &Seen) -> Result<(), Error> {
        let refused = |error| Err(Error::InvalidCertificate(error));
        match status::check(&seen.chain(), &self.trust, self.rules) {
            Ok(()) => Ok(()),
            Err(Refused::Revoked) => refused(CertificateError::Revoked),
            Err(Refused::NoStatus) => refused(CertificateError::UnknownRevocationStatus),
        }
    }
}

macro_rules! handshake_signatures {
    (|$this:ident, $cert:ident| $overlooks:expr) => {
        fn verify_tls12_signature(
            &self,
            message: &[u8],
            cert: &CertificateDer<'_>,
            dss: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            let ($this, $cert) = (self, cert);
            match verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms) {
                Err(_) if $overlooks => Ok(HandshakeSignatureValid::assertion()),
                other => other,
            }
        }
        fn verify_tls13_signature(
            &self,
            message: &[u8],
            cert: &CertificateDer<'_>,
            dss: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            let ($this, $cert) = (self, cert);
            match verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms) {
                Err(_) if $overlooks => Ok(HandshakeSignatureValid::assertion()),
                other => other,
            }
        }
        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            self.provider.signature_verification_algorithms.supported_schemes()
        }
    };
}

/// Notes the server's chain and, with an inner verifier, lets that decide.
#[derive(Debug)]
pub(super) struct ServerVerifier {
    pub seen: Arc<Seen>,
    pub inner: Option<Arc<dyn ServerCertVerifier>>,
    pub ignore_name: bool,
    pub status: Option<Gate>,
    pub organisation: Option<String>,
    pub provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for ServerVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.seen.note(end_entity, intermediates);
        let Some(inner) = &self.inner else { return Ok(ServerCertVerified::assertion()) };
        match inner.verify_server_cert(end_entity, intermediates, server_name, ocsp, now) {
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if self.ignore_name => {}
            other => {
                other?;
            }
        }
        // Whoever holds the address need not be whom it was looked up for.
        if self.organisation.as_ref().is_some_and(|wanted| ura(end_entity).as_ref() != Some(wanted)) {
            return Err(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure));
        }
        self.status.as_ref().map_or(Ok(()), |gate| gate.pass(&self.seen))?;
        Ok(ServerCertVerified::assertion())
    }
    handshake_signatures!(|_this, _cert| false);
}

/// The URA in the UZI name of a certificate.
fn ura(certificate: &CertificateDer<'_>) -> Option<String> {
    x509::facts(certificate).ok()?.uzi.map(|uzi| uzi.ura)
}

/// Notes the client's chain and lets the inner verifier decide, except for the faults it was told to overlook.
#[derive(Debug)]
pub(super) struct ClientVerifier {
    pub seen: Arc<Seen>,
    pub inner: Option<Arc<dyn ClientCertVerifier>>,
    pub mandatory: bool,
    pub overlook: Vec<Overlook>,
    pub status: Option<Gate>,
    pub provider: Arc<CryptoProvider>,
}

/// A fault of a client certificate that a careless server overlooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overlook {
    /// Out of its validity period.
    Expired,
    /// On a revocation list.
    Revoked,
    /// Signed by nobody else.
    SelfSigned,
    /// Signed by somebody unknown.
    UnknownIssuer,
    /// Of a key that is too weak.
    WeakKey,
    /// Signed over a SHA-1 digest.
    Sha1,
}

impl Overlook {
    fn covers(self, error: &Error, certificate: &CertificateDer<'_>) -> bool {
        let Error::InvalidCertificate(error) = error else { return false };
        let self_signed = is_self_signed(certificate);
        match self {
            Self::Expired => matches!(error, CertificateError::Expired | CertificateError::ExpiredContext { .. }),
            Self::Revoked => matches!(error, CertificateError::Revoked),
            // A self-signed certificate shows as an unknown issuer, or as a CA that is used as an end entity.
            Self::SelfSigned => self_signed,
            Self::UnknownIssuer => {
                !self_signed && matches!(error, CertificateError::UnknownIssuer | CertificateError::BadSignature)
            }
            // What is too weak shows in the handshake alone, as a signature that does not hold.
            Self::WeakKey => false,
            Self::Sha1 => is_over_sha1(certificate),
        }
    }
}

impl ClientCertVerifier for ClientVerifier {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }
    fn client_auth_mandatory(&self) -> bool {
        self.mandatory
    }
    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.seen.note(end_entity, intermediates);
        let Some(inner) = &self.inner else { return Ok(ClientCertVerified::assertion()) };
        match inner.verify_client_cert(end_entity, intermediates, now) {
            Err(error) if self.overlook.iter().any(|o| o.covers(&error, end_entity)) => {}
            other => {
                other?;
            }
        }
        self.status.as_ref().map_or(Ok(()), |gate| gate.pass(&self.seen))?;
        Ok(ClientCertVerified::assertion())
    }
    handshake_signatures!(|this, cert| this.overlook.contains(&Overlook::WeakKey) && has_weak_key(cert));
}

fn is_self_signed(certificate: &CertificateDer<'_>) -> bool {
    x509_parser::parse_x509_certificate(certificate).is_ok_and(|(_, c)| c.subject() == c.issuer())
}

fn is_over_sha1(certificate: &CertificateDer<'_>) -> bool {
    const ECDSA_WITH_SHA1: &str = "1.2.840.10045.4.1";
    x509_parser::parse_x509_certificate(certificate)
        .is_ok_and(|(_, c)| c.signature_algorithm.algorithm.to_id_string() == ECDSA_WITH_SHA1)
}

fn has_weak_key(certificate: &CertificateDer<'_>) -> bool {
    use x509_parser::public_key::PublicKey;
    let Ok((_, certificate)) = x509_parser::parse_x509_certificate(certificate) else { return false };
    matches!(certificate.public_key().parsed(), Ok(PublicKey::RSA(key)) if key.key_size() < 2048)
}
