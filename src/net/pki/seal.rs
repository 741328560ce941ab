//! The test PKI for sealing: a root, an issuing CA, seal certificates good and flawed, and a TSA that makes right and
//! wrong time-stamps. Every name in it is marked `TEST`; what is sealed under it can never be more than a try.

mod files;
mod stamp;
#[cfg(test)]
mod tests;

pub use files::SealFiles;
pub use stamp::Stamp;

use std::{
    fmt,
    sync::{Mutex, OnceLock, PoisonError},
};

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CrlDistributionPoint, CustomExtension,
    DnType, ExtendedKeyUsagePurpose, IsCa, KeyIdMethod, KeyPair, KeyUsagePurpose, RevocationReason, RevokedCertParams,
    SerialNumber,
};
use rsa::pkcs8::EncodePrivateKey as _;
use rsa::rand_core::OsRng;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use time::{Duration, OffsetDateTime};
use yasna::models::ObjectIdentifier;

use super::{Credential, Level, PkiError, distinguished_name, leaf, random_serial, resigned, status::StatusSigner};
use crate::wire::status::ocsp::{self, CertState};
use crate::wire::x509::path::RevocationValues;

/// Policy of seal certificates; the arc is the one that IANA keeps for examples.
pub const SEAL_POLICY: &str = "1.3.6.1.4.1.32473.1.1";
/// Policy of time-stamps.
pub const TSA_POLICY: &str = "1.3.6.1.4.1.32473.1.3";
/// organizationIdentifier in a certificate of somebody else.
pub const OTHER_ORGANISATION: &str = "NTRNL-90000099";
/// A policy that is not that of seals.
const OTHER_POLICY: [u64; 9] = [1, 3, 6, 1, 4, 1, 32473, 1, 2];
const SEAL_POLICY_ARC: [u64; 9] = [1, 3, 6, 1, 4, 1, 32473, 1, 1];
const TSA_CERTIFICATE_POLICY: [u64; 9] = [1, 3, 6, 1, 4, 1, 32473, 1, 4];
const ANY_POLICY: [u64; 5] = [2, 5, 29, 32, 0];
const CERTIFICATE_POLICIES: [u64; 4] = [2, 5, 29, 32];
const EXTENDED_KEY_USAGE: [u64; 4] = [2, 5, 29, 37];
const TIME_STAMPING: [u64; 9] = [1, 3, 6, 1, 5, 5, 7, 3, 8];
const ORGANIZATION_IDENTIFIER: [u64; 4] = [2, 5, 4, 97];
/// The organisation in every CA name.
const ORGANISATION: &str = "TEST SIM twiin-harness";
/// Size of RSA keys, in bits.
const RSA_BITS: usize = 3072;
/// How long certificates of leaves last, unless a plan says otherwise.
const LEAF_LIFETIME: Duration = Duration::days(365);
/// How long a list or an OCSP answer holds.
const STATUS_LIFETIME: Duration = Duration::hours(24);

/// The kind of all keys of a PKI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, strum::EnumString, strum::Display, strum::VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub enum SealKeys {
    /// RSA of 3072 bits, signing certificates with SHA-256.
    #[strum(serialize = "rsa")]
    Rsa,
    /// EC P-256.
    #[default]
    #[strum(serialize = "ec")]
    Ec,
}

/// What is wrong with a seal certificate.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Default,
    strum::EnumString,
    strum::Display,
    strum::VariantNames,
    strum::VariantArray,
)]
#[strum(serialize_all = "kebab-case")]
pub enum SealFlaw {
    /// Nothing.
    #[default]
    None,
    /// keyUsage without nonRepudiation.
    NoNonRepudiation,
    /// The leaf is a CA.
    CaAsSigner,
    /// Another certificate policy.
    WrongPolicy,
    /// Another organisation.
    WrongOrganizationIdentifier,
    /// Ended yesterday.
    Expired,
    /// Begins tomorrow.
    NotYetValid,
    /// Revoked an hour ago.
    Revoked,
    /// Signed by its CA over SHA-1.
    Sha1Link,
    /// A certificate for a TLS server.
    ServerCertificate,
    /// Issued under another root of the same name.
    UntrustedIssuer,
}

