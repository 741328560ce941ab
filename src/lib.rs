//! Validation and conformance test harness for the Twiin Afsprakenstelsel.

pub mod base;
pub mod net;
pub mod simulator;
pub mod wire;
