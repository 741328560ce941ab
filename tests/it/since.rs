//! `plan --since`: every reason to do something again is found, and told of what it concerns and of nothing else.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use serde_json::Value;
use tempfile::TempDir;
use twiin_harness::base::clock;
use twiin_harness::base::day::Day;
use twiin_harness::base::files::FileSet;
use twiin_harness::evidence::bewijs::verify::Options;
use twiin_harness::evidence::bewijs::{Bundle, Earlier, Now, RESULT, Since, since};
use twiin_harness::evidence::folder;
use twiin_harness::judge::Papers;
use twiin_harness::plan::Plan;
use twiin_harness::suite::{Suite, WaiverFile};

use super::support::{harness, root, suite};

const SCENARIO: &str = "scenarios/generic/authentication/issues-tokens.yaml";
const REFERENCE: &str = "profiles/candidates/reference.yaml";
const WAIVER: &str =
    "waivers:\n  - requirement: TK-07-09\n    reason: { nl: x, en: x }\n    decider: SIM\n    expires: 2999-12-31\n";

/// A bewijs of a run of one requirement.
fn made(dir: &Path, extra: &[&str], issue: &[&str]) -> PathBuf {
    let (run, file) = (dir.join("run"), dir.join("a.twiinbewijs"));
    let arguments = ["run", "--quiet", "--only", "TK-07-09", "--out", run.to_str().unwrap()];
    let did = harness(&root(), &[&arguments[..], extra].concat());
    assert!([0, 1].contains(&did.code), "{}{}", did.out, did.err);
    let arguments = ["bewijs", "issue", run.to_str().unwrap(), "--soort", "zelftest", "--no-renderings"];
    let did = harness(&root(), &[&arguments[..], &["--out", file.to_str().unwrap()], issue].concat());
    assert_eq!(did.code, 0, "{}", did.err);
    file
}

/// The bewijs that most of this is about: everything held.
fn good() -> &'static Path {
    static GOOD: LazyLock<(TempDir, PathBuf)> = LazyLock::new(|| {
        let dir = tempfile::tempdir().unwrap();
        let file = made(dir.path(), &[], &[]);
        (dir, file)
    });
    &GOOD.1
}

fn earlier(file: &Path) -> Earlier {
    let bytes = std::fs::read(file).unwrap();
    Earlier::read(&bytes, &Options::new(None, clock::now()), "this test").unwrap()
}

/// What there is now, changed in some way.
struct Today {
    suite: Arc<Suite>,
    candidate: String,
    release: Option<&'static str>,
    plateaus: Vec<u8>,
    papers: Papers,
    matrix: Option<&'static str>,
    harness: &'static str,
    day: &'static str,
}

impl Today {
    fn new() -> Self {
        Self {
            suite: suite(),
            candidate: std::fs::read_to_string(root().join(REFERENCE)).unwrap(),
            release: None,
            plateaus: vec![1, 2, 3, 4],
            papers: Papers::default(),
            matrix: None,
            harness: env!("CARGO_PKG_VERSION"),
            day: "2026-12-01",
        }
    }

    /// With one file of the suite changed, or added.
    fn with(path: &str, change: impl FnOnce(String) -> String) -> Self {
        let mut files: FileSet = suite().files.clone();
        let text = files.get(path).map(|bytes| String::from_utf8(bytes.to_vec()).unwrap()).unwrap_or_default();
        let changed = change(text.clone());
        assert_ne!(changed, text, "{path} was not changed");
        files.insert(path, changed.into_bytes());
        let suite = Suite::load(files).unwrap_or_else(|faults| panic!("{path}: {}", faults[0]));
        Self { suite: Arc::new(suite), ..Self::new() }
    }

    fn of_candidate(from: &str, to: &str) -> Self {
        let mut today = Self::new();
        let changed = today.candidate.replace(from, to);
        assert_ne!(changed, today.candidate, "{from}");
        today.candidate = changed;
        today
    }

