//! Action words of waiting: the candidate is the client and the harness answers.

use serde::Deserialize;

use crate::transcript::Endpoint;

/// Waits for requests of the candidate.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Await {
    /// What is waited for.
    pub request: Endpoint,
    /// How many, at least. The wait ends as soon as they are there.
    #[serde(default = "one")]
    pub at_least: usize,
    /// Instead of a number: as many as a Task that the harness sent or served in this step offers, searches or single
    /// resources by what is waited for.
    #[serde(default)]
    pub offered_in: Option<crate::base::id::StepId>,
    /// Instead of a number: an audit record for each exchange with the candidate so far. Where the candidate feeds no
    /// audit repository there is nothing to wait for.
    #[serde(default)]
    pub of_each_exchange: bool,
    /// Name of the deadline in the profile.
    pub within: String,
}

fn one() -> usize {
    1
}

/// Waits a while for something that must not happen.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct AwaitNothing {
    /// What must stay away.
    pub request: Vec<Endpoint>,
    /// Name of the deadline in the profile.
    pub during: String,
}
