//! Rules about the tool, its evidence and the policy of releases, which the tool itself enforces; and that each row of the
//! catalogue that says to be shown by a test names one that exists.

use std::path::{Path, PathBuf};

use serde_json::Value;
use twiin_harness::evidence::folder;

use super::support::{copy, folder as temporary, harness, root, suite};

fn evidence(out: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(out.join(folder::EVIDENCE)).unwrap()).unwrap()
}

/// A small self-test.
fn small(extra: &[&str]) -> (super::support::Did, Value) {
    let dir = temporary();
    let out = dir.path().join("run");
    let mut arguments = vec!["run", "--quiet", "--only", "TK-07-09", "--out", out.to_str().unwrap()];
    arguments.extend(extra);
    let did = harness(&root(), &arguments);
    let evidence = if out.join(folder::EVIDENCE).exists() { evidence(&out) } else { Value::Null };
    (did, evidence)
}

/// The reference candidate with a change, run from its own folder.
fn with_candidate(from: &str, to: &str) -> super::support::Did {
    let text = std::fs::read_to_string(root().join("profiles/candidates/reference.yaml")).unwrap();
    assert!(text.contains(from), "{from}");
    let dir = temporary();
    let path = dir.path().join("candidate.yaml");
    std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
    harness(&root(), &["run", "--quiet", "--candidate", path.to_str().unwrap()])
}

/// What `lint` says of the shipped suite with one file changed.
fn linted(path: &str, from: &str, to: &str) -> super::support::Did {
    let dir = temporary();
    for part in ["scenarios", "profiles"] {
        copy(&root().join(part), &dir.path().join(part));
    }
    let file = dir.path().join(path);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains(from), "{from}");
    std::fs::write(&file, text.replacen(from, to, 1)).unwrap();
    harness(dir.path(), &["lint"])
}

#[test]
fn evidence_names_one_product_version_zorgtoepassing_and_release() {
    let (did, evidence) = small(&["--zorgtoepassing", "bgz", "--release", "1.4"]);
    assert_eq!(did.code, 0, "{}", did.err);
    assert_eq!(evidence["scope"]["release"], "1.4");
    assert_eq!(evidence["scope"]["zorgtoepassingen"], serde_json::json!(["bgz"]));
    assert_eq!(evidence["candidate"]["subject"], "gtk");
    assert!(evidence["candidate"]["version"].is_string());
    assert_eq!(small(&["--release", "1.9"]).0.code, 2, "a release that nobody knows is refused");
}

#[test]
fn evidence_on_an_expired_release_is_marked_and_on_the_newest_is_not() {
    let (_, old) = small(&["--release", "1.3.1"]);
    assert_eq!(old["scope"]["standing"]["standing"], "expired");
    assert!(old["scope"]["standing"]["text"]["nl"].as_str().unwrap().contains("verlopen release"));
    let (did, _) = small(&["--release", "1.3.1"]);
    assert!(did.out.contains("verlopen release"), "{}", did.out);
    let (did, new) = small(&["--release", "1.5"]);
    assert_eq!(new["scope"]["standing"]["standing"], "current");
    assert!(!did.out.contains("verlopen release"));
}

#[test]
fn a_release_that_is_no_number_is_a_fault() {
    let did = linted("profiles/releases/1.4.yaml", "release: \"1.4\"", "release: \"1.4-beta\"");
    assert_eq!(did.code, 2);
    assert!(did.err.contains("is no release number"), "{}", did.err);
}

#[test]
fn a_zorgtoepassing_of_another_major_than_the_release_is_a_fault() {
    let with = |version: &str| {
        let line = format!("version: \"{version}\"\ndefault-release:");
        linted("profiles/bgz.yaml", "default-release:", &line)
    };
    let did = with("2.0");
    assert_eq!(did.code, 2);
    assert!(did.err.contains("no major in common"), "{}", did.err);
    assert_eq!(with("1.0").code, 0, "the same major is right");
}

#[test]
fn a_requirement_that_the_profile_does_not_select_is_not_in_the_evidence() {
    let (_, evidence) = small(&["--zorgtoepassing", "bgz"]);
    let suite = suite();
    let binds = &suite.profiles["bgz"].profile.binds;
    let requirements = evidence["requirements"].as_array().unwrap();
    assert!(requirements.iter().all(|r| binds.contains(&r["zorgtoepassing"].as_str().unwrap().to_owned())));
    let outside = suite.requirements.values().find(|l| !binds.contains(&l.requirement.zorgtoepassing)).unwrap();
    assert!(requirements.iter().all(|r| r["id"] != outside.requirement.id.as_str()));
}

