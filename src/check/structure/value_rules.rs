//! The rules on one value: its JSON form, fixed values, patterns, bounds, bindings, invariants and references.

use serde_json::{Map, Value};

use crate::base::text::Text;
use crate::wire::fhir::definitions::{CORE, Membership, core_url};
use crate::wire::fhirpath::{Element, Evaluation, Kind, Resolution, Undecided};

use super::finding::{Code, Reason, Severity, one_of};
use super::session::{Instance, Session, cut};
use super::shape::{BindingRule, Invariant, Shape};
use super::value::{Form, equals, holds, lexical_fault};
use super::world::type_id;
use crate::wire::fhir::definitions::Release;

/// Most steps that all invariants on one document may take together.
const MOST_WORK: u64 = 30_000_000;

impl<'a> Session<'a> {
    /// Whether the members of an object are those of its type, each in the JSON form that is due.
    pub(super) fn members(&mut self, object: &'a Map<String, Value>, of: Kind, shape: &'a Shape, node: usize) {
        let Some(id) = type_id(of) else { return };
        let definitions = &self.checker.definitions;
        let has_twins = object.keys().any(|key| key.starts_with('_'));
        let mut choices: Vec<&str> = Vec::new();
        for (key, value) in object.iter().filter(|(key, _)| *key != "resourceType") {
            let plain = key.strip_prefix('_').unwrap_or(key);
            let is_twin = plain.len() != key.len();
            let Some(member) = definitions.member(id, plain).filter(|member| !is_twin || member.is_primitive) else {
                let owner = &shape.nodes[node].id;
                let due = Text::new(format!("een element van {owner}"), format!("an element of {owner}"));
                self.tell(Code::UnknownElement, shape, node, due, Text::same(key));
                continue;
            };
            if let Some((dutch, english)) = array_fault(value, member.is_list) {
                let due = Text::new(format!("{dutch} in {key}"), format!("{english} in {key}"));
                self.tell(Code::WrongJsonKind, shape, node, due, Text::same(cut(&value.to_string())));
            }
            if member.is_choice && !(is_twin && object.contains_key(plain)) {
                if choices.contains(&member.element.as_str()) {
                    let choice = &member.element;
                    let due = Text::new(format!("één type van {choice}[x]"), format!("one type of {choice}[x]"));
                    self.tell(Code::SeveralChoices, shape, node, due, Text::same(plain));
                }
                choices.push(&member.element);
            }
            let other = match is_twin {
                true => object.get(plain),
                false if has_twins && member.is_primitive => object.get(&format!("_{key}")),
                false => None,
            };
            if let Some(found) = empty_item(value, other) {
                let due = Text::new(format!("een waarde in {key}"), format!("a value in {key}"));
                self.tell(Code::Empty, shape, node, due, Text::same(found.to_string()));
            }
        }
    }

    pub(super) fn value_rules(&mut self, instance: &Instance<'a>, shape: &'a Shape, node: usize) {
        let own = &shape.nodes[node];
        let value = instance.element.value;
        if !shape.is_profile && node != 0 {
            self.json_form(instance, shape, node);
        }
        for fixed in &own.fixed {
            if !value.is_some_and(|value| equals(value, fixed)) {
                self.tell(Code::FixedValue, shape, node, Text::same(cut(&fixed.to_string())), shown(value));
            }
        }
        for pattern in &own.patterns {
            if !value.is_some_and(|value| holds(value, pattern)) {
                self.tell(Code::PatternValue, shape, node, Text::same(cut(&pattern.to_string())), shown(value));
            }
        }
        if let (Some(most), Some(Value::String(text))) = (own.max_length, value)
            && text.chars().count() as u64 > most
        {
            let due = Text::new(format!("hooguit {most} tekens"), format!("at most {most} characters"));
            self.tell(Code::TooLong, shape, node, due, Text::same(text.chars().count().to_string()));
        }
        self.bounds(value, shape, node);
        for binding in own.bindings.iter().filter(|binding| binding.is_required) {
            self.binding(instance, binding, shape, node);
        }
    }

