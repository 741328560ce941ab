//! Adding to a seal what lets it last: a time-stamp over it (B-T), and the certificates and revocation values that a later
//! verifier needs (B-LT). Nothing that was signed changes.

use super::{Bundle, BundleFault, SEAL};
use crate::wire::jades::{Jades, JadesFault, Limits, Signature};
use crate::wire::x509::path::RevocationValues;

/// What is added to one signature.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Addition {
    /// A time-stamp token, DER.
    pub token: Option<Vec<u8>>,
    /// Certificates, DER.
    pub certificates: Vec<Vec<u8>>,
    /// Revocation values.
    pub values: RevocationValues,
}

/// Why nothing can be added.
#[derive(Debug, thiserror::Error)]
pub enum AugmentFault {
    /// The file is no bewijs.
    #[error("this is no bewijs: {0}")]
    NoBewijs(String),
    /// Its seal cannot be read.
    #[error("its seal cannot be read: {0}")]
    Seal(#[from] JadesFault),
    /// It cannot be written.
    #[error(transparent)]
    Write(#[from] BundleFault),
}

/// The signatures of a bewijs, or of a sealed statement alone.
///
/// # Errors
/// When it is neither.
pub fn signatures(bytes: &[u8]) -> Result<Vec<Signature>, AugmentFault> {
    Ok(taken_apart(bytes)?.1.signatures)
}

/// The same file with additions, one a signature in their order; what is said already is not said twice.
///
/// # Errors
/// When the file cannot be read or written.
pub fn augmented(bytes: &[u8], additions: &[Addition]) -> Result<Vec<u8>, AugmentFault> {
    let (bundle, mut jades) = taken_apart(bytes)?;
    for (signature, addition) in jades.signatures.iter_mut().zip(additions) {
        let there = signature.unsigned.certificates()?;
        let known = [signature.chain(), there].concat();
        let fresh: Vec<Vec<u8>> = addition.certificates.iter().filter(|c| !known.contains(c)).cloned().collect();
        let old = signature.unsigned.revocation()?;
        let values = RevocationValues {
            ocsp: addition.values.ocsp.iter().filter(|v| !old.ocsp.contains(v)).cloned().collect(),
            crls: addition.values.crls.iter().filter(|v| !old.crls.contains(v)).cloned().collect(),
        };
        let mut unsigned = std::mem::take(&mut signature.unsigned);
        if let Some(token) = &addition.token {
            unsigned = unsigned.with_time_stamp(token);
        }
        signature.unsigned = unsigned.with_certificates(&fresh).with_revocation(&values);
    }
    match bundle {
        Some(bundle) => Ok(bundle.sealed(&jades).written()?),
        None => Ok(jades.written()),
    }
}

fn taken_apart(bytes: &[u8]) -> Result<(Option<Bundle>, Jades), AugmentFault> {
    if bytes.first() == Some(&b'{') {
        return Ok((None, Jades::read(bytes, Limits::BEWIJS)?));
    }
    let (bundle, faults) = Bundle::read(bytes);
    if let Some(fault) = faults.first() {
        return Err(AugmentFault::NoBewijs(fault.to_string()));
    }
    let seal = bundle.members.get(SEAL).ok_or_else(|| AugmentFault::NoBewijs("there is no sealed statement".into()))?;
    let jades = Jades::read(seal, Limits::BEWIJS)?;
    Ok((Some(bundle), jades))
}
