//! The compact serialisation (RFC 7515 section 7.1): signing, strict reading, and verifying.
//! Reading and verifying are two steps, because a token that does not verify still has to be shown
//! and judged. The order of the checks in [`verify`] is that of RFC 8725: the algorithm is settled
//! before any key is touched.

use serde_json::{Map, Value};

use super::{Algorithm, JoseFault, Jwks, Part, SigningKey, VerifyingKey, base64url, from_base64url, parse_object};

/// How much is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest text, in bytes.
    pub bytes: usize,
    /// Deepest nesting of its JSON, in levels.
    pub depth: usize,
}

impl Limits {
    /// For tokens, assertions and key sets.
    pub const TOKEN: Limits = Limits { bytes: 64 * 1024, depth: 32 };
    /// For signed evidence, whose payload is a whole run.
    pub const EVIDENCE: Limits = Limits { bytes: 128 * 1024 * 1024, depth: 32 };
}

impl Default for Limits {
    fn default() -> Self {
        Limits::TOKEN
    }
}

/// A compact JWS taken apart. Its signature has not been looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct DecodedJws {
    /// The JOSE header.
    pub header: Map<String, Value>,
    /// The payload: always a JSON object.
    pub claims: Value,
    /// The first two parts with the dot, as received: what the signature is over.
    pub signing_input: String,
    /// The signature; empty for an unsigned token.
    pub signature: Vec<u8>,
}

impl DecodedJws {
    /// The `alg` of the header.
    ///
    /// # Errors
    /// When it is missing, `none`, an HMAC, or not known.
    pub fn algorithm(&self) -> Result<Algorithm, JoseFault> {
        algorithm(&self.header)
    }

    /// The `kid` of the header, if it is there and a string.
    pub fn kid(&self) -> Option<&str> {
        self.header.get("kid").and_then(Value::as_str)
    }
}

/// Where the key for a verification comes from.
#[derive(Debug, Clone, Copy)]
pub enum Keys<'k> {
    /// This key, whatever `kid` says.
    One(&'k VerifyingKey),
    /// The key of this set that `kid` names.
    Set(&'k Jwks),
}

impl<'k> From<&'k VerifyingKey> for Keys<'k> {
    fn from(key: &'k VerifyingKey) -> Self {
        Keys::One(key)
    }
}

impl<'k> From<&'k Jwks> for Keys<'k> {
    fn from(set: &'k Jwks) -> Self {
        Keys::Set(set)
    }
}

/// The bytes a JWS signature is over: header and payload in base64url, joined by a dot.
pub fn signing_input(header: &Map<String, Value>, payload: &[u8]) -> String {
    let header = Value::Object(header.clone()).to_string();
    format!("{}.{}", base64url(header.as_bytes()), base64url(payload))
}

/// Joins a signing input and a signature, whatever they are.
pub fn assemble_compact(signing_input: &str, signature: &[u8]) -> String {
    format!("{signing_input}.{}", base64url(signature))
}

/// Signs bytes with an algorithm; the raw signature comes back.
///
/// # Errors
/// When the algorithm is not one of the key.
pub fn sign(bytes: &[u8], key: &SigningKey, algorithm: Algorithm) -> Result<Vec<u8>, JoseFault> {
    key.sign(bytes, algorithm)
}

/// Signs claims with this header. A header without `alg` gets the key's own, as its first member.
///
/// # Errors
/// When the header names an algorithm that is not one of the key.
pub fn sign_compact(header: &Map<String, Value>, claims: &Value, key: &SigningKey) -> Result<String, JoseFault> {
    let (header, algorithm) = with_algorithm(header, key)?;
    let input = signing_input(&header, claims.to_string().as_bytes());
    let signature = key.sign(input.as_bytes(), algorithm)?;
    Ok(assemble_compact(&input, &signature))
}

