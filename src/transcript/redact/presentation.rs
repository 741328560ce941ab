//! Presentations of Nuts (RFC021): what is said of their credentials when their text goes.
//!
//! A credential is a token or names a person, so it does not stay. Of the credential of an organisation these remain: its type,
//! the URA and the otherName that it states, the otherName in its certificate, and whether it holds; of others their type.

use serde_json::{Value, json};

use crate::base::clock;
use crate::wire::jose::{self, Algorithm, DecodedJws};
use crate::wire::nuts;

/// Clock difference that is allowed, in seconds.
const SKEW_S: i64 = 5;

impl super::Redactor {
    /// The same redactor, which holds credentials of organisations against these trust anchors, in DER.
    #[must_use]
    pub fn with_anchors(mut self, anchors: Vec<Vec<u8>>) -> Self {
        self.anchors = anchors;
        self
    }
}

/// Whether a token is a presentation whose holder is a key in itself.
pub(super) fn is_one(jws: &DecodedJws) -> bool {
    jws.claims.get("vp").is_some() && nuts::holder_key(jws).is_some()
}

/// Whether the holder signed, in the words of `JwtFacts::signature`, and the digest of the key.
pub(super) fn signature(jws: &DecodedJws) -> (String, Option<String>) {
    match nuts::holder_key(jws) {
        _ if jws.signature.is_empty() => ("unsigned".to_owned(), None),
        Some(key) if jose::verify(jws, &key, &Algorithm::ALL).is_ok() => {
            ("verified".to_owned(), Some(crate::base::digest::sha256(&key.to_spki_der()).0))
        }
        _ => ("wrong".to_owned(), None),
    }
}

/// Puts the facts of the credentials of a presentation in their place.
pub(super) fn open(claims: &mut Value, anchors: &[Vec<u8>]) {
    if claims.get("vp").is_none() {
        return;
    }
    let holder = claims["sub"].as_str().or(claims["iss"].as_str()).unwrap_or_default().to_owned();
    let opened: Vec<Value> =
        nuts::credentials_of(claims).into_iter().map(|credential| opened(credential, &holder, anchors)).collect();
    claims["vp"]["verifiableCredential"] = Value::Array(opened);
}

fn opened(credential: &Value, holder: &str, anchors: &[Vec<u8>]) -> Value {
    let Some(token) = credential.as_str() else { return json!({"type": credential["type"]}) };
    let jws = jose::decode_unverified(token, jose::Limits::TOKEN).ok();
    let kind = match jws.map(|jws| jws.claims["vc"]["type"].clone()).unwrap_or_default() {
        one @ Value::String(_) => json!([one]),
        kinds => kinds,
    };
    let facts = nuts::facts(token, holder, anchors, SKEW_S, clock::now());
    json!({
        "type": kind,
        "ura": facts.ura,
        "other-name": facts.other_name,
        "certificate-name": facts.certificate_name,
        "verdict": facts.verdict(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_person_remains_of_a_presentation() {
        let person = json!({"type": "DeziUserCredential", "credentialSubject": {"employee": {"surname": "Voorbeeld"}}});
        let mut claims = json!({"iss": "did:jwk:x", "vp": {"verifiableCredential": [person, "eyJub.x.y"]}});
        open(&mut claims, &[]);
        assert!(!claims.to_string().contains("Voorbeeld"), "{claims}");
        let list = &claims["vp"]["verifiableCredential"];
        assert_eq!(list[0], json!({"type": "DeziUserCredential"}));
        assert_eq!(list[1]["verdict"], "the credential cannot be read");
    }

    #[test]
    fn a_token_that_is_no_presentation_stays_as_it_is() {
        let mut claims = json!({"iss": "https://a.example", "organization": "90000002"});
        open(&mut claims, &[]);
        assert_eq!(claims, json!({"iss": "https://a.example", "organization": "90000002"}));
    }
}
