//! Reads a DICOM file (PS3.10) from a stream, with limits, once, from front to back.
//!
//! A study can be hundreds of megabytes, and a candidate can send anything. So values are kept only while they are short, pixel
//! data goes by and leaves its length, and everything goes through the digest that XDS metadata carry. Memory stays flat
//! whatever a length field says: nothing is reserved on the word of a file. The reader of the `dicom` crates builds every
//! value in memory and follows sequences as deep as they go, which is why it comes after this one and never before.

use std::io::BufRead;

use dicom_core::dictionary::{DataDictionary as _, DataDictionaryEntry as _};
use dicom_core::{Tag, VR, dictionary::VirtualVr};
use dicom_dictionary_std::{StandardDataDictionary, tags};

use super::dataset::{Dataset, Value, is_uid, reads};
use super::fault::{DicomFault, Oddity};
use super::object::{Object, PixelData};
use super::source::Source;
use super::{BIG_ENDIAN, IMPLICIT_LITTLE_ENDIAN, is_deflated};

/// Begin of an item (PS3.5 section 7.5).
pub(super) const ITEM: Tag = Tag(0xfffe, 0xe000);
/// End of an item of undefined length.
pub(super) const ITEM_END: Tag = Tag(0xfffe, 0xe00d);
/// End of a sequence of undefined length.
pub(super) const SEQUENCE_END: Tag = Tag(0xfffe, 0xe0dd);

/// Limits of a file that somebody else wrote.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of the file.
    pub bytes: u64,
    /// Elements and items in all.
    pub elements: u64,
    /// Sequences within each other.
    pub depth: u64,
    /// Bytes of one value that are kept; a longer value goes by.
    pub value: u64,
    /// Bytes of all values that are kept.
    pub kept: u64,
    /// Oddities that are told; more are of no use to anybody.
    pub oddities: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 4 << 30, elements: 500_000, depth: 32, value: 64 << 10, kept: 16 << 20, oddities: 50 }
    }
}

/// Reads a file.
///
/// # Errors
/// When it is no DICOM file, cannot be followed to its end, or passes a limit.
pub fn read(source: impl BufRead, limits: &Limits) -> Result<Object, DicomFault> {
    let mut walk = Walk::new(source, limits);
    walk.file()
}

/// What stands before a value.
struct Header {
    tag: Tag,
    /// Where the element begins.
    at: u64,
    /// `None` in implicit VR.
    vr: Option<VR>,
    /// `None` for an undefined length.
    length: Option<u64>,
}

/// How a data set is written and where it ends.
#[derive(Clone, Copy)]
struct Around {
    explicit: bool,
    depth: u64,
    /// Where what is around it ends at the latest.
    bound: u64,
    ends: Ends,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ends {
    /// With the file.
    WithFile,
    /// At the bound.
    AtBound,
    /// With a delimiter.
    Delimited,
}

struct Walk<R> {
    source: Source<R>,
    limits: Limits,
    elements: u64,
    kept: u64,
    oddities: Vec<Oddity>,
    pixel: Option<PixelData>,
    /// A tag that was read and belongs to what follows.
    pending: Option<Tag>,
}

impl<R: BufRead> Walk<R> {
    fn new(source: R, limits: &Limits) -> Self {
        Self {
            source: Source::new(source, limits.bytes),
            limits: *limits,
            elements: 0,
            kept: 0,
            oddities: Vec::new(),
            pixel: None,
            pending: None,
        }
    }

    fn file(&mut self) -> Result<Object, DicomFault> {
        let begin = self.source.array::<132>(|| "the preamble".to_owned());
        if !matches!(&begin, Ok(bytes) if &bytes[128..] == b"DICM") {
            return Err(begin
                .err()
                .filter(|e| !matches!(e, DicomFault::Truncated { .. }))
                .unwrap_or(DicomFault::NotPart10));
        }
        let meta = self.meta()?;
        let syntax = meta.text(tags::TRANSFER_SYNTAX_UID).ok_or(DicomFault::NoTransferSyntax)?;
        let unread = is_deflated(&syntax) || syntax == BIG_ENDIAN;
        let dataset = if unread {
            self.told(Oddity::Unread(syntax.clone()));
            self.source.drain()?;
            None
        } else {
            let explicit = syntax != IMPLICIT_LITTLE_ENDIAN;
            let around = Around { explicit, depth: 0, bound: u64::MAX, ends: Ends::WithFile };
            Some(self.dataset(around)?)
        };
        if let Some(dataset) = &dataset {
            self.compare(&meta, dataset);
        }
        Ok(Object {
            meta,
            dataset,
            pixel: self.pixel.take(),
            size: self.source.at,
            sha1: self.source.digest(),
            oddities: std::mem::take(&mut self.oddities),
        })
    }

