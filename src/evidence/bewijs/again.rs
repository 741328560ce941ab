//! A run judged again from the members of a bewijs: issuing makes its evidence in this way, and so does verifying.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::canaries::{self, Look};
use super::statement::Member;
use super::{EVENTS, project};
use crate::evidence::folder::{self, Files, FolderError, Judged, Source, Tool};
use crate::evidence::model::Evidence;
use crate::suite::Suite;

/// Suites by the digest of their pack, for who verifies many bewijzen of one pack: reading a suite takes most of the time.
#[derive(Debug, Default)]
pub struct Packs(RefCell<BTreeMap<String, Suite>>);

impl Packs {
    fn suite(&self, files: &Files<'_>, inventory: &[Member]) -> Result<Suite, FolderError> {
        let digest = project::pack_digest(inventory);
        if let Some(known) = self.0.borrow().get(&digest) {
            return Ok(known.clone());
        }
        let suite = folder::suite_of(Source::Files(files))?;
        self.0.borrow_mut().insert(digest, suite.clone());
        Ok(suite)
    }
}

/// A run in the members of a bewijs, judged.
pub(super) struct Run {
    pub judged: Judged,
    pub evidence: Evidence,
    /// What was found of canaries.
    pub look: Look,
}

/// Judges the run in the members, which `inventory` lists with their right sizes and digests. The transcript is let go once
/// it was judged: it is most of what there is, and the evidence needs room too.
///
/// # Errors
/// When a member is missing or is not what it should be.
pub(super) fn judged(
    members: &mut BTreeMap<String, Vec<u8>>,
    inventory: &[Member],
    tool: &Tool,
    packs: Option<&Packs>,
) -> Result<Run, FolderError> {
    let files = project::as_run_folder(members, inventory);
    let source = Source::Files(&files);
    let judged = match packs {
        None => folder::load_from(source),
        Some(packs) => packs.suite(&files, inventory).and_then(|suite| folder::load_from_by(source, suite)),
    }?;
    let look = canaries::look(&judged.candidate, members, &[]);
    if let Some(events) = members.get_mut(EVENTS) {
        *events = Vec::new();
    }
    let files = project::as_run_folder(members, inventory);
    let evidence = judged.evidence_from(Source::Files(&files), tool)?;
    Ok(Run { judged, evidence, look })
}
