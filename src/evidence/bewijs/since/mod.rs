//! What an earlier bewijs leaves to be done again, and why: after an upgrade of the product, of the pack, of the release or of
//! this tool, or because the bewijs itself no longer counts.
//!
//! It only ever finds reasons to do something again. Where it finds none, nothing is proven anew: what counts there is what the
//! earlier bewijs says, about the version, pack and day that it names.

mod earlier;
mod files;
mod reason;
mod rows;

use std::collections::{BTreeMap, BTreeSet};

use crate::base::day::Day;
use crate::base::text::Text;
use crate::check::{FHIR_PACKAGES, Verdict};
use crate::judge::Papers;
use crate::plan::{Case, Plan};
use crate::suite::{Action, Suite};

pub use earlier::{Earlier, EarlierFault};
pub use reason::{Reason, Why};

use files::Changes;

/// What there is now.
#[derive(Debug, Clone, Copy)]
pub struct Now<'a> {
    /// The suite.
    pub suite: &'a Suite,
    /// What would run.
    pub plan: &'a Plan,
    /// The text of the candidate file.
    pub candidate_text: &'a str,
    /// Dossier and declared deviations.
    pub papers: &'a Papers,
    /// The authorization matrix, when one is given.
    pub matrix: Option<&'a str>,
    /// Version of this tool.
    pub harness: &'a str,
    /// SHA-256 of its binary.
    pub binary_sha256: &'a str,
    /// Today.
    pub day: Day,
}

/// A case to do again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseAgain {
    /// `<scenario>@<role>`.
    pub case: String,
    /// Reasons of the case itself.
    pub reasons: Vec<Reason>,
    /// Requirements with a reason of their own that it shows.
    pub requirements: Vec<String>,
}

/// A requirement to show again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequirementAgain {
    /// Its id.
    pub id: String,
    /// Why; empty when only a case that shows it has a reason.
    pub reasons: Vec<Reason>,
    /// Cases of the plan that show it.
    pub by: Vec<String>,
    /// Whether a document can show it.
    pub document: bool,
}

/// What is to be done again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Since {
    /// The earlier bewijs.
    pub id: String,
    /// What it is about: product and version.
    pub about: String,
    /// Reasons to do everything again, documents included.
    pub whole: Vec<Reason>,
    /// Cases to do again, in order of id.
    pub cases: Vec<CaseAgain>,
    /// Requirements to show again, in order of id.
    pub requirements: Vec<RequirementAgain>,
    /// Cases of the plan without a reason. They are not proven again.
    pub left: Vec<String>,
    /// Requirements of the earlier bewijs that are no longer asked for.
    pub gone: Vec<String>,
    /// Requirements that were not tested then, and that nothing shows now either.
    pub unshown: Vec<String>,
    /// What else a reader should know.
    pub notes: Vec<Text>,
}

impl Since {
    /// Whether there is nothing to be done again.
    pub fn is_empty(&self) -> bool {
        self.whole.is_empty() && self.cases.is_empty() && self.requirements.is_empty()
    }
}

/// Finds what is to be done again.
pub fn since(earlier: &Earlier, now: &Now<'_>) -> Since {
    let predicate = &earlier.statement.predicate;
    let changes = Changes::between(earlier, now);
    let mut whole = earlier.standing.clone();
    whole.extend(of_tool_and_release(earlier, now));
    whole.extend(changes.whole.iter().cloned());
    let rows = rows::reasons(earlier, now);
    let shown = shown(now);
    let mut found = Since {
        id: predicate.id.clone(),
        about: format!("{} {}", predicate.kandidaat.product, predicate.kandidaat.versie),
        notes: notes(earlier, now),
        gone: gone(earlier, now),
        ..Since::default()
    };
    for case in &now.plan.cases {
        let reasons = of_case(earlier, now, &changes, case);
        let of_it = shown.iter().filter(|(id, by)| by.contains(&case.id) && rows.contains_key(*id));
        let requirements: Vec<String> = of_it.map(|(id, _)| id.clone()).collect();
        if whole.is_empty() && reasons.is_empty() && requirements.is_empty() {
            found.left.push(case.id.clone());
        } else {
            found.cases.push(CaseAgain { case: case.id.clone(), reasons, requirements });
        }
    }
    let again: BTreeSet<&str> = found.cases.iter().map(|c| c.case.as_str()).collect();
    for id in now.plan.requirements.keys() {
        let by: Vec<String> = shown.get(id.as_str()).into_iter().flatten().cloned().collect();
        let document =
            now.suite.requirements.get(id).is_some_and(|l| l.requirement.takes_document_of(now.plan.subject));
        let reasons = rows.get(id.as_str()).cloned().unwrap_or_default();
        let was = earlier.outcome(id.as_str());
        if by.is_empty() && was.is_none_or(|was| was == Verdict::NotTested) {
            found.unshown.push(id.to_string());
        } else if !whole.is_empty() || !reasons.is_empty() || by.iter().any(|case| again.contains(case.as_str())) {
            found.requirements.push(RequirementAgain { id: id.to_string(), reasons, by, document });
        }
    }
    found.whole = whole;
    found
}

