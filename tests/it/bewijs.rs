//! The bewijs from the command line: made, verified, compared, withdrawn; and sealed elsewhere.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use twiin_harness::base::clock;
use twiin_harness::evidence::bewijs::{Bundle, Policy, Statement};
use twiin_harness::net::pki::{Credential, SealFlaw, SealKeys, SealPki, SealSpec};
use twiin_harness::transcript::canary::Place;
use twiin_harness::wire::jades::Algorithm;

use super::support::{Did, folder, harness, resign, root};

/// A run of one requirement; `of_somebody` makes it one of a candidate that is not ours.
pub fn run(dir: &Path, name: &str, of_somebody: bool, extra: &[&str]) -> PathBuf {
    let out = dir.join(name);
    let mut arguments = vec!["run", "--quiet", "--only", "TK-07-09", "--out", out.to_str().unwrap()];
    arguments.extend(extra);
    let did = harness(&root(), &arguments);
    assert!([0, 1].contains(&did.code), "{}{}", did.out, did.err);
    if of_somebody {
        let path = out.join("run.json");
        let mut config: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        config["embedded"] = json!(false);
        config["deviation"] = Value::Null;
        std::fs::write(&path, config.to_string()).unwrap();
        resign(&out);
    }
    out
}

/// A folder with a key for seals, its anchor, and a policy that trusts it for a pack.
pub struct Office {
    dir: tempfile::TempDir,
}

impl Office {
    fn new(keys: SealKeys) -> Self {
        Self::of(&SealPki::generate(keys, clock::now()).unwrap())
    }

    pub fn of(pki: &SealPki) -> Self {
        let dir = folder();
        pki.write_to(&dir.path().join("pki"), &SealSpec::default(), SealFlaw::None).unwrap();
        Self { dir }
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    fn policy(&self, pack: &str) {
        let policy = format!(
            "version: '1'\nmin-level: B-B\nissuers:\n  - role: validator\n    kinds: [validatiebewijs]\n    organization-identifiers: [NTRNL-90000001]\n    anchors: [{{ file: pki/root.pem }}]\n    revocation: off\npacks: {{ official: ['sha256:{pack}'] }}\nallow-restricted-scope: true\n"
        );
        std::fs::write(self.path().join("policy.yaml"), policy).unwrap();
    }

    pub fn does(&self, line: &str) -> Did {
        harness(self.path(), &line.split(' ').collect::<Vec<_>>())
    }

    pub fn statement(&self, file: &str) -> Value {
        let did = self.does(&format!("bewijs show {file} --format json"));
        assert_eq!(did.code, 0, "{}", did.err);
        serde_json::from_str(&did.out).unwrap()
    }

    /// A policy that calls the pack of a run official: its digest is that of a self-test of the same run.
    pub fn trusts_pack_of(&self, run: &str) {
        let did = self.does(&format!("bewijs issue {run} --soort zelftest --out pack.twiinbewijs"));
        assert_eq!(did.code, 0, "{}", did.err);
        let statement = self.statement("pack.twiinbewijs");
        self.policy(statement["predicate"]["configuration"][0]["digest"]["sha256"].as_str().unwrap());
    }
}

pub const KEY: &str = "--key pki/seal.key.pem --certificate pki/seal.pem";
pub const VALIDATE: &str = "--policy policy.yaml --validator SIM-Validator --decision voldoet";

#[test]
fn a_bewijs_is_issued_verified_compared_superseded_and_withdrawn() {
    let office = Office::new(SealKeys::Ec);
    run(office.path(), "good", true, &[]);
    office.trusts_pack_of("good");
    let issued = office.does(&format!("bewijs issue good {VALIDATE} {KEY} --out a.twiinbewijs"));
    assert_eq!(issued.code, 0, "{}", issued.err);
    let verified = office.does("verify a.twiinbewijs --policy policy.yaml");
    assert_eq!(verified.code, 0, "{}{}", verified.out, verified.err);
    assert!(verified.out.contains("tijd niet bewezen"), "{}", verified.out);
    assert_eq!(office.does("verify a.twiinbewijs").code, 3, "nobody is trusted without a policy");
    let id = office.statement("a.twiinbewijs")["predicate"]["id"].as_str().unwrap().to_owned();

    run(office.path(), "bad", true, &["--deviation", "token-response-without-type"]);
    let refused = office.does(&format!("bewijs issue bad {VALIDATE} {KEY} --out b.twiinbewijs"));
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("decision-against-result"), "{}", refused.err);
    let against = VALIDATE.replace("voldoet", "voldoet-niet");
    let later = office.does(&format!("bewijs issue bad {against} {KEY} --supersedes {id} --out b.twiinbewijs"));
    assert_eq!(later.code, 0, "{}", later.err);
    assert_eq!(office.does("verify b.twiinbewijs --policy policy.yaml").code, 1);
    let compared = office.does("bewijs diff a.twiinbewijs b.twiinbewijs");
    assert_eq!(compared.code, 1, "{}", compared.out);
    assert!(compared.out.contains("pass -> fail"), "{}", compared.out);

