//! Whether resources conform to the profiles that they claim, by the FHIR packages that the user gave. What the packages say
//! was noted when the resource came in; here it is only weighed.

use serde::Deserialize;

use super::structure::Reason;
use super::subject::body;
use super::{Answer, Context, Judged, each};
use crate::base::text::Text;
use crate::transcript::{Body, StructureFacts};

/// What a check calls the FHIR packages that it cannot do without.
pub const FHIR_PACKAGES: &str = "fhir-package";
/// Departures and open ends that are shown.
const SHOWN: usize = 5;

/// Every resource conforms to the profiles that it claims and to the standard, as far as the FHIR packages that were given
/// tell. Without packages nothing is expected.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ConformsToClaims {}

impl ConformsToClaims {
    pub(super) fn expected(&self) -> Text {
        Text::new(
            "resources voldoen aan de profielen die zij noemen, voor zover de meegegeven FHIR-packages dat zeggen",
            "resources conform to the profiles that they claim, as far as the given FHIR packages tell",
        )
    }

    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        each(context, |exchange| match body(exchange) {
            Some(Body::Json { structure: Some(facts), .. }) => weigh(facts),
            Some(Body::Unreadable { reason, .. }) => Judged::NotMet(reason.clone()),
            _ => Judged::Undecided(
                "the packages say nothing of it: no resource, or none of a release that they have".into(),
            ),
        })
    }
}

fn weigh(facts: &StructureFacts) -> Judged {
    if facts.errors > 0 {
        let shown = facts.departures.iter().take(SHOWN).map(|d| format!("{} [{}]", d.what, d.profile));
        return Judged::NotMet(listed("departures", facts.errors, shown));
    }
    let missing: &str = Reason::DefinitionMissing.into();
    let undefined: Vec<&str> =
        facts.not_evaluated.iter().filter(|o| o.reason == missing).map(|o| o.what.as_str()).collect();
    if !undefined.is_empty() {
        return Judged::Undecided(listed(
            "definitions that are not at hand",
            undefined.len(),
            undefined.iter().take(SHOWN),
        ));
    }
    let held = facts.profiles.len();
    if facts.open == 0 {
        return Judged::Met(format!("everything evaluated; definitions: {held}"));
    }
    let open = facts.not_evaluated.iter().take(SHOWN).map(|o| format!("{} ({})", o.what, o.reason));
    // Never called valid: what is open is open.
    Judged::Met(format!("no departure; definitions: {held}; {}", listed("not evaluated", facts.open, open)))
}

fn listed(what: &str, count: usize, shown: impl Iterator<Item = impl std::fmt::Display>) -> String {
    let shown: Vec<String> = shown.map(|one| one.to_string()).collect();
    let rest = if count > shown.len() { "; …" } else { "" };
    format!("{what} ({count}): {}{rest}", shown.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::{Departure, Open};

    fn open(reason: Reason, what: &str) -> StructureFacts {
        let reason: &str = reason.into();
        let open = Open { reason: reason.to_owned(), what: what.to_owned() };
        StructureFacts { profiles: vec!["p".into()], open: 1, not_evaluated: vec![open], ..StructureFacts::default() }
    }

    #[test]
    fn only_what_was_evaluated_whole_is_told_so() {
        let whole = StructureFacts { profiles: vec!["p".into()], ..StructureFacts::default() };
        assert_eq!(weigh(&whole), Judged::Met("everything evaluated; definitions: 1".into()));
        let Judged::Met(text) = weigh(&open(Reason::TerminologyMissing, "http://set")) else { panic!() };
        assert!(text.contains("not evaluated (1): http://set (terminology-missing)") && !text.contains("everything"));
    }

    #[test]
    fn without_the_definition_nothing_can_be_told_and_a_departure_counts_whatever_is_open() {
        let mut facts = open(Reason::DefinitionMissing, "http://profile");
        assert!(matches!(weigh(&facts), Judged::Undecided(text) if text.contains("http://profile")));
        facts.errors = 7;
        facts.departures = vec![Departure { at: "/a".into(), what: "/a: too few".into(), profile: "p".into() }];
        assert_eq!(weigh(&facts), Judged::NotMet("departures (7): /a: too few [p]; …".into()));
    }
}
