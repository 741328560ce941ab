//! The token request of Nuts (RFC021): one Verifiable Presentation as a JWT instead of grant and client assertion, which
//! holds an X509Credential of the organisation (RFC023) and, where DEZI is used, a credential about the professional.
//!
//! A draft can be edited before it is signed: that is how deliberate wrongs are made.

mod read;

pub use read::{
    CredentialFacts, CredentialFault, PresentationDemands, PresentationFault, credentials_of, facts, holder_key,
    presentation_faults, statement_of, unique_value,
};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::did_x509::DidX509;
use super::http::{HttpRequest, form};
use super::jose::{self, JoseFault, SigningKey, VerifyingKey, base64url, x5c, x5t_s256};
use super::oauth::{Assertion, Keys, Signing};

/// `grant_type` of a token request with a presentation (RFC021 section 3).
pub const GRANT_TYPE: &str = "vp_token-bearer";
/// Type of the credential about a professional.
pub const DEZI_CREDENTIAL: &str = "DeziUserCredential";
/// Type of its proof: the statement of DEZI 0.7.
pub const DEZI_PROOF: &str = "DeziIDJWT07";
/// Type of the credential about an organisation, as implementations write it; RFC023 puts `Nuts` before it.
pub const X509_CREDENTIAL: &str = "X509Credential";

/// What a presentation looks like and how long it lives, from the profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct NutsRules {
    /// Longest lifetime of a presentation, in seconds.
    pub longest_s: i64,
    /// Clock difference that is allowed, in seconds.
    pub clock_skew_s: i64,
    /// Id of the presentation definition that a submission answers.
    pub definition: String,
    /// Its descriptor for the credential of the organisation.
    pub organisation_descriptor: String,
    /// Its descriptor for the credential about the professional.
    pub user_descriptor: String,
    /// Levels of assurance of DEZI that will do, in every spelling that is known.
    pub assurance: Vec<String>,
}

impl Default for NutsRules {
    fn default() -> Self {
        Self {
            longest_s: 5,
            clock_skew_s: 5,
            definition: String::new(),
            organisation_descriptor: String::new(),
            user_descriptor: String::new(),
            assurance: Vec::new(),
        }
    }
}

/// For whom and for what a token is asked.
#[derive(Debug, Clone)]
pub struct PresentationInputs<'a> {
    /// The key that the holder proves to have.
    pub holder: &'a VerifyingKey,
    /// Certificate chain of the organisation with its root, leaf first, in DER.
    pub chain: &'a [Vec<u8>],
    /// Identifier of the authorization server.
    pub audience: &'a str,
    /// The scope.
    pub scope: &'a str,
    /// Statement of DEZI about the professional, signed, with its claims.
    pub statement: Option<(String, Value)>,
    /// Now.
    pub now: OffsetDateTime,
}

/// A token request before it is signed.
#[derive(Debug, Clone)]
pub struct PresentationDraft {
    /// Who the organisation says that it is.
    pub organisation: DidX509,
    /// The presentation; its credentials are put in when all is signed.
    pub presentation: Assertion,
    /// The credential of the organisation; issuer, key id and names follow from `organisation`.
    pub credential: Assertion,
    user: Option<Value>,
    scope: String,
    rules: NutsRules,
}

/// The holder as `did:jwk`: the key itself, so that nothing has to be looked up.
fn did_of(holder: &VerifyingKey) -> String {
    let jwk = jose::Jwk { kid: None, alg: None, usage: None, key: holder.clone() };
    format!("did:jwk:{}", base64url(jwk.to_value().to_string().as_bytes()))
}

fn assertion(header: Value, claims: Value) -> Assertion {
    let object = |value: Value| value.as_object().cloned().unwrap_or_default();
    Assertion { header: object(header), claims: object(claims), signing: Signing::Own }
}

impl PresentationDraft {
    /// A conformant request; `None` when the chain holds no CA or its leaf no name to go by.
    pub fn new(inputs: &PresentationInputs<'_>, rules: &NutsRules) -> Option<Self> {
        let now = inputs.now.unix_timestamp();
        let did = did_of(inputs.holder);
        let organisation = DidX509::of_chain(inputs.chain)?;
        let presentation = assertion(
            json!({"typ": "JWT", "kid": format!("{did}#0")}),
            json!({
                "iss": did,
                "sub": did,
                "aud": inputs.audience,
                "iat": now,
                "nbf": now,
                "exp": now + rules.longest_s,
                "jti": format!("{did}#{}", uuid::Uuid::new_v4()),
                "nonce": uuid::Uuid::new_v4().simple().to_string(),
            }),
        );
        let credential = assertion(
            json!({"typ": "JWT", "x5c": x5c(inputs.chain), "x5t#S256": x5t_s256(inputs.chain.first()?)}),
            json!({
                "sub": did,
                "jti": uuid::Uuid::new_v4().to_string(),
                "nbf": now - 1,
                "exp": now + 3600,
            }),
        );
        let user = inputs.statement.as_ref().map(|(token, claims)| user_credential(&did, token, claims));
        let (scope, rules) = (inputs.scope.to_owned(), rules.clone());
        Some(Self { organisation, presentation, credential, user, scope, rules })
    }

