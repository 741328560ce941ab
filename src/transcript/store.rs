//! The transcript on disk: JSON lines, one event a line, written and flushed as they happen.
//!
//! A run that dies keeps every whole line; a torn last line is dropped on reading and said so.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::event::{Event, EventKind};
use crate::base::clock;

/// Longest line that is read back.
pub(super) const MAX_LINE_BYTES: usize = 64 * 1024 * 1024;

/// Could not keep or read a transcript.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file could not be written: no space, no right, no folder.
    #[error("write the transcript {path}: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file could not be read.
    #[error("read the transcript {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line is no event.
    #[error("read the transcript {path}: line {line} is no event: {reason}")]
    Line {
        /// The file.
        path: PathBuf,
        /// From one.
        line: usize,
        /// What the reader said.
        reason: String,
    },
}

/// Appends events; shared by all cases of a run.
#[derive(Debug, Clone)]
pub struct Writer {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    seq: u64,
    kept: Kept,
    failed: Option<StoreError>,
}

/// Where the events are. A run can be long and its exchanges large, so what is on disk is not kept in memory too.
#[derive(Debug)]
enum Kept {
    Memory(Vec<Event>),
    Disk {
        path: PathBuf,
        file: File,
        end: u64,
        /// Where the lines of each case stand: offset and length.
        cases: BTreeMap<String, Vec<(u64, usize)>>,
    },
}

impl Writer {
    /// Opens a new transcript; an existing file is refused.
    pub fn create(path: &Path) -> Result<Self, StoreError> {
        let file = File::create_new(path).map_err(|source| StoreError::Write { path: path.to_owned(), source })?;
        Ok(Self::with(Kept::Disk { path: path.to_owned(), file, end: 0, cases: BTreeMap::new() }))
    }

    /// A transcript in memory, for the deviation matrix and tests.
    pub fn in_memory() -> Self {
        Self::with(Kept::Memory(Vec::new()))
    }

    fn with(kept: Kept) -> Self {
        Self { inner: Arc::new(Mutex::new(Inner { seq: 0, kept, failed: None })) }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends one event and flushes it; gives its sequence number. A failing disk is kept and told by
    /// [`Writer::finish`], so that the exchange at hand still ends in order.
    pub fn append(&self, case: Option<&str>, event: EventKind) -> u64 {
        self.append_in(case, 1, event)
    }

    /// Appends an event of an attempt at a case, as [`Writer::append`] does for the first.
    pub fn append_in(&self, case: Option<&str>, attempt: u32, event: EventKind) -> u64 {
        let mut inner = self.inner();
        inner.seq += 1;
        let (seq, at) = (inner.seq, clock::rfc3339(clock::now()));
        let event = Event { seq, at, case: case.map(str::to_owned), attempt, event };
        if inner.failed.is_none()
            && let Err(error) = inner.kept.add(event)
        {
            inner.failed = Some(error);
        }
        seq
    }

    /// Whether writing has failed since the start: the run should end now.
    pub fn has_failed(&self) -> bool {
        self.inner().failed.is_some()
    }

    /// The events of one case so far.
    ///
    /// # Errors
    /// When they cannot be read back.
    pub fn of_case(&self, case: &str) -> Result<Vec<Event>, StoreError> {
        match &self.inner().kept {
            Kept::Memory(events) => Ok(events.iter().filter(|e| e.case.as_deref() == Some(case)).cloned().collect()),
            Kept::Disk { path, cases, .. } => read_lines(path, cases.get(case).map_or(&[], Vec::as_slice)),
        }
    }

    /// All events so far.
    ///
    /// # Errors
    /// When they cannot be read back.
    pub fn so_far(&self) -> Result<Vec<Event>, StoreError> {
        match &self.inner().kept {
            Kept::Memory(events) => Ok(events.clone()),
            Kept::Disk { path, .. } => Ok(read(path)?.events),
        }
    }

    /// Tells the first failure of the disk, if there was one.
    ///
    /// # Errors
    /// That failure.
    pub fn finish(&self) -> Result<(), StoreError> {
        self.inner().failed.take().map_or(Ok(()), Err)
    }
}

impl Kept {
    fn add(&mut self, event: Event) -> Result<(), StoreError> {
        let (path, file, end, cases) = match self {
            Self::Memory(events) => {
                events.push(event);
                return Ok(());
            }
            Self::Disk { path, file, end, cases } => (path, file, end, cases),
        };
        let length = write_line(file, &event).map_err(|source| StoreError::Write { path: path.clone(), source })?;
        if let Some(case) = event.case {
            cases.entry(case).or_default().push((*end, length));
        }
        *end += length as u64;
        Ok(())
    }
}

fn write_line(file: &mut File, event: &Event) -> io::Result<usize> {
    let mut line = serde_json::to_vec(event).map_err(io::Error::other)?;
    line.push(b'\n');
    file.write_all(&line)?;
    file.flush()?;
    Ok(line.len())
}

fn read_lines(path: &Path, places: &[(u64, usize)]) -> Result<Vec<Event>, StoreError> {
    let fail = |source| StoreError::Read { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(fail)?;
    let mut line = Vec::new();
    let mut events = Vec::with_capacity(places.len());
    for (offset, length) in places {
        line.resize(*length, 0);
        file.seek(SeekFrom::Start(*offset)).map_err(fail)?;
        file.read_exact(&mut line).map_err(fail)?;
        events.push(serde_json::from_slice(&line).map_err(|e| fail(io::Error::other(e)))?);
    }
    Ok(events)
}

/// What was read back.
#[derive(Debug)]
pub struct Stored {
    /// The events.
    pub events: Vec<Event>,
    /// Whether a torn last line was dropped.
    pub torn: bool,
}

/// Reads a transcript from disk.
///
/// # Errors
/// When the file cannot be read, or a line of it is no event.
pub fn read(path: &Path) -> Result<Stored, StoreError> {
    let fail = |source| StoreError::Read { path: path.to_owned(), source };
    read_from(BufReader::new(File::open(path).map_err(fail)?), path)
}

/// Reads a transcript from wherever it is; `path` names it in messages.
///
/// # Errors
/// As [`read`].
pub fn read_from(mut reader: impl BufRead, path: &Path) -> Result<Stored, StoreError> {
    let fail = |source| StoreError::Read { path: path.to_owned(), source };
    let mut stored = Stored { events: Vec::new(), torn: false };
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let read = io::Read::take(&mut reader, MAX_LINE_BYTES as u64).read_until(b'\n', &mut line).map_err(fail)?;
        if read == 0 {
            break;
        }
        let whole = line.last() == Some(&b'\n');
        match serde_json::from_slice::<Event>(&line) {
            Ok(event) => stored.events.push(event),
            Err(_) if !whole => {
                stored.torn = true;
                break;
            }
            Err(error) => {
                return Err(StoreError::Line { path: path.to_owned(), line: number, reason: error.to_string() });
            }
        }
    }
    Ok(stored)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn events_survive_the_disk_and_a_torn_last_line_is_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("transcript.ndjson");
        let writer = Writer::create(&path).unwrap();
        writer.append(None, EventKind::RunStarted { harness: "x".into() });
        writer.append(Some("a@sending"), EventKind::CaseEnded { stopped: None });
        writer.finish().unwrap();
        let kept = writer.so_far().unwrap();
        assert_eq!(kept.len(), 2);
        assert_eq!(read(&path).unwrap().events, kept);

        let mut file = File::options().append(true).open(&path).unwrap();
        file.write_all(b"{\"seq\":3,\"at").unwrap();
        let stored = read(&path).unwrap();
        assert!(stored.torn);
        assert_eq!(stored.events, kept);
    }

