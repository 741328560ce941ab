//! The reference GtK pulls what a notification offers: token with base, Workflow Task, searches with their pages, reads,
//! and at the end the status of the Workflow Task (20-technical-core section 3.1, 21-bgz section 5).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::documents::{is_of_documents, told_of};
use super::handoff::is_handoff;
use super::outcome::FHIR_JSON;
use super::{Gtk, Peer};
use crate::base::clock;
use crate::deviation::{Deviation, present_token};
use crate::net::connect::Kept;
use crate::wire::fhir::bundle::resources;
use crate::wire::http::{HttpRequest, HttpResponse, QueryEncoding, Url, encode_query, header};
use crate::wire::mcsd::RESOURCES;
use crate::wire::task::{Offer, read_offer};

/// Pages that are followed at most.
const MOST_PAGES: usize = 50;
/// Queries of one Task that are asked at most.
const MOST_QUERIES: usize = 200;
/// Longest wait that a `Retry-After` can ask of us, in seconds.
const LONGEST_WAIT_S: u64 = 2;

/// One pull: whom it is asked of, on what base, with which token.
pub(super) struct Session {
    peer: Peer,
    pub(super) base: Url,
    authorization_base: Option<String>,
    /// BSN of the patient who is consulted about, where that is what it is for.
    consulted: Option<String>,
    /// Scope of a token for that, where it is not the usual one.
    pub(super) scope: Option<String>,
    pub token: Option<String>,
    /// What was told of documents, where the announcement is about them, or of the type that is kept.
    pub(super) found: Vec<Value>,
    /// A resource type that more is asked about later.
    pub(super) keeps: Option<&'static str>,
    of_documents: bool,
    /// The connection that its requests share.
    kept: Option<Kept>,
}

impl Session {
    pub(super) fn of(peer: Peer, authorization_base: Option<String>, consulted: Option<String>) -> Option<Self> {
        let base = Url::parse(&peer.addresses.fhir_base)?;
        Some(Self {
            peer,
            base,
            authorization_base,
            consulted,
            scope: None,
            token: None,
            found: Vec::new(),
            keeps: None,
            of_documents: false,
            kept: None,
        })
    }

    pub(super) fn peer_ura(&self) -> &str {
        &self.peer.ura
    }

    pub(super) fn authorization_base(&self) -> Option<&str> {
        self.authorization_base.as_deref()
    }
}

impl Gtk {
    pub(super) fn pull_later(self: Arc<Self>, received: usize) {
        tokio::spawn(async move { self.pull(received).await });
    }

    async fn pull(&self, received: usize) -> Option<()> {
        let task = self.state().received.get(received)?.task.clone();
        let sender = task.pointer("/requester/onBehalfOf/identifier/value")?.as_str()?;
        let peer = self.party(sender, RESOURCES).await?;
        let mut offer = read_offer(&task, &self.config.offering.codes);
        let mut session = Session::of(peer, offer.authorization_base.clone(), None)?;
        self.renew(&mut session).await;
        // Who gets no token has nothing to ask with.
        session.token.as_ref()?;
        let mut workflow = None;
        if offer.get_workflow_task && !self.deviates(Deviation::SkipsWorkflowTask) {
            let reference = offer.based_on.clone()?;
            let response = self.get(&mut session, &reference).await?;
            let task: Value = serde_json::from_slice(&response.body).ok()?;
            if is_handoff(&task) {
                return self.take_handoff(&mut session, &reference, task).await;
            }
            let Offer { queries, references, .. } = read_offer(&task, &self.config.offering.codes);
            offer.queries.extend(queries);
            offer.references.extend(references);
            workflow = Some((reference, task));
        }
        session.of_documents = is_of_documents(&offer);
        if let Some(deviation) = self.config.deviation {
            deviation.edit_pull(&mut offer.queries);
        }
        for query in offer.queries.iter().take(MOST_QUERIES) {
            if self.is_cancelled(received) {
                return None;
            }
            self.pull_query(&mut session, query).await;
        }
        for reference in &offer.references {
            self.pull_reference(&mut session, reference).await;
        }
        let whole = !session.of_documents || self.pull_documents(&mut session).await;
        // The work is not done while a document cannot be read.
        if let Some((reference, task)) = workflow.filter(|_| whole) {
            self.complete(&mut session, &reference, task).await;
        }
        Some(())
    }

    fn is_cancelled(&self, received: usize) -> bool {
        let cancelled = self.state().received.get(received).is_some_and(|r| r.cancelled);
        cancelled && !self.deviates(Deviation::PullsAfterCancellation)
    }

    pub(super) async fn renew(&self, session: &mut Session) {
        let scope = &self.config.rules.scopes.pull;
        session.token = match &session.consulted {
            Some(patient) => self.consultation_token(&session.peer, patient, session.scope.as_deref()).await,
            None => self.obtain_token(&session.peer, scope, session.authorization_base.as_deref(), false).await,
        };
    }

