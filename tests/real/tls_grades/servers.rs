//! The servers that are looked at, from modern to bad.

use std::path::Path;
use std::process::Command;

use super::super::support::{self, Server};

/// A server to start.
pub struct Wish {
    /// What it is called in messages.
    pub name: &'static str,
    /// Whether testssl.sh is to try every suite, which takes it long.
    pub suites_by_testssl: bool,
    kind: Kind,
}

enum Kind {
    /// nginx with these directives besides certificate and key; the words before them say which.
    Nginx(&'static str, &'static str),
    /// `openssl s_server` with these arguments.
    Openssl(&'static [&'static str]),
}

const RSA: &str = "ssl_certificate $folder/rsa.pem; ssl_certificate_key $folder/rsa.key;";
const EC: &str = "ssl_certificate $folder/ec.pem; ssl_certificate_key $folder/ec.key;";
const BOTH: &str = "ssl_certificate $folder/rsa.pem; ssl_certificate_key $folder/rsa.key; \
                    ssl_certificate $folder/ec.pem; ssl_certificate_key $folder/ec.key;";

/// All of them.
pub fn all() -> Vec<Wish> {
    let nginx = |name, keys, directives| Wish { name, suites_by_testssl: false, kind: Kind::Nginx(keys, directives) };
    let openssl = |name, arguments| Wish { name, suites_by_testssl: false, kind: Kind::Openssl(arguments) };
    vec![
        // The slowest first, so that the end is not spent waiting for it.
        openssl("openssl everything", &["-cipher", "ALL:COMPLEMENTOFALL:@SECLEVEL=0", "-serverpref"]),
        openssl("openssl renegotiates", &["-client_renegotiation", "-tls1_2"]),
        openssl("openssl no renegotiation", &["-no_renegotiation", "-tls1_2"]),
        Wish { suites_by_testssl: true, ..nginx("modern", EC, "ssl_protocols TLSv1.3;") },
        Wish {
            suites_by_testssl: true,
            ..nginx(
                "intermediate",
                RSA,
                "ssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20; ssl_prefer_server_ciphers off;",
            )
        },
        nginx(
            "server order",
            BOTH,
            "ssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers ECDHE+AESGCM; ssl_prefer_server_ciphers on;",
        ),
        nginx("TLS 1.2 alone", EC, "ssl_protocols TLSv1.2; ssl_ciphers ECDHE-ECDSA-AES256-GCM-SHA384;"),
        nginx("early data", RSA, "ssl_protocols TLSv1.2 TLSv1.3; ssl_early_data on; ssl_session_tickets on;"),
        nginx("no tickets", RSA, "ssl_protocols TLSv1.2 TLSv1.3; ssl_session_tickets off; ssl_session_cache none;"),
        nginx("CBC", RSA, "ssl_protocols TLSv1.2; ssl_ciphers ECDHE+AES:!AESGCM:!AESCCM;"),
        nginx(
            "finite field",
            RSA,
            "ssl_protocols TLSv1.2; ssl_ciphers DHE+AESGCM:DHE+CHACHA20; ssl_dhparam $folder/dh.pem;",
        ),
        nginx("RSA key exchange", RSA, "ssl_protocols TLSv1.2; ssl_ciphers kRSA+AES;"),
        nginx("one curve", RSA, "ssl_protocols TLSv1.2 TLSv1.3; ssl_ecdh_curve secp384r1;"),
        nginx(
            "weak curve",
            RSA,
            "ssl_protocols TLSv1.2; ssl_ecdh_curve secp224r1:prime256v1; ssl_ciphers ECDHE+AESGCM:@SECLEVEL=0;",
        ),
        nginx("old versions", RSA, "ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3; ssl_ciphers DEFAULT:@SECLEVEL=0;"),
        nginx("TLS 1.0 alone", RSA, "ssl_protocols TLSv1; ssl_ciphers ALL:@SECLEVEL=0;"),
        nginx(
            "client certificate",
            RSA,
            "ssl_protocols TLSv1.2 TLSv1.3; ssl_verify_client on; ssl_client_certificate $folder/rsa.pem;",
        ),
    ]
}

impl Wish {
    /// Starts it.
    pub fn start(&self) -> Server {
        let folder = tempfile::tempdir().unwrap();
        certificates(folder.path());
        match self.kind {
            Kind::Nginx(keys, directives) => support::nginx(folder, &format!("{keys} {directives}")),
            Kind::Openssl(arguments) => {
                let port = support::free_port();
                let mut command = Command::new(support::program("openssl", "the Debian package openssl"));
                // s_server serves one connection after the other.
                support::write(folder.path(), "one-at-a-time", "yes");
                command.args(["s_server", "-quiet", "-www", "-accept", &format!("127.0.0.1:{port}")]);
                command.args(["-cert", "rsa.pem", "-key", "rsa.key", "-dcert", "ec.pem", "-dkey", "ec.key"]);
                command.args(arguments);
                Server::start(command, port, folder)
            }
        }
    }
}

/// An RSA and an EC certificate, and a prime.
fn certificates(folder: &Path) {
    let openssl = |arguments: &[&str]| {
        let mut command = Command::new(support::program("openssl", "the Debian package openssl"));
        support::text_of(command.current_dir(folder).args(arguments));
    };
    let issue = |kind: &[&str], name: &str| {
        let (pem, key) = (format!("{name}.pem"), format!("{name}.key"));
        let rest = ["-nodes", "-days", "2", "-subj", "/O=SIM/CN=localhost", "-keyout", &key, "-out", &pem];
        openssl(&[&["req", "-x509"], kind, &rest].concat());
    };
    issue(&["-newkey", "rsa:2048"], "rsa");
    issue(&["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "ec");
    openssl(&["genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "group:ffdhe3072", "-out", "dh.pem"]);
}
