//! Records against exchanges: each kind of wrong is found, and none is found where all is right.

#![allow(clippy::unwrap_used)]

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::*;
use crate::base::clock;
use crate::check::{AuditData, CheckData};
use crate::transcript::select::{CaseView, Index, StepView};
use crate::transcript::{Direction, Endpoint, Event, EventKind, Exchange, Request, Response, StepOutcome, TlsFacts};
use crate::wire::audit::{Person, Record, fhir};
use serde_json::json;

const BASE: &str = "2026-11-22T05:00:0";

fn exchange(second: u8, endpoint: Endpoint, target: &str, status: u16, id: &str) -> Exchange {
    Exchange {
        direction: Direction::ToCandidate,
        endpoint,
        identity: "partner".into(),
        tls: Some(TlsFacts { own: Some(certificate()), ..TlsFacts::default() }),
        request: Some(Request {
            method: "GET".into(),
            target: target.into(),
            base: String::new(),
            headers: vec![("x-request-id".into(), id.into())],
            body: crate::transcript::Body::Empty,
            jwt: BTreeMap::new(),
        }),
        response: Some(Response { status, headers: Vec::new(), body: crate::transcript::Body::Empty }),
        fault: None,
        began: format!("{BASE}{second}.000000Z"),
        micros: 1_000,
    }
}

fn certificate() -> crate::wire::x509::CertificateFacts {
    serde_json::from_value(json!({
        "subject": "", "issuer": "", "serial": "1", "not_before": "", "not_after": "", "public_key": "", "signature_algorithm": "",
        "key_usage": [], "extended_key_usage": [], "dns_names": [], "uzi": null, "uzi_fault": null, "sha256": "", "spki_sha256": "",
        "is_ca": false, "self_signed": false,
    }))
    .unwrap_or_else(|_| {
        serde_json::from_value(json!({
            "subject": "", "issuer": "", "serial": "1", "not-before": "", "not-after": "", "public-key": "", "signature-algorithm": "",
            "key-usage": [], "extended-key-usage": [], "dns-names": [], "uzi": null, "uzi-fault": null, "sha256": "", "spki-sha256": "",
            "is-ca": false, "self-signed": false,
        }))
        .unwrap()
    })
}

fn record(second: u8, event: &str, object: &str, outcome: Outcome, id: &str) -> Record {
    Record {
        event: vec![event.into()],
        time: Some(format!("{BASE}{second}.500000Z")),
        outcome: Some(outcome),
        organisations: vec!["90000002".into(), "90000001".into()],
        objects: vec![object.into()],
        correlation: vec![id.into()],
        persons: vec![Person { id: "x|1".into(), role: Some("01.015".into()) }],
        source: Some("sim".into()),
        ..Record::default()
    }
}

fn happened() -> Vec<Exchange> {
    vec![
        exchange(1, Endpoint::Search, "/fhir/Condition?code=1", 200, "id-1"),
        exchange(2, Endpoint::Read, "/fhir/Patient/1", 200, "id-2"),
        exchange(3, Endpoint::Read, "/fhir/Patient/none", 404, "id-3"),
    ]
}

fn logged() -> Vec<Record> {
    vec![
        record(1, "search", "Condition?code=1", Outcome::Success, "id-1"),
        record(2, "read", "Patient/1", Outcome::Success, "id-2"),
        record(3, "read", "Patient/none", Outcome::Failure, "id-3"),
    ]
}

