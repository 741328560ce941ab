//! What can be wrong with a path.

use std::fmt;

use time::OffsetDateTime;

use super::super::UntrustedReason;
use crate::base::clock::rfc3339;
use crate::base::text::Text;

/// One thing that is wrong, and with which certificate (its subject). Where TLS knows the same fault it has the same code
/// there ([`UntrustedReason`]).
#[derive(Debug, Clone, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum PathFault {
    /// There is no certificate at all.
    NoCertificate,
    /// There is no time to judge it at.
    #[strum(serialize = "other")]
    NoTime,
    /// A certificate that cannot be read: 0 is the leaf, then those beside it.
    #[strum(serialize = "malformed")]
    Unreadable {
        /// Its place.
        place: usize,
    },
    /// No issuer is known for it.
    #[strum(serialize = "unknown-issuer")]
    NoAnchor {
        /// Where the way up ends.
        certificate: String,
    },
    /// The leaf signed itself, and is no anchor.
    SelfSigned {
        /// Which certificate.
        certificate: String,
    },
    /// The signature is not that of the key that the certificate names as its issuer's.
    BadSignature {
        /// Whose signature does not hold.
        certificate: String,
    },
    /// Its signature cannot be checked here.
    #[strum(serialize = "unsupported-algorithm")]
    Algorithm {
        /// Whose.
        certificate: String,
        /// The algorithm.
        algorithm: String,
    },
    /// Signed over SHA-1 or MD5.
    WeakSignature {
        /// Which certificate.
        certificate: String,
        /// The algorithm.
        algorithm: String,
    },
    /// An RSA key that is too small.
    SmallKey {
        /// Whose.
        certificate: String,
        /// Its size.
        bits: usize,
    },
    /// No longer valid at that time.
    Expired {
        /// Which certificate.
        certificate: String,
        /// The time.
        at: OffsetDateTime,
    },
    /// Not yet valid at that time.
    NotYetValid {
        /// Which certificate.
        certificate: String,
        /// The time.
        at: OffsetDateTime,
    },
    /// A CA certificate in the place of a leaf.
    #[strum(serialize = "ca-as-leaf")]
    CaAsSigner {
        /// Which certificate.
        certificate: String,
    },
    /// It issued a certificate and is no CA.
    #[strum(serialize = "issuer-not-ca")]
    NotCa {
        /// Which certificate.
        certificate: String,
    },
    /// More CAs below it than it allows.
    #[strum(serialize = "constraint-violated")]
    PathLength {
        /// Which certificate.
        certificate: String,
    },
    /// It lacks a key usage.
    KeyUsage {
        /// Which certificate.
        certificate: String,
        /// The usage by its RFC 5280 name.
        usage: String,
    },
    /// A certificate for TLS servers used for a seal.
    ServerCertificate {
        /// Which certificate.
        certificate: String,
    },
    /// None of the policies asked for, or a CA above does not allow it.
    Policy {
        /// Which certificate.
        certificate: String,
        /// What it has.
        found: String,
    },
    /// Another organisation than those asked for.
    OrganizationIdentifier {
        /// Which certificate.
        certificate: String,
        /// What it has.
        found: String,
    },
    /// A critical extension that is not understood.
    #[strum(serialize = "unknown-critical-extension")]
    CriticalExtension {
        /// Which certificate.
        certificate: String,
        /// The extension.
        oid: String,
    },
    /// webpki refuses the same path.
    SecondOpinion {
        /// Which certificate.
        certificate: String,
        /// Why.
        reason: UntrustedReason,
    },
}

