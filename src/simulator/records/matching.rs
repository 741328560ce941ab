//! Values of token, reference and string parameters: read from a query, compared with elements.
//!
//! Clauses: hl7.org/fhir/STU3/search.html#token, #reference, #string and #escaping.

use serde_json::Value;

use super::reference::{Key, is_id};

/// `code`, `system|code`, `|code` or `system|`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    system: System,
    code: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum System {
    Any,
    Absent,
    Is(String),
}

impl Token {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let parts = split(text, '|');
        let (system, code) = match parts.as_slice() {
            [code] => (System::Any, code),
            ["", code] => (System::Absent, code),
            [system, code] => (System::Is(unescape(system)), code),
            _ => return None,
        };
        let code = Some(unescape(code)).filter(|code| !code.is_empty());
        match (&system, &code) {
            (System::Any | System::Absent, None) => None,
            _ => Some(Self { system, code }),
        }
    }

    /// Whether an element is meant: a code, Coding, CodeableConcept, Identifier or ContactPoint.
    pub(super) fn matches(&self, element: &Value) -> bool {
        match element {
            Value::Object(object) => match object.get("coding").and_then(Value::as_array) {
                Some(codings) => codings.iter().any(|coding| self.matches_pair(coding)),
                None => self.matches_pair(element),
            },
            // The system of a bare code lies in its definition, so only the code is compared.
            Value::String(code) => self.code.as_ref() == Some(code),
            Value::Bool(flag) => self.code.as_deref() == Some(if *flag { "true" } else { "false" }),
            _ => false,
        }
    }

    fn matches_pair(&self, element: &Value) -> bool {
        let text = |name: &str| element.get(name).and_then(Value::as_str);
        let system = match &self.system {
            System::Any => true,
            System::Absent => text("system").is_none(),
            System::Is(system) => text("system") == Some(system),
        };
        let code = self.code.as_deref();
        system && (code.is_none() || code == text("code").or_else(|| text("value")))
    }
}

/// Whether a token element reads like this: `:text` looks at text and displays.
pub(super) fn reads_like(element: &Value, wanted: &str) -> bool {
    let own = ["text", "display"].into_iter().map(|name| element.get(name));
    let codings = element.get("coding").and_then(Value::as_array);
    let displays = codings.into_iter().flatten().map(|coding| coding.get("display"));
    let mut texts = own.chain(displays).flatten().filter_map(Value::as_str);
    texts.any(|text| text.to_lowercase().contains(&wanted.to_lowercase()))
}

/// One value of a reference parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ReferenceValue {
    /// `Patient/1`, relative or absolute.
    Key(Key),
    /// `1`.
    Id(String),
    /// Another absolute address, compared as it stands.
    Url(String),
    /// `system|value`, as sources narrow a search to a BSN.
    Identifier(Token),
}

impl ReferenceValue {
    pub(super) fn parse(text: &str) -> Option<Self> {
        if split(text, '|').len() > 1 {
            return Token::parse(text).map(Self::Identifier);
        }
        let text = unescape(text);
        if let Some(key) = Key::parse(&text) {
            return Some(Self::Key(key));
        }
        if is_id(&text) {
            return Some(Self::Id(text));
        }
        text.contains(':').then_some(Self::Url(text))
    }
}

/// How a string parameter compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Likeness {
    /// Begins with, letters of either case alike.
    Start,
    /// Contains, letters of either case alike.
    Part,
    /// The same to the letter.
    Exact,
}

impl Likeness {
    pub(super) fn holds(self, found: &str, wanted: &str) -> bool {
        match self {
            Self::Start => found.to_lowercase().starts_with(&wanted.to_lowercase()),
            Self::Part => found.to_lowercase().contains(&wanted.to_lowercase()),
            Self::Exact => found == wanted,
        }
    }
}

/// Parts between separators that no backslash stands before; escapes stay in.
pub(super) fn split(text: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut escaped = false;
    for (at, found) in text.char_indices() {
        if found == separator && !escaped {
            parts.push(&text[start..at]);
            start = at + separator.len_utf8();
        }
        escaped = found == '\\' && !escaped;
    }
    parts.push(&text[start..]);
    parts
}

