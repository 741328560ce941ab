//! One requirement on the coverage page.

use serde::Serialize;

use super::view::StateView;
use crate::base::text::Language;
use crate::evidence::coverage::Coverage;
use crate::evidence::coverage::model::{PlateauWeight, RequirementCoverage};
use crate::report::plain::{block, line};
use crate::report::view::mark::{Mark, MarkView};
use crate::report::words::{catalogue, codes, words};

/// One requirement.
#[derive(Debug, Serialize)]
pub struct RequirementView {
    pub id: String,
    pub title: String,
    pub level: String,
    pub state: StateView,
    /// The verdict of the run, with those per plateau where they differ.
    pub verdict: Option<MarkView>,
    pub verdicts: Vec<(u8, MarkView)>,
    pub statement: String,
    pub applies_when: Option<String>,
    pub how: String,
    pub reason: Option<String>,
    /// Label and text, in order of reading.
    pub facts: Vec<(&'static str, String)>,
    pub tightens: Vec<String>,
    pub tightened_by: Vec<String>,
    pub erratum: Option<String>,
    pub scenarios: Vec<ScenarioView>,
    pub deviations: Vec<(String, String, String)>,
    /// What the filters look at: key and words.
    pub data: Vec<(&'static str, String)>,
}

/// A scenario with the checks that are about the requirement.
#[derive(Debug, Serialize)]
pub struct ScenarioView {
    pub id: String,
    pub title: String,
    pub cases: Vec<String>,
    pub checks: Vec<(String, String)>,
}

impl RequirementView {
    /// A requirement with everything that belongs to it.
    pub fn new(r: &RequirementCoverage, coverage: &Coverage, language: Language) -> Self {
        let text = |t: &crate::base::text::Text| block(t.get(language));
        let mark = |verdict| Mark::of(verdict).view(words(language));
        let mut differ = r.verdicts.clone();
        differ.dedup_by_key(|v| v.verdict);
        let plain = |ids: &[String]| ids.iter().map(|id| line(id)).collect::<Vec<_>>();
        Self {
            id: line(&r.id),
            title: line(r.title.get(language)),
            level: line(&r.level).to_uppercase(),
            state: StateView::new(r.state, language),
            verdict: r.verdict.map(mark),
            verdicts: if differ.len() > 1 {
                r.verdicts.iter().map(|v| (v.plateau, mark(v.verdict))).collect()
            } else {
                Vec::new()
            },
            statement: text(&r.statement),
            applies_when: r.applies_when.as_ref().map(text),
            how: text(&r.how),
            reason: r.not_tested.as_deref().map(|reason| codes::REASON.name(reason, language)),
            facts: facts(r, coverage, language),
            tightens: plain(&r.tightens),
            tightened_by: plain(&r.tightened_by),
            erratum: r.erratum.as_deref().map(line),
            scenarios: scenarios(r, coverage, language),
            deviations: deviations(r, coverage, language),
            data: data(r),
        }
    }
}

fn facts(r: &RequirementCoverage, coverage: &Coverage, language: Language) -> Vec<(&'static str, String)> {
    let t = catalogue::words(language);
    let join = |list: &[String]| list.iter().map(|x| line(x)).collect::<Vec<_>>().join(", ");
    let parties: Vec<String> = r.roles.iter().map(|p| codes::PARTY.name(p, language)).collect();
    let mut releases = format!("{} {}", t.read_in, join(&r.releases));
    if !r.inherited_by.is_empty() {
        releases.push_str(&format!("; {} {}", t.inherited_by, join(&r.inherited_by)));
    }
    let official: Vec<String> =
        r.official.iter().flat_map(|o| o.prescription.iter().chain(&o.toetsing)).map(|x| line(x)).collect();
    let document = coverage.documents.iter().find(|d| d.file == r.document);
    let path = if r.source.path == "n/a" { String::new() } else { format!(", {}", r.source.path) };
    let stricter: Vec<String> = r
        .stricter
        .iter()
        .map(|s| format!("{} {}: {}", t.plateau.to_lowercase(), s.plateau, line(s.text.get(language))))
        .collect();
    let cap = r.enforcement.as_ref();
    let facts = vec![
        (t.level, codes::LEVEL.name(&r.level, language)),
        (t.authority, codes::AUTHORITY.name(&r.authority, language)),
        (t.maturity, codes::MATURITY.name(&r.maturity, language)),
        (t.parties, parties.join(", ")),
        (t.verification, codes::MODE.name(&r.verification, language)),
        (t.weight, weights(&r.plateaus, language)),
        (t.plateau_basis, codes::PLATEAU_BASIS.name(&r.plateau_basis, language)),
        (t.stricter, stricter.join("\n")),
        (
            t.enforcement,
            cap.map(|c| format!("{}: {}", codes::CAP.name(&c.cap, language), line(c.reason.get(language))))
                .unwrap_or_default(),
        ),
        (t.source, line(&format!("{}{path}, {} {}", r.source.title, t.version, r.source.version))),
        (t.document, document.map(|d| line(&d.title)).unwrap_or_default()),
        (t.official_id, r.official_id.as_deref().map(line).unwrap_or_default()),
        (t.official, official.join(", ")),
        (t.binding_from, r.binding_from.as_ref().map(|b| codes::BINDING.name(b, language)).unwrap_or_default()),
        (t.releases, releases),
        (t.transactions, join(&r.transactions)),
        (t.note, r.note.as_ref().map(|n| line(n.get(language))).unwrap_or_default()),
    ];
    facts.into_iter().filter(|(_, text)| !text.is_empty()).collect()
}

/// What a deviation amounts to, a line for each plateau.
fn weights(weights: &[PlateauWeight], language: Language) -> String {
    let t = catalogue::words(language);
    let one = |w: &PlateauWeight| {
        let because: Vec<String> = w.because.iter().map(|b| codes::BECAUSE.name(b, language)).collect();
        let why = if because.is_empty() { String::new() } else { format!(", {} {}", t.because, because.join("; ")) };
        format!("{} {}: {}{why}", t.plateau.to_lowercase(), w.plateau, codes::WEIGHT.name(&w.deviation, language))
    };
    weights.iter().map(one).collect::<Vec<_>>().join("\n")
}

fn scenarios(r: &RequirementCoverage, coverage: &Coverage, language: Language) -> Vec<ScenarioView> {
    let view = |shown: &crate::evidence::coverage::model::ShownBy| {
        let known = coverage.scenarios.iter().find(|s| s.id == shown.scenario);
        let mut checks: Vec<(String, String)> = Vec::new();
        for check in &shown.checks {
            let row = (line(&check.check), line(check.expected.get(language)));
            // The same check on several steps or roles is said once.
            if !checks.contains(&row) {
                checks.push(row);
            }
        }
        ScenarioView {
            id: line(&shown.scenario),
            title: known.map(|s| line(s.title.get(language))).unwrap_or_default(),
            cases: known.map(|s| s.cases.iter().map(|c| line(c)).collect()).unwrap_or_default(),
            checks,
        }
    };
    r.shown_by.iter().map(view).collect()
}

/// Word, what it does wrong, and what it amounts to.
fn deviations(r: &RequirementCoverage, coverage: &Coverage, language: Language) -> Vec<(String, String, String)> {
    let title = |word: &str| {
        let known = coverage.deviations.iter().find(|d| d.deviation == word);
        known.map(|d| line(d.title.get(language))).unwrap_or_default()
    };
    r.deviations
        .iter()
        .map(|k| (line(&k.deviation), title(&k.deviation), codes::WEIGHT.name(&k.effect, language)))
        .collect()
}

fn data(r: &RequirementCoverage) -> Vec<(&'static str, String)> {
    let plateaus: Vec<String> = r.plateaus.iter().map(|p| p.plateau.to_string()).collect();
    let roles: Vec<String> = r.roles.iter().chain(&r.candidate_roles).map(|x| line(x)).collect();
    let tested = if r.state.is_tested() { "tested" } else { "not-tested" };
    let verdict = r.verdict.map_or("none", |v| Mark::of(v).into());
    vec![
        ("zorgtoepassing", line(&r.zorgtoepassing)),
        ("function", line(&r.function)),
        ("plateau", plateaus.join(" ")),
        ("verification", line(&r.verification)),
        ("authority", line(&r.authority)),
        ("level", line(&r.level)),
        ("role", roles.join(" ")),
        ("state", format!("{tested} {}", r.state)),
        ("verdict", verdict.to_owned()),
    ]
}
