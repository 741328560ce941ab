//! The public shape of evidence, version 3. It is what is signed: a change here is a new version.
//!
//! Only integers and strings (I-JSON); durations in milliseconds; times RFC 3339 UTC. Its JSON Schema is
//! `reports/schema/evidence-3.json`. Version 2 knows attempts, the verdict `flaky` and places in the suite; version 3
//! knows subjects, documents, waivers, the standing of a release and the grid of functions and plateaus, and counts what
//! documents show apart. All that they add may be absent, so that older documents are read as they always were.

mod grid;
mod papers;

use serde::{Deserialize, Serialize};

use crate::base::text::Text;
use crate::check::Verdict;

pub use grid::{Grid, GridCell, GridRow, ModeCount};
pub use papers::{
    AttestationResult, DocumentResult, DossierResult, Papers, ReleaseStanding, WaivedResult, WaiverResult,
};

/// Value of [`Evidence::schema`].
pub const SCHEMA: &str = "twiin-harness-evidence/3";
/// The version before, which is still read and verified.
pub const SCHEMA_2: &str = "twiin-harness-evidence/2";
/// The first version, which is still read and verified.
pub const SCHEMA_1: &str = "twiin-harness-evidence/1";

/// The evidence of one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Evidence {
    /// Shape and version of this document.
    pub schema: String,
    /// What this is: never a Bewijs van Validatie, which only Twiin issues.
    pub kind: Kind,
    /// Id of the run.
    pub run: String,
    /// When the run began.
    pub started: String,
    /// When it ended.
    pub ended: String,
    /// Whether the run ended by itself.
    pub complete: bool,
    /// The candidate.
    pub candidate: Candidate,
    /// What was asked for.
    pub scope: Scope,
    /// The tool.
    pub harness: Harness,
    /// The rule by which verdicts were combined.
    pub decision_rule: DecisionRule,
    /// The conclusion of that rule.
    pub conclusion: Conclusion,
    /// Numbers of requirements by verdict; from version 3 on without those that documents show.
    pub counts: Counts,
    /// Numbers of requirements that documents show: no verdict of these was seen by the harness. From version 3 on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub attested: Option<Counts>,
    /// Documents and declared deviations. From version 3 on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub papers: Option<Papers>,
    /// Functions against plateaus. From version 3 on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub grid: Option<Grid>,
    /// The requirements in scope, in order of id.
    pub requirements: Vec<RequirementResult>,
    /// The scenarios that were driven, in order of id.
    pub cases: Vec<CaseResult>,
    /// What was not driven, and why.
    pub exclusions: Vec<Exclusion>,
    /// Observations that are no requirement of anyone: "not specified".
    pub observations: Vec<FindingResult>,
    /// Excerpts of the exchanges that deviations and observations point to, redacted.
    pub excerpts: Vec<Excerpt>,
    /// Digests of everything that the verdicts rest on.
    pub inputs: Vec<InputDigest>,
}

/// What a document of evidence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Signed by a key made for the run: it proves nothing to anyone but its maker.
    SelfTest,
    /// Signed by a key that was given: material for a validation file.
    ValidationEvidence,
}

/// The candidate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Candidate {
    /// What the package is about: `gtk`, `deelnemer`, `gtk-beheerder` or `dienstverlener`. From version 3 on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub subject: Option<String>,
    /// Product name.
    pub product: String,
    /// Product version.
    pub version: String,
    /// Supplier.
    pub supplier: String,
    /// URA of the organisation that it spoke for.
    pub ura: String,
    /// `test` or `acceptance`.
    pub environment: String,
    /// Endpoints, by role.
    pub endpoints: Vec<EndpointResult>,
    /// Capability statement: name and `yes`, `no` or `undeclared`.
    pub capabilities: Vec<(String, String)>,
    /// Whether this is the reference GtK within the tool.
    pub embedded: bool,
    /// The deliberate wrong that the embedded GtK was told to do, if any.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub deviation: Option<String>,
}

