//! From the wire to the transcript: the one place where an exchange is redacted and written down.

use time::OffsetDateTime;

use crate::base::clock;
use crate::base::id::{ScenarioId, StepId};
use crate::transcript::redact::Redactor;
use crate::transcript::store::{StoreError, Writer};
use crate::transcript::{CapturedValue, Direction, Endpoint, EventKind, Exchange, Fault, StepOutcome, TlsFacts};
use crate::wire::http::{HttpRequest, HttpResponse};

/// An exchange as it was on the wire, before redaction. Never written anywhere as it is.
#[derive(Debug, Clone)]
pub struct RawExchange {
    /// Who began.
    pub direction: Direction,
    /// What it was about.
    pub endpoint: Endpoint,
    /// The identity that the harness had.
    pub identity: String,
    /// Base of the request target.
    pub base: String,
    /// Handshake facts.
    pub tls: Option<TlsFacts>,
    /// The request.
    pub request: Option<HttpRequest>,
    /// The response.
    pub response: Option<HttpResponse>,
    /// What ended it.
    pub fault: Option<Fault>,
    /// When it began.
    pub began: OffsetDateTime,
    /// Duration in microseconds.
    pub micros: u64,
}

/// Writes what happens in one case.
#[derive(Debug, Clone)]
pub struct Recorder {
    writer: Writer,
    redactor: Redactor,
    case: String,
    attempt: u32,
}

impl Recorder {
    /// A recorder for one case of a run.
    pub fn new(writer: Writer, redactor: Redactor, case: String) -> Self {
        Self { writer, redactor, case, attempt: 1 }
    }

    /// The same recorder for an attempt at the case.
    #[must_use]
    pub fn in_attempt(mut self, attempt: u32) -> Self {
        self.attempt = attempt;
        self
    }

    /// Notes that the case began. `fictitious` are the patients that a log which is handed in later can be tied to.
    pub fn case_started(&self, scenario: &ScenarioId, fictitious: &[String]) {
        let patients = self.redactor.patients(fictitious);
        let event = EventKind::CaseStarted { scenario: scenario.clone(), patients };
        self.writer.append_in(Some(&self.case), self.attempt, event);
    }

    /// How many exchanges between the GtKs were recorded so far in this attempt.
    ///
    /// # Errors
    /// When they cannot be read back.
    pub fn exchanges_so_far(&self) -> Result<usize, StoreError> {
        let events = self.writer.of_case(&self.case)?;
        let own = events.iter().filter(|e| e.attempt == self.attempt);
        Ok(own
            .filter(|e| matches!(&e.event, EventKind::Exchange(e) if e.is_between_gtks() && e.request.is_some()))
            .count())
    }

    /// Notes that the case ended, and why early if so.
    pub fn case_ended(&self, stopped: Option<String>) {
        self.writer.append_in(Some(&self.case), self.attempt, EventKind::CaseEnded { stopped });
    }

    /// Redacts and writes an exchange; gives its sequence number.
    pub fn exchange(&self, raw: &RawExchange) -> u64 {
        let from_candidate = raw.direction == Direction::FromCandidate;
        let exchange = Exchange {
            direction: raw.direction,
            endpoint: raw.endpoint,
            identity: raw.identity.clone(),
            tls: raw.tls.clone(),
            request: raw.request.as_ref().map(|r| self.redactor.request(r, &raw.base, from_candidate)),
            response: raw.response.as_ref().map(|r| self.redactor.response(r, !from_candidate)),
            fault: raw.fault.clone(),
            began: clock::rfc3339(raw.began),
            micros: raw.micros,
        };
        self.writer.append_in(Some(&self.case), self.attempt, EventKind::Exchange(Box::new(exchange)))
    }

    /// Notes how a step ended.
    pub fn step_ended(
        &self,
        step: &StepId,
        outcome: StepOutcome,
        exchanges: Vec<u64>,
        captured: impl IntoIterator<Item = (String, CapturedValue)>,
    ) {
        let captured = captured
            .into_iter()
            .map(|(name, mut value)| {
                self.redactor.value(&mut value);
                (name, value)
            })
            .collect();
        self.writer.append_in(
            Some(&self.case),
            self.attempt,
            EventKind::StepEnded { step: step.clone(), outcome, exchanges, captured },
        );
    }
}
