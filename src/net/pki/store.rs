//! Keeping the test PKI in a directory, so that a later command can issue more under the same root.
//! Certificates and lists may be read by all, private keys by their owner only (mode 0600).

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use rcgen::{Issuer, KeyPair};
use rustls::{
    crypto::ring::sign::any_supported_type,
    pki_types::{CertificateDer, PrivatePkcs8KeyDer, pem::PemObject},
    sign::CertifiedKey,
};
use time::OffsetDateTime;

use super::{Level, PkiError, TestPki, credential::read_bounded};
use crate::wire::x509::pem;

/// File name stems of the three levels, root first: `<stem>.pem`, `<stem>.key.pem`, `<stem>.crl`.
const STEMS: [&str; 3] = ["root-ca", "services-ca", "server-ca"];
/// Serial numbers of the revoked leaves, one a line, in hexadecimal.
const REVOKED: &str = "revoked.txt";
/// Those of the CAs that the second level revoked.
const REVOKED_CAS: &str = "revoked-ca.txt";

impl TestPki {
    /// Writes certificates, private keys and revocation lists to a directory, which is made if needed:
    /// `root-ca`, `services-ca` and `server-ca`, each with `.pem`, `.key.pem` and `.crl` (DER).
    ///
    /// # Errors
    /// [`PkiError::Unwritable`] names the file.
    pub fn write_to(&self, dir: &Path) -> Result<(), PkiError> {
        fs::create_dir_all(dir).map_err(|source| PkiError::Unwritable { path: dir.to_owned(), source })?;
        for ((level, stem), crl) in self.levels.iter().zip(STEMS).zip(self.crls()?) {
            let certificate = pem("CERTIFICATE", &level.certificate);
            let key = pem("PRIVATE KEY", level.issuer.key().serialized_der());
            write(dir.join(format!("{stem}.pem")), certificate.as_bytes(), false)?;
            write(dir.join(format!("{stem}.key.pem")), key.as_bytes(), true)?;
            write(dir.join(format!("{stem}.crl")), &crl, false)?;
        }
        for (serials, name) in [(&self.revoked, REVOKED), (&self.revoked_cas, REVOKED_CAS)] {
            let serials = serials.lock().unwrap_or_else(PoisonError::into_inner);
            let lines: String = serials.iter().map(|serial| hex_line(serial)).collect();
            write(dir.join(name), lines.as_bytes(), false)?;
        }
        Ok(())
    }

    /// Reads back what [`TestPki::write_to`] wrote. Dates of what is issued from now on follow from `now`.
    ///
    /// # Errors
    /// Names the file that is missing, unreadable, or does not hold what it should.
    pub fn load_from(dir: &Path, now: OffsetDateTime) -> Result<Self, PkiError> {
        let [root, services, server] = STEMS.map(|stem| read_level(dir, stem));
        let revoked = Mutex::new(read_revoked(&dir.join(REVOKED))?);
        let revoked_cas = Mutex::new(read_revoked(&dir.join(REVOKED_CAS))?);
        Ok(Self { revoked, revoked_cas, ..Self::holding([root?, services?, server?], now) })
    }
}

fn read_level(dir: &Path, stem: &str) -> Result<Level, PkiError> {
    let path = dir.join(format!("{stem}.pem"));
    let key_path = dir.join(format!("{stem}.key.pem"));
    let certificate =
        CertificateDer::from_pem_slice(&read_bounded(&path)?).map_err(|_| PkiError::NoCertificate(path.clone()))?;
    let key =
        PrivatePkcs8KeyDer::from_pem_slice(&read_bounded(&key_path)?).map_err(|_| PkiError::NoKey(key_path.clone()))?;
    let key_pair = KeyPair::try_from(&key).map_err(|_| PkiError::UnsupportedKey(key_path.clone()))?;
    let signing = any_supported_type(&key.into()).map_err(|_| PkiError::UnsupportedKey(key_path.clone()))?;
    if CertifiedKey::new(vec![certificate.clone()], signing).keys_match().is_err() {
        return Err(PkiError::KeyMismatch { certificate: path, key: key_path });
    }
    let issuer = Issuer::from_ca_cert_der(&certificate, key_pair)?;
    Ok(Level { certificate, issuer })
}

fn read_revoked(path: &Path) -> Result<Vec<Vec<u8>>, PkiError> {
    let text = read_bounded(path)?;
    let text = String::from_utf8_lossy(&text);
    let mut serials = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let serial = from_hex(line).ok_or_else(|| PkiError::Serial { path: path.to_owned(), line: index + 1 })?;
        serials.push(serial);
    }
    Ok(serials)
}

fn hex_line(serial: &[u8]) -> String {
    let digits: String = serial.iter().map(|byte| format!("{byte:02x}")).collect();
    digits + "\n"
}

/// A serial number has at most 20 bytes (RFC 5280 section 4.1.2.2).
fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if digits.is_empty() || !digits.len().is_multiple_of(2) || digits.len() > 40 {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16);
    digits.chunks(2).map(|pair| u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()).collect()
}

pub(super) fn write(path: PathBuf, content: &[u8], secret: bool) -> Result<(), PkiError> {
    write_file(&path, content, secret).map_err(|source| PkiError::Unwritable { path, source })
}

fn write_file(path: &Path, content: &[u8], secret: bool) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    if secret {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    let mut file = options.open(path)?;
    // The mode above holds for a new file only; an old one may have been open to all.
    #[cfg(unix)]
    if secret {
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    }
    file.write_all(content)
}
