//! What is wrong with bytes that should be a DICOM file: what stops reading, and what is only told.

use dicom_core::Tag;

/// Why a file is not read to its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum DicomFault {
    /// No preamble with `DICM` behind it (PS3.10 section 7.1).
    #[error("this is no DICOM file: DICM does not stand behind 128 bytes")]
    NotPart10,
    /// No transfer syntax in the meta information, so that nothing behind it can be read.
    #[error("the meta information names no transfer syntax")]
    NoTransferSyntax,
    /// The file ends within something.
    #[error("the file ends at byte {at}, {missing} bytes before the end of {what}")]
    Truncated {
        /// What is cut off.
        what: String,
        /// Where the file ends.
        at: u64,
        /// How many bytes are missing at least.
        missing: u64,
    },
    /// Two bytes that are no value representation.
    #[error("{tag} at byte {at} has no value representation that exists: {found}")]
    Representation {
        /// The element.
        tag: Tag,
        /// Where it stands.
        at: u64,
        /// What stands there.
        found: String,
    },
    /// An item or a delimiter where none can be, or something else where one must be.
    #[error("{tag} at byte {at} cannot stand there: {why}")]
    Misplaced {
        /// The element.
        tag: Tag,
        /// Where it stands.
        at: u64,
        /// Why not.
        why: &'static str,
    },
    /// A length that leads out of the item or sequence around it.
    #[error("{tag} at byte {at} is longer than what it is in")]
    PastParent {
        /// The element.
        tag: Tag,
        /// Where it stands.
        at: u64,
    },
    /// More than is looked at.
    #[error("{what}: {found}, more than the limit of {limit}")]
    Limit {
        /// What there is too much of.
        what: &'static str,
        /// How much there is.
        found: u64,
        /// How much is allowed.
        limit: u64,
    },
    /// The source of the bytes failed.
    #[error("the bytes cannot be read: {0}")]
    Source(String),
}

impl DicomFault {
    /// The code of the fault, the same in every language.
    pub fn code(&self) -> &'static str {
        self.into()
    }
}

/// What is wrong with a file that can be read all the same. A judge decides what it weighs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Oddity {
    /// The group length of the meta information is absent (PS3.10 table 7.1-1).
    #[error("the meta information does not begin with its length")]
    MetaWithoutLength,
    /// The group length says something else than where the group ends.
    #[error("the meta information has {found} bytes where it says {told}")]
    MetaLength {
        /// What it says.
        told: u64,
        /// What it is.
        found: u64,
    },
    /// An element of the meta information that is mandatory and absent or empty.
    #[error("{0} is not in the meta information")]
    MetaMissing(Tag),
    /// The meta information names another object than the data set.
    #[error("{tag}: the meta information says {meta}, the data set says {dataset}")]
    MetaDiffers {
        /// The element of the meta information.
        tag: Tag,
        /// What it says.
        meta: String,
        /// What the data set says.
        dataset: String,
    },
    /// An element that does not stand in ascending order (PS3.5 section 7.1).
    #[error("{0} stands behind a higher tag")]
    Order(Tag),
    /// An element twice in one data set; the first is read.
    #[error("{0} occurs twice")]
    Twice(Tag),
    /// A value of an odd number of bytes (PS3.5 section 7.1.1).
    #[error("{0} has an odd length")]
    OddLength(Tag),
    /// An identifier that is no UID: digits and points, no leading zeros, at most 64 characters (PS3.5 section 9.1).
    #[error("{tag}: {value:?} is no UID")]
    Uid {
        /// The element.
        tag: Tag,
        /// What it says.
        value: String,
    },
    /// A text in a character set that is not read here; its other characters are replaced.
    #[error("the character set {0:?} is not read here")]
    CharacterSet(String),
    /// A data set that was not looked into: deflated, or in big endian.
    #[error("the data set is in transfer syntax {0} and was not looked into")]
    Unread(String),
}

impl Oddity {
    /// The code of the oddity, the same in every language.
    pub fn code(&self) -> &'static str {
        self.into()
    }
}
