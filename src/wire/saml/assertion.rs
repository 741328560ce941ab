//! An assertion as a plain value: what is written, and what is read back. Whether it is signed is not its own business
//! ([`super::sign`], [`super::verify`]).

use std::fmt::Write as _;

use time::{Duration, OffsetDateTime};

use super::ASSERTION;
use super::names::{BEARER, CLASS_X509};
use super::value::Value;
use crate::base::clock;
use crate::wire::xml::escape;

/// A moment as it stands in an assertion.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Instant {
    /// The text.
    pub text: String,
    /// What it means; `None` when it is no moment.
    pub at: Option<OffsetDateTime>,
}

impl Instant {
    /// Reads an `xs:dateTime`. SAML has all moments in UTC, so one without a zone is read as UTC (SAML core 1.3.3).
    pub fn read(text: &str) -> Self {
        let at = clock::parse_rfc3339(text).or_else(|| clock::parse_rfc3339(&format!("{text}Z")));
        Self { text: text.to_owned(), at }
    }
}

impl From<OffsetDateTime> for Instant {
    fn from(at: OffsetDateTime) -> Self {
        // What is written is what is meant: it has microseconds at most.
        Self::read(&clock::rfc3339(at))
    }
}

/// The name of a subject.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NameId {
    /// The name.
    pub text: String,
    /// `Format`.
    pub format: Option<String>,
    /// `SPProvidedID`: the alias in the audit record (section 11).
    pub sp_provided_id: Option<String>,
    /// `NameQualifier`.
    pub qualifier: Option<String>,
    /// `SPNameQualifier`.
    pub sp_qualifier: Option<String>,
}

/// Of whom the assertion speaks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Subject {
    /// The name, if there is one.
    pub name_id: Option<NameId>,
    /// The methods of confirmation, in order.
    pub confirmations: Vec<String>,
}

/// Under which conditions the assertion holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Conditions {
    /// From when on.
    pub not_before: Option<Instant>,
    /// Until when, that moment excluded.
    pub not_on_or_after: Option<Instant>,
    /// Per `AudienceRestriction` the audiences of which one must be met; all restrictions must be (SAML core 2.5.1.4).
    pub audiences: Vec<Vec<String>>,
    /// `OneTimeUse`: may be ignored (section 5.1).
    pub one_time_use: bool,
    /// `ProxyRestriction`: may be ignored (section 5.1).
    pub proxy_restriction: bool,
}

/// How the subject was authenticated.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Authn {
    /// When.
    pub instant: Option<Instant>,
    /// `AuthnContextClassRef`.
    pub class_ref: Option<String>,
    /// `AuthnContextDeclRef`.
    pub decl_ref: Option<String>,
}

/// One attribute with its values in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// Its values.
    pub values: Vec<Value>,
}

impl Attribute {
    /// An attribute of one value.
    pub fn new(name: &str, value: Value) -> Self {
        Self { name: name.to_owned(), values: vec![value] }
    }
}

/// An assertion.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Assertion {
    /// `ID`; empty when it has none.
    pub id: String,
    /// `Version`.
    pub version: String,
    /// `IssueInstant`.
    pub issued: Instant,
    /// Who asserts; `None` when nobody is named.
    pub issuer: Option<String>,
    /// Of whom.
    pub subject: Option<Subject>,
    /// Under which conditions.
    pub conditions: Option<Conditions>,
    /// How the subject was authenticated; a statement may repeat.
    pub authn: Vec<Authn>,
    /// The attribute statements with their attributes, in order: both may repeat (IHE ITI-40).
    pub statements: Vec<Vec<Attribute>>,
}

impl Assertion {
    /// What is common to all: a fresh id, the subject by name with bearer confirmation, valid from now for so long, for one
    /// audience, authenticated now by certificate, and one statement with these attributes.
    pub fn draft(issuer: &str, name_id: &str, audience: &str, lifetime: Duration, attributes: Vec<Attribute>) -> Self {
        let now = clock::now();
        Self {
            id: format!("_{}", uuid::Uuid::new_v4()),
            version: "2.0".to_owned(),
            issued: now.into(),
            issuer: Some(issuer.to_owned()),
            subject: Some(Subject {
                name_id: Some(NameId { text: name_id.to_owned(), ..NameId::default() }),
                confirmations: vec![BEARER.to_owned()],
            }),
            conditions: Some(Conditions {
                not_before: Some(now.into()),
                not_on_or_after: Some((now + lifetime).into()),
                audiences: vec![vec![audience.to_owned()]],
                ..Conditions::default()
            }),
            authn: vec![Authn {
                instant: Some(now.into()),
                class_ref: Some(CLASS_X509.to_owned()),
                ..Authn::default()
            }],
            statements: vec![attributes],
        }
    }

    /// All attributes of all statements, in order.
    pub fn attributes(&self) -> impl Iterator<Item = &Attribute> {
        self.statements.iter().flatten()
    }

