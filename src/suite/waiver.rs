//! Waivers: deviations that a partnership has declared, each with its reason, who decided it, and until when.
//!
//! The Samenwerkingsvoorwaarden of Twiin know conditions with declared deviations until a participant is validated
//! (PROC-10). A waiver hides nothing: the verdict stays what it is, with the waiver beside it.

use std::sync::Arc;

use serde::Deserialize;

use super::{Suite, yaml};
use crate::base::day::Day;
use crate::base::diagnostic::{Diagnostic, SourceFile};
use crate::base::id::RequirementId;
use crate::base::text::Text;

/// A file of waivers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct WaiverFile {
    /// The waivers.
    pub waivers: Vec<Waiver>,
}

/// One declared deviation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Waiver {
    /// The requirement that is not met.
    pub requirement: RequirementId,
    /// Plateaus that it is declared for; absent for all.
    #[serde(default)]
    #[schemars(inner(range(min = 1, max = 4)), extend("uniqueItems" = true))]
    pub plateaus: Vec<u8>,
    /// Why.
    pub reason: Text,
    /// Who decided it.
    #[schemars(length(min = 1))]
    pub decider: String,
    /// The last day on which it counts.
    pub expires: Day,
}

impl Waiver {
    /// Whether it is declared for a plateau.
    pub fn covers(&self, plateau: u8) -> bool {
        self.plateaus.is_empty() || self.plateaus.contains(&plateau)
    }
}

impl WaiverFile {
    /// Reads a file of waivers for a suite.
    ///
    /// # Errors
    /// All faults at once, with place and nearest valid word.
    pub fn read(source: &Arc<SourceFile>, suite: &Suite) -> Result<Self, Vec<Diagnostic>> {
        let file: Self = yaml::parse_all(source)?;
        let mut faults = Vec::new();
        for (at, waiver) in file.waivers.iter().enumerate() {
            let id = waiver.requirement.as_str();
            if !suite.requirements.contains_key(&waiver.requirement) {
                let known = suite.requirements.keys().map(RequirementId::as_str);
                let fault = Diagnostic::at_text(source, id, format!("unknown requirement `{id}`"));
                faults.push(fault.with_nearest(id, known));
            }
            if file.waivers[..at].iter().any(|w| w.requirement == waiver.requirement) {
                faults.push(Diagnostic::at_text(source, id, format!("`{id}` stands twice")));
            }
            if let Some(wrong) = waiver.plateaus.iter().find(|p| !(1..=4).contains(*p)) {
                faults.push(Diagnostic::at_text(source, id, format!("`{id}`: there is no plateau {wrong}")));
            }
            if waiver.decider.trim().is_empty()
                || waiver.reason.nl.trim().is_empty()
                || waiver.reason.en.trim().is_empty()
            {
                faults.push(Diagnostic::at_text(source, id, format!("`{id}`: reason and decider must say something")));
            }
        }
        if faults.is_empty() { Ok(file) } else { Err(faults) }
    }
}
