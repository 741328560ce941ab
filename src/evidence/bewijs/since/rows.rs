//! Reasons of requirements: their rows, their outcome, their waivers and their documents.

use std::collections::BTreeMap;

use super::reason::{Reason, Why};
use super::{Earlier, Now};
use crate::base::day::Day;
use crate::base::id::RequirementId;
use crate::check::Verdict;
use crate::judge::attested_on;
use crate::suite::Requirement;

/// The reasons of each requirement that has any.
pub fn reasons(earlier: &Earlier, now: &Now<'_>) -> BTreeMap<String, Vec<Reason>> {
    let all = now.plan.requirements.keys().map(|id| (id.to_string(), of(earlier, now, id)));
    all.filter(|(_, reasons)| !reasons.is_empty()).collect()
}

fn of(earlier: &Earlier, now: &Now<'_>, id: &RequirementId) -> Vec<Reason> {
    let Some(row) = now.suite.requirements.get(id).map(|listed| &listed.requirement) else { return Vec::new() };
    let Some(then) = earlier.requirement(id.as_str()) else { return vec![Why::NewRequirement.because("")] };
    let mut reasons = Vec::new();
    let before = earlier.judged.as_ref().and_then(|j| j.suite.requirements.get(id)).map(|l| &l.requirement);
    if before.is_some_and(|before| rule(before) != rule(row)) {
        reasons.push(Why::ChangedRequirement.because(""));
    }
    // What was looked at and only recorded, whatever was seen, comes out the same way again.
    let recorded = then.verdict == Verdict::NotTested && !then.findings.is_empty();
    if then.verdict != Verdict::Pass && !recorded {
        reasons.push(Why::NotPassed.because(&then.verdict.to_string()));
    }
    let again = earlier.judged.as_ref().and_then(|j| j.judgement.requirements.get(id)).map(|o| o.verdict);
    if let Some(again) = again.filter(|again| *again != then.verdict) {
        reasons.push(Why::JudgedOtherwise.because(&format!("{} → {again}", then.verdict)));
    }
    let bound = now.plan.requirements.get(id).map(|b| b.plateaus.clone()).unwrap_or_default();
    let more = bound.iter().filter(|p| !then.plateaus.iter().any(|t| t.plateau == **p));
    let more: Vec<String> = more.map(u8::to_string).collect();
    if !more.is_empty() {
        reasons.push(Why::OtherPlateau.because(&more.join(", ")));
    }
    reasons.extend(of_waiver(earlier, now, id));
    if then.attestation.is_some() {
        reasons.extend(of_document(now, row));
    }
    reasons
}

/// What a row demands, without what it says of the suite.
fn rule(row: &Requirement) -> Requirement {
    Requirement { not_tested: None, shown_by_test: Vec::new(), ..row.clone() }
}

fn of_waiver(earlier: &Earlier, now: &Now<'_>, id: &RequirementId) -> Option<Reason> {
    let applied = &earlier.statement.predicate.afwijkingen;
    let then = applied.iter().find(|w| w.requirement == id.as_str() && w.stand == "applied")?;
    let today = now.papers.waivers.iter().find(|w| w.requirement == *id);
    match today {
        Some(waiver) if waiver.expires < now.day => Some(Why::WaiverExpired.because(&waiver.expires.to_string())),
        Some(waiver) if waiver.plateaus != then.plateaus => Some(Why::WaiverGone.because(&then.besluit_van)),
        Some(_) => None,
        None if Day::parse(&then.geldig_tot).is_none_or(|until| until < now.day) => {
            Some(Why::WaiverExpired.because(&then.geldig_tot))
        }
        None => Some(Why::WaiverGone.because(&then.besluit_van)),
    }
}

/// What documents showed then has to be shown by them today.
fn of_document(now: &Now<'_>, row: &Requirement) -> Option<Reason> {
    let Some(today) = attested_on(now.papers, now.plan, row, now.day) else {
        return Some(Why::DocumentGone.because(""));
    };
    (!today.problems.is_empty()).then(|| Why::DocumentGone.because(&today.standing.to_string()))
}