    /// All values of all attributes of that name, in order.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Value> {
        self.attributes().filter(move |a| a.name == name).flat_map(|a| &a.values)
    }

    /// The user as an audit record names him, `alias<user@issuer>`: the alias is `SPProvidedID` and may be empty
    /// (30-beeldbeschikbaarheid section 11). `None` when no subject or no issuer is named.
    pub fn audit_name(&self) -> Option<String> {
        let name = self.subject.as_ref()?.name_id.as_ref()?;
        let alias = name.sp_provided_id.as_deref().unwrap_or_default();
        Some(format!("{alias}<{}@{}>", name.text, self.issuer.as_ref()?))
    }

    /// Takes the attributes of that name out.
    pub fn remove(&mut self, name: &str) {
        self.statements.iter_mut().for_each(|s| s.retain(|a| a.name != name));
    }

    /// Lets it hold for so long from its issue.
    pub fn hold_for(&mut self, lifetime: Duration) {
        if let (Some(conditions), Some(issued)) = (&mut self.conditions, self.issued.at) {
            conditions.not_on_or_after = Some((issued + lifetime).into());
        }
    }

    /// Moves all moments of it by so much, as when it had been made at another time.
    pub fn shift(&mut self, by: Duration) {
        let mut all = vec![&mut self.issued];
        if let Some(conditions) = &mut self.conditions {
            all.extend([&mut conditions.not_before, &mut conditions.not_on_or_after].into_iter().flatten());
        }
        all.extend(self.authn.iter_mut().filter_map(|a| a.instant.as_mut()));
        for instant in all {
            *instant = instant.at.map_or_else(|| instant.clone(), |at| (at + by).into());
        }
    }

    /// How long it holds: from the issue or from `NotBefore`, whichever is longer, until `NotOnOrAfter`. `None` when one
    /// of them is not there to be read.
    pub fn lifetime(&self) -> Option<Duration> {
        let conditions = self.conditions.as_ref()?;
        let end = conditions.not_on_or_after.as_ref()?.at?;
        let starts = [Some(&self.issued), conditions.not_before.as_ref()];
        starts.into_iter().flatten().filter_map(|start| Some(end - start.at?)).max()
    }

    /// The XML, with an XML signature after the issuer when there is one to put there (SAML core, schema).
    pub fn write(&self, signature: &str) -> String {
        let mut xml = format!(
            r#"<s:Assertion xmlns:s="{ASSERTION}" Version="{}" ID="{}" IssueInstant="{}">"#,
            escape(&self.version),
            escape(&self.id),
            escape(&self.issued.text)
        );
        if let Some(issuer) = &self.issuer {
            let _ = write!(xml, "<s:Issuer>{}</s:Issuer>", escape(issuer));
        }
        xml.push_str(signature);
        self.subject.iter().for_each(|s| subject(&mut xml, s));
        self.conditions.iter().for_each(|c| conditions(&mut xml, c));
        self.authn.iter().for_each(|a| authn(&mut xml, a));
        for statement in &self.statements {
            xml.push_str("<s:AttributeStatement>");
            for attribute in statement {
                let _ = write!(xml, r#"<s:Attribute Name="{}">"#, escape(&attribute.name));
                attribute.values.iter().for_each(|value| xml.push_str(&value.write("s")));
                xml.push_str("</s:Attribute>");
            }
            xml.push_str("</s:AttributeStatement>");
        }
        xml.push_str("</s:Assertion>");
        xml
    }
}

fn optional(xml: &mut String, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        let _ = write!(xml, r#" {name}="{}""#, escape(value));
    }
}

fn subject(xml: &mut String, subject: &Subject) {
    xml.push_str("<s:Subject>");
    if let Some(name) = &subject.name_id {
        xml.push_str("<s:NameID");
        optional(xml, "NameQualifier", name.qualifier.as_deref());
        optional(xml, "SPNameQualifier", name.sp_qualifier.as_deref());
        optional(xml, "Format", name.format.as_deref());
        optional(xml, "SPProvidedID", name.sp_provided_id.as_deref());
        let _ = write!(xml, ">{}</s:NameID>", escape(&name.text));
    }
    for method in &subject.confirmations {
        let _ = write!(xml, r#"<s:SubjectConfirmation Method="{}"/>"#, escape(method));
    }
    xml.push_str("</s:Subject>");
}

fn conditions(xml: &mut String, conditions: &Conditions) {
    xml.push_str("<s:Conditions");
    optional(xml, "NotBefore", conditions.not_before.as_ref().map(|i| i.text.as_str()));
    optional(xml, "NotOnOrAfter", conditions.not_on_or_after.as_ref().map(|i| i.text.as_str()));
    xml.push('>');
    for restriction in &conditions.audiences {
        xml.push_str("<s:AudienceRestriction>");
        for audience in restriction {
            let _ = write!(xml, "<s:Audience>{}</s:Audience>", escape(audience));
        }
        xml.push_str("</s:AudienceRestriction>");
    }
    if conditions.one_time_use {
        xml.push_str("<s:OneTimeUse/>");
    }
    if conditions.proxy_restriction {
        xml.push_str("<s:ProxyRestriction/>");
    }
    xml.push_str("</s:Conditions>");
}

fn authn(xml: &mut String, authn: &Authn) {
    xml.push_str("<s:AuthnStatement");
    optional(xml, "AuthnInstant", authn.instant.as_ref().map(|i| i.text.as_str()));
    xml.push_str("><s:AuthnContext>");
    for (name, value) in [("AuthnContextClassRef", &authn.class_ref), ("AuthnContextDeclRef", &authn.decl_ref)] {
        if let Some(value) = value {
            let _ = write!(xml, "<s:{name}>{}</s:{name}>", escape(value));
        }
    }
    xml.push_str("</s:AuthnContext></s:AuthnStatement>");
}
