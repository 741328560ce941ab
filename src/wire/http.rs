//! HTTP messages as plain values, and the parts of a request target.
//!
//! Header names are kept in lower case and in order; bodies are bytes. Percent-encoding follows RFC 3986.

use std::sync::Arc;

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::Value;

/// Everything but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// As [`RESERVED`], with the characters that Twiin-04 lets stand literally or that separate values.
const QUERY_VALUE: &AsciiSet = &RESERVED.remove(b'/').remove(b',');
/// Only what can never stand in a request target.
const ILLEGAL: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'|').add(b'\\').add(b'^').add(b'`').add(b'{').add(b'}');

/// A request as it goes over the wire.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HttpRequest {
    /// Method, upper case.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Header fields in order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body; empty for none.
    pub body: Vec<u8>,
}

/// A response as it comes over the wire.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HttpResponse {
    /// Status code.
    pub status: u16,
    /// Header fields in order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body; empty for none, and for one that [passed](Passed).
    pub body: Vec<u8>,
    /// What a package said that was too large to be kept.
    pub passed: Option<Arc<Passed>>,
}

/// A package of documents that was read piece by piece and not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed {
    /// Its JSON form, as [`super::xds::describe`] has it; `None` when it is no message between gateways.
    pub value: Option<Value>,
    /// Its size.
    pub bytes: usize,
}

/// The first field of that name (lower case).
pub fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
}

/// Replaces every field of that name by one.
pub fn set_header(headers: &mut Vec<(String, String)>, name: &str, value: impl Into<String>) {
    remove_header(headers, name);
    headers.push((name.to_owned(), value.into()));
}

/// Takes every field of that name out.
pub fn remove_header(headers: &mut Vec<(String, String)>, name: &str) {
    headers.retain(|(n, _)| n != name);
}

impl HttpRequest {
    /// A request without body.
    pub fn get(target: impl Into<String>) -> Self {
        Self { method: "GET".into(), target: target.into(), ..Self::default() }
    }
    /// The same with a header field.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        set_header(&mut self.headers, name, value);
        self
    }
    /// The same with a body of a media type.
    #[must_use]
    pub fn with_body(mut self, media_type: &str, body: Vec<u8>) -> Self {
        set_header(&mut self.headers, "content-type", media_type);
        self.body = body;
        self
    }
    /// Path without query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }
    /// Query without the question mark, if there is one.
    pub fn query(&self) -> Option<&str> {
        self.target.split_once('?').map(|(_, q)| q)
    }
}

impl HttpResponse {
    /// A response with these header fields and this body.
    pub fn new(status: u16, headers: Vec<(String, String)>, body: Vec<u8>) -> Self {
        Self { status, headers, body, passed: None }
    }
    /// A response without body.
    pub fn status(status: u16) -> Self {
        Self { status, ..Self::default() }
    }
    /// A response with text of a media type.
    pub fn text(status: u16, media_type: &str, text: impl Into<String>) -> Self {
        let headers = vec![("content-type".to_owned(), media_type.to_owned())];
        Self::new(status, headers, text.into().into_bytes())
    }
    /// A JSON response of a media type.
    pub fn json(status: u16, media_type: &str, value: &serde_json::Value) -> Self {
        let headers = vec![("content-type".to_owned(), media_type.to_owned())];
        Self::new(status, headers, value.to_string().into_bytes())
    }
    /// The same with a header field.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        set_header(&mut self.headers, name, value);
        self
    }
}

/// Media type without parameters, lower case: `application/fhir+json` of `application/fhir+json; charset=utf-8`.
pub fn media_type(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Name and value pairs of a query or form, decoded; a wrong percent sequence stays as it stands.
pub fn parse_pairs(text: &str, plus_is_space: bool) -> Vec<(String, String)> {
    let decode = |part: &str| {
        let part = if plus_is_space { part.replace('+', " ") } else { part.to_owned() };
        percent_decode_str(&part).decode_utf8_lossy().into_owned()
    };
    text.split('&')
        .filter(|p| !p.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}

/// A form body (`application/x-www-form-urlencoded`).
pub fn form(fields: &[(String, String)]) -> Vec<u8> {
    let encode = |text: &str| utf8_percent_encode(text, RESERVED).to_string();
    fields.iter().map(|(n, v)| format!("{}={}", encode(n), encode(v))).collect::<Vec<_>>().join("&").into_bytes()
}

/// How the values of a search URL are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum QueryEncoding {
    /// Reserved characters percent-encoded, `/` literal: what Twiin-04 asks for.
    #[default]
    Encoded,
    /// Reserved characters and `/` percent-encoded.
    SlashEncoded,
    /// As it stands; only what can never be on the wire is encoded.
    Literal,
}

/// Writes the values of `Type?name=value&..` in the given way; names and structure stay.
pub fn encode_query(query: &str, encoding: QueryEncoding) -> String {
    let (path, parameters) = match query.split_once('?') {
        Some((path, parameters)) => (path, parameters),
        None => return query.to_owned(),
    };
    let set = match encoding {
        QueryEncoding::Encoded => QUERY_VALUE,
        QueryEncoding::SlashEncoded => RESERVED,
        QueryEncoding::Literal => ILLEGAL,
    };
    let pairs: Vec<String> = parse_pairs(parameters, false)
        .iter()
        .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, set)))
        .collect();
    format!("{path}?{}", pairs.join("&"))
}

