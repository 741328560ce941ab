//! Values of attributes: written by their encoding, read as they stand, and held against the encoding that is written
//! down for the attribute.
//!
//! Clients differ in the name of the element that carries a typed value, so a value is read whatever it is called: another
//! name is a warning, another namespace or a missing part is an error (30-beeldbeschikbaarheid section 5.2).

use super::names::{Encoding, HL7, XSD, XSI, form};
use crate::wire::xml::escape;

/// A name in a namespace. Two spellings with other prefixes are the same name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Name {
    /// Namespace, empty for none.
    pub namespace: String,
    /// Local name.
    pub local: String,
}

impl Name {
    /// A name of HL7 version 3.
    pub fn hl7(local: &str) -> Self {
        Self { namespace: HL7.to_owned(), local: local.to_owned() }
    }

    /// A type of XML Schema.
    pub fn xsd(local: &str) -> Self {
        Self { namespace: XSD.to_owned(), local: local.to_owned() }
    }
}

/// One element with attributes that carries a value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Typed {
    /// Its name.
    pub element: Name,
    /// Its `xsi:type`, resolved by the namespaces in scope; a prefix that is bound to nothing stays in `local`.
    pub data_type: Option<Name>,
    /// Its attributes without a namespace, in order.
    pub attributes: Vec<(String, String)>,
}

impl Typed {
    /// One of its attributes.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// One `AttributeValue`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A typed value of HL7 version 3, or whatever a sender took for one.
    Typed(Typed),
    /// Text.
    Text {
        /// The text, without white space around it.
        text: String,
        /// The `xsi:type` of the value, if it says one.
        data_type: Option<Name>,
    },
    /// So many elements, of which none can be taken for the value.
    Several(usize),
}

impl Value {
    /// An instance identifier (II) as this attribute carries it. `authority` is `assigningAuthorityName`.
    pub fn instance(attribute: &str, root: &str, extension: &str, authority: Option<&str>) -> Self {
        let parts = [("root", Some(root)), ("extension", Some(extension)), ("assigningAuthorityName", authority)];
        typed(attribute, "id", "II", &parts)
    }

    /// A coded value (CE or CV) as this attribute carries it.
    pub fn code(attribute: &str, code: &str, system: &str, system_name: Option<&str>) -> Self {
        let parts = [("code", Some(code)), ("codeSystem", Some(system)), ("codeSystemName", system_name)];
        typed(attribute, "CodedValue", "CV", &parts)
    }

    /// Plain text, of the type `string` or `anyURI` as the attribute has it.
    pub fn text(attribute: &str, text: &str) -> Self {
        let data_type = form(attribute).and_then(|f| f.types.first()).map(|t| Name::xsd(t));
        Self::Text { text: text.to_owned(), data_type }
    }

    /// The id of a patient with its authority (CX), for example a BSN under its OID.
    pub fn cx(attribute: &str, id: &str, authority: &str) -> Self {
        Self::text(attribute, &format!("{id}^^^&{authority}&ISO"))
    }

    /// What it says: the extension, the code, or the text (of a CX the id in it). `None` when it says nothing.
    pub fn value(&self) -> Option<&str> {
        match self {
            Self::Typed(typed) => typed.attribute("extension").or_else(|| typed.attribute("code")),
            Self::Text { text, .. } => Some(cx(text).map_or(text.as_str(), |(id, _)| id)),
            Self::Several(_) => None,
        }
    }

    /// Whose identifier or code that is: an OID, or what the sender wrote for one.
    pub fn system(&self) -> Option<&str> {
        match self {
            Self::Typed(typed) => typed.attribute("root").or_else(|| typed.attribute("codeSystem")),
            Self::Text { text, .. } => cx(text).map(|(_, authority)| authority),
            Self::Several(_) => None,
        }
    }

