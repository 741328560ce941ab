//! The record store: resources by type and id, references resolved, patients known by BSN.
//!
//! Immutable once made, so that it is shared between connections without a lock.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use super::compartment::Compartments;
use super::load::OwnData;
use super::reference::{Key, values};
use super::{BSN_SYSTEM, load};
use crate::wire::fhir::FhirFault;

/// The resources of the reference GtK; cheap to clone.
#[derive(Debug, Clone)]
pub struct Records {
    pub(super) store: Arc<Store>,
}

/// One patient in the records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatientSummary {
    /// Logical id.
    pub id: String,
    /// Citizen service number, when the resource carries one.
    pub bsn: Option<String>,
}

/// Why records could not be made; reads after "failed to".
#[derive(Debug, thiserror::Error)]
pub enum RecordsError {
    /// A file or folder that cannot be read.
    #[error("read `{}`", file.display())]
    Read {
        /// The file or folder.
        file: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A file that holds no readable resource.
    #[error("understand `{}`: {fault}", file.display())]
    Parse {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        fault: FhirFault,
    },
    /// A placeholder that stands for nothing.
    #[error("fill in `{}`: {placeholder} is no placeholder that is known", file.display())]
    Placeholder {
        /// The file.
        file: PathBuf,
        /// As it stands there.
        placeholder: String,
    },
    /// A resource that cannot be kept.
    #[error("keep {}: {reason}", place(.file.as_deref()))]
    Refused {
        /// The file it came from, when it came from one.
        file: Option<PathBuf>,
        /// Why, naming the resource.
        reason: String,
    },
    /// Folders nested deeper than anyone lays out by hand.
    #[error("read `{}`: folders are nested too deeply", folder.display())]
    TooDeep {
        /// The folder at which reading stopped.
        folder: PathBuf,
    },
}

fn place(file: Option<&Path>) -> String {
    file.map_or_else(|| "a resource".to_owned(), |file| format!("`{}`", file.display()))
}

/// What a reference leads to: a resource of the store, or one contained in the referrer.
#[derive(Debug, Clone, Copy)]
pub(super) enum Target<'s> {
    Stored(usize),
    Contained(&'s Value),
}

#[derive(Debug, Default)]
pub(super) struct Store {
    pub(super) resources: Vec<Value>,
    by_key: HashMap<Key, usize>,
    by_type: HashMap<String, Vec<usize>>,
    by_full_url: HashMap<String, usize>,
    by_identifier: HashMap<(String, String), Vec<usize>>,
    patients: Vec<PatientSummary>,
    pub(super) compartments: Compartments,
}

impl Records {
    /// Makes records of resources; a Bundle stands for the resources in it.
    ///
    /// A resource without `id` gets one derived from its content, the same every time.
    ///
    /// # Errors
    /// [`RecordsError::Refused`] for what is no STU3 resource, has an ill-formed id, or shares type
    /// and id with another.
    pub fn from_resources(resources: Vec<Value>) -> Result<Self, RecordsError> {
        let entries = resources.into_iter().map(|resource| load::Source { file: None, resource }).collect();
        Self::from_entries(load::unpack(entries)?)
    }

    /// Makes records of every `*.json` and `*.xml` file below a folder, in the order of their names, with placeholders filled in.
    /// Patients whose citizen service number the material hides get the given ones, in the order of loading.
    ///
    /// # Errors
    /// A [`RecordsError`] that names the file and the reason; the first one ends the loading.
    pub fn load_dir(folder: OwnData<'_>, numbers: &[String]) -> Result<Self, RecordsError> {
        let mut entries = load::unpack(load::read_folder(folder)?)?;
        load::number_masked(&mut entries, numbers);
        Self::from_entries(entries)
    }

    fn from_entries(entries: Vec<load::Entry>) -> Result<Self, RecordsError> {
        let mut store = Store::default();
        for entry in entries {
            store.add(entry)?;
        }
        store.compartments = Compartments::of(&store);
        Ok(Self { store: Arc::new(store) })
    }

    /// Every patient, in the order of loading.
    pub fn patients(&self) -> Vec<PatientSummary> {
        self.store.patients.clone()
    }

    /// The logical id of the patient with this BSN.
    pub fn patient_id_by_bsn(&self, bsn: &str) -> Option<&str> {
        let has_bsn = |patient: &&PatientSummary| patient.bsn.as_deref() == Some(bsn);
        let found = self.store.patients.iter().find(has_bsn);
        found.map(|patient| patient.id.as_str())
    }

