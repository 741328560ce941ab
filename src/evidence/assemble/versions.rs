//! Older versions of the document: what a document of today would have been in them, so that those that were signed can
//! be judged again.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::base::text::Text;
use crate::evidence::model::{Conclusion, Counts, DecisionRule, Evidence, SCHEMA_1, SCHEMA_2};

/// What a document of today would have been in version 2, which knew no documents, no waivers, no subjects and no grid.
/// Only a run without papers has one: its evidence says nothing that version 2 has no word for.
pub fn as_version_2(mut evidence: Evidence) -> Evidence {
    evidence.schema = SCHEMA_2.into();
    evidence.decision_rule = DecisionRule {
        id: "strongest-verdict/2".into(),
        text: Text::new(
            "De sterkste uitkomst telt: niet voldaan boven harnessfout, boven onbeslist, boven wisselvallig, boven waarschuwing, boven voldaan. Wat pas bij een latere poging klopte, is wisselvallig. Conform is: niets niet voldaan, niets onbeslist, niets wisselvallig, geen harnessfout, de run is compleet en er is iets getest. Wat niet getest is, staat er open bij en telt nooit als voldaan. Alleen een MUST uit de Twiin-tekst, een nationale standaard of een basisstandaard kan tot niet voldaan leiden.",
            "The strongest outcome counts: fail above error of the harness, above inconclusive, above flaky, above warning, above pass. What held in a later attempt only is flaky. Conformant is: nothing failed, nothing inconclusive, nothing flaky, no error, the run is complete and something was tested. What was not tested is listed openly and never counts as passed. Only a MUST of the Twiin text, a national standard or a base standard can fail a candidate.",
        ),
    };
    evidence.counts = evidence.counts.plus(&evidence.attested.take().unwrap_or_default());
    evidence.papers = None;
    evidence.grid = None;
    evidence.candidate.subject = None;
    evidence.scope.standing = None;
    if evidence.conclusion == Conclusion::ConformantWithWaivers {
        evidence.conclusion = Conclusion::NotConformant;
    }
    for requirement in &mut evidence.requirements {
        requirement.attestation = None;
        requirement.waived = None;
    }
    evidence
}

/// What a document of today would have been in version 1, which knew no attempts and no places. Only a run without
/// repeated cases has one: its evidence says nothing that version 1 has no word for.
pub fn as_version_1(evidence: Evidence) -> Evidence {
    let mut evidence = as_version_2(evidence);
    evidence.schema = SCHEMA_1.into();
    evidence.decision_rule = DecisionRule {
        id: "strongest-verdict/1".into(),
        text: Text::new(
            "De sterkste uitkomst telt: niet voldaan boven harnessfout, boven onbeslist, boven waarschuwing, boven voldaan. Conform is: niets niet voldaan, niets onbeslist, geen harnessfout, de run is compleet en er is iets getest. Wat niet getest is, staat er open bij en telt nooit als voldaan. Alleen een MUST uit de Twiin-tekst, een nationale standaard of een basisstandaard kan tot niet voldaan leiden.",
            "The strongest outcome counts: fail above error of the harness, above inconclusive, above warning, above pass. Conformant is: nothing failed, nothing inconclusive, no error, the run is complete and something was tested. What was not tested is listed openly and never counts as passed. Only a MUST of the Twiin text, a national standard or a base standard can fail a candidate.",
        ),
    };
    evidence.harness.suite = None;
    for requirement in &mut evidence.requirements {
        requirement.place = None;
        requirement.findings.iter_mut().for_each(|f| f.place = None);
    }
    evidence.observations.iter_mut().for_each(|f| f.place = None);
    evidence
}

/// Members that differ between a stored document and one that was judged again; empty when they agree.
pub fn differences(stored: &Evidence, again: &Evidence) -> Vec<String> {
    let as_object = |evidence: &Evidence| {
        serde_json::to_value(evidence).ok().and_then(|v| v.as_object().cloned()).unwrap_or_default()
    };
    let (stored, again) = (as_object(stored), as_object(again));
    let names: BTreeSet<&String> = stored.keys().chain(again.keys()).collect();
    names
        .into_iter()
        .filter(|n| stored.get(*n).unwrap_or(&Value::Null) != again.get(*n).unwrap_or(&Value::Null))
        .cloned()
        .collect()
}

impl Counts {
    /// Both together.
    fn plus(&self, other: &Self) -> Self {
        Self {
            pass: self.pass + other.pass,
            warn: self.warn + other.warn,
            flaky: self.flaky + other.flaky,
            fail: self.fail + other.fail,
            inconclusive: self.inconclusive + other.inconclusive,
            error: self.error + other.error,
            not_tested: self.not_tested + other.not_tested,
        }
    }
}
