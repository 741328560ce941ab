//! Exchanges as text, for readers: redacted, since a transcript holds nothing else, and cut at a limit.

use std::collections::{BTreeMap, BTreeSet};

use super::exchanges;
use crate::evidence::model::Excerpt;
use crate::transcript::{Body, Direction, Event, Exchange};

/// Longest message in an excerpt, in characters.
const EXCERPT_CHARS: usize = 3000;

/// The exchanges that findings point to; most excerpts were made while there were messages.
pub(super) fn excerpts(events: &[Event], shown: &BTreeSet<u64>, made: &BTreeMap<u64, Excerpt>) -> Vec<Excerpt> {
    exchanges(events)
        .filter(|(seq, _, _)| shown.contains(seq))
        .map(|(seq, _, exchange)| made.get(&seq).cloned().unwrap_or_else(|| excerpt(seq, exchange)))
        .collect()
}

/// What is shown of an exchange.
pub(in crate::evidence) fn excerpt(seq: u64, exchange: &Exchange) -> Excerpt {
    Excerpt {
        seq,
        at: exchange.began.clone(),
        direction: if exchange.direction == Direction::ToCandidate { "to-candidate" } else { "from-candidate" }.into(),
        endpoint: <&'static str>::from(exchange.endpoint).into(),
        identity: exchange.identity.clone(),
        tls: tls_line(exchange),
        request: cut(&request_text(exchange), EXCERPT_CHARS).0,
        response: cut(&response_text(exchange), EXCERPT_CHARS).0,
    }
}

/// The handshake in one line.
pub(in crate::evidence) fn tls_line(exchange: &Exchange) -> String {
    let Some(tls) = &exchange.tls else { return "no TLS".into() };
    let part = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".into());
    let peer = tls.peer.first().map_or_else(|| "no certificate".to_owned(), |c| c.subject.clone());
    format!("{} {} {}; peer: {peer}", part(&tls.version), part(&tls.cipher_suite), part(&tls.group))
}

/// The request, whole.
pub(in crate::evidence) fn request_text(exchange: &Exchange) -> String {
    let Some(request) = &exchange.request else { return "(no request)".into() };
    let (headers, body) = (headers_text(&request.headers), body_text(&request.body));
    format!("{} {}\n{headers}\n{body}", request.method, request.target)
}

/// The response or what came instead, whole.
pub(in crate::evidence) fn response_text(exchange: &Exchange) -> String {
    match (&exchange.response, &exchange.fault) {
        (Some(response), _) => {
            format!("{}\n{}\n{}", response.status, headers_text(&response.headers), body_text(&response.body))
        }
        (None, Some(fault)) => serde_json::to_string(fault).unwrap_or_default(),
        (None, None) => "(no response)".into(),
    }
}

fn headers_text(headers: &[(String, String)]) -> String {
    headers.iter().map(|(n, v)| format!("{n}: {v}\n")).collect()
}

fn body_text(body: &Body) -> String {
    match body {
        Body::Empty => String::new(),
        Body::Json { value, format, .. } => {
            let pretty = serde_json::to_string_pretty(value).unwrap_or_default();
            if format == "xml" { format!("(XML, shown as JSON)\n{pretty}") } else { pretty }
        }
        Body::Form { fields } => fields.iter().map(|(n, v)| format!("{n}={v}\n")).collect(),
        Body::Text { text, .. } => text.clone(),
        Body::Unreadable { reason, text, .. } => format!("({reason})\n{text}"),
        Body::Binary { bytes } => format!("({bytes} bytes)"),
    }
}

/// The first `limit` characters, and whether that is not all.
pub(in crate::evidence) fn cut(text: &str, limit: usize) -> (String, bool) {
    match text.char_indices().nth(limit) {
        Some((at, _)) => (format!("{}\n…", &text[..at]), true),
        None => (text.to_owned(), false),
    }
}
