//! From findings to verdicts: per requirement and plateau, then over all.

use std::collections::BTreeMap;

use super::Finding;
use super::papers::{AttestedOutcome, Papers, WaiverState};
use crate::base::day::Day;
use crate::base::id::RequirementId;
use crate::check::Verdict;
use crate::plan::Plan;
use crate::suite::Suite;
use crate::suite::requirement::{Requirement, Role, Subject};
use crate::suite::waiver::Waiver;

/// What became of a requirement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The verdict over all its plateaus.
    pub verdict: Verdict,
    /// The verdict per plateau.
    pub plateaus: BTreeMap<u8, Verdict>,
    /// Positions of its findings.
    pub findings: Vec<usize>,
    /// What the dossier says of it.
    pub attested: Option<AttestedOutcome>,
    /// Position of the waiver that covers a failure of it, and the plateaus of that failure.
    pub waived: Option<(usize, Vec<u8>)>,
    /// Why it was not tested, or why it stays open, if so.
    pub reason: Option<String>,
}

/// What became of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseOutcome {
    /// The verdict over all attempts.
    pub verdict: Verdict,
    /// The verdict of each attempt: the strongest that its findings amount to, on the plateaus that the case counts for.
    pub attempts: BTreeMap<u32, Verdict>,
}

impl CaseOutcome {
    /// Whether the last attempt left something that another one may settle.
    pub fn is_worth_another_attempt(&self) -> bool {
        self.attempts.values().next_back().is_some_and(|v| v.is_worth_another_attempt())
    }
}

/// What one case says of one requirement on one plateau, over all attempts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contribution {
    /// The requirement.
    pub requirement: RequirementId,
    /// The plateau.
    pub plateau: u8,
    /// The case; of what was not driven, the one that would have shown it.
    pub case: String,
    /// Role of the candidate in it; none for a document.
    pub role: Option<Role>,
    /// The verdict.
    pub verdict: Verdict,
    /// Whether it is a failure that a waiver covers.
    pub waived: bool,
}

/// What stands in the place of a case where a document shows a requirement.
pub const DOSSIER: &str = "dossier";

/// What a run amounts to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// All findings, in order of case and expectation.
    pub findings: Vec<Finding>,
    /// What became of the requirements that bind.
    pub requirements: BTreeMap<RequirementId, Outcome>,
    /// What became of the cases of the plan.
    pub cases: BTreeMap<String, CaseOutcome>,
    /// What became of each waiver, in order of the file.
    pub waivers: Vec<WaiverState>,
    /// Requirements that wait for a document in the package of an organisation: such a package is conformant only when
    /// none does, since documents are all that it has. A package of a GtK does not wait.
    pub awaited: Vec<RequirementId>,
    /// Whether the run ended by itself.
    pub complete: bool,
}

