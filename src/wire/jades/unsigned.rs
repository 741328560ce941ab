//! What stands beside a signature: `etsiU`, the list of unsigned properties (TS 119 182-1 clause 5.3.1). It is written with
//! base64url elements, as the validators of the Commission do, and read in both ways; a mix is refused.

use serde_json::{Map, Value, json};

use super::JadesFault;
use crate::wire::jose::{base64url, parse_object};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// Deepest nesting of one element.
const DEPTH: usize = 16;
/// Most elements that are looked at.
const MAX_ELEMENTS: usize = 64;

/// One unsigned property: its name and what it holds.
#[derive(Debug, Clone, PartialEq)]
pub struct UnsignedElement {
    /// For example `sigTst`, `xVals`, `rVals`.
    pub name: String,
    /// Its value.
    pub value: Value,
}

/// The unsigned properties of a signature, in their order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Unsigned {
    elements: Vec<UnsignedElement>,
    /// Texts of the elements as they stand, so that what was read is written again as it was.
    texts: Vec<Value>,
}

impl Unsigned {
    /// Reads `etsiU`.
    ///
    /// # Errors
    /// When it is no list, has an element that is no object of one member, or mixes both ways of writing.
    pub fn read(value: &Value) -> Result<Self, JadesFault> {
        let wrong = |why: &str| JadesFault::EtsiU(why.to_owned());
        let list = value.as_array().ok_or_else(|| wrong("it is no list"))?;
        if list.is_empty() || list.len() > MAX_ELEMENTS {
            return Err(JadesFault::EtsiU(format!("it has {} elements", list.len())));
        }
        let encoded = list.iter().filter(|v| v.is_string()).count();
        if encoded != 0 && encoded != list.len() {
            return Err(JadesFault::EtsiUMixed);
        }
        let elements = list.iter().map(element).collect::<Result<_, _>>()?;
        Ok(Self { elements, texts: list.clone() })
    }

    /// The same with one property more, written as base64url unless what is there is written in clear.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        let element = json!({ name: value });
        let clear = self.texts.first().is_some_and(Value::is_object);
        self.texts.push(if clear { element.clone() } else { json!(base64url(element.to_string().as_bytes())) });
        self.elements.push(UnsignedElement { name: name.to_owned(), value: element[name].clone() });
        self
    }

    /// All properties of one name, in order.
    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Value> {
        self.elements.iter().filter(move |e| e.name == name).map(|e| &e.value)
    }

    /// All properties.
    pub fn elements(&self) -> &[UnsignedElement] {
        &self.elements
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.elements.is_empty()
    }

    /// The unprotected header that holds them; `None` when there are none.
    pub fn header(&self) -> Option<Value> {
        (!self.is_empty()).then(|| json!({ "etsiU": self.texts }))
    }
}

fn element(value: &Value) -> Result<UnsignedElement, JadesFault> {
    let wrong = |why: String| JadesFault::EtsiU(why);
    let object: Map<String, Value> = match value {
        Value::String(text) => {
            let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| wrong("an element is not base64url".into()))?;
            parse_object(&bytes, DEPTH).map_err(|fault| wrong(format!("an element is {fault}")))?
        }
        Value::Object(object) => object.clone(),
        _ => return Err(wrong("an element is neither text nor an object".into())),
    };
    let mut members = object.into_iter();
    match (members.next(), members.next()) {
        (Some((name, value)), None) => Ok(UnsignedElement { name, value }),
        _ => Err(wrong("an element is no object of one member".into())),
    }
}
