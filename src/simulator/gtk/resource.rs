//! The resource endpoint: Workflow Task (Twiin-03), search (Twiin-04), read (Twiin-05), guarded by access tokens
//! (RFC 6750) and narrowed to what was offered for one patient (21-bgz section 5.4).

use serde_json::{Value, json};

use super::Gtk;
use super::consent::Release;
use super::state::{Issued, PagedSearch, Purpose, Referral, Requester};
use crate::base::clock;
use crate::deviation::{Deviation, Guard};
use crate::net::Incoming;
use crate::simulator::records::{Page, Records, SearchFault, SearchOutcome, SearchQuery, searchset};
use crate::wire::fhir;
use crate::wire::http::{HttpRequest, HttpResponse, header, parse_pairs};
use crate::wire::query::NormalSearch;

/// On whose behalf and for which referral a request is answered.
#[derive(Default)]
pub(super) struct Access {
    pub referral: Option<Referral>,
    /// Who consults, when there is no referral to go by.
    pub requester: Option<Requester>,
    /// Position of the further zorgtoepassing that is consulted.
    pub service: Option<usize>,
    /// URA of the organisation of the token, where that is known.
    pub organisation: Option<String>,
}

impl Access {
    /// BSN of the patient whose data can be given.
    pub(super) fn patient(&self) -> Option<&str> {
        let consulted = || self.requester.as_ref().and_then(|r| r.patient.as_deref());
        // Who consults has no referral, unless a careless source goes by the patient whom the grant names.
        consulted().or(self.referral.as_ref().map(|r| r.bsn.as_str()))
    }
}

impl Gtk {
    /// Lets a request pass, or refuses it as RFC 6750 section 3 says.
    pub(super) fn authorize(&self, incoming: &Incoming, purpose: Purpose) -> Result<Access, HttpResponse> {
        let request = &incoming.request;
        let bearer =
            header(&request.headers, "authorization").and_then(|h| h.strip_prefix("Bearer ")).map(str::to_owned);
        let in_query = request
            .query()
            .and_then(|q| parse_pairs(q, false).into_iter().find(|(n, _)| n == "access_token").map(|(_, v)| v));
        let token = bearer.or_else(|| (!self.guards(Guard::TokenInHeader)).then_some(in_query).flatten());
        let newest = || self.state().referrals.last().cloned();
        let Some(token) = token else {
            if self.guards(Guard::TokenPresent) {
                return Err(self.challenge(request, 401, None));
            }
            return Ok(Access { referral: newest(), ..Access::default() });
        };
        let Some(issued) = self.issued(&token) else {
            if self.guards(Guard::TokenIssued) {
                return Err(self.challenge(request, 401, Some("invalid_token")));
            }
            return Ok(Access { referral: newest(), ..Access::default() });
        };
        if self.guards(Guard::TokenExpiry) && issued.ends < clock::now() {
            return Err(self.challenge(request, 401, Some("invalid_token")));
        }
        let consults = purpose == Purpose::Pull && issued.purpose == Purpose::Consultation;
        if self.guards(Guard::TokenPurpose) && issued.purpose != purpose && !consults {
            return Err(self.challenge(request, 403, Some("insufficient_scope")));
        }
        let state = self.state();
        let referral = issued.referral.and_then(|at| state.referrals.get(at).cloned());
        drop(state);
        let referral = referral.or_else(|| self.config.lenient.then(newest).flatten());
        let Issued { requester, service, organisation, .. } = issued;
        Ok(Access { referral, requester, service, organisation })
    }

    fn issued(&self, token: &str) -> Option<Issued> {
        let state = self.state();
        if let Some(issued) = state.tokens.get(token) {
            return Some(issued.clone());
        }
        let looks_at = token.len() / 2;
        let careless =
            || state.tokens.iter().find(|(t, _)| t.len() == token.len() && t.get(..looks_at) == token.get(..looks_at));
        (!self.guards(Guard::TokenWhole) && !self.config.lenient).then(careless).flatten().map(|(_, i)| i.clone())
    }

