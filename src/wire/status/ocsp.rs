//! OCSP requests and answers (RFC 6960): asking, answering, and believing an answer or not.

use p256::ecdsa::{DerSignature, SigningKey};
use p256::pkcs8::DecodePrivateKey as _;
use serde_json::{Value, json};
use sha1::Sha1;
use time::{Duration, OffsetDateTime};
use x509_cert::Certificate;
use x509_cert::der::asn1::{GeneralizedTime, OctetString};
use x509_cert::der::{DateTime, Decode as _, Encode as _};
use x509_ocsp::builder::{OcspRequestBuilder, OcspResponseBuilder};
use x509_ocsp::ext::Nonce;
use x509_ocsp::{
    BasicOcspResponse, CertId, CertStatus, OcspGeneralizedTime, OcspRequest, OcspResponse, OcspResponseStatus, Request,
    ResponderId, RevokedInfo, SingleResponse,
};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::{moment, serial_hex};

/// Largest request or answer that is read, in bytes.
pub const MAX_BYTES: usize = 64 * 1024;
/// Media type of a request.
pub const REQUEST: &str = "application/ocsp-request";
/// Media type of an answer.
pub const RESPONSE: &str = "application/ocsp-response";
/// How far clocks may differ, in seconds.
const CLOCK_SKEW_S: i64 = 60;
/// How long an answer holds that does not say until when, in hours: what Twiin asks of status look-ups (5.070).
const SILENT_LIFETIME_H: i64 = 1;

/// What an answer says of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertState {
    /// Not revoked.
    Good,
    /// Revoked.
    Revoked,
    /// The responder does not know it.
    Unknown,
}

/// An answer that can be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    /// What it says.
    pub state: CertState,
    /// Until when it holds.
    pub until: OffsetDateTime,
}

/// Why an answer is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OcspFault {
    /// A request or certificate of ours that cannot be made or read.
    #[error("the OCSP request cannot be made: {0}")]
    Unaskable(String),
    /// Not the DER of an answer, or too large.
    #[error("the OCSP answer cannot be read")]
    Unreadable,
    /// The responder tells that it cannot answer.
    #[error("the OCSP responder answers {0}")]
    Refused(String),
    /// It is about another certificate.
    #[error("the OCSP answer is about another certificate")]
    OtherCertificate,
    /// Who signed is neither the issuer nor somebody whom the issuer allows to.
    #[error("the OCSP answer is signed by somebody who may not")]
    Signer,
    /// The signature does not hold.
    #[error("the signature of the OCSP answer does not hold")]
    Signature,
    /// It answers another request.
    #[error("the OCSP answer has another nonce than the request")]
    Nonce,
    /// It no longer holds, or not yet.
    #[error("the OCSP answer has expired or is not valid yet")]
    Stale,
}

fn certificate(der: &[u8]) -> Result<Certificate, OcspFault> {
    Certificate::from_der(der).map_err(|e| OcspFault::Unaskable(e.to_string()))
}

/// The DER of a request for the status of a certificate, with a nonce.
///
/// # Errors
/// [`OcspFault::Unaskable`] when a certificate cannot be read.
pub fn request(leaf: &[u8], issuer: &[u8], nonce: &[u8]) -> Result<Vec<u8>, OcspFault> {
    let unaskable = |e: &dyn std::fmt::Display| OcspFault::Unaskable(e.to_string());
    let wish = Request::from_cert::<Sha1>(&certificate(issuer)?, &certificate(leaf)?)
        .map_err(|e| unaskable(&format!("{e:?}")))?;
    let nonce = Nonce::new(nonce).map_err(|e| unaskable(&e))?;
    let builder = OcspRequestBuilder::default().with_request(wish);
    let builder = builder.with_extension(nonce).map_err(|e| unaskable(&format!("{e:?}")))?;
    builder.build().to_der().map_err(|e| unaskable(&e))
}

/// What an answer is to say, by whom.
pub struct Wanted<'a> {
    /// What it says of every certificate asked for.
    pub state: CertState,
    /// When it was made.
    pub made: OffsetDateTime,
    /// Until when it holds.
    pub until: OffsetDateTime,
    /// Whether the nonce of the request is replaced by another.
    pub replays: bool,
    /// Certificate of the signer, DER.
    pub signer: &'a [u8],
    /// Its key, PKCS#8.
    pub key: &'a [u8],
}

