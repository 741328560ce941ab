//! Withdrawing: a signed list of bewijzen that no longer count. A bewijs is never edited; what was wrong with it is told by
//! such a list, or by a later bewijs that takes its place.

use serde::{Deserialize, Serialize};

use crate::wire::jades::{Algorithm, Draft};

/// Content type in the header of the signature.
pub const CONTENT_TYPE: &str = "application/vnd.twiin-harness.intrekking.v1+json";
/// Type of the document.
pub const TYPE: &str = "urn:twiin-harness:intrekking:1";

/// A list of what was withdrawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Withdrawal {
    /// `urn:twiin-harness:intrekking:1`.
    #[serde(rename = "type")]
    pub type_: String,
    /// When, RFC 3339.
    pub issued: String,
    /// The bewijzen.
    pub withdrawn: Vec<Withdrawn>,
}

/// One bewijs that was withdrawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Withdrawn {
    /// Its id.
    pub id: String,
    /// Why.
    pub reason: String,
}

impl Withdrawal {
    /// A list of some ids for one reason.
    pub fn new(issued: String, ids: &[String], reason: &str) -> Self {
        let withdrawn = ids.iter().map(|id| Withdrawn { id: id.clone(), reason: reason.to_owned() }).collect();
        Self { type_: TYPE.into(), issued, withdrawn }
    }

    /// What is to be signed.
    ///
    /// # Errors
    /// When it cannot be written, which it always can.
    pub fn draft(&self, algorithm: Algorithm, chain: &[Vec<u8>], iat: i64) -> Result<Draft, serde_json::Error> {
        let mut payload = serde_json::to_vec_pretty(self)?;
        payload.push(b'\n');
        Ok(Draft::new(algorithm, CONTENT_TYPE, iat, chain, &payload))
    }
}
