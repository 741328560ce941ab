//! SOAP faults of both versions (SOAP 1.2 part 1 section 5.4, SOAP 1.1 section 4.4).

use super::super::xml::borrowed::Node;
use super::super::xml::escape;
use super::{ADDRESSING, Envelope, Version, WSSE};

/// Whose fault it is, or what kind (SOAP 1.2 part 1, section 5.4.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// `Sender`; `Client` in SOAP 1.1.
    Sender,
    /// `Receiver`; `Server` in SOAP 1.1.
    Receiver,
    /// `VersionMismatch`: an envelope of another version.
    VersionMismatch,
    /// `MustUnderstand`: a header block that had to be understood was not.
    MustUnderstand,
}

impl Blame {
    fn named(name: &str) -> Option<Self> {
        match name {
            "Sender" | "Client" => Some(Self::Sender),
            "Receiver" | "Server" => Some(Self::Receiver),
            "VersionMismatch" => Some(Self::VersionMismatch),
            "MustUnderstand" => Some(Self::MustUnderstand),
            _ => None,
        }
    }

    fn name(self, version: Version) -> &'static str {
        match (self, version) {
            (Self::Sender, Version::V12) => "Sender",
            (Self::Sender, Version::V11) => "Client",
            (Self::Receiver, Version::V12) => "Receiver",
            (Self::Receiver, Version::V11) => "Server",
            (Self::VersionMismatch, _) => "VersionMismatch",
            (Self::MustUnderstand, _) => "MustUnderstand",
        }
    }
}

/// A name with its namespace.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct QName {
    /// Namespace, empty for none.
    pub namespace: String,
    /// Local name.
    pub name: String,
}

impl QName {
    /// A name in a namespace.
    pub fn new(namespace: &str, name: &str) -> Self {
        Self { namespace: namespace.to_owned(), name: name.to_owned() }
    }

    /// The name of an element.
    pub(super) fn of(node: Node<'_, '_>) -> Self {
        Self::new(node.namespace(), node.name())
    }

    /// What the text of an element names; with an empty namespace when its prefix is not declared.
    fn in_text(node: Node<'_, '_>) -> Self {
        let text = node.text();
        let (namespace, name) = node.resolve(text).unwrap_or_else(|| ("", text.rsplit(':').next().unwrap_or_default()));
        Self::new(namespace, name)
    }
}

/// Subcodes of refusals for the sake of security (WS-Security 1.1 section 12; 30-beeldbeschikbaarheid section 12).
pub const SECURITY_SUBCODES: [&str; 7] = [
    "InvalidSecurityToken",
    "FailedAuthentication",
    "FailedCheck",
    "InvalidSecurity",
    "UnsupportedSecurityToken",
    "UnsupportedAlgorithm",
    "SecurityTokenUnavailable",
];

/// Subcode of an action that is not served here (WS-Addressing 1.0 SOAP binding, section 6.4.2).
pub const ACTION_NOT_SUPPORTED: &str = "ActionNotSupported";

/// A fault in the place of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fault {
    /// Whose fault it is; `None` for codes beyond those.
    pub blame: Option<Blame>,
    /// Subcodes, outermost first. In SOAP 1.1 a code of another namespace than the envelope's stands here.
    pub subcodes: Vec<QName>,
    /// Why, for people.
    pub reason: String,
}

impl Fault {
    /// A fault without subcode.
    pub fn new(blame: Blame, reason: impl Into<String>) -> Self {
        Self { blame: Some(blame), subcodes: Vec::new(), reason: reason.into() }
    }

    /// A refusal of who asks: blames the sender, with a subcode of WS-Security.
    pub fn security(subcode: &str, reason: impl Into<String>) -> Self {
        Self { subcodes: vec![QName::new(WSSE, subcode)], ..Self::new(Blame::Sender, reason) }
    }

    /// A refusal of an action that is not served.
    pub fn action_not_supported(action: &str) -> Self {
        let reason = format!("the action `{action}` is not supported");
        Self { subcodes: vec![QName::new(ADDRESSING, ACTION_NOT_SUPPORTED)], ..Self::new(Blame::Sender, reason) }
    }

    /// Whether this is a refusal for the sake of security, by its subcode.
    pub fn is_security(&self) -> bool {
        self.subcodes.iter().any(|c| c.namespace == WSSE && SECURITY_SUBCODES.contains(&c.name.as_str()))
    }

    /// The fault, when the body of the message is one.
    pub fn of(envelope: &Envelope) -> Option<Self> {
        envelope.fault.clone()
    }

