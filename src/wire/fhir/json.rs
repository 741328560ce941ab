//! Reading FHIR JSON from outside: UTF-8, no duplicate member names, bounded in size, depth
//! and number of values, and a resource at the top.
//!
//! serde_json keeps the last of two equal members, which lets two readers see two different
//! resources; hence a reader of our own (RFC 8259, section 4; hl7.org/fhir/STU3/json.html).

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::{FhirFault, Limits};

/// Reads one resource.
///
/// # Errors
/// A [`FhirFault`] when a limit is passed, the text is not UTF-8 JSON, a member name repeats, or
/// the top is not an object with a textual `resourceType`. The type itself is not looked up.
pub fn parse_json(bytes: &[u8], limits: &Limits) -> Result<Value, FhirFault> {
    if bytes.len() > limits.bytes {
        return Err(FhirFault::TooLarge { limit: limits.bytes });
    }
    let text = std::str::from_utf8(bytes).map_err(|fault| FhirFault::Encoding { detail: fault.to_string() })?;
    if text.starts_with('\u{feff}') {
        return Err(FhirFault::Encoding { detail: "it opens with a byte order mark".to_owned() });
    }
    let value = parse_value(text, limits)?;
    resource_type(&value)?;
    Ok(value)
}

fn parse_value(text: &str, limits: &Limits) -> Result<Value, FhirFault> {
    let reading = Reading { limits: *limits, state: RefCell::default() };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let parsed = Level { reading: &reading, depth: 0 }
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value));
    parsed.map_err(|fault| reading.explain(&fault))
}

fn resource_type(value: &Value) -> Result<&str, FhirFault> {
    let fault = |detail: &str| FhirFault::NotAResource { path: "$".to_owned(), detail: detail.to_owned() };
    let object = value.as_object().ok_or_else(|| fault("not an object"))?;
    let name = object.get("resourceType").ok_or_else(|| fault("no `resourceType`"))?;
    name.as_str().filter(|name| !name.is_empty()).ok_or_else(|| fault("`resourceType` is not a name"))
}

/// What is shared by all levels: the budget, and the typed reason when we ourselves stop.
struct Reading {
    limits: Limits,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    nodes: usize,
    stopped: Option<Stop>,
}

enum Stop {
    Deep,
    Many,
    Duplicate(String),
}

impl Reading {
    /// serde errors carry text only, so the reason travels beside them.
    fn stop<E: Error>(&self, reason: Stop) -> E {
        self.state.borrow_mut().stopped = Some(reason);
        E::custom("stopped")
    }

    fn enter<E: Error>(&self, depth: usize) -> Result<(), E> {
        if depth > self.limits.depth {
            return Err(self.stop(Stop::Deep));
        }
        let mut state = self.state.borrow_mut();
        state.nodes += 1;
        if state.nodes > self.limits.nodes {
            state.stopped = Some(Stop::Many);
            return Err(E::custom("stopped"));
        }
        Ok(())
    }

    fn explain(&self, fault: &serde_json::Error) -> FhirFault {
        match self.state.borrow_mut().stopped.take() {
            Some(Stop::Deep) => FhirFault::TooDeep { limit: self.limits.depth },
            Some(Stop::Many) => FhirFault::TooManyNodes { limit: self.limits.nodes },
            Some(Stop::Duplicate(key)) => FhirFault::DuplicateKey { key, line: fault.line(), column: fault.column() },
            None => FhirFault::Syntax { detail: fault.to_string() },
        }
    }
}

/// Reads one value whose surroundings are `depth` levels deep.
struct Level<'r> {
    reading: &'r Reading,
    depth: usize,
}

impl Level<'_> {
    fn inner(&self) -> Self {
        Level { reading: self.reading, depth: self.depth + 1 }
    }
}

impl<'de> DeserializeSeed<'de> for Level<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.reading.enter(self.depth)?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(self.inner())? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = members.next_key::<String>()? {
            if object.contains_key(&key) {
                return Err(self.reading.stop(Stop::Duplicate(key)));
            }
            let value = members.next_value_seed(self.inner())?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Result<Value, FhirFault> {
        parse_json(text.as_bytes(), &Limits::default())
    }

