//! The shared facilities that a GtK depends on, as far as the harness plays them: which there are, what they are told of
//! the world around them, and the door that requests come in by.
//!
//! A facility is a party of its own: it listens on its own address, shows its own certificate and takes every client,
//! noting what it showed. What it answers is scripted by the scenario; what the candidate asked is judged later.

use std::collections::BTreeMap;
use std::sync::Arc;

pub use crate::deviation::Facility;

use super::gtk::{Addresses, Observer};
use crate::deviation::Deviation;
use crate::net::listen::{Bound, ListenError, Observed, ServiceFuture};
use crate::net::{Identity, Incoming, Limits, Listener, Service, Trust};

/// What a facility knows of the world around it.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// Its own base URL, without slash at the end.
    pub base_url: String,
    /// The candidate.
    pub candidate: Addresses,
    /// URA of the candidate's organisation.
    pub candidate_ura: String,
    /// The harness's own GtK.
    pub partner: Addresses,
    /// URAs of the harness's identities by name.
    pub uras: BTreeMap<String, String>,
    /// BSN of the patient of the referrals.
    pub patient: String,
    /// Another fictitious patient, if there is one.
    pub other_patient: Option<String>,
    /// FHIR base of another address of ours, when the case has one.
    pub foreign: Option<String>,
    /// The way in which it shows itself wrongly, if there is one.
    pub deviation: Option<Deviation>,
    /// Deadlines of the profile by name, in milliseconds.
    pub deadlines: BTreeMap<String, u64>,
    /// How it shows itself, as server and as client.
    pub identity: Identity,
    /// Whom it trusts.
    pub trust: Trust,
    /// Limits of an exchange.
    pub limits: Limits,
}

/// Answers the requests to a facility.
pub trait Answers: Send + Sync + 'static {
    /// Answers one request.
    fn answer(self: Arc<Self>, incoming: Incoming) -> ServiceFuture;
}

/// A facility behind a listener.
struct FacilityService {
    answers: Arc<dyn Answers>,
    observer: Observer,
}

impl Service for FacilityService {
    fn call(self: Arc<Self>, incoming: Incoming) -> ServiceFuture {
        self.answers.clone().answer(incoming)
    }
    fn observe(&self, observed: Observed) {
        (self.observer)(observed);
    }
}

/// Serves a facility on a port; it takes every client and notes what it showed.
///
/// # Errors
/// When certificate, key or trust anchors cannot be used.
pub fn serve_facility(
    answers: Arc<dyn Answers>,
    around: &Surroundings,
    bound: Bound,
    observer: Observer,
) -> Result<Listener, ListenError> {
    let tls = around
        .identity
        .server_tls(&around.trust, around.deviation, false)
        .map_err(|e| ListenError::Tls(e.to_string()))?;
    bound.serve(tls, around.limits.clone(), Arc::new(FacilityService { answers, observer }))
}

/// Serves a facility that takes syslog over TLS (RFC 5425).
///
/// # Errors
/// When certificate, key or trust anchors cannot be used.
pub fn serve_syslog(
    answers: Arc<dyn Answers>,
    around: &Surroundings,
    bound: Bound,
    observer: Observer,
) -> Result<Listener, ListenError> {
    let tls = around.identity.server_tls(&around.trust, None, false).map_err(|e| ListenError::Tls(e.to_string()))?;
    bound.serve_syslog(tls, around.limits.clone(), Arc::new(FacilityService { answers, observer }))
}
