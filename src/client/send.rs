//! Sending and recording: the only way in which the harness speaks to a candidate.

use crate::base::clock;
use crate::deviation::Deviation;
use crate::net::connect::Versions;
use crate::net::connect::{ConnectError, Outcome, exchange};
use crate::net::identity::NoCredential;
use crate::net::probe::{probe, survey};
use crate::net::{Identity, Limits, RawExchange, Recorder, Trust};
use crate::transcript::{Direction, Endpoint, Fault};
use crate::wire::http::{HttpRequest, HttpResponse, Url};
use crate::wire::tls::TlsVersion;

/// What is needed to send.
#[derive(Debug, Clone)]
pub struct Sender {
    /// Trust in the candidate.
    pub trust: Trust,
    /// Limits.
    pub limits: Limits,
    /// Where exchanges are written.
    pub recorder: Recorder,
    /// Hosts that may be contacted, as the candidate file names them.
    pub hosts: Vec<String>,
    /// Whether requests carry ids by which the records of both sides can be tied together (GF-LOG-012).
    pub correlates: bool,
}

/// Could not send. The fault is ours.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// TLS could not be set up.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The identity lacks the certificate that the step asks for.
    #[error(transparent)]
    Credential(#[from] NoCredential),
    /// The host is not named in the candidate file.
    #[error("contact {0}: the candidate file does not name this host")]
    ForeignHost(String),
}

/// What was sent and what came of it.
#[derive(Debug, Clone)]
pub struct Sent {
    /// Sequence number in the transcript.
    pub seq: u64,
    /// The request as it was sent.
    pub request: HttpRequest,
    /// Where it was sent.
    pub url: Url,
    /// The response, if one came.
    pub response: Option<HttpResponse>,
    /// What ended the exchange otherwise.
    pub fault: Option<Fault>,
}

impl Sender {
    fn allowed(&self, url: &Url) -> Result<(), SendError> {
        if self.hosts.iter().any(|h| h.eq_ignore_ascii_case(&url.host)) {
            return Ok(());
        }
        Err(SendError::ForeignHost(url.host.clone()))
    }

    /// Sends one request as an identity and records what came of it.
    ///
    /// # Errors
    /// When our own material cannot be used or the host is not one of the candidate's.
    pub async fn send(
        &self,
        identity: &Identity,
        endpoint: Endpoint,
        base: &Url,
        mut request: HttpRequest,
        deviation: Option<Deviation>,
    ) -> Result<Sent, SendError> {
        self.allowed(base)?;
        if self.correlates {
            let fresh = || uuid::Uuid::new_v4().simple().to_string();
            let parent = format!("00-{}-{}-01", fresh(), &fresh()[..16]);
            request = request
                .with_header("x-request-id", uuid::Uuid::new_v4().to_string())
                .with_header("traceparent", parent);
        }
        let tls = identity.client_tls(&self.trust, deviation, false)?;
        let began = clock::now();
        let outcome = exchange(base, &request, &tls, &self.limits).await?;
        let seq = self.record(identity, endpoint, base, Some(request.clone()), &outcome, began);
        Ok(Sent { seq, request, url: base.clone(), response: outcome.response, fault: outcome.fault })
    }

    /// Probes a TLS version and records what came of it.
    ///
    /// # Errors
    /// When the host is not one of the candidate's.
    pub async fn probe(&self, identity: &Identity, base: &Url, version: TlsVersion) -> Result<u64, SendError> {
        self.allowed(base)?;
        let began = clock::now();
        let outcome = probe(base, version, &self.limits).await;
        Ok(self.record(identity, Endpoint::Probe, base, None, &outcome, began))
    }

    /// Asks for everything of TLS that a server accepts, and records what came of it.
    ///
    /// # Errors
    /// When our own material cannot be used or the host is not one of the candidate's.
    pub async fn survey(
        &self,
        identity: &Identity,
        base: &Url,
        deviation: Option<Deviation>,
    ) -> Result<u64, SendError> {
        self.allowed(base)?;
        let mut tls = identity.client_tls(&self.trust, deviation, false)?;
        tls.versions = Versions::Both;
        let began = clock::now();
        let outcome = survey(base, &tls, &self.limits).await?;
        Ok(self.record(identity, Endpoint::Probe, base, None, &outcome, began))
    }

    fn record(
        &self,
        identity: &Identity,
        endpoint: Endpoint,
        base: &Url,
        request: Option<HttpRequest>,
        outcome: &Outcome,
        began: time::OffsetDateTime,
    ) -> u64 {
        self.recorder.exchange(&RawExchange {
            direction: Direction::ToCandidate,
            endpoint,
            identity: identity.name.clone(),
            base: base.origin(),
            tls: outcome.tls.clone(),
            request,
            response: outcome.response.clone(),
            fault: outcome.fault.clone(),
            began,
            micros: outcome.micros,
        })
    }
}