    let withdrawn = office.does(&format!("bewijs withdraw {id} --reason vervangen {KEY} --out list.json"));
    assert_eq!(withdrawn.code, 0, "{}", withdrawn.err);
    let verified = office.does("verify a.twiinbewijs --policy policy.yaml --withdrawals list.json");
    assert_eq!(verified.code, 3, "{}", verified.out);
    assert!(verified.out.contains("(withdrawn)"), "{}", verified.out);
    assert_eq!(office.does("verify b.twiinbewijs --policy policy.yaml --withdrawals list.json").code, 1);
    let signed = office.does(&format!("bewijs countersign a.twiinbewijs {KEY} --out c.twiinbewijs"));
    assert_eq!(signed.code, 0, "{}", signed.err);
    assert_eq!(office.does("verify c.twiinbewijs --policy policy.yaml").code, 0);
}

#[test]
fn what_must_not_be_validated_is_refused_with_its_reason() {
    let office = Office::new(SealKeys::Ec);
    run(office.path(), "own", false, &[]);
    run(office.path(), "good", true, &[]);
    office.trusts_pack_of("good");
    let refused = |line: String| {
        let did = office.does(&line);
        assert_eq!(did.code, 2, "{line}: {}", did.out);
        did.err
    };
    assert!(refused(format!("bewijs issue own {VALIDATE} {KEY}")).contains("self-test-candidate"));
    assert!(refused(format!("bewijs issue good --policy policy.yaml {KEY}")).contains("no-decision"));
    assert!(refused(format!("bewijs issue good --validator SIM --decision voldoet {KEY}")).contains("no-policy"));
    assert!(refused(format!("bewijs issue good {VALIDATE} {KEY} --product-version 9.9")).contains("other-version"));
    assert!(refused(format!("bewijs issue good {VALIDATE} {KEY} --dossier policy.yaml")).contains("other-dossier"));
    assert!(refused(format!("bewijs issue good {VALIDATE}")).contains("--key"));
    let text = std::fs::read_to_string(office.path().join("policy.yaml")).unwrap();
    let put = |text: String| std::fs::write(office.path().join("policy.yaml"), text).unwrap();
    put(format!("{text}required: [GF-TLS-008]\n"));
    assert!(refused(format!("bewijs issue good {VALIDATE} {KEY}")).contains("missing-requirement"));
    put(text.replace("allow-restricted-scope: true\n", ""));
    assert!(refused(format!("bewijs issue good {VALIDATE} {KEY}")).contains("restricted-run"));
    put(text.replace("sha256:", "sha256:0"));
    assert!(refused(format!("bewijs issue good {VALIDATE} {KEY}")).contains("unofficial-pack"));
    put(text);
    let events = office.path().join("good/transcript.ndjson");
    let whole = std::fs::read_to_string(&events).unwrap();
    std::fs::write(
        &events,
        whole.lines().filter(|l| !l.contains("run-ended")).map(|l| format!("{l}\n")).collect::<String>(),
    )
    .unwrap();
    // What nobody signed is no run, whatever it says.
    let changed = office.does(&format!("bewijs issue good {VALIDATE} {KEY}"));
    assert_eq!(changed.code, 4, "{}", changed.err);
    assert!(changed.err.contains("transcript.ndjson was changed") && changed.err.contains("run-not-whole"));
    resign(&office.path().join("good"));
    assert!(refused(format!("bewijs issue good {VALIDATE} {KEY}")).contains("incomplete-run"));
}

#[test]
fn a_run_folder_is_believed_only_as_far_as_it_was_signed() {
    let office = Office::new(SealKeys::Ec);
    let own = run(office.path(), "own", false, &[]);
    let issue = || office.does("bewijs issue own --soort zelftest --out own.twiinbewijs");
    assert_eq!(issue().code, 0);
    for (file, from, to) in [
        ("run.json", "\"embedded\": true", "\"embedded\": false"),
        ("inputs/candidate.yaml", "Twiin reference GtK", "Another"),
        ("evidence.jws.json", "\"signature\":\"", "\"signature\":\"A"),
        ("evidence.json", "conformant", "Conformant"),
    ] {
        let path = own.join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file}");
        std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
        let did = issue();
        assert_eq!(did.code, 4, "{file}: {}", did.err);
        assert!(did.err.contains("run-not-whole"), "{file}: {}", did.err);
        std::fs::write(&path, text).unwrap();
    }
    assert_eq!(issue().code, 0, "as it was");
}

