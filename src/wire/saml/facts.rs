//! What an assertion says, in the shape that a token of another kind has too: this is what a transcript keeps and what
//! checks look at.

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::assertion::{Assertion, Instant};
use super::header::{self, Header, Token};
use super::value;
use crate::wire::x509;
use crate::wire::xml::Limits;

/// What an assertion says: what it is, what it claims, and whether its signature holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// `version`, `id`; `assertions` (how many there are in the header) and `suspicions` of wrapping; and of a signature
    /// `signature-method`, `canonicalization`, `digest-method`, `signature-faults`, `certificate-sha256`, `certificate-key`
    /// and `certificate-ura`.
    pub header: Value,
    /// `iss`, `aud`, `iat`, `exp` (seconds since 1970), `issued`, `not-before` (the same), `lifetime-ms`, `subject` (with
    /// `name-id`, `format`, `sp-provided-id`), `confirmation`, `context`, `authn-statements`, `attribute-statements`,
    /// `one-time-use`, `proxy-restriction`, and `attributes`: by name an object of `system`, `value`, `type` and `remarks`.
    /// Where one thing stands more than once there is a list.
    pub claims: Value,
    /// `verified`, `wrong` or `unsigned`.
    pub signature: &'static str,
}

/// The facts of the first assertion in the security header of a message; `None` when there is none.
pub fn facts(message: &[u8]) -> Option<Facts> {
    all_facts(message).into_iter().next()
}

/// The facts of all assertions in the security header of a message, in order.
pub fn all_facts(message: &[u8]) -> Vec<Facts> {
    let header = header::read(message, &Limits::default()).unwrap_or_default();
    header.tokens.iter().map(|token| of_token(&header, token)).collect()
}

fn of_token(header: &Header, token: &Token) -> Facts {
    Facts {
        header: of_header(header, token),
        claims: claims(&token.assertion, token.left_out),
        signature: token.signature.outcome.into(),
    }
}

fn names<T: Copy + Into<&'static str>>(all: &[T]) -> Vec<&'static str> {
    all.iter().map(|one| (*one).into()).collect()
}

fn of_header(header: &Header, token: &Token) -> Value {
    let signature = &token.signature;
    let mut object = Map::new();
    let mut put = |name: &str, value: Value| drop(object.insert(name.to_owned(), value));
    put("version", json!(token.assertion.version));
    put("id", json!(token.assertion.id));
    put("assertions", json!(header.assertions));
    put("suspicions", json!(names(&header.suspicions)));
    if let Some(method) = &signature.method {
        put("signature-method", json!(method));
        put("canonicalization", json!(signature.canonicalization));
        put("digest-method", json!(signature.digest_method));
    }
    put("signature-faults", json!(names(&signature.faults)));
    if let Some(facts) = signature.certificate.as_deref().and_then(|der| x509::facts(der).ok()) {
        put("certificate-sha256", json!(facts.sha256));
        put("certificate-key", json!(facts.public_key));
        if let Some(uzi) = facts.uzi {
            put("certificate-ura", json!(uzi.ura));
        }
    }
    Value::Object(object)
}

/// One thing by itself, more in a list, and nothing for none.
fn some<T: Into<Value>>(all: impl IntoIterator<Item = T>) -> Value {
    let mut all: Vec<Value> = all.into_iter().map(Into::into).collect();
    match all.len() {
        0 => Value::Null,
        1 => all.remove(0),
        _ => Value::Array(all),
    }
}

fn claims(assertion: &Assertion, left_out: usize) -> Value {
    let seconds = |instant: Option<&Instant>| instant.and_then(|i| i.at).map(OffsetDateTime::unix_timestamp);
    let conditions = assertion.conditions.as_ref();
    let not_before = seconds(conditions.and_then(|c| c.not_before.as_ref()));
    let issued = seconds(Some(&assertion.issued));
    let lifetime = assertion.lifetime().and_then(|l| i64::try_from(l.whole_milliseconds()).ok());
    let subject = assertion.subject.as_ref();
    let authn = || assertion.authn.iter();
    let facts = [
        ("iss", json!(assertion.issuer)),
        ("aud", some(conditions.iter().flat_map(|c| c.audiences.iter().flatten()).map(String::as_str))),
        ("audience-restrictions", json!(conditions.map_or(0, |c| c.audiences.len()))),
        ("iat", json!(not_before.or(issued))),
        ("exp", json!(seconds(conditions.and_then(|c| c.not_on_or_after.as_ref())))),
        ("issued", json!(issued)),
        ("not-before", json!(not_before)),
        ("lifetime-ms", json!(lifetime)),
        ("one-time-use", json!(conditions.map(|c| c.one_time_use))),
        ("proxy-restriction", json!(conditions.map(|c| c.proxy_restriction))),
        ("subject", subject.map_or(Value::Null, of_subject)),
        ("confirmation", some(subject.iter().flat_map(|s| &s.confirmations).map(String::as_str))),
        ("context", some(authn().filter_map(|a| a.class_ref.as_deref().or(a.decl_ref.as_deref())))),
        ("authn-statements", json!(assertion.authn.len())),
        ("attribute-statements", json!(assertion.statements.len())),
        ("values-left-out", if left_out == 0 { Value::Null } else { json!(left_out) }),
        ("attributes", attributes(assertion)),
    ];
    Value::Object(facts.into_iter().filter(|(_, v)| !v.is_null()).map(|(n, v)| (n.to_owned(), v)).collect())
}

fn of_subject(subject: &super::assertion::Subject) -> Value {
    let name = subject.name_id.as_ref();
    let parts = [
        ("name-id", name.map(|n| n.text.clone())),
        ("format", name.and_then(|n| n.format.clone())),
        ("sp-provided-id", name.and_then(|n| n.sp_provided_id.clone())),
    ];
    Value::Object(parts.into_iter().filter_map(|(n, v)| Some((n.to_owned(), json!(v?)))).collect())
}

fn attributes(assertion: &Assertion) -> Value {
    let mut all = Map::new();
    for attribute in assertion.attributes() {
        for value in &attribute.values {
            let value = of_value(&attribute.name, value);
            match all.get_mut(&attribute.name) {
                None => drop(all.insert(attribute.name.clone(), value)),
                Some(Value::Array(list)) => list.push(value),
                Some(one) => *one = json!([one.take(), value]),
            }
        }
    }
    Value::Object(all)
}

fn of_value(attribute: &str, value: &value::Value) -> Value {
    let remarks = value::remarks(attribute, value);
    let told = |r: &value::Remark| json!({"weight": <&str>::from(r.weight()), "what": <&str>::from(r)});
    let parts = [
        ("system", value.system().map_or(Value::Null, |s| json!(s))),
        ("value", value.value().map_or(Value::Null, |v| json!(v))),
        ("type", value.data_type().map_or(Value::Null, |t| json!(t.local))),
        ("remarks", if remarks.is_empty() { Value::Null } else { remarks.iter().map(told).collect() }),
    ];
    Value::Object(parts.into_iter().filter(|(_, v)| !v.is_null()).map(|(n, v)| (n.to_owned(), v)).collect())
}
