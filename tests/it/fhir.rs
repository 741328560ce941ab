//! `fhir check`: what conforms, what does not, what stays open, and documents that are bent.

use std::path::Path;

use serde_json::{Value, json};

use super::fhir_material::{OWN, bundle, lines, observation, package, standard, weight};
use super::support::{Did, folder, harness};

/// A folder with a standard of ours, a package of profiles, and the resource `a.json`.
fn place(resource: &Value) -> tempfile::TempDir {
    let dir = folder();
    let write = |name: &str, bytes: &[u8]| std::fs::write(dir.path().join(name), bytes).unwrap();
    write("stu3.ndjson", &lines(&standard("3.0.2")));
    write("r4.ndjson", &lines(&standard("4.0.1")));
    write("own.tgz", &package("own.profiles", "1.0.0", "3.0.2", &weight("3.0.2")));
    write("a.json", resource.to_string().as_bytes());
    dir
}

fn check(dir: &Path, arguments: &[&str]) -> Did {
    let given = ["fhir", "check", "--packages", "store", "--fhir-package", "stu3.ndjson", "--fhir-package", "own.tgz"];
    harness(dir, &[&given, arguments].concat())
}

fn as_json(did: &Did) -> Value {
    serde_json::from_str(&did.out).unwrap_or_else(|_| panic!("{} {}", did.out, did.err))
}

/// Checks a text by itself: exit code, and the codes of the findings.
fn codes(bytes: &[u8]) -> (i32, Vec<String>) {
    let dir = place(&json!({}));
    std::fs::write(dir.path().join("b"), bytes).unwrap();
    let did = check(dir.path(), &["b", "--format", "json"]);
    let found = as_json(&did);
    let findings = found["files"][0]["findings"].as_array().unwrap();
    (did.code, findings.iter().map(|f| f["code"].as_str().unwrap().to_owned()).collect())
}

#[test]
fn what_conforms_is_told_with_the_digests_of_the_definitions() {
    let dir = place(&bundle(3));
    let did = check(dir.path(), &["a.json"]);
    assert_eq!(did.code, 0, "{}", did.out);
    assert!(did.out.contains("a.json: voldoet (fouten: 0, waarschuwingen: 0, niet beoordeeld: 0)"), "{}", did.out);
    assert!(
        did.out.contains("own.profiles@1.0.0 (SHA-256 ") && did.out.contains("stu3.ndjson (SHA-256 "),
        "{}",
        did.out
    );
    assert!(did.out.contains(&format!("{OWN}weight")));
}

#[test]
fn each_departure_is_told_in_both_languages() {
    let mut wrong = observation(1);
    wrong["status"] = json!("amended");
    wrong["colour"] = json!("red");
    wrong.as_object_mut().unwrap().remove("valueInteger");
    wrong["code"]["coding"][0]["system"] = json!("http://elsewhere");
    let dir = place(&wrong);
    let masked = |did: &Did| {
        let sha256 = regex::Regex::new("[0-9a-f]{64}").unwrap();
        sha256.replace_all(&did.out, "…").into_owned()
    };
    let dutch = check(dir.path(), &["a.json"]);
    assert_eq!(dutch.code, 1, "{}", dutch.err);
    insta::assert_snapshot!("fhir-check-nl", masked(&dutch));
    let english = check(dir.path(), &["a.json", "--lang", "en"]);
    insta::assert_snapshot!("fhir-check-en", masked(&english));
}

#[test]
fn what_was_not_evaluated_is_named_and_never_conforms() {
    let mut open = observation(1);
    open["extension"] = json!([{"url": "http://elsewhere/extension", "valueString": "x"}]);
    let dir = place(&open);
    let did = check(dir.path(), &["a.json", "--profile", "http://elsewhere/profile", "--format", "json"]);
    assert_eq!(did.code, 3, "{}", did.out);
    let found = &as_json(&did)["files"][0];
    assert_eq!((&found["result"], &found["findings"]), (&json!("undetermined"), &json!([])));
    let named: Vec<&str> =
        found["not-evaluated"].as_array().unwrap().iter().map(|open| open["what"].as_str().unwrap()).collect();
    for what in ["http://elsewhere/extension", "http://elsewhere/profile"] {
        assert!(named.iter().any(|name| name.contains(what)), "{what}: {named:?}");
    }
    let text = check(dir.path(), &["a.json", "--lang", "en"]);
    assert!(text.out.contains("a.json: undetermined") && !text.out.contains(": conforms"), "{}", text.out);
}

#[test]
fn xml_is_checked_as_json_is() {
    let xml = |code: &str| {
        format!(
            "<Observation xmlns=\"http://hl7.org/fhir\"><status value=\"final\"/><code><coding>\
             <system value=\"http://example.org/codes\"/><code value=\"{code}\"/></coding></code></Observation>"
        )
    };
    assert_eq!(codes(xml("w").as_bytes()), (0, Vec::new()));
    assert_eq!(codes(xml(" w").as_bytes()), (1, vec!["lexical-form".to_owned()]));
}