/// What a run amounts to, for the decision rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Nothing failed, nothing is open, something passed.
    Conformant,
    /// The same, but for failures that a waiver covers: never the same as conformant.
    ConformantWithWaivers,
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
    /// The decision over all requirements. A failure that a waiver covers says nothing for it and nothing against it.
    pub fn decision(&self) -> Decision {
        self.decide(self.requirements.values().map(Outcome::unwaived))
    }

    /// The decision over verdicts of this run that were taken for others.
    pub fn decide(&self, verdicts: impl IntoIterator<Item = Verdict>) -> Decision {
        self.with_waivers(decide(verdicts, self.complete && self.awaited.is_empty()))
    }

    /// A decision that was taken without the failures that are waived, told with them.
    fn with_waivers(&self, decision: Decision) -> Decision {
        let any = self.requirements.values().any(|o| o.waived.is_some());
        if decision == Decision::Conformant && any { Decision::ConformantWithWaivers } else { decision }
    }

    /// Ids of requirements with a verdict.
    pub fn with(&self, verdict: Verdict) -> Vec<&RequirementId> {
        self.requirements.iter().filter(|(_, o)| o.verdict == verdict).map(|(id, _)| id).collect()
    }

    /// All that the verdicts of the requirements are combined from.
    pub fn contributions(&self, suite: &Suite, plan: &Plan) -> Vec<Contribution> {
        let mut all = Vec::new();
        for (id, bound) in &plan.requirements {
            let (Some(listed), Some(outcome)) = (suite.requirements.get(id), self.requirements.get(id)) else {
                continue;
            };
            let own: Vec<&Finding> = self.findings.iter().filter(|f| f.verifies.contains(id)).collect();
            let undeclared = undeclared(suite, plan, id);
            for plateau in &bound.plateaus {
                let by_case = by_case(&listed.requirement, *plateau, own.iter().copied());
                all.extend(by_case.into_iter().filter_map(|(case, verdict)| {
                    let role = Some(plan.cases.iter().find(|c| c.id == case)?.role);
                    let (requirement, case) = (id.clone(), case.to_owned());
                    let waived = verdict == Verdict::Fail && outcome.is_waived_on(*plateau);
                    Some(Contribution { requirement, plateau: *plateau, case, role, verdict, waived })
                }));
                let document = outcome.attested.as_ref().and_then(|a| a.verdict(&listed.requirement, *plateau));
                all.extend(document.map(|verdict| Contribution {
                    requirement: id.clone(),
                    plateau: *plateau,
                    case: DOSSIER.to_owned(),
                    role: None,
                    verdict,
                    waived: verdict == Verdict::Fail && outcome.is_waived_on(*plateau),
                }));
                all.extend(undeclared.iter().filter(|u| u.plateaus.contains(plateau)).map(|open| Contribution {
                    requirement: id.clone(),
                    plateau: *plateau,
                    case: open.case.to_owned(),
                    role: Some(open.role),
                    verdict: Verdict::Inconclusive,
                    waived: false,
                }));
            }
        }
        all
    }
}

/// What a finding contributes on a plateau; `None` when it does not count there.
fn contribution(requirement: &Requirement, plateau: u8, finding: &Finding) -> Option<Verdict> {
    finding.plateaus.contains(&plateau).then(|| finding.verdict(requirement.severity(plateau))).flatten()
}

/// What each case says of a requirement on a plateau, its attempts taken together; cases that say nothing are left out.
fn by_case<'a>(
    requirement: &Requirement,
    plateau: u8,
    findings: impl IntoIterator<Item = &'a Finding>,
) -> BTreeMap<&'a str, Verdict> {
    let mut attempts: BTreeMap<&str, BTreeMap<u32, Verdict>> = BTreeMap::new();
    for finding in findings {
        let Some(verdict) = contribution(requirement, plateau, finding) else { continue };
        let entry = attempts.entry(&finding.case).or_default().entry(finding.attempt).or_default();
        *entry = entry.and(verdict);
    }
    attempts.into_iter().map(|(case, list)| (case, Verdict::of_attempts(list.into_values()))).collect()
}

impl Outcome {
    /// Whether a failure on a plateau is covered by a waiver.
    pub fn is_waived_on(&self, plateau: u8) -> bool {
        self.waived.as_ref().is_some_and(|(_, plateaus)| plateaus.contains(&plateau))
    }

    /// The verdict without the failures that are waived.
    fn unwaived(&self) -> Verdict {
        let left = self.plateaus.iter().filter(|(plateau, _)| !self.is_waived_on(**plateau));
        if self.waived.is_some() { Verdict::all(left.map(|(_, v)| *v)) } else { self.verdict }
    }
}

