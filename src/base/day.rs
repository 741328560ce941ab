//! A calendar day as files write it: `2027-03-31`.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::macros::format_description;
use time::{Date, OffsetDateTime};

/// A day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub Date);

impl Day {
    /// Reads `2027-03-31`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        Date::parse(text, format_description!("[year]-[month]-[day]")).ok().map(Self)
    }

    /// The day of a moment, in UTC.
    pub fn of(at: OffsetDateTime) -> Self {
        Self(at.to_offset(time::UtcOffset::UTC).date())
    }

    /// The same day a year later; of 29 February it is 28 February.
    #[must_use]
    pub fn a_year_later(self) -> Self {
        let next = self.0.replace_year(self.0.year() + 1);
        Self(next.or_else(|_| self.0.replace_day(28).and_then(|d| d.replace_year(d.year() + 1))).unwrap_or(self.0))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), u8::from(self.0.month()), self.0.day())
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            serde::de::Error::custom(format!("`{text}` is no day; write it as year, month, day: 2027-03-31"))
        })
    }
}

impl schemars::JsonSchema for Day {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Day".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A day, for example 2027-03-31.",
            "type": "string",
            "pattern": r"^\d{4}-\d{2}-\d{2}$"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_and_written_in_one_way_and_nonsense_is_none() {
        assert_eq!(Day::parse("2027-03-31").map(|d| d.to_string()).as_deref(), Some("2027-03-31"));
        for wrong in ["2027-02-30", "31-03-2027", "2027-3-1", "", "morgen"] {
            assert_eq!(Day::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_year_later_exists_for_every_day() {
        let later = |text: &str| Day::parse(text).map(|d| d.a_year_later().to_string());
        assert_eq!(later("2026-04-09").as_deref(), Some("2027-04-09"));
        assert_eq!(later("2028-02-29").as_deref(), Some("2029-02-28"));
    }
}
