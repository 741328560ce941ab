//! Profiles: releases, query sets, scenarios, what binds and what does not.

use std::collections::BTreeSet;

use globset::Glob;

use super::super::load::LoadedProfile;
use super::super::release::number;
use super::super::schema::FileKind;
use super::Faults;
use crate::base::diagnostic::Diagnostic;
use crate::base::id::RequirementId;

pub(super) fn check(faults: &mut Faults<'_>) {
    for loaded in faults.suite.profiles.values() {
        defaults(faults, loaded);
        scenarios(faults, loaded);
        zorgtoepassingen(faults, loaded);
        for plateau in loaded.profile.plateaus.keys().filter(|p| !(1..=4).contains(*p)) {
            let message = format!("there is no plateau {plateau}");
            let fault = faults.at_key(&loaded.source, "/plateaus", &plateau.to_string(), message);
            faults.push(fault);
        }
        exceptions(faults, loaded);
    }
}

fn defaults(faults: &mut Faults<'_>, loaded: &LoadedProfile) {
    let (profile, source, suite) = (&loaded.profile, &loaded.source, faults.suite);
    let release = &profile.default_release;
    if !suite.releases.contains_key(release) && !faults.may_hold(FileKind::Release, release) {
        let fault = faults.at(source, "/default-release", format!("unknown release `{release}`"));
        faults.push(fault.with_nearest(release, suite.releases.keys().map(String::as_str)));
    }
    if let Some(version) = &profile.version {
        let major = |text: &str| number(text).map(|(major, ..)| major);
        if major(version).is_none() || major(version) != major(release) {
            let message = format!(
                "version `{version}` of the zorgtoepassing and release `{release}` of the Afsprakenstelsel have no major in common (REL-05)"
            );
            let fault = faults.at(source, "/version", message);
            faults.push(fault);
        }
    }
    let Some(set) = profile.fhir.as_ref().map(|fhir| &fhir.default_query_set) else { return };
    if !loaded.query_sets.contains_key(set) {
        let fault = faults.at(source, "/fhir/default-query-set", format!("unknown query set `{set}`"));
        faults.push(fault.with_nearest(set, loaded.query_sets.keys().map(String::as_str)));
    }
}

fn scenarios(faults: &mut Faults<'_>, loaded: &LoadedProfile) {
    for (index, pattern) in loaded.profile.scenarios.iter().enumerate() {
        let message = match Glob::new(pattern) {
            Ok(glob) => {
                let matcher = glob.compile_matcher();
                let read = faults.suite.scenarios.keys().any(|id| matcher.is_match(id.as_str()));
                let named = |path: &str| {
                    path.strip_prefix("scenarios/")
                        .and_then(|p| p.strip_suffix(".yaml"))
                        .is_some_and(|p| matcher.is_match(p))
                };
                if read || faults.unread.iter().any(|u| named(&u.path)) {
                    continue;
                }
                format!("`{pattern}` matches no scenario")
            }
            Err(error) => format!("`{pattern}` is no glob: {error}"),
        };
        let fault = faults.at(&loaded.source, &format!("/scenarios/{index}"), message);
        faults.push(fault);
    }
}

fn zorgtoepassingen(faults: &mut Faults<'_>, loaded: &LoadedProfile) {
    let (profile, source, suite) = (&loaded.profile, &loaded.source, faults.suite);
    // Without the list there is nothing to hold the words against.
    if faults.lacks(FileKind::Zorgtoepassingen) {
        return;
    }
    let bound = profile.binds.iter().enumerate().map(|(index, word)| (format!("/binds/{index}"), word));
    let own = ("/zorgtoepassing".to_owned(), &profile.zorgtoepassing);
    let other = profile.exchange_of.iter().map(|word| ("/exchange-of".to_owned(), word));
    for (pointer, word) in std::iter::once(own).chain(bound).chain(other) {
        if !suite.zorgtoepassingen.contains_key(word) {
            let fault = faults.at(source, &pointer, format!("unknown zorgtoepassing `{word}`"));
            faults.push(fault.with_nearest(word, suite.zorgtoepassingen.keys().map(String::as_str)));
        }
    }
}

/// An exception names a requirement that would bind without it.
fn exceptions(faults: &mut Faults<'_>, loaded: &LoadedProfile) {
    let suite = faults.suite;
    let mut seen = BTreeSet::new();
    for (index, id) in loaded.profile.except.iter().map(|e| &e.id).enumerate() {
        let mut near = None;
        let message = match suite.requirements.get(id) {
            None if faults.may_hold(FileKind::Requirements, id.as_str()) => continue,
            None => {
                near = Some(suite.requirements.keys().map(RequirementId::as_str));
                format!("unknown requirement `{id}`")
            }
            Some(r) if !loaded.profile.binds.contains(&r.requirement.zorgtoepassing) => {
                format!("requirement `{id}` does not bind here, so it needs no exception")
            }
            Some(_) if !seen.insert(id) => format!("requirement `{id}` stands twice under `except`"),
            Some(_) => continue,
        };
        let fault: Diagnostic = faults.at(&loaded.source, &format!("/except/{index}/id"), message);
        faults.push(fault.with_nearest(id.as_str(), near.into_iter().flatten()));
    }
}
