//! XML as a tree that borrows from the bytes it was read from: for messages of megabytes, where [`super::Element`] with
//! its owned names costs more than the reading itself.
//!
//! An answer of a thousand timeline entries is read once, from one piece of memory, into one list of nodes. The rules are
//! those of the other tree: UTF-8, no document type, only the five entities of XML itself and character references,
//! limits of size, depth and number. A node knows where it stands in the source, and can tell what a prefix means
//! there, which QNames in text need (the subcode of a SOAP fault, `xsi:type`).

use std::borrow::Cow;
use std::ops::Range;

use super::{Element, Limits, XmlFault};

mod characters;
mod scan;
#[cfg(test)]
mod tests;

/// Elements in one document.
const MOST_ELEMENTS: usize = 1_000_000;
/// Attributes in one document.
const MOST_ATTRIBUTES: usize = 2_000_000;
/// Attributes of one element, and namespaces of one document.
const MOST_OF_ONE: usize = 256;
/// No node.
const NONE: u32 = u32::MAX;

/// A document that was read.
#[derive(Debug)]
pub struct Tree<'a> {
    source: &'a str,
    nodes: Vec<Data<'a>>,
    attributes: Vec<Attribute<'a>>,
    namespaces: Vec<Cow<'a, str>>,
    /// Which node declares which prefix as which namespace; in order of nodes.
    declared: Vec<(u32, &'a str, u32)>,
}

#[derive(Debug)]
struct Data<'a> {
    name: &'a str,
    text: Cow<'a, str>,
    namespace: u32,
    parent: u32,
    first: u32,
    next: u32,
    attributes: Range<u32>,
    span: Range<u32>,
}

#[derive(Debug)]
struct Attribute<'a> {
    name: &'a str,
    namespace: u32,
    value: Cow<'a, str>,
}

/// Reads a document in UTF-8.
///
/// # Errors
/// When it is too large, too deep or has too many elements, is not well-formed, declares a document type, or is in
/// another encoding: see [`text`] for one that may be.
pub fn read<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Tree<'a>, XmlFault> {
    if u32::try_from(bytes.len()).is_err() {
        return Err(XmlFault::TooLarge { found: bytes.len(), limit: limits.bytes });
    }
    match text(bytes, limits)? {
        Cow::Borrowed(text) => scan::read(text, limits.depth),
        Cow::Owned(_) => Err(XmlFault::Encoding),
    }
}

/// The text of a document, for [`read_text`]: UTF-8 as it stands, UTF-16 behind its byte order mark decoded.
///
/// # Errors
/// When there are too many bytes, they are in another encoding, or the document says that they are.
pub fn text<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Cow<'a, str>, XmlFault> {
    let text = super::decoded(bytes, limits)?;
    if let Cow::Borrowed(text) = text {
        characters::declared_encoding(text)?;
    }
    Ok(text)
}

/// Reads a document that is text already: what its declaration says of the encoding no longer counts.
///
/// # Errors
/// As [`read`], but for the encoding.
pub fn read_text<'a>(text: &'a str, limits: &Limits) -> Result<Tree<'a>, XmlFault> {
    if text.len() > limits.bytes || u32::try_from(text.len()).is_err() {
        return Err(XmlFault::TooLarge { found: text.len(), limit: limits.bytes });
    }
    scan::read(text.trim(), limits.depth)
}

impl<'a> Tree<'a> {
    /// The outermost element.
    pub fn root<'t>(&'t self) -> Node<'t, 'a> {
        Node { tree: self, id: 0 }
    }

    fn namespace(&self, index: u32) -> &str {
        self.namespaces.get(index as usize).map(|n| n.as_ref()).unwrap_or_default()
    }
}

/// An element of a [`Tree`].
#[derive(Debug, Clone, Copy)]
pub struct Node<'t, 'a> {
    tree: &'t Tree<'a>,
    id: u32,
}

impl<'t, 'a> Node<'t, 'a> {
    fn data(self) -> &'t Data<'a> {
        &self.tree.nodes[self.id as usize]
    }

    /// Local name.
    pub fn name(self) -> &'a str {
        self.data().name
    }

    /// Namespace, empty for none.
    pub fn namespace(self) -> &'t str {
        self.tree.namespace(self.data().namespace)
    }

    /// Whether it has this namespace and this local name.
    pub fn is(self, namespace: &str, name: &str) -> bool {
        self.name() == name && self.namespace() == namespace
    }

    /// Its own text, without that of its children, trimmed.
    pub fn text(self) -> &'t str {
        self.data().text.trim()
    }

    /// An attribute without namespace, or else the first of that local name.
    pub fn attribute(self, name: &str) -> Option<&'t str> {
        let own = self.own();
        let of = |a: &&'t Attribute<'a>| a.name == name;
        own.iter().filter(of).find(|a| a.namespace == 0).or_else(|| own.iter().find(of)).map(|a| a.value.as_ref())
    }

    /// An attribute of a namespace.
    pub fn attribute_of(self, namespace: &str, name: &str) -> Option<&'t str> {
        let wanted = |a: &&'t Attribute<'a>| a.name == name && self.tree.namespace(a.namespace) == namespace;
        self.own().iter().find(wanted).map(|a| a.value.as_ref())
    }

    fn own(self) -> &'t [Attribute<'a>] {
        let range = self.data().attributes.clone();
        &self.tree.attributes[range.start as usize..range.end as usize]
    }

    /// Child elements in order.
    pub fn children(self) -> impl Iterator<Item = Node<'t, 'a>> + use<'t, 'a> {
        let tree = self.tree;
        let at = move |id: u32| (id != NONE).then_some(Node { tree, id });
        std::iter::successors(at(self.data().first), move |n| at(n.data().next))
    }

    /// The first child of that local name.
    pub fn child(self, name: &str) -> Option<Node<'t, 'a>> {
        self.children().find(|c| c.name() == name)
    }

    /// All children of that local name.
    pub fn children_named(self, name: &str) -> impl Iterator<Item = Node<'t, 'a>> {
        self.children().filter(move |c| c.name() == name)
    }

    /// The first element of that local name here or below, in document order.
    pub fn find(self, name: &str) -> Option<Node<'t, 'a>> {
        if self.name() == name {
            return Some(self);
        }
        self.children().find_map(|c| c.find(name))
    }

    /// The bytes of this element as they were sent, from its `<` to its last `>`.
    pub fn source(self) -> &'a str {
        let span = self.data().span.clone();
        &self.tree.source[span.start as usize..span.end as usize]
    }

    /// What a QName in the text of this element means: namespace and local name. `None` when its prefix is not declared
    /// here.
    pub fn resolve<'q>(self, name: &'q str) -> Option<(&'t str, &'q str)> {
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        let mut id = self.id;
        while id != NONE {
            let from = self.tree.declared.partition_point(|d| d.0 < id);
            let here = self.tree.declared[from..].iter().take_while(|d| d.0 == id);
            if let Some(found) = here.into_iter().find(|d| d.1 == prefix) {
                return Some((self.tree.namespace(found.2), local));
            }
            id = self.tree.nodes[id as usize].parent;
        }
        prefix.is_empty().then_some(("", local))
    }

    /// The same element as a tree of its own.
    pub fn to_element(self) -> Element {
        Element {
            name: self.name().to_owned(),
            namespace: self.namespace().to_owned(),
            attributes: self.own().iter().map(|a| (a.name.to_owned(), a.value.to_string())).collect(),
            text: self.text().to_owned(),
            children: self.children().map(Node::to_element).collect(),
        }
    }
}
