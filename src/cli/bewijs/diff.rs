//! `bewijs diff`: two bewijzen side by side, by requirement. It verifies neither.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use twiin_harness::evidence::bewijs::diff::{Changed, Difference, diff};

use super::show::statement;
use crate::cli::exit::{Exit, Problem};

#[derive(Debug, Args)]
pub struct Arguments {
    /// The earlier one
    #[arg(value_name = "A")]
    before: PathBuf,
    /// The later one
    #[arg(value_name = "B")]
    after: PathBuf,
    /// Form of what is printed
    #[arg(long, default_value = "text", value_parser = ["text", "json"])]
    format: String,
}

/// Exit code 0 when nothing that passed is worse, else 1.
pub fn main(arguments: &Arguments) -> Result<Exit, Problem> {
    let found = diff(&statement(&arguments.before)?.1, &statement(&arguments.after)?.1);
    match arguments.format.as_str() {
        "json" => println!("{:#}", value(&found)),
        _ => print!("{}", text(&found)),
    }
    let worse = found.requirements.iter().any(Changed::is_worse);
    Ok(if worse { Exit::NotConformant } else { Exit::Good })
}

fn outcome(verdict: Option<twiin_harness::check::Verdict>) -> String {
    verdict.map_or_else(|| "-".to_owned(), |v| v.to_string())
}

fn value(found: &Difference) -> serde_json::Value {
    let about: Vec<_> = found.about.iter().map(|(name, a, b)| json!({ "name": name, "a": a, "b": b })).collect();
    let requirements: Vec<_> = found
        .requirements
        .iter()
        .map(|c| json!({ "id": c.id, "a": outcome(c.before), "b": outcome(c.after), "worse": c.is_worse() }))
        .collect();
    json!({ "about": about, "requirements": requirements })
}

fn text(found: &Difference) -> String {
    let mut out = String::new();
    for (name, a, b) in &found.about {
        out.push_str(&format!("{name:<18} {a} -> {b}\n"));
    }
    for changed in &found.requirements {
        let mark = if changed.is_worse() { "!" } else { " " };
        out.push_str(&format!("{mark} {:<24} {} -> {}\n", changed.id, outcome(changed.before), outcome(changed.after)));
    }
    if out.is_empty() {
        out.push_str("=\n");
    }
    out
}
