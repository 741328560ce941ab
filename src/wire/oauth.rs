//! Token requests of Twiin-07 as plain values: a JWT bearer grant (RFC 7523 section 2.1) with a JWT client assertion
//! (section 2.2), built from data so that claim names, scopes and lifetimes stay in the profile.
//!
//! A draft can be edited before it is signed: that is how deliberate wrongs are made.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::http::{HttpRequest, form};
use super::jose::{self, SigningKey};

/// `grant_type` of a JWT bearer grant.
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// `client_assertion_type` of a JWT client assertion.
pub const CLIENT_ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Names of the claims that Twiin leaves open (20-technical-core section 6.4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
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
    fn sign(self, keys: Keys<'_>) -> Result<String, jose::JoseFault> {
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
