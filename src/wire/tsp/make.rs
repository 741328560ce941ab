//! Making tokens: what a TSA for tests does. With its key it can also make every wrong one.

use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{
    CertificateSet, EncapsulatedContentInfo, SignedData, SignerIdentifier, SignerInfo, SignerInfos,
};
use der::asn1::{BitString, Int, ObjectIdentifier, OctetString, SetOfVec, Utf8StringRef};
use der::{Any, Decode as _, Encode as _, Tag};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use x509_cert::Certificate;
use x509_cert::attr::Attribute;
use x509_cert::spki::AlgorithmIdentifierOwned;

use super::asn1::{EssCertIdV2, MessageImprint, PkiStatusInfo, SigningCertificateV2, TimeStampResp, TstInfo};
use super::exchange::sha256;
use super::{CONTENT_TYPE, MESSAGE_DIGEST, SIGNED_DATA, SIGNING_CERTIFICATE_V2, TST_INFO};

/// ecdsa-with-SHA256 and sha256WithRSAEncryption.
const ECDSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");

/// The key of a TSA.
pub trait TokenKey {
    /// Whether it is an RSA key (PKCS#1 v1.5); else it is ECDSA. Both over SHA-256.
    fn is_rsa(&self) -> bool;
    /// The signature over bytes as certificates have it; `None` when there is none to be had.
    fn sign(&self, bytes: &[u8]) -> Option<Vec<u8>>;
}

/// What a token is to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Making<'a> {
    /// SHA-256 of what is stamped.
    pub digest: &'a [u8],
    /// The nonce of the request.
    pub nonce: Option<&'a [u8]>,
    /// The time to state.
    pub at: OffsetDateTime,
    /// OID of the policy, with dots.
    pub policy: &'a str,
    /// Certificates to put in, DER, that of the signer first.
    pub certificates: &'a [Vec<u8>],
    /// The certificate that is bound into the signature; the first one in a good token.
    pub bound: &'a [u8],
}

/// Makes a token. `None` when the parts do not make one.
pub fn token(making: &Making<'_>, key: &dyn TokenKey) -> Option<Vec<u8>> {
    let info = statement(making)?.to_der().ok()?;
    let certificates = making.certificates.iter().map(|der| Certificate::from_der(der));
    let certificates: Vec<Certificate> = certificates.collect::<Result<_, _>>().ok()?;
    let signer = certificates.first()?;
    let attributes = attributes(making, &info)?;
    let signature = key.sign(&attributes.to_der().ok()?)?;
    let null = Any::from(der::asn1::AnyRef::from(der::asn1::Null));
    let (oid, parameters) = if key.is_rsa() { (RSA, Some(null)) } else { (ECDSA, None) };
    let signer = SignerInfo {
        version: CmsVersion::V1,
        sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
            issuer: signer.tbs_certificate.issuer.clone(),
            serial_number: signer.tbs_certificate.serial_number.clone(),
        }),
        digest_alg: sha256(),
        signed_attrs: Some(attributes),
        signature_algorithm: AlgorithmIdentifierOwned { oid, parameters },
        signature: OctetString::new(signature).ok()?,
        unsigned_attrs: None,
    };
    let choices: Vec<_> = certificates.into_iter().map(CertificateChoices::Certificate).collect();
    let content = OctetString::new(info).ok()?;
    let data = SignedData {
        version: CmsVersion::V3,
        digest_algorithms: SetOfVec::try_from(vec![sha256()]).ok()?,
        encap_content_info: EncapsulatedContentInfo {
            econtent_type: TST_INFO,
            econtent: Some(Any::encode_from(&content).ok()?),
        },
        certificates: Some(CertificateSet(SetOfVec::try_from(choices).ok()?)),
        crls: None,
        signer_infos: SignerInfos(SetOfVec::try_from(vec![signer]).ok()?),
    };
    let outer = ContentInfo { content_type: SIGNED_DATA, content: Any::encode_from(&data).ok()? };
    outer.to_der().ok()
}

fn statement(making: &Making<'_>) -> Option<TstInfo> {
    let at = making.at.to_offset(time::UtcOffset::UTC);
    let (date, clock) = (at.date(), at.time());
    let text = format!(
        "{:04}{:02}{:02}{:02}{:02}{:02}Z",
        date.year(),
        u8::from(date.month()),
        date.day(),
        clock.hour(),
        clock.minute(),
        clock.second()
    );
    let serial = Sha256::digest([making.digest, text.as_bytes()].concat());
    let serial = [&[0x40], &serial[..8]].concat();
    Some(TstInfo {
        version: 1,
        policy: ObjectIdentifier::new(making.policy).ok()?,
        message_imprint: MessageImprint {
            hash_algorithm: sha256(),
            hashed_message: OctetString::new(making.digest).ok()?,
        },
        serial_number: Int::new(&serial).ok()?,
        gen_time: Any::new(Tag::GeneralizedTime, text.into_bytes()).ok()?,
        accuracy: None,
        ordering: false,
        nonce: making.nonce.map(Int::new).transpose().ok()?,
        tsa: None,
        extensions: None,
    })
}

fn attributes(making: &Making<'_>, info: &[u8]) -> Option<SetOfVec<Attribute>> {
    let digest = OctetString::new(Sha256::digest(info).to_vec()).ok()?;
    let cert_hash = OctetString::new(Sha256::digest(making.bound).to_vec()).ok()?;
    let bound = EssCertIdV2 { hash_algorithm: None, cert_hash, issuer_serial: None };
    let bound = SigningCertificateV2 { certs: vec![bound], policies: None };
    let attribute = |oid, value: Any| Some(Attribute { oid, values: SetOfVec::try_from(vec![value]).ok()? });
    let all = vec![
        attribute(CONTENT_TYPE, Any::encode_from(&TST_INFO).ok()?)?,
        attribute(MESSAGE_DIGEST, Any::encode_from(&digest).ok()?)?,
        attribute(SIGNING_CERTIFICATE_V2, Any::encode_from(&bound).ok()?)?,
    ];
    SetOfVec::try_from(all).ok()
}

/// The response that gives a token.
pub fn granted(token: &[u8]) -> Option<Vec<u8>> {
    let status = PkiStatusInfo { status: 0, status_string: None, fail_info: None };
    TimeStampResp { status, token: Some(ContentInfo::from_der(token).ok()?) }.to_der().ok()
}

/// The response that gives none, with the words of the TSA.
pub fn failure(said: &str) -> Option<Vec<u8>> {
    let said = Utf8StringRef::new(said).ok()?;
    // badRequest is the third bit (RFC 3161 section 2.4.2).
    let fail_info = BitString::new(5, vec![0b0010_0000]).ok()?;
    let status = PkiStatusInfo { status: 2, status_string: Some(vec![said]), fail_info: Some(fail_info) };
    TimeStampResp { status, token: None }.to_der().ok()
}
