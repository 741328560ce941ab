//! Tests of what an announcement of documents allows, and what it asks for.
#![allow(clippy::unwrap_used)]
use std::collections::BTreeMap;

use serde_json::json;

use super::super::{Check, CheckData};
use super::*;
use crate::transcript::StepOutcome;
use crate::transcript::select::{CaseView, Index};
use crate::transcript::{Event, EventKind};
use crate::wire::task::InputCodes;

fn codes() -> InputCodes {
    InputCodes {
        system: "http://fhir.nl/fhir/NamingSystem/TaskParameter".into(),
        authorization_base: "authorization-base".into(),
        get_workflow_task: "get-workflow-task".into(),
        search: vec!["search-resource".into()],
        read: vec!["read-resource".into()],
    }
}

fn event(seq: u64, event: EventKind) -> Event {
    Event { seq, at: String::new(), case: Some("a@receiving".into()), attempt: 1, event }
}

/// An exchange, begun by the candidate when it fetches something.
fn exchange(endpoint: &str, target: &str, request: Value, response: Value) -> Exchange {
    let direction = if endpoint == "notification" { "to-candidate" } else { "from-candidate" };
    let body = |value: Value| match value {
        Value::Null => json!("empty"),
        value => json!({"json": {"format": "json", "value": value, "bytes": 1}}),
    };
    serde_json::from_value(json!({
        "direction": direction, "endpoint": endpoint, "identity": "partner", "began": "2026-11-22T10:00:00Z", "micros": 0,
        "request": {"method": "GET", "target": target, "headers": [], "body": body(request)},
        "response": {"status": 200, "headers": [], "body": body(response)},
    }))
    .unwrap()
}

/// A notification that announces documents, and what the candidate fetches then.
fn judge(have: &str, fetched: &[&str]) -> Judged {
    let task = json!({"resourceType": "Task", "input": [
        {"type": {"coding": [{"code": "search-resource"}]}, "valueString": "DocumentReference?status=current"},
        {"type": {"coding": [{"code": "read-resource"}]}, "valueReference": {"reference": "Patient/p"}},
    ]});
    let told = json!({"resourceType": "Bundle", "entry": [
        {"resource": {"resourceType": "DocumentReference", "content": [{"attachment": {"url": "Binary/1"}}]}},
        {"resource": {"resourceType": "DocumentReference", "content": [{"attachment": {"url": "https://localhost:1/fhir/Binary/2"}}]}},
    ]});
    let mut events =
        vec![event(1, EventKind::Exchange(Box::new(exchange("notification", "/fhir/Task", task, Value::Null))))];
    let ended = |step: &str, exchanges| EventKind::StepEnded {
        step: StepId::parse(step).unwrap(),
        outcome: StepOutcome::Done,
        exchanges,
        captured: BTreeMap::new(),
    };
    events.push(event(2, ended("notify", vec![1])));
    for (at, target) in fetched.iter().enumerate() {
        let endpoint = match *target {
            "/token" => "token",
            _ if target.contains('?') => "search",
            _ => "read",
        };
        let (target, token) = target.split_once(' ').unwrap_or((*target, ""));
        let answer = if target.contains("DocumentReference?status=current") { told.clone() } else { Value::Null };
        let answer = if endpoint == "token" { json!({"access_token": "mark"}) } else { answer };
        let mut exchange = exchange(endpoint, target, Value::Null, answer);
        if let Some(request) = exchange.request.as_mut().filter(|_| !token.is_empty()) {
            request.headers.push(("authorization".to_owned(), format!("Bearer {token}")));
        }
        events.push(event(3 + at as u64, EventKind::Exchange(Box::new(exchange))));
    }
    events.push(event(100, ended("reads", Vec::new())));
    let index = Index::new(&events);
    let (_, case): (u32, &CaseView<'_>) = index.attempts("a@receiving").next().unwrap();
    let check: Check =
        serde_json::from_value(json!({"follows-offer": {"offered-in": "notify", "have": have}})).unwrap();
    let data = CheckData { input_codes: Some(codes()), ..CheckData::default() };
    let step = case.step(&StepId::parse("reads").unwrap()).unwrap();
    check.judge(super::super::Context { step, case, data: &data }).judged
}

const SEARCH: &str = "/fhir/DocumentReference?status=current";

#[test]
fn what_was_announced_and_what_it_leads_to_is_nothing_else() {
    let all = [SEARCH, "/fhir/Patient/p", "/fhir/Binary/1", "/fhir/Binary/2"];
    assert!(matches!(judge("nothing-else", &all), Judged::Met(_)));
    assert!(matches!(judge("every-document", &all), Judged::Met(_)));
    let narrower = ["/fhir/DocumentReference?status=current&indexed=ge2026"];
    assert!(matches!(judge("nothing-else", &narrower), Judged::Met(_)));
}

#[test]
fn what_nobody_announced_is_found() {
    for other in ["/fhir/DocumentReference?status=superseded", "/fhir/Patient/q", "/fhir/Condition?x=1"] {
        assert!(matches!(judge("nothing-else", &[SEARCH, other]), Judged::NotMet(_)), "{other}");
    }
    let too_early = ["/fhir/Binary/1", SEARCH];
    assert!(matches!(judge("nothing-else", &too_early), Judged::NotMet(_)), "nothing led there yet");
}

#[test]
fn the_rest_of_an_earlier_case_is_left_alone() {
    let search = "/fhir/DocumentReference?status=current mark";
    let late = ["/token", search, "/fhir/Binary/9 other", "/fhir/Binary/1 mark", "/fhir/Binary/2 mark"];
    assert!(matches!(judge("nothing-else", &late), Judged::Met(_)));
    assert!(matches!(judge("every-document", &late), Judged::Met(_)));
    assert!(matches!(judge("nothing-else", &["/token", search, "/fhir/Binary/9 mark"]), Judged::NotMet(_)));
}

#[test]
fn a_document_that_is_left_is_found() {
    assert!(matches!(judge("every-document", &[SEARCH, "/fhir/Binary/1"]), Judged::NotMet(_)));
    assert!(matches!(judge("every-document", &["/fhir/Patient/p"]), Judged::Undecided(_)));
    assert!(matches!(judge("every-document", &[]), Judged::Undecided(_)));
}
