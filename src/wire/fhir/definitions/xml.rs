//! FHIR XML into the JSON form, led by definitions: what repeats becomes an array, booleans and numbers get their JSON
//! kind, and `id` and extensions of a primitive go to its `_name` twin.
//!
//! The reader beside it knows the elements of STU3 that the harness carries; this one knows what the definitions of a
//! user know, in either release. Clauses: hl7.org/fhir/R4/xml.html and /json.html, the same pages of STU3. The order of
//! elements is not judged.

use serde_json::{Map, Number, Value};

use super::{Definitions, Member, TypeId};
use crate::wire::fhir::xml_events::{Events, Open, Space, Step};
use crate::wire::fhir::{FhirFault, Limits};

/// Reads one resource.
///
/// A primitive whose text does not fit its type is kept as a string, for the check to name.
///
/// # Errors
/// A [`FhirFault`] when a limit is passed, the text is not well-formed UTF-8 FHIR XML, or holds elements that the
/// definitions do not have.
pub fn parse_xml_by(definitions: &Definitions, bytes: &[u8], limits: &Limits) -> Result<Value, FhirFault> {
    if bytes.len() > limits.bytes {
        return Err(FhirFault::TooLarge { limit: limits.bytes });
    }
    let text = std::str::from_utf8(bytes).map_err(|fault| FhirFault::Encoding { detail: fault.to_string() })?;
    // XML, unlike JSON, may open with a byte order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reading = Reading { events: Events::new(text, *limits)?, definitions };
    let Step::Open(root) = reading.events.step()? else { return Err(reading.events.syntax("no element")) };
    let resource = reading.resource(&root, None)?;
    match reading.events.step()? {
        Step::End => Ok(resource),
        _ => Err(reading.events.syntax("a second element after the first")),
    }
}

struct Reading<'a> {
    events: Events<'a>,
    definitions: &'a Definitions,
}

/// A primitive: its value and its twin.
type Primitive = (Option<Value>, Option<Map<String, Value>>);

impl<'a> Reading<'a> {
    /// Reads the resource that `open` starts; `at` is its path, or none for the document itself.
    fn resource(&mut self, open: &Open<'a>, at: Option<&str>) -> Result<Value, FhirFault> {
        let name = open.local_name();
        let path = at.unwrap_or(&name).to_owned();
        require_fhir(open, &path)?;
        let id = self.definitions.type_named(&name).filter(|_| self.definitions.is_resource(&name));
        let id = id.ok_or_else(|| FhirFault::Undefined { path: path.clone(), name: name.clone() })?;
        if let Some((attribute, _)) = self.events.attributes(open, &path)?.first() {
            return Err(unknown(&path, attribute));
        }
        let mut object = Map::new();
        object.insert("resourceType".to_owned(), Value::String(name));
        self.members(id, &path, &mut object)?;
        Ok(Value::Object(object))
    }

    /// Reads child elements up to the end of the element.
    fn members(&mut self, id: TypeId, path: &str, object: &mut Map<String, Value>) -> Result<(), FhirFault> {
        let definitions = self.definitions;
        while let Step::Open(child) = self.events.step()? {
            let name = child.local_name();
            let member = definitions.member(id, &name).ok_or_else(|| unknown(path, &name))?;
            let at = format!("{path}.{name}");
            if member.type_name == "xhtml" {
                let narrative = self.events.narrative(&child, &at)?;
                add(object, name, member, Value::String(narrative), &at)?;
                continue;
            }
            require_fhir(&child, &at)?;
            if member.is_primitive {
                let primitive = self.primitive(&child, member, &at)?;
                add_primitive(object, name, member, primitive, &at)?;
            } else {
                let value = self.complex(&child, member, &at)?;
                add(object, name, member, value, &at)?;
            }
        }
        Ok(())
    }