    fn since(&self, file: &Path) -> Since {
        let earlier = earlier(file);
        let candidate = folder::candidate(REFERENCE, &self.candidate, false).unwrap();
        let mut selection = earlier.judged.as_ref().unwrap().config.selection.clone();
        selection.plateaus.clone_from(&self.plateaus);
        selection.release = self.release.map_or(selection.release, str::to_owned);
        let plan = Plan::new(&self.suite, &candidate, selection).unwrap();
        since(
            &earlier,
            &Now {
                suite: &self.suite,
                plan: &plan,
                candidate_text: &self.candidate,
                papers: &self.papers,
                matrix: self.matrix,
                harness: self.harness,
                binary_sha256: "this test",
                day: Day::parse(self.day).unwrap(),
            },
        )
    }
}

fn whole(found: &Since) -> Vec<String> {
    found.whole.iter().map(|r| r.why.to_string()).collect()
}

/// Cases with the codes of their own reasons.
fn cases(found: &Since) -> Vec<(&str, Vec<String>)> {
    found.cases.iter().map(|c| (c.case.as_str(), c.reasons.iter().map(|r| r.why.to_string()).collect())).collect()
}

/// Requirements with a reason of their own.
fn rows(found: &Since) -> Vec<(&str, Vec<String>)> {
    let own = found.requirements.iter().filter(|r| !r.reasons.is_empty());
    own.map(|r| (r.id.as_str(), r.reasons.iter().map(|r| r.why.to_string()).collect())).collect()
}

#[test]
fn where_nothing_changed_nothing_is_to_be_done_again_and_nothing_is_called_proven() {
    let found = Today::new().since(good());
    assert!(found.is_empty(), "{found:#?}");
    assert_eq!(found.left.len(), 2, "in both roles");
    assert!(!found.unshown.is_empty(), "what nothing shows is counted, and is no reason");
    // What no check reads changes nothing.
    for path in ["profiles/deviations.yaml", "profiles/releases/1.4.yaml"] {
        let found = Today::with(path, |text| format!("{text}\n# later\n")).since(good());
        assert!(found.is_empty(), "{path}: {found:#?}");
    }
}

#[test]
fn what_changed_in_the_pack_concerns_what_rests_on_it() {
    let later = |text: String| format!("{text}\n# later\n");
    for (path, code) in [(SCENARIO, "changed-scenario"), ("scenarios/_given/open-referral.yaml", "changed-fragment")] {
        let found = Today::with(path, later).since(good());
        assert!(found.whole.is_empty() && found.cases.len() == 2, "{path}: {found:#?}");
        assert!(cases(&found).iter().all(|(_, why)| why == &[code]), "{path}: {:?}", cases(&found));
        assert!(found.requirements.iter().any(|r| r.id == "TK-07-09"), "what they show is to be shown again");
    }
    let row = |text: String| text.replacen("id: TK-07-09", "note: { nl: later, en: later }\n    id: TK-07-09", 1);
    let found = Today::with("profiles/requirements/20-technical-core.yaml", row).since(good());
    assert_eq!(rows(&found), [("TK-07-09", vec!["changed-requirement".to_owned()])]);
    assert!(found.cases.iter().all(|c| c.reasons.is_empty() && c.requirements == ["TK-07-09"]), "{found:#?}");
    let found = Today::with("profiles/bgz.yaml", later).since(good());
    assert_eq!(whole(&found), ["other-profile"]);
    assert_eq!((found.cases.len(), found.left.len()), (2, 0));
}

#[test]
fn a_new_scenario_release_or_plateau_was_never_looked_at() {
    let old = suite().files.get(SCENARIO).map(|b| String::from_utf8(b.to_vec()).unwrap()).unwrap();
    let path = "scenarios/generic/authentication/issues-tokens-too.yaml";
    let found = Today::with(path, |_| old).since(good());
    let new = "generic/authentication/issues-tokens-too";
    assert!(cases(&found).iter().all(|(id, why)| id.starts_with(new) && why == &["new-scenario"]), "{found:#?}");
    assert_eq!((found.cases.len(), found.left.len()), (2, 2));
    let found = Today { release: Some("1.4"), ..Today::new() }.since(good());
    assert_eq!(whole(&found), ["other-release"]);
    let found = Today { harness: "9.9.9", ..Today::new() }.since(good());
    assert_eq!(whole(&found), ["other-harness"]);

    let dir = tempfile::tempdir().unwrap();
    let narrow = made(dir.path(), &["--plateau", "4"], &[]);
    assert!(Today { plateaus: vec![4], ..Today::new() }.since(&narrow).is_empty());
    let found = Today::new().since(&narrow);
    assert!(cases(&found).iter().all(|(_, why)| why == &["other-plateau"]), "{:?}", cases(&found));
    assert!(rows(&found).iter().any(|(id, _)| *id == "TK-07-09"), "{:?}", rows(&found));
    // The other way round, less is asked than was shown.
    let less = Today { plateaus: vec![4], ..Today::new() }.since(good());
    assert!(less.is_empty() && !less.gone.is_empty(), "{less:#?}");
}

