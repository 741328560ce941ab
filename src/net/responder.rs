//! The status services of the test PKI: a distribution point and an OCSP responder over plain HTTP, as real ones are.
//!
//! What they answer follows from the path, which begins with a kind of certificate ([`LeafFlaw`]): `/KIND/server-ca.crl`
//! and `/KIND/ocsp`. Each look-up is told to an observer, so that it can stand in the transcript.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::listen::{Answer, Bound, Observed, Service, ServiceFuture};
use super::pki::{LeafFlaw, TestPki};
use super::{Incoming, Limits, Listener};
use crate::base::clock;
use crate::deviation::{CrlSays, OcspSays};
use crate::transcript::Endpoint;
use crate::wire::http::{HttpRequest, HttpResponse};
use crate::wire::status::ocsp;

/// How long a responder that never answers keeps its connection.
const SILENCE: Duration = Duration::from_secs(30);

/// Who is told of look-ups.
pub type Observer = Arc<dyn Fn(Observed) + Send + Sync>;

/// The status services.
pub struct Responder {
    pki: Arc<TestPki>,
    serials: BTreeMap<LeafFlaw, Vec<Vec<u8>>>,
    observer: Observer,
}

impl std::fmt::Debug for Responder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Responder")
    }
}

impl Responder {
    /// Services for what a test PKI issued: serial numbers by kind.
    pub fn new(pki: Arc<TestPki>, serials: BTreeMap<LeafFlaw, Vec<Vec<u8>>>, observer: Observer) -> Self {
        Self { pki, serials, observer }
    }

    /// Begins to answer.
    pub fn serve(self, bound: Bound, limits: Limits) -> Listener {
        bound.serve_plain(limits, Arc::new(self))
    }

    fn list(&self, kind: LeafFlaw, says: CrlSays) -> Answer {
        let none = Vec::new();
        let serials = self.serials.get(&kind).unwrap_or(&none);
        match self.pki.list(says, serials, clock::now()) {
            Ok(Some(list)) => {
                let response = HttpResponse::new(200, Vec::new(), list);
                Answer::new(response.with_header("content-type", "application/pkix-crl"), Endpoint::Crl)
            }
            _ => broken_off(Endpoint::Crl),
        }
    }

    async fn respond(&self, says: OcspSays, asked: &[u8]) -> Answer {
        if says == OcspSays::Silent {
            tokio::time::sleep(SILENCE).await;
        }
        match self.pki.ocsp_answer(asked, says, clock::now()) {
            Ok(Some(answer)) => {
                let response = HttpResponse::new(200, Vec::new(), answer);
                Answer::new(response.with_header("content-type", ocsp::RESPONSE), Endpoint::Ocsp)
            }
            _ => broken_off(Endpoint::Ocsp),
        }
    }

    async fn answer(&self, request: &HttpRequest) -> Answer {
        let nobody = || Answer::new(HttpResponse::status(404), Endpoint::Other);
        let path = request.path().to_owned();
        let mut parts = path.trim_start_matches('/').splitn(3, '/');
        let (kind, service, rest) = (parts.next(), parts.next().unwrap_or_default(), parts.next());
        let kind: Option<LeafFlaw> = kind.and_then(|k| k.parse().ok());
        let Some((kind, status)) = kind.and_then(|k| Some((k, k.status()?))) else { return nobody() };
        match (service, status.ocsp, status.crl) {
            ("ocsp", Some(says), _) => match question(request, rest) {
                Some(asked) => self.respond(says, &asked).await,
                None => Answer::new(HttpResponse::status(400), Endpoint::Ocsp),
            },
            ("server-ca.crl", _, Some(says)) if rest.is_none() => self.list(kind, says),
            _ => nobody(),
        }
    }
}

/// The request of an OCSP client: the body, or the rest of the path (RFC 6960 appendix A.1).
fn question(request: &HttpRequest, rest: Option<&str>) -> Option<Vec<u8>> {
    match (request.method.as_str(), rest) {
        ("POST", None) => Some(request.body.clone()),
        ("GET", Some(text)) => {
            let text = percent_encoding::percent_decode_str(text).decode_utf8().ok()?;
            STANDARD.decode(text.as_bytes()).ok()
        }
        _ => None,
    }
}

fn broken_off(endpoint: Endpoint) -> Answer {
    Answer { breaks_off: true, ..Answer::new(HttpResponse::status(503), endpoint) }
}

impl Service for Responder {
    fn call(self: Arc<Self>, incoming: Incoming) -> ServiceFuture {
        Box::pin(async move { self.answer(&incoming.request).await })
    }
    fn observe(&self, observed: Observed) {
        (self.observer)(observed);
    }
}
