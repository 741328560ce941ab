//! Lays the elements of a snapshot or differential over a tree.

use std::collections::HashMap;
use std::sync::Arc;

use crate::wire::fhir::definitions::{
    Constraint, Definitions, Discriminator, DiscriminatorKind, ElementDefinition, Slicing, SlicingRules, TypeId,
    TypeUse,
};

use super::shape::{BindingRule, Invariant, Shape, ShapeNode, SlicingRule};

type Intern<'f> = &'f dyn Fn(&Constraint) -> Arc<Invariant>;

/// Lays all elements of one layer over the tree.
pub(super) fn lay(
    shape: &mut Shape,
    definitions: &Definitions,
    elements: Vec<ElementDefinition>,
    is_snapshot: bool,
    intern: Intern<'_>,
) {
    let mut laying = Laying { shape, definitions, open: Vec::new(), paths: HashMap::new(), shortcuts: HashMap::new() };
    for element in elements {
        laying.element(element, intern);
    }
    if !is_snapshot {
        laying.close_shortcuts();
    }
}

struct Laying<'s> {
    shape: &'s mut Shape,
    definitions: &'s Definitions,
    /// Path and node of the element before, and of those that it stands in.
    open: Vec<(String, usize)>,
    /// The first node of each path, for content references.
    paths: HashMap<String, usize>,
    /// Choices that a differential names by their JSON name (`valueQuantity`), with the slices of that.
    shortcuts: HashMap<usize, Vec<usize>>,
}

impl Laying<'_> {
    fn element(&mut self, element: ElementDefinition, intern: Intern<'_>) {
        let node = self.place(&element);
        self.paths.entry(element.path.clone()).or_insert(node);
        self.open.push((element.path.clone(), node));
        self.merge(node, element, intern);
    }

    /// Finds or makes the node of an element: by the names of slices in its id where there are any, otherwise within
    /// the element before it that has the path of its parent.
    fn place(&mut self, element: &ElementDefinition) -> usize {
        let names: Vec<&str> = element.path.split('.').collect();
        let Some((_, below)) = names.split_first().filter(|(_, below)| !below.is_empty()) else {
            self.open.clear();
            return 0;
        };
        let ids: Vec<&str> = element.id.split('.').collect();
        let by_id = ids.len() == names.len();
        let parent_path = element.path.rsplit_once('.').map_or("", |(parent, _)| parent);
        while self.open.last().is_some_and(|(path, _)| path != parent_path) {
            self.open.pop();
        }
        let mut kind = self.definitions.type_named(&self.shape.type_name);
        let mut node = 0;
        for (position, name) in below.iter().enumerate() {
            let is_last = position + 1 == below.len();
            let slice = match ids.get(position + 1).filter(|_| by_id).and_then(|id| id.split_once(':')) {
                Some((_, slice)) => Some(slice),
                None if is_last => element.slice_name.as_deref(),
                None => None,
            };
            if is_last
                && !by_id
                && let Some((_, parent)) = self.open.last()
            {
                node = *parent;
            }
            node = self.child(node, name, slice, kind);
            kind = self.enter(kind, name);
        }
        node
    }

    fn enter(&self, kind: Option<TypeId>, name: &str) -> Option<TypeId> {
        let kind = kind?;
        let key = self.definitions.keys(kind, name.trim_end_matches("[x]"))?.first()?;
        let member = self.definitions.member(kind, key)?;
        (!name.ends_with("[x]")).then(|| self.definitions.enter(member, None)).flatten()
    }

    fn child(&mut self, parent: usize, name: &str, slice: Option<&str>, kind: Option<TypeId>) -> usize {
        let (base, mut is_choice) = name.strip_suffix("[x]").map_or((name, false), |base| (base, true));
        let mut base = base.to_owned();
        let mut shortcut = None;
        if !is_choice
            && let Some(member) = kind.and_then(|kind| self.definitions.member(kind, name))
            && member.is_choice
        {
            (base, is_choice) = (member.element.clone(), true);
            shortcut = Some(member.type_name.clone());
        }
        let node = match self.shape.child(parent, &base) {
            Some(node) => node,
            None => self.add(parent, &base, is_choice),
        };
        let slice = slice.or_else(|| shortcut.as_ref().map(|_| name));
        let Some(slice) = slice else { return node };
        let found = self.slice(node, slice);
        if let Some(type_name) = shortcut {
            let types = &mut self.shape.nodes[found].types;
            if types.is_empty() {
                types.push(TypeUse { code: type_name, profiles: Vec::new(), targets: Vec::new() });
            }
            let used = self.shortcuts.entry(node).or_default();
            if !used.contains(&found) {
                used.push(found);
            }
        }
        found
    }

    fn add(&mut self, parent: usize, name: &str, is_choice: bool) -> usize {
        let node = self.shape.nodes.len();
        let id = format!("{}.{name}{}", self.shape.nodes[parent].id, if is_choice { "[x]" } else { "" });
        let twin_name = format!("_{name}");
        let made = ShapeNode { id, name: name.to_owned(), twin_name, is_choice, ..ShapeNode::default() };
        self.shape.nodes.push(ShapeNode { parent: Some(parent), ..made });
        let parent = &mut self.shape.nodes[parent];
        parent.children.push(node);
        parent.by_name.insert(name.to_owned(), node);
        node
    }

    /// The slice of that name; `a/b` is slice `a/b` of slice `a`.
    fn slice(&mut self, node: usize, name: &str) -> usize {
        let holder = match name.rsplit_once('/') {
            Some((outer, _)) => self.slice(node, outer),
            None => node,
        };
        let nodes = &self.shape.nodes;
        let found = nodes[holder].slices.iter().find(|slice| nodes[**slice].slice_name.as_deref() == Some(name));
        if let Some(found) = found {
            return *found;
        }
        let made = self.shape.nodes.len();
        let of = &self.shape.nodes[node];
        let slice = ShapeNode {
            id: format!("{}:{name}", of.id),
            name: of.name.clone(),
            twin_name: of.twin_name.clone(),
            is_choice: of.is_choice,
            slice_name: Some(name.to_owned()),
            parent: of.parent,
            ..ShapeNode::default()
        };
        self.shape.nodes.push(slice);
        self.shape.nodes[holder].slices.push(made);
        made
    }

    fn merge(&mut self, node: usize, element: ElementDefinition, intern: Intern<'_>) {
        let content = element
            .content_reference
            .as_deref()
            .and_then(|reference| self.paths.get(reference.rsplit('#').next().unwrap_or(reference)).copied());
        let at = &mut self.shape.nodes[node];
        at.min = at.min.max(element.min.unwrap_or(0));
        at.max = match (at.max, element.max) {
            (Some(known), Some(own)) => Some(known.min(own)),
            (known, own) => known.or(own),
        };
        merge_types(&mut at.types, element.types);
        for (values, own) in [(&mut at.fixed, element.fixed), (&mut at.patterns, element.pattern)] {
            if let Some(own) = own.filter(|own| !values.contains(own)) {
                values.push(own);
            }
        }
        if let Some(slicing) = element.slicing {
            merge_slicing(&mut at.slicing, slicing);
        }
        for constraint in &element.constraints {
            // Whether an element is empty is looked at for every element anyway.
            if constraint.key != "ele-1" {
                let invariant = intern(constraint);
                if !at.invariants.iter().any(|known| known.number == invariant.number && known.key == invariant.key) {
                    at.invariants.push(invariant);
                }
            }
        }
        if let Some(binding) = element.binding {
            // A binding in words alone is kept by its lack of a url, to be named as not evaluated.
            let rule =
                BindingRule { is_required: binding.is_required, value_set: binding.value_set.unwrap_or_default() };
            if (rule.is_required || !rule.value_set.is_empty()) && !at.bindings.contains(&rule) {
                at.bindings.push(rule);
            }
        }
        at.content = content.or(at.content);
        at.max_length = element.max_length.or(at.max_length);
        at.min_value = element.min_value.or(at.min_value.take());
        at.max_value = element.max_value.or(at.max_value.take());
        at.is_modifier = element.is_modifier.or(at.is_modifier);
    }

    /// A differential that names just one type of a choice by its JSON name allows that type alone
    /// (hl7.org/fhir/STU3/profiling.html, section 5.1.0.13).
    fn close_shortcuts(&mut self) {
        for (node, slices) in std::mem::take(&mut self.shortcuts) {
            if let [slice] = slices[..] {
                let types = self.shape.nodes[slice].types.clone();
                merge_types(&mut self.shape.nodes[node].types, types);
            }
        }
    }
}

