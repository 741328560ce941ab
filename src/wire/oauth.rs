//! Token requests of Twiin-07 as plain values: a JWT bearer grant (RFC 7523 section 2.1) with a JWT client assertion
//! (section 2.2), built from data so that claim names, scopes and lifetimes stay in the profile.
//!
//! A draft can be edited before it is signed: that is how deliberate wrongs are made.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::http::{HttpRequest, Url, form};
use super::jose::{self, SigningKey};
use super::nuts::NutsRules;

/// `grant_type` of a JWT bearer grant.
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// `client_assertion_type` of a JWT client assertion.
pub const CLIENT_ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Where the metadata of an authorization server stand: the well-known path goes between host and path of its issuer
/// (RFC 8414 section 3.1). `None` when the issuer is no URL, or has a query.
pub fn well_known(issuer: &str) -> Option<String> {
    let url = Url::parse(issuer).filter(|url| !url.target.contains(['?', '#']))?;
    let path = url.target.trim_end_matches('/');
    Some(format!("{}/.well-known/oauth-authorization-server{path}", url.origin()))
}

/// Names of the claims that Twiin leaves open (20-technical-core section 6.4).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ClaimNames {
    /// The care provider on whose behalf the token is asked, a URA.
    pub organisation: String,
    /// Type of that care provider, as Mitz knows it.
    #[serde(default = "organisation_type")]
    pub organisation_type: String,
    /// The professional.
    pub user: String,
    /// The role code of the professional who is responsible.
    #[serde(default = "role")]
    pub role: String,
    /// The person who acts under mandate of the professional.
    #[serde(default = "mandated")]
    pub mandated: String,
    /// The patient, a BSN.
    pub patient: String,
    /// The authorization base of the notification.
    pub authorization_base: String,
}

fn organisation_type() -> String {
    "organization_type".to_owned()
}

/// One of the claims whose name Twiin leaves open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Claim {
    /// The care provider.
    Organisation,
    /// The professional.
    User,
    /// The role code.
    Role,
    /// The person who acts under mandate.
    Mandated,
    /// The kind of organisation that consults.
    OrganisationType,
    /// The patient.
    Patient,
    /// The authorization base.
    AuthorizationBase,
}

impl ClaimNames {
    /// The name of a claim.
    pub fn of(&self, claim: Claim) -> &str {
        match claim {
            Claim::Organisation => &self.organisation,
            Claim::User => &self.user,
            Claim::Role => &self.role,
            Claim::Mandated => &self.mandated,
            Claim::OrganisationType => &self.organisation_type,
            Claim::Patient => &self.patient,
            Claim::AuthorizationBase => &self.authorization_base,
        }
    }
}

/// What a candidate calls the claims that Twiin leaves open; what it does not name has the name of the profile.
pub type ClaimsNamed = BTreeMap<Claim, String>;

impl ClaimNames {
    /// The same names, but for those that a candidate gives.
    #[must_use]
    pub fn with(&self, named: &ClaimsNamed) -> Self {
        let name = |claim| named.get(&claim).cloned().unwrap_or_else(|| self.of(claim).to_owned());
        Self {
            organisation: name(Claim::Organisation),
            user: name(Claim::User),
            role: name(Claim::Role),
            mandated: name(Claim::Mandated),
            organisation_type: name(Claim::OrganisationType),
            patient: name(Claim::Patient),
            authorization_base: name(Claim::AuthorizationBase),
        }
    }
}

fn role() -> String {
    "role".to_owned()
}

fn mandated() -> String {
    "mandated".to_owned()
}

fn consultation() -> String {
    "consultation".to_owned()
}

/// Scope values (20-technical-core section 6.2: not specified by Twiin, so data).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Scopes {
    /// To deliver a notification.
    pub notification: String,
    /// To fetch resources.
    pub pull: String,
    /// To consult what was made available, without an authorization base.
    #[serde(default = "consultation")]
    pub consultation: String,
}

