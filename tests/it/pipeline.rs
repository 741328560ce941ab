//! For pipelines: attempts, expected failures, and what GitHub and GitLab get to see, over real sockets.

use std::path::Path;

use serde_json::Value;
use twiin_harness::base::clock;
use twiin_harness::evidence::assemble::{as_version_1, as_version_2};
use twiin_harness::evidence::folder::{self, Tool};
use twiin_harness::evidence::model::{Evidence, Kind};
use twiin_harness::evidence::sign;
use twiin_harness::evidence::verify::{Status, verify};
use twiin_harness::net::pki::{LeafFlaw, LeafSpec, TestPki};

use super::support::{Did, binary, copy, did, folder, harness, root};

/// A deviation that breaks one requirement and no other.
const WRONG: [&str; 2] = ["--deviation", "token-response-without-type"];
const BROKEN: &str = "TK-07-09";

/// A run of the scenarios that show that requirement.
fn run(dir: &Path, extra: &[&str]) -> Did {
    let out = dir.join("run");
    let mut arguments = vec!["run", "--quiet", "--only", BROKEN, "--lang", "en", "--out", out.to_str().unwrap()];
    arguments.extend(extra);
    harness(&root(), &arguments)
}

fn evidence(dir: &Path) -> Evidence {
    serde_json::from_slice(&std::fs::read(dir.join("run").join(folder::EVIDENCE)).unwrap()).unwrap()
}

fn verdict(evidence: &Evidence, id: &str) -> String {
    evidence.requirements.iter().find(|r| r.id == id).unwrap().verdict.to_string()
}

