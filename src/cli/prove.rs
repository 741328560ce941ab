//! `prove`: the deviation matrix, measured now.

use std::path::Path;
use std::sync::Arc;

use clap::Args;
use comfy_table::{ContentArrangement, Table};
use serde_json::json;
use twiin_harness::judge::Decision;
use twiin_harness::plan::{Plan, Selection};
use twiin_harness::proof::{Measured, Proof, prove, row_differences};
use twiin_harness::run::{Bench, self_test_kits};

use super::exit::{Exit, Problem};
use super::files;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Deviations to measure; all when none is named, and only then it can be told whether something turns every check red
    #[arg(value_name = "DEVIATION")]
    only: Vec<String>,
    /// Format
    #[arg(long, default_value = "terminal", value_parser = ["terminal", "json", "yaml"])]
    format: String,
    /// Cases at the same time
    #[arg(long, default_value_t = 8)]
    jobs: usize,
    /// Print no progress
    #[arg(long)]
    quiet: bool,
}

pub fn main(suite_dir: Option<&Path>, arguments: &Arguments) -> Result<Exit, Problem> {
    let only = arguments.only.iter().map(|name| super::run::deviation(name)).collect::<Result<Vec<_>, _>>()?;
    let suite = Arc::new(files::suite(suite_dir)?);
    let candidate = files::reference(&suite, false)?;
    let selection = Selection::everything(&suite);
    let plan = Plan::new(&suite, &candidate.file, selection).map_err(Problem::usage)?;
    let asked = &plan.selection;
    let (kits, _pki) = self_test_kits(&suite, &asked.zorgtoepassingen, &asked.release, &candidate.file, &|_| None)
        .map_err(Problem::usage)?;
    let bench = Bench::new(kits, None).ok_or_else(|| Problem::usage("prove: there is no profile"))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Problem::usage)?;
    let told = |row: &Measured| {
        if !arguments.quiet {
            eprintln!("{:<40} {} fail, {} warn", name(row), row.fails.len(), row.warns.len());
            for difference in row_differences(&suite, row) {
                eprintln!("  NOT AS LISTED  {}", difference.text);
            }
        }
    };
    let proof = runtime
        .block_on(prove(&suite, &plan, &candidate.file, &bench, &only, arguments.jobs.max(1), told))
        .map_err(Problem::usage)?;
    match arguments.format.as_str() {
        "json" => println!("{:#}", as_json(&proof)),
        "yaml" => print!("{}", as_yaml(&proof)),
        _ => print_table(&proof),
    }
    Ok(if proof.holds() { Exit::Good } else { Exit::NotConformant })
}

fn name(row: &Measured) -> &'static str {
    row.deviation.map_or("conformant", |d| d.word())
}

fn decision(row: &Measured) -> &'static str {
    match row.decision {
        Decision::Conformant | Decision::ConformantWithWaivers => "0",
        Decision::NotConformant => "1",
        Decision::Undetermined => "3",
    }
}

fn print_table(proof: &Proof) {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(["deviation", "exit", "fails", "warns", "open"]);
    let list = |ids: &std::collections::BTreeSet<_>| ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    for row in &proof.rows {
        table.add_row([
            name(row).to_owned(),
            decision(row).to_owned(),
            list(&row.fails),
            list(&row.warns),
            row.open.len().to_string(),
        ]);
    }
    println!("{table}");
    let (all, red) = proof.expectations;
    println!("deviations: {}; requirements exercised: {}", proof.rows.len() - 1, proof.exercised);
    println!("expectations that some deviation turns red: {red} of {all}");
    for difference in &proof.differences {
        println!("NOT AS LISTED  {}: {}", difference.deviation, difference.text);
    }
    for id in &proof.unkilled_requirements {
        println!("NOTHING KILLS  requirement {id}");
    }
    for word in &proof.unkilled_words {
        println!("NOTHING KILLS  check {word}");
    }
    println!("{}", if proof.holds() { "the matrix holds" } else { "the matrix does not hold" });
}

fn as_json(proof: &Proof) -> serde_json::Value {
    let rows: Vec<_> = proof
        .rows
        .iter()
        .map(|r| json!({"deviation": name(r), "exit": decision(r), "fails": r.fails, "warns": r.warns, "open": r.open}))
        .collect();
    let differences: Vec<_> =
        proof.differences.iter().map(|d| json!({"deviation": d.deviation, "text": d.text})).collect();
    json!({
        "holds": proof.holds(),
        "exercised": proof.exercised,
        "expectations": {"all": proof.expectations.0, "red": proof.expectations.1},
        "unkilled-requirements": proof.unkilled_requirements,
        "unkilled-checks": proof.unkilled_words,
        "differences": differences,
        "rows": rows,
    })
}

/// The measured lists in the form of the matrix file, to review and take over.
fn as_yaml(proof: &Proof) -> String {
    let list = |ids: &std::collections::BTreeSet<_>| ids.iter().map(|i| format!("{i}")).collect::<Vec<_>>().join(", ");
    let rows = proof.rows.iter().filter(|r| r.deviation.is_some());
    rows.map(|r| format!("  {}:\n    fails: [{}]\n    warns: [{}]\n", name(r), list(&r.fails), list(&r.warns)))
        .collect()
}
