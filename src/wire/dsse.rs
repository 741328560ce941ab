//! DSSE: the Dead Simple Signing Envelope v1.0, in which other tools expect an in-toto statement.
//!
//! What is signed is the pre-authentication encoding: the type and the bytes, each with its length before it. The envelope
//! knows no certificates, no time and no revocation, so whoever checks it has to have the key from elsewhere.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::wire::jose::Algorithm;

/// Type of a payload that is an in-toto statement.
pub const IN_TOTO: &str = "application/vnd.in-toto+json";

/// An envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Envelope {
    /// The bytes, base64.
    pub payload: String,
    /// What they are.
    pub payload_type: String,
    /// Who signed.
    pub signatures: Vec<EnvelopeSignature>,
}

/// A signature in an envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnvelopeSignature {
    /// A hint which key signed: SHA-256 of its SubjectPublicKeyInfo, hex. It is not signed and proves nothing.
    pub keyid: String,
    /// The signature over the pre-authentication encoding, base64: ECDSA as a sequence of two numbers in DER (RFC 3279
    /// section 2.2.3), RSA as it is.
    pub sig: String,
}

/// The pre-authentication encoding: what is signed.
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut out = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    out.extend_from_slice(payload);
    out
}

impl Envelope {
    /// An envelope around `payload` with one signature as a JWS has it (ECDSA as r and s, of fixed width), over
    /// [`pae`]; `keyid` is what the key is called.
    pub fn signed(payload_type: &str, payload: &[u8], keyid: &str, algorithm: Algorithm, raw: &[u8]) -> Self {
        let signature = match algorithm {
            Algorithm::Es256 | Algorithm::Es384 | Algorithm::Es512 => in_der(raw),
            _ => raw.to_vec(),
        };
        Self {
            payload: STANDARD.encode(payload),
            payload_type: payload_type.to_owned(),
            signatures: vec![EnvelopeSignature { keyid: keyid.to_owned(), sig: STANDARD.encode(signature) }],
        }
    }
}

/// Two numbers of the same width, as a sequence in DER.
fn in_der(raw: &[u8]) -> Vec<u8> {
    let (r, s) = raw.split_at(raw.len() / 2);
    let numbers = [number(r), number(s)].concat();
    let mut out = vec![0x30];
    // Two numbers of 66 bytes at most: the length takes one byte, or two with 0x81 before it.
    if numbers.len() > 127 {
        out.push(0x81);
    }
    out.push(u8::try_from(numbers.len()).unwrap_or(u8::MAX));
    out.extend(numbers);
    out
}

fn number(bytes: &[u8]) -> Vec<u8> {
    let zeros = bytes.iter().take_while(|b| **b == 0).count().min(bytes.len().saturating_sub(1));
    let mut digits = bytes[zeros..].to_vec();
    // A number whose first bit is set would be read as negative.
    if digits.first().is_none_or(|first| *first > 127) {
        digits.insert(0, 0);
    }
    let mut out = vec![0x02, u8::try_from(digits.len()).unwrap_or(u8::MAX)];
    out.extend(digits);
    out
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_encoding_is_that_of_the_specification() {
        let made = pae("http://example.com/HelloWorld", b"hello world");
        assert_eq!(made, b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
        assert_ne!(pae("a b", b"c"), pae("a", b"b c"), "what is type and what is payload cannot shift");
    }

    #[test]
    fn numbers_of_a_signature_are_positive_and_as_short_as_they_can_be() {
        assert_eq!(in_der(&[0x7f, 0x01, 0x80, 0x02]), [0x30, 9, 2, 2, 0x7f, 1, 2, 3, 0, 0x80, 2]);
        assert_eq!(in_der(&[0, 0, 0, 5]), [0x30, 6, 2, 1, 0, 2, 1, 5]);
        let largest = in_der(&[0xff; 132]);
        assert_eq!(largest[..3], [0x30, 0x81, 138]);
        assert_eq!(largest.len(), 141);
        let p256 = p256::ecdsa::Signature::from_slice(&[0x81; 64]).unwrap();
        assert_eq!(in_der(&[0x81; 64]), p256.to_der().as_bytes());
    }

    #[test]
    fn an_envelope_has_the_members_that_other_tools_read_and_takes_no_others() {
        let envelope = Envelope::signed(IN_TOTO, b"{}", "key", Algorithm::Ps256, &[1, 2, 3]);
        let value = serde_json::to_value(&envelope).unwrap();
        assert_eq!(value["payloadType"], "application/vnd.in-toto+json");
        assert_eq!((value["payload"].as_str(), value["signatures"][0]["sig"].as_str()), (Some("e30="), Some("AQID")));
        let mut more = value;
        more["unsigned"] = serde_json::json!(true);
        assert!(serde_json::from_value::<Envelope>(more).is_err());
    }
}
