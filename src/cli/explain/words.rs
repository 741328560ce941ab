//! Words, deliberate wrongs, profiles, errata and gaps.

use twiin_harness::evidence::coverage::model::{DeviationCoverage, ErratumCoverage, GapCoverage};
use twiin_harness::report::words::codes;
use twiin_harness::suite::Suite;
use twiin_harness::suite::load::LoadedProfile;

use super::Book;
use crate::cli::page::Page;
use crate::cli::vocabulary::{Kind, Word, examples, meaning};

/// Ids listed before the rest is only counted.
const LISTED: usize = 12;

/// Scenarios that use a word.
pub fn users<'a>(suite: &'a Suite, word: &Word) -> Vec<&'a str> {
    let uses = |s: &&twiin_harness::suite::Scenario| match word.kind {
        Kind::Check => s.file.expect.iter().any(|e| e.that.words().contains(&word.word.as_str())),
        Kind::Action => {
            let given = s.file.given.iter().filter_map(|g| suite.fragments.get(&g.fragment)).flat_map(|f| &f.steps);
            given.chain(&s.file.steps).any(|step| step.action.word() == word.word)
        }
    };
    suite.scenarios.values().filter(uses).map(|s| s.id.as_str()).collect()
}

pub fn word(book: &Book<'_>, word: &Word) -> Page {
    let t = book.words;
    let mut page = book.page();
    let kind = if word.kind == Kind::Check { t.check } else { t.action };
    page.title(&word.word, &format!("({})", kind.to_lowercase()));
    page.paragraph(meaning(word, book.language));
    let examples = examples(book.suite, word);
    if !examples.is_empty() {
        page.heading(t.example);
    }
    for example in examples {
        page.block(&example);
        page.gap();
    }
    page.heading(t.used_by);
    let users = users(book.suite, word);
    if users.is_empty() {
        page.paragraph(t.not_used);
    }
    some(book, &users, &mut page);
    page
}

/// The first of a list, and how many more there are.
fn some(book: &Book<'_>, ids: &[&str], page: &mut Page) {
    let t = book.words;
    ids.iter().take(LISTED).for_each(|id| page.item(0, id));
    if ids.len() > LISTED {
        page.item(0, &format!("{} {} {}", t.and_more, ids.len() - LISTED, t.more));
    }
}

pub fn deviation(book: &Book<'_>, d: &DeviationCoverage) -> Page {
    let (t, language) = (book.words, book.language);
    let mut page = book.page();
    page.title(&d.deviation, &format!("({})", t.deviation.to_lowercase()));
    page.paragraph(d.title.get(language));
    page.gap();
    page.rows(&[
        (t.clause, d.clause.clone()),
        (t.harmless, d.harmless.as_ref().map(|h| h.get(language).to_owned()).unwrap_or_default()),
    ]);
    for (heading, ids) in [(t.fails, &d.fails), (t.warns, &d.warns)] {
        if !ids.is_empty() {
            page.heading(heading);
        }
        ids.iter().for_each(|id| page.item(0, &book.with_title(id)));
    }
    let steps = |s: &&twiin_harness::suite::Scenario| {
        let file = &s.file;
        let own = file.counterpart.deviation.into_iter().chain(file.steps.iter().filter_map(|step| step.deviation));
        own.into_iter().any(|used| used.word() == d.deviation)
    };
    let attacks: Vec<&str> = book.suite.scenarios.values().filter(steps).map(|s| s.id.as_str()).collect();
    if !attacks.is_empty() {
        page.heading(t.used_by);
        some(book, &attacks, &mut page);
    }
    page
}

pub fn profile(book: &Book<'_>, loaded: &LoadedProfile) -> Page {
    let (t, language, p) = (book.words, book.language, &loaded.profile);
    let mut page = book.page();
    page.title(&p.zorgtoepassing, &format!("({})", t.profile.to_lowercase()));
    page.paragraph(p.title.get(language));
    if let Some(word) = book.suite.zorgtoepassingen.get(&p.zorgtoepassing) {
        page.paragraph(word.about.get(language));
    }
    page.gap();
    let roles: Vec<String> = p.roles.iter().map(|role| codes::ROLE.name(&role.to_string(), language)).collect();
    let mut rows = vec![(t.default_release, p.default_release.clone()), (t.roles, roles.join(", "))];
    rows.extend(p.fhir.as_ref().map(|fhir| (t.query_set, fhir.default_query_set.clone())));
    rows.push((t.scenarios, p.scenarios.join(", ")));
    page.rows(&rows);
    page.heading(t.binds);
    for (number, plateau) in &p.plateaus {
        let count = loaded.binding(book.suite, *number).count();
        page.item(0, &format!("{number}: {} ({count} {})", plateau.title.get(language), t.all));
    }
    for exception in &p.except {
        page.item(1, &format!("- {}: {}", exception.id, exception.reason.get(language)));
    }
    page.heading(t.capabilities);
    for (name, capability) in &p.capabilities {
        let needed = if capability.mandatory { t.mandatory } else { t.optional };
        page.item(0, &format!("{name}: {} ({needed})", capability.title.get(language)));
    }
    page.heading(t.deadlines);
    p.deadlines.iter().for_each(|(name, ms)| page.item(0, &format!("{name}: {ms} ms")));
    page
}

pub fn erratum(book: &Book<'_>, e: &ErratumCoverage) -> Page {
    let (t, language) = (book.words, book.language);
    let mut page = book.page();
    page.title(&e.id, &format!("({})", t.erratum.to_lowercase()));
    page.rows(&[
        (t.place, e.place.clone()),
        (t.finding, e.finding.get(language).to_owned()),
        (t.ruling, e.ruling.get(language).to_owned()),
    ]);
    if !e.requirements.is_empty() {
        page.heading(t.touches);
        e.requirements.iter().for_each(|id| page.item(0, &book.with_title(id)));
    }
    page
}

pub fn gap(book: &Book<'_>, g: &GapCoverage) -> Page {
    let (t, language) = (book.words, book.language);
    let document = book.coverage.documents.iter().find(|d| d.file == g.document);
    let mut page = book.page();
    page.title(&g.id, &format!("({})", t.gap.to_lowercase()));
    page.rows(&[
        (t.document, document.map_or_else(|| g.document.clone(), |d| format!("{} ({})", d.title, d.file))),
        (t.gap, g.about.get(language).to_owned()),
        (t.consequence, g.consequence.as_ref().map(|c| c.get(language).to_owned()).unwrap_or_default()),
    ]);
    page
}
