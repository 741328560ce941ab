//! Everything shipped loads, and what the specification lists is there.

use std::collections::{BTreeMap, BTreeSet};

use strum::VariantNames as _;
use twiin_harness::check::Check;
use twiin_harness::deviation::Deviation;
use twiin_harness::suite::requirement::Role;
use twiin_harness::suite::scenario::{Action, Fragment, Step};

use super::support::{reference, root, suite};

/// Cases of 21-bgz.md sections 7 and 8 that this suite must have, with the roles of the candidate.
fn wanted_cases() -> BTreeMap<String, Vec<Role>> {
    use Role::{Receiving as R, Sending as S};
    let mut wanted = BTreeMap::new();
    for number in 1..=15 {
        let roles = match number {
            1..=8 => vec![R],
            15 => vec![S, R],
            _ => vec![S],
        };
        wanted.insert(format!("BGZ-POS-{number:02}"), roles);
    }
    for number in (1..=8).chain(10..=18).chain(20..=36) {
        let roles = match number {
            15 | 17 | 31..=36 => vec![S],
            16 => vec![R],
            _ => vec![S, R],
        };
        wanted.insert(format!("NEG-{number:02}"), roles);
    }
    wanted
}

#[test]
fn the_shipped_suite_loads_without_faults() {
    let suite = suite();
    assert!(suite.scenarios.len() >= 40, "{}", suite.scenarios.len());
    assert!(suite.requirements.len() >= 200, "{}", suite.requirements.len());
    assert_eq!(suite.requirements.values().filter(|l| l.path.contains("20-technical-core")).count(), 126);
}

#[test]
fn every_case_of_the_specification_has_a_scenario_for_each_of_its_roles() {
    let suite = suite();
    let mut lacking = Vec::new();
    for (case, roles) in wanted_cases() {
        for role in roles {
            let found =
                suite.scenarios.values().any(|s| s.file.cases.contains(&case) && s.file.candidate.contains(&role));
            if !found {
                lacking.push(format!("{case}@{role}"));
            }
        }
    }
    assert!(lacking.is_empty(), "{lacking:?}");
}

#[test]
fn every_plateau_has_scenarios_for_both_roles() {
    let suite = suite();
    for plateau in 1..=4 {
        for role in [Role::Sending, Role::Receiving] {
            let count = suite
                .scenarios
                .values()
                .filter(|s| s.file.plateaus.contains(&plateau) && s.file.candidate.contains(&role))
                .count();
            assert!(count > 0, "plateau {plateau} {role}");
        }
    }
}

#[test]
fn every_word_of_the_language_is_explained_with_an_example_that_parses() {
    let text = std::fs::read_to_string(root().join("scenarios/README.md")).unwrap();
    let mut used = BTreeSet::new();
    for (kind, block) in blocks(&text) {
        let source = std::sync::Arc::new(twiin_harness::base::diagnostic::SourceFile {
            path: "scenarios/README.md".into(),
            text: block.clone(),
        });
        match kind.as_str() {
            "scenario" => {
                let scenario: twiin_harness::suite::scenario::ScenarioFile =
                    twiin_harness::suite::parse_yaml(&source).unwrap_or_else(|d| panic!("{d}\n{block}"));
                used.extend(scenario.steps.iter().map(|s| s.action.word().to_owned()));
                used.extend(scenario.expect.iter().flat_map(|e| e.that.words()).map(str::to_owned));
            }
            "fragment" => {
                drop(twiin_harness::suite::parse_yaml::<Fragment>(&source).unwrap_or_else(|d| panic!("{d}\n{block}")))
            }
            "step" => {
                let step: Step = twiin_harness::suite::parse_yaml(&source).unwrap_or_else(|d| panic!("{d}\n{block}"));
                used.insert(step.action.word().to_owned());
            }
            "check" => {
                let check: Check = twiin_harness::suite::parse_yaml(&source).unwrap_or_else(|d| panic!("{d}\n{block}"));
                used.extend(check.words().into_iter().map(str::to_owned));
            }
            other => panic!("unknown kind of example `{other}`"),
        }
    }
    let lacking: Vec<_> = Action::VARIANTS.iter().chain(Check::VARIANTS).filter(|w| !used.contains(**w)).collect();
    assert!(lacking.is_empty(), "words without an example: {lacking:?}");
}

/// Fenced blocks `yaml <kind>` of a Markdown text.
fn blocks(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut current: Option<(String, String)> = None;
    for line in text.lines() {
        match (&mut current, line.strip_prefix("```")) {
            (None, Some(info)) => {
                if let Some(kind) = info.strip_prefix("yaml ") {
                    current = Some((kind.trim().to_owned(), String::new()));
                } else {
                    current = Some((String::new(), String::new()));
                }
            }
            (Some(_), Some(_)) => {
                let block = current.take().unwrap();
                if !block.0.is_empty() {
                    found.push(block);
                }
            }
            (Some((_, text)), None) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {}
        }
    }
    found
}

#[test]
fn the_reference_candidate_is_a_file_that_anyone_can_copy() {
    let candidate = reference();
    assert!(candidate.patients.fictitious.iter().all(|b| twiin_harness::base::bsn::passes_eleven_test(b)));
    assert!(candidate.patients.fictitious.contains(&candidate.patients.referral));
    assert_eq!(candidate.hosts(), ["localhost"]);
}

#[test]
fn the_matrix_lists_every_deviation_and_most_of_them_fail() {
    let suite = suite();
    assert_eq!(suite.matrix.deviations.len(), Deviation::VARIANTS.len());
    // The R4 stack in preparation is known from drafts, which at most warn.
    let rows = suite.matrix.deviations.iter().filter(|(word, _)| !word.starts_with("r4-")).map(|(_, row)| row);
    let breaking: Vec<_> = rows.filter(|r| r.harmless.is_none()).collect();
    let failing = breaking.iter().filter(|r| !r.fails.is_empty()).count();
    assert!(failing * 10 >= breaking.len() * 9, "{failing} of {} deviations fail", breaking.len());
}

#[test]
fn no_shipped_text_claims_to_be_a_bewijs_van_validatie() {
    let suite = suite();
    for (path, bytes) in suite.files.iter().filter(|(p, _)| p.ends_with(".yaml")) {
        let text = String::from_utf8_lossy(bytes).to_lowercase();
        assert!(!text.contains("dit is een bewijs van validatie"), "{path}");
    }
}
