//! Verifying: a list of checks, each a function with a code for everything that it finds, walked in one place. Nothing here
//! opens a socket or reads a clock; the moment of verifying is an input.

mod check;
mod form;
mod identity;
mod later;
mod meaning;
mod report;
mod scene;
mod standing;
#[cfg(test)]
mod tests;
mod timing;
mod withdrawal;

use std::collections::BTreeSet;

use time::OffsetDateTime;

pub use check::{BewijsCheck, Line, Weight};
pub use later::is_of_the_issuer;
pub use report::{LineReport, LineState, Outcome, Report};

use super::Policy;
pub use super::again::Packs;
use scene::Scene;

/// What a verifier brings along.
#[derive(Debug, Clone)]
pub struct Options<'a> {
    /// Whom it trusts. Without a policy a validatiebewijs is not trusted.
    pub policy: Option<&'a Policy>,
    /// The moment of verifying.
    pub now: OffsetDateTime,
    /// The product version that the bewijs is shown for, if that is asked.
    pub product_version: Option<&'a str>,
    /// Ids that later bewijzen took the place of, by the id of the later one, as far as the verifier knows them.
    pub superseded: &'a [(String, String)],
    /// Later bewijzen that the verifier has: what they take the place of counts no more.
    pub later: &'a [Vec<u8>],
    /// Signed lists of what was withdrawn, as far as the verifier has them.
    pub withdrawals: &'a [Vec<u8>],
    /// Packs that were read before, for who verifies many.
    pub packs: Option<&'a Packs>,
    /// Checks that are left out. Only for the tests of the verifier: each must be missed by one of them.
    #[doc(hidden)]
    pub skip: BTreeSet<BewijsCheck>,
}

impl<'a> Options<'a> {
    /// By a policy, at a moment.
    pub fn new(policy: Option<&'a Policy>, now: OffsetDateTime) -> Self {
        Self {
            policy,
            now,
            product_version: None,
            superseded: &[],
            later: &[],
            withdrawals: &[],
            packs: None,
            skip: BTreeSet::new(),
        }
    }
}

/// Something that a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The check.
    pub check: BewijsCheck,
    /// Its code.
    pub code: String,
    /// In words.
    pub detail: String,
}

/// Verifies a bewijs, or its sealed statement alone.
pub fn verify(bytes: &[u8], options: &Options<'_>) -> Report {
    let scene = Scene::new(bytes, options);
    let mut faults = Vec::new();
    for check in BewijsCheck::all().filter(|check| !options.skip.contains(check)) {
        let found = check.look(&scene);
        faults.extend(found.into_iter().map(|(code, detail)| Fault { check, code, detail }));
    }
    Report::new(&scene, faults)
}
