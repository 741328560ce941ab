//! Scenarios: what they are for, what they refer to, and what their expectations amount to.

use std::collections::BTreeSet;

use super::super::requirement::{Party, Role};
use super::super::scenario::{Action, Expectation, Scenario};
use super::super::schema::FileKind;
use super::{Faults, list, steps};
use crate::base::diagnostic::Diagnostic;
use crate::base::id::{RequirementId, StepId};
use crate::base::placeholder;

/// Values that checks can name besides those that steps keep.
const CHECK_VALUES: [&str; 3] = ["own.ura", "stranger.ura", "candidate.ura"];

pub(super) fn check(faults: &mut Faults<'_>) {
    for scenario in faults.suite.scenarios.values() {
        scope(faults, scenario);
        references(faults, scenario);
        // Steps of a fragment that could not be read are not known.
        let whole = !scenario.file.given.iter().any(|g| is_unread(faults, &g.fragment));
        if whole {
            for role in &scenario.file.candidate {
                steps::check(faults, &scenario.source, &scenario.steps(&faults.suite.fragments, *role));
            }
        }
        if scenario.file.expect.is_empty() {
            faults.push(Diagnostic::at_text(&scenario.source, "expect", "a scenario expects something"));
        }
        let known = Known::of(faults, scenario);
        for (index, expectation) in scenario.file.expect.iter().enumerate() {
            let pointer = format!("/expect/{index}");
            if whole {
                known_steps_and_values(faults, scenario, &known, expectation, &pointer);
            }
            force(faults, scenario, expectation, &pointer);
            for (at, id) in expectation.verifies.iter().enumerate() {
                verifies(faults, scenario, expectation, id, &format!("{pointer}/verifies/{at}"));
            }
        }
    }
}

fn is_unread(faults: &Faults<'_>, fragment: &str) -> bool {
    let path = format!("scenarios/{fragment}.yaml");
    faults.unread.iter().any(|u| u.kind == FileKind::Fragment && u.path == path)
}

/// Roles, plateaus and releases that the scenario is for.
fn scope(faults: &mut Faults<'_>, scenario: &Scenario) {
    let (source, file) = (&scenario.source, &scenario.file);
    if file.candidate.is_empty() {
        faults.push(Diagnostic::at_text(source, "candidate", "a scenario is for at least one role"));
    }
    if file.plateaus.is_empty() {
        faults.push(Diagnostic::at_text(source, "plateaus", "a scenario is for at least one plateau"));
    }
    let mut seen = BTreeSet::new();
    for (index, plateau) in file.plateaus.iter().enumerate() {
        let message = match (seen.insert(plateau), plateau) {
            (_, 0 | 5..) => format!("there is no plateau {plateau}"),
            (false, _) => format!("plateau {plateau} stands twice"),
            (true, _) => continue,
        };
        let fault = faults.at(source, &format!("/plateaus/{index}"), message);
        faults.push(fault);
    }
    let expected = file.expect.iter().flat_map(|e| &e.releases);
    for release in file.releases.iter().chain(expected).filter(|r| !faults.suite.releases.contains_key(*r)) {
        if !faults.may_hold(FileKind::Release, release) {
            faults.push(Diagnostic::at_text(source, release, format!("unknown release `{release}`")));
        }
    }
}

/// Fragments, capabilities, deadlines and query sets.
fn references(faults: &mut Faults<'_>, scenario: &Scenario) {
    let (source, file, suite) = (&scenario.source, &scenario.file, faults.suite);
    for (index, given) in file.given.iter().enumerate().filter(|(_, g)| !suite.fragments.contains_key(&g.fragment)) {
        if !is_unread(faults, &given.fragment) {
            let message = format!("unknown fragment `{}`", given.fragment);
            let fault = faults.at(source, &format!("/given/{index}/fragment"), message);
            faults.push(fault.with_nearest(&given.fragment, suite.fragments.keys().map(String::as_str)));
        }
    }
    let profiles = || suite.profiles.values();
    let capabilities = profiles().flat_map(|p| p.profile.capabilities.keys()).map(String::as_str).collect();
    known(faults, scenario, "capability", file.needs.iter().map(String::as_str), &capabilities);
    let deadlines = profiles().flat_map(|p| p.profile.deadlines.keys()).map(String::as_str).collect();
    let in_answers = file.counterpart.interferences().filter_map(|a| a.deadline());
    let named = file.steps.iter().filter_map(|s| s.action.deadline()).chain(in_answers);
    known(faults, scenario, "deadline", named, &deadlines);
    if let Some(shown) = file.counterpart.shows.as_ref().filter(|s| !steps::IDENTITIES.contains(&s.as_str())) {
        let fault = Diagnostic::at_text(source, shown, format!("unknown identity `{shown}`"));
        faults.push(fault.with_nearest(shown, steps::IDENTITIES));
    }
    let sets_mitz = file.steps.iter().position(|s| matches!(s.action, Action::SetMitz(_)));
    if let Some(index) = sets_mitz.filter(|_| file.counterpart.mitz.is_none()) {
        let message = "Mitz takes no part: add `counterpart.mitz`";
        let fault = faults.at(source, &format!("/steps/{index}/do"), message);
        faults.push(fault);
    }
    // Query sets stand in a file that the profile names.
    if !faults.lacks(FileKind::Queries) {
        let sets = profiles().flat_map(|p| p.query_sets.keys()).map(String::as_str).collect();
        known(faults, scenario, "query set", file.counterpart.query_set.as_deref().into_iter(), &sets);
    }
}

