//! The statement: in-toto Statement v1 with a predicate of ours, a superset of `test-result/v0.1`. It is what is sealed, so
//! a change here is a new version. Its JSON Schema is `profiles/schema/bewijs-statement.schema.json`.
//!
//! I-JSON (RFC 7493): names once, integers only, times RFC 3339 in UTC. Names of the predicate are those of `test-result`
//! where it has them, and Dutch where the domain has the word.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::text::Text;
use crate::check::Verdict;
use crate::evidence::model::{Conclusion, Kind};

/// Type of the statement (in-toto attestation framework, Statement v1).
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";

/// A statement about one candidate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// `https://in-toto.io/Statement/v1`.
    #[serde(rename = "_type")]
    pub type_: String,
    /// What it is about: the candidate, with the digest of its candidate file.
    pub subject: Vec<Subject>,
    /// Type and version of the predicate; another one for a self-test.
    #[serde(rename = "predicateType")]
    pub predicate_type: String,
    /// What is said.
    pub predicate: Predicate,
}

/// What a statement is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// `kandidaat:<product>@<version>`.
    pub name: String,
    /// Digest of the candidate file.
    pub digest: Digest,
}

/// A digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Digest {
    /// SHA-256, lower-case hex.
    #[schemars(extend("pattern" = "^[0-9a-f]{64}$"))]
    pub sha256: String,
}

/// What kind of bewijs this is. The two never pass for each other: predicate type and content type differ too.
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
    JsonSchema,
    strum::Display,
    strum::EnumString,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Soort {
    /// For oneself: at most TEST, whoever sealed it.
    Zelftest,
    /// Material for a validation file.
    Validatiebewijs,
}

impl Soort {
    /// What the evidence of the run is called.
    pub fn kind(self) -> Kind {
        match self {
            Self::Zelftest => Kind::SelfTest,
            Self::Validatiebewijs => Kind::ValidationEvidence,
        }
    }

    /// The predicate type.
    pub fn predicate_type(self) -> String {
        format!("urn:twiin-harness:{self}:1")
    }

    /// The content type in the header of the signature.
    pub fn content_type(self) -> String {
        format!("application/vnd.twiin-harness.{self}.v1+json")
    }
}

/// What is said of the candidate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Predicate {
    /// What kind of bewijs this is.
    pub soort: Soort,
    /// Id, made from what it says: `urn:uuid:…`.
    pub id: String,
    /// Ids of bewijzen that this one takes the place of.
    pub vervangt: Vec<String>,
    /// The last day on which it counts.
    pub geldig_tot: String,
    /// The result in the words of `test-result/v0.1`.
    pub result: TestResult,
    /// The conclusion of the decision rule: `conformant`, `conformant-with-waivers`, `not-conformant`, `undetermined`.
    pub conclusie: String,
    /// What was tested by: the pack.
    pub configuration: Vec<Configuration>,
    /// Requirements that passed.
    pub passed_tests: Vec<String>,
    /// Requirements that warned.
    pub warned_tests: Vec<String>,
    /// Requirements that failed, those that a waiver covers left out.
    pub failed_tests: Vec<String>,
    /// Requirements that the candidate gave nothing to judge by.
    pub inconclusive_tests: Vec<String>,
    /// Requirements that do not apply. This version has none: what is not tested says why in `untestedTests`.
    pub not_applicable_tests: Vec<String>,
    /// Requirements that were not tested.
    pub untested_tests: Vec<String>,
    /// Requirements that the harness could not judge.
    pub errored_tests: Vec<String>,
    /// Requirements that held in a later attempt only.
    pub flaky_tests: Vec<String>,
    /// Requirements that failed, and whose failure a declared deviation covers.
    pub waived_tests: Vec<String>,
    /// What was asked for.
    pub scope: Scope,
    /// The rule by which the conclusion follows from the verdicts.
    pub beslisregel: Beslisregel,
    /// The requirements in scope, in order of id.
    pub requirements: Vec<Requirement>,
    /// The candidate.
    pub kandidaat: Kandidaat,
    /// When, where and by whom.
    pub uitvoering: Uitvoering,
    /// What the validator decides; only in a validatiebewijs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub besluit: Option<Besluit>,
    /// The tool.
    pub harness: Harness,
    /// What was left out before anything was written.
    pub redactie: Redactie,
    /// Every other member of the container, in order of path.
    pub inventaris: Vec<Member>,
    /// Declared deviations, each with what became of it.
    pub afwijkingen: Vec<Afwijking>,
    /// Remarks; the first says what this is not.
    pub opmerkingen: Vec<Text>,
}

/// Result in the words of `test-result/v0.1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, strum::Display)]
#[serde(rename_all = "UPPERCASE")]
#[strum(serialize_all = "UPPERCASE")]
pub enum TestResult {
    /// Conformant, without any warning, waiver or undeclared capability.
    Passed,
    /// Conformant, with a warning, a waiver or an undeclared capability.
    Warned,
    /// Anything else: also what is undetermined was not shown to be conformant.
    Failed,
}

/// Something that was tested by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Configuration {
    /// `pack`.
    pub name: String,
    /// What it is called.
    pub uri: String,
    /// Digest over the sorted lines `<sha256>  <path>` of its files.
    pub digest: Digest,
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Scope {
    /// Zorgtoepassingen.
    pub zorgtoepassingen: Vec<String>,
    /// Roles of the candidate.
    pub rollen: Vec<String>,
    /// Plateaus of the groeimodel.
    pub plateaus: Vec<u8>,
    /// Release of the Twiin Afsprakenstelsel.
    pub afsprakenstelsel: String,
    /// Restriction to some requirements or scenarios, if there was one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub beperking: Option<String>,
}

