//! The lists of a report: matrix of functions and plateaus, requirements by function, scenarios, and what was left
//! out by reason.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::evidence::Evidence;
use crate::evidence::model::{AttemptResult, CaseResult, RequirementResult};
use crate::report::plain::line;
use crate::report::words::codes;

use super::attention::{all_plateaus, anchor, by_plateau, is_detailed};
use super::mark::{Count, Mark, MarkView};
use super::{Speech, duration, plateaus};

/// One function of the trust model over the four plateaus.
#[derive(Debug, Serialize)]
pub struct MatrixRow {
    pub function: String,
    pub cells: Vec<MatrixCell>,
}

/// A function on a plateau.
#[derive(Debug, Serialize)]
pub struct MatrixCell {
    pub plateau: u8,
    pub in_scope: bool,
    pub counts: Vec<Count>,
}

/// The requirements of one function.
#[derive(Debug, Serialize)]
pub struct FunctionGroup {
    pub name: String,
    pub counts: Vec<Count>,
    /// Whether something in it needs attention.
    pub open: bool,
    pub rows: Vec<RequirementRow>,
}

/// A requirement in a list.
#[derive(Debug, Serialize)]
pub struct RequirementRow {
    pub anchor: String,
    /// Whether it is described in full elsewhere.
    pub detailed: bool,
    pub id: String,
    pub title: String,
    pub level: String,
    pub authority: String,
    pub inherited: bool,
    pub cap: Option<String>,
    pub plateaus: String,
    /// The verdict per plateau, where they differ.
    pub by_plateau: Vec<(u8, MarkView)>,
    pub mark: MarkView,
    /// Whether a declared deviation covers its failure.
    pub waived: bool,
    pub mode: String,
}

/// A scenario that was driven.
#[derive(Debug, Serialize)]
pub struct CaseRow {
    pub id: String,
    pub title: String,
    pub role: String,
    pub cases: Vec<String>,
    pub plateaus: String,
    pub mark: MarkView,
    pub stopped: Option<String>,
    pub duration: String,
    pub exchanges: u64,
    /// Its attempts, where there was more than one.
    pub attempts: Vec<AttemptRow>,
}

/// One attempt at a scenario.
#[derive(Debug, Serialize)]
pub struct AttemptRow {
    pub number: u32,
    pub mark: MarkView,
    pub duration: String,
    pub stopped: Option<String>,
}

/// What was left out for one reason.
#[derive(Debug, Serialize)]
pub struct Reason {
    pub reason: String,
    pub missing: Vec<String>,
    pub items: Vec<(String, Option<String>)>,
}

/// Verdicts by function and plateau.
pub fn matrix(evidence: &Evidence, speech: Speech) -> Vec<MatrixRow> {
    by_function(evidence)
        .map(|(function, requirements)| MatrixRow {
            function: codes::FUNCTION.name(function, speech.language),
            cells: (1..=4).map(|plateau| cell(evidence, &requirements, plateau, speech)).collect(),
        })
        .collect()
}

fn cell(evidence: &Evidence, requirements: &[(usize, &RequirementResult)], plateau: u8, speech: Speech) -> MatrixCell {
    let marks: Vec<Mark> = requirements
        .iter()
        .flat_map(|(_, r)| &r.plateaus)
        .filter(|p| p.plateau == plateau)
        .map(|p| Mark::of(p.verdict))
        .collect();
    MatrixCell {
        plateau,
        in_scope: evidence.scope.plateaus.contains(&plateau),
        counts: Count::of_marks(&marks, speech.words),
    }
}

/// Requirements by function, those that need attention first.
pub fn functions(evidence: &Evidence, speech: Speech) -> Vec<FunctionGroup> {
    by_function(evidence)
        .map(|(function, mut requirements)| {
            requirements.sort_by_key(|(at, r)| (Mark::of(r.verdict), *at));
            let marks: Vec<Mark> = requirements.iter().map(|(_, r)| Mark::of(r.verdict)).collect();
            FunctionGroup {
                name: codes::FUNCTION.name(function, speech.language),
                counts: Count::of_marks(&marks, speech.words),
                open: marks.iter().any(|m| m.needs_attention()),
                rows: requirements.into_iter().map(|(at, r)| requirement(r, at, speech)).collect(),
            }
        })
        .collect()
}

