//! What the simulator knows and answers, as a scenario writes it.

use serde::Deserialize;

use crate::simulator::Interference;

/// What is in the book and how it answers.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Script {
    /// Interfaces that are served; all when empty. What is not served is not found.
    #[serde(default)]
    pub interfaces: Vec<Interface>,
    /// Organisations, instead of the usual ones: each party of the case where it is.
    #[serde(default)]
    pub records: Vec<Record>,
    /// What these organisations become when the step `change-addresses` is done.
    #[serde(default)]
    pub then: Vec<Record>,
    /// Entries on a page of an mCSD answer.
    #[serde(default)]
    pub page_size: Option<usize>,
    /// Whether the change comes by itself, as soon as the first page of a history was given.
    #[serde(default)]
    pub changes_between_pages: bool,
    /// How many updates of a feed find that somebody else was first (412).
    #[serde(default)]
    pub conflicts: usize,
    /// Answers that are replaced, delayed, broken off or changed.
    #[serde(default)]
    pub answers: Vec<Interference>,
}

impl Script {
    /// Whether an endpoint stands at the other address of the harness.
    pub fn names_foreign(&self) -> bool {
        self.records.iter().chain(&self.then).flat_map(|r| &r.endpoints).any(|e| e.at == Place::Foreign)
    }
}

/// An interface of an address book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Interface {
    /// ZORG-AB REST 2.11, below `/zab`.
    ZorgAb,
    /// ZORG-AB FHIR STU3, reading alone, below `/zab-ro/fhir`.
    ZorgAbFhir,
    /// mCSD (ITI-90, ITI-91 and ITI-130) on FHIR R4, below `/mcsd`.
    Mcsd,
}

/// One organisation.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Record {
    /// Which: an identity of the harness, `candidate`, or a URA.
    pub of: String,
    /// Whether it is active.
    #[serde(default = "yes")]
    pub active: bool,
    /// Its endpoints in order.
    pub endpoints: Vec<EndpointRecord>,
}

/// One endpoint of an organisation.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct EndpointRecord {
    /// What it is for.
    #[serde(default)]
    pub serves: Serves,
    /// Where it is.
    #[serde(default)]
    pub at: Place,
    /// Its status.
    #[serde(default = "active")]
    pub status: String,
    /// Whether its period is over.
    #[serde(default)]
    pub ended: bool,
    /// Connection type, of HL7's `endpoint-connection-type`.
    #[serde(default = "rest")]
    pub connection: String,
    /// Another payload code than that of what it is for.
    #[serde(default)]
    pub payload: Option<String>,
    /// FHIR version in the media type.
    #[serde(default = "stu3")]
    pub fhir_version: String,
}

/// What an endpoint is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Serves {
    /// Three endpoints: one for each of the other words.
    #[default]
    Everything,
    /// Notifications.
    Notifications,
    /// Resources.
    Resources,
    /// Access tokens.
    Tokens,
}

/// Where an endpoint is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// At the harness's own GtK.
    #[default]
    Own,
    /// At the other address of the harness (`own.foreign`).
    Foreign,
    /// At the candidate.
    Candidate,
    /// At a place that does not exist.
    Nowhere,
}

fn yes() -> bool {
    true
}
fn active() -> String {
    "active".to_owned()
}
fn rest() -> String {
    "hl7-fhir-rest".to_owned()
}
fn stu3() -> String {
    "3.0".to_owned()
}

impl EndpointRecord {
    /// The usual endpoint at a place.
    pub(super) fn usual(at: Place) -> Self {
        Self {
            serves: Serves::Everything,
            at,
            status: active(),
            ended: false,
            connection: rest(),
            payload: None,
            fhir_version: stu3(),
        }
    }
}
