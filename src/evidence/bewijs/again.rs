//! A run judged again from the members of a bewijs: issuing makes its evidence in this way, and so does verifying.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::events::Events;
use super::project;
use super::statement::Member;
use crate::evidence::folder::{self, FolderError, Judged, Source, Tool};
use crate::evidence::model::Evidence;
use crate::suite::Suite;

/// Suites by the digest of their pack, for who verifies many bewijzen of one pack: reading a suite takes most of the time.
#[derive(Debug, Default)]
pub struct Packs(RefCell<BTreeMap<String, Suite>>);

impl Packs {
    fn suite(&self, members: &BTreeMap<String, Vec<u8>>, inventory: &[Member]) -> Result<Suite, FolderError> {
        let digest = project::pack_digest(inventory);
        if let Some(known) = self.0.borrow().get(&digest) {
            return Ok(known.clone());
        }
        let suite = suite(members, inventory, None)?;
        self.0.borrow_mut().insert(digest, suite.clone());
        Ok(suite)
    }
}

/// The suite in the pack of a bewijs, whose members `inventory` lists with their right sizes and digests.
///
/// # Errors
/// When there is none, or it has faults.
pub(super) fn suite(
    members: &BTreeMap<String, Vec<u8>>,
    inventory: &[Member],
    packs: Option<&Packs>,
) -> Result<Suite, FolderError> {
    match packs {
        None => folder::suite_of(Source::Files(&project::as_run_folder(members, inventory))),
        Some(packs) => packs.suite(members, inventory),
    }
}

/// A run in the members of a bewijs, judged.
pub(super) struct Run {
    pub judged: Judged,
    pub evidence: Evidence,
}

/// Judges the run in the members by the suite of its pack; `inventory` lists them with their right sizes and digests. The transcript may be one of
/// them, or given beside them.
///
/// # Errors
/// When a member is missing or is not what it should be.
pub(super) fn judged(
    members: &BTreeMap<String, Vec<u8>>,
    events: Option<&Events<'_>>,
    inventory: &[Member],
    tool: &Tool,
    suite: Suite,
) -> Result<Run, FolderError> {
    let mut files = project::as_run_folder(members, inventory);
    if let Some(events) = events {
        files.put_transcript(&events.ledger, events.member.size, &events.member.digest.sha256);
    }
    let source = Source::Files(&files);
    let judged = folder::load_from_by(source, suite)?;
    let evidence = judged.evidence_from(source, tool)?;
    Ok(Run { judged, evidence })
}
