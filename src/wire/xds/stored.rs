//! The stored queries (ITI TF-2 3.18.4.1.2.3.7; 30-beeldbeschikbaarheid section 6.2).

/// What a query cannot do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// This parameter.
    One(&'static str),
    /// One of these two, and not both.
    Either(&'static str, &'static str),
}

/// A stored query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredQuery {
    /// Its name.
    pub name: &'static str,
    /// Its id, `urn:uuid:…`.
    pub id: &'static str,
    /// What it needs.
    pub needs: &'static [Need],
    /// Parameters that have one value.
    pub single: &'static [&'static str],
    /// Whether it asks about a patient; a query that does not has to name the community.
    pub by_patient: bool,
}

/// The parameter that names communities (IHE CP-ITI-1326; Twiin 1.5 pre-publication).
pub const TARGET_COMMUNITIES: &str = "$targetCommunityIdList";

const PATIENT: &str = "$XDSDocumentEntryPatientId";
const ENTRY: Need = Need::Either("$XDSDocumentEntryEntryUUID", "$XDSDocumentEntryUniqueId");
const FOLDER: Need = Need::Either("$XDSFolderEntryUUID", "$XDSFolderUniqueId");
const SUBMISSION_SET: Need = Need::Either("$XDSSubmissionSetEntryUUID", "$XDSSubmissionSetUniqueId");
const UUID: Need = Need::One("$uuid");
/// Single parameters of the two queries for documents of a patient.
const SINGLE: &[&str] = &[
    PATIENT,
    "$XDSDocumentEntryCreationTimeFrom",
    "$XDSDocumentEntryCreationTimeTo",
    "$XDSDocumentEntryServiceStartTimeFrom",
    "$XDSDocumentEntryServiceStartTimeTo",
    "$XDSDocumentEntryServiceStopTimeFrom",
    "$XDSDocumentEntryServiceStopTimeTo",
];

const fn patient(
    name: &'static str,
    id: &'static str,
    needs: &'static [Need],
    single: &'static [&'static str],
) -> StoredQuery {
    StoredQuery { name, id, needs, single, by_patient: true }
}

const fn by_id(name: &'static str, id: &'static str, needs: &'static [Need]) -> StoredQuery {
    StoredQuery { name, id, needs, single: &[], by_patient: false }
}

/// All of them.
pub const STORED_QUERIES: [StoredQuery; 14] = [
    patient(
        "FindDocuments",
        "urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d",
        &[Need::One(PATIENT), Need::One("$XDSDocumentEntryStatus")],
        SINGLE,
    ),
    patient(
        "FindDocumentsByReferenceId",
        "urn:uuid:12941a89-e02e-4be5-967c-ce4bfc8fe492",
        &[Need::One(PATIENT), Need::One("$XDSDocumentEntryStatus"), Need::One("$XDSDocumentEntryReferenceIdList")],
        SINGLE,
    ),
    patient(
        "FindSubmissionSets",
        "urn:uuid:f26abbcb-ac74-4422-8a30-edb644bbc1a9",
        &[Need::One("$XDSSubmissionSetPatientId"), Need::One("$XDSSubmissionSetStatus")],
        &["$XDSSubmissionSetPatientId"],
    ),
    patient(
        "FindFolders",
        "urn:uuid:958f3006-baad-4929-a4de-ff1114824431",
        &[Need::One("$XDSFolderPatientId"), Need::One("$XDSFolderStatus")],
        &["$XDSFolderPatientId"],
    ),
    patient(
        "GetAll",
        "urn:uuid:10b545ea-725c-446d-9b95-8aeb444eddf3",
        &[
            Need::One("$patientId"),
            Need::One("$XDSDocumentEntryStatus"),
            Need::One("$XDSSubmissionSetStatus"),
            Need::One("$XDSFolderStatus"),
        ],
        &["$patientId"],
    ),
    by_id("GetDocuments", "urn:uuid:5c4f972b-d56b-40ac-a5fc-c8ca9b40b9d4", &[ENTRY]),
    by_id("GetFolders", "urn:uuid:5737b14c-8a1a-4539-b659-e03a34a5e1e4", &[FOLDER]),
    by_id("GetAssociations", "urn:uuid:a7ae438b-4bc2-4642-93e9-be891f7bb155", &[UUID]),
    by_id("GetDocumentsAndAssociations", "urn:uuid:bab9529a-4a10-40b3-a01f-f68a615d247a", &[ENTRY]),
    by_id("GetSubmissionSets", "urn:uuid:51224314-5390-4169-9b91-b1980040715a", &[UUID]),
    by_id("GetSubmissionSetAndContents", "urn:uuid:e8e3cb2c-e39c-46b9-99e4-c12f57260b83", &[SUBMISSION_SET]),
    by_id("GetFolderAndContents", "urn:uuid:b909a503-523d-4517-8acf-8e5834dfc4c7", &[FOLDER]),
    by_id("GetFoldersForDocument", "urn:uuid:10cae35a-c7f9-4cf5-b61e-fc3278ffb578", &[ENTRY]),
    by_id(
        "GetRelatedDocuments",
        "urn:uuid:d90e5407-b356-4d91-a89f-873917b4b0e6",
        &[ENTRY, Need::One("$AssociationTypes")],
    ),
];

impl StoredQuery {
    /// The query with this id.
    pub fn by_id(id: &str) -> Option<&'static Self> {
        STORED_QUERIES.iter().find(|q| q.id == id)
    }

    /// The query with this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        STORED_QUERIES.iter().find(|q| q.name == name)
    }

    /// Name of the parameter with the patient's number, if it asks about one.
    pub fn patient_parameter(&self) -> Option<&'static str> {
        match self.needs.first() {
            Some(Need::One(name)) if self.by_patient => Some(name),
            _ => None,
        }
    }
}
