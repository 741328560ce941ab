//! The action words of a client, with their parameters.

use std::collections::BTreeMap;

use json_patch::Patch;
use serde::Deserialize;
use serde_json::Value;

use crate::base::id::StepId;
use crate::base::text::Text;
use crate::wire::http::QueryEncoding;
use crate::wire::jose::Algorithm;
use crate::wire::task::{InputStyle, NotificationStyle};
use crate::wire::tls::TlsVersion;

/// How FHIR is written or asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// `application/fhir+json`.
    #[default]
    Json,
    /// `application/fhir+xml`.
    Xml,
}

impl Format {
    /// The media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/fhir+json",
            Self::Xml => "application/fhir+xml",
        }
    }
}

/// What a token is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// What the candidate's role gives out: a receiving candidate takes notifications, a sending one gives resources.
    #[default]
    OfRole,
    /// Delivering notifications.
    Notification,
    /// Fetching resources.
    Pull,
    /// Consulting what was made available, without an authorization base: the requester is judged by role and consent.
    Consultation,
}

/// Twiin-07: asks the candidate for an access token.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RequestToken {
    /// What it is for.
    #[serde(default)]
    pub purpose: Purpose,
    /// The authorization base, usually `${…}` of a captured value.
    #[serde(default)]
    pub base: Option<String>,
    /// The patient who is named in the grant.
    #[serde(default)]
    pub patient: Option<Patient>,
    /// Role code of the professional, for example `01.015`.
    #[serde(default)]
    pub role: Option<String>,
    /// Type of the care provider that asks, as Mitz knows it, for example `Z3`.
    #[serde(default)]
    pub organisation_type: Option<String>,
    /// The professional, as `system|value`, instead of the one of the identity.
    #[serde(default)]
    pub user: Option<String>,
    /// Who acts under mandate of the professional, as `system|value`.
    #[serde(default)]
    pub mandated: Option<String>,
    /// Which key signs, instead of the usual one.
    #[serde(default)]
    pub key: Option<KeyChoice>,
    /// A presentation of Nuts (RFC021) instead of a grant and a client assertion; of the rest only `purpose` counts.
    #[serde(default)]
    pub presentation: Option<Presentation>,
}

/// What a presentation of Nuts holds besides the credential of the organisation.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Presentation {
    /// A statement of DEZI about the professional, with this level of assurance (a URI).
    #[serde(default)]
    pub dezi: Option<String>,
}

/// A key of the harness other than its usual one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
pub enum KeyChoice {
    /// The one for ES256.
    ES256,
    /// The one for ES512.
    ES512,
    /// The one for PS256.
    PS256,
    /// One that is made in this case and published in the key set of the harness: a rotation of keys.
    #[serde(rename = "rotated")]
    Rotated,
}

impl KeyChoice {
    /// The algorithm; `None` for a key that is made in the case.
    pub fn algorithm(self) -> Option<Algorithm> {
        match self {
            Self::ES256 => Some(Algorithm::Es256),
            Self::ES512 => Some(Algorithm::Es512),
            Self::PS256 => Some(Algorithm::Ps256),
            Self::Rotated => None,
        }
    }
}

/// A consultation without authorization base: asks for a token on role and patient, and searches with it. A refusal of
/// the token ends the step and not the case.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Consult {
    /// The patient who is named in the grant; none when absent.
    #[serde(default)]
    pub patient: Option<Patient>,
    /// Role code of the professional; none when absent.
    #[serde(default)]
    pub role: Option<String>,
    /// The professional, as `system|value`, instead of the one of the identity.
    #[serde(default)]
    pub user: Option<String>,
    /// Who acts under mandate of the professional, as `system|value`.
    #[serde(default)]
    pub mandated: Option<String>,
    /// Searches, unencoded.
    pub queries: Vec<String>,
}

/// A conformant call on what the candidate protects: Twiin-01 towards a receiving candidate, Twiin-04 towards a
/// sending one.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ProtectedCall {
    /// Step whose token is used; none sends none.
    #[serde(default)]
    pub token: Option<StepId>,
}

