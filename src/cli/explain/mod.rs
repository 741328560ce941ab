//! `explain`: everything about one requirement, scenario, case, word, deviation, profile, erratum or gap.

mod requirement;
mod scenario;
mod words;

use std::path::Path;

use clap::Args;
use twiin_harness::base::nearest::nearest;
use twiin_harness::base::text::Language;
use twiin_harness::evidence::coverage::{Coverage, assemble};
use twiin_harness::report::words::catalogue;
use twiin_harness::suite::Suite;

use super::exit::{Exit, Problem};
use super::files;
use super::lang::Lang;
use super::page::{Page, Screen};
use super::vocabulary;

pub use words::users;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Id of a requirement, scenario, case (NEG-21), erratum or gap; or a check, action, deviation or profile
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    lang: Lang,
}

/// What a page is written with.
struct Book<'a> {
    suite: &'a Suite,
    coverage: &'a Coverage,
    language: Language,
    words: &'static catalogue::Words,
    screen: Screen,
}

impl Book<'_> {
    fn page(&self) -> Page {
        Page::new(self.screen)
    }

    /// The title of a requirement.
    fn title_of(&self, requirement: &str) -> &str {
        let found = self.coverage.requirements.iter().find(|r| r.id == requirement);
        found.map_or("", |r| r.title.get(self.language))
    }

    /// An id with its title, as an item of a list.
    fn with_title(&self, requirement: &str) -> String {
        format!("{requirement} {}", self.title_of(requirement)).trim_end().to_owned()
    }
}

pub fn main(suite_dir: Option<&Path>, arguments: &Arguments) -> Result<Exit, Problem> {
    let suite = files::suite(suite_dir)?;
    let coverage = assemble(&suite, None);
    let language = arguments.lang.language;
    let words = catalogue::words(language);
    let book = Book { suite: &suite, coverage: &coverage, language, words, screen: Screen::stdout() };
    let pages = pages(&book, &arguments.id);
    if pages.is_empty() {
        return Err(unknown(&book, &arguments.id));
    }
    println!("{}", pages.into_iter().map(Page::finish).collect::<Vec<_>>().join("\n\n"));
    Ok(Exit::Good)
}

/// One page for each thing of that name; nearly always one. A name in other capitals is good too.
fn pages(book: &Book<'_>, id: &str) -> Vec<Page> {
    // A case of a report is a scenario and a role.
    let id = id.split_once('@').map_or(id, |(scenario, _)| scenario).trim_end_matches(".yaml");
    let id = id.strip_prefix("scenarios/").unwrap_or(id);
    let is = |other: &str| other.eq_ignore_ascii_case(id);
    let coverage = book.coverage;
    let mut pages: Vec<Page> = Vec::new();
    pages.extend(coverage.requirements.iter().filter(|r| is(&r.id)).map(|r| requirement::page(book, r)));
    let scenarios = book.suite.scenarios.values();
    pages.extend(scenarios.filter(|s| is(s.id.as_str()) || last(s.id.as_str(), id)).map(|s| scenario::page(book, s)));
    if coverage.scenarios.iter().flat_map(|s| &s.cases).any(|c| is(c)) {
        pages.push(scenario::case(book, id));
    }
    pages.extend(coverage.deviations.iter().filter(|d| is(&d.deviation)).map(|d| words::deviation(book, d)));
    pages.extend(vocabulary::all().iter().filter(|w| is(&w.word)).map(|w| words::word(book, w)));
    pages.extend(book.suite.profiles.iter().filter(|(name, _)| is(name)).map(|(_, p)| words::profile(book, p)));
    pages.extend(coverage.errata.iter().filter(|e| is(&e.id)).map(|e| words::erratum(book, e)));
    pages.extend(coverage.gaps.iter().filter(|g| is(&g.id)).map(|g| words::gap(book, g)));
    pages
}

/// Whether `id` is the last part of a scenario's path.
fn last(scenario: &str, id: &str) -> bool {
    scenario.rsplit('/').next() == Some(id)
}

fn unknown(book: &Book<'_>, id: &str) -> Problem {
    let coverage = book.coverage;
    let words: Vec<String> = vocabulary::all().into_iter().map(|w| w.word).collect();
    let names = coverage
        .requirements
        .iter()
        .map(|r| r.id.as_str())
        .chain(coverage.scenarios.iter().flat_map(|s| {
            let name = s.id.rsplit('/').next().unwrap_or(&s.id);
            [s.id.as_str(), name].into_iter().chain(s.cases.iter().map(String::as_str))
        }))
        .chain(coverage.deviations.iter().map(|d| d.deviation.as_str()))
        .chain(words.iter().map(String::as_str))
        .chain(book.suite.profiles.keys().map(String::as_str))
        .chain(coverage.errata.iter().map(|e| e.id.as_str()))
        .chain(coverage.gaps.iter().map(|g| g.id.as_str()));
    let help = nearest(id, names).map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
    Problem::usage(format!("explain `{id}`: there is no such id or word{help}"))
}
