//! What the coverage page shows, in one language, with every text made plain. Numbers are taken over from the document
//! or counted within a group.

use std::collections::BTreeMap;

use serde::Serialize;
use strum::IntoEnumIterator as _;

use super::view_requirement::RequirementView;
use crate::base::clock::parse_rfc3339;
use crate::base::text::Language;
use crate::evidence::coverage::model::{Breakdown, Dimension, RequirementCoverage, RunSummary, Tally};
use crate::evidence::coverage::{Coverage, State};
use crate::report::plain::{block, line};
use crate::report::words::codes::{self, Codes};

/// Everything on the page.
#[derive(Debug, Serialize)]
pub struct View {
    pub language: String,
    pub harness: String,
    pub run: Option<RunView>,
    pub totals: TallyView,
    pub legend: Vec<(StateView, String)>,
    pub filters: Vec<FilterView>,
    pub breakdowns: Vec<BreakdownView>,
    pub groups: Vec<GroupView>,
    pub untested: Vec<ReasonView>,
    pub errata: Vec<ErratumView>,
    pub gaps: Vec<DocumentGaps>,
    pub documents: Vec<DocumentView>,
}

/// The run whose verdicts are shown.
#[derive(Debug, Serialize)]
pub struct RunView {
    pub id: String,
    pub product: String,
    pub started: String,
    pub scope: String,
    pub conclusion: String,
    pub deviation: Option<String>,
}

/// A state of coverage.
#[derive(Debug, Clone, Serialize)]
pub struct StateView {
    pub code: &'static str,
    pub symbol: &'static str,
    pub word: String,
}

/// Numbers, and how wide each state is drawn.
#[derive(Debug, Serialize)]
pub struct TallyView {
    pub all: u64,
    pub tested: u64,
    pub not_tested: u64,
    pub percent: u64,
    pub states: Vec<(StateView, u64, String)>,
}

/// One filter: its key and the values to choose from.
#[derive(Debug, Serialize)]
pub struct FilterView {
    pub key: &'static str,
    pub name: String,
    pub values: Vec<(String, String)>,
}

/// A table of numbers.
#[derive(Debug, Serialize)]
pub struct BreakdownView {
    pub name: String,
    pub rows: Vec<(String, TallyView)>,
}

/// The requirements of a zorgtoepassing.
#[derive(Debug, Serialize)]
pub struct GroupView {
    pub name: String,
    pub tally: TallyView,
    pub functions: Vec<FunctionView>,
}

/// The requirements of a function.
#[derive(Debug, Serialize)]
pub struct FunctionView {
    pub name: String,
    pub tally: TallyView,
    pub requirements: Vec<RequirementView>,
}

/// What is not tested for one reason.
#[derive(Debug, Serialize)]
pub struct ReasonView {
    pub reason: String,
    pub planned: bool,
    pub items: Vec<(String, String)>,
}

/// An error in the sources.
#[derive(Debug, Serialize)]
pub struct ErratumView {
    pub id: String,
    pub place: String,
    pub finding: String,
    pub ruling: String,
    pub requirements: Vec<String>,
}

/// What one document leaves open.
#[derive(Debug, Serialize)]
pub struct DocumentGaps {
    pub document: String,
    pub gaps: Vec<(String, String, Option<String>)>,
}

/// A source document.
#[derive(Debug, Serialize)]
pub struct DocumentView {
    pub file: String,
    pub title: String,
    pub licence: String,
}

impl View {
    /// The page of a coverage document.
    pub fn new(coverage: &Coverage, language: Language) -> Self {
        Self {
            language: language.to_string(),
            harness: line(&coverage.harness),
            run: coverage.run.as_ref().map(|r| RunView::new(r, language)),
            totals: TallyView::new(&coverage.totals, language),
            legend: State::iter().map(|s| (StateView::new(s, language), means(s, language))).collect(),
            filters: filters(coverage, language),
            breakdowns: coverage.breakdowns.iter().map(|b| BreakdownView::new(b, language)).collect(),
            groups: groups(coverage, language),
            untested: untested(coverage, language),
            errata: errata(coverage, language),
            gaps: gaps(coverage, language),
            documents: coverage
                .documents
                .iter()
                .map(|d| DocumentView { file: line(&d.file), title: line(&d.title), licence: line(&d.licence) })
                .collect(),
        }
    }
}

