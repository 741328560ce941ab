//! Small definitions of our own, and a mutated example for each kind of constraint.

mod constraints;
mod differential;
mod read;
mod references;
mod robustness;
mod slicing;

use serde_json::{Map, Value, json};

use super::{Code, Options, Outcome, ProfileChecker};
use crate::wire::fhir::definitions::{Definitions, PackageLimits, Release, core_url};

/// Start of the canonical urls of the profiles of these tests.
pub(super) const OWN: &str = "http://example.org/fhir/StructureDefinition/";

/// A definition from lines `path min..max types`, types separated by a bar, or `@path` for a content reference.
fn definition(name: &str, kind: &str, base: &str, lines: &[&str]) -> Value {
    let elements: Vec<Value> = lines.iter().map(|line| element(name, line)).collect();
    let mut all = vec![json!({"id": name, "path": name, "min": 0, "max": "*"})];
    all.extend(elements);
    let mut value = json!({
        "resourceType": "StructureDefinition", "url": core_url(name), "name": name, "fhirVersion": "4.0.1",
        "kind": kind, "abstract": false, "type": name, "derivation": "specialization",
        "snapshot": {"element": all},
    });
    if !base.is_empty() {
        value["baseDefinition"] = json!(core_url(base));
    }
    value
}

fn element(owner: &str, line: &str) -> Value {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (min, max) = words[1].split_once("..").expect("a cardinality");
    let path = format!("{owner}.{}", words[0]);
    let mut value = json!({"id": path, "path": path, "min": min.parse::<u32>().expect("a number"), "max": max});
    match words[2].strip_prefix('@') {
        Some(target) => value["contentReference"] = json!(format!("#{owner}.{target}")),
        None => value["type"] = words[2].split('|').map(|code| json!({"code": code})).collect(),
    }
    value
}

