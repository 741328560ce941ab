//! Later bewijzen: whether one took the place of another. What is superseded counts no more, so that only those may say so
//! who may issue such a bewijs; whether the later one itself still counts makes no difference.

use super::check::{Found, Line, Weight};
use super::form::found;
use super::scene::Scene;
use super::{Fault, Options, Report, verify};
use crate::evidence::bewijs::statement::Predicate;

/// Whether a bewijs is whole and of somebody who might issue it, by the policy of the report; nothing is said about whether
/// it is conformant, official or still valid.
pub fn is_of_the_issuer(report: &Report) -> bool {
    report.statement.is_some() && !report.faults.iter().any(stands_in_the_way)
}

/// Lines on which nothing may be wrong with a bewijs that speaks about another.
fn stands_in_the_way(fault: &Fault) -> bool {
    let by = matches!(fault.check.line(), Line::Ondertekenaar | Line::Rol | Line::Tijd | Line::Intrekking);
    by || fault.check.weight() == Weight::Integrity
}

/// Codes for later bewijzen that took the place of this one, and for those that cannot be used.
pub(super) fn took_its_place(scene: &Scene<'_>, own: &Predicate) -> Found {
    let later = scene.options.later.iter().map(|bytes| replaced(scene, bytes, own));
    later.filter_map(Result::transpose).map(|told| told.unwrap_or_else(|fault| fault)).collect()
}

fn replaced(scene: &Scene<'_>, bytes: &[u8], own: &Predicate) -> Result<Option<(String, String)>, (String, String)> {
    let options = &scene.options;
    let alone = Options { packs: options.packs, ..Options::new(options.policy, options.now) };
    let report = verify(bytes, &alone);
    let unusable = |why: &str| found("later-unusable", format!("a later bewijs cannot be used: {why}"));
    if let Some(fault) = report.faults.iter().find(|fault| stands_in_the_way(fault)) {
        return Err(unusable(&fault.detail));
    }
    let later = report.statement.ok_or_else(|| unusable("it has no statement"))?.predicate;
    if !later.vervangt.contains(&own.id) {
        return Ok(None);
    }
    // A tester of his own product could end the validatiebewijs of a validator otherwise.
    if later.soort != own.soort {
        return Err(unusable(&format!("a {} takes no place of a {}", later.soort, own.soort)));
    }
    Ok(Some(found("superseded", format!("{} took its place", later.id))))
}
