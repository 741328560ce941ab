//! What happened between the GtKs in a case, with what a record of it must say: patient, counterpart, professional, as
//! far as the messages themselves tell.

use std::collections::BTreeMap;

use serde_json::Value;
use time::{Duration, OffsetDateTime};

use crate::base::clock;
use crate::check::CheckData;
use crate::transcript::select::CaseView;
use crate::transcript::{Body, Direction, Endpoint, Exchange, JwtFacts};
use crate::wire::audit::{Outcome, is_bsn};
use crate::wire::http::{header, parse_pairs};
use crate::wire::saml::names;

/// Header fields that tie both sides together.
const CORRELATION: [&str; 3] = ["x-request-id", "x-correlation-id", "traceparent"];

/// On which side the candidate stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// It answered.
    Incoming,
    /// It began.
    Outgoing,
    /// It refused a connection: no message came about.
    Handshake,
}

/// An exchange as a record of it should tell.
#[derive(Debug, Clone)]
pub(super) struct Expected<'a> {
    pub seq: u64,
    pub way: Way,
    pub endpoint: Endpoint,
    pub began: OffsetDateTime,
    pub ended: OffsetDateTime,
    pub outcome: Outcome,
    /// The patient, by what the candidate file calls it or by mark.
    pub patient: Option<String>,
    /// URA of the harness in it.
    pub counterpart: Option<&'a str>,
    pub user: Option<String>,
    pub role: Option<String>,
    pub mandated: Option<String>,
    pub correlation: Vec<&'a str>,
    /// Path and query below the base.
    pub object: String,
    /// A record of it is right, and none is too.
    pub optional: bool,
}

impl Expected<'_> {
    /// What it is called in a report.
    pub(super) fn name(&self) -> String {
        let word: &'static str = self.endpoint.into();
        format!("{word} (exchange {})", self.seq)
    }

    /// Codes by which records name such an exchange: FHIR interactions, DICOM events, and our own words.
    pub(super) fn codes(&self) -> &'static [&'static str] {
        if self.way == Way::Handshake {
            return &["handshake", "110114"];
        }
        match self.endpoint {
            Endpoint::Token => &["token", "110114", "110122"],
            Endpoint::Search => &["search", "search-type", "110112"],
            Endpoint::Read | Endpoint::WorkflowTask | Endpoint::Document => &["read", "vread", "110110"],
            Endpoint::Notification | Endpoint::R4Notification | Endpoint::HandoffNotification => &["create", "110110"],
            Endpoint::Cancellation | Endpoint::TaskStatus => &["update", "110110"],
            // Events of DICOM and types of transactions (30-beeldbeschikbaarheid section 11).
            Endpoint::CrossGatewayQuery => &["ITI-38", "110112"],
            Endpoint::CrossGatewayRetrieve => &["ITI-39", "110107", "110106"],
            Endpoint::CrossGatewayImages => &["RAD-75", "110103", "110104"],
            _ => &[],
        }
    }

    /// Whether data of a patient were given.
    pub(super) fn gives_data(&self) -> bool {
        matches!(self.endpoint, Endpoint::Search | Endpoint::Read | Endpoint::Document) || self.endpoint.is_gateway()
    }
}

/// Whom a token stands for.
#[derive(Debug, Clone, Default)]
struct Holder {
    patient: Option<String>,
    user: Option<String>,
    role: Option<String>,
    mandated: Option<String>,
}

/// What was learned on the way.
#[derive(Default)]
struct Learned {
    tokens: BTreeMap<String, Holder>,
    bases: BTreeMap<String, String>,
}

/// The exchanges of a case that a log is held against.
pub(super) fn of_case<'a>(case: &'a CaseView<'a>, data: &'a CheckData) -> Vec<Expected<'a>> {
    let mut learned = Learned::default();
    let own = case.exchanges.iter().filter(|(_, e)| e.is_between_gtks());
    own.filter_map(|(seq, exchange)| expected(*seq, exchange, case, data, &mut learned)).collect()
}

fn expected<'a>(
    seq: u64,
    exchange: &'a Exchange,
    case: &CaseView<'_>,
    data: &'a CheckData,
    learned: &mut Learned,
) -> Option<Expected<'a>> {
    let began = clock::parse_rfc3339(&exchange.began)?;
    let ended = began + Duration::microseconds(i64::try_from(exchange.micros).unwrap_or(i64::MAX / 2));
    let incoming = exchange.direction == Direction::ToCandidate;
    // A refused connection shows as an exchange without answer when TLS 1.3 refuses at the first read.
    let refused = exchange.fault.as_ref().is_some_and(crate::transcript::Fault::is_tls_refusal);
    let no_message = exchange.request.is_none() || incoming && refused;
    if no_message
        && (exchange.fault.is_none() || exchange.fault.as_ref().is_some_and(crate::transcript::Fault::is_unreachable))
    {
        return None;
    }
    let way = match (no_message, incoming) {
        (true, _) => Way::Handshake,
        (false, true) => Way::Incoming,
        (false, false) => Way::Outgoing,
    };
    let success = exchange.status().is_some_and(|s| s < 400);
    let mut expected = Expected {
        seq,
        way,
        endpoint: exchange.endpoint,
        began,
        ended,
        outcome: if success { Outcome::Success } else { Outcome::Failure },
        patient: None,
        counterpart: None,
        user: None,
        role: None,
        mandated: None,
        correlation: Vec::new(),
        object: String::new(),
        // Whoever breaks off as a client may take it for a failure of the network.
        optional: way == Way::Handshake && !incoming,
    };
    if way == Way::Handshake {
        return Some(expected);
    }
    let request = exchange.request.as_ref()?;
    expected.counterpart = counterpart(exchange, data);
    expected.correlation = CORRELATION.iter().filter_map(|name| header(&request.headers, name)).collect();
    expected.object = object(&request.target);
    if exchange.endpoint.is_gateway() {
        let id = request.body.json().and_then(|m| m["addressing"]["messageId"].as_str());
        expected.correlation.extend(id);
    }
    let holder = holder(exchange, data, learned, success);
    let named = |mark: String| case.patients.and_then(|p| p.get(&mark)).cloned().unwrap_or(mark);
    expected.patient = holder.patient.map(named);
    expected.user = holder.user;
    expected.role = holder.role;
    expected.mandated = holder.mandated;
    Some(expected)
}

