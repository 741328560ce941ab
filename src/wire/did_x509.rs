//! `did:x509`, version 0: an identifier that names a CA by its fingerprint and the leaf below it by what its certificate
//! says (did:x509 Method Specification; the policy `san:otherName` is that of Nuts RFC023).
//!
//! Reading is strict: what would have to be percent-encoded and is not, is refused. Whether the chain is to be trusted is
//! another question, which [`super::x509::explain_chain_for`] answers.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use super::x509::Names;

/// Longest identifier that is looked at, in bytes.
const MAX_BYTES: usize = 4096;
/// Most policies that are looked at.
const MAX_POLICIES: usize = 16;

/// Digest of the fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumString, strum::Display)]
#[strum(serialize_all = "lowercase")]
pub enum Hash {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Hash {
    fn of(self, der: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => Sha256::digest(der).to_vec(),
            Self::Sha384 => Sha384::digest(der).to_vec(),
            Self::Sha512 => Sha512::digest(der).to_vec(),
        }
    }

    fn bytes(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

/// What the leaf must say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Policy {
    /// Attributes of its subject: abbreviation or dotted OID, and value.
    Subject(Vec<(String, String)>),
    /// An alternative name: `email`, `dns`, `uri` or `otherName`, and its value.
    San(String, String),
}

/// What is wrong with a `did:x509`, or with a chain that it is held against.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DidFault {
    /// Longer than any right one.
    #[error("the did:x509 has {0} bytes, more than {MAX_BYTES}")]
    TooLong(usize),
    /// Not of this form.
    #[error("the did:x509 breaks its form: {0}")]
    Form(&'static str),
    /// Another version than 0.
    #[error("did:x509 of version {0:?}, only 0 is known")]
    Version(String),
    /// A policy that is not known: what is not checked is not believed.
    #[error("the policy {0:?} is not known")]
    UnknownPolicy(String),
    /// No chain that could hold a CA.
    #[error("the chain has no CA above the leaf")]
    NoAuthority,
    /// No CA above the leaf has the fingerprint.
    #[error("no CA above the leaf has the fingerprint of the did:x509")]
    Fingerprint,
    /// The leaf cannot be read.
    #[error("the leaf cannot be read")]
    Leaf,
    /// The leaf does not say what a policy says.
    #[error("the certificate does not say {0}")]
    Policy(String),
}

/// A `did:x509`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DidX509 {
    /// Digest of the fingerprint.
    pub hash: Hash,
    /// Fingerprint of the certificate of a CA.
    pub fingerprint: Vec<u8>,
    /// What the leaf must say; at least one.
    pub policies: Vec<Policy>,
}

impl DidX509 {
    /// The identifier of the leaf of a chain, below the last CA in it: by its organisation and its otherName, as far as the
    /// certificate has them. `None` when there is no CA in the chain, or neither name in the leaf.
    pub fn of_chain(chain: &[Vec<u8>]) -> Option<Self> {
        let (leaf, authorities) = chain.split_first()?;
        let names = Names::of(leaf).ok()?;
        let organisation = names.subject.iter().find(|(label, ..)| label.as_deref() == Some("O"));
        let other = names.other_name().map(|value| Policy::San("otherName".to_owned(), value.to_owned()));
        let subject = organisation.map(|(_, _, value)| Policy::Subject(vec![("O".to_owned(), value.clone())]));
        let policies: Vec<Policy> = other.into_iter().chain(subject).collect();
        let fingerprint = Hash::Sha256.of(authorities.last()?);
        (!policies.is_empty()).then_some(Self { hash: Hash::Sha256, fingerprint, policies })
    }

    /// Reads an identifier, without fragment.
    ///
    /// # Errors
    /// [`DidFault`] says what breaks its form.
    pub fn parse(text: &str) -> Result<Self, DidFault> {
        if text.len() > MAX_BYTES {
            return Err(DidFault::TooLong(text.len()));
        }
        let rest = text.strip_prefix("did:x509:").ok_or(DidFault::Form("it does not begin with did:x509:"))?;
        let mut parts = rest.split("::");
        let head: Vec<&str> = parts.next().unwrap_or_default().split(':').collect();
        let [version, hash, fingerprint] = head[..] else {
            return Err(DidFault::Form("version, digest and fingerprint come first"));
        };
        if version != "0" {
            return Err(DidFault::Version(version.to_owned()));
        }
        let hash: Hash = hash.parse().map_err(|_| DidFault::Form("the digest is sha256, sha384 or sha512"))?;
        let fingerprint = URL_SAFE_NO_PAD.decode(fingerprint).ok().filter(|f| f.len() == hash.bytes());
        let fingerprint = fingerprint.ok_or(DidFault::Form("the fingerprint is base64url of a digest"))?;
        let policies = parts.map(Policy::parse).collect::<Result<Vec<_>, _>>()?;
        match policies.len() {
            0 => Err(DidFault::Form("there is no policy")),
            1..=MAX_POLICIES => Ok(Self { hash, fingerprint, policies }),
            _ => Err(DidFault::Form("there are too many policies")),
        }
    }

