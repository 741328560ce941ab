//! Putting the coverage of a suite together, with the verdicts of a run where there is one.

use std::collections::BTreeMap;

use super::count::breakdowns;
use super::model::{
    CheckUse, Coverage, DeviationCoverage, DocumentCoverage, ErratumCoverage, GapCoverage, Killer, OfficialWords,
    PlateauWeight, RequirementCoverage, RunSummary, SCHEMA, ScenarioCoverage, ShownBy, State, Stricter, Tally,
};
use crate::base::id::RequirementId;
use crate::evidence::Evidence;
use crate::evidence::model::{EnforcementResult, Kind, RequirementResult, SourceResult};
use crate::suite::load::Listed;
use crate::suite::matrix::Row;
use crate::suite::requirement::{Document, Erratum, Gap, Requirement, Role, Severity};
use crate::suite::{Scenario, Suite};

/// Reasons that begin with this say that later work will show the requirement.
const PLANNED: &str = "planned:";

/// The coverage of `suite`; with the evidence of a run over it, each requirement carries its verdict too.
pub fn assemble(suite: &Suite, run: Option<&Evidence>) -> Coverage {
    let results: BTreeMap<&str, &RequirementResult> =
        run.iter().flat_map(|e| &e.requirements).map(|r| (r.id.as_str(), r)).collect();
    let shown = shown_by(suite);
    let killed = killers(suite);
    let mut requirements: Vec<RequirementCoverage> = suite
        .requirements
        .iter()
        .map(|(id, listed)| {
            let shown = shown.get(id).cloned().unwrap_or_default();
            let killers = killed.get(id).cloned().unwrap_or_default();
            let document = suite.documents.get(&listed.path);
            requirement(listed, document, shown, killers, results.get(id.as_str()).copied())
        })
        .collect();
    link_back(&mut requirements);
    Coverage {
        schema: SCHEMA.into(),
        harness: env!("CARGO_PKG_VERSION").into(),
        run: run.map(summary),
        totals: Tally::of(&requirements),
        breakdowns: breakdowns(suite, &requirements),
        documents: documents(suite),
        scenarios: suite.scenarios.values().map(scenario).collect(),
        deviations: deviations(suite),
        errata: errata(suite, &requirements),
        gaps: gaps(suite),
        requirements,
    }
}

/// Tells each requirement which others make it stricter.
fn link_back(requirements: &mut [RequirementCoverage]) {
    let mut tightened: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for r in requirements.iter() {
        for id in &r.tightens {
            tightened.entry(id.clone()).or_default().push(r.id.clone());
        }
    }
    for r in requirements {
        r.tightened_by = tightened.remove(&r.id).unwrap_or_default();
    }
}

type ByRequirement<'a, T> = BTreeMap<&'a RequirementId, Vec<T>>;

/// Scenarios with their checks, by what they show.
fn shown_by(suite: &Suite) -> ByRequirement<'_, ShownBy> {
    let mut shown: ByRequirement<'_, ShownBy> = BTreeMap::new();
    for scenario in suite.scenarios.values() {
        for expectation in &scenario.file.expect {
            for id in &expectation.verifies {
                let own = shown.entry(id).or_default();
                if own.last().is_none_or(|s| s.scenario != scenario.id.as_str()) {
                    own.push(ShownBy { scenario: scenario.id.to_string(), checks: Vec::new() });
                }
                let check = CheckUse {
                    step: expectation.of.to_string(),
                    check: expectation.that.word().into(),
                    expected: expectation.that.expected(),
                };
                own.last_mut().into_iter().for_each(|s| s.checks.push(check.clone()));
            }
        }
    }
    shown
}

/// Deliberate wrongs, by what they turn red.
fn killers(suite: &Suite) -> ByRequirement<'_, Killer> {
    let mut killers: ByRequirement<'_, Killer> = BTreeMap::new();
    for (deviation, row) in &suite.matrix.deviations {
        for (ids, effect) in [(&row.fails, Severity::Fails), (&row.warns, Severity::Warns)] {
            for id in ids {
                let killer = Killer { deviation: deviation.clone(), effect: effect.to_string() };
                killers.entry(id).or_default().push(killer);
            }
        }
    }
    killers
}

fn state(requirement: &Requirement, shown: &[ShownBy], killers: &[Killer]) -> State {
    let counts = requirement.plateaus.iter().any(|p| requirement.severity(*p).verdict().is_some());
    match &requirement.not_tested {
        Some(reason) if reason.starts_with(PLANNED) => State::Planned,
        Some(_) => State::LeftOut,
        None if !requirement.shown_by_test.is_empty() => State::OwnTests,
        None if shown.is_empty() && requirement.is_attestable() => State::Attestable,
        // A loaded suite has no such row: what is not shown says why.
        None if shown.is_empty() => State::LeftOut,
        None if !counts => State::Recorded,
        None if killers.is_empty() => State::NotProved,
        None => State::Proved,
    }
}

