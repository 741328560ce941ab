//! A key on a card or in an HSM, over PKCS#11: it never leaves there, only digests go in and signatures come out.
//!
//! The module of the maker is loaded when it is asked for. Which key is meant is said by an RFC 7512 URI.

mod uri;

pub use uri::{TokenUri, UriFault};

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsPssParams};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{Attribute, AttributeType, CertificateType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::{SealError, SealingKey};
use crate::base::secret::Secret;
use crate::wire::jades::Algorithm;
use crate::wire::jose::VerifyingKey;

/// Longest chain that is put together from what is on a token.
const LONGEST_CHAIN: usize = 6;
/// Certificates on a token that are looked at, at most.
const MOST_CERTIFICATES: usize = 64;

/// A key on a token, logged in.
#[derive(Debug)]
pub struct TokenKey {
    session: Mutex<Session>,
    key: ObjectHandle,
    chain: Vec<Vec<u8>>,
    public: VerifyingKey,
    algorithm: Algorithm,
}

impl TokenKey {
    /// Opens the key that a URI names. Its certificates come from `certificates`, leaf first, or else from the token.
    /// Without an algorithm the first that belongs to the key is taken.
    ///
    /// # Errors
    /// When module, token, key or certificate is not found or not the only one, or the PIN is refused.
    pub fn open(
        uri: &TokenUri,
        pin: &Secret<String>,
        certificates: Option<&[Vec<u8>]>,
        algorithm: Option<Algorithm>,
    ) -> Result<Self, SealError> {
        let module = uri.module.as_deref().ok_or_else(|| SealError::Key("no PKCS#11 module is named".into()))?;
        let context = load(module)?;
        let slot = slot(&context, uri)?;
        let session = context.open_ro_session(slot).map_err(|e| failed("open the token", &e))?;
        let pin = AuthPin::new(pin.reveal().clone().into());
        match session.login(UserType::User, Some(&pin)) {
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {}
            Err(error) => return Err(failed("log in", &error)),
        }
        let key = only_key(&session, uri)?;
        let chain = match certificates {
            Some(given) => given.to_vec(),
            None => chain_on_token(&session, key)?,
        };
        let leaf = chain.first().ok_or_else(|| SealError::Key("no certificate for the key".into()))?;
        let public = VerifyingKey::from_certificate(leaf).map_err(|e| SealError::Key(e.to_string()))?;
        let algorithm = algorithm.unwrap_or_else(|| public.algorithms()[0]);
        if !public.algorithms().contains(&algorithm) {
            return Err(SealError::Key(format!("{algorithm} is no algorithm of a key of type {}", public.kind())));
        }
        Ok(Self { session: Mutex::new(session), key, chain, public, algorithm })
    }
}

impl SealingKey for TokenKey {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    fn chain(&self) -> &[Vec<u8>] {
        &self.chain
    }

    fn sign(&self, input: &[u8]) -> Result<Vec<u8>, SealError> {
        let (mechanism, data) = asked_of_token(self.algorithm, input);
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let signature = session.sign(&mechanism, self.key, &data).map_err(|e| SealError::Sign(e.to_string()))?;
        // A token may hold a key that is not that of the certificate, and sign with it in good faith.
        let fits = self.public.verify(self.algorithm, input, &signature);
        fits.map_err(|_| SealError::Sign("the key on the token is not that of the certificate".into()))?;
        Ok(signature)
    }
}

/// The mechanism of an algorithm, and what goes to the token: a digest, wherever the token need not make it.
fn asked_of_token(algorithm: Algorithm, input: &[u8]) -> (Mechanism<'static>, Vec<u8>) {
    let pss = |hash_alg, mgf, digest: Vec<u8>| {
        let length = u64::try_from(digest.len()).unwrap_or_default();
        (Mechanism::RsaPkcsPss(PkcsPssParams { hash_alg, mgf, s_len: length.into() }), digest)
    };
    match algorithm {
        Algorithm::Ps256 => pss(MechanismType::SHA256, PkcsMgfType::MGF1_SHA256, Sha256::digest(input).to_vec()),
        Algorithm::Ps384 => pss(MechanismType::SHA384, PkcsMgfType::MGF1_SHA384, Sha384::digest(input).to_vec()),
        Algorithm::Ps512 => pss(MechanismType::SHA512, PkcsMgfType::MGF1_SHA512, Sha512::digest(input).to_vec()),
        Algorithm::Es256 => (Mechanism::Ecdsa, Sha256::digest(input).to_vec()),
        Algorithm::Es384 => (Mechanism::Ecdsa, Sha384::digest(input).to_vec()),
        Algorithm::Es512 => (Mechanism::Ecdsa, Sha512::digest(input).to_vec()),
        Algorithm::Rs256 => (Mechanism::Sha256RsaPkcs, input.to_vec()),
    }
}

fn failed(what: &str, error: &Error) -> SealError {
    SealError::Key(format!("{what}: {error}"))
}

fn load(module: &Path) -> Result<Pkcs11, SealError> {
    let context = Pkcs11::new(module).map_err(|e| failed(&format!("load {}", module.display()), &e))?;
    match context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        // A module is initialized once in a process, whoever opens it again.
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(context),
        Err(error) => Err(failed(&format!("initialize {}", module.display()), &error)),
    }
}

