//! The ClientHello: reading what a client offers, and building one that offers exactly what we want to know.
//!
//! RFC 5246 section 7.4.1.2 and RFC 8446 section 4.1.2; RFC 6101 for the hello of SSL 3, which has no extensions.

use serde::{Deserialize, Serialize};

use super::TlsVersion;
use super::names::{self, compression_name, extension_name, group_name, scheme_name, suite_name};
use super::reader::{Reader, extension, message, numbers, record, vector8, vector16};

/// What a client offered in its ClientHello, by name. GREASE values are left out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Offer {
    /// Protocol versions, names where known, else `0x....`.
    pub versions: Vec<String>,
    /// Cipher suites, names where known, else `0x....`.
    pub cipher_suites: Vec<String>,
    /// Key exchange groups, names where known, else `0x....`.
    pub groups: Vec<String>,
    /// Signature schemes for the handshake, names where known, else `0x....`.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub signature_schemes: Vec<String>,
    /// Compression methods: `null`, and others that should not be there.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub compression: Vec<String>,
    /// Extensions in order, names where known, else `0x....`.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub extensions: Vec<String>,
    /// Server name, if one was sent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub server_name: Option<String>,
}

/// A ClientHello by its numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClientHello {
    /// Versions: those of the extension, else the one of the hello itself.
    pub versions: Vec<u16>,
    /// Cipher suites.
    pub suites: Vec<u16>,
    /// Compression methods.
    pub compression: Vec<u8>,
    /// Groups.
    pub groups: Vec<u16>,
    /// Signature schemes.
    pub schemes: Vec<u16>,
    /// Extensions.
    pub extensions: Vec<u16>,
    /// Session id, which a server of TLS 1.3 sends back.
    pub session_id: Vec<u8>,
    /// Server name.
    pub server_name: Option<String>,
}

impl ClientHello {
    /// Reads the first bytes of a connection. `None` when they are no ClientHello. A hello that is cut after its
    /// suites is read as far as it goes.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut hello = Reader(bytes);
        if hello.u8()? != 22 {
            return None;
        }
        hello.u16()?;
        // The record may be cut by the peek; what is there is parsed as far as it goes.
        let _length = hello.u16()?;
        if hello.u8()? != 1 {
            return None;
        }
        hello.take(3)?;
        let mut read = Self { versions: vec![hello.u16()?], ..Self::default() };
        hello.take(32)?;
        read.session_id = hello.vector8()?.0.to_vec();
        read.suites = hello.vector16()?.all_u16();
        read.compression = hello.vector8()?.0.to_vec();
        if let Some(mut extensions) = hello.vector16() {
            while let (Some(kind), Some(content)) = (extensions.u16(), extensions.vector16()) {
                read.extension(kind, content)?;
            }
        }
        Some(read)
    }

    fn extension(&mut self, kind: u16, mut content: Reader<'_>) -> Option<()> {
        self.extensions.push(kind);
        match kind {
            0 => self.server_name = server_name(&mut content),
            10 => self.groups = content.vector16()?.all_u16(),
            13 => self.schemes = content.vector16()?.all_u16(),
            43 => self.versions = content.vector8()?.all_u16(),
            _ => {}
        }
        Some(())
    }

    /// The newest version on offer that we know.
    pub fn newest(&self) -> Option<TlsVersion> {
        self.versions.iter().filter_map(|v| TlsVersion::from_code(*v)).max()
    }

    /// The same by name.
    pub fn offer(&self) -> Offer {
        let named = |codes: &[u16], name: fn(u16) -> String| codes.iter().map(|c| name(*c)).collect();
        let version = |v: u16| TlsVersion::from_code(v).map_or_else(|| format!("0x{v:04x}"), |v| v.to_string());
        Offer {
            versions: named(&self.versions, version),
            cipher_suites: named(&self.suites, suite_name),
            groups: named(&self.groups, group_name),
            signature_schemes: named(&self.schemes, scheme_name),
            compression: self.compression.iter().map(|c| compression_name(*c)).collect(),
            extensions: named(&self.extensions, extension_name),
            server_name: self.server_name.clone(),
        }
    }
}

/// Reads what a client offers from the first bytes of a connection. `None` when they are no ClientHello.
pub fn read_client_hello(bytes: &[u8]) -> Option<Offer> {
    ClientHello::read(bytes).map(|hello| hello.offer())
}

fn server_name(content: &mut Reader<'_>) -> Option<String> {
    let mut list = content.vector16()?;
    list.u8()?;
    let length = usize::from(list.u16()?);
    String::from_utf8(list.take(length)?.to_vec()).ok()
}