    #[test]
    fn a_resource_is_read_as_it_stands() {
        let text =
            r#"{"resourceType":"Patient","active":true,"multipleBirthInteger":2,"name":[{"given":["Ann",null]}]}"#;
        assert_eq!(parse(text).unwrap().to_string(), text);
    }

    #[test]
    fn a_repeated_member_is_refused_with_its_place() {
        let text = "{\"resourceType\":\"Patient\",\n\"id\":\"a\",\"id\":\"b\"}";
        let fault = parse(text).unwrap_err();
        assert!(matches!(fault, FhirFault::DuplicateKey { key, line: 2, .. } if key == "id"));
    }

    #[test]
    fn a_member_repeated_through_an_escape_is_refused() {
        let fault = parse(r#"{"resourceType":"Patient","id":"a","\u0069d":"b"}"#).unwrap_err();
        assert!(matches!(fault, FhirFault::DuplicateKey { .. }));
    }

    #[test]
    fn what_is_no_resource_is_refused() {
        for text in ["[]", "null", "\"Patient\"", "{}", r#"{"resourceType":7}"#, r#"{"resourceType":""}"#] {
            assert!(matches!(parse(text), Err(FhirFault::NotAResource { .. })), "{text}");
        }
    }

    #[test]
    fn truncated_or_trailing_text_is_refused() {
        let whole = r#"{"resourceType":"Patient"}"#;
        assert!(parse(whole).is_ok());
        for length in 0..whole.len() {
            assert!(matches!(parse(&whole[..length]), Err(FhirFault::Syntax { .. })));
        }
        assert!(matches!(parse(&format!("{whole} x")), Err(FhirFault::Syntax { .. })));
    }

    #[test]
    fn foreign_encodings_are_refused() {
        let utf16: Vec<u8> = "{\"resourceType\":\"Patient\"}".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(parse_json(&utf16, &Limits::default()).is_err());
        let latin1 = b"{\"resourceType\":\"Patient\",\"id\":\"\xe9\"}";
        let fault = parse_json(latin1, &Limits::default()).unwrap_err();
        assert!(matches!(fault, FhirFault::Encoding { .. }));
        let fault = parse("\u{feff}{\"resourceType\":\"Patient\"}").unwrap_err();
        assert!(matches!(fault, FhirFault::Encoding { .. }));
    }

    #[test]
    fn each_limit_stops_the_reader_and_not_before() {
        let nested = |levels: usize| {
            let inner = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
            format!(r#"{{"resourceType":"Patient","x":{inner}}}"#)
        };
        assert!(parse(&nested(64)).is_ok());
        assert_eq!(parse(&nested(65)), Err(FhirFault::TooDeep { limit: 64 }));
        assert_eq!(parse(&nested(100_000)), Err(FhirFault::TooDeep { limit: 64 }));

        let text = r#"{"resourceType":"Patient","active":true}"#;
        let few = Limits { nodes: 2, ..Limits::default() };
        assert_eq!(parse_json(text.as_bytes(), &few), Err(FhirFault::TooManyNodes { limit: 2 }));
        let enough = Limits { nodes: 3, bytes: text.len(), ..Limits::default() };
        assert!(parse_json(text.as_bytes(), &enough).is_ok());
        let short = Limits { bytes: text.len() - 1, ..enough };
        assert!(matches!(parse_json(text.as_bytes(), &short), Err(FhirFault::TooLarge { .. })));
    }

    proptest! {
        #[test]
        fn any_bytes_give_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse_json(&bytes, &Limits::default());
        }

        #[test]
        fn any_text_survives_as_a_string(text in ".*") {
            let document = serde_json::json!({"resourceType": "Patient", "language": text});
            let read = parse(&document.to_string()).unwrap();
            prop_assert_eq!(read, document);
        }
    }
}
