//! The deviation matrix: the harness's own proof that its checks can fail.
//!
//! Against the conformant reference GtK every exercised requirement passes; against deviation X exactly the requirements
//! that the matrix lists for X fail or warn, and no others. A check that no deviation can make fail is not finished.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use strum::IntoEnumIterator as _;
use tokio::task::JoinSet;

use crate::base::id::RequirementId;
use crate::check::Verdict;
use crate::deviation::{Deviation, Reach};
use crate::judge::{Decision, Judgement, Result, judge};
use crate::plan::Plan;
use crate::run::{Bench, Embedded, Options, run};
use crate::suite::requirement::{Role, Severity};
use crate::suite::{CandidateFile, Suite};
use crate::transcript::store::{StoreError, Writer};

/// Runs that are measured at the same time.
const AT_ONCE: usize = 3;

/// What one run against the reference GtK showed.
#[derive(Debug, Clone)]
pub struct Measured {
    /// The deviation; `None` for the conformant GtK.
    pub deviation: Option<Deviation>,
    /// Requirements that failed.
    pub fails: BTreeSet<RequirementId>,
    /// Requirements that warned.
    pub warns: BTreeSet<RequirementId>,
    /// Requirements that stayed open: inconclusive or an error of ours.
    pub open: BTreeSet<RequirementId>,
    /// Requirements that passed.
    pub passed: BTreeSet<RequirementId>,
    /// Expectations that were not met: case, step and check word.
    pub red: BTreeSet<(String, String, &'static str)>,
    /// Check words of those expectations, with the words within them: where one of several outcomes must be met and none is,
    /// each of them is red.
    pub red_words: BTreeSet<&'static str>,
    /// All expectations that were judged.
    pub judged: BTreeSet<(String, String, &'static str)>,
    /// The decision.
    pub decision: Decision,
}

/// How a measured row differs from the listed one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Word of the deviation, or `conformant`.
    pub deviation: String,
    /// What differs, in words.
    pub text: String,
}

/// The whole proof.
#[derive(Debug, Clone)]
pub struct Proof {
    /// The conformant GtK first, then one row a deviation.
    pub rows: Vec<Measured>,
    /// Rows that are not as listed.
    pub differences: Vec<Difference>,
    /// Requirements that are exercised and can count, and which no deviation turns red.
    pub unkilled_requirements: Vec<RequirementId>,
    /// Check words in use that no deviation turns red.
    pub unkilled_words: Vec<&'static str>,
    /// Expectations (case, step, word) that count, and those among them that some deviation turns red.
    pub expectations: (usize, usize),
    /// Requirements exercised.
    pub exercised: usize,
}

impl Proof {
    /// Whether everything is as it should be.
    pub fn holds(&self) -> bool {
        self.differences.is_empty() && self.unkilled_requirements.is_empty() && self.unkilled_words.is_empty()
    }
}

/// Runs the plan against the reference GtK with one deviation, in memory.
///
/// # Errors
/// When the transcript cannot be kept.
pub async fn measure(
    suite: &Arc<Suite>,
    plan: &Plan,
    candidate: &CandidateFile,
    bench: &Bench,
    deviation: Option<Deviation>,
    jobs: usize,
) -> std::result::Result<Measured, StoreError> {
    let plan = &within_reach(suite, plan, deviation);
    let writer = Writer::in_memory();
    let bench = Arc::new(Bench { embedded: Some(Embedded { deviation }), ..bench.clone() });
    run(suite.clone(), plan, bench, writer.clone(), Options { jobs, ..Options::default() }).await;
    writer.finish()?;
    let events = writer.so_far()?;
    let data = suite.check_data(&plan.selection.zorgtoepassingen, &plan.selection.release, candidate);
    let data = data.deciding(true, None);
    Ok(summarise(suite, plan, deviation, &judge(suite, plan, &data, &events)))
}

/// The plan without the cases in which the deviation cannot show.
fn within_reach(suite: &Suite, plan: &Plan, deviation: Option<Deviation>) -> Plan {
    let mut plan = plan.clone();
    let Some(deviation) = deviation else { return plan };
    let reach = deviation.reach();
    let listed = zorgtoepassingen_of(suite, deviation);
    plan.cases.retain(|case| {
        let file = suite.scenarios.get(&case.scenario).map(|s| &s.file);
        // An exchange that two zorgtoepassingen share is measured in one of them.
        let shared = suite.profiles.get(&case.zorgtoepassing).is_some_and(|p| p.profile.exchange_of.is_some());
        if shared && !listed.contains(case.zorgtoepassing.as_str()) {
            return false;
        }
        match reach {
            Reach::Everywhere => true,
            Reach::With(facility) => file.is_some_and(|f| f.counterpart.facilities().contains(&facility)),
            Reach::Needing(capability) => file.is_some_and(|f| f.needs.iter().any(|need| need == capability)),
            Reach::Fhir => matches!(case.role, Role::Sending | Role::Receiving),
            Reach::Requesting => case.role == Role::Requesting,
            Reach::Responding => case.role == Role::Responding,
        }
    });
    plan
}

/// The zorgtoepassingen of the requirements that the matrix lists for a deviation.
fn zorgtoepassingen_of(suite: &Suite, deviation: Deviation) -> BTreeSet<&str> {
    let row = suite.matrix.deviations.get(deviation.word());
    let ids = row.into_iter().flat_map(|row| row.fails.iter().chain(&row.warns));
    ids.filter_map(|id| Some(suite.requirements.get(id)?.requirement.zorgtoepassing.as_str())).collect()
}

fn summarise(suite: &Suite, plan: &Plan, deviation: Option<Deviation>, judgement: &Judgement) -> Measured {
    let ids = |verdicts: &[Verdict]| {
        verdicts.iter().flat_map(|v| judgement.with(*v)).cloned().collect::<BTreeSet<RequirementId>>()
    };
    let counts = |finding: &&crate::judge::Finding| {
        finding.verifies.iter().any(|id| {
            let requirement = suite.requirements.get(id).map(|l| &l.requirement);
            requirement.is_some_and(|r| finding.plateaus.iter().any(|p| r.severity(*p) > Severity::Information))
                && plan.requirements.contains_key(id)
        })
    };
    let key = |f: &crate::judge::Finding| (f.case.clone(), f.step.to_string(), f.check);
    let words = |f: &crate::judge::Finding| {
        let case = plan.cases.iter().find(|case| case.id == f.case);
        let scenario = case.and_then(|case| suite.scenarios.get(&case.scenario));
        scenario.and_then(|s| s.file.expect.get(f.position)).map(|e| e.that.words()).unwrap_or_default()
    };
    let counted = || judgement.findings.iter().filter(counts);
    Measured {
        deviation,
        fails: ids(&[Verdict::Fail]),
        warns: ids(&[Verdict::Warn]),
        open: ids(&[Verdict::Inconclusive, Verdict::Error]),
        passed: ids(&[Verdict::Pass]),
        red: counted().filter(|f| f.result == Result::NotMet).map(key).collect(),
        red_words: counted().filter(|f| f.result == Result::NotMet).flat_map(words).collect(),
        judged: counted().map(key).collect(),
        decision: judgement.decision(),
    }
}

/// Measures every row, or only those that are named beside the conformant one, and holds them against the listed
/// matrix. Whether everything is turned red by something can be told of all rows alone.
///
/// # Errors
/// When a transcript cannot be kept.
pub async fn prove(
    suite: &Arc<Suite>,
    plan: &Plan,
    candidate: &CandidateFile,
    bench: &Bench,
    only: &[Deviation],
    jobs: usize,
    progress: impl Fn(&Measured),
) -> std::result::Result<Proof, StoreError> {
    let wanted = Deviation::iter().filter(|d| only.is_empty() || only.contains(d));
    let mut waiting: VecDeque<_> = std::iter::once(None).chain(wanted.map(Some)).enumerate().collect();
    let (plan, candidate) = (Arc::new(plan.clone()), Arc::new(candidate.clone()));
    let mut at_work = JoinSet::new();
    let mut rows = BTreeMap::new();
    // A run waits for what a deviation keeps from coming; meanwhile another one works.
    loop {
        while at_work.len() < AT_ONCE
            && let Some((place, deviation)) = waiting.pop_front()
        {
            let (suite, plan, candidate, bench) = (suite.clone(), plan.clone(), candidate.clone(), bench.clone());
            at_work.spawn(async move { (place, measure(&suite, &plan, &candidate, &bench, deviation, jobs).await) });
        }
        match at_work.join_next().await {
            Some(Ok((place, measured))) => {
                let measured = measured?;
                progress(&measured);
                rows.insert(place, measured);
            }
            Some(Err(panicked)) => std::panic::resume_unwind(panicked.into_panic()),
            None => break,
        }
    }
    let mut rows: Vec<Measured> = rows.into_values().collect();
    // Beside others on a busy machine, what comes late can be missed: a row that is not as listed gets the machine to itself.
    for row in rows.iter_mut().filter(|row| !row_differences(suite, row).is_empty()) {
        *row = measure(suite, &plan, &candidate, bench, row.deviation, jobs).await?;
        progress(row);
    }
    let mut proof = conclude(suite, rows);
    if !only.is_empty() {
        proof.unkilled_requirements.clear();
        proof.unkilled_words.clear();
    }
    Ok(proof)
}

/// Holds measured rows against the listed matrix.
pub fn conclude(suite: &Suite, rows: Vec<Measured>) -> Proof {
    let differences = rows.iter().flat_map(|row| row_differences(suite, row)).collect();
    let red: BTreeSet<&(String, String, &'static str)> = rows.iter().flat_map(|r| &r.red).collect();
    let judged: BTreeSet<&(String, String, &'static str)> = rows.iter().flat_map(|r| &r.judged).collect();
    let killed: BTreeSet<&RequirementId> = rows.iter().flat_map(|r| r.fails.iter().chain(&r.warns)).collect();
    let base = rows.iter().find(|r| r.deviation.is_none());
    let exercised: BTreeSet<&RequirementId> = base.iter().flat_map(|r| r.passed.iter().chain(&r.open)).collect();
    let can_count = |id: &&&RequirementId| {
        let requirement = suite.requirements.get(**id).map(|l| &l.requirement);
        requirement.is_some_and(|r| r.plateaus.iter().any(|p| r.severity(*p) > Severity::Information))
    };
    let words = |keys: &BTreeSet<&(String, String, &'static str)>| keys.iter().map(|k| k.2).collect::<BTreeSet<_>>();
    let red_words: BTreeSet<&'static str> = rows.iter().flat_map(|r| r.red_words.iter().copied()).collect();
    let unkilled_words = words(&judged).difference(&red_words).copied().collect();
    Proof {
        differences,
        unkilled_requirements: exercised
            .iter()
            .filter(can_count)
            .filter(|id| !killed.contains(**id))
            .map(|id| (*id).clone())
            .collect(),
        unkilled_words,
        expectations: (judged.len(), red.len()),
        exercised: exercised.len(),
        rows,
    }
}

/// How a measured row differs from the listed one.
pub fn row_differences(suite: &Suite, row: &Measured) -> Vec<Difference> {
    let name = row.deviation.map_or("conformant", Deviation::word).to_owned();
    let listed = suite.matrix.deviations.get(&name);
    let set = |ids: Option<&Vec<RequirementId>>| ids.into_iter().flatten().cloned().collect::<BTreeSet<_>>();
    let mut out = Vec::new();
    let mut compare = |what: &str, wanted: &BTreeSet<RequirementId>, seen: &BTreeSet<RequirementId>| {
        let list = |ids: Vec<&RequirementId>| ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let more: Vec<_> = seen.difference(wanted).collect();
        let less: Vec<_> = wanted.difference(seen).collect();
        if !more.is_empty() {
            out.push(Difference { deviation: name.clone(), text: format!("{what}, not listed: {}", list(more)) });
        }
        if !less.is_empty() {
            out.push(Difference { deviation: name.clone(), text: format!("listed, does not {what}: {}", list(less)) });
        }
    };
    compare("fail", &set(listed.map(|r| &r.fails)), &row.fails);
    compare("warn", &set(listed.map(|r| &r.warns)), &row.warns);
    if row.deviation.is_none() {
        compare("stay open", &BTreeSet::new(), &row.open);
    }
    // The exit code must say the same as the requirements.
    if (row.decision == Decision::NotConformant) == row.fails.is_empty() {
        let text = format!("{} fail, and the decision is {:?}", row.fails.len(), row.decision);
        out.push(Difference { deviation: name, text });
    }
    out
}
