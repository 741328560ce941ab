//! Documents and declared deviations as files: reading them beside a candidate, and looking at the documents once, when
//! a run begins. What was found is kept in the folder of the run; nothing afterwards looks at a document again.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;

use crate::base::diagnostic::{Diagnostic, SourceFile};
use crate::base::digest::sha256_of;
use crate::judge::Papers;
use crate::suite::dossier::{Document, DocumentCheck, DocumentChecks, Dossier, is_plain_path};
use crate::suite::{Suite, WaiverFile};

/// Name of the dossier in the folder of a run.
pub const DOSSIER: &str = "inputs/dossier.yaml";
/// Name of what was found of its documents.
pub const DOCUMENTS: &str = "inputs/documents.json";
/// Name of the declared deviations.
pub const WAIVERS: &str = "inputs/waivers.yaml";

/// Largest document, in bytes: nobody signs off a gigabyte.
const LARGEST: u64 = 256 * 1024 * 1024;

/// The texts of the papers of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PaperFiles {
    /// The dossier.
    pub dossier: Option<String>,
    /// What was found of its documents, JSON.
    pub documents: Option<String>,
    /// The declared deviations.
    pub waivers: Option<String>,
}

impl PaperFiles {
    /// Reads the papers by a suite.
    ///
    /// # Errors
    /// All faults of a file at once.
    pub fn parse(&self, suite: &Suite) -> Result<Papers, Vec<Diagnostic>> {
        let source = |path: &str, text: &String| Arc::new(SourceFile { path: path.to_owned(), text: text.clone() });
        let dossier = match &self.dossier {
            Some(text) => {
                let dossier = Dossier::read(&source(DOSSIER, text), suite)?;
                let found = self.documents.clone().unwrap_or_default();
                let checks = serde_json::from_str::<DocumentChecks>(&found)
                    .map_err(|e| vec![Diagnostic::new(&source(DOCUMENTS, &found), 0, 0, e.to_string())])?;
                Some((dossier, checks))
            }
            None => None,
        };
        let waivers = match &self.waivers {
            Some(text) => WaiverFile::read(&source(WAIVERS, text), suite)?.waivers,
            None => Vec::new(),
        };
        Ok(Papers { dossier, waivers })
    }
}

/// Looks at a document below a folder and gives its digest.
///
/// # Errors
/// When it is not there, is no ordinary file below that folder, or is too large.
pub fn look_at(folder: &Path, path: &str) -> io::Result<Document> {
    let wrong = |why: &str| Err(io::Error::other(why.to_owned()));
    if !is_plain_path(path) {
        return wrong("the path leads out of the folder of the dossier");
    }
    // A link may lead anywhere; what it leads to must be below the folder too.
    let root = folder.canonicalize()?;
    let whole = root.join(path).canonicalize()?;
    if !whole.starts_with(&root) {
        return wrong("the path leads out of the folder of the dossier");
    }
    let file = File::open(&whole)?;
    let about = file.metadata()?;
    if !about.is_file() {
        return wrong("this is no file");
    }
    if about.len() > LARGEST {
        return wrong("the document is larger than 256 MiB");
    }
    let sha256 = sha256_of(file.take(LARGEST))?.0;
    Ok(Document { path: path.to_owned(), sha256, size: about.len() })
}

/// Looks at all documents of a dossier, each once.
pub fn look_at_all(folder: &Path, dossier: &Dossier) -> DocumentChecks {
    let mut paths: Vec<&str> =
        dossier.attestations.iter().flat_map(|a| &a.documents).map(|d| d.path.as_str()).collect();
    paths.sort_unstable();
    paths.dedup();
    let check = |path: &str| match look_at(folder, path) {
        Ok(found) => {
            DocumentCheck { path: found.path, sha256: Some(found.sha256), size: Some(found.size), problem: None }
        }
        Err(error) => {
            let problem = match error.kind() {
                io::ErrorKind::NotFound => "it is not there".to_owned(),
                _ => error.to_string(),
            };
            DocumentCheck { path: path.to_owned(), sha256: None, size: None, problem: Some(problem) }
        }
    };
    DocumentChecks { documents: paths.into_iter().map(check).collect() }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_document_has_the_digest_and_size_of_its_bytes() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a.txt"), "abc").unwrap();
        let found = look_at(dir.path(), "a.txt").unwrap();
        assert_eq!((found.size, found.sha256), (3, crate::base::digest::sha256(b"abc").0));
    }

    #[test]
    fn what_is_not_there_or_not_below_the_folder_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let inside = dir.path().join("inside");
        std::fs::create_dir(&inside).unwrap();
        std::fs::write(dir.path().join("secret.txt"), "x").unwrap();
        assert!(look_at(&inside, "nothing.txt").is_err());
        assert!(look_at(&inside, "../secret.txt").is_err());
        assert!(look_at(dir.path(), "inside").is_err(), "a folder is no document");
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(dir.path().join("secret.txt"), inside.join("link.txt")).unwrap();
            assert!(look_at(&inside, "link.txt").is_err(), "a link out of the folder");
        }
    }
}
