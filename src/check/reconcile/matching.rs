//! Pairs: which record is about which exchange.
//!
//! No source tells how a record names its exchange, so everything that both tell counts: an id that was sent along, the
//! query, the kind, patient, organisation, outcome, and the time. The best pair is taken first. A record that agrees in
//! all but one thing is thus still paired, and that one thing is what is reported.

use super::exchanges::{Expected, Way, same_object};
use super::records::Logged;
use crate::wire::audit::Record;

/// Codes that tell kinds of exchange apart.
const KINDS: [&str; 10] =
    ["token", "search", "search-type", "read", "vread", "create", "update", "delete", "handshake", "110112"];
/// Below this a record is about something else.
const LEAST: f64 = 8.0;
/// A record further away than this is about something else, whatever it says.
const FURTHEST_S: f64 = 4.0 * 3600.0;

/// Which record is about which exchange, by position.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Pairing {
    /// Exchange and record.
    pub pairs: Vec<(usize, usize)>,
    /// Exchange and a second record of it.
    pub doubles: Vec<(usize, usize)>,
    /// Records of nothing that happened.
    pub invented: Vec<usize>,
}

/// Pairs the records with the exchanges.
pub(super) fn pair(happened: &[Expected<'_>], logged: &[Logged<'_>]) -> Pairing {
    let mut scores = Vec::new();
    for (at, expected) in happened.iter().enumerate() {
        for (record, own) in logged.iter().enumerate() {
            let score = score(expected, own, happened);
            if score >= LEAST {
                scores.push((score, at, record));
            }
        }
    }
    // Equal scores keep the order of the transcript, so that the same input always gives the same pairs.
    scores.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
    let mut pairing = Pairing::default();
    for (_, exchange, record) in &scores {
        let taken = pairing.pairs.iter().any(|(e, r)| e == exchange || r == record);
        if !taken {
            pairing.pairs.push((*exchange, *record));
        }
    }
    for record in 0..logged.len() {
        if pairing.pairs.iter().any(|(_, r)| *r == record) {
            continue;
        }
        let same = |(_, other): &&(usize, usize)| same_content(&logged[*other].record, &logged[record].record);
        match pairing.pairs.iter().find(same) {
            Some((exchange, _)) => pairing.doubles.push((*exchange, record)),
            None => pairing.invented.push(record),
        }
    }
    pairing
}

/// Whether two records tell the same, up to the moment at which they tell it.
fn same_content(one: &Record, other: &Record) -> bool {
    let told = |r: &Record| {
        (r.event.clone(), r.outcome, r.patient.clone(), r.objects.clone(), r.correlation.clone(), r.persons.clone())
    };
    told(one) == told(other)
}

/// How well a record fits an exchange.
fn score(expected: &Expected<'_>, logged: &Logged<'_>, happened: &[Expected<'_>]) -> f64 {
    let record = logged.record.as_ref();
    let mut score = 0.0;
    let by_id = |e: &Expected<'_>| e.correlation.iter().any(|id| record.mentions(id));
    if by_id(expected) {
        score += 100.0;
    } else if !expected.correlation.is_empty() && happened.iter().any(by_id) {
        return 0.0;
    }
    let off = logged.off_by(expected).map(|d| d.as_seconds_f64());
    match off {
        Some(off) if off > FURTHEST_S => return 0.0,
        Some(off) => score += 10.0 / (1.0 + off),
        None => {}
    }
    let codes = expected.codes();
    let named = |code: &&String| KINDS.contains(&code.as_str());
    // Whoever broke a connection off as a client may have logged it as the request that it was for.
    if !expected.optional {
        if record.event.iter().any(|c| codes.contains(&c.as_str())) {
            score += 6.0;
        } else if record.event.iter().any(|c| named(&c)) {
            score -= 6.0;
        }
        if (expected.way == Way::Handshake) != record.event.iter().any(|c| c == "handshake") {
            score -= 3.0;
        }
    }
    if record.objects.iter().any(|o| same_object(&expected.object, o)) {
        score += 20.0;
    }
    let mut agrees = |good: bool| {
        if good {
            score += 3.0;
        }
    };
    agrees(record.outcome == Some(expected.outcome));
    agrees(expected.patient.is_some() && expected.patient.as_deref() == logged.patient());
    agrees(expected.counterpart.is_some_and(|ura| record.organisations.iter().any(|o| o == ura)));
    score
}