/// An endpoint of the candidate and the certificate that was seen there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct EndpointResult {
    /// `sending`, `receiving`, `requesting` or `responding`.
    pub role: String,
    /// What it is: `fhir` or `token`.
    pub kind: String,
    /// URL.
    pub url: String,
    /// SHA-256 of the leaf certificates that were seen, hex.
    pub certificates: Vec<String>,
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Scope {
    /// Zorgtoepassingen.
    pub zorgtoepassingen: Vec<String>,
    /// Roles of the candidate.
    pub roles: Vec<String>,
    /// Plateaus of the groeimodel.
    pub plateaus: Vec<u8>,
    /// Release of the Twiin Afsprakenstelsel.
    pub release: String,
    /// What the release says of itself: how much of its text could be read.
    pub release_note: Text,
    /// How the release stands among the others on the day of the run. From version 3 on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub standing: Option<ReleaseStanding>,
    /// How the zorgtoepassingen stand in the Afsprakenstelsel, where a result could be taken for more than it is.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub zorgtoepassing_standing: Vec<Text>,
    /// One line for every page, of each zorgtoepassing that is a preview.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub zorgtoepassing_preview: Vec<Text>,
    /// Restriction to scenarios or requirements, if one was given.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub only: Option<String>,
}

/// The tool that ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Harness {
    /// Version.
    pub version: String,
    /// SHA-256 of the running binary.
    pub binary_sha256: String,
    /// SHA-256 of the deviation matrix that its own tests hold true.
    pub kill_matrix_sha256: String,
    /// Folder that the suite was read from, relative to where the run was started: empty for that very folder, otherwise
    /// with `/` at its end. Absent for the suite within the tool.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub suite: Option<String>,
}

/// The decision rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DecisionRule {
    /// Id and version.
    pub id: String,
    /// In words.
    pub text: Text,
}

/// What the decision rule concludes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Conclusion {
    /// Nothing failed, nothing is open, something passed.
    Conformant,
    /// The same, but for failures that a declared deviation covers. From version 3 on.
    ConformantWithWaivers,
    /// Something failed.
    NotConformant,
    /// Nothing failed, and something is inconclusive or went wrong on our side, or nothing was tested.
    Undetermined,
}

/// Numbers of requirements by verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Counts {
    /// Passed.
    pub pass: u64,
    /// Warned.
    pub warn: u64,
    /// Held in a later attempt only.
    #[serde(default)]
    pub flaky: u64,
    /// Failed.
    pub fail: u64,
    /// Inconclusive.
    pub inconclusive: u64,
    /// Errors of ours.
    pub error: u64,
    /// Not tested.
    pub not_tested: u64,
}

/// One requirement and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RequirementResult {
    /// Id.
    pub id: String,
    /// Id that Twiin itself uses, where it has one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub official_id: Option<String>,
    /// Title.
    pub title: Text,
    /// What it demands, paraphrased.
    pub statement: Text,
    /// `must`, `should` or `may`.
    pub level: String,
    /// Who says so.
    pub authority: String,
    /// How far the source got: `normative`, `derived` or `draft`.
    pub maturity: String,
    /// Function of the trust model or groeimodel.
    pub function: String,
    /// Zorgtoepassing, or `generic`.
    pub zorgtoepassing: String,
    /// Where it is written.
    pub source: SourceResult,
    /// Its row in the suite.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub place: Option<Place>,
    /// Whether the chosen release inherits it from an older text, because no newer text could be read.
    pub inherited: bool,
    /// Known error in the source.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub erratum: Option<String>,
    /// Why a deviation counts for less than its level says, if so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub enforcement: Option<EnforcementResult>,
    /// How the verdict was reached: `automated`, `observed` or `attested`.
    pub mode: String,
    /// The verdict over all plateaus in scope.
    pub verdict: Verdict,
    /// The verdict per plateau that it binds on.
    pub plateaus: Vec<PlateauVerdict>,
    /// Why it was not tested, if so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub not_tested: Option<String>,
    /// What a named person says of it by documents. From version 3 on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub attestation: Option<AttestationResult>,
    /// The declared deviation that covers its failure. From version 3 on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub waived: Option<WaivedResult>,
    /// What the verdict rests on.
    pub findings: Vec<FindingResult>,
}

impl RequirementResult {
    /// Whether a declared deviation covers every failure of it: one that covers some plateaus leaves a failure.
    pub fn is_waived(&self) -> bool {
        let covered = |plateau| self.waived.as_ref().is_some_and(|w| w.plateaus.contains(&plateau));
        let mut failed = self.plateaus.iter().filter(|p| p.verdict == Verdict::Fail).peekable();
        failed.peek().is_some() && failed.all(|p| covered(p.plateau))
    }
}

