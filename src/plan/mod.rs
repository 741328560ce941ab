//! The plan: what will run, what will not, and why. It is made before anything is sent.

mod applicability;
mod select;

pub use select::{Selection, roles};

use std::collections::{BTreeMap, BTreeSet};

use crate::base::id::{RequirementId, ScenarioId};
use crate::base::text::Text;
use crate::suite::requirement::{Role, Subject};
use crate::suite::{CandidateFile, Suite};

/// A scenario for one role of the candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// `<scenario>@<role>`.
    pub id: String,
    /// The scenario.
    pub scenario: ScenarioId,
    /// The zorgtoepassing whose profile it is driven and judged by: the first of those asked for that has the scenario
    /// and the role.
    pub zorgtoepassing: String,
    /// The role.
    pub role: Role,
    /// Plateaus that it counts for.
    pub plateaus: Vec<u8>,
    /// Expectations that cannot be judged, by position, with the input that is missing.
    pub without: BTreeMap<usize, String>,
}

/// A case that will not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exclusion {
    /// The case.
    pub case: String,
    /// The scenario.
    pub scenario: ScenarioId,
    /// The role.
    pub role: Role,
    /// Why.
    pub reason: Text,
    /// Inputs that are missing, by their name in the candidate file.
    pub missing: Vec<String>,
    /// Whether a mandatory capability is undeclared: then its requirements are inconclusive, never not applicable.
    pub undeclared: bool,
    /// Whether the selection asked for something else; such exclusions are not worth a reader's time.
    pub by_selection: bool,
}

/// A requirement that binds in this run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// Plateaus that it binds on, within the selection.
    pub plateaus: Vec<u8>,
    /// Whether the release inherits it.
    pub inherited: bool,
}

/// What will run, what will not, and why.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What was asked for.
    pub selection: Selection,
    /// What the candidate is.
    pub subject: Subject,
    /// What will run, in order of id.
    pub cases: Vec<Case>,
    /// What will not.
    pub exclusions: Vec<Exclusion>,
    /// Requirements that bind.
    pub requirements: BTreeMap<RequirementId, Bound>,
}

/// Nothing can be planned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// There is no such zorgtoepassing.
    #[error("plan: unknown zorgtoepassing `{name}`; known are {known}")]
    Zorgtoepassing {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// There is no such release.
    #[error("plan: unknown release `{name}`; known are {known}")]
    Release {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// `--only` matches nothing.
    #[error("plan: `{pattern}` matches no scenario and no requirement{help}")]
    Only {
        /// What was asked for.
        pattern: String,
        /// Nearest id, if any.
        help: String,
    },
    /// The pattern is no glob.
    #[error("plan: `{pattern}` is no glob: {reason}")]
    Glob {
        /// What was asked for.
        pattern: String,
        /// Why.
        reason: String,
    },
}

impl Plan {
    /// Makes a plan.
    ///
    /// # Errors
    /// When the selection names something that does not exist.
    pub fn new(suite: &Suite, candidate: &CandidateFile, selection: Selection) -> Result<Self, PlanError> {
        let matcher = select::Matcher::new(suite, &selection)?;
        let subject = candidate.subject;
        let requirements = bound(suite, &selection, subject);
        let mut plan = Self { requirements, selection, subject, cases: Vec::new(), exclusions: Vec::new() };
        for scenario in suite.scenarios.values() {
            for role in &scenario.file.candidate {
                let Some(zorgtoepassing) = matcher.zorgtoepassing(scenario, *role) else { continue };
                match applicability::judge(suite, candidate, &plan.selection, &matcher, scenario, zorgtoepassing, *role)
                {
                    Ok(case) => plan.cases.push(case),
                    Err(exclusion) => plan.exclusions.push(*exclusion),
                }
            }
        }
        Ok(plan)
    }

    /// Requirements that some case of the plan shows.
    pub fn exercised<'a>(&'a self, suite: &'a Suite) -> BTreeSet<&'a RequirementId> {
        let mut shown = BTreeSet::new();
        for case in &self.cases {
            let Some(scenario) = suite.scenarios.get(&case.scenario) else { continue };
            for (index, expectation) in scenario.expectations(case.role, &self.selection.release) {
                if !case.without.contains_key(&index) {
                    shown.extend(expectation.verifies.iter().filter(|id| self.requirements.contains_key(*id)));
                }
            }
        }
        shown
    }
}

/// Requirements that bind by profile, plateau, subject, role and release.
fn bound(suite: &Suite, selection: &Selection, subject: Subject) -> BTreeMap<RequirementId, Bound> {
    let mut all: BTreeMap<RequirementId, Bound> = BTreeMap::new();
    for name in &selection.zorgtoepassingen {
        let Some(loaded) = suite.profiles.get(name) else { continue };
        let roles = loaded.roles(&selection.roles);
        for plateau in loaded.profile.plateaus.keys().filter(|p| selection.plateaus.contains(p)) {
            for requirement in loaded.binding(suite, *plateau) {
                if !requirement.binds_subject(subject, &roles) || !requirement.holds_in(&selection.release) {
                    continue;
                }
                let inherited = requirement.is_inherited_by(&selection.release);
                let entry =
                    all.entry(requirement.id.clone()).or_insert_with(|| Bound { plateaus: Vec::new(), inherited });
                if !entry.plateaus.contains(plateau) {
                    entry.plateaus.push(*plateau);
                }
            }
        }
    }
    all.values_mut().for_each(|b| b.plateaus.sort_unstable());
    all
}
