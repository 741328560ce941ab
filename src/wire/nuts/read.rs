//! Reading a presentation, and everything that is wrong with it. Nothing is believed before its signature holds.

use base64::{Engine as _, engine::general_purpose::STANDARD, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use time::OffsetDateTime;

use super::{DEZI_CREDENTIAL, DEZI_PROOF, X509_CREDENTIAL};
use crate::wire::did_x509::{DidFault, DidX509};
use crate::wire::jose::{self, Algorithm, DecodedJws, Jwk, VerifyingKey};
use crate::wire::x509::{ChainVerdict, Names, Usage, explain_chain_for};

/// Most credentials of one presentation that are looked at.
const MAX_CREDENTIALS: usize = 16;
/// Most certificates of an `x5c` that are looked at.
const MAX_CHAIN: usize = 8;
/// Longest `did:jwk`, in bytes.
const MAX_DID: usize = 4096;

/// What is wrong with a presentation itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PresentationFault {
    /// The holder is none that can be looked up here, or did not sign.
    #[error("the presentation is not signed by its holder")]
    Signature,
    /// It has expired, begins later, or does not say when.
    #[error("the presentation is not valid now")]
    Validity,
    /// It lives longer than it may.
    #[error("the presentation lives too long")]
    Lifetime,
    /// It is meant for another server.
    #[error("the presentation is for another server")]
    Audience,
    /// Nothing in it is used only once.
    #[error("the presentation has no nonce")]
    Nonce,
}

/// What a presentation is held against.
#[derive(Debug, Clone, Copy)]
pub struct PresentationDemands<'a> {
    /// Longest lifetime, in seconds.
    pub longest_s: i64,
    /// Clock difference that is allowed, in seconds.
    pub skew_s: i64,
    /// The server, by every name.
    pub audiences: &'a [&'a str],
    /// Now.
    pub now: OffsetDateTime,
}

/// The key of a holder that is a `did:jwk`; `None` for any other, which would have to be looked up.
pub fn holder_key(jws: &DecodedJws) -> Option<VerifyingKey> {
    let did = jws.claims["iss"].as_str().filter(|did| did.len() <= MAX_DID)?;
    let text = URL_SAFE_NO_PAD.decode(did.strip_prefix("did:jwk:")?).ok()?;
    let names_it = jws.kid().is_some_and(|kid| kid.split('#').next() == Some(did));
    Jwk::parse(std::str::from_utf8(&text).ok()?).ok().filter(|_| names_it).map(|jwk| jwk.key)
}

/// What a presentation uses only once: its nonce, or its id.
pub fn unique_value(claims: &Value) -> Option<&str> {
    ["nonce", "jti"].iter().find_map(|name| claims[*name].as_str()).filter(|value| !value.is_empty())
}

/// Everything that is wrong with a presentation, its credentials apart.
pub fn presentation_faults(jws: &DecodedJws, demands: &PresentationDemands<'_>) -> Vec<PresentationFault> {
    use PresentationFault as F;
    let signed = holder_key(jws).is_some_and(|key| jose::verify(jws, &key, &Algorithm::ALL).is_ok());
    let seconds = |name: &str| jws.claims[name].as_i64();
    let (begins, ends) = (seconds("nbf").or(seconds("iat")), seconds("exp"));
    let at = demands.now.unix_timestamp();
    let valid = begins.is_some_and(|b| b <= at.saturating_add(demands.skew_s))
        && ends.is_some_and(|e| e.saturating_add(demands.skew_s) > at);
    let short = begins.zip(ends).is_none_or(|(b, e)| e.saturating_sub(b) <= demands.longest_s);
    let audience = &jws.claims["aud"];
    let named = |a: &Value| a.as_str().is_some_and(|a| demands.audiences.contains(&a));
    let ours = named(audience) || audience.as_array().is_some_and(|list| list.iter().any(named));
    let checks = [
        (signed, F::Signature),
        (valid, F::Validity),
        (short, F::Lifetime),
        (ours, F::Audience),
        (unique_value(&jws.claims).is_some(), F::Nonce),
    ];
    checks.into_iter().filter_map(|(good, fault)| (!good).then_some(fault)).collect()
}

