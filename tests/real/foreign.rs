//! A bewijs checked by software that we did not write: the recipe of `reports/README.md` (openssl, node with jose), and the
//! PyPI packages jwcrypto, rfc3161-client and pyhanko-certvalidator. Keys of RSA and EC, from a file and from an HSM, on all
//! three levels. All accept what is right and refuse what was changed. And its statement in a DSSE envelope, checked by the
//! PyPI package securesystemslib.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use twiin_harness::base::clock;
use twiin_harness::evidence::bewijs::augment::signatures;
use twiin_harness::evidence::bewijs::{Bundle, SEAL};
use twiin_harness::net::pki::{SealFiles, SealFlaw, SealKeys, SealPki, SealSpec, Stamp};

use super::hsm::{Hsm, self_test};
use super::support;

/// The folder `node_modules` that has these packages.
pub fn node_modules(packages: &[&str]) -> PathBuf {
    let named = std::env::var_os("TWIIN_NODE_MODULES").map(PathBuf::from);
    let place = named.filter(|place| packages.iter().all(|package| place.join(package).is_dir()));
    place.unwrap_or_else(|| {
        let packages = packages.join(" and ");
        panic!("npm has to bring {packages}; TWIIN_NODE_MODULES names the node_modules that has them")
    })
}

/// A Python that has the packages.
fn python() -> PathBuf {
    let packages = "the PyPI packages jwcrypto, rfc3161-client, pyhanko-certvalidator and securesystemslib; TWIIN_PYTHON names a Python that has them";
    std::env::var_os("TWIIN_PYTHON").map_or_else(|| support::program("python3", packages), PathBuf::from)
}

/// The blocks of a language in the recipe.
fn recipe(language: &str) -> String {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/README.md")).unwrap();
    let (_, part) = text.split_once("## Checking a bewijs without this tool").unwrap();
    let part = part.split("\n## ").next().unwrap();
    let fence = format!("```{language}\n");
    let blocks: Vec<&str> = part.split(&fence).skip(1).map(|b| b.split("```").next().unwrap()).collect();
    assert!(!blocks.is_empty(), "the recipe has no block of {language}");
    blocks.concat()
}

/// Follows the recipe for a file.
fn by_recipe(bewijs: &Path, root: &Path) -> Output {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(node_modules(&["jose"]), folder.path().join("node_modules")).unwrap();
    support::write(folder.path(), "check.mjs", &recipe("js"));
    std::fs::copy(bewijs, folder.path().join("FILE.twiinbewijs")).unwrap();
    std::fs::copy(root, folder.path().join("root.pem")).unwrap();
    support::write(folder.path(), "recipe.sh", &recipe("sh"));
    support::program("unzip", "the Debian package unzip");
    support::program("node", "the Debian package nodejs");
    support::run(Command::new("sh").args(["-eu", "recipe.sh"]).current_dir(folder.path()))
}

fn by_python(bewijs: &Path, root: &Path, level: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let (bundle, _) = Bundle::read(&std::fs::read(bewijs).unwrap());
    let seal = folder.path().join(SEAL);
    std::fs::write(&seal, &bundle.members[SEAL]).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real/foreign/check.py");
    support::run(Command::new(python()).arg(script).arg(&seal).arg(root).arg(level))
}

fn must(output: &Output, good: bool, what: &str) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert_eq!(output.status.success(), good, "{what}:\n{}\n{}", text(&output.stdout), text(&output.stderr));
}

fn harness(hsm: &Hsm, arguments: &[&str]) {
    let mut command = support::harness();
    must(&support::run(hsm.within(command.args(arguments))), true, &arguments.join(" "));
}

/// The same file with one digit of its transcript changed, or with a changed sealed statement.
fn changed(bewijs: &Path, seal: bool) -> PathBuf {
    let (mut bundle, _) = Bundle::read(&std::fs::read(bewijs).unwrap());
    if seal {
        let text = String::from_utf8(bundle.members[SEAL].clone()).unwrap();
        // Within the payload, which comes first.
        let at = 4000;
        let other = if &text[at..=at] == "A" { "B" } else { "A" };
        bundle.members.insert(SEAL.into(), format!("{}{other}{}", &text[..at], &text[at + 1..]).into_bytes());
    } else {
        bundle.members.get_mut("run/events.ndjson").unwrap().push(b' ');
    }
    let out = bewijs.with_extension(if seal { "seal" } else { "events" });
    std::fs::write(&out, bundle.written().unwrap()).unwrap();
    out
}

