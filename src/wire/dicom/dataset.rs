//! Data sets as plain values: elements by tag, with the few kinds of values that are looked at.

use std::collections::BTreeMap;

use dicom_core::Tag;
use dicom_dictionary_std::tags;
use serde::Serialize;

/// The value of an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Its bytes, as they stand there.
    Bytes(Vec<u8>),
    /// Its items.
    Items(Vec<Dataset>),
    /// More bytes than are kept.
    Long(u64),
    /// Fragments of an encapsulated value: how many, the offset table included, and bytes in all.
    Fragments {
        /// How many.
        count: u64,
        /// Bytes in them.
        bytes: u64,
    },
}

/// Elements by tag. Numbers are little endian: other data sets are not looked into.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dataset {
    /// The elements.
    pub elements: BTreeMap<Tag, Value>,
}

/// A coded entry (PS3.3 section 8.8).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Code {
    /// Code value.
    pub value: String,
    /// Coding scheme designator.
    pub scheme: String,
    /// Code meaning.
    pub meaning: String,
}

impl Code {
    /// A code.
    pub fn new(value: &str, scheme: &str, meaning: &str) -> Self {
        Self { value: value.to_owned(), scheme: scheme.to_owned(), meaning: meaning.to_owned() }
    }

    /// Whether it is the same concept: value and scheme count, the meaning does not.
    pub fn is(&self, value: &str, scheme: &str) -> bool {
        self.value == value && self.scheme == scheme
    }
}

impl Dataset {
    /// The bytes of a value that is kept.
    pub fn bytes(&self, tag: Tag) -> Option<&[u8]> {
        match self.elements.get(&tag)? {
            Value::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// A text, in the character set of the data set, without padding; `None` when it is absent or empty.
    pub fn text(&self, tag: Tag) -> Option<String> {
        let text = decode(self.bytes(tag)?, &self.character_set());
        let text = text.trim_matches(|c: char| c == '\0' || c == ' ');
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// What the data set names as its character set; empty for the default repertoire.
    pub fn character_set(&self) -> String {
        let bytes = self.bytes(tags::SPECIFIC_CHARACTER_SET).unwrap_or_default();
        String::from_utf8_lossy(bytes).trim_matches(['\0', ' ']).to_owned()
    }

    /// A number: an unsigned short of two bytes, or digits.
    pub fn number(&self, tag: Tag) -> Option<u32> {
        match self.bytes(tag)? {
            [low, high] if !is_text(tag) => Some(u32::from(u16::from_le_bytes([*low, *high]))),
            _ => self.text(tag)?.parse().ok(),
        }
    }

    /// The items of a sequence; none when it is absent.
    pub fn items(&self, tag: Tag) -> &[Self] {
        match self.elements.get(&tag) {
            Some(Value::Items(items)) => items,
            _ => &[],
        }
    }

    /// The first code of a sequence of codes.
    pub fn code(&self, tag: Tag) -> Option<Code> {
        let item = self.items(tag).first()?;
        Some(Code {
            value: item.text(tags::CODE_VALUE)?,
            scheme: item.text(tags::CODING_SCHEME_DESIGNATOR).unwrap_or_default(),
            meaning: item.text(tags::CODE_MEANING).unwrap_or_default(),
        })
    }
}

/// Whether a number of this element is written in digits (value representation IS).
fn is_text(tag: Tag) -> bool {
    tag == tags::NUMBER_OF_FRAMES
}

/// Whether texts in a character set are read: UTF-8 (ISO_IR 192), Latin-1 (ISO_IR 100), the default repertoire.
pub(super) fn reads(character_set: &str) -> bool {
    matches!(character_set, "" | "ISO_IR 6" | "ISO_IR 100" | "ISO_IR 192")
}

fn decode(bytes: &[u8], character_set: &str) -> String {
    match character_set {
        "ISO_IR 100" => bytes.iter().copied().map(char::from).collect(),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// Whether a text is a UID (PS3.5 section 9.1).
pub fn is_uid(text: &str) -> bool {
    let part = |p: &str| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()) && (p == "0" || !p.starts_with('0'));
    text.len() <= 64 && text.split('.').all(part) && text.contains('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(tag: Tag, bytes: &[u8]) -> Dataset {
        Dataset { elements: BTreeMap::from([(tag, Value::Bytes(bytes.to_vec()))]) }
    }

    #[test]
    fn uids_are_digits_and_points_without_leading_zeros() {
        for uid in ["1.2.840.10008.1.2", "2.25.0", "2.999.50.1"] {
            assert!(is_uid(uid), "{uid}");
        }
        for other in ["", "1", "1..2", "1.02", "1.2.", "1.2a", &format!("1.{}", "2".repeat(63))] {
            assert!(!is_uid(other), "{other}");
        }
    }

    #[test]
    fn numbers_are_shorts_or_digits() {
        assert_eq!(one(tags::ROWS, &[0x40, 0]).number(tags::ROWS), Some(64));
        assert_eq!(one(tags::ROWS, b"00").number(tags::ROWS), Some(0x3030));
        assert_eq!(one(tags::NUMBER_OF_FRAMES, b"12").number(tags::NUMBER_OF_FRAMES), Some(12));
        assert_eq!(one(tags::NUMBER_OF_FRAMES, b"4 ").number(tags::NUMBER_OF_FRAMES), Some(4));
        assert_eq!(one(tags::NUMBER_OF_FRAMES, b"x ").number(tags::NUMBER_OF_FRAMES), None);
    }

    #[test]
    fn texts_lose_their_padding_and_follow_their_character_set() {
        assert_eq!(
            one(tags::STUDY_INSTANCE_UID, b"2.25.1\0").text(tags::STUDY_INSTANCE_UID).as_deref(),
            Some("2.25.1")
        );
        assert_eq!(one(tags::PATIENT_ID, b"  ").text(tags::PATIENT_ID), None);
        let mut latin = one(tags::PATIENT_NAME, b"Zo\xeb^SIM ");
        latin.elements.insert(tags::SPECIFIC_CHARACTER_SET, Value::Bytes(b"ISO_IR 100".to_vec()));
        assert_eq!(latin.text(tags::PATIENT_NAME).as_deref(), Some("Zoë^SIM"));
    }
}
