//! Each faulty file gives its message: what, where, and what to do.

use twiin_harness::base::files::FileSet;
use twiin_harness::suite::Suite;

use super::support::{copy, folder, harness, root};

/// The faults of the small suite in `tests/data/faulty/good` with the files of a case laid over it.
fn faults_of(case: &str) -> Vec<String> {
    let data = root().join("tests/data/faulty");
    let mut files = FileSet::default();
    for part in ["good", case] {
        let read = FileSet::from_dir(&data.join(part), &["profiles", "scenarios"]).unwrap();
        read.iter().for_each(|(path, bytes)| files.insert(path, bytes.to_vec()));
    }
    let faults = Suite::load(files).err().unwrap_or_default();
    faults.iter().map(ToString::to_string).collect()
}

#[test]
fn the_small_suite_without_faults_has_none() {
    assert_eq!(faults_of("good"), Vec::<String>::new());
}

#[test]
fn each_faulty_file_gives_its_messages_all_of_them_and_each_of_them_once() {
    let folders = std::fs::read_dir(root().join("tests/data/faulty")).unwrap().map(|f| f.unwrap().path());
    let cases = folders.filter(|p| p.is_dir()).map(|p| p.file_name().unwrap().to_str().unwrap().to_owned());
    for case in cases.filter(|c| c != "good") {
        let faults = faults_of(&case);
        let mut once = faults.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), faults.len(), "{case}: {faults:#?}");
        insta::assert_snapshot!(case, faults.join("\n"));
    }
}

/// The shipped suite in a folder of its own, with one file changed.
fn with(path: &str, edit: impl Fn(&str) -> String) -> super::support::Did {
    let dir = folder();
    for part in ["scenarios", "profiles"] {
        copy(&root().join(part), &dir.path().join(part));
    }
    let file = dir.path().join(path);
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    std::fs::write(&file, edit(&text)).unwrap();
    harness(dir.path(), &["lint"])
}

const SCENARIO: &str = "scenarios/bgz/notified-pull/faulty.yaml";
const GOOD: &str = r#"title: { nl: "t", en: "t" }
candidate: [receiving]
plateaus: [3, 4]
exchange: sending
steps:
  - id: token
    do: { request-token: { purpose: notification } }
expect:
  - of: token
    verifies: [TK-07-09]
    that: { http-status: { one-of: [200] } }
"#;

fn scenario(from: &str, to: &str) -> super::support::Did {
    with(SCENARIO, |_| {
        assert!(GOOD.contains(from), "{from}");
        GOOD.replacen(from, to, 1)
    })
}

#[test]
fn the_good_twin_of_the_faulty_scenarios_has_no_faults() {
    let did = with(SCENARIO, |_| GOOD.to_owned());
    assert_eq!(did.code, 0, "{}", did.err);
}

#[test]
fn an_unknown_word_is_pointed_at_with_the_nearest_one() {
    let did = scenario("http-status", "htp-status");
    assert_eq!(did.code, 2);
    assert!(did.err.contains("faulty.yaml:11:13"), "{}", did.err);
    assert!(did.err.contains("did you mean `http-status`?"), "{}", did.err);
}

#[test]
fn an_unknown_requirement_is_pointed_at_with_the_nearest_one() {
    let did = scenario("TK-07-09", "TK-07-99");
    assert_eq!(did.code, 2);
    assert!(did.err.contains("faulty.yaml:10:16"), "{}", did.err);
    assert!(did.err.contains("unknown requirement `TK-07-99`") && did.err.contains("did you mean"), "{}", did.err);
}

#[test]
fn an_unknown_step_key_type_and_a_broken_file_are_faults() {
    for (from, to, says) in [
        ("of: token", "of: tokens", "unknown step `tokens`"),
        ("plateaus:", "plateau:", "plateau"),
        ("[200]", "[abc]", "abc"),
        ("[200] } }", "[200", "faulty.yaml"),
        ("[3, 4]", "[3, 5]", "there is no plateau 5"),
        ("one-of: [200]", "one-of: []", "cannot fail"),
        ("purpose: notification", "purpose: notification, base: \"${x.y}\"", "no earlier step captures `x.y`"),
        ("candidate: [receiving]", "candidate: [sender]", "sender"),
        ("verifies: [TK-07-09]", "verifies: []", "verifies no requirement"),
    ] {
        let did = scenario(from, to);
        assert_eq!(did.code, 2, "{to}: {}", did.err);
        assert!(did.err.contains(says), "{to}: {}", did.err);
    }
}

