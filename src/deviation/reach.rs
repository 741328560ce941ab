//! How far a deviation reaches: what it cannot touch need not be driven again to prove it.

use serde::{Deserialize, Serialize};

use super::Deviation;

/// A shared facility that a GtK depends on.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::Display,
    strum::EnumIter,
    strum::VariantNames,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Facility {
    /// Mitz: consent register and localisation.
    Mitz,
    /// An address book: ZORG-AB, or a directory by mCSD.
    Addressing,
    /// An audit record repository (ITI-20).
    Audit,
}

/// In which cases a deviation can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// In any case.
    Everywhere,
    /// Only where this facility takes part: without it, the code that deviates is never entered.
    With(Facility),
    /// Only where this voluntary capability is asked for.
    Needing(&'static str),
    /// Only where the candidate exchanges by FHIR: the code that deviates is not entered elsewhere.
    Fhir,
    /// Only where the candidate asks as a gateway.
    Requesting,
    /// Only where the candidate answers as a gateway.
    Responding,
}

impl Deviation {
    /// How far it reaches. Handshakes, certificates and clocks are everybody's; what is not listed is of the exchange by
    /// FHIR.
    pub fn reach(self) -> Reach {
        use Deviation as D;
        match self {
            _ if self.asks().is_some() || self.oddity().is_some() => Reach::Requesting,
            // The list has these in one piece.
            _ if (D::LetsInExpiredAssertions..=D::ManifestOfMissingInstance).contains(&self) => Reach::Responding,
            // And these.
            _ if (D::AnnouncesAbsentDocuments..=D::LeavesDocumentsUnfetched).contains(&self) => {
                Reach::Needing("correspondence")
            }
            // And these.
            _ if (D::HandoffTaskInR4..=D::ReadsHandoffsWithoutToken).contains(&self) => {
                Reach::Needing("nursing-handoff")
            }
            _ if (D::WithholdsTheWoman..=D::LeavesContactsUnasked).contains(&self) => {
                Reach::Needing("maternity-record")
            }
            _ if (D::HandoffOfOtherVersion..=D::HandoffWithMedicationTwice).contains(&self) => {
                Reach::Needing("acute-handoff")
            }
            _ if self <= D::ServerOnlyClientCertificate || self == D::ClockIsOff => Reach::Everywhere,
            D::ReleasesWithoutAskingMitz
            | D::AsksMitzAfterReleasing
            | D::TakesDenyForPermit
            | D::TakesIndeterminateForPermit
            | D::TakesNotApplicableForPermit
            | D::FailsOpenAtMitzFaults
            | D::TakesAnswersAboutOthers
            | D::ReusesPermits
            | D::ReleasesAllOnAMixedAnswer
            | D::ReleasesNothingOnAMixedAnswer
            | D::QuestionInSoap11
            | D::QuestionAsTextXml
            | D::QuestionWithoutRequestId
            | D::QuestionWithoutAddressing
            | D::QuestionWithoutBsnSystem
            | D::QuestionWithShortUra
            | D::QuestionWithUnknownProviderType
            | D::QuestionWithCategoriesTogether
            | D::QuestionOnOwnBehalf
            | D::QuestionWithoutMandate
            | D::QuestionForPresumedConsent
            | D::SubscribesWithoutProviderType
            | D::SubscribesWithoutSystems
            | D::RetriesRefusedSubscriptions
            | D::GivesUpWhenMitzIsBusy
            | D::IgnoresRetryAfterOfMitz
            | D::RefusesConsentNotifications
            | D::RefusesConsentNotificationsInXml
            | D::IgnoresWithdrawnConsent
            | D::TakesOlderConsent
            | D::PrefersPermission => Reach::With(Facility::Mitz),
            D::LogsNothing
            | D::LogsTwice
            | D::LogsOnlyIncoming
            | D::LogsNoRefusals
            | D::LogsRefusalsAsSuccess
            | D::LogsWhatDidNotHappen
            | D::LogsOtherPatient
            | D::LogsPatientWithoutType
            | D::LogsOtherOrganisation
            | D::LogsServiceAccount
            | D::LogsNoRole
            | D::LogsNoMandate
            | D::LogsWrongTime
            | D::LogsNoCorrelation
            | D::LogsNoPolicy
            | D::LogsNoSource
            | D::LogsTokens
            | D::LogsContent
            | D::LogsNoGatewayExchanges
            | D::LogsNoPurpose
            | D::AuditEventsMalformed => Reach::With(Facility::Audit),
            D::LocalisesWithOtherAction
            | D::LocalisesWithoutAuthority
            | D::LocalisesWithoutAssertion
            | D::LocalisesWithoutRole
            | D::LocalisationUnsigned
            | D::LocalisationLongLived
            | D::RefusesDutchAdditions
            | D::QueriesAllKnownSources
            | D::NeverLocalises => Reach::With(Facility::Mitz),
            D::IgnoresEndpointStatus
            | D::IgnoresEndpointPeriod
            | D::IgnoresConnectionType
            | D::IgnoresPayloadType
            | D::IgnoresFhirVersion
            | D::TrustsTheAddressBook
            | D::DropsLeadingZeros
            | D::KeepsOldAddresses
            | D::IgnoresRetryAfter => Reach::With(Facility::Addressing),
            D::PresentationLongLived
            | D::PresentationWithSameNonce
            | D::CredentialWithOtherName
            | D::CredentialSignedByStranger
            | D::CredentialOfUntrustedCa
            | D::DeziFromOtherSource
            | D::DeziWithWrongSignature
            | D::DeziExpired
            | D::DeziOfOtherOrganisation
            | D::DeziWithLowAssurance
            | D::RefusesPresentations
            | D::AcceptsLongLivedPresentations
            | D::AcceptsReplayedPresentations
            | D::AcceptsCredentialsWithOtherNames
            | D::AcceptsCredentialsSignedByOthers
            | D::AcceptsCredentialsOfAnyCa
            | D::AcceptsDeziFromAnySource
            | D::AcceptsDeziWithWrongSignature
            | D::AcceptsExpiredDezi
            | D::AcceptsDeziOfOthers
            | D::AcceptsDeziWithAnyAssurance
            | D::RefusesOtherSpellingOfAssurance => Reach::Needing("nuts"),
            _ => Reach::Fhir,
        }
    }
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator as _;

