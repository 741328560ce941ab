//! The journal of the reference GtK: a record of every exchange with another GtK, on whichever side it stood, refusals and
//! refused connections included (Log-01, TWIIN-LOG-10), sent to an audit repository when there is one (ITI-20).
//!
//! It goes by the messages alone: a token request tells for whom a token is, a notification tells whose authorization
//! base it carries, and what is asked later is done for them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use time::OffsetDateTime;

use super::{Gtk, GtkConfig};
use crate::base::clock;
use crate::deviation::{Deviation, Recorded};
use crate::net::connect::{deliver, exchange};
use crate::net::listen::Observed;
use crate::net::{Identity, Limits, Trust};
use crate::simulator::facility::Facility;
use crate::simulator::xca::Caller;
use crate::transcript::{Endpoint, TlsFacts};
use crate::wire::audit::{Outcome, Person, Record, dicom, fhir, is_bsn, syslog};
use crate::wire::http::{HttpRequest, HttpResponse, Url, header, media_type, parse_pairs};
use crate::wire::jose;
use crate::wire::oauth::ClaimNames;
use crate::wire::{mtom, saml, xds};

/// What a record says of the policy that data were given by. No source gives ids for them.
const BY_REFERRAL: &str = "urn:twiin-harness:policy:referral";
const BY_CONSENT: &str = "urn:twiin-harness:policy:explicit-consent";

/// For whom something is done.
#[derive(Debug, Clone, Default)]
struct Holder {
    patient: Option<String>,
    organisation: Option<String>,
    persons: Vec<Person>,
    policies: Vec<String>,
}

#[derive(Debug, Default)]
struct Learned {
    tokens: BTreeMap<String, Holder>,
    bases: BTreeMap<String, String>,
}

/// The journal. Without a repository it keeps nothing.
#[derive(Debug)]
pub(super) struct Journal {
    feed: Option<Arc<Feed>>,
    learned: Mutex<Learned>,
}

/// Where records go.
#[derive(Debug)]
struct Feed {
    repository: Url,
    syslog: Option<Url>,
    identity: Identity,
    trust: Trust,
    limits: Limits,
    deviation: Option<Deviation>,
}

/// One exchange, as it is to be recorded.
struct Happened<'a> {
    endpoint: Endpoint,
    outgoing: bool,
    /// URA of the other side.
    counterpart: Option<String>,
    host: String,
    request: Option<&'a HttpRequest>,
    response: Option<&'a HttpResponse>,
    began: OffsetDateTime,
}

impl Journal {
    pub(super) fn new(config: &GtkConfig) -> Self {
        let repository = config.facilities.get(&Facility::Audit).and_then(|url| Url::parse(url));
        let feed = repository.map(|repository| Feed {
            repository,
            syslog: config.syslog.as_deref().and_then(Url::parse),
            identity: config.identity.clone(),
            trust: config.trust.clone(),
            limits: config.limits.clone(),
            deviation: config.deviation,
        });
        Self { feed: feed.map(Arc::new), learned: Mutex::default() }
    }
}

impl Gtk {
    /// Records what was answered, or a connection that was refused.
    pub(super) fn note_served(&self, observed: &Observed) {
        if self.journal.feed.is_none() || matches!(observed.endpoint, Endpoint::Trigger | Endpoint::ConsentNotification)
        {
            return;
        }
        self.note(&Happened {
            endpoint: observed.endpoint,
            outgoing: false,
            counterpart: observed.tls.as_ref().and_then(ura_of),
            host: "unknown".to_owned(),
            request: observed.request.as_ref(),
            response: observed.response.as_ref(),
            began: observed.began,
        });
    }

    /// Records what was asked of another GtK.
    pub(super) fn note_sent(
        &self,
        to: &Url,
        request: &HttpRequest,
        response: Option<&HttpResponse>,
        began: OffsetDateTime,
    ) {
        if self.journal.feed.is_none() {
            return;
        }
        let at = |url: &str| Url::parse(url).is_some_and(|u| u.origin() == to.origin());
        let peer = self.config.peers.values().find(|p| at(&p.addresses.fhir_base) || at(&p.addresses.token_endpoint));
        let Some(peer) = peer else { return };
        let is_token = Url::parse(&peer.addresses.token_endpoint).is_some_and(|u| u.target == request.path());
        let endpoint =
            if is_token { Endpoint::Token } else { asked_of_gateway(request).unwrap_or_else(|| kind_of(request)) };
        let counterpart =
            if endpoint.is_gateway() { peer.ura.clone() } else { self.counterpart_of(request, &peer.ura) };
        self.note(&Happened {
            endpoint,
            outgoing: true,
            counterpart: Some(counterpart),
            host: to.host.clone(),
            request: Some(request),
            response,
            began,
        });
    }

