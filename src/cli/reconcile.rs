//! `reconcile`: a stored run, judged again with the audit log that the candidate exported afterwards.

use std::path::PathBuf;

use clap::Args;
use twiin_harness::evidence::folder;

use super::exit::{Exit, Problem};
use super::files;
use super::lang::Lang;
use super::outcome::Shown;
use super::run::{conclude, decision};
use super::sign::{SignArguments, signer};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder of a run
    #[arg(value_name = "RUN-DIR")]
    run: PathBuf,
    /// The log: AuditEvents (JSON), audit messages (XML, syslog) or a table
    #[arg(long, value_name = "FILE")]
    log: PathBuf,
    /// What the columns of a table hold (YAML); default: what the candidate file says
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// Folder for the run with its log
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    sign: SignArguments,
    #[command(flatten)]
    lang: Lang,
}

/// Copies the run, takes the log in, judges and signs. The stored run itself stays as it is.
pub fn main(arguments: &Arguments) -> Result<Exit, Problem> {
    let stored = folder::load(&arguments.run).map_err(Problem::usage)?;
    let out = &arguments.out;
    if out.join(folder::TRANSCRIPT).exists() {
        let text = format!("write the run in {}: there is a run in it already; name another --out", out.display());
        return Err(Problem::usage(text));
    }
    let mapping = match &arguments.mapping {
        Some(path) => Some(files::mapping(path)?),
        None => stored.candidate.audit_log.as_ref().and_then(|l| l.mapping.clone()),
    };
    let signer = signer(&arguments.sign, stored.config.embedded, None)?;
    let text = folder::read(&arguments.run, folder::CANDIDATE).map_err(Problem::usage)?;
    let text = String::from_utf8_lossy(&text).into_owned();
    folder::begin(out, &stored.config, &stored.suite, &text).map_err(Problem::evidence)?;
    let transcript = folder::read(&arguments.run, folder::TRANSCRIPT).map_err(Problem::usage)?;
    folder::write(out, folder::TRANSCRIPT, &transcript).map_err(Problem::evidence)?;
    let fictitious = &stored.candidate.patients.fictitious;
    folder::take_log(out, &arguments.log, mapping.as_ref(), fictitious).map_err(Problem::usage)?;
    let language = arguments.lang.language;
    let (evidence, _) = conclude(out, &stored.suite, &signer, language)?;
    print!("{}", Shown { evidence: &evidence, held: None, language }.for_people(out)?);
    Ok(decision(&evidence))
}
