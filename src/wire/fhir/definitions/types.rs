//! The types of the standard: which JSON members a value has, and of what type each is.
//!
//! Read from the StructureDefinitions that specialise; profiles play no part. A type that has no snapshot is put
//! together from its differential and those of its bases. Each type is read when it is first used.

use std::collections::HashMap;
use std::sync::OnceLock;

use serde_json::Value;

use super::CORE;
use super::element::{ElementDefinition, Max, elements};
use super::index::Definitions;

/// An element of a type; element 0 is the type itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TypeId {
    /// Number of the type.
    pub definition: u32,
    /// Number of the element in it.
    pub element: u32,
}

/// What a JSON member holds.
#[derive(Debug, Clone)]
pub struct Member {
    /// Name of the element; for a choice without the type behind it.
    pub element: String,
    /// Whether it is one type of a choice.
    pub is_choice: bool,
    /// Name of the type.
    pub type_name: String,
    /// Whether that type is primitive.
    pub is_primitive: bool,
    /// Whether JSON has an array.
    pub is_list: bool,
    /// Whether XML has an attribute.
    pub is_attribute: bool,
    /// Where its own members are defined.
    pub target: Target,
}

/// Where the members of a value are defined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// In the type or element of that number.
    Known(TypeId),
    /// In the type that `resourceType` names.
    Resource,
    /// In a type whose definition is not at hand.
    Missing,
}

/// All types at hand.
#[derive(Debug)]
pub(super) struct Types {
    numbers: HashMap<String, u32>,
    types: Vec<Type>,
}

#[derive(Debug)]
struct Type {
    name: String,
    base: String,
    kind: String,
    entry: usize,
    nodes: OnceLock<Vec<Node>>,
}

/// An element that has members: a type, or an element that is defined in place.
#[derive(Debug, Default)]
struct Node {
    path: String,
    type_name: String,
    members: HashMap<String, Member>,
    /// JSON names by the name of the element: several for a choice.
    keys: HashMap<String, Vec<String>>,
}

/// Longest chain of base definitions.
const LONGEST_CHAIN: usize = 12;

impl Types {
    pub(super) fn new(definitions: &Definitions) -> Self {
        let mut found = Self { numbers: HashMap::new(), types: Vec::new() };
        for structure in definitions.structures() {
            let Some(name) = structure.url.strip_prefix(CORE) else { continue };
            let is_type = structure.derivation != "constraint" && structure.kind != "logical";
            let Ok(number) = u32::try_from(found.types.len()) else { break };
            if !is_type || found.numbers.contains_key(name) {
                continue;
            }
            found.numbers.insert(name.to_owned(), number);
            found.types.push(Type {
                name: name.to_owned(),
                base: structure.base.strip_prefix(CORE).unwrap_or_default().to_owned(),
                kind: structure.kind.to_owned(),
                entry: structure.number,
                nodes: OnceLock::new(),
            });
        }
        found
    }
}

impl Definitions {
    /// The type of that name.
    pub fn type_named(&self, name: &str) -> Option<TypeId> {
        self.types().numbers.get(name).map(|definition| TypeId { definition: *definition, element: 0 })
    }

    /// The type of a resource by its `resourceType`.
    pub fn type_of_resource(&self, resource: &Value) -> Option<TypeId> {
        let id = self.type_named(resource.get("resourceType")?.as_str()?)?;
        (self.types().types[id.definition as usize].kind == "resource").then_some(id)
    }

    /// Number of the StructureDefinition of a type; none for an element that is defined in place.
    pub fn structure_of(&self, id: TypeId) -> Option<usize> {
        let found = self.types().types.get(id.definition as usize)?;
        (id.element == 0).then_some(found.entry)
    }

    /// Name of the type; elements that are defined in place are `BackboneElement` or `Element`.
    pub fn type_name(&self, id: TypeId) -> Option<&str> {
        if id.element == 0 {
            return self.types().types.get(id.definition as usize).map(|found| found.name.as_str());
        }
        self.node(id).map(|node| node.type_name.as_str())
    }

    /// Whether the type of that name is at hand and primitive.
    pub fn is_primitive(&self, name: &str) -> bool {
        self.kind_is(name, "primitive-type")
    }

    /// Whether the type of that name is at hand and a resource.
    pub fn is_resource(&self, name: &str) -> bool {
        self.kind_is(name, "resource")
    }

    fn kind_is(&self, name: &str, kind: &str) -> bool {
        let types = self.types();
        types.numbers.get(name).is_some_and(|number| types.types[*number as usize].kind == kind)
    }

    /// Whether one type is another or specialises it, by their names.
    pub fn is_a(&self, name: &str, ancestor: &str) -> bool {
        let types = self.types();
        let mut name = name;
        for _ in 0..LONGEST_CHAIN {
            if name == ancestor {
                return true;
            }
            match types.numbers.get(name) {
                Some(number) => name = &types.types[*number as usize].base,
                None => return false,
            }
        }
        false
    }

    /// What a JSON member of a value of this type holds; none when the type has no such member.
    pub fn member(&self, id: TypeId, key: &str) -> Option<&Member> {
        self.node(id)?.members.get(key)
    }

    /// JSON names of an element: one, or several for a choice; none when the type has no such element.
    pub fn keys(&self, id: TypeId, element: &str) -> Option<&[String]> {
        let node = self.node(id)?;
        match node.keys.get(element) {
            Some(keys) => Some(keys),
            // Invariants also name one type of a choice as JSON does.
            None => node.members.get(element).and_then(|member| {
                let all = node.keys.get(&member.element)?;
                let at = all.iter().position(|key| key == element)?;
                Some(&all[at..=at])
            }),
        }
    }

