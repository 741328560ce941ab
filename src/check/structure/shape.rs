//! A StructureDefinition as a tree of elements and slices, ready to be walked.
//!
//! A snapshot gives the whole tree. A differential is laid over the tree of its base, each differential of the chain
//! in turn: cardinalities only narrow, fixed values, patterns, invariants and required bindings add up.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use crate::wire::fhir::definitions::{Definitions, Discriminator, Max, Slicing, TypeUse, core_url, elements};
use crate::wire::fhirpath::Expression;

use super::finding::Reason;
use super::overlay;

/// The tree of one definition; node 0 is the root.
#[derive(Debug)]
pub(super) struct Shape {
    /// Number of the definition.
    pub(super) number: usize,
    pub(super) url: String,
    pub(super) type_name: String,
    /// Whether it constrains a type of the standard, rather than being one.
    pub(super) is_profile: bool,
    pub(super) nodes: Vec<ShapeNode>,
    /// What is missing of its chain of bases.
    pub(super) gaps: Vec<(Reason, String)>,
}

/// An element or a slice of one.
#[derive(Debug, Default, Clone)]
pub(super) struct ShapeNode {
    pub(super) id: String,
    /// Name of the element; for a choice without `[x]`.
    pub(super) name: String,
    pub(super) twin_name: String,
    pub(super) is_choice: bool,
    pub(super) slice_name: Option<String>,
    /// The node that it stands in.
    pub(super) parent: Option<usize>,
    pub(super) min: u32,
    pub(super) max: Option<Max>,
    pub(super) types: Vec<TypeUse>,
    pub(super) fixed: Vec<Value>,
    pub(super) patterns: Vec<Value>,
    pub(super) slicing: Option<SlicingRule>,
    pub(super) slices: Vec<usize>,
    pub(super) children: Vec<usize>,
    pub(super) by_name: HashMap<String, usize>,
    pub(super) invariants: Vec<Arc<Invariant>>,
    pub(super) bindings: Vec<BindingRule>,
    pub(super) content: Option<usize>,
    pub(super) max_length: Option<u64>,
    pub(super) min_value: Option<Value>,
    pub(super) max_value: Option<Value>,
    pub(super) is_modifier: Option<bool>,
}

/// How instances of an element are told apart, with the paths taken apart.
#[derive(Debug, Clone)]
pub(super) struct SlicingRule {
    pub(super) slicing: Slicing,
    /// The steps of each discriminator; none for a path that cannot be followed.
    pub(super) steps: Vec<Option<Vec<Step>>>,
}

/// One step of the path of a discriminator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Child(String),
    Extension(String),
    OfType(String),
    Resolve,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BindingRule {
    pub(super) is_required: bool,
    pub(super) value_set: String,
}

/// An invariant; equal expressions share one.
#[derive(Debug)]
pub(super) struct Invariant {
    /// Number of the expression, the same wherever it is used.
    pub(super) number: usize,
    pub(super) key: String,
    pub(super) human: String,
    pub(super) is_warning: bool,
    /// The expression, or why it cannot be evaluated.
    pub(super) expression: Result<Expression, String>,
}

impl SlicingRule {
    pub(super) fn new(slicing: Slicing) -> Self {
        let steps = slicing.discriminators.iter().map(|Discriminator { path, .. }| steps(path)).collect();
        Self { slicing, steps }
    }
}

impl ShapeNode {
    pub(super) fn max(&self) -> Max {
        self.max.unwrap_or(Max::Unbounded)
    }

    pub(super) fn is_extension(&self) -> bool {
        matches!(self.name.as_str(), "extension" | "modifierExtension")
    }
}

impl Shape {
    pub(super) fn child(&self, node: usize, name: &str) -> Option<usize> {
        self.nodes[node].by_name.get(name).copied()
    }

    /// The url that the extensions of a slice have: fixed in it, or the profile of its type.
    pub(super) fn extension_url(&self, slice: usize) -> Option<&str> {
        let fixed = self.child(slice, "url").and_then(|url| {
            let url = &self.nodes[url];
            url.fixed.first().or(url.patterns.first()).and_then(Value::as_str)
        });
        let profile = || self.nodes[slice].types.iter().flat_map(|found| &found.profiles).next().map(String::as_str);
        fixed.or_else(profile)
    }
}

/// Takes the path of a discriminator apart; none when it is more than the definitions of FHIR allow there.
fn steps(path: &str) -> Option<Vec<Step>> {
    let mut found = Vec::new();
    let mut rest = path.trim();
    while !rest.is_empty() {
        let end = step_end(rest)?;
        let (word, after) = rest.split_at(end);
        rest = after.strip_prefix('.').unwrap_or(after);
        match word.split_once('(') {
            None if word == "$this" => {}
            None => found.push(Step::Child(word.to_owned())),
            Some(("resolve", ")")) => found.push(Step::Resolve),
            Some(("ofType", argument)) => found.push(Step::OfType(argument.trim_end_matches(')').trim().to_owned())),
            Some(("extension", argument)) => {
                let url = argument.trim_end_matches(')').trim().trim_start_matches("url").trim_start();
                let url = url.trim_start_matches('=').trim().trim_matches(['\'', '"']);
                found.push(Step::Extension(url.to_owned()));
            }
            Some(_) => return None,
        }
    }
    Some(found)
}

/// Where the step ends: at a full stop outside parentheses.
fn step_end(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1)?,
            '.' if depth == 0 => return Some(at),
            _ => {}
        }
    }
    (depth == 0).then_some(text.len())
}

/// Longest chain of base definitions.
const LONGEST_CHAIN: usize = 24;

/// Builds the tree of a definition; none when its text cannot be parsed.
pub(super) fn build(
    definitions: &Definitions,
    number: usize,
    intern: &dyn Fn(&crate::wire::fhir::definitions::Constraint) -> Arc<Invariant>,
) -> Option<Shape> {
    let structure = definitions.structure_at(number)?;
    let mut shape = Shape {
        number,
        url: structure.url.to_owned(),
        type_name: structure.type_name.to_owned(),
        is_profile: structure.derivation == "constraint",
        nodes: vec![ShapeNode { id: structure.type_name.to_owned(), ..ShapeNode::default() }],
        gaps: Vec::new(),
    };
    let mut layers = Vec::new();
    let mut current = Some(structure);
    let mut seen = Vec::new();
    while let Some(structure) = current {
        if seen.contains(&structure.number) || seen.len() > LONGEST_CHAIN {
            shape.gaps.push((Reason::Limit, format!("bases of {} form a circle", structure.url)));
            break;
        }
        seen.push(structure.number);
        let mut parsed = definitions.parse(structure.number)?;
        if let Some(snapshot) = elements(&mut parsed, "snapshot") {
            layers.push((true, snapshot));
            break;
        }
        layers.push((false, elements(&mut parsed, "differential").unwrap_or_default()));
        if structure.base.is_empty() {
            break;
        }
        current = definitions.structure(structure.base);
        if current.is_none() {
            shape.gaps.push((Reason::DefinitionMissing, core_url(structure.base)));
        }
    }
    for (is_snapshot, layer) in layers.into_iter().rev() {
        overlay::lay(&mut shape, definitions, layer, is_snapshot, intern);
    }
    Some(shape)
}