/// What token requests look like and how long things live, all from the profile.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TokenRules {
    /// Claim names.
    pub claims: ClaimNames,
    /// Scopes.
    pub scopes: Scopes,
    /// Lifetime of the assertions that we make, in seconds.
    pub assertion_lifetime_s: i64,
    /// Longest lifetime of an assertion that our authorization server takes, in seconds.
    pub longest_assertion_s: i64,
    /// Lifetime of the access tokens that our authorization server issues, in seconds.
    pub token_lifetime_s: i64,
    /// Clock difference that our authorization server allows, in seconds.
    pub clock_skew_s: i64,
    /// Signature algorithms that our authorization server takes.
    pub algorithms: Vec<String>,
    /// What a token request with a presentation of Nuts looks like.
    #[serde(default)]
    pub nuts: NutsRules,
}

/// Which key signs an assertion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Signing {
    /// The client's own signing key.
    #[default]
    Own,
    /// None: `alg` is `none`.
    Unsigned,
    /// HS256 with the public key as the secret: the classic confusion.
    PublicKeyAsSecret,
    /// A key that nobody knows, under the known `kid`.
    Stranger,
    /// The key of the client's TLS certificate.
    TlsKey,
    /// The own key, with one character of the signature changed afterwards.
    Tampered,
}

/// A JWT before it is signed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Assertion {
    /// Protected header; `alg` is filled in on signing.
    pub header: Map<String, Value>,
    /// Claims.
    pub claims: Map<String, Value>,
    /// How it is signed.
    pub signing: Signing,
}

/// A token request before it is signed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TokenDraft {
    /// `grant_type`.
    pub grant_type: String,
    /// The authorization grant.
    pub grant: Option<Assertion>,
    /// The client assertion.
    pub client: Option<Assertion>,
    /// `scope`.
    pub scope: Option<String>,
    /// Other fields.
    pub extra: Vec<(String, String)>,
}

/// For whom and for what a token is asked.
#[derive(Debug, Clone)]
pub struct TokenInputs<'a> {
    /// Client id of the system.
    pub client_id: &'a str,
    /// Id of its signing key.
    pub key_id: &'a str,
    /// URA of the care provider.
    pub ura: &'a str,
    /// Type of the care provider, when it travels along.
    pub organisation_type: Option<&'a str>,
    /// The professional, as `system|value`.
    pub user: &'a str,
    /// Role code of the professional, when it travels along.
    pub role: Option<&'a str>,
    /// Who acts under mandate of the professional, as `system|value`.
    pub mandated: Option<&'a str>,
    /// BSN of the patient, when it travels here.
    pub patient: Option<&'a str>,
    /// The authorization base, when there is one.
    pub authorization_base: Option<&'a str>,
    /// The authorization server: URL of its token endpoint.
    pub audience: &'a str,
    /// The scope.
    pub scope: &'a str,
    /// Now.
    pub now: OffsetDateTime,
}

/// The keys that a draft can be signed with.
#[derive(Debug, Clone, Copy)]
pub struct Keys<'a> {
    /// The client's own.
    pub own: &'a SigningKey,
    /// That of its TLS certificate.
    pub tls: &'a SigningKey,
}

impl TokenDraft {
    /// A conformant token request.
    pub fn new(inputs: &TokenInputs<'_>, rules: &TokenRules) -> Self {
        let now = inputs.now.unix_timestamp();
        let header = || {
            let mut header = Map::new();
            header.insert("typ".into(), json!("JWT"));
            header.insert("kid".into(), json!(inputs.key_id));
            header
        };
        let claims = |sub: &str| {
            let mut claims = Map::new();
            claims.insert("iss".into(), json!(inputs.client_id));
            claims.insert("sub".into(), json!(sub));
            claims.insert("aud".into(), json!(inputs.audience));
            claims.insert("iat".into(), json!(now));
            claims.insert("exp".into(), json!(now + rules.assertion_lifetime_s));
            claims.insert("jti".into(), json!(uuid::Uuid::new_v4().to_string()));
            claims
        };
        let mut grant = claims(inputs.ura);
        grant.insert(rules.claims.organisation.clone(), json!(inputs.ura));
        grant.insert(rules.claims.user.clone(), json!(inputs.user));
        let optional = [
            (&rules.claims.organisation_type, inputs.organisation_type),
            (&rules.claims.role, inputs.role),
            (&rules.claims.mandated, inputs.mandated),
            (&rules.claims.patient, inputs.patient),
            (&rules.claims.authorization_base, inputs.authorization_base),
        ];
        for (name, value) in optional.into_iter().filter_map(|(name, value)| Some((name, value?))) {
            grant.insert(name.clone(), json!(value));
        }
        let assertion = |claims| Some(Assertion { header: header(), claims, signing: Signing::Own });
        Self {
            grant_type: JWT_BEARER.into(),
            grant: assertion(grant),
            client: assertion(claims(inputs.client_id)),
            scope: Some(inputs.scope.to_owned()),
            extra: Vec::new(),
        }
    }

