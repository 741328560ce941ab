//! The manifest of a study: a Key Object Selection (PS3.3 A.35.4, PS3.16 TID 2010) that lists the instances and where they are.
//!
//! A timeline entry for images points at it; a requester reads it and asks for its instances by RAD-75 (30-beeldbeschikbaarheid
//! section 9). [`Manifest::of`] reads one out of an [`Object`], [`Manifest::faults`] says what is wrong with it, [`make`] writes
//! one, and [`Manifest::rows`] are the rows of the request, in the order of the manifest.

use std::collections::BTreeSet;

use dicom_core::VR;
use dicom_dictionary_std::{tags, uids};
use serde::Serialize;

use super::EXPLICIT_LITTLE_ENDIAN;
use super::dataset::{Code, Dataset};
use super::make::{MakeFault, Study, Writing, item};
use super::object::Object;

/// SOP class of a Key Object Selection.
pub const SOP_CLASS: &str = uids::KEY_OBJECT_SELECTION_DOCUMENT_STORAGE;
/// Modality of a Key Object Selection.
pub const MODALITY: &str = "KO";
/// Title of a manifest: 113030 in DCM.
pub const TITLE: (&str, &str, &str) = ("113030", "DCM", "Manifest");
/// Its template: 2010 of the mapping resource DCMR.
pub const TEMPLATE: (&str, &str) = ("DCMR", "2010");

/// An instance that a manifest refers to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Reference {
    /// Study Instance UID.
    pub study: String,
    /// Series Instance UID.
    pub series: String,
    /// (0040,E011) Retrieve Location UID: the imaging document source.
    pub location: Option<String>,
    /// (0008,0054) Retrieve AE Title.
    pub ae_title: Option<String>,
    /// (0008,1190) Retrieve URL.
    pub url: Option<String>,
    /// SOP Class UID.
    pub sop_class: String,
    /// SOP Instance UID.
    pub sop_instance: String,
}

/// A manifest that was read. What is absent is `None`, or empty in a reference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Manifest {
    /// SOP Class UID.
    pub sop_class: Option<String>,
    /// SOP Instance UID: the unique id in the metadata.
    pub sop_instance: Option<String>,
    /// Modality.
    pub modality: Option<String>,
    /// Study Instance UID of the manifest itself.
    pub study: Option<String>,
    /// Patient ID.
    pub patient_id: Option<String>,
    /// Accession number.
    pub accession: Option<String>,
    /// OID of who gave it out.
    pub accession_issuer: Option<String>,
    /// Title.
    pub title: Option<Code>,
    /// Mapping resource and template identifier.
    pub template: Option<(String, String)>,
    /// What the evidence sequence refers to, in order.
    pub references: Vec<Reference>,
    /// SOP instances that the content items refer to, in order.
    pub content: Vec<String>,
}

/// A row of a RAD-75 request (30-beeldbeschikbaarheid section 9.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Row {
    /// `StudyRequest/@studyInstanceUID`.
    pub study: String,
    /// `SeriesRequest/@seriesInstanceUID`.
    pub series: String,
    /// `HomeCommunityId`: that of the manifest in the index.
    pub home: String,
    /// `RepositoryUniqueId`: the retrieve location; `None` when the manifest names none.
    pub repository: Option<String>,
    /// `DocumentUniqueId`: the instance.
    pub document: String,
}

