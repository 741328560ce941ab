//! Golden bundles: what a released format version wrote stays readable, and comes to what it came to then.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::Duration;
use twiin_harness::base::clock;
use twiin_harness::evidence::bewijs::augment::signatures;
use twiin_harness::net::pki::{SealKeys, SealPki, SealPlan, Stamp};

use super::bewijs::{KEY, Office, VALIDATE, run};
use super::support::{Did, folder, harness, root};

/// The format version that is written now.
const NOW: &str = "v1";
/// Largest size of a golden bundle, in bytes.
const LARGEST: u64 = 150_000;

/// One verification that has to come to the same for ever; what came out is in `NAME.json`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    /// The arguments of `verify`, separated by spaces.
    verify: String,
    /// Its exit code.
    code: i32,
}

fn place() -> PathBuf {
    root().join("tests/data/golden")
}

fn cases(version: &Path) -> Vec<Case> {
    let text = std::fs::read_to_string(version.join("cases.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn verified(version: &Path, arguments: &str) -> Did {
    let line = format!("verify {arguments} --format json");
    harness(version, &line.split(' ').collect::<Vec<_>>())
}

/// The report without its sentences, which may be worded better.
fn without_words(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|name, _| !["nl", "en", "detail"].contains(&name.as_str()));
            members.values_mut().for_each(without_words);
        }
        Value::Array(list) => list.iter_mut().for_each(without_words),
        _ => {}
    }
}

fn told(text: &str) -> Value {
    let mut value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    without_words(&mut value);
    value
}

/// The folders of format versions, with the files in them.
fn versions() -> Vec<PathBuf> {
    let folders = std::fs::read_dir(place()).unwrap().map(|entry| entry.unwrap().path());
    let mut versions: Vec<PathBuf> = folders.filter(|path| path.join("cases.json").is_file()).collect();
    versions.sort();
    versions
}

fn bundles(version: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(version).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|e| e == "twiinbewijs")).collect()
}

#[test]
fn every_released_format_version_stays_readable() {
    let versions = versions();
    assert!(versions.iter().any(|path| path.ends_with(NOW)), "{NOW} has no golden bundles");
    for version in versions {
        let all = cases(&version);
        for case in &all {
            let name = format!("{} {}", version.display(), case.name);
            let did = verified(&version, &case.verify);
            assert_eq!(did.code, case.code, "{name}: {}{}", did.out, did.err);
            let expected = std::fs::read_to_string(version.join(format!("{}.json", case.name))).unwrap();
            assert_eq!(told(&did.out), told(&expected), "{name}");
        }
        for bundle in bundles(&version) {
            let name = bundle.file_name().unwrap().to_string_lossy().into_owned();
            assert!(all.iter().any(|case| case.verify.split(' ').next() == Some(&name)), "{name} is in no case");
            assert!(bundle.metadata().unwrap().len() < LARGEST, "{name} is too large");
        }
    }
}

#[test]
fn a_golden_bundle_with_one_bit_changed_is_refused() {
    for version in versions() {
        for bundle in bundles(&version) {
            let dir = folder();
            let mut bytes = std::fs::read(&bundle).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            std::fs::write(dir.path().join("changed.twiinbewijs"), bytes).unwrap();
            let did = verified(dir.path(), "changed.twiinbewijs");
            assert_eq!(did.code, 4, "{}: {}", bundle.display(), did.out);
        }
    }
}

#[test]
fn the_suite_that_golden_bundles_are_made_with_can_still_be_driven() {
    let did = harness(&root(), &["lint", "--suite", place().join("suite").to_str().unwrap()]);
    assert_eq!(did.code, 0, "{}{}", did.out, did.err);
}

/// What the golden policies say of signers and TSAs.
fn policy(level: &str, revocation: &str, pack: &str) -> String {
    format!(
        "version: golden-{NOW}\nmin-level: {level}\nissuers:\n  - role: validator\n    kinds: [validatiebewijs, zelftest]\n    \
         organization-identifiers: [NTRNL-90000001]\n    anchors: [{{ file: root.pem }}]\n    revocation: {revocation}\n\
         time-stamps: {{ anchors: [{{ file: root.pem }}] }}\npacks: {{ official: ['{pack}'] }}\nrequired: [TK-07-09]\n\
         allow-restricted-scope: true\n"
    )
}

