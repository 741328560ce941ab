//! The authorization matrix as data: which role may see which kind of data, for which purpose (BgZ-1-authz-03,
//! 50-generic-facilities section 8). Twiin's own matrix (Z1.4.4) could not be read, so it is input of the test.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::roles::{RoleCodes, Standing};
use crate::base::text::Text;

/// Purpose of use of a consultation (v3-ActReason).
pub const TREATMENT: &str = "TREAT";

/// Whose agreement a matrix is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema, strum::Display,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Holds {
    /// Nobody's: an example, on which no candidate can be judged.
    Sample,
    /// Of exchange partners among themselves (plateau 2).
    Partnership,
    /// A national guideline, or a temporary one of Twiin (plateaus 3 and 4).
    National,
}

/// What a rule says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// It may be given.
    Permit,
    /// It may not.
    Deny,
}

/// A kind of data.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Category {
    /// What it is called.
    pub title: Text,
    /// FHIR resource types that belong to it.
    pub resources: Vec<String>,
}

/// One rule. In each pattern `*` stands for any number of characters.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Rule {
    /// Pattern of role codes.
    pub role: String,
    /// Pattern of categories.
    pub category: String,
    /// Pattern of purposes of use.
    #[serde(default = "any")]
    pub purpose: String,
    /// What it says.
    pub decision: Decision,
}

fn any() -> String {
    "*".to_owned()
}

/// An authorization matrix: the first rule that fits decides, and where none fits nothing is given.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct AuthorizationMatrix {
    /// Title.
    pub title: Text,
    /// Which document it was taken from, with version and date.
    pub source: String,
    /// Whose agreement it is.
    pub holds: Holds,
    /// Kinds of data by name.
    pub categories: BTreeMap<String, Category>,
    /// Rules in order.
    pub rules: Vec<Rule>,
}

/// Role codes to try a matrix with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrialRoles {
    /// May see everything.
    pub permitted: Option<String>,
    /// May see nothing.
    pub forbidden: Option<String>,
    /// May see one kind of data and not another.
    pub partial: Option<String>,
}

impl AuthorizationMatrix {
    /// Whether a role may see resources of a type.
    pub fn permits(&self, role: &str, resource_type: &str, purpose: &str) -> bool {
        let mut categories =
            self.categories.iter().filter(|(_, c)| c.resources.iter().any(|r| r == resource_type)).peekable();
        categories.peek().is_some() && categories.all(|(name, _)| self.decides(role, name, purpose) == Decision::Permit)
    }

    /// Whether a role may see anything at all.
    pub fn permits_something(&self, role: &str, purpose: &str) -> bool {
        self.categories.keys().any(|name| self.decides(role, name, purpose) == Decision::Permit)
    }

    fn decides(&self, role: &str, category: &str, purpose: &str) -> Decision {
        let fits = |rule: &&Rule| {
            matches(&rule.role, role) && matches(&rule.category, category) && matches(&rule.purpose, purpose)
        };
        self.rules.iter().find(fits).map_or(Decision::Deny, |rule| rule.decision)
    }

    /// Role codes of a list that the matrix treats in different ways, the first of each kind.
    pub fn trial_roles(&self, list: &RoleCodes, purpose: &str) -> TrialRoles {
        let mut trial = TrialRoles::default();
        for code in list.given_out() {
            let permitted =
                self.categories.keys().filter(|c| self.decides(&code, c, purpose) == Decision::Permit).count();
            let place = match permitted {
                0 => &mut trial.forbidden,
                n if n == self.categories.len() => &mut trial.permitted,
                _ => &mut trial.partial,
            };
            place.get_or_insert(code);
        }
        trial
    }

