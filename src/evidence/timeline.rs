//! The exchanges of a run in the order of time, for readers: what the transcript holds, cut to what a page can bear.
//!
//! It is no part of the evidence: it is made from the transcript whenever somebody wants to look, and nothing is judged.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use super::assemble::excerpt::{cut, request_text, response_text, tls_line};
use crate::base::clock::parse_rfc3339;
use crate::transcript::{Body, Direction, Event, EventKind, Exchange, StepOutcome};

/// Longest message, in characters. A run has thousands of exchanges.
const LONGEST: usize = 1500;

/// All cases of a run, in the order in which they began.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Timeline {
    /// The cases, one entry an attempt.
    pub cases: Vec<Course>,
}

/// One attempt at a case.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Course {
    /// The case: scenario and role; empty for exchanges of no case.
    pub case: String,
    /// Which attempt.
    pub attempt: u32,
    /// When its first event was recorded.
    pub began: String,
    /// How long it took from the first to the last event, in microseconds.
    pub micros: u64,
    /// What happened, in order.
    pub entries: Vec<Entry>,
}

/// An exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Sequence number in the transcript.
    pub seq: u64,
    /// The step that it belongs to.
    pub step: Option<String>,
    /// From the beginning of the case, in microseconds.
    pub after: u64,
    /// How long it took, in microseconds.
    pub micros: u64,
    /// Whether the harness began it.
    pub to_candidate: bool,
    /// What it was about.
    pub endpoint: &'static str,
    /// Identity of the harness.
    pub identity: String,
    /// Handshake in one line.
    pub tls: String,
    /// Method and target; empty when nothing was asked.
    pub asked: String,
    /// Status of the response.
    pub status: Option<u16>,
    /// Whether something ended it before a whole response was there.
    pub fault: bool,
    /// What was asked.
    pub request: Shown,
    /// What came back.
    pub response: Shown,
}

/// A message as text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shown {
    /// The text, cut.
    pub text: String,
    /// Size of the body on the wire, in bytes.
    pub bytes: usize,
    /// Whether the text is not all of it.
    pub is_cut: bool,
}

/// The timeline of a transcript.
pub fn timeline(events: &[Event]) -> Timeline {
    let steps = steps(events);
    let mut courses: BTreeMap<(&str, u32), (usize, Course, Option<OffsetDateTime>)> = BTreeMap::new();
    for event in events {
        let exchange = match &event.event {
            EventKind::Exchange(exchange) => Some(exchange.as_ref()),
            EventKind::RunStarted { .. } | EventKind::RunEnded { .. } => continue,
            _ => None,
        };
        let case = event.case.as_deref().unwrap_or_default();
        let number = courses.len();
        let (_, course, first) = courses.entry((case, event.attempt)).or_insert_with(|| {
            let at = exchange.map_or(&event.at, |x| &x.began);
            let course =
                Course { case: case.to_owned(), attempt: event.attempt, began: at.clone(), ..Course::default() };
            (number, course, parse_rfc3339(at))
        });
        course.micros = course.micros.max(between(*first, parse_rfc3339(&event.at)));
        if let Some(exchange) = exchange {
            let after = between(*first, parse_rfc3339(&exchange.began));
            course.entries.push(entry(event.seq, exchange, after, steps.get(&event.seq).copied()));
        }
    }
    let mut ordered: Vec<(usize, Course, Option<OffsetDateTime>)> = courses.into_values().collect();
    ordered.sort_by_key(|(number, _, _)| *number);
    let mut cases: Vec<Course> = ordered.into_iter().map(|(_, course, _)| course).collect();
    // Exchanges are recorded when they end; a reader wants them in the order in which they began.
    cases.iter_mut().for_each(|c| c.entries.sort_by_key(|e| (e.after, e.seq)));
    cases.retain(|c| !c.entries.is_empty());
    Timeline { cases }
}

/// The step of each exchange.
fn steps(events: &[Event]) -> BTreeMap<u64, &str> {
    let ended = events.iter().filter_map(|e| match &e.event {
        EventKind::StepEnded { step, exchanges, outcome: StepOutcome::Done | StepOutcome::NotSeen { .. }, .. } => {
            Some((step.as_str(), exchanges))
        }
        _ => None,
    });
    ended.flat_map(|(step, exchanges)| exchanges.iter().map(move |seq| (*seq, step))).collect()
}

