//! One scenario: its steps, and what is expected of each, with whose rule that is.

use serde_json::Value;
use std::sync::Arc;
use twiin_harness::base::diagnostic::SourceFile;
use twiin_harness::evidence::coverage::model::RequirementCoverage;
use twiin_harness::report::words::codes;
use twiin_harness::suite::requirement::Role;
use twiin_harness::suite::scenario::{Expectation, Step};
use twiin_harness::suite::{Scenario, parse_yaml};

use super::Book;
use crate::cli::list::span;
use crate::cli::page::Page;

pub fn page(book: &Book<'_>, scenario: &Scenario) -> Page {
    let (t, language, file) = (book.words, book.language, &scenario.file);
    let mut page = book.page();
    page.title(scenario.id.as_str(), "");
    page.paragraph(file.title.get(language));
    page.gap();
    let roles: Vec<String> = file.candidate.iter().map(|r| role(book, *r)).collect();
    page.rows(&[
        (t.candidate, roles.join(", ")),
        (t.plateaus, span(&file.plateaus)),
        (t.releases, file.releases.join(", ")),
        (t.cases, file.cases.join(", ")),
        (t.needs, file.needs.join(", ")),
        (t.counterpart, counterpart(book, scenario)),
        (t.file, scenario.path.clone()),
    ]);
    steps(book, scenario, &mut page);
    page.heading(t.expectations);
    for expectation in &file.expect {
        expected(book, scenario, expectation, &mut page);
    }
    page
}

/// All scenarios of a case of the specification.
pub fn case(book: &Book<'_>, id: &str) -> Page {
    let (t, language) = (book.words, book.language);
    let mut page = book.page();
    page.title(&format!("{} {}", t.case, id.to_uppercase()), "");
    let has = |cases: &[String]| cases.iter().any(|c| c.eq_ignore_ascii_case(id));
    for scenario in book.coverage.scenarios.iter().filter(|s| has(&s.cases)) {
        page.item(0, &format!("{}: {}", scenario.id, scenario.title.get(language)));
        let roles: Vec<String> = scenario.roles.iter().map(|r| codes::ROLE.name(r, language)).collect();
        page.rows(&[
            ("   ", String::new()),
            (&format!("  {}", t.candidate), roles.join(", ")),
            (&format!("  {}", t.plateaus), span(&scenario.plateaus)),
            (&format!("  {}", t.shows), scenario.verifies.join(", ")),
        ]);
        page.gap();
    }
    page
}

fn role(book: &Book<'_>, role: Role) -> String {
    codes::ROLE.name(&role.to_string(), book.language)
}

fn counterpart(book: &Book<'_>, scenario: &Scenario) -> String {
    let t = book.words;
    let own = &scenario.file.counterpart;
    let wrong = own.deviation.map(|d| format!("{} {d}", t.wrong_on_purpose));
    let pages = own.page_size.map(|n| format!("{} {n}", t.page_size));
    wrong.into_iter().chain(pages).collect::<Vec<_>>().join("; ")
}

fn steps(book: &Book<'_>, scenario: &Scenario, page: &mut Page) {
    let (t, language) = (book.words, book.language);
    for given in &scenario.file.given {
        let Some(fragment) = book.suite.fragments.get(&given.fragment) else { continue };
        page.heading(&format!("{}: {} ({})", t.first, fragment.title.get(language), given.fragment));
        let written = written(book, &format!("scenarios/{}.yaml", given.fragment));
        for (at, step) in fragment.steps.iter().enumerate() {
            // A role that the scenario is not for takes none of these steps.
            if step.only.is_none_or(|only| scenario.file.candidate.contains(&only)) {
                page.item(0, &told(book, step, &written[at]));
            }
        }
    }
    if !scenario.file.steps.is_empty() {
        page.heading(t.steps);
    }
    let written = written(book, &scenario.path);
    for (at, step) in scenario.file.steps.iter().enumerate() {
        page.item(0, &told(book, step, &written[at]));
    }
}

/// The `do` of each step as its author wrote it: the loaded step has no other way to say it.
fn written(book: &Book<'_>, path: &str) -> Writing {
    let text = book.suite.files.get(path).map(String::from_utf8_lossy).unwrap_or_default().into_owned();
    let source = Arc::new(SourceFile { path: path.to_owned(), text });
    let file: Value = parse_yaml(&source).unwrap_or_default();
    Writing(file["steps"].as_array().map(|s| s.iter().map(|s| flow(&s["do"])).collect()).unwrap_or_default())
}

