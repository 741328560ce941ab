//! What a server of TLS 1.3 says under encryption: its chain, the scheme of its signature, a stapled response, tickets and
//! early data. Asked with rustls, over plain sockets on a thread of its own, since the steps must be taken one by one.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ClientSessionStore, Resumption, Tls12ClientSessionValue, Tls13ClientSessionValue};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, Error, HandshakeKind, NamedGroup, SignatureScheme,
};

use super::ask::Asker;
use crate::net::connect::ClientTls;
use crate::net::pki::Credential;
use crate::net::provider;
use crate::wire::tls::Known;

/// How long tickets may take to come after the handshake, when the server keeps the connection open.
const TICKETS: Duration = Duration::from_millis(500);

/// The version in which it is said.
const TLS13: &[&rustls::SupportedProtocolVersion] = &[&rustls::version::TLS13];

/// What one handshake showed.
#[derive(Debug, Default)]
pub(super) struct Shown {
    scheme: Mutex<Option<u16>>,
    chain: Mutex<Vec<Vec<u8>>>,
    stapled: Mutex<bool>,
}

fn set<T>(place: &Mutex<T>, value: T) {
    *place.lock().unwrap_or_else(PoisonError::into_inner) = value;
}

fn get<T: Clone>(place: &Mutex<T>) -> T {
    place.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Takes every certificate and signature, and notes them. Nothing is sent to the server that would need trust.
#[derive(Debug)]
struct Noting {
    shown: Arc<Shown>,
    schemes: Vec<SignatureScheme>,
}

impl ServerCertVerifier for Noting {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain = std::iter::once(end_entity).chain(intermediates).map(|c| c.to_vec()).collect();
        set(&self.shown.chain, chain);
        set(&self.shown.stapled, !ocsp.is_empty());
        Ok(ServerCertVerified::assertion())
    }
    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        set(&self.shown.scheme, Some(u16::from(signed.scheme)));
        Ok(HandshakeSignatureValid::assertion())
    }
    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verify_tls12_signature(message, certificate, signed)
    }
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes.clone()
    }
}

/// Keeps tickets.
#[derive(Debug, Default)]
struct Tickets(Mutex<Vec<Tls13ClientSessionValue>>);

