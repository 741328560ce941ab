//! The test PKI for sealing as files, for tries with the command line and with tools of others.

use std::path::{Path, PathBuf};

use time::OffsetDateTime;

use super::{SealFlaw, SealPki, SealSpec};
use crate::net::pki::{PkiError, store};
use crate::wire::x509::pem;

/// What [`SealPki::write_to`] wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealFiles {
    /// The root to pin.
    pub root: PathBuf,
    /// Certificates of the seal, leaf first.
    pub certificates: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

impl SealPki {
    /// Writes a directory, made if needed: `root.pem`, `issuing.pem`, `seal.pem` (with the issuing CA) and `seal.key.pem`,
    /// `tsa.pem` and `tsa.key.pem`, and the lists `issuing.crl` and `root.crl` (DER). Keys can be read by their owner only.
    ///
    /// # Errors
    /// Names the file that cannot be written.
    pub fn write_to(&self, dir: &Path, spec: &SealSpec, flaw: SealFlaw) -> Result<SealFiles, PkiError> {
        std::fs::create_dir_all(dir).map_err(|source| PkiError::Unwritable { path: dir.to_owned(), source })?;
        let seal = self.issue(spec, flaw)?;
        let files =
            SealFiles { root: dir.join("root.pem"), certificates: dir.join("seal.pem"), key: dir.join("seal.key.pem") };
        let certificate = |der: &[u8]| pem("CERTIFICATE", der).into_bytes();
        store::write(files.root.clone(), &certificate(&self.root()), false)?;
        store::write(dir.join("issuing.pem"), &certificate(&self.issuing()), false)?;
        store::write(files.certificates.clone(), seal.chain_pem().as_bytes(), false)?;
        store::write(files.key.clone(), seal.key_pem().as_bytes(), true)?;
        let tsa = self.authority()?;
        store::write(dir.join("tsa.pem"), &certificate(&tsa.certificate), false)?;
        store::write(dir.join("tsa.key.pem"), pem("PRIVATE KEY", tsa.key.serialized_der()).as_bytes(), true)?;
        self.write_lists(dir, self.plan.now)?;
        Ok(files)
    }

    fn write_lists(&self, dir: &Path, at: OffsetDateTime) -> Result<(), PkiError> {
        for (name, list) in ["issuing.crl", "root.crl"].into_iter().zip(self.crls(at)?) {
            store::write(dir.join(name), &list, false)?;
        }
        Ok(())
    }
}
