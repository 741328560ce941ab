//! Walking the tree of an expression over a resource.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use serde_json::Value;

use super::expression::{Expression, Node};
use super::functions::Function;
use super::is_type_suffix;
use super::value::{Element, Item, Kind};

/// Where a reference leads.
#[derive(Debug, Clone)]
pub enum Resolution<'a> {
    /// To a resource at hand.
    Found(Element<'a>),
    /// To a resource that is not at hand, of a type that the reference itself tells.
    OfType(String),
    /// Nowhere that is known.
    Unknown,
}

/// What an evaluation asks of the world around the resource.
pub trait Environment<'a> {
    /// JSON member names under which an element of this name may stand in a value of this type: one, or several for
    /// a choice. None when the definition is at hand and has no such element.
    fn keys(&self, kind: Kind, element: &str) -> Option<&[String]>;
    /// The type of the value under a JSON member name.
    fn enter(&self, kind: Kind, key: &str, value: Option<&Value>) -> Kind;
    /// Name of the type; none when unknown.
    fn type_name(&self, kind: Kind) -> Option<&str>;
    /// Whether the first type is the second, or specialises it.
    fn is_a(&self, type_name: &str, ancestor: &str) -> bool;
    /// Where a reference leads, as seen from the resource that is being evaluated.
    fn resolve(&self, reference: &str) -> Resolution<'a>;
    /// Whether a code is in a value set; none when that cannot be told.
    fn is_member(&self, system: Option<&str>, code: &str, value_set: &str) -> Option<bool>;
    /// Whether a narrative keeps the rules for XHTML in FHIR.
    fn narrative_is_sound(&self, xhtml: &str) -> bool;
}

/// Why an expression has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Undecided {
    /// A reference leads to a resource that is not at hand.
    #[error("reference {0:?} leads to nothing at hand")]
    Unresolved(String),
    /// The definition has no such element: the expression itself is at fault.
    #[error("type {type_name} has no element {name:?}")]
    UnknownElement {
        /// The type.
        type_name: String,
        /// The name in the expression.
        name: String,
    },
    /// A type without a definition, where one is needed.
    #[error("no definition at hand to find {0:?}")]
    UnknownType(String),
    /// Terminology that is not at hand.
    #[error("membership of value set {0:?} cannot be told")]
    Terminology(String),
    /// Several items where one is needed.
    #[error("{0} wants a single item")]
    NotSingle(&'static str),
    /// Something of FHIRPath that is not supported.
    #[error("{0} is not supported")]
    Unsupported(String),
    /// More work than is allowed.
    #[error("more steps than are allowed")]
    TooMuch,
}

/// Items in their order.
pub(super) type Items<'a> = Vec<Item<'a>>;
pub(super) type Answer<'a> = Result<Items<'a>, Undecided>;

/// Most elements that one evaluation may visit.
const MOST_STEPS: u32 = 2_000_000;

/// One resource, and what surrounds it, for any number of expressions.
pub struct Evaluation<'a, 'e> {
    pub(super) environment: &'e dyn Environment<'a>,
    resource: Element<'a>,
    root: Element<'a>,
    steps: Cell<u32>,
    kept: RefCell<Vec<Option<Rc<Items<'a>>>>>,
}

/// What `$this`, `$index` and `$total` mean.
pub(super) struct Scope<'a> {
    pub(super) this: Item<'a>,
    pub(super) index: usize,
}

impl<'a, 'e> Evaluation<'a, 'e> {
    /// Evaluates within `resource`; `root` is the resource that contains it, or itself.
    pub fn new(environment: &'e dyn Environment<'a>, resource: Element<'a>, root: Element<'a>) -> Self {
        Self { environment, resource, root, steps: Cell::new(MOST_STEPS), kept: RefCell::default() }
    }

    /// Whether an invariant holds on `focus`; none when it evaluates to nothing.
    ///
    /// # Errors
    /// [`Undecided`] when the answer cannot be known here.
    pub fn holds(&self, expression: &Expression, focus: Element<'a>) -> Result<Option<bool>, Undecided> {
        truth(&self.select(expression, focus)?)
    }

