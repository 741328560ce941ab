//! Documents by FHIR (IHE MHD, 42-correspondentie): what an answer tells of them, and whether a receiver keeps to what was
//! announced to it.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::content::offered_task;
use super::documents::{as_indexed, given};
use super::{Answer, Context, Judged};
use crate::base::digest::hex;
use crate::base::id::StepId;
use crate::base::text::Text;
use crate::transcript::{Direction, Endpoint, Exchange};
use crate::wire::fhir::bundle::resources;
use crate::wire::http::Url;
use crate::wire::query::NormalSearch;
use crate::wire::task::read_offer;

/// What keeping to an announcement amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Following {
    /// Nothing is asked for but what was offered, and what our answers led to.
    NothingElse,
    /// Every document that our answers told of is fetched.
    EveryDocument,
}

/// The candidate fetches what was announced to it.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FollowsOffer {
    /// The step in which the Task was sent.
    pub offered_in: StepId,
    /// What it amounts to.
    pub have: Following,
}

impl FollowsOffer {
    pub(super) fn expected(&self) -> Text {
        let step = &self.offered_in;
        match self.have {
            Following::NothingElse => Text::new(
                format!("alleen wat in `{step}` is aangekondigd wordt opgevraagd"),
                format!("nothing is asked for but what was announced in `{step}`"),
            ),
            Following::EveryDocument => {
                Text::new("elk document dat is gemeld wordt opgehaald", "every document that was told of is fetched")
            }
        }
    }

    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        let Some(codes) = &context.data.input_codes else {
            return Answer::new(Judged::Undecided("nothing was offered".into()), Vec::new());
        };
        let offering = context.other(&self.offered_in).into_iter().flat_map(|step| &step.exchanges);
        // Queries may stand in a Workflow Task that we gave.
        let given = context.case.exchanges.iter().filter(|(_, e)| e.endpoint == Endpoint::WorkflowTask);
        let tasks: Vec<_> = offering.chain(given).filter_map(|(_, e)| offered_task(e)).collect();
        if tasks.is_empty() {
            return Answer::new(Judged::Undecided("no Task was sent".into()), Vec::new());
        }
        // What comes with a token that was not given out in this case is the rest of an earlier one.
        let tokens: BTreeSet<&str> = context.case.exchanges.iter().filter_map(|(_, e)| issued(e)).collect();
        let own = |e: &Exchange| tokens.is_empty() || bearer(e).is_some_and(|token| tokens.contains(token));
        let all = context.case.exchanges.iter().copied();
        let asked: Vec<(u64, &Exchange)> = all.filter(|(_, e)| fetches(e) && own(e)).collect();
        if asked.is_empty() {
            return Answer::new(Judged::Undecided("nothing was asked for".into()), Vec::new());
        }
        let mut led = Led::default();
        for offer in tasks.iter().map(|task| read_offer(task, codes)) {
            led.queries.extend(offer.queries.iter().map(|query| NormalSearch::of(query)));
            led.places.extend(offer.references);
        }
        match self.have {
            Following::NothingElse => nothing_else(&asked, led),
            Following::EveryDocument => every_document(&asked),
        }
    }
}

/// Whether the candidate asks for resources in it.
fn fetches(exchange: &Exchange) -> bool {
    let asks = matches!(exchange.endpoint, Endpoint::Search | Endpoint::Read | Endpoint::Other);
    asks && exchange.direction == Direction::FromCandidate && exchange.request.is_some()
}

/// The token that we gave out in an exchange, as the transcript keeps it.
fn issued(exchange: &Exchange) -> Option<&str> {
    let ours = exchange.endpoint == Endpoint::Token && exchange.direction == Direction::FromCandidate;
    our_answer(exchange).filter(|_| ours)?["access_token"].as_str()
}

/// The token that a request came with.
fn bearer(exchange: &Exchange) -> Option<&str> {
    let headers = &exchange.request.as_ref()?.headers;
    headers.iter().find(|(name, _)| name == "authorization")?.1.strip_prefix("Bearer ")
}

/// Where the candidate may go.
#[derive(Default)]
struct Led {
    queries: Vec<NormalSearch>,
    /// References, URLs of attachments and of pages.
    places: BTreeSet<String>,
}

impl Led {
    fn allows(&self, target: &str) -> bool {
        let search = NormalSearch::of(target);
        self.queries.iter().any(|offered| search.covers(offered))
            || self.places.iter().any(|place| is_at(place, target))
    }
}

/// Whether the target of a request is a place, which may be relative to a base that is not known here.
fn is_at(place: &str, target: &str) -> bool {
    match Url::parse(place) {
        Some(url) => url.target == target || target.split('?').next() == Some(url.target.as_str()),
        None => target.split('?').next().is_some_and(|path| path.strip_suffix(place).is_some_and(|b| b.ends_with('/'))),
    }
}

fn target_of(exchange: &Exchange) -> &str {
    exchange.request.as_ref().map(|r| r.target.as_str()).unwrap_or_default()
}

