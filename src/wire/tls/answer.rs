//! What a server says to a ClientHello, as far as it says it in the clear: up to ServerHelloDone (RFC 5246 section 7.4),
//! and in TLS 1.3 its ServerHello or HelloRetryRequest (RFC 8446 sections 4.1.3 and 4.1.4).

use super::TlsVersion;
use super::names::suite_name;
use super::reader::Reader;

/// The random value by which a HelloRetryRequest is known (RFC 8446 section 4.1.3).
pub(super) const RETRY: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11,
    0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// How a server exchanges keys, as it says in its ServerKeyExchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyExchange {
    /// A named curve.
    Curve(u16),
    /// A curve that is written out: of nobody's list.
    OwnCurve,
    /// A prime.
    Prime(Vec<u8>),
}

/// What a server agreed to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Agreed {
    /// The version.
    pub version: u16,
    /// The cipher suite.
    pub suite: u16,
    /// The compression method.
    pub compression: u8,
    /// Whether it gave the session an id.
    pub session_id: bool,
    /// Extensions of its hello.
    pub extensions: Vec<u16>,
    /// The group that it chose in TLS 1.3.
    pub group: Option<u16>,
    /// Its chain, leaf first; up to TLS 1.2.
    pub certificates: Vec<Vec<u8>>,
    /// Whether it stapled an OCSP response; up to TLS 1.2.
    pub stapled: bool,
    /// Its key exchange; up to TLS 1.2.
    pub key_exchange: Option<KeyExchange>,
    /// The scheme by which it signed that; TLS 1.2 alone names it.
    pub scheme: Option<u16>,
    /// Whether it asked for a client certificate; up to TLS 1.2.
    pub asks_certificate: bool,
    /// Whether all was read that is said in the clear.
    pub whole: bool,
}

/// What came of a ClientHello.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It was agreed to, as far as was read.
    Agreed(Box<Agreed>),
    /// An alert came instead, by its number.
    Alert(u8),
    /// Bytes that are no TLS.
    NotTls,
    /// Not enough bytes to tell.
    Incomplete,
}

/// Reads the first records of a server.
pub fn read_answer(bytes: &[u8]) -> Answer {
    let mut records = Reader(bytes);
    let mut handshake = Vec::new();
    let mut alert = None;
    while let Some(kind) = records.u8() {
        match kind {
            22 => {}
            21 => {}
            // What follows the clear part (change cipher spec, encrypted records) says nothing to us.
            20 | 23 if !handshake.is_empty() => break,
            _ => return if handshake.is_empty() { Answer::NotTls } else { agreed(&handshake, alert) },
        }
        let Some(version) = records.u16() else { break };
        if version >> 8 != 3 {
            return Answer::NotTls;
        }
        let Some(content) = records.vector16() else { break };
        if kind == 21 {
            alert = content.0.get(1).copied();
            break;
        }
        handshake.extend_from_slice(content.0);
    }
    agreed(&handshake, alert)
}

/// The handshake messages, heads included, that go in the clear before one side changes to its keys.
pub fn handshake_messages(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut records = Reader(bytes);
    let mut handshake = Vec::new();
    while records.u8() == Some(22) && records.u16().is_some() {
        let Some(content) = records.vector16() else { break };
        handshake.extend_from_slice(content.0);
    }
    let mut rest = Reader(&handshake);
    std::iter::from_fn(|| {
        let before = rest.0;
        rest.u8()?;
        let length = rest.vector24()?.0.len();
        Some(before[..4 + length].to_vec())
    })
    .collect()
}

fn agreed(handshake: &[u8], alert: Option<u8>) -> Answer {
    let mut messages = Reader(handshake);
    let mut found: Option<Agreed> = None;
    while let (Some(kind), Some(body)) = (messages.u8(), messages.vector24()) {
        match (&mut found, kind) {
            (None, 2) => match server_hello(body) {
                Some(hello) => found = Some(hello),
                None => return Answer::NotTls,
            },
            (None, _) => return Answer::NotTls,
            (Some(agreed), kind) => agreed.message(kind, body),
        }
    }
    match (found, alert) {
        (Some(mut agreed), alert) => {
            // After an alert nothing more is said.
            agreed.whole |= alert.is_some();
            Answer::Agreed(Box::new(agreed))
        }
        (None, Some(alert)) => Answer::Alert(alert),
        (None, None) if handshake.first().is_some_and(|kind| *kind != 2) => Answer::NotTls,
        (None, None) => Answer::Incomplete,
    }
}

fn server_hello(mut body: Reader<'_>) -> Option<Agreed> {
    let mut agreed = Agreed { version: body.u16()?, ..Agreed::default() };
    let retry = body.take(32)? == RETRY;
    agreed.session_id = !body.vector8()?.0.is_empty();
    agreed.suite = body.u16()?;
    agreed.compression = body.u8()?;
    if let Some(mut extensions) = body.vector16() {
        while let (Some(kind), Some(mut content)) = (extensions.u16(), extensions.vector16()) {
            agreed.extensions.push(kind);
            match kind {
                43 => agreed.version = content.u16().unwrap_or(agreed.version),
                51 => agreed.group = content.u16(),
                _ => {}
            }
        }
    }
    agreed.whole = retry || agreed.version == TlsVersion::Tls13.code();
    Some(agreed)
}

impl Agreed {
    fn message(&mut self, kind: u8, body: Reader<'_>) {
        match kind {
            11 => self.certificates = certificates(body).unwrap_or_default(),
            12 => self.server_key_exchange(body).unwrap_or_default(),
            13 => self.asks_certificate = true,
            14 => self.whole = true,
            22 => self.stapled = true,
            _ => {}
        }
    }

