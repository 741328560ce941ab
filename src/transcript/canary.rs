//! Canaries: secrets and numbers of citizens that nobody has, planted in every place that a transcript can hold.
//!
//! Each place has a secret of its own, the same in every release, so that whoever seals a run can look for them without
//! knowing the run: what is found was not redacted. [`planted`] makes messages with a canary in every place; a transcript
//! that they went through must hold none. The numbers pass the eleven test and are no one's: they begin with 9999, as those
//! of fictitious patients do, and no fixture uses them.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use regex::bytes::Regex;
use serde_json::{Value, json};
use strum::IntoEnumIterator;

use super::event::{Request, Response};
use super::redact::Redactor;
use crate::base::bsn;
use crate::base::digest::sha256;
use crate::wire::http::{HttpRequest, HttpResponse};

/// A place that a secret can stand in.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    strum::Display,
    strum::EnumCount,
    strum::EnumIter,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Place {
    /// Credentials of a request.
    Authorization,
    /// Credentials of a proxy.
    ProxyAuthorization,
    /// A key in a header field of its own.
    ApiKeyHeader,
    /// A cookie that is sent.
    Cookie,
    /// A cookie that is set.
    SetCookie,
    /// A proof of possession.
    Dpop,
    /// A token in an address that a response names.
    LocationToken,
    /// User and password in an address.
    LocationUser,
    /// A number in a header field.
    HeaderNumber,
    /// A token in the query.
    QueryToken,
    /// A number in the query behind its system, percent-encoded.
    QueryIdentifier,
    /// A number in the query in encoded quotes.
    QueryQuoted,
    /// A secret in a form.
    FormSecret,
    /// A number in a form.
    FormNumber,
    /// A token in a form.
    FormAssertion,
    /// A claim of a token in a form.
    JwtClaim,
    /// The header of a token in a form.
    JwtHeader,
    /// A token that is issued.
    TokenBody,
    /// An identifier in JSON.
    JsonIdentifier,
    /// A number in JSON that is no text.
    JsonNumber,
    /// The name of a member.
    JsonMember,
    /// A number in a narrative or remark.
    JsonText,
    /// The name of a patient.
    JsonName,
    /// The address of a patient.
    JsonAddress,
    /// The telephone number of a patient.
    JsonTelecom,
    /// The name of a person that is referred to.
    JsonDisplay,
    /// The content of a document.
    JsonContent,
    /// The authorization base in a Task.
    AuthorizationBase,
    /// A private member of a JSON Web Key.
    KeyMember,
    /// An HL7v3 identifier in XML.
    XmlIdentifier,
    /// A number in the text of an element.
    XmlText,
    /// The name of a patient in XML.
    XmlName,
    /// A password in a security header.
    XmlPassword,
    /// A security token in a security header.
    XmlToken,
    /// The name of the subject of a SAML assertion.
    SamlSubject,
    /// The subject of a SAML assertion.
    SamlNameId,
    /// Another name of the subject of a SAML assertion.
    SamlAlias,
    /// A number in FHIR XML.
    FhirXmlIdentifier,
    /// A token of a scheme in text.
    TextBearer,
    /// User and password in text.
    TextBasic,
    /// A token by its form in text.
    TextJwt,
    /// A private key in text.
    TextKey,
    /// A number in text.
    TextNumber,
    /// A token in a body that cannot be read as what it says it is.
    Unreadable,
}

impl Place {
    /// The secret of the place: letters and digits, which no encoding of addresses changes.
    pub fn secret(self) -> String {
        format!("kanarie{}", &sha256(format!("twiin-harness canary {self}").as_bytes()).0[..20])
    }

    /// The number of the place.
    pub fn number(self) -> String {
        let digest = sha256(format!("twiin-harness canary number {self}").as_bytes()).0;
        let start = u32::from_str_radix(&digest[..6], 16).unwrap_or_default() % 90_000;
        (start..100_000)
            .map(|n| format!("9999{n:05}"))
            .find(|n| bsn::passes_eleven_test(n))
            .expect("one of eleven numbers passes")
    }

    /// All that may give the place away: secret and number as they are, and in base64 at each of its three alignments.
    fn traces(self) -> Vec<String> {
        let (secret, number) = (self.secret(), self.number());
        // A number stands alone: within digests there are digits enough.
        let mut traces = vec![format!("(?i-u:{secret})"), format!("(?-u:\\b|%[0-9A-Fa-f]{{2}}){number}(?-u:\\b)")];
        traces.extend(self.encoded().iter().map(|text| regex::escape(text)));
        traces
    }

