//! Mitz, the national consent register, as a dossier holder and a requester meet it (50-generic-facilities section 1).

mod script;

use std::sync::Arc;

pub use script::Script;

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
}

impl Mitz {
    /// A simulator that answers as the script says.
    pub fn new(script: Script, around: Surroundings) -> Arc<Self> {
        Arc::new(Self { script, around })
    }
}

impl Answers for Mitz {
    fn answer(self: Arc<Self>, _: Incoming) -> ServiceFuture {
        Box::pin(async { Answer::new(HttpResponse::status(404), Endpoint::Consent) })
    }
}
