//! The lines of a few cases, in memory.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::path::Path;

use super::index::Index;
use crate::transcript::event::Event;
use crate::transcript::store::StoreError;

/// Lines that are in memory while somebody looks at them.
#[derive(Debug)]
pub struct Held<'l> {
    index: &'l Index,
    path: &'l Path,
    text: Vec<u8>,
    /// Where the lines stand in the text, by position in the transcript.
    lines: BTreeMap<usize, Range<usize>>,
}

impl<'l> Held<'l> {
    /// Nothing yet, with room for these lines.
    pub(super) fn new(index: &'l Index, path: &'l Path, wanted: &[usize]) -> Self {
        let size: u64 = wanted.iter().map(|at| index.line(*at)).map(|line| line.end - line.start).sum();
        let text = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
        Self { index, path, text, lines: BTreeMap::new() }
    }

    /// Takes one more line.
    pub(super) fn take(
        &mut self,
        position: usize,
        read: impl FnOnce(Range<u64>, &mut Vec<u8>) -> io::Result<()>,
    ) -> io::Result<()> {
        let from = self.text.len();
        read(self.index.line(position), &mut self.text)?;
        self.lines.insert(position, from..self.text.len());
        Ok(())
    }

    /// Size of the text in bytes.
    pub fn size(&self) -> usize {
        self.text.len()
    }

    /// The events of one case in order; none of a case that is not held.
    ///
    /// # Errors
    /// When a line of it is no event.
    pub fn of_case(&self, case: &str) -> Result<Vec<Event>, StoreError> {
        self.events(self.index.own(case))
    }

    /// Exchanges of other cases that the steps of a case point to. They are those of a transcript that is numbered.
    ///
    /// # Errors
    /// When a line is no event.
    pub fn borrowed(&self, case: &str) -> Result<Vec<Event>, StoreError> {
        self.events(&self.index.pointed(case))
    }

    fn events(&self, positions: &[usize]) -> Result<Vec<Event>, StoreError> {
        let held = positions.iter().filter_map(|at| Some((*at, self.text.get(self.lines.get(at)?.clone())?)));
        held.map(|(at, line)| event(line, at, self.path)).collect()
    }
}

/// The event of a line at this position.
pub(super) fn event(line: &[u8], position: usize, path: &Path) -> Result<Event, StoreError> {
    let fault = |reason: String| StoreError::Line { path: path.to_owned(), line: position + 1, reason };
    // Looked at as text once, and not string by string.
    let line = str::from_utf8(line).map_err(|error| fault(error.to_string()))?;
    serde_json::from_str(line).map_err(|error| fault(error.to_string()))
}