/// The harness shows its certificate, which names its URA; without one it is nobody.
fn counterpart<'a>(exchange: &Exchange, data: &'a CheckData) -> Option<&'a str> {
    exchange.tls.as_ref()?.own.as_ref()?;
    let name = if exchange.identity == "partner" { "own.ura".to_owned() } else { format!("{}.ura", exchange.identity) };
    data.values.get(&name).map(String::as_str)
}

/// Whom an exchange is done for. What was refused tells nothing that a GtK has to believe, unless the token was good.
fn holder(exchange: &Exchange, data: &CheckData, learned: &mut Learned, success: bool) -> Holder {
    let Some(request) = exchange.request.as_ref() else { return Holder::default() };
    if exchange.endpoint == Endpoint::Token {
        let holder = by_grant(exchange, data, learned);
        let token = exchange.response.as_ref().and_then(|r| r.body.json()).and_then(|b| b["access_token"].as_str());
        return match token.filter(|_| success) {
            Some(token) => {
                learned.tokens.insert(token.to_owned(), holder.clone());
                holder
            }
            None => Holder::default(),
        };
    }
    if exchange.endpoint.is_gateway() {
        return request.jwt.get("saml").filter(|_| success).map(by_assertion).unwrap_or_default();
    }
    let bearer = header(&request.headers, "authorization").and_then(|h| h.strip_prefix("Bearer "));
    let mut holder = bearer.and_then(|t| learned.tokens.get(t)).cloned().unwrap_or_default();
    if let Some(task) = request.body.json().filter(|b| b["resourceType"] == "Task") {
        let identifier = &task["for"]["identifier"];
        let is_citizen = identifier["system"].as_str().is_some_and(is_bsn);
        let patient = identifier["value"].as_str().filter(|_| is_citizen).map(str::to_owned);
        if let Some((base, patient)) = base_of(task).zip(patient.clone()) {
            learned.bases.insert(base, patient);
        }
        if success {
            holder.patient = patient.or(holder.patient);
        }
    }
    holder
}

/// Whom an assertion stands for (ITI-40).
fn by_assertion(facts: &JwtFacts) -> Holder {
    let value = |name: &str| {
        let found = &facts.claims["attributes"][name];
        let first = if found.is_array() { &found[0] } else { found };
        first["value"].as_str().map(str::to_owned)
    };
    Holder {
        patient: value(names::RESOURCE_ID),
        user: value(names::PROVIDER_IDENTIFIER),
        role: value(names::ROLE),
        mandated: value(names::MANDATED),
    }
}

fn by_grant(exchange: &Exchange, data: &CheckData, learned: &Learned) -> Holder {
    let facts = exchange.request.as_ref().and_then(|r| r.jwt.get("assertion"));
    let Some((facts, names)) = facts.zip(data.claims.as_ref()) else { return Holder::default() };
    let claim = |name: &str| facts.claims[name].as_str().map(str::to_owned);
    let base = claim(&names.authorization_base).and_then(|b| learned.bases.get(&b).cloned());
    Holder {
        patient: claim(&names.patient).or(base),
        user: claim(&names.user),
        role: claim(&names.role),
        mandated: claim(&names.mandated),
    }
}

/// The mark of the authorization base in a Task.
fn base_of(task: &Value) -> Option<String> {
    let inputs = task["input"].as_array()?;
    let is_base = |input: &&Value| {
        let codings = input["type"]["coding"].as_array();
        codings.is_some_and(|list| list.iter().any(|c| c["code"] == "authorization-base"))
    };
    inputs.iter().find(is_base)?["valueString"].as_str().map(str::to_owned)
}

/// Path and query in a form in which they can be compared, whatever was encoded.
fn object(target: &str) -> String {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let pairs: Vec<String> = parse_pairs(query, false).into_iter().map(|(n, v)| format!("{n}={v}")).collect();
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
}

/// Whether what a record names is this object: a query or reference that stands at the end of the target.
pub(super) fn same_object(target: &str, named: &str) -> bool {
    let named = object(named);
    let named = named.trim_start_matches('/');
    let path_end = target.split('?').next().unwrap_or_default();
    !named.is_empty() && (target.ends_with(named) || (!target.contains('?') && path_end.ends_with(named)))
}

/// The records that came in with an audit exchange: its body, when the repository took it.
pub(super) fn taken(exchange: &Exchange) -> Option<&Body> {
    let refused = exchange.status().is_some_and(|s| s >= 300);
    exchange.request.as_ref().filter(|_| !refused).map(|r| &r.body)
}
