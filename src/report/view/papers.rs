//! What documents and declared deviations say, as it is shown.

use serde::Serialize;

use crate::evidence::Evidence;
use crate::evidence::model::{AttestationResult, RequirementResult};
use crate::report::plain::line;
use crate::report::words::codes;

use super::Speech;
use super::mark::{Count, Mark, MarkView};

/// Documents and declared deviations of a run.
#[derive(Debug, Serialize)]
pub struct PapersView {
    /// Numbers of requirements that documents show; none in documents of evidence before version 3.
    pub counts: Vec<Count>,
    pub attestations: Vec<AttestationRow>,
    pub waivers: Vec<WaiverRow>,
    pub out_of_scope: String,
}

/// What a named person says of a requirement.
#[derive(Debug, Clone, Serialize)]
pub struct AttestationRow {
    pub id: String,
    pub title: String,
    pub mark: MarkView,
    /// How the attestation stands, in words.
    pub standing: String,
    pub in_order: bool,
    pub problems: Vec<String>,
    pub by: String,
    pub role: String,
    pub attested: String,
    pub until: String,
    pub other_version: Option<String>,
    pub remark: Option<String>,
    pub documents: Vec<(String, String)>,
}

/// A declared deviation.
#[derive(Debug, Serialize)]
pub struct WaiverRow {
    pub id: String,
    pub mark: Option<MarkView>,
    pub state: String,
    pub applied: bool,
    pub plateaus: String,
    pub reason: String,
    pub decider: String,
    pub expires: String,
}

/// The papers of the evidence; none before version 3.
pub fn of(evidence: &Evidence, speech: Speech) -> Option<PapersView> {
    let papers = evidence.papers.as_ref()?;
    let mark = |id: &str| {
        let found = evidence.requirements.iter().find(|r| r.id == id);
        found.map(|r| Mark::of(r.verdict).view(speech.words))
    };
    let waivers = papers.waivers.iter().map(|w| WaiverRow {
        id: line(&w.requirement),
        mark: mark(&w.requirement),
        state: codes::WAIVER.name(&w.state, speech.language),
        applied: w.state == "applied",
        plateaus: super::plateaus(&w.plateaus),
        reason: speech.line(&w.reason),
        decider: line(&w.decider),
        expires: line(&w.expires),
    });
    let out_of_scope: Vec<String> = papers.dossier.iter().flat_map(|d| &d.out_of_scope).map(|id| line(id)).collect();
    Some(PapersView {
        counts: evidence.attested.as_ref().map(|c| Count::of_evidence(c, speech.words)).unwrap_or_default(),
        attestations: evidence.requirements.iter().filter_map(|r| attestation(r, speech)).collect(),
        waivers: waivers.collect(),
        out_of_scope: out_of_scope.join(", "),
    })
}

/// What a named person says of one requirement, if anybody does.
pub fn attestation(requirement: &RequirementResult, speech: Speech) -> Option<AttestationRow> {
    let attestation: &AttestationResult = requirement.attestation.as_ref()?;
    Some(AttestationRow {
        id: line(&requirement.id),
        title: speech.line(&requirement.title),
        mark: Mark::of(requirement.verdict).view(speech.words),
        standing: codes::STANDING.name(&attestation.standing, speech.language),
        in_order: attestation.standing == "valid",
        problems: attestation.problems.iter().map(|t| speech.line(t)).collect(),
        by: line(&attestation.by),
        role: line(&attestation.role),
        attested: line(&attestation.attested),
        until: line(&attestation.valid_until),
        other_version: attestation.other_version.as_deref().map(line),
        remark: attestation.remark.as_deref().map(line),
        documents: attestation.documents.iter().map(|d| (line(&d.path), line(&d.sha256))).collect(),
    })
}

/// The declared deviation that covers a failure, in a sentence.
pub fn waived(requirement: &RequirementResult, speech: Speech) -> Option<String> {
    let waived = requirement.waived.as_ref()?;
    let words = speech.words;
    Some(format!(
        "{} ({} {}): {}. {}: {}; {} {}",
        words.waived,
        words.plateau.to_lowercase(),
        super::plateaus(&waived.plateaus),
        speech.line(&waived.reason).trim_end_matches('.'),
        words.decider,
        line(&waived.decider),
        words.until,
        line(&waived.expires),
    ))
}

/// What has to be said of papers, subject and release before anything else.
pub fn notices(evidence: &Evidence, speech: Speech) -> Vec<String> {
    let words = speech.words;
    let mut notices = Vec::new();
    if let Some(subject) = evidence.candidate.subject.as_deref().filter(|s| *s != "gtk") {
        notices.push(format!(
            "{} {}. {}",
            words.package_of,
            codes::SUBJECT.name(subject, speech.language),
            words.package_not_gtk
        ));
    }
    if let Some(standing) = evidence.scope.standing.as_ref().filter(|s| s.standing != "current") {
        notices.push(speech.line(&standing.text));
    }
    let papers = evidence.papers.as_ref();
    let applied = papers.iter().flat_map(|p| &p.waivers).filter(|w| w.state == "applied").count();
    if applied > 0 {
        notices.push(format!("{} {applied}. {}", words.waivers_applied, words.waivers_applied_why));
    }
    let awaited = papers.map_or(0, |p| p.awaited.len());
    if awaited > 0 {
        notices.push(format!("{} {awaited}. {}", words.awaited, words.awaited_why));
    }
    let expired: Vec<String> = papers
        .iter()
        .flat_map(|p| &p.waivers)
        .filter(|w| w.state != "applied")
        .map(|w| format!("{} ({})", line(&w.requirement), codes::WAIVER.name(&w.state, speech.language)))
        .collect();
    if !expired.is_empty() {
        notices.push(format!("{} {}", words.waivers_other, expired.join(", ")));
    }
    let versions: Vec<String> =
        papers.iter().filter_map(|p| p.dossier.as_ref()).flat_map(|d| &d.other_versions).map(|v| line(v)).collect();
    if !versions.is_empty() {
        notices.push(format!(
            "{} {} ({} {})",
            words.other_versions,
            versions.join(", "),
            words.candidate.to_lowercase(),
            line(&evidence.candidate.version)
        ));
    }
    notices
}
