//! ZORG-AB: the paths of its REST interface 2.11 by which an organisation is found, and its FHIR STU3 interface for
//! reading (50-generic-facilities section 2.2 and 2.3).
//!
//! How Twiin enters GtK endpoints there is not public. Here an endpoint is an electronic service whose one conformance
//! names the payload code of the drafts: an assumption, so that nothing about it is ever judged.

use serde_json::{Value, json};

use super::book::{Book, Entry};
use crate::wire::http::{HttpRequest, HttpResponse, parse_pairs};

const JSON: &str = "application/json";
const FHIR_JSON: &str = "application/fhir+json";

/// Answers what stands below the base of the REST interface.
pub(super) fn rest(book: &Book, below: &str, request: &HttpRequest) -> HttpResponse {
    if request.method != "GET" {
        return HttpResponse::status(405);
    }
    let pairs = parse_pairs(request.query().unwrap_or_default(), true);
    let value = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    let inactive = value("include-inactive") == Some("true");
    let listed = || {
        let shown = |e: &&Entry| e.kind == "Organization" && (inactive || e.resource["active"] == true);
        let named = |e: &&Entry| value("$filter").or(value("$search")).is_none_or(|f| mentions(e, f));
        book.entries.iter().filter(shown).filter(named)
    };
    let by_id = |id: &str| book.entries.iter().find(|e| e.kind == "Organization" && e.id == id);
    let parts: Vec<&str> = below.split('/').filter(|p| !p.is_empty()).collect();
    match parts.as_slice() {
        ["organizations"] => list(listed().map(|e| organisation(book, e)).collect()),
        ["organizations", "_summary"] => list(listed().map(summary).collect()),
        ["organizations", id] => one(by_id(id).map(|e| organisation(book, e))),
        ["organizations", id, "_summary"] => one(by_id(id).map(summary)),
        ["organizations", id, "individuals" | "relations" | "subOrganizations" | "mainOrganization"] => {
            one(by_id(id).map(|_| json!([])))
        }
        ["ura", ura] | ["identifications", ura] => one(book.organisation(ura).map(|e| organisation(book, e))),
        _ => HttpResponse::status(404),
    }
}

fn list(all: Vec<Value>) -> HttpResponse {
    HttpResponse::json(200, JSON, &Value::Array(all))
}

fn one(found: Option<Value>) -> HttpResponse {
    found.map_or_else(|| HttpResponse::status(404), |value| HttpResponse::json(200, JSON, &value))
}

fn ura(entry: &Entry) -> &str {
    entry.resource["identifier"][0]["value"].as_str().unwrap_or_default()
}

/// Whether a filter or search text names the organisation. Of the filter language only that is understood.
fn mentions(entry: &Entry, text: &str) -> bool {
    let name = entry.resource["name"].as_str().unwrap_or_default();
    text.contains(ura(entry)) || (!text.contains('\'') && name.to_lowercase().contains(&text.to_lowercase()))
}

fn summary(entry: &Entry) -> Value {
    json!({
        "_self": format!("/organizations/{}", entry.id), "_className": "CSC.HPD.Organization", "_id": entry.id,
        "ura": ura(entry), "displayName": entry.resource["name"], "active": entry.resource["active"],
    })
}

fn organisation(book: &Book, entry: &Entry) -> Value {
    let service = |endpoint: &&Entry| {
        let code = &endpoint.resource["payloadType"][0]["coding"][0]["code"];
        json!({
            "_className": "CSC.HPD.IHE.ElectronicService",
            "address": endpoint.resource["address"],
            "status": endpoint.resource["status"],
            "conformances": [{"interactionId": code, "send": false, "receive": true}],
        })
    };
    let mut whole = summary(entry);
    whole["names"] = json!([entry.resource["name"]]);
    whole["identifications"] = json!([{"type": "URA", "value": ura(entry)}]);
    whole["electronicServices"] = book.endpoints(entry).iter().map(service).collect();
    whole
}

/// Answers what stands below the base of the FHIR interface.
pub(super) fn fhir(book: &Book, base: &str, below: &str, request: &HttpRequest) -> HttpResponse {
    let found = |value: &Value| HttpResponse::json(200, FHIR_JSON, value);
    let parts: Vec<&str> = below.split('/').filter(|p| !p.is_empty()).collect();
    match (request.method.as_str(), parts.as_slice()) {
        ("GET", ["metadata"]) => found(&json!({
            "resourceType": "CapabilityStatement", "status": "active", "kind": "instance", "fhirVersion": "3.0.2",
            "date": "2026-01-01", "acceptUnknown": "no", "format": ["json"],
            "rest": [{"mode": "server", "resource": [{"type": "Organization", "interaction": [{"code": "read"}]}]}],
        })),
        ("GET", ["Organization"]) => {
            let pairs = parse_pairs(request.query().unwrap_or_default(), true);
            let wanted = pairs.iter().find(|(n, _)| n == "identifier").and_then(|(_, v)| v.rsplit('|').next());
            let fits = |e: &&Entry| e.kind == "Organization" && wanted.is_none_or(|w| ura(e) == w);
            let entry = |e: &Entry| json!({"fullUrl": format!("{base}/Organization/{}", e.id), "resource": stu3(e), "search": {"mode": "match"}});
            let entries: Vec<Value> = book.entries.iter().filter(fits).map(entry).collect();
            let mut bundle = json!({"resourceType": "Bundle", "type": "searchset", "total": entries.len()});
            if !entries.is_empty() {
                bundle["entry"] = Value::Array(entries);
            }
            found(&bundle)
        }
        ("GET", ["Organization", id]) => {
            let entry = book.entries.iter().find(|e| e.kind == "Organization" && e.id == *id);
            entry.map_or_else(|| HttpResponse::status(404), |e| found(&stu3(e)))
        }
        _ => HttpResponse::status(404),
    }
}

/// The organisation without its endpoints: the public description of the interface has none.
fn stu3(entry: &Entry) -> Value {
    json!({
        "resourceType": "Organization", "id": entry.id, "active": entry.resource["active"],
        "identifier": entry.resource["identifier"], "name": entry.resource["name"],
    })
}
