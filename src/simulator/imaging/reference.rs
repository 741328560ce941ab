//! The reference data: two communities, three fictitious patients (one without images), and everything made by ourselves.
//!
//! The first community has a CR study with a PDF report and a CT study of two series with a CDA report of one patient, and a
//! multi-frame ultrasound, kept as RLE, with a PDF report of another. The second has a CT study of the first patient. The third
//! patient has nothing. UIDs, home communities and repositories lie below 2.999, the arc for examples.

use bytes::Bytes;

use super::entry::{Entry, Making};
use super::report::{self, Report};
use super::{Archive, ArchiveFault, Community, Content, Document, Form, Instance, Organisation};
use crate::wire::dicom::make::{Kind, Patient, Picture, Study};
use crate::wire::dicom::manifest;
use crate::wire::metadata::{EntryKind, MetadataProfile};

/// Home community id of the first community.
pub const FIRST: &str = "urn:oid:2.999.1.1";
/// Home community id of the second community.
pub const SECOND: &str = "urn:oid:2.999.1.2";
/// BSN of the patient with studies in both communities.
pub const PATIENT: &str = "999943145";
/// BSN of the patient with an ultrasound.
pub const OTHER_PATIENT: &str = "999945270";
/// BSN of the patient without images.
pub const WITHOUT_IMAGES: &str = "999947400";

/// A study of the reference data.
struct Plan {
    study: Study,
    /// Kinds of the instances of each series.
    series: Vec<Vec<Kind>>,
    report: EntryKind,
}

impl Archive {
    /// The reference data, with the codes of a metadata profile.
    ///
    /// # Errors
    /// When a file cannot be made, or the profile has no code for an attribute.
    pub fn reference(profile: &MetadataProfile) -> Result<Self, ArchiveFault> {
        let mut first = community(1, "TEST Ziekenhuis Noord", "90000001");
        let mut second = community(2, "TEST Ziekenhuis Zuid", "90000002");
        let ct = |slices: u16| (0..slices).map(Kind::ComputedTomography).collect::<Vec<_>>();
        let here = |number, patient: Patient, description: &str| study(&first, number, patient, description);
        let plans = [
            Plan {
                study: here(1, aaltje(), "Röntgen thorax TEST"),
                series: vec![vec![Kind::ComputedRadiography]],
                report: EntryKind::ReportPdf,
            },
            Plan {
                study: here(2, aaltje(), "CT thorax TEST"),
                series: vec![ct(3), ct(2)],
                report: EntryKind::ReportCda,
            },
            Plan {
                study: here(3, bram(), "Echo abdomen TEST"),
                series: vec![vec![Kind::UltrasoundMultiFrame { frames: 4 }]],
                report: EntryKind::ReportPdf,
            },
        ];
        for plan in &plans {
            first.take(plan, profile)?;
        }
        let abroad = study(&second, 4, aaltje(), "CT schedel TEST");
        second.take(&Plan { study: abroad, series: vec![ct(2)], report: EntryKind::ReportCda }, profile)?;
        Ok(Self { communities: vec![first, second] })
    }
}

impl Community {
    /// Adds a study with its manifest and its report.
    fn take(&mut self, plan: &Plan, profile: &MetadataProfile) -> Result<(), ArchiveFault> {
        let study = &plan.study;
        let mut listed = Vec::new();
        let mut modalities = Vec::new();
        for (at, kinds) in plan.series.iter().enumerate() {
            let series_number = number(at);
            let series = format!("{}.{series_number}", study.uid);
            for (at, kind) in kinds.iter().enumerate() {
                let instance = format!("{series}.{}", number(at));
                let picture = Picture {
                    kind: *kind,
                    study,
                    series: &series,
                    series_number,
                    instance: &instance,
                    number: number(at),
                };
                listed.push((series.clone(), kind.sop_class().to_owned(), instance.clone()));
                modalities.push(kind.modality().to_owned());
                self.instances.push(kept(&picture)?);
            }
        }
        modalities.dedup();
        self.list(study, &listed, &modalities, profile)?;
        self.report(plan, profile)
    }

