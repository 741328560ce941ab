//! `lint`: all faults at once, with file, line, column and the nearest valid word.

use std::path::{Path, PathBuf};

use clap::Args;
use twiin_harness::base::diagnostic::Diagnostic;
use twiin_harness::suite::Suite;

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
        match twiin_harness::evidence::folder::candidate(&path.display().to_string(), &text, false) {
            Ok(_) => println!("{}: no faults", path.display()),
            Err(fault) => faults.push(*fault),
        }
    }
    show_faults(&faults);
    Ok(if faults.is_empty() { Exit::Good } else { Exit::Usage })
}

/// Faults of the candidate file that a suite ships.
fn reference_faults(suite: &Suite) -> Vec<Diagnostic> {
    let Some(bytes) = suite.files.get(files::REFERENCE) else { return Vec::new() };
    let text = String::from_utf8_lossy(bytes);
    let shown = suite.files.shown(files::REFERENCE);
    twiin_harness::evidence::folder::candidate(&shown, &text, false).err().map(|d| *d).into_iter().collect()
}
