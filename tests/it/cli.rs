//! Exit codes, help, and the commands for browsing.

use super::support::{folder, harness, root};

#[test]
fn help_and_version_are_no_mistakes_and_name_the_exit_codes() {
    let help = harness(&root(), &["--help"]);
    assert_eq!(help.code, 0);
    assert!(help.out.contains("5  authentic, and TEST only"), "{}", help.out);
    assert_eq!(harness(&root(), &["--version"]).code, 0);
    for command in [
        "run",
        "plan",
        "lint",
        "list",
        "explain",
        "simulate",
        "fhir",
        "packages",
        "judge",
        "report",
        "verify",
        "prove",
        "init",
        "completions",
        "man",
    ] {
        assert_eq!(harness(&root(), &[command, "--help"]).code, 0, "{command}");
    }
}

#[test]
fn wrong_arguments_and_files_end_with_two_and_say_what_to_do() {
    let dir = folder();
    let missing = dir.path().join("nothing.yaml");
    let missing = missing.to_str().unwrap();
    let cases: [(&[&str], &str); 12] = [
        (&["nonsense"], "unrecognized subcommand"),
        (&["run", "--plateau", "7"], "write plateaus as"),
        (&["run", "--release", "9.9"], "1.3.1"),
        (&["run", "--zorgtoepassing", "bgx"], "unknown zorgtoepassing"),
        (&["run", "--only", "TK-07-0"], "did you mean"),
        (&["run", "--deviation", "json-onl"], "did you mean `json-only`"),
        (&["run", "--candidate", missing], "nothing.yaml"),
        (&["run", "--data", missing], "nothing.yaml"),
        (&["explain", "TK-07-0"], "did you mean"),
        (&["judge", missing], "nothing.yaml"),
        (&["verify", missing], "nothing.yaml"),
        (&["--suite", missing, "lint"], "has no scenarios/"),
    ];
    for (arguments, says) in cases {
        let did = harness(&root(), arguments);
        assert_eq!(did.code, 2, "{arguments:?}: {}", did.err);
        assert!(did.err.contains(says), "{arguments:?}: {}", did.err);
    }
}

#[test]
fn a_folder_that_cannot_be_written_ends_with_four() {
    let dir = folder();
    let file = dir.path().join("a-file");
    std::fs::write(&file, "x").unwrap();
    let out = file.join("run");
    let did = harness(&root(), &["run", "--quiet", "--only", "TK-07-09", "--out", out.to_str().unwrap()]);
    assert_eq!(did.code, 4, "{}", did.err);
    assert!(did.err.contains("a-file"), "{}", did.err);
}

#[test]
fn a_run_is_never_written_over_another() {
    let dir = folder();
    let out = dir.path().join("run");
    let arguments = ["run", "--quiet", "--only", "TK-07-09", "--out", out.to_str().unwrap()];
    assert_eq!(harness(&root(), &arguments).code, 0);
    let again = harness(&root(), &arguments);
    assert_eq!(again.code, 2);
    assert!(again.err.contains("there is a run in it already"), "{}", again.err);
}

#[test]
fn nothing_selected_is_undetermined_and_not_conformant() {
    let dir = folder();
    let out = dir.path().join("run");
    let did =
        harness(&root(), &["run", "--quiet", "--only", "TK-07-09", "--plateau", "1", "--out", out.to_str().unwrap()]);
    assert_eq!(did.code, 3, "{}{}", did.out, did.err);
}

#[test]
fn the_plan_names_what_is_missing_and_sends_nothing() {
    let text = std::fs::read_to_string(root().join("profiles/candidates/reference.yaml")).unwrap();
    let dir = folder();
    let path = dir.path().join("candidate.yaml");
    let without = text
        .replace("  expire-tokens:", "  #")
        .replace("        revoked:", "        #")
        .replace("  xml: yes", "  xml: undeclared");
    std::fs::write(&path, without).unwrap();
    let did = harness(&root(), &["plan", "--candidate", path.to_str().unwrap(), "--lang", "en"]);
    assert_eq!(did.code, 0, "{}", did.err);
    for says in ["triggers.expire-tokens", "harness.identities.partner.certificates.revoked", "`xml` is undeclared"] {
        assert!(did.out.contains(says), "{says}: {}", did.out);
    }
    assert!(harness(&root(), &["plan"]).out.contains("Wordt uitgevoerd"));
}