pub(super) fn roll_up(
    suite: &Suite,
    plan: &Plan,
    findings: Vec<Finding>,
    papers: &Papers,
    day: Option<Day>,
    complete: bool,
) -> Judgement {
    let mut requirements = BTreeMap::new();
    let mut about = by_requirement(&findings);
    for (id, bound) in &plan.requirements {
        let Some(listed) = suite.requirements.get(id) else { continue };
        let requirement = &listed.requirement;
        let own: Vec<usize> = about.remove(id).unwrap_or_default();
        let mut plateaus: BTreeMap<u8, Verdict> = bound
            .plateaus
            .iter()
            .map(|p| (*p, Verdict::all(by_case(requirement, *p, own.iter().map(|i| &findings[*i])).into_values())))
            .collect();
        let undeclared = undeclared(suite, plan, id);
        if let Some(open) = &undeclared {
            for (_, verdict) in plateaus.iter_mut().filter(|(p, _)| open.plateaus.contains(p)) {
                *verdict = verdict.and(Verdict::Inconclusive);
            }
        }
        let attested = papers.attested(plan, requirement, day);
        for (plateau, verdict) in &mut plateaus {
            let document = attested.as_ref().and_then(|a| a.verdict(requirement, *plateau));
            *verdict = verdict.and(document.unwrap_or_default());
        }
        let verdict = Verdict::all(plateaus.values().copied());
        let reason = match (verdict, &undeclared) {
            (Verdict::NotTested, _) => Some(why_not_tested(suite, plan, requirement, papers)),
            (_, Some(open)) => Some(format!("{}: {}", open.case, open.why)),
            _ => None,
        };
        let waived = papers.waiver(id, day).and_then(|(at, waiver)| waived(at, waiver, &plateaus));
        requirements.insert(id.clone(), Outcome { verdict, plateaus, findings: own, attested, waived, reason });
    }
    let waivers = papers.waivers.iter().map(|w| waiver_state(w, requirements.get(&w.requirement), day)).collect();
    let cases = plan.cases.iter().map(|c| (c.id.clone(), case_outcome(suite, &findings, &c.id))).collect();
    let awaited = awaited(suite, plan, &requirements);
    Judgement { findings, requirements, cases, waivers, awaited, complete }
}

fn awaited(suite: &Suite, plan: &Plan, requirements: &BTreeMap<RequirementId, Outcome>) -> Vec<RequirementId> {
    let takes = |id: &RequirementId| {
        let listed = suite.requirements.get(id);
        listed.is_some_and(|l| {
            let counts = l.requirement.plateaus.iter().any(|p| l.requirement.severity(*p).verdict().is_some());
            counts && l.requirement.takes_document_of(plan.subject)
        })
    };
    let waits = |(id, outcome): &(&RequirementId, &Outcome)| outcome.verdict == Verdict::NotTested && takes(id);
    match plan.subject {
        Subject::Gtk => Vec::new(),
        _ => requirements.iter().filter(waits).map(|(id, _)| id.clone()).collect(),
    }
}

/// The failures that a waiver covers; `None` when there are none.
fn waived(at: usize, waiver: &Waiver, plateaus: &BTreeMap<u8, Verdict>) -> Option<(usize, Vec<u8>)> {
    let covered = |(plateau, verdict): (&u8, &Verdict)| {
        (*verdict == Verdict::Fail && waiver.covers(*plateau)).then_some(*plateau)
    };
    let failed: Vec<u8> = plateaus.iter().filter_map(covered).collect();
    (!failed.is_empty()).then_some((at, failed))
}

fn waiver_state(waiver: &Waiver, outcome: Option<&Outcome>, day: Option<Day>) -> WaiverState {
    if day.is_none_or(|day| day > waiver.expires) {
        return WaiverState::Expired;
    }
    let Some(outcome) = outcome else { return WaiverState::OutOfScope };
    let there: Vec<Verdict> = outcome.plateaus.iter().filter(|(p, _)| waiver.covers(**p)).map(|(_, v)| *v).collect();
    match Verdict::all(there.iter().copied()) {
        _ if there.is_empty() => WaiverState::OutOfScope,
        Verdict::Fail => WaiverState::Applied,
        Verdict::Pass | Verdict::Warn => WaiverState::Superfluous,
        _ => WaiverState::Undecided,
    }
}

