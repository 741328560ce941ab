//! The reference GtK: its configuration, its state, and the door that requests come in by.

mod addresses;
mod authorization;
mod certificate;
mod consent;
mod consult;
mod documents;
mod gateway;
mod handoff;
mod initiate;
mod journal;
mod maternity;
mod metadata;
mod notification;
mod nuts;
mod outcome;
mod pull;
mod r4;
mod resource;
mod rules;
mod service;
mod state;
mod token;
mod trigger;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use consent::Release;
pub use gateway::Requesting;
pub use handoff::{HANDOFF_NOTIFICATIONS, empty_post};
pub use initiate::cancellation_request;
pub use r4::R4Templates;
pub use service::AlsoServed;
pub use state::Referral;
pub use trigger::{ToReferral, Trigger};

use super::facility::Facility;
use super::interference::{Interference, Interferer};
use super::records::Records;
use super::xca;
use crate::base::clock;
use crate::deviation::{Deviation, Guard};
use crate::net::listen::{Answer, Bound, ListenError, Observed, ServiceFuture};
use crate::net::{Identity, Incoming, Limits, Listener, Service, Trust};
use crate::transcript::Endpoint;
use crate::wire::authorization::AuthorizationMatrix;
use crate::wire::consent::ConsentRules;
use crate::wire::http::{HttpResponse, Url};
use crate::wire::jose::Jwks;
use crate::wire::oauth::TokenRules;
use crate::wire::query::QuerySet;
use crate::wire::roles::RoleCodes;
use crate::wire::task::InputCodes;

/// Templates of the Tasks that a GtK sends.
#[derive(Debug, Clone, Default)]
pub struct Templates {
    /// Notification Task (Twiin-01).
    pub notification: Value,
    /// Workflow Task (Twiin-03).
    pub workflow: Value,
    /// Cancellation (Twiin-02).
    pub cancellation: Value,
    /// What is served on the R4 stack in preparation, if anything.
    pub r4: Option<R4Templates>,
    /// A message of HL7v3 that is sent, as text with placeholders, if one is.
    pub message: Option<String>,
}

/// What a sending GtK offers in its Tasks.
#[derive(Debug, Clone)]
pub struct Offering {
    /// Searches.
    pub queries: QuerySet,
    /// Input codes of the release.
    pub codes: InputCodes,
    /// Templates.
    pub templates: Arc<Templates>,
}

/// Where a GtK can be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// FHIR base, without slash at the end. Notifications go to `Task` below it.
    pub fhir_base: String,
    /// Token endpoint.
    pub token_endpoint: String,
    /// FHIR R4 base of the stack in preparation, if there is one. Notifications go to `notifications` below it.
    pub r4_base: Option<String>,
    /// Where it is told of a Task by a POST without body, without slash at the end, if anywhere.
    pub handoff_notifications: Option<String>,
    /// Issuer of its authorization server (RFC 8414), if it tells. Its own keys are at `jwks` below it.
    pub issuer: Option<String>,
    /// Its gateway for images and reports, if it has one.
    pub gateway: Option<GatewayAddresses>,
}

/// Where a gateway can be found. One URL may stand for all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayAddresses {
    /// Cross Gateway Query (ITI-38).
    pub query: String,
    /// Cross Gateway Retrieve (ITI-39).
    pub retrieve: String,
    /// Cross Gateway Retrieve Imaging Document Set (RAD-75).
    pub images: String,
}

/// Another GtK: where it is and which keys it signs with.
#[derive(Debug, Clone)]
pub struct Peer {
    /// URA of its organisation.
    pub ura: String,
    /// OAuth client id.
    pub client_id: String,
    /// Where it is.
    pub addresses: Addresses,
    /// Its public keys.
    pub keys: Jwks,
}

