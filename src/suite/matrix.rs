//! The deviation matrix as data: what each deliberate wrong is, which clause it breaks, and which requirements then
//! fail or warn, and no others.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::base::id::RequirementId;
use crate::base::text::Text;

/// One row.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Row {
    /// What the GtK does wrong.
    pub title: Text,
    /// The clause that it breaks.
    pub clause: String,
    /// Requirements that fail.
    #[serde(default)]
    pub fails: Vec<RequirementId>,
    /// Requirements that warn.
    #[serde(default)]
    pub warns: Vec<RequirementId>,
    /// Why it is in no requirement's way, for wrongs that are only recorded or only used to attack.
    #[serde(default)]
    pub harmless: Option<Text>,
}

/// The matrix.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Matrix {
    /// Rows by the word of the deviation.
    pub deviations: BTreeMap<String, Row>,
}

impl Matrix {
    /// Deviations that turn a requirement red.
    pub fn killers(&self, requirement: &RequirementId) -> Vec<&str> {
        self.deviations
            .iter()
            .filter(|(_, row)| row.fails.contains(requirement) || row.warns.contains(requirement))
            .map(|(name, _)| name.as_str())
            .collect()
    }
}