    /// The fault that an element is.
    pub(super) fn read(version: Version, body: Node<'_, '_>) -> Option<Self> {
        if !body.is(version.namespace(), "Fault") {
            return None;
        }
        let (code, reason) = match version {
            Version::V12 => (body.child("Code").and_then(|c| c.child("Value")), body.find("Text")),
            Version::V11 => (body.child("faultcode"), body.child("faultstring")),
        };
        let named = code.map(QName::in_text).unwrap_or_default();
        let mut fault = Self {
            blame: Blame::named(&named.name),
            subcodes: Vec::new(),
            reason: reason.map(|r| r.text().to_owned()).unwrap_or_default(),
        };
        if version == Version::V11 && fault.blame.is_none() {
            fault.subcodes.extend(code.is_some().then_some(named));
        }
        let mut inner = body.child("Code").and_then(|c| c.child("Subcode"));
        while let Some(subcode) = inner {
            fault.subcodes.extend(subcode.child("Value").map(QName::in_text));
            inner = subcode.child("Subcode");
        }
        Some(fault)
    }

    /// The body of a message that tells it.
    pub fn body(&self, version: Version) -> String {
        let reason = escape(&self.reason);
        let blame = self.blame.unwrap_or(Blame::Receiver).name(version);
        match version {
            Version::V12 => format!(
                r#"<e:Fault><e:Code><e:Value>e:{blame}</e:Value>{}</e:Code><e:Reason><e:Text xml:lang="en">{reason}</e:Text></e:Reason></e:Fault>"#,
                subcodes(&self.subcodes)
            ),
            Version::V11 => {
                let code = match self.subcodes.first() {
                    Some(c) => {
                        format!(r#"<faultcode xmlns:c="{}">c:{}</faultcode>"#, escape(&c.namespace), escape(&c.name))
                    }
                    None => format!("<faultcode>e:{blame}</faultcode>"),
                };
                format!("<e:Fault>{code}<faultstring>{reason}</faultstring></e:Fault>")
            }
        }
    }
}

fn subcodes(codes: &[QName]) -> String {
    let Some((code, inner)) = codes.split_first() else { return String::new() };
    format!(
        r#"<e:Subcode><e:Value xmlns:c="{}">c:{}</e:Value>{}</e:Subcode>"#,
        escape(&code.namespace),
        escape(&code.name),
        subcodes(inner)
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::{Addressing, SOAP_12, parse, write};
    use super::*;
    use crate::wire::xml::Limits;

    fn round(fault: &Fault, version: Version) -> Option<Fault> {
        let text = write(version, &Addressing::default(), &[], &fault.body(version));
        Fault::of(&parse(text.as_bytes(), &Limits::default()).unwrap())
    }

    #[test]
    fn faults_of_both_versions_are_told_from_answers() {
        for version in [Version::V12, Version::V11] {
            for blame in [Blame::Sender, Blame::Receiver, Blame::VersionMismatch, Blame::MustUnderstand] {
                let fault = Fault::new(blame, "a < b");
                assert_eq!(round(&fault, version), Some(fault));
            }
            let answer = write(version, &Addressing::default(), &[], "<Fault xmlns=\"urn:other\"/>");
            assert_eq!(Fault::of(&parse(answer.as_bytes(), &Limits::default()).unwrap()), None);
        }
    }

    #[test]
    fn subcodes_are_names_with_their_namespace_whatever_the_prefix() {
        let fault = Fault::security("FailedCheck", "the signature does not fit");
        assert_eq!(round(&fault, Version::V12).as_ref(), Some(&fault));
        let older = round(&fault, Version::V11).unwrap();
        assert_eq!((older.blame, older.subcodes.as_slice()), (None, fault.subcodes.as_slice()));
        assert!(fault.is_security() && older.is_security());
        let other = Fault::action_not_supported("urn:x");
        assert_eq!(round(&other, Version::V12), Some(other.clone()));
        assert!(!other.is_security());
    }

    #[test]
    fn a_subcode_with_an_undeclared_prefix_has_no_namespace() {
        let text = format!(
            r#"<Envelope xmlns="{SOAP_12}"><Body><Fault><Code><Value>Sender</Value><Subcode><Value>wsse:FailedCheck</Value>
               </Subcode></Code><Reason><Text>x</Text></Reason></Fault></Body></Envelope>"#
        );
        let fault = Fault::of(&parse(text.as_bytes(), &Limits::default()).unwrap()).unwrap();
        assert_eq!(
            (fault.blame, fault.subcodes.as_slice()),
            (Some(Blame::Sender), [QName::new("", "FailedCheck")].as_slice())
        );
        assert!(!fault.is_security());
    }
}
