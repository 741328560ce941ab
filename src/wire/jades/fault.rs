//! What is wrong with a signed file, each with the code that a verifier tells.

use crate::wire::jose::Algorithm;

/// Why a JAdES file is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum JadesFault {
    /// More bytes than any of these has.
    #[error("{found} bytes, more than the limit of {limit}")]
    JwsTooLarge {
        /// How many there are.
        found: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// Not UTF-8, or a byte order mark before it (RFC 8259 section 8.1).
    #[error("the file is not plain UTF-8: {0}")]
    JwsEncoding(&'static str),
    /// Not JSON of this shape, or a name that occurs twice (RFC 7515 section 4).
    #[error("the JWS is {0}")]
    JwsJson(String),
    /// Members that a JWS of ours does not have.
    #[error("the JWS has a member {0:?} that it should not have")]
    JwsMember(String),
    /// The same JWS written in another way than it is written here: something outside the signatures was changed.
    #[error("the JWS is not written in the one way in which it is written here")]
    JwsForm,
    /// No signature, or more than are looked at.
    #[error("{0} signatures")]
    JwsSignatures(usize),
    /// Not base64url without padding in its one spelling (RFC 7515 section 2).
    #[error("the {0} is not base64url without padding")]
    JwsBase64(&'static str),
    /// A protected header larger than any of these.
    #[error("the protected header has {found} characters, more than the limit of {limit}")]
    HeaderTooLarge {
        /// How many there are.
        found: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// The protected header is no strict JSON object.
    #[error("the protected header is {0}")]
    HeaderJson(String),
    /// `crit`: nothing here needs an extension, so none is understood (RFC 7515 section 4.1.11).
    #[error("the header has crit, and no extension is understood")]
    HeaderCrit,
    /// `b64`: the payload would not be what it seems (RFC 7797).
    #[error("the header has b64")]
    HeaderB64,
    /// `sigD`: the payload would be elsewhere (TS 119 182-1 clause 5.2.8).
    #[error("the header has sigD, and the payload is attached")]
    HeaderSigD,
    /// A key or a place to fetch one, named by whoever wrote the file (RFC 7515 section 4.1.2 to 4.1.5).
    #[error("the header names a key in {0}, which is never followed")]
    HeaderKey(&'static str),
    /// A member that a seal does not have.
    #[error("the header has a member {0:?} that it should not have")]
    HeaderMember(String),
    /// A member that a seal must have is missing or of another type.
    #[error("the header has no usable {0}")]
    HeaderMissing(&'static str),
    /// One name in the protected and the unprotected header (RFC 7515 section 4).
    #[error("{0:?} stands in both headers")]
    HeaderTwice(String),
    /// `none` or an HMAC.
    #[error("alg {0} is never acceptable")]
    AlgRefused(String),
    /// An algorithm that is not known.
    #[error("alg {0:?} is not known")]
    AlgUnknown(String),
    /// An algorithm that is known and not allowed.
    #[error("alg {0} is not allowed")]
    AlgNotAllowed(Algorithm),
    /// An algorithm of another kind of key.
    #[error("alg {alg} does not belong to a key of type {key}")]
    AlgOtherKey {
        /// The algorithm.
        alg: Algorithm,
        /// The key.
        key: String,
    },
    /// `typ` is not `jose+json`.
    #[error("typ is {0:?}")]
    HeaderTyp(String),
    /// `x5c` cannot be read.
    #[error("x5c cannot be read: {0}")]
    CertificateChain(String),
    /// `x5t#S256` is the digest of another certificate than the first of `x5c`.
    #[error("x5t#S256 is of another certificate")]
    CertificateDigest,
    /// The key in the certificate cannot be used.
    #[error("the key of the certificate cannot be used: {0}")]
    CertificateKey(String),
    /// A signature of another length than key and algorithm give, for example ECDSA in DER (RFC 7518 section 3.4).
    #[error("the signature has {found} bytes, {expected} expected")]
    SignatureLength {
        /// Bytes expected.
        expected: usize,
        /// Bytes found.
        found: usize,
    },
    /// The signature does not hold.
    #[error("the signature does not hold")]
    SignatureInvalid,
    /// `etsiU` is not a list of one kind of element (TS 119 182-1 clause 5.3.1).
    #[error("etsiU cannot be read: {0}")]
    EtsiU(String),
    /// Some elements of `etsiU` in base64url and some in clear.
    #[error("etsiU mixes both ways of writing its elements")]
    EtsiUMixed,
}

impl JadesFault {
    /// The code that a verifier tells.
    pub fn code(&self) -> &'static str {
        self.into()
    }
}