#[test]
fn another_candidate_is_told_by_what_differs() {
    for (from, to, code) in [
        ("version: \"0.1\"", "version: \"0.2\"", "other-product"),
        ("name: SIM Ziekenhuis Bron", "name: SIM Ziekenhuis Elders", "other-candidate"),
    ] {
        assert_eq!(whole(&Today::of_candidate(from, to).since(good())), [code]);
    }
    let receiving = std::fs::read_to_string(root().join(REFERENCE)).unwrap();
    let receiving = receiving.split("\nreceiving:").nth(1).unwrap().lines().nth(1).unwrap().to_owned();
    let mut today = Today::new();
    let at = today.candidate.rfind(&receiving).unwrap();
    today.candidate.replace_range(at..at + receiving.len(), &receiving.replace("localhost", "127.0.0.1"));
    let found = today.since(good());
    let why = vec!["other-endpoints".to_owned()];
    assert_eq!(cases(&found), [("generic/authentication/issues-tokens@receiving", why)], "the other role is left");
    assert_eq!(found.left, ["generic/authentication/issues-tokens@sending"]);
    let trigger = Today::of_candidate("/trigger/start-referral\"", "/trigger/begin\"").since(good());
    assert!(cases(&trigger).iter().any(|(_, why)| why == &["other-trigger"]), "{trigger:#?}");
    let needless = Today::of_candidate("cancellation: yes", "cancellation: no").since(good());
    assert!(needless.is_empty(), "nothing here needs it: {needless:#?}");
    let matrix = Today { matrix: Some("holds: national"), ..Today::new() };
    assert_eq!(whole(&matrix.since(good())), ["other-matrix"]);
}

#[test]
fn what_did_not_pass_is_done_again_and_its_waiver_is_looked_at() {
    let dir = tempfile::tempdir().unwrap();
    let waivers = dir.path().join("waivers.yaml");
    std::fs::write(&waivers, WAIVER).unwrap();
    let wrong = ["--deviation", "token-response-without-type", "--waivers", waivers.to_str().unwrap()];
    let file = made(dir.path(), &wrong, &[]);
    let reasons = |found: &Since| rows(found).into_iter().find(|(id, _)| *id == "TK-07-09").map(|(_, why)| why);
    let read = |text: &str| {
        let source = twiin_harness::base::diagnostic::SourceFile { path: "w".into(), text: text.to_owned() };
        WaiverFile::read(&Arc::new(source), &suite()).unwrap().waivers
    };
    let with = |waivers: Vec<_>, day| Today { papers: Papers { waivers, ..Papers::default() }, day, ..Today::new() };
    let found = with(read(WAIVER), "2026-12-01").since(&file);
    assert_eq!(reasons(&found).unwrap(), ["not-passed"], "a waiver puts no pass in the place of a failure");
    assert!(cases(&found).iter().all(|(_, why)| why.contains(&"not-passed".to_owned())), "{:?}", cases(&found));
    assert_eq!(reasons(&with(read(WAIVER), "3000-01-01").since(&file)).unwrap(), ["not-passed", "waiver-expired"]);
    assert_eq!(reasons(&with(Vec::new(), "2026-12-01").since(&file)).unwrap(), ["not-passed", "waiver-gone"]);
    assert_eq!(reasons(&with(Vec::new(), "3000-01-01").since(&file)).unwrap(), ["not-passed", "waiver-expired"]);
}

