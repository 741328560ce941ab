//! The stand of one case: the harness's own endpoints and, in a self-test, a reference GtK of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::bench::{Bench, Kit};
use super::facilities::{self, Around, Served};
use super::gateway::Homes;
use super::inbox::{Inbox, Received};
use crate::client::Sender;
use crate::deviation::{Deviation, LeafFlaw};
use crate::net::listen::{Answer, Bound, ListenError, Observed, ServiceFuture, bind};
use crate::net::{Identity, Incoming, Listener, RawExchange, Recorder, Service};
use crate::simulator::addressing::AddressBook;
use crate::simulator::dezi;
use crate::simulator::facility::Answers as _;
use crate::simulator::mitz::Mitz;
use crate::simulator::xca::Gateway;
use crate::simulator::{Addresses, Gtk, GtkConfig, HANDOFF_NOTIFICATIONS, Peer, serve};
use crate::suite::requirement::Role;
use crate::suite::scenario::Counterpart;
use crate::transcript::{Direction, Endpoint};
use crate::wire::http::{HttpResponse, Url};

/// What a case works with.
pub(super) struct Stand {
    /// Sends and records.
    pub sender: Sender,
    /// Where the candidate is.
    pub candidate: Addresses,
    /// URL prefix of the candidate's triggers, when it is the embedded one.
    pub embedded_triggers: Option<String>,
    /// Our own GtK.
    pub counterpart: Arc<Gtk>,
    /// What came in there.
    pub inbox: Inbox,
    /// FHIR base of another address of ours, which only a Task names.
    pub foreign: Option<String>,
    /// Identities of ours with the certificates that the case asks for.
    pub shown: BTreeMap<String, Identity>,
    /// Mitz, when it takes part.
    pub mitz: Option<Arc<Mitz>>,
    /// The address book, when one takes part.
    pub address_book: Option<Arc<AddressBook>>,
    /// What the embedded candidate has published of its addresses.
    pub published: Option<serde_json::Value>,
    listeners: Vec<Listener>,
}

/// Addresses of a GtK behind an origin such as `https://localhost:8443`.
pub(super) fn addresses(origin: &str) -> Addresses {
    let origin = origin.trim_end_matches('/');
    Addresses {
        fhir_base: format!("{origin}/fhir"),
        token_endpoint: format!("{origin}/token"),
        r4_base: Some(format!("{origin}/r4")),
        handoff_notifications: Some(format!("{origin}{HANDOFF_NOTIFICATIONS}")),
        issuer: Some(format!("{origin}/as")),
        gateway: Some(super::gateway::simulated(origin)),
    }
}

pub(super) fn origin(bound: &Bound) -> String {
    format!("https://localhost:{}", bound.address.port())
}

/// A GtK of the kit as a product: strict, and acting by itself.
fn product(
    kit: &Kit,
    own: &str,
    peers: BTreeMap<String, Peer>,
    deviation: Option<Deviation>,
    plateau: u8,
) -> GtkConfig {
    // DEZI is played by the harness, at its own address.
    let partner = peers.get(&kit.partner.ura).and_then(|p| Url::parse(&p.addresses.fhir_base));
    GtkConfig {
        dezi_sources: partner.map(|at| dezi::source(&at.origin())).into_iter().collect(),
        identity: kit.candidate.clone(),
        addresses: addresses(own),
        trust: kit.trust.clone(),
        peers,
        lenient: false,
        pulls: true,
        deviation,
        page_size: None,
        gateway: kit.product_gateway(deviation).or_else(|| kit.gtk.gateway.clone()),
        requesting: kit.requesting(plateau),
        ..kit.gtk.clone()
    }
}

/// The harness's identities as peers of a candidate, all behind one address.
fn harness_peers(kit: &Kit, own: &str) -> BTreeMap<String, Peer> {
    kit.identities
        .values()
        .map(|i| {
            let more = i.more_keys.values().map(|key| key.signing.public_jwk(&key.id));
            let usual = std::iter::once(i.signing.public_jwk(&i.key_id));
            let keys = crate::wire::jose::Jwks::new(usual.chain(more).collect());
            let peer = Peer { ura: i.ura.clone(), client_id: i.client_id.clone(), addresses: addresses(own), keys };
            (i.ura.clone(), peer)
        })
        .collect()
}

/// Serves the reference GtK by itself, for vendors to develop against. `second` is where the gateway of the second partner is.
///
/// # Errors
/// When the port or the certificate cannot be used.
pub fn stand_alone(
    kit: &Kit,
    bound: Bound,
    own: &str,
    peer: &str,
    deviation: Option<Deviation>,
    plateau: u8,
    second: &str,
) -> Result<Listener, ListenError> {
    let mut peers = harness_peers(kit, peer);
    if let Some(stranger) = kit.identities.get("stranger").and_then(|i| peers.get_mut(&i.ura)) {
        stranger.addresses.gateway = Some(super::gateway::simulated(second));
    }
    let mut config = product(kit, own, peers, deviation, plateau);
    config.facilities = kit.facilities.iter().map(|(facility, (_, url))| (*facility, url.clone())).collect();
    serve(Gtk::new(config), bound, None)
}

