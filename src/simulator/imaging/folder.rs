//! An archive from somebody's own files: DICOM instances, manifests, and reports as PDF or CDA.
//!
//! Instances are grouped by study; a study without a manifest in the folder gets one. A report belongs to the one study whose
//! instances lie in the same folder as the report. Instances stay in their files, so that a large study costs no memory. What does
//! not fit is told with its path, and nothing is served until it does.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::{Path, PathBuf};

use dicom_dictionary_std::tags;

use super::reference::community;
use super::{Archive, ArchiveFault, Community, Content, Form, Instance};
use crate::base::bsn::passes_eleven_test;
use crate::wire::dicom::make::{Patient, Study};
use crate::wire::dicom::manifest::{Manifest, SOP_CLASS};
use crate::wire::dicom::{Facts, Limits, Object, derived_uid, read};
use crate::wire::metadata::{EntryKind, MetadataProfile};
use crate::wire::xml;

/// Files that are taken from a folder.
const FILES: usize = 50_000;
/// Folders within each other.
const DEPTH: usize = 16;
/// Bytes of a report or a manifest.
const DOCUMENT: u64 = 64 << 20;

/// What a folder holds.
#[derive(Default)]
struct Found {
    studies: BTreeMap<String, StudyFiles>,
    /// Reports with the folder that they lie in.
    reports: Vec<(PathBuf, EntryKind)>,
    /// Studies with instances in a folder.
    in_folder: BTreeMap<PathBuf, BTreeSet<String>>,
}

/// The files of a study.
struct StudyFiles {
    study: Study,
    instances: Vec<(Instance, Facts)>,
    manifests: Vec<(PathBuf, Manifest)>,
}

impl Archive {
    /// What lies in a folder, as one community with the name and the numbers of the first of the reference data.
    ///
    /// # Errors
    /// When a file cannot be read, is wrong, or has no place in an archive.
    pub fn folder(folder: &Path, profile: &MetadataProfile) -> Result<Self, ArchiveFault> {
        let mut files = Vec::new();
        collect(folder, 0, &mut files)?;
        files.sort();
        let mut found = Found::default();
        for path in files {
            found.take(path)?;
        }
        let mut community = community(1, "TEST Ziekenhuis Noord", "90000001");
        if let Some(source) = found.imaging_source()? {
            community.imaging_source = source;
        }
        for files in found.studies.values() {
            community.take_files(files, profile)?;
        }
        for (path, kind) in &found.reports {
            let study = found.study_beside(path)?;
            let bytes = document(path)?;
            let unique_id = derived_uid(&format!("report {} {}", study.uid, crate::base::digest::sha256(&bytes).0));
            community.index(study, profile, *kind, &unique_id, bytes, &[])?;
        }
        Ok(Self { communities: vec![community] })
    }
}

fn unfit(path: &Path, why: impl Into<String>) -> ArchiveFault {
    ArchiveFault::Unfit { path: path.to_owned(), why: why.into() }
}

fn unreadable(path: &Path) -> impl FnOnce(std::io::Error) -> ArchiveFault {
    move |error| ArchiveFault::File { path: path.to_owned(), error }
}

/// Files below a folder. Links are not followed; hidden files and directories of media are passed over.
fn collect(folder: &Path, depth: usize, into: &mut Vec<PathBuf>) -> Result<(), ArchiveFault> {
    if depth > DEPTH {
        return Err(unfit(folder, format!("lies deeper than {DEPTH} folders")));
    }
    for entry in std::fs::read_dir(folder).map_err(unreadable(folder))? {
        let entry = entry.map_err(unreadable(folder))?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let kind = entry.file_type().map_err(unreadable(folder))?;
        if name.starts_with('.') || name == "DICOMDIR" {
            continue;
        } else if kind.is_dir() {
            collect(&entry.path(), depth + 1, into)?;
        } else if kind.is_file() {
            into.push(entry.path());
        }
        if into.len() > FILES {
            return Err(unfit(folder, format!("has more than {FILES} files")));
        }
    }
    Ok(())
}

/// A document that is small enough to be held.
fn document(path: &Path) -> Result<Vec<u8>, ArchiveFault> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable(path))?;
    file.take(DOCUMENT + 1).read_to_end(&mut bytes).map_err(unreadable(path))?;
    match bytes.len() as u64 > DOCUMENT {
        true => Err(unfit(path, format!("has more than {DOCUMENT} bytes"))),
        false => Ok(bytes),
    }
}

impl Found {
    fn take(&mut self, path: PathBuf) -> Result<(), ArchiveFault> {
        let mut begin = Vec::new();
        File::open(&path).map_err(unreadable(&path))?.take(132).read_to_end(&mut begin).map_err(unreadable(&path))?;
        if begin.get(128..) == Some(b"DICM") {
            return self.take_dicom(path);
        }
        if begin.starts_with(b"%PDF-") {
            self.reports.push((path, EntryKind::ReportPdf));
            return Ok(());
        }
        let root = xml::parse(&document(&path)?, &xml::Limits::default()).map(|root| root.name);
        match root.as_deref() {
            Ok("ClinicalDocument") => self.reports.push((path, EntryKind::ReportCda)),
            _ => return Err(unfit(&path, "is neither DICOM, nor PDF, nor CDA")),
        }
        Ok(())
    }