    use super::*;

    #[test]
    fn a_deviation_of_one_side_of_an_exchange_reaches_that_side_alone() {
        for deviation in Deviation::iter() {
            let responding = !deviation.overlooks().is_empty();
            assert!(!responding || deviation.reach() == Reach::Responding, "{deviation}");
        }
        for (deviation, reach) in [
            (Deviation::AcceptsNoClientCertificate, Reach::Everywhere),
            (Deviation::ServerOnlyClientCertificate, Reach::Everywhere),
            (Deviation::AcceptsMissingClientAssertion, Reach::Fhir),
            (Deviation::EntriesTwice, Reach::Responding),
            (Deviation::ManifestOfTwoStudies, Reach::Responding),
            (Deviation::IgnoresHash, Reach::Requesting),
            (Deviation::LogsNoGatewayExchanges, Reach::With(Facility::Audit)),
            (Deviation::TakesDenyForPermit, Reach::With(Facility::Mitz)),
            (Deviation::IgnoresPeriods, Reach::Needing("correspondence")),
            (Deviation::TakesChangedOwners, Reach::Needing("nursing-handoff")),
            (Deviation::IgnoresChains, Reach::Needing("maternity-record")),
            (Deviation::HandoffInCapitals, Reach::Needing("acute-handoff")),
        ] {
            assert_eq!(deviation.reach(), reach, "{deviation}");
        }
    }
}