type Numbered<'a> = (usize, &'a RequirementResult);

fn by_function(evidence: &Evidence) -> impl Iterator<Item = (&str, Vec<Numbered<'_>>)> {
    let mut groups: BTreeMap<(usize, &str), Vec<Numbered<'_>>> = BTreeMap::new();
    for (at, requirement) in evidence.requirements.iter().enumerate() {
        let function = requirement.function.as_str();
        groups.entry((codes::FUNCTION.position(function), function)).or_default().push((at, requirement));
    }
    groups.into_iter().map(|((_, function), requirements)| (function, requirements))
}

fn requirement(requirement: &RequirementResult, at: usize, speech: Speech) -> RequirementRow {
    let Speech { language, words } = speech;
    let mark = Mark::of(requirement.verdict);
    RequirementRow {
        anchor: anchor(requirement, at),
        detailed: is_detailed(requirement),
        id: line(&requirement.id),
        title: speech.line(&requirement.title),
        level: line(&requirement.level).to_uppercase(),
        authority: codes::AUTHORITY.name(&requirement.authority, language),
        inherited: requirement.inherited,
        cap: requirement.enforcement.as_ref().map(|e| codes::CAP.name(&e.cap, language)),
        plateaus: all_plateaus(requirement),
        by_plateau: by_plateau(requirement, words),
        mark: mark.view(words),
        waived: requirement.waived.is_some(),
        mode: codes::MODE.name(&requirement.mode, language),
    }
}

/// The scenarios that were driven, those that need attention first.
pub fn cases(evidence: &Evidence, speech: Speech) -> Vec<CaseRow> {
    let mut cases: Vec<&CaseResult> = evidence.cases.iter().collect();
    cases.sort_by_key(|c| Mark::of(c.verdict));
    cases
        .into_iter()
        .map(|case| CaseRow {
            id: line(&case.id),
            title: speech.line(&case.title),
            role: codes::ROLE.name(&case.role, speech.language),
            cases: case.cases.iter().map(|c| line(c)).collect(),
            plateaus: plateaus(&case.plateaus),
            mark: Mark::of(case.verdict).view(speech.words),
            stopped: case.stopped.as_deref().map(line),
            duration: duration(case.duration_ms, speech.language),
            exchanges: case.exchanges,
            attempts: case.attempts.iter().map(|a| attempt(a, speech)).collect(),
        })
        .collect()
}

fn attempt(attempt: &AttemptResult, speech: Speech) -> AttemptRow {
    AttemptRow {
        number: attempt.attempt,
        mark: Mark::of(attempt.verdict).view(speech.words),
        duration: duration(attempt.duration_ms, speech.language),
        stopped: attempt.stopped.as_deref().map(line),
    }
}

/// Scenarios that were not driven, by reason in order of appearance.
pub fn exclusions(evidence: &Evidence, speech: Speech) -> Vec<Reason> {
    let mut reasons = Reasons::default();
    for exclusion in &evidence.exclusions {
        let missing = exclusion.missing.iter().map(|m| line(m)).collect();
        reasons.add(speech.line(&exclusion.reason), missing, (line(&exclusion.case), None));
    }
    reasons.0
}

/// Requirements that were not tested, by reason in order of appearance.
pub fn untested(evidence: &Evidence, speech: Speech) -> Vec<Reason> {
    let mut reasons = Reasons::default();
    for requirement in evidence.requirements.iter().filter(|r| Mark::of(r.verdict) == Mark::NotTested) {
        let reason = requirement.not_tested.as_deref().map_or_else(|| speech.words.no_reason.to_owned(), line);
        reasons.add(reason, Vec::new(), (line(&requirement.id), Some(speech.line(&requirement.title))));
    }
    reasons.0
}

#[derive(Default)]
struct Reasons(Vec<Reason>);

impl Reasons {
    fn add(&mut self, reason: String, missing: Vec<String>, item: (String, Option<String>)) {
        match self.0.iter_mut().find(|r| r.reason == reason && r.missing == missing) {
            Some(known) => known.items.push(item),
            None => self.0.push(Reason { reason, missing, items: vec![item] }),
        }
    }
}