/// Positions of the findings about each requirement, so that nobody goes through all findings for each.
fn by_requirement(findings: &[Finding]) -> BTreeMap<RequirementId, Vec<usize>> {
    let mut positions: BTreeMap<RequirementId, Vec<usize>> = BTreeMap::new();
    for (position, finding) in findings.iter().enumerate() {
        for id in &finding.verifies {
            match positions.get_mut(id) {
                // An expectation that names a requirement twice is still one finding about it.
                Some(known) if known.last() == Some(&position) => {}
                Some(known) => known.push(position),
                None => drop(positions.insert(id.clone(), vec![position])),
            }
        }
    }
    positions
}

fn case_outcome(suite: &Suite, findings: &[Finding], case: &str) -> CaseOutcome {
    let mut attempts: BTreeMap<u32, Verdict> = BTreeMap::new();
    for finding in findings.iter().filter(|f| f.case == case) {
        let entry = attempts.entry(finding.attempt).or_default();
        let verdicts = finding.verifies.iter().filter_map(|id| {
            let requirement = &suite.requirements.get(id)?.requirement;
            let binding = finding.plateaus.iter().filter(|p| requirement.plateaus.contains(p));
            finding.verdict(binding.map(|p| requirement.severity(*p)).max()?)
        });
        *entry = entry.and(Verdict::all(verdicts));
    }
    CaseOutcome { verdict: Verdict::of_attempts(attempts.values().copied()), attempts }
}

/// A mandatory capability is undeclared: what would have shown a requirement.
struct Undeclared<'a> {
    plateaus: &'a [u8],
    case: &'a str,
    role: Role,
    why: &'a str,
}

/// Plateaus on which a requirement stays open because a mandatory capability is undeclared, and why.
fn undeclared<'a>(suite: &'a Suite, plan: &'a Plan, id: &RequirementId) -> Option<Undeclared<'a>> {
    plan.exclusions.iter().filter(|e| e.undeclared).find_map(|exclusion| {
        let scenario = suite.scenarios.get(&exclusion.scenario)?;
        let shows =
            scenario.expectations(exclusion.role, &plan.selection.release).any(|(_, e)| e.verifies.contains(id));
        shows.then_some(Undeclared {
            plateaus: &scenario.file.plateaus,
            case: &exclusion.case,
            role: exclusion.role,
            why: &exclusion.reason.en,
        })
    })
}

fn why_not_tested(suite: &Suite, plan: &Plan, requirement: &Requirement, papers: &Papers) -> String {
    if let Some(reason) = &requirement.not_tested {
        return reason.clone();
    }
    if !requirement.shown_by_test.is_empty() {
        let tests = requirement.shown_by_test.join(", ");
        return format!("a rule about the tool or the package, shown by the tool's own tests: {tests}");
    }
    if requirement.is_attestable() && !is_shown_by_a_scenario(suite, requirement) {
        return without_document(plan.subject, requirement, papers);
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

fn is_shown_by_a_scenario(suite: &Suite, requirement: &Requirement) -> bool {
    suite.scenarios.values().any(|s| s.file.expect.iter().any(|e| e.verifies.contains(&requirement.id)))
}

/// Why nothing was said of a requirement that a document shows.
fn without_document(subject: Subject, requirement: &Requirement, papers: &Papers) -> String {
    if requirement.is_participant_duty() && subject == Subject::Gtk {
        return "a duty of the participant (Toetsing: Eis aan deelnemer), not tested for a GtK: shown in a package of its own (subject: deelnemer)".into();
    }
    if !requirement.takes_document_of(subject) {
        let parties: Vec<String> = requirement.roles.iter().map(ToString::to_string).collect();
        let parties = parties.join(", ");
        return format!(
            "binds {parties}, not the {subject} itself: documents for it belong in the package of that subject"
        );
    }
    match papers.dossier {
        Some(_) => "attested: the dossier holds no document for it".into(),
        None => "attested: shown by documents, and the run had no dossier (--dossier)".into(),
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
        assert_eq!(decide([Verdict::Pass, Verdict::Flaky], true), Decision::Undetermined);
        assert_eq!(decide([Verdict::Pass, Verdict::Error, Verdict::Fail], false), Decision::NotConformant);
    }
}
