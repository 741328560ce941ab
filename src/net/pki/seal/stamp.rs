//! The TSA of the test PKI, and what can be wrong with what it gives.

use rcgen::{CertificateParams, CustomExtension, KeyPair, KeyUsagePurpose, SigningKey as _};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use yasna::models::ObjectIdentifier;

use super::{EXTENDED_KEY_USAGE, SealKeys, SealPki, TIME_STAMPING, TSA_CERTIFICATE_POLICY, TSA_POLICY};
use super::{fresh_key, policies};
use crate::net::pki::PkiError;
use crate::wire::tsp::{self, Making, TokenKey};

/// What is wrong with a time-stamp.
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
pub enum Stamp {
    /// Nothing.
    #[default]
    Good,
    /// By a certificate for e-mail as well.
    WrongUsage,
    /// By a certificate whose extended key usage is not critical.
    UsageNotCritical,
    /// Over other bytes.
    OtherBytes,
    /// The whole response in place of the token.
    Response,
    /// By a TSA of the same name under a root that nobody pinned.
    UntrustedTsa,
    /// Another certificate is bound into the signature.
    OtherCertificateBound,
    /// Without any certificate but another's.
    NoCertificate,
    /// The signature is damaged.
    Damaged,
}

/// A TSA: certificate and key.
pub(super) struct Authority {
    pub(super) certificate: Vec<u8>,
    pub(super) key: KeyPair,
    keys: SealKeys,
}

impl TokenKey for Authority {
    fn is_rsa(&self) -> bool {
        self.keys == SealKeys::Rsa
    }
    fn sign(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        self.key.sign(bytes).ok()
    }
}

impl SealPki {
    /// A time-stamp over bytes that states a time.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn stamp(&self, imprinted: &[u8], at: OffsetDateTime, kind: Stamp) -> Result<Vec<u8>, PkiError> {
        self.stamp_digest(&Sha256::digest(imprinted), None, at, kind)
    }

    /// The response of the TSA to a request, good or refused; `None` never.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn answer_time_stamp(&self, request: &[u8], at: OffsetDateTime, kind: Stamp) -> Result<Vec<u8>, PkiError> {
        let unmade = || PkiError::Sign("the response of the TSA".into());
        let Some((digest, nonce)) = tsp::asked(request) else {
            return tsp::failure("TEST SIM: no request over SHA-256").ok_or_else(unmade);
        };
        let token = self.stamp_digest(&digest, nonce.as_deref(), at, kind)?;
        match kind {
            Stamp::Response => Ok(token),
            _ => tsp::granted(&token).ok_or_else(unmade),
        }
    }

    /// The certificate of the TSA, DER.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn tsa_certificate(&self) -> Result<Vec<u8>, PkiError> {
        Ok(self.authority()?.certificate.clone())
    }

    fn stamp_digest(
        &self,
        digest: &[u8],
        nonce: Option<&[u8]>,
        at: OffsetDateTime,
        kind: Stamp,
    ) -> Result<Vec<u8>, PkiError> {
        let other = match kind {
            Stamp::WrongUsage | Stamp::UsageNotCritical | Stamp::NoCertificate => Some(self.other_authority(kind)?),
            Stamp::UntrustedTsa => Some(Self::planned(self.plan.clone())?.other_authority(kind)?),
            _ => None,
        };
        let own = self.authority()?;
        let authority = other.as_ref().unwrap_or(own);
        let shown = if kind == Stamp::NoCertificate { &own.certificate } else { &authority.certificate };
        let bound = if kind == Stamp::OtherCertificateBound { self.issuing() } else { shown.clone() };
        let digest = if kind == Stamp::OtherBytes { Sha256::digest(digest).to_vec() } else { digest.to_vec() };
        let certificates = [shown.clone(), self.issuing()];
        let making =
            Making { digest: &digest, nonce, at, policy: TSA_POLICY, certificates: &certificates, bound: &bound };
        let unmade = || PkiError::Sign("the time-stamp".into());
        let mut token = tsp::token(&making, authority).ok_or_else(unmade)?;
        match kind {
            Stamp::Response => tsp::granted(&token).ok_or_else(unmade),
            Stamp::Damaged => {
                // The signature value stands at the end.
                if let Some(last) = token.last_mut() {
                    *last ^= 1;
                }
                Ok(token)
            }
            _ => Ok(token),
        }
    }

    pub(super) fn authority(&self) -> Result<&Authority, PkiError> {
        if let Some(made) = self.tsa.get() {
            return Ok(made);
        }
        let made = self.other_authority(Stamp::Good)?;
        Ok(self.tsa.get_or_init(|| made))
    }

    fn other_authority(&self, kind: Stamp) -> Result<Authority, PkiError> {
        let key = fresh_key(self.plan.keys)?;
        let certificate = self.tsa_params(kind).signed_by(&key, &self.issuing.issuer)?.der().to_vec();
        Ok(Authority { certificate, key, keys: self.plan.keys })
    }

    fn tsa_params(&self, kind: Stamp) -> CertificateParams {
        let mut params = self.plan.leaf_params(super::ORGANISATION, "TEST SIM tijdstempeldienst");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let content = yasna::construct_der(|w| {
            w.write_sequence(|list| {
                list.next().write_oid(&ObjectIdentifier::from_slice(&TIME_STAMPING));
                if kind == Stamp::WrongUsage {
                    list.next().write_oid(&ObjectIdentifier::from_slice(&[1, 3, 6, 1, 5, 5, 7, 3, 4]));
                }
            });
        });
        let mut usage = CustomExtension::from_oid_content(&EXTENDED_KEY_USAGE, content);
        usage.set_criticality(kind != Stamp::UsageNotCritical);
        params.custom_extensions.extend([usage, policies(&TSA_CERTIFICATE_POLICY)]);
        params
    }
}