/// Whose seal it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealSpec {
    /// Subject O; `TEST` is put before it.
    pub organisation: String,
    /// organizationIdentifier, for example `NTRNL-90000001`.
    pub organization_identifier: String,
}

impl Default for SealSpec {
    fn default() -> Self {
        Self { organisation: "SIM Validator".into(), organization_identifier: "NTRNL-90000001".into() }
    }
}

/// How a PKI for sealing is made.
#[derive(Debug, Clone)]
pub struct SealPlan {
    /// The kind of its keys.
    pub keys: SealKeys,
    /// Every date in what is issued follows from this moment.
    pub now: OffsetDateTime,
    /// How long after that moment certificates of leaves last, and those of CAs at least.
    pub lasts: Duration,
    /// Where the status of certificates can be looked up: `ADDRESS/root.crl`, `ADDRESS/issuing.crl` and `ADDRESS/ocsp`.
    pub status_at: Option<String>,
}

impl SealPlan {
    /// Certificates that last a year and say nothing of their status.
    pub fn new(keys: SealKeys, now: OffsetDateTime) -> Self {
        Self { keys, now, lasts: LEAF_LIFETIME, status_at: None }
    }

    fn ca_params(&self, name: &str, depth: Option<u8>) -> CertificateParams {
        let mut params = super::ca_params(name, depth, self.now);
        params.distinguished_name = distinguished_name(ORGANISATION, name);
        params.not_after = params.not_after.max(self.now + self.lasts);
        params
    }

    fn lists(&self, name: &str) -> Vec<CrlDistributionPoint> {
        let lists = self.status_at.iter().map(|address| format!("{}/{name}", address.trim_end_matches('/')));
        lists.map(|list| CrlDistributionPoint { uris: vec![list] }).collect()
    }

    /// What every certificate of a leaf says.
    fn leaf_params(&self, organisation: &str, name: &str) -> CertificateParams {
        let mut params = CertificateParams::default();
        params.distinguished_name = distinguished_name(organisation, name);
        params.serial_number = Some(SerialNumber::from_slice(&random_serial()));
        params.not_before = self.now - Duration::days(1);
        params.not_after = self.now + self.lasts;
        params.is_ca = IsCa::ExplicitNoCa;
        params.use_authority_key_identifier_extension = true;
        params.crl_distribution_points = self.lists("issuing.crl");
        let responder = self.status_at.iter().map(|address| format!("{}/ocsp", address.trim_end_matches('/')));
        params.custom_extensions = responder.map(|address| leaf::ocsp_address(&address)).collect();
        params
    }
}

/// A root, an issuing CA, and what they need to issue seals and time-stamps.
pub struct SealPki {
    root: Level,
    issuing: Level,
    plan: SealPlan,
    revoked: Mutex<Vec<(Vec<u8>, OffsetDateTime)>>,
    tsa: OnceLock<stamp::Authority>,
    responder: OnceLock<StatusSigner>,
}

impl fmt::Debug for SealPki {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealPki").field("plan", &self.plan).finish_non_exhaustive()
    }
}

impl SealPki {
    /// Makes a fresh root and issuing CA. Every date in what is issued follows from `now`.
    ///
    /// # Errors
    /// When a key or certificate cannot be made.
    pub fn generate(keys: SealKeys, now: OffsetDateTime) -> Result<Self, PkiError> {
        Self::planned(SealPlan::new(keys, now))
    }

    /// As [`SealPki::generate`], by a plan.
    ///
    /// # Errors
    /// When a key or certificate cannot be made.
    pub fn planned(plan: SealPlan) -> Result<Self, PkiError> {
        let root = Level::root_with(fresh_key(plan.keys)?, plan.ca_params("TEST SIM Seal Root CA", None))?;
        let mut params = plan.ca_params("TEST SIM Organisation Seals CA", Some(0));
        params.custom_extensions = vec![policies(&ANY_POLICY)];
        params.crl_distribution_points = plan.lists("root.crl");
        let issuing = Level::below_with(&root, fresh_key(plan.keys)?, params)?;
        let (revoked, tsa, responder) = Default::default();
        Ok(Self { root, issuing, plan, revoked, tsa, responder })
    }

