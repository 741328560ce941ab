//! Redaction on entry: nothing reaches a transcript but through here.
//!
//! Tokens, keys, citizen service numbers and names are replaced by marks such as `[redacted:bsn:6f1d…]`. The mark holds
//! a keyed digest, so that two equal values stay equal to a reader (was the token that was issued the one that came
//! back?) while nobody without the key of the run can search for the value. What a check must know of a hidden value
//! is said in the mark (`bsn` passes the eleven test, `bsn-invalid` does not) or beside it ([`JwtFacts`]).

mod audit;
mod presentation;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock, Mutex};

use regex::{Captures, Regex};
use serde_json::{Map, Value};

use super::event::{Body, JwtFacts, Request, Response};
use crate::base::bsn;
use crate::base::digest::keyed_mark;
use crate::wire::http::{self, HttpRequest, HttpResponse};
use crate::wire::{fhir, jose, saml, status, xml};

/// Text longer than this is cut in the transcript.
const MAX_TEXT: usize = 64 * 1024;

/// JSON members and form fields whose string value is a token.
const TOKENS: [&str; 7] =
    ["access_token", "refresh_token", "id_token", "client_secret", "assertion", "client_assertion", "token"];
/// Header fields whose value is a credential.
const CREDENTIALS: [&str; 5] = ["authorization", "proxy-authorization", "cookie", "set-cookie", "dpop"];

/// Says of a compact JWS whether its signature holds under a key of the candidate: the words of
/// [`JwtFacts::signature`] and the digest of the key.
pub type SignatureCheck = Arc<dyn Fn(&str) -> (String, Option<String>) + Send + Sync>;

/// Redacts messages with one key per run.
#[derive(Clone)]
pub struct Redactor {
    key: [u8; 32],
    /// Names of claims that hold the authorization base, from the profile.
    base_claims: Vec<String>,
    signature_check: Option<SignatureCheck>,
    /// Trust anchors that credentials of organisations are held against.
    anchors: Vec<Vec<u8>>,
    /// Tokens that were hidden so far, so that a record that repeats one is known by it.
    tokens: Arc<Mutex<BTreeSet<String>>>,
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Redactor")
    }
}

impl Redactor {
    /// A redactor with a fresh key that is never written down.
    pub fn new(base_claims: Vec<String>) -> Self {
        let mut key = [0; 32];
        key[..16].copy_from_slice(uuid::Uuid::new_v4().as_bytes());
        key[16..].copy_from_slice(uuid::Uuid::new_v4().as_bytes());
        Self { key, base_claims, signature_check: None, anchors: Vec::new(), tokens: Arc::default() }
    }

    /// The same redactor, which also says of tokens from the candidate whether their signature holds.
    #[must_use]
    pub fn with_signature_check(mut self, check: SignatureCheck) -> Self {
        self.signature_check = Some(check);
        self
    }

    fn mark(&self, kind: &str, value: &str) -> String {
        if kind == "token" {
            self.remember(value);
        }
        format!("[redacted:{kind}:{}]", keyed_mark(&self.key, value))
    }

    fn mark_bsn(&self, value: &str) -> String {
        self.mark(if bsn::passes_eleven_test(value) { "bsn" } else { "bsn-invalid" }, value)
    }

    /// A request for the transcript. `from_candidate` decides whether signatures of tokens are checked: our own
    /// tokens are wrong on purpose often enough.
    pub fn request(&self, request: &HttpRequest, base: &str, from_candidate: bool) -> Request {
        let body = self.body(&request.headers, &request.body);
        let mut jwt = self.tokens(&request.headers, &request.body, from_candidate);
        jwt.extend(self.assertion(&request.headers, &request.body).map(|facts| ("saml".to_owned(), facts)));
        Request {
            method: request.method.clone(),
            target: self.text(&request.target),
            base: base.to_owned(),
            headers: self.headers(&request.headers),
            body,
            jwt,
        }
    }

    /// A response for the transcript.
    pub fn response(&self, response: &HttpResponse) -> Response {
        Response {
            status: response.status,
            headers: self.headers(&response.headers),
            body: self.body(&response.headers, &response.body),
        }
    }

