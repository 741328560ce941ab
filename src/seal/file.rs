//! A key in a PEM file, with its certificates in another or the same. For tries and self-tests, and for who keeps the file
//! where nobody else comes: a file that others can read is refused.

use std::path::Path;

use super::{SealError, SealingKey};
use crate::net::pki::Credential;
use crate::wire::jades::Algorithm;

/// A key from PEM.
#[derive(Debug)]
pub struct FileKey {
    credential: Credential,
    chain: Vec<Vec<u8>>,
    algorithm: Algorithm,
}

impl FileKey {
    /// Opens a key and its certificates. Without an algorithm the first that belongs to the key is taken.
    ///
    /// # Errors
    /// When a file cannot be read, others can read the key, the two do not belong together, or the algorithm is not one of
    /// the key.
    pub fn open(key: &Path, certificates: &Path, algorithm: Option<Algorithm>) -> Result<Self, SealError> {
        refuse_readable(key)?;
        let credential =
            Credential::from_pem_files(certificates, key).map_err(|error| SealError::Key(error.to_string()))?;
        Self::new(credential, algorithm)
    }

    /// A key that is in memory already, with its certificates.
    ///
    /// # Errors
    /// When no JWS can be signed with it, or not by this algorithm.
    pub fn new(credential: Credential, algorithm: Option<Algorithm>) -> Result<Self, SealError> {
        let key = credential.signing_key().map_err(|error| SealError::Key(error.to_string()))?;
        let algorithm = algorithm.unwrap_or_else(|| key.algorithm());
        if !key.verifying_key().algorithms().contains(&algorithm) {
            return Err(SealError::Key(format!(
                "{algorithm} is no algorithm of a key of type {}",
                key.verifying_key().kind()
            )));
        }
        let chain = credential.chain().iter().map(|c| c.to_vec()).collect();
        Ok(Self { credential, chain, algorithm })
    }
}

impl SealingKey for FileKey {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    fn chain(&self) -> &[Vec<u8>] {
        &self.chain
    }

    fn sign(&self, input: &[u8]) -> Result<Vec<u8>, SealError> {
        let key = self.credential.signing_key().map_err(|error| SealError::Key(error.to_string()))?;
        key.sign(input, self.algorithm).map_err(|error| SealError::Sign(error.to_string()))
    }
}

/// Refuses the file of a key that others than its owner can read.
///
/// # Errors
/// When they can, or when the file is not there.
pub fn refuse_readable(path: &Path) -> Result<(), SealError> {
    let about = std::fs::metadata(path).map_err(|error| SealError::Key(format!("{}: {error}", path.display())))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if about.permissions().mode() & 0o077 != 0 {
            return Err(SealError::Readable(path.display().to_string()));
        }
    }
    #[cfg(not(unix))]
    let _ = about;
    Ok(())
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_key_that_others_can_read_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let (key, certificate) = (dir.path().join("key.pem"), dir.path().join("cert.pem"));
        let pair = rcgen::KeyPair::generate().unwrap();
        let made = rcgen::CertificateParams::default().self_signed(&pair).unwrap();
        std::fs::write(&key, pair.serialize_pem()).unwrap();
        std::fs::write(&certificate, made.pem()).unwrap();
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(FileKey::open(&key, &certificate, None), Err(SealError::Readable(_))));
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
        let key = FileKey::open(&key, &certificate, None).unwrap();
        assert_eq!((key.algorithm(), key.sign(b"x").unwrap().len()), (Algorithm::Es256, 64));
    }
}
