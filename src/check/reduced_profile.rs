//! The reduced profile check (21-bgz section 6.5): claimed canonical, required elements, fixed codes and values, as data.
//! Never "profile validated".

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::bundle::{each_bundle, every_entry};
use super::content::asked;
use super::subject::entries;
use super::value::Path;
use super::{Answer, Context, Judged};
use crate::base::text::Text;
use crate::wire::query::Code;

/// What the reduced profile check demands of a resource that claims a profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ReducedProfileRule {
    /// Resource type.
    pub resource: String,
    /// Elements that must be there, as JSONPath from the resource.
    #[serde(default)]
    pub required: Vec<String>,
    /// Elements that must be there when others are.
    #[serde(default)]
    pub required_when: Vec<RequiredWhen>,
    /// Elements one of whose codings must be one of these.
    #[serde(default)]
    pub fixed: Vec<FixedCode>,
    /// Elements whose values must all be one of these.
    #[serde(default)]
    pub values: Vec<FixedValue>,
}

/// An element that must be there when another is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RequiredWhen {
    /// JSONPath that finds something when the demand applies.
    pub when: String,
    /// JSONPath to what must be there.
    pub path: String,
}

/// A code that an element must have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FixedCode {
    /// JSONPath to the codings.
    pub path: String,
    /// JSONPath that finds something when the demand applies; always when absent.
    #[serde(default)]
    pub when: Option<String>,
    /// Allowed codes.
    pub one_of: Vec<Code>,
}

/// Values that an element may have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FixedValue {
    /// JSONPath to the values.
    pub path: String,
    /// Allowed values.
    pub one_of: Vec<String>,
}

impl ReducedProfileRule {
    /// Paths that are no JSONPath, for those who load the rules.
    pub fn wrong_paths(&self) -> Vec<&str> {
        let when = self.required_when.iter().flat_map(|r| [&r.when, &r.path]);
        let fixed = self.fixed.iter().flat_map(|f| std::iter::once(&f.path).chain(&f.when));
        let values = self.values.iter().map(|v| &v.path);
        let all = self.required.iter().chain(when).chain(fixed).chain(values);
        all.filter(|p| Path::try_from((*p).clone()).is_err()).map(String::as_str).collect()
    }
}

/// The reduced profile check on every resource of the answers: matches by the profile of the query, and all resources by
/// the profiles that they claim.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ReducedProfile {}

impl ReducedProfile {
    pub(super) fn expected(&self) -> Text {
        Text::new(
            "beperkte profielcontrole: canonical, verplichte elementen en vaste codes van de sectie",
            "reduced profile check: canonical, required elements and fixed codes of the section",
        )
    }
    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        each_bundle(context, |bundle, exchange| {
            let Some(query) = asked(context, exchange) else {
                return Judged::Undecided("the query is of no set".into());
            };
            let rules = &context.data.reduced_profiles;
            every_entry(bundle, |entry, resource| {
                if resource["resourceType"] == "OperationOutcome" {
                    return None;
                }
                let is_match = entry["search"]["mode"].as_str().is_none_or(|m| m == "match");
                let of_query = query.profile.as_ref().filter(|_| is_match);
                let wrong = of_query.and_then(|p| wrong_by_query(resource, p, rules.get(p)));
                let claimed = claimed(resource).filter(|c| of_query.is_none_or(|p| p != c));
                // Where query and profile disagree, the codes of the profile are nobody's duty (21-bgz, trap 1).
                let codes_count = query.disagrees.is_none() || !is_match;
                let by_rules =
                    |canonical: &str| rules.get(canonical).and_then(|r| wrong_by_rule(resource, r, codes_count));
                wrong.or_else(|| of_query.and_then(|p| by_rules(p))).or_else(|| claimed.into_iter().find_map(by_rules))
            })
        })
    }
}

