//! The policy: whom to trust for what. It stands outside the bewijs, and nothing in a bewijs can add to it. There is no
//! policy within the tool: whoever verifies a validatiebewijs says what counts.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use schemars::JsonSchema;
use serde::Deserialize;
use time::OffsetDateTime;

use super::statement::{Predicate, Soort};
use crate::base::day::Day;
use crate::base::diagnostic::{Diagnostic, SourceFile};
use crate::check::Verdict;
use crate::suite::parse_yaml_all;
use crate::wire::jades::{Algorithm, WRITTEN};

/// A policy.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Policy {
    /// Its own version, for whoever keeps it.
    pub version: String,
    /// Whether its anchors are those of a test hierarchy: then nothing verifies as more than TEST.
    #[serde(default)]
    pub test: bool,
    /// The least that a signature must come with.
    #[serde(default)]
    pub min_level: Level,
    /// Signature algorithms.
    #[serde(default = "algorithms")]
    #[schemars(length(min = 1))]
    pub algorithms: Vec<Algorithm>,
    /// Who may sign what.
    #[schemars(length(min = 1))]
    pub issuers: Vec<Issuer>,
    /// Whose time stamps count; without any, no time is proven.
    #[serde(default)]
    pub time_stamps: Option<TimeStamps>,
    /// Which packs are official.
    #[serde(default)]
    pub packs: Packs,
    /// Requirements that must have been shown: each needs a verdict other than `not-tested`.
    #[serde(default)]
    pub required: Vec<String>,
    /// Whether a bewijs about a part of the scope (`--only`) counts.
    #[serde(default)]
    pub allow_restricted_scope: bool,
    /// SHA-256 of the binaries that may have judged; any when empty, for the verdicts are judged again.
    #[serde(default)]
    pub harness: Vec<String>,
    /// Ids of bewijzen that were withdrawn.
    #[serde(default)]
    pub withdrawn: Vec<String>,
}

fn algorithms() -> Vec<Algorithm> {
    WRITTEN.to_vec()
}

/// Levels of JAdES baseline signatures (TS 119 182-1 clause 6).
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Default,
    Deserialize,
    JsonSchema,
    strum::Display,
    strum::EnumString,
)]
pub enum Level {
    /// A signature alone: its time is what the signer says.
    #[serde(rename = "B-B")]
    #[strum(serialize = "B-B")]
    Basic,
    /// With a time stamp.
    #[default]
    #[serde(rename = "B-T")]
    #[strum(serialize = "B-T")]
    Time,
    /// With everything that is needed to check certificates and revocation later.
    #[serde(rename = "B-LT")]
    #[strum(serialize = "B-LT")]
    LongTerm,
}

/// Somebody who may sign.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Issuer {
    /// In what role.
    pub role: IssuerRole,
    /// Kinds of bewijs that this role may issue; a candidate that has seen one issues none.
    #[serde(default)]
    pub kinds: Vec<Soort>,
    /// Organisations by organizationIdentifier (2.5.4.97), for example `NTRNL-<KvK>`; any below the anchors when empty.
    #[serde(default)]
    pub organization_identifiers: Vec<String>,
    /// Where their certificates must lead to.
    #[schemars(length(min = 1))]
    pub anchors: Vec<Anchor>,
    /// Certificate policies, of which the leaf must have one; any when empty.
    #[serde(default)]
    pub policy_oids: Vec<String>,
    /// Key usages that the leaf must have all of.
    #[serde(default = "non_repudiation")]
    pub key_usage: Vec<String>,
    /// What must be known of revocation.
    #[serde(default)]
    pub revocation: RevocationMode,
}

fn non_repudiation() -> Vec<String> {
    vec!["nonRepudiation".to_owned()]
}

/// The role of a signer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum IssuerRole {
    /// Validates, and issues a validatiebewijs.
    Validator,
    /// Was tested, and signs to have seen it.
    Candidate,
    /// Tests its own.
    Tester,
}

/// What must be known of revocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum RevocationMode {
    /// An answer must be in the bewijs, and be good.
    #[default]
    EmbeddedOrFail,
    /// An answer that is there must be good.
    Soft,
    /// Nothing is looked at, and the report says so.
    Off,
}

/// A trust anchor with the days on which it counts: generations of a PKI change within the life of a bewijs.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Anchor {
    /// File with one or more certificates, PEM, relative to the policy.
    #[serde(default)]
    pub file: Option<String>,
    /// The certificates themselves, PEM.
    #[serde(default)]
    pub pem: Option<String>,
    /// First day.
    #[serde(default)]
    pub from: Option<Day>,
    /// Last day.
    #[serde(default)]
    pub until: Option<Day>,
}

/// Whose time stamps count.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TimeStamps {
    /// Where their certificates must lead to.
    #[schemars(length(min = 1))]
    pub anchors: Vec<Anchor>,
    /// Policies of time stamps that count; any when empty.
    #[serde(default)]
    pub policy_oids: Vec<String>,
    /// Longest time between what the signer claims and the time stamp, in seconds.
    #[serde(default = "ten_minutes")]
    pub max_delay_s: u64,
}

