//! What the exports share: ids, times, texts, and what the evidence says that a format has no word for.

use serde_json::{Map, Value, json};
use sha1::{Digest as _, Sha1};

use crate::base::clock::parse_rfc3339;
use crate::evidence::Evidence;
use crate::evidence::model::{FindingResult, RequirementResult};
use crate::report::plain::{brief, line};
use crate::report::view::mark::Mark;
use crate::report::view::{Speech, papers};

/// Longest text of what was expected or seen, in characters.
const LONGEST: usize = 400;
/// Findings told of a requirement; all are in the evidence.
const FINDINGS: usize = 3;
/// The namespace of URLs of RFC 9562, section 6.6.
const URL_NAMESPACE: [u8; 16] =
    [0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8];

/// The word of a verdict, as the evidence writes it.
pub fn verdict(requirement: &RequirementResult) -> &'static str {
    requirement.verdict.into()
}

/// A UUID that rests on the run and a name within it (version 5), so that the same evidence gives the same document.
pub fn uuid(evidence: &Evidence, name: &str) -> String {
    let digest = Sha1::new().chain_update(URL_NAMESPACE).chain_update(urn(evidence, name)).finalize();
    let mut bytes: [u8; 16] = digest[..16].try_into().expect("SHA-1 gives twenty bytes");
    bytes[6] = bytes[6] & 0x0f | 0x50;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// A name for something in the run; only characters that a URN may have.
pub fn urn(evidence: &Evidence, name: &str) -> String {
    let plain = |text: &str| -> String {
        let keep = |c: char| if c.is_ascii_alphanumeric() || "-._".contains(c) { c } else { '-' };
        text.chars().map(keep).collect()
    };
    format!("urn:twiin-harness:run:{}:{}", plain(&evidence.run), plain(name))
}

/// Milliseconds since 1970; 0 for what is no time.
pub fn epoch(text: &str) -> i64 {
    parse_rfc3339(text).map_or(0, |at| i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or_default())
}

/// A time as RFC 3339 to the millisecond; the beginning of 1970 for what is none.
pub fn instant(text: &str) -> String {
    let at = parse_rfc3339(text).unwrap_or(time::OffsetDateTime::UNIX_EPOCH).to_offset(time::UtcOffset::UTC);
    let (date, time) = (at.date(), at.time());
    format!("{date}T{:02}:{:02}:{:02}.{:03}Z", time.hour(), time.minute(), time.second(), time.millisecond())
}

/// Product and version.
pub fn product(evidence: &Evidence) -> String {
    line(&format!("{} {}", evidence.candidate.product, evidence.candidate.version))
}

/// Id and title.
pub fn name(requirement: &RequirementResult, speech: Speech) -> String {
    format!("{} {}", line(&requirement.id), speech.line(&requirement.title))
}

/// What has to be said of a requirement that did not simply pass; empty when it did.
pub fn message(requirement: &RequirementResult, speech: Speech) -> String {
    let words = speech.words;
    let mark = Mark::of(requirement.verdict);
    let mut parts: Vec<String> = Vec::new();
    let open = requirement.findings.iter().filter(|f| f.result != "met").take(FINDINGS);
    parts.extend(open.map(|f| finding(f, speech)));
    if let Some(attestation) = papers::attestation(requirement, speech) {
        parts.extend(attestation.problems);
    }
    parts.extend(papers::waived(requirement, speech));
    parts.extend(requirement.not_tested.iter().map(|why| format!("{}: {}", words.reason, brief(why, LONGEST))));
    if parts.is_empty() && mark == Mark::Pass {
        return String::new();
    }
    let whole: Vec<String> = std::iter::once(mark.word(words).to_owned()).chain(parts).collect();
    whole.join(". ").replace("..", ".")
}

fn finding(finding: &FindingResult, speech: Speech) -> String {
    let words = speech.words;
    format!(
        "{}: {}; {}: {} ({}, {})",
        words.expected,
        brief(finding.expected.get(speech.language), LONGEST),
        words.actual.to_lowercase(),
        brief(&finding.actual, LONGEST),
        line(&finding.case),
        line(&finding.step),
    )
}

/// What a requirement says besides its outcome, for formats that allow properties.
pub fn properties(requirement: &RequirementResult, speech: Speech) -> Map<String, Value> {
    let mut exchanges: Vec<u64> = requirement.findings.iter().flat_map(|f| f.exchanges.iter().copied()).collect();
    exchanges.sort_unstable();
    exchanges.dedup();
    let plateaus: Map<String, Value> = requirement
        .plateaus
        .iter()
        .map(|p| (p.plateau.to_string(), Value::from(<&'static str>::from(p.verdict))))
        .collect();
    let mut properties = Map::new();
    properties.insert("verdict".into(), json!(verdict(requirement)));
    properties.insert("level".into(), json!(line(&requirement.level)));
    properties.insert("authority".into(), json!(line(&requirement.authority)));
    properties.insert("mode".into(), json!(line(&requirement.mode)));
    properties.insert("function".into(), json!(line(&requirement.function)));
    properties.insert("zorgtoepassing".into(), json!(line(&requirement.zorgtoepassing)));
    properties.insert("plateaus".into(), Value::Object(plateaus));
    properties.insert("checks".into(), json!(requirement.findings.len()));
    properties.insert("exchanges".into(), json!(exchanges));
    if let Some(waived) = papers::waived(requirement, speech) {
        properties.insert("waived".into(), json!(waived));
    }
    if let Some(reason) = &requirement.not_tested {
        properties.insert("notTested".into(), json!(line(reason)));
    }
    properties
}

/// What the run says as a whole.
pub fn run_properties(evidence: &Evidence, speech: Speech) -> Map<String, Value> {
    let banner = crate::report::view::banner(evidence.kind, speech.words);
    let rows = [
        ("label", banner.title.to_owned()),
        ("run", line(&evidence.run)),
        ("conclusion", evidence.conclusion.to_string()),
        ("decisionRule", line(&evidence.decision_rule.id)),
        ("candidate", product(evidence)),
        ("supplier", line(&evidence.candidate.supplier)),
        ("release", line(&evidence.scope.release)),
        ("note", speech.words.only_tested.to_owned()),
    ];
    let mut properties: Map<String, Value> =
        rows.into_iter().map(|(name, text)| (name.to_owned(), Value::from(text))).collect();
    properties.insert("complete".into(), json!(evidence.complete));
    properties.insert("plateaus".into(), json!(evidence.scope.plateaus));
    properties
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn ids_rest_on_run_and_name_and_are_of_version_5() {
        let evidence = sample::evidence();
        let id = uuid(&evidence, "a");
        assert_eq!(id, uuid(&evidence, "a"));
        assert_ne!(id, uuid(&evidence, "b"));
        assert_eq!((id.len(), &id[14..15]), (36, "5"));
        assert!("89ab".contains(&id[19..20]));
    }

    #[test]
    fn times_that_are_none_do_no_harm() {
        assert_eq!(epoch("2026-11-21T10:15:00.5Z"), 1_795_256_100_500);
        assert_eq!(instant("2026-11-21T11:15:00.5+01:00"), "2026-11-21T10:15:00.500Z");
        assert_eq!((epoch("gisteren"), instant("").as_str()), (0, "1970-01-01T00:00:00.000Z"));
    }
}