    /// Whether a chain is the one that is meant: a CA above the leaf has the fingerprint, and the leaf says what each policy
    /// says. Leaf first, in DER.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub fn holds_for(&self, chain: &[Vec<u8>]) -> Result<(), DidFault> {
        let (leaf, authorities) = chain.split_first().filter(|(_, a)| !a.is_empty()).ok_or(DidFault::NoAuthority)?;
        if !authorities.iter().any(|der| self.hash.of(der) == self.fingerprint) {
            return Err(DidFault::Fingerprint);
        }
        let names = Names::of(leaf).map_err(|_| DidFault::Leaf)?;
        self.policies.iter().try_for_each(|policy| policy.holds_for(&names))
    }

    /// The value of the policy `san:otherName`.
    pub fn other_name(&self) -> Option<&str> {
        self.policies.iter().find_map(|policy| match policy {
            Policy::San(kind, value) if kind == "otherName" => Some(value.as_str()),
            _ => None,
        })
    }
}

impl fmt::Display for DidX509 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "did:x509:0:{}:{}", self.hash, URL_SAFE_NO_PAD.encode(&self.fingerprint))?;
        for policy in &self.policies {
            match policy {
                Policy::Subject(attributes) => {
                    f.write_str("::subject")?;
                    for (name, value) in attributes {
                        write!(f, ":{name}:{}", encoded(value))?;
                    }
                }
                Policy::San(kind, value) => write!(f, "::san:{kind}:{}", encoded(value))?,
            }
        }
        Ok(())
    }
}

impl Policy {
    fn parse(text: &str) -> Result<Self, DidFault> {
        let (name, value) = text.split_once(':').ok_or(DidFault::Form("a policy has a name and a value"))?;
        let fields: Vec<&str> = value.split(':').collect();
        match (name, &fields[..]) {
            ("san", [kind @ ("email" | "dns" | "uri" | "otherName"), value]) => {
                Ok(Self::San((*kind).to_owned(), decoded(value)?))
            }
            ("san", _) => Err(DidFault::Form("an alternative name has a kind that is known, and one value")),
            ("subject", fields) if fields.len() % 2 == 0 => {
                let mut attributes: Vec<(String, String)> = Vec::new();
                for pair in fields.chunks_exact(2) {
                    if attributes.iter().any(|(name, _)| name == pair[0]) {
                        return Err(DidFault::Form("an attribute of the subject stands twice"));
                    }
                    attributes.push((pair[0].to_owned(), decoded(pair[1])?));
                }
                Ok(Self::Subject(attributes))
            }
            ("subject", _) => Err(DidFault::Form("attributes of the subject come in pairs")),
            (other, _) => Err(DidFault::UnknownPolicy(other.to_owned())),
        }
    }

    fn holds_for(&self, names: &Names) -> Result<(), DidFault> {
        let missing = |name: &str, value: &str| Err(DidFault::Policy(format!("{name} {value:?}")));
        match self {
            Self::San(kind, value) => {
                let there = names.alternative.iter().any(|(k, v)| k == kind && v == value);
                if there { Ok(()) } else { missing(kind, value) }
            }
            Self::Subject(attributes) => attributes.iter().try_for_each(|(name, value)| {
                let named = |label: &Option<String>, oid: &String| label.as_ref() == Some(name) || oid == name;
                let there = names.subject.iter().any(|(label, oid, v)| named(label, oid) && v == value);
                if there { Ok(()) } else { missing(name, value) }
            }),
        }
    }
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')
}

