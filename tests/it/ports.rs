//! Ports that a test names before somebody listens there.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU16, Ordering};

/// Where ports are taken from: below those that systems hand out by themselves (from 32768 on Linux, from 49152 by
/// RFC 6335 section 6). One of theirs could be the near end of anybody's connection by the time that it is used.
const RANGE: std::ops::Range<u16> = 16_384..32_000;

/// A port of the loopback where nobody listens, and that no other test of this process is given.
pub fn free_port() -> u16 {
    static NEXT: LazyLock<AtomicU16> = LazyLock::new(|| {
        // Processes of tests beside each other begin at different places.
        let place = std::process::id().wrapping_mul(251) % u32::from(RANGE.end - RANGE.start);
        AtomicU16::new(u16::try_from(place).unwrap())
    });
    let places = RANGE.end - RANGE.start;
    (0..places)
        .map(|_| RANGE.start + NEXT.fetch_add(1, Ordering::Relaxed) % places)
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .unwrap()
}

/// The port of the candidate in the reference candidate file.
pub const CANDIDATE: u16 = 8443;
/// The ports of the harness there: as peer, as second gateway, and where it tells the status of certificates. Those of the
/// facilities stay as they are, for `simulate` knows them by that file alone.
const HARNESS: [u16; 3] = [8444, 8445, 8449];

/// A free port for each of these, so that tests beside each other share none.
pub struct Ports(pub BTreeMap<u16, u16>);

impl Ports {
    /// Free ones.
    pub fn new() -> Self {
        Self([CANDIDATE].into_iter().chain(HARNESS).map(|listed| (listed, free_port())).collect())
    }

    /// How `simulate` is told where it listens, and where the harness, its second gateway and the status of certificates are.
    pub fn of_simulate(&self) -> [String; 4] {
        let [peer, second, status] = HARNESS.map(|listed| self.0[&listed]);
        [
            format!("--listen=127.0.0.1:{}", self.0[&CANDIDATE]),
            format!("--peer=https://localhost:{peer}"),
            format!("--second-peer=https://localhost:{second}"),
            format!("--status=http://localhost:{status}"),
        ]
    }

    /// The reference candidate file at these ports, with the certificates of a folder `pki` beside it; what it names beside
    /// itself is written to its folder.
    pub fn candidate(&self, root: &Path, folder: &Path) -> String {
        let read = |name: &str| std::fs::read_to_string(root.join("profiles/candidates").join(name)).unwrap();
        let published = "published-addresses.json";
        std::fs::write(folder.join(published), self.put_into(read(published))).unwrap();
        let reference = read("reference.yaml");
        for listed in self.0.keys() {
            assert!(reference.contains(&format!(":{listed}")), "the reference candidate file names no port {listed}");
        }
        self.put_into(reference).replace("../../reports/pki/", "pki/")
    }

    fn put_into(&self, text: String) -> String {
        self.0.iter().fold(text, |text, (listed, port)| text.replace(&format!(":{listed}"), &format!(":{port}")))
    }
}
