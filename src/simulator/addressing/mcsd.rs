//! The directory by mCSD on FHIR R4: ITI-90 (search by identifier), ITI-91 (history) and ITI-130 (feed, without deletes)
//! (50-generic-facilities section 2.4).

use serde_json::{Value, json};

use super::book::{Book, Entry};
use crate::base::clock;
use crate::wire::http::{HttpRequest, HttpResponse, header, parse_pairs};

const FHIR_JSON: &str = "application/fhir+json";
const KINDS: [&str; 3] = ["Organization", "HealthcareService", "Endpoint"];

/// What a request came to, besides its answer.
pub(super) struct Answered {
    pub response: HttpResponse,
    /// Whether it was the first of several pages of a history.
    pub first_of_pages: bool,
}

impl From<HttpResponse> for Answered {
    fn from(response: HttpResponse) -> Self {
        Self { response, first_of_pages: false }
    }
}

/// Answers what stands below the base. `conflict` says that somebody else was first with an update.
pub(super) fn answer(
    book: &mut Book,
    base: &str,
    below: &str,
    request: &HttpRequest,
    page_size: Option<usize>,
    conflict: bool,
) -> Answered {
    let parts: Vec<&str> = below.split('/').filter(|p| !p.is_empty()).collect();
    let kind = parts.first().and_then(|kind| KINDS.into_iter().find(|k| k == kind));
    match (request.method.as_str(), kind, parts.get(1..).unwrap_or_default()) {
        ("GET", None, []) if parts == ["metadata"] => found(&capabilities()).into(),
        ("GET", Some(kind), ["_history"]) => history(book, base, kind, request, page_size),
        ("GET", Some(kind), []) => found(&search(book, base, kind, request)).into(),
        ("GET", Some(kind), [id]) => match book.entries.iter().find(|e| e.kind == kind && e.id == *id) {
            Some(entry) => with_tag(found(&entry.whole()), entry.version).into(),
            None => failure(404, "not-found").into(),
        },
        ("POST", Some(kind), []) => update(book, kind, &uuid::Uuid::new_v4().to_string(), request, false).into(),
        ("PUT", Some(kind), [id]) => update(book, kind, id, request, conflict).into(),
        // The feed knows no deletes.
        ("DELETE", Some(_), _) => failure(405, "not-supported").into(),
        _ => failure(404, "not-found").into(),
    }
}

fn found(value: &Value) -> HttpResponse {
    HttpResponse::json(200, FHIR_JSON, value)
}

fn failure(status: u16, code: &str) -> HttpResponse {
    let outcome = json!({"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": code}]});
    HttpResponse::json(status, FHIR_JSON, &outcome)
}

fn with_tag(response: HttpResponse, version: u64) -> HttpResponse {
    response.with_header("etag", format!("W/\"{version}\""))
}

fn capabilities() -> Value {
    json!({
        "resourceType": "CapabilityStatement", "status": "active", "kind": "instance", "fhirVersion": "4.0.1",
        "date": "2026-01-01", "format": ["json"],
        "rest": [{"mode": "server", "resource": KINDS.map(|kind| json!({"type": kind}))}],
    })
}

/// ITI-90: only `identifier` narrows.
fn search(book: &Book, base: &str, kind: &str, request: &HttpRequest) -> Value {
    let pairs = parse_pairs(request.query().unwrap_or_default(), true);
    let wanted = pairs.iter().find(|(n, _)| n == "identifier").map(|(_, v)| v.rsplit('|').next().unwrap_or_default());
    let fits = |entry: &&Entry| {
        let mut identifiers = entry.resource["identifier"].as_array().into_iter().flatten();
        entry.kind == kind && wanted.is_none_or(|w| identifiers.any(|i| i["value"] == w))
    };
    bundle("searchset", &book.entries.iter().filter(fits).collect::<Vec<_>>(), base, Vec::new())
}

/// ITI-91: what changed since a moment, in pages.
fn history(book: &Book, base: &str, kind: &str, request: &HttpRequest, page_size: Option<usize>) -> Answered {
    let pairs = parse_pairs(request.query().unwrap_or_default(), true);
    let value = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    let since = value("_since").and_then(clock::parse_rfc3339);
    let offset = value("_offset").and_then(|o| o.parse::<usize>().ok()).unwrap_or(0);
    // A history that goes on in pages is that of its first page: what came later is for the next time.
    let until = value("_until").and_then(clock::parse_rfc3339).unwrap_or_else(clock::now);
    let mut changed: Vec<&Entry> = book
        .entries
        .iter()
        .filter(|e| e.kind == kind && since.is_none_or(|s| e.updated >= s) && e.updated <= until)
        .collect();
    changed.sort_by_key(|e| e.updated);
    let count = page_size.unwrap_or(usize::MAX).max(1);
    let page: Vec<&Entry> = changed.iter().skip(offset).take(count).copied().collect();
    let more = changed.len() > offset.saturating_add(count);
    let next = more.then(|| {
        let since = value("_since").map(|s| format!("_since={s}&")).unwrap_or_default();
        let url = format!("{base}/{kind}/_history?{since}_offset={}&_until={}", offset + count, clock::rfc3339(until));
        json!({"relation": "next", "url": url})
    });
    let mut answer = bundle("history", &page, base, next.into_iter().collect());
    answer["meta"] = json!({"lastUpdated": clock::rfc3339(clock::now())});
    Answered { response: found(&answer), first_of_pages: more && offset == 0 }
}

fn bundle(kind: &str, entries: &[&Entry], base: &str, links: Vec<Value>) -> Value {
    let entry = |e: &&Entry| {
        let mut entry = json!({"fullUrl": format!("{base}/{}/{}", e.kind, e.id), "resource": e.whole()});
        if kind == "history" {
            let method = if e.version == 1 { "POST" } else { "PUT" };
            entry["request"] = json!({"method": method, "url": format!("{}/{}", e.kind, e.id)});
        }
        entry
    };
    let mut bundle = json!({"resourceType": "Bundle", "type": kind, "total": entries.len()});
    // FHIR has no empty arrays.
    for (name, list) in [("link", links), ("entry", entries.iter().map(entry).collect())] {
        if !list.is_empty() {
            bundle[name] = Value::Array(list);
        }
    }
    bundle
}

/// ITI-130: creates or replaces. Whoever sends `If-Match` must have read the newest version.
fn update(book: &mut Book, kind: &'static str, id: &str, request: &HttpRequest, conflict: bool) -> HttpResponse {
    let Ok(Value::Object(mut resource)) = serde_json::from_slice::<Value>(&request.body) else {
        return failure(400, "structure");
    };
    if resource.get("resourceType").and_then(Value::as_str) != Some(kind) {
        return failure(422, "invalid");
    }
    for name in ["resourceType", "id", "meta"] {
        resource.shift_remove(name);
    }
    let known = book.entries.iter().find(|e| e.kind == kind && e.id == id).map(|e| e.version);
    let matches =
        header(&request.headers, "if-match").map(|tag| tag.trim_start_matches("W/").trim_matches('"').to_owned());
    let stale = matches.is_some_and(|m| known.is_none_or(|version| m != version.to_string()));
    if conflict || stale {
        return failure(412, "conflict");
    }
    let version = book.put(kind, id, Value::Object(resource));
    let whole = book.entries.iter().find(|e| e.kind == kind && e.id == id).map(Entry::whole).unwrap_or_default();
    let status = if known.is_some() { 200 } else { 201 };
    with_tag(HttpResponse::json(status, FHIR_JSON, &whole), version)
        .with_header("location", format!("{kind}/{id}/_history/{version}"))
}
