//! From files and Bundles to single resources with an id.
//!
//! Test data comes from outside too: sizes and depth are bounded, and every refusal names the
//! file.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::BSN_SYSTEM;
use super::placeholder::Placeholders;
use super::reference::{Key, is_id, is_resource_type};
use super::store::RecordsError;
use crate::base::day::Day;
use crate::wire::fhir::{FhirFault, Limits, parse_json, parse_xml};

/// Folders below folders, at most.
const DEEPEST: usize = 16;

/// A folder of somebody's own records, and the day that dates in it are counted from.
#[derive(Debug, Clone, Copy)]
pub struct OwnData<'a> {
    /// The folder.
    pub dir: &'a Path,
    /// The test day.
    pub test_day: Day,
}

/// A resource as found, Bundles still whole.
pub(super) struct Source {
    pub(super) file: Option<PathBuf>,
    pub(super) resource: Value,
}

/// A resource ready to be kept.
pub(super) struct Entry {
    pub(super) file: Option<PathBuf>,
    pub(super) key: Key,
    /// Where its Bundle said it lives.
    pub(super) full_url: Option<String>,
    pub(super) resource: Value,
}

/// Reads every resource file below a folder.
pub(super) fn read_folder(folder: OwnData<'_>) -> Result<Vec<Source>, RecordsError> {
    let mut files = Vec::new();
    list(folder.dir, 0, &mut files)?;
    let mut placeholders = Placeholders::on(folder.test_day);
    let read = |file| read_file(file, &mut placeholders);
    let sources = files.into_iter().map(read).collect::<Result<_, _>>()?;
    Ok(first_states(sources, &placeholders))
}

/// Statuses of a Task in the order of an exchange; what is not here comes after.
const IN_ORDER: [&str; 5] = ["requested", "received", "accepted", "on-hold", "in-progress"];

/// Test material holds one file for each state of a Task, all with the placeholder of its id: the exchange begins with the
/// first, and the others are what it leads to.
fn first_states(sources: Vec<Source>, placeholders: &Placeholders) -> Vec<Source> {
    let mut kept: Vec<Source> = Vec::new();
    let rank = |resource: &Value| {
        let status = resource.get("status").and_then(Value::as_str);
        status.and_then(|status| IN_ORDER.iter().position(|s| *s == status)).unwrap_or(IN_ORDER.len())
    };
    for source in sources {
        let id = source.resource.get("id").and_then(Value::as_str).filter(|id| placeholders.made(id));
        let same = |other: &&mut Source| {
            ["resourceType", "id"].iter().all(|name| other.resource.get(name) == source.resource.get(name))
        };
        match id.and_then(|_| kept.iter_mut().find(same)) {
            Some(other) if rank(&source.resource) < rank(&other.resource) => *other = source,
            Some(_) => {}
            None => kept.push(source),
        }
    }
    kept
}

fn list(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), RecordsError> {
    if depth > DEEPEST {
        return Err(RecordsError::TooDeep { folder: folder.to_owned() });
    }
    let read_fault = |source| RecordsError::Read { file: folder.to_owned(), source };
    let mut entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(read_fault)?;
    // The order of a folder differs between machines; the order of names does not.
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        // A link to a folder is not followed, so that no circle is walked.
        if entry.file_type().map_err(read_fault)?.is_dir() {
            list(&path, depth + 1, files)?;
        } else if is_resource_file(&path) {
            files.push(path);
        }
    }
    Ok(())
}

fn is_resource_file(path: &Path) -> bool {
    matches!(extension(path).as_deref(), Some("json" | "xml"))
}

fn extension(path: &Path) -> Option<String> {
    Some(path.extension()?.to_str()?.to_ascii_lowercase())
}

fn read_file(file: PathBuf, placeholders: &mut Placeholders) -> Result<Source, RecordsError> {
    let limits = Limits::default();
    let read = || {
        let length = fs::metadata(&file)?.len();
        // One byte past the limit is enough for the parser to refuse it.
        match usize::try_from(length) {
            Ok(length) if length <= limits.bytes => fs::read(&file).map(Some),
            _ => Ok(None),
        }
    };
    let bytes = read().map_err(|source| RecordsError::Read { file: file.clone(), source })?;
    let bytes = match bytes {
        Some(bytes) if bytes.windows(2).any(|part| part == b"${") => match String::from_utf8(bytes) {
            Ok(text) => {
                let unknown = |placeholder| RecordsError::Placeholder { file: file.clone(), placeholder };
                Some(placeholders.fill(&text).map_err(unknown)?.into_bytes())
            }
            Err(no_text) => Some(no_text.into_bytes()),
        },
        other => other,
    };
    let parsed = match bytes {
        None => Err(FhirFault::TooLarge { limit: limits.bytes }),
        Some(bytes) if extension(&file).as_deref() == Some("xml") => parse_xml(&bytes, &limits),
        Some(bytes) => parse_json(&bytes, &limits),
    };
    match parsed {
        Ok(resource) => Ok(Source { file: Some(file), resource }),
        Err(fault) => Err(RecordsError::Parse { file, fault }),
    }
}

