//! `list` and `explain`: browsing what the suite holds.

use std::path::Path;

use clap::{Args, ValueEnum};
use comfy_table::{ContentArrangement, Table};
use serde_json::{Value, json};
use strum::{EnumMessage as _, IntoEnumIterator as _};
use twiin_harness::base::nearest::nearest;
use twiin_harness::base::text::Language;
use twiin_harness::check;
use twiin_harness::deviation::Deviation;
use twiin_harness::suite::scenario::ACTION_WORDS;
use twiin_harness::suite::{Requirement, Scenario, Suite};

use super::exit::{Exit, Problem};
use super::files;

/// What can be listed.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    /// Requirements of the catalogue
    Requirements,
    /// Scenarios
    Scenarios,
    /// Check words
    Checks,
    /// Action words
    Actions,
    /// Deliberate wrongs of the reference GtK
    Deviations,
}

#[derive(Debug, Args)]
pub struct ListArguments {
    /// What to list
    #[arg(value_enum)]
    kind: Kind,
    /// Format
    #[arg(long, default_value = "terminal", value_parser = ["terminal", "json"])]
    format: String,
    /// Language
    #[arg(long, default_value = "nl", value_parser = ["nl", "en"])]
    lang: String,
}

#[derive(Debug, Args)]
pub struct ExplainArguments {
    /// Id of a requirement or scenario, or a word
    #[arg(value_name = "ID")]
    id: String,
    /// Language; default: both for requirements
    #[arg(long, value_parser = ["nl", "en"])]
    lang: Option<String>,
}

/// `RequestToken` as `request-token`.
fn kebab(word: &str) -> String {
    let mut out = String::new();
    for c in word.chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push('-');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

fn words(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(word, text)| (kebab(word), text.trim().to_owned())).collect()
}

pub fn list(suite_dir: Option<&Path>, arguments: &ListArguments) -> Result<Exit, Problem> {
    let suite = files::suite(suite_dir)?;
    let language = if arguments.lang == "en" { Language::En } else { Language::Nl };
    let (header, rows) = match arguments.kind {
        Kind::Requirements => (
            vec!["id", "level", "authority", "verification", "plateaus", "tested", "title"],
            requirement_rows(&suite, language),
        ),
        Kind::Scenarios => (vec!["id", "candidate", "plateaus", "cases", "title"], scenario_rows(&suite, language)),
        Kind::Checks => (vec!["word", "says"], word_rows(words(check::WORDS))),
        Kind::Actions => (vec!["word", "does"], word_rows(words(ACTION_WORDS))),
        Kind::Deviations => (vec!["word", "fails", "warns", "title"], deviation_rows(&suite, language)),
    };
    if arguments.format == "json" {
        let objects: Vec<Value> = rows
            .iter()
            .map(|row| Value::Object(header.iter().zip(row).map(|(h, v)| ((*h).to_owned(), json!(v))).collect()))
            .collect();
        println!("{:#}", Value::Array(objects));
    } else {
        let mut table = Table::new();
        table
            .load_style(comfy_table::presets::UTF8_HORIZONTAL_ONLY)
            .set_content_arrangement(ContentArrangement::Dynamic);
        table.set_header(header);
        for row in rows {
            table.add_row(row);
        }
        println!("{table}");
    }
    Ok(Exit::Good)
}

