//! Detectors: secrets and numbers of citizens in any text, whatever it is called and wherever it stands.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use regex::{Captures, Regex};
use serde_json::{Value, json};

use super::{CREDENTIALS, Redactor, SECRET_KEY_PARTS, TOKENS, is_bsn_system, tree};
use crate::base::bsn;

/// Tokens of a scheme that says so (RFC 6750, RFC 9449), wherever they are written.
static SCHEME: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)(\b(?:bearer|dpop)\s+)([A-Za-z0-9._~+/=%-]+)").expect("a valid pattern"));
/// User and password of the Basic scheme (RFC 7617), when it is base64 indeed.
static BASIC: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)(\bbasic\s+)([A-Za-z0-9+/]{4,}={0,2})").expect("a valid pattern"));
/// A header field of credentials within text, as error pages and logs repeat it.
static FIELD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(\b(?:proxy-)?authorization\s*[:=]\s*[A-Za-z][A-Za-z0-9-]*\s+)([A-Za-z0-9._~+/=%-]{8,})")
        .expect("a valid pattern")
});
/// A parameter whose value is a secret. It stands in a query, in a fragment or in a form that is shown as text.
static PARAMETER: LazyLock<Regex> = LazyLock::new(|| {
    let names = TOKENS.join("|");
    Regex::new(&format!(r#"(?i)([?&#](?:{names})=)([^&#\s"'<>]+)"#)).expect("a valid pattern")
});
/// A word for a secret and what it says, as command lines, settings and remarks write it.
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    let names = TOKENS.join("|");
    Regex::new(&format!(r#"(?i)(\b(?:{names})["']?\s*[:=]\s*["']?)([^\s"',;&{{}}\[\]|>]+)"#)).expect("a valid pattern")
});
/// A compact JWS or JWE (RFC 7515, RFC 7516): three or five parts.
static JWT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]*){0,2}")
        .expect("a valid pattern")
});
/// A private key in PEM (RFC 7468, RFC 4716, OpenPGP), also when its end is missing.
static KEY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|$)",
    )
    .expect("a valid pattern")
});
/// A number of a citizen with its authority in one text (CX), right or wrong.
static CX: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"([^\s^'"<>()|]+)(\^\^\^&(?:amp;)?2\.16\.840\.1\.113883\.2\.4\.6\.3&)"#).expect("a valid pattern")
});
/// Digits that stand together, and what is percent-encoded, whose digits are none.
static DIGITS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"%[0-9A-Fa-f]{2}|[0-9]+").expect("a valid pattern"));

/// What is redacted, as a document: its digest tells two releases with other rules apart.
pub fn policy() -> Value {
    let detectors = [&SCHEME, &BASIC, &FIELD, &PARAMETER, &JWT, &KEY, &CX].map(|d| d.as_str().to_owned());
    json!({
        "header-fields": CREDENTIALS,
        "members": TOKENS,
        "key-members": SECRET_KEY_PARTS,
        "elements-of-persons": tree::OF_PERSON,
        "elements-of-secrets": tree::SECRETS,
        "detectors": detectors,
        "numbers": "nine digits that pass the eleven test and stand alone, or that stand behind the BSN system or before its OID",
    })
}

impl Redactor {
    /// Redacts what detectors find in free text: tokens, keys, citizen service numbers.
    pub fn text(&self, text: &str) -> String {
        let hidden = |c: &Captures<'_>| format!("{}{}", &c[1], self.mark("token", &c[2]));
        let text = KEY.replace_all(text, |c: &Captures<'_>| self.mark("key", &c[0]));
        let text = PARAMETER.replace_all(&text, hidden);
        let text = SCHEME.replace_all(&text, hidden);
        let text = BASIC.replace_all(&text, |c: &Captures<'_>| match is_user_and_password(&c[2]) {
            true => format!("{}{}", &c[1], self.mark("token", &c[2])),
            false => c[0].to_owned(),
        });
        let text = FIELD.replace_all(&text, |c: &Captures<'_>| match c[2].bytes().all(|b| b.is_ascii_lowercase()) {
            // A word: somebody writes about authorization.
            true => c[0].to_owned(),
            false => format!("{}{}", &c[1], self.mark("token", &c[2])),
        });
        let text = JWT.replace_all(&text, |c: &Captures<'_>| self.mark("token", &c[0]));
        let text = CX.replace_all(&text, |c: &Captures<'_>| match c[1].starts_with("[redacted:") {
            true => c[0].to_owned(),
            false => format!("{}{}", self.mark_bsn(&c[1]), &c[2]),
        });
        self.numbers(&text)
    }

    /// A request target, or a header field that may hold one. User and password before a host are hidden too.
    pub(super) fn target(&self, target: &str) -> String {
        static USER: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r"(//)([^/?#@\s]+:[^/?#@\s]*)@").expect("a valid pattern"));
        let text = USER.replace_all(target, |c: &Captures<'_>| format!("//{}@", self.mark("token", &c[2])));
        self.text(&text)
    }

    /// A document of somebody's own that is no message: as [`Redactor::text`], and addresses and words that name a secret.
    pub fn document(&self, text: &str) -> String {
        let text = NAMED.replace_all(text, |c: &Captures<'_>| {
            match c[1].contains('\n') && (c[2].ends_with(':') || &c[2] == "-") {
                // The word is a heading: what it says stands further on, under keys of its own.
                true => c[0].to_owned(),
                false => format!("{}{}", &c[1], self.mark("token", &c[2])),
            }
        });
        self.target(&text)
    }

    /// A text without a number that is known to be that of a citizen, wherever it stands by itself.
    pub fn number(&self, text: &str, number: &str) -> String {
        let glued = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let mut out = String::with_capacity(text.len());
        let mut last = 0;
        for (at, _) in text.match_indices(number).filter(|_| !number.is_empty()) {
            let behind = at + number.len();
            if !glued(text[..at].chars().next_back()) && !glued(text[behind..].chars().next()) {
                out.push_str(&text[last..at]);
                out.push_str(&self.mark("bsn", number));
                last = behind;
            }
        }
        out.push_str(&text[last..]);
        out
    }

    fn numbers(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut last = 0;
        for found in DIGITS.find_iter(text).filter(|m| m.len() == 9) {
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
            // A system that is not named says nothing: then the digits decide.
            if !system[start..].is_empty() {
                return is_bsn_system(&system[start..].replace("%2f", "/").replace("%3a", ":"));
            }
        }
        // Part of a longer id, OID or version: a letter, or a dot or hyphen with something behind it.
        let glued = |mut outward: Box<dyn Iterator<Item = char> + '_>| match outward.next() {
            Some('-' | '.') => outward.next().is_some_and(char::is_alphanumeric),
            Some(c) => c.is_alphanumeric(),
            None => false,
        };
        bsn::passes_eleven_test(number)
            && (ends_encoded(before) || !glued(Box::new(before.chars().rev())))
            && !glued(Box::new(after.chars()))
    }
}

