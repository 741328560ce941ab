//! The token request of Nuts (RFC021, RFC023), as the reference GtK takes it and makes it. A presentation proves who the
//! organisation is; where a statement of DEZI is in it, that must hold too.

use serde_json::Value;
use time::{Duration, OffsetDateTime};

use super::Gtk;
use super::state::{Issued, Purpose};
use super::token::{Form, Refusal};
use crate::base::clock;
use crate::deviation::Deviation;
use crate::net::Incoming;
use crate::wire::dezi;
use crate::wire::http::{Url, parse_pairs};
use crate::wire::jose::{self, Jwks};
use crate::wire::nuts::{
    CredentialFacts, GRANT_TYPE, PresentationDemands, credentials_of, facts, presentation_faults, statement_of,
    unique_value,
};

impl Gtk {
    /// Gives a token on a presentation.
    pub(super) fn issue_by_presentation(&self, form: &Form, now: OffsetDateTime) -> Result<Value, Refusal> {
        let refuse = |text| Refusal("invalid_request", text);
        if self.deviates(Deviation::RefusesPresentations) {
            return Err(Refusal("unsupported_grant_type", "presentations are not taken"));
        }
        // No source says how an authorization base or a patient goes along with a presentation.
        if self.purpose(form)? != Purpose::Notification {
            return Err(Refusal("invalid_scope", "a presentation gives tokens for notifications alone"));
        }
        let token = form.get("assertion").ok_or(refuse("assertion is missing"))?;
        let jws = jose::decode_unverified(token, jose::Limits::TOKEN);
        let jws = jws.map_err(|_| refuse("the presentation cannot be read"))?;
        let rules = &self.config.rules.nuts;
        let audiences = self.names_as_server();
        let demands =
            PresentationDemands { longest_s: rules.longest_s, skew_s: rules.clock_skew_s, audiences: &audiences, now };
        let overlooked = self.config.deviation.and_then(Deviation::overlooks_in_presentation);
        if presentation_faults(&jws, &demands).into_iter().any(|fault| Some(fault) != overlooked) {
            return Err(refuse("the presentation does not hold"));
        }
        let fresh = unique_value(&jws.claims).is_some_and(|v| self.state().assertions.insert(format!("vp:{v}")));
        if !fresh && !self.deviates(Deviation::AcceptsReplayedPresentations) {
            return Err(refuse("the presentation was used before"));
        }
        let ura =
            self.organisation_of(&jws.claims, now).ok_or(refuse("the credential of the organisation does not hold"))?;
        let statements = credentials_of(&jws.claims).into_iter().filter_map(statement_of);
        for statement in statements {
            if !self.believes_statement(statement, &ura, now) {
                return Err(refuse("the statement of DEZI does not hold"));
            }
        }
        let ends = now + Duration::seconds(self.config.rules.token_lifetime_s);
        let issued = Issued {
            purpose: Purpose::Notification,
            referral: None,
            requester: None,
            service: None,
            organisation: Some(ura),
            ends,
        };
        Ok(self.hand_out(issued, form))
    }

    /// The names of its authorization server.
    fn names_as_server(&self) -> Vec<&str> {
        let addresses = &self.config.addresses;
        std::iter::once(addresses.token_endpoint.as_str()).chain(addresses.issuer.as_deref()).collect()
    }

    /// The URA that a credential in a presentation proves.
    fn organisation_of(&self, claims: &Value, now: OffsetDateTime) -> Option<String> {
        let anchors: Vec<Vec<u8>> = self.config.trust.anchors().iter().map(|der| der.to_vec()).collect();
        let holder = claims["sub"].as_str().or(claims["iss"].as_str())?;
        let skew = self.config.rules.nuts.clock_skew_s;
        let overlooked = self.config.deviation.and_then(Deviation::overlooks_in_credential);
        let holds = |facts: &CredentialFacts| facts.faults.iter().all(|fault| Some(*fault) == overlooked);
        let tokens = credentials_of(claims).into_iter().filter_map(Value::as_str);
        tokens.map(|token| facts(token, holder, &anchors, skew, now)).find(holds)?.ura
    }

    fn believes_statement(&self, statement: &str, ura: &str, now: OffsetDateTime) -> bool {
        let rules = &self.config.rules.nuts;
        let one_spelling = self.deviates(Deviation::RefusesOtherSpellingOfAssurance);
        let known = if one_spelling { 1 } else { rules.assurance.len() };
        let audiences = self.names_as_server();
        let demands = dezi::Demands {
            sources: &self.config.dezi_sources,
            assurance: &rules.assurance[..known.min(rules.assurance.len())],
            ura,
            audiences: &audiences,
            skew_s: rules.clock_skew_s,
            now,
        };
        let keys = dezi::source_of(statement).and_then(|source| self.state().dezi.get(&source).cloned());
        let overlooked = self.config.deviation.and_then(Deviation::overlooks_in_statement);
        dezi::faults(statement, keys.as_ref(), &demands).into_iter().all(|fault| Some(fault) == overlooked)
    }

    /// Fetches the keys that a statement of DEZI names, where that place is allowed.
    pub(super) async fn learn_keys_of_dezi(&self, incoming: &Incoming) {
        if self.config.lenient {
            return;
        }
        let form = parse_pairs(&String::from_utf8_lossy(&incoming.request.body), true);
        let field = |name: &str| form.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
        if field("grant_type") != Some(GRANT_TYPE) {
            return;
        }
        let jws = field("assertion").and_then(|token| jose::decode_unverified(token, jose::Limits::TOKEN).ok());
        let Some(jws) = jws else { return };
        let any = self.deviates(Deviation::AcceptsDeziFromAnySource);
        for source in credentials_of(&jws.claims).into_iter().filter_map(statement_of).filter_map(dezi::source_of) {
            let allowed = any || self.config.dezi_sources.contains(&source);
            let Some(url) = Url::parse(&source).filter(|_| allowed && !self.state().dezi.contains_key(&source)) else {
                continue;
            };
            let set = self.fetch(&url).await.and_then(|set| Jwks::parse(&set.to_string()).ok());
            if let Some(keys) = set {
                self.state().dezi.insert(source, keys);
            }
        }
    }

    /// Asks another GtK for a token with a presentation.
    pub(super) async fn ask_by_presentation(&self, receiver: &str) -> Option<()> {
        let addresses = &self.config.peers.get(receiver)?.addresses;
        let endpoint = Url::parse(&addresses.token_endpoint)?;
        let server = addresses.issuer.as_ref().unwrap_or(&addresses.token_endpoint);
        let rules = &self.config.rules;
        let identity = &self.config.identity;
        let inputs = identity.token_inputs(server, &rules.scopes.notification, clock::now());
        let (trust, deviation) = (&self.config.trust, self.config.deviation);
        let request =
            identity.presentation_request(&inputs, &rules.nuts, trust, None, deviation, &endpoint.target).ok()?;
        self.send(&endpoint, request, None).await.map(drop)
    }
}