/// Everything a GtK is made of.
#[derive(Debug, Clone)]
pub struct GtkConfig {
    /// Who it is.
    pub identity: Identity,
    /// Where it is.
    pub addresses: Addresses,
    /// Whom it trusts.
    pub trust: Trust,
    /// Whom it knows, by URA.
    pub peers: BTreeMap<String, Peer>,
    /// Token rules of the profile.
    pub rules: TokenRules,
    /// How it asks Mitz.
    pub consent: ConsentRules,
    /// What it offers.
    pub offering: Offering,
    /// Role codes that it knows.
    pub role_codes: Arc<RoleCodes>,
    /// The authorization matrix that it decides on, if it has one.
    pub matrix: Option<Arc<AuthorizationMatrix>>,
    /// Its records, which all cases of a run share.
    pub records: Arc<Records>,
    /// BSN of the patient of a referral when a trigger names none.
    pub patient: String,
    /// Resources offered as single references: reference and display.
    pub references: Vec<(String, String)>,
    /// Further zorgtoepassingen by FHIR that it takes part in, besides the one that the rest of this is about.
    pub also: Vec<Arc<AlsoServed>>,
    /// Entries on a page of a search answer; `None` does not page.
    pub page_size: Option<usize>,
    /// Whether it takes everything and judges nothing: the harness's own endpoints, where the judge comes later.
    pub lenient: bool,
    /// Whether it pulls by itself what a notification offers.
    pub pulls: bool,
    /// Whether it plays a sending and a receiving GtK.
    pub plays: (bool, bool),
    /// The one way in which it misbehaves.
    pub deviation: Option<Deviation>,
    /// Answers that differ, for the harness's own endpoints.
    pub script: Vec<Interference>,
    /// Whose certificate it shows as a server, when not its own.
    pub shows: Option<Identity>,
    /// Shared facilities that it makes use of, by their base URL. It asks nothing of a facility that is not here.
    pub facilities: BTreeMap<Facility, String>,
    /// Where audit records go by syslog over TLS, as a URL with host and port; by FHIR when there is none.
    pub syslog: Option<String>,
    /// Places that keys of DEZI may come from.
    pub dezi_sources: Vec<String>,
    /// The gateway that answers for images and reports, at [`xca::PATH`], if it has one.
    pub gateway: Option<Arc<xca::Gateway>>,
    /// How it asks the gateways of others, if it does.
    pub requesting: Option<Arc<Requesting>>,
    /// Deadlines of the profile by name, in milliseconds.
    pub deadlines: BTreeMap<String, u64>,
    /// Limits.
    pub limits: Limits,
}

/// A GtK.
#[derive(Debug)]
pub struct Gtk {
    config: GtkConfig,
    /// Path of the FHIR base and of the token endpoint.
    paths: (String, String),
    interferer: Interferer,
    journal: journal::Journal,
    state: Mutex<state::State>,
}

impl Gtk {
    /// Makes a GtK; it answers nothing until it is served.
    pub fn new(config: GtkConfig) -> Arc<Self> {
        let path = |url: &str| Url::parse(url).map_or_else(|| "/".to_owned(), |u| u.target);
        let paths = (path(&config.addresses.fhir_base), path(&config.addresses.token_endpoint));
        let interferer = Interferer::new(config.script.clone(), config.deadlines.clone());
        let journal = journal::Journal::new(&config);
        Arc::new(Self { config, paths, interferer, journal, state: Mutex::default() })
    }

    /// Its configuration.
    pub fn config(&self) -> &GtkConfig {
        &self.config
    }

    fn state(&self) -> MutexGuard<'_, state::State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a guard stands: it does unless the deviation leaves it out, or the GtK is lenient.
    fn guards(&self, guard: Guard) -> bool {
        !self.config.lenient && self.config.deviation.and_then(Deviation::leaves_out) != Some(guard)
    }

    fn deviates(&self, deviation: Deviation) -> bool {
        self.config.deviation == Some(deviation)
    }

    /// Registers a referral as open and gives it back with its numbers filled in.
    pub fn open_referral(&self, referral: Referral) {
        self.state().referrals.push(referral);
    }

    /// Answers one request.
    async fn answer(self: Arc<Self>, incoming: Incoming) -> Answer {
        let path = incoming.request.path().to_owned();
        let (fhir, token) = &self.paths;
        let mut answer = if path == *token {
            self.learn_keys(&incoming).await;
            self.learn_keys_of_dezi(&incoming).await;
            Answer::new(self.token(&incoming), Endpoint::Token)
        } else if self.metadata_path().is_some_and(|own| own == path) {
            Answer::new(self.metadata(), Endpoint::Metadata)
        } else if self.keys_path().is_some_and(|own| own == path) {
            Answer::new(self.key_set(), Endpoint::Keys)
        } else if let Some(keys) = super::dezi::key_set(&path).filter(|_| self.config.lenient) {
            Answer::new(HttpResponse::json(200, "application/json", &keys.to_value()), Endpoint::Keys)
        } else if let Some(event) = path.strip_prefix("/trigger/") {
            Answer::new(self.clone().trigger(event, &incoming.request).await, Endpoint::Trigger)
        } else if let Some(below) = path.strip_prefix(fhir.as_str()).and_then(|p| p.strip_prefix('/')) {
            let release = self.release(below, &incoming).await;
            self.clone().fhir(below, &incoming, &release)
        } else if let Some(below) = path.strip_prefix(HANDOFF_NOTIFICATIONS) {
            Answer::new(self.take_handoff_notification(below, &incoming), Endpoint::HandoffNotification)
        } else if path == consent::NOTIFICATIONS {
            Answer::new(self.take_consent_notification(&incoming), Endpoint::ConsentNotification)
        } else if let Some(gateway) = self.config.gateway.clone().filter(|_| path == xca::PATH) {
            self.answer_as_gateway(gateway, incoming.clone()).await
        } else if let Some(below) = self.below_r4(&path) {
            self.r4(&below, &incoming)
        } else if path == maternity::HL7V3 && self.takes_messages() {
            let status = if incoming.request.method == "POST" { 202 } else { 405 };
            Answer::new(HttpResponse::status(status), Endpoint::Hl7v3)
        } else {
            Answer::new(HttpResponse::status(404), Endpoint::Other)
        };
        if self.deviates(Deviation::ClockIsOff) {
            let wrong = clock::http_date(clock::now() - time::Duration::hours(3));
            answer.response = answer.response.with_header("date", wrong);
        }
        let base = &self.config.addresses.fhir_base;
        let origin = base.strip_suffix(self.paths.0.as_str()).unwrap_or(base);
        self.interferer.interfere(answer, &incoming.request, origin).await
    }

