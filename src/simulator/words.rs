//! Action words of waiting: the candidate is the client and the harness answers.

use serde::Deserialize;

use crate::transcript::Endpoint;

/// Waits for requests of the candidate.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Await {
    /// What is waited for.
    pub request: Endpoint,
    /// How many, at least. The wait ends as soon as they are there.
    #[serde(default = "one")]
    pub at_least: usize,
    /// Name of the deadline in the profile.
    pub within: String,
}

fn one() -> usize {
    1
}

/// Waits a while for something that must not happen.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct AwaitNothing {
    /// What must stay away.
    pub request: Vec<Endpoint>,
    /// Name of the deadline in the profile.
    pub during: String,
}