/// The decision rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Beslisregel {
    /// Id and version.
    pub id: String,
    /// Digest of its text, Dutch and English with a line end between.
    pub digest: Digest,
    /// In words.
    pub omschrijving: Text,
}

/// One requirement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Requirement {
    /// Id.
    pub id: String,
    /// Where it is written.
    pub clause: String,
    /// `must`, `should` or `may`.
    pub level: String,
    /// Who says so.
    pub authority: String,
    /// `pass`, `warn`, `flaky`, `fail`, `inconclusive`, `error` or `not-tested`.
    #[schemars(with = "String")]
    pub outcome: Verdict,
    /// `automated`, `observed` or `attested`.
    pub mode: String,
    /// Number of checks that said something; none is never a pass, unless documents attest it.
    pub assertions: u64,
    /// Steps that it rests on: `<scenario>@<role>#<step>`.
    pub steps: Vec<String>,
}

/// The candidate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Kandidaat {
    /// `gtk`, `deelnemer`, `gtk-beheerder` or `dienstverlener`.
    pub onderwerp: String,
    /// Product.
    pub product: String,
    /// Its version.
    pub versie: String,
    /// Supplier.
    pub leverancier: String,
    /// URA of the organisation that it spoke for.
    pub ura: String,
    /// `test` or `acceptance`.
    pub omgeving: String,
    /// Whether it is the reference GtK within the tool: then this is no more than a self-test.
    pub ingebouwd: bool,
    /// The deliberate wrong that the reference GtK was told to do.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub opzettelijke_fout: Option<String>,
    /// Its endpoints.
    pub endpoints: Vec<Endpoint>,
    /// What it declares that it can do.
    pub capabilities: Vec<Capability>,
}

/// An endpoint and who was seen there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Endpoint {
    /// `sending`, `receiving`, `requesting` or `responding`.
    pub rol: String,
    /// What it is.
    pub soort: String,
    /// URL.
    pub url: String,
    /// SHA-256 of the leaf certificates that were seen, hex.
    pub certificaten: Vec<String>,
}

/// What is declared of one capability.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Capability {
    /// Its name.
    pub naam: String,
    /// `yes`, `no` or `undeclared`.
    pub verklaard: String,
}

/// When, where and by whom (ISO/IEC 17025 clause 7.8.2.1).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Uitvoering {
    /// Id of the run.
    pub run: String,
    /// When the run began.
    pub start: String,
    /// When it ended.
    pub einde: String,
    /// Whether it ended by itself.
    pub volledig: bool,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub locatie: Option<String>,
    /// Who carried it out.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub uitvoerder: Option<String>,
    /// Who was there on behalf of others.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub toezichthouder: Option<String>,
}

/// What a validator decides on the result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Besluit {
    /// The decision.
    pub oordeel: Oordeel,
    /// The validator.
    pub validator: String,
    /// A remark.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub toelichting: Option<String>,
}

/// A decision of a validator.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    JsonSchema,
    strum::Display,
    strum::EnumString,
    strum::VariantNames,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Oordeel {
    /// The candidate meets what was asked. Only where the rule concludes so.
    Voldoet,
    /// It does not.
    VoldoetNiet,
}

/// The tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Harness {
    /// Version.
    pub versie: String,
    /// SHA-256 of the binary that judged, hex.
    pub binary_sha256: String,
    /// SHA-256 of the deviation matrix that its own tests hold true, hex.
    pub kill_matrix_sha256: String,
}

/// What was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Redactie {
    /// Digest of the rules of redaction.
    pub policy_sha256: String,
    /// Values that must not be found.
    pub canaries: Canaries,
}

/// Values that went through the run and must not be found in what is kept of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Canaries {
    /// How many there were.
    pub planted: u64,
    /// How many places hold one. Anything but none refuses the seal.
    pub found: u64,
}

/// A member of the container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Its name.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its digest.
    pub digest: Digest,
}

/// A declared deviation and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Afwijking {
    /// The requirement.
    pub requirement: String,
    /// Plateaus that it was declared for; empty for all.
    pub plateaus: Vec<u8>,
    /// Why.
    pub reden: Text,
    /// Who decided it.
    pub besluit_van: String,
    /// The last day on which it counts.
    pub geldig_tot: String,
    /// `applied`, `expired`, `superfluous`, `undecided` or `out-of-scope`.
    pub stand: String,
}

impl Statement {
    /// The bytes that are sealed: indented JSON with a line end.
    ///
    /// # Errors
    /// When it cannot be written, which a statement always can.
    pub fn bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut bytes = serde_json::to_vec_pretty(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Its JSON Schema, as it is committed: indented, with a line end.
    pub fn schema_text() -> String {
        let settings = schemars::generate::SchemaSettings::draft2020_12();
        let mut schema = settings.into_generator().into_root_schema_for::<Self>().to_value();
        schema["title"] = serde_json::json!("twiin-harness: bewijs-statement");
        format!("{schema:#}\n")
    }
}

impl Predicate {
    /// Whether the decision rule found the candidate conformant, with or without waivers.
    pub fn is_conformant(&self) -> bool {
        [Conclusion::Conformant, Conclusion::ConformantWithWaivers].iter().any(|c| c.to_string() == self.conclusie)
    }
}
