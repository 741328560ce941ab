//! A transcript that stays text, deflated if it was: where every line stands and which case it is about, so that the lines of
//! a few cases are in memory, and the events of one, only while somebody looks at them. A run is long, and its events are
//! several times as large as their lines.

mod held;
mod index;

use std::path::{Path, PathBuf};

use super::event::Event;
use super::lines::Lines;
use super::store::StoreError;
use crate::wire::zip::Content;

pub use held::Held;
pub use index::Index;

/// How much text is held at once; more of a transcript that is so large that it would have to be read through too often.
const HELD: u64 = 4 << 20;
/// Most times that a transcript is read through, whatever way its cases are mixed.
const TIMES: u64 = 16;

/// The lines of a transcript.
#[derive(Debug)]
pub struct Ledger<'a> {
    text: Content<'a>,
    index: Index,
    path: PathBuf,
}

impl<'a> Ledger<'a> {
    /// Of a text that the index is of; `path` names it in messages.
    pub fn new(text: Content<'a>, index: Index, path: &Path) -> Self {
        Self { text, index, path: path.to_owned() }
    }

    /// Looks where the lines of a transcript stand; `path` names it in messages.
    pub fn read(text: &'a [u8], path: &Path) -> Self {
        let (mut lines, mut index) = (Lines::default(), Index::default());
        lines.add(text, |line| index.add(line));
        lines.finish(|line| index.add(line));
        Self::new(text.into(), index, path)
    }

    /// That every line begins as an event does.
    ///
    /// # Errors
    /// The first line that does not.
    pub fn whole(&self) -> Result<(), StoreError> {
        match self.index.fault() {
            None => Ok(()),
            Some((line, reason)) => Err(StoreError::Line { path: self.path.clone(), line, reason: reason.to_owned() }),
        }
    }

    /// Whether a torn last line was left out.
    pub fn is_torn(&self) -> bool {
        self.index.is_torn()
    }

    /// Whether the events are numbered from 1 without gaps: only then is a number known to be that of one event.
    pub fn is_numbered(&self) -> bool {
        self.index.is_numbered()
    }

    /// All cases, as many at a time as can be held together, in the order in which they begin. Events of no case are under the
    /// empty name.
    pub fn batches(&self) -> Vec<Vec<&str>> {
        self.index.batches(HELD.max(self.index.end() / TIMES))
    }

