//! Signing: an enveloped signature over exclusive canonical XML. What it names can be changed part by part, so that a
//! signature can be made that must be refused.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra::{DsigContext, Key, KeysManager, sign};

use super::assertion::Assertion;
use super::{DSIG, ENVELOPED, EXCLUSIVE};
use crate::wire::xml::escape;

/// What signs an assertion.
#[derive(Debug, Clone, Copy)]
pub struct Signer<'a> {
    /// Private key, PKCS#8 in PEM.
    pub key_pem: &'a str,
    /// Its certificate.
    pub certificate: &'a [u8],
}

/// An assertion could not be signed: our own material is at fault.
#[derive(Debug, thiserror::Error)]
#[error("sign an assertion: {0}")]
pub struct Unsigned(String);

/// A signature that is yet to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signing {
    /// URI of the signature algorithm; `None` takes the one that fits the key, with SHA-256, or SHA-384 and SHA-512 for
    /// the curves of that size.
    pub method: Option<String>,
    /// URI of the digest.
    pub digest: String,
    /// URI of the canonicalisation of what is signed.
    pub canonicalization: String,
    /// URIs of the transforms.
    pub transforms: Vec<String>,
    /// What is referred to; `None` for the id of the assertion.
    pub reference: Option<String>,
    /// Whether the certificate is put in.
    pub with_certificate: bool,
}

impl Default for Signing {
    fn default() -> Self {
        Self {
            method: None,
            digest: "http://www.w3.org/2001/04/xmlenc#sha256".to_owned(),
            canonicalization: EXCLUSIVE.to_owned(),
            transforms: vec![ENVELOPED.to_owned(), EXCLUSIVE.to_owned()],
            reference: None,
            with_certificate: true,
        }
    }
}

impl Signing {
    /// The same over SHA-1, which must be refused.
    pub fn sha1(rsa: bool) -> Self {
        let method = if rsa { format!("{DSIG}rsa-sha1") } else { format!("{MORE}ecdsa-sha1") };
        Self { method: Some(method), digest: format!("{DSIG}sha1"), ..Self::default() }
    }

    /// The assertion with its signature.
    ///
    /// # Errors
    /// When the key cannot be read or cannot sign so.
    pub fn apply(&self, assertion: &Assertion, signer: Signer<'_>) -> Result<String, Unsigned> {
        let key = bergshamra::keys::loader::load_pem_auto(signer.key_pem.as_bytes(), None);
        let key = key.map_err(|e| Unsigned(e.to_string()))?;
        let signature = self.template(&key, assertion, signer.certificate);
        let mut keys = KeysManager::new();
        keys.add_key(key);
        sign(&DsigContext::new(keys), &assertion.write(&signature)).map_err(|e| Unsigned(e.to_string()))
    }

    fn template(&self, key: &Key, assertion: &Assertion, certificate: &[u8]) -> String {
        let of_key = || format!("{MORE}{}", usual(key));
        let method = self.method.clone().unwrap_or_else(of_key);
        let reference = self.reference.clone().unwrap_or_else(|| format!("#{}", assertion.id));
        let transform = |uri: &String| format!(r#"<ds:Transform Algorithm="{}"/>"#, escape(uri));
        let transforms: String = self.transforms.iter().map(transform).collect();
        let certificate = STANDARD.encode(certificate);
        let key_info = match self.with_certificate {
            true => format!(
                "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
            ),
            false => String::new(),
        };
        format!(
            r#"<ds:Signature xmlns:ds="{DSIG}"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{}"/><ds:SignatureMethod Algorithm="{}"/><ds:Reference URI="{}"><ds:Transforms>{transforms}</ds:Transforms><ds:DigestMethod Algorithm="{}"/><ds:DigestValue></ds:DigestValue></ds:Reference></ds:SignedInfo><ds:SignatureValue></ds:SignatureValue>{key_info}</ds:Signature>"#,
            escape(&self.canonicalization),
            escape(&method),
            escape(&reference),
            escape(&self.digest),
        )
    }
}

const MORE: &str = "http://www.w3.org/2001/04/xmldsig-more#";

fn usual(key: &Key) -> &'static str {
    match key.algorithm_name() {
        "EC-P256" => "ecdsa-sha256",
        "EC-P384" => "ecdsa-sha384",
        "EC-P521" => "ecdsa-sha512",
        _ => "rsa-sha256",
    }
}

impl Assertion {
    /// The assertion, signed in the usual way when there is a signer.
    ///
    /// # Errors
    /// When the key cannot sign.
    pub fn signed(&self, signer: Option<Signer<'_>>) -> Result<String, Unsigned> {
        signer.map_or_else(|| Ok(self.write("")), |signer| Signing::default().apply(self, signer))
    }
}