fn means(state: State, language: Language) -> String {
    codes::STATE_MEANS.name(state.into(), language)
}

impl RunView {
    fn new(run: &RunSummary, language: Language) -> Self {
        let started = parse_rfc3339(&run.started)
            .map_or_else(|| line(&run.started), |t| format!("{} {:02}:{:02} UTC", t.date(), t.hour(), t.minute()));
        let roles: Vec<String> = run.roles.iter().map(|r| codes::ROLE.name(r, language)).collect();
        let plateaus: Vec<String> = run.plateaus.iter().map(u8::to_string).collect();
        let zorgtoepassingen: Vec<String> =
            run.zorgtoepassingen.iter().map(|z| codes::ZORGTOEPASSING.name(z, language)).collect();
        Self {
            id: line(&run.run),
            product: line(&format!("{} {} ({})", run.product, run.version, run.supplier)),
            started,
            scope: format!(
                "{} · {} · plateau {} · release {}",
                zorgtoepassingen.join(", "),
                roles.join(", "),
                plateaus.join(", "),
                line(&run.release)
            ),
            conclusion: codes::CONCLUSION.name(&run.conclusion, language),
            deviation: run.deviation.as_deref().map(line),
        }
    }
}

impl StateView {
    /// A state in words.
    pub fn new(state: State, language: Language) -> Self {
        let symbol = match state {
            State::Proved => "●",
            State::NotProved => "◐",
            State::Recorded => "○",
            State::Attestable => "▤",
            State::OwnTests => "◇",
            State::Planned => "…",
            State::LeftOut => "–",
        };
        Self { code: state.into(), symbol, word: codes::STATE.name(state.into(), language) }
    }
}

impl TallyView {
    fn new(tally: &Tally, language: Language) -> Self {
        let all = tally.all.max(1);
        let share = |number: u64| {
            // Tenths of a percent, written with a point because style sheets want one.
            let tenths = number * 1000 / all;
            format!("{}.{}", tenths / 10, tenths % 10)
        };
        let states =
            State::iter().map(|s| (StateView::new(s, language), tally.number(s), share(tally.number(s)))).collect();
        Self {
            all: tally.all,
            tested: tally.tested(),
            not_tested: tally.not_tested(),
            percent: tally.tested() * 100 / all,
            states,
        }
    }
}

/// The words for the values of a dimension, where they are words of the schema.
fn names(by: Dimension) -> Option<&'static Codes> {
    Some(match by {
        Dimension::Function => &codes::FUNCTION,
        Dimension::Verification => &codes::MODE,
        Dimension::Authority => &codes::AUTHORITY,
        Dimension::Level => &codes::LEVEL,
        Dimension::Role => &codes::PARTY,
        Dimension::Zorgtoepassing | Dimension::Plateau | Dimension::Document => return None,
    })
}

/// The rows of a dimension in the order in which people know them, each with its name.
fn named(breakdown: &Breakdown, language: Language) -> Vec<(String, String, Tally)> {
    let names = names(breakdown.by);
    let mut rows: Vec<_> = breakdown.rows.iter().collect();
    rows.sort_by_key(|r| match breakdown.by {
        // What holds for all comes first.
        Dimension::Zorgtoepassing => usize::from(r.value != "generic"),
        _ => names.map_or(0, |n| n.position(&r.value)),
    });
    let name = |value: &str, title: Option<&crate::base::text::Text>| match (names, title) {
        (Some(names), _) => names.name(value, language),
        (None, Some(title)) => line(title.get(language)),
        (None, None) => line(value),
    };
    rows.into_iter().map(|r| (line(&r.value), name(&r.value, r.title.as_ref()), r.tally)).collect()
}

impl BreakdownView {
    fn new(breakdown: &Breakdown, language: Language) -> Self {
        Self {
            name: codes::DIMENSION.name(breakdown.by.into(), language),
            rows: named(breakdown, language)
                .into_iter()
                .map(|(_, name, tally)| (name, TallyView::new(&tally, language)))
                .collect(),
        }
    }
}

