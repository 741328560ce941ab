//! Values that are bent, deep or wide.

use std::time::Instant;

use serde_json::{Value, json};

use super::{OWN, at, checker, profile, thing};
use crate::check::structure::Code;

#[test]
fn values_that_are_no_resource_are_findings() {
    let checker = checker(Vec::new());
    for value in [json!(null), json!([]), json!("x"), json!({}), json!({"resourceType": 3})] {
        assert_eq!(checker.check(&value, &[]).findings[0].code, Code::NotAResource, "{value}");
    }
    let outcome = checker.check(&json!({"resourceType": "Unheard"}), &[]);
    assert!(outcome.findings.is_empty() && !outcome.is_validated());
}

#[test]
fn values_of_the_wrong_kind_anywhere_are_no_crash() {
    let own = vec![profile("any", "Thing", vec![at("Thing.part.code.coding.display", json!({"min": 1}))])];
    let checker = checker(own);
    for value in [
        json!(null),
        json!([]),
        json!([[]]),
        json!("x"),
        json!(1),
        json!({}),
        json!([null, {}, 3]),
        json!({"coding": 3}),
    ] {
        for name in [
            "status",
            "part",
            "code",
            "tag",
            "valueQuantity",
            "subject",
            "_note",
            "contained",
            "extension",
            "meta",
            "id",
        ] {
            checker.check(&thing(json!({name: value})), &[&format!("{OWN}any")]);
        }
    }
}

#[test]
fn deep_nesting_is_a_finding() {
    let mut part = json!({"code": {"text": "x"}});
    for _ in 0..120 {
        part = json!({"code": {"text": "x"}, "part": [part]});
    }
    let outcome = checker(Vec::new()).check(&thing(json!({"part": [part]})), &[]);
    assert!(outcome.findings.iter().any(|finding| finding.code == Code::TooDeep), "{:?}", outcome.findings.len());
}

#[test]
fn wide_bundle_takes_time_in_proportion() {
    let constraint = json!([
        {"key": "u-1", "severity": "error", "human": "Distinct", "expression": "entry.fullUrl.isDistinct()"},
        {"key": "u-2", "severity": "error", "human": "Typed", "expression": "entry.all(resource.exists() = (%resource.type = 'collection'))"},
    ]);
    let target = json!({"type": [{"code": "Reference", "targetProfile": [format!("{OWN}linked")]}]});
    let own = vec![
        profile("wide", "Bundle", vec![at("Bundle", json!({"constraint": constraint}))]),
        profile("linked", "Thing", vec![at("Thing.subject", target)]),
    ];
    let checker = checker(own);
    let bundle = |count: usize| {
        let entry = |number: usize| {
            let next = (number + 1) % count;
            let value = thing(
                json!({"id": number.to_string(), "meta": {"profile": [format!("{OWN}linked")]}, "subject": {"reference": format!("Thing/{next}")}}),
            );
            json!({"fullUrl": format!("http://h/Thing/{number}"), "resource": value})
        };
        json!({"resourceType": "Bundle", "type": "collection", "entry": (0..count).map(entry).collect::<Vec<Value>>()})
    };
    let mut times = Vec::new();
    for count in [300, 3_000] {
        let bundle = bundle(count);
        let start = Instant::now();
        let outcome = checker.check(&bundle, &[&format!("{OWN}wide")]);
        times.push(start.elapsed());
        assert_eq!(outcome.findings, []);
    }
    // Ten times the size may take some forty times as long on a busy machine, but not a hundred times.
    assert!(times[1] < times[0] * 40 + std::time::Duration::from_millis(200), "{times:?}");
}
