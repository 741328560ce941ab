//! The shared facilities of one case: which take part, where they listen, and what comes in there.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::bench::{Bench, Kit};
use super::stand::{Watch, origin};
use crate::net::Listener;
use crate::net::listen::{Bound, ListenError, bind};
use crate::simulator::addressing::AddressBook;
use crate::simulator::audit::{Feed, Repository};
use crate::simulator::facility::{Answers, Surroundings, serve_facility, serve_syslog};
use crate::simulator::mitz::Mitz;
use crate::simulator::{Addresses, Facility};
use crate::suite::requirement::Role;
use crate::suite::scenario::Counterpart;

/// The ports of the facilities that take part, before anybody answers there.
pub(super) struct Places {
    facilities: Vec<(Facility, Bound, String)>,
    /// The second door of the audit repository.
    syslog: Option<Bound>,
}

/// The facilities that take part. An outside gateway asks Mitz about everything that it gives, so where the candidate file says that
/// the harness plays Mitz, it is there in every case of such a role, and permits what the scenario does not deny.
pub(super) fn taking_part(bench: &Bench, counterpart: &Counterpart, role: Role) -> Vec<Facility> {
    let mut parts = counterpart.facilities();
    let asks = role == Role::Responding && bench.embedded.is_none();
    if asks && bench.kit.facilities.contains_key(&Facility::Mitz) && !parts.contains(&Facility::Mitz) {
        parts.push(Facility::Mitz);
    }
    parts
}

/// Takes the ports. In a self-test any will do; an outside candidate knows those of its file.
pub(super) async fn places(bench: &Bench, counterpart: &Counterpart, role: Role) -> Result<Places, ListenError> {
    let mut places = Vec::new();
    for facility in taking_part(bench, counterpart, role) {
        // Who hands in a log needs no repository.
        if facility == Facility::Audit && bench.embedded.is_none() && !bench.kit.facilities.contains_key(&facility) {
            continue;
        }
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
    let audit = counterpart.facilities().contains(&Facility::Audit);
    let syslog = match (&bench.embedded, bench.kit.syslog) {
        (Some(_), _) if audit => Some(bind(([127, 0, 0, 1], 0).into()).await?),
        (None, Some(address)) if audit => Some(bind(address).await?),
        _ => None,
    };
    Ok(Places { facilities: places, syslog })
}

/// The facilities at work.
pub(super) struct Served {
    pub listeners: Vec<Listener>,
    /// Mitz, when it takes part.
    pub mitz: Option<Arc<Mitz>>,
    /// The address book, when one takes part.
    pub address_book: Option<Arc<AddressBook>>,
}

impl Places {
    /// Base URLs by facility.
    pub(super) fn urls(&self) -> BTreeMap<Facility, String> {
        self.facilities.iter().map(|(facility, _, url)| (*facility, url.clone())).collect()
    }

    /// Where the reference GtK sends its audit records by syslog, when the scenario wants it to.
    pub(super) fn syslog_url(&self, counterpart: &Counterpart) -> Option<String> {
        let by_syslog = counterpart.audit.as_ref().is_some_and(|script| script.feed == Feed::Syslog);
        self.syslog.as_ref().filter(|_| by_syslog).map(origin)
    }

    /// Begins to answer there.
    pub(super) fn serve(
        self,
        kit: &Kit,
        counterpart: &Counterpart,
        around: &Around<'_>,
        watch: &Watch,
    ) -> Result<Served, ListenError> {
        let Self { facilities, syslog } = self;
        let (mut mitz, mut address_book) = (None, None);
        // One repository stands behind both of its doors: what came in by either is found by a search.
        let mut audit: Option<Arc<Repository>> = None;
        let repository = |around| Repository::new(counterpart.audit.clone().unwrap_or_default(), around);
        let mut begin = |(facility, bound, url): (Facility, Bound, String)| {
            let mut around = around.surroundings(kit, url.clone());
            around.deviation = counterpart.deviation;
            let answers: Arc<dyn Answers> = match facility {
                Facility::Mitz => {
                    mitz.insert(Mitz::new(counterpart.mitz.clone().unwrap_or_default(), around.clone())).clone()
                }
                Facility::Addressing => {
                    let script = counterpart.addressing.clone().unwrap_or_default();
                    address_book.insert(AddressBook::new(script, around.clone())).clone()
                }
                Facility::Audit => audit.insert(repository(around.clone())).clone(),
            };
            serve_facility(answers, &around, bound, watch.at(url))
        };
        let mut listeners = facilities.into_iter().map(&mut begin).collect::<Result<Vec<_>, _>>()?;
        if let Some(bound) = syslog {
            let url = origin(&bound);
            let around = around.surroundings(kit, url.clone());
            let repository = audit.unwrap_or_else(|| repository(around.clone()));
            listeners.push(serve_syslog(repository, &around, bound, watch.at(url))?);
        }
        Ok(Served { listeners, mitz, address_book })
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
            deviation: None,
            deadlines: kit.deadlines.clone(),
            identity: kit.partner.clone(),
            trust: kit.trust.without_lists(),
            limits: kit.gtk.limits.clone(),
        }
    }
}
