//! The zorgtoepassingen by FHIR that a GtK takes part in: one by its configuration, and others beside it. They share the
//! exchange and the parties; what is offered, and out of which records, is of each.

use std::sync::Arc;

use super::state::Referral;
use super::{Gtk, Offering, Trigger};
use crate::simulator::records::Records;

/// One more zorgtoepassing of a GtK.
#[derive(Debug, Clone)]
pub struct AlsoServed {
    /// What begins an exchange of it.
    pub begins_with: Trigger,
    /// What it offers.
    pub offering: Offering,
    /// Its records.
    pub records: Arc<Records>,
    /// Resources offered as single references: reference and display.
    pub references: Vec<(String, String)>,
}

impl Gtk {
    /// The further zorgtoepassing that a trigger begins an exchange of; `None` for the first.
    pub(super) fn service_begun_by(&self, trigger: Trigger) -> Option<usize> {
        self.config.also.iter().position(|service| service.begins_with == trigger)
    }

    fn service_of(&self, referral: Option<&Referral>) -> Option<&AlsoServed> {
        self.config.also.get(referral?.service?).map(Arc::as_ref)
    }

    /// The records that a referral is about. Without a referral it is the first zorgtoepassing that is consulted.
    pub(super) fn records_of(&self, referral: Option<&Referral>) -> &Records {
        self.service_of(referral).map_or(&self.config.records, |service| &service.records)
    }

    /// What is offered in a referral.
    pub(super) fn offering_of(&self, referral: Option<&Referral>) -> &Offering {
        self.service_of(referral).map_or(&self.config.offering, |service| &service.offering)
    }

    /// Resources that a referral offers one by one.
    pub(super) fn references_of(&self, referral: &Referral) -> &[(String, String)] {
        self.service_of(Some(referral)).map_or(&self.config.references, |service| &service.references)
    }
}