struct Made {
    level: &'static str,
    file: PathBuf,
}

/// One bewijs on its three levels.
fn made(run: &Path, hsm: &Hsm, pki: &SealPki, files: &SealFiles, key: &str) -> Vec<Made> {
    let place = files.root.parent().unwrap();
    let path = |name: &str| place.join(name).to_str().unwrap().to_owned();
    let (basic, timed, lasting) = (path("b.twiinbewijs"), path("t.twiinbewijs"), path("lt.twiinbewijs"));
    let certificates = files.certificates.to_str().unwrap();
    let run = run.to_str().unwrap();
    let issue = ["bewijs", "issue", run, "--soort", "zelftest", "--key", key, "--certificate", certificates];
    harness(hsm, &[&issue[..], &["--out", &basic]].concat());
    let signature = signatures(&std::fs::read(&basic).unwrap()).unwrap().remove(0).signature;
    let now = clock::now();
    std::fs::write(path("token.der"), pki.stamp(signature.as_bytes(), now, Stamp::Good).unwrap()).unwrap();
    harness(hsm, &["bewijs", "augment", &basic, "--token", &path("token.der"), "--out", &timed]);
    let policy = "version: '1'\ntest: true\nmin-level: B-LT\nissuers:\n  - role: tester\n    kinds: [zelftest]\n    \
                  anchors: [{ file: root.pem }]\ntime-stamps:\n  anchors: [{ file: root.pem }]\n";
    support::write(place, "policy.yaml", policy);
    let lists = [path("issuing.crl"), path("root.crl")];
    let augment = ["bewijs", "augment", &timed, "--long-term", "--policy", &path("policy.yaml"), "--out", &lasting];
    harness(hsm, &[&augment[..], &["--revocation", &lists[0], "--revocation", &lists[1]]].concat());
    let verify = ["verify", &lasting, "--policy", &path("policy.yaml"), "--format", "json"];
    let verified = support::run(support::harness().args(verify));
    let told: serde_json::Value = serde_json::from_slice(&verified.stdout).unwrap();
    for line in ["ondertekenaar", "tijd", "intrekking"] {
        assert_eq!(told["lines"][line]["state"], "good", "{line}: {told:#}");
    }
    assert_eq!(verified.status.code(), Some(5), "{told:#}");
    let level = |level, file: String| Made { level, file: file.into() };
    vec![level("B-B", basic), level("B-T", timed), level("B-LT", lasting)]
}

#[test]
fn others_accept_every_bewijs_and_refuse_what_was_changed() {
    let folder = tempfile::tempdir().unwrap();
    let run = self_test(folder.path());
    let hsm = Hsm::start();
    for (keys, from_hsm) in [(SealKeys::Rsa, false), (SealKeys::Ec, false), (SealKeys::Rsa, true), (SealKeys::Ec, true)]
    {
        let pki = SealPki::generate(keys, clock::now()).unwrap();
        let name = format!("{keys}-{}", if from_hsm { "hsm" } else { "file" });
        let files = pki.write_to(&folder.path().join(&name), &SealSpec::default(), SealFlaw::None).unwrap();
        let key = if from_hsm {
            hsm.import(&files.key, &name, if keys == SealKeys::Rsa { "11" } else { "12" });
            hsm.uri(&name)
        } else {
            files.key.to_str().unwrap().to_owned()
        };
        for made in made(&run, &hsm, &pki, &files, &key) {
            let what = format!("{name} {}", made.level);
            must(&by_recipe(&made.file, &files.root), true, &format!("{what} by the recipe"));
            must(&by_python(&made.file, &files.root, made.level), true, &format!("{what} by Python"));
            let (seal, events) = (changed(&made.file, true), changed(&made.file, false));
            must(&by_recipe(&seal, &files.root), false, &format!("{what} with another statement, by the recipe"));
            must(&by_recipe(&events, &files.root), false, &format!("{what} with another transcript, by the recipe"));
            must(
                &by_python(&seal, &files.root, made.level),
                false,
                &format!("{what} with another statement, by Python"),
            );
        }
        let stranger = SealPki::generate(SealKeys::Ec, clock::now()).unwrap();
        let stranger =
            stranger.write_to(&folder.path().join("stranger"), &SealSpec::default(), SealFlaw::None).unwrap();
        let timed = files.root.with_file_name("t.twiinbewijs");
        must(&by_recipe(&timed, &stranger.root), false, &format!("{name} by the root of a stranger, by the recipe"));
        must(&by_python(&timed, &stranger.root, "B-T"), false, &format!("{name} by the root of a stranger, by Python"));
    }
}

