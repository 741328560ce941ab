//! X.509 certificates as plain facts (RFC 5280): what a peer presented, readable in a report.
//! Nothing here trusts anything; [`explain_chain`] gives the path decision and its reason.
//! The otherName that carries the URA (CIBG CPS UZI-register) is read and written in [`UziName`].

mod chain;
mod names;
pub mod path;
mod seal;
mod signature;
mod uzi;

pub use chain::{ChainVerdict, UntrustedReason, Usage, explain_chain, explain_chain_for};
pub use names::Names;
pub use seal::{organization_identifiers, policy_oids};
pub use signature::verify_signature;
pub use uzi::{StringType, UziFault, UziName};

use std::fmt::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use x509_parser::{
    certificate::X509Certificate,
    error::X509Error,
    extensions::GeneralName,
    objects::{oid_registry, oid2abbrev},
    prelude::FromDer,
    public_key::PublicKey,
    time::ASN1Time,
    x509::{SubjectPublicKeyInfo, X509Name},
};

/// Largest certificate that is looked at, in bytes. Real ones stay below 4 KiB.
pub const MAX_CERTIFICATE_BYTES: usize = 64 * 1024;

/// Why bytes could not be read as a certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum X509Fault {
    /// More than [`MAX_CERTIFICATE_BYTES`].
    #[error("the certificate has {0} bytes, more than {MAX_CERTIFICATE_BYTES}")]
    TooLarge(usize),
    /// Not the DER of a certificate; the text says which part.
    #[error("the certificate is malformed: {0}")]
    Malformed(String),
    /// Bytes follow the certificate.
    #[error("{0} bytes follow the certificate")]
    TrailingData(usize),
}

/// What one certificate says about itself. Nothing in it has been verified, except `self_signed`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct CertificateFacts {
    /// Subject as text, in the order of the certificate: `C=NL, O=..., CN=...`.
    pub subject: String,
    /// Issuer, written like the subject.
    pub issuer: String,
    /// Serial number in lower case hexadecimal, without a leading sign byte.
    pub serial: String,
    /// Start of validity, RFC 3339.
    pub not_before: String,
    /// End of validity, RFC 3339.
    pub not_after: String,
    /// `EC P-256`, `RSA 2048`, `Ed25519`, or the OID of another kind of key.
    pub public_key: String,
    /// Name of the signature algorithm (`ecdsa-with-SHA256`), or its OID.
    pub signature_algorithm: String,
    /// Key usages by their RFC 5280 names; empty when the extension is absent.
    pub key_usage: Vec<String>,
    /// Extended key usages by name, or OID; empty when the extension is absent.
    pub extended_key_usage: Vec<String>,
    /// The dNSName entries of the subjectAltName.
    pub dns_names: Vec<String>,
    /// The UZI otherName, when present and right in every field.
    pub uzi: Option<UziName>,
    /// What is wrong with the UZI otherName, when it is present but faulty.
    pub uzi_fault: Option<String>,
    /// The user principal name that stands in another otherName, as on cards: never where the URA is taken from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub upn: Option<String>,
    /// SHA-256 of the DER, lower case hexadecimal.
    pub sha256: String,
    /// SHA-256 of the SubjectPublicKeyInfo, lower case hexadecimal.
    pub spki_sha256: String,
    /// Whether the basic constraints say CA.
    pub is_ca: bool,
    /// Subject equals issuer, and the signature verifies with the certificate's own key.
    pub self_signed: bool,
}

