//! References as text, and values at a path: the two things every other file here asks for.
//!
//! Clause: hl7.org/fhir/STU3/references.html (relative, absolute, version-specific, contained).

use serde_json::Value;

use crate::wire::fhir::table::stu3;

/// Type and id that a literal reference leads to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) resource_type: String,
    pub(super) id: String,
}

impl Key {
    pub(super) fn new(resource_type: &str, id: &str) -> Self {
        Self { resource_type: resource_type.to_owned(), id: id.to_owned() }
    }

    /// Reads `Patient/1`, `http://host/fhir/Patient/1` and either with `/_history/2` behind it.
    pub(super) fn parse(reference: &str) -> Option<Self> {
        let plain = reference.split_once("/_history/").map_or(reference, |(before, _)| before);
        let (head, id) = plain.rsplit_once('/')?;
        let resource_type = head.rsplit('/').next()?;
        (is_resource_type(resource_type) && is_id(id)).then(|| Self::new(resource_type, id))
    }

    /// Type and id of a resource that has both.
    pub(super) fn of(resource: &Value) -> Option<Self> {
        let text = |name: &str| resource.get(name).and_then(Value::as_str);
        Some(Self::new(text("resourceType")?, text("id")?))
    }
}

/// Whether STU3 has a resource type of this name.
pub(super) fn is_resource_type(name: &str) -> bool {
    stu3().resource(name).is_some() || stu3().is_unheld_resource(name)
}

/// Whether a text is a logical id (datatypes.html#id).
pub(super) fn is_id(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    (1..=64).contains(&text.len()) && text.bytes().all(allowed)
}

/// All values at a path of JSON names, with arrays opened up on the way.
pub(super) fn values<'v>(resource: &'v Value, path: &str) -> Vec<&'v Value> {
    let mut found = vec![resource];
    for name in path.split('.') {
        found = found.into_iter().filter_map(|value| value.get(name)).flat_map(opened).collect();
    }
    found
}

fn opened(value: &Value) -> impl Iterator<Item = &Value> {
    let (many, one) = match value {
        Value::Array(items) => (items.as_slice(), None),
        single => ([].as_slice(), Some(single)),
    };
    many.iter().chain(one).filter(|value| !value.is_null())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn literal_references_give_type_and_id() {
        let expected = Some(Key::new("Patient", "p-1"));
        for text in [
            "Patient/p-1",
            "https://host/fhir/Patient/p-1",
            "Patient/p-1/_history/3",
            "https://host/fhir/Patient/p-1/_history/3",
        ] {
            assert_eq!(Key::parse(text), expected, "{text}");
        }
    }

    #[test]
    fn other_texts_are_no_literal_reference() {
        for text in ["", "#p", "p-1", "Patient/", "Patient", "Nobody/1", "urn:uuid:1", "Patient/a b"] {
            assert_eq!(Key::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_path_opens_arrays_on_its_way() {
        let resource = json!({"a": [{"b": [1, null, 2]}, {"b": 3}, {"c": 4}]});
        assert_eq!(values(&resource, "a.b"), [&json!(1), &json!(2), &json!(3)]);
        assert!(values(&resource, "a.x").is_empty());
    }
}
