//! A TLS probe: one ClientHello of our own making, one answer, no HTTP.
//!
//! It asks for versions that our TLS library refuses to speak, and stops at the first record of the server.

use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use super::connect::{Outcome, connect};
use super::limits::Limits;
use crate::transcript::{Fault, FaultPhase, TlsFacts};
use crate::wire::http::Url;
use crate::wire::tls::{self, FirstAnswer, TlsVersion};

/// Name of an alert as the standards write it.
pub(super) fn alert_text(alert: rustls::AlertDescription) -> String {
    tls::alert_name(u8::from(alert))
}

/// Offers one version and tells whether the server took it (`tls.version`) or refused (`fault`).
pub async fn probe(url: &Url, version: TlsVersion, limits: &Limits) -> Outcome {
    let began = Instant::now();
    let mut outcome = Outcome::default();
    let work = ask(url, version);
    match timeout(Limits::duration(limits.handshake_ms), work).await {
        Ok(Ok(chosen)) => outcome.tls = Some(TlsFacts { version: Some(chosen), ..TlsFacts::default() }),
        Ok(Err(fault)) => outcome.fault = Some(fault),
        Err(_) => outcome.fault = Some(Fault::Timeout { phase: FaultPhase::Handshake, limit_ms: limits.handshake_ms }),
    }
    outcome.micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
    outcome
}

async fn ask(url: &Url, version: TlsVersion) -> Result<String, Fault> {
    let phase = FaultPhase::Handshake;
    let closed = |_| Fault::Closed { phase };
    let mut stream = connect(&url.host, url.port).await?;
    let mut random = [0; 32];
    random[..16].copy_from_slice(uuid::Uuid::new_v4().as_bytes());
    random[16..].copy_from_slice(uuid::Uuid::new_v4().as_bytes());
    stream.write_all(&tls::client_hello(version, &url.host, &random)).await.map_err(closed)?;
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = stream.read(&mut buffer).await.map_err(closed)?;
        answer.extend_from_slice(&buffer[..read]);
        match tls::read_first_answer(&answer) {
            FirstAnswer::ServerHello { version } => return Ok(version),
            FirstAnswer::Alert { name } => return Err(Fault::TlsAlert { alert: name, phase }),
            FirstAnswer::NotTls => return Err(Fault::TlsFailed { reason: "the answer is no TLS".into(), phase }),
            FirstAnswer::Incomplete if read == 0 || answer.len() > 65_536 => return Err(Fault::Closed { phase }),
            FirstAnswer::Incomplete => {}
        }
    }
}
