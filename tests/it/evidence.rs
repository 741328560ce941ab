//! Evidence: it verifies as it was made, and any change is refused.

use std::path::Path;

use twiin_harness::evidence::folder;
use twiin_harness::evidence::verify::{Status, verify};

use super::support::{copy, folder, harness, root};

/// A small self-test in a folder.
fn small_run(dir: &Path, extra: &[&str]) -> super::support::Did {
    let out = dir.join("run");
    let mut arguments = vec!["run", "--quiet", "--only", "TK-07-09", "--out", out.to_str().unwrap()];
    arguments.extend(extra);
    harness(&root(), &arguments)
}

#[test]
fn a_self_test_verifies_as_a_self_test_and_nothing_more() {
    let dir = folder();
    let run = small_run(dir.path(), &[]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let verified = harness(dir.path(), &["verify", "run"]);
    assert_eq!(verified.code, 5, "{}{}", verified.out, verified.err);
    let by_file = harness(dir.path(), &["verify", "run/evidence.jws.json"]);
    assert_eq!(by_file.code, 5, "{}", by_file.out);
    let html = std::fs::read_to_string(dir.path().join("run/report.html")).unwrap();
    assert!(html.contains("Zelftest – geen Bewijs van Validatie"));
}

#[test]
fn a_self_test_with_a_deviation_fails_and_is_still_a_self_test() {
    let dir = folder();
    let run = small_run(dir.path(), &["--deviation", "token-response-without-type"]);
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    assert_eq!(harness(dir.path(), &["verify", "run"]).code, 5);
}

#[test]
fn any_changed_byte_of_the_signed_file_is_refused() {
    let dir = folder();
    assert_eq!(small_run(dir.path(), &[]).code, 0);
    let run = dir.path().join("run");
    let path = run.join(folder::SIGNED);
    let good = std::fs::read(&path).unwrap();
    assert_eq!(verify(&run, &[]).unwrap().status, Status::SelfTest);
    let tail = good.len() - 4000;
    // Every byte of header and signature, and a sample of the payload, whose bytes are all under the same hash.
    for at in (0..good.len()).filter(|at| *at > tail || at % 211 == 0 || *at < 20) {
        let mut bad = good.clone();
        bad[at] ^= 1;
        std::fs::write(&path, &bad).unwrap();
        assert_eq!(verify(&run, &[]).unwrap().status, Status::Invalid, "byte {at}");
    }
    for cut in [1, 10, good.len() / 2] {
        std::fs::write(&path, &good[..good.len() - cut]).unwrap();
        assert_eq!(verify(&run, &[]).unwrap().status, Status::Invalid, "cut by {cut}");
    }
    let mut longer = good.clone();
    longer.push(b' ');
    std::fs::write(&path, &longer).unwrap();
    assert_eq!(verify(&run, &[]).unwrap().status, Status::Invalid);
    std::fs::write(&path, &good).unwrap();
    assert_eq!(verify(&run, &[]).unwrap().status, Status::SelfTest);
}

#[test]
fn any_changed_missing_or_extra_file_is_refused() {
    let dir = folder();
    assert_eq!(small_run(dir.path(), &[]).code, 0);
    let run = dir.path().join("run");
    let evidence: twiin_harness::evidence::Evidence =
        serde_json::from_slice(&std::fs::read(run.join(folder::EVIDENCE)).unwrap()).unwrap();
    let mut names: Vec<String> = evidence.inputs.iter().map(|i| i.path.clone()).collect();
    names.push(folder::EVIDENCE.to_owned());
    for name in names {
        let path = run.join(&name);
        let good = std::fs::read(&path).unwrap();
        for at in [0, good.len() / 2, good.len() - 1] {
            let mut bad = good.clone();
            bad[at] ^= 1;
            std::fs::write(&path, &bad).unwrap();
            assert_eq!(verify(&run, &[]).unwrap().status, Status::Invalid, "{name} byte {at}");
        }
        std::fs::remove_file(&path).unwrap();
        assert_eq!(verify(&run, &[]).unwrap().status, Status::Invalid, "{name} missing");
        std::fs::write(&path, &good).unwrap();
    }
    std::fs::write(run.join("pack/scenarios/extra.yaml"), "x").unwrap();
    assert_eq!(verify(&run, &[]).unwrap().status, Status::Invalid, "an extra file");
    std::fs::remove_file(run.join("pack/scenarios/extra.yaml")).unwrap();
    assert_eq!(verify(&run, &[]).unwrap().status, Status::SelfTest);
}

#[test]
fn judging_a_stored_transcript_again_gives_the_same_bytes() {
    let dir = folder();
    assert_eq!(small_run(dir.path(), &[]).code, 0);
    let first = harness(dir.path(), &["judge", "run"]);
    assert_eq!(first.code, 0, "{}", first.err);
    copy(&dir.path().join("run"), &dir.path().join("elsewhere"));
    let second = harness(dir.path(), &["judge", "elsewhere"]);
    assert_eq!(first.out, second.out);
}

#[test]
fn a_run_that_died_keeps_its_transcript_and_can_be_judged() {
    let dir = folder();
    assert_eq!(small_run(dir.path(), &[]).code, 0);
    let path = dir.path().join("run").join(folder::TRANSCRIPT);
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() * 2 / 3]).unwrap();
    let judged = harness(dir.path(), &["judge", "run"]);
    assert_eq!(judged.code, 3, "{}", judged.err);
    assert!(judged.out.contains("\"complete\": false"), "{}", judged.out);
}

