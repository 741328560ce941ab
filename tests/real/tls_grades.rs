//! The prober of TLS beside testssl.sh and sslyze: the same servers, and the same answers wherever all can tell.
//!
//! The servers are nginx from modern to bad, and `openssl s_server` with everything that it can still be brought to do.
//! Nothing is asserted about time; what each took is printed (`--nocapture` shows it).
#![allow(clippy::unwrap_used)]

mod others;
mod servers;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use serde_json::Value;

use super::support::{self, Server};

/// Servers that are looked at at the same time.
const AT_ONCE: usize = 6;

/// How often another tool is asked before a difference stands. A handshake that takes longer than its patience is a
/// refusal to it (sslyze says so itself), so what it says on a busy machine is asked again; what we say is not.
const ASKED: usize = 3;

/// What a tool says of a server; what it cannot tell is left out.
#[derive(Debug, Default)]
struct Says {
    /// Versions, and whether they are accepted.
    versions: BTreeMap<String, bool>,
    /// By version: suites, and whether they are accepted.
    suites: BTreeMap<String, BTreeMap<String, bool>>,
    /// Curves of any version, and whether they are accepted.
    curves: BTreeMap<String, bool>,
    /// Properties by the name that we give them.
    flags: BTreeMap<&'static str, bool>,
    /// Seconds it took.
    seconds: f64,
}

/// What we say.
fn ours(server: &Server) -> Says {
    let began = Instant::now();
    let mut command = support::harness();
    command.args(["tls", &server.address.to_string(), "--format", "json"]);
    let output = support::run(&mut command);
    let seconds = began.elapsed().as_secs_f64();
    let code = output.status.code();
    assert!(matches!(code, Some(0 | 1)), "{code:?}: {}", String::from_utf8_lossy(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let survey = &told["survey"];
    assert!(survey["cut-short"].is_null(), "{survey:#}");
    let words =
        |v: &Value| v.as_array().into_iter().flatten().map(|s| s.as_str().unwrap().to_owned()).collect::<Vec<_>>();
    let mut says = Says { seconds, ..Says::default() };
    for (version, known) in survey["versions"].as_object().unwrap() {
        says.versions.insert(version.clone(), known == "yes");
        let accepted = words(&survey["suites"][version]).into_iter().map(|suite| (suite, true)).collect();
        says.suites.insert(version.clone(), accepted);
    }
    let groups = survey["groups"].as_object().into_iter().flat_map(|g| g.values()).flat_map(words);
    says.curves = groups.map(|group| (group.to_ascii_lowercase(), true)).collect();
    for flag in ["compression", "secure-renegotiation", "client-renegotiation", "early-data", "extended-master-secret"]
    {
        match survey["flags"][flag].as_str() {
            Some("yes") => says.flags.insert(flag, true),
            // What does not exist in TLS 1.3 is not done either.
            Some("no" | "not-applicable") => says.flags.insert(flag, false),
            _ => None,
        };
    }
    says
}

/// Where another tool says something else than we do: one line a fact.
fn differences(name: &str, tool: &str, ours: &Says, theirs: &Says) -> Vec<String> {
    let mut out = Vec::new();
    let mut compare = |what: String, ours: bool, theirs: bool| {
        if ours != theirs {
            let word = |yes| if yes { "yes" } else { "no" };
            out.push(format!("{name}: {what}: we say {}, {tool} says {}", word(ours), word(theirs)));
        }
    };
    for (version, accepted) in &theirs.versions {
        compare(version.clone(), ours.versions[version], *accepted);
    }
    for (version, suites) in &theirs.suites {
        for (suite, accepted) in suites {
            compare(format!("{version} {suite}"), ours.suites[version].contains_key(suite), *accepted);
        }
    }
    for (curve, accepted) in &theirs.curves {
        compare(curve.clone(), ours.curves.contains_key(curve), *accepted);
    }
    let modern = theirs.versions.iter().all(|(v, yes)| !yes || v == "TLSv1.3");
    for (flag, yes) in &theirs.flags {
        // A server of TLS 1.3 alone has none of what older versions have, whatever a tool makes of that.
        if let (Some(ours), false) = (ours.flags.get(flag), modern && *flag != "early-data") {
            compare((*flag).to_owned(), *ours, *yes);
        }
    }
    out
}

fn facts(says: &Says) -> usize {
    let suites: usize = says.suites.values().map(BTreeMap::len).sum();
    says.versions.len() + suites + says.curves.len() + says.flags.len()
}

#[test]
fn we_agree_with_testssl_and_sslyze_about_every_server() {
    others::require();
    let wishes = servers::all();
    let next = AtomicUsize::new(0);
    let report: Mutex<BTreeMap<usize, (String, Vec<String>)>> = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(wish) = wishes.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let at = wishes.iter().position(|w| std::ptr::eq(w, wish)).unwrap();
                    let looked = look(wish);
                    report.lock().unwrap().insert(at, looked);
                }
            });
        }
    });
    let report = report.into_inner().unwrap();
    assert_eq!(report.len(), wishes.len(), "every server was looked at");
    for (line, _) in report.values() {
        println!("{line}");
    }
    let wrong: Vec<&String> = report.values().flat_map(|(_, wrong)| wrong).collect();
    assert!(
        wrong.is_empty(),
        "{} differences:\n{}",
        wrong.len(),
        wrong.iter().map(|w| format!("{w}\n")).collect::<String>()
    );
}

