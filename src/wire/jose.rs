//! JSON Web Signatures for OAuth assertions and for evidence (RFC 7515, 7517, 7518, 7519).
//! Signing, strict reading, verifying with a key or a key set, and a few deliberate wrongs.
//! Only whether a signature holds is decided here; what the claims say (`exp`, `aud`, ...) is judged
//! elsewhere, on its own clock. ES512 goes through `p521`, everything else through `jsonwebtoken`.

mod compact;
mod der;
mod flattened;
mod json;
mod jwk;
mod key;
#[cfg(test)]
mod samples;
mod signing;
mod wrong;

pub use compact::{
    DecodedJws, Keys, Limits, assemble_compact, decode_unverified, sign, sign_compact, signing_input, verify,
};
pub use flattened::{Flattened, VerifiedPayload, sign_flattened, verify_flattened};
pub use json::{JsonFault, parse_object};
pub use jwk::{Jwk, Jwks};
pub use key::VerifyingKey;
pub use signing::SigningKey;
pub use wrong::{hs256_with_public_key, tamper_signature, unsigned_compact};

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::STANDARD, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// The signature algorithms that are understood. `none` and the HMAC family are not among them, and
/// can therefore never be allowed by a caller.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
    strum::VariantNames,
)]
#[serde(rename_all = "UPPERCASE")]
#[strum(serialize_all = "UPPERCASE")]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// ECDSA on P-521 with SHA-512.
    Es512,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// RSASSA-PSS with SHA-384.
    Ps384,
    /// RSASSA-PSS with SHA-512.
    Ps512,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
}

impl Algorithm {
    /// Every algorithm, the usual ones of this field first.
    pub const ALL: [Algorithm; 7] = [
        Algorithm::Es256,
        Algorithm::Ps256,
        Algorithm::Es512,
        Algorithm::Es384,
        Algorithm::Ps384,
        Algorithm::Ps512,
        Algorithm::Rs256,
    ];

