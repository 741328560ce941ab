//! XML as plain values: a small tree of elements, read with limits and without DTD, and written by escaping.
//!
//! SOAP, XACML, XCPD, SAML and audit messages are read into this tree. Its JSON form is what a transcript keeps, so
//! that a JSONPath finds a value in XML too: `$..[?@.element=='MessageID'].text`.

use std::borrow::Cow;

use serde_json::{Map, Value, json};
use uppsala::{Document, NodeId, NodeKind, Parser};

pub mod borrowed;
pub mod path;

/// Limits of a document that somebody else wrote.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes.
    pub bytes: usize,
    /// Levels of elements.
    pub depth: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 4 * 1024 * 1024, depth: 64 }
    }
}

/// Why bytes are no XML that is read here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum XmlFault {
    /// More bytes than the limit.
    #[error("the document has {found} bytes, more than {limit}")]
    TooLarge {
        /// How many there are.
        found: usize,
        /// How many there may be.
        limit: usize,
    },
    /// Neither UTF-8 nor UTF-16 with a byte order mark.
    #[error("the document is neither UTF-8 nor UTF-16 with a byte order mark")]
    Encoding,
    /// Not well-formed, too deep, or with a document type declaration.
    #[error("the document cannot be read: {0}")]
    Malformed(String),
    /// No element.
    #[error("the document has no element")]
    Empty,
}

/// An element with what is in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Element {
    /// Local name.
    pub name: String,
    /// Namespace, empty for none.
    pub namespace: String,
    /// Attributes by local name, in order; namespaces are left out.
    pub attributes: Vec<(String, String)>,
    /// Its own text, without that of its children, trimmed.
    pub text: String,
    /// Child elements in order.
    pub children: Vec<Element>,
}

/// Reads a document.
///
/// # Errors
/// When it is too large or too deep, not well-formed, or declares a document type.
pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Element, XmlFault> {
    let text = decoded(bytes, limits)?;
    let document = document(&text, limits)?;
    let root = document.document_element().ok_or(XmlFault::Empty)?;
    element(&document, root).ok_or(XmlFault::Empty)
}

/// The text of a document: UTF-8, or UTF-16 behind its byte order mark, which every reader of XML has to know (XML 1.0
/// section 2.2). The mark and the white space around the document are left out.
///
/// # Errors
/// When there are too many bytes, or they are in another encoding.
pub fn decoded<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Cow<'a, str>, XmlFault> {
    if bytes.len() > limits.bytes {
        return Err(XmlFault::TooLarge { found: bytes.len(), limit: limits.bytes });
    }
    let wide = |of: fn([u8; 2]) -> u16| {
        let units = bytes[2..].chunks(2).map(|pair| pair.try_into().map(of).map_err(|_| XmlFault::Encoding));
        let units = units.collect::<Result<Vec<u16>, _>>()?;
        String::from_utf16(&units).map(|t| Cow::Owned(t.trim().to_owned())).map_err(|_| XmlFault::Encoding)
    };
    match bytes {
        [0xff, 0xfe, ..] => wide(u16::from_le_bytes),
        [0xfe, 0xff, ..] => wide(u16::from_be_bytes),
        _ => {
            let text = std::str::from_utf8(bytes).map_err(|_| XmlFault::Encoding)?;
            Ok(Cow::Borrowed(text.trim_start_matches('\u{feff}').trim()))
        }
    }
}

/// The tree of a document with all that [`Element`] leaves out: prefixes, namespaces of attributes, and which node is
/// which. For those who canonicalise or resolve names in values.
///
/// # Errors
/// When it is too deep, not well-formed, or declares a document type.
pub fn document<'a>(text: &'a str, limits: &Limits) -> Result<Document<'a>, XmlFault> {
    let parser = Parser::new().with_forbid_dtd(true).with_forbid_entities(true).with_max_depth(limits.depth);
    parser.parse(text).map_err(|e| XmlFault::Malformed(e.to_string()))
}

fn element(document: &Document<'_>, id: NodeId) -> Option<Element> {
    let read = document.element(id)?;
    let attributes = read.attributes.iter().map(|a| (a.name.local_name.to_string(), a.value.to_string())).collect();
    let mut text = String::new();
    let mut children = Vec::new();
    for child in document.children(id) {
        match document.node_kind(child) {
            Some(NodeKind::Element(_)) => children.extend(element(document, child)),
            Some(NodeKind::Text(part) | NodeKind::CData(part)) => text.push_str(part),
            _ => {}
        }
    }
    Some(Element {
        name: read.name.local_name.to_string(),
        namespace: read.name.namespace_uri.as_deref().unwrap_or_default().to_owned(),
        attributes,
        text: text.trim().to_owned(),
        children,
    })
}

