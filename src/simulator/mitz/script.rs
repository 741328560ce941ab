//! What the simulator answers, as a scenario writes it.

use serde::Deserialize;

use super::open::ScriptedHolder;
use crate::simulator::Interference;

/// Answers of the simulator.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Script {
    /// The open question: where data of a patient may be. Nowhere when empty.
    #[serde(default)]
    pub holders: Vec<ScriptedHolder>,
    /// Answers that are replaced, delayed, broken off or changed.
    #[serde(default)]
    pub answers: Vec<Interference>,
}
