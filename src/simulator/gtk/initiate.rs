//! The client side of the reference GtK: it notifies, cancels and pulls (20-technical-core section 3.1).

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::outcome::FHIR_JSON;
use super::state::Referral;
use super::{Gtk, Peer};
use crate::base::clock;
use crate::deviation::{AccessTokenUse, Deviation, present_token};
use crate::net::connect::exchange;
use crate::wire::http::{HttpRequest, HttpResponse, QueryEncoding, Url, encode_component, encode_query};
use crate::wire::task::{InputStyle, Inputs, Offer, add_inputs, fill, read_offer};

/// Pages that are followed before a server is taken to loop.
const MOST_PAGES: usize = 50;

impl Gtk {
    pub(super) fn notify_later(self: Arc<Self>, referral: Referral) {
        tokio::spawn(async move { self.notify(&referral).await });
    }

    pub(super) fn cancel_later(self: Arc<Self>, referral: Referral) {
        tokio::spawn(async move { self.cancel(&referral).await });
    }

    pub(super) fn pull_later(self: Arc<Self>, received: usize) {
        tokio::spawn(async move { self.pull(received).await });
    }

    /// The values that templates can name.
    fn values(&self, referral: &Referral) -> BTreeMap<String, String> {
        let mut values = BTreeMap::from([
            ("notification.identifier".to_owned(), referral.notification.clone()),
            ("notification.group".to_owned(), referral.group.clone()),
            ("sender.ura".to_owned(), self.config.identity.ura.clone()),
            ("sender.system".to_owned(), self.config.identity.system_id.clone()),
            ("receiver.ura".to_owned(), referral.receiver.clone()),
            ("authored-on".to_owned(), clock::rfc3339(clock::now())),
            ("period.end".to_owned(), clock::rfc3339(referral.ends)),
            ("patient.bsn".to_owned(), referral.bsn.clone()),
        ]);
        if let Some(id) = &referral.workflow {
            values.insert("workflow.id".into(), id.clone());
        }
        values
    }

    /// The Notification Task of a referral.
    pub fn notification_of(&self, referral: &Referral, style: InputStyle) -> Value {
        let offering = &self.config.offering;
        let mut task = fill(&offering.templates.notification, &self.values(referral)).unwrap_or_default();
        let inputs = Inputs {
            authorization_base: Some(&referral.base),
            get_workflow_task: referral.workflow.is_some().then_some(true),
            queries: (!referral.queries_in_workflow).then_some(&offering.queries),
            references: if referral.queries_in_workflow { Vec::new() } else { self.config.references.clone() },
            style,
        };
        add_inputs(&mut task, &offering.codes, &inputs);
        task
    }

    /// The Workflow Task of a referral, without id.
    pub(super) fn workflow_task_of(&self, referral: &Referral) -> Value {
        let offering = &self.config.offering;
        let mut task = fill(&offering.templates.workflow, &self.values(referral)).unwrap_or_default();
        let inputs = Inputs {
            authorization_base: Some(&referral.base),
            queries: Some(&offering.queries),
            references: self.config.references.clone(),
            style: InputStyle::Section,
            ..Inputs::default()
        };
        add_inputs(&mut task, &offering.codes, &inputs);
        task
    }

    /// The cancellation of a referral.
    pub fn cancellation_of(&self, referral: &Referral) -> Value {
        fill(&self.config.offering.templates.cancellation, &self.values(referral)).unwrap_or_default()
    }

    async fn notify(&self, referral: &Referral) -> Option<()> {
        let peer = self.config.peers.get(&referral.receiver)?;
        let token = self.obtain_token(peer, &self.config.rules.scopes.notification, None).await;
        let mut task = self.notification_of(referral, InputStyle::Generic);
        let base = Url::parse(&peer.addresses.fhir_base)?;
        let mut request =
            HttpRequest { method: "POST".into(), target: format!("{}/Task", base.target), ..HttpRequest::default() };
        if let Some(deviation) = self.config.deviation {
            deviation.edit_notification(&mut task);
            deviation.edit_notification_request(&mut request);
        }
        request = request.with_header("accept", FHIR_JSON).with_body(FHIR_JSON, task.to_string().into_bytes());
        self.send(&base, request, token.as_deref()).await.map(drop)
    }

