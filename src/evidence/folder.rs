//! The folder of a run: everything that its verdicts rest on, so that it can be judged again anywhere.
//!
//! ```text
//! run.json              what was asked for
//! pack/…                exact bytes of every suite file
//! inputs/candidate.yaml the candidate file
//! inputs/dossier.yaml   the dossier, if there is one
//! inputs/documents.json what was found of its documents when the run began
//! inputs/waivers.yaml   the declared deviations, if there are any
//! inputs/log.json       the audit log that the candidate handed in, redacted, if it did
//! inputs/authorization-matrix.yaml   the matrix, when one was given
//! transcript.ndjson     what happened
//! evidence.json         the evidence, exactly the bytes that were signed
//! evidence.jws.json     the same, signed
//! ```

mod source;

use std::collections::BTreeMap;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::assemble::{About, assemble};
use super::model::{Evidence, Excerpt, InputDigest, Kind};
use super::papers::{self, PaperFiles};
use super::recount::{Recount, Rules, recount};
use super::timeline::Timeline;
use crate::base::diagnostic::{Diagnostic, SourceFile};
use crate::base::digest::sha256;
use crate::base::files::FilesError;
use crate::judge::{Judgement, Papers};
use crate::plan::{Plan, PlanError, Selection};
use crate::suite::{CandidateFile, Suite, parse_yaml};
use crate::transcript::Event;
use crate::transcript::ledger::Ledger;
use crate::transcript::redact::Redactor;
use crate::transcript::store::{self, StoreError};
use crate::wire::audit::log::{self, Log};
use crate::wire::audit::table::Mapping;
use crate::wire::authorization::AuthorizationMatrix;

pub use source::{Files, Source};

/// Name of the run configuration.
pub const RUN: &str = "run.json";
/// Name of the candidate file.
pub const CANDIDATE: &str = "inputs/candidate.yaml";
/// Name of the audit log that was handed in.
pub const LOG: &str = "inputs/log.json";
/// Name of the authorization matrix, when one was given for the run.
pub const MATRIX: &str = "inputs/authorization-matrix.yaml";
/// Name of the transcript.
pub const TRANSCRIPT: &str = "transcript.ndjson";
/// Name of the evidence.
pub const EVIDENCE: &str = "evidence.json";
/// Name of the signed evidence.
pub const SIGNED: &str = "evidence.jws.json";
/// Folder of the suite files.
pub const PACK: &str = "pack";

/// What was asked for: enough to plan and judge again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RunConfig {
    /// Id of the run.
    pub run: String,
    /// The selection.
    pub selection: Selection,
    /// Whether the candidate was the embedded reference GtK.
    pub embedded: bool,
    /// Its deliberate wrong.
    #[serde(default)]
    pub deviation: Option<String>,
    /// Whether records of the user's own were loaded; then the declared counts do not hold.
    #[serde(default)]
    pub other_data: bool,
    /// How often a case was done at most.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub attempts: u32,
    /// The attempt after which the embedded reference GtK left its deliberate wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heals_after: Option<u32>,
    /// Folder that the suite was read from, relative to where the run was started; absent for the built-in suite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suite: Option<String>,
    /// Whether there was a dossier.
    #[serde(default, skip_serializing_if = "is_false")]
    pub dossier: bool,
    /// Whether there were declared deviations.
    #[serde(default, skip_serializing_if = "is_false")]
    pub waivers: bool,
}

fn is_false(flag: &bool) -> bool {
    !*flag
}

fn once() -> u32 {
    1
}

fn is_once(attempts: &u32) -> bool {
    *attempts == once()
}

