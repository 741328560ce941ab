//! The catalogue: every requirement is shown or says why not, and what a row says of itself holds together.

use std::collections::{BTreeMap, BTreeSet};

use super::super::load::{Listed, ZORGTOEPASSINGEN_PATH};
use super::super::requirement::Verification;
use super::super::schema::FileKind;
use super::Faults;
use crate::base::diagnostic::Diagnostic;
use crate::base::id::{RequirementId, ScenarioId};

pub(super) fn check(faults: &mut Faults<'_>) {
    let suite = faults.suite;
    let mut shown: BTreeMap<&RequirementId, &ScenarioId> = BTreeMap::new();
    for scenario in suite.scenarios.values() {
        shown.extend(scenario.file.expect.iter().flat_map(|e| &e.verifies).map(|id| (id, &scenario.id)));
    }
    for (id, listed) in &suite.requirements {
        coverage(faults, listed, shown.get(id).copied());
        zorgtoepassing(faults, listed);
        plateaus(faults, listed);
        references(faults, listed);
        tightens(faults, listed);
    }
    cycles(faults);
}

/// Path of a part of a row in its file.
fn part(listed: &Listed, name: &str) -> String {
    format!("/requirements/{}/{name}", listed.row)
}

fn coverage(faults: &mut Faults<'_>, listed: &Listed, shown: Option<&ScenarioId>) {
    let (requirement, id) = (&listed.requirement, &listed.requirement.id);
    if requirement.attestable && requirement.verification == Verification::Attested {
        let message = format!("`{id}` is attested: that a document shows it needs no `attestable`");
        let fault = faults.at(&listed.source, &part(listed, "attestable"), message);
        faults.push(fault);
    }
    // What documents or tests of the tool show needs no scenario.
    let by_other_means = requirement.is_attestable() || !requirement.shown_by_test.is_empty();
    let fault = match (shown, &requirement.not_tested) {
        (None, None) if by_other_means => return unbound(faults, listed),
        (None, Some(_)) if !requirement.shown_by_test.is_empty() => {
            let message = format!("`{id}` says that it is not tested, but tests of the tool show it");
            faults.at(&listed.source, &part(listed, "not-tested"), message)
        }
        (None, None) if !faults.may_hold(FileKind::Scenario, id.as_str()) => {
            let message = format!("no scenario shows `{id}` and it does not say why (`not-tested`)");
            faults.at(&listed.source, &part(listed, "id"), message)
        }
        (Some(scenario), Some(_)) => {
            let message = format!("`{id}` says that it is not tested, but `{scenario}` shows it");
            faults.at(&listed.source, &part(listed, "not-tested"), message)
        }
        _ => return unbound(faults, listed),
    };
    faults.push(fault);
    unbound(faults, listed);
}

fn unbound(faults: &mut Faults<'_>, listed: &Listed) {
    let bound = faults.suite.profiles.values().any(|p| p.binds(&listed.requirement));
    if !bound && listed.requirement.not_tested.is_none() && !faults.lacks(FileKind::Profile) {
        let message = format!("no profile binds `{}`", listed.requirement.id);
        let fault = faults.at(&listed.source, &part(listed, "id"), message);
        faults.push(fault);
    }
}

fn zorgtoepassing(faults: &mut Faults<'_>, listed: &Listed) {
    let suite = faults.suite;
    let word = &listed.requirement.zorgtoepassing;
    if suite.zorgtoepassingen.contains_key(word) || faults.lacks(FileKind::Zorgtoepassingen) {
        return;
    }
    let message = format!("unknown zorgtoepassing `{word}`; the words stand in {ZORGTOEPASSINGEN_PATH}");
    let fault = faults.at(&listed.source, &part(listed, "zorgtoepassing"), message);
    faults.push(fault.with_nearest(word, suite.zorgtoepassingen.keys().map(String::as_str)));
}

fn plateaus(faults: &mut Faults<'_>, listed: &Listed) {
    let requirement = &listed.requirement;
    let mut seen = BTreeSet::new();
    if requirement.plateaus.is_empty() {
        let message = format!("`{}` binds on no plateau", requirement.id);
        let fault = faults.at(&listed.source, &part(listed, "plateaus"), message);
        faults.push(fault);
    }
    for (index, plateau) in requirement.plateaus.iter().enumerate() {
        let message = match (seen.insert(plateau), plateau) {
            (_, 0 | 5..) => format!("there is no plateau {plateau}"),
            (false, _) => format!("plateau {plateau} stands twice"),
            (true, _) => continue,
        };
        let fault = faults.at(&listed.source, &part(listed, &format!("plateaus/{index}")), message);
        faults.push(fault);
    }
    for plateau in requirement.stricter.keys().filter(|p| !(1..=4).contains(*p)) {
        let message = format!("there is no plateau {plateau}");
        let fault = faults.at_key(&listed.source, &part(listed, "stricter"), &plateau.to_string(), message);
        faults.push(fault);
    }
}

