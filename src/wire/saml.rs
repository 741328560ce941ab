//! SAML 2.0 assertions as they travel in `wsse:Security`: written, signed, and read down to the facts that a check needs.
//!
//! Attributes are read by name and coded value, whatever the element that carries the value is called: clients differ in
//! that (50-generic-facilities section 1.5). A signature is checked by the certificate that stands in it, by exclusive
//! canonicalisation, and counts only for the assertion that is read (XML Signature; SAML 2.0 core section 5).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra::{DsigContext, KeysManager, VerifyResult, sign, verify_all};
use serde_json::{Map, Value, json};
use time::{Duration, OffsetDateTime};

use super::x509;
use super::xml::{self, Element, escape};
use crate::base::clock;

/// Namespace of assertions.
pub const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
/// Namespace of WS-Security.
pub const WSSE: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

/// The coded value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Coded {
    /// An instance identifier: root and extension.
    Instance(String, String),
    /// A code: its system and itself.
    Code(String, String),
}

/// An assertion before it is signed.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Who asserts, a URI of the organisation.
    pub issuer: String,
    /// For whom.
    pub audience: String,
    /// When.
    pub issued: OffsetDateTime,
    /// How long it holds, in seconds; `None` writes no Conditions.
    pub lifetime_s: Option<i64>,
    /// Attributes by name.
    pub attributes: Vec<(String, Coded)>,
}

/// What signs an assertion.
#[derive(Debug, Clone, Copy)]
pub struct Signer<'a> {
    /// Private key, PKCS#8 in PEM.
    pub key_pem: &'a str,
    /// Its certificate.
    pub certificate: &'a [u8],
}

/// An assertion could not be signed: our own material is at fault.
#[derive(Debug, thiserror::Error)]
#[error("sign an assertion: {0}")]
pub struct Unsigned(String);

impl Draft {
    /// The assertion as XML, signed when there is a signer.
    ///
    /// # Errors
    /// When the key cannot sign.
    pub fn write(&self, signer: Option<Signer<'_>>) -> Result<String, Unsigned> {
        let id = format!("_{}", uuid::Uuid::new_v4());
        let Some(signer) = signer else { return Ok(self.xml(&id, "")) };
        let key = bergshamra::keys::loader::load_pem_auto(signer.key_pem.as_bytes(), None);
        let key = key.map_err(|e| Unsigned(e.to_string()))?;
        let method = match key.algorithm_name() {
            name if name.starts_with("EC") => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
            _ => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        };
        let certificate = STANDARD.encode(signer.certificate);
        let template = format!(
            r##"<ds:Signature xmlns:ds="{DSIG}"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"/><ds:SignatureMethod Algorithm="{method}"/><ds:Reference URI="#{id}"><ds:Transforms><ds:Transform Algorithm="{DSIG}enveloped-signature"/><ds:Transform Algorithm="{EXCLUSIVE}"/></ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue></ds:DigestValue></ds:Reference></ds:SignedInfo><ds:SignatureValue></ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>"##
        );
        let mut keys = KeysManager::new();
        keys.add_key(key);
        sign(&DsigContext::new(keys), &self.xml(&id, &template)).map_err(|e| Unsigned(e.to_string()))
    }

    fn xml(&self, id: &str, signature: &str) -> String {
        let at = |offset: i64| clock::rfc3339(self.issued + Duration::seconds(offset));
        let issued = at(0);
        let conditions = self.lifetime_s.map(|lifetime| {
            format!(
                r#"<s:Conditions NotBefore="{issued}" NotOnOrAfter="{}"><s:AudienceRestriction><s:Audience>{}</s:Audience></s:AudienceRestriction></s:Conditions>"#,
                at(lifetime),
                escape(&self.audience)
            )
        });
        let attributes: String = self.attributes.iter().map(|(name, value)| attribute(name, value)).collect();
        format!(
            r#"<s:Assertion xmlns:s="{ASSERTION}" Version="2.0" ID="{id}" IssueInstant="{issued}"><s:Issuer>{issuer}</s:Issuer>{signature}<s:Subject><s:NameID>{issuer}</s:NameID><s:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"/></s:Subject>{conditions}<s:AuthnStatement AuthnInstant="{issued}"><s:AuthnContext><s:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:X509</s:AuthnContextClassRef></s:AuthnContext></s:AuthnStatement><s:AttributeStatement>{attributes}</s:AttributeStatement></s:Assertion>"#,
            issuer = escape(&self.issuer),
            conditions = conditions.unwrap_or_default(),
        )
    }
}

