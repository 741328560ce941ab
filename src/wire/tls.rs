//! The first words of a TLS handshake: reading a ClientHello, and asking for versions that our TLS library refuses.
//!
//! rustls cannot offer TLS 1.0 or 1.1, and does not tell which versions a client offered. RFC 5246 section 7.4.1 and
//! RFC 8446 section 4.1.2 describe the few structures that this file reads and writes; nothing more of the old protocols.

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
)]
pub enum TlsVersion {
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
            Self::Tls10 => 0x0301,
            Self::Tls11 => 0x0302,
            Self::Tls12 => 0x0303,
            Self::Tls13 => 0x0304,
        }
    }
    /// The version of a code, if it is one of ours.
    pub fn from_code(code: u16) -> Option<Self> {
        [Self::Tls10, Self::Tls11, Self::Tls12, Self::Tls13].into_iter().find(|v| v.code() == code)
    }
}

/// What a client offered in its ClientHello.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Offer {
    /// Protocol versions, names where known, else `0x....`.
    pub versions: Vec<String>,
    /// Cipher suites, names where known, else `0x....`. GREASE values are left out.
    pub cipher_suites: Vec<String>,
    /// Key exchange groups, names where known, else `0x....`.
    pub groups: Vec<String>,
    /// Server name, if one was sent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub server_name: Option<String>,
}

fn suite_name(code: u16) -> String {
    match code {
        0x1301 => "TLS_AES_128_GCM_SHA256".into(),
        0x1302 => "TLS_AES_256_GCM_SHA384".into(),
        0x1303 => "TLS_CHACHA20_POLY1305_SHA256".into(),
        0xc02b => "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256".into(),
        0xc02c => "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384".into(),
        0xc02f => "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256".into(),
        0xc030 => "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384".into(),
        0xcca8 => "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256".into(),
        0xcca9 => "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256".into(),
        0x00ff => "TLS_EMPTY_RENEGOTIATION_INFO_SCSV".into(),
        other => format!("0x{other:04x}"),
    }
}

fn group_name(code: u16) -> String {
    match code {
        0x0017 => "secp256r1".into(),
        0x0018 => "secp384r1".into(),
        0x0019 => "secp521r1".into(),
        0x001d => "x25519".into(),
        0x001e => "x448".into(),
        0x11ec => "X25519MLKEM768".into(),
        0x11eb => "SecP256r1MLKEM768".into(),
        0x11ed => "SecP384r1MLKEM1024".into(),
        other => format!("0x{other:04x}"),
    }
}

fn is_grease(code: u16) -> bool {
    code & 0x0f0f == 0x0a0a && code >> 8 == code & 0xff
}

/// Reads numbers and vectors from bytes; every method gives `None` at the end.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(count)?;
        self.0 = tail;
        Some(head)
    }
    fn u8(&mut self) -> Option<usize> {
        Some(usize::from(self.take(1)?[0]))
    }
    fn u16(&mut self) -> Option<u16> {
        let bytes = self.take(2)?;
        Some(u16::from_be_bytes([bytes[0], bytes[1]]))
    }
    fn vector8(&mut self) -> Option<Reader<'a>> {
        let length = self.u8()?;
        self.take(length).map(Reader)
    }
    fn vector16(&mut self) -> Option<Reader<'a>> {
        let length = usize::from(self.u16()?);
        self.take(length).map(Reader)
    }
    fn all_u16(mut self) -> Vec<u16> {
        std::iter::from_fn(|| self.u16()).filter(|code| !is_grease(*code)).collect()
    }
}

/// Reads what a client offers from the first bytes of a connection. `None` when they are no whole ClientHello.
pub fn read_client_hello(bytes: &[u8]) -> Option<Offer> {
    let mut record = Reader(bytes);
    if record.u8()? != 22 {
        return None;
    }
    record.u16()?;
    // The record may be cut by the peek; what is there is parsed as far as it goes.
    let _length = record.u16()?;
    let mut hello = record;
    if hello.u8()? != 1 {
        return None;
    }
    hello.take(3)?;
    let legacy = hello.u16()?;
    hello.take(32)?;
    hello.vector8()?;
    let suites = hello.vector16()?.all_u16();
    hello.vector8()?;
    let mut offer = Offer { cipher_suites: suites.into_iter().map(suite_name).collect(), ..Offer::default() };
    let mut versions = vec![legacy];
    if let Some(mut extensions) = hello.vector16() {
        while let (Some(kind), Some(mut content)) = (extensions.u16(), extensions.vector16()) {
            match kind {
                0 => offer.server_name = server_name(&mut content),
                10 => offer.groups = content.vector16()?.all_u16().into_iter().map(group_name).collect(),
                43 => versions = content.vector8()?.all_u16(),
                _ => {}
            }
        }
    }
    offer.versions = versions
        .into_iter()
        .map(|v| TlsVersion::from_code(v).map_or_else(|| format!("0x{v:04x}"), |v| v.to_string()))
        .collect();
    Some(offer)
}

fn server_name(content: &mut Reader<'_>) -> Option<String> {
    let mut list = content.vector16()?;
    list.u8()?;
    let length = usize::from(list.u16()?);
    String::from_utf8(list.take(length)?.to_vec()).ok()
}

/// Suites that servers of the era of a version know; two are enough to get a ServerHello, more make it likely.
const OLD_SUITES: [u16; 13] =
    [0xc02b, 0xc02c, 0xc02f, 0xc030, 0xcca8, 0xcca9, 0xc009, 0xc00a, 0xc013, 0xc014, 0x009c, 0x002f, 0x0035];

