//! What a gateway does otherwise, as a scenario writes it.

use serde::Deserialize;

/// Answers of the gateway.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Script {
    /// What it says about a patient whom it does not know; both are conformant.
    #[serde(default)]
    pub unknown_patient: UnknownPatient,
    /// Wait before every answer, in milliseconds.
    #[serde(default)]
    pub slow_ms: Option<u64>,
    /// What is wrong with its answers.
    #[serde(default)]
    pub wrong: Vec<Wrong>,
}

/// What is said about an unknown patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum UnknownPatient {
    /// Success without entries.
    #[default]
    Empty,
    /// Failure with `XDSUnknownPatientId`.
    Error,
}

/// Something that an answer is, or has, otherwise (30-beeldbeschikbaarheid section 14). Some of these are legal, and tell
/// whether the other side can take them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, schemars::JsonSchema, strum::EnumIter)]
#[serde(rename_all = "kebab-case")]
pub enum Wrong {
    /// Entries have no `home`.
    NoHome,
    /// Errors have no `location`.
    NoLocation,
    /// The action is that of the transaction behind a gateway.
    InnerAction,
    /// `RelatesTo` names another message.
    OtherRelatesTo,
    /// Partial success is said under the root of the other statuses.
    PartialSuccessOfEbxml,
    /// Answers are partial successes, with an error of another community.
    PartialSuccess,
    /// The hash in the metadata is that of other content.
    OtherHash,
    /// The size in the metadata is another.
    OtherSize,
    /// Entries have slots that nobody knows (legal).
    ExtraSlots,
    /// Entries have a second class code.
    TwoClassCodes,
    /// Documents stand in the message as base64 (legal).
    Inline,
    /// The root part of the package is the last (legal).
    RootLast,
    /// The package has no `start` (legal).
    NoStart,
    /// Documents are in base64 within their parts (legal).
    Base64Parts,
    /// Parts have no content id.
    NoContentIds,
    /// Two parts have one content id.
    DoubledContentId,
    /// The last part is missing.
    MissingPart,
    /// The body ends too early.
    Truncated,
    /// Documents are those of another id.
    OtherDocument,
    /// Images come in a transfer syntax that was not asked for.
    OtherTransferSyntax,
    /// Answers are SOAP 1.1.
    Soap11,
    /// Documents are given without consent.
    IgnoresConsent,
    /// Messages without a proof of who asks are taken.
    TakesAnybody,
    /// A missing `home` is overlooked.
    OverlooksHome,
    /// A list of communities is not looked at.
    IgnoresTargetCommunities,
    /// All that is known of the patient is listed, whatever else was asked for.
    IgnoresFilters,
    /// All metadata is given where ids were asked for.
    AlwaysLeafClass,
}

impl Script {
    /// Whether this is among what is wrong.
    pub fn has(&self, wrong: Wrong) -> bool {
        self.wrong.contains(&wrong)
    }
}