    /// What is wrong with it, in words.
    pub fn faults(&self, list: &RoleCodes) -> Vec<String> {
        let mut faults = Vec::new();
        let mut seen = BTreeSet::new();
        for resource in self.categories.values().flat_map(|c| &c.resources) {
            if !seen.insert(resource) {
                faults.push(format!("`{resource}` stands in more than one category"));
            }
        }
        for rule in &self.rules {
            let known = self.categories.keys().any(|name| matches(&rule.category, name));
            if !known {
                faults.push(format!("a rule names the category `{}`, which there is not", rule.category));
            }
            let literal = !rule.role.contains('*');
            if literal && matches!(list.standing(&rule.role), Standing::Unknown | Standing::Malformed) {
                faults.push(format!("a rule names the role `{}`, which is no role code", rule.role));
            }
        }
        if self.source.trim().is_empty() {
            faults.push("`source` says nothing: name the document, its version and its date".to_owned());
        }
        faults
    }
}

/// Whether a text fits a pattern in which `*` stands for any number of characters.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, rest)) => {
            let Some(tail) = text.strip_prefix(head) else { return false };
            (0..=tail.len()).filter(|at| tail.is_char_boundary(*at)).any(|at| matches(rest, &tail[at..]))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn matrix() -> AuthorizationMatrix {
        serde_json::from_value(json!({
            "title": {"nl": "SIM", "en": "SIM"}, "source": "SIM", "holds": "sample",
            "categories": {
                "medication": {"title": {"nl": "m", "en": "m"}, "resources": ["MedicationStatement"]},
                "problems": {"title": {"nl": "p", "en": "p"}, "resources": ["Condition"]},
            },
            "rules": [
                {"role": "01.*", "category": "*", "purpose": "TREAT", "decision": "permit"},
                {"role": "17.*", "category": "problems", "decision": "deny"},
                {"role": "17.*", "category": "*", "decision": "permit"},
            ],
        }))
        .unwrap()
    }

    fn list() -> RoleCodes {
        let title = |nl: &str| json!({"title": {"nl": nl, "en": nl}});
        serde_json::from_value(json!({
            "source": "SIM", "system": "1.2", "titles": {"01": title("a"), "17": title("b"), "99": title("c")},
        }))
        .unwrap()
    }

    #[test]
    fn the_first_rule_that_fits_decides_and_nothing_is_given_without_one() {
        let matrix = matrix();
        assert!(matrix.permits("01.015", "Condition", TREATMENT));
        assert!(!matrix.permits("01.015", "Condition", "ETREAT"));
        assert!(matrix.permits("17.000", "MedicationStatement", TREATMENT));
        assert!(!matrix.permits("17.000", "Condition", TREATMENT));
        assert!(!matrix.permits("99.000", "Condition", TREATMENT));
        assert!(!matrix.permits("01.015", "Observation", TREATMENT), "what is in no category is given to nobody");
        assert!(matrix.permits_something("17.000", TREATMENT) && !matrix.permits_something("99.000", TREATMENT));
    }

    #[test]
    fn roles_of_each_kind_are_found() {
        let trial = matrix().trial_roles(&list(), TREATMENT);
        assert_eq!(trial.permitted.as_deref(), Some("01.000"));
        assert_eq!(trial.partial.as_deref(), Some("17.000"));
        assert_eq!(trial.forbidden.as_deref(), Some("99.000"));
    }

    #[test]
    fn a_matrix_that_names_what_there_is_not_is_faulty() {
        assert_eq!(matrix().faults(&list()), Vec::<String>::new());
        let mut wrong = matrix();
        wrong.rules[0].role = "98.123".to_owned();
        wrong.rules[1].category = "images".to_owned();
        wrong.source = " ".to_owned();
        wrong.categories.get_mut("problems").unwrap().resources.push("MedicationStatement".to_owned());
        assert_eq!(wrong.faults(&list()).len(), 4);
    }

    #[test]
    fn an_asterisk_stands_for_any_number_of_characters() {
        for (pattern, text, fits) in [
            ("*", "", true),
            ("01.*", "01.015", true),
            ("*.000", "30.000", true),
            ("01.*", "17.000", false),
            ("a", "ab", false),
        ] {
            assert_eq!(matches(pattern, text), fits, "{pattern} {text}");
        }
    }
}
