//! `report`: renderings of the evidence, and the coverage of the requirements. It computes no verdict.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::PossibleValuesParser;
use strum::VariantNames as _;
use twiin_harness::base::files::FileSet;
use twiin_harness::base::text::Language;
use twiin_harness::evidence::{Evidence, coverage, folder};
use twiin_harness::report::{CoverageFormat, Format, TerminalOptions, render, render_coverage, render_timeline};
use twiin_harness::suite::Suite;

use super::exit::{Exit, Problem};
use super::files;
use super::lang::Lang;

/// The one format that shows the transcript beside the evidence.
const TIMELINE: &str = "timeline";

const HOW: &str = "\
Formats:
  terminal       a summary of the run
  html           the run as one page
  pdf            a certificate page and the tables, to print (PDF/A-3b)
  junit          the run for build servers
  json           the evidence of the run itself
  github         annotations for GitHub Actions
  gitlab         a code quality report for GitLab
  timeline       all exchanges as one page, by case and from each requirement
  plateau        functions against plateaus, as a table
  coverage       all requirements as one page: scenarios, checks and deviations of each, or why it is not tested
  coverage-json  the same as a document (reports/schema/coverage-2.json)

The two coverage formats need no run: without RUN-DIR they show the suite alone, with RUN-DIR its suite and its verdicts.";

#[derive(Debug, Args)]
#[command(after_help = HOW)]
pub struct Arguments {
    /// Folder of a run; may be left out for coverage
    #[arg(value_name = "RUN-DIR", required_unless_present = "format")]
    run: Option<PathBuf>,
    /// Format
    #[arg(long, default_value = "terminal", value_parser = formats(), hide_possible_values = true)]
    format: String,
    #[command(flatten)]
    lang: Lang,
    /// File to write to; default: standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

fn formats() -> PossibleValuesParser {
    PossibleValuesParser::new(Format::VARIANTS.iter().chain(CoverageFormat::VARIANTS).copied().chain([TIMELINE]))
}

pub fn main(suite_dir: Option<&Path>, arguments: &Arguments) -> Result<Exit, Problem> {
    let language = arguments.lang.language;
    let rendered = match (arguments.format.parse::<CoverageFormat>(), &arguments.run) {
        (Ok(format), run) => coverage(suite_dir, run.as_deref(), format, language)?,
        (Err(_), Some(run)) => of_run(run, arguments, language)?,
        (Err(_), None) => {
            let format = &arguments.format;
            return Err(Problem::usage(format!("report --format {format}: name the folder of a run (RUN-DIR)")));
        }
    };
    super::export::write(arguments.out.as_deref(), &rendered)?;
    if arguments.format.parse() == Ok(Format::Github)
        && let Some(run) = &arguments.run
    {
        let evidence = evidence(run)?;
        super::outcome::write_job_summary(&evidence, language, &BTreeSet::new());
    }
    Ok(Exit::Good)
}

fn of_run(run: &Path, arguments: &Arguments, language: Language) -> Result<Vec<u8>, Problem> {
    let evidence = evidence(run)?;
    if arguments.format == TIMELINE {
        let timeline = folder::timeline(run).map_err(Problem::usage)?;
        return render_timeline(&evidence, &timeline, language).map_err(Problem::usage);
    }
    let format: Format = arguments.format.parse().map_err(|_| Problem::usage("read --format"))?;
    let options = if arguments.out.is_none() { TerminalOptions::for_stdout() } else { TerminalOptions::default() };
    render(&evidence, format, language, &options).map_err(Problem::usage)
}

pub(super) fn evidence(run: &Path) -> Result<Evidence, Problem> {
    let bytes = folder::read(run, folder::EVIDENCE).map_err(Problem::usage)?;
    serde_json::from_slice(&bytes)
        .map_err(|e| Problem::usage(format!("read {}: {e}", run.join(folder::EVIDENCE).display())))
}

fn coverage(
    suite_dir: Option<&Path>,
    run: Option<&Path>,
    format: CoverageFormat,
    language: Language,
) -> Result<Vec<u8>, Problem> {
    let document = match run {
        // The verdicts of a run stand beside the requirements that it was judged by, not beside those of today.
        Some(dir) => {
            let evidence = evidence(dir)?;
            let pack = dir.join(folder::PACK);
            let files = FileSet::from_dir(&pack, &["scenarios", "profiles"]).map_err(Problem::usage)?;
            let suite = Suite::load_stored(files).map_err(Problem::faults)?;
            coverage::assemble(&suite, Some(&evidence))
        }
        None => coverage::assemble(&files::suite(suite_dir)?, None),
    };
    render_coverage(&document, format, language).map_err(Problem::usage)
}