/// What is wrong with a manifest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum ManifestFault {
    /// Another SOP class.
    #[error("its SOP class is {0:?}, which is no Key Object Selection")]
    SopClass(Option<String>),
    /// Another modality.
    #[error("its modality is {0:?}, which is not KO")]
    Modality(Option<String>),
    /// Another title.
    #[error("its title is {0:?}, which is not 113030 in DCM")]
    Title(Option<Code>),
    /// Another template.
    #[error("its template is {0:?}, which is not TID 2010 of DCMR")]
    Template(Option<(String, String)>),
    /// No SOP instance UID of its own.
    #[error("it has no SOP Instance UID")]
    NoInstance,
    /// Refers to nothing.
    #[error("it refers to no instance")]
    NoReferences,
    /// Refers to several studies.
    #[error("it refers to {0} studies")]
    Studies(usize),
    /// Refers to another study than its own.
    #[error("it belongs to study {own} and refers to study {referred}")]
    OtherStudy {
        /// Of the manifest.
        own: String,
        /// Of the references.
        referred: String,
    },
    /// A reference without an identifier.
    #[error("a reference has no {0}")]
    Incomplete(&'static str),
    /// An instance twice.
    #[error("it refers to instance {0} twice")]
    Twice(String),
    /// A series without retrieve location.
    #[error("series {0} has no Retrieve Location UID")]
    NoLocation(String),
    /// Content items and evidence sequence refer to different instances.
    #[error("{0} is not both in the evidence sequence and among the content items")]
    ContentDiffers(String),
}

impl ManifestFault {
    /// The code of the fault, the same in every language.
    pub fn code(&self) -> &'static str {
        self.into()
    }
}

impl Manifest {
    /// What an object says as a manifest, whatever its class; `None` when its data set was not looked into.
    pub fn of(object: &Object) -> Option<Self> {
        let data = object.dataset.as_ref()?;
        let facts = object.facts();
        let template = data
            .items(tags::CONTENT_TEMPLATE_SEQUENCE)
            .first()
            .and_then(|item| Some((item.text(tags::MAPPING_RESOURCE)?, item.text(tags::TEMPLATE_IDENTIFIER)?)));
        Some(Self {
            sop_class: facts.sop_class,
            sop_instance: facts.sop_instance,
            modality: facts.modality,
            study: facts.study,
            patient_id: facts.patient_id,
            accession: facts.accession,
            accession_issuer: facts.accession_issuer,
            title: facts.title,
            template,
            references: references(data),
            content: content(data),
        })
    }

    /// What is wrong with it.
    pub fn faults(&self) -> Vec<ManifestFault> {
        let mut faults = Vec::new();
        if self.sop_class.as_deref() != Some(SOP_CLASS) {
            faults.push(ManifestFault::SopClass(self.sop_class.clone()));
        }
        if self.modality.as_deref() != Some(MODALITY) {
            faults.push(ManifestFault::Modality(self.modality.clone()));
        }
        if !self.title.as_ref().is_some_and(|title| title.is(TITLE.0, TITLE.1)) {
            faults.push(ManifestFault::Title(self.title.clone()));
        }
        if self.template.as_ref().map(|(resource, id)| (resource.as_str(), id.as_str())) != Some(TEMPLATE) {
            faults.push(ManifestFault::Template(self.template.clone()));
        }
        if self.sop_instance.is_none() {
            faults.push(ManifestFault::NoInstance);
        }
        self.study_faults(&mut faults);
        self.reference_faults(&mut faults);
        faults
    }

    fn study_faults(&self, faults: &mut Vec<ManifestFault>) {
        let studies: BTreeSet<_> = self.references.iter().map(|r| r.study.as_str()).collect();
        match studies.len() {
            0 => faults.push(ManifestFault::NoReferences),
            1 => {
                let referred = studies.first().copied().unwrap_or_default().to_owned();
                if let Some(own) = self.study.clone().filter(|own| *own != referred) {
                    faults.push(ManifestFault::OtherStudy { own, referred });
                }
            }
            many => faults.push(ManifestFault::Studies(many)),
        }
    }

    fn reference_faults(&self, faults: &mut Vec<ManifestFault>) {
        let mut instances = BTreeSet::new();
        let mut without = BTreeSet::new();
        for reference in &self.references {
            let named = [
                ("Study Instance UID", &reference.study),
                ("Series Instance UID", &reference.series),
                ("SOP Class UID", &reference.sop_class),
                ("SOP Instance UID", &reference.sop_instance),
            ];
            let absent = named.into_iter().filter(|(_, uid)| uid.is_empty());
            faults.extend(absent.map(|(what, _)| ManifestFault::Incomplete(what)));
            if !reference.sop_instance.is_empty() && !instances.insert(reference.sop_instance.as_str()) {
                faults.push(ManifestFault::Twice(reference.sop_instance.clone()));
            }
            if reference.location.is_none() && without.insert(reference.series.as_str()) {
                faults.push(ManifestFault::NoLocation(reference.series.clone()));
            }
        }
        let content: BTreeSet<_> = self.content.iter().map(String::as_str).collect();
        let differs = instances.symmetric_difference(&content);
        faults.extend(differs.map(|instance| ManifestFault::ContentDiffers((*instance).to_owned())));
    }

