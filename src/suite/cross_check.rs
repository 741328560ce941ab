//! Cross-checks between files: what is referred to exists, what exists is referred to, and no check is unable to fail.
//!
//! They run over the files that could be read, also when others could not, and blame no reference for what such a file
//! would have held.

mod catalogue;
mod matrix;
mod profiles;
mod scenarios;
mod steps;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::load::Suite;
use super::schema::FileKind;
use super::tree::{self, Node};
use super::yaml::word_length;
use crate::base::diagnostic::{Diagnostic, SourceFile};

pub use steps::IDENTITIES;

/// A file that could not be read as what it should be.
#[derive(Debug)]
pub(super) struct Unread {
    /// What it should be.
    pub(super) kind: FileKind,
    /// Path within the suite.
    pub(super) path: String,
    /// Its text.
    pub(super) source: Arc<SourceFile>,
}

/// Which deviations the matrix has to have rows for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows {
    /// All that this harness knows, and no others.
    Complete,
    /// Those that there were when the suite was used.
    OfTheirTime,
}

/// All faults between the files of a suite.
pub(super) fn faults(suite: &Suite, unread: &[Unread], rows: Rows) -> Vec<Diagnostic> {
    let mut faults = Faults { suite, unread, trees: BTreeMap::new(), found: Vec::new() };
    scenarios::check(&mut faults);
    steps::check_use(&mut faults);
    profiles::check(&mut faults);
    catalogue::check(&mut faults);
    matrix::check(&mut faults, rows);
    faults.found
}

/// The faults found so far, and what it takes to point at them.
struct Faults<'a> {
    suite: &'a Suite,
    unread: &'a [Unread],
    /// Files as trees, read when a fault is to be pointed at.
    trees: BTreeMap<String, Option<Node>>,
    found: Vec<Diagnostic>,
}

impl Faults<'_> {
    /// Adds a fault, once.
    fn push(&mut self, fault: Diagnostic) {
        if !self.found.contains(&fault) {
            self.found.push(fault);
        }
    }

    /// A fault of the value at a JSON pointer.
    fn at(&mut self, source: &Arc<SourceFile>, pointer: &str, message: impl Into<String>) -> Diagnostic {
        let offset = self.tree(source).and_then(|t| t.at(pointer)).map(|node| node.offset(source));
        place(source, offset, message)
    }

    /// A fault of a key of the map at a JSON pointer.
    fn at_key(&mut self, source: &Arc<SourceFile>, pointer: &str, key: &str, message: impl Into<String>) -> Diagnostic {
        let offset = self.tree(source).and_then(|t| t.key_at(pointer, key)).map(|node| node.offset(source));
        place(source, offset, message)
    }

    fn tree(&mut self, source: &Arc<SourceFile>) -> Option<&Node> {
        self.trees.entry(source.path.clone()).or_insert_with(|| tree::parse_loosely(source)).as_ref()
    }

    /// Whether a file of a kind could not be read.
    fn lacks(&self, kind: FileKind) -> bool {
        self.unread.iter().any(|u| u.kind == kind)
    }

    /// Whether a file of a kind that could not be read holds a word: then nobody who uses the word is to blame.
    fn may_hold(&self, kind: FileKind, word: &str) -> bool {
        self.unread.iter().filter(|u| u.kind == kind).any(|u| u.source.has_word(word))
    }
}

fn place(source: &Arc<SourceFile>, offset: Option<usize>, message: impl Into<String>) -> Diagnostic {
    let length = offset.map_or(0, |at| word_length(&source.text[at..]));
    Diagnostic::new(source, offset.unwrap_or(0), length, message)
}

/// Numbers or words as a message lists them.
fn list<T: ToString>(items: &[T]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
