//! What an answer or a series of requests amounts to: counts, reduced profiles, one patient, coverage, encoding.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::bundle::{each_bundle, name};
use super::subject::{self, entries};
use super::{Answer, Context, Judged, each};
use crate::base::id::StepId;
use crate::base::text::Text;
use crate::transcript::{Direction, Exchange};
use crate::wire::query::{NormalSearch, Query};
use crate::wire::task::read_offer;

/// The query of a set that an exchange asked.
pub(super) fn asked<'a>(context: Context<'a>, exchange: &Exchange) -> Option<&'a Query> {
    let target = &exchange.request.as_ref()?.target;
    let search = NormalSearch::of(target);
    // Sets share searches; the one that the candidate file chooses goes first.
    let chosen = context.data.query_set.as_ref().and_then(|id| context.data.query_sets.get(id));
    let sets = chosen.into_iter().chain(context.data.query_sets.values());
    sets.flat_map(|s| &s.queries).find(|q| search.fills(&NormalSearch::of(&q.search)))
}

/// Number of resources per type equals what the candidate file declares for the query (T17).
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ResourceCounts {
    /// Name under which the candidate file declares them, where that is not the id of the query. Without such a declaration
    /// it is not judged.
    #[serde(default)]
    pub declared: Option<String>,
}

impl ResourceCounts {
    pub(super) fn expected(&self) -> Text {
        Text::new(
            "aantal resources per type zoals opgegeven in het kandidaatbestand",
            "number of resources per type as declared in the candidate file",
        )
    }
    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        each_bundle(context, |bundle, exchange| {
            let name = self.declared.as_ref().or_else(|| asked(context, exchange).map(|query| &query.id));
            let declared = name.and_then(|name| Some((name, context.data.expected_counts.get(name)?)));
            let Some((name, declared)) = declared else {
                return Judged::Undecided("no count is declared for this query".into());
            };
            let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
            for (_, resource) in entries(bundle) {
                *counts.entry(resource["resourceType"].as_str().unwrap_or("?")).or_default() += 1;
            }
            counts.remove("OperationOutcome");
            let types: BTreeSet<&str> = counts.keys().copied().chain(declared.keys().map(String::as_str)).collect();
            let difference = types.into_iter().find_map(|t| {
                let (have, want) = (counts.get(t).copied().unwrap_or(0), declared.get(t).copied().unwrap_or(0));
                (have != want).then(|| format!("{name}: {have} × {t}, declared {want}"))
            });
            difference.map_or_else(|| Judged::Met(format!("{name}: {counts:?}")), Judged::NotMet)
        })
    }
}

/// All resources that belong to a patient belong to the same one, over all exchanges of the step.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct OnePatient {}

impl OnePatient {
    pub(super) fn expected(&self) -> Text {
        Text::new("alleen gegevens van één patiënt", "data of one patient only")
    }
    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        let mut seen: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for (seq, exchange) in &context.step.exchanges {
            let Ok(bundle) = subject::bundle(exchange) else { continue };
            for (_, resource) in entries(bundle) {
                if let Some(patient) = patient_of(resource) {
                    seen.entry(patient).or_default().push(*seq);
                }
            }
        }
        match seen.len() {
            0 => Answer::new(Judged::Undecided("no resource of a patient was seen".into()), Vec::new()),
            1 => Answer::new(
                Judged::Met("one patient".into()),
                seen.into_values().flatten().collect::<BTreeSet<_>>().into_iter().collect(),
            ),
            n => {
                // The patient with the fewest resources is the stranger.
                let odd = seen.into_iter().min_by_key(|(_, at)| at.len()).map(|(_, at)| at).unwrap_or_default();
                Answer::new(
                    Judged::NotMet(format!("resources of {n} patients")),
                    odd.into_iter().collect::<BTreeSet<_>>().into_iter().collect(),
                )
            }
        }
    }
}

fn patient_of(resource: &Value) -> Option<String> {
    if resource["resourceType"] == "Patient" {
        return resource["id"].as_str().map(|id| format!("Patient/{id}"));
    }
    ["subject", "patient", "beneficiary"].iter().find_map(|member| {
        let reference = resource[*member]["reference"].as_str()?;
        reference.rfind("Patient/").map(|at| reference[at..].to_owned())
    })
}

/// The step gives the same resources as another one.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SameResult {
    /// The other step.
    pub of: StepId,
}

impl SameResult {
    pub(super) fn expected(&self) -> Text {
        Text::new(format!("dezelfde resources als `{}`", self.of), format!("the same resources as `{}`", self.of))
    }
    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        let resources = |exchanges: &[(u64, &Exchange)]| -> Result<BTreeSet<String>, Judged> {
            let mut all = BTreeSet::new();
            for (_, exchange) in exchanges {
                all.extend(entries(subject::bundle(exchange)?).map(|(_, r)| name(r)));
            }
            Ok(all)
        };
        let at: Vec<u64> = context.step.exchanges.iter().map(|(seq, _)| *seq).collect();
        let Some(other) = context.other(&self.of) else {
            return Answer::new(Judged::Undecided(format!("step `{}` was not reached", self.of)), at);
        };
        let judged = match (resources(&context.step.exchanges), resources(&other.exchanges)) {
            (_, Err(_)) => Judged::Undecided(format!("step `{}` gave no answer to compare with", self.of)),
            // The other way of asking was answered, so this one should be.
            (Err(Judged::Undecided(why)), Ok(_)) => Judged::NotMet(why),
            (Err(judged), _) => judged,
            (Ok(these), Ok(those)) if these == those && !these.is_empty() => {
                Judged::Met(format!("{} resources", these.len()))
            }
            // That nothing is found either way says nothing of the ways.
            (Ok(these), Ok(those)) if these.is_empty() && those.is_empty() => {
                Judged::Undecided(format!("neither this step nor `{}` found anything", self.of))
            }
            (Ok(these), Ok(those)) => Judged::NotMet(format!("{} resources against {}", these.len(), those.len())),
        };
        Answer::new(judged, at)
    }
}