    fn challenge(&self, request: &HttpRequest, status: u16, error: Option<&str>) -> HttpResponse {
        let code = if status == 401 { "login" } else { "forbidden" };
        let response = self.failure(status, code, error.unwrap_or("an access token is needed"), request);
        if self.deviates(Deviation::RefusesWithoutChallenge) {
            return response;
        }
        let challenge = error.map_or_else(|| "Bearer".to_owned(), |e| format!("Bearer error=\"{e}\""));
        response.with_header("www-authenticate", challenge)
    }

    fn unknown(&self, request: &HttpRequest) -> HttpResponse {
        let status = if self.deviates(Deviation::UnknownIsFound) { 200 } else { 404 };
        self.failure(status, "not-found", "there is no such resource", request)
    }

    pub(super) fn workflow_task(&self, id: &str, incoming: &Incoming) -> HttpResponse {
        let request = &incoming.request;
        let access = match self.authorize(incoming, Purpose::Pull) {
            Ok(access) => access,
            Err(refusal) => return refusal,
        };
        if self.deviates(Deviation::NoWorkflowTask) {
            return self.failure(501, "not-supported", "Workflow Tasks are not supported", request);
        }
        let state = self.state();
        // A Task of somebody else's referral does not exist for this caller.
        let own = |r: &&Referral| {
            !self.guards(Guard::TokenOrganisation)
                || self.deviates(Deviation::GivesTasksOfOtherReferrals)
                || access.referral.as_ref().is_some_and(|a| a.group == r.group)
        };
        let referral = state.referrals.iter().filter(own).find(|r| r.workflow.as_deref() == Some(id)).cloned();
        drop(state);
        match referral {
            Some(referral) => {
                let odd = referral.task.is_some() && self.deviates(Deviation::GivesHandoffTasksWithOtherStatus);
                self.resource(if odd { 203 } else { 200 }, &self.workflow_of(&referral), request)
            }
            None => self.unknown(request),
        }
    }

    pub(super) fn read(&self, kind: &str, id: &str, incoming: &Incoming, release: &Release) -> HttpResponse {
        let request = &incoming.request;
        let access = match self.authorize(incoming, Purpose::Pull) {
            Ok(access) => access,
            Err(_) if self.gives_without_token(kind, request) => {
                Access { referral: self.state().referrals.last().cloned(), ..Access::default() }
            }
            Err(refusal) => return refusal,
        };
        if let Err(refusal) = self.still_open(&access, request) {
            return refusal;
        }
        if self.deviates(Deviation::RefusesRead) {
            return self.failure(501, "not-supported", "reading is not supported", request);
        }
        if self.gives_documents_alone(access.referral.as_ref()) && !["Patient", "Composition"].contains(&kind) {
            return self.failure(501, "not-supported", "single resources are not given", request);
        }
        let records = self.records_of(&access);
        let patient = access.patient().and_then(|bsn| records.patient_id_by_bsn(bsn));
        let allowed = |resource: &&Value| {
            !self.guards(Guard::TokenOrganisation) || patient.is_some_and(|p| records.belongs_to(resource, p))
        };
        let consented = |resource: &&Value| release.allows(self.config.consent.category_of(resource));
        let sees = |_: &&Value| self.sees(&access, kind);
        match records.read(kind, id).filter(allowed).filter(consented).filter(sees) {
            Some(resource) if kind == "Composition" => {
                self.resource(200, &self.composition(resource, access.referral.as_ref()), request)
            }
            Some(resource) => self.read_out(resource, records, request),
            None => self.unknown(request),
        }
    }

