//! Files that are wrong on purpose: other UIDs, and manifests that do not lead to their images (30-beeldbeschikbaarheid
//! section 9.1). Everything else in them stays as it is.

use dicom_core::DataElement;
use dicom_core::value::DataSetSequence;
use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;
use dicom_object::{DefaultDicomObject, InMemDicomObject};

use super::manifest::SOP_CLASS;
use super::read_bytes;

/// What is wrong with a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumIter)]
pub enum ManifestFlaw {
    /// It is of another SOP class.
    OtherSopClass,
    /// It has no preamble.
    NoPreamble,
    /// It has no evidence sequence.
    NoEvidence,
    /// It does not say where the images are.
    NoLocation,
    /// Its first series has an image that is not there.
    MissingInstance,
}

/// SOP class of enhanced structured reports, as long as that of manifests.
const OTHER_CLASS: &str = "1.2.840.10008.5.1.4.1.1.88.22";
/// An image that is not there.
const MISSING: &str = "2.999.50.99.1.1";
/// Bytes before the file meta information.
const PREAMBLE: usize = 132;

/// The file with another UID in the place of one, wherever that stands as a whole. Both have one length, so that nothing
/// else changes.
pub fn with_uid(file: &[u8], uid: &str, other: &str) -> Vec<u8> {
    let (uid, other) = (uid.as_bytes(), other.as_bytes());
    let mut changed = file.to_vec();
    if uid.is_empty() || uid.len() != other.len() {
        return changed;
    }
    let belongs = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_digit() || *b == b'.');
    for at in 0..file.len().saturating_sub(uid.len() - 1) {
        let end = at + uid.len();
        let alone = !belongs(at.checked_sub(1).and_then(|before| file.get(before))) && !belongs(file.get(end));
        if file[at] == uid[0] && &file[at..end] == uid && alone {
            changed[at..end].copy_from_slice(other);
        }
    }
    changed
}

/// The manifest with something wrong; `None` when it cannot be read.
pub fn spoilt(manifest: &[u8], flaw: ManifestFlaw) -> Option<Vec<u8>> {
    match flaw {
        ManifestFlaw::OtherSopClass => return Some(with_uid(manifest, SOP_CLASS, OTHER_CLASS)),
        ManifestFlaw::NoPreamble => return manifest.get(PREAMBLE..).map(<[u8]>::to_vec),
        _ => {}
    }
    let mut object = opened(manifest)?;
    let mut studies = items(&mut object, tags::CURRENT_REQUESTED_PROCEDURE_EVIDENCE_SEQUENCE);
    if flaw == ManifestFlaw::NoEvidence {
        return written(&object);
    }
    for study in &mut studies {
        let mut all = items(study, tags::REFERENCED_SERIES_SEQUENCE);
        match flaw {
            ManifestFlaw::NoLocation => all.iter_mut().for_each(|s| drop(s.take(tags::RETRIEVE_LOCATION_UID))),
            _ => all.iter_mut().take(1).for_each(with_missing),
        }
        put(study, tags::REFERENCED_SERIES_SEQUENCE, all);
    }
    put(&mut object, tags::CURRENT_REQUESTED_PROCEDURE_EVIDENCE_SEQUENCE, studies);
    if flaw == ManifestFlaw::MissingInstance {
        let mut content = items(&mut object, tags::CONTENT_SEQUENCE);
        if let Some(mut more) = content.first().cloned() {
            let mut referred = items(&mut more, tags::REFERENCED_SOP_SEQUENCE);
            referred.iter_mut().for_each(rename);
            put(&mut more, tags::REFERENCED_SOP_SEQUENCE, referred);
            content.push(more);
        }
        put(&mut object, tags::CONTENT_SEQUENCE, content);
    }
    written(&object)
}

/// A manifest that lists what another one lists as well; `None` when one of them cannot be read.
pub fn joined(manifest: &[u8], other: &[u8]) -> Option<Vec<u8>> {
    let (mut object, mut other) = (opened(manifest)?, opened(other)?);
    for tag in [tags::CONTENT_SEQUENCE, tags::CURRENT_REQUESTED_PROCEDURE_EVIDENCE_SEQUENCE] {
        let mut all = items(&mut object, tag);
        all.extend(items(&mut other, tag));
        put(&mut object, tag, all);
    }
    written(&object)
}

fn opened(file: &[u8]) -> Option<DefaultDicomObject> {
    // The reader with limits comes first: that of the library has none.
    read_bytes(file).ok()?;
    dicom_object::from_reader(file).ok()
}

fn written(object: &DefaultDicomObject) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    object.write_all(&mut bytes).ok()?;
    Some(bytes)
}

/// Takes the items of a sequence out.
fn items(object: &mut InMemDicomObject, tag: Tag) -> Vec<InMemDicomObject> {
    let items = object.take(tag).and_then(|element| element.into_value().into_items());
    items.into_iter().flatten().collect()
}

fn put(object: &mut InMemDicomObject, tag: Tag, items: Vec<InMemDicomObject>) {
    object.put(DataElement::new(tag, VR::SQ, DataSetSequence::from(items)));
}

/// A series with one image more.
fn with_missing(series: &mut InMemDicomObject) {
    let mut referred = items(series, tags::REFERENCED_SOP_SEQUENCE);
    if let Some(mut more) = referred.first().cloned() {
        rename(&mut more);
        referred.push(more);
    }
    put(series, tags::REFERENCED_SOP_SEQUENCE, referred);
}

fn rename(referred: &mut InMemDicomObject) {
    let value = dicom_core::value::PrimitiveValue::from(MISSING);
    referred.put(DataElement::new(tags::REFERENCED_SOP_INSTANCE_UID, VR::UI, value));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uid_is_changed_where_it_stands_as_a_whole() {
        let file = b"UI\x0a\x002.999.50.1 UI\x0c\x002.999.50.1.1UI\x0c\x0012.999.50.1";
        let changed = with_uid(file, "2.999.50.1", "2.999.50.8");
        assert_eq!(changed, b"UI\x0a\x002.999.50.8 UI\x0c\x002.999.50.1.1UI\x0c\x0012.999.50.1");
        assert_eq!(with_uid(file, "2.999.50.1", "2.999.50.88"), file);
        assert_eq!(with_uid(b"2", "2.999", "2.998"), b"2");
    }
}