/// A file of expected failures in the folder.
fn expected(dir: &Path, entry: &str) -> String {
    let path = dir.join("expected.yaml");
    let rest = "reason: { nl: 'komt in 2.5', en: 'comes in 2.5' }, owner: team-koppelvlak";
    let entry = if entry.contains("expires") { entry.to_owned() } else { format!("{entry}, expires: 2099-12-31") };
    std::fs::write(&path, format!("expected:\n  - {{ {entry}, {rest} }}\n")).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_candidate_that_holds_in_the_second_attempt_only_is_flaky_and_never_conformant() {
    let dir = folder();
    let healed = [&WRONG[..], &["--heals-after", "1", "--attempts", "3"]].concat();
    let did = run(dir.path(), &healed);
    assert_eq!(did.code, 3, "{}{}", did.out, did.err);
    assert!(did.out.contains("~ 1 flaky") && did.out.contains("attempt 1"), "{}", did.out);

    let evidence = evidence(dir.path());
    assert_eq!(verdict(&evidence, BROKEN), "flaky");
    assert_eq!(evidence.counts.flaky, 1);
    let repeated: Vec<_> = evidence.cases.iter().filter(|c| !c.attempts.is_empty()).collect();
    assert!(!repeated.is_empty());
    for case in &repeated {
        let verdicts: Vec<String> = case.attempts.iter().map(|a| a.verdict.to_string()).collect();
        assert_eq!((case.verdict.to_string(), verdicts), ("flaky".to_owned(), vec!["fail".into(), "pass".into()]));
        assert_eq!(case.exchanges, case.attempts.iter().map(|a| a.exchanges).sum::<u64>());
    }
    let out = dir.path().join("run");
    let transcript = std::fs::read_to_string(out.join(folder::TRANSCRIPT)).unwrap();
    assert!(
        transcript.contains("\"attempt\":2") && !transcript.contains("\"attempt\":3"),
        "it is not done a third time"
    );
    assert!(std::fs::read_to_string(out.join("junit.xml")).unwrap().contains("<flakyFailure"));
    assert!(std::fs::read_to_string(out.join("report.html")).unwrap().contains("Attempt 2"));

    let judged = harness(dir.path(), &["judge", "run"]);
    assert_eq!(judged.code, 3);
    let document: Value = serde_json::from_str(&judged.out).unwrap();
    assert_eq!(document["requirements"][BROKEN]["verdict"], "flaky");
    assert_eq!(document["cases"][&repeated[0].id]["attempts"], serde_json::json!(["fail", "pass"]));
    assert_eq!(verify(&out, &[]).unwrap().status, Status::SelfTest);
}

#[test]
fn a_candidate_that_goes_on_failing_fails_whatever_the_number_of_attempts() {
    let dir = folder();
    let did = run(dir.path(), &[&WRONG[..], &["--attempts", "2"]].concat());
    assert_eq!(did.code, 1, "{}{}", did.out, did.err);
    let evidence = evidence(dir.path());
    assert_eq!(verdict(&evidence, BROKEN), "fail");
    assert!(evidence.cases.iter().any(|c| c.attempts.len() == 2));
    let junit = std::fs::read_to_string(dir.path().join("run/junit.xml")).unwrap();
    assert!(junit.contains("<rerunFailure") && !junit.contains("<flakyFailure"));
}

#[test]
fn a_candidate_that_holds_at_once_is_done_once() {
    let dir = folder();
    assert_eq!(run(dir.path(), &["--attempts", "3"]).code, 0);
    assert!(evidence(dir.path()).cases.iter().all(|c| c.attempts.is_empty()));
    let transcript = std::fs::read_to_string(dir.path().join("run").join(folder::TRANSCRIPT)).unwrap();
    assert!(!transcript.contains("\"attempt\""));
}

#[test]
fn an_expected_failure_makes_the_exit_code_good_and_leaves_the_evidence_as_it_is() {
    let dir = folder();
    let file = expected(dir.path(), &format!("requirement: {BROKEN}, role: receiving"));
    let both = expected(dir.path(), &format!("requirement: {BROKEN}"));
    assert_eq!(file, both);
    let did = run(dir.path(), &[&WRONG[..], &["--expect", &both]].concat());
    assert_eq!(did.code, 0, "{}{}", did.out, did.err);
    for says in [&format!("✓ {BROKEN}: failed, as expected. team-koppelvlak, "), "days left", "comes in 2.5"] {
        assert!(did.out.contains(says), "{says}: {}", did.out);
    }
    assert!(did.out.contains("Conclusion: ✗ Not conformant"), "{}", did.out);

    // What is made of the same folder without any expectation is the same, to the byte.
    let out = dir.path().join("run");
    let stored = std::fs::read(out.join(folder::EVIDENCE)).unwrap();
    let tool = Tool { kind: Kind::SelfTest, binary_sha256: evidence(dir.path()).harness.binary_sha256 };
    let again = folder::load(&out).unwrap().evidence(&out, &tool).unwrap();
    assert_eq!(sign::payload(&again).unwrap(), stored);
    for file in [folder::EVIDENCE, folder::RUN, folder::TRANSCRIPT] {
        assert!(!std::fs::read_to_string(out.join(file)).unwrap().contains("team-koppelvlak"), "{file}");
    }
    assert_eq!(verify(&out, &[]).unwrap().status, Status::SelfTest);

    // The same by judging afterwards, and red without.
    assert_eq!(harness(dir.path(), &["judge", "run"]).code, 1);
    let judged = harness(dir.path(), &["judge", "run", "--expect", &both]);
    assert_eq!(judged.code, 0, "{}", judged.err);
    assert_eq!(judged.out, harness(dir.path(), &["judge", "run"]).out);
    assert_eq!(std::fs::read(out.join(folder::EVIDENCE)).unwrap(), stored);
}

#[test]
fn an_unexpected_pass_an_expired_an_unused_and_another_failure_are_red_and_say_what_to_do() {
    let dir = folder();
    assert_eq!(run(dir.path(), &WRONG).code, 1);
    let judge = |entry: &str| {
        let file = expected(dir.path(), entry);
        let did = harness(dir.path(), &["judge", "run", "--expect", &file, "--lang", "en"]);
        (did.code, did.err)
    };
    // Cases can be expected to fail too; then each of them is named.
    let failed: Vec<String> = evidence(dir.path())
        .cases
        .into_iter()
        .filter(|c| c.verdict.to_string() == "fail")
        .map(|c| format!("  - {{ case: '{}', reason: {{ nl: a, en: a }}, owner: a, expires: 2099-12-31 }}\n", c.id))
        .collect();
    let judge_with = |entries: &[String]| {
        let file = dir.path().join("cases.yaml");
        std::fs::write(&file, format!("expected:\n{}", entries.concat())).unwrap();
        harness(dir.path(), &["judge", "run", "--expect", file.to_str().unwrap()]).code
    };
    assert_eq!(judge_with(&failed), 0);
    assert!(failed.len() > 1 && judge_with(&failed[1..]) == 1, "what is not expected stays red");
    for (entry, says) in [
        (format!("requirement: {BROKEN}, expires: 2026-01-01"), "accepted up to and including 2026-01-01. Solve it"),
        (format!("requirement: {BROKEN}, verdict: inconclusive"), "failed, where inconclusive was expected"),
        ("requirement: GF-TLS-008".to_owned(), "nothing in this run is about it. Take it out of"),
    ] {
        let (code, told) = judge(&entry);
        assert_eq!(code, 1, "{entry}: {told}");
        assert!(told.contains(says), "{entry}: {told}");
    }
    let dir = folder();
    let file = expected(dir.path(), &format!("requirement: {BROKEN}"));
    let did = run(dir.path(), &["--expect", &file]);
    assert_eq!(did.code, 1, "{}", did.out);
    assert!(did.out.contains("passed, where failed was expected. Take the entry at line 2 out of"), "{}", did.out);
}

#[test]
fn a_faulty_file_of_expectations_is_pointed_at_before_anything_is_sent() {
    let dir = folder();
    let file = expected(dir.path(), "requirement: TK-07-0, verdikt: fail");
    let did = run(dir.path(), &["--expect", &file]);
    assert_eq!(did.code, 2);
    for says in
        ["expected.yaml:2:20", "did you mean `TK-07-0", "expected.yaml:2:29", "did you mean `verdict`?", "2 fault(s)"]
    {
        assert!(did.err.contains(says), "{says}: {}", did.err);
    }
    assert!(!dir.path().join("run").exists());
    assert_eq!(run(dir.path(), &["--expect", "no-such-file.yaml"]).code, 2);
}

/// The line of a file of the repository, from one.
fn line(path: &str, number: &str) -> String {
    let text = std::fs::read_to_string(root().join(path)).unwrap();
    text.lines().nth(number.parse::<usize>().unwrap() - 1).unwrap().to_owned()
}

#[test]
fn github_gets_annotations_at_the_row_of_the_requirement_and_a_summary_of_the_job() {
    let dir = folder();
    let summary = dir.path().join("summary.md");
    let out = dir.path().join("run");
    let run = |extra: &[&str], suite: &Path, out: &Path| {
        let mut command = binary();
        command.current_dir(suite).env("GITHUB_STEP_SUMMARY", &summary);
        command.args(["run", "--quiet", "--only", BROKEN, "--format", "github", "--out", out.to_str().unwrap()]);
        did(command.args(WRONG).args(extra).output().unwrap())
    };
    let told = run(&[], &root(), &out);
    assert_eq!(told.code, 1, "{}", told.err);
    let pattern = regex::Regex::new(
        r"(?m)^::error file=([^,]+),line=(\d+),title=TK-07-09%3A [^:]+::.*\[(scenarios/[^\]:]+):(\d+)\]",
    )
    .unwrap();
    let found = pattern.captures(&told.out).unwrap_or_else(|| panic!("{}", told.out));
    assert!(line(&found[1], &found[2]).contains("id: TK-07-09"));
    assert!(line(&found[3], &found[4]).contains("of:"), "{}", line(&found[3], &found[4]));
    let text = std::fs::read_to_string(&summary).unwrap();
    assert!(text.starts_with("## ✗ ") && text.contains("TK-07-09"), "{text}");

    // What people read stands where the runner does not listen.
    let token = told.out.lines().next().unwrap().strip_prefix("::stop-commands::").unwrap();
    let (quiet, heard) = told.out.split_once(&format!("\n::{token}::\n")).unwrap();
    assert!(quiet.contains("TK-07-09") && heard.lines().all(|l| l.starts_with("::")), "{heard}");

    // Expected, it is a notice; the built-in suite is in nobody's repository.
    let file = expected(dir.path(), &format!("requirement: {BROKEN}"));
    let elsewhere = run(&["--expect", &file], dir.path(), &dir.path().join("again"));
    assert_eq!(elsewhere.code, 0, "{}", elsewhere.err);
    assert!(
        elsewhere.out.contains("::notice title=TK-07-09") && !elsewhere.out.contains("::error"),
        "{}",
        elsewhere.out
    );
    let afterwards = harness(dir.path(), &["report", "run", "--format", "github"]);
    assert!(afterwards.out.contains("::error file=profiles/requirements/"), "{}", afterwards.out);
}

#[test]
fn gitlab_gets_a_code_quality_report_beside_the_junit_document() {
    let dir = folder();
    let did = run(dir.path(), &[&WRONG[..], &["--format", "gitlab"]].concat());
    assert_eq!(did.code, 1, "{}", did.err);
    let out = dir.path().join("run");
    let bytes = std::fs::read(out.join("gl-code-quality-report.json")).unwrap();
    let entries: Vec<Value> = serde_json::from_slice(&bytes).unwrap();
    let entry = entries.iter().find(|e| e["check_name"] == BROKEN).unwrap();
    assert_eq!(entry["severity"], "critical");
    let (path, number) = (&entry["location"]["path"], &entry["location"]["lines"]["begin"]);
    assert!(line(path.as_str().unwrap(), &number.to_string()).contains("id: TK-07-09"));
    assert!(std::fs::read_to_string(out.join("junit.xml")).unwrap().contains("<failure message=\"TK-07-09"));
    let afterwards = harness(dir.path(), &["report", "run", "--format", "gitlab", "--lang", "en"]);
    assert_eq!(serde_json::from_str::<Vec<Value>>(&afterwards.out).unwrap().len(), entries.len());
    assert_eq!(verify(&out, &[]).unwrap().status, Status::SelfTest);
}

#[test]
fn evidence_of_older_versions_is_still_verified_and_a_changed_verdict_in_it_is_found() {
    let dir = folder();
    assert_eq!(run(dir.path(), &[]).code, 0);
    let out = dir.path().join("run");
    let pki = TestPki::generate(clock::now()).unwrap();
    let spec = LeafSpec {
        common_name: "oud.example".into(),
        organisation: "SIM oud".into(),
        ura: "90000000".into(),
        uzi_number: "900000000".into(),
        dns_names: Vec::new(),
        loopback: false,
    };
    let credential = pki.issue(&spec, LeafFlaw::SelfSigned).unwrap();
    let seal = |document: &Evidence| {
        let payload = sign::payload(document).unwrap();
        folder::write(&out, folder::EVIDENCE, &payload).unwrap();
        let signed = sign::sign(&payload, Kind::SelfTest, &credential).unwrap();
        folder::write(&out, folder::SIGNED, &signed).unwrap();
        verify(&out, &[]).unwrap().status
    };
    let fresh = evidence(dir.path());
    for (version, mut old) in [(1, as_version_1(fresh.clone())), (2, as_version_2(fresh.clone()))] {
        assert_eq!(old.schema, format!("twiin-harness-evidence/{version}"));
        let path = root().join(format!("reports/schema/evidence-{version}.json"));
        let schema: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        // The rows of the catalogue have since got a maturity that the first schemas had no word for.
        old.requirements.iter_mut().filter(|r| r.maturity == "superseded").for_each(|r| r.maturity = "derived".into());
        // Nor had they words for gateways, and for how a zorgtoepassing stands.
        let mut known = old.clone();
        known.scope.zorgtoepassing_standing.clear();
        known.scope.zorgtoepassing_preview.clear();
        known.scope.roles.retain(|role| ["sending", "receiving"].contains(&role.as_str()));
        known.candidate.endpoints.retain(|e| ["sending", "receiving"].contains(&e.role.as_str()));
        let faults: Vec<String> = jsonschema::validator_for(&schema)
            .unwrap()
            .iter_errors(&serde_json::to_value(&known).unwrap())
            .map(|e| format!("{}: {e}", e.instance_path()))
            .collect();
        if version == 2 {
            assert!(faults.is_empty(), "{version}: {faults:?}");
        }
        assert_eq!(seal(&old), Status::SelfTest, "{version}");
        old.requirements[0].verdict = twiin_harness::check::Verdict::Warn;
        assert_eq!(seal(&old), Status::Invalid, "{version}");
    }
    let mut unknown = fresh;
    unknown.schema = "twiin-harness-evidence/4".into();
    assert_eq!(seal(&unknown), Status::Invalid);
}

/// The value of a member in a job of the README, by its place in the tree.
fn job(text: &str, marker: &str) -> twiin_harness::suite::tree::Node {
    use twiin_harness::base::diagnostic::SourceFile;
    let block = text.split("```yaml\n").find(|b| b.starts_with(marker)).unwrap().split("```").next().unwrap();
    let source = SourceFile { path: "README.md".into(), text: block.to_owned() };
    twiin_harness::suite::tree::parse(&std::sync::Arc::new(source)).unwrap()
}

/// A repository as the jobs of the README expect it: the suite, the file of expected failures, and a build that is done.
/// `cargo` and `rustup` are stood in for: what they would build is what these tests run.
#[cfg(unix)]
fn workspace(text: &str) -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = folder();
    for part in ["scenarios", "profiles"] {
        copy(&root().join(part), &dir.path().join(part));
    }
    let block =
        text.split("```yaml\n").find(|b| b.starts_with("# expected.yaml")).unwrap().split("```").next().unwrap();
    std::fs::write(dir.path().join("expected.yaml"), block).unwrap();
    let release = dir.path().join("target/release");
    std::fs::create_dir_all(&release).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_twiin-harness"), release.join("twiin-harness")).unwrap();
    let tools = dir.path().join("tools");
    std::fs::create_dir(&tools).unwrap();
    for tool in ["cargo", "rustup"] {
        let path = tools.join(tool);
        std::fs::write(&path, "#!/bin/sh\necho \"$0 $*\" >> tools/called\n").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    dir
}

/// Runs a script as a runner does: in the repository, by the shell that the runner uses.
#[cfg(unix)]
fn script(dir: &Path, shell: &[&str], script: &str, variables: &[(&str, &Path)]) -> Did {
    let path = format!("{}:{}", dir.join("tools").display(), std::env::var("PATH").unwrap());
    let mut command = std::process::Command::new(shell[0]);
    command.args(&shell[1..]).arg(script).current_dir(dir).env("PATH", path).env("CI", "true");
    command.envs(variables.iter().copied());
    did(command.output().unwrap())
}

#[cfg(unix)]
#[test]
fn the_github_job_of_the_readme_works_as_written() {
    let text = std::fs::read_to_string(root().join("README.md")).unwrap();
    let dir = workspace(&text);
    let summary = dir.path().join("summary.md");
    let job = job(&text, "# .github/workflows/twiin.yaml");
    let steps = job.get("jobs").unwrap().get("twiin").unwrap().get("steps").unwrap();
    let mut out = String::new();
    for step in steps.items().unwrap().iter().filter_map(|s| s.get("run")?.text()) {
        // The shell that GitHub takes when a job names none.
        let did = script(dir.path(), &["bash", "-e", "-c"], step, &[("GITHUB_STEP_SUMMARY", &summary)]);
        assert_eq!(did.code, 0, "{step}\n{}{}", did.out, did.err);
        out.push_str(&did.out);
    }
    assert!(std::fs::read_to_string(dir.path().join("tools/called")).unwrap().contains(" build --release --locked"));
    assert!(out.contains("::notice file=profiles/requirements/") && !out.contains("\n::error"), "{out}");
    assert!(std::fs::read_to_string(summary).unwrap().contains("GF-TLS-017"));
    let upload = steps.items().unwrap().iter().find_map(|s| s.get("with")?.get("path")?.text()).unwrap();
    assert!(dir.path().join(upload).join(folder::SIGNED).exists());
}

#[cfg(unix)]
#[test]
fn the_gitlab_job_of_the_readme_works_as_written() {
    let text = std::fs::read_to_string(root().join("README.md")).unwrap();
    let dir = workspace(&text);
    let job = job(&text, "# .gitlab-ci.yml");
    let job = job.get("twiin").unwrap();
    let lines: Vec<&str> = job.get("script").unwrap().items().unwrap().iter().filter_map(|l| l.text()).collect();
    let whole = format!("set -eo pipefail\n{}", lines.join("\n"));
    let did = script(dir.path(), &["bash", "-c"], &whole, &[]);
    assert_eq!(did.code, 0, "{}{}", did.out, did.err);
    let artifacts = job.get("artifacts").unwrap();
    let reports = artifacts.get("reports").unwrap();
    for (kind, says) in [("junit", "<testsuites"), ("codequality", "\"fingerprint\"")] {
        let path = dir.path().join(reports.get(kind).unwrap().text().unwrap());
        assert!(std::fs::read_to_string(path).unwrap().contains(says), "{kind}");
    }
    let kept = artifacts.get("paths").unwrap().items().unwrap()[0].text().unwrap();
    assert!(dir.path().join(kept).join(folder::SIGNED).exists());
}