    pub(super) fn search(&self, below: &str, incoming: &Incoming, release: &Release) -> HttpResponse {
        let request = &incoming.request;
        let access = match self.authorize_pull(incoming) {
            Ok(access) => access,
            Err(refusal) => return refusal,
        };
        if self.deviates(Deviation::RefusesEncodedSlash) && request.target.to_ascii_lowercase().contains("%2f") {
            return self.failure(400, "invalid", "the query cannot be read", request);
        }
        let records = self.records_of(&access);
        let mut patient = access.patient().and_then(|bsn| records.patient_id_by_bsn(bsn)).map(str::to_owned);
        let group = access.referral.as_ref().map(|r| r.group.clone());
        let Asked { text, offset, paged } = self.asked(below, request);
        if let Some(paged) = paged {
            // A page belongs to whoever asked for the first one (NEG-81).
            if self.deviates(Deviation::GivesPagesToOthers) {
                patient = paged.patient;
            } else if !self.config.lenient && paged.group != group {
                return self.failure(404, "not-found", "there is no such page", request);
            }
        }
        let mut query = match SearchQuery::parse(&text) {
            Ok(query) => query,
            Err(SearchFault::Malformed(_)) if self.deviates(Deviation::AnswersMalformedSearches) => {
                return self.resource(200, &fhir::bundle::nothing_found(), request);
            }
            Err(_) if self.deviates(Deviation::AnswersUnknownTypes) => {
                return self.resource(200, &fhir::bundle::nothing_found(), request);
            }
            Err(fault) => return self.search_failure(&fault, request),
        };
        query.parameters.retain(|(name, _)| name != "access_token");
        if let Some(refusal) = self.unserved(&query, &access, request) {
            return refusal;
        }
        if !self.sees(&access, &query.resource_type) {
            return self.failure(403, "forbidden", "this is not for the caller", request);
        }
        if access.requester.is_none() && self.guards_offer() && !self.is_offered(&text, access.referral.as_ref()) {
            return self.failure(403, "forbidden", "this query was not offered", request);
        }
        let malformed = query.parameters.iter().any(|(name, value)| !name.starts_with('_') && value.contains("||"));
        if malformed && !self.config.lenient {
            if !self.deviates(Deviation::AcceptsMalformedValues) {
                return self.failure(400, "invalid", "a value of the search cannot be read", request);
            }
            query.parameters.retain(|(_, value)| !value.contains("||"));
        }
        if self.deviates(Deviation::FollowsAnyPatient) {
            patient = patient_in(records, &query).or(patient);
        }
        let outcome = match self.find(records, &query, patient.as_deref()) {
            Ok(outcome) => outcome,
            Err(fault) => return self.search_failure(&fault, request),
        };
        if release.is_nothing() {
            return self.failure(403, "forbidden", "there is no consent", request);
        }
        let mut outcome = self.narrowed(outcome, release);
        self.narrow(&access, &mut outcome);
        if outcome.matches.is_empty() && self.deviates(Deviation::EmptySearchIsNotFound) {
            return self.failure(404, "not-found", "nothing was found", request);
        }
        let size = query.count().ok().flatten().filter(|c| *c > 0).or(self.config.page_size);
        let page = size.map(|count| {
            self.page(below, offset, count, PagedSearch { text: text.clone(), group, patient: patient.clone() })
        });
        self.resource(200, &self.bundle(&text, page, &outcome, records, patient.as_deref()), request)
    }

    /// The access of a caller that fetches data, unless what it fetches them for has ended.
    pub(super) fn authorize_pull(&self, incoming: &Incoming) -> Result<Access, HttpResponse> {
        let access = self.authorize(incoming, Purpose::Pull)?;
        self.still_open(&access, &incoming.request)?;
        Ok(access)
    }

    /// Refuses data of a referral whose Workflow Task has ended (BGZ-WFT-02).
    fn still_open(&self, access: &Access, request: &HttpRequest) -> Result<(), HttpResponse> {
        let ended = access.referral.as_ref().is_some_and(|r| ENDED.contains(&r.status.as_str()));
        if ended && !self.config.lenient && !self.deviates(Deviation::KeepsAccessAfterCompletion) {
            return Err(self.failure(403, "forbidden", "the referral has ended", request));
        }
        Ok(())
    }

    fn page(&self, below: &str, offset: usize, count: usize, search: PagedSearch) -> Page {
        let path = below.split('?').next().unwrap_or_default().trim_end_matches("/_search");
        let id = uuid::Uuid::new_v4().simple().to_string();
        let base = &self.config.addresses.fhir_base;
        let next = format!("{base}/{path}?_page={id}&_offset={}", offset + count);
        self.state().pages.insert(id, search);
        Page { offset, count, next: Some(next) }
    }

