//! Forged bewijzen: every forgery is found by its codes, every good one passes, and no check of the verifier is idle.

mod forge;
mod recipe;

use std::collections::{BTreeMap, BTreeSet};

use twiin_harness::evidence::bewijs::{BewijsCheck, Report};

use forge::World;
use recipe::{Case, families};

/// Positive controls. One that is deleted is missed here.
const CONTROLS: [&str; 18] = [
    "canary/none-is-there",
    "container/as-it-was-made",
    "container/only-the-statement",
    "identity/more-certificates",
    "identity/the-validator",
    "meaning/conformant",
    "meaning/not-conformant",
    "meaning/zelftest",
    "signature/properties-in-clear",
    "signature/right",
    "signature/two-signatures",
    "standing/in-its-time",
    "standing/known-build",
    "standing/under-a-test-hierarchy",
    "time/revoked-after-it-was-stamped",
    "time/stamped",
    "time/stamped-and-lasting",
    "time/stamped-twice",
];
/// Families, each of which has controls and forgeries.
const FAMILIES: [&str; 7] = ["canary", "container", "identity", "meaning", "signature", "standing", "time"];

/// Every case with its name.
fn cases() -> Vec<(String, Case)> {
    let named = |family: recipe::Family| {
        let name = family.family;
        family.cases.into_iter().map(move |case| (format!("{name}/{}", case.name), case))
    };
    families().into_iter().flat_map(named).collect()
}

/// What is wrong with the verdict on a case.
fn wrong(name: &str, case: &Case, report: &Report) -> Option<String> {
    let (found, outcome) = (report.codes(), report.outcome.to_string());
    let mut expected: Vec<&str> = case.codes.iter().map(String::as_str).collect();
    expected.sort_unstable();
    (found != expected || outcome != case.outcome)
        .then(|| format!("{name}: {outcome} {found:?}, expected {} {expected:?}", case.outcome))
}

#[test]
fn every_forgery_is_found_and_no_check_of_the_verifier_is_idle() {
    let world = World::new();
    let mut wrongs = Vec::new();
    let mut by_check: BTreeMap<BewijsCheck, Vec<(String, Case, Vec<u8>)>> = BTreeMap::new();
    for (name, case) in cases() {
        assert!(!case.what.is_empty());
        let bytes = world.forge(&case);
        let report = world.report(&case, &bytes, &[]);
        wrongs.extend(wrong(&name, &case, &report));
        let checks: BTreeSet<BewijsCheck> = report.faults.iter().map(|f| f.check).collect();
        for check in checks {
            let known = by_check.entry(check).or_default();
            // One case is enough; the smallest forgery shows it best.
            if known.is_empty() {
                known.push((name.clone(), case.clone(), bytes.clone()));
            }
        }
    }
    assert!(wrongs.is_empty(), "{}", wrongs.join("\n"));
    for check in BewijsCheck::all() {
        let missed = by_check.get(&check).into_iter().flatten();
        let red =
            missed.filter_map(|(name, case, bytes)| wrong(name, case, &world.report(case, bytes, &[check]))).count();
        assert!(red > 0, "without the check `{check}` nothing goes red");
    }
}

/// What is missing in a corpus, or there and not known.
fn gaps(cases: &[(String, Case)]) -> Vec<String> {
    let controls: BTreeSet<&str> = cases.iter().filter(|(_, c)| c.control).map(|(name, _)| name.as_str()).collect();
    let expected: BTreeSet<&str> = CONTROLS.into_iter().collect();
    let mut gaps: Vec<String> =
        controls.symmetric_difference(&expected).map(|name| format!("control {name}")).collect();
    for family in FAMILIES {
        let of = |control: bool| cases.iter().filter(move |(_, c)| c.control == control).map(|(name, _)| name);
        for (what, control) in [("control", true), ("forgery", false)] {
            if !of(control).any(|name| name.split('/').next() == Some(family)) {
                gaps.push(format!("{family} has no {what}"));
            }
        }
    }
    gaps
}

#[test]
fn a_control_that_is_deleted_or_a_family_that_is_emptied_is_missed() {
    let all = cases();
    let without = |gone: &dyn Fn(&str) -> bool| {
        let left: Vec<(String, Case)> = all.iter().filter(|(name, _)| !gone(name)).cloned().collect();
        gaps(&left)
    };
    for control in CONTROLS {
        assert!(without(&|name| name == control).contains(&format!("control {control}")), "{control}");
    }
    for family in FAMILIES {
        let gone = without(&|name| name.split('/').next() == Some(family));
        for what in ["control", "forgery"] {
            assert!(gone.contains(&format!("{family} has no {what}")), "{family}: {gone:?}");
        }
    }
}

#[test]
fn there_are_enough_forgeries_and_every_family_has_its_controls() {
    let cases = cases();
    assert_eq!(gaps(&cases), [""; 0]);
    let families: BTreeSet<&str> = cases.iter().filter_map(|(name, _)| name.split('/').next()).collect();
    assert_eq!(families, BTreeSet::from(FAMILIES));
    let negative = cases.iter().filter(|(_, c)| !c.control).count();
    assert!(negative >= 60, "{negative}");
    assert!(cases.iter().all(|(_, c)| c.control == c.codes.is_empty()), "a control finds nothing");
    let names: BTreeSet<&String> = cases.iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), cases.len(), "two cases of one name");
}