/// Makes the golden bundles of a format version, once: `cargo test --test it -- --ignored golden`.
#[test]
#[ignore = "writes tests/data/golden, once for a format version, when that is released"]
fn a_format_version_is_frozen() {
    let to = place().join(NOW);
    assert!(!to.exists(), "{} is there: what was frozen is never made again", to.display());
    let plan = SealPlan { lasts: Duration::days(365 * 30), ..SealPlan::new(SealKeys::Ec, clock::now()) };
    let pki = SealPki::planned(plan).unwrap();
    let office = Office::of(&pki);
    let suite = place().join("suite");
    let with_suite = ["--suite", suite.to_str().unwrap()];
    run(office.path(), "own", false, &with_suite);
    run(office.path(), "theirs", true, &with_suite);
    office.trusts_pack_of("theirs");
    let statement = office.statement("pack.twiinbewijs");
    let digest = statement["predicate"]["configuration"][0]["digest"]["sha256"].as_str().unwrap();
    let put = |name: &str, bytes: &[u8]| std::fs::write(office.path().join(name), bytes).unwrap();
    put("root.pem", &std::fs::read(office.path().join("pki/root.pem")).unwrap());
    put("basic.yaml", policy("B-B", "off", &format!("sha256:{digest}")).as_bytes());
    put("lasting.yaml", policy("B-LT", "embedded-or-fail", &format!("sha256:{digest}")).as_bytes());
    let does = |line: &str| {
        let did = office.does(line);
        assert_eq!(did.code, 0, "{line}: {}", did.err);
    };
    let validate = VALIDATE.replace("policy.yaml", "basic.yaml");
    let until = "--valid-until 2056-01-01";
    let issue = format!("bewijs issue theirs {validate} {KEY} {until}");
    does(&format!("{issue} --out validatiebewijs-b-b.twiinbewijs"));
    does(&format!("bewijs issue own --soort zelftest {KEY} {until} --out zelftest-b-b.twiinbewijs"));
    let lasting = |file: &str| {
        let seal = signatures(&std::fs::read(office.path().join(file)).unwrap()).unwrap().remove(0).signature;
        put("token.der", &pki.stamp(seal.as_bytes(), clock::now(), Stamp::Good).unwrap());
        let now = clock::now();
        for (name, list) in ["issuing.crl", "root.crl"].into_iter().zip(pki.crls(now).unwrap()) {
            put(name, &list);
        }
        does(&format!("bewijs augment {file} --token token.der"));
        let values = "--revocation issuing.crl --revocation root.crl";
        does(&format!("bewijs augment {file} --long-term --policy lasting.yaml {values}"));
    };
    for (from, name) in [("theirs", "validatiebewijs-b-lt"), ("own", "zelftest-b-lt")] {
        let line =
            if from == "theirs" { issue.clone() } else { format!("bewijs issue own --soort zelftest {KEY} {until}") };
        does(&format!("{line} --place SIM-lab --out {name}.twiinbewijs"));
        lasting(&format!("{name}.twiinbewijs"));
    }
    let id = office.statement("validatiebewijs-b-b.twiinbewijs")["predicate"]["id"].as_str().unwrap().to_owned();
    does(&format!("bewijs withdraw {id} --reason SIM {KEY} --out withdrawn.jades.json"));
    let later = format!("bewijs supersede validatiebewijs-b-b.twiinbewijs theirs {validate} {KEY} {until}");
    does(&format!("{later} --out validatiebewijs-later.twiinbewijs"));
    freeze(&office, &to);
}

fn freeze(office: &Office, to: &Path) {
    let at = format!("--at {}", clock::rfc3339(clock::now() + Duration::hours(1)));
    let far = "--at 2055-01-01T00:00:00Z";
    let case = |name: &str, code: i32, verify: String| Case { name: name.into(), verify, code };
    let all = [
        case("basic", 0, format!("validatiebewijs-b-b.twiinbewijs --policy basic.yaml {at}")),
        case("basic-years-later", 0, format!("validatiebewijs-b-b.twiinbewijs --policy basic.yaml {far}")),
        case("basic-where-more-is-asked", 3, format!("validatiebewijs-b-b.twiinbewijs --policy lasting.yaml {at}")),
        case("nobody-is-trusted", 3, format!("validatiebewijs-b-b.twiinbewijs {at}")),
        case(
            "withdrawn",
            3,
            format!("validatiebewijs-b-b.twiinbewijs --policy basic.yaml --withdrawals withdrawn.jades.json {at}"),
        ),
        case(
            "superseded",
            3,
            format!(
                "validatiebewijs-b-b.twiinbewijs --policy basic.yaml --later validatiebewijs-later.twiinbewijs {at}"
            ),
        ),
        case("later", 0, format!("validatiebewijs-later.twiinbewijs --policy basic.yaml {at}")),
        case("lasting", 0, format!("validatiebewijs-b-lt.twiinbewijs --policy lasting.yaml {at}")),
        case("lasting-years-later", 0, format!("validatiebewijs-b-lt.twiinbewijs --policy lasting.yaml {far}")),
        case("zelftest", 5, format!("zelftest-b-b.twiinbewijs --policy basic.yaml {at}")),
        case("zelftest-lasting", 5, format!("zelftest-b-lt.twiinbewijs --policy lasting.yaml {far}")),
        case("expired", 3, "validatiebewijs-b-lt.twiinbewijs --policy lasting.yaml --at 2057-01-01T00:00:00Z".into()),
    ];
    std::fs::create_dir_all(to).unwrap();
    let copied = ["root.pem", "basic.yaml", "lasting.yaml", "withdrawn.jades.json"].map(PathBuf::from);
    let bundles = bundles(office.path()).into_iter().map(|path| PathBuf::from(path.file_name().unwrap()));
    for name in copied.into_iter().chain(bundles.filter(|name| name != Path::new("pack.twiinbewijs"))) {
        std::fs::copy(office.path().join(&name), to.join(&name)).unwrap();
    }
    for case in &all {
        let did = verified(to, &case.verify);
        assert_eq!(did.code, case.code, "{}: {}{}", case.name, did.out, did.err);
        std::fs::write(to.join(format!("{}.json", case.name)), did.out).unwrap();
    }
    std::fs::write(to.join("cases.json"), format!("{}\n", serde_json::to_string_pretty(&all).unwrap())).unwrap();
}
