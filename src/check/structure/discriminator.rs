//! Whether an instance fits a slice, by the discriminators of the slicing.
//!
//! Clause: hl7.org/fhir/R4/profiling.html section "Discriminator".

use serde_json::Value;

use crate::wire::fhir::definitions::{DiscriminatorKind, Max, Membership};
use crate::wire::fhirpath::{Element, Resolution};

use super::session::{Instance, Session};
use super::shape::{Shape, SlicingRule, Step};
use super::value::{equals, holds};
use super::value_rules::codes;

/// Whether an instance fits a slice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fit {
    Yes,
    No,
    /// That cannot be told; why.
    Open(String),
}

impl Fit {
    fn of(fits: bool) -> Self {
        if fits { Self::Yes } else { Self::No }
    }

    /// Both must fit.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Open(why), _) | (_, Self::Open(why)) => Self::Open(why),
            _ => Self::Yes,
        }
    }

    /// One will do.
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::Open(why), _) | (_, Self::Open(why)) => Self::Open(why),
            _ => Self::No,
        }
    }
}

/// An element of a definition.
type Place<'a> = (&'a Shape, usize);

/// What stands at the path of a discriminator in an instance.
enum Seen<'a> {
    Elements(Vec<Instance<'a>>),
    /// A reference leads to a resource that is not at hand, of this type if that is known.
    Away(Option<String>),
}

impl<'a> Session<'a> {
    pub(super) fn fits(&mut self, instance: Instance<'a>, shape: &'a Shape, slice: usize, rule: &SlicingRule) -> Fit {
        if shape.nodes[slice].is_extension()
            && let [discriminator] = &rule.slicing.discriminators[..]
            && discriminator.path == "url"
            && let Some(url) = self.extension_url(shape, slice)
        {
            return Fit::of(
                instance.element.value.and_then(|value| value.get("url")).and_then(Value::as_str) == Some(url),
            );
        }
        let mut fit = Fit::Yes;
        for (discriminator, steps) in rule.slicing.discriminators.iter().zip(&rule.steps) {
            let Some(steps) = steps else {
                return Fit::Open(format!("path {:?} cannot be followed", discriminator.path));
            };
            let one = match discriminator.kind {
                DiscriminatorKind::Value | DiscriminatorKind::Pattern => self.fits_value(instance, shape, slice, steps),
                DiscriminatorKind::Exists => self.fits_presence(instance, shape, slice, steps),
                DiscriminatorKind::Type => self.fits_type(instance, shape, slice, steps),
                DiscriminatorKind::Profile => self.fits_profile(instance, shape, slice, steps),
                DiscriminatorKind::Unknown => Fit::Open("discriminator of an unknown kind".to_owned()),
            };
            fit = fit.and(one);
            if fit == Fit::No {
                break;
            }
        }
        fit
    }

