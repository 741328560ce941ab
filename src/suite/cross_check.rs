//! Cross-checks between files: what is referred to exists, what exists is referred to, and no check is unable to fail.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use globset::Glob;
use regex::Regex;
use strum::{IntoEnumIterator as _, VariantNames as _};

use super::load::{LoadedProfile, Suite};
use super::requirement::{Requirement, Role, Severity};
use super::scenario::{Expectation, Scenario, Step};
use crate::base::diagnostic::{Diagnostic, SourceFile};
use crate::base::id::{RequirementId, StepId};
use crate::deviation::Deviation;
use crate::simulator::Trigger;

/// Values that every step can name.
const KNOWN_VALUES: [&str; 8] = [
    "own.ura",
    "stranger.ura",
    "own.foreign",
    "candidate.ura",
    "candidate.fhir",
    "candidate.token",
    "patient.bsn",
    "other-patient.bsn",
];
/// Values that checks can name besides those that steps keep.
const CHECK_VALUES: [&str; 3] = ["own.ura", "stranger.ura", "candidate.ura"];
/// Identities that every candidate file has or may have.
pub const IDENTITIES: [&str; 2] = ["partner", "stranger"];

/// All faults between the files of a suite.
pub(super) fn faults(suite: &Suite) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    for scenario in suite.scenarios.values() {
        scenario_faults(suite, scenario, &mut faults);
    }
    for profile in suite.profiles.values() {
        profile_faults(suite, profile, &mut faults);
    }
    requirement_faults(suite, &mut faults);
    matrix_faults(suite, &mut faults);
    faults
}

fn scenario_faults(suite: &Suite, scenario: &Scenario, faults: &mut Vec<Diagnostic>) {
    let source = &scenario.source;
    let file = &scenario.file;
    let mut fault = |text: &str, message: String| faults.push(Diagnostic::at_text(source, text, message));
    if file.candidate.is_empty() {
        fault("candidate", "a scenario is for at least one role".into());
    }
    if let Some(plateau) = file.plateaus.iter().find(|p| !(1..=4).contains(*p)) {
        fault("plateaus", format!("there is no plateau {plateau}"));
    }
    if file.plateaus.is_empty() {
        fault("plateaus", "a scenario is for at least one plateau".into());
    }
    for release in file.releases.iter().filter(|r| !suite.releases.contains_key(*r)) {
        fault(release, format!("unknown release `{release}`"));
    }
    for given in file.given.iter().filter(|g| !suite.fragments.contains_key(&g.fragment)) {
        let valid = suite.fragments.keys().map(String::as_str);
        faults.push(
            Diagnostic::at_text(source, &given.fragment, format!("unknown fragment `{}`", given.fragment))
                .with_nearest(&given.fragment, valid),
        );
    }
    for role in &file.candidate {
        step_faults(source, &scenario.steps(&suite.fragments, *role), faults);
    }
    let capabilities: BTreeSet<&str> =
        suite.profiles.values().flat_map(|p| p.profile.capabilities.keys()).map(String::as_str).collect();
    for need in file.needs.iter().filter(|n| !capabilities.contains(n.as_str())) {
        faults.push(
            Diagnostic::at_text(source, need, format!("unknown capability `{need}`"))
                .with_nearest(need, capabilities.clone()),
        );
    }
    let deadlines: BTreeSet<&str> =
        suite.profiles.values().flat_map(|p| p.profile.deadlines.keys()).map(String::as_str).collect();
    let in_answers = file.counterpart.answers.iter().filter_map(|a| a.deadline());
    let named = file.steps.iter().filter_map(|s| s.action.deadline()).chain(in_answers);
    for name in named.filter(|d| !deadlines.contains(d)) {
        faults.push(
            Diagnostic::at_text(source, name, format!("unknown deadline `{name}`"))
                .with_nearest(name, deadlines.clone()),
        );
    }
    if let Some(set) = &file.counterpart.query_set {
        let sets: BTreeSet<&str> =
            suite.profiles.values().flat_map(|p| p.query_sets.keys()).map(String::as_str).collect();
        if !sets.contains(set.as_str()) {
            let fault = Diagnostic::at_text(source, set, format!("unknown query set `{set}`"));
            faults.push(fault.with_nearest(set, sets));
        }
    }
    expectation_faults(suite, scenario, faults);
}