    /// Secret and number in base64 at each of its three alignments.
    fn encoded(self) -> Vec<String> {
        let of = |text: &str, skip: usize| {
            let padded = format!("{}{text}", &"   "[..skip]);
            let encoded = STANDARD.encode(&padded);
            // The first group and the last sign hold bits of what stands beside it.
            let from = if skip == 0 { 0 } else { 4 };
            let whole = padded.len() / 3 * 4 + padded.len() % 3;
            encoded[from..whole].to_owned()
        };
        [self.secret(), self.number()].iter().flat_map(|text| (0..3).map(|skip| of(text, skip))).collect()
    }
}

/// The longest trace and what may stand before it.
const LONGEST: usize = 64;

/// What every trace begins with: few of the places where that stands are a canary, and it is found fast.
fn beginnings() -> String {
    let all: Vec<Vec<String>> = Place::iter().map(Place::encoded).collect();
    let common = |at: usize| {
        let first = all.first().map_or("", |texts| texts[at].as_str());
        let same = |other: &str| first.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
        let length = all.iter().map(|texts| same(&texts[at])).min().unwrap_or_default();
        regex::escape(&first[..length])
    };
    let encoded: Vec<String> = (0..6).map(common).collect();
    format!("(?i-u:kanarie)|9999|{}", encoded.join("|"))
}

/// The places whose canary stands in `bytes`, in order: what of a stored run was not redacted.
pub fn found(bytes: &[u8]) -> Vec<Place> {
    static TRACES: LazyLock<Vec<(Place, Regex)>> = LazyLock::new(|| {
        let regex = |place: Place| Regex::new(&place.traces().join("|")).expect("escaped texts are a pattern");
        Place::iter().map(|place| (place, regex(place))).collect()
    });
    // One look at everything first: a run is large and clean.
    static BEGINS: LazyLock<Regex> = LazyLock::new(|| Regex::new(&beginnings()).expect("escaped texts are a pattern"));
    static ANY: LazyLock<Regex> = LazyLock::new(|| {
        let all: Vec<String> = Place::iter().flat_map(Place::traces).collect();
        Regex::new(&all.join("|")).expect("escaped texts are a pattern")
    });
    let is_canary = |at: usize| {
        let end = bytes.len().min(at + LONGEST);
        let (from, piece) = (at.saturating_sub(3), &bytes[..end]);
        ANY.find_at(piece, from).is_some_and(|hit| hit.end() < end || end == bytes.len())
    };
    if !BEGINS.find_iter(bytes).any(|hit| is_canary(hit.start())) {
        return Vec::new();
    }
    TRACES.iter().filter(|(_, trace)| trace.is_match(bytes)).map(|(place, _)| *place).collect()
}

/// What the redaction of this build does with a canary in every place.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Check {
    /// Number of places that a canary was planted in.
    pub planted: usize,
    /// Those whose canary came through.
    pub found: Vec<Place>,
}

/// Plants a canary in every place and looks for them in what a transcript would hold.
pub fn check(redactor: &Redactor) -> Check {
    let kept: Vec<(Request, Response)> = planted()
        .iter()
        .map(|(request, response)| {
            (redactor.request(request, "https://harness.example", true), redactor.response(response, true))
        })
        .collect();
    let bytes = serde_json::to_vec(&kept).unwrap_or_default();
    Check { planted: Place::iter().count(), found: found(&bytes) }
}

/// Messages that hold the canary of every place.
pub fn planted() -> Vec<(HttpRequest, HttpResponse)> {
    vec![form(), json_message(), xml_message(), fhir_xml(), text()]
}

fn form() -> (HttpRequest, HttpResponse) {
    let jwt = |header: &Value, claims: &Value| {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.{}", part(header), part(claims), Place::FormAssertion.secret())
    };
    let header = json!({"alg": "RS256", "kid": Place::JwtHeader.number()});
    let claims =
        json!({"iss": "x", "patient": Place::JwtClaim.number(), "authorization_base": Place::JwtClaim.secret()});
    let fields = [
        ("client_secret", Place::FormSecret.secret()),
        ("scope", format!("patient {}", Place::FormNumber.number())),
        ("assertion", jwt(&header, &claims)),
    ];
    let body = crate::wire::http::form(&fields.map(|(name, value)| (name.to_owned(), value)));
    let request = HttpRequest {
        method: "POST".into(),
        target: format!("/token?access_token={}", Place::QueryToken.secret()),
        headers: vec![
            ("content-type".into(), "application/x-www-form-urlencoded".into()),
            (
                "authorization".into(),
                format!("Basic {}", STANDARD.encode(format!("u:{}", Place::Authorization.secret()))),
            ),
            ("proxy-authorization".into(), Place::ProxyAuthorization.secret()),
            ("cookie".into(), format!("session={}", Place::Cookie.secret())),
            ("dpop".into(), Place::Dpop.secret()),
            ("x-api-key".into(), Place::ApiKeyHeader.secret()),
            ("x-patient".into(), Place::HeaderNumber.number()),
        ],
        body,
    };
    let response = HttpResponse::json(200, "application/json", &json!({"access_token": Place::TokenBody.secret()}))
        .with_header("set-cookie", format!("session={}; Secure", Place::SetCookie.secret()))
        .with_header("location", format!("https://x.example/#access_token={}", Place::LocationToken.secret()))
        .with_header("link", format!("<https://u:{}@x.example/>", Place::LocationUser.secret()));
    (request, response)
}

