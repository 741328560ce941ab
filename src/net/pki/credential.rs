//! A certificate chain with its private key: what one end of a TLS connection shows (RFC 8446).
//! Read from PEM files with an error that says which file, and what is the matter with it. What is
//! merely unwise, such as an expired certificate, is a warning: showing one may be the very purpose.

use std::{
    fmt,
    fs::File,
    io::{ErrorKind, Read as _},
    path::Path,
    sync::{Arc, OnceLock},
};

use rustls::{
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject},
    sign::CertifiedKey,
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{PkiError, weak};
use crate::wire::{
    jose::{JoseFault, SigningKey},
    saml::Signer,
    x509::{self, CertificateFacts, pem},
};

/// Largest file that is read as PEM, in bytes.
const MAX_PEM_BYTES: u64 = 1024 * 1024;

/// A certificate chain, leaf first, and the private key of the leaf. Cheap to clone; what others make of chain and key is
/// made once.
#[derive(Clone)]
pub struct Credential(Arc<Held>);

struct Held {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    staple: Option<Vec<u8>>,
    certified: OnceLock<Arc<CertifiedKey>>,
    signing: OnceLock<SigningKey>,
    facts: OnceLock<Option<CertificateFacts>>,
}

/// Something about a credential that its owner should know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialWarning {
    /// No longer valid.
    #[error("the certificate of {subject} expired at {not_after}")]
    Expired {
        /// Whose certificate.
        subject: String,
        /// Since when, RFC 3339.
        not_after: String,
    },
    /// Not valid yet.
    #[error("the certificate of {subject} is not valid before {not_before}")]
    NotYetValid {
        /// Whose certificate.
        subject: String,
        /// From when, RFC 3339.
        not_before: String,
    },
    /// The leaf stands alone, although another CA issued it.
    #[error("the chain has no intermediate certificates; a peer may not find the way to its root")]
    NoIntermediates,
    /// The UZI name in the leaf is faulty.
    #[error("the UZI name is faulty: {0}")]
    UziName(String),
}

impl fmt::Debug for Credential {
    /// Names the owner; the key stays out of sight.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = self.facts().map_or_else(String::new, |facts| facts.subject);
        f.debug_struct("Credential").field("subject", &subject).finish_non_exhaustive()
    }
}

impl Credential {
    /// A chain and key just made, with an OCSP response to staple.
    pub(super) fn new(chain: Vec<CertificateDer<'static>>, pkcs8: Vec<u8>, staple: Option<Vec<u8>>) -> Self {
        let (certified, signing, facts) = Default::default();
        let key = PrivatePkcs8KeyDer::from(pkcs8).into();
        Self(Arc::new(Held { chain, key, staple, certified, signing, facts }))
    }

    pub(super) fn holding(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Self {
        let (certified, signing, facts) = Default::default();
        Self(Arc::new(Held { chain, key, staple: None, certified, signing, facts }))
    }

    /// Reads a chain and a key, each from a PEM file; the same file may hold both.
    ///
    /// # Errors
    /// Names the file that is missing, unreadable, too large, without certificate or key, or whose key
    /// is encrypted, of an unsupported kind, or another's.
    pub fn from_pem_files(certificate: &Path, key: &Path) -> Result<Self, PkiError> {
        let chain = read_chain(certificate)?;
        let private = read_key(key)?;
        let signing = weak::tls_key(&private).ok_or_else(|| PkiError::UnsupportedKey(key.to_owned()))?;
        let pair = CertifiedKey::new(chain.clone(), signing);
        match pair.keys_match() {
            Ok(()) => Ok(Self::holding(chain, private)),
            Err(_) => Err(PkiError::KeyMismatch { certificate: certificate.to_owned(), key: key.to_owned() }),
        }
    }

    /// A chain, leaf first, and its key, from wherever they came; `None` when the key is of no use or another's.
    pub fn of_parts(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Option<Self> {
        let pair = CertifiedKey::new(chain.clone(), weak::tls_key(&key)?);
        pair.keys_match().ok()?;
        Some(Self::holding(chain, key))
    }

    /// The facts of the leaf; nothing when it cannot be read.
    pub fn facts(&self) -> Option<CertificateFacts> {
        self.0.facts.get_or_init(|| self.0.chain.first().and_then(|leaf| x509::facts(leaf).ok())).clone()
    }

    /// Serial number of the leaf.
    pub fn serial(&self) -> Option<Vec<u8>> {
        let (_, leaf) = x509_parser::parse_x509_certificate(self.0.chain.first()?).ok()?;
        Some(leaf.raw_serial().to_vec())
    }

    /// The chain as it goes over the wire: leaf first, root left out.
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.0.chain
    }

    /// Chain and key in the form that rustls shows.
    pub(in crate::net) fn certified_key(&self) -> Result<Arc<CertifiedKey>, rustls::Error> {
        if let Some(made) = self.0.certified.get() {
            return Ok(made.clone());
        }
        let unsupported = || rustls::Error::General("the private key is of no kind that TLS uses here".to_owned());
        let key = weak::tls_key(&self.0.key).ok_or_else(unsupported)?;
        let mut made = CertifiedKey::new(self.0.chain.clone(), key);
        made.ocsp.clone_from(&self.0.staple);
        let made = Arc::new(made);
        Ok(self.0.certified.get_or_init(|| made).clone())
    }

    /// What the owner should know, as things stand at a moment.
    pub fn warnings(&self, at: OffsetDateTime) -> Vec<CredentialWarning> {
        let mut warnings: Vec<_> = self.0.chain.iter().filter_map(|der| validity_warning(der, at)).collect();
        if let Some(leaf) = self.facts() {
            if self.0.chain.len() == 1 && !leaf.self_signed {
                warnings.push(CredentialWarning::NoIntermediates);
            }
            warnings.extend(leaf.uzi_fault.map(CredentialWarning::UziName));
        }
        warnings
    }

    /// The chain as PEM, leaf first.
    pub fn chain_pem(&self) -> String {
        self.0.chain.iter().map(|der| pem("CERTIFICATE", der)).collect()
    }

    /// The private key as PEM. A secret.
    pub fn key_pem(&self) -> String {
        let label = match &self.0.key {
            PrivateKeyDer::Pkcs1(_) => "RSA PRIVATE KEY",
            PrivateKeyDer::Sec1(_) => "EC PRIVATE KEY",
            _ => "PRIVATE KEY",
        };
        pem(label, self.0.key.secret_der())
    }

    /// The private key for signing JWS, to go with `x5c`. In the field it should be another than the
    /// TLS key.
    ///
    /// # Errors
    /// When the key is of a kind that JWS has no algorithm for.
    pub fn signing_key(&self) -> Result<&SigningKey, JoseFault> {
        if let Some(made) = self.0.signing.get() {
            return Ok(made);
        }
        let made = SigningKey::from_der(&self.0.key)?;
        Ok(self.0.signing.get_or_init(|| made))
    }

    /// What SAML assertions are signed with.
    ///
    /// # Errors
    /// As [`signing_key`](Self::signing_key).
    pub fn assertion_keys(&self) -> Result<AssertionKeys, JoseFault> {
        let certificate = self.chain().first().map(|der| der.to_vec()).unwrap_or_default();
        Ok(AssertionKeys { key: self.signing_key()?.to_pem(), certificate })
    }
}

/// What SAML assertions are signed with: the key in PEM, and its certificate.
pub struct AssertionKeys {
    key: String,
    certificate: Vec<u8>,
}

impl AssertionKeys {
    /// The signer.
    pub fn signer(&self) -> Signer<'_> {
        Signer { key_pem: &self.key, certificate: &self.certificate }
    }
}

