//! Typed look-ups in a transcript, so that nobody searches lines by hand.

use std::collections::BTreeMap;

use serde_json::Value;

use super::event::{CapturedValue, Event, EventKind, Exchange, StepOutcome};
use crate::base::id::StepId;

/// A transcript indexed by case and step.
#[derive(Debug, Default)]
pub struct Index<'a> {
    exchanges: BTreeMap<u64, &'a Exchange>,
    cases: BTreeMap<&'a str, BTreeMap<u32, CaseView<'a>>>,
}

/// What a transcript says of one attempt at a case.
#[derive(Debug, Default)]
pub struct CaseView<'a> {
    steps: BTreeMap<&'a str, StepView<'a>>,
    /// Id of the case.
    pub id: &'a str,
    /// Number of the attempt.
    pub attempt: u32,
    /// All its exchanges with their sequence numbers, in order, whichever step they belong to.
    pub exchanges: Vec<(u64, &'a Exchange)>,
    /// Marks of the fictitious patients.
    pub patients: Option<&'a BTreeMap<String, String>>,
    /// Why the case stopped early, if it did.
    pub stopped: Option<&'a str>,
    /// Whether the case ended by itself.
    pub ended: bool,
}

/// What a transcript says of one step.
#[derive(Debug)]
pub struct StepView<'a> {
    /// How the step ended.
    pub outcome: &'a StepOutcome,
    /// Its exchanges with their sequence numbers, in order.
    pub exchanges: Vec<(u64, &'a Exchange)>,
    /// Values that it kept, redacted as the exchanges are.
    pub captured: &'a BTreeMap<String, CapturedValue>,
}

impl<'a> Index<'a> {
    /// Indexes the events of one run.
    pub fn new(events: &'a [Event]) -> Self {
        let mut index = Self::default();
        for event in events {
            let case = event.case.as_deref();
            let attempt = event.attempt;
            match (&event.event, case) {
                (EventKind::Exchange(exchange), _) => {
                    index.exchanges.insert(event.seq, exchange);
                    if let Some(case) = case {
                        index.at(case, attempt).exchanges.push((event.seq, exchange));
                    }
                }
                (EventKind::CaseStarted { patients, .. }, Some(case)) => {
                    index.at(case, attempt).patients = Some(patients);
                }
                (EventKind::StepEnded { step, outcome, exchanges, captured }, Some(case)) => {
                    let found = exchanges.iter().filter_map(|seq| Some((*seq, *index.exchanges.get(seq)?))).collect();
                    let view = StepView { outcome, exchanges: found, captured };
                    index.at(case, attempt).steps.insert(step.as_str(), view);
                }
                (EventKind::CaseEnded { stopped }, Some(case)) => {
                    let view = index.at(case, attempt);
                    view.ended = true;
                    view.stopped = stopped.as_deref();
                }
                _ => {}
            }
        }
        index
    }

    fn at(&mut self, case: &'a str, attempt: u32) -> &mut CaseView<'a> {
        let view = self.cases.entry(case).or_default().entry(attempt).or_default();
        (view.id, view.attempt) = (case, attempt);
        view
    }

    /// All attempts at all cases.
    pub fn cases(&self) -> impl Iterator<Item = (&'a str, u32, &CaseView<'a>)> {
        self.cases.iter().flat_map(|(id, attempts)| attempts.iter().map(|(attempt, view)| (*id, *attempt, view)))
    }

    /// The attempts at a case in order; none if it was not begun.
    pub fn attempts(&self, case: &str) -> impl Iterator<Item = (u32, &CaseView<'a>)> {
        self.cases.get(case).into_iter().flatten().map(|(attempt, view)| (*attempt, view))
    }

    /// One exchange by its sequence number.
    pub fn exchange(&self, seq: u64) -> Option<&'a Exchange> {
        self.exchanges.get(&seq).copied()
    }
}

impl<'a> CaseView<'a> {
    /// One step, if it was reached.
    pub fn step(&self, step: &StepId) -> Option<&StepView<'a>> {
        self.steps.get(step.as_str())
    }

    /// A value that a step kept, by `<step>.<name>`, as it was recorded.
    pub fn captured(&self, name: &str) -> Option<&'a Value> {
        let (step, name) = name.split_once('.')?;
        self.steps.get(step)?.captured.get(name)?.get(name)
    }
}
