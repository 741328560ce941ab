//! `bewijs augment`: a time-stamp over the seal (B-T), and what is needed to judge its certificates later (B-LT).

use std::path::{Path, PathBuf};

use clap::Args;
use rustls::pki_types::CertificateRevocationListDer;
use rustls::pki_types::pem::PemObject as _;
use time::OffsetDateTime;
use twiin_harness::base::clock;
use twiin_harness::evidence::bewijs::augment::{Addition, augmented, signatures};
use twiin_harness::evidence::bewijs::policy::{Anchor, Policy, anchors_at};
use twiin_harness::net::Limits;
use twiin_harness::seal::tsa::revocation_values;
use twiin_harness::seal::{TsaClient, TsaError};
use twiin_harness::wire::jades::Signature;
use twiin_harness::wire::status::crl;
use twiin_harness::wire::tsp::Token;
use twiin_harness::wire::x509::path::{self, Demands, Revocation, RevocationValues};

use super::read;
use crate::cli::exit::{Exit, Problem};

#[derive(Debug, Args)]
pub struct Arguments {
    /// A bewijs, or its bewijs.jades.json alone
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    stamp: StampArguments,
    /// Add a time-stamp token that was made elsewhere over the base64url signature, DER
    #[arg(long, value_name = "FILE", conflicts_with = "tsa")]
    token: Option<PathBuf>,
    /// Add certificates and revocation values too, for the anchors of --policy; they are fetched from where the
    /// certificates say, as far as --revocation does not give them
    #[arg(long, requires = "policy")]
    long_term: bool,
    /// Whom to trust for what, YAML
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Revocation lists (PEM or DER) and OCSP answers (DER) to add
    #[arg(long, value_name = "FILE")]
    revocation: Vec<PathBuf>,
    /// File to write; default: the same file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// A TSA to ask.
#[derive(Debug, Args)]
pub struct StampArguments {
    /// Address of a time-stamping authority (RFC 3161 over HTTP)
    #[arg(long, value_name = "URL")]
    tsa: Option<String>,
    /// Policy to ask the TSA for, an OID with dots
    #[arg(long, value_name = "OID", requires = "tsa")]
    tsa_policy: Option<String>,
    /// How long the TSA may take, in seconds
    #[arg(long, value_name = "SECONDS", requires = "tsa", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=600))]
    tsa_timeout: u64,
}

impl StampArguments {
    /// The TSA, when one is named.
    ///
    /// # Errors
    /// When its address or the policy is none.
    pub fn client(&self) -> Result<Option<TsaClient>, Problem> {
        let Some(url) = self.tsa.clone() else { return Ok(None) };
        let mut client = TsaClient::new(url);
        client.policy.clone_from(&self.tsa_policy);
        client.limits.total_ms = self.tsa_timeout.saturating_mul(1000);
        client.limits.first_byte_ms = client.limits.total_ms;
        client.check().map_err(Problem::usage)?;
        Ok(Some(client))
    }
}

/// Stamps a file that was just sealed. When the TSA gives nothing the seal is kept, and `augment` can be tried again.
pub fn stamp(client: &TsaClient, file: &Path) -> Result<(), Problem> {
    let bytes = read(file)?;
    let additions = work(async {
        let mut additions = Vec::new();
        for signature in signatures(&bytes).map_err(Problem::usage)? {
            let token = client.stamp(signature.signature.as_bytes()).await.map_err(|error| unstamped(&error, file))?;
            additions.push(Addition { token: Some(token.der().to_vec()), ..Addition::default() });
        }
        Ok(additions)
    })?;
    write(file, &augmented(&bytes, &additions).map_err(Problem::evidence)?)
}

/// What is told when there is a seal and no time-stamp.
fn unstamped(error: &TsaError, file: &Path) -> Problem {
    let file = file.display();
    Problem::evidence(format!(
        "{error}; {file} is sealed and has no time-stamp, `bewijs augment {file} --tsa …` adds one"
    ))
}

pub fn main(arguments: &Arguments) -> Result<Exit, Problem> {
    let bytes = read(&arguments.file)?;
    let policy = arguments.policy.as_deref().map(super::policy).transpose()?;
    let given = arguments.revocation.iter().try_fold(RevocationValues::default(), value)?;
    let all = signatures(&bytes).map_err(Problem::usage)?;
    let token = arguments.token.as_deref().map(read).transpose()?;
    let tsa = arguments.stamp.client()?;
    let mut exit = Exit::Good;
    let additions = work(async {
        let mut additions = Vec::new();
        for signature in &all {
            let mut addition = Addition { values: known(signature, &given)?, ..Addition::default() };
            addition.token = match (&token, &tsa) {
                (Some(token), _) => Some(fitting(token, signature)?),
                (None, Some(client)) => Some(stamped(client, signature).await?),
                (None, None) => None,
            };
            if let Some(policy) = policy.as_ref().filter(|_| arguments.long_term)
                && !lasting(policy, signature, &mut addition).await?
            {
                exit = Exit::Undetermined;
            }
            additions.push(addition);
        }
        Ok(additions)
    })?;
    let out = arguments.out.as_ref().unwrap_or(&arguments.file);
    write(out, &augmented(&bytes, &additions).map_err(Problem::evidence)?)?;
    println!("{}", out.display());
    Ok(exit)
}

fn work<T>(work: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(Problem::evidence)?.block_on(work)
}

/// Writes beside the file and puts that in its place, so that what there was is not lost halfway.
fn write(path: &Path, bytes: &[u8]) -> Result<(), Problem> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    let written = std::fs::write(&beside, bytes).and_then(|()| std::fs::rename(&beside, path));
    written.map_err(|e| Problem::evidence(format!("write {}: {e}", path.display())))
}

