//! The security header of a message: which assertions stand in it, whether each is signed, and what looks like an attempt
//! to have another element read than the one that was signed.

use std::collections::BTreeMap;

use super::assertion::Assertion;
use super::read::{self, Node};
use super::verify::{self, Outcome, Signature};
use super::{ASSERTION, DSIG, WSSE};
use crate::wire::soap::{SOAP_11, SOAP_12};
use crate::wire::xml::{self, Limits, XmlFault};

/// Assertions in a header that are read and verified; more are counted.
pub const MOST_ASSERTIONS: usize = 4;

/// An assertion as it was received.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Token {
    /// What it says. It is proven only when [`Token::proven`] gives it.
    pub assertion: Assertion,
    /// Its signature.
    pub signature: Signature,
    /// Values of attributes that were too many to be read.
    pub left_out: usize,
}

impl Token {
    /// The assertion, when its signature holds over all of it.
    pub fn proven(&self) -> Option<&Assertion> {
        (self.signature.outcome == Outcome::Verified).then_some(&self.assertion)
    }
}

/// What looks like signature wrapping. None of these can make an assertion count that is not signed itself; they are told
/// because no honest sender makes such a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, strum::IntoStaticStr, strum::EnumIter)]
#[strum(serialize_all = "kebab-case")]
pub enum Suspicion {
    /// An assertion somewhere else than directly in the security header.
    AssertionElsewhere,
    /// A signature within an assertion, but not directly in it.
    NestedSignature,
    /// A signature in the header, or anywhere outside an assertion, that refers to the id of an assertion.
    SignatureElsewhere,
    /// A `ds:Object` in the signature of an assertion.
    ObjectInSignature,
    /// The signature of an assertion refers to something else.
    ReferenceElsewhere,
    /// The id of an assertion stands on another element too.
    DuplicateId,
}

/// The security header of a message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Header {
    /// How many security headers there are.
    pub headers: usize,
    /// The assertions directly in them, in order; [`MOST_ASSERTIONS`] at most.
    pub tokens: Vec<Token>,
    /// How many assertions there are in all.
    pub assertions: usize,
    /// Local names of what else stands in the headers, in order.
    pub others: Vec<String>,
    /// What looks like wrapping.
    pub suspicions: Vec<Suspicion>,
}

/// Why a message has no security header that can be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderFault {
    /// No XML that is read here.
    #[error(transparent)]
    Xml(#[from] XmlFault),
    /// The outermost element is something else.
    #[error("the document is a `{0}`, not a SOAP envelope")]
    NoEnvelope(String),
}

/// Reads the security header of a message: of the envelope itself, and of no other place.
///
/// # Errors
/// When the bytes are no XML within the limits, or no envelope.
pub fn read(message: &[u8], limits: &Limits) -> Result<Header, HeaderFault> {
    let text = xml::decoded(message, limits)?;
    let document = xml::document(&text, limits)?;
    let root = Node { document: &document, id: document.document_element().ok_or(XmlFault::Empty)? };
    let Some(soap) = [SOAP_12, SOAP_11].into_iter().find(|soap| root.is(soap, "Envelope")) else {
        return Err(HeaderFault::NoEnvelope(root.name().local));
    };
    let securities: Vec<Node<'_>> =
        root.all(soap, "Header").flat_map(|h| h.all(WSSE, "Security").collect::<Vec<_>>()).collect();
    let children: Vec<Node<'_>> = securities.iter().flat_map(|s| s.elements().collect::<Vec<_>>()).collect();
    let (assertions, others): (Vec<_>, Vec<_>) = children.into_iter().partition(|c| c.is(ASSERTION, "Assertion"));
    let survey = Survey::of(root, &assertions);
    let tokens = assertions.iter().take(MOST_ASSERTIONS).map(|node| {
        let (assertion, left_out) = read::assertion(*node);
        let signature = verify::signature(*node, survey.holders(&assertion.id));
        Token { assertion, signature, left_out }
    });
    let tokens: Vec<Token> = tokens.collect();
    Ok(Header {
        headers: securities.len(),
        assertions: assertions.len(),
        others: others.iter().map(|o| o.name().local).collect(),
        suspicions: survey.suspicions(&tokens),
        tokens,
    })
}

/// What stands where in the whole message.
#[derive(Default)]
struct Survey<'d> {
    /// How many elements have an id.
    ids: BTreeMap<&'d str, usize>,
    found: Vec<Suspicion>,
    /// What signatures outside assertions refer to.
    references: Vec<&'d str>,
}

/// Names that carry an id in SAML, XML Signature, WS-Security and XML itself, whatever their namespace.
const IDS: [&str; 4] = ["ID", "Id", "id", "AssertionID"];

impl<'d> Survey<'d> {
    fn of(root: Node<'d>, assertions: &[Node<'d>]) -> Self {
        let mut survey = Self::default();
        survey.walk(root, assertions, Place::Outside);
        survey
    }

    fn walk(&mut self, node: Node<'d>, assertions: &[Node<'d>], place: Place) {
        for attribute in node.element().map(|e| e.attributes.as_slice()).unwrap_or_default() {
            if IDS.contains(&&*attribute.name.local_name) {
                *self.ids.entry(&attribute.value).or_default() += 1;
            }
        }
        let is_token = assertions.iter().any(|a| a.id == node.id);
        if node.is(ASSERTION, "Assertion") && !is_token {
            self.found.push(Suspicion::AssertionElsewhere);
        }
        if node.is(DSIG, "Signature") {
            match place {
                Place::DirectlyIn if node.all(DSIG, "Object").next().is_some() => {
                    self.found.push(Suspicion::ObjectInSignature);
                }
                Place::DirectlyIn => {}
                Place::Within => self.found.push(Suspicion::NestedSignature),
                Place::Outside => {
                    let infos = node.all(DSIG, "SignedInfo").flat_map(|i| i.all(DSIG, "Reference").collect::<Vec<_>>());
                    self.references.extend(infos.filter_map(|r| r.attribute("URI")?.strip_prefix('#')));
                }
            }
        }
        let below = match place {
            _ if is_token => Place::DirectlyIn,
            Place::DirectlyIn => Place::Within,
            other => other,
        };
        node.elements().for_each(|child| self.walk(child, assertions, below));
    }

    fn holders(&self, id: &str) -> usize {
        self.ids.get(id).copied().unwrap_or_default()
    }

    fn suspicions(&self, tokens: &[Token]) -> Vec<Suspicion> {
        let mut all = self.found.clone();
        for token in tokens {
            let id = token.assertion.id.as_str();
            if self.references.contains(&id) {
                all.push(Suspicion::SignatureElsewhere);
            }
            if !id.is_empty() && self.holders(id) > 1 {
                all.push(Suspicion::DuplicateId);
            }
            if token.signature.faults.contains(&verify::SignatureFault::ReferenceElsewhere) {
                all.push(Suspicion::ReferenceElsewhere);
            }
        }
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// Where a node stands as to the assertions of the header.
#[derive(Clone, Copy)]
enum Place {
    Outside,
    DirectlyIn,
    Within,
}
