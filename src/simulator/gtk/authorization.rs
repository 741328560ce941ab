//! Authorization of a consultation at the source: who asks, in which role, about whom, and what the matrix gives that role
//! (BgZ-1-authz-03, 50-generic-facilities section 8). With an authorization base the base decides, and none of this is asked.

use super::Gtk;
use super::resource::Access;
use super::state::Requester;
use super::token::Refusal;
use crate::base::bsn;
use crate::deviation::Deviation;
use crate::simulator::records::SearchOutcome;
use crate::wire::authorization::TREATMENT;
use crate::wire::roles::Standing;

/// Every refusal reads the same: it tells neither what there is nor of whom (GF-AUTHZ-010).
const NOT_AUTHORIZED: Refusal = Refusal("invalid_grant", "the grant does not authorize this");

impl Gtk {
    /// Refuses a requester who can see nothing of anybody, before it is looked up whether there is anything to see.
    /// The matrix is that of the first zorgtoepassing: it says nothing of another.
    pub(super) fn authorize_requester(&self, requester: &mut Requester, service: Option<usize>) -> Result<(), Refusal> {
        if self.config.lenient {
            return Ok(());
        }
        if self.deviates(Deviation::RefusesConsultation) {
            return Err(NOT_AUTHORIZED);
        }
        let known = requester.patient.as_deref().is_some_and(bsn::passes_eleven_test);
        if !known && self.deviates(Deviation::GuessesThePatient) {
            requester.patient = Some(self.config.patient.clone());
        } else if !known {
            return Err(NOT_AUTHORIZED);
        }
        let role = requester.role.as_deref().unwrap_or_default();
        let listed = matches!(self.config.role_codes.standing(role), Standing::Known | Standing::Closed);
        let matrix = self.config.matrix.as_ref().filter(|_| service.is_none());
        let something = matrix.is_none_or(|m| m.permits_something(role, TREATMENT));
        if listed && something || self.deviates(Deviation::IgnoresRequesterRole) {
            return Ok(());
        }
        Err(NOT_AUTHORIZED)
    }

    /// Whether a caller may see resources of a type.
    pub(super) fn sees(&self, access: &Access, resource_type: &str) -> bool {
        let (Some(requester), Some(matrix)) = (&access.requester, &self.config.matrix) else { return true };
        let careless = self.config.lenient
            || access.referral.is_some()
            || access.service.is_some()
            || self.deviates(Deviation::IgnoresRequesterRole)
            || self.deviates(Deviation::GivesAllCategories);
        careless || matrix.permits(requester.role.as_deref().unwrap_or_default(), resource_type, TREATMENT)
    }

    /// Leaves out of a result what a caller may not see.
    pub(super) fn narrow(&self, access: &Access, outcome: &mut SearchOutcome) {
        outcome.keep(|resource| self.sees(access, resource["resourceType"].as_str().unwrap_or_default()));
    }
}
