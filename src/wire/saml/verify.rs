//! Verifying the signature of the very element that is read.
//!
//! Nothing is looked up by a reference: the signature must be the only one directly in the assertion, must name the id of
//! that assertion and nothing else, and what is digested is the node of that assertion without its signature. So a signature
//! over another element proves nothing here, wherever that element was moved to. Which algorithms are taken is in
//! 30-beeldbeschikbaarheid section 5.3; whom the certificate is trusted for is another question ([`super::accept`]).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra::c14n::{C14nMode, canonicalize_doc};
use bergshamra::crypto::{digest, sign};
use bergshamra::keys::loader::load_x509_cert_der;
use bergshamra::xml::NodeSet;

use super::read::Node;
use super::{DSIG, ENVELOPED, EXCLUSIVE};
use crate::wire::x509;

/// Signature algorithms that are taken.
pub const METHODS: [&str; 6] = [
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
];
/// Digests that are taken.
pub const DIGESTS: [&str; 3] = [
    "http://www.w3.org/2001/04/xmlenc#sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512",
];
/// Certificates that are tried at most.
const MOST_CERTIFICATES: usize = 5;
/// Bytes of a signature value or digest in base64 at most: an RSA key of 16,384 bits stays below.
const LONGEST_VALUE: usize = 4096;

/// Whether there is a signature and it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Outcome {
    /// There is none.
    #[default]
    Unsigned,
    /// It holds, and covers the whole assertion.
    Verified,
    /// It does not hold, or may not count.
    Wrong,
}

/// Why a signature does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, strum::IntoStaticStr, strum::EnumIter)]
#[strum(serialize_all = "kebab-case")]
pub enum SignatureFault {
    /// More than one signature directly in the assertion.
    SeveralSignatures,
    /// No, or more than one, `SignedInfo`, or a part of it is missing or stands twice.
    Incomplete,
    /// The algorithm or the digest is SHA-1.
    Sha1,
    /// Another signature algorithm that is not taken.
    SignatureMethod,
    /// Another digest that is not taken.
    DigestMethod,
    /// What is signed is canonicalised in another way than exclusively and without comments.
    Canonicalization,
    /// Not exactly one reference.
    References,
    /// The reference is not to the id of the assertion that it stands in.
    ReferenceElsewhere,
    /// The assertion has no id, or another element has it too.
    DuplicateId,
    /// Other transforms than enveloped signature and exclusive canonicalisation, in that order.
    Transforms,
    /// No certificate in it.
    NoCertificate,
    /// A certificate that cannot be read, or none with a key for this algorithm.
    Certificate,
    /// What is signed was changed: its digest is another.
    Digest,
    /// The signature value is not made by the key of the certificate.
    Value,
}

/// The signature of one assertion.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Signature {
    /// Whether it holds.
    pub outcome: Outcome,
    /// Why not, in the order of [`SignatureFault`].
    pub faults: Vec<SignatureFault>,
    /// URI of its algorithm.
    pub method: Option<String>,
    /// URI of the canonicalisation.
    pub canonicalization: Option<String>,
    /// URI of the digest.
    pub digest_method: Option<String>,
    /// The certificate that verified it, DER; when none did, the first one.
    pub certificate: Option<Vec<u8>>,
    /// All certificates in it, DER, in order.
    pub certificates: Vec<Vec<u8>>,
}

struct Parts<'d> {
    info: Node<'d>,
    canonicalization: Node<'d>,
    method: Node<'d>,
    references: Vec<Node<'d>>,
    value: Node<'d>,
}

