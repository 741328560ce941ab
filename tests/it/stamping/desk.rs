//! A TSA, an OCSP responder and the distribution points of two CAs behind one loopback port, which answer well or in one
//! named wrong way.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use twiin_harness::base::clock;
use twiin_harness::net::pki::{SealKeys, SealPki, SealPlan, Stamp};
use twiin_harness::wire::status::{crl, ocsp};
use twiin_harness::wire::tsp;

/// How the desk answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Good,
    /// A wrong token in a right response.
    Token(Stamp),
    /// Status 2 with failInfo.
    Refuses,
    /// A token for another nonce.
    OtherNonce,
    /// Granted, and no token.
    NoToken,
    /// Right bytes of the wrong media type.
    WrongType,
    /// More than anybody reads.
    TooLarge,
    /// Bytes that are nothing.
    Rubbish,
    /// Status 503.
    Down,
    /// Never, and the connection stays open.
    Hangs,
    /// The connection is closed without a word.
    Closes,
    /// The certificate was revoked an hour ago.
    Revoked,
    /// What was right a month ago.
    Stale,
    /// The list of another PKI, or an answer signed by it.
    OfAnother,
}

/// How each service of the desk answers.
#[derive(Debug, Clone, Copy)]
pub struct Ways {
    pub tsa: Way,
    pub ocsp: Way,
    pub crl: Way,
}

/// All is well.
pub const GOOD: Ways = Ways { tsa: Way::Good, ocsp: Way::Good, crl: Way::Good };

pub struct Desk {
    pub url: String,
    pub pki: Arc<SealPki>,
    ways: Arc<Mutex<Ways>>,
    asked: Arc<Mutex<Vec<String>>>,
}

struct Reply {
    status: u16,
    media: &'static str,
    body: Vec<u8>,
}

impl Desk {
    /// Opens it, with a PKI whose certificates name it.
    pub fn open(keys: SealKeys) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let plan = SealPlan { status_at: Some(format!("{url}/status/")), ..SealPlan::new(keys, clock::now()) };
        let pki = Arc::new(SealPki::planned(plan).unwrap());
        let other = Arc::new(SealPki::generate(keys, clock::now()).unwrap());
        let (ways, asked) = (Arc::new(Mutex::new(GOOD)), Arc::new(Mutex::new(Vec::new())));
        let desk = Self { url, pki: pki.clone(), ways: ways.clone(), asked: asked.clone() };
        std::thread::spawn(move || {
            for stream in listener.incoming().filter_map(Result::ok) {
                let (pki, other, ways, asked) = (pki.clone(), other.clone(), *ways.lock().unwrap(), asked.clone());
                std::thread::spawn(move || answer(stream, &pki, &other, ways, &asked));
            }
        });
        desk
    }

    /// Answers in other ways from now on.
    pub fn answers(&self, ways: Ways) {
        *self.ways.lock().unwrap() = ways;
    }

    /// The paths that were asked for since the last time.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }

    pub fn tsa(&self) -> String {
        format!("{}/tsa", self.url)
    }
}

/// Reads one request; a client that breaks it off gets nothing.
fn request(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    loop {
        let head = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        if let Some(end) = head {
            let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
            let length: usize = length.map_or(0, |text| text.trim().parse().unwrap_or(0));
            if bytes.len() >= end + 4 + length {
                let path = head.split(' ').nth(1)?.to_owned();
                return Some((path, bytes[end + 4..end + 4 + length].to_vec()));
            }
        }
        match stream.read(&mut part) {
            Ok(read) if read > 0 => bytes.extend(&part[..read]),
            _ => return None,
        }
    }
}

fn answer(mut stream: TcpStream, pki: &SealPki, other: &SealPki, ways: Ways, asked: &Mutex<Vec<String>>) {
    let Some((path, body)) = request(&mut stream) else { return };
    asked.lock().unwrap().push(path.clone());
    let (way, media) = match path.as_str() {
        "/tsa" => (ways.tsa, tsp::REPLY),
        "/status/ocsp" => (ways.ocsp, ocsp::RESPONSE),
        _ => (ways.crl, "application/pkix-crl"),
    };
    let right = |bytes| Reply { status: 200, media, body: bytes };
    let reply = match way {
        Way::Hangs => return std::thread::sleep(Duration::from_secs(5)),
        Way::Closes => return,
        Way::Down => Reply { status: 503, media: "text/plain", body: b"not now".to_vec() },
        Way::TooLarge => right(vec![0x30; if path == "/tsa" { tsp::MAX_BYTES } else { crl::MAX_BYTES } + 1]),
        Way::Rubbish => right(b"rubbish".to_vec()),
        Way::WrongType => Reply { status: 200, media: "text/html", body: made(&path, &body, Way::Good, pki, other) },
        _ => right(made(&path, &body, way, pki, other)),
    };
    let head = format!(
        "HTTP/1.1 {} x\r\ncontent-type: {}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        reply.status,
        reply.media,
        reply.body.len()
    );
    // Whoever had enough of it closes before the end.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&reply.body));
}

fn made(path: &str, body: &[u8], way: Way, pki: &SealPki, other: &SealPki) -> Vec<u8> {
    let now = clock::now();
    let ago = |duration| now - duration;
    match (path, way) {
        ("/tsa", Way::Token(kind)) => pki.answer_time_stamp(body, now, kind).unwrap(),
        ("/tsa", Way::Refuses) => tsp::failure("TEST SIM: not today").unwrap(),
        ("/tsa", Way::NoToken) => vec![0x30, 5, 0x30, 3, 2, 1, 0],
        ("/tsa", Way::OtherNonce) => {
            let nonce = tsp::asked(body).unwrap().1.unwrap();
            let at = body.windows(nonce.len()).position(|window| window == nonce).unwrap();
            let mut changed = body.to_vec();
            changed[at + nonce.len() - 1] ^= 1;
            pki.answer_time_stamp(&changed, now, Stamp::Good).unwrap()
        }
        ("/tsa", _) => pki.answer_time_stamp(body, now, Stamp::Good).unwrap(),
        ("/status/ocsp", way) => {
            let (by, state, at) = match way {
                Way::Revoked => (pki, ocsp::CertState::Revoked, ago(time::Duration::hours(1))),
                Way::Stale => (pki, ocsp::CertState::Good, ago(time::Duration::days(30))),
                Way::OfAnother => (other, ocsp::CertState::Good, now),
                _ => (pki, ocsp::CertState::Good, now),
            };
            by.answer_ocsp(body, state, at).unwrap()
        }
        (list, way) => {
            let by = if way == Way::OfAnother { other } else { pki };
            let at = if way == Way::Stale { ago(time::Duration::days(30)) } else { now };
            let mut lists = by.crls(at).unwrap();
            lists.remove(if list.ends_with("/issuing.crl") { 0 } else { 1 })
        }
    }
}
