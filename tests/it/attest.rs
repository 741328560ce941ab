//! What only documents can show, declared deviations, and the subjects that have little else.

use std::path::{Path, PathBuf};

use serde_json::Value;
use twiin_harness::evidence::folder;
use twiin_harness::evidence::verify::{Status, verify};

use super::support::{Did, copy, folder as temporary, harness, root};

/// A folder with a candidate file of the reference GtK and a document.
fn place(dir: &Path) -> PathBuf {
    let text = std::fs::read_to_string(root().join("profiles/candidates/reference.yaml")).unwrap();
    let path = dir.join("candidate.yaml");
    std::fs::write(&path, text).unwrap();
    std::fs::write(dir.join("soa.txt"), "SIM verklaring van toepasselijkheid").unwrap();
    path
}

const ORGANISATION: &str = r#"subject: deelnemer
product: { name: SIM Ziekenhuis, version: "2026", supplier: SIM Ziekenhuis }
environment: test
organisation: { ura: "90000001", name: SIM Ziekenhuis }
dossier: dossier.yaml
"#;

fn attest(candidate: &Path, requirement: &str, document: &Path, extra: &[&str]) -> Did {
    let mut arguments = vec![
        "attest",
        requirement,
        "--candidate",
        candidate.to_str().unwrap(),
        "--document",
        document.to_str().unwrap(),
        "--by",
        "SIM Auditor",
        "--role",
        "auditor",
    ];
    if !extra.contains(&"--valid-until") {
        arguments.extend(["--valid-until", "2999-12-31"]);
    }
    arguments.extend(extra);
    harness(&root(), &arguments)
}

/// A small self-test with papers.
fn run(dir: &Path, extra: &[&str]) -> (Did, Value) {
    let out = dir.join("run");
    drop(std::fs::remove_dir_all(&out));
    let mut arguments = vec!["run", "--quiet", "--lang", "en", "--only", "TK-07-09", "--out", out.to_str().unwrap()];
    arguments.extend(extra);
    let did = harness(&root(), &arguments);
    (did, evidence(&out))
}

fn evidence(out: &Path) -> Value {
    let bytes = std::fs::read(out.join(folder::EVIDENCE)).unwrap_or_else(|_| b"null".to_vec());
    serde_json::from_slice(&bytes).unwrap()
}

fn row<'a>(evidence: &'a Value, id: &str) -> &'a Value {
    evidence["requirements"].as_array().unwrap().iter().find(|r| r["id"] == id).unwrap()
}

fn obeys_the_schema(evidence: &Value) {
    let path = root().join("reports/schema/evidence-3.json");
    let schema: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let faults: Vec<String> = validator.iter_errors(evidence).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(faults.is_empty(), "{faults:?}");
}

#[test]
fn a_document_shows_a_requirement_and_is_counted_apart() {
    let dir = temporary();
    let candidate = place(dir.path());
    let did = attest(&candidate, "VW-GTK-1.4", &dir.path().join("soa.txt"), &["--remark", "quotes \" and: colons"]);
    assert_eq!(did.code, 0, "{}", did.err);
    let dossier = dir.path().join("dossier.yaml");
    let (did, evidence) = run(dir.path(), &["--dossier", dossier.to_str().unwrap()]);
    assert_eq!(did.code, 0, "{}{}", did.out, did.err);
    obeys_the_schema(&evidence);
    let shown = row(&evidence, "VW-GTK-1.4");
    assert_eq!((&shown["verdict"], &shown["mode"]), (&"pass".into(), &"attested".into()));
    assert_eq!(shown["attestation"]["standing"], "valid");
    assert_eq!(shown["attestation"]["documents"][0]["path"], "soa.txt");
    assert_eq!(evidence["attested"]["pass"], 1);
    let (_, without) = run(dir.path(), &[]);
    assert_eq!(evidence["counts"], without["counts"], "what the harness saw is the same without the dossier");
    assert_eq!(row(&without, "VW-GTK-1.4")["verdict"], "not-tested");
    // Everywhere apart: summary, page and JUnit document.
    let (did, _) = run(dir.path(), &["--dossier", dossier.to_str().unwrap()]);
    assert!(did.out.contains("not seen by the harness"), "{}", did.out);
    let out = dir.path().join("run");
    let page = std::fs::read_to_string(out.join("report.html")).unwrap();
    assert!(page.contains("not seen by the harness") && page.contains("SIM Auditor"));
    let junit = std::fs::read_to_string(out.join("junit.xml")).unwrap();
    assert!(junit.contains("testsuite name=\"attested\" tests=\"1\""), "the suite of documents");
    assert_eq!(verify(&out, &[]).unwrap().status, Status::SelfTest);
}

