//! Whether a value has the shape of its STU3 type: known elements, required ones present,
//! arrays and kinds as they should be, codes from the required value sets.
//!
//! Base specification only (hl7.org/fhir/STU3/json.html and the resource definitions). Types
//! that the table leaves out are passed over; profiles and invariants are judged elsewhere.

use serde_json::{Map, Value};

use super::table::{self, ElementDefinition, TypeDefinition};

/// One place where a value departs from its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShapeFault {
    /// Where, as in [`super::Node::path`].
    pub path: String,
    /// What is wrong, as a phrase.
    pub message: String,
}

/// Everything in a resource that departs from the element table, in the order of the value.
pub fn shape_faults(resource: &Value) -> Vec<ShapeFault> {
    let mut shape = Shape { faults: Vec::new() };
    let name = resource.get("resourceType").and_then(Value::as_str);
    shape.resource(resource, name.unwrap_or("$"));
    shape.faults
}

struct Shape {
    faults: Vec<ShapeFault>,
}

impl Shape {
    fn fault(&mut self, path: &str, message: impl Into<String>) {
        self.faults.push(ShapeFault { path: path.to_owned(), message: message.into() });
    }

    fn resource(&mut self, value: &Value, path: &str) {
        let Some(object) = value.as_object() else {
            return self.fault(path, "not a resource: not an object");
        };
        let Some(name) = object.get("resourceType").and_then(Value::as_str) else {
            return self.fault(path, "not a resource: no `resourceType`");
        };
        match table::stu3().resource(name) {
            Some(definition) => self.members(definition, object, path),
            None if table::stu3().is_unheld_resource(name) => {}
            None => self.fault(path, format!("`{name}` is not an STU3 resource type")),
        }
    }

    fn members(&mut self, definition: &'static TypeDefinition, object: &Map<String, Value>, path: &str) {
        for (name, value) in object {
            let at = format!("{path}.{name}");
            if name == "resourceType" && definition.is_resource {
                continue;
            }
            match name.strip_prefix('_') {
                Some(plain) => self.twin(definition, object, plain, value, &at),
                None => self.member(definition, object, name, value, &at),
            }
        }
        for element in &definition.elements {
            self.presence(element, object, path);
        }
    }

    /// Required elements are there, and of a choice only one.
    fn presence(&mut self, element: &ElementDefinition, object: &Map<String, Value>, path: &str) {
        let present = |name: &String| object.contains_key(name) || object.contains_key(&format!("_{name}"));
        let mut names: Vec<String> = element.json_names().map(|(name, _)| name).collect();
        names.dedup();
        let count = names.iter().filter(|name| present(name)).count();
        let suffix = if element.is_choice { "[x]" } else { "" };
        let at = format!("{path}.{}{suffix}", element.name);
        if count == 0 && element.required {
            self.fault(&at, "required, but absent");
        }
        if count > 1 {
            self.fault(&at, "more than one type of a choice");
        }
    }

    fn member(
        &mut self,
        definition: &'static TypeDefinition,
        object: &Map<String, Value>,
        name: &str,
        value: &Value,
        path: &str,
    ) {
        let Some(property) = definition.property(name) else {
            return self.fault(path, unknown(definition));
        };
        let element = property.element;
        match (value, element.many) {
            (Value::Array(items), true) => {
                if items.is_empty() {
                    self.fault(path, "an empty array");
                }
                let twins = object.get(&format!("_{name}")).and_then(Value::as_array);
                for (index, item) in items.iter().enumerate() {
                    let has_twin = twins.and_then(|twins| twins.get(index)).is_some_and(|twin| !twin.is_null());
                    // A gap in an array of primitives is legal where the twin fills it.
                    if !(item.is_null() && has_twin && property.is_primitive()) {
                        self.value(element, property.type_name, item, &format!("{path}[{index}]"));
                    }
                }
            }
            (Value::Array(_), false) => self.fault(path, "an array, but the element does not repeat"),
            (_, true) => self.fault(path, "not an array, but the element repeats"),
            (_, false) => self.value(element, property.type_name, value, path),
        }
    }

