//! The bewijs: one file that a stranger can check years later. A run folder becomes a container of fixed shape
//! (`wire::zip`), with a statement in it that names every other member by size and digest and that a seal is set on
//! (`wire::jades`). Nothing in the file is believed: its verdicts are judged again from its own transcript.
//!
//! ```text
//! mimetype              application/vnd.twiin-harness.bewijs+zip
//! bewijs.jades.json     the sealed statement; by itself a summary that reveals no exchange
//! run/events.ndjson     what happened, redacted
//! run/result.json       the evidence document that follows from it
//! pack/…                exact bytes of every scenario, profile, requirement and fixture
//! inputs/…              candidate file, configuration, matrix, audit log
//! dossier/…             the dossier, what was found of its documents, and the documents unless only their digests
//! waivers/…             declared deviations
//! render/…              readable renderings: listed, and not normative
//! ```
//!
//! This is never a *Bewijs van Validatie*: only Twiin issues that.

mod again;
pub mod augment;
pub mod bundle;
mod canaries;
mod candidate;
pub mod diff;
mod events;
pub mod issue;
pub mod policy;
mod project;
pub mod since;
pub mod statement;
pub mod verify;
pub mod withdrawal;

pub use augment::{Addition, AugmentFault, augmented};
pub use bundle::{Bundle, BundleFault};
pub use diff::{Difference, diff};
pub use issue::{IssueRequest, Prepared, Refusal, assemble};
pub use policy::Policy;
pub use since::{Earlier, Now, Since, since};
pub use statement::{Predicate, Soort, Statement};
pub use verify::{BewijsCheck, Outcome, Report, verify};
pub use withdrawal::{Withdrawal, Withdrawn};

/// Extension of the file.
pub const EXTENSION: &str = "twiinbewijs";
/// First member of the container.
pub const MIMETYPE: &str = "mimetype";
/// What it holds.
pub const MEDIA_TYPE: &str = "application/vnd.twiin-harness.bewijs+zip";
/// The sealed statement.
pub const SEAL: &str = "bewijs.jades.json";
/// The transcript.
pub const EVENTS: &str = "run/events.ndjson";
/// The evidence document that follows from it.
pub const RESULT: &str = "run/result.json";
/// Folder of the documents of the dossier, each by its digest.
pub const DOCUMENTS: &str = "dossier/documents/";
