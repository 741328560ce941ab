//! Sealing with a key in an HSM: SoftHSM, over PKCS#11.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;
use twiin_harness::base::clock;
use twiin_harness::net::pki::{SealFlaw, SealKeys, SealPki, SealSpec};

use super::support;

/// The PIN of the token for tests.
const PIN: &str = "12345678";

/// SoftHSM with one token of its own.
pub struct Hsm {
    folder: TempDir,
    module: PathBuf,
}

impl Hsm {
    /// A fresh token.
    pub fn start() -> Self {
        let places =
            ["/usr/lib/softhsm", "/usr/lib/x86_64-linux-gnu/softhsm", "/usr/local/lib/softhsm", "/usr/lib/pkcs11"];
        let mut modules = places.iter().map(|place| Path::new(place).join("libsofthsm2.so"));
        let module = modules.find(|file| file.is_file());
        let module =
            module.unwrap_or_else(|| panic!("libsofthsm2.so is not there; it is in the Debian package softhsm2"));
        let folder = tempfile::tempdir().unwrap();
        let tokens = folder.path().join("tokens");
        std::fs::create_dir(&tokens).unwrap();
        support::write(folder.path(), "softhsm2.conf", &format!("directories.tokendir = {}\n", tokens.display()));
        let hsm = Self { folder, module };
        let made = hsm.tool(&["--init-token", "--free", "--label", "SIM zegel", "--so-pin", PIN, "--pin", PIN]);
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        hsm
    }

    fn tool(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(support::program("softhsm2-util", "the Debian package softhsm2"));
        support::run(self.within(command.args(arguments)))
    }

    /// The command with the token in reach.
    pub fn within<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.env("SOFTHSM2_CONF", self.folder.path().join("softhsm2.conf")).env("TWIIN_TEST_PIN", PIN)
    }

    /// Puts a key (PKCS#8, PEM) on the token.
    pub fn import(&self, key: &Path, label: &str, id: &str) {
        let key = key.to_str().unwrap();
        let made = self.tool(&["--import", key, "--token", "SIM zegel", "--label", label, "--id", id, "--pin", PIN]);
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }

    /// The URI of a key on it.
    pub fn uri(&self, label: &str) -> String {
        let module = self.module.display();
        format!("pkcs11:token=SIM%20zegel;object={label}?module-path={module}&pin-source=env:TWIIN_TEST_PIN")
    }
}

/// A run to make a bewijs of.
pub fn self_test(folder: &Path) -> PathBuf {
    let run = folder.join("run");
    let mut command = support::harness();
    command.args(["run", "--quiet", "--only", "TK-07-09", "--out"]).arg(&run);
    let done = support::run(&mut command);
    assert!(matches!(done.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&done.stderr));
    run
}

#[test]
fn a_key_in_an_hsm_seals_and_only_with_its_own_pin_name_and_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let run = self_test(folder.path());
    let hsm = Hsm::start();
    for keys in [SealKeys::Rsa, SealKeys::Ec] {
        let pki = SealPki::generate(keys, clock::now()).unwrap();
        let place = folder.path().join(keys.to_string());
        let files = pki.write_to(&place, &SealSpec::default(), SealFlaw::None).unwrap();
        let id = if keys == SealKeys::Rsa { "01" } else { "02" };
        hsm.import(&files.key, &keys.to_string(), id);
        let out = place.join("a.twiinbewijs");
        let issue = |uri: &str, certificates: &Path, pin: &str| {
            let mut command = support::harness();
            command.args(["bewijs", "issue"]).arg(&run).args(["--soort", "zelftest", "--key", uri, "--certificate"]);
            command.arg(certificates).arg("--out").arg(&out);
            support::run(hsm.within(&mut command).env("TWIIN_TEST_PIN", pin))
        };
        let told = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();
        let good = issue(&hsm.uri(&keys.to_string()), &files.certificates, PIN);
        assert!(good.status.success(), "{keys}: {}", told(&good));
        let verified = support::run(support::harness().arg("verify").arg(&out));
        assert_eq!(verified.status.code(), Some(5), "{keys}: {}", String::from_utf8_lossy(&verified.stdout));
        let wrong_pin = issue(&hsm.uri(&keys.to_string()), &files.certificates, "87654321");
        assert_eq!(wrong_pin.status.code(), Some(2), "{}", told(&wrong_pin));
        let wrong_name = issue(&hsm.uri("somebody"), &files.certificates, PIN);
        assert!(told(&wrong_name).contains("0 keys"), "{}", told(&wrong_name));
        let other = SealPki::generate(keys, clock::now()).unwrap();
        let others = other.write_to(&place.join("other"), &SealSpec::default(), SealFlaw::None).unwrap();
        let of_another = issue(&hsm.uri(&keys.to_string()), &others.certificates, PIN);
        assert!(told(&of_another).contains("not that of the certificate"), "{}", told(&of_another));
    }
}
