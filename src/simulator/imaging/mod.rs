//! What a source of images holds: reports, studies with a manifest each, and the index entries that lead to them.
//!
//! An [`Archive`] is either the [reference data](Archive::reference), made afresh at every start so that nothing binary is kept, or
//! [a folder](Archive::folder) of somebody's own DICOM files and reports. Both have one shape: communities with documents
//! (answers to ITI-38 and ITI-39) and instances (answers to RAD-75). It knows no message: how an [`Entry`] is written as ebRIM and
//! how a document travels is the business of who serves it.

mod entry;
mod folder;
mod index;
pub mod reference;
mod report;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::PathBuf;

use bytes::Bytes;

pub use super::xca::{Content, Form};
pub use entry::{Author, Entry};

use crate::wire::dicom::DicomFault;
use crate::wire::dicom::make::MakeFault;

/// Everything that there is.
#[derive(Debug, Clone, Default)]
pub struct Archive {
    /// The communities, each behind one gateway or all behind the same.
    pub communities: Vec<Community>,
}

/// A community with its index, its repository and its imaging document source.
#[derive(Debug, Clone)]
pub struct Community {
    /// Home community id, `urn:oid:…`.
    pub home: String,
    /// The organisation that answers for it.
    pub organisation: Organisation,
    /// OID of the repository of its documents.
    pub repository: String,
    /// OID of its imaging document source: the retrieve location of its manifests.
    pub imaging_source: String,
    /// Reports and manifests, in the order of the timeline.
    pub documents: Vec<Document>,
    /// Instances, in the order of their manifests.
    pub instances: Vec<Instance>,
}

/// An organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// Name.
    pub name: String,
    /// URA, 8 digits.
    pub ura: String,
}

/// A document that the index knows.
#[derive(Debug, Clone)]
pub struct Document {
    /// Its metadata.
    pub entry: Entry,
    /// Its bytes.
    pub content: Content,
}

/// A DICOM instance.
#[derive(Debug, Clone)]
pub struct Instance {
    /// Study Instance UID.
    pub study: String,
    /// Series Instance UID.
    pub series: String,
    /// SOP Class UID.
    pub sop_class: String,
    /// SOP Instance UID.
    pub sop_instance: String,
    /// BSN of whom it shows.
    pub bsn: String,
    /// The file in each transfer syntax that it is kept in, the original first.
    pub forms: Vec<Form>,
}

/// Why there is no archive.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveFault {
    /// A file was not made.
    #[error(transparent)]
    Making(#[from] MakeFault),
    /// A report was not made.
    #[error("a report cannot be written: {0}")]
    Report(String),
    /// A file or folder cannot be read.
    #[error("{path} cannot be read: {error}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A DICOM file is wrong.
    #[error("{path}: {fault}")]
    Dicom {
        /// Which.
        path: PathBuf,
        /// Why.
        fault: DicomFault,
    },
    /// A file that has no place in an archive.
    #[error("{path}: {why}")]
    Unfit {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// An attribute of the metadata that nothing fills.
    #[error("the metadata profile {profile} has no code for {attribute}")]
    Code {
        /// Which profile.
        profile: String,
        /// Which attribute.
        attribute: &'static str,
    },
}

impl From<(PathBuf, std::io::Error)> for ArchiveFault {
    fn from((path, error): (PathBuf, std::io::Error)) -> Self {
        Self::File { path, error }
    }
}

impl Instance {
    /// The file in the first of the wanted transfer syntaxes that it can be given in ([`Form::given_as`]).
    ///
    /// # Errors
    /// When its file cannot be read any more.
    pub fn given_as(&self, wanted: &[&str]) -> Result<Option<(String, Bytes)>, ArchiveFault> {
        Ok(Form::given_as(&self.forms, wanted)?)
    }
}

impl Community {
    /// A document by its unique id.
    pub fn document(&self, unique_id: &str) -> Option<&Document> {
        self.documents.iter().find(|document| document.entry.unique_id == unique_id)
    }

    /// An instance by its UID.
    pub fn instance(&self, sop_instance: &str) -> Option<&Instance> {
        self.instances.iter().find(|instance| instance.sop_instance == sop_instance)
    }
}

impl Archive {
    /// A community by its home community id.
    pub fn community(&self, home: &str) -> Option<&Community> {
        self.communities.iter().find(|community| community.home == home)
    }

    /// BSNs of everybody who has a document or an instance, each once.
    pub fn patients(&self) -> BTreeSet<&str> {
        let documents = self.communities.iter().flat_map(|c| c.documents.iter().map(|d| d.entry.bsn.as_str()));
        let instances = self.communities.iter().flat_map(|c| c.instances.iter().map(|i| i.bsn.as_str()));
        documents.chain(instances).collect()
    }
}
