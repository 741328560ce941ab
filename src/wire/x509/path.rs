//! Paths from a sealing or time-stamping certificate to a pinned anchor, as things stood at a moment (RFC 5280 section 6).
//!
//! TLS asks less of a certificate than a seal does: policies, key usage for signing, organizationIdentifier and weak links
//! are looked at here, and all that is wrong is told, with the certificate it is wrong with. Where webpki can judge the same
//! path it must agree, as a second opinion. Revocation is judged from embedded values: [`revocation`].

mod fault;
mod policies;
mod revocation;
#[cfg(test)]
mod tests;

pub use fault::PathFault;
pub use revocation::{Revocation, RevocationValues, revocation};

use time::OffsetDateTime;
use x509_parser::certificate::X509Certificate;
use x509_parser::error::X509Error;
use x509_parser::extensions::ParsedExtension;
use x509_parser::public_key::PublicKey;

use super::chain::may_have_signed;
use super::{ChainVerdict, UntrustedReason, Usage, explain_chain_for, is_ca, key_usage, name_text, parse, unix};

/// Certificates beside the leaf that are looked at, at most.
const MOST_OTHERS: usize = 32;
/// Anchors that are looked at, at most.
const MOST_ANCHORS: usize = 64;
/// Longest path, anchor included. Dutch government chains have four certificates.
const LONGEST: usize = 8;
/// Paths that are compared at most, when certificates can be put together in several ways.
const MOST_PATHS: usize = 16;
/// Signature algorithms that nobody may rely on any more: over MD5 and SHA-1.
const WEAK: [&str; 5] =
    ["1.2.840.113549.1.1.4", "1.2.840.113549.1.1.5", "1.3.14.3.2.29", "1.2.840.10045.4.1", "1.2.840.10040.4.3"];
/// organizationIdentifier (X.520).
const ORGANIZATION_IDENTIFIER: &str = "2.5.4.97";
/// Extensions that may be critical, for they are looked at here or by webpki (name constraints).
const UNDERSTOOD: [&str; 8] =
    ["2.5.29.15", "2.5.29.17", "2.5.29.19", "2.5.29.30", "2.5.29.31", "2.5.29.32", "2.5.29.36", "2.5.29.37"];

/// What the leaf is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Purpose {
    /// Nothing in particular.
    #[default]
    Any,
    /// Sealing: never a certificate for TLS servers.
    Seal,
    /// Time-stamps; the extended key usage itself is judged with the token.
    TimeStamp,
}

/// What is asked of a path beside leading to an anchor.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Demands {
    /// What the leaf is for.
    pub purpose: Purpose,
    /// OIDs with dots; the leaf must name one of them, and every CA above must allow it. Empty: not asked.
    pub policies: Vec<String>,
    /// The one organizationIdentifier of the subject must be among these. Empty: not asked.
    pub organization_identifiers: Vec<String>,
    /// Key usages by their RFC 5280 names that the leaf must have.
    pub key_usage: Vec<String>,
    /// Smallest RSA key of a certificate on the path, in bits; 0: not asked.
    pub smallest_rsa: usize,
}

impl Demands {
    /// What is asked of a seal: nonRepudiation, and RSA keys of 2048 bits at least.
    pub fn seal() -> Self {
        Self { purpose: Purpose::Seal, key_usage: vec!["nonRepudiation".into()], smallest_rsa: 2048, ..Self::default() }
    }

    /// What is asked of a TSA: RSA keys of 2048 bits at least.
    pub fn time_stamp() -> Self {
        Self { purpose: Purpose::TimeStamp, smallest_rsa: 2048, ..Self::default() }
    }
}

/// A path that was found good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// DER, leaf first, the anchor last.
    pub certificates: Vec<Vec<u8>>,
}

impl Path {
    /// The anchor that it leads to, DER.
    pub fn anchor(&self) -> &[u8] {
        self.certificates.last().map_or(&[], Vec::as_slice)
    }
}