    fn headers(&self, headers: &[(String, String)]) -> Vec<(String, String)> {
        let redacted = |name: &str, value: &str| {
            if !CREDENTIALS.contains(&name) {
                return self.text(value);
            }
            match value.split_once(' ') {
                Some((scheme, token)) if name.ends_with("authorization") => {
                    format!("{scheme} {}", self.mark("token", token))
                }
                _ => self.mark("token", value),
            }
        };
        headers.iter().map(|(n, v)| (n.clone(), redacted(n, v))).collect()
    }

    fn body(&self, headers: &[(String, String)], body: &[u8]) -> Body {
        if body.is_empty() {
            return Body::Empty;
        }
        let media_type = http::header(headers, "content-type").map(http::media_type).unwrap_or_default();
        let bytes = body.len();
        if media_type == "application/x-www-form-urlencoded" {
            let fields = http::parse_pairs(&String::from_utf8_lossy(body), true);
            return Body::Form { fields: fields.into_iter().map(|(n, v)| self.field(n, &v)).collect() };
        }
        let limits = fhir::Limits::default();
        let parsed = match media_type.as_str() {
            m if m.ends_with("fhir+xml") => Some(("xml", fhir::parse_xml(body, &limits).map_err(|f| f.to_string()))),
            m if m.ends_with("xml") => {
                let tree = xml::parse(body, &xml::Limits::default());
                Some(("xml-tree", tree.map(|t| t.to_json()).map_err(|f| f.to_string())))
            }
            m if m.ends_with("json") => {
                Some(("json", jose::parse_object(body, 64).map(Value::Object).map_err(|f| f.to_string())))
            }
            status::ocsp::REQUEST => status::ocsp::request_facts(body).map(|facts| ("ocsp", Ok(facts))),
            status::ocsp::RESPONSE => status::ocsp::response_facts(body).map(|facts| ("ocsp", Ok(facts))),
            _ => None,
        };
        match parsed {
            Some((format, Ok(mut value))) => {
                self.audit(&mut value);
                self.value(&mut value);
                Body::Json { format: format.into(), value, bytes }
            }
            Some((_, Err(reason))) => Body::Unreadable { reason: self.text(&reason), text: self.cut(body), bytes },
            None => match std::str::from_utf8(body) {
                Ok(_) => Body::Text { text: self.cut(body), bytes },
                Err(_) => Body::Binary { bytes },
            },
        }
    }

    fn cut(&self, body: &[u8]) -> String {
        let text = String::from_utf8_lossy(&body[..body.len().min(MAX_TEXT)]);
        self.text(&text)
    }

    fn field(&self, name: String, value: &str) -> (String, String) {
        let value = if TOKENS.contains(&name.as_str()) { self.mark("token", value) } else { self.text(value) };
        (name, value)
    }

    /// Decodes the JSON Web Tokens of a form, with their content redacted.
    fn tokens(&self, headers: &[(String, String)], body: &[u8], check: bool) -> BTreeMap<String, JwtFacts> {
        let is_form =
            http::header(headers, "content-type").is_some_and(|c| http::media_type(c).ends_with("form-urlencoded"));
        if !is_form {
            return BTreeMap::new();
        }
        http::parse_pairs(&String::from_utf8_lossy(body), true)
            .into_iter()
            .filter(|(name, _)| name == "assertion" || name == "client_assertion")
            .map(|(name, token)| (name, self.token(&token, check)))
            .collect()
    }

    /// The SAML assertion in the security header of a SOAP message, if there is one.
    fn assertion(&self, headers: &[(String, String)], body: &[u8]) -> Option<JwtFacts> {
        let is_xml = http::header(headers, "content-type").is_some_and(|c| http::media_type(c).ends_with("xml"));
        let saml::Facts { mut header, mut claims, signature } = is_xml.then(|| saml::facts(body)).flatten()?;
        self.value(&mut header);
        self.value(&mut claims);
        Some(JwtFacts { header, claims, signature: signature.to_owned(), key_sha256: None })
    }

    fn token(&self, token: &str, check: bool) -> JwtFacts {
        let Ok(decoded) = jose::decode_unverified(token, jose::Limits::TOKEN) else {
            return JwtFacts {
                header: Value::Null,
                claims: Value::Null,
                signature: "unreadable".into(),
                key_sha256: None,
            };
        };
        let mut claims = decoded.claims.clone();
        presentation::open(&mut claims, &self.anchors);
        self.value(&mut claims);
        let unsigned = decoded.signature.is_empty();
        let (signature, key_sha256) = match &self.signature_check {
            // A holder that is a key in itself needs no other.
            _ if check && presentation::is_one(&decoded) => presentation::signature(&decoded),
            Some(verify) if check => verify(token),
            _ if unsigned => ("unsigned".into(), None),
            _ => ("not-checked".into(), None),
        };
        JwtFacts { header: Value::Object(decoded.header), claims, signature, key_sha256 }
    }