#[test]
fn an_expired_altered_or_missing_document_is_never_a_pass_and_the_evidence_says_why() {
    let dir = temporary();
    let candidate = place(dir.path());
    let document = dir.path().join("soa.txt");
    assert_eq!(attest(&candidate, "VW-GTK-1.4", &document, &[]).code, 0);
    let dossier = dir.path().join("dossier.yaml");
    let good = std::fs::read_to_string(&dossier).unwrap();
    let standing = |what: &str| {
        let (did, evidence) = run(dir.path(), &["--dossier", dossier.to_str().unwrap()]);
        assert_eq!(did.code, 3, "{what}: {}{}", did.out, did.err);
        obeys_the_schema(&evidence);
        let shown = row(&evidence, "VW-GTK-1.4");
        assert_eq!(shown["verdict"], "inconclusive", "{what}");
        assert!(!shown["attestation"]["problems"].as_array().unwrap().is_empty(), "{what}");
        assert_eq!(verify(&dir.path().join("run"), &[]).unwrap().status, Status::SelfTest, "{what}");
        shown["attestation"]["standing"].as_str().unwrap().to_owned()
    };
    std::fs::write(&document, "SIM verklaring van iets anders").unwrap();
    assert_eq!(standing("altered"), "altered");
    std::fs::remove_file(&document).unwrap();
    assert_eq!(standing("missing"), "missing");
    std::fs::write(&document, "SIM verklaring van toepasselijkheid").unwrap();
    let dated = |attested: &str, until: &str| {
        let mut text: Vec<String> = good.lines().map(str::to_owned).collect();
        for line in &mut text {
            if line.starts_with("    attested:") {
                *line = format!("    attested: \"{attested}\"");
            }
            if line.starts_with("    valid-until:") {
                *line = format!("    valid-until: \"{until}\"");
            }
        }
        std::fs::write(&dossier, text.join("\n")).unwrap();
    };
    dated("2020-01-01", "2020-12-31");
    assert_eq!(standing("expired"), "expired");
    dated("2998-01-01", "2999-12-31");
    assert_eq!(standing("not yet"), "not-yet");
    // The good twin.
    std::fs::write(&dossier, &good).unwrap();
    let (did, evidence) = run(dir.path(), &["--dossier", dossier.to_str().unwrap()]);
    assert_eq!((did.code, &row(&evidence, "VW-GTK-1.4")["verdict"]), (0, &"pass".into()));
}

#[test]
fn a_dossier_that_was_changed_after_the_run_is_found_by_verify() {
    let dir = temporary();
    let candidate = place(dir.path());
    assert_eq!(attest(&candidate, "VW-GTK-1.4", &dir.path().join("soa.txt"), &["--verdict", "fail"]).code, 0);
    let dossier = dir.path().join("dossier.yaml");
    let (did, evidence) = run(dir.path(), &["--dossier", dossier.to_str().unwrap()]);
    assert_eq!((did.code, &row(&evidence, "VW-GTK-1.4")["verdict"]), (1, &"fail".into()), "{}", did.err);
    let out = dir.path().join("run");
    for name in ["inputs/dossier.yaml", "inputs/documents.json"] {
        let good = std::fs::read(out.join(name)).unwrap();
        let text = String::from_utf8(good.clone()).unwrap().replace("verdict: fail", "verdict: pass").replace('a', "b");
        std::fs::write(out.join(name), text).unwrap();
        assert_eq!(verify(&out, &[]).unwrap().status, Status::Invalid, "{name}");
        std::fs::write(out.join(name), good).unwrap();
    }
    assert_eq!(verify(&out, &[]).unwrap().status, Status::SelfTest);
}

