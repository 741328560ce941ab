//! `verify` asks nobody: it says the same where there is no network at all, and never opens a socket to one.
//!
//! The golden bundles are verified outside and inside a network namespace of their own (`unshare`), and under `strace`. Each
//! way of looking is first held against a command that does use the network: a look that sees nothing proves nothing.
#![allow(clippy::unwrap_used)]

use std::io::Read as _;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use super::support;

/// The format version whose bundles are verified.
const VERSION: &str = "v1";

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/golden").join(VERSION)
}

/// Arguments of every golden verification, in both forms of output.
fn verifications() -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(golden().join("cases.json")).unwrap();
    let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
    let lines = cases.iter().map(|case| case["verify"].as_str().unwrap().to_owned());
    let words = |line: &str| format!("verify {line}").split(' ').map(str::to_owned).collect::<Vec<_>>();
    lines.flat_map(|line| [words(&line), words(&format!("{line} --format json"))]).collect()
}

/// The harness within a network namespace that has not even a loopback.
fn cut_off(arguments: &[String]) -> Output {
    let unshare = support::program("unshare", "the Debian package util-linux");
    let mut command = Command::new(unshare);
    command.args(["--map-root-user", "--net", "--", env!("CARGO_BIN_EXE_twiin-harness")]).args(arguments);
    support::run(command.env("NO_COLOR", "1").current_dir(golden()))
}

fn outside(arguments: &[String]) -> Output {
    support::run(support::harness().args(arguments).current_dir(golden()))
}

/// A question to a TSA that listens here: it uses the network or fails. Tells whether the TSA was reached.
fn reaches(ask: impl FnOnce(&[String]) -> Output) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let heard = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.read(&mut [0; 16]).is_ok_and(|read| read > 0)
    });
    let out = folder.path().join("out.twiinbewijs");
    let line = format!("bewijs augment zelftest-b-b.twiinbewijs --tsa-timeout 3 --tsa http://{address}/ --out");
    let mut arguments: Vec<String> = line.split(' ').map(str::to_owned).collect();
    arguments.push(out.to_str().unwrap().to_owned());
    let output = ask(&arguments);
    assert_eq!(output.status.code(), Some(4), "{}", String::from_utf8_lossy(&output.stderr));
    // Nobody came: the thread is let go by a caller of our own, who says nothing.
    drop(std::net::TcpStream::connect(address));
    heard.join().unwrap()
}

#[test]
fn verify_says_the_same_without_a_network() {
    let probe = cut_off(&["--version".to_owned()]);
    assert!(
        probe.status.success(),
        "network namespaces are not allowed here: {}",
        String::from_utf8_lossy(&probe.stderr)
    );
    assert!(reaches(outside), "outside the namespace a TSA is reached");
    assert!(!reaches(cut_off), "within the namespace it is not");
    for arguments in verifications() {
        let (with, without) = (outside(&arguments), cut_off(&arguments));
        assert!(!with.stdout.is_empty(), "{arguments:?}: {}", String::from_utf8_lossy(&with.stderr));
        assert_eq!(with.status.code(), without.status.code(), "{arguments:?}");
        assert!(with.stdout == without.stdout, "{arguments:?}: other output without a network");
        assert!(with.stderr == without.stderr, "{arguments:?}: other messages without a network");
    }
}

/// What a command asks of the network, one line a system call.
fn traced(arguments: &[String]) -> (Output, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("trace");
    let mut command = Command::new(support::program("strace", "the Debian package strace"));
    command.args(["-f", "-qq", "-e", "trace=%network", "-o"]).arg(&log);
    command.arg(env!("CARGO_BIN_EXE_twiin-harness")).args(arguments);
    let output = support::run(command.env("NO_COLOR", "1").current_dir(golden()));
    let lines = std::fs::read_to_string(&log)
        .unwrap_or_else(|error| panic!("strace wrote nothing ({error}): {}", String::from_utf8_lossy(&output.stderr)));
    // `socketpair` is how threads of one process talk; whatever names an address family of a network is not.
    let calls = lines.lines().filter(|line| line.contains("AF_INET") || line.contains("connect(")).map(str::to_owned);
    (output, calls.collect())
}

#[test]
fn verify_opens_no_socket() {
    let mut seen = Vec::new();
    let reached = reaches(|arguments| {
        let (output, calls) = traced(arguments);
        seen = calls;
        output
    });
    assert!(reached && seen.iter().any(|call| call.contains("AF_INET")), "strace sees what asks a TSA: {seen:?}");
    for arguments in verifications() {
        let (output, calls) = traced(&arguments);
        assert!(!output.stdout.is_empty(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(calls, [""; 0], "{arguments:?}");
    }
}
