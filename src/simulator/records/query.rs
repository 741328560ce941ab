//! A search as it stands in a URL or in `Task.input`: `Type?name=value&...`, or with `$lastn`.
//!
//! Clauses: hl7.org/fhir/STU3/search.html; RFC 3986, section 2.1 (percent-encoding).

use super::reference::is_resource_type;
use super::search::SearchFault;

/// Longer queries than this are refused, in bytes.
const LONGEST: usize = 16 * 1024;
/// More parameters than this are refused.
const MOST_PARAMETERS: usize = 100;

/// One search, taken apart but not yet understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchQuery {
    /// The type searched for.
    pub resource_type: String,
    /// `$lastn`, when asked for.
    pub operation: Option<LastN>,
    /// Name (with modifier) and value of each parameter, decoded, in the order given.
    pub parameters: Vec<(String, String)>,
}

/// The operation `Observation/$lastn` (observation-operations.html#lastn).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastN {
    /// Observations per code, at least 1.
    pub max: usize,
}

impl SearchQuery {
    /// Reads a query relative to the base, with its parts percent-encoded or not.
    ///
    /// # Errors
    /// [`SearchFault::Malformed`] for a bad escape, a bad `_count` or `max`, or too much of it all;
    /// [`SearchFault::UnknownType`] and [`SearchFault::UnknownOperation`] for the path.
    pub fn parse(text: &str) -> Result<Self, SearchFault> {
        if text.len() > LONGEST {
            return Err(malformed(format!("a query of more than {LONGEST} bytes")));
        }
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        let path = decode(path.trim_start_matches('/'), false)?;
        let (resource_type, operation) = match path.split_once('/') {
            None => (path.as_str(), None),
            Some((resource_type, operation)) => (resource_type, Some(operation)),
        };
        if !is_resource_type(resource_type) {
            return Err(SearchFault::UnknownType(resource_type.to_owned()));
        }
        let parameters = parameters(query)?;
        let operation = match operation {
            None => None,
            Some("$lastn") if resource_type == "Observation" => Some(lastn(&parameters)?),
            // A dollar sign alone names no operation.
            Some("$") => return Err(malformed("an operation without a name".to_owned())),
            Some(other) => {
                return Err(SearchFault::UnknownOperation(format!("{resource_type}/{other}")));
            }
        };
        let parsed = Self { resource_type: resource_type.to_owned(), operation, parameters };
        parsed.count()?;
        Ok(parsed)
    }

    /// The page size asked for with `_count`; 0 asks for the number of matches alone.
    ///
    /// # Errors
    /// [`SearchFault::Malformed`] when it is not a whole number.
    pub fn count(&self) -> Result<Option<usize>, SearchFault> {
        whole_number(&self.parameters, "_count")
    }
}

fn parameters(query: &str) -> Result<Vec<(String, String)>, SearchFault> {
    let pieces: Vec<_> = query.split('&').filter(|piece| !piece.is_empty()).collect();
    if pieces.len() > MOST_PARAMETERS {
        return Err(malformed(format!("more than {MOST_PARAMETERS} parameters")));
    }
    pieces
        .into_iter()
        .map(|piece| {
            let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
            Ok((decode(name, true)?, decode(value, true)?))
        })
        .collect()
}

fn lastn(parameters: &[(String, String)]) -> Result<LastN, SearchFault> {
    match whole_number(parameters, "max")? {
        Some(0) => Err(malformed("`max` is 0".to_owned())),
        max => Ok(LastN { max: max.unwrap_or(1) }),
    }
}

fn whole_number(parameters: &[(String, String)], name: &str) -> Result<Option<usize>, SearchFault> {
    let mut found = parameters.iter().filter(|(given, _)| given == name);
    let Some((_, text)) = found.next() else {
        return Ok(None);
    };
    if found.next().is_some() {
        return Err(malformed(format!("`{name}` is given twice")));
    }
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|_| plain);
    number.map(Some).ok_or_else(|| malformed(format!("`{name}` is not a whole number")))
}