#[test]
fn an_attestation_without_document_date_or_signer_is_refused() {
    let dir = temporary();
    let candidate = place(dir.path());
    let document = dir.path().join("soa.txt");
    let refused = |did: Did, why: &str| {
        assert_eq!(did.code, 2, "{why}: {}", did.out);
        assert!(did.err.contains(why), "{why}: {}", did.err);
    };
    refused(attest(&candidate, "VW-GTK-1.4", &dir.path().join("nothing.txt"), &[]), "nothing.txt");
    refused(attest(&candidate, "VW-GTK-1.4", &document, &["--valid-until", "morgen"]), "write a day as");
    refused(attest(&candidate, "VW-GTK-1.4", &document, &["--valid-until", "2020-01-01"]), "has passed");
    let path = candidate.to_str().unwrap();
    let unsigned = ["attest", "VW-GTK-1.4", "--candidate", path, "--valid-until", "2999-12-31"];
    assert_eq!(harness(&root(), &unsigned).code, 2);
    assert!(!dir.path().join("dossier.yaml").exists(), "nothing was written");
    // The same in a file that was written by hand.
    assert_eq!(attest(&candidate, "VW-GTK-1.4", &document, &[]).code, 0);
    let dossier = dir.path().join("dossier.yaml");
    let good = std::fs::read_to_string(&dossier).unwrap();
    let without =
        |start: &str| good.lines().filter(|l| !l.trim_start().starts_with(start)).collect::<Vec<_>>().join("\n");
    for (text, why) in [
        (without("by:"), "by"),
        (without("attested:"), "attested"),
        (without("- { path"), "documents"),
        (good.replace("by: \"SIM Auditor\"", "by: \" \""), "`by` is empty"),
        (good.replace("soa.txt", "../soa.txt"), "leads out of the folder"),
        (good.replace("version: 1", "version: 2"), "version 2"),
        (good.replace("VW-GTK-1.4", "VW-GTK-1.44"), "did you mean"),
    ] {
        std::fs::write(&dossier, text).unwrap();
        let (did, evidence) = run(dir.path(), &["--dossier", dossier.to_str().unwrap()]);
        assert_eq!(did.code, 2, "{why}: {}", did.out);
        assert!(did.err.contains(why), "{why}: {}", did.err);
        assert!(evidence.is_null(), "{why}: nothing was run");
    }
}

#[test]
fn only_what_documents_show_can_be_attested_and_an_unknown_requirement_gets_the_nearest_one() {
    let dir = temporary();
    let candidate = place(dir.path());
    let document = dir.path().join("soa.txt");
    for (id, why) in [
        ("VW-GTK-1.44", "did you mean `VW-GTK-1.4`?"),
        ("NET-5.020", "no document shows it"),
        ("Log-02", "Eis aan deelnemer"),
        ("VW-DEELNEMER-1.1", "does not belong in the dossier of a gtk"),
    ] {
        let did = attest(&candidate, id, &document, &[]);
        assert_eq!(did.code, 2, "{id}");
        assert!(did.err.contains(why), "{id}: {}", did.err);
    }
}

#[test]
fn a_document_from_elsewhere_is_copied_and_nothing_is_overwritten() {
    let dir = temporary();
    let candidate = place(dir.path());
    let elsewhere = temporary();
    let document = elsewhere.path().join("a.txt");
    for text in ["one", "two", "two"] {
        std::fs::write(&document, text).unwrap();
        assert_eq!(attest(&candidate, "VW-GTK-1.4", &document, &[]).code, 0);
    }
    let kept: Vec<String> = std::fs::read_dir(dir.path().join("documents"))
        .unwrap()
        .map(|f| std::fs::read_to_string(f.unwrap().path()).unwrap())
        .collect();
    assert_eq!(kept.len(), 2, "each document is kept once, under a name of its own");
    assert!(kept.contains(&"one".to_owned()) && kept.contains(&"two".to_owned()));
}

