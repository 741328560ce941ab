//! Assertions of ours verified by xmlsec1 and by the PyPI package signxml, theirs verified by us, and changed ones refused
//! by all three: RSA, P-256 and P-384.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;
use time::Duration;
use twiin_harness::wire::saml::{
    self, Assertion, Attribute, Outcome, SignatureFault, Signer, Signing, Token, Value, names, security_header,
};
use twiin_harness::wire::x509::pem;
use twiin_harness::wire::xml::Limits;

use super::support;

/// A key with a self-signed certificate, in files of a folder.
struct Own {
    key: String,
    certificate: Vec<u8>,
    algorithm: &'static str,
    folder: TempDir,
}

impl Own {
    fn all() -> [Self; 3] {
        use rsa::pkcs8::EncodePrivateKey as _;
        let key = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).unwrap();
        let rsa = rcgen::KeyPair::from_pem(&key.to_pkcs8_pem(rsa::pkcs8::LineEnding::LF).unwrap()).unwrap();
        let curve = |algorithm| rcgen::KeyPair::generate_for(algorithm).unwrap();
        [
            Self::of(&rsa, "rsa-sha256"),
            Self::of(&curve(&rcgen::PKCS_ECDSA_P256_SHA256), "ecdsa-sha256"),
            Self::of(&curve(&rcgen::PKCS_ECDSA_P384_SHA384), "ecdsa-sha384"),
        ]
    }

    fn of(key: &rcgen::KeyPair, algorithm: &'static str) -> Self {
        let made = rcgen::CertificateParams::new(vec!["localhost".into()]).unwrap().self_signed(key).unwrap();
        let folder = tempfile::tempdir().unwrap();
        support::write(folder.path(), "key.pem", &key.serialize_pem());
        support::write(folder.path(), "certificate.pem", &pem("CERTIFICATE", made.der()));
        Self { key: key.serialize_pem(), certificate: made.der().to_vec(), algorithm, folder }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn sign(&self, assertion: &Assertion) -> String {
        let signer = Signer { key_pem: &self.key, certificate: &self.certificate };
        Signing::default().apply(assertion, signer).unwrap()
    }

    fn put(&self, name: &str, text: &str) -> PathBuf {
        support::write(self.folder.path(), name, text);
        self.file(name)
    }
}

fn assertion() -> Assertion {
    let attributes = vec![
        Attribute::new(
            names::PROVIDER_INSTITUTION,
            Value::instance(names::PROVIDER_INSTITUTION, "2.16.528.1.1007.3.3", "90000001", None),
        ),
        Attribute::new(names::ROLE, Value::code(names::ROLE, "01.013", "2.16.840.1.113883.2.4.15.111", None)),
        Attribute::new(names::ORGANIZATION, Value::text(names::ORGANIZATION, "SIM Ziekenhuis <Eén> & \"Twee\"")),
    ];
    Assertion::draft("urn:oid:2.16.528.1.1007.3.3.90000001", "SIM-arts", "urn:x", Duration::minutes(10), attributes)
}

/// A message with prefixes that the assertion does not use, and some that it does.
fn message(assertion: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" xmlns:v="urn:other" xmlns:unused="urn:u"><e:Header>{}</e:Header><e:Body><!-- none --></e:Body></e:Envelope>"#,
        security_header(assertion)
    )
}

fn xmlsec(own: &Own, arguments: &[&str], file: &Path) -> Output {
    let program = support::program("xmlsec1", "the Debian package xmlsec1");
    let mut command = Command::new(program);
    command.args(arguments).arg("--id-attr:ID").arg(format!("{}:Assertion", saml::ASSERTION)).arg(file);
    support::run(command.current_dir(own.folder.path()))
}

fn xmlsec_verifies(own: &Own, file: &Path) -> bool {
    let arguments = ["--verify", "--trusted-pem", "certificate.pem", "--enabled-key-data", "x509"];
    xmlsec(own, &arguments, file).status.success()
}

fn signxml(arguments: &[&Path], command: &str, algorithm: &str) -> Output {
    let python = std::env::var_os("TWIIN_PYTHON").map_or_else(
        || support::program("python3", "the PyPI package signxml; TWIIN_PYTHON names a Python that has it"),
        PathBuf::from,
    );
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real/xmldsig/check.py");
    support::run(Command::new(python).arg(script).arg(command).args(arguments).env("ALGORITHM", algorithm))
}

fn ours(message: &str) -> Token {
    saml::read(message.as_bytes(), &Limits::default()).unwrap().tokens.remove(0)
}