    async fn cancel(&self, referral: &Referral) -> Option<()> {
        let peer = self.config.peers.get(&referral.receiver)?;
        let token = self.obtain_token(peer, &self.config.rules.scopes.notification, None).await;
        let base = Url::parse(&peer.addresses.fhir_base)?;
        let mut task = self.cancellation_of(referral);
        let mut request = cancellation_request(&base, &task);
        if let Some(deviation) = self.config.deviation {
            deviation.edit_cancellation(&mut task, &mut request);
        }
        request.body = task.to_string().into_bytes();
        self.send(&base, request, token.as_deref()).await.map(drop)
    }

    /// Asks for a token; `None` when none is given.
    async fn obtain_token(&self, peer: &Peer, scope: &str, base: Option<&str>) -> Option<String> {
        let endpoint = Url::parse(&peer.addresses.token_endpoint)?;
        let mut inputs = self.config.identity.token_inputs(&peer.addresses.token_endpoint, scope, clock::now());
        inputs.authorization_base = base;
        let request = self
            .config
            .identity
            .token_request(&inputs, &self.config.rules, self.config.deviation, &endpoint.target)
            .ok()?;
        let response = self.send(&endpoint, request, None).await?;
        let body: Value = serde_json::from_slice(&response.body).ok()?;
        body["access_token"].as_str().map(str::to_owned)
    }

    /// Sends a request, with a token if there is one, in the way that the deviation says.
    pub(super) async fn send(&self, to: &Url, mut request: HttpRequest, token: Option<&str>) -> Option<HttpResponse> {
        if let Some(token) = token {
            let how = self.config.deviation.map(Deviation::access_token_use).unwrap_or_default();
            present_token(&mut request, token, how);
        } else if self.config.deviation.map(Deviation::access_token_use) == Some(AccessTokenUse::Random) {
            present_token(&mut request, "", AccessTokenUse::Random);
        }
        let tls = self.config.identity.client_tls(&self.config.trust, self.config.deviation, true).ok()?;
        exchange(to, &request, &tls, &self.config.limits).await.ok()?.response
    }

    /// Pulls what a notification offers: token with base, Workflow Task, searches with their pages, reads.
    async fn pull(&self, received: usize) -> Option<()> {
        let task = self.state().received.get(received)?.task.clone();
        let sender = task.pointer("/requester/onBehalfOf/identifier/value")?.as_str()?;
        let peer = self.config.peers.get(sender)?;
        let mut offer = read_offer(&task, &self.config.offering.codes);
        let base = Url::parse(&peer.addresses.fhir_base)?;
        let scope = self.config.rules.scopes.pull.clone();
        let token = self.obtain_token(peer, &scope, offer.authorization_base.as_deref()).await;
        if offer.get_workflow_task && !self.deviates(Deviation::SkipsWorkflowTask) {
            let reference = offer.based_on.clone()?;
            let request = HttpRequest::get(format!("{}/{reference}", base.target)).with_header("accept", FHIR_JSON);
            let response = self.send(&base, request, token.as_deref()).await?;
            let workflow: Value = serde_json::from_slice(&response.body).ok()?;
            let Offer { queries, references, .. } = read_offer(&workflow, &self.config.offering.codes);
            offer.queries.extend(queries);
            offer.references.extend(references);
        }
        if let Some(deviation) = self.config.deviation {
            deviation.edit_pull(&mut offer.queries);
        }
        for query in &offer.queries {
            if self.is_cancelled(received) {
                return None;
            }
            self.pull_query(&base, query, token.as_deref()).await;
        }
        for reference in &offer.references {
            self.pull_reference(&base, reference, token.as_deref()).await;
        }
        Some(())
    }