    /// Signs the draft and makes the HTTP request to `target`: the presentation with the key of the holder, the credential
    /// with the key of the certificate.
    ///
    /// # Errors
    /// When a key cannot sign.
    pub fn into_request(self, target: &str, keys: Keys<'_>) -> Result<HttpRequest, JoseFault> {
        let Self { organisation, mut presentation, mut credential, user, scope, rules } = self;
        let issuer = organisation.to_string();
        credential.header.insert("kid".into(), json!(format!("{issuer}#0")));
        credential.claims.insert("iss".into(), json!(issuer));
        let subject = credential_subject(&organisation, &credential.claims["sub"]);
        let types = ["VerifiableCredential", X509_CREDENTIAL];
        let content = json!({"@context": [CONTEXT], "type": types, "credentialSubject": subject});
        credential.claims.insert("vc".into(), content);
        let signed = credential.sign(Keys { own: keys.tls, tls: keys.tls })?;
        let (mut list, mut map) = (vec![json!(signed)], Vec::new());
        map.push(described(&rules.organisation_descriptor, "jwt_vc", 0));
        if let Some(user) = user {
            list.push(user);
            map.push(described(&rules.user_descriptor, "ldp_vc", 1));
        }
        let content = json!({"@context": [CONTEXT], "type": ["VerifiablePresentation"], "verifiableCredential": list});
        presentation.claims.insert("vp".into(), content);
        let id = uuid::Uuid::new_v4().to_string();
        let submission = json!({"id": id, "definition_id": rules.definition, "descriptor_map": map});
        let fields = vec![
            ("grant_type".to_owned(), GRANT_TYPE.to_owned()),
            ("assertion".to_owned(), presentation.sign(keys)?),
            ("presentation_submission".to_owned(), submission.to_string()),
            ("scope".to_owned(), scope),
        ];
        let request = HttpRequest { method: "POST".into(), target: target.to_owned(), ..HttpRequest::default() };
        Ok(request
            .with_header("accept", "application/json")
            .with_body("application/x-www-form-urlencoded", form(&fields)))
    }
}

const CONTEXT: &str = "https://www.w3.org/2018/credentials/v1";

fn described(id: &str, format: &str, place: usize) -> Value {
    json!({
        "id": id,
        "format": "jwt_vp",
        "path": "$",
        "path_nested": {"id": id, "format": format, "path": format!("$.vp.verifiableCredential[{place}]")},
    })
}

/// What a credential says of its subject: the policies of the identifier, each kind as an object of its own.
fn credential_subject(organisation: &DidX509, id: &Value) -> Value {
    use super::did_x509::Policy;
    let mut subject = json!({"id": id});
    for policy in &organisation.policies {
        match policy {
            Policy::San(kind, value) => subject["san"][kind.as_str()] = json!(value),
            Policy::Subject(attributes) => {
                for (name, value) in attributes {
                    subject["subject"][name.as_str()] = json!(value);
                }
            }
        }
    }
    subject
}

/// The credential about the professional around a statement of DEZI: its fields repeat those of the statement.
fn user_credential(did: &str, token: &str, claims: &Value) -> Value {
    let at = |name: &str| {
        let moment = claims[name].as_i64().and_then(|s| OffsetDateTime::from_unix_timestamp(s).ok());
        moment.map(crate::base::clock::rfc3339)
    };
    json!({
        "@context": [CONTEXT],
        "type": ["VerifiableCredential", DEZI_CREDENTIAL],
        "id": claims["jti"],
        "issuer": claims["iss"],
        "issuanceDate": at("nbf"),
        "expirationDate": at("exp"),
        "credentialSubject": {
            "id": did,
            "identifier": claims["abonnee_nummer"],
            "name": claims["abonnee_naam"],
            "employee": {
                "identifier": claims["dezi_nummer"],
                "initials": claims["voorletters"],
                "surnamePrefix": claims["voorvoegsel"].as_str().unwrap_or_default(),
                "surname": claims["achternaam"],
                "role": claims["rol_code"],
                "role_registry": claims["rol_code_bron"],
                "role_name": claims["rol_naam"],
            },
        },
        "proof": {"type": DEZI_PROOF, "jwt": token},
    })
}

/// Signs a statement of DEZI, and gives its claims beside it.
///
/// # Errors
/// When the key cannot sign.
pub fn signed_statement(statement: Assertion, key: &SigningKey) -> Result<(String, Value), JoseFault> {
    let claims = Value::Object(statement.claims.clone());
    Ok((statement.sign(Keys { own: key, tls: key })?, claims))
}