impl Stand {
    /// Sets up the stand of a case.
    pub(super) async fn set_up(
        bench: &Bench,
        recorder: &Recorder,
        counterpart: &Counterpart,
        role: Role,
        wanted: Wanted,
    ) -> Result<Self, ListenError> {
        let kit = &bench.kit;
        let queries = counterpart.query_set.as_ref().and_then(|id| kit.query_sets.get(id));
        let mut listeners = Vec::new();
        let inbox = Inbox::default();
        let watch = Watch { recorder: recorder.clone(), inbox: inbox.clone() };
        let looked_up = watch.at(String::new());
        let (shown, status) = super::certificates::prepare(bench, &wanted.certificates, looked_up).await?;
        listeners.extend(status);
        let ours = match (&bench.embedded, wanted.counterpart) {
            (None, true) => Some(bind(kit.listen).await?),
            (Some(_), _) => Some(bind(([127, 0, 0, 1], 0).into()).await?),
            (None, false) => None,
        };
        let own = match (&bench.embedded, &ours) {
            (Some(_), Some(bound)) => origin(bound),
            _ => kit.base_url.clone(),
        };
        let places = facilities::places(bench, counterpart, role).await?;
        let foreign = if wanted.foreign { foreign(bench).await? } else { None };
        let mut published = None;
        let embedded_triggers = match &bench.embedded {
            None => None,
            Some(embedded) => {
                let bound = bind(([127, 0, 0, 1], 0).into()).await?;
                let at = origin(&bound);
                let peers = harness_peers(kit, &own);
                let mut config = product(kit, &at, peers, embedded.deviation, wanted.plateau);
                config.offering.queries = queries.unwrap_or(&config.offering.queries).clone();
                config.facilities = places.urls();
                config.syslog = places.syslog_url(counterpart);
                // As a dossier holder the stranger is at that other address.
                let stranger = kit.identities.get("stranger").and_then(|i| config.peers.get_mut(&i.ura));
                if let (Some(stranger), Some((_, at))) = (stranger, &foreign) {
                    stranger.addresses = addresses(at);
                }
                let gtk = Gtk::new(config);
                published = Some(gtk.published_record());
                listeners.push(serve(gtk, bound, None)?);
                Some(at)
            }
        };
        // The plan leaves out roles without endpoints, so the last resort is never contacted.
        let declared = || kit.target.get(&role).cloned().unwrap_or_else(|| addresses("https://localhost"));
        let candidate_addresses = embedded_triggers.as_deref().map_or_else(declared, addresses);
        let mut config = counterpart_config(bench, &own, &candidate_addresses, counterpart);
        if let Some(kind) = counterpart.certificate {
            config.identity = shown.get("partner").unwrap_or(&kit.partner).showing(kind);
        }
        config.offering.queries = queries.unwrap_or(&config.offering.queries).clone();
        let gtk = Gtk::new(config);
        let foreign = foreign
            .map(|(bound, own)| {
                let second = counterpart.second_gateway.as_ref();
                let second = second.and_then(|script| kit.own_gateway(Some(script), Homes::Others));
                let stranger = kit.identities.get("stranger").filter(|_| second.is_some());
                let whose = stranger.unwrap_or(&gtk.config().identity);
                listeners.push(nobodys_place(&gtk, whose, second, bound, watch.at_of(own.clone(), "stranger"))?);
                Ok::<_, ListenError>(addresses(&own).fhir_base)
            })
            .transpose()?;
        let around = Around { candidate: &candidate_addresses, partner: &addresses(&own), foreign: foreign.as_deref() };
        let Served { listeners: facilities, mitz, address_book } = places.serve(kit, counterpart, &around, &watch)?;
        listeners.extend(facilities);
        if let Some(bound) = ours {
            listeners.push(serve(gtk.clone(), bound, Some(watch.at(own.clone())))?);
        }
        let sender = Sender {
            trust: kit.trust.without_lists(),
            limits: kit.gtk.limits.clone(),
            recorder: recorder.clone(),
            hosts: kit.hosts.clone(),
            correlates: counterpart.audit.is_some(),
        };
        let candidate = candidate_addresses;
        let counterpart = gtk;
        Ok(Self {
            sender,
            candidate,
            embedded_triggers,
            counterpart,
            inbox,
            foreign,
            shown,
            mitz,
            address_book,
            published,
            listeners,
        })
    }
}