fn json_message() -> (HttpRequest, HttpResponse) {
    let system = "http%3A%2F%2Ffhir.nl%2Ffhir%2FNamingSystem%2Fbsn%7C";
    let target = format!(
        "/fhir/Patient?identifier={system}{}&q=%22{}%22",
        Place::QueryIdentifier.number(),
        Place::QueryQuoted.number()
    );
    let mut body = json!({
        "resourceType": "Patient",
        "identifier": [{"system": bsn::SYSTEM, "value": Place::JsonIdentifier.number()}],
        "number": Place::JsonNumber.number().parse::<u64>().unwrap_or_default(),
        "note": format!("patient {}.", Place::JsonText.number()),
        "name": [{"family": Place::JsonName.secret(), "given": [Place::JsonName.secret()]}],
        "address": [{"line": [Place::JsonAddress.secret()]}],
        "telecom": [{"system": "phone", "value": Place::JsonTelecom.secret()}],
        "generalPractitioner": [{"reference": "Practitioner/p", "display": Place::JsonDisplay.secret()}],
        "content": [{"attachment": {"data": Place::JsonContent.secret()}}],
        "input": [{"type": {"coding": [{"code": "authorization-base"}]}, "valueString": Place::AuthorizationBase.secret()}],
        "jwk": {"kty": "RSA", "d": Place::KeyMember.secret()},
    });
    body[Place::JsonMember.number()] = json!(1);
    (HttpRequest::get(target), HttpResponse::json(200, "application/fhir+json", &body))
}

fn xml_message() -> (HttpRequest, HttpResponse) {
    let body = format!(
        "<e xmlns:s=\"urn:x\"><id root=\"{}\" extension=\"{}\"/><t>BSN {}</t><name><given>{}</given></name>\
         <s:Security><s:Password>{}</s:Password><s:BinarySecurityToken>{}</s:BinarySecurityToken>\
         <s:Attribute Name=\"urn:oasis:names:tc:xspa:1.0:subject:subject-id\"><s:AttributeValue>{}</s:AttributeValue>\
         </s:Attribute><s:NameID SPProvidedID=\"{}\">{}</s:NameID></s:Security></e>",
        bsn::OID,
        Place::XmlIdentifier.number(),
        Place::XmlText.number(),
        Place::XmlName.secret(),
        Place::XmlPassword.secret(),
        Place::XmlToken.secret(),
        Place::SamlSubject.secret(),
        Place::SamlAlias.secret(),
        Place::SamlNameId.secret(),
    );
    (HttpRequest::get("/xml"), HttpResponse::text(200, "application/soap+xml", &body))
}

fn fhir_xml() -> (HttpRequest, HttpResponse) {
    let body = format!(
        "<Patient xmlns=\"http://hl7.org/fhir\"><identifier><system value=\"{}\"/><value value=\"{}\"/></identifier></Patient>",
        bsn::SYSTEM,
        Place::FhirXmlIdentifier.number()
    );
    let unreadable = format!("{{\"access_token: Bearer {}", Place::Unreadable.secret());
    (
        HttpRequest {
            headers: vec![("content-type".into(), "application/json".into())],
            body: unreadable.into(),
            ..HttpRequest::get("/x")
        },
        HttpResponse::text(200, "application/fhir+xml", &body),
    )
}

