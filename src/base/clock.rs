//! Time as the harness writes it: RFC 3339, UTC, microseconds.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The current time in UTC.
pub fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

/// `at` as RFC 3339 with microseconds and `Z`, for example `2026-11-21T10:15:00.000001Z`.
pub fn rfc3339(at: OffsetDateTime) -> String {
    let at = at.to_offset(time::UtcOffset::UTC);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second(),
        at.microsecond()
    )
}

/// Reads an RFC 3339 time; `None` when the text is none.
pub fn parse_rfc3339(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}

/// Reads an HTTP date (IMF-fixdate, RFC 9110 section 5.6.7), for example `Sat, 21 Nov 2026 21:22:18 GMT`.
pub fn parse_http_date(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(&text.replace(" GMT", " +0000"), &time::format_description::well_known::Rfc2822).ok()
}

/// `at` as an HTTP date.
pub fn http_date(at: OffsetDateTime) -> String {
    let at = at.to_offset(time::UtcOffset::UTC);
    let weekday = &at.weekday().to_string()[..3];
    let month = &at.month().to_string()[..3];
    format!(
        "{weekday}, {:02} {month} {:04} {:02}:{:02}:{:02} GMT",
        at.day(),
        at.year(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_survive_writing_and_reading() {
        let at = parse_rfc3339("2026-11-21T10:15:00.000001Z").expect("a valid time");
        assert_eq!(rfc3339(at), "2026-11-21T10:15:00.000001Z");
        let whole = parse_rfc3339("2026-11-21T10:15:00Z").expect("a valid time");
        assert_eq!(http_date(whole), "Sat, 21 Nov 2026 10:15:00 GMT");
        assert_eq!(parse_http_date("Sat, 21 Nov 2026 10:15:00 GMT"), Some(whole));
    }

    #[test]
    fn nonsense_is_no_time() {
        assert_eq!(parse_rfc3339("yesterday"), None);
        assert_eq!(parse_http_date("yesterday"), None);
    }
}
