//! A search over the records: which resources match, what is included with them, and which
//! parameters were applied.
//!
//! Clauses: hl7.org/fhir/STU3/search.html; Nictiz FHIR IG STU3: a server may pass over unknown
//! parameters, but shows that it did.

use std::collections::HashMap;

use serde_json::Value;

use super::criteria::Criterion;
use super::include::Include;
use super::lastn::newest;
use super::query::SearchQuery;
use super::store::{Records, Store};

/// What a search found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SearchOutcome {
    /// Resources that match, in the order of loading; for `$lastn` newest first per code.
    pub matches: Vec<Value>,
    /// Resources that includes added, each once, none of them a match.
    pub included: Vec<Value>,
    /// Parameters that had their say, in the order given.
    pub applied: Vec<(String, String)>,
    /// Parameters this server passed over, in the order given.
    pub ignored: Vec<(String, String)>,
    /// Per match the positions in `included` that it brought along.
    pub(super) brought: Vec<Vec<usize>>,
}

impl SearchOutcome {
    /// Keeps only the resources that a caller may see.
    pub fn keep(&mut self, may_see: impl Fn(&Value) -> bool) {
        let seen: Vec<bool> = self.included.iter().map(&may_see).collect();
        let place = |at: usize| seen.iter().take(at).filter(|kept| **kept).count();
        for brought in &mut self.brought {
            *brought = brought.iter().filter(|at| seen.get(**at) == Some(&true)).map(|at| place(*at)).collect();
        }
        let kept: Vec<bool> = self.matches.iter().map(&may_see).collect();
        let keeps = |kept: &[bool], at: usize| kept.get(at).copied().unwrap_or(true);
        let mut at = 0..;
        self.brought.retain(|_| at.next().is_some_and(|at| keeps(&kept, at)));
        self.matches.retain(&may_see);
        self.included.retain(may_see);
    }

    /// Matches without includes, all parameters taken as read.
    pub fn of(matches: Vec<Value>) -> Self {
        let brought = vec![Vec::new(); matches.len()];
        Self { matches, brought, ..Self::default() }
    }
}

/// Why a search is not answered; reads after "failed to answer a search with".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SearchFault {
    /// The path names no STU3 resource type (HTTP 404).
    #[error("unknown resource type `{0}`")]
    UnknownType(String),
    /// An operation or deeper path that is not served (HTTP 404).
    #[error("unknown operation `{0}`")]
    UnknownOperation(String),
    /// Something that cannot be read, never quoting the value (HTTP 400).
    #[error("something malformed: {0}")]
    Malformed(String),
    /// A modifier this server does not have; STU3 wants such a search refused (HTTP 400).
    #[error("unsupported modifier in `{0}`")]
    UnsupportedModifier(String),
}

impl Records {
    /// Answers a search; with `narrow_to` only from the record of the patient with that id.
    ///
    /// `_count` is accepted and left to the caller, who pages. `_format` is accepted likewise.
    ///
    /// # Errors
    /// A [`SearchFault`] when the query cannot be understood; finding nothing is no error.
    pub fn search(&self, query: &SearchQuery, narrow_to: Option<&str>) -> Result<SearchOutcome, SearchFault> {
        let store = self.store.as_ref();
        query.count()?;
        let plan = Plan::of(query)?;
        let visible = |index: usize| narrow_to.is_none_or(|patient| store.compartments.holds(patient, index));
        let passes = |index: usize| {
            let resource = &store.resources[index];
            plan.criteria.iter().all(|test| test.holds(store, resource))
        };
        let candidates = store.of_type(&query.resource_type).iter().copied();
        let mut matches: Vec<usize> = candidates.filter(|index| visible(*index) && passes(*index)).collect();
        if let Some(lastn) = query.operation {
            matches = newest(store, matches, lastn);
        }
        let (included, brought) = plan.included(store, &matches, visible);
        let resources = |found: &[usize]| {
            let each = found.iter().map(|index| store.resources[*index].clone());
            each.collect()
        };
        Ok(SearchOutcome {
            matches: resources(&matches),
            included: resources(&included),
            applied: plan.applied,
            ignored: plan.ignored,
            brought,
        })
    }
}

/// A query, understood parameter by parameter.
#[derive(Default)]
struct Plan {
    criteria: Vec<Criterion>,
    includes: Vec<Include>,
    applied: Vec<(String, String)>,
    ignored: Vec<(String, String)>,
}

impl Plan {
    fn of(query: &SearchQuery) -> Result<Self, SearchFault> {
        let mut plan = Self::default();
        for (name, value) in &query.parameters {
            let understood = plan.take(query, name, value)?;
            let list = match understood {
                true => &mut plan.applied,
                false => &mut plan.ignored,
            };
            list.push((name.clone(), value.clone()));
        }
        Ok(plan)
    }

    fn take(&mut self, query: &SearchQuery, name: &str, value: &str) -> Result<bool, SearchFault> {
        let resource_type = &query.resource_type;
        match name {
            "_format" | "_count" => Ok(true),
            "max" if query.operation.is_some() => Ok(true),
            "_include" | "_revinclude" => {
                let include = Include::parse(resource_type, name, value)?;
                let known = include.is_some();
                self.includes.extend(include);
                Ok(known)
            }
            _ => {
                let criterion = Criterion::parse(resource_type, name, value)?;
                let known = criterion.is_some();
                self.criteria.extend(criterion);
                Ok(known)
            }
        }
    }

    /// The resources includes add, and per match the positions of its own among them.
    fn included(
        &self,
        store: &Store,
        matches: &[usize],
        visible: impl Fn(usize) -> bool,
    ) -> (Vec<usize>, Vec<Vec<usize>>) {
        let mut included: Vec<usize> = Vec::new();
        let mut positions: HashMap<usize, usize> = HashMap::new();
        let mut brought = Vec::new();
        for index in matches {
            let mut own = Vec::new();
            let found = self.includes.iter().flat_map(|include| include.of(store, *index));
            for found in found.filter(|found| visible(*found) && !matches.contains(found)) {
                let position = *positions.entry(found).or_insert_with(|| {
                    included.push(found);
                    included.len() - 1
                });
                if !own.contains(&position) {
                    own.push(position);
                }
            }
            brought.push(own);
        }
        (included, brought)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_caller_may_not_see_goes_with_what_it_brought() {
        let of = |kind: &str| json!({ "resourceType": kind });
        let mut outcome = SearchOutcome {
            matches: vec![of("Coverage"), of("Condition"), of("Coverage")],
            included: vec![of("Patient"), of("Organization"), of("Practitioner")],
            brought: vec![vec![0, 1], vec![1], vec![1, 2]],
            ..SearchOutcome::default()
        };
        outcome.keep(|resource| resource["resourceType"] != "Condition" && resource["resourceType"] != "Patient");
        assert_eq!(outcome.matches, [of("Coverage"), of("Coverage")]);
        assert_eq!(outcome.included, [of("Organization"), of("Practitioner")]);
        assert_eq!(outcome.brought, [vec![0], vec![0, 1]]);
    }
}
