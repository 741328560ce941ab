//! Public keys for JWS, from certificates, PEM and SubjectPublicKeyInfo (RFC 5280, 5480, 8017).
//! A key knows which algorithms belong to it (RFC 7518 section 3), so that a token can never choose
//! to have its signature read in another way.

use jsonwebtoken::{DecodingKey, crypto::rust_crypto::DEFAULT_PROVIDER};
use p521::ecdsa::signature::Verifier;
use rustls::pki_types::{CertificateDer, SubjectPublicKeyInfoDer, pem::PemObject};
use x509_parser::{certificate::X509Certificate, prelude::FromDer, public_key::PublicKey, x509::SubjectPublicKeyInfo};

use super::{
    Algorithm, JoseFault,
    der::{bits, dotted, spki_ec, spki_rsa, without_leading_zeros},
};
use crate::wire::x509::pem;

/// RFC 7518 section 3.3 asks at least 2048 bits; the implementation stops at 4096.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=4096;

/// The curves of RFC 7518 section 6.2.1.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    pub(super) const ALL: [Curve; 3] = [Curve::P256, Curve::P384, Curve::P521];

    pub(super) fn name(self) -> &'static str {
        match self {
            Curve::P256 => "P-256",
            Curve::P384 => "P-384",
            Curve::P521 => "P-521",
        }
    }

    /// Bytes of one coordinate, and of one half of a signature.
    pub(super) fn width(self) -> usize {
        match self {
            Curve::P256 => 32,
            Curve::P384 => 48,
            Curve::P521 => 66,
        }
    }

    pub(super) fn oid(self) -> &'static [u64] {
        match self {
            Curve::P256 => &[1, 2, 840, 10045, 3, 1, 7],
            Curve::P384 => &[1, 3, 132, 0, 34],
            Curve::P521 => &[1, 3, 132, 0, 35],
        }
    }

    pub(super) fn from_oid(oid: &str) -> Result<Self, JoseFault> {
        let same = |curve: &Curve| dotted(curve.oid()) == oid;
        Curve::ALL.into_iter().find(same).ok_or_else(|| unusable(format!("curve {oid} is not known")))
    }

    pub(super) fn algorithm(self) -> Algorithm {
        match self {
            Curve::P256 => Algorithm::Es256,
            Curve::P384 => Algorithm::Es384,
            Curve::P521 => Algorithm::Es512,
        }
    }
}

/// A public key, checked: a point on its curve, or an RSA modulus of an acceptable size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyingKey(pub(super) Public);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Public {
    /// The uncompressed point, 0x04 first.
    Ec { curve: Curve, point: Vec<u8> },
    /// Big endian, no leading zeros.
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
}

impl VerifyingKey {
    /// Takes the public key of a DER certificate. Whether that is to be trusted is not asked.
    ///
    /// # Errors
    /// [`JoseFault::Key`] when it is no certificate or its key is of another kind.
    pub fn from_certificate(der: &[u8]) -> Result<Self, JoseFault> {
        let (_, certificate) = X509Certificate::from_der(der).map_err(|_| unusable("the certificate is malformed"))?;
        Self::from_spki(certificate.public_key())
    }

