//! One exchange as a client: a connection of its own, with every fact of the handshake kept.

use std::error::Error as StdError;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use rustls::client::ResolvesClientCert;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, SignatureScheme};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::body::Body;
use super::limits::Limits;
use super::pki::Credential;
use super::status::StatusRules;
use super::trust::{Trust, UnusableTrust};
use super::verify::{Gate, Seen, ServerVerifier};
use super::{provider, seen, without_chacha20};
use crate::base::clock;
use crate::transcript::{Fault, FaultPhase, TlsFacts};
use crate::wire::http::{HttpRequest, HttpResponse, Url};
use crate::wire::x509;

/// Which TLS versions a side agrees to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Versions {
    /// TLS 1.3 alone.
    #[default]
    Tls13,
    /// TLS 1.2 alone.
    Tls12,
    /// TLS 1.2 and 1.3.
    Both,
}

impl Versions {
    pub(super) fn list(self) -> &'static [&'static rustls::SupportedProtocolVersion] {
        const ONLY_13: &[&rustls::SupportedProtocolVersion] = &[&rustls::version::TLS13];
        const ONLY_12: &[&rustls::SupportedProtocolVersion] = &[&rustls::version::TLS12];
        const BOTH: &[&rustls::SupportedProtocolVersion] = &[&rustls::version::TLS13, &rustls::version::TLS12];
        match self {
            Self::Tls13 => ONLY_13,
            Self::Tls12 => ONLY_12,
            Self::Both => BOTH,
        }
    }
}

/// How a client behaves in the handshake.
#[derive(Debug, Clone, Default)]
pub struct ClientTls {
    /// The certificate to show; `None` shows none.
    pub credential: Option<Credential>,
    /// Trust in the server; its revocation lists count when the connection is enforced.
    pub trust: Trust,
    /// Whether a wrong server certificate ends the connection. The harness goes on and lets the facts decide; the
    /// reference GtK breaks off.
    pub enforce: bool,
    /// With `enforce`: go on although the certificate names another host.
    pub ignore_name: bool,
    /// With `enforce`: how the status of a certificate is looked up that says where.
    pub status: StatusRules,
    /// With `enforce`: the URA that the server's certificate must name; `None` takes any.
    pub organisation: Option<String>,
    /// Versions to offer.
    pub versions: Versions,
    /// Offer no suite of ChaCha20: a deliberate wrong.
    pub lacks_chacha20: bool,
}

/// What came of an exchange.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Handshake facts.
    pub tls: Option<TlsFacts>,
    /// The response, if one came.
    pub response: Option<HttpResponse>,
    /// What ended it otherwise.
    pub fault: Option<Fault>,
    /// The chain that the server showed, leaf first.
    pub chain: Vec<CertificateDer<'static>>,
    /// Duration in microseconds.
    pub micros: u64,
}

/// A client configuration could not be made: our own material is at fault, not the candidate.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// A trust anchor, certificate or key is unusable.
    #[error("set up TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// The trust anchors make no verifier.
    #[error(transparent)]
    Trust(#[from] UnusableTrust),
    /// The URL is not one that the harness speaks to.
    #[error("connect: `{0}` is no http or https URL")]
    Url(String),
}

/// Shows its certificate when asked, and remembers that it was asked.
#[derive(Debug)]
struct AskedFor {
    key: Option<Arc<CertifiedKey>>,
    asked: Arc<AtomicBool>,
}

impl ResolvesClientCert for AskedFor {
    fn resolve(&self, _hints: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.asked.store(true, Ordering::Relaxed);
        self.key.clone()
    }
    fn has_certs(&self) -> bool {
        true
    }
}

struct Prepared {
    config: Arc<ClientConfig>,
    seen: Arc<Seen>,
    asked: Arc<AtomicBool>,
}

/// A configuration for calls whose connection is not looked at.
pub(super) fn plain_config(tls: &ClientTls) -> Result<ClientConfig, ConnectError> {
    Ok(Arc::unwrap_or_clone(prepare(tls)?.config))
}

