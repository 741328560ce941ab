//! Expected failures: what is known to go wrong, why, who owns it, and until when that is accepted.
//!
//! They change the exit code of a run and nothing else: evidence is the same with and without them. What is expected and
//! does not happen is as red as what happens and is not expected, so that no entry outlives its reason: an unexpected
//! pass, an expired entry and an entry that nothing in the run answers to all fail.

mod read;

pub use read::read;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use time::Date;

use crate::base::diagnostic::SourceFile;
use crate::base::id::{RequirementId, ScenarioId};
use crate::base::text::Text;
use crate::check::Verdict;
use crate::judge::{Contribution, Decision, Judgement};
use crate::plan::Plan;
use crate::suite::Suite;
use crate::suite::requirement::Role;

/// What an entry is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A requirement, wherever it is shown.
    Requirement(RequirementId),
    /// A scenario, whatever it shows.
    Scenario(ScenarioId),
}

/// One expected failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is about.
    pub target: Target,
    /// Role of the candidate; absent for both.
    pub role: Option<Role>,
    /// Plateau; absent for all.
    pub plateau: Option<u8>,
    /// The verdict that is expected.
    pub verdict: Verdict,
    /// Why.
    pub reason: Text,
    /// Who sees to it.
    pub owner: String,
    /// Last day on which it is accepted.
    pub expires: Date,
    /// Line of the entry in its file, from one.
    pub line: usize,
}

impl Entry {
    /// How it is named: id, and what it is narrowed to.
    pub fn name(&self) -> String {
        let mut name = match &self.target {
            Target::Requirement(id) => id.to_string(),
            Target::Scenario(id) => id.to_string(),
        };
        if let Some(role) = self.role {
            name.push_str(&format!("@{role}"));
        }
        if let Some(plateau) = self.plateau {
            name.push_str(&format!(" (plateau {plateau})"));
        }
        name
    }

    fn covers(&self, contribution: &Contribution) -> bool {
        let of_target = match &self.target {
            Target::Requirement(id) => contribution.requirement == *id,
            Target::Scenario(id) => contribution.case.split('@').next() == Some(id.as_str()),
        };
        of_target
            && self.role.is_none_or(|role| contribution.role == Some(role))
            && self.plateau.is_none_or(|plateau| plateau == contribution.plateau)
    }
}

/// A file of expected failures.
#[derive(Debug, Clone)]
pub struct Expectations {
    /// The file.
    pub source: Arc<SourceFile>,
    /// Its entries, in order.
    pub entries: Vec<Entry>,
}

/// What became of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It came out as expected.
    Met {
        /// Days that it is still accepted, this one included.
        days_left: i64,
    },
    /// It came out well.
    UnexpectedPass,
    /// It came out badly, in another way than expected.
    Other {
        /// How.
        verdict: Verdict,
    },
    /// The last day has passed.
    Expired {
        /// How it came out.
        verdict: Verdict,
    },
    /// Nothing in this run is about it.
    Unused,
}

impl State {
    /// Whether it makes the run red.
    pub fn is_red(self) -> bool {
        !matches!(self, Self::Met { .. })
    }
}

/// A run held against its expectations.
#[derive(Debug, Clone)]
pub struct Account {
    /// What became of each entry, in order of the file.
    pub states: Vec<State>,
    /// Requirements of which everything that went wrong was expected.
    pub expected: BTreeSet<String>,
    /// What the run amounts to when all that was rightly expected is taken as passed.
    pub decision: Decision,
}

/// Holds a run against its expectations, on a day.
pub fn settle(expectations: &Expectations, suite: &Suite, plan: &Plan, judgement: &Judgement, today: Date) -> Account {
    let all = judgement.contributions(suite, plan);
    let states: Vec<State> = expectations.entries.iter().map(|entry| state(entry, &all, today)).collect();
    let met = || expectations.entries.iter().zip(&states).filter(|(_, s)| !s.is_red()).map(|(e, _)| e);
    let excused = |contribution: &Contribution| met().any(|entry| entry.covers(contribution));
    let mut left: BTreeMap<&RequirementId, (Verdict, bool)> = BTreeMap::new();
    for contribution in &all {
        let entry = left.entry(&contribution.requirement).or_default();
        let is_excused = contribution.verdict > Verdict::Pass && excused(contribution);
        entry.0 = entry.0.and(match contribution.verdict {
            _ if is_excused => Verdict::Pass,
            // A waiver takes a failure out of the decision and puts nothing in its place.
            _ if contribution.waived => Verdict::NotTested,
            verdict => verdict,
        });
        entry.1 |= is_excused;
    }
    let decision = judgement.decide(left.values().map(|(verdict, _)| *verdict));
    let is_red = states.iter().any(|s| s.is_red());
    Account {
        states,
        expected: left
            .iter()
            .filter(|(_, (verdict, excused))| *excused && *verdict <= Verdict::Warn)
            .map(|(id, _)| id.to_string())
            .collect(),
        decision: if is_red { Decision::NotConformant } else { decision },
    }
}

