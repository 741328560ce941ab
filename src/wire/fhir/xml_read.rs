//! Reading FHIR XML from outside into the JSON form, led by the element table: what repeats
//! becomes an array, booleans and numbers get their JSON kind, `id` and `extension` of a
//! primitive go to its `_name` twin.
//!
//! Clauses: hl7.org/fhir/STU3/xml.html and json.html. Order of elements is not judged here.

use serde_json::{Map, Number, Value};

use super::table::{self, Property, TypeDefinition};
use super::xml_events::{Events, Open, Space, Step};
use super::{FhirFault, Limits};

/// Reads one resource from XML.
///
/// A primitive whose text does not fit its type is kept as a string, for `shape_faults` to name.
///
/// # Errors
/// A [`FhirFault`] when a limit is passed, the text is not well-formed UTF-8 XML, holds a document
/// type or an entity of its own, leaves the namespaces of FHIR, or has an element that is unknown
/// or repeats where it may not.
pub fn parse_xml(bytes: &[u8], limits: &Limits) -> Result<Value, FhirFault> {
    if bytes.len() > limits.bytes {
        return Err(FhirFault::TooLarge { limit: limits.bytes });
    }
    let text = std::str::from_utf8(bytes).map_err(|fault| FhirFault::Encoding { detail: fault.to_string() })?;
    // XML, unlike JSON, may open with a byte order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reading = Reading { events: Events::new(text, *limits)? };
    let Step::Open(root) = reading.events.step()? else {
        return Err(reading.events.syntax("no element"));
    };
    let resource = reading.resource(&root, None)?;
    match reading.events.step()? {
        Step::End => Ok(resource),
        _ => Err(reading.events.syntax("a second element after the first")),
    }
}

/// Holds a narrative from JSON against the rules for XHTML inside FHIR XML.
pub(super) fn check_narrative(div: &str, path: &str) -> Result<(), FhirFault> {
    let fault = |detail: String| FhirFault::Value { path: path.to_owned(), detail };
    let mut events = Events::new(div, Limits::default())?;
    if !div.starts_with("<div") {
        return Err(fault("the narrative does not open with `<div`".to_owned()));
    }
    let Step::Open(root) = events.step()? else {
        return Err(fault("the narrative is no element".to_owned()));
    };
    events.narrative(&root, path).and_then(|_| events.step()).map_err(|found| fault(found.to_string())).and_then(
        |step| match step {
            Step::End => Ok(()),
            _ => Err(fault("the narrative is more than one element".to_owned())),
        },
    )
}

struct Reading<'a> {
    events: Events<'a>,
}

/// The members of one object in the order of the document, before arrays are closed.
#[derive(Default)]
struct Members {
    found: Vec<(String, Member)>,
}

enum Member {
    One(Value),
    Many(Vec<Value>),
    /// Values and their `_name` twins side by side; `Null` where one is absent.
    Primitives {
        many: bool,
        values: Vec<Value>,
        twins: Vec<Value>,
    },
}

impl<'a> Reading<'a> {
    /// Reads the resource that `open` starts; `at` is its path, or none for the document itself.
    fn resource(&mut self, open: &Open<'a>, at: Option<&str>) -> Result<Value, FhirFault> {
        let name = open.local_name();
        let path = at.unwrap_or(&name).to_owned();
        require_fhir(open, &path)?;
        let definition = resource_definition(&name, &path)?;
        let attributes = self.events.attributes(open, &path)?;
        let mut object = Map::new();
        object.insert("resourceType".to_owned(), Value::String(name));
        self.fill(definition, &path, attributes, &mut object)?;
        Ok(Value::Object(object))
    }

    /// Reads attributes and children of an element of this type up to its end.
    fn fill(
        &mut self,
        definition: &'static TypeDefinition,
        path: &str,
        attributes: Vec<(String, String)>,
        object: &mut Map<String, Value>,
    ) -> Result<(), FhirFault> {
        for (name, value) in attributes {
            if !definition.is_xml_attribute(&name) {
                return Err(unknown(path, &name));
            }
            object.insert(name, Value::String(value));
        }
        let mut members = Members::default();
        while let Step::Open(child) = self.events.step()? {
            self.child(definition, path, &child, &mut members)?;
        }
        members.close(object);
        Ok(())
    }

    fn child(
        &mut self,
        definition: &'static TypeDefinition,
        parent: &str,
        open: &Open<'a>,
        members: &mut Members,
    ) -> Result<(), FhirFault> {
        let name = open.local_name();
        let property = definition
            .property(&name)
            .filter(|_| !definition.is_xml_attribute(&name))
            .ok_or_else(|| unknown(parent, &name))?;
        let path = members.path(parent, &name, property);
        if property.type_name == "xhtml" {
            let div = Value::String(self.events.narrative(open, &path)?);
            return members.add_primitive(name, property, &path, (div, Value::Null));
        }
        require_fhir(open, &path)?;
        if property.is_primitive() {
            let primitive = self.primitive(open, property, &path)?;
            return members.add_primitive(name, property, &path, primitive);
        }
        let value = self.complex(open, property, &path)?;
        members.add(name, property, &path, value)
    }

    fn complex(&mut self, open: &Open<'a>, property: Property, path: &str) -> Result<Value, FhirFault> {
        let attributes = self.events.attributes(open, path)?;
        if property.type_name == "Resource" {
            return self.resource_inside(attributes, path);
        }
        let definition = table::stu3()
            .type_definition(property.type_name)
            .expect("the table names only types it holds, which a test keeps");
        let mut object = Map::new();
        self.fill(definition, path, attributes, &mut object)?;
        Ok(Value::Object(object))
    }