fn prepare(tls: &ClientTls) -> Result<Prepared, ConnectError> {
    let provider = if tls.lacks_chacha20 { without_chacha20(&provider()) } else { provider() };
    let seen = Arc::new(Seen::default());
    let inner = if tls.enforce { Some(tls.trust.of_servers()?) } else { None };
    let verifier = ServerVerifier {
        seen: seen.clone(),
        inner,
        ignore_name: tls.ignore_name,
        status: tls.enforce.then(|| Gate { rules: tls.status, trust: tls.trust.clone() }),
        organisation: tls.organisation.clone(),
        provider: provider.clone(),
    };
    let asked = Arc::new(AtomicBool::new(false));
    let key = tls.credential.as_ref().map(Credential::certified_key).transpose()?;
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(tls.versions.list())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_client_cert_resolver(Arc::new(AskedFor { key, asked: asked.clone() }));
    // One connection, one handshake: a resumed session would hide the certificates.
    config.resumption = rustls::client::Resumption::disabled();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Prepared { config: Arc::new(config), seen, asked })
}

/// Sends one request and reads one response. `tls` must be given for `https`; for `http` it is not used.
///
/// # Errors
/// Only when our own material cannot be used; what the candidate does is in the outcome.
pub async fn exchange(
    url: &Url,
    request: &HttpRequest,
    tls: &ClientTls,
    limits: &Limits,
) -> Result<Outcome, ConnectError> {
    let began = Instant::now();
    let prepared = if url.scheme == "https" { Some(prepare(tls)?) } else { None };
    let mut outcome = Outcome::default();
    let work = drive(url, request, prepared.as_ref(), limits, &mut outcome.tls);
    match timeout(Limits::duration(limits.total_ms), work).await {
        Ok(Ok(response)) => outcome.response = Some(response),
        Ok(Err(fault)) => outcome.fault = Some(fault),
        Err(_) => outcome.fault = Some(Fault::Timeout { phase: FaultPhase::Body, limit_ms: limits.total_ms }),
    }
    if let (Some(prepared), true) =
        (&prepared, outcome.tls.is_some() || prepared.as_ref().is_some_and(|p| !p.seen.chain().is_empty()))
    {
        complete_facts(outcome.tls.get_or_insert_default(), url, tls, prepared);
        outcome.chain = prepared.seen.chain();
    }
    outcome.micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
    Ok(outcome)
}

/// Opens a TLS connection, sends bytes that nobody answers, and closes it, as syslog does (RFC 5425).
///
/// # Errors
/// Our own material that cannot be used; within, what came in the way.
pub async fn deliver(
    url: &Url,
    bytes: &[u8],
    tls: &ClientTls,
    limits: &Limits,
) -> Result<Result<(), Fault>, ConnectError> {
    use tokio::io::AsyncWriteExt as _;
    let prepared = prepare(tls)?;
    let work = async {
        let stream = limited(limits.connect_ms, FaultPhase::Connect, connect(&url.host, url.port)).await?;
        let (mut stream, _) = secure(stream, url, &prepared, limits).await?;
        let sent = async {
            stream.write_all(bytes).await?;
            stream.flush().await?;
            stream.shutdown().await
        };
        sent.await.map_err(|error: std::io::Error| tls_fault(&error, FaultPhase::Body))
    };
    Ok(limited(limits.total_ms, FaultPhase::Body, work).await)
}

/// A handshake without a request: what was agreed, or what came in the way.
///
/// # Errors
/// Only when our own material cannot be used.
pub(super) async fn shake_hands(
    url: &Url,
    tls: &ClientTls,
    limits: &Limits,
) -> Result<(Option<TlsFacts>, Option<Fault>), ConnectError> {
    let prepared = prepare(tls)?;
    let work = async {
        let stream = limited(limits.connect_ms, FaultPhase::Connect, connect(&url.host, url.port)).await?;
        secure(stream, url, &prepared, limits).await.map(|(_, facts)| facts)
    };
    let (mut facts, fault) = match work.await {
        Ok(facts) => (Some(facts), None),
        Err(fault) => (None, Some(fault)),
    };
    if facts.is_some() || !prepared.seen.chain().is_empty() {
        complete_facts(facts.get_or_insert_default(), url, tls, &prepared);
    }
    Ok((facts, fault))
}

/// How long a connection that has ended may take to say why.
const ENDING: std::time::Duration = std::time::Duration::from_millis(50);

/// A connection that is kept for more than one request, as clients in the field do. It ends when dropped.
#[derive(Debug)]
pub struct Kept {
    sender: SendRequest<Full<bytes::Bytes>>,
    /// What moves the bytes; taken when it has told how it ended.
    driver: Option<tokio::task::JoinHandle<Result<(), hyper::Error>>>,
}

impl Drop for Kept {
    fn drop(&mut self) {
        if let Some(driver) = &self.driver {
            driver.abort();
        }
    }
}

