//! The answer to a search as a Bundle: assertions T2 to T7 and T14 to T16 (21-bgz section 6.3).

use std::sync::LazyLock;

use regex::Regex;
use serde::Deserialize;
use serde_json::Value;

use super::subject::{self, bundle, entries, short};
use super::{Answer, Context, Judged, each};
use crate::base::text::Text;
use crate::transcript::Exchange;
use crate::wire::http::parse_pairs;

/// Judges the Bundle of every exchange.
pub(super) fn each_bundle(context: Context<'_>, one: impl Fn(&Value, &Exchange) -> Judged) -> Answer {
    each(context, |e| match bundle(e) {
        Ok(value) => one(value, e),
        Err(judged) => judged,
    })
}

/// Judges every entry: the first that is wrong is shown.
pub(super) fn every_entry(bundle: &Value, wrong: impl Fn(&Value, &Value) -> Option<String>) -> Judged {
    let mut count = 0;
    for (entry, resource) in entries(bundle) {
        count += 1;
        if let Some(why) = wrong(entry, resource) {
            return Judged::NotMet(format!("{}: {why}", name(resource)));
        }
    }
    if count == 0 {
        Judged::Undecided("the searchset is empty".into())
    } else {
        Judged::Met(format!("{count} entries"))
    }
}

pub(super) fn name(resource: &Value) -> String {
    format!("{}/{}", resource["resourceType"].as_str().unwrap_or("?"), resource["id"].as_str().unwrap_or("?"))
}

/// The answer is a Bundle (T2), of type searchset (T3).
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Searchset {
    /// Only that it is a Bundle, whatever its type.
    #[serde(default)]
    pub any_type: bool,
}

impl Searchset {
    pub(super) fn expected(&self) -> Text {
        if self.any_type {
            Text::new("een Bundle", "a Bundle")
        } else {
            Text::new("Bundle van type searchset", "Bundle of type searchset")
        }
    }
    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        each(context, |e| {
            if let Some(status) = e.status().filter(|s| !(200..300).contains(s)) {
                return Judged::Undecided(format!("status {status}: no answer to look into"));
            }
            match subject::json_body(e) {
                Ok(body) if body["resourceType"] != "Bundle" => {
                    let seen = format!("resourceType {}", short(&body["resourceType"]));
                    // The type of what is no Bundle cannot be told; that it is none is judged by its own expectation.
                    if self.any_type { Judged::NotMet(seen) } else { Judged::Undecided(seen) }
                }
                Ok(body) if self.any_type || body["type"] == "searchset" => {
                    Judged::Met(format!("Bundle {}", short(&body["type"])))
                }
                Ok(body) => Judged::NotMet(format!("Bundle of type {}", short(&body["type"]))),
                Err(judged) => judged,
            }
        })
    }
}

/// Every resource has an id, unless its `fullUrl` is a uuid or oid (T4).
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct EntryIds {}

static URN: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^urn:(uuid|oid):").expect("a valid pattern"));

impl EntryIds {
    pub(super) fn expected(&self) -> Text {
        Text::new(
            "elke resource heeft een id, tenzij fullUrl een uuid of oid is",
            "every resource has an id unless its fullUrl is a uuid or oid",
        )
    }
    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        each_bundle(context, |bundle, _| {
            every_entry(bundle, |entry, resource| {
                let urn = entry["fullUrl"].as_str().is_some_and(|u| URN.is_match(u));
                let outcome = resource["resourceType"] == "OperationOutcome";
                (!resource["id"].is_string() && !urn && !outcome).then(|| "no id".to_owned())
            })
        })
    }
}

/// Every resource but OperationOutcome and Binary claims a profile (T5).
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct EntryProfiles {}

impl EntryProfiles {
    pub(super) fn expected(&self) -> Text {
        Text::new("elke resource heeft meta.profile", "every resource has meta.profile")
    }
    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        each_bundle(context, |bundle, _| {
            every_entry(bundle, |_, resource| {
                let exempt = ["OperationOutcome", "Binary"].iter().any(|t| resource["resourceType"] == *t);
                let claims = resource["meta"]["profile"].as_array().is_some_and(|p| p.iter().any(Value::is_string));
                (!exempt && !claims).then(|| "no meta.profile".to_owned())
            })
        })
    }
}

/// `fullUrl` ends with the id (T6), or is absolute, a uuid or an oid (T7).
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct EntryFullUrls {
    /// Which of the two facts.
    pub have: FullUrlFact,
}

