//! The half of an exchange that the candidate wrote, and the documents found in it.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Judged;
use crate::transcript::{Body, Direction, Exchange, Fault};
pub(super) use crate::wire::fhir::bundle::entries;
use crate::wire::http::{self, parse_pairs};

/// Where in an exchange a value is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, schemars::JsonSchema, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Document {
    /// The JSON or FHIR body.
    #[default]
    Body,
    /// The form, as an object of name to value (or list of values).
    Form,
    /// The query of the request, as an object.
    Query,
    /// The client assertion: `header`, `claims`, `signature`.
    ClientAssertion,
    /// The authorization grant: `header`, `claims`, `signature`.
    Grant,
    /// The SAML assertion in the security header: `header`, `claims`, `signature`.
    Saml,
    /// The body that the harness wrote in this exchange.
    OurBody,
    /// The access token in the Authorization header of the request, as `token`.
    Bearer,
    /// The header fields, as an object of name (lower case) to value (or list of values).
    Headers,
    /// The target of the request: its `path`, and the `last` part of that.
    Target,
}

impl Document {
    /// Whether it is a JSON Web Token.
    pub(super) fn is_token(self) -> bool {
        matches!(self, Self::ClientAssertion | Self::Grant | Self::Saml)
    }
}

/// The body of the candidate's half.
pub(super) fn body(exchange: &Exchange) -> Option<&Body> {
    match exchange.direction {
        Direction::ToCandidate => exchange.response.as_ref().map(|r| &r.body),
        Direction::FromCandidate => exchange.request.as_ref().map(|r| &r.body),
    }
}

/// Header fields of the candidate's half.
pub(super) fn headers(exchange: &Exchange) -> Option<&[(String, String)]> {
    match exchange.direction {
        Direction::ToCandidate => exchange.response.as_ref().map(|r| r.headers.as_slice()),
        Direction::FromCandidate => exchange.request.as_ref().map(|r| r.headers.as_slice()),
    }
}

fn pairs(fields: &[(String, String)]) -> Value {
    let mut object = serde_json::Map::new();
    for (name, value) in fields {
        match object.get_mut(name) {
            None => drop(object.insert(name.clone(), json!(value))),
            Some(Value::Array(list)) => list.push(json!(value)),
            Some(single) => *single = json!([single.clone(), value]),
        }
    }
    Value::Object(object)
}

/// The document, or why it is not there.
pub(super) fn document(exchange: &Exchange, which: Document) -> Result<Value, Judged> {
    let request = exchange.request.as_ref();
    let token = |name: &str| {
        let facts =
            request.and_then(|r| r.jwt.get(name)).ok_or_else(|| Judged::NotMet(format!("no {name} was sent")))?;
        Ok(json!({"header": facts.header, "claims": facts.claims, "signature": facts.signature}))
    };
    match which {
        Document::Body => json_body(exchange).cloned(),
        Document::OurBody => {
            let ours = match exchange.direction {
                Direction::ToCandidate => request.map(|r| &r.body),
                Direction::FromCandidate => exchange.response.as_ref().map(|r| &r.body),
            };
            ours.and_then(Body::json).cloned().ok_or_else(|| Judged::Undecided("our own message has no JSON".into()))
        }
        Document::Form => match request.map(|r| &r.body) {
            Some(Body::Form { fields }) => Ok(pairs(fields)),
            _ => Err(Judged::NotMet("the body is no form".into())),
        },
        Document::Query => {
            let target = request.map(|r| r.target.as_str()).unwrap_or_default();
            Ok(pairs(&parse_pairs(target.split_once('?').map_or("", |(_, q)| q), false)))
        }
        Document::Bearer => {
            let value =
                request.and_then(|r| r.headers.iter().find(|(n, _)| n == "authorization")).map(|(_, v)| v.as_str());
            let token = value.and_then(|v| v.strip_prefix("Bearer "));
            token
                .map(|t| json!({"token": t}))
                .ok_or_else(|| Judged::NotMet("no bearer token in the Authorization header".into()))
        }
        Document::Headers => {
            headers(exchange).map(pairs).ok_or_else(|| Judged::Undecided("no message of the candidate".into()))
        }
        Document::Target => {
            let target = request.map(|r| http::target_parts(&r.target));
            target.ok_or_else(|| Judged::Undecided("there is no request".into()))
        }
        Document::ClientAssertion => token("client_assertion"),
        Document::Grant => token("assertion"),
        Document::Saml => token("saml"),
    }
}

/// The JSON body of the candidate's half.
pub(super) fn json_body(exchange: &Exchange) -> Result<&Value, Judged> {
    if let Some(fault) = &exchange.fault {
        return Err(fault_judged(fault));
    }
    match body(exchange) {
        Some(Body::Json { value, .. }) => Ok(value),
        Some(Body::Empty) => Err(Judged::NotMet("the body is empty".into())),
        Some(Body::Unreadable { reason, .. }) => Err(Judged::NotMet(format!("the body cannot be read: {reason}"))),
        Some(_) => Err(Judged::NotMet("the body is neither JSON nor FHIR".into())),
        None => Err(Judged::Undecided("no message of the candidate".into())),
    }
}

/// The Bundle that answers a search, where the answer is a good one; else there is nothing to look into.
pub(super) fn bundle(exchange: &Exchange) -> Result<&Value, Judged> {
    match exchange.status() {
        Some(status) if (200..300).contains(&status) => {}
        Some(status) => return Err(Judged::Undecided(format!("status {status}: no answer to look into"))),
        None => {
            return Err(exchange
                .fault
                .as_ref()
                .map_or(Judged::Undecided("no answer".into()), |f| Judged::Undecided(describe(f))));
        }
    }
    match json_body(exchange) {
        Ok(value) if value["resourceType"] == "Bundle" => Ok(value),
        _ => Err(Judged::Undecided("the answer is no Bundle".into())),
    }
}

/// A fault, seen by a check that needs a message: unreachable is nothing to judge, anything else is not what was asked.
pub(super) fn fault_judged(fault: &Fault) -> Judged {
    match fault {
        fault if fault.is_unreachable() => Judged::Undecided(describe(fault)),
        Fault::Timeout { .. } => Judged::Undecided(describe(fault)),
        fault => Judged::NotMet(describe(fault)),
    }
}

/// A fault in words.
pub(super) fn describe(fault: &Fault) -> String {
    match fault {
        Fault::NameNotFound { host } => format!("the name {host} has no address"),
        Fault::ConnectionRefused => "connection refused".into(),
        Fault::Timeout { phase, limit_ms } => format!("no answer within {limit_ms} ms ({phase:?})"),
        Fault::TlsAlert { alert, phase } => format!("TLS alert {alert} ({phase:?})"),
        Fault::TlsFailed { reason, .. } => format!("TLS failed: {reason}"),
        Fault::Closed { phase } => format!("connection closed ({phase:?})"),
        Fault::TooLarge { part, limit } => format!("{part} larger than {limit} bytes"),
        Fault::NotHttp { reason } => format!("no HTTP: {reason}"),
    }
}

/// A value cut to a length that fits a report.
pub(super) fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() > 160 { format!("{}…", text.chars().take(159).collect::<String>()) } else { text }
}
