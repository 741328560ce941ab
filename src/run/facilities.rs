//! The shared facilities of one case: which take part, where they listen, and what comes in there.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::bench::{Bench, Kit};
use super::stand::{Watch, origin};
use crate::net::Listener;
use crate::net::listen::{Bound, ListenError, bind};
use crate::simulator::addressing::AddressBook;
use crate::simulator::audit::Repository;
use crate::simulator::facility::{Answers, Surroundings, serve_facility};
use crate::simulator::mitz::Mitz;
use crate::simulator::{Addresses, Facility};
use crate::suite::scenario::Counterpart;

/// The ports of the facilities that take part, before anybody answers there.
pub(super) struct Places(Vec<(Facility, Bound, String)>);

/// Takes the ports. In a self-test any will do; an outside candidate knows those of its file.
pub(super) async fn places(bench: &Bench, counterpart: &Counterpart) -> Result<Places, ListenError> {
    let mut places = Vec::new();
    for facility in counterpart.facilities() {
        let place = match (&bench.embedded, bench.kit.facilities.get(&facility)) {
            (None, Some((listen, base_url))) => (bind(*listen).await?, base_url.clone()),
            // The plan leaves out scenarios whose facilities have no address; a self-test needs none.
            _ => {
                let bound = bind(([127, 0, 0, 1], 0).into()).await?;
                let own = origin(&bound);
                (bound, own)
            }
        };
        places.push((facility, place.0, place.1));
    }
    Ok(Places(places))
}

impl Places {
    /// Base URLs by facility.
    pub(super) fn urls(&self) -> BTreeMap<Facility, String> {
        self.0.iter().map(|(facility, _, url)| (*facility, url.clone())).collect()
    }

    /// Begins to answer there.
    pub(super) fn serve(
        self,
        kit: &Kit,
        counterpart: &Counterpart,
        around: &Around<'_>,
        watch: &Watch,
    ) -> Result<(Vec<Listener>, Option<Arc<AddressBook>>), ListenError> {
        let mut book = None;
        let begin = |(facility, bound, url): (Facility, Bound, String)| {
            let around = around.surroundings(kit, url.clone());
            let answers: Arc<dyn Answers> = match facility {
                Facility::Mitz => Mitz::new(counterpart.mitz.clone().unwrap_or_default(), around.clone()),
                Facility::Addressing => {
                    let script = counterpart.addressing.clone().unwrap_or_default();
                    book.insert(AddressBook::new(script, around.clone())).clone()
                }
                Facility::Audit => Repository::new(counterpart.audit.clone().unwrap_or_default(), around.clone()),
            };
            serve_facility(answers, &around, bound, watch.at(url))
        };
        let listeners = self.0.into_iter().map(begin).collect::<Result<Vec<_>, ListenError>>()?;
        Ok((listeners, book))
    }
}

/// The addresses of a case.
pub(super) struct Around<'a> {
    pub candidate: &'a Addresses,
    pub partner: &'a Addresses,
    pub foreign: Option<&'a str>,
}

impl Around<'_> {
    fn surroundings(&self, kit: &Kit, base_url: String) -> Surroundings {
        Surroundings {
            base_url,
            candidate: self.candidate.clone(),
            candidate_ura: kit.candidate_ura.clone(),
            partner: self.partner.clone(),
            uras: kit.identities.iter().map(|(name, identity)| (name.clone(), identity.ura.clone())).collect(),
            patient: kit.gtk.patient.clone(),
            other_patient: kit.other_patient.clone(),
            foreign: self.foreign.map(str::to_owned),
            deadlines: kit.deadlines.clone(),
            identity: kit.partner.clone(),
            trust: kit.trust.without_lists(),
            limits: kit.gtk.limits.clone(),
        }
    }
}