/// The credentials of a presentation.
pub fn credentials_of(claims: &Value) -> Vec<&Value> {
    match &claims["vp"]["verifiableCredential"] {
        Value::Null => Vec::new(),
        Value::Array(list) => list.iter().take(MAX_CREDENTIALS).collect(),
        single => vec![single],
    }
}

/// The statement of DEZI in a credential about a professional: `None` when it is no such credential, an empty text when it
/// has no statement.
pub fn statement_of(credential: &Value) -> Option<&str> {
    if !has_type(credential, &[DEZI_CREDENTIAL]) {
        return None;
    }
    let proof = &credential["proof"];
    let proof = proof.as_array().map_or(proof, |list| list.first().unwrap_or(&Value::Null));
    let token = proof["jwt"].as_str().filter(|_| proof["type"] == DEZI_PROOF);
    Some(token.unwrap_or_default())
}

fn has_type(credential: &Value, wanted: &[&str]) -> bool {
    let is = |t: &Value| t.as_str().is_some_and(|t| wanted.contains(&t));
    let types = &credential["type"];
    is(types) || types.as_array().is_some_and(|list| list.iter().any(is))
}

/// What is wrong with the credential of an organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CredentialFault {
    /// It is no JWT with a `did:x509` and a chain.
    #[error("the credential cannot be read")]
    Unreadable,
    /// It is of another type.
    #[error("the credential is no X509Credential")]
    Type,
    /// The chain leads to no CA that is trusted.
    #[error("the chain leads to no CA that is trusted")]
    Chain,
    /// No CA in the chain has the fingerprint of the identifier.
    #[error("the did:x509 names another CA than the chain")]
    Authority,
    /// The identifier or the credential says other names than the certificate.
    #[error("the credential says other names than the certificate")]
    Names,
    /// The key of the certificate did not sign it.
    #[error("the credential is not signed by the key of the certificate")]
    Signature,
    /// It has expired or begins later.
    #[error("the credential is not valid now")]
    Validity,
    /// It is about another holder than the one who presents it.
    #[error("the credential is about another holder")]
    Holder,
}

/// What a credential of an organisation turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialFacts {
    /// The URA that it states: of its otherName.
    pub ura: Option<String>,
    /// The otherName that it states.
    pub other_name: Option<String>,
    /// The otherName in the certificate.
    pub certificate_name: Option<String>,
    /// Everything that is wrong with it.
    pub faults: Vec<CredentialFault>,
}

impl CredentialFacts {
    /// `holds`, or what is wrong.
    pub fn verdict(&self) -> String {
        if self.faults.is_empty() {
            return "holds".to_owned();
        }
        self.faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    }
}

/// The facts of a credential that `holder` presents.
pub fn facts(token: &str, holder: &str, anchors: &[Vec<u8>], skew_s: i64, now: OffsetDateTime) -> CredentialFacts {
    let mut facts = CredentialFacts { ura: None, other_name: None, certificate_name: None, faults: Vec::new() };
    let Some((jws, did, chain)) = taken_apart(token) else {
        facts.faults.push(CredentialFault::Unreadable);
        return facts;
    };
    facts.certificate_name = chain.first().and_then(|leaf| Names::of(leaf).ok()?.other_name().map(str::to_owned));
    facts.other_name = did.other_name().map(str::to_owned);
    facts.ura = did.other_name().and_then(ura_of);
    let trusted = explain_chain_for(&chain, anchors, now, &[Usage::Signing]) == ChainVerdict::Trusted;
    let held = did.holds_for(&chain);
    let key = chain.first().and_then(|leaf| VerifyingKey::from_certificate(leaf).ok());
    let signed = key.is_some_and(|key| jose::verify(&jws, &key, &Algorithm::ALL).is_ok());
    let vc = &jws.claims["vc"];
    let subject = vc["credentialSubject"].as_array().and_then(|l| l.first()).unwrap_or(&vc["credentialSubject"]);
    let at = now.unix_timestamp();
    let begun = jws.claims["nbf"].as_i64().is_none_or(|begins| begins <= at.saturating_add(skew_s));
    let ended = jws.claims["exp"].as_i64().is_some_and(|ends| ends.saturating_add(skew_s) <= at);
    let about = subject["id"].as_str().or(jws.claims["sub"].as_str());
    let checks = [
        (has_type(vc, &[X509_CREDENTIAL, "NutsX509Credential"]), CredentialFault::Type),
        (trusted, CredentialFault::Chain),
        (held != Err(DidFault::Fingerprint) && held != Err(DidFault::NoAuthority), CredentialFault::Authority),
        (names_agree(&did, subject, &held), CredentialFault::Names),
        (signed, CredentialFault::Signature),
        (begun && !ended, CredentialFault::Validity),
        (about == Some(holder), CredentialFault::Holder),
    ];
    facts.faults.extend(checks.into_iter().filter_map(|(good, fault)| (!good).then_some(fault)));
    facts
}