impl Stand {
    /// Takes the stand down; the ports are free afterwards.
    pub(super) async fn take_down(self) {
        for listener in self.listeners {
            listener.close().await;
        }
    }
}

/// Our own endpoints: they take everything and note it, and the judge looks later.
fn counterpart_config(bench: &Bench, own: &str, candidate: &Addresses, how: &Counterpart) -> GtkConfig {
    let kit = &bench.kit;
    let peer = Peer {
        ura: kit.candidate_ura.clone(),
        client_id: kit.candidate_client_id.clone(),
        addresses: candidate.clone(),
        keys: kit.candidate_keys.clone(),
    };
    GtkConfig {
        identity: kit.partner.clone(),
        addresses: addresses(own),
        trust: kit.trust.without_lists(),
        peers: BTreeMap::from([(kit.candidate_ura.clone(), peer)]),
        lenient: true,
        pulls: false,
        deviation: how.deviation,
        page_size: how.page_size,
        script: how.answers.clone(),
        gateway: kit
            .own_gateway(how.gateway.as_ref(), if how.second_gateway.is_some() { Homes::First } else { Homes::All }),
        shows: how.shows.as_ref().and_then(|name| kit.identities.get(name)).cloned(),
        ..kit.gtk.clone()
    }
}

/// Which endpoints of ours a case needs.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// The harness's own GtK.
    pub counterpart: bool,
    /// An address that only a Task names.
    pub foreign: bool,
    /// Kinds of certificate that we show, by identity.
    pub certificates: BTreeSet<(String, LeafFlaw)>,
    /// Plateau whose proofs the embedded GtK gives.
    pub plateau: u8,
}

/// The port of the address that nobody should call, and its origin.
async fn foreign(bench: &Bench) -> Result<Option<(Bound, String)>, ListenError> {
    if bench.embedded.is_some() {
        let bound = bind(([127, 0, 0, 1], 0).into()).await?;
        let own = origin(&bound);
        return Ok(Some((bound, own)));
    }
    match &bench.kit.foreign {
        Some((listen, own)) => Ok(Some((bind(*listen).await?, own.clone()))),
        None => Ok(None),
    }
}

/// Answers nothing and notes every call; where a second gateway stands, it answers as that.
struct NobodysPlace {
    gateway: Option<Arc<Gateway>>,
    observer: Arc<dyn Fn(Observed) + Send + Sync>,
}

impl Service for NobodysPlace {
    fn call(self: Arc<Self>, incoming: Incoming) -> ServiceFuture {
        match &self.gateway {
            Some(gateway) => gateway.clone().answer(incoming),
            None => Box::pin(async { Answer::new(HttpResponse::status(404), Endpoint::Foreign) }),
        }
    }
    fn observe(&self, observed: Observed) {
        // A connection alone is a call too: who dials has followed the Task.
        let endpoint = if self.gateway.is_some() { observed.endpoint } else { Endpoint::Foreign };
        (self.observer)(Observed { endpoint, ..observed });
    }
}

fn nobodys_place(
    gtk: &Gtk,
    whose: &Identity,
    gateway: Option<Arc<Gateway>>,
    bound: Bound,
    observer: Arc<dyn Fn(Observed) + Send + Sync>,
) -> Result<Listener, ListenError> {
    let config = gtk.config();
    let tls = whose.server_tls(&config.trust, None, false).map_err(|e| ListenError::Tls(e.to_string()))?;
    bound.serve(tls, config.limits.clone(), Arc::new(NobodysPlace { gateway, observer }))
}

/// Notes what comes in at the harness's own addresses.
pub(super) struct Watch {
    recorder: Recorder,
    inbox: Inbox,
}

impl Watch {
    /// The watch at one address.
    pub(super) fn at(&self, own: String) -> Arc<dyn Fn(Observed) + Send + Sync> {
        self.at_of(own, "partner")
    }

    /// The watch at an address of an identity of ours.
    fn at_of(&self, own: String, identity: &'static str) -> Arc<dyn Fn(Observed) + Send + Sync> {
        let (recorder, inbox) = (self.recorder.clone(), self.inbox.clone());
        Arc::new(move |observed: Observed| {
            let raw = RawExchange {
                direction: Direction::FromCandidate,
                endpoint: observed.endpoint,
                identity: identity.to_owned(),
                base: own.clone(),
                tls: observed.tls,
                request: observed.request,
                response: observed.response,
                fault: observed.fault,
                began: observed.began,
                micros: observed.micros,
            };
            let seq = recorder.exchange(&raw);
            inbox.put(Received { seq, endpoint: raw.endpoint, request: raw.request, response: raw.response });
        })
    }
}
