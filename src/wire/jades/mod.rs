//! JAdES baseline signatures (ETSI TS 119 182-1 V1.2.1) on JWS JSON with the payload attached: building, strict reading and
//! verifying of signatures. Pure: whom to trust, when, and whether a certificate was revoked is decided elsewhere.
//!
//! Without `sigD`, `b64` and `crit` any plain JWS library can check the signature too. What a hostile file may hold (a name
//! in two places, a second spelling of the same bytes, an algorithm of another key) is refused, each by a code of its own.

mod algorithm;
mod fault;
mod header;
mod read;
#[cfg(test)]
mod tests;
mod timed;
mod unsigned;

pub use algorithm::{Algorithm, WRITTEN};
pub use fault::JadesFault;
pub use header::{Draft, MEMBERS, TYP, signing_input};
pub use read::{Jades, Limits, Signature};
pub use unsigned::{Unsigned, UnsignedElement};