/// Whether certificate, identifier and subject say the same otherName, and the policies hold.
fn names_agree(did: &DidX509, subject: &Value, held: &Result<(), DidFault>) -> bool {
    let broken = matches!(held, Err(DidFault::Policy(_) | DidFault::Leaf));
    // RFC023 shows the fields of the subject in two forms.
    let stated = subject["san"]["otherName"].as_str().or(subject["san:otherName"].as_str());
    !broken && did.other_name().is_some() && stated.is_none_or(|name| Some(name) == did.other_name())
}

fn taken_apart(token: &str) -> Option<(DecodedJws, DidX509, Vec<Vec<u8>>)> {
    let jws = jose::decode_unverified(token, jose::Limits::TOKEN).ok()?;
    let issuer = jws.claims["iss"].as_str().or(jws.claims["vc"]["issuer"].as_str())?;
    let did = DidX509::parse(issuer).ok()?;
    let named = jws.kid().is_none_or(|kid| kid.split('#').next() == Some(issuer));
    let list = jws.header.get("x5c")?.as_array().filter(|list| named && list.len() <= MAX_CHAIN)?;
    let chain = list.iter().map(|c| STANDARD.decode(c.as_str()?).ok()).collect::<Option<Vec<_>>>()?;
    Some((jws, did, chain))
}