    fn search_failure(&self, fault: &SearchFault, request: &HttpRequest) -> HttpResponse {
        let status = match fault {
            SearchFault::UnknownType(_) | SearchFault::UnknownOperation(_) => 404,
            SearchFault::Malformed(_) | SearchFault::UnsupportedModifier(_) => 400,
        };
        let code = match fault {
            SearchFault::UnknownType(_) => "not-supported",
            SearchFault::UnknownOperation(_) => "not-found",
            SearchFault::Malformed(_) | SearchFault::UnsupportedModifier(_) => "invalid",
        };
        self.failure(status, code, &fault.to_string(), request)
    }

    /// Searches for a patient. Without one there is nobody to give data of.
    fn find(
        &self,
        records: &Records,
        query: &SearchQuery,
        patient: Option<&str>,
    ) -> Result<SearchOutcome, SearchFault> {
        if let Some(outcome) = self.find_carelessly(records, query, patient) {
            return outcome;
        }
        if let Some(outcome) = self.find_of_record_carelessly(records, query, patient) {
            return outcome;
        }
        // Nobody's id: the query is understood as ever, and nothing is found.
        let patient = patient.or(Some(""));
        if self.deviates(Deviation::AnswersUnofferedQueries) && query.resource_type == "Task" {
            let referrals = self.state().referrals.clone();
            let tasks = referrals.iter().map(|r| {
                let mut task = self.workflow_of(r);
                task["id"] = json!(r.group.trim_start_matches("urn:uuid:"));
                task
            });
            return Ok(SearchOutcome::of(tasks.collect()));
        }
        if !self.deviates(Deviation::IgnoresSearchParameters) {
            return records.search(query, patient);
        }
        let mut wide = query.clone();
        wide.parameters.retain(|(name, _)| name.starts_with('_'));
        let mut outcome = records.search(&wide, patient)?;
        outcome.applied = records.search(query, patient)?.applied;
        Ok(outcome)
    }

    fn bundle(
        &self,
        text: &str,
        page: Option<Page>,
        outcome: &SearchOutcome,
        records: &Records,
        patient: Option<&str>,
    ) -> Value {
        let base = &self.config.addresses.fhir_base;
        let path = text.split('?').next().unwrap_or_default();
        let mut outcome = outcome.clone();
        if self.deviates(Deviation::SelfLinkWithIgnoredParameter) {
            outcome.applied.append(&mut outcome.ignored);
        }
        let mut bundle = searchset(&outcome, base, &format!("{base}/{path}"), page);
        if let Some(deviation) = self.config.deviation {
            deviation.edit_searchset(&mut bundle, stranger(records, patient).as_ref());
        }
        // A careless answer need not be a Bundle: nothing is put into it here.
        let entries = bundle.get_mut("entry").and_then(Value::as_array_mut).into_iter().flatten();
        for resource in entries.filter_map(|entry| entry.get_mut("resource")) {
            if let Some(deviation) = self.config.deviation {
                deviation.edit_maternity_record(resource);
            }
            self.at_home(resource, records);
        }
        bundle
    }

    /// The query of a request, and where its page begins.
    pub(super) fn asked(&self, below: &str, request: &HttpRequest) -> Asked {
        let posted = (request.method == "POST").then(|| String::from_utf8_lossy(&request.body).into_owned());
        let query = posted.or_else(|| request.query().map(str::to_owned));
        let below = below.trim_end_matches("/_search");
        let pairs = parse_pairs(query.as_deref().unwrap_or_default(), false);
        let value = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
        if let Some(paged) = value("_page").and_then(|id| self.state().pages.get(&id).cloned()) {
            let offset = value("_offset").and_then(|o| o.parse().ok()).unwrap_or(0);
            return Asked { text: paged.text.clone(), offset, paged: Some(paged) };
        }
        let text = query.map_or_else(|| below.to_owned(), |q| format!("{below}?{q}"));
        Asked { text, offset: 0, paged: None }
    }

    /// Whether a query asks at least for what one of the offered queries asks: more parameters narrow it further.
    fn is_offered(&self, text: &str, referral: Option<&Referral>) -> bool {
        let asked = NormalSearch::of(text);
        let bsn = referral.map(|r| r.bsn.as_str()).unwrap_or_default();
        self.offering_of(referral).queries.queries.iter().any(|q| asked.covers(&NormalSearch::of(&q.search_for(bsn))))
    }

