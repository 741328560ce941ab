//! XML elements as JSON: what HL7v3, SAML 2.0 and WS-Security say of people and hold of secrets.

use serde_json::{Map, Value};

use super::{Redactor, is_bsn_system};

/// Elements of HL7v3 and SAML whose text is a part of the name or address of a person.
pub(super) const OF_PERSON: [&str; 8] =
    ["family", "given", "streetAddressLine", "streetName", "houseNumber", "additionalLocator", "postalCode", "NameID"];
/// Elements of WS-Security and WS-Trust whose text is a secret.
pub(super) const SECRETS: [&str; 4] = ["Password", "BinarySecurityToken", "BinarySecret", "CipherValue"];
/// Element of HL7v3 that says when somebody was born.
const BORN: &str = "birthTime";
/// Namespace of HL7v3 and CDA.
const HL7V3: &str = "urn:hl7-org:v3";
/// The attribute of the XUA profile that names the person.
pub(super) const SUBJECT: &str = "urn:oasis:names:tc:xspa:1.0:subject:subject-id";

impl Redactor {
    /// One element; its children are walked by whoever calls.
    pub(super) fn element(&self, element: &mut Map<String, Value>) {
        let name = element.get("element").and_then(Value::as_str).unwrap_or_default().to_owned();
        if let Some(Value::Object(attributes)) = element.get_mut("attributes") {
            self.xml_attributes(&name, attributes);
        }
        let of_hl7 = element.get("namespace").and_then(Value::as_str) == Some(HL7V3);
        let kind = match name.as_str() {
            // What is told in words can name anybody.
            "text" | "title" | "desc" if of_hl7 => Some("narrative"),
            n if SECRETS.contains(&n) => Some("token"),
            n if OF_PERSON.contains(&n) => Some("name"),
            _ => None,
        };
        if let (Some(kind), Some(Value::String(text))) = (kind, element.get_mut("text")) {
            *text = self.mark(kind, text);
        }
        if name.ends_with("Person") {
            self.name_of_person(element);
        }
        if name == "Attribute" && attribute(element, "Name") == Some(SUBJECT) {
            let children = element.get_mut("children").and_then(Value::as_array_mut).into_iter().flatten();
            for child in children.filter_map(Value::as_object_mut) {
                if let Some(Value::String(text)) = child.get_mut("text") {
                    *text = self.mark("name", text);
                }
            }
        }
    }

    /// The name of a person may stand in one piece.
    fn name_of_person(&self, person: &mut Map<String, Value>) {
        let children = person.get_mut("children").and_then(Value::as_array_mut).into_iter().flatten();
        for name in children.filter_map(Value::as_object_mut).filter(|c| c.get("element") == Some(&Value::from("name")))
        {
            if let Some(Value::String(text)) = name.get_mut("text") {
                *text = self.mark("name", text);
            }
        }
    }

    /// An HL7 instance identifier of a citizen is one whatever its digits.
    fn xml_attributes(&self, element: &str, attributes: &mut Map<String, Value>) {
        let of_citizen = attributes.get("root").and_then(Value::as_str).is_some_and(is_bsn_system);
        if let Some(Value::String(extension)) = attributes.get_mut("extension").filter(|_| of_citizen) {
            *extension = self.mark_bsn(extension);
        }
        if let Some(Value::String(born)) = attributes.get_mut("value").filter(|_| element == BORN) {
            *born = self.mark("birth", born);
        }
        if let Some(Value::String(value)) = attributes.get_mut("value").filter(|_| element == "telecom") {
            *value = self.mark("telecom", value);
        }
        if let Some(Value::String(alias)) = attributes.get_mut("SPProvidedID") {
            *alias = self.mark("name", alias);
        }
    }
}

fn attribute<'a>(element: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    element.get("attributes")?.get(name)?.as_str()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::wire::xml::{self, Limits};

    fn redacted(text: &str) -> String {
        let mut tree = xml::parse(text.as_bytes(), &Limits::default()).unwrap().to_json();
        Redactor::new(Vec::new()).value(&mut tree);
        tree.to_string()
    }

    #[test]
    fn names_addresses_and_numbers_of_persons_are_hidden_and_of_organisations_kept() {
        let text = redacted(
            "<patient><name><given>Anna</given><family>Voorbeeld</family></name><addr><streetAddressLine>Dorpsstraat 1\
             </streetAddressLine></addr><telecom value=\"tel:+3120\"/><org><name>Ziekenhuis Noord</name></org></patient>",
        );
        for hidden in ["Anna", "Voorbeeld", "Dorpsstraat", "+3120"] {
            assert!(!text.contains(hidden), "{hidden} in {text}");
        }
        assert!(text.contains("Ziekenhuis Noord"));
    }

    #[test]
    fn who_a_message_of_hl7v3_is_about_is_hidden_and_its_codes_are_kept() {
        let text = redacted(
            "<m xmlns=\"urn:hl7-org:v3\"><patient><id root=\"2.16.840.1.113883.2.4.6.3\" extension=\"999943145\"/><patientPerson>\
             <name>Aaltje Verzonnen</name><birthTime value=\"19940517\"/></patientPerson></patient><code code=\"38341003\"/>\
             <text>Aaltje belde</text><Organization><name>De Berk</name></Organization></m>",
        );
        for hidden in ["999943145", "Aaltje", "19940517"] {
            assert!(!text.contains(hidden), "{hidden} in {text}");
        }
        assert!(text.contains("38341003") && text.contains("De Berk") && text.contains("[redacted:bsn:"), "{text}");
    }

    #[test]
    fn the_subject_of_an_assertion_and_a_wrong_number_with_its_authority_are_hidden() {
        let text = redacted(
            "<Assertion><Subject><NameID SPProvidedID=\"alias7\">a.arts</NameID></Subject><AttributeValue>\
             123456789^^^&amp;2.16.840.1.113883.2.4.6.3&amp;ISO</AttributeValue><AttributeValue>\
             123456789^^^&amp;2.16.528.1.1007.3.1&amp;ISO</AttributeValue></Assertion>",
        );
        assert!(!text.contains("alias7") && !text.contains("a.arts") && text.contains("bsn-invalid"), "{text}");
        assert_eq!(text.matches("123456789").count(), 1, "a number of somebody else stays: {text}");
    }

    #[test]
    fn secrets_of_a_security_header_and_the_name_of_its_subject_are_hidden() {
        let text = redacted(&format!(
            "<Security><UsernameToken><Password>s3cr3t</Password></UsernameToken><Attribute Name=\"{SUBJECT}\">\
             <AttributeValue>A. Arts</AttributeValue></Attribute><Attribute Name=\"urn:role\">\
             <AttributeValue>arts</AttributeValue></Attribute></Security>"
        ));
        assert!(!text.contains("s3cr3t") && !text.contains("A. Arts") && text.contains("\"arts\""), "{text}");
    }
}