    /// The `_name` twin of a primitive: `id` and extensions.
    fn twin(
        &mut self,
        definition: &'static TypeDefinition,
        object: &Map<String, Value>,
        plain: &str,
        value: &Value,
        path: &str,
    ) {
        let property = definition.property(plain).filter(|found| found.is_primitive());
        let Some(property) = property else {
            return self.fault(path, unknown(definition));
        };
        match (value, property.element.many) {
            (Value::Array(items), true) => {
                let values = object.get(plain).and_then(Value::as_array);
                if values.is_some_and(|values| values.len() != items.len()) {
                    self.fault(path, "not as long as the array it belongs to");
                }
                for (index, item) in items.iter().enumerate() {
                    if !item.is_null() {
                        self.complex("Element", item, &format!("{path}[{index}]"));
                    }
                }
            }
            (Value::Array(_), false) => self.fault(path, "an array, but the element does not repeat"),
            (_, true) => self.fault(path, "not an array, but the element repeats"),
            (_, false) => self.complex("Element", value, path),
        }
    }

    fn value(&mut self, element: &ElementDefinition, type_name: &'static str, value: &Value, path: &str) {
        match type_name {
            "Resource" => self.resource(value, path),
            _ if table::is_primitive(type_name) => {
                self.primitive(element, type_name, value, path);
            }
            _ => self.complex(type_name, value, path),
        }
    }

    fn complex(&mut self, type_name: &'static str, value: &Value, path: &str) {
        let Some(object) = value.as_object() else {
            return self.fault(path, format!("not an object, as {type_name} is"));
        };
        if object.is_empty() {
            self.fault(path, "an empty object");
        }
        let definition =
            table::stu3().type_definition(type_name).expect("the table names only types it holds, which a test keeps");
        self.members(definition, object, path);
    }

    fn primitive(&mut self, element: &ElementDefinition, type_name: &str, value: &Value, path: &str) {
        let fits = match type_name {
            "boolean" => value.is_boolean(),
            "integer" => value.is_i64(),
            "unsignedInt" => value.is_u64(),
            "positiveInt" => value.as_u64().is_some_and(|number| number > 0),
            "decimal" => value.is_number(),
            _ => value.as_str().is_some_and(|text| !text.is_empty()),
        };
        if !fits {
            let kind = match type_name {
                "boolean" | "integer" | "unsignedInt" | "positiveInt" | "decimal" => type_name,
                _ => "non-empty string",
            };
            return self.fault(path, format!("not a JSON {kind}, as {type_name} asks"));
        }
        let known = |code: &str| element.codes.iter().any(|known| known == code);
        if let Some(code) =
            value.as_str().filter(|code| type_name == "code" && !element.codes.is_empty() && !known(code))
        {
            self.fault(path, format!("`{code}` is not one of {}", element.codes.join(", ")));
        }
    }
}

