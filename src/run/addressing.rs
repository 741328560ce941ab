//! Steps about addresses: the book changes, and what a candidate has published is laid beside the endpoint under test.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;

use super::case::Context;
use super::steps::{Done, Obstacle, Seen, done};
use crate::base::clock;
use crate::net::RawExchange;
use crate::transcript::{Direction, Endpoint};
use crate::wire::http::{HttpRequest, HttpResponse};

const JSON: &str = "application/json";

/// The address book becomes what its script says under `then`, and the candidate gets the time to notice.
pub(super) async fn change_addresses(context: &Context<'_>, limit: Duration) -> Result<Done, Obstacle> {
    let missing = || Obstacle::Error("failed to change the address book: none takes part".into());
    context.stand.address_book.as_ref().ok_or_else(missing)?.change();
    sleep(limit).await;
    Ok(done(Vec::new()))
}

/// Puts the record that the candidate has published beside the endpoint under test. The record stands in the transcript as
/// a message of the candidate, our addresses as the answer to it; nothing goes over a wire.
pub(super) fn published_addresses(context: &Context<'_>) -> Result<Done, Obstacle> {
    let missing = || Obstacle::Error("failed to find `published-addresses` of the candidate file".into());
    let kit = &context.bench.kit;
    let record = context.stand.published.as_ref().or(kit.published.as_ref()).ok_or_else(missing)?;
    let under_test = &context.stand.candidate;
    let published = &record[context.case.role.to_string()];
    let shown = json!({
        "ura": record["ura"], "fhir-base": published["fhir-base"], "token-endpoint": published["token-endpoint"],
    });
    let tested = json!({
        "ura": kit.candidate_ura, "fhir-base": under_test.fhir_base, "token-endpoint": under_test.token_endpoint,
    });
    let request =
        HttpRequest { method: "EXPORT".into(), target: "/published-addresses".into(), ..HttpRequest::default() }
            .with_body(JSON, bytes(&shown));
    let raw = RawExchange {
        direction: Direction::FromCandidate,
        endpoint: Endpoint::Addressing,
        identity: "partner".to_owned(),
        base: String::new(),
        tls: None,
        request: Some(request.clone()),
        response: Some(HttpResponse::json(200, JSON, &tested)),
        fault: None,
        began: clock::now(),
        micros: 0,
    };
    let seq = context.recorder().exchange(&raw);
    Ok(done(vec![Seen { seq, request: Some(request), response: raw.response, ours: false, base: None, fault: None }]))
}

/// The members that are there, without slash at the end of an address.
fn bytes(value: &Value) -> Vec<u8> {
    let present = value.as_object().into_iter().flatten().filter(|(_, v)| !v.is_null());
    let trimmed = |v: &Value| v.as_str().map_or_else(|| v.clone(), |t| json!(t.trim_end_matches('/')));
    Value::Object(present.map(|(n, v)| (n.clone(), trimmed(v))).collect()).to_string().into_bytes()
}
