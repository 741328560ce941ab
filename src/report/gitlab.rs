//! GitLab: a Code Quality report, one entry for each requirement that needs attention, at its row in the suite.
//!
//! GitLab reads `description`, `check_name`, `fingerprint`, `severity` and `location`; an entry without location is
//! dropped. The fingerprint rests on the requirement alone, so that a merge request shows what is new and what is solved,
//! and not that a line has moved. The JUnit document goes beside it.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::base::digest::sha256;
use crate::base::text::Language;
use crate::evidence::Evidence;
use crate::evidence::model::{FindingResult, RequirementResult};

use super::ReportError;
use super::plain::{brief, line};
use super::view::mark::Mark;
use super::view::{Speech, papers};
use super::words::words;

/// Longest text of a finding, in characters.
const LONGEST: usize = 300;
/// Findings told of a requirement.
const FINDINGS: usize = 2;
/// What is pointed at when evidence names no place, as evidence of version 1: the document itself.
const NO_PLACE: &str = "evidence.json";

#[derive(Debug, Serialize)]
struct Entry {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Debug, Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Debug, Serialize)]
struct Lines {
    begin: u64,
}

/// The report. What was `expected` to go wrong is there for information.
pub fn render(evidence: &Evidence, language: Language, expected: &BTreeSet<String>) -> Result<Vec<u8>, ReportError> {
    let entries: Vec<Entry> = super::needing_attention(evidence)
        .map(|requirement| Entry {
            description: description(requirement, language, expected.contains(&requirement.id)),
            check_name: line(&requirement.id),
            fingerprint: sha256(format!("twiin-harness requirement {}", requirement.id).as_bytes()).0,
            severity: match expected.contains(&requirement.id) || requirement.is_waived() {
                true => "info",
                false => severity(requirement),
            },
            location: location(evidence, requirement),
        })
        .collect();
    let mut bytes = serde_json::to_vec_pretty(&entries)?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn severity(requirement: &RequirementResult) -> &'static str {
    match Mark::of(requirement.verdict) {
        Mark::Fail => "critical",
        Mark::Error | Mark::Inconclusive | Mark::Flaky => "major",
        Mark::Warn => "minor",
        Mark::Pass | Mark::NotTested => "info",
    }
}

/// The row of the requirement. GitLab wants a path in any case: for the built-in suite it is the path within the suite.
fn location(evidence: &Evidence, requirement: &RequirementResult) -> Location {
    let folder = evidence.harness.suite.as_deref().unwrap_or_default();
    let (path, begin) = match &requirement.place {
        Some(place) => (line(&format!("{folder}{}", place.path)), place.line),
        None => (NO_PLACE.to_owned(), 1),
    };
    Location { path, lines: Lines { begin } }
}

fn description(requirement: &RequirementResult, language: Language, is_expected: bool) -> String {
    let words = words(language);
    let note = if is_expected { format!(", {}", words.expected_failure) } else { String::new() };
    let mark = Mark::of(requirement.verdict).word(words);
    let title = line(requirement.title.get(language));
    let mut text = format!("{} ({mark}{note}): {title}.", line(&requirement.id));
    let finding = |f: &FindingResult| {
        let attempt = f.attempt.map(|n| format!(", {} {n}", words.attempt.to_lowercase())).unwrap_or_default();
        format!(
            " {}: {}; {}: {} ({}{attempt})",
            words.expected,
            brief(f.expected.get(language), LONGEST),
            words.actual.to_lowercase(),
            brief(&f.actual, LONGEST),
            line(&f.case)
        )
    };
    let open = requirement.findings.iter().filter(|f| f.result != "met");
    text.extend(open.take(FINDINGS).map(finding));
    let speech = Speech { language, words };
    text.extend(papers::waived(requirement, speech).map(|waived| format!(" {waived}.")));
    text.extend(problems(requirement, speech).map(|problem| format!(" {problem}.")));
    text.extend(requirement.not_tested.iter().map(|why| format!(" {}: {}", words.reason, brief(why, LONGEST))));
    text
}

/// What is wrong with its documents.
fn problems(requirement: &RequirementResult, speech: Speech) -> impl Iterator<Item = String> {
    papers::attestation(requirement, speech).into_iter().flat_map(|a| a.problems)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::report::sample;
    use serde_json::Value;

    fn report(evidence: &Evidence, expected: &[&str]) -> Vec<Value> {
        let expected = expected.iter().map(|id| (*id).to_owned()).collect();
        serde_json::from_slice(&render(evidence, Language::En, &expected).unwrap()).unwrap()
    }

    #[test]
    fn the_report_of_the_sample() {
        let bytes = render(&sample::evidence(), Language::Nl, &BTreeSet::new()).unwrap();
        insta::assert_snapshot!("gitlab", String::from_utf8(bytes).unwrap());
    }

    #[test]
    fn every_entry_has_what_gitlab_asks_for() {
        let entries = report(&sample::evidence(), &["TK-07-05"]);
        let mut fingerprints: Vec<&str> = entries.iter().map(|e| e["fingerprint"].as_str().unwrap()).collect();
        fingerprints.sort_unstable();
        fingerprints.dedup();
        assert_eq!(fingerprints.len(), entries.len());
        for entry in &entries {
            assert!(["info", "minor", "major", "critical", "blocker"].contains(&entry["severity"].as_str().unwrap()));
            assert!(entry["location"]["lines"]["begin"].as_u64().unwrap() >= 1);
            let path = entry["location"]["path"].as_str().unwrap();
            assert!(!path.starts_with('/') && !path.starts_with("./"), "{path}");
        }
        let of = |id: &str| entries.iter().find(|e| e["check_name"] == id).unwrap()["severity"].clone();
        assert_eq!((of("TK-07-05"), of("NET-5.030-v14")), (Value::from("info"), Value::from("critical")));
    }

    #[test]
    fn the_fingerprint_stays_when_the_finding_or_the_line_changes() {
        let mut evidence = sample::evidence();
        let prints = |e: &Evidence| report(e, &[]).iter().map(|e| e["fingerprint"].clone()).collect::<Vec<_>>();
        let before = prints(&evidence);
        for requirement in &mut evidence.requirements {
            requirement.place = None;
            requirement.findings.iter_mut().for_each(|f| f.actual.push('x'));
        }
        assert_eq!(prints(&evidence), before);
    }

    #[test]
    fn nothing_wrong_is_an_empty_list() {
        let mut evidence = sample::evidence();
        evidence.requirements.retain(|r| !Mark::of(r.verdict).needs_attention());
        assert_eq!(render(&evidence, Language::En, &BTreeSet::new()).unwrap(), b"[]\n");
    }
}
