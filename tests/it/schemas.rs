//! The schemas that editors read are those of the types that are loaded, and the shipped files follow them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use strum::IntoEnumIterator as _;
use twiin_harness::base::diagnostic::SourceFile;
use twiin_harness::suite::parse_yaml;
use twiin_harness::suite::schema::{FileKind, editor_line};

use super::support::{folder, harness, root, suite};

/// Files that follow no schema: tables of the simulator, which nobody writes by hand.
const TABLES: [&str; 1] = ["profiles/fhir/stu3-search.yaml"];

/// Every shipped YAML file with its kind and text.
fn shipped() -> Vec<(String, FileKind, String)> {
    let suite = suite();
    let mut named = BTreeMap::new();
    for profile in suite.profiles.values().map(|p| &p.profile) {
        if let Some(fhir) = &profile.fhir {
            named.insert(fhir.queries.clone(), FileKind::Queries);
            named.insert(fhir.reduced_profiles.clone(), FileKind::ReducedProfiles);
            named.extend(fhir.compositions.clone().map(|path| (path, FileKind::Compositions)));
        }
        named.extend(profile.role_codes.clone().map(|path| (path, FileKind::RoleCodes)));
        named.extend(profile.authorization_matrix.clone().map(|path| (path, FileKind::AuthorizationMatrix)));
        named.insert(profile.logging.clone(), FileKind::Logging);
    }
    let yaml = suite.files.iter().filter(|(path, _)| path.ends_with(".yaml") && !TABLES.contains(path));
    yaml.map(|(path, bytes)| {
        let kind = FileKind::of(path).or(named.get(path).copied());
        let kind = kind.unwrap_or_else(|| panic!("{path}: no kind of file is known for this place"));
        (path.to_owned(), kind, String::from_utf8(bytes.to_vec()).unwrap())
    })
    .collect()
}

fn value(path: &str, text: &str) -> Value {
    let source = Arc::new(SourceFile { path: path.to_owned(), text: text.to_owned() });
    parse_yaml(&source).unwrap_or_else(|fault| panic!("{fault}"))
}

#[test]
fn the_committed_schemas_are_those_of_the_types() {
    for kind in FileKind::iter() {
        let committed = std::fs::read_to_string(root().join(kind.schema_path())).unwrap_or_default();
        let path = kind.schema_path();
        assert!(committed == kind.schema_text(), "{path} is old: `twiin-harness schema {kind} > {path}` renews it");
    }
}

#[test]
fn the_command_prints_the_schema_and_knows_no_other() {
    let did = harness(&root(), &["schema", "scenario"]);
    assert_eq!((did.code, did.out), (0, FileKind::Scenario.schema_text()));
    let wrong = harness(&root(), &["schema", "scenarios"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.contains("scenario"), "{}", wrong.err);
}

#[test]
fn every_shipped_file_follows_its_schema_and_a_wrong_key_does_not() {
    let schemas: BTreeMap<FileKind, jsonschema::Validator> =
        FileKind::iter().map(|kind| (kind, jsonschema::validator_for(&kind.schema()).unwrap())).collect();
    for (path, kind, text) in shipped() {
        let schema = &schemas[&kind];
        let mut value = value(&path, &text);
        let faults: Vec<String> =
            schema.iter_errors(&value).map(|e| format!("{}: {e:.200}", e.instance_path())).collect();
        assert!(faults.is_empty(), "{path}: {faults:#?}");
        value["no-such-key"] = Value::Null;
        assert!(!schema.is_valid(&value), "{path}: a wrong key is let through");
    }
}

#[test]
fn every_shipped_file_names_its_schema_in_its_first_line() {
    let lacking: Vec<String> = shipped()
        .into_iter()
        .map(|(path, kind, text)| (editor_line(kind, &path), path, text))
        .filter(|(line, _, text)| text.lines().next() != Some(line))
        .map(|(line, path, _)| format!("{path}: add as first line\n{line}"))
        .collect();
    assert!(lacking.is_empty(), "{}", lacking.join("\n"));
}

#[test]
fn a_schema_says_what_words_mean_and_how_ids_look() {
    let schema = FileKind::Scenario.schema();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    let words = schema["$defs"]["Check"]["oneOf"].as_array().unwrap();
    let status = words.iter().find(|w| w["required"][0] == "http-status").unwrap();
    assert_eq!(status["description"], "The HTTP status is one of a list.");
    assert_eq!(status["additionalProperties"], false);
    assert!(schema["$defs"]["RequirementId"]["pattern"].is_string());
    assert_eq!(schema["$defs"]["Path"]["type"], "string");
}

#[test]
fn init_writes_a_candidate_file_that_knows_its_schema() {
    let dir = folder();
    let did = harness(&root(), &["init", dir.path().join("x").to_str().unwrap()]);
    assert_eq!(did.code, 0, "{}", did.err);
    let text = std::fs::read_to_string(dir.path().join("x/candidate.yaml")).unwrap();
    assert_eq!(text.lines().next(), Some("# yaml-language-server: $schema=candidate.schema.json"));
    assert_eq!(text.matches("yaml-language-server").count(), 1);
    let schema = std::fs::read_to_string(dir.path().join("x/candidate.schema.json")).unwrap();
    assert_eq!(schema, FileKind::Candidate.schema_text());
}