/// Filters by all dimensions but the document, then by state and by verdict.
fn filters(coverage: &Coverage, language: Language) -> Vec<FilterView> {
    let mut filters: Vec<FilterView> = coverage
        .breakdowns
        .iter()
        .filter(|b| b.by != Dimension::Document)
        .map(|b| FilterView {
            key: b.by.into(),
            name: codes::DIMENSION.name(b.by.into(), language),
            values: named(b, language).into_iter().map(|(value, name, _)| (value, name)).collect(),
        })
        .collect();
    let words = crate::report::words::catalogue::words(language);
    let mut states =
        vec![("tested".to_owned(), words.tested.to_owned()), ("not-tested".into(), words.not_tested.into())];
    states.extend(State::iter().map(|s| (s.to_string(), format!("– {}", codes::STATE.name(s.into(), language)))));
    filters.push(FilterView { key: "state", name: words.state.into(), values: states });
    if coverage.run.is_some() {
        let own = super::super::words::words(language);
        let verdicts = super::super::view::mark::Mark::all()
            .map(|m| (<&str>::from(m).to_owned(), m.word(own).to_owned()))
            .chain([("none".to_owned(), words.outside_scope.to_owned())]);
        filters.push(FilterView { key: "verdict", name: words.verdict.into(), values: verdicts.collect() });
    }
    filters
}

fn groups(coverage: &Coverage, language: Language) -> Vec<GroupView> {
    let by = |wanted: Dimension| coverage.breakdowns.iter().find(|b| b.by == wanted);
    let rows = |wanted| by(wanted).map(|b| named(b, language)).unwrap_or_default();
    let functions = rows(Dimension::Function);
    let group = |(value, name, tally): (String, String, Tally)| GroupView {
        name,
        tally: TallyView::new(&tally, language),
        functions: functions
            .iter()
            .filter_map(|(function, name, _)| {
                let own: Vec<&RequirementCoverage> = coverage
                    .requirements
                    .iter()
                    .filter(|r| r.zorgtoepassing == value && r.function == *function)
                    .collect();
                (!own.is_empty()).then(|| FunctionView {
                    name: name.clone(),
                    tally: TallyView::new(&Tally::of(own.iter().copied()), language),
                    requirements: own.iter().map(|r| RequirementView::new(r, coverage, language)).collect(),
                })
            })
            .collect(),
    };
    rows(Dimension::Zorgtoepassing).into_iter().map(group).collect()
}

/// What no scenario shows, by reason; the most common reason first, planned work before the rest.
fn untested(coverage: &Coverage, language: Language) -> Vec<ReasonView> {
    let mut reasons: BTreeMap<(bool, &str), Vec<(String, String)>> = BTreeMap::new();
    for r in coverage.requirements.iter().filter(|r| !r.state.is_tested()) {
        let reason = r.not_tested.as_deref().unwrap_or_default();
        let item = (line(&r.id), line(r.title.get(language)));
        reasons.entry((r.state == State::LeftOut, reason)).or_default().push(item);
    }
    let mut list: Vec<_> = reasons.into_iter().collect();
    list.sort_by_key(|((left_out, _), items)| (*left_out, std::cmp::Reverse(items.len())));
    let view = |((left_out, reason), items): ((bool, &str), Vec<_>)| ReasonView {
        reason: codes::REASON.name(reason, language),
        planned: !left_out,
        items,
    };
    list.into_iter().map(view).collect()
}

fn errata(coverage: &Coverage, language: Language) -> Vec<ErratumView> {
    let view = |e: &crate::evidence::coverage::model::ErratumCoverage| ErratumView {
        id: line(&e.id),
        place: line(&e.place),
        finding: block(e.finding.get(language)),
        ruling: block(e.ruling.get(language)),
        requirements: e.requirements.iter().map(|r| line(r)).collect(),
    };
    coverage.errata.iter().map(view).collect()
}

fn gaps(coverage: &Coverage, language: Language) -> Vec<DocumentGaps> {
    let mut documents: Vec<DocumentGaps> = Vec::new();
    for gap in &coverage.gaps {
        let document = coverage.documents.iter().find(|d| d.file == gap.document);
        let name = document.map_or_else(|| line(&gap.document), |d| line(&d.title));
        let text = |t: &crate::base::text::Text| block(t.get(language));
        let row = (line(&gap.id), text(&gap.about), gap.consequence.as_ref().map(text));
        match documents.iter_mut().find(|d| d.document == name) {
            Some(known) => known.gaps.push(row),
            None => documents.push(DocumentGaps { document: name, gaps: vec![row] }),
        }
    }
    documents
}
