//! The pages in a real browser, headless Chromium: nothing that axe-core finds, no request to anywhere, readable without
//! scripts, and filters and lists that work by keyboard alone.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::foreign::node_modules;
use super::support;

/// Pages with everything that a page can show: what passed, failed and was not tested, in both languages.
fn pages(folder: &Path) -> PathBuf {
    let run = folder.join("run");
    let wrong = ["--only", "NEG-2*", "--deviation", "accepts-unsigned-client-assertion"];
    let mut command = support::harness();
    let done = support::run(command.args(["run", "--quiet"]).args(wrong).arg("--out").arg(&run));
    assert_eq!(done.status.code(), Some(1), "{}", String::from_utf8_lossy(&done.stderr));
    let pages = folder.join("pages");
    for (name, format) in [("report", "html"), ("timeline", "timeline"), ("coverage", "coverage")] {
        for language in ["nl", "en"] {
            let out = pages.join(format!("{name}.{language}.html"));
            let mut command = support::harness();
            command.arg("report").arg(&run).args(["--format", format, "--lang", language, "--out"]).arg(out);
            support::text_of(&mut command);
        }
    }
    pages
}

fn look(pages: &Path) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real/viewer/look.mjs");
    let modules = node_modules(&["axe-core", "puppeteer-core"]);
    let mut command = Command::new(support::program("node", "the Debian package nodejs"));
    command.arg(script).arg(support::program("chromium", "the Debian package chromium")).arg(pages);
    // Where to leave what it saw, for whoever wants to see it too.
    command.args(std::env::var_os("TWIIN_PICTURES"));
    support::run(command.current_dir(modules.parent().unwrap()))
}

#[test]
fn every_page_can_be_read_by_keyboard_without_scripts_and_asks_for_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let looked = look(&pages(folder.path()));
    let told = String::from_utf8_lossy(&looked.stdout);
    println!("{told}");
    assert!(looked.status.success(), "{told}\n{}", String::from_utf8_lossy(&looked.stderr));
    assert_eq!(told.lines().count(), 6, "{told}");
}

#[test]
fn a_page_that_is_wrong_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("pages");
    std::fs::create_dir(&pages).unwrap();
    let page = "<!doctype html><html><head><title>x</title></head><body><main><h1>x</h1><h4>y</h4>\
                <p style=\"color:#bbb\">grijs op wit</p><input><img src=\"http://127.0.0.1:9/x.png\">\
                <details><summary style=\"outline:none\">z</summary>z</details></main></body></html>";
    support::write(&pages, "timeline.nl.html", page);
    let looked = look(&pages);
    let told = String::from_utf8_lossy(&looked.stdout);
    assert_eq!(looked.status.code(), Some(1), "{told}\n{}", String::from_utf8_lossy(&looked.stderr));
    for found in [
        "color-contrast",
        "axe label",
        "html-has-lang",
        "heading-order",
        "image-alt",
        "asks for http://127.0.0.1:9/x.png",
        "cannot be seen",
        "no link is reached",
        "no box of the filter",
        "without scripts it has",
    ] {
        assert!(told.contains(found), "{found}: {told}");
    }
}
