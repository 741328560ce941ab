//! Signing keys of an identity for other algorithms than its usual one: made afresh, or of the files of a candidate file.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use super::bench::BenchError;
use super::material::read_text;
use crate::net::identity::NamedKey;
use crate::suite::candidate::IdentityFile;
use crate::wire::jose::{Algorithm, JoseFault, SigningKey};

/// Keys for other algorithms than that of the usual key. An RSA key takes a while, so one serves all identities of a process.
pub(super) fn fresh_keys(name: &str, usual: &SigningKey) -> Result<BTreeMap<Algorithm, NamedKey>, JoseFault> {
    static RSA: LazyLock<Result<SigningKey, JoseFault>> = LazyLock::new(|| SigningKey::generate(Algorithm::Ps256));
    let named = |algorithm: Algorithm, signing| (algorithm, NamedKey { id: key_id(name, algorithm), signing });
    Ok(BTreeMap::from([
        (Algorithm::Es256, NamedKey { id: format!("{name}-1"), signing: usual.clone() }),
        named(Algorithm::Es512, SigningKey::generate(Algorithm::Es512)?),
        named(Algorithm::Ps256, RSA.clone()?),
    ]))
}

/// Id of a key for an algorithm.
fn key_id(name: &str, algorithm: Algorithm) -> String {
    format!("{name}-{}", algorithm.name().to_ascii_lowercase())
}

/// The keys that a candidate file names, each fit for its algorithm.
pub(super) fn more_keys(dir: &Path, declared: &IdentityFile) -> Result<BTreeMap<Algorithm, NamedKey>, BenchError> {
    let mut keys = BTreeMap::new();
    for (algorithm, file) in &declared.signing_keys {
        let signing = SigningKey::from_pem(&read_text(&dir.join(&file.key))?)?;
        if !signing.verifying_key().algorithms().contains(algorithm) {
            let reason = format!("{} holds a key that cannot sign by {}", file.key, algorithm.name());
            return Err(BenchError::Setting { setting: "harness.identities.*.signing-keys".into(), reason });
        }
        keys.insert(*algorithm, NamedKey { id: file.key_id.clone(), signing });
    }
    Ok(keys)
}
