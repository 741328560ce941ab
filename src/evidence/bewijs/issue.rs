//! Making a bewijs of a run, and refusing to: a seal is set on nothing that its own verifier would not let pass.

use std::collections::BTreeMap;
use std::path::Path;

use super::project::{self, Issued};
use super::statement::{Besluit, Oordeel, Soort, Statement};
use super::{Bundle, EVENTS, MEDIA_TYPE, MIMETYPE, Policy, RESULT, again, canaries, candidate, policy};
use crate::base::day::Day;
use crate::base::diagnostic::Diagnostic;
use crate::check::Verdict;
use crate::evidence::folder::{self, FolderError, RunConfig, Tool};
use crate::evidence::model::{Conclusion, Evidence};
use crate::evidence::papers;
use crate::evidence::sign::{self, SignError};
use crate::evidence::verify::{Status, verify};
use crate::suite::CandidateFile;
use crate::suite::dossier::DocumentChecks;
use crate::wire::jades::{Algorithm, Draft};

/// What a bewijs is asked to say besides the run.
#[derive(Debug, Clone)]
pub struct IssueRequest {
    /// What kind.
    pub soort: Soort,
    /// Who decides, in a validatiebewijs.
    pub validator: Option<String>,
    /// What is decided.
    pub oordeel: Option<Oordeel>,
    /// Why.
    pub toelichting: Option<String>,
    /// The last day on which it counts; a year after the run when left out.
    pub geldig_tot: Option<Day>,
    /// Ids that it takes the place of.
    pub vervangt: Vec<String>,
    /// Where the run was.
    pub locatie: Option<String>,
    /// Who carried it out.
    pub uitvoerder: Option<String>,
    /// Who was there on behalf of others.
    pub toezichthouder: Option<String>,
    /// Version of the product that it is meant for; another one is refused.
    pub product_version: Option<String>,
    /// The dossier, as it was given: it has to be the one that the run was judged by.
    pub dossier: Option<Vec<u8>>,
    /// Documents of the dossier by path; none when only their digests go along.
    pub documents: BTreeMap<String, Vec<u8>>,
    /// SHA-256 of the running binary.
    pub binary_sha256: String,
}

/// Why no bewijs is made.
#[derive(Debug, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Refusal {
    /// The run cannot be read.
    #[error(transparent)]
    Run(#[from] FolderError),
    /// The evidence cannot be written.
    #[error(transparent)]
    Evidence(#[from] SignError),
    /// The folder of the run is not what was signed when the run ended.
    #[error("the folder of the run is not what was signed when the run ended: {0}")]
    RunNotWhole(String),
    /// Judged without numbers and secrets, or by this build, the run comes to something else than was signed.
    #[error("judged again for the bewijs, the run comes to another outcome than was signed when it ended")]
    OtherOutcome,
    /// The reference GtK was the candidate.
    #[error("the candidate was the reference GtK within the tool; that is a zelftest and nothing else")]
    SelfTestCandidate,
    /// The run did not end by itself, or its transcript is torn.
    #[error("the run is not complete")]
    IncompleteRun,
    /// Only a part of the requirements was asked for.
    #[error("the run was restricted to `{0}`; a validatiebewijs is about the whole scope")]
    RestrictedRun(String),
    /// The pack is none that the policy names as official.
    #[error("the pack {0} is not one that the policy names as official")]
    UnofficialPack(String),
    /// A policy is needed to know what is official and required.
    #[error(
        "a validatiebewijs needs a policy (--policy): it says which packs are official and which requirements are required"
    )]
    NoPolicy,
    /// Required requirements without a verdict of their own.
    #[error("required and not shown: {}", .0.join(", "))]
    MissingRequirement(Vec<String>),
    /// Something that should have been redacted was not.
    #[error("a canary was found in {}", .0.join(", "))]
    CanaryFound(Vec<String>),
    /// Another version than it is meant for.
    #[error("the run is about version {found}, not {asked}")]
    OtherVersion {
        /// Version asked for.
        asked: String,
        /// Version of the run.
        found: String,
    },
    /// No validator or no decision.
    #[error("a validatiebewijs needs a validator and a decision")]
    NoDecision,
    /// The decision is not what the rule concludes.
    #[error("the decision is `{asked}`, and the rule concludes `{found}`")]
    DecisionAgainstResult {
        /// The decision.
        asked: Oordeel,
        /// The conclusion.
        found: String,
    },
    /// Another dossier than the run was judged by.
    #[error("the dossier is not the one that the run was judged by")]
    OtherDossier,
    /// A document that is not what it was.
    #[error("document {0} is not what it was when the run began")]
    DocumentChanged(String),
}

/// A bewijs that waits for its seal.
#[derive(Debug)]
pub struct Prepared {
    /// All members but the seal.
    pub bundle: Bundle,
    /// The statement.
    pub statement: Statement,
    /// Members that hold what should have been redacted.
    leaking: Vec<String>,
    /// Whether the transcript is whole.
    complete: bool,
}

