//! Checks that cannot fail, or can never be met: each is a fault of its author, found when the suite is loaded.
//!
//! Every word is looked at, so that a new one has to say whether its parameters can take all force from it.

use strum::VariantNames as _;

use super::{Check, HttpStatus, OauthError, RequestLine, TlsGrade, TlsOffer, TlsVersion, Value, XmlValue};
use crate::wire::tls::guideline::Level;
use crate::wire::tls::{self, Known};

/// Why the check says nothing, if it does not.
pub(super) fn why(check: &Check) -> Option<&'static str> {
    match check {
        Check::HttpStatus(c) => status(c),
        Check::RequestLine(c) => request_line(c),
        Check::Clock(c) => (c.within_s < 0).then_some("a difference below zero can never be met"),
        Check::TlsRefusal(c) => all_classes(&c.proxy).then_some("a proxy may answer anything"),
        Check::TlsVersion(c) => tls_version(c),
        Check::TlsOffer(c) => tls_offer(c),
        Check::TlsGrade(c) => tls_grade(c),
        Check::TlsSurveyFlag(c) => flag(&c.is),
        Check::Value(c) => value(c),
        Check::XmlValue(c) => xml_value(c),
        Check::RequestsCover(c) => (c.offered_in.is_some() != c.queries.is_empty()).then_some(
            "either a step or queries: with none of them nothing is asked for, with both it is not told which counts",
        ),
        Check::JwtTimes(c) => c.longest_s.is_some_and(|s| s <= 0).then_some("no lifetime is that short"),
        Check::OauthError(c) => oauth_error(c),
        Check::Apart(c) => (c.at_least_ms <= 0).then_some("requests are always that far apart"),
        Check::Reconciled(c) => c.cannot_fail(),
        Check::AuditRecord(c) => c.cannot_fail(),
        Check::SamlAssertion(c) => c.cannot_fail(),
        Check::AnyOf(checks) => any_of(checks),
        Check::Elsewhere(c) => why(&c.that),
        Check::Professional(c) => (c.same_as.is_some() && (c.other_than.is_some() || c.uzi))
            .then_some("one fact at a time: write two expectations"),
        Check::DocumentContent(c) => c.one_of.is_empty().then_some("an empty list of kinds can never be met"),
        Check::DocumentBundle(c) => c.cannot_fail(),
        Check::CompositionSections(c) => c.cannot_fail(),
        // These look at one fact, with no parameter that could take it away.
        Check::HttpHeader(_)
        | Check::PeerCertificate(_)
        | Check::TlsOrder(_)
        | Check::KeysDiffer(_)
        | Check::SameValue(_)
        | Check::Bsn(_)
        | Check::JwtAudience(_)
        | Check::FhirShape(_)
        | Check::OperationOutcome(_)
        | Check::Searchset(_)
        | Check::EntryIds(_)
        | Check::EntryProfiles(_)
        | Check::EntryFullUrls(_)
        | Check::BundleTotal(_)
        | Check::SelfLink(_)
        | Check::Codings(_)
        | Check::CodingSystems(_)
        | Check::CodeableConcepts(_)
        | Check::References(_)
        | Check::Identifiers(_)
        | Check::ResourceCounts(_)
        | Check::ReducedProfile(_)
        | Check::QueryFitsProfile(_)
        | Check::OnePatient(_)
        | Check::SameResult(_)
        | Check::FollowsOffer(_)
        | Check::QueryEncoding(_)
        | Check::RetryAfter(_)
        | Check::NoRepeats(_)
        | Check::Seen(_)
        | Check::NotSeen(_)
        | Check::PatientData(_)
        | Check::MessageIds(_)
        | Check::Before(_)
        | Check::Access(_)
        | Check::ObeysMatrix(_)
        | Check::ServerMetadata(_)
        | Check::RoleCode(_)
        | Check::Organisation(_)
        | Check::CertificateUra(_)
        | Check::DocumentAsIndexed(_)
        | Check::ImagesAsAsked(_)
        | Check::ManifestContent(_)
        | Check::EntryCodes(_)
        | Check::EntryReferences(_)
        | Check::EntriesOnce(_)
        | Check::DocumentSubject(_)
        | Check::OnlyChanges(_)
        | Check::EmptyBody(_)
        | Check::ConformsToClaims(_) => None,
    }
}

const EVERY_STATUS: &str = "it allows success, redirection, client error and server error alike";

/// Whether statuses of all classes that answer a request are listed.
fn all_classes(statuses: &[u16]) -> bool {
    (2..=5).all(|class| statuses.iter().any(|s| s / 100 == class))
}

fn status(check: &HttpStatus) -> Option<&'static str> {
    if check.one_of.is_empty() {
        return Some("an empty list of statuses can never be met");
    }
    all_classes(&check.one_of).then_some(EVERY_STATUS)
}

