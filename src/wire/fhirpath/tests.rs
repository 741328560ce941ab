//! Answers of expressions over a small resource, and texts that are refused.

use serde_json::{Value, json};

use super::{Element, Environment, Evaluation, Expression, Item, Kind, ParseFault, Resolution, Undecided};

/// A world with one type: `Thing`, whose `value` is a choice and whose `status` is not.
struct Small<'a> {
    known: bool,
    target: Option<&'a Value>,
    value: Vec<String>,
    plain: Vec<Vec<String>>,
}

const NAMES: [&str; 12] = [
    "status",
    "statusReason",
    "part",
    "code",
    "link",
    "contained",
    "extension",
    "id",
    "when",
    "reference",
    "number",
    "text",
];

impl<'a> Small<'a> {
    fn new(known: bool, target: Option<&'a Value>) -> Self {
        let value = vec!["valueString".to_owned(), "valueQuantity".to_owned()];
        Self { known, target, value, plain: NAMES.iter().map(|name| vec![(*name).to_owned()]).collect() }
    }

    fn kind(&self) -> Kind {
        if self.known { Kind::Known { definition: 0, element: 0 } } else { Kind::Unknown }
    }
}

impl<'a> Environment<'a> for Small<'a> {
    fn keys(&self, _: Kind, element: &str) -> Option<&[String]> {
        if element == "value" {
            return Some(&self.value);
        }
        let at = NAMES.iter().position(|name| *name == element)?;
        Some(&self.plain[at])
    }
    fn enter(&self, _: Kind, _: &str, _: Option<&Value>) -> Kind {
        self.kind()
    }
    fn type_name(&self, kind: Kind) -> Option<&str> {
        (kind != Kind::Unknown).then_some("Thing")
    }
    fn is_a(&self, type_name: &str, ancestor: &str) -> bool {
        type_name == ancestor
    }
    fn resolve(&self, reference: &str) -> Resolution<'a> {
        match self.target {
            Some(target) if reference == "Thing/1" => Resolution::Found(Element::new(target, self.kind())),
            _ if reference.starts_with("Other/") => Resolution::OfType("Other".to_owned()),
            _ => Resolution::Unknown,
        }
    }
    fn is_member(&self, _: Option<&str>, code: &str, value_set: &str) -> Option<bool> {
        (value_set == "known").then(|| code == "a")
    }
    fn narrative_is_sound(&self, xhtml: &str) -> bool {
        xhtml.starts_with("<div")
    }
}

fn thing() -> Value {
    json!({
        "resourceType": "Thing", "id": "1", "status": "final", "number": [1, 2, 3], "when": "2024-05-01",
        "text": "ab-12", "valueString": "x", "link": {"reference": "Thing/1"},
        "part": [{"code": "a", "number": 2}, {"code": "b", "_code": {"extension": [{"url": "u", "valueString": "e"}]}}],
        "contained": [{"resourceType": "Thing", "id": "c"}],
    })
}

fn evaluate(text: &str, value: &Value, known: bool) -> Result<Option<bool>, Undecided> {
    let target = json!({"resourceType": "Thing", "id": "target"});
    let world = Small::new(known, Some(&target));
    let element = Element::new(value, world.kind());
    let expression = Expression::parse(text).expect(text);
    Evaluation::new(&world, element, element).holds(&expression, element)
}

#[test]
fn expressions_have_the_answers_of_the_specification() {
    let table = [
        ("status = 'final'", Some(true)),
        ("status != 'final'", Some(false)),
        ("status = {}", None),
        ("status in ('draft' | 'final')", Some(true)),
        ("('draft' | 'final') contains status", Some(true)),
        ("status.exists() and code.empty()", Some(true)),
        ("code.exists() or {}", None),
        ("code.exists() and {}", Some(false)),
        ("{} implies true", Some(true)),
        ("code.exists() implies {}", Some(true)),
        ("true xor false", Some(true)),
        ("number.count() = 3", Some(true)),
        ("number.all($this > 0)", Some(true)),
        ("number.where($this > 1).count() = 2", Some(true)),
        ("number.first() = 1 and number.last() = 3 and number.tail().count() = 2", Some(true)),
        ("number[1] = 2", Some(true)),
        ("number.isDistinct()", Some(true)),
        ("number.combine(number).isDistinct()", Some(false)),
        ("(number | number).count() = 3", Some(true)),
        ("number.intersect(2 | 9).single() = 2", Some(true)),
        ("number.exclude(2).count() = 2", Some(true)),
        ("number.subsetOf(1 | 2 | 3 | 4)", Some(true)),
        ("number.supersetOf(4)", Some(false)),
        ("part.code.select($this & '!') = ('a!' | 'b!')", Some(true)),
        ("part.where(code = 'a').number = 2", Some(true)),
        ("part.exists(number > 1)", Some(true)),
        ("text.startsWith('ab') and text.endsWith('12') and text.contains('-')", Some(true)),
        ("text.matches('^[a-z]+-\\\\d+$')", Some(true)),
        ("text.matches('^\\d+$')", Some(false)),
        ("text.replaceMatches('-.*', '') = 'ab'", Some(true)),
        ("text.substring(3).toInteger() = 12", Some(true)),
        ("text.substring(0, 2).upper() = 'AB'", Some(true)),
        ("text.length() = 5 and text.indexOf('-') = 2", Some(true)),
        ("iif(code.exists(), 'yes', 'no') = 'no'", Some(true)),
        ("code.iif(empty(), true, exists())", Some(true)),
        ("1 + 2 * 3 = 7 and 7 div 2 = 3 and 7 mod 2 = 1 and -1 < 0", Some(true)),
        ("'a' + 'b' = 'a' & 'b'", Some(true)),
        ("when > @2024-04-30", Some(true)),
        ("when <= @2024", None),
        ("'Final' ~ status", Some(true)),
        ("status.hasValue() and part.first().hasValue().not()", Some(true)),
        ("children().count() > 5", Some(true)),
        ("descendants().code.count() = 2", Some(true)),
        ("%resource.descendants().id = 'c'", Some(true)),
        ("part[1].code.extension('u').exists()", Some(true)),
        ("part[0].code.extension('u').empty()", Some(true)),
        ("part[0].code.memberOf('known')", Some(true)),
        ("link.resolve().id = 'target'", Some(true)),
        ("link.resolve() is Thing", Some(true)),
        ("'Other/7'.resolve() is Other", Some(true)),
        ("status.trace('s').exists()", Some(true)),
        ("'<div/>'.htmlChecks()", Some(true)),
        ("1 is Integer and 'a' is String and true is Boolean", Some(true)),
        ("Thing.status = 'final'", Some(true)),
        ("`status` = 'final' // why", Some(true)),
        ("true = 'true'", Some(true)),
        ("4 'mg' > 3 'mg'", Some(true)),
        ("4 'mg' > 3 'g'", None),
    ];
    for (text, expected) in table {
        assert_eq!(evaluate(text, &thing(), true), Ok(expected), "{text}");
    }
}