async fn stamped(client: &TsaClient, signature: &Signature) -> Result<Vec<u8>, Problem> {
    let token = client.stamp(signature.signature.as_bytes()).await;
    Ok(token.map_err(Problem::evidence)?.der().to_vec())
}

/// A token made elsewhere, when it is about this signature.
fn fitting(token: &[u8], signature: &Signature) -> Result<Vec<u8>, Problem> {
    let read = Token::read(token).and_then(|read| read.verify(signature.signature.as_bytes()));
    read.map_err(|fault| Problem::usage(format!("add the time-stamp: {fault}")))?;
    Ok(token.to_vec())
}

/// What is known of revocation already: what lies beside the signature, and what was given.
fn known(signature: &Signature, given: &RevocationValues) -> Result<RevocationValues, Problem> {
    let mut values = signature.unsigned.revocation().map_err(Problem::usage)?;
    values.ocsp.extend(given.ocsp.iter().cloned());
    values.crls.extend(given.crls.iter().cloned());
    Ok(values)
}

/// Adds what is needed for the path of the signer and of every TSA; tells whether that shows that none was revoked.
async fn lasting(policy: &Policy, signature: &Signature, addition: &mut Addition) -> Result<bool, Problem> {
    let tokens = signature.unsigned.time_stamps().map_err(Problem::usage)?;
    let tokens = tokens.into_iter().chain(addition.token.clone());
    let beside = signature.unsigned.certificates().map_err(Problem::usage)?;
    let (mut at, mut good) = (clock::now(), true);
    let trusted = policy.time_stamps.as_ref().map(|stamps| stamps.anchors.as_slice()).unwrap_or_default();
    for token in tokens {
        let stamped = Token::read(&token).and_then(|token| token.verify(signature.signature.as_bytes()));
        let stamped = stamped.map_err(Problem::usage)?;
        at = at.min(stamped.at);
        let chain = [stamped.certificates, beside.clone()].concat();
        good &= one_path(&chain, trusted, stamped.at, &Demands::time_stamp(), addition).await?;
    }
    let anchors: Vec<Anchor> = policy.issuers.iter().flat_map(|issuer| issuer.anchors.clone()).collect();
    let chain = [signature.chain(), beside].concat();
    Ok(one_path(&chain, &anchors, at, &Demands::default(), addition).await? && good)
}

async fn one_path(
    chain: &[Vec<u8>],
    anchors: &[Anchor],
    at: OffsetDateTime,
    demands: &Demands,
    addition: &mut Addition,
) -> Result<bool, Problem> {
    let (leaf, others) = chain.split_first().ok_or_else(|| Problem::usage("look at a chain without certificates"))?;
    let path = path::check(leaf, others, &anchors_at(anchors, at), at, demands).map_err(|faults| {
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        Problem::usage(format!("find the way to an anchor of the policy: {}", told.join("; ")))
    })?;
    let between = path.certificates.iter().take(path.certificates.len().saturating_sub(1)).skip(1);
    for certificate in between {
        if !addition.certificates.contains(certificate) {
            addition.certificates.push(certificate.clone());
        }
    }
    if path::revocation(&path, &addition.values, at) != Revocation::Good {
        let (values, missing) = revocation_values(&path, &Limits::default()).await;
        addition.values.ocsp.extend(values.ocsp);
        addition.values.crls.extend(values.crls);
        for line in missing {
            eprintln!("warning: {line}");
        }
    }
    let known = path::revocation(&path, &addition.values, at);
    match &known {
        Revocation::Good => {}
        Revocation::Revoked { certificate, .. } => eprintln!("warning: {certificate} was revoked"),
        Revocation::Unknown { certificate } => {
            eprintln!("warning: of {certificate} it is not known whether it was revoked")
        }
    }
    Ok(known == Revocation::Good)
}

/// Adds one file of revocation values, of either kind.
fn value(mut values: RevocationValues, file: impl AsRef<Path>) -> Result<RevocationValues, Problem> {
    let bytes = read(file.as_ref())?;
    let der = match CertificateRevocationListDer::from_pem_slice(&bytes) {
        Ok(list) => list.to_vec(),
        Err(_) => bytes,
    };
    match crl::facts(&der) {
        Ok(_) => values.crls.push(der),
        Err(_) => values.ocsp.push(der),
    }
    Ok(values)
}