impl ClientSessionStore for Tickets {
    fn set_kx_hint(&self, _name: ServerName<'static>, _group: NamedGroup) {}
    fn kx_hint(&self, _name: &ServerName<'_>) -> Option<NamedGroup> {
        None
    }
    fn set_tls12_session(&self, _name: ServerName<'static>, _value: Tls12ClientSessionValue) {}
    fn tls12_session(&self, _name: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        None
    }
    fn remove_tls12_session(&self, _name: &ServerName<'static>) {}
    fn insert_tls13_ticket(&self, _name: ServerName<'static>, value: Tls13ClientSessionValue) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A hostile server may send as many as it likes; one is used.
        if kept.len() < 8 {
            kept.push(value);
        }
    }
    fn take_tls13_ticket(&self, _name: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }
}

/// What a whole handshake of TLS 1.3 told.
#[derive(Debug, Clone)]
pub(super) struct Secret {
    pub chain: Vec<Vec<u8>>,
    pub stapled: Known,
    pub tickets: Known,
    pub early_data: Known,
}

impl Secret {
    pub(super) const UNKNOWN: Self = Self {
        chain: Vec::new(),
        stapled: Known::NotEvaluated,
        tickets: Known::NotEvaluated,
        early_data: Known::NotEvaluated,
    };
}

/// Opens connections for handshakes that are taken step by step.
pub(super) struct Caller {
    address: String,
    pub name: ServerName<'static>,
    step: Duration,
    ends: Instant,
}

/// A client that takes every certificate and resumes nothing.
pub(super) fn configuration(
    credential: Option<&Credential>,
    schemes: Vec<SignatureScheme>,
    shown: &Arc<Shown>,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> Result<ClientConfig, Error> {
    let verifier = Noting { shown: shown.clone(), schemes };
    let builder = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(versions)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match credential {
        Some(credential) => {
            let key =
                rustls::sign::SingleCertAndKey::from(rustls::sign::CertifiedKey::clone(&*credential.certified_key()?));
            builder.with_client_cert_resolver(Arc::new(key))
        }
        None => builder.with_no_client_auth(),
    };
    config.resumption = Resumption::disabled();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

impl Caller {
    pub(super) fn new(asker: &Asker) -> Option<Self> {
        let host = &asker.url.host;
        let address = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        Some(Self {
            address: format!("{address}:{}", asker.url.port),
            name: ServerName::try_from(host.clone()).ok()?,
            step: Duration::from_millis(asker.limits.handshake_ms),
            ends: Instant::now() + asker.left(),
        })
    }

    pub(super) fn connect(&self) -> Option<TcpStream> {
        use std::net::ToSocketAddrs as _;
        let mut addresses = self.address.to_socket_addrs().ok()?;
        let stream = addresses.find_map(|a| TcpStream::connect_timeout(&a, self.step).ok())?;
        stream.set_read_timeout(Some(self.step)).ok()?;
        stream.set_write_timeout(Some(self.step)).ok()?;
        let _ = stream.set_nodelay(true);
        Some(stream)
    }

    /// Takes the handshake to its end. `None` when it failed or took too long.
    pub(super) fn handshake(
        &self,
        connection: &mut ClientConnection,
        stream: &mut (impl std::io::Read + std::io::Write),
    ) -> Option<()> {
        let ends = (Instant::now() + self.step).min(self.ends);
        while connection.is_handshaking() {
            while connection.wants_write() {
                connection.write_tls(stream).ok()?;
            }
            if !connection.is_handshaking() || Instant::now() >= ends {
                break;
            }
            if connection.read_tls(stream).ok()? == 0 {
                return None;
            }
            let processed = connection.process_new_packets();
            // An alert that is due is sent before we go.
            if processed.is_err() {
                let _ = connection.write_tls(stream);
                return None;
            }
        }
        while connection.wants_write() {
            connection.write_tls(stream).ok()?;
        }
        (!connection.is_handshaking()).then_some(())
    }

    /// Says goodbye, and reads what still comes: tickets, or the alert of a server that wants another client.
    fn part(&self, connection: &mut ClientConnection, stream: &mut TcpStream) -> Result<(), Error> {
        connection.send_close_notify();
        let _ = connection.write_tls(stream);
        let ends = (Instant::now() + TICKETS).min(self.ends);
        loop {
            let left = ends.saturating_duration_since(Instant::now());
            if left.is_zero() || stream.set_read_timeout(Some(left)).is_err() {
                return Ok(());
            }
            match connection.read_tls(stream) {
                Ok(0) => return Ok(()),
                Ok(_) => {
                    connection.process_new_packets()?;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Ok(()),
            }
            // Nobody sends data to somebody who asked for nothing.
            let _ = connection.reader().read(&mut [0; 1024]);
        }
    }
}

/// A whole handshake: the chain, a stapled response, and whether tickets come that allow early data. If they do, early
/// data is sent: the beginning of a request that never ends.
pub(super) async fn look(asker: &Arc<Asker>, tls: &ClientTls) -> Secret {
    let Ok(_slot) = asker.slot().await else { return Secret::UNKNOWN };
    let Some(caller) = Caller::new(asker) else { return Secret::UNKNOWN };
    let credential = tls.credential.clone();
    let work = move || look_at(&caller, credential.as_ref()).unwrap_or(Secret::UNKNOWN);
    tokio::task::spawn_blocking(work).await.unwrap_or(Secret::UNKNOWN)
}

fn look_at(caller: &Caller, credential: Option<&Credential>) -> Option<Secret> {
    let shown = Arc::new(Shown::default());
    let schemes = provider().signature_verification_algorithms.supported_schemes();
    let mut config = configuration(credential, schemes, &shown, TLS13).ok()?;
    let store = Arc::new(Tickets::default());
    config.resumption = Resumption::store(store.clone());
    config.enable_early_data = true;
    let config = Arc::new(config);
    let mut stream = caller.connect()?;
    let mut connection = ClientConnection::new(config.clone(), caller.name.clone()).ok()?;
    caller.handshake(&mut connection, &mut stream)?;
    let refused = caller.part(&mut connection, &mut stream).is_err();
    let limits: Vec<u32> = {
        let kept = store.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().map(Tls13ClientSessionValue::max_early_data_size).collect()
    };
    // A server that refused our certificate after the handshake never came to tickets.
    let no = if refused && limits.is_empty() { Known::NotEvaluated } else { Known::No };
    let mut secret = Secret {
        chain: get(&shown.chain),
        stapled: Known::from_bool(get(&shown.stapled)),
        tickets: no,
        early_data: no,
    };
    if !limits.is_empty() {
        secret.tickets = Known::Yes;
        secret.early_data = match limits.iter().any(|limit| *limit > 0) {
            true => early_data(caller, &config).unwrap_or(Known::NotEvaluated),
            false => Known::No,
        };
    }
    Some(secret)
}

/// Sends early data on a ticket that allows it, and tells whether the server took it.
fn early_data(caller: &Caller, config: &Arc<ClientConfig>) -> Option<Known> {
    let mut stream = caller.connect()?;
    let mut connection = ClientConnection::new(config.clone(), caller.name.clone()).ok()?;
    connection.early_data()?.write_all(b"GET / HTTP/1.1\r\n").ok()?;
    caller.handshake(&mut connection, &mut stream)?;
    let resumed = connection.handshake_kind() == Some(HandshakeKind::Resumed);
    Some(Known::from_bool(resumed && connection.is_early_data_accepted()))
}

/// The scheme by which the server signs when it may use one alone, with the chain that it then shows; the handshake is
/// broken off there.
pub(super) async fn scheme(asker: &Arc<Asker>, code: u16) -> Option<(u16, Vec<Vec<u8>>)> {
    let _slot = asker.slot().await.ok()?;
    let caller = Caller::new(asker)?;
    let work = move || {
        let shown = Arc::new(Shown::default());
        let config = configuration(None, vec![SignatureScheme::from(code)], &shown, TLS13).ok()?;
        let mut stream = caller.connect()?;
        let mut connection = ClientConnection::new(Arc::new(config), caller.name.clone()).ok()?;
        // Whether it comes to an end does not matter: what was signed was seen.
        let _ = caller.handshake(&mut connection, &mut stream);
        let _ = stream.flush();
        get(&shown.scheme).map(|scheme| (scheme, get(&shown.chain)))
    };
    tokio::task::spawn_blocking(work).await.ok().flatten()
}
