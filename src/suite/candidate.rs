//! The candidate file: what a supplier declares (PICS and PIXIT in the words of test standards).

use std::collections::BTreeMap;

use serde::Deserialize;
use strum::VariantNames as _;

use super::requirement::{Role, Subject};
use crate::base::text::Text;
use crate::net::Limits;
use crate::simulator::{Facility, Trigger};
use crate::wire::audit::table::Mapping;
use crate::wire::jose::Algorithm;
use crate::wire::oauth::ClaimsNamed;

/// A candidate file.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CandidateFile {
    /// What it is about: `gtk` when left out. The others are organisations; they need no endpoints and are mostly shown
    /// by documents.
    #[serde(default)]
    pub subject: Subject,
    /// The product; of an organisation, what its dossier is about.
    pub product: Product,
    /// What documents show, relative to this file: see `twiin-harness attest`.
    #[serde(default)]
    pub dossier: Option<String>,
    /// Deviations that the partnership has declared, relative to this file.
    #[serde(default)]
    pub waivers: Option<String>,
    /// `test` or `acceptance`; nothing else is tested.
    pub environment: Environment,
    /// Release that the candidate claims.
    #[serde(default)]
    pub release: Option<String>,
    /// The organisation that it speaks for.
    pub organisation: Organisation,
    /// Files with the trust anchors of the candidate's certificates, PEM.
    #[serde(default)]
    pub trust_anchors: Vec<String>,
    /// Files with revocation lists, PEM or DER.
    #[serde(default)]
    pub revocation_lists: Vec<String>,
    /// The candidate as a sending GtK.
    #[serde(default)]
    pub sending: Option<RoleEndpoints>,
    /// The candidate as a receiving GtK.
    #[serde(default)]
    pub receiving: Option<RoleEndpoints>,
    /// The candidate as a requesting GtK: it queries and retrieves by SOAP and IHE.
    #[serde(default)]
    pub requesting: Option<Requesting>,
    /// The candidate as a responding GtK: it answers queries and gives documents and images by SOAP and IHE.
    #[serde(default)]
    pub responding: Option<Responding>,
    /// Query set that the harness offers in its Tasks; that of the profile when absent.
    #[serde(default)]
    pub query_set: Option<String>,
    /// What the candidate calls the claims that Twiin leaves open. A claim that is named here must be there; the absence of
    /// one that is not proves nothing.
    #[serde(default)]
    pub claims: ClaimsNamed,
    /// File of the authorization matrix that the candidate is configured with. Without one nobody is judged by a matrix.
    #[serde(default)]
    pub authorization_matrix: Option<String>,
    /// What it can do.
    #[serde(default)]
    pub capabilities: BTreeMap<String, Declared>,
    /// How it is set in motion.
    #[serde(default)]
    #[schemars(extend("propertyNames" = { "enum": Trigger::VARIANTS }))]
    pub triggers: BTreeMap<Trigger, TriggerMeans>,
    /// The harness, as the candidate knows it. Only who has no endpoints can do without.
    #[serde(default)]
    pub harness: HarnessSide,
    /// Fictitious citizen service numbers that may be used; any other is refused before anything is sent. Only who has no
    /// endpoints can do without.
    #[serde(default)]
    pub patients: Patients,
    /// URAs that may be used; any other in this file is refused before anything is sent (GF-HAR-010).
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub test_uras: Option<Vec<String>>,
    /// File with the addresses that are published of the candidate, JSON: an export of the address book, or what the Twiin
    /// organisation was given. An object with `ura`, and under `sending` and `receiving` what is published of that role:
    /// `fhir-base` and `token-endpoint`.
    #[serde(default)]
    pub published_addresses: Option<String>,
    /// Expected number of resources by query id and type.
    #[serde(default)]
    pub expected_counts: BTreeMap<String, BTreeMap<String, u64>>,
    /// The audit log that the candidate hands in, beside or instead of a feed to an audit repository.
    #[serde(default)]
    pub audit_log: Option<AuditLog>,
    /// Limits of an exchange.
    #[serde(default)]
    pub limits: Limits,
    /// Deadlines that differ from those of the profile, in milliseconds.
    #[serde(default)]
    pub deadlines: BTreeMap<String, u64>,
}

/// The product.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Product {
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
    /// Supplier.
    pub supplier: String,
}

/// The environment that is tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, schemars::JsonSchema, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Environment {
    /// Test.
    Test,
    /// Acceptance.
    Acceptance,
}

/// The organisation that the candidate speaks for.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Organisation {
    /// Its URA.
    pub ura: String,
    /// Its name.
    pub name: String,
    /// Client id of the candidate's system.
    #[serde(default)]
    pub client_id: String,
    /// File with the public keys that sign its assertions, JWKS.
    #[serde(default)]
    pub jwks: Option<String>,
}