    /// RFC 8422 section 5.4, RFC 5246 section 7.4.3, RFC 4279 for the hint before it.
    fn server_key_exchange(&mut self, mut body: Reader<'_>) -> Option<()> {
        let name = suite_name(self.suite);
        if name.contains("_PSK_") {
            body.vector16()?;
        }
        if name.starts_with("TLS_ECDH") {
            let named = body.u8()? == 3;
            self.key_exchange = Some(if named { KeyExchange::Curve(body.u16()?) } else { KeyExchange::OwnCurve });
            if !named {
                return None;
            }
            body.vector8()?;
        } else if name.starts_with("TLS_DH") {
            self.key_exchange = Some(KeyExchange::Prime(body.vector16()?.0.to_vec()));
            body.vector16()?;
            body.vector16()?;
        }
        let signed = !name.contains("_anon_") && !name.contains("_PSK_");
        if self.version == TlsVersion::Tls12.code() && self.key_exchange.is_some() && signed {
            self.scheme = body.u16();
        }
        Some(())
    }
}

fn certificates(mut body: Reader<'_>) -> Option<Vec<Vec<u8>>> {
    let mut list = body.vector24()?;
    Some(std::iter::from_fn(|| list.vector24()).map(|der| der.0.to_vec()).collect())
}

#[cfg(test)]
mod tests {
    use super::super::reader::{extension, message, record, vector8, vector16, vector24};
    use super::*;
    use proptest::prelude::*;

    fn hello(version: u16, random: [u8; 32], suite: u16, extensions: &[u8]) -> Vec<u8> {
        let mut body = version.to_be_bytes().to_vec();
        body.extend(random);
        body.extend(vector8(&[9; 4]));
        body.extend(suite.to_be_bytes());
        body.push(0);
        body.extend(vector16(extensions));
        message(2, &body)
    }

    fn read(bytes: &[u8]) -> Agreed {
        match read_answer(bytes) {
            Answer::Agreed(agreed) => *agreed,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_alert_a_hello_and_other_bytes_are_told_apart() {
        assert_eq!(read_answer(&[21, 3, 3, 0, 2, 2, 70]), Answer::Alert(70));
        assert_eq!(read_answer(b"HTTP/1.1 400"), Answer::NotTls);
        assert_eq!(read_answer(&[22, 3, 3]), Answer::Incomplete);
        assert_eq!(read_answer(&[]), Answer::Incomplete);
        let agreed = read(&record(0x0301, &hello(0x0301, [1; 32], 0xc013, &extension(23, &[]))));
        assert_eq!((agreed.version, agreed.suite, agreed.session_id, agreed.whole), (0x0301, 0xc013, true, false));
        assert_eq!(agreed.extensions, [23]);
    }

    #[test]
    fn a_retry_names_the_group_and_is_whole() {
        let mut extensions = extension(43, &0x0304u16.to_be_bytes());
        extensions.extend(extension(51, &0x11ecu16.to_be_bytes()));
        let agreed = read(&record(0x0303, &hello(0x0303, RETRY, 0x1302, &extensions)));
        assert_eq!((agreed.version, agreed.group, agreed.whole), (0x0304, Some(0x11ec), true));
    }

    #[test]
    fn a_flight_over_several_records_gives_curve_scheme_chain_and_staple() {
        let mut flight = hello(0x0303, [1; 32], 0xc02f, &[]);
        flight.extend(message(11, &vector24(&[vector24(&[1, 2]), vector24(&[3])].concat())));
        flight.extend(message(22, &[1, 0, 0, 0]));
        let mut exchange = vec![3, 0, 0x17];
        exchange.extend(vector8(&[4; 65]));
        exchange.extend([8, 4, 0, 0]);
        flight.extend(message(12, &exchange));
        flight.extend(message(13, &[0]));
        flight.extend(message(14, &[]));
        let bytes: Vec<u8> = flight.chunks(50).flat_map(|part| record(0x0303, part)).collect();
        let agreed = read(&bytes);
        assert_eq!(agreed.key_exchange, Some(KeyExchange::Curve(0x17)));
        assert_eq!(agreed.scheme, Some(0x0804));
        assert_eq!(agreed.certificates, [vec![1, 2], vec![3]]);
        assert!(agreed.stapled && agreed.asks_certificate && agreed.whole);
    }

    #[test]
    fn messages_in_the_clear_end_where_the_keys_change() {
        let mut bytes = record(0x0303, &[message(11, &[1, 2]), message(14, &[])].concat());
        bytes.extend([20, 3, 3, 0, 1, 1]);
        bytes.extend(record(0x0303, &[0x55; 40]));
        assert_eq!(handshake_messages(&bytes), [vec![11, 0, 0, 2, 1, 2], vec![14, 0, 0, 0]]);
    }

    #[test]
    fn a_prime_is_read_where_the_suite_has_one() {
        let mut flight = hello(0x0303, [1; 32], 0x009e, &[]);
        let exchange = [vector16(&[0xff; 256]), vector16(&[2]), vector16(&[5; 256]), vec![4, 1]].concat();
        flight.extend(message(12, &exchange));
        let agreed = read(&record(0x0303, &flight));
        assert_eq!(agreed.key_exchange, Some(KeyExchange::Prime(vec![0xff; 256])));
        assert_eq!(agreed.scheme, Some(0x0401));
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_readers_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = super::super::read_client_hello(&bytes);
            let _ = read_answer(&bytes);
            let _ = handshake_messages(&record(0x0303, &bytes));
            let _ = read_answer(&record(0x0303, &bytes));
            let _ = read_answer(&record(0x0303, &[hello(0x0303, [1; 32], 0xc02f, &[]), message(12, &bytes)].concat()));
        }
    }
}
