//! Kinds of certificate by what is wrong with them, and what the status services say of each.
//!
//! The names are those of candidate files and scenarios. Most kinds carry their flaw within them. The others are in order by
//! themselves, and name a revocation list, an OCSP responder or both: there the flaw lies in what these answer.

use serde::Deserialize;

/// The one thing that is wrong with a certificate, or with what is known of its status.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Deserialize,
    schemars::JsonSchema,
    strum::EnumIter,
    strum::EnumString,
    strum::Display,
    strum::VariantNames,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum LeafFlaw {
    /// Nothing.
    #[default]
    None,
    /// Valid until yesterday.
    Expired,
    /// Valid from tomorrow.
    NotYetValid,
    /// Signed with its own key.
    SelfSigned,
    /// Issued by other CAs that bear the same names.
    UntrustedIssuer,
    /// Issued by CAs of other names.
    UnknownRoot,
    /// For another host.
    WrongHost,
    /// For server authentication only, as certificates of the next generation may be.
    WrongUsage,
    /// For client authentication only.
    ClientsOnly,
    /// On the revocation list.
    Revoked,
    /// With an RSA key of 1024 bits.
    WeakKey,
    /// Signed over a SHA-1 digest.
    Sha1Signature,
    /// Shown without the certificates between it and the root.
    IncompleteChain,
    /// Issued by a CA that was revoked.
    RevokedIntermediate,
    /// Issued by a CA whose certificate has expired.
    ExpiredIntermediate,
    /// Without a UZI name, like a plain PKIoverheid certificate.
    NoUra,
    /// The UZI name as UTF8String.
    Utf8Name,
    /// Another otherName, with the URA of somebody else, stands before the UZI name.
    UpnFirst,
    /// With a URA that lost its first digit.
    SevenDigitUra,
    /// A UZI name of six fields.
    SixFields,
    /// A letter in the URA.
    LetterInUra,
    /// Of a professional's card.
    CardTypeZ,
    /// Of a server, under the CA class of professionals.
    OtherCaClass,
    /// With the URA of another organisation.
    OtherUra,
    /// List and responder are there and say good.
    StatusGood,
    /// List and responder are there and say revoked.
    StatusRevoked,
    /// On the list; no responder is named.
    RevokedByCrl,
    /// Revoked by the responder; no list is named.
    RevokedByOcsp,
    /// The responder does not know it; the list has it not.
    OcspUnknown,
    /// The responder breaks off; the list has it not.
    OcspDown,
    /// The responder breaks off; it is on the list.
    OcspDownRevoked,
    /// The responder never answers; it is on the list.
    OcspSilentRevoked,
    /// The responder says good in an answer that has expired; it is on the list.
    OcspExpiredRevoked,
    /// A stranger signs that it is good; it is on the list.
    OcspForgedRevoked,
    /// The responder says good to another nonce; it is on the list.
    OcspReplayedRevoked,
    /// The list cannot be had; the responder says good.
    CrlDown,
    /// The list has expired; no responder is named.
    CrlStale,
    /// Neither list nor responder can be had.
    BothDown,
}

/// What an OCSP responder answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OcspSays {
    /// The certificate is good.
    Good,
    /// It is revoked.
    Revoked,
    /// It is not known.
    Unknown,
    /// Good, in an answer that has expired.
    ExpiredGood,
    /// Good, signed by a stranger.
    ForgedGood,
    /// Good, to another nonce than was sent.
    ReplayedGood,
    /// The connection is broken off.
    Down,
    /// Nothing, for longer than anybody waits.
    Silent,
}

/// What a revocation list says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrlSays {
    /// The certificate is not on it.
    Good,
    /// It is on it.
    Revoked,
    /// It is not on it, but the list has expired.
    Stale,
    /// The connection is broken off.
    Down,
}

/// What can be learned of the status of a certificate: `None` where the certificate names no such service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// From the responder.
    pub ocsp: Option<OcspSays>,
    /// From the list.
    pub crl: Option<CrlSays>,
}

impl LeafFlaw {
    /// What the status services say; `None` for a kind that names none.
    pub fn status(self) -> Option<Status> {
        let (ocsp, crl) = match self {
            Self::StatusGood => (Some(OcspSays::Good), Some(CrlSays::Good)),
            Self::StatusRevoked => (Some(OcspSays::Revoked), Some(CrlSays::Revoked)),
            Self::RevokedByCrl => (None, Some(CrlSays::Revoked)),
            Self::RevokedByOcsp => (Some(OcspSays::Revoked), None),
            Self::OcspUnknown => (Some(OcspSays::Unknown), Some(CrlSays::Good)),
            Self::OcspDown => (Some(OcspSays::Down), Some(CrlSays::Good)),
            Self::OcspDownRevoked => (Some(OcspSays::Down), Some(CrlSays::Revoked)),
            Self::OcspSilentRevoked => (Some(OcspSays::Silent), Some(CrlSays::Revoked)),
            Self::OcspExpiredRevoked => (Some(OcspSays::ExpiredGood), Some(CrlSays::Revoked)),
            Self::OcspForgedRevoked => (Some(OcspSays::ForgedGood), Some(CrlSays::Revoked)),
            Self::OcspReplayedRevoked => (Some(OcspSays::ReplayedGood), Some(CrlSays::Revoked)),
            Self::CrlDown => (Some(OcspSays::Good), Some(CrlSays::Down)),
            Self::CrlStale => (None, Some(CrlSays::Stale)),
            Self::BothDown => (Some(OcspSays::Down), Some(CrlSays::Down)),
            _ => return None,
        };
        Some(Status { ocsp, crl })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use strum::IntoEnumIterator as _;

    #[test]
    fn a_kind_that_is_about_status_names_a_service_and_the_others_name_none() {
        for kind in LeafFlaw::iter() {
            let word = kind.to_string();
            let about_status = ["status-", "ocsp-", "crl-", "both-", "revoked-by"].iter().any(|s| word.starts_with(s));
            assert_eq!(kind.status().is_some(), about_status, "{word}");
            assert!(kind.status().is_none_or(|s| s.ocsp.is_some() || s.crl.is_some()), "{word}");
        }
    }
}
