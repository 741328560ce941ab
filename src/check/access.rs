//! Whether a consultation was granted, and whether that is what the authorization matrix says (50-generic-facilities
//! section 8). A source may decide at its token endpoint or at its resources; either counts.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value as Json;

use super::subject::{self, describe, entries};
use super::{Answer, Context, Judged};
use crate::base::id::StepId;
use crate::base::text::Text;
use crate::transcript::{Endpoint, Exchange};
use crate::wire::authorization::{AuthorizationMatrix, Holds, TREATMENT};
use crate::wire::query::NormalSearch;

/// The matrix that decides.
#[derive(Debug, Clone)]
pub struct Deciding {
    /// The matrix.
    pub matrix: Arc<AuthorizationMatrix>,
    /// Whether it decides whatever it is: the candidate is our own GtK, which is configured with this very matrix.
    /// On anybody else a sample decides nothing (GF-HAR-007).
    pub on_all: bool,
}

/// What came of one request of a consultation.
enum Given<'a> {
    /// The resources that were given, at least one.
    Resources(Vec<&'a Json>),
    /// An answer without anything in it.
    Nothing,
    /// A refusal.
    Refused(String),
    /// It cannot be told.
    Unclear(String),
}

/// What came of a consultation.
struct Consultation<'a> {
    /// What the token endpoint said when it gave no token.
    without_token: Option<Given<'a>>,
    /// The searches and what came of each.
    searches: Vec<(&'a Exchange, Given<'a>)>,
    /// The claims of the grant that we sent.
    grant: Option<&'a Json>,
    at: Vec<u64>,
}

impl<'a> Consultation<'a> {
    fn of(context: Context<'a>) -> Self {
        let mut seen = Self {
            without_token: None,
            searches: Vec::new(),
            grant: None,
            at: context.step.exchanges.iter().map(|(seq, _)| *seq).collect(),
        };
        for (_, exchange) in &context.step.exchanges {
            if exchange.endpoint == Endpoint::Token {
                seen.grant = exchange.request.as_ref().and_then(|r| r.jwt.get("assertion")).map(|j| &j.claims);
                seen.without_token = token_refused(exchange);
            } else {
                seen.searches.push((exchange, given(exchange)));
            }
        }
        seen
    }

    fn everything(&self) -> impl Iterator<Item = &Given<'a>> {
        self.without_token.iter().chain(self.searches.iter().map(|(_, given)| given))
    }

    fn answer(&self, judged: Judged) -> Answer {
        Answer::new(judged, self.at.clone())
    }
}

/// What a token endpoint said when it gave no token; `None` when it gave one.
fn token_refused(exchange: &Exchange) -> Option<Given<'_>> {
    let token = subject::json_body(exchange).ok().is_some_and(|body| body["access_token"].is_string());
    match exchange.status() {
        Some(200..300) if token => None,
        Some(status) => Some(refusal(status, "the token endpoint")),
        None => Some(unanswered(exchange)),
    }
}

fn unanswered(exchange: &Exchange) -> Given<'_> {
    Given::Unclear(exchange.fault.as_ref().map_or_else(|| "no answer".to_owned(), describe))
}

fn refusal(status: u16, place: &str) -> Given<'static> {
    let text = format!("{place} answered {status}");
    // Too slow and too busy say nothing of who may see what; neither does a server that fails.
    if (400..500).contains(&status) && !matches!(status, 408 | 429) {
        Given::Refused(text)
    } else {
        Given::Unclear(text)
    }
}

fn given(exchange: &Exchange) -> Given<'_> {
    let Some(status) = exchange.status() else { return unanswered(exchange) };
    if !(200..300).contains(&status) {
        return refusal(status, "the source");
    }
    let Ok(bundle) = subject::bundle(exchange) else {
        return Given::Unclear(format!("status {status} without a Bundle"));
    };
    let found: Vec<&Json> =
        entries(bundle).map(|(_, resource)| resource).filter(|r| r["resourceType"] != "OperationOutcome").collect();
    if found.is_empty() { Given::Nothing } else { Given::Resources(found) }
}

/// What a consultation must come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Comes {
    /// Something is given.
    Granted,
    /// Nothing is given: no token, a refusal, or an answer without anything in it.
    Refused,
}

/// A consultation was granted or refused.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Access {
    /// What it came to.
    pub is: Comes,
    /// A step that came to the same, in the same words: who is refused cannot tell the one from the other.
    #[serde(default)]
    pub like: Option<StepId>,
}

