//! Code points and names of TLS: the registries of IANA as data (`profiles/tls/*.csv`), read once.

use std::sync::LazyLock;

/// One code point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodePoint {
    /// The number on the wire.
    pub code: u16,
    /// The name.
    pub name: &'static str,
    /// Of a group: `curve`, `finite-field`, `kem` or `hybrid`.
    pub family: &'static str,
    /// In which versions it is used: `legacy` (up to TLS 1.2), `tls13`, `both`, or `signal` for what is no choice at all.
    pub versions: &'static str,
}

impl CodePoint {
    /// Whether it can be chosen in TLS 1.3, or else in the versions before.
    pub fn is_for(&self, tls13: bool) -> bool {
        self.versions == "both" || self.versions == if tls13 { "tls13" } else { "legacy" }
    }
}

macro_rules! table {
    ($(#[doc = $doc:literal])* $name:ident, $file:literal) => {
        $(#[doc = $doc])*
        pub fn $name() -> &'static [CodePoint] {
            static TABLE: LazyLock<Vec<CodePoint>> =
                LazyLock::new(|| read(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/profiles/tls/", $file))));
            &TABLE
        }
    };
}

table! {
    /// Cipher suites, with some that were deployed without ever being registered.
    cipher_suites, "cipher-suites.csv"
}
table! {
    /// Groups of the key exchange.
    groups, "groups.csv"
}
table! {
    /// Signature schemes; those of TLS 1.2 are pairs of hash and signature.
    signature_schemes, "signature-schemes.csv"
}
table! {
    /// Extensions.
    extensions, "extensions.csv"
}

/// Reads a table whose first line names its columns. The files are ours, and a test reads them all.
fn read(text: &'static str) -> Vec<CodePoint> {
    let mut lines = text.lines();
    let columns: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let row = |line: &'static str| {
        let cells: Vec<&'static str> = line.split(',').collect();
        let cell = |name: &str| {
            columns.iter().position(|c| *c == name).and_then(|i| cells.get(i)).copied().unwrap_or_default()
        };
        let code = u16::from_str_radix(cell("code").trim_start_matches("0x"), 16).ok()?;
        Some(CodePoint { code, name: cell("name"), family: cell("family"), versions: cell("versions") })
    };
    lines.filter_map(row).collect()
}

fn name_in(table: &[CodePoint], code: u16) -> String {
    table.iter().find(|p| p.code == code).map_or_else(|| format!("0x{code:04x}"), |p| p.name.to_owned())
}

/// The name of a cipher suite, or its code.
pub fn suite_name(code: u16) -> String {
    name_in(cipher_suites(), code)
}

/// The name of a group, or its code.
pub fn group_name(code: u16) -> String {
    name_in(groups(), code)
}

/// The name of a signature scheme, or its code.
pub fn scheme_name(code: u16) -> String {
    name_in(signature_schemes(), code)
}

/// The name of an extension, or its code.
pub fn extension_name(code: u16) -> String {
    name_in(extensions(), code)
}

/// The name of a compression method (RFC 3749).
pub fn compression_name(code: u8) -> String {
    match code {
        0 => "null".into(),
        1 => "DEFLATE".into(),
        64 => "LZS".into(),
        other => format!("0x{other:02x}"),
    }
}

/// The name of an alert (RFC 8446 section 6.2).
pub fn alert_name(code: u8) -> String {
    match code {
        0 => "close_notify".into(),
        40 => "handshake_failure".into(),
        42 => "bad_certificate".into(),
        44 => "certificate_revoked".into(),
        45 => "certificate_expired".into(),
        46 => "certificate_unknown".into(),
        48 => "unknown_ca".into(),
        70 => "protocol_version".into(),
        71 => "insufficient_security".into(),
        80 => "internal_error".into(),
        112 => "unrecognized_name".into(),
        116 => "certificate_required".into(),
        other => format!("alert_{other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_whole_and_name_nothing_twice() {
        for (table, least) in [(cipher_suites(), 340), (groups(), 45), (signature_schemes(), 25), (extensions(), 25)] {
            assert!(table.len() >= least, "{}", table.len());
            for (at, point) in table.iter().enumerate() {
                assert!(!point.name.is_empty(), "{point:?}");
                assert!(!table[..at].iter().any(|p| p.code == point.code || p.name == point.name), "{point:?}");
            }
        }
    }

    #[test]
    fn a_code_has_its_name_and_an_unknown_one_its_number() {
        assert_eq!(suite_name(0x1302), "TLS_AES_256_GCM_SHA384");
        assert_eq!(group_name(0x11ec), "X25519MLKEM768");
        assert_eq!(scheme_name(0x0804), "rsa_pss_rsae_sha256");
        assert_eq!(extension_name(23), "extended_master_secret");
        assert_eq!(suite_name(0xfffe), "0xfffe");
    }
}
