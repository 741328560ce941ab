//! What a careless server would say first to a ClientHello: deliberate wrongs of the reference GtK.
//!
//! Our TLS library refuses everything that is wrong here, so these words are written by hand. No handshake follows; the
//! probe that they are meant for stops at this answer.

use super::TlsVersion;
use super::answer::RETRY;
use super::client_hello::ClientHello;
use super::reader::{extension, message, record, vector8, vector16, vector24};

/// Agrees to a hello that offers all that it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Careless {
    /// Versions that it agrees to, when nothing newer is on offer.
    pub versions: &'static [TlsVersion],
    /// Suites that it takes, the first on offer.
    pub suites: &'static [u16],
    /// Groups that it takes, the first on offer; in TLS 1.3 it asks for it.
    pub groups: &'static [u16],
    /// Signature schemes that it takes, the first on offer (TLS 1.2).
    pub schemes: &'static [u16],
    /// Whether it compresses when that is on offer.
    pub deflate: bool,
    /// Extensions of TLS 1.2 that it agrees to.
    pub extensions: &'static [u16],
    /// Its chain; none leaves the message out.
    pub chain: Vec<Vec<u8>>,
}

/// Extensions that a server of TLS 1.2 agrees to when it does nothing wrong: extended master secret, secure renegotiation.
pub const GOOD_EXTENSIONS: &[u16] = &[23, 0xff01];

impl Careless {
    /// A server of TLS 1.2 with nothing wrong but that.
    pub const fn tls12() -> Self {
        Self {
            versions: &[TlsVersion::Tls12],
            suites: &[0xc02c],
            groups: &[0x001d],
            schemes: &[0x0403],
            deflate: false,
            extensions: GOOD_EXTENSIONS,
            chain: Vec::new(),
        }
    }

    /// The answer to a hello, if it is one that this server is careless about.
    pub fn answer(&self, hello: &ClientHello) -> Option<Vec<u8>> {
        let version = hello.newest().filter(|v| self.versions.contains(v))?;
        let suite = first(self.suites, &hello.suites)?;
        let curve = first(self.groups, &hello.groups);
        if version == TlsVersion::Tls13 {
            return curve.map(|group| retry(hello, suite, group));
        }
        // SSL 3 and TLS 1.0 know no schemes, SSL 3 no groups either.
        let finite_field = super::suite_name(suite).starts_with("TLS_DHE");
        let group = match curve {
            Some(group) => group,
            // SSL 3 has nothing to offer groups by.
            None if version == TlsVersion::Ssl3 => self.groups.first().copied().unwrap_or_default(),
            None if finite_field => 0,
            None => return None,
        };
        let scheme = first(self.schemes, &hello.schemes);
        if version == TlsVersion::Tls12 && scheme.is_none() {
            return None;
        }
        Some(self.flight(hello, version, suite, group, scheme))
    }

    fn flight(&self, hello: &ClientHello, version: TlsVersion, suite: u16, group: u16, scheme: Option<u16>) -> Vec<u8> {
        let agreed = self.extensions.iter().filter(|e| hello.extensions.contains(e));
        let extensions: Vec<u8> = agreed.flat_map(|e| extension(*e, if *e == 0xff01 { &[0] } else { &[] })).collect();
        let method = u8::from(self.deflate && hello.compression.contains(&1));
        let mut messages = server_hello(version.code(), &[0x5a; 32], &[], suite, method, &extensions);
        if !self.chain.is_empty() {
            let chain: Vec<u8> = self.chain.iter().flat_map(|der| vector24(der)).collect();
            messages.extend(message(11, &vector24(&chain)));
        }
        let mut exchange = if super::suite_name(suite).starts_with("TLS_DHE") {
            // The prime of ffdhe2048 begins and ends like this; nobody computes with what is between.
            let mut prime = vec![0xff; 8];
            prime.extend([0xad, 0xf8, 0x54, 0x58, 0xa2, 0xbb, 0x4a, 0x9a]);
            prime.resize(256, 0xff);
            [vector16(&prime), vector16(&[2]), vector16(&[5; 256])].concat()
        } else {
            [vec![3], group.to_be_bytes().to_vec(), vector8(&[4; 65])].concat()
        };
        exchange.extend(scheme.iter().flat_map(|s| s.to_be_bytes()));
        exchange.extend(vector16(&[0x30; 70]));
        if !super::suite_name(suite).starts_with("TLS_RSA_WITH") {
            messages.extend(message(12, &exchange));
        }
        messages.extend(message(14, &[]));
        messages.chunks(16_000).flat_map(|part| record(version.code(), part)).collect()
    }
}