#[test]
fn a_canary_in_the_transcript_refuses_the_seal_and_numbers_of_the_candidate_file_do_not_go_along() {
    let office = Office::new(SealKeys::Ec);
    let own = run(office.path(), "own", false, &[]);
    let issue = || office.does("bewijs issue own --soort zelftest --out own.twiinbewijs");
    assert_eq!(issue().code, 0);
    let bytes = std::fs::read(office.path().join("own.twiinbewijs")).unwrap();
    let (bundle, faults) = Bundle::read(&bytes);
    assert!(faults.is_empty());
    let declared = std::fs::read_to_string(own.join("inputs/candidate.yaml")).unwrap();
    let told = String::from_utf8(bundle.members["inputs/candidate.yaml"].clone()).unwrap();
    assert!(declared.contains("999943145") && !told.contains("999943145") && told.contains("redacted-bsn-1"));
    let canaries = office.statement("own.twiinbewijs")["predicate"]["redactie"]["canaries"].clone();
    assert!(canaries["planted"].as_u64() > Some(42) && canaries["found"] == 0, "{canaries}");

    let events = own.join("transcript.ndjson");
    let whole = std::fs::read_to_string(&events).unwrap();
    for leak in [Place::Cookie.secret(), Place::XmlText.number(), "999943145".into()] {
        let mark = "\"run-started\":{\"harness\":\"";
        assert!(whole.contains(mark));
        std::fs::write(&events, whole.replacen(mark, &format!("{mark}{leak} "), 1)).unwrap();
        resign(&own);
        let did = issue();
        assert_eq!(did.code, 2, "{}", did.err);
        assert!(did.err.contains("run/events.ndjson (canary-found)"), "{}", did.err);
    }
    std::fs::write(&events, whole).unwrap();
    resign(&own);
    assert_eq!(issue().code, 0, "as it was");
}

#[test]
fn a_seal_is_set_elsewhere_in_two_steps() {
    for (keys, algorithm) in [(SealKeys::Ec, Algorithm::Es256), (SealKeys::Rsa, Algorithm::Ps256)] {
        let office = Office::new(keys);
        run(office.path(), "own", false, &[]);
        let line = format!(
            "bewijs prepare own --soort zelftest --certificate pki/seal.pem --algorithm {algorithm} --out room"
        );
        let prepared = office.does(&line);
        assert_eq!(prepared.code, 0, "{}", prepared.err);
        let input = std::fs::read(office.path().join("room/to-be-signed.bin")).unwrap();
        let pki = office.path().join("pki");
        let key = Credential::from_pem_files(&pki.join("seal.pem"), &pki.join("seal.key.pem")).unwrap();
        let signature = key.signing_key().unwrap().sign(&input, algorithm).unwrap();
        std::fs::write(office.path().join("signature"), &signature).unwrap();
        let done = office.does("bewijs finalize room --signature signature --out a.twiinbewijs");
        assert_eq!(done.code, 0, "{}", done.err);
        assert_eq!(office.does("verify a.twiinbewijs").code, 5);
        std::fs::write(office.path().join("signature"), vec![1; signature.len()]).unwrap();
        let wrong = office.does("bewijs finalize room --signature signature --out b.twiinbewijs");
        assert_eq!(wrong.code, 4, "{}", wrong.out);
        assert!(wrong.err.contains("signature-invalid"), "{}", wrong.err);
        assert!(!office.path().join("b.twiinbewijs").exists());
    }
}

