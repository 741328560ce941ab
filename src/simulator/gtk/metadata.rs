//! Metadata and keys of the authorization server (RFC 8414, RFC 7517), as it offers them and as it reads those of others:
//! keys are kept, and fetched again when one is named that is not known (GF-AUTHN-018, -019).

use serde_json::{Value, json};

use super::{Gtk, Peer};
use crate::deviation::Deviation;
use crate::net::Incoming;
use crate::wire::http::{HttpRequest, HttpResponse, Url, parse_pairs};
use crate::wire::jose::{self, Jwk, Jwks};
use crate::wire::oauth::well_known;

/// How long others may keep what is offered here (as one implementation does).
const CACHE: &str = "must-revalidate, max-age=14400";

impl Gtk {
    /// Path of the metadata, when there are any.
    pub(super) fn metadata_path(&self) -> Option<String> {
        let issuer = self.config.addresses.issuer.as_deref()?;
        Url::parse(&well_known(issuer)?).map(|url| url.target)
    }

    /// Path of the key set, when there is one.
    pub(super) fn keys_path(&self) -> Option<String> {
        Url::parse(self.config.addresses.issuer.as_deref()?).map(|url| format!("{}/jwks", url.target))
    }

    pub(super) fn metadata(&self) -> HttpResponse {
        let addresses = &self.config.addresses;
        let issuer = addresses.issuer.clone().unwrap_or_default();
        let mut value = json!({
            "issuer": issuer,
            "token_endpoint": addresses.token_endpoint,
            "jwks_uri": format!("{issuer}/jwks"),
            "response_types_supported": [],
            "grant_types_supported": [crate::wire::oauth::JWT_BEARER],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": self.config.rules.algorithms,
        });
        match self.config.deviation {
            Some(Deviation::MetadataWithoutKeys) => drop(value.as_object_mut().map(|o| o.remove("jwks_uri"))),
            Some(Deviation::MetadataOfOtherIssuer) => value["issuer"] = json!(addresses.token_endpoint),
            _ => {}
        }
        HttpResponse::json(200, "application/json", &value).with_header("cache-control", CACHE)
    }

    pub(super) fn key_set(&self) -> HttpResponse {
        let identity = &self.config.identity;
        let mut keys = vec![identity.signing.public_jwk(&identity.key_id)];
        keys.extend(identity.more_keys.values().map(|key| key.signing.public_jwk(&key.id)));
        keys.extend(self.state().published.iter().cloned());
        let mut value = Jwks::new(keys).to_value();
        if self.deviates(Deviation::KeysWithoutId) {
            for key in value["keys"].as_array_mut().into_iter().flatten() {
                drop(key.as_object_mut().map(|o| o.remove("kid")));
            }
        }
        HttpResponse::json(200, "application/json", &value).with_header("cache-control", CACHE)
    }

    /// Adds a key to those that are offered.
    pub fn publish_key(&self, key: Jwk) {
        self.state().published.push(key);
    }

    /// The keys of another system: those that are known from the start and those that were fetched.
    pub(super) fn keys_of(&self, peer: &Peer) -> Jwks {
        let mut keys = peer.keys.clone();
        keys.keys.extend(self.state().learned.get(&peer.client_id).into_iter().flatten().cloned());
        keys
    }

    /// Fetches the keys of whoever asks for a token by a key that is not known.
    pub(super) async fn learn_keys(&self, incoming: &Incoming) {
        if self.config.lenient || self.deviates(Deviation::KeepsOldKeys) {
            return;
        }
        let form = parse_pairs(&String::from_utf8_lossy(&incoming.request.body), true);
        let assertion = form.iter().find(|(name, _)| name == "client_assertion").map(|(_, token)| token);
        let Some(jws) = assertion.and_then(|token| jose::decode_unverified(token, jose::Limits::TOKEN).ok()) else {
            return;
        };
        let (Some(kid), Some(issuer)) = (jws.kid(), jws.claims["iss"].as_str()) else { return };
        let Some(peer) = self.config.peers.values().find(|p| p.client_id == issuer) else { return };
        let known = self.keys_of(peer).keys.iter().any(|key| key.kid.as_deref() == Some(kid));
        if known && !self.deviates(Deviation::FetchesKeysEveryTime) {
            return;
        }
        if let Some(keys) = self.fetch_keys(peer).await {
            self.state().learned.insert(peer.client_id.clone(), keys);
        }
    }

    /// Metadata first, then the key set that they name, below the same origin.
    async fn fetch_keys(&self, peer: &Peer) -> Option<Vec<Jwk>> {
        let issuer = peer.addresses.issuer.as_deref()?;
        let place = Url::parse(&well_known(issuer)?)?;
        let metadata: Value = self.fetch(&place).await?;
        if metadata["issuer"] != issuer {
            return None;
        }
        let keys = Url::parse(metadata["jwks_uri"].as_str()?).filter(|url| url.origin() == place.origin())?;
        let set = self.fetch(&keys).await?;
        Jwks::parse(&set.to_string()).ok().map(|set| set.keys)
    }

    pub(super) async fn fetch(&self, from: &Url) -> Option<Value> {
        let request = HttpRequest::get(from.target.clone()).with_header("accept", "application/json");
        let response = self.send(from, request, None).await.filter(|r| r.status == 200)?;
        serde_json::from_slice(&response.body).ok()
    }
}