    fn json_form(&mut self, instance: &Instance<'a>, shape: &'a Shape, node: usize) {
        let Some(value) = instance.element.value else { return };
        if instance.is_primitive {
            if let Some((dutch, english)) = lexical_fault(instance.type_name, value) {
                let found = Text::same(cut(&value.to_string()));
                self.tell(Code::LexicalForm, shape, node, Text::new(dutch, english), found);
            }
        } else if !value.is_object() {
            let due = Text::new("een object", "an object");
            self.tell(Code::WrongJsonKind, shape, node, due, Text::same(cut(&value.to_string())));
        }
    }

    fn bounds(&mut self, value: Option<&Value>, shape: &'a Shape, node: usize) {
        let own = &shape.nodes[node];
        let number = |value: &Value| value.as_f64();
        let text = |value: &Value| value.as_str().and_then(crate::wire::fhirpath::Moment::parse);
        for (bound, is_min) in [(&own.min_value, true), (&own.max_value, false)] {
            let (Some(bound), Some(value)) = (bound, value) else { continue };
            let order = match (number(value), number(bound)) {
                (Some(value), Some(bound)) => value.partial_cmp(&bound),
                _ => text(value).zip(text(bound)).and_then(|(value, bound)| value.compare(&bound)),
            };
            match order {
                Some(order) if (is_min && order.is_lt()) || (!is_min && order.is_gt()) => {
                    let (dutch, english) = if is_min { ("minstens", "at least") } else { ("hooguit", "at most") };
                    let due = Text::new(format!("{dutch} {bound}"), format!("{english} {bound}"));
                    self.tell(Code::OutOfRange, shape, node, due, Text::same(value.to_string()));
                }
                Some(_) => {}
                None => self.leave_open(Reason::ExpressionNotSupported, format!("bound {bound}"), &shape.url),
            }
        }
    }

    fn binding(&mut self, instance: &Instance<'a>, binding: &BindingRule, shape: &'a Shape, node: usize) {
        if binding.value_set.is_empty() {
            // An element of type code has its codes from the standard, against which it is held anyway.
            if instance.type_name == "code" && shape.is_profile {
                return;
            }
            let what = format!("binding of {} in words", shape.nodes[node].id);
            return self.leave_open(Reason::TerminologyMissing, what, &shape.url);
        }
        let Some(value) = instance.element.value else { return };
        // The text of the standard allows these beside the media types of its value set.
        let is_format = shape.nodes[node].id == "CapabilityStatement.format";
        if is_format && matches!(value.as_str(), Some("xml" | "json" | "ttl")) {
            return;
        }
        if !matches!(instance.type_name, "CodeableConcept" | "Coding" | "Quantity") && value.is_object() {
            return;
        }
        let found = codes(value);
        let mut open = None;
        for (system, code) in &found {
            match self.checker.definitions.membership(&binding.value_set, *system, code) {
                Membership::In => return,
                Membership::Out => {}
                Membership::Unknown(why) => open = Some(why),
            }
        }
        match open {
            Some(why) => {
                self.leave_open(Reason::TerminologyMissing, format!("{} ({why})", binding.value_set), &shape.url)
            }
            None => {
                let codes: Vec<String> = found.iter().map(shown_code).collect();
                let shown = match codes.is_empty() {
                    true => Text::new("geen code", "no code"),
                    false => Text::same(cut(&codes.join(", "))),
                };
                self.tell(Code::Binding, shape, node, Text::same(&binding.value_set), shown);
            }
        }
    }

    pub(super) fn invariant_rules(&mut self, element: Element<'a>, shape: &'a Shape, node: usize) {
        for invariant in &shape.nodes[node].invariants {
            let key = (element.address(), invariant.number);
            if let Some(broken) = self.frames.iter().rev().find_map(|frame| frame.invariants.get(&key)).copied() {
                self.frame().errors += usize::from(broken);
                continue;
            }
            let before = self.frame().errors;
            self.invariant(element, invariant, shape, node);
            let broken = self.frame().errors > before;
            self.frame().invariants.insert(key, broken);
        }
    }

