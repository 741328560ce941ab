//! Writing R4 resources as FHIR XML without a table of their elements.
//!
//! The R4 stack in preparation has few resources and we write them ourselves, members in the order of the standard; so
//! what stands in the JSON is written as it stands. Clause: hl7.org/fhir/R4/xml.html.

use quick_xml::escape::escape;
use serde_json::{Map, Value};

use super::FHIR_NAMESPACE;
use super::xml_events::is_xml_character;

/// Writes one resource. Characters that XML does not have are left out.
pub fn r4_xml(resource: &Value) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let name = resource["resourceType"].as_str().unwrap_or("Basic");
    out.push_str(&format!("<{name} xmlns=\"{FHIR_NAMESPACE}\">"));
    members(&mut out, resource.as_object().unwrap_or(&Map::new()));
    out.push_str(&format!("</{name}>"));
    out
}

fn members(out: &mut String, object: &Map<String, Value>) {
    let resource = object.contains_key("resourceType");
    for (name, value) in object {
        // `id` of an element and `url` of an extension are attributes, written with the start tag.
        let attribute = !resource && (name == "id" || (name == "url" && is_extension(object)));
        if name == "resourceType" || attribute || name.starts_with('_') {
            continue;
        }
        let beside = object.get(&format!("_{name}"));
        match value {
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    element(out, name, item, beside.and_then(|b| b.get(at)));
                }
            }
            one => element(out, name, one, beside),
        }
    }
}

/// An extension is told from other elements with a `url` by its value or by what is nested in it.
fn is_extension(object: &Map<String, Value>) -> bool {
    object.keys().all(|k| k == "id" || k == "url" || k == "extension" || k.starts_with("value"))
}

fn element(out: &mut String, name: &str, value: &Value, beside: Option<&Value>) {
    out.push_str(&format!("<{name}"));
    match value {
        Value::Object(object) if object.contains_key("resourceType") => {
            let kind = object["resourceType"].as_str().unwrap_or("Basic");
            out.push_str(&format!("><{kind}>"));
            members(out, object);
            out.push_str(&format!("</{kind}>"));
        }
        Value::Object(object) => {
            for name in ["id", "url"].iter().filter(|n| **n == "id" || is_extension(object)) {
                attribute(out, name, object.get(*name));
            }
            out.push('>');
            members(out, object);
        }
        primitive => {
            attribute(out, "value", Some(primitive).filter(|p| !p.is_null()));
            out.push('>');
            members(out, beside.and_then(Value::as_object).unwrap_or(&Map::new()));
        }
    }
    out.push_str(&format!("</{name}>"));
}

fn attribute(out: &mut String, name: &str, value: Option<&Value>) {
    let Some(value) = value else { return };
    let text: String = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let text: String = text.chars().filter(|c| is_xml_character(*c)).collect();
    out.push_str(&format!(" {name}=\"{}\"", escape(&text)));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::wire::fhir::{Limits, parse_xml};
    use serde_json::json;

    #[test]
    fn a_subscription_reads_back_as_it_was() {
        let subscription = json!({
            "resourceType": "Subscription", "id": "1", "status": "active", "reason": "a < b & \"c\"",
            "criteria": "https://example.org/topic",
            "_criteria": {"extension": [{"url": "https://example.org/filter", "valueString": "owner=x"}]},
            "channel": {"type": "rest-hook", "endpoint": "https://a.example", "payload": "application/fhir+json",
                "header": ["A: 1", "B: 2"]},
        });
        let xml = r4_xml(&subscription);
        assert_eq!(parse_xml(xml.as_bytes(), &Limits::default()).unwrap(), subscription);
    }

    #[test]
    fn what_xml_cannot_carry_is_left_out_and_does_not_break_it() {
        let xml = r4_xml(&json!({"resourceType": "Subscription", "reason": "a\u{1}b\"/><x"}));
        assert!(xml.contains("value=\"ab&quot;/&gt;&lt;x\""), "{xml}");
    }
}