/// Twiin-01: sends a notification and opens the referral that it is about.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Notify {
    /// Step whose token is used.
    pub token: StepId,
    /// How the body is written.
    #[serde(default)]
    pub format: Format,
    /// How queries are labelled.
    #[serde(default)]
    pub style: InputStyle,
    /// Whether the queries stand in a Workflow Task alone.
    #[serde(default)]
    pub workflow_task: bool,
    /// Whether single resources are offered too.
    #[serde(default)]
    pub references: bool,
    /// Step of an earlier notification for the same dataset, which this one replaces.
    #[serde(default)]
    pub replaces: Option<StepId>,
    /// Which patient it is about.
    #[serde(default)]
    pub patient: Patient,
    /// Status of a Task of our records that we keep as a whole and tell of: a nursing handoff.
    #[serde(default)]
    pub keeps_task: Option<String>,
    /// Changes of that Task, by JSON Patch (RFC 6902).
    #[serde(default)]
    pub edit_kept: Patch,
    /// How the candidate is told of it.
    #[serde(default)]
    pub by: NotificationStyle,
    /// Repeats the queries until there are so many inputs.
    #[serde(default)]
    pub inputs_at_least: Option<usize>,
    /// Changes of the Task before it is sent, by JSON Patch (RFC 6902).
    #[serde(default)]
    pub edit: Patch,
    /// Header fields that differ from the usual ones.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
}

/// Which of the fictitious patients something is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Patient {
    /// The patient of the referrals, as the candidate file names.
    #[default]
    OfReferral,
    /// Another one.
    Other,
    /// The one of our records of whom least is known.
    Sparse,
    /// A fictitious one of whom the candidate knows nothing.
    Unknown,
    /// Nobody: a number that fails the eleven test.
    Wrong,
    /// Nobody: nine zeros.
    Zeros,
}

/// Twiin-02: withdraws a notification.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Cancel {
    /// Step of the notification.
    pub of: StepId,
    /// Step whose token is used.
    pub token: StepId,
    /// How the body is written.
    #[serde(default)]
    pub format: Format,
    /// Identifier to withdraw instead of that of the notification.
    #[serde(default)]
    pub identifier: Option<String>,
    /// Changes of the Task before it is sent, by JSON Patch (RFC 6902); the query keeps the identifier.
    #[serde(default)]
    pub edit: Patch,
}

/// Sets the status of a Workflow Task at its source: PUT of the whole Task (21-bgz section 5.3).
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TaskStatus {
    /// Step in which the Task was read.
    pub of: StepId,
    /// The status.
    pub status: String,
    /// Step whose token is used.
    pub token: StepId,
    /// Further changes of the Task, by JSON Patch (RFC 6902).
    #[serde(default)]
    pub edit: Patch,
}

/// Twiin-04: one search.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Search {
    /// The search, unencoded.
    pub query: String,
    /// Step whose token is used.
    #[serde(default)]
    pub token: Option<StepId>,
    /// How it is written on the wire.
    #[serde(default)]
    pub encoding: QueryEncoding,
    /// What is asked for.
    #[serde(default)]
    pub format: Format,
    /// The base that it is sent to.
    #[serde(default)]
    pub to: EndpointName,
}

/// Twiin-04 for every query that the candidate offered in its Task.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Pull {
    /// Step in which the Task was received or read.
    pub offered_in: StepId,
    /// Step whose token is used.
    pub token: StepId,
    /// What is asked for.
    #[serde(default)]
    pub format: Format,
}

/// Twiin-03 or Twiin-05: reads one resource.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Read {
    /// `Type/id`, usually `${…}` of a captured value.
    pub reference: String,
    /// Step whose token is used.
    #[serde(default)]
    pub token: Option<StepId>,
    /// What is asked for; absent sends no `Accept`.
    #[serde(default)]
    pub format: Option<Format>,
    /// The base that it is sent to.
    #[serde(default)]
    pub to: EndpointName,
}

/// Twiin-05: reads everything that an earlier answer leads to. An attachment is read as a Binary where its URL is relative, and
/// as it is (without `Accept`) where it is absolute.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Follow {
    /// Step in which the answer, or the Task of the candidate, came.
    pub from: StepId,
    /// What is followed.
    pub to: Leads,
    /// Step whose token is used; none sends none.
    #[serde(default)]
    pub token: Option<StepId>,
    /// What is asked for where FHIR is asked for.
    #[serde(default)]
    pub format: Format,
}

/// What an answer can lead to.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Deserialize, schemars::JsonSchema, strum::Display, strum::IntoStaticStr,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Leads {
    /// Resources that a Task offers one by one.
    References,
    /// Documents that a DocumentManifest lists.
    Documents,
    /// Attachments of a DocumentReference.
    Attachments,
    /// Those of them with an absolute URL.
    AbsoluteAttachments,
    /// Entries of the sections of a Composition.
    Sections,
}