/// Requirements by id, with the cases of the plan that show them.
fn shown(now: &Now<'_>) -> BTreeMap<String, BTreeSet<String>> {
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for case in &now.plan.cases {
        let Some(scenario) = now.suite.scenarios.get(&case.scenario) else { continue };
        let judged = scenario.expectations(case.role, &now.plan.selection.release);
        for (_, expectation) in judged.filter(|(index, _)| !case.without.contains_key(index)) {
            for id in expectation.verifies.iter().filter(|id| now.plan.requirements.contains_key(*id)) {
                all.entry(id.to_string()).or_default().insert(case.id.clone());
            }
        }
    }
    all
}

fn of_tool_and_release(earlier: &Earlier, now: &Now<'_>) -> Vec<Reason> {
    let predicate = &earlier.statement.predicate;
    let changed =
        |why: Why, then: &str, today: &str| (then != today).then(|| why.because(&format!("{then} → {today}")));
    let (then, today) = (&predicate.scope.afsprakenstelsel, &now.plan.selection.release);
    changed(Why::OtherRelease, then, today)
        .into_iter()
        .chain(changed(Why::OtherHarness, &predicate.harness.versie, now.harness))
        .collect()
}

/// The reasons of a case itself.
fn of_case(earlier: &Earlier, now: &Now<'_>, changes: &Changes, case: &Case) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let Some(scenario) = now.suite.scenarios.get(&case.scenario) else { return reasons };
    match earlier.case(&case.id) {
        None if earlier.knows(&scenario.path) => reasons.push(Why::NotDriven.because("")),
        None => reasons.push(Why::NewScenario.because(&scenario.path)),
        Some(then) => {
            // A case that only records says nothing of anybody, also when it broke off; one that counts is inconclusive then.
            if !matches!(then.verdict, Verdict::Pass | Verdict::NotTested) {
                reasons.push(Why::NotPassed.because(&then.verdict.to_string()));
            }
            let more = case.plateaus.iter().filter(|p| !then.plateaus.contains(p));
            let more: Vec<String> = more.map(u8::to_string).collect();
            if !more.is_empty() {
                reasons.push(Why::OtherPlateau.because(&more.join(", ")));
            }
            if changes.files.contains(&scenario.path) {
                reasons.push(Why::ChangedScenario.because(&scenario.path));
            }
        }
    }
    let given = scenario.file.given.iter().map(|g| format!("scenarios/{}.yaml", g.fragment));
    reasons.extend(given.filter(|path| changes.files.contains(path)).map(|path| Why::ChangedFragment.because(&path)));
    if changes.roles.contains(&case.role.to_string()) {
        reasons.push(Why::OtherEndpoints.because(&case.role.to_string()));
    }
    let capabilities = scenario.file.needs.iter().filter(|need| changes.capabilities.contains(*need));
    reasons.extend(capabilities.map(|need| Why::OtherCapability.because(need)));
    let steps = scenario.steps(&now.suite.fragments, case.role);
    let events: BTreeSet<&str> = steps
        .iter()
        .filter_map(|step| match &step.action {
            Action::Trigger(wish) => Some(wish.event.as_str()),
            _ => None,
        })
        .collect();
    let triggers = events.into_iter().filter(|event| changes.triggers.contains(*event));
    reasons.extend(triggers.map(|event| Why::OtherTrigger.because(event)));
    let judged = scenario.expectations(case.role, &now.plan.selection.release);
    let mut judged = judged.filter(|(index, _)| !case.without.contains_key(index));
    if judged.any(|(_, expectation)| expectation.that.needs().as_deref() == Some(FHIR_PACKAGES)) {
        reasons.extend(changes.packages.clone());
    }
    reasons
}

fn gone(earlier: &Earlier, now: &Now<'_>) -> Vec<String> {
    let asked: BTreeSet<&str> = now.plan.requirements.keys().map(|id| id.as_str()).collect();
    let then = earlier.statement.predicate.requirements.iter().map(|r| r.id.clone());
    then.filter(|id| !asked.contains(id.as_str())).collect()
}

fn notes(earlier: &Earlier, now: &Now<'_>) -> Vec<Text> {
    let mut notes = earlier.notes.clone();
    let harness = &earlier.statement.predicate.harness;
    if harness.versie == now.harness && harness.binary_sha256 != now.binary_sha256 {
        notes.push(Text::new(
            "De tool is een andere build van dezelfde versie; zij beoordeelde hetzelfde transcript opnieuw, en wat zij anders vindt staat hieronder.",
            "The tool is another build of the same version; it judged the same transcript again, and what it finds different stands below.",
        ));
    }
    notes
}