    /// Reads the one resource inside an element such as `contained` or `Bundle.entry.resource`.
    fn resource_inside(&mut self, attributes: Vec<(String, String)>, path: &str) -> Result<Value, FhirFault> {
        if let Some((name, _)) = attributes.first() {
            return Err(unknown(path, name));
        }
        let fault = |detail: &str| FhirFault::NotAResource { path: path.to_owned(), detail: detail.to_owned() };
        let Step::Open(inner) = self.events.step()? else {
            return Err(fault("the element is empty"));
        };
        let resource = self.resource(&inner, Some(path))?;
        match self.events.step()? {
            Step::Close => Ok(resource),
            _ => Err(fault("the element holds more than one resource")),
        }
    }

    /// Reads a primitive: its value, and its twin with `id` and extensions.
    fn primitive(&mut self, open: &Open<'a>, property: Property, path: &str) -> Result<(Value, Value), FhirFault> {
        let mut value = Value::Null;
        let mut identity = Vec::new();
        for (name, text) in self.events.attributes(open, path)? {
            match name.as_str() {
                "value" => value = typed(property.type_name, text),
                _ => identity.push((name, text)),
            }
        }
        let element = table::stu3().type_definition("Element").expect("the table holds Element");
        let mut twin = Map::new();
        self.fill(element, path, identity, &mut twin)?;
        // An element with neither value nor extension is kept as an empty twin, so that
        // the fault stays visible in the JSON form.
        let twin = match (twin.is_empty(), value.is_null()) {
            (true, false) => Value::Null,
            _ => Value::Object(twin),
        };
        Ok((value, twin))
    }
}

impl Members {
    fn member(&mut self, name: &str) -> Option<&mut Member> {
        self.found.iter_mut().find(|(found, _)| found == name).map(|(_, member)| member)
    }

    fn path(&mut self, parent: &str, name: &str, property: Property) -> String {
        if !property.element.many {
            return format!("{parent}.{name}");
        }
        let index = match self.member(name) {
            Some(Member::Many(values) | Member::Primitives { values, .. }) => values.len(),
            _ => 0,
        };
        format!("{parent}.{name}[{index}]")
    }

    fn add(&mut self, name: String, property: Property, path: &str, value: Value) -> Result<(), FhirFault> {
        match self.member(&name) {
            Some(Member::Many(values)) => values.push(value),
            Some(_) => return Err(repeated(path)),
            None if property.element.many => self.found.push((name, Member::Many(vec![value]))),
            None => self.found.push((name, Member::One(value))),
        }
        Ok(())
    }

    fn add_primitive(
        &mut self,
        name: String,
        property: Property,
        path: &str,
        (value, twin): (Value, Value),
    ) -> Result<(), FhirFault> {
        match self.member(&name) {
            Some(Member::Primitives { many: true, values, twins }) => {
                values.push(value);
                twins.push(twin);
            }
            Some(_) => return Err(repeated(path)),
            None => self.found.push((
                name,
                Member::Primitives { many: property.element.many, values: vec![value], twins: vec![twin] },
            )),
        }
        Ok(())
    }

    fn close(self, object: &mut Map<String, Value>) {
        for (name, member) in self.found {
            match member {
                Member::One(value) => {
                    object.insert(name, value);
                }
                Member::Many(values) => {
                    object.insert(name, Value::Array(values));
                }
                Member::Primitives { many, values, twins } => {
                    let twin_name = format!("_{name}");
                    insert_unless_null(object, name, many, values);
                    insert_unless_null(object, twin_name, many, twins);
                }
            }
        }
    }
}

fn insert_unless_null(object: &mut Map<String, Value>, name: String, many: bool, mut values: Vec<Value>) {
    if values.iter().all(Value::is_null) {
        return;
    }
    let value = match many {
        true => Value::Array(values),
        false => values.swap_remove(0),
    };
    object.insert(name, value);
}

/// The JSON form of a primitive's text; a text that does not fit stays a string.
fn typed(type_name: &str, text: String) -> Value {
    let parsed = match type_name {
        "boolean" => text.parse().ok().map(Value::Bool),
        "integer" | "unsignedInt" | "positiveInt" => number(&text).filter(|value| value.is_i64()).map(Value::Number),
        "decimal" => number(&text).map(Value::Number),
        _ => None,
    };
    parsed.unwrap_or(Value::String(text))
}

/// Reads a number by the grammar of JSON, which the FHIR lexical forms stay within.
fn number(text: &str) -> Option<Number> {
    serde_json::from_str(text).ok().filter(|_| !text.contains(char::is_whitespace))
}

fn resource_definition(name: &str, path: &str) -> Result<&'static TypeDefinition, FhirFault> {
    let table = table::stu3();
    let (path, name) = (path.to_owned(), name.to_owned());
    match table.resource(&name) {
        Some(definition) => Ok(definition),
        None if table.is_unheld_resource(&name) => Err(FhirFault::UnheldType { path, name }),
        None => Err(FhirFault::UnknownType { path, name }),
    }
}

fn require_fhir(open: &Open<'_>, path: &str) -> Result<(), FhirFault> {
    match open.space {
        Space::Fhir => Ok(()),
        _ => Err(FhirFault::Namespace { path: path.to_owned() }),
    }
}

fn unknown(parent: &str, name: &str) -> FhirFault {
    FhirFault::UnknownElement { path: format!("{parent}.{name}") }
}

fn repeated(path: &str) -> FhirFault {
    FhirFault::Repeated { path: path.to_owned() }
}

#[cfg(test)]
#[path = "xml_read_tests.rs"]
mod tests;
