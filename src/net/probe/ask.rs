//! One question: a connection, a hello, an answer. All of a survey go through here, so that they are counted and bounded.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::net::connect::connect;
use crate::net::limits::Limits;
use crate::transcript::{Fault, FaultPhase};
use crate::wire::http::Url;
use crate::wire::tls::{Answer, Question, TlsVersion, read_answer, usual_schemes};

/// Connections at the same time.
const AT_ONCE: usize = 8;
/// Connections of one survey; an ordinary server needs some 120.
const MOST_CONNECTIONS: u32 = 1_500;
/// Bytes of an answer. A chain of certificates is the largest part of it.
const MOST_BYTES: usize = 128 * 1024;

/// How much of an answer is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// Up to the ServerHello.
    Hello,
    /// All that is said in the clear.
    Flight,
}

/// What a question offers.
#[derive(Debug, Clone)]
pub(super) struct Wish {
    pub version: TlsVersion,
    pub suites: Vec<u16>,
    pub groups: Vec<u16>,
    pub schemes: Vec<u16>,
    pub deflate: bool,
    pub with_share: bool,
}

impl Wish {
    /// A version with what every server knows, and no suites yet.
    pub(super) fn of(version: TlsVersion) -> Self {
        let (groups, schemes) = (super::lists::group_codes(version == TlsVersion::Tls13), usual_schemes());
        Self { version, suites: Vec::new(), groups, schemes, deflate: false, with_share: false }
    }
}

/// Asks questions of one server.
#[derive(Debug)]
pub(super) struct Asker {
    pub url: Url,
    pub limits: Limits,
    slots: Arc<Semaphore>,
    asked: AtomicU32,
    ends: Instant,
}

impl Asker {
    pub(super) fn new(url: Url, limits: &Limits) -> Self {
        Self {
            url,
            limits: limits.clone(),
            slots: Arc::new(Semaphore::new(AT_ONCE)),
            asked: AtomicU32::new(0),
            ends: Instant::now() + Limits::duration(limits.total_ms),
        }
    }

    /// How many connections were made.
    pub(super) fn asked(&self) -> u32 {
        self.asked.load(Ordering::Relaxed).min(MOST_CONNECTIONS)
    }

    /// Waits for a free slot and counts a connection. `Err` when the survey has had its share of time or connections.
    pub(super) async fn slot(&self) -> Result<tokio::sync::OwnedSemaphorePermit, Fault> {
        let over = || Fault::Timeout { phase: FaultPhase::Handshake, limit_ms: self.limits.total_ms };
        let permit = self.slots.clone().acquire_owned().await.map_err(|_| over())?;
        let many = self.asked.fetch_add(1, Ordering::Relaxed) >= MOST_CONNECTIONS;
        if many || self.left().is_zero() { Err(over()) } else { Ok(permit) }
    }

    /// Why the survey must end now, if it must.
    pub(super) fn exhausted(&self) -> Option<String> {
        if self.left().is_zero() {
            return Some(format!("it took longer than {} ms", self.limits.total_ms));
        }
        let many = self.asked.load(Ordering::Relaxed) > MOST_CONNECTIONS;
        many.then(|| format!("it took more than {MOST_CONNECTIONS} connections"))
    }

    /// What is left of the time of the survey.
    pub(super) fn left(&self) -> Duration {
        self.ends.saturating_duration_since(Instant::now())
    }

    /// Asks one question.
    ///
    /// # Errors
    /// What kept us from an answer. An alert, other bytes and a closed connection are answers.
    pub(super) async fn ask(&self, wish: &Wish, depth: Depth) -> Result<Answer, Fault> {
        let _slot = self.slot().await?;
        let limit_ms = self.limits.connect_ms;
        let connecting = timeout(Limits::duration(limit_ms).min(self.left()), connect(&self.url.host, self.url.port));
        let stream = connecting.await.unwrap_or(Err(Fault::Timeout { phase: FaultPhase::Connect, limit_ms }))?;
        let limit_ms = self.limits.handshake_ms;
        let late = Fault::Timeout { phase: FaultPhase::Handshake, limit_ms };
        let work = converse(stream, self.hello(wish), depth);
        timeout(Limits::duration(limit_ms).min(self.left()), work).await.map_err(|_| late)
    }

    fn hello(&self, wish: &Wish) -> Vec<u8> {
        let mut random = [0; 32];
        random[..16].copy_from_slice(uuid::Uuid::new_v4().as_bytes());
        random[16..].copy_from_slice(uuid::Uuid::new_v4().as_bytes());
        let question = Question {
            version: wish.version,
            host: &self.url.host,
            random,
            suites: &wish.suites,
            groups: &wish.groups,
            schemes: &wish.schemes,
            deflate: wish.deflate,
            with_share: wish.with_share,
            renegotiates: &[],
        };
        question.bytes()
    }
}

/// Sends the hello and reads until the answer is there; a connection that ends before gave none.
async fn converse(mut stream: tokio::net::TcpStream, hello: Vec<u8>, depth: Depth) -> Answer {
    if stream.write_all(&hello).await.is_err() {
        return Answer::Incomplete;
    }
    let mut bytes = Vec::new();
    let mut buffer = [0; 8192];
    loop {
        let read = stream.read(&mut buffer).await.unwrap_or(0);
        bytes.extend_from_slice(&buffer[..read]);
        let ended = read == 0 || bytes.len() > MOST_BYTES;
        match read_answer(&bytes) {
            Answer::Agreed(agreed) if !ended && depth == Depth::Flight && !agreed.whole => {}
            Answer::Incomplete if !ended => {}
            answer => return answer,
        }
    }
}
