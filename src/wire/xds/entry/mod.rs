//! Metadata of a document: `rim:ExtrinsicObject` (ITI TF-3 4.2; 30-beeldbeschikbaarheid section 7.1).
//!
//! An attribute of the model that may be there once is an `Option`; codes are lists, because a wrong sender has two, and
//! a check counts them. Slots that are not known, and known ones that come a second time, are kept in
//! [`DocumentEntry::slots`].

mod read;
#[cfg(test)]
mod tests;
mod write;

use serde::{Deserialize, Serialize};

use super::{Cx, Slot};

/// Object type of a stable document.
pub const STABLE: &str = "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1";
/// Object type of an on-demand document.
pub const ON_DEMAND: &str = "urn:uuid:34268e47-fdf5-41a6-ba33-82133c465248";
/// Status of an entry that is exchanged.
pub const APPROVED: &str = "urn:oasis:names:tc:ebxml-regrep:StatusType:Approved";
/// Status of an entry that another replaced.
pub const DEPRECATED: &str = "urn:oasis:names:tc:ebxml-regrep:StatusType:Deprecated";
/// Size 0 with this hash announces a document that is made when it is asked for (section 8).
pub const HASH_OF_NOTHING: &str = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
/// Slot of the references.
pub const REFERENCE_IDS: &str = "urn:ihe:iti:xds:2013:referenceIdList";
/// Type of a reference that is an accession number (section 7.4).
pub const ACCESSION: &str = "urn:ihe:iti:xds:2013:accession";
/// Type of a reference that is a Study Instance UID.
pub const STUDY: &str = "urn:ihe:iti:xds:2016:studyInstanceUID";
/// Type of a reference that is an order number.
pub const ORDER: &str = "urn:ihe:iti:xds:2013:order";
/// Scheme of the patient id.
pub const PATIENT_ID: &str = "urn:uuid:58a6f841-87b3-4a3e-92fd-a8ffeff98427";
/// Scheme of the unique id.
pub const UNIQUE_ID: &str = "urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab";
/// Classification scheme of authors.
pub const AUTHOR: &str = "urn:uuid:93606bcf-9494-43ec-9b4e-a7748d1a838d";

/// A code attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "camelCase")]
#[strum(serialize_all = "camelCase")]
pub enum Kind {
    /// Whether it is an image or a report.
    ClassCode,
    /// What document it is.
    TypeCode,
    /// Format of its content.
    FormatCode,
    /// Modalities, anatomy, what was done.
    EventCodeList,
    /// How confidential it is.
    ConfidentialityCode,
    /// Kind of organisation.
    HealthcareFacilityTypeCode,
    /// Kind of department.
    PracticeSettingCode,
}

/// Classification schemes of the code attributes (section 7.1).
pub const SCHEMES: [(Kind, &str); 7] = [
    (Kind::ClassCode, "urn:uuid:41a5887f-8865-4c09-adf7-e362475b143a"),
    (Kind::TypeCode, "urn:uuid:f0306f51-975f-434e-a61c-c59651d33983"),
    (Kind::FormatCode, "urn:uuid:a09d5840-386c-46f2-b5ad-9c3699a4309d"),
    (Kind::EventCodeList, "urn:uuid:2c6b8cb7-8b2a-4051-b291-b1ae6a575ef4"),
    (Kind::ConfidentialityCode, "urn:uuid:f4f85eac-e6cb-4883-b524-f2705394840f"),
    (Kind::HealthcareFacilityTypeCode, "urn:uuid:f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1"),
    (Kind::PracticeSettingCode, "urn:uuid:cccf5598-8b07-4b77-a05e-ae952c785ead"),
];

/// A code.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Code {
    /// The code.
    pub code: String,
    /// Its system.
    pub scheme: String,
    /// How it is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
}

impl Code {
    /// A code of a system.
    pub fn new(code: &str, scheme: &str, display: Option<&str>) -> Self {
        Self { code: code.to_owned(), scheme: scheme.to_owned(), display: display.map(str::to_owned) }
    }

    /// As the value of a query parameter writes it.
    pub fn query_value(&self) -> String {
        format!("{}^^{}", self.code, self.scheme)
    }
}

