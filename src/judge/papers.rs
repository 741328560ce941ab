//! What documents and declared deviations say beside a transcript, judged as purely: the dossier, what was found of its
//! documents when the run began, and the day of the run are all that counts.

use crate::base::clock::parse_rfc3339;
use crate::base::day::Day;
use crate::base::id::RequirementId;
use crate::base::text::Text;
use crate::check::Verdict;
use crate::plan::Plan;
use crate::suite::dossier::{Attestation, Attested, DocumentChecks, Dossier};
use crate::suite::requirement::Requirement;
use crate::suite::waiver::Waiver;
use crate::transcript::{Event, EventKind};

/// What a run has besides its transcript.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Papers {
    /// The dossier, if there is one, with what was found of its documents.
    pub dossier: Option<(Dossier, DocumentChecks)>,
    /// The declared deviations.
    pub waivers: Vec<Waiver>,
}

/// How an attestation stands on the day of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, strum::Display)]
#[strum(serialize_all = "kebab-case")]
pub enum Standing {
    /// In force, and its documents are what they were.
    Valid,
    /// Its last day has passed.
    Expired,
    /// It was said after the run, or nobody knows when the run was.
    NotYet,
    /// A document is not what it was.
    Altered,
    /// A document is not there, or cannot be read.
    Missing,
    /// The dossier is about another subject than the candidate.
    OtherSubject,
}

/// What became of an attestation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttestedOutcome {
    /// Its position in the dossier.
    pub entry: usize,
    /// How it stands.
    pub standing: Standing,
    /// What is wrong with it, in words; empty when it is valid.
    pub problems: Vec<Text>,
    /// What it says.
    pub says: Attested,
}

impl AttestedOutcome {
    /// What it contributes on a plateau; `None` when it does not count there. What is not in order says nothing of the
    /// candidate: that is never a pass, and never the candidate's breach either.
    pub(super) fn verdict(&self, requirement: &Requirement, plateau: u8) -> Option<Verdict> {
        let deviation = requirement.severity(plateau).verdict();
        match (self.standing, self.says) {
            (Standing::Valid, Attested::Pass) => Some(Verdict::Pass),
            (Standing::Valid, Attested::Fail) => deviation,
            _ => deviation.map(|_| Verdict::Inconclusive),
        }
    }
}

/// How a waiver came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "kebab-case")]
pub enum WaiverState {
    /// It covers a failure.
    Applied,
    /// Its last day has passed: it counts not at all.
    Expired,
    /// The requirement does not fail where it is declared.
    Superfluous,
    /// Whether the requirement fails cannot be told.
    Undecided,
    /// The requirement is not in scope of the run.
    OutOfScope,
}

/// What a dossier says of a requirement on a day, by the rules of a run on that day.
pub fn attested_on(papers: &Papers, plan: &Plan, requirement: &Requirement, day: Day) -> Option<AttestedOutcome> {
    papers.attested(plan, requirement, Some(day))
}

/// The day of a run, by its transcript; `None` when it was torn before its first line.
pub fn day_of(events: &[Event]) -> Option<Day> {
    let first = events.iter().find(|e| matches!(e.event, EventKind::RunStarted { .. }))?;
    parse_rfc3339(&first.at).map(Day::of)
}

impl Papers {
    /// What the dossier says of a requirement, if it says anything that counts for this plan.
    pub(super) fn attested(&self, plan: &Plan, requirement: &Requirement, day: Option<Day>) -> Option<AttestedOutcome> {
        let (dossier, checks) = self.dossier.as_ref()?;
        let (entry, attestation) = dossier.of(&requirement.id)?;
        let mut found: Vec<(Standing, Text)> = documents(attestation, checks);
        found.extend(dates(attestation, day));
        if dossier.subject != plan.subject || !requirement.takes_document_of(plan.subject) {
            let (theirs, ours) = (dossier.subject, plan.subject);
            let text = Text::new(
                format!("het dossier gaat over {theirs} en de kandidaat is {ours}"),
                format!("the dossier is about {theirs} and the candidate is {ours}"),
            );
            found.push((Standing::OtherSubject, text));
        }
        Some(AttestedOutcome {
            entry,
            standing: found.iter().map(|(s, _)| *s).max().unwrap_or(Standing::Valid),
            problems: found.into_iter().map(|(_, text)| text).collect(),
            says: attestation.verdict,
        })
    }

    /// The waiver of a requirement that is in force on a day, with its position.
    pub(super) fn waiver(&self, id: &RequirementId, day: Option<Day>) -> Option<(usize, &Waiver)> {
        let in_force = |w: &Waiver| day.is_some_and(|day| day <= w.expires);
        self.waivers.iter().enumerate().find(|(_, w)| w.requirement == *id && in_force(w))
    }
}

