//! The test PKI: three CA levels and leaf certificates in the shape of PKIoverheid and the UZI-register
//! (CIBG CPS UZI-register; RFC 5280), made afresh, every name marked `SIM`. It issues good certificates
//! and certificates with one named flaw, and revocation lists, so that a run needs no real identity.
//! What a run connects with, from here or from PEM files, is a [`Credential`].

mod credential;
mod leaf;
mod resigned;
mod seal;
mod shown;
mod status;
mod store;
mod weak;

pub use crate::deviation::LeafFlaw;
pub use credential::{AssertionKeys, Credential, CredentialWarning};
pub use leaf::LeafSpec;
pub use seal::{
    OTHER_ORGANISATION, SEAL_POLICY, SealFiles, SealFlaw, SealKeys, SealPki, SealPlan, SealSpec, Stamp, TSA_POLICY,
};
pub(super) use shown::weak_chain;

use std::{
    fmt,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CrlDistributionPoint, DistinguishedName,
    DnType, DnValue, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, PublicKeyData, RevokedCertParams,
    SerialNumber, string::PrintableString,
};
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer};
use time::{Duration, OffsetDateTime};

use crate::deviation::CrlSays;
use crate::wire::{
    jose::JoseFault,
    x509::{UziFault, pem},
};

/// The CA names, from the root down. Real CAs bear these names without the `SIM` in front.
const CA_NAMES: [&str; 3] =
    ["SIM Private Root CA - G1", "SIM Private Services CA - G1", "SIM UZI-register Private Server CA G1"];
/// The CA names of a hierarchy that nobody knows.
const UNKNOWN_NAMES: [&str; 3] = ["SIM Unknown Root CA", "SIM Unknown Services CA", "SIM Unknown Server CA"];
/// CAs beside the third one, whose own certificate was revoked or has expired.
const REVOKED_CA: &str = "SIM UZI-register Private Server CA R1";
const EXPIRED_CA: &str = "SIM UZI-register Private Server CA E1";
/// How long a revocation list holds, as the UZI-register's do.
const LIST_LIFETIME: Duration = Duration::hours(48);
/// The organisation in every CA name, so that nobody takes one for real.
const CA_ORGANISATION: &str = "SIM twiin-harness";

