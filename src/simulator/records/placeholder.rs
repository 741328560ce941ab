//! Placeholders in somebody's own records, as test material writes them: `${CURRENTDATE}`, `${DATE, T, d, -30}` and bare names
//! such as `${task-id}`. A day is counted from the test day; a name stands for one id as long as the records live.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use time::{Date, Duration, Month};

use crate::base::day::Day;

static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\$\{([^}]*)\}").expect("a valid pattern"));
static NAME: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^[A-Za-z][A-Za-z0-9._-]*$").expect("a valid pattern"));

/// What placeholders stand for.
#[derive(Debug)]
pub(super) struct Placeholders {
    test_day: Day,
    ids: BTreeMap<String, String>,
}

impl Placeholders {
    pub(super) fn on(test_day: Day) -> Self {
        Self { test_day, ids: BTreeMap::new() }
    }

    /// The text with every placeholder filled in; else the first that cannot be understood.
    pub(super) fn fill(&mut self, text: &str) -> Result<String, String> {
        let mut wrong = None;
        let filled = PLACEHOLDER.replace_all(text, |found: &Captures<'_>| {
            self.value(&found[1]).unwrap_or_else(|| {
                wrong.get_or_insert_with(|| found[0].to_owned());
                String::new()
            })
        });
        match wrong {
            None if filled.contains("${") => Err("${ without }".to_owned()),
            None => Ok(filled.into_owned()),
            Some(wrong) => Err(wrong),
        }
    }

    /// Whether an id was made up here, so that several files may tell of states of one resource.
    pub(super) fn made(&self, id: &str) -> bool {
        self.ids.values().any(|made| id.contains(made))
    }

    fn value(&mut self, inner: &str) -> Option<String> {
        let parts: Vec<&str> = inner.split(',').map(str::trim).collect();
        match parts.as_slice() {
            ["CURRENTDATE"] => Some(self.test_day.to_string()),
            ["DATE", "T", unit, count] => {
                let count: i32 = count.strip_prefix('+').unwrap_or(count).parse().ok()?;
                shifted(self.test_day.0, unit, count).map(|day| Day(day).to_string())
            }
            [name] if NAME.is_match(name) => {
                let made = || uuid::Uuid::new_v4().simple().to_string()[..12].to_owned();
                Some(self.ids.entry((*name).to_owned()).or_insert_with(made).clone())
            }
            _ => None,
        }
    }
}

/// A day so many units later. Where a month is too short it is its last day.
fn shifted(day: Date, unit: &str, count: i32) -> Option<Date> {
    match unit {
        "D" | "d" => day.checked_add(Duration::days(count.into())),
        "M" | "m" => {
            let months = day.year().checked_mul(12)?.checked_add(i32::from(u8::from(day.month())) - 1)?;
            let months = months.checked_add(count)?;
            let month = Month::try_from(u8::try_from(months.rem_euclid(12)).ok()? + 1).ok()?;
            let year = months.div_euclid(12);
            Date::from_calendar_date(year, month, day.day().min(month.length(year))).ok()
        }
        "Y" | "y" => shifted(day, "M", count.checked_mul(12)?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(text: &str) -> Result<String, String> {
        Placeholders::on(Day::parse("2028-03-31").expect("a day")).fill(text)
    }

    #[test]
    fn days_are_counted_from_the_test_day_and_a_short_month_ends_earlier() {
        for (text, day) in [
            ("${CURRENTDATE}", "2028-03-31"),
            ("${DATE, T, d, +2}", "2028-04-02"),
            ("${DATE, T, D, -31}", "2028-02-29"),
            ("${DATE,T,d,250}", "2028-12-06"),
            ("${DATE, T, M, -1}", "2028-02-29"),
            ("${DATE, T, m, 9}", "2028-12-31"),
            ("${DATE, T, M, -4}", "2027-11-30"),
            ("${DATE, T, y, -10}", "2018-03-31"),
        ] {
            assert_eq!(fill(text).as_deref(), Ok(day), "{text}");
        }
        assert_eq!(fill("from ${CURRENTDATE}T10:00:00 on").as_deref(), Ok("from 2028-03-31T10:00:00 on"));
        let mut leap = Placeholders::on(Day::parse("2028-02-29").expect("a day"));
        assert_eq!(leap.fill("${DATE, T, Y, 1}").as_deref(), Ok("2029-02-28"));
    }

    #[test]
    fn a_name_stands_for_one_id_and_another_name_for_another() {
        let mut placeholders = Placeholders::on(Day::parse("2028-03-31").expect("a day"));
        let ids = placeholders.fill("${task-id} ${task-id} x-${CD6}-1").expect("filled");
        let ids: Vec<&str> = ids.split(' ').collect();
        assert_eq!(ids[0], ids[1]);
        assert_ne!(ids[2], format!("x-{}-1", ids[0]));
        assert!(placeholders.made(ids[0]) && placeholders.made(ids[2]) && !placeholders.made("task-id"));
    }

    #[test]
    fn what_is_no_placeholder_that_is_known_is_named() {
        for wrong in ["${DATE, T, w, 1}", "${DATE, T, d, soon}", "${DATE, U, d, 1}", "${}", "${two words}"] {
            assert_eq!(fill(&format!("a {wrong} b")).unwrap_err(), wrong);
        }
        assert_eq!(fill("a ${open").unwrap_err(), "${ without }");
        assert!(fill("${DATE, T, Y, 2147483647}").is_err());
    }
}
