//! How releases of the Afsprakenstelsel follow each other: numbers by semver (REL-01), n and n-1 in force (REL-03), a year
//! to implement a new one (REL-04). Days are data, and stand only where a source gives them.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::profile::Release;
use crate::base::day::Day;
use crate::base::text::Text;

/// A day on the calendar of a release.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Dated {
    /// The day.
    pub day: Day,
    /// What the day is of, in the words of its source.
    pub of: Text,
}

/// Major, minor and patch; a patch that is not written is 0.
pub type Number = (u32, u32, u32);

/// Reads a release number: `x.y` or `x.y.z` (REL-01).
pub fn number(text: &str) -> Option<Number> {
    let is_number = |p: &str| p == "0" || (!p.starts_with('0') && p.chars().all(|c| c.is_ascii_digit()));
    let parts: Vec<&str> = text.split('.').collect();
    if !parts.iter().all(|p| is_number(p)) {
        return None;
    }
    let parts: Vec<u32> = parts.into_iter().map(str::parse).collect::<Result<_, _>>().ok()?;
    match parts.as_slice() {
        [major, minor] => Some((*major, *minor, 0)),
        [major, minor, patch] => Some((*major, *minor, *patch)),
        _ => None,
    }
}

/// How a release stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "kebab-case")]
pub enum Standing {
    /// The newest: n.
    Current,
    /// The one before: n-1.
    Previous,
    /// Older: no longer in force.
    Expired,
}

/// A release among the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place<'a> {
    /// How it stands.
    pub standing: Standing,
    /// The newest release.
    pub current: &'a str,
    /// The release that follows it.
    pub successor: Option<&'a Release>,
}

impl Place<'_> {
    /// The last day to implement the successor, where its day is known.
    pub fn implement_by(&self) -> Option<Day> {
        self.successor.and_then(|r| r.dated.as_ref()).map(|d| d.day.a_year_later())
    }
}

/// Where a release stands among all; `None` when it is not one of them. Patches have no functional effect: x.y counts.
pub fn place<'a>(releases: &'a BTreeMap<String, Release>, name: &str) -> Option<Place<'a>> {
    let of = |text: &str| number(text).map(|(major, minor, _)| (major, minor));
    let own = releases.get(name).and_then(|r| of(&r.release))?;
    let mut all: Vec<((u32, u32), &Release)> =
        releases.values().filter_map(|r| of(&r.release).map(|n| (n, r))).collect();
    all.sort_by_key(|(n, _)| *n);
    let mut newer: Vec<(u32, u32)> = all.iter().map(|(n, _)| *n).filter(|n| *n > own).collect();
    newer.dedup();
    Some(Place {
        standing: match newer.len() {
            0 => Standing::Current,
            1 => Standing::Previous,
            _ => Standing::Expired,
        },
        current: all.last().map(|(_, r)| r.release.as_str())?,
        successor: all.iter().find(|(n, _)| *n > own).map(|(_, r)| *r),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::wire::task::InputCodes;

    fn releases(names: &[&str]) -> BTreeMap<String, Release> {
        let release = |name: &&str| {
            let day = Day::parse("2026-04-09").unwrap();
            let release = Release {
                release: (*name).to_owned(),
                note: Text::new("", ""),
                dated: (*name == "1.5").then(|| Dated { day, of: Text::new("kaart", "card") }),
                input_codes: serde_json::from_str::<InputCodes>(
                    r#"{"system":"s","authorization-base":"a","get-workflow-task":"g","search":["s"],"read":["r"]}"#,
                )
                .unwrap(),
                tls: serde_json::from_str(r#"{"guideline":"ncsc-2025-05"}"#).unwrap(),
            };
            ((*name).to_owned(), release)
        };
        names.iter().map(release).collect()
    }

    #[test]
    fn a_release_is_numbered_by_semver() {
        assert_eq!(number("1.5"), Some((1, 5, 0)));
        assert_eq!(number("1.3.1"), Some((1, 3, 1)));
        for wrong in ["1", "1.x", "v1.5", "1.05", "1.5.0.0", "", "1..5"] {
            assert_eq!(number(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_newest_release_and_the_one_before_are_in_force_and_older_ones_are_expired() {
        let all = releases(&["1.3.1", "1.4", "1.5"]);
        let standing = |name: &str| place(&all, name).unwrap().standing;
        assert_eq!(standing("1.5"), Standing::Current);
        assert_eq!(standing("1.4"), Standing::Previous);
        assert_eq!(standing("1.3.1"), Standing::Expired);
        assert_eq!(place(&all, "1.6"), None);
    }

    #[test]
    fn a_patch_makes_no_older_release_expire() {
        let all = releases(&["1.4", "1.5", "1.5.1"]);
        assert_eq!(place(&all, "1.4").unwrap().standing, Standing::Previous);
    }

    #[test]
    fn a_successor_is_implemented_within_a_year_where_its_day_is_known() {
        let all = releases(&["1.3.1", "1.4", "1.5"]);
        let by = |name: &str| place(&all, name).unwrap().implement_by().map(|d| d.to_string());
        assert_eq!(by("1.4").as_deref(), Some("2027-04-09"));
        assert_eq!(by("1.3.1"), None, "no source dates 1.4");
        assert_eq!(by("1.5"), None);
    }
}
