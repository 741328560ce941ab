//! Judging: plan and transcript in, findings and verdicts out. No sockets, no clock, no files: the same transcript
//! judged twice gives the same verdicts, also next year.

mod advice;
mod papers;
mod rollup;

pub use advice::advice;
pub use papers::{AttestedOutcome, Papers, Standing, WaiverState, attested_on, day_of};
pub use rollup::{CaseOutcome, Contribution, DOSSIER, Decision, Judgement, Outcome, decide};

use crate::base::id::{RequirementId, StepId};
use crate::base::text::Text;
use crate::check::{Answer, CheckData, CheckSets, Context, Judged, Verdict, assign};
use crate::plan::{Case, Plan};
use crate::suite::Suite;
use crate::suite::requirement::{Authority, Severity};
use crate::suite::scenario::Expectation;
use crate::transcript::select::{CaseView, Index};
use crate::transcript::{Event, StepOutcome};

/// What one check says, reduced to what counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "kebab-case")]
pub enum Result {
    /// As expected.
    Met,
    /// Not as expected.
    NotMet,
    /// It cannot be told.
    Undecided,
    /// We could not do our work.
    Error,
}

/// One check on one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The case.
    pub case: String,
    /// Which attempt at it.
    pub attempt: u32,
    /// The step.
    pub step: StepId,
    /// The check word.
    pub check: &'static str,
    /// What it says.
    pub result: Result,
    /// What was expected.
    pub expected: Text,
    /// What was seen.
    pub actual: String,
    /// Requirements that it is about; empty for what is not specified.
    pub verifies: Vec<RequirementId>,
    /// Why it is only recorded.
    pub not_specified: Option<Text>,
    /// Who expects it all the same, where no requirement says it.
    pub basis: Option<Authority>,
    /// Sequence numbers of the exchanges.
    pub exchanges: Vec<u64>,
    /// Plateaus that the case counts for.
    pub plateaus: Vec<u8>,
    /// Position of the expectation in its scenario.
    pub position: usize,
}

impl Finding {
    /// What the finding amounts to where a deviation is this serious; `None` when it does not count. What never counts
    /// when it goes wrong is no test: it passes or says nothing.
    pub fn verdict(&self, severity: Severity) -> Option<Verdict> {
        let deviation = severity.verdict();
        match self.result {
            Result::Met => Some(Verdict::Pass),
            Result::NotMet => deviation,
            Result::Undecided => deviation.map(|_| Verdict::Inconclusive),
            Result::Error => deviation.map(|_| Verdict::Error),
        }
    }
}

/// Judges a transcript by its plan. `data` is what checks look things up in, by the profiles and candidate of the plan.
pub fn judge(suite: &Suite, plan: &Plan, data: &CheckSets, events: &[Event]) -> Judgement {
    judge_with(suite, plan, data, events, &Papers::default())
}

/// Judges a transcript by its plan, with what documents and declared deviations say beside it.
pub fn judge_with(suite: &Suite, plan: &Plan, data: &CheckSets, events: &[Event], papers: &Papers) -> Judgement {
    let index = Index::new(events);
    let assigned;
    let data = match data.log() {
        Some(log) => {
            let own: Vec<&str> = ["own.ura", "stranger.ura"].iter().filter_map(|n| data.value(n)).collect();
            assigned = data.clone().with_assigned(&assign(log, &index, &own));
            &assigned
        }
        None => data,
    };
    let findings = plan.cases.iter().flat_map(|case| case_findings(suite, plan, data, &index, case)).collect();
    rollup::roll_up(suite, plan, findings, papers, day_of(events), index.is_complete())
}

fn case_findings(suite: &Suite, plan: &Plan, data: &CheckSets, index: &Index<'_>, case: &Case) -> Vec<Finding> {
    let data = data.of(&case.zorgtoepassing);
    let Some(scenario) = suite.scenarios.get(&case.scenario) else { return Vec::new() };
    let mut attempts: Vec<(u32, Option<&CaseView<'_>>)> = index.attempts(&case.id).map(|(n, v)| (n, Some(v))).collect();
    if attempts.is_empty() {
        attempts.push((1, None));
    }
    let expectations = || {
        let all = scenario.expectations(case.role, &plan.selection.release);
        all.filter(|(position, _)| !case.without.contains_key(position))
    };
    attempts
        .into_iter()
        .flat_map(|attempt| expectations().map(move |listed| finding(data, case, attempt, listed)))
        .collect()
}

fn finding(
    data: &CheckData,
    case: &Case,
    (attempt, view): (u32, Option<&CaseView<'_>>),
    (position, expectation): (usize, &Expectation),
) -> Finding {
    let (result, actual, exchanges) = look(data, view, expectation);
    Finding {
        case: case.id.clone(),
        attempt,
        position,
        step: expectation.of.clone(),
        check: expectation.that.word(),
        result,
        expected: expectation.that.expected(),
        actual,
        verifies: expectation.verifies.clone(),
        not_specified: expectation.not_specified.clone(),
        basis: expectation.basis,
        exchanges,
        plateaus: case.plateaus.clone(),
    }
}

fn look(data: &CheckData, case: Option<&CaseView<'_>>, expectation: &Expectation) -> (Result, String, Vec<u64>) {
    let Some(view) = case else {
        return (Result::Undecided, "the case was not begun: the run ended before".into(), Vec::new());
    };
    let Some(step) = view.step(&expectation.of) else {
        let why = view.stopped.unwrap_or("the run ended before");
        return (Result::Undecided, format!("the step was not reached: {why}"), Vec::new());
    };
    if let StepOutcome::Error { message } = step.outcome {
        return (Result::Error, message.clone(), Vec::new());
    }
    let Answer { judged, at } = expectation.that.judge(Context { step, case: view, data });
    match judged {
        Judged::Met(seen) => (Result::Met, seen, at),
        Judged::NotMet(seen) => (Result::NotMet, seen, at),
        Judged::Undecided(why) => (Result::Undecided, why, at),
    }
}
