//! From findings to verdicts: per requirement and plateau, then over all.

use std::collections::BTreeMap;

use super::Finding;
use crate::base::id::RequirementId;
use crate::check::Verdict;
use crate::plan::Plan;
use crate::suite::Suite;
use crate::suite::requirement::Requirement;

/// What became of a requirement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The verdict over all its plateaus.
    pub verdict: Verdict,
    /// The verdict per plateau.
    pub plateaus: BTreeMap<u8, Verdict>,
    /// Positions of its findings.
    pub findings: Vec<usize>,
    /// Why it was not tested, or why it stays open, if so.
    pub reason: Option<String>,
}

/// What a run amounts to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// All findings, in order of case and expectation.
    pub findings: Vec<Finding>,
    /// What became of the requirements that bind.
    pub requirements: BTreeMap<RequirementId, Outcome>,
    /// Whether the run ended by itself.
    pub complete: bool,
}

/// What a run amounts to, for the decision rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Nothing failed, nothing is open, something passed.
    Conformant,
    /// Something failed.
    NotConformant,
    /// Neither can be said.
    Undetermined,
}

/// The decision rule: one failure is enough; without failure everything that was tested must be decided, the run must
/// be whole, and something must have been tested.
pub fn decide(verdicts: impl IntoIterator<Item = Verdict>, complete: bool) -> Decision {
    match Verdict::all(verdicts) {
        Verdict::Fail => Decision::NotConformant,
        Verdict::Pass | Verdict::Warn if complete => Decision::Conformant,
        _ => Decision::Undetermined,
    }
}

impl Judgement {
    /// The decision over all requirements.
    pub fn decision(&self) -> Decision {
        decide(self.requirements.values().map(|o| o.verdict), self.complete)
    }

    /// Ids of requirements with a verdict.
    pub fn with(&self, verdict: Verdict) -> Vec<&RequirementId> {
        self.requirements.iter().filter(|(_, o)| o.verdict == verdict).map(|(id, _)| id).collect()
    }
}

/// What a finding contributes on a plateau; `None` when it does not count there.
fn contribution(requirement: &Requirement, plateau: u8, finding: &Finding) -> Option<Verdict> {
    finding.plateaus.contains(&plateau).then(|| finding.verdict(requirement.severity(plateau))).flatten()
}

pub(super) fn roll_up(suite: &Suite, plan: &Plan, findings: Vec<Finding>, complete: bool) -> Judgement {
    let mut requirements = BTreeMap::new();
    for (id, bound) in &plan.requirements {
        let Some(listed) = suite.requirements.get(id) else { continue };
        let requirement = &listed.requirement;
        let own: Vec<usize> = (0..findings.len()).filter(|i| findings[*i].verifies.contains(id)).collect();
        let mut plateaus: BTreeMap<u8, Verdict> = bound
            .plateaus
            .iter()
            .map(|p| (*p, Verdict::all(own.iter().filter_map(|i| contribution(requirement, *p, &findings[*i])))))
            .collect();
        let undeclared = undeclared(suite, plan, id);
        if let Some((reaches, _)) = &undeclared {
            for (plateau, verdict) in plateaus.iter_mut().filter(|(p, _)| reaches.contains(p)) {
                let _ = plateau;
                *verdict = verdict.and(Verdict::Inconclusive);
            }
        }
        let verdict = Verdict::all(plateaus.values().copied());
        let reason = match (verdict, &undeclared) {
            (Verdict::NotTested, _) => Some(why_not_tested(suite, plan, requirement)),
            (_, Some((_, why))) => Some(why.clone()),
            _ => None,
        };
        requirements.insert(id.clone(), Outcome { verdict, plateaus, findings: own, reason });
    }
    Judgement { findings, requirements, complete }
}

/// Plateaus on which a requirement stays open because a mandatory capability is undeclared, and why.
fn undeclared(suite: &Suite, plan: &Plan, id: &RequirementId) -> Option<(Vec<u8>, String)> {
    plan.exclusions.iter().filter(|e| e.undeclared).find_map(|exclusion| {
        let scenario = suite.scenarios.get(&exclusion.scenario)?;
        let shows =
            scenario.expectations(exclusion.role, &plan.selection.release).any(|(_, e)| e.verifies.contains(id));
        shows.then(|| (scenario.file.plateaus.clone(), format!("{}: {}", exclusion.case, exclusion.reason.en)))
    })
}

fn why_not_tested(suite: &Suite, plan: &Plan, requirement: &Requirement) -> String {
    if let Some(reason) = &requirement.not_tested {
        return reason.clone();
    }
    if requirement.plateaus.iter().all(|p| requirement.severity(*p).verdict().is_none()) {
        return "recorded as information only: a deviation never counts".into();
    }
    let excluded = plan.exclusions.iter().find(|exclusion| {
        suite
            .scenarios
            .get(&exclusion.scenario)
            .is_some_and(|s| s.file.expect.iter().any(|e| e.verifies.contains(&requirement.id)))
    });
    match excluded {
        Some(exclusion) => format!("{}: {}", exclusion.case, exclusion.reason.en),
        None => {
            missing_data(suite, plan, requirement).unwrap_or_else(|| "no scenario of this selection shows it".into())
        }
    }
}

fn missing_data(suite: &Suite, plan: &Plan, requirement: &Requirement) -> Option<String> {
    plan.cases.iter().find_map(|case| {
        let scenario = suite.scenarios.get(&case.scenario)?;
        let (position, _) =
            scenario.file.expect.iter().enumerate().find(|(_, e)| e.verifies.contains(&requirement.id))?;
        case.without.get(&position).map(|name| format!("missing from the candidate file: {name}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_tested_is_undetermined_and_one_failure_is_enough() {
        assert_eq!(decide([], true), Decision::Undetermined);
        assert_eq!(decide([Verdict::NotTested], true), Decision::Undetermined);
        assert_eq!(decide([Verdict::Pass, Verdict::NotTested, Verdict::Warn], true), Decision::Conformant);
        assert_eq!(decide([Verdict::Pass], false), Decision::Undetermined);
        assert_eq!(decide([Verdict::Pass, Verdict::Inconclusive], true), Decision::Undetermined);
        assert_eq!(decide([Verdict::Pass, Verdict::Error, Verdict::Fail], false), Decision::NotConformant);
    }
}