fn by_securesystemslib(envelope: &Path, certificate: &Path, bewijs: &Path) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let (bundle, _) = Bundle::read(&std::fs::read(bewijs).unwrap());
    let seal = folder.path().join(SEAL);
    std::fs::write(&seal, &bundle.members[SEAL]).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real/foreign/envelope.py");
    support::run(Command::new(python()).arg(script).arg(envelope).arg(certificate).arg(&seal))
}

#[test]
fn the_statement_in_an_envelope_is_accepted_by_others_and_refused_when_it_was_changed() {
    let folder = tempfile::tempdir().unwrap();
    let run = self_test(folder.path());
    for keys in [SealKeys::Rsa, SealKeys::Ec] {
        let pki = SealPki::generate(keys, clock::now()).unwrap();
        let place = folder.path().join(keys.to_string());
        let files = pki.write_to(&place, &SealSpec::default(), SealFlaw::None).unwrap();
        let (bewijs, envelope) = (place.join("a.twiinbewijs"), place.join("a.dsse.json"));
        let mut issue = support::harness();
        issue
            .args(["bewijs", "issue"])
            .arg(&run)
            .args(["--soort", "zelftest", "--no-renderings", "--out"])
            .arg(&bewijs);
        must(&support::run(&mut issue), true, "issue");
        let mut export = support::harness();
        export.arg("export").arg(&bewijs).args(["--format", "dsse", "--key"]).arg(&files.key);
        export.arg("--certificate").arg(&files.certificates).arg("--out").arg(&envelope);
        must(&support::run(&mut export), true, "export");
        must(&by_securesystemslib(&envelope, &files.certificates, &bewijs), true, &format!("{keys}"));

        let text = std::fs::read_to_string(&envelope).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let (payload, sig) = (value["payload"].as_str().unwrap(), value["signatures"][0]["sig"].as_str().unwrap());
        let other = |text: &str| {
            let at = text.len() / 2;
            let digit = if &text[at..=at] == "A" { "B" } else { "A" };
            format!("{}{digit}{}", &text[..at], &text[at + 1..])
        };
        for (what, changed) in [
            ("payload", text.replace(payload, &other(payload))),
            ("signature", text.replace(sig, &other(sig))),
            ("type", text.replace("vnd.in-toto", "vnd.in-tot0")),
        ] {
            std::fs::write(&envelope, &changed).unwrap();
            assert_ne!(changed, text);
            must(
                &by_securesystemslib(&envelope, &files.certificates, &bewijs),
                false,
                &format!("{keys} with another {what}"),
            );
        }
        std::fs::write(&envelope, &text).unwrap();
        let stranger = SealPki::generate(keys, clock::now()).unwrap();
        let stranger = stranger.write_to(&place.join("stranger"), &SealSpec::default(), SealFlaw::None).unwrap();
        let by_stranger = by_securesystemslib(&envelope, &stranger.certificates, &bewijs);
        must(&by_stranger, false, &format!("{keys} by the key of a stranger"));
        // What was changed is not signed anew.
        let events = changed(&bewijs, false);
        let mut export = support::harness();
        export.arg("export").arg(&events).args(["--format", "dsse", "--key"]).arg(&files.key);
        let refused = support::run(export.arg("--certificate").arg(&files.certificates));
        assert_eq!(refused.status.code(), Some(4), "{}", String::from_utf8_lossy(&refused.stderr));
    }
}
