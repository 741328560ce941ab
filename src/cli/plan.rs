//! `plan`: what would run and what would not, and why; and with an earlier bewijs, what has to be done again.

use std::path::{Path, PathBuf};

use clap::Args;
use comfy_table::{ContentArrangement, Table};
use serde_json::json;
use twiin_harness::base::id::RequirementId;
use twiin_harness::base::text::Language;
use twiin_harness::plan::Plan;
use twiin_harness::suite::Suite;

use super::exit::{Exit, Problem};
use super::fhir;
use super::files;
use super::packages::Given;
use super::papers::{self, PaperArguments};
use super::select::Select;
use super::since::{self, SinceArguments};

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    select: Select,
    #[command(flatten)]
    since: SinceArguments,
    #[command(flatten)]
    papers: PaperArguments,
    #[command(flatten)]
    packages: Given,
    /// Authorization matrix that the candidate is configured with, instead of the one of its file
    #[arg(long, value_name = "FILE")]
    matrix: Option<PathBuf>,
    /// Format
    #[arg(long, default_value = "terminal", value_parser = ["terminal", "json"])]
    format: String,
}

/// Exit code 3 when nothing would run; with an earlier bewijs 1 when something has to be done again, else 0.
pub fn main(suite_dir: Option<&Path>, arguments: &Arguments) -> Result<Exit, Problem> {
    let suite = files::suite(suite_dir)?;
    let candidate = arguments.select.candidate(&suite)?;
    let earlier = arguments.since.read()?;
    let mut selection = since::selection(earlier.as_ref(), &arguments.select, &suite, &candidate)?;
    selection.fhir_packages = fhir::named(&fhir::checkers(&arguments.packages)?);
    let plan = Plan::new(&suite, &candidate.file, selection).map_err(Problem::usage)?;
    if let Some(earlier) = earlier {
        let matrix = files::matrix(&suite, &plan, &candidate, arguments.matrix.as_deref())?;
        let papers = papers::read(&arguments.papers, &candidate, &suite)?;
        let found = since::again(&earlier, &suite, &plan, &candidate, &papers, matrix.as_ref())?;
        match arguments.format.as_str() {
            "json" => println!("{:#}", since::as_json(&found, &plan)),
            _ => print!("{}", since::text(&found, arguments.select.language())),
        }
        return Ok(if found.is_empty() { Exit::Good } else { Exit::NotConformant });
    }
    if arguments.format == "json" {
        println!("{:#}", as_json(&suite, &plan));
    } else {
        print(&suite, &plan, arguments.select.language());
    }
    Ok(if plan.cases.is_empty() { Exit::Undetermined } else { Exit::Good })
}

fn print(suite: &Suite, plan: &Plan, language: Language) {
    let nl = language == Language::Nl;
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    for case in &plan.cases {
        let title =
            suite.scenarios.get(&case.scenario).map(|s| s.file.title.get(language).to_owned()).unwrap_or_default();
        let plateaus = case.plateaus.iter().map(u8::to_string).collect::<Vec<_>>().join(",");
        table.add_row([case.id.clone(), plateaus, title]);
    }
    println!("{}", if nl { "Wordt uitgevoerd:" } else { "Will run:" });
    println!("{table}");
    let excluded: Vec<_> = plan.exclusions.iter().filter(|e| !e.by_selection).collect();
    let by_selection = plan.exclusions.len() - excluded.len();
    if !excluded.is_empty() {
        println!("\n{}", if nl { "Wordt niet uitgevoerd:" } else { "Will not run:" });
        for exclusion in excluded {
            println!("  {}: {}", exclusion.case, exclusion.reason.get(language));
        }
    }
    for case in plan.cases.iter().filter(|c| !c.without.is_empty()) {
        let missing = case.without.values().cloned().collect::<Vec<_>>().join(", ");
        println!("  {}: {} {missing}", case.id, if nl { "gedeeltelijk; ontbreekt:" } else { "in part; missing:" });
    }
    let exercised = plan.exercised(suite).len();
    let (runs, bound) = (plan.cases.len(), plan.requirements.len());
    let takes = |id: &&RequirementId| {
        suite.requirements.get(*id).is_some_and(|l| l.requirement.takes_document_of(plan.subject))
    };
    let documents = plan.requirements.keys().filter(takes).count();
    let subject = plan.subject;
    if nl {
        println!("\n{subject}: {documents} eisen worden met documenten getoond (attest --list)");
    } else {
        println!("\n{subject}: {documents} requirements are shown by documents (attest --list)");
    }
    if nl {
        println!(
            "\n{runs} scenario's; {exercised} van {bound} eisen worden getoetst; {by_selection} scenario's niet gevraagd"
        );
    } else {
        println!("\n{runs} cases; {exercised} of {bound} requirements exercised; {by_selection} cases not asked for");
    }
}

fn as_json(suite: &Suite, plan: &Plan) -> serde_json::Value {
    let cases: Vec<_> = plan
        .cases
        .iter()
        .map(|c| json!({"case": c.id, "plateaus": c.plateaus, "missing": c.without.values().collect::<Vec<_>>()}))
        .collect();
    let exclusions: Vec<_> = plan
        .exclusions
        .iter()
        .map(|e| json!({"case": e.case, "reason": e.reason, "missing": e.missing, "by-selection": e.by_selection}))
        .collect();
    let exercised: Vec<_> = plan.exercised(suite).into_iter().collect();
    json!({"selection": plan.selection, "cases": cases, "exclusions": exclusions, "exercised": exercised})
}