impl Access {
    pub(super) fn expected(&self) -> Text {
        let mut text = match self.is {
            Comes::Granted => Text::new("de raadpleging levert gegevens op", "the consultation gives data"),
            Comes::Refused => Text::new("de raadpleging levert niets op", "the consultation gives nothing"),
        };
        if let Some(step) = &self.like {
            text.nl.push_str(&format!(", precies zoals stap `{step}`"));
            text.en.push_str(&format!(", exactly as step `{step}`"));
        }
        text
    }

    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        let seen = Consultation::of(context);
        let judged = match (came_to(&seen), &self.like) {
            (Ok((comes, text)), _) if comes != self.is => Judged::NotMet(text),
            (Ok((_, text)), None) => Judged::Met(text),
            (Ok((_, text)), Some(step)) => match context.other(step) {
                None => Judged::Undecided(format!("step `{step}` was not reached")),
                Some(other) => alike(&traces(context.step.exchanges.iter()), &traces(other.exchanges.iter()), text),
            },
            (Err(why), _) => Judged::Undecided(why),
        };
        seen.answer(judged)
    }
}

/// What a consultation came to; why, if that cannot be told.
fn came_to(seen: &Consultation<'_>) -> Result<(Comes, String), String> {
    let mut refused = None;
    for given in seen.everything() {
        match given {
            Given::Resources(found) => return Ok((Comes::Granted, format!("{} resources", found.len()))),
            Given::Unclear(why) => return Err(why.clone()),
            Given::Refused(text) => refused = Some(text.clone()),
            Given::Nothing => refused = refused.or_else(|| Some("an answer without anything in it".to_owned())),
        }
    }
    refused.map(|text| (Comes::Refused, text)).ok_or_else(|| "nothing was asked".to_owned())
}

/// What somebody who is refused gets to see: endpoint, status, error and issue codes.
fn traces<'a>(exchanges: impl Iterator<Item = &'a (u64, &'a Exchange)>) -> Vec<String> {
    let trace = |exchange: &Exchange| {
        let body = subject::json_body(exchange).ok();
        let error = body.and_then(|b| b["error"].as_str()).unwrap_or_default();
        let issues = body.and_then(|b| b["issue"].as_array()).into_iter().flatten();
        let codes: Vec<&str> = issues.filter_map(|i| i["code"].as_str()).collect();
        let status = exchange.status().unwrap_or_default();
        let entries = body.and_then(|b| b["entry"].as_array()).map_or(0, Vec::len);
        format!("{:?} {status} {error} {} {entries}", exchange.endpoint, codes.join(","))
    };
    exchanges.map(|(_, exchange)| trace(exchange)).collect()
}

fn alike(one: &[String], other: &[String], text: String) -> Judged {
    if one == other {
        Judged::Met(text)
    } else {
        Judged::NotMet(format!("{} against {}", one.join("; "), other.join("; ")))
    }
}

/// A consultation was decided as the authorization matrix says: what it permits the role is given, and nothing else.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ObeysMatrix {
    /// Whose agreement the matrix must be to judge by it.
    pub of: Holds,
}

impl ObeysMatrix {
    pub(super) fn expected(&self) -> Text {
        Text::new(
            format!("beslist volgens de autorisatiematrix ({})", self.of),
            format!("decided by the authorization matrix ({})", self.of),
        )
    }

    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        let seen = Consultation::of(context);
        let (Some(deciding), Some(names)) = (&context.data.authorization, &context.data.identification) else {
            return seen.answer(Judged::Undecided("the profile names no authorization matrix".into()));
        };
        let matrix = &deciding.matrix;
        if !deciding.on_all && matrix.holds != self.of {
            let (holds, of) = (matrix.holds, self.of);
            let why = format!(
                "the authorization matrix is `{holds}`, not `{of}`: nobody is judged by it (authorization-matrix)"
            );
            return seen.answer(Judged::Undecided(why));
        }
        let role = seen.grant.and_then(|claims| claims[&names.claims.role].as_str()).unwrap_or_default();
        if let Some(without) = &seen.without_token {
            let may = matrix.permits_something(role, TREATMENT);
            return seen.answer(decided(matrix, role, may, without));
        }
        let judged = seen.searches.iter().map(|(exchange, given)| {
            let kind = resource_type(exchange);
            decided(matrix, role, matrix.permits(role, &kind, TREATMENT), given)
        });
        seen.answer(strongest(judged))
    }
}

