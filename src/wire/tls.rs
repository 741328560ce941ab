//! The first words of a TLS handshake: a ClientHello and what is said to it in the clear; and what the answers to many of
//! them tell of a server, graded by a guideline.
//!
//! rustls cannot offer SSL 3, TLS 1.0 or 1.1 nor weak suites, and does not tell what a client offered. RFC 6101, RFC 5246
//! section 7.4 and RFC 8446 section 4.1 describe the few structures that are read and written here; nothing more of the
//! old protocols.

mod answer;
mod careless;
mod client_hello;
pub mod guideline;
mod names;
mod reader;
mod survey;

pub use answer::{Agreed, Answer, KeyExchange, handshake_messages, read_answer};
pub use careless::Careless;
pub use client_hello::{ClientHello, Offer, Question, USUAL_GROUPS, read_client_hello, usual_schemes};
pub use names::{
    CodePoint, alert_name, cipher_suites, extension_name, group_name, groups, scheme_name, signature_schemes,
    suite_name,
};
pub use survey::{Flag, Known, Survey, prime_name};

use serde::{Deserialize, Serialize};

/// A protocol version by its name.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
    strum::EnumString,
    strum::Display,
    strum::VariantNames,
    strum::EnumIter,
)]
pub enum TlsVersion {
    /// SSL 3.0 (RFC 6101).
    #[serde(rename = "SSLv3")]
    #[strum(serialize = "SSLv3")]
    Ssl3,
    /// TLS 1.0 (RFC 2246).
    #[serde(rename = "TLSv1.0")]
    #[strum(serialize = "TLSv1.0")]
    Tls10,
    /// TLS 1.1 (RFC 4346).
    #[serde(rename = "TLSv1.1")]
    #[strum(serialize = "TLSv1.1")]
    Tls11,
    /// TLS 1.2 (RFC 5246).
    #[serde(rename = "TLSv1.2")]
    #[strum(serialize = "TLSv1.2")]
    Tls12,
    /// TLS 1.3 (RFC 8446).
    #[serde(rename = "TLSv1.3")]
    #[strum(serialize = "TLSv1.3")]
    Tls13,
}

impl TlsVersion {
    /// The two bytes on the wire.
    pub fn code(self) -> u16 {
        match self {
            Self::Ssl3 => 0x0300,
            Self::Tls10 => 0x0301,
            Self::Tls11 => 0x0302,
            Self::Tls12 => 0x0303,
            Self::Tls13 => 0x0304,
        }
    }
    /// The version of a code, if it is one of ours.
    pub fn from_code(code: u16) -> Option<Self> {
        use strum::IntoEnumIterator as _;
        Self::iter().find(|v| v.code() == code)
    }
}

/// Suites of a server of the era of a version: all there are, except those that signal something else.
pub fn suites_for(version: TlsVersion) -> Vec<u16> {
    let tls13 = version == TlsVersion::Tls13;
    cipher_suites().iter().filter(|s| s.is_for(tls13)).map(|s| s.code).collect()
}
