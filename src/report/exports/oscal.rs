//! OSCAL 1.1 (NIST): assessment results, with an observation for every requirement and a finding for each that was tested.
//!
//! A finding of OSCAL is `satisfied` or `not-satisfied` and nothing else. So only a pass or a warning is satisfied;
//! everything that is open is not satisfied for the reason `other`, with the verdict as a property. What was not tested
//! has an observation and no finding. OSCAL wants an assessment plan: a resource at the end stands in for it.

use serde_json::{Value, json};

use super::common::{instant, message, name, product, uuid, verdict};
use crate::base::text::Language;
use crate::evidence::Evidence;
use crate::evidence::model::RequirementResult;
use crate::report::plain::line;
use crate::report::view::mark::Mark;
use crate::report::view::{Speech, banner, papers};
use crate::report::words::words;

/// Namespace of our own properties.
const NAMESPACE: &str = "urn:twiin-harness:ns:oscal";
/// The version of the format that is written.
const VERSION: &str = "1.1.2";

/// The document.
pub fn document(evidence: &Evidence, language: Language) -> Value {
    let speech = Speech { language, words: words(language) };
    let words = speech.words;
    let label = banner(evidence.kind, words).title;
    let mut result = json!({
        "uuid": uuid(evidence, "result"),
        "title": or_dash(&product(evidence)),
        "description": format!("{label}. {}", words.only_tested),
        "start": instant(&evidence.started),
        "end": instant(&evidence.ended),
        "props": [
            property("kind", &serde_word(&evidence.kind)),
            property("conclusion", &evidence.conclusion.to_string()),
            property("decision-rule", &evidence.decision_rule.id),
            property("complete", if evidence.complete { "yes" } else { "no" }),
            property("run", &evidence.run),
        ],
        "reviewed-controls": { "control-selections": [{ "include-all": {} }] },
    });
    let observations: Vec<Value> = evidence.requirements.iter().map(|r| observation(evidence, r, speech)).collect();
    let tested = evidence.requirements.iter().filter(|r| Mark::of(r.verdict) != Mark::NotTested);
    let findings: Vec<Value> = tested.map(|r| finding(evidence, r, speech)).collect();
    // An empty list is not allowed: what is not there is left out.
    if !observations.is_empty() {
        result["observations"] = Value::Array(observations);
    }
    if !findings.is_empty() {
        result["findings"] = Value::Array(findings);
    }
    json!({ "assessment-results": {
        "uuid": uuid(evidence, "assessment-results"),
        "metadata": {
            "title": format!("{}: {label}", words.title),
            "last-modified": instant(&evidence.ended),
            "version": or_dash(&line(&evidence.run)),
            "oscal-version": VERSION,
        },
        "import-ap": {
            "href": format!("#{}", uuid(evidence, "plan")),
            "remarks": "There is no assessment plan in OSCAL: the suite of the run tells what was tested.",
        },
        "results": [result],
        "back-matter": { "resources": [{
            "uuid": uuid(evidence, "plan"),
            "title": "Suite of twiin-harness",
            "description": format!("twiin-harness {}, Twiin Afsprakenstelsel {}", line(&evidence.harness.version), line(&evidence.scope.release)),
        }] },
    } })
}

fn property(name: &str, value: &str) -> Value {
    json!({ "name": name, "ns": NAMESPACE, "value": or_dash(&line(value)) })
}

/// OSCAL takes no empty text.
fn or_dash(text: &str) -> String {
    if text.trim().is_empty() { "–".to_owned() } else { text.trim().to_owned() }
}

