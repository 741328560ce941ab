//! Tokens that are wrong on purpose, for showing that a candidate refuses them (RFC 8725 section 2.1):
//! unsigned, signed with the public key as if it were a shared secret, or with a damaged signature.

use hmac::{Hmac, Mac as _};
use serde_json::{Map, Value};
use sha2::Sha256;

use super::{Part, VerifyingKey, assemble_compact, from_base64url, signing_input};

/// An unsecured JWS (RFC 7515 section 6): `alg` set to `none`, and an empty signature.
pub fn unsigned_compact(header: &Map<String, Value>, claims: &Value) -> String {
    let input = signing_input(&with_alg(header, "none"), claims.to_string().as_bytes());
    assemble_compact(&input, &[])
}

/// Algorithm confusion: `alg` set to `HS256`, the secret being the public key's PEM text, as a careless
/// library would take it from its configuration.
pub fn hs256_with_public_key(header: &Map<String, Value>, claims: &Value, key: &VerifyingKey) -> String {
    let input = signing_input(&with_alg(header, "HS256"), claims.to_string().as_bytes());
    let mut mac = <Hmac<Sha256>>::new_from_slice(key.to_pem().as_bytes()).expect("HMAC takes a secret of any length");
    mac.update(input.as_bytes());
    assemble_compact(&input, &mac.finalize().into_bytes())
}

/// The same token with one bit of its signature turned over; header and claims stay as they were. A
/// token without a readable signature gets a signature of one byte.
pub fn tamper_signature(token: &str) -> String {
    let (input, signature) = token.rsplit_once('.').unwrap_or((token, ""));
    let mut signature = from_base64url(signature, Part::Signature).unwrap_or_default();
    let middle = signature.len() / 2;
    match signature.get_mut(middle) {
        Some(byte) => *byte ^= 1,
        None => signature.push(1),
    }
    assemble_compact(input, &signature)
}

fn with_alg(header: &Map<String, Value>, alg: &str) -> Map<String, Value> {
    let mut header = header.clone();
    header.insert("alg".to_owned(), Value::from(alg));
    header
}
