//! Evidence: one signed, versioned document with the digest of every input, from which everything else is rendered.

pub mod model;

pub use model::Evidence;