/// Takes a compact JWS apart without verifying anything.
///
/// # Errors
/// When it is too long, not three parts of strict base64url, or its header or payload is not a JSON
/// object with unique names.
pub fn decode_unverified(token: &str, limits: Limits) -> Result<DecodedJws, JoseFault> {
    if token.len() > limits.bytes {
        return Err(JoseFault::TooLarge { found: token.len(), limit: limits.bytes });
    }
    let parts: Vec<&str> = token.splitn(5, '.').collect();
    let [header, payload, signature] = parts[..] else {
        return Err(JoseFault::Parts(parts.len()));
    };
    Ok(DecodedJws {
        header: object(header, Part::Header, limits)?,
        claims: Value::Object(object(payload, Part::Payload, limits)?),
        signing_input: format!("{header}.{payload}"),
        signature: from_base64url(signature, Part::Signature)?,
    })
}

/// Verifies the signature of a decoded JWS, with one key or with the key its `kid` names in a set.
///
/// # Errors
/// When the header has `crit`; when the algorithm is missing, `none`, an HMAC, unknown, not in
/// `allowed` or not one of the key; when no key is found; when the signature does not hold.
pub fn verify<'k>(jws: &DecodedJws, keys: impl Into<Keys<'k>>, allowed: &[Algorithm]) -> Result<(), JoseFault> {
    let input = jws.signing_input.as_bytes();
    verify_parts(&jws.header, input, &jws.signature, keys.into(), allowed)
}

