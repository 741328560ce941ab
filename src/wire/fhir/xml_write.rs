//! Writing a resource as FHIR XML, with the elements in the order of the standard.
//!
//! The reader's counterpart: what it gives back is the same JSON value, up to the digits an
//! `f64` does not hold. Clause: hl7.org/fhir/STU3/xml.html.

use serde_json::{Map, Value};

use super::table::{self, ElementDefinition, TypeDefinition};
use super::xml_events::is_xml_character;
use super::xml_read::check_narrative;
use super::{FHIR_NAMESPACE, FhirFault};

/// Deeper values than this are not written; the readers stop long before.
const DEEPEST: usize = 200;

/// Writes one resource.
///
/// # Errors
/// A [`FhirFault`] when the value is no resource in the table, has a member the type lacks, or a
/// value XML cannot carry.
pub fn to_xml(resource: &Value) -> Result<String, FhirFault> {
    let mut writing = Writing { out: String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"), depth: 0 };
    writing.resource(resource, None)?;
    Ok(writing.out)
}

struct Writing {
    out: String,
    depth: usize,
}

impl Writing {
    fn resource(&mut self, value: &Value, at: Option<&str>) -> Result<(), FhirFault> {
        let not_a_resource =
            |detail: &str| FhirFault::NotAResource { path: at.unwrap_or("$").to_owned(), detail: detail.to_owned() };
        let object = value.as_object().ok_or_else(|| not_a_resource("not an object"))?;
        let name =
            object.get("resourceType").and_then(Value::as_str).ok_or_else(|| not_a_resource("no `resourceType`"))?;
        let path = at.unwrap_or(name).to_owned();
        let definition = table::stu3()
            .resource(name)
            .ok_or_else(|| FhirFault::UnknownType { path: path.clone(), name: name.to_owned() })?;
        self.out.push_str(&format!("<{name}"));
        if at.is_none() {
            self.out.push_str(&format!(" xmlns=\"{FHIR_NAMESPACE}\""));
        }
        self.out.push('>');
        self.members(definition, object, &path)?;
        self.out.push_str(&format!("</{name}>"));
        Ok(())
    }

    fn members(
        &mut self,
        definition: &'static TypeDefinition,
        object: &Map<String, Value>,
        path: &str,
    ) -> Result<(), FhirFault> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(FhirFault::TooDeep { limit: DEEPEST });
        }
        refuse_unknown_members(definition, object, path)?;
        for element in &definition.elements {
            if definition.is_xml_attribute(&element.name) {
                continue;
            }
            for (name, type_name) in element.json_names() {
                self.element(element, &name, type_name, object, path)?;
            }
        }
        self.depth -= 1;
        Ok(())
    }

    fn element(
        &mut self,
        element: &ElementDefinition,
        name: &str,
        type_name: &str,
        object: &Map<String, Value>,
        parent: &str,
    ) -> Result<(), FhirFault> {
        let value = object.get(name).unwrap_or(&Value::Null);
        let twin = object.get(&format!("_{name}")).unwrap_or(&Value::Null);
        let count = match (value, twin) {
            (Value::Null, Value::Null) => return Ok(()),
            (Value::Array(values), _) if values.is_empty() => {
                return Err(unwritable(&format!("{parent}.{name}"), "the array is empty"));
            }
            _ => length(value).max(length(twin)),
        };
        let is_array = value.is_array() || twin.is_array();
        if is_array && !element.many {
            let path = format!("{parent}.{name}");
            return Err(FhirFault::Repeated { path });
        }
        for index in 0..count {
            let path = match is_array {
                true => format!("{parent}.{name}[{index}]"),
                false => format!("{parent}.{name}"),
            };
            let (value, twin) = (item(value, index), item(twin, index));
            match type_name {
                "xhtml" => self.narrative(value, &path)?,
                _ if table::is_primitive(type_name) => self.primitive(name, value, twin, &path)?,
                _ => self.complex(name, type_name, value, &path)?,
            }
        }
        Ok(())
    }

    fn complex(&mut self, name: &str, type_name: &str, value: &Value, path: &str) -> Result<(), FhirFault> {
        if type_name == "Resource" {
            self.out.push_str(&format!("<{name}>"));
            self.resource(value, Some(path))?;
            self.out.push_str(&format!("</{name}>"));
            return Ok(());
        }
        let object = value.as_object().ok_or_else(|| unwritable(path, "not an object"))?;
        self.open_with_attributes(name, type_name, object, path)?;
        let definition = definition_of(type_name);
        self.out.push('>');
        self.members(definition, object, path)?;
        self.out.push_str(&format!("</{name}>"));
        Ok(())
    }

    fn primitive(&mut self, name: &str, value: &Value, twin: &Value, path: &str) -> Result<(), FhirFault> {
        let empty = Map::new();
        let twin = match twin {
            Value::Null => &empty,
            Value::Object(twin) => twin,
            _ => return Err(unwritable(path, "`id` and extensions are not an object")),
        };
        self.open_with_attributes(name, "Element", twin, path)?;
        if let Some(text) = primitive_text(value, path)? {
            self.attribute("value", &text, path)?;
        }
        if !twin.contains_key("extension") {
            self.out.push_str("/>");
            return refuse_unknown_members(definition_of("Element"), twin, path);
        }
        self.out.push('>');
        self.members(definition_of("Element"), twin, path)?;
        self.out.push_str(&format!("</{name}>"));
        Ok(())
    }

    fn narrative(&mut self, value: &Value, path: &str) -> Result<(), FhirFault> {
        let div = value.as_str().ok_or_else(|| unwritable(path, "the narrative is not a string"))?;
        check_narrative(div, path)?;
        self.out.push_str(div);
        Ok(())
    }

    fn open_with_attributes(
        &mut self,
        name: &str,
        type_name: &str,
        object: &Map<String, Value>,
        path: &str,
    ) -> Result<(), FhirFault> {
        self.out.push_str(&format!("<{name}"));
        let definition = definition_of(type_name);
        for attribute in ["id", "url"] {
            let Some(value) = object.get(attribute) else {
                continue;
            };
            if definition.is_xml_attribute(attribute) {
                let text = value.as_str().ok_or_else(|| unwritable(&format!("{path}.{attribute}"), "not a string"))?;
                self.attribute(attribute, text, path)?;
            }
        }
        Ok(())
    }

    fn attribute(&mut self, name: &str, text: &str, path: &str) -> Result<(), FhirFault> {
        self.out.push_str(&format!(" {name}=\""));
        for found in text.chars() {
            match found {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' => self.out.push_str("&quot;"),
                // Written plainly these three would be read back as a space.
                '\t' | '\n' | '\r' => self.out.push_str(&format!("&#{};", u32::from(found))),
                _ if is_xml_character(found) => self.out.push(found),
                _ => return Err(unwritable(path, "a character that XML does not have")),
            }
        }
        self.out.push('"');
        Ok(())
    }
}

