//! nginx in front of the reference GtK: what it refuses by mutual TLS passes, and what a careless configuration lets through
//! is found.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use super::outside::Simulator;
use super::ports::{CANDIDATE, Ports};
use super::support::{Server, harness, nginx, run};

/// A GtK behind the proxy; it ends with the test.
fn gtk(pki: &Path, ports: &Ports) -> Simulator {
    Simulator::begin(harness().arg("simulate").args(ports.of_simulate()).arg("--pki").arg(pki), &["reference GtK"])
}

/// nginx with the certificate of the GtK, which it also is to the GtK behind it as a partner would be.
fn proxy(folder: TempDir, gtk: u16, verification: &str) -> Server {
    let server = format!(
        "ssl_certificate $folder/pki/gtk/none.pem;\n    ssl_certificate_key $folder/pki/gtk/none.key.pem;\n    \
         ssl_protocols TLSv1.3;\n    {verification}\n    \
         location / {{\n      proxy_pass https://127.0.0.1:{gtk};\n      proxy_ssl_protocols TLSv1.3;\n      \
         proxy_ssl_certificate $folder/pki/partner/none.pem;\n      \
         proxy_ssl_certificate_key $folder/pki/partner/none.key.pem;\n    }}"
    );
    nginx(folder, &server)
}

/// Requirements that failed when the scenarios of mutual TLS were run against the proxy, and those that passed.
fn verdicts(verification: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let folder = tempfile::tempdir().unwrap();
    let mut ports = Ports::new();
    let _gtk = gtk(&folder.path().join("pki"), &ports);
    let server = proxy(folder, ports.0[&CANDIDATE], verification);
    ports.0.insert(CANDIDATE, server.address.port());
    let candidate = server.folder.path().join("candidate.yaml");
    let text = ports.candidate(Path::new(env!("CARGO_MANIFEST_DIR")), server.folder.path());
    std::fs::write(&candidate, text).unwrap();
    let out = server.folder.path().join("run");
    let only = "generic/network-security/refuses-*";
    let arguments = ["run", "--quiet", "--role", "receiving", "--only", only, "--candidate"];
    let did = run(harness().args(arguments).arg(&candidate).arg("--out").arg(&out));
    let evidence = std::fs::read(out.join("evidence.json"))
        .unwrap_or_else(|e| panic!("{e}: {}{}", String::from_utf8_lossy(&did.stderr), server.log("error.log")));
    let evidence: Value = serde_json::from_slice(&evidence).unwrap();
    let with = |verdict: &str| {
        let requirements = evidence["requirements"].as_array().unwrap().iter();
        let found = requirements.filter(|r| r["verdict"] == verdict);
        found.map(|r| r["id"].as_str().unwrap().to_owned()).collect::<BTreeSet<_>>()
    };
    let open = with("inconclusive").union(&with("error")).cloned().collect::<Vec<_>>();
    assert!(open.is_empty(), "{open:?}\n{}", server.log("error.log"));
    (with("fail"), with("pass"))
}

/// What the scenarios are about that a proxy can see to by itself.
const BY_TLS: [&str; 11] = [
    "NET-5.020",
    "NET-5.040",
    "NET-5.050",
    "GF-PKI-003",
    "GF-PKI-004",
    "GF-PKI-005",
    "GF-PKI-009",
    "GF-PKI-017",
    "GF-TLS-013",
    "GF-TLS-014",
    "TW-LA-TA-001",
];

#[test]
fn nginx_that_demands_verified_certificates_refuses_in_a_legal_form() {
    let (failed, passed) = verdicts(
        "ssl_client_certificate $folder/pki/root.pem;\n    ssl_crl $folder/pki/crl.pem;\n    ssl_verify_client on;\n    \
         ssl_verify_depth 3;",
    );
    assert_eq!(failed, BTreeSet::new());
    for id in BY_TLS {
        assert!(passed.contains(id), "{id}: {passed:?}");
    }
}

#[test]
fn nginx_that_verifies_carelessly_is_found_out() {
    let (failed, passed) = verdicts(
        "ssl_client_certificate $folder/pki/root.pem;\n    ssl_verify_client optional_no_ca;\n    ssl_verify_depth 3;\n    \
         ssl_ciphers DEFAULT@SECLEVEL=0;",
    );
    for id in
        ["NET-5.020", "NET-5.050", "GF-PKI-003", "GF-PKI-004", "GF-PKI-005", "GF-TLS-013", "GF-TLS-014", "TW-LA-TA-001"]
    {
        assert!(failed.contains(id), "{id}: {failed:?}");
    }
    // It still speaks TLS alone, and still looks at dates.
    for id in ["NET-5.040", "GF-PKI-017"] {
        assert!(passed.contains(id), "{id}: {passed:?}");
    }
}

#[test]
fn nginx_without_client_certificates_is_found_out() {
    let (failed, passed) = verdicts("ssl_verify_client off;");
    for id in ["NET-5.020", "NET-5.050", "GF-PKI-004", "GF-PKI-009", "GF-PKI-017", "TW-LA-TA-001"] {
        assert!(failed.contains(id), "{id}: {failed:?}");
    }
    assert!(passed.contains("NET-5.040"), "{passed:?}");
}
