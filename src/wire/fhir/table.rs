//! The element table of FHIR STU3: for every type its elements in the order of the standard,
//! with types, cardinality and the codes of required bindings.
//!
//! The facts live in `profiles/fhir/stu3.json`, one line a type; this file reads them once.
//! Source: hl7.org/fhir/STU3 (3.0.2).

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use serde::Deserialize;

const SOURCE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/profiles/fhir/stu3.json"));

static STU3: LazyLock<ElementTable> =
    LazyLock::new(|| ElementTable::parse(SOURCE).expect("the shipped element table is held right by a test"));

/// The table that ships with the harness.
pub fn stu3() -> &'static ElementTable {
    &STU3
}

/// All types of one FHIR release, as far as the harness holds them.
#[derive(Debug)]
pub struct ElementTable {
    types: HashMap<String, TypeDefinition>,
    not_held: HashSet<String>,
}

/// One resource type, data type or nested element (`Task.requester`).
#[derive(Debug)]
pub struct TypeDefinition {
    /// Name of the type; a nested element is named by its path.
    pub name: String,
    /// Whether it is a resource type.
    pub is_resource: bool,
    /// The elements, in the order of the standard.
    pub elements: Vec<ElementDefinition>,
    by_json_name: HashMap<String, (usize, usize)>,
}

/// One element of a type.
#[derive(Debug)]
pub struct ElementDefinition {
    /// Name without `[x]`.
    pub name: String,
    /// Whether the standard writes it as `name[x]`, with the type in the JSON name.
    pub is_choice: bool,
    /// Whether at least one is required.
    pub required: bool,
    /// Whether it may repeat, and so is an array in JSON.
    pub many: bool,
    /// The types it may have, at least one.
    pub types: Vec<String>,
    /// The codes of a required value set; empty when any code will do.
    pub codes: Vec<String>,
}

/// An element found by its JSON name, with the type that the name implies.
#[derive(Debug, Clone, Copy)]
pub struct Property {
    /// The element.
    pub element: &'static ElementDefinition,
    /// The type of its value; for a choice the one that the name spells out.
    pub type_name: &'static str,
}

impl Property {
    /// Whether the value is a JSON primitive.
    pub fn is_primitive(&self) -> bool {
        is_primitive(self.type_name)
    }
}

/// Whether a type is a primitive: the standard writes those, and only those, in lower case.
pub fn is_primitive(type_name: &str) -> bool {
    type_name.starts_with(|first: char| first.is_ascii_lowercase())
}

impl ElementTable {
    /// The definition of a type, or of a nested element by its path.
    pub fn type_definition(&self, name: &str) -> Option<&TypeDefinition> {
        self.types.get(name)
    }

    /// The definition of a resource type.
    pub fn resource(&self, name: &str) -> Option<&TypeDefinition> {
        self.types.get(name).filter(|found| found.is_resource)
    }

    /// Whether `name` is a resource type of STU3 whose elements are not in the table.
    pub fn is_unheld_resource(&self, name: &str) -> bool {
        self.not_held.contains(name)
    }

    /// Every type in the table, in no particular order.
    pub fn types(&self) -> impl Iterator<Item = &TypeDefinition> {
        self.types.values()
    }

    fn parse(source: &str) -> Result<Self, String> {
        let file: File = serde_json::from_str(source).map_err(|fault| fault.to_string())?;
        let resources: HashSet<String> = file.resources.into_iter().collect();
        let mut types = HashMap::new();
        for (name, lines) in file.types {
            let elements = lines
                .iter()
                .map(|line| parse_element(line).ok_or_else(|| format!("{name}: `{line}`")))
                .collect::<Result<Vec<_>, _>>()?;
            let definition = TypeDefinition {
                is_resource: resources.contains(&name),
                by_json_name: json_names(&elements),
                elements,
                name: name.clone(),
            };
            types.insert(name, definition);
        }
        Ok(Self { types, not_held: file.resources_not_held.into_iter().collect() })
    }
}

impl TypeDefinition {
    /// The element that a JSON member name (without leading `_`) stands for.
    pub fn property(&'static self, json_name: &str) -> Option<Property> {
        let &(element, type_index) = self.by_json_name.get(json_name)?;
        let element = &self.elements[element];
        Some(Property { element, type_name: &element.types[type_index] })
    }