    /// The rows of the RAD-75 request for everything in it.
    pub fn rows(&self, home: &str) -> Vec<Row> {
        let row = |reference: &Reference| Row {
            study: reference.study.clone(),
            series: reference.series.clone(),
            home: home.to_owned(),
            repository: reference.location.clone(),
            document: reference.sop_instance.clone(),
        };
        self.references.iter().map(row).collect()
    }

    /// The manifest as JSON, with the codes of its faults, for a transcript and for JSONPath.
    pub fn json(&self) -> serde_json::Value {
        let mut value = serde_json::to_value(self).expect("a manifest is plain values");
        value["faults"] = self.faults().iter().map(ManifestFault::code).collect();
        value
    }
}

fn references(data: &Dataset) -> Vec<Reference> {
    let mut found = Vec::new();
    for study in data.items(tags::CURRENT_REQUESTED_PROCEDURE_EVIDENCE_SEQUENCE) {
        for series in study.items(tags::REFERENCED_SERIES_SEQUENCE) {
            for instance in series.items(tags::REFERENCED_SOP_SEQUENCE) {
                found.push(Reference {
                    study: study.text(tags::STUDY_INSTANCE_UID).unwrap_or_default(),
                    series: series.text(tags::SERIES_INSTANCE_UID).unwrap_or_default(),
                    location: series.text(tags::RETRIEVE_LOCATION_UID),
                    ae_title: series.text(tags::RETRIEVE_AE_TITLE),
                    url: series.text(tags::RETRIEVE_URL),
                    sop_class: instance.text(tags::REFERENCED_SOP_CLASS_UID).unwrap_or_default(),
                    sop_instance: instance.text(tags::REFERENCED_SOP_INSTANCE_UID).unwrap_or_default(),
                });
            }
        }
    }
    found
}

fn content(data: &Dataset) -> Vec<String> {
    let items = data.items(tags::CONTENT_SEQUENCE).iter();
    let referred = items.flat_map(|item| item.items(tags::REFERENCED_SOP_SEQUENCE));
    referred.filter_map(|item| item.text(tags::REFERENCED_SOP_INSTANCE_UID)).collect()
}

/// What a manifest is made of besides its study.
#[derive(Debug, Clone, Copy)]
pub struct Making<'a> {
    /// SOP Instance UID of the manifest.
    pub instance: &'a str,
    /// Its own series.
    pub series: &'a str,
    /// Retrieve location of every instance.
    pub location: &'a str,
    /// AE title of every instance; empty for none.
    pub ae_title: &'a str,
    /// Series Instance UID, SOP Class UID and SOP Instance UID of every instance; instances of one series follow each other.
    pub instances: &'a [(String, String, String)],
}

