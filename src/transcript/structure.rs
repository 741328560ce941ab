//! What FHIR packages of the user say of a resource that the candidate wrote. It is noted on entry, before anything is
//! hidden, so that whoever judges the transcript later needs neither the packages nor the hidden values.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How a resource, or a Bundle with everything in it, relates to the definitions in the packages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct StructureFacts {
    /// Packages that were used: SHA-256 by name.
    pub packages: BTreeMap<String, String>,
    /// Canonical urls that it was held against.
    pub profiles: Vec<String>,
    /// How many departures make it not conform.
    pub errors: usize,
    /// The first of them, without what stands in the resource.
    pub departures: Vec<Departure>,
    /// How much was not evaluated.
    pub open: usize,
    /// The first of that, each once.
    pub not_evaluated: Vec<Open>,
}

/// One place that departs from a definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Departure {
    /// Where, as a JSON pointer (RFC 6901).
    pub at: String,
    /// What is wrong, and what the definition asks for.
    pub what: String,
    /// Canonical url of the definition.
    pub profile: String,
}

/// Something that was not evaluated.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Open {
    /// Why, as one word.
    pub reason: String,
    /// What: a canonical url, an invariant, a reference.
    pub what: String,
}

/// Holds a resource against packages; `None` when it is none that they could say anything of.
pub type StructureCheck = Arc<dyn Fn(&Value) -> Option<StructureFacts> + Send + Sync>;
