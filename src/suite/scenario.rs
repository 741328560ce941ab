//! Scenarios: steps, and expectations that cite requirements.
//!
//! No loops, conditions, macros or templating beyond `${captured}` values. `scenarios/README.md` explains every word.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Deserialize;

use super::requirement::Role;
use crate::base::diagnostic::SourceFile;
use crate::base::id::{RequirementId, ScenarioId, StepId};
use crate::base::placeholder;
use crate::base::text::Text;
use crate::check::{Check, Path};
use crate::client;
use crate::deviation::{Deviation, LeafFlaw};
use crate::simulator::{self, Facility};
use crate::transcript::Endpoint;
use crate::wire::jose::Algorithm;
use crate::wire::task::NotificationStyle;

macro_rules! actions {
    ($(#[doc = $doc:literal] $word:ident($params:ty)),* $(,)?) => {
        /// What one step does. One word with its parameters.
        #[derive(Debug, Clone, Deserialize, schemars::JsonSchema, strum::VariantNames, strum::IntoStaticStr)]
        #[serde(rename_all = "kebab-case")]
        #[strum(serialize_all = "kebab-case")]
        pub enum Action {
            $(#[doc = $doc] $word($params),)*
        }

        /// All words with what they do, for those who browse.
        pub const ACTION_WORDS: &[(&str, &str)] = &[$((stringify!($word), $doc)),*];
    };
}

actions! {
    /// Twiin-07: ask the candidate for an access token.
    RequestToken(client::RequestToken),
    /// A conformant call on what the candidate protects.
    ProtectedCall(client::ProtectedCall),
    /// A consultation on role and patient: a token, and searches with it.
    Consult(client::Consult),
    /// Twiin-01: notify the candidate.
    Notify(client::Notify),
    /// Twiin-02: withdraw a notification.
    Cancel(client::Cancel),
    /// Set the status of a Workflow Task at its source.
    TaskStatus(client::TaskStatus),
    /// Twiin-04: one search.
    Search(client::Search),
    /// Twiin-04: every query that the candidate offered.
    Pull(client::Pull),
    /// Twiin-03 or -05: read one resource.
    Read(client::Read),
    /// Twiin-05: everything that an earlier answer leads to.
    Follow(client::Follow),
    /// ITI-38: query a responding gateway.
    GatewayQuery(client::gateway::GatewayQuery),
    /// ITI-39: retrieve documents.
    GatewayRetrieve(client::gateway::GatewayRetrieve),
    /// RAD-75: retrieve images.
    GatewayImages(client::gateway::GatewayImages),
    /// Any other HTTP request.
    Http(client::Http),
    /// Offer one TLS version.
    TlsProbe(client::TlsProbe),
    /// As Mitz: tell a dossier holder what a patient chose.
    NotifyConsent(client::NotifyConsent),
    /// From now on Mitz answers like this.
    SetMitz(simulator::mitz::Script),
    /// Ask a server for everything of TLS that it accepts.
    TlsSurvey(client::TlsSurvey),
    /// Send the same request again.
    Repeat(client::Repeat),
    /// Set the candidate in motion.
    Trigger(client::TriggerWish),
    /// Change the address book, and give the candidate the time to notice.
    ChangeAddresses(client::ChangeAddresses),
    /// Put what the candidate has published beside the endpoint under test.
    PublishedAddresses(client::PublishedAddresses),
    /// Ask the operator.
    Operator(client::Operator),
    /// Wait for requests of the candidate.
    Await(simulator::Await),
    /// Wait for something that must not happen.
    AwaitNothing(simulator::AwaitNothing),
}

impl Action {
    /// The word.
    pub fn word(&self) -> &'static str {
        self.into()
    }

    /// Steps that this one refers to.
    pub fn steps(&self) -> Vec<&StepId> {
        match self {
            Self::ProtectedCall(a) => a.token.iter().collect(),
            Self::Notify(a) => std::iter::once(&a.token).chain(&a.replaces).collect(),
            Self::Cancel(a) => vec![&a.of, &a.token],
            Self::TaskStatus(a) => vec![&a.of, &a.token],
            Self::Search(a) => a.token.iter().collect(),
            Self::Pull(a) => vec![&a.offered_in, &a.token],
            Self::Read(a) => a.token.iter().collect(),
            Self::Follow(a) => std::iter::once(&a.from).chain(&a.token).collect(),
            Self::Http(a) => a.token.iter().collect(),
            Self::Repeat(a) => vec![&a.step],
            Self::Await(a) => a.offered_in.iter().collect(),
            Self::GatewayImages(a) => a.manifest.iter().collect(),
            _ => Vec::new(),
        }
    }

    /// Names of deadlines of the profile.
    pub fn deadline(&self) -> Option<&str> {
        match self {
            Self::Await(a) => Some(&a.within),
            Self::AwaitNothing(a) => Some(&a.during),
            Self::Operator(a) => Some(&a.within),
            Self::SetMitz(a) => a.deadline(),
            Self::ChangeAddresses(a) => Some(&a.within),
            _ => None,
        }
    }

    /// Texts that may hold `${…}`.
    pub fn texts(&self) -> Vec<String> {
        match self {
            Self::RequestToken(a) => a.base.iter().cloned().collect(),
            Self::NotifyConsent(a) => a.holder.iter().cloned().collect(),
            Self::Consult(a) => a.role.iter().chain(&a.queries).cloned().collect(),
            Self::Notify(a) => [patch_texts(&a.edit), patch_texts(&a.edit_kept)].concat(),
            Self::TaskStatus(a) => patch_texts(&a.edit),
            Self::Cancel(a) => a.identifier.iter().cloned().chain(patch_texts(&a.edit)).collect(),
            Self::Search(a) => vec![a.query.clone()],
            Self::Read(a) => vec![a.reference.clone()],
            Self::GatewayQuery(a) => json_text(a),
            Self::GatewayRetrieve(a) => json_text(a),
            Self::GatewayImages(a) => json_text(a),
            Self::Trigger(a) => a.document.iter().cloned().collect(),
            Self::Http(a) => {
                let body = a.body.iter().map(ToString::to_string);
                let texts = std::iter::once(a.path.clone()).chain(a.headers.values().cloned()).chain(body);
                texts.chain(patch_texts(&a.edit)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Whether it needs the candidate's R4 base.
    pub fn needs_r4(&self) -> bool {
        let to = match self {
            Self::Search(a) => a.to,
            Self::Read(a) => a.to,
            Self::Http(a) => a.to,
            Self::TlsProbe(a) => a.to,
            Self::TlsSurvey(a) => a.to,
            _ => return false,
        };
        to == client::EndpointName::R4
    }

    /// Whether it needs the place where the candidate is told of a Task by a POST without body.
    pub fn needs_handoff_notifications(&self) -> bool {
        matches!(self, Self::Notify(a) if a.by == NotificationStyle::EmptyPost)
    }

    /// Algorithm of the key that it asks for, other than the usual one.
    pub fn algorithm(&self) -> Option<Algorithm> {
        match self {
            Self::RequestToken(a) => a.key.and_then(client::KeyChoice::algorithm),
            _ => None,
        }
    }

    /// Whether it asks for the metadata of the candidate's authorization server.
    pub fn needs_metadata(&self) -> bool {
        matches!(self, Self::Http(a) if a.to == client::EndpointName::Metadata)
    }

    /// Whether it is about a patient of whom the candidate knows nothing.
    pub fn needs_unknown_patient(&self) -> bool {
        let patient = match self {
            Self::RequestToken(a) => a.patient,
            Self::Consult(a) => a.patient,
            Self::GatewayQuery(a) => Some(a.patient),
            Self::Trigger(a) => Some(a.patient),
            _ => None,
        };
        patient == Some(client::Patient::Unknown)
    }

    /// Whether a text of it names a value.
    pub fn names(&self, value: &str) -> bool {
        self.texts().iter().any(|t| placeholder::names(t).any(|name| name == value))
    }

    /// Whether it is about the other address of the harness.
    pub fn uses_foreign(&self) -> bool {
        let awaits = match self {
            Self::Await(a) => a.request == Endpoint::Foreign,
            Self::AwaitNothing(a) => a.request.contains(&Endpoint::Foreign),
            _ => false,
        };
        awaits || self.names("own.foreign")
    }

    /// Whether the harness must be reachable for the candidate.
    pub fn needs_counterpart(&self) -> bool {
        // A candidate that meets a new key fetches it from the harness.
        let rotates = matches!(self, Self::RequestToken(a) if a.key == Some(client::KeyChoice::Rotated));
        // So are the keys of DEZI.
        let states = |p: &client::Presentation| p.dezi.is_some();
        let states = matches!(self, Self::RequestToken(a) if a.presentation.as_ref().is_some_and(states));
        rotates || states || matches!(self, Self::Await(_) | Self::AwaitNothing(_) | Self::Trigger(_) | Self::Notify(_))
    }
}

fn patch_texts(patch: &json_patch::Patch) -> Vec<String> {
    json_text(patch)
}

/// Placeholders stand in values; as JSON text they are all there.
fn json_text(word: &impl serde::Serialize) -> Vec<String> {
    serde_json::to_string(word).into_iter().collect()
}

/// A value kept for later steps.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Capture {
    /// Whose message it is taken from.
    #[serde(default, rename = "in")]
    pub within: CaptureFrom,
    /// Path in the body.
    pub path: Path,
}

/// Whose message a value is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CaptureFrom {
    /// The candidate's.
    #[default]
    Body,
    /// Ours, for example the token that our own authorization server issued.
    OurBody,
    /// The target of the request, whoever sent it: its `path`, and the `last` part of that.
    Target,
}

/// One step.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Step {
    /// Id, unique within the scenario.
    pub id: StepId,
    /// Identity of the harness in this step.
    #[serde(default = "partner", rename = "as")]
    pub identity: String,
    /// Role of the candidate for which the step is done; absent for all.
    #[serde(default)]
    pub only: Option<Role>,
    /// What is done.
    #[serde(rename = "do")]
    pub action: Action,
    /// The way in which the harness misbehaves in this step.
    #[serde(default)]
    pub deviation: Option<Deviation>,
    /// The kind of certificate that the harness shows as a client in this step, as the candidate file names it.
    #[serde(default)]
    pub certificate: Option<LeafFlaw>,
    /// Values to keep, by name.
    #[serde(default)]
    pub capture: BTreeMap<String, Capture>,
}

fn partner() -> String {
    "partner".to_owned()
}

/// What is expected of a step.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Expectation {
    /// The step.
    pub of: StepId,
    /// Role of the candidate for which it is expected; absent for all.
    #[serde(default)]
    pub only: Option<Role>,
    /// Releases in which it is expected; empty for all.
    #[serde(default)]
    pub releases: Vec<String>,
    /// Requirements that it shows.
    #[serde(default)]
    pub verifies: Vec<RequirementId>,
    /// Why it is only recorded: nothing is specified. Then it shows no requirement.
    #[serde(default)]
    pub not_specified: Option<Text>,
    /// Who expects it all the same, where no requirement of the catalogue says it. It never counts.
    #[serde(default)]
    pub basis: Option<super::requirement::Authority>,
    /// The check.
    pub that: Check,
}

/// How the harness's own endpoints behave in a scenario.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Counterpart {
    /// The way in which they misbehave.
    #[serde(default)]
    pub deviation: Option<Deviation>,
    /// The kind of certificate that they show, as the candidate file names it.
    #[serde(default)]
    pub certificate: Option<LeafFlaw>,
    /// Entries on a page of a search answer.
    #[serde(default)]
    pub page_size: Option<usize>,
    /// Identity whose certificate the harness's own GtK shows, instead of that of `partner`.
    #[serde(default)]
    pub shows: Option<String>,
    /// Query set that is offered, instead of the one that the candidate file chooses.
    #[serde(default)]
    pub query_set: Option<String>,
    /// Answers of ours that are replaced, delayed, broken off or changed.
    #[serde(default)]
    pub answers: Vec<simulator::Interference>,
    /// Mitz takes part, and answers like this.
    #[serde(default)]
    pub mitz: Option<simulator::mitz::Script>,
    /// An address book takes part, and answers like this.
    #[serde(default)]
    pub addressing: Option<simulator::addressing::Script>,
    /// An audit repository takes part, and answers like this.
    #[serde(default)]
    pub audit: Option<simulator::audit::Script>,
    /// The gateway of the harness answers like this.
    #[serde(default)]
    pub gateway: Option<simulator::xca::Script>,
    /// A second gateway of the harness, for the second community, at its other address: it is that of `stranger`.
    #[serde(default)]
    pub second_gateway: Option<simulator::xca::Script>,
}

