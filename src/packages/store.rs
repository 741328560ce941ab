//! The folder of packages and their pins.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::given::releases;
use super::registry::{Fetched, Origin, Registry};
use super::{PackageId, PackagesError};
use crate::base::digest::sha256;
use crate::wire::fhir::definitions::{PackageLimits, Release, manifest};

/// Name of the list of pins in the store.
pub const PINS: &str = "pins.json";
/// Version of its form.
const FORM: u32 = 1;
/// Longest list of pins that is read.
const MOST_PINS: u64 = 8 * 1024 * 1024;

/// What is kept of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// SHA-256 of the file, as hex.
    pub sha256: String,
    /// Length of the file, in bytes.
    pub size: u64,
    /// Releases of FHIR that it has definitions of.
    pub fhir: Vec<Release>,
    /// The address or the file that it came from.
    pub origin: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pins {
    version: u32,
    packages: BTreeMap<String, Pin>,
}

/// A folder of packages.
#[derive(Debug, Clone)]
pub struct Store {
    dir: PathBuf,
}

/// What came of adding a package.
#[derive(Debug)]
pub struct Added {
    /// The pin.
    pub pin: Pin,
    /// Whether it was pinned before, with the same digest.
    pub known: bool,
    /// Packages that it builds on and that are not pinned.
    pub lacking: Vec<String>,
}

impl Store {
    /// The store in a folder, which need not exist yet.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The list of pins.
    pub fn pins_path(&self) -> PathBuf {
        self.dir.join(PINS)
    }

    /// The file of a package.
    pub fn path(&self, id: &PackageId) -> PathBuf {
        self.dir.join(format!("{id}.package"))
    }

    /// Everything that is pinned.
    ///
    /// # Errors
    /// When the list of pins cannot be read. That there is none yet is no error.
    pub fn pins(&self) -> Result<BTreeMap<PackageId, Pin>, PackagesError> {
        let path = self.pins_path();
        let fault = |reason: String| PackagesError::Pins { path: path.clone(), reason };
        let text = match std::fs::metadata(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
            Ok(found) if found.len() > MOST_PINS => return Err(fault(format!("it has more than {MOST_PINS} bytes"))),
            _ => std::fs::read_to_string(&path).map_err(|e| fault(e.to_string()))?,
        };
        let pins: Pins = serde_json::from_str(&text).map_err(|e| fault(e.to_string()))?;
        if pins.version != FORM {
            return Err(fault(format!("its version is {}, and {FORM} is read", pins.version)));
        }
        pins.packages.into_iter().map(|(id, pin)| Ok((id.parse().map_err(fault)?, pin))).collect()
    }

    /// A pinned package, held against its pin.
    ///
    /// # Errors
    /// When it is not pinned, or the file is not the one that was.
    pub fn open(&self, id: &PackageId) -> Result<(Pin, Vec<u8>), PackagesError> {
        let mut pins = self.pins()?;
        let Some(pin) = pins.remove(id) else {
            let known: Vec<String> = pins.keys().map(ToString::to_string).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            return Err(PackagesError::NotPinned { id: id.clone(), path: self.pins_path(), known });
        };
        let path = self.path(id);
        let bytes = std::fs::read(&path);
        let bytes = bytes.map_err(|source| PackagesError::File { act: "read", path: path.clone(), source })?;
        let found = sha256(&bytes).0;
        if found != pin.sha256 {
            return Err(PackagesError::Changed { id: id.clone(), path, pinned: pin.sha256, found });
        }
        Ok((pin, bytes))
    }

    /// Takes a package from its origin, looks whether it is what it should be, and pins it.
    ///
    /// # Errors
    /// When it cannot be had, is another package or of no use, has not the digest `expected`, or is pinned with another
    /// digest and may not `replace` it.
    pub async fn add(
        &self,
        id: &PackageId,
        origin: &Origin,
        registry: &Registry,
        expected: Option<&str>,
        replace: bool,
    ) -> Result<Added, PackagesError> {
        let mut pins = self.pins()?;
        let fetched = registry.obtain(id, origin).await?;
        let (pin, needs) = fit(id, &fetched)?;
        if let Some(expected) = expected.filter(|expected| !expected.eq_ignore_ascii_case(&pin.sha256)) {
            let reason = format!("it has SHA-256 {}, and {expected} was asked for", pin.sha256);
            return Err(PackagesError::Unfit { what: fetched.origin, reason });
        }
        let known = pins.get(id).is_some_and(|before| before.sha256 == pin.sha256);
        if let Some(before) = pins.get(id).filter(|_| !known && !replace) {
            let (pinned, found) = (before.sha256.clone(), pin.sha256);
            return Err(PackagesError::Differs { id: id.clone(), pinned, origin: fetched.origin, found });
        }
        self.write(&self.path(id), &fetched.bytes)?;
        pins.insert(id.clone(), pin.clone());
        self.write_pins(&pins)?;
        let lacking = needs.into_iter().filter(|need| !pins.keys().any(|id| id.to_string() == *need)).collect();
        Ok(Added { pin, known, lacking })
    }

    fn write_pins(&self, pins: &BTreeMap<PackageId, Pin>) -> Result<(), PackagesError> {
        let packages = pins.iter().map(|(id, pin)| (id.to_string(), pin.clone())).collect();
        let text = serde_json::to_string_pretty(&Pins { version: FORM, packages }).unwrap_or_default();
        self.write(&self.pins_path(), format!("{text}\n").as_bytes())
    }

    /// Beside its place first: a file that is cut off must never take the name of a whole one.
    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), PackagesError> {
        let beside = path.with_extension("part");
        let written = std::fs::create_dir_all(&self.dir)
            .and_then(|()| std::fs::write(&beside, bytes))
            .and_then(|()| std::fs::rename(&beside, path));
        written.map_err(|source| PackagesError::File { act: "write", path: path.to_owned(), source })
    }
}

/// Whether what was fetched is the package that was asked for and has definitions; the pin, and what it builds on.
fn fit(id: &PackageId, fetched: &Fetched) -> Result<(Pin, Vec<String>), PackagesError> {
    let limits = PackageLimits::default();
    let what = || fetched.origin.clone();
    let manifest = manifest(&fetched.bytes, &limits).map_err(|fault| PackagesError::Package { what: what(), fault })?;
    let own = manifest.as_ref().map(|manifest| format!("{}@{}", manifest.name, manifest.version));
    if let Some(own) = own.filter(|own| *own != id.to_string()) {
        return Err(PackagesError::Unfit { what: what(), reason: format!("it says that it is {own}, not {id}") });
    }
    let fhir = releases(&what(), &fetched.bytes, manifest.as_ref(), &limits)?;
    let pin = Pin {
        sha256: sha256(&fetched.bytes).0,
        size: fetched.bytes.len() as u64,
        fhir,
        origin: fetched.origin.clone(),
    };
    let needs = manifest.map(|manifest| manifest.dependencies).unwrap_or_default();
    Ok((pin, needs.into_iter().map(|(name, version)| format!("{name}@{version}")).collect()))
}