/// An author. Persons are XCN, organisations XON.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Author {
    /// `authorPerson`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub person: Vec<String>,
    /// `authorInstitution`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub institution: Vec<String>,
    /// `authorRole`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub role: Vec<String>,
    /// `authorSpecialty`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub specialty: Vec<String>,
    /// `authorTelecommunication`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub telecommunication: Vec<String>,
}

/// Metadata of a document.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DocumentEntry {
    /// `@id`.
    pub entry_uuid: String,
    /// `@lid`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logical_id: Option<String>,
    /// `@home`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<String>,
    /// `@objectType`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_type: Option<String>,
    /// `@mimeType`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// `@status`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub availability_status: Option<String>,
    /// Title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Comments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comments: Option<String>,
    /// CX.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient_id: Option<String>,
    /// OID, or what else identifies it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unique_id: Option<String>,
    /// OID of the repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository_unique_id: Option<String>,
    /// DTM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creation_time: Option<String>,
    /// DTM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_start_time: Option<String>,
    /// DTM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_stop_time: Option<String>,
    /// Language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language_code: Option<String>,
    /// XCN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_authenticator: Option<String>,
    /// CX.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_patient_id: Option<String>,
    /// Fields of PID.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub source_patient_info: Vec<String>,
    /// SHA-1 as hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// Bytes, as digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<String>,
    /// `URI`, in one piece.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// CXi.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reference_id_list: Vec<String>,
    /// Authors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub author: Vec<Author>,
    /// See [`Kind`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub class_code: Vec<Code>,
    /// See [`Kind`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub type_code: Vec<Code>,
    /// See [`Kind`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub format_code: Vec<Code>,
    /// See [`Kind`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub event_code_list: Vec<Code>,
    /// See [`Kind`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub confidentiality_code: Vec<Code>,
    /// See [`Kind`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub healthcare_facility_type_code: Vec<Code>,
    /// See [`Kind`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub practice_setting_code: Vec<Code>,
    /// Slots beyond these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub slots: Vec<Slot>,
    /// Schemes of classifications and external identifiers that are not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown_schemes: Vec<String>,
}

impl DocumentEntry {
    /// The codes of a kind.
    pub fn codes(&self, kind: Kind) -> &[Code] {
        match kind {
            Kind::ClassCode => &self.class_code,
            Kind::TypeCode => &self.type_code,
            Kind::FormatCode => &self.format_code,
            Kind::EventCodeList => &self.event_code_list,
            Kind::ConfidentialityCode => &self.confidentiality_code,
            Kind::HealthcareFacilityTypeCode => &self.healthcare_facility_type_code,
            Kind::PracticeSettingCode => &self.practice_setting_code,
        }
    }

    fn codes_mut(&mut self, kind: Kind) -> &mut Vec<Code> {
        match kind {
            Kind::ClassCode => &mut self.class_code,
            Kind::TypeCode => &mut self.type_code,
            Kind::FormatCode => &mut self.format_code,
            Kind::EventCodeList => &mut self.event_code_list,
            Kind::ConfidentialityCode => &mut self.confidentiality_code,
            Kind::HealthcareFacilityTypeCode => &mut self.healthcare_facility_type_code,
            Kind::PracticeSettingCode => &mut self.practice_setting_code,
        }
    }

    /// The slot of an attribute that has one value, by the name of the slot.
    fn single_mut(&mut self, slot: &str) -> Option<&mut Option<String>> {
        Some(match slot {
            "creationTime" => &mut self.creation_time,
            "serviceStartTime" => &mut self.service_start_time,
            "serviceStopTime" => &mut self.service_stop_time,
            "languageCode" => &mut self.language_code,
            "legalAuthenticator" => &mut self.legal_authenticator,
            "sourcePatientId" => &mut self.source_patient_id,
            "hash" => &mut self.hash,
            "size" => &mut self.size,
            "repositoryUniqueId" => &mut self.repository_unique_id,
            _ => return None,
        })
    }

    /// The ids of references of a type, such as [`ACCESSION`].
    pub fn references(&self, kind: &str) -> Vec<Cx> {
        let all = self.reference_id_list.iter().map(|r| Cx::read(r));
        all.filter(|r| r.kind.as_deref() == Some(kind)).collect()
    }

    /// Whether it announces a document that is made when it is asked for: size and hash then say nothing.
    pub fn is_delayed(&self) -> bool {
        self.size.as_deref() == Some("0") && self.hash.as_deref() == Some(HASH_OF_NOTHING)
    }
}