    /// Several identities can share an address; the owner of a Task says which of them is meant.
    fn counterpart_of(&self, request: &HttpRequest, first: &str) -> String {
        let named = task_of(request).and_then(|t| t.pointer("/owner/identifier/value")?.as_str().map(str::to_owned));
        named
            .filter(|ura| self.config.peers.contains_key(ura))
            .unwrap_or_else(|| self.state().referrals.last().map_or_else(|| first.to_owned(), |r| r.receiver.clone()))
    }

    fn note(&self, happened: &Happened<'_>) {
        let Some(feed) = &self.journal.feed else { return };
        let holder = self.holder(happened);
        let token = happened.request.and_then(bearer);
        let about = Recorded {
            own_ura: self.config.identity.ura.clone(),
            outgoing: happened.outgoing,
            token: token.map(str::to_owned),
            content: happened.response.map(|r| String::from_utf8_lossy(&r.body).into_owned()),
        };
        let mut records = vec![self.record(happened, holder)];
        if let Some(deviation) = self.config.deviation {
            deviation.edit_audit_records(&mut records, &about);
        }
        let feed = feed.clone();
        tokio::spawn(async move {
            for record in records {
                feed.send(&record).await;
            }
        });
    }

    fn record(&self, happened: &Happened<'_>, holder: Holder) -> Record {
        let success = happened.response.is_some_and(|r| r.status < 400);
        let own = self.config.identity.ura.clone();
        let other = happened.counterpart.clone().or(holder.organisation);
        // Who asks stands first.
        let organisations: Vec<String> = if happened.outgoing {
            std::iter::once(own).chain(other).collect()
        } else {
            other.into_iter().chain([own]).collect()
        };
        let (event, action) = interaction(happened);
        let ids = ["x-request-id", "x-correlation-id", "traceparent"].iter();
        let headers = happened.request.map(|r| r.headers.as_slice()).unwrap_or_default();
        let gives = (matches!(happened.endpoint, Endpoint::Search | Endpoint::Read | Endpoint::Document)
            || happened.endpoint.is_gateway())
            && success;
        let message = happened.request.filter(|_| happened.endpoint.is_gateway()).and_then(message);
        let message_id = message.as_ref().and_then(|m| m["addressing"]["messageId"].as_str());
        let correlation = ids.filter_map(|name| header(headers, name)).chain(message_id).map(str::to_owned).collect();
        let objects = match &message {
            Some(message) => asked_for(message),
            None => happened.request.and_then(|r| self.object(r)).into_iter().collect(),
        };
        Record {
            event: vec![event.to_owned()],
            action: Some(action.to_owned()),
            time: Some(clock::rfc3339(happened.began)),
            outcome: Some(if success { Outcome::Success } else { Outcome::Failure }),
            patient_typed: holder.patient.is_some(),
            patient: holder.patient,
            persons: holder.persons,
            purpose: vec!["TREAT".to_owned()],
            access_points: vec![happened.host.clone(); organisations.len()],
            organisations,
            correlation,
            objects,
            policies: if gives { holder.policies } else { Vec::new() },
            source: Some(self.config.identity.system_id.clone()),
            strings: Vec::new(),
        }
    }

