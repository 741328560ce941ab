//! What seals: a key in a file, on a card or in an HSM. Whoever asks for a signature does not see which.

pub mod file;
pub mod p12;
pub mod pin;
pub mod pkcs11;
pub mod tsa;

pub use file::FileKey;
pub use pin::PinSource;
pub use pkcs11::{TokenKey, TokenUri};
pub use tsa::{TsaClient, TsaError};

/// A key that seals: a file, a card or an HSM.
pub trait SealingKey: Send + Sync {
    /// The JWS algorithm that it signs with (RFC 7518 section 3.1).
    fn algorithm(&self) -> crate::wire::jades::Algorithm;
    /// Its certificate and those above it, leaf first, DER; the root may be left out.
    fn chain(&self) -> &[Vec<u8>];
    /// The JWS signature over the bytes (ECDSA as fixed-width r||s, RFC 7518 section 3.4).
    fn sign(&self, input: &[u8]) -> Result<Vec<u8>, SealError>;
}

/// A seal cannot be set.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The key or its certificate cannot be used.
    #[error("use the key: {0}")]
    Key(String),
    /// Others than its owner can read the file of the key.
    #[error("use the key {0}: others than its owner can read the file; `chmod 600` it")]
    Readable(String),
    /// The key did not sign.
    #[error("sign: {0}")]
    Sign(String),
}
