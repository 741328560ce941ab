//! `bewijs withdraw`: a signed list of bewijzen that no longer count.

use std::path::PathBuf;

use clap::Args;
use twiin_harness::base::clock;
use twiin_harness::evidence::bewijs::Withdrawal;
use twiin_harness::wire::jades::Jades;

use super::key::KeyArguments;
use crate::cli::exit::{Exit, Problem};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Ids of bewijzen: urn:uuid:…
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    key: KeyArguments,
    /// File to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub fn main(arguments: &Arguments) -> Result<Exit, Problem> {
    if let Some(id) = arguments.ids.iter().find(|id| !id.starts_with("urn:uuid:")) {
        return Err(Problem::usage(format!("withdraw `{id}`: this is no id of a bewijs; `bewijs show` tells it")));
    }
    let key = arguments.key.needed()?;
    let now = clock::now();
    let list = Withdrawal::new(clock::rfc3339(now), &arguments.ids, &arguments.reason);
    let draft = list.draft(key.algorithm(), key.chain(), now.unix_timestamp()).map_err(Problem::evidence)?;
    let signature = key.sign(&draft.input()).map_err(Problem::evidence)?;
    let out = &arguments.out;
    std::fs::write(out, Jades::sealed(&draft, &signature).written())
        .map_err(|e| Problem::evidence(format!("write {}: {e}", out.display())))?;
    println!("{}  {}", out.display(), arguments.ids.join(" "));
    Ok(Exit::Good)
}
