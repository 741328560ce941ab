//! What several promises need: the suite, a place to run, and a command line that reads like one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, LazyLock};

pub use super::outside::Simulator;
pub use super::ports::free_port;
use serde_json::Value;
use tempfile::TempDir;
use twiin_harness::base::clock;
use twiin_harness::base::files::FileSet;
use twiin_harness::evidence::folder::{self, Tool};
use twiin_harness::evidence::model::Kind;
use twiin_harness::evidence::sign;
use twiin_harness::net::pki::{Credential, SealFlaw, SealKeys, SealPki, SealSpec};
use twiin_harness::suite::{CandidateFile, Suite};

/// The root of the repository.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The shipped suite, loaded once.
pub fn suite() -> Arc<Suite> {
    static SUITE: LazyLock<Arc<Suite>> = LazyLock::new(|| {
        let files = FileSet::from_dir(&root(), &["scenarios", "profiles"]).unwrap();
        Arc::new(
            Suite::load(files)
                .unwrap_or_else(|faults| panic!("{}", faults.iter().map(|f| format!("{f}\n")).collect::<String>())),
        )
    });
    SUITE.clone()
}

/// The reference candidate.
pub fn reference() -> CandidateFile {
    let text = std::fs::read_to_string(root().join("profiles/candidates/reference.yaml")).unwrap();
    folder::candidate("reference.yaml", &text, false).unwrap()
}

/// What a command did.
pub struct Did {
    /// Exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// The binary that cargo built for these tests.
pub fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_twiin-harness"));
    command.env("NO_COLOR", "1");
    command
}

/// Runs the binary in a folder.
pub fn harness(dir: &Path, arguments: &[&str]) -> Did {
    did(binary().current_dir(dir).args(arguments).output().unwrap())
}

/// An output as text.
pub fn did(output: Output) -> Did {
    Did {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Signs a run folder again that a test changed, as if the run had gone so.
pub fn resign(dir: &Path) {
    static KEY: LazyLock<Credential> = LazyLock::new(|| {
        let pki = SealPki::generate(SealKeys::Ec, clock::now()).unwrap();
        pki.issue(&SealSpec::default(), SealFlaw::None).unwrap()
    });
    let tool = Tool { kind: Kind::SelfTest, binary_sha256: "00".repeat(32) };
    let evidence = folder::load(dir).unwrap().evidence(dir, &tool).unwrap();
    let payload = sign::payload(&evidence).unwrap();
    folder::write(dir, folder::SIGNED, &sign::sign(&payload, tool.kind, &KEY).unwrap()).unwrap();
    folder::write(dir, folder::EVIDENCE, &payload).unwrap();
}

/// A self-test of a zorgtoepassing in the folder `run`: what the command did, and the verdicts by requirement.
pub fn self_test_of(zorgtoepassing: &str, dir: &Path, extra: &[&str]) -> (Did, BTreeMap<String, String>) {
    let out = dir.join("run");
    let mut arguments = vec!["run", "--quiet", "--zorgtoepassing", zorgtoepassing, "--out", out.to_str().unwrap()];
    arguments.extend(extra);
    let did = harness(&root(), &arguments);
    let judged = harness(dir, &["judge", "run"]);
    let value: Value = serde_json::from_str(&judged.out).unwrap();
    let requirements = value["requirements"].as_object().unwrap().iter();
    (did, requirements.map(|(id, r)| (id.clone(), r["verdict"].as_str().unwrap().to_owned())).collect())
}

/// Ids of the cases of a zorgtoepassing that are planned for a reference candidate which does not declare these capabilities.
pub fn planned_without(zorgtoepassing: &str, capabilities: &[&str]) -> Vec<String> {
    let dir = folder();
    let mut text = std::fs::read_to_string(root().join("profiles/candidates/reference.yaml")).unwrap();
    for capability in capabilities {
        let declared = format!("  {capability}: yes\n");
        assert!(text.contains(&declared), "{capability}");
        text = text.replace(&declared, "");
    }
    let path = dir.path().join("candidate.yaml");
    std::fs::write(&path, text).unwrap();
    let arguments =
        ["plan", "--candidate", path.to_str().unwrap(), "--zorgtoepassing", zorgtoepassing, "--format", "json"];
    let did = harness(&root(), &arguments);
    let plan: Value = serde_json::from_str(&did.out).unwrap_or_else(|e| panic!("{e}: {}{}", did.out, did.err));
    let ids = plan["cases"].as_array().unwrap().iter().map(|case| case["case"].as_str().unwrap().to_owned());
    ids.collect()
}

/// That some scenario is about each of the numbered negative cases of a specification.
pub fn has_cases(prefix: &str, last: usize) {
    let suite = suite();
    for number in 1..=last {
        let case = format!("{prefix}{number:02}");
        assert!(suite.scenarios.values().any(|s| s.file.cases.contains(&case)), "{case}");
    }
}

/// A folder that vanishes.
pub fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// Copies a folder.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}
