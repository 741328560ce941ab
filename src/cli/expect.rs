//! Expected failures on the command line: reading the file, and telling what became of each entry.

use std::path::Path;
use std::sync::Arc;

use twiin_harness::base::clock;
use twiin_harness::base::diagnostic::SourceFile;
use twiin_harness::base::text::Language;
use twiin_harness::evidence::folder::Judged;
use twiin_harness::expect::{self, Account, Entry, Expectations, State};
use twiin_harness::judge::Decision;
use twiin_harness::report::{Annotation, Level, verdict_word};
use twiin_harness::suite::Suite;

use super::exit::{Exit, Problem};

/// Reads a file of expected failures.
pub fn load(path: &Path, suite: &Suite) -> Result<Expectations, Problem> {
    let text = std::fs::read_to_string(path).map_err(|e| Problem::usage(format!("read {}: {e}", path.display())))?;
    let source = Arc::new(SourceFile { path: path.display().to_string(), text });
    expect::read(&source, suite).map_err(Problem::faults)
}

/// A run held against a file of expected failures.
pub struct Held {
    expectations: Expectations,
    /// What came of it.
    pub account: Account,
    decision: Decision,
}

impl Held {
    /// Holds a run against it, today.
    pub fn new(expectations: Expectations, judged: &Judged) -> Self {
        let today = clock::now().date();
        let account = expect::settle(&expectations, &judged.suite, &judged.plan, &judged.judgement, today);
        Self { expectations, account, decision: judged.judgement.decision() }
    }

    /// The exit code.
    pub fn exit(&self) -> Exit {
        self.account.decision.into()
    }

    fn entries(&self) -> impl Iterator<Item = (&Entry, State)> {
        self.expectations.entries.iter().zip(self.account.states.iter().copied())
    }

    /// What became of each entry, for people.
    pub fn text(&self, language: Language) -> String {
        let file = &self.expectations.source.path;
        let heading = match language {
            Language::Nl => "Verwachte afwijkingen",
            Language::En => "Expected failures",
        };
        let mut out = format!("{heading} ({file})\n");
        for (entry, state) in self.entries() {
            let symbol = if state.is_red() { "✗" } else { "✓" };
            out.push_str(&format!("{symbol} {}: {}\n", entry.name(), told(entry, state, file, language)));
        }
        let (code, without) = (self.code(), word(self.decision, language));
        out.push_str(&match language {
            Language::Nl => format!("Exitcode met deze verwachtingen: {code}. Het bewijs verandert niet: {without}.\n"),
            Language::En => {
                format!("Exit code with these expectations: {code}. The evidence does not change: {without}.\n")
            }
        });
        out
    }

    fn code(&self) -> u8 {
        match self.account.decision {
            Decision::Conformant | Decision::ConformantWithWaivers => 0,
            Decision::NotConformant => 1,
            Decision::Undetermined => 3,
        }
    }

    /// What needs attention in the file itself, for GitHub.
    pub fn annotations(&self, language: Language) -> Vec<Annotation> {
        let file = &self.expectations.source.path;
        self.entries()
            .filter(|(_, state)| state.is_red())
            .map(|(entry, state)| Annotation {
                level: Level::Error,
                title: entry.name(),
                place: Some((file.clone(), entry.line as u64)),
                message: told(entry, state, file, language),
            })
            .collect()
    }
}

fn word(decision: Decision, language: Language) -> &'static str {
    match (decision, language) {
        (Decision::Conformant, Language::Nl) => "conform",
        (Decision::ConformantWithWaivers, Language::Nl) => "conform, met gemelde afwijkingen",
        (Decision::ConformantWithWaivers, Language::En) => "conformant, with declared deviations",
        (Decision::NotConformant, Language::Nl) => "niet conform",
        (Decision::Undetermined, Language::Nl) => "onbepaald",
        (Decision::Conformant, Language::En) => "conformant",
        (Decision::NotConformant, Language::En) => "not conformant",
        (Decision::Undetermined, Language::En) => "undetermined",
    }
}

fn told(entry: &Entry, state: State, file: &str, language: Language) -> String {
    let wanted = verdict_word(entry.verdict, language);
    let (line, owner, day) = (entry.line, &entry.owner, entry.expires);
    let reason = entry.reason.get(language);
    match (state, language) {
        (State::Met { days_left }, Language::Nl) => {
            let days = if days_left == 1 { "dag" } else { "dagen" };
            format!("{wanted}, zoals verwacht. {owner}, nog {days_left} {days} (tot en met {day}): {reason}")
        }
        (State::Met { days_left }, Language::En) => {
            let days = if days_left == 1 { "day" } else { "days" };
            format!("{wanted}, as expected. {owner}, {days_left} {days} left (up to and including {day}): {reason}")
        }
        (State::UnexpectedPass, Language::Nl) => {
            format!("voldaan, terwijl {wanted} werd verwacht. Haal de regels vanaf {line} uit {file}.")
        }
        (State::UnexpectedPass, Language::En) => {
            format!("passed, where {wanted} was expected. Take the entry at line {line} out of {file}.")
        }
        (State::Other { verdict }, Language::Nl) => {
            let seen = verdict_word(verdict, language);
            format!("{seen}, terwijl {wanted} werd verwacht. Los het op, of pas {file}:{line} aan samen met {owner}.")
        }
        (State::Other { verdict }, Language::En) => {
            let seen = verdict_word(verdict, language);
            format!("{seen}, where {wanted} was expected. Solve it, or change {file}:{line} together with {owner}.")
        }
        (State::Expired { verdict }, Language::Nl) => {
            let seen = verdict_word(verdict, language);
            format!(
                "{seen}, en aanvaard tot en met {day}. Los het op, of spreek met {owner} een nieuwe dag af in {file}:{line}."
            )
        }
        (State::Expired { verdict }, Language::En) => {
            let seen = verdict_word(verdict, language);
            format!(
                "{seen}, and accepted up to and including {day}. Solve it, or agree on a new day with {owner} in {file}:{line}."
            )
        }
        (State::Unused, Language::Nl) => {
            format!("niets in deze run gaat hierover. Haal het uit {file}:{line}, of laat de run het meenemen.")
        }
        (State::Unused, Language::En) => {
            format!("nothing in this run is about it. Take it out of {file}:{line}, or let the run include it.")
        }
    }
}