    fn complex(&mut self, open: &Open<'a>, member: &Member, path: &str) -> Result<Value, FhirFault> {
        let attributes = self.events.attributes(open, path)?;
        if self.definitions.is_a(&member.type_name, "Resource") {
            return self.resource_inside(path);
        }
        let id = self.type_of(member, path)?;
        let mut object = Map::new();
        for (name, value) in attributes {
            if self.definitions.member(id, &name).is_none() {
                return Err(unknown(path, &name));
            }
            object.insert(name, Value::String(value));
        }
        self.members(id, path, &mut object)?;
        Ok(Value::Object(object))
    }

    /// Reads the one resource inside an element such as `contained` or `Bundle.entry.resource`.
    fn resource_inside(&mut self, path: &str) -> Result<Value, FhirFault> {
        let fault = |detail: &str| FhirFault::NotAResource { path: path.to_owned(), detail: detail.to_owned() };
        let Step::Open(inner) = self.events.step()? else { return Err(fault("the element is empty")) };
        let resource = self.resource(&inner, Some(path))?;
        match self.events.step()? {
            Step::Close => Ok(resource),
            _ => Err(fault("the element holds more than one resource")),
        }
    }

    fn primitive(&mut self, open: &Open<'a>, member: &Member, path: &str) -> Result<Primitive, FhirFault> {
        let id = self.type_of(member, path)?;
        let mut value = None;
        let mut twin = Map::new();
        for (name, text) in self.events.attributes(open, path)? {
            match name.as_str() {
                "value" => value = Some(typed(&member.type_name, text)),
                "id" => drop(twin.insert(name, Value::String(text))),
                _ => return Err(unknown(path, &name)),
            }
        }
        self.members(id, path, &mut twin)?;
        Ok((value, (!twin.is_empty()).then_some(twin)))
    }

    fn type_of(&self, member: &Member, path: &str) -> Result<TypeId, FhirFault> {
        let undefined = || FhirFault::Undefined { path: path.to_owned(), name: member.type_name.clone() };
        self.definitions.enter(member, None).ok_or_else(undefined)
    }
}

fn require_fhir(open: &Open<'_>, path: &str) -> Result<(), FhirFault> {
    match open.space {
        Space::Fhir => Ok(()),
        _ => Err(FhirFault::Namespace { path: path.to_owned() }),
    }
}

fn unknown(path: &str, name: &str) -> FhirFault {
    FhirFault::UnknownElement { path: format!("{path}.{name}") }
}

fn repeated(path: &str) -> FhirFault {
    FhirFault::Repeated { path: path.to_owned() }
}

/// The JSON kind of a primitive; a text that does not fit stays a string.
fn typed(type_name: &str, text: String) -> Value {
    let number = match type_name {
        "boolean" => {
            return match text.as_str() {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                _ => Value::String(text),
            };
        }
        "integer" | "positiveInt" | "unsignedInt" => text.parse::<i64>().ok().map(Number::from),
        "decimal" => match text.parse::<i64>() {
            Ok(whole) => Some(Number::from(whole)),
            Err(_) => serde_json::from_str::<Number>(&text).ok(),
        },
        _ => None,
    };
    number.map_or(Value::String(text), Value::Number)
}

fn add(
    object: &mut Map<String, Value>,
    name: String,
    member: &Member,
    value: Value,
    path: &str,
) -> Result<(), FhirFault> {
    if !member.is_list {
        return match object.insert(name, value) {
            None => Ok(()),
            Some(_) => Err(repeated(path)),
        };
    }
    match object.entry(name).or_insert_with(|| Value::Array(Vec::new())) {
        Value::Array(items) => items.push(value),
        _ => return Err(repeated(path)),
    }
    Ok(())
}