fn step_faults(source: &Arc<SourceFile>, steps: &[&Step], faults: &mut Vec<Diagnostic>) {
    static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\$\{([^}]*)\}").expect("a valid pattern"));
    let mut seen: BTreeSet<&StepId> = BTreeSet::new();
    let mut values: BTreeSet<String> = KNOWN_VALUES.map(String::from).into();
    let add = |diagnostic: Diagnostic, faults: &mut Vec<Diagnostic>| {
        if !faults.contains(&diagnostic) {
            faults.push(diagnostic);
        }
    };
    for step in steps {
        if seen.contains(&step.id) {
            add(Diagnostic::at_text(source, step.id.as_str(), format!("step `{}` stands twice", step.id)), faults);
        }
        for other in step.action.steps().into_iter().filter(|o| !seen.contains(o)) {
            let fault = Diagnostic::at_text(
                source,
                other.as_str(),
                format!("step `{}` refers to `{other}`, which no earlier step is", step.id),
            );
            add(fault.with_nearest(other.as_str(), seen.iter().map(|s| s.as_str())), faults);
        }
        for text in step.action.texts() {
            for name in PLACEHOLDER.captures_iter(&text).map(|c| c[1].to_owned()).filter(|n| !values.contains(n)) {
                let fault =
                    Diagnostic::at_text(source, &format!("${{{name}}}"), format!("no earlier step captures `{name}`"));
                add(fault.with_nearest(&name, values.iter().map(String::as_str)), faults);
            }
        }
        if !IDENTITIES.contains(&step.identity.as_str()) {
            let fault = Diagnostic::at_text(source, &step.identity, format!("unknown identity `{}`", step.identity));
            add(fault.with_nearest(&step.identity, IDENTITIES), faults);
        }
        if let super::Action::Trigger(wish) = &step.action
            && wish.event.parse::<Trigger>().is_err()
        {
            let fault = Diagnostic::at_text(source, &wish.event, format!("unknown trigger `{}`", wish.event));
            add(fault.with_nearest(&wish.event, Trigger::VARIANTS.iter().copied()), faults);
        }
        seen.insert(&step.id);
        values.extend(step.capture.keys().map(|name| format!("{}.{name}", step.id)));
    }
}

fn expectation_faults(suite: &Suite, scenario: &Scenario, faults: &mut Vec<Diagnostic>) {
    let source = &scenario.source;
    let file = &scenario.file;
    let all_steps: BTreeSet<&StepId> =
        file.candidate.iter().flat_map(|r| scenario.steps(&suite.fragments, *r)).map(|s| &s.id).collect();
    if file.expect.is_empty() {
        faults.push(Diagnostic::at_text(source, "expect", "a scenario expects something"));
    }
    for expectation in &file.expect {
        let others = expectation.that.steps();
        for step in std::iter::once(&expectation.of).chain(others).filter(|s| !all_steps.contains(s)) {
            let fault = Diagnostic::at_text(source, step.as_str(), format!("unknown step `{step}`"));
            faults.push(fault.with_nearest(step.as_str(), all_steps.iter().map(|s| s.as_str())));
        }
        for name in expectation.that.texts().iter().filter_map(|t| t.strip_prefix("${")?.strip_suffix('}')) {
            let kept = file.candidate.iter().flat_map(|r| scenario.steps(&suite.fragments, *r));
            let mut valid: BTreeSet<String> = CHECK_VALUES.map(String::from).into();
            valid.extend(kept.flat_map(|s| s.capture.keys().map(|n| format!("{}.{n}", s.id)).collect::<Vec<_>>()));
            if !valid.contains(name) {
                let fault = Diagnostic::at_text(source, &format!("${{{name}}}"), format!("no value `{name}`"));
                faults.push(fault.with_nearest(name, valid.iter().map(String::as_str)));
            }
        }
        if let Some(why) = expectation.that.cannot_fail() {
            faults.push(Diagnostic::at_text(source, expectation.that.word(), format!("this check cannot fail: {why}")));
        }
        match (expectation.verifies.is_empty(), &expectation.not_specified) {
            (true, None) => {
                let message = format!(
                    "the expectation of `{}` verifies no requirement and is not `not-specified`",
                    expectation.of
                );
                faults.push(Diagnostic::at_text(source, expectation.of.as_str(), message));
            }
            (false, Some(_)) => faults.push(Diagnostic::at_text(
                source,
                "not-specified",
                "what is not specified verifies no requirement",
            )),
            _ => {}
        }
        verifies_faults(suite, scenario, expectation, faults);
    }
}

