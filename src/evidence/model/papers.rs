//! What documents and declared deviations add to evidence, and how the release stands: new in version 3.

use serde::{Deserialize, Serialize};

use crate::base::text::Text;

/// What the run had besides its transcript.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Papers {
    /// The dossier, if there was one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub dossier: Option<DossierResult>,
    /// Requirements that wait for a document in the package of an organisation, which is not conformant without; empty
    /// for a GtK.
    pub awaited: Vec<String>,
    /// The declared deviations, each with what became of it, in order of the file.
    pub waivers: Vec<WaiverResult>,
}

/// A dossier as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DossierResult {
    /// What it is about: `gtk`, `deelnemer`, `gtk-beheerder` or `dienstverlener`.
    pub subject: String,
    /// Number of attestations in it, history included.
    pub attestations: u64,
    /// Product versions in attestations that count and that are not the candidate's.
    pub other_versions: Vec<String>,
    /// Requirements that it attests and that are not in scope of the run.
    pub out_of_scope: Vec<String>,
}

/// What a named person says of a requirement by documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct AttestationResult {
    /// `pass` or `fail`.
    pub says: String,
    /// `valid`, `expired`, `not-yet`, `altered`, `missing` or `other-subject`. Only what is valid counts as what it says.
    pub standing: String,
    /// What is wrong with it; empty when it is valid.
    pub problems: Vec<Text>,
    /// Who attests.
    pub by: String,
    /// In what role.
    pub role: String,
    /// The day of attesting.
    pub attested: String,
    /// The last day on which it counts.
    pub valid_until: String,
    /// The product version that it was said of, where that is another than the candidate's.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub other_version: Option<String>,
    /// A remark.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub remark: Option<String>,
    /// The documents.
    pub documents: Vec<DocumentResult>,
}

/// A document, by its digest. The document itself is not part of the evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DocumentResult {
    /// Path relative to the dossier.
    pub path: String,
    /// SHA-256, hex.
    pub sha256: String,
    /// Size in bytes.
    pub size: u64,
}

/// A declared deviation and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct WaiverResult {
    /// The requirement.
    pub requirement: String,
    /// Plateaus that it was declared for; empty for all.
    pub plateaus: Vec<u8>,
    /// Why.
    pub reason: Text,
    /// Who decided it.
    pub decider: String,
    /// The last day on which it counts.
    pub expires: String,
    /// `applied`, `expired`, `superfluous`, `undecided` or `out-of-scope`.
    pub state: String,
}

/// A failure that a declared deviation covers. The verdict stays what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct WaivedResult {
    /// Plateaus of the failures that it covers.
    pub plateaus: Vec<u8>,
    /// Why.
    pub reason: Text,
    /// Who decided it.
    pub decider: String,
    /// The last day on which it counts.
    pub expires: String,
}

/// How the release of the run stands among the releases that are known (REL-03, REL-04).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ReleaseStanding {
    /// `current` (n), `previous` (n-1) or `expired`.
    pub standing: String,
    /// The newest release that the suite knows.
    pub current: String,
    /// The last day to implement its successor, where a source dates that one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub implement_by: Option<String>,
    /// Whether the run was after that day.
    pub late: bool,
    /// In words.
    pub text: Text,
}