/// Words that profiles define.
fn known<'a>(
    faults: &mut Faults<'_>,
    scenario: &Scenario,
    what: &str,
    named: impl Iterator<Item = &'a str>,
    valid: &BTreeSet<&str>,
) {
    for word in named.filter(|w| !valid.contains(w)) {
        if !faults.may_hold(FileKind::Profile, word) {
            let fault = Diagnostic::at_text(&scenario.source, word, format!("unknown {what} `{word}`"));
            faults.push(fault.with_nearest(word, valid.iter().copied()));
        }
    }
}

/// What the expectations of a scenario can name: gathered once, since there may be thousands of both.
struct Known<'a> {
    ids: BTreeSet<&'a StepId>,
    values: BTreeSet<String>,
}

impl<'a> Known<'a> {
    fn of(faults: &Faults<'a>, scenario: &'a Scenario) -> Self {
        let suite = faults.suite;
        let steps: Vec<_> = scenario.file.candidate.iter().flat_map(|r| scenario.steps(&suite.fragments, *r)).collect();
        let mut values: BTreeSet<String> = CHECK_VALUES.map(String::from).into();
        values.extend(steps.iter().flat_map(|s| s.capture.keys().map(|n| format!("{}.{n}", s.id))));
        Self { ids: steps.iter().map(|s| &s.id).collect(), values }
    }
}

fn known_steps_and_values(
    faults: &mut Faults<'_>,
    scenario: &Scenario,
    known: &Known<'_>,
    expectation: &Expectation,
    pointer: &str,
) {
    let source = &scenario.source;
    let Known { ids, values } = known;
    let others = expectation.that.steps();
    for step in std::iter::once(&expectation.of).chain(others).filter(|s| !ids.contains(s)) {
        let message = format!("unknown step `{step}`");
        let fault = if *step == expectation.of {
            faults.at(source, &format!("{pointer}/of"), message)
        } else {
            Diagnostic::at_text(source, step.as_str(), message)
        };
        faults.push(fault.with_nearest(step.as_str(), ids.iter().map(|s| s.as_str())));
    }
    for name in expectation.that.texts().into_iter().flat_map(placeholder::names) {
        if !values.contains(name) {
            let fault = Diagnostic::at_text(source, &format!("${{{name}}}"), format!("no value `{name}`"));
            faults.push(fault.with_nearest(name, values.iter().map(String::as_str)));
        }
    }
}

/// An expectation can fail, and says what its failure means.
fn force(faults: &mut Faults<'_>, scenario: &Scenario, expectation: &Expectation, pointer: &str) {
    let (source, that) = (&scenario.source, &expectation.that);
    let itself = that.compares_with(&expectation.of).then_some("it compares a step with itself");
    if let Some(why) = that.cannot_fail().or(itself) {
        let message = format!("this check cannot fail: {why}");
        let fault = faults.at_key(source, &format!("{pointer}/that"), that.word(), message);
        faults.push(fault);
    }
    let fault = match (expectation.verifies.is_empty(), &expectation.not_specified) {
        (true, None) => {
            let message =
                format!("the expectation of `{}` verifies no requirement and is not `not-specified`", expectation.of);
            faults.at(source, &format!("{pointer}/of"), message)
        }
        (false, Some(_)) => {
            faults.at_key(source, pointer, "not-specified", "what is not specified verifies no requirement")
        }
        (false, None) if expectation.basis.is_some() => {
            faults.at_key(source, pointer, "basis", "the requirement says by whose authority it is expected")
        }
        _ => return,
    };
    faults.push(fault);
}

/// A requirement is known, and binds at least one role and one plateau of the scenario.
fn verifies(
    faults: &mut Faults<'_>,
    scenario: &Scenario,
    expectation: &Expectation,
    id: &RequirementId,
    pointer: &str,
) {
    let (source, file, suite) = (&scenario.source, &scenario.file, faults.suite);
    let Some(listed) = suite.requirements.get(id) else {
        if !faults.may_hold(FileKind::Requirements, id.as_str()) {
            let fault = faults.at(source, pointer, format!("unknown requirement `{id}`"));
            faults.push(fault.with_nearest(id.as_str(), suite.requirements.keys().map(RequirementId::as_str)));
        }
        return;
    };
    let requirement = &listed.requirement;
    let roles: Vec<Role> = expectation.only.map_or_else(|| file.candidate.clone(), |r| vec![r]);
    if !roles.iter().any(|r| requirement.binds(*r)) {
        let (ours, theirs) = (list(&roles), list::<Party>(&requirement.roles));
        let message = format!("requirement `{id}` binds no role of this scenario: {ours} is tested, {theirs} is bound");
        let fault = faults.at(source, pointer, message);
        faults.push(fault);
    }
    if !file.plateaus.iter().any(|p| requirement.plateaus.contains(p)) {
        let (ours, theirs) = (list(&file.plateaus), list(&requirement.plateaus));
        let message = format!(
            "requirement `{id}` binds on no plateau of this scenario: {ours} is tested, {theirs} is where it binds"
        );
        let fault = faults.at(source, pointer, message);
        faults.push(fault);
    }
}