#[test]
fn two_makings_differ_in_the_seal_alone_and_the_statement_follows_its_schema() {
    let office = Office::new(SealKeys::Ec);
    run(office.path(), "own", false, &[]);
    for name in ["a", "b"] {
        let did = office.does(&format!("bewijs issue own --soort zelftest --out {name}.twiinbewijs"));
        assert_eq!(did.code, 0, "{}", did.err);
    }
    let statement = office.statement("a.twiinbewijs");
    assert_eq!(statement, office.statement("b.twiinbewijs"));
    let schema: Value = serde_json::from_str(&Statement::schema_text()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let faults: Vec<String> =
        validator.iter_errors(&statement).map(|e| format!("{}: {e:.200}", e.instance_path())).collect();
    assert!(faults.is_empty(), "{faults:?}");
    let mut more = statement;
    more["predicate"]["keurmerk"] = json!("goud");
    assert!(!validator.is_valid(&more));
    let json = office.does("verify a.twiinbewijs --format json");
    let report: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!((json.code, &report["outcome"]), (5, &json!("test")));
    assert_eq!(report["lines"].as_object().unwrap().len(), 10);
    // Of a key that was made for it nobody can say what its owner may do.
    office.policy("00");
    let stranger = office.does("verify a.twiinbewijs --policy policy.yaml");
    assert!(stranger.out.contains(" ?  rol "), "{}", stranger.out);
}

#[test]
fn the_committed_schemas_of_bewijs_and_policy_are_those_of_the_types() {
    for (name, text) in [("bewijs-statement", Statement::schema_text()), ("bewijs-policy", Policy::schema_text())] {
        let path = format!("profiles/schema/{name}.schema.json");
        let committed = std::fs::read_to_string(root().join(&path)).unwrap_or_default();
        assert!(committed == text, "{path} is old: `twiin-harness schema {name} > {path}` renews it");
        assert_eq!(harness(&root(), &["schema", name]).out, text);
    }
}

#[test]
fn a_bewijs_takes_the_place_of_an_older_one_when_who_may_issue_it_says_so() {
    let office = Office::new(SealKeys::Ec);
    run(office.path(), "first", true, &[]);
    run(office.path(), "second", true, &[]);
    office.trusts_pack_of("first");
    assert_eq!(office.does(&format!("bewijs issue first {VALIDATE} {KEY} --out a.twiinbewijs")).code, 0);
    let id = office.statement("a.twiinbewijs")["predicate"]["id"].as_str().unwrap().to_owned();
    let done = office.does(&format!("bewijs supersede a.twiinbewijs second {VALIDATE} {KEY} --out b.twiinbewijs"));
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.out.contains(&format!("takes the place of {id}")), "{}", done.out);
    assert_eq!(office.statement("b.twiinbewijs")["predicate"]["vervangt"], json!([id]));

    let alone = office.does("verify a.twiinbewijs --policy policy.yaml");
    assert_eq!(alone.code, 0, "nobody showed the later one: {}", alone.out);
    let together = office.does("verify a.twiinbewijs --policy policy.yaml --later b.twiinbewijs");
    assert_eq!(together.code, 3, "{}", together.out);
    assert!(together.out.contains("(superseded)"), "{}", together.out);
    assert_eq!(office.does("verify b.twiinbewijs --policy policy.yaml").code, 0);
    // The older one says nothing about the later one, and an expired later one has still taken its place.
    assert_eq!(office.does("verify b.twiinbewijs --policy policy.yaml --later a.twiinbewijs").code, 0);
    let years_later = "verify a.twiinbewijs --policy policy.yaml --later b.twiinbewijs --at 2040-01-01T00:00:00Z";
    assert!(office.does(years_later).out.contains("superseded"));

    // Somebody else's bewijs ends nothing, and is told to be of no use.
    let stranger = SealPki::generate(SealKeys::Ec, clock::now()).unwrap();
    stranger.write_to(&office.path().join("other"), &SealSpec::default(), SealFlaw::None).unwrap();
    let theirs = KEY.replace("pki/", "other/");
    let line = format!("bewijs issue second {VALIDATE} {theirs} --supersedes {id} --out c.twiinbewijs");
    assert_eq!(office.does(&line).code, 0);
    let by_stranger = office.does("verify a.twiinbewijs --policy policy.yaml --later c.twiinbewijs");
    assert_eq!(by_stranger.code, 3, "{}", by_stranger.out);
    assert!(by_stranger.out.contains("later-unusable") && !by_stranger.out.contains("(superseded)"));
    let line = format!("bewijs issue second --soort zelftest {KEY} --supersedes {id} --out d.twiinbewijs");
    assert_eq!(office.does(&line).code, 0);
    let by_test = office.does("verify a.twiinbewijs --policy policy.yaml --later d.twiinbewijs");
    assert!(by_test.out.contains("later-unusable"), "{}", by_test.out);

    let refused = |line: String, why: &str| {
        let did = office.does(&line);
        assert_eq!(did.code, 2, "{line}: {}", did.out);
        assert!(did.err.contains(why), "{line}: {}", did.err);
        assert!(!office.path().join("never.twiinbewijs").exists());
    };
    let supersede = |old: &str| format!("bewijs supersede {old} second {VALIDATE} {KEY} --out never.twiinbewijs");
    refused(supersede("c.twiinbewijs"), "nobody who may issue it sealed it");
    refused(supersede("d.twiinbewijs"), "");
    refused(supersede("policy.yaml"), "");
    let mut bytes = std::fs::read(office.path().join("a.twiinbewijs")).unwrap();
    bytes.push(0);
    std::fs::write(office.path().join("changed.twiinbewijs"), bytes).unwrap();
    refused(supersede("changed.twiinbewijs"), "zip-trailing");
    let of_own = "bewijs supersede d.twiinbewijs second --soort zelftest --out e.twiinbewijs";
    assert_eq!(office.does(of_own).code, 0, "a self-test needs no policy");
    let line = format!("bewijs supersede d.twiinbewijs second --validator SIM --decision voldoet {KEY}");
    refused(line, "");
}