/// Reads the facts of one DER certificate.
///
/// # Errors
/// [`X509Fault`] when the bytes are too many, are not one whole certificate, or hold an extension
/// twice. A faulty UZI name is a fact (`uzi_fault`), not an error.
pub fn facts(der: &[u8]) -> Result<CertificateFacts, X509Fault> {
    let certificate = parse(der)?;
    let names = alternative_names(&certificate)?;
    let (uzi, uzi_fault) = match UziName::among(&names) {
        Ok(found) => (found, None),
        Err(fault) => (None, Some(fault.to_string())),
    };
    Ok(CertificateFacts {
        subject: name_text(certificate.subject()),
        issuer: name_text(certificate.issuer()),
        serial: serial(certificate.raw_serial()),
        not_before: rfc3339(&certificate.validity().not_before)?,
        not_after: rfc3339(&certificate.validity().not_after)?,
        public_key: describe_key(certificate.public_key()),
        signature_algorithm: algorithm_name(&certificate.signature_algorithm.algorithm.to_id_string()),
        key_usage: key_usage(&certificate)?,
        extended_key_usage: extended_key_usage(&certificate)?,
        dns_names: dns_names(&names),
        uzi,
        uzi_fault,
        upn: user_principal_name(&names),
        sha256: hex(&Sha256::digest(der)),
        spki_sha256: hex(&Sha256::digest(certificate.public_key().raw)),
        is_ca: is_ca(&certificate),
        self_signed: is_self_signed(&certificate),
    })
}

/// Writes one PEM block (RFC 7468): `label` between the dashes, lines of 64 characters.
pub fn pem(label: &str, der: &[u8]) -> String {
    let body = STANDARD.encode(der);
    let mut out = format!("-----BEGIN {label}-----\n");
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, tail) = rest.split_at(rest.len().min(64));
        out.push_str(line);
        out.push('\n');
        rest = tail;
    }
    let _ = writeln!(out, "-----END {label}-----");
    out
}

/// Parses exactly one certificate; shared by the facts and the chain.
fn parse(der: &[u8]) -> Result<X509Certificate<'_>, X509Fault> {
    if der.len() > MAX_CERTIFICATE_BYTES {
        return Err(X509Fault::TooLarge(der.len()));
    }
    let (rest, certificate) = X509Certificate::from_der(der).map_err(|e| X509Fault::Malformed(e.to_string()))?;
    match rest.len() {
        0 => Ok(certificate),
        more => Err(X509Fault::TrailingData(more)),
    }
}

/// A distinguished name as text, with the escapes of RFC 4514 section 2.4: without them a comma in one
/// value would read as the start of another attribute.
fn name_text(name: &X509Name<'_>) -> String {
    let attributes = name.iter_attributes().map(|attribute| {
        let oid = attribute.attr_type();
        let label = match oid2abbrev(oid, oid_registry()) {
            Ok(abbreviation) => abbreviation.to_owned(),
            Err(_) => oid.to_id_string(),
        };
        match attribute.as_str() {
            Ok(value) => format!("{label}={}", escaped(value)),
            Err(_) => format!("{label}=#{}", hex(attribute.as_slice())),
        }
    });
    attributes.collect::<Vec<_>>().join(", ")
}

fn escaped(value: &str) -> String {
    value.chars().fold(String::with_capacity(value.len()), |mut out, c| {
        match c {
            ',' | '+' | '"' | '\\' | '<' | '>' | ';' | '=' => out.extend(['\\', c]),
            c if c.is_control() => {
                let mut bytes = [0; 4];
                for byte in c.encode_utf8(&mut bytes).bytes() {
                    let _ = write!(out, "\\{byte:02x}");
                }
            }
            c => out.push(c),
        }
        out
    })
}

fn malformed(error: X509Error) -> X509Fault {
    X509Fault::Malformed(error.to_string())
}

fn alternative_names<'a>(certificate: &'a X509Certificate<'a>) -> Result<Vec<&'a GeneralName<'a>>, X509Fault> {
    let extension = certificate.subject_alternative_name().map_err(malformed)?;
    Ok(extension.map_or_else(Vec::new, |e| e.value.general_names.iter().collect()))
}

