//! Cardinality, types, forms, values, bindings, invariants and extensions.

use serde_json::{Value, json};

use super::{OWN, accepts, against, at, checker, profile, refuses, thing};
use crate::check::structure::{Code, Reason, Severity};
use crate::wire::fhir::definitions::core_url;

fn plain(value: &Value) -> crate::check::structure::Outcome {
    checker(Vec::new()).check(value, &[])
}

#[test]
fn conformant_thing_is_validated() {
    let value = thing(json!({
        "count": 3, "rank": 1, "when": "2024-05-01T10:00:00+02:00", "code": {"coding": [{"system": "http://s", "code": "c"}]},
        "valueQuantity": {"value": 1.5}, "part": [{"code": {"text": "x"}, "part": [{"code": {"text": "y"}}]}],
        "note": "n", "_note": {"id": "a"},
    }));
    let outcome = plain(&value);
    accepts(&outcome);
    assert!(outcome.is_validated());
}

#[test]
fn unknown_element_is_refused() {
    refuses(&plain(&thing(json!({"colour": "red"}))), Code::UnknownElement, "");
}

#[test]
fn missing_element_is_refused() {
    refuses(&plain(&json!({"resourceType": "Thing"})), Code::TooFew, "");
    refuses(&plain(&thing(json!({"part": [{"valueString": "x"}]}))), Code::TooFew, "/part/0");
    refuses(
        &plain(&thing(json!({"part": [{"code": {"text": "x"}, "part": [{"id": "i"}]}]}))),
        Code::TooFew,
        "/part/0/part/0",
    );
}

#[test]
fn one_element_too_many_is_refused() {
    let few = || vec![profile("few", "Thing", vec![at("Thing.part", json!({"max": "1"}))])];
    accepts(&against(few(), "few", &thing(json!({"part": [{"code": {"text": "x"}}]}))));
    let two = thing(json!({"part": [{"code": {"text": "x"}}, {"code": {"text": "y"}}]}));
    refuses(&against(few(), "few", &two), Code::TooMany, "");
}

#[test]
fn other_resource_type_is_refused() {
    let definitions = vec![profile("any", "Thing", vec![at("Thing", json!({}))])];
    refuses(&against(definitions, "any", &json!({"resourceType": "Patient"})), Code::WrongResourceType, "");
}

#[test]
fn wrong_json_form_is_refused() {
    refuses(&plain(&thing(json!({"part": {"code": {"text": "x"}}}))), Code::WrongJsonKind, "");
    refuses(&plain(&thing(json!({"note": ["x"]}))), Code::WrongJsonKind, "");
    refuses(&plain(&thing(json!({"note": null}))), Code::WrongJsonKind, "");
    refuses(&plain(&thing(json!({"tag": []}))), Code::WrongJsonKind, "");
    refuses(&plain(&thing(json!({"code": "x"}))), Code::WrongJsonKind, "/code");
}

#[test]
fn empty_value_is_refused() {
    refuses(&plain(&thing(json!({"note": ""}))), Code::Empty, "");
    refuses(&plain(&thing(json!({"code": {}}))), Code::Empty, "");
    refuses(&plain(&thing(json!({"tag": [null]}))), Code::Empty, "");
}

#[test]
fn primitives_in_another_form_are_refused() {
    for (name, value) in [
        ("count", json!("3")),
        ("count", json!(1.5)),
        ("count", json!(3_000_000_000u64)),
        ("rank", json!(0)),
        ("when", json!("2024-05-01T10:00")),
        ("when", json!("2024-02-30")),
        ("when", json!("yesterday")),
        ("when", json!("${DATE, T, D, -3}")),
        ("status", json!("two  spaces")),
        ("note", json!(true)),
        ("id", json!("a b")),
    ] {
        let outcome = plain(&thing(json!({name: value})));
        refuses(&outcome, Code::LexicalForm, &format!("/{name}"));
    }
}

#[test]
fn two_types_of_a_choice_are_refused() {
    let outcome = plain(&thing(json!({"valueString": "x", "valueBoolean": true})));
    let codes: Vec<Code> = outcome.findings.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, [Code::SeveralChoices, Code::TooMany]);
}

#[test]
fn type_that_the_profile_leaves_out_is_refused() {
    let own = || vec![profile("typed", "Thing", vec![at("Thing.value[x]", json!({"type": [{"code": "Quantity"}]}))])];
    accepts(&against(own(), "typed", &thing(json!({"valueQuantity": {"value": 1}}))));
    refuses(&against(own(), "typed", &thing(json!({"valueString": "x"}))), Code::TypeNotAllowed, "/valueString");
}