/// A type stated again without profiles keeps those that it had.
fn merge_types(known: &mut Vec<TypeUse>, mut own: Vec<TypeUse>) {
    if own.is_empty() {
        return;
    }
    for found in &mut own {
        let before = known.iter().find(|known| known.code == found.code);
        if let Some(before) = before {
            if found.profiles.is_empty() {
                found.profiles.clone_from(&before.profiles);
            }
            if found.targets.is_empty() {
                found.targets.clone_from(&before.targets);
            }
        }
    }
    *known = own;
}

fn merge_slicing(known: &mut Option<SlicingRule>, own: Slicing) {
    match known {
        Some(known) if own.discriminators.is_empty() => {
            if own.rules != SlicingRules::Open {
                known.slicing.rules = own.rules;
            }
            known.slicing.ordered |= own.ordered;
        }
        _ => *known = Some(SlicingRule::new(own)),
    }
}

/// How the slices of an element are told apart when the definition does not say: extensions by url, choices by type.
pub(super) fn implied_slicing(node: &ShapeNode) -> Option<SlicingRule> {
    let (kind, path) = if node.is_extension() {
        (DiscriminatorKind::Value, "url")
    } else if node.is_choice {
        (DiscriminatorKind::Type, "$this")
    } else {
        return None;
    };
    let discriminators = vec![Discriminator { kind, path: path.to_owned() }];
    Some(SlicingRule::new(Slicing { discriminators, rules: SlicingRules::Open, ordered: false }))
}
