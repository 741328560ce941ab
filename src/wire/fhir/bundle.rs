//! Bundles as plain JSON values (hl7.org/fhir/STU3/bundle.html), whatever they are.

use serde_json::{Value, json};

/// The entries of a Bundle, each with the resource in it: `null` where it has none.
pub fn entries(bundle: &Value) -> impl Iterator<Item = (&Value, &Value)> {
    bundle["entry"].as_array().into_iter().flatten().map(|entry| (entry, &entry["resource"]))
}

/// The resources in the entries of an answer, and the answer itself: what was read or found, whichever it was.
pub fn resources(answer: &Value) -> impl Iterator<Item = &Value> {
    entries(answer).map(|(_, resource)| resource).chain(std::iter::once(answer))
}

/// The answer to a search that finds nothing.
pub fn nothing_found() -> Value {
    json!({"resourceType": "Bundle", "type": "searchset", "total": 0})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_bundle_is_its_own_only_resource() {
        let task = json!({"resourceType": "Task"});
        assert_eq!(resources(&task).collect::<Vec<_>>(), [&task]);
        let bundle = json!({"resourceType": "Bundle", "entry": [{"resource": task}, {"fullUrl": "urn:uuid:1"}]});
        assert_eq!(resources(&bundle).collect::<Vec<_>>(), [&task, &Value::Null, &bundle]);
        assert_eq!(entries(&bundle).count(), 2);
    }
}
