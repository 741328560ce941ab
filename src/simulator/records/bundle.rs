//! The searchset a search is answered with.
//!
//! Clauses: hl7.org/fhir/STU3/bundle.html#searchset, /search.html#mode and /http.html#paging;
//! Nictiz FHIR IG STU3: the self link shows what was applied, an OperationOutcome what was not.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::reference::Key;
use super::search::SearchOutcome;

/// What stays readable in a query: the unreserved characters and those RFC 3986 allows there.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b':')
    .remove(b'/')
    .remove(b',')
    .remove(b'$');

/// A part of the matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Matches before this page.
    pub offset: usize,
    /// Most matches on this page; 0 gives the total alone.
    pub count: usize,
    /// Address of the next page; written only when matches are left.
    pub next: Option<String>,
}

/// Writes what a search found as a Bundle of type searchset.
///
/// `base` is the FHIR base without closing slash, for `fullUrl`. `self_url` is the address of the
/// search without its query (`<base>/Observation/$lastn`); the applied parameters are put behind
/// it. `total` counts all matches, also those on other pages; a page carries the includes of its
/// own matches.
pub fn searchset(outcome: &SearchOutcome, base: &str, self_url: &str, page: Option<Page>) -> Value {
    let total = outcome.matches.len();
    let (shown, next) = match page {
        None => (0..total, None),
        Some(page) => {
            let start = page.offset.min(total);
            let end = start.saturating_add(page.count).min(total);
            let more = end < total && page.count > 0;
            (start..end, page.next.filter(|_| more))
        }
    };
    let mut links = vec![json!({"relation": "self", "url": with_query(self_url, &outcome.applied)})];
    links.extend(next.map(|url| json!({"relation": "next", "url": url})));

    let matches = &outcome.matches[shown.clone()];
    let mut entries: Vec<Value> = matches.iter().map(|found| entry(base, found, "match")).collect();
    let included = included(outcome, shown);
    entries.extend(included.into_iter().map(|found| entry(base, found, "include")));
    entries.extend(ignored(&outcome.ignored));

    let mut bundle = json!({
        "resourceType": "Bundle",
        "type": "searchset",
        "total": total,
        "link": links,
    });
    // FHIR has no empty arrays.
    if !entries.is_empty() {
        bundle["entry"] = Value::Array(entries);
    }
    bundle
}

fn with_query(url: &str, parameters: &[(String, String)]) -> String {
    let escape = |text: &str| utf8_percent_encode(text, ESCAPED).to_string();
    let pairs: Vec<String> =
        parameters.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
    match pairs.is_empty() {
        true => url.to_owned(),
        false => format!("{url}?{}", pairs.join("&")),
    }
}

/// The includes of the matches shown, in their own order. An outcome made without the search
/// engine knows not which match brought what, so then all are given.
fn included(outcome: &SearchOutcome, shown: std::ops::Range<usize>) -> Vec<&Value> {
    let Some(brought) = outcome.brought.get(shown) else {
        return outcome.included.iter().collect();
    };
    let on_page = |position: usize| brought.iter().any(|own| own.contains(&position));
    outcome.included.iter().enumerate().filter(|(position, _)| on_page(*position)).map(|(_, found)| found).collect()
}

fn entry(base: &str, resource: &Value, mode: &str) -> Value {
    let mut entry = json!({});
    if let Some(Key { resource_type, id }) = Key::of(resource) {
        entry["fullUrl"] = Value::String(format!("{base}/{resource_type}/{id}"));
    }
    entry["resource"] = resource.clone();
    entry["search"] = json!({"mode": mode});
    entry
}

fn ignored(parameters: &[(String, String)]) -> Option<Value> {
    let issues: Vec<Value> = parameters
        .iter()
        .map(|(name, _)| {
            json!({
                "severity": "warning",
                "code": "not-supported",
                "diagnostics": format!("search parameter `{name}` was not applied"),
            })
        })
        .collect();
    (!issues.is_empty()).then(|| {
        json!({
            "resource": {"resourceType": "OperationOutcome", "issue": issues},
            "search": {"mode": "outcome"},
        })
    })
}