impl Counterpart {
    /// Whether the address book names the other address of the harness.
    pub fn names_foreign(&self) -> bool {
        self.second_gateway.is_some()
            || self.addressing.as_ref().is_some_and(simulator::addressing::Script::names_foreign)
    }

    /// All answers that differ, those of the shared facilities included.
    pub fn interferences(&self) -> impl Iterator<Item = &simulator::Interference> {
        let of_mitz = self.mitz.iter().flat_map(|m| &m.answers);
        let of_audit = self.audit.iter().flat_map(|a| &a.answers);
        self.answers.iter().chain(of_mitz).chain(of_audit).chain(self.addressing.iter().flat_map(|a| &a.answers))
    }

    /// The shared facilities that take part.
    pub fn facilities(&self) -> Vec<Facility> {
        let parts = [
            (self.mitz.is_some(), Facility::Mitz),
            (self.addressing.is_some(), Facility::Addressing),
            (self.audit.is_some(), Facility::Audit),
        ];
        parts.into_iter().filter_map(|(takes_part, facility)| takes_part.then_some(facility)).collect()
    }
}

/// The legal kind of the exchange that a scenario is about. The rules of consent follow from it: who sends on a referral
/// may presume consent, who makes data consultable needs an explicit one (TM-5.5-1, 50-generic-facilities section 1.1).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Deserialize, schemars::JsonSchema, strum::IntoStaticStr, strum::VariantNames,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum ExchangeKind {
    /// Sending, the notified pull on a referral included: consent is presumed.
    Sending,
    /// Consulting what was made available: consent is explicit.
    Consulting,
    /// No patient data are exchanged, or it does not matter.
    Any,
}