fn serde_word(kind: &crate::evidence::model::Kind) -> String {
    serde_json::to_value(kind).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

fn properties(requirement: &RequirementResult) -> Vec<Value> {
    let mut all = vec![
        property("verdict", verdict(requirement)),
        property("level", &requirement.level),
        property("authority", &requirement.authority),
        property("mode", &requirement.mode),
    ];
    all.extend(
        requirement
            .plateaus
            .iter()
            .map(|p| property(&format!("plateau-{}", p.plateau), <&'static str>::from(p.verdict))),
    );
    if requirement.is_waived() {
        all.push(property("waived", "yes"));
    }
    all
}

fn observation(evidence: &Evidence, requirement: &RequirementResult, speech: Speech) -> Value {
    let told = message(requirement, speech);
    let method = match requirement.mode.as_str() {
        _ if Mark::of(requirement.verdict) == Mark::NotTested => "UNKNOWN",
        "automated" => "TEST",
        _ => "EXAMINE",
    };
    json!({
        "uuid": uuid(evidence, &format!("observation-{}", requirement.id)),
        "title": name(requirement, speech),
        "description": or_dash(if told.is_empty() { Mark::of(requirement.verdict).word(speech.words) } else { &told }),
        "methods": [method],
        "collected": instant(&evidence.ended),
        "props": properties(requirement),
    })
}

fn finding(evidence: &Evidence, requirement: &RequirementResult, speech: Speech) -> Value {
    let (state, reason) = match Mark::of(requirement.verdict) {
        Mark::Pass => ("satisfied", "pass"),
        Mark::Warn => ("satisfied", "other"),
        Mark::Fail => ("not-satisfied", "fail"),
        _ => ("not-satisfied", "other"),
    };
    let remarks = papers::waived(requirement, speech);
    let mut status = json!({ "state": state, "reason": reason });
    if let Some(remarks) = remarks {
        status["remarks"] = json!(remarks);
    }
    json!({
        "uuid": uuid(evidence, &format!("finding-{}", requirement.id)),
        "title": name(requirement, speech),
        "description": or_dash(&speech.line(&requirement.statement)),
        "props": properties(requirement),
        "target": { "type": "objective-id", "target-id": token(&requirement.id), "status": status },
        "related-observations": [{ "observation-uuid": uuid(evidence, &format!("observation-{}", requirement.id)) }],
    })
}

/// An id as OSCAL takes it: a letter first, then letters, digits, dots, hyphens and underscores.
fn token(id: &str) -> String {
    let plain: String = id.chars().map(|c| if c.is_alphanumeric() || "-._".contains(c) { c } else { '-' }).collect();
    if plain.starts_with(|c: char| c.is_alphabetic() || c == '_') { plain } else { format!("_{plain}") }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::report::sample;

    /// What the published schema demands of the members that are written here.
    fn demands() -> Value {
        let uuid = json!({"type": "string", "pattern": "^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[45][0-9A-Fa-f]{3}-[89ABab][0-9A-Fa-f]{3}-[0-9A-Fa-f]{12}$"});
        let time = json!({"type": "string", "pattern": "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$"});
        let text = json!({"type": "string", "pattern": "^\\S(.*\\S)?$"});
        let any = json!({"type": "string", "minLength": 1});
        let token = json!({"type": "string", "pattern": "^(\\p{L}|_)(\\p{L}|\\p{N}|[.\\-_])*$"});
        let closed = |required: Value, properties: Value| json!({"type": "object", "required": required, "properties": properties, "additionalProperties": false});
        let list = |items: Value| json!({"type": "array", "minItems": 1, "items": items});
        let props =
            list(closed(json!(["name", "value"]), json!({"name": token, "ns": {"type": "string"}, "value": text})));
        let observation = closed(
            json!(["uuid", "description", "methods", "collected"]),
            json!({"uuid": uuid, "title": any, "description": any, "collected": time, "props": props,
                "methods": list(json!({"enum": ["EXAMINE", "INTERVIEW", "TEST", "UNKNOWN"]}))}),
        );
        let status = closed(
            json!(["state"]),
            json!({"state": {"enum": ["satisfied", "not-satisfied"]}, "reason": token, "remarks": any}),
        );
        let finding = closed(
            json!(["uuid", "title", "description", "target"]),
            json!({"uuid": uuid, "title": any, "description": any, "props": props,
                "target": closed(json!(["type", "target-id", "status"]), json!({"type": {"enum": ["statement-id", "objective-id"]}, "target-id": token, "status": status})),
                "related-observations": list(closed(json!(["observation-uuid"]), json!({"observation-uuid": uuid})))}),
        );
        let result = closed(
            json!(["uuid", "title", "description", "start", "reviewed-controls"]),
            json!({"uuid": uuid, "title": any, "description": any, "start": time, "end": time, "props": props,
                "reviewed-controls": closed(json!(["control-selections"]), json!({"control-selections": list(closed(json!([]), json!({"include-all": {"type": "object"}})))})),
                "observations": list(observation), "findings": list(finding)}),
        );
        let resource = closed(json!(["uuid"]), json!({"uuid": uuid, "title": any, "description": any}));
        let whole = closed(
            json!(["uuid", "metadata", "import-ap", "results"]),
            json!({"uuid": uuid,
                "metadata": closed(json!(["title", "last-modified", "version", "oscal-version"]), json!({"title": any, "last-modified": time, "version": text, "oscal-version": text})),
                "import-ap": closed(json!(["href"]), json!({"href": {"type": "string"}, "remarks": any})),
                "results": list(result), "back-matter": closed(json!([]), json!({"resources": list(resource)}))}),
        );
        closed(json!(["assessment-results"]), json!({"assessment-results": whole}))
    }

    fn faults(document: &Value) -> Vec<String> {
        let validator = jsonschema::validator_for(&demands()).unwrap();
        validator.iter_errors(document).map(|e| e.to_string()).collect()
    }

    #[test]
    fn the_sample_and_a_run_of_nothing_meet_what_the_schema_demands() {
        let mut sample = sample::evidence();
        assert_eq!(faults(&document(&sample, Language::En)), Vec::<String>::new());
        sample.requirements.clear();
        sample.candidate.product.clear();
        sample.candidate.version.clear();
        assert_eq!(faults(&document(&sample, Language::Nl)), Vec::<String>::new());
    }

    #[test]
    fn what_is_open_is_never_satisfied_and_what_was_not_tested_has_no_finding() {
        let sample = sample::evidence();
        let document = document(&sample, Language::En);
        let result = &document["assessment-results"]["results"][0];
        let findings = result["findings"].as_array().unwrap();
        for finding in findings {
            let verdict = finding["props"][0]["value"].as_str().unwrap();
            let satisfied = finding["target"]["status"]["state"] == "satisfied";
            assert_eq!(satisfied, matches!(verdict, "pass" | "warn"), "{finding}");
        }
        let untested = sample.requirements.iter().filter(|r| Mark::of(r.verdict) == Mark::NotTested).count();
        assert_eq!(findings.len() + untested, result["observations"].as_array().unwrap().len());
        assert!(untested > 0);
    }

    #[test]
    fn ids_become_tokens() {
        assert_eq!(token("NET-5.030-v14"), "NET-5.030-v14");
        assert_eq!(token("9 a/b"), "_9-a-b");
    }
}
