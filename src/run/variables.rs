//! `${…}`: values that steps keep for later ones.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::base::placeholder;

/// Values by name.
#[derive(Debug, Clone, Default)]
pub(super) struct Variables(BTreeMap<String, String>);

/// A value that no step gave.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("value for `{0}`")]
pub(super) struct NoValue(pub String);

impl Variables {
    pub(super) fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.insert(name.into(), value.into());
    }

    /// Replaces every `${name}` of a text.
    pub(super) fn fill(&self, text: &str) -> Result<String, NoValue> {
        placeholder::fill(text, |name| self.0.get(name).cloned()).map_err(NoValue)
    }

    /// Replaces every `${name}` in the strings of a value.
    pub(super) fn fill_value(&self, value: &Value) -> Result<Value, NoValue> {
        Ok(match value {
            Value::String(text) => Value::String(self.fill(text)?),
            Value::Array(items) => Value::Array(items.iter().map(|i| self.fill_value(i)).collect::<Result<_, _>>()?),
            Value::Object(object) => {
                let filled = object.iter().map(|(name, part)| Ok((name.clone(), self.fill_value(part)?)));
                Value::Object(filled.collect::<Result<_, NoValue>>()?)
            }
            other => other.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values_are_filled_in_and_unknown_ones_are_named() {
        let mut variables = Variables::default();
        variables.set("a.b", "1");
        assert_eq!(variables.fill("x${a.b}y${a.b}"), Ok("x1y1".to_owned()));
        assert_eq!(variables.fill("${c}"), Err(NoValue("c".into())));
        assert_eq!(variables.fill("plain"), Ok("plain".to_owned()));
        let value = serde_json::json!({"a": ["${a.b}", 2]});
        assert_eq!(variables.fill_value(&value), Ok(serde_json::json!({"a": ["1", 2]})));
        assert_eq!(variables.fill_value(&serde_json::json!(["${c}"])), Err(NoValue("c".into())));
    }
}