/// Where a requirement is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SourceResult {
    /// Title of the page or document.
    pub title: String,
    /// Path or URL.
    pub path: String,
    /// Version read.
    pub version: String,
}

/// A line in a file of the suite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Place {
    /// Path within the suite; in the folder of the run, below `pack/`.
    pub path: String,
    /// Line, from 1.
    pub line: u64,
}

/// A cap on how much a deviation counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct EnforcementResult {
    /// `advisory` (at most a warning) or `information` (recorded only).
    pub cap: String,
    /// Why.
    pub reason: Text,
}

/// A verdict on one plateau.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PlateauVerdict {
    /// 1 to 4.
    pub plateau: u8,
    /// The verdict.
    pub verdict: Verdict,
}

/// One check on one step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FindingResult {
    /// The case: scenario and role.
    pub case: String,
    /// Which attempt at the case, where it was done again.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub attempt: Option<u32>,
    /// The step.
    pub step: String,
    /// The check word.
    pub check: String,
    /// What the check says: `met`, `not-met`, `undecided` or `error`.
    pub result: String,
    /// What was expected.
    pub expected: Text,
    /// What was seen.
    pub actual: String,
    /// What this is about, for observations without a requirement.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<Text>,
    /// Who expects it, for observations that somebody expects without a requirement: a word as in `authority`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub basis: Option<String>,
    /// Likely cause and what to do, for deviations.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub advice: Option<Text>,
    /// Sequence numbers of the exchanges in the transcript.
    pub exchanges: Vec<u64>,
    /// The expectation in the suite, where it was not met.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub place: Option<Place>,
}

/// One scenario that was driven.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CaseResult {
    /// Scenario and role, for example `bgz/notified-pull/x@sending`.
    pub id: String,
    /// The scenario.
    pub scenario: String,
    /// Title.
    pub title: Text,
    /// Role of the candidate.
    pub role: String,
    /// Ids in the case lists of the specification, for example `BGZ-POS-01`.
    pub cases: Vec<String>,
    /// Plateaus that it counts for.
    pub plateaus: Vec<u8>,
    /// The strongest verdict of its findings; `flaky` when only a later attempt held.
    pub verdict: Verdict,
    /// Why its last attempt ended early, if so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stopped: Option<String>,
    /// How long it took, in milliseconds, all attempts together.
    pub duration_ms: u64,
    /// Number of exchanges, all attempts together.
    pub exchanges: u64,
    /// Its attempts in order, where there was more than one.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub attempts: Vec<AttemptResult>,
}

/// One attempt at a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct AttemptResult {
    /// Its number, from 1.
    pub attempt: u32,
    /// The strongest verdict of its findings.
    pub verdict: Verdict,
    /// When it began; absent for a torn transcript.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub started: Option<String>,
    /// Why it ended early, if so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stopped: Option<String>,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// Number of exchanges.
    pub exchanges: u64,
}

/// What was not driven.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Exclusion {
    /// The case.
    pub case: String,
    /// Why.
    pub reason: Text,
    /// Inputs that are missing, by the name that the candidate file gives them.
    pub missing: Vec<String>,
}

/// An exchange, for readers of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Excerpt {
    /// Sequence number in the transcript.
    pub seq: u64,
    /// When it began.
    pub at: String,
    /// `to-candidate` or `from-candidate`.
    pub direction: String,
    /// What it was about.
    pub endpoint: String,
    /// Identity of the harness.
    pub identity: String,
    /// Handshake in one line.
    pub tls: String,
    /// The request as text, cut.
    pub request: String,
    /// The response as text, or what came instead, cut.
    pub response: String,
}

/// A file and its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct InputDigest {
    /// Path within the run folder.
    pub path: String,
    /// What it is: `transcript`, `configuration`, `candidate`, `scenario`, `profile`, `requirement`, `fixture`; from version
    /// 3 on also `dossier`, `documents` (what was found of them) and `waivers`.
    pub kind: String,
    /// Size in bytes.
    pub size: u64,
    /// SHA-256, hex.
    pub sha256: String,
}