fn claimed(resource: &Value) -> impl Iterator<Item = &str> {
    resource["meta"]["profile"].as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn wrong_by_query(resource: &Value, canonical: &str, rule: Option<&ReducedProfileRule>) -> Option<String> {
    let kind = &rule?.resource;
    if resource["resourceType"] != kind.as_str() {
        return Some(format!("not a {kind}"));
    }
    // Whether a profile is claimed at all is another assertion (T5).
    let mut claims = claimed(resource).peekable();
    (claims.peek().is_some() && !claims.any(|p| p == canonical)).then(|| format!("does not claim {canonical}"))
}

fn wrong_by_rule(resource: &Value, rule: &ReducedProfileRule, codes_count: bool) -> Option<String> {
    if resource["resourceType"] != rule.resource.as_str() {
        return Some(format!("claims a profile on {}", rule.resource));
    }
    let find = |path: &str| -> Vec<Value> {
        Path::try_from(path.to_owned()).map(|p| p.find(resource).into_iter().cloned().collect()).unwrap_or_default()
    };
    let there = |path: &str| !find(path).is_empty();
    if let Some(path) = rule.required.iter().find(|p| !there(p)) {
        return Some(format!("lacks {path}"));
    }
    if let Some(demand) = rule.required_when.iter().find(|d| there(&d.when) && !there(&d.path)) {
        return Some(format!("has {} and lacks {}", demand.when, demand.path));
    }
    if let Some(value) =
        rule.values.iter().find(|v| find(&v.path).iter().any(|f| !v.one_of.iter().any(|w| f == w.as_str())))
    {
        return Some(format!("another value than {} at {}", value.one_of.join(", "), value.path));
    }
    let has_code = |fixed: &FixedCode| {
        find(&fixed.path)
            .iter()
            .any(|c| fixed.one_of.iter().any(|w| c["system"] == w.system.as_str() && c["code"] == w.code.as_str()))
    };
    let applies = |fixed: &&FixedCode| fixed.when.as_ref().is_none_or(|w| there(w));
    let lacks = rule.fixed.iter().filter(applies).find(|f| codes_count && !has_code(f));
    lacks.map(|f| format!("no fixed code at {}", f.path))
}

/// Whether a query and the profile of its section ask for the same codes; where they disagree, it is nobody's fault
/// (21-bgz, trap 1). Only ever recorded.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct QueryFitsProfile {}

impl QueryFitsProfile {
    pub(super) fn expected(&self) -> Text {
        Text::new(
            "query en profiel vragen dezelfde codes, zodat er iets te vinden is",
            "query and profile ask for the same codes, so that there is something to find",
        )
    }
    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        let mut seen =
            Answer::new(Judged::Undecided("no query that disagrees with its profile was asked".into()), vec![]);
        for (seq, exchange) in &context.step.exchanges {
            let Some((query, why)) = asked(context, exchange).and_then(|q| Some((q, q.disagrees.as_ref()?))) else {
                continue;
            };
            seen.at.push(*seq);
            let found = super::subject::bundle(exchange).map_or(0, matches);
            seen.judged = if found > 0 {
                Judged::Met(format!("{}: {found} found; {}", query.id, why.en))
            } else {
                Judged::NotMet(format!("{}: nothing found; query and profile disagree: {}", query.id, why.en))
            };
        }
        seen
    }
}

fn matches(bundle: &Value) -> usize {
    entries(bundle).filter(|(entry, _)| entry["search"]["mode"].as_str().is_none_or(|m| m == "match")).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rule() -> ReducedProfileRule {
        let code = |code: &str| Code { system: "http://snomed.info/sct".into(), code: code.into() };
        ReducedProfileRule {
            resource: "Observation".into(),
            required: vec!["$.code".into()],
            required_when: vec![RequiredWhen { when: "$.period".into(), path: "$.period.end".into() }],
            fixed: vec![FixedCode { path: "$.code.coding[*]".into(), when: None, one_of: vec![code("365508006")] }],
            values: vec![FixedValue { path: "$.valueQuantity.code".into(), one_of: vec!["kg".into()] }],
        }
    }

    fn observation() -> Value {
        json!({"resourceType": "Observation", "code": {"coding": [{"system": "http://snomed.info/sct", "code": "365508006"}]}})
    }

    #[test]
    fn what_the_rule_demands_is_enough() {
        assert_eq!(wrong_by_rule(&observation(), &rule(), true), None);
        let mut whole = observation();
        whole["period"] = json!({"start": "2020", "end": "2021"});
        whole["valueQuantity"] = json!({"code": "kg"});
        assert_eq!(wrong_by_rule(&whole, &rule(), true), None);
    }

    #[test]
    fn each_demand_that_is_not_met_is_named() {
        let wrong = |edit: &dyn Fn(&mut Value)| {
            let mut resource = observation();
            edit(&mut resource);
            wrong_by_rule(&resource, &rule(), true).unwrap_or_default()
        };
        assert!(wrong(&|r| r["resourceType"] = json!("Condition")).contains("Observation"));
        assert!(wrong(&|r| drop(r.as_object_mut().and_then(|o| o.shift_remove("code")))).contains("lacks $.code"));
        assert!(wrong(&|r| r["period"] = json!({"start": "2020"})).contains("$.period.end"));
        assert!(wrong(&|r| r["valueQuantity"] = json!({"code": "g"})).contains("kg"));
        assert!(wrong(&|r| r["code"]["coding"][0]["code"] = json!("1")).contains("no fixed code"));
    }

    #[test]
    fn where_query_and_profile_disagree_codes_do_not_count_and_elements_do() {
        let mut other = observation();
        other["code"]["coding"][0]["code"] = json!("1");
        assert_eq!(wrong_by_rule(&other, &rule(), false), None);
        other["period"] = json!({"start": "2020"});
        assert!(wrong_by_rule(&other, &rule(), false).is_some());
    }

    #[test]
    fn another_canonical_than_that_of_the_query_is_wrong_and_none_is_left_to_another_check() {
        let rule = rule();
        let mut resource = observation();
        assert_eq!(wrong_by_query(&resource, "http://a", Some(&rule)), None);
        resource["meta"] = json!({"profile": ["http://a"]});
        assert_eq!(wrong_by_query(&resource, "http://a", Some(&rule)), None);
        assert!(wrong_by_query(&resource, "http://b", Some(&rule)).is_some());
    }

    #[test]
    fn a_path_that_is_none_is_named() {
        let mut rule = rule();
        assert!(rule.wrong_paths().is_empty());
        rule.required.push("$[".into());
        assert_eq!(rule.wrong_paths(), ["$["]);
    }
}
