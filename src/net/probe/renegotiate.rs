//! Whether a server of TLS 1.2 lets a client renegotiate (RFC 5246 section 7.4.1.2, RFC 5746).
//!
//! The handshake is the library's; it does not renegotiate, so the second ClientHello is put into a record of ours. That
//! takes the keys of the connection, which the library gives out, and the client's Finished of the first handshake: all its
//! messages go in the clear, so they are noted as they pass. One record is sent, and only the kind of the answer is read.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustls::client::ClientConfig;
use rustls::crypto::cipher::{AeadKey, OutboundChunks, OutboundPlainMessage};
use rustls::{
    ClientConnection, ConnectionTrafficSecrets, ContentType, KeyLog, ProtocolVersion, SupportedCipherSuite,
    Tls12CipherSuite,
};

use super::ask::Asker;
use super::secret::{Caller, configuration};
use crate::net::connect::ClientTls;
use crate::net::pki::Credential;
use crate::net::provider;
use crate::wire::tls::{Known, Question, TlsVersion, USUAL_GROUPS, handshake_messages, usual_schemes};

/// How long an answer to the second hello may take. A server that says nothing has not agreed, but nobody knows.
const ANSWER: Duration = Duration::from_secs(2);

/// Keeps the master secret of one connection, in memory and for this one purpose.
#[derive(Debug, Default)]
struct Master(Mutex<Vec<u8>>);

impl KeyLog for Master {
    fn log(&self, label: &str, _client_random: &[u8], secret: &[u8]) {
        if label == "CLIENT_RANDOM" {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = secret.to_vec();
        }
    }
}

/// A stream that notes the first bytes of both directions.
struct Tapped {
    stream: TcpStream,
    sent: Vec<u8>,
    got: Vec<u8>,
}

/// More than any handshake; a hostile server gets no further.
const MOST: usize = 256 * 1024;

impl Read for Tapped {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.stream.read(buffer)?;
        if self.got.len() < MOST {
            self.got.extend_from_slice(&buffer[..read]);
        }
        Ok(read)
    }
}

impl Write for Tapped {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.stream.write(bytes)?;
        if self.sent.len() < MOST {
            self.sent.extend_from_slice(&bytes[..written]);
        }
        Ok(written)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        self.stream.flush()
    }
}

/// Asks for a second handshake within the first connection.
pub(super) async fn look(asker: &Arc<Asker>, tls: &ClientTls) -> Known {
    let Ok(_slot) = asker.slot().await else { return Known::NotEvaluated };
    let Some(caller) = Caller::new(asker) else { return Known::NotEvaluated };
    let (credential, host) = (tls.credential.clone(), asker.url.host.clone());
    let work = move || ask(&caller, credential.as_ref(), &host).unwrap_or(Known::NotEvaluated);
    tokio::task::spawn_blocking(work).await.unwrap_or(Known::NotEvaluated)
}

fn ask(caller: &Caller, credential: Option<&Credential>, host: &str) -> Option<Known> {
    let master = Arc::new(Master::default());
    let schemes = provider().signature_verification_algorithms.supported_schemes();
    let mut config: ClientConfig =
        configuration(credential, schemes, &Arc::default(), &[&rustls::version::TLS12]).ok()?;
    config.key_log = master.clone();
    config.enable_secret_extraction = true;
    let mut connection = ClientConnection::new(Arc::new(config), caller.name.clone()).ok()?;
    let mut stream = Tapped { stream: caller.connect()?, sent: Vec::new(), got: Vec::new() };
    caller.handshake(&mut connection, &mut stream)?;
    let SupportedCipherSuite::Tls12(suite) = connection.negotiated_cipher_suite()? else { return None };
    let master = master.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let finished = finished(suite, &master, &stream.sent, &stream.got)?;
    let (sequence, secrets) = connection.dangerous_extract_secrets().ok()?.tx;
    let record = sealed(suite, secrets, sequence, &hello(suite, host, &finished))?;
    stream.stream.write_all(&record).ok()?;
    answer(&mut stream.stream)
}

/// The `verify_data` of the client (RFC 5246 section 7.4.9).
fn finished(suite: &Tls12CipherSuite, master: &[u8], sent: &[u8], got: &[u8]) -> Option<[u8; 12]> {
    let ours = handshake_messages(sent);
    let theirs = handshake_messages(got);
    let (hello, rest) = ours.split_first()?;
    // What the server says after ServerHelloDone comes after our Finished.
    let flight = theirs.iter().position(|m| m.first() == Some(&14)).map(|done| &theirs[..=done])?;
    let mut hash = suite.common.hash_provider.start();
    for message in std::iter::once(hello).chain(flight).chain(rest) {
        hash.update(message);
    }
    let mut data = [0; 12];
    suite.prf_provider.for_secret(&mut data, master, b"client finished", hash.finish().as_ref());
    Some(data)
}

/// A ClientHello that offers the suite of the connection again, bound to its handshake.
fn hello(suite: &Tls12CipherSuite, host: &str, finished: &[u8]) -> Vec<u8> {
    let mut random = [0; 32];
    random[..16].copy_from_slice(uuid::Uuid::new_v4().as_bytes());
    random[16..].copy_from_slice(uuid::Uuid::new_v4().as_bytes());
    let question = Question {
        version: TlsVersion::Tls12,
        host,
        random,
        suites: &[u16::from(suite.common.suite)],
        groups: &USUAL_GROUPS,
        schemes: &usual_schemes(),
        deflate: false,
        with_share: false,
        renegotiates: finished,
    };
    question.message()
}

/// The hello in a record of the connection.
fn sealed(
    suite: &Tls12CipherSuite,
    secrets: ConnectionTrafficSecrets,
    sequence: u64,
    message: &[u8],
) -> Option<Vec<u8>> {
    let (key, iv): (AeadKey, _) = match secrets {
        ConnectionTrafficSecrets::Aes128Gcm { key, iv } | ConnectionTrafficSecrets::Aes256Gcm { key, iv } => (key, iv),
        ConnectionTrafficSecrets::Chacha20Poly1305 { key, iv } => (key, iv),
        _ => return None,
    };
    let (fixed, explicit) = iv.as_ref().split_at_checked(suite.aead_alg.key_block_shape().fixed_iv_len)?;
    let plain = OutboundPlainMessage {
        typ: ContentType::Handshake,
        version: ProtocolVersion::TLSv1_2,
        payload: OutboundChunks::Single(message),
    };
    Some(suite.aead_alg.encrypter(key, fixed, explicit).encrypt(plain, sequence).ok()?.encode())
}

/// The kind of a record stands in the clear: handshake messages mean that it goes on, an alert or the end that it does not.
fn answer(stream: &mut TcpStream) -> Option<Known> {
    let ends = Instant::now() + ANSWER;
    // A server may still say something about the first handshake, or send data.
    for _ in 0..8 {
        let left = ends.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())?;
        stream.set_read_timeout(Some(left)).ok()?;
        let mut head = [0; 5];
        match stream.read_exact(&mut head) {
            Ok(()) => {}
            Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {
                return None;
            }
            Err(_) => return Some(Known::No),
        }
        match head[0] {
            22 => return Some(Known::Yes),
            21 => return Some(Known::No),
            _ => {}
        }
        let mut body = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
        stream.read_exact(&mut body).ok()?;
    }
    None
}
