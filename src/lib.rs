//! Validation and conformance test harness for the Twiin Afsprakenstelsel.
//!
//! Three questions are kept apart, and answered by parts of the code that cannot see each other's business:
//! *what happened* ([`run`] drives or serves the candidate and writes a transcript), *what does it mean* ([`judge`]
//! reads plan and transcript, purely), and *how do we show it* ([`report`] turns evidence into bytes).
//!
//! ```text
//! scenarios/ profiles/      candidate file, dossier, waivers
//!         \     |            /
//!          v    v           v
//! suite    typed, cross-checked definitions
//! plan     what will run, what will not, and why
//! run      client + simulator  ------------>  transcript (append-only, redacted on entry)
//! judge    plan + transcript   ------------>  finding per check, verdict per requirement
//! evidence one versioned document with the digest of every input, signed
//! report   JSON | HTML | PDF | JUnit | terminal | GitHub | GitLab | CTRF | EARL | SARIF | OSCAL
//! expect   what is known to go wrong: it rules the exit code of a pipeline and nothing else
//! ```
//!
//! A module imports only from rungs below its own: `base`; `wire`; `transcript`, `deviation`; `net`, `check`; `client`,
//! `simulator`, `seal`, `packages`; `suite`; `plan`; `run`, `judge`; `evidence`, `expect`; `report`. A test holds the imports against this ladder.

pub mod base;
pub mod check;
pub mod client;
pub mod deviation;
pub mod evidence;
pub mod expect;
pub mod judge;
pub mod net;
pub mod packages;
pub mod plan;
pub mod proof;
pub mod report;
pub mod run;
pub mod seal;
pub mod simulator;
pub mod suite;
pub mod transcript;
pub mod wire;
