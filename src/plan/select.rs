//! What was asked for: zorgtoepassing, plateaus, roles, release, and a restriction by glob or requirement.

use globset::{Glob, GlobMatcher};
use serde::{Deserialize, Serialize};

use super::PlanError;
use crate::base::id::RequirementId;
use crate::base::nearest::nearest;
use crate::packages::Named;
use crate::suite::load::LoadedProfile;
use crate::suite::requirement::Role;
use crate::suite::{Scenario, Suite};

/// A selection. It is kept beside the transcript, so that a run can be judged again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Selection {
    /// Zorgtoepassingen.
    pub zorgtoepassingen: Vec<String>,
    /// Plateaus.
    pub plateaus: Vec<u8>,
    /// Roles.
    pub roles: Vec<Role>,
    /// Release.
    pub release: String,
    /// Glob of scenario ids, or a requirement id.
    #[serde(default)]
    pub only: Option<String>,
    /// FHIR packages that resources of the candidate are held against.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fhir_packages: Vec<Named>,
}

impl Selection {
    /// Everything that a suite has, in the default release of its profiles.
    pub fn everything(suite: &Suite) -> Self {
        let release = suite.profiles.values().next().map(|p| p.profile.default_release.clone()).unwrap_or_default();
        Self {
            zorgtoepassingen: suite.profiles.keys().cloned().collect(),
            plateaus: vec![1, 2, 3, 4],
            roles: roles(suite, suite.profiles.keys()),
            release,
            only: None,
            fhir_packages: Vec::new(),
        }
    }
}

/// The roles that the profiles of these zorgtoepassingen have, in the order of the roles.
pub fn roles<'a>(suite: &Suite, zorgtoepassingen: impl Iterator<Item = &'a String>) -> Vec<Role> {
    let profiles: Vec<_> = zorgtoepassingen.filter_map(|name| suite.profiles.get(name)).collect();
    let has = |role: &Role| profiles.iter().any(|p| p.profile.roles.contains(role));
    Role::ALL.iter().copied().filter(has).collect()
}

enum Only {
    Everything,
    Scenarios(GlobMatcher),
    Requirement(RequirementId),
}

/// Says of scenarios whether they were asked for.
pub(super) struct Matcher {
    only: Only,
    zorgtoepassingen: Vec<Scope>,
}

/// Which cases a zorgtoepassing has.
struct Scope {
    name: String,
    roles: Vec<Role>,
    globs: Vec<GlobMatcher>,
}

impl Matcher {
    pub(super) fn new(suite: &Suite, selection: &Selection) -> Result<Self, PlanError> {
        let list = |words: Vec<&String>| words.into_iter().cloned().collect::<Vec<_>>().join(", ");
        if let Some(name) = selection.zorgtoepassingen.iter().find(|n| !suite.profiles.contains_key(*n)) {
            return Err(PlanError::Zorgtoepassing { name: name.clone(), known: list(suite.profiles.keys().collect()) });
        }
        if !suite.releases.contains_key(&selection.release) {
            let known = list(suite.releases.keys().collect());
            return Err(PlanError::Release { name: selection.release.clone(), known });
        }
        let profiles = selection.zorgtoepassingen.iter().filter_map(|n| suite.profiles.get(n));
        let scope = |loaded: &LoadedProfile| {
            let profile = &loaded.profile;
            let globs = profile.scenarios.iter().map(|g| glob(g)).collect::<Result<_, _>>()?;
            Ok(Scope { name: profile.zorgtoepassing.clone(), roles: profile.roles.clone(), globs })
        };
        let zorgtoepassingen = profiles.map(scope).collect::<Result<_, _>>()?;
        Ok(Self { only: only(suite, selection.only.as_deref())?, zorgtoepassingen })
    }

    /// The first chosen zorgtoepassing that has the scenario for this role.
    pub(super) fn zorgtoepassing(&self, scenario: &Scenario, role: Role) -> Option<&str> {
        let has = |scope: &&Scope| {
            scope.roles.contains(&role) && scope.globs.iter().any(|g| g.is_match(scenario.id.as_str()))
        };
        self.zorgtoepassingen.iter().find(has).map(|scope| scope.name.as_str())
    }

    /// Whether the restriction lets the scenario through.
    pub(super) fn wants(&self, scenario: &Scenario) -> bool {
        match &self.only {
            Only::Everything => true,
            Only::Scenarios(glob) => {
                glob.is_match(scenario.id.as_str()) || scenario.file.cases.iter().any(|c| glob.is_match(c))
            }
            Only::Requirement(id) => scenario.file.expect.iter().any(|e| e.verifies.contains(id)),
        }
    }
}

fn glob(pattern: &str) -> Result<GlobMatcher, PlanError> {
    Glob::new(pattern)
        .map(|g| g.compile_matcher())
        .map_err(|e| PlanError::Glob { pattern: pattern.to_owned(), reason: e.kind().to_string() })
}

fn only(suite: &Suite, pattern: Option<&str>) -> Result<Only, PlanError> {
    let Some(pattern) = pattern else { return Ok(Only::Everything) };
    if let Some(id) = suite.requirements.keys().find(|id| id.as_str() == pattern) {
        return Ok(Only::Requirement(id.clone()));
    }
    let matcher = glob(pattern)?;
    let hits = |s: &Scenario| matcher.is_match(s.id.as_str()) || s.file.cases.iter().any(|c| matcher.is_match(c));
    if suite.scenarios.values().any(hits) {
        return Ok(Only::Scenarios(matcher));
    }
    let ids = suite.requirements.keys().map(RequirementId::as_str).chain(suite.scenarios.keys().map(|s| s.as_str()));
    let help = nearest(pattern, ids).map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
    Err(PlanError::Only { pattern: pattern.to_owned(), help })
}
