//! A listener: TLS with or without client authentication, one service, every exchange reported to an observer.
//!
//! The harness's own endpoints take every client certificate and note what they saw; the reference GtK refuses by
//! rustls's verifier, unless it was told to be careless in one named way.

mod raw;
mod syslog;

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming as HyperBody;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::server::danger::ClientCertVerifier;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::connect::{Versions, header_list, tls_fault, version_name};
use super::limits::Limits;
use super::pki::Credential;
pub use super::status::StatusRules;
use super::trust::Trust;
pub use super::verify::Overlook;
use super::verify::{ClientVerifier, Gate, Seen};
use super::{seen, server_provider, without_chacha20};
use crate::base::clock;
use crate::transcript::{Endpoint, Fault, FaultPhase, TlsFacts};
use crate::wire::http::{HttpRequest, HttpResponse};
use crate::wire::{tls, x509};

/// How a listener treats the client's certificate.
#[derive(Debug, Clone, Default)]
pub struct ClientPolicy {
    /// Trust in clients; its revocation lists count when it is enforced.
    pub trust: Trust,
    /// Whether a wrong certificate ends the handshake. Without, it is noted.
    pub enforce: bool,
    /// Whether having none ends the handshake.
    pub mandatory: bool,
    /// With `enforce`: faults that are overlooked all the same.
    pub overlook: Vec<Overlook>,
    /// With `enforce`: how the status of a certificate is looked up that says where.
    pub status: StatusRules,
}

/// How a listener behaves in the handshake.
#[derive(Debug, Clone)]
pub struct ServerTls {
    /// The certificate to show.
    pub credential: Credential,
    /// How clients are treated.
    pub client: ClientPolicy,
    /// Versions to agree to.
    pub versions: Versions,
    /// Answer plain HTTP on the same port: a deliberate wrong.
    pub answers_plain_http: bool,
    /// Agree to hellos that our TLS library refuses: a deliberate wrong.
    pub careless: Option<tls::Careless>,
    /// Staple the OCSP response of the credential, if it has one.
    pub staples: bool,
    /// Take data before the handshake is done: a deliberate wrong.
    pub takes_early_data: bool,
    /// Let the client's order of suites decide: a deliberate wrong.
    pub follows_client_order: bool,
    /// Take no suite of ChaCha20: a deliberate wrong.
    pub lacks_chacha20: bool,
    /// Let a client of TLS 1.2 begin a second handshake within the connection: a deliberate wrong.
    pub renegotiates: bool,
}

/// A request with the facts of its connection.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// The request.
    pub request: HttpRequest,
    /// Handshake facts; `None` on a plain connection.
    pub tls: Option<TlsFacts>,
}

/// What a service answers, and what the exchange was about.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The response.
    pub response: HttpResponse,
    /// What it was about.
    pub endpoint: Endpoint,
    /// Whether the connection is broken off instead of answered.
    pub breaks_off: bool,
}

impl Answer {
    /// An answer that is given.
    pub fn new(response: HttpResponse, endpoint: Endpoint) -> Self {
        Self { response, endpoint, breaks_off: false }
    }
}

/// Ends a connection without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection is broken off on purpose")]
struct BrokenOff;

/// A future that a service gives back.
pub type ServiceFuture = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// Answers requests.
pub trait Service: Send + Sync + 'static {
    /// Answers one request.
    fn call(self: Arc<Self>, incoming: Incoming) -> ServiceFuture;
    /// Told of every exchange after its answer is known, and of connections that never became one.
    fn observe(&self, observed: Observed);
}

/// One exchange as the listener saw it.
#[derive(Debug, Clone)]
pub struct Observed {
    /// What it was about.
    pub endpoint: Endpoint,
    /// Handshake facts.
    pub tls: Option<TlsFacts>,
    /// The request, if one came.
    pub request: Option<HttpRequest>,
    /// The answer, if one was given.
    pub response: Option<HttpResponse>,
    /// What ended it otherwise.
    pub fault: Option<Fault>,
    /// When it began.
    pub began: time::OffsetDateTime,
    /// Duration in microseconds.
    pub micros: u64,
}

