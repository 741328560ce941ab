//! A log as a table (CSV), with a mapping that says which column holds what: every product exports in its own way.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::format_description::OwnedFormatItem;
use time::{OffsetDateTime, PrimitiveDateTime, UtcOffset};

use super::{MOST_RECORDS, Outcome, Person, Record};
use crate::base::clock;

/// A field of a record that a column can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Field {
    /// When it happened.
    Time,
    /// What happened.
    Event,
    /// How it ended.
    Outcome,
    /// Citizen service number.
    Patient,
    /// A URA; several columns may hold one.
    Organisation,
    /// Who is responsible.
    User,
    /// Role code of who is responsible.
    Role,
    /// Who acts under mandate.
    Mandated,
    /// Purpose of use.
    Purpose,
    /// A request id or the like.
    Correlation,
    /// A query, a reference or an id.
    Object,
    /// Consent or authorisation protocol that was applied.
    Policy,
    /// The system that wrote it.
    Source,
    /// A network address.
    AccessPoint,
}

/// Which column of a table holds what, and how it is written there.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Mapping {
    /// What stands between columns.
    #[serde(default)]
    pub delimiter: Option<char>,
    /// Fields by the name of their column.
    pub columns: BTreeMap<String, Field>,
    /// How times are written, in the words of <https://time-rs.github.io/book/api/format-description.html>; RFC 3339 when
    /// absent.
    #[serde(default)]
    pub time_format: Option<String>,
    /// What times without an offset are ahead of UTC, for example `+01:00`.
    #[serde(default)]
    pub utc_offset: Option<String>,
    /// What stands in the column of the outcome for success; `0` when absent. Anything else is a failure.
    #[serde(default)]
    pub success: Vec<String>,
}

/// Why a table cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableFault {
    /// The mapping names a column that is not there.
    #[error("there is no column `{0}`")]
    Column(String),
    /// The mapping has no column for the time.
    #[error("no column holds the time")]
    NoTime,
    /// The format of times is none.
    #[error("`{0}` is no format of times")]
    Format(String),
    /// A line that is none.
    #[error("line {line}: {reason}")]
    Line {
        /// From one.
        line: u64,
        /// Why.
        reason: String,
    },
}

/// Reads a table whose first line names its columns. A cell whose time cannot be read gives a record without one.
///
/// # Errors
/// When the table does not fit the mapping.
pub fn read(bytes: &[u8], mapping: &Mapping) -> Result<Vec<Record>, TableFault> {
    let times = Times::new(mapping)?;
    let delimiter = u8::try_from(mapping.delimiter.unwrap_or(',')).unwrap_or(b',');
    let mut reader = ::csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(bytes);
    let broken = |e: &::csv::Error| TableFault::Line {
        line: e.position().map_or(0, ::csv::Position::line),
        reason: e.to_string(),
    };
    let header = reader.headers().map_err(|e| broken(&e))?.clone();
    let mut places = Vec::new();
    for (column, field) in &mapping.columns {
        let at = header.iter().position(|h| h.trim_start_matches('\u{feff}').trim() == column);
        places.push((at.ok_or_else(|| TableFault::Column(column.clone()))?, *field));
    }
    if !places.iter().any(|(_, field)| *field == Field::Time) {
        return Err(TableFault::NoTime);
    }
    let mut records = Vec::new();
    for line in reader.records().take(MOST_RECORDS) {
        let line = line.map_err(|e| broken(&e))?;
        let cells = places.iter().filter_map(|(at, field)| Some((*field, line.get(*at)?.trim())));
        let mut record = record(mapping, &times, cells.filter(|(_, text)| !text.is_empty()));
        line.iter().for_each(|cell| record.keep(cell.trim()));
        records.push(record);
    }
    Ok(records)
}

