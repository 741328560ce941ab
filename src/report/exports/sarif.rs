//! SARIF 2.1.0 (OASIS): a rule for every requirement, a result for each that was tested.
//!
//! `level` says how bad a failure is and must be `none` for every other `kind` (section 3.27.10). What is inconclusive is
//! `open`, what is flaky is for `review`, an error of ours is `open` with a notification of the run. A failure that a
//! declared deviation covers has an accepted suppression. What was not tested has no result: its rule says why.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::common::{instant, message, name, properties, run_properties, urn};
use crate::base::digest::sha256;
use crate::base::text::Language;
use crate::evidence::Evidence;
use crate::evidence::model::RequirementResult;
use crate::report::plain::line;
use crate::report::view::mark::Mark;
use crate::report::view::{Speech, papers};
use crate::report::words::words;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// What may stand in the path of a URI as it is (RFC 3986 section 3.3).
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/').remove(b'@');

/// The document.
pub fn document(evidence: &Evidence, language: Language) -> Value {
    let speech = Speech { language, words: words(language) };
    let requirements = || evidence.requirements.iter().enumerate();
    let tested = requirements().filter(|(_, r)| Mark::of(r.verdict) != Mark::NotTested);
    let errors = requirements().filter(|(_, r)| Mark::of(r.verdict) == Mark::Error);
    let notifications: Vec<Value> = errors
        .map(|(at, r)| {
            json!({
                "level": "error",
                "message": { "text": message(r, speech) },
                "associatedRule": { "id": line(&r.id), "index": at },
            })
        })
        .collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "twiin-harness",
                "version": line(&evidence.harness.version),
                "rules": evidence.requirements.iter().map(|r| rule(r, speech)).collect::<Vec<_>>(),
            } },
            "automationDetails": { "id": urn(evidence, "run") },
            "language": language.to_string(),
            "invocations": [{
                "executionSuccessful": evidence.complete && notifications.is_empty(),
                "startTimeUtc": instant(&evidence.started),
                "endTimeUtc": instant(&evidence.ended),
                "toolExecutionNotifications": notifications,
            }],
            "results": tested.map(|(at, r)| result(evidence, r, at, speech)).collect::<Vec<_>>(),
            "properties": run_properties(evidence, speech),
        }],
    })
}

fn rule(requirement: &RequirementResult, speech: Speech) -> Value {
    json!({
        "id": line(&requirement.id),
        "shortDescription": { "text": speech.line(&requirement.title) },
        "fullDescription": { "text": speech.line(&requirement.statement) },
        "defaultConfiguration": { "level": if requirement.level == "must" { "error" } else { "warning" } },
        "properties": properties(requirement, speech),
    })
}

