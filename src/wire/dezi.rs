//! The statement (`verklaring`) of DEZI about a professional (DEZI interface specification 0.7): a JWS that names the set of
//! keys in `jku`, and says who works for which organisation, in which role, with which level of assurance.
//!
//! The statement names no audience in any source that could be read; where one stands in it, it must be the reader.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::jose::{self, Algorithm, DecodedJws, Jwks};
use super::oauth::{Assertion, Signing};

/// Schema that a statement names.
const SCHEMA: &str = "https://www.dezi.nl/json_schemas/v1/verklaring.json";
/// Issuer of statements.
const ISSUER: &str = "abonnee.dezi.nl";
/// Lifetime of the statements that we make, in seconds.
const LIFETIME_S: i64 = 3600;

/// Who works for whom.
#[derive(Debug, Clone)]
pub struct StatementInputs<'a> {
    /// Where the keys of DEZI are.
    pub jku: &'a str,
    /// Id of the key that signs.
    pub key_id: &'a str,
    /// URA of the organisation.
    pub ura: &'a str,
    /// Number of the professional.
    pub number: &'a str,
    /// Role code of the professional.
    pub role: &'a str,
    /// Level of assurance, a URI.
    pub assurance: &'a str,
    /// Now.
    pub now: OffsetDateTime,
}

/// A statement before it is signed. The person is fictitious.
pub fn statement(inputs: &StatementInputs<'_>) -> Assertion {
    let now = inputs.now.unix_timestamp();
    let id = uuid::Uuid::new_v4();
    let header = json!({"alg": Algorithm::Rs256.name(), "kid": inputs.key_id, "jku": inputs.jku, "typ": "JWT"});
    let claims = json!({
        "jti": uuid::Uuid::new_v4().to_string(),
        "iss": ISSUER,
        "nbf": now,
        "exp": now + LIFETIME_S,
        "json_schema": SCHEMA,
        "loa_dezi": inputs.assurance,
        "verklaring_id": id.to_string(),
        "dezi_nummer": inputs.number,
        "voorletters": "S.",
        "voorvoegsel": null,
        "achternaam": "SIM Zorgverlener",
        "abonnee_nummer": inputs.ura,
        "abonnee_naam": "SIM Zorgaanbieder",
        "rol_code": inputs.role,
        "rol_naam": "SIM rol",
        "rol_code_bron": "http://www.dezi.nl/rol_code_bron/big",
        "status_uri": format!("https://auth.dezi.nl/status/v1/verklaring/{id}"),
    });
    let object = |value: Value| value.as_object().cloned().unwrap_or_default();
    Assertion { header: object(header), claims: object(claims), signing: Signing::Own }
}

/// What is wrong with a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DeziFault {
    /// It is no JWS.
    #[error("the statement of DEZI cannot be read")]
    Unreadable,
    /// Its keys come from a place that is not allowed.
    #[error("the statement of DEZI names a source of keys that is not allowed")]
    Source,
    /// The signature does not hold, or the key is not known.
    #[error("the signature of the statement of DEZI does not hold")]
    Signature,
    /// It has expired, begins later, or does not say when it ends.
    #[error("the statement of DEZI is not valid now")]
    Validity,
    /// It is meant for somebody else.
    #[error("the statement of DEZI is for another audience")]
    Audience,
    /// The level of assurance is not one that is asked for.
    #[error("the level of assurance of the statement of DEZI is too low or unknown")]
    Assurance,
    /// It is about another organisation.
    #[error("the statement of DEZI is about another organisation")]
    Organisation,
}

/// What a statement is held against.
#[derive(Debug, Clone, Copy)]
pub struct Demands<'a> {
    /// Places that keys may come from.
    pub sources: &'a [String],
    /// Levels of assurance that will do, in every spelling.
    pub assurance: &'a [String],
    /// URA of the organisation that shows it.
    pub ura: &'a str,
    /// Who reads it, by every name.
    pub audiences: &'a [&'a str],
    /// Clock difference that is allowed, in seconds.
    pub skew_s: i64,
    /// Now.
    pub now: OffsetDateTime,
}

/// Where the keys of a statement are, as it says itself; nothing is believed yet.
pub fn source_of(token: &str) -> Option<String> {
    let jws = jose::decode_unverified(token, jose::Limits::TOKEN).ok()?;
    jws.header.get("jku").and_then(Value::as_str).map(str::to_owned)
}