    /// Reads a DER SubjectPublicKeyInfo.
    ///
    /// # Errors
    /// [`JoseFault::Key`] when it is malformed or of another kind.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, JoseFault> {
        match SubjectPublicKeyInfo::from_der(der) {
            Ok(([], spki)) => Self::from_spki(&spki),
            _ => Err(unusable("the public key is malformed")),
        }
    }

    /// Reads the first `PUBLIC KEY` block of PEM text, or else the first `CERTIFICATE` block.
    ///
    /// # Errors
    /// [`JoseFault::Key`] when there is neither, or it cannot be used.
    pub fn from_pem(text: &str) -> Result<Self, JoseFault> {
        if let Ok(spki) = SubjectPublicKeyInfoDer::from_pem_slice(text.as_bytes()) {
            return Self::from_spki_der(&spki);
        }
        let certificate = CertificateDer::from_pem_slice(text.as_bytes())
            .map_err(|_| unusable("no PUBLIC KEY or CERTIFICATE block in the PEM"))?;
        Self::from_certificate(&certificate)
    }

    fn from_spki(spki: &SubjectPublicKeyInfo<'_>) -> Result<Self, JoseFault> {
        match spki.parsed() {
            Ok(PublicKey::RSA(rsa)) => Self::rsa(rsa.modulus, rsa.exponent),
            Ok(PublicKey::EC(point)) => {
                let parameters = spki.algorithm.parameters.as_ref();
                let curve = parameters
                    .and_then(|p| p.as_oid().ok())
                    .ok_or_else(|| unusable("an EC key without a named curve"))?;
                Self::ec(Curve::from_oid(&curve.to_id_string())?, point.data())
            }
            _ => Err(unusable("neither an EC nor an RSA key")),
        }
    }

    pub(super) fn ec(curve: Curve, point: &[u8]) -> Result<Self, JoseFault> {
        if point.len() != 2 * curve.width() + 1 || point[0] != 4 {
            return Err(unusable("not an uncompressed point of its curve"));
        }
        let on_curve = match curve {
            Curve::P521 => p521::ecdsa::VerifyingKey::from_sec1_bytes(point).is_ok(),
            _ => {
                let key = DecodingKey::from_ec_der(point);
                (DEFAULT_PROVIDER.verifier_factory)(&outside(curve.algorithm()), &key).is_ok()
            }
        };
        match on_curve {
            true => Ok(Self(Public::Ec { curve, point: point.to_vec() })),
            false => Err(unusable("the point does not lie on its curve")),
        }
    }

    pub(super) fn rsa(modulus: &[u8], exponent: &[u8]) -> Result<Self, JoseFault> {
        let modulus = without_leading_zeros(modulus);
        let exponent = without_leading_zeros(exponent);
        let bits = bits(modulus);
        if !RSA_BITS.contains(&bits) {
            return Err(unusable(format!("an RSA key of {bits} bits")));
        }
        if exponent.len() > 4 || exponent.last().is_none_or(|last| last % 2 == 0) {
            return Err(unusable("an RSA exponent that is even, or too large"));
        }
        Ok(Self(Public::Rsa { modulus: modulus.to_vec(), exponent: exponent.to_vec() }))
    }

    /// The kind of key in words: `EC P-256`, `RSA 2048`.
    pub fn kind(&self) -> String {
        match &self.0 {
            Public::Ec { curve, .. } => format!("EC {}", curve.name()),
            Public::Rsa { modulus, .. } => format!("RSA {}", bits(modulus)),
        }
    }

    /// The algorithms this key can be used with, the preferred one first.
    pub fn algorithms(&self) -> &'static [Algorithm] {
        use Algorithm as A;
        match &self.0 {
            Public::Ec { curve: Curve::P256, .. } => &[A::Es256],
            Public::Ec { curve: Curve::P384, .. } => &[A::Es384],
            Public::Ec { curve: Curve::P521, .. } => &[A::Es512],
            Public::Rsa { .. } => &[A::Ps256, A::Ps384, A::Ps512, A::Rs256],
        }
    }

    /// Verifies a raw signature over bytes. ECDSA signatures are `r || s` (RFC 7518 section 3.4).
    ///
    /// # Errors
    /// When the algorithm is not one of this key, or the signature does not hold.
    pub fn verify(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> Result<(), JoseFault> {
        self.serves(algorithm)?;
        let expected = match &self.0 {
            Public::Ec { curve, .. } => 2 * curve.width(),
            Public::Rsa { modulus, .. } => modulus.len(),
        };
        if signature.len() != expected {
            return Err(JoseFault::SignatureLength { expected, found: signature.len() });
        }
        let holds = match &self.0 {
            Public::Ec { curve: Curve::P521, point } => verify_p521(point, message, signature),
            Public::Ec { point, .. } => verify_outside(algorithm, &DecodingKey::from_ec_der(point), message, signature),
            Public::Rsa { modulus, exponent } => {
                let key = DecodingKey::from_rsa_raw_components(modulus, exponent);
                verify_outside(algorithm, &key, message, signature)
            }
        };
        if holds { Ok(()) } else { Err(JoseFault::SignatureInvalid) }
    }

    pub(super) fn serves(&self, algorithm: Algorithm) -> Result<(), JoseFault> {
        match self.algorithms().contains(&algorithm) {
            true => Ok(()),
            false => Err(JoseFault::AlgorithmForOtherKey { algorithm, key: self.kind() }),
        }
    }

    /// The DER SubjectPublicKeyInfo.
    pub fn to_spki_der(&self) -> Vec<u8> {
        match &self.0 {
            Public::Ec { curve, point } => spki_ec(curve.oid(), point),
            Public::Rsa { modulus, exponent } => spki_rsa(modulus, exponent),
        }
    }

    /// A `PUBLIC KEY` PEM block.
    pub fn to_pem(&self) -> String {
        pem("PUBLIC KEY", &self.to_spki_der())
    }
}

