//! The R4 stack in preparation (20-technical-core section 13): Subscription server, sender of notifications, and placer
//! of Coordination Tasks.
//!
//! It follows the drafts as far as they go and nothing beyond: no access tokens, mutual TLS alone.

mod matching;
mod notification;
mod subscription;
mod task;

use std::collections::BTreeMap;

use serde_json::{Value, json};

pub(super) use notification::Notice;

use super::Gtk;
use super::outcome::{FHIR_JSON, FHIR_XML, wants_xml};
use crate::base::clock;
use crate::deviation::Deviation;
use crate::net::Incoming;
use crate::net::listen::Answer;
use crate::transcript::Endpoint;
use crate::wire::fhir;
use crate::wire::http::{HttpRequest, HttpResponse, Url, header, media_type, parse_pairs};
use crate::wire::task::fill;

/// Templates of what is served.
#[derive(Debug, Clone)]
pub struct R4Templates {
    /// CapabilityStatement.
    pub capability_statement: Value,
    /// Subscription.
    pub subscription: Value,
    /// List of Coordination Tasks.
    pub tasks: Value,
}

/// What a GtK keeps on this stack.
#[derive(Debug, Default)]
pub(super) struct Store {
    /// Subscriptions by URA of the one who subscribed.
    pub subscriptions: BTreeMap<String, Value>,
    /// Coordination Tasks by id.
    pub tasks: BTreeMap<String, Value>,
    /// Events so far.
    pub events: u64,
}

impl Gtk {
    /// What stands below the R4 base in a path, if it is below it.
    pub(super) fn below_r4(&self, path: &str) -> Option<String> {
        let base = Url::parse(self.config.addresses.r4_base.as_deref()?)?.target;
        Some(path.strip_prefix(base.as_str())?.strip_prefix('/')?.to_owned())
    }

    /// Answers one request on this stack.
    pub(super) fn r4(&self, below: &str, incoming: &Incoming) -> Answer {
        let request = &incoming.request;
        let parts: Vec<&str> = below.split('/').collect();
        let (sending, receiving) = self.config.plays;
        if receiving && request.method == "POST" && parts == ["notifications"] {
            return Answer::new(HttpResponse::status(200), Endpoint::R4Notification);
        }
        let templates = self.config.offering.templates.r4.as_ref().filter(|_| sending && !self.config.lenient);
        let response = match (templates, request.method.as_str(), parts.as_slice()) {
            (None, ..) => self.failure(404, "not-found", "this GtK does not play that role", request),
            (Some(t), "GET", ["metadata"]) => self.capabilities(t, request),
            (_, "GET", ["Subscription"]) => self.search_subscriptions(request),
            (_, "GET", ["Subscription", id]) => self.read_subscription(id, request),
            (_, "GET", ["Subscription", id, "$status" | "%24status"]) => self.subscription_status(id, request),
            (_, "PUT", ["Subscription", id]) => self.update_subscription(id, request),
            (_, "GET", ["Task"]) => self.search_tasks(request),
            (_, "GET", ["Task", id]) => self.read_task(id, request),
            (_, "PUT", ["Task", id]) => self.update_task(id, request),
            (_, "GET", _) => self.failure(404, "not-found", "there is no such resource", request),
            _ => self.failure(405, "not-supported", "method not supported", request),
        };
        Answer::new(response, Endpoint::Other)
    }

    fn capabilities(&self, templates: &R4Templates, request: &HttpRequest) -> HttpResponse {
        let values = BTreeMap::from([("date".to_owned(), clock::rfc3339(clock::now()))]);
        let mut statement = fill(&templates.capability_statement, &values).unwrap_or_default();
        if let Some(deviation) = self.config.deviation {
            deviation.edit_r4_capabilities(&mut statement);
        }
        self.written(200, &statement, request)
    }

    /// A resource in the format that the request asks for; JSON when it asks for none.
    fn written(&self, status: u16, value: &Value, request: &HttpRequest) -> HttpResponse {
        if wants_xml(request) && !self.deviates(Deviation::JsonOnly) {
            let headers = vec![("content-type".to_owned(), FHIR_XML.to_owned())];
            return HttpResponse::new(status, headers, fhir::r4_xml(value).into_bytes());
        }
        HttpResponse::json(status, FHIR_JSON, value)
    }

    fn not_found(&self, request: &HttpRequest) -> HttpResponse {
        self.failure(404, "not-found", "there is no such resource", request)
    }

    /// The base, for absolute references.
    fn r4_root(&self) -> &str {
        self.config.addresses.r4_base.as_deref().unwrap_or_default()
    }

    /// A searchset of resources.
    fn found(&self, resources: &[Value], request: &HttpRequest) -> HttpResponse {
        let root = self.r4_root();
        let url = |r: &Value| {
            let part = |name: &str| r[name].as_str().unwrap_or_default().to_owned();
            format!("{root}/{}/{}", part("resourceType"), part("id"))
        };
        let entries: Vec<Value> =
            resources.iter().map(|r| json!({"fullUrl": url(r), "resource": r, "search": {"mode": "match"}})).collect();
        let origin = Url::parse(root).map(|u| root.strip_suffix(u.target.as_str()).unwrap_or(root).to_owned());
        let link = format!("{}{}", origin.unwrap_or_default(), request.target);
        let mut bundle = json!({
            "resourceType": "Bundle",
            "type": "searchset",
            "total": entries.len(),
            "link": [{"relation": "self", "url": link}],
        });
        // FHIR has no empty lists.
        if !entries.is_empty() {
            bundle["entry"] = Value::Array(entries);
        }
        self.written(200, &bundle, request)
    }
}

/// The parameters of a search, without those that are about the answer.
fn criteria(request: &HttpRequest) -> Vec<(String, String)> {
    let pairs = parse_pairs(request.query().unwrap_or_default(), false);
    pairs.into_iter().filter(|(name, _)| name != "_format").collect()
}

/// The resource that a request carries, if it is of the type and has the id of its address.
fn carried(request: &HttpRequest, kind: &str, id: &str) -> Option<Value> {
    let limits = fhir::Limits::default();
    let media = header(&request.headers, "content-type").map(media_type).unwrap_or_default();
    // The reader of XML knows STU3; a Subscription is written alike in both releases, so it serves for that one.
    let value = match media.as_str() {
        FHIR_XML if kind == "Subscription" => fhir::parse_xml(&request.body, &limits).ok()?,
        FHIR_JSON => fhir::parse_json(&request.body, &limits).ok()?,
        _ => return None,
    };
    (value["resourceType"] == kind && value["id"] == id).then_some(value)
}

/// The next version of a resource.
fn next_version(old: &Value, mut new: Value) -> Value {
    let version = old.pointer("/meta/versionId").and_then(Value::as_str).and_then(|v| v.parse::<u64>().ok());
    new["meta"] = old["meta"].clone();
    new["meta"]["versionId"] = json!((version.unwrap_or(0) + 1).to_string());
    new["meta"]["lastUpdated"] = json!(clock::rfc3339(clock::now()));
    new
}
