//! Redaction on entry: nothing reaches a transcript but through here.
//!
//! Tokens, keys, citizen service numbers and names are replaced by marks such as `[redacted:bsn:6f1d…]`. The mark holds
//! a keyed digest, so that two equal values stay equal to a reader (was the token that was issued the one that came
//! back?) while nobody without the key of the run can search for the value. What a check must know of a hidden value
//! is said in the mark (`bsn` passes the eleven test, `bsn-invalid` does not) or beside it ([`JwtFacts`]).

mod audit;
mod detect;
mod documents;
mod presentation;
mod tree;
mod xds;

pub use detect::policy;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use serde_json::{Map, Value};

use super::event::{Body, JwtFacts, Request, Response};
use super::structure::{StructureCheck, StructureFacts};
use crate::base::bsn;
use crate::base::digest::keyed_mark;
use crate::wire::http::{self, HttpRequest, HttpResponse, Passed};
use crate::wire::{fhir, jose, mtom, saml, status, xds as gateways, xml};

/// Text longer than this is cut in the transcript.
const MAX_TEXT: usize = 64 * 1024;

/// JSON members, form fields and parameters of a target whose value is a secret, in lower case.
const TOKENS: [&str; 18] = [
    "access_token",
    "refresh_token",
    "id_token",
    "client_secret",
    "assertion",
    "client_assertion",
    "token",
    "accesstoken",
    "refreshtoken",
    "idtoken",
    "clientsecret",
    "code_verifier",
    "password",
    "passwd",
    "api_key",
    "apikey",
    "samlresponse",
    "samlrequest",
];
/// Header fields whose value is a credential, in lower case.
const CREDENTIALS: [&str; 8] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "dpop",
    "x-api-key",
    "x-auth-token",
    "x-access-token",
];
/// Members of a JSON Web Key that are secret (RFC 7518 section 6).
const SECRET_KEY_PARTS: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "k"];

fn is_secret_name(name: &str) -> bool {
    TOKENS.contains(&name.to_ascii_lowercase().as_str())
}

/// Says of a compact JWS whether its signature holds under a key of the candidate: the words of
/// [`JwtFacts::signature`] and the digest of the key.
pub type SignatureCheck = Arc<dyn Fn(&str) -> (String, Option<String>) + Send + Sync>;

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    Ours,
    Candidate,
}

