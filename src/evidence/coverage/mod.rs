//! Coverage: for every requirement of the catalogue what shows it, what turns it red, or why it is openly not tested.
//!
//! The document is made from the suite alone; with the evidence of a run each requirement carries the verdict of that
//! run too. It is public and versioned like evidence, but it is not signed: it says nothing of a candidate that the
//! evidence does not say.

mod assemble;
mod count;
pub mod model;

pub use assemble::assemble;
pub use model::{Coverage, State};
