//! Time-stamps beside OpenSSL: what it makes we read, what we make it reads, and what one refuses the other refuses.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;

use strum::VariantArray as _;
use tempfile::TempDir;
use twiin_harness::base::clock;
use twiin_harness::net::pki::{SealFlaw, SealKeys, SealPki, SealSpec, Stamp, TSA_POLICY};
use twiin_harness::wire::tsp::{Request, Token, TspFault};
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

/// A TSA of OpenSSL whose keys, and those of the authority above it, are on a curve and sign over a digest; the request, and
/// the response to it.
fn openssl_tsa(folder: &Path, curve: &str, digest: &str) -> (Request, Vec<u8>) {
    let run = |line: &str| {
        let made = openssl(folder, &line.split(' ').collect::<Vec<_>>());
        assert!(made.status.success(), "openssl {line}: {}", String::from_utf8_lossy(&made.stderr));
    };
    let key = format!("ecparam -name {curve} -genkey -noout -out");
    run(&format!("{key} root.key.pem"));
    run(&format!("req -x509 -new -key root.key.pem -{digest} -days 30 -subj /O=TEST/CN=TEST-SIM-root -out root.pem"));
    run(&format!("{key} tsa.key.pem"));
    run("req -new -key tsa.key.pem -subj /O=TEST/CN=TEST-SIM-TSA -out tsa.csr");
    support::write(
        folder,
        "tsa.ext",
        "keyUsage = critical, digitalSignature\nextendedKeyUsage = critical, timeStamping\n",
    );
    run(&format!(
        "x509 -req -in tsa.csr -CA root.pem -CAkey root.key.pem -CAcreateserial -{digest} -days 30 -extfile tsa.ext -out tsa.pem"
    ));
    std::fs::copy(folder.join("root.pem"), folder.join("issuing.pem")).unwrap();
    let request = Request::new(b"bewijs", [9; 16]);
    std::fs::write(folder.join("query.tsq"), request.to_der().unwrap()).unwrap();
    support::write(folder, "serial", "01\n");
    let configuration = format!(
        "[tsa]\ndefault_tsa = one\n[one]\nserial = serial\nsigner_cert = tsa.pem\nsigner_key = tsa.key.pem\n\
         signer_digest = {digest}\ndefault_policy = {TSA_POLICY}\ndigests = sha256\ness_cert_id_alg = sha256\n"
    );
    support::write(folder, "tsa.cnf", &configuration);
    run("ts -reply -config tsa.cnf -queryfile query.tsq -out reply.tsr");
    (request, std::fs::read(folder.join("reply.tsr")).unwrap())
}

#[test]
fn a_tsa_of_p521_is_believed_as_openssl_does() {
    let folder = tempfile::tempdir().unwrap();
    let (request, response) = openssl_tsa(folder.path(), "secp521r1", "sha512");
    let token = request.read(&response).unwrap();
    let root = std::fs::read(folder.path().join("root.pem")).unwrap();
    let (_, root) = x509_parser::pem::parse_x509_pem(&root).unwrap();
    let by = |anchor: &[u8]| {
        let stamped = token.verify(b"bewijs").unwrap();
        let (leaf, others) = stamped.certificates.split_first().unwrap();
        path::check(leaf, others, &[anchor.to_vec()], stamped.at, &Demands::time_stamp())
    };
    assert!(by(&root.contents).is_ok(), "{:?}", by(&root.contents));
    assert!(theirs(folder.path(), token.der(), b"bewijs"));
    assert!(token.verify(b"bewijs ").is_err() && !theirs(folder.path(), token.der(), b"bewijs "));
    // An authority of the same name with another key on the same curve.
    let stranger = tempfile::tempdir().unwrap();
    openssl_tsa(stranger.path(), "secp521r1", "sha512");
    let other = std::fs::read(stranger.path().join("root.pem")).unwrap();
    let (_, other) = x509_parser::pem::parse_x509_pem(&other).unwrap();
    assert!(by(&other.contents).is_err());
    // The signature value stands at the end of the token.
    let mut damaged = token.der().to_vec();
    *damaged.last_mut().unwrap() ^= 1;
    let fault = Token::read(&damaged).and_then(|token| token.verify(b"bewijs")).unwrap_err();
    assert_eq!(fault, TspFault::Signature);
    assert!(!theirs(folder.path(), &damaged, b"bewijs"));
}

#[test]
fn a_token_by_an_algorithm_that_cannot_be_checked_is_refused_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let (request, response) = openssl_tsa(folder.path(), "secp521r1", "sha256");
    let fault = request.read(&response).unwrap_err();
    assert_eq!(fault, TspFault::Algorithm("1.2.840.10045.4.3.2".to_owned()), "ecdsa-with-SHA256 over P-521");
}