    /// Its `xsi:type`, if it says one.
    pub fn data_type(&self) -> Option<&Name> {
        match self {
            Self::Typed(typed) => typed.data_type.as_ref(),
            Self::Text { data_type, .. } => data_type.as_ref(),
            Self::Several(_) => None,
        }
    }

    /// The `AttributeValue`; `prefix` is the one of the assertion.
    pub(super) fn write(&self, prefix: &str) -> String {
        let (opened, content) = match self {
            Self::Typed(typed) => (String::new(), element(typed)),
            Self::Text { text, data_type } => (type_attribute(data_type.as_ref()), escape(text)),
            Self::Several(count) => (String::new(), format!(r#"<id xmlns="{HL7}"/>"#).repeat(*count)),
        };
        format!("<{prefix}:AttributeValue{opened}>{content}</{prefix}:AttributeValue>")
    }
}

fn typed(attribute: &str, element: &str, data_type: &str, parts: &[(&str, Option<&str>)]) -> Value {
    let known = form(attribute);
    let element = known.and_then(|f| f.element).unwrap_or(element);
    let data_type = known.and_then(|f| f.types.iter().find(|t| t.len() == 2).copied()).unwrap_or(data_type);
    let attributes = parts.iter().filter_map(|(n, v)| Some(((*n).to_owned(), (*v)?.to_owned()))).collect();
    Value::Typed(Typed { element: Name::hl7(element), data_type: Some(Name::hl7(data_type)), attributes })
}

fn element(typed: &Typed) -> String {
    let attributes: String = typed.attributes.iter().map(|(n, v)| format!(r#" {n}="{}""#, escape(v))).collect();
    // The prefix of the element is the one of its type too, so that canonicalisation keeps what the type means.
    let data_type = match &typed.data_type {
        Some(name) if name.namespace == typed.element.namespace => {
            format!(r#" xmlns:i="{XSI}" i:type="v:{}""#, escape(&name.local))
        }
        other => type_attribute(other.as_ref()),
    };
    format!(r#"<v:{} xmlns:v="{}"{data_type}{attributes}/>"#, typed.element.local, escape(&typed.element.namespace),)
}

fn type_attribute(name: Option<&Name>) -> String {
    let Some(name) = name else { return String::new() };
    let local = escape(&name.local);
    match name.namespace.as_str() {
        "" => format!(r#" xmlns:i="{XSI}" i:type="{local}""#),
        namespace => format!(r#" xmlns:i="{XSI}" xmlns:t="{}" i:type="t:{local}""#, escape(namespace)),
    }
}

/// The id and the authority in a CX: `<id>^^^&<OID>&ISO`.
pub fn cx(text: &str) -> Option<(&str, &str)> {
    let (id, authority) = text.split_once("^^^&")?;
    let (oid, kind) = authority.split_once('&')?;
    (kind == "ISO" && !id.is_empty() && !id.contains('^') && !oid.is_empty()).then_some((id, oid))
}

/// How heavy a remark weighs (section 5.2, parser rule).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Weight {
    /// It can be read all the same.
    Warning,
    /// Something that is needed is not there.
    Error,
}

/// What is to be said of the value of a known attribute.
#[derive(Debug, Clone, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Remark {
    /// The element is called otherwise than in the sources.
    OtherElement(String),
    /// The `xsi:type` is another than in the sources, or there is none where there should be one.
    OtherType(String),
    /// More than a code, its system and their names.
    MoreThanCode(String),
    /// The element is not one of HL7 version 3.
    OtherNamespace(String),
    /// An attribute of the value is missing or empty.
    MissingPart(&'static str),
    /// Text where a typed value should be.
    NotTyped,
    /// A typed value where text should be.
    NotText,
    /// More than one element.
    SeveralElements(usize),
    /// Nothing at all.
    Empty,
    /// Not a URI in `urn:oid:` form.
    NoOidUri,
    /// Not an identifier with its authority.
    NoCx,
}

impl Remark {
    /// How heavy it weighs.
    pub fn weight(&self) -> Weight {
        match self {
            Self::OtherElement(_) | Self::OtherType(_) | Self::MoreThanCode(_) | Self::NoOidUri => Weight::Warning,
            _ => Weight::Error,
        }
    }
}

/// Holds a value against the form of its attribute; nothing is said of attributes that are not in the table.
pub fn remarks(attribute: &str, value: &Value) -> Vec<Remark> {
    let Some(form) = form(attribute) else { return Vec::new() };
    let empty = matches!(value, Value::Text { text, .. } if text.is_empty());
    match (form.encoding, value) {
        (_, Value::Several(count)) => vec![Remark::SeveralElements(*count)],
        _ if empty => vec![Remark::Empty],
        (Encoding::Instance | Encoding::Coded, Value::Text { .. }) => vec![Remark::NotTyped],
        (Encoding::Text | Encoding::Uri | Encoding::Cx, Value::Typed(_)) => vec![Remark::NotText],
        (Encoding::Instance, Value::Typed(typed)) => of_typed(typed, &form, &["root", "extension"]),
        (Encoding::Coded | Encoding::TextOrCoded, Value::Typed(typed)) => of_code(typed, &form),
        (Encoding::Uri, Value::Text { text, .. }) if !is_oid_uri(text) => vec![Remark::NoOidUri],
        (Encoding::Cx, Value::Text { text, .. }) if cx(text).is_none() => vec![Remark::NoCx],
        (_, Value::Text { .. }) => Vec::new(),
    }
}

fn of_typed(typed: &Typed, form: &super::names::Form, parts: &[&'static str]) -> Vec<Remark> {
    let mut remarks = Vec::new();
    if typed.element.namespace != HL7 {
        remarks.push(Remark::OtherNamespace(typed.element.namespace.clone()));
    }
    let missing = parts.iter().filter(|p| typed.attribute(p).is_none_or(|v| v.trim().is_empty()));
    remarks.extend(missing.map(|p| Remark::MissingPart(p)));
    if form.element.is_some_and(|name| name != typed.element.local) {
        remarks.push(Remark::OtherElement(typed.element.local.clone()));
    }
    let known = |t: &Name| t.namespace == HL7 && form.types.contains(&t.local.as_str());
    match &typed.data_type {
        Some(name) if known(name) => {}
        Some(name) => remarks.push(Remark::OtherType(name.local.clone())),
        None => remarks.push(Remark::OtherType(String::new())),
    }
    remarks
}

fn of_code(typed: &Typed, form: &super::names::Form) -> Vec<Remark> {
    let mut remarks = of_typed(typed, form, &["code", "codeSystem"]);
    let allowed = ["code", "codeSystem", "codeSystemName", "displayName"];
    let more = typed.attributes.iter().filter(|(n, _)| !allowed.contains(&n.as_str()));
    remarks.extend(more.map(|(n, _)| Remark::MoreThanCode(n.clone())));
    remarks
}

fn is_oid_uri(text: &str) -> bool {
    text.strip_prefix("urn:oid:").is_some_and(|oid| {
        oid.contains('.') && oid.split('.').all(|arc| !arc.is_empty() && arc.bytes().all(|b| b.is_ascii_digit()))
    })
}

#[cfg(test)]
mod tests {
    use super::super::names as n;
    use super::*;

    fn edited(value: Value, edit: impl FnOnce(&mut Typed)) -> Value {
        let Value::Typed(mut typed) = value else { return value };
        edit(&mut typed);
        Value::Typed(typed)
    }

    fn role() -> Value {
        Value::code(n::ROLE, "01.013", "2.16.840.1.113883.2.4.15.111", Some("RoleCodeNL"))
    }

    fn ura() -> Value {
        Value::instance(n::PROVIDER_INSTITUTION, "2.16.528.1.1007.3.3", "90000001", None)
    }

    #[test]
    fn values_that_are_made_by_their_form_give_no_remark() {
        let all = [
            (n::ROLE, role()),
            (n::PROVIDER_INSTITUTION, ura()),
            (n::PURPOSE_OF_USE, Value::code(n::PURPOSE_OF_USE, "TREAT", "2.16.840.1.113883.1.11.20448", None)),
            (n::EVENT_CODE, Value::code(n::EVENT_CODE, "GGC002", "2.16.840.1.113883.2.4.3.111.5.10.1", None)),
            (n::ORGANIZATION, Value::text(n::ORGANIZATION, "SIM Ziekenhuis")),
            (n::ORGANIZATION_ID, Value::text(n::ORGANIZATION_ID, "urn:oid:2.16.528.1.1007.3.3.90000001")),
            (n::NPI, Value::text(n::NPI, "1")),
            (n::NPI, Value::code(n::NPI, "1", "2.16.528.1.1007.3.1", None)),
            (n::RESOURCE_ID, Value::cx(n::RESOURCE_ID, "999911120", "2.16.840.1.113883.2.4.6.3")),
            ("urn:vendor", Value::Several(7)),
        ];
        for (attribute, value) in all {
            assert_eq!(remarks(attribute, &value), [], "{attribute}");
        }
    }

    #[test]
    fn another_element_or_type_is_a_warning_and_another_namespace_or_a_missing_part_an_error() {
        let of =
            |attribute: &str, value: &Value| remarks(attribute, value).iter().map(Remark::weight).collect::<Vec<_>>();
        let warn = [Weight::Warning];
        assert_eq!(of(n::ROLE, &edited(role(), |t| t.element.local = "CodedValue".into())), warn);
        assert_eq!(of(n::ROLE, &edited(role(), |t| t.data_type = None)), warn);
        assert_eq!(of(n::ROLE, &edited(role(), |t| t.data_type = Some(Name::hl7("CV")))), warn);
        assert_eq!(of(n::ROLE, &edited(role(), |t| t.attributes.push(("originalText".into(), "x".into())))), warn);
        assert_eq!(of(n::ORGANIZATION_ID, &Value::text(n::ORGANIZATION_ID, "https://localhost/")), warn);
        let error = [Weight::Error];
        assert_eq!(of(n::ROLE, &edited(role(), |t| t.element.namespace.clear())), error);
        assert_eq!(of(n::ROLE, &edited(role(), |t| t.attributes.retain(|(n, _)| n != "codeSystem"))), error);
        assert_eq!(of(n::PROVIDER_INSTITUTION, &edited(ura(), |t| t.attributes[1].1 = " ".into())), error);
        assert_eq!(of(n::PROVIDER_INSTITUTION, &Value::text("", "90000001")), error);
        assert_eq!(of(n::ORGANIZATION, &ura()), error);
        assert_eq!(of(n::ROLE, &Value::Several(2)), error);
        assert_eq!(of(n::SUBJECT_ID, &Value::text(n::SUBJECT_ID, "")), error);
        assert_eq!(of(n::RESOURCE_ID, &Value::text(n::RESOURCE_ID, "999911120")), error);
    }

    #[test]
    fn a_value_says_what_and_whose_it_is() {
        let patient = Value::cx(n::RESOURCE_ID, "999911120", "2.16.840.1.113883.2.4.6.3");
        assert_eq!((patient.value(), patient.system()), (Some("999911120"), Some("2.16.840.1.113883.2.4.6.3")));
        assert_eq!((ura().value(), ura().system()), (Some("90000001"), Some("2.16.528.1.1007.3.3")));
        assert_eq!((role().value(), role().system()), (Some("01.013"), Some("2.16.840.1.113883.2.4.15.111")));
        for text in ["1^^^2&ISO", "^^^&1.2&ISO", "1^2^^^&1.2&ISO", "1^^^&&ISO", "1^^^&1.2&UUID"] {
            assert_eq!(cx(text), None, "{text}");
        }
    }
}
