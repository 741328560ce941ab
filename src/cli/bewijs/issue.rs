//! `bewijs issue`: a run becomes a bewijs with a seal.

use std::path::PathBuf;

use clap::Args;
use twiin_harness::base::clock;
use twiin_harness::evidence::bewijs::{Prepared, Soort};
use twiin_harness::seal::{FileKey, SealingKey};

use super::augment::{self, StampArguments};
use super::key::KeyArguments;
use super::{RequestArguments, conclude, default_out};
use crate::cli::exit::{Exit, Problem};
use crate::cli::sign::{SignArguments, signer};

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    pub(super) request: RequestArguments,
    /// A zelftest without a key gets one made for it
    #[command(flatten)]
    key: KeyArguments,
    #[command(flatten)]
    stamp: StampArguments,
    /// File to write; default: the id of the bewijs in the current folder
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Arguments {
    fn key(&self, soort: Soort) -> Result<Box<dyn SealingKey>, Problem> {
        match self.key.open()? {
            Some(key) => Ok(key),
            None if soort == Soort::Zelftest => {
                let made = signer(&SignArguments::default(), true, None)?;
                let key = FileKey::new(made.credential, self.key.algorithm()).map_err(Problem::usage)?;
                Ok(Box::new(key))
            }
            None => self.key.needed(),
        }
    }
}

pub fn main(arguments: &Arguments) -> Result<Exit, Problem> {
    issued(arguments, &[], |_| Ok(()))
}

/// Issues a bewijs that takes the place of others besides those that were named, when it fits.
pub(super) fn issued(
    arguments: &Arguments,
    replaced: &[String],
    fits: impl FnOnce(&Prepared) -> Result<(), Problem>,
) -> Result<Exit, Problem> {
    // What is wrong with the question to a TSA is told before a seal is set.
    let tsa = arguments.stamp.client()?;
    let prepared = arguments.request.prepared(replaced)?;
    fits(&prepared)?;
    let key = arguments.key(prepared.statement.predicate.soort)?;
    let iat = clock::now().unix_timestamp();
    let draft = prepared.draft(key.algorithm(), key.chain(), iat).map_err(super::refused)?;
    let signature = key.sign(&draft.input()).map_err(Problem::evidence)?;
    let out = arguments.out.clone().unwrap_or_else(|| default_out(&prepared));
    let exit = conclude(prepared.bundle, &draft, &signature, &out)?;
    if let Some(tsa) = tsa {
        augment::stamp(&tsa, &out)?;
    }
    Ok(exit)
}