fn documents(attestation: &Attestation, checks: &DocumentChecks) -> Vec<(Standing, Text)> {
    let mut found = Vec::new();
    for document in &attestation.documents {
        let path = &document.path;
        let check = checks.documents.iter().find(|c| c.path == *path);
        match check.map(|c| (&c.sha256, c.size, &c.problem)) {
            Some((Some(sha256), Some(size), None)) if *sha256 == document.sha256 && size == document.size => {}
            Some((Some(_), ..)) => found.push((
                Standing::Altered,
                Text::new(
                    format!("{path} is niet het document dat is verklaard: de SHA-256 of de grootte verschilt"),
                    format!("{path} is not the document that was attested: its SHA-256 or size differs"),
                ),
            )),
            other => {
                let why = other.and_then(|(_, _, problem)| problem.clone()).unwrap_or_else(|| "not looked at".into());
                found.push((
                    Standing::Missing,
                    Text::new(
                        format!("{path} ontbreekt of is niet te lezen: {why}"),
                        format!("{path} is missing or cannot be read: {why}"),
                    ),
                ));
            }
        }
    }
    found
}

fn dates(attestation: &Attestation, day: Option<Day>) -> Option<(Standing, Text)> {
    let Some(day) = day else {
        let text = Text::new("de dag van de run is niet bekend", "the day of the run is not known");
        return Some((Standing::NotYet, text));
    };
    if day > attestation.valid_until {
        let until = attestation.valid_until;
        let text = Text::new(
            format!("verlopen: gold tot en met {until}, en de run was op {day}"),
            format!("expired: it held until {until}, and the run was on {day}"),
        );
        return Some((Standing::Expired, text));
    }
    (attestation.attested > day).then(|| {
        let on = attestation.attested;
        let text = Text::new(
            format!("verklaard op {on}, na de run van {day}"),
            format!("attested on {on}, after the run of {day}"),
        );
        (Standing::NotYet, text)
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::suite::dossier::{Document, DocumentCheck};

    fn attestation() -> Attestation {
        Attestation {
            requirement: RequirementId::parse("A-1").unwrap(),
            verdict: Attested::Pass,
            documents: vec![Document { path: "a.pdf".into(), sha256: "aa".into(), size: 2 }],
            by: "SIM Auditor".into(),
            role: "auditor".into(),
            attested: Day::parse("2026-11-01").unwrap(),
            valid_until: Day::parse("2026-12-31").unwrap(),
            product_version: None,
            remark: None,
        }
    }

    fn found(sha256: Option<&str>, size: Option<u64>, problem: Option<&str>) -> DocumentChecks {
        let check = DocumentCheck {
            path: "a.pdf".into(),
            sha256: sha256.map(str::to_owned),
            size,
            problem: problem.map(str::to_owned),
        };
        DocumentChecks { documents: vec![check] }
    }

    #[test]
    fn a_document_that_is_what_it_was_is_in_order() {
        assert_eq!(documents(&attestation(), &found(Some("aa"), Some(2), None)), []);
    }

    #[test]
    fn a_document_that_was_altered_or_is_missing_is_told() {
        let standing = |checks| documents(&attestation(), &checks).iter().map(|(s, _)| *s).collect::<Vec<_>>();
        assert_eq!(standing(found(Some("bb"), Some(2), None)), [Standing::Altered]);
        assert_eq!(standing(found(Some("aa"), Some(3), None)), [Standing::Altered]);
        assert_eq!(standing(found(None, None, Some("no such file"))), [Standing::Missing]);
        assert_eq!(standing(DocumentChecks::default()), [Standing::Missing]);
    }

    #[test]
    fn an_attestation_counts_from_its_day_until_its_last_day() {
        let on = |text: &str| dates(&attestation(), Day::parse(text)).map(|(s, _)| s);
        assert_eq!(on("2026-11-01"), None);
        assert_eq!(on("2026-12-31"), None);
        assert_eq!(on("2027-01-01"), Some(Standing::Expired));
        assert_eq!(on("2026-10-31"), Some(Standing::NotYet));
        assert_eq!(dates(&attestation(), None).map(|(s, _)| s), Some(Standing::NotYet));
    }

    #[test]
    fn a_waiver_counts_until_its_last_day_and_not_at_all_afterwards() {
        let id = RequirementId::parse("A-1").unwrap();
        let waiver = Waiver {
            requirement: id.clone(),
            plateaus: vec![4],
            reason: Text::new("a", "a"),
            decider: "a".into(),
            expires: Day::parse("2026-12-31").unwrap(),
        };
        assert!(waiver.covers(4) && !waiver.covers(3));
        let papers = Papers { dossier: None, waivers: vec![waiver] };
        assert!(papers.waiver(&id, Day::parse("2026-12-31")).is_some());
        assert!(papers.waiver(&id, Day::parse("2027-01-01")).is_none());
        assert!(papers.waiver(&id, None).is_none());
    }
}
