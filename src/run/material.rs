//! The material that a candidate file names: addresses, certificates, revocation lists, keys and published addresses, read
//! from the files beside it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer};
use strum::VariantNames as _;

use super::bench::BenchError;
use super::keys::more_keys;
use crate::net::Identity;
use crate::net::identity::Parts;
use crate::net::pki::{Credential, LeafFlaw};
use crate::suite::candidate::IdentityFile;
use crate::wire::jose::SigningKey;

/// The record of published addresses.
pub(super) fn published(path: &Path) -> Result<serde_json::Value, BenchError> {
    let wrong = |reason: String| BenchError::File { path: path.to_owned(), reason };
    let record: serde_json::Value = serde_json::from_str(&read_text(path)?).map_err(|e| wrong(e.to_string()))?;
    let whole = record["ura"].is_string() && (record["sending"].is_object() || record["receiving"].is_object());
    if whole {
        Ok(record)
    } else {
        Err(wrong(
            "write an object with `ura`, and `sending` or `receiving` with `fhir-base` and `token-endpoint`".into(),
        ))
    }
}

/// An address and port of the candidate file.
pub(super) fn listen(setting: &str, text: &str) -> Result<SocketAddr, BenchError> {
    text.parse().map_err(|_| BenchError::Setting {
        setting: setting.to_owned(),
        reason: "write an address and port, as 127.0.0.1:8444".to_owned(),
    })
}

pub(super) fn read_text(path: &Path) -> Result<String, BenchError> {
    std::fs::read_to_string(path).map_err(|e| BenchError::File { path: path.to_owned(), reason: e.to_string() })
}

pub(super) fn certificates(dir: &Path, paths: &[String]) -> Result<Vec<CertificateDer<'static>>, BenchError> {
    let mut all = Vec::new();
    for path in paths.iter().map(|p| dir.join(p)) {
        let text = read_text(&path)?;
        let found: Vec<_> = CertificateDer::pem_slice_iter(text.as_bytes()).filter_map(Result::ok).collect();
        if found.is_empty() {
            return Err(BenchError::File {
                path,
                reason: "there is no certificate in it; give PEM with BEGIN CERTIFICATE".into(),
            });
        }
        all.extend(found);
    }
    Ok(all)
}

pub(super) fn revocation_lists(
    dir: &Path,
    paths: &[String],
) -> Result<Vec<CertificateRevocationListDer<'static>>, BenchError> {
    let mut all = Vec::new();
    for path in paths.iter().map(|p| dir.join(p)) {
        let text = read_text(&path)?;
        all.extend(CertificateRevocationListDer::pem_slice_iter(text.as_bytes()).filter_map(Result::ok));
    }
    Ok(all)
}

pub(super) fn identity(dir: &Path, name: &str, declared: &IdentityFile) -> Result<Identity, BenchError> {
    let mut credentials = BTreeMap::new();
    for (kind, files) in &declared.certificates {
        let setting = format!("harness.identities.{name}.certificates.{kind}");
        let flaw: LeafFlaw = kind.parse().map_err(|_| BenchError::Setting {
            setting,
            reason: format!("write one of {}", LeafFlaw::VARIANTS.join(", ")),
        })?;
        credentials.insert(flaw, Credential::from_pem_files(&dir.join(&files.certificate), &dir.join(&files.key))?);
    }
    if !credentials.contains_key(&LeafFlaw::None) {
        let setting = format!("harness.identities.{name}.certificates");
        return Err(BenchError::Setting { setting, reason: "there is no `none`, the good certificate".into() });
    }
    Ok(Identity::new(Parts {
        name: name.to_owned(),
        ura: declared.ura.clone(),
        system_id: declared.system_id.clone(),
        client_id: declared.client_id.clone(),
        key_id: declared.key_id.clone(),
        user: declared.user.clone(),
        colleague: None,
        role: None,
        more_keys: more_keys(dir, declared)?,
        signing: SigningKey::from_pem(&read_text(&dir.join(&declared.signing_key))?)?,
        credentials,
        shows: LeafFlaw::None,
    }))
}