struct Writing(Vec<String>);

impl std::ops::Index<usize> for Writing {
    type Output = str;
    fn index(&self, at: usize) -> &str {
        self.0.get(at).map_or("", String::as_str)
    }
}

fn told(book: &Book<'_>, step: &Step, written: &str) -> String {
    let t = book.words;
    let action = if written.is_empty() { step.action.word() } else { written };
    let mut text = format!("{}: {action}", step.id);
    if step.identity != "partner" {
        text.push_str(&format!("; {} {}", t.as_identity, step.identity));
    }
    if let Some(deviation) = step.deviation {
        text.push_str(&format!("; {} {deviation}", t.wrong_on_purpose));
    }
    if !step.capture.is_empty() {
        let names: Vec<&str> = step.capture.keys().map(String::as_str).collect();
        text.push_str(&format!("; {} {}", t.keeps, names.join(", ")));
    }
    if let Some(only) = step.only {
        text.push_str(&format!(" [{} {}]", t.only_for, role(book, only)));
    }
    text
}

/// A value as YAML writes it on one line.
fn flow(value: &Value) -> String {
    match value {
        Value::Object(members) if members.len() == 1 => {
            let (word, inner) = members.iter().next().expect("it has one");
            match inner {
                Value::Object(none) if none.is_empty() => word.clone(),
                Value::Object(_) => format!("{word} {}", braced(inner)),
                other => format!("{word} {}", braced(other)),
            }
        }
        other => braced(other),
    }
}

fn braced(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let parts: Vec<String> = members.iter().map(|(k, v)| format!("{k}: {}", braced(v))).collect();
            format!("{{ {} }}", parts.join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(braced).collect::<Vec<_>>().join(", ")),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn expected(book: &Book<'_>, scenario: &Scenario, expectation: &Expectation, page: &mut Page) {
    let (t, language) = (book.words, book.language);
    let mut text = format!(
        "{} {}: {} ({})",
        t.expected_of,
        expectation.of,
        expectation.that.expected().get(language),
        expectation.that.word()
    );
    let mut limits: Vec<String> = Vec::new();
    limits.extend(expectation.only.map(|r| format!("{} {}", t.only_for, role(book, r))));
    if !expectation.releases.is_empty() {
        limits.push(format!("{} {}", t.only_for, expectation.releases.join(", ")));
    }
    if !limits.is_empty() {
        text.push_str(&format!(" [{}]", limits.join("; ")));
    }
    page.item(0, &text);
    if let Some(why) = &expectation.not_specified {
        page.item(1, &format!("{} {}", t.not_specified, why.get(language)));
        if let Some(basis) = expectation.basis {
            page.item(1, &format!("{}: {}", t.expected_by, codes::AUTHORITY.name(&basis.to_string(), language)));
        }
    }
    for id in &expectation.verifies {
        if let Some(r) = book.coverage.requirements.iter().find(|r| r.id == id.as_str()) {
            page.item(1, &authority(book, scenario, r));
        }
    }
}

/// Whose rule an expectation is, and what a deviation amounts to on the plateaus of the scenario.
fn authority(book: &Book<'_>, scenario: &Scenario, r: &RequirementCoverage) -> String {
    let (t, language) = (book.words, book.language);
    let mut weights: Vec<(&str, Vec<u8>)> = Vec::new();
    for weight in r.plateaus.iter().filter(|w| scenario.file.plateaus.contains(&w.plateau)) {
        match weights.iter_mut().find(|(w, _)| *w == weight.deviation) {
            Some((_, plateaus)) => plateaus.push(weight.plateau),
            None => weights.push((&weight.deviation, vec![weight.plateau])),
        }
    }
    let weights: Vec<String> = weights
        .iter()
        .map(|(w, p)| format!("{} {}: {}", t.plateau.to_lowercase(), span(p), codes::WEIGHT.name(w, language)))
        .collect();
    format!(
        "{}: {}, {}; {}",
        r.id,
        r.level.to_uppercase(),
        codes::AUTHORITY.name(&r.authority, language),
        weights.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_step_is_told_as_its_author_wrote_it() {
        assert_eq!(flow(&json!({"request-token": {}})), "request-token");
        assert_eq!(
            flow(&json!({"await": {"request": ["a", "b"], "at-least": 2}})),
            "await { request: [a, b], at-least: 2 }"
        );
    }
}
