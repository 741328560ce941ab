//! `report`: renderings of the evidence. It computes nothing.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;
use twiin_harness::base::text::Language;
use twiin_harness::evidence::Evidence;
use twiin_harness::evidence::folder;
use twiin_harness::report::{Format, TerminalOptions, render};

use super::exit::{Exit, Problem};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder of a run
    #[arg(value_name = "RUN-DIR")]
    run: PathBuf,
    /// Format
    #[arg(long, default_value = "terminal", value_parser = ["html", "junit", "json", "terminal", "github", "gitlab"])]
    format: String,
    /// Language
    #[arg(long, default_value = "nl", value_parser = ["nl", "en"])]
    lang: String,
    /// File to write to; default: standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub fn main(arguments: &Arguments) -> Result<Exit, Problem> {
    let bytes = folder::read(&arguments.run, folder::EVIDENCE).map_err(Problem::usage)?;
    let evidence: Evidence = serde_json::from_slice(&bytes)
        .map_err(|e| Problem::usage(format!("read {}: {e}", arguments.run.join(folder::EVIDENCE).display())))?;
    let format: Format = arguments.format.parse().map_err(|_| Problem::usage("read --format"))?;
    let language = if arguments.lang == "en" { Language::En } else { Language::Nl };
    let options = if arguments.out.is_none() { TerminalOptions::for_stdout() } else { TerminalOptions::default() };
    let rendered = render(&evidence, format, language, &options).map_err(Problem::usage)?;
    match &arguments.out {
        Some(path) => {
            std::fs::write(path, &rendered).map_err(|e| Problem::evidence(format!("write {}: {e}", path.display())))?;
        }
        // A reader that closes the pipe early has seen enough.
        None => drop(std::io::stdout().write_all(&rendered)),
    }
    if format == Format::Github {
        super::outcome::write_job_summary(&evidence, language, &BTreeSet::new());
    }
    Ok(Exit::Good)
}