impl Kept {
    /// Opens a TLS connection.
    ///
    /// # Errors
    /// Our own material that cannot be used; within, what came in the way of the connection.
    pub async fn open(url: &Url, tls: &ClientTls, limits: &Limits) -> Result<Result<Self, Fault>, ConnectError> {
        let prepared = prepare(tls)?;
        let work = async {
            let stream = limited(limits.connect_ms, FaultPhase::Connect, connect(&url.host, url.port)).await?;
            let (stream, _) = secure(stream, url, &prepared, limits).await?;
            begin(stream, limits).await
        };
        Ok(limited(limits.total_ms, FaultPhase::Handshake, work).await)
    }

    /// Sends one request and reads one response. After a fault the connection is of no more use.
    ///
    /// # Errors
    /// What came instead of a response.
    pub async fn ask(&mut self, url: &Url, request: &HttpRequest, limits: &Limits) -> Result<HttpResponse, Fault> {
        limited(limits.total_ms, FaultPhase::Body, self.converse(url, request, limits)).await
    }

    async fn converse(&mut self, url: &Url, request: &HttpRequest, limits: &Limits) -> Result<HttpResponse, Fault> {
        match converse(&mut self.sender, url, request, limits).await {
            Err(Fault::Closed { phase }) => Err(self.reason(phase, limits).await),
            other => other,
        }
    }

    /// Why the connection ended. What is read before a request goes out, such as an alert about our certificate, is known to
    /// the connection alone, and not to who waits for an answer.
    async fn reason(&mut self, phase: FaultPhase, limits: &Limits) -> Fault {
        let Some(mut driver) = self.driver.take() else { return Fault::Closed { phase } };
        match timeout(ENDING, &mut driver).await {
            Ok(Ok(Err(error))) => http_fault(&error, phase, limits),
            Ok(_) => Fault::Closed { phase },
            Err(_) => {
                driver.abort();
                Fault::Closed { phase }
            }
        }
    }
}

fn complete_facts(facts: &mut TlsFacts, url: &Url, tls: &ClientTls, prepared: &Prepared) {
    let chain = prepared.seen.chain();
    facts.own = tls.credential.as_ref().and_then(Credential::facts);
    facts.client_certificate_requested = Some(prepared.asked.load(Ordering::Relaxed));
    if let Some(leaf) = chain.first() {
        let known = seen::chain(&chain, tls.trust.anchors(), x509::Usage::ServerAuth, clock::now());
        facts.peer.clone_from(&known.facts);
        facts.peer_verdict = Some(known.verdict.clone());
        facts.name_matches = Some(matches_name(leaf, &url.host));
    }
}

fn matches_name(leaf: &CertificateDer<'_>, host: &str) -> bool {
    let Ok(name) = ServerName::try_from(host.to_owned()) else { return false };
    webpki::EndEntityCert::try_from(leaf).is_ok_and(|c| c.verify_is_valid_for_subject_name(&name).is_ok())
}

async fn limited<T>(ms: u64, phase: FaultPhase, work: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    timeout(Limits::duration(ms), work).await.unwrap_or(Err(Fault::Timeout { phase, limit_ms: ms }))
}

async fn drive(
    url: &Url,
    request: &HttpRequest,
    prepared: Option<&Prepared>,
    limits: &Limits,
    facts: &mut Option<TlsFacts>,
) -> Result<HttpResponse, Fault> {
    let stream = limited(limits.connect_ms, FaultPhase::Connect, connect(&url.host, url.port)).await?;
    let Some(prepared) = prepared else {
        return speak(stream, url, request, limits).await;
    };
    let (stream, agreed) = secure(stream, url, prepared, limits).await?;
    *facts = Some(agreed);
    speak(stream, url, request, limits).await
}

/// The handshake, and what was agreed in it.
async fn secure(
    stream: TcpStream,
    url: &Url,
    prepared: &Prepared,
    limits: &Limits,
) -> Result<(TlsStream<TcpStream>, TlsFacts), Fault> {
    let name = ServerName::try_from(url.host.clone()).map_err(|_| Fault::NameNotFound { host: url.host.clone() })?;
    let connector = TlsConnector::from(prepared.config.clone());
    let handshake =
        async { connector.connect(name, stream).await.map_err(|error| tls_fault(&error, FaultPhase::Handshake)) };
    let stream = limited(limits.handshake_ms, FaultPhase::Handshake, handshake).await?;
    let connection = stream.get_ref().1;
    let facts = TlsFacts {
        version: connection.protocol_version().map(version_name),
        cipher_suite: connection
            .negotiated_cipher_suite()
            .map(|s| format!("{:?}", s.suite()).replace("TLS13_", "TLS_")),
        group: connection.negotiated_key_exchange_group().map(|g| format!("{:?}", g.name())),
        ..TlsFacts::default()
    };
    Ok((stream, facts))
}

