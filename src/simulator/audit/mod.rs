//! An audit record repository (ITI-20) by FHIR and by syslog over TLS (50-generic-facilities section 5).

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
pub struct Repository {
    script: Script,
    around: Surroundings,
}

impl Repository {
    /// A simulator that answers as the script says.
    pub fn new(script: Script, around: Surroundings) -> Arc<Self> {
        Arc::new(Self { script, around })
    }
}

impl Answers for Repository {
    fn answer(self: Arc<Self>, _: Incoming) -> ServiceFuture {
        Box::pin(async { Answer::new(HttpResponse::status(404), Endpoint::Audit) })
    }
}
