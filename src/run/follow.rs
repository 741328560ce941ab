//! Following what the candidate gave: references of its Task, documents of a manifest, attachments (Twiin-05, IHE MHD).

use std::collections::BTreeSet;

use serde_json::Value;

use super::case::Context;
use super::steps::{Done, Obstacle, Work, done, fhir_base};
use crate::client::{self, Follow, Leads};
use crate::suite::scenario::CaptureFrom;
use crate::transcript::Endpoint;
use crate::wire::fhir::bundle::resources;
use crate::wire::fhir::composition::section_references;
use crate::wire::http::{HttpRequest, Url};

/// Places of one answer that are followed at most.
const MOST: usize = 200;

impl Work {
    pub(super) async fn follow(&self, context: &Context<'_>, wish: &Follow) -> Result<Done, Obstacle> {
        let base = fhir_base(context)?;
        let seen = context.memory.steps.get(wish.from.as_str()).into_iter().flatten();
        let bodies: Vec<Value> = seen.filter_map(|seen| seen.body(CaptureFrom::Body)).collect();
        let places: BTreeSet<String> = bodies.iter().flat_map(|body| places(body, wish.to)).take(MOST).collect();
        if places.is_empty() {
            return Err(Obstacle::Nothing(format!("{} in step `{}`", wish.to, wish.from)));
        }
        let mut exchanges = Vec::new();
        for place in places {
            let (at, request) = match Url::parse(&place) {
                // A reference may be written out; it is read below the base all the same.
                Some(_) if !is_of_attachments(wish.to) => match base.below(&place) {
                    Some(reference) => (base.clone(), client::read(&base, &reference, Some(wish.format))),
                    None => return Err(elsewhere(&place)),
                },
                Some(url) if context.stand.sender.hosts.iter().any(|h| h.eq_ignore_ascii_case(&url.host)) => {
                    let request = HttpRequest::get(url.target.clone());
                    (url, request)
                }
                // A URL that the candidate gave is followed to its own hosts only.
                Some(_) => return Err(elsewhere(&place)),
                None => (base.clone(), client::read(&base, &place, Some(wish.format))),
            };
            exchanges.extend(self.call(context, Endpoint::Read, &at, request, wish.token.as_ref()).await?.exchanges);
        }
        Ok(done(exchanges))
    }
}

fn elsewhere(place: &str) -> Obstacle {
    Obstacle::Nothing(format!("{place} at a host of the candidate file"))
}

fn is_of_attachments(leads: Leads) -> bool {
    matches!(leads, Leads::Attachments | Leads::AbsoluteAttachments)
}

/// Where a message leads.
fn places(message: &Value, leads: Leads) -> Vec<String> {
    if leads == Leads::Sections {
        return section_references(message).into_iter().map(str::to_owned).collect();
    }
    let (kind, list, pointer) = match leads {
        Leads::References => ("Task", "input", "/valueReference/reference"),
        Leads::Documents => ("DocumentManifest", "content", "/pReference/reference"),
        Leads::Attachments | Leads::AbsoluteAttachments | Leads::Sections => {
            ("DocumentReference", "content", "/attachment/url")
        }
    };
    let resources = resources(message).filter(|resource| resource["resourceType"] == kind);
    let parts = resources.flat_map(|resource| resource[list].as_array().into_iter().flatten());
    let texts = parts.filter_map(|part| part.pointer(pointer)?.as_str());
    let wanted = |text: &&str| leads != Leads::AbsoluteAttachments || Url::parse(text).is_some();
    texts.filter(wanted).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_answer_leads_to_what_is_asked_for_and_to_nothing_else() {
        let bundle = json!({"resourceType": "Bundle", "entry": [
            {"resource": {"resourceType": "DocumentReference", "content": [{"attachment": {"url": "Binary/1"}}]}},
            {"resource": {"resourceType": "DocumentReference", "content": [{"attachment": {"url": "https://a.example/2"}}, {}]}},
            {"resource": {"resourceType": "DocumentManifest", "content": [{"pReference": {"reference": "DocumentReference/3"}}]}},
            {"resource": {"resourceType": "OperationOutcome"}},
        ]});
        assert_eq!(places(&bundle, Leads::Attachments), ["Binary/1", "https://a.example/2"]);
        assert_eq!(places(&bundle, Leads::AbsoluteAttachments), ["https://a.example/2"]);
        assert_eq!(places(&bundle, Leads::Documents), ["DocumentReference/3"]);
        let composition =
            json!({"section": [{"entry": [{"reference": "A/1"}], "section": [{"entry": [{"reference": "B/2"}, {}]}]}]});
        assert_eq!(places(&composition, Leads::Sections), ["A/1", "B/2"]);
        let task = json!({"resourceType": "Task", "input": [{"valueString": "x"}, {"valueReference": {"reference": "Patient/4"}}]});
        assert_eq!(places(&task, Leads::References), ["Patient/4"]);
        assert!(places(&json!({"resourceType": "DocumentReference", "content": 7}), Leads::Attachments).is_empty());
    }
}