fn text() -> (HttpRequest, HttpResponse) {
    let jwt = format!("{}.e30.{}", URL_SAFE_NO_PAD.encode("{\"alg\":\"none\"}"), Place::TextJwt.secret());
    let body = format!(
        "got Bearer {} and Basic {} and {jwt}\n-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\nof {}",
        Place::TextBearer.secret(),
        STANDARD.encode(format!("user:{}", Place::TextBasic.secret())),
        Place::TextKey.secret(),
        Place::TextNumber.number(),
    );
    (HttpRequest::get("/text"), HttpResponse::text(500, "text/plain", &body))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn redactor() -> Redactor {
        Redactor::new(vec!["authorization_base".into()])
    }

    /// Planted messages as they are, without redaction.
    fn bare(messages: &[(HttpRequest, HttpResponse)]) -> String {
        let parts =
            |headers: &[(String, String)], body: &[u8]| format!("{headers:?} {}", String::from_utf8_lossy(body));
        messages
            .iter()
            .map(|(q, a)| format!("{} {} {}\n", q.target, parts(&q.headers, &q.body), parts(&a.headers, &a.body)))
            .collect()
    }

    #[test]
    fn a_canary_is_planted_in_every_place_and_found_there() {
        assert_eq!(found(bare(&planted()).as_bytes()), Place::iter().collect::<Vec<_>>());
    }

    #[test]
    fn none_comes_through_redaction() {
        let check = check(&redactor());
        assert_eq!(check.found, Vec::<Place>::new());
        assert!(check.planted > 40);
    }

    #[test]
    fn a_message_that_is_not_redacted_is_found_among_those_that_are() {
        let mut all = BTreeSet::new();
        let planted = planted();
        for at in 0..planted.len() {
            let stored: String = planted
                .iter()
                .enumerate()
                .map(|(n, (q, a))| match n == at {
                    true => bare(std::slice::from_ref(&planted[n])),
                    false => {
                        serde_json::to_string(&(redactor().request(q, "", true), redactor().response(a, true))).unwrap()
                    }
                })
                .collect();
            let leaked = found(stored.as_bytes());
            assert!(!leaked.is_empty());
            assert_eq!(leaked, found(bare(&planted[at..=at]).as_bytes()));
            all.extend(leaked);
        }
        assert_eq!(all.len(), Place::iter().count());
    }

    #[test]
    fn one_place_that_is_not_redacted_is_found_and_named() {
        for place in Place::iter() {
            let kept: Vec<_> = planted()
                .iter()
                .map(|(q, a)| (redactor().request(q, "", true), redactor().response(a, true)))
                .collect();
            let mut stored = serde_json::to_string(&kept).unwrap();
            stored.push_str(&format!("{{\"leak\":\"{}\"}}", place.secret()));
            assert_eq!(found(stored.as_bytes()), [place]);
            assert_eq!(found(format!("x=\"{}\"", place.number()).as_bytes()), [place]);
        }
    }

    #[test]
    fn a_canary_is_found_in_base64_and_in_capitals() {
        for before in ["", "a", "ab"] {
            let encoded = STANDARD.encode(format!("{before}{} and more", Place::Cookie.secret()));
            assert_eq!(found(encoded.as_bytes()), [Place::Cookie], "{before}");
            let encoded = STANDARD.encode(format!("{before}{} and more", Place::XmlText.number()));
            assert_eq!(found(encoded.as_bytes()), [Place::XmlText], "{before}");
        }
        assert_eq!(found(Place::Dpop.secret().to_uppercase().as_bytes()), [Place::Dpop]);
    }

    #[test]
    fn every_trace_begins_with_what_is_looked_for_first_and_is_found_among_much_else() {
        let begins = Regex::new(&beginnings()).unwrap();
        assert!(!begins.is_match(b""));
        for place in Place::iter() {
            let texts = [place.secret(), place.number()].into_iter().chain(place.encoded());
            for text in texts {
                assert!(begins.find(text.as_bytes()).is_some_and(|hit| hit.start() == 0), "{text}");
                assert!(text.len() + 3 < LONGEST, "{text}");
                let among = format!("9999 9999{}\n%22{text} 9999 {}", "x".repeat(300), "kanarie ".repeat(50));
                assert_eq!(found(among.as_bytes()), [place], "{text}");
            }
        }
    }

    #[test]
    fn every_place_has_a_secret_and_a_number_of_its_own() {
        let secrets: BTreeSet<String> = Place::iter().map(Place::secret).collect();
        let numbers: BTreeSet<String> = Place::iter().map(Place::number).collect();
        assert_eq!((secrets.len(), numbers.len()), (Place::iter().count(), Place::iter().count()));
        assert!(numbers.iter().all(|n| bsn::passes_eleven_test(n)));
    }

    #[test]
    fn digits_within_a_digest_are_no_canary() {
        let within = format!("ab{}cd", Place::XmlText.number());
        assert_eq!(found(within.as_bytes()), Vec::<Place>::new());
    }
}
