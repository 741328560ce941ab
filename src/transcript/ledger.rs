//! A transcript that stays text: where every line stands and which case it is about, so that the events of one case are in
//! memory only while somebody looks at them. A run is long, and its events are several times as large as their lines.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::event::{Event, EventKind};
use super::store::{MAX_LINE_BYTES, StoreError};

/// The lines of a transcript.
#[derive(Debug)]
pub struct Ledger<'a> {
    text: &'a [u8],
    path: PathBuf,
    lines: Vec<Range<usize>>,
    /// Positions of the lines of each case, in order; those of no case are under the empty name.
    cases: BTreeMap<String, Vec<usize>>,
    numbered: bool,
    torn: bool,
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
    #[serde(rename = "event")]
    _event: IgnoredAny,
}

impl<'a> Ledger<'a> {
    /// Looks where the lines of a transcript stand; `path` names it in messages.
    ///
    /// # Errors
    /// When a line does not begin as an event does.
    pub fn read(text: &'a [u8], path: &Path) -> Result<Self, StoreError> {
        let mut ledger = Self {
            text,
            path: path.to_owned(),
            lines: Vec::new(),
            cases: BTreeMap::new(),
            numbered: true,
            torn: false,
        };
        let mut from = 0;
        while from < text.len() {
            let rest = &text[from..text.len().min(from + MAX_LINE_BYTES)];
            let length = rest.iter().position(|b| *b == b'\n').map_or(rest.len(), |at| at + 1);
            let range = from..from + length;
            let whole = text[range.clone()].ends_with(b"\n");
            // Whether a line that does not end is torn is seen from all of it.
            if !whole && serde_json::from_slice::<Event>(&text[range.clone()]).is_err() {
                ledger.torn = true;
                break;
            }
            let head: Head<'_> = serde_json::from_slice(&text[range.clone()])
                .map_err(|error| ledger.fault(ledger.lines.len(), &error))?;
            let position = ledger.lines.len();
            ledger.numbered &= head.seq == position as u64 + 1;
            let case = head.case.unwrap_or_default();
            match ledger.cases.get_mut(case.as_ref()) {
                Some(lines) => lines.push(position),
                None => drop(ledger.cases.insert(case.into_owned(), vec![position])),
            }
            ledger.lines.push(range.clone());
            from = range.end;
        }
        Ok(ledger)
    }

    /// Whether a torn last line was left out.
    pub fn is_torn(&self) -> bool {
        self.torn
    }

    /// Whether the events are numbered from 1 without gaps: only then is a number known to be that of one event.
    pub fn is_numbered(&self) -> bool {
        self.numbered
    }

    /// The cases in order of name; events of no case are under the empty name.
    pub fn cases(&self) -> impl Iterator<Item = &str> {
        self.cases.keys().map(String::as_str)
    }

    /// Size of the lines of a case in bytes, roughly the work that it is.
    pub fn size_of(&self, case: &str) -> usize {
        self.positions(case).iter().map(|at| self.lines[*at].len()).sum()
    }

    /// The events of one case in order.
    ///
    /// # Errors
    /// When a line of it is no event.
    pub fn of_case(&self, case: &str) -> Result<Vec<Event>, StoreError> {
        self.positions(case).iter().map(|at| self.event(*at)).collect()
    }

    /// All events in order.
    ///
    /// # Errors
    /// When a line is no event.
    pub fn all(&self) -> Result<Vec<Event>, StoreError> {
        (0..self.lines.len()).map(|at| self.event(at)).collect()
    }

    /// Exchanges of other cases that the steps of a case point to. They are those of a transcript that is numbered.
    ///
    /// # Errors
    /// When a line is no event.
    pub fn borrowed(&self, events: &[Event]) -> Result<Vec<Event>, StoreError> {
        let own = |seq: u64| events.binary_search_by_key(&seq, |e| e.seq).is_ok();
        let pointed = events.iter().filter_map(|e| match &e.event {
            EventKind::StepEnded { exchanges, .. } => Some(exchanges),
            _ => None,
        });
        let mut foreign: Vec<u64> = pointed.flatten().copied().filter(|seq| !own(*seq)).collect();
        foreign.sort_unstable();
        foreign.dedup();
        let positions = foreign.into_iter().filter_map(|seq| usize::try_from(seq.checked_sub(1)?).ok());
        positions.filter(|at| *at < self.lines.len()).map(|at| self.event(at)).collect()
    }

