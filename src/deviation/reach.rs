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
}

impl Deviation {
    /// How far it reaches. A deviation of the use of a facility, or of what a voluntary capability is about, is listed
    /// here; any other may show anywhere.
    pub fn reach(self) -> Reach {
        use Deviation as D;
        match self {
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
            _ => Reach::Everywhere,
        }
    }
}
