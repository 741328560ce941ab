//! Private keys for JWS: made afresh, or read from PEM (RFC 5208 PKCS#8, 5915 EC, 8017 RSA).
//! The private half leaves a key by one door only, [`SigningKey::to_pem`].

use std::fmt;

use jsonwebtoken::{EncodingKey, crypto::rust_crypto::DEFAULT_PROVIDER};
use p521::{
    SecretKey,
    ecdsa::signature::Signer,
    elliptic_curve::{rand_core::OsRng, sec1::ToEncodedPoint},
    pkcs8::{DecodePrivateKey, EncodePrivateKey, PrivateKeyInfo},
};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384};
use rustls::pki_types::{PrivateKeyDer, pem::PemObject};

use super::{
    Algorithm, JoseFault, Jwk, VerifyingKey,
    der::{EC_PUBLIC_KEY, RSA_ENCRYPTION, dotted, in_pkcs8, sec1_curve},
    key::{Curve, outside, unusable},
};
use crate::wire::x509::pem;

/// A private key with its public half. `Debug` prints only what kind of key it is.
#[derive(Clone)]
pub struct SigningKey {
    private: Private,
    pkcs8: Vec<u8>,
    public: VerifyingKey,
}

#[derive(Clone)]
enum Private {
    Outside(EncodingKey),
    P521(Box<p521::ecdsa::SigningKey>),
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SigningKey").field(&self.public.kind()).finish()
    }
}

/// Bits of an RSA key that is made here: the least that RFC 7518 section 3.5 allows, and quickly made.
const RSA_BITS: usize = 2048;

impl SigningKey {
    /// Makes a fresh key for an ECDSA algorithm or for PS256.
    ///
    /// # Errors
    /// [`JoseFault::CannotGenerate`] for the other RSA algorithms, which use a key of the same kind.
    pub fn generate(algorithm: Algorithm) -> Result<Self, JoseFault> {
        let failed = || JoseFault::CannotGenerate(algorithm);
        let pkcs8 = match algorithm {
            Algorithm::Es256 => KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(|_| failed())?.serialize_der(),
            Algorithm::Es384 => KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).map_err(|_| failed())?.serialize_der(),
            Algorithm::Es512 => {
                let document = SecretKey::random(&mut OsRng).to_pkcs8_der().map_err(|_| failed())?;
                document.as_bytes().to_vec()
            }
            Algorithm::Ps256 => {
                let key = rsa::RsaPrivateKey::new(&mut OsRng, RSA_BITS).map_err(|_| failed())?;
                rsa::pkcs8::EncodePrivateKey::to_pkcs8_der(&key).map_err(|_| failed())?.as_bytes().to_vec()
            }
            _ => return Err(failed()),
        };
        Self::from_pkcs8_der(&pkcs8)
    }

    /// Reads the first private key of PEM text: PKCS#8, or the older `EC` and `RSA` forms.
    ///
    /// # Errors
    /// [`JoseFault::Key`] when there is none, when it is encrypted, or of another kind.
    pub fn from_pem(text: &str) -> Result<Self, JoseFault> {
        match PrivateKeyDer::from_pem_slice(text.as_bytes()) {
            Ok(key) => Self::from_der(&key),
            Err(_) if text.contains("ENCRYPTED PRIVATE KEY") => Err(unusable("the private key is encrypted")),
            Err(_) => Err(unusable("no private key in the PEM")),
        }
    }

    /// Takes a private key in any of its three DER forms.
    ///
    /// # Errors
    /// [`JoseFault::Key`] when it is malformed or of another kind.
    pub fn from_der(key: &PrivateKeyDer<'_>) -> Result<Self, JoseFault> {
        match key {
            PrivateKeyDer::Pkcs8(der) => Self::from_pkcs8_der(der.secret_pkcs8_der()),
            PrivateKeyDer::Sec1(der) => {
                let der = der.secret_sec1_der();
                let curve = sec1_curve(der).ok_or_else(|| unusable("an EC private key without a named curve"))?;
                Self::from_pkcs8_der(&in_pkcs8(&EC_PUBLIC_KEY, Some(&curve), der))
            }
            PrivateKeyDer::Pkcs1(der) => {
                let der = der.secret_pkcs1_der();
                Self::from_pkcs8_der(&in_pkcs8(&RSA_ENCRYPTION, None, der))
            }
            _ => Err(unusable("a private key of an unknown form")),
        }
    }

    fn from_pkcs8_der(der: &[u8]) -> Result<Self, JoseFault> {
        let malformed = || unusable("the private key is malformed");
        let info = PrivateKeyInfo::try_from(der).map_err(|_| malformed())?;
        let algorithm = info.algorithm.oid.to_string();
        let (private, public) = if algorithm == dotted(&RSA_ENCRYPTION) {
            let components = DEFAULT_PROVIDER.key_utils.rsa_pub_components_from_private_key;
            let (modulus, exponent) = components(info.private_key).map_err(|_| malformed())?;
            let key = EncodingKey::from_rsa_der(info.private_key);
            (Private::Outside(key), VerifyingKey::rsa(&modulus, &exponent)?)
        } else if algorithm == dotted(&EC_PUBLIC_KEY) {
            let curve = info.algorithm.parameters_oid().map_err(|_| malformed())?;
            let curve = Curve::from_oid(&curve.to_string())?;
            (ec_private(curve, der)?, ec_public(curve, der)?)
        } else {
            return Err(unusable("neither an EC nor an RSA key"));
        };
        Ok(Self { private, pkcs8: der.to_vec(), public })
    }

    /// The private key as a PKCS#8 `PRIVATE KEY` PEM block. A secret.
    pub fn to_pem(&self) -> String {
        pem("PRIVATE KEY", &self.pkcs8)
    }

    /// The public half.
    pub fn verifying_key(&self) -> &VerifyingKey {
        &self.public
    }

    /// The public half as a JWK with this `kid`, for signatures, with the preferred algorithm.
    pub fn public_jwk(&self, kid: &str) -> Jwk {
        Jwk::for_signatures(kid, self.public.clone(), self.algorithm())
    }

    /// The algorithm used when a header does not say: the first that belongs to the key.
    pub fn algorithm(&self) -> Algorithm {
        self.public.algorithms()[0]
    }

    /// Signs bytes. ECDSA signatures come as `r || s`, fixed width.
    ///
    /// # Errors
    /// When the algorithm is not one of this key.
    pub fn sign(&self, message: &[u8], algorithm: Algorithm) -> Result<Vec<u8>, JoseFault> {
        self.public.serves(algorithm)?;
        let failed = |_| JoseFault::SigningFailed;
        match &self.private {
            Private::P521(key) => {
                let signature: p521::ecdsa::Signature = key.try_sign(message).map_err(|_| JoseFault::SigningFailed)?;
                Ok(signature.to_bytes().to_vec())
            }
            Private::Outside(key) => (DEFAULT_PROVIDER.signer_factory)(&outside(algorithm), key)
                .map_err(failed)?
                .try_sign(message)
                .map_err(|_| JoseFault::SigningFailed),
        }
    }
}

