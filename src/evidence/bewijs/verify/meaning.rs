//! Checks of meaning: what the statement says is held against itself, and against the run, judged again.

use std::collections::BTreeMap;

use serde_json::Value;

use super::check::Found;
use super::form::found;
use super::scene::Scene;
use crate::base::clock::parse_rfc3339;
use crate::check::Verdict;
use crate::evidence::bewijs::statement::{Oordeel, Predicate, Soort, TestResult};
use crate::evidence::bewijs::{DOCUMENTS, EVENTS, RESULT, canaries as birds};
use crate::evidence::sign;
use crate::suite::dossier::DocumentChecks;
use crate::transcript::EventKind;

/// The lists of outcomes, with the outcome that each is for.
fn outcomes(predicate: &Predicate) -> [(&'static str, &[String], Option<Verdict>); 9] {
    [
        ("passedTests", &predicate.passed_tests, Some(Verdict::Pass)),
        ("warnedTests", &predicate.warned_tests, Some(Verdict::Warn)),
        ("failedTests", &predicate.failed_tests, Some(Verdict::Fail)),
        ("inconclusiveTests", &predicate.inconclusive_tests, Some(Verdict::Inconclusive)),
        ("notApplicableTests", &predicate.not_applicable_tests, None),
        ("untestedTests", &predicate.untested_tests, Some(Verdict::NotTested)),
        ("erroredTests", &predicate.errored_tests, Some(Verdict::Error)),
        ("flakyTests", &predicate.flaky_tests, Some(Verdict::Flaky)),
        ("waivedTests", &predicate.waived_tests, Some(Verdict::Fail)),
    ]
}

pub(super) fn lists(scene: &Scene<'_>) -> Found {
    let Some(statement) = scene.statement() else { return Vec::new() };
    let predicate = &statement.predicate;
    let mut all = Vec::new();
    let mut verdicts = BTreeMap::new();
    for requirement in &predicate.requirements {
        if verdicts.insert(requirement.id.as_str(), requirement.outcome).is_some() {
            all.push(found("requirement-twice", format!("{} is there twice", requirement.id)));
        }
    }
    let mut listed: BTreeMap<&str, u32> = BTreeMap::new();
    for (name, ids, verdict) in outcomes(predicate) {
        for id in ids {
            *listed.entry(id).or_default() += 1;
            match (verdicts.get(id.as_str()), verdict) {
                (None, _) => {
                    all.push(found("list-unknown", format!("{name} names {id}, which is no requirement of it")))
                }
                (Some(found_), Some(verdict)) if *found_ == verdict => {}
                _ => all.push(found("list-outcome", format!("{name} names {id}, whose outcome is another"))),
            }
        }
    }
    for id in verdicts.keys() {
        if listed.get(id).copied().unwrap_or_default() != 1 {
            all.push(found("list-once", format!("{id} is not in one list of outcomes")));
        }
    }
    all
}

pub(super) fn assertions(scene: &Scene<'_>) -> Found {
    let Some(statement) = scene.statement() else { return Vec::new() };
    let empty =
        statement.predicate.requirements.iter().filter(|r| {
            matches!(r.outcome, Verdict::Pass | Verdict::Warn) && r.assertions == 0 && r.mode != "attested"
        });
    empty.map(|r| found("pass-without-assertion", format!("{} passed without any check", r.id))).collect()
}

pub(super) fn result_rule(scene: &Scene<'_>) -> Found {
    let Some(statement) = scene.statement() else { return Vec::new() };
    let p = &statement.predicate;
    let mut all = Vec::new();
    let open = [&p.failed_tests, &p.inconclusive_tests, &p.errored_tests, &p.flaky_tests].iter().any(|l| !l.is_empty());
    let nothing = p.passed_tests.is_empty() && p.warned_tests.is_empty();
    let undeclared = p.kandidaat.capabilities.iter().any(|c| c.verklaard == "undeclared");
    let less = open || nothing || !p.uitvoering.volledig;
    let warned = !p.warned_tests.is_empty() || !p.waived_tests.is_empty() || undeclared;
    if (less && p.result != TestResult::Failed) || (warned && p.result == TestResult::Passed) {
        all.push(found("result-too-good", format!("the result is {}, and its own lists say otherwise", p.result)));
    }
    if p.is_conformant() != (p.result != TestResult::Failed) {
        all.push(found("result-conclusion", format!("the result is {}, and the conclusion {}", p.result, p.conclusie)));
    }
    all
}

pub(super) fn events(scene: &Scene<'_>) -> Found {
    let Some(Ok(again)) = scene.again() else { return Vec::new() };
    let events = &again.run.judged.events;
    let mut all = Vec::new();
    if events.iter().zip(1..).any(|(event, seq)| event.seq != seq) {
        all.push(found("events-sequence", format!("{EVENTS} is not numbered from 1 without gaps")));
    }
    if events.iter().zip(events.iter().skip(1)).any(|(one, next)| parse_rfc3339(&one.at) > parse_rfc3339(&next.at)) {
        all.push(found("events-clock", format!("the clock went back in {EVENTS}")));
    }
    if again.run.judged.torn {
        all.push(found("events-torn", format!("the last line of {EVENTS} is torn")));
    }
    let begins = matches!(events.first().map(|e| &e.event), Some(EventKind::RunStarted { .. }));
    if !begins {
        all.push(found("events-begin", format!("{EVENTS} does not begin with the run")));
    }
    all
}

pub(super) fn result_follows(scene: &Scene<'_>) -> Found {
    match (scene.again(), scene.members()) {
        (Some(Ok(again)), Some(members)) => {
            if members.get(RESULT).is_some_and(|bytes| sign::is_payload(&again.run.evidence, bytes)) {
                Vec::new()
            } else {
                vec![found("result-not-derived", format!("{RESULT} does not follow from {EVENTS}"))]
            }
        }
        (Some(Err(why)), _) => vec![found("not-judged", format!("the run cannot be judged again: {why}"))],
        _ => Vec::new(),
    }
}

pub(super) fn statement_follows(scene: &Scene<'_>) -> Found {
    let (Some(Ok(again)), Some(stated)) = (scene.again(), scene.statement()) else { return Vec::new() };
    let value = |of: &Predicate| serde_json::to_value(of).unwrap_or_default();
    let (said, follows) = (value(&stated.predicate), value(&again.statement.predicate));
    let mut all = Vec::new();
    if stated.subject != again.statement.subject {
        all.push(found("recomputed-subject", "the subject is not the candidate of the run"));
    }
    for (name, right) in follows.as_object().into_iter().flatten() {
        // The inventory is held against the members one by one, and the count of canaries by itself.
        if name != "inventaris" && name != "redactie" && said.get(name).unwrap_or(&Value::Null) != right {
            all.push(found(&format!("recomputed-{}", kebab(name)), format!("{name} does not follow from the run")));
        }
    }
    let all_known = said.as_object().into_iter().flatten().all(|(name, _)| follows.get(name).is_some());
    if !all_known {
        all.push(found("recomputed-more", "the statement says more than the run"));
    }
    all
}

fn kebab(name: &str) -> String {
    name.chars().fold(String::new(), |mut out, c| {
        if c.is_ascii_uppercase() {
            out.push('-');
        }
        out.push(c.to_ascii_lowercase());
        out
    })
}

pub(super) fn documents(scene: &Scene<'_>) -> Found {
    let Some(members) = scene.members() else { return Vec::new() };
    let checks = members.get("dossier/documents.json");
    let checks: DocumentChecks = checks.and_then(|b| serde_json::from_slice(b).ok()).unwrap_or_default();
    let known = |digest: &str| checks.documents.iter().any(|d| d.sha256.as_deref() == Some(digest));
    scene
        .inventory
        .iter()
        .filter_map(|m| Some((m, m.path.strip_prefix(DOCUMENTS)?)))
        .filter(|(m, name)| m.digest.sha256 != *name || !known(name))
        .map(|(_, name)| found("document-unknown", format!("the document {name} is none of the dossier")))
        .collect()
}

pub(super) fn canaries(scene: &Scene<'_>) -> Found {
    let (Some(Ok(again)), Some(statement)) = (scene.again(), scene.statement()) else { return Vec::new() };
    let mut all: Found = again
        .look
        .places()
        .into_iter()
        .map(|path| found("canary-found", format!("{path} holds what should have been redacted")))
        .collect();
    if !birds::counts_right(&statement.predicate.redactie, &again.look, &again.run.judged.candidate) {
        all.push(found("canary-count", "the count of canaries is another"));
    }
    all
}

pub(super) fn decision(scene: &Scene<'_>) -> Found {
    let Some(statement) = scene.statement() else { return Vec::new() };
    let p = &statement.predicate;
    match (&p.besluit, p.soort) {
        (None, Soort::Validatiebewijs) => vec![found("decision-missing", "there is no decision of a validator")],
        (Some(_), Soort::Zelftest) => vec![found("decision-in-zelftest", "a zelftest with a decision of a validator")],
        (Some(b), _) if (b.oordeel == Oordeel::Voldoet) != p.is_conformant() => {
            vec![found("decision-against-result", format!("decided `{}` on {}", b.oordeel, p.conclusie))]
        }
        _ => Vec::new(),
    }
}

pub(super) fn candidate(scene: &Scene<'_>) -> Found {
    let Some(statement) = scene.statement() else { return Vec::new() };
    let p = &statement.predicate;
    let embedded =
        p.kandidaat.ingebouwd || scene.again().is_some_and(|a| a.as_ref().is_ok_and(|a| a.run.judged.config.embedded));
    if p.soort == Soort::Validatiebewijs && embedded {
        return vec![found("candidate-embedded", "a validatiebewijs about the reference GtK within the tool")];
    }
    Vec::new()
}