    /// The items that an expression selects from `focus`.
    ///
    /// # Errors
    /// [`Undecided`] when the answer cannot be known here.
    pub fn select(&self, expression: &Expression, focus: Element<'a>) -> Result<Vec<Item<'a>>, Undecided> {
        *self.kept.borrow_mut() = vec![None; expression.slots];
        self.steps.set(MOST_STEPS);
        self.node(&expression.root, &Scope { this: Item::Element(focus), index: 0 })
    }

    /// How many steps the last answer took.
    pub fn steps_taken(&self) -> u32 {
        MOST_STEPS - self.steps.get()
    }

    /// Counts work; deep and wide resources must not hold up a run.
    pub(super) fn step(&self, count: usize) -> Result<(), Undecided> {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        let left = self.steps.get().checked_sub(count).ok_or(Undecided::TooMuch)?;
        self.steps.set(left);
        Ok(())
    }

    pub(super) fn node(&self, node: &Node, scope: &Scope<'a>) -> Answer<'a> {
        self.step(1)?;
        match node {
            Node::Literal(literal) => Ok(vec![literal.item()]),
            Node::Empty => Ok(Vec::new()),
            Node::This => Ok(vec![scope.this.clone()]),
            Node::Index => Ok(vec![Item::Integer(i64::try_from(scope.index).unwrap_or(i64::MAX))]),
            Node::Total => Err(Undecided::Unsupported("$total".to_owned())),
            Node::Variable(name) => self.variable(name, scope),
            Node::Member { of, name, strict } => self.member(of.as_deref(), name, *strict, scope),
            Node::Call { of, function, arguments, regex } => {
                let input = self.receiver(of.as_deref(), scope)?;
                self.call(*function, input, arguments, regex.as_ref(), scope)
            }
            Node::At { of, index } => {
                let items = self.node(of, scope)?;
                let index = single(&self.node(index, scope)?, "an index")?.and_then(|item| item.number());
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                let position = index.filter(|index| *index >= 0.0).map(|index| index as usize);
                Ok(position.and_then(|position| items.get(position).cloned()).into_iter().collect())
            }
            Node::Binary { operator, left, right } => self.binary(*operator, left, right, scope),
            Node::Negative(of) => {
                match single(&self.node(of, scope)?, "minus")?.map(|item| item.plain().into_owned()) {
                    Some(Item::Integer(value)) => Ok(vec![Item::Integer(value.saturating_neg())]),
                    Some(Item::Decimal(value)) => Ok(vec![Item::Decimal(-value)]),
                    _ => Ok(Vec::new()),
                }
            }
            Node::Type { of, test, name } => self.of_type(of, *test, name, scope),
            Node::Cached { slot, node } => self.cached(*slot, node, scope),
        }
    }

    fn cached(&self, slot: usize, node: &Node, scope: &Scope<'a>) -> Answer<'a> {
        let kept = self.kept.borrow().get(slot).cloned().flatten();
        if let Some(items) = kept {
            self.step(items.len())?;
            return Ok(items.to_vec());
        }
        let items = self.node(node, scope)?;
        if let Some(place) = self.kept.borrow_mut().get_mut(slot) {
            *place = Some(Rc::new(items.clone()));
        }
        Ok(items)
    }

    pub(super) fn receiver(&self, of: Option<&Node>, scope: &Scope<'a>) -> Answer<'a> {
        match of {
            Some(of) => self.node(of, scope),
            None => Ok(vec![scope.this.clone()]),
        }
    }

    fn variable(&self, name: &str, scope: &Scope<'a>) -> Answer<'a> {
        let text = |text: &str| Ok(vec![Item::Text(text.to_owned().into())]);
        match name {
            "resource" => Ok(vec![Item::Element(self.resource)]),
            "rootResource" => Ok(vec![Item::Element(self.root)]),
            "context" => Ok(vec![scope.this.clone()]),
            "ucum" => text("http://unitsofmeasure.org"),
            "sct" => text("http://snomed.info/sct"),
            "loinc" => text("http://loinc.org"),
            _ => match name.strip_prefix("vs-") {
                Some(own) => text(&format!("http://hl7.org/fhir/ValueSet/{own}")),
                None => Err(Undecided::Unsupported(format!("%{name}"))),
            },
        }
    }

    fn member(&self, of: Option<&Node>, name: &str, strict: bool, scope: &Scope<'a>) -> Answer<'a> {
        let input = self.receiver(of, scope)?;
        if of.is_none()
            && name.starts_with(|c: char| c.is_ascii_uppercase())
            && let Item::Element(element) = &scope.this
            && self.element_is(element, name) == Some(true)
        {
            return Ok(input);
        }
        let mut found = Vec::new();
        let mut unknown = None;
        let mut known = false;
        for item in &input {
            let Item::Element(element) = item else { continue };
            match self.named(element, name, &mut found)? {
                true => known = true,
                false => unknown = Some(element.kind),
            }
        }
        match unknown {
            Some(kind) if strict && !known => Err(Undecided::UnknownElement {
                type_name: self.environment.type_name(kind).unwrap_or("?").to_owned(),
                name: name.to_owned(),
            }),
            _ => Ok(found),
        }
    }

    /// Adds the children of that name; false when the type is known and has no such element.
    fn named(&self, of: &Element<'a>, name: &str, found: &mut Items<'a>) -> Result<bool, Undecided> {
        let Kind::Known { .. } = of.kind else {
            return self.named_untyped(of, name, found).map(|()| true);
        };
        let Some(keys) = self.environment.keys(of.kind, name) else { return Ok(false) };
        for key in keys {
            self.under(of, key, found)?;
        }
        Ok(true)
    }

    /// Without a definition a name is only what stands there; a choice is not guessed.
    fn named_untyped(&self, of: &Element<'a>, name: &str, found: &mut Items<'a>) -> Result<(), Undecided> {
        let before = found.len();
        self.under(of, name, found)?;
        let object = of.value.and_then(Value::as_object);
        let is_choice = |key: &String| key.trim_start_matches('_').strip_prefix(name).is_some_and(is_type_suffix);
        match object {
            Some(object) if found.len() == before && object.keys().any(is_choice) => {
                Err(Undecided::UnknownType(name.to_owned()))
            }
            _ => Ok(()),
        }
    }

    /// Adds what stands under a JSON member name, each item of an array with its twin.
    pub(super) fn under(&self, of: &Element<'a>, key: &str, found: &mut Items<'a>) -> Result<(), Undecided> {
        let holder = match of.value {
            Some(Value::Object(object)) => Some(object),
            // What a primitive has besides its value stands in its twin.
            _ => of.twin.and_then(Value::as_object),
        };
        let Some(object) = holder else { return Ok(()) };
        let value = object.get(key);
        let twin = twin_of(object, key);
        let count = [value, twin].iter().flatten().map(|v| v.as_array().map_or(1, Vec::len)).max().unwrap_or(0);
        self.step(count)?;
        for position in 0..count {
            let value = at(value, position);
            let twin = at(twin, position);
            if value.is_some() || twin.is_some() {
                let kind = self.environment.enter(of.kind, key, value);
                found.push(Item::Element(Element { value, twin, kind }));
            }
        }
        Ok(())
    }

    pub(super) fn children(&self, of: &Element<'a>, found: &mut Items<'a>) -> Result<(), Undecided> {
        let holder = of.value.and_then(Value::as_object).or_else(|| of.twin.and_then(Value::as_object));
        let Some(object) = holder else { return Ok(()) };
        for key in object.keys() {
            match key.strip_prefix('_') {
                Some(plain) if !object.contains_key(plain) => self.under(of, plain, found)?,
                Some(_) => {}
                None if key == "resourceType" => {}
                None => self.under(of, key, found)?,
            }
        }
        Ok(())
    }

    /// Whether an element is of a type; none when its type is unknown.
    pub(super) fn element_is(&self, element: &Element<'a>, name: &str) -> Option<bool> {
        self.environment.type_name(element.kind).map(|own| self.environment.is_a(own, name))
    }

    fn item_is(&self, item: &Item<'a>, name: &str) -> Result<bool, Undecided> {
        let plain = name.strip_prefix("System.").unwrap_or(name);
        let is = match item {
            Item::Element(element) => {
                return match self.element_is(element, plain) {
                    Some(true) => Ok(true),
                    Some(false) => Ok(is_system_type(item, plain)),
                    None => Err(Undecided::UnknownType(name.to_owned())),
                };
            }
            _ => is_system_type(item, plain) || is_system_type(item, &capitalised(plain)),
        };
        Ok(is)
    }

    fn of_type(&self, of: &Node, test: bool, name: &str, scope: &Scope<'a>) -> Answer<'a> {
        if let Node::Call { of, function: Function::Resolve, .. } = of
            && test
        {
            let input = self.receiver(of.as_deref(), scope)?;
            return self.resolves_to(&input, name);
        }
        let items = self.node(of, scope)?;
        if test {
            let Some(item) = single(&items, "is")? else { return Ok(Vec::new()) };
            return Ok(vec![Item::Boolean(self.item_is(item, name)?)]);
        }
        let mut kept = Vec::new();
        for item in items {
            if self.item_is(&item, name)? {
                kept.push(item);
            }
        }
        Ok(kept)
    }

    /// `resolve() is Type`, which a reference may answer without its target.
    fn resolves_to(&self, input: &[Item<'a>], name: &str) -> Answer<'a> {
        let mut found = Vec::new();
        for item in input {
            let Some(reference) = reference_of(item) else { continue };
            found.push(match self.environment.resolve(&reference) {
                Resolution::Found(element) => self.item_is(&Item::Element(element), name)?,
                Resolution::OfType(own) => self.environment.is_a(&own, name),
                Resolution::Unknown => return Err(Undecided::Unresolved(reference)),
            });
        }
        match found[..] {
            [] => Ok(Vec::new()),
            [is] => Ok(vec![Item::Boolean(is)]),
            _ => Err(Undecided::NotSingle("is")),
        }
    }
}

/// The reference in an element of type Reference, or in a text.
pub(super) fn reference_of(item: &Item<'_>) -> Option<String> {
    if let Item::Element(Element { value: Some(Value::Object(object)), .. }) = item {
        return object.get("reference").and_then(Value::as_str).map(str::to_owned);
    }
    item.text().map(|text| text.into_owned())
}

fn twin_of<'a>(object: &'a serde_json::Map<String, Value>, key: &str) -> Option<&'a Value> {
    // Most objects have no twin at all, so no name is put together for them.
    if object.keys().all(|name| !name.starts_with('_')) {
        return None;
    }
    object.get(&format!("_{key}"))
}

fn at(value: Option<&Value>, position: usize) -> Option<&Value> {
    let found = match value? {
        Value::Array(items) => items.get(position)?,
        value if position == 0 => value,
        _ => return None,
    };
    (!found.is_null()).then_some(found)
}

fn is_system_type(item: &Item<'_>, name: &str) -> bool {
    match &*item.plain() {
        Item::Boolean(_) => name == "Boolean",
        Item::Integer(_) => name == "Integer",
        Item::Decimal(_) => name == "Decimal",
        Item::Text(_) => name == "String",
        Item::Moment(_) => matches!(name, "Date" | "DateTime" | "Time"),
        Item::Quantity(..) => name == "Quantity",
        Item::Element(_) => false,
    }
}

fn capitalised(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + chars.as_str())
}

/// The one item of a collection; none when it is empty.
pub(super) fn single<'i, 'a>(items: &'i [Item<'a>], what: &'static str) -> Result<Option<&'i Item<'a>>, Undecided> {
    match items {
        [] => Ok(None),
        [item] => Ok(Some(item)),
        _ => Err(Undecided::NotSingle(what)),
    }
}

/// A collection as a truth value: a single item that is no boolean counts as true.
pub(super) fn truth(items: &[Item<'_>]) -> Result<Option<bool>, Undecided> {
    Ok(single(items, "a condition")?.map(|item| match &*item.plain() {
        Item::Boolean(value) => *value,
        _ => true,
    }))
}