/// Looks for a path from a leaf over other certificates, in any order, to one of the anchors, all in DER, and judges it as
/// things stood at a moment. What is in `others` is never trusted by itself.
///
/// # Errors
/// All that is wrong with the best path there is, or why there is none.
pub fn check(
    leaf: &[u8],
    others: &[Vec<u8>],
    anchors: &[Vec<u8>],
    at: OffsetDateTime,
    demands: &Demands,
) -> Result<Path, Vec<PathFault>> {
    let leaf_read = parse(leaf).map_err(|_| vec![PathFault::Unreadable { place: 0 }])?;
    let mut faults = Vec::new();
    let mut pool = Vec::new();
    for (index, der) in others.iter().take(MOST_OTHERS).enumerate() {
        match parse(der) {
            Ok(certificate) => pool.push(Candidate { der, certificate, anchor: false }),
            Err(_) => faults.push(PathFault::Unreadable { place: index + 1 }),
        }
    }
    let trusted = anchors.iter().take(MOST_ANCHORS).filter_map(|der| {
        parse(der).ok().map(|certificate| Candidate { der: der.as_slice(), certificate, anchor: true })
    });
    // Anchors first: the shortest way to trust is the one that counts.
    let pool: Vec<Candidate<'_>> = trusted.chain(pool).collect();
    let pinned = pool.iter().any(|candidate| candidate.anchor && candidate.der == leaf);
    let start = Candidate { der: leaf, certificate: leaf_read, anchor: pinned };
    let mut search = Search { pool: &pool, found: Vec::new(), steps: 0 };
    search.climb(&mut vec![&start]);
    let found = search.found;
    if found.is_empty() {
        faults.push(dead_end(&start, &pool));
        faults.extend(leaf_faults(&start.certificate, at, demands));
        return Err(faults);
    }
    let judged = found.into_iter().map(|path| (path_faults(&path, at, demands), path));
    match judged.min_by_key(|(wrong, _)| wrong.len()) {
        Some((wrong, path)) if wrong.is_empty() && faults.is_empty() => {
            Ok(Path { certificates: path.iter().map(|candidate| candidate.der.to_vec()).collect() })
        }
        Some((wrong, _)) => {
            faults.extend(wrong);
            Err(faults)
        }
        None => Err(faults),
    }
}

struct Candidate<'a> {
    der: &'a [u8],
    certificate: X509Certificate<'a>,
    anchor: bool,
}

/// How a signature stands.
enum Link {
    Holds,
    /// By an algorithm that is weak: it may or may not hold, nobody may rely on it.
    Weak,
    Broken,
    Unsupported,
}

fn link(subject: &X509Certificate<'_>, issuer: &X509Certificate<'_>) -> Link {
    if is_weak(subject) {
        return Link::Weak;
    }
    let (algorithm, signature) = (&subject.signature_algorithm, &subject.signature_value.data);
    let signed = subject.tbs_certificate.as_ref();
    match super::verify_signature(issuer.public_key(), algorithm, signature, signed) {
        Ok(()) => Link::Holds,
        Err(X509Error::SignatureUnsupportedAlgorithm) => Link::Unsupported,
        Err(_) => Link::Broken,
    }
}

fn is_weak(certificate: &X509Certificate<'_>) -> bool {
    WEAK.contains(&certificate.signature_algorithm.algorithm.to_id_string().as_str())
}

fn names(subject: &X509Certificate<'_>, issuer: &X509Certificate<'_>) -> bool {
    subject.issuer().as_raw() == issuer.subject().as_raw()
}

struct Search<'s, 'a> {
    pool: &'s [Candidate<'a>],
    found: Vec<Vec<&'s Candidate<'a>>>,
    /// Signatures looked at: certificates of a hostile bundle must not cost more than this.
    steps: usize,
}

impl<'s, 'a> Search<'s, 'a> {
    const MOST_STEPS: usize = 256;