/// The signature of the assertion at this node. `holders` is how many elements of the whole message have its id.
pub(super) fn signature(assertion: Node<'_>, holders: usize) -> Signature {
    let all: Vec<Node<'_>> = assertion.all(DSIG, "Signature").collect();
    let Some(signature) = all.first() else { return Signature::default() };
    let certificates = certificates(*signature);
    let mut told = Signature { outcome: Outcome::Wrong, ..Signature::default() };
    told.certificate = certificates.first().cloned().flatten();
    told.certificates = certificates.iter().flatten().cloned().collect();
    if all.len() > 1 {
        told.faults.push(SignatureFault::SeveralSignatures);
    }
    let Some(parts) = parts(*signature) else {
        told.faults.push(SignatureFault::Incomplete);
        return told;
    };
    told.method = algorithm(parts.method);
    told.canonicalization = algorithm(parts.canonicalization);
    let mut faults = Faults { assertion, parts: &parts, holders, list: told.faults };
    faults.of_form();
    told.digest_method = faults.digest_method();
    if certificates.is_empty() {
        faults.list.push(SignatureFault::NoCertificate);
    }
    // A signature of another form is not computed: what it would prove is not what is asked.
    if faults.list.is_empty() {
        faults.of_content(*signature);
        match faults.signed_by(&certificates) {
            Ok(certificate) => told.certificate = Some(certificate),
            Err(fault) => faults.list.push(fault),
        }
    }
    told.faults = faults.list;
    told.faults.sort_unstable();
    told.faults.dedup();
    if told.faults.is_empty() {
        told.outcome = Outcome::Verified;
    }
    told
}

fn parts<'d>(signature: Node<'d>) -> Option<Parts<'d>> {
    let one = |of: Node<'d>, name: &'static str| {
        let mut found = of.all(DSIG, name);
        found.next().filter(|_| found.next().is_none())
    };
    let info = one(signature, "SignedInfo")?;
    Some(Parts {
        info,
        canonicalization: one(info, "CanonicalizationMethod")?,
        method: one(info, "SignatureMethod")?,
        references: info.all(DSIG, "Reference").collect(),
        value: one(signature, "SignatureValue")?,
    })
}

fn algorithm(node: Node<'_>) -> Option<String> {
    node.attribute("Algorithm").map(str::to_owned)
}

/// The certificates in `KeyInfo`; `None` for one that cannot be read.
fn certificates(signature: Node<'_>) -> Vec<Option<Vec<u8>>> {
    let data = signature.all(DSIG, "KeyInfo").flat_map(|info| info.all(DSIG, "X509Data").collect::<Vec<_>>());
    let all = data.flat_map(|data| data.all(DSIG, "X509Certificate").collect::<Vec<_>>());
    all.take(MOST_CERTIFICATES).map(|c| base64(&c.text(), x509::MAX_CERTIFICATE_BYTES * 2)).collect()
}

fn base64(text: &str, longest: usize) -> Option<Vec<u8>> {
    if text.len() > longest {
        return None;
    }
    let text: String = text.split_ascii_whitespace().collect();
    STANDARD.decode(text).ok()
}

struct Faults<'a, 'd> {
    assertion: Node<'d>,
    parts: &'a Parts<'d>,
    holders: usize,
    list: Vec<SignatureFault>,
}