fn record<'a>(mapping: &Mapping, times: &Times, cells: impl Iterator<Item = (Field, &'a str)>) -> Record {
    let mut record = Record::default();
    let mut user = Person::default();
    let mut mandated = None;
    for (field, text) in cells {
        let own = text.to_owned();
        match field {
            Field::Time => record.time = times.read(text).map(clock::rfc3339),
            Field::Event => record.event.push(own),
            Field::Outcome => {
                let good = if mapping.success.is_empty() { text == "0" } else { mapping.success.contains(&own) };
                record.outcome = Some(if good { Outcome::Success } else { Outcome::Failure });
            }
            Field::Patient => {
                record.patient = Some(own);
                record.patient_typed = true;
            }
            Field::Organisation => record.organisation(super::identifier(text).1),
            Field::User => user.id = own,
            Field::Role => user.role = Some(own),
            Field::Mandated => mandated = Some(own),
            Field::Purpose => record.purpose.push(own),
            Field::Correlation => record.correlation.push(own),
            Field::Object => record.objects.push(own),
            Field::Policy => record.policies.push(own),
            Field::Source => record.source = Some(own),
            Field::AccessPoint => record.access_points.push(own),
        }
    }
    if !user.id.is_empty() || user.role.is_some() {
        record.persons.push(user);
    }
    record.persons.extend(mandated.map(|id| Person { id, role: None }));
    record
}

/// How times are read.
struct Times {
    format: Option<OwnedFormatItem>,
    offset: UtcOffset,
}

impl Times {
    fn new(mapping: &Mapping) -> Result<Self, TableFault> {
        let parse = |text: &String| {
            time::format_description::parse_owned::<2>(text).map_err(|_| TableFault::Format(text.clone()))
        };
        let format = mapping.time_format.as_ref().map(parse).transpose()?;
        let offset = mapping.utc_offset.as_deref().unwrap_or("+00:00");
        let probe = clock::parse_rfc3339(&format!("2026-01-01T00:00:00{offset}"));
        let offset = probe.ok_or_else(|| TableFault::Format(offset.to_owned()))?.offset();
        Ok(Self { format, offset })
    }

    fn read(&self, text: &str) -> Option<OffsetDateTime> {
        let Some(format) = &self.format else { return clock::parse_rfc3339(text) };
        let with_offset = OffsetDateTime::parse(text, format).ok();
        with_offset.or_else(|| PrimitiveDateTime::parse(text, format).ok().map(|t| t.assume_offset(self.offset)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn mapping() -> Mapping {
        let columns = [
            ("tijd", Field::Time),
            ("bsn", Field::Patient),
            ("ura", Field::Organisation),
            ("rol", Field::Role),
            ("ok", Field::Outcome),
        ];
        Mapping {
            delimiter: Some(';'),
            columns: columns.into_iter().map(|(n, f)| (n.to_owned(), f)).collect(),
            time_format: Some("[day]-[month]-[year] [hour]:[minute]:[second]".into()),
            utc_offset: Some("+01:00".into()),
            success: vec!["ja".into()],
        }
    }

    #[test]
    fn columns_become_fields_and_local_times_utc() {
        let table = "tijd;bsn;ura;rol;ok;meer\n22-11-2026 06:00:01;999943145;90000002;01.015;ja;x\n;;;;nee\n";
        let records = read(table.as_bytes(), &mapping()).unwrap();
        assert_eq!(records.len(), 2);
        assert_eq!(records[0].time.as_deref(), Some("2026-11-22T05:00:01.000000Z"));
        assert_eq!(records[0].organisations, ["90000002"]);
        assert_eq!(records[0].persons[0].role.as_deref(), Some("01.015"));
        assert_eq!(records[0].outcome, Some(Outcome::Success));
        assert!(records[0].mentions("x"));
        assert_eq!((&records[1].time, records[1].outcome), (&None, Some(Outcome::Failure)));
    }

    #[test]
    fn a_mapping_that_does_not_fit_is_told() {
        let fault = |table: &str, mapping: &Mapping| read(table.as_bytes(), mapping).unwrap_err();
        assert_eq!(fault("tijd;bsn\n", &mapping()), TableFault::Column("ok".into()));
        assert_eq!(fault("a\n", &Mapping::default()), TableFault::NoTime);
        let wrong = Mapping { time_format: Some("[nonsense]".into()), ..mapping() };
        assert_eq!(fault("a\n", &wrong), TableFault::Format("[nonsense]".into()));
    }

    proptest! {
        #[test]
        fn no_table_makes_the_reader_panic(text in "[ -~\n]{0,200}") {
            let _ = read(format!("tijd;bsn;ura;rol;ok\n{text}").as_bytes(), &mapping());
        }
    }
}