#[test]
fn lists_can_be_read_by_people_and_by_programs() {
    for kind in ["requirements", "scenarios", "checks", "actions", "deviations"] {
        let people = harness(&root(), &["list", kind]);
        assert_eq!(people.code, 0, "{kind}");
        let programs = harness(&root(), &["list", kind, "--format", "json"]);
        let value: serde_json::Value = serde_json::from_str(&programs.out).unwrap();
        assert!(value.as_array().unwrap().len() > 10, "{kind}");
    }
}

#[test]
fn a_requirement_is_explained_with_its_source_scenarios_and_proof() {
    let did = harness(&root(), &["explain", "TK-07-09", "--lang", "en"]);
    assert_eq!(did.code, 0);
    for says in ["Base standard", "Scenarios and checks", "token-response-without-type (", "A deviation is", "Plateaus"]
    {
        assert!(did.out.contains(says), "{says}: {}", did.out);
    }
    assert!(harness(&root(), &["explain", "json-only"]).out.contains("BGZ-FMT-01"));
    assert!(harness(&root(), &["explain", "http-status"]).out.contains("http-status"));
}

#[test]
fn the_suite_is_built_in_so_that_the_binary_works_anywhere() {
    let dir = folder();
    let did = harness(dir.path(), &["lint"]);
    assert_eq!(did.code, 0, "{}", did.err);
    assert!(did.out.contains("requirements"));
}

#[test]
fn every_format_of_the_report_is_rendered_from_the_evidence() {
    let dir = folder();
    let out = dir.path().join("run");
    assert_eq!(harness(&root(), &["run", "--quiet", "--only", "TK-07-09", "--out", out.to_str().unwrap()]).code, 0);
    for (format, says) in [
        ("html", "<!doctype html>"),
        ("junit", "<testsuites"),
        ("json", "twiin-harness-evidence/3"),
        ("terminal", "TK-07-09"),
    ] {
        for language in ["nl", "en"] {
            let did = harness(dir.path(), &["report", "run", "--format", format, "--lang", language]);
            assert_eq!(did.code, 0, "{format} {language}: {}", did.err);
            assert!(
                did.out.to_lowercase().contains(&says.to_lowercase()) || format == "terminal",
                "{format} {language}"
            );
        }
    }
}

#[test]
fn a_real_citizen_number_is_refused_before_anything_is_sent() {
    let text = std::fs::read_to_string(root().join("profiles/candidates/reference.yaml")).unwrap();
    let dir = folder();
    let path = dir.path().join("candidate.yaml");
    std::fs::write(&path, text.replace("referral: \"999943145\"", "referral: \"123456782\"")).unwrap();
    let did = harness(&root(), &["run", "--candidate", path.to_str().unwrap()]);
    assert_eq!(did.code, 2);
    assert!(did.err.contains("only fictitious patients"), "{}", did.err);
    assert!(!did.err.contains("123456782"), "the number itself is not printed");
}

#[test]
fn simulate_listens_and_asks_where_the_reference_candidate_file_says() {
    let candidate = std::fs::read_to_string(root().join("profiles/candidates/reference.yaml")).unwrap();
    let help = harness(&root(), &["simulate", "--help"]).out.split_whitespace().collect::<Vec<_>>().join(" ");
    let default = |option: &str| {
        let (_, rest) = help.split_once(option).unwrap();
        let (_, rest) = rest.split_once("[default: ").unwrap();
        rest.split(']').next().unwrap().to_owned()
    };
    let port = default("--listen").rsplit_once(':').unwrap().1.to_owned();
    assert!(candidate.contains(&format!("https://localhost:{port}/fhir")), "{port}");
    assert!(candidate.contains(&format!("base-url: {}", default("--peer"))), "{}", default("--peer"));
    let status = candidate.lines().find(|line| line.trim_start().starts_with("status:")).unwrap();
    assert!(status.contains(&format!("base-url: \"{}\"", default("--status"))), "{status}");
}
