//! A YAML file as a tree in which every value knows its place, for readers that report all faults of a file at once
//! and for those who want to point at a line.

use std::fmt;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use crate::base::diagnostic::{Diagnostic, SourceFile};

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Line, from one.
    pub line: usize,
    /// Column, from one.
    pub column: usize,
    /// The value.
    pub value: Value,
}

/// What stands there.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A text, number or boolean, as it is written.
    Scalar(String),
    /// A list.
    List(Vec<Node>),
    /// A map, in order; each key with its place.
    Map(Vec<(Node, Node)>),
}

/// Reads a file as a tree.
///
/// # Errors
/// A diagnostic at the place where it is no YAML, or where a key stands twice.
pub fn parse(source: &Arc<SourceFile>) -> Result<Node, Box<Diagnostic>> {
    super::yaml::parse::<Spanned<Value>>(source).map(Node::from)
}

impl Node {
    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(text) => Some(text),
            _ => None,
        }
    }
    /// The items of a list.
    pub fn items(&self) -> Option<&[Node]> {
        match &self.value {
            Value::List(items) => Some(items),
            _ => None,
        }
    }
    /// The members of a map.
    pub fn members(&self) -> Option<&[(Node, Node)]> {
        match &self.value {
            Value::Map(members) => Some(members),
            _ => None,
        }
    }
    /// A member of a map.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.members()?.iter().find(|(name, _)| name.text() == Some(key)).map(|(_, value)| value)
    }
    /// A fault at this place.
    pub fn fault(&self, source: &Arc<SourceFile>, message: impl Into<String>) -> Diagnostic {
        let start: usize = source.text.split_inclusive('\n').take(self.line.saturating_sub(1)).map(str::len).sum();
        let rest = &source.text[start..];
        let offset = start + rest.char_indices().nth(self.column.saturating_sub(1)).map_or(0, |(at, _)| at);
        let length = self.text().map_or(1, |text| text.lines().next().unwrap_or_default().len()).max(1);
        Diagnostic::new(source, offset, length, message)
    }
}

impl From<Spanned<Value>> for Node {
    fn from(spanned: Spanned<Value>) -> Self {
        let number = |n: u64| usize::try_from(n).unwrap_or(1).max(1);
        let place = spanned.referenced;
        Self { line: number(place.line()), column: number(place.column()), value: spanned.value }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        macro_rules! scalars {
            ($($visit:ident: $type:ty),*) => {
                $(fn $visit<E>(self, value: $type) -> Result<Value, E> {
                    Ok(Value::Scalar(value.to_string()))
                })*
            };
        }
        impl<'de> Visitor<'de> for Any {
            type Value = Value;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }
            scalars!(visit_str: &str, visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64);
            fn visit_unit<E>(self) -> Result<Value, E> {
                Ok(Value::Null)
            }
            fn visit_none<E>(self) -> Result<Value, E> {
                Ok(Value::Null)
            }
            fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<Value, D::Error> {
                Value::deserialize(inner)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element::<Spanned<Value>>()? {
                    items.push(Node::from(item));
                }
                Ok(Value::List(items))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
                let mut members = Vec::new();
                while let Some((key, value)) = map.next_entry::<Spanned<Value>, Spanned<Value>>()? {
                    members.push((Node::from(key), Node::from(value)));
                }
                Ok(Value::Map(members))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn source(text: &str) -> Arc<SourceFile> {
        Arc::new(SourceFile { path: "x.yaml".into(), text: text.into() })
    }

    #[test]
    fn every_value_knows_its_line_and_column() {
        let file = source("# one\nrows:\n  - id: A-1\n    note: één\n  - { id: B-2, at: 2027-03-31, n: 4 }\nnone:\n");
        let tree = parse(&file).unwrap();
        let rows = tree.get("rows").unwrap().items().unwrap();
        assert_eq!(rows.iter().map(|r| r.line).collect::<Vec<_>>(), [3, 5]);
        let at = rows[1].get("at").unwrap();
        assert_eq!((at.text(), at.line, at.column), (Some("2027-03-31"), 5, 20));
        assert_eq!(rows[1].get("n").unwrap().text(), Some("4"));
        assert_eq!(rows[0].members().unwrap()[1].0.column, 5);
        assert_eq!(tree.get("none").unwrap().value, Value::Null);
        assert_eq!(at.fault(&file, "too late").to_string(), "x.yaml:5:20: too late");
    }

    #[test]
    fn what_is_no_yaml_is_a_fault() {
        assert!(parse(&source("rows: [a\nb: c\n")).is_err());
        assert!(parse(&source("a: 1\na: 2\n")).unwrap_err().message.contains("duplicate"));
    }
}
