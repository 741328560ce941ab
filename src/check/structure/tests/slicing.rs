//! Slicing by each kind of discriminator, with each rule.

use serde_json::{Value, json};

use super::{OWN, accepts, against, at, profile, refuses, thing};
use crate::check::structure::{Code, Outcome, Reason};

fn sliced(path: &str, discriminators: Value, rules: Value, slices: Vec<Value>) -> Vec<Value> {
    let mut slicing = json!({"discriminator": discriminators, "rules": "open"});
    for (name, value) in rules.as_object().expect("an object") {
        slicing[name] = value.clone();
    }
    let mut elements = vec![at(path, json!({"slicing": slicing}))];
    elements.extend(slices);
    vec![profile("sliced", "Thing", elements)]
}

fn by(kind: &str, path: &str) -> Value {
    json!([{"type": kind, "path": path}])
}

fn tags(definitions: Vec<Value>, tags: Value) -> Outcome {
    against(definitions, "sliced", &thing(json!({"tag": tags})))
}

fn by_system(rules: Value) -> Vec<Value> {
    sliced(
        "Thing.tag",
        by("value", "system"),
        rules,
        vec![
            at("Thing.tag:a", json!({"min": 1, "max": "1"})),
            at("Thing.tag:a.system", json!({"min": 1, "fixedUri": "http://a"})),
            at("Thing.tag:a.code", json!({"min": 1})),
            at("Thing.tag:b", json!({"min": 0, "max": "1"})),
            at("Thing.tag:b.system", json!({"min": 1, "fixedUri": "http://b"})),
        ],
    )
}

#[test]
fn slices_by_value_have_their_own_cardinality_and_content() {
    let a = json!({"system": "http://a", "code": "x"});
    let other = json!({"system": "http://other"});
    accepts(&tags(by_system(json!({})), json!([a, other])));
    refuses(&tags(by_system(json!({})), json!([other])), Code::TooFew, "");
    refuses(&tags(by_system(json!({})), json!([a, a])), Code::TooMany, "");
    refuses(&tags(by_system(json!({})), json!([{"system": "http://a"}])), Code::TooFew, "/tag/0");
}

#[test]
fn closed_slicing_refuses_what_fits_no_slice() {
    let closed = || by_system(json!({"rules": "closed"}));
    let a = json!({"system": "http://a", "code": "x"});
    accepts(&tags(closed(), json!([{"system": "http://b"}, a])));
    refuses(&tags(closed(), json!([a, {"system": "http://other"}])), Code::UnmatchedSlice, "/tag/1");
}

#[test]
fn open_at_end_and_order_are_held() {
    let a = json!({"system": "http://a", "code": "x"});
    let (b, other) = (json!({"system": "http://b"}), json!({"system": "http://other"}));
    let end = || by_system(json!({"rules": "openAtEnd"}));
    accepts(&tags(end(), json!([b, a, other])));
    refuses(&tags(end(), json!([a, other, b])), Code::SliceOrder, "/tag/2");
    let ordered = || by_system(json!({"ordered": true}));
    accepts(&tags(ordered(), json!([a, b])));
    refuses(&tags(ordered(), json!([b, a])), Code::SliceOrder, "/tag/1");
}

#[test]
fn slices_by_pattern_are_told_apart() {
    let pattern = json!({"patternCodeableConcept": {"coding": [{"system": "http://s", "code": "len"}]}});
    let own = || {
        sliced(
            "Thing.part",
            by("pattern", "code"),
            json!({}),
            vec![
                at("Thing.part:length", json!({"min": 1})),
                at("Thing.part:length.code", pattern.clone()),
                at("Thing.part:length.value[x]", json!({"type": [{"code": "Quantity"}]})),
            ],
        )
    };
    let part = |code: &str, name: &str, value: Value| json!({"code": {"coding": [{"system": "http://s", "code": code, "display": "d"}]}, name: value});
    let parts = |parts: Value| against(own(), "sliced", &thing(json!({"part": parts})));
    accepts(&parts(json!([part("len", "valueQuantity", json!({"value": 1})), part("x", "valueString", json!("s"))])));
    refuses(&parts(json!([part("len", "valueString", json!("s"))])), Code::TypeNotAllowed, "/part/0/valueString");
    refuses(&parts(json!([part("x", "valueString", json!("s"))])), Code::TooFew, "");
}

