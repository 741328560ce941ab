//! Steps: what they refer to stands before them, and what they bring is used.

use std::collections::BTreeSet;
use std::sync::Arc;

use strum::VariantNames as _;

use super::super::scenario::{Action, Scenario, Step};
use super::super::schema::FileKind;
use super::Faults;
use crate::base::diagnostic::{Diagnostic, SourceFile};
use crate::base::id::StepId;
use crate::base::placeholder;
use crate::simulator::Trigger;

/// Values that every step can name.
const KNOWN_VALUES: [&str; 15] = [
    "own.ura",
    "stranger.ura",
    "own.foreign",
    "candidate.ura",
    "candidate.fhir",
    "candidate.token",
    "patient.bsn",
    "other-patient.bsn",
    "matrix.permitted-role",
    "matrix.forbidden-role",
    "matrix.partial-role",
    "matrix.unknown-role",
    "matrix.query",
    "matrix.permitted-query",
    "matrix.forbidden-query",
];
/// Identities that every candidate file has or may have.
pub const IDENTITIES: [&str; 2] = ["partner", "stranger"];

/// The steps of one role, in order.
pub(super) fn check(faults: &mut Faults<'_>, source: &Arc<SourceFile>, steps: &[&Step]) {
    let mut seen: BTreeSet<&StepId> = BTreeSet::new();
    let mut values: BTreeSet<String> = KNOWN_VALUES.map(String::from).into();
    for step in steps {
        if seen.contains(&step.id) {
            faults.push(Diagnostic::at_text(source, step.id.as_str(), format!("step `{}` stands twice", step.id)));
        }
        for other in step.action.steps().into_iter().filter(|o| !seen.contains(o)) {
            let message = format!("step `{}` refers to `{other}`, which no earlier step is", step.id);
            let fault = Diagnostic::at_text(source, other.as_str(), message);
            faults.push(fault.with_nearest(other.as_str(), seen.iter().map(|s| s.as_str())));
        }
        for text in step.action.texts() {
            for name in placeholder::names(&text).filter(|n| !values.contains(*n)) {
                let fault =
                    Diagnostic::at_text(source, &format!("${{{name}}}"), format!("no earlier step captures `{name}`"));
                faults.push(fault.with_nearest(name, values.iter().map(String::as_str)));
            }
        }
        if !IDENTITIES.contains(&step.identity.as_str()) {
            let fault = Diagnostic::at_text(source, &step.identity, format!("unknown identity `{}`", step.identity));
            faults.push(fault.with_nearest(&step.identity, IDENTITIES));
        }
        if let Action::Trigger(wish) = &step.action
            && wish.event.parse::<Trigger>().is_err()
        {
            let fault = Diagnostic::at_text(source, &wish.event, format!("unknown trigger `{}`", wish.event));
            faults.push(fault.with_nearest(&wish.event, Trigger::VARIANTS.iter().copied()));
        }
        seen.insert(&step.id);
        values.extend(step.capture.keys().map(|name| format!("{}.{name}", step.id)));
    }
}

/// Fragments, steps and captured values that nobody uses.
pub(super) fn check_use(faults: &mut Faults<'_>) {
    let suite = faults.suite;
    for scenario in suite.scenarios.values() {
        idle(faults, &scenario.source, &scenario.file.steps, &[scenario]);
    }
    for (name, fragment) in &suite.fragments {
        // A scenario that could not be read may use it.
        if faults.may_hold(FileKind::Scenario, name) {
            continue;
        }
        let Some(source) = suite.fragment_sources.get(name) else { continue };
        let users: Vec<&Scenario> =
            suite.scenarios.values().filter(|s| s.file.given.iter().any(|g| g.fragment == *name)).collect();
        if users.is_empty() {
            faults.push(Diagnostic::at_text(source, "title", format!("no scenario begins with the fragment `{name}`")));
        } else {
            idle(faults, source, &fragment.steps, &users);
        }
    }
}

/// Steps that bring nothing about and that nobody looks at, and values that nobody names.
fn idle(faults: &mut Faults<'_>, source: &Arc<SourceFile>, steps: &[Step], users: &[&Scenario]) {
    let named: BTreeSet<&StepId> = users
        .iter()
        .flat_map(|s| s.file.expect.iter().flat_map(|e| std::iter::once(&e.of).chain(e.that.steps())))
        .chain(users.iter().flat_map(|s| &s.file.steps).chain(steps).flat_map(|s| s.action.steps()))
        .collect();
    let in_texts = |text: &str| source.text.contains(text) || users.iter().any(|s| s.source.text.contains(text));
    for (index, step) in steps.iter().enumerate() {
        if only_looks(&step.action) && !named.contains(&step.id) && !in_texts(&format!("${{{}.", step.id)) {
            let message = format!("nobody looks at step `{}` and nobody refers to it", step.id);
            let fault = faults.at(source, &format!("/steps/{index}/id"), message);
            faults.push(fault);
        }
        for name in step.capture.keys().filter(|n| !in_texts(&format!("${{{}.{n}}}", step.id))) {
            let message = format!("nobody uses the value `{}.{name}`", step.id);
            let fault = faults.at_key(source, &format!("/steps/{index}/capture"), name, message);
            faults.push(fault);
        }
    }
}

/// Whether a step brings nothing about by itself, so that it is only worth what others make of it.
fn only_looks(action: &Action) -> bool {
    matches!(
        action,
        Action::RequestToken(_)
            | Action::Consult(_)
            | Action::Search(_)
            | Action::Pull(_)
            | Action::Read(_)
            | Action::Follow(_)
            | Action::TlsProbe(_)
            | Action::TlsSurvey(_)
            | Action::AwaitNothing(_)
    )
}
