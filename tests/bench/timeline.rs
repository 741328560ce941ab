//! An answer to ITI-38 with 1,000 documents: read out of its message, and judged by a scenario that looks at the codes of
//! every entry.

use std::process::Command;

use criterion::Criterion;
use twiin_harness::base::files::FileSet;
use twiin_harness::evidence::folder;
use twiin_harness::judge::judge;
use twiin_harness::simulator::imaging::Archive;
use twiin_harness::suite::Suite;
use twiin_harness::transcript::{Body, EventKind, store};
use twiin_harness::wire::soap::{self, Addressing, Version};
use twiin_harness::wire::xds::{self, QueryResponse, Transaction};

use super::material::{TRANSCRIPT, root};

const COUNT: usize = 1000;
const SCENARIO: &str = "*/describes-entries-with-agreed-codes";

/// The message, with the entries of the reference data again and again, each with a number of its own.
fn message() -> (String, Vec<u8>) {
    let suite = Suite::load(FileSet::from_dir(&root(), &["scenarios", "profiles"]).unwrap()).unwrap();
    let codes = suite.metadata.values().find(|profile| profile.prevails).unwrap();
    let archive = Archive::reference(codes).unwrap();
    let documents = archive.communities.iter().flat_map(|community| &community.documents);
    let mut entries: Vec<_> = documents.map(|document| document.entry.document_entry()).collect::<Vec<_>>();
    entries = entries.into_iter().cycle().take(COUNT).collect();
    for (number, entry) in entries.iter_mut().enumerate() {
        entry.unique_id = Some(format!("2.999.1000.{number}"));
    }
    let asked = Addressing::request(Transaction::Iti38.request_action(), "https://localhost/", "urn:uuid:1");
    let action = Transaction::Iti38.response_action();
    let body = QueryResponse::of(entries, Vec::new()).xml();
    let text = soap::write(Version::V12, &asked.answer(action, "urn:uuid:2"), &[], &body);
    (soap::content_type(Version::V12, Some(action)).to_string(), text.into_bytes())
}

pub fn measure(criterion: &mut Criterion) {
    let (content_type, bytes) = message();
    let read = xds::describe(&content_type, &bytes).unwrap();
    assert_eq!(read["body"]["documents"].as_array().unwrap().len(), COUNT);

    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    let did = Command::new(env!("CARGO_BIN_EXE_twiin-harness"))
        .current_dir(root())
        .args(["run", "--quiet", "--zorgtoepassing", "beeldbeschikbaarheid", "--only", SCENARIO, "--out"])
        .arg(&run)
        .output()
        .unwrap();
    assert!(did.status.success(), "{}", String::from_utf8_lossy(&did.stderr));
    let loaded = folder::load(&run).unwrap();
    let mut events = store::read(&run.join(TRANSCRIPT)).unwrap().events;
    let mut replaced = 0;
    for event in &mut events {
        let EventKind::Exchange(exchange) = &mut event.event else { continue };
        let Some(Body::Json { value, .. }) = exchange.response.as_mut().map(|response| &mut response.body) else {
            continue;
        };
        if value["body"]["documents"].is_array() {
            *value = read.clone();
            replaced += 1;
        }
    }
    let selection = &loaded.plan.selection;
    let data = loaded.suite.check_data(&selection.zorgtoepassingen, &selection.release, &loaded.candidate);

    let mut group = criterion.benchmark_group("an answer to ITI-38 with 1,000 documents");
    group.sample_size(20);
    group.bench_function("read", |b| b.iter(|| xds::describe(&content_type, &bytes).unwrap()));
    group.bench_function(format!("judge a scenario with {replaced} of them"), |b| {
        b.iter(|| judge(&loaded.suite, &loaded.plan, &data, &events));
    });
    group.finish();
}
