//! Mitz, the national consent register, as a dossier holder and a requester meet it (50-generic-facilities section 1).
//!
//! It takes every known dialect and notes it; what a candidate wrote is judged later.

mod closed;
pub mod open;
mod script;
mod subscription;

use std::sync::{Arc, Mutex, PoisonError};

pub use script::{Fault, Rule, Script, Who};

use super::facility::{Answers, Surroundings};
use super::interference::Interferer;
use crate::net::Incoming;
use crate::net::listen::{Answer, ServiceFuture};
use crate::transcript::Endpoint;
use crate::wire::http::HttpResponse;

/// The simulator.
#[derive(Debug)]
pub struct Mitz {
    around: Surroundings,
    playing: Mutex<Arc<Playing>>,
}

/// The answers that are given now.
#[derive(Debug)]
struct Playing {
    script: Script,
    interferer: Interferer,
}

impl Playing {
    fn new(script: Script, around: &Surroundings) -> Arc<Self> {
        let interferer = Interferer::new(script.answers.clone(), around.deadlines.clone());
        Arc::new(Self { script, interferer })
    }
}

impl Mitz {
    /// A simulator that answers as the script says.
    pub fn new(script: Script, around: Surroundings) -> Arc<Self> {
        let playing = Mutex::new(Playing::new(script, &around));
        Arc::new(Self { around, playing })
    }

    /// From now on it answers as this script says.
    pub fn play(&self, script: Script) {
        *self.playing.lock().unwrap_or_else(PoisonError::into_inner) = Playing::new(script, &self.around);
    }

    fn playing(&self) -> Arc<Playing> {
        self.playing.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn respond(self: Arc<Self>, incoming: Incoming) -> Answer {
        let playing = self.playing();
        let request = &incoming.request;
        let path = request.path();
        let answer = if path.contains("/geslotenautorisatievraag") {
            self.closed_question(&playing.script, request).await
        } else if path.contains("/abonnementen/fhir") {
            Answer::new(self.subscription(request), Endpoint::ConsentSubscription)
        } else if path.rsplit('/').next() == Some(open::PATH) {
            open::answer(&playing.script.holders, &self.around, request)
        } else {
            Answer::new(HttpResponse::status(404), Endpoint::Other)
        };
        playing.interferer.interfere(answer, request, &self.around.base_url).await
    }
}

impl Answers for Mitz {
    fn answer(self: Arc<Self>, incoming: Incoming) -> ServiceFuture {
        Box::pin(self.respond(incoming))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeMap;

    use super::*;
    use crate::net::identity::Parts;
    use crate::net::{Identity, Limits, Trust};
    use crate::simulator::Addresses;

    /// A simulator that knows two patients and one organisation.
    pub(super) fn mitz() -> Arc<Mitz> {
        let addresses = Addresses {
            fhir_base: "https://localhost/fhir".into(),
            token_endpoint: "https://localhost/token".into(),
            r4_base: None,
            handoff_notifications: None,
            issuer: None,
            gateway: None,
        };
        let identity = Identity::new(Parts::bare("partner", "90000002"));
        let around = Surroundings {
            base_url: "https://localhost".into(),
            candidate: addresses.clone(),
            candidate_ura: "90000001".into(),
            partner: addresses,
            uras: BTreeMap::from([("partner".to_owned(), "90000002".to_owned())]),
            patient: "999943145".into(),
            other_patient: Some("999945270".into()),
            foreign: None,
            deviation: None,
            deadlines: BTreeMap::new(),
            identity,
            trust: Trust::default(),
            limits: Limits::default(),
        };
        Mitz::new(Script::default(), around)
    }

    #[test]
    fn a_new_script_takes_the_place_of_the_old_one() {
        let mitz = mitz();
        mitz.play(serde_json::from_str(r#"{"fault": "soap-fault"}"#).unwrap());
        assert_eq!(mitz.playing().script.fault, Some(Fault::SoapFault));
        mitz.play(Script::default());
        assert_eq!(mitz.playing().script.fault, None);
    }
}