/// A running listener; it ends when dropped.
#[derive(Debug)]
pub struct Listener {
    /// Where it listens.
    pub address: SocketAddr,
    task: tokio::task::JoinHandle<()>,
}

impl Listener {
    /// Ends it and waits until the port is free again.
    pub async fn close(mut self) {
        self.task.abort();
        // An aborted task ends with an error that says so.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Could not listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The address cannot be had: in use, not ours, not allowed.
    #[error("listen on {address}: {source}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The certificate or key cannot be used.
    #[error("set up TLS: {0}")]
    Tls(String),
}

/// A port that is ours but does not answer yet, so that addresses are known before services are made.
#[derive(Debug)]
pub struct Bound {
    socket: TcpListener,
    /// The address.
    pub address: SocketAddr,
}

/// Takes a port; 0 takes any free one.
pub async fn bind(address: SocketAddr) -> Result<Bound, ListenError> {
    let fail = |source| ListenError::Bind { address, source };
    let socket = TcpListener::bind(address).await.map_err(fail)?;
    let address = socket.local_addr().map_err(fail)?;
    Ok(Bound { socket, address })
}

/// What is spoken behind TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Protocol {
    Http,
    Syslog,
}

struct Shared<S> {
    protocol: Protocol,
    door: Door<S>,
    tls: ServerTls,
    material: Material,
}

/// What is behind a connection once it stands.
struct Door<S> {
    service: Arc<S>,
    limits: Limits,
}

/// What all connections of a listener have in common.
struct Material {
    verifier: Option<Arc<dyn ClientCertVerifier>>,
    key: Arc<SingleCertAndKey>,
    sessions: Arc<dyn rustls::server::StoresServerSessions>,
}

impl Bound {
    /// Begins to answer.
    pub fn serve<S: Service>(self, tls: ServerTls, limits: Limits, service: Arc<S>) -> Result<Listener, ListenError> {
        self.listen(Protocol::Http, tls, limits, service)
    }

    /// Begins to take syslog messages (RFC 5425).
    ///
    /// # Errors
    /// When certificate, key or trust anchors cannot be used.
    pub fn serve_syslog<S: Service>(
        self,
        tls: ServerTls,
        limits: Limits,
        service: Arc<S>,
    ) -> Result<Listener, ListenError> {
        self.listen(Protocol::Syslog, tls, limits, service)
    }

    fn listen<S: Service>(
        self,
        protocol: Protocol,
        tls: ServerTls,
        limits: Limits,
        service: Arc<S>,
    ) -> Result<Listener, ListenError> {
        let material = Material::new(&tls)?;
        // Made once to find a wrong certificate before the first connection does.
        material.config(&tls, &Arc::new(Seen::default()))?;
        let shared = Arc::new(Shared { protocol, door: Door { service, limits }, tls, material });
        Ok(self.accept(move |stream| connection(shared.clone(), stream)))
    }

    /// Begins to answer without TLS, as services do that tell the status of certificates.
    pub fn serve_plain<S: Service>(self, limits: Limits, service: Arc<S>) -> Listener {
        let door = Arc::new(Door { service, limits });
        self.accept(move |stream| {
            let door = door.clone();
            let _ = stream.set_nodelay(true);
            let began = (clock::now(), Instant::now());
            async move { serve(&door, TokioIo::new(stream), None, began).await }
        })
    }

    fn accept<F>(self, connection: impl Fn(TcpStream) -> F + Send + 'static) -> Listener
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                tokio::select! {
                    accepted = self.socket.accept() => {
                        let Ok((stream, _)) = accepted else { continue };
                        connections.spawn(connection(stream));
                    }
                    Some(_) = connections.join_next() => {}
                }
            }
        });
        Listener { address: self.address, task }
    }
}