#[test]
fn the_list_says_what_is_present_missing_expired_and_of_another_version() {
    let dir = temporary();
    let candidate = place(dir.path());
    let path = candidate.to_str().unwrap().to_owned();
    let list = |extra: &[&str]| {
        let mut arguments = vec!["attest", "--list", "--candidate", &path, "--format", "json", "--lang", "en"];
        arguments.extend(extra);
        let did = harness(&root(), &arguments);
        assert_eq!(did.code, 3, "{}", did.err);
        let value: Value = serde_json::from_str(&did.out).unwrap();
        value["requirements"].as_array().unwrap().clone()
    };
    let state = |rows: &[Value], id: &str| rows.iter().find(|r| r["requirement"] == id).map(|r| r["state"].clone());
    assert_eq!(state(&list(&[]), "VW-GTK-1.4"), Some("none".into()));
    assert_eq!(attest(&candidate, "VW-GTK-1.4", &dir.path().join("soa.txt"), &[]).code, 0);
    let rows = list(&["--plateau", "4"]);
    assert_eq!(state(&rows, "VW-GTK-1.4"), Some("valid".into()));
    assert_eq!(state(&list(&["--plateau", "1"]), "VW-GTK-1.4"), None, "it binds on plateau 4 only");
    assert_eq!(state(&rows, "Log-02"), None, "a duty of the participant");
    let text = std::fs::read_to_string(&candidate).unwrap();
    std::fs::write(&candidate, text.replace("version: \"0.1\"", "version: \"0.2\"")).unwrap();
    let other = list(&[]);
    let row = other.iter().find(|r| r["requirement"] == "VW-GTK-1.4").unwrap();
    assert_eq!(row["other-version"], "0.1");
    std::fs::remove_file(dir.path().join("soa.txt")).unwrap();
    assert_eq!(state(&list(&[]), "VW-GTK-1.4"), Some("missing".into()));
}

#[test]
fn another_product_version_in_the_dossier_is_told_in_the_evidence() {
    let dir = temporary();
    let candidate = place(dir.path());
    assert_eq!(attest(&candidate, "VW-GTK-1.4", &dir.path().join("soa.txt"), &[]).code, 0);
    let dossier = dir.path().join("dossier.yaml");
    let good = std::fs::read_to_string(&dossier).unwrap();
    std::fs::write(&dossier, good.replace("product-version: \"0.1\"", "product-version: \"0.0\"")).unwrap();
    let (did, evidence) = run(dir.path(), &["--dossier", dossier.to_str().unwrap()]);
    assert_eq!(did.code, 0, "{}", did.err);
    assert_eq!(evidence["papers"]["dossier"]["other-versions"], serde_json::json!(["0.0"]));
    assert_eq!(row(&evidence, "VW-GTK-1.4")["attestation"]["other-version"], "0.0");
    assert!(did.out.contains("another product version: 0.0"), "{}", did.out);
}

#[test]
fn a_dossier_of_a_gtk_and_one_of_a_participant_are_never_one_package() {
    let dir = temporary();
    let candidate = place(dir.path());
    assert_eq!(attest(&candidate, "VW-GTK-1.4", &dir.path().join("soa.txt"), &[]).code, 0);
    let organisation = dir.path().join("organisation.yaml");
    std::fs::write(&organisation, ORGANISATION).unwrap();
    let dossier = dir.path().join("dossier.yaml");
    let (organisation, dossier) = (organisation.to_str().unwrap(), dossier.to_str().unwrap());
    let out = dir.path().join("run");
    let did = harness(
        &root(),
        &["run", "--quiet", "--candidate", organisation, "--dossier", dossier, "--out", out.to_str().unwrap()],
    );
    assert_eq!(did.code, 2);
    assert!(did.err.contains("PROC-12"), "{}", did.err);
    let did = attest(Path::new(organisation), "VW-DEELNEMER-1.1", &dir.path().join("soa.txt"), &[]);
    assert_eq!(did.code, 2, "nor is anything added to it");
}

