//! Unpacks what definitions come in: gzip (RFC 1952), tar (POSIX.1-1988 ustar, with the long names of pax and GNU),
//! lines of JSON.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::release::Release;

/// How much of a package is read.
#[derive(Debug, Clone, Copy)]
pub struct PackageLimits {
    /// Longest unpacked content, in bytes.
    pub bytes: usize,
    /// Most files in a package or folder.
    pub files: usize,
}

impl Default for PackageLimits {
    /// 512 MiB and 50 000 files: the core package of R4 has a tenth of that.
    fn default() -> Self {
        Self { bytes: 512 * 1024 * 1024, files: 50_000 }
    }
}

/// Why a package cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PackageFault {
    /// The file or folder cannot be read.
    #[error("read {path}")]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// More than is read.
    #[error("unpack more than {0} bytes or files")]
    TooLarge(usize),
    /// Damaged, or of another kind.
    #[error("unpack: {0}")]
    Damaged(&'static str),
    /// No definition of this release was in it.
    #[error("find a definition of this FHIR release")]
    Nothing,
}

/// One text with definitions: a file of a package, or lines of JSON.
pub(super) struct Content {
    pub(super) bytes: Vec<u8>,
}

/// Unpacks a file by what it holds, not by its name.
pub(super) fn unpack(bytes: Vec<u8>, limits: &PackageLimits) -> Result<Vec<Content>, PackageFault> {
    let bytes = if bytes.starts_with(&[0x1f, 0x8b]) { gunzip(&bytes, limits)? } else { bytes };
    if bytes.len() > limits.bytes {
        return Err(PackageFault::TooLarge(limits.bytes));
    }
    if bytes.get(257..262) == Some(b"ustar") {
        return members(&bytes, limits, is_definition_file);
    }
    Ok(vec![Content { bytes }])
}

/// A file, or every file below a folder that may hold definitions: its path, relative to the folder, and its bytes. The
/// order is that of the paths.
///
/// # Errors
/// [`PackageFault`] when something cannot be read, or is more than is read.
pub fn read_files(path: &Path, limits: &PackageLimits) -> Result<Vec<(String, Vec<u8>)>, PackageFault> {
    if !path.is_dir() {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        return Ok(vec![(name, read(path, limits.bytes, limits)?)]);
    }
    let mut left = limits.bytes;
    let mut found = Vec::new();
    for file in files_below(path, limits)? {
        let bytes = read(&file, left, limits)?;
        left -= bytes.len();
        let below = file.strip_prefix(path).unwrap_or(&file);
        let parts: Vec<_> = below.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        found.push((parts.join("/"), bytes));
    }
    Ok(found)
}

fn read(file: &Path, left: usize, limits: &PackageLimits) -> Result<Vec<u8>, PackageFault> {
    let fault = |source| PackageFault::Read { path: file.to_owned(), source };
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(file).map_err(fault)?;
    opened.take(left as u64 + 1).read_to_end(&mut bytes).map_err(fault)?;
    if bytes.len() > left { Err(PackageFault::TooLarge(limits.bytes)) } else { Ok(bytes) }
}

fn files_below(path: &Path, limits: &PackageLimits) -> Result<Vec<PathBuf>, PackageFault> {
    let mut waiting = vec![path.to_owned()];
    let mut files = Vec::new();
    while let Some(folder) = waiting.pop() {
        let fault = |source| PackageFault::Read { path: folder.clone(), source };
        for entry in std::fs::read_dir(&folder).map_err(fault)? {
            let entry = entry.map_err(fault)?;
            let kind = entry.file_type().map_err(fault)?;
            // Links are not followed: they may lead out of the folder, or around in it.
            if kind.is_dir() {
                waiting.push(entry.path());
            } else if kind.is_file() && is_wanted(&entry.file_name().to_string_lossy()) {
                files.push(entry.path());
            }
        }
        if files.len() + waiting.len() > limits.files {
            return Err(PackageFault::TooLarge(limits.files));
        }
    }
    files.sort();
    Ok(files)
}

fn is_wanted(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [".json", ".ndjson", ".xml", ".tgz", ".gz"].iter().any(|ending| name.ends_with(ending))
}