impl<'d> Faults<'_, 'd> {
    fn reference(&self) -> Option<Node<'d>> {
        self.parts.references.first().copied()
    }

    fn digest_method(&self) -> Option<String> {
        algorithm(self.reference()?.all(DSIG, "DigestMethod").next()?)
    }

    fn of_form(&mut self) {
        use SignatureFault as F;
        let method = algorithm(self.parts.method).unwrap_or_default();
        let digest = self.digest_method().unwrap_or_default();
        let is_sha1 = |uri: &str| uri.ends_with("sha1") || uri.contains("sha1-");
        let references: Vec<&str> = self.parts.references.iter().filter_map(|r| r.attribute("URI")).collect();
        let id = self.assertion.attribute("ID").unwrap_or_default();
        let elsewhere = references.iter().any(|uri| uri.strip_prefix('#') != Some(id));
        let transforms = self.reference().map(transforms).unwrap_or_default();
        let canonicalization = algorithm(self.parts.canonicalization).unwrap_or_default();
        let found = [
            (F::Sha1, is_sha1(&method) || is_sha1(&digest)),
            (F::SignatureMethod, !is_sha1(&method) && !METHODS.contains(&method.as_str())),
            (F::DigestMethod, !is_sha1(&digest) && !DIGESTS.contains(&digest.as_str())),
            (F::Canonicalization, canonicalization != EXCLUSIVE),
            (F::References, self.parts.references.len() != 1),
            (F::ReferenceElsewhere, elsewhere || references.len() != self.parts.references.len()),
            (F::DuplicateId, id.is_empty() || self.holders != 1),
            (F::Transforms, transforms != [ENVELOPED, EXCLUSIVE]),
        ];
        self.list.extend(found.into_iter().filter(|(_, wrong)| *wrong).map(|(fault, _)| fault));
    }

    /// Whether the digest is the one of the assertion without its signature.
    fn of_content(&mut self, signature: Node<'d>) {
        let document = self.assertion.document;
        let whole = NodeSet::tree_without_comments(self.assertion.id, document);
        let rest = whole.subtract(&NodeSet::tree_without_comments(signature.id, document));
        let holds = self.reference().and_then(|reference| {
            let kept = prefixes(reference.all(DSIG, "Transforms").next()?.all(DSIG, "Transform").last()?);
            let bytes = canonicalize_doc(document, C14nMode::Exclusive, Some(&rest), &kept).ok()?;
            let made = digest::digest(&self.digest_method()?, &bytes).ok()?;
            let said = base64(&reference.all(DSIG, "DigestValue").next()?.text(), LONGEST_VALUE)?;
            Some(made == said)
        });
        if holds != Some(true) {
            self.list.push(SignatureFault::Digest);
        }
    }

    /// The certificate whose key made the signature value.
    fn signed_by(&self, certificates: &[Option<Vec<u8>>]) -> Result<Vec<u8>, SignatureFault> {
        let document = self.assertion.document;
        let info = NodeSet::tree_without_comments(self.parts.info.id, document);
        let kept = prefixes(self.parts.canonicalization);
        let signed = canonicalize_doc(document, C14nMode::Exclusive, Some(&info), &kept);
        let signed = signed.map_err(|_| SignatureFault::Value)?;
        let value = base64(&self.parts.value.text(), LONGEST_VALUE).ok_or(SignatureFault::Value)?;
        let method = algorithm(self.parts.method).unwrap_or_default();
        let mut fits = false;
        for der in certificates.iter().flatten() {
            match holds(&method, der, &signed, &value) {
                Some(true) => return Ok(der.clone()),
                Some(false) => fits = true,
                None => {}
            }
        }
        Err(if fits { SignatureFault::Value } else { SignatureFault::Certificate })
    }
}

/// Whether the key of this certificate made the value; `None` when it has no key for the algorithm.
fn holds(method: &str, certificate: &[u8], signed: &[u8], value: &[u8]) -> Option<bool> {
    if certificate.len() > x509::MAX_CERTIFICATE_BYTES {
        return None;
    }
    let key = load_x509_cert_der(certificate).ok()?.to_signing_key().ok()??;
    if !sign::key_algorithm_matches_signature_uri(method, key.algorithm()) {
        return None;
    }
    Some(sign::from_uri(method).ok()?.verify(&key, signed, value).unwrap_or(false))
}

fn transforms(reference: Node<'_>) -> Vec<&str> {
    let lists = reference.all(DSIG, "Transforms").flat_map(|list| list.elements().collect::<Vec<_>>());
    lists.map(|t| t.attribute("Algorithm").unwrap_or_default()).collect()
}

/// The prefixes that stay although they are not visibly used (Exclusive XML Canonicalization section 2).
fn prefixes(method: Node<'_>) -> Vec<String> {
    let list = method.all(EXCLUSIVE, "InclusiveNamespaces").next().and_then(|i| i.attribute("PrefixList"));
    list.unwrap_or_default().split_ascii_whitespace().take(100).map(str::to_owned).collect()
}
