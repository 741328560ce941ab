//! SOAP 1.2 and 1.1 envelopes as plain values: read and written, with WS-Addressing headers and faults.
//!
//! SOAP 1.2 is W3C REC-soap12-part1, SOAP 1.1 the W3C note of 2000, WS-Addressing 1.0 W3C REC-ws-addr-core. A message is
//! read whatever its content type says, and whichever of the two versions it is; what differs is told, never refused.
//!
//! A message is read as a value of its own with [`parse`], or, where it has megabytes, as places in a tree that borrows
//! from its bytes, with [`open`].

mod fault;

pub use fault::{ACTION_NOT_SUPPORTED, Blame, Fault, QName, SECURITY_SUBCODES};

use super::mime::ContentType;
use super::xml::borrowed::{self, Node, Tree};
use super::xml::{Element, Limits, XmlFault, escape};

/// Namespace of SOAP 1.2.
pub const SOAP_12: &str = "http://www.w3.org/2003/05/soap-envelope";
/// Namespace of SOAP 1.1.
pub const SOAP_11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
/// Namespace of WS-Addressing 1.0.
pub const ADDRESSING: &str = "http://www.w3.org/2005/08/addressing";
/// Address of an answer on the same connection (WS-Addressing 1.0 core, section 2.1).
pub const ANONYMOUS: &str = "http://www.w3.org/2005/08/addressing/anonymous";

/// Namespace of the security header (WS-Security 1.1).
pub const WSSE: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";

/// A version of SOAP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Version {
    /// 1.2.
    #[default]
    V12,
    /// 1.1.
    V11,
}

impl Version {
    /// Namespace of the envelope.
    pub fn namespace(self) -> &'static str {
        match self {
            Self::V12 => SOAP_12,
            Self::V11 => SOAP_11,
        }
    }

    /// Content type of a message, character set included.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::V12 => "application/soap+xml; charset=UTF-8",
            Self::V11 => "text/xml; charset=UTF-8",
        }
    }
}

/// The message addressing properties that a message carries. What is absent is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Addressing {
    /// `Action`: what the message is.
    pub action: Option<String>,
    /// `MessageID`.
    pub message_id: Option<String>,
    /// `RelatesTo`: the message that this one answers.
    pub relates_to: Option<String>,
    /// `To`.
    pub to: Option<String>,
    /// `ReplyTo/Address`.
    pub reply_to: Option<String>,
    /// Whether `To` has to be understood, as IHE has it between gateways (30-beeldbeschikbaarheid section 4).
    pub to_is_mandatory: bool,
}

impl Addressing {
    /// The headers of a first message: a fresh `MessageID`, and the answer wanted on the same connection.
    pub fn request(action: &str, to: &str, message_id: &str) -> Self {
        Self {
            action: Some(action.to_owned()),
            message_id: Some(message_id.to_owned()),
            relates_to: None,
            to: Some(to.to_owned()),
            reply_to: Some(ANONYMOUS.to_owned()),
            to_is_mandatory: false,
        }
    }

    /// The headers of an answer to a message with these headers.
    pub fn answer(&self, action: &str, message_id: &str) -> Self {
        Self {
            action: Some(action.to_owned()),
            message_id: Some(message_id.to_owned()),
            relates_to: self.message_id.clone(),
            ..Self::default()
        }
    }

    /// The UUID in `MessageID`, without `urn:uuid:`.
    pub fn uuid(&self) -> Option<&str> {
        self.message_id.as_deref().map(|id| id.strip_prefix("urn:uuid:").unwrap_or(id))
    }

    fn of(header: Node<'_, '_>, envelope: &str) -> Self {
        let own = |name: &str| header.children().find(|c| c.is(ADDRESSING, name));
        let text = |name: &str| own(name).map(|e| e.text().to_owned());
        Self {
            action: text("Action"),
            message_id: text("MessageID"),
            relates_to: text("RelatesTo"),
            to: text("To"),
            reply_to: own("ReplyTo").and_then(|r| r.child("Address")).map(|a| a.text().to_owned()),
            to_is_mandatory: own("To").is_some_and(|to| mandatory(to, envelope)),
        }
    }

