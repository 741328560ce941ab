//! Reads an assertion from the node of a tree, and from no other place: whoever verified that node reads what he verified.
//!
//! Text is read across comments, for these do not break a signature and may not cut a name short.

use uppsala::{Document, Element, NodeId, NodeKind};

use super::ASSERTION;
use super::assertion::{Assertion, Attribute, Authn, Conditions, Instant, NameId, Subject};
use super::names::XSI;
use super::value::{Name, Typed, Value};

/// Attributes with their values that are read of one assertion; more are left out and told.
pub const MOST_VALUES: usize = 500;

/// A node with the document that it stands in.
#[derive(Clone, Copy)]
pub(super) struct Node<'d> {
    pub(super) document: &'d Document<'d>,
    pub(super) id: NodeId,
}

impl<'d> Node<'d> {
    pub(super) fn element(self) -> Option<&'d Element<'d>> {
        self.document.element(self.id)
    }

    pub(super) fn is(self, namespace: &str, name: &str) -> bool {
        self.element().is_some_and(|e| e.matches_name_ns(namespace, name))
    }

    /// Child elements.
    pub(super) fn elements(self) -> impl Iterator<Item = Self> {
        let children = self.document.children_iter(self.id).map(move |id| Self { id, ..self });
        children.filter(|child| child.element().is_some())
    }

    /// Child elements of that name.
    pub(super) fn all<'n>(self, namespace: &'n str, name: &'n str) -> impl Iterator<Item = Self> + use<'d, 'n> {
        self.elements().filter(move |child| child.is(namespace, name))
    }

    fn first(self, name: &str) -> Option<Self> {
        self.all(ASSERTION, name).next()
    }

    /// An attribute without a namespace.
    pub(super) fn attribute(self, name: &str) -> Option<&'d str> {
        let attributes = &self.element()?.attributes;
        attributes.iter().find(|a| a.name.matches(None, name)).map(|a| &*a.value)
    }

    fn owned(self, name: &str) -> Option<String> {
        self.attribute(name).map(str::to_owned)
    }

    /// Its own text, trimmed, without comments and without that of elements in it.
    pub(super) fn text(self) -> String {
        let mut text = String::new();
        for child in self.document.children_iter(self.id) {
            if let Some(NodeKind::Text(part) | NodeKind::CData(part)) = self.document.node_kind(child) {
                text.push_str(part);
            }
        }
        text.trim().to_owned()
    }

    /// A name in a value, by the namespaces in scope here.
    fn resolve(self, text: &str) -> Name {
        let (prefix, local) = text.trim().split_once(':').unwrap_or(("", text.trim()));
        let mut at = Some(self.id);
        while let Some(id) = at {
            let declared = self.document.element(id).map(|e| e.namespace_declarations.as_slice()).unwrap_or_default();
            if let Some((_, namespace)) = declared.iter().find(|(p, _)| p == prefix) {
                return Name { namespace: namespace.to_string(), local: local.to_owned() };
            }
            at = self.document.parent(id);
        }
        let local = if prefix.is_empty() { local } else { text.trim() };
        Name { namespace: String::new(), local: local.to_owned() }
    }

    fn data_type(self) -> Option<Name> {
        self.element()?.get_attribute_ns(XSI, "type").map(|text| self.resolve(text))
    }

    pub(super) fn name(self) -> Name {
        self.element().map_or_else(Name::default, |e| Name {
            namespace: e.name.namespace_uri.as_deref().unwrap_or_default().to_owned(),
            local: e.name.local_name.to_string(),
        })
    }
}

/// The assertion at this node, and how many values were left out.
pub(super) fn assertion(node: Node<'_>) -> (Assertion, usize) {
    let mut room = MOST_VALUES;
    let mut left_out = 0;
    let mut statements = Vec::new();
    for statement in node.all(ASSERTION, "AttributeStatement") {
        let mut attributes = Vec::new();
        for attribute in statement.all(ASSERTION, "Attribute") {
            let mut values = Vec::new();
            for value in attribute.all(ASSERTION, "AttributeValue") {
                if room == 0 {
                    left_out += 1;
                } else {
                    room -= 1;
                    values.push(self::value(value));
                }
            }
            attributes.push(Attribute { name: attribute.owned("Name").unwrap_or_default(), values });
        }
        statements.push(attributes);
    }
    let read = Assertion {
        id: node.owned("ID").unwrap_or_default(),
        version: node.owned("Version").unwrap_or_default(),
        issued: instant(node, "IssueInstant").unwrap_or_default(),
        issuer: node.first("Issuer").map(Node::text),
        subject: node.first("Subject").map(subject),
        conditions: node.first("Conditions").map(conditions),
        authn: node.all(ASSERTION, "AuthnStatement").map(authn).collect(),
        statements,
    };
    (read, left_out)
}

fn instant(node: Node<'_>, name: &str) -> Option<Instant> {
    node.attribute(name).map(Instant::read)
}

fn subject(node: Node<'_>) -> Subject {
    let name_id = node.first("NameID").map(|name| NameId {
        text: name.text(),
        format: name.owned("Format"),
        sp_provided_id: name.owned("SPProvidedID"),
        qualifier: name.owned("NameQualifier"),
        sp_qualifier: name.owned("SPNameQualifier"),
    });
    let confirmations = node.all(ASSERTION, "SubjectConfirmation");
    Subject { name_id, confirmations: confirmations.map(|c| c.owned("Method").unwrap_or_default()).collect() }
}

fn conditions(node: Node<'_>) -> Conditions {
    let restriction = |r: Node<'_>| r.all(ASSERTION, "Audience").map(Node::text).collect();
    Conditions {
        not_before: instant(node, "NotBefore"),
        not_on_or_after: instant(node, "NotOnOrAfter"),
        audiences: node.all(ASSERTION, "AudienceRestriction").map(restriction).collect(),
        one_time_use: node.first("OneTimeUse").is_some(),
        proxy_restriction: node.first("ProxyRestriction").is_some(),
    }
}

fn authn(node: Node<'_>) -> Authn {
    let context = node.first("AuthnContext");
    let text = |name: &str| context.and_then(|c| c.first(name)).map(Node::text);
    Authn {
        instant: instant(node, "AuthnInstant"),
        class_ref: text("AuthnContextClassRef"),
        decl_ref: text("AuthnContextDeclRef"),
    }
}

fn value(node: Node<'_>) -> Value {
    let mut elements = node.elements();
    match (elements.next(), elements.count()) {
        (Some(one), 0) => Value::Typed(typed(one)),
        (Some(_), more) => Value::Several(more + 1),
        // Some write the parts of a typed value on the value itself.
        (None, _) if ["root", "extension", "code"].iter().any(|part| node.attribute(part).is_some()) => {
            Value::Typed(typed(node))
        }
        (None, _) => Value::Text { text: node.text(), data_type: node.data_type() },
    }
}

fn typed(node: Node<'_>) -> Typed {
    let attributes = node.element().map(|e| e.attributes.as_slice()).unwrap_or_default();
    let own = attributes.iter().filter(|a| a.name.namespace_uri.is_none());
    Typed {
        element: node.name(),
        data_type: node.data_type(),
        attributes: own.map(|a| (a.name.local_name.to_string(), a.value.to_string())).collect(),
    }
}
