//! Where packages come from: a registry that speaks as npm does, a URL, or a file.

use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use serde_json::Value;
use sha1::Digest as _;

use super::{PackageId, PackagesError};
use crate::base::digest::hex;
use crate::net::fetch::{FetchLimits, fetch};
use crate::wire::fhir::definitions::{PackageLimits, read_files};
use crate::wire::http::Url;

/// The registry that is asked when no other is named.
pub const REGISTRY: &str = "https://packages.fhir.org";

/// What a registry says of the versions of a package.
const METADATA: FetchLimits = FetchLimits { bytes: 8 * 1024 * 1024, time: Duration::from_secs(30) };

/// A registry of packages.
#[derive(Debug, Clone)]
pub struct Registry {
    /// Its address, without a slash at the end.
    pub url: String,
    /// Limits of one package.
    pub limits: FetchLimits,
}

impl Registry {
    /// A registry by its address, with 256 MiB and two minutes for a package.
    pub fn new(url: &str) -> Self {
        let limits = FetchLimits { bytes: 256 * 1024 * 1024, time: Duration::from_secs(120) };
        Self { url: url.trim_end_matches('/').to_owned(), limits }
    }
}

/// Where a package is taken from.
#[derive(Debug, Clone)]
pub enum Origin {
    /// The registry, by name and version.
    Registry,
    /// An address.
    Url(String),
    /// A file.
    File(PathBuf),
}

impl Origin {
    /// An origin as it is written on a command line.
    pub fn of(text: &str) -> Self {
        match text.starts_with("https://") || text.starts_with("http://") {
            true => Self::Url(text.to_owned()),
            false => Self::File(PathBuf::from(text)),
        }
    }
}

/// A package with the place that it came from.
#[derive(Debug)]
pub(super) struct Fetched {
    pub(super) bytes: Vec<u8>,
    pub(super) origin: String,
}

impl Registry {
    /// Takes a package from where it is.
    pub(super) async fn obtain(&self, id: &PackageId, origin: &Origin) -> Result<Fetched, PackagesError> {
        match origin {
            Origin::Registry => self.by_metadata(id).await,
            Origin::Url(url) => {
                let bytes = fetch(url, "*/*", self.limits).await?;
                Ok(Fetched { bytes, origin: url.clone() })
            }
            Origin::File(path) => of_file(path, self.limits.bytes),
        }
    }

    async fn by_metadata(&self, id: &PackageId) -> Result<Fetched, PackagesError> {
        let url = format!("{}/{}", self.url, id.name());
        let fault = |reason: String| PackagesError::Registry { id: id.clone(), url: url.clone(), reason };
        let metadata = fetch(&url, "application/json", METADATA).await?;
        let metadata: Value =
            serde_json::from_slice(&metadata).map_err(|e| fault(format!("the answer is no JSON: {e}")))?;
        let dist = dist(&metadata, id).map_err(fault)?;
        let bytes = fetch(&dist.tarball, "*/*", self.limits).await?;
        match dist.mismatch(&bytes) {
            Some(reason) => Err(PackagesError::Registry { id: id.clone(), url: dist.tarball, reason }),
            None => Ok(Fetched { bytes, origin: dist.tarball }),
        }
    }
}

fn of_file(path: &Path, most: usize) -> Result<Fetched, PackagesError> {
    let what = path.display().to_string();
    if path.is_dir() {
        let reason = "it is a folder; a package is one file, and a folder can be given with --fhir-package".to_owned();
        return Err(PackagesError::Unfit { what, reason });
    }
    let limits = PackageLimits { bytes: most, files: 1 };
    let files = read_files(path, &limits).map_err(|fault| PackagesError::Package { what: what.clone(), fault })?;
    let bytes = files.into_iter().next().map(|(_, bytes)| bytes).unwrap_or_default();
    Ok(Fetched { bytes, origin: what })
}

/// How a version is distributed.
#[derive(Debug, PartialEq, Eq)]
struct Dist {
    tarball: String,
    shasum: Option<String>,
    integrity: Option<String>,
}

fn dist(metadata: &Value, id: &PackageId) -> Result<Dist, String> {
    let versions = metadata["versions"].as_object().ok_or("the answer has no `versions`")?;
    let Some(version) = versions.get(id.version()) else {
        let known: Vec<&str> = versions.keys().rev().take(10).map(String::as_str).collect();
        return Err(format!("it has no version {}; the last ones are {}", id.version(), known.join(", ")));
    };
    let text = |name: &str| version["dist"][name].as_str().map(str::to_owned);
    let tarball = text("tarball").ok_or("the version has no `dist.tarball`")?;
    if Url::parse(&tarball).is_none() {
        return Err(format!("`dist.tarball` is no http or https URL: {tarball}"));
    }
    let (shasum, integrity) = (text("shasum"), text("integrity"));
    if shasum.is_none() && integrity.is_none() && tarball.starts_with("http://") {
        return Err("the version has no digest, and its `dist.tarball` is not https".to_owned());
    }
    Ok(Dist { tarball, shasum, integrity })
}

impl Dist {
    /// What does not agree with the digests that the registry states.
    fn mismatch(&self, bytes: &[u8]) -> Option<String> {
        let sha1 = hex(&sha1::Sha1::digest(bytes));
        if let Some(stated) = self.shasum.as_ref().filter(|stated| !stated.eq_ignore_ascii_case(&sha1)) {
            return Some(format!("the registry states SHA-1 {stated}, and the package has {sha1}"));
        }
        let sha512 = base64::engine::general_purpose::STANDARD.encode(sha2::Sha512::digest(bytes));
        let stated = self.integrity.as_deref()?.split_whitespace().find_map(|one| one.strip_prefix("sha512-"))?;
        (stated != sha512).then(|| format!("the registry states SHA-512 {stated}, and the package has {sha512}"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Dist, dist};
    use crate::packages::PackageId;

    fn id() -> PackageId {
        "own.package@1.0.0".parse().expect("an id")
    }

    #[test]
    fn metadata_tell_where_a_version_is_and_what_it_must_be() {
        let dist_of = |dist_: serde_json::Value| dist(&json!({"versions": {"1.0.0": {"dist": dist_}}}), &id());
        let found = dist_of(json!({"tarball": "http://h/p.tgz", "shasum": "A9993E364706816ABA3E25717850C26C9CD0D89D"}));
        let found = found.expect("a version");
        assert_eq!(found.mismatch(b"abc"), None);
        assert!(found.mismatch(b"abd").is_some_and(|reason| reason.contains("SHA-1")));
        assert!(dist_of(json!({"tarball": "http://h/p.tgz"})).is_err_and(|reason| reason.contains("no digest")));
        assert!(dist_of(json!({"tarball": "ftp://h/p.tgz"})).is_err());
        assert!(dist_of(json!({})).is_err());
        let other = dist(&json!({"versions": {"2.0.0": {}}}), &id());
        assert!(other.is_err_and(|reason| reason.contains("2.0.0")));
        assert!(dist(&json!([]), &id()).is_err());
    }

    #[test]
    fn integrity_counts_too() {
        let integrity = Some("sha512-AAAA".to_owned());
        let dist = Dist { tarball: "https://h/p.tgz".to_owned(), shasum: None, integrity };
        assert!(dist.mismatch(b"abc").is_some_and(|reason| reason.contains("SHA-512")));
    }
}