    /// What was asked, below the base, as it reads unencoded; a token in the query is none of it.
    fn object(&self, request: &HttpRequest) -> Option<String> {
        let path = request.path().trim_end_matches('/').rsplit_once(&self.paths.0).map_or(request.path(), |(_, p)| p);
        let pairs = parse_pairs(request.query().unwrap_or_default(), false).into_iter();
        let pairs: Vec<String> = pairs.filter(|(n, _)| n != "access_token").map(|(n, v)| format!("{n}={v}")).collect();
        let path = path.trim_start_matches('/');
        let text = if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) };
        (!text.is_empty()).then_some(text)
    }

    /// For whom it is done, as the messages so far tell.
    fn holder(&self, happened: &Happened<'_>) -> Holder {
        let Some(request) = happened.request else { return Holder::default() };
        let success = happened.response.is_some_and(|r| r.status < 400);
        if happened.endpoint.is_gateway() {
            return by_assertion(request).filter(|_| success).unwrap_or_default();
        }
        let mut learned = self.journal.learned.lock().unwrap_or_else(PoisonError::into_inner);
        if happened.endpoint == Endpoint::Token {
            let holder = by_grant(request, &self.config.rules.claims, &learned).filter(|_| success).unwrap_or_default();
            let issued = happened.response.and_then(|r| serde_json::from_slice::<Value>(&r.body).ok());
            if let Some(token) = issued.as_ref().and_then(|b| b["access_token"].as_str()) {
                learned.tokens.insert(token.to_owned(), holder.clone());
            }
            return holder;
        }
        let mut holder = bearer(request).and_then(|t| learned.tokens.get(t)).cloned().unwrap_or_default();
        if let Some(task) = task_of(request) {
            let identifier = &task["for"]["identifier"];
            let is_citizen = identifier["system"].as_str().is_some_and(is_bsn);
            let patient = identifier["value"].as_str().filter(|_| is_citizen).map(str::to_owned);
            if let (Some(base), Some(patient)) = (base_of(&task), patient.clone()) {
                learned.bases.insert(base, patient);
            }
            if success {
                holder.patient = patient.or(holder.patient);
            }
        }
        holder
    }
}

/// A message between gateways.
fn message(request: &HttpRequest) -> Option<Value> {
    xds::describe(header(&request.headers, "content-type")?, &request.body)
}

/// The transaction that is asked of a gateway, if it is one.
fn asked_of_gateway(request: &HttpRequest) -> Option<Endpoint> {
    let message = message(request)?;
    Some(match message["transaction"].as_str() {
        Some("iti-39" | "iti-43") => Endpoint::CrossGatewayRetrieve,
        Some("rad-75" | "rad-69") => Endpoint::CrossGatewayImages,
        _ => Endpoint::CrossGatewayQuery,
    })
}

/// What is asked for: the stored query, or ids of documents (30-beeldbeschikbaarheid section 11).
fn asked_for(message: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let body = &message["body"];
    let documents = body["documents"].as_array().into_iter().flatten();
    let series = body["studies"].as_array().into_iter().flatten().flat_map(|s| s["series"].as_array());
    let images = series.flatten().flat_map(|s| s["documents"].as_array()).flatten();
    let ids = documents.chain(images).filter_map(|d| text(&d["document"]));
    text(&body["id"]).into_iter().chain(ids).collect()
}

/// For whom, by the assertion of a message.
fn by_assertion(request: &HttpRequest) -> Option<Holder> {
    let kind = header(&request.headers, "content-type")?;
    let envelope = mtom::envelope(kind, &request.body)?;
    let header = saml::read(&envelope, &xds::LIMITS).ok()?;
    let caller = Caller::of(&header.tokens.first()?.assertion);
    let id = |(root, value): (String, String)| format!("urn:oid:{root}|{value}");
    let responsible = caller.professional.map(|p| Person { id: id(p), role: caller.role });
    let mandated = caller.mandated.map(|p| Person { id: id(p), role: None });
    Some(Holder {
        patient: caller.patient,
        organisation: caller.ura,
        persons: responsible.into_iter().chain(mandated).collect(),
        policies: vec![BY_CONSENT.to_owned()],
    })
}

fn by_grant(request: &HttpRequest, names: &ClaimNames, learned: &Learned) -> Option<Holder> {
    let form = parse_pairs(&String::from_utf8_lossy(&request.body), true);
    let (_, assertion) = form.iter().find(|(name, _)| name == "assertion")?;
    let claims = jose::decode_unverified(assertion, jose::Limits::TOKEN).ok()?.claims;
    let claim = |name: &str| claims[name].as_str().map(str::to_owned);
    let base = claim(&names.authorization_base);
    let patient = claim(&names.patient).or_else(|| base.as_ref().and_then(|b| learned.bases.get(b).cloned()));
    let user = claim(&names.user).map(|id| Person { id, role: claim(&names.role) });
    let mandated = claim(&names.mandated).map(|id| Person { id, role: None });
    Some(Holder {
        patient,
        organisation: claim(&names.organisation),
        persons: user.into_iter().chain(mandated).collect(),
        policies: vec![if base.is_some() { BY_REFERRAL } else { BY_CONSENT }.to_owned()],
    })
}