fn join<T: ToString>(list: &[T]) -> String {
    list.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

fn requirement_rows(suite: &Suite, language: Language) -> Vec<Vec<String>> {
    let row = |r: &Requirement| {
        vec![
            r.id.to_string(),
            r.level.to_string(),
            r.authority.to_string(),
            r.verification.to_string(),
            join(&r.plateaus),
            if r.not_tested.is_some() { "no" } else { "yes" }.to_owned(),
            r.title.get(language).to_owned(),
        ]
    };
    suite.requirements.values().map(|l| row(&l.requirement)).collect()
}

fn scenario_rows(suite: &Suite, language: Language) -> Vec<Vec<String>> {
    let row = |s: &Scenario| {
        vec![
            s.id.to_string(),
            join(&s.file.candidate),
            join(&s.file.plateaus),
            s.file.cases.join(","),
            s.file.title.get(language).to_owned(),
        ]
    };
    suite.scenarios.values().map(row).collect()
}

fn word_rows(words: Vec<(String, String)>) -> Vec<Vec<String>> {
    words.into_iter().map(|(word, text)| vec![word, text]).collect()
}

fn deviation_rows(suite: &Suite, language: Language) -> Vec<Vec<String>> {
    Deviation::iter()
        .map(|d| {
            let row = suite.matrix.deviations.get(d.word());
            let title = row.map(|r| r.title.get(language).to_owned());
            vec![
                d.word().to_owned(),
                row.map(|r| join(&r.fails)).unwrap_or_default(),
                row.map(|r| join(&r.warns)).unwrap_or_default(),
                title.unwrap_or_else(|| d.get_documentation().unwrap_or_default().to_owned()),
            ]
        })
        .collect()
}

pub fn explain(suite_dir: Option<&Path>, arguments: &ExplainArguments) -> Result<Exit, Problem> {
    let suite = files::suite(suite_dir)?;
    let id = arguments.id.as_str();
    let languages = match arguments.lang.as_deref() {
        Some("en") => vec![Language::En],
        Some(_) => vec![Language::Nl],
        None => vec![Language::Nl, Language::En],
    };
    if let Some(listed) = suite.requirements.values().find(|l| l.requirement.id.as_str() == id) {
        explain_requirement(&suite, &listed.requirement, &languages);
    } else if let Some(scenario) = suite.scenarios.values().find(|s| s.id.as_str() == id) {
        explain_scenario(scenario, &languages);
    } else if let Some(row) = suite.matrix.deviations.get(id) {
        languages.iter().for_each(|l| println!("{}", row.title.get(*l)));
        println!("clause: {}", row.clause);
        println!("fails:  {}", join(&row.fails));
        println!("warns:  {}", join(&row.warns));
        if let Some(text) = &row.harmless {
            languages.iter().for_each(|l| println!("{}", text.get(*l)));
        }
    } else if let Some((word, text)) = words(check::WORDS).into_iter().chain(words(ACTION_WORDS)).find(|(w, _)| w == id)
    {
        println!("{word}: {text}\nscenarios/README.md shows it with an example");
    } else {
        return Err(unknown(&suite, id));
    }
    Ok(Exit::Good)
}

fn unknown(suite: &Suite, id: &str) -> Problem {
    let all: Vec<String> = suite
        .requirements
        .keys()
        .map(ToString::to_string)
        .chain(suite.scenarios.keys().map(ToString::to_string))
        .chain(suite.matrix.deviations.keys().cloned())
        .chain(words(check::WORDS).into_iter().chain(words(ACTION_WORDS)).map(|(w, _)| w))
        .collect();
    let help =
        nearest(id, all.iter().map(String::as_str)).map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
    Problem::usage(format!("explain `{id}`: there is no such id or word{help}"))
}

fn explain_requirement(suite: &Suite, r: &Requirement, languages: &[Language]) {
    println!("{}", r.id);
    for language in languages {
        println!("\n[{language}] {}", r.title.get(*language));
        println!("     {}", r.statement.get(*language));
        println!("     {}", r.how.get(*language));
    }
    println!("\nlevel         {}", r.level);
    println!("authority     {}", r.authority);
    println!("maturity      {}", r.maturity);
    println!("source        {} | {} | {}", r.source.title, r.source.path, r.source.version);
    if let Some(official) = &r.official_id {
        println!("official id   {official}");
    }
    println!("releases      read: {}; inherited by: {}", join(&r.releases), join(&r.inherited_by));
    println!("roles         {}", join(&r.roles));
    println!("function      {} ({})", r.function, r.zorgtoepassing);
    println!("plateaus      {} ({})", join(&r.plateaus), r.plateau_basis);
    println!("verification  {}", r.verification);
    for plateau in &r.plateaus {
        println!("deviation     plateau {plateau}: {:?}", r.severity(*plateau));
    }
    if let (Some(cap), Some(reason)) = (&r.enforcement, &r.enforcement_reason) {
        languages.iter().for_each(|l| println!("enforcement   {cap}: {}", reason.get(*l)));
    }
    if let Some(erratum) = r.erratum.as_ref().and_then(|e| suite.errata.iter().find(|x| x.id == *e)) {
        languages.iter().for_each(|l| {
            println!("erratum       {}: {} {}", erratum.id, erratum.finding.get(*l), erratum.ruling.get(*l))
        });
    }
    if let Some(reason) = &r.not_tested {
        println!("not tested    {reason}");
    }
    for (scenario, checks) in suite.shown_by(&r.id) {
        println!("shown by      {} ({})", scenario.id, checks.join(", "));
    }
    for killer in suite.matrix.killers(&r.id) {
        println!("proved by     {killer}");
    }
}

fn explain_scenario(scenario: &Scenario, languages: &[Language]) {
    languages.iter().for_each(|l| println!("{}", scenario.file.title.get(*l)));
    println!(
        "candidate {}; plateaus {}; cases {}\n",
        join(&scenario.file.candidate),
        join(&scenario.file.plateaus),
        scenario.file.cases.join(", ")
    );
    println!("{}", scenario.source.text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_written_as_scenarios_write_them() {
        assert_eq!(kebab("RequestToken"), "request-token");
        assert_eq!(kebab("Bsn"), "bsn");
    }
}
