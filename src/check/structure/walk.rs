//! Walks a resource along the trees of the standard and of the profiles.
//!
//! A value is looked at once for each definition, however many profiles lead to it; so references in a circle and
//! wide bundles cost no more than their size.

use serde_json::{Map, Value};

use crate::base::text::Text;
use crate::wire::fhir::definitions::{TypeUse, core_url, only_in};
use crate::wire::fhirpath::{Element, Kind};

use super::ProfileChecker;
use super::document::Position;
use super::finding::{Code, Finding, Outcome, Reason, Severity, one_of};
use super::read::wrong_release;
use super::session::{Here, Instance, Session, cut};
use super::shape::Shape;
use super::world::{kind, type_id};

/// Deepest nesting of elements that is followed.
const DEEPEST: usize = 100;
pub(super) fn check(checker: &ProfileChecker, resource: &Value, profiles: &[&str]) -> Outcome {
    let mut session = Session::new(checker, resource);
    let mut wanted: Vec<String> = profiles.iter().map(|profile| (*profile).to_owned()).collect();
    wanted.dedup();
    session.resource(resource, &wanted, Position { root: resource, full_url: None });
    session.finish()
}

impl<'a> Session<'a> {
    /// A resource with its own surroundings: the document itself, an entry or a contained resource.
    fn resource(&mut self, value: &'a Value, profiles: &[String], position: Position<'a>) {
        let checker = self.checker;
        let id = checker.definitions.type_of_resource(value);
        let element = Element::new(value, kind(id));
        let before = std::mem::replace(&mut self.here, Here { resource: element, position });
        match value.get("resourceType").and_then(Value::as_str) {
            None => self.no_resource(value),
            Some(name) => match checker.core_shape(name).filter(|shape| !shape.is_profile && id.is_some()) {
                Some(shape) => self.root(element, name, shape),
                None => self.unknown_type(name),
            },
        }
        let claimed = value.pointer("/meta/profile").and_then(Value::as_array).into_iter().flatten();
        let claimed = claimed.filter_map(Value::as_str).filter(|_| checker.options.claimed_profiles).map(str::to_owned);
        let mut all: Vec<String> = profiles.to_vec();
        all.extend(claimed);
        for (position, profile) in all.iter().enumerate() {
            if !all[..position].contains(profile) {
                self.profile(element, profile);
            }
        }
        self.here = before;
    }

    /// A type without a definition at hand: of another release, or of a definition that was not given.
    fn unknown_type(&mut self, name: &str) {
        let release = self.checker.definitions.release();
        if only_in(name).is_none_or(|other| other == release) {
            return self.leave_open(Reason::DefinitionMissing, core_url(name), "");
        }
        let finding = wrong_release(name, release, self.pointer());
        self.frame().errors += 1;
        self.frame().findings.push(finding);
    }

    fn no_resource(&mut self, value: &Value) {
        let pointer = self.pointer();
        let found = cut(&value.to_string());
        self.frame().errors += 1;
        self.frame().findings.push(Finding {
            code: Code::NotAResource,
            severity: Severity::Error,
            element: String::new(),
            pointer,
            profile: String::new(),
            expected: Text::new("een object met een resourceType", "an object with a resourceType"),
            found: Text::same(found),
        });
    }

    /// Holds a value against a profile by its url.
    pub(super) fn profile(&mut self, element: Element<'a>, profile: &str) {
        let checker = self.checker;
        let Some(shape) = checker.shape(profile) else {
            return self.leave_open(Reason::DefinitionMissing, profile, "");
        };
        if self.frames.len() == 1 && !self.profiles.contains(&shape.url) {
            self.profiles.push(shape.url.clone());
        }
        let own = element.value.and_then(|value| value.get("resourceType")).and_then(Value::as_str);
        let name = own.or_else(|| type_id(element.kind).and_then(|id| checker.definitions.type_name(id)));
        self.root(element, name.unwrap_or(&shape.type_name), shape);
    }

    /// Walks a value along a definition from its root, once.
    pub(super) fn root(&mut self, element: Element<'a>, type_name: &'a str, shape: &'a Shape) {
        let key = (element.address(), shape.number);
        if let Some(errors) = self.frames.iter().rev().find_map(|frame| frame.walked.get(&key)).copied() {
            self.frame().errors += errors;
            return;
        }
        // While it is being walked it counts as conforming, so that circles come to an end.
        self.frame().walked.insert(key, 0);
        let before = self.frame().errors;
        for (reason, what) in &shape.gaps {
            self.leave_open(*reason, what.clone(), &shape.url);
        }
        let definitions = &self.checker.definitions;
        let is_exact = type_name == shape.type_name;
        if is_exact || definitions.is_a(type_name, &shape.type_name) || definitions.type_named(type_name).is_none() {
            self.node(Instance { element, type_name, is_primitive: false, key: "", index: None }, shape, 0);
        } else {
            let code = if definitions.is_resource(type_name) { Code::WrongResourceType } else { Code::TypeNotAllowed };
            self.tell(code, shape, 0, Text::same(&shape.type_name), Text::same(type_name));
        }
        let errors = self.frame().errors - before;
        self.frame().walked.insert(key, errors);
    }

