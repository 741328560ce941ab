//! What many hellos together tell of a server: everything that it accepts, and what it refuses.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::TlsVersion;

/// Whether something is so.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
    strum::Display,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Known {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// It cannot be: the versions that the server speaks do not know it.
    NotApplicable,
    /// It was not found out. Never a pass.
    NotEvaluated,
}

impl Known {
    /// Yes or no.
    pub fn from_bool(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

/// A property of a server besides its lists.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
    strum::Display,
    strum::EnumIter,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Flag {
    /// It agrees to TLS compression (RFC 3749).
    Compression,
    /// It binds renegotiations to the handshake before (RFC 5746).
    SecureRenegotiation,
    /// It lets a client renegotiate.
    ClientRenegotiation,
    /// It binds the master secret to the handshake (RFC 7627).
    ExtendedMasterSecret,
    /// It gives sessions an id (up to TLS 1.2).
    SessionIds,
    /// It gives tickets to resume a session by (RFC 5077, RFC 8446 section 4.6.1).
    SessionTickets,
    /// It staples an OCSP response (RFC 6066 section 8).
    OcspStapling,
    /// It takes data before the handshake is done (0-RTT, RFC 8446 section 4.2.10).
    EarlyData,
    /// It chooses the suite by an order of its own.
    ServerPreference,
}

/// All that a server accepts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Survey {
    /// Every version, and whether it is accepted.
    pub versions: BTreeMap<TlsVersion, Known>,
    /// Accepted suites by version; in the order of the server where it has one.
    pub suites: BTreeMap<TlsVersion, Vec<String>>,
    /// Whether that order is the server's own.
    pub ordered: BTreeMap<TlsVersion, Known>,
    /// Groups by version, TLS 1.2 and older together under the newest of them. Primes that no standard names stand as
    /// `prime` with their length.
    pub groups: BTreeMap<TlsVersion, Vec<String>>,
    /// Schemes by which the server signs, in TLS 1.2 and 1.3.
    pub signature_schemes: BTreeMap<TlsVersion, Vec<String>>,
    /// Keys of the certificates that it shows, for example `EC P-256`.
    pub certificate_keys: Vec<String>,
    /// Algorithms by which the certificates of its chains are signed, self-signed ones left out.
    pub chain_signatures: Vec<String>,
    /// The rest.
    pub flags: BTreeMap<Flag, Known>,
    /// How many connections it took.
    pub connections: u32,
    /// Why the survey ended before everything was asked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cut_short: Option<String>,
}

impl Survey {
    /// Accepted versions, oldest first.
    pub fn accepted(&self) -> impl Iterator<Item = TlsVersion> + '_ {
        self.versions.iter().filter(|(_, known)| **known == Known::Yes).map(|(version, _)| *version)
    }

    /// Whether the server accepts a version.
    pub fn accepts(&self, version: TlsVersion) -> bool {
        self.versions.get(&version) == Some(&Known::Yes)
    }

    /// A property; what nobody looked at was not evaluated.
    pub fn flag(&self, flag: Flag) -> Known {
        self.flags.get(&flag).copied().unwrap_or(Known::NotEvaluated)
    }
}

/// What a prime is called: `ffdhe2048` (RFC 7919), `modp2048` (RFC 3526), or else `prime2048`, by its length in bits.
pub fn prime_name(prime: &[u8]) -> String {
    let digits: &[u8] = &prime[prime.iter().take_while(|byte| **byte == 0).count()..];
    let bits = digits.len() * 8 - digits.first().map_or(0, |byte| byte.leading_zeros() as usize);
    // Both families begin with 64 ones; then RFC 7919 has the digits of e, and RFC 3526 those of pi.
    let kind = match digits.get(8..16) {
        Some([0xad, 0xf8, 0x54, 0x58, 0xa2, 0xbb, 0x4a, 0x9a]) => "ffdhe",
        Some([0xc9, 0x0f, 0xda, 0xa2, 0x21, 0x68, 0xc2, 0x34]) => "modp",
        _ => "prime",
    };
    format!("{kind}{bits}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prime_is_known_by_its_first_digits_and_length() {
        let known = |start: &[u8]| {
            let mut prime = vec![0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
            prime.extend(start);
            prime.resize(257, 0x11);
            prime_name(&prime)
        };
        assert_eq!(known(&[0xad, 0xf8, 0x54, 0x58, 0xa2, 0xbb, 0x4a, 0x9a]), "ffdhe2048");
        assert_eq!(known(&[0xc9, 0x0f, 0xda, 0xa2, 0x21, 0x68, 0xc2, 0x34]), "modp2048");
        assert_eq!(prime_name(&[0x40; 128]), "prime1023");
        assert_eq!(prime_name(&[]), "prime0");
    }

    #[test]
    fn what_nobody_looked_at_was_not_evaluated() {
        assert_eq!(Survey::default().flag(Flag::EarlyData), Known::NotEvaluated);
    }
}