#[test]
fn slices_by_a_deeper_path_are_told_apart() {
    let own = || {
        sliced(
            "Thing.part",
            by("value", "code.coding.code"),
            json!({}),
            vec![
                at("Thing.part:one", json!({"max": "1"})),
                at("Thing.part:one.code.coding.code", json!({"fixedCode": "one"})),
            ],
        )
    };
    let part = json!({"code": {"coding": [{"code": "zero"}, {"code": "one"}]}});
    let outcome = against(own(), "sliced", &thing(json!({"part": [part, part]})));
    assert!(outcome.findings.iter().any(|finding| finding.code == Code::TooMany), "{outcome:#?}");
    accepts(&against(
        own(),
        "sliced",
        &thing(json!({"part": [{"code": {"coding": [{"code": "two"}]}}, {"code": {"text": "t"}}]})),
    ));
}

#[test]
fn slices_by_presence_are_told_apart() {
    let own = || {
        sliced(
            "Thing.tag",
            by("exists", "display"),
            json!({}),
            vec![
                at("Thing.tag:shown", json!({"max": "1"})),
                at("Thing.tag:shown.display", json!({"min": 1})),
                at("Thing.tag:hidden", json!({"min": 1})),
                at("Thing.tag:hidden.display", json!({"max": "0"})),
            ],
        )
    };
    accepts(&tags(own(), json!([{"display": "d"}, {"code": "c"}])));
    refuses(&tags(own(), json!([{"display": "d"}])), Code::TooFew, "");
    refuses(&tags(own(), json!([{"display": "d"}, {"display": "e"}, {"code": "c"}])), Code::TooMany, "");
}

#[test]
fn slices_by_type_are_told_apart() {
    let own = || {
        sliced(
            "Thing.value[x]",
            by("type", "$this"),
            json!({}),
            vec![
                at("Thing.value[x]:valueQuantity", json!({"type": [{"code": "Quantity"}]})),
                at("Thing.value[x]:valueQuantity.code", json!({"min": 1, "fixedCode": "mg"})),
            ],
        )
    };
    accepts(&against(own(), "sliced", &thing(json!({"valueString": "x"}))));
    accepts(&against(own(), "sliced", &thing(json!({"valueQuantity": {"value": 1, "code": "mg"}}))));
    let outcome = against(own(), "sliced", &thing(json!({"valueQuantity": {"value": 1, "code": "g"}})));
    refuses(&outcome, Code::FixedValue, "/valueQuantity/code");
}

fn by_target(kind: &str) -> Vec<Value> {
    let slice =
        json!({"min": 1, "max": "1", "type": [{"code": "Reference", "targetProfile": [format!("{OWN}active")]}]});
    let mut all = sliced("Thing.other", by(kind, "resolve()"), json!({}), vec![at("Thing.other:active", slice)]);
    all.push(profile("active", "Patient", vec![at("Patient.active", json!({"min": 1, "fixedBoolean": true}))]));
    all
}

fn with_target(kind: &str, target: Value) -> Outcome {
    against(by_target(kind), "sliced", &thing(json!({"contained": [target], "other": [{"reference": "#p"}]})))
}

#[test]
fn slices_by_the_profile_of_a_target_are_told_apart() {
    accepts(&with_target("profile", json!({"resourceType": "Patient", "id": "p", "active": true})));
    refuses(&with_target("profile", json!({"resourceType": "Patient", "id": "p", "active": false})), Code::TooFew, "");
    refuses(&with_target("profile", json!({"resourceType": "Thing", "id": "p", "status": "s"})), Code::TooFew, "");
}

#[test]
fn slices_by_the_type_of_a_target_are_told_apart() {
    refuses(&with_target("type", json!({"resourceType": "Thing", "id": "p", "status": "s"})), Code::TooFew, "");
    let outcome = with_target("type", json!({"resourceType": "Patient", "id": "p"}));
    refuses(&outcome, Code::ReferenceProfile, "/other/0");
}

#[test]
fn slice_whose_target_is_not_at_hand_is_named() {
    let value = thing(json!({"other": [{"reference": "Patient/far"}]}));
    let outcome = against(by_target("profile"), "sliced", &value);
    assert!(outcome.findings.is_empty(), "{outcome:#?}");
    assert!(outcome.not_evaluated.iter().any(|open| open.reason == Reason::SlicingUndecided), "{outcome:#?}");
}

#[test]
fn slicing_that_cannot_be_followed_is_named() {
    for (kind, path) in [("value", "code"), ("value", "nonsense()"), ("position", "$this")] {
        let own = sliced("Thing.tag", by(kind, path), json!({}), vec![at("Thing.tag:a", json!({"min": 1}))]);
        let outcome = tags(own, json!([{"code": "c"}]));
        assert!(outcome.findings.is_empty(), "{kind} {path}: {outcome:#?}");
        assert_eq!(outcome.not_evaluated[0].reason, Reason::SlicingUndecided, "{kind} {path}");
    }
}

