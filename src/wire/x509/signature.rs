//! Whether a signature over bytes holds: by the library for certificates, and for ECDSA over P-521 with SHA-512, which that
//! library does not know, by the crate for that curve (RFC 5758 section 3.2).

use p521::ecdsa::signature::Verifier as _;
use p521::ecdsa::{Signature, VerifyingKey};
use x509_parser::asn1_rs::BitString;
use x509_parser::error::X509Error;
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo};

/// ecdsa-with-SHA512.
const ECDSA_WITH_SHA512: &str = "1.2.840.10045.4.3.4";
/// id-ecPublicKey and secp521r1 (RFC 5480 section 2.1.1).
const EC_PUBLIC_KEY: &str = "1.2.840.10045.2.1";
const SECP521R1: &str = "1.3.132.0.35";

/// Checks a signature as certificates and CMS have it, ECDSA as a DER sequence.
///
/// # Errors
/// [`X509Error::SignatureUnsupportedAlgorithm`] for what cannot be checked here, and another when it does not hold.
pub fn verify_signature(
    key: &SubjectPublicKeyInfo<'_>,
    algorithm: &AlgorithmIdentifier<'_>,
    signature: &[u8],
    signed: &[u8],
) -> Result<(), X509Error> {
    if algorithm.algorithm.to_id_string() == ECDSA_WITH_SHA512 && is_p521(key) {
        let key = VerifyingKey::from_sec1_bytes(&key.subject_public_key.data);
        let key = key.map_err(|_| X509Error::SignatureVerificationError)?;
        let signature = Signature::from_der(signature).map_err(|_| X509Error::SignatureVerificationError)?;
        return key.verify(signed, &signature).map_err(|_| X509Error::SignatureVerificationError);
    }
    x509_parser::verify::verify_signature(key, algorithm, &BitString::new(0, signature), signed)
}

fn is_p521(key: &SubjectPublicKeyInfo<'_>) -> bool {
    let curve = key.algorithm.parameters.as_ref().and_then(|parameters| parameters.as_oid().ok());
    key.algorithm.algorithm.to_id_string() == EC_PUBLIC_KEY
        && curve.is_some_and(|curve| curve.to_id_string() == SECP521R1)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use p521::ecdsa::SigningKey;
    use p521::ecdsa::signature::Signer as _;
    use x509_parser::prelude::FromDer as _;
    use yasna::models::ObjectIdentifier;

    fn oid(dotted: &str) -> ObjectIdentifier {
        dotted.parse().unwrap()
    }

    /// A public key as certificates have it, said to be on a curve.
    fn public(key: &SigningKey, curve: &str) -> Vec<u8> {
        let point = VerifyingKey::from(key).to_encoded_point(false);
        yasna::construct_der(|w| {
            w.write_sequence(|w| {
                w.next().write_sequence(|w| {
                    w.next().write_oid(&oid(EC_PUBLIC_KEY));
                    w.next().write_oid(&oid(curve));
                });
                w.next().write_bitvec_bytes(point.as_bytes(), point.as_bytes().len() * 8);
            });
        })
    }

    fn algorithm(dotted: &str) -> Vec<u8> {
        yasna::construct_der(|w| w.write_sequence(|w| w.next().write_oid(&oid(dotted))))
    }

    fn verdict(key: &[u8], with: &str, signature: &[u8], signed: &[u8]) -> Result<(), X509Error> {
        let with = algorithm(with);
        let (_, key) = SubjectPublicKeyInfo::from_der(key).unwrap();
        let (_, with) = AlgorithmIdentifier::from_der(&with).unwrap();
        verify_signature(&key, &with, signature, signed)
    }

    #[test]
    fn a_signature_over_p521_holds_for_its_bytes_key_and_algorithm_alone() {
        let key = SigningKey::from_slice(&[[0].as_slice(), &[7; 65]].concat()).unwrap();
        let signature: Signature = key.sign(b"bewijs");
        let der = signature.to_der();
        let public_key = public(&key, SECP521R1);
        assert_eq!(verdict(&public_key, ECDSA_WITH_SHA512, der.as_bytes(), b"bewijs"), Ok(()));
        let wrong = Err(X509Error::SignatureVerificationError);
        assert_eq!(verdict(&public_key, ECDSA_WITH_SHA512, der.as_bytes(), b"bewijs "), wrong);
        assert_eq!(verdict(&public_key, ECDSA_WITH_SHA512, &signature.to_bytes(), b"bewijs"), wrong);
        let other = SigningKey::from_slice(&[[0].as_slice(), &[8; 65]].concat()).unwrap();
        assert_eq!(verdict(&public(&other, SECP521R1), ECDSA_WITH_SHA512, der.as_bytes(), b"bewijs"), wrong);
        let unknown = Err(X509Error::SignatureUnsupportedAlgorithm);
        // ecdsa-with-SHA384 over P-521, and SHA-512 over a key that says to be on P-384.
        assert_eq!(verdict(&public_key, "1.2.840.10045.4.3.3", der.as_bytes(), b"bewijs"), unknown);
        let elsewhere = public(&key, "1.3.132.0.34");
        assert_eq!(verdict(&elsewhere, ECDSA_WITH_SHA512, der.as_bytes(), b"bewijs"), unknown);
    }
}
