//! The file as a whole: members by name, written and read by `wire::zip`.

use std::collections::BTreeMap;

use super::{EVENTS, MEDIA_TYPE, MIMETYPE, SEAL};
use crate::wire::jades::Jades;
use crate::wire::zip::{self, Limits, Packed, ZipFault};

/// A bewijs, taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bundle {
    /// Its members, the seal and the media type among them.
    pub members: BTreeMap<String, Vec<u8>>,
}

/// A bewijs cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("write the bewijs: {0}")]
pub struct BundleFault(#[from] ZipFault);

impl Bundle {
    /// Takes a file apart, with everything that is wrong with the container.
    pub fn read(bytes: &[u8]) -> (Self, Vec<ZipFault>) {
        let read = zip::read(bytes, MIMETYPE, Limits::BEWIJS);
        (Self { members: read.members }, read.faults)
    }

    /// The same, but for the transcript, which is most of it: it stays as it is, every time that it is there.
    pub(super) fn read_without_events(bytes: &[u8]) -> (Self, Vec<Packed<'_>>, Vec<ZipFault>) {
        let read = zip::read_with_packed(bytes, MIMETYPE, Some(EVENTS), Limits::BEWIJS);
        (Self { members: read.members }, read.packed, read.faults)
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// When a name is not plain, or it becomes too large.
    pub fn written(&self) -> Result<Vec<u8>, BundleFault> {
        let first = self.members.get(MIMETYPE).map_or(MEDIA_TYPE.as_bytes(), Vec::as_slice);
        Ok(zip::write((MIMETYPE, first), &self.members)?)
    }

    /// The same with this seal.
    #[must_use]
    pub fn sealed(mut self, seal: &Jades) -> Self {
        self.members.insert(SEAL.to_owned(), seal.written());
        self
    }
}
