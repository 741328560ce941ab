//! `bewijs supersede`: a new bewijs that takes the place of an older one. The older one is verified first: only who might
//! have issued it can be followed by another.

use std::path::PathBuf;

use clap::Args;
use twiin_harness::base::clock;
use twiin_harness::evidence::bewijs::statement::Kandidaat;
use twiin_harness::evidence::bewijs::verify::{Options, Weight, is_of_the_issuer};
use twiin_harness::evidence::bewijs::{Predicate, Prepared, Soort, verify};

use super::{issue, policy, read};
use crate::cli::exit::{Exit, Problem};

// The arguments of `issue` are within these, and have the same name.
#[derive(Debug, Args)]
#[group(id = "supersede")]
pub struct Arguments {
    /// The bewijs whose place is taken
    #[arg(value_name = "OLD")]
    old: PathBuf,
    #[command(flatten)]
    issue: issue::Arguments,
}

pub fn main(arguments: &Arguments) -> Result<Exit, Problem> {
    let old = old(arguments)?;
    let replaced = [old.id.clone()];
    let exit = issue::issued(&arguments.issue, &replaced, |new| fits(&old, new))?;
    println!("takes the place of {}", old.id);
    Ok(exit)
}

/// What the old bewijs says, when it is whole and was issued by whom the policy lets issue it. Whether it still counts, or
/// was conformant, makes no difference: it may be followed by a better one.
fn old(arguments: &Arguments) -> Result<Predicate, Problem> {
    let told = |why: String| Problem::usage(format!("supersede {}: {why}", arguments.old.display()));
    let trusted = arguments.issue.request.policy.as_deref().map(policy).transpose()?;
    let report = verify(&read(&arguments.old)?, &Options::new(trusted.as_ref(), clock::now()));
    let broken = report.faults.iter().find(|fault| fault.check.weight() == Weight::Integrity);
    if let Some(fault) = broken {
        return Err(told(format!("{} ({})", fault.detail, fault.code)));
    }
    // Nobody needs to be trusted for a self-test, which counts for nobody else.
    let of_own = report.statement.as_ref().is_some_and(|s| s.predicate.soort == Soort::Zelftest) && trusted.is_none();
    if !of_own && !is_of_the_issuer(&report) {
        let codes = report.codes().join(", ");
        return Err(told(format!("by this policy nobody who may issue it sealed it ({codes})")));
    }
    report.statement.map(|statement| statement.predicate).ok_or_else(|| told("there is no statement in it".into()))
}

/// Refuses a bewijs of another kind, or about another product.
fn fits(old: &Predicate, new: &Prepared) -> Result<(), Problem> {
    let new = &new.statement.predicate;
    let wrong = |why: String| Err(Problem::usage(format!("supersede {}: {why}", old.id)));
    let about = |kandidaat: &Kandidaat| format!("{} of {}", kandidaat.product, kandidaat.leverancier);
    if new.soort != old.soort {
        return wrong(format!("a {} takes no place of a {}", new.soort, old.soort));
    }
    if about(&new.kandidaat) != about(&old.kandidaat) {
        return wrong(format!("it is about {}, the run is about {}", about(&old.kandidaat), about(&new.kandidaat)));
    }
    Ok(())
}
