//! `$lastn`: of each kind of observation the newest.
//!
//! Clause: hl7.org/fhir/STU3/observation-operations.html#lastn. Observations that share a coding
//! are of one kind; within a kind the newest comes first.

use std::cmp::Reverse;
use std::collections::HashSet;

use serde_json::Value;

use super::dates::Span;
use super::query::LastN;
use super::reference::values;
use super::store::Store;

#[derive(Default)]
struct Kind {
    codes: HashSet<String>,
    observations: Vec<usize>,
}

/// Keeps of the matches the newest of each kind, kind by kind.
pub(super) fn newest(store: &Store, matches: Vec<usize>, lastn: LastN) -> Vec<usize> {
    let mut kinds: Vec<Kind> = Vec::new();
    for index in matches {
        let codes = codes(&store.resources[index]);
        // An observation that shares codings with several kinds shows that they are one.
        let mut one = Kind { codes, observations: vec![index] };
        let mut at = kinds.len();
        while let Some(position) = kinds.iter().rposition(|kind| !kind.codes.is_disjoint(&one.codes)) {
            let kind = kinds.remove(position);
            one.codes.extend(kind.codes);
            one.observations.extend(kind.observations);
            at = position;
        }
        kinds.insert(at.min(kinds.len()), one);
    }
    let newest_of = |mut kind: Kind| {
        kind.observations.sort_by_key(|index| Reverse(moment(&store.resources[*index])));
        kind.observations.truncate(lastn.max);
        kind.observations
    };
    kinds.into_iter().flat_map(newest_of).collect()
}

/// What makes an observation of a kind: its codings, or its text where it has none.
fn codes(observation: &Value) -> HashSet<String> {
    let pair = |coding: &Value| {
        let text = |name: &str| coding.get(name).and_then(Value::as_str).unwrap_or_default();
        format!("{}|{}", text("system"), text("code"))
    };
    let codings: HashSet<String> = values(observation, "code.coding").into_iter().map(pair).collect();
    match codings.is_empty() {
        true => values(observation, "code.text").into_iter().map(Value::to_string).collect(),
        false => codings,
    }
}

/// When it was observed; an observation without any time comes last.
fn moment(observation: &Value) -> i128 {
    let span = |name: &str| observation.get(name).and_then(Span::of_value);
    let found = span("effectiveDateTime").or_else(|| span("effectivePeriod")).or_else(|| span("issued"));
    match found {
        None => i128::MIN,
        Some(span) if span.start == i128::MIN => span.end,
        Some(span) => span.start,
    }
}
