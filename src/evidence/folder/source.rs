//! Where the files of a run are.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::{FolderError, PACK, TRANSCRIPT};
use crate::base::digest::sha256;
use crate::base::files::FileSet;
use crate::transcript::ledger::Ledger;
use crate::transcript::store::StoreError;

/// Where the files of a run are: in its folder, or taken out of a bewijs and in memory.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a> {
    /// A folder on disk.
    Folder(&'a Path),
    /// Files by the names that they have in a folder.
    Files(&'a Files<'a>),
}

/// Files of somebody else by the names that they have in the folder of a run, with their sizes and digests: a bewijs is
/// large, so they are neither copied nor digested twice.
#[derive(Debug, Default)]
pub struct Files<'a> {
    files: BTreeMap<&'a str, File<'a>>,
    transcript: Option<Transcript<'a>>,
}

/// A transcript that stays where it is.
#[derive(Debug)]
struct Transcript<'a> {
    ledger: &'a Ledger<'a>,
    size: u64,
    sha256: &'a str,
}

#[derive(Debug, Clone, Copy)]
struct File<'a> {
    bytes: &'a [u8],
    size: u64,
    sha256: &'a str,
}

impl<'a> Files<'a> {
    /// Adds a file, its size and its SHA-256 in hex, which have to be right.
    pub fn insert(&mut self, name: &'a str, bytes: &'a [u8], size: u64, sha256: &'a str) {
        self.files.insert(name, File { bytes, size, sha256 });
    }

    /// Takes a transcript that was read through, in the place of a file; size and digest have to be right.
    pub fn put_transcript(&mut self, ledger: &'a Ledger<'a>, size: u64, sha256: &'a str) {
        self.transcript = Some(Transcript { ledger, size, sha256 });
    }

    fn get(&self, name: &str) -> Option<&'a [u8]> {
        self.files.get(name).map(|file| file.bytes)
    }
}

impl<'a> Source<'a> {
    pub(super) fn path(&self, name: &str) -> PathBuf {
        match self {
            Self::Folder(dir) => dir.join(name),
            Self::Files(_) => PathBuf::from(name),
        }
    }

    pub(super) fn read(&self, name: &str) -> Result<Cow<'a, [u8]>, FolderError> {
        match self {
            Self::Folder(dir) => super::read(dir, name).map(Cow::Owned),
            Self::Files(files) => files.get(name).map(Cow::Borrowed).ok_or_else(|| missing(name)),
        }
    }

    /// A file as text.
    pub(super) fn text(&self, name: &str) -> Result<String, FolderError> {
        let content =
            |e: std::string::FromUtf8Error| FolderError::Content { path: self.path(name), reason: e.to_string() };
        String::from_utf8(self.read(name)?.into_owned()).map_err(content)
    }

    /// The transcript, if it was read through.
    pub(super) fn ledger(&self) -> Option<&'a Ledger<'a>> {
        match self {
            Self::Folder(_) => None,
            Self::Files(files) => files.transcript.as_ref().map(|transcript| transcript.ledger),
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        match self {
            Self::Folder(dir) => dir.join(name).exists(),
            Self::Files(files) => files.get(name).is_some(),
        }
    }

    /// Size and digest of a file.
    pub(super) fn digest(&self, name: &str) -> Result<(u64, String), FolderError> {
        match self {
            Self::Files(files) => {
                let file = files.files.get(name).map(|file| (file.size, file.sha256));
                let left = files.transcript.as_ref().filter(|_| name == TRANSCRIPT).map(|t| (t.size, t.sha256));
                let (size, sha256) = left.or(file).ok_or_else(|| missing(name))?;
                Ok((size, sha256.to_owned()))
            }
            Self::Folder(_) => self.read(name).map(|bytes| (bytes.len() as u64, sha256(&bytes).0)),
        }
    }

    pub(super) fn transcript(&self) -> Result<Cow<'a, [u8]>, FolderError> {
        match self {
            Self::Files(_) => self.read(TRANSCRIPT),
            Self::Folder(dir) => {
                let path = dir.join(TRANSCRIPT);
                let bytes = std::fs::read(&path).map_err(|source| StoreError::Read { path, source })?;
                Ok(Cow::Owned(bytes))
            }
        }
    }

    pub(super) fn pack(&self) -> Result<FileSet, FolderError> {
        match self {
            Self::Folder(dir) => Ok(FileSet::from_dir(&dir.join(PACK), &["scenarios", "profiles"])?),
            Self::Files(files) => {
                let mut pack = FileSet::default();
                for (name, file) in &files.files {
                    if let Some(path) = name.strip_prefix(PACK).and_then(|rest| rest.strip_prefix('/')) {
                        pack.insert(path, file.bytes.to_vec());
                    }
                }
                Ok(pack)
            }
        }
    }
}

fn missing(name: &str) -> FolderError {
    FolderError::Read { path: PathBuf::from(name), source: io::ErrorKind::NotFound.into() }
}