#[test]
fn choice_is_found_by_its_definition() {
    assert_eq!(evaluate("value = 'x'", &thing(), true), Ok(Some(true)));
    assert_eq!(evaluate("valueString = 'x'", &json!({"valueString": "x"}), false), Ok(Some(true)));
}

#[test]
fn longer_name_is_never_taken_for_a_choice() {
    let only_reason = json!({"statusReason": "why"});
    assert_eq!(evaluate("status.empty()", &only_reason, true), Ok(Some(true)));
    assert_eq!(evaluate("status.empty()", &only_reason, false), Ok(Some(true)));
}

#[test]
fn possible_choice_without_definition_is_undecided() {
    let value = json!({"reasonReference": {"reference": "x"}});
    assert_eq!(evaluate("reason.empty()", &value, false), Err(Undecided::UnknownType("reason".to_owned())));
}

#[test]
fn name_that_the_type_lacks_is_undecided_rather_than_empty() {
    let found = evaluate("nonsense.empty()", &thing(), true);
    assert!(matches!(found, Err(Undecided::UnknownElement { .. })), "{found:?}");
    assert_eq!(evaluate("descendants().where(nonsense = 1).empty()", &thing(), true), Ok(Some(true)));
}

#[test]
fn reference_to_nothing_is_undecided_unless_the_other_side_decides() {
    assert!(matches!(evaluate("'x'.resolve().exists()", &thing(), true), Err(Undecided::Unresolved(_))));
    assert_eq!(evaluate("'x'.resolve().exists() or status.exists()", &thing(), true), Ok(Some(true)));
    assert_eq!(evaluate("code.exists() and 'x'.resolve().exists()", &thing(), true), Ok(Some(false)));
}

#[test]
fn unknown_terminology_is_undecided() {
    let found = evaluate("status.memberOf('other')", &thing(), true);
    assert_eq!(found, Err(Undecided::Terminology("other".to_owned())));
}

#[test]
fn several_items_where_one_is_due_are_undecided() {
    assert!(matches!(evaluate("number > 1", &thing(), true), Err(Undecided::NotSingle(_))));
}

#[test]
fn faulty_texts_are_refused() {
    for text in [
        "",
        "a.",
        "a = ",
        "(a",
        "a b",
        "'open",
        "a.unknown()",
        "a.where()",
        "a = #39;x",
        "%",
        "@2024-13-01",
        "a.matches('(?<=x)')",
    ] {
        assert!(Expression::parse(text).is_err(), "{text}");
    }
    assert!(matches!(Expression::parse("a.aggregate(1)"), Err(ParseFault::UnknownFunction { .. })));
    assert_eq!(Expression::parse(&"(".repeat(10_000)).err(), Some(ParseFault::TooLarge));
    assert_eq!(Expression::parse(&("a".to_owned() + &".a".repeat(5_000))).err(), Some(ParseFault::TooLarge));
}

#[test]
fn wide_resources_cost_no_more_than_their_size() {
    let parts: Vec<Value> = (0..20_000).map(|number| json!({"code": number.to_string()})).collect();
    let value = json!({"resourceType": "Thing", "part": parts});
    assert_eq!(evaluate("part.code.isDistinct()", &value, true), Ok(Some(true)));
    let found = evaluate("part.all(code in %resource.descendants().code)", &value, true);
    assert_eq!(found, Err(Undecided::TooMuch));
}

#[test]
fn selection_gives_elements_and_values() {
    let value = thing();
    let world = Small::new(true, None);
    let element = Element::new(&value, world.kind());
    let expression = Expression::parse("part.code").expect("parses");
    let found = Evaluation::new(&world, element, element).select(&expression, element).expect("decided");
    assert_eq!(found.len(), 2);
    assert!(matches!(&found[0], Item::Element(found) if found.value == Some(&json!("a"))));
}
