//! `verify`: is this evidence whole, whose is it, and do its verdicts follow from its transcript.

use std::path::PathBuf;

use clap::Args;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use twiin_harness::base::clock;
use twiin_harness::evidence::bewijs;
use twiin_harness::evidence::bewijs::verify::Options;
use twiin_harness::evidence::verify::verify;

use super::exit::{Exit, Problem};
use super::lang::Lang;

#[derive(Debug, Args)]
pub struct Arguments {
    /// A bewijs (*.twiinbewijs, or its bewijs.jades.json alone), signed evidence (evidence.jws.json) or the folder of a run
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Certificates that the signer of the evidence of a run must lead to, PEM
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
    /// Whom to trust for what in a bewijs, YAML; without it nobody is trusted
    #[arg(long, value_name = "FILE", conflicts_with = "trust")]
    policy: Option<PathBuf>,
    /// Version of the product that the bewijs is shown for
    #[arg(long, value_name = "VERSION")]
    product_version: Option<String>,
    /// A later bewijs, which may have taken the place of this one
    #[arg(long, value_name = "FILE")]
    later: Vec<PathBuf>,
    /// Signed list of bewijzen that were withdrawn
    #[arg(long, value_name = "FILE")]
    withdrawals: Vec<PathBuf>,
    /// The moment of verifying, RFC 3339; now when left out
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// Form of what is printed
    #[arg(long, default_value = "text", value_parser = ["text", "json"])]
    format: String,
    #[command(flatten)]
    lang: Lang,
}

/// Verifies a bewijs, or the evidence in the folder of a run.
pub fn main(arguments: &Arguments) -> Result<Exit, Problem> {
    match super::bewijs::read_if_bewijs(&arguments.file)? {
        Some(bytes) => of_bewijs(&bytes, arguments),
        None => of_run(arguments),
    }
}

fn of_bewijs(bytes: &[u8], arguments: &Arguments) -> Result<Exit, Problem> {
    let policy = arguments.policy.as_deref().map(super::bewijs::policy).transpose()?;
    let now = match &arguments.at {
        None => clock::now(),
        Some(text) => clock::parse_rfc3339(text)
            .ok_or_else(|| Problem::usage(format!("verify at `{text}`: write a time as 2026-11-21T10:15:00Z")))?,
    };
    let mut options = Options::new(policy.as_ref(), now);
    options.product_version = arguments.product_version.as_deref();
    let read =
        |path: &PathBuf| std::fs::read(path).map_err(|e| Problem::usage(format!("read {}: {e}", path.display())));
    let withdrawals: Vec<Vec<u8>> = arguments.withdrawals.iter().map(read).collect::<Result<_, _>>()?;
    options.withdrawals = &withdrawals;
    let later: Vec<Vec<u8>> = arguments.later.iter().map(read).collect::<Result<_, _>>()?;
    options.later = &later;
    let report = bewijs::verify(bytes, &options);
    let language = arguments.lang.language;
    match arguments.format.as_str() {
        "json" => println!("{:#}", report.to_value()),
        _ => print!("{}", super::bewijs::report_text(&report, language)),
    }
    Ok(report.outcome.into())
}

fn of_run(arguments: &Arguments) -> Result<Exit, Problem> {
    let anchors = match &arguments.trust {
        None => Vec::new(),
        Some(path) => {
            let bytes = std::fs::read(path).map_err(|e| Problem::usage(format!("read {}: {e}", path.display())))?;
            let found: Vec<Vec<u8>> =
                CertificateDer::pem_slice_iter(&bytes).filter_map(Result::ok).map(|c| c.to_vec()).collect();
            if found.is_empty() {
                return Err(Problem::usage(format!("read {}: there is no certificate in it", path.display())));
            }
            found
        }
    };
    let verified = verify(&arguments.file, &anchors).map_err(Problem::usage)?;
    for line in &verified.lines {
        println!("{} {:<10} {}", if line.good { "ok " } else { "NOT" }, line.what, line.text);
    }
    if let Some(evidence) = &verified.evidence {
        let candidate = &evidence.candidate;
        println!(
            "    run        {} {} {} ({})",
            evidence.run, candidate.product, candidate.version, evidence.conclusion
        );
    }
    println!("{}", verified.status);
    Ok(verified.status.into())
}