    /// The name in a JOSE header (RFC 7518 section 3.1).
    pub fn name(self) -> &'static str {
        match self {
            Algorithm::Es256 => "ES256",
            Algorithm::Es384 => "ES384",
            Algorithm::Es512 => "ES512",
            Algorithm::Ps256 => "PS256",
            Algorithm::Ps384 => "PS384",
            Algorithm::Ps512 => "PS512",
            Algorithm::Rs256 => "RS256",
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Algorithm {
    type Err = JoseFault;

    /// Reads the `alg` of a header; the comparison is exact, as RFC 7515 section 4.1.1 demands.
    fn from_str(name: &str) -> Result<Self, JoseFault> {
        match name {
            "none" | "HS256" | "HS384" | "HS512" => Err(JoseFault::AlgorithmRefused(name.to_owned())),
            _ => Algorithm::ALL
                .into_iter()
                .find(|algorithm| algorithm.name() == name)
                .ok_or_else(|| JoseFault::AlgorithmUnknown(name.to_owned())),
        }
    }
}

/// A part of a JWS, for messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "lowercase")]
pub enum Part {
    /// The JOSE header.
    Header,
    /// The payload.
    Payload,
    /// The signature.
    Signature,
    /// The JSON around a flattened JWS, a key or a key set.
    Envelope,
}

/// Why a JWS, a key or a key set was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JoseFault {
    /// More bytes than the limit.
    #[error("{found} bytes, more than the limit of {limit}")]
    TooLarge {
        /// How many there are.
        found: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// Not three parts separated by dots.
    #[error("{0} dot separated parts, 3 expected")]
    Parts(usize),
    /// Not base64url without padding (RFC 7515 section 2).
    #[error("the {0} is not base64url without padding")]
    Base64(Part),
    /// Not a strict JSON object.
    #[error("the {part} is {fault}")]
    Json {
        /// Which part.
        part: Part,
        /// What is wrong with it.
        fault: JsonFault,
    },
    /// The header has no `alg`, or it is no string.
    #[error("the header has no alg")]
    AlgorithmMissing,
    /// `none` or an HMAC: never acceptable here.
    #[error("alg {0} is never acceptable")]
    AlgorithmRefused(String),
    /// An `alg` that is not understood.
    #[error("alg {0:?} is not known")]
    AlgorithmUnknown(String),
    /// A known `alg` the caller does not allow.
    #[error("alg {0} is not allowed here")]
    AlgorithmNotAllowed(Algorithm),
    /// The `alg` does not belong to the key.
    #[error("alg {algorithm} does not belong to a key of type {key}")]
    AlgorithmForOtherKey {
        /// The algorithm asked for.
        algorithm: Algorithm,
        /// The type of the key at hand.
        key: String,
    },
    /// The header demands understanding of extensions (`crit`), and none are understood.
    #[error("the header has crit, and no extension is understood")]
    CriticalHeader,
    /// The header has no `kid`, and the key set leaves a choice.
    #[error("the header has no kid, and {0} keys of the set could be meant")]
    KeyIdMissing(usize),
    /// No key in the set with this `kid` for this algorithm.
    #[error("no key in the set for kid {0:?}")]
    KeyUnknown(String),
    /// The signature has another length than its algorithm and key give it.
    #[error("the signature has {found} bytes, {expected} expected")]
    SignatureLength {
        /// Bytes expected.
        expected: usize,
        /// Bytes found.
        found: usize,
    },
    /// The signature does not verify.
    #[error("the signature does not verify")]
    SignatureInvalid,
    /// A key that cannot be read or used; the text says why.
    #[error("unusable key: {0}")]
    Key(String),
    /// A published key that contains its private part.
    #[error("the key contains its private part ({0})")]
    PrivateKeyPublished(String),
    /// No key of this kind can be made here.
    #[error("no key can be generated for {0}")]
    CannotGenerate(Algorithm),
    /// Signing did not work.
    #[error("signing did not succeed")]
    SigningFailed,
}

/// Base64url without padding, as all of JOSE has it.
pub fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Strict base64url without padding; also refuses left-over bits in the last character.
fn from_base64url(text: &str, part: Part) -> Result<Vec<u8>, JoseFault> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| JoseFault::Base64(part))
}

/// The `x5c` header (RFC 7515 section 4.1.6): the chain, leaf first, in plain base64.
pub fn x5c(chain: &[impl AsRef<[u8]>]) -> Value {
    chain.iter().map(|der| Value::from(STANDARD.encode(der.as_ref()))).collect()
}

/// The `x5t#S256` header (RFC 7515 section 4.1.8): base64url of the SHA-256 of the certificate.
pub fn x5t_s256(der: &[u8]) -> String {
    base64url(&Sha256::digest(der))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn algorithms_are_known_by_their_exact_name() {
        for algorithm in Algorithm::ALL {
            assert_eq!(algorithm.name().parse(), Ok(algorithm));
            let json = serde_json::to_value(algorithm).unwrap();
            assert_eq!(json, Value::from(algorithm.name()));
        }
        let lower = "es256".parse::<Algorithm>();
        assert_eq!(lower, Err(JoseFault::AlgorithmUnknown("es256".to_owned())));
    }

    #[test]
    fn none_and_hmac_are_refused_by_name() {
        for name in ["none", "HS256", "HS384", "HS512"] {
            let refused = name.parse::<Algorithm>();
            assert_eq!(refused, Err(JoseFault::AlgorithmRefused(name.to_owned())));
        }
    }

    #[test]
    fn base64url_is_strict() {
        assert_eq!(from_base64url("_-8", Part::Payload), Ok(vec![0xff, 0xef]));
        for wrong in ["_-8=", "/+8", "_-9", "_-8\n", "_ 8"] {
            assert_eq!(from_base64url(wrong, Part::Payload), Err(JoseFault::Base64(Part::Payload)));
        }
    }
}