fn ec_private(curve: Curve, pkcs8: &[u8]) -> Result<Private, JoseFault> {
    let malformed = || unusable("the private key is malformed");
    match curve {
        Curve::P521 => {
            let secret = SecretKey::from_pkcs8_der(pkcs8).map_err(|_| malformed())?;
            let key = p521::ecdsa::SigningKey::from_slice(&secret.to_bytes());
            Ok(Private::P521(Box::new(key.map_err(|_| malformed())?)))
        }
        _ => Ok(Private::Outside(EncodingKey::from_ec_der(pkcs8))),
    }
}

fn ec_public(curve: Curve, pkcs8: &[u8]) -> Result<VerifyingKey, JoseFault> {
    let malformed = || unusable("the private key is malformed");
    if curve == Curve::P521 {
        let secret = SecretKey::from_pkcs8_der(pkcs8).map_err(|_| malformed())?;
        return VerifyingKey::ec(curve, secret.public_key().to_encoded_point(false).as_bytes());
    }
    let components = DEFAULT_PROVIDER.key_utils.ec_pub_components_from_private_key;
    let (_, x, y) = components(pkcs8, outside(curve.algorithm())).map_err(|_| malformed())?;
    VerifyingKey::ec(curve, &[&[4][..], &x, &y].concat())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::wire::jose::samples;

    #[test]
    fn private_keys_survive_a_round_trip_through_pem() {
        for algorithm in [Algorithm::Es256, Algorithm::Es384, Algorithm::Es512] {
            let key = SigningKey::generate(algorithm).unwrap();
            let read = SigningKey::from_pem(&key.to_pem()).unwrap();
            assert_eq!(read.verifying_key(), key.verifying_key());
            let signature = read.sign(b"text", algorithm).unwrap();
            assert_eq!(key.verifying_key().verify(algorithm, b"text", &signature), Ok(()));
        }
    }

    #[test]
    fn the_older_pem_forms_are_read_too() {
        let key = SigningKey::from_pem(samples::RSA_KEY).unwrap();
        let info = PrivateKeyInfo::try_from(key.pkcs8.as_slice()).unwrap();
        let older = SigningKey::from_pem(&pem("RSA PRIVATE KEY", info.private_key)).unwrap();
        assert_eq!(older.verifying_key(), key.verifying_key());

        let key = SigningKey::generate(Algorithm::Es512).unwrap();
        let secret = SecretKey::from_pkcs8_der(&key.pkcs8).unwrap();
        let sec1 = pem("EC PRIVATE KEY", &secret.to_sec1_der().unwrap());
        // This writer leaves the curve out, and then there is no telling which one it is.
        assert!(matches!(SigningKey::from_pem(&sec1), Err(JoseFault::Key(_))));
        let with_curve = yasna::construct_der(|w| {
            w.write_sequence(|w| {
                w.next().write_u8(1);
                w.next().write_bytes(&secret.to_bytes());
                let curve = yasna::models::ObjectIdentifier::from_slice(Curve::P521.oid());
                w.next().write_tagged(yasna::Tag::context(0), |w| w.write_oid(&curve));
            });
        });
        let older = SigningKey::from_pem(&pem("EC PRIVATE KEY", &with_curve)).unwrap();
        assert_eq!(older.verifying_key(), key.verifying_key());
    }

    #[test]
    fn an_encrypted_key_is_refused_by_name() {
        let text = pem("ENCRYPTED PRIVATE KEY", &[0x30, 0x00]);
        let fault = JoseFault::Key("the private key is encrypted".to_owned());
        assert_eq!(SigningKey::from_pem(&text).unwrap_err(), fault);
    }

    #[test]
    fn an_rsa_key_cannot_be_generated() {
        let fault = SigningKey::generate(Algorithm::Rs256).unwrap_err();
        assert_eq!(fault, JoseFault::CannotGenerate(Algorithm::Rs256));
    }

    #[test]
    fn a_private_key_is_not_printed() {
        let key = SigningKey::generate(Algorithm::Es256).unwrap();
        assert_eq!(format!("{key:?}"), "SigningKey(\"EC P-256\")");
    }
}
