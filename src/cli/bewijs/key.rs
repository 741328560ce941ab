//! The key that a seal is set with, as arguments.

use std::path::PathBuf;

use clap::Args;
use twiin_harness::seal::FileKey;
use twiin_harness::wire::jades::Algorithm;

use crate::cli::exit::Problem;

/// A key.
#[derive(Debug, Args)]
pub struct KeyArguments {
    /// Key to seal with, PEM, readable by its owner alone
    #[arg(long, value_name = "FILE", requires = "certificate")]
    key: Option<PathBuf>,
    /// Certificate chain of that key, PEM, leaf first
    #[arg(long, value_name = "FILE", requires = "key")]
    certificate: Option<PathBuf>,
    /// Signature algorithm; the first that belongs to the key when left out
    #[arg(long, value_name = "ALG", value_parser = ["PS256", "PS384", "PS512", "ES256", "ES384", "ES512"])]
    algorithm: Option<String>,
}

impl KeyArguments {
    /// The algorithm that was asked for.
    pub fn algorithm(&self) -> Option<Algorithm> {
        self.algorithm.as_ref().and_then(|name| name.parse().ok())
    }

    /// The key, if one was named.
    pub fn open(&self) -> Result<Option<FileKey>, Problem> {
        match (&self.key, &self.certificate) {
            (Some(key), Some(certificate)) => {
                FileKey::open(key, certificate, self.algorithm()).map(Some).map_err(Problem::usage)
            }
            _ => Ok(None),
        }
    }

    /// The key that has to be named.
    pub fn needed(&self) -> Result<FileKey, Problem> {
        self.open()?.ok_or_else(|| Problem::usage("sign: name a key with --key and --certificate"))
    }
}