fn verifies_faults(suite: &Suite, scenario: &Scenario, expectation: &Expectation, faults: &mut Vec<Diagnostic>) {
    let source = &scenario.source;
    for id in &expectation.verifies {
        let Some(listed) = suite.requirements.get(id) else {
            let fault = Diagnostic::at_text(source, id.as_str(), format!("unknown requirement `{id}`"));
            faults.push(fault.with_nearest(id.as_str(), suite.requirements.keys().map(RequirementId::as_str)));
            continue;
        };
        let requirement = &listed.requirement;
        let roles: Vec<Role> = expectation.only.map_or_else(|| scenario.file.candidate.clone(), |r| vec![r]);
        if !roles.iter().any(|r| requirement.binds(*r)) {
            faults.push(Diagnostic::at_text(
                source,
                id.as_str(),
                format!("requirement `{id}` binds no role of this scenario"),
            ));
        }
        if !scenario.file.plateaus.iter().any(|p| requirement.plateaus.contains(p)) {
            faults.push(Diagnostic::at_text(
                source,
                id.as_str(),
                format!("requirement `{id}` binds on no plateau of this scenario"),
            ));
        }
    }
}

fn profile_faults(suite: &Suite, loaded: &LoadedProfile, faults: &mut Vec<Diagnostic>) {
    let (profile, source) = (&loaded.profile, &loaded.source);
    if !suite.releases.contains_key(&profile.default_release) {
        faults.push(Diagnostic::at_text(
            source,
            "default-release",
            format!("unknown release `{}`", profile.default_release),
        ));
    }
    if !loaded.query_sets.contains_key(&profile.default_query_set) {
        faults.push(Diagnostic::at_text(
            source,
            "default-query-set",
            format!("unknown query set `{}`", profile.default_query_set),
        ));
    }
    for pattern in &profile.scenarios {
        match Glob::new(pattern) {
            Ok(glob) => {
                let matcher = glob.compile_matcher();
                if !suite.scenarios.keys().any(|id| matcher.is_match(id.as_str())) {
                    faults.push(Diagnostic::at_text(source, pattern, format!("`{pattern}` matches no scenario")));
                }
            }
            Err(error) => faults.push(Diagnostic::at_text(source, pattern, format!("`{pattern}` is no glob: {error}"))),
        }
    }
    let known = || suite.zorgtoepassingen.keys().map(String::as_str);
    for word in std::iter::once(&profile.zorgtoepassing).chain(&profile.binds) {
        if !suite.zorgtoepassingen.contains_key(word) {
            let fault = Diagnostic::at_text(source, word, format!("unknown zorgtoepassing `{word}`"));
            faults.push(fault.with_nearest(word, known()));
        }
    }
    for plateau in profile.plateaus.keys().filter(|p| !(1..=4).contains(*p)) {
        faults.push(Diagnostic::at_text(source, &plateau.to_string(), format!("there is no plateau {plateau}")));
    }
    except_faults(suite, loaded, faults);
}

/// An exception names a requirement that would bind without it.
fn except_faults(suite: &Suite, loaded: &LoadedProfile, faults: &mut Vec<Diagnostic>) {
    let mut seen = BTreeSet::new();
    for id in loaded.profile.except.iter().map(|e| &e.id) {
        let message = match suite.requirements.get(id) {
            None => format!("unknown requirement `{id}`"),
            Some(r) if !loaded.profile.binds.contains(&r.requirement.zorgtoepassing) => {
                format!("requirement `{id}` does not bind here, so it needs no exception")
            }
            Some(_) if !seen.insert(id) => format!("requirement `{id}` stands twice under `except`"),
            Some(_) => continue,
        };
        let fault = Diagnostic::at_text(&loaded.source, id.as_str(), message);
        faults.push(fault.with_nearest(id.as_str(), suite.requirements.keys().map(RequirementId::as_str)));
    }
}