fn judge(happened: &[Exchange], records: &[Record], aspects: &[Aspect], among: Among) -> Judged {
    let mut events: Vec<Event> = Vec::new();
    let mut add = |event| {
        let seq = events.len() as u64 + 1;
        events.push(Event { seq, at: String::new(), case: Some("a@sending".into()), attempt: 1, event });
    };
    happened.iter().for_each(|e| add(EventKind::Exchange(Box::new(e.clone()))));
    for record in records {
        let value = fhir::write_r4(record);
        let body = crate::transcript::Body::of_json("json", value, 0);
        let mut exchange = exchange(9, Endpoint::Audit, "/AuditEvent", 201, "none");
        exchange.direction = Direction::FromCandidate;
        if let Some(request) = &mut exchange.request {
            request.body = body;
        }
        add(EventKind::Exchange(Box::new(exchange)));
    }
    let index = Index::new(&events);
    let (_, _, case): (&str, u32, &CaseView<'_>) = index.cases().next().unwrap();
    let captured = BTreeMap::new();
    let step = StepView { outcome: &StepOutcome::Done, exchanges: Vec::new(), captured: &captured };
    let data = CheckData {
        values: BTreeMap::from([("own.ura".to_owned(), "90000002".to_owned())]),
        audit: AuditData { tolerance_s: 5, expects_feed: true, ..AuditData::default() },
        ..CheckData::default()
    };
    let check = Reconciled { aspects: aspects.to_vec(), among, from: From::Any };
    check.judge(Context { step: &step, case, data: &data }).judged
}

const ALL: [Aspect; 7] = [
    Aspect::Logged,
    Aspect::Once,
    Aspect::NothingElse,
    Aspect::Counterpart,
    Aspect::Outcome,
    Aspect::Time,
    Aspect::Correlation,
];

/// The aspects that are not met.
fn red(records: &[Record]) -> Vec<Aspect> {
    let is_red = |a: &Aspect| matches!(judge(&happened(), records, &[*a], Among::All), Judged::NotMet(_));
    ALL.into_iter().filter(is_red).collect()
}

#[test]
fn a_log_that_tells_what_happened_agrees_in_everything() {
    assert_eq!(red(&logged()), []);
    assert!(matches!(judge(&happened(), &logged(), &ALL, Among::All), Judged::Met(_)));
    let mut other_order = logged();
    other_order.reverse();
    assert_eq!(red(&other_order), []);
}

#[test]
fn each_wrong_is_found_and_no_other() {
    let with = |edit: &dyn Fn(&mut Vec<Record>)| {
        let mut records = logged();
        edit(&mut records);
        red(&records)
    };
    assert_eq!(with(&|r| drop(r.remove(1))), [Aspect::Logged]);
    assert_eq!(with(&|r| r.push(r[1].clone())), [Aspect::Once]);
    assert_eq!(with(&|r| r.push(record(4, "read", "Composition/x", Outcome::Success, ""))), [Aspect::NothingElse]);
    assert_eq!(with(&|r| r[0].organisations = vec!["90000009".into(), "90000001".into()]), [Aspect::Counterpart]);
    assert_eq!(with(&|r| r[2].outcome = Some(Outcome::Success)), [Aspect::Outcome]);
    assert_eq!(with(&|r| r[0].time = Some("2026-11-22T05:10:00Z".into())), [Aspect::Time]);
    assert_eq!(with(&|r| r[0].correlation.clear()), [Aspect::Correlation]);
    assert_eq!(with(&|r| r.clear()), [Aspect::Logged]);
}

#[test]
fn without_ids_and_far_off_in_time_the_pairs_are_still_found() {
    let mut records = logged();
    for record in &mut records {
        record.correlation.clear();
        let late = clock::parse_rfc3339(record.time.as_ref().unwrap()).unwrap() + time::Duration::minutes(10);
        record.time = Some(clock::rfc3339(late));
    }
    assert_eq!(red(&records), [Aspect::Time, Aspect::Correlation]);
}

#[test]
fn refused_messages_can_be_looked_at_by_themselves() {
    let mut records = logged();
    records.pop();
    let of = |among| judge(&happened(), &records, &[Aspect::Logged], among);
    assert!(matches!(of(Among::Refused), Judged::NotMet(_)));
    assert!(matches!(of(Among::Outgoing), Judged::Undecided(_)));
    assert!(matches!(judge(&happened(), &logged(), &[Aspect::Logged], Among::Refused), Judged::Met(_)));
}

#[test]
fn a_patient_is_compared_by_what_the_candidate_file_calls_it() {
    let patients = BTreeMap::from([("[redacted:bsn:1]".to_owned(), "fictitious[0]".to_owned())]);
    let patient = |mark: &str| {
        let record = Record { patient: Some(mark.into()), ..Record::default() };
        Logged::new(None, Cow::Owned(record), Some(&patients)).patient().map(str::to_owned)
    };
    assert_eq!(patient("[redacted:bsn:1]").as_deref(), Some("fictitious[0]"));
    assert_eq!(patient("[redacted:bsn:2]").as_deref(), Some("[redacted:bsn:2]"));
}