/// The one slot whose token fits.
fn slot(context: &Pkcs11, uri: &TokenUri) -> Result<Slot, SealError> {
    let slots = context.get_slots_with_initialized_token().map_err(|e| failed("list the tokens", &e))?;
    let mut fitting = Vec::new();
    for slot in slots {
        let about = context.get_token_info(slot).map_err(|e| failed("read a token", &e))?;
        let is = |wanted: &Option<String>, own: &str| wanted.as_ref().is_none_or(|w| w.trim_end() == own.trim_end());
        let numbered = uri.slot.is_none_or(|number| number == slot.id());
        if numbered && is(&uri.token, about.label()) && is(&uri.serial, about.serial_number()) {
            fitting.push(slot);
        }
    }
    match fitting.as_slice() {
        [only] => Ok(*only),
        found => Err(SealError::Key(format!("{} tokens fit, 1 expected", found.len()))),
    }
}

/// The one private key that fits.
fn only_key(session: &Session, uri: &TokenUri) -> Result<ObjectHandle, SealError> {
    let mut wanted = vec![Attribute::Class(ObjectClass::PRIVATE_KEY), Attribute::Sign(true)];
    wanted.extend(uri.object.as_ref().map(|label| Attribute::Label(label.as_bytes().to_vec())));
    wanted.extend(uri.id.clone().map(Attribute::Id));
    let found = session.find_objects(&wanted).map_err(|e| failed("look for the key", &e))?;
    match found.as_slice() {
        [only] => Ok(*only),
        found => Err(SealError::Key(format!("{} keys on the token fit, 1 expected", found.len()))),
    }
}

fn chain_on_token(session: &Session, key: ObjectHandle) -> Result<Vec<Vec<u8>>, SealError> {
    let read = |object, kind| session.get_attributes(object, kind).map_err(|e| failed("read the token", &e));
    let id = read(key, &[AttributeType::Id])?.into_iter().find_map(|a| match a {
        Attribute::Id(id) if !id.is_empty() => Some(id),
        _ => None,
    });
    let id = id.ok_or_else(|| SealError::Key("the key has no id to find its certificate by; give the chain".into()))?;
    let kind = Attribute::CertificateType(CertificateType::X_509);
    let class = Attribute::Class(ObjectClass::CERTIFICATE);
    let objects = session.find_objects(&[class, kind]).map_err(|e| failed("look for certificates", &e))?;
    let mut certificates = Vec::new();
    for object in objects.into_iter().take(MOST_CERTIFICATES) {
        let (mut own, mut der) = (Vec::new(), Vec::new());
        for attribute in read(object, &[AttributeType::Id, AttributeType::Value])? {
            match attribute {
                Attribute::Id(id) => own = id,
                Attribute::Value(value) => der = value,
                _ => {}
            }
        }
        certificates.push((own, der));
    }
    let leaf = certificates.iter().find(|(own, _)| *own == id).map(|(_, der)| der.clone());
    let leaf = leaf.ok_or_else(|| SealError::Key("no certificate on the token has the id of the key".into()))?;
    let pool: Vec<Vec<u8>> = certificates.into_iter().map(|(_, der)| der).collect();
    Ok(upwards(leaf, &pool))
}

/// The leaf and those above it as far as they are there; the root, which signs itself, stays out.
fn upwards(leaf: Vec<u8>, pool: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut chain = vec![leaf];
    while let (Some(last), true) = (chain.last(), chain.len() < LONGEST_CHAIN) {
        let Ok((_, subject)) = X509Certificate::from_der(last) else { break };
        let above = pool.iter().find(|der| {
            X509Certificate::from_der(der).is_ok_and(|(_, issuer)| {
                issuer.subject().as_raw() == subject.issuer().as_raw()
                    && issuer.subject().as_raw() != issuer.issuer().as_raw()
                    && subject.verify_signature(Some(issuer.public_key())).is_ok()
            })
        });
        match above {
            Some(above) if !chain.contains(above) => chain.push(above.clone()),
            _ => break,
        }
    }
    chain
}