    fn positions(&self, case: &str) -> &[usize] {
        self.cases.get(case).map_or(&[], Vec::as_slice)
    }

    fn event(&self, position: usize) -> Result<Event, StoreError> {
        serde_json::from_slice(&self.text[self.lines[position].clone()]).map_err(|error| self.fault(position, &error))
    }

    fn fault(&self, position: usize, error: &serde_json::Error) -> StoreError {
        StoreError::Line { path: self.path.clone(), line: position + 1, reason: error.to_string() }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::transcript::store::{Writer, read_from};

    fn written() -> (tempfile::TempDir, Vec<u8>) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("transcript.ndjson");
        let writer = Writer::create(&path).unwrap();
        writer.append(None, EventKind::RunStarted { harness: "x".into() });
        writer.append(Some("a@sending"), EventKind::CaseEnded { stopped: None });
        writer.append(Some("b@sending"), EventKind::CaseEnded { stopped: Some("é \"x\"".into()) });
        writer.append_in(Some("a@sending"), 2, EventKind::CaseEnded { stopped: None });
        writer.append(None, EventKind::RunEnded { complete: true });
        let bytes = std::fs::read(&path).unwrap();
        (dir, bytes)
    }

    #[test]
    fn the_events_are_those_that_reading_it_whole_gives_together_and_by_case() {
        let (_dir, bytes) = written();
        let whole = read_from(bytes.as_slice(), Path::new("x")).unwrap().events;
        let ledger = Ledger::read(&bytes, Path::new("x")).unwrap();
        assert_eq!(ledger.all().unwrap(), whole);
        assert_eq!(ledger.cases().collect::<Vec<_>>(), ["", "a@sending", "b@sending"]);
        for case in ledger.cases() {
            let of_case = whole.iter().filter(|e| e.case.as_deref().unwrap_or_default() == case);
            assert_eq!(ledger.of_case(case).unwrap(), of_case.cloned().collect::<Vec<_>>());
        }
        assert!(ledger.is_numbered() && !ledger.is_torn());
        assert!(ledger.size_of("a@sending") > ledger.size_of("b@sending"));
        assert!(ledger.of_case("c@sending").unwrap().is_empty());
    }

    #[test]
    fn a_torn_last_line_is_left_out_and_one_that_only_lacks_its_end_is_not() {
        let (_dir, mut bytes) = written();
        bytes.pop();
        let ledger = Ledger::read(&bytes, Path::new("x")).unwrap();
        assert!(!ledger.is_torn() && ledger.all().unwrap().len() == 5);
        bytes.truncate(bytes.len() - 3);
        let ledger = Ledger::read(&bytes, Path::new("x")).unwrap();
        assert!(ledger.is_torn() && ledger.all().unwrap().len() == 4);
    }

    #[test]
    fn a_broken_line_is_told_by_its_number_whatever_part_of_it_is_broken() {
        let (_dir, bytes) = written();
        let text = String::from_utf8(bytes).unwrap();
        let head = text.replacen("\"seq\":3", "\"sek\":3", 1);
        assert!(Ledger::read(head.as_bytes(), Path::new("x")).unwrap_err().to_string().contains("line 3"));
        let body = text.replacen("case-ended", "case-lost", 2);
        let ledger = Ledger::read(body.as_bytes(), Path::new("x")).unwrap();
        assert!(ledger.of_case("b@sending").unwrap_err().to_string().contains("line 3"));
        let gap = text.replacen("\"seq\":3", "\"seq\":4", 1);
        assert!(!Ledger::read(gap.as_bytes(), Path::new("x")).unwrap().is_numbered());
    }

    #[test]
    fn exchanges_of_others_are_found_by_their_number() {
        let (_dir, bytes) = written();
        let ledger = Ledger::read(&bytes, Path::new("x")).unwrap();
        let step = |exchanges| Event {
            seq: 2,
            at: String::new(),
            case: None,
            attempt: 1,
            event: EventKind::StepEnded {
                step: serde_json::from_value(serde_json::json!("s")).unwrap(),
                outcome: crate::transcript::StepOutcome::Done,
                exchanges,
                captured: BTreeMap::new(),
            },
        };
        let seqs =
            |exchanges| -> Vec<u64> { ledger.borrowed(&[step(exchanges)]).unwrap().iter().map(|e| e.seq).collect() };
        assert_eq!(seqs(vec![2]), [0_u64; 0]);
        assert_eq!(seqs(vec![5, 3, 3, 0, 99]), [3, 5]);
    }
}