#[test]
fn a_participant_without_endpoints_is_run_with_only_a_dossier() {
    let dir = temporary();
    let candidate = dir.path().join("candidate.yaml");
    std::fs::write(&candidate, ORGANISATION).unwrap();
    std::fs::write(dir.path().join("soa.txt"), "x").unwrap();
    for id in ["VW-DEELNEMER-1.1", "Log-02"] {
        assert_eq!(attest(&candidate, id, &dir.path().join("soa.txt"), &[]).code, 0, "{id}");
    }
    let out = dir.path().join("run");
    let did = harness(
        &root(),
        &["run", "--quiet", "--candidate", candidate.to_str().unwrap(), "--out", out.to_str().unwrap(), "--lang", "en"],
    );
    assert_eq!(did.code, 3, "a package of an organisation waits for its documents: {}{}", did.out, did.err);
    let evidence = evidence(&out);
    obeys_the_schema(&evidence);
    assert_eq!(evidence["candidate"]["subject"], "deelnemer");
    assert_eq!((&evidence["cases"], evidence["counts"]["pass"].as_u64()), (&serde_json::json!([]), Some(0)));
    assert_eq!(evidence["attested"]["pass"], 2);
    let awaited = evidence["papers"]["awaited"].as_array().unwrap();
    assert!(awaited.contains(&"VW-DEELNEMER-1.2".into()) && !awaited.contains(&"VW-DEELNEMER-1.1".into()));
    let ids: Vec<&str> = evidence["requirements"].as_array().unwrap().iter().filter_map(|r| r["id"].as_str()).collect();
    assert!(ids.contains(&"VW-DEELNEMER-2.4") && !ids.contains(&"VW-GTK-1.4") && !ids.contains(&"NET-5.020"));
    assert!(did.out.contains("It says nothing of a GtK"), "{}", did.out);
    assert_eq!(verify(&out, &[]).unwrap().status, Status::SelfTest);
}

#[test]
fn a_duty_of_the_participant_is_not_tested_for_a_gtk_and_the_evidence_says_so() {
    let dir = temporary();
    let (_, evidence) = run(dir.path(), &[]);
    let duty = row(&evidence, "Log-02");
    assert_eq!(duty["verdict"], "not-tested");
    assert!(duty["not-tested"].as_str().unwrap().contains("Eis aan deelnemer"), "{duty}");
    let organisation = row(&evidence, "VW-DEELNEMER-1.1");
    assert!(organisation["not-tested"].as_str().unwrap().contains("binds deelnemer"), "{organisation}");
}

const WAIVER: &str = r#"waivers:
  - requirement: TK-07-09
    reason: { nl: "Wordt vervangen", en: "Being replaced" }
    decider: SIM Stuurgroep
    expires: 2999-01-31
"#;
const BROKEN: [&str; 2] = ["--deviation", "token-response-without-type"];

fn with_waivers(dir: &Path, text: &str, extra: &[&str]) -> (Did, Value) {
    let path = dir.join("waivers.yaml");
    std::fs::write(&path, text).unwrap();
    let mut arguments = vec!["--waivers", path.to_str().unwrap()];
    arguments.extend(extra);
    run(dir, &arguments)
}

#[test]
fn a_waived_failure_stays_a_failure_and_the_run_is_conformant_with_waivers_only() {
    let dir = temporary();
    let (did, evidence) = with_waivers(dir.path(), WAIVER, &BROKEN);
    assert_eq!(did.code, 0, "{}{}", did.out, did.err);
    obeys_the_schema(&evidence);
    assert_eq!(evidence["conclusion"], "conformant-with-waivers");
    let waived = row(&evidence, "TK-07-09");
    assert_eq!(waived["verdict"], "fail");
    assert_eq!(waived["waived"]["decider"], "SIM Stuurgroep");
    assert_eq!(evidence["papers"]["waivers"][0]["state"], "applied");
    assert!(
        did.out.contains("Conformant, with declared deviations") && did.out.contains("Being replaced"),
        "{}",
        did.out
    );
    let junit = std::fs::read_to_string(dir.path().join("run/junit.xml")).unwrap();
    assert!(!junit.contains("<failure") && junit.contains("Being replaced"));
    assert_eq!(verify(&dir.path().join("run"), &[]).unwrap().status, Status::SelfTest);
    // The twin without a waiver.
    let (did, evidence) = run(dir.path(), &BROKEN);
    assert_eq!((did.code, &evidence["conclusion"]), (1, &"not-conformant".into()));
}

#[test]
fn an_expired_waiver_counts_not_at_all_and_one_for_what_passes_is_superfluous() {
    let dir = temporary();
    let (did, evidence) = with_waivers(dir.path(), &WAIVER.replace("2999", "2020"), &BROKEN);
    assert_eq!((did.code, &evidence["conclusion"]), (1, &"not-conformant".into()));
    assert_eq!(evidence["papers"]["waivers"][0]["state"], "expired");
    assert_eq!(row(&evidence, "TK-07-09")["waived"], Value::Null);
    assert!(did.out.contains("expired, counts for nothing"), "{}", did.out);
    let (did, evidence) = with_waivers(dir.path(), WAIVER, &[]);
    assert_eq!((did.code, &evidence["conclusion"]), (0, &"conformant".into()), "nothing was waived");
    assert_eq!(evidence["papers"]["waivers"][0]["state"], "superfluous");
}

