//! Query sets as data: which FHIR searches a data set consists of, and how two searches are told to be the same.

use serde::{Deserialize, Serialize};

use super::http::parse_pairs;
use crate::base::text::Text;

/// A coding, as data writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Code {
    /// Code system.
    pub system: String,
    /// Code.
    pub code: String,
}

/// One search of a set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Query {
    /// Id within the set, for example `A06`.
    pub id: String,
    /// Section of the data set.
    pub section: String,
    /// Code of the section, used as `Task.input.type`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub section_code: Option<Code>,
    /// The search, unencoded. `{bsn}` stands for the patient's BSN; what else stands in braces is what an earlier answer gave.
    pub search: String,
    /// Canonical of the profile that matches should claim.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub profile: Option<String>,
    /// How the query and that profile disagree, if they do: nobody's fault.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub disagrees: Option<Text>,
}

impl Query {
    /// The search for one patient.
    pub fn search_for(&self, bsn: &str) -> String {
        self.search.replace("{bsn}", bsn)
    }
}

/// A set of searches.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct QuerySet {
    /// Id of the set, for example `A`.
    pub id: String,
    /// Information standard it comes from.
    pub standard: String,
    /// The searches in order.
    pub queries: Vec<Query>,
    /// Resource types that whoever offers this set does not have: a search for one gives 404 and `not-supported`.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub unserved: Vec<String>,
}

/// A search in a form that can be compared: order of parameters and way of encoding do not matter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NormalSearch {
    /// `Type` or `Type/$operation`.
    pub path: String,
    /// Decoded parameters in order of name and value, without `_format`.
    pub parameters: Vec<(String, String)>,
}

impl NormalSearch {
    /// Brings `Type?parameters` into the form. The path keeps its last segments from the resource type on.
    pub fn of(search: &str) -> Self {
        let (path, query) = search.split_once('?').unwrap_or((search, ""));
        let mut segments: Vec<&str> = path.split('/').filter(|s| !s.is_empty()).collect();
        let keep = if segments.last().is_some_and(|s| s.starts_with('$') || s.starts_with("%24")) { 2 } else { 1 };
        let from = segments.len().saturating_sub(keep);
        let path = segments.split_off(from).join("/").replace("%24", "$");
        let mut parameters: Vec<_> = parse_pairs(query, false).into_iter().filter(|(n, _)| n != "_format").collect();
        parameters.sort();
        Self { path, parameters }
    }

    /// Whether this search is the one of a set, with something (a BSN or its mark, for example) where the set has `{…}`.
    pub fn fills(&self, set: &Self) -> bool {
        self.path == set.path
            && self.parameters.len() == set.parameters.len()
            && self.parameters.iter().zip(&set.parameters).all(|(asked, wanted)| fits(asked, wanted))
    }

    /// Whether this search asks for everything that the one of a set asks for, with something where the set has `{…}`; more
    /// parameters are allowed.
    pub fn covers_filled(&self, set: &Self) -> bool {
        let asks = |wanted: &(String, String)| self.parameters.iter().any(|asked| fits(asked, wanted));
        self.path == set.path && set.parameters.iter().all(asks)
    }

    /// Whether this search asks for everything that `other` asks for; more parameters are allowed.
    pub fn covers(&self, other: &Self) -> bool {
        self.path == other.path && other.parameters.iter().all(|p| self.parameters.contains(p))
    }
}

/// Whether a parameter is the one of a set. What stands for a placeholder is not empty.
fn fits(asked: &(String, String), wanted: &(String, String)) -> bool {
    let placeholder = wanted.1.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?.1)));
    asked.0 == wanted.0
        && match placeholder {
            Some((before, after)) => {
                asked.1.len() > before.len() + after.len() && asked.1.starts_with(before) && asked.1.ends_with(after)
            }
            None => asked.1 == wanted.1,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_encoding_do_not_matter_and_values_do() {
        let offered = NormalSearch::of("Observation/$lastn?code=http://loinc.org|85354-9&x=1");
        let asked = NormalSearch::of("/fhir/Observation/$lastn?x=1&code=http%3A%2F%2Floinc.org%7C85354-9");
        assert_eq!(offered, asked);
        assert!(
            NormalSearch::of("/fhir/Observation/$lastn?x=1&y=2&code=http%3A//loinc.org%7C85354-9").covers(&offered)
        );
        assert!(!NormalSearch::of("/fhir/Observation/$lastn?x=1&code=http%3A//loinc.org%7C0").covers(&offered));
        assert!(!NormalSearch::of("/fhir/Observation?x=1&code=http%3A//loinc.org%7C85354-9").covers(&offered));
    }

    #[test]
    fn a_search_of_a_set_is_known_by_its_bsn_or_the_mark_of_one() {
        let set = NormalSearch::of("Condition?patient.identifier=http://fhir.nl/fhir/NamingSystem/bsn|{bsn}");
        let asked = |bsn: &str| {
            NormalSearch::of(&format!("Condition?patient.identifier=http://fhir.nl/fhir/NamingSystem/bsn|{bsn}"))
        };
        assert!(asked("999943145").fills(&set) && asked("[redacted:bsn:1]").fills(&set));
        assert!(!NormalSearch::of("Condition?patient.identifier=other|999943145").fills(&set));
        assert!(!NormalSearch::of("Condition").fills(&set));
    }

    #[test]
    fn what_stands_for_a_placeholder_is_anything_but_nothing() {
        let set = NormalSearch::of("Encounter?episodeofcare={episodes}&_include=Encounter:practitioner");
        let asked =
            |ids: &str| NormalSearch::of(&format!("Encounter?episodeofcare={ids}&_include=Encounter:practitioner"));
        assert!(asked("EpisodeOfCare/1,EpisodeOfCare/2").fills(&set) && asked("1").covers_filled(&set));
        assert!(!asked("").fills(&set) && !asked("").covers_filled(&set));
        assert!(
            NormalSearch::of("Encounter?patient=9&episodeofcare=1&_include=Encounter:practitioner").covers_filled(&set)
        );
        assert!(!NormalSearch::of("Encounter?episodeofcare=1").covers_filled(&set));
    }
}