impl PathFault {
    /// The code of the kind of fault, in kebab case.
    pub fn code(&self) -> &'static str {
        self.into()
    }

    /// What is wrong, in a sentence.
    pub fn text(&self) -> Text {
        match self {
            Self::NoCertificate => Text::new("er is geen certificaat", "there is no certificate"),
            Self::NoTime => Text::new("er is geen tijd om het op te beoordelen", "there is no time to judge it at"),
            Self::Unreadable { place } => Text::new(
                format!("certificaat {} is niet te lezen", place + 1),
                format!("certificate {} cannot be read", place + 1),
            ),
            Self::NoAnchor { certificate } => Text::new(
                format!("{certificate}: de uitgever is niet vertrouwd en niet meegestuurd"),
                format!("{certificate}: its issuer is neither trusted nor given"),
            ),
            Self::SelfSigned { certificate } => Text::new(
                format!("{certificate}: ondertekend door zichzelf, en door niemand vertrouwd"),
                format!("{certificate}: signed by itself, and trusted by nobody"),
            ),
            Self::BadSignature { certificate } => Text::new(
                format!("{certificate}: de handtekening van de uitgever klopt niet"),
                format!("{certificate}: the signature of its issuer does not hold"),
            ),
            Self::Algorithm { certificate, algorithm } => Text::new(
                format!("{certificate}: ondertekend met {algorithm}, dat hier niet te controleren is"),
                format!("{certificate}: signed with {algorithm}, which cannot be checked here"),
            ),
            Self::WeakSignature { certificate, algorithm } => Text::new(
                format!("{certificate}: ondertekend met het zwakke {algorithm}"),
                format!("{certificate}: signed with the weak {algorithm}"),
            ),
            Self::SmallKey { certificate, bits } => Text::new(
                format!("{certificate}: de RSA-sleutel heeft maar {bits} bits"),
                format!("{certificate}: its RSA key has only {bits} bits"),
            ),
            Self::Expired { certificate, at } => Text::new(
                format!("{certificate}: verlopen op {}", rfc3339(*at)),
                format!("{certificate}: expired at {}", rfc3339(*at)),
            ),
            Self::NotYetValid { certificate, at } => Text::new(
                format!("{certificate}: nog niet geldig op {}", rfc3339(*at)),
                format!("{certificate}: not yet valid at {}", rfc3339(*at)),
            ),
            Self::CaAsSigner { certificate } => Text::new(
                format!("{certificate}: dit is een CA-certificaat; dat zegelt niet"),
                format!("{certificate}: this is a CA certificate, which seals nothing"),
            ),
            Self::NotCa { certificate } => Text::new(
                format!("{certificate}: gaf een certificaat uit, maar is geen CA"),
                format!("{certificate}: issued a certificate, but is no CA"),
            ),
            Self::PathLength { certificate } => Text::new(
                format!("{certificate}: staat niet zoveel CA's onder zich toe"),
                format!("{certificate}: does not allow so many CAs below it"),
            ),
            Self::KeyUsage { certificate, usage } => Text::new(
                format!("{certificate}: mist het sleutelgebruik {usage}"),
                format!("{certificate}: lacks the key usage {usage}"),
            ),
            Self::ServerCertificate { certificate } => Text::new(
                format!("{certificate}: dit is een servercertificaat (serverAuth), geen zegel"),
                format!("{certificate}: this is a server certificate (serverAuth), no seal"),
            ),
            Self::Policy { certificate, found } => Text::new(
                format!("{certificate}: geen toegestaan certificaatbeleid (gevonden: {})", or_none(found, "geen")),
                format!("{certificate}: no certificate policy that is allowed (found: {})", or_none(found, "none")),
            ),
            Self::OrganizationIdentifier { certificate, found } => Text::new(
                format!("{certificate}: andere organizationIdentifier (gevonden: {})", or_none(found, "geen")),
                format!("{certificate}: another organizationIdentifier (found: {})", or_none(found, "none")),
            ),
            Self::CriticalExtension { certificate, oid } => Text::new(
                format!("{certificate}: onbekende kritieke uitbreiding {oid}"),
                format!("{certificate}: unknown critical extension {oid}"),
            ),
            Self::SecondOpinion { certificate, reason } => Text::new(
                format!("{certificate}: webpki wijst het pad af ({reason:?})"),
                format!("{certificate}: webpki refuses the path ({reason:?})"),
            ),
        }
    }
}

fn or_none<'a>(found: &'a str, none: &'a str) -> &'a str {
    if found.is_empty() { none } else { found }
}

impl fmt::Display for PathFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text().en)
    }
}

impl std::error::Error for PathFault {}
