//! FHIR STU3 (3.0.2) resources as plain JSON values: read from JSON or XML, written as XML,
//! walked with their types, and held against the element table of the standard.
//!
//! The table (`profiles/fhir/stu3.json`) carries names, order, types, cardinalities and
//! required codes. Profiles, invariants and terminology are not judged here; what a user brings of them is read by
//! [`definitions`], for STU3 and R4.
//! Clauses: hl7.org/fhir/STU3/json.html, /xml.html and /resource-formats.

pub mod bundle;
pub mod composition;
pub mod definitions;
pub mod json;
mod r4_xml;
pub mod shape;
pub mod table;
pub mod walk;
mod xml_events;
pub mod xml_read;
pub mod xml_write;

pub use json::parse_json;
pub use r4_xml::r4_xml;
pub use shape::{ShapeFault, shape_faults};
pub use walk::{Node, descendants};
pub use xml_read::parse_xml;
pub use xml_write::to_xml;

/// Namespace of every FHIR element in XML.
pub const FHIR_NAMESPACE: &str = "http://hl7.org/fhir";
/// Namespace of the narrative (`text.div`).
pub const XHTML_NAMESPACE: &str = "http://www.w3.org/1999/xhtml";

/// How much of a foreign resource is read before it is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest document, in bytes.
    pub bytes: usize,
    /// Deepest nesting, in levels; JSON counts objects and arrays, XML counts elements.
    /// Above 127 the JSON reader stops at its own bound, with [`FhirFault::Syntax`].
    pub depth: usize,
    /// Most values (JSON) or elements and attributes (XML) together.
    pub nodes: usize,
}

impl Default for Limits {
    /// 16 MiB, 64 levels, 500 000 nodes: far above any BgZ answer, far below what hurts.
    fn default() -> Self {
        Self { bytes: 16 * 1024 * 1024, depth: 64, nodes: 500_000 }
    }
}

/// Why a document is not a FHIR resource that can be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FhirFault {
    /// The document is longer than [`Limits::bytes`].
    #[error("document is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// Nesting goes deeper than [`Limits::depth`].
    #[error("document is nested deeper than {limit} levels")]
    TooDeep {
        /// The limit in levels.
        limit: usize,
    },
    /// More values than [`Limits::nodes`].
    #[error("document holds more than {limit} values")]
    TooManyNodes {
        /// The limit in values.
        limit: usize,
    },
    /// Not UTF-8, or a byte order mark where JSON forbids one (RFC 8259, section 8.1).
    #[error("document is not plain UTF-8: {detail}")]
    Encoding {
        /// What was found instead.
        detail: String,
    },
    /// Not well-formed JSON or XML.
    #[error("document is not well-formed: {detail}")]
    Syntax {
        /// The parser's complaint with the place, where known.
        detail: String,
    },
    /// One JSON object uses a member name twice.
    #[error("member `{key}` occurs twice in one object (line {line}, column {column})")]
    DuplicateKey {
        /// The repeated member name.
        key: String,
        /// Line of the second occurrence, from 1.
        line: usize,
        /// Column of the second occurrence, from 1.
        column: usize,
    },
    /// The document, or a place that wants one, holds no resource.
    #[error("`{path}` is not a resource: {detail}")]
    NotAResource {
        /// Where; `$` is the document itself.
        path: String,
        /// What was found instead.
        detail: String,
    },
    /// XML with a document type declaration (xml.html: FHIR XML has none).
    #[error("document type declarations are not allowed")]
    DocumentType,
    /// XML that refers to an entity other than the five of XML itself.
    #[error("entity reference `&{name};` is not allowed")]
    Entity {
        /// Name of the entity.
        name: String,
    },
    /// An XML element or attribute outside the FHIR (or narrative) namespace.
    #[error("`{path}` is in a foreign namespace")]
    Namespace {
        /// Where.
        path: String,
    },
    /// A name that is no STU3 resource type.
    #[error("`{name}` at `{path}` is not an STU3 resource type")]
    UnknownType {
        /// Where.
        path: String,
        /// The name found.
        name: String,
    },
    /// A true STU3 resource type whose elements the table leaves out, so it cannot be converted.
    #[error("resource type `{name}` at `{path}` is not in the element table")]
    UnheldType {
        /// Where.
        path: String,
        /// The resource type.
        name: String,
    },
    /// A type without a definition at hand.
    #[error("no definition of `{name}` at `{path}` is at hand")]
    Undefined {
        /// Where.
        path: String,
        /// The type.
        name: String,
    },
    /// An element or attribute that the type does not have.
    #[error("`{path}` is not an element of its type")]
    UnknownElement {
        /// Where, ending in the unknown name.
        path: String,
    },
    /// A single element that occurs more than once in XML.
    #[error("`{path}` may occur only once")]
    Repeated {
        /// Where.
        path: String,
    },
    /// A value that cannot stand at its place.
    #[error("`{path}` cannot be read or written: {detail}")]
    Value {
        /// Where.
        path: String,
        /// What is wrong with it.
        detail: String,
    },
}
