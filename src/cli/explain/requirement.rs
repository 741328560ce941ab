//! One requirement: what it says, who says so, what a deviation amounts to, and what shows it.

use twiin_harness::evidence::coverage::model::{PlateauWeight, RequirementCoverage};
use twiin_harness::report::words::codes;

use super::Book;
use crate::cli::list::span;
use crate::cli::page::Page;

pub fn page(book: &Book<'_>, r: &RequirementCoverage) -> Page {
    let (t, language) = (book.words, book.language);
    let mut page = book.page();
    page.title(&r.id, r.title.get(language));
    page.paragraph(r.statement.get(language));
    page.gap();
    if let Some(condition) = &r.applies_when {
        page.rows(&[(t.applies_when, condition.get(language).to_owned())]);
        page.gap();
    }
    page.rows(&facts(book, r));
    page.gap();
    page.rows(&[(t.weight, weights(book, r))]);
    if let Some(cap) = &r.enforcement {
        let text = format!("{}: {}", codes::CAP.name(&cap.cap, language), cap.reason.get(language));
        page.rows(&[(t.enforcement, text)]);
    }
    relations(book, r, &mut page);
    remarks(book, r, &mut page);
    page.heading(t.how);
    page.paragraph(r.how.get(language));
    proof(book, r, &mut page);
    page
}

fn facts<'a>(book: &Book<'a>, r: &RequirementCoverage) -> Vec<(&'a str, String)> {
    let (t, language) = (book.words, book.language);
    let join = |list: &[String]| list.join(", ");
    let mut releases = format!("{} {}", t.read_in, join(&r.releases));
    if !r.inherited_by.is_empty() {
        releases.push_str(&format!("; {} {}", t.inherited_by, join(&r.inherited_by)));
    }
    let official = r.official.as_ref().map(|o| o.prescription.iter().chain(&o.toetsing).cloned().collect::<Vec<_>>());
    let plateaus: Vec<u8> = r.plateaus.iter().map(|p| p.plateau).collect();
    let parties: Vec<String> = r.roles.iter().map(|p| codes::PARTY.name(p, language)).collect();
    let zorgtoepassing = book.suite.zorgtoepassingen.get(&r.zorgtoepassing);
    let document = book.coverage.documents.iter().find(|d| d.file == r.document);
    vec![
        (t.level, codes::LEVEL.name(&r.level, language)),
        (t.authority, codes::AUTHORITY.name(&r.authority, language)),
        (t.maturity, codes::MATURITY.name(&r.maturity, language)),
        (t.source, source(book, r)),
        (t.document, document.map(|d| d.title.clone()).unwrap_or_default()),
        (t.official_id, r.official_id.clone().unwrap_or_default()),
        (t.official, join(&official.unwrap_or_default())),
        (t.releases, releases),
        (t.binding_from, r.binding_from.as_ref().map(|b| codes::BINDING.name(b, language)).unwrap_or_default()),
        (t.parties, join(&parties)),
        (t.function, codes::FUNCTION.name(&r.function, language)),
        (t.zorgtoepassing, zorgtoepassing.map_or(r.zorgtoepassing.clone(), |z| z.title.get(language).to_owned())),
        (t.transactions, join(&r.transactions)),
        (t.plateaus, format!("{} ({})", span(&plateaus), codes::PLATEAU_BASIS.name(&r.plateau_basis, language))),
        (t.verification, codes::MODE.name(&r.verification, language)),
    ]
}

fn source(book: &Book<'_>, r: &RequirementCoverage) -> String {
    let mut text = r.source.title.clone();
    if r.source.path != "n/a" {
        text.push_str(&format!(", {}", r.source.path));
    }
    format!("{text}, {} {}", book.words.version, r.source.version)
}

/// What a deviation amounts to, plateaus of the same weight together.
fn weights(book: &Book<'_>, r: &RequirementCoverage) -> String {
    let (t, language) = (book.words, book.language);
    let mut groups: Vec<(&PlateauWeight, Vec<u8>)> = Vec::new();
    for weight in &r.plateaus {
        match groups.last_mut() {
            Some((w, plateaus)) if w.deviation == weight.deviation && w.because == weight.because => {
                plateaus.push(weight.plateau);
            }
            _ => groups.push((weight, vec![weight.plateau])),
        }
    }
    let line = |(weight, plateaus): &(&PlateauWeight, Vec<u8>)| {
        let because: Vec<String> = weight.because.iter().map(|b| codes::BECAUSE.name(b, language)).collect();
        let why = if because.is_empty() { String::new() } else { format!(", {} {}", t.because, because.join("; ")) };
        format!(
            "{} {}: {}{why}",
            t.plateau.to_lowercase(),
            span(plateaus),
            codes::WEIGHT.name(&weight.deviation, language)
        )
    };
    groups.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn relations(book: &Book<'_>, r: &RequirementCoverage, page: &mut Page) {
    let t = book.words;
    let list = |ids: &[String]| ids.iter().map(|id| book.with_title(id)).collect::<Vec<_>>().join("\n");
    let stricter: Vec<String> = r
        .stricter
        .iter()
        .map(|s| format!("{} {}: {}", t.plateau.to_lowercase(), s.plateau, s.text.get(book.language)))
        .collect();
    page.gap();
    page.rows(&[
        (t.tightens, list(&r.tightens)),
        (t.tightened_by, list(&r.tightened_by)),
        (t.stricter, stricter.join("\n")),
    ]);
}

fn remarks(book: &Book<'_>, r: &RequirementCoverage, page: &mut Page) {
    let (t, language) = (book.words, book.language);
    let erratum = book.coverage.errata.iter().find(|e| r.erratum.as_ref() == Some(&e.id));
    let erratum =
        erratum.map(|e| format!("{}: {}\n{}: {}", e.id, e.finding.get(language), t.ruling, e.ruling.get(language)));
    let gaps: Vec<&str> =
        book.coverage.gaps.iter().filter(|g| g.document == r.document).map(|g| g.id.as_str()).collect();
    page.gap();
    page.rows(&[
        (t.note, r.note.as_ref().map(|n| n.get(language).to_owned()).unwrap_or_default()),
        (t.erratum, erratum.unwrap_or_default()),
        (t.open_in_sources, gaps.join(", ")),
    ]);
}

fn proof(book: &Book<'_>, r: &RequirementCoverage, page: &mut Page) {
    let (t, language) = (book.words, book.language);
    let state: &str = r.state.into();
    page.heading(&format!("{}: {}", t.state, codes::STATE.name(state, language)));
    page.paragraph(&codes::STATE_MEANS.name(state, language));
    if let Some(reason) = &r.not_tested {
        page.rows(&[(t.reason, codes::REASON.name(reason, language))]);
    }
    for test in &r.shown_by_test {
        page.item(0, test);
    }
    if !r.shown_by.is_empty() {
        page.heading(t.shown_by);
    }
    for shown in &r.shown_by {
        page.item(0, &shown.scenario);
        // The same check on several roles or steps is said once.
        let mut said: Vec<String> = Vec::new();
        for check in &shown.checks {
            let text = format!("{}: {}", check.check, check.expected.get(language));
            if !said.contains(&text) {
                page.item(1, &text);
                said.push(text);
            }
        }
    }
    if !r.shown_by.is_empty() {
        page.heading(t.killed_by);
        if r.deviations.is_empty() {
            page.paragraph(t.no_killers);
        }
    }
    for killer in &r.deviations {
        page.item(0, &format!("{} ({})", killer.deviation, codes::WEIGHT.name(&killer.effect, language)));
    }
}
