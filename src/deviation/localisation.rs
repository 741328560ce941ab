//! Deviations of the open question to Mitz (50-generic-facilities section 1.5).

use time::Duration;

use super::Deviation;
use crate::wire::saml::names::ROLE;
use crate::wire::xcpd::Question;

impl Deviation {
    /// Edits the question before it is written.
    pub fn edit_open_question(self, question: &mut Question) {
        use Deviation as D;
        match (self, &mut question.assertion) {
            (D::LocalisesWithOtherAction, _) => question.action = "urn:ihe:iti:2009:PatientDiscovery".into(),
            (D::LocalisesWithoutAuthority, _) => question.names_authority = false,
            (D::LocalisesWithoutAssertion, assertion) => *assertion = None,
            (D::LocalisesWithoutRole, Some(assertion)) => assertion.remove(ROLE),
            (D::LocalisationUnsigned, _) => question.signed = false,
            (D::LocalisationLongLived, Some(assertion)) => assertion.hold_for(Duration::hours(1)),
            _ => {}
        }
    }
}