/// The types of a very small standard.
fn core() -> Vec<Value> {
    let element = ["id 0..1 string", "extension 0..* Extension"];
    let with = |more: &[&'static str]| [&element[..], more].concat();
    let primitive = |name: &str, base: &str| definition(name, "primitive-type", base, &with(&["value 0..1 string"]));
    let mut all: Vec<Value> = ["string", "boolean", "integer", "decimal", "uri", "dateTime", "base64Binary", "xhtml"]
        .iter()
        .map(|name| primitive(name, "Element"))
        .collect();
    all.extend(["code", "id", "markdown"].iter().map(|name| primitive(name, "string")));
    all.extend(["positiveInt"].iter().map(|name| primitive(name, "integer")));
    let complex = |name: &str, more: &[&'static str]| definition(name, "complex-type", "Element", &with(more));
    all.push(definition("Element", "complex-type", "", &element));
    all.push(complex("BackboneElement", &["modifierExtension 0..* Extension"]));
    all.push(complex("Extension", &["url 1..1 uri", "value[x] 0..1 boolean|string|code|Coding|Quantity|Reference"]));
    all.push(complex("Coding", &["system 0..1 uri", "code 0..1 code", "display 0..1 string"]));
    all.push(complex("CodeableConcept", &["coding 0..* Coding", "text 0..1 string"]));
    all.push(complex("Quantity", &["value 0..1 decimal", "unit 0..1 string", "system 0..1 uri", "code 0..1 code"]));
    all.push(complex("Reference", &["reference 0..1 string", "display 0..1 string"]));
    all.push(complex("Meta", &["profile 0..* uri"]));
    let resource = ["id 0..1 string", "meta 0..1 Meta"];
    let domain = ["contained 0..* Resource", "extension 0..* Extension", "modifierExtension 0..* Extension"];
    let of_resource = |more: &[&'static str]| [&resource[..], more].concat();
    let of_domain = |more: &[&'static str]| [&resource[..], &domain[..], more].concat();
    all.push(definition("Resource", "resource", "", &resource));
    all.push(definition("DomainResource", "resource", "Resource", &of_domain(&[])));
    all.push(definition(
        "Patient",
        "resource",
        "DomainResource",
        &of_domain(&["active 0..1 boolean", "name 0..* string"]),
    ));
    let thing = of_domain(&[
        "status 1..1 code",
        "count 0..1 integer",
        "rank 0..1 positiveInt",
        "when 0..1 dateTime",
        "note 0..1 string",
        "code 0..1 CodeableConcept",
        "tag 0..* Coding",
        "value[x] 0..1 string|Quantity|CodeableConcept|boolean",
        "subject 0..1 Reference",
        "other 0..* Reference",
        "part 0..* BackboneElement",
        "part.id 0..1 string",
        "part.extension 0..* Extension",
        "part.modifierExtension 0..* Extension",
        "part.code 1..1 CodeableConcept",
        "part.value[x] 0..1 string|Quantity",
        "part.part 0..* @part",
    ]);
    all.push(definition("Thing", "resource", "DomainResource", &thing));
    let bundle = of_resource(&[
        "type 1..1 code",
        "entry 0..* BackboneElement",
        "entry.fullUrl 0..1 uri",
        "entry.resource 0..1 Resource",
    ]);
    all.push(definition("Bundle", "resource", "Resource", &bundle));
    all
}

/// A profile on `Thing`, or another type, as a differential of these elements.
pub(super) fn profile(name: &str, type_name: &str, elements: Vec<Value>) -> Value {
    profile_on(name, type_name, &core_url(type_name), elements)
}

pub(super) fn profile_on(name: &str, type_name: &str, base: &str, elements: Vec<Value>) -> Value {
    json!({
        "resourceType": "StructureDefinition", "url": format!("{OWN}{name}"), "name": name, "fhirVersion": "4.0.1",
        "kind": if matches!(type_name, "Thing" | "Bundle" | "Patient") { "resource" } else { "complex-type" },
        "type": type_name, "baseDefinition": base, "derivation": "constraint", "differential": {"element": elements},
    })
}

/// An element of a differential: its id, and whatever else it states.
pub(super) fn at(id: &str, mut rest: Value) -> Value {
    let path: Vec<&str> = id.split('.').map(|part| part.split(':').next().unwrap_or(part)).collect();
    let slice = id.rsplit('.').next().and_then(|last| last.split_once(':')).map(|(_, slice)| slice);
    let object: &mut Map<String, Value> = rest.as_object_mut().expect("an object");
    object.insert("id".to_owned(), json!(id));
    object.insert("path".to_owned(), json!(path.join(".")));
    if let Some(slice) = slice {
        object.insert("sliceName".to_owned(), json!(slice));
    }
    rest
}

pub(super) fn checker(more: Vec<Value>) -> ProfileChecker {
    let mut lines: Vec<String> = core().iter().map(Value::to_string).collect();
    lines.extend(more.iter().map(Value::to_string));
    let mut definitions = Definitions::new(Release::R4);
    definitions.add_bytes(lines.join("\n").into_bytes(), &PackageLimits::default()).expect("definitions");
    ProfileChecker::new(definitions, Options::default())
}

/// A thing that conforms to the small standard, with these members besides.
pub(super) fn thing(more: Value) -> Value {
    let mut value = json!({"resourceType": "Thing", "status": "final"});
    for (name, member) in more.as_object().expect("an object") {
        value[name] = member.clone();
    }
    value
}

/// Checks against the profile `name` of these definitions.
pub(super) fn against(definitions: Vec<Value>, name: &str, resource: &Value) -> Outcome {
    checker(definitions).check(resource, &[&format!("{OWN}{name}")])
}

#[track_caller]
pub(super) fn accepts(outcome: &Outcome) {
    assert!(outcome.findings.is_empty(), "{:#?}", outcome.findings);
    assert!(outcome.not_evaluated.is_empty(), "{:#?}", outcome.not_evaluated);
}

#[track_caller]
pub(super) fn refuses(outcome: &Outcome, code: Code, pointer: &str) {
    let found: Vec<(Code, &str)> =
        outcome.findings.iter().map(|finding| (finding.code, finding.pointer.as_str())).collect();
    assert_eq!(found, [(code, pointer)], "{:#?} {:#?}", outcome.findings, outcome.not_evaluated);
}
