//! `judge`: the same transcript, the same verdicts.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use twiin_harness::check::Verdict;
use twiin_harness::evidence::folder;

use super::exit::{Exit, Problem};
use super::expect::{self, Held};
use super::lang::Lang;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder of a run
    #[arg(value_name = "RUN-DIR")]
    run: PathBuf,
    /// Expected failures; what became of them is told on standard error and rules the exit code
    #[arg(long, value_name = "FILE")]
    expect: Option<PathBuf>,
    #[command(flatten)]
    lang: Lang,
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
                "case": f.case, "attempt": f.attempt, "step": f.step, "check": f.check, "result": f.result.to_string(), "verifies": f.verifies,
                "expected": f.expected, "actual": f.actual, "exchanges": f.exchanges,
            })
        })
        .collect();
    let cases: serde_json::Map<_, _> = judgement
        .cases
        .iter()
        .map(|(id, case)| {
            let attempts: Vec<&Verdict> = case.attempts.values().collect();
            (id.clone(), json!({"verdict": case.verdict, "attempts": attempts}))
        })
        .collect();
    let complete = judgement.complete;
    let document = json!({"complete": complete, "requirements": requirements, "cases": cases, "findings": findings});
    println!("{document:#}");
    let Some(path) = &arguments.expect else { return Ok(judgement.decision().into()) };
    let held = Held::new(expect::load(path, &judged.suite)?, &judged);
    eprint!("{}", held.text(arguments.lang.language));
    Ok(held.exit())
}
