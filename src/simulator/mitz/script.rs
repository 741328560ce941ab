//! What the simulator answers, as a scenario writes it.

use serde::Deserialize;

/// Answers of the simulator.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Script {}