pub(super) fn version_name(version: rustls::ProtocolVersion) -> String {
    format!("{version:?}").replace("TLSv1_", "TLSv1.")
}

pub(super) async fn connect(host: &str, port: u16) -> Result<TcpStream, Fault> {
    let addresses: Vec<_> = match tokio::net::lookup_host((host, port)).await {
        Ok(found) => found.collect(),
        Err(_) => return Err(Fault::NameNotFound { host: host.to_owned() }),
    };
    let mut last = Fault::NameNotFound { host: host.to_owned() };
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                // Small messages in both directions: waiting to fill a packet would only cost time.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Err(_) => last = Fault::ConnectionRefused,
        }
    }
    Err(last)
}

async fn speak<S>(stream: S, url: &Url, request: &HttpRequest, limits: &Limits) -> Result<HttpResponse, Fault>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    begin(stream, limits).await?.converse(url, request, limits).await
}

/// HTTP on a stream.
async fn begin<S>(stream: S, limits: &Limits) -> Result<Kept, Fault>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let handshake = hyper::client::conn::http1::Builder::new()
        .max_buf_size(limits.head_bytes.max(8192))
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| http_fault(&error, FaultPhase::FirstByte, limits))?;
    let (sender, connection) = handshake;
    Ok(Kept { sender, driver: Some(tokio::spawn(connection)) })
}

async fn converse(
    sender: &mut SendRequest<Full<bytes::Bytes>>,
    url: &Url,
    request: &HttpRequest,
    limits: &Limits,
) -> Result<HttpResponse, Fault> {
    let not_http = |reason: String| Fault::NotHttp { reason };
    let mut builder = http::Request::builder().method(request.method.as_str()).uri(&request.target);
    let host = if url.host.contains(':') {
        format!("[{}]:{}", url.host, url.port)
    } else {
        format!("{}:{}", url.host, url.port)
    };
    builder = builder.header("host", host);
    for (name, value) in &request.headers {
        builder = builder.header(name, value);
    }
    let message =
        builder.body(Full::new(bytes::Bytes::from(request.body.clone()))).map_err(|e| not_http(e.to_string()))?;
    let answer =
        async { sender.send_request(message).await.map_err(|error| http_fault(&error, FaultPhase::FirstByte, limits)) };
    let response = limited(limits.first_byte_ms, FaultPhase::FirstByte, answer).await?;
    let (head, mut stream) = response.into_parts();
    let headers = header_list(&head.headers);
    let mut body = Body::new(crate::wire::http::header(&headers, "content-type"), limits);
    while let Some(frame) = stream.frame().await {
        let frame = frame.map_err(|error| http_fault(&error, FaultPhase::Body, limits))?;
        if let Ok(data) = frame.into_data() {
            body.push(&data).map_err(|limit| Fault::TooLarge { part: "body".into(), limit })?;
        }
    }
    let (body, passed) = body.finish();
    Ok(HttpResponse { status: head.status.as_u16(), headers, body, passed })
}

pub(super) fn header_list(headers: &http::HeaderMap) -> Vec<(String, String)> {
    headers.iter().map(|(n, v)| (n.as_str().to_owned(), String::from_utf8_lossy(v.as_bytes()).into_owned())).collect()
}

/// Finds the TLS or socket error behind an error of hyper.
fn http_fault(error: &hyper::Error, phase: FaultPhase, limits: &Limits) -> Fault {
    if error.is_parse_too_large() {
        return Fault::TooLarge { part: "head".into(), limit: limits.head_bytes };
    }
    if error.is_parse() {
        return Fault::NotHttp { reason: error.to_string() };
    }
    let mut source = error.source();
    while let Some(inner) = source {
        if let Some(io) = inner.downcast_ref::<std::io::Error>() {
            return tls_fault(io, phase);
        }
        source = inner.source();
    }
    Fault::Closed { phase }
}

/// What an input/output error under TLS says.
pub(super) fn tls_fault(error: &std::io::Error, phase: FaultPhase) -> Fault {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::AlertReceived(alert)) => Fault::TlsAlert { alert: super::probe::alert_text(*alert), phase },
        Some(other) => Fault::TlsFailed { reason: other.to_string(), phase },
        None => Fault::Closed { phase },
    }
}
