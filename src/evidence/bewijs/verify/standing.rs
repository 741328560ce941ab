//! Checks of standing: whether a bewijs that is whole counts, by this policy, at this moment, for this version.

use std::collections::BTreeSet;

use super::check::Found;
use super::form::found;
use super::later;
use super::scene::Scene;
use super::timing;
use crate::base::clock::parse_rfc3339;
use crate::base::day::Day;
use crate::evidence::bewijs::policy;

pub(super) fn level(scene: &Scene<'_>) -> Found {
    let Some(policy) = scene.options.policy else { return Vec::new() };
    let levels = scene.signatures().iter().map(|signature| timing::level(scene, signature));
    levels
        .filter(|level| *level < policy.min_level)
        .map(|level| found("level-too-low", format!("a signature of level {level}, and {} is asked", policy.min_level)))
        .collect()
}

pub(super) fn times(scene: &Scene<'_>) -> Found {
    let Some(statement) = scene.statement() else { return Vec::new() };
    let run = &statement.predicate.uitvoering;
    let (start, end) = (parse_rfc3339(&run.start), parse_rfc3339(&run.einde));
    let mut all = Vec::new();
    if start > end {
        all.push(found("time-run", "the run ended before it began"));
    }
    for signature in scene.signatures() {
        let Some(at) = scene.earliest(signature) else { continue };
        // `iat` has no fractions: the second in which the run ended is not before its end.
        if end.is_some_and(|end| at.unix_timestamp() < end.unix_timestamp()) {
            all.push(found("time-before-run", "signed before the run had ended"));
        }
        if at > scene.options.now {
            all.push(found("time-to-come", "signed at a time that is yet to come"));
        }
    }
    all
}

pub(super) fn pack(scene: &Scene<'_>) -> Found {
    let (Some(policy), Some(statement)) = (scene.options.policy, scene.statement()) else { return Vec::new() };
    let digests = statement.predicate.configuration.iter().filter(|c| c.name == "pack");
    let official = digests.map(|c| policy.packs.is_official(&c.digest.sha256)).collect::<Vec<_>>();
    match official.as_slice() {
        [true] => Vec::new(),
        _ => vec![found("pack-unofficial", "the pack is none that the policy names as official")],
    }
}

pub(super) fn harness(scene: &Scene<'_>) -> Found {
    let (Some(policy), Some(statement)) = (scene.options.policy, scene.statement()) else { return Vec::new() };
    let known = &policy.harness;
    if known.is_empty() || known.contains(&statement.predicate.harness.binary_sha256) {
        return Vec::new();
    }
    vec![found("harness-unknown", "judged by a build that the policy does not name")]
}

pub(super) fn completeness(scene: &Scene<'_>) -> Found {
    let (Some(policy), Some(statement)) = (scene.options.policy, scene.statement()) else { return Vec::new() };
    let missing = policy::missing(policy, &statement.predicate);
    let mut all: Found =
        missing.iter().map(|id| found("required-missing", format!("{id} is required and was not shown"))).collect();
    if let Some(only) = statement.predicate.scope.beperking.as_ref().filter(|_| !policy.allow_restricted_scope) {
        all.push(found("scope-restricted", format!("only `{only}` was tested")));
    }
    all
}

pub(super) fn expiry(scene: &Scene<'_>) -> Found {
    let Some(statement) = scene.statement() else { return Vec::new() };
    match Day::parse(&statement.predicate.geldig_tot) {
        Some(until) if Day::of(scene.options.now) <= until => Vec::new(),
        Some(until) => vec![found("expired", format!("it counted until {until}"))],
        None => vec![found("expired", "it does not say until when it counts")],
    }
}

pub(super) fn superseded(scene: &Scene<'_>) -> Found {
    let Some(statement) = scene.statement() else { return Vec::new() };
    let predicate = &statement.predicate;
    let mut all = later::took_its_place(scene, predicate);
    if let Some((later, _)) = scene.options.superseded.iter().find(|(_, earlier)| *earlier == predicate.id) {
        all.push(found("superseded", format!("{later} took its place")));
    }
    // What it replaces, and what those replaced, as far as that is known: it may not be among them.
    let (mut reached, mut open) = (BTreeSet::new(), predicate.vervangt.clone());
    while let Some(id) = open.pop() {
        if reached.insert(id.clone()) {
            open.extend(scene.options.superseded.iter().filter(|(later, _)| *later == id).map(|(_, old)| old.clone()));
        }
    }
    if reached.contains(&predicate.id) {
        all.push(found("supersedes-itself", "it takes the place of itself"));
    }
    all
}

pub(super) fn version(scene: &Scene<'_>) -> Found {
    let (Some(asked), Some(statement)) = (scene.options.product_version, scene.statement()) else { return Vec::new() };
    let about = &statement.predicate.kandidaat.versie;
    if about == asked {
        return Vec::new();
    }
    vec![found("other-version", format!("it is about version {about}, not {asked}"))]
}

pub(super) fn waivers(scene: &Scene<'_>) -> Found {
    let Some(statement) = scene.statement() else { return Vec::new() };
    let predicate = &statement.predicate;
    let today = Day::of(scene.options.now);
    let mut all = Vec::new();
    for waiver in predicate.afwijkingen.iter().filter(|w| w.stand == "applied") {
        if Day::parse(&waiver.geldig_tot).is_none_or(|until| until < today) {
            all.push(found("waiver-expired", format!("the waiver of {} has expired", waiver.requirement)));
        }
        let own = [&predicate.kandidaat.leverancier, &predicate.kandidaat.product];
        if own.iter().any(|name| !name.is_empty() && waiver.besluit_van.trim().eq_ignore_ascii_case(name)) {
            all.push(found("waiver-by-candidate", format!("the candidate itself waived {}", waiver.requirement)));
        }
    }
    all
}
