//! The Bundles that searches over the small record are answered with.

use super::*;
use crate::wire::fhir::shape_faults;

const BASE: &str = "https://gtk.example/fhir";

fn bundle(query: &str, page: Option<Page>) -> Value {
    let address = format!("{BASE}/{}", query.split('?').next().unwrap());
    searchset(&search(query, None).unwrap(), BASE, &address, page)
}

#[test]
fn a_searchset_has_the_shape_of_stu3() {
    let bundle = bundle("Coverage?beneficiary=ann&shoe=1&_include=Coverage:payor:Organization", None);
    assert_eq!(shape_faults(&bundle), []);
    assert_eq!(bundle["total"], json!(1));
    assert_eq!(
        bundle["link"],
        json!([{"relation": "self", "url": format!("{BASE}/Coverage?beneficiary=ann&_include=Coverage:payor:Organization")}])
    );
    let modes: Vec<_> =
        bundle["entry"].as_array().unwrap().iter().map(|entry| entry["search"]["mode"].as_str().unwrap()).collect();
    assert_eq!(modes, ["match", "include", "outcome"]);
    assert_eq!(bundle["entry"][1]["fullUrl"], json!(format!("{BASE}/Organization/insurer")));
    assert_eq!(bundle["entry"][2]["resource"]["issue"][0]["code"], json!("not-supported"));
}

#[test]
fn nothing_found_is_an_empty_searchset() {
    let bundle = bundle("Goal", None);
    assert_eq!(bundle["total"], json!(0));
    assert!(bundle.get("entry").is_none());
    assert_eq!(shape_faults(&bundle), []);
}

#[test]
fn pages_carry_their_own_matches_and_includes() {
    let page = |offset, count| {
        let page = Page { offset, count, next: Some("next".to_owned()) };
        bundle("Patient?_include=Patient:general-practitioner", Some(page))
    };
    let listed = |bundle: &Value| -> Vec<String> {
        let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
        entries.iter().map(|entry| entry["resource"]["id"].as_str().unwrap().to_owned()).collect()
    };
    let first = page(0, 1);
    assert_eq!(listed(&first), ["ann", "of-ann"]);
    assert_eq!(first["total"], json!(2));
    assert_eq!(first["link"][1], json!({"relation": "next", "url": "next"}));
    let last = page(1, 1);
    assert_eq!(listed(&last), ["ben", "of-ben"]);
    assert_eq!(last["link"].as_array().unwrap().len(), 1);
    let beyond = page(usize::MAX, usize::MAX);
    assert!(listed(&beyond).is_empty());
    let total_alone = page(0, 0);
    assert!(listed(&total_alone).is_empty());
    assert_eq!(total_alone["link"].as_array().unwrap().len(), 1);
}

#[test]
fn the_self_link_is_escaped_and_reads_back() {
    let query = "Observation/$lastn?code=http://loinc.org|29463-7,http://loinc.org|2160-0";
    let bundle = bundle(query, None);
    let link = bundle["link"][0]["url"].as_str().unwrap();
    assert!(link.contains("%7C") && !link.contains('|'), "{link}");
    let relative = link.strip_prefix(BASE).unwrap();
    assert_eq!(SearchQuery::parse(relative), SearchQuery::parse(query));
}
