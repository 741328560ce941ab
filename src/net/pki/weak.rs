//! RSA keys of 1024 bits, which our TLS library neither makes nor uses, so that a peer can be shown one.

use std::sync::Arc;

use rsa::pkcs1::EncodeRsaPublicKey as _;
use rsa::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, EncodePublicKey as _};
use rsa::pss::SigningKey;
use rsa::rand_core::OsRng;
use rsa::sha2::Sha256;
use rsa::signature::{RandomizedSigner as _, SignatureEncoding as _};
use rsa::{RsaPrivateKey, traits::PublicKeyParts as _};
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::{PrivateKeyDer, SubjectPublicKeyInfoDer};
use rustls::sign::{Signer, SigningKey as TlsKey};
use rustls::{SignatureAlgorithm, SignatureScheme};

use super::PkiError;

/// Size of the key: what every guideline calls broken.
const BITS: usize = 1024;

/// A weak key with its public half in the form that certificates hold.
pub(super) struct Key {
    private: RsaPrivateKey,
    public: Vec<u8>,
}

impl Key {
    pub(super) fn generate() -> Result<Self, PkiError> {
        let fail = |e: &dyn std::fmt::Display| PkiError::Sign(e.to_string());
        let private = RsaPrivateKey::new(&mut OsRng, BITS).map_err(|e| fail(&e))?;
        let public = private.to_public_key().to_pkcs1_der().map_err(|e| fail(&e))?.as_bytes().to_vec();
        Ok(Self { private, public })
    }

    pub(super) fn to_pkcs8(&self) -> Result<Vec<u8>, PkiError> {
        let der = self.private.to_pkcs8_der().map_err(|e| PkiError::Sign(e.to_string()))?;
        Ok(der.as_bytes().to_vec())
    }
}

impl rcgen::PublicKeyData for Key {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }
    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_RSA_SHA256
    }
}

/// The key as TLS signs with it: by the library, or here when it is too weak for that. `None` when it is of no use at all.
pub(super) fn tls_key(key: &PrivateKeyDer<'static>) -> Option<Arc<dyn TlsKey>> {
    if let Ok(usual) = any_supported_type(key) {
        return Some(usual);
    }
    let PrivateKeyDer::Pkcs8(der) = key else { return None };
    let private = RsaPrivateKey::from_pkcs8_der(der.secret_pkcs8_der()).ok()?;
    // Other keys that the library refuses have another reason than their size.
    if private.size() * 8 > BITS {
        return None;
    }
    Some(Arc::new(WeakTlsKey(private)))
}

struct WeakTlsKey(RsaPrivateKey);

impl std::fmt::Debug for WeakTlsKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WeakTlsKey")
    }
}

impl TlsKey for WeakTlsKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let scheme = SignatureScheme::RSA_PSS_SHA256;
        offered.contains(&scheme).then(|| Box::new(WeakSigner(self.0.clone())) as Box<dyn Signer>)
    }
    fn public_key(&self) -> Option<SubjectPublicKeyInfoDer<'_>> {
        let der = self.0.to_public_key().to_public_key_der().ok()?;
        Some(SubjectPublicKeyInfoDer::from(der.as_bytes().to_vec()))
    }
    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::RSA
    }
}

struct WeakSigner(RsaPrivateKey);

impl std::fmt::Debug for WeakSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WeakSigner")
    }
}

impl Signer for WeakSigner {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        let key = SigningKey::<Sha256>::new(self.0.clone());
        let signature = key.try_sign_with_rng(&mut OsRng, message);
        signature.map(|s| s.to_vec()).map_err(|e| rustls::Error::General(e.to_string()))
    }
    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::RSA_PSS_SHA256
    }
}
