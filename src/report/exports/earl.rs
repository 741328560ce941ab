//! Evaluation and Report Language 1.0 (W3C), as JSON-LD with its own context: one assertion a requirement.
//!
//! EARL is the one format with words for nearly all that the evidence says: `cantTell` for what is open, `untested`,
//! and a mode. A warning is `passed`, since nothing that counts was broken; flaky is `cantTell`, and so is an error of
//! ours. What EARL has no term for stands under `twiin:`, a name of our own.

use serde_json::{Map, Value, json};

use super::common::{instant, message, product, properties, run_properties, urn};
use crate::base::text::Language;
use crate::evidence::Evidence;
use crate::evidence::model::RequirementResult;
use crate::report::plain::line;
use crate::report::view::Speech;
use crate::report::view::mark::Mark;
use crate::report::words::words;

/// Where terms of our own live: a name, and no address of anything.
const OWN: &str = "urn:twiin-harness:term:";

/// The document.
pub fn document(evidence: &Evidence, language: Language) -> Value {
    let speech = Speech { language, words: words(language) };
    let candidate = json!({
        "@id": urn(evidence, "candidate"),
        "@type": ["earl:TestSubject", "earl:Software"],
        "dct:title": product(evidence),
        "dct:hasVersion": line(&evidence.candidate.version),
    });
    let harness = json!({
        "@id": urn(evidence, "harness"),
        "@type": ["earl:Assertor", "earl:Software"],
        "dct:title": "twiin-harness",
        "dct:hasVersion": line(&evidence.harness.version),
    });
    let run = json!({
        "@id": urn(evidence, "run"),
        "dct:title": crate::report::view::banner(evidence.kind, speech.words).title,
        "dct:date": { "@value": instant(&evidence.ended), "@type": "xsd:dateTime" },
        "twiin:about": { "@value": run_properties(evidence, speech), "@type": "@json" },
    });
    let mut graph = vec![run, harness, candidate];
    graph.extend(evidence.requirements.iter().map(|r| criterion(evidence, r, speech)));
    graph.extend(evidence.requirements.iter().map(|r| assertion(evidence, r, speech)));
    json!({
        "@context": {
            "earl": "http://www.w3.org/ns/earl#",
            "dct": "http://purl.org/dc/terms/",
            "xsd": "http://www.w3.org/2001/XMLSchema#",
            "twiin": OWN,
        },
        "@graph": graph,
    })
}

fn criterion(evidence: &Evidence, requirement: &RequirementResult, speech: Speech) -> Value {
    json!({
        "@id": urn(evidence, &format!("requirement-{}", requirement.id)),
        "@type": "earl:TestRequirement",
        "dct:identifier": line(&requirement.id),
        "dct:title": { "@value": speech.line(&requirement.title), "@language": speech.language.to_string() },
        "dct:description": { "@value": speech.line(&requirement.statement), "@language": speech.language.to_string() },
        "dct:source": line(&requirement.source.title),
    })
}

fn assertion(evidence: &Evidence, requirement: &RequirementResult, speech: Speech) -> Value {
    let mut result = Map::new();
    result.insert("@type".into(), json!("earl:TestResult"));
    result.insert("earl:outcome".into(), json!({ "@id": outcome(requirement) }));
    result.insert("dct:date".into(), json!({ "@value": instant(&evidence.ended), "@type": "xsd:dateTime" }));
    let message = message(requirement, speech);
    if !message.is_empty() {
        let text = json!({ "@value": message, "@language": speech.language.to_string() });
        result.insert("dct:description".into(), text);
    }
    json!({
        "@id": urn(evidence, &format!("assertion-{}", requirement.id)),
        "@type": "earl:Assertion",
        "earl:assertedBy": { "@id": urn(evidence, "harness") },
        "earl:subject": { "@id": urn(evidence, "candidate") },
        "earl:test": { "@id": urn(evidence, &format!("requirement-{}", requirement.id)) },
        "earl:mode": { "@id": mode(requirement) },
        "earl:result": result,
        "twiin:about": { "@value": properties(requirement, speech), "@type": "@json" },
    })
}

fn outcome(requirement: &RequirementResult) -> &'static str {
    match Mark::of(requirement.verdict) {
        Mark::Pass | Mark::Warn => "earl:passed",
        Mark::Fail => "earl:failed",
        Mark::Inconclusive | Mark::Flaky | Mark::Error => "earl:cantTell",
        Mark::NotTested => "earl:untested",
    }
}

/// What was driven over the wire is automatic; what was read from a log is partly so; what a person says is manual.
fn mode(requirement: &RequirementResult) -> &'static str {
    match requirement.mode.as_str() {
        "automated" => "earl:automatic",
        "observed" => "earl:semiAuto",
        "attested" => "earl:manual",
        _ => "earl:unknownMode",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::report::sample;

    /// Classes, properties and individuals of the EARL 1.0 vocabulary that may be used.
    const TERMS: [&str; 19] = [
        "Assertion",
        "Assertor",
        "Software",
        "TestSubject",
        "TestRequirement",
        "TestResult",
        "assertedBy",
        "subject",
        "test",
        "mode",
        "result",
        "outcome",
        "passed",
        "failed",
        "cantTell",
        "untested",
        "automatic",
        "semiAuto",
        "manual",
    ];

    #[test]
    fn only_terms_of_the_vocabulary_are_used() {
        let text = document(&sample::evidence(), Language::En).to_string();
        let used = regex::Regex::new(r#""earl:(\w+)""#).unwrap();
        for term in used.captures_iter(&text) {
            assert!(TERMS.contains(&&term[1]), "{}", &term[1]);
        }
    }

    #[test]
    fn every_assertion_has_what_earl_demands_and_every_reference_arrives() {
        let document = document(&sample::evidence(), Language::Nl);
        let graph = document["@graph"].as_array().unwrap();
        let ids: Vec<&Value> = graph.iter().map(|n| &n["@id"]).collect();
        let assertions: Vec<&Value> = graph.iter().filter(|n| n["@type"] == "earl:Assertion").collect();
        assert_eq!(assertions.len(), sample::evidence().requirements.len());
        for assertion in assertions {
            for property in ["earl:assertedBy", "earl:subject", "earl:test"] {
                assert!(ids.contains(&&assertion[property]["@id"]), "{assertion}");
            }
            assert!(assertion["earl:result"]["earl:outcome"]["@id"].is_string());
        }
    }

    #[test]
    fn what_is_open_or_untested_is_said_so() {
        let sample = sample::evidence();
        for requirement in &sample.requirements {
            let word: &str = requirement.verdict.into();
            let wanted = match word {
                "pass" | "warn" => "earl:passed",
                "fail" => "earl:failed",
                "not-tested" => "earl:untested",
                _ => "earl:cantTell",
            };
            assert_eq!(outcome(requirement), wanted, "{}", requirement.id);
        }
    }
}
