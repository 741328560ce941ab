//! Who signs the evidence of a run: a key that was given, or one made for the run.

use std::path::PathBuf;

use clap::Args;
use twiin_harness::base::clock;
use twiin_harness::evidence::model::Kind;
use twiin_harness::net::pki::{Credential, LeafFlaw, LeafSpec, TestPki};

use super::exit::Problem;

/// The key to sign with.
#[derive(Debug, Default, Args)]
pub struct SignArguments {
    /// Key to sign the evidence with, PEM; without it a fresh self-test key is used
    #[arg(long, value_name = "FILE", requires = "sign_certificate")]
    sign_key: Option<PathBuf>,
    /// Certificate chain of that key, PEM, leaf first
    #[arg(long, value_name = "FILE", requires = "sign_key")]
    sign_certificate: Option<PathBuf>,
}

/// A key, and what a document signed with it is.
pub struct Signer {
    /// What the document is.
    pub kind: Kind,
    /// The key with its certificate.
    pub credential: Credential,
}

/// The signer of a run. What the embedded GtK does is a self-test, whoever signs it.
pub fn signer(arguments: &SignArguments, embedded: bool, pki: Option<&TestPki>) -> Result<Signer, Problem> {
    if let (Some(key), Some(certificate)) = (&arguments.sign_key, &arguments.sign_certificate) {
        let credential = Credential::from_pem_files(certificate, key).map_err(Problem::usage)?;
        for warning in credential.warnings(clock::now()) {
            eprintln!("warning: signing certificate: {warning}");
        }
        let kind = if embedded { Kind::SelfTest } else { Kind::ValidationEvidence };
        return Ok(Signer { kind, credential });
    }
    let fresh;
    let pki = match pki {
        Some(pki) => pki,
        None => {
            fresh = TestPki::generate(clock::now()).map_err(Problem::evidence)?;
            &fresh
        }
    };
    let spec = LeafSpec {
        common_name: "zelftest.twiin-harness.example".into(),
        organisation: "SIM twiin-harness zelftest".into(),
        ura: "90000000".into(),
        uzi_number: "900000000".into(),
        dns_names: Vec::new(),
        loopback: false,
    };
    let credential = pki.issue(&spec, LeafFlaw::SelfSigned).map_err(Problem::evidence)?;
    Ok(Signer { kind: Kind::SelfTest, credential })
}