#[test]
fn endpoints_are_named_by_role_and_scenarios_are_chosen_by_role() {
    let (_, evidence) = small(&["--role", "receiving"]);
    assert_eq!(evidence["scope"]["roles"], serde_json::json!(["receiving"]));
    assert!(evidence["cases"].as_array().unwrap().iter().all(|c| c["role"] == "receiving"));
    let roles: Vec<&str> =
        evidence["candidate"]["endpoints"].as_array().unwrap().iter().map(|e| e["role"].as_str().unwrap()).collect();
    assert!(roles.contains(&"sending") && roles.contains(&"receiving"), "{roles:?}");
}

#[test]
fn an_environment_that_is_called_production_is_refused() {
    let did = with_candidate("environment: test", "environment: production");
    assert_eq!(did.code, 2);
    assert!(did.err.contains("production"), "{}", did.err);
    let dir = temporary();
    let text = std::fs::read_to_string(root().join("profiles/candidates/reference.yaml")).unwrap();
    let path = dir.path().join("candidate.yaml");
    std::fs::write(&path, text.replace("environment: test", "environment: acceptance")).unwrap();
    assert_eq!(harness(&root(), &["lint", path.to_str().unwrap()]).code, 0, "acceptance is right");
}

#[test]
fn a_ura_outside_the_test_list_is_refused_before_anything_is_sent() {
    let did = with_candidate("test-uras: [\"90000001\"", "test-uras: [\"90000009\"");
    assert_eq!(did.code, 2);
    assert!(did.err.contains("use the URA 90000001"), "{}", did.err);
    let did = with_candidate("test-uras: [\"90000001\"", "test-uras: [\"90000009\", \"90000001\"");
    assert!(!did.err.contains("use the URA"), "a URA on the list is used: {}", did.err);
}

#[test]
fn test_data_with_a_number_that_fails_the_eleven_test_is_refused() {
    let dir = temporary();
    let records = root().join("scenarios/bgz/_fixtures/records");
    copy(&records, dir.path());
    let did = |dir: &Path| harness(&root(), &["plan", "--data", dir.to_str().unwrap()]).code;
    assert_eq!(did(dir.path()), 0);
    let run = |dir: &Path, out: &Path| {
        let (data, out) = (dir.to_str().unwrap(), out.to_str().unwrap());
        harness(&root(), &["run", "--quiet", "--only", "TK-07-09", "--data", data, "--out", out])
    };
    let out = temporary();
    assert_eq!(run(dir.path(), &out.path().join("good")).code, 0, "our own records are right");
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("999943145", "999943146")).unwrap();
    }
    let did = run(dir.path(), &out.path().join("wrong"));
    assert_eq!(did.code, 2, "{}", did.out);
    assert!(did.err.contains("fails the eleven test") && !did.err.contains("999943146"), "{}", did.err);
}

/// The source file of a test by its name in the catalogue, and the name of its function.
fn place_of(test: &str) -> Option<(Vec<PathBuf>, String)> {
    let mut parts: Vec<&str> = test.split("::").collect();
    let (kind, name) = (parts.remove(0), parts.pop()?.to_owned());
    let base = match kind {
        "it" => root().join("tests/it"),
        "lib" => root().join("src"),
        "bin" => root().join("src/cli"),
        _ => return None,
    };
    let module: PathBuf = parts.iter().collect();
    let file = base.join(&module).with_extension("rs");
    Some((vec![file, base.join(&module).join("mod.rs"), base.join(&module).join("tests.rs")], name))
}

fn exists(test: &str) -> bool {
    let Some((files, name)) = place_of(test) else { return false };
    let declares = |text: String| {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        let declared = format!("fn {name}(");
        let at = lines.iter().position(|l| l.trim_start_matches("async ").starts_with(&declared));
        let marks_test = |l: &&str| *l == "#[test]" || l.starts_with("#[tokio::test");
        at.is_some_and(|at| lines[at.saturating_sub(2)..at].iter().any(marks_test))
    };
    files.iter().filter_map(|f| std::fs::read_to_string(f).ok()).any(declares)
}

#[test]
fn every_test_that_a_row_of_the_catalogue_names_exists() {
    let suite = suite();
    let named = suite.requirements.values().flat_map(|l| {
        let id = &l.requirement.id;
        l.requirement.shown_by_test.iter().map(move |test| (id, test))
    });
    let lacking: Vec<String> =
        named.clone().filter(|(_, test)| !exists(test)).map(|(id, test)| format!("{id}: {test}")).collect();
    assert!(lacking.is_empty(), "{}", lacking.join("\n"));
    assert!(named.count() > 20);
    for wrong in ["it::own_rules::no_such_test", "lib::suite::nowhere::x", "elsewhere::a::b", "it::own_rules::exists"] {
        assert!(!exists(wrong), "{wrong}");
    }
}