/// A fact of `fullUrl`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FullUrlFact {
    /// It ends with the id of the resource.
    TheId,
    /// It is an absolute URL, a uuid or an oid.
    AbsoluteForm,
}

impl EntryFullUrls {
    pub(super) fn expected(&self) -> Text {
        match self.have {
            FullUrlFact::TheId => Text::new("fullUrl eindigt op het id", "fullUrl ends with the id"),
            FullUrlFact::AbsoluteForm => Text::new(
                "fullUrl is een absolute http(s)-URL, uuid of oid",
                "fullUrl is an absolute http(s) URL, uuid or oid",
            ),
        }
    }
    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        each_bundle(context, |bundle, _| {
            every_entry(bundle, |entry, resource| {
                let url = entry["fullUrl"].as_str()?;
                let good = match (self.have, resource["id"].as_str()) {
                    (FullUrlFact::TheId, Some(id)) => URN.is_match(url) || url.ends_with(&format!("/{id}")),
                    (FullUrlFact::TheId, None) => true,
                    (FullUrlFact::AbsoluteForm, _) => {
                        url.starts_with("https://") || url.starts_with("http://") || URN.is_match(url)
                    }
                };
                (!good).then(|| format!("fullUrl {url}"))
            })
        })
    }
}

/// `Bundle.total`, if given, is not larger than the number of matches on an unpaged answer (T14).
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BundleTotal {}

impl BundleTotal {
    pub(super) fn expected(&self) -> Text {
        Text::new("total is hooguit het aantal gevonden resources", "total is at most the number of matches")
    }
    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        each_bundle(context, |bundle, _| {
            // A page of a larger result rightly says more than it holds (21-bgz section 4).
            if link(bundle, "next").is_some() || link(bundle, "previous").is_some() {
                return Judged::Undecided("a page of a larger result".into());
            }
            let matches = entries(bundle)
                .filter(|(e, _)| e["search"]["mode"].as_str().is_none_or(|m| m == "match"))
                .count() as u64;
            match bundle["total"].as_u64() {
                None => Judged::Met("no total".into()),
                Some(total) if total <= matches => Judged::Met(format!("total {total}, {matches} matches")),
                Some(total) => Judged::NotMet(format!("total {total}, {matches} matches")),
            }
        })
    }
}

fn link<'a>(bundle: &'a Value, relation: &str) -> Option<&'a str> {
    let links = bundle["link"].as_array()?;
    links.iter().find(|l| l["relation"] == relation).and_then(|l| l["url"].as_str())
}

/// The self link: present (T15), shows all parameters of the request (T16), or shows none of the named ones.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SelfLink {
    /// It shows all parameters of the request.
    #[serde(default)]
    pub all_parameters: bool,
    /// Parameters that it must not show, because nobody can have applied them.
    #[serde(default)]
    pub lacks: Vec<String>,
}

impl SelfLink {
    pub(super) fn expected(&self) -> Text {
        match (self.all_parameters, self.lacks.as_slice()) {
            (true, _) => {
                Text::new("alle parameters van de vraag in de self link", "all request parameters in the self link")
            }
            (false, []) => Text::new("self link aanwezig", "self link present"),
            (false, names) => {
                let names = names.join(", ");
                Text::new(format!("self link zonder {names}"), format!("self link without {names}"))
            }
        }
    }
    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        let further = self.all_parameters || !self.lacks.is_empty();
        each_bundle(context, |bundle, exchange| {
            let Some(url) = link(bundle, "self").filter(|u| !u.is_empty()) else {
                let seen = "no self link".to_owned();
                // What a link that is not there shows cannot be told; its absence is judged by its own expectation.
                return if further { Judged::Undecided(seen) } else { Judged::NotMet(seen) };
            };
            let names = |url: &str| -> Vec<String> {
                parse_pairs(url.split_once('?').map_or("", |(_, q)| q), false).into_iter().map(|(n, _)| n).collect()
            };
            let shown = names(url);
            if let Some(wrong) = self.lacks.iter().find(|n| shown.contains(n)) {
                return Judged::NotMet(format!("the self link shows {wrong}"));
            }
            if self.all_parameters {
                let target = exchange.request.as_ref().map(|r| r.target.as_str()).unwrap_or_default();
                let lacking: Vec<String> = names(target).into_iter().filter(|n| !shown.contains(n)).collect();
                if !lacking.is_empty() {
                    return Judged::NotMet(format!("the self link lacks {}", lacking.join(", ")));
                }
            }
            Judged::Met(url.to_owned())
        })
    }
}
