//! The protected header of a seal: exactly six members (TS 119 182-1 clauses 5.1.1 to 5.1.11), so that a plain JWS library
//! can check the signature and a reader of the Commission finds the signing certificate.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use super::JadesFault;
use crate::wire::jose::{self, Algorithm, JoseFault, VerifyingKey, base64url};

/// The members of the header, in the order in which they are written.
pub const MEMBERS: [&str; 6] = ["alg", "cty", "iat", "typ", "x5c", "x5t#S256"];
/// The value of `typ`: a JWS in JSON serialisation (RFC 7515 section 4.1.9).
pub const TYP: &str = "jose+json";
/// Members that name a key or where to fetch it.
const KEYS: [&str; 4] = ["jwk", "jku", "x5u", "kid"];
/// Most certificates in `x5c`.
const MAX_CHAIN: usize = 10;

/// What is to be signed: header and payload, without the signature. A seal that is made elsewhere signs
/// [`signing_input`] of its two texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The protected header, base64url.
    pub protected: String,
    /// The payload, base64url.
    pub payload: String,
}

impl Draft {
    /// A header for an algorithm and a chain (leaf first, DER) over a payload of a content type, claimed at `iat` (seconds
    /// since 1970).
    pub fn new(algorithm: Algorithm, cty: &str, iat: i64, chain: &[Vec<u8>], payload: &[u8]) -> Self {
        let leaf = chain.first().map(Vec::as_slice).unwrap_or_default();
        let header = Value::Object(Map::from_iter([
            ("alg".to_owned(), json!(algorithm.name())),
            ("cty".to_owned(), json!(cty)),
            ("iat".to_owned(), json!(iat)),
            ("typ".to_owned(), json!(TYP)),
            ("x5c".to_owned(), jose::x5c(chain)),
            ("x5t#S256".to_owned(), json!(jose::x5t_s256(leaf))),
        ]));
        Self { protected: base64url(header.to_string().as_bytes()), payload: base64url(payload) }
    }

    /// The bytes to be signed (RFC 7515 section 5.1).
    pub fn input(&self) -> Vec<u8> {
        signing_input(&self.protected, &self.payload)
    }
}

/// The bytes that a signature is over.
pub fn signing_input(protected: &str, payload: &str) -> Vec<u8> {
    [protected.as_bytes(), b".", payload.as_bytes()].concat()
}

/// Everything that is wrong with the members of a protected header, besides the key and the signature.
pub(super) fn faults(header: &Map<String, Value>) -> Vec<JadesFault> {
    let mut faults: Vec<JadesFault> = header.keys().filter_map(|name| unwanted(name)).collect();
    let text = |name| header.get(name).and_then(Value::as_str);
    for name in ["cty", "x5t#S256"] {
        if text(name).is_none() {
            faults.push(JadesFault::HeaderMissing(name));
        }
    }
    if header.get("iat").and_then(Value::as_i64).is_none_or(|iat| iat < 0) {
        faults.push(JadesFault::HeaderMissing("iat"));
    }
    match text("typ") {
        Some(TYP) => {}
        Some(other) => faults.push(JadesFault::HeaderTyp(other.to_owned())),
        None => faults.push(JadesFault::HeaderMissing("typ")),
    }
    faults
}

fn unwanted(name: &str) -> Option<JadesFault> {
    match name {
        "crit" => Some(JadesFault::HeaderCrit),
        "b64" => Some(JadesFault::HeaderB64),
        "sigD" => Some(JadesFault::HeaderSigD),
        _ if MEMBERS.contains(&name) => None,
        _ => Some(
            KEYS.into_iter()
                .find(|key| *key == name)
                .map_or_else(|| JadesFault::HeaderMember(name.to_owned()), JadesFault::HeaderKey),
        ),
    }
}

/// The algorithm of a header.
pub(super) fn algorithm(header: &Map<String, Value>) -> Result<Algorithm, JadesFault> {
    let name = header.get("alg").and_then(Value::as_str).ok_or(JadesFault::HeaderMissing("alg"))?;
    name.parse().map_err(|fault| match fault {
        JoseFault::AlgorithmRefused(name) => JadesFault::AlgRefused(name),
        // HMAC in any spelling or size is no algorithm to mistake.
        _ if name.to_ascii_uppercase().starts_with("HS") || name.eq_ignore_ascii_case("none") => {
            JadesFault::AlgRefused(name.to_owned())
        }
        _ => JadesFault::AlgUnknown(name.to_owned()),
    })
}

/// The certificates of a header, leaf first.
pub(super) fn chain(header: &Map<String, Value>) -> Result<Vec<Vec<u8>>, JadesFault> {
    let wrong = |why: &str| JadesFault::CertificateChain(why.to_owned());
    let list = header.get("x5c").and_then(Value::as_array).ok_or(JadesFault::HeaderMissing("x5c"))?;
    if list.is_empty() || list.len() > MAX_CHAIN {
        return Err(JadesFault::CertificateChain(format!("it has {} certificates", list.len())));
    }
    list.iter()
        .map(|entry| {
            let text = entry.as_str().ok_or_else(|| wrong("an entry is no text"))?;
            STANDARD.decode(text).map_err(|_| wrong("an entry is not base64"))
        })
        .collect()
}

/// Everything that is wrong with algorithm, certificate and signature.
pub(super) fn signature_faults(
    header: &Map<String, Value>,
    input: &[u8],
    signature: &[u8],
    allowed: &[Algorithm],
) -> Vec<JadesFault> {
    let mut faults = Vec::new();
    let algorithm = algorithm(header).map_err(|fault| faults.push(fault)).ok();
    if let Some(algorithm) = algorithm.filter(|a| !allowed.contains(a)) {
        faults.push(JadesFault::AlgNotAllowed(algorithm));
    }
    let chain = chain(header).map_err(|fault| faults.push(fault)).unwrap_or_default();
    let Some(leaf) = chain.first() else { return faults };
    if header.get("x5t#S256").and_then(Value::as_str).is_some_and(|digest| digest != jose::x5t_s256(leaf)) {
        faults.push(JadesFault::CertificateDigest);
    }
    let key = VerifyingKey::from_certificate(leaf)
        .map_err(|fault| faults.push(JadesFault::CertificateKey(fault.to_string())));
    if let (Some(algorithm), Ok(key)) = (algorithm, key)
        && let Err(fault) = key.verify(algorithm, input, signature)
    {
        faults.push(match fault {
            JoseFault::AlgorithmForOtherKey { algorithm, key } => JadesFault::AlgOtherKey { alg: algorithm, key },
            JoseFault::SignatureLength { expected, found } => JadesFault::SignatureLength { expected, found },
            _ => JadesFault::SignatureInvalid,
        });
    }
    faults
}