/// The name `jsonwebtoken` has for an algorithm. ES512 has none there and never comes this way.
pub(super) fn outside(algorithm: Algorithm) -> jsonwebtoken::Algorithm {
    use jsonwebtoken::Algorithm as Outside;
    match algorithm {
        Algorithm::Es256 => Outside::ES256,
        Algorithm::Es384 | Algorithm::Es512 => Outside::ES384,
        Algorithm::Ps256 => Outside::PS256,
        Algorithm::Ps384 => Outside::PS384,
        Algorithm::Ps512 => Outside::PS512,
        Algorithm::Rs256 => Outside::RS256,
    }
}

fn verify_outside(algorithm: Algorithm, key: &DecodingKey, message: &[u8], signature: &[u8]) -> bool {
    (DEFAULT_PROVIDER.verifier_factory)(&outside(algorithm), key)
        .is_ok_and(|verifier| verifier.verify(message, &signature.to_vec()).is_ok())
}

fn verify_p521(point: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let Ok(key) = p521::ecdsa::VerifyingKey::from_sec1_bytes(point) else {
        return false;
    };
    p521::ecdsa::Signature::from_slice(signature).is_ok_and(|signature| key.verify(message, &signature).is_ok())
}

pub(super) fn unusable(why: impl Into<String>) -> JoseFault {
    JoseFault::Key(why.into())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::wire::jose::{Jwk, Part, SigningKey, from_base64url, samples};

    #[test]
    fn the_published_es512_signature_verifies() {
        let key = Jwk::parse(samples::ES512_KEY).unwrap().key;
        let signature = from_base64url(samples::ES512_SIGNATURE, Part::Signature).unwrap();
        let input = samples::ES512_INPUT.as_bytes();
        assert_eq!(key.verify(Algorithm::Es512, input, &signature), Ok(()));
        let other = key.verify(Algorithm::Es512, b"another input", &signature);
        assert_eq!(other, Err(JoseFault::SignatureInvalid));
    }

    #[test]
    fn public_keys_survive_a_round_trip_through_pem() {
        let rsa = SigningKey::from_pem(samples::RSA_KEY).unwrap();
        let mut keys = vec![rsa.verifying_key().clone()];
        for algorithm in [Algorithm::Es256, Algorithm::Es384, Algorithm::Es512] {
            keys.push(SigningKey::generate(algorithm).unwrap().verifying_key().clone());
        }
        for key in keys {
            assert_eq!(VerifyingKey::from_pem(&key.to_pem()), Ok(key));
        }
    }

    #[test]
    fn the_key_of_a_certificate_is_the_key_of_its_owner() {
        let pair = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::default().self_signed(&pair).unwrap();
        let owner = SigningKey::from_pem(&pair.serialize_pem()).unwrap();
        let key = VerifyingKey::from_certificate(certificate.der()).unwrap();
        assert_eq!(&key, owner.verifying_key());
        assert_eq!(VerifyingKey::from_pem(&certificate.pem()), Ok(key));
    }

    #[test]
    fn text_without_a_key_is_refused() {
        for text in ["", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"] {
            assert!(matches!(VerifyingKey::from_pem(text), Err(JoseFault::Key(_))));
        }
    }
}