fn ten_minutes() -> u64 {
    600
}

/// Packs of scenarios and requirements.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Packs {
    /// Digests of official packs: `sha256:<hex>`.
    #[serde(default)]
    pub official: Vec<String>,
}

impl Packs {
    /// Whether a pack of this digest (hex) is official.
    pub fn is_official(&self, sha256: &str) -> bool {
        self.official.iter().any(|known| known.strip_prefix("sha256:") == Some(sha256))
    }
}

impl Policy {
    /// Reads a policy. Files of anchors are not read here: [`Policy::files`] names them.
    ///
    /// # Errors
    /// All faults at once, with their place.
    pub fn read(path: &str, text: &str) -> Result<Self, Vec<Diagnostic>> {
        let source = Arc::new(SourceFile { path: path.to_owned(), text: text.to_owned() });
        parse_yaml_all(&source)
    }

    fn anchors_mut(&mut self) -> impl Iterator<Item = &mut Anchor> {
        let stamps = self.time_stamps.iter_mut().flat_map(|t| &mut t.anchors);
        self.issuers.iter_mut().flat_map(|i| &mut i.anchors).chain(stamps)
    }

    /// Names of the files that it refers to, relative to itself.
    pub fn files(&self) -> Vec<String> {
        let stamps = self.time_stamps.iter().flat_map(|t| &t.anchors);
        let anchors = self.issuers.iter().flat_map(|i| &i.anchors).chain(stamps);
        anchors.filter_map(|a| a.file.clone()).collect()
    }

    /// The policy with the contents of its files in place of their names.
    #[must_use]
    pub fn with_files(mut self, files: &BTreeMap<String, String>) -> Self {
        for anchor in self.anchors_mut() {
            if let Some(text) = anchor.file.as_ref().and_then(|name| files.get(name)) {
                anchor.pem = Some(format!("{}{text}", anchor.pem.clone().unwrap_or_default()));
            }
        }
        self
    }

    /// Its JSON Schema, as it is committed: indented, with a line end.
    pub fn schema_text() -> String {
        let settings = schemars::generate::SchemaSettings::draft2020_12();
        let mut schema = settings.into_generator().into_root_schema_for::<Self>().to_value();
        schema["title"] = serde_json::json!("twiin-harness: bewijs-policy");
        format!("{schema:#}\n")
    }
}

/// The certificates of anchors that count at a moment, DER.
pub fn anchors_at(anchors: &[Anchor], at: OffsetDateTime) -> Vec<Vec<u8>> {
    let day = Day::of(at);
    let counts = |a: &&Anchor| a.from.is_none_or(|from| from <= day) && a.until.is_none_or(|until| day <= until);
    anchors
        .iter()
        .filter(counts)
        .filter_map(|a| a.pem.as_deref())
        .flat_map(|pem| CertificateDer::pem_slice_iter(pem.as_bytes()).filter_map(Result::ok).collect::<Vec<_>>())
        .map(|c| c.to_vec())
        .collect()
}

/// Required requirements that a bewijs does not show.
pub fn missing(policy: &Policy, predicate: &Predicate) -> Vec<String> {
    let shown = |id: &str| predicate.requirements.iter().any(|r| r.id == id && r.outcome != Verdict::NotTested);
    policy.required.iter().filter(|id| !shown(id)).cloned().collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const TEXT: &str = "version: '1'\nissuers:\n  - role: validator\n    kinds: [validatiebewijs]\n    anchors:\n      - { file: a.pem, until: 2028-11-30 }\n";

    #[test]
    fn what_is_left_out_is_strict_and_unknown_keys_are_faults() {
        let policy = Policy::read("policy.yaml", TEXT).unwrap();
        assert_eq!((policy.min_level, policy.test), (Level::Time, false));
        assert_eq!(policy.issuers[0].revocation, RevocationMode::EmbeddedOrFail);
        assert_eq!(policy.issuers[0].key_usage, ["nonRepudiation"]);
        assert!(!policy.algorithms.contains(&Algorithm::Rs256));
        assert_eq!(policy.files(), ["a.pem"]);
        assert!(Policy::read("policy.yaml", &format!("{TEXT}trust-everyone: true\n")).is_err());
        assert!(Policy::read("policy.yaml", "version: '1'\n").is_err());
    }

    #[test]
    fn an_anchor_counts_on_its_days_only() {
        let pair = rcgen::KeyPair::generate().unwrap();
        let pem = rcgen::CertificateParams::default().self_signed(&pair).unwrap().pem();
        let files = BTreeMap::from([("a.pem".to_owned(), pem)]);
        let policy = Policy::read("policy.yaml", TEXT).unwrap().with_files(&files);
        let on =
            |text: &str| anchors_at(&policy.issuers[0].anchors, crate::base::clock::parse_rfc3339(text).unwrap()).len();
        assert_eq!((on("2028-11-30T23:00:00Z"), on("2028-12-01T00:00:00Z")), (1, 0));
    }
}