fn request_line(check: &RequestLine) -> Option<&'static str> {
    let any_path = check.path_ends.as_ref().is_none_or(String::is_empty);
    let empty = check.method.is_none() && any_path && check.query_has.is_empty() && check.query_lacks.is_empty();
    if empty {
        return Some("no condition is given");
    }
    let contradiction = check.query_has.iter().any(|n| check.query_lacks.contains(n));
    contradiction.then_some("a parameter that must be there and must not can never be met")
}

fn tls_version(check: &TlsVersion) -> Option<&'static str> {
    match check.one_of.len() {
        0 => Some("an empty list of versions can never be met"),
        _ => all_versions(&check.one_of).then_some("it allows every version"),
    }
}

fn tls_offer(check: &TlsOffer) -> Option<&'static str> {
    let any_version = check.only_versions.is_empty() || all_versions(&check.only_versions);
    let any_list = check.all_suites.is_empty() && check.no_groups.is_empty() && check.no_schemes.is_empty();
    (any_version && any_list).then_some("it allows every offer")
}

fn tls_grade(check: &TlsGrade) -> Option<&'static str> {
    let any_level = check.at_least.is_none_or(|level| level == Level::Insufficient);
    (any_level && check.not.is_none()).then_some("it allows every level")
}

fn flag(allowed: &[Known]) -> Option<&'static str> {
    if allowed.iter().all(|known| *known == Known::NotEvaluated) {
        return Some("what was not evaluated is never judged");
    }
    (allowed.contains(&Known::Yes) && allowed.contains(&Known::No)).then_some("it allows a fact and its opposite")
}

fn all_versions(versions: &[tls::TlsVersion]) -> bool {
    let named: Vec<String> = versions.iter().map(ToString::to_string).collect();
    tls::TlsVersion::VARIANTS.iter().all(|v| named.iter().any(|n| n == v))
}

fn value(check: &Value) -> Option<&'static str> {
    if check.at_least.zip(check.at_most).is_some_and(|(least, most)| least > most) {
        return Some("more at least than at most can never be met");
    }
    (!about_values(check) && check.at_most.is_none() && check.at_least == Some(0)).then_some("at least 0 is always met")
}

fn xml_value(check: &XmlValue) -> Option<&'static str> {
    if check.at_least.zip(check.at_most).is_some_and(|(least, most)| least > most) {
        return Some("more at least than at most can never be met");
    }
    (!check.about_values() && check.at_most.is_none() && check.at_least == Some(0))
        .then_some("at least 0 is always met")
}

fn about_values(check: &Value) -> bool {
    check.equals.is_some() || !check.one_of.is_empty() || check.matches.is_some()
}

fn oauth_error(check: &OauthError) -> Option<&'static str> {
    (check.status.is_empty() || check.one_of.is_empty()).then_some("an empty list can never be met")
}

/// A list of outcomes allows everything when one of them does, or when they do so together.
fn any_of(checks: &[Check]) -> Option<&'static str> {
    if checks.is_empty() {
        return Some("an empty list of outcomes allows nothing");
    }
    if let Some(why) = checks.iter().find_map(why) {
        return Some(why);
    }
    let outcomes = flat(checks);
    let statuses: Vec<u16> = outcomes
        .iter()
        .filter_map(|c| match c {
            Check::HttpStatus(c) => Some(c.one_of.as_slice()),
            _ => None,
        })
        .flatten()
        .copied()
        .collect();
    if all_classes(&statuses) {
        return Some(EVERY_STATUS);
    }
    let pairs = outcomes.iter().flat_map(|a| outcomes.iter().map(move |b| (*a, *b)));
    pairs.into_iter().any(|(a, b)| opposite(a, b)).then_some("it allows a fact and its opposite")
}

fn flat(checks: &[Check]) -> Vec<&Check> {
    checks.iter().flat_map(|c| if let Check::AnyOf(inner) = c { flat(inner) } else { vec![c] }).collect()
}

