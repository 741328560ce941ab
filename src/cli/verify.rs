//! `verify`: is this evidence whole, whose is it, and do its verdicts follow from its transcript.

use std::path::PathBuf;

use clap::Args;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use twiin_harness::evidence::verify::verify;

use super::exit::{Exit, Problem};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Signed evidence (evidence.jws.json) or the folder of a run
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Certificates that the signer must lead to, PEM
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
}

pub fn main(arguments: &Arguments) -> Result<Exit, Problem> {
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