/// The subscriber number in an otherName of the UZI-register: the fifth of seven fields. Test CAs write shorter numbers
/// elsewhere in it, so only this field is looked at.
fn ura_of(other_name: &str) -> Option<String> {
    let fields: Vec<&str> = other_name.split('-').collect();
    let ura = *fields.get(4).filter(|_| fields.len() == 7)?;
    (ura.len() == 8 && ura.bytes().all(|b| b.is_ascii_digit())).then(|| ura.to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::{NutsRules, PresentationDraft, PresentationInputs};
    use super::*;
    use crate::base::clock;
    use crate::wire::did_x509::tests::{OTHER_NAME, chain};
    use crate::wire::http::parse_pairs;
    use crate::wire::jose::SigningKey;
    use crate::wire::oauth::{Keys, Signing};
    use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
    use serde_json::json;

    const SERVER: &str = "https://sim.example/token";

    /// A presentation, edited before it is signed: what is wrong with it, and with its credential.
    fn judged(edit: impl FnOnce(&mut PresentationDraft)) -> (Vec<PresentationFault>, CredentialFacts) {
        let (chain, key) = chain();
        let tls = SigningKey::from_der(&PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key))).unwrap();
        let own = SigningKey::generate(Algorithm::Es256).unwrap();
        let inputs = PresentationInputs {
            holder: own.verifying_key(),
            chain: &chain,
            audience: SERVER,
            scope: "s",
            statement: None,
            now: clock::now(),
        };
        let rules = NutsRules::default();
        let mut draft = PresentationDraft::new(&inputs, &rules).unwrap();
        edit(&mut draft);
        let request = draft.into_request("/token", Keys { own: &own, tls: &tls }).unwrap();
        let fields = parse_pairs(&String::from_utf8_lossy(&request.body), true);
        let token = &fields.iter().find(|(name, _)| name == "assertion").unwrap().1;
        let jws = jose::decode_unverified(token, jose::Limits::TOKEN).unwrap();
        let demands = PresentationDemands { longest_s: 5, skew_s: 5, audiences: &[SERVER], now: clock::now() };
        let credential = credentials_of(&jws.claims)[0].as_str().unwrap();
        let holder = jws.claims["iss"].as_str().unwrap();
        let facts = facts(credential, holder, &chain[1..], 5, clock::now());
        (presentation_faults(&jws, &demands), facts)
    }

    #[test]
    fn a_good_presentation_proves_the_ura() {
        let (faults, facts) = judged(|_| {});
        assert_eq!(faults, []);
        assert_eq!(facts.verdict(), "holds");
        assert_eq!(facts.ura.as_deref(), Some("90000002"));
        assert_eq!(facts.certificate_name.as_deref(), Some(OTHER_NAME));
    }

    #[test]
    fn each_wrong_of_a_presentation_is_found_and_no_other() {
        use PresentationFault as F;
        let claim =
            |name: &'static str, value: Value| judged(|d| drop(d.presentation.claims.insert(name.into(), value))).0;
        let at = clock::now().unix_timestamp();
        assert_eq!(judged(|d| d.presentation.signing = Signing::Stranger).0, [F::Signature]);
        assert_eq!(judged(|d| d.presentation.signing = Signing::Unsigned).0, [F::Signature]);
        assert_eq!(claim("iss", json!("did:web:sim.example")), [F::Signature]);
        assert_eq!(claim("exp", json!(at + 60)), [F::Lifetime]);
        assert_eq!(claim("exp", json!(at - 60)), [F::Validity]);
        assert_eq!(claim("aud", json!("https://another.example")), [F::Audience]);
        let without = judged(|d| d.presentation.claims.retain(|name, _| name != "nonce" && name != "jti")).0;
        assert_eq!(without, [F::Nonce]);
    }

    #[test]
    fn each_wrong_of_a_credential_is_found_and_no_other() {
        use CredentialFault as F;
        let faults = |edit: fn(&mut PresentationDraft)| judged(edit).1.faults;
        assert_eq!(faults(|d| d.credential.signing = Signing::Stranger), [F::Signature]);
        assert_eq!(faults(|d| d.organisation.fingerprint = vec![7; 32]), [F::Authority]);
        assert_eq!(faults(|d| drop(d.credential.claims.insert("sub".into(), json!("did:jwk:x")))), [F::Holder]);
        assert_eq!(faults(|d| drop(d.credential.claims.insert("exp".into(), json!(1)))), [F::Validity]);
        assert_eq!(faults(|d| drop(d.credential.header.remove("x5c"))), [F::Unreadable]);
        let other = |d: &mut PresentationDraft| {
            let policies = &mut d.organisation.policies;
            policies[0] = crate::wire::did_x509::Policy::San(
                "otherName".into(),
                OTHER_NAME.replace("90000002-00", "90000009-00"),
            );
        };
        let facts = judged(other).1;
        assert_eq!((facts.faults.as_slice(), facts.ura.as_deref()), (&[F::Names][..], Some("90000009")));
    }

    #[test]
    fn a_chain_to_no_anchor_is_not_trusted() {
        let (own, _) = chain();
        let token = jose::sign_compact(
            &serde_json::Map::from_iter([("x5c".to_owned(), jose::x5c(&own))]),
            &json!({"iss": DidX509::of_chain(&own).unwrap().to_string(), "sub": "h", "vc": {"type": X509_CREDENTIAL}}),
            &SigningKey::generate(Algorithm::Es256).unwrap(),
        );
        let facts = facts(&token.unwrap(), "h", &chain().0[1..], 5, clock::now());
        assert_eq!(facts.faults, [CredentialFault::Chain, CredentialFault::Signature]);
    }

    #[test]
    fn a_statement_is_looked_for_in_credentials_about_professionals_alone() {
        let credential =
            json!({"type": ["VerifiableCredential", DEZI_CREDENTIAL], "proof": {"type": DEZI_PROOF, "jwt": "t"}});
        assert_eq!(statement_of(&credential), Some("t"));
        assert_eq!(statement_of(&json!({"type": DEZI_CREDENTIAL})), Some(""));
        assert_eq!(statement_of(&json!({"type": X509_CREDENTIAL})), None);
    }
}