    /// Takes the lines of some cases into memory, and those of other cases that their steps point to.
    ///
    /// # Errors
    /// When the text cannot be read.
    pub fn hold(&self, cases: &[&str]) -> Result<Held<'_>, StoreError> {
        let wanted = self.index.wanted(cases);
        let mut held = Held::new(&self.index, &self.path, &wanted);
        let mut parts = self.text.parts();
        for position in wanted {
            held.take(position, |part, into| parts.append(part, into)).map_err(|source| self.unread(source))?;
        }
        Ok(held)
    }

    /// All events in order.
    ///
    /// # Errors
    /// When a line is no event, or the text cannot be read.
    pub fn all(&self) -> Result<Vec<Event>, StoreError> {
        let mut parts = self.text.parts();
        let mut line = Vec::new();
        let event = |(position, part)| {
            line.clear();
            parts.append(part, &mut line).map_err(|source| self.unread(source))?;
            held::event(&line, position, &self.path)
        };
        self.index.lines().enumerate().map(event).collect()
    }

    fn unread(&self, source: std::io::Error) -> StoreError {
        StoreError::Read { path: self.path.clone(), source }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::transcript::EventKind;
    use crate::transcript::store::{Writer, read_from};
    use crate::wire::zip;
    use std::collections::BTreeMap;

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

    fn read(text: &[u8]) -> Ledger<'_> {
        Ledger::read(text, Path::new("x"))
    }

    #[test]
    fn the_events_are_those_that_reading_it_whole_gives_together_and_by_case() {
        let (_dir, bytes) = written();
        let whole = read_from(bytes.as_slice(), Path::new("x")).unwrap().events;
        let ledger = read(&bytes);
        ledger.whole().unwrap();
        assert_eq!(ledger.all().unwrap(), whole);
        assert_eq!(ledger.batches(), [["", "a@sending", "b@sending"]]);
        let held = ledger.hold(&["", "a@sending", "b@sending"]).unwrap();
        for case in ["", "a@sending", "b@sending"] {
            let of_case: Vec<Event> =
                whole.iter().filter(|e| e.case.as_deref().unwrap_or_default() == case).cloned().collect();
            assert_eq!(held.of_case(case).unwrap(), of_case);
            assert_eq!(ledger.hold(&[case]).unwrap().of_case(case).unwrap(), of_case);
        }
        assert!(ledger.is_numbered() && !ledger.is_torn());
        assert!(held.of_case("c@sending").unwrap().is_empty());
        assert!(ledger.hold(&["a@sending"]).unwrap().of_case("b@sending").unwrap().is_empty());
    }

    #[test]
    fn a_torn_last_line_is_left_out_and_one_that_only_lacks_its_end_is_not() {
        let (_dir, mut bytes) = written();
        bytes.pop();
        let ledger = read(&bytes);
        assert!(!ledger.is_torn() && ledger.all().unwrap().len() == 5);
        bytes.truncate(bytes.len() - 3);
        let ledger = read(&bytes);
        assert!(ledger.is_torn() && ledger.all().unwrap().len() == 4);
    }

    #[test]
    fn a_broken_line_is_told_by_its_number_whatever_part_of_it_is_broken() {
        let (_dir, bytes) = written();
        let text = String::from_utf8(bytes).unwrap();
        let head = text.replacen("\"seq\":3", "\"sek\":3", 1);
        assert!(read(head.as_bytes()).whole().unwrap_err().to_string().contains("line 3"));
        let body = text.replacen("case-ended", "case-lost", 2);
        let ledger = read(body.as_bytes());
        ledger.whole().unwrap();
        let held = ledger.hold(&["b@sending"]).unwrap();
        assert!(held.of_case("b@sending").unwrap_err().to_string().contains("line 3"));
        assert!(ledger.all().unwrap_err().to_string().contains("line 2"));
        let gap = text.replacen("\"seq\":3", "\"seq\":4", 1);
        assert!(!read(gap.as_bytes()).is_numbered());
    }

    fn step(case: &str, seq: u64, exchanges: &[u64], more: &str) -> Event {
        Event {
            seq,
            at: format!("2026-11-21T10:00:00.{seq:06}Z"),
            case: Some(case.to_owned()),
            attempt: 1,
            event: EventKind::StepEnded {
                step: serde_json::from_value(serde_json::json!("s")).unwrap(),
                outcome: crate::transcript::StepOutcome::Error { message: more.to_owned() },
                exchanges: exchanges.to_vec(),
                captured: BTreeMap::new(),
            },
        }
    }

    fn text(events: &[Event]) -> String {
        events.iter().map(|event| serde_json::to_string(event).unwrap() + "\n").collect()
    }

    #[test]
    fn exchanges_of_others_are_found_by_their_number() {
        let events = [
            step("a", 1, &[2, 1, 4], ""),
            step("b", 2, &[], ""),
            step("c", 3, &[2, 2, 0, 99, 1], ""),
            step("a", 4, &[], ""),
        ];
        let text = text(&events);
        let ledger = read(text.as_bytes());
        let seqs = |case: &str| -> Vec<u64> {
            ledger.hold(&[case]).unwrap().borrowed(case).unwrap().iter().map(|event| event.seq).collect()
        };
        assert_eq!((seqs("a"), seqs("b"), seqs("c")), (vec![2], vec![], vec![1, 2]));
    }

    /// Cases whose events are mixed, as those of cases that are done at the same time are, and each done twice.
    fn mixed(cases: usize, filler: usize) -> Vec<Event> {
        let names = (0..8 * cases).map(|n| (n / 32 * 8 + n % 8) % cases);
        let event = |(seq, name): (u64, usize)| {
            let noise: String =
                (0..filler).map(|n| char::from(b'a' + (seq as usize * 31 + n * n * 7) as u8 % 26)).collect();
            step(&format!("case {name:04}"), seq, &[seq.saturating_sub(40)], &noise)
        };
        (1..).zip(names).map(event).collect()
    }

    #[test]
    fn cases_of_a_deflated_transcript_are_the_same_however_they_are_mixed_and_few_are_held() {
        let events = mixed(400, 4000);
        let text = text(&events);
        assert!(text.len() as u64 > 3 * HELD);
        let members = BTreeMap::from([("t".to_owned(), text.clone().into_bytes())]);
        let bytes = zip::write(("first", b""), &members).unwrap();
        let container = zip::read_with_packed(&bytes, "first", Some("t"), zip::Limits::BEWIJS);
        let (mut lines, mut index) = (Lines::default(), Index::default());
        let content = container.packed[0].read_through(|piece| lines.add(piece, |line| index.add(line))).unwrap();
        let ledger = Ledger::new(content, index, Path::new("x"));
        let batches = ledger.batches();
        assert!(batches.len() > 3);
        let mut seen = 0;
        for batch in &batches {
            let held = ledger.hold(batch).unwrap();
            assert!(held.size() as u64 <= HELD);
            for case in batch {
                let own = held.of_case(case).unwrap();
                assert!(own.iter().eq(events.iter().filter(|event| event.case.as_deref() == Some(case))));
                let pointed = held.borrowed(case).unwrap();
                assert!(pointed.iter().all(|event| events[event.seq as usize - 1] == *event));
                assert!(!pointed.is_empty() && pointed.iter().all(|event| event.case.as_deref() != Some(case)));
                seen += own.len();
            }
        }
        assert_eq!(seen, events.len());
        assert_eq!(ledger.all().unwrap(), events);
    }

    #[test]
    fn a_case_that_is_larger_than_what_is_held_is_held_alone_and_none_is_left_out() {
        let events = [
            step("a", 1, &[], "x"),
            step("b", 2, &[], &"y".repeat(500)),
            step("c", 3, &[], "z"),
            step("d", 4, &[], "z"),
        ];
        let text = text(&events);
        let mut index = Index::default();
        Lines::default().add(text.as_bytes(), |line| index.add(line));
        let line = index.line(0);
        let two = 2 * (line.end - line.start);
        assert_eq!(index.batches(two), [vec!["a"], vec!["b"], vec!["c", "d"]]);
        assert_eq!(index.batches(1).len(), 4);
        assert_eq!(index.batches(u64::MAX).len(), 1);
    }
}
