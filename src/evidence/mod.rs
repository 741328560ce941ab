//! Evidence: one signed, versioned document with the digest of every input, from which everything else is rendered.

pub mod assemble;
pub mod bewijs;
pub mod coverage;
pub mod folder;
pub mod model;
pub mod papers;
mod recount;
pub mod sign;
pub mod timeline;
pub mod verify;

pub use model::Evidence;
