//! Whom a side trusts: anchors and revocation lists, and what rustls makes of them.
//!
//! Reading anchors and lists costs more than a handshake does, so each is read once, beside the material it comes from.
//! The verifiers that are kept remember nothing of a connection; who was seen on one is noted by its own wrapper.

use std::sync::{Arc, OnceLock};

use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;

use super::{provider, status};

/// Trust anchors and revocation lists. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Trust(Arc<Parts>);

#[derive(Debug, Default)]
struct Parts {
    anchors: Vec<CertificateDer<'static>>,
    crls: Vec<CertificateRevocationListDer<'static>>,
    /// Whether the lists count for the leaf alone: a deliberate wrong.
    leaf_alone: bool,
    /// What was learned of the status of certificates.
    status: status::Cache,
    servers: OnceLock<Arc<dyn ServerCertVerifier>>,
    clients: OnceLock<Arc<dyn ClientCertVerifier>>,
}

/// Anchors or lists that make no verifier: our own material is at fault, not the candidate.
#[derive(Debug, thiserror::Error)]
#[error("use the trust anchors and revocation lists: {0}")]
pub struct UnusableTrust(String);

impl Trust {
    /// Trust in these anchors, less what the lists revoke.
    pub fn new(anchors: Vec<CertificateDer<'static>>, crls: Vec<CertificateRevocationListDer<'static>>) -> Self {
        Self(Arc::new(Parts { anchors, crls, ..Parts::default() }))
    }

    /// The same anchors without revocation lists.
    #[must_use]
    pub fn without_lists(&self) -> Self {
        Self::new(self.0.anchors.clone(), Vec::new())
    }

    /// The same, with lists that count for the leaf alone.
    #[must_use]
    pub fn for_the_leaf_alone(&self) -> Self {
        let (anchors, crls) = (self.0.anchors.clone(), self.0.crls.clone());
        Self(Arc::new(Parts { anchors, crls, leaf_alone: true, ..Parts::default() }))
    }

    /// What is remembered of the status of certificates.
    pub(super) fn status(&self) -> &status::Cache {
        &self.0.status
    }

    /// The anchors.
    pub fn anchors(&self) -> &[CertificateDer<'static>] {
        &self.0.anchors
    }

    /// The verifier of servers.
    pub(super) fn of_servers(&self) -> Result<Arc<dyn ServerCertVerifier>, UnusableTrust> {
        if let Some(made) = self.0.servers.get() {
            return Ok(made.clone());
        }
        let mut builder = WebPkiServerVerifier::builder_with_provider(self.roots()?, provider())
            .with_crls(self.0.crls.iter().cloned())
            .allow_unknown_revocation_status();
        if self.0.leaf_alone {
            builder = builder.only_check_end_entity_revocation();
        }
        let made = builder.build().map_err(|e| UnusableTrust(e.to_string()))?;
        Ok(self.0.servers.get_or_init(|| made).clone())
    }

    /// The verifier of clients.
    pub(super) fn of_clients(&self) -> Result<Arc<dyn ClientCertVerifier>, UnusableTrust> {
        if let Some(made) = self.0.clients.get() {
            return Ok(made.clone());
        }
        let mut builder = WebPkiClientVerifier::builder_with_provider(self.roots()?, provider())
            .with_crls(self.0.crls.iter().cloned())
            .allow_unknown_revocation_status();
        if self.0.leaf_alone {
            builder = builder.only_check_end_entity_revocation();
        }
        let made = builder.build().map_err(|e| UnusableTrust(e.to_string()))?;
        Ok(self.0.clients.get_or_init(|| made).clone())
    }

    fn roots(&self) -> Result<Arc<RootCertStore>, UnusableTrust> {
        let mut roots = RootCertStore::empty();
        for anchor in &self.0.anchors {
            roots.add(anchor.clone()).map_err(|e| UnusableTrust(e.to_string()))?;
        }
        Ok(Arc::new(roots))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::base::clock;
    use crate::net::pki::TestPki;

    #[test]
    fn a_verifier_is_made_once_and_trust_with_other_lists_has_its_own() {
        let pki = TestPki::generate(clock::now()).unwrap();
        let trust = Trust::new(vec![pki.root_der()], pki.crls().unwrap());
        assert!(Arc::ptr_eq(&trust.of_clients().unwrap(), &trust.clone().of_clients().unwrap()));
        assert!(!Arc::ptr_eq(&trust.of_clients().unwrap(), &trust.without_lists().of_clients().unwrap()));
    }

    #[test]
    fn anchors_that_cannot_be_read_are_told_and_none_are_no_verifier() {
        let garbled = Trust::new(vec![CertificateDer::from(vec![1, 2, 3])], Vec::new());
        assert!(garbled.of_servers().is_err());
        assert!(Trust::default().of_clients().is_err());
    }
}