    /// The resource of this type and id.
    pub fn read(&self, resource_type: &str, id: &str) -> Option<&Value> {
        let index = self.store.by_key.get(&Key::new(resource_type, id))?;
        self.store.resources.get(*index)
    }

    /// The resources of a type, in the order of loading.
    pub fn all_of(&self, resource_type: &str) -> Vec<&Value> {
        self.store.of_type(resource_type).iter().map(|index| &self.store.resources[*index]).collect()
    }

    /// Whether a resource of these records may be shown in the record of this patient: the
    /// patient itself, what names the patient as its subject, and what has no subject but is
    /// referred to from there (organizations, medication, devices).
    pub fn belongs_to(&self, resource: &Value, patient_id: &str) -> bool {
        let index = Key::of(resource).and_then(|key| self.store.by_key.get(&key));
        index.is_some_and(|index| self.store.compartments.holds(patient_id, *index))
    }
}

impl Store {
    fn add(&mut self, entry: load::Entry) -> Result<(), RecordsError> {
        let index = self.resources.len();
        if self.by_key.contains_key(&entry.key) {
            let Key { resource_type, id } = entry.key;
            return Err(RecordsError::Refused {
                file: entry.file,
                reason: format!("`{resource_type}/{id}` is there already"),
            });
        }
        if let Some(full_url) = entry.full_url {
            self.by_full_url.entry(full_url).or_insert(index);
        }
        for (system, value) in identifiers(&entry.resource) {
            let known = self.by_identifier.entry((system, value)).or_default();
            known.push(index);
        }
        if entry.key.resource_type == "Patient" {
            self.patients.push(PatientSummary { id: entry.key.id.clone(), bsn: bsn(&entry.resource) });
        }
        let same_type = self.by_type.entry(entry.key.resource_type.clone());
        same_type.or_default().push(index);
        self.by_key.insert(entry.key, index);
        self.resources.push(entry.resource);
        Ok(())
    }

    /// The resources of one type, in the order of loading.
    pub(super) fn of_type(&self, resource_type: &str) -> &[usize] {
        self.by_type.get(resource_type).map_or(&[], Vec::as_slice)
    }

    pub(super) fn patient_ids(&self) -> impl Iterator<Item = (&str, usize)> {
        self.patients.iter().filter_map(|patient| {
            let index = self.by_key.get(&Key::new("Patient", &patient.id))?;
            Some((patient.id.as_str(), *index))
        })
    }

    /// The resource a target stands for.
    pub(super) fn target<'s>(&'s self, target: Target<'s>) -> &'s Value {
        match target {
            Target::Stored(index) => &self.resources[index],
            Target::Contained(resource) => resource,
        }
    }

    /// What a literal reference in this resource leads to.
    pub(super) fn resolve_text<'s>(&'s self, referrer: &'s Value, reference: &str) -> Option<Target<'s>> {
        if let Some(local) = reference.strip_prefix('#') {
            let has_id = |inner: &&Value| inner.get("id").and_then(Value::as_str) == Some(local);
            let contained = values(referrer, "contained").into_iter().find(has_id);
            return contained.map(Target::Contained);
        }
        if let Some(index) = self.by_full_url.get(reference) {
            return Some(Target::Stored(*index));
        }
        let index = self.by_key.get(&Key::parse(reference)?)?;
        Some(Target::Stored(*index))
    }

    /// What a Reference leads to, by its literal reference or else by its identifier.
    pub(super) fn resolve<'s>(&'s self, referrer: &'s Value, reference: &Value) -> Option<Target<'s>> {
        if let Some(text) = reference.get("reference").and_then(Value::as_str) {
            return self.resolve_text(referrer, text);
        }
        let identifier = identifier_key(reference.get("identifier")?)?;
        match self.by_identifier.get(&identifier)?.as_slice() {
            // An identifier that several resources carry says nothing about which is meant.
            [index] => Some(Target::Stored(*index)),
            _ => None,
        }
    }
}

fn identifiers(resource: &Value) -> impl Iterator<Item = (String, String)> {
    values(resource, "identifier").into_iter().filter_map(identifier_key)
}

fn identifier_key(identifier: &Value) -> Option<(String, String)> {
    let text = |name: &str| identifier.get(name).and_then(Value::as_str);
    Some((text("system")?.to_owned(), text("value")?.to_owned()))
}

fn bsn(patient: &Value) -> Option<String> {
    identifiers(patient).find(|(system, _)| system == BSN_SYSTEM).map(|(_, value)| value)
}