fn requirement_faults(suite: &Suite, faults: &mut Vec<Diagnostic>) {
    let mut shown: BTreeMap<&RequirementId, &Scenario> = BTreeMap::new();
    for scenario in suite.scenarios.values() {
        for id in scenario.file.expect.iter().flat_map(|e| &e.verifies) {
            shown.insert(id, scenario);
        }
    }
    let errata: BTreeSet<&str> = suite.errata.iter().map(|e| e.id.as_str()).collect();
    for (id, listed) in &suite.requirements {
        let requirement = &listed.requirement;
        let mut fault = |message: String| faults.push(Diagnostic::at_text(&listed.source, id.as_str(), message));
        match (shown.get(id), &requirement.not_tested) {
            (None, None) => fault(format!("no scenario shows `{id}` and it does not say why (`not-tested`)")),
            (Some(s), Some(_)) => fault(format!("`{id}` says that it is not tested, but `{}` shows it", s.id)),
            _ => {}
        }
        if !suite.profiles.values().any(|p| p.binds(requirement)) && requirement.not_tested.is_none() {
            fault(format!("no profile binds `{id}`"));
        }
        if !suite.zorgtoepassingen.contains_key(&requirement.zorgtoepassing) {
            let word = &requirement.zorgtoepassing;
            let near = crate::base::nearest::nearest(word, suite.zorgtoepassingen.keys().map(String::as_str));
            let near = near.map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
            fault(format!("`{id}` is of the unknown zorgtoepassing `{word}`{near}"));
        }
        if requirement.plateaus.iter().any(|p| !(1..=4).contains(p)) || requirement.plateaus.is_empty() {
            fault(format!("`{id}` has a plateau that does not exist, or none"));
        }
        if requirement.enforcement.is_some() != requirement.enforcement_reason.is_some() {
            fault(format!("`{id}`: enforcement and its reason go together"));
        }
        for release in
            requirement.releases.iter().chain(&requirement.inherited_by).filter(|r| !suite.releases.contains_key(*r))
        {
            fault(format!("`{id}` names the unknown release `{release}`"));
        }
        if let Some(erratum) = requirement.erratum.as_deref().filter(|e| !errata.contains(e)) {
            fault(format!("`{id}` names the unknown erratum `{erratum}`"));
        }
    }
}

fn matrix_faults(suite: &Suite, faults: &mut Vec<Diagnostic>) {
    // The matrix may be absent in a suite of somebody's own; then there is nothing to hold true.
    let Some(text) = suite.matrix_source.clone() else { return };
    for deviation in Deviation::iter().filter(|d| !suite.matrix.deviations.contains_key(d.word())) {
        faults.push(Diagnostic::new(&text, 0, 0, format!("the deviation `{deviation}` has no row")));
    }
    for (word, row) in &suite.matrix.deviations {
        if word.parse::<Deviation>().is_err() {
            let fault = Diagnostic::at_text(&text, word, format!("unknown deviation `{word}`"));
            faults.push(fault.with_nearest(word, Deviation::VARIANTS.iter().copied()));
        }
        let expects = !row.fails.is_empty() || !row.warns.is_empty();
        if expects == row.harmless.is_some() {
            let message = format!("`{word}` either breaks requirements or says why it is harmless");
            faults.push(Diagnostic::at_text(&text, word, message));
        }
        for (ids, wanted) in [(&row.fails, Severity::Fails), (&row.warns, Severity::Warns)] {
            for id in ids {
                let possible = suite.requirements.get(id).map(|r| strongest(&r.requirement));
                if possible.is_none_or(|s| s < wanted) {
                    faults.push(Diagnostic::at_text(
                        &text,
                        id.as_str(),
                        format!(
                            "`{id}` cannot {} by `{word}`",
                            if wanted == Severity::Fails { "fail" } else { "warn" }
                        ),
                    ));
                }
            }
        }
    }
}

/// The most serious that a deviation from a requirement can be.
fn strongest(requirement: &Requirement) -> Severity {
    requirement.plateaus.iter().map(|p| requirement.severity(*p)).max().unwrap_or(Severity::Information)
}
