//! A simulator in a process of its own, and a candidate file that points at it.
#![allow(clippy::unwrap_used)]

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A simulator that ends with the test.
pub struct Simulator(Child);

impl Simulator {
    /// Begins one and waits until it has told these things, a line each.
    pub fn begin(command: &mut Command, told: &[&str]) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let simulator = Self(child);
        for part in told {
            assert!(lines.next().unwrap().unwrap().contains(part), "{part}");
        }
        simulator
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// `simulate` as a candidate, with a certificate authority in a folder.
pub struct Outside {
    /// Where its candidate file is.
    pub candidate: String,
    _simulator: Simulator,
}

impl Outside {
    /// Begins one: `binary` is the harness, `root` the folder of the project, `more` is said on the command line too.
    pub fn begin(dir: &Path, binary: &mut Command, root: &Path, more: &[&str]) -> Self {
        let ports: Vec<TcpListener> = (0..3).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        let [port, peer, status] = [0, 1, 2].map(|at: usize| ports[at].local_addr().unwrap().port());
        drop(ports);
        binary
            .current_dir(root)
            .args([
                "simulate",
                "--listen",
                &format!("127.0.0.1:{port}"),
                "--peer",
                &format!("https://localhost:{peer}"),
            ])
            .args(["--status", &format!("http://localhost:{status}")])
            .args(["--pki", dir.join("pki").to_str().unwrap()])
            .args(more);
        let simulator = Simulator::begin(binary, &["reference GtK", "test CA", "client certificates"]);

        // The reference candidate file, pointed at the simulator.
        let text = std::fs::read_to_string(root.join("profiles/candidates/reference.yaml")).unwrap();
        let text = text
            .replace("localhost:8443", &format!("localhost:{port}"))
            .replace("localhost:8444", &format!("localhost:{peer}"))
            .replace("localhost:8449", &format!("localhost:{status}"))
            .replace("127.0.0.1:8449", &format!("127.0.0.1:{status}"))
            .replace("127.0.0.1:8444", &format!("127.0.0.1:{peer}"))
            .replace("../../reports/pki/", "pki/");
        let published = std::fs::read_to_string(root.join("profiles/candidates/published-addresses.json")).unwrap();
        std::fs::write(dir.join("published-addresses.json"), published.replace("8443", &port.to_string())).unwrap();
        let path = dir.join("candidate.yaml");
        std::fs::write(&path, text).unwrap();
        Self { candidate: path.to_str().unwrap().to_owned(), _simulator: simulator }
    }
}