/// A ClientHello to build: it offers one version and nothing newer.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// The version.
    pub version: TlsVersion,
    /// Host, which is named when it is a name.
    pub host: &'a str,
    /// Client random and, for TLS 1.3, session id.
    pub random: [u8; 32],
    /// Suites in order.
    pub suites: &'a [u16],
    /// Groups in order; without any, the extension is left out.
    pub groups: &'a [u16],
    /// Signature schemes in order, from TLS 1.2.
    pub schemes: &'a [u16],
    /// Whether DEFLATE is offered before no compression.
    pub deflate: bool,
    /// With TLS 1.3: whether a share of x25519 is sent. Without one a conformant server asks for the group that it chose
    /// (HelloRetryRequest), so that groups can be told which we cannot compute.
    pub with_share: bool,
    /// The `verify_data` of the client's last Finished, when this is a renegotiation (RFC 5746).
    pub renegotiates: &'a [u8],
}

/// Groups for a question that is about something else: what about every server knows.
pub const USUAL_GROUPS: [u16; 5] = [0x001d, 0x0017, 0x0018, 0x0019, 0x001e];

/// Signature schemes for a question that is about something else.
pub fn usual_schemes() -> Vec<u16> {
    // The weak ones stand last, for servers that know nothing else.
    let (weak, good): (Vec<u16>, Vec<u16>) =
        names::signature_schemes().iter().map(|s| s.code).partition(|code| code >> 8 < 4);
    good.into_iter().chain(weak).collect()
}

impl Question<'_> {
    /// The bytes to send.
    pub fn bytes(&self) -> Vec<u8> {
        record(self.version.min(TlsVersion::Tls10).code(), &self.message())
    }

    /// The handshake message alone, for a record that is encrypted.
    pub fn message(&self) -> Vec<u8> {
        let tls13 = self.version == TlsVersion::Tls13;
        let legacy = self.version.min(TlsVersion::Tls12).code();
        let mut body = legacy.to_be_bytes().to_vec();
        body.extend(self.random);
        body.extend(vector8(if tls13 { &self.random } else { &[] }));
        body.extend(vector16(&numbers(self.suites)));
        body.extend(vector8(if self.deflate { &[1, 0] } else { &[0] }));
        if self.version > TlsVersion::Ssl3 {
            body.extend(vector16(&self.extensions()));
        }
        message(1, &body)
    }

    fn extensions(&self) -> Vec<u8> {
        let mut out = Vec::new();
        // A server name is a host name, never an address (RFC 6066 section 3).
        if self.host.parse::<std::net::IpAddr>().is_err() {
            let mut entry = vec![0];
            entry.extend(vector16(self.host.as_bytes()));
            out.extend(extension(0, &vector16(&entry)));
        }
        out.extend(extension(5, &[1, 0, 0, 0, 0]));
        if !self.groups.is_empty() {
            out.extend(extension(10, &vector16(&numbers(self.groups))));
            out.extend(extension(11, &[1, 0]));
        }
        if self.version >= TlsVersion::Tls12 {
            out.extend(extension(13, &vector16(&numbers(self.schemes))));
        }
        if self.version == TlsVersion::Tls13 {
            out.extend(extension(43, &vector8(&self.version.code().to_be_bytes())));
            out.extend(extension(45, &[1, 1]));
            out.extend(extension(51, &vector16(&self.share())));
        } else {
            out.extend(extension(23, &[]));
            out.extend(extension(35, &[]));
            out.extend(extension(0xff01, &vector8(self.renegotiates)));
        }
        out
    }

    /// Any 32 bytes are a share of x25519; nobody will compute with them.
    fn share(&self) -> Vec<u8> {
        if !self.with_share {
            return Vec::new();
        }
        let mut entry = 0x001du16.to_be_bytes().to_vec();
        entry.extend(vector16(&self.random));
        entry
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn question(version: TlsVersion) -> Question<'static> {
        Question {
            version,
            host: "localhost",
            random: [7; 32],
            suites: &[0xc02f, 0x1301],
            groups: &USUAL_GROUPS,
            schemes: &[0x0403, 0x0201],
            deflate: false,
            with_share: false,
            renegotiates: &[],
        }
    }

    #[test]
    fn what_we_offer_reads_back_as_offered() {
        for version in [TlsVersion::Tls10, TlsVersion::Tls11, TlsVersion::Tls12, TlsVersion::Tls13] {
            let offer = read_client_hello(&question(version).bytes()).expect("our own hello is whole");
            assert_eq!(offer.versions, [version.to_string()]);
            assert_eq!(offer.server_name.as_deref(), Some("localhost"));
            assert!(offer.groups.contains(&"secp256r1".to_owned()));
            assert_eq!(offer.compression, ["null"]);
            assert_eq!(offer.signature_schemes.len(), if version >= TlsVersion::Tls12 { 2 } else { 0 });
        }
    }

    #[test]
    fn ssl_3_has_no_extensions_and_deflate_is_offered_first() {
        let hello = ClientHello::read(&Question { deflate: true, ..question(TlsVersion::Ssl3) }.bytes()).unwrap();
        assert_eq!((hello.versions, hello.extensions, hello.compression), (vec![0x0300], vec![], vec![1, 0]));
    }

    #[test]
    fn a_share_is_sent_when_it_is_wanted() {
        let without = question(TlsVersion::Tls13).bytes();
        let with = Question { with_share: true, ..question(TlsVersion::Tls13) }.bytes();
        assert_eq!(with.len(), without.len() + 36);
    }
}
