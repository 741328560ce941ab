//! The public shape of a coverage document, version 2. Its JSON Schema is `reports/schema/coverage-2.json`. Version 2 counts
//! what documents show, and what the tool's own tests show, apart.

use serde::{Deserialize, Serialize};

use crate::base::text::Text;
use crate::check::Verdict;
use crate::evidence::model::{EnforcementResult, PlateauVerdict, SourceResult};

/// Value of [`Coverage::schema`].
pub const SCHEMA: &str = "twiin-harness-coverage/2";

/// The coverage of a suite, perhaps with the verdicts of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Coverage {
    /// Shape and version of this document.
    pub schema: String,
    /// Version of the tool.
    pub harness: String,
    /// The run whose verdicts stand beside the requirements, if any.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub run: Option<RunSummary>,
    /// All requirements together.
    pub totals: Tally,
    /// The same per zorgtoepassing, function and so on.
    pub breakdowns: Vec<Breakdown>,
    /// The source documents.
    pub documents: Vec<DocumentCoverage>,
    /// The requirements, in order of id.
    pub requirements: Vec<RequirementCoverage>,
    /// The scenarios, in order of id.
    pub scenarios: Vec<ScenarioCoverage>,
    /// The deliberate wrongs, in order of name.
    pub deviations: Vec<DeviationCoverage>,
    /// Known errors in the sources.
    pub errata: Vec<ErratumCoverage>,
    /// What the sources leave open.
    pub gaps: Vec<GapCoverage>,
}

/// How far a requirement is covered. Each requirement is in exactly one state.
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
    strum::Display,
    strum::EnumIter,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum State {
    /// A scenario shows it, and a deliberate wrong turns it red.
    Proved,
    /// A scenario shows it, and no deliberate wrong turns it red.
    NotProved,
    /// A scenario shows it, but a deviation is only recorded: it counts on no plateau.
    Recorded,
    /// A document of a dossier shows it, and no scenario.
    Attestable,
    /// It is a rule about the tool or the package of evidence, and the tool's own tests show it.
    OwnTests,
    /// Nothing shows it yet; later work will.
    Planned,
    /// Nothing shows it, and the reason says why.
    LeftOut,
}

impl State {
    /// Whether a scenario shows it.
    pub fn is_tested(self) -> bool {
        matches!(self, Self::Proved | Self::NotProved | Self::Recorded)
    }
}

/// Numbers of requirements by state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Tally {
    /// All of them.
    pub all: u64,
    /// Tested, and a deliberate wrong turns them red.
    pub proved: u64,
    /// Tested, and no deliberate wrong turns them red.
    pub not_proved: u64,
    /// Tested, recorded only.
    pub recorded: u64,
    /// Shown by documents.
    pub attestable: u64,
    /// Shown by the tool's own tests.
    pub own_tests: u64,
    /// Not tested: later work.
    pub planned: u64,
    /// Not tested, for the reason that they give.
    pub left_out: u64,
}

/// Numbers along one dimension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Breakdown {
    /// The dimension.
    pub by: Dimension,
    /// Whether one requirement can count in several rows.
    pub overlapping: bool,
    /// Its rows.
    pub rows: Vec<BreakdownRow>,
}

/// What requirements are counted by.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::Display, strum::EnumIter, strum::IntoStaticStr,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Dimension {
    /// Zorgtoepassing, or `generic`.
    Zorgtoepassing,
    /// Function of the trust model or groeimodel.
    Function,
    /// Plateau of the groeimodel.
    Plateau,
    /// Where a verdict can come from.
    Verification,
    /// Who says so.
    Authority,
    /// How strong the clause is.
    Level,
    /// Whom it binds.
    Role,
    /// The source document.
    Document,
}

/// One row of a breakdown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BreakdownRow {
    /// The value.
    pub value: String,
    /// Its name, where the value alone is no word.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub title: Option<Text>,
    /// The numbers.
    pub tally: Tally,
}

/// A source document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DocumentCoverage {
    /// Short name.
    pub file: String,
    /// Title.
    pub title: String,
    /// Licence of the texts.
    pub licence: String,
}