#[test]
fn type_named_as_json_does_is_the_only_one_allowed() {
    let own = || vec![profile("short", "Thing", vec![at("Thing.valueQuantity", json!({"min": 1}))])];
    accepts(&against(own(), "short", &thing(json!({"valueQuantity": {"value": 1}}))));
    let outcome = against(own(), "short", &thing(json!({"valueString": "x"})));
    assert!(outcome.findings.iter().any(|finding| finding.code == Code::TypeNotAllowed), "{outcome:#?}");
}

#[test]
fn other_value_than_the_fixed_one_is_refused() {
    let own =
        || vec![profile("fixed", "Thing", vec![at("Thing.code", json!({"fixedCodeableConcept": {"text": "x"}}))])];
    accepts(&against(own(), "fixed", &thing(json!({"code": {"text": "x"}}))));
    refuses(&against(own(), "fixed", &thing(json!({"code": {"text": "x", "id": "more"}}))), Code::FixedValue, "/code");
}

#[test]
fn value_without_the_pattern_is_refused() {
    let pattern = json!({"patternCodeableConcept": {"coding": [{"system": "http://s", "code": "c"}]}});
    let own = || vec![profile("pattern", "Thing", vec![at("Thing.code", pattern.clone())])];
    let more = json!({"coding": [{"code": "z"}, {"system": "http://s", "code": "c", "display": "C"}], "text": "t"});
    accepts(&against(own(), "pattern", &thing(json!({"code": more}))));
    let outcome = against(own(), "pattern", &thing(json!({"code": {"coding": [{"system": "http://s"}]}})));
    refuses(&outcome, Code::PatternValue, "/code");
}

#[test]
fn lengths_and_bounds_are_held() {
    let own = || {
        vec![profile(
            "bounds",
            "Thing",
            vec![
                at("Thing.count", json!({"minValueInteger": 2, "maxValueInteger": 4})),
                at("Thing.when", json!({"minValueDateTime": "2024-01-01"})),
                at("Thing.note", json!({"maxLength": 3})),
            ],
        )]
    };
    accepts(&against(own(), "bounds", &thing(json!({"count": 4, "note": "abc", "when": "2024-01-02"}))));
    refuses(&against(own(), "bounds", &thing(json!({"count": 5}))), Code::OutOfRange, "/count");
    refuses(&against(own(), "bounds", &thing(json!({"count": 1}))), Code::OutOfRange, "/count");
    refuses(&against(own(), "bounds", &thing(json!({"when": "2023-12-31"}))), Code::OutOfRange, "/when");
    refuses(&against(own(), "bounds", &thing(json!({"note": "abcd"}))), Code::TooLong, "/note");
}

fn terminology() -> Vec<Value> {
    vec![
        json!({"resourceType": "CodeSystem", "url": "http://s", "content": "complete", "concept": [
            {"code": "a", "concept": [{"code": "a1"}]}, {"code": "b"}]}),
        json!({"resourceType": "CodeSystem", "url": "http://part", "content": "fragment", "concept": [{"code": "a"}]}),
        json!({"resourceType": "ValueSet", "url": "http://vs/all", "compose": {"include": [{"system": "http://s"}],
            "exclude": [{"system": "http://s", "concept": [{"code": "b"}]}]}}),
        json!({"resourceType": "ValueSet", "url": "http://vs/list", "compose": {"include": [
            {"system": "http://s", "concept": [{"code": "a"}]}, {"valueSet": ["http://vs/below"]}]}}),
        json!({"resourceType": "ValueSet", "url": "http://vs/below", "compose": {"include": [{"system": "http://s",
            "filter": [{"property": "concept", "op": "is-a", "value": "a"}]}]}}),
        json!({"resourceType": "ValueSet", "url": "http://vs/part", "compose": {"include": [{"system": "http://part"}]}}),
        json!({"resourceType": "ValueSet", "url": "http://vs/circle", "compose": {"include": [{"valueSet": ["http://vs/circle"]}]}}),
    ]
}

fn bound(value_set: &str) -> Vec<Value> {
    let binding = json!({"binding": {"strength": "required", "valueSet": value_set}});
    let mut all = terminology();
    all.push(profile("bound", "Thing", vec![at("Thing.code", binding)]));
    all
}

fn coded(system: &str, code: &str) -> Value {
    thing(json!({"code": {"coding": [{"system": system, "code": code}]}}))
}