/// The candidate asked for everything that a Task offered, or for these queries of the query sets: resource and parameters,
/// whatever their order and encoding. Where a query has a placeholder anything may stand, but something must.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RequestsCover {
    /// The step in which the Task was sent.
    #[serde(default)]
    pub offered_in: Option<StepId>,
    /// Instead: ids of queries.
    #[serde(default)]
    pub queries: Vec<String>,
}

impl RequestsCover {
    pub(super) fn expected(&self) -> Text {
        match &self.offered_in {
            Some(step) => Text::new(
                format!("alle vragen uit `{step}` worden gesteld"),
                format!("every query offered in `{step}` is asked"),
            ),
            None => {
                let list = self.queries.join(", ");
                Text::new(format!("deze vragen worden gesteld: {list}"), format!("these queries are asked: {list}"))
            }
        }
    }

    /// What must be asked; else why that cannot be told.
    fn wanted(&self, context: Context<'_>) -> Result<Vec<NormalSearch>, String> {
        let Some(step) = &self.offered_in else {
            let all = || context.data.query_sets.values().flat_map(|set| &set.queries);
            let named = |id: &String| all().find(|q| q.id == *id).ok_or_else(|| format!("there is no query `{id}`"));
            return self.queries.iter().map(|id| Ok(NormalSearch::of(&named(id)?.search))).collect();
        };
        let (Some(codes), Some(offering)) = (&context.data.input_codes, context.other(step)) else {
            return Err("nothing was offered".into());
        };
        let task = offering.exchanges.iter().find_map(|(_, e)| offered_task(e)).ok_or("no Task was sent")?;
        Ok(read_offer(task, codes).queries.iter().map(|q| NormalSearch::of(q)).collect())
    }

    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        let at: Vec<u64> = context.step.exchanges.iter().map(|(seq, _)| *seq).collect();
        let offered = match self.wanted(context) {
            Ok(offered) => offered,
            Err(why) => return Answer::new(Judged::Undecided(why), at),
        };
        let filled = self.offered_in.is_none();
        let covers = |asked: &NormalSearch, wanted: &NormalSearch| {
            if filled { asked.covers_filled(wanted) } else { asked.covers(wanted) }
        };
        let asked: Vec<NormalSearch> = context
            .step
            .exchanges
            .iter()
            .filter_map(|(_, e)| Some(NormalSearch::of(&e.request.as_ref()?.target)))
            .collect();
        let lacking: Vec<String> =
            offered.iter().filter(|o| !asked.iter().any(|a| covers(a, o))).map(|o| o.path.clone()).collect();
        let judged = match (offered.len(), lacking.as_slice()) {
            (0, _) => Judged::Undecided("the Task offers no query".into()),
            (n, []) => Judged::Met(format!("all {n} queries asked")),
            (n, some) => Judged::NotMet(format!("{} of {n} queries not asked: {}", some.len(), some.join(", "))),
        };
        Answer::new(judged, at)
    }
}

/// The Task in an exchange, whoever wrote it.
pub(super) fn offered_task(exchange: &Exchange) -> Option<&Value> {
    let request = exchange.request.as_ref().and_then(|r| r.body.json());
    let response = exchange.response.as_ref().and_then(|r| r.body.json());
    [request, response].into_iter().flatten().find(|b| b["resourceType"] == "Task")
}

/// Reserved characters in the query of the candidate are percent-encoded; `/` may stand literally (TK-04-04).
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct QueryEncoding {}

impl QueryEncoding {
    pub(super) fn expected(&self) -> Text {
        Text::new("gereserveerde tekens in de vraag zijn gecodeerd", "reserved characters in the query are encoded")
    }
    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        let mut judged = each(context, |e| {
            let (Direction::FromCandidate, Some(request)) = (e.direction, &e.request) else {
                return Judged::Undecided("no request of the candidate".into());
            };
            let Some((_, query)) = request.target.split_once('?') else { return Judged::Undecided("no query".into()) };
            let bare = |value: &str| value.chars().find(|c| matches!(c, '|' | ':' | '?' | '#' | '[' | ']' | '@' | ' '));
            // The mark of a redacted value holds colons and brackets of ours.
            let wrong = query.split('&').filter_map(|p| p.split_once('=')).find_map(|(n, v)| {
                (!v.contains("[redacted:")).then(|| bare(v)).flatten().map(|c| format!("`{c}` in {n}"))
            });
            wrong.map_or_else(|| Judged::Met(request.target.clone()), Judged::NotMet)
        });
        if let Judged::Met(text) = &mut judged.judged {
            text.truncate(text.char_indices().nth(120).map_or(text.len(), |(at, _)| at));
        }
        judged
    }
}