/// Endpoints of one role.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RoleEndpoints {
    /// FHIR base: notifications go to `Task` below it, resources are below it.
    pub fhir_base: String,
    /// Token endpoint.
    pub token_endpoint: String,
    /// FHIR R4 base of the draft for notifications and workflow coordination; only a sending GtK has one.
    #[serde(default)]
    pub r4_base: Option<String>,
    /// Where a receiving GtK is told of nursing handoffs by a POST without body; the id of the Task goes behind it.
    #[serde(default)]
    pub handoff_notifications: Option<String>,
    /// Where Mitz delivers notifications of consent, for a sending GtK whose subscription does not say so.
    #[serde(default)]
    pub consent_notifications: Option<String>,
    /// Issuer of the authorization server, when it offers metadata (RFC 8414).
    #[serde(default)]
    pub issuer: Option<String>,
}

/// What is known of a requesting GtK: it calls, and nobody calls it.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Requesting {
    /// The home community that it names as its own, as `urn:oid:…`, if it does.
    #[serde(default)]
    pub home_community_id: Option<String>,
}

/// Endpoints of a responding GtK. No source prescribes a path; one URL may serve all transactions.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Responding {
    /// Cross Gateway Query (ITI-38).
    pub query: String,
    /// Cross Gateway Retrieve (ITI-39).
    pub retrieve: String,
    /// Cross Gateway Retrieve Imaging Document Set (RAD-75).
    pub images: String,
    /// Audience that it expects in assertions; that of the profile when absent.
    #[serde(default)]
    pub audience: Option<String>,
}

/// What a candidate says of a capability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, schemars::JsonSchema, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Declared {
    /// It has it.
    Yes,
    /// It has it not.
    No,
    /// Nothing is said.
    #[default]
    Undeclared,
}

/// How a candidate is set in motion.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TriggerMeans {
    /// A person does it.
    Prompt(Text),
    /// An HTTP call does it.
    Http(TriggerCall),
    /// A command does it; only with `--allow-commands`.
    Command(Vec<String>),
}

/// An HTTP call that sets a candidate in motion. The body is a JSON object with `receiver` (URA), `patient` (BSN, may be
/// empty) and `workflow-task`; for `consult` also `category` (a Mitz data category, may be absent), and an empty `receiver`
/// when nobody was agreed on. For `start-handoff` and `start-handoff-negotiation` also `style` (`twiin-01`, `empty-post` or
/// `r4-subscription`; may be absent). For `show-timeline` also `mandated` (may be absent), and several receivers have a comma between
/// them; for `retrieve-document` and `retrieve-images` also `document`, the unique id of an entry of that timeline.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TriggerCall {
    /// URL to POST to.
    pub url: String,
}

/// The harness, as the candidate knows it.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct HarnessSide {
    /// Address that the harness listens on.
    pub listen: String,
    /// URL under which the candidate reaches it.
    pub base_url: String,
    /// Another address, which only a Task names: nobody should call it.
    #[serde(default)]
    pub foreign: Option<OwnAddress>,
    /// Shared facilities that the harness plays, each at an address that the candidate uses instead of the real one.
    #[serde(default)]
    #[schemars(extend("propertyNames" = { "enum": Facility::VARIANTS }))]
    pub facilities: BTreeMap<Facility, FacilityAddress>,
    /// Where the harness tells the status of its certificates; without it, what is about their status is left out.
    #[serde(default)]
    pub status: Option<StatusServices>,
    /// Its identities by name: `partner` at least.
    pub identities: BTreeMap<String, IdentityFile>,
}

/// Another address of the harness than the one of its GtK.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct OwnAddress {
    /// Address that is listened on.
    pub listen: String,
    /// URL under which the candidate reaches it.
    pub base_url: String,
}

/// The distribution point and the OCSP responder of the harness, over plain HTTP, and the CA that they speak for.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct StatusServices {
    /// Address that is listened on.
    pub listen: String,
    /// URL that the certificates name, without path.
    pub base_url: String,
    /// Folder of the test CA that `init` wrote: lists and answers are signed with it.
    pub ca: String,
}

/// Where a shared facility that the harness plays is found.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FacilityAddress {
    /// Address that is listened on.
    pub listen: String,
    /// URL under which the candidate reaches it.
    pub base_url: String,
    /// Another address, which takes syslog over TLS (RFC 5425); for an audit repository alone.
    #[serde(default)]
    pub syslog_listen: Option<String>,
}

/// The audit log that the candidate hands in. Without a file it comes after the run, by `reconcile`.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct AuditLog {
    /// File that holds the log when the run has ended, relative to the candidate file.
    #[serde(default)]
    pub file: Option<String>,
    /// What the columns of a table hold.
    #[serde(default)]
    pub mapping: Option<Mapping>,
    /// Largest difference between the time of a record and that of its exchange, in seconds; that of the profile when
    /// absent.
    #[serde(default)]
    pub tolerance_s: Option<i64>,
}

/// One identity of the harness.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct IdentityFile {
    /// URA.
    pub ura: String,
    /// Client id.
    pub client_id: String,
    /// Id of its signing key.
    pub key_id: String,
    /// Identifier of its system.
    pub system_id: String,
    /// The professional, as `system|value`.
    pub user: String,
    /// File with its signing key, PEM.
    pub signing_key: String,
    /// Keys by algorithm, to see which ones the candidate verifies.
    #[serde(default)]
    pub signing_keys: BTreeMap<Algorithm, SigningKeyFile>,
    /// Its certificates by kind; `none` is the good one, the others carry the flaw of their name.
    pub certificates: BTreeMap<String, CertificateFile>,
}