#[test]
fn code_outside_a_required_value_set_is_refused() {
    for (value_set, code) in
        [("http://vs/all", "a1"), ("http://vs/list", "a"), ("http://vs/list", "a1"), ("http://vs/below|1.0", "a")]
    {
        accepts(&against(bound(value_set), "bound", &coded("http://s", code)));
    }
    for (value_set, system, code) in [
        ("http://vs/all", "http://s", "b"),
        ("http://vs/all", "http://s", "zz"),
        ("http://vs/all", "http://other", "a"),
        ("http://vs/list", "http://s", "b"),
        ("http://vs/part", "http://other", "a"),
    ] {
        refuses(&against(bound(value_set), "bound", &coded(system, code)), Code::Binding, "/code");
    }
    refuses(&against(bound("http://vs/all"), "bound", &thing(json!({"code": {"text": "a"}}))), Code::Binding, "/code");
}

#[test]
fn short_names_of_formats_stand_beside_media_types() {
    let lines = ["id 0..1 string", "meta 0..1 Meta", "format 1..* code"];
    let mut statement = super::definition("CapabilityStatement", "resource", "DomainResource", &lines);
    statement["snapshot"]["element"][3]["binding"] = json!({"strength": "required", "valueSet": "http://types"});
    let types = json!({"resourceType": "ValueSet", "url": "http://types",
        "compose": {"include": [{"system": "urn:ietf:bcp:13"}]}});
    let checker = checker(vec![statement, types]);
    let of = |format: &str| checker.check(&json!({"resourceType": "CapabilityStatement", "format": [format]}), &[]);
    accepts(&of("xml"));
    accepts(&of("application/fhir+json"));
    refuses(&of("zip"), Code::Binding, "/format/0");
}

#[test]
fn terminology_that_is_not_at_hand_is_named() {
    for value_set in ["http://vs/part", "http://vs/absent", "http://vs/circle"] {
        let outcome = against(bound(value_set), "bound", &coded("http://part", "a"));
        assert!(outcome.findings.is_empty(), "{outcome:#?}");
        assert_eq!(outcome.not_evaluated[0].reason, Reason::TerminologyMissing, "{outcome:#?}");
        assert!(!outcome.is_validated());
    }
}

fn ruled(expression: &str, severity: &str) -> Vec<Value> {
    let constraint =
        json!([{"key": "own-1", "severity": severity, "human": "As it should be", "expression": expression}]);
    vec![profile("ruled", "Thing", vec![at("Thing", json!({"constraint": constraint}))])]
}

#[test]
fn broken_invariant_is_refused_and_a_warning_stays_one() {
    let rule = "value.exists() implies note.exists()";
    accepts(&against(ruled(rule, "error"), "ruled", &thing(json!({"valueString": "x", "note": "n"}))));
    let value = thing(json!({"valueString": "x"}));
    refuses(&against(ruled(rule, "error"), "ruled", &value), Code::Invariant, "");
    let outcome = against(ruled(rule, "warning"), "ruled", &value);
    refuses(&outcome, Code::Invariant, "");
    assert_eq!(outcome.findings[0].severity, Severity::Warning);
    assert!(outcome.findings[0].to_string().contains("own-1"));
    assert!(outcome.is_validated());
}

#[test]
fn invariants_that_cannot_be_evaluated_are_named() {
    for (rule, reason) in [
        ("note.foo()", Reason::ExpressionNotSupported),
        ("note = #39;x#39;", Reason::ExpressionNotSupported),
        ("colour.exists()", Reason::ExpressionFaulty),
        ("subject.resolve().exists()", Reason::TargetMissing),
        ("code.memberOf('http://vs/absent')", Reason::TerminologyMissing),
    ] {
        let value = thing(json!({"subject": {"reference": "Patient/9"}, "code": {"coding": [{"code": "x"}]}}));
        let outcome = against(ruled(rule, "error"), "ruled", &value);
        assert!(outcome.findings.is_empty(), "{rule}: {outcome:#?}");
        let reasons: Vec<Reason> = outcome.not_evaluated.iter().map(|open| open.reason).collect();
        assert_eq!(reasons, [reason], "{rule}");
    }
}

fn extensions() -> Vec<Value> {
    let value = |name: &str, type_name: &str| {
        profile(
            name,
            "Extension",
            vec![
                at("Extension.url", json!({"fixedUri": format!("{OWN}{name}")})),
                at("Extension.value[x]", json!({"min": 1, "type": [{"code": type_name}]})),
            ],
        )
    };
    let mut modifier = value("mod", "boolean");
    let root = at("Extension", json!({"isModifier": true}));
    modifier["differential"]["element"].as_array_mut().expect("elements").insert(0, root);
    let slice = json!({"min": 1, "max": "1", "type": [{"code": "Extension", "profile": [format!("{OWN}ext")]}]});
    vec![value("ext", "string"), modifier, profile("extended", "Thing", vec![at("Thing.extension:own", slice)])]
}

