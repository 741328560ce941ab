//! Small FHIR definitions of our own, and packages of them: for tests and for measuring.

use serde_json::{Value, json};

/// Start of the canonical urls of our profiles.
pub const OWN: &str = "http://example.org/fhir/StructureDefinition/";
const CORE: &str = "http://hl7.org/fhir/StructureDefinition/";

/// A definition of the standard from lines `path min..max types`, types separated by a bar.
fn of_standard(fhir: &str, name: &str, kind: &str, base: &str, lines: &[&str]) -> Value {
    let mut elements = vec![json!({"id": name, "path": name, "min": 0, "max": "*"})];
    elements.extend(lines.iter().map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (min, max) = words[1].split_once("..").unwrap();
        let path = format!("{name}.{}", words[0]);
        let types: Vec<Value> = words[2].split('|').map(|code| json!({"code": code})).collect();
        json!({"id": path, "path": path, "min": min.parse::<u32>().unwrap(), "max": max, "type": types})
    }));
    let mut value = json!({
        "resourceType": "StructureDefinition", "url": format!("{CORE}{name}"), "name": name, "fhirVersion": fhir,
        "kind": kind, "abstract": false, "type": name, "derivation": "specialization", "snapshot": {"element": elements},
    });
    if !base.is_empty() {
        value["baseDefinition"] = json!(format!("{CORE}{base}"));
    }
    value
}

/// A very small standard: `3.0.2` or `4.0.1`.
pub fn standard(fhir: &str) -> Vec<Value> {
    let of = |name: &str, kind: &str, base: &str, lines: &[&str]| of_standard(fhir, name, kind, base, lines);
    let element = ["id 0..1 string", "extension 0..* Extension"];
    let resource = ["id 0..1 id", "meta 0..1 Meta"];
    let domain = [&resource[..], &["contained 0..* Resource", "extension 0..* Extension"]].concat();
    let complex = |name: &str, more: &[&str]| of(name, "complex-type", "Element", &[&element[..], more].concat());
    let primitive = |name: &str| of(name, "primitive-type", "Element", &element);
    let mut all: Vec<Value> = ["string", "boolean", "integer", "uri", "code", "id", "dateTime"].map(primitive).into();
    all.push(of("Element", "complex-type", "", &element));
    all.push(complex("BackboneElement", &[]));
    all.push(complex("Extension", &["url 1..1 uri", "value[x] 0..1 boolean|string|code"]));
    all.push(complex("Coding", &["system 0..1 uri", "code 0..1 code", "display 0..1 string"]));
    all.push(complex("CodeableConcept", &["coding 0..* Coding", "text 0..1 string"]));
    all.push(complex("Reference", &["reference 0..1 string", "display 0..1 string"]));
    all.push(complex("Meta", &["profile 0..* uri"]));
    all.push(of("Resource", "resource", "", &resource));
    all.push(of("DomainResource", "resource", "Resource", &domain));
    let patient = [&domain[..], &["active 0..1 boolean", "name 0..* string"]].concat();
    all.push(of("Patient", "resource", "DomainResource", &patient));
    let mut observation = domain.clone();
    observation.extend(["status 1..1 code", "code 1..1 CodeableConcept", "effective[x] 0..1 dateTime"]);
    observation.extend(["subject 0..1 Reference", "value[x] 0..1 string|integer|CodeableConcept"]);
    observation.extend(["component 0..* BackboneElement", "component.id 0..1 string"]);
    observation.extend(["component.code 1..1 CodeableConcept", "component.value[x] 0..1 string|integer"]);
    all.push(of("Observation", "resource", "DomainResource", &observation));
    let entry = ["entry 0..* BackboneElement", "entry.id 0..1 string", "entry.fullUrl 0..1 uri"];
    let bundle = [&resource[..], &["type 1..1 code"], &entry, &["entry.resource 0..1 Resource"]].concat();
    all.push(of("Bundle", "resource", "Resource", &bundle));
    all
}

/// A profile on a resource as a differential; its elements by id, with whatever else they state.
pub fn profile(fhir: &str, name: &str, type_name: &str, elements: Vec<(String, Value)>) -> Value {
    let elements: Vec<Value> = elements
        .into_iter()
        .map(|(id, mut element)| {
            let last = id.rsplit('.').next().unwrap();
            if let Some((_, slice)) = last.split_once(':') {
                element["sliceName"] = json!(slice);
            }
            let path: Vec<&str> = id.split('.').map(|part| part.split(':').next().unwrap()).collect();
            element["path"] = json!(path.join("."));
            element["id"] = json!(id);
            element
        })
        .collect();
    json!({
        "resourceType": "StructureDefinition", "url": format!("{OWN}{name}"), "name": name, "fhirVersion": fhir,
        "kind": "resource", "type": type_name, "baseDefinition": format!("{CORE}{type_name}"),
        "derivation": "constraint", "differential": {"element": elements},
    })
}

