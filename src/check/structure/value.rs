//! Values against fixed values, patterns and the text forms of primitives.
//!
//! Clauses: hl7.org/fhir/R4/datatypes.html and STU3/datatypes.html (forms), elementdefinition-definitions.html
//! (`fixed[x]`, `pattern[x]`).

use serde_json::Value;

use crate::wire::fhirpath::Moment;

/// Whether two values are equal, numbers by their worth and objects whatever the order of their members.
pub(super) fn equals(value: &Value, fixed: &Value) -> bool {
    match (value, fixed) {
        (Value::Number(left), Value::Number(right)) => left == right || left.as_f64() == right.as_f64(),
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && right.iter().all(|(name, fixed)| left.get(name).is_some_and(|value| equals(value, fixed)))
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(value, fixed)| equals(value, fixed))
        }
        _ => value == fixed,
    }
}

/// Whether a value holds all that a pattern holds; an item of an array may stand anywhere.
pub(super) fn holds(value: &Value, pattern: &Value) -> bool {
    match (value, pattern) {
        (Value::Object(value), Value::Object(pattern)) => {
            pattern.iter().all(|(name, pattern)| value.get(name).is_some_and(|value| holds(value, pattern)))
        }
        (Value::Array(values), Value::Array(patterns)) => {
            patterns.iter().all(|pattern| values.iter().any(|value| holds(value, pattern)))
        }
        _ => equals(value, pattern),
    }
}

/// What a primitive looks like, in Dutch and in English.
pub(super) type Form = (&'static str, &'static str);

/// What a primitive of this type looks like, when the value does not; none when it does or the type is no primitive
/// that is known here.
pub(super) fn lexical_fault(type_name: &str, value: &Value) -> Option<Form> {
    let (fits, form) = match (type_name, value) {
        ("boolean", _) => (value.is_boolean(), ("true of false", "true or false")),
        ("integer", Value::Number(number)) => (
            number.as_i64().is_some_and(|whole| i32::try_from(whole).is_ok()),
            ("een geheel getal van 32 bits", "a whole number of 32 bits"),
        ),
        ("unsignedInt", Value::Number(number)) => (
            number.as_i64().is_some_and(|whole| (0..=i64::from(i32::MAX)).contains(&whole)),
            ("een geheel getal vanaf 0", "a whole number from 0"),
        ),
        ("positiveInt", Value::Number(number)) => (
            number.as_i64().is_some_and(|whole| (1..=i64::from(i32::MAX)).contains(&whole)),
            ("een geheel getal vanaf 1", "a whole number from 1"),
        ),
        ("integer" | "unsignedInt" | "positiveInt" | "decimal", _) => (value.is_number(), ("een getal", "a number")),
        (_, Value::String(text)) => text_form(type_name, text),
        _ => (!is_text_type(type_name), ("een tekst", "a text")),
    };
    (!fits).then_some(form)
}

fn is_text_type(type_name: &str) -> bool {
    const TEXTS: [&str; 15] = [
        "string",
        "markdown",
        "code",
        "id",
        "uri",
        "url",
        "canonical",
        "oid",
        "uuid",
        "base64Binary",
        "date",
        "dateTime",
        "instant",
        "time",
        "xhtml",
    ];
    TEXTS.contains(&type_name)
}

fn text_form(type_name: &str, text: &str) -> (bool, Form) {
    match type_name {
        "code" => (
            is_code(text),
            (
                "een code zonder spaties vooraan, achteraan of dubbel",
                "a code without leading, trailing or double spaces",
            ),
        ),
        "id" => (
            (1..=64).contains(&text.len())
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.')),
            ("1 tot 64 letters, cijfers, streepjes en punten", "1 to 64 letters, digits, hyphens and full stops"),
        ),
        "uri" | "url" | "canonical" => {
            (!text.contains(char::is_whitespace), ("een uri zonder spaties", "a uri without spaces"))
        }
        "oid" => (is_oid(text), ("urn:oid: en een object identifier", "urn:oid: and an object identifier")),
        "uuid" => (is_uuid(text), ("urn:uuid: en een UUID", "urn:uuid: and a UUID")),
        "base64Binary" => (is_base64(text), ("base64", "base64")),
        "date" => (is_date(text), ("JJJJ, JJJJ-MM of JJJJ-MM-DD", "YYYY, YYYY-MM or YYYY-MM-DD")),
        "dateTime" => (
            is_date(text) || is_instant(text),
            (
                "een datum, of een datum met tijd tot op de seconde en zone",
                "a date, or a date with time to the second and zone",
            ),
        ),
        "instant" => (
            is_instant(text),
            ("een datum met tijd tot op de seconde en zone", "a date with time to the second and zone"),
        ),
        "time" => (is_time(text), ("uu:mm:ss", "hh:mm:ss")),
        "string" | "markdown" | "xhtml" => (
            !text.chars().any(|c| c < ' ' && !matches!(c, '\t' | '\n' | '\r')),
            ("tekst zonder besturingstekens", "text without control characters"),
        ),
        // A number as text, or a type that is not known here.
        _ => (
            !matches!(type_name, "boolean" | "integer" | "decimal" | "positiveInt" | "unsignedInt"),
            ("een andere soort JSON-waarde", "another JSON kind"),
        ),
    }
}