/// Whether one answer is what the matrix says.
fn decided(matrix: &AuthorizationMatrix, role: &str, may: bool, given: &Given<'_>) -> Judged {
    match (may, given) {
        (_, Given::Unclear(why)) => Judged::Undecided(why.clone()),
        (true, Given::Refused(text)) => Judged::NotMet(format!("{role} may see this; {text}")),
        (true, Given::Nothing) => {
            Judged::Undecided(format!("{role} may see this, and nothing was there: give the patient such data"))
        }
        (false, Given::Refused(text)) => Judged::Met(format!("{role} may not see this; {text}")),
        (false, Given::Nothing) => Judged::Met(format!("{role} may not see this; nothing was given")),
        (may, Given::Resources(found)) => {
            let kind = |r: &&&Json| r["resourceType"].as_str().unwrap_or_default().to_owned();
            let foreign = found.iter().find(|r| !matrix.permits(role, &kind(r), TREATMENT));
            match foreign {
                Some(resource) => Judged::NotMet(format!("{role} got a {}", kind(&resource))),
                // What was asked may not be seen, and something else that may was given: nothing is amiss in that.
                None if !may => Judged::Met(format!("{role} got nothing that it may not see")),
                None => Judged::Met(format!("{role} got {} resources", found.len())),
            }
        }
    }
}

/// The resource type that a search asked for.
fn resource_type(exchange: &Exchange) -> String {
    let target = exchange.request.as_ref().map(|r| r.target.as_str()).unwrap_or_default();
    let path = NormalSearch::of(target).path;
    path.split('/').next().unwrap_or_default().to_owned()
}

/// One deviation is enough, and what cannot be told of one answer cannot be told of all.
fn strongest(judged: impl Iterator<Item = Judged>) -> Judged {
    let mut all: Vec<Judged> = judged.collect();
    let weight = |j: &Judged| match j {
        Judged::NotMet(_) => 2,
        Judged::Undecided(_) => 1,
        Judged::Met(_) => 0,
    };
    all.sort_by_key(weight);
    all.pop().unwrap_or_else(|| Judged::Undecided("nothing was asked".into()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn matrix() -> AuthorizationMatrix {
        serde_json::from_value(json!({
            "title": {"nl": "SIM", "en": "SIM"}, "source": "SIM", "holds": "sample",
            "categories": {"problems": {"title": {"nl": "p", "en": "p"}, "resources": ["Condition"]}},
            "rules": [{"role": "01.*", "category": "*", "decision": "permit"}],
        }))
        .unwrap()
    }

    #[test]
    fn what_the_matrix_permits_must_be_given_and_nothing_else_may_be() {
        let matrix = matrix();
        let (condition, flag) = (json!({"resourceType": "Condition"}), json!({"resourceType": "Flag"}));
        let say = |role: &str, may, given: &Given<'_>| match decided(&matrix, role, may, given) {
            Judged::Met(_) => "met",
            Judged::NotMet(_) => "not met",
            Judged::Undecided(_) => "undecided",
        };
        let refused = Given::Refused("403".into());
        assert_eq!(say("01.015", true, &Given::Resources(vec![&condition])), "met");
        assert_eq!(say("01.015", true, &Given::Resources(vec![&condition, &flag])), "not met");
        assert_eq!(say("01.015", true, &refused), "not met");
        assert_eq!(say("01.015", true, &Given::Nothing), "undecided");
        assert_eq!(say("99.000", false, &refused), "met");
        assert_eq!(say("99.000", false, &Given::Nothing), "met");
        assert_eq!(say("99.000", false, &Given::Resources(vec![&condition])), "not met");
        assert_eq!(say("99.000", false, &Given::Unclear("503".into())), "undecided");
    }

    #[test]
    fn a_busy_server_refuses_nobody() {
        for (status, refuses) in [(400, true), (403, true), (404, true), (408, false), (429, false), (503, false)] {
            assert_eq!(matches!(refusal(status, "x"), Given::Refused(_)), refuses, "{status}");
        }
    }

    #[test]
    fn one_deviation_outweighs_what_cannot_be_told() {
        let judged = [Judged::Met("a".into()), Judged::NotMet("b".into()), Judged::Undecided("c".into())];
        assert!(matches!(strongest(judged.into_iter()), Judged::NotMet(_)));
        assert!(matches!(strongest(std::iter::empty()), Judged::Undecided(_)));
    }
}
