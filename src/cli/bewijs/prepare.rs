//! `bewijs prepare`: the bytes that a seal elsewhere is to be set on, for a service or a room without a network.

use std::path::PathBuf;

use clap::Args;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::json;
use twiin_harness::base::clock;
use twiin_harness::base::digest::sha256;
use twiin_harness::wire::jades::Algorithm;

use super::{RequestArguments, read, refused};
use crate::cli::exit::{Exit, Problem};

/// What is to be signed.
pub const INPUT: &str = "to-be-signed.bin";
/// Header and payload of the seal.
pub const DRAFT: &str = "draft.json";
/// The container without its seal.
pub const UNSEALED: &str = "unsealed.zip";

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    request: RequestArguments,
    /// Certificate chain of the key elsewhere, PEM, leaf first
    #[arg(long, value_name = "FILE")]
    certificate: PathBuf,
    /// Algorithm that the key elsewhere signs with
    #[arg(long, value_name = "ALG", value_parser = ["PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "RS256"])]
    algorithm: String,
    /// Folder to write
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

pub fn main(arguments: &Arguments) -> Result<Exit, Problem> {
    let prepared = arguments.request.prepared(&[])?;
    let algorithm: Algorithm = arguments.algorithm.parse().map_err(Problem::usage)?;
    let pem = read(&arguments.certificate)?;
    let chain: Vec<Vec<u8>> = CertificateDer::pem_slice_iter(&pem).filter_map(Result::ok).map(|c| c.to_vec()).collect();
    if chain.is_empty() {
        return Err(Problem::usage(format!("read {}: there is no certificate in it", arguments.certificate.display())));
    }
    let draft = prepared.draft(algorithm, &chain, clock::now().unix_timestamp()).map_err(refused)?;
    let (out, input) = (&arguments.out, draft.input());
    let fail = |e: std::io::Error| Problem::evidence(format!("write {}: {e}", out.display()));
    std::fs::create_dir_all(out).map_err(fail)?;
    let parts = json!({ "protected": draft.protected, "payload": draft.payload });
    std::fs::write(out.join(INPUT), &input).map_err(fail)?;
    std::fs::write(out.join(DRAFT), format!("{parts}\n")).map_err(fail)?;
    std::fs::write(out.join(UNSEALED), prepared.bundle.written().map_err(Problem::evidence)?).map_err(fail)?;
    println!("{}  sha256:{}", out.join(INPUT).display(), sha256(&input).0);
    Ok(Exit::Good)
}
