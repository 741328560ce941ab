//! The simulator by itself: what it finds, what it leaves out, how its history goes on, and what a feed needs.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};

use super::*;
use crate::base::clock;
use crate::net::{Identity, Limits, Trust};
use crate::simulator::Addresses;
use crate::wire::http::{encode_component, header};

fn around() -> Surroundings {
    let addresses = |origin: &str| Addresses {
        fhir_base: format!("{origin}/fhir"),
        token_endpoint: format!("{origin}/token"),
        r4_base: None,
        handoff_notifications: None,
        issuer: None,
        gateway: None,
    };
    let identity = Identity::new(crate::net::identity::Parts::bare("partner", "90000002"));
    let uras = [("partner", "90000002"), ("stranger", "90000003")];
    Surroundings {
        base_url: "https://localhost:1".into(),
        candidate: addresses("https://localhost:2"),
        candidate_ura: "90000001".into(),
        partner: addresses("https://localhost:3"),
        uras: uras.into_iter().map(|(n, u)| (n.to_owned(), u.to_owned())).collect(),
        patient: String::new(),
        other_patient: None,
        foreign: Some("https://localhost:4/fhir".into()),
        deadlines: std::collections::BTreeMap::new(),
        identity,
        trust: Trust::default(),
        limits: Limits::default(),
        deviation: None,
    }
}

fn book(script: Value) -> Arc<AddressBook> {
    AddressBook::new(serde_json::from_value(script).unwrap(), around())
}

fn get(book: &AddressBook, target: &str) -> (u16, Value) {
    let response = book.respond(&HttpRequest::get(target));
    (response.status, serde_json::from_slice(&response.body).unwrap_or_default())
}

#[test]
fn every_party_is_found_where_it_is() {
    let book = book(json!({}));
    let (_, found) = get(&book, "/zab/ura/90000003");
    assert_eq!(found["electronicServices"][0]["address"], "https://localhost:4/fhir");
    let (_, found) = get(&book, "/mcsd/Endpoint/endpoint-90000002-3");
    assert_eq!(found["address"], "https://localhost:3/token");
    let (_, found) =
        get(&book, "/zab-ro/fhir/Organization?identifier=http%3A%2F%2Ffhir.nl%2Ffhir%2FNamingSystem%2Fura%7C90000001");
    assert_eq!(
        (found["total"].as_u64(), &found["entry"][0]["resource"]["id"]),
        (Some(1), &json!("organization-90000001"))
    );
    assert_eq!(get(&book, "/zab/ura/00000001").0, 404);
    assert_eq!(get(&book, "/zab/organizations/_summary").1.as_array().unwrap().len(), 3);
}

#[test]
fn an_interface_that_is_not_served_and_an_inactive_organisation_are_not_found() {
    let records = json!([{"of": "partner", "active": false, "endpoints": [{}]}]);
    let book = book(json!({"interfaces": ["zorg-ab"], "records": records}));
    assert_eq!(get(&book, "/mcsd/Endpoint").0, 404);
    assert_eq!(get(&book, "/zab/organizations").1, json!([]));
    assert_eq!(get(&book, "/zab/organizations?include-inactive=true").1.as_array().unwrap().len(), 1);
}

#[test]
fn a_change_between_pages_is_in_the_history_after_the_first_page() {
    let then = json!([{"of": "partner", "endpoints": [{"at": "foreign"}]}]);
    let book = book(json!({"page-size": 2, "changes-between-pages": true, "then": then}));
    let (_, first) = get(&book, "/mcsd/Endpoint/_history");
    let since = first["meta"]["lastUpdated"].as_str().unwrap().to_owned();
    assert_eq!(first["entry"].as_array().unwrap().len(), 2);
    let next = first["link"][0]["url"].as_str().unwrap().strip_prefix("https://localhost:1").unwrap().to_owned();
    let (_, second) = get(&book, &next);
    assert_ne!(second["entry"][0]["fullUrl"], first["entry"][0]["fullUrl"]);
    let (_, later) = get(&book, &format!("/mcsd/Endpoint/_history?_since={}", encode_component(&since)));
    let changed: Vec<&str> =
        later["entry"].as_array().unwrap().iter().map(|e| e["resource"]["address"].as_str().unwrap()).collect();
    assert!(changed.iter().all(|a| a.starts_with("https://localhost:4")), "{changed:?}");
    let none = format!(
        "/mcsd/Endpoint/_history?_since={}",
        encode_component(&clock::rfc3339(clock::now() + time::Duration::hours(1)))
    );
    assert_eq!(get(&book, &none).1.get("entry"), None);
}

#[test]
fn a_feed_needs_the_newest_version_and_deletes_nothing() {
    let book = book(json!({"conflicts": 1}));
    let target = "/mcsd/Endpoint/endpoint-90000001-1";
    let put = |tag: &str| {
        let request = HttpRequest { method: "PUT".into(), target: target.into(), ..HttpRequest::default() };
        let body = json!({"resourceType": "Endpoint", "status": "active", "address": "https://localhost:9"});
        book.respond(
            &request.with_header("if-match", tag).with_body("application/fhir+json", body.to_string().into_bytes()),
        )
    };
    assert_eq!(put("W/\"1\"").status, 412);
    assert_eq!(put("W/\"7\"").status, 412);
    let good = put("W/\"1\"");
    assert_eq!((good.status, header(&good.headers, "etag")), (200, Some("W/\"2\"")));
    assert_eq!(get(&book, target).1["address"], "https://localhost:9");
    let delete = HttpRequest { method: "DELETE".into(), target: target.into(), ..HttpRequest::default() };
    assert_eq!(book.respond(&delete).status, 405);
}
