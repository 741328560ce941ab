//! What a profile check finds, and what it had to leave open.

use std::fmt;

use crate::base::text::Text;

/// How much a finding weighs by the definition itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The resource does not conform.
    Error,
    /// Advice: an invariant of severity `warning`.
    Warning,
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, strum::EnumIter)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// Not JSON or XML that can be read as a resource.
    Unreadable,
    /// A placeholder that was never filled in.
    Placeholder,
    /// A resource type that only another release of FHIR has.
    WrongRelease,
    /// Not a JSON object with a `resourceType`.
    NotAResource,
    /// A resource of another type than the profile constrains.
    WrongResourceType,
    /// Nested deeper than is read.
    TooDeep,
    /// A member that the type does not have.
    UnknownElement,
    /// An empty value, object or array, or `null` where it may not stand.
    Empty,
    /// An array where a single value is due, or the reverse, or another JSON kind.
    WrongJsonKind,
    /// Fewer occurrences than the cardinality asks for.
    TooFew,
    /// More occurrences than the cardinality allows.
    TooMany,
    /// Two types of one choice at the same time.
    SeveralChoices,
    /// A type that the element may not have.
    TypeNotAllowed,
    /// A primitive whose text is not of its type.
    LexicalForm,
    /// A text longer than `maxLength`.
    TooLong,
    /// A value below `minValue` or above `maxValue`.
    OutOfRange,
    /// Another value than the fixed one.
    FixedValue,
    /// A value that lacks what the pattern holds.
    PatternValue,
    /// An instance beside the slices of closed slicing.
    UnmatchedSlice,
    /// Slices out of their order, or something before the end of `openAtEnd` slicing.
    SliceOrder,
    /// A modifier extension under `extension`, or the reverse.
    ModifierMismatch,
    /// A code outside a required value set.
    Binding,
    /// A reference to a type that the element may not refer to.
    ReferenceType,
    /// A reference whose target does not conform to any profile that it must have.
    ReferenceProfile,
    /// A reference within the document that leads nowhere.
    DanglingReference,
    /// An invariant that does not hold.
    Invariant,
    /// A value that conforms to none of the profiles that its type may have.
    NoProfileFits,
}

/// One place that departs from a definition.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// What is wrong.
    pub code: Code,
    /// How much it weighs.
    pub severity: Severity,
    /// Id of the element in the definition, with names of slices.
    pub element: String,
    /// Where in the instance, as a JSON pointer (RFC 6901). What stands in the `_name` twin of a primitive is shown
    /// below the plain name.
    pub pointer: String,
    /// Canonical url of the definition.
    pub profile: String,
    /// What the definition asks for: a cardinality, a value, a key of an invariant with its text.
    pub expected: Text,
    /// What is there; values are cut off after 200 characters.
    pub found: Text,
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { element, pointer, expected, found, .. } = self;
        let place = if pointer.is_empty() { "/" } else { pointer };
        let what = self.code.title().en;
        write!(out, "{place} ({element}): {what}: expected {}, found {} [{}]", expected.en, found.en, self.profile)
    }
}

/// Why something was not evaluated.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, strum::EnumIter, strum::IntoStaticStr,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Reason {
    /// A definition, or one that it builds on, is not at hand.
    DefinitionMissing,
    /// An extension whose definition is not at hand.
    ExtensionUnknown,
    /// A value set or code system that is not at hand, not complete or not expandable.
    TerminologyMissing,
    /// An invariant that is written in XPath alone, does not parse or uses what is not supported.
    ExpressionNotSupported,
    /// An invariant that names an element which its type does not have.
    ExpressionFaulty,
    /// A reference whose target is not at hand.
    TargetMissing,
    /// Slicing whose discriminator cannot be followed.
    SlicingUndecided,
    /// More work than is allowed.
    Limit,
}

/// One thing that was not evaluated.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
pub struct NotEvaluated {
    /// Why.
    pub reason: Reason,
    /// What: a canonical url, an invariant, a reference.
    pub what: String,
    /// Canonical url of the definition that asks for it.
    pub profile: String,
    /// The first place where it came up, as a JSON pointer.
    pub pointer: String,
}

impl fmt::Display for NotEvaluated {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = self.reason.title().en;
        let place = if self.pointer.is_empty() { "/" } else { &self.pointer };
        write!(out, "{place}: {}: not evaluated, {why} [{}]", self.what, self.profile)
    }
}

/// All that came of checking one resource.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Departures, in the order of the instance.
    pub findings: Vec<Finding>,
    /// What was not evaluated; the resource must not be called valid while there is any.
    pub not_evaluated: Vec<NotEvaluated>,
    /// Canonical urls of the profiles that the resource was held against.
    pub profiles: Vec<String>,
}

impl Outcome {
    /// The findings that make the resource not conform.
    pub fn errors(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.severity == Severity::Error)
    }

    /// Whether everything was evaluated and nothing departs.
    pub fn is_validated(&self) -> bool {
        self.errors().next().is_none() && self.not_evaluated.is_empty()
    }
}

/// One of several names will do.
pub(super) fn one_of(names: &[impl AsRef<str>]) -> Text {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    Text::new(names.join(" of "), names.join(" or "))
}