/// Everything that is wrong with a statement; nothing when it can be believed. `keys` are those of the place that it names.
pub fn faults(token: &str, keys: Option<&Jwks>, demands: &Demands<'_>) -> Vec<DeziFault> {
    let Ok(jws) = jose::decode_unverified(token, jose::Limits::TOKEN) else { return vec![DeziFault::Unreadable] };
    let source = jws.header.get("jku").and_then(Value::as_str);
    let allowed = source.is_some_and(|s| demands.sources.iter().any(|a| a == s));
    let signed = keys.is_some_and(|keys| jose::verify(&jws, keys, &Algorithm::ALL).is_ok());
    let claim = |name: &str| jws.claims[name].as_str();
    let assured = claim("loa_dezi").is_some_and(|loa| demands.assurance.iter().any(|a| a == loa));
    let checks = [
        (allowed, DeziFault::Source),
        (signed, DeziFault::Signature),
        (is_valid(&jws, demands), DeziFault::Validity),
        (is_for(&jws.claims["aud"], demands.audiences), DeziFault::Audience),
        (assured, DeziFault::Assurance),
        (claim("abonnee_nummer") == Some(demands.ura), DeziFault::Organisation),
    ];
    checks.into_iter().filter_map(|(good, fault)| (!good).then_some(fault)).collect()
}

fn is_valid(jws: &DecodedJws, demands: &Demands<'_>) -> bool {
    let at = demands.now.unix_timestamp();
    let seconds = |name: &str| jws.claims[name].as_i64();
    let begun = seconds("nbf").is_none_or(|begins| begins <= at.saturating_add(demands.skew_s));
    begun && seconds("exp").is_some_and(|ends| ends.saturating_add(demands.skew_s) > at)
}

fn is_for(audience: &Value, ours: &[&str]) -> bool {
    let named = |a: &Value| a.as_str().is_some_and(|a| ours.contains(&a));
    audience.is_null() || named(audience) || audience.as_array().is_some_and(|list| list.iter().any(named))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::wire::jose::SigningKey;
    use serde_json::Map;

    const SOURCE: &str = "https://dezi.sim.example/jwks.json";

    fn now() -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(1_790_000_000).unwrap()
    }

    /// A statement under an ES256 key, edited before it is signed, and what is wrong with it.
    fn judged(edit: impl FnOnce(&mut Map<String, Value>, &mut Map<String, Value>)) -> Vec<DeziFault> {
        let key = SigningKey::generate(Algorithm::Es256).unwrap();
        let assurance = "http://eidas.europa.eu/LoA/high";
        let inputs = StatementInputs {
            jku: SOURCE,
            key_id: "d1",
            ura: "90000002",
            number: "900012345",
            role: "01.015",
            assurance,
            now: now(),
        };
        let mut made = statement(&inputs);
        made.header.remove("alg");
        edit(&mut made.header, &mut made.claims);
        let token = jose::sign_compact(&made.header, &Value::Object(made.claims), &key).unwrap();
        let demands = Demands {
            sources: &[SOURCE.to_owned()],
            assurance: &[assurance.to_owned(), "http://eidas.europe.eu/LoA/high".to_owned()],
            ura: "90000002",
            audiences: &["https://sim.example/token"],
            skew_s: 5,
            now: now(),
        };
        faults(&token, Some(&Jwks::new(vec![key.public_jwk("d1")])), &demands)
    }

    #[test]
    fn a_good_statement_is_believed_in_both_spellings_of_the_level() {
        assert_eq!(judged(|_, _| {}), []);
        assert_eq!(judged(|_, c| drop(c.insert("loa_dezi".into(), json!("http://eidas.europe.eu/LoA/high")))), []);
        assert_eq!(judged(|_, c| drop(c.insert("aud".into(), json!(["x", "https://sim.example/token"])))), []);
    }

    #[test]
    fn each_wrong_is_found_and_no_other() {
        use DeziFault as F;
        let claim = |name: &'static str, value: Value| judged(move |_, c| drop(c.insert(name.into(), value)));
        let at = now().unix_timestamp();
        assert_eq!(judged(|h, _| drop(h.insert("jku".into(), json!("https://x.example/jwks.json")))), [F::Source]);
        assert_eq!(judged(|h, _| drop(h.remove("jku"))), [F::Source]);
        assert_eq!(claim("exp", json!(at - 60)), [F::Validity]);
        assert_eq!(claim("exp", json!(null)), [F::Validity]);
        assert_eq!(claim("nbf", json!(at + 60)), [F::Validity]);
        assert_eq!(claim("aud", json!("https://another.example")), [F::Audience]);
        assert_eq!(claim("loa_dezi", json!("http://eidas.europa.eu/LoA/low")), [F::Assurance]);
        assert_eq!(claim("abonnee_nummer", json!("90000009")), [F::Organisation]);
    }

    #[test]
    fn without_the_keys_of_its_source_no_signature_holds() {
        let made = jose::sign_compact(
            &Map::new(),
            &json!({"loa_dezi": "x"}),
            &SigningKey::generate(Algorithm::Es256).unwrap(),
        );
        let demands = Demands { sources: &[], assurance: &[], ura: "90000002", audiences: &[], skew_s: 0, now: now() };
        assert!(faults(&made.unwrap(), None, &demands).contains(&DeziFault::Signature));
        assert_eq!(faults("no token", None, &demands), [DeziFault::Unreadable]);
    }
}