fn our_answer(exchange: &Exchange) -> Option<&Value> {
    exchange.response.as_ref()?.body.json()
}

fn nothing_else(asked: &[(u64, &Exchange)], mut led: Led) -> Answer {
    let mut strange = Vec::new();
    for (seq, exchange) in asked {
        if !led.allows(target_of(exchange)) {
            strange.push((*seq, target_of(exchange)));
        }
        // In the order of the exchanges: only what came before can lead somewhere.
        our_answer(exchange).into_iter().for_each(|answer| places_in(answer, &mut led.places));
    }
    match strange.as_slice() {
        [] => Answer::new(
            Judged::Met(format!("{} requests, all of them announced", asked.len())),
            asked.iter().map(|(seq, _)| *seq).collect(),
        ),
        [(_, first), ..] => {
            let seen = format!("{} of {} requests were not announced: {first}", strange.len(), asked.len());
            Answer::new(Judged::NotMet(seen), strange.iter().map(|(seq, _)| *seq).collect())
        }
    }
}

/// References, attachments and links anywhere in an answer.
fn places_in(value: &Value, places: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (name, part) in object {
                match part.as_str() {
                    Some(text) if matches!(name.as_str(), "reference" | "url") => drop(places.insert(text.to_owned())),
                    _ => places_in(part, places),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| places_in(item, places)),
        _ => {}
    }
}

fn every_document(asked: &[(u64, &Exchange)]) -> Answer {
    let at = || asked.iter().map(|(seq, _)| *seq).collect();
    let told: Vec<Attachment> = asked.iter().filter_map(|(_, e)| our_answer(e)).flat_map(attachments_in).collect();
    let left = told.iter().filter(|a| !asked.iter().any(|(_, e)| a.is_at(target_of(e)))).count();
    let judged = match (told.len(), left) {
        (0, _) => Judged::Undecided("no document was told of".into()),
        (_, 0) => Judged::Met("every document was fetched".into()),
        (all, left) => Judged::NotMet(format!("{left} of {all} documents were not fetched")),
    };
    Answer::new(judged, at())
}

/// An attachment of a DocumentReference.
pub(super) struct Attachment {
    url: String,
    media_type: Value,
    size: Option<u64>,
    hash: Option<String>,
}

impl Attachment {
    /// Whether it is what a request is for.
    fn is_at(&self, target: &str) -> bool {
        is_at(&self.url, target)
    }

    /// The same as an entry of an index.
    fn as_entry(&self) -> Value {
        json!({ "mimeType": self.media_type, "size": self.size.map(|s| s.to_string()), "hash": self.hash })
    }
}

fn references_in(answer: &Value) -> impl Iterator<Item = &Value> {
    resources(answer).filter(|r| r["resourceType"] == "DocumentReference")
}

fn attachments_in(answer: &Value) -> Vec<Attachment> {
    let contents = references_in(answer).flat_map(|r| r["content"].as_array().into_iter().flatten());
    let attachment = |content: &Value| {
        let attachment = &content["attachment"];
        let hash = attachment["hash"].as_str().and_then(|text| STANDARD.decode(text).ok());
        Some(Attachment {
            url: attachment["url"].as_str()?.to_owned(),
            media_type: attachment["contentType"].clone(),
            size: attachment["size"].as_u64(),
            hash: hash.map(|bytes| hex(&bytes)),
        })
    };
    contents.filter_map(attachment).collect()
}

/// The attachments that the answers of a step tell of; `None` when they tell of none.
pub(super) fn attachments(context: Context<'_>, step: &StepId) -> Option<Vec<Attachment>> {
    let exchanges = context.other(step).into_iter().flat_map(|step| &step.exchanges);
    let all: Vec<_> = exchanges.filter_map(|(_, e)| our_answer(e)).flat_map(attachments_in).collect();
    (!all.is_empty()).then_some(all)
}

/// Whether a document that was read is as an attachment told of it: size, hash and media type.
pub(super) fn as_told(exchange: &Exchange, attachments: &[Attachment], step: &StepId) -> Judged {
    let Some(attachment) = attachments.iter().find(|a| a.is_at(target_of(exchange))) else {
        return Judged::Undecided(format!("`{step}` told of no such document"));
    };
    match given(exchange).and_then(|given| as_indexed(&given.documents[0], &attachment.as_entry())) {
        Ok(seen) => Judged::Met(seen),
        Err(judged) => judged,
    }
}

/// Master identifiers of the documents in an answer to a search; `None` when it tells of no document.
pub(super) fn master_identifiers(exchange: &Exchange) -> Option<Vec<String>> {
    let answer = our_answer(exchange).filter(|answer| answer["resourceType"] == "Bundle")?;
    let documents: Vec<_> = references_in(answer).collect();
    let of = |resource: &&Value| {
        let identifier = &resource["masterIdentifier"];
        Some(format!("{}|{}", identifier["system"].as_str().unwrap_or_default(), identifier["value"].as_str()?))
    };
    (!documents.is_empty()).then(|| documents.iter().filter_map(of).collect())
}

#[cfg(test)]
mod tests;
