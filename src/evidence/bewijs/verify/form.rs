//! Checks of form: container, seal, statement and inventory.

use std::collections::BTreeSet;

use super::check::Found;
use super::scene::Scene;
use crate::evidence::bewijs::statement::{Member, STATEMENT_TYPE, Soort};
use crate::evidence::bewijs::{MEDIA_TYPE, MIMETYPE, SEAL};
use crate::wire::jades::{Algorithm, WRITTEN};

/// One finding.
pub(super) fn found(code: &str, detail: impl std::fmt::Display) -> (String, String) {
    (code.to_owned(), detail.to_string())
}

pub(super) fn container(scene: &Scene<'_>) -> Found {
    scene.container_faults.iter().map(|fault| found(fault.code(), fault)).collect()
}

pub(super) fn mimetype(scene: &Scene<'_>) -> Found {
    match scene.members().map(|m| m.get(MIMETYPE).map(Vec::as_slice)) {
        None => Vec::new(),
        Some(Some(bytes)) if bytes == MEDIA_TYPE.as_bytes() => Vec::new(),
        Some(_) => vec![found("mimetype", "the container does not say that it is a bewijs")],
    }
}

pub(super) fn seal(scene: &Scene<'_>) -> Found {
    if scene.members().is_some_and(|m| !m.contains_key(SEAL)) {
        return vec![found("seal-missing", "there is no sealed statement")];
    }
    scene.seal.as_ref().err().map(|fault| found(fault.code(), fault)).into_iter().collect()
}

pub(super) fn signatures(scene: &Scene<'_>) -> Found {
    let Ok(seal) = &scene.seal else { return Vec::new() };
    let allowed: &[Algorithm] = scene.options.policy.map_or(&WRITTEN, |policy| &policy.algorithms);
    let faults = seal.signatures.iter().flat_map(|signature| signature.faults(&seal.payload, allowed));
    faults.map(|fault| found(fault.code(), fault)).collect()
}

pub(super) fn statement(scene: &Scene<'_>) -> Found {
    if scene.seal.is_err() {
        return Vec::new();
    }
    let has_fraction = match &scene.has_fraction {
        Ok(has) => *has,
        Err(why) => return vec![found("statement-json", format!("the statement is {why}"))],
    };
    let mut all = Vec::new();
    if has_fraction {
        all.push(found("statement-number", "the statement holds a number that is no integer"));
    }
    match &scene.statement {
        Err(why) => all.push(found("statement-shape", format!("the statement has another shape: {why}"))),
        Ok(statement) => {
            if statement.type_ != STATEMENT_TYPE {
                all.push(found("statement-type", format!("the statement is of type {}", statement.type_)));
            }
            if statement.bytes().ok().as_deref() != Some(&scene.payload) {
                all.push(found(
                    "statement-form",
                    "the statement is not written in the one way in which it is written here",
                ));
            }
        }
    }
    all
}

pub(super) fn kind(scene: &Scene<'_>) -> Found {
    let Some(statement) = scene.statement() else { return Vec::new() };
    let soort: Soort = statement.predicate.soort;
    let mut all = Vec::new();
    if statement.predicate_type != soort.predicate_type() {
        all.push(found("kind-predicate-type", format!("a {soort} with predicate type {}", statement.predicate_type)));
    }
    for signature in scene.signatures() {
        match signature.content_type() {
            Some(cty) if cty != soort.content_type() => {
                all.push(found("kind-content-type", format!("a {soort} signed as {cty}")));
            }
            _ => {}
        }
    }
    all
}

pub(super) fn missing(scene: &Scene<'_>) -> Found {
    let (Some(members), Some(statement)) = (scene.members(), scene.statement()) else { return Vec::new() };
    let is_there = |path: &str| scene.member(path).is_some() || (path == SEAL && members.contains_key(SEAL));
    let listed = statement.predicate.inventaris.iter().filter(|m| !is_there(&m.path));
    listed.map(|m| found("member-missing", format!("{} is not there", m.path))).collect()
}

pub(super) fn extra(scene: &Scene<'_>) -> Found {
    let Some(statement) = scene.statement() else { return Vec::new() };
    let listed: BTreeSet<&str> = statement.predicate.inventaris.iter().map(|m| m.path.as_str()).collect();
    let unlisted = scene.inventory.iter().filter(|m| !listed.contains(m.path.as_str()));
    unlisted.map(|m| found("member-extra", format!("{} is not listed", m.path))).collect()
}

pub(super) fn changed(scene: &Scene<'_>) -> Found {
    let Some(statement) = scene.statement() else { return Vec::new() };
    // The seal is listed nowhere, so a list that names it is wrong about it.
    let differs = |m: &&Member| match m.path == SEAL {
        true => scene.members().is_some_and(|members| members.contains_key(SEAL)),
        false => scene.member(&m.path).is_some_and(|own| own != *m),
    };
    let listed = statement.predicate.inventaris.iter().filter(differs);
    listed.map(|m| found("member-changed", format!("{} was changed", m.path))).collect()
}

pub(super) fn inventory(scene: &Scene<'_>) -> Found {
    let Some(statement) = scene.statement() else { return Vec::new() };
    let list = &statement.predicate.inventaris;
    let mut all = Vec::new();
    if list.iter().any(|m| m.path == SEAL) {
        all.push(found("inventory-seal", "the inventory lists the seal itself"));
    }
    for (one, next) in list.iter().zip(list.iter().skip(1)) {
        if one.path == next.path {
            all.push(found("inventory-twice", format!("{} is listed twice", one.path)));
        } else if one.path > next.path {
            all.push(found("inventory-order", format!("{} is not listed in its place", next.path)));
        }
    }
    all
}
