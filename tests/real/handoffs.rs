//! Published handoffs of others, served by the reference GtK: what is whole breaks nothing, and what is not is named.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::support;

/// The folder of folders with handoffs that a variable names.
fn material() -> PathBuf {
    PathBuf::from(
        std::env::var_os("TWIIN_HANDOFFS").expect("TWIIN_HANDOFFS has to name a folder of folders with handoffs"),
    )
}

/// A self-test of a sender that serves a folder: exit code, verdicts by requirement, and what was told of errors.
fn served(data: &Path) -> (i32, BTreeMap<String, String>, String) {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    let mut run = support::harness();
    run.args(["run", "--quiet", "--zorgtoepassing", "eoverdracht", "--role", "sending", "--test-day", "2026-11-20"]);
    run.args(["--only", "eoverdracht/empty-post/**", "--data"]).arg(data).arg("--out").arg(&out);
    let did = support::run(&mut run);
    let mut judge = support::harness();
    let judged = support::run(judge.arg("judge").arg(&out));
    let value: Value = serde_json::from_slice(&judged.stdout).unwrap_or_default();
    let all = value["requirements"].as_object().into_iter().flatten();
    let verdicts = all.map(|(id, r)| (id.clone(), r["verdict"].as_str().unwrap().to_owned())).collect();
    (did.status.code().unwrap(), verdicts, String::from_utf8_lossy(&did.stderr).into_owned())
}

fn with(verdicts: &BTreeMap<String, String>, verdict: &str) -> Vec<String> {
    verdicts.iter().filter(|(_, v)| v.as_str() == verdict).map(|(id, _)| id.clone()).collect()
}

#[test]
#[ignore = "needs handoffs of others, named by TWIIN_HANDOFFS"]
fn a_complete_handoff_breaks_nothing_and_one_without_care_plan_is_warned() {
    for (name, warns) in [("v4.0-cert-1_1b", vec![]), ("v4.0-val-1_4b", vec!["EOV-037".to_owned()])] {
        let (code, verdicts, err) = served(&material().join(name));
        assert_ne!(code, 1, "{name}: {err}");
        assert!(verdicts.len() > 50, "{name}: {err}");
        assert!(with(&verdicts, "fail").is_empty(), "{name}: {verdicts:?}");
        assert_eq!(with(&verdicts, "warn"), warns, "{name}");
    }
}

#[test]
#[ignore = "needs handoffs of others, named by TWIIN_HANDOFFS"]
fn each_defective_task_is_named_and_nothing_breaks() {
    for file in std::fs::read_dir(material().join("known-defective")).unwrap().flatten() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::copy(file.path(), dir.path().join(file.file_name())).unwrap();
        let (code, _, err) = served(dir.path());
        assert_eq!(code, 2, "{:?}", file.file_name());
        assert!(!err.contains("panicked"), "{err}");
    }
}