    /// Holds one occurrence against one element or slice: what it is, and what is in it.
    pub(super) fn node(&mut self, instance: Instance<'a>, shape: &'a Shape, node: usize) {
        if self.path.len() > DEEPEST {
            let due = Text::new(format!("hooguit {DEEPEST} niveaus"), format!("at most {DEEPEST} levels"));
            return self.tell(Code::TooDeep, shape, node, due, Text::new("meer", "more"));
        }
        let own = &shape.nodes[node];
        self.value_rules(&instance, shape, node);
        if !own.children.is_empty() {
            self.children(instance, shape, node);
        }
        self.type_rules(instance, shape, node);
        self.invariant_rules(instance.element, shape, node);
    }

    /// What the type of an occurrence asks for, in the standard and in the profiles on the type.
    fn type_rules(&mut self, instance: Instance<'a>, shape: &'a Shape, node: usize) {
        let own = &shape.nodes[node];
        let checker = self.checker;
        if node != 0 && !shape.is_profile {
            match own.content {
                Some(content) => self.node(instance, shape, content),
                None if own.children.is_empty() => self.base_type(instance, shape),
                None => {}
            }
        }
        let exact = own.types.iter().find(|found| found.code == instance.type_name);
        let is_one = |found: &&TypeUse| checker.definitions.is_a(instance.type_name, &found.code);
        let Some(found) = exact.or_else(|| own.types.iter().find(is_one)) else {
            if node != 0 && !own.types.is_empty() && !instance.type_name.is_empty() {
                if checker.definitions.type_named(instance.type_name).is_none() {
                    // Whether a type that is not at hand specialises one that is allowed cannot be told.
                    return self.leave_open(Reason::DefinitionMissing, core_url(instance.type_name), &shape.url);
                }
                let allowed: Vec<&str> = own.types.iter().map(|found| found.code.as_str()).collect();
                self.tell(Code::TypeNotAllowed, shape, node, one_of(&allowed), Text::same(instance.type_name));
            }
            return;
        };
        if node == 0 {
            return;
        }
        match &found.profiles[..] {
            [] => {}
            [profile] => self.profile(instance.element, profile),
            several => self.any_profile(instance.element, several, shape, node),
        }
        if found.code == "Reference" {
            self.reference(instance.element, &found.targets, shape, node);
        }
    }

    /// Walks along the definition of the type itself.
    fn base_type(&mut self, instance: Instance<'a>, shape: &'a Shape) {
        let checker = self.checker;
        if instance.element.value.is_some_and(|value| value.get("resourceType").is_some())
            && checker.definitions.is_resource(instance.type_name)
        {
            let Some(value) = instance.element.value else { return };
            let is_contained = instance.key == "contained";
            let before = self.here.position;
            let root = if is_contained { before.root } else { value };
            let full_url = if is_contained { before.full_url } else { self.full_url() };
            return self.resource(value, &[], Position { root, full_url });
        }
        if instance.element.twin.is_none() && instance.is_primitive {
            return;
        }
        let known = type_id(instance.element.kind).and_then(|id| checker.definitions.structure_of(id));
        match known.and_then(|number| checker.shape_at(number)).or_else(|| checker.core_shape(instance.type_name)) {
            Some(own) => {
                self.root(instance.element, instance.type_name, own);
                if instance.type_name == "Extension" {
                    self.extension(instance);
                }
            }
            None if instance.type_name.is_empty() => {}
            None => self.leave_open(Reason::DefinitionMissing, core_url(instance.type_name), &shape.url),
        }
    }

