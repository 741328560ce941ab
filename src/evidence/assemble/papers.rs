//! What documents, waivers and the calendar of releases add to evidence.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::day::Day;
use crate::base::text::Text;
use crate::evidence::model::{
    AttestationResult, DocumentResult, DossierResult, Papers as PapersResult, ReleaseStanding, WaivedResult,
    WaiverResult,
};
use crate::judge::{AttestedOutcome, Judgement, Outcome, Papers};
use crate::plan::Plan;
use crate::suite::dossier::Dossier;
use crate::suite::release::{self, Standing};
use crate::suite::{Release, Suite};

/// The papers as a whole.
pub(super) fn papers(plan: &Plan, judgement: &Judgement, papers: &Papers, version: &str) -> PapersResult {
    let waivers = papers.waivers.iter().zip(&judgement.waivers).map(|(waiver, state)| WaiverResult {
        requirement: waiver.requirement.to_string(),
        plateaus: waiver.plateaus.clone(),
        reason: waiver.reason.clone(),
        decider: waiver.decider.clone(),
        expires: waiver.expires.to_string(),
        state: state.to_string(),
    });
    PapersResult {
        dossier: papers.dossier.as_ref().map(|(dossier, _)| dossier_result(plan, judgement, dossier, version)),
        awaited: judgement.awaited.iter().map(ToString::to_string).collect(),
        waivers: waivers.collect(),
    }
}

fn dossier_result(plan: &Plan, judgement: &Judgement, dossier: &Dossier, version: &str) -> DossierResult {
    let counting = judgement.requirements.values().filter_map(|o| o.attested.as_ref());
    let versions: BTreeSet<String> = counting
        .filter_map(|a| dossier.attestations.get(a.entry)?.product_version.clone())
        .filter(|v| v != version)
        .collect();
    let ids: BTreeSet<String> = dossier
        .attestations
        .iter()
        .filter(|a| !plan.requirements.contains_key(&a.requirement))
        .map(|a| a.requirement.to_string())
        .collect();
    DossierResult {
        subject: dossier.subject.to_string(),
        attestations: dossier.attestations.len() as u64,
        other_versions: versions.into_iter().collect(),
        out_of_scope: ids.into_iter().collect(),
    }
}

/// What the dossier says of one requirement.
pub(super) fn attestation(papers: &Papers, outcome: &AttestedOutcome, version: &str) -> Option<AttestationResult> {
    let attestation = papers.dossier.as_ref()?.0.attestations.get(outcome.entry)?;
    let document = |d: &crate::suite::dossier::Document| DocumentResult {
        path: d.path.clone(),
        sha256: d.sha256.clone(),
        size: d.size,
    };
    Some(AttestationResult {
        says: attestation.verdict.to_string(),
        standing: outcome.standing.to_string(),
        problems: outcome.problems.clone(),
        by: attestation.by.clone(),
        role: attestation.role.clone(),
        attested: attestation.attested.to_string(),
        valid_until: attestation.valid_until.to_string(),
        other_version: attestation.product_version.clone().filter(|v| v != version),
        remark: attestation.remark.clone(),
        documents: attestation.documents.iter().map(document).collect(),
    })
}

/// The waiver that covers a failure of one requirement.
pub(super) fn waived(papers: &Papers, outcome: &Outcome) -> Option<WaivedResult> {
    let (at, plateaus) = outcome.waived.as_ref()?;
    let waiver = papers.waivers.get(*at)?;
    Some(WaivedResult {
        plateaus: plateaus.clone(),
        reason: waiver.reason.clone(),
        decider: waiver.decider.clone(),
        expires: waiver.expires.to_string(),
    })
}

/// How the release stands on the day of the run.
pub(super) fn standing(suite: &Suite, name: &str, day: Option<Day>) -> Option<ReleaseStanding> {
    standing_among(&suite.releases, name, day)
}

fn standing_among(releases: &BTreeMap<String, Release>, name: &str, day: Option<Day>) -> Option<ReleaseStanding> {
    let place = release::place(releases, name)?;
    let by = place.implement_by();
    let late = by.zip(day).is_some_and(|(by, day)| day > by);
    let current = place.current;
    let mut text = match place.standing {
        Standing::Current => Text::new(
            format!("Release {name} is de nieuwste die de suite kent (n)."),
            format!("Release {name} is the newest that the suite knows (n)."),
        ),
        Standing::Previous => Text::new(
            format!("Release {name} is de vorige (n-1) en nog geldig; {current} is de nieuwste die de suite kent."),
            format!(
                "Release {name} is the previous one (n-1) and still in force; {current} is the newest that the suite knows."
            ),
        ),
        Standing::Expired => Text::new(
            format!(
                "Dit rust op een verlopen release: {name} is ouder dan n-1; {current} is de nieuwste die de suite kent."
            ),
            format!(
                "This rests on an expired release: {name} is older than n-1; {current} is the newest that the suite knows."
            ),
        ),
    };
    if let (Some(by), Some(next)) = (by, place.successor) {
        let of = next.dated.as_ref().map_or_else(|| Text::new("", ""), |d| d.of.clone());
        let (nl, en) = if late { ("had", "should have been") } else { ("moet", "is to be") };
        text.nl.push_str(&format!(
            " Release {} {nl} uiterlijk {by} ingevoerd zijn (een jaar na {}).",
            next.release, of.nl
        ));
        text.en.push_str(&format!(" Release {} {en} implemented by {by} (a year after {}).", next.release, of.en));
    }
    Some(ReleaseStanding {
        standing: place.standing.to_string(),
        current: current.to_owned(),
        implement_by: by.map(|d| d.to_string()),
        late,
        text,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn releases() -> BTreeMap<String, Release> {
        let release = |name: &str, dated: serde_json::Value| {
            let value = serde_json::json!({
                "release": name, "note": {"nl": "", "en": ""}, "dated": dated,
                "input-codes": {"system": "s", "authorization-base": "a", "get-workflow-task": "g", "search": ["s"],
                                "read": ["r"]},
                "tls": {"guideline": "ncsc-2025-05"},
            });
            (name.to_owned(), serde_json::from_value::<Release>(value).unwrap())
        };
        let day = serde_json::json!({"day": "2026-04-09", "of": {"nl": "kaart", "en": "card"}});
        [release("1.3", serde_json::Value::Null), release("1.4", serde_json::Value::Null), release("1.5", day)].into()
    }

    fn standing_on(name: &str, day: &str) -> ReleaseStanding {
        standing_among(&releases(), name, Day::parse(day)).unwrap()
    }

    #[test]
    fn a_run_after_the_last_day_to_implement_is_late() {
        let in_time = standing_on("1.4", "2027-04-09");
        assert_eq!((in_time.implement_by.as_deref(), in_time.late), (Some("2027-04-09"), false));
        assert!(standing_on("1.4", "2027-04-10").late);
        assert!(!standing_on("1.5", "2030-01-01").late, "nothing follows the newest");
        assert!(!standing_on("1.3", "2030-01-01").late, "no source dates the release that follows");
    }

    #[test]
    fn an_expired_release_says_so_in_words() {
        let expired = standing_on("1.3", "2026-11-22");
        assert_eq!(expired.standing, "expired");
        assert!(expired.text.nl.contains("verlopen release"), "{}", expired.text.nl);
        assert_eq!(standing_on("1.5", "2026-11-22").standing, "current");
    }
}