/// A run folder cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// A file could not be written.
    #[error("write {path}: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file could not be read.
    #[error("read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is not what it should be.
    #[error("read {path}: {reason}")]
    Content {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The transcript.
    #[error(transparent)]
    Transcript(#[from] StoreError),
    /// The suite files.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// The suite in the folder has faults.
    #[error("load the suite of the run: {}", .0.first().map(ToString::to_string).unwrap_or_default())]
    Suite(Vec<Diagnostic>),
    /// The plan cannot be made again.
    #[error(transparent)]
    Plan(#[from] PlanError),
}

/// Writes a file below the folder, making folders on the way.
///
/// # Errors
/// When the disk refuses.
pub fn write(dir: &Path, name: &str, bytes: &[u8]) -> Result<(), FolderError> {
    let path = dir.join(name);
    let fail = |source| FolderError::Write { path: path.clone(), source };
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(fail)?;
    }
    std::fs::write(&path, bytes).map_err(fail)
}

/// Reads a file below the folder.
///
/// # Errors
/// When it is not there or cannot be read.
pub fn read(dir: &Path, name: &str) -> Result<Vec<u8>, FolderError> {
    let path = dir.join(name);
    std::fs::read(&path).map_err(|source| FolderError::Read { path, source })
}

/// Writes what is known before the first exchange: configuration, suite and candidate file.
///
/// # Errors
/// When the disk refuses.
pub fn begin(dir: &Path, config: &RunConfig, suite: &Suite, candidate_text: &str) -> Result<(), FolderError> {
    let text = serde_json::to_vec_pretty(config)
        .map_err(|e| FolderError::Content { path: dir.join(RUN), reason: e.to_string() })?;
    write(dir, RUN, &text)?;
    write(dir, CANDIDATE, candidate_text.as_bytes())?;
    // Papers are added by whoever has them, before the first exchange too.
    suite.files.iter().try_for_each(|(path, bytes)| write(dir, &format!("{PACK}/{path}"), bytes))
}

/// Writes documents and declared deviations, as they were read.
///
/// # Errors
/// When the disk refuses.
pub fn add_papers(dir: &Path, files: &PaperFiles) -> Result<(), FolderError> {
    let all = [
        (papers::DOSSIER, files.dossier.as_deref()),
        (papers::DOCUMENTS, files.documents.as_deref()),
        (papers::WAIVERS, files.waivers.as_deref()),
    ];
    all.into_iter().try_for_each(|(name, text)| text.map_or(Ok(()), |text| write(dir, name, text.as_bytes())))
}

/// The exchanges of a run in the order of time, for readers.
///
/// # Errors
/// When the transcript cannot be read.
pub fn timeline(dir: &Path) -> Result<Timeline, FolderError> {
    Ok(super::timeline::timeline(&store::read(&dir.join(TRANSCRIPT))?.events))
}

/// A run folder, loaded and judged.
#[derive(Debug)]
pub struct Judged {
    /// What was asked for.
    pub config: RunConfig,
    /// The suite of the run.
    pub suite: Suite,
    /// The plan.
    pub plan: Plan,
    /// The candidate.
    pub candidate: CandidateFile,
    /// Documents and declared deviations.
    pub papers: Papers,
    /// The transcript without its messages.
    pub events: Vec<Event>,
    /// Excerpts of the exchanges that the evidence shows, by number.
    excerpts: BTreeMap<u64, Excerpt>,
    /// Whether a torn last line was dropped from the transcript.
    pub torn: bool,
    /// The judgement.
    pub judgement: Judgement,
}

/// Reads a candidate file.
///
/// # Errors
/// A diagnostic at the place of the fault.
pub fn candidate(path: &str, text: &str, other_data: bool) -> Result<CandidateFile, Box<Diagnostic>> {
    let source = Arc::new(SourceFile { path: path.to_owned(), text: text.to_owned() });
    let mut file: CandidateFile = parse_yaml(&source)?;
    if other_data {
        file.expected_counts.clear();
    }
    if let Some(lacking) = file.lacking().first() {
        let fault = Diagnostic::new(&source, 0, 0, format!("there are endpoints, and `{lacking}` is missing"));
        return Err(Box::new(fault.with_help("only a subject without `sending` and `receiving` can do without it")));
    }
    Ok(file)
}

/// Loads a run folder and judges its transcript.
///
/// # Errors
/// When a file is missing or is not what it should be.
pub fn load(dir: &Path) -> Result<Judged, FolderError> {
    load_from(Source::Folder(dir))
}

/// Loads a run from wherever its files are, and judges its transcript.
///
/// # Errors
/// As [`load`].
pub fn load_from(source: Source<'_>) -> Result<Judged, FolderError> {
    judged(source, suite_of(source)?)
}

/// The suite in the pack of a run.
///
/// # Errors
/// When there is none, or it has faults.
pub fn suite_of(source: Source<'_>) -> Result<Suite, FolderError> {
    let files = source.pack()?;
    if files.is_empty() {
        let reason = "there are no suite files".into();
        return Err(FolderError::Content { path: source.path(PACK), reason });
    }
    Suite::load_stored(files).map_err(FolderError::Suite)
}

/// Judges a run, wherever its files are, by a suite that is known to be the one in its pack.
///
/// # Errors
/// As [`load`].
pub fn load_from_by(source: Source<'_>, suite: Suite) -> Result<Judged, FolderError> {
    judged(source, suite)
}

/// Reads and judges a run by a suite that is known to be the one in its pack: the run that has just ended.
///
/// # Errors
/// As [`load`].
pub fn load_by(dir: &Path, suite: Suite) -> Result<Judged, FolderError> {
    judged(Source::Folder(dir), suite)
}

fn judged(source: Source<'_>, suite: Suite) -> Result<Judged, FolderError> {
    let content = |name: &str, reason: String| FolderError::Content { path: source.path(name), reason };
    let config: RunConfig = serde_json::from_slice(&source.read(RUN)?).map_err(|e| content(RUN, e.to_string()))?;
    let text = source.text(CANDIDATE)?;
    let candidate = candidate(CANDIDATE, &text, config.other_data).map_err(|d| content(CANDIDATE, d.to_string()))?;
    let plan = Plan::new(&suite, &candidate, config.selection.clone())?;
    let data = suite.check_data(&config.selection.zorgtoepassingen, &config.selection.release, &candidate);
    let data = data.with_log(stored_log(source)?).deciding(config.embedded, stored_matrix(source)?);
    let papers = stored_papers(source, &config, &suite)?;
    let (text, read);
    let ledger = match source.ledger() {
        Some(ledger) => ledger,
        None => {
            text = source.transcript()?;
            read = Ledger::read(&text, &source.path(TRANSCRIPT));
            &read
        }
    };
    let rules = Rules { suite: &suite, plan: &plan, data: &data, papers: &papers };
    let (Recount { judgement, events, excerpts }, torn) = (recount(&rules, ledger)?, ledger.is_torn());
    Ok(Judged { config, suite, plan, candidate, papers, events, excerpts, torn, judgement })
}

/// The papers of a run, as they lie in its folder.
fn stored_papers(source: Source<'_>, config: &RunConfig, suite: &Suite) -> Result<Papers, FolderError> {
    let text = |wanted: bool, name: &str| wanted.then(|| source.text(name)).transpose();
    let files = PaperFiles {
        dossier: text(config.dossier, papers::DOSSIER)?,
        documents: text(config.dossier, papers::DOCUMENTS)?,
        waivers: text(config.waivers, papers::WAIVERS)?,
    };
    let fault = |faults: Vec<Diagnostic>| {
        let first = faults.first();
        FolderError::Content {
            path: source.path(first.map_or(papers::DOSSIER, |d| d.source.path.as_str())),
            reason: first.map(|d| d.message.clone()).unwrap_or_default(),
        }
    };
    files.parse(suite).map_err(fault)
}

/// The audit log that lies in the folder, if one was handed in.
fn stored_log(source: Source<'_>) -> Result<Option<Log>, FolderError> {
    if !source.has(LOG) {
        return Ok(None);
    }
    let content = |reason: String| FolderError::Content { path: source.path(LOG), reason };
    serde_json::from_slice(&source.read(LOG)?).map(Some).map_err(|e| content(e.to_string()))
}

/// Takes an audit log into the folder: redacted, with the digest of the file as it was handed in, so that judging and
/// verifying need nothing else. Numbers of the fictitious patients are what ties it to the transcript, for the key of
/// the run is gone.
///
/// # Errors
/// When the file is no log, or the disk refuses.
pub fn take_log(dir: &Path, file: &Path, mapping: Option<&Mapping>, fictitious: &[String]) -> Result<(), FolderError> {
    let fail = |source| FolderError::Read { path: file.to_owned(), source };
    // A file that is too large is not read whole to say so.
    let mut bytes = Vec::new();
    let limit = log::LARGEST as u64 + 1;
    io::Read::take(std::fs::File::open(file).map_err(fail)?, limit).read_to_end(&mut bytes).map_err(fail)?;
    let content = |reason: String| FolderError::Content { path: file.to_owned(), reason };
    let parsed = log::parse(&bytes, mapping).map_err(|e| content(e.to_string()))?;
    let kept = Redactor::new(Vec::new()).log(parsed, sha256(&bytes).0, fictitious);
    let text = serde_json::to_vec_pretty(&kept).map_err(|e| content(e.to_string()))?;
    write(dir, LOG, &text)
}

/// Reads an authorization matrix that was given for a run.
///
/// # Errors
/// A diagnostic at the place of the fault.
pub fn matrix(path: &str, text: &str) -> Result<AuthorizationMatrix, Box<Diagnostic>> {
    parse_yaml(&Arc::new(SourceFile { path: path.to_owned(), text: text.to_owned() }))
}

/// The matrix in a run folder; `None` when the run was judged by that of the profile.
fn stored_matrix(source: Source<'_>) -> Result<Option<Arc<AuthorizationMatrix>>, FolderError> {
    if !source.has(MATRIX) {
        return Ok(None);
    }
    let content = |reason: String| FolderError::Content { path: source.path(MATRIX), reason };
    let text = source.text(MATRIX)?;
    matrix(MATRIX, &text).map(|matrix| Some(Arc::new(matrix))).map_err(|d| content(d.to_string()))
}

/// What the evidence document says besides the judgement.
#[derive(Debug, Clone)]
pub struct Tool {
    /// What the document is.
    pub kind: Kind,
    /// SHA-256 of the running binary.
    pub binary_sha256: String,
}

impl Judged {
    /// The evidence of the run.
    ///
    /// # Errors
    /// When an input cannot be read for its digest.
    pub fn evidence(&self, dir: &Path, tool: &Tool) -> Result<Evidence, FolderError> {
        self.evidence_from(Source::Folder(dir), tool)
    }

    /// The evidence of a run whose files are somewhere.
    ///
    /// # Errors
    /// As [`Judged::evidence`].
    pub fn evidence_from(&self, source: Source<'_>, tool: &Tool) -> Result<Evidence, FolderError> {
        let matrix = self.suite.files.digest(crate::suite::MATRIX_PATH);
        let about = About {
            run: self.config.run.clone(),
            kind: tool.kind,
            embedded: self.config.embedded,
            deviation: self.config.deviation.clone(),
            suite: self.config.suite.clone(),
            binary_sha256: tool.binary_sha256.clone(),
            // A suite of somebody's own may have no matrix: then it is the digest of nothing.
            kill_matrix_sha256: matrix.unwrap_or_else(|| sha256(b"")).0,
            papers: self.papers.clone(),
            inputs: digests(source, &self.config, &self.suite)?,
        };
        Ok(assemble(&self.suite, &self.plan, &self.candidate, &self.judgement, &self.events, &self.excerpts, about))
    }
}

/// Digests of everything that the verdicts rest on, as it lies in the folder.
fn digests(source: Source<'_>, config: &RunConfig, suite: &Suite) -> Result<Vec<InputDigest>, FolderError> {
    let digest = |name: &str, kind: &str| -> Result<InputDigest, FolderError> {
        let (size, sha256) = source.digest(name)?;
        Ok(InputDigest { path: name.to_owned(), kind: kind.to_owned(), size, sha256 })
    };
    let mut all = Vec::new();
    for (name, kind) in [(RUN, "configuration"), (CANDIDATE, "candidate"), (TRANSCRIPT, "transcript")] {
        all.push(digest(name, kind)?);
    }
    let kept = [
        (config.dossier, papers::DOSSIER, "dossier"),
        (config.dossier, papers::DOCUMENTS, "documents"),
        (config.waivers, papers::WAIVERS, "waivers"),
        (source.has(LOG), LOG, "log"),
        (source.has(MATRIX), MATRIX, "profile"),
    ];
    for (_, name, kind) in kept.into_iter().filter(|(there, ..)| *there) {
        all.push(digest(name, kind)?);
    }
    for (path, bytes) in suite.files.iter() {
        let name = format!("{PACK}/{path}");
        all.push(match source {
            // The suite was read from the folder before the run began; what counts is what was read.
            Source::Folder(_) => {
                let (size, sha256) = (bytes.len() as u64, sha256(bytes).0);
                InputDigest { path: name, kind: kind_of(path).to_owned(), size, sha256 }
            }
            Source::Files(_) => digest(&name, kind_of(path))?,
        });
    }
    Ok(all)
}

fn kind_of(path: &str) -> &'static str {
    match path {
        p if p.contains("/_fixtures/") => "fixture",
        p if p.starts_with("scenarios/") => "scenario",
        p if p.starts_with("profiles/requirements/") => "requirement",
        _ => "profile",
    }
}
