//! A key with its certificates in one PKCS#12 file (RFC 7292) under a password.

use std::path::Path;

use p12_keystore::KeyStore;
use rustls::pki_types::PrivatePkcs8KeyDer;

use super::file::refuse_readable;
use super::{FileKey, SealError};
use crate::base::secret::Secret;
use crate::net::pki::Credential;
use crate::wire::jades::Algorithm;

/// Largest file that is read, in bytes.
const MAX_BYTES: u64 = 1024 * 1024;

/// Opens the one key of a PKCS#12 file. Without an algorithm the first that belongs to the key is taken.
///
/// # Errors
/// When others can read the file, the password is not right, the file holds no key or several, or the key and its
/// certificate do not belong together.
pub fn open(path: &Path, password: &Secret<String>, algorithm: Option<Algorithm>) -> Result<FileKey, SealError> {
    refuse_readable(path)?;
    let fail = |why: &dyn std::fmt::Display| SealError::Key(format!("{}: {why}", path.display()));
    let size = std::fs::metadata(path).map_err(|e| fail(&e))?.len();
    if size > MAX_BYTES {
        return Err(fail(&format!("{size} bytes are too many for a PKCS#12 file")));
    }
    let bytes = std::fs::read(path).map_err(|e| fail(&e))?;
    let store = KeyStore::from_pkcs12(&bytes, password.reveal()).map_err(|e| fail(&e))?;
    let keys: Vec<_> = store
        .entries()
        .filter_map(|(_, entry)| match entry {
            p12_keystore::KeyStoreEntry::PrivateKeyChain(chain) => Some(chain),
            _ => None,
        })
        .collect();
    let [key] = keys.as_slice() else { return Err(fail(&format!("{} keys in the file, 1 expected", keys.len()))) };
    let chain: Vec<_> = key.chain().iter().map(|c| c.as_der().to_vec().into()).collect();
    let credential = Credential::of_parts(chain, PrivatePkcs8KeyDer::from(key.key().to_vec()).into())
        .ok_or_else(|| fail(&"the key does not belong to its certificate, or is of no use for signing"))?;
    FileKey::new(credential, algorithm)
}

/// Whether a file name is that of a PKCS#12 file.
pub fn is_named_so(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("p12") || e.eq_ignore_ascii_case("pfx"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::base::clock;
    use crate::net::pki::{SealFlaw, SealKeys, SealPki, SealSpec};
    use crate::seal::SealingKey as _;
    use crate::wire::jose::VerifyingKey;
    use p12_keystore::{Certificate, KeyStoreEntry, PrivateKeyChain};
    use rustls::pki_types::{PrivateKeyDer, pem::PemObject as _};

    /// A PKCS#12 file made of a credential, for the owner only.
    fn written(credential: &Credential, dir: &Path) -> std::path::PathBuf {
        let key = PrivateKeyDer::from_pem_slice(credential.key_pem().as_bytes()).unwrap();
        let chain: Vec<_> = credential.chain().iter().map(|c| Certificate::from_der(c).unwrap()).collect();
        let mut store = KeyStore::new();
        store.add_entry("zegel", KeyStoreEntry::PrivateKeyChain(PrivateKeyChain::new(key.secret_der(), b"1", chain)));
        let path = dir.join("seal.p12");
        std::fs::write(&path, store.writer("geheim").encryption_iterations(1000).write().unwrap()).unwrap();
        mode(&path, 0o600);
        path
    }

    fn mode(path: &Path, mode: u32) {
        #[cfg(unix)]
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
        let _ = (path, mode);
    }

    #[test]
    fn a_key_in_a_file_signs_once_the_password_is_right() {
        let dir = tempfile::tempdir().unwrap();
        let pki = SealPki::generate(SealKeys::Ec, clock::now()).unwrap();
        let seal = pki.issue(&SealSpec::default(), SealFlaw::None).unwrap();
        let path = written(&seal, dir.path());
        let key = open(&path, &Secret::new("geheim".to_owned()), None).unwrap();
        assert_eq!(key.chain().len(), 2);
        let signature = key.sign(b"text").unwrap();
        let public = VerifyingKey::from_certificate(&key.chain()[0]).unwrap();
        assert_eq!(public.verify(key.algorithm(), b"text", &signature), Ok(()));
        assert!(open(&path, &Secret::new("mis".to_owned()), None).is_err());
        assert!(is_named_so(&path) && !is_named_so(Path::new("seal.pem")));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_the_group_can_read_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let pki = SealPki::generate(SealKeys::Ec, clock::now()).unwrap();
        let path = written(&pki.issue(&SealSpec::default(), SealFlaw::None).unwrap(), dir.path());
        mode(&path, 0o640);
        let refused = open(&path, &Secret::new("geheim".to_owned()), None);
        assert!(matches!(refused, Err(SealError::Readable(_))), "{refused:?}");
    }
}