fn attribute(name: &str, value: &Coded) -> String {
    let value = match value {
        Coded::Instance(root, extension) => format!(
            r#"<h:InstanceIdentifier xmlns:h="urn:hl7-org:v3" root="{}" extension="{}"/>"#,
            escape(root),
            escape(extension)
        ),
        Coded::Code(system, code) => format!(
            r#"<h:CodedValue xmlns:h="urn:hl7-org:v3" code="{}" codeSystem="{}"/>"#,
            escape(code),
            escape(system)
        ),
    };
    format!(r#"<s:Attribute Name="{}"><s:AttributeValue>{value}</s:AttributeValue></s:Attribute>"#, escape(name))
}

/// The assertion in `wsse:Security`, as far as it has an XML signature header around it.
pub fn security_header(assertion: &str) -> String {
    format!(r#"<w:Security xmlns:w="{WSSE}" e:mustUnderstand="true">{assertion}</w:Security>"#)
}

/// What an assertion says, in the shape that a token of another kind has too: what it is, what it claims, and whether its
/// signature holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// `version`, `id`, and of a signature `signature-method`, `canonicalization`, `digest-method` and `certificate-ura`.
    pub header: Value,
    /// `iss`, `aud`, `iat`, `exp` (seconds since 1970), `confirmation`, `context`, and `attributes`: by name an object of
    /// `system` and `value` (a list of them where the name stands more than once).
    pub claims: Value,
    /// `verified`, `wrong` or `unsigned`.
    pub signature: &'static str,
}

/// The facts of the assertion in the security header of a message; `None` when there is none.
pub fn facts(message: &[u8]) -> Option<Facts> {
    let root = xml::parse(message, &xml::Limits::default()).ok()?;
    let security = root.descendants().into_iter().find(|e| e.name == "Security" && e.namespace == WSSE)?;
    let assertion = security.children.iter().find(|e| e.name == "Assertion" && e.namespace == ASSERTION)?;
    let signature = assertion.children.iter().find(|e| e.name == "Signature" && e.namespace == DSIG);
    let id = assertion.attribute("ID").unwrap_or_default();
    let certificate = signature.and_then(certificate);
    let verdict = match (signature, &certificate) {
        (None, _) => "unsigned",
        (Some(_), Some(der)) if holds(message, id, der) => "verified",
        _ => "wrong",
    };
    Some(Facts {
        header: header(assertion, signature, certificate.as_deref()),
        claims: claims(assertion),
        signature: verdict,
    })
}

fn certificate(signature: &Element) -> Option<Vec<u8>> {
    let text: String = signature.find("X509Certificate")?.text.split_whitespace().collect();
    STANDARD.decode(text).ok().filter(|der| der.len() <= x509::MAX_CERTIFICATE_BYTES)
}

/// Whether a signature by the key of this certificate covers the element of that id. Ids that stand twice are refused by
/// the verifier, so that the reference can mean no other element.
fn holds(message: &[u8], id: &str, certificate: &[u8]) -> bool {
    let (Ok(text), Ok(key)) = (std::str::from_utf8(message), bergshamra::keys::loader::load_x509_cert_der(certificate))
    else {
        return false;
    };
    let mut keys = KeysManager::new();
    keys.add_key(key);
    let context = DsigContext::new(keys).with_trusted_keys_only(true);
    let reference = format!("#{id}");
    let covers = |result: &VerifyResult| match result {
        VerifyResult::Valid { references, .. } => {
            references.len() == 1 && references.iter().all(|r| r.uri == reference && r.digest_verified)
        }
        _ => false,
    };
    !id.is_empty() && verify_all(&context, text).is_ok_and(|all| all.iter().any(covers))
}

fn header(assertion: &Element, signature: Option<&Element>, certificate: Option<&[u8]>) -> Value {
    let mut header = Map::new();
    header.insert("version".into(), json!(assertion.attribute("Version")));
    header.insert("id".into(), json!(assertion.attribute("ID")));
    let algorithm = |name: &str| signature.and_then(|s| s.find(name)).and_then(|e| e.attribute("Algorithm"));
    if signature.is_some() {
        header.insert("signature-method".into(), json!(algorithm("SignatureMethod")));
        header.insert("canonicalization".into(), json!(algorithm("CanonicalizationMethod")));
        header.insert("digest-method".into(), json!(algorithm("DigestMethod")));
    }
    if let Some(uzi) = certificate.and_then(|der| x509::facts(der).ok()).and_then(|f| f.uzi) {
        header.insert("certificate-ura".into(), json!(uzi.ura));
    }
    Value::Object(header)
}

fn claims(assertion: &Element) -> Value {
    let seconds = |text: Option<&str>| text.and_then(clock::parse_rfc3339).map(OffsetDateTime::unix_timestamp);
    let conditions = assertion.child("Conditions");
    let condition = |name: &str| seconds(conditions.and_then(|c| c.attribute(name)));
    let text = |name: &str| assertion.find(name).map(|e| e.text.clone());
    let facts = [
        ("iss", json!(assertion.child("Issuer").map(|e| e.text.clone()))),
        ("aud", json!(conditions.and_then(|c| c.find("Audience")).map(|e| e.text.clone()))),
        ("iat", json!(condition("NotBefore").or_else(|| seconds(assertion.attribute("IssueInstant"))))),
        ("exp", json!(condition("NotOnOrAfter"))),
        ("confirmation", json!(assertion.find("SubjectConfirmation").and_then(|e| e.attribute("Method")))),
        ("context", json!(text("AuthnContextClassRef"))),
        ("attributes", attributes(assertion)),
    ];
    Value::Object(facts.into_iter().filter(|(_, v)| !v.is_null()).map(|(n, v)| (n.to_owned(), v)).collect())
}

fn attributes(assertion: &Element) -> Value {
    let mut all = Map::new();
    let listed = assertion.children_named("AttributeStatement").flat_map(|s| s.children_named("Attribute"));
    for attribute in listed {
        let name = attribute.attribute("Name").unwrap_or_default().to_owned();
        for value in attribute.children_named("AttributeValue") {
            let value = coded(value);
            match all.get_mut(&name) {
                None => drop(all.insert(name.clone(), value)),
                Some(Value::Array(list)) => list.push(value),
                Some(one) => *one = json!([one.clone(), value]),
            }
        }
    }
    Value::Object(all)
}

/// The value, wherever in the element it stands: as an identifier, as a code, or as text.
fn coded(value: &Element) -> Value {
    for part in value.descendants() {
        if let Some(extension) = part.attribute("extension") {
            return json!({"system": part.attribute("root"), "value": extension});
        }
        if let Some(code) = part.attribute("code") {
            return json!({"system": part.attribute("codeSystem"), "value": code});
        }
    }
    json!({"value": value.text})
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::wire::jose::{Algorithm, SigningKey};

    fn draft(lifetime_s: Option<i64>) -> Draft {
        Draft {
            issuer: "urn:oid:2.16.528.1.1007.3.3.90000001".into(),
            audience: "urn:oid:1.2.3".into(),
            issued: clock::now(),
            lifetime_s,
            attributes: vec![
                ("urn:role".into(), Coded::Code("2.16.840.1.113883.2.4.15.111".into(), "01.015".into())),
                ("urn:institution".into(), Coded::Instance("2.16.528.1.1007.3.3".into(), "90000001".into())),
            ],
        }
    }

    fn message(assertion: &str) -> String {
        format!(
            r#"<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Header>{}</e:Header><e:Body/></e:Envelope>"#,
            security_header(assertion)
        )
    }

    /// A key with a self-signed certificate of its own.
    fn signed(draft: &Draft) -> String {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        let certificate = rcgen::CertificateParams::new(vec!["localhost".into()]).unwrap().self_signed(&key).unwrap();
        draft.write(Some(Signer { key_pem: &key.serialize_pem(), certificate: certificate.der() })).unwrap()
    }

    #[test]
    fn a_signed_assertion_is_verified_within_a_message() {
        let facts = facts(message(&signed(&draft(Some(600)))).as_bytes()).unwrap();
        assert_eq!(facts.signature, "verified");
        assert_eq!(facts.header["signature-method"], "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256");
        assert_eq!(facts.claims["exp"].as_i64().unwrap() - facts.claims["iat"].as_i64().unwrap(), 600);
        assert_eq!(facts.claims["attributes"]["urn:role"]["value"], "01.015");
        assert_eq!(facts.claims["attributes"]["urn:institution"]["system"], "2.16.528.1.1007.3.3");
    }

    #[test]
    fn a_changed_assertion_and_one_that_borrows_a_signature_are_wrong() {
        let good = signed(&draft(Some(600)));
        let changed = good.replace("01.015", "01.016");
        assert_eq!(facts(message(&changed).as_bytes()).unwrap().signature, "wrong");
        // The signature of another assertion, moved into this one, covers nothing of it.
        let start = good.find("<ds:Signature ").unwrap();
        let end = good.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
        let other = draft(Some(600)).write(None).unwrap();
        let borrowed = other.replacen("</s:Issuer>", &format!("</s:Issuer>{}", &good[start..end]), 1);
        assert_eq!(facts(message(&borrowed).as_bytes()).unwrap().signature, "wrong");
    }

    #[test]
    fn an_unsigned_assertion_without_conditions_is_told_as_such() {
        let facts = facts(message(&draft(None).write(None).unwrap()).as_bytes()).unwrap();
        assert_eq!((facts.signature, facts.claims.get("exp")), ("unsigned", None));
    }

    #[test]
    fn the_value_element_may_have_any_name() {
        let text = message(
            r#"<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion" ID="_1" Version="2.0"><AttributeStatement><Attribute Name="a"><AttributeValue><Role xmlns="urn:hl7-org:v3" code="1" codeSystem="2"/></AttributeValue><AttributeValue>plain</AttributeValue></Attribute></AttributeStatement></Assertion>"#,
        );
        let facts = facts(text.as_bytes()).unwrap();
        assert_eq!(facts.claims["attributes"]["a"], json!([{"system": "2", "value": "1"}, {"value": "plain"}]));
    }

    #[test]
    fn a_message_without_assertion_has_no_facts_and_a_foreign_key_cannot_be_loaded() {
        assert_eq!(facts(b"<a/>"), None);
        let key = SigningKey::generate(Algorithm::Es256).unwrap();
        assert!(draft(None).write(Some(Signer { key_pem: "nonsense", certificate: &[] })).is_err());
        assert!(draft(None).write(Some(Signer { key_pem: &key.to_pem(), certificate: &[] })).is_ok());
    }
}