/// Redacts messages with one key per run.
#[derive(Clone)]
pub struct Redactor {
    key: [u8; 32],
    /// Names of claims that hold the authorization base, from the profile.
    base_claims: Vec<String>,
    signature_check: Option<SignatureCheck>,
    structure_check: Option<StructureCheck>,
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
        Self {
            key,
            base_claims,
            signature_check: None,
            structure_check: None,
            anchors: Vec::new(),
            tokens: Arc::default(),
        }
    }

    /// The same redactor, which also says of tokens from the candidate whether their signature holds.
    #[must_use]
    pub fn with_signature_check(mut self, check: SignatureCheck) -> Self {
        self.signature_check = Some(check);
        self
    }

    /// The same redactor, which also says how resources of the candidate relate to FHIR packages.
    #[must_use]
    pub fn with_structure_check(mut self, check: StructureCheck) -> Self {
        self.structure_check = Some(check);
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
        let whose = if from_candidate { Whose::Candidate } else { Whose::Ours };
        let body = self.body(&request.headers, &request.body, whose);
        let mut jwt = self.tokens(&request.headers, &request.body, from_candidate);
        jwt.extend(self.assertions(&request.headers, &request.body));
        Request {
            method: self.text(&request.method),
            target: self.target(&request.target),
            base: base.to_owned(),
            headers: self.headers(&request.headers),
            body,
            jwt,
        }
    }

    /// A response for the transcript. `from_candidate` decides whether packages are asked about it.
    pub fn response(&self, response: &HttpResponse, from_candidate: bool) -> Response {
        let whose = if from_candidate { Whose::Candidate } else { Whose::Ours };
        Response {
            status: response.status,
            headers: self.headers(&response.headers),
            body: match &response.passed {
                Some(passed) => self.passed(passed),
                None => self.body(&response.headers, &response.body, whose),
            },
        }
    }

    fn passed(&self, passed: &Passed) -> Body {
        let bytes = passed.bytes;
        let Some(mut value) = passed.value.clone() else { return Body::Binary { bytes } };
        self.between_gateways(&mut value);
        Body::of_json("xds", value, bytes)
    }

    fn headers(&self, headers: &[(String, String)]) -> Vec<(String, String)> {
        let redacted = |name: &str, value: &str| {
            let name = name.to_ascii_lowercase();
            if !CREDENTIALS.contains(&name.as_str()) {
                return self.target(value);
            }
            match value.split_once(' ') {
                Some((scheme, token)) if name.ends_with("authorization") => {
                    format!("{scheme} {}", self.mark("token", token))
                }
                _ => self.mark("token", value),
            }
        };
        headers.iter().map(|(n, v)| (self.text(n), redacted(n, v))).collect()
    }

    fn body(&self, headers: &[(String, String)], body: &[u8], whose: Whose) -> Body {
        if body.is_empty() {
            return Body::Empty;
        }
        let media_type = http::header(headers, "content-type").map(http::media_type).unwrap_or_default();
        let bytes = body.len();
        if media_type == "application/x-www-form-urlencoded" {
            let fields = http::parse_pairs(&String::from_utf8_lossy(body), true);
            return Body::Form { fields: fields.into_iter().map(|(n, v)| self.field(n, &v)).collect() };
        }
        if let Some(value) = self.gateway_message(headers, &media_type, body) {
            return Body::of_json("xds", value, bytes);
        }
        if media_type == documents::PDF {
            return Body::of_json("document", self.as_document(&media_type, body), bytes);
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
                let structure = self.structure_of(&value, whose);
                self.audit(&mut value);
                let document = self.document_of(&value);
                self.value(&mut value);
                if let Some(document) = document {
                    value["document"] = document;
                }
                Body::Json { format: format.into(), value, bytes, structure }
            }
            Some((_, Err(reason))) => Body::Unreadable { reason: self.text(&reason), text: self.cut(body), bytes },
            None => match std::str::from_utf8(body) {
                Ok(_) => Body::Text { text: self.cut(body), bytes },
                Err(_) => Body::Binary { bytes },
            },
        }
    }

    /// A message of ITI-38, ITI-39 or RAD-75, or any package of MTOM.
    fn gateway_message(&self, headers: &[(String, String)], media_type: &str, body: &[u8]) -> Option<Value> {
        if !matches!(media_type, "application/soap+xml" | "multipart/related" | "text/xml") {
            return None;
        }
        let mut value = gateways::describe(http::header(headers, "content-type")?, body)?;
        self.between_gateways(&mut value);
        Some(value)
    }

    /// What packages say of a resource; the texts of it are hidden as all others are.
    fn structure_of(&self, value: &Value, whose: Whose) -> Option<Box<StructureFacts>> {
        let check = self.structure_check.as_ref().filter(|_| whose == Whose::Candidate)?;
        let mut facts = check(value)?;
        for departure in &mut facts.departures {
            departure.at = self.text(&departure.at);
            departure.what = self.text(&departure.what);
        }
        facts.not_evaluated.iter_mut().for_each(|open| open.what = self.text(&open.what));
        facts.profiles.iter_mut().for_each(|profile| *profile = self.text(profile));
        Some(Box::new(facts))
    }

    fn cut(&self, body: &[u8]) -> String {
        let text = String::from_utf8_lossy(&body[..body.len().min(MAX_TEXT)]);
        self.text(&text)
    }

    fn field(&self, name: String, value: &str) -> (String, String) {
        let value = if is_secret_name(&name) { self.mark("token", value) } else { self.text(value) };
        (self.text(&name), value)
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

    /// The SAML assertions in the security header of a SOAP message: `saml`, and `saml-2` and so on for more.
    fn assertions(&self, headers: &[(String, String)], body: &[u8]) -> Vec<(String, JwtFacts)> {
        let kind = http::header(headers, "content-type").unwrap_or_default();
        let carries = |media: &str| media.ends_with("xml") || media == "multipart/related";
        let message = carries(&http::media_type(kind)).then(|| mtom::envelope(kind, body)).flatten();
        let all = message.map(|m| saml::all_facts(&m)).unwrap_or_default();
        let named = |at: usize| if at == 0 { "saml".to_owned() } else { format!("saml-{}", at + 1) };
        let kept = all.into_iter().map(|saml::Facts { mut header, mut claims, signature }| {
            self.value(&mut header);
            // Who the subject is stands in these two, whatever they look like.
            for member in ["name-id", "sp-provided-id"] {
                if let Some(Value::String(text)) = claims.pointer_mut(&format!("/subject/{member}")) {
                    *text = self.mark("name", text);
                }
            }
            self.value(&mut claims);
            JwtFacts { header, claims, signature: signature.to_owned(), key_sha256: None }
        });
        kept.enumerate().map(|(at, facts)| (named(at), facts)).collect()
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
        let mut header = Value::Object(decoded.header.clone());
        self.value(&mut header);
        let unsigned = decoded.signature.is_empty();
        let (signature, key_sha256) = match &self.signature_check {
            // A holder that is a key in itself needs no other.
            _ if check && presentation::is_one(&decoded) => presentation::signature(&decoded),
            Some(verify) if check => verify(token),
            _ if unsigned => ("unsigned".into(), None),
            _ => ("not-checked".into(), None),
        };
        JwtFacts { header, claims, signature, key_sha256 }
    }

    /// Redacts a JSON value in place.
    pub fn value(&self, value: &mut Value) {
        match value {
            Value::Object(object) => self.object(object),
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item)),
            Value::String(text) => *text = self.text(text),
            Value::Number(number) => {
                // A number that could be one of a citizen is one, whatever the member is called.
                let digits = number.to_string();
                if bsn::passes_eleven_test(&digits) {
                    *value = Value::String(self.mark_bsn(&digits));
                }
            }
            _ => {}
        }
    }

    fn object(&self, object: &mut Map<String, Value>) {
        self.names(object);
        if object.contains_key("element") {
            self.element(object);
        }
        let is_key = object.contains_key("kty");
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
                (tree::SUBJECT, part) => self.hide_strings("name", part),
                ("div", Value::String(text)) => *text = self.mark("narrative", text),
                ("content" | "data", Value::String(text)) => *text = self.mark("content", text),
                ("family" | "given" | "_family" | "_given", part) => self.hide_strings("name", part),
                ("name", Value::Array(names)) => names.iter_mut().for_each(|n| self.hide_strings("name", n)),
                ("name", Value::Object(_)) => self.hide_strings("name", value),
                ("telecom", part) => self.hide_member("telecom", "value", part),
                ("address", part) => self.hide_strings("address", part),
                (name, Value::String(text)) if is_secret_name(name) => *text = self.mark("token", text),
                (name, Value::String(text)) if is_key && SECRET_KEY_PARTS.contains(&name) => {
                    *text = self.mark("key", text)
                }
                (name, Value::String(text)) if self.base_claims.iter().any(|c| c == name) => {
                    *text = self.mark("base", text)
                }
                (_, other) => self.value(other),
            }
        }
    }

    /// Names of members are text of strangers too.
    fn names(&self, object: &mut Map<String, Value>) {
        // Short words without digit or space can hold no number and no token; nearly all names are such words.
        let is_word = |name: &str| name.len() <= 64 && !name.bytes().any(|b| b.is_ascii_digit() || b == b' ');
        if object.keys().all(|name| is_word(name) || self.text(name) == *name) {
            return;
        }
        let members = std::mem::take(object);
        object.extend(members.into_iter().map(|(name, value)| (self.text(&name), value)));
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
mod tests;
