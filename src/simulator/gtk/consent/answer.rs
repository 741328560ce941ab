//! What an answer to a closed question permits: only what was asked, of whom it was asked, and only by Permit.

use std::collections::BTreeSet;

use crate::deviation::Deviation;
use crate::wire::http::{HttpResponse, header, media_type};
use crate::wire::soap;
use crate::wire::xacml::{Decision, Question, ResultOf};
use crate::wire::xml::Limits;

/// Media types of an answer.
const MEDIA_TYPES: [&str; 3] = ["application/soap+xml", "text/xml", "application/xml"];

/// The categories that were permitted. Whatever is not understood permits nothing (section 1.4).
pub(super) fn permitted(
    asked: &Question,
    response: Option<&HttpResponse>,
    deviation: Option<Deviation>,
) -> BTreeSet<String> {
    use Deviation as D;
    let every = || asked.categories.iter().map(|c| c.value.clone()).collect::<BTreeSet<_>>();
    let Some(results) = response.and_then(results) else {
        return if deviation == Some(D::FailsOpenAtMitzFaults) { every() } else { BTreeSet::new() };
    };
    let permits = |decision: Option<Decision>| match decision {
        Some(Decision::Permit) => true,
        Some(Decision::Deny) => deviation == Some(D::TakesDenyForPermit),
        Some(Decision::Indeterminate) => deviation == Some(D::TakesIndeterminateForPermit),
        Some(Decision::NotApplicable) => deviation == Some(D::TakesNotApplicableForPermit),
        None => false,
    };
    let about_us = |r: &&ResultOf| r.patient == asked.patient && r.holder == asked.holder;
    let one = |category: &crate::wire::xacml::Hl7| {
        let all = results.iter().filter(about_us).filter(|r| r.category.as_ref() == Some(category));
        let decisions: Vec<bool> = all.map(|r| permits(r.decision)).collect();
        // Two results that contradict each other permit nothing.
        !decisions.is_empty() && decisions.into_iter().all(|d| d)
    };
    let permitted: BTreeSet<String> = asked.categories.iter().filter(|c| one(c)).map(|c| c.value.clone()).collect();
    match deviation {
        Some(D::ReleasesAllOnAMixedAnswer) if !permitted.is_empty() => every(),
        Some(D::ReleasesNothingOnAMixedAnswer) if permitted.len() < asked.categories.len() => BTreeSet::new(),
        Some(D::TakesAnswersAboutOthers) if results.iter().any(|r| permits(r.decision)) => every(),
        _ => permitted,
    }
}

fn results(response: &HttpResponse) -> Option<Vec<ResultOf>> {
    let kind = header(&response.headers, "content-type").map(media_type)?;
    if response.status != 200 || !MEDIA_TYPES.contains(&kind.as_str()) {
        return None;
    }
    let envelope = soap::parse(&response.body, &Limits::default()).ok()?;
    if soap::Fault::of(&envelope).is_some() {
        return None;
    }
    ResultOf::all(envelope.body.as_ref()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::soap::{Addressing, Version};
    use crate::wire::xacml::{BSN, CATEGORIES, Hl7, URA};

    fn asked() -> Question {
        Question {
            patient: Some(Hl7::new(BSN, "999943145")),
            holder: Some(Hl7::new(URA, "90000001")),
            categories: vec![Hl7::new(CATEGORIES, "GGC002"), Hl7::new(CATEGORIES, "GGC012")],
            ..Question::default()
        }
    }

    fn result(decision: Decision, category: &str) -> ResultOf {
        let asked = asked();
        ResultOf {
            decision: Some(decision),
            patient: asked.patient,
            holder: asked.holder,
            category: Some(Hl7::new(CATEGORIES, category)),
        }
    }

    fn answer(results: &[ResultOf]) -> HttpResponse {
        let text = soap::write(Version::V12, &Addressing::default(), &[], &ResultOf::xml(results));
        HttpResponse::text(200, Version::V12.content_type(), text)
    }

    fn given(response: Option<&HttpResponse>) -> String {
        permitted(&asked(), response, None).into_iter().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn only_what_is_permitted_is_given() {
        let mixed = answer(&[result(Decision::Permit, "GGC002"), result(Decision::Deny, "GGC012")]);
        assert_eq!(given(Some(&mixed)), "GGC002");
        let all = answer(&[result(Decision::Permit, "GGC002"), result(Decision::Permit, "GGC012")]);
        assert_eq!(given(Some(&all)), "GGC002 GGC012");
        for other in [Decision::Deny, Decision::Indeterminate, Decision::NotApplicable] {
            assert_eq!(given(Some(&answer(&[result(other, "GGC002")]))), "");
        }
        let both = answer(&[result(Decision::Permit, "GGC002"), result(Decision::Deny, "GGC002")]);
        assert_eq!(given(Some(&both)), "");
    }

    #[test]
    fn an_answer_about_somebody_else_or_none_at_all_permits_nothing() {
        let mut other = result(Decision::Permit, "GGC002");
        other.patient = Some(Hl7::new(BSN, "999945270"));
        assert_eq!(given(Some(&answer(&[other]))), "");
        let mut unsaid = result(Decision::Permit, "GGC002");
        unsaid.holder = None;
        assert_eq!(given(Some(&answer(&[unsaid]))), "");
        assert_eq!(given(Some(&answer(&[result(Decision::Permit, "GGC007")]))), "");
        assert_eq!(given(None), "");
        let good = answer(&[result(Decision::Permit, "GGC002")]);
        assert_eq!(given(Some(&good)), "GGC002");
        assert_eq!(given(Some(&HttpResponse { status: 500, ..good.clone() })), "");
        assert_eq!(given(Some(&good.with_header("content-type", "text/html"))), "");
    }
}