fn references(faults: &mut Faults<'_>, listed: &Listed) {
    let (requirement, suite) = (&listed.requirement, faults.suite);
    if requirement.enforcement.is_some() != requirement.enforcement_reason.is_some() {
        let message = format!("`{}`: enforcement and its reason go together", requirement.id);
        let fault = faults.at(&listed.source, &part(listed, "id"), message);
        faults.push(fault);
    }
    for (name, releases) in [("releases", &requirement.releases), ("inherited-by", &requirement.inherited_by)] {
        for (index, release) in releases.iter().enumerate().filter(|(_, r)| !suite.releases.contains_key(*r)) {
            if !faults.may_hold(FileKind::Release, release) {
                let pointer = part(listed, &format!("{name}/{index}"));
                let fault = faults.at(&listed.source, &pointer, format!("unknown release `{release}`"));
                faults.push(fault.with_nearest(release, suite.releases.keys().map(String::as_str)));
            }
        }
    }
    let Some(erratum) = &requirement.erratum else { return };
    let known = || suite.errata.iter().map(|e| e.id.as_str());
    if !known().any(|e| e == erratum) && !faults.may_hold(FileKind::Errata, erratum) {
        let fault = faults.at(&listed.source, &part(listed, "erratum"), format!("unknown erratum `{erratum}`"));
        faults.push(fault.with_nearest(erratum, known()));
    }
}

/// What a row tightens exists, and does not begin above the row itself.
fn tightens(faults: &mut Faults<'_>, listed: &Listed) {
    let (requirement, suite) = (&listed.requirement, faults.suite);
    let Some(lowest) = requirement.plateaus.iter().min() else { return };
    for (index, id) in requirement.tightens.iter().enumerate() {
        let pointer = part(listed, &format!("tightens/{index}"));
        let Some(other) = suite.requirements.get(id) else {
            if !faults.may_hold(FileKind::Requirements, id.as_str()) {
                let fault = faults.at(&listed.source, &pointer, format!("unknown requirement `{id}`"));
                faults.push(fault.with_nearest(id.as_str(), suite.requirements.keys().map(RequirementId::as_str)));
            }
            continue;
        };
        if let Some(theirs) = other.requirement.plateaus.iter().min().filter(|theirs| *theirs > lowest) {
            let message = format!(
                "conflicting plateaus: `{}` begins on plateau {lowest} and tightens `{id}`, which begins on plateau {theirs}",
                requirement.id
            );
            let fault = faults.at(&listed.source, &pointer, message);
            faults.push(fault);
        }
    }
}

/// No row tightens itself, by whatever way round. Each cycle is told once, at its first row.
fn cycles(faults: &mut Faults<'_>) {
    let suite = faults.suite;
    let next =
        |id: &RequirementId| suite.requirements.get(id).map(|l| l.requirement.tightens.as_slice()).unwrap_or_default();
    let mut done: BTreeSet<&RequirementId> = BTreeSet::new();
    for (start, listed) in &suite.requirements {
        // Depth first, with the path that led to a row.
        let mut open: Vec<(&RequirementId, usize)> = vec![(start, 0)];
        while let Some((id, at)) = open.pop() {
            if done.contains(id) {
                continue;
            }
            let Some(following) = next(id).get(at) else {
                done.insert(id);
                continue;
            };
            open.push((id, at + 1));
            if let Some(from) = open.iter().position(|(o, _)| *o == following) {
                let way: Vec<&str> = open[from..].iter().map(|(o, _)| o.as_str()).chain([following.as_str()]).collect();
                let message = format!("requirements tighten each other in a circle: {}", way.join(" > "));
                let row = suite.requirements.get(following).unwrap_or(listed);
                let fault: Diagnostic = faults.at(&row.source, &part(row, "tightens"), message);
                faults.push(fault);
            } else {
                open.push((following, 0));
            }
        }
    }
}