    /// Signs the draft and makes the HTTP request to `target` (path of the token endpoint).
    ///
    /// # Errors
    /// When a key cannot sign.
    pub fn into_request(self, target: &str, keys: Keys<'_>) -> Result<HttpRequest, jose::JoseFault> {
        let mut fields = vec![("grant_type".to_owned(), self.grant_type)];
        if let Some(grant) = self.grant {
            fields.push(("assertion".to_owned(), grant.sign(keys)?));
        }
        if let Some(client) = self.client {
            fields.push(("client_assertion_type".to_owned(), CLIENT_ASSERTION.to_owned()));
            fields.push(("client_assertion".to_owned(), client.sign(keys)?));
        }
        fields.extend(self.scope.map(|s| ("scope".to_owned(), s)));
        fields.extend(self.extra);
        let request = HttpRequest { method: "POST".into(), target: target.to_owned(), ..HttpRequest::default() };
        Ok(request
            .with_header("accept", "application/json")
            .with_body("application/x-www-form-urlencoded", form(&fields)))
    }
}

impl Assertion {
    pub(super) fn sign(self, keys: Keys<'_>) -> Result<String, jose::JoseFault> {
        let claims = Value::Object(self.claims);
        match self.signing {
            Signing::Own => jose::sign_compact(&self.header, &claims, keys.own),
            Signing::TlsKey => jose::sign_compact(&self.header, &claims, keys.tls),
            Signing::Stranger => {
                jose::sign_compact(&self.header, &claims, &SigningKey::generate(jose::Algorithm::Es256)?)
            }
            Signing::Unsigned => Ok(jose::unsigned_compact(&self.header, &claims)),
            Signing::PublicKeyAsSecret => {
                Ok(jose::hs256_with_public_key(&self.header, &claims, keys.own.verifying_key()))
            }
            Signing::Tampered => Ok(jose::tamper_signature(&jose::sign_compact(&self.header, &claims, keys.own)?)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_well_known_path_goes_between_host_and_path() {
        for (issuer, place) in [
            ("https://sim.example", Some("https://sim.example/.well-known/oauth-authorization-server")),
            ("https://sim.example/as", Some("https://sim.example/.well-known/oauth-authorization-server/as")),
            (
                "https://sim.example:8443/a/b/",
                Some("https://sim.example:8443/.well-known/oauth-authorization-server/a/b"),
            ),
            ("https://sim.example/as?x=1", None),
            ("sim", None),
        ] {
            assert_eq!(well_known(issuer).as_deref(), place, "{issuer}");
        }
    }

    #[test]
    fn names_that_a_candidate_gives_replace_those_of_the_profile() {
        let names = ClaimNames {
            organisation: "organization".into(),
            user: "user".into(),
            role: "role".into(),
            mandated: "mandated".into(),
            organisation_type: "organization_type".into(),
            patient: "patient".into(),
            authorization_base: "authorization_base".into(),
        };
        let changed = names.with(&BTreeMap::from([(Claim::User, "uzi".to_owned())]));
        assert_eq!((changed.of(Claim::User), changed.of(Claim::Role)), ("uzi", "role"));
    }
}
