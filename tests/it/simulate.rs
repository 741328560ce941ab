//! `simulate` in one process and `run --candidate` in another give the verdicts of the self-test.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::outside::Outside;
use super::support::{binary, folder, free_port, harness, root};

/// The facilities stand at the fixed ports that the simulator knows, so one such run goes at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn verdicts(dir: &Path) -> BTreeMap<String, serde_json::Value> {
    let judged = harness(dir, &["judge", "."]);
    let value: serde_json::Value = serde_json::from_str(&judged.out).unwrap();
    value["requirements"].as_object().unwrap().iter().map(|(id, r)| (id.clone(), r["verdict"].clone())).collect()
}

/// What is judged by the authorization matrix: on a sample nobody but the embedded reference GtK is (GF-HAR-007).
const BY_MATRIX: [&str; 7] = [
    "GF-AUTHZ-001",
    "GM-P2-AUTHZ-1",
    "GM-P3-AUTHZ-1",
    "GM-P4-AUTHZ-2",
    "TM-5.3-1",
    "TWIIN-AUTHZ-10",
    "VW-DEELNEMER-5.12",
];

/// Who has no manifests says so.
const NO_MANIFESTS: &str = "COR-027";

/// The issuer of the means vouches for the user: plateau 4.
const MEANS: &str = "BB-SAML-024";