    fn is_cancelled(&self, received: usize) -> bool {
        let cancelled = self.state().received.get(received).is_some_and(|r| r.cancelled);
        cancelled && !self.deviates(Deviation::PullsAfterCancellation)
    }

    async fn pull_query(&self, base: &Url, query: &str, token: Option<&str>) -> Option<()> {
        // An absolute query is in the hands of whoever sent it: only the known source is called (TK-04-01, NEG-61).
        let query = match Url::parse(query) {
            Some(url) if url.origin() == base.origin() => {
                url.target.strip_prefix(&format!("{}/", base.target))?.to_owned()
            }
            Some(_) => return None,
            None => query.to_owned(),
        };
        let encoding =
            if self.deviates(Deviation::UnencodedQueries) { QueryEncoding::Literal } else { QueryEncoding::Encoded };
        let encoded = encode_query(&query, encoding);
        // What may not be written bare is encoded even by the careless; the pipe and colon are not among it here.
        let encoded = if self.deviates(Deviation::UnencodedQueries) { encoded.replace("%7C", "|") } else { encoded };
        let mut request = HttpRequest::get(format!("{}/{encoded}", base.target)).with_header("accept", FHIR_JSON);
        if self.deviates(Deviation::SearchesByPost) {
            let (path, parameters) = encoded.split_once('?').unwrap_or((&encoded, ""));
            request = HttpRequest {
                method: "POST".into(),
                target: format!("{}/{path}/_search", base.target),
                ..HttpRequest::default()
            }
            .with_body("application/x-www-form-urlencoded", parameters.as_bytes().to_vec());
        }
        let mut response = self.send(base, request, token).await?;
        for _ in 0..MOST_PAGES {
            let bundle: Value = serde_json::from_slice(&response.body).ok()?;
            let next = bundle["link"].as_array()?.iter().find(|l| l["relation"] == "next")?["url"].as_str()?.to_owned();
            if self.deviates(Deviation::IgnoresNextPage) {
                return None;
            }
            let next = Url::parse(&next).filter(|u| u.origin() == base.origin())?;
            let request = HttpRequest::get(next.target).with_header("accept", FHIR_JSON);
            response = self.send(base, request, token).await?;
        }
        Some(())
    }

    async fn pull_reference(&self, base: &Url, reference: &str, token: Option<&str>) -> Option<()> {
        let target = if self.deviates(Deviation::SearchesInsteadOfReading) {
            let (kind, id) = reference.split_once('/')?;
            format!("{}/{kind}?_id={id}", base.target)
        } else {
            format!("{}/{reference}", base.target)
        };
        let response = self.send(base, HttpRequest::get(target).with_header("accept", FHIR_JSON), token).await?;
        let resource: Value = serde_json::from_slice(&response.body).ok()?;
        // A DocumentReference only tells where the document is (BGZ-POS-03).
        let binary = resource.pointer("/content/0/attachment/url")?.as_str()?.to_owned();
        let binary = binary.rsplit_once("Binary/").map(|(_, id)| id.to_owned())?;
        let target = format!("{}/Binary/{binary}", base.target);
        self.send(base, HttpRequest::get(target).with_header("accept", FHIR_JSON), token).await.map(drop)
    }
}

/// The conditional update that carries a cancellation (TK-02-01), without body and token.
pub fn cancellation_request(base: &Url, task: &Value) -> HttpRequest {
    let part = |name: &str| task.pointer(&format!("/identifier/0/{name}")).and_then(Value::as_str).unwrap_or_default();
    let identifier = encode_component(&format!("{}|{}", part("system"), part("value")));
    let request = HttpRequest {
        method: "PUT".into(),
        target: format!("{}/Task?identifier={identifier}", base.target),
        ..HttpRequest::default()
    };
    request.with_header("accept", FHIR_JSON).with_header("content-type", FHIR_JSON)
}