/// A signing key and its id.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SigningKeyFile {
    /// Its id.
    pub key_id: String,
    /// File with the key, PEM.
    pub key: String,
}

/// A certificate and its key.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CertificateFile {
    /// File with the chain, PEM, leaf first.
    pub certificate: String,
    /// File with the key, PEM.
    pub key: String,
}

/// Fictitious patients.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Patients {
    /// BSNs that may be used.
    pub fictitious: Vec<String>,
    /// BSN in the referrals that the harness sends and asks for.
    pub referral: String,
    /// BSN among the fictitious ones of whom the candidate knows nothing.
    #[serde(default)]
    pub unknown: Option<String>,
}

impl CandidateFile {
    /// The endpoints of a role.
    pub fn endpoints(&self, role: Role) -> Option<&RoleEndpoints> {
        match role {
            Role::Sending => self.sending.as_ref(),
            Role::Receiving => self.receiving.as_ref(),
            Role::Requesting | Role::Responding => None,
        }
    }

    /// Whether the candidate has the role.
    pub fn plays(&self, role: Role) -> bool {
        match role {
            Role::Sending | Role::Receiving => self.endpoints(role).is_some(),
            Role::Requesting => self.requesting.is_some(),
            Role::Responding => self.responding.is_some(),
        }
    }

    /// The URLs of a role by the name of their setting, those that are called first.
    pub fn urls(&self, role: Role) -> Vec<(&'static str, &str)> {
        let fhir = self.endpoints(role).into_iter().flat_map(|e| {
            let always = [("fhir-base", e.fhir_base.as_str()), ("token-endpoint", e.token_endpoint.as_str())];
            let r4 = e.r4_base.iter().map(|base| ("r4-base", base.as_str()));
            let told = e.handoff_notifications.iter().map(|url| ("handoff-notifications", url.as_str()));
            always.into_iter().chain(r4).chain(told)
        });
        let gateway = self.responding.iter().filter(|_| role == Role::Responding).flat_map(|e| {
            [("query", e.query.as_str()), ("retrieve", e.retrieve.as_str()), ("images", e.images.as_str())]
        });
        fhir.chain(gateway).collect()
    }

    /// Whether it has no endpoint at all, so that nothing can be sent.
    pub fn is_papers_only(&self) -> bool {
        !Role::ALL.iter().any(|role| self.plays(*role))
    }

    /// What is missing to send anything, by name; empty when nothing is to be sent.
    pub fn lacking(&self) -> Vec<&'static str> {
        let needs = [
            ("harness", self.harness.identities.is_empty()),
            ("trust-anchors", self.trust_anchors.is_empty()),
            ("patients", self.patients.fictitious.is_empty()),
            ("organisation.client-id", self.organisation.client_id.is_empty()),
        ];
        if self.is_papers_only() { Vec::new() } else { needs.iter().filter(|(_, l)| *l).map(|(n, _)| *n).collect() }
    }

    /// URAs in the file that are not among those that may be used. Without a list all may.
    pub fn foreign_uras(&self) -> Vec<&str> {
        let Some(listed) = &self.test_uras else { return Vec::new() };
        let used = std::iter::once(&self.organisation.ura).chain(self.harness.identities.values().map(|i| &i.ura));
        used.filter(|ura| !listed.contains(ura)).map(String::as_str).collect()
    }

    /// Values that checks can name.
    pub fn values(&self) -> BTreeMap<String, String> {
        let ura = |name: &str| self.harness.identities.get(name).map(|i| i.ura.clone());
        let named = [("own.ura", ura("partner")), ("stranger.ura", ura("stranger"))];
        let candidate = ("candidate.ura", Some(self.organisation.ura.clone()));
        named.into_iter().chain([candidate]).filter_map(|(name, v)| Some((name.to_owned(), v?))).collect()
    }

    /// What is declared of a capability.
    pub fn declared(&self, capability: &str) -> Declared {
        self.capabilities.get(capability).copied().unwrap_or_default()
    }

    /// Hosts that the file names: nothing else is ever contacted.
    pub fn hosts(&self) -> Vec<String> {
        let named = Role::ALL.iter().flat_map(|role| self.urls(*role)).map(|(_, url)| url);
        let endpoints = [&self.sending, &self.receiving].into_iter().flatten();
        let urls = named.chain(
            endpoints.flat_map(|e| [&e.consent_notifications, &e.issuer].into_iter().flatten().map(String::as_str)),
        );
        let triggers = self.triggers.values().filter_map(|t| match t {
            TriggerMeans::Http(call) => Some(call.url.as_str()),
            _ => None,
        });
        let mut hosts: Vec<String> =
            urls.chain(triggers).filter_map(crate::wire::http::Url::parse).map(|u| u.host).collect();
        hosts.sort();
        hosts.dedup();
        hosts
    }
}