#[test]
fn the_simulator_driven_from_outside_gets_the_verdicts_of_the_self_test_but_for_those_of_the_sample_matrix() {
    let dir = folder();
    let _alone = alone();
    let outside = Outside::begin(dir.path(), &mut binary(), &root(), &[]);
    let candidate = &outside.candidate;
    let out = dir.path().join("outside");
    let outside = harness(&root(), &["run", "--quiet", "--candidate", candidate, "--out", out.to_str().unwrap()]);
    assert_eq!(outside.code, 3, "{}{}", outside.out, outside.err);
    let own = dir.path().join("own");
    assert_eq!(harness(&root(), &["run", "--quiet", "--out", own.to_str().unwrap()]).code, 0);
    let (mut outside, mut own) = (verdicts(&out), verdicts(&own));
    for id in BY_MATRIX {
        assert_eq!(outside.remove(id), Some("inconclusive".into()), "{id}: a sample decides on nobody");
        assert_eq!(own.remove(id), Some("pass".into()), "{id}");
    }
    // A simulator stands on one plateau, the first; the self-test gives the proofs of the plateau that a case is about.
    assert_eq!((outside.remove(MEANS), own.remove(MEANS)), (Some("warn".into()), Some("pass".into())));
    // A simulator has manifests, and a self-test plays a source without them too.
    assert_eq!((outside.remove(NO_MANIFESTS), own.remove(NO_MANIFESTS)), (Some("warn".into()), Some("pass".into())));
    let differing: Vec<String> = own
        .iter()
        .filter(|(id, verdict)| outside.get(*id) != Some(*verdict))
        .map(|(id, verdict)| format!("{id}: {verdict} in the self-test, {:?} from outside", outside.get(id)))
        .collect();
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

#[test]
fn letters_are_sent_and_fetched_by_the_simulator_too() {
    let dir = folder();
    let _alone = alone();
    let outside = Outside::begin(dir.path(), &mut binary(), &root(), &[]);
    let candidate = &outside.candidate;
    let out = dir.path().join("letters");
    let arguments = ["run", "--quiet", "--candidate", candidate, "--only", "correspondentie/**"];
    let did = harness(&root(), &[&arguments[..], &["--out", out.to_str().unwrap()]].concat());
    // A simulator has manifests; that it has none is another target.
    let verdicts = verdicts(&out);
    assert_eq!(did.code, 0, "{}{}", did.out, did.err);
    assert_eq!(verdicts[NO_MANIFESTS], "warn");
    for id in ["COR-002", "COR-013", "COR-024", "COR-026", "COR-033"] {
        assert_eq!(verdicts[id], "pass", "{id}");
    }
}

#[test]
fn an_own_matrix_decides_on_an_outside_candidate_and_stays_with_the_run() {
    let dir = folder();
    let _alone = alone();
    let outside = Outside::begin(dir.path(), &mut binary(), &root(), &[]);
    let candidate = &outside.candidate;
    let sample = std::fs::read_to_string(root().join("profiles/authorization/sample-matrix.yaml")).unwrap();
    let matrix = dir.path().join("matrix.yaml");
    let run = |name: &str, text: &str| {
        std::fs::write(&matrix, text).unwrap();
        let out = dir.path().join(name);
        let (at, given) = (out.to_str().unwrap(), matrix.to_str().unwrap());
        let did = harness(
            &root(),
            &[
                "run",
                "--quiet",
                "--candidate",
                candidate,
                "--only",
                "generic/authorization/decides*",
                "--matrix",
                given,
                "--out",
                at,
            ],
        );
        (did.code, verdicts(&out))
    };
    let national = sample.replace("holds: sample", "holds: national");
    let (_, same) = run("same", &national);
    assert_eq!(same["GF-AUTHZ-001"], "pass");
    assert_eq!(same["GM-P2-AUTHZ-1"], "inconclusive", "partners have agreed on nothing");
    // The simulator goes by the sample: by a matrix that forbids what it gives, it is wrong.
    let (code, other) = run(
        "other",
        &national.replace(
            r#"role: "01.*", category: "*", purpose: TREAT, decision: permit"#,
            r#"role: "01.*", category: problems, decision: deny"#,
        ),
    );
    assert_eq!((code, &other["GF-AUTHZ-001"]), (1, &"fail".into()));
    let evidence = std::fs::read_to_string(dir.path().join("other/evidence.json")).unwrap();
    assert!(evidence.contains("inputs/authorization-matrix.yaml"));
    assert_eq!(harness(&root(), &["run", "--candidate", candidate, "--matrix", "no-such-file"]).code, 2);
}

#[test]
fn evidence_signed_with_a_given_key_is_trusted_only_by_whoever_names_its_anchor() {
    let dir = folder();
    let _alone = alone();
    let outside = Outside::begin(dir.path(), &mut binary(), &root(), &[]);
    let candidate = &outside.candidate;
    let at = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let (key, certificate, run) = (at("pki/partner/none.key.pem"), at("pki/partner/none.pem"), at("run"));
    let signed = ["--sign-key", &key, "--sign-certificate", &certificate];
    let arguments =
        ["run", "--quiet", "--candidate", candidate, "--zorgtoepassing", "bgz", "--only", "TK-07-09", "--out", &run];
    assert_eq!(harness(&root(), &[&arguments[..], &signed[..]].concat()).code, 0);
    assert_eq!(harness(&root(), &["verify", &run]).code, 3, "no anchor was given");
    assert_eq!(harness(&root(), &["verify", &run, "--trust", &at("pki/root.pem")]).code, 0);
    assert_eq!(
        harness(&root(), &["verify", &run, "--trust", &at("pki/gtk/self-signed.pem")]).code,
        3,
        "another anchor"
    );
}

#[test]
fn a_port_in_use_and_an_unreachable_candidate_are_told_clearly() {
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = held.local_addr().unwrap().to_string();
    let dir = folder();
    let pki = dir.path().join("pki");
    let did = harness(&root(), &["simulate", "--listen", &address, "--pki", pki.to_str().unwrap()]);
    assert_eq!(did.code, 2);
    assert!(did.err.contains(&address) && did.err.contains("choose another --listen"), "{}", did.err);

    let made = harness(dir.path(), &["init", "node"]);
    assert_eq!(made.code, 0, "{}", made.err);
    let path = dir.path().join("node/candidate.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    let port = free_port();
    std::fs::write(&path, text.replace("localhost:8443", &format!("localhost:{port}"))).unwrap();
    let run = harness(
        dir.path(),
        &[
            "run",
            "--quiet",
            "--candidate",
            "node/candidate.yaml",
            "--only",
            "POS-13",
            "--role",
            "receiving",
            "--out",
            "run",
        ],
    );
    assert_eq!(run.code, 2, "{}", run.err);
    let run = harness(
        dir.path(),
        &["run", "--quiet", "--candidate", "node/candidate.yaml", "--only", "BGZ-POS-01", "--out", "run"],
    );
    assert_eq!(run.code, 3, "{}{}", run.out, run.err);
    assert!(run.out.to_lowercase().contains("refused"), "{}", run.out);
}
