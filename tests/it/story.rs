//! The story of a bewijs in the README: its commands are run in order, and what they print is held against what stands there.
//! Ids, times and digests are others every time, and so is how much there is in the catalogue; everything else has to be the
//! same.

use std::collections::BTreeMap;
use std::path::Path;

use regex::Regex;
use serde_json::Value;

use super::ports::Ports;
use super::readme::split;
use super::support::{Simulator, binary, copy, did, folder, harness, root};

const HEADING: &str = "### A bewijs from beginning to end";
const IDS: &str = r"urn:uuid:[0-9a-f-]{36}";

/// What differs between two makings of the same story.
const OTHERS: [(&str, &str); 8] = [
    (IDS, "<id>"),
    (r"\d{8}T\d{6}Z-[0-9a-f]{8}", "<run>"),
    (r"\d{4}-\d{2}-\d{2}(T| )\d{2}:\d{2}:\d{2}(\.\d+)?(Z| UTC)", "<time>"),
    (r"\d{4}-\d{2}-\d{2}", "<day>"),
    (r"\d+(\.\d+)? m?s\b", "<duration>"),
    (r"[0-9a-f]{64}", "<digest>"),
    (r"([0-9a-f]{4} ){3}[0-9a-f]{4}", "<code>"),
    (r"\d+ (members|requirements in scope|not tested)", "<number> $1"),
];

fn plain(text: &str) -> String {
    let text = text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim_end().to_owned();
    OTHERS
        .iter()
        .fold(text, |text, (pattern, word)| Regex::new(pattern).unwrap().replace_all(&text, *word).into_owned())
}

/// The commands of the story, each with its exit code and what it prints; and the policy.
fn story() -> (Vec<(String, i32, String)>, String) {
    let text = std::fs::read_to_string(root().join("README.md")).unwrap();
    let (_, part) = text.split_once(HEADING).unwrap();
    let part = part.split("\n## ").next().unwrap();
    let policy = part.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap().to_owned();
    let mut commands: Vec<(String, i32, String)> = Vec::new();
    for block in part.split("```console\n").skip(1).map(|b| b.split("```").next().unwrap()) {
        for line in block.lines() {
            match line.strip_prefix("$ twiin-harness ") {
                Some(command) => {
                    let (command, comment) = command.split_once('#').unwrap_or((command, ""));
                    let exit = comment.trim().strip_prefix("exit ").map_or(0, |code| code.parse().unwrap());
                    commands.push((command.trim().to_owned(), exit, String::new()));
                }
                None => commands.last_mut().unwrap().2.push_str(&format!("{line}\n")),
            }
        }
    }
    (commands, policy)
}

/// What plays the node, as the story begins it.
fn simulate(ports: &Ports, dir: &Path, command: &str) -> Simulator {
    let mut simulate = binary();
    simulate.current_dir(dir).args(split(command.trim_end_matches('&'))).args(ports.of_simulate());
    Simulator::begin(&mut simulate, &["reference GtK"])
}

/// The candidate files of both versions.
fn candidates(ports: &Ports, dir: &Path) {
    let text = ports.candidate(&root(), dir);
    let write = |name: &str, text: &str| std::fs::write(dir.join(name), text).unwrap();
    write("node.yaml", &text);
    write("node-2.yaml", &text.replace("version: \"0.1\"", "version: \"0.2\""));
}

/// The policy of the story, about the pack of today.
fn write_policy(dir: &Path, policy: &str) {
    let shown = harness(dir, &["bewijs", "show", "own.twiinbewijs", "--format", "json"]);
    let statement: Value = serde_json::from_str(&shown.out).unwrap();
    let pack = statement["predicate"]["configuration"][0]["digest"]["sha256"].as_str().unwrap();
    let policy = Regex::new("sha256:[0-9a-f]{64}").unwrap().replace(policy, format!("sha256:{pack}")).into_owned();
    assert!(policy.contains(pack));
    std::fs::write(dir.join("policy.yaml"), policy).unwrap();
}

#[test]
fn the_story_of_the_readme_goes_as_it_stands_there() {
    let dir = folder();
    let dir = dir.path();
    for part in ["scenarios", "profiles"] {
        copy(&root().join(part), &dir.join(part));
    }
    let ports = Ports::new();
    candidates(&ports, dir);
    let (commands, policy) = story();
    let mut node = None;
    // Ids of the page, each with the one that it is this time.
    let mut ids: BTreeMap<String, String> = BTreeMap::new();
    let pattern = Regex::new(IDS).unwrap();
    for (command, exit, printed) in &commands {
        if command.starts_with("simulate") {
            drop(node.take());
            node = Some(simulate(&ports, dir, command));
            assert!(printed.is_empty(), "what a node says is no part of the story");
            continue;
        }
        if command.contains("policy.yaml") && !dir.join("policy.yaml").exists() {
            write_policy(dir, &policy);
        }
        let line = ids.iter().fold(command.clone(), |line, (page, now)| line.replace(page, now));
        let done = did(binary().current_dir(dir).args(split(&line)).output().unwrap());
        let told = format!("{}{}", done.out, done.err);
        assert_eq!(done.code, *exit, "twiin-harness {line}\n{told}");
        assert_eq!(plain(&told), plain(printed), "twiin-harness {command} prints otherwise than the README says");
        let found = |text: &str| pattern.find_iter(text).map(|m| m.as_str().to_owned()).collect::<Vec<_>>();
        ids.extend(found(printed).into_iter().zip(found(&told)));
    }
    assert!(commands.len() >= 14, "{}", commands.len());
    assert_eq!(ids.len(), 3, "a self-test and two bewijzen: {ids:?}");
}

#[test]
fn the_story_says_what_it_is_worth() {
    let (commands, policy) = story();
    assert!(policy.contains("test: true"));
    let verified: Vec<_> = commands.iter().filter(|(command, ..)| command.starts_with("verify")).collect();
    assert!(verified.len() == 3 && verified.iter().all(|(_, exit, told)| *exit == 5 && told.ends_with("TEST\n")));
    for word in ["issue", "--supersedes", "diff", "withdraw", "plan --since", "run --quiet --since"] {
        assert!(commands.iter().any(|(command, ..)| command.contains(word)), "{word}");
    }
}