    /// The root: the anchor to pin.
    pub fn root(&self) -> Vec<u8> {
        self.root.certificate.to_vec()
    }

    /// The certificate of the issuing CA.
    pub fn issuing(&self) -> Vec<u8> {
        self.issuing.certificate.to_vec()
    }

    /// Issues a seal certificate with a fresh key. The chain ends below the root.
    ///
    /// # Errors
    /// When a key or certificate cannot be made.
    pub fn issue(&self, spec: &SealSpec, flaw: SealFlaw) -> Result<Credential, PkiError> {
        let key = fresh_key(self.plan.keys)?;
        let certificate = self.certificate(spec, flaw, &key)?;
        Ok(self.credential(certificate, &key))
    }

    /// Issues a seal certificate for a public key that somebody else holds: that of an HSM.
    ///
    /// # Errors
    /// When the certificate cannot be made.
    pub fn certify(&self, spec: &SealSpec, key: &impl rcgen::PublicKeyData) -> Result<Vec<Vec<u8>>, PkiError> {
        let leaf = self.params(spec, SealFlaw::None).signed_by(key, &self.issuing.issuer)?.der().to_vec();
        Ok(vec![leaf, self.issuing()])
    }

    fn certificate(&self, spec: &SealSpec, flaw: SealFlaw, key: &KeyPair) -> Result<CertificateDer<'static>, PkiError> {
        let params = self.params(spec, flaw);
        if flaw == SealFlaw::Revoked {
            let serial = params.serial_number.as_ref().map(|s| s.to_bytes()).unwrap_or_default();
            self.revoke(serial, self.plan.now - Duration::hours(1));
        }
        let issuer = &self.issuing.issuer;
        let signed = params.signed_by(key, issuer)?.der().clone();
        match (flaw, self.plan.keys) {
            (SealFlaw::Sha1Link, SealKeys::Ec) => resigned::over_sha1(&signed, issuer.key().serialized_der()),
            (SealFlaw::Sha1Link, SealKeys::Rsa) => resigned::over_sha1_with_rsa(&signed, issuer.key().serialized_der()),
            (SealFlaw::UntrustedIssuer, _) => {
                let stranger = Self::generate(SealKeys::Ec, self.plan.now)?;
                Ok(params.signed_by(key, &stranger.issuing.issuer)?.der().clone())
            }
            _ => Ok(signed),
        }
    }

    fn credential(&self, certificate: CertificateDer<'static>, key: &KeyPair) -> Credential {
        let chain = vec![certificate, self.issuing.certificate.clone()];
        Credential::holding(chain, PrivatePkcs8KeyDer::from(key.serialize_der()).into())
    }

    fn params(&self, spec: &SealSpec, flaw: SealFlaw) -> CertificateParams {
        let mut params = self.plan.leaf_params(&format!("TEST {}", spec.organisation), "TEST SIM zegel");
        let organisation = match flaw {
            SealFlaw::WrongOrganizationIdentifier => OTHER_ORGANISATION,
            _ => &spec.organization_identifier,
        };
        let attribute = DnType::CustomDnType(ORGANIZATION_IDENTIFIER.to_vec());
        params.distinguished_name.push(attribute, organisation);
        params.key_usages = match flaw {
            SealFlaw::NoNonRepudiation => vec![KeyUsagePurpose::DigitalSignature],
            SealFlaw::ServerCertificate => vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment],
            SealFlaw::CaAsSigner => vec![KeyUsagePurpose::ContentCommitment, KeyUsagePurpose::KeyCertSign],
            _ => vec![KeyUsagePurpose::ContentCommitment],
        };
        match flaw {
            SealFlaw::CaAsSigner => params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0)),
            SealFlaw::ServerCertificate => params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth],
            SealFlaw::Expired => {
                (params.not_before, params.not_after) =
                    (self.plan.now - Duration::days(30), self.plan.now - Duration::days(1));
            }
            SealFlaw::NotYetValid => params.not_before = self.plan.now + Duration::days(1),
            _ => {}
        }
        let policy = if flaw == SealFlaw::WrongPolicy { &OTHER_POLICY } else { &SEAL_POLICY_ARC };
        params.custom_extensions.push(policies(policy));
        params
    }

    /// Puts a serial number on the list of the issuing CA, as revoked since a moment.
    pub fn revoke(&self, serial: Vec<u8>, since: OffsetDateTime) {
        self.revoked.lock().unwrap_or_else(PoisonError::into_inner).push((serial, since));
    }

    /// The lists of both CAs, as made at a moment.
    ///
    /// # Errors
    /// When they cannot be signed.
    pub fn crls(&self, at: OffsetDateTime) -> Result<Vec<Vec<u8>>, PkiError> {
        let revoked = self.revoked.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(vec![list(&self.issuing, &revoked, at)?, list(&self.root, &[], at)?])
    }

    /// The OCSP answer about a certificate of the issuing CA, as made at a moment.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn ocsp(&self, certificate: &[u8], says: CertState, at: OffsetDateTime) -> Result<Vec<u8>, PkiError> {
        let asked = ocsp::request(certificate, &self.issuing.certificate, &random_serial());
        self.answer_ocsp(&asked.map_err(|error| PkiError::Sign(error.to_string()))?, says, at)
    }

    /// The OCSP answer to a request about certificates of the issuing CA, as made at a moment.
    ///
    /// # Errors
    /// When it cannot be made, also because the request cannot be read.
    pub fn answer_ocsp(&self, asked: &[u8], says: CertState, at: OffsetDateTime) -> Result<Vec<u8>, PkiError> {
        let signer = match self.responder.get() {
            Some(made) => made,
            None => {
                let made = StatusSigner::of(&self.issuing, self.plan.now)?;
                self.responder.get_or_init(|| made)
            }
        };
        let wanted = ocsp::Wanted {
            state: says,
            made: at,
            until: at + STATUS_LIFETIME,
            replays: false,
            signer: &signer.certificate,
            key: &signer.key,
        };
        ocsp::answer(asked, &wanted).ok_or_else(|| PkiError::Sign("the OCSP answer".into()))
    }

    /// What lies beside a signature so that it can be judged later: the lists of both CAs, made at a moment.
    ///
    /// # Errors
    /// When they cannot be signed.
    pub fn revocation_values(&self, at: OffsetDateTime) -> Result<RevocationValues, PkiError> {
        Ok(RevocationValues { ocsp: Vec::new(), crls: self.crls(at)? })
    }
}