/// What must have happened before the first step.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Given {
    /// Path of the fragment below `scenarios/`, without extension.
    pub fragment: String,
    /// Whether it must happen afresh, because the scenario ends what it begins.
    #[serde(default)]
    pub fresh: bool,
}

/// Steps that several scenarios begin with.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Fragment {
    /// What it brings about.
    pub title: Text,
    /// Steps.
    pub steps: Vec<Step>,
}

/// A scenario as it is written.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ScenarioFile {
    /// What a conformant candidate does.
    pub title: Text,
    /// Ids in the case lists of the specification, for example `NEG-10`.
    #[serde(default)]
    pub cases: Vec<String>,
    /// Roles of the candidate that it is for.
    pub candidate: Vec<Role>,
    /// Plateaus that it is for.
    #[schemars(inner(range(min = 1, max = 4)), extend("uniqueItems" = true))]
    pub plateaus: Vec<u8>,
    /// Legal kind of the exchange.
    pub exchange: ExchangeKind,
    /// Releases that it is for; empty for all.
    #[serde(default)]
    pub releases: Vec<String>,
    /// Capabilities that the candidate must not have declared absent.
    #[serde(default)]
    pub needs: Vec<String>,
    /// What must have happened before.
    #[serde(default)]
    pub given: Vec<Given>,
    /// The harness's own endpoints.
    #[serde(default)]
    pub counterpart: Counterpart,
    /// Steps.
    pub steps: Vec<Step>,
    /// Expectations.
    pub expect: Vec<Expectation>,
}

