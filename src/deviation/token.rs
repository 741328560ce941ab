//! Deviations of token requests, token responses and the use of access tokens (RFC 6749, 6750, 7523).

use serde_json::json;

use super::Deviation;
use crate::wire::http::{self, HttpRequest, HttpResponse};
use crate::wire::oauth::{Assertion, Signing, TokenDraft, TokenRules};

/// How an access token is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AccessTokenUse {
    /// In the Authorization header.
    #[default]
    Header,
    /// Not at all.
    Absent,
    /// One that nobody issued.
    Random,
    /// With one character changed.
    Altered,
    /// In the query string.
    Query,
}

impl Deviation {
    /// Edits a token request before it is signed.
    pub fn edit_token_request(self, draft: &mut TokenDraft, rules: &TokenRules) {
        use Deviation as D;
        const DAY: i64 = 86_400;
        let client = draft.client.as_mut();
        let grant = draft.grant.as_mut();
        match self {
            D::UsesClientSecret => {
                let id = client.and_then(|c| c.claims.get("sub").cloned()).unwrap_or_default();
                draft.client = None;
                draft.extra.push(("client_id".into(), id.as_str().unwrap_or_default().to_owned()));
                draft.extra.push(("client_secret".into(), "not-a-secret-of-anyone".into()));
            }
            D::NoClientAssertion => draft.client = None,
            D::ClientAssertionWithoutType => drop(client.map(|c| c.header.remove("typ"))),
            D::ClientAssertionWithoutId => drop(client.map(|c| c.claims.remove("jti"))),
            D::ExpiredClientAssertion => shift(client, -DAY, -DAY),
            D::LongLivedClientAssertion => shift(client, 0, 7 * DAY),
            D::ClientAssertionForOtherServer => readdress(client),
            D::UnsignedClientAssertion => sign_with(client, Signing::Unsigned),
            D::PublicKeyAsSecret => sign_with(client, Signing::PublicKeyAsSecret),
            D::UnknownSigningKey => {
                if let Some(client) = client {
                    client.signing = Signing::Stranger;
                    client.header.insert("kid".into(), json!("nobody-knows-this-key"));
                }
            }
            D::SignsWithTlsKey => {
                sign_with(client, Signing::TlsKey);
                sign_with(grant, Signing::TlsKey);
            }
            D::ExpiredGrant => shift(grant, -DAY, -DAY),
            D::GrantForOtherServer => readdress(grant),
            D::UnsignedGrant => sign_with(grant, Signing::Unsigned),
            D::ClientCredentialsOnly => {
                draft.grant_type = "client_credentials".into();
                draft.grant = None;
            }
            D::UnknownScope => draft.scope = Some("scope-that-does-not-exist".into()),
            D::GrantWithoutOrganisation => drop(grant.map(|g| g.claims.remove(&rules.claims.organisation))),
            D::GrantWithoutBase => drop(grant.map(|g| g.claims.remove(&rules.claims.authorization_base))),
            D::UnknownBase => {
                let unknown = json!("bmV2ZXItaXNzdWVkLWJhc2U=");
                drop(grant.map(|g| g.claims.insert(rules.claims.authorization_base.clone(), unknown)));
            }
            D::GrantWithOtherSubject => drop(grant.map(|g| g.claims.insert("sub".into(), json!("sim-reference")))),
            D::GrantWithOtherNumber => rewrite(grant, &rules.claims.organisation, |_| "AGB-06010101".to_owned()),
            D::GrantWithoutUser => drop(grant.map(|g| g.claims.remove(&rules.claims.user))),
            D::GrantWithMalformedUser => rewrite(grant, &rules.claims.user, |user| {
                let mut short = user.to_owned();
                short.pop();
                short
            }),
            D::GrantWithChangingUser => rewrite(grant, &rules.claims.user, another_number),
            D::GrantWithoutRole => drop(grant.map(|g| g.claims.remove(&rules.claims.role))),
            D::GrantWithUnknownRole => rewrite(grant, &rules.claims.role, |_| "98.765".to_owned()),
            D::GrantForOtherOrganisation => {
                if let Some(grant) = grant {
                    grant.claims.insert(rules.claims.organisation.clone(), json!("90000009"));
                    grant.claims.insert("sub".into(), json!("90000009"));
                }
            }
            _ => {}
        }
    }

