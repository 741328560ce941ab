//! Deviations of search answers, reads and errors at the resource endpoint (21-bgz section 4 and 6.3).

use serde_json::{Value, json};

use super::Deviation;

impl Deviation {
    /// Edits one resource of an answer.
    fn edit_resource(self, resource: &mut Value) {
        use Deviation as D;
        match self {
            D::ResourcesWithoutId => drop(resource.as_object_mut().and_then(|o| o.shift_remove("id"))),
            D::ResourcesWithoutProfile => {
                drop(resource.get_mut("meta").and_then(Value::as_object_mut).and_then(|o| o.shift_remove("profile")));
            }
            D::CodingsWithoutSystem => each(resource, &mut |o| {
                if is_coding(o) && o.contains_key("display") {
                    o.shift_remove("system");
                }
            }),
            D::CodingsWithValueSetOid => each(resource, &mut |o| {
                if is_coding(o) && o.contains_key("display") {
                    o.insert("system".into(), json!("urn:oid:2.16.840.1.113883.2.4.3.11.60.40.2.0.0.1"));
                }
            }),
            D::ConceptsWithoutText => each(resource, &mut |o| {
                if let Some(Value::Array(codings)) = o.get_mut("coding") {
                    for coding in codings.iter_mut().filter_map(Value::as_object_mut) {
                        coding.shift_remove("display");
                    }
                    o.shift_remove("text");
                    o.shift_remove("extension");
                }
            }),
            D::ReferencesWithoutDisplay => each(resource, &mut |o| {
                if o.contains_key("reference") {
                    o.shift_remove("display");
                }
            }),
            D::IdentifiersWithoutValue => {
                if let Some(Value::Array(identifiers)) = resource.get_mut("identifier") {
                    for identifier in identifiers.iter_mut().filter_map(Value::as_object_mut) {
                        identifier.shift_remove("value");
                    }
                }
            }
            D::ResourcesWithoutRequiredElement if resource["resourceType"] == "Condition" => {
                drop(resource.as_object_mut().and_then(|o| o.shift_remove("clinicalStatus")));
            }
            _ => {}
        }
    }

    /// Edits a searchset before it is sent. `stranger` is a resource of another patient.
    pub fn edit_searchset(self, bundle: &mut Value, stranger: Option<&Value>) {
        use Deviation as D;
        match self {
            D::SearchWithoutBundle => {
                if let Some(first) = bundle.pointer("/entry/0/resource").cloned() {
                    *bundle = first;
                }
                return;
            }
            D::BundleOfOtherType => bundle["type"] = json!("collection"),
            D::TotalTooLarge => bundle["total"] = json!(bundle["entry"].as_array().map_or(0, Vec::len) + 7),
            D::NoSelfLink => links(bundle, |links| links.retain(|l| l["relation"] != "self")),
            D::SelfLinkWithoutParameters => {
                edit_self_link(bundle, |url| url.split('?').next().unwrap_or_default().to_owned())
            }
            D::ResourceLeftOut => leave_out(bundle),
            D::ResourceOfOtherPatient => {
                if let (Some(stranger), Some(entries)) = (stranger, entries_of(bundle))
                    && !entries.is_empty()
                {
                    let id = stranger["id"].as_str().unwrap_or_default();
                    let kind = stranger["resourceType"].as_str().unwrap_or_default();
                    let url = format!("https://source.example.org/fhir/{kind}/{id}");
                    entries.push(json!({"fullUrl": url, "resource": stranger, "search": {"mode": "match"}}));
                    bundle["total"] = json!(entries_of_mode(bundle, "match"));
                }
            }
            _ => {}
        }
        // FHIR has no empty arrays.
        if let Some(object) = bundle.as_object_mut() {
            object.retain(|name, value| {
                !matches!(name.as_str(), "entry" | "link") || value.as_array().is_none_or(|a| !a.is_empty())
            });
        }
        let Some(entries) = entries_of(bundle) else { return };
        for entry in entries.iter_mut() {
            match self {
                D::FullUrlOfOtherResource => entry["fullUrl"] = json!("https://source.example.org/fhir/Basic/another"),
                D::FullUrlRelative => {
                    let id = entry["resource"]["id"].as_str().unwrap_or_default().to_owned();
                    let kind = entry["resource"]["resourceType"].as_str().unwrap_or_default().to_owned();
                    entry["fullUrl"] = json!(format!("{kind}/{id}"));
                }
                _ => {}
            }
            self.edit_resource(&mut entry["resource"]);
        }
    }

    /// Edits an OperationOutcome before it is sent.
    pub fn edit_outcome(self, outcome: &mut Value) {
        if self == Self::OutcomesWithoutSeverity
            && let Some(issues) = outcome["issue"].as_array_mut()
        {
            for issue in issues.iter_mut().filter_map(Value::as_object_mut) {
                issue.shift_remove("severity");
            }
        }
    }
}

/// The entries; an answer that finds nothing has none, and gets none.
fn entries_of(bundle: &mut Value) -> Option<&mut Vec<Value>> {
    bundle.get_mut("entry")?.as_array_mut()
}

fn entries_of_mode(bundle: &Value, mode: &str) -> usize {
    bundle["entry"].as_array().map_or(0, |e| e.iter().filter(|e| e["search"]["mode"] == mode).count())
}

/// Takes the last match out and says so in the total, as a source would that does not know the resource.
fn leave_out(bundle: &mut Value) {
    if let Some(entries) = entries_of(bundle)
        && let Some(last) = entries.iter().rposition(|e| e["search"]["mode"] == "match")
    {
        entries.remove(last);
        bundle["total"] = json!(entries_of_mode(bundle, "match"));
    }
}

fn links(bundle: &mut Value, edit: impl FnOnce(&mut Vec<Value>)) {
    if let Some(links) = bundle.get_mut("link").and_then(Value::as_array_mut) {
        edit(links);
    }
}

fn edit_self_link(bundle: &mut Value, edit: impl Fn(&str) -> String) {
    links(bundle, |links| {
        for link in links.iter_mut().filter(|l| l["relation"] == "self") {
            link["url"] = json!(edit(link["url"].as_str().unwrap_or_default()));
        }
    });
}

fn is_coding(object: &serde_json::Map<String, Value>) -> bool {
    object.contains_key("system") && object.contains_key("code") && !object.contains_key("value")
}

fn each(value: &mut Value, edit: &mut impl FnMut(&mut serde_json::Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            edit(object);
            object.values_mut().for_each(|part| each(part, edit));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| each(item, edit)),
        _ => {}
    }
}
