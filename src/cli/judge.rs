//! `judge`: the same transcript, the same verdicts.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use twiin_harness::evidence::folder;

use super::exit::{Exit, Problem};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder of a run
    #[arg(value_name = "RUN-DIR")]
    run: PathBuf,
}

/// Prints the verdicts as JSON: nothing in it depends on when or where it is judged.
pub fn main(arguments: &Arguments) -> Result<Exit, Problem> {
    let judged = folder::load(&arguments.run).map_err(Problem::usage)?;
    if judged.torn {
        eprintln!("note: the last line of the transcript was torn and is left out");
    }
    let judgement = &judged.judgement;
    let requirements: serde_json::Map<String, serde_json::Value> = judgement
        .requirements
        .iter()
        .map(|(id, outcome)| {
            let plateaus: serde_json::Map<_, _> =
                outcome.plateaus.iter().map(|(p, v)| (p.to_string(), json!(v))).collect();
            (id.to_string(), json!({"verdict": outcome.verdict, "plateaus": plateaus, "reason": outcome.reason}))
        })
        .collect();
    let findings: Vec<serde_json::Value> = judgement
        .findings
        .iter()
        .map(|f| {
            json!({
                "case": f.case, "step": f.step, "check": f.check, "result": f.result.to_string(), "verifies": f.verifies,
                "expected": f.expected, "actual": f.actual, "exchanges": f.exchanges,
            })
        })
        .collect();
    let document = json!({"complete": judgement.complete, "requirements": requirements, "findings": findings});
    println!("{document:#}");
    Ok(judgement.decision().into())
}