    fn xml(&self) -> String {
        let simple = |name: &str, value: &Option<String>| {
            value.as_ref().map(|v| format!("<a:{name}>{}</a:{name}>", escape(v))).unwrap_or_default()
        };
        // What the message is may not be passed over (50-generic-facilities section 1.3).
        let action =
            self.action.as_ref().map(|a| format!(r#"<a:Action e:mustUnderstand="true">{}</a:Action>"#, escape(a)));
        let reply =
            self.reply_to.as_ref().map(|r| format!("<a:ReplyTo><a:Address>{}</a:Address></a:ReplyTo>", escape(r)));
        [
            action.unwrap_or_default(),
            simple("MessageID", &self.message_id),
            simple("RelatesTo", &self.relates_to),
            reply.unwrap_or_default(),
            match &self.to {
                Some(to) if self.to_is_mandatory => format!(r#"<a:To e:mustUnderstand="true">{}</a:To>"#, escape(to)),
                to => simple("To", to),
            },
        ]
        .concat()
    }
}

/// A message that was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Envelope {
    /// Its version.
    pub version: Version,
    /// WS-Addressing headers.
    pub addressing: Addressing,
    /// All header blocks, those of WS-Addressing included.
    pub headers: Vec<Element>,
    /// The first element in the body, if there is one.
    pub body: Option<Element>,
    /// The fault, when the body is one.
    pub fault: Option<Fault>,
    /// Header blocks that the receiver must understand.
    pub must_understand: Vec<QName>,
}

impl Envelope {
    /// The security headers; a message for one receiver has at most one (WS-Security 1.1 section 5).
    pub fn security(&self) -> impl Iterator<Item = &Element> {
        self.headers.iter().filter(|h| h.name == "Security" && h.namespace == WSSE)
    }
}

/// The same of a message that stays where it was read: places in its tree.
#[derive(Debug, Clone)]
pub struct Opened<'t, 'a> {
    /// Its version.
    pub version: Version,
    /// WS-Addressing headers.
    pub addressing: Addressing,
    /// All header blocks.
    pub headers: Vec<Node<'t, 'a>>,
    /// The first element in the body, if there is one.
    pub body: Option<Node<'t, 'a>>,
    /// The fault, when the body is one.
    pub fault: Option<Fault>,
    /// Header blocks that the receiver must understand.
    pub must_understand: Vec<QName>,
}

impl<'t, 'a> Opened<'t, 'a> {
    /// The security headers.
    pub fn security(&self) -> impl Iterator<Item = Node<'t, 'a>> {
        self.headers.iter().copied().filter(|h| h.is(WSSE, "Security"))
    }

    /// The header blocks that had to be understood and belong to none of these namespaces.
    pub fn not_understood(&self, known: &[&str]) -> Vec<QName> {
        self.must_understand.iter().filter(|q| !known.contains(&q.namespace.as_str())).cloned().collect()
    }
}

/// Why bytes are no message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SoapFault {
    /// No XML that is read here.
    #[error(transparent)]
    Xml(#[from] XmlFault),
    /// The outermost element is something else.
    #[error("the document is a `{0}`, not a SOAP envelope")]
    NoEnvelope(String),
    /// There is no body.
    #[error("the envelope has no body")]
    NoBody,
}

/// Reads a message of either version.
///
/// # Errors
/// When the bytes are no XML within the limits, or the XML is no envelope with a body.
pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Envelope, SoapFault> {
    let text = borrowed::text(bytes, limits)?;
    let tree = borrowed::read_text(&text, limits)?;
    let opened = open(&tree)?;
    Ok(Envelope {
        version: opened.version,
        headers: opened.headers.iter().map(|h| h.to_element()).collect(),
        body: opened.body.map(Node::to_element),
        addressing: opened.addressing,
        fault: opened.fault,
        must_understand: opened.must_understand,
    })
}

/// Finds the parts of a message of either version in the tree of its root part.
///
/// # Errors
/// When the XML is no envelope with a body.
pub fn open<'t, 'a>(tree: &'t Tree<'a>) -> Result<Opened<'t, 'a>, SoapFault> {
    let root = tree.root();
    let version = match (root.name(), root.namespace()) {
        ("Envelope", SOAP_12) => Version::V12,
        ("Envelope", SOAP_11) => Version::V11,
        (name, _) => return Err(SoapFault::NoEnvelope(name.to_owned())),
    };
    let own = version.namespace();
    let part = |name: &str| root.children().find(|c| c.is(own, name));
    let body = part("Body").ok_or(SoapFault::NoBody)?.children().next();
    let header = part("Header");
    let headers: Vec<_> = header.into_iter().flat_map(Node::children).collect();
    Ok(Opened {
        version,
        addressing: header.map(|h| Addressing::of(h, own)).unwrap_or_default(),
        must_understand: headers.iter().filter(|h| mandatory(**h, own)).map(|h| QName::of(*h)).collect(),
        headers,
        body,
        fault: body.and_then(|b| Fault::read(version, b)),
    })
}

/// Whether a header block has to be understood by who receives the message.
fn mandatory(block: Node<'_, '_>, envelope: &str) -> bool {
    let said = |name: &str| block.attribute_of(envelope, name).map(str::trim);
    let role = said("role").or_else(|| said("actor")).unwrap_or_default();
    let ours = role.is_empty() || role.ends_with("/next") || role.ends_with("/ultimateReceiver");
    ours && matches!(said("mustUnderstand"), Some("1" | "true"))
}

/// The content type of a message that travels alone; its action is a parameter in SOAP 1.2 (RFC 3902), and may be left
/// out.
pub fn content_type(version: Version, action: Option<&str>) -> ContentType {
    match version {
        Version::V12 => {
            let plain = ContentType::new("application/soap+xml").with("charset", "UTF-8");
            action.into_iter().fold(plain, |kind, action| kind.with("action", action))
        }
        Version::V11 => ContentType::new("text/xml").with("charset", "UTF-8"),
    }
}

/// Writes a message. `headers` and `body` are XML that stands on its own; the prefixes `e` and `a` are taken.
pub fn write(version: Version, addressing: &Addressing, headers: &[String], body: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="{}" xmlns:a="{ADDRESSING}"><e:Header>{}{}</e:Header><e:Body>{body}</e:Body></e:Envelope>"#,
        version.namespace(),
        addressing.xml(),
        headers.concat(),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<Envelope, SoapFault> {
        parse(text.as_bytes(), &Limits::default())
    }

    #[test]
    fn a_message_reads_back_with_its_addressing() {
        for version in [Version::V12, Version::V11] {
            let sent = Addressing::request("urn:do", "https://localhost/x?a=1&b=2", "urn:uuid:1-2");
            let text = write(version, &sent, &["<s xmlns=\"urn:s\">x</s>".to_owned()], "<q xmlns=\"urn:q\"/>");
            let got = read(&text).unwrap();
            assert_eq!((got.version, &got.addressing), (version, &sent));
            assert_eq!(got.addressing.uuid(), Some("1-2"));
            assert_eq!(got.body.unwrap().namespace, "urn:q");
            assert_eq!(got.headers.iter().filter(|h| h.name == "s").count(), 1);
            assert_eq!(got.headers[0].attribute("mustUnderstand"), Some("true"));
        }
    }

    #[test]
    fn a_message_in_utf_16_is_the_same_message() {
        let text =
            write(Version::V12, &Addressing::request("urn:do", "https://localhost/é", "urn:uuid:1"), &[], "<q/>");
        let wide = text.replace("UTF-8", "UTF-16");
        let bytes: Vec<u8> = [0xff, 0xfe].into_iter().chain(wide.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        assert_eq!(parse(&bytes, &Limits::default()), read(&text));
        // A document that says so of itself and is not is refused.
        assert!(matches!(read(&wide), Err(SoapFault::Xml(XmlFault::Encoding))));
    }

    #[test]
    fn an_answer_names_the_message_that_it_answers() {
        let request = Addressing::request("urn:do", "https://localhost/", "urn:uuid:1");
        let answer = request.answer("urn:done", "urn:uuid:2");
        let got = read(&write(Version::V12, &answer, &[], "<r/>")).unwrap().addressing;
        assert_eq!((got.relates_to.as_deref(), got.message_id.as_deref()), (Some("urn:uuid:1"), Some("urn:uuid:2")));
        assert_eq!((got.to, got.reply_to), (None, None));
    }

    #[test]
    fn headers_of_another_namespace_are_no_addressing() {
        let text = format!(
            r#"<Envelope xmlns="{SOAP_12}"><Header><Action xmlns="urn:x">no</Action></Header><Body/></Envelope>"#
        );
        let got = read(&text).unwrap();
        assert_eq!((got.addressing, got.body, got.headers.len()), (Addressing::default(), None, 1));
    }

    #[test]
    fn what_is_no_envelope_or_has_no_body_is_told() {
        assert_eq!(read("<a/>"), Err(SoapFault::NoEnvelope("a".into())));
        assert_eq!(read("<Envelope xmlns=\"urn:e\"/>"), Err(SoapFault::NoEnvelope("Envelope".into())));
        assert_eq!(read(&format!("<Envelope xmlns=\"{SOAP_11}\"/>")), Err(SoapFault::NoBody));
        assert!(matches!(read("not xml"), Err(SoapFault::Xml(_))));
    }

    #[test]
    fn headers_that_must_be_understood_are_told_by_name() {
        let text = format!(
            r#"<e:Envelope xmlns:e="{SOAP_12}"><e:Header><x xmlns="urn:x" e:mustUnderstand="1"/>
            <y xmlns="urn:y" mustUnderstand="1"/><z xmlns="urn:z" e:mustUnderstand="0"/>
            <Security xmlns="{WSSE}" e:mustUnderstand=" true "/>
            <w xmlns="urn:w" e:mustUnderstand="1" e:role="urn:somebody-else"/></e:Header><e:Body/></e:Envelope>"#
        );
        let got = read(&text).unwrap();
        assert_eq!(got.must_understand, [QName::new("urn:x", "x"), QName::new(WSSE, "Security")]);
        assert_eq!(got.security().count(), 1);
        let tree = borrowed::read(text.as_bytes(), &Limits::default()).unwrap();
        let opened = open(&tree).unwrap();
        assert_eq!(opened.not_understood(&[WSSE, ADDRESSING]), [QName::new("urn:x", "x")]);
        assert_eq!(opened.security().count(), 1);
    }

    #[test]
    fn between_gateways_the_address_has_to_be_understood() {
        let sent =
            Addressing { to_is_mandatory: true, ..Addressing::request("urn:do", "https://localhost/", "urn:uuid:1") };
        let got = read(&write(Version::V12, &sent, &[], "<q/>")).unwrap();
        assert_eq!((got.addressing, got.must_understand.len()), (sent, 2));
    }

    #[test]
    fn the_action_is_a_parameter_of_the_content_type() {
        let with = content_type(Version::V12, Some("urn:do")).to_string();
        assert_eq!(with, "application/soap+xml; charset=UTF-8; action=\"urn:do\"");
        assert_eq!(content_type(Version::V12, None).to_string(), Version::V12.content_type());
        assert_eq!(content_type(Version::V11, Some("urn:do")).to_string(), Version::V11.content_type());
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes, &Limits::default());
        }

        #[test]
        fn any_text_in_a_header_reads_back(text in "[!-~é€]{1,40}") {
            let sent = Addressing { action: Some(text), ..Addressing::default() };
            let got = read(&write(Version::V12, &sent, &[], "")).unwrap();
            prop_assert_eq!(got.addressing, sent);
        }
    }
}