fn gunzip(bytes: &[u8], limits: &PackageLimits) -> Result<Vec<u8>, PackageFault> {
    let damaged = PackageFault::Damaged;
    let flags = *bytes.get(3).ok_or(damaged("the gzip header is cut off"))?;
    let mut at = 10;
    if flags & 4 != 0 {
        let length = bytes.get(10..12).ok_or(damaged("the gzip header is cut off"))?;
        at += 2 + usize::from(u16::from_le_bytes([length[0], length[1]]));
    }
    for flag in [8, 16] {
        if flags & flag != 0 {
            let rest = bytes.get(at..).ok_or(damaged("the gzip header is cut off"))?;
            let end = rest.iter().position(|byte| *byte == 0).ok_or(damaged("the gzip header is cut off"))?;
            at += end + 1;
        }
    }
    if flags & 2 != 0 {
        at += 2;
    }
    let end = bytes.len().checked_sub(8).filter(|end| at < *end).ok_or(damaged("the gzip data is cut off"))?;
    let unpacked = miniz_oxide::inflate::decompress_to_vec_with_limit(&bytes[at..end], limits.bytes).map_err(
        |fault| match fault.status {
            miniz_oxide::inflate::TINFLStatus::HasMoreOutput => PackageFault::TooLarge(limits.bytes),
            _ => damaged("the gzip data is damaged"),
        },
    )?;
    // The length at the end also tells a second member, which is not read.
    let stated = u32::from_le_bytes([bytes[end + 4], bytes[end + 5], bytes[end + 6], bytes[end + 7]]);
    if unpacked.len() & 0xffff_ffff != stated as usize {
        return Err(damaged("the gzip data has not the length that it states"));
    }
    Ok(unpacked)
}

/// What a package says of itself in its `package.json`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manifest {
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
    /// Releases of FHIR that it is for, as far as they are read here.
    pub releases: Vec<Release>,
    /// Packages that it builds on, with their versions.
    pub dependencies: Vec<(String, String)>,
}

/// The manifest of a package; none when it has none, as lines of JSON have.
///
/// # Errors
/// [`PackageFault`] when the package or its manifest cannot be read.
pub fn manifest(bytes: &[u8], limits: &PackageLimits) -> Result<Option<Manifest>, PackageFault> {
    let unpacked = if bytes.starts_with(&[0x1f, 0x8b]) { gunzip(bytes, limits)? } else { bytes.to_vec() };
    if unpacked.get(257..262) != Some(b"ustar") {
        return Ok(None);
    }
    let found = members(&unpacked, limits, |name| name == "package/package.json" || name == "package.json")?;
    let Some(content) = found.first() else { return Ok(None) };
    let damaged = PackageFault::Damaged("package.json is no JSON");
    let listing: Value = serde_json::from_slice(&content.bytes).map_err(|_| damaged)?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let versions = ["fhirVersions", "fhir-version-list"].iter().find_map(|name| listing[name].as_array());
    let mut releases: Vec<Release> =
        versions.into_iter().flatten().filter_map(|v| Release::of_version(v.as_str()?)).collect();
    releases.sort_unstable();
    releases.dedup();
    let dependencies = listing["dependencies"].as_object().into_iter().flatten();
    Ok(Some(Manifest {
        name: text(&listing["name"]),
        version: text(&listing["version"]),
        releases,
        dependencies: dependencies.map(|(name, version)| (name.clone(), text(version))).collect(),
    }))
}

/// The files of a tar archive that are wanted, by their names.
fn members(
    bytes: &[u8],
    limits: &PackageLimits,
    is_wanted: impl Fn(&str) -> bool,
) -> Result<Vec<Content>, PackageFault> {
    let damaged = PackageFault::Damaged;
    let mut contents = Vec::new();
    let mut long_name = None;
    let mut at = 0;
    let mut count = 0;
    while let Some(head) = bytes.get(at..at + 512) {
        if head.iter().all(|byte| *byte == 0) {
            break;
        }
        let size = octal(&head[124..136]).ok_or(damaged("a tar header has no size"))?;
        let start = at + 512;
        let end = start.checked_add(size).ok_or(damaged("a tar header has an impossible size"))?;
        let body = bytes.get(start..end).ok_or(damaged("the tar archive is cut off"))?;
        match head[156] {
            b'x' => long_name = pax_path(body).or(long_name),
            b'L' => long_name = Some(text(body)),
            kind => {
                let name = long_name.take().unwrap_or_else(|| text(&head[..100]));
                if matches!(kind, b'0' | 0) && is_wanted(&name) {
                    contents.push(Content { bytes: body.to_vec() });
                }
            }
        }
        count += 1;
        if count > limits.files {
            return Err(PackageFault::TooLarge(limits.files));
        }
        at = start + size.div_ceil(512) * 512;
    }
    Ok(contents)
}

/// A package lists itself and may carry examples and other material beside its definitions.
fn is_definition_file(name: &str) -> bool {
    let own = name.rsplit('/').next().unwrap_or(name);
    own.ends_with(".json") && own != "package.json" && own != ".index.json" && !name.contains("/example")
}

/// The name of the next file, where it does not fit its header (POSIX.1-2001 pax: `length path=name` on a line).
fn pax_path(records: &[u8]) -> Option<String> {
    let lines = records.split(|byte| *byte == b'\n').filter_map(|line| std::str::from_utf8(line).ok());
    lines
        .filter_map(|line| line.split_once(' '))
        .find_map(|(_, record)| record.strip_prefix("path="))
        .map(str::to_owned)
}

fn octal(field: &[u8]) -> Option<usize> {
    let digits = text(field);
    usize::from_str_radix(digits.trim(), 8).ok()
}

fn text(field: &[u8]) -> String {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    String::from_utf8_lossy(&field[..end]).into_owned()
}
