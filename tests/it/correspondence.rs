//! Correspondentie: documents by notified pull, in both roles, against the reference GtK and its deviations.

use std::collections::BTreeMap;
use std::path::Path;

use super::support::{Did, folder, has_cases, planned_without, self_test_of};

/// A self-test of the zorgtoepassing: what the command did, and the verdicts by requirement.
fn self_test(dir: &Path, extra: &[&str]) -> (Did, BTreeMap<String, String>) {
    self_test_of("correspondentie", dir, extra)
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
    has_cases("COR-N", 10);
}

#[test]
fn a_candidate_that_says_nothing_of_letters_is_asked_for_none() {
    let planned = planned_without("correspondentie", &["correspondence"]);
    assert!(!planned.is_empty() && planned.iter().all(|case| !case.contains("correspondentie/")), "{planned:?}");
}
