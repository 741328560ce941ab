//! Judging a stored run case by case: only the events of the cases at hand are in memory, and of what was judged stays what
//! the evidence shows. The findings are those that the whole transcript gives at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::assemble::excerpt::excerpt;
use super::assemble::shown;
use super::model::Excerpt;
use crate::check::CheckSets;
use crate::judge::{Finding, Judgement, Papers, case_findings, conclude, judge_with};
use crate::plan::{Case, Plan};
use crate::suite::Suite;
use crate::transcript::ledger::{Held, Ledger};
use crate::transcript::select::Index;
use crate::transcript::store::StoreError;
use crate::transcript::{Direction, Event, EventKind, Exchange, TlsFacts};

/// Most batches of cases that are judged at the same time.
const MOST: usize = 4;

/// What a transcript comes to.
pub(super) struct Recount {
    pub(super) judgement: Judgement,
    /// All events, without messages.
    pub(super) events: Vec<Event>,
    /// Excerpts of the exchanges that the evidence shows, by number.
    pub(super) excerpts: BTreeMap<u64, Excerpt>,
}

/// What one case comes to.
struct Counted {
    /// By place in the plan.
    findings: Vec<(usize, Vec<Finding>)>,
    events: Vec<Event>,
    excerpts: BTreeMap<u64, Excerpt>,
}

/// Everything that judging needs beside the transcript.
pub(super) struct Rules<'a> {
    pub(super) suite: &'a Suite,
    pub(super) plan: &'a Plan,
    pub(super) data: &'a CheckSets,
    pub(super) papers: &'a Papers,
}

/// Judges a transcript.
///
/// # Errors
/// When a line is no event: the first of them.
pub(super) fn recount(rules: &Rules<'_>, ledger: &Ledger<'_>) -> Result<Recount, StoreError> {
    let Rules { suite, plan, data, papers } = rules;
    ledger.whole()?;
    // A log is held against all exchanges at once, and in a transcript that is not numbered a step may point anywhere.
    if !ledger.is_numbered() || data.log().is_some() {
        let mut events = ledger.all()?;
        let judgement = judge_with(suite, plan, data, &events, papers);
        let excerpts = slim(&mut events, &shown(&judgement.findings));
        return Ok(Recount { judgement, events, excerpts });
    }
    let mut findings: BTreeMap<usize, Vec<Finding>> = BTreeMap::new();
    let (mut events, mut excerpts) = (Vec::new(), BTreeMap::new());
    for counted in counted(rules, ledger)? {
        findings.extend(counted.findings);
        events.extend(counted.events);
        excerpts.extend(counted.excerpts);
    }
    events.sort_unstable_by_key(|event| event.seq);
    let nothing = Index::default();
    let in_order = plan.cases.iter().enumerate();
    let findings = in_order
        .flat_map(|(at, case)| findings.remove(&at).unwrap_or_else(|| case_findings(suite, plan, data, &nothing, case)))
        .collect();
    let judgement = conclude(suite, plan, findings, papers, &events);
    Ok(Recount { judgement, events, excerpts })
}

/// All cases of the transcript, batch by batch, by as many threads as help.
fn counted(rules: &Rules<'_>, ledger: &Ledger<'_>) -> Result<Vec<Counted>, StoreError> {
    let batches = ledger.batches();
    let (next, results) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some(batch) = batches.get(next.fetch_add(1, Ordering::Relaxed)) {
            let found = match ledger.hold(batch) {
                Ok(held) => batch.iter().map(|case| count(rules, &held, case)).collect(),
                Err(fault) => vec![Err(fault)],
            };
            results.lock().unwrap_or_else(PoisonError::into_inner).extend(found);
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(MOST);
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    let (good, wrong): (Vec<_>, Vec<_>) =
        results.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().partition(Result::is_ok);
    let line = |fault: &StoreError| match fault {
        StoreError::Line { line, .. } => *line,
        _ => 0,
    };
    match wrong.into_iter().filter_map(Result::err).min_by_key(line) {
        Some(fault) => Err(fault),
        None => Ok(good.into_iter().filter_map(Result::ok).collect()),
    }
}

fn count(rules: &Rules<'_>, held: &Held<'_>, name: &str) -> Result<Counted, StoreError> {
    let Rules { suite, plan, data, .. } = rules;
    let mut events = held.of_case(name)?;
    let planned: Vec<(usize, &Case)> = plan.cases.iter().enumerate().filter(|(_, case)| case.id == name).collect();
    let mut found = Vec::new();
    let mut kept = BTreeSet::new();
    if !planned.is_empty() {
        let others = held.borrowed(name)?;
        let alone = others.is_empty();
        let all: Vec<Event>;
        let seen = if alone {
            &events
        } else {
            all = in_order(&events, others);
            &all
        };
        let index = Index::new(seen);
        for (at, case) in planned {
            let findings = case_findings(suite, plan, data, &index, case);
            kept.extend(shown(&findings));
            found.push((at, findings));
        }
    }
    let excerpts = slim(&mut events, &kept);
    Ok(Counted { findings: found, events, excerpts })
}

/// The events of a case and those of others that its steps point to.
fn in_order(events: &[Event], others: Vec<Event>) -> Vec<Event> {
    let mut all: Vec<Event> = events.iter().cloned().chain(others).collect();
    all.sort_by_key(|event| event.seq);
    all
}

/// Drops what nobody reads once it was judged, and gives excerpts of the exchanges that are shown.
fn slim(events: &mut [Event], shown: &BTreeSet<u64>) -> BTreeMap<u64, Excerpt> {
    let mut excerpts = BTreeMap::new();
    for event in events {
        match &mut event.event {
            EventKind::Exchange(exchange) => {
                if shown.contains(&event.seq) {
                    excerpts.insert(event.seq, excerpt(event.seq, exchange));
                }
                slim_exchange(exchange);
            }
            EventKind::StepEnded { captured, .. } => captured.clear(),
            EventKind::CaseStarted { patients, .. } => patients.clear(),
            _ => {}
        }
    }
    excerpts
}

/// Of an exchange the evidence says who began it and which certificate the candidate had, besides what is shown of it.
fn slim_exchange(exchange: &mut Exchange) {
    (exchange.request, exchange.response, exchange.fault) = (None, None, None);
    let peer = exchange.tls.take().and_then(|tls| tls.peer.into_iter().next());
    exchange.tls = peer
        .filter(|_| exchange.direction == Direction::ToCandidate)
        .map(|leaf| TlsFacts { peer: vec![leaf], ..TlsFacts::default() });
}
