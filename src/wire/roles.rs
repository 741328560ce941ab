//! Role codes of professionals, `tt.sss` (CIBG CPS UZI-register, appendix 3): two digits of the title, three of the
//! specialism, `.000` for none. Which there are is data; `00.000` is the code of whoever has no title.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::base::text::Text;

/// The code of somebody without title: an employee.
pub const EMPLOYEE: &str = "00.000";

/// The list of role codes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RoleCodes {
    /// Where the list comes from.
    pub source: String,
    /// OID of the code system.
    pub system: String,
    /// Titles by their two digits.
    pub titles: BTreeMap<String, Title>,
}

/// A title.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Title {
    /// What it is called.
    pub title: Text,
    /// Its specialisms by their three digits.
    #[serde(default)]
    pub specialisms: BTreeMap<String, Specialism>,
}

/// A specialism within a title.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Specialism {
    /// What it is called.
    pub title: Text,
    /// Whether it is no longer given out.
    #[serde(default)]
    pub closed: bool,
}

/// What a text is as a role code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// In the list.
    Known,
    /// In the list, and no longer given out.
    Closed,
    /// Of an employee, who has no title.
    Employee,
    /// Of the right form, and not in the list.
    Unknown,
    /// Not of the form `tt.sss`.
    Malformed,
}

impl RoleCodes {
    /// What a text is as a role code.
    pub fn standing(&self, code: &str) -> Standing {
        let Some((title, specialism)) = halves(code) else { return Standing::Malformed };
        if code == EMPLOYEE {
            return Standing::Employee;
        }
        match self.titles.get(title) {
            None => Standing::Unknown,
            Some(_) if specialism == "000" => Standing::Known,
            Some(title) => match title.specialisms.get(specialism) {
                None => Standing::Unknown,
                Some(s) if s.closed => Standing::Closed,
                Some(_) => Standing::Known,
            },
        }
    }

    /// Every code that is given out, titles without specialism included, in order.
    pub fn given_out(&self) -> impl Iterator<Item = String> + '_ {
        self.titles.iter().flat_map(|(title, about)| {
            let open = about.specialisms.iter().filter(|(_, s)| !s.closed).map(|(code, _)| code.as_str());
            std::iter::once("000").chain(open).map(move |specialism| format!("{title}.{specialism}"))
        })
    }

    /// A code of the right form that is not in the list, if there is room for one.
    pub fn unknown_code(&self) -> Option<String> {
        let numbers = (1..100).rev().map(|n| format!("{n:02}"));
        numbers.filter(|title| !self.titles.contains_key(title)).map(|title| format!("{title}.999")).next()
    }
}

/// Title and specialism of a code of the right form.
fn halves(code: &str) -> Option<(&str, &str)> {
    let (title, specialism) = code.split_once('.')?;
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    (digits(title, 2) && digits(specialism, 3)).then_some((title, specialism))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn list() -> RoleCodes {
        serde_json::from_value(serde_json::json!({
            "source": "SIM", "system": "1.2",
            "titles": {
                "01": {"title": {"nl": "arts", "en": "physician"}, "specialisms": {
                    "015": {"title": {"nl": "a", "en": "a"}},
                    "002": {"title": {"nl": "b", "en": "b"}, "closed": true},
                }},
                "30": {"title": {"nl": "c", "en": "c"}},
            },
        }))
        .unwrap()
    }

    #[test]
    fn every_kind_of_code_is_told_apart() {
        let list = list();
        for (code, standing) in [
            ("01.015", Standing::Known),
            ("01.000", Standing::Known),
            ("30.000", Standing::Known),
            ("01.002", Standing::Closed),
            ("00.000", Standing::Employee),
            ("01.999", Standing::Unknown),
            ("30.015", Standing::Unknown),
            ("98.000", Standing::Unknown),
            ("1.015", Standing::Malformed),
            ("01015", Standing::Malformed),
            ("01.15", Standing::Malformed),
            ("٠١.٠١٥", Standing::Malformed),
            ("", Standing::Malformed),
        ] {
            assert_eq!(list.standing(code), standing, "{code}");
        }
    }

    #[test]
    fn closed_specialisms_are_not_given_out_and_an_unknown_code_is_unknown() {
        let list = list();
        let codes: Vec<String> = list.given_out().collect();
        assert_eq!(codes, ["01.000", "01.015", "30.000"]);
        assert_eq!(list.standing(&list.unknown_code().unwrap()), Standing::Unknown);
    }
}
