//! The question to a TSA, and reading its answer in the light of the question.

use cms::content_info::ContentInfo;
use der::asn1::{BitString, Int, ObjectIdentifier, OctetString};
use der::{Decode as _, Encode as _};
use sha2::{Digest as _, Sha256};
use x509_cert::spki::AlgorithmIdentifierOwned;

use super::asn1::{MessageImprint, TimeStampReq, TimeStampResp};
use super::{MAX_BYTES, SHA256, TspFault, token::Token};

/// A request for a time-stamp: SHA-256, with a nonce, and asking for the certificate of the TSA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    imprinted: Vec<u8>,
    nonce: Vec<u8>,
    policy: Option<ObjectIdentifier>,
}

impl Request {
    /// Asks for a time-stamp over bytes. Sixteen random bytes make the nonce.
    pub fn new(imprinted: &[u8], random: [u8; 16]) -> Self {
        // A number that is positive and of fixed length in DER.
        let mut nonce = random.to_vec();
        nonce[0] = (nonce[0] & 0x3f) | 0x40;
        Self { imprinted: imprinted.to_vec(), nonce, policy: None }
    }

    /// Asks for a token under a policy, an OID with dots.
    ///
    /// # Errors
    /// When the text is no OID.
    pub fn under(self, policy: &str) -> Result<Self, TspFault> {
        let policy = ObjectIdentifier::new(policy).map_err(|_| TspFault::Unreadable("policy"))?;
        Ok(Self { policy: Some(policy), ..self })
    }

    /// The DER that goes to the TSA.
    ///
    /// # Errors
    /// Only when the library cannot write it.
    pub fn to_der(&self) -> Result<Vec<u8>, TspFault> {
        let unwritable = |_| TspFault::Unreadable("TimeStampReq");
        let hashed_message = OctetString::new(Sha256::digest(&self.imprinted).to_vec()).map_err(unwritable)?;
        let request = TimeStampReq {
            version: 1,
            message_imprint: MessageImprint { hash_algorithm: sha256(), hashed_message },
            req_policy: self.policy,
            nonce: Some(Int::new(&self.nonce).map_err(unwritable)?),
            cert_req: true,
            extensions: None,
        };
        request.to_der().map_err(unwritable)
    }

    /// Reads the response of a TSA to this request, and believes it only when the token is about the same bytes, for this
    /// request, under the policy that was asked for, and signed in good order.
    ///
    /// # Errors
    /// The first reason for which there is no token to use.
    pub fn read(&self, response: &[u8]) -> Result<Token, TspFault> {
        if response.len() > MAX_BYTES {
            return Err(TspFault::TooLarge(response.len()));
        }
        let response = TimeStampResp::from_der(response).map_err(|_| TspFault::Unreadable("TimeStampResp"))?;
        // granted and grantedWithMods
        if response.status.status > 1 {
            let said = response.status.status_string.unwrap_or_default();
            let said = said.iter().map(|line| line.as_str()).collect::<Vec<_>>().join("; ");
            let said = said.chars().filter(|c| !c.is_control()).take(200).collect();
            let reason = response.status.fail_info.as_ref().and_then(reason);
            return Err(TspFault::Refused { status: response.status.status, reason, said });
        }
        let token: ContentInfo = response.token.ok_or(TspFault::NoToken)?;
        let token = Token::read(&token.to_der().map_err(|_| TspFault::Unreadable("ContentInfo"))?)?;
        token.verify(&self.imprinted)?;
        if token.nonce().as_deref() != Some(&self.nonce) {
            return Err(TspFault::Nonce);
        }
        match self.policy {
            Some(asked) if asked.to_string() != token.policy() => {
                Err(TspFault::Policy { asked: asked.to_string(), given: token.policy() })
            }
            _ => Ok(token),
        }
    }
}

/// The first reason that the bits of a refusal name (RFC 3161 section 2.4.2).
fn reason(bits: &BitString) -> Option<&'static str> {
    const NAMES: [(usize, &str); 8] = [
        (0, "badAlg"),
        (2, "badRequest"),
        (5, "badDataFormat"),
        (14, "timeNotAvailable"),
        (15, "unacceptedPolicy"),
        (16, "unacceptedExtension"),
        (17, "addInfoNotAvailable"),
        (25, "systemFailure"),
    ];
    let set = |place: usize| bits.bits().nth(place) == Some(true);
    NAMES.iter().find(|(place, _)| set(*place)).map(|(_, name)| *name)
}

/// What a request asks, for who answers it: the digest and the nonce. `None` when it is no request over SHA-256.
pub fn asked(request: &[u8]) -> Option<(Vec<u8>, Option<Vec<u8>>)> {
    if request.len() > MAX_BYTES {
        return None;
    }
    let request = TimeStampReq::from_der(request).ok()?;
    let imprint = request.message_imprint;
    let digest = (imprint.hash_algorithm.oid == SHA256).then(|| imprint.hashed_message.as_bytes().to_vec())?;
    Some((digest, request.nonce.map(|nonce| nonce.as_bytes().to_vec())))
}

pub(super) fn sha256() -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned { oid: SHA256, parameters: None }
}
