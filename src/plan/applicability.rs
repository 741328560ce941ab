//! Whether a scenario can be driven against this candidate, and if not, why and what is missing.

use std::collections::{BTreeMap, BTreeSet};

use super::select::Matcher;
use super::{Case, Exclusion, Selection};
use crate::base::text::Text;
use crate::check::FHIR_PACKAGES;
use crate::client;
use crate::deviation::{ClientShows, Deviation, LeafFlaw, ServerShows};
use crate::simulator::{Facility, Trigger};
use crate::suite::candidate::Declared;
use crate::suite::requirement::Role;
use crate::suite::scenario::{Counterpart, Step};
use crate::suite::{Action, CandidateFile, Scenario, Suite};

/// The case, or why there is none.
pub(super) fn judge(
    suite: &Suite,
    candidate: &CandidateFile,
    selection: &Selection,
    matcher: &Matcher,
    scenario: &Scenario,
    zorgtoepassing: &str,
    role: Role,
) -> Result<Case, Box<Exclusion>> {
    let id = format!("{}@{role}", scenario.id);
    let file = &scenario.file;
    let out = |reason: Text, missing: Vec<String>, undeclared: bool, by_selection: bool| {
        Box::new(Exclusion {
            case: id.clone(),
            scenario: scenario.id.clone(),
            role,
            reason,
            missing,
            undeclared,
            by_selection,
        })
    };
    let not_asked = |nl: &str, en: &str| out(Text::new(nl, en), Vec::new(), false, true);
    if !matcher.wants(scenario) {
        return Err(not_asked("niet gevraagd (--only)", "not asked for (--only)"));
    }
    if !selection.roles.contains(&role) {
        return Err(not_asked("andere rol gevraagd (--role)", "another role was asked for (--role)"));
    }
    let plateaus: Vec<u8> = file.plateaus.iter().copied().filter(|p| selection.plateaus.contains(p)).collect();
    if plateaus.is_empty() {
        return Err(not_asked("geldt niet op de gevraagde plateaus", "does not count on the plateaus asked for"));
    }
    if !file.releases.is_empty() && !file.releases.contains(&selection.release) {
        return Err(not_asked("hoort bij een andere release", "belongs to another release"));
    }
    if !candidate.plays(role) {
        let reason = Text::new(
            format!("de kandidaat heeft geen endpoints als {role}"),
            format!("the candidate has no endpoints as {role}"),
        );
        return Err(out(reason, vec![role.to_string()], false, false));
    }
    if let Some((reason, undeclared)) = capability(suite, candidate, scenario) {
        return Err(out(reason, Vec::new(), undeclared, false));
    }
    let kinds = scenario.certificates(&suite.fragments, role);
    let steps = scenario.steps(&suite.fragments, role);
    let fhir = suite.profiles.get(zorgtoepassing).and_then(|p| p.profile.fhir.as_ref());
    let begins = fhir.map(|fhir| fhir.begins_with);
    let mut missing = missing_inputs(candidate, &steps, &file.counterpart, &kinds, role, begins);
    let facilities = file.counterpart.facilities().into_iter();
    // What an audit repository would receive can also be read from a log that is handed in.
    let by_log = |f: &Facility| *f == Facility::Audit && candidate.audit_log.is_some();
    let absent = facilities.filter(|f| !candidate.harness.facilities.contains_key(f) && !by_log(f));
    missing.extend(absent.map(|f| format!("harness.facilities.{f}")));
    if !missing.is_empty() {
        let reason = Text::new(
            format!("ontbreekt in het kandidaatbestand: {}", missing.join(", ")),
            format!("missing from the candidate file: {}", missing.join(", ")),
        );
        return Err(out(reason, missing, false, false));
    }
    Ok(Case {
        id: id.clone(),
        scenario: scenario.id.clone(),
        zorgtoepassing: zorgtoepassing.to_owned(),
        role,
        plateaus,
        without: without(candidate, selection, scenario),
    })
}

/// Why a capability keeps the scenario from running, and whether that is because a mandatory one is undeclared.
fn capability(suite: &Suite, candidate: &CandidateFile, scenario: &Scenario) -> Option<(Text, bool)> {
    for need in &scenario.file.needs {
        let known = suite.profiles.values().find_map(|p| p.profile.capabilities.get(need))?;
        let reason = match (candidate.declared(need), known.mandatory) {
            (Declared::Undeclared, mandatory) => {
                let text = Text::new(format!("`{need}` is niet verklaard"), format!("`{need}` is undeclared"));
                return Some((text, mandatory));
            }
            (Declared::No, false) => {
                Text::new(format!("de kandidaat heeft `{need}` niet"), format!("the candidate does not have `{need}`"))
            }
            // A mandatory capability that is declared absent is tested all the same: it must be there.
            _ => continue,
        };
        return Some((reason, false));
    }
    None
}

