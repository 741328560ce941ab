//! What an expression works on: elements of a resource and plain values.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::Value;

use super::moment::Moment;

/// The type of an element, as the definitions number it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// No definition is at hand.
    Unknown,
    /// An element of a definition; what the numbers mean is the business of the definitions.
    Known {
        /// Number of the definition.
        definition: u32,
        /// Number of the element in it; 0 is the type itself.
        element: u32,
    },
}

/// An element of a resource: its JSON value, and the `_name` twin of a primitive.
#[derive(Debug, Clone, Copy)]
pub struct Element<'a> {
    /// The value; none for a primitive that has extensions alone.
    pub value: Option<&'a Value>,
    /// The twin with `id` and `extension`.
    pub twin: Option<&'a Value>,
    /// Its type.
    pub kind: Kind,
}

impl<'a> Element<'a> {
    /// An element with a value alone.
    pub fn new(value: &'a Value, kind: Kind) -> Self {
        Self { value: Some(value), twin: None, kind }
    }

    /// The address that tells this element from all others of the same document.
    pub fn address(&self) -> usize {
        self.value.or(self.twin).map_or(0, |value| std::ptr::from_ref(value).addr())
    }

    /// Whether it holds a primitive value.
    pub fn has_value(&self) -> bool {
        matches!(self.value, Some(Value::Bool(_) | Value::Number(_) | Value::String(_)))
    }
}