/// An endpoint of the candidate by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EndpointName {
    /// The FHIR base.
    #[default]
    Fhir,
    /// The token endpoint.
    Token,
    /// The FHIR R4 base (draft: notifications and workflow coordination).
    R4,
    /// The metadata of the authorization server, by the path rule of its issuer (RFC 8414).
    Metadata,
    /// Where a responding GtK takes queries (ITI-38).
    Gateway,
}

/// Any other HTTP request.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Http {
    /// Method.
    pub method: String,
    /// Endpoint.
    #[serde(default)]
    pub to: EndpointName,
    /// What is appended to the endpoint's path; or a whole URL that the candidate gave, at a host of its file.
    #[serde(default)]
    pub path: String,
    /// Header fields.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Body: text as it stands, anything else as JSON. `headers` say what it is.
    #[serde(default)]
    pub body: Option<Value>,
    /// Changes of a JSON body, by JSON Patch (RFC 6902): for a message of the candidate that goes back altered.
    #[serde(default)]
    pub edit: Patch,
    /// Whether it is sent without TLS to the same port.
    #[serde(default)]
    pub plain: bool,
    /// Step whose token is used.
    #[serde(default)]
    pub token: Option<StepId>,
}

/// Offers one TLS version and looks at the first answer.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TlsProbe {
    /// The version.
    pub version: TlsVersion,
    /// Endpoint.
    #[serde(default)]
    pub to: EndpointName,
}

/// Asks a server for everything of TLS that it accepts: versions, suites, groups, signatures and the rest.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TlsSurvey {
    /// Endpoint.
    #[serde(default)]
    pub to: EndpointName,
}

/// Sends exactly the same request as an earlier step.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Repeat {
    /// The step.
    pub step: StepId,
}

/// Sets the candidate in motion, by the way that its file declares.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TriggerWish {
    /// What it is asked to do, for example `start-referral`.
    pub event: String,
    /// Identity of the harness that the referral is for or that is asked, or the URA of another organisation; `both` for
    /// partner and stranger.
    #[serde(default)]
    pub receiver: Option<String>,
    /// Whether the queries stand in a Workflow Task.
    #[serde(default)]
    pub workflow_task: bool,
    /// Which patient it is about.
    #[serde(default)]
    pub patient: Patient,
    /// Mitz data category that is consulted, for example `GGC002`.
    #[serde(default)]
    pub category: Option<String>,
    /// Whether the user acts under a mandate of the responsible professional.
    #[serde(default)]
    pub mandated: bool,
    /// How the receiver is to be told of a Task, where a node can do so in several ways.
    #[serde(default)]
    pub style: Option<NotificationStyle>,
    /// Unique id of the document that the user opens, usually `${…}` of a timeline that was given.
    #[serde(default)]
    pub document: Option<String>,
}

/// As Mitz: tells a dossier holder what a patient chose (50-generic-facilities section 1.7). It goes to the address of
/// the candidate's newest subscription in the case, or to the one that the candidate file names.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NotifyConsent {
    /// The choices.
    pub choices: Vec<ToldChoice>,
    /// Whose choices they are.
    #[serde(default)]
    pub patient: Patient,
    /// URA of the holder whom they are about; that of the candidate when absent.
    #[serde(default)]
    pub holder: Option<String>,
    /// How many minutes ago the patient chose.
    #[serde(default)]
    pub minutes_ago: u32,
    /// How the Bundle is written.
    #[serde(default)]
    pub format: Format,
}

/// One choice of a patient, as Mitz tells it.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ToldChoice {
    /// Data category, for example `GGC002`.
    pub category: String,
    /// Whether permission is given; else it is refused or withdrawn.
    pub given: bool,
    /// Category of consulting providers that it is about, for example `RPZAC104`; all when absent.
    #[serde(default)]
    pub consulting: Option<String>,
}

/// A receiver that means two identities of the harness: `partner` and `stranger`.
pub const BOTH: &str = "both";

/// Whether a receiver is named by its URA: eight digits.
pub fn is_ura(receiver: &str) -> bool {
    receiver.len() == 8 && receiver.bytes().all(|b| b.is_ascii_digit())
}

/// Changes the address book to what its script says under `then`, and waits.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ChangeAddresses {
    /// Name of the deadline in the profile: the time in which a candidate notices.
    pub within: String,
}

/// Puts the addresses that the candidate has published beside the endpoint under test.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PublishedAddresses {}

/// Asks the operator to do or look at something.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Operator {
    /// What is asked, in Dutch and English.
    pub ask: Text,
    /// Name of the deadline in the profile.
    pub within: String,
}
