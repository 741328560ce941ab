//! `bewijs test-pki`: certificates to try sealing with. What is sealed with them is worth nothing, and says so.

use std::path::PathBuf;

use clap::Args;
use strum::VariantNames as _;
use twiin_harness::base::clock;
use twiin_harness::net::pki::{SealFlaw, SealKeys, SealPki, SealSpec};

use crate::cli::exit::{Exit, Problem};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder to write, made if needed
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Kind of keys
    #[arg(long, default_value = "ec", value_parser = clap::builder::PossibleValuesParser::new(SealKeys::VARIANTS))]
    keys: String,
    /// What is wrong with the seal certificate
    #[arg(long, default_value = "none", value_parser = clap::builder::PossibleValuesParser::new(SealFlaw::VARIANTS))]
    flaw: String,
    /// organizationIdentifier of the seal
    #[arg(long, default_value = "NTRNL-90000001", value_name = "ID")]
    organisation: String,
}

pub fn main(arguments: &Arguments) -> Result<Exit, Problem> {
    let keys: SealKeys = arguments.keys.parse().map_err(Problem::usage)?;
    let flaw: SealFlaw = arguments.flaw.parse().map_err(Problem::usage)?;
    let spec = SealSpec { organization_identifier: arguments.organisation.clone(), ..SealSpec::default() };
    let pki = SealPki::generate(keys, clock::now()).map_err(Problem::evidence)?;
    let files = pki.write_to(&arguments.folder, &spec, flaw).map_err(Problem::evidence)?;
    println!("TEST: --key {} --certificate {}", files.key.display(), files.certificates.display());
    println!("TEST: {} is the root to name in a policy with `test: true`", files.root.display());
    Ok(Exit::Good)
}
