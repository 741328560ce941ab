//! Counting requirements by state, all together and per zorgtoepassing, function and so on.

use strum::IntoEnumIterator as _;

use crate::base::text::Text;
use crate::suite::Suite;

use super::model::{Breakdown, BreakdownRow, Dimension, RequirementCoverage, State, Tally};

impl Tally {
    /// Counts requirements.
    pub fn of<'a>(requirements: impl IntoIterator<Item = &'a RequirementCoverage>) -> Self {
        let mut tally = Self::default();
        for requirement in requirements {
            tally.all += 1;
            *match requirement.state {
                State::Proved => &mut tally.proved,
                State::NotProved => &mut tally.not_proved,
                State::Recorded => &mut tally.recorded,
                State::Attestable => &mut tally.attestable,
                State::OwnTests => &mut tally.own_tests,
                State::Planned => &mut tally.planned,
                State::LeftOut => &mut tally.left_out,
            } += 1;
        }
        tally
    }

    /// How many are in a state.
    pub fn number(&self, state: State) -> u64 {
        match state {
            State::Proved => self.proved,
            State::NotProved => self.not_proved,
            State::Recorded => self.recorded,
            State::Attestable => self.attestable,
            State::OwnTests => self.own_tests,
            State::Planned => self.planned,
            State::LeftOut => self.left_out,
        }
    }

    /// How many a scenario shows.
    pub fn tested(&self) -> u64 {
        self.proved + self.not_proved + self.recorded
    }

    /// How many are openly not tested.
    pub fn not_tested(&self) -> u64 {
        self.planned + self.left_out
    }
}

/// The numbers along every dimension, rows in order of value.
pub(super) fn breakdowns(suite: &Suite, requirements: &[RequirementCoverage]) -> Vec<Breakdown> {
    Dimension::iter().map(|by| breakdown(suite, by, requirements)).collect()
}

fn breakdown(suite: &Suite, by: Dimension, requirements: &[RequirementCoverage]) -> Breakdown {
    let mut values: Vec<String> = requirements.iter().flat_map(|r| values(by, r)).collect();
    values.sort();
    values.dedup();
    let rows = values
        .into_iter()
        .map(|value| {
            let tally = Tally::of(requirements.iter().filter(|r| self::values(by, r).contains(&value)));
            BreakdownRow { title: title(suite, by, &value), value, tally }
        })
        .collect();
    Breakdown { by, overlapping: matches!(by, Dimension::Plateau | Dimension::Role), rows }
}

/// The name of a value that is data of the suite; words of the schema are named by whoever shows them.
fn title(suite: &Suite, by: Dimension, value: &str) -> Option<Text> {
    match by {
        Dimension::Zorgtoepassing => suite.zorgtoepassingen.get(value).map(|z| z.title.clone()),
        Dimension::Document => {
            suite.documents.values().find(|d| d.file == value).map(|d| Text::new(d.title.clone(), d.title.clone()))
        }
        _ => None,
    }
}

/// The rows that a requirement counts in.
fn values(by: Dimension, requirement: &RequirementCoverage) -> Vec<String> {
    match by {
        Dimension::Zorgtoepassing => vec![requirement.zorgtoepassing.clone()],
        Dimension::Function => vec![requirement.function.clone()],
        Dimension::Plateau => requirement.plateaus.iter().map(|p| p.plateau.to_string()).collect(),
        Dimension::Verification => vec![requirement.verification.clone()],
        Dimension::Authority => vec![requirement.authority.clone()],
        Dimension::Level => vec![requirement.level.clone()],
        Dimension::Role => requirement.roles.clone(),
        Dimension::Document => vec![requirement.document.clone()],
    }
}