pub(super) fn verify_parts(
    header: &Map<String, Value>,
    input: &[u8],
    signature: &[u8],
    keys: Keys<'_>,
    allowed: &[Algorithm],
) -> Result<(), JoseFault> {
    let algorithm = algorithm(header)?;
    if !allowed.contains(&algorithm) {
        return Err(JoseFault::AlgorithmNotAllowed(algorithm));
    }
    if header.contains_key("crit") {
        return Err(JoseFault::CriticalHeader);
    }
    let set = match keys {
        Keys::One(key) => return key.verify(algorithm, input, signature),
        Keys::Set(set) => set,
    };
    let kid = header.get("kid").and_then(Value::as_str);
    let mut outcome = Err(JoseFault::SignatureInvalid);
    // Publishers do give one `kid` to several keys; then any of them may have signed.
    for jwk in set.candidates(kid, algorithm)? {
        outcome = jwk.key.verify(algorithm, input, signature);
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

pub(super) fn with_algorithm(
    header: &Map<String, Value>,
    key: &SigningKey,
) -> Result<(Map<String, Value>, Algorithm), JoseFault> {
    if header.contains_key("alg") {
        return Ok((header.clone(), algorithm(header)?));
    }
    let mut complete = Map::new();
    complete.insert("alg".to_owned(), Value::from(key.algorithm().name()));
    complete.extend(header.clone());
    Ok((complete, key.algorithm()))
}

pub(super) fn object(text: &str, part: Part, limits: Limits) -> Result<Map<String, Value>, JoseFault> {
    let bytes = from_base64url(text, part)?;
    parse_object(&bytes, limits.depth).map_err(|fault| JoseFault::Json { part, fault })
}

fn algorithm(header: &Map<String, Value>) -> Result<Algorithm, JoseFault> {
    header.get("alg").and_then(Value::as_str).ok_or(JoseFault::AlgorithmMissing)?.parse()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::wire::jose::{JsonFault, Jwk, hs256_with_public_key, samples, tamper_signature, unsigned_compact};
    use proptest::prelude::*;
    use serde_json::json;
    use std::sync::LazyLock;

    static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(Algorithm::Es256).unwrap());
    static TOKEN: LazyLock<String> =
        LazyLock::new(|| sign_compact(&header(&json!({ "typ": "JWT" })), &claims(), &KEY).unwrap());

    fn header(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    fn claims() -> Value {
        json!({ "iss": "https://gtk.example", "sub": "90000001", "iat": 1_780_000_000 })
    }

    fn decoded(token: &str) -> DecodedJws {
        decode_unverified(token, Limits::TOKEN).unwrap()
    }

    /// Reads and verifies with the key of the tests, every algorithm allowed.
    fn accepted(token: &str) -> Result<(), JoseFault> {
        let jws = decode_unverified(token, Limits::TOKEN)?;
        verify(&jws, KEY.verifying_key(), &Algorithm::ALL)
    }

    fn fault(token: &str) -> JoseFault {
        decode_unverified(token, Limits::TOKEN).unwrap_err()
    }

    fn token_of(header: &str, payload: &str) -> String {
        format!("{}.{}.", base64url(header.as_bytes()), base64url(payload.as_bytes()))
    }

    #[test]
    fn what_is_signed_is_read_back_and_verifies() {
        let rsa = SigningKey::from_pem(samples::RSA_KEY).unwrap();
        for algorithm in Algorithm::ALL {
            let key = SigningKey::generate(algorithm).unwrap_or_else(|_| rsa.clone());
            let header = header(&json!({ "alg": algorithm.name(), "kid": "k1" }));
            let token = sign_compact(&header, &claims(), &key).unwrap();
            let jws = decoded(&token);
            assert_eq!((&jws.header, &jws.claims), (&header, &claims()));
            assert_eq!((jws.algorithm(), jws.kid()), (Ok(algorithm), Some("k1")));
            assert_eq!(verify(&jws, key.verifying_key(), &[algorithm]), Ok(()), "{algorithm}");
            let tampered = decoded(&tamper_signature(&token));
            let refused = verify(&tampered, key.verifying_key(), &[algorithm]);
            assert_eq!(refused, Err(JoseFault::SignatureInvalid), "{algorithm}");
        }
    }

    #[test]
    fn tokens_of_other_implementations_verify() {
        let es256 = Jwk::parse(samples::ES256_KEY).unwrap().key;
        assert_eq!(verify(&decoded(samples::ES256), &es256, &[Algorithm::Es256]), Ok(()));
        let rsa = SigningKey::from_pem(samples::RSA_KEY).unwrap();
        let rsa = rsa.verifying_key();
        assert_eq!(verify(&decoded(samples::RS256), rsa, &[Algorithm::Rs256]), Ok(()));
        assert_eq!(verify(&decoded(samples::PS256), rsa, &[Algorithm::Ps256]), Ok(()));
    }

    #[test]
    fn a_header_without_alg_gets_that_of_the_key() {
        assert_eq!(Value::Object(decoded(&TOKEN).header), json!({ "alg": "ES256", "typ": "JWT" }));
        assert_eq!(accepted(&TOKEN), Ok(()));
    }

    #[test]
    fn an_algorithm_of_another_key_is_refused() {
        let header = header(&json!({ "alg": "PS256" }));
        let fault = JoseFault::AlgorithmForOtherKey { algorithm: Algorithm::Ps256, key: "EC P-256".to_owned() };
        assert_eq!(sign_compact(&header, &claims(), &KEY), Err(fault.clone()));
        assert_eq!(accepted(samples::PS256), Err(fault));
    }

    #[test]
    fn an_algorithm_that_is_not_allowed_is_refused() {
        let refused = verify(&decoded(&TOKEN), KEY.verifying_key(), &[Algorithm::Ps256]);
        assert_eq!(refused, Err(JoseFault::AlgorithmNotAllowed(Algorithm::Es256)));
    }

    #[test]
    fn an_unsigned_token_is_refused() {
        let token = unsigned_compact(&decoded(&TOKEN).header, &claims());
        assert!(token.ends_with('.'));
        assert_eq!(accepted(&token), Err(JoseFault::AlgorithmRefused("none".to_owned())));
    }

    #[test]
    fn a_public_key_used_as_a_secret_is_refused() {
        let header = decoded(&TOKEN).header;
        let token = hs256_with_public_key(&header, &claims(), KEY.verifying_key());
        assert_eq!(decoded(&token).signature.len(), 32);
        assert_eq!(accepted(&token), Err(JoseFault::AlgorithmRefused("HS256".to_owned())));
    }

    #[test]
    fn an_ecdsa_signature_in_der_is_refused() {
        let input = &decoded(&TOKEN).signing_input;
        let pair = rcgen::KeyPair::from_pem(&KEY.to_pem()).unwrap();
        let der = rcgen::SigningKey::sign(&pair, input.as_bytes()).unwrap();
        let refused = accepted(&assemble_compact(input, &der));
        assert!(matches!(refused, Err(JoseFault::SignatureLength { expected: 64, .. })));
    }

    #[test]
    fn tampering_touches_the_signature_only() {
        let tampered = decoded(&tamper_signature(&TOKEN));
        let jws = decoded(&TOKEN);
        assert_eq!(tampered.signing_input, jws.signing_input);
        assert_ne!(tampered.signature, jws.signature);
        assert_eq!(decoded(&tamper_signature(&token_of("{}", "{}"))).signature, [1]);
    }

    #[test]
    fn another_key_is_refused() {
        let other = SigningKey::generate(Algorithm::Es256).unwrap();
        let refused = verify(&decoded(&TOKEN), other.verifying_key(), &Algorithm::ALL);
        assert_eq!(refused, Err(JoseFault::SignatureInvalid));
    }

    #[test]
    fn a_critical_extension_is_refused() {
        let header = header(&json!({ "alg": "ES256", "crit": ["b64"], "b64": true }));
        let token = sign_compact(&header, &claims(), &KEY).unwrap();
        assert_eq!(accepted(&token), Err(JoseFault::CriticalHeader));
    }

    #[test]
    fn the_kid_chooses_from_a_set() {
        let other = SigningKey::generate(Algorithm::Es256).unwrap();
        let set = Jwks::new(vec![other.public_jwk("k1"), KEY.public_jwk("k2")]);
        let token =
            |kid: Value| sign_compact(&header(&json!({ "alg": "ES256", "kid": kid })), &claims(), &KEY).unwrap();
        let outcome = |token: &str| verify(&decoded(token), &set, &Algorithm::ALL);
        assert_eq!(outcome(&token(json!("k2"))), Ok(()));
        assert_eq!(outcome(&token(json!("k1"))), Err(JoseFault::SignatureInvalid));
        assert_eq!(outcome(&token(json!("k3"))), Err(JoseFault::KeyUnknown("k3".to_owned())));
        assert_eq!(outcome(&TOKEN), Err(JoseFault::KeyIdMissing(2)));
        let only = Jwks::new(vec![KEY.public_jwk("k2")]);
        assert_eq!(verify(&decoded(&TOKEN), &only, &Algorithm::ALL), Ok(()));
    }

    #[test]
    fn anything_but_three_parts_is_refused() {
        assert_eq!(fault(""), JoseFault::Parts(1));
        assert_eq!(fault("a.b"), JoseFault::Parts(2));
        assert_eq!(fault("a.b.c.d.e"), JoseFault::Parts(5));
    }

    #[test]
    fn padding_and_a_cut_are_refused() {
        assert_eq!(fault(&format!("{}=", *TOKEN)), JoseFault::Base64(Part::Signature));
        let cut = &TOKEN[..TOKEN.len() - 4];
        let length = JoseFault::SignatureLength { expected: 64, found: 61 };
        assert!(matches!(accepted(cut), Err(fault) if fault == length
            || fault == JoseFault::Base64(Part::Signature)));
    }

    #[test]
    fn a_long_token_is_refused() {
        let long = "a".repeat(Limits::TOKEN.bytes + 1);
        let limit = Limits::TOKEN.bytes;
        assert_eq!(fault(&long), JoseFault::TooLarge { found: limit + 1, limit });
    }

    #[test]
    fn doubled_names_and_other_json_than_objects_are_refused() {
        assert!(decode_unverified(&token_of("{}", "{}"), Limits::TOKEN).is_ok());
        let doubled = JsonFault::DuplicateName("alg".to_owned());
        let refused = fault(&token_of(r#"{"alg":"ES256","alg":"none"}"#, "{}"));
        assert_eq!(refused, JoseFault::Json { part: Part::Header, fault: doubled });
        let refused = fault(&token_of("{}", "[]"));
        let fault = JsonFault::NotAnObject;
        assert_eq!(refused, JoseFault::Json { part: Part::Payload, fault });
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]
        #[test]
        fn a_single_changed_character_is_refused(at in 0usize..4096, to in "[ -~]") {
            let at = at % TOKEN.len();
            let mut changed = TOKEN.clone();
            changed.replace_range(at..=at, &to);
            prop_assert_eq!(accepted(&changed).is_ok(), changed == *TOKEN);
        }

        #[test]
        fn any_text_is_read_or_refused_without_panic(token in "[A-Za-z0-9_.=-]{0,200}") {
            let _ = accepted(&token);
        }
    }
}
