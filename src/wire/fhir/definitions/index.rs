//! The definitions of one FHIR release, found by canonical url and parsed when asked for.

use std::collections::HashMap;
use std::path::Path;
use std::sync::OnceLock;

use serde_json::Value;

use super::archive::{self, Content, PackageFault, PackageLimits};
use super::release::Release;
use super::scan::{Header, header};
use super::terminology::{CodeSystem, ValueSet};
use super::types::Types;
use super::xml::parse_xml_by;
use crate::wire::fhir::Limits;

/// What came of reading a package.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Loaded {
    /// StructureDefinitions of this release.
    pub structures: usize,
    /// ValueSets.
    pub value_sets: usize,
    /// CodeSystems.
    pub code_systems: usize,
    /// StructureDefinitions of another release, which are left out.
    pub other_release: usize,
    /// Texts that are no resource, or that hold no canonical url.
    pub unusable: usize,
}

/// Definitions of one release. Build it with [`Definitions::new`], add packages, then check with it.
#[derive(Debug)]
pub struct Definitions {
    release: Release,
    texts: Vec<Vec<u8>>,
    entries: Vec<Entry>,
    by_url: HashMap<String, Vec<usize>>,
    types: OnceLock<Types>,
}

#[derive(Debug)]
pub(super) struct Entry {
    text: usize,
    start: usize,
    end: usize,
    pub(super) header: Header,
    pub(super) value_set: OnceLock<Option<ValueSet>>,
    pub(super) code_system: OnceLock<Option<CodeSystem>>,
}

/// What is known of a StructureDefinition before it is parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Structure<'d> {
    /// Its number among the definitions, from 0.
    pub number: usize,
    /// Canonical url, without version.
    pub url: &'d str,
    /// Business version; empty when it states none.
    pub version: &'d str,
    /// `primitive-type`, `complex-type`, `resource` or `logical`.
    pub kind: &'d str,
    /// The type that it defines or constrains.
    pub type_name: &'d str,
    /// `specialization`, `constraint` or, for the root types, empty.
    pub derivation: &'d str,
    /// Canonical url of the definition that it builds on; empty for the root types.
    pub base: &'d str,
}

impl Definitions {
    /// No definitions yet.
    pub fn new(release: Release) -> Self {
        Self { release, texts: Vec::new(), entries: Vec::new(), by_url: HashMap::new(), types: OnceLock::new() }
    }

    /// The release that these definitions are of.
    pub fn release(&self) -> Release {
        self.release
    }

    /// Adds a package, a file with one resource or one a line, or everything below a folder.
    ///
    /// # Errors
    /// [`PackageFault`] when it cannot be read or holds no definition of this release.
    pub fn add_path(&mut self, path: &Path, limits: &PackageLimits) -> Result<Loaded, PackageFault> {
        self.add_files(archive::read_files(path, limits)?.into_iter().map(|(_, bytes)| bytes), limits)
    }

    /// Adds the content of a file, as [`Definitions::add_path`] does.
    ///
    /// # Errors
    /// [`PackageFault`] when it cannot be unpacked or holds no definition of this release.
    pub fn add_bytes(&mut self, bytes: Vec<u8>, limits: &PackageLimits) -> Result<Loaded, PackageFault> {
        self.add_contents(archive::unpack(bytes, limits)?)
    }

    /// Adds the contents of several files together; packages among them are unpacked.
    ///
    /// # Errors
    /// [`PackageFault`] when one cannot be unpacked, or all together hold no definition of this release.
    pub fn add_files(
        &mut self,
        files: impl IntoIterator<Item = Vec<u8>>,
        limits: &PackageLimits,
    ) -> Result<Loaded, PackageFault> {
        let mut contents = Vec::new();
        let mut total = 0;
        for bytes in files {
            let unpacked = archive::unpack(bytes, limits)?;
            total += unpacked.iter().map(|content| content.bytes.len()).sum::<usize>();
            if total > limits.bytes {
                return Err(PackageFault::TooLarge(limits.bytes));
            }
            contents.extend(unpacked);
        }
        self.add_contents(contents)
    }

    fn add_contents(&mut self, contents: Vec<Content>) -> Result<Loaded, PackageFault> {
        let mut loaded = Loaded::default();
        let (texts, entries) = (self.texts.len(), self.entries.len());
        let mut xml = Vec::new();
        for content in contents {
            let first =
                content.bytes.iter().find(|byte| !byte.is_ascii_whitespace() && !matches!(byte, 0xef | 0xbb | 0xbf));
            match first {
                Some(b'{') => self.add_text(content.bytes, &mut loaded),
                Some(b'<') => xml.push(content),
                _ => loaded.unusable += 1,
            }
        }
        self.add_xml(xml, &mut loaded);
        // What was derived from the definitions so far may be out of date now.
        self.types = OnceLock::new();
        let is_other = loaded.structures == 0 && loaded.other_release > 0;
        if is_other || loaded.structures + loaded.value_sets + loaded.code_systems == 0 {
            self.forget(texts, entries);
            return Err(PackageFault::Nothing);
        }
        Ok(loaded)
    }

