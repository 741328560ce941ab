//! `lint`: all faults at once, with file, line, column and the nearest valid word.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use twiin_harness::base::diagnostic::{Diagnostic, SourceFile};
use twiin_harness::suite::{CandidateFile, Suite, parse_yaml_all};

use super::exit::{Exit, Problem, show_faults};
use super::files;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Candidate files, or folders with scenarios/ and profiles/; default: the suite
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
}

pub fn main(suite_dir: Option<&Path>, arguments: &Arguments) -> Result<Exit, Problem> {
    let (folders, candidates): (Vec<_>, Vec<_>) = arguments.paths.iter().partition(|p| p.is_dir());
    let mut faults: Vec<Diagnostic> = Vec::new();
    let mut suites: Vec<Option<&Path>> = folders.into_iter().map(|p| Some(p.as_path())).collect();
    if suites.is_empty() {
        suites.push(suite_dir);
    }
    for dir in suites {
        match Suite::load(files::suite_files(dir)?) {
            Ok(suite) => {
                println!(
                    "{} requirements, {} scenarios, {} profiles, {} releases, {} deviations",
                    suite.requirements.len(),
                    suite.scenarios.len(),
                    suite.profiles.len(),
                    suite.releases.len(),
                    suite.matrix.deviations.len()
                );
                faults.extend(reference_faults(&suite));
            }
            Err(found) => faults.extend(found),
        }
    }
    for path in candidates {
        let text =
            std::fs::read_to_string(path).map_err(|e| Problem::usage(format!("read {}: {e}", path.display())))?;
        let found = candidate_faults(&path.display().to_string(), text);
        if found.is_empty() {
            println!("{}: no faults", path.display());
        }
        faults.extend(found);
    }
    show_faults(&faults);
    Ok(if faults.is_empty() { Exit::Good } else { Exit::Usage })
}

/// Faults of the candidate file that a suite ships.
fn reference_faults(suite: &Suite) -> Vec<Diagnostic> {
    let Some(bytes) = suite.files.get(files::REFERENCE) else { return Vec::new() };
    candidate_faults(&suite.files.shown(files::REFERENCE), String::from_utf8_lossy(bytes).into_owned())
}

/// All faults of a candidate file: those of structure at once, or else what is wrong with its values.
fn candidate_faults(shown: &str, text: String) -> Vec<Diagnostic> {
    let Err(fault) = twiin_harness::evidence::folder::candidate(shown, &text, false) else { return Vec::new() };
    let source = Arc::new(SourceFile { path: shown.to_owned(), text });
    parse_yaml_all::<CandidateFile>(&source).err().unwrap_or_else(|| vec![*fault])
}
