//! `bewijs show`: what a bewijs says, for a terminal. It verifies nothing, and says so.

use std::path::PathBuf;

use clap::Args;
use twiin_harness::base::text::Language;
use twiin_harness::evidence::bewijs::{Bundle, RESULT, SEAL, Statement};
use twiin_harness::report::short_digest;
use twiin_harness::wire::jades::{Jades, Limits};

use super::read;
use crate::cli::exit::{Exit, Problem};
use crate::cli::lang::Lang;

#[derive(Debug, Args)]
pub struct Arguments {
    /// A bewijs, or its bewijs.jades.json alone
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Form of what is printed; json is the statement itself
    #[arg(long, default_value = "text", value_parser = ["text", "json"])]
    format: String,
    #[command(flatten)]
    lang: Lang,
}

/// The statement of a bewijs, unverified.
pub(super) fn statement(path: &std::path::Path) -> Result<(Vec<u8>, Statement), Problem> {
    let bytes = read(path)?;
    let wrong = |why: String| Problem::usage(format!("read {}: {why}", path.display()));
    let sealed = match bytes.first() {
        Some(b'{') => bytes,
        _ => Bundle::read(&bytes).0.members.remove(SEAL).ok_or_else(|| wrong("there is no sealed statement".into()))?,
    };
    let jades = Jades::read(&sealed, Limits::BEWIJS).map_err(|e| wrong(e.to_string()))?;
    let payload = jades.payload().map_err(|e| wrong(e.to_string()))?;
    let statement = serde_json::from_slice(&payload).map_err(|e| wrong(e.to_string()))?;
    Ok((payload, statement))
}

pub fn main(arguments: &Arguments) -> Result<Exit, Problem> {
    let (payload, statement) = statement(&arguments.file)?;
    match arguments.format.as_str() {
        "json" => print!("{}", String::from_utf8_lossy(&payload)),
        _ => print!("{}", text(&statement, arguments.lang.language == Language::En)),
    }
    Ok(Exit::Good)
}

fn text(statement: &Statement, english: bool) -> String {
    let p = &statement.predicate;
    let say = |nl: &'static str, en: &'static str| if english { en } else { nl };
    let mut rows = vec![
        (say("soort", "kind"), p.soort.to_string()),
        ("id", p.id.clone()),
        (
            say("kandidaat", "candidate"),
            format!("{} {} ({})", p.kandidaat.product, p.kandidaat.versie, p.kandidaat.leverancier),
        ),
        ("URA", p.kandidaat.ura.clone()),
        (
            say("reikwijdte", "scope"),
            format!(
                "{} / {} / plateau {:?}",
                p.scope.zorgtoepassingen.join(", "),
                p.scope.rollen.join(", "),
                p.scope.plateaus
            ),
        ),
        (say("release", "release"), p.scope.afsprakenstelsel.clone()),
        ("pack", p.configuration.iter().map(|c| format!("sha256:{}", c.digest.sha256)).collect::<Vec<_>>().join(", ")),
        (say("uitkomst", "result"), format!("{} ({})", p.result, p.conclusie)),
        (say("eisen", "requirements"), counts(statement, english)),
        (say("uitgevoerd", "carried out"), format!("{} – {}", p.uitvoering.start, p.uitvoering.einde)),
        (say("geldig tot", "counts until"), p.geldig_tot.clone()),
    ];
    if let Some(result) = p.inventaris.iter().find(|m| m.path == RESULT) {
        rows.push((say("code op papier", "code on paper"), short_digest(&result.digest.sha256)));
    }
    if let Some(besluit) = &p.besluit {
        rows.push((say("besluit", "decision"), format!("{} ({})", besluit.oordeel, besluit.validator)));
    }
    if !p.vervangt.is_empty() {
        rows.push((say("vervangt", "takes the place of"), p.vervangt.join(", ")));
    }
    let mut out: String = rows.into_iter().map(|(name, value)| format!("{name:<20} {value}\n")).collect();
    for remark in &p.opmerkingen {
        out.push_str(if english { &remark.en } else { &remark.nl });
        out.push('\n');
    }
    out.push_str(say(
        "Hier is niets gecontroleerd; dat doet `verify`.\n",
        "Nothing was checked here; `verify` does that.\n",
    ));
    out
}

fn counts(statement: &Statement, english: bool) -> String {
    let p = &statement.predicate;
    let say = |nl: &'static str, en: &'static str| if english { en } else { nl };
    let all = [
        (&p.passed_tests, say("voldaan", "passed")),
        (&p.warned_tests, say("waarschuwing", "warned")),
        (&p.failed_tests, say("niet voldaan", "failed")),
        (&p.waived_tests, say("gemelde afwijking", "waived")),
        (&p.flaky_tests, say("wisselvallig", "flaky")),
        (&p.inconclusive_tests, say("onbeslist", "inconclusive")),
        (&p.errored_tests, say("harnessfout", "error")),
        (&p.untested_tests, say("niet getest", "not tested")),
    ];
    let told =
        all.into_iter().filter(|(list, _)| !list.is_empty()).map(|(list, word)| format!("{} {word}", list.len()));
    told.collect::<Vec<_>>().join(", ")
}