fn first(ours: &[u16], offered: &[u16]) -> Option<u16> {
    ours.iter().copied().find(|code| offered.contains(code))
}

fn retry(hello: &ClientHello, suite: u16, group: u16) -> Vec<u8> {
    let mut extensions = extension(43, &TlsVersion::Tls13.code().to_be_bytes());
    extensions.extend(extension(51, &group.to_be_bytes()));
    record(TlsVersion::Tls12.code(), &server_hello(0x0303, &RETRY, &hello.session_id, suite, 0, &extensions))
}

fn server_hello(version: u16, random: &[u8], session: &[u8], suite: u16, method: u8, extensions: &[u8]) -> Vec<u8> {
    let mut body = version.to_be_bytes().to_vec();
    body.extend(random);
    body.extend(vector8(session));
    body.extend(suite.to_be_bytes());
    body.push(method);
    if !extensions.is_empty() {
        body.extend(vector16(extensions));
    }
    message(2, &body)
}

#[cfg(test)]
mod tests {
    use super::super::answer::{Agreed, Answer, KeyExchange, read_answer};
    use super::super::client_hello::{Question, USUAL_GROUPS, usual_schemes};
    use super::*;

    fn ask(server: &Careless, version: TlsVersion, suites: &[u16], groups: &[u16], deflate: bool) -> Option<Agreed> {
        let schemes = usual_schemes();
        let question = Question {
            version,
            host: "localhost",
            random: [7; 32],
            suites,
            groups,
            schemes: &schemes,
            deflate,
            with_share: false,
            renegotiates: &[],
        };
        let hello = ClientHello::read(&question.bytes())?;
        match read_answer(&server.answer(&hello)?) {
            Answer::Agreed(agreed) => Some(*agreed),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_it_says_reads_back_and_is_whole() {
        let server = Careless { deflate: true, ..Careless::tls12() };
        let agreed = ask(&server, TlsVersion::Tls12, &[0xc02c, 0xc02b], &USUAL_GROUPS, true).expect("it is careless");
        assert_eq!((agreed.version, agreed.suite, agreed.compression, agreed.whole), (0x0303, 0xc02c, 1, true));
        assert_eq!(agreed.key_exchange, Some(KeyExchange::Curve(0x1d)));
        assert_eq!(agreed.extensions, GOOD_EXTENSIONS);
        assert_eq!(ask(&server, TlsVersion::Tls12, &[0xc02c], &USUAL_GROUPS, false).map(|a| a.compression), Some(0));
        assert_eq!(ask(&server, TlsVersion::Tls12, &[0xc030], &USUAL_GROUPS, true), None);
        assert_eq!(ask(&server, TlsVersion::Tls11, &[0xc02c], &USUAL_GROUPS, true), None);
    }

    #[test]
    fn a_weak_group_of_tls_1_3_is_asked_for_by_a_retry() {
        let server =
            Careless { versions: &[TlsVersion::Tls13], suites: &[0x1302], groups: &[0x0100], ..Careless::tls12() };
        let agreed = ask(&server, TlsVersion::Tls13, &[0x1301, 0x1302], &[0x0100], false).expect("it is careless");
        assert_eq!((agreed.version, agreed.suite, agreed.group), (0x0304, 0x1302, Some(0x0100)));
        assert_eq!(ask(&server, TlsVersion::Tls13, &[0x1302], &[0x001d], false), None);
    }
}
