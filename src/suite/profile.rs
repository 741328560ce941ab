//! Profiles and releases: what differs per zorgtoepassing and per release, as data.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::release::Dated;
use super::requirement::Role;
use crate::base::id::RequirementId;
use crate::base::text::Text;
use crate::check::{CompositionTable, ReducedProfileRule};
use crate::simulator::Trigger;
use crate::simulator::xca::GatewayRules;
use crate::wire::consent::ConsentRules;
use crate::wire::oauth::TokenRules;
use crate::wire::query::QuerySet;
use crate::wire::task::InputCodes;

/// One zorgtoepassing.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Profile {
    /// Its name, for example `bgz`.
    pub zorgtoepassing: String,
    /// Title.
    pub title: Text,
    /// How it stands in the Afsprakenstelsel, where a result could be taken for more than it is: every report says so.
    #[serde(default)]
    pub standing: Option<Text>,
    /// One line that stands on every page of a report, where the zorgtoepassing is a preview.
    #[serde(default)]
    pub preview: Option<Text>,
    /// Version of the zorgtoepassing itself, where a source gives one; its major is that of the Afsprakenstelsel (REL-05).
    #[serde(default)]
    pub version: Option<String>,
    /// Zorgtoepassing whose exchange this one has too, with other data: what deviations make of that exchange is measured
    /// there, and here only where the deviation matrix lists a requirement of this one.
    #[serde(default)]
    pub exchange_of: Option<String>,
    /// Release that is chosen when none is asked for.
    pub default_release: String,
    /// Roles that a candidate can have in it.
    pub roles: Vec<Role>,
    /// Scenarios that show it: globs of scenario ids.
    pub scenarios: Vec<String>,
    /// What is exchanged by FHIR, if anything.
    #[serde(default)]
    pub fhir: Option<FhirProfile>,
    /// What is exchanged between gateways, if anything.
    #[serde(default)]
    pub gateway: Option<GatewayRules>,
    /// How a source asks Mitz: data categories, types, roots.
    #[serde(default)]
    pub consent: ConsentRules,
    /// Deadlines by name, in milliseconds.
    pub deadlines: BTreeMap<String, u64>,
    /// File of the fields of an audit record, relative to the suite.
    pub logging: String,
    /// File of the role codes, relative to the suite.
    #[serde(default)]
    pub role_codes: Option<String>,
    /// File of the authorization matrix that holds where nobody gives another, relative to the suite.
    #[serde(default)]
    pub authorization_matrix: Option<String>,
    /// Capabilities that a candidate can declare, and whether they are mandatory.
    pub capabilities: BTreeMap<String, Capability>,
    /// Zorgtoepassingen whose requirements bind, each on the plateaus that it names itself.
    pub binds: Vec<String>,
    /// Requirements of these that do not bind here.
    #[serde(default)]
    pub except: Vec<Exception>,
    /// The plateaus.
    pub plateaus: BTreeMap<u8, Plateau>,
}

/// What a zorgtoepassing exchanges by FHIR.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FhirProfile {
    /// Claim names, scopes, lifetimes, algorithms.
    pub token: TokenRules,
    /// Query set that a sending GtK offers.
    pub default_query_set: String,
    /// File of query sets, relative to the suite.
    pub queries: String,
    /// File of the reduced profile check, relative to the suite.
    pub reduced_profiles: String,
    /// File of the kinds of Composition, relative to the suite, where there are any.
    #[serde(default)]
    pub compositions: Option<String>,
    /// Templates of Tasks, relative to the suite.
    pub templates: TemplatePaths,
    /// Folder of our own records, relative to the suite.
    pub records: String,
    /// What sets a sending candidate in motion: what scenarios call `start-referral`.
    #[serde(default = "usual")]
    pub begins_with: Trigger,
}

fn usual() -> Trigger {
    Trigger::StartReferral
}

/// Paths of templates.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TemplatePaths {
    /// Notification Task.
    pub notification: String,
    /// Workflow Task.
    pub workflow: String,
    /// Cancellation.
    pub cancellation: String,
    /// What the reference GtK serves on the R4 stack in preparation, if it does.
    #[serde(default)]
    pub r4: Option<R4TemplatePaths>,
    /// Message of HL7v3 that the reference GtK sends, as text, if it does.
    #[serde(default)]
    pub message: Option<String>,
}

/// Paths of templates of the R4 stack in preparation.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct R4TemplatePaths {
    /// CapabilityStatement.
    pub capability_statement: String,
    /// Subscription.
    pub subscription: String,
    /// List of Coordination Tasks.
    pub tasks: String,
}

/// Something that a candidate can or cannot do.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Capability {
    /// What it is.
    pub title: Text,
    /// Whether a candidate must have it.
    pub mandatory: bool,
}

/// One plateau of the groeimodel.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Plateau {
    /// Title.
    pub title: Text,
}

/// A requirement that does not bind although its zorgtoepassing does.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Exception {
    /// The requirement.
    pub id: RequirementId,
    /// Why it does not bind.
    pub reason: Text,
}

/// A word for a zorgtoepassing, as requirements and profiles use it.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Zorgtoepassing {
    /// Title.
    pub title: Text,
    /// What it is about, and how much of its text could be read.
    pub about: Text,
}

/// The file of zorgtoepassingen.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ZorgtoepassingFile {
    /// By word.
    pub zorgtoepassingen: BTreeMap<String, Zorgtoepassing>,
}

/// One release of the Twiin Afsprakenstelsel.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Release {
    /// Its number.
    pub release: String,
    /// How much of its text could be read.
    pub note: Text,
    /// A day that a source gives for it; absent where no source gives one.
    #[serde(default)]
    pub dated: Option<Dated>,
    /// Codes of `Task.input.type`.
    pub input_codes: InputCodes,
    /// What it says about TLS.
    pub tls: ReleaseTls,
}

/// What a release says about TLS.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ReleaseTls {
    /// Name of the guideline that it follows, as in `profiles/tls/`.
    pub guideline: String,
}

/// A file of query sets.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct QueryFile {
    /// The sets.
    pub sets: Vec<QuerySet>,
}

/// The file of the kinds of Composition.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CompositionFile {
    /// The kinds.
    pub compositions: Vec<CompositionTable>,
}

/// The file of the reduced profile check.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ReducedProfileFile {
    /// What is demanded, by canonical.
    pub profiles: BTreeMap<String, ReducedProfileRule>,
}
