//! Verifying a bewijs: that of a self-test, and that of a run with at least 10,000 events.
//!
//! A self-test has some four thousand events. A larger run is made of one by doing every case again in the transcript, as
//! further attempts with the same messages: the events are as large as they are in earnest.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use criterion::{Criterion, SamplingMode};
use serde_json::{Value, json};
use twiin_harness::base::clock;
use twiin_harness::evidence::bewijs::verify::Options;
use twiin_harness::evidence::bewijs::{IssueRequest, Outcome, Soort, assemble, verify};
use twiin_harness::evidence::folder::{self, Tool};
use twiin_harness::evidence::model::Kind;
use twiin_harness::evidence::sign;
use twiin_harness::net::pki::{Credential, SealFlaw, SealKeys, SealPki, SealSpec};
use twiin_harness::seal::{FileKey, SealingKey as _};
use twiin_harness::wire::jades::Jades;

use super::material::{TRANSCRIPT, root};

/// Fewest events of the larger run.
const EVENTS: usize = 10_000;

/// The bewijs of a self-test, and that of one with at least so many events.
fn bewijzen() -> [(&'static str, Vec<u8>); 2] {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    let did = Command::new(env!("CARGO_BIN_EXE_twiin-harness"))
        .current_dir(root())
        .args(["run", "--quiet", "--out"])
        .arg(&run)
        .output()
        .unwrap();
    assert!(did.status.success(), "{}", String::from_utf8_lossy(&did.stderr));
    let pki = SealPki::generate(SealKeys::Ec, clock::now()).unwrap();
    let credential = pki.issue(&SealSpec::default(), SealFlaw::None).unwrap();
    let small = sealed(&run, &credential);
    again(&run, EVENTS);
    resign(&run, &credential);
    [("self-test", small), ("10,000 events", sealed(&run, &credential))]
}

/// Does cases of a transcript again, one by one, until there are at least so many events.
fn again(run: &Path, events: usize) {
    let path = run.join(TRANSCRIPT);
    let text = std::fs::read_to_string(&path).unwrap();
    let mut out: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut last = out.pop().unwrap();
    let mut cases: Vec<(Value, Vec<Value>)> = Vec::new();
    for event in out.iter().filter(|event| !event["case"].is_null()) {
        match cases.iter_mut().find(|(name, _)| *name == event["case"]) {
            Some((_, its)) => its.push(event.clone()),
            None => cases.push((event["case"].clone(), vec![event.clone()])),
        }
    }
    for (attempt, (_, case)) in (2..).flat_map(|attempt| cases.iter().map(move |case| (attempt, case))) {
        if out.len() >= events {
            break;
        }
        let seqs: BTreeMap<u64, usize> = case.iter().map(seq).zip(out.len() + 1..).collect();
        out.extend(case.iter().map(|event| later(event, attempt, &seqs, &last["at"])));
    }
    last["seq"] = json!(out.len() + 1);
    out.push(last);
    std::fs::write(&path, out.iter().map(|event| format!("{event}\n")).collect::<String>()).unwrap();
}

fn seq(event: &Value) -> u64 {
    event["seq"].as_u64().unwrap()
}

/// An event of a later attempt; `seqs` tells where the events of its case stand now.
fn later(event: &Value, attempt: u32, seqs: &BTreeMap<u64, usize>, at: &Value) -> Value {
    let mut again = event.clone();
    again["seq"] = json!(seqs[&seq(event)]);
    again["at"] = at.clone();
    again["attempt"] = json!(attempt);
    if let Some(exchanges) = again.pointer_mut("/event/step-ended/exchanges").and_then(Value::as_array_mut) {
        exchanges.iter_mut().for_each(|exchange| *exchange = json!(seqs[&exchange.as_u64().unwrap()]));
    }
    again
}

/// Signs a folder as it is now.
fn resign(run: &Path, credential: &Credential) {
    let tool = Tool { kind: Kind::SelfTest, binary_sha256: "00".repeat(32) };
    let evidence = folder::load(run).unwrap().evidence(run, &tool).unwrap();
    let payload = sign::payload(&evidence).unwrap();
    folder::write(run, folder::SIGNED, &sign::sign(&payload, tool.kind, credential).unwrap()).unwrap();
    folder::write(run, folder::EVIDENCE, &payload).unwrap();
}

fn sealed(run: &Path, credential: &Credential) -> Vec<u8> {
    let request = IssueRequest {
        soort: Soort::Zelftest,
        validator: None,
        oordeel: None,
        toelichting: None,
        geldig_tot: None,
        vervangt: Vec::new(),
        locatie: None,
        uitvoerder: None,
        toezichthouder: None,
        product_version: None,
        dossier: None,
        documents: BTreeMap::new(),
        binary_sha256: "00".repeat(32),
    };
    let prepared = assemble(run, &request, |_| BTreeMap::new()).unwrap();
    prepared.refuse(None).unwrap();
    let key = FileKey::new(credential.clone(), None).unwrap();
    let draft = prepared.draft(key.algorithm(), key.chain(), clock::now().unix_timestamp()).unwrap();
    let signature = key.sign(&draft.input()).unwrap();
    prepared.bundle.sealed(&Jades::sealed(&draft, &signature)).written().unwrap()
}

/// Writes both bewijzen into a folder, to measure a process that verifies one.
pub fn write(dir: &Path) {
    std::fs::create_dir_all(dir).unwrap();
    for ((_, bytes), name) in bewijzen().into_iter().zip(["self-test", "large"]) {
        std::fs::write(dir.join(format!("{name}.twiinbewijs")), bytes).unwrap();
    }
}

pub fn measure(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("verify a bewijs");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    for (name, bytes) in bewijzen() {
        group.bench_function(name, |b| {
            b.iter(|| assert_eq!(verify(&bytes, &Options::new(None, clock::now())).outcome, Outcome::Test));
        });
    }
    group.finish();
}