fn between(from: Option<OffsetDateTime>, to: Option<OffsetDateTime>) -> u64 {
    match (from, to) {
        (Some(from), Some(to)) => u64::try_from((to - from).whole_microseconds()).unwrap_or_default(),
        _ => 0,
    }
}

fn entry(seq: u64, exchange: &Exchange, after: u64, step: Option<&str>) -> Entry {
    let shown = |text: String, body: Option<&Body>| {
        let (text, is_cut) = cut(&text, LONGEST);
        Shown { text, is_cut, bytes: body.map_or(0, size) }
    };
    let asked = exchange.request.as_ref().map(|r| format!("{} {}", r.method, r.target)).unwrap_or_default();
    Entry {
        seq,
        step: step.map(str::to_owned),
        after,
        micros: exchange.micros,
        to_candidate: exchange.direction == Direction::ToCandidate,
        endpoint: exchange.endpoint.into(),
        identity: exchange.identity.clone(),
        tls: tls_line(exchange),
        asked,
        status: exchange.status(),
        fault: exchange.fault.is_some(),
        request: shown(request_text(exchange), exchange.request.as_ref().map(|r| &r.body)),
        response: shown(response_text(exchange), exchange.response.as_ref().map(|r| &r.body)),
    }
}

fn size(body: &Body) -> usize {
    match body {
        Body::Empty => 0,
        Body::Json { bytes, .. }
        | Body::Text { bytes, .. }
        | Body::Unreadable { bytes, .. }
        | Body::Binary { bytes } => *bytes,
        Body::Form { fields } => fields.iter().map(|(name, value)| name.len() + value.len() + 2).sum(),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn event(value: serde_json::Value) -> Event {
        serde_json::from_value(value).unwrap()
    }

    /// Two cases, the first with two exchanges that ended in another order than they began.
    pub(crate) fn sample() -> Vec<Event> {
        let exchange = |seq: u64, case: &str, began: &str, body: &str| {
            event(json!({"seq": seq, "at": "2026-11-21T10:15:02Z", "case": case, "event": {"exchange": {
                "direction": "to-candidate", "endpoint": "search", "identity": "partner", "began": began, "micros": 1500,
                "request": {"method": "GET", "target": "/fhir/Patient", "base": "", "headers": [], "body": "empty", "jwt": {}},
                "response": {"status": 200, "headers": [["content-type", "text/plain"]], "body": {"text": {"text": body, "bytes": body.len()}}},
            }}}))
        };
        vec![
            event(json!({"seq": 1, "at": "2026-11-21T10:15:00Z", "event": {"run-started": {"harness": "0.1.0"}}})),
            event(
                json!({"seq": 2, "at": "2026-11-21T10:15:00Z", "case": "a@sending", "event": {"case-started": {"scenario": "a"}}}),
            ),
            exchange(3, "a@sending", "2026-11-21T10:15:01.5Z", "second"),
            exchange(4, "a@sending", "2026-11-21T10:15:01Z", &"x".repeat(2000)),
            event(
                json!({"seq": 5, "at": "2026-11-21T10:15:03Z", "case": "a@sending", "event": {"step-ended": {"step": "look", "outcome": "done", "exchanges": [3]}}}),
            ),
            exchange(6, "b@sending", "2026-11-21T10:15:02Z", "third"),
            event(json!({"seq": 7, "at": "2026-11-21T10:15:04Z", "event": {"run-ended": {"complete": true}}})),
        ]
    }

    #[test]
    fn exchanges_stand_in_the_order_in_which_they_began_with_step_and_time() {
        let timeline = timeline(&sample());
        let cases: Vec<&str> = timeline.cases.iter().map(|c| c.case.as_str()).collect();
        assert_eq!(cases, ["a@sending", "b@sending"]);
        let first = &timeline.cases[0];
        assert_eq!(first.entries.iter().map(|e| e.seq).collect::<Vec<_>>(), [4, 3]);
        assert_eq!((first.entries[0].after, first.micros), (1_000_000, 3_000_000));
        assert_eq!(first.entries[1].step.as_deref(), Some("look"));
    }

    #[test]
    fn long_messages_are_cut_and_their_size_is_told() {
        let timeline = timeline(&sample());
        let shown = &timeline.cases[0].entries[0].response;
        assert!(shown.is_cut && shown.text.chars().count() <= LONGEST + 2);
        assert_eq!(shown.bytes, 2000);
    }
}