    fn told(&mut self, oddity: Oddity) {
        if self.oddities.len() < self.limits.oddities {
            self.oddities.push(oddity);
        }
    }

    /// Group 0002, always in explicit VR little endian. Where it ends is seen by the group of the next element; a deflated
    /// data set has none, so that the told length counts there.
    fn meta(&mut self) -> Result<Dataset, DicomFault> {
        let mut meta = Dataset::default();
        let around = Around { explicit: true, depth: 0, bound: u64::MAX, ends: Ends::WithFile };
        let mut told = None;
        let mut begin = self.source.at;
        while !self.source.at_end()? {
            let reached = told.is_some_and(|length| self.source.at - begin >= length);
            let syntax = meta.text(tags::TRANSFER_SYNTAX_UID);
            if reached && syntax.as_deref().is_some_and(is_deflated) {
                break;
            }
            let at = self.source.at;
            let tag = self.tag()?;
            if tag.group() != 2 {
                self.pending = Some(tag);
                self.meta_length(told, at - begin);
                self.meta_complete(&meta);
                return Ok(meta);
            }
            self.element(tag, around, &mut meta)?;
            if tag == tags::FILE_META_INFORMATION_GROUP_LENGTH {
                told =
                    meta.bytes(tag).and_then(|b| <[u8; 4]>::try_from(b).ok()).map(|b| u64::from(u32::from_le_bytes(b)));
                begin = self.source.at;
            }
        }
        self.meta_length(told, self.source.at - begin);
        self.meta_complete(&meta);
        Ok(meta)
    }

    fn meta_length(&mut self, told: Option<u64>, found: u64) {
        match told {
            None => self.told(Oddity::MetaWithoutLength),
            Some(told) if told != found => self.told(Oddity::MetaLength { told, found }),
            Some(_) => {}
        }
    }

    fn meta_complete(&mut self, meta: &Dataset) {
        const MANDATORY: [Tag; 3] =
            [tags::MEDIA_STORAGE_SOP_CLASS_UID, tags::MEDIA_STORAGE_SOP_INSTANCE_UID, tags::IMPLEMENTATION_CLASS_UID];
        for tag in MANDATORY {
            if meta.text(tag).is_none() {
                self.told(Oddity::MetaMissing(tag));
            }
        }
        if meta.bytes(tags::FILE_META_INFORMATION_VERSION).is_none() {
            self.told(Oddity::MetaMissing(tags::FILE_META_INFORMATION_VERSION));
        }
    }

    /// What the meta information and the data set both say, and whether identifiers are ones.
    fn compare(&mut self, meta: &Dataset, dataset: &Dataset) {
        const PAIRS: [(Tag, Tag); 2] = [
            (tags::MEDIA_STORAGE_SOP_CLASS_UID, tags::SOP_CLASS_UID),
            (tags::MEDIA_STORAGE_SOP_INSTANCE_UID, tags::SOP_INSTANCE_UID),
        ];
        for (tag, own) in PAIRS {
            if let (Some(meta), Some(dataset)) = (meta.text(tag), dataset.text(own))
                && meta != dataset
            {
                self.told(Oddity::MetaDiffers { tag, meta, dataset });
            }
        }
        const UIDS: [Tag; 4] =
            [tags::SOP_CLASS_UID, tags::SOP_INSTANCE_UID, tags::STUDY_INSTANCE_UID, tags::SERIES_INSTANCE_UID];
        for tag in UIDS {
            if let Some(value) = dataset.text(tag).filter(|value| !is_uid(value)) {
                self.told(Oddity::Uid { tag, value });
            }
        }
        if !reads(&dataset.character_set()) {
            self.told(Oddity::CharacterSet(dataset.character_set()));
        }
    }