#[test]
fn all_faults_of_all_files_are_reported_at_once() {
    let dir = folder();
    for part in ["scenarios", "profiles"] {
        copy(&root().join(part), &dir.path().join(part));
    }
    std::fs::write(dir.path().join("scenarios/bgz/notified-pull/one.yaml"), GOOD.replace("TK-07-09", "TK-XX")).unwrap();
    std::fs::write(dir.path().join("scenarios/bgz/notified-pull/two.yaml"), GOOD.replace("http-status", "nope"))
        .unwrap();
    std::fs::write(dir.path().join("scenarios/bgz/notified-pull/three.yaml"), GOOD.replace("of: token", "of: other"))
        .unwrap();
    let did = harness(dir.path(), &["lint"]);
    assert_eq!(did.code, 2);
    for file in ["one.yaml", "two.yaml", "three.yaml"] {
        assert!(did.err.contains(file), "{file}: {}", did.err);
    }
}

#[test]
fn a_requirement_twice_and_one_that_nobody_shows_are_faults() {
    let row = |id: &str| {
        format!(
            "document: {{ title: t, file: x, licence: l }}\nrequirements:\n  - id: {id}\n    title: {{ nl: a, en: a }}\n    statement: {{ nl: a, en: a }}\n    how: {{ nl: a, en: a }}\n    level: must\n    authority: nen\n    maturity: normative\n    releases: [\"1.5\"]\n    roles: [sending]\n    function: logging\n    zorgtoepassing: generic\n    plateaus: [4]\n    plateau-basis: source\n    verification: automated\n    source: {{ title: t, path: n/a, version: \"1\" }}\n"
        )
    };
    let twice = with("profiles/requirements/x.yaml", |_| row("TK-07-09"));
    assert_eq!(twice.code, 2);
    assert!(twice.err.contains("requirement `TK-07-09` stands twice"), "{}", twice.err);
    let unshown = with("profiles/requirements/x.yaml", |_| row("NEN-X-1"));
    assert!(unshown.err.contains("no scenario shows `NEN-X-1`"), "{}", unshown.err);
}

#[test]
fn a_missing_fixture_is_a_fault_of_the_file_that_names_it() {
    let did = with("profiles/bgz.yaml", |text| text.replace("notification-task.json", "no-such-task.json"));
    assert_eq!(did.code, 2);
    assert!(did.err.contains("profiles/bgz.yaml") && did.err.contains("does not exist"), "{}", did.err);
}

#[test]
fn a_faulty_candidate_file_is_pointed_at() {
    let text = std::fs::read_to_string(root().join("profiles/candidates/reference.yaml")).unwrap();
    let dir = folder();
    for (from, to, says) in [
        ("environment: test", "environment: production", "production"),
        ("\n  start-referral: {", "\n  start-referal: {", "start-referal"),
        ("supplier:", "suplier:", "suplier"),
    ] {
        let path = dir.path().join("candidate.yaml");
        std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
        let did = harness(&root(), &["lint", path.to_str().unwrap()]);
        assert_eq!(did.code, 2, "{to}");
        assert!(did.err.contains(says) && did.err.contains("candidate.yaml:"), "{}", did.err);
    }
}

#[test]
fn all_faults_of_a_candidate_file_are_told_at_once() {
    let mut text = std::fs::read_to_string(root().join("profiles/candidates/reference.yaml")).unwrap();
    for (from, to) in [
        ("environment: test", "environment: production"),
        ("\n  start-referral: {", "\n  start-referal: {"),
        ("supplier:", "suplier:"),
        ("connect-ms: 3000", "connect-ms: soon"),
    ] {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    let dir = folder();
    let path = dir.path().join("candidate.yaml");
    std::fs::write(&path, text).unwrap();
    let did = harness(&root(), &["lint", path.to_str().unwrap()]);
    assert_eq!(did.code, 2);
    for says in ["`production`", "`start-referal`", "`suplier`", "missing field `supplier`", "found `soon`"] {
        assert_eq!(did.err.matches(says).count(), 1, "{says}: {}", did.err);
    }
}
