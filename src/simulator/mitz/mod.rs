//! Mitz, the national consent register, as a dossier holder and a requester meet it (50-generic-facilities section 1).

pub mod open;
mod script;

use std::sync::Arc;

pub use script::Script;

use super::Interferer;
use super::facility::{Answers, Surroundings};
use crate::net::Incoming;
use crate::net::listen::{Answer, ServiceFuture};
use crate::transcript::Endpoint;
use crate::wire::http::HttpResponse;

/// The simulator.
#[derive(Debug)]
pub struct Mitz {
    script: Script,
    around: Surroundings,
    interferer: Interferer,
}

impl Mitz {
    /// A simulator that answers as the script says.
    pub fn new(script: Script, around: Surroundings) -> Arc<Self> {
        let interferer = Interferer::new(script.answers.clone(), around.deadlines.clone());
        Arc::new(Self { script, around, interferer })
    }
}

impl Answers for Mitz {
    fn answer(self: Arc<Self>, incoming: Incoming) -> ServiceFuture {
        Box::pin(async move {
            let request = &incoming.request;
            let answer = match request.path().rsplit('/').next() {
                Some(open::PATH) => open::answer(&self.script.holders, &self.around, request),
                _ => Answer::new(HttpResponse::status(404), Endpoint::Consent),
            };
            self.interferer.interfere(answer, request, &self.around.base_url).await
        })
    }
}
