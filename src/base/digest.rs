//! SHA-256 digests, written as lower-case hex, and a keyed variant for redaction.

use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// A SHA-256 digest as 64 lower-case hex digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Sha256Hex(pub String);

/// The SHA-256 of `bytes`.
pub fn sha256(bytes: &[u8]) -> Sha256Hex {
    Sha256Hex(hex(&Sha256::digest(bytes)))
}

/// The SHA-256 of what comes in pieces.
#[derive(Debug, Clone, Default)]
pub struct Digesting(Sha256);

impl Digesting {
    /// Adds a piece.
    pub fn add(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// The digest of what was added.
    pub fn finish(self) -> Sha256Hex {
        Sha256Hex(hex(&self.0.finalize()))
    }
}

/// The SHA-256 of what a reader gives, piece by piece: what is read need not fit in memory.
///
/// # Errors
/// When the reader fails.
pub fn sha256_of(mut reader: impl std::io::Read) -> std::io::Result<Sha256Hex> {
    let mut hasher = Sha256::new();
    std::io::copy(&mut reader, &mut hasher)?;
    Ok(Sha256Hex(hex(&hasher.finalize())))
}

/// `bytes` as lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// The first eight bytes, in hex, of HMAC-SHA-256 over `text`: enough to see equality within one run, too keyed to
/// be searched for by whoever does not have the key.
pub fn keyed_mark(key: &[u8; 32], text: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(text.as_bytes());
    hex(&mac.finalize().into_bytes()[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_has_the_digest_of_its_bytes() {
        assert_eq!(sha256_of(&b"abc"[..]).ok(), Some(sha256(b"abc")));
        assert_ne!(sha256_of(&b"abd"[..]).ok(), Some(sha256(b"abc")));
    }

    #[test]
    fn pieces_have_the_digest_of_the_whole() {
        let mut digesting = Digesting::default();
        digesting.add(b"a");
        digesting.add(b"bc");
        assert_eq!(digesting.finish(), sha256(b"abc"));
    }
}