    fn invariant(&mut self, element: Element<'a>, invariant: &Invariant, shape: &'a Shape, node: usize) {
        let expression = match &invariant.expression {
            Ok(expression) => expression,
            Err(why) => {
                let what = format!("{}: {why}", invariant.key);
                return self.leave_open(Reason::ExpressionNotSupported, what, &shape.url);
            }
        };
        let root = self.here.position.root;
        let root = Element { value: Some(root), twin: None, kind: self.kind_of(root) };
        // STU3 has no %rootResource: its %resource in a contained resource is the one that contains it.
        let resource = match self.checker.definitions.release() {
            Release::Stu3 => root,
            Release::R4 => self.here.resource,
        };
        if self.work > MOST_WORK {
            return self.leave_open(Reason::Limit, invariant.key.clone(), &shape.url);
        }
        let world = self.world();
        let evaluation = Evaluation::new(&world, resource, root);
        let answer = evaluation.holds(expression, element);
        self.work += u64::from(evaluation.steps_taken());
        match answer {
            // What evaluates to nothing is not broken: most invariants leave out the absent case.
            Ok(Some(true) | None) => {}
            Ok(Some(false)) => {
                let severity = if invariant.is_warning { Severity::Warning } else { Severity::Error };
                let expected = Text::same(format!("{}: {}", invariant.key, invariant.human));
                let text = expression.text();
                let found = Text::new(format!("niet waar: {text}"), format!("not true: {text}"));
                let element = &shape.nodes[node].id;
                self.tell_as(Code::Invariant, severity, shape, element, expected, found);
            }
            Err(why) => {
                let reason = match why {
                    Undecided::Unresolved(_) => Reason::TargetMissing,
                    Undecided::UnknownElement { .. } => Reason::ExpressionFaulty,
                    Undecided::UnknownType(_) => Reason::DefinitionMissing,
                    Undecided::Terminology(_) => Reason::TerminologyMissing,
                    Undecided::TooMuch => Reason::Limit,
                    Undecided::NotSingle(_) | Undecided::Unsupported(_) => Reason::ExpressionNotSupported,
                };
                self.leave_open(reason, format!("{}: {why}", invariant.key), &shape.url);
            }
        }
    }

    fn kind_of(&self, resource: &Value) -> Kind {
        super::world::kind(self.checker.definitions.type_of_resource(resource))
    }

    pub(super) fn any_profile(&mut self, element: Element<'a>, profiles: &[String], shape: &'a Shape, node: usize) {
        let answers: Vec<Option<bool>> = profiles.iter().map(|profile| self.conforms(element, profile)).collect();
        if answers.contains(&Some(true)) {
            return;
        }
        match profiles.iter().zip(&answers).find(|(_, answer)| answer.is_none()) {
            Some((profile, _)) => self.leave_open(Reason::DefinitionMissing, profile.clone(), &shape.url),
            None => self.tell(Code::NoProfileFits, shape, node, one_of(profiles), Text::new("geen", "none")),
        }
    }

    /// Whether a reference leads to a type, and where it is at hand to a resource, that the element may refer to.
    pub(super) fn reference(&mut self, element: Element<'a>, targets: &[String], shape: &'a Shape, node: usize) {
        let text = element.value.and_then(|value| value.get("reference")).and_then(Value::as_str);
        let Some(reference) = text else { return };
        let resolution = self.world().follow(reference);
        let (type_name, target) = match &resolution {
            Resolution::Found(target) => {
                let name = target.value.and_then(|value| value.get("resourceType")).and_then(Value::as_str);
                (name.unwrap_or_default(), Some(*target))
            }
            Resolution::OfType(name) => (name.as_str(), None),
            Resolution::Unknown => return self.unknown_target(reference, targets, shape, node),
        };
        let checker = self.checker;
        let mut fitting = Vec::new();
        for profile in targets {
            match checker.definitions.structure(profile) {
                Some(structure) if checker.definitions.is_a(type_name, structure.type_name) => {
                    if structure.derivation != "constraint" {
                        return;
                    }
                    fitting.push(profile.clone());
                }
                Some(_) => {}
                // Types of the standard tell their name, also without their definition.
                None if profile.strip_prefix(CORE) == Some(type_name) => return,
                None => return self.leave_open(Reason::DefinitionMissing, profile.clone(), &shape.url),
            }
        }
        if targets.is_empty() {
            return;
        }
        if fitting.is_empty() {
            let names: Vec<&str> = targets.iter().map(|target| target.rsplit('/').next().unwrap_or(target)).collect();
            let found = Text::same(format!("{reference} ({type_name})"));
            return self.tell(Code::ReferenceType, shape, node, one_of(&names), found);
        }
        if !checker.options.reference_targets {
            return;
        }
        let Some(target) = target else {
            return self.leave_open(
                Reason::TargetMissing,
                format!("{reference} as {}", fitting.join(" or ")),
                &shape.url,
            );
        };
        self.target_profiles(target, reference, &fitting, shape, node);
    }

