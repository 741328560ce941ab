//! What a verifier says: lines that stay apart, never one green word, and an outcome that rules the exit code.

use serde_json::{Value, json};
use strum::IntoEnumIterator as _;

use super::Fault;
use super::check::{Line, Weight};
use super::identity;
use super::scene::Scene;
use super::timing;
use crate::base::clock::rfc3339;
use crate::base::text::Text;
use crate::evidence::bewijs::policy::RevocationMode;
use crate::evidence::bewijs::statement::{Soort, Statement};
use crate::wire::x509::facts;

/// What verification concludes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display, strum::EnumString)]
#[strum(serialize_all = "kebab-case")]
pub enum Outcome {
    /// Whole, trusted, and the candidate was conformant.
    Conformant,
    /// The same, but for failures that a declared deviation covers.
    ConformantWithWaivers,
    /// Whole and trusted, and the candidate was not shown to be conformant.
    NotConformant,
    /// Whole, and not to be relied upon by this policy, now; also a sealed statement without its run.
    NotTrusted,
    /// Changed, incomplete, or not what it says.
    Invalid,
    /// Whole, and a test: it proves nothing to anyone but its maker.
    Test,
}

/// How a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "kebab-case")]
pub enum LineState {
    /// In order.
    Good,
    /// Not looked at, or not known.
    Open,
    /// Not in order.
    Bad,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineReport {
    /// What it is about.
    pub line: Line,
    /// How it stands.
    pub state: LineState,
    /// In words.
    pub text: Text,
}

/// A whole report.
#[derive(Debug, Clone)]
pub struct Report {
    /// The lines, always all of them.
    pub lines: Vec<LineReport>,
    /// Everything that was found.
    pub faults: Vec<Fault>,
    /// The conclusion.
    pub outcome: Outcome,
    /// What the statement says, if it could be read. Only to be shown.
    pub statement: Option<Statement>,
}

impl Report {
    pub(super) fn new(scene: &Scene<'_>, faults: Vec<Fault>) -> Self {
        let outcome = outcome(scene, &faults);
        let lines = Line::iter().map(|line| line_report(scene, &faults, line)).collect();
        Self { lines, faults, outcome, statement: scene.statement().cloned() }
    }

    /// The codes of everything that was found, each once, sorted.
    pub fn codes(&self) -> Vec<&str> {
        let mut codes: Vec<&str> = self.faults.iter().map(|f| f.code.as_str()).collect();
        codes.sort_unstable();
        codes.dedup();
        codes
    }

    /// The report for a program.
    pub fn to_value(&self) -> Value {
        let lines: serde_json::Map<String, Value> = self
            .lines
            .iter()
            .map(|l| (l.line.to_string(), json!({ "state": l.state.to_string(), "nl": l.text.nl, "en": l.text.en })))
            .collect();
        let faults: Vec<Value> = self
            .faults
            .iter()
            .map(|f| json!({ "check": f.check.to_string(), "code": f.code, "detail": f.detail }))
            .collect();
        let about = self.statement.as_ref().map(|s| {
            let p = &s.predicate;
            json!({
                "id": p.id, "soort": p.soort, "result": p.result, "conclusie": p.conclusie, "product": p.kandidaat.product,
                "versie": p.kandidaat.versie, "geldigTot": p.geldig_tot,
            })
        });
        json!({ "outcome": self.outcome.to_string(), "indication": self.indication(), "bewijs": about, "lines": lines, "faults": faults })
    }

    /// The outcome in the words of EN 319 102-1.
    fn indication(&self) -> &'static str {
        match self.outcome {
            Outcome::Conformant | Outcome::ConformantWithWaivers | Outcome::NotConformant => "TOTAL-PASSED",
            Outcome::NotTrusted | Outcome::Test => "INDETERMINATE",
            Outcome::Invalid => "TOTAL-FAILED",
        }
    }
}

fn outcome(scene: &Scene<'_>, faults: &[Fault]) -> Outcome {
    let Some(statement) = scene.statement() else { return Outcome::Invalid };
    let weight = faults.iter().map(|f| f.check.weight()).max();
    let test = statement.predicate.soort == Soort::Zelftest || scene.options.policy.is_some_and(|p| p.test);
    match weight {
        Some(Weight::Integrity) => Outcome::Invalid,
        _ if test => Outcome::Test,
        Some(Weight::Trust) => Outcome::NotTrusted,
        // What is not judged again is not believed.
        None if scene.members().is_none() => Outcome::NotTrusted,
        None => match statement.predicate.conclusie.as_str() {
            "conformant" => Outcome::Conformant,
            "conformant-with-waivers" => Outcome::ConformantWithWaivers,
            _ => Outcome::NotConformant,
        },
    }
}