/// A profile with a rule of many kinds, and the value set that it binds to.
pub fn weight(fhir: &str) -> Vec<Value> {
    let set = "http://example.org/fhir/ValueSet/status";
    let binding = match fhir.starts_with('3') {
        true => json!({"strength": "required", "valueSetReference": {"reference": set}}),
        false => json!({"strength": "required", "valueSet": set}),
    };
    let of = |id: &str, element: Value| (id.to_owned(), element);
    let rule = json!([{"key": "w-1", "severity": "error", "human": "A value or a component",
        "expression": "value.exists() or component.exists()"}]);
    let slicing = json!({"discriminator": [{"type": "value", "path": "system"}], "rules": "open"});
    let own = profile(
        fhir,
        "weight",
        "Observation",
        vec![
            of("Observation", json!({"constraint": rule})),
            of("Observation.status", json!({"binding": binding})),
            of("Observation.code.coding", json!({"slicing": slicing, "min": 1})),
            of("Observation.code.coding:own", json!({"min": 1, "max": "1"})),
            of("Observation.code.coding:own.system", json!({"min": 1, "fixedUri": "http://example.org/codes"})),
            of("Observation.subject", json!({"min": 1})),
        ],
    );
    let value_set = json!({"resourceType": "ValueSet", "url": set, "status": "active",
        "compose": {"include": [{"system": "http://example.org/status", "concept": [{"code": "final"}, {"code": "draft"}]}]}});
    vec![own, value_set]
}

/// An observation that conforms to [`weight`], with its subject in the same Bundle.
pub fn observation(number: usize) -> Value {
    json!({
        "resourceType": "Observation", "id": format!("o{number}"), "meta": {"profile": [format!("{OWN}weight")]},
        "status": "final", "code": {"coding": [{"system": "http://example.org/codes", "code": "w"}]},
        "subject": {"reference": "Patient/p"}, "valueInteger": 70,
    })
}

/// A Bundle of a patient and so many observations.
pub fn bundle(observations: usize) -> Value {
    let patient = json!({"resourceType": "Patient", "id": "p", "active": true});
    let entry = |resource: Value| {
        let (kind, id) = (resource["resourceType"].as_str().unwrap(), resource["id"].as_str().unwrap());
        json!({"fullUrl": format!("https://example.org/fhir/{kind}/{id}"), "resource": resource})
    };
    let entries: Vec<Value> = std::iter::once(patient).chain((0..observations).map(observation)).map(entry).collect();
    json!({"resourceType": "Bundle", "type": "collection", "entry": entries})
}

/// Definitions as lines of JSON.
pub fn lines(definitions: &[Value]) -> Vec<u8> {
    definitions.iter().map(|definition| format!("{definition}\n")).collect::<String>().into_bytes()
}

/// Definitions as a package of npm.
pub fn package(name: &str, version: &str, fhir: &str, definitions: &[Value]) -> Vec<u8> {
    let manifest = json!({"name": name, "version": version, "fhirVersions": [fhir],
        "dependencies": {"hl7.fhir.r3.core": "3.0.2"}});
    let mut files = vec![("package/package.json".to_owned(), manifest.to_string())];
    let of = |(at, definition): (usize, &Value)| (format!("package/definition-{at}.json"), definition.to_string());
    files.extend(definitions.iter().enumerate().map(of));
    gzip(&tar(&files))
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut file = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    file.extend(miniz_oxide::deflate::compress_to_vec(bytes, 6));
    file.extend([0; 4]);
    file.extend(u32::try_from(bytes.len()).unwrap().to_le_bytes());
    file
}

fn tar(files: &[(String, String)]) -> Vec<u8> {
    let mut archive = Vec::new();
    for (name, text) in files {
        let mut head = [0_u8; 512];
        head[..name.len()].copy_from_slice(name.as_bytes());
        head[124..135].copy_from_slice(format!("{:011o}", text.len()).as_bytes());
        head[156] = b'0';
        head[257..262].copy_from_slice(b"ustar");
        archive.extend(head);
        archive.extend(text.as_bytes());
        archive.resize(archive.len().div_ceil(512) * 512, 0);
    }
    archive.extend([0; 1024]);
    archive
}