    /// Redacts a JSON value in place.
    pub fn value(&self, value: &mut Value) {
        match value {
            Value::Object(object) => self.object(object),
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item)),
            Value::String(text) => *text = self.text(text),
            _ => {}
        }
    }

    fn object(&self, object: &mut Map<String, Value>) {
        if let Some(Value::Object(attributes)) = object.get_mut("attributes") {
            self.xml_attributes(attributes);
        }
        let system = object.get("system").and_then(Value::as_str).map(str::to_owned);
        let refers_to_person = object.get("reference").and_then(Value::as_str).is_some_and(is_person_reference)
            || object
                .get("identifier")
                .and_then(|i| i.get("system"))
                .and_then(Value::as_str)
                .is_some_and(is_bsn_system);
        // In Twiin-01 the base is an input of the Task; in the R4 draft it is a part of a notification event.
        let is_base_input = is_authorization_base_input(object)
            || object.get("name").and_then(Value::as_str) == Some("authorization-value");
        for (key, value) in object.iter_mut() {
            match (key.as_str(), &mut *value) {
                // A coded value is no number of a citizen, whatever its digits; under the BSN system it is one, right or wrong.
                ("value" | "code", Value::String(text)) if system.is_some() => {
                    if system.as_deref().is_some_and(is_bsn_system) {
                        *text = self.mark_bsn(text);
                    }
                }
                ("valueString", Value::String(text)) if is_base_input => *text = self.mark("base", text),
                ("display", Value::String(text)) if refers_to_person => *text = self.mark("name", text),
                ("div", Value::String(text)) => *text = self.mark("narrative", text),
                ("content" | "data", Value::String(text)) => *text = self.mark("content", text),
                ("family" | "given" | "_family" | "_given", part) => self.hide_strings("name", part),
                ("name", Value::Array(names)) => names.iter_mut().for_each(|n| self.hide_strings("name", n)),
                ("name", Value::Object(_)) => self.hide_strings("name", value),
                ("telecom", part) => self.hide_member("telecom", "value", part),
                ("address", part) => self.hide_strings("address", part),
                (name, Value::String(text)) if TOKENS.contains(&name) => *text = self.mark("token", text),
                (name, Value::String(text)) if self.base_claims.iter().any(|c| c == name) => {
                    *text = self.mark("base", text)
                }
                (_, other) => self.value(other),
            }
        }
    }

    /// The attributes of an XML element: an HL7 instance identifier of a citizen is one whatever its digits.
    fn xml_attributes(&self, attributes: &mut Map<String, Value>) {
        let of_citizen = attributes.get("root").and_then(Value::as_str).is_some_and(is_bsn_system);
        if let Some(Value::String(extension)) = attributes.get_mut("extension").filter(|_| of_citizen) {
            *extension = self.mark_bsn(extension);
        }
    }

    /// Marks every string below `value` but codes that say nothing of a person.
    fn hide_strings(&self, kind: &str, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.mark(kind, text),
            Value::Array(items) => items.iter_mut().for_each(|i| self.hide_strings(kind, i)),
            Value::Object(object) => {
                for (key, part) in object.iter_mut() {
                    if !matches!(
                        key.as_str(),
                        "use" | "type" | "url" | "period" | "country" | "system" | "code" | "valueCode"
                    ) {
                        self.hide_strings(kind, part);
                    }
                }
            }
            _ => {}
        }
    }

    fn hide_member(&self, kind: &str, member: &str, value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|i| self.hide_member(kind, member, i)),
            Value::Object(object) => {
                if let Some(part) = object.get_mut(member) {
                    self.hide_strings(kind, part);
                }
            }
            _ => {}
        }
    }

    /// Redacts what detectors find in free text: tokens, keys, citizen service numbers.
    pub fn text(&self, text: &str) -> String {
        static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r"(?i)(\bbearer\s+|[?&](?:access_token|token)=)([A-Za-z0-9._~+/=%-]+)").expect("a valid pattern")
        });
        static JWT: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*").expect("a valid pattern")
        });
        static KEY: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|$)")
                .expect("a valid pattern")
        });
        let text = KEY.replace_all(text, |c: &Captures<'_>| self.mark("key", &c[0]));
        let text = TOKEN.replace_all(&text, |c: &Captures<'_>| format!("{}{}", &c[1], self.mark("token", &c[2])));
        let text = JWT.replace_all(&text, |c: &Captures<'_>| self.mark("token", &c[0]));
        self.numbers(&text)
    }

    fn numbers(&self, text: &str) -> String {
        static NINE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[0-9]+").expect("a valid pattern"));
        let mut out = String::with_capacity(text.len());
        let mut last = 0;
        for found in NINE.find_iter(text).filter(|m| m.len() == 9) {
            if self.is_citizen_number(&text[..found.start()], found.as_str(), &text[found.end()..]) {
                out.push_str(&text[last..found.start()]);
                out.push_str(&self.mark_bsn(found.as_str()));
                last = found.end();
            }
        }
        out.push_str(&text[last..]);
        out
    }

    /// Nine digits behind `<system>|` are a BSN exactly when the system says so; elsewhere when they stand alone and
    /// pass the eleven test.
    fn is_citizen_number(&self, before: &str, number: &str, after: &str) -> bool {
        let lower = before.to_ascii_lowercase();
        if let Some(system) = lower.strip_suffix('|').or_else(|| lower.strip_suffix("%7c")) {
            let start = system.rfind(['=', ',', ' ', '"']).map_or(0, |at| at + 1);
            return is_bsn_system(&system[start..].replace("%2f", "/").replace("%3a", ":"));
        }
        // Part of a longer id, OID or version: a letter, or a dot or hyphen with something behind it.
        let glued = |mut outward: Box<dyn Iterator<Item = char> + '_>| match outward.next() {
            Some('-' | '.') => outward.next().is_some_and(char::is_alphanumeric),
            Some(c) => c.is_alphanumeric(),
            None => false,
        };
        bsn::passes_eleven_test(number) && !glued(Box::new(before.chars().rev())) && !glued(Box::new(after.chars()))
    }
}