    /// Sends a request; a token that has expired is renewed once, and a source that is busy gets a second chance.
    pub(super) async fn ask(&self, session: &mut Session, request: HttpRequest) -> Option<HttpResponse> {
        let response = self.send_kept(session, request.clone()).await?;
        match response.status {
            401 if session.token.is_some() => self.renew(session).await,
            503 => {
                let asked = header(&response.headers, "retry-after").and_then(|v| v.parse().ok());
                let Some(seconds) = asked.filter(|s: &u64| *s <= LONGEST_WAIT_S) else { return Some(response) };
                tokio::time::sleep(Duration::from_secs(seconds)).await;
            }
            _ => return Some(response),
        }
        self.send_kept(session, request).await
    }

    /// Sends a request on the connection that the pull keeps; a new one is opened where there is none.
    async fn send_kept(&self, session: &mut Session, mut request: HttpRequest) -> Option<HttpResponse> {
        let how = self.config.deviation.map(Deviation::access_token_use).unwrap_or_default();
        present_token(&mut request, session.token.as_deref().unwrap_or_default(), how);
        let limits = &self.config.limits;
        let mut kept = match session.kept.take() {
            Some(kept) => kept,
            None => {
                let mut tls = self.config.identity.client_tls(&self.config.trust, self.config.deviation, true).ok()?;
                tls.organisation = self.organisation_at(&session.base);
                Kept::open(&session.base, &tls, limits).await.ok()?.ok()?
            }
        };
        let began = clock::now();
        let response = kept.ask(&session.base, &request, limits).await.ok();
        self.note_sent(&session.base, &request, response.as_ref(), began);
        let response = response?;
        session.kept = Some(kept);
        Some(response)
    }

    pub(super) async fn get(&self, session: &mut Session, below: &str) -> Option<HttpResponse> {
        let target = format!("{}/{below}", session.base.target);
        self.ask(session, HttpRequest::get(target).with_header("accept", FHIR_JSON)).await
    }

    pub(super) async fn pull_query(&self, session: &mut Session, query: &str) -> Option<()> {
        let base = session.base.clone();
        // An absolute query is in the hands of whoever sent it: only the known source is called (TK-04-01, NEG-61).
        if let Some(url) = Url::parse(query).filter(|u| u.origin() != base.origin())
            && self.deviates(Deviation::CallsForeignHosts)
        {
            let request = HttpRequest::get(url.target.clone()).with_header("accept", FHIR_JSON);
            return self.send(&url, request, session.token.as_deref()).await.map(drop);
        }
        let query = base.below(query)?;
        let careless = self.deviates(Deviation::UnencodedQueries);
        let encoding = if careless { QueryEncoding::Literal } else { QueryEncoding::Encoded };
        let encoded = encode_query(&query, encoding);
        // What may not be written bare is encoded even by the careless; the pipe and colon are not among it here.
        let encoded = if careless { encoded.replace("%7C", "|") } else { encoded };
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
        let mut asked = BTreeSet::from([request.target.clone()]);
        let mut response = self.ask(session, request).await?;
        for _ in 0..MOST_PAGES {
            let bundle: Value = serde_json::from_slice(&response.body).ok()?;
            if session.of_documents {
                session.found.extend(told_of(&bundle));
            }
            if let Some(kind) = session.keeps {
                session.found.extend(resources(&bundle).filter(|r| r["resourceType"] == kind).cloned());
            }
            let next = bundle["link"].as_array()?.iter().find(|l| l["relation"] == "next")?["url"].as_str()?.to_owned();
            if self.deviates(Deviation::IgnoresNextPage) {
                return None;
            }
            let next = Url::parse(&next).filter(|u| u.origin() == base.origin())?;
            // A page that was there before is a loop of the source (NEG-93).
            if !asked.insert(next.target.clone()) && !self.deviates(Deviation::FollowsLoops) {
                return None;
            }
            response = self.ask(session, HttpRequest::get(next.target).with_header("accept", FHIR_JSON)).await?;
        }
        Some(())
    }

    async fn pull_reference(&self, session: &mut Session, reference: &str) -> Option<()> {
        let response = if self.deviates(Deviation::SearchesInsteadOfReading) {
            let (kind, id) = reference.split_once('/')?;
            self.get(session, &format!("{kind}?_id={id}")).await?
        } else {
            self.get(session, reference).await?
        };
        let resource: Value = serde_json::from_slice(&response.body).ok()?;
        if session.of_documents {
            session.found.extend(told_of(&resource));
            return Some(());
        }
        // A DocumentReference only tells where the document is (BGZ-POS-03).
        let binary = resource.pointer("/content/0/attachment/url")?.as_str()?.to_owned();
        let binary = binary.rsplit_once("Binary/").map(|(_, id)| id.to_owned())?;
        self.get(session, &format!("Binary/{binary}")).await.map(drop)
    }

    /// Tells the source that the work is done (BGZ-WFT-01): the whole Task with its new status.
    async fn complete(&self, session: &mut Session, reference: &str, mut task: Value) -> Option<()> {
        task["status"] = json!("completed");
        let request = HttpRequest {
            method: "PUT".into(),
            target: format!("{}/{reference}", session.base.target),
            ..HttpRequest::default()
        };
        let request = request.with_header("accept", FHIR_JSON).with_body(FHIR_JSON, task.to_string().into_bytes());
        self.ask(session, request).await.map(drop)
    }
}