    /// A product gives only what it offered; the harness's own endpoint gives what is asked and notes it.
    fn guards_offer(&self) -> bool {
        !self.config.lenient && !self.deviates(Deviation::AnswersUnofferedQueries)
    }

    /// The Workflow Task of a referral.
    fn workflow_of(&self, referral: &Referral) -> Value {
        if let Some(task) = &referral.task {
            return self.handoff_task(task, &referral.status);
        }
        let mut task = self.workflow_task_of(referral);
        task["id"] = json!(referral.workflow);
        task["status"] = json!(referral.status);
        if let Some(deviation) = self.config.deviation {
            deviation.edit_workflow_task(&mut task);
        }
        task
    }

    /// Whether an id is that of a Workflow Task here.
    pub(super) fn is_workflow(&self, id: &str) -> bool {
        self.state().referrals.iter().any(|r| r.workflow.as_deref() == Some(id))
    }

    /// The receiver sets the status of a Workflow Task (BGZ-WFT-01, 21-bgz section 5.3).
    pub(super) fn update_workflow_task(&self, id: &str, incoming: &Incoming) -> HttpResponse {
        let request = &incoming.request;
        let access = match self.authorize(incoming, Purpose::Pull) {
            Ok(access) => access,
            Err(refusal) => return refusal,
        };
        let limits = fhir::Limits::default();
        let task = match fhir::parse_json(&request.body, &limits) {
            Ok(task) if task["resourceType"] == "Task" => task,
            _ => return self.failure(400, "structure", "a whole Task is expected", request),
        };
        let kept_whole = |r: &Referral| r.workflow.as_deref() == Some(id) && r.task.is_some();
        let may_write = self.config.lenient || access.referral.as_ref().is_some_and(kept_whole);
        if may_write && self.state().referrals.iter().any(kept_whole) {
            return self.update_handoff(id, &task, incoming);
        }
        let mut state = self.state();
        let own =
            |r: &&mut Referral| self.config.lenient || access.referral.as_ref().is_some_and(|a| a.group == r.group);
        let found = state.referrals.iter_mut().filter(own).find(|r| r.workflow.as_deref() == Some(id));
        let wanted = task["status"].as_str().unwrap_or_default();
        let outcome = match found {
            None => Err((404, "not-found", "there is no such Task")),
            Some(referral) if self.config.lenient || may_follow(&referral.status, wanted) => {
                referral.status = wanted.to_owned();
                Ok(referral.clone())
            }
            Some(_) => Err((422, "business-rule", "this status cannot follow")),
        };
        drop(state);
        match outcome {
            Ok(referral) => self.resource(200, &self.workflow_of(&referral), request),
            Err((status, code, text)) => self.failure(status, code, text, request),
        }
    }
}

/// A condition of somebody else.
fn stranger(records: &Records, patient: Option<&str>) -> Option<Value> {
    let other = records.patients().into_iter().find(|p| Some(p.id.as_str()) != patient)?;
    let query = SearchQuery::parse("Condition").ok()?;
    records.search(&query, Some(&other.id)).ok()?.matches.into_iter().next()
}

/// The patient whom a query names, whoever asks: what a careless source goes by.
fn patient_in(records: &Records, query: &SearchQuery) -> Option<String> {
    let named = query.parameters.iter().find(|(name, _)| name.ends_with("identifier"))?;
    let bsn = named.1.rsplit('|').next()?;
    records.patient_id_by_bsn(bsn).map(str::to_owned)
}

/// Statuses after which a Workflow Task changes no more.
pub(super) const ENDED: [&str; 3] = ["rejected", "cancelled", "completed"];

/// The status model of the Workflow Task; a step may be skipped, never taken back.
fn may_follow(now: &str, next: &str) -> bool {
    match next {
        "received" => now == "requested",
        "accepted" => matches!(now, "requested" | "received"),
        "rejected" => matches!(now, "requested" | "received"),
        "cancelled" => matches!(now, "accepted"),
        "completed" => matches!(now, "requested" | "received" | "accepted"),
        _ => false,
    }
}

/// A search as it was asked, by its own words or by the link of a page.
pub(super) struct Asked {
    pub(super) text: String,
    offset: usize,
    paged: Option<PagedSearch>,
}
