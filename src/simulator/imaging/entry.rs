//! A document entry of the index as plain values (30-beeldbeschikbaarheid sections 7.1 to 7.4).

use sha1::{Digest as _, Sha1};

use super::{ArchiveFault, Community};
use crate::base::bsn;
use crate::base::digest::hex;
use crate::wire::dicom::derived_uid;
use crate::wire::dicom::make::{Patient, Study};
use crate::wire::metadata::{Coded, EntryKind, MetadataProfile, XdsCode};

/// Object type of a stable document entry.
pub const STABLE: &str = "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1";
/// Status of an entry that holds.
pub const APPROVED: &str = "urn:oasis:names:tc:ebxml-regrep:StatusType:Approved";
/// OID of URAs, as an assigning authority.
const URA: &str = "2.16.528.1.1007.3.3";
/// OID of UZI numbers of persons.
const UZI: &str = "2.16.528.1.1007.3.1";

/// An entry. Texts are as they stand in ebRIM, before XML escapes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it leads to.
    pub kind: EntryKind,
    /// `urn:uuid:…`, the same at every start.
    pub entry_uuid: String,
    /// Object type.
    pub object_type: String,
    /// Media type.
    pub media_type: String,
    /// Availability status.
    pub status: String,
    /// Home community id, `urn:oid:…`.
    pub home: String,
    /// Repository unique id.
    pub repository: String,
    /// Unique id of the document; of a manifest its SOP Instance UID.
    pub unique_id: String,
    /// BSN, for whoever selects by patient.
    pub bsn: String,
    /// Patient id as CX.
    pub patient_id: String,
    /// Source patient id as CX.
    pub source_patient_id: String,
    /// Source patient info: PID-3, PID-5, PID-7 and PID-8.
    pub source_patient_info: Vec<String>,
    /// Title.
    pub title: String,
    /// Creation time, digits.
    pub creation_time: String,
    /// Start of the service, digits.
    pub service_start: String,
    /// End of the service, digits.
    pub service_stop: String,
    /// Language.
    pub language: String,
    /// SHA-1 of the document in hexadecimal digits.
    pub hash: String,
    /// Size of the document in bytes.
    pub size: u64,
    /// References as CXi: accession number and study.
    pub reference_ids: Vec<String>,
    /// Who made it.
    pub author: Author,
    /// Class code.
    pub class: XdsCode,
    /// Type code.
    pub type_code: XdsCode,
    /// Format code.
    pub format: XdsCode,
    /// Event codes: the modalities of images.
    pub events: Vec<XdsCode>,
    /// Confidentiality codes.
    pub confidentiality: Vec<XdsCode>,
    /// Healthcare facility type code.
    pub facility: XdsCode,
    /// Practice setting code.
    pub practice_setting: XdsCode,
}

/// An author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// XCN; empty for none.
    pub person: String,
    /// XON.
    pub institution: String,
    /// Role; empty for none.
    pub role: String,
}

/// What an entry is made of besides its community and study.
pub(super) struct Making<'a> {
    pub kind: EntryKind,
    pub unique_id: &'a str,
    pub title: &'a str,
    pub bytes: &'a [u8],
    /// Modalities, for images.
    pub modalities: &'a [String],
}

impl Entry {
    /// An entry for a document of a study.
    pub(super) fn make(
        community: &Community,
        study: &Study,
        profile: &MetadataProfile,
        making: &Making<'_>,
    ) -> Result<Self, ArchiveFault> {
        let none = |attribute| ArchiveFault::Code { profile: profile.id.clone(), attribute };
        let written = |coded: &Coded, attribute| coded.written().cloned().ok_or_else(|| none(attribute));
        let codes = profile.entries.get(&making.kind).ok_or_else(|| none("this kind of entry"))?;
        let event = |modality: &String| XdsCode {
            code: modality.clone(),
            scheme: profile.modality.scheme.clone(),
            display: modality.clone(),
        };
        let at = format!("{}{}", study.date, study.time);
        let patient_id = format!("{}^^^&{}&ISO", study.patient.bsn, bsn::OID);
        Ok(Self {
            kind: making.kind,
            entry_uuid: uuid_of(&format!("{} {}", community.home, making.unique_id)),
            object_type: STABLE.to_owned(),
            media_type: codes.media_type.clone(),
            status: APPROVED.to_owned(),
            home: community.home.clone(),
            repository: community.repository.clone(),
            unique_id: making.unique_id.to_owned(),
            bsn: study.patient.bsn.clone(),
            source_patient_id: patient_id.clone(),
            source_patient_info: patient_info(&study.patient, &patient_id),
            patient_id,
            title: making.title.to_owned(),
            creation_time: at.clone(),
            service_start: at.clone(),
            service_stop: at,
            language: profile.common.language.clone(),
            hash: hex(&Sha1::digest(making.bytes)),
            size: making.bytes.len() as u64,
            reference_ids: reference_ids(study),
            author: author(community),
            class: written(&codes.class, "the class")?,
            type_code: written(&codes.kind, "the type")?,
            format: written(&codes.format, "the format")?,
            events: making.modalities.iter().map(event).collect(),
            confidentiality: vec![written(&profile.common.confidentiality, "the confidentiality")?],
            facility: written(&profile.common.facility, "the type of facility")?,
            practice_setting: written(&profile.common.practice_setting, "the practice setting")?,
        })
    }
}

/// A UUID that follows from a text.
fn uuid_of(text: &str) -> String {
    let derived = derived_uid(text);
    let number: u128 = derived.trim_start_matches("2.25.").parse().expect("a derived UID ends with 128 bits");
    format!("urn:uuid:{}", uuid::Uuid::from_u128(number))
}

fn patient_info(patient: &Patient, id: &str) -> Vec<String> {
    let mut info = vec![format!("PID-3|{id}"), format!("PID-5|{}", patient.name)];
    let more = [("PID-7", &patient.birth), ("PID-8", &patient.sex)];
    info.extend(
        more.into_iter().filter(|(_, value)| !value.is_empty()).map(|(field, value)| format!("{field}|{value}")),
    );
    info
}

/// Accession number, when there is one, and study; on images and reports alike.
fn reference_ids(study: &Study) -> Vec<String> {
    let mut ids = Vec::new();
    if !study.accession.is_empty() {
        let (number, issuer) = (&study.accession, &study.accession_issuer);
        ids.push(format!("{number}^^^&{issuer}&ISO^urn:ihe:iti:xds:2013:accession"));
    }
    ids.push(format!("{}^^^^urn:ihe:iti:xds:2016:studyInstanceUID", study.uid));
    ids
}

fn author(community: &Community) -> Author {
    let organisation = &community.organisation;
    Author {
        person: format!("900012345^Test^Rosa^^^^^^&{UZI}&ISO"),
        institution: format!("{}^^^^^&{URA}&ISO^^^^{}", organisation.name, organisation.ura),
        role: String::new(),
    }
}
