//! What Mitz told of a patient's choices, and what follows from it (50-generic-facilities section 1.7).
//!
//! A refusal withholds by itself; a permission never releases by itself, for Mitz is asked each time.

use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;

use crate::base::clock;
use crate::deviation::Deviation;
use crate::wire::consent::{Choice, ConsentNotification};

/// Whose choice about what: patient, data category, category of consulting providers.
type Key = (String, String, Option<String>);

/// What Mitz told.
#[derive(Debug, Default)]
pub struct Told {
    choices: BTreeMap<Key, (Option<OffsetDateTime>, bool)>,
    /// Categories that were permitted once to anybody: only who reuses permits looks here.
    pub(super) permits: BTreeSet<String>,
}

impl Told {
    /// Takes a notification. A repeated one changes nothing, an older one does not either.
    pub(super) fn take(&mut self, notification: &ConsentNotification, deviation: Option<Deviation>) {
        for choice in &notification.choices {
            // A generic engine that looks at active consents alone never learns of a refusal.
            if deviation == Some(Deviation::IgnoresWithdrawnConsent) && !choice.given {
                continue;
            }
            self.take_choice(&notification.bsn, choice, deviation);
        }
    }

    fn take_choice(&mut self, bsn: &str, choice: &Choice, deviation: Option<Deviation>) {
        let key = (bsn.to_owned(), choice.category.clone(), choice.consulting.clone());
        let at = clock::parse_rfc3339(&choice.at);
        let known = self.choices.get(&key).copied();
        let given = match known {
            Some((before, _)) if before > at && deviation != Some(Deviation::TakesOlderConsent) => return,
            // At the same moment, an objection beats a permission.
            Some((before, earlier)) if before == at => {
                if deviation == Some(Deviation::PrefersPermission) {
                    earlier || choice.given
                } else {
                    earlier && choice.given
                }
            }
            _ => choice.given,
        };
        self.choices.insert(key, (at, given));
    }

    /// What is known of a category: the more specific choice counts.
    pub(super) fn known(&self, bsn: &str, category: &str, consulting: Option<&str>) -> Option<bool> {
        let of = |consulting: Option<&str>| {
            let key = (bsn.to_owned(), category.to_owned(), consulting.map(str::to_owned));
            self.choices.get(&key).map(|(_, given)| *given)
        };
        consulting.and_then(|c| of(Some(c))).or_else(|| of(None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(list: &[(bool, Option<&str>, &str)]) -> Told {
        let mut told = Told::default();
        for (given, consulting, at) in list {
            let choice = Choice {
                category: "GGC002".into(),
                given: *given,
                consulting: consulting.map(str::to_owned),
                at: (*at).to_owned(),
            };
            let bsn = "999943145".to_owned();
            told.take(&ConsentNotification { bsn, choices: vec![choice], ..ConsentNotification::default() }, None);
        }
        told
    }

    const OLD: &str = "2026-01-01T00:00:00Z";
    const NEW: &str = "2026-01-02T00:00:00Z";

    #[test]
    fn the_newest_choice_counts_in_whatever_order_it_is_told() {
        let known = |list: &[(bool, Option<&str>, &str)]| told(list).known("999943145", "GGC002", None);
        assert_eq!(known(&[]), None);
        assert_eq!(known(&[(true, None, OLD), (false, None, NEW)]), Some(false));
        assert_eq!(known(&[(false, None, NEW), (true, None, OLD)]), Some(false));
        assert_eq!(known(&[(false, None, OLD), (true, None, NEW)]), Some(true));
        assert_eq!(known(&[(true, None, NEW), (false, None, NEW)]), Some(false));
    }

    #[test]
    fn the_more_specific_choice_wins_for_those_whom_it_is_about() {
        let told = told(&[(false, None, NEW), (true, Some("RPZAC104"), OLD)]);
        assert_eq!(told.known("999943145", "GGC002", Some("RPZAC104")), Some(true));
        assert_eq!(told.known("999943145", "GGC002", Some("RPZAC001")), Some(false));
        assert_eq!(told.known("999943145", "GGC013", Some("RPZAC104")), None);
        assert_eq!(told.known("999945270", "GGC002", None), None);
    }
}