/// Builds a ClientHello that offers one version up to TLS 1.2 and nothing newer. `random` is the client random.
pub fn client_hello(version: TlsVersion, host: &str, random: &[u8; 32]) -> Vec<u8> {
    let mut body = Vec::new();
    body.extend(version.code().to_be_bytes());
    body.extend(random);
    body.push(0);
    body.extend(vector16(&OLD_SUITES.iter().flat_map(|s| s.to_be_bytes()).collect::<Vec<_>>()));
    body.extend([1, 0]);
    body.extend(vector16(&extensions(version, host)));

    let mut handshake = vec![1];
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes();
    handshake.extend(&length[1..]);
    handshake.extend(body);
    let mut record = vec![22, 3, 1];
    record.extend(vector16(&handshake));
    record
}

fn vector16(content: &[u8]) -> Vec<u8> {
    let mut out = u16::try_from(content.len()).unwrap_or(u16::MAX).to_be_bytes().to_vec();
    out.extend(content);
    out
}

fn extensions(version: TlsVersion, host: &str) -> Vec<u8> {
    let extension = |kind: u16, content: &[u8]| {
        let mut out = kind.to_be_bytes().to_vec();
        out.extend(vector16(content));
        out
    };
    let mut out = Vec::new();
    // A server name is a host name, never an address (RFC 6066 section 3).
    if host.parse::<std::net::IpAddr>().is_err() {
        let mut entry = vec![0];
        entry.extend(vector16(host.as_bytes()));
        out.extend(extension(0, &vector16(&entry)));
    }
    out.extend(extension(10, &vector16(&[0, 0x17, 0, 0x18, 0, 0x1d])));
    out.extend(extension(11, &[1, 0]));
    if version == TlsVersion::Tls12 {
        out.extend(extension(13, &vector16(&[4, 3, 5, 3, 8, 4, 8, 5, 4, 1, 5, 1])));
    }
    out.extend(extension(23, &[]));
    out.extend(extension(0xff01, &[0]));
    out
}

/// Builds a ServerHello that agrees to an old version: what a careless server would say first. It is only ever a
/// deliberate wrong of the reference GtK; no handshake follows.
pub fn server_hello(version: TlsVersion) -> Vec<u8> {
    let mut body = version.code().to_be_bytes().to_vec();
    body.extend([0x5a; 32]);
    body.push(0);
    body.extend(0xc013u16.to_be_bytes());
    body.push(0);
    let mut handshake = vec![2, 0];
    handshake.extend(vector16(&body));
    let mut record = vec![22];
    record.extend(version.code().to_be_bytes());
    record.extend(vector16(&handshake));
    record
}

/// What a server said to a ClientHello.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FirstAnswer {
    /// A ServerHello that chose this version.
    ServerHello {
        /// Name of the version, or its code.
        version: String,
    },
    /// An alert.
    Alert {
        /// Name of the alert.
        name: String,
    },
    /// Bytes that are no TLS.
    NotTls,
    /// Not enough bytes to tell.
    Incomplete,
}

/// Reads the first record of a server.
pub fn read_first_answer(bytes: &[u8]) -> FirstAnswer {
    let mut record = Reader(bytes);
    let Some(kind) = record.u8() else { return FirstAnswer::Incomplete };
    if !matches!(kind, 21 | 22) {
        return FirstAnswer::NotTls;
    }
    let parsed = (|| {
        record.u16()?;
        let mut content = record.vector16()?;
        if kind == 21 {
            content.u8()?;
            return Some(FirstAnswer::Alert { name: alert_name(u8::try_from(content.u8()?).ok()?) });
        }
        if content.u8()? != 2 {
            return Some(FirstAnswer::NotTls);
        }
        content.take(3)?;
        let code = content.u16()?;
        let version = TlsVersion::from_code(code).map_or_else(|| format!("0x{code:04x}"), |v| v.to_string());
        Some(FirstAnswer::ServerHello { version })
    })();
    parsed.unwrap_or(FirstAnswer::Incomplete)
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
    use proptest::prelude::*;

    #[test]
    fn what_we_offer_reads_back_as_offered() {
        for version in [TlsVersion::Tls10, TlsVersion::Tls11, TlsVersion::Tls12] {
            let offer =
                read_client_hello(&client_hello(version, "localhost", &[7; 32])).expect("our own hello is whole");
            assert_eq!(offer.versions, [version.to_string()]);
            assert_eq!(offer.server_name.as_deref(), Some("localhost"));
            assert!(offer.groups.contains(&"secp256r1".to_owned()));
        }
    }

    #[test]
    fn an_alert_and_a_server_hello_are_told_apart() {
        let alert = [21, 3, 3, 0, 2, 2, 70];
        assert_eq!(read_first_answer(&alert), FirstAnswer::Alert { name: "protocol_version".into() });
        let mut hello = vec![22, 3, 3, 0, 6, 2, 0, 0, 2, 3, 3];
        assert_eq!(read_first_answer(&hello), FirstAnswer::ServerHello { version: "TLSv1.2".into() });
        let old = server_hello(TlsVersion::Tls10);
        assert_eq!(read_first_answer(&old), FirstAnswer::ServerHello { version: "TLSv1.0".into() });
        hello.truncate(5);
        assert_eq!(read_first_answer(&hello), FirstAnswer::Incomplete);
        assert_eq!(read_first_answer(b"HTTP/1.1 400"), FirstAnswer::NotTls);
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_readers_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = read_client_hello(&bytes);
            let _ = read_first_answer(&bytes);
        }
    }
}