#[test]
fn evidence_satisfies_its_published_schema() {
    let dir = folder();
    assert_eq!(small_run(dir.path(), &["--deviation", "token-response-without-type"]).code, 1);
    let schema: serde_json::Value =
        serde_json::from_slice(&std::fs::read(root().join("reports/schema/evidence-3.json")).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut evidence: serde_json::Value =
        serde_json::from_slice(&std::fs::read(dir.path().join("run").join(folder::EVIDENCE)).unwrap()).unwrap();
    let faults: Vec<String> = validator.iter_errors(&evidence).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(faults.is_empty(), "{faults:?}");
    evidence["invented"] = serde_json::json!(1);
    assert!(!validator.is_valid(&evidence));
}

#[test]
fn no_secret_and_no_citizen_number_is_left_in_a_run_folder() {
    let dir = folder();
    let out = dir.path().join("run");
    let run = harness(&root(), &["run", "--quiet", "--only", "bgz/notified-pull/*", "--out", out.to_str().unwrap()]);
    assert!([0, 1, 3].contains(&run.code), "{}", run.err);
    let transcript = std::fs::read_to_string(out.join(folder::TRANSCRIPT)).unwrap();
    let candidate = super::support::reference();
    for bsn in &candidate.patients.fictitious {
        assert!(!transcript.contains(bsn.as_str()), "{bsn}");
    }
    for name in ["Verzonnen", "Aaltje", "PRIVATE KEY", "eyJ"] {
        assert!(!transcript.contains(name), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_ends_cleanly_and_says_that_it_is_incomplete() {
    let dir = folder();
    let out = dir.path().join("run");
    let mut child = super::support::binary()
        .current_dir(root())
        .args(["run", "--quiet", "--jobs", "1", "--out", out.to_str().unwrap()])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    // Interrupted while it works: the first lines of its transcript are there, the last is not.
    let lines = || std::fs::read_to_string(out.join(folder::TRANSCRIPT)).map_or(0, |t| t.lines().count());
    while lines() < 30 {
        assert!(child.try_wait().unwrap().is_none(), "the run ended before it could be interrupted");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(3));
    let evidence: twiin_harness::evidence::Evidence =
        serde_json::from_slice(&std::fs::read(out.join(folder::EVIDENCE)).unwrap()).unwrap();
    assert!(!evidence.complete);
    assert_eq!(verify(&out, &[]).unwrap().status, Status::SelfTest);
    assert_eq!(harness(dir.path(), &["judge", "run"]).code, 3);
}
