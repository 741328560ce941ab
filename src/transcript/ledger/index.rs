//! Where every line stands and which case it is about. It is made line by line, as a text goes by.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::transcript::event::Event;

/// Where the lines of a transcript stand.
#[derive(Debug)]
pub struct Index {
    /// Where each line ends.
    ends: Vec<u64>,
    /// By name; those of no case are under the empty one.
    cases: BTreeMap<String, Lines>,
    numbered: bool,
    state: State,
}

/// The lines of a case.
#[derive(Debug, Default)]
struct Lines {
    /// Their positions, in order.
    own: Vec<usize>,
    /// Positions that its steps point to and that are not its own, as far as was seen until then.
    pointed: BTreeSet<usize>,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    /// Lines may follow.
    Open,
    /// The last line was torn and is left out.
    Torn,
    /// This line, from 1, is no event.
    Wrong(usize, String),
}

/// What a line says beside its event.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Head<'a> {
    seq: u64,
    #[serde(borrow, default)]
    case: Option<Cow<'a, str>>,
    #[serde(rename = "at")]
    _at: IgnoredAny,
    #[serde(rename = "attempt", default)]
    _attempt: IgnoredAny,
    event: Pointing,
}

/// The part of an event that points to others.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Pointing {
    #[serde(default)]
    step_ended: Option<Step>,
}

#[derive(Deserialize)]
struct Step {
    exchanges: Vec<u64>,
}

impl Default for Index {
    fn default() -> Self {
        Self { ends: Vec::new(), cases: BTreeMap::new(), numbered: true, state: State::Open }
    }
}

impl Index {
    /// Takes the next line, with its end. Behind a line that is no event nothing is looked at.
    pub fn add(&mut self, line: &[u8]) {
        if self.state != State::Open {
            return;
        }
        // Whether a line that does not end is torn is seen from all of it.
        if !line.ends_with(b"\n") && serde_json::from_slice::<Event>(line).is_err() {
            self.state = State::Torn;
            return;
        }
        match serde_json::from_slice::<Head<'_>>(line) {
            Ok(head) => self.put(head, line.len()),
            Err(error) => self.state = State::Wrong(self.ends.len() + 1, error.to_string()),
        }
    }

    fn put(&mut self, head: Head<'_>, length: usize) {
        let position = self.ends.len();
        self.ends.push(self.end() + length as u64);
        self.numbered &= head.seq == position as u64 + 1;
        let name = head.case.unwrap_or_default();
        if !self.cases.contains_key(name.as_ref()) {
            self.cases.insert(name.as_ref().to_owned(), Lines::default());
        }
        if let Some(case) = self.cases.get_mut(name.as_ref()) {
            case.own.push(position);
            let pointed = head.event.step_ended.map(|step| step.exchanges).unwrap_or_default();
            let foreign = |at: &usize| case.own.binary_search(at).is_err();
            case.pointed.extend(pointed.into_iter().filter_map(place).filter(foreign));
        }
    }

    pub(super) fn fault(&self) -> Option<(usize, &str)> {
        match &self.state {
            State::Wrong(line, reason) => Some((*line, reason)),
            _ => None,
        }
    }

    pub(super) fn is_torn(&self) -> bool {
        self.state == State::Torn
    }

    pub(super) fn is_numbered(&self) -> bool {
        self.numbered
    }

    /// Where the last line ends.
    pub(super) fn end(&self) -> u64 {
        self.ends.last().copied().unwrap_or_default()
    }

    /// Where the lines stand.
    pub(super) fn lines(&self) -> impl Iterator<Item = Range<u64>> {
        (0..self.ends.len()).map(|position| self.line(position))
    }

    /// Where a line stands.
    pub(super) fn line(&self, position: usize) -> Range<u64> {
        let from = position.checked_sub(1).map_or(0, |before| self.ends[before]);
        from..self.ends[position]
    }

    /// Positions of the lines of a case, in order.
    pub(super) fn own(&self, case: &str) -> &[usize] {
        self.cases.get(case).map_or(&[], |lines| lines.own.as_slice())
    }

    /// Positions of the lines of other cases that the steps of a case point to, in order.
    pub(super) fn pointed(&self, case: &str) -> Vec<usize> {
        let Some(lines) = self.cases.get(case) else { return Vec::new() };
        let is_foreign = |at: &usize| *at < self.ends.len() && lines.own.binary_search(at).is_err();
        lines.pointed.iter().copied().filter(is_foreign).collect()
    }

    /// Positions of all lines that belong to some cases or are pointed to by them, in order.
    pub(super) fn wanted(&self, cases: &[&str]) -> Vec<usize> {
        let all = cases.iter().flat_map(|case| self.own(case).iter().copied().chain(self.pointed(case)));
        let mut all: Vec<usize> = all.collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Size of the lines of a case and of those that it points to, in bytes.
    fn size(&self, case: &str) -> u64 {
        let all = self.own(case).iter().copied().chain(self.pointed(case));
        all.map(|at| self.line(at)).map(|line| line.end - line.start).sum()
    }

    /// Cases in the order in which they begin, as many together as have no more than so many bytes; one that has more is alone.
    pub(super) fn batches(&self, most: u64) -> Vec<Vec<&str>> {
        let mut cases: Vec<&str> = self.cases.keys().map(String::as_str).collect();
        cases.sort_by_key(|case| self.own(case).first());
        let mut batches: Vec<Vec<&str>> = Vec::new();
        let mut room = 0;
        for case in cases {
            let size = self.size(case);
            match batches.last_mut() {
                Some(batch) if size <= room => batch.push(case),
                _ => {
                    batches.push(vec![case]);
                    room = most;
                }
            }
            room = room.saturating_sub(size);
        }
        batches
    }
}

/// The position of the event with a number, where they are numbered.
fn place(seq: u64) -> Option<usize> {
    usize::try_from(seq.checked_sub(1)?).ok()
}
