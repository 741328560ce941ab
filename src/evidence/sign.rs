//! Signing: flattened JWS JSON (RFC 7515) with the payload attached, `x5c` and `x5t#S256`.
//!
//! The exact bytes of the evidence travel in the JWS; nothing is canonicalised.

use serde_json::{Map, Value, json};

use super::model::{Evidence, Kind};
use crate::base::clock;
use crate::net::pki::{Credential, PkiError};
use crate::wire::jose::{self, Flattened, JoseFault};

/// Media type of signed evidence of a self-test.
pub const SELF_TEST_TYPE: &str = "application/vnd.twiin-harness.self-test.v1+json";
/// Media type of signed evidence for a validation file.
pub const EVIDENCE_TYPE: &str = "application/vnd.twiin-harness.evidence.v1+json";

/// Could not sign.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The key cannot be used.
    #[error(transparent)]
    Pki(#[from] PkiError),
    /// The signature could not be made.
    #[error("sign the evidence: {0}")]
    Jose(#[from] JoseFault),
    /// The evidence could not be written as JSON.
    #[error("write the evidence: {0}")]
    Json(#[from] serde_json::Error),
}

/// Content type of a kind: a self-test cannot be taken for anything else.
pub fn content_type(kind: Kind) -> &'static str {
    match kind {
        Kind::SelfTest => SELF_TEST_TYPE,
        Kind::ValidationEvidence => EVIDENCE_TYPE,
    }
}

/// The bytes of the evidence, as they are signed and stored.
///
/// # Errors
/// When the document cannot be written.
pub fn payload(evidence: &Evidence) -> Result<Vec<u8>, SignError> {
    let mut bytes = serde_json::to_vec_pretty(evidence)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Whether the bytes of the evidence are these; they are compared as they are written.
pub fn is_payload(evidence: &Evidence, bytes: &[u8]) -> bool {
    let mut comparing = Comparing(bytes);
    let same = serde_json::to_writer_pretty(&mut comparing, evidence).is_ok();
    same && comparing.0 == b"\n"
}

/// What is still to be written; it fails at the first byte that is another.
struct Comparing<'a>(&'a [u8]);

impl std::io::Write for Comparing<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 = self.0.strip_prefix(bytes).ok_or(std::io::ErrorKind::InvalidData)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Signs a payload; gives the bytes of the JWS file.
///
/// # Errors
/// When the key cannot sign.
pub fn sign(payload: &[u8], kind: Kind, credential: &Credential) -> Result<Vec<u8>, SignError> {
    let key = credential.signing_key()?;
    let leaf = credential.chain().first().map(|c| c.as_ref()).unwrap_or_default();
    let mut header = Map::new();
    header.insert("alg".into(), json!(key.algorithm().name()));
    header.insert("cty".into(), json!(content_type(kind)));
    header.insert("iat".into(), json!(clock::now().unix_timestamp()));
    header.insert("typ".into(), json!("jose+json"));
    header.insert("x5c".into(), jose::x5c(credential.chain()));
    header.insert("x5t#S256".into(), json!(jose::x5t_s256(leaf)));
    Ok(written(&jose::sign_flattened(&header, payload, key)?))
}

/// The one way in which a JWS is written: two writings of the same JWS are the same bytes.
pub fn written(jws: &Flattened) -> Vec<u8> {
    let value = Value::Object(Map::from_iter([
        ("payload".to_owned(), json!(jws.payload)),
        ("protected".to_owned(), json!(jws.protected)),
        ("signature".to_owned(), json!(jws.signature)),
    ]));
    let mut bytes = value.to_string().into_bytes();
    bytes.push(b'\n');
    bytes
}
