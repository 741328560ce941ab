//! FHIR packages that users bring: fetched from a registry or taken from a file, pinned by digest, and loaded.
//!
//! Nothing of a package is shipped. A **store** is a folder with the packages and `pins.json`, which keeps the SHA-256 of
//! each. What is loaded is held against its pin first, and always names itself and its digest. Only `add` goes to the
//! network, and only to the registry that it is told.
//! Clauses: confluence.hl7.org/display/FHIR/NPM+Package+Specification; docs.npmjs.com, package metadata (`dist.tarball`,
//! `dist.shasum`, `dist.integrity`).

mod given;
mod registry;
mod store;

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::net::errand::ErrandError;
use crate::wire::fhir::definitions::{PackageFault, Release};

pub use given::{Named, Package, Wanted, definitions, load, releases};
pub use registry::{Origin, REGISTRY, Registry};
pub use store::{Added, PINS, Pin, Store};

/// Name and version of a package: `nictiz.fhir.nl.stu3.zib2017@2.2.18`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageId {
    name: String,
    version: String,
}

impl PackageId {
    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }
    /// The version.
    pub fn version(&self) -> &str {
        &self.version
    }
}

impl FromStr for PackageId {
    type Err = String;

    /// Both parts also become names of files and parts of URLs, so that nothing else than these signs may be in them.
    fn from_str(text: &str) -> Result<Self, String> {
        let is_part = |part: &str| {
            let signs = part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'+'));
            signs && part.len() <= 100 && part.starts_with(|c: char| c.is_ascii_alphanumeric()) && !part.contains("..")
        };
        match text.split_once('@') {
            Some((name, version)) if is_part(name) && is_part(version) => {
                Ok(Self { name: name.to_owned(), version: version.to_owned() })
            }
            _ => Err(format!("`{text}` is not NAME@VERSION, such as hl7.fhir.r3.core@3.0.2")),
        }
    }
}

impl fmt::Display for PackageId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}@{}", self.name, self.version)
    }
}

/// A package cannot be had, kept or used.
#[derive(Debug, thiserror::Error)]
pub enum PackagesError {
    /// A file of the store cannot be read or written.
    #[error("{act} {path}: {source}")]
    File {
        /// `read` or `write`.
        act: &'static str,
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The list of pins is not what it should be.
    #[error("read {path}: {reason}; put back the file as it was, or remove it and add the packages again")]
    Pins {
        /// The list.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The file of a package is not the one that was pinned.
    #[error(
        "use {id}: {path} has SHA-256 {found}, and {pinned} is pinned; it was changed or damaged after it was added: \
         put the file back, or fetch it again with `twiin-harness packages add {id} --replace`"
    )]
    Changed {
        /// The package.
        id: PackageId,
        /// Its file.
        path: PathBuf,
        /// The digest that is pinned.
        pinned: String,
        /// The digest of the file.
        found: String,
    },
    /// A package that is pinned with another digest.
    #[error(
        "add {id}: it is pinned with SHA-256 {pinned}, and what {origin} gives has {found}; a version should never \
         change: ask its publisher, and give `--replace` to pin the new one"
    )]
    Differs {
        /// The package.
        id: PackageId,
        /// The digest that is pinned.
        pinned: String,
        /// Where the other came from.
        origin: String,
        /// The digest of the other.
        found: String,
    },
    /// A package that is not pinned.
    #[error("use {id}: it is not pinned in {path}; there are: {known}. Add it with `twiin-harness packages add {id}`")]
    NotPinned {
        /// The package.
        id: PackageId,
        /// The list of pins.
        path: PathBuf,
        /// What is pinned.
        known: String,
    },
    /// The registry cannot be asked.
    #[error(transparent)]
    Fetch(#[from] ErrandError),
    /// The registry does not answer as one, or has no such package.
    #[error("fetch {id} from {url}: {reason}")]
    Registry {
        /// The package.
        id: PackageId,
        /// Address that was asked.
        url: String,
        /// Why.
        reason: String,
    },
    /// It is not the package that it should be.
    #[error("use {what}: {reason}")]
    Unfit {
        /// The package, file or folder.
        what: String,
        /// Why.
        reason: String,
    },
    /// It cannot be unpacked, or holds nothing of use.
    #[error("use {what}: cannot {fault}")]
    Package {
        /// The package, file or folder.
        what: String,
        /// Why.
        fault: PackageFault,
    },
    /// No definition of the release is in any of them.
    #[error("use the FHIR packages: none of them has definitions of {0}")]
    NoRelease(Release),
}

#[cfg(test)]
mod tests {
    use super::PackageId;

    #[test]
    fn names_that_lead_elsewhere_are_none() {
        for good in ["hl7.fhir.r3.core@3.0.2", "a@1.0.0-beta.1+x"] {
            assert_eq!(good.parse::<PackageId>().map(|id| id.to_string()), Ok(good.to_owned()));
        }
        for bad in ["a", "a@", "@1", "../a@1", "a/b@1", "a@../1", "a@1..2", ".a@1", "a@1@2", "a b@1", "a@1/2"] {
            assert!(bad.parse::<PackageId>().is_err(), "{bad}");
        }
    }
}
