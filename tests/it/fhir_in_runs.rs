//! `run --fhir-package`: what packages say of the resources of a candidate, and that nobody needs them to judge again.

use std::path::Path;

use serde_json::{Value, json};

use super::fhir_material::{package, standard};
use super::support::{Did, folder, harness, root};

const OWN: [&str; 6] =
    ["run", "--quiet", "--role", "sending", "--only", "bgz/notified-pull/gives-everything-that-it-offers"];

/// A standard that has what a searchset is made of, and no resource that stands in one; with or without `Bundle.total`.
fn definitions(with_total: bool) -> Vec<Value> {
    let mut all = standard("3.0.2");
    all.retain(|one| !["Patient", "Observation"].contains(&one["name"].as_str().unwrap()));
    let bundle = all.iter_mut().find(|one| one["name"] == "Bundle").unwrap();
    let elements = bundle["snapshot"]["element"].as_array_mut().unwrap();
    let mut add = |path: &str, max: &str, kind: &str| {
        let path = format!("Bundle.{path}");
        elements.push(json!({"id": path, "path": path, "min": 0, "max": max, "type": [{"code": kind}]}));
    };
    add("entry.search", "1", "BackboneElement");
    add("entry.search.mode", "1", "code");
    add("link", "*", "BackboneElement");
    add("link.relation", "1", "string");
    add("link.url", "1", "uri");
    if with_total {
        add("total", "1", "integer");
    }
    all
}

fn run(dir: &Path, with_total: Option<bool>) -> (Did, Value) {
    let out = dir.join("run");
    let given = dir.join("own.tgz");
    let mut arguments = [&OWN[..], &["--zorgtoepassing", "bgz", "--out", out.to_str().unwrap()]].concat();
    if let Some(with_total) = with_total {
        std::fs::write(&given, package("own.profiles", "1.0.0", "3.0.2", &definitions(with_total))).unwrap();
        arguments.extend(["--fhir-package", given.to_str().unwrap()]);
    }
    let did = harness(&root(), &arguments);
    // Judged again where there is no package.
    std::fs::remove_file(&given).ok();
    let judged = harness(dir, &["judge", "run"]);
    (did, serde_json::from_str(&judged.out).unwrap())
}

fn verdict(judged: &Value) -> &str {
    judged["requirements"]["BGZ-T08"]["verdict"].as_str().unwrap()
}

#[test]
fn what_departs_from_a_definition_fails_whoever_judges_it() {
    let dir = folder();
    let (did, judged) = run(dir.path(), Some(false));
    assert_eq!(did.code, 1, "{}{}", did.out, did.err);
    assert_eq!(verdict(&judged), "fail");
    let transcript = std::fs::read_to_string(dir.path().join("run/transcript.ndjson")).unwrap();
    assert!(transcript.contains("own.profiles@1.0.0") && transcript.contains("\"structure\":{"), "no facts");
    let config = std::fs::read_to_string(dir.path().join("run/run.json")).unwrap();
    assert!(config.contains("\"fhir-packages\"") && config.contains("own.profiles@1.0.0"), "{config}");
}

#[test]
fn what_packages_do_not_define_is_left_open_and_without_packages_it_is_not_asked() {
    let dir = folder();
    let (did, judged) = run(dir.path(), Some(true));
    assert_eq!(verdict(&judged), "inconclusive", "{}", did.out);
    let dir = folder();
    let (did, judged) = run(dir.path(), None);
    assert_eq!(did.code, 0, "{}{}", did.out, did.err);
    assert_eq!(verdict(&judged), "pass");
    assert!(!std::fs::read_to_string(dir.path().join("run/transcript.ndjson")).unwrap().contains("\"structure\":{"));
    let plan = harness(&root(), &["plan", "--zorgtoepassing", "bgz", "--only", "BGZ-T08", "--lang", "en"]);
    assert!(plan.out.contains("in part; missing: fhir-package"), "{}", plan.out);
}

#[test]
fn a_case_is_done_again_when_other_packages_are_given_than_in_the_earlier_bewijs() {
    let dir = folder();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    for (name, with_total) in [("same.tgz", true), ("other.tgz", false)] {
        std::fs::write(path(name), package("own.profiles", "1.0.0", "3.0.2", &definitions(with_total))).unwrap();
    }
    run(dir.path(), Some(true));
    let issue = ["bewijs", "issue", &path("run"), "--soort", "zelftest", "--no-renderings", "--out", &path("earlier")];
    let issued = harness(&root(), &issue);
    assert_eq!(issued.code, 0, "{}", issued.err);
    // Whether the plan names the packages as a reason, and what they are.
    let reasons = |more: &[&str]| {
        let plan = harness(&root(), &[&["plan", "--since", &path("earlier"), "--format", "json"], more].concat());
        let told: Value = serde_json::from_str(&plan.out).unwrap_or_else(|_| panic!("{}{}", plan.out, plan.err));
        let reasons = told["cases"][0]["reasons"].as_array().cloned().unwrap_or_default();
        let others = reasons.into_iter().filter(|reason| reason["why"] == "other-packages");
        others.map(|reason| reason["what"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(reasons(&["--fhir-package", &path("other.tgz")]), ["own.profiles@1.0.0"]);
    assert!(reasons(&["--fhir-package", &path("same.tgz")]).is_empty());
    assert!(reasons(&[]).is_empty(), "nothing is held against packages now");
}

#[test]
fn packages_without_definitions_are_refused_before_anything_is_driven() {
    let dir = folder();
    std::fs::write(dir.path().join("a.tgz"), package("own.profiles", "1.0.0", "3.0.2", &[])).unwrap();
    let out = dir.path().join("run");
    let given = dir.path().join("a.tgz");
    let arguments = [&OWN[..], &["--out", out.to_str().unwrap(), "--fhir-package", given.to_str().unwrap()]].concat();
    let did = harness(&root(), &arguments);
    assert_eq!(did.code, 2, "{}{}", did.out, did.err);
    assert!(did.err.contains("FHIR package") && !out.exists(), "{}", did.err);
}