/// Whether the last thing in `text` is a percent-encoded sign that is no letter or digit.
fn ends_encoded(text: &str) -> bool {
    let Some(code) = text.len().checked_sub(3).and_then(|at| text.get(at..)) else { return false };
    let byte = code.strip_prefix('%').and_then(|hex| u8::from_str_radix(hex, 16).ok());
    byte.is_some_and(|b| !b.is_ascii_alphanumeric())
}

fn is_user_and_password(text: &str) -> bool {
    STANDARD.decode(text).is_ok_and(|bytes| bytes.contains(&b':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(text: &str) -> String {
        Redactor::new(Vec::new()).text(text)
    }

    #[test]
    fn credentials_in_text_are_hidden_whatever_their_scheme() {
        for (text, secret) in [
            ("sent `Authorization: Bearer abc.def-123`", "abc.def-123"),
            ("DPoP kz~9-x and more", "kz~9-x"),
            ("Authorization: Basic dXNlcjpzM2NyM3Q=", "dXNlcjpzM2NyM3Q"),
            ("curl -H 'authorization: Negotiate YIIxyzabc=='", "YIIxyzabc"),
            ("https://x.example/cb#access_token=s3cr3t&state=1", "s3cr3t"),
            ("/token?client_secret=s3cr3t", "s3cr3t"),
            ("/a?Password=s3cr3t", "s3cr3t"),
            ("eyJhbGciOiJSU0EifQ.ZW5j.aXY.Y2lwaGVydGV4dA.dGFn", "Y2lwaGVydGV4dA"),
            ("-----BEGIN PGP PRIVATE KEY BLOCK-----\nabc\n-----END PGP PRIVATE KEY BLOCK-----", "abc"),
            ("-----BEGIN EC PRIVATE KEY-----\nMHcCAQ", "MHcCAQ"),
        ] {
            assert!(!hidden(text).contains(secret), "{}", hidden(text));
        }
    }

    #[test]
    fn what_is_no_credential_stays() {
        for text in [
            "basic authentication is not allowed",
            "Search?code=http://snomed.info/sct|11816003",
            "authorization: is required here",
            "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
            "urn:oid:2.16.840.1.113883.2.4.6.3 and 1.999911120.2",
        ] {
            assert_eq!(hidden(text), text);
        }
    }

    #[test]
    fn a_number_between_encoded_signs_is_hidden() {
        let text = hidden("/Patient?q=%22999911120%22&identifier=%7C999911120");
        assert!(!text.contains("999911120"), "{text}");
        assert_eq!(hidden("/x?t=%41999911120"), "/x?t=%41999911120", "a letter before it makes it part of a longer id");
    }

    #[test]
    fn a_document_hides_what_it_names_as_a_secret_and_a_known_number_wherever_it_stands_alone() {
        let redactor = Redactor::new(Vec::new());
        let text = redactor.document("run --password=geheim1 'api_key: \"geheim2\"' https://u:geheim3@x.example/");
        assert!(!text.contains("geheim") && text.contains("run --password=[redacted:token:"), "{text}");
        let plain = "token-endpoint: https://x.example/token\nname: token";
        assert_eq!(redactor.document(plain), plain);
        let heading = "token:\n  http:\n    url: x\nsecret:\n  - prompt: y\n";
        assert_eq!(redactor.document(heading), heading);
        assert!(!redactor.document("password:\n  geheim4\n").contains("geheim4"), "a value on the next line is one");
        let text = redactor.number("a 123, \"123\" and 1234 or x123", "123");
        assert_eq!(text.matches("[redacted:bsn:").count(), 2, "{text}");
        assert!(text.ends_with("and 1234 or x123"), "{text}");
        assert_eq!(redactor.number("abc", ""), "abc");
    }

    #[test]
    fn user_and_password_in_an_address_are_hidden() {
        let text = Redactor::new(Vec::new()).target("https://user:s3cr3t@host.example/fhir");
        assert!(!text.contains("s3cr3t") && text.ends_with("@host.example/fhir"), "{text}");
    }
}
