//! Making a bewijs of a run, and refusing to: a seal is set on nothing that its own verifier would not let pass.

use std::collections::BTreeMap;
use std::path::Path;

use super::project::{self, Issued};
use super::statement::{Besluit, Oordeel, Soort, Statement};
use super::{Bundle, EVENTS, MEDIA_TYPE, MIMETYPE, Policy, RESULT, canaries, policy};
use crate::base::day::Day;
use crate::evidence::folder::{self, FolderError, Tool};
use crate::evidence::model::{Evidence, Kind};
use crate::evidence::papers;
use crate::evidence::sign::{self, SignError};
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
/// # Errors
/// [`Refusal`] when the run, the dossier or a document is not what it should be.
pub fn assemble(
    dir: &Path,
    request: &IssueRequest,
    render: impl FnOnce(&Evidence) -> BTreeMap<String, Vec<u8>>,
) -> Result<Prepared, Refusal> {
    let judged = folder::load(dir)?;
    let kind = match request.soort {
        Soort::Zelftest => Kind::SelfTest,
        Soort::Validatiebewijs => Kind::ValidationEvidence,
    };
    if request.product_version.as_ref().is_some_and(|asked| *asked != judged.candidate.product.version) {
        let asked = request.product_version.clone().unwrap_or_default();
        return Err(Refusal::OtherVersion { asked, found: judged.candidate.product.version.clone() });
    }
    let tool = Tool { kind, binary_sha256: request.binary_sha256.clone() };
    let evidence = judged.evidence(dir, &tool)?;
    let mut members = members(dir, &evidence)?;
    add_dossier(request, &mut members)?;
    members.extend(render(&evidence).into_iter().map(|(name, bytes)| (format!("render/{name}"), bytes)));
    let issued = issued(request, &evidence);
    let counted = canaries::count(&judged.candidate, &members);
    let statement = project::statement(&evidence, &members, &issued, counted);
    let leaking = canaries::found(&judged.candidate, &members).into_iter().map(str::to_owned).collect();
    let complete = judged.judgement.complete && !judged.torn;
    Ok(Prepared { bundle: Bundle { members }, statement, leaking, complete })
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
    members.insert(RESULT.to_owned(), sign::payload(evidence)?);
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
