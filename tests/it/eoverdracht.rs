//! Nursing handoffs: a preview, in both roles, against the reference GtK and its deviations, and with somebody's own records.

use std::collections::BTreeMap;
use std::path::Path;

use super::support::{Did, folder, harness, has_cases, planned_without, root, self_test_of};

/// A self-test of the zorgtoepassing: what the command did, and the verdicts by requirement.
fn self_test(dir: &Path, extra: &[&str]) -> (Did, BTreeMap<String, String>) {
    self_test_of("eoverdracht", dir, extra)
}

fn with(verdicts: &BTreeMap<String, String>, verdict: &str) -> Vec<String> {
    verdicts.iter().filter(|(_, v)| v.as_str() == verdict).map(|(id, _)| id.clone()).collect()
}

#[test]
fn the_reference_conforms_and_shows_every_requirement_that_can_be_seen() {
    let dir = folder();
    let (did, verdicts) = self_test(dir.path(), &[]);
    assert_eq!(did.code, 0, "{}{}", did.out, did.err);
    assert_eq!(verdicts.len(), 66);
    let unseen: Vec<&str> = verdicts.iter().filter(|(_, v)| v.as_str() != "pass").map(|(id, _)| id.as_str()).collect();
    let by_documents = ["EOV-001", "EOV-002", "EOV-003", "EOV-087", "EOV-089", "EOV-090"];
    assert_eq!(unseen, by_documents, "what only documents show");
}

#[test]
fn every_report_says_that_it_is_a_preview() {
    let dir = folder();
    let (did, _) = self_test(dir.path(), &["--only", "EOV-012", "--lang", "en"]);
    assert_eq!(did.code, 0, "{}", did.err);
    let kept = ["evidence.json", "report.html"].map(|name| std::fs::read_to_string(dir.path().join("run").join(name)));
    for text in kept.into_iter().map(Result::unwrap).chain([did.out.split_whitespace().collect::<Vec<_>>().join(" ")]) {
        assert!(text.contains("has not adopted eOverdracht"), "{text}");
    }
}

#[test]
fn a_sender_that_errs_in_the_task_fails_and_one_that_errs_in_a_section_is_warned() {
    for (deviation, code, fails, warns) in [
        ("handoff-task-with-two-codes", 1, vec!["EOV-012"], vec![]),
        ("handoff-without-care-plan", 0, vec![], vec!["EOV-037", "EOV-076"]),
        ("takes-changed-owners", 0, vec![], vec!["EOV-084"]),
    ] {
        let dir = folder();
        let (did, verdicts) = self_test(dir.path(), &["--deviation", deviation, "--role", "sending"]);
        assert_eq!(did.code, code, "{deviation}: {}", did.out);
        assert_eq!((with(&verdicts, "fail"), with(&verdicts, "warn")), (owned(&fails), owned(&warns)), "{deviation}");
    }
}

fn owned(ids: &[&str]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

#[test]
fn every_negative_case_of_the_specification_has_a_scenario() {
    has_cases("EOV-N", 16);
}

#[test]
fn a_candidate_that_says_nothing_of_handoffs_is_asked_for_none() {
    assert!(planned_without("eoverdracht", &["nursing-handoff"]).is_empty());
}

#[test]
fn the_style_of_notification_stands_in_the_name_of_every_case_and_another_style_is_not_asked() {
    let planned = planned_without("eoverdracht", &["notification-empty-post"]);
    assert!(!planned.is_empty());
    assert!(planned.iter().all(|id| id.contains("/twiin-01/") || id.contains("/r4-subscription/")), "{planned:?}");
}

#[test]
fn a_folder_of_somebody_elses_handoffs_is_served_with_its_placeholders_filled_in() {
    let dir = folder();
    let data = dir.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let records = root().join("scenarios/eoverdracht/_fixtures/records");
    let adult = std::fs::read_to_string(records.join("adult.json")).unwrap();
    let adult = adult.replace("\"2026-12-01\"", "\"${DATE, T, d, 2}\"").replace("eov-task-adult\"", "${task-id}\"");
    std::fs::write(data.join("adult.json"), adult).unwrap();
    std::fs::copy(records.join("organisations.json"), data.join("organisations.json")).unwrap();
    let given = data.to_str().unwrap();
    let extra =
        ["--data", given, "--test-day", "2030-01-30", "--only", "eoverdracht/empty-post/sending/gives-the-document"];
    let (did, verdicts) = self_test(dir.path(), &extra);
    assert_eq!(did.code, 0, "{}{}", did.out, did.err);
    assert_eq!(verdicts["EOV-035"], "pass");
    let transcript = std::fs::read_to_string(dir.path().join("run/transcript.ndjson")).unwrap();
    assert!(transcript.contains("2030-02-01") && !transcript.contains("${DATE"));
    // What is broken is named, and nothing is served.
    std::fs::write(data.join("broken.xml"), "<Task xmlns=\"http://hl7.org/fhir\"><status value=\"on-hold\"></Task")
        .unwrap();
    let out = dir.path().join("other");
    let did =
        harness(&root(), &["run", "--zorgtoepassing", "eoverdracht", "--data", given, "--out", out.to_str().unwrap()]);
    assert_eq!(did.code, 2, "{}", did.out);
    assert!(did.err.contains("broken.xml"), "{}", did.err);
}
