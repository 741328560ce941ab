//! Metadata of an authorization server (RFC 8414 sections 2, 3.1 and 3.3).

use serde::Deserialize;

use super::subject::json_body;
use super::{Answer, Context, Judged, each};
use crate::base::text::Text;
use crate::transcript::Exchange;
use crate::wire::http::Url;
use crate::wire::oauth::well_known;

/// The metadata of an authorization server: the issuer is the one for which they stand at this place, and token endpoint
/// and key set have addresses.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ServerMetadata {}

impl ServerMetadata {
    pub(super) fn expected(&self) -> Text {
        Text::new(
            "metadata met de issuer van deze plaats, token_endpoint en jwks_uri",
            "metadata with the issuer of this place, token_endpoint and jwks_uri",
        )
    }
    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        each(context, |e| match e.status() {
            Some(200) => match json_body(e) {
                Ok(body) => of_body(e, body),
                Err(judged) => judged,
            },
            Some(status) => Judged::NotMet(format!("status {status}")),
            None => e.fault.as_ref().map_or(Judged::Undecided("no answer".into()), super::subject::fault_judged),
        })
    }
}

fn of_body(exchange: &Exchange, body: &serde_json::Value) -> Judged {
    let place = exchange.request.as_ref().map(|r| format!("{}{}", r.base, r.target)).unwrap_or_default();
    let issuer = body["issuer"].as_str().unwrap_or_default();
    if well_known(issuer).as_deref() != Some(place.as_str()) {
        return Judged::NotMet(format!("the metadata of issuer `{issuer}` do not belong at {place}"));
    }
    let address = |name: &str| body[name].as_str().and_then(Url::parse).is_some_and(|url| url.scheme == "https");
    match ["token_endpoint", "jwks_uri"].into_iter().find(|name| !address(name)) {
        Some(name) => Judged::NotMet(format!("{name} is no https address")),
        None => Judged::Met(format!("issuer {issuer}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn say(body: &serde_json::Value) -> bool {
        let exchange: Exchange = serde_json::from_value(json!({
            "direction": "to-candidate", "endpoint": "metadata", "identity": "partner", "began": "2026-01-01T00:00:00Z",
            "micros": 1,
            "request": {"method": "GET", "target": "/.well-known/oauth-authorization-server/as", "base": "https://sim.example",
                "headers": [], "body": "empty", "jwt": {}},
        }))
        .unwrap_or_else(|e| panic!("{e}"));
        matches!(of_body(&exchange, body), Judged::Met(_))
    }

    #[test]
    fn metadata_must_belong_where_they_stand_and_name_both_addresses() {
        let good = json!({
            "issuer": "https://sim.example/as", "token_endpoint": "https://sim.example/token",
            "jwks_uri": "https://sim.example/as/jwks",
        });
        assert!(say(&good));
        for (name, value) in [
            ("issuer", json!("https://sim.example/other")),
            ("issuer", json!("https://sim.example/.well-known/oauth-authorization-server/as")),
            ("token_endpoint", json!("http://sim.example/token")),
            ("jwks_uri", json!(null)),
        ] {
            let mut wrong = good.clone();
            wrong[name] = value;
            assert!(!say(&wrong), "{name}");
        }
    }
}
