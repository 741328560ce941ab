//! `bewijs issue`: a run becomes a bewijs with a seal.

use std::path::PathBuf;

use clap::Args;
use twiin_harness::base::clock;
use twiin_harness::evidence::bewijs::Soort;
use twiin_harness::seal::{FileKey, SealingKey};
use twiin_harness::wire::jades::Algorithm;

use super::{RequestArguments, conclude, default_out};
use crate::cli::exit::{Exit, Problem};
use crate::cli::sign::{SignArguments, signer};

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    request: RequestArguments,
    /// Key to seal with, PEM, readable by its owner alone; a zelftest without one gets a key made for it
    #[arg(long, value_name = "FILE", requires = "certificate")]
    key: Option<PathBuf>,
    /// Certificate chain of that key, PEM, leaf first
    #[arg(long, value_name = "FILE", requires = "key")]
    certificate: Option<PathBuf>,
    /// Signature algorithm; the first that belongs to the key when left out
    #[arg(long, value_name = "ALG", value_parser = ["PS256", "PS384", "PS512", "ES256", "ES384", "ES512"])]
    algorithm: Option<String>,
    /// File to write; default: the id of the bewijs in the current folder
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Arguments {
    fn key(&self, soort: Soort) -> Result<FileKey, Problem> {
        let algorithm: Option<Algorithm> = self.algorithm.as_ref().and_then(|name| name.parse().ok());
        match (&self.key, &self.certificate) {
            (Some(key), Some(certificate)) => FileKey::open(key, certificate, algorithm).map_err(Problem::usage),
            _ if soort == Soort::Zelftest => {
                let made = signer(&SignArguments::default(), true, None)?;
                FileKey::new(made.credential, algorithm).map_err(Problem::usage)
            }
            _ => Err(Problem::usage("seal a validatiebewijs: name a key with --key and --certificate")),
        }
    }
}

pub fn main(arguments: &Arguments) -> Result<Exit, Problem> {
    let prepared = arguments.request.prepared()?;
    let key = arguments.key(prepared.statement.predicate.soort)?;
    let iat = clock::now().unix_timestamp();
    let draft = prepared.draft(key.algorithm(), key.chain(), iat).map_err(super::refused)?;
    let signature = key.sign(&draft.input()).map_err(Problem::evidence)?;
    let out = arguments.out.clone().unwrap_or_else(|| default_out(&prepared));
    conclude(prepared.bundle, &draft, &signature, &out)
}