fn unknown(definition: &TypeDefinition) -> String {
    format!("not an element of {} in STU3", definition.name)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    fn task() -> Value {
        json!({
            "resourceType": "Task",
            "status": "requested",
            "intent": "order",
            "requester": {"agent": {"reference": "Organization/a"}, "onBehalfOf": {"display": "b"}},
            "authoredOn": "2024-01-01T00:00:00Z",
            "input": [{"type": {"text": "t"}, "valueString": "Patient"}],
            "restriction": {"repetitions": 1}
        })
    }

    fn paths(resource: &Value) -> Vec<String> {
        shape_faults(resource).into_iter().map(|fault| fault.path).collect()
    }

    fn paths_after(edit: impl FnOnce(&mut Value)) -> Vec<String> {
        let mut resource = task();
        edit(&mut resource);
        paths(&resource)
    }

    #[test]
    fn a_valid_task_has_no_faults() {
        assert_eq!(shape_faults(&task()), []);
    }

    #[test]
    fn an_r4_task_is_told_from_an_stu3_task() {
        let r4 = json!({
            "resourceType": "Task",
            "status": "requested",
            "intent": "order",
            "requester": {"reference": "Organization/a"},
            "reasonCode": {"text": "r"},
            "input": [{"type": {"text": "t"}, "valueCanonical": "u"}]
        });
        assert_eq!(
            paths(&r4),
            [
                "Task.requester.reference",
                "Task.requester.agent",
                "Task.reasonCode",
                "Task.input[0].valueCanonical",
                "Task.input[0].value[x]",
            ]
        );
    }

    #[test]
    fn an_absent_required_element_is_a_fault() {
        let remove = |task: &mut Value| {
            task.as_object_mut().unwrap().remove("status");
        };
        assert_eq!(paths_after(remove), ["Task.status"]);
    }

    #[test]
    fn a_required_primitive_may_be_an_extension_alone() {
        let absent = json!({"extension": [{"url": "u", "valueCode": "unknown"}]});
        let replace = |task: &mut Value| {
            task.as_object_mut().unwrap().remove("status");
            task["_status"] = absent;
        };
        assert!(paths_after(replace).is_empty());
    }

    #[test]
    fn a_code_outside_the_required_set_is_a_fault() {
        assert_eq!(paths_after(|task| task["status"] = json!("open")), ["Task.status"]);
        assert!(paths_after(|task| task["status"] = json!("completed")).is_empty());
    }

    #[test]
    fn kinds_are_held_to_the_type() {
        assert_eq!(paths_after(|task| task["for"] = json!([])), ["Task.for"]);
        assert_eq!(paths_after(|task| task["note"] = json!({"text": "n"})), ["Task.note"]);
        assert_eq!(paths_after(|task| task["note"] = json!([])), ["Task.note"]);
        assert_eq!(paths_after(|task| task["code"] = json!("c")), ["Task.code"]);
        assert_eq!(paths_after(|task| task["code"] = json!({})), ["Task.code"]);
        assert_eq!(paths_after(|task| task["description"] = json!(1)), ["Task.description"]);
        assert_eq!(paths_after(|task| task["description"] = json!("")), ["Task.description"]);
        assert_eq!(paths_after(|task| task["description"] = Value::Null), ["Task.description"]);
        let repetitions = "Task.restriction.repetitions";
        for wrong in [json!("1"), json!(0), json!(1.5), json!(-1)] {
            assert_eq!(paths_after(|task| task["restriction"]["repetitions"] = wrong), [repetitions]);
        }
        let boolean = json!({"resourceType": "Patient", "active": "true"});
        assert_eq!(paths(&boolean), ["Patient.active"]);
        let decimal = json!({"resourceType": "Observation", "status": "final", "code": {"text": "c"}, "valueQuantity": {"value": "1"}});
        assert_eq!(paths(&decimal), ["Observation.valueQuantity.value"]);
    }

    #[test]
    fn two_types_of_one_choice_are_a_fault() {
        let both = json!({"resourceType": "Patient", "deceasedBoolean": true, "deceasedDateTime": "2020"});
        assert_eq!(paths(&both), ["Patient.deceased[x]"]);
    }

    #[test]
    fn gaps_in_arrays_are_legal_only_with_a_twin() {
        let patient =
            |twins: Value| json!({"resourceType": "Patient", "name": [{"given": ["a", null], "_given": twins}]});
        assert!(paths(&patient(json!([null, {"id": "x"}]))).is_empty());
        assert_eq!(paths(&patient(json!([{"id": "x"}, null]))), ["Patient.name[0].given[1]"]);
        assert_eq!(paths(&patient(json!([{"id": "x"}]))), ["Patient.name[0].given[1]", "Patient.name[0]._given"]);
    }

    #[test]
    fn resources_inside_are_judged_by_their_own_type() {
        let bundle = json!({
            "resourceType": "Bundle", "type": "searchset",
            "entry": [
                {"resource": {"resourceType": "ServiceRequest"}},
                {"resource": {"resourceType": "Endpoint", "anything": 1}},
                {"resource": {"resourceType": "Patient", "contained": [{"resourceType": "Flag"}]}},
                {"resource": {}}
            ]
        });
        let contained = "Bundle.entry[2].resource.contained[0]";
        assert_eq!(
            paths(&bundle),
            [
                "Bundle.entry[0].resource".to_owned(),
                format!("{contained}.status"),
                format!("{contained}.code"),
                format!("{contained}.subject"),
                "Bundle.entry[3].resource".to_owned(),
            ]
        );
    }

    #[test]
    fn a_value_that_is_no_resource_is_one_fault() {
        for value in [json!(1), json!({}), json!({"resourceType": "Tusk"})] {
            assert_eq!(shape_faults(&value).len(), 1);
        }
    }
}