impl Material {
    fn new(tls: &ServerTls) -> Result<Self, ListenError> {
        let fail = |e: &dyn std::fmt::Display| ListenError::Tls(e.to_string());
        let verifier =
            if tls.client.enforce { Some(tls.client.trust.of_clients().map_err(|e| fail(&e))?) } else { None };
        let key = tls.credential.certified_key().map_err(|e| fail(&e))?;
        let mut key = CertifiedKey::clone(&key);
        key.ocsp = key.ocsp.filter(|_| tls.staples);
        let key = Arc::new(SingleCertAndKey::from(key));
        Ok(Self { verifier, key, sessions: rustls::server::ServerSessionMemoryCache::new(256) })
    }

    /// The configuration of one connection: what the client showed on it is noted in `seen`.
    fn config(&self, tls: &ServerTls, seen: &Arc<Seen>) -> Result<rustls::ServerConfig, ListenError> {
        let provider = if tls.lacks_chacha20 { without_chacha20(&server_provider()) } else { server_provider() };
        let verifier = ClientVerifier {
            seen: seen.clone(),
            inner: self.verifier.clone(),
            mandatory: tls.client.mandatory,
            overlook: tls.client.overlook.clone(),
            status: tls.client.enforce.then(|| Gate { rules: tls.client.status, trust: tls.client.trust.clone() }),
            provider: provider.clone(),
        };
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(tls.versions.list())
            .map_err(|e| ListenError::Tls(e.to_string()))?
            .with_client_cert_verifier(Arc::new(verifier))
            .with_cert_resolver(self.key.clone());
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        config.ignore_client_order = !tls.follows_client_order;
        if tls.takes_early_data {
            config.max_early_data_size = 4096;
            config.session_storage = self.sessions.clone();
            return Ok(config);
        }
        // Each connection shows its certificates: no tickets, no resumption.
        config.send_tls13_tickets = 0;
        config.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
        Ok(config)
    }
}

async fn connection<S: Service>(shared: Arc<Shared<S>>, stream: TcpStream) {
    let began = (clock::now(), Instant::now());
    let _ = stream.set_nodelay(true);
    let handshake_limit = Limits::duration(shared.door.limits.handshake_ms);
    let Ok(first) = timeout(handshake_limit, raw::first_bytes(&stream)).await else { return };
    // A port scan or a health check that sends nothing is no exchange.
    let Some(&kind) = first.first() else { return };
    let hello = tls::ClientHello::read(&first);
    if kind != 22 {
        return plain(shared, stream, began).await;
    }
    if let (Some(careless), Some(hello)) = (&shared.tls.careless, &hello)
        && let Some(answer) = careless.answer(hello)
    {
        return raw::say(stream, &answer).await;
    }
    let seen = Arc::new(Seen::default());
    let Ok(config) = shared.material.config(&shared.tls, &seen) else { return };
    let accepting = TlsAcceptor::from(Arc::new(config)).accept(stream).into_fallible();
    let accepted = timeout(handshake_limit, accepting).await;
    let offered = hello.map(|h| h.offer());
    let mut facts = TlsFacts { offered, ..TlsFacts::default() };
    let mut refused = None;
    let fault = match accepted {
        Ok(Ok(mut stream)) => {
            if shared.tls.renegotiates && raw::renegotiated(&mut stream, handshake_limit).await {
                return;
            }
            let connection = stream.get_ref().1;
            facts.version = connection.protocol_version().map(version_name);
            facts.cipher_suite =
                connection.negotiated_cipher_suite().map(|s| format!("{:?}", s.suite()).replace("TLS13_", "TLS_"));
            facts.group = connection.negotiated_key_exchange_group().map(|g| format!("{:?}", g.name()));
            complete_facts(&mut facts, &shared.tls, &seen);
            if shared.protocol == Protocol::Syslog {
                return syslog::serve(&shared.door, stream, Some(facts), began).await;
            }
            return serve(&shared.door, TokioIo::new(stream), Some(facts), began).await;
        }
        Ok(Err((error, stream))) => {
            refused = Some(stream);
            tls_fault(&error, FaultPhase::Handshake)
        }
        Err(_) => Fault::Timeout { phase: FaultPhase::Handshake, limit_ms: shared.door.limits.handshake_ms },
    };
    complete_facts(&mut facts, &shared.tls, &seen);
    shared.door.service.observe(unfinished(began, Some(facts), fault));
    if let Some(mut stream) = refused {
        raw::linger(&mut stream).await;
    }
}