    fn take_dicom(&mut self, path: PathBuf) -> Result<(), ArchiveFault> {
        let file = File::open(&path).map_err(unreadable(&path))?;
        let object = read(BufReader::new(file), &Limits::default())
            .map_err(|fault| ArchiveFault::Dicom { path: path.clone(), fault })?;
        let facts = object.facts();
        let Some(study) = study_of(&object, &facts) else {
            return Err(unfit(&path, "does not say which study of whom it belongs to"));
        };
        if !passes_eleven_test(&study.patient.bsn) {
            return Err(unfit(&path, format!("its patient id {:?} is no BSN", study.patient.bsn)));
        }
        let uid = study.uid.clone();
        let files = self.studies.entry(uid.clone()).or_insert_with(|| StudyFiles {
            study: study.clone(),
            instances: Vec::new(),
            manifests: Vec::new(),
        });
        if files.study.patient.bsn != study.patient.bsn {
            return Err(unfit(&path, "belongs to the study of another patient"));
        }
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        if facts.sop_class.as_deref() == Some(SOP_CLASS) {
            let manifest = Manifest::of(&object).ok_or_else(|| unfit(&path, "is a manifest that cannot be read"))?;
            files.manifests.push((path, manifest));
        } else {
            let instance = instance_of(&path, &facts, &study.patient.bsn)?;
            if files.instances.iter().any(|(known, _)| known.sop_instance == instance.sop_instance) {
                return Err(unfit(&path, format!("instance {} is there twice", instance.sop_instance)));
            }
            files.instances.push((instance, facts));
        }
        self.in_folder.entry(folder).or_default().insert(uid);
        Ok(())
    }

    /// The retrieve location that all manifests name: instances are asked for there.
    fn imaging_source(&self) -> Result<Option<String>, ArchiveFault> {
        let mut known: Option<&str> = None;
        for (path, manifest) in self.studies.values().flat_map(|files| &files.manifests) {
            for location in manifest.references.iter().filter_map(|r| r.location.as_deref()) {
                if known.is_some_and(|known| known != location) {
                    return Err(unfit(path, "names another retrieve location than the manifests before it"));
                }
                known = Some(location);
            }
        }
        Ok(known.map(str::to_owned))
    }

    fn study_beside(&self, path: &Path) -> Result<&Study, ArchiveFault> {
        let studies = path.parent().and_then(|folder| self.in_folder.get(folder));
        let uid = studies.filter(|studies| studies.len() == 1).and_then(BTreeSet::first);
        let files = uid.and_then(|uid| self.studies.get(uid));
        files.map(|files| &files.study).ok_or_else(|| unfit(path, "does not lie in the folder of exactly one study"))
    }
}

/// The study that an instance belongs to, as the instance tells it.
fn study_of(object: &Object, facts: &Facts) -> Option<Study> {
    let data = object.dataset.as_ref()?;
    let text = |tag| data.text(tag).unwrap_or_default();
    Some(Study {
        uid: facts.study.clone()?,
        patient: Patient {
            bsn: facts.patient_id.clone()?,
            name: facts.patient_name.clone().unwrap_or_default(),
            birth: text(tags::PATIENT_BIRTH_DATE),
            sex: text(tags::PATIENT_SEX),
        },
        accession: facts.accession.clone().unwrap_or_default(),
        accession_issuer: facts.accession_issuer.clone().unwrap_or_default(),
        date: facts.study_date.clone().unwrap_or_default(),
        time: facts.study_time.as_deref().map(whole_seconds).unwrap_or_default(),
        description: facts.study_description.clone().unwrap_or_default(),
        institution: text(tags::INSTITUTION_NAME),
    })
}

/// A time without its fraction of a second, which XDS metadata cannot carry.
fn whole_seconds(time: &str) -> String {
    time.split('.').next().unwrap_or_default().to_owned()
}

fn instance_of(path: &Path, facts: &Facts, bsn: &str) -> Result<Instance, ArchiveFault> {
    let named = |uid: &Option<String>, what: &str| uid.clone().ok_or_else(|| unfit(path, format!("has no {what}")));
    Ok(Instance {
        study: named(&facts.study, "Study Instance UID")?,
        series: named(&facts.series, "Series Instance UID")?,
        sop_class: named(&facts.sop_class, "SOP Class UID")?,
        sop_instance: named(&facts.sop_instance, "SOP Instance UID")?,
        bsn: bsn.to_owned(),
        forms: vec![Form {
            transfer_syntax: named(&facts.transfer_syntax, "transfer syntax")?,
            content: Content::File(path.to_owned()),
        }],
    })
}

impl Community {
    /// Adds the instances and the manifests of a study; a manifest is made where there is none.
    fn take_files(&mut self, files: &StudyFiles, profile: &MetadataProfile) -> Result<(), ArchiveFault> {
        let mut instances: Vec<_> = files.instances.iter().collect();
        instances.sort_by(|a, b| (&a.0.series, &a.0.sop_instance).cmp(&(&b.0.series, &b.0.sop_instance)));
        let modalities: BTreeSet<_> = instances.iter().filter_map(|(_, facts)| facts.modality.clone()).collect();
        let modalities: Vec<_> = modalities.into_iter().collect();
        if files.manifests.is_empty() {
            let listed = |i: &Instance| (i.series.clone(), i.sop_class.clone(), i.sop_instance.clone());
            let listed: Vec<_> = instances.iter().map(|(instance, _)| listed(instance)).collect();
            self.list(&files.study, &listed, &modalities, profile)?;
        }
        for (path, manifest) in &files.manifests {
            let uid = manifest.sop_instance.as_deref().ok_or_else(|| unfit(path, "has no SOP Instance UID"))?;
            self.index(&files.study, profile, EntryKind::Images, uid, document(path)?, &modalities)?;
        }
        self.instances.extend(instances.into_iter().map(|(instance, _)| instance.clone()));
        Ok(())
    }
}