#[test]
fn extension_is_held_against_its_definition_by_url() {
    let own = |value: Value| thing(json!({"extension": [value]}));
    let url = format!("{OWN}ext");
    accepts(&against(extensions(), "extended", &own(json!({"url": url, "valueString": "x"}))));
    refuses(
        &against(extensions(), "extended", &own(json!({"url": url, "valueBoolean": true}))),
        Code::TypeNotAllowed,
        "/extension/0/valueBoolean",
    );
    refuses(&against(extensions(), "extended", &own(json!({"url": url}))), Code::TooFew, "/extension/0");
    refuses(&against(extensions(), "extended", &thing(json!({}))), Code::TooFew, "");
    let primitive = thing(json!({"note": "n", "_note": {"extension": [{"url": url, "valueBoolean": true}]}}));
    refuses(&checker(extensions()).check(&primitive, &[]), Code::TypeNotAllowed, "/note/extension/0/valueBoolean");
}

#[test]
fn modifier_extension_stands_where_it_belongs() {
    let url = format!("{OWN}mod");
    let value = |member: &str| thing(json!({member: [{"url": url, "valueBoolean": true}]}));
    accepts(&checker(extensions()).check(&value("modifierExtension"), &[]));
    refuses(&checker(extensions()).check(&value("extension"), &[]), Code::ModifierMismatch, "/extension/0");
}

#[test]
fn unknown_extension_is_named() {
    let outcome = plain(&thing(json!({"extension": [{"url": "http://who/knows", "valueString": "x"}]})));
    assert_eq!(outcome.not_evaluated[0].reason, Reason::ExtensionUnknown);
    assert_eq!(outcome.not_evaluated[0].what, "http://who/knows");
}

#[test]
fn extension_without_url_is_refused() {
    refuses(&plain(&thing(json!({"extension": [{"valueString": "x"}]}))), Code::TooFew, "/extension/0");
}

#[test]
fn profile_on_a_type_is_held() {
    let own = || {
        vec![
            profile("systematic", "Coding", vec![at("Coding.system", json!({"min": 1}))]),
            profile(
                "tagged",
                "Thing",
                vec![at("Thing.tag", json!({"type": [{"code": "Coding", "profile": [format!("{OWN}systematic")]}]}))],
            ),
        ]
    };
    accepts(&against(own(), "tagged", &thing(json!({"tag": [{"system": "http://s", "code": "c"}]}))));
    refuses(&against(own(), "tagged", &thing(json!({"tag": [{"code": "c"}]}))), Code::TooFew, "/tag/0");
}

#[test]
fn one_of_several_profiles_on_a_type_will_do() {
    let asks =
        |name: &str, element: &str| profile(name, "Coding", vec![at(&format!("Coding.{element}"), json!({"min": 1}))]);
    let both = json!({"type": [{"code": "Coding", "profile": [format!("{OWN}one"), format!("{OWN}two")]}]});
    let own = || {
        vec![
            asks("one", "system"),
            asks("two", "display"),
            profile("either", "Thing", vec![at("Thing.tag", both.clone())]),
        ]
    };
    accepts(&against(own(), "either", &thing(json!({"tag": [{"display": "d"}, {"system": "http://s"}]}))));
    refuses(&against(own(), "either", &thing(json!({"tag": [{"code": "c"}]}))), Code::NoProfileFits, "/tag/0");
}

#[test]
fn claimed_profile_counts_and_an_unknown_one_is_named() {
    let own = || vec![profile("noted", "Thing", vec![at("Thing.note", json!({"min": 1}))])];
    let value = thing(json!({"meta": {"profile": [format!("{OWN}noted")]}}));
    refuses(&checker(own()).check(&value, &[]), Code::TooFew, "");
    let outcome = checker(own()).check(&thing(json!({"meta": {"profile": ["http://no/where"]}})), &[]);
    assert_eq!(outcome.not_evaluated[0].reason, Reason::DefinitionMissing);
}

#[test]
fn value_of_another_type_in_an_element_is_named_by_its_core_type() {
    let own = vec![profile(
        "patients",
        "Thing",
        vec![at("Thing.subject", json!({"type": [{"code": "Reference", "targetProfile": [core_url("Patient")]}]}))],
    )];
    refuses(
        &against(own, "patients", &thing(json!({"subject": {"reference": "Thing/1"}}))),
        Code::ReferenceType,
        "/subject",
    );
}
