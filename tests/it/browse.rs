//! Looking around: `list` with its filters, `explain` of everything that has a name, coverage, completions and man pages.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use super::support::{Did, folder, harness, root, suite};

fn ids(arguments: &[&str]) -> BTreeSet<String> {
    let mut all = vec!["list", "requirements", "--format", "json"];
    all.extend(arguments);
    let did = harness(&root(), &all);
    assert_eq!(did.code, 0, "{arguments:?}: {}", did.err);
    let rows: Value = serde_json::from_str(&did.out).unwrap();
    rows.as_array().unwrap().iter().map(|r| r["id"].as_str().unwrap().to_owned()).collect()
}

fn explain(arguments: &[&str]) -> Did {
    let mut all = vec!["explain"];
    all.extend(arguments);
    harness(&root(), &all)
}

#[test]
fn filters_combine_and_repeat_and_together_they_miss_nothing() {
    let all = ids(&[]);
    assert_eq!(all.len(), suite().requirements.len());
    let (bgz, generic) = (ids(&["--zorgtoepassing", "bgz"]), ids(&["--zorgtoepassing", "generic"]));
    assert!(!bgz.is_empty() && bgz.is_disjoint(&generic));
    assert_eq!(ids(&["--zorgtoepassing", "bgz,generic"]), bgz.union(&generic).cloned().collect());
    assert_eq!(
        ids(&["--zorgtoepassing", "bgz", "--zorgtoepassing", "generic"]),
        ids(&["--zorgtoepassing", "bgz,generic"])
    );
    let both = ids(&["--level", "must", "--plateau", "4"]);
    assert!(both.is_subset(&ids(&["--level", "must"])) && both.is_subset(&ids(&["--plateau", "4"])));
    assert!(both.len() < ids(&["--level", "must"]).len());
    let (tested, untested) = (ids(&["--coverage", "tested"]), ids(&["--coverage", "not-tested"]));
    assert!(!tested.is_empty() && !untested.is_empty() && tested.is_disjoint(&untested));
    let apart = ids(&["--coverage", "attestable,own-tests"]);
    assert!(apart.is_disjoint(&tested) && apart.is_disjoint(&untested), "counted apart");
    assert_eq!(tested.iter().chain(&untested).chain(&apart).cloned().collect::<BTreeSet<_>>(), all);
    assert_eq!(ids(&["--coverage", "proved,not-proved,recorded"]), tested);
    assert_eq!(ids(&["--coverage", "planned,left-out"]), untested);
}

#[test]
fn each_filter_gives_the_rows_that_say_so() {
    for (filter, value, member) in [
        ("--function", "logging", "function"),
        ("--authority", "base-standard", "authority"),
        ("--verification", "observed", "verification"),
    ] {
        let found = ids(&[filter, value]);
        let wanted: BTreeSet<String> = suite()
            .requirements
            .values()
            .map(|l| &l.requirement)
            .filter(|r| {
                let said = match member {
                    "function" => r.function.to_string(),
                    "authority" => r.authority.to_string(),
                    _ => r.verification.to_string(),
                };
                said == value
            })
            .map(|r| r.id.to_string())
            .collect();
        assert!(!wanted.is_empty() && found == wanted, "{filter} {value}");
    }
    // What binds every GtK binds a sending one too; the other way round it does not hold.
    let sending = ids(&["--role", "sending"]);
    assert!(ids(&["--role", "gtk"]).is_subset(&sending) && sending.len() > ids(&["--role", "gtk"]).len());
}

#[test]
fn a_wrong_value_of_a_filter_names_the_nearest_valid_one() {
    for (filter, wrong, near) in [
        ("--coverage", "plannd", "planned"),
        ("--function", "loging", "logging"),
        ("--role", "sendin", "sending"),
        ("--level", "mus", "must"),
        ("--authority", "groeimodl", "groeimodel"),
        ("--verification", "automatd", "automated"),
        ("--zorgtoepassing", "bgx", "bgz"),
        ("--plateau", "5", "1..4"),
    ] {
        let did = harness(&root(), &["list", "requirements", filter, wrong]);
        assert_eq!(did.code, 2, "{filter}");
        assert!(did.err.contains(near), "{filter}: {}", did.err);
    }
}

#[test]
fn a_list_ends_with_so_many_of_so_many() {
    let did = harness(&root(), &["list", "requirements", "--coverage", "tested", "--lang", "en"]);
    let last = did.out.lines().last().unwrap();
    let all = suite().requirements.len();
    assert!(last.contains(&format!(" of {all} requirements: ")) && last.ends_with("0 not tested"), "{last}");
}