    fn target_profiles(
        &mut self,
        target: Element<'a>,
        reference: &str,
        profiles: &[String],
        shape: &'a Shape,
        node: usize,
    ) {
        let before = self.here;
        let value = target.value.unwrap_or(before.position.root);
        if !reference.starts_with('#') {
            // The target is a resource of its own, with references of its own.
            self.here.position.root = value;
        }
        self.here.resource = target;
        let answers: Vec<Option<bool>> = profiles.iter().map(|profile| self.conforms(target, profile)).collect();
        self.here = before;
        if answers.contains(&Some(true)) {
            return;
        }
        if answers.contains(&None) {
            return self.leave_open(Reason::Limit, format!("{reference} as {}", profiles.join(" or ")), &shape.url);
        }
        self.tell(Code::ReferenceProfile, shape, node, one_of(profiles), Text::same(reference));
    }

    fn unknown_target(&mut self, reference: &str, targets: &[String], shape: &'a Shape, node: usize) {
        let is_inside = reference.starts_with('#') || (self.document.is_bundle && reference.starts_with("urn:"));
        if is_inside {
            let due = Text::new("een resource in het document", "a resource in the document");
            return self.tell(Code::DanglingReference, shape, node, due, Text::same(reference));
        }
        if !targets.is_empty() && !targets.contains(&core_url("Resource")) {
            self.leave_open(Reason::TargetMissing, reference, &shape.url);
        }
    }
}

/// What is due instead, when a value is no array where one is due, or the reverse.
fn array_fault(value: &Value, is_list: bool) -> Option<Form> {
    match value {
        Value::Null => Some(("een waarde in plaats van null", "a value instead of null")),
        Value::Array(items) if items.is_empty() => Some(("minstens één item", "at least one item")),
        Value::Array(_) if !is_list => Some(("één losse waarde", "a single value")),
        Value::Array(_) => None,
        _ if is_list => Some(("een array", "an array")),
        _ => None,
    }
}

/// The first item with nothing in it; `null` may stand where the other of value and twin has something.
fn empty_item<'v>(value: &'v Value, other: Option<&Value>) -> Option<&'v Value> {
    let items = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    let has_other = |position: usize| match other {
        Some(Value::Array(others)) => others.get(position).is_some_and(|other| !other.is_null()),
        Some(_) => true,
        None => false,
    };
    let is_empty = |(position, item): &(usize, &Value)| match item {
        Value::Null => value.is_array() && !has_other(*position),
        Value::String(text) => text.is_empty(),
        Value::Object(own) => own.is_empty(),
        Value::Array(_) => true,
        _ => false,
    };
    items.iter().enumerate().find(is_empty).map(|(_, item)| item)
}

fn shown(value: Option<&Value>) -> Text {
    value.map_or_else(|| Text::new("niets", "nothing"), |value| Text::same(cut(&value.to_string())))
}

fn shown_code((system, code): &(Option<&str>, &str)) -> String {
    system.map_or_else(|| (*code).to_owned(), |system| format!("{system}|{code}"))
}

/// The codes in a code, uri, Coding, CodeableConcept or Quantity, with their systems.
pub(super) fn codes(value: &Value) -> Vec<(Option<&str>, &str)> {
    fn of(value: &Value) -> Option<(Option<&str>, &str)> {
        let code = value.get("code").and_then(Value::as_str)?;
        // A coding without a system is in no system, rather than in any.
        Some((Some(value.get("system").and_then(Value::as_str).unwrap_or_default()), code))
    }
    match value {
        Value::String(code) => vec![(None, code)],
        Value::Object(object) => match object.get("coding") {
            Some(Value::Array(codings)) => codings.iter().filter_map(of).collect(),
            _ => of(value).into_iter().collect(),
        },
        _ => Vec::new(),
    }
}
