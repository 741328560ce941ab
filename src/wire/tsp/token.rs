//! The token: what it says, and whether it is what it says.

use cms::cert::CertificateChoices;
use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerIdentifier, SignerInfo};
use der::asn1::{Int, ObjectIdentifier, OctetString, OctetStringRef};
use der::{Any, Decode as _, Encode as _, Tag, Tagged as _};
use time::{Date, Duration, Month, OffsetDateTime, Time};
use x509_cert::Certificate;
use x509_cert::ext::pkix::SubjectKeyIdentifier;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::spki::AlgorithmIdentifierOwned;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::asn1::{SigningCertificateV2, TimeStampResp, TstInfo};
use super::{
    CONTENT_TYPE, MAX_BYTES, MESSAGE_DIGEST, SHA256, SHA384, SHA512, SIGNED_DATA, SIGNING_CERTIFICATE_V2, TST_INFO,
    TspFault, digest,
};

/// rsaEncryption, which many TSAs name as signature algorithm, and what it means with each digest (RFC 5754 section 3.2).
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const RSA_WITH: [(ObjectIdentifier, ObjectIdentifier); 3] = [
    (SHA256, ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11")),
    (SHA384, ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12")),
    (SHA512, ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13")),
];

/// A token that was read; nothing in it has been believed yet.
#[derive(Debug, Clone)]
pub struct Token {
    der: Vec<u8>,
    content: Vec<u8>,
    info: TstInfo,
    at: OffsetDateTime,
    certificates: Vec<Vec<u8>>,
    signer: SignerInfo,
}

/// What a token says, once its signature was found to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamped {
    /// The time that the TSA states.
    pub at: OffsetDateTime,
    /// How far that time may be off, when the TSA says so.
    pub accuracy: Option<Duration>,
    /// Certificates in the token, DER, that of the signer first.
    pub certificates: Vec<Vec<u8>>,
    /// OID of the policy under which it was given, with dots.
    pub policy: String,
    /// Nonce of the request, as the bytes of a number.
    pub nonce: Option<Vec<u8>>,
    /// Serial number of the token, lower case hexadecimal.
    pub serial: String,
}

impl Token {
    /// Reads the DER of a TimeStampToken.
    ///
    /// # Errors
    /// When it is none, also when it is the whole response of a TSA.
    pub fn read(der: &[u8]) -> Result<Self, TspFault> {
        if der.len() > MAX_BYTES {
            return Err(TspFault::TooLarge(der.len()));
        }
        let Ok(outer) = ContentInfo::from_der(der) else {
            let response = TimeStampResp::from_der(der).is_ok();
            return Err(if response { TspFault::ResponseInsteadOfToken } else { TspFault::Unreadable("ContentInfo") });
        };
        if outer.content_type != SIGNED_DATA {
            return Err(TspFault::Unreadable("SignedData"));
        }
        let data: SignedData = outer.content.decode_as().map_err(|_| TspFault::Unreadable("SignedData"))?;
        if data.encap_content_info.econtent_type != TST_INFO {
            return Err(TspFault::Unreadable("TSTInfo"));
        }
        let content = data.encap_content_info.econtent.as_ref().and_then(|c| c.decode_as::<OctetStringRef<'_>>().ok());
        let content = content.ok_or(TspFault::Unreadable("TSTInfo"))?.as_bytes().to_vec();
        let info = TstInfo::from_der(&content).map_err(|_| TspFault::Unreadable("TSTInfo"))?;
        if info.version != 1 {
            return Err(TspFault::Unreadable("TSTInfo"));
        }
        if info.extensions.iter().flatten().any(|extension| extension.critical) {
            return Err(TspFault::CriticalExtension);
        }
        let at = generalized_time(&info.gen_time).ok_or(TspFault::Unreadable("genTime"))?;
        let [signer] = data.signer_infos.0.as_slice() else {
            return Err(TspFault::Signers(data.signer_infos.0.len()));
        };
        let certificates = data.certificates.iter().flat_map(|set| set.0.iter()).filter_map(|choice| match choice {
            CertificateChoices::Certificate(certificate) => certificate.to_der().ok(),
            CertificateChoices::Other(_) => None,
        });
        Ok(Self { der: der.to_vec(), content, info, at, certificates: certificates.collect(), signer: signer.clone() })
    }

    /// The bytes that were read.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The time that it states; believe it only after [`Token::verify`].
    pub fn at(&self) -> OffsetDateTime {
        self.at
    }

    /// Checks that it is about these bytes, and that its signature holds with the certificate that it carries: one that is
    /// for time-stamps alone, and that is bound into the signature.
    ///
    /// # Errors
    /// The first reason for which it is not believed.
    pub fn verify(&self, imprinted: &[u8]) -> Result<Stamped, TspFault> {
        let imprint = &self.info.message_imprint;
        if computed(&imprint.hash_algorithm.oid, imprinted)? != imprint.hashed_message.as_bytes() {
            return Err(TspFault::Imprint);
        }
        let certificate = self.signer_certificate().ok_or(TspFault::NoCertificate)?;
        let (_, parsed) = X509Certificate::from_der(certificate).map_err(|_| TspFault::NoCertificate)?;
        check_usage(&parsed)?;
        let signed = self.signed_attributes(certificate)?;
        self.check_signature(&parsed, &signed)?;
        let others = self.certificates.iter().filter(|other| *other != certificate);
        Ok(Stamped {
            at: self.at,
            accuracy: self.accuracy(),
            certificates: std::iter::once(certificate).chain(others).cloned().collect(),
            policy: self.info.policy.to_string(),
            nonce: self.nonce(),
            serial: self.info.serial_number.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect(),
        })
    }

    pub(super) fn nonce(&self) -> Option<Vec<u8>> {
        self.info.nonce.as_ref().map(|nonce: &Int| nonce.as_bytes().to_vec())
    }

    pub(super) fn policy(&self) -> String {
        self.info.policy.to_string()
    }

    fn accuracy(&self) -> Option<Duration> {
        let accuracy = self.info.accuracy.as_ref()?;
        let seconds = Duration::seconds(accuracy.seconds.unwrap_or(0).into());
        let millis = Duration::milliseconds(accuracy.millis.unwrap_or(0).into());
        Some(seconds + millis + Duration::microseconds(accuracy.micros.unwrap_or(0).into()))
    }

    /// The certificate that the signer names as his, among those of the token.
    fn signer_certificate(&self) -> Option<&Vec<u8>> {
        self.certificates.iter().find(|der| {
            let Ok(certificate) = Certificate::from_der(der) else { return false };
            let fields = &certificate.tbs_certificate;
            match &self.signer.sid {
                SignerIdentifier::IssuerAndSerialNumber(named) => {
                    named.issuer == fields.issuer && named.serial_number == fields.serial_number
                }
                SignerIdentifier::SubjectKeyIdentifier(named) => {
                    matches!(fields.get::<SubjectKeyIdentifier>(), Ok(Some((_, own))) if own == *named)
                }
            }
        })
    }

    /// The one value of a signed attribute.
    fn attribute(&self, oid: ObjectIdentifier, name: &'static str) -> Result<&Any, TspFault> {
        let mut found = self.signer.signed_attrs.iter().flat_map(|set| set.iter()).filter(|a| a.oid == oid);
        match (found.next().map(|a| a.values.as_slice()), found.next()) {
            (Some([value]), None) => Ok(value),
            _ => Err(TspFault::Attribute(name)),
        }
    }

    /// Checks the signed attributes and gives the bytes that the signature is over (RFC 5652 section 5.4).
    fn signed_attributes(&self, certificate: &[u8]) -> Result<Vec<u8>, TspFault> {
        let content_type = self.attribute(CONTENT_TYPE, "contentType")?;
        if content_type.decode_as::<ObjectIdentifier>() != Ok(TST_INFO) {
            return Err(TspFault::Attribute("contentType"));
        }
        let message_digest = self.attribute(MESSAGE_DIGEST, "messageDigest")?;
        let message_digest =
            message_digest.decode_as::<OctetString>().map_err(|_| TspFault::Attribute("messageDigest"))?;
        if computed(&self.signer.digest_alg.oid, &self.content)? != message_digest.as_bytes() {
            return Err(TspFault::Attribute("messageDigest"));
        }
        let bound = self.attribute(SIGNING_CERTIFICATE_V2, "signingCertificateV2");
        let bound = bound.map_err(|_| TspFault::SigningCertificate)?;
        let bound = bound.decode_as::<SigningCertificateV2>().map_err(|_| TspFault::SigningCertificate)?;
        check_binding(&bound, certificate)?;
        let attributes = self.signer.signed_attrs.as_ref().ok_or(TspFault::Attribute("contentType"))?;
        attributes.to_der().map_err(|_| TspFault::Unreadable("SignerInfo"))
    }

    fn check_signature(&self, certificate: &X509Certificate<'_>, signed: &[u8]) -> Result<(), TspFault> {
        use x509_parser::error::X509Error;
        let algorithm = self.algorithm()?;
        let named = algorithm.oid.to_string();
        let algorithm = algorithm.to_der().map_err(|_| TspFault::Unreadable("SignerInfo"))?;
        let (_, algorithm) = x509_parser::x509::AlgorithmIdentifier::from_der(&algorithm)
            .map_err(|_| TspFault::Unreadable("SignerInfo"))?;
        let signature = self.signer.signature.as_bytes();
        match crate::wire::x509::verify_signature(certificate.public_key(), &algorithm, signature, signed) {
            Ok(()) => Ok(()),
            Err(X509Error::SignatureUnsupportedAlgorithm) => Err(TspFault::Algorithm(named)),
            Err(_) => Err(TspFault::Signature),
        }
    }

    /// The signature algorithm, with the digest in it; never one over SHA-1.
    fn algorithm(&self) -> Result<AlgorithmIdentifierOwned, TspFault> {
        /// sha1WithRSAEncryption in its two guises.
        const OVER_SHA1: [&str; 2] = ["1.2.840.113549.1.1.5", "1.3.14.3.2.29"];
        let mut algorithm = self.signer.signature_algorithm.clone();
        if algorithm.oid == RSA {
            let digest = self.signer.digest_alg.oid;
            let meant = RSA_WITH.iter().find(|(with, _)| *with == digest);
            algorithm.oid = meant.ok_or_else(|| TspFault::Digest(digest.to_string()))?.1;
        }
        match OVER_SHA1.contains(&algorithm.oid.to_string().as_str()) {
            true => Err(TspFault::Algorithm(algorithm.oid.to_string())),
            false => Ok(algorithm),
        }
    }
}

fn computed(algorithm: &ObjectIdentifier, bytes: &[u8]) -> Result<Vec<u8>, TspFault> {
    digest(algorithm, bytes).ok_or_else(|| TspFault::Digest(algorithm.to_string()))
}

/// RFC 3161 section 2.3: timeStamping is the one extended key usage, and critical.
fn check_usage(certificate: &X509Certificate<'_>) -> Result<(), TspFault> {
    let Ok(Some(extension)) = certificate.extended_key_usage() else { return Err(TspFault::Usage) };
    let usage = extension.value;
    let more = usage.any
        || usage.server_auth
        || usage.client_auth
        || usage.code_signing
        || usage.email_protection
        || usage.ocsp_signing
        || !usage.other.is_empty();
    match (usage.time_stamping && !more, extension.critical) {
        (false, _) => Err(TspFault::Usage),
        (true, false) => Err(TspFault::UsageNotCritical),
        (true, true) => Ok(()),
    }
}

/// RFC 5035 section 3: the first certificate named is that of the signer.
fn check_binding(bound: &SigningCertificateV2, certificate: &[u8]) -> Result<(), TspFault> {
    let first = bound.certs.first().ok_or(TspFault::SigningCertificate)?;
    let algorithm = first.hash_algorithm.as_ref().map_or(SHA256, |a| a.oid);
    if computed(&algorithm, certificate)? != first.cert_hash.as_bytes() {
        return Err(TspFault::SigningCertificate);
    }
    let Some(named) = &first.issuer_serial else { return Ok(()) };
    let certificate = Certificate::from_der(certificate).map_err(|_| TspFault::SigningCertificate)?;
    let fields = &certificate.tbs_certificate;
    let issuer = named.issuer.iter().any(|name| matches!(name, GeneralName::DirectoryName(n) if *n == fields.issuer));
    match issuer && named.serial_number == fields.serial_number {
        true => Ok(()),
        false => Err(TspFault::SigningCertificate),
    }
}

/// A GeneralizedTime as RFC 3161 section 2.4.2 has it: UTC, seconds, and perhaps a fraction without zeros at its end.
fn generalized_time(value: &Any) -> Option<OffsetDateTime> {
    if value.tag() != Tag::GeneralizedTime {
        return None;
    }
    let text = std::str::from_utf8(value.value()).ok()?.strip_suffix('Z')?;
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, fraction)| (whole, Some(fraction)));
    if whole.len() != 14 || !whole.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let nanoseconds = match fraction {
        None => 0,
        Some(digits) => {
            let fits = (1..=9).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
            if !fits || digits.ends_with('0') {
                return None;
            }
            format!("{digits:0<9}").parse().ok()?
        }
    };
    let number = |from: usize, to: usize| whole[from..to].parse::<u8>().ok();
    let month = Month::try_from(number(4, 6)?).ok()?;
    let date = Date::from_calendar_date(whole[..4].parse().ok()?, month, number(6, 8)?).ok()?;
    let time = Time::from_hms_nano(number(8, 10)?, number(10, 12)?, number(12, 14)?, nanoseconds).ok()?;
    Some(date.with_time(time).assume_utc())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn times_have_seconds_and_perhaps_a_fraction() {
        let read = |text: &str| generalized_time(&Any::new(Tag::GeneralizedTime, text.as_bytes()).unwrap());
        assert_eq!(read("20261122081500Z"), Some(datetime!(2026-11-22 8:15 UTC)));
        assert_eq!(read("20261122081500.25Z"), Some(datetime!(2026-11-22 8:15:00.25 UTC)));
        for wrong in ["20261122081500", "202611220815Z", "20261122081500.Z", "20261122081500.50Z", "20261322081500Z"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert_eq!(generalized_time(&Any::new(Tag::UtcTime, b"261122081500Z".as_slice()).unwrap()), None);
    }
}
