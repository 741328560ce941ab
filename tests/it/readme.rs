//! The commands of the README, run as they stand.

use super::support::{binary, copy, did, folder, root};

/// Splits a command line at spaces, keeping what stands in single quotes together.
pub fn split(line: &str) -> Vec<String> {
    line.split('\'')
        .enumerate()
        .flat_map(
            |(i, part)| {
                if i % 2 == 1 { vec![part.to_owned()] } else { part.split_whitespace().map(str::to_owned).collect() }
            },
        )
        .collect()
}

#[test]
fn the_commands_of_the_readme_do_what_it_says() {
    let text = std::fs::read_to_string(root().join("README.md")).unwrap();
    let block = text.split("```console").nth(1).unwrap().split("```").next().unwrap();
    let dir = folder();
    for part in ["scenarios", "profiles"] {
        copy(&root().join(part), &dir.path().join(part));
    }
    let mut commands = 0;
    for line in block.lines().filter_map(|l| l.strip_prefix("$ twiin-harness ")) {
        let (command, comment) = line.split_once('#').unwrap_or((line, ""));
        let wanted: i32 = comment.trim().strip_prefix("exit ").map_or(0, |code| code.parse().unwrap());
        let did = did(binary().current_dir(dir.path()).args(split(command)).output().unwrap());
        assert_eq!(did.code, wanted, "twiin-harness {command}\n{}\n{}", did.out, did.err);
        commands += 1;
    }
    assert!(commands >= 12, "{commands}");
}

#[test]
fn the_two_commands_of_the_set_up_stand_in_the_readme() {
    let text = std::fs::read_to_string(root().join("README.md")).unwrap();
    assert!(text.contains("\ncargo run --release -- run ") && text.contains("\ncargo test "));
}
