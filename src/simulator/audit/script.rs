//! What the simulator answers, as a scenario writes it.

use serde::Deserialize;

use crate::simulator::Interference;

/// How audit records travel to a repository (ITI-20).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Feed {
    /// As FHIR AuditEvents.
    #[default]
    Fhir,
    /// As DICOM audit messages by syslog over TLS.
    Syslog,
}

/// Answers of the simulator.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Script {
    /// How the reference GtK sends its records in a self-test. Any other candidate chooses by itself.
    #[serde(default)]
    pub feed: Feed,
    /// Answers that are replaced, delayed, broken off or changed.
    #[serde(default)]
    pub answers: Vec<Interference>,
}
