//! The authorization server: Twiin-07 by RFC 6749, 7521 and 7523 (20-technical-core section 6).

use serde_json::{Map, Value, json};
use time::{Duration, OffsetDateTime};

use super::state::{Issued, Purpose, Requester};
use super::{Gtk, Peer};
use crate::base::clock;
use crate::deviation::{Deviation, Guard};
use crate::net::Incoming;
use crate::transcript::TlsFacts;
use crate::wire::http::{HttpResponse, parse_pairs};
use crate::wire::jose::{self, Algorithm, DecodedJws};
use crate::wire::nuts;
use crate::wire::oauth::{CLIENT_ASSERTION, JWT_BEARER};

/// A refusal: error code and description (RFC 6749 section 5.2).
pub(super) struct Refusal(pub &'static str, pub &'static str);

/// The guards of one kind of assertion.
struct Guards {
    expiry: Guard,
    audience: Guard,
    error: &'static str,
}

const CLIENT: Guards = Guards { expiry: Guard::ClientExpiry, audience: Guard::ClientAudience, error: "invalid_client" };
const GRANT: Guards = Guards { expiry: Guard::GrantExpiry, audience: Guard::GrantAudience, error: "invalid_grant" };

/// The fields of a token request, each at most once.
pub(super) struct Form(Map<String, Value>);

impl Form {
    fn parse(body: &[u8]) -> Result<Self, Refusal> {
        let mut fields = Map::new();
        for (name, value) in parse_pairs(&String::from_utf8_lossy(body), true) {
            if fields.insert(name, json!(value)).is_some() {
                return Err(Refusal("invalid_request", "a parameter stands twice"));
            }
        }
        Ok(Self(fields))
    }
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }
}

impl Gtk {
    pub(super) fn token(&self, incoming: &Incoming) -> HttpResponse {
        if self.deviates(Deviation::NoTokenEndpoint) || incoming.request.method != "POST" {
            return HttpResponse::status(404);
        }
        let mut response =
            match Form::parse(&incoming.request.body).and_then(|form| self.issue(&form, incoming.tls.as_ref())) {
                Ok(body) => HttpResponse::json(200, "application/json", &body)
                    .with_header("cache-control", "no-store")
                    .with_header("pragma", "no-cache"),
                Err(Refusal(error, text)) => {
                    let status = if error == "invalid_client" { 401 } else { 400 };
                    HttpResponse::json(status, "application/json", &json!({"error": error, "error_description": text}))
                        .with_header("cache-control", "no-store")
                }
            };
        if let Some(deviation) = self.config.deviation {
            deviation.edit_token_response(&mut response);
        }
        response
    }

    fn issue(&self, form: &Form, tls: Option<&TlsFacts>) -> Result<Value, Refusal> {
        let now = clock::now();
        if form.get("grant_type") == Some(nuts::GRANT_TYPE) && !self.config.lenient {
            return self.issue_by_presentation(form, now);
        }
        self.check_grant_type(form)?;
        let client = self.client(form, now)?;
        self.check_certificate(tls, client).map_err(|text| Refusal("invalid_client", text))?;
        let purpose = self.purpose(form)?;
        let grant = self.grant(form, client, now)?;
        let referral = match purpose {
            Purpose::Notification | Purpose::Consultation => None,
            Purpose::Pull => self.referral_of(grant.as_ref(), client, now)?,
        };
        let organisation = grant
            .as_ref()
            .and_then(|g| g[&self.config.rules.claims.organisation].as_str())
            .or(client.map(|c| c.ura.as_str()))
            .map(str::to_owned);
        let service = form.get("scope").and_then(|scope| self.service_consulted_by(scope));
        let requester = match purpose {
            Purpose::Consultation => {
                let mut requester = self.requester(grant.as_ref(), organisation.as_deref());
                self.authorize_requester(&mut requester, service)?;
                Some(requester)
            }
            // A base is for one patient; a careless source goes by the patient of the grant (GF-AUTHZ-005).
            Purpose::Pull if self.deviates(Deviation::GoesByPatientOfGrant) => {
                let requester = self.requester(grant.as_ref(), organisation.as_deref());
                requester.patient.is_some().then_some(requester)
            }
            _ => None,
        };
        let ends = now + Duration::seconds(self.config.rules.token_lifetime_s);
        Ok(self.hand_out(Issued { purpose, referral, requester, service, organisation, ends }, form))
    }