    /// Adds the manifest of a study.
    pub(super) fn list(
        &mut self,
        study: &Study,
        instances: &[(String, String, String)],
        modalities: &[String],
        profile: &MetadataProfile,
    ) -> Result<(), ArchiveFault> {
        let unique_id = manifest_uid(study);
        let series = format!("{unique_id}.0");
        let making = manifest::Making {
            instance: &unique_id,
            series: &series,
            location: &self.imaging_source,
            ae_title: "",
            instances,
        };
        let bytes = manifest::make(study, &making)?;
        self.index(study, profile, EntryKind::Images, &unique_id, bytes, modalities)
    }

    fn report(&mut self, plan: &Plan, profile: &MetadataProfile) -> Result<(), ArchiveFault> {
        let unique_id = format!("{}.8", plan.study.uid);
        let report = Report { study: &plan.study, organisation: &self.organisation, unique_id: &unique_id };
        let bytes = match plan.report {
            EntryKind::ReportCda => report::cda(&report).into_bytes(),
            _ => report::pdf(&report)?,
        };
        self.index(&plan.study, profile, plan.report, &unique_id, bytes, &[])
    }

    /// Adds a document.
    pub(super) fn index(
        &mut self,
        study: &Study,
        profile: &MetadataProfile,
        kind: EntryKind,
        unique_id: &str,
        bytes: Vec<u8>,
        modalities: &[String],
    ) -> Result<(), ArchiveFault> {
        let title = match kind {
            EntryKind::Images => format!("Beelden: {}", study.description),
            _ => format!("Verslag: {}", study.description),
        };
        let making = Making { kind, unique_id, title: &title, bytes: &bytes, modalities };
        let entry = Entry::make(self, study, profile, &making)?;
        self.documents.push(Document { entry, content: Content::Memory(Bytes::from(bytes)) });
        Ok(())
    }
}

/// UID of a manifest that is made for a study: below the study where there is room, else derived from it.
fn manifest_uid(study: &Study) -> String {
    match study.uid.strip_prefix("2.999.") {
        Some(_) => format!("{}.9", study.uid),
        None => crate::wire::dicom::derived_uid(&format!("manifest of {}", study.uid)),
    }
}

/// A picture in every transfer syntax that it is written in.
fn kept(picture: &Picture<'_>) -> Result<Instance, ArchiveFault> {
    let forms = picture.kind.transfer_syntaxes().iter().map(|syntax| {
        let content = Content::Memory(Bytes::from(picture.file(syntax)?));
        Ok(Form { transfer_syntax: (*syntax).to_owned(), content })
    });
    Ok(Instance {
        study: picture.study.uid.clone(),
        series: picture.series.to_owned(),
        sop_class: picture.kind.sop_class().to_owned(),
        sop_instance: picture.instance.to_owned(),
        bsn: picture.study.patient.bsn.clone(),
        forms: forms.collect::<Result<_, ArchiveFault>>()?,
    })
}

/// The number of what stands at a place, counted from 1.
fn number(at: usize) -> u16 {
    u16::try_from(at + 1).unwrap_or(u16::MAX)
}

/// An empty community of the reference data.
pub(super) fn community(number: u8, name: &str, ura: &str) -> Community {
    let root = format!("2.999.1.{number}");
    Community {
        home: format!("urn:oid:{root}"),
        organisation: Organisation { name: name.to_owned(), ura: ura.to_owned() },
        repository: format!("{root}.10"),
        imaging_source: format!("{root}.20"),
        documents: Vec::new(),
        instances: Vec::new(),
    }
}

fn study(community: &Community, number: u16, patient: Patient, description: &str) -> Study {
    Study {
        uid: format!("2.999.50.{number}"),
        patient,
        accession: format!("SIM{number:05}"),
        accession_issuer: format!("{}.30", community.home.trim_start_matches("urn:oid:")),
        date: format!("2025030{number}"),
        time: "101500".to_owned(),
        description: description.to_owned(),
        institution: community.organisation.name.clone(),
    }
}

fn patient(bsn: &str, name: &str, birth: &str, sex: &str) -> Patient {
    Patient { bsn: bsn.to_owned(), name: name.to_owned(), birth: birth.to_owned(), sex: sex.to_owned() }
}

fn aaltje() -> Patient {
    patient(PATIENT, "Verzonnen-van Fictum^Aaltje SIM", "19510412", "F")
}

fn bram() -> Patient {
    patient(OTHER_PATIENT, "Voorbeeld^Bram TEST", "19841102", "M")
}