/// Undoes percent-encoding; an escape that is none is refused, where URL libraries pass it on.
fn decode(text: &str, plus_is_space: bool) -> Result<String, SearchFault> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digit = |found: Option<u8>| char::from(found?).to_digit(16);
                let (high, low) = (digit(rest.next()), digit(rest.next()));
                let value = high.zip(low).map(|(high, low)| high * 16 + low);
                let value = value.and_then(|value| u8::try_from(value).ok());
                value.ok_or_else(|| malformed("a `%` without two hexadecimal digits".to_owned()))?
            }
            b'+' if plus_is_space => b' ',
            plain => plain,
        });
    }
    String::from_utf8(bytes).map_err(|_| malformed("escapes that are not UTF-8".to_owned()))
}

fn malformed(detail: String) -> SearchFault {
    SearchFault::Malformed(detail)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn encoded_and_literal_queries_are_the_same() {
        let literal =
            SearchQuery::parse("Observation/$lastn?code=http://loinc.org|8302-2,http://loinc.org|8306-3").unwrap();
        let encoded = SearchQuery::parse(
            "/Observation/%24lastn?code=http%3A%2F%2Floinc.org%7C8302-2%2Chttp%3a%2f%2floinc.org%7c8306-3",
        )
        .unwrap();
        assert_eq!(literal, encoded);
        assert_eq!(literal.operation, Some(LastN { max: 1 }));
        assert_eq!(literal.parameters[0].1, "http://loinc.org|8302-2,http://loinc.org|8306-3");
    }

    #[test]
    fn a_type_alone_is_a_query() {
        for text in ["Condition", "Condition?", "/Condition?&"] {
            let query = SearchQuery::parse(text).unwrap();
            assert_eq!((query.resource_type.as_str(), query.parameters.len()), ("Condition", 0));
        }
    }

    #[test]
    fn bad_escapes_are_refused() {
        assert!(SearchQuery::parse("Patient?name=%41").is_ok());
        for text in ["Patient?name=%", "Patient?name=%4", "Patient?name=%4G", "Patient?name=%+1", "Patient?name=%ff"] {
            assert!(matches!(SearchQuery::parse(text), Err(SearchFault::Malformed(_))), "{text}");
        }
    }

    #[test]
    fn counts_are_whole_numbers_given_once() {
        assert_eq!(SearchQuery::parse("Flag?_count=5").unwrap().count(), Ok(Some(5)));
        assert_eq!(SearchQuery::parse("Flag").unwrap().count(), Ok(None));
        let max = SearchQuery::parse("Observation/$lastn?max=3").unwrap();
        assert_eq!(max.operation, Some(LastN { max: 3 }));
        for text in [
            "Flag?_count=-1",
            "Flag?_count=",
            "Flag?_count=x",
            "Flag?_count=99999999999999999999999",
            "Flag?_count=1&_count=2",
            "Observation/$lastn?max=0",
        ] {
            assert!(matches!(SearchQuery::parse(text), Err(SearchFault::Malformed(_))), "{text}");
        }
    }

    #[test]
    fn unknown_types_and_operations_are_told_apart() {
        let unknown = SearchQuery::parse("ServiceRequest?status=active");
        assert_eq!(unknown, Err(SearchFault::UnknownType("ServiceRequest".to_owned())));
        assert!(matches!(SearchQuery::parse("DocumentReference/$"), Err(SearchFault::Malformed(_))));
        for text in ["Observation/$stats", "Patient/$lastn", "Patient/1", "Observation/$lastn/x"] {
            assert!(matches!(SearchQuery::parse(text), Err(SearchFault::UnknownOperation(_))), "{text}");
        }
    }

    #[test]
    fn too_long_or_too_many_is_refused() {
        let many = |count: usize| format!("Flag?{}", vec!["a=b"; count].join("&"));
        assert!(SearchQuery::parse(&many(100)).is_ok());
        assert!(SearchQuery::parse(&many(101)).is_err());
        assert!(SearchQuery::parse(&format!("Flag?a={}", "b".repeat(LONGEST))).is_err());
    }

    proptest! {
        #[test]
        fn any_text_gives_an_answer(text in ".{0,100}") {
            let _ = SearchQuery::parse(&text);
            let _ = SearchQuery::parse(&format!("Patient?{text}"));
        }

        #[test]
        fn encoding_every_byte_changes_nothing(value in "[^&#+%]{1,30}") {
            let encoded: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
            let encoded = SearchQuery::parse(&format!("Patient?name={encoded}")).unwrap();
            let literal = SearchQuery::parse(&format!("Patient?name={value}")).unwrap();
            prop_assert_eq!(encoded, literal);
        }
    }
}