    /// A fresh token for what was decided.
    pub(super) fn hand_out(&self, issued: Issued, form: &Form) -> Value {
        let token = format!("{}{}", uuid::Uuid::new_v4().simple(), uuid::Uuid::new_v4().simple());
        let lifetime = self.config.rules.token_lifetime_s;
        self.state().tokens.insert(token.clone(), issued);
        let scope = form.get("scope").unwrap_or_default();
        json!({"access_token": token, "token_type": "Bearer", "expires_in": lifetime, "scope": scope})
    }

    fn check_grant_type(&self, form: &Form) -> Result<(), Refusal> {
        match form.get("grant_type") {
            Some(JWT_BEARER) => Ok(()),
            _ if !self.guards(Guard::GrantType) => Ok(()),
            Some(_) => Err(Refusal("unsupported_grant_type", "only the JWT bearer grant is supported")),
            None => Err(Refusal("invalid_request", "grant_type is missing")),
        }
    }

    /// Who asks. `None` when a guard that would have told was left out.
    fn client(&self, form: &Form, now: OffsetDateTime) -> Result<Option<&Peer>, Refusal> {
        if form.get("client_secret").is_some() {
            return if self.guards(Guard::NoSecret) {
                Err(Refusal("invalid_client", "shared secrets are not used"))
            } else {
                Ok(form.get("client_id").and_then(|id| self.peer_by_client(id)))
            };
        }
        let Some(assertion) = form.get("client_assertion") else {
            return if self.guards(Guard::ClientAssertion) {
                Err(Refusal("invalid_client", "client_assertion is missing"))
            } else {
                Ok(None)
            };
        };
        if form.get("client_assertion_type") != Some(CLIENT_ASSERTION) && !self.config.lenient {
            return Err(Refusal("invalid_client", "client_assertion_type is missing or unknown"));
        }
        let jws = self.assertion(assertion, &CLIENT, now)?;
        Ok(jws.claims["sub"].as_str().and_then(|id| self.peer_by_client(id)))
    }

    fn peer_by_client(&self, id: &str) -> Option<&Peer> {
        self.config.peers.values().find(|p| p.client_id == id)
    }

    pub(super) fn purpose(&self, form: &Form) -> Result<Purpose, Refusal> {
        let scopes = &self.config.rules.scopes;
        match form.get("scope") {
            Some(scope) if scope == scopes.notification => Ok(Purpose::Notification),
            Some(scope) if scope == scopes.pull => Ok(Purpose::Pull),
            Some(scope) if scope == scopes.consultation || self.service_consulted_by(scope).is_some() => {
                Ok(Purpose::Consultation)
            }
            _ if !self.guards(Guard::Scope) => Ok(Purpose::Pull),
            _ => Err(Refusal("invalid_scope", "the scope is not known")),
        }
    }

    /// The claims of the grant, if there is one.
    fn grant(&self, form: &Form, client: Option<&Peer>, now: OffsetDateTime) -> Result<Option<Value>, Refusal> {
        let Some(assertion) = form.get("assertion") else {
            let needed = self.guards(Guard::GrantType);
            return if needed { Err(Refusal("invalid_request", "assertion is missing")) } else { Ok(None) };
        };
        let jws = self.assertion(assertion, &GRANT, now)?;
        let organisation = jws.claims[&self.config.rules.claims.organisation].as_str();
        let Some(organisation) = organisation.filter(|o| !o.is_empty()).or(self.config.lenient.then_some("")) else {
            return Err(Refusal("invalid_grant", "the organisation is missing"));
        };
        let speaks_for_itself = client.is_none_or(|c| c.ura == organisation);
        if self.guards(Guard::BaseBelongs) && !speaks_for_itself {
            return Err(Refusal("invalid_grant", "the client does not speak for this organisation"));
        }
        Ok(Some(jws.claims))
    }