#[test]
fn every_kind_of_thing_is_explained_in_both_languages() {
    for (id, nl, en) in [
        ("TK-07-09", "Gezag", "Authority"),
        ("generic/authentication/refuses-expired-tokens", "Verwachtingen", "Expectations"),
        ("refuses-expired-tokens", "Verlopen", "expired"),
        ("NEG-21", "Geval NEG-21", "Case NEG-21"),
        ("http-status", "Controlewoord", "Check word"),
        ("request-token", "Actiewoord", "Action word"),
        ("json-only", "Niet voldaan", "Fails"),
        ("bgz", "Mogelijkheden", "Capabilities"),
        ("E-05", "Onze lezing", "Our reading"),
    ] {
        for (language, says) in [("nl", nl), ("en", en)] {
            let did = explain(&[id, "--lang", language]);
            assert_eq!(did.code, 0, "{id}: {}", did.err);
            assert!(did.out.to_lowercase().contains(&says.to_lowercase()), "{id} {language}: {}", did.out);
        }
    }
    let gap = &suite().gaps[0];
    assert!(explain(&[&gap.id]).out.contains(&gap.id));
}

#[test]
fn every_requirement_scenario_and_word_has_a_page() {
    // The pages are made by one path each; a few of a kind run it over every optional field.
    let suite = suite();
    let some = suite.requirements.keys().step_by(suite.requirements.len() / 5).map(ToString::to_string);
    let others = suite.scenarios.keys().step_by(suite.scenarios.len() / 3).map(ToString::to_string);
    for id in some.chain(others) {
        let did = explain(&[&id]);
        assert_eq!(did.code, 0, "{id}: {}", did.err);
        assert!(did.out.starts_with(&id), "{id}: {}", did.out);
    }
}

#[test]
fn an_expectation_says_whose_rule_it_is_and_what_a_deviation_amounts_to() {
    let did = explain(&["refuses-expired-tokens", "--lang", "en"]);
    assert!(did.out.contains("TK-07-12: MUST, Base standard; plateau 3: warns, plateau 4: fails"), "{}", did.out);
}

#[test]
fn an_unknown_name_gets_the_nearest_one() {
    for (wrong, near) in
        [("TK-07-0", "TK-07-0"), ("http-statu", "http-status"), ("NEG-2l", "NEG-2"), ("jsononly", "json-only")]
    {
        let did = explain(&[wrong]);
        assert_eq!(did.code, 2, "{wrong}");
        assert!(did.err.contains(&format!("did you mean `{near}")), "{wrong}: {}", did.err);
    }
}

fn coverage_schema_faults(document: &Value) -> Vec<String> {
    let text = std::fs::read_to_string(root().join("reports/schema/coverage-2.json")).unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    let validator = jsonschema::draft202012::options().build(&schema).unwrap();
    validator.iter_errors(document).map(|e| format!("{}: {e}", e.instance_path())).collect()
}

#[test]
fn coverage_needs_no_run_and_obeys_its_schema() {
    let did = harness(&root(), &["report", "--format", "coverage-json"]);
    assert_eq!(did.code, 0, "{}", did.err);
    let mut document: Value = serde_json::from_str(&did.out).unwrap();
    assert_eq!(coverage_schema_faults(&document), Vec::<String>::new());
    let rows = document["requirements"].as_array().unwrap();
    assert_eq!(rows.len(), suite().requirements.len());
    assert!(document.get("run").is_none() && rows.iter().all(|r| r.get("verdict").is_none()));
    for breakdown in document["breakdowns"].as_array().unwrap() {
        let sum: u64 = breakdown["rows"].as_array().unwrap().iter().map(|r| r["tally"]["all"].as_u64().unwrap()).sum();
        let all = document["totals"]["all"].as_u64().unwrap();
        assert!(breakdown["overlapping"] == true && sum >= all || sum == all, "{}", breakdown["by"]);
    }
    let proved = rows.iter().find(|r| r["id"] == "TK-07-12").unwrap();
    assert_eq!(proved["state"], "proved");
    assert!(proved["shown-by"].as_array().unwrap().len() > 2 && !proved["deviations"].as_array().unwrap().is_empty());
    // What is not tested says why, openly.
    let untested = rows.iter().filter(|r| ["planned", "left-out"].contains(&r["state"].as_str().unwrap()));
    assert!(untested.clone().count() > 10 && untested.clone().all(|r| !r["not-tested"].as_str().unwrap().is_empty()));
    document["requirements"][0]["extra"] = Value::from(1);
    assert!(!coverage_schema_faults(&document).is_empty());
}

