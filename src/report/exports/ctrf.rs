//! Common Test Report Format: one test a requirement, by the schema of its version 0.0.
//!
//! CTRF knows passed, failed, skipped, pending and other. What neither passed nor failed is `other`, also what a declared
//! deviation covers and what held in a later attempt only; the verdict itself stands in `rawStatus`. The time of a test
//! is that of the scenarios which show it, so that one scenario counts for several tests; the summary has the true time.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::common::{epoch, message, name, properties, run_properties, uuid, verdict};
use crate::base::text::Language;
use crate::evidence::Evidence;
use crate::evidence::model::RequirementResult;
use crate::report::plain::line;
use crate::report::view::Speech;
use crate::report::view::mark::Mark;
use crate::report::words::words;

/// The document.
pub fn document(evidence: &Evidence, language: Language) -> Value {
    let speech = Speech { language, words: words(language) };
    let tests: Vec<Value> = evidence.requirements.iter().map(|r| test(evidence, r, speech)).collect();
    let number = |wanted: &str| evidence.requirements.iter().filter(|r| status(r) == wanted).count();
    let flaky = evidence.requirements.iter().filter(|r| Mark::of(r.verdict) == Mark::Flaky).count();
    json!({
        "reportFormat": "CTRF",
        "specVersion": "0.0.0",
        "reportId": uuid(evidence, "ctrf"),
        "generatedBy": "twiin-harness",
        "results": {
            "tool": { "name": "twiin-harness", "version": line(&evidence.harness.version) },
            "summary": {
                "tests": tests.len(),
                "passed": number("passed"),
                "failed": number("failed"),
                "skipped": number("skipped"),
                "pending": 0,
                "other": number("other"),
                "flaky": flaky,
                "start": epoch(&evidence.started),
                "stop": epoch(&evidence.ended),
            },
            "tests": tests,
        },
        "extra": run_properties(evidence, speech),
    })
}

fn status(requirement: &RequirementResult) -> &'static str {
    match Mark::of(requirement.verdict) {
        Mark::Pass | Mark::Warn => "passed",
        Mark::Fail if !requirement.is_waived() => "failed",
        Mark::NotTested => "skipped",
        Mark::Fail | Mark::Flaky | Mark::Inconclusive | Mark::Error => "other",
    }
}

fn test(evidence: &Evidence, requirement: &RequirementResult, speech: Speech) -> Value {
    let cases: BTreeSet<&str> = requirement.findings.iter().map(|f| f.case.as_str()).collect();
    let took: u64 = evidence.cases.iter().filter(|c| cases.contains(c.id.as_str())).map(|c| c.duration_ms).sum();
    let mut test = Map::new();
    test.insert("name".into(), json!(name(requirement, speech)));
    test.insert("status".into(), json!(status(requirement)));
    test.insert("duration".into(), json!(took));
    test.insert("rawStatus".into(), json!(verdict(requirement)));
    test.insert("type".into(), json!("conformance"));
    let suite = [line(&requirement.zorgtoepassing), line(&requirement.function)];
    test.insert("suite".into(), json!(suite));
    test.insert("tags".into(), json!([line(&requirement.level), line(&requirement.authority)]));
    let message = message(requirement, speech);
    if !message.is_empty() {
        test.insert("message".into(), json!(message));
    }
    if let Some(place) = &requirement.place {
        test.insert("filePath".into(), json!(line(&place.path)));
        test.insert("line".into(), json!(place.line));
    }
    if Mark::of(requirement.verdict) == Mark::Flaky {
        test.insert("flaky".into(), json!(true));
    }
    test.insert("extra".into(), Value::Object(properties(requirement, speech)));
    Value::Object(test)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::report::sample;

    /// What the published schema demands of the members that are written here: nothing else is allowed.
    fn demands() -> Value {
        let (text, whole) = (json!({"type": "string"}), json!({"type": "integer"}));
        let closed = |required: Value, properties: Value| json!({"type": "object", "required": required, "properties": properties, "additionalProperties": false});
        let test = closed(
            json!(["name", "status", "duration"]),
            json!({
                "name": {"type": "string", "minLength": 1},
                "status": {"enum": ["passed", "failed", "skipped", "pending", "other"]},
                "duration": whole, "rawStatus": text, "type": text, "message": text, "filePath": text, "line": whole,
                "suite": {"type": "array", "minItems": 1, "items": text}, "tags": {"type": "array", "items": text},
                "flaky": {"type": "boolean"}, "extra": {"type": "object"},
            }),
        );
        let summary = closed(
            json!(["tests", "passed", "failed", "skipped", "pending", "other", "start", "stop"]),
            json!({"tests": whole, "passed": whole, "failed": whole, "skipped": whole, "pending": whole, "other": whole,
                "flaky": whole, "start": whole, "stop": whole}),
        );
        let tool = closed(json!(["name"]), json!({"name": {"type": "string", "minLength": 1}, "version": text}));
        let results = closed(
            json!(["tool", "summary", "tests"]),
            json!({"tool": tool, "summary": summary, "tests": {"type": "array", "items": test}}),
        );
        closed(
            json!(["results", "reportFormat", "specVersion"]),
            json!({
                "reportFormat": {"const": "CTRF"}, "specVersion": {"pattern": "^[0-9]+\\.[0-9]+\\.[0-9]+$"},
                "reportId": {"type": "string", "pattern": "^[0-9a-f-]{36}$"}, "generatedBy": text,
                "results": results, "extra": {"type": "object"},
            }),
        )
    }

    #[test]
    fn the_sample_meets_what_the_schema_demands() {
        let validator = jsonschema::validator_for(&demands()).unwrap();
        let document = document(&sample::evidence(), Language::En);
        let faults: Vec<String> = validator.iter_errors(&document).map(|e| e.to_string()).collect();
        assert_eq!(faults, Vec::<String>::new());
    }

    #[test]
    fn numbers_add_up_and_what_is_open_is_never_passed() {
        let sample = sample::evidence();
        let document = document(&sample, Language::Nl);
        let summary = &document["results"]["summary"];
        let all: u64 = ["passed", "failed", "skipped", "other"].iter().map(|s| summary[*s].as_u64().unwrap()).sum();
        assert_eq!(all, sample.requirements.len() as u64);
        for test in document["results"]["tests"].as_array().unwrap() {
            let open = !matches!(test["rawStatus"].as_str().unwrap(), "pass" | "warn");
            assert!(!(open && test["status"] == "passed"), "{test}");
        }
        assert!(summary["other"].as_u64().unwrap() >= 3);
    }
}
