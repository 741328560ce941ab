//! `doctor`: is everything in order that a connection with the candidate needs?

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use twiin_harness::base::text::Language;
use twiin_harness::run::doctor::{Diagnosis, Finding, Side, State, examine};

use super::exit::{Exit, Problem};
use super::files;
use super::lang::Lang;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Candidate file
    #[arg(long, value_name = "FILE")]
    candidate: PathBuf,
    /// Listen for so many seconds for a call of the candidate, and look at the certificate that it shows as a client
    #[arg(long, value_name = "SECONDS")]
    wait: Option<u64>,
    #[command(flatten)]
    lang: Lang,
    /// Format
    #[arg(long, default_value = "terminal", value_parser = ["terminal", "json"])]
    format: String,
}

pub fn main(arguments: &Arguments) -> Result<Exit, Problem> {
    let candidate = files::candidate(&arguments.candidate)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Problem::usage)?;
    let wait = arguments.wait.map(std::time::Duration::from_secs);
    let diagnosis = runtime.block_on(examine(&candidate.file, &candidate.dir, wait));
    let language = arguments.lang.language;
    match arguments.format.as_str() {
        "json" => println!("{:#}", json!({ "well": diagnosis.is_well(), "findings": diagnosis.findings })),
        _ => print(&diagnosis, language),
    }
    Ok(if diagnosis.is_well() { Exit::Good } else { Exit::NotConformant })
}

fn print(diagnosis: &Diagnosis, language: Language) {
    let dutch = language == Language::Nl;
    for (side, title) in [
        (Side::SetUp, if dutch { "Onze kant" } else { "Our side" }),
        (Side::Candidate, if dutch { "De kandidaat" } else { "The candidate" }),
    ] {
        println!("{title}");
        let mut about = "";
        for finding in diagnosis.findings.iter().filter(|f| f.side == side) {
            if finding.about != about {
                about = &finding.about;
                println!("  {about}");
            }
            print_finding(finding, language);
        }
        println!();
    }
    let wrong = diagnosis.findings.iter().filter(|f| f.state == State::Wrong).count();
    println!(
        "{}",
        match (wrong, dutch) {
            (0, true) => "Alles is in orde: `run` kan beginnen.".to_owned(),
            (0, false) => "All is well: `run` can begin.".to_owned(),
            (n, true) => format!("{n} × niet in orde. Los dit eerst op; `run` zou hierop stuklopen."),
            (n, false) => format!("{n} × not in order. Solve this first; `run` would break on it."),
        }
    );
}

fn print_finding(finding: &Finding, language: Language) {
    let mark = match finding.state {
        State::Good => "✓",
        State::Notice => "▲",
        State::Wrong => "✗",
    };
    println!("    {mark} {}", finding.what.get(language));
    if let Some(advice) = &finding.advice {
        println!("      → {}", advice.get(language));
    }
}