#[test]
fn a_waiver_for_another_plateau_or_requirement_keeps_nothing_from_failing() {
    let dir = temporary();
    let other = WAIVER.replace("    decider", "    plateaus: [1]\n    decider");
    let (did, evidence) = with_waivers(dir.path(), &other, &BROKEN);
    assert_eq!((did.code, &evidence["conclusion"]), (1, &"not-conformant".into()));
    assert_ne!(evidence["papers"]["waivers"][0]["state"], "applied");
    let (did, _) = with_waivers(dir.path(), &WAIVER.replace("TK-07-09", "NET-5.020"), &BROKEN);
    assert_eq!(did.code, 1);
    let (did, evidence) = with_waivers(dir.path(), &WAIVER.replace("TK-07-09", "TK-07-0"), &BROKEN);
    assert_eq!(did.code, 2);
    assert!(did.err.contains("did you mean") && evidence.is_null(), "{}", did.err);
}

#[test]
fn papers_are_named_in_the_candidate_file_too() {
    let dir = temporary();
    let candidate = dir.path().join("candidate.yaml");
    std::fs::write(&candidate, format!("{ORGANISATION}waivers: waivers.yaml\n")).unwrap();
    std::fs::write(dir.path().join("soa.txt"), "x").unwrap();
    std::fs::write(dir.path().join("waivers.yaml"), WAIVER.replace("TK-07-09", "VW-DEELNEMER-1.1")).unwrap();
    assert_eq!(attest(&candidate, "VW-DEELNEMER-1.1", &dir.path().join("soa.txt"), &["--verdict", "fail"]).code, 0);
    let out = dir.path().join("run");
    let arguments = ["run", "--quiet", "--candidate", candidate.to_str().unwrap(), "--out", out.to_str().unwrap()];
    assert_eq!(harness(&root(), &arguments).code, 3);
    let evidence = evidence(&out);
    assert_eq!(row(&evidence, "VW-DEELNEMER-1.1")["verdict"], "fail");
    assert_eq!(evidence["papers"]["waivers"][0]["state"], "applied");
    // Elsewhere the folder says the same.
    copy(&out, &dir.path().join("elsewhere"));
    assert_eq!(verify(&dir.path().join("elsewhere"), &[]).unwrap().status, Status::SelfTest);
}

#[test]
fn the_grid_has_all_thirty_two_cells_on_every_choice_of_plateaus_and_none_is_blank() {
    let dir = temporary();
    for plateau in ["4", "1,2", "1..4"] {
        let (_, evidence) = run(dir.path(), &["--plateau", plateau]);
        let rows = evidence["grid"]["rows"].as_array().unwrap();
        let model: Vec<&Value> = rows.iter().filter(|r| r["in-groeimodel"] == true).collect();
        assert_eq!(model.len(), 8, "{plateau}");
        for function in ["behandelrelatie", "transparantie"] {
            assert!(rows.iter().any(|r| r["function"] == function), "{function}");
        }
        for cell in rows.iter().flat_map(|r| r["cells"].as_array().unwrap()) {
            let said = cell["verdict"] != "not-tested" || cell["reason"]["nl"].as_str().is_some_and(|t| !t.is_empty());
            assert!(said, "{plateau}: {cell}");
            if cell["asked"] == false {
                assert_eq!(cell["verdict"], "not-tested", "no verdict is carried over: {cell}");
            }
        }
        let cells = model.iter().map(|r| r["cells"].as_array().unwrap().len()).sum::<usize>();
        assert_eq!(cells, 32);
        assert!(model.iter().flat_map(|r| r["cells"].as_array().unwrap()).all(|c| c["all"].as_u64() > Some(0)));
    }
    let shown = harness(dir.path(), &["report", "run", "--format", "plateau"]);
    assert_eq!(shown.code, 0);
    assert!(shown.out.contains("geen deel van het Afsprakenstelsel") && shown.out.contains("E-01"), "{}", shown.out);
}