/// A fresh key of a kind.
fn fresh_key(keys: SealKeys) -> Result<KeyPair, PkiError> {
    match keys {
        SealKeys::Ec => Ok(KeyPair::generate()?),
        SealKeys::Rsa => {
            let fail = |e: &dyn fmt::Display| PkiError::Sign(e.to_string());
            let key = rsa::RsaPrivateKey::new(&mut OsRng, RSA_BITS).map_err(|e| fail(&e))?;
            let der = key.to_pkcs8_der().map_err(|e| fail(&e))?;
            Ok(KeyPair::try_from(&PrivatePkcs8KeyDer::from(der.as_bytes()))?)
        }
    }
}

/// The extension that names one certificate policy.
fn policies(oid: &[u64]) -> CustomExtension {
    let content = yasna::construct_der(|w| {
        w.write_sequence(|list| {
            list.next().write_sequence(|policy| policy.next().write_oid(&ObjectIdentifier::from_slice(oid)));
        });
    });
    CustomExtension::from_oid_content(&CERTIFICATE_POLICIES, content)
}

fn list(ca: &Level, revoked: &[(Vec<u8>, OffsetDateTime)], at: OffsetDateTime) -> Result<Vec<u8>, PkiError> {
    let entry = |(serial, since): &(Vec<u8>, OffsetDateTime)| RevokedCertParams {
        serial_number: SerialNumber::from_slice(serial),
        revocation_time: *since,
        reason_code: Some(RevocationReason::KeyCompromise),
        invalidity_date: None,
    };
    let params = CertificateRevocationListParams {
        this_update: at,
        next_update: at + STATUS_LIFETIME,
        crl_number: SerialNumber::from(at.unix_timestamp().unsigned_abs()),
        issuing_distribution_point: None,
        revoked_certs: revoked.iter().map(entry).collect(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    Ok(params.signed_by(&ca.issuer)?.der().to_vec())
}
