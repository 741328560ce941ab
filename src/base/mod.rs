//! Words that everything shares: identifiers, texts in two languages, faults in files, digests, time, secrets.

pub mod bsn;
pub mod clock;
pub mod day;
pub mod diagnostic;
pub mod digest;
pub mod files;
pub mod id;
pub mod nearest;
pub mod placeholder;
pub mod secret;
pub mod text;