    /// Whether XML writes this element as an attribute: `id` of a non-resource, and `Extension.url`.
    pub fn is_xml_attribute(&self, name: &str) -> bool {
        match name {
            "id" => !self.is_resource,
            "url" => self.name == "Extension",
            _ => false,
        }
    }
}

impl ElementDefinition {
    /// The JSON names the element may have, each with its type.
    pub fn json_names(&self) -> impl Iterator<Item = (String, &str)> {
        self.types.iter().map(|type_name| (self.json_name(type_name), type_name.as_str()))
    }

    fn json_name(&self, type_name: &str) -> String {
        if !self.is_choice {
            return self.name.clone();
        }
        let (first, rest) = type_name.split_at(1);
        format!("{}{}{rest}", self.name, first.to_ascii_uppercase())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    resources: Vec<String>,
    resources_not_held: Vec<String>,
    types: HashMap<String, Vec<String>>,
}

/// Reads `name min..max type|type = code code`.
fn parse_element(line: &str) -> Option<ElementDefinition> {
    let (head, codes) = line.split_once(" = ").unwrap_or((line, ""));
    let mut words = head.split(' ');
    let (name, cardinality, types) = (words.next()?, words.next()?, words.next()?);
    let (required, many) = match cardinality {
        "0..1" => (false, false),
        "0..*" => (false, true),
        "1..1" => (true, false),
        "1..*" => (true, true),
        _ => return None,
    };
    if words.next().is_some() || name.is_empty() || types.is_empty() {
        return None;
    }
    Some(ElementDefinition {
        name: name.trim_end_matches("[x]").to_owned(),
        is_choice: name.ends_with("[x]"),
        required,
        many,
        types: types.split('|').map(str::to_owned).collect(),
        codes: codes.split_whitespace().map(str::to_owned).collect(),
    })
}

fn json_names(elements: &[ElementDefinition]) -> HashMap<String, (usize, usize)> {
    let mut names = HashMap::new();
    for (position, element) in elements.iter().enumerate() {
        for (type_index, (name, _)) in element.json_names().enumerate() {
            // Without `[x]` several types share one name; the first stands for it.
            names.entry(name).or_insert((position, type_index));
        }
    }
    names
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_type_that_an_element_names_is_in_the_table() {
        let table = stu3();
        for definition in table.types() {
            for element in &definition.elements {
                for name in &element.types {
                    let known = is_primitive(name) || name == "Resource" || table.type_definition(name).is_some();
                    assert!(known, "{}.{} names {name}", definition.name, element.name);
                }
            }
        }
    }

    #[test]
    fn every_resource_has_the_elements_of_resource() {
        for definition in stu3().types().filter(|found| found.is_resource) {
            let first: Vec<_> = definition.elements[..4].iter().map(|e| &e.name).collect();
            assert_eq!(first, ["id", "meta", "implicitRules", "language"]);
        }
    }

    #[test]
    fn a_choice_is_found_by_the_name_of_its_type() {
        let extension = stu3().type_definition("Extension").unwrap();
        let found = extension.property("valueCodeableConcept").unwrap();
        assert_eq!((found.element.name.as_str(), found.type_name), ("value", "CodeableConcept"));
        assert_eq!(extension.property("valueDateTime").unwrap().type_name, "dateTime");
        assert!(extension.property("value").is_none());
        assert!(extension.property("valueTask").is_none());
    }

    #[test]
    fn cardinality_and_codes_are_read() {
        let task = stu3().resource("Task").unwrap();
        let status = task.property("status").unwrap().element;
        assert!(status.required && !status.many);
        assert_eq!(status.codes.len(), 12);
        assert!(task.property("input").unwrap().element.many);
        assert_eq!(task.property("requester").unwrap().type_name, "Task.requester");
    }

    #[test]
    fn a_malformed_line_is_refused() {
        assert!(parse_element("name 0..1 string").is_some());
        for wrong in ["", "name", "name 0..1", "name 0-1 string", "name 2..1 string", "name 0..1 string code"] {
            assert!(parse_element(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn types_outside_the_table_are_told_from_unknown_ones() {
        assert!(stu3().is_unheld_resource("Endpoint"));
        assert!(!stu3().is_unheld_resource("Task"));
        assert!(!stu3().is_unheld_resource("ServiceRequest"));
        assert!(stu3().resource("HumanName").is_none());
    }
}
