//! What is run: a scenario of so many plain HTTP steps, a candidate at a loopback port, and the same for `hurl`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use twiin_harness::base::files::FileSet;

/// The generated scenario.
pub const SCENARIO: &str = "generic/speed/plain-steps";
/// Name of the transcript in a run folder.
pub const TRANSCRIPT: &str = twiin_harness::evidence::folder::TRANSCRIPT;
/// The requirement that the generated assertions cite: single resources are given. What counts here is the work.
const REQUIREMENT: &str = "TK-05-01";

/// The root of the repository.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The shipped suite and the generated scenario.
pub fn suite(steps: usize) -> FileSet {
    let mut files = FileSet::from_dir(&root(), &["scenarios", "profiles"]).unwrap();
    files.insert(format!("scenarios/{SCENARIO}.yaml"), scenario(steps).into_bytes());
    files
}

fn scenario(steps: usize) -> String {
    let mut text = String::from(
        "# Generated: so many plain HTTP steps with five assertions each.\n\
         title: { nl: Snelheid, en: Speed }\ncandidate: [sending]\nplateaus: [4]\nsteps:\n",
    );
    for n in 0..steps {
        writeln!(text, "  - {{ id: s{n}, do: {{ http: {{ method: GET, path: /Location/{n} }} }} }}").unwrap();
    }
    text.push_str("expect:\n");
    for n in 0..steps {
        for check in [
            "http-status: { one-of: [200] }".to_owned(),
            "http-header: { name: content-type, media-type: [application/fhir+json] }".to_owned(),
            "http-header: { name: cache-control, contains: no-store }".to_owned(),
            "value: { path: $.resourceType, equals: Location }".to_owned(),
            format!("value: {{ path: $.id, equals: \"{n}\" }}"),
        ] {
            writeln!(text, "  - {{ of: s{n}, verifies: [{REQUIREMENT}], that: {{ {check} }} }}").unwrap();
        }
    }
    text
}

fn hurl(steps: usize, port: u16) -> String {
    let mut text = String::new();
    for n in 0..steps {
        writeln!(
            text,
            "GET http://127.0.0.1:{port}/fhir/Location/{n}\nHTTP 200\n[Asserts]\n\
             header \"content-type\" contains \"application/fhir+json\"\nheader \"cache-control\" contains \"no-store\"\n\
             jsonpath \"$.resourceType\" == \"Location\"\njsonpath \"$.id\" == \"{n}\"\n"
        )
        .unwrap();
    }
    text
}

/// The reference candidate file.
pub fn reference() -> String {
    std::fs::read_to_string(root().join("profiles/candidates/reference.yaml")).unwrap()
}

/// A candidate file whose endpoints are at a loopback port, without TLS.
pub fn candidate(text: &str, port: u16) -> String {
    text.replace("https://localhost:8443", &format!("http://127.0.0.1:{port}"))
}

/// Writes suite, candidate file and hurl file. A candidate file with its keys must already be there: `init` writes it.
pub fn write(dir: &Path, steps: usize, port: u16) {
    for (path, bytes) in suite(steps).iter() {
        put(&dir.join("suite").join(path), bytes);
    }
    let file = dir.join("candidate.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    put(&file, candidate(&text, port).as_bytes());
    put(&dir.join("steps.hurl"), hurl(steps, port).as_bytes());
}

fn put(path: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}