/// Encodes one value completely.
pub fn encode_component(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// Scheme, host, port and path of an `http` or `https` URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    /// `http` or `https`.
    pub scheme: String,
    /// Host name or address, lower case, without brackets.
    pub host: String,
    /// Port, filled in from the scheme when absent.
    pub port: u16,
    /// Path and query, beginning with `/`.
    pub target: String,
}

impl Url {
    /// Reads an absolute URL; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let uri: http::Uri = text.parse().ok()?;
        let scheme = uri.scheme_str()?.to_ascii_lowercase();
        let port = match (uri.port_u16(), scheme.as_str()) {
            (Some(port), "http" | "https") => port,
            (None, "https") => 443,
            (None, "http") => 80,
            _ => return None,
        };
        let host = uri.host()?.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        let target = uri.path_and_query().map_or("/", |p| p.as_str()).to_owned();
        Some(Self { scheme, host, port, target })
    }
    /// What a reference is behind this base: a relative one as it stands, an absolute one below the base without it;
    /// `None` for any other place.
    pub fn below(&self, reference: &str) -> Option<String> {
        match Self::parse(reference) {
            None => Some(reference.to_owned()),
            Some(url) if url.origin() != self.origin() => None,
            Some(url) => url.target.strip_prefix(&format!("{}/", self.target)).map(str::to_owned),
        }
    }
    /// Scheme, host and port, as `https://host:8443`; the usual port of the scheme is left out (RFC 6454 section 6.2).
    pub fn origin(&self) -> String {
        let usual = if self.scheme == "https" { 443 } else { 80 };
        let port = if self.port == usual { String::new() } else { format!(":{}", self.port) };
        format!("{}://{}{port}", self.scheme, self.host)
    }
}

/// The target of a request as an object: its `path`, and the `last` part of that.
pub fn target_parts(target: &str) -> serde_json::Value {
    let path = target.split('?').next().unwrap_or_default();
    serde_json::json!({ "path": path, "last": path.rsplit('/').next().unwrap_or_default() })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reserved_characters_are_encoded_and_the_slash_may_stay() {
        let query = "Condition?code=http://snomed.info/sct|1,http://loinc.org|2";
        assert_eq!(
            encode_query(query, QueryEncoding::Encoded),
            "Condition?code=http%3A//snomed.info/sct%7C1,http%3A//loinc.org%7C2"
        );
        assert!(encode_query(query, QueryEncoding::SlashEncoded).contains("http%3A%2F%2Fsnomed.info%2Fsct%7C1"));
        assert!(encode_query(query, QueryEncoding::Literal).contains("http://snomed.info/sct%7C1"));
        assert_eq!(encode_query("Flag", QueryEncoding::Encoded), "Flag");
    }

    #[test]
    fn urls_are_split_and_relative_ones_refused() {
        let url = Url::parse("https://Localhost:8443/fhir/Task?x=1").unwrap();
        assert_eq!((url.host.as_str(), url.port, url.target.as_str()), ("localhost", 8443, "/fhir/Task?x=1"));
        assert_eq!(Url::parse("https://example.org").unwrap().port, 443);
        assert_eq!(Url::parse("Task/1"), None);
        assert_eq!(Url::parse("ftp://example.org/x"), None);
        let base = Url::parse("https://localhost:8443/fhir").unwrap();
        assert_eq!(base.below("Flag?x=1").as_deref(), Some("Flag?x=1"));
        assert_eq!(base.below("https://LOCALHOST:8443/fhir/Flag?x=1").as_deref(), Some("Flag?x=1"));
        assert_eq!(base.below("https://localhost:8443/other/Flag"), None);
        assert_eq!(base.below("https://elsewhere:8443/fhir/Flag"), None);
    }

    proptest! {
        #[test]
        fn pairs_survive_writing_and_reading(fields in proptest::collection::vec(("[a-z_]{1,8}", ".{0,20}"), 0..6)) {
            let body = String::from_utf8(form(&fields)).unwrap();
            prop_assert_eq!(parse_pairs(&body, false), fields);
        }

        #[test]
        fn every_way_of_writing_a_query_means_the_same(value in "[a-zA-Z0-9:/|,. ]{1,30}") {
            let query = format!("Condition?code={value}");
            for encoding in [QueryEncoding::Encoded, QueryEncoding::SlashEncoded, QueryEncoding::Literal] {
                let written = encode_query(&query, encoding);
                let (_, parameters) = written.split_once('?').unwrap();
                prop_assert_eq!(&parse_pairs(parameters, false)[0].1, &value);
            }
        }
    }
}
