//! Deviations of the gateways of Beeldbeschikbaarheid: which assertions a responding one takes, and what a requesting one
//! sends and does (30-beeldbeschikbaarheid sections 4 to 9 and 13). What is wrong with the answers and the holdings of a
//! responding one is the business of that gateway.

use super::{Asks, Deviation};
use crate::wire::saml::{Oddity, Refusal};

/// What follows, from plateau 3 on, when the signature of the organisation proves nothing.
const ORGANISATION: Refusal = Refusal::OtherOrganisation;
/// What follows then on plateau 4.
const USER: Refusal = Refusal::UserNotVouchedFor;

impl Deviation {
    /// The reasons to refuse an assertion that a responding gateway does not look at. The first is the one that it
    /// overlooks; the others follow from it, and are overlooked with it alone.
    pub fn overlooks(self) -> &'static [Refusal] {
        use Deviation as D;
        use Refusal as R;
        match self {
            D::LetsInExpiredAssertions => &[R::Expired],
            D::LetsInEarlyAssertions => &[R::NotYetValid, R::FromTheFuture],
            D::LetsInUnsignedAssertions => &[R::Unsigned, ORGANISATION, USER],
            D::LetsInChangedAssertions => &[R::BrokenSignature, ORGANISATION, USER],
            D::LetsInAssertionsOfAnyIssuer => &[R::UntrustedIssuer, ORGANISATION, USER],
            D::LetsInAssertionsForOthers => &[R::OtherAudience],
            D::LetsInAssertionsWithoutAudience => &[R::NoAudience],
            D::LetsInAssertionsWithoutAuthentication => &[R::NoAuthnStatement],
            D::LetsInLongLivedAssertions => &[R::TooLong],
            D::LetsInRequestsWithoutAssertion => &[R::NoSecurityHeader, R::NoAssertion, ORGANISATION, USER],
            D::LetsInSha1Assertions => &[R::Algorithm, ORGANISATION, USER],
            D::LetsInWrappedAssertions => {
                &[R::Wrapped, R::SeveralAssertions, R::Unsigned, R::BrokenSignature, ORGANISATION, USER]
            }
            D::LetsInSeveralAssertions => &[R::SeveralAssertions, R::Unsigned, ORGANISATION, USER],
            D::IgnoresSignerOfOrganisation => &[ORGANISATION, USER],
            D::IgnoresSignerOfUser => &[USER],
            _ => &[],
        }
    }

    /// The odd assertion that a requesting gateway sends, if it is of that kind.
    pub fn oddity(self) -> Option<Oddity> {
        use Deviation as D;
        Some(match self {
            D::AsksWithExpiredAssertion => Oddity::Expired,
            D::AsksWithUnsignedAssertion => Oddity::Unsigned,
            D::AsksWithChangedAssertion => Oddity::ChangedAttribute,
            D::AsksWithAssertionOfStranger => Oddity::UntrustedIssuer,
            D::AsksWithSha1Assertion => Oddity::Sha1,
            D::AsksWithoutAssertion => Oddity::NoSecurityHeader,
            D::AsksWithTwoAssertions => Oddity::ForgedBefore,
            D::AsksWithLongLivedAssertion => Oddity::TooLong,
            D::AsksWithoutAudience => Oddity::NoAudience,
            D::AsksWithoutAuthentication => Oddity::NoAuthnStatement,
            _ => return None,
        })
    }

    /// What else a requesting gateway does wrong, if it is of that kind.
    pub fn asks(self) -> Option<Asks> {
        use Deviation as D;
        Some(match self {
            D::AsksWithLaterStart => Asks::LaterStart,
            D::AsksWithoutSubject => Asks::NoSubject,
            D::AsksWithoutConfirmation => Asks::NoConfirmation,
            D::AsksWithoutProfessional => Asks::NoProfessional,
            D::AsksWithProfessionalAsText => Asks::ProfessionalAsText,
            D::AsksWithoutMandated => Asks::NoMandated,
            D::AsksWithoutRole => Asks::NoRole,
            D::AsksWithRoleOfOtherSystem => Asks::RoleOfOtherSystem,
            D::AsksWithoutOrganisation => Asks::NoOrganisation,
            D::AsksWithOtherOrganisationRoot => Asks::OtherOrganisationRoot,
            D::AsksWithoutPurpose => Asks::NoPurpose,
            D::AsksWithPurposeWithoutSystem => Asks::PurposeWithoutSystem,
            D::AsksWithOtherOrganisationId => Asks::OtherOrganisationId,
            D::AsksWithMalformedProviderNumber => Asks::MalformedProviderNumber,
            D::AsksAboutOtherPatient => Asks::OtherPatient,
            D::AsksWithOrganisationOfStranger => Asks::OrganisationOfStranger,
            D::AsksWithoutMeans => Asks::NoMeans,
            D::AsksWithMeansOfOtherUser => Asks::MeansOfOtherUser,
            D::AsksInSoap11 => Asks::Soap11,
            D::AsksForLaterAnswers => Asks::ForLaterAnswers,
            D::AsksWithInnerAction => Asks::InnerAction,
            D::AsksWithWrongNumber => Asks::WrongNumber,
            D::AsksWithBareHome => Asks::QueryWithBareHome,
            D::AsksEverybody => Asks::Everybody,
            D::AsksWithLocalCodes => Asks::LocalCodes,
            D::RetrievesWithoutHome => Asks::RetrievalWithoutHome,
            D::RetrievesWithoutRepository => Asks::RetrievalWithoutRepository,
            D::ImagesWithoutManifest => Asks::ImagesWithoutManifest,
            D::ImagesWithoutSyntaxes => Asks::ImagesWithoutSyntaxes,
            D::ImagesWithoutHome => Asks::ImagesWithoutHome,
            D::ImagesWithoutSeries => Asks::ImagesWithoutSeries,
            D::ImagesFromRepository => Asks::ImagesFromRepository,
            D::IgnoresHash => Asks::IgnoresHash,
            D::RefusesDelayedDocuments => Asks::RefusesDelayed,
            D::RefusesInlineDocuments => Asks::RefusesInline,
            D::RefusesOddPackages => Asks::RefusesOddPackages,
            D::RefusesCda => Asks::RefusesCda,
            D::RefusesPdf => Asks::RefusesPdf,
            D::RefusesUnknownSlots => Asks::RefusesUnknownSlots,
            D::TellsUnknownPatient => Asks::TellsUnknownPatient,
            D::DropsDataBesideErrors => Asks::DropsDataBesideErrors,
            D::DropsErrorsBesideData => Asks::DropsErrorsBesideData,
            D::TakesEntriesWithoutHome => Asks::TakesEntriesWithoutHome,
            D::UnknownTargetIsFailure => Asks::UnknownTargetIsFailure,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use strum::IntoEnumIterator as _;

    use super::*;

    #[test]
    fn everything_that_a_requester_does_wrong_has_one_deviation() {
        let asks: Vec<Asks> = Deviation::iter().filter_map(Deviation::asks).collect();
        assert_eq!(asks.iter().collect::<BTreeSet<_>>().len(), asks.len());
        assert_eq!(asks.len(), Asks::iter().count());
        let both = |d: &Deviation| d.asks().is_some() && d.oddity().is_some();
        assert_eq!(Deviation::iter().find(both), None);
    }

    #[test]
    fn every_reason_that_a_requester_can_give_is_overlooked_by_a_deviation() {
        let overlooked: BTreeSet<Refusal> = Deviation::iter().filter_map(|d| d.overlooks().first().copied()).collect();
        for oddity in Oddity::iter().filter(|o| o.must_be_refused() && *o != Oddity::UnknownClass) {
            let refusal = match oddity {
                Oddity::Expired => Refusal::Expired,
                Oddity::NotYetValid => Refusal::NotYetValid,
                Oddity::Unsigned => Refusal::Unsigned,
                Oddity::ChangedAttribute => Refusal::BrokenSignature,
                Oddity::UntrustedIssuer => Refusal::UntrustedIssuer,
                Oddity::OtherAudience => Refusal::OtherAudience,
                Oddity::NoAudience => Refusal::NoAudience,
                Oddity::NoAuthnStatement => Refusal::NoAuthnStatement,
                Oddity::TooLong => Refusal::TooLong,
                Oddity::NoSecurityHeader => Refusal::NoSecurityHeader,
                Oddity::Sha1 => Refusal::Algorithm,
                Oddity::ForgedBefore => Refusal::SeveralAssertions,
                _ => Refusal::Wrapped,
            };
            assert!(overlooked.contains(&refusal), "{oddity}");
        }
    }
}
