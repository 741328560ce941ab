//! `${…}`: values that steps keep for later ones.

use std::collections::BTreeMap;

/// Values by name.
#[derive(Debug, Clone, Default)]
pub(super) struct Variables(BTreeMap<String, String>);

/// A value that no step gave.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no value for `{0}`")]
pub(super) struct NoValue(pub String);

impl Variables {
    pub(super) fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.insert(name.into(), value.into());
    }

    /// Replaces every `${name}` of a text.
    pub(super) fn fill(&self, text: &str) -> Result<String, NoValue> {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, tail) = after.split_once('}').ok_or_else(|| NoValue(after.to_owned()))?;
            out.push_str(before);
            out.push_str(self.0.get(name).ok_or_else(|| NoValue(name.to_owned()))?);
            rest = tail;
        }
        out.push_str(rest);
        Ok(out)
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
    }
}