fn line_report(scene: &Scene<'_>, faults: &[Fault], line: Line) -> LineReport {
    let found: Vec<&Fault> = faults.iter().filter(|f| f.check.line() == line).collect();
    if !found.is_empty() {
        let told: Vec<String> = found.iter().map(|f| format!("{} ({})", f.detail, f.code)).collect();
        // A file can be wrong in a thousand places; the first ones tell.
        let more = told.len().saturating_sub(8);
        let mut text = told.into_iter().take(8).collect::<Vec<_>>().join("; ");
        if more > 0 {
            text.push_str(&format!("; +{more}"));
        }
        return LineReport { line, state: LineState::Bad, text: Text::new(text.clone(), text) };
    }
    let (state, text) = in_order(scene, line);
    LineReport { line, state, text }
}

/// What a line says when nothing is wrong with it.
fn in_order(scene: &Scene<'_>, line: Line) -> (LineState, Text) {
    use LineState::{Good, Open};
    let nothing = || (Open, Text::new("niet te zeggen", "cannot be told"));
    let Some(statement) = scene.statement() else { return nothing() };
    let p = &statement.predicate;
    let summary = scene.members().is_none();
    match line {
        Line::Integriteit if summary => (
            Good,
            Text::new(
                "verzegelde verklaring klopt; de rest is er niet bij",
                "the sealed statement holds; the rest is not here",
            ),
        ),
        Line::Integriteit => {
            let n = p.inventaris.len();
            (
                Good,
                Text::new(
                    format!("verzegeld, {n} onderdelen ongewijzigd"),
                    format!("sealed, {n} members as they were"),
                ),
            )
        }
        Line::Ondertekenaar => signers(scene),
        Line::Rol if scene.options.policy.is_none() => nothing(),
        Line::Rol if !identity::is_role_shown(scene) => (
            Open,
            Text::new(
                "niet te zeggen: wie tekende, wordt niet vertrouwd",
                "cannot be told: whoever signed is not trusted",
            ),
        ),
        Line::Rol => (Good, Text::new(format!("mag een {} afgeven", p.soort), format!("may issue a {}", p.soort))),
        Line::Tijd => moment(scene),
        Line::Intrekking => revocation(scene),
        Line::PackOfficieel if scene.options.policy.is_none() => nothing(),
        Line::PackOfficieel => (Good, Text::new("officieel volgens het beleid", "official by the policy")),
        Line::Volledigheid if scene.options.policy.is_none() => nothing(),
        Line::Volledigheid => {
            let n = p.requirements.len() - p.untested_tests.len();
            (
                Good,
                Text::new(
                    format!("alle verplichte eisen aangetoond; {n} eisen getoetst"),
                    format!("all that is required was shown; {n} requirements tested"),
                ),
            )
        }
        Line::UitkomstHerberekend if summary => (
            Open,
            Text::new("niet herberekend: alleen de verklaring is er", "not judged again: only the statement is here"),
        ),
        Line::UitkomstHerberekend => (
            Good,
            Text::new(
                format!("herberekend: {} ({})", p.result, p.conclusie),
                format!("judged again: {} ({})", p.result, p.conclusie),
            ),
        ),
        Line::Geldigheid => {
            (Good, Text::new(format!("geldig tot {}", p.geldig_tot), format!("counts until {}", p.geldig_tot)))
        }
        Line::Waivers => {
            let n = p.waived_tests.len();
            (
                Good,
                match n {
                    0 => Text::new("geen", "none"),
                    n => Text::new(
                        format!("{n} eisen vallen onder een gemelde afwijking"),
                        format!("{n} requirements are waived"),
                    ),
                },
            )
        }
    }
}

fn signers(scene: &Scene<'_>) -> (LineState, Text) {
    let names: Vec<String> =
        scene.signatures().iter().filter_map(|s| facts(s.chain().first()?).ok()).map(|f| f.subject).collect();
    let text = names.join("; ");
    (LineState::Good, Text::new(text.clone(), text))
}

/// When: proven only when a trusted TSA says so of every signature.
fn moment(scene: &Scene<'_>) -> (LineState, Text) {
    let proven: Option<Vec<String>> = scene
        .timings
        .iter()
        .map(|timing| Some(format!("{} ({})", rfc3339(timing.proven?), timing.authority)))
        .collect();
    if let Some(proven) = proven.filter(|list| !list.is_empty()) {
        let list = proven.join("; ");
        return (LineState::Good, Text::new(format!("bewezen: {list}"), format!("proven: {list}")));
    }
    let at = scene.signatures().first().and_then(|s| scene.moment(s)).map(rfc3339).unwrap_or_default();
    (LineState::Open, Text::new(format!("tijd niet bewezen; gesteld: {at}"), format!("time not proven; claimed: {at}")))
}

fn revocation(scene: &Scene<'_>) -> (LineState, Text) {
    let off = scene.issuers().iter().all(|i| i.revocation == RevocationMode::Off) && !scene.issuers().is_empty();
    if off {
        return (
            LineState::Open,
            Text::new("niet bekeken: het beleid zet dit uit", "not looked at: the policy turns it off"),
        );
    }
    match timing::all_known_good(scene) {
        true => (
            LineState::Good,
            Text::new("niet ingetrokken, blijkt uit ingebedde waarden", "not revoked, as embedded values tell"),
        ),
        false => (LineState::Open, Text::new("niet bekend", "not known")),
    }
}