#[test]
fn what_documents_showed_has_to_be_shown_by_them_today() {
    let dir = tempfile::tempdir().unwrap();
    let node = dir.path().join("node");
    let at = |name: &str| node.join(name).to_str().unwrap().to_owned();
    assert_eq!(harness(&root(), &["init", node.to_str().unwrap()]).code, 0);
    let candidate = at("candidate.yaml");
    let notice = root().join("profiles/NOTICE");
    let line = ["attest", "VW-GTK-1.4", "--candidate", &candidate, "--document", notice.to_str().unwrap()];
    let by = ["--by", "SIM Auditor", "--role", "auditor", "--valid-until", "2999-12-31"];
    let did = harness(&root(), &[&line[..], &by].concat());
    assert_eq!(did.code, 0, "{}", did.err);
    let dossier = at("dossier.yaml");
    let file = made(dir.path(), &["--dossier", &dossier], &[]);
    let papers = earlier(&file).judged.unwrap().papers;
    assert!(papers.dossier.is_some());
    let with = |papers: &Papers, day| Today { papers: papers.clone(), day, ..Today::new() }.since(&file);
    assert!(with(&papers, "2026-12-01").is_empty(), "{:#?}", with(&papers, "2026-12-01"));
    for found in [with(&papers, "3000-01-01"), with(&Papers::default(), "2026-12-01")] {
        assert_eq!(rows(&found), [("VW-GTK-1.4", vec!["document-gone".to_owned()])]);
        assert!(found.requirements[0].document && found.requirements[0].by.is_empty() && found.cases.is_empty());
    }
}

#[test]
fn the_command_tells_both_languages_and_a_run_does_what_it_names() {
    let dir = tempfile::tempdir().unwrap();
    let plan = |arguments: &[&str]| {
        let file = good().to_str().unwrap();
        harness(&root(), &[&["plan", "--since", file][..], arguments].concat())
    };
    for (language, words) in [("nl", "niet opnieuw bewezen"), ("en", "not proven again")] {
        let did = plan(&["--lang", language]);
        assert_eq!(did.code, 0, "{}{}", did.out, did.err);
        assert!(did.out.contains(words), "{}", did.out);
    }
    let wrong = made(dir.path(), &["--deviation", "token-response-without-type", "--role", "sending"], &[]);
    let did = harness(&root(), &["plan", "--since", wrong.to_str().unwrap(), "--format", "json"]);
    assert_eq!(did.code, 1, "{}", did.err);
    let told: Value = serde_json::from_str(&did.out).unwrap();
    assert_eq!(told["cases"][0]["case"], "generic/authentication/issues-tokens@sending");
    assert_eq!(told["cases"][0]["reasons"][0]["why"], "not-passed");
    assert!(told["caution"]["en"].as_str().unwrap().contains("not proven again"));

    let again = dir.path().join("again");
    let run = ["run", "--quiet", "--since", wrong.to_str().unwrap(), "--out", again.to_str().unwrap()];
    let did = harness(&root(), &run);
    assert_eq!(did.code, 0, "{}{}", did.out, did.err);
    let config: Value = serde_json::from_slice(&std::fs::read(again.join("run.json")).unwrap()).unwrap();
    assert_eq!(config["selection"]["roles"], serde_json::json!(["sending"]), "the scope is that of the bewijs");
    let nothing = dir.path().join("nothing");
    let run = ["run", "--quiet", "--since", good().to_str().unwrap(), "--out", nothing.to_str().unwrap()];
    let did = harness(&root(), &run);
    assert_eq!(did.code, 3, "nothing was tested: {}", did.out);
    assert!(!nothing.exists() && did.err.contains("niet opnieuw bewezen"), "{}", did.err);
}

#[test]
fn a_bewijs_that_counts_no_longer_is_done_again_as_a_whole_and_one_that_was_changed_says_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let old = made(dir.path(), &[], &["--valid-until", "2020-01-01"]);
    assert_eq!(whole(&Today::new().since(&old)), ["expired"]);
    let bytes = std::fs::read(good()).unwrap();
    let options = Options::new(None, clock::now());
    let (mut bundle, _) = Bundle::read(&bytes);
    let seal = bundle.members["bewijs.jades.json"].clone();
    assert!(Earlier::read(&seal, &options, "").unwrap_err().to_string().contains("without its run"));
    bundle.members.get_mut(RESULT).unwrap().push(b' ');
    let changed = bundle.written().unwrap();
    assert!(Earlier::read(&changed, &options, "").unwrap_err().to_string().contains("not whole"));
    let file = dir.path().join("changed.twiinbewijs");
    std::fs::write(&file, changed).unwrap();
    assert_eq!(harness(&root(), &["plan", "--since", file.to_str().unwrap()]).code, 2);
}
