//! The evidence document itself, indented for reading. What is signed are the exact bytes of the payload, not these.

use crate::evidence::Evidence;

use super::ReportError;

/// The document, indented by two spaces, with a line end.
pub fn render(evidence: &Evidence) -> Result<Vec<u8>, ReportError> {
    let mut bytes = serde_json::to_vec_pretty(evidence)?;
    bytes.push(b'\n');
    Ok(bytes)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::report::sample;
    use serde_json::{Value, json};

    const SCHEMA: &str = include_str!("../../reports/schema/evidence-3.json");

    fn faults(document: &Value) -> Vec<String> {
        let schema: Value = serde_json::from_str(SCHEMA).unwrap();
        let validator = jsonschema::draft202012::options().build(&schema).unwrap();
        validator.iter_errors(document).map(|e| format!("{}: {e}", e.instance_path())).collect()
    }

    fn document() -> Value {
        serde_json::from_slice(&render(&sample::evidence()).unwrap()).unwrap()
    }

    #[test]
    fn what_is_written_can_be_read_back() {
        let sample = sample::evidence();
        let again: Evidence = serde_json::from_slice(&render(&sample).unwrap()).unwrap();
        assert_eq!(again, sample);
    }

    #[test]
    fn the_sample_obeys_the_published_schema() {
        assert_eq!(faults(&document()), Vec::<String>::new());
    }

    #[test]
    fn unknown_members_are_refused_at_every_level() {
        let objects = pointers(&document());
        assert!(objects.len() > 20, "{objects:?}");
        for pointer in objects {
            let mut wrong = document();
            wrong.pointer_mut(&pointer).unwrap().as_object_mut().unwrap().insert("extra".into(), json!(1));
            assert!(!faults(&wrong).is_empty(), "`{pointer}` takes an unknown member");
        }
    }

    #[test]
    fn a_missing_member_is_refused() {
        let names: Vec<String> = document().as_object().unwrap().keys().cloned().collect();
        for name in names {
            let mut wrong = document();
            wrong.as_object_mut().unwrap().shift_remove(&name);
            assert!(!faults(&wrong).is_empty(), "`{name}` may be missing");
        }
    }

    #[test]
    fn values_outside_their_lists_are_refused() {
        for (pointer, value) in [
            ("/schema", json!("twiin-harness-evidence/4")),
            ("/kind", json!("bewijs-van-validatie")),
            ("/conclusion", json!("fine")),
            ("/counts/pass", json!(-1)),
            ("/counts/pass", json!(1.5)),
            ("/scope/plateaus/0", json!(5)),
            ("/requirements/0/verdict", json!("passed")),
            ("/requirements/1/findings/0/result", json!("ok")),
            ("/inputs/0/sha256", json!("ABC")),
            ("/started", json!("yesterday")),
        ] {
            let mut wrong = document();
            *wrong.pointer_mut(pointer).unwrap_or_else(|| panic!("the sample has {pointer}")) = value;
            assert!(!faults(&wrong).is_empty(), "{pointer}");
        }
    }

    /// Pointers to all objects of a document.
    fn pointers(value: &Value) -> Vec<String> {
        let below = |name: String, item: &Value| -> Vec<String> {
            pointers(item).into_iter().map(|rest| format!("/{name}{rest}")).collect()
        };
        match value {
            Value::Object(members) => std::iter::once(String::new())
                .chain(members.iter().flat_map(|(name, item)| below(name.clone(), item)))
                .collect(),
            Value::Array(items) => {
                items.iter().enumerate().flat_map(|(at, item)| below(at.to_string(), item)).collect()
            }
            _ => Vec::new(),
        }
    }
}
