//! JSON objects read strictly: a name that occurs twice is refused, at any depth, and so is deep nesting.
//! RFC 7515 section 4 demands unique header names, RFC 7519 section 4 unique claim names; a reader that
//! keeps the last of two would see another token than one that keeps the first.

use std::{cell::RefCell, fmt};

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// What is wrong with JSON that should be an object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonFault {
    /// Not JSON; the text says where.
    #[error("not JSON: {0}")]
    Syntax(String),
    /// Valid JSON, but no object.
    #[error("not a JSON object")]
    NotAnObject,
    /// A name occurs twice in one object.
    #[error("an object in which the name {0:?} occurs twice")]
    DuplicateName(String),
    /// Nested too deeply.
    #[error("nested more than {0} levels deep")]
    TooDeep(usize),
}

/// Reads one JSON object, nested at most `depth` levels.
///
/// # Errors
/// [`JsonFault`] for anything but one object with unique names.
pub fn parse_object(bytes: &[u8], depth: usize) -> Result<Map<String, Value>, JsonFault> {
    let fault = RefCell::new(None);
    let strict = Strict { left: depth, depth, fault: &fault };
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let read = strict.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    match (read, fault.into_inner()) {
        (_, Some(fault)) => Err(fault),
        (Ok(Value::Object(map)), None) => Ok(map),
        (Ok(_), None) => Err(JsonFault::NotAnObject),
        (Err(error), None) => Err(JsonFault::Syntax(error.to_string())),
    }
}

/// Reads any value while counting levels; a fault of ours travels beside serde's own error.
#[derive(Clone, Copy)]
struct Strict<'f> {
    left: usize,
    depth: usize,
    fault: &'f RefCell<Option<JsonFault>>,
}

impl Strict<'_> {
    fn inner<E: serde::de::Error>(self) -> Result<Self, E> {
        match self.left.checked_sub(1) {
            Some(left) => Ok(Self { left, ..self }),
            None => Err(self.refuse(JsonFault::TooDeep(self.depth))),
        }
    }

    fn refuse<E: serde::de::Error>(self, fault: JsonFault) -> E {
        let error = E::custom(&fault);
        *self.fault.borrow_mut() = Some(fault);
        error
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("not a number"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut values = Vec::new();
        while let Some(value) = sequence.next_element_seed(inner)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut map = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(inner)?;
            if map.contains_key(&name) {
                return Err(self.refuse(JsonFault::DuplicateName(name)));
            }
            map.insert(name, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fault(text: &str) -> JsonFault {
        parse_object(text.as_bytes(), 4).unwrap_err()
    }

    #[test]
    fn an_object_is_read_as_it_stands() {
        let text = r#"{"b":[1,-2,2.5,null,true],"a":{"c":"é"}}"#;
        let map = parse_object(text.as_bytes(), 4).unwrap();
        assert_eq!(Value::Object(map).to_string(), text);
    }

    #[test]
    fn a_name_that_occurs_twice_is_refused_at_any_depth() {
        assert_eq!(fault(r#"{"a":1,"a":1}"#), JsonFault::DuplicateName("a".to_owned()));
        assert_eq!(fault(r#"{"x":[{"a":1,"\u0061":2}]}"#), JsonFault::DuplicateName("a".to_owned()));
        assert!(parse_object(br#"{"a":{"a":1}}"#, 4).is_ok());
    }

    #[test]
    fn deep_nesting_is_refused() {
        assert!(parse_object(br#"{"a":[[[1]]]}"#, 4).is_ok());
        assert_eq!(fault(r#"{"a":[[[[1]]]]}"#), JsonFault::TooDeep(4));
        let bomb = format!("{{\"a\":{}", "[".repeat(100_000));
        assert_eq!(fault(&bomb), JsonFault::TooDeep(4));
    }

    #[test]
    fn anything_but_one_object_is_refused() {
        assert_eq!(fault("[1]"), JsonFault::NotAnObject);
        for text in ["", "{", "{} {}", "{\"a\":01}", "{'a':1}", "{\"a\":1,}"] {
            assert!(matches!(fault(text), JsonFault::Syntax(_)), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused_without_panic(bytes: Vec<u8>) {
            let _ = parse_object(&bytes, 4);
        }
    }
}
