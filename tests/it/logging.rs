//! A log that is handed in after the run gives the same verdicts as the feed did, and what is wrong in it is found.

use std::path::Path;

use serde_json::{Value, json};
use twiin_harness::evidence::folder;
use twiin_harness::transcript::store;
use twiin_harness::transcript::{Endpoint, EventKind};

use super::support::{Did, folder, harness, reference, root};

const CASE: &str = "generic/logging/logs-what-it-gives-and-sends";

/// The log that a candidate would export of a run: the records of its feed, with the number of the patient that the
/// transcript hides.
fn exported(run: &Path) -> Vec<Value> {
    let fictitious = reference().patients.fictitious;
    let mut numbers = Vec::new();
    let mut records = Vec::new();
    for event in store::read(&run.join(folder::TRANSCRIPT)).unwrap().events {
        match event.event {
            EventKind::CaseStarted { patients, .. } => numbers.extend(patients),
            EventKind::Exchange(e) if e.endpoint == Endpoint::Audit => {
                let mut text = e.request.unwrap().body.json().unwrap().to_string();
                for (mark, label) in &numbers {
                    let at: usize = label.trim_start_matches("fictitious[").trim_end_matches(']').parse().unwrap();
                    text = text.replace(mark, &fictitious[at]);
                }
                records.push(serde_json::from_str(&text).unwrap());
            }
            _ => {}
        }
    }
    records
}

fn reconcile(dir: &Path, name: &str, records: &[Value]) -> Did {
    let log = dir.join(format!("{name}.ndjson"));
    let lines: String = records.iter().map(|r| format!("{r}\n")).collect();
    std::fs::write(&log, lines).unwrap();
    let (log, out) = (log.display().to_string(), dir.join(name).display().to_string());
    harness(dir, &["reconcile", "run", "--log", &log, "--out", &out, "--lang", "en"])
}

#[test]
fn a_log_handed_in_afterwards_is_judged_and_verified_like_the_feed() {
    let dir = folder();
    let run = dir.path().join("run");
    let did = harness(&root(), &["run", "--quiet", "--jobs", "1", "--only", CASE, "--out", run.to_str().unwrap()]);
    assert_eq!(did.code, 0, "{}{}", did.out, did.err);
    let records = exported(&run);
    assert!(records.len() >= 4, "{}", records.len());

    let good = reconcile(dir.path(), "good", &records);
    assert_eq!(good.code, 0, "{}{}", good.out, good.err);
    let kept = std::fs::read_to_string(dir.path().join("good").join(folder::LOG)).unwrap();
    assert!(reference().patients.fictitious.iter().all(|bsn| !kept.contains(bsn)), "no number is kept");
    let verified = harness(dir.path(), &["verify", "good"]);
    assert_eq!(verified.code, 5, "{}{}", verified.out, verified.err);

    let missing = reconcile(dir.path(), "missing", &records[1..]);
    assert_eq!(missing.code, 1, "{}{}", missing.out, missing.err);
    assert!(missing.out.contains("GF-LOG-001"), "{}", missing.out);

    let mut other = records.clone();
    for record in &mut other {
        let text = record.to_string().replace("999943145", "999945270");
        *record = serde_json::from_str(&text).unwrap();
    }
    let wrong = reconcile(dir.path(), "wrong", &other);
    assert_eq!(wrong.code, 1, "{}{}", wrong.out, wrong.err);
    assert!(wrong.out.contains("GF-LOG-008") && !wrong.out.contains("GF-LOG-009"), "{}", wrong.out);
}

#[test]
fn a_file_that_is_no_log_is_a_mistake_of_its_user() {
    let dir = folder();
    let run = dir.path().join("run");
    let did = harness(&root(), &["run", "--quiet", "--only", "TK-07-09", "--out", run.to_str().unwrap()]);
    assert_eq!(did.code, 0, "{}{}", did.out, did.err);
    let did = reconcile(dir.path(), "none", &[json!({"resourceType": "Patient"})]);
    assert_eq!(did.code, 2, "{}", did.err);
    assert!(did.err.contains("AuditEvent"), "{}", did.err);
}