fn add_primitive(
    object: &mut Map<String, Value>,
    name: String,
    member: &Member,
    (value, twin): Primitive,
    path: &str,
) -> Result<(), FhirFault> {
    let twin_name = format!("_{name}");
    if !member.is_list {
        if object.contains_key(&name) || object.contains_key(&twin_name) {
            return Err(repeated(path));
        }
        match (value, twin) {
            (None, None) => {
                // An element with nothing in it stays visible for the check.
                object.insert(twin_name, Value::Object(Map::new()));
            }
            (value, twin) => {
                value.and_then(|value| object.insert(name, value));
                twin.and_then(|twin| object.insert(twin_name, Value::Object(twin)));
            }
        }
        return Ok(());
    }
    let count = match object.entry(name).or_insert_with(|| Value::Array(Vec::new())) {
        Value::Array(items) => {
            items.push(value.unwrap_or(Value::Null));
            items.len()
        }
        _ => return Err(repeated(path)),
    };
    if let Some(twin) = twin
        && let Value::Array(twins) = object.entry(twin_name.clone()).or_insert_with(|| Value::Array(Vec::new()))
    {
        twins.resize(count - 1, Value::Null);
        twins.push(Value::Object(twin));
    }
    if let Some(Value::Array(twins)) = object.get_mut(&twin_name) {
        twins.resize(count, Value::Null);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{FhirFault, Limits, Value, parse_xml_by};
    use crate::wire::fhir::definitions::{Definitions, PackageLimits, Release};

    /// A standard with one resource type and the few types that it needs.
    fn definitions() -> Definitions {
        let definition = |name: &str, kind: &str, elements: &[(&str, &str, &str)]| {
            let mut all = vec![json!({"path": name, "max": "*"})];
            all.extend(elements.iter().map(|(path, max, types)| {
                let types: Vec<Value> = types.split('|').map(|code| json!({"code": code})).collect();
                json!({"path": format!("{name}.{path}"), "max": max, "type": types})
            }));
            json!({"resourceType": "StructureDefinition", "url": format!("http://hl7.org/fhir/StructureDefinition/{name}"),
                "fhirVersion": "3.0.2", "kind": kind, "type": name, "derivation": "specialization",
                "baseDefinition": if name == "Thing" { "http://hl7.org/fhir/StructureDefinition/Resource" } else { "" },
                "snapshot": {"element": all}}).to_string()
        };
        let primitive =
            |name: &str| definition(name, "primitive-type", &[("id", "1", "string"), ("extension", "*", "Extension")]);
        let mut lines: Vec<String> = ["string", "boolean", "decimal", "integer", "xhtml"].map(primitive).into();
        lines.push(definition(
            "Extension",
            "complex-type",
            &[("url", "1", "string"), ("value[x]", "1", "string|boolean")],
        ));
        lines.push(definition("Narrative", "complex-type", &[("status", "1", "string"), ("div", "1", "xhtml")]));
        lines.push(definition("Resource", "resource", &[("id", "1", "string")]));
        let thing = [
            ("id", "1", "string"),
            ("text", "1", "Narrative"),
            ("contained", "*", "Resource"),
            ("flag", "1", "boolean"),
            ("amount", "*", "decimal"),
            ("value[x]", "1", "string|integer"),
            ("part", "*", "BackboneElement"),
            ("part.id", "1", "string"),
            ("part.name", "*", "string"),
        ];
        lines.push(definition("Thing", "resource", &thing));
        let mut definitions = Definitions::new(Release::Stu3);
        definitions.add_bytes(lines.join("\n").into_bytes(), &PackageLimits::default()).expect("definitions");
        definitions
    }

    fn read(body: &str) -> Result<Value, FhirFault> {
        let text = format!("<?xml version=\"1.0\"?><Thing xmlns=\"http://hl7.org/fhir\">{body}</Thing>");
        parse_xml_by(&definitions(), text.as_bytes(), &Limits::default())
    }

    #[test]
    fn definitions_decide_what_is_a_list_a_number_or_a_boolean() {
        let body = r#"<id value="a"/><flag value="true"/><amount value="1"/><amount value="2.50"/><valueInteger value="7"/>
            <part id="p"><name value="x &amp; y"/></part><contained><Thing><id value="c"/></Thing></contained>"#;
        assert_eq!(
            read(body),
            Ok(json!({
                "resourceType": "Thing", "id": "a", "flag": true, "amount": [1, 2.5], "valueInteger": 7,
                "part": [{"id": "p", "name": ["x & y"]}], "contained": [{"resourceType": "Thing", "id": "c"}],
            }))
        );
    }

    #[test]
    fn extensions_of_primitives_go_to_the_twin() {
        let body = r#"<flag id="f"/><part><name value="x"/><name><extension url="u"><valueString value="e"/></extension></name></part>"#;
        assert_eq!(
            read(body),
            Ok(json!({
                "resourceType": "Thing", "_flag": {"id": "f"},
                "part": [{"name": ["x", null], "_name": [null, {"extension": [{"url": "u", "valueString": "e"}]}]}],
            }))
        );
    }

    #[test]
    fn narrative_keeps_its_text() {
        let div = r#"<div xmlns="http://www.w3.org/1999/xhtml"><p>a<br/>b &lt; c</p></div>"#;
        let found = read(&format!("<text><status value=\"x\"/>{div}</text>")).expect("reads");
        assert_eq!(found["text"]["div"], div);
    }

    #[test]
    fn what_is_no_fhir_is_a_fault() {
        let unknown = |path: &str| Err(FhirFault::UnknownElement { path: path.to_owned() });
        assert_eq!(read("<colour value='x'/>"), unknown("Thing.colour"));
        assert_eq!(read("<part colour='x'/>"), unknown("Thing.part.colour"));
        assert_eq!(read("<flag values='true'/>"), unknown("Thing.flag.values"));
        let twice = read("<flag value='true'/><flag value='true'/>");
        assert_eq!(twice, Err(FhirFault::Repeated { path: "Thing.flag".to_owned() }));
        for body in ["<part>", "text", "<part></name></part>", "<id value=x/>"] {
            assert!(matches!(read(body), Err(FhirFault::Syntax { .. })), "{body}");
        }
        assert!(matches!(read("<id value='&x;'/>"), Err(FhirFault::Entity { .. })));
        assert!(matches!(read("<contained/>"), Err(FhirFault::NotAResource { .. })));
        assert!(matches!(read("<id xmlns='urn:x' value='1'/>"), Err(FhirFault::Namespace { .. })));
    }

    #[test]
    fn documents_out_of_bounds_are_a_fault() {
        let limits = Limits { bytes: 5_000, depth: 10, nodes: 100 };
        let parse = |text: &str| parse_xml_by(&definitions(), text.as_bytes(), &limits);
        let thing = "<Thing xmlns=\"http://hl7.org/fhir\">";
        assert_eq!(parse("<!DOCTYPE x><Thing/>"), Err(FhirFault::DocumentType));
        assert!(matches!(parse("<Thing/>"), Err(FhirFault::Namespace { .. })));
        assert!(matches!(parse("<Other xmlns=\"http://hl7.org/fhir\"/>"), Err(FhirFault::Undefined { .. })));
        assert_eq!(parse(&format!("{thing}<contained>").repeat(20)), Err(FhirFault::TooDeep { limit: 10 }));
        assert_eq!(
            parse(&format!("{thing}{}", "<amount value='1'/>".repeat(80))),
            Err(FhirFault::TooManyNodes { limit: 100 })
        );
        assert_eq!(parse(&" ".repeat(6_000)), Err(FhirFault::TooLarge { limit: 5_000 }));
        assert!(matches!(parse(""), Err(FhirFault::Syntax { .. })));
        let latin = format!("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>{thing}</Thing>");
        assert!(matches!(parse(&latin), Err(FhirFault::Encoding { .. })));
        assert!(matches!(parse_xml_by(&definitions(), b"<a\xff/>", &limits), Err(FhirFault::Encoding { .. })));
    }
}
