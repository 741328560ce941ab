//! Syslog over TLS (RFC 5425) behind a listener: each message becomes a request of the method `SYSLOG`, so that a service
//! sees, and an observer notes, what came in whichever way it came.

use std::time::Instant;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::timeout;

use super::{Door, Service, micros};
use crate::base::clock;
use crate::net::limits::Limits;
use crate::net::listen::{Incoming, Observed};
use crate::transcript::TlsFacts;
use crate::wire::audit::syslog::{FAULT_HEADER, LONGEST, frame, read};
use crate::wire::http::HttpRequest;

/// Messages that are taken of one connection at most.
const MOST_MESSAGES: usize = 10_000;

/// Takes the messages of a connection until it ends or says something that is no frame.
pub(super) async fn serve<S, I>(
    door: &Door<S>,
    mut io: I,
    tls: Option<TlsFacts>,
    began: (time::OffsetDateTime, Instant),
) where
    S: Service,
    I: AsyncRead + Unpin,
{
    let mut buffer = Vec::new();
    let mut began = began;
    for _ in 0..MOST_MESSAGES {
        let request = match next(&mut io, &mut buffer, &door.limits).await {
            Some(request) => request,
            None => return,
        };
        let broken = request.body.is_empty();
        let answer = door.service.clone().call(Incoming { request: request.clone(), tls: tls.clone() }).await;
        door.service.observe(Observed {
            endpoint: answer.endpoint,
            tls: tls.clone(),
            request: Some(request),
            // Syslog knows no answer.
            response: None,
            fault: None,
            began: began.0,
            micros: micros(began.1),
        });
        if broken {
            return;
        }
        began = (clock::now(), Instant::now());
    }
}

/// The next message; `None` when the connection is over.
async fn next<I: AsyncRead + Unpin>(io: &mut I, buffer: &mut Vec<u8>, limits: &Limits) -> Option<HttpRequest> {
    let mut piece = vec![0; 16 * 1024];
    loop {
        match frame(buffer) {
            Ok(Some((message, length))) => {
                let request = request(message);
                buffer.drain(..length);
                return Some(request);
            }
            Ok(None) => {}
            Err(fault) => return Some(broken(&fault.to_string())),
        }
        let read = timeout(Limits::duration(limits.total_ms), io.read(&mut piece)).await;
        match read {
            Ok(Ok(count)) if count > 0 && buffer.len() < 2 * LONGEST => buffer.extend_from_slice(&piece[..count]),
            _ if buffer.is_empty() => return None,
            _ => return Some(broken("the last frame is not whole")),
        }
    }
}

fn broken(reason: &str) -> HttpRequest {
    let request = HttpRequest { method: "SYSLOG".into(), target: "/".into(), ..HttpRequest::default() };
    request.with_header(FAULT_HEADER, reason)
}

/// A message with what its header says. Where the header is wrong, the XML behind it is taken all the same.
fn request(message: &[u8]) -> HttpRequest {
    let request = HttpRequest { method: "SYSLOG".into(), target: "/".into(), ..HttpRequest::default() };
    match read(message) {
        Ok((header, content)) => request
            .with_header("syslog-priority", header.priority.to_string())
            .with_header("syslog-timestamp", header.timestamp)
            .with_header("syslog-hostname", header.hostname)
            .with_header("syslog-app-name", header.application)
            .with_header("syslog-msgid", header.message_id)
            .with_body("application/xml", content.to_vec()),
        Err(fault) => {
            let at = message.windows(13).position(|w| w == b"<AuditMessage").unwrap_or(0);
            let kind = if at > 0 { "application/xml" } else { "text/plain" };
            request.with_header(FAULT_HEADER, fault.to_string()).with_body(kind, message[at..].to_vec())
        }
    }
}