impl fmt::Debug for AssertionKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AssertionKeys").finish_non_exhaustive()
    }
}

fn validity_warning(der: &[u8], at: OffsetDateTime) -> Option<CredentialWarning> {
    let CertificateFacts { subject, not_before, not_after, .. } = x509::facts(der).ok()?;
    let is_past = |text: &str| OffsetDateTime::parse(text, &Rfc3339).is_ok_and(|when| when < at);
    let is_to_come = |text: &str| OffsetDateTime::parse(text, &Rfc3339).is_ok_and(|when| when > at);
    if is_past(&not_after) {
        Some(CredentialWarning::Expired { subject, not_after })
    } else if is_to_come(&not_before) {
        Some(CredentialWarning::NotYetValid { subject, not_before })
    } else {
        None
    }
}

fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, PkiError> {
    let text = read_bounded(path)?;
    let mut chain = Vec::new();
    for (index, certificate) in CertificateDer::pem_slice_iter(&text).enumerate() {
        let fault = |detail: String| PkiError::Certificate { path: path.to_owned(), place: index + 1, detail };
        let certificate = certificate.map_err(|error| fault(error.to_string()))?;
        x509::facts(&certificate).map_err(|error| fault(error.to_string()))?;
        chain.push(certificate);
    }
    match chain.is_empty() {
        true => Err(PkiError::NoCertificate(path.to_owned())),
        false => Ok(chain),
    }
}

fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, PkiError> {
    let text = read_bounded(path)?;
    PrivateKeyDer::from_pem_slice(&text).map_err(|_| {
        let encrypted = String::from_utf8_lossy(&text).contains("ENCRYPTED");
        match encrypted {
            true => PkiError::EncryptedKey(path.to_owned()),
            false => PkiError::NoKey(path.to_owned()),
        }
    })
}

/// Reads a whole file, but no more of it than a certificate or key can need.
pub(super) fn read_bounded(path: &Path) -> Result<Vec<u8>, PkiError> {
    let unreadable = |source| PkiError::Unreadable { path: path.to_owned(), source };
    let file = File::open(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => PkiError::Missing(path.to_owned()),
        _ => unreadable(error),
    })?;
    let found = file.metadata().map_err(unreadable)?.len();
    let too_large = |found| PkiError::TooLarge { path: path.to_owned(), found, limit: MAX_PEM_BYTES };
    if found > MAX_PEM_BYTES {
        return Err(too_large(found));
    }
    let mut content = Vec::new();
    // The size may be unknown beforehand (a pipe), so the reading is bounded as well.
    let read = file.take(MAX_PEM_BYTES + 1).read_to_end(&mut content).map_err(unreadable)?;
    match read as u64 > MAX_PEM_BYTES {
        true => Err(too_large(read as u64)),
        false => Ok(content),
    }
}
