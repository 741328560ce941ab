//! The only sockets: connecting, listening, certificates. All traffic is recorded here.

mod body;
pub mod connect;
pub mod errand;
pub mod fetch;
pub mod identity;
pub mod limits;
pub mod listen;
pub mod pki;
pub mod probe;
pub mod record;
pub mod responder;
mod seen;
pub mod status;
mod trust;
mod verify;

pub use connect::{ClientTls, Outcome, Versions};
pub use identity::Identity;
pub use limits::Limits;
pub use listen::{Answer, ClientPolicy, Incoming, Listener, ServerTls, Service};
pub use record::{RawExchange, Recorder};
pub use status::StatusRules;
pub use trust::{Trust, UnusableTrust};

use std::sync::{Arc, LazyLock};

use rustls::crypto::CryptoProvider;

/// Installs the cryptography that rustls uses for the whole process. Calling it again does no harm.
pub fn install_crypto() {
    // A second call finds a provider in place, which is what we want.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// The cryptography of every connection, the same for all.
fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: LazyLock<Arc<CryptoProvider>> =
        LazyLock::new(|| Arc::new(rustls::crypto::ring::default_provider()));
    PROVIDER.clone()
}

/// The same without the suites of ChaCha20: a deliberate wrong.
fn without_chacha20(provider: &CryptoProvider) -> Arc<CryptoProvider> {
    let mut provider = provider.clone();
    provider.cipher_suites.retain(|s| !format!("{:?}", s.suite()).contains("CHACHA20"));
    Arc::new(provider)
}

/// The same for servers, whose order of suites decides: what the guidelines rate higher stands first.
fn server_provider() -> Arc<CryptoProvider> {
    static PROVIDER: LazyLock<Arc<CryptoProvider>> = LazyLock::new(|| {
        let mut provider = rustls::crypto::ring::default_provider();
        let smaller_key = |name: String| name.contains("TLS13_AES_128");
        let is_13 = |name: &str| name.starts_with("TLS13");
        provider.cipher_suites.sort_by_key(|s| {
            let name = format!("{:?}", s.suite());
            (!is_13(&name), smaller_key(name))
        });
        Arc::new(provider)
    });
    PROVIDER.clone()
}
