//! The zorgtoepassingen by FHIR that a GtK takes part in: one by its configuration, and others beside it. They share the
//! exchange and the parties; what is offered, and out of which records, is of each.

use std::sync::Arc;

use super::resource::Access;
use super::state::Referral;
use super::{Gtk, Offering, Trigger};
use crate::simulator::records::Records;

/// One more zorgtoepassing of a GtK.
#[derive(Debug, Clone)]
pub struct AlsoServed {
    /// What begins an exchange of it.
    pub begins_with: Trigger,
    /// Scope of a token for consulting it.
    pub consultation_scope: String,
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

    /// The same by the scope that it is consulted on. A scope that several have is that of the first.
    pub(super) fn service_consulted_by(&self, scope: &str) -> Option<usize> {
        let is_first = self.config.rules.scopes.consultation == scope;
        self.config.also.iter().position(|service| service.consultation_scope == scope).filter(|_| !is_first)
    }

    /// The further zorgtoepassing at a position.
    pub(super) fn service_at(&self, position: Option<usize>) -> Option<&AlsoServed> {
        self.config.also.get(position?).map(Arc::as_ref)
    }

    fn service_of(&self, referral: Option<&Referral>) -> Option<&AlsoServed> {
        self.service_at(referral?.service)
    }

    fn service_for(&self, access: &Access) -> Option<&AlsoServed> {
        self.service_of(access.referral.as_ref()).or_else(|| self.service_at(access.service))
    }

    /// The records that a caller has access to: those of the referral, or of what is consulted.
    pub(super) fn records_of(&self, access: &Access) -> &Records {
        self.service_for(access).map_or(&self.config.records, |service| &service.records)
    }

    /// The records that a referral is about.
    pub(super) fn records_of_referral(&self, referral: &Referral) -> &Records {
        self.service_of(Some(referral)).map_or(&self.config.records, |service| &service.records)
    }

    /// What a caller with this access is offered.
    pub(super) fn offering_to(&self, access: &Access) -> &Offering {
        self.service_for(access).map_or(&self.config.offering, |service| &service.offering)
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