fn unfinished(began: (time::OffsetDateTime, Instant), tls: Option<TlsFacts>, fault: Fault) -> Observed {
    Observed {
        endpoint: Endpoint::Probe,
        tls,
        request: None,
        response: None,
        fault: Some(fault),
        began: began.0,
        micros: micros(began.1),
    }
}

fn micros(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}

fn complete_facts(facts: &mut TlsFacts, tls: &ServerTls, shown: &Seen) {
    let chain = shown.chain();
    facts.own = tls.credential.facts();
    if !chain.is_empty() {
        let known = seen::chain(&chain, tls.client.trust.anchors(), x509::Usage::ClientAuth, clock::now());
        facts.peer.clone_from(&known.facts);
        facts.peer_verdict = Some(known.verdict.clone());
    }
}

async fn plain<S: Service>(shared: Arc<Shared<S>>, stream: TcpStream, began: (time::OffsetDateTime, Instant)) {
    if shared.tls.answers_plain_http {
        return serve(&shared.door, TokioIo::new(stream), None, began).await;
    }
    let fault = Fault::TlsFailed { reason: "the client did not speak TLS".into(), phase: FaultPhase::Handshake };
    shared.door.service.observe(unfinished(began, None, fault));
}

async fn serve<S, I>(door: &Door<S>, io: I, tls: Option<TlsFacts>, began: (time::OffsetDateTime, Instant))
where
    S: Service,
    I: hyper::rt::Read + hyper::rt::Write + Unpin,
{
    let limits = door.limits.clone();
    let first = std::sync::atomic::AtomicBool::new(true);
    let handler = service_fn(|request: http::Request<HyperBody>| {
        let tls = tls.clone();
        // The first exchange of a connection carries the time of its handshake; later ones begin with their request.
        let began = if first.swap(false, std::sync::atomic::Ordering::Relaxed) {
            began
        } else {
            (clock::now(), Instant::now())
        };
        async move { answer(door, request, tls, began).await }
    });
    // What a client does after its last answer is no fault of the exchange, so the result is not looked at.
    let _ = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Limits::duration(limits.total_ms))
        .max_buf_size(limits.head_bytes.max(8192))
        .serve_connection(io, handler)
        .await;
}

async fn answer<S: Service>(
    door: &Door<S>,
    request: http::Request<HyperBody>,
    tls: Option<TlsFacts>,
    began: (time::OffsetDateTime, Instant),
) -> Result<http::Response<Full<Bytes>>, BrokenOff> {
    let (head, body) = request.into_parts();
    let mut request = HttpRequest {
        method: head.method.as_str().to_owned(),
        target: head.uri.path_and_query().map_or("/", |p| p.as_str()).to_owned(),
        headers: header_list(&head.headers),
        body: Vec::new(),
    };
    let answer = match Limited::new(body, door.limits.body_bytes).collect().await {
        Ok(collected) => {
            request.body = collected.to_bytes().to_vec();
            door.service.clone().call(Incoming { request: request.clone(), tls: tls.clone() }).await
        }
        Err(_) => Answer::new(HttpResponse::status(413), Endpoint::Other),
    };
    door.service.observe(Observed {
        endpoint: answer.endpoint,
        tls,
        request: Some(request),
        response: (!answer.breaks_off).then(|| answer.response.clone()),
        fault: None,
        began: began.0,
        micros: micros(began.1),
    });
    if answer.breaks_off { Err(BrokenOff) } else { Ok(to_hyper(answer.response)) }
}

fn to_hyper(response: HttpResponse) -> http::Response<Full<Bytes>> {
    let mut builder = http::Response::builder().status(response.status);
    for (name, value) in &response.headers {
        builder = builder.header(name, value);
    }
    builder.body(Full::new(Bytes::from(response.body))).unwrap_or_else(|_| {
        let mut fallback = http::Response::new(Full::new(Bytes::new()));
        *fallback.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
        fallback
    })
}
