//! The transcript: the ordered events of a run, redacted on entry, appended as JSON lines.
//!
//! It is the only thing that `judge` sees of what happened, so it holds facts and no opinions: what was sent, what came
//! back, what the handshake agreed, how long it took, and what ended an exchange that did not end well.

pub mod canary;
pub mod event;
pub mod ledger;
pub mod lines;
pub mod redact;
pub mod select;
pub mod store;
pub mod structure;

pub use event::{
    Body, CapturedValue, Direction, Endpoint, Event, EventKind, Exchange, Fault, FaultPhase, JwtFacts, Request,
    Response, StepOutcome, TlsFacts,
};
pub use structure::{Departure, Open, StructureCheck, StructureFacts};
