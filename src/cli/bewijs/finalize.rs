//! `bewijs finalize`: a seal that was set elsewhere, on what `prepare` wrote. The whole is verified before it is written.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Args;
use serde_json::Value;
use twiin_harness::evidence::bewijs::Bundle;
use twiin_harness::wire::jades::Draft;

use super::prepare::{DRAFT, UNSEALED};
use super::{conclude, read};
use crate::cli::exit::{Exit, Problem};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder that `prepare` wrote
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The signature over to-be-signed.bin: its bytes (ECDSA as r and s, of fixed width), or base64url of them
    #[arg(long, value_name = "FILE")]
    signature: PathBuf,
    /// File to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub fn main(arguments: &Arguments) -> Result<Exit, Problem> {
    let path = arguments.folder.join(DRAFT);
    let wrong = || Problem::usage(format!("read {}: this is not what `prepare` wrote", path.display()));
    let parts: Value = serde_json::from_slice(&read(&path)?).map_err(|_| wrong())?;
    let part = |name: &str| parts.get(name).and_then(Value::as_str).map(str::to_owned).ok_or_else(wrong);
    let draft = Draft { protected: part("protected")?, payload: part("payload")? };
    let (bundle, faults) = Bundle::read(&read(&arguments.folder.join(UNSEALED))?);
    if let Some(fault) = faults.first() {
        return Err(Problem::usage(format!("read {UNSEALED}: {fault}")));
    }
    let given = read(&arguments.signature)?;
    let text = std::str::from_utf8(&given).ok().map(str::trim);
    let signature = text.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok()).unwrap_or(given);
    conclude(bundle, &draft, &signature, &arguments.out)
}