/// Writes a manifest, in explicit VR little endian.
///
/// # Errors
/// When the library refuses.
pub fn make(study: &Study, making: &Making<'_>) -> Result<Vec<u8>, MakeFault> {
    let mut data = Writing::new(SOP_CLASS, making.instance);
    data.study(study);
    data.texts(&[
        (tags::MODALITY, VR::CS, MODALITY),
        (tags::SERIES_INSTANCE_UID, VR::UI, making.series),
        (tags::SERIES_NUMBER, VR::IS, "999"),
        (tags::SERIES_DATE, VR::DA, &study.date),
        (tags::SERIES_TIME, VR::TM, &study.time),
        (tags::INSTANCE_NUMBER, VR::IS, "1"),
        (tags::CONTENT_DATE, VR::DA, &study.date),
        (tags::CONTENT_TIME, VR::TM, &study.time),
        (tags::VALUE_TYPE, VR::CS, "CONTAINER"),
        (tags::CONTINUITY_OF_CONTENT, VR::CS, "SEPARATE"),
    ]);
    data.sequence(tags::REFERENCED_PERFORMED_PROCEDURE_STEP_SEQUENCE, Vec::new());
    data.sequence(tags::CONCEPT_NAME_CODE_SEQUENCE, vec![title()]);
    let template =
        item(&[(tags::MAPPING_RESOURCE, VR::CS, TEMPLATE.0), (tags::TEMPLATE_IDENTIFIER, VR::CS, TEMPLATE.1)]);
    data.sequence(tags::CONTENT_TEMPLATE_SEQUENCE, vec![template]);
    data.sequence(tags::REFERENCED_REQUEST_SEQUENCE, vec![request(study)]);
    let items = making.instances.iter().map(|(_, class, instance)| {
        let texts = [(tags::RELATIONSHIP_TYPE, VR::CS, "CONTAINS"), (tags::VALUE_TYPE, VR::CS, "IMAGE")];
        let mut content = Writing { object: item(&texts) };
        content.sequence(tags::REFERENCED_SOP_SEQUENCE, vec![referred(class, instance)]);
        content.object
    });
    data.sequence(tags::CONTENT_SEQUENCE, items.collect());
    let mut evidence = Writing { object: item(&[(tags::STUDY_INSTANCE_UID, VR::UI, &study.uid)]) };
    evidence.sequence(tags::REFERENCED_SERIES_SEQUENCE, evidence_of(making));
    data.sequence(tags::CURRENT_REQUESTED_PROCEDURE_EVIDENCE_SEQUENCE, vec![evidence.object]);
    data.file(EXPLICIT_LITTLE_ENDIAN)
}

fn title() -> dicom_object::InMemDicomObject {
    item(&[
        (tags::CODE_VALUE, VR::SH, TITLE.0),
        (tags::CODING_SCHEME_DESIGNATOR, VR::SH, TITLE.1),
        (tags::CODE_MEANING, VR::LO, TITLE.2),
    ])
}

fn referred(class: &str, instance: &str) -> dicom_object::InMemDicomObject {
    item(&[(tags::REFERENCED_SOP_CLASS_UID, VR::UI, class), (tags::REFERENCED_SOP_INSTANCE_UID, VR::UI, instance)])
}

/// The request that the study answers: accession number, and what is mandatory and not known.
fn request(study: &Study) -> dicom_object::InMemDicomObject {
    let mut request = Writing {
        object: item(&[
            (tags::STUDY_INSTANCE_UID, VR::UI, &study.uid),
            (tags::ACCESSION_NUMBER, VR::SH, &study.accession),
            (tags::PLACER_ORDER_NUMBER_IMAGING_SERVICE_REQUEST, VR::LO, ""),
            (tags::FILLER_ORDER_NUMBER_IMAGING_SERVICE_REQUEST, VR::LO, ""),
            (tags::REQUESTED_PROCEDURE_ID, VR::SH, ""),
            (tags::REQUESTED_PROCEDURE_DESCRIPTION, VR::LO, &study.description),
        ]),
    };
    request.sequence(tags::REFERENCED_STUDY_SEQUENCE, Vec::new());
    request.sequence(tags::REQUESTED_PROCEDURE_CODE_SEQUENCE, Vec::new());
    request.object
}

fn evidence_of(making: &Making<'_>) -> Vec<dicom_object::InMemDicomObject> {
    let by_series = making.instances.chunk_by(|one, next| one.0 == next.0);
    let series = by_series.map(|instances| {
        let mut series = Writing {
            object: item(&[
                (tags::SERIES_INSTANCE_UID, VR::UI, &instances[0].0),
                (tags::RETRIEVE_LOCATION_UID, VR::UI, making.location),
            ]),
        };
        if !making.ae_title.is_empty() {
            series.texts(&[(tags::RETRIEVE_AE_TITLE, VR::AE, making.ae_title)]);
        }
        let referred = instances.iter().map(|(_, class, instance)| referred(class, instance));
        series.sequence(tags::REFERENCED_SOP_SEQUENCE, referred.collect());
        series.object
    });
    series.collect()
}