/// Puts the members and the statement of a run together. Twice for the same run and request gives the same bytes.
/// `render` makes what goes below `render/`, by name. Whether it may be sealed is another question: [`Prepared::refuse`].
///
/// The folder is believed in nothing: its own signature has to hold, its files have to be those that were signed, and its
/// verdicts have to follow from them. Then the bewijs is judged from its own members, of which the candidate file is another
/// than in the folder: without numbers and secrets.
///
/// # Errors
/// [`Refusal`] when the run, the dossier or a document is not what it should be.
pub fn assemble(
    dir: &Path,
    request: &IssueRequest,
    render: impl FnOnce(&Evidence) -> BTreeMap<String, Vec<u8>>,
) -> Result<Prepared, Refusal> {
    let signed = signed(dir)?;
    let about = &signed.candidate;
    if request.product_version.as_ref().is_some_and(|asked| *asked != about.version) {
        let asked = request.product_version.clone().unwrap_or_default();
        return Err(Refusal::OtherVersion { asked, found: about.version.clone() });
    }
    let mut members = members(dir, &signed)?;
    add_dossier(request, &mut members)?;
    let config: RunConfig = serde_json::from_slice(&folder::read(dir, folder::RUN)?).map_err(|e| unreadable(dir, e))?;
    let declared = hide(dir, &config, &mut members)?;
    let tool = Tool { kind: request.soort.kind(), binary_sha256: request.binary_sha256.clone() };
    let inventory = project::inventory(&members);
    let again::Run { judged, evidence } =
        again::judged(&members, None, &inventory, &tool, again::suite(&members, &inventory, None)?)?;
    if outcome(&evidence) != outcome(&signed) {
        return Err(Refusal::OtherOutcome);
    }
    members.insert(RESULT.to_owned(), sign::payload(&evidence)?);
    members.extend(render(&evidence).into_iter().map(|(name, bytes)| (format!("render/{name}"), bytes)));
    let issued = issued(request, &evidence);
    // The verifier no longer knows the numbers of the candidate file, so the one who seals looks for them, and everywhere
    // that is not of somebody else.
    let leaking = canaries::look(&declared, &members, None, &["inputs/", "waivers/"]).places();
    let look = canaries::look(&judged.candidate, &members, None, &[]);
    let statement = project::statement(&evidence, project::inventory(&members), &issued, look.redactie());
    let complete = judged.judgement.complete && !judged.torn;
    Ok(Prepared { bundle: Bundle { members }, statement, leaking, complete })
}

/// The evidence that was signed when the run ended, if the folder is still what it was.
fn signed(dir: &Path) -> Result<Evidence, Refusal> {
    let verified = verify(dir, &[]).map_err(|error| Refusal::RunNotWhole(error.to_string()))?;
    let wrong: Vec<String> = verified
        .lines
        .iter()
        .filter(|line| !line.good && line.what != "signer")
        .map(|line| format!("{}: {}", line.what, line.text))
        .collect();
    match verified.evidence {
        Some(evidence) if verified.status != Status::Invalid => Ok(evidence),
        _ => Err(Refusal::RunNotWhole(wrong.join("; "))),
    }
}

fn unreadable(dir: &Path, error: impl std::fmt::Display) -> FolderError {
    FolderError::Content { path: dir.join(folder::RUN), reason: error.to_string() }
}

/// Puts the candidate file without numbers and secrets in the place of the one in the folder, which it gives.
fn hide(dir: &Path, config: &RunConfig, members: &mut BTreeMap<String, Vec<u8>>) -> Result<CandidateFile, Refusal> {
    let read = |text: &str| {
        let content =
            |d: Box<Diagnostic>| FolderError::Content { path: dir.join(folder::CANDIDATE), reason: d.to_string() };
        folder::candidate(folder::CANDIDATE, text, config.other_data).map_err(content)
    };
    let bytes = members.get(folder::CANDIDATE).cloned().unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let declared = read(&text)?;
    let hidden = candidate::redacted(&text, &declared);
    read(&hidden)?;
    members.insert(folder::CANDIDATE.to_owned(), hidden.into_bytes());
    Ok(declared)
}

/// What must be the same in the evidence that was signed and in that of the bewijs.
fn outcome(evidence: &Evidence) -> (Conclusion, bool, Vec<(&str, Verdict)>) {
    let verdicts = evidence.requirements.iter().map(|r| (r.id.as_str(), r.verdict)).collect();
    (evidence.conclusion, evidence.complete, verdicts)
}

impl Refusal {
    /// The code, for a program.
    pub fn code(&self) -> &'static str {
        self.into()
    }
}

