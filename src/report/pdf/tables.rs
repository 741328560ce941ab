//! What needs attention, every requirement by zorgtoepassing and function, and the papers.

use std::collections::BTreeMap;

use super::certificate::{HEADING, colours};
use super::faces::Face;
use super::layout::{Cell, Column, INK, Layout, MARGIN, QUIET, ROOM, Style};
use crate::evidence::Evidence;
use crate::evidence::model::RequirementResult;
use crate::report::plain::{brief, line};
use crate::report::view::attention::{FindingView, Problem};
use crate::report::view::mark::{Mark, MarkView};
use crate::report::view::{Speech, View, papers as paper_words};
use crate::report::words::codes;

const TEXT: Style = Style::new(Face::Regular, 8.0, INK);
const SMALL: Style = Style::new(Face::Regular, 7.5, QUIET);
const ID: Style = Style::new(Face::Mono, 7.5, INK);
const INTRO: Style = Style::new(Face::Regular, 9.0, QUIET);
/// Longest text in a cell, in characters.
const LONGEST: usize = 420;
/// Findings shown of one requirement.
const FINDINGS: usize = 2;

fn column(title: &str, width: f32) -> Column {
    Column { title: title.to_owned(), width }
}

fn verdict(mark: MarkView) -> Cell {
    vec![(Style::new(Face::Bold, 8.0, colours(mark.mark).0), mark.word.to_owned())]
}

/// What is not simply met, the worst first, with what was expected and seen.
pub fn attention(layout: &mut Layout, view: &View, speech: Speech) {
    let words = speech.words;
    layout.turn();
    layout.heading(2, HEADING, words.problems, 60.0);
    if view.problems.is_empty() {
        layout.paragraph(INTRO, words.no_problems, 10.0);
        return;
    }
    let columns = [
        column(words.requirement, 150.0),
        column(words.verdict, 72.0),
        column(&format!("{} / {}", words.expected, words.actual.to_lowercase()), ROOM - 222.0),
    ];
    let problems = view.problems.iter().flat_map(|group| &group.problems);
    let rows: Vec<Vec<Cell>> = problems.map(|p| problem(p, speech)).collect();
    layout.table(&columns, &rows);
    layout.y += 14.0;
}

fn problem(problem: &Problem, speech: Speech) -> Vec<Cell> {
    let words = speech.words;
    let mut told: Cell = Vec::new();
    told.extend(problem.findings.iter().take(FINDINGS).flat_map(|f| finding(f, speech)));
    let more = problem.findings.len().saturating_sub(FINDINGS) + problem.more.len();
    if more > 0 {
        told.push((SMALL, format!("{} {more}", words.and_more)));
    }
    told.extend(problem.waived.iter().map(|w| (TEXT, brief(w, LONGEST))));
    told.extend(problem.attestation.iter().flat_map(|a| &a.problems).map(|p| (TEXT, brief(p, LONGEST))));
    told.extend(problem.reason.iter().map(|r| (TEXT, format!("{}: {}", words.reason_open, brief(r, LONGEST)))));
    let level = format!("{} · {}", problem.level, problem.authority);
    let id = vec![(ID, problem.id.clone()), (TEXT, brief(&problem.title, 200)), (SMALL, level)];
    vec![id, verdict(problem.mark), told]
}

fn finding(finding: &FindingView, speech: Speech) -> Cell {
    let words = speech.words;
    vec![
        (TEXT, format!("{}: {}", words.expected, brief(&finding.expected, LONGEST))),
        (Style::new(Face::Bold, 8.0, INK), format!("{}: {}", words.actual, brief(&finding.actual, LONGEST))),
        (SMALL, format!("{} · {}", brief(&finding.case, 160), finding.step)),
    ]
}

/// A code with its place in the order of its list.
type Named<'a> = (usize, &'a str);

/// Every requirement in scope.
pub fn requirements(layout: &mut Layout, evidence: &Evidence, speech: Speech) {
    let language = speech.language;
    let mut chapters: BTreeMap<Named<'_>, BTreeMap<Named<'_>, Vec<&RequirementResult>>> = BTreeMap::new();
    for requirement in &evidence.requirements {
        let (outer, inner) = (requirement.zorgtoepassing.as_str(), requirement.function.as_str());
        let chapter = chapters.entry((codes::ZORGTOEPASSING.position(outer), outer)).or_default();
        chapter.entry((codes::FUNCTION.position(inner), inner)).or_default().push(requirement);
    }
    for ((_, zorgtoepassing), functions) in chapters {
        let name = codes::ZORGTOEPASSING.name(zorgtoepassing, language);
        layout.heading(2, HEADING, &format!("{}: {name}", speech.words.requirements), 90.0);
        for ((_, function), mut rows) in functions {
            rows.sort_by_key(|r| Mark::of(r.verdict));
            let title = format!("{} ({})", codes::FUNCTION.name(function, language), rows.len());
            layout.heading(3, Style::new(Face::Bold, 10.0, INK), &title, 50.0);
            let rows: Vec<Vec<Cell>> = rows.into_iter().map(|r| requirement(r, speech)).collect();
            layout.table(&columns(speech), &rows);
            layout.y += 12.0;
        }
    }
}

