//! `bewijs countersign`: somebody else signs the same statement, for example the candidate, to have seen it. What the
//! signature is worth is for the policy of the verifier to say.

use std::path::PathBuf;

use clap::Args;
use twiin_harness::base::clock;
use twiin_harness::evidence::bewijs::{Bundle, SEAL};
use twiin_harness::wire::jades::{Draft, Jades, Limits};

use super::key::KeyArguments;
use super::{read, written};
use crate::cli::exit::{Exit, Problem};

#[derive(Debug, Args)]
pub struct Arguments {
    /// The bewijs
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    key: KeyArguments,
    /// File to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub fn main(arguments: &Arguments) -> Result<Exit, Problem> {
    let wrong = |why: String| Problem::usage(format!("read {}: {why}", arguments.file.display()));
    let (mut bundle, faults) = Bundle::read(&read(&arguments.file)?);
    if let Some(fault) = faults.first() {
        return Err(wrong(fault.to_string()));
    }
    let sealed = bundle.members.remove(SEAL).ok_or_else(|| wrong("there is no sealed statement".into()))?;
    let mut jades = Jades::read(&sealed, Limits::BEWIJS).map_err(|fault| wrong(fault.to_string()))?;
    let payload = jades.payload().map_err(|fault| wrong(fault.to_string()))?;
    let cty = jades.signatures.first().and_then(|s| s.content_type()).unwrap_or_default();
    let key = arguments.key.needed()?;
    let draft = Draft::new(key.algorithm(), &cty, clock::now().unix_timestamp(), key.chain(), &payload);
    let signature = key.sign(&draft.input()).map_err(Problem::evidence)?;
    jades.signatures.extend(Jades::sealed(&draft, &signature).signatures);
    written(&bundle.sealed(&jades), &arguments.out)
}
