//! The transcript of a bewijs, which is most of it and never in memory as a whole. It is read through once, and everything
//! that is asked of all of it is found on the way: its digest, where its lines stand, and what should not be in it. From then
//! on single cases are read again while they are judged.

use std::collections::BTreeSet;
use std::path::Path;

use super::EVENTS;
use super::canaries::Searching;
use super::statement::{Digest, Member};
use crate::base::digest::Digesting;
use crate::evidence::folder;
use crate::suite::CandidateFile;
use crate::transcript::ledger::{Index, Ledger};
use crate::transcript::lines::Lines;
use crate::wire::zip::{Packed, ZipFault};

/// A transcript that was read through.
pub(super) struct Events<'a> {
    /// As an inventory lists it.
    pub member: Member,
    pub ledger: Ledger<'a>,
    /// Canaries and numbers of citizens in it.
    pub found: BTreeSet<String>,
}

impl<'a> Events<'a> {
    /// Reads a transcript through, every time that it is there: the first one that is not damaged counts.
    pub(super) fn of(packed: &[Packed<'a>], candidate: Option<&CandidateFile>) -> (Option<Self>, Vec<ZipFault>) {
        let (mut first, mut faults) = (None, Vec::new());
        for packed in packed {
            match Self::read_through(*packed, candidate) {
                Some(events) => first = first.or(Some(events)),
                None => faults.push(ZipFault::ZipContent(EVENTS.to_owned())),
            }
        }
        (first, faults)
    }

    fn read_through(packed: Packed<'a>, candidate: Option<&CandidateFile>) -> Option<Self> {
        let (mut digest, mut size) = (Digesting::default(), 0);
        let (mut lines, mut index, mut searching) = (Lines::default(), Index::default(), Searching::new(candidate));
        // No trace of a canary goes on in another line: there is no end of a line in any of them.
        let mut line = |line: &[u8]| {
            index.add(line);
            searching.look(line);
        };
        let content = packed.read_through(|piece| {
            digest.add(piece);
            size += piece.len() as u64;
            lines.add(piece, &mut line);
        })?;
        lines.finish(line);
        let member = Member { path: EVENTS.to_owned(), size, digest: Digest { sha256: digest.finish().0 } };
        let ledger = Ledger::new(content, index, Path::new(folder::TRANSCRIPT));
        Some(Self { member, ledger, found: searching.found })
    }
}