    fn tag(&mut self) -> Result<Tag, DicomFault> {
        if let Some(tag) = self.pending.take() {
            return Ok(tag);
        }
        let [a, b, c, d] = self.source.array(|| "a tag".to_owned())?;
        Ok(Tag(u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d])))
    }

    fn dataset(&mut self, around: Around) -> Result<Dataset, DicomFault> {
        let mut dataset = Dataset::default();
        loop {
            let ended = match around.ends {
                Ends::WithFile => self.pending.is_none() && self.source.at_end()?,
                Ends::AtBound => self.source.at >= around.bound,
                Ends::Delimited => false,
            };
            if ended {
                return Ok(dataset);
            }
            let at = self.source.at;
            self.room(around.bound, 8, ITEM)?;
            let tag = self.tag()?;
            if tag == ITEM_END && around.ends == Ends::Delimited {
                self.no_length(tag, at)?;
                return Ok(dataset);
            }
            if tag.group() == 0xfffe {
                return Err(DicomFault::Misplaced { tag, at, why: "it belongs in a sequence" });
            }
            self.element(tag, around, &mut dataset)?;
        }
    }

    /// The length behind a delimiter, which is nothing.
    fn no_length(&mut self, tag: Tag, at: u64) -> Result<(), DicomFault> {
        match self.source.array(|| "a delimiter".to_owned())? {
            [0, 0, 0, 0] => Ok(()),
            _ => Err(DicomFault::Misplaced { tag, at, why: "a delimiter has no length" }),
        }
    }

    fn room(&self, bound: u64, bytes: u64, tag: Tag) -> Result<(), DicomFault> {
        match self.source.at.checked_add(bytes) {
            Some(end) if end <= bound => Ok(()),
            _ => Err(DicomFault::PastParent { tag, at: self.source.at }),
        }
    }

    fn counted(&mut self) -> Result<(), DicomFault> {
        self.elements += 1;
        match self.elements > self.limits.elements {
            true => Err(DicomFault::Limit { what: "elements", found: self.elements, limit: self.limits.elements }),
            false => Ok(()),
        }
    }

    fn element(&mut self, tag: Tag, around: Around, into: &mut Dataset) -> Result<(), DicomFault> {
        self.counted()?;
        let header = self.header(tag, around.explicit)?;
        if let Some(length) = header.length {
            self.room(around.bound, length, tag)?;
            if length % 2 == 1 {
                self.told(Oddity::OddLength(tag));
            }
        }
        let value = self.value(&header, around)?;
        if into.elements.last_key_value().is_some_and(|(last, _)| *last > tag) {
            self.told(Oddity::Order(tag));
        }
        match into.elements.entry(tag) {
            std::collections::btree_map::Entry::Vacant(free) => {
                free.insert(value);
            }
            std::collections::btree_map::Entry::Occupied(_) => self.told(Oddity::Twice(tag)),
        }
        Ok(())
    }

    fn header(&mut self, tag: Tag, explicit: bool) -> Result<Header, DicomFault> {
        let at = self.source.at.saturating_sub(4);
        let what = || format!("the header of {tag}");
        let long = |b: [u8; 4]| Some(u64::from(u32::from_le_bytes(b))).filter(|length| *length != 0xffff_ffff);
        if !explicit {
            let length = long(self.source.array(what)?);
            return Ok(Header { tag, at, vr: None, length });
        }
        let written: [u8; 2] = self.source.array(what)?;
        let Some(vr) = VR::from_binary(written) else {
            let found = written.escape_ascii().to_string();
            return Err(DicomFault::Representation { tag, at, found });
        };
        let length = if has_long_length(vr) {
            let _reserved: [u8; 2] = self.source.array(what)?;
            long(self.source.array(what)?)
        } else {
            Some(u64::from(u16::from_le_bytes(self.source.array(what)?)))
        };
        Ok(Header { tag, at, vr: Some(vr), length })
    }

    fn value(&mut self, header: &Header, around: Around) -> Result<Value, DicomFault> {
        let tag = header.tag;
        let is_pixel_data = [tags::PIXEL_DATA, tags::FLOAT_PIXEL_DATA, tags::DOUBLE_FLOAT_PIXEL_DATA].contains(&tag);
        if is_sequence(header) {
            // An undefined length under an unknown representation is a sequence in implicit VR (PS3.5 section 6.2.2).
            let explicit = around.explicit && header.vr != Some(VR::UN);
            return self.sequence(header, Around { explicit, ..around });
        }
        let value = match header.length {
            None if matches!(header.vr, Some(VR::OB | VR::OW)) => self.fragments(header, around)?,
            None => return Err(DicomFault::Misplaced { tag, at: header.at, why: "its length cannot be undefined" }),
            Some(length) if is_pixel_data || length > self.limits.value => {
                self.source.pass(length, || format!("the value of {tag}"), |_| ())?;
                Value::Long(length)
            }
            Some(length) => self.kept(tag, length)?,
        };
        if is_pixel_data && around.depth == 0 {
            self.pixel = Some(match &value {
                Value::Fragments { count, bytes } => {
                    PixelData { bytes: *bytes, fragments: Some(count.saturating_sub(1)) }
                }
                Value::Long(bytes) => PixelData { bytes: *bytes, fragments: None },
                _ => PixelData { bytes: 0, fragments: None },
            });
        }
        Ok(value)
    }

    fn kept(&mut self, tag: Tag, length: u64) -> Result<Value, DicomFault> {
        self.kept += length;
        if self.kept > self.limits.kept {
            return Err(DicomFault::Limit { what: "bytes of values", found: self.kept, limit: self.limits.kept });
        }
        let mut bytes = Vec::new();
        self.source.pass(length, || format!("the value of {tag}"), |part| bytes.extend_from_slice(part))?;
        Ok(Value::Bytes(bytes))
    }

    fn sequence(&mut self, header: &Header, around: Around) -> Result<Value, DicomFault> {
        let depth = around.depth + 1;
        if depth > self.limits.depth {
            return Err(DicomFault::Limit {
                what: "sequences within each other",
                found: depth,
                limit: self.limits.depth,
            });
        }
        let bound = header.length.map_or(around.bound, |length| self.source.at + length);
        let mut items = Vec::new();
        while header.length.is_none() || self.source.at < bound {
            let at = self.source.at;
            self.room(bound, 8, header.tag)?;
            match self.tag()? {
                ITEM => items.push(self.item(Around { depth, bound, ..around })?),
                tag @ SEQUENCE_END if header.length.is_none() => {
                    self.no_length(tag, at)?;
                    break;
                }
                tag => return Err(DicomFault::Misplaced { tag, at, why: "a sequence has items" }),
            }
        }
        Ok(Value::Items(items))
    }

    fn item(&mut self, around: Around) -> Result<Dataset, DicomFault> {
        self.counted()?;
        match u32::from_le_bytes(self.source.array(|| "an item".to_owned())?) {
            0xffff_ffff => self.dataset(Around { ends: Ends::Delimited, ..around }),
            length => {
                self.room(around.bound, u64::from(length), ITEM)?;
                let bound = self.source.at + u64::from(length);
                self.dataset(Around { ends: Ends::AtBound, bound, ..around })
            }
        }
    }

    /// Fragments of an encapsulated value, the offset table first (PS3.5 annex A.4).
    fn fragments(&mut self, header: &Header, around: Around) -> Result<Value, DicomFault> {
        let (mut count, mut bytes) = (0_u64, 0_u64);
        loop {
            let at = self.source.at;
            self.room(around.bound, 8, header.tag)?;
            match self.tag()? {
                ITEM => {
                    self.counted()?;
                    let length = u64::from(u32::from_le_bytes(self.source.array(|| "a fragment".to_owned())?));
                    self.room(around.bound, length, ITEM)?;
                    self.source.pass(length, || "a fragment".to_owned(), |_| ())?;
                    // The offset table is no pixel data.
                    bytes += if count == 0 { 0 } else { length };
                    count += 1;
                }
                tag @ SEQUENCE_END => {
                    self.no_length(tag, at)?;
                    return Ok(Value::Fragments { count, bytes });
                }
                tag => return Err(DicomFault::Misplaced { tag, at, why: "an encapsulated value has fragments" }),
            }
        }
    }
}

/// Whether a length of four bytes follows two reserved ones (PS3.5 section 7.1.2).
fn has_long_length(vr: VR) -> bool {
    use VR::*;
    matches!(vr, OB | OD | OF | OL | OV | OW | SQ | SV | UC | UN | UR | UT | UV)
}

/// Whether a value is a sequence. In implicit VR the dictionary tells, or an undefined length of what is no pixel data.
fn is_sequence(header: &Header) -> bool {
    match header.vr {
        Some(VR::SQ) => true,
        Some(VR::UN) => header.length.is_none(),
        Some(_) => false,
        None if header.length.is_none() => header.tag != tags::PIXEL_DATA,
        None => {
            let entry = StandardDataDictionary.by_tag(header.tag);
            entry.is_some_and(|entry| entry.vr() == VirtualVr::Exact(VR::SQ))
        }
    }
}
