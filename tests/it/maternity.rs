//! Geboortezorg: the maternity record by FHIR and the acute handoff by HL7v3, in both roles, as a preview.

use std::collections::BTreeMap;
use std::path::Path;

use super::support::{Did, folder, has_cases, planned_without, self_test_of};

/// A self-test of the zorgtoepassing: what the command did, and the verdicts by requirement.
fn self_test(dir: &Path, extra: &[&str]) -> (Did, BTreeMap<String, String>) {
    self_test_of("geboortezorg", dir, extra)
}

#[test]
fn the_reference_conforms_and_shows_every_requirement_that_can_be_seen() {
    let dir = folder();
    let (did, verdicts) = self_test(dir.path(), &[]);
    assert_eq!(did.code, 0, "{}{}", did.out, did.err);
    let own: BTreeMap<_, _> = verdicts.iter().filter(|(id, _)| id.starts_with("GBZ-")).collect();
    assert_eq!(own.len(), 30);
    let unseen: Vec<&str> = own.iter().filter(|(_, v)| v.as_str() != "pass").map(|(id, _)| id.as_str()).collect();
    assert_eq!(
        unseen,
        ["GBZ-001", "GBZ-002", "GBZ-044", "GBZ-050", "GBZ-051", "GBZ-060"],
        "what is shown elsewhere, or by nothing"
    );
}

#[test]
fn every_report_says_that_this_is_a_preview() {
    let dir = folder();
    let (did, _) = self_test(dir.path(), &["--only", "GBZ-010"]);
    assert_eq!(did.code, 0, "{}", did.err);
    let at = dir.path().join("run");
    let kept = ["evidence.json", "report.html"].map(|name| std::fs::read_to_string(at.join(name)).unwrap());
    let told = did.out.split_whitespace().collect::<Vec<_>>().join(" ");
    for text in [&kept[1], &told] {
        assert!(text.contains("Preview: Nictiz IZK-conformiteit"), "{text}");
    }
    for text in kept.into_iter().chain([told]) {
        assert!(text.contains("preview: Nictiz IZK-conformiteit") && text.contains("niet overgenomen"), "{text}");
    }
}

#[test]
fn a_source_that_gives_of_the_records_of_others_fails_for_that() {
    let dir = folder();
    let (did, verdicts) = self_test(dir.path(), &["--deviation", "gives-records-of-others"]);
    assert_eq!(did.code, 1, "{}", did.out);
    for id in ["GBZ-021", "GF-AUTHZ-006", "TK-NP-05"] {
        assert_eq!(verdicts[id], "fail", "{id}");
    }
}

#[test]
fn nobody_is_told_of_by_the_transcript_of_an_acute_handoff() {
    let dir = folder();
    let (did, _) = self_test(dir.path(), &["--only", "GBZ-043"]);
    assert_eq!(did.code, 0, "{}", did.err);
    let transcript = std::fs::read_to_string(dir.path().join("run/transcript.ndjson")).unwrap();
    assert!(transcript.contains("careProvisionRequest") && transcript.contains("129019007"));
    for hidden in ["999943145", "Verzonnen", "Berkhout", "19940517", "laatste controle", "+3170"] {
        assert!(!transcript.contains(hidden), "{hidden}");
    }
}

#[test]
fn every_negative_case_of_the_specification_has_a_scenario() {
    has_cases("GBZ-N", 8);
}

#[test]
fn a_candidate_that_says_nothing_of_birth_care_is_asked_for_none() {
    assert!(planned_without("geboortezorg", &["maternity-record", "acute-handoff"]).is_empty());
}