/// One requirement and what covers it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RequirementCoverage {
    /// Id.
    pub id: String,
    /// Id that Twiin itself uses, where it has one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub official_id: Option<String>,
    /// Title.
    pub title: Text,
    /// What it demands, paraphrased.
    pub statement: Text,
    /// How the harness looks at it.
    pub how: Text,
    /// `must`, `should` or `may`.
    pub level: String,
    /// Who says so.
    pub authority: String,
    /// How far the source got.
    pub maturity: String,
    /// Releases whose text was read.
    pub releases: Vec<String>,
    /// Releases that inherit an older text.
    pub inherited_by: Vec<String>,
    /// Whom it binds.
    pub roles: Vec<String>,
    /// Roles of a candidate among those: `sending`, `receiving`.
    pub candidate_roles: Vec<String>,
    /// Function.
    pub function: String,
    /// Zorgtoepassing, or `generic`.
    pub zorgtoepassing: String,
    /// Transactions.
    pub transactions: Vec<String>,
    /// Plateaus that it binds on, and what a deviation amounts to there.
    pub plateaus: Vec<PlateauWeight>,
    /// Where the plateaus come from: `reading`, `groeimodel` or `source`.
    pub plateau_basis: String,
    /// Where a verdict can come from: `automated`, `observed` or `attested`.
    pub verification: String,
    /// Short name of the document.
    pub document: String,
    /// Where it is written.
    pub source: SourceResult,
    /// Known error in the source.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub erratum: Option<String>,
    /// Requirements that it tightens.
    pub tightens: Vec<String>,
    /// Requirements that tighten it.
    pub tightened_by: Vec<String>,
    /// What becomes stricter on a higher plateau.
    pub stricter: Vec<Stricter>,
    /// Condition under which it applies.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub applies_when: Option<Text>,
    /// From which moment it binds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub binding_from: Option<String>,
    /// Prescription and way of testing, in the words of Twiin.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub official: Option<OfficialWords>,
    /// A remark on the source.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<Text>,
    /// Why a deviation counts for less than its level says, if so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub enforcement: Option<EnforcementResult>,
    /// How far it is covered.
    pub state: State,
    /// Why no scenario shows it, if so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub not_tested: Option<String>,
    /// Tests of the tool that show it, for rules about the tool or the package of evidence.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub shown_by_test: Vec<String>,
    /// Scenarios that show it, with their checks.
    pub shown_by: Vec<ShownBy>,
    /// Deliberate wrongs that turn it red.
    pub deviations: Vec<Killer>,
    /// The verdict of the run; absent without a run, and where the requirement was out of its scope.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub verdict: Option<Verdict>,
    /// The verdict of the run per plateau.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub verdicts: Vec<PlateauVerdict>,
}

/// What a deviation amounts to on a plateau.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PlateauWeight {
    /// 1 to 4.
    pub plateau: u8,
    /// `fails`, `warns` or `information`.
    pub deviation: String,
    /// Why no more than that: `level`, `authority`, `plateau-basis`, `enforcement`, `maturity`; empty when it fails.
    pub because: Vec<String>,
}

/// What becomes stricter on a plateau.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Stricter {
    /// 1 to 4.
    pub plateau: u8,
    /// What.
    pub text: Text,
}

/// Words that Twiin itself uses for a requirement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct OfficialWords {
    /// How strong.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub prescription: Option<String>,
    /// How it is tested.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub toetsing: Option<String>,
}

/// A scenario that shows a requirement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ShownBy {
    /// The scenario.
    pub scenario: String,
    /// The checks that are about the requirement.
    pub checks: Vec<CheckUse>,
}

/// A check on a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CheckUse {
    /// The step.
    pub step: String,
    /// The check word.
    pub check: String,
    /// What is expected.
    pub expected: Text,
}

/// A deliberate wrong that turns a requirement red.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Killer {
    /// The deliberate wrong.
    pub deviation: String,
    /// `fails` or `warns`.
    pub effect: String,
}

/// A scenario.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ScenarioCoverage {
    /// Id.
    pub id: String,
    /// What a conformant candidate does.
    pub title: Text,
    /// Ids in the case lists of the specification.
    pub cases: Vec<String>,
    /// Roles of the candidate.
    pub roles: Vec<String>,
    /// Plateaus that it counts for.
    pub plateaus: Vec<u8>,
    /// Requirements that it shows.
    pub verifies: Vec<String>,
    /// How many of its expectations are recorded only, because nothing is specified.
    pub not_specified: u64,
}

/// A deliberate wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DeviationCoverage {
    /// Its word.
    pub deviation: String,
    /// What a GtK does wrong.
    pub title: Text,
    /// The clause that it breaks.
    pub clause: String,
    /// Requirements that fail.
    pub fails: Vec<String>,
    /// Requirements that warn.
    pub warns: Vec<String>,
    /// Why it is in no requirement's way, if so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub harmless: Option<Text>,
}

/// A known error in the sources.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ErratumCoverage {
    /// Id.
    pub id: String,
    /// Where.
    pub place: String,
    /// What is wrong.
    pub finding: Text,
    /// How we read it.
    pub ruling: Text,
    /// Requirements that it touches.
    pub requirements: Vec<String>,
}

/// Something that the sources leave open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct GapCoverage {
    /// Id.
    pub id: String,
    /// Short name of the document.
    pub document: String,
    /// What is missing.
    pub about: Text,
    /// What follows from that.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub consequence: Option<Text>,
}

/// The run whose verdicts stand beside the requirements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RunSummary {
    /// Id of the run.
    pub run: String,
    /// `self-test` or `validation-evidence`.
    pub kind: String,
    /// When it began.
    pub started: String,
    /// Whether it ended by itself.
    pub complete: bool,
    /// Product name.
    pub product: String,
    /// Product version.
    pub version: String,
    /// Supplier.
    pub supplier: String,
    /// The deliberate wrong that the embedded GtK was told to do, if any.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub deviation: Option<String>,
    /// Release of the Twiin Afsprakenstelsel.
    pub release: String,
    /// Zorgtoepassingen in scope.
    pub zorgtoepassingen: Vec<String>,
    /// Roles in scope.
    pub roles: Vec<String>,
    /// Plateaus in scope.
    pub plateaus: Vec<u8>,
    /// The conclusion of the decision rule.
    pub conclusion: String,
}
