//! Certificate verifiers that note what they saw, and either decide or leave the decision to the judge.
//!
//! The harness must see the whole handshake also of a wrong peer: a verifier that hangs up tells nothing. So towards a
//! candidate we record and go on, and the facts decide. The reference GtK decides by rustls's own verifier.

use std::sync::{Arc, Mutex, PoisonError};

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

macro_rules! handshake_signatures {
    () => {
        fn verify_tls12_signature(
            &self,
            message: &[u8],
            cert: &CertificateDer<'_>,
            dss: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
        }
        fn verify_tls13_signature(
            &self,
            message: &[u8],
            cert: &CertificateDer<'_>,
            dss: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
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
        let verified = match inner.verify_server_cert(end_entity, intermediates, server_name, ocsp, now) {
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if self.ignore_name => Ok(ServerCertVerified::assertion()),
            other => other,
        };
        // Whoever holds the address need not be whom it was looked up for.
        match &self.organisation {
            Some(wanted) if ura(end_entity).as_ref() != Some(wanted) => {
                verified.and(Err(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure)))
            }
            _ => verified,
        }
    }
    handshake_signatures!();
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
}

impl Overlook {
    fn covers(self, error: &Error, self_signed: bool) -> bool {
        let Error::InvalidCertificate(error) = error else { return false };
        match self {
            Self::Expired => matches!(error, CertificateError::Expired | CertificateError::ExpiredContext { .. }),
            Self::Revoked => matches!(error, CertificateError::Revoked),
            // A self-signed certificate shows as an unknown issuer, or as a CA that is used as an end entity.
            Self::SelfSigned => self_signed,
            Self::UnknownIssuer => {
                !self_signed && matches!(error, CertificateError::UnknownIssuer | CertificateError::BadSignature)
            }
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
            Err(error) if self.overlook.iter().any(|o| o.covers(&error, is_self_signed(end_entity))) => {
                Ok(ClientCertVerified::assertion())
            }
            other => other,
        }
    }
    handshake_signatures!();
}

fn is_self_signed(certificate: &CertificateDer<'_>) -> bool {
    x509_parser::parse_x509_certificate(certificate).is_ok_and(|(_, c)| c.subject() == c.issuer())
}