fn is_bsn_system(system: &str) -> bool {
    system.eq_ignore_ascii_case(bsn::SYSTEM) || system.trim_start_matches("urn:oid:") == bsn::OID
}

fn is_person_reference(reference: &str) -> bool {
    ["Patient/", "RelatedPerson/", "Practitioner/"]
        .iter()
        .any(|p| reference.starts_with(p) || reference.contains(&format!("/{p}")))
}

fn is_authorization_base_input(object: &Map<String, Value>) -> bool {
    object.get("type").and_then(|t| t.get("coding")).and_then(Value::as_array).is_some_and(|codings| {
        codings.iter().any(|c| c.get("code").and_then(Value::as_str) == Some("authorization-base"))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn redactor() -> Redactor {
        Redactor::new(vec!["authorization_base".into()])
    }

    #[test]
    fn a_citizen_number_is_hidden_wherever_it_stands_and_a_code_is_not() {
        let r = redactor();
        let mut value = json!({
            "identifier": [{"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": "999911120"}],
            "code": {"coding": [{"system": "http://snomed.info/sct", "code": "123456782"}]},
            "note": "patient 999911120.",
            "patient": "999911120",
            "url": "https://x/Condition?patient.identifier=http%3A%2F%2Ffhir.nl%2Ffhir%2FNamingSystem%2Fbsn%7C999911120&code=http://snomed.info/sct|123456782",
        });
        r.value(&mut value);
        let text = value.to_string();
        assert!(!text.contains("999911120"), "{text}");
        assert_eq!(text.matches("123456782").count(), 2, "{text}");
        assert_eq!(value["identifier"][0]["value"], value["patient"], "equal values stay equal");
    }

    #[test]
    fn the_authorization_value_of_an_r4_event_is_hidden_and_its_number_is_not() {
        let r = redactor();
        let mut value = json!([
            {"name": "event-number", "valueString": "42"},
            {"name": "authorization-value", "valueString": "Zk3p9QxT2mVb7LcW8nRy"},
        ]);
        r.value(&mut value);
        assert_eq!(value[0]["valueString"], "42");
        assert!(value[1]["valueString"].as_str().unwrap().starts_with("[redacted:base:"), "{value}");
    }

    #[test]
    fn a_citizen_number_in_xml_is_hidden_and_equals_the_one_in_json() {
        let r = redactor();
        let xml = r#"<q><id root="2.16.840.1.113883.2.4.6.3" extension="999911120"/><id root="2.16.528.1.1007.3.3" extension="00000659"/><t>BSN 999911120</t></q>"#;
        let response = HttpResponse::text(200, "application/soap+xml; charset=UTF-8", xml);
        let kept = r.response(&response);
        let Body::Json { format, value, .. } = &kept.body else { panic!("{kept:?}") };
        assert_eq!(format, "xml-tree");
        let mut json = json!({"patient": "999911120"});
        r.value(&mut json);
        assert_eq!(value["children"][0]["attributes"]["extension"], json["patient"]);
        assert_eq!(value["children"][1]["attributes"]["extension"], "00000659");
        assert!(!value.to_string().contains("999911120"));
    }

    #[test]
    fn a_wrong_citizen_number_is_hidden_and_said_to_be_wrong() {
        let r = redactor();
        let mut value = json!({"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": "999911121"});
        r.value(&mut value);
        assert!(value["value"].as_str().unwrap().starts_with("[redacted:bsn-invalid:"));
    }

    #[test]
    fn names_and_addresses_of_persons_are_hidden_and_of_organisations_kept() {
        let r = redactor();
        let mut value = json!({
            "resourceType": "Patient",
            "name": [{"use": "official", "family": "Voorbeeld", "given": ["Anna"], "text": "Anna Voorbeeld"}],
            "address": [{"line": ["Dorpsstraat 1"], "city": "Ons Dorp"}],
            "telecom": [{"system": "phone", "value": "+31201234567"}],
            "text": {"status": "generated", "div": "<div>Anna Voorbeeld</div>"},
            "managingOrganization": {"reference": "Organization/o", "display": "Ziekenhuis Noord"},
            "generalPractitioner": [{"reference": "Practitioner/p", "display": "B. Huisarts"}],
        });
        r.value(&mut value);
        let text = value.to_string();
        for hidden in ["Voorbeeld", "Anna", "Dorpsstraat", "Ons Dorp", "+3120", "Huisarts"] {
            assert!(!text.contains(hidden), "{hidden} in {text}");
        }
        assert!(text.contains("Ziekenhuis Noord") && text.contains("official"));
    }

    #[test]
    fn tokens_are_hidden_in_headers_forms_bodies_and_targets_and_stay_recognisable() {
        let r = redactor();
        let request =
            HttpRequest::get("/fhir/Patient?access_token=s3cr3t").with_header("authorization", "Bearer s3cr3t");
        let kept = r.request(&request, "", true);
        let response =
            HttpResponse::json(200, "application/json", &json!({"access_token": "s3cr3t", "token_type": "Bearer"}));
        let answer = r.response(&response);
        let text = format!("{kept:?}{answer:?}");
        assert!(!text.contains("s3cr3t"), "{text}");
        let issued = answer.body.json().unwrap()["access_token"].as_str().unwrap().to_owned();
        assert_eq!(kept.headers[0].1, format!("Bearer {issued}"));
    }

    #[test]
    fn the_authorization_base_is_the_same_mark_in_task_and_claim() {
        let r = redactor();
        let mut task =
            json!({"input": [{"type": {"coding": [{"code": "authorization-base"}]}, "valueString": "YmFzZQ=="}]});
        let mut claims = json!({"authorization_base": "YmFzZQ=="});
        r.value(&mut task);
        r.value(&mut claims);
        assert_eq!(task["input"][0]["valueString"], claims["authorization_base"]);
        assert!(!task.to_string().contains("YmFzZQ"));
    }

    proptest! {
        #[test]
        fn no_number_that_passes_the_test_and_stands_alone_survives(seed in 10_000_000u32..99_999_999, before in "[ ,:;(]{1,3}", after in "[ ,;)]{1,3}") {
            let number = (0..10).map(|d| format!("{seed}{d}")).find(|n| bsn::passes_eleven_test(n));
            if let Some(number) = number {
                let text = redactor().text(&format!("x{before}{number}{after}y"));
                prop_assert!(!text.contains(&number), "{}", text);
            }
        }

        #[test]
        fn redaction_never_panics(text in ".{0,200}") {
            let _ = redactor().text(&text);
        }
    }
}
