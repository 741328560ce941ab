//! Cross-gateway exchange of documents and images as plain values: ITI-38 query, ITI-39 retrieve and RAD-75 retrieve of
//! images, and the inner transactions whose bodies they share (IHE ITI TF-2 3.18, 3.38, 3.39, 3.43; RAD TF-2 4.69, 4.75;
//! 30-beeldbeschikbaarheid sections 4, 6 to 9 and 12).
//!
//! What comes in is read from the nodes of a message ([`crate::wire::soap::open`]) and keeps everything that stands
//! there, also what is doubled, missing or unknown: judging is for others. Each value has a JSON form (`serde`) in which
//! names are those of the standard (`uniqueId`, `classCode`), so that a check finds a value by JSONPath:
//! `$.documents[*].classCode[0].code`. A responder asks [`QueryRequest::complaints`] which error it owes.
//!
//! Codes and identifiers stand in tables ([`Transaction`], [`STORED_QUERIES`], [`ERROR_CODES`], [`entry::SCHEMES`]).

pub mod entry;
mod error;
mod hl7;
mod imaging;
mod message;
mod query;
mod response;
mod retrieve;
mod slot;
mod status;
mod stored;
#[cfg(test)]
mod tests;
mod transaction;
mod value;

pub use entry::{Author, Code, DocumentEntry, Kind};
pub use error::{ERROR_CODES, ErrorCode, RegistryError, Severity};
pub use hl7::{Authority, Cx, Xcn, Xon, components};
pub use imaging::{ImagingRequest, Series, Study};
pub use message::{describe, describe_stream, queried, request, retrieved};
pub use query::{Complaint, QueryRequest, ReturnType};
pub use response::{ObjectRef, Other, QueryResponse};
pub use retrieve::{DocumentId, Payload, RetrieveRequest, RetrieveResponse, Retrieved};
pub use slot::Slot;
pub use status::Status;
pub use stored::{Need, STORED_QUERIES, StoredQuery, TARGET_COMMUNITIES};
pub use transaction::Transaction;
pub use value::{Literal, ValueFault, parse as parse_value, write_list, write_text};

/// Namespace `query` of ebRS.
pub const QUERY: &str = "urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0";
/// Namespace `rim` of ebRIM.
pub const RIM: &str = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0";
/// Namespace `rs` of ebRS.
pub const RS: &str = "urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0";
/// Namespace of XDS.b.
pub const XDS: &str = "urn:ihe:iti:xds-b:2007";
/// Namespace of XDS-I.b.
pub const XDSI: &str = "urn:ihe:rad:xdsi-b:2009";

/// Limits of a message between gateways: an answer of thousands of entries is large, and not deep.
pub const LIMITS: super::xml::Limits = super::xml::Limits { bytes: 96 * 1024 * 1024, depth: 64 };

/// Why an element is no message of these.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum XdsFault {
    /// Another element than the one that was expected.
    #[error("`{found}` stands where `{wanted}` was expected")]
    Element {
        /// What was expected.
        wanted: &'static str,
        /// Namespace and name of what is there.
        found: String,
    },
    /// An element that has to be there is not.
    #[error("there is no `{0}`")]
    Missing(&'static str),
}

/// Refuses an element that is another.
fn expect(node: super::xml::borrowed::Node<'_, '_>, namespace: &str, wanted: &'static str) -> Result<(), XdsFault> {
    if node.is(namespace, wanted) {
        return Ok(());
    }
    Err(XdsFault::Element { wanted, found: format!("{{{}}}{}", node.namespace(), node.name()) })
}

/// An attribute, when it has a value.
fn attribute(name: &str, value: Option<&str>) -> String {
    value.map(|v| format!(" {name}=\"{}\"", super::xml::escape(v))).unwrap_or_default()
}
