//! A YAML file as a tree that keeps the place of every key and value: to point at a part of a file that is named by its
//! path, after the fact.

use std::fmt;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_saphyr::{Location, Spanned};

use super::offset;
use crate::base::diagnostic::SourceFile;

/// A file as a tree.
#[derive(Debug)]
pub(in crate::suite) struct Tree(Spanned<Node>);

#[derive(Debug)]
enum Node {
    Scalar(Value),
    List(Vec<Spanned<Node>>),
    Map(Vec<(Spanned<String>, Spanned<Node>)>),
}

impl Tree {
    /// Reads a file; `None` when it is no YAML. A key that stands twice is read both times.
    pub(in crate::suite) fn read(source: &SourceFile) -> Option<Self> {
        let options = serde_saphyr::options! {
            strict_booleans: true,
            duplicate_keys: serde_saphyr::DuplicateKeyPolicy::FirstWins,
        };
        serde_saphyr::from_str_with_options(&source.text, options).ok().map(Self)
    }

    /// The tree without its places.
    pub(super) fn value(&self) -> Value {
        self.0.value.to_value()
    }

    /// Byte offset of the value at a JSON pointer.
    pub(in crate::suite) fn value_at(&self, source: &Arc<SourceFile>, pointer: &str) -> Option<usize> {
        self.find(pointer).map(|node| byte(source, &node.referenced))
    }

    /// Byte offset of a key of the map at a JSON pointer.
    pub(in crate::suite) fn key_at(&self, source: &Arc<SourceFile>, pointer: &str, key: &str) -> Option<usize> {
        let Node::Map(entries) = &self.find(pointer)?.value else { return None };
        entries.iter().find(|(k, _)| k.value == key).map(|(k, _)| byte(source, &k.referenced))
    }

    fn find(&self, pointer: &str) -> Option<&Spanned<Node>> {
        pointer.split('/').skip(1).try_fold(&self.0, |node, part| match &node.value {
            Node::List(items) => items.get(part.parse::<usize>().ok()?),
            Node::Map(entries) => {
                let key = part.replace("~1", "/").replace("~0", "~");
                entries.iter().find(|(k, _)| k.value == key).map(|(_, v)| v)
            }
            Node::Scalar(_) => None,
        })
    }
}

fn byte(source: &Arc<SourceFile>, location: &Location) -> usize {
    offset(&source.text, location.line(), location.column())
}

impl Node {
    fn to_value(&self) -> Value {
        match self {
            Self::Scalar(value) => value.clone(),
            Self::List(items) => items.iter().map(|n| n.value.to_value()).collect(),
            Self::Map(entries) => entries.iter().map(|(k, v)| (k.value.clone(), v.value.to_value())).collect(),
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any YAML value")
    }
    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }
    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }
    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Null))
    }
    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Null))
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        Node::deserialize(deserializer)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Node::List(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Node::Map(map))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const TEXT: &str =
        "# a comment\ntitle: { nl: één, en: \"a: b\" }\nrows:\n  - id: A\n    plateaus: [1, 2]\n    1: no\n  - id: B\n";

    fn source() -> Arc<SourceFile> {
        Arc::new(SourceFile { path: "x.yaml".into(), text: TEXT.into() })
    }

    #[test]
    fn every_value_and_key_is_found_at_its_place() {
        let source = source();
        let tree = Tree::read(&source).unwrap();
        let at = |pointer: &str| &TEXT[tree.value_at(&source, pointer).unwrap()..];
        assert!(at("/title/nl").starts_with("één"));
        assert!(at("/title/en").starts_with("\"a: b\""));
        assert!(at("/rows/1/id").starts_with("B"));
        assert!(at("/rows/0/plateaus/1").starts_with("2]"));
        let key = |pointer: &str, key: &str| &TEXT[tree.key_at(&source, pointer, key).unwrap()..];
        assert!(key("/title", "en").starts_with("en: "));
        assert!(key("/rows/0", "1").starts_with("1: no"));
    }

    #[test]
    fn what_is_not_there_has_no_place() {
        let source = source();
        let tree = Tree::read(&source).unwrap();
        assert_eq!(tree.value_at(&source, "/rows/2"), None);
        assert_eq!(tree.value_at(&source, "/rows/x"), None);
        assert_eq!(tree.key_at(&source, "/rows", "id"), None);
    }

    #[test]
    fn the_value_is_what_the_file_says() {
        let value = Tree::read(&source()).unwrap().value();
        assert_eq!(value["rows"][0]["plateaus"], serde_json::json!([1, 2]));
        assert_eq!(value["rows"][0]["1"], "no");
    }
}