fn refuse_unknown_members(
    definition: &'static TypeDefinition,
    object: &Map<String, Value>,
    path: &str,
) -> Result<(), FhirFault> {
    let known = |name: &String| {
        if name == "resourceType" {
            return definition.is_resource;
        }
        match name.strip_prefix('_') {
            Some(plain) => definition
                .property(plain)
                // `id`, `url` and the narrative have no room for extensions in XML.
                .is_some_and(|found| {
                    found.is_primitive() && found.type_name != "xhtml" && !definition.is_xml_attribute(plain)
                }),
            None => definition.property(name).is_some(),
        }
    };
    match object.keys().find(|name| !known(name)) {
        Some(name) => Err(FhirFault::UnknownElement { path: format!("{path}.{name}") }),
        None => Ok(()),
    }
}

fn definition_of(type_name: &str) -> &'static TypeDefinition {
    table::stu3().type_definition(type_name).expect("the table names only types it holds, which a test keeps")
}

fn length(value: &Value) -> usize {
    value.as_array().map_or(1, Vec::len)
}

fn item(value: &Value, index: usize) -> &Value {
    match value {
        Value::Array(values) => values.get(index).unwrap_or(&Value::Null),
        single => single,
    }
}

fn primitive_text(value: &Value, path: &str) -> Result<Option<String>, FhirFault> {
    match value {
        Value::Null => Ok(None),
        Value::Bool(value) => Ok(Some(value.to_string())),
        Value::String(value) => Ok(Some(value.clone())),
        Value::Number(value) => {
            let text = value.to_string();
            // FHIR decimals have no exponent in STU3; Display of f64 never uses one.
            match (text.contains('e'), value.as_f64()) {
                (true, Some(plain)) => Ok(Some(plain.to_string())),
                _ => Ok(Some(text)),
            }
        }
        _ => Err(unwritable(path, "not a primitive")),
    }
}

fn unwritable(path: &str, detail: &str) -> FhirFault {
    FhirFault::Value { path: path.to_owned(), detail: detail.to_owned() }
}