/// Why the test PKI, or a credential, could not be made or read.
#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    /// A key or certificate could not be made.
    #[error("make a key or certificate")]
    Generate(#[from] rcgen::Error),
    /// The fields of the leaf do not make a UZI name.
    #[error("make the UZI name of a leaf certificate")]
    UziName(#[from] UziFault),
    /// A name that cannot be a dNSName.
    #[error("use {0:?} as a DNS name in a certificate")]
    DnsName(String),
    /// A file that is not there.
    #[error("find {0}")]
    Missing(PathBuf),
    /// A file that is there, but cannot be read.
    #[error("read {path}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file too large to be a certificate or key.
    #[error("read {path}: it has {found} bytes, more than {limit}")]
    TooLarge {
        /// Which file.
        path: PathBuf,
        /// Its size.
        found: u64,
        /// The largest that is read.
        limit: u64,
    },
    /// A file or directory that cannot be written.
    #[error("write {path}")]
    Unwritable {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// No certificate in the PEM.
    #[error("find a certificate in {0}")]
    NoCertificate(PathBuf),
    /// A certificate that cannot be read.
    #[error("read certificate {place} in {path}: {detail}")]
    Certificate {
        /// Which file.
        path: PathBuf,
        /// Which one in the file, from 1.
        place: usize,
        /// What is wrong.
        detail: String,
    },
    /// No private key in the PEM.
    #[error("find a private key in {0}")]
    NoKey(PathBuf),
    /// A private key under a pass phrase.
    #[error("use the private key in {0}: it is encrypted, and there is no pass phrase for it")]
    EncryptedKey(PathBuf),
    /// A private key of a kind that TLS cannot use here.
    #[error("use the private key in {0}: TLS knows EC P-256, EC P-384, Ed25519 and RSA keys here")]
    UnsupportedKey(PathBuf),
    /// Key and certificate do not belong together.
    #[error("use the private key in {key}: it does not belong to the certificate in {certificate}")]
    KeyMismatch {
        /// The certificate file.
        certificate: PathBuf,
        /// The key file.
        key: PathBuf,
    },
    /// A key that cannot sign a JWS.
    #[error("use the private key for signing")]
    SigningKey(#[from] JoseFault),
    /// A kind of certificate that names status services, and no address for them.
    #[error("issue a certificate of kind `{0}`: there is no address where its status can be looked up")]
    NoStatusAddress(LeafFlaw),
    /// A certificate that cannot be signed anew.
    #[error("sign a certificate: {0}")]
    Sign(String),
    /// A line in the list of revoked serial numbers that is none.
    #[error("read line {line} of {path}: not a serial number in hexadecimal")]
    Serial {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
    },
}

/// A CA with its certificate.
struct Level {
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

/// Three CA levels, root first, and what has been revoked.
pub struct TestPki {
    levels: [Level; 3],
    now: OffsetDateTime,
    revoked: Mutex<Vec<Vec<u8>>>,
    /// Serial numbers of CAs that the second level revoked.
    revoked_cas: Mutex<Vec<Vec<u8>>>,
    crl_url: Option<String>,
    signers: status::Signers,
}

impl fmt::Debug for TestPki {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestPki").field("now", &self.now).finish_non_exhaustive()
    }
}

impl TestPki {
    /// Makes three fresh CAs. Every date in what is issued follows from `now`.
    ///
    /// # Errors
    /// [`PkiError::Generate`] when a key or certificate cannot be made.
    pub fn generate(now: OffsetDateTime) -> Result<Self, PkiError> {
        Self::named(CA_NAMES, now)
    }

    fn named(names: [&str; 3], now: OffsetDateTime) -> Result<Self, PkiError> {
        let root = Level::root(names[0], now)?;
        let services = Level::below(&root, ca_params(names[1], Some(1), now))?;
        let server = Level::below(&services, ca_params(names[2], Some(0), now))?;
        Ok(Self::holding([root, services, server], now))
    }

    fn holding(levels: [Level; 3], now: OffsetDateTime) -> Self {
        let (revoked, revoked_cas, signers) = Default::default();
        Self { levels, now, revoked, revoked_cas, crl_url: None, signers }
    }

    /// Has every leaf issued from now on say where its revocation list is.
    pub fn with_crl_url(self, url: &str) -> Self {
        Self { crl_url: Some(url.to_owned()), ..self }
    }

    /// Issues a leaf certificate under the third CA, with one flaw or with none. The chain ends below
    /// the root, as it goes over the wire.
    ///
    /// # Errors
    /// When the fields of `spec` do not make a certificate, or none can be made.
    pub fn issue(&self, spec: &LeafSpec, flaw: LeafFlaw) -> Result<Credential, PkiError> {
        self.issue_at(spec, flaw, None)
    }

    /// As [`TestPki::issue`], with the address of the services that tell the status of kinds that name some:
    /// `ADDRESS/KIND/ocsp` and `ADDRESS/KIND/server-ca.crl`.
    ///
    /// # Errors
    /// Also when a kind names status services and there is no address.
    pub fn issue_at(&self, spec: &LeafSpec, flaw: LeafFlaw, services: Option<&str>) -> Result<Credential, PkiError> {
        let key = KeyPair::generate()?;
        let (mut params, serial) = leaf::params(spec, flaw, self.now)?;
        let mut lists: Vec<String> = self.crl_url.iter().cloned().collect();
        if let Some(status) = flaw.status() {
            let address = services.ok_or(PkiError::NoStatusAddress(flaw))?.trim_end_matches('/');
            lists = status.crl.iter().map(|_| format!("{address}/{flaw}/server-ca.crl")).collect();
            params.custom_extensions.extend(status.ocsp.map(|_| leaf::ocsp_address(&format!("{address}/{flaw}/ocsp"))));
        }
        params.crl_distribution_points =
            lists.into_iter().map(|uri| CrlDistributionPoint { uris: vec![uri] }).collect();
        let mut chain = match flaw {
            LeafFlaw::SelfSigned => vec![params.self_signed(&key)?.der().clone()],
            // Strangers in name only: other keys behind the same three names.
            LeafFlaw::UntrustedIssuer => Self::generate(self.now)?.chain(&params, &key)?,
            LeafFlaw::UnknownRoot => Self::named(UNKNOWN_NAMES, self.now)?.chain(&params, &key)?,
            LeafFlaw::RevokedIntermediate => self.under(&self.revoked_ca()?, &params, &key)?,
            LeafFlaw::ExpiredIntermediate => self.under(&self.expired_ca()?, &params, &key)?,
            LeafFlaw::WeakKey => return self.weak(&params),
            _ => self.chain(&params, &key)?,
        };
        match flaw {
            LeafFlaw::Revoked => self.revoked.lock().unwrap_or_else(PoisonError::into_inner).push(serial),
            // What is on the list of a service is on the list of the CA.
            _ if flaw.status().is_some_and(|status| status.crl == Some(CrlSays::Revoked)) => {
                self.revoked.lock().unwrap_or_else(PoisonError::into_inner).push(serial);
            }
            LeafFlaw::IncompleteChain => chain.truncate(1),
            LeafFlaw::Sha1Signature => {
                chain[0] = resigned::over_sha1(&chain[0], self.levels[2].issuer.key().serialized_der())?;
            }
            _ => {}
        }
        let staple = self.staple(&chain[0], flaw == LeafFlaw::Revoked)?;
        Ok(Credential::new(chain, key.serialize_der(), staple))
    }

    /// A leaf whose key TLS libraries refuse, signed in good order.
    fn weak(&self, params: &CertificateParams) -> Result<Credential, PkiError> {
        let key = weak::Key::generate()?;
        let chain = self.chain(params, &key)?;
        Ok(Credential::holding(chain, rustls::pki_types::PrivatePkcs8KeyDer::from(key.to_pkcs8()?).into()))
    }

    /// Signs a leaf and puts the intermediate certificates behind it.
    fn chain(
        &self,
        leaf: &CertificateParams,
        key: &impl PublicKeyData,
    ) -> Result<Vec<CertificateDer<'static>>, PkiError> {
        self.under(&self.levels[2], leaf, key)
    }

    fn under(
        &self,
        server: &Level,
        leaf: &CertificateParams,
        key: &impl PublicKeyData,
    ) -> Result<Vec<CertificateDer<'static>>, PkiError> {
        let leaf = leaf.signed_by(key, &server.issuer)?.der().clone();
        Ok(vec![leaf, server.certificate.clone(), self.levels[1].certificate.clone()])
    }

    /// A CA beside the third one that is on the list of the second.
    fn revoked_ca(&self) -> Result<Level, PkiError> {
        let params = ca_params(REVOKED_CA, Some(0), self.now);
        let serial = params.serial_number.as_ref().map(|s| s.to_bytes()).unwrap_or_default();
        self.revoked_cas.lock().unwrap_or_else(PoisonError::into_inner).push(serial);
        Level::below(&self.levels[1], params)
    }

    /// A CA beside the third one whose certificate ended yesterday.
    fn expired_ca(&self) -> Result<Level, PkiError> {
        let mut params = ca_params(EXPIRED_CA, Some(0), self.now);
        params.not_after = self.now - Duration::days(1);
        Level::below(&self.levels[1], params)
    }

    /// The root certificate: the trust anchor for everything issued.
    pub fn root_der(&self) -> CertificateDer<'static> {
        self.levels[0].certificate.clone()
    }

    /// The root certificate as PEM.
    pub fn root_pem(&self) -> String {
        pem("CERTIFICATE", &self.levels[0].certificate)
    }

    /// The intermediate certificates, in the order of a chain: the issuing CA first.
    pub fn intermediates_der(&self) -> Vec<CertificateDer<'static>> {
        self.levels[1..].iter().rev().map(|level| level.certificate.clone()).collect()
    }

    /// The intermediate certificates as PEM, in the order of a chain.
    pub fn intermediates_pem(&self) -> String {
        self.intermediates_der().iter().map(|der| pem("CERTIFICATE", der)).collect()
    }

    /// One revocation list per CA, root first, valid for 48 hours as the UZI-register's are. That of the root is empty; it
    /// is there because a strict checker wants a list for every level.
    ///
    /// # Errors
    /// [`PkiError::Generate`] when a list cannot be signed.
    pub fn crls(&self) -> Result<Vec<CertificateRevocationListDer<'static>>, PkiError> {
        let held = |serials: &Mutex<Vec<Vec<u8>>>| serials.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let [root, services, server] = &self.levels;
        let from = self.now - Duration::hours(1);
        let crl = |level: &Level, revoked: &[Vec<u8>]| level.crl(from, LIST_LIFETIME, revoked);
        Ok(vec![crl(root, &[])?, crl(services, &held(&self.revoked_cas))?, crl(server, &held(&self.revoked))?])
    }
}