    #[test]
    fn an_event_of_a_later_attempt_says_so_and_one_that_says_nothing_is_of_the_first() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("transcript.ndjson");
        let writer = Writer::create(&path).unwrap();
        writer.append(Some("a@sending"), EventKind::CaseEnded { stopped: None });
        writer.append_in(Some("a@sending"), 2, EventKind::CaseEnded { stopped: None });
        let text = std::fs::read_to_string(&path).unwrap();
        let told: Vec<bool> = text.lines().map(|l| l.contains("\"attempt\":2")).collect();
        assert_eq!(told, [false, true]);
        assert!(!text.contains("\"attempt\":1"));
        let attempts: Vec<u32> = read(&path).unwrap().events.iter().map(|e| e.attempt).collect();
        assert_eq!(attempts, [1, 2]);
    }

    #[test]
    fn the_events_of_a_case_are_the_same_from_disk_and_from_memory() {
        let dir = tempfile::tempdir().unwrap();
        let of_case = |writer: &Writer| {
            writer.append(None, EventKind::RunStarted { harness: "x".into() });
            writer.append(Some("a@sending"), EventKind::CaseEnded { stopped: None });
            writer.append(Some("b@sending"), EventKind::CaseEnded { stopped: Some("é".into()) });
            writer.append_in(Some("a@sending"), 2, EventKind::CaseEnded { stopped: Some("again".into()) });
            let events = writer.of_case("a@sending").unwrap();
            assert!(writer.of_case("c@sending").unwrap().is_empty());
            events.into_iter().map(|e| (e.seq, e.attempt, e.event)).collect::<Vec<_>>()
        };
        let from_disk = of_case(&Writer::create(&dir.path().join("transcript.ndjson")).unwrap());
        assert_eq!(from_disk.iter().map(|e| e.0).collect::<Vec<_>>(), [2, 4]);
        assert_eq!(from_disk, of_case(&Writer::in_memory()));
    }

    #[test]
    fn a_broken_line_in_the_middle_is_an_error_with_its_number() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("transcript.ndjson");
        std::fs::write(&path, "{}\n").unwrap();
        let error = read(&path).unwrap_err().to_string();
        assert!(error.contains("line 1"), "{error}");
    }

    #[test]
    fn an_existing_transcript_is_never_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("transcript.ndjson");
        std::fs::write(&path, "kept").unwrap();
        assert!(Writer::create(&path).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "kept");
    }
}