fn result(evidence: &Evidence, requirement: &RequirementResult, at: usize, speech: Speech) -> Value {
    let (kind, level) = match Mark::of(requirement.verdict) {
        Mark::Pass | Mark::NotTested => ("pass", "none"),
        Mark::Warn => ("fail", "warning"),
        Mark::Fail => ("fail", "error"),
        Mark::Flaky => ("review", "none"),
        Mark::Inconclusive | Mark::Error => ("open", "none"),
    };
    let told = message(requirement, speech);
    let told = if told.is_empty() { name(requirement, speech) } else { told };
    let mut result = Map::new();
    result.insert("ruleId".into(), json!(line(&requirement.id)));
    result.insert("ruleIndex".into(), json!(at));
    result.insert("kind".into(), json!(kind));
    result.insert("level".into(), json!(level));
    result.insert("message".into(), json!({ "text": told }));
    if let Some(place) = &requirement.place {
        let folder = evidence.harness.suite.as_deref().unwrap_or_default();
        let uri = utf8_percent_encode(&format!("{folder}{}", place.path), PATH).to_string();
        result.insert(
            "locations".into(),
            json!([{ "physicalLocation": {
                "artifactLocation": { "uri": uri },
                "region": { "startLine": place.line.max(1) },
            } }]),
        );
    }
    let fingerprint = sha256(format!("twiin-harness requirement {}", requirement.id).as_bytes()).0;
    result.insert("partialFingerprints".into(), json!({ "twiinRequirement/v1": fingerprint }));
    if let Some(waived) = papers::waived(requirement, speech).filter(|_| requirement.is_waived()) {
        let suppression = json!([{ "kind": "external", "status": "accepted", "justification": waived }]);
        result.insert("suppressions".into(), suppression);
    }
    result.insert("properties".into(), Value::Object(properties(requirement, speech)));
    Value::Object(result)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::report::sample;

    /// What the published schema demands of the members that are written here.
    fn demands() -> Value {
        let text = json!({"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}, "additionalProperties": false});
        let bag = json!({"type": "object"});
        let time = json!({"type": "string", "pattern": "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$"});
        let level = json!({"enum": ["none", "note", "warning", "error"]});
        let closed = |required: Value, properties: Value| json!({"type": "object", "required": required, "properties": properties, "additionalProperties": false});
        let location = closed(
            json!([]),
            json!({"physicalLocation": closed(json!([]), json!({
                "artifactLocation": closed(json!([]), json!({"uri": {"type": "string", "pattern": "^[A-Za-z0-9._~/%@-]+$"}})),
                "region": closed(json!([]), json!({"startLine": {"type": "integer", "minimum": 1}})),
            }))}),
        );
        let result = closed(
            json!(["message"]),
            json!({
                "ruleId": {"type": "string"}, "ruleIndex": {"type": "integer", "minimum": -1}, "message": text, "level": level,
                "kind": {"enum": ["notApplicable", "pass", "fail", "review", "open", "informational"]},
                "locations": {"type": "array", "items": location}, "properties": bag,
                "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
                "suppressions": {"type": "array", "items": closed(json!(["kind"]), json!({
                    "kind": {"enum": ["inSource", "external"]}, "status": {"enum": ["accepted", "underReview", "rejected"]},
                    "justification": {"type": "string"},
                }))},
            }),
        );
        let rule = closed(
            json!(["id"]),
            json!({"id": {"type": "string"}, "shortDescription": text, "fullDescription": text, "properties": bag,
                "defaultConfiguration": closed(json!([]), json!({"level": level}))}),
        );
        let driver = closed(
            json!(["name"]),
            json!({"name": {"type": "string"}, "version": {"type": "string"},
            "rules": {"type": "array", "uniqueItems": true, "items": rule}}),
        );
        let notification = closed(
            json!(["message"]),
            json!({"level": level, "message": text,
            "associatedRule": closed(json!([]), json!({"id": {"type": "string"}, "index": {"type": "integer"}}))}),
        );
        let invocation = closed(
            json!(["executionSuccessful"]),
            json!({"executionSuccessful": {"type": "boolean"},
            "startTimeUtc": time, "endTimeUtc": time,
            "toolExecutionNotifications": {"type": "array", "items": notification}}),
        );
        let run = closed(
            json!(["tool"]),
            json!({
                "tool": closed(json!(["driver"]), json!({"driver": driver})),
                "automationDetails": closed(json!([]), json!({"id": {"type": "string"}})),
                "language": {"type": "string", "pattern": "^[a-zA-Z]{2}$"}, "properties": bag,
                "invocations": {"type": "array", "items": invocation}, "results": {"type": "array", "items": result},
            }),
        );
        closed(
            json!(["version", "runs"]),
            json!({"$schema": {"type": "string"}, "version": {"const": "2.1.0"}, "runs": {"type": "array", "items": run}}),
        )
    }

    #[test]
    fn the_sample_meets_what_the_schema_demands() {
        let validator = jsonschema::validator_for(&demands()).unwrap();
        let document = document(&sample::evidence(), Language::Nl);
        let faults: Vec<String> = validator.iter_errors(&document).map(|e| e.to_string()).collect();
        assert_eq!(faults, Vec::<String>::new());
    }

    #[test]
    fn a_level_stands_with_failures_only_and_every_result_names_its_rule() {
        let document = document(&sample::evidence(), Language::En);
        let run = &document["runs"][0];
        for result in run["results"].as_array().unwrap() {
            assert_eq!(result["kind"] == "fail", result["level"] != "none", "{result}");
            let at = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(run["tool"]["driver"]["rules"][at]["id"], result["ruleId"]);
        }
    }

    #[test]
    fn a_covered_failure_is_suppressed_and_an_error_of_ours_is_a_notification() {
        let document = document(&sample::evidence(), Language::En);
        let run = &document["runs"][0];
        let results = run["results"].as_array().unwrap();
        let waived = sample::evidence().requirements.iter().filter(|r| r.is_waived()).count();
        assert_eq!(results.iter().filter(|r| r.get("suppressions").is_some()).count(), waived);
        let invocation = &run["invocations"][0];
        assert_eq!(invocation["toolExecutionNotifications"].as_array().unwrap().len(), 1);
        assert_eq!(invocation["executionSuccessful"], false);
    }
}