#[test]
fn bad_input_is_a_finding_and_the_rest_goes_on() {
    let unreadable = (1, vec!["unreadable".to_owned()]);
    for bytes in [
        &b"{\"resourceType\": \"Patient\""[..],
        b"<Patient xmlns=\"http://hl7.org/fhir\"><active></Patient>",
        b"{\"resourceType\": \"Patient\", \"active\": true, \"active\": false}",
        b"{\"resourceType\": \"Patient\", \"name\": [\"caf\xe9\"]}",
        b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><Patient xmlns=\"http://hl7.org/fhir\"/>",
        b"\xff\xfe{\0}\0",
        b"",
        b"\0",
    ] {
        assert_eq!(codes(bytes), unreadable, "{}", String::from_utf8_lossy(bytes));
    }
    assert_eq!(codes(b"{\"resourceType\": \"ServiceRequest\"}"), (1, vec!["wrong-release".to_owned()]));
    let of_r4 = b"{\"resourceType\": \"Patient\", \"contact\": [{\"period\": {}}]}";
    assert_eq!(codes(of_r4), (1, vec!["unknown-element".to_owned()]));
    let other = json!({"resourceType": "Patient", "meta": {"profile": [format!("{OWN}weight")]}});
    assert_eq!(codes(other.to_string().as_bytes()), (1, vec!["wrong-resource-type".to_owned()]));
    let unfilled = b"{\"resourceType\": \"Patient\", \"name\": [\"${DATE, T, D, 1}\"]}";
    assert_eq!(codes(unfilled), (1, vec!["placeholder".to_owned()]));
    let deep = format!("{}{}", "{\"resourceType\":\"Patient\",\"contained\":[".repeat(120), "]}".repeat(120));
    assert_eq!(codes(deep.as_bytes()), unreadable);

    let dir = place(&bundle(1));
    std::fs::write(dir.path().join("b.json"), "{").unwrap();
    let did = check(dir.path(), &["b.json", "a.json"]);
    assert!(
        did.code == 1 && did.out.contains("a.json: voldoet (") && did.out.contains("b.json: voldoet niet"),
        "{}",
        did.out
    );
}

#[test]
fn references_in_a_circle_and_wide_bundles_come_to_an_end() {
    let mut circle = bundle(2);
    circle["entry"][1]["resource"]["contained"] = json!([{"resourceType": "Patient", "id": "p"}]);
    circle["entry"][1]["resource"]["subject"] = json!({"reference": "Observation/o1"});
    circle["entry"][2]["resource"]["subject"] = json!({"reference": "Observation/o0"});
    assert_eq!(codes(circle.to_string().as_bytes()).0, 0);
    assert_eq!(codes(bundle(10_000).to_string().as_bytes()), (0, Vec::new()));
}

#[test]
fn the_release_is_that_of_the_definitions_or_is_asked_for() {
    let dir = place(&json!({"resourceType": "ServiceRequest"}));
    let with = |arguments: &[&str]| {
        harness(dir.path(), &[&["fhir", "check", "a.json", "--packages", "store", "--lang", "en"], arguments].concat())
    };
    let both = with(&["--fhir-package", "stu3.ndjson", "--fhir-package", "r4.ndjson"]);
    assert!(both.code == 2 && both.err.contains("--fhir-release"), "{}", both.err);
    let r4 = with(&["--fhir-package", "stu3.ndjson", "--fhir-package", "r4.ndjson", "--fhir-release", "r4"]);
    assert!(r4.code == 3 && r4.out.starts_with("FHIR R4") && !r4.out.contains("stu3.ndjson"), "{}", r4.out);
    let other = with(&["--fhir-package", "stu3.ndjson", "--fhir-release", "r4"]);
    assert!(other.code == 2 && other.err.contains("definitions of R4"), "{}", other.err);
    let none = with(&[]);
    assert!(none.code == 2 && none.err.contains("packages add hl7.fhir.r3.core@3.0.2"), "{}", none.err);
    let absent = with(&["--fhir-package", "absent.tgz"]);
    assert!(absent.code == 2 && absent.err.contains("absent.tgz"), "{}", absent.err);
    std::fs::write(dir.path().join("bad.tgz"), b"\x1f\x8b\x08").unwrap();
    let damaged = with(&["--fhir-package", "bad.tgz"]);
    assert!(damaged.code == 2 && damaged.err.contains("bad.tgz"), "{}", damaged.err);
    let gone = harness(dir.path(), &["fhir", "check", "gone.json", "a.json", "--fhir-package", "stu3.ndjson"]);
    assert!(gone.code == 2 && gone.err.contains("gone.json"), "{}", gone.err);
    assert!(gone.out.contains("a.json: voldoet niet") && !gone.out.contains("gone.json"), "{}", gone.out);
}

#[test]
fn pinned_packages_and_folders_serve_as_definitions() {
    let dir = place(&bundle(2));
    let add = |id: &str, from: &str| {
        let did = harness(dir.path(), &["packages", "add", id, "--from", from, "--packages", "store"]);
        assert_eq!(did.code, 0, "{}", did.err);
    };
    add("hl7.fhir.r3.core@3.0.2", "stu3.ndjson");
    add("own.profiles@1.0.0", "own.tgz");
    let all = harness(dir.path(), &["fhir", "check", "a.json", "--packages", "store"]);
    assert!(all.code == 0 && all.out.contains("hl7.fhir.r3.core@3.0.2"), "{} {}", all.out, all.err);
    let named = ["fhir", "check", "a.json", "--packages", "store", "--fhir-package", "hl7.fhir.r3.core@3.0.2"];
    let without = harness(dir.path(), &named);
    assert!(without.code == 3 && without.out.contains(&format!("{OWN}weight")), "{}", without.out);
    let unpinned = harness(dir.path(), &[&named[..5], &["--fhir-package", "absent@1.0.0"]].concat());
    assert!(unpinned.code == 2 && unpinned.err.contains("own.profiles@1.0.0"), "{}", unpinned.err);
    let in_folder = dir.path().join("definitions");
    std::fs::create_dir(&in_folder).unwrap();
    for file in ["stu3.ndjson", "own.tgz"] {
        std::fs::copy(dir.path().join(file), in_folder.join(file)).unwrap();
    }
    let folder = harness(dir.path(), &["fhir", "check", "a.json", "--fhir-package", "definitions"]);
    assert_eq!(folder.code, 0, "{} {}", folder.out, folder.err);
}