/// One member of a collection.
#[derive(Debug, Clone)]
pub enum Item<'a> {
    /// An element of a resource.
    Element(Element<'a>),
    /// A truth value.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Decimal(f64),
    /// A text.
    Text(Cow<'a, str>),
    /// A date or time.
    Moment(Moment),
    /// A number with a unit.
    Quantity(f64, String),
}

/// A value written out in an expression.
#[derive(Debug, Clone)]
pub(super) enum Literal {
    Boolean(bool),
    Integer(i64),
    Decimal(f64),
    Text(String),
    Moment(Moment),
    Quantity(f64, String),
}

impl Literal {
    pub(super) fn item<'a>(&self) -> Item<'a> {
        match self {
            Self::Boolean(value) => Item::Boolean(*value),
            Self::Integer(value) => Item::Integer(*value),
            Self::Decimal(value) => Item::Decimal(*value),
            Self::Text(value) => Item::Text(Cow::Owned(value.clone())),
            Self::Moment(value) => Item::Moment(value.clone()),
            Self::Quantity(value, unit) => Item::Quantity(*value, unit.clone()),
        }
    }
}

impl<'a> Item<'a> {
    /// The plain value of a primitive element; everything else stays as it is.
    pub(super) fn plain(&self) -> Cow<'_, Item<'a>> {
        let Item::Element(element) = self else { return Cow::Borrowed(self) };
        match element.value {
            Some(Value::Bool(value)) => Cow::Owned(Item::Boolean(*value)),
            Some(Value::Number(number)) => Cow::Owned(match number.as_i64() {
                Some(whole) => Item::Integer(whole),
                None => Item::Decimal(number.as_f64().unwrap_or(f64::NAN)),
            }),
            Some(Value::String(text)) => Cow::Owned(Item::Text(Cow::Borrowed(text))),
            _ => Cow::Borrowed(self),
        }
    }

    /// The text form of a plain value; none for an element that is not primitive.
    pub(super) fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Item::Element(element) => match element.value? {
                Value::String(text) => Some(Cow::Borrowed(text)),
                Value::Bool(value) => Some(Cow::Borrowed(if *value { "true" } else { "false" })),
                Value::Number(number) => Some(Cow::Owned(number.to_string())),
                _ => None,
            },
            Item::Boolean(value) => Some(Cow::Borrowed(if *value { "true" } else { "false" })),
            Item::Integer(value) => Some(Cow::Owned(value.to_string())),
            Item::Decimal(value) => Some(Cow::Owned(value.to_string())),
            Item::Text(text) => Some(Cow::Borrowed(text)),
            Item::Moment(moment) => Some(Cow::Borrowed(moment.text())),
            Item::Quantity(value, unit) => Some(Cow::Owned(format!("{value} '{unit}'"))),
        }
    }

    /// The number in it, when it is one.
    pub(super) fn number(&self) -> Option<f64> {
        match &*self.plain() {
            #[allow(clippy::cast_precision_loss)]
            Item::Integer(value) => Some(*value as f64),
            Item::Decimal(value) => Some(*value),
            _ => None,
        }
    }

    fn moment(&self) -> Option<Moment> {
        match self {
            Item::Moment(moment) => Some(moment.clone()),
            _ => Moment::parse(&self.text()?),
        }
    }

    fn is_moment(&self) -> bool {
        matches!(self, Item::Moment(_))
    }

    /// Value and unit, of a literal or of an element of type Quantity.
    fn quantity(&self) -> Option<(f64, Option<String>)> {
        match self {
            Item::Quantity(value, unit) => Some((*value, Some(unit.clone()))),
            Item::Element(element) => {
                let object = element.value?.as_object()?;
                let value = object.get("value")?.as_f64()?;
                let unit = object.get("code").or_else(|| object.get("unit")).and_then(Value::as_str);
                Some((value, unit.map(str::to_owned)))
            }
            _ => None,
        }
    }

    /// Whether two items are equal; none when their precision leaves it open.
    pub(super) fn equals(&self, other: &Item<'_>) -> Option<bool> {
        if let (Item::Element(left), Item::Element(right)) = (self, other)
            && !left.has_value()
            && !right.has_value()
        {
            return Some(left.address() == right.address() || key(left.value) == key(right.value));
        }
        if let (Some(left), Some(right)) = (self.number(), other.number()) {
            return Some((left - right).abs() <= f64::EPSILON * left.abs().max(right.abs()));
        }
        if (self.is_moment() || other.is_moment())
            && let (Some(left), Some(right)) = (self.moment(), other.moment())
        {
            return left.compare(&right).map(|order| order == Ordering::Equal);
        }
        if matches!(self, Item::Quantity(..)) || matches!(other, Item::Quantity(..)) {
            return Some(self.quantity().is_some() && self.quantity() == other.quantity());
        }
        match (self.text(), other.text()) {
            // Invariants compare a boolean with 'false': the written form decides.
            (Some(left), Some(right)) => Some(left == right),
            _ => Some(false),
        }
    }

    /// Which is less; none when they cannot be compared.
    pub(super) fn order(&self, other: &Item<'_>) -> Option<Ordering> {
        if let (Some(left), Some(right)) = (self.number(), other.number()) {
            return left.partial_cmp(&right);
        }
        if let (Some((left, unit)), Some((right, other_unit))) = (self.quantity(), other.quantity()) {
            return (unit == other_unit).then(|| left.partial_cmp(&right)).flatten();
        }
        let (left, right) = (self.text()?, other.text()?);
        match (Moment::parse(&left), Moment::parse(&right)) {
            (Some(left), Some(right)) => left.compare(&right),
            _ => Some(left.cmp(&right)),
        }
    }

    /// A text that two items share when they are equal, for sets of many items.
    pub(super) fn key(&self) -> String {
        match self {
            Item::Element(element) if !element.has_value() => {
                format!("{}|{}", key(element.value), key(element.twin))
            }
            _ => match self.number() {
                Some(number) => format!("\u{1}{number}"),
                None => self.text().unwrap_or_default().into_owned(),
            },
        }
    }
}

/// A text that is the same for equal JSON values, whatever the order of their members.
fn key(value: Option<&Value>) -> String {
    match value {
        None => String::new(),
        Some(Value::Object(object)) => {
            let mut members: Vec<String> =
                object.iter().map(|(name, value)| format!("{name}:{}", key(Some(value)))).collect();
            members.sort_unstable();
            format!("{{{}}}", members.join(","))
        }
        Some(Value::Array(items)) => {
            let items: Vec<String> = items.iter().map(|item| key(Some(item))).collect();
            format!("[{}]", items.join(","))
        }
        Some(Value::Number(number)) => number.as_f64().map_or_else(|| number.to_string(), |n| n.to_string()),
        Some(other) => other.to_string(),
    }
}