fn columns(speech: Speech) -> [Column; 6] {
    let words = speech.words;
    let fixed = [88.0, 54.0, 84.0, 46.0, 58.0];
    let rest = ROOM - fixed.iter().sum::<f32>();
    [
        column(words.requirement, fixed[0] + rest - 62.0),
        column(words.level, fixed[1]),
        column(words.authority, fixed[2]),
        column(words.plateaus, fixed[3]),
        column(words.mode, fixed[4]),
        column(words.verdict, 62.0),
    ]
}

fn requirement(requirement: &RequirementResult, speech: Speech) -> Vec<Cell> {
    let language = speech.language;
    let mut id = vec![(ID, line(&requirement.id)), (TEXT, brief(&speech.line(&requirement.title), 240))];
    id.extend(requirement.not_tested.as_ref().map(|why| (SMALL, brief(why, 200))));
    let mut level = vec![(TEXT, line(&requirement.level).to_uppercase())];
    level.extend(requirement.enforcement.as_ref().map(|e| (SMALL, codes::CAP.name(&e.cap, language))));
    let plateaus: Vec<String> = requirement.plateaus.iter().map(|p| p.plateau.to_string()).collect();
    let mut word = verdict(Mark::of(requirement.verdict).view(speech.words));
    if paper_words::waived(requirement, speech).is_some() {
        word.push((SMALL, speech.words.waived.to_lowercase()));
    }
    vec![
        id,
        level,
        vec![(TEXT, codes::AUTHORITY.name(&requirement.authority, language))],
        vec![(TEXT, plateaus.join(", "))],
        vec![(TEXT, codes::MODE.name(&requirement.mode, language))],
        word,
    ]
}

/// What named persons say by documents, and declared deviations.
pub fn papers(layout: &mut Layout, view: &View, speech: Speech) {
    let words = speech.words;
    let Some(papers) = view.papers.as_ref().filter(|p| !p.attestations.is_empty() || !p.waivers.is_empty()) else {
        return;
    };
    layout.heading(2, HEADING, words.papers, 90.0);
    layout.paragraph(INTRO, words.papers_why, 6.0);
    if !papers.attestations.is_empty() {
        let columns = [
            column(words.requirement, 150.0),
            column(words.verdict, 72.0),
            column(words.attested_by, 130.0),
            column(words.documents, ROOM - 352.0),
        ];
        let rows: Vec<Vec<Cell>> = papers
            .attestations
            .iter()
            .map(|a| {
                let mut by = vec![(TEXT, format!("{}, {}", a.by, a.role))];
                by.push((SMALL, format!("{} {}; {} {}", words.on_day, a.attested, words.until, a.until)));
                let documents = a.documents.iter().flat_map(|(path, sha256)| {
                    [(TEXT, brief(path, 120)), (Style::new(Face::Mono, 6.0, QUIET), sha256.clone())]
                });
                let mut standing = verdict(a.mark);
                standing.push((SMALL, a.standing.clone()));
                vec![vec![(ID, a.id.clone()), (TEXT, a.title.clone())], standing, by, documents.collect()]
            })
            .collect();
        layout.table(&columns, &rows);
        layout.y += 12.0;
    }
    if !papers.waivers.is_empty() {
        let columns = [
            column(words.waived, 150.0),
            column(words.reason, ROOM - 350.0),
            column(words.decider, 130.0),
            column(words.until, 70.0),
        ];
        let rows: Vec<Vec<Cell>> = papers
            .waivers
            .iter()
            .map(|w| {
                let id = vec![(ID, w.id.clone()), (SMALL, w.state.clone())];
                vec![
                    id,
                    vec![(TEXT, brief(&w.reason, LONGEST))],
                    vec![(TEXT, w.decider.clone())],
                    vec![(TEXT, w.expires.clone())],
                ]
            })
            .collect();
        layout.table(&columns, &rows);
    }
    debug_assert!(layout.y >= MARGIN);
}