    /// Names of the JSON members of a type, in no order.
    pub fn member_names(&self, id: TypeId) -> impl Iterator<Item = &str> {
        self.node(id).into_iter().flat_map(|node| node.members.keys().map(String::as_str))
    }

    /// The type of a value under a member.
    pub fn enter(&self, member: &Member, value: Option<&Value>) -> Option<TypeId> {
        match member.target {
            Target::Known(id) => Some(id),
            Target::Resource => self.type_of_resource(value?),
            Target::Missing => None,
        }
    }

    fn node(&self, id: TypeId) -> Option<&Node> {
        let found = self.types().types.get(id.definition as usize)?;
        found.nodes.get_or_init(|| self.read_type(id.definition)).get(id.element as usize)
    }

    fn read_type(&self, number: u32) -> Vec<Node> {
        let types = self.types();
        let mut chain: Vec<(String, Vec<ElementDefinition>)> = Vec::new();
        let mut name = types.types[number as usize].name.as_str();
        while let Some(number) = types.numbers.get(name).filter(|_| chain.len() < LONGEST_CHAIN) {
            let current = &types.types[*number as usize];
            let Some(mut structure) = self.parse(current.entry) else { break };
            let snapshot = elements(&mut structure, "snapshot");
            let is_whole = snapshot.is_some();
            let found = snapshot.or_else(|| elements(&mut structure, "differential")).unwrap_or_default();
            chain.push((current.name.clone(), found));
            if is_whole {
                break;
            }
            name = &current.base;
        }
        let mut building = Building { definitions: self, number, nodes: vec![Node::default()] };
        building.nodes[0].type_name.clone_from(&types.types[number as usize].name);
        building.nodes[0].path.clone_from(&types.types[number as usize].name);
        for (name, found) in chain.iter().rev() {
            building.add(name, found);
        }
        building.nodes
    }
}

struct Building<'d> {
    definitions: &'d Definitions,
    number: u32,
    nodes: Vec<Node>,
}

impl Building<'_> {
    /// Adds the elements of one definition; those of a base stand under the name of the base.
    fn add(&mut self, owner: &str, elements: &[ElementDefinition]) {
        let own = self.nodes[0].path.clone();
        let local = |path: &str| match path.strip_prefix(owner) {
            Some(rest) => format!("{own}{rest}"),
            None => path.to_owned(),
        };
        let paths: Vec<String> = elements.iter().map(|element| local(&element.path)).collect();
        // What is defined in place gets its number first, so that a content reference may point ahead.
        for (position, path) in paths.iter().enumerate() {
            let is_holder = paths
                .get(position + 1)
                .is_some_and(|next| next.strip_prefix(path.as_str()).is_some_and(|rest| rest.starts_with('.')));
            if is_holder && position > 0 && self.find(path).is_none() {
                let type_name = elements[position].types.first().map(|found| found.code.clone()).unwrap_or_default();
                self.nodes.push(Node { path: path.clone(), type_name, ..Node::default() });
            }
        }
        for (element, path) in elements.iter().zip(&paths) {
            let Some((parent, name)) = path.rsplit_once('.') else { continue };
            let is_value_of_primitive = name == "value" && self.definitions.is_primitive(owner);
            if element.slice_name.is_some() || is_value_of_primitive {
                continue;
            }
            if let Some(parent) = self.find(parent) {
                self.add_member(parent, name, path, element, owner, &own);
            }
        }
    }

    fn find(&self, path: &str) -> Option<usize> {
        self.nodes.iter().position(|node| node.path == path)
    }

    fn add_member(
        &mut self,
        parent: usize,
        name: &str,
        path: &str,
        element: &ElementDefinition,
        owner: &str,
        own: &str,
    ) {
        let is_list = element.base_max.or(element.max) != Some(Max::Count(1));
        let (base, is_choice) = name.strip_suffix("[x]").map_or((name, false), |base| (base, true));
        let reference = element.content_reference.as_deref().and_then(|reference| reference.split('#').nth(1));
        let in_place = match reference {
            Some(path) => self.find(&path.replacen(owner, own, 1)),
            None => self.find(path),
        };
        let mut types: Vec<&str> = element.types.iter().map(|found| found.code.as_str()).collect();
        // R4 gives the id of a resource the type string by mistake (its own regex is that of an id).
        let is_resource_id = name == "id" && parent == 0 && self.definitions.is_resource(own);
        if is_resource_id && types == ["string"] && self.definitions.type_named("id").is_some() {
            types = vec!["id"];
        }
        let shared = in_place.map(|node| self.nodes[node].type_name.clone());
        if let Some(shared) = shared.as_deref().filter(|_| types.is_empty()) {
            types.push(shared);
        }
        let mut keys = Vec::new();
        for type_name in types {
            let key = if is_choice { format!("{base}{}", capitalised(type_name)) } else { base.to_owned() };
            let target = match in_place.and_then(|node| u32::try_from(node).ok()) {
                Some(node) => Target::Known(TypeId { definition: self.number, element: node }),
                None if self.definitions.is_a(type_name, "Resource") => Target::Resource,
                None => self.definitions.type_named(type_name).map_or(Target::Missing, Target::Known),
            };
            let member = Member {
                element: base.to_owned(),
                is_choice,
                type_name: type_name.to_owned(),
                is_primitive: self.definitions.is_primitive(type_name),
                is_list: is_list && !is_choice,
                is_attribute: element.is_attribute,
                target,
            };
            self.nodes[parent].members.insert(key.clone(), member);
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        self.nodes[parent].keys.insert(base.to_owned(), keys);
    }
}

/// The name of a type as it stands behind the name of a choice.
fn capitalised(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + chars.as_str())
}