fn dns_names(names: &[&GeneralName<'_>]) -> Vec<String> {
    let dns = names.iter().filter_map(|name| match name {
        GeneralName::DNSName(dns) => Some((*dns).to_owned()),
        _ => None,
    });
    dns.collect()
}

fn user_principal_name(names: &[&GeneralName<'_>]) -> Option<String> {
    const UPN: &str = "1.3.6.1.4.1.311.20.2.3";
    names.iter().find_map(|name| match name {
        GeneralName::OtherName(oid, content) if oid.to_id_string() == UPN => yasna::parse_der(content, |reader| {
            reader.read_tagged(yasna::Tag::context(0), |inner| inner.read_utf8string())
        })
        .ok(),
        _ => None,
    })
}

fn rfc3339(at: &ASN1Time) -> Result<String, X509Fault> {
    at.to_datetime().format(&Rfc3339).map_err(|_| X509Fault::Malformed("a date that cannot be written".to_owned()))
}

fn serial(raw: &[u8]) -> String {
    // A zero byte in front only keeps the number positive in DER; it is not part of the number.
    match raw {
        [0, rest @ ..] if !rest.is_empty() => hex(rest),
        _ => hex(raw),
    }
}

fn describe_key(key: &SubjectPublicKeyInfo<'_>) -> String {
    let parameter = key.algorithm.parameters.as_ref();
    match key.parsed() {
        Ok(PublicKey::RSA(rsa)) => format!("RSA {}", rsa.key_size()),
        Ok(PublicKey::EC(_)) => {
            let curve = parameter.and_then(|p| p.as_oid().ok());
            format!("EC {}", curve.map_or_else(String::new, |c| curve_name(&c.to_id_string())))
        }
        _ => algorithm_name(&key.algorithm.algorithm.to_id_string()),
    }
}

fn curve_name(oid: &str) -> String {
    match oid {
        "1.2.840.10045.3.1.7" => "P-256",
        "1.3.132.0.34" => "P-384",
        "1.3.132.0.35" => "P-521",
        "1.3.132.0.33" => "P-224",
        "1.3.36.3.3.2.8.1.1.7" => "brainpoolP256r1",
        "1.3.36.3.3.2.8.1.1.11" => "brainpoolP384r1",
        "1.3.36.3.3.2.8.1.1.13" => "brainpoolP512r1",
        other => other,
    }
    .to_owned()
}

fn algorithm_name(oid: &str) -> String {
    match oid {
        "1.2.840.10045.4.3.2" => "ecdsa-with-SHA256",
        "1.2.840.10045.4.3.3" => "ecdsa-with-SHA384",
        "1.2.840.10045.4.3.4" => "ecdsa-with-SHA512",
        "1.2.840.113549.1.1.5" => "sha1WithRSAEncryption",
        "1.2.840.113549.1.1.10" => "rsassaPss",
        "1.2.840.113549.1.1.11" => "sha256WithRSAEncryption",
        "1.2.840.113549.1.1.12" => "sha384WithRSAEncryption",
        "1.2.840.113549.1.1.13" => "sha512WithRSAEncryption",
        "1.2.840.10045.4.1" => "ecdsa-with-SHA1",
        "1.2.840.10045.4.3.1" => "ecdsa-with-SHA224",
        "1.2.840.113549.1.1.4" => "md5WithRSAEncryption",
        "1.2.840.113549.1.1.14" => "sha224WithRSAEncryption",
        "1.3.101.112" => "Ed25519",
        "1.3.101.113" => "Ed448",
        other => other,
    }
    .to_owned()
}

fn key_usage(certificate: &X509Certificate<'_>) -> Result<Vec<String>, X509Fault> {
    // RFC 5280 section 4.2.1.3, in the order of the bits.
    const NAMES: [&str; 9] = [
        "digitalSignature",
        "nonRepudiation",
        "keyEncipherment",
        "dataEncipherment",
        "keyAgreement",
        "keyCertSign",
        "cRLSign",
        "encipherOnly",
        "decipherOnly",
    ];
    let Some(extension) = certificate.key_usage().map_err(malformed)? else {
        return Ok(Vec::new());
    };
    let set = |(bit, _): &(usize, &&str)| (extension.value.flags >> bit) & 1 == 1;
    Ok(NAMES.iter().enumerate().filter(set).map(|(_, name)| (*name).to_owned()).collect())
}

fn extended_key_usage(certificate: &X509Certificate<'_>) -> Result<Vec<String>, X509Fault> {
    let Some(extension) = certificate.extended_key_usage().map_err(malformed)? else {
        return Ok(Vec::new());
    };
    let usage = extension.value;
    let known = [
        (usage.any, "anyExtendedKeyUsage"),
        (usage.server_auth, "serverAuth"),
        (usage.client_auth, "clientAuth"),
        (usage.code_signing, "codeSigning"),
        (usage.email_protection, "emailProtection"),
        (usage.time_stamping, "timeStamping"),
        (usage.ocsp_signing, "OCSPSigning"),
    ];
    let named = known.iter().filter(|(set, _)| *set).map(|(_, name)| (*name).to_owned());
    Ok(named.chain(usage.other.iter().map(|oid| oid.to_id_string())).collect())
}

fn is_ca(certificate: &X509Certificate<'_>) -> bool {
    matches!(certificate.basic_constraints(), Ok(Some(constraints)) if constraints.value.ca)
}

fn is_self_signed(certificate: &X509Certificate<'_>) -> bool {
    if certificate.subject().as_raw() != certificate.issuer().as_raw() {
        return false;
    }
    // An algorithm that cannot be checked here (P-521) still has its equal names to go by.
    matches!(certificate.verify_signature(None), Ok(()) | Err(X509Error::SignatureUnsupportedAlgorithm))
}

/// Seconds since 1970, for comparing with the validity in a certificate.
fn unix(at: OffsetDateTime) -> i64 {
    at.unix_timestamp()
}

/// Lower case hexadecimal.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P384_SHA384};

    fn own_certificate(names: &[&str]) -> Vec<u8> {
        let key = KeyPair::generate().unwrap();
        let names: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
        CertificateParams::new(names).unwrap().self_signed(&key).unwrap().der().to_vec()
    }

    #[test]
    fn facts_name_the_key_the_names_and_the_digest() {
        let der = own_certificate(&["a.example", "b.example"]);
        let facts = facts(&der).unwrap();
        assert_eq!(facts.public_key, "EC P-256");
        assert_eq!(facts.signature_algorithm, "ecdsa-with-SHA256");
        assert_eq!(facts.dns_names, ["a.example", "b.example"]);
        assert_eq!(facts.not_before, "1975-01-01T00:00:00Z");
        assert_eq!(facts.sha256, hex(&Sha256::digest(&der)));
        assert!(facts.self_signed);
        assert!(!facts.is_ca);
        assert_eq!((facts.uzi, facts.uzi_fault), (None, None));
    }

    #[test]
    fn a_larger_curve_is_named() {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap();
        let der = CertificateParams::default().self_signed(&key).unwrap().der().to_vec();
        assert_eq!(facts(&der).unwrap().public_key, "EC P-384");
    }

    #[test]
    fn a_comma_in_a_name_does_not_make_an_attribute() {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(rcgen::DnType::CommonName, "a, O=Trusted\n");
        let der = params.self_signed(&key).unwrap().der().to_vec();
        assert_eq!(facts(&der).unwrap().subject, "CN=a\\, O\\=Trusted\\0a");
    }

    #[test]
    fn trailing_bytes_are_refused() {
        let mut der = own_certificate(&[]);
        assert!(facts(&der).is_ok());
        der.push(0);
        assert_eq!(facts(&der), Err(X509Fault::TrailingData(1)));
    }

    #[test]
    fn an_oversized_certificate_is_refused() {
        let der = vec![0x30; MAX_CERTIFICATE_BYTES + 1];
        assert_eq!(facts(&der), Err(X509Fault::TooLarge(MAX_CERTIFICATE_BYTES + 1)));
    }

    #[test]
    fn facts_survive_a_round_trip_through_json() {
        let facts = facts(&own_certificate(&["a.example"])).unwrap();
        let json = serde_json::to_string(&facts).unwrap();
        assert!(json.contains("\"not-before\""));
        assert_eq!(serde_json::from_str::<CertificateFacts>(&json).unwrap(), facts);
    }

    #[test]
    fn pem_lines_have_64_characters() {
        let text = pem("CERTIFICATE", &[7; 100]);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "-----BEGIN CERTIFICATE-----");
        assert_eq!(lines[1].len(), 64);
        assert_eq!(lines.last(), Some(&"-----END CERTIFICATE-----"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn damaged_certificates_never_panic(at in 0usize..400, value: u8, cut in 0usize..400) {
            let mut der = own_certificate(&["a.example"]);
            let at = at % der.len();
            der[at] = value;
            let _ = facts(&der);
            let _ = facts(&der[..cut.min(der.len())]);
        }
    }
}