fn encoded(text: &str) -> String {
    text.bytes().map(|b| if is_plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

fn decoded(text: &str) -> Result<String, DidFault> {
    const WRONG: DidFault = DidFault::Form("a value is not percent-encoded as it should be");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let digit = |b: Option<u8>| b.and_then(|b| char::from(b).to_digit(16)).and_then(|d| u8::try_from(d).ok());
        match byte {
            b'%' => match (digit(rest.next()), digit(rest.next())) {
                (Some(high), Some(low)) => bytes.push(high * 16 + low),
                _ => return Err(WRONG),
            },
            plain if is_plain(plain) => bytes.push(plain),
            _ => return Err(WRONG),
        }
    }
    if bytes.is_empty() {
        return Err(WRONG);
    }
    String::from_utf8(bytes).map_err(|_| WRONG)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) mod tests {
    use super::*;
    use crate::wire::x509::{StringType, UziName};
    use proptest::prelude::*;
    use rcgen::{
        BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType, IsCa, Issuer, KeyPair,
    };

    /// The otherName in the leaf of [`chain`].
    pub(crate) const OTHER_NAME: &str = "2.16.528.1.1007.99.2110-1-900000002-S-90000002-00.000-00000000";

    /// A leaf with a UZI name below a fresh CA, and the key of the leaf as PKCS#8.
    pub(crate) fn chain() -> (Vec<Vec<u8>>, Vec<u8>) {
        let authority_key = KeyPair::generate().unwrap();
        let mut authority = CertificateParams::default();
        authority.distinguished_name = DistinguishedName::new();
        authority.distinguished_name.push(DnType::CommonName, "TEST CA");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = authority.self_signed(&authority_key).unwrap().der().to_vec();
        let issuer = Issuer::new(authority, authority_key);
        let key = KeyPair::generate().unwrap();
        let mut leaf = CertificateParams::default();
        leaf.distinguished_name = DistinguishedName::new();
        leaf.distinguished_name.push(DnType::OrganizationName, "SIM Zorg & Co");
        let name = UziName::parse(OTHER_NAME, StringType::IA5String).unwrap().to_san_der();
        let names = yasna::construct_der(|w| w.write_sequence(|w| w.next().write_der(&name)));
        leaf.custom_extensions = vec![CustomExtension::from_oid_content(&[2, 5, 29, 17], names)];
        let der = leaf.signed_by(&key, &issuer).unwrap().der().to_vec();
        (vec![der, root], key.serialize_der())
    }

    #[test]
    fn the_identifier_of_a_chain_holds_for_it_and_can_be_read_back() {
        let (chain, _) = chain();
        let did = DidX509::of_chain(&chain).unwrap();
        let text = did.to_string();
        assert!(text.ends_with(&format!("::san:otherName:{OTHER_NAME}::subject:O:SIM%20Zorg%20%26%20Co")), "{text}");
        assert_eq!(DidX509::parse(&text), Ok(did.clone()));
        assert_eq!(did.holds_for(&chain), Ok(()));
        assert_eq!(did.other_name(), Some(OTHER_NAME));
    }

    #[test]
    fn a_fingerprint_of_the_leaf_or_of_another_ca_does_not_count() {
        let (chain, _) = chain();
        let mut did = DidX509::of_chain(&chain).unwrap();
        did.fingerprint = Hash::Sha256.of(&chain[0]);
        assert_eq!(did.holds_for(&chain), Err(DidFault::Fingerprint));
        assert_eq!(did.holds_for(&chain[..1]), Err(DidFault::NoAuthority));
    }

    #[test]
    fn another_name_than_that_of_the_certificate_is_found() {
        let (chain, _) = chain();
        let did = DidX509::of_chain(&chain).unwrap();
        for policy in [
            Policy::San("otherName".into(), OTHER_NAME.replace("90000002", "90000009")),
            Policy::San("dns".into(), "a.example".into()),
            Policy::Subject(vec![("O".into(), "SIM Zorg".into())]),
        ] {
            let other = DidX509 { policies: vec![policy], ..did.clone() };
            assert!(matches!(other.holds_for(&chain), Err(DidFault::Policy(_))), "{other}");
        }
        let by_oid =
            DidX509 { policies: vec![Policy::Subject(vec![("2.5.4.10".into(), "SIM Zorg & Co".into())])], ..did };
        assert_eq!(by_oid.holds_for(&chain), Ok(()));
    }

    #[test]
    fn what_breaks_the_form_is_refused() {
        let print = URL_SAFE_NO_PAD.encode([7; 32]);
        let good = format!("did:x509:0:sha256:{print}::subject:C:NL:O:SIM%20Zorg::san:dns:a.example");
        assert!(DidX509::parse(&good).is_ok());
        for (from, to) in [
            ("did:x509:0", "did:x509:1"),
            ("did:x509:0", "did:web:0"),
            ("sha256", "md5"),
            (print.as_str(), "AAAA"),
            ("%20", " "),
            ("%20", "%2"),
            ("%20", "%GG"),
            (":O:", ":C:"),
            (":a.example", ""),
            ("san:dns", "eku"),
            ("san:dns", "san:ip"),
            ("::subject:C:NL:O:SIM%20Zorg::san:dns:a.example", ""),
        ] {
            let wrong = good.replacen(from, to, 1);
            assert!(DidX509::parse(&wrong).is_err(), "{wrong}");
        }
        assert!(matches!(DidX509::parse(&good.repeat(60)), Err(DidFault::TooLong(_))));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "(did:x509:0:sha256:)?.{0,120}") {
            let _ = DidX509::parse(&text);
        }

        #[test]
        fn every_value_survives_its_encoding(value in ".{1,40}") {
            prop_assert_eq!(decoded(&encoded(&value)), Ok(value));
        }
    }
}
