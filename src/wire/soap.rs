//! SOAP 1.2 and 1.1 envelopes as plain values: read and written, with WS-Addressing headers and faults.
//!
//! SOAP 1.2 is W3C REC-soap12-part1, SOAP 1.1 the W3C note of 2000, WS-Addressing 1.0 W3C REC-ws-addr-core. A message is
//! read whatever its content type says, and whichever of the two versions it is; what differs is told, never refused.

use super::xml::{self, Element, Limits, XmlFault, escape};

/// Namespace of SOAP 1.2.
pub const SOAP_12: &str = "http://www.w3.org/2003/05/soap-envelope";
/// Namespace of SOAP 1.1.
pub const SOAP_11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
/// Namespace of WS-Addressing 1.0.
pub const ADDRESSING: &str = "http://www.w3.org/2005/08/addressing";
/// Address of an answer on the same connection (WS-Addressing 1.0 core, section 2.1).
pub const ANONYMOUS: &str = "http://www.w3.org/2005/08/addressing/anonymous";

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
        }
    }

    /// The headers of an answer to a message with these headers.
    pub fn answer(&self, action: &str, message_id: &str) -> Self {
        Self {
            action: Some(action.to_owned()),
            message_id: Some(message_id.to_owned()),
            relates_to: self.message_id.clone(),
            to: None,
            reply_to: None,
        }
    }

    /// The UUID in `MessageID`, without `urn:uuid:`.
    pub fn uuid(&self) -> Option<&str> {
        self.message_id.as_deref().map(|id| id.strip_prefix("urn:uuid:").unwrap_or(id))
    }

    fn of(header: &Element) -> Self {
        let own = |name: &str| header.children.iter().find(|c| c.name == name && c.namespace == ADDRESSING);
        let text = |name: &str| own(name).map(|e| e.text.clone());
        Self {
            action: text("Action"),
            message_id: text("MessageID"),
            relates_to: text("RelatesTo"),
            to: text("To"),
            reply_to: own("ReplyTo").and_then(|r| r.child("Address")).map(|a| a.text.clone()),
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
            simple("To", &self.to),
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
    let root = xml::parse(bytes, limits)?;
    let version = match (root.name.as_str(), root.namespace.as_str()) {
        ("Envelope", SOAP_12) => Version::V12,
        ("Envelope", SOAP_11) => Version::V11,
        _ => return Err(SoapFault::NoEnvelope(root.name)),
    };
    let part = |name: &str| root.children.iter().find(|c| c.name == name && c.namespace == root.namespace);
    let body = part("Body").ok_or(SoapFault::NoBody)?;
    let header = part("Header");
    Ok(Envelope {
        version,
        addressing: header.map(Addressing::of).unwrap_or_default(),
        headers: header.map(|h| h.children.clone()).unwrap_or_default(),
        body: body.children.first().cloned(),
    })
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

/// Whose fault it is (SOAP 1.2 part 1, section 5.4.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// `Sender`; `Client` in SOAP 1.1.
    Sender,
    /// `Receiver`; `Server` in SOAP 1.1.
    Receiver,
}

/// A fault in the place of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Whose fault it is; `None` for codes beyond these two.
    pub blame: Option<Blame>,
    /// Why, for people.
    pub reason: String,
}

impl Fault {
    /// The fault, when the body is one.
    pub fn of(envelope: &Envelope) -> Option<Self> {
        let fault =
            envelope.body.as_ref().filter(|b| b.name == "Fault" && b.namespace == envelope.version.namespace())?;
        let (code, reason) = match envelope.version {
            Version::V12 => (fault.child("Code").and_then(|c| c.child("Value")), fault.find("Text")),
            Version::V11 => (fault.child("faultcode"), fault.child("faultstring")),
        };
        let code = code.map(|c| c.text.rsplit(':').next().unwrap_or_default().to_owned()).unwrap_or_default();
        let blame = match code.as_str() {
            "Sender" | "Client" => Some(Blame::Sender),
            "Receiver" | "Server" => Some(Blame::Receiver),
            _ => None,
        };
        Some(Self { blame, reason: reason.map(|r| r.text.clone()).unwrap_or_default() })
    }

    /// The body of a message that tells it.
    pub fn body(&self, version: Version) -> String {
        let reason = escape(&self.reason);
        let sender = self.blame == Some(Blame::Sender);
        match version {
            Version::V12 => {
                let code = if sender { "Sender" } else { "Receiver" };
                format!(
                    r#"<e:Fault><e:Code><e:Value>e:{code}</e:Value></e:Code><e:Reason><e:Text xml:lang="en">{reason}</e:Text></e:Reason></e:Fault>"#
                )
            }
            Version::V11 => {
                let code = if sender { "Client" } else { "Server" };
                format!("<e:Fault><faultcode>e:{code}</faultcode><faultstring>{reason}</faultstring></e:Fault>")
            }
        }
    }
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
    fn faults_of_both_versions_are_told_from_answers() {
        for version in [Version::V12, Version::V11] {
            for blame in [Blame::Sender, Blame::Receiver] {
                let fault = Fault { blame: Some(blame), reason: "a < b".into() };
                let text = write(version, &Addressing::default(), &[], &fault.body(version));
                assert_eq!(Fault::of(&read(&text).unwrap()), Some(fault));
            }
            let answer = write(version, &Addressing::default(), &[], "<Fault xmlns=\"urn:other\"/>");
            assert_eq!(Fault::of(&read(&answer).unwrap()), None);
        }
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
