//! Geboortezorg: the maternity record by FHIR and the acute handoff by HL7v3, in both roles, as a preview.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::support::{Did, folder, harness, root};

/// A self-test of the zorgtoepassing: what the command did, and the verdicts by requirement.
fn self_test(dir: &Path, extra: &[&str]) -> (Did, BTreeMap<String, String>) {
    let out = dir.join("run");
    let mut arguments = vec!["run", "--quiet", "--zorgtoepassing", "geboortezorg", "--out", out.to_str().unwrap()];
    arguments.extend(extra);
    let did = harness(&root(), &arguments);
    let judged = harness(dir, &["judge", "run"]);
    let value: Value = serde_json::from_str(&judged.out).unwrap();
    let requirements = value["requirements"].as_object().unwrap().iter();
    (did, requirements.map(|(id, r)| (id.clone(), r["verdict"].as_str().unwrap().to_owned())).collect())
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
        assert!(text.contains("PREVIEW: Nictiz IZK-conformiteit"), "{text}");
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
    let suite = super::support::suite();
    for number in 1..=8 {
        let case = format!("GBZ-N{number:02}");
        assert!(suite.scenarios.values().any(|s| s.file.cases.contains(&case)), "{case}");
    }
}

#[test]
fn a_candidate_that_says_nothing_of_birth_care_is_asked_for_none() {
    let dir = folder();
    let text = std::fs::read_to_string(root().join("profiles/candidates/reference.yaml")).unwrap();
    let path = dir.path().join("candidate.yaml");
    let without = text.replace("  maternity-record: yes\n", "").replace("  acute-handoff: yes\n", "");
    std::fs::write(&path, without).unwrap();
    let path = path.to_str().unwrap();
    let arguments = ["plan", "--candidate", path, "--zorgtoepassing", "geboortezorg", "--format", "json"];
    let did = harness(&root(), &arguments);
    let plan: Value = serde_json::from_str(&did.out).unwrap_or_else(|e| panic!("{e}: {}{}", did.out, did.err));
    assert_eq!(plan["cases"], serde_json::json!([]));
}
