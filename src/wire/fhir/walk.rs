//! Walking a resource with the types of the standard: every element below it with its path,
//! its type and its value, through contained resources, Bundle entries and extensions.
//!
//! What the table does not know is passed over; `shape_faults` names it.

use serde_json::{Map, Value};

use super::table::{self, TypeDefinition};

/// One element of a resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Node<'v> {
    /// Where: type of the outermost resource, then members, `Bundle.entry[0].resource.subject`.
    pub path: String,
    /// The STU3 type: `Reference`, `dateTime`, `Task.requester`, or a resource type.
    pub type_name: &'static str,
    /// The value.
    pub value: &'v Value,
}

/// Every element of a resource, itself first, parents before children, in the order of the value.
///
/// Empty when the value is not a resource in the table.
pub fn descendants(resource: &Value) -> Vec<Node<'_>> {
    let mut nodes = Vec::new();
    let name = resource.get("resourceType").and_then(Value::as_str);
    walk_resource(resource, name.unwrap_or_default(), &mut nodes);
    nodes
}

fn walk_resource<'v>(value: &'v Value, path: &str, nodes: &mut Vec<Node<'v>>) {
    let Some(definition) = resource_definition(value) else {
        return;
    };
    nodes.push(Node { path: path.to_owned(), type_name: &definition.name, value });
    walk_members(definition, value, path, nodes);
}

fn walk_members<'v>(definition: &'static TypeDefinition, value: &'v Value, path: &str, nodes: &mut Vec<Node<'v>>) {
    for (name, member) in value.as_object().into_iter().flatten() {
        let (plain, is_twin) = match name.strip_prefix('_') {
            Some(plain) => (plain, true),
            None => (name.as_str(), false),
        };
        let Some(property) = definition.property(plain) else {
            continue;
        };
        let type_name = match is_twin {
            true if property.is_primitive() => "Element",
            true => continue,
            false => property.type_name,
        };
        let path = format!("{path}.{plain}");
        each(member, &path, |value, path| walk_value(type_name, value, path, nodes));
    }
}

fn walk_value<'v>(type_name: &'static str, value: &'v Value, path: &str, nodes: &mut Vec<Node<'v>>) {
    if type_name == "Resource" {
        return walk_resource(value, path, nodes);
    }
    // The twin of a primitive is no element itself: only its members are.
    let is_twin = type_name == "Element";
    if !value.is_null() && !is_twin {
        nodes.push(Node { path: path.to_owned(), type_name, value });
    }
    if let Some(definition) = table::stu3().type_definition(type_name) {
        walk_members(definition, value, path, nodes);
    }
}

/// Calls `visit` for the value, or for each item of an array with its index in the path.
fn each<'v>(value: &'v Value, path: &str, mut visit: impl FnMut(&'v Value, &str)) {
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                visit(item, &format!("{path}[{index}]"));
            }
        }
        single => visit(single, path),
    }
}

fn resource_definition(value: &Value) -> Option<&'static TypeDefinition> {
    let object: &Map<String, Value> = value.as_object()?;
    table::stu3().resource(object.get("resourceType")?.as_str()?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    fn listed(resource: &Value) -> Vec<String> {
        let nodes = descendants(resource);
        let line = |node: &Node| format!("{} {}", node.path, node.type_name);
        nodes.iter().map(line).collect()
    }

    #[test]
    fn elements_carry_their_path_and_type() {
        let patient = json!({
            "resourceType": "Patient",
            "active": true,
            "name": [{"family": "Visser", "given": ["Ann", null], "_given": [null, {"id": "g"}]}],
            "deceasedDateTime": "2020-01-01",
            "unknown": {"x": 1}
        });
        assert_eq!(
            listed(&patient),
            [
                "Patient Patient",
                "Patient.active boolean",
                "Patient.name[0] HumanName",
                "Patient.name[0].family string",
                "Patient.name[0].given[0] string",
                "Patient.name[0].given[1].id string",
                "Patient.deceasedDateTime dateTime",
            ]
        );
    }

    #[test]
    fn references_are_found_wherever_they_hide() {
        let bundle = json!({
            "resourceType": "Bundle",
            "type": "collection",
            "entry": [{"resource": {
                "resourceType": "Task",
                "contained": [{"resourceType": "Location", "managingOrganization": {"reference": "#o"}}],
                "_description": {"extension": [{"url": "u", "valueReference": {"reference": "a/1"}}]},
                "requester": {"agent": {"reference": "b/1"}},
                "input": [{"type": {}, "valueReference": {"reference": "c/1"}}]
            }}]
        });
        let nodes = descendants(&bundle);
        let found: Vec<_> = nodes.iter().filter(|node| node.type_name == "Reference").collect();
        let at = |index: usize| found[index].path.trim_start_matches("Bundle.entry[0].resource");
        assert_eq!(found.len(), 4);
        assert_eq!(at(0), ".contained[0].managingOrganization");
        assert_eq!(at(1), ".description.extension[0].valueReference");
        assert_eq!(at(2), ".requester.agent");
        assert_eq!(at(3), ".input[0].valueReference");
    }

    #[test]
    fn what_is_no_resource_has_no_elements() {
        for value in [json!(null), json!([]), json!({}), json!({"resourceType": "Nothing"})] {
            assert!(descendants(&value).is_empty());
        }
    }
}
