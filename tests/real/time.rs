//! Time-stamps beside OpenSSL: what it makes we read, what we make it reads, and what one refuses the other refuses.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;

use strum::VariantArray as _;
use tempfile::TempDir;
use twiin_harness::base::clock;
use twiin_harness::net::pki::{SealFlaw, SealKeys, SealPki, SealSpec, Stamp, TSA_POLICY};
use twiin_harness::wire::tsp::{Request, Token};
use twiin_harness::wire::x509::path::{self, Demands};

use super::support;

fn openssl(folder: &Path, arguments: &[&str]) -> std::process::Output {
    let program = support::program("openssl", "the Debian package openssl");
    support::run(Command::new(program).args(arguments).current_dir(folder))
}

/// A test PKI and its files.
fn prepared(keys: SealKeys) -> (SealPki, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let pki = SealPki::generate(keys, clock::now()).unwrap();
    pki.write_to(folder.path(), &SealSpec::default(), SealFlaw::None).unwrap();
    (pki, folder)
}

/// Whether we believe a token over bytes, by the root of the PKI.
fn ours(pki: &SealPki, token: &[u8], bytes: &[u8]) -> bool {
    let Ok(stamped) = Token::read(token).and_then(|token| token.verify(bytes)) else { return false };
    let (leaf, others) = stamped.certificates.split_first().unwrap();
    path::check(leaf, others, &[pki.root()], stamped.at, &Demands::time_stamp()).is_ok()
}

/// Whether OpenSSL does.
fn theirs(folder: &Path, token: &[u8], bytes: &[u8]) -> bool {
    std::fs::write(folder.join("token.der"), token).unwrap();
    std::fs::write(folder.join("data"), bytes).unwrap();
    let verify = ["ts", "-verify", "-token_in", "-in", "token.der", "-data", "data", "-CAfile", "root.pem"];
    openssl(folder, &[&verify[..], &["-untrusted", "issuing.pem"]].concat()).status.success()
}

#[test]
fn openssl_and_we_agree_about_right_and_wrong_time_stamps() {
    for keys in [SealKeys::Ec, SealKeys::Rsa] {
        let (pki, folder) = prepared(keys);
        for kind in Stamp::VARIANTS {
            let token = pki.stamp(b"bewijs", clock::now(), *kind).unwrap();
            let expected = *kind == Stamp::Good;
            assert_eq!(ours(&pki, &token, b"bewijs"), expected, "{keys} {kind}: we");
            assert_eq!(theirs(folder.path(), &token, b"bewijs"), expected, "{keys} {kind}: OpenSSL");
            assert!(!ours(&pki, &token, b"bewijs ") && !theirs(folder.path(), &token, b"bewijs "), "{kind}: altered");
        }
    }
}

#[test]
fn an_answer_of_openssl_to_our_request_is_believed_with_its_fractions_of_a_second() {
    for keys in [SealKeys::Ec, SealKeys::Rsa] {
        let (pki, folder) = prepared(keys);
        let request = Request::new(b"bewijs", [9; 16]);
        std::fs::write(folder.path().join("query.tsq"), request.to_der().unwrap()).unwrap();
        std::fs::write(folder.path().join("serial"), "01\n").unwrap();
        let configuration = format!(
            "[tsa]\ndefault_tsa = one\n[one]\nserial = serial\nsigner_cert = tsa.pem\nsigner_key = tsa.key.pem\n\
             certs = issuing.pem\nsigner_digest = sha384\ndefault_policy = {TSA_POLICY}\ndigests = sha256\n\
             accuracy = secs:1, millisecs:500\nclock_precision_digits = 3\nordering = yes\ntsa_name = yes\n\
             ess_cert_id_chain = yes\ness_cert_id_alg = sha256\n"
        );
        support::write(folder.path(), "tsa.cnf", &configuration);
        let reply = ["ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query.tsq", "-out", "reply.tsr"];
        let made = openssl(folder.path(), &reply);
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let response = std::fs::read(folder.path().join("reply.tsr")).unwrap();
        let token = request.read(&response).unwrap();
        let stamped = token.verify(b"bewijs").unwrap();
        assert!((clock::now() - stamped.at).whole_seconds().abs() < 60, "{}", stamped.at);
        assert_eq!(stamped.accuracy.map(|a| a.whole_milliseconds()), Some(1500));
        assert_eq!(stamped.policy, TSA_POLICY);
        assert!(ours(&pki, token.der(), b"bewijs") && theirs(folder.path(), token.der(), b"bewijs"));
        assert!(Request::new(b"bewijs", [8; 16]).read(&response).is_err());
    }
}
