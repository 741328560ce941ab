//! What testssl.sh (Debian) and sslyze (PyPI) say of a server, in our words.

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use serde_json::Value;

use super::super::support::{self, Server};
use super::Says;

/// sslyze, from the environment where it was installed or from the path.
fn sslyze_program() -> PathBuf {
    match std::env::var_os("TWIIN_SSLYZE") {
        Some(path) => PathBuf::from(path),
        None => support::program("sslyze", "the PyPI package sslyze; TWIIN_SSLYZE can name where it is"),
    }
}

fn testssl_program() -> PathBuf {
    let found = support::find("testssl").or_else(|| support::find("testssl.sh"));
    found.unwrap_or_else(|| panic!("`testssl` is not there; it is in the Debian package testssl.sh"))
}

/// Fails early when something is missing.
pub fn require() {
    support::program("nginx", "the Debian package nginx-light");
    support::program("openssl", "the Debian package openssl");
    testssl_program();
    let sslyze = sslyze_program();
    assert!(sslyze.is_file(), "{} is not there; it is in the PyPI package sslyze", sslyze.display());
}

/// What sslyze says.
pub fn sslyze(server: &Server) -> Says {
    let file = server.folder.path().join("sslyze.json");
    let began = Instant::now();
    let mut command = Command::new(sslyze_program());
    command.arg(format!("--json_out={}", file.display())).args(["--sslv3", "--tlsv1", "--tlsv1_1", "--tlsv1_2"]);
    command.args(["--tlsv1_3", "--elliptic_curves", "--compression", "--reneg", "--early_data", "--ems"]);
    if server.log("one-at-a-time").starts_with("yes") {
        // With more connections than that sslyze takes late answers for refusals.
        command.arg("--slow_connection");
    }
    // Its exit code says how it likes the server.
    support::run(command.arg(server.address.to_string()));
    let mut says = Says { seconds: began.elapsed().as_secs_f64(), ..Says::default() };
    let told: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    let results = &told["server_scan_results"][0]["scan_result"];
    let result = |name: &str| &results[name]["result"];
    let versions = [
        ("ssl_3_0", "SSLv3"),
        ("tls_1_0", "TLSv1.0"),
        ("tls_1_1", "TLSv1.1"),
        ("tls_1_2", "TLSv1.2"),
        ("tls_1_3", "TLSv1.3"),
    ];
    for (theirs, version) in versions {
        let found = result(&format!("{theirs}_cipher_suites"));
        let Some(accepted) = found["is_tls_version_supported"].as_bool() else { continue };
        says.versions.insert(version.to_owned(), accepted);
        let suites = [("accepted_cipher_suites", true), ("rejected_cipher_suites", false)];
        let named = suites.iter().flat_map(|(list, yes)| {
            found[*list].as_array().into_iter().flatten().map(|s| (s["cipher_suite"]["name"].as_str().unwrap(), *yes))
        });
        says.suites.insert(version.to_owned(), named.map(|(name, yes)| (name.to_owned(), yes)).collect());
    }
    let curves = result("elliptic_curves");
    for (list, yes) in [("supported_curves", true), ("rejected_curves", false)] {
        let named = curves[list].as_array().into_iter().flatten().map(|c| c["name"].as_str().unwrap());
        says.curves.extend(named.map(|name| (curve(name), yes)));
    }
    let flags = [
        ("compression", &result("tls_compression")["supports_compression"]),
        ("secure-renegotiation", &result("session_renegotiation")["supports_secure_renegotiation"]),
        ("client-renegotiation", &result("session_renegotiation")["is_vulnerable_to_client_renegotiation_dos"]),
        ("early-data", &result("tls_1_3_early_data")["supports_early_data"]),
        ("extended-master-secret", &result("tls_extended_master_secret")["supports_ems_extension"]),
    ];
    says.flags = flags.iter().filter_map(|(flag, value)| Some((*flag, value.as_bool()?))).collect();
    says
}

/// A curve by the name that the registry gives it.
fn curve(name: &str) -> String {
    match name {
        "prime256v1" => "secp256r1".to_owned(),
        "prime192v1" => "secp192r1".to_owned(),
        other => other.to_ascii_lowercase(),
    }
}

/// What testssl.sh says: versions and curves, and with `suites` every suite of every version.
pub fn testssl(server: &Server, suites: bool) -> Says {
    let file = server.folder.path().join("testssl.json");
    let began = Instant::now();
    // It writes into no file that is there, and may be asked twice.
    let _ = std::fs::remove_file(&file);
    let mut command = Command::new(testssl_program());
    command.args(["--quiet", "--color", "0", "--warnings", "off", "--ip", "127.0.0.1", "--jsonfile"]).arg(&file);
    command.args(["-p", "-f"]);
    if suites {
        command.arg("-E");
    }
    support::run(command.arg(server.address.to_string()));
    let mut says = Says { seconds: began.elapsed().as_secs_f64(), ..Says::default() };
    let told: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    for entry in &told {
        let (id, finding) = (entry["id"].as_str().unwrap(), entry["finding"].as_str().unwrap());
        if let Some(version) = version(id) {
            says.versions.insert(version.to_owned(), finding.starts_with("offered"));
        }
        if id == "PFS_ECDHE_curves" || id == "FS_ECDHE_curves" {
            says.curves.extend(finding.split_whitespace().map(|name| (curve(name), true)));
        }
        // `cipher-tls1_2_xc030`, with the name of the registry at the end of the finding.
        let suite = id.strip_prefix("cipher-").or_else(|| id.strip_prefix("cipher_order-"));
        if let Some((version, _)) = suite.and_then(|s| s.rsplit_once("_x"))
            && let Some(version) = self::version(&version.replace("ssl", "SSLv").replace("tls", "TLS"))
            && let Some(name) = finding.split_whitespace().last().filter(|name| name.starts_with("TLS_"))
        {
            says.suites.entry(version.to_owned()).or_default().insert(name.to_owned(), true);
        }
    }
    says
}

fn version(id: &str) -> Option<&'static str> {
    Some(match id {
        "SSLv3" => "SSLv3",
        "TLS1" => "TLSv1.0",
        "TLS1_1" => "TLSv1.1",
        "TLS1_2" => "TLSv1.2",
        "TLS1_3" => "TLSv1.3",
        _ => return None,
    })
}