fn said(output: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// All three say the same of a message.
fn all_say(own: &Own, message: &str, good: bool, what: &str) {
    let file = own.put("message.xml", message);
    let what = format!("{what}, {}", own.algorithm);
    assert_eq!(ours(message).proven().is_some(), good, "we: {what}");
    assert_eq!(xmlsec_verifies(own, &file), good, "xmlsec1: {what}");
    let output = signxml(&[&file, &own.file("certificate.pem")], "verify", "");
    assert_eq!(output.status.success(), good, "signxml: {what}: {}", said(&output));
}

#[test]
fn assertions_of_ours_are_verified_and_changed_ones_refused_by_all() {
    let keys = Own::all();
    for (at, own) in keys.iter().enumerate() {
        let good = message(&own.sign(&assertion()));
        assert!(good.contains(own.algorithm));
        all_say(own, &good, true, "as it was signed");
        all_say(own, &good.replace("01.013", "01.014"), false, "an attribute changed");
        all_say(own, &good.replace("90000001", "90000002"), false, "the URA changed");
        all_say(own, &good.replacen(r#"Version="2.0""#, r#"Version="2.1""#, 1), false, "the version changed");
        let flipped = flip(&good, "<ds:SignatureValue>");
        all_say(own, &flipped, false, "the signature value changed");
        all_say(own, &flip(&good, "<ds:DigestValue>"), false, "the digest changed");
        let other = &keys[(at + 1) % keys.len()];
        let strange = message(&other.sign(&assertion()));
        let file = own.put("message.xml", &strange);
        assert!(!xmlsec_verifies(own, &file), "xmlsec1 trusts a stranger");
        assert!(!signxml(&[&file, &own.file("certificate.pem")], "verify", "").status.success());
        let certificate = ours(&strange).signature.certificate;
        assert_eq!(certificate.as_ref(), Some(&other.certificate), "we tell by whom it is");
    }
}

/// The text with the first letter of what follows changed into another.
fn flip(text: &str, tag: &str) -> String {
    let at = text.find(tag).unwrap() + tag.len();
    let other = if text.as_bytes()[at] == b'A' { "B" } else { "A" };
    format!("{}{other}{}", &text[..at], &text[at + 1..])
}

#[test]
fn assertions_that_xmlsec1_signed_are_verified() {
    for own in Own::all() {
        let file = own.put("template.xml", &emptied(&message(&own.sign(&assertion()))));
        let output = xmlsec(&own, &["--sign", "--privkey-pem", "key.pem,certificate.pem"], &file);
        assert!(output.status.success(), "{}", said(&output));
        let theirs = String::from_utf8(output.stdout).unwrap();
        assert_eq!(ours(&theirs).signature.faults, [], "{}: {theirs}", own.algorithm);
        all_say(&own, &theirs, true, "signed by xmlsec1");
        all_say(&own, &theirs.replace("01.013", "01.014"), false, "signed by xmlsec1 and changed");
    }
}

#[test]
fn assertions_that_signxml_signed_are_verified() {
    for own in Own::all() {
        let file = own.put("assertion.xml", &assertion().write(""));
        let output = signxml(&[&file, &own.file("key.pem"), &own.file("certificate.pem")], "sign", own.algorithm);
        assert!(output.status.success(), "{}", said(&output));
        let theirs = message(&String::from_utf8(output.stdout).unwrap());
        let token = ours(&theirs);
        assert_eq!((token.signature.outcome, token.signature.faults), (Outcome::Verified, vec![]), "{theirs}");
        all_say(&own, &theirs, true, "signed by signxml");
        all_say(&own, &theirs.replace("01.013", "01.014"), false, "signed by signxml and changed");
    }
}

/// The message with an empty place for digest, signature value and certificate.
fn emptied(message: &str) -> String {
    let mut text = message.to_owned();
    for name in ["ds:DigestValue", "ds:SignatureValue", "ds:X509Certificate"] {
        let start = text.find(&format!("<{name}>")).unwrap() + name.len() + 2;
        let end = text.find(&format!("</{name}>")).unwrap();
        text.replace_range(start..end, "");
    }
    text
}

#[test]
fn a_wrapped_assertion_is_refused_here_where_a_verifier_of_signatures_alone_sees_nothing() {
    let [own, ..] = Own::all();
    let signed = own.sign(&assertion());
    let start = signed.find("<ds:Signature ").unwrap();
    let end = signed.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    let (signature, bare) = (&signed[start..end], signed.replace(&signed[start..end], ""));
    let forged = assertion().write(signature).replace("SIM-arts", "SIM-dief");
    let wrapped = message(&forged).replace("<!-- none -->", &bare);
    let file = own.put("message.xml", &wrapped);
    assert!(xmlsec_verifies(&own, &file), "the signature itself holds over what was moved");
    let token = ours(&wrapped);
    assert_eq!(token.proven(), None);
    assert_eq!(token.signature.faults, [SignatureFault::ReferenceElsewhere]);
}
