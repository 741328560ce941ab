//! TLS probes: hellos of our own making and what is said to them, no HTTP.
//!
//! One question asks for one version and stops at the answer. A [`survey`] asks until everything is known that a server
//! accepts. What is to be proved absent cannot be asked for with a TLS library that refuses to say it, so most questions
//! are bytes of our own; what is only said under encryption (TLS 1.3) is asked with the library.

mod ask;
mod lists;
mod renegotiate;
mod secret;
mod survey;

use std::time::Instant;

pub use survey::survey;

use super::connect::Outcome;
use super::limits::Limits;
use crate::transcript::{Fault, FaultPhase, TlsFacts};
use crate::wire::http::Url;
use crate::wire::tls::{self, Answer, TlsVersion};
use ask::{Asker, Depth, Wish};

/// Name of an alert as the standards write it.
pub(super) fn alert_text(alert: rustls::AlertDescription) -> String {
    tls::alert_name(u8::from(alert))
}

/// Suites that servers of the era of a version know.
const COMMON_SUITES: [u16; 13] =
    [0xc02b, 0xc02c, 0xc02f, 0xc030, 0xcca8, 0xcca9, 0xc009, 0xc00a, 0xc013, 0xc014, 0x009c, 0x002f, 0x0035];
/// The suites of TLS 1.3.
const SUITES_13: [u16; 5] = [0x1302, 0x1303, 0x1301, 0x1304, 0x1305];

/// Offers one version and tells whether the server took it (`tls.version`) or refused (`fault`).
pub async fn probe(url: &Url, version: TlsVersion, limits: &Limits) -> Outcome {
    let began = Instant::now();
    let mut outcome = Outcome::default();
    let suites: &[u16] = if version == TlsVersion::Tls13 { &SUITES_13 } else { &COMMON_SUITES };
    let asker = Asker::new(url.clone(), limits);
    let phase = FaultPhase::Handshake;
    match asker.ask(&Wish { suites: suites.to_vec(), ..Wish::of(version) }, Depth::Hello).await {
        Ok(Answer::Agreed(agreed)) => {
            let name = |code| TlsVersion::from_code(code).map_or_else(|| format!("0x{code:04x}"), |v| v.to_string());
            outcome.tls = Some(TlsFacts { version: Some(name(agreed.version)), ..TlsFacts::default() });
        }
        Ok(Answer::Alert(code)) => outcome.fault = Some(Fault::TlsAlert { alert: tls::alert_name(code), phase }),
        Ok(Answer::NotTls) => {
            outcome.fault = Some(Fault::TlsFailed { reason: "the answer is no TLS".into(), phase });
        }
        Ok(Answer::Incomplete) => outcome.fault = Some(Fault::Closed { phase }),
        Err(fault) => outcome.fault = Some(fault),
    }
    outcome.micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
    outcome
}

#[cfg(test)]
mod tests;
