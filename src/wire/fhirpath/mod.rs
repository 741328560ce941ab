//! FHIRPath, as far as the invariants and discriminators of FHIR STU3 and R4 use it.
//!
//! [`Expression::parse`] refuses what it does not know; [`Evaluation`] answers or says why it cannot
//! ([`Undecided`]). Choice elements are found by the definitions alone: without a definition nothing is guessed.
//! Pure: resources, definitions and terminology come in through [`Environment`].
//! Clauses: hl7.org/fhirpath (N1) and hl7.org/fhir/R4/fhirpath.html.

mod evaluate;
mod expression;
mod functions;
mod lexer;
mod moment;
mod operators;
mod parser;
mod value;

#[cfg(test)]
mod tests;

pub use evaluate::{Environment, Evaluation, Resolution, Undecided};
pub use expression::Expression;
pub use lexer::ParseFault;
pub use moment::Moment;
pub use value::{Element, Item, Kind};

/// Names of the primitive types of STU3 and R4 as they stand after the name of a choice element.
const PRIMITIVE_SUFFIXES: [&str; 19] = [
    "Base64Binary",
    "Boolean",
    "Canonical",
    "Code",
    "Date",
    "DateTime",
    "Decimal",
    "Id",
    "Instant",
    "Integer",
    "Markdown",
    "Oid",
    "PositiveInt",
    "String",
    "Time",
    "UnsignedInt",
    "Uri",
    "Url",
    "Uuid",
];

/// Names of the complex types that a choice element may have.
const COMPLEX_SUFFIXES: [&str; 28] = [
    "Address",
    "Age",
    "Annotation",
    "Attachment",
    "CodeableConcept",
    "Coding",
    "ContactDetail",
    "ContactPoint",
    "Contributor",
    "Count",
    "DataRequirement",
    "Distance",
    "Dosage",
    "Duration",
    "Expression",
    "HumanName",
    "Identifier",
    "Meta",
    "Money",
    "Period",
    "Quantity",
    "Range",
    "Ratio",
    "Reference",
    "SampledData",
    "Signature",
    "Timing",
    "UsageContext",
];

/// Whether `suffix` is the name of a type as it stands behind the name of a choice element.
pub(crate) fn is_type_suffix(suffix: &str) -> bool {
    PRIMITIVE_SUFFIXES.contains(&suffix) || COMPLEX_SUFFIXES.contains(&suffix)
}
