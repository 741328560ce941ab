//! The layers: a module imports only from rungs below its own.

use std::path::{Path, PathBuf};

/// Modules by rung, from the ground up. `main` and `cli` are outsiders and stand above all.
const LADDER: [(&str, u8); 20] = [
    ("base", 0),
    ("wire", 1),
    ("transcript", 2),
    ("deviation", 2),
    ("net", 3),
    ("check", 3),
    ("client", 4),
    ("simulator", 4),
    ("seal", 4),
    ("packages", 4),
    ("suite", 5),
    ("plan", 6),
    ("run", 7),
    ("judge", 7),
    ("evidence", 8),
    ("expect", 8),
    ("proof", 8),
    ("report", 9),
    ("lib", 10),
    ("main", 11),
];

/// Arrows that the rungs would allow and the house does not.
const FORBIDDEN: [(&str, &str); 9] = [
    ("judge", "net"),
    ("judge", "client"),
    ("judge", "simulator"),
    ("check", "net"),
    ("report", "judge"),
    ("report", "run"),
    ("report", "suite"),
    ("report", "transcript"),
    ("report", "check"),
];

fn rung(module: &str) -> Option<u8> {
    LADDER.iter().find(|(name, _)| *name == module).map(|(_, rung)| *rung)
}

fn sources(dir: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push(path);
        }
    }
}

/// The top module of a file below `src/`.
fn module_of(path: &Path) -> String {
    let below = path.strip_prefix(super::support::root().join("src")).unwrap();
    let first = below.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

/// Modules of ours that a text names by path, outside comments and test modules.
fn imports(text: &str) -> Vec<String> {
    let code: String = text
        .split("#[cfg(test)]")
        .next()
        .unwrap_or_default()
        .lines()
        .filter(|l| !l.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n");
    let pattern = regex::Regex::new(r"\bcrate::(\w+)").unwrap();
    pattern.captures_iter(&code).map(|c| c[1].to_owned()).collect()
}

/// Wrong arrows of one file.
fn wrong_arrows(module: &str, text: &str) -> Vec<String> {
    let Some(own) = rung(module) else { return vec![format!("{module} has no rung")] };
    imports(text)
        .into_iter()
        .filter(|imported| imported != module)
        .filter_map(|imported| match rung(&imported) {
            None => Some(format!("{module} -> {imported}, which has no rung")),
            Some(below) if below >= own => Some(format!("{module} -> {imported}")),
            Some(_)
                if FORBIDDEN.contains(&(module, imported.as_str()))
                    && !is_shared_vocabulary(module, &imported, text) =>
            {
                Some(format!("{module} -> {imported}"))
            }
            Some(_) => None,
        })
        .collect()
}

/// `Verdict` is a word of the evidence document; nothing else of `check` may be known to a report.
fn is_shared_vocabulary(module: &str, imported: &str, text: &str) -> bool {
    let pattern = regex::Regex::new(r"\bcrate::check::(\w+|\{[^}]*\})").unwrap();
    module == "report" && imported == "check" && pattern.captures_iter(text).all(|c| &c[1] == "Verdict")
}

#[test]
fn every_module_imports_only_from_rungs_below() {
    let mut files = Vec::new();
    sources(&super::support::root().join("src"), &mut files);
    let mut wrong = Vec::new();
    for file in files {
        let module = module_of(&file);
        if module == "cli" || module == "main" {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        wrong.extend(wrong_arrows(&module, &text).into_iter().map(|w| format!("{}: {w}", file.display())));
    }
    assert!(wrong.is_empty(), "arrows that point the wrong way:\n{}", wrong.join("\n"));
}

#[test]
fn an_arrow_that_points_up_or_sideways_is_found() {
    assert_eq!(wrong_arrows("wire", "use crate::net::Limits;"), ["wire -> net"]);
    assert_eq!(wrong_arrows("client", "use crate::simulator::Gtk;"), ["client -> simulator"]);
    assert_eq!(wrong_arrows("judge", "use crate::net::Limits;"), ["judge -> net"]);
    assert_eq!(wrong_arrows("report", "use crate::check::Check;"), ["report -> check"]);
    assert!(wrong_arrows("report", "use crate::check::Verdict;").is_empty());
    assert!(wrong_arrows("net", "use crate::wire::http;").is_empty());
}

#[test]
fn every_file_opens_by_saying_what_it_is_for() {
    let mut files = Vec::new();
    sources(&super::support::root().join("src"), &mut files);
    let silent: Vec<_> =
        files.into_iter().filter(|f| !std::fs::read_to_string(f).unwrap().starts_with("//!")).collect();
    assert!(silent.is_empty(), "{silent:?}");
}