fn requirement(
    listed: &Listed,
    document: Option<&Document>,
    shown_by: Vec<ShownBy>,
    deviations: Vec<Killer>,
    result: Option<&RequirementResult>,
) -> RequirementCoverage {
    let r = &listed.requirement;
    RequirementCoverage {
        id: r.id.to_string(),
        official_id: r.official_id.clone(),
        title: r.title.clone(),
        statement: r.statement.clone(),
        how: r.how.clone(),
        level: r.level.to_string(),
        authority: r.authority.to_string(),
        maturity: r.maturity.to_string(),
        releases: r.releases.clone(),
        inherited_by: r.inherited_by.clone(),
        roles: r.roles.iter().map(ToString::to_string).collect(),
        candidate_roles: candidate_roles(r),
        function: r.function.to_string(),
        zorgtoepassing: r.zorgtoepassing.clone(),
        transactions: r.transactions.clone(),
        plateaus: r.plateaus.iter().map(|p| weight(r, *p)).collect(),
        plateau_basis: r.plateau_basis.to_string(),
        verification: r.verification.to_string(),
        document: document.map(|d| d.file.clone()).unwrap_or_default(),
        source: SourceResult {
            title: r.source.title.clone(),
            path: r.source.path.clone(),
            version: r.source.version.clone(),
        },
        erratum: r.erratum.clone(),
        tightens: r.tightens.iter().map(ToString::to_string).collect(),
        tightened_by: Vec::new(),
        stricter: r.stricter.iter().map(|(p, t)| Stricter { plateau: *p, text: t.clone() }).collect(),
        applies_when: r.applies_when.clone(),
        binding_from: r.binding_from.map(|b| b.to_string()),
        official: r.official.clone().map(|o| OfficialWords { prescription: o.prescription, toetsing: o.toetsing }),
        note: r.note.clone(),
        enforcement: r
            .enforcement
            .zip(r.enforcement_reason.clone())
            .map(|(cap, reason)| EnforcementResult { cap: cap.to_string(), reason }),
        state: state(r, &shown_by, &deviations),
        not_tested: r.not_tested.clone(),
        shown_by_test: r.shown_by_test.clone(),
        shown_by,
        deviations,
        verdict: result.map(|r| r.verdict),
        verdicts: result.map(|r| r.plateaus.clone()).unwrap_or_default(),
    }
}

fn candidate_roles(requirement: &Requirement) -> Vec<String> {
    let bound = |role: &Role| requirement.roles.iter().any(|party| party.binds(*role));
    Role::ALL.iter().filter(|role| bound(role)).map(|r| r.to_string()).collect()
}

/// What a deviation amounts to on a plateau, and which rules keep it from more.
fn weight(requirement: &Requirement, plateau: u8) -> PlateauWeight {
    let deviation = requirement.severity(plateau);
    let because = requirement
        .limits(plateau)
        .into_iter()
        .filter(|(_, most)| deviation < Severity::Fails && *most == deviation)
        .map(|(limit, _)| limit.to_string())
        .collect();
    PlateauWeight { plateau, deviation: deviation.to_string(), because }
}

fn documents(suite: &Suite) -> Vec<DocumentCoverage> {
    let row =
        |d: &Document| DocumentCoverage { file: d.file.clone(), title: d.title.clone(), licence: d.licence.clone() };
    suite.documents.values().map(row).collect()
}

fn scenario(scenario: &Scenario) -> ScenarioCoverage {
    let file = &scenario.file;
    let mut verifies: Vec<String> = file.expect.iter().flat_map(|e| &e.verifies).map(ToString::to_string).collect();
    verifies.sort();
    verifies.dedup();
    ScenarioCoverage {
        id: scenario.id.to_string(),
        title: file.title.clone(),
        cases: file.cases.clone(),
        roles: file.candidate.iter().map(ToString::to_string).collect(),
        plateaus: file.plateaus.clone(),
        verifies,
        not_specified: file.expect.iter().filter(|e| e.not_specified.is_some()).count() as u64,
    }
}

fn deviations(suite: &Suite) -> Vec<DeviationCoverage> {
    let ids = |list: &[RequirementId]| list.iter().map(ToString::to_string).collect();
    let row = |(word, row): (&String, &Row)| DeviationCoverage {
        deviation: word.clone(),
        title: row.title.clone(),
        clause: row.clause.clone(),
        fails: ids(&row.fails),
        warns: ids(&row.warns),
        harmless: row.harmless.clone(),
    };
    suite.matrix.deviations.iter().map(row).collect()
}

fn errata(suite: &Suite, requirements: &[RequirementCoverage]) -> Vec<ErratumCoverage> {
    let touched = |id: &str| {
        requirements.iter().filter(|r| r.erratum.as_deref() == Some(id)).map(|r| r.id.clone()).collect::<Vec<_>>()
    };
    let erratum = |e: &Erratum| ErratumCoverage {
        id: e.id.clone(),
        place: e.place.clone(),
        finding: e.finding.clone(),
        ruling: e.ruling.clone(),
        requirements: touched(&e.id),
    };
    suite.errata.iter().map(erratum).collect()
}

fn gaps(suite: &Suite) -> Vec<GapCoverage> {
    let gap = |g: &Gap| GapCoverage {
        id: g.id.clone(),
        document: g.document.clone(),
        about: g.about.clone(),
        consequence: g.consequence.clone(),
    };
    suite.gaps.iter().map(gap).collect()
}

fn summary(run: &Evidence) -> RunSummary {
    RunSummary {
        run: run.run.clone(),
        kind: match run.kind {
            Kind::SelfTest => "self-test".into(),
            Kind::ValidationEvidence => "validation-evidence".into(),
        },
        started: run.started.clone(),
        complete: run.complete,
        product: run.candidate.product.clone(),
        version: run.candidate.version.clone(),
        supplier: run.candidate.supplier.clone(),
        deviation: run.candidate.deviation.clone(),
        release: run.scope.release.clone(),
        zorgtoepassingen: run.scope.zorgtoepassingen.clone(),
        roles: run.scope.roles.clone(),
        plateaus: run.scope.plateaus.clone(),
        conclusion: run.conclusion.to_string(),
    }
}
