//! The flattened JSON serialisation with its payload attached (RFC 7515 section 7.2.2), the form of signed
//! evidence. What is signed are the bytes of the payload as they stand; nothing is canonicalised.
//! There is no unprotected header: what nobody signed should not be there to be read.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    Algorithm, JoseFault, JsonFault, Keys, Limits, Part, SigningKey, base64url, compact, from_base64url, parse_object,
};

/// One payload with one signature; every member in base64url.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flattened {
    /// What is signed.
    pub payload: String,
    /// The protected header.
    pub protected: String,
    /// The signature.
    pub signature: String,
}

/// What a flattened JWS holds, once its signature has been verified.
#[derive(Debug, Clone, PartialEq)]
pub struct VerifiedPayload {
    /// The protected header.
    pub protected: Map<String, Value>,
    /// The payload, byte for byte as it was signed.
    pub payload: Vec<u8>,
}

impl Flattened {
    /// Reads the JSON, strictly: three texts, no other members, none of them twice.
    ///
    /// # Errors
    /// When it is too long or anything else than that.
    pub fn parse(text: &str, limits: Limits) -> Result<Self, JoseFault> {
        if text.len() > limits.bytes {
            return Err(JoseFault::TooLarge { found: text.len(), limit: limits.bytes });
        }
        let part = Part::Envelope;
        let object = parse_object(text.as_bytes(), limits.depth).map_err(|fault| JoseFault::Json { part, fault })?;
        serde_json::from_value(Value::Object(object)).map_err(|error| {
            let fault = JsonFault::Syntax(error.to_string());
            JoseFault::Json { part, fault }
        })
    }

    /// The protected header, unverified; for finding the key (`kid`, `x5c`) to verify with.
    ///
    /// # Errors
    /// When it is not base64url of a strict JSON object.
    pub fn header_unverified(&self) -> Result<Map<String, Value>, JoseFault> {
        let limit = Limits::TOKEN.bytes;
        if self.protected.len() > limit {
            return Err(JoseFault::TooLarge { found: self.protected.len(), limit });
        }
        compact::object(&self.protected, Part::Header, Limits::TOKEN)
    }
}

/// Signs bytes. A header without `alg` gets the key's own.
///
/// # Errors
/// When the header names an algorithm that is not one of the key.
pub fn sign_flattened(
    protected: &Map<String, Value>,
    payload: &[u8],
    key: &SigningKey,
) -> Result<Flattened, JoseFault> {
    let (header, algorithm) = compact::with_algorithm(protected, key)?;
    let protected = base64url(Value::Object(header).to_string().as_bytes());
    let payload = base64url(payload);
    let signature = key.sign(format!("{protected}.{payload}").as_bytes(), algorithm)?;
    Ok(Flattened { payload, protected, signature: base64url(&signature) })
}

/// Verifies, and only then hands out header and payload.
///
/// # Errors
/// As [`super::verify`], and when a member is not base64url.
pub fn verify_flattened<'k>(
    jws: &Flattened,
    keys: impl Into<Keys<'k>>,
    allowed: &[Algorithm],
) -> Result<VerifiedPayload, JoseFault> {
    let protected = jws.header_unverified()?;
    let payload = from_base64url(&jws.payload, Part::Payload)?;
    let signature = from_base64url(&jws.signature, Part::Signature)?;
    let input = format!("{}.{}", jws.protected, jws.payload);
    compact::verify_parts(&protected, input.as_bytes(), &signature, keys.into(), allowed)?;
    Ok(VerifiedPayload { protected, payload })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    fn signed() -> (Flattened, SigningKey) {
        let key = SigningKey::generate(Algorithm::Es256).unwrap();
        let header = json!({ "typ": "evidence", "kid": "k1" });
        let jws = sign_flattened(header.as_object().unwrap(), b"{ \"a\" : 1 }\n", &key).unwrap();
        (jws, key)
    }

    fn verified(jws: &Flattened, key: &SigningKey) -> Result<VerifiedPayload, JoseFault> {
        verify_flattened(jws, key.verifying_key(), &[Algorithm::Es256])
    }

    #[test]
    fn the_payload_comes_back_byte_for_byte() {
        let (jws, key) = signed();
        let text = serde_json::to_string(&jws).unwrap();
        let read = Flattened::parse(&text, Limits::EVIDENCE).unwrap();
        let payload = verified(&read, &key).unwrap();
        assert_eq!(payload.payload, b"{ \"a\" : 1 }\n");
        assert_eq!(payload.protected["alg"], "ES256");
        assert_eq!(payload.protected["kid"], "k1");
    }

    #[test]
    fn a_change_in_any_member_is_refused() {
        let (jws, key) = signed();
        let other = sign_flattened(&Map::new(), b"{}", &key).unwrap();
        let mut changed = jws.clone();
        changed.payload = other.payload;
        assert_eq!(verified(&changed, &key), Err(JoseFault::SignatureInvalid));
        let mut changed = jws.clone();
        changed.protected = other.protected;
        assert_eq!(verified(&changed, &key), Err(JoseFault::SignatureInvalid));
        let mut changed = jws;
        changed.signature = other.signature;
        assert_eq!(verified(&changed, &key), Err(JoseFault::SignatureInvalid));
    }

    #[test]
    fn an_unprotected_header_is_refused() {
        let (jws, _) = signed();
        let mut value = serde_json::to_value(&jws).unwrap();
        assert!(Flattened::parse(&value.to_string(), Limits::EVIDENCE).is_ok());
        value["header"] = json!({ "kid": "k2" });
        assert!(Flattened::parse(&value.to_string(), Limits::EVIDENCE).is_err());
    }

    #[test]
    fn a_member_that_occurs_twice_is_refused() {
        let text = r#"{"payload":"e30","payload":"e30","protected":"e30","signature":""}"#;
        let fault = JsonFault::DuplicateName("payload".to_owned());
        let refused = Flattened::parse(text, Limits::EVIDENCE);
        assert_eq!(refused, Err(JoseFault::Json { part: Part::Envelope, fault }));
    }
}