/// Asks another tool, and again while it says something else than we do: what it said first, and the differences that
/// stood every time.
fn compared(name: &str, tool: &str, ours: &Says, ask: impl Fn() -> Says) -> (Says, Vec<String>) {
    let first = ask();
    let mut wrong = differences(name, tool, ours, &first);
    for _ in 1..ASKED {
        if wrong.is_empty() {
            break;
        }
        let again = differences(name, tool, ours, &ask());
        let (stands, gone): (Vec<String>, Vec<String>) = wrong.into_iter().partition(|line| again.contains(line));
        for line in gone {
            println!("{line}, and not when asked again");
        }
        wrong = stands;
    }
    (first, wrong)
}

/// Looks at one server with all three; gives the line of times and the differences.
fn look(wish: &servers::Wish) -> (String, Vec<String>) {
    let server = wish.start();
    let ours = ours(&server);
    let (sslyze, mut wrong) = compared(wish.name, "sslyze", &ours, || others::sslyze(&server));
    let (testssl, more) = compared(wish.name, "testssl.sh", &ours, || others::testssl(&server, wish.suites_by_testssl));
    wrong.extend(more);
    let known: BTreeSet<&String> = ours.versions.iter().filter(|(_, yes)| **yes).map(|(v, _)| v).collect();
    let line = format!(
        "{:<24} ours {:>6.2} s, sslyze {:>6.1} s ({:>5.0} times, {} facts), testssl.sh {:>6.1} s ({:>5.0} times, {} facts), {} differences, {known:?}",
        wish.name,
        ours.seconds,
        sslyze.seconds,
        sslyze.seconds / ours.seconds,
        facts(&sslyze),
        testssl.seconds,
        testssl.seconds / ours.seconds,
        facts(&testssl),
        wrong.len(),
    );
    (line, wrong)
}

#[test]
fn a_difference_stands_when_it_is_said_every_time() {
    let says = |accepted| {
        let suites = [("TLS_A".to_owned(), accepted), ("TLS_B".to_owned(), false)];
        Says { suites: [("TLSv1.2".to_owned(), suites.into())].into(), ..Says::default() }
    };
    let ours = Says { suites: [("TLSv1.2".to_owned(), [("TLS_A".to_owned(), true)].into())].into(), ..Says::default() };
    let (_, wrong) = compared("a server", "a tool", &ours, || says(false));
    assert_eq!(wrong, ["a server: TLSv1.2 TLS_A: we say yes, a tool says no"]);
    let asked = Cell::new(0);
    let (_, wrong) = compared("a server", "a tool", &ours, || {
        asked.set(asked.get() + 1);
        says(asked.get() == 2)
    });
    assert!(wrong.is_empty(), "{wrong:?}");
    assert_eq!(asked.get(), 2, "agreement ends the asking");
}