fn missing_inputs(
    candidate: &CandidateFile,
    steps: &[&Step],
    counterpart: &Counterpart,
    kinds: &BTreeSet<(String, LeafFlaw)>,
    role: Role,
    begins: Option<Trigger>,
) -> Vec<String> {
    let mut missing = Vec::new();
    let mut add = |name: String| {
        if !missing.contains(&name) {
            missing.push(name);
        }
    };
    let certificate = |identity: &str, kind: &str| {
        let known = candidate.harness.identities.get(identity).is_some_and(|i| i.certificates.contains_key(kind));
        (!known).then(|| format!("harness.identities.{identity}.certificates.{kind}"))
    };
    let is_known = |receiver: &str| {
        [client::BOTH].contains(&receiver)
            || client::is_ura(receiver)
            || candidate.harness.identities.contains_key(receiver)
    };
    for step in steps {
        if !candidate.harness.identities.contains_key(&step.identity) {
            add(format!("harness.identities.{}", step.identity));
            continue;
        }
        if let Action::Trigger(wish) = &step.action {
            let wanted = Trigger::meant_by(&wish.event, begins);
            let declared = candidate.triggers.iter().any(|(event, _)| event.to_string() == wanted);
            if !declared {
                add(format!("triggers.{wanted}"));
            }
            if let Some(receiver) = wish.receiver.as_ref().filter(|r| !is_known(r)) {
                add(format!("harness.identities.{receiver}"));
            }
        }
        if let Some(algorithm) = step.action.algorithm()
            && !candidate.harness.identities[&step.identity].signing_keys.contains_key(&algorithm)
        {
            add(format!("harness.identities.{}.signing-keys.{}", step.identity, algorithm.name()));
        }
        let credential = step.deviation.map(Deviation::credential_flaw).unwrap_or_default();
        if credential != LeafFlaw::None
            && let Some(name) = certificate(&step.identity, &credential.to_string())
        {
            add(name);
        }
        let shows = step.deviation.map(Deviation::client_shows).unwrap_or_default();
        if let Some(name) = client_kind(shows).and_then(|kind| certificate(&step.identity, kind)) {
            add(name);
        }
    }
    for (identity, kind) in kinds {
        if let Some(name) = certificate(identity, &kind.to_string()) {
            add(name);
        }
        if kind.status().is_some() && candidate.harness.status.is_none() {
            add("harness.status".to_owned());
        }
    }
    let has_r4 = candidate.endpoints(role).is_some_and(|e| e.r4_base.is_some());
    if !has_r4 && steps.iter().any(|s| s.action.needs_r4()) {
        add(format!("{role}.r4-base"));
    }
    let is_told = candidate.endpoints(role).is_some_and(|e| e.handoff_notifications.is_some());
    if !is_told && steps.iter().any(|s| s.action.needs_handoff_notifications()) {
        add(format!("{role}.handoff-notifications"));
    }
    let has_issuer = candidate.endpoints(role).is_some_and(|e| e.issuer.is_some());
    if !has_issuer && steps.iter().any(|s| s.action.needs_metadata()) {
        add(format!("{role}.issuer"));
    }
    if candidate.patients.unknown.is_none() && steps.iter().any(|s| s.action.needs_unknown_patient()) {
        add("patients.unknown".to_owned());
    }
    let foreign = counterpart.names_foreign() || steps.iter().any(|s| s.action.uses_foreign());
    if foreign && candidate.harness.foreign.is_none() {
        add("harness.foreign".to_owned());
    }
    if steps.iter().any(|s| matches!(s.action, Action::PublishedAddresses(_)))
        && candidate.published_addresses.is_none()
    {
        add("published-addresses".to_owned());
    }
    if let Some(name) = counterpart.shows.as_ref().and_then(|identity| certificate(identity, "none")) {
        add(name);
    }
    let shows = counterpart.deviation.map(Deviation::server_shows).unwrap_or_default();
    if let Some(name) = server_kind(shows).and_then(|kind| certificate("partner", kind)) {
        add(name);
    }
    missing
}

/// Name in the candidate file of the certificate that a client shows; `None` when none is needed.
fn client_kind(shows: ClientShows) -> Option<&'static str> {
    match shows {
        ClientShows::Own | ClientShows::Nothing => None,
        ClientShows::SelfSigned => Some("self-signed"),
        ClientShows::Expired => Some("expired"),
        ClientShows::Untrusted => Some("untrusted-issuer"),
        ClientShows::Revoked => Some("revoked"),
        ClientShows::ServerOnly => Some("wrong-usage"),
    }
}

fn server_kind(shows: ServerShows) -> Option<&'static str> {
    match shows {
        ServerShows::Own => None,
        ServerShows::Expired => Some("expired"),
        ServerShows::Untrusted => Some("untrusted-issuer"),
        ServerShows::OtherHost => Some("wrong-host"),
        ServerShows::Revoked => Some("revoked"),
    }
}

/// Expectations that need data which neither the candidate file nor the selection gives.
fn without(candidate: &CandidateFile, selection: &Selection, scenario: &Scenario) -> BTreeMap<usize, String> {
    let counts = &candidate.expected_counts;
    let given = |need: &str| match need.strip_prefix("expected-counts") {
        Some("") => !counts.is_empty(),
        Some(name) => counts.contains_key(name.trim_start_matches('.')),
        None => need != FHIR_PACKAGES || !selection.fhir_packages.is_empty(),
    };
    let expectations = scenario.file.expect.iter().enumerate();
    expectations.filter_map(|(i, e)| Some((i, e.that.needs().filter(|need| !given(need))?))).collect()
}
