//! The rest of the sample: what was not driven, what no source specifies, and exchanges.

use super::{TOKEN, finding, text};
use crate::base::text::Text;
use crate::evidence::model::{Excerpt, Exclusion, FindingResult};

pub(super) fn exclusions() -> Vec<Exclusion> {
    let missing = text("De kandidaat noemt geen tweede testpatiënt.", "The candidate names no second test patient.");
    let undeclared = text("De kandidaat geeft XML niet op.", "The candidate does not declare XML.");
    let exclusion = |case: &str, reason: &Text, missing: &[&str]| Exclusion {
        case: case.into(),
        reason: reason.clone(),
        missing: missing.iter().map(|m| (*m).to_owned()).collect(),
    };
    vec![
        exclusion("bgz/notified-pull/other-patient-is-not-returned@sending", &missing, &["patients.other"]),
        exclusion("bgz/notified-pull/xml-is-returned@sending", &undeclared, &[]),
        exclusion("bgz/notified-pull/base-of-other-patient-is-refused@sending", &missing, &["patients.other"]),
    ]
}

pub(super) fn observations() -> Vec<FindingResult> {
    vec![FindingResult {
        note: Some(text(
            "Hoe lang een token geldt, is nergens vastgelegd.",
            "How long a token is valid is not specified.",
        )),
        basis: Some("implementer".into()),
        exchanges: vec![13],
        ..finding(TOKEN, "token", "value", "not-met", ["`expires_in` hooguit 300", "`expires_in` at most 300"], "3600")
    }]
}

pub(super) fn excerpts() -> Vec<Excerpt> {
    let excerpt = |seq, direction: &str, endpoint: &str, request: &str, response: &str| Excerpt {
        seq,
        at: "2026-11-21T10:15:02.120000Z".into(),
        direction: direction.into(),
        endpoint: endpoint.into(),
        identity: "partner".into(),
        tls: "TLSv1.3, TLS13_AES_256_GCM_SHA384, client certificate shown".into(),
        request: request.into(),
        response: response.into(),
    };
    let token = "POST /oauth/token\ncontent-type: application/x-www-form-urlencoded\n\ngrant_type=[jwt-bearer]&assertion=[redacted]&client_assertion=[redacted]";
    let granted = "200\ncontent-type: application/json\ncache-control: no-store\n\n{\"access_token\":\"[redacted]\",\"token_type\":\"Bearer\",\"expires_in\":3600}";
    vec![
        excerpt(
            3,
            "to-candidate",
            "probe",
            "ClientHello: TLS 1.2",
            "ServerHello: TLS 1.2, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        ),
        excerpt(12, "to-candidate", "token", token, granted),
        excerpt(13, "to-candidate", "token", token, granted),
        excerpt(
            14,
            "to-candidate",
            "search",
            "GET /fhir/Observation?patient=[redacted]",
            "200\n\n{\"resourceType\":\"Bundle\"}",
        ),
        excerpt(21, "from-candidate", "notification", "", ""),
    ]
}