/// Takes off the backslash before `,`, `|`, `$` and itself.
pub(super) fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(found) = rest.next() {
        let escapes = rest.peek().is_some_and(|next| matches!(next, ',' | '|' | '$' | '\\'));
        match (found, escapes) {
            ('\\', true) => plain.extend(rest.next()),
            _ => plain.push(found),
        }
    }
    plain
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn matches(token: &str, element: Value) -> bool {
        Token::parse(token).unwrap().matches(&element)
    }

    #[test]
    fn tokens_compare_system_and_code() {
        let concept = json!({"coding": [{"code": "x"}, {"system": "s", "code": "c"}]});
        for token in ["c", "s|c", "s|", "|x", "x"] {
            assert!(matches(token, concept.clone()), "{token}");
        }
        for token in ["C", "t|c", "s|x", "|c", "t|"] {
            assert!(!matches(token, concept.clone()), "{token}");
        }
    }

    #[test]
    fn tokens_know_identifiers_codes_and_booleans() {
        let identifier = json!({"system": "s", "value": "1"});
        assert!(matches("s|1", identifier.clone()) && !matches("s|2", identifier));
        assert!(matches("final", json!("final")) && !matches("draft", json!("final")));
        assert!(matches("http://hl7.org/fhir/observation-status|final", json!("final")));
        assert!(matches("true", json!(true)) && !matches("true", json!(false)));
        assert!(!matches("1", json!(1)));
    }

    #[test]
    fn malformed_tokens_are_refused() {
        for text in ["", "|", "||", "a|b|c", "|a|"] {
            assert!(Token::parse(text).is_none(), "{text}");
        }
        assert!(Token::parse("a\\|b|c").is_some());
    }

    #[test]
    fn references_are_read_in_every_form() {
        let key = ReferenceValue::Key(Key::new("Patient", "1"));
        assert_eq!(ReferenceValue::parse("Patient/1"), Some(key.clone()));
        assert_eq!(ReferenceValue::parse("https://host/fhir/Patient/1"), Some(key));
        assert_eq!(ReferenceValue::parse("1"), Some(ReferenceValue::Id("1".to_owned())));
        assert!(matches!(ReferenceValue::parse("urn:uuid:1"), Some(ReferenceValue::Url(_))));
        assert!(matches!(ReferenceValue::parse("s|1"), Some(ReferenceValue::Identifier(_))));
        for text in ["", "a b", "Patient/", "||", "a/b"] {
            assert_eq!(ReferenceValue::parse(text), None, "{text}");
        }
    }

    #[test]
    fn strings_compare_by_their_modifier() {
        assert!(Likeness::Start.holds("Jansen", "jan") && !Likeness::Start.holds("Jansen", "sen"));
        assert!(Likeness::Part.holds("Jansen", "SEN") && !Likeness::Part.holds("Jansen", "x"));
        assert!(Likeness::Exact.holds("Jansen", "Jansen") && !Likeness::Exact.holds("Jansen", "jansen"));
    }

    #[test]
    fn text_looks_at_displays() {
        let concept = json!({"coding": [{"display": "Bloed druk"}], "text": "RR"});
        assert!(reads_like(&concept, "druk") && reads_like(&concept, "rr"));
        assert!(!reads_like(&concept, "gewicht"));
    }

    #[test]
    fn escaped_separators_do_not_separate() {
        assert_eq!(split(r"a\,b,c", ','), [r"a\,b", "c"]);
        assert_eq!(split(r"a\\,b", ','), [r"a\\", "b"]);
        assert_eq!(unescape(r"a\,b\\c\x"), r"a,b\c\x");
    }

    proptest! {
        #[test]
        fn escaping_any_text_keeps_it_whole(text in ".{0,20}") {
            let escaped: String = text
                .chars()
                .flat_map(|found| match found {
                    ',' | '|' | '$' | '\\' => vec!['\\', found],
                    _ => vec![found],
                })
                .collect();
            prop_assert_eq!(split(&escaped, ',').len(), 1);
            prop_assert_eq!(unescape(&escaped), text);
        }
    }
}