    /// Terminology does not say its release, and one release must not answer with the codes of another: so what comes
    /// with definitions of another release alone goes with them.
    fn forget(&mut self, texts: usize, entries: usize) {
        self.texts.truncate(texts);
        self.entries.truncate(entries);
        self.by_url.values_mut().for_each(|numbers| numbers.retain(|number| *number < entries));
        self.by_url.retain(|_, numbers| !numbers.is_empty());
    }

    /// XML is read with the help of the definitions of the standard, which must have been added before.
    fn add_xml(&mut self, contents: Vec<Content>, loaded: &mut Loaded) {
        for content in contents {
            let read = parse_xml_by(self, &content.bytes, &Limits::default());
            match read.ok().and_then(|value| serde_json::to_vec(&value).ok()) {
                Some(text) => self.add_text(text, loaded),
                None => loaded.unusable += 1,
            }
        }
    }

    fn add_text(&mut self, mut bytes: Vec<u8>, loaded: &mut Loaded) {
        if bytes.starts_with(&[0xef, 0xbb, 0xbf]) {
            bytes.drain(..3);
        }
        let text = self.texts.len();
        let lines = if is_one_a_line(&bytes) { line_ranges(&bytes) } else { vec![(0, bytes.len())] };
        for (start, end) in lines {
            match header(&bytes[start..end]) {
                Some(header) => self.add_entry(text, start, end, header, loaded),
                None => loaded.unusable += 1,
            }
        }
        self.texts.push(bytes);
    }

    fn add_entry(&mut self, text: usize, start: usize, end: usize, header: Header, loaded: &mut Loaded) {
        let count = match header.resource_type.as_str() {
            // A definition need not say its release; then it counts for the one that was asked for.
            "StructureDefinition" => match Release::of_version(&header.fhir_version) {
                Some(release) if release == self.release => &mut loaded.structures,
                None if header.fhir_version.is_empty() => &mut loaded.structures,
                _ => {
                    loaded.other_release += 1;
                    return;
                }
            },
            "ValueSet" => &mut loaded.value_sets,
            "CodeSystem" => &mut loaded.code_systems,
            _ => return,
        };
        if header.url.is_empty() {
            loaded.unusable += 1;
            return;
        }
        *count += 1;
        let number = self.entries.len();
        self.by_url.entry(header.url.clone()).or_default().push(number);
        let (value_set, code_system) = (OnceLock::new(), OnceLock::new());
        self.entries.push(Entry { text, start, end, header, value_set, code_system });
    }

    /// How many resources there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is nothing to check with.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The StructureDefinition of a canonical url, with or without `|version`. A version that is not at hand is
    /// answered by the one that is: packages often lag behind each other in their versions alone.
    pub fn structure(&self, canonical: &str) -> Option<Structure<'_>> {
        let number = self.find(canonical, "StructureDefinition")?;
        Some(self.at(number))
    }

    /// All StructureDefinitions.
    pub fn structures(&self) -> impl Iterator<Item = Structure<'_>> {
        (0..self.entries.len())
            .filter(|number| self.entries[*number].header.resource_type == "StructureDefinition")
            .map(|number| self.at(number))
    }

    /// The StructureDefinition of that number; none when there is no resource of that number.
    pub fn structure_at(&self, number: usize) -> Option<Structure<'_>> {
        (number < self.entries.len()).then(|| self.at(number))
    }

    fn at(&self, number: usize) -> Structure<'_> {
        let Header { url, version, kind, type_name, derivation, base, .. } = &self.entries[number].header;
        Structure { number, url, version, kind, type_name, derivation, base }
    }

    /// Parses a resource by its number; none when its text is not JSON after all.
    pub fn parse(&self, number: usize) -> Option<Value> {
        let entry = self.entries.get(number)?;
        serde_json::from_slice(&self.texts[entry.text][entry.start..entry.end]).ok()
    }

    pub(super) fn entry(&self, number: usize) -> &Entry {
        &self.entries[number]
    }

    pub(super) fn find(&self, canonical: &str, resource_type: &str) -> Option<usize> {
        let (url, version) = canonical.split_once('|').unwrap_or((canonical, ""));
        let mut found = None;
        for number in self.by_url.get(url)? {
            let header = &self.entries[*number].header;
            if header.resource_type == resource_type {
                if version.is_empty() || header.version == version {
                    return Some(*number);
                }
                found = found.or(Some(*number));
            }
        }
        found
    }

    /// The types of the standard, as far as their definitions are at hand.
    pub(super) fn types(&self) -> &Types {
        self.types.get_or_init(|| Types::new(self))
    }
}

/// Lines that each hold an object of their own, unlike a single resource that was laid out over lines.
fn is_one_a_line(bytes: &[u8]) -> bool {
    let first = bytes.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty());
    first.is_some_and(|line| line.trim_ascii().ends_with(b"}") && header(line).is_some())
}

fn line_ranges(bytes: &[u8]) -> Vec<(usize, usize)> {
    let mut ranges = Vec::new();
    let mut start = 0;
    for line in bytes.split(|byte| *byte == b'\n') {
        let end = start + line.len();
        if !line.trim_ascii().is_empty() {
            ranges.push((start, end));
        }
        start = end + 1;
    }
    ranges
}
