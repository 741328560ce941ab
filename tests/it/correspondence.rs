//! Correspondentie: documents by notified pull, in both roles, against the reference GtK and its deviations.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::support::{Did, folder, harness, root};

/// A self-test of the zorgtoepassing: what the command did, and the verdicts by requirement.
fn self_test(dir: &Path, extra: &[&str]) -> (Did, BTreeMap<String, String>) {
    let out = dir.join("run");
    let mut arguments = vec!["run", "--quiet", "--zorgtoepassing", "correspondentie", "--out", out.to_str().unwrap()];
    arguments.extend(extra);
    let did = harness(&root(), &arguments);
    let judged = harness(dir, &["judge", "run"]);
    let value: Value = serde_json::from_str(&judged.out).unwrap();
    let requirements = value["requirements"].as_object().unwrap().iter();
    (did, requirements.map(|(id, r)| (id.clone(), r["verdict"].as_str().unwrap().to_owned())).collect())
}

/// The cases of its own, without the generic ones.
const OWN: [&str; 2] = ["--only", "correspondentie/**"];

#[test]
fn the_reference_conforms_and_shows_every_requirement_that_can_be_seen() {
    let dir = folder();
    let (did, verdicts) = self_test(dir.path(), &[]);
    assert_eq!(did.code, 0, "{}{}", did.out, did.err);
    let own: BTreeMap<_, _> = verdicts.iter().filter(|(id, _)| id.starts_with("COR-")).collect();
    assert_eq!(own.len(), 32);
    let unseen: Vec<&str> = own.iter().filter(|(_, v)| v.as_str() != "pass").map(|(id, _)| id.as_str()).collect();
    assert_eq!(unseen, ["COR-001", "COR-040", "COR-041"], "what only documents show, or nothing");
}

#[test]
fn every_report_says_which_part_of_the_guide_was_read() {
    let dir = folder();
    let (did, _) = self_test(dir.path(), &["--only", "COR-014"]);
    assert_eq!(did.code, 0, "{}", did.err);
    let kept = ["evidence.json", "report.html"].map(|name| std::fs::read_to_string(dir.path().join("run").join(name)));
    for text in kept.into_iter().map(Result::unwrap).chain([did.out.split_whitespace().collect::<Vec<_>>().join(" ")]) {
        assert!(text.contains("1.2.0-T") && text.contains("Z3.2.2"));
    }
}

#[test]
fn a_source_that_gives_letters_away_fails_for_that_alone() {
    for (deviation, broken) in [
        ("gives-attachments-without-token", vec!["COR-024"]),
        ("documents-that-are-no-pdf", vec!["COR-023"]),
        ("documents-with-inline-data", vec!["COR-003", "COR-021"]),
    ] {
        let dir = folder();
        let (did, verdicts) = self_test(dir.path(), &[&["--deviation", deviation], &OWN[..]].concat());
        assert_eq!(did.code, 1, "{deviation}: {}", did.out);
        let failed: Vec<&str> = verdicts.iter().filter(|(_, v)| *v == "fail").map(|(id, _)| id.as_str()).collect();
        assert_eq!(failed, broken, "{deviation}");
    }
}

#[test]
fn a_receiver_that_fetches_what_nobody_announced_is_warned() {
    let dir = folder();
    let (did, verdicts) =
        self_test(dir.path(), &[&["--deviation", "fetches-unannounced-documents"], &OWN[..]].concat());
    assert_eq!(did.code, 0, "{}", did.out);
    assert_eq!(verdicts["COR-033"], "warn");
}

#[test]
fn no_document_and_no_text_of_one_stands_in_the_transcript() {
    let dir = folder();
    let (did, _) = self_test(dir.path(), &["--only", "COR-025"]);
    assert_eq!(did.code, 0, "{}", did.err);
    let transcript = std::fs::read_to_string(dir.path().join("run/transcript.ndjson")).unwrap();
    assert!(transcript.contains("\"archival\"") && transcript.contains("\"sha1\""));
    // `%PDF-` as it is, and in base64.
    assert!(!transcript.contains("%PDF-") && !transcript.contains("JVBERi0"));
}

#[test]
fn every_negative_case_of_the_specification_has_a_scenario() {
    let suite = super::support::suite();
    for number in 1..=10 {
        let case = format!("COR-N{number:02}");
        assert!(suite.scenarios.values().any(|s| s.file.cases.contains(&case)), "{case}");
    }
}

#[test]
fn a_candidate_that_says_nothing_of_letters_is_asked_for_none() {
    let dir = folder();
    let text = std::fs::read_to_string(root().join("profiles/candidates/reference.yaml")).unwrap();
    let path = dir.path().join("candidate.yaml");
    std::fs::write(&path, text.replace("  correspondence: yes\n", "")).unwrap();
    let path = path.to_str().unwrap();
    let arguments = ["plan", "--candidate", path, "--zorgtoepassing", "correspondentie", "--format", "json"];
    let did = harness(&root(), &arguments);
    let plan: Value = serde_json::from_str(&did.out).unwrap_or_else(|e| panic!("{e}: {}{}", did.out, did.err));
    let cases = plan["cases"].as_array().unwrap();
    assert!(cases.iter().all(|case| !case.to_string().contains("correspondentie/")), "{cases:?}");
}