impl Prepared {
    /// Refuses what must not be sealed: what leaks, and a validatiebewijs that its policy would not let pass.
    ///
    /// # Errors
    /// [`Refusal`], for the first reason.
    pub fn refuse(&self, policy: Option<&Policy>) -> Result<(), Refusal> {
        if !self.leaking.is_empty() {
            return Err(Refusal::CanaryFound(self.leaking.clone()));
        }
        match self.statement.predicate.soort {
            Soort::Zelftest => Ok(()),
            Soort::Validatiebewijs => self.fit_to_validate(policy),
        }
    }

    /// What a validatiebewijs demands besides.
    fn fit_to_validate(&self, policy: Option<&Policy>) -> Result<(), Refusal> {
        let predicate = &self.statement.predicate;
        if predicate.kandidaat.ingebouwd {
            return Err(Refusal::SelfTestCandidate);
        }
        if !self.complete {
            return Err(Refusal::IncompleteRun);
        }
        let policy = policy.ok_or(Refusal::NoPolicy)?;
        if let Some(only) = predicate.scope.beperking.as_ref().filter(|_| !policy.allow_restricted_scope) {
            return Err(Refusal::RestrictedRun(only.clone()));
        }
        let besluit = predicate.besluit.as_ref().ok_or(Refusal::NoDecision)?;
        if (besluit.oordeel == Oordeel::Voldoet) != predicate.is_conformant() {
            let found = predicate.conclusie.clone();
            return Err(Refusal::DecisionAgainstResult { asked: besluit.oordeel, found });
        }
        let pack = predicate.configuration.first().map(|c| c.digest.sha256.clone()).unwrap_or_default();
        if !policy.packs.is_official(&pack) {
            return Err(Refusal::UnofficialPack(pack));
        }
        match policy::missing(policy, predicate).as_slice() {
            [] => Ok(()),
            missing => Err(Refusal::MissingRequirement(missing.to_vec())),
        }
    }

    /// What is to be signed, by an algorithm and a chain, claimed at `iat` (seconds since 1970).
    ///
    /// # Errors
    /// When the statement cannot be written.
    pub fn draft(&self, algorithm: Algorithm, chain: &[Vec<u8>], iat: i64) -> Result<Draft, Refusal> {
        let payload = self.statement.bytes().map_err(SignError::from)?;
        Ok(Draft::new(algorithm, &self.statement.predicate.soort.content_type(), iat, chain, &payload))
    }
}

/// The name of a file of a run folder within the container.
pub(super) fn within_bundle(name: &str) -> String {
    match name {
        folder::TRANSCRIPT => EVENTS.to_owned(),
        folder::RUN => format!("inputs/{}", folder::RUN),
        papers::DOSSIER => "dossier/dossier.yaml".to_owned(),
        papers::DOCUMENTS => "dossier/documents.json".to_owned(),
        papers::WAIVERS => "waivers/waivers.yaml".to_owned(),
        other => other.to_owned(),
    }
}

fn members(dir: &Path, evidence: &Evidence) -> Result<BTreeMap<String, Vec<u8>>, Refusal> {
    let mut members = BTreeMap::from([(MIMETYPE.to_owned(), MEDIA_TYPE.as_bytes().to_vec())]);
    for input in &evidence.inputs {
        members.insert(within_bundle(&input.path), folder::read(dir, &input.path)?);
    }
    Ok(members)
}

fn add_dossier(request: &IssueRequest, members: &mut BTreeMap<String, Vec<u8>>) -> Result<(), Refusal> {
    let stored = members.get("dossier/dossier.yaml");
    if request.dossier.as_ref().is_some_and(|given| stored != Some(given)) {
        return Err(Refusal::OtherDossier);
    }
    let checks = members.get("dossier/documents.json").cloned().unwrap_or_default();
    let checks: DocumentChecks = serde_json::from_slice(&checks).unwrap_or_default();
    for (path, bytes) in &request.documents {
        let known = checks.documents.iter().find(|d| d.path == *path).and_then(|d| d.sha256.clone());
        let digest = crate::base::digest::sha256(bytes).0;
        if known.as_ref() != Some(&digest) {
            return Err(Refusal::DocumentChanged(path.clone()));
        }
        members.insert(format!("{}{digest}", super::DOCUMENTS), bytes.clone());
    }
    Ok(())
}

fn issued(request: &IssueRequest, evidence: &Evidence) -> Issued {
    let day = evidence.ended.get(..10).and_then(Day::parse);
    let until = request.geldig_tot.or_else(|| day.map(Day::a_year_later));
    let besluit = (request.soort == Soort::Validatiebewijs)
        .then(|| {
            Some(Besluit {
                oordeel: request.oordeel?,
                validator: request.validator.clone()?,
                toelichting: request.toelichting.clone(),
            })
        })
        .flatten();
    Issued {
        soort: request.soort,
        vervangt: request.vervangt.clone(),
        geldig_tot: until.map(|d| d.to_string()).unwrap_or_default(),
        locatie: request.locatie.clone(),
        uitvoerder: request.uitvoerder.clone(),
        toezichthouder: request.toezichthouder.clone(),
        besluit,
    }
}
