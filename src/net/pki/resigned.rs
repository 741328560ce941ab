//! Certificates that the library behind this PKI refuses to make: taken apart, changed and signed anew.

use p256::ecdsa::{DerSignature, Signature, SigningKey, signature::hazmat::PrehashSigner as _};
use p256::pkcs8::DecodePrivateKey as _;
use rsa::signature::{SignatureEncoding as _, Signer as _};
use rustls::pki_types::CertificateDer;
use sha1::{Digest as _, Sha1};
use x509_cert::Certificate;
use x509_cert::der::asn1::{BitString, ObjectIdentifier};
use x509_cert::der::{Decode as _, Encode as _};

use super::PkiError;

/// ecdsa-with-SHA1 (RFC 3279 section 2.2.3).
const ECDSA_WITH_SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.1");

/// sha1WithRSAEncryption (RFC 3279 section 2.2.1).
const SHA1_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.5");

/// The same certificate, signed over its SHA-1 digest by the RSA key of its issuer.
pub(super) fn over_sha1_with_rsa(certificate: &[u8], issuer_pkcs8: &[u8]) -> Result<CertificateDer<'static>, PkiError> {
    let fail = |e: &dyn std::fmt::Display| PkiError::Sign(e.to_string());
    let key = rsa::RsaPrivateKey::from_pkcs8_der(issuer_pkcs8).map_err(|e| fail(&e))?;
    let mut certificate = Certificate::from_der(certificate).map_err(|e| fail(&e))?;
    certificate.tbs_certificate.signature.oid = SHA1_WITH_RSA;
    certificate.signature_algorithm.oid = SHA1_WITH_RSA;
    let signed = certificate.tbs_certificate.to_der().map_err(|e| fail(&e))?;
    let signature = rsa::pkcs1v15::SigningKey::<Sha1>::new(key).try_sign(&signed).map_err(|e| fail(&e))?;
    certificate.signature = BitString::from_bytes(&signature.to_vec()).map_err(|e| fail(&e))?;
    Ok(CertificateDer::from(certificate.to_der().map_err(|e| fail(&e))?))
}

/// The same certificate, signed over its SHA-1 digest by the P-256 key of its issuer.
pub(super) fn over_sha1(certificate: &[u8], issuer_pkcs8: &[u8]) -> Result<CertificateDer<'static>, PkiError> {
    let fail = |e: &dyn std::fmt::Display| PkiError::Sign(e.to_string());
    let key = SigningKey::from_pkcs8_der(issuer_pkcs8).map_err(|e| fail(&e))?;
    let mut certificate = Certificate::from_der(certificate).map_err(|e| fail(&e))?;
    certificate.tbs_certificate.signature.oid = ECDSA_WITH_SHA1;
    certificate.signature_algorithm.oid = ECDSA_WITH_SHA1;
    let signed = certificate.tbs_certificate.to_der().map_err(|e| fail(&e))?;
    let signature: Signature = key.sign_prehash(&Sha1::digest(&signed)).map_err(|e| fail(&e))?;
    let signature = DerSignature::from(signature);
    certificate.signature = BitString::from_bytes(signature.as_bytes()).map_err(|e| fail(&e))?;
    Ok(CertificateDer::from(certificate.to_der().map_err(|e| fail(&e))?))
}