/// Answers a request. `None` when it cannot be read or the answer cannot be made.
pub fn answer(asked: &[u8], wanted: &Wanted<'_>) -> Option<Vec<u8>> {
    if asked.len() > MAX_BYTES {
        return None;
    }
    let asked = OcspRequest::from_der(asked).ok()?;
    let about = asked.tbs_request.request_list.iter().map(|request| request.req_cert.clone());
    signed(about, asked.nonce(), wanted)
}

/// An answer about a certificate that nobody asked for, as servers staple it. `None` when it cannot be made.
pub fn unasked(leaf: &[u8], issuer: &[u8], wanted: &Wanted<'_>) -> Option<Vec<u8>> {
    let about = CertId::from_cert::<Sha1>(&certificate(issuer).ok()?, &certificate(leaf).ok()?).ok()?;
    signed([about].into_iter(), None, wanted)
}

fn signed(about: impl Iterator<Item = CertId>, nonce: Option<Nonce>, wanted: &Wanted<'_>) -> Option<Vec<u8>> {
    let signer = Certificate::from_der(wanted.signer).ok()?;
    let (made, until) = (stamp(wanted.made)?, stamp(wanted.until)?);
    let status = || match wanted.state {
        CertState::Good => CertStatus::good(),
        CertState::Revoked => CertStatus::revoked(RevokedInfo { revocation_time: made, revocation_reason: None }),
        CertState::Unknown => CertStatus::unknown(),
    };
    let name = signer.tbs_certificate.subject.clone();
    let mut builder = OcspResponseBuilder::new(ResponderId::ByName(name));
    for certificate in about {
        let single = SingleResponse::new(certificate, status(), made).with_next_update(until);
        builder = builder.with_single_response(single);
    }
    if let Some(nonce) = nonce {
        let nonce = if wanted.replays { Nonce::new([0x5a; 16]).ok()? } else { nonce };
        builder = builder.with_extension(nonce).ok()?;
    }
    let mut key = SigningKey::from_pkcs8_der(wanted.key).ok()?;
    let response = builder.sign::<_, DerSignature>(&mut key, Some(vec![signer]), made).ok()?;
    response.to_der().ok()
}

fn stamp(at: OffsetDateTime) -> Option<OcspGeneralizedTime> {
    let seconds = u64::try_from(at.unix_timestamp()).ok()?;
    let date = DateTime::from_unix_duration(std::time::Duration::from_secs(seconds)).ok()?;
    Some(OcspGeneralizedTime(GeneralizedTime::from_date_time(date)))
}

fn seconds(at: &OcspGeneralizedTime) -> i64 {
    i64::try_from(at.0.to_unix_duration().as_secs()).unwrap_or(i64::MAX)
}

/// The question that an answer must fit.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The certificate, DER.
    pub leaf: &'a [u8],
    /// Its issuer, DER.
    pub issuer: &'a [u8],
    /// The nonce that was sent.
    pub nonce: &'a [u8],
    /// As things stand at this moment.
    pub at: OffsetDateTime,
}

fn basic(bytes: &[u8]) -> Result<BasicOcspResponse, OcspFault> {
    if bytes.len() > MAX_BYTES {
        return Err(OcspFault::Unreadable);
    }
    let response = OcspResponse::from_der(bytes).map_err(|_| OcspFault::Unreadable)?;
    match (response.response_status, response.response_bytes) {
        (OcspResponseStatus::Successful, Some(inner)) => {
            BasicOcspResponse::from_der(inner.response.as_bytes()).map_err(|_| OcspFault::Unreadable)
        }
        (status, _) => Err(OcspFault::Refused(format!("{status:?}"))),
    }
}

/// Reads what an answer says without asking whether it can be believed: what a careless client does.
///
/// # Errors
/// When it cannot be read or is about another certificate.
pub fn read_blindly(bytes: &[u8], question: &Question<'_>) -> Result<Said, OcspFault> {
    let found = single(&basic(bytes)?, question)?;
    Ok(Said { state: state(&found), until: question.at + Duration::hours(SILENT_LIFETIME_H) })
}

