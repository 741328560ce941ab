//! FHIR dates as spans of time, and how a search compares them.
//!
//! A date of lower precision is the whole span it names; no offset counts as UTC.
//! Clause: hl7.org/fhir/STU3/search.html#date.

use serde_json::Value;
use time::format_description::well_known::Rfc3339;
use time::{Date, Month, OffsetDateTime, UtcOffset};

/// A span in nanoseconds since 1970, the end not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: i128,
    pub(super) end: i128,
}

const SECOND: i128 = 1_000_000_000;

impl Span {
    /// Reads a FHIR date, dateTime or instant.
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text.split_once('T') {
            None => Self::of_date(text),
            Some((date, time)) => Self::of_moment(date, time),
        }
    }

    /// The span of a date-like element: a primitive, or a Period, open where an end is missing.
    pub(super) fn of_value(value: &Value) -> Option<Self> {
        if let Some(text) = value.as_str() {
            return Self::parse(text);
        }
        let edge = |name: &str| value.get(name).and_then(Value::as_str).map(Self::parse);
        let (start, end) = match (edge("start"), edge("end")) {
            (None, None) => return None,
            edges => edges,
        };
        Some(Self {
            start: start.map_or(Some(i128::MIN), |span| span.map(|span| span.start))?,
            end: end.map_or(Some(i128::MAX), |span| span.map(|span| span.end))?,
        })
    }

    fn of_date(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let year = number(parts.next()?, 4)?;
        let month = parts.next().map(|part| number(part, 2));
        let day = parts.next().map(|part| number(part, 2));
        if parts.next().is_some() {
            return None;
        }
        let (start, end) = match (month, day) {
            (None, _) => (midnight(year, 1, 1)?, midnight(year + 1, 1, 1)?),
            (Some(month), None) => {
                let month = month?;
                let next = match month {
                    12 => midnight(year + 1, 1, 1),
                    _ => midnight(year, month + 1, 1),
                };
                (midnight(year, month, 1)?, next?)
            }
            (Some(month), Some(day)) => {
                let start = midnight(year, month?, day?)?;
                (start, start + 24 * 60 * 60 * SECOND)
            }
        };
        Some(Self { start, end })
    }

    fn of_moment(date: &str, time: &str) -> Option<Self> {
        let offset_at = time.find(['Z', '+', '-']).unwrap_or(time.len());
        let (clock, offset) = time.split_at(offset_at);
        let offset = if offset.is_empty() { "Z" } else { offset };
        let (clock, length) = match (clock.len(), clock.contains('.')) {
            (5, false) => (format!("{clock}:00"), 60 * SECOND),
            (8, false) => (clock.to_owned(), SECOND),
            (_, true) => (clock.to_owned(), 1),
            _ => return None,
        };
        let moment = OffsetDateTime::parse(&format!("{date}T{clock}{offset}"), &Rfc3339).ok()?;
        let start = moment.to_offset(UtcOffset::UTC).unix_timestamp_nanos();
        Some(Self { start, end: start + length })
    }
}

