//! The reference responding gateway of Beeldbeschikbaarheid: ITI-38, ITI-39 and RAD-75 (30-beeldbeschikbaarheid sections 6
//! to 9, 12 and 14).
//!
//! It answers for one or more communities out of [`Holdings`]: entries of the timeline, documents, images and a table of
//! consent. Who asks is let in by an [`Admission`], because what counts as a proof differs per plateau. What it does
//! wrong on purpose is a list of [`Wrong`]: with an empty one it is the conformant peer. Everything up to the answer is
//! computed from request and holdings alone ([`Gateway::respond`]); listener and mutual TLS are those of every simulator.

mod admission;
mod exchange;
mod flaw;
mod holdings;
mod matching;
mod query;
mod retrieve;
mod rules;
mod script;
mod spoil;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub use admission::AssertionRules;
pub use flaw::of_gtk;
pub use holdings::{Community, Consent, Content, Form, Holding, Holdings, Image};
pub use rules::{GatewayRules, MEANS, SOMEBODY_ELSE};
pub use script::{Script, UnknownPatient, Wrong};

use super::facility::Answers;
use crate::net::Incoming;
use crate::net::listen::{Answer, ServiceFuture};
use crate::transcript::Endpoint;
use crate::wire::http::{HttpRequest, HttpResponse, header};
use crate::wire::mtom;
use crate::wire::soap::Fault;
use crate::wire::xds::{Cx, Transaction, describe};

/// Path of the gateway. No source prescribes one; an address book or an agreement names it.
pub const PATH: &str = "/xca";

/// Who asks, as far as the assertion says it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Caller {
    /// URA of the organisation that consults.
    pub ura: Option<String>,
    /// BSN of the patient that the assertion is about; release 0.8 has it there for the short term.
    pub patient: Option<String>,
    /// Root and number of the responsible professional.
    pub professional: Option<(String, String)>,
    /// Root and number of who acts under a mandate.
    pub mandated: Option<(String, String)>,
    /// Role code.
    pub role: Option<String>,
    /// Purpose of use.
    pub purpose: Option<String>,
    /// Whether the patient lets it see nothing.
    pub is_withheld: bool,
}

/// Lets a message in or refuses it, by what stands in its security header.
pub type Admission = Arc<dyn Fn(&[u8]) -> Result<Caller, Fault> + Send + Sync>;

/// The gateway.
pub struct Gateway {
    holdings: Arc<Holdings>,
    admission: Admission,
    script: Mutex<Arc<Script>>,
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gateway").field("script", &self.script()).finish_non_exhaustive()
    }
}

impl Gateway {
    /// A gateway with these holdings, which lets in whom `admission` lets in.
    pub fn new(holdings: Arc<Holdings>, admission: Admission, script: Script) -> Arc<Self> {
        Arc::new(Self { holdings, admission, script: Mutex::new(Arc::new(script)) })
    }

    /// From now on it answers as this script says.
    pub fn play(&self, script: Script) {
        *self.script.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(script);
    }

    fn script(&self) -> Arc<Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The answer to a request, and which transaction it was, when it was one.
    pub fn respond(&self, request: &HttpRequest) -> (HttpResponse, Option<Transaction>) {
        self.responded(request, false)
    }

    fn responded(&self, request: &HttpRequest, withheld: bool) -> (HttpResponse, Option<Transaction>) {
        let script = self.script();
        let exchange =
            exchange::Exchange { holdings: &self.holdings, admission: &self.admission, script: &script, withheld };
        exchange.answer(request)
    }

    /// The answer to a request, in its time. `withheld`: whether the patient lets whoever asks see nothing.
    pub async fn answer_to(&self, request: &HttpRequest, withheld: bool) -> Answer {
        let (response, transaction) = self.responded(request, withheld);
        if let Some(ms) = self.script().slow_ms {
            tokio::time::sleep(Duration::from_millis(ms)).await;
        }
        Answer::new(response, endpoint(transaction))
    }

    /// Who asks, and about which patient (BSN), before anything is answered; `None` for who is not let in.
    pub fn asked_about(&self, request: &HttpRequest) -> Option<(Caller, Option<String>)> {
        let kind = header(&request.headers, "content-type")?;
        let asked = describe(kind, &request.body)?;
        let message = mtom::envelope(kind, &request.body)?;
        let caller = (self.admission)(&message).ok()?;
        let first = |value: &serde_json::Value| value.as_str().map(str::to_owned);
        let in_query = asked["body"]["parameters"].as_array().into_iter().flatten().find_map(|p| {
            let is_patient = p["name"].as_str().is_some_and(|n| n.to_ascii_lowercase().ends_with("patientid"));
            first(&p["values"][0]).filter(|_| is_patient)
        });
        let queried = in_query.map(|text| Cx::read(text.trim_matches('\'')).id);
        let document = first(&asked["body"]["documents"][0]["document"])
            .or_else(|| first(&asked["body"]["studies"][0]["series"][0]["documents"][0]["document"]));
        let patient = queried.or_else(|| self.holdings.patient_of(document.as_deref()?)).or(caller.patient.clone());
        Some((caller, patient))
    }
}

/// Where the transcript files an exchange.
pub fn endpoint(transaction: Option<Transaction>) -> Endpoint {
    match transaction {
        Some(Transaction::Iti38) => Endpoint::CrossGatewayQuery,
        Some(Transaction::Iti39) => Endpoint::CrossGatewayRetrieve,
        Some(Transaction::Rad75) => Endpoint::CrossGatewayImages,
        _ => Endpoint::Other,
    }
}

impl Answers for Gateway {
    fn answer(self: Arc<Self>, incoming: Incoming) -> ServiceFuture {
        Box::pin(async move { self.answer_to(&incoming.request, false).await })
    }
}