    fn fhir(self: Arc<Self>, below: &str, incoming: &Incoming, release: &Release) -> Answer {
        let request = &incoming.request;
        let method = request.method.as_str();
        if let Some(id) = below.strip_prefix("Task/").filter(|id| method == "PUT" && self.is_workflow(id)) {
            return Answer::new(self.update_workflow_task(id, incoming), Endpoint::TaskStatus);
        }
        let (sending, receiving) = self.config.plays;
        let of_receiver = below == "Task" && method != "GET" || method == "PUT" && below.starts_with("Task");
        if !(if of_receiver { receiving } else { sending }) {
            let text = "this GtK does not play that role";
            return Answer::new(self.failure(404, "not-found", text, request), Endpoint::Other);
        }
        match (method, below.split_once('/')) {
            ("POST", None) if below == "Task" => {
                Answer::new(self.receive_notification(incoming), Endpoint::Notification)
            }
            ("PUT", _) if below == "Task" || below.starts_with("Task/") => {
                // A PUT that delivers instead of cancelling is still about the notification.
                let cancels = request.query().is_some() || below != "Task";
                let endpoint = if cancels { Endpoint::Cancellation } else { Endpoint::Notification };
                Answer::new(self.receive_cancellation(incoming), endpoint)
            }
            ("GET", Some(("Task", id))) => Answer::new(self.workflow_task(id, incoming), Endpoint::WorkflowTask),
            ("GET", Some((kind, id))) if handoff::of_document(id).is_some() => {
                let id = handoff::of_document(id).unwrap_or_default();
                Answer::new(self.whole_document(kind, id, incoming, release), Endpoint::Document)
            }
            ("GET", Some((kind, id))) if !id.starts_with('$') && !id.starts_with("%24") => {
                Answer::new(self.read(kind, id, incoming, release), Endpoint::Read)
            }
            ("GET", _) => Answer::new(self.search(below, incoming, release), Endpoint::Search),
            ("POST", Some((_, "_search"))) => Answer::new(self.search(below, incoming, release), Endpoint::Search),
            _ => Answer::new(self.failure(405, "not-supported", "method not supported", request), Endpoint::Other),
        }
    }
}

/// Who is told of what a GtK sees.
pub type Observer = Arc<dyn Fn(Observed) + Send + Sync>;

/// A GtK behind a listener.
pub struct GtkService {
    gtk: Arc<Gtk>,
    observer: Option<Observer>,
}

impl std::fmt::Debug for GtkService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GtkService")
    }
}

impl Service for GtkService {
    fn call(self: Arc<Self>, incoming: Incoming) -> ServiceFuture {
        Box::pin(self.gtk.clone().answer(incoming))
    }
    fn observe(&self, observed: Observed) {
        self.gtk.note_served(&observed);
        if let Some(observer) = &self.observer {
            observer(observed);
        }
    }
}

/// Serves a GtK on a port. A product refuses wrong clients; the harness's own endpoints take them and note it.
///
/// # Errors
/// When certificate, key or trust anchors cannot be used.
pub fn serve(gtk: Arc<Gtk>, bound: Bound, observer: Option<Observer>) -> Result<Listener, ListenError> {
    let config = gtk.config();
    let tls = config
        .shows
        .as_ref()
        .unwrap_or(&config.identity)
        .server_tls(&config.trust, config.deviation, !config.lenient)
        .map_err(|e| ListenError::Tls(e.to_string()))?;
    let limits = config.limits.clone();
    bound.serve(tls, limits, Arc::new(GtkService { gtk, observer }))
}
