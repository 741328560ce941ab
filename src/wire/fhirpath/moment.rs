//! Dates, times and instants of FHIR with the precision they were written in.

use std::cmp::Ordering;

/// A date, a date with time, or a time of day, as precise as it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    text: String,
    /// Year, month, day, hour, minute; as many as were written. A time of day has no date.
    parts: Vec<i64>,
    /// Seconds with their fraction.
    seconds: Option<f64>,
    /// Minutes ahead of UTC.
    offset: Option<i64>,
    is_time: bool,
}

impl Moment {
    /// Reads a date (`2024`, `2024-05`, `2024-05-01`), a date with time, or a time (`T10:30`, `10:30:00`).
    ///
    /// Returns none when the text is neither, or names a day that no calendar has.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(time) = text.strip_prefix('T') {
            return Self::time(text, time);
        }
        if text.as_bytes().get(2) == Some(&b':') {
            return Self::time(text, text);
        }
        let (date, time) = text.split_once('T').map_or((text, None), |(date, time)| (date, Some(time)));
        let mut parts = Vec::with_capacity(5);
        for (position, part) in date.split('-').enumerate() {
            let width = if position == 0 { 4 } else { 2 };
            parts.push(number(part, width).filter(|_| position < 3)?);
        }
        if !is_calendar_day(&parts) {
            return None;
        }
        let mut moment = Self { text: text.to_owned(), parts, seconds: None, offset: None, is_time: false };
        match time {
            Some("") => Some(moment),
            Some(_) if moment.parts.len() < 3 => None,
            Some(time) => moment.add_time(time).then_some(moment),
            None => Some(moment),
        }
    }

    /// The text as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Which comes first; none when the precision of either leaves it open.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        if self.is_time != other.is_time || self.offset.is_some() != other.offset.is_some() {
            return self.compare_dates(other);
        }
        let (left, right) = (self.in_utc(), other.in_utc());
        for (a, b) in left.parts.iter().zip(&right.parts) {
            match a.cmp(b) {
                Ordering::Equal => {}
                decided => return Some(decided),
            }
        }
        if left.parts.len() != right.parts.len() {
            return None;
        }
        match (left.seconds, right.seconds) {
            (Some(a), Some(b)) => a.partial_cmp(&b),
            (None, None) => Some(Ordering::Equal),
            _ => None,
        }
    }

    /// With a zone on one side only, just dates more than a day apart can be told from each other.
    fn compare_dates(&self, other: &Self) -> Option<Ordering> {
        if self.is_time || other.is_time {
            return None;
        }
        for (a, b) in self.parts.iter().zip(&other.parts).take(2) {
            match a.cmp(b) {
                Ordering::Equal => {}
                decided => return Some(decided),
            }
        }
        match (self.parts.get(2), other.parts.get(2)) {
            (Some(a), Some(b)) if (a - b).abs() > 1 => Some(a.cmp(b)),
            _ => None,
        }
    }

    fn time(text: &str, time: &str) -> Option<Self> {
        let mut moment = Self { text: text.to_owned(), parts: Vec::new(), seconds: None, offset: None, is_time: true };
        moment.add_time(time).then_some(moment)
    }

    fn add_time(&mut self, time: &str) -> bool {
        let zone = time.find(['Z', '+', '-']);
        let (clock, zone) = time.split_at(zone.unwrap_or(time.len()));
        let mut fields = clock.split(':');
        let hour = fields.next().and_then(|field| number(field, 2)).filter(|hour| *hour < 24);
        let Some(hour) = hour else { return false };
        self.parts.push(hour);
        if let Some(field) = fields.next() {
            let Some(minute) = number(field, 2).filter(|minute| *minute < 60) else { return false };
            self.parts.push(minute);
        }
        if let Some(field) = fields.next() {
            let whole = field.split('.').next().and_then(|whole| number(whole, 2));
            let Some(seconds) = field.parse::<f64>().ok().filter(|_| whole.is_some_and(|whole| whole < 61)) else {
                return false;
            };
            self.seconds = Some(seconds);
        }
        if fields.next().is_some() {
            return false;
        }
        match zone_minutes(zone) {
            Some(offset) => {
                self.offset = offset;
                true
            }
            None => false,
        }
    }

    fn in_utc(&self) -> Self {
        let Some(offset) = self.offset.filter(|offset| *offset != 0 && self.parts.len() == 5) else {
            return self.clone();
        };
        let [year, month, day, hour, minute] = self.parts[..] else { return self.clone() };
        let minutes = (days_from_civil(year, month, day) * 24 + hour) * 60 + minute - offset;
        let (year, month, day) = civil_from_days(minutes.div_euclid(1440));
        let rest = minutes.rem_euclid(1440);
        Self { parts: vec![year, month, day, rest / 60, rest % 60], offset: Some(0), ..self.clone() }
    }
}

/// Minutes ahead of UTC; the outer none is a text that is no zone.
#[allow(clippy::option_option)]
fn zone_minutes(zone: &str) -> Option<Option<i64>> {
    match zone {
        "" => Some(None),
        "Z" => Some(Some(0)),
        _ => {
            let (sign, rest) = zone.split_at(1);
            let (hours, minutes) = rest.split_once(':')?;
            let total = number(hours, 2).filter(|h| *h <= 14)? * 60 + number(minutes, 2).filter(|m| *m < 60)?;
            Some(Some(if sign == "-" { -total } else { total }))
        }
    }
}

fn number(text: &str, width: usize) -> Option<i64> {
    (text.len() == width && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

fn is_calendar_day(parts: &[i64]) -> bool {
    let month_fits = parts.get(1).is_none_or(|month| (1..=12).contains(month));
    let day_fits = parts.get(2).is_none_or(|day| {
        let leap = parts[0] % 4 == 0 && (parts[0] % 100 != 0 || parts[0] % 400 == 0);
        let last = match parts[1] {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        (1..=last).contains(day)
    });
    month_fits && day_fits
}

/// Days since 1970-01-01 in the Gregorian calendar.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
}
