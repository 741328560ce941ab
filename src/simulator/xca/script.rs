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
    /// Whether it is down: every request gets an HTTP 503.
    #[serde(default)]
    pub down: bool,
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
    /// Ids are given where all metadata was asked for.
    AlwaysObjectRef,
    /// Messages of SOAP 1.1 are taken.
    TakesSoap11,
    /// The body tells the transaction, whatever the action says.
    TakesAnyAction,
    /// Headers that have to be understood and are not are passed over.
    IgnoresMustUnderstand,
    /// A document type is cut out of a message, with the entities, and the rest is taken.
    TakesDocumentTypes,
    /// Assertions with several attribute statements are refused.
    OneStatement,
    /// Assertions with an attribute that is in no table are refused.
    KnownAttributesAlone,
    /// An assertion that is refused gets an answer without anything in it.
    RefusesWithoutFault,
    /// Whom the assertion is about does not count.
    IgnoresAssertedPatient,
    /// Entries have the home of a community that is not there.
    ForeignHome,
    /// A community that entries name is not known in later queries.
    RefusesOwnHome,
    /// Errors have the location of a community that is not there.
    ForeignLocation,
    /// All errors have one code.
    OneErrorCode,
    /// In a community that is not known nothing is found.
    OverlooksUnknownHome,
    /// Missing and repeated parameters are overlooked.
    OverlooksParameters,
    /// For a stored query that is not known nothing is found.
    OverlooksUnknownQuery,
    /// `GetDocuments` is not known.
    NoGetDocuments,
    /// Stored queries about folders, submission sets and associations are not known.
    NoFolderQueries,
    /// An unknown patient is an error of the registry.
    BrokenForUnknownPatient,
    /// An unknown patient gets the entries of everybody.
    OthersForUnknownPatient,
    /// A query without list of communities is refused.
    NeedsTargetCommunities,
    /// A community in the list that is not known makes the query fail.
    FailsOnUnknownTargets,
    /// Answers are partial successes, because a community is not known (legal).
    UnknownTarget,
    /// Entries are deprecated.
    Deprecated,
    /// Size and hash announce a document that is made later (legal).
    Delayed,
    /// Documents and images that are not there are not spoken of.
    SilentMisses,
    /// When one document or image is not there, none is given.
    AllOrNothing,
    /// Documents come with another media type.
    OtherMediaType,
    /// Images have another SOP Instance UID.
    OtherInstance,
    /// Images are of another study.
    OtherStudy,
    /// The imaging sources of the first community are the only ones.
    OneImagingSource,
}

impl Script {
    /// Whether this is among what is wrong.
    pub fn has(&self, wrong: Wrong) -> bool {
        self.wrong.contains(&wrong)
    }
}