/// Reads what an answer says, and believes it only when it is whole (RFC 6960 section 3.2): about this certificate, signed
/// by its issuer or on its behalf, in answer to this request, and current. A responder may leave the nonce out.
///
/// # Errors
/// The first reason for which it is not believed.
pub fn read(bytes: &[u8], question: &Question<'_>) -> Result<Said, OcspFault> {
    let basic = basic(bytes)?;
    let found = single(&basic, question)?;
    check_signature(&basic, question)?;
    if basic.nonce().is_some_and(|nonce| nonce.0.as_bytes() != question.nonce) {
        return Err(OcspFault::Nonce);
    }
    let at = question.at.unix_timestamp();
    let from = seconds(&found.this_update);
    let until = found.next_update.as_ref().map_or(from + SILENT_LIFETIME_H * 3600, seconds);
    if from > at + CLOCK_SKEW_S || until < at {
        return Err(OcspFault::Stale);
    }
    Ok(Said { state: state(&found), until: moment(until) })
}

/// What an answer tells of one certificate, whenever it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// What it says.
    pub state: CertState,
    /// Since when the certificate is revoked and why (RFC 5280 section 5.3.1).
    pub revoked: Option<(OffsetDateTime, Option<u8>)>,
    /// From when it holds.
    pub from: OffsetDateTime,
    /// Until when it holds; an answer that does not say so holds for an hour.
    pub until: Option<OffsetDateTime>,
}

/// What an answer that lies beside a signature tells of a certificate, all in DER, without asking whether it is current or
/// whose question it answered. Who signed it must have been allowed to when it was made.
///
/// # Errors
/// When it is about another certificate or not signed by the right party.
pub fn told(bytes: &[u8], leaf: &[u8], issuer: &[u8]) -> Result<Told, OcspFault> {
    let basic = basic(bytes)?;
    let made = seconds(&basic.tbs_response_data.produced_at);
    let question = Question { leaf, issuer, nonce: b"", at: moment(made) };
    let found = single(&basic, &question)?;
    check_signature(&basic, &question)?;
    let revoked = match &found.cert_status {
        CertStatus::Revoked(info) => {
            Some((moment(seconds(&info.revocation_time)), info.revocation_reason.map(|reason| reason as u8)))
        }
        _ => None,
    };
    let from = seconds(&found.this_update);
    let until = found.next_update.as_ref().map_or(from + SILENT_LIFETIME_H * 3600, seconds);
    Ok(Told { state: state(&found), revoked, from: moment(from), until: Some(moment(until)) })
}

fn state(found: &SingleResponse) -> CertState {
    match found.cert_status {
        CertStatus::Good(_) => CertState::Good,
        CertStatus::Revoked(_) => CertState::Revoked,
        CertStatus::Unknown(_) => CertState::Unknown,
    }
}

fn single(basic: &BasicOcspResponse, question: &Question<'_>) -> Result<SingleResponse, OcspFault> {
    let (leaf, issuer) = (certificate(question.leaf)?, certificate(question.issuer)?);
    let unaskable = |e| OcspFault::Unaskable(format!("{e:?}"));
    // Responders that were asked with SHA-256 answer with it.
    let wanted = [
        CertId::from_cert::<Sha1>(&issuer, &leaf).map_err(unaskable)?,
        CertId::from_cert::<sha2::Sha256>(&issuer, &leaf).map_err(unaskable)?,
    ];
    let same = |id: &CertId| {
        wanted.iter().any(|wanted| {
            id.serial_number == wanted.serial_number
                && id.issuer_key_hash == wanted.issuer_key_hash
                && id.issuer_name_hash == wanted.issuer_name_hash
        })
    };
    let found = basic.tbs_response_data.responses.iter().find(|r| same(&r.cert_id));
    found.cloned().ok_or(OcspFault::OtherCertificate)
}