impl Level {
    fn root(name: &str, now: OffsetDateTime) -> Result<Self, PkiError> {
        Self::root_with(KeyPair::generate()?, ca_params(name, None, now))
    }

    fn root_with(key: KeyPair, params: CertificateParams) -> Result<Self, PkiError> {
        let certificate = params.self_signed(&key)?.der().clone();
        Ok(Self { certificate, issuer: Issuer::new(params, key) })
    }

    fn below(above: &Self, params: CertificateParams) -> Result<Self, PkiError> {
        Self::below_with(above, KeyPair::generate()?, params)
    }

    fn below_with(above: &Self, key: KeyPair, params: CertificateParams) -> Result<Self, PkiError> {
        let certificate = params.signed_by(&key, &above.issuer)?.der().clone();
        Ok(Self { certificate, issuer: Issuer::new(params, key) })
    }

    fn crl(
        &self,
        from: OffsetDateTime,
        lifetime: Duration,
        revoked: &[Vec<u8>],
    ) -> Result<CertificateRevocationListDer<'static>, PkiError> {
        let entry = |serial: &Vec<u8>| RevokedCertParams {
            serial_number: SerialNumber::from_slice(serial),
            revocation_time: from,
            reason_code: None,
            invalidity_date: None,
        };
        let params = CertificateRevocationListParams {
            this_update: from,
            next_update: from + lifetime,
            crl_number: SerialNumber::from(from.unix_timestamp().unsigned_abs()),
            issuing_distribution_point: None,
            revoked_certs: revoked.iter().map(entry).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        Ok(params.signed_by(&self.issuer)?.der().clone())
    }
}

fn ca_params(name: &str, depth: Option<u8>, now: OffsetDateTime) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = distinguished_name(CA_ORGANISATION, name);
    params.not_before = now - Duration::days(2 * 365);
    params.not_after = now + Duration::days(10 * 365);
    params.serial_number = Some(SerialNumber::from_slice(&random_serial()));
    params.is_ca = IsCa::Ca(depth.map_or(BasicConstraints::Unconstrained, BasicConstraints::Constrained));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.use_authority_key_identifier_extension = true;
    params
}

fn distinguished_name(organisation: &str, common_name: &str) -> DistinguishedName {
    // X.520 has country and serialNumber as PrintableString; strict readers insist.
    let country = PrintableString::try_from("NL").expect("two letters are printable");
    let mut name = DistinguishedName::new();
    name.push(DnType::CountryName, DnValue::PrintableString(country));
    name.push(DnType::OrganizationName, organisation);
    name.push(DnType::CommonName, common_name);
    name
}

/// Sixteen random bytes, of which the first makes the number positive and of fixed length.
fn random_serial() -> [u8; 16] {
    let mut serial = *uuid::Uuid::new_v4().as_bytes();
    serial[0] = (serial[0] & 0x3f) | 0x40;
    serial
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