fn is_code(text: &str) -> bool {
    !text.starts_with(char::is_whitespace)
        && !text.ends_with(char::is_whitespace)
        && !text.as_bytes().windows(2).any(|pair| pair.iter().all(u8::is_ascii_whitespace))
}

fn is_oid(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("urn:oid:") else { return false };
    let arcs: Vec<&str> = rest.split('.').collect();
    let is_arc = |arc: &&str| {
        !arc.is_empty() && arc.bytes().all(|b| b.is_ascii_digit()) && (arc.len() == 1 || !arc.starts_with('0'))
    };
    arcs.len() > 1 && matches!(arcs[0], "0" | "1" | "2") && arcs.iter().all(is_arc)
}

fn is_uuid(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("urn:uuid:") else { return false };
    let widths: Vec<usize> = rest.split('-').map(str::len).collect();
    widths == [8, 4, 4, 4, 12] && rest.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

fn is_base64(text: &str) -> bool {
    let mut count = 0usize;
    let mut padding = 0usize;
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace()) {
        match byte {
            b'=' => padding += 1,
            _ if padding > 0 => return false,
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => {}
            _ => return false,
        }
        count += 1;
    }
    count.is_multiple_of(4) && padding <= 2
}

fn is_date(text: &str) -> bool {
    !text.contains(['T', ':']) && Moment::parse(text).is_some()
}

/// Time down to the second, and a zone.
fn is_instant(text: &str) -> bool {
    let Some((date, time)) = text.split_once('T') else { return false };
    let Some(zone) = time.find(['Z', '+', '-']) else { return false };
    date.len() == 10 && is_time(&time[..zone]) && Moment::parse(text).is_some()
}

fn is_time(text: &str) -> bool {
    let fraction_fits = text
        .get(8..)
        .is_some_and(|rest| rest.is_empty() || rest.strip_prefix('.').is_some_and(|digits| !digits.is_empty()));
    fraction_fits && !text.contains(['Z', '+', '-']) && Moment::parse(text).is_some()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{equals, holds, lexical_fault};

    #[test]
    fn each_primitive_has_its_form() {
        let table: [(&str, &[Value], &[Value]); 14] = [
            ("boolean", &[json!(true)], &[json!("true"), json!(1)]),
            ("integer", &[json!(-3)], &[json!(1.5), json!("1"), json!(2_147_483_648_i64)]),
            ("unsignedInt", &[json!(0)], &[json!(-1)]),
            ("positiveInt", &[json!(1)], &[json!(0)]),
            ("decimal", &[json!(1.5), json!(2)], &[json!("1.5")]),
            ("code", &[json!("a b")], &[json!(" a"), json!("a  b"), json!(1)]),
            ("id", &[json!("A-1.b")], &[json!("a_b"), json!("a".repeat(65))]),
            ("uri", &[json!("urn:x")], &[json!("a b")]),
            ("oid", &[json!("urn:oid:2.16.840.1")], &[json!("urn:oid:3.1"), json!("2.16"), json!("urn:oid:2.016")]),
            (
                "uuid",
                &[json!("urn:uuid:c757873d-ec9a-4326-a141-556f43239520")],
                &[json!("c757873d-ec9a-4326-a141-556f43239520")],
            ),
            ("base64Binary", &[json!("YWI="), json!("YW\nI=")], &[json!("YW=I"), json!("abc")]),
            (
                "date",
                &[json!("2024"), json!("2024-02-29")],
                &[json!("2023-02-29"), json!("24-01-01"), json!("T10:00:00")],
            ),
            ("instant", &[json!("2024-01-01T10:00:00.5Z")], &[json!("2024-01-01"), json!("2024-01-01T10:00:00")]),
            ("time", &[json!("10:00:00")], &[json!("10:00"), json!("25:00:00"), json!("10:00:00Z")]),
        ];
        for (type_name, good, bad) in table {
            good.iter().for_each(|value| assert_eq!(lexical_fault(type_name, value), None, "{type_name} {value}"));
            bad.iter().for_each(|value| assert!(lexical_fault(type_name, value).is_some(), "{type_name} {value}"));
        }
    }

    #[test]
    fn fixed_is_the_whole_value_and_a_pattern_a_part_of_it() {
        let value = json!({"a": 1.0, "b": [{"c": "x", "d": "y"}, {"c": "z"}]});
        assert!(equals(&value, &json!({"b": [{"d": "y", "c": "x"}, {"c": "z"}], "a": 1})));
        assert!(!equals(&value, &json!({"a": 1})));
        assert!(holds(&value, &json!({"b": [{"c": "z"}]})));
        assert!(!holds(&value, &json!({"b": [{"c": "z", "d": "y"}]})));
    }
}