    /// Decodes an assertion and checks signature, lifetime, audience and first use.
    fn assertion(&self, token: &str, guards: &Guards, now: OffsetDateTime) -> Result<DecodedJws, Refusal> {
        let refuse = |text| Refusal(guards.error, text);
        let jws =
            jose::decode_unverified(token, jose::Limits::TOKEN).map_err(|_| refuse("the assertion cannot be read"))?;
        if self.config.lenient {
            return Ok(jws);
        }
        self.check_signature(&jws, guards)?;
        let rules = &self.config.rules;
        let seconds = |name: &str| jws.claims[name].as_i64();
        let at = now.unix_timestamp();
        if self.guards(guards.expiry) {
            let expires = seconds("exp").ok_or(refuse("exp is missing"))?;
            if expires + rules.clock_skew_s < at {
                return Err(refuse("the assertion has expired"));
            }
            if seconds("iat").is_some_and(|issued| expires - issued > rules.longest_assertion_s) {
                return Err(refuse("the assertion lives too long"));
            }
        }
        let audience = &jws.claims["aud"];
        let own = self.config.addresses.token_endpoint.as_str();
        let for_us = audience == own || audience.as_array().is_some_and(|list| list.iter().any(|a| a == own));
        if self.guards(guards.audience) && !for_us {
            return Err(refuse("the assertion is for another server"));
        }
        if let Some(id) = jws.claims["jti"].as_str()
            && !self.state().assertions.insert(id.to_owned())
        {
            return Err(refuse("the assertion was used before"));
        }
        Ok(jws)
    }

    fn check_signature(&self, jws: &DecodedJws, guards: &Guards) -> Result<(), Refusal> {
        let refuse = |text| Refusal(guards.error, text);
        let algorithm = jws.header.get("alg").and_then(Value::as_str).unwrap_or_default();
        if algorithm.eq_ignore_ascii_case("none") {
            return if self.guards(Guard::ClientSigned) { Err(refuse("the assertion is not signed")) } else { Ok(()) };
        }
        if algorithm.starts_with("HS") {
            return if self.guards(Guard::ClientAsymmetric) {
                Err(refuse("a shared secret is no signature"))
            } else {
                Ok(())
            };
        }
        let issuer = jws.claims["iss"].as_str().and_then(|id| self.peer_by_client(id));
        let knows = |a: &Algorithm| !self.deviates(Deviation::VerifiesEs256Alone) || *a == Algorithm::Es256;
        let allowed = self.config.rules.algorithms.iter().filter_map(|a| a.parse().ok()).filter(knows);
        let allowed: Vec<Algorithm> = allowed.collect();
        let verified = issuer.is_some_and(|peer| jose::verify(jws, &self.keys_of(peer), &allowed).is_ok());
        if verified || !self.guards(Guard::ClientKey) { Ok(()) } else { Err(refuse("the signature does not hold")) }
    }

    /// Who asks, about whom.
    fn requester(&self, grant: Option<&Value>, organisation: Option<&str>) -> Requester {
        let claims = &self.config.rules.claims;
        let claim = |name: &str| grant.and_then(|g| g[name].as_str()).map(str::to_owned);
        Requester {
            ura: organisation.unwrap_or_default().to_owned(),
            organisation_type: claim(&claims.organisation_type),
            user: claim(&claims.user).unwrap_or_default(),
            role: claim(&claims.role),
            mandated: claim(&claims.mandated),
            patient: claim(&claims.patient),
        }
    }

    /// The referral that the base of the grant stands for (BgZ-1-authz-03).
    fn referral_of(
        &self,
        grant: Option<&Value>,
        client: Option<&Peer>,
        now: OffsetDateTime,
    ) -> Result<Option<usize>, Refusal> {
        let state = self.state();
        let newest = state.referrals.len().checked_sub(1);
        if self.config.lenient {
            return Ok(newest);
        }
        let Some(grant) = grant else { return Ok(newest) };
        let base = grant[&self.config.rules.claims.authorization_base].as_str();
        let Some(base) = base else { return Err(Refusal("invalid_grant", "there is no authorization base")) };
        let Some(found) = state.referrals.iter().rposition(|r| r.base == base) else {
            return if self.guards(Guard::BaseIssued) {
                Err(Refusal("invalid_grant", "the base was never issued"))
            } else {
                Ok(newest)
            };
        };
        let referral = &state.referrals[found];
        let belongs = client.is_some_and(|c| c.ura == referral.receiver)
            && grant[&self.config.rules.claims.organisation] == referral.receiver.as_str();
        // A careless server that takes tokens without knowing the client cannot tell either.
        if self.guards(Guard::BaseBelongs) && client.is_some() && !belongs {
            return Err(Refusal("invalid_grant", "the base was issued to another organisation"));
        }
        if referral.withdrawn || referral.ends < now {
            return Err(Refusal("invalid_grant", "the referral has ended"));
        }
        Ok(Some(found))
    }
}
