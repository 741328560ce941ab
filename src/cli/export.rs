//! `export`: the evidence of a run or a bewijs in the format of another tool. It computes no verdict.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::PossibleValuesParser;
use strum::VariantNames as _;
use twiin_harness::evidence::Evidence;
use twiin_harness::evidence::bewijs::{Bundle, RESULT, SEAL};
use twiin_harness::report::{Export, export};
use twiin_harness::wire::dsse::{self, Envelope};
use twiin_harness::wire::jades::{Jades, Limits};
use twiin_harness::wire::x509;

use super::bewijs::key::KeyArguments;
use super::bewijs::{read_if_bewijs, unbroken};
use super::exit::{Exit, Problem};
use super::lang::Lang;
use super::report::evidence;

const HOW: &str = "\
Formats:
  junit  JUnit XML
  ctrf   Common Test Report Format (JSON, schema 0.0)
  earl   Evaluation and Report Language 1.0 of the W3C (JSON-LD)
  sarif  Static Analysis Results Interchange Format 2.1.0
  oscal  OSCAL 1.1 assessment results
  dsse   the in-toto statement of a sealed bewijs in a DSSE envelope, signed again with --key; the folder of a run has no
         such statement

A bewijs is checked first: of one that was changed nothing is exported. The seal, its certificates and its time-stamp do not
go along into a DSSE envelope, which has no place for them.

None of these formats can say all that the evidence says; reports/README.md tells what becomes of it. Nothing that is
open, flaky, waived or not tested is ever shown as passed.";

#[derive(Debug, Args)]
#[command(after_help = HOW)]
pub struct Arguments {
    /// Folder of a run, or a bewijs
    #[arg(value_name = "RUN-DIR|FILE")]
    run: PathBuf,
    /// Format
    #[arg(long, value_parser = PossibleValuesParser::new(Export::VARIANTS))]
    format: String,
    #[command(flatten)]
    lang: Lang,
    /// File to write to; default: standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// For dsse, which signs
    #[command(flatten)]
    key: KeyArguments,
}

pub fn main(arguments: &Arguments) -> Result<Exit, Problem> {
    let language = arguments.lang.language;
    let format: Export = arguments.format.parse().map_err(|_| Problem::usage("read --format"))?;
    let bytes = match read_if_bewijs(&arguments.run)? {
        Some(bewijs) if format == Export::Dsse => envelope(&bewijs, arguments)?,
        Some(bewijs) => export(&evidence_of(&bewijs)?, format, language).map_err(Problem::usage)?,
        None => export(&evidence(&arguments.run)?, format, language).map_err(Problem::usage)?,
    };
    write(arguments.out.as_deref(), &bytes)?;
    Ok(Exit::Good)
}

/// The evidence within a bewijs that was not changed.
fn evidence_of(bewijs: &[u8]) -> Result<Evidence, Problem> {
    unbroken(bewijs, "export the bewijs")?;
    let (mut bundle, _) = Bundle::read(bewijs);
    let result = bundle.members.remove(RESULT);
    let result = result.ok_or_else(|| Problem::usage("export the bewijs: a statement alone has no evidence"))?;
    serde_json::from_slice(&result).map_err(|e| Problem::usage(format!("read {RESULT}: {e}")))
}

/// The statement of a bewijs that was not changed, byte for byte as it was sealed, signed once more as an envelope.
fn envelope(bewijs: &[u8], arguments: &Arguments) -> Result<Vec<u8>, Problem> {
    unbroken(bewijs, "export the bewijs")?;
    let sealed = match bewijs.first() {
        Some(b'{') => Some(bewijs.to_vec()),
        _ => Bundle::read(bewijs).0.members.remove(SEAL),
    };
    let read = |sealed: &[u8]| Jades::read(sealed, Limits::BEWIJS).ok()?.payload().ok();
    let payload = sealed.as_deref().and_then(read);
    let payload = payload.ok_or_else(|| Problem::usage("export the bewijs: there is no sealed statement"))?;
    let key = arguments.key.needed()?;
    let signature = key.sign(&dsse::pae(dsse::IN_TOTO, &payload)).map_err(Problem::evidence)?;
    let leaf = key.chain().first().map(Vec::as_slice).unwrap_or_default();
    let keyid = x509::facts(leaf).map_err(Problem::usage)?.spki_sha256;
    let envelope = Envelope::signed(dsse::IN_TOTO, &payload, &keyid, key.algorithm(), &signature);
    let mut bytes = serde_json::to_vec_pretty(&envelope).map_err(Problem::evidence)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Writes to a file, whose folder is made on the way, or to standard output.
pub(super) fn write(out: Option<&Path>, bytes: &[u8]) -> Result<(), Problem> {
    let Some(path) = out else {
        // A reader that closes the pipe early has seen enough.
        drop(std::io::stdout().write_all(bytes));
        return Ok(());
    };
    // A folder that cannot be made is told by the write that needs it.
    if let Some(folder) = path.parent() {
        let _ = std::fs::create_dir_all(folder);
    }
    std::fs::write(path, bytes).map_err(|e| Problem::evidence(format!("write {}: {e}", path.display())))
}
