//! The packages that a command is given: files, folders and pinned packages, each with its digest.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{PackageId, PackagesError, Store};
use crate::base::digest::{Digesting, Sha256Hex, sha256};
use crate::wire::fhir::definitions::{
    Definitions, Manifest, PackageFault, PackageLimits, Release, manifest, read_files,
};

/// A package as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// A pinned package.
    Pinned(PackageId),
    /// A file or folder.
    Path(PathBuf),
}

impl FromStr for Wanted {
    type Err = String;

    /// What looks like a path is one; what looks like `NAME@VERSION` is a pinned package, unless a file has that name.
    fn from_str(text: &str) -> Result<Self, String> {
        let path = PathBuf::from(text);
        match text.parse::<PackageId>() {
            Ok(id) if !path.exists() => Ok(Self::Pinned(id)),
            _ if path.exists() => Ok(Self::Path(path)),
            _ => Err("it is no file or folder, and not NAME@VERSION of a pinned package".to_owned()),
        }
    }
}

/// What names a package in an account of what was used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// Name and version, or the name of the file or folder.
    pub name: String,
    /// SHA-256 of the file; of a folder, that of the digests and names of its files.
    pub sha256: String,
}

impl fmt::Display for Named {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} (SHA-256 {})", self.name, self.sha256)
    }
}

/// A package that was read.
#[derive(Debug, Clone)]
pub struct Package {
    /// Its name and digest.
    pub named: Named,
    /// Releases of FHIR that it has definitions of.
    pub releases: Vec<Release>,
    files: Vec<Vec<u8>>,
}

/// Reads packages. Pinned ones are held against their pins.
///
/// # Errors
/// When one cannot be read, or is not the one that was pinned.
pub fn load(wanted: &[Wanted], store: &Store, limits: &PackageLimits) -> Result<Vec<Package>, PackagesError> {
    wanted.iter().map(|one| package(one, store, limits)).collect()
}

fn package(wanted: &Wanted, store: &Store, limits: &PackageLimits) -> Result<Package, PackagesError> {
    let path = match wanted {
        Wanted::Pinned(id) => {
            let (pin, bytes) = store.open(id)?;
            let named = Named { name: id.to_string(), sha256: pin.sha256 };
            return Ok(Package { named, releases: pin.fhir, files: vec![bytes] });
        }
        Wanted::Path(path) => path,
    };
    let what = path.display().to_string();
    let fault = |fault| PackagesError::Package { what: what.clone(), fault };
    let files = read_files(path, limits).map_err(fault)?;
    let own = match files.as_slice() {
        [(_, only)] if !path.is_dir() => manifest(only, limits).map_err(fault)?,
        _ => None,
    };
    let name = match &own {
        Some(own) => format!("{}@{}", own.name, own.version),
        None => path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
    };
    let sha256 = if path.is_dir() { digest_of(&files) } else { sha256(&files[0].1) }.0;
    let files: Vec<Vec<u8>> = files.into_iter().map(|(_, bytes)| bytes).collect();
    Ok(Package { named: Named { name, sha256 }, releases: Vec::new(), files })
}

/// The digest of a folder: of a line for each file with its digest and its path, in the order of the paths.
fn digest_of(files: &[(String, Vec<u8>)]) -> Sha256Hex {
    let mut digesting = Digesting::default();
    for (name, bytes) in files {
        digesting.add(format!("{}  {name}\n", sha256(bytes).0).as_bytes());
    }
    digesting.finish()
}

/// The releases of FHIR that a package has definitions of; terminology alone serves the releases that it says.
///
/// # Errors
/// When it cannot be unpacked, or has no definitions at all.
pub fn releases(
    what: &str,
    bytes: &[u8],
    manifest: Option<&Manifest>,
    limits: &PackageLimits,
) -> Result<Vec<Release>, PackagesError> {
    let mut found = Vec::new();
    let mut terminology = false;
    for release in [Release::Stu3, Release::R4] {
        match Definitions::new(release).add_bytes(bytes.to_vec(), limits) {
            Ok(loaded) if loaded.structures > 0 => found.push(release),
            Ok(_) => terminology = true,
            Err(PackageFault::Nothing) => {}
            Err(fault) => return Err(PackagesError::Package { what: what.to_owned(), fault }),
        }
    }
    if found.is_empty() && terminology {
        found = manifest.map(|manifest| manifest.releases.clone()).unwrap_or_default();
        if found.is_empty() {
            found = vec![Release::Stu3, Release::R4];
        }
    }
    match found.is_empty() {
        true => Err(PackagesError::Package { what: what.to_owned(), fault: PackageFault::Nothing }),
        false => Ok(found),
    }
}

/// The definitions of one release in packages, and the packages that have any. Packages of another release are passed
/// over.
///
/// # Errors
/// When one cannot be unpacked, or none has a definition of the release.
pub fn definitions(
    packages: &[Package],
    release: Release,
    limits: &PackageLimits,
) -> Result<(Definitions, Vec<Named>), PackagesError> {
    let mut definitions = Definitions::new(release);
    let mut used = Vec::new();
    for package in packages {
        match definitions.add_files(package.files.iter().cloned(), limits) {
            Ok(_) => used.push(package.named.clone()),
            Err(PackageFault::Nothing) => {}
            Err(fault) => return Err(PackagesError::Package { what: package.named.name.clone(), fault }),
        }
    }
    match used.is_empty() {
        true => Err(PackagesError::NoRelease(release)),
        false => Ok((definitions, used)),
    }
}