impl Element {
    /// The first child of that local name.
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|c| c.name == name)
    }

    /// All children of that local name.
    pub fn children_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |c| c.name == name)
    }

    /// This element and all below it, in document order.
    pub fn descendants(&self) -> Vec<&Self> {
        std::iter::once(self).chain(self.children.iter().flat_map(Self::descendants)).collect()
    }

    /// The first element of that local name here or below.
    pub fn find(&self, name: &str) -> Option<&Self> {
        if self.name == name {
            return Some(self);
        }
        self.children.iter().find_map(|c| c.find(name))
    }

    /// An attribute by its local name.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The JSON form: `element`, `namespace`, `attributes`, `text`, `children`; what is empty is left out.
    pub fn to_json(&self) -> Value {
        let mut object = Map::new();
        object.insert("element".into(), json!(self.name));
        if !self.namespace.is_empty() {
            object.insert("namespace".into(), json!(self.namespace));
        }
        if !self.attributes.is_empty() {
            let attributes = self.attributes.iter().map(|(n, v)| (n.clone(), json!(v))).collect();
            object.insert("attributes".into(), Value::Object(attributes));
        }
        if !self.text.is_empty() {
            object.insert("text".into(), json!(self.text));
        }
        if !self.children.is_empty() {
            object.insert("children".into(), self.children.iter().map(Self::to_json).collect());
        }
        Value::Object(object)
    }

    /// Reads the JSON form back; `None` when it is none.
    pub fn from_json(value: &Value) -> Option<Self> {
        let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let attributes = value.get("attributes").and_then(Value::as_object).into_iter().flatten();
        let children = value.get("children").and_then(Value::as_array).into_iter().flatten();
        Some(Self {
            name: value.get("element")?.as_str()?.to_owned(),
            namespace: text("namespace"),
            attributes: attributes.filter_map(|(n, v)| Some((n.clone(), v.as_str()?.to_owned()))).collect(),
            text: text("text"),
            children: children.filter_map(Self::from_json).collect(),
        })
    }
}

/// Text as it stands in an element or a quoted attribute.
pub fn escape(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    const SAMPLE: &str = r#"<?xml version="1.0"?><e:Envelope xmlns:e="urn:e"><e:Body a="1 &amp; 2"><x xmlns="urn:x"> hi <!-- no --> there </x></e:Body></e:Envelope>"#;

    #[test]
    fn names_namespaces_attributes_and_text_are_read() {
        let root = parse(SAMPLE.as_bytes(), &Limits::default()).unwrap();
        assert_eq!((root.name.as_str(), root.namespace.as_str()), ("Envelope", "urn:e"));
        assert_eq!(root.child("Body").unwrap().attribute("a"), Some("1 & 2"));
        let x = root.find("x").unwrap();
        assert_eq!((x.namespace.as_str(), x.text.as_str()), ("urn:x", "hi  there"));
        assert_eq!(Element::from_json(&root.to_json()), Some(root));
    }

    #[test]
    fn a_document_type_an_entity_and_great_depth_are_refused() {
        let refused = |text: &str| parse(text.as_bytes(), &Limits::default()).is_err();
        assert!(refused(r#"<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>"#));
        assert!(refused(r#"<!DOCTYPE a SYSTEM "http://localhost/x.dtd"><a/>"#));
        assert!(refused(&format!("{}{}", "<a>".repeat(100), "</a>".repeat(100))));
        assert!(refused("<a>"));
        assert!(refused(""));
        assert!(!refused("<a/>"));
        let limits = Limits { bytes: 3, depth: 4 };
        assert_eq!(parse(b"<ab/>", &limits), Err(XmlFault::TooLarge { found: 5, limit: 3 }));
    }

    #[test]
    fn utf_16_is_read_behind_its_mark_and_refused_without_it_or_when_cut() {
        let text = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><a b=\"é\">€</a>";
        for (mark, to) in [([0xff, 0xfe], u16::to_le_bytes as fn(u16) -> [u8; 2]), ([0xfe, 0xff], u16::to_be_bytes)] {
            let units: Vec<u8> = text.encode_utf16().flat_map(to).collect();
            let marked = [&mark[..], &units].concat();
            let root = parse(&marked, &Limits::default()).unwrap();
            assert_eq!((root.text.as_str(), root.attribute("b")), ("€", Some("é")));
            assert_eq!(parse(&marked[..marked.len() - 1], &Limits::default()), Err(XmlFault::Encoding));
            assert!(parse(&units, &Limits::default()).is_err());
        }
        assert_eq!(parse(&[0xff, 0xfe, 0x00, 0xd8], &Limits::default()), Err(XmlFault::Encoding));
    }

    proptest! {
        #[test]
        fn text_written_escaped_reads_back(text in "[ -~àéü€]{0,40}") {
            let xml = format!(r#"<a b="{0}">{0}</a>"#, escape(&text));
            let root = parse(xml.as_bytes(), &Limits::default()).unwrap();
            prop_assert_eq!(root.text, text.trim());
            prop_assert_eq!(root.attributes[0].1.as_str(), text.as_str());
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes, &Limits::default());
        }
    }
}