    fn climb(&mut self, path: &mut Vec<&'s Candidate<'a>>) {
        let Some(last) = path.last().copied() else { return };
        if last.anchor {
            self.found.push(path.clone());
            return;
        }
        if path.len() >= LONGEST {
            return;
        }
        for candidate in self.pool {
            let seen = path.iter().any(|on_path| on_path.der == candidate.der);
            if seen || !names(&last.certificate, &candidate.certificate) {
                continue;
            }
            if self.found.len() >= MOST_PATHS || self.steps >= Self::MOST_STEPS {
                return;
            }
            self.steps += 1;
            if matches!(link(&last.certificate, &candidate.certificate), Link::Holds | Link::Weak) {
                path.push(candidate);
                self.climb(path);
                path.pop();
            }
        }
    }
}

/// Where the way up from the leaf ends, and why.
fn dead_end(leaf: &Candidate<'_>, pool: &[Candidate<'_>]) -> PathFault {
    let mut current = leaf;
    for _ in 0..LONGEST {
        let certificate = name_text(current.certificate.subject());
        let named = || pool.iter().filter(|c| c.der != current.der && names(&current.certificate, &c.certificate));
        if let Some(next) = named().find(|c| matches!(link(&current.certificate, &c.certificate), Link::Holds)) {
            current = next;
            continue;
        }
        if named().any(|c| matches!(link(&current.certificate, &c.certificate), Link::Unsupported)) {
            let algorithm = super::algorithm_name(&current.certificate.signature_algorithm.algorithm.to_id_string());
            return PathFault::Algorithm { certificate, algorithm };
        }
        if current.der == leaf.der && super::is_self_signed(&leaf.certificate) {
            return PathFault::SelfSigned { certificate };
        }
        // An issuer of the right name but of another key is a stranger who bears that name.
        if named().any(|c| may_have_signed(&c.certificate, &current.certificate)) {
            return PathFault::BadSignature { certificate };
        }
        return PathFault::NoAnchor { certificate };
    }
    PathFault::NoAnchor { certificate: name_text(current.certificate.subject()) }
}

