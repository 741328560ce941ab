//! `export`: the evidence of a run in the format of another tool. It computes no verdict.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::PossibleValuesParser;
use strum::VariantNames as _;
use twiin_harness::base::text::Language;
use twiin_harness::report::{Export, export};

use super::exit::{Exit, Problem};
use super::report::evidence;

const HOW: &str = "\
Formats:
  junit  JUnit XML
  ctrf   Common Test Report Format (JSON, schema 0.0)
  earl   Evaluation and Report Language 1.0 of the W3C (JSON-LD)
  sarif  Static Analysis Results Interchange Format 2.1.0
  oscal  OSCAL 1.1 assessment results
  dsse   an in-toto statement in a DSSE envelope: refused for the folder of a run, which has no such statement

None of these formats can say all that the evidence says; reports/README.md tells what becomes of it. Nothing that is
open, flaky, waived or not tested is ever shown as passed.";

#[derive(Debug, Args)]
#[command(after_help = HOW)]
pub struct Arguments {
    /// Folder of a run
    #[arg(value_name = "RUN-DIR")]
    run: PathBuf,
    /// Format
    #[arg(long, value_parser = PossibleValuesParser::new(Export::VARIANTS))]
    format: String,
    /// Language of texts that the evidence has in two languages
    #[arg(long, default_value = "nl", value_parser = ["nl", "en"])]
    lang: String,
    /// File to write to; default: standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub fn main(arguments: &Arguments) -> Result<Exit, Problem> {
    let language = if arguments.lang == "en" { Language::En } else { Language::Nl };
    let format: Export = arguments.format.parse().map_err(|_| Problem::usage("read --format"))?;
    let bytes = export(&evidence(&arguments.run)?, format, language).map_err(Problem::usage)?;
    write(arguments.out.as_deref(), &bytes)?;
    Ok(Exit::Good)
}

/// Writes to a file, whose folder is made on the way, or to standard output.
pub(super) fn write(out: Option<&Path>, bytes: &[u8]) -> Result<(), Problem> {
    let Some(path) = out else {
        // A reader that closes the pipe early has seen enough.
        drop(std::io::stdout().write_all(bytes));
        return Ok(());
    };
    // A folder that cannot be made is told by the write that needs it.
    if let Some(folder) = path.parent() {
        let _ = std::fs::create_dir_all(folder);
    }
    std::fs::write(path, bytes).map_err(|e| Problem::evidence(format!("write {}: {e}", path.display())))
}