#[test]
fn the_coverage_page_is_whole_and_runs_no_script_but_its_own() {
    use base64::Engine as _;
    use sha2::Digest as _;
    for (language, says) in [("nl", "Dekking van de eisen"), ("en", "Coverage of the requirements")] {
        let page = harness(&root(), &["report", "--format", "coverage", "--lang", language]).out;
        assert!(page.contains(says) && page.contains("id=\"r-TK-07-12\"") && page.contains("id=\"e-E-05\""));
        for id in suite().requirements.keys() {
            assert!(page.contains(&format!("id=\"r-{id}\"")), "{id}");
        }
        let scripts: Vec<&str> =
            page.split("<script>").skip(1).map(|rest| rest.split("</script>").next().unwrap()).collect();
        let [script] = scripts[..] else { panic!("one script, not {}", scripts.len()) };
        let digest = base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(script));
        assert!(
            page.contains(&format!("default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}';"))
        );
        for outside in ["src=\"", "url(", "@import", "href=\"http"] {
            assert!(!page.contains(outside), "{outside}");
        }
    }
}

#[test]
fn with_a_run_coverage_has_the_verdicts_of_that_run() {
    let dir = folder();
    let out = dir.path().join("run");
    let out = out.to_str().unwrap();
    assert_eq!(harness(&root(), &["run", "--quiet", "--only", "TK-07-09", "--out", out]).code, 0);
    let did = harness(dir.path(), &["report", "run", "--format", "coverage-json"]);
    assert_eq!(did.code, 0, "{}", did.err);
    let document: Value = serde_json::from_str(&did.out).unwrap();
    assert_eq!(coverage_schema_faults(&document), Vec::<String>::new());
    let row = |id: &str| document["requirements"].as_array().unwrap().iter().find(|r| r["id"] == id).unwrap().clone();
    assert_eq!(row("TK-07-09")["verdict"], "pass");
    assert_eq!(row("TK-07-12")["verdict"], "not-tested");
    assert_eq!(document["run"]["conclusion"], "conformant");
    let page = harness(dir.path(), &["report", "run", "--format", "coverage", "--lang", "en"]).out;
    assert!(page.contains("With the verdicts of run") && page.contains("data-verdict=\"pass\""));
}

#[test]
fn a_report_of_a_run_wants_the_folder_of_a_run() {
    for arguments in [&["report"][..], &["report", "--format", "html"]] {
        let did = harness(&root(), arguments);
        assert_eq!(did.code, 2, "{arguments:?}");
        assert!(did.err.contains("RUN-DIR"), "{}", did.err);
    }
}

#[test]
fn every_shell_gets_completions_and_bash_completes_with_them() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let did = harness(&root(), &["completions", shell]);
        assert_eq!(did.code, 0, "{shell}");
        assert!(did.out.contains("verification"), "{shell} knows the options of `list requirements`");
    }
    let did = harness(&root(), &["completions", "bsh"]);
    assert!(did.code == 2 && did.err.contains("bash"), "{}", did.err);
    let dir = folder();
    let script = dir.path().join("complete.bash");
    std::fs::write(&script, harness(&root(), &["completions", "bash"]).out).unwrap();
    let ask = "source \"$1\"; COMP_WORDS=(twiin-harness list requirements --coverage pl); COMP_CWORD=4; \
               _twiin__harness twiin-harness pl --coverage; echo \"${COMPREPLY[@]}\"";
    // Where there is no bash, nothing of it can be tried.
    let Ok(output) = Command::new("bash").args(["-c", ask, "bash"]).arg(&script).output() else { return };
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said.trim(), "planned", "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn there_is_a_manual_page_for_the_tool_and_for_every_command() {
    let page = harness(&root(), &["man"]);
    assert_eq!(page.code, 0);
    assert!(page.out.contains(".TH TWIIN-HARNESS 1") && page.out.contains("Exit codes of run"), "{}", page.out);
    let dir = folder();
    let out = dir.path().join("man");
    assert_eq!(harness(&root(), &["man", "--out", out.to_str().unwrap()]).code, 0);
    for name in ["twiin-harness", "twiin-harness-run", "twiin-harness-list", "twiin-harness-list-requirements"] {
        let text = std::fs::read_to_string(out.join(format!("{name}.1"))).unwrap();
        assert!(text.contains(&format!(".TH {} 1", name.to_uppercase())), "{name}: {text}");
    }
    let file = dir.path().join("a-file");
    std::fs::write(&file, "x").unwrap();
    assert_eq!(harness(&root(), &["man", "--out", file.join("man").to_str().unwrap()]).code, 4);
}