/// All that is wrong with a path whose signatures hold or are weak.
fn path_faults(path: &[&Candidate<'_>], at: OffsetDateTime, demands: &Demands) -> Vec<PathFault> {
    let Some((leaf, above)) = path.split_first() else { return Vec::new() };
    let mut faults = leaf_faults(&leaf.certificate, at, demands);
    for (below, ca) in above.iter().enumerate() {
        faults.extend(ca_faults(&ca.certificate, below, at, demands));
    }
    for candidate in path.iter().filter(|candidate| !candidate.anchor) {
        let certificate = name_text(candidate.certificate.subject());
        if is_weak(&candidate.certificate) {
            let oid = candidate.certificate.signature_algorithm.algorithm.to_id_string();
            faults.push(PathFault::WeakSignature { certificate, algorithm: super::algorithm_name(&oid) });
        }
    }
    let chain: Vec<&X509Certificate<'_>> = path.iter().map(|candidate| &candidate.certificate).collect();
    faults.extend(policies::faults(&chain, &demands.policies));
    if faults.is_empty() {
        faults.extend(second_opinion(path, at));
    }
    faults
}

/// What is asked of every certificate.
fn common_faults(certificate: &X509Certificate<'_>, at: OffsetDateTime, smallest_rsa: usize) -> Vec<PathFault> {
    let mut faults = Vec::new();
    let name = || name_text(certificate.subject());
    let (from, until) = (certificate.validity().not_before.timestamp(), certificate.validity().not_after.timestamp());
    if unix(at) > until {
        faults.push(PathFault::Expired { certificate: name(), at });
    }
    if unix(at) < from {
        faults.push(PathFault::NotYetValid { certificate: name(), at });
    }
    for extension in certificate.extensions().iter().filter(|extension| extension.critical) {
        let oid = extension.oid.to_id_string();
        if !UNDERSTOOD.contains(&oid.as_str())
            || matches!(extension.parsed_extension(), ParsedExtension::ParseError { .. })
        {
            faults.push(PathFault::CriticalExtension { certificate: name(), oid });
        }
    }
    if let Ok(PublicKey::RSA(key)) = certificate.public_key().parsed()
        && key.key_size() < smallest_rsa
    {
        faults.push(PathFault::SmallKey { certificate: name(), bits: key.key_size() });
    }
    faults
}

fn leaf_faults(leaf: &X509Certificate<'_>, at: OffsetDateTime, demands: &Demands) -> Vec<PathFault> {
    let mut faults = common_faults(leaf, at, demands.smallest_rsa);
    let certificate = || name_text(leaf.subject());
    if is_ca(leaf) {
        faults.push(PathFault::CaAsSigner { certificate: certificate() });
    }
    let usages = key_usage(leaf).unwrap_or_default();
    for usage in demands.key_usage.iter().filter(|usage| !usages.contains(usage)) {
        faults.push(PathFault::KeyUsage { certificate: certificate(), usage: usage.clone() });
    }
    let server = matches!(leaf.extended_key_usage(), Ok(Some(usage)) if usage.value.server_auth);
    if demands.purpose == Purpose::Seal && server {
        faults.push(PathFault::ServerCertificate { certificate: certificate() });
    }
    if !demands.organization_identifiers.is_empty() {
        let found = organization_identifiers(leaf);
        if !matches!(found.as_slice(), [only] if demands.organization_identifiers.contains(only)) {
            faults.push(PathFault::OrganizationIdentifier { certificate: certificate(), found: found.join(", ") });
        }
    }
    faults
}

/// `below`: how many CA certificates stand between this one and the leaf.
fn ca_faults(ca: &X509Certificate<'_>, below: usize, at: OffsetDateTime, demands: &Demands) -> Vec<PathFault> {
    let mut faults = common_faults(ca, at, demands.smallest_rsa);
    let certificate = || name_text(ca.subject());
    let constraints = ca.basic_constraints().ok().flatten().map(|extension| extension.value);
    match constraints {
        Some(constraints) if constraints.ca => {
            if constraints.path_len_constraint.is_some_and(|most| below > most as usize) {
                faults.push(PathFault::PathLength { certificate: certificate() });
            }
        }
        _ => faults.push(PathFault::NotCa { certificate: certificate() }),
    }
    let usages = key_usage(ca).unwrap_or_default();
    if !usages.is_empty() && !usages.iter().any(|usage| usage == "keyCertSign") {
        faults.push(PathFault::KeyUsage { certificate: certificate(), usage: "keyCertSign".to_owned() });
    }
    faults
}

fn organization_identifiers(certificate: &X509Certificate<'_>) -> Vec<String> {
    let attributes = certificate.subject().iter_attributes();
    let own = attributes.filter(|a| a.attr_type().to_id_string() == ORGANIZATION_IDENTIFIER);
    own.map(|a| a.as_str().unwrap_or_default().to_owned()).collect()
}

/// What webpki says of the same path. Where it cannot judge (algorithms, policy extensions) its opinion does not count.
fn second_opinion(path: &[&Candidate<'_>], at: OffsetDateTime) -> Option<PathFault> {
    let (anchor, chain) = path.split_last()?;
    if chain.is_empty() {
        return None;
    }
    let chain: Vec<Vec<u8>> = chain.iter().map(|candidate| candidate.der.to_vec()).collect();
    let constrained = path.iter().any(|c| matches!(c.certificate.name_constraints(), Ok(Some(_)) | Err(_)));
    match explain_chain_for(&chain, &[anchor.der.to_vec()], at, &[Usage::Signing]) {
        ChainVerdict::Trusted => None,
        ChainVerdict::Untrusted {
            reason: UntrustedReason::UnsupportedAlgorithm | UntrustedReason::UnknownCriticalExtension,
            ..
        } if !constrained => None,
        ChainVerdict::Untrusted { reason, certificate } => Some(PathFault::SecondOpinion { certificate, reason }),
    }
}