fn number(text: &str, digits: usize) -> Option<i32> {
    let plain = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

fn midnight(year: i32, month: i32, day: i32) -> Option<i128> {
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    let date = Date::from_calendar_date(year, month, u8::try_from(day).ok()?).ok()?;
    Some(date.midnight().assume_utc().unix_timestamp_nanos())
}

/// One value of a date parameter: a prefix and a span.
#[derive(Debug, Clone, Copy)]
pub(super) struct DateTest {
    prefix: Prefix,
    span: Span,
}

#[derive(Debug, Clone, Copy)]
enum Prefix {
    Eq,
    Ne,
    Gt,
    Lt,
    Ge,
    Le,
    Sa,
    Eb,
    Ap,
}

impl DateTest {
    /// Reads `2024`, `ge2024-01-01`, ...
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (prefix, rest) = match text.get(..2).unwrap_or_default() {
            "eq" => (Prefix::Eq, 2),
            "ne" => (Prefix::Ne, 2),
            "gt" => (Prefix::Gt, 2),
            "lt" => (Prefix::Lt, 2),
            "ge" => (Prefix::Ge, 2),
            "le" => (Prefix::Le, 2),
            "sa" => (Prefix::Sa, 2),
            "eb" => (Prefix::Eb, 2),
            "ap" => (Prefix::Ap, 2),
            _ => (Prefix::Eq, 0),
        };
        // A `+` of an offset that was not escaped arrives as a space.
        let span = Span::parse(&text[rest..].replace(' ', "+"))?;
        Some(Self { prefix, span })
    }

    pub(super) fn holds(self, found: Span) -> bool {
        let asked = self.span;
        let within = asked.start <= found.start && found.end <= asked.end;
        match self.prefix {
            Prefix::Eq => within,
            Prefix::Ne => !within,
            Prefix::Gt => found.end > asked.end,
            Prefix::Lt => found.start < asked.start,
            Prefix::Ge => within || found.end > asked.end,
            Prefix::Le => within || found.start < asked.start,
            Prefix::Sa => found.start >= asked.end,
            Prefix::Eb => found.end <= asked.start,
            Prefix::Ap => found.start < asked.end && asked.start < found.end,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn holds(asked: &str, found: Value) -> bool {
        let span = Span::of_value(&found).unwrap();
        DateTest::parse(asked).unwrap().holds(span)
    }

    #[test]
    fn a_date_is_the_span_it_names() {
        assert!(holds("2024", json!("2024-02-29")));
        assert!(holds("2024-02", json!("2024-02-29T23:59:59Z")));
        assert!(!holds("2024-02-29", json!("2024-02")));
        assert!(!holds("2024-02-28", json!("2024-02-29")));
        assert!(holds("2024-12", json!("2024-12-31")));
    }

    #[test]
    fn offsets_are_taken_into_account() {
        assert!(holds("2024-01-01T00:30:00+01:00", json!("2023-12-31T23:30:00Z")));
        assert!(holds("2024-01-01T00:30:00 01:00", json!("2023-12-31T23:30:00Z")));
        assert!(holds("2023-12-31T23:30", json!("2023-12-31T23:30:10.5Z")));
    }

    #[test]
    fn prefixes_compare_spans() {
        assert!(holds("gt2023", json!("2024")) && !holds("gt2024", json!("2024")));
        assert!(holds("ge2024", json!("2024")) && !holds("ge2025", json!("2024")));
        assert!(holds("lt2025", json!("2024")) && !holds("lt2024", json!("2024")));
        assert!(holds("le2024", json!("2024")) && !holds("le2023", json!("2024")));
        assert!(holds("ne2023", json!("2024")) && !holds("ne2024", json!("2024")));
        assert!(holds("sa2023", json!("2024")) && !holds("sa2024", json!("2024")));
        assert!(holds("eb2025", json!("2024")) && !holds("eb2024", json!("2024")));
        assert!(holds("ap2024-03", json!("2024")) && !holds("ap2025", json!("2024")));
    }

    #[test]
    fn a_period_is_open_where_an_end_is_missing() {
        assert!(holds("gt2090", json!({"start": "2020"})));
        assert!(!holds("gt2090", json!({"start": "2020", "end": "2021"})));
        assert!(holds("2020", json!({"start": "2020-02", "end": "2020-03"})));
        assert!(Span::of_value(&json!({})).is_none());
        assert!(Span::of_value(&json!({"start": "soon"})).is_none());
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "24",
            "2024-13",
            "2024-02-30",
            "2024-1-1",
            "ge",
            "x2024",
            "2024-01-01T",
            "2024-01-01T25:00",
            "9999-12-31-1",
        ] {
            assert!(DateTest::parse(text).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_gives_an_answer(text in ".{0,30}") {
            let _ = DateTest::parse(&text);
        }

        #[test]
        fn a_day_equals_itself_alone(year in 1900..2100_i32, month in 1..=12_u8, day in 1..=28_u8) {
            let text = format!("{year:04}-{month:02}-{day:02}");
            prop_assert!(holds(&text, json!(text.clone())));
            let (after, before) = (format!("gt{text}"), format!("lt{text}"));
            prop_assert!(!holds(&after, json!(text.clone())));
            prop_assert!(!holds(&before, json!(text)));
        }
    }
}
