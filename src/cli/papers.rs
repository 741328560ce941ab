//! The papers of a run on the command line: a dossier and declared deviations, named by option or in the candidate file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use twiin_harness::base::diagnostic::SourceFile;
use twiin_harness::evidence::papers::{PaperFiles, look_at_all};
use twiin_harness::suite::{Dossier, Suite, WaiverFile};

use super::exit::Problem;
use super::files::Candidate;

/// Which papers.
#[derive(Debug, Args)]
pub struct PaperArguments {
    /// What documents show; default: the `dossier` of the candidate file, if it names one
    #[arg(long, value_name = "FILE")]
    dossier: Option<PathBuf>,
    /// Declared deviations; default: the `waivers` of the candidate file, if it names them
    #[arg(long, value_name = "FILE")]
    waivers: Option<PathBuf>,
}

/// Reads a text file.
pub fn source(path: &Path) -> Result<Arc<SourceFile>, Problem> {
    let text = std::fs::read_to_string(path).map_err(|e| Problem::usage(format!("read {}: {e}", path.display())))?;
    Ok(Arc::new(SourceFile { path: path.display().to_string(), text }))
}

/// The folder that a file lies in.
pub fn folder_of(path: &Path) -> PathBuf {
    path.parent().filter(|p| !p.as_os_str().is_empty()).map_or_else(|| PathBuf::from("."), Path::to_owned)
}

/// Reads the papers of a run and looks at the documents.
pub fn read(arguments: &PaperArguments, candidate: &Candidate, suite: &Suite) -> Result<PaperFiles, Problem> {
    let named = |given: &Option<PathBuf>, own: &Option<String>| {
        given.clone().or_else(|| own.as_ref().map(|path| candidate.dir.join(path)))
    };
    let mut files = PaperFiles::default();
    if let Some(path) = named(&arguments.dossier, &candidate.file.dossier) {
        let source = source(&path)?;
        let dossier = Dossier::read(&source, suite).map_err(Problem::faults)?;
        one_subject(&dossier, candidate)?;
        let checks = look_at_all(&folder_of(&path), &dossier);
        for check in &checks.documents {
            if let Some(problem) = &check.problem {
                eprintln!("warning: {}: document {}: {problem}", path.display(), check.path);
            }
        }
        files.documents = Some(serde_json::to_string_pretty(&checks).map_err(Problem::evidence)?);
        files.dossier = Some(source.text.clone());
    }
    if let Some(path) = named(&arguments.waivers, &candidate.file.waivers) {
        let source = source(&path)?;
        WaiverFile::read(&source, suite).map_err(Problem::faults)?;
        files.waivers = Some(source.text.clone());
    }
    Ok(files)
}

/// A dossier of a GtK and one of an organisation are never in one package (PROC-12).
pub fn one_subject(dossier: &Dossier, candidate: &Candidate) -> Result<(), Problem> {
    let (theirs, ours) = (dossier.subject, candidate.file.subject);
    if theirs == ours {
        return Ok(());
    }
    Err(Problem::usage(format!(
        "use the dossier: it is about a {theirs}, and the candidate file about a {ours}; the two never share one package (PROC-12)"
    )))
}
