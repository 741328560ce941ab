//! The certificates that a case shows, and the services that tell their status.
//!
//! In a self-test they are issued for the case, with the address of services of its own: what is looked up there belongs to
//! the case. For an outside candidate they are files, and their services stand at one address while the case runs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::bench::{Bench, leaf_spec};
use crate::net::listen::{Bound, ListenError, bind};
use crate::net::pki::{Credential, LeafFlaw, PkiError};
use crate::net::responder::{Observer, Responder};
use crate::net::{Identity, Listener};

/// Number of a certificate that is issued for a case; those of a run have lower ones.
const NUMBER: usize = 90;

/// Identities with what a case shows, and the services if it needs any.
pub(super) async fn prepare(
    bench: &Bench,
    wanted: &BTreeSet<(String, LeafFlaw)>,
    observer: Observer,
) -> Result<(BTreeMap<String, Identity>, Option<Listener>), ListenError> {
    let kit = &bench.kit;
    let mut shown = BTreeMap::new();
    let needs_services = wanted.iter().any(|(_, kind)| kind.status().is_some());
    let (bound, address) = match (needs_services, &bench.embedded, &kit.status) {
        (true, Some(_), _) => own_services().await?,
        (true, None, Some((listen, url))) => (Some(bind(*listen).await?), Some(url.clone())),
        _ => (None, None),
    };
    for (name, kind) in wanted {
        let known = shown.get(name).or_else(|| kit.identities.get(name));
        let Some(identity) = known.cloned() else { continue };
        let identity = issued(bench, identity, *kind, address.as_deref())
            .map_err(|error| ListenError::Tls(format!("{error}, kind `{kind}`")))?;
        shown.insert(name.clone(), identity);
    }
    let serials = serials(&shown, wanted);
    let listener = match (bound, &kit.pki) {
        (Some(bound), Some(pki)) => {
            Some(Responder::new(Arc::clone(pki), serials, observer).serve(bound, kit.gtk.limits.clone()))
        }
        _ => None,
    };
    Ok((shown, listener))
}

async fn own_services() -> Result<(Option<Bound>, Option<String>), ListenError> {
    let bound = bind(([127, 0, 0, 1], 0).into()).await?;
    let address = format!("http://{}", bound.address);
    Ok((Some(bound), Some(address)))
}

/// The identity with a certificate of the kind; an outside candidate is shown what its file names.
fn issued(bench: &Bench, identity: Identity, kind: LeafFlaw, address: Option<&str>) -> Result<Identity, PkiError> {
    match &bench.kit.pki {
        Some(pki) if bench.embedded.is_some() && identity.credential(kind).is_err() => {
            let spec = leaf_spec(&identity.name, &identity.ura, NUMBER);
            let credential = pki.issue_at(&spec, kind, address)?;
            Ok(identity.with_credential(kind, credential))
        }
        _ => Ok(identity),
    }
}

fn serials(
    shown: &BTreeMap<String, Identity>,
    wanted: &BTreeSet<(String, LeafFlaw)>,
) -> BTreeMap<LeafFlaw, Vec<Vec<u8>>> {
    let mut serials: BTreeMap<LeafFlaw, Vec<Vec<u8>>> = BTreeMap::new();
    for (name, kind) in wanted {
        let credential = shown.get(name).and_then(|identity| identity.credential(*kind).ok());
        serials.entry(*kind).or_default().extend(credential.and_then(Credential::serial));
    }
    serials
}