    /// The url of a slice of extensions: its own, or that of the slice of the same name in a profile on the type of
    /// what it stands in.
    fn extension_url(&self, shape: &'a Shape, slice: usize) -> Option<&'a str> {
        shape.extension_url(slice).or_else(|| {
            let own = &shape.nodes[slice];
            let holder = &shape.nodes[own.parent?];
            let profiles = holder.types.iter().flat_map(|found| &found.profiles);
            profiles.filter_map(|profile| self.checker.shape(profile)).find_map(|outer| {
                let slices = &outer.nodes[outer.child(0, &own.name)?].slices;
                let same = slices.iter().find(|slice| outer.nodes[**slice].slice_name == own.slice_name)?;
                outer.extension_url(*same)
            })
        })
    }

    fn fits_value(&mut self, instance: Instance<'a>, shape: &'a Shape, slice: usize, steps: &[Step]) -> Fit {
        let places = self.places(shape, slice, steps);
        let instances = match self.see(instance, steps) {
            Seen::Elements(found) => found,
            Seen::Away(_) => return Fit::Open("the reference leads to nothing at hand".to_owned()),
        };
        if !places.iter().any(|place| self.has_criterion(*place, 0)) {
            let above = self.stated_above(shape, slice, steps);
            if !above.is_empty() {
                let has = |stated: &&Value| {
                    instances.iter().any(|instance| instance.element.value.is_some_and(|value| holds(value, stated)))
                };
                return Fit::of(above.iter().all(has));
            }
        }
        let mut fit = Fit::Open("the slice states no value".to_owned());
        for place in places {
            let mut answers = instances.iter().map(|instance| self.satisfies(*instance, place));
            let first = answers.next();
            let one = match first {
                Some(first) => answers.fold(first, |known, next| match (known, next) {
                    (Some(known), Some(next)) => Some(known.or(next)),
                    (known, next) => known.or(next),
                }),
                // Nothing stands at the path: no value fits, if one is asked for at all.
                None => self.has_criterion(place, 0).then_some(Fit::No),
            };
            match one {
                Some(Fit::Yes) => return Fit::Yes,
                Some(one) => fit = one,
                None => {}
            }
        }
        fit
    }

    /// What a fixed value or pattern above the path of a discriminator states at that path.
    fn stated_above(&self, shape: &'a Shape, slice: usize, steps: &[Step]) -> Vec<&'a Value> {
        let mut found = Vec::new();
        for (position, _) in steps.iter().enumerate() {
            for (shape, node) in self.places(shape, slice, &steps[..position]) {
                let own = &shape.nodes[node];
                for value in own.fixed.iter().chain(&own.patterns) {
                    found.extend(projected(value, &steps[position..]));
                }
            }
        }
        found
    }

    fn has_criterion(&self, (shape, node): Place<'a>, depth: usize) -> bool {
        let own = &shape.nodes[node];
        let is_stated = !own.fixed.is_empty() || !own.patterns.is_empty();
        let is_bound = own.bindings.iter().any(|binding| binding.is_required && !binding.value_set.is_empty());
        is_stated
            || (depth == 0 && is_bound)
            || (depth < 4 && own.children.iter().any(|child| self.has_criterion((shape, *child), depth + 1)))
    }

    /// Whether a value is what the slice states there: fixed, pattern, value set, or these on its members; none when
    /// the slice states nothing.
    fn satisfies(&self, instance: Instance<'a>, place: Place<'a>) -> Option<Fit> {
        self.satisfies_at(instance, place, 0)
    }

    fn satisfies_at(&self, instance: Instance<'a>, (shape, node): Place<'a>, depth: usize) -> Option<Fit> {
        let own = &shape.nodes[node];
        let value = instance.element.value;
        let mut fit: Option<Fit> = None;
        let mut add = |one: Fit| fit = Some(fit.take().map_or(one.clone(), |known| known.and(one)));
        for fixed in &own.fixed {
            add(Fit::of(value.is_some_and(|value| equals(value, fixed))));
        }
        for pattern in &own.patterns {
            add(Fit::of(value.is_some_and(|value| holds(value, pattern))));
        }
        if depth < 4
            && let Some(Value::Object(object)) = value
        {
            for child in own.children.iter().filter(|child| self.has_criterion((shape, **child), depth + 1)) {
                let has_twins = object.keys().any(|key| key.starts_with('_'));
                let found = self.occurrences(object, instance.element.kind, shape, *child, has_twins);
                let any = found.iter().filter_map(|found| self.satisfies_at(*found, (shape, *child), depth + 1));
                add(any.fold(Fit::No, Fit::or));
            }
        }
        if depth == 0
            && let Some(value) = value
        {
            // Where a value is stated it decides; otherwise the value set does.
            let is_stated = fit.is_some();
            for binding in own.bindings.iter().filter(|binding| !is_stated && !binding.value_set.is_empty()) {
                let one = self.fits_binding(value, &binding.value_set, binding.is_required);
                fit = Some(fit.take().map_or(one.clone(), |known| known.and(one)));
            }
        }
        fit
    }

    fn fits_binding(&self, value: &Value, value_set: &str, is_required: bool) -> Fit {
        let mut fit = Fit::No;
        for (system, code) in codes(value) {
            fit = fit.or(match self.checker.definitions.membership(value_set, system, code) {
                Membership::In => Fit::Yes,
                // Another code may stand in a slice whose binding may be extended.
                Membership::Out if is_required => Fit::No,
                Membership::Out => Fit::Open(format!("{value_set} is not required")),
                Membership::Unknown(why) => Fit::Open(why),
            });
        }
        fit
    }

    fn fits_presence(&mut self, instance: Instance<'a>, shape: &'a Shape, slice: usize, steps: &[Step]) -> Fit {
        let places = self.places(shape, slice, steps);
        let is_due = places.iter().any(|(shape, node)| shape.nodes[*node].min > 0);
        let is_barred = places.iter().any(|(shape, node)| shape.nodes[*node].max() == Max::Count(0));
        match self.see(instance, steps) {
            Seen::Away(_) => Fit::Open("the reference leads to nothing at hand".to_owned()),
            Seen::Elements(_) if is_due == is_barred => Fit::Open("the slice states no presence".to_owned()),
            Seen::Elements(found) => Fit::of(found.is_empty() != is_due),
        }
    }

    fn fits_type(&mut self, instance: Instance<'a>, shape: &'a Shape, slice: usize, steps: &[Step]) -> Fit {
        let places = self.places(shape, slice, steps);
        let definitions = &self.checker.definitions;
        let codes: Vec<&str> = places
            .iter()
            .flat_map(|(shape, node)| match node {
                0 => vec![shape.type_name.as_str()],
                _ => shape.nodes[*node].types.iter().map(|found| found.code.as_str()).collect(),
            })
            .collect();
        if codes.is_empty() {
            return Fit::Open("the slice states no type".to_owned());
        }
        let is_one = |name: &str| codes.iter().any(|code| definitions.is_a(name, code));
        match self.see(instance, steps) {
            Seen::Elements(found) => Fit::of(found.iter().any(|found| is_one(found.type_name))),
            Seen::Away(Some(name)) => Fit::of(is_one(&name)),
            Seen::Away(None) => Fit::Open("the reference leads to nothing at hand".to_owned()),
        }
    }

    fn fits_profile(&mut self, instance: Instance<'a>, shape: &'a Shape, slice: usize, steps: &[Step]) -> Fit {
        let (steps, is_target) = match steps.split_last() {
            Some((Step::Resolve, before)) => (before, true),
            _ => (steps, false),
        };
        let places = self.places(shape, slice, steps);
        let stated = places.iter().flat_map(|(shape, node)| &shape.nodes[*node].types);
        let profiles: Vec<&'a String> =
            stated.flat_map(|found| if is_target { &found.targets } else { &found.profiles }).collect();
        if profiles.is_empty() {
            return Fit::Open("the slice states no profile".to_owned());
        }
        let path: &[Step] = if is_target { &[Step::Resolve] } else { &[] };
        let Seen::Elements(holders) = self.see(instance, steps) else {
            return Fit::Open("the reference leads to nothing at hand".to_owned());
        };
        let mut fit = Fit::No;
        for holder in holders {
            match self.see(holder, path) {
                Seen::Elements(found) => {
                    for found in found {
                        for profile in &profiles {
                            fit = fit.or(self.fits_one_profile(found, profile));
                        }
                    }
                }
                Seen::Away(name) => {
                    let may_fit = name.as_deref().is_none_or(|name| self.may_be(name, &profiles));
                    let why = "the reference leads to nothing at hand".to_owned();
                    fit = fit.or(if may_fit { Fit::Open(why) } else { Fit::No });
                }
            }
        }
        fit
    }

    fn may_be(&self, type_name: &str, profiles: &[&String]) -> bool {
        let definitions = &self.checker.definitions;
        profiles.iter().any(|profile| {
            definitions.structure(profile).is_none_or(|structure| definitions.is_a(type_name, structure.type_name))
        })
    }

    fn fits_one_profile(&mut self, found: Instance<'a>, profile: &str) -> Fit {
        if !self.may_be(found.type_name, &[&profile.to_owned()]) {
            return Fit::No;
        }
        let before = self.here;
        if found.element.value.is_some_and(|value| value.get("resourceType").is_some()) {
            self.here.resource = found.element;
        }
        let answer = self.conforms(found.element, profile);
        self.here = before;
        answer.map_or_else(|| Fit::Open(format!("{profile} is not at hand")), Fit::of)
    }

    /// The elements of the definition at the path of a discriminator, through profiles on the types where needed.
    fn places(&self, shape: &'a Shape, slice: usize, steps: &[Step]) -> Vec<Place<'a>> {
        let mut places = vec![(shape, slice)];
        for step in steps {
            let mut next = Vec::new();
            for place in places {
                self.places_below(place, step, &mut next);
            }
            places = next;
        }
        places
    }

    fn places_below(&self, (shape, node): Place<'a>, step: &Step, next: &mut Vec<Place<'a>>) {
        let own = &shape.nodes[node];
        let profiles = own.types.iter().flat_map(|found| &found.profiles);
        match step {
            Step::Child(name) => {
                if let Some(child) = shape.child(node, name) {
                    next.push((shape, child));
                    next.extend(shape.nodes[child].slices.iter().map(|slice| (shape, *slice)));
                }
                for own in profiles.filter_map(|profile| self.checker.shape(profile)) {
                    next.extend(own.child(0, name).map(|child| (own, child)));
                }
            }
            Step::Extension(url) => {
                let holder = shape.child(node, "extension");
                let slices = holder.into_iter().flat_map(|holder| &shape.nodes[holder].slices);
                next.extend(
                    slices.filter(|slice| shape.extension_url(**slice) == Some(url)).map(|slice| (shape, *slice)),
                );
            }
            Step::OfType(_) => next.push((shape, node)),
            Step::Resolve => {
                let targets = own.types.iter().flat_map(|found| &found.targets);
                next.extend(targets.filter_map(|target| self.checker.shape(target)).map(|shape| (shape, 0)));
            }
        }
    }

    /// What stands at the path of a discriminator in the instance.
    fn see(&self, instance: Instance<'a>, steps: &[Step]) -> Seen<'a> {
        let mut found = vec![instance];
        for step in steps {
            let mut next = Vec::new();
            for instance in found {
                match step {
                    Step::Child(name) => self.named(instance.element, name, &mut next),
                    Step::Extension(url) => {
                        let before = next.len();
                        self.named(instance.element, "extension", &mut next);
                        let is_other = |found: &Instance<'a>| {
                            found.element.value.and_then(|value| value.get("url")).and_then(Value::as_str) != Some(url)
                        };
                        let mut added = next.split_off(before);
                        added.retain(|found| !is_other(found));
                        next.extend(added);
                    }
                    Step::OfType(name) => {
                        if self.checker.definitions.is_a(instance.type_name, name) {
                            next.push(instance);
                        }
                    }
                    Step::Resolve => {
                        let text =
                            instance.element.value.and_then(|value| value.get("reference")).and_then(Value::as_str);
                        let Some(reference) = text else { continue };
                        match self.world().follow(reference) {
                            Resolution::Found(element) => next.push(self.resource_instance(element)),
                            Resolution::OfType(name) => return Seen::Away(Some(name)),
                            Resolution::Unknown => return Seen::Away(None),
                        }
                    }
                }
            }
            found = next;
        }
        Seen::Elements(found)
    }

    /// The occurrences of an element by its name, without the help of a profile.
    fn named(&self, of: Element<'a>, name: &str, next: &mut Vec<Instance<'a>>) {
        let holder = of.value.and_then(Value::as_object).or_else(|| of.twin.and_then(Value::as_object));
        let Some(object) = holder else { return };
        let keys = super::world::type_id(of.kind).and_then(|id| self.checker.definitions.keys(id, name));
        let own = [name.to_owned()];
        for key in keys.unwrap_or(&own) {
            let Some((key, value)) = object.get_key_value(key.as_str()) else { continue };
            self.collect(key, Some(value), None, of.kind, None, next);
        }
    }

    fn resource_instance(&self, element: Element<'a>) -> Instance<'a> {
        let name = element.value.and_then(|value| value.get("resourceType")).and_then(Value::as_str);
        Instance { element, type_name: name.unwrap_or_default(), is_primitive: false, key: "", index: None }
    }
}

/// What stands in a value at a path of plain names.
fn projected<'v>(value: &'v Value, steps: &[Step]) -> Vec<&'v Value> {
    let mut found = vec![value];
    for step in steps {
        let Step::Child(name) = step else { return Vec::new() };
        let below = found.into_iter().filter_map(|value| value.get(name));
        found = below.flat_map(|value| value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice)).collect();
    }
    found
}