    /// `fullUrl` of the entry that is being walked.
    fn full_url(&self) -> Option<&'a str> {
        let bundle = self.here.resource.value?;
        let entry = self.path.iter().rev().find(|(key, _)| *key == "entry").and_then(|(_, index)| *index)?;
        bundle.get("entry")?.get(entry)?.get("fullUrl")?.as_str()
    }

    /// Any extension is held against its own definition, wherever it stands.
    fn extension(&mut self, instance: Instance<'a>) {
        let url = instance.element.value.and_then(|value| value.get("url")).and_then(Value::as_str);
        let Some(url) = url.filter(|url| url.contains(':')) else { return };
        let checker = self.checker;
        match checker.shape(url) {
            Some(shape) if shape.type_name == "Extension" => {
                let is_modifier = shape.nodes[0].is_modifier == Some(true);
                if is_modifier != (instance.key == "modifierExtension") {
                    let due = if is_modifier { "modifierExtension" } else { "extension" };
                    self.tell(Code::ModifierMismatch, shape, 0, Text::same(due), Text::same(instance.key));
                }
                self.root(instance.element, "Extension", shape);
            }
            _ => self.leave_open(Reason::ExtensionUnknown, url, ""),
        }
    }

    fn children(&mut self, instance: Instance<'a>, shape: &'a Shape, node: usize) {
        let element = instance.element;
        let object = match element.value {
            Some(Value::Object(object)) => Some(object),
            Some(_) | None => element.twin.and_then(Value::as_object),
        };
        let Some(object) = object else {
            // A primitive without a twin has no members, so whatever is asked of it is absent.
            return shape.nodes[node].children.iter().for_each(|child| self.absent(instance, shape, *child));
        };
        if !shape.is_profile {
            self.members(object, element.kind, shape, node);
        }
        let has_twins = object.keys().any(|key| key.starts_with('_'));
        for child in &shape.nodes[node].children {
            if element.value.is_none_or(|value| !value.is_object()) && shape.nodes[*child].name == "value" {
                continue;
            }
            let found = self.occurrences(object, element.kind, shape, *child, has_twins);
            self.occurrences_rules(&found, shape, *child);
        }
    }

    /// An element that has nothing under it; the value of a primitive is not under it but itself.
    fn absent(&mut self, of: Instance<'a>, shape: &'a Shape, child: usize) {
        let is_value = shape.nodes[child].name == "value" && of.is_primitive;
        if !is_value {
            self.occurrences_rules(&[], shape, child);
        }
    }

    fn occurrences_rules(&mut self, found: &[Instance<'a>], shape: &'a Shape, child: usize) {
        self.count(found.len(), shape, child);
        for instance in found {
            self.below(instance, |session| session.node(*instance, shape, child));
        }
        if !shape.nodes[child].slices.is_empty() {
            self.slices(found, shape, child);
        }
    }

    pub(super) fn count(&mut self, count: usize, shape: &Shape, node: usize) {
        let own = &shape.nodes[node];
        let range = || {
            let range = format!("{}..{}", own.min, own.max());
            Text::new(format!("{range} van {}", own.id), format!("{range} of {}", own.id))
        };
        if count < own.min as usize {
            self.tell(Code::TooFew, shape, node, range(), Text::same(count.to_string()));
        } else if !own.max().allows(count) {
            self.tell(Code::TooMany, shape, node, range(), Text::same(count.to_string()));
        }
    }

    /// All occurrences of an element under the JSON names that it may have.
    pub(super) fn occurrences(
        &self,
        object: &'a Map<String, Value>,
        of: Kind,
        shape: &'a Shape,
        child: usize,
        has_twins: bool,
    ) -> Vec<Instance<'a>> {
        let own = &shape.nodes[child];
        let mut found = Vec::new();
        if !own.is_choice {
            let value = object.get_key_value(own.name.as_str());
            let twin = if has_twins { object.get(&own.twin_name) } else { None };
            let key = value.map_or(own.name.as_str(), |(key, _)| key);
            self.collect(
                key,
                value.map(|(_, value)| value),
                twin,
                of,
                own.types.first().map(|t| t.code.as_str()),
                &mut found,
            );
            return found;
        }
        for key in object.keys() {
            let plain = key.strip_prefix('_').unwrap_or(key);
            if !plain.starts_with(own.name.as_str()) || (plain.len() != key.len() && object.contains_key(plain)) {
                continue;
            }
            let is_own = match type_id(of) {
                Some(id) => self.checker.definitions.member(id, plain).is_some_and(|member| member.element == own.name),
                None => plain.strip_prefix(&own.name).is_some_and(crate::wire::fhirpath::is_type_suffix),
            };
            if is_own {
                let twin = if has_twins { object.get(&format!("_{plain}")) } else { None };
                self.collect(plain, object.get(plain), twin, of, None, &mut found);
            }
        }
        found
    }

    pub(super) fn collect(
        &self,
        key: &'a str,
        value: Option<&'a Value>,
        twin: Option<&'a Value>,
        of: Kind,
        stated: Option<&'a str>,
        found: &mut Vec<Instance<'a>>,
    ) {
        if value.is_none() && twin.is_none() {
            return;
        }
        let definitions = &self.checker.definitions;
        let member = type_id(of).and_then(|id| definitions.member(id, key));
        let is_list = matches!(value, Some(Value::Array(_))) || matches!(twin, Some(Value::Array(_)));
        let length = |value: Option<&Value>| value.and_then(Value::as_array).map_or(0, Vec::len);
        // The index belongs to the value; a twin of another form is told elsewhere.
        let is_indexed = value.map_or(is_list, Value::is_array);
        let count = if is_list { length(value).max(length(twin)) } else { 1 };
        for position in 0..count {
            let at = |value: Option<&'a Value>| {
                match value {
                    Some(Value::Array(items)) => items.get(position),
                    other => other,
                }
                .filter(|item| !item.is_null())
            };
            let (value, twin) = (at(value), at(twin));
            if value.is_none() && twin.is_none() {
                continue;
            }
            let id = member.and_then(|member| definitions.enter(member, value));
            let resource = value.and_then(|value| value.get("resourceType")).and_then(Value::as_str);
            let type_name = member.map(|member| member.type_name.as_str()).or(stated).unwrap_or_default();
            let type_name = resource.filter(|_| definitions.is_a(type_name, "Resource")).unwrap_or(type_name);
            let element = Element { value, twin, kind: kind(id) };
            let is_primitive = member.is_some_and(|member| member.is_primitive);
            found.push(Instance { element, type_name, is_primitive, key, index: is_indexed.then_some(position) });
        }
    }
}
