//! The dossier: what only documents can show. A named person says of one requirement that it is met or not, on a day,
//! until a day, by documents of which the digest is kept.
//!
//! A dossier is a file of its own beside a candidate file. It is read from the outside, so everything in it is checked:
//! unknown requirements, rows that no document can show, paths that lead out of its folder.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::requirement::Subject;
use super::{Suite, yaml};
use crate::base::day::Day;
use crate::base::diagnostic::{Diagnostic, SourceFile};
use crate::base::id::RequirementId;

/// The version of the shape that this release reads and writes.
pub const VERSION: u8 = 1;
/// Attestations in one dossier; the catalogue has some hundreds of rows that need one.
const MOST: usize = 5_000;

/// A dossier.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Dossier {
    /// Version of this shape: 1.
    #[schemars(range(min = 1, max = 1))]
    pub version: u8,
    /// What the dossier is about. A dossier of a GtK and one of a participant are never one (PROC-12).
    pub subject: Subject,
    /// The attestations. Of several for one requirement the last counts; the others are its history.
    #[serde(default)]
    pub attestations: Vec<Attestation>,
}

/// What somebody says of one requirement.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Attestation {
    /// The requirement.
    pub requirement: RequirementId,
    /// What the documents show.
    pub verdict: Attested,
    /// The documents, one or more (GF-HAR-008).
    #[schemars(length(min = 1))]
    pub documents: Vec<Document>,
    /// Who attests: a name.
    #[schemars(length(min = 1))]
    pub by: String,
    /// In what role.
    #[schemars(length(min = 1))]
    pub role: String,
    /// The day of attesting.
    pub attested: Day,
    /// The last day on which it counts.
    pub valid_until: Day,
    /// Version of the product that it was said of.
    #[serde(default)]
    pub product_version: Option<String>,
    /// A remark.
    #[serde(default)]
    pub remark: Option<String>,
}

/// What an attestation says.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema, strum::Display, strum::EnumString,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Attested {
    /// The requirement is met.
    Pass,
    /// It is not met.
    Fail,
}

/// A document, by its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Document {
    /// Path relative to the dossier, with `/` between its parts; never out of its folder.
    #[schemars(length(min = 1))]
    pub path: String,
    /// SHA-256 of its bytes, lower-case hex.
    #[schemars(extend("pattern" = "^[0-9a-f]{64}$"))]
    pub sha256: String,
    /// Its size in bytes.
    pub size: u64,
}

/// What was found of the documents of a dossier when a run began. It is kept beside the dossier, so that a verdict never
/// depends on where it is judged.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DocumentChecks {
    /// One entry a path, in order of path.
    pub documents: Vec<DocumentCheck>,
}

/// What was found of one document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DocumentCheck {
    /// Path relative to the dossier.
    pub path: String,
    /// SHA-256 of the bytes that were there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Their number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Why it could not be read, if so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// Whether a path stays below the folder that it is relative to, and is written in one way on every system.
pub fn is_plain_path(path: &str) -> bool {
    let part = |p: &str| !p.is_empty() && p != "." && p != ".." && !p.contains(['\\', ':', '\0']);
    path.len() <= 400 && path.split('/').all(part)
}

impl Dossier {
    /// Reads a dossier for a suite.
    ///
    /// # Errors
    /// All faults at once, with place and nearest valid word.
    pub fn read(source: &Arc<SourceFile>, suite: &Suite) -> Result<Self, Vec<Diagnostic>> {
        let dossier: Self = yaml::parse_all(source)?;
        let faults = dossier.faults(source, suite);
        if faults.is_empty() { Ok(dossier) } else { Err(faults) }
    }

    fn faults(&self, source: &Arc<SourceFile>, suite: &Suite) -> Vec<Diagnostic> {
        let mut faults = Vec::new();
        if self.version != VERSION {
            let message = format!("version {} of the dossier is not known; this release reads {VERSION}", self.version);
            faults.push(Diagnostic::at_text(source, "version", message));
        }
        if self.attestations.len() > MOST {
            faults.push(Diagnostic::at_text(source, "attestations", format!("more than {MOST} attestations")));
        }
        for attestation in &self.attestations {
            faults.extend(self.faults_of(attestation, source, suite));
        }
        faults
    }

    fn faults_of(&self, attestation: &Attestation, source: &Arc<SourceFile>, suite: &Suite) -> Vec<Diagnostic> {
        let id = attestation.requirement.as_str();
        let at_id = |message: String| Diagnostic::at_text(source, id, message);
        let mut faults = Vec::new();
        if let Err(why) = attestable(suite, id, self.subject) {
            faults.push(at_id(why));
        }
        if attestation.documents.is_empty() {
            faults.push(at_id(format!("`{id}` names no document")));
        }
        for (what, text) in [("by", &attestation.by), ("role", &attestation.role)] {
            if text.trim().is_empty() {
                faults.push(at_id(format!("`{id}`: `{what}` is empty")));
            }
        }
        for document in attestation.documents.iter().filter(|d| !is_plain_path(&d.path)) {
            let message =
                format!("`{}` leads out of the folder of the dossier, or is not written with `/`", document.path);
            faults.push(Diagnostic::at_text(source, &document.path, message));
        }
        if attestation.valid_until < attestation.attested {
            let message = format!("`{id}` is valid until {}, before it was attested", attestation.valid_until);
            faults.push(at_id(message));
        }
        faults
    }

    /// The attestation that counts for a requirement, with its position: the last one.
    pub fn of(&self, id: &RequirementId) -> Option<(usize, &Attestation)> {
        self.attestations.iter().enumerate().rev().find(|(_, a)| a.requirement == *id)
    }
}

/// Whether a document of a subject can show a requirement.
///
/// # Errors
/// In words, why not: it is unknown (with the nearest one), it shows itself on the wire, or it is another subject's.
pub fn attestable(suite: &Suite, id: &str, subject: Subject) -> Result<(), String> {
    let Some(listed) = RequirementId::parse(id).ok().and_then(|id| suite.requirements.get(&id)) else {
        let near = crate::base::nearest::nearest(id, suite.requirements.keys().map(RequirementId::as_str));
        let help = near.map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
        return Err(format!("unknown requirement `{id}`{help}"));
    };
    let requirement = &listed.requirement;
    if !requirement.is_attestable() {
        return Err(format!("`{id}` is {}: no document shows it, only what is seen", requirement.verification));
    }
    if !requirement.takes_document_of(subject) {
        let parties: Vec<String> = requirement.roles.iter().map(ToString::to_string).collect();
        let duty = if requirement.is_participant_duty() { " (Toetsing: Eis aan deelnemer)" } else { "" };
        return Err(format!(
            "`{id}` binds {}{duty} and does not belong in the dossier of a {subject}",
            parties.join(", ")
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_out_of_the_folder_is_not_plain() {
        for good in ["a.pdf", "documents/a b.pdf", "x/y/z"] {
            assert!(is_plain_path(good), "{good}");
        }
        for wrong in ["", "/etc/passwd", "../a", "a/../b", "a//b", "./a", "a\\b", "C:/a", "a/"] {
            assert!(!is_plain_path(wrong), "{wrong}");
        }
    }
}