/// Who signed: the issuer, or a responder with a certificate of the issuer for signing OCSP (RFC 6960 section 4.2.2.2).
fn check_signature(basic: &BasicOcspResponse, question: &Question<'_>) -> Result<(), OcspFault> {
    let signed = basic.tbs_response_data.to_der().map_err(|_| OcspFault::Unreadable)?;
    let algorithm = basic.signature_algorithm.to_der().map_err(|_| OcspFault::Unreadable)?;
    let signature = basic.signature.to_der().map_err(|_| OcspFault::Unreadable)?;
    let (_, algorithm) =
        x509_parser::x509::AlgorithmIdentifier::from_der(&algorithm).map_err(|_| OcspFault::Unreadable)?;
    let (_, signature) = x509_parser::asn1_rs::BitString::from_der(&signature).map_err(|_| OcspFault::Unreadable)?;
    let holds = |key: &x509_parser::x509::SubjectPublicKeyInfo<'_>| {
        x509_parser::verify::verify_signature(key, &algorithm, &signature, &signed).is_ok()
    };
    let (_, issuer) = X509Certificate::from_der(question.issuer).map_err(|_| OcspFault::Unreadable)?;
    if holds(issuer.public_key()) {
        return Ok(());
    }
    let shown = basic.certs.iter().flatten().filter_map(|c| c.to_der().ok()).next();
    let Some(shown) = shown else { return Err(OcspFault::Signature) };
    let (_, delegate) = X509Certificate::from_der(&shown).map_err(|_| OcspFault::Unreadable)?;
    if !may_sign(&delegate, &issuer, question.at) {
        return Err(OcspFault::Signer);
    }
    if holds(delegate.public_key()) { Ok(()) } else { Err(OcspFault::Signature) }
}

fn may_sign(delegate: &X509Certificate<'_>, issuer: &X509Certificate<'_>, at: OffsetDateTime) -> bool {
    let named = delegate.issuer().as_raw() == issuer.subject().as_raw();
    let for_ocsp = matches!(delegate.extended_key_usage(), Ok(Some(usage)) if usage.value.ocsp_signing);
    let validity = delegate.validity();
    let current = (validity.not_before.timestamp()..=validity.not_after.timestamp()).contains(&at.unix_timestamp());
    named && for_ocsp && current && delegate.verify_signature(Some(issuer.public_key())).is_ok()
}

/// A request as plain facts for the transcript; `None` when it is none.
pub fn request_facts(bytes: &[u8]) -> Option<Value> {
    if bytes.len() > MAX_BYTES {
        return None;
    }
    let request = OcspRequest::from_der(bytes).ok()?;
    let serials: Vec<String> =
        request.tbs_request.request_list.iter().map(|r| serial_hex(r.req_cert.serial_number.as_bytes())).collect();
    let nonce = request.nonce().map(|n: Nonce| nonce_hex(&n.0));
    let mut facts = json!({ "serials": serials });
    if let Some(nonce) = nonce {
        facts["nonce"] = json!(nonce);
    }
    Some(facts)
}

/// An answer as plain facts for the transcript; `None` when it is none.
pub fn response_facts(bytes: &[u8]) -> Option<Value> {
    let basic = match basic(bytes) {
        Ok(basic) => basic,
        Err(OcspFault::Refused(status)) => return Some(json!({ "status": status })),
        Err(_) => return None,
    };
    let certificates: Vec<Value> = basic
        .tbs_response_data
        .responses
        .iter()
        .map(|r| {
            let text = |at: &OcspGeneralizedTime| crate::base::clock::rfc3339(moment(seconds(at)));
            json!({
                "serial": serial_hex(r.cert_id.serial_number.as_bytes()),
                "says": format!("{:?}", state(r)).to_lowercase(),
                "this-update": text(&r.this_update),
                "next-update": r.next_update.as_ref().map(text),
            })
        })
        .collect();
    let mut facts = json!({ "certificates": certificates });
    if let Some(nonce) = basic.nonce() {
        facts["nonce"] = json!(nonce_hex(&nonce.0));
    }
    Some(facts)
}

fn nonce_hex(nonce: &OctetString) -> String {
    serial_hex(&[&[0], nonce.as_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused_without_panic(bytes: Vec<u8>) {
            let question = Question { leaf: &bytes, issuer: &bytes, nonce: b"", at: OffsetDateTime::UNIX_EPOCH };
            prop_assert!(read(&bytes, &question).is_err());
            let _ = request_facts(&bytes);
            let _ = response_facts(&bytes);
        }
    }
}