fn state(entry: &Entry, all: &[Contribution], today: Date) -> State {
    let mut own = all.iter().filter(|c| entry.covers(c)).map(|c| c.verdict).peekable();
    if own.peek().is_none() {
        return State::Unused;
    }
    let verdict = Verdict::all(own);
    let days_left = (entry.expires - today).whole_days() + 1;
    match verdict {
        _ if days_left <= 0 => State::Expired { verdict },
        _ if verdict == entry.verdict => State::Met { days_left },
        Verdict::Pass | Verdict::NotTested => State::UnexpectedPass,
        _ => State::Other { verdict },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use time::macros::date;

    fn entry(id: &str, verdict: Verdict) -> Entry {
        Entry {
            target: Target::Requirement(RequirementId::parse(id).unwrap()),
            role: None,
            plateau: None,
            verdict,
            reason: Text::new("a", "a"),
            owner: "a".into(),
            expires: date!(2027 - 03 - 31),
            line: 1,
        }
    }

    fn told(id: &str, plateau: u8, verdict: Verdict) -> Contribution {
        let requirement = RequirementId::parse(id).unwrap();
        Contribution {
            requirement,
            plateau,
            case: "a/b@sending".into(),
            role: Some(Role::Sending),
            verdict,
            waived: false,
        }
    }

    const TODAY: Date = date!(2027 - 03 - 01);

    #[test]
    fn an_expected_failure_is_met_with_the_days_that_are_left() {
        let all = [told("A-1", 4, Verdict::Fail), told("A-1", 3, Verdict::Warn), told("B-2", 4, Verdict::Pass)];
        assert_eq!(state(&entry("A-1", Verdict::Fail), &all, TODAY), State::Met { days_left: 31 });
        assert_eq!(state(&entry("A-1", Verdict::Fail), &all, date!(2027 - 03 - 31)), State::Met { days_left: 1 });
    }

    #[test]
    fn a_pass_another_verdict_an_expired_and_an_unused_entry_are_red() {
        let all = [told("A-1", 4, Verdict::Fail), told("B-2", 4, Verdict::Pass)];
        let of = |entry: Entry, today| state(&entry, &all, today);
        assert_eq!(of(entry("B-2", Verdict::Fail), TODAY), State::UnexpectedPass);
        assert_eq!(of(entry("A-1", Verdict::Warn), TODAY), State::Other { verdict: Verdict::Fail });
        assert_eq!(of(entry("A-1", Verdict::Fail), date!(2027 - 04 - 01)), State::Expired { verdict: Verdict::Fail });
        assert_eq!(of(entry("C-3", Verdict::Fail), TODAY), State::Unused);
        for narrowed in [
            Entry { role: Some(Role::Receiving), ..entry("A-1", Verdict::Fail) },
            Entry { plateau: Some(3), ..entry("A-1", Verdict::Fail) },
        ] {
            assert_eq!(of(narrowed, TODAY), State::Unused);
        }
    }

    #[test]
    fn an_entry_for_a_scenario_covers_what_that_scenario_shows_and_nothing_of_its_namesakes() {
        let of_scenario = |id: &str| Entry {
            target: Target::Scenario(ScenarioId::parse(id).unwrap()),
            ..entry("A-1", Verdict::Fail)
        };
        let all = [told("A-1", 4, Verdict::Fail)];
        assert_eq!(state(&of_scenario("a/b"), &all, TODAY), State::Met { days_left: 31 });
        assert_eq!(state(&of_scenario("a/bc"), &all, TODAY), State::Unused);
    }
}