/// A scenario with its id and text.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// Path below `scenarios/`, without extension.
    pub id: ScenarioId,
    /// Its text, for messages.
    pub source: Arc<SourceFile>,
    /// Path within the suite.
    pub path: String,
    /// What it says.
    pub file: ScenarioFile,
}

impl Scenario {
    /// Steps of the fragments and of the scenario, for a role.
    pub fn steps<'a>(&'a self, fragments: &'a BTreeMap<String, Fragment>, role: Role) -> Vec<&'a Step> {
        let given = self.file.given.iter().filter_map(|g| fragments.get(&g.fragment)).flat_map(|f| &f.steps);
        given.chain(&self.file.steps).filter(|s| s.only.is_none_or(|only| only == role)).collect()
    }

    /// Expectations for a role and release.
    pub fn expectations(&self, role: Role, release: &str) -> impl Iterator<Item = (usize, &Expectation)> {
        let release = release.to_owned();
        self.file
            .expect
            .iter()
            .enumerate()
            .filter(move |(_, e)| e.only.is_none_or(|only| only == role))
            .filter(move |(_, e)| e.releases.is_empty() || e.releases.contains(&release))
    }

    /// Kinds of certificate that the harness shows besides those of deviations, by identity.
    pub fn certificates(&self, fragments: &BTreeMap<String, Fragment>, role: Role) -> BTreeSet<(String, LeafFlaw)> {
        let of_steps = self.steps(fragments, role);
        let of_steps = of_steps.iter().filter_map(|s| Some((s.identity.clone(), s.certificate?)));
        let ours = self.file.counterpart.certificate.map(|kind| (partner(), kind));
        of_steps.chain(ours).collect()
    }
}
