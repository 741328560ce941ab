//! The key to seal with: a PEM file, a PKCS#12 file, or a card or HSM over PKCS#11.

use std::path::{Path, PathBuf};

use clap::Args;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use twiin_harness::seal::{FileKey, PinSource, SealingKey, TokenKey, TokenUri, p12};
use twiin_harness::wire::jades::Algorithm;

use crate::cli::exit::Problem;

/// A key to seal with.
#[derive(Debug, Args)]
pub struct KeyArguments {
    /// Key to seal with: a PEM or PKCS#12 file readable by its owner alone, or a PKCS#11 URI (`pkcs11:token=…;object=…`)
    #[arg(long, value_name = "FILE|URI")]
    key: Option<String>,
    /// Certificate chain of that key, PEM, leaf first; with PKCS#12 and PKCS#11 only when it is not beside the key
    #[arg(long, value_name = "FILE", requires = "key")]
    certificate: Option<PathBuf>,
    /// PKCS#11 module of the maker of card or HSM, unless the URI names it
    #[arg(long, value_name = "LIBRARY")]
    module: Option<PathBuf>,
    /// Number of the PKCS#11 slot, unless the URI names the token
    #[arg(long, value_name = "NUMBER")]
    slot: Option<u64>,
    /// Label of the key on the token, unless the URI names it
    #[arg(long, value_name = "LABEL")]
    label: Option<String>,
    /// Where the PIN or password comes from: `prompt`, `env:NAME` or `file:PATH`
    #[arg(long, value_name = "PLACE")]
    pin: Option<PinSource>,
    /// Signature algorithm; the first that belongs to the key when left out
    #[arg(long, value_name = "ALG", value_parser = ["PS256", "PS384", "PS512", "ES256", "ES384", "ES512"])]
    algorithm: Option<String>,
}

impl KeyArguments {
    /// The algorithm that was asked for.
    pub fn algorithm(&self) -> Option<Algorithm> {
        self.algorithm.as_ref().and_then(|name| name.parse().ok())
    }

    /// The key that is named; `None` when none is.
    pub fn open(&self) -> Result<Option<Box<dyn SealingKey>>, Problem> {
        let algorithm = self.algorithm();
        let on_token = self.module.is_some() || self.slot.is_some() || self.label.is_some();
        let Some(key) = self.key.as_deref().or(on_token.then_some("pkcs11:")) else { return Ok(None) };
        if key.starts_with("pkcs11:") {
            return self.on_token(key, algorithm).map(Some);
        }
        let path = Path::new(key);
        if p12::is_named_so(path) {
            let password = self.pin.clone().unwrap_or_default().read(&|| ask("Password of the key file: "));
            let key = p12::open(path, &password.map_err(Problem::usage)?, algorithm);
            return Ok(Some(Box::new(key.map_err(Problem::usage)?)));
        }
        let certificate = self.certificate.as_deref().ok_or_else(|| {
            Problem::usage(format!("seal with {key}: name the certificates of that key with --certificate"))
        })?;
        let key = FileKey::open(path, certificate, algorithm).map_err(Problem::usage)?;
        Ok(Some(Box::new(key)))
    }

    /// The key that has to be named.
    pub fn needed(&self) -> Result<Box<dyn SealingKey>, Problem> {
        self.open()?.ok_or_else(|| Problem::usage("sign: name a key with --key"))
    }

    fn on_token(&self, uri: &str, algorithm: Option<Algorithm>) -> Result<Box<dyn SealingKey>, Problem> {
        let mut uri: TokenUri = uri.parse().map_err(Problem::usage)?;
        uri.module = self.module.clone().or(uri.module);
        uri.slot = self.slot.or(uri.slot);
        uri.object = self.label.clone().or(uri.object);
        let place = self.pin.clone().or_else(|| uri.pin.clone()).unwrap_or_default();
        let pin = place.read(&|| ask("PIN of the token: ")).map_err(Problem::usage)?;
        let chain = self.certificate.as_deref().map(certificates).transpose()?;
        let key = TokenKey::open(&uri, &pin, chain.as_deref(), algorithm).map_err(Problem::usage)?;
        Ok(Box::new(key))
    }
}

/// All certificates of a PEM file, DER.
pub fn certificates(path: &Path) -> Result<Vec<Vec<u8>>, Problem> {
    let bytes = super::read(path)?;
    let found: Vec<Vec<u8>> =
        CertificateDer::pem_slice_iter(&bytes).filter_map(Result::ok).map(|c| c.to_vec()).collect();
    match found.is_empty() {
        true => Err(Problem::usage(format!("read {}: there is no certificate in it", path.display()))),
        false => Ok(found),
    }
}

/// Asks for a secret on the terminal, without showing it.
fn ask(prompt: &str) -> std::io::Result<String> {
    let terminal = console::Term::stderr();
    terminal.write_str(prompt)?;
    terminal.read_secure_line()
}
