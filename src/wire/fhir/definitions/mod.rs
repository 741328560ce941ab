//! Definitions that users bring: StructureDefinitions, ValueSets and CodeSystems of one FHIR release.
//!
//! A package (`.tgz`), a folder or a `.ndjson.gz` is unpacked within limits and indexed by canonical url; a
//! resource is parsed when it is first asked for. Nothing here is fetched, and nothing is shipped.
//! Clauses: hl7.org/fhir/R4/structuredefinition.html, /valueset.html, /codesystem.html, the same pages of STU3, and
//! confluence.hl7.org/display/FHIR/NPM+Package+Specification for the form of a package.

mod archive;
mod element;
mod index;
mod release;
mod scan;
mod terminology;
mod types;
mod xml;

#[cfg(test)]
mod tests;

pub use archive::{Manifest, PackageFault, PackageLimits, manifest, read_files};
pub use element::{
    Binding, Constraint, Discriminator, DiscriminatorKind, ElementDefinition, Max, Slicing, SlicingRules, TypeUse,
    elements,
};
pub use index::{Definitions, Loaded, Structure};
pub use release::{Release, only_in};
pub use terminology::Membership;
pub use types::{Member, Target, TypeId};
pub use xml::parse_xml_by;

/// Start of the canonical url of everything that the standard itself defines.
pub const CORE: &str = "http://hl7.org/fhir/StructureDefinition/";

/// The canonical url of a type by its name; a url stays as it is.
pub fn core_url(name: &str) -> String {
    if name.contains(':') { name.to_owned() } else { format!("{CORE}{name}") }
}