    /// Edits what the authorization server answers.
    pub fn edit_token_response(self, response: &mut HttpResponse) {
        let refused = response.status >= 400;
        match self {
            Self::TokenErrorWithoutCode if refused => response.body = b"{}".to_vec(),
            Self::TokenErrorWithServerStatus if refused => response.status = 500,
            Self::TokenResponseWithoutType if !refused => edit_json(response, |o| drop(o.shift_remove("token_type"))),
            Self::TokenResponseCacheable if !refused => {
                http::remove_header(&mut response.headers, "cache-control");
                http::remove_header(&mut response.headers, "pragma");
            }
            _ => {}
        }
    }

    /// How the access token is sent.
    pub fn access_token_use(self) -> AccessTokenUse {
        match self {
            Self::NoAccessToken => AccessTokenUse::Absent,
            Self::RandomAccessToken => AccessTokenUse::Random,
            Self::AlteredAccessToken => AccessTokenUse::Altered,
            Self::AccessTokenInQuery => AccessTokenUse::Query,
            _ => AccessTokenUse::Header,
        }
    }
}

fn edit_json(response: &mut HttpResponse, edit: impl FnOnce(&mut serde_json::Map<String, serde_json::Value>)) {
    if let Ok(serde_json::Value::Object(mut object)) = serde_json::from_slice(&response.body) {
        edit(&mut object);
        response.body = serde_json::Value::Object(object).to_string().into_bytes();
    }
}

/// Changes the text of a claim, where there is one.
fn rewrite(assertion: Option<&mut Assertion>, claim: &str, change: impl FnOnce(&str) -> String) {
    let Some(assertion) = assertion else { return };
    if let Some(text) = assertion.claims.get(claim).and_then(serde_json::Value::as_str).map(change) {
        assertion.claims.insert(claim.to_owned(), json!(text));
    }
}

/// `system|value` with nine digits that nobody had before.
fn another_number(user: &str) -> String {
    let system = user.rsplit_once('|').map_or("", |(system, _)| system);
    let digits: String = uuid::Uuid::new_v4().as_bytes().iter().take(8).map(|b| char::from(b'0' + b % 10)).collect();
    format!("{system}|9{digits}")
}

fn sign_with(assertion: Option<&mut Assertion>, signing: Signing) {
    if let Some(assertion) = assertion {
        assertion.signing = signing;
    }
}

fn readdress(assertion: Option<&mut Assertion>) {
    if let Some(assertion) = assertion {
        assertion.claims.insert("aud".into(), json!("https://another-gtk.example.org/token"));
    }
}

fn shift(assertion: Option<&mut Assertion>, issued: i64, expires: i64) {
    let Some(assertion) = assertion else { return };
    for (claim, by) in [("iat", issued), ("exp", expires)] {
        if let Some(at) = assertion.claims.get(claim).and_then(serde_json::Value::as_i64) {
            assertion.claims.insert(claim.into(), json!(at + by));
        }
    }
}

/// Puts an access token on a request in the given way.
pub fn present_token(request: &mut HttpRequest, token: &str, how: AccessTokenUse) {
    let bearer = |token: &str| format!("Bearer {token}");
    match how {
        AccessTokenUse::Header => http::set_header(&mut request.headers, "authorization", bearer(token)),
        AccessTokenUse::Absent => http::remove_header(&mut request.headers, "authorization"),
        AccessTokenUse::Random => {
            http::set_header(&mut request.headers, "authorization", bearer(&uuid::Uuid::new_v4().simple().to_string()));
        }
        AccessTokenUse::Altered => http::set_header(&mut request.headers, "authorization", bearer(&altered(token))),
        AccessTokenUse::Query => {
            let glue = if request.target.contains('?') { '&' } else { '?' };
            request.target = format!("{}{glue}access_token={}", request.target, http::encode_component(token));
        }
    }
}

/// The token with one character in its last quarter changed: the rest stays what was issued. Of an empty one, which a
/// counterpart may have given, it is one character.
fn altered(token: &str) -> String {
    let mut characters: Vec<char> = token.chars().collect();
    let at = characters.len().checked_sub(characters.len() / 4 + 1);
    match at.and_then(|at| characters.get_mut(at)) {
        Some(character) => *character = if *character == 'a' { 'b' } else { 'a' },
        None => characters.push('a'),
    }
    characters.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_altered_token_is_another_one_of_the_same_length_and_an_empty_one_is_no_stumbling_block() {
        for token in ["x", "aaaa", "abcdefgh", "é€𝄞é€𝄞"] {
            let other = altered(token);
            assert_ne!(other, token);
            assert_eq!(other.chars().count(), token.chars().count(), "{token}");
        }
        assert_eq!(altered(""), "a");
    }
}