#[test]
fn slice_of_a_slice_is_held() {
    let own = || {
        let mut all = by_system(json!({}));
        let elements = all[0]["differential"]["element"].as_array_mut().expect("elements");
        elements.push(at(
            "Thing.tag:a",
            json!({"slicing": {"discriminator": [{"type": "value", "path": "code"}], "rules": "open"}}),
        ));
        elements.push(at("Thing.tag:a/x", json!({"min": 1})));
        elements.push(at("Thing.tag:a/x.code", json!({"fixedCode": "x"})));
        all
    };
    accepts(&tags(own(), json!([{"system": "http://a", "code": "x"}])));
    refuses(&tags(own(), json!([{"system": "http://a", "code": "y"}])), Code::TooFew, "");
}

#[test]
fn extension_slices_are_told_apart_by_url() {
    let closed = json!({"slicing": {"discriminator": [{"type": "value", "path": "url"}], "rules": "closed"}});
    let own = || {
        vec![profile(
            "sliced",
            "Thing",
            vec![
                at("Thing.extension", closed.clone()),
                at("Thing.extension:a", json!({"min": 1, "max": "1"})),
                at("Thing.extension:a.url", json!({"fixedUri": "a"})),
            ],
        )]
    };
    accepts(&against(own(), "sliced", &thing(json!({"extension": [{"url": "a", "valueString": "x"}]}))));
    let two = json!({"extension": [{"url": "a", "valueString": "x"}, {"url": "b", "valueString": "x"}]});
    refuses(&against(own(), "sliced", &thing(two)), Code::UnmatchedSlice, "/extension/1");
}

#[test]
fn choice_closed_by_a_generator_is_left_to_its_types() {
    let own = || {
        let types = json!({"type": [{"code": "string"}, {"code": "Quantity"}]});
        let mut all = sliced(
            "Thing.value[x]",
            by("type", "$this"),
            json!({"rules": "closed"}),
            vec![at("Thing.value[x]:valueQuantity", json!({"type": [{"code": "Quantity"}]}))],
        );
        all[0]["differential"]["element"][0]["type"] = types["type"].clone();
        all
    };
    let outcome = against(own(), "sliced", &thing(json!({"valueString": "x"})));
    assert!(outcome.findings.is_empty(), "{outcome:#?}");
    assert_eq!(outcome.not_evaluated[0].reason, Reason::SlicingUndecided);
    let outcome = against(own(), "sliced", &thing(json!({"valueBoolean": true})));
    assert!(outcome.findings.iter().any(|finding| finding.code == Code::UnmatchedSlice), "{outcome:#?}");
}

#[test]
fn slices_that_ask_for_more_than_may_occur_are_named() {
    let own = sliced(
        "Thing.value[x]",
        by("type", "$this"),
        json!({}),
        vec![
            at("Thing.value[x]:valueQuantity", json!({"min": 1, "type": [{"code": "Quantity"}]})),
            at("Thing.value[x]:valueString", json!({"min": 1, "type": [{"code": "string"}]})),
        ],
    );
    let outcome = against(own, "sliced", &thing(json!({"valueString": "x"})));
    assert!(outcome.findings.is_empty(), "{outcome:#?}");
    assert_eq!(outcome.not_evaluated[0].reason, Reason::SlicingUndecided);
}

#[test]
fn slices_by_a_required_value_set_are_told_apart() {
    let own = || {
        let binding = json!({"max": "1", "binding": {"strength": "required", "valueSet": "http://vs"}});
        let mut all = sliced("Thing.tag", by("value", "$this"), json!({}), vec![at("Thing.tag:known", binding)]);
        all.push(json!({"resourceType": "ValueSet", "url": "http://vs", "compose": {"include": [
            {"system": "http://s", "concept": [{"code": "a"}, {"code": "b"}]}]}}));
        all
    };
    accepts(&tags(own(), json!([{"system": "http://s", "code": "a"}, {"system": "http://s", "code": "z"}])));
    let two = json!([{"system": "http://s", "code": "a"}, {"system": "http://s", "code": "b"}]);
    refuses(&tags(own(), two), Code::TooMany, "");
}

#[test]
fn pattern_above_the_path_tells_slices_apart() {
    let own = || {
        let pattern = json!({"patternCodeableConcept": {"coding": [{"system": "http://s", "code": "a"}]}});
        sliced(
            "Thing.part",
            by("value", "code.coding"),
            json!({}),
            vec![at("Thing.part:a", json!({"min": 1, "max": "1"})), at("Thing.part:a.code", pattern)],
        )
    };
    let part = |code: &str| json!({"code": {"coding": [{"system": "http://s", "code": code, "display": "d"}]}});
    let parts = |parts: Value| against(own(), "sliced", &thing(json!({"part": parts})));
    accepts(&parts(json!([part("z"), part("a")])));
    refuses(&parts(json!([part("z")])), Code::TooFew, "");
    refuses(&parts(json!([part("a"), part("a")])), Code::TooMany, "");
}
