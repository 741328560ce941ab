//! A set of files by relative path: a folder on disk, or the copy inside the binary.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::digest::{Sha256Hex, sha256};

/// A file larger than this is no suite file; loading stops with an error instead of eating memory.
const MAX_FILE_BYTES: u64 = 8 * 1024 * 1024;

/// Could not read a folder of files.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// A file or folder could not be read.
    #[error("read {path}: {source}")]
    Read {
        /// What was read.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// A file is larger than any file of a suite may be.
    #[error("read {path}: larger than {MAX_FILE_BYTES} bytes")]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
}

/// Files by relative path with `/` as separator, in order of path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileSet {
    files: BTreeMap<String, Vec<u8>>,
    shown_prefix: String,
}

impl FileSet {
    /// Reads the named folders below `root`, recursively. Folders that do not exist are skipped.
    pub fn from_dir(root: &Path, folders: &[&str]) -> Result<Self, FilesError> {
        let mut set = Self { shown_prefix: shown_prefix(root), ..Self::default() };
        for folder in folders {
            let dir = root.join(folder);
            if dir.is_dir() {
                set.read_dir(root, &dir)?;
            }
        }
        Ok(set)
    }

    fn read_dir(&mut self, root: &Path, dir: &Path) -> Result<(), FilesError> {
        let fail = |path: &Path| {
            let path = path.to_owned();
            move |source| FilesError::Read { path, source }
        };
        for entry in std::fs::read_dir(dir).map_err(fail(dir))? {
            let path = entry.map_err(fail(dir))?.path();
            if path.is_dir() {
                self.read_dir(root, &path)?;
                continue;
            }
            let size = std::fs::metadata(&path).map_err(fail(&path))?.len();
            if size > MAX_FILE_BYTES {
                return Err(FilesError::TooLarge { path });
            }
            let relative = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            self.files.insert(relative, std::fs::read(&path).map_err(fail(&path))?);
        }
        Ok(())
    }

    /// Adds or replaces a file.
    pub fn insert(&mut self, path: impl Into<String>, bytes: Vec<u8>) {
        self.files.insert(path.into(), bytes);
    }

    /// A file's bytes.
    pub fn get(&self, path: &str) -> Option<&[u8]> {
        self.files.get(path).map(Vec::as_slice)
    }

    /// All files in order of path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files.iter().map(|(p, b)| (p.as_str(), b.as_slice()))
    }

    /// The path to show a user for a file of this set.
    pub fn shown(&self, path: &str) -> String {
        format!("{}{path}", self.shown_prefix)
    }

    /// SHA-256 of a file, if it is in the set.
    pub fn digest(&self, path: &str) -> Option<Sha256Hex> {
        self.get(path).map(sha256)
    }

    /// Whether there is nothing here.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

fn shown_prefix(root: &Path) -> String {
    let text = root.to_string_lossy();
    if text == "." || text.is_empty() { String::new() } else { format!("{}/", text.trim_end_matches('/')) }
}