/// Whether a fact is asked for, and its absence.
fn opposite(one: &Check, other: &Check) -> bool {
    match (one, other) {
        (Check::Seen(_), Check::NotSeen(_)) => true,
        (Check::HttpHeader(there), Check::HttpHeader(away)) => {
            let any_value = there.contains.is_none() && there.media_type.is_empty();
            there.name == away.name && !there.absent && any_value && away.absent
        }
        (Check::Value(there), Check::Value(away)) => {
            let same = there.within == away.within && there.path.to_string() == away.path.to_string();
            let any_number = there.at_least.is_none_or(|n| n == 1) && there.at_most.is_none();
            same && !about_values(there) && any_number && away.at_most == Some(0)
        }
        (Check::PatientData(there), Check::PatientData(away)) => there.absent != away.absent,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn says(json: serde_json::Value) -> Option<&'static str> {
        why(&serde_json::from_value(json.clone()).unwrap_or_else(|e| panic!("{json}: {e}")))
    }

    #[test]
    fn a_check_that_allows_everything_is_found() {
        for check in [
            serde_json::json!({"http-status": {"one-of": [200, 302, 404, 500]}}),
            serde_json::json!({"request-line": {}}),
            serde_json::json!({"request-line": {"path-ends": ""}}),
            serde_json::json!({"tls-version": {"one-of": ["SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"]}}),
            serde_json::json!({"tls-offer": {}}),
            serde_json::json!({"apart": {"at-least-ms": 0}}),
            serde_json::json!({"any-of": [{"patient-data": {}}, {"patient-data": {"absent": true}}]}),
            serde_json::json!({"tls-grade": {"of": "suites", "at-least": "insufficient"}}),
            serde_json::json!({"tls-survey-flag": {"flag": "compression", "is": ["yes", "no"]}}),
            serde_json::json!({"tls-survey-flag": {"flag": "compression", "is": ["not-evaluated"]}}),
            serde_json::json!({"tls-refusal": {"proxy": [200, 301, 400, 503]}}),
            serde_json::json!({"value": {"path": "$.id", "at-least": 0}}),
            serde_json::json!({"saml-assertion": {}}),
            serde_json::json!({"saml-assertion": {"number": 2}}),
            serde_json::json!({"saml-assertion": {"attribute": {"name": "a", "optional": true}}}),
            serde_json::json!({"saml-assertion": {"attribute": {"name": "a", "absent": true, "one-of": ["b"]}}}),
            serde_json::json!({"any-of": [{"http-status": {"one-of": [200, 301]}}, {"http-status": {"one-of": [400, 500]}}]}),
            serde_json::json!({"any-of": [{"seen": {}}, {"any-of": [{"not-seen": {}}]}]}),
            serde_json::json!({"any-of": [{"http-header": {"name": "etag"}}, {"http-header": {"name": "etag", "absent": true}}]}),
            serde_json::json!({"any-of": [{"value": {"path": "$.id"}}, {"value": {"path": "$.id", "at-most": 0}}]}),
            serde_json::json!({"elsewhere": {"of": "a", "that": {"tls-offer": {}}}}),
        ] {
            assert!(says(check.clone()).is_some(), "{check}");
        }
    }

    #[test]
    fn a_check_that_can_never_be_met_is_found() {
        for check in [
            serde_json::json!({"http-status": {"one-of": []}}),
            serde_json::json!({"tls-version": {"one-of": []}}),
            serde_json::json!({"any-of": []}),
            serde_json::json!({"oauth-error": {"status": [], "one-of": ["invalid_grant"]}}),
            serde_json::json!({"value": {"path": "$.id", "at-least": 2, "at-most": 1}}),
            serde_json::json!({"request-line": {"query-has": ["a"], "query-lacks": ["a"]}}),
            serde_json::json!({"clock": {"within-s": -1}}),
        ] {
            assert!(says(check.clone()).is_some(), "{check}");
        }
    }

    #[test]
    fn a_check_with_force_is_left_alone() {
        for check in [
            serde_json::json!({"http-status": {"one-of": [200, 400, 500]}}),
            serde_json::json!({"request-line": {"method": "GET"}}),
            serde_json::json!({"tls-version": {"one-of": ["TLSv1.2", "TLSv1.3"]}}),
            serde_json::json!({"tls-offer": {"only-versions": ["TLSv1.3"]}}),
            serde_json::json!({"tls-offer": {"no-groups": ["secp224r1"]}}),
            serde_json::json!({"tls-grade": {"of": "suites", "at-least": "phase-out"}}),
            serde_json::json!({"tls-survey-flag": {"flag": "compression", "is": ["no", "not-applicable"]}}),
            serde_json::json!({"tls-refusal": {"proxy": [400, 403, 495, 496]}}),
            serde_json::json!({"value": {"path": "$.id", "at-least": 0, "matches": "^a"}}),
            serde_json::json!({"any-of": [{"tls-refusal": {}}, {"http-status": {"one-of": [401, 403]}}]}),
            serde_json::json!({"any-of": [{"value": {"path": "$.id", "equals": 1}}, {"value": {"path": "$.id", "at-most": 0}}]}),
            serde_json::json!({"seen": {}}),
            serde_json::json!({"saml-assertion": {"signed": true}}),
            serde_json::json!({"saml-assertion": {"attribute": {"name": "a"}}}),
            serde_json::json!({"saml-assertion": {"attribute": {"name": "a", "optional": true, "encoded": "readable"}}}),
        ] {
            assert_eq!(says(check.clone()), None, "{check}");
        }
    }
}
