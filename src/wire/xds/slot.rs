//! Slots of ebRIM: a name with values.

use serde::{Deserialize, Serialize};

use super::super::xml::borrowed::Node;
use super::super::xml::escape;

/// A slot.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Slot {
    /// Its name.
    pub name: String,
    /// Its values in order.
    pub values: Vec<String>,
}

impl Slot {
    /// A slot with these values.
    pub fn new<V: Into<String>>(name: &str, values: impl IntoIterator<Item = V>) -> Self {
        Self { name: name.to_owned(), values: values.into_iter().map(Into::into).collect() }
    }

    pub(super) fn read(node: Node<'_, '_>) -> Self {
        Self { name: node.attribute("name").unwrap_or_default().to_owned(), values: values(node) }
    }

    pub(super) fn xml(&self) -> String {
        let mut out = String::new();
        push(&mut out, &self.name, &self.values);
        out
    }
}

/// The values of a slot.
pub(super) fn values(slot: Node<'_, '_>) -> Vec<String> {
    let list = slot.child("ValueList");
    list.into_iter().flat_map(Node::children).filter(|v| v.name() == "Value").map(|v| v.text().to_owned()).collect()
}

/// The slots of an element.
pub(super) fn slots(node: Node<'_, '_>) -> Vec<Slot> {
    node.children_named("Slot").map(Slot::read).collect()
}

/// Writes a slot; one without values too, with an empty list.
pub(super) fn push<V: AsRef<str>>(out: &mut String, name: &str, values: &[V]) {
    out.push_str("<rim:Slot name=\"");
    out.push_str(&escape(name));
    out.push_str("\"><rim:ValueList>");
    for value in values {
        out.push_str("<rim:Value>");
        out.push_str(&escape(value.as_ref()));
        out.push_str("</rim:Value>");
    }
    out.push_str("</rim:ValueList></rim:Slot>");
}
