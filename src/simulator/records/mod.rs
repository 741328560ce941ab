//! The records of the reference GtK: FHIR STU3 resources in memory, whose they are, and the
//! searches of the BgZ over them. No HTTP; the endpoint in front of it owns status codes.
//!
//! Clauses: hl7.org/fhir/STU3/search.html, /observation-operations.html ($lastn), and the Nictiz
//! FHIR IG STU3 on what a server shows of applied and ignored parameters.

pub mod bundle;
mod compartment;
mod criteria;
mod dates;
mod include;
mod lastn;
mod load;
mod matching;
mod parameters;
mod placeholder;
mod query;
mod reference;
mod search;
mod store;
#[cfg(test)]
mod tests;

pub use bundle::{Page, searchset};
pub use load::OwnData;
pub use query::{LastN, SearchQuery};
pub use search::{SearchFault, SearchOutcome};
pub use store::{PatientSummary, Records, RecordsError};

/// Naming system of the BSN, the Dutch citizen number, in FHIR.
pub const BSN_SYSTEM: &str = "http://fhir.nl/fhir/NamingSystem/bsn";
