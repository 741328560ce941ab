//! What a gateway answers out of.

use std::collections::BTreeSet;
use std::path::PathBuf;

use bytes::Bytes;

use crate::wire::dicom::{self, make::recoded};
use crate::wire::xds::{Cx, DocumentEntry};

/// Everything behind a gateway.
#[derive(Debug, Clone, Default)]
pub struct Holdings {
    /// The communities that it answers for. The first is the one that it names when it has to name one.
    pub communities: Vec<Community>,
    /// Who may see what. The first row that fits decides; without one it is allowed.
    pub consent: Vec<Consent>,
}

/// A community.
#[derive(Debug, Clone, Default)]
pub struct Community {
    /// Home community id, `urn:oid:…`.
    pub home: String,
    /// OIDs of its repositories.
    pub repositories: Vec<String>,
    /// OIDs of its imaging document sources: the retrieve locations of manifests.
    pub imaging_sources: Vec<String>,
    /// Documents, in the order of the timeline.
    pub documents: Vec<Holding>,
    /// Images.
    pub images: Vec<Image>,
}

/// A document with its metadata.
#[derive(Debug, Clone)]
pub struct Holding {
    /// Metadata.
    pub entry: DocumentEntry,
    /// The document.
    pub content: Content,
}

/// A DICOM instance.
#[derive(Debug, Clone)]
pub struct Image {
    /// Study Instance UID.
    pub study: String,
    /// Series Instance UID.
    pub series: String,
    /// SOP Instance UID.
    pub instance: String,
    /// BSN of whom it shows.
    pub bsn: String,
    /// Imaging document source that gives it.
    pub source: String,
    /// The file in each transfer syntax that it can be given in, the original first.
    pub forms: Vec<Form>,
}

/// A file in one transfer syntax.
#[derive(Debug, Clone)]
pub struct Form {
    /// Transfer Syntax UID.
    pub transfer_syntax: String,
    /// The file.
    pub content: Content,
}

/// Bytes at hand, or in a file that is read when somebody asks.
#[derive(Debug, Clone)]
pub enum Content {
    /// At hand.
    Memory(Bytes),
    /// In a file.
    File(PathBuf),
}

impl Content {
    /// The bytes.
    ///
    /// # Errors
    /// When the file cannot be read any more: its path, and why.
    pub fn bytes(&self) -> Result<Bytes, (PathBuf, std::io::Error)> {
        match self {
            Self::Memory(bytes) => Ok(bytes.clone()),
            Self::File(path) => std::fs::read(path).map(Bytes::from).map_err(|error| (path.clone(), error)),
        }
    }
}

impl Form {
    /// The file in the first of the wanted transfer syntaxes that it can be given in, with that transfer syntax; `None` when
    /// there is none. Files without compression are given in the other syntax without compression too.
    ///
    /// # Errors
    /// When a file cannot be read any more: its path, and why.
    pub fn given_as<W: AsRef<str>>(
        forms: &[Self],
        wanted: &[W],
    ) -> Result<Option<(String, Bytes)>, (PathBuf, std::io::Error)> {
        for syntax in wanted.iter().map(AsRef::as_ref) {
            if let Some(form) = forms.iter().find(|form| form.transfer_syntax == syntax) {
                return Ok(Some((syntax.to_owned(), form.content.bytes()?)));
            }
            let Some(form) = forms.iter().find(|form| dicom::is_native(&form.transfer_syntax)) else { continue };
            if dicom::is_native(syntax)
                && let Some(bytes) = recoded(&form.content.bytes()?, syntax)
            {
                return Ok(Some((syntax.to_owned(), Bytes::from(bytes))));
            }
        }
        Ok(None)
    }
}

/// A row of the table of consent. What is not named fits anything.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Consent {
    /// BSN of the patient.
    #[serde(default)]
    pub bsn: Option<String>,
    /// URA of who consults.
    #[serde(default)]
    pub ura: Option<String>,
    /// Class code of the document, as the metadata has it; images fall under that of their manifest.
    #[serde(default)]
    pub class_code: Option<String>,
    /// Whether it may be seen.
    pub permit: bool,
}

impl Holdings {
    /// A community by its id.
    pub fn community(&self, home: &str) -> Option<&Community> {
        self.communities.iter().find(|c| c.home == home)
    }

    /// The community that the gateway names as itself.
    pub fn own_home(&self) -> &str {
        self.communities.first().map(|c| c.home.as_str()).unwrap_or_default()
    }

    /// Whether somebody may see something of a patient.
    pub fn permits(&self, bsn: Option<&str>, ura: Option<&str>, class_codes: &[&str]) -> bool {
        let is = |wanted: &Option<String>, found: Option<&str>| wanted.is_none() || wanted.as_deref() == found;
        let fits = |row: &&Consent| {
            let class = row.class_code.as_deref().is_none_or(|c| class_codes.contains(&c));
            is(&row.bsn, bsn) && is(&row.ura, ura) && class
        };
        self.consent.iter().find(fits).is_none_or(|row| row.permit)
    }

    /// Whether somebody may see a document.
    pub(super) fn shows(&self, entry: &DocumentEntry, ura: Option<&str>) -> bool {
        let patient = entry.patient_id.as_deref().map(Cx::read);
        let classes: Vec<_> = entry.class_code.iter().map(|c| c.code.as_str()).collect();
        self.permits(patient.as_ref().and_then(Cx::as_bsn), ura, &classes)
    }

    /// BSNs of those who have a document or an image, each once.
    pub fn patients(&self) -> BTreeSet<String> {
        let entries = self.communities.iter().flat_map(|c| &c.documents).filter_map(|h| h.entry.patient_id.as_deref());
        let images = self.communities.iter().flat_map(|c| &c.images).map(|i| i.bsn.clone());
        entries.map(|cx| Cx::read(cx).id).chain(images).collect()
    }

    /// BSN of the patient of a document or image, by its unique id.
    pub(super) fn patient_of(&self, unique_id: &str) -> Option<String> {
        let is = |h: &&Holding| h.entry.unique_id.as_deref() == Some(unique_id);
        let documents = self.communities.iter().flat_map(|c| &c.documents).find(is);
        let patient = documents.and_then(|h| h.entry.patient_id.as_deref()).map(|cx| Cx::read(cx).id);
        let images = || self.communities.iter().flat_map(|c| &c.images).find(|i| i.instance == unique_id);
        patient.or_else(|| images().map(|i| i.bsn.clone()))
    }

    /// Whether there is anything of a patient.
    pub(super) fn knows(&self, patient: &Cx) -> bool {
        let of = |h: &Holding| h.entry.patient_id.as_deref().map(Cx::read).is_some_and(|p| same_patient(&p, patient));
        self.communities.iter().flat_map(|c| &c.documents).any(of)
    }
}

/// Whether two ids are of one patient: the number and who gave it out.
pub(super) fn same_patient(one: &Cx, other: &Cx) -> bool {
    let authority = |cx: &Cx| cx.authority.as_ref().map(|a| a.id.clone());
    one.id == other.id && authority(one) == authority(other)
}
