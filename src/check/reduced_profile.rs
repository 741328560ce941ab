//! The reduced profile check (21-bgz section 6.5): claimed canonical, required elements, fixed codes and values, as data.
//! Never "profile validated".

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::bundle::{each_bundle, every_entry};
use super::content::asked;
use super::subject::{entries, json_body};
use super::value::Path;
use super::{Answer, Context, Judged, each};
use crate::base::text::Text;
use crate::wire::query::{Code, Query};

/// What the reduced profile check demands of a resource that claims a profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ReducedProfileRule {
    /// Resource type.
    pub resource: String,
    /// Elements that must be there, as JSONPath from the resource.
    #[serde(default)]
    pub required: Vec<String>,
    /// Elements that must not be there, as JSONPath from the resource.
    #[serde(default)]
    pub absent: Vec<String>,
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
        let all = self.required.iter().chain(&self.absent).chain(when).chain(fixed).chain(values);
        all.filter(|p| Path::try_from((*p).clone()).is_err()).map(String::as_str).collect()
    }
}

type Rules = BTreeMap<String, ReducedProfileRule>;

/// The reduced profile check on every resource of the answers: matches by the profile of the query, and all resources by
/// the profiles that they claim.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ReducedProfile {
    /// Canonical that a single resource must claim and keep, where the message is one.
    #[serde(default)]
    pub claims: Option<String>,
}

impl ReducedProfile {
    pub(super) fn expected(&self) -> Text {
        if let Some(canonical) = &self.claims {
            return Text::new(
                format!("beperkte profielcontrole: {canonical}"),
                format!("reduced profile check: {canonical}"),
            );
        }
        Text::new(
            "beperkte profielcontrole: canonical, verplichte elementen en vaste codes van de sectie",
            "reduced profile check: canonical, required elements and fixed codes of the section",
        )
    }
    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        if let Some(canonical) = &self.claims {
            let rule = context.data.reduced_profiles.get(canonical);
            return each(context, |exchange| match (json_body(exchange), rule) {
                (Err(judged), _) => judged,
                (_, None) => Judged::Undecided(format!("nothing is known of {canonical}")),
                (Ok(resource), Some(rule)) => claims_and_keeps(resource, canonical, rule),
            });
        }
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
                let wrong = of_query.and_then(|p| wrong_by_query(resource, query, p, rules));
                let claimed = claimed(resource).filter(|c| of_query.is_none_or(|p| p != c));
                // Where query and profile disagree, the codes of the profile are nobody's duty (21-bgz, trap 1).
                let codes_count = query.disagrees.is_none() || !is_match;
                let by_rules =
                    |canonical: &str| rules.get(canonical).and_then(|r| wrong_by_rule(resource, r, codes_count));
                wrong
                    .or_else(|| of_query.filter(|p| belongs(resource, p)).and_then(|p| by_rules(p)))
                    .or_else(|| claimed.into_iter().find_map(by_rules))
            })
        })
    }
}

fn claims_and_keeps(resource: &Value, canonical: &str, rule: &ReducedProfileRule) -> Judged {
    if !claimed(resource).any(|claim| claim == canonical) {
        return Judged::NotMet(format!("does not claim {canonical}"));
    }
    match wrong_by_rule(resource, rule, true) {
        Some(wrong) => Judged::NotMet(wrong),
        None => Judged::Met(format!("claims {canonical}, and nothing is missing")),
    }
}

/// Whether a match is one of the profile: it says so, or it says nothing.
fn belongs(resource: &Value, canonical: &str) -> bool {
    let mut claims = claimed(resource).peekable();
    claims.peek().is_none() || claims.any(|c| c == canonical)
}

fn claimed(resource: &Value) -> impl Iterator<Item = &str> {
    resource["meta"]["profile"].as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// What is wrong with a match by the profile of its section. A search that does not select the profile finds resources of
/// other zibs too: those are left alone, unless their profile is one of the data set and so belongs elsewhere.
fn wrong_by_query(resource: &Value, query: &Query, canonical: &str, rules: &Rules) -> Option<String> {
    let kind = &rules.get(canonical)?.resource;
    if resource["resourceType"] != kind.as_str() {
        return Some(format!("not a {kind}"));
    }
    // Whether a profile is claimed at all is another assertion (T5).
    let claims: Vec<&str> = claimed(resource).collect();
    if claims.is_empty() || claims.contains(&canonical) {
        return None;
    }
    let selects = query.search.contains("code=") || query.search.contains("category=");
    let elsewhere = claims.iter().any(|c| rules.contains_key(*c));
    (selects || elsewhere).then(|| format!("does not claim {canonical}"))
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
    if let Some(path) = rule.absent.iter().find(|p| there(p)) {
        return Some(format!("has {path}"));
    }
    if let Some(demand) = rule.required_when.iter().find(|d| there(&d.when) && !there(&d.path)) {
        let text = if demand.path.starts_with(&demand.when) {
            format!("lacks {}", demand.path)
        } else {
            format!("has {} and lacks {}", demand.when, demand.path)
        };
        return Some(text);
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
        let mut at = Vec::new();
        let (mut empty, mut full) = (Vec::new(), Vec::new());
        for (seq, exchange) in &context.step.exchanges {
            let Some((query, why)) = asked(context, exchange).and_then(|q| Some((q, q.disagrees.as_ref()?))) else {
                continue;
            };
            at.push(*seq);
            match super::subject::bundle(exchange).map_or(0, matches) {
                0 => empty.push(format!("{}: nothing found, and this may be why: {}", query.id, why.en)),
                found => full.push(format!("{}: {found} found", query.id)),
            }
        }
        let judged = match (empty.is_empty(), full.is_empty()) {
            (true, true) => Judged::Undecided("no query that disagrees with its profile was asked".into()),
            (true, false) => Judged::Met(full.join("; ")),
            _ => Judged::NotMet(empty.join("; ")),
        };
        Answer::new(judged, at)
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
            absent: vec!["$.device".into()],
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
        assert!(wrong(&|r| r["device"] = json!({"reference": "Device/1"})).contains("has $.device"));
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
    fn another_canonical_is_wrong_where_the_search_selects_the_profile_or_the_other_is_of_the_data_set() {
        let query = |search: &str| Query {
            id: "A06".into(),
            section: "Problem".into(),
            section_code: None,
            search: search.into(),
            profile: Some("http://a".into()),
            disagrees: None,
        };
        let rules = Rules::from([("http://a".to_owned(), rule()), ("http://c".to_owned(), rule())]);
        let wrong = |search: &str, claims: Value| {
            let mut resource = observation();
            resource["meta"] = json!({"profile": claims});
            wrong_by_query(&resource, &query(search), "http://a", &rules).is_some()
        };
        assert!(!wrong("Condition", json!([])) && !wrong("Condition", json!(["http://a"])));
        assert!(!wrong("Condition", json!(["http://outside"])), "a zib outside the data set");
        assert!(wrong("Condition", json!(["http://c"])));
        assert!(wrong("Observation?code=x|1", json!(["http://outside"])));
    }

    #[test]
    fn a_path_that_is_none_is_named() {
        let mut rule = rule();
        assert!(rule.wrong_paths().is_empty());
        rule.required.push("$[".into());
        assert_eq!(rule.wrong_paths(), ["$["]);
    }
}
