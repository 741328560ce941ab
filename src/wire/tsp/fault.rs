//! Why a time-stamp says nothing.

use std::fmt;

use crate::base::text::Text;

/// Why a response or a token is not believed.
#[derive(Debug, Clone, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum TspFault {
    /// More bytes than are read.
    TooLarge(usize),
    /// Not the DER of a token; the text says which part.
    Unreadable(&'static str),
    /// A whole response stands where a token belongs.
    ResponseInsteadOfToken,
    /// The TSA did not give a token: its status, what it says, and the bits of its reason.
    Refused {
        /// PKIStatus (RFC 3161 section 2.4.2).
        status: u8,
        /// The reason of its kind that it gives (PKIFailureInfo), as the RFC names it.
        reason: Option<&'static str>,
        /// Its words, when it gave any.
        said: String,
    },
    /// Granted, and no token.
    NoToken,
    /// Not one signer, but none or several.
    Signers(usize),
    /// An extension of the token that must be understood, and is not.
    CriticalExtension,
    /// A digest algorithm that is too weak or not known, by its OID.
    Digest(String),
    /// It is about other bytes.
    Imprint,
    /// It answers another request.
    Nonce,
    /// It is given under another policy than was asked for.
    Policy {
        /// The policy that was asked for.
        asked: String,
        /// The policy of the token.
        given: String,
    },
    /// The certificate of the signer is not in the token.
    NoCertificate,
    /// The certificate of the signer is not for time-stamps: that must be its one extended key usage.
    Usage,
    /// The certificate says its extended key usage as something that may be overlooked (not critical).
    UsageNotCritical,
    /// The certificate of the signer is not bound into the signature, or another one is (ESSCertIDv2, RFC 5816).
    SigningCertificate,
    /// A signed attribute that must be there is missing, doubled, or about another content.
    Attribute(&'static str),
    /// A signature algorithm that cannot be checked here, by its OID.
    Algorithm(String),
    /// The signature does not hold.
    Signature,
}

impl TspFault {
    /// The code of the kind of fault, in kebab case.
    pub fn code(&self) -> &'static str {
        self.into()
    }

    /// What is wrong, in a sentence.
    pub fn text(&self) -> Text {
        match self {
            Self::TooLarge(bytes) => Text::new(
                format!("het tijdstempel heeft {bytes} bytes, meer dan gelezen wordt"),
                format!("the time-stamp has {bytes} bytes, more than are read"),
            ),
            Self::Unreadable(part) => Text::new(
                format!("het tijdstempel is niet te lezen ({part})"),
                format!("the time-stamp cannot be read ({part})"),
            ),
            Self::ResponseInsteadOfToken => Text::new(
                "hier staat het hele antwoord van de tijdstempeldienst in plaats van het tijdstempel zelf",
                "the whole response of the time-stamping authority stands where the token itself belongs",
            ),
            Self::Refused { status, reason, said } => {
                let reason = reason.map(|reason| format!(", {reason}")).unwrap_or_default();
                Text::new(
                    format!("de tijdstempeldienst weigert (status {status}{reason}) {said}").trim_end().to_owned(),
                    format!("the time-stamping authority refuses (status {status}{reason}) {said}")
                        .trim_end()
                        .to_owned(),
                )
            }
            Self::NoToken => {
                Text::new("de tijdstempeldienst geeft geen tijdstempel", "the time-stamping authority gives no token")
            }
            Self::Signers(count) => Text::new(
                format!("het tijdstempel heeft {count} ondertekenaars in plaats van een"),
                format!("the time-stamp has {count} signers instead of one"),
            ),
            Self::CriticalExtension => Text::new(
                "het tijdstempel heeft een kritieke uitbreiding die onbekend is",
                "the time-stamp has a critical extension that is not known",
            ),
            Self::Digest(oid) => Text::new(
                format!("het tijdstempel gebruikt een te zwak of onbekend hash-algoritme ({oid})"),
                format!("the time-stamp uses a digest that is too weak or not known ({oid})"),
            ),
            Self::Imprint => Text::new("het tijdstempel gaat over andere bytes", "the time-stamp is about other bytes"),
            Self::Nonce => {
                Text::new("het tijdstempel hoort bij een andere aanvraag", "the time-stamp answers another request")
            }
            Self::Policy { asked, given } => Text::new(
                format!("het tijdstempel is gegeven onder beleid {given}, gevraagd was {asked}"),
                format!("the time-stamp is given under policy {given}, {asked} was asked for"),
            ),
            Self::NoCertificate => Text::new(
                "het certificaat van de tijdstempeldienst zit niet in het tijdstempel",
                "the certificate of the time-stamping authority is not in the token",
            ),
            Self::Usage => Text::new(
                "het certificaat van de ondertekenaar is niet uitsluitend voor tijdstempels (extendedKeyUsage)",
                "the certificate of the signer is not for time-stamps alone (extendedKeyUsage)",
            ),
            Self::UsageNotCritical => Text::new(
                "de extendedKeyUsage van de tijdstempeldienst is niet kritiek",
                "the extendedKeyUsage of the time-stamping authority is not critical",
            ),
            Self::SigningCertificate => Text::new(
                "het certificaat van de ondertekenaar is niet mee ondertekend (ESSCertIDv2)",
                "the certificate of the signer is not part of what is signed (ESSCertIDv2)",
            ),
            Self::Attribute(name) => Text::new(
                format!("het ondertekende kenmerk {name} ontbreekt of klopt niet"),
                format!("the signed attribute {name} is missing or wrong"),
            ),
            Self::Algorithm(oid) => Text::new(
                format!("het ondertekenalgoritme {oid} is hier niet te controleren"),
                format!("the signature algorithm {oid} cannot be checked here"),
            ),
            Self::Signature => Text::new(
                "de handtekening van het tijdstempel klopt niet",
                "the signature of the time-stamp does not hold",
            ),
        }
    }
}

impl fmt::Display for TspFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text().en)
    }
}

impl std::error::Error for TspFault {}