fn bearer(request: &HttpRequest) -> Option<&str> {
    header(&request.headers, "authorization").and_then(|h| h.strip_prefix("Bearer "))
}

fn task_of(request: &HttpRequest) -> Option<Value> {
    let kind = header(&request.headers, "content-type").map(media_type)?;
    let limits = crate::wire::fhir::Limits::default();
    let read = if kind.ends_with("xml") {
        crate::wire::fhir::parse_xml(&request.body, &limits).ok()?
    } else {
        crate::wire::fhir::parse_json(&request.body, &limits).ok()?
    };
    (read["resourceType"] == "Task").then_some(read)
}

fn base_of(task: &Value) -> Option<String> {
    let is_base = |input: &&Value| {
        let codings = input["type"]["coding"].as_array();
        codings.is_some_and(|list| list.iter().any(|c| c["code"] == "authorization-base"))
    };
    task["input"].as_array()?.iter().find(is_base)?["valueString"].as_str().map(str::to_owned)
}

/// URA in the certificate that the client showed.
fn ura_of(tls: &TlsFacts) -> Option<String> {
    tls.peer.first().and_then(|c| c.uzi.as_ref()).map(|u| u.ura.clone())
}

/// What a request is, for the one who sent it.
fn kind_of(request: &HttpRequest) -> Endpoint {
    let last = request.path().rsplit('/').next().unwrap_or_default();
    match request.method.as_str() {
        "POST" if last == "_search" => Endpoint::Search,
        "POST" if request.path() == super::maternity::HL7V3 => Endpoint::Hl7v3,
        "POST" => Endpoint::Notification,
        "PUT" => Endpoint::Cancellation,
        // A type begins with a capital and stands last in a search; an id or nothing else does in a read.
        _ if last.starts_with(|c: char| c.is_ascii_uppercase())
            || request.query().is_some()
            || last.starts_with('$') =>
        {
            Endpoint::Search
        }
        _ => Endpoint::Read,
    }
}

fn interaction(happened: &Happened<'_>) -> (&'static str, &'static str) {
    match happened.endpoint {
        Endpoint::Probe => ("handshake", "E"),
        Endpoint::CrossGatewayQuery => ("ITI-38", "E"),
        Endpoint::CrossGatewayRetrieve => ("ITI-39", if happened.outgoing { "C" } else { "R" }),
        Endpoint::CrossGatewayImages => ("RAD-75", if happened.outgoing { "C" } else { "R" }),
        Endpoint::Token => ("token", "E"),
        Endpoint::Search => ("search", "E"),
        Endpoint::Read | Endpoint::WorkflowTask | Endpoint::Document => ("read", "R"),
        Endpoint::Cancellation | Endpoint::TaskStatus => ("update", "U"),
        _ => match happened.request.map(|r| r.method.as_str()) {
            Some("POST") => ("create", "C"),
            Some("PUT") => ("update", "U"),
            _ => ("read", "R"),
        },
    }
}

impl Feed {
    /// Sends a record. A repository that does not answer is no reason to stop working.
    async fn send(&self, record: &Record) -> Option<()> {
        let tls = self.identity.client_tls(&self.trust, None, true).ok()?;
        if let Some(syslog) = &self.syslog {
            let mut message = syslog::write(&self.header(record), &dicom::write(record));
            if let Some(deviation) = self.deviation {
                deviation.edit_syslog(&mut message);
            }
            return deliver(syslog, &syslog::framed(&message), &tls, &self.limits).await.ok()?.ok();
        }
        let mut event = fhir::write_r4(record);
        if let Some(deviation) = self.deviation {
            deviation.edit_audit_event(&mut event);
        }
        let target = format!("{}/AuditEvent", self.repository.target.trim_end_matches('/'));
        let request = HttpRequest { method: "POST".into(), target, ..HttpRequest::default() }
            .with_body("application/fhir+json", event.to_string().into_bytes());
        exchange(&self.repository, &request, &tls, &self.limits).await.ok()?.response.map(drop)
    }

    fn header(&self, record: &Record) -> syslog::Header {
        syslog::Header {
            priority: 85,
            timestamp: record.time.clone().unwrap_or_else(|| "-".to_owned()),
            hostname: "localhost".to_owned(),
            application: self.identity.system_id.clone(),
            process: "-".to_owned(),
            message_id: "IHE+DICOM".to_owned(),
        }
    }
}
