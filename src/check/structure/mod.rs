//! Resources against StructureDefinitions of STU3 and R4, offline.
//!
//! Cardinality, types and choices, primitive forms, fixed values and patterns, slicing, extensions by url, required
//! bindings, references within the document and FHIRPath invariants. Each value is held against the types of the
//! standard once, and against every profile that applies to it. What cannot be decided is listed as
//! [`NotEvaluated`], never passed over: a resource is valid only if [`Outcome::is_validated`].
//! Not judged, by design: bindings that are not required, where an extension may stand (its context), `maxValueSet`,
//! `mustSupport`, `meaningWhenMissing`, display texts, and the existence of resources outside the document.
//! Clauses: hl7.org/fhir/R4/profiling.html, /elementdefinition.html, /json.html, /references.html and /bundle.html,
//! and the same pages of STU3.

mod discriminator;
mod document;
mod finding;
mod narrative;
mod overlay;
mod read;
mod session;
mod shape;
mod slicing;
mod value;
mod value_rules;
mod walk;
mod words;
mod world;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde_json::Value;

use crate::wire::fhir::definitions::{Constraint, Definitions, core_url};
use crate::wire::fhirpath::Expression;

pub use finding::{Code, Finding, NotEvaluated, Outcome, Reason, Severity};
use shape::{Invariant, Shape};

/// What a check looks at beside the profiles that it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Whether the profiles that resources claim in `meta.profile` count too.
    pub claimed_profiles: bool,
    /// Whether the targets of references within the document must conform to the profiles asked for.
    pub reference_targets: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { claimed_profiles: true, reference_targets: true }
    }
}

/// Definitions, ready to check any number of resources with, also from several threads.
#[derive(Debug)]
pub struct ProfileChecker {
    definitions: Definitions,
    options: Options,
    /// The tree of each definition, by its number, built when first used.
    shapes: Vec<OnceLock<Option<Box<Shape>>>>,
    /// Each expression once, however many elements have it.
    invariants: Mutex<HashMap<(String, String, bool), Arc<Invariant>>>,
}

impl ProfileChecker {
    /// Checks with these definitions.
    pub fn new(definitions: Definitions, options: Options) -> Self {
        let shapes = (0..definitions.len()).map(|_| OnceLock::new()).collect();
        Self { definitions, options, shapes, invariants: Mutex::default() }
    }

    /// The definitions.
    pub fn definitions(&self) -> &Definitions {
        &self.definitions
    }

    /// Whether a profile is at hand.
    pub fn knows(&self, profile: &str) -> bool {
        self.definitions.structure(profile).is_some()
    }

    /// Checks a resource, which may be a Bundle, against the standard, against `profiles` (canonical urls, for the
    /// outermost resource) and, as the options say, against the profiles that it and the resources in it claim.
    pub fn check(&self, resource: &Value, profiles: &[&str]) -> Outcome {
        walk::check(self, resource, profiles)
    }

    /// The tree of a definition by canonical url or name of a type of the standard.
    fn shape(&self, canonical: &str) -> Option<&Shape> {
        self.shape_at(self.definitions.structure(canonical)?.number)
    }

    fn shape_at(&self, number: usize) -> Option<&Shape> {
        let build = || shape::build(&self.definitions, number, &|constraint| self.intern(constraint)).map(Box::new);
        self.shapes.get(number)?.get_or_init(build).as_deref()
    }

    fn core_shape(&self, type_name: &str) -> Option<&Shape> {
        self.shape(&core_url(type_name))
    }

    fn intern(&self, constraint: &Constraint) -> Arc<Invariant> {
        let expression = constraint.expression.clone().unwrap_or_default();
        // A poisoned lock holds a table that is whole all the same: entries are only ever added.
        let mut known = self.invariants.lock().unwrap_or_else(PoisonError::into_inner);
        let number = known.len();
        let make = || {
            Arc::new(Invariant {
                number,
                key: constraint.key.clone(),
                human: constraint.human.clone(),
                is_warning: constraint.is_warning,
                expression: match &constraint.expression {
                    Some(text) => Expression::parse(text).map_err(|fault| fault.to_string()),
                    None => Err("it is written in XPath alone".to_owned()),
                },
            })
        };
        let id = (constraint.key.clone(), expression, constraint.is_warning);
        known.entry(id).or_insert_with(make).clone()
    }
}