/// Opens Bundles and gives every resource its key.
pub(super) fn unpack(sources: Vec<Source>) -> Result<Vec<Entry>, RecordsError> {
    let mut entries = Vec::new();
    for Source { file, resource } in sources {
        open(&file, resource, None, &mut entries)?;
    }
    Ok(entries)
}

/// Numbers the patients whose citizen service number is masked, as far as there are numbers that nobody has: test material
/// hides even the fictitious ones (`data-absent-reason` is `masked`).
pub(super) fn number_masked(entries: &mut [Entry], numbers: &[String]) {
    let taken: Vec<String> =
        entries.iter_mut().filter_map(|entry| number_of(entry)?.get("value")?.as_str().map(str::to_owned)).collect();
    let mut free = numbers.iter().filter(|number| !taken.contains(number));
    for entry in entries {
        let Some(identifier) = number_of(entry).filter(|identifier| is_masked(identifier)) else { continue };
        let Some(number) = free.next() else { return };
        identifier.remove("_value");
        identifier.insert("value".to_owned(), Value::String(number.clone()));
    }
}

/// The identifier of a patient that holds the citizen service number.
fn number_of(entry: &mut Entry) -> Option<&mut Map<String, Value>> {
    let identifiers = (entry.key.resource_type == "Patient").then(|| entry.resource.get_mut("identifier"))??;
    let mut identifiers = identifiers.as_array_mut()?.iter_mut().filter_map(Value::as_object_mut);
    identifiers.find(|identifier| identifier.get("system").and_then(Value::as_str) == Some(BSN_SYSTEM))
}

fn is_masked(identifier: &Map<String, Value>) -> bool {
    let extensions = identifier.get("_value").and_then(|value| value.get("extension")?.as_array());
    let mut reasons = extensions.into_iter().flatten().filter_map(|one| one.get("valueCode")?.as_str());
    !identifier.contains_key("value") && reasons.any(|reason| reason == "masked")
}

fn open(
    file: &Option<PathBuf>,
    mut resource: Value,
    full_url: Option<String>,
    entries: &mut Vec<Entry>,
) -> Result<(), RecordsError> {
    if resource.get("resourceType").and_then(Value::as_str) != Some("Bundle") {
        entries.push(entry(file, resource, full_url)?);
        return Ok(());
    }
    let inside = resource.get_mut("entry").and_then(Value::as_array_mut);
    for bundled in inside.into_iter().flatten() {
        let full_url = bundled.get("fullUrl").and_then(Value::as_str);
        let full_url = full_url.map(str::to_owned);
        if let Some(inner) = bundled.get_mut("resource") {
            open(file, inner.take(), full_url, entries)?;
        }
    }
    Ok(())
}

fn entry(file: &Option<PathBuf>, mut resource: Value, full_url: Option<String>) -> Result<Entry, RecordsError> {
    let refused = |reason: String| RecordsError::Refused { file: file.clone(), reason };
    let resource_type = match resource.get("resourceType").and_then(Value::as_str) {
        Some(name) if is_resource_type(name) => name.to_owned(),
        Some(name) => return Err(refused(format!("`{name}` is not an STU3 resource type"))),
        None => return Err(refused("an entry without `resourceType`".to_owned())),
    };
    let id = match resource.get("id") {
        Some(Value::String(id)) if is_id(id) => id.clone(),
        Some(other) => return Err(refused(format!("{resource_type} has the id {other}"))),
        None => {
            let id = derived_id(&resource, full_url.as_deref());
            resource["id"] = Value::String(id.clone());
            id
        }
    };
    Ok(Entry { file: file.clone(), key: Key { resource_type, id }, full_url, resource })
}

/// The UUID its Bundle gave it, or else a digest of the content.
fn derived_id(resource: &Value, full_url: Option<&str>) -> String {
    let uuid = full_url.and_then(|url| url.strip_prefix("urn:uuid:"));
    if let Some(uuid) = uuid.filter(|uuid| is_id(uuid)) {
        return uuid.to_owned();
    }
    let digest = Sha256::digest(resource.to_string());
    digest[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}
