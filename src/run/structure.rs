//! FHIR packages of the user, asked about what the candidate writes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use crate::check::structure::{Finding, Outcome, ProfileChecker, Reason};
use crate::packages::Named;
use crate::transcript::{Departure, Open, StructureCheck, StructureFacts};
use crate::wire::fhir::bundle::resources;

/// Departures, and things that were not evaluated, of one resource that are kept.
const MOST: usize = 50;

/// Says of resources how they relate to packages, release by release: to those of the release that knows a profile which they
/// claim, and where no profile is known, to the only release that there is.
pub fn structure_check(releases: Vec<(ProfileChecker, Vec<Named>)>) -> StructureCheck {
    Arc::new(move |resource: &Value| {
        resource["resourceType"].as_str()?;
        let claimed: BTreeSet<&str> = resources(resource).flat_map(claims).collect();
        let knows = |checker: &ProfileChecker| claimed.iter().any(|profile| checker.knows(profile));
        let (checker, packages) = match releases.as_slice() {
            [only] => only,
            several => several.iter().find(|(checker, _)| knows(checker))?,
        };
        Some(facts(&checker.check(resource, &[]), packages))
    })
}

fn claims(resource: &Value) -> impl Iterator<Item = &str> {
    resource["meta"]["profile"].as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn facts(outcome: &Outcome, packages: &[Named]) -> StructureFacts {
    let open: BTreeSet<Open> = outcome
        .not_evaluated
        .iter()
        .map(|open| {
            let reason: &str = open.reason.into();
            Open { reason: reason.to_owned(), what: open.what.clone() }
        })
        .collect();
    let missing: &str = Reason::DefinitionMissing.into();
    // What keeps all the rest from being told comes first.
    let (undefined, rest): (Vec<Open>, Vec<Open>) = open.iter().cloned().partition(|o| o.reason == missing);
    StructureFacts {
        packages: packages.iter().map(|p| (p.name.clone(), p.sha256.clone())).collect::<BTreeMap<_, _>>(),
        profiles: outcome.profiles.clone(),
        errors: outcome.errors().count(),
        departures: outcome.errors().take(MOST).map(departure).collect(),
        open: open.len(),
        not_evaluated: undefined.into_iter().chain(rest).take(MOST).collect(),
    }
}

/// A finding without what was found: that is a value of a patient often enough.
fn departure(finding: &Finding) -> Departure {
    let place = if finding.pointer.is_empty() { "/" } else { &finding.pointer };
    Departure {
        at: finding.pointer.clone(),
        what: format!("{place} ({}): {}, expected {}", finding.element, finding.code.title().en, finding.expected.en),
        profile: finding.profile.clone(),
    }
}
