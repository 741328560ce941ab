//! Definitions without a snapshot, along their chain of bases.

use serde_json::json;

use super::{OWN, accepts, against, at, checker, profile, profile_on, refuses, thing};
use crate::check::structure::{Code, Reason};

#[test]
fn each_differential_of_the_chain_counts() {
    let own = || {
        vec![
            profile("first", "Thing", vec![at("Thing.note", json!({"min": 1})), at("Thing.part", json!({"max": "1"}))]),
            profile_on("second", "Thing", &format!("{OWN}first"), vec![at("Thing.count", json!({"min": 1}))]),
        ]
    };
    accepts(&against(own(), "second", &thing(json!({"note": "n", "count": 1}))));
    refuses(&against(own(), "second", &thing(json!({"count": 1}))), Code::TooFew, "");
    refuses(&against(own(), "second", &thing(json!({"note": "n"}))), Code::TooFew, "");
}

#[test]
fn later_differential_cannot_loosen_an_earlier_one() {
    let own = vec![
        profile("first", "Thing", vec![at("Thing.note", json!({"min": 1, "fixedString": "n"}))]),
        profile_on(
            "second",
            "Thing",
            &format!("{OWN}first"),
            vec![at("Thing.note", json!({"min": 0, "fixedString": "m"}))],
        ),
    ];
    refuses(&against(own, "second", &thing(json!({"note": "m"}))), Code::FixedValue, "/note");
}

#[test]
fn slice_of_a_base_is_constrained_further() {
    let own = || {
        vec![
            profile(
                "first",
                "Thing",
                vec![
                    at(
                        "Thing.tag",
                        json!({"slicing": {"discriminator": [{"type": "value", "path": "system"}], "rules": "open"}}),
                    ),
                    at("Thing.tag:a", json!({"min": 1})),
                    at("Thing.tag:a.system", json!({"fixedUri": "http://a"})),
                ],
            ),
            profile_on("second", "Thing", &format!("{OWN}first"), vec![at("Thing.tag:a.code", json!({"min": 1}))]),
        ]
    };
    accepts(&against(
        own(),
        "second",
        &thing(json!({"tag": [{"system": "http://a", "code": "c"}, {"system": "http://b"}]})),
    ));
    refuses(&against(own(), "second", &thing(json!({"tag": [{"system": "http://a"}]}))), Code::TooFew, "/tag/0");
}

#[test]
fn element_inside_a_type_is_constrained() {
    let own = || vec![profile("inside", "Thing", vec![at("Thing.part.code.coding.display", json!({"min": 1}))])];
    accepts(&against(own(), "inside", &thing(json!({"part": [{"code": {"coding": [{"display": "d"}]}}]}))));
    let outcome = against(own(), "inside", &thing(json!({"part": [{"code": {"coding": [{"code": "c"}]}}]})));
    refuses(&outcome, Code::TooFew, "/part/0/code/coding/0");
}

#[test]
fn missing_base_is_named() {
    let own = vec![profile_on("orphan", "Thing", "http://no/base", vec![at("Thing.note", json!({"min": 1}))])];
    let outcome = against(own, "orphan", &thing(json!({"note": "n"})));
    assert_eq!(outcome.not_evaluated[0].reason, Reason::DefinitionMissing);
    assert_eq!(outcome.not_evaluated[0].what, "http://no/base");
}

#[test]
fn bases_in_a_circle_come_to_an_end() {
    let own = vec![
        profile_on("a", "Thing", &format!("{OWN}b"), vec![at("Thing.note", json!({"min": 1}))]),
        profile_on("b", "Thing", &format!("{OWN}a"), vec![]),
    ];
    let outcome = against(own, "a", &thing(json!({"note": "n"})));
    assert_eq!(outcome.not_evaluated[0].reason, Reason::Limit);
}

#[test]
fn id_of_a_resource_is_an_id_though_r4_says_string() {
    let outcome = checker(Vec::new()).check(&serde_json::json!({"resourceType": "Patient", "id": "a b"}), &[]);
    refuses(&outcome, Code::LexicalForm, "/id");
}

#[test]
fn snapshot_is_walked_as_it_stands() {
    let mut own = profile("snap", "Thing", Vec::new());
    let element = json!([{"id": "Thing", "path": "Thing"}, at("Thing.note", json!({"min": 1, "max": "1", "type": [{"code": "string"}]}))]);
    own["snapshot"] = json!({"element": element});
    let outcome = checker(vec![own]).check(&thing(json!({})), &[&format!("{OWN}snap")]);
    refuses(&outcome, Code::TooFew, "");
}
