//! A simulator in a process of its own, and a candidate file that points at it.
#![allow(clippy::unwrap_used)]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::ports::Ports;

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
        let ports = Ports::new();
        let pki = dir.join("pki");
        binary.current_dir(root).arg("simulate").args(ports.of_simulate()).arg("--pki").arg(pki).args(more);
        let simulator = Simulator::begin(binary, &["reference GtK", "test CA", "client certificates"]);

        let path = dir.join("candidate.yaml");
        std::fs::write(&path, ports.candidate(root, dir)).unwrap();
        Self { candidate: path.to_str().unwrap().to_owned(), _simulator: simulator }
    }
}
