//! What a requester sends on purpose: the wrong assertions of the negative catalogue (30-beeldbeschikbaarheid section 13)
//! and the odd ones that must be taken all the same. One list, so that a client and a deviation mean the same by a name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use time::Duration;

use super::assertion::{Assertion, Attribute};
use super::names::{PROVIDER_IDENTIFIER, PURPOSE_OF_USE, ROLE};
use super::sign::{Signer, Signing, Unsigned};
use super::value::Value;
use crate::wire::x509;

/// What is odd about the assertion of a request.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
    strum::Display,
    strum::EnumIter,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Oddity {
    /// It expired an hour ago (BB-N-01).
    Expired,
    /// It holds from an hour later on (BB-N-02).
    NotYetValid,
    /// It is not signed (BB-N-03).
    Unsigned,
    /// One byte of a signed attribute was changed (BB-N-04).
    ChangedAttribute,
    /// It is signed by somebody whom nobody trusts (BB-N-05).
    UntrustedIssuer,
    /// It is meant for another service (BB-N-06).
    OtherAudience,
    /// It names no audience at all.
    NoAudience,
    /// It does not say how the user was authenticated (BB-N-07).
    NoAuthnStatement,
    /// It names a class of authentication that nobody knows (BB-N-07).
    UnknownClass,
    /// It has two roles: legal by IHE, and refused by one test kit (BB-N-08).
    TwoRoles,
    /// It has two purposes of use: likewise (BB-N-08).
    TwoPurposes,
    /// It holds for eleven minutes (BB-N-09).
    TooLong,
    /// There is no security header (BB-N-11).
    NoSecurityHeader,
    /// It is signed over SHA-1 (BB-N-12).
    Sha1,
    /// A forged one carries the signature, and the signed one was moved (BB-N-13).
    WrappedBeside,
    /// A forged one has the id of the signed one, which was moved (BB-N-13).
    WrappedSameId,
    /// The signed one was moved into its own signature, which a forged one carries (BB-N-13).
    WrappedInSignature,
    /// A forged one stands around the signed one (BB-N-13).
    WrappedAround,
    /// A forged one stands before the signed one (BB-N-13).
    ForgedBefore,
    /// The attributes stand in two statements: legal (BB-SAML-019).
    SplitStatements,
    /// It has an attribute that nobody knows: legal (BB-SAML-022).
    VendorAttribute,
}

/// What stands in a message then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// What stands in the security header, for [`super::security_header`]; `None` for no such header.
    pub security: Option<String>,
    /// Another header block beside it, which an honest message does not have.
    pub beside: Option<String>,
}

impl Oddity {
    /// Whether a provider must refuse it. Of the others two are legal and ambiguous, and two are simply legal.
    pub fn must_be_refused(self) -> bool {
        !matches!(self, Self::TwoRoles | Self::TwoPurposes | Self::SplitStatements | Self::VendorAttribute)
    }

    /// What is sent instead of this good assertion. `stranger` is trusted by nobody.
    ///
    /// # Errors
    /// When a key cannot sign.
    pub fn send(self, good: &Assertion, signer: Signer<'_>, stranger: Signer<'_>) -> Result<Sent, Unsigned> {
        let usual = Signing::default();
        let mut assertion = good.clone();
        self.edit(&mut assertion);
        let security = match self {
            Self::NoSecurityHeader => return Ok(Sent { security: None, beside: None }),
            Self::Unsigned => assertion.write(""),
            Self::UntrustedIssuer => usual.apply(&assertion, stranger)?,
            Self::Sha1 => Signing::sha1(is_rsa(signer.certificate)).apply(&assertion, signer)?,
            Self::ChangedAttribute => changed(&assertion, &usual.apply(&assertion, signer)?),
            _ => usual.apply(&assertion, signer)?,
        };
        Ok(self.wrap(&assertion, security))
    }

    fn edit(self, assertion: &mut Assertion) {
        match self {
            Self::Expired => assertion.shift(Duration::hours(-1)),
            Self::NotYetValid => assertion.shift(Duration::hours(1)),
            Self::TooLong => assertion.hold_for(Duration::minutes(11)),
            Self::NoAuthnStatement => assertion.authn.clear(),
            Self::UnknownClass => {
                assertion.authn.iter_mut().for_each(|a| a.class_ref = Some("urn:example:unknown-class".to_owned()));
            }
            Self::OtherAudience | Self::NoAudience => {
                let other = (self == Self::OtherAudience).then(|| vec!["urn:example:another-service".to_owned()]);
                if let Some(conditions) = &mut assertion.conditions {
                    conditions.audiences = other.into_iter().collect();
                }
            }
            Self::TwoRoles => repeat(assertion, ROLE, "01.015"),
            Self::TwoPurposes => repeat(assertion, PURPOSE_OF_USE, "COC"),
            Self::SplitStatements => {
                let split = assertion.statements.iter().map(Vec::len).sum::<usize>() / 2;
                let mut all: Vec<Attribute> = assertion.statements.drain(..).flatten().collect();
                let rest = all.split_off(split);
                assertion.statements = vec![all, rest];
            }
            Self::VendorAttribute => {
                let vendor = "urn:example:vendor:attribute";
                assertion.statements.push(vec![Attribute::new(vendor, Value::text(vendor, "SIM"))]);
            }
            _ => {}
        }
    }

    fn wrap(self, good: &Assertion, signed: String) -> Sent {
        let plain = |security: String| Sent { security: Some(security), beside: None };
        let moved = |security: String, what: &str| Sent {
            security: Some(security),
            beside: Some(format!(r#"<m:Moved xmlns:m="urn:example:moved">{what}</m:Moved>"#)),
        };
        let Some((signature, bare)) = parted(&signed) else { return plain(signed) };
        let forged = |id: &str| forged(good, id);
        let other = format!("_{}", uuid::Uuid::new_v4());
        match self {
            Self::WrappedBeside => moved(forged(&other).write(signature), &bare),
            Self::WrappedSameId => moved(forged(&good.id).write(signature), &bare),
            Self::WrappedInSignature => {
                let object = format!("<ds:Object>{bare}</ds:Object></ds:Signature>");
                plain(forged(&other).write(&signature.replace("</ds:Signature>", &object)))
            }
            Self::WrappedAround => plain(forged(&other).write(&format!("<s:Advice>{signed}</s:Advice>"))),
            Self::ForgedBefore => plain(format!("{}{signed}", forged(&other).write(""))),
            _ => plain(signed),
        }
    }
}

/// The assertion of somebody else: another subject, and another professional.
fn forged(good: &Assertion, id: &str) -> Assertion {
    let mut forged = Assertion { id: id.to_owned(), ..good.clone() };
    if let Some(name) = forged.subject.as_mut().and_then(|s| s.name_id.as_mut()) {
        name.text = "SIM-forged".to_owned();
    }
    forged.remove(PROVIDER_IDENTIFIER);
    forged
}

/// The signature in an assertion, and the assertion without it.
fn parted(signed: &str) -> Option<(&str, String)> {
    let start = signed.find("<ds:Signature ")?;
    let end = start + signed[start..].find("</ds:Signature>")? + "</ds:Signature>".len();
    Some((&signed[start..end], format!("{}{}", &signed[..start], &signed[end..])))
}

/// The last sign of the first value of an attribute is another one.
fn changed(assertion: &Assertion, signed: &str) -> String {
    let Some(value) = assertion.attributes().flat_map(|a| &a.values).find_map(Value::value) else {
        return signed.replacen("</s:Issuer>", "x</s:Issuer>", 1);
    };
    let other = if value.ends_with('1') { "2" } else { "1" };
    let mut text = value.to_owned();
    text.pop();
    text.push_str(other);
    signed.replacen(&format!("\"{value}\""), &format!("\"{text}\""), 1)
}

fn repeat(assertion: &mut Assertion, name: &str, code: &str) {
    let attribute = assertion.statements.iter_mut().flatten().find(|a| a.name == name);
    let Some(attribute) = attribute else { return };
    if let Some(Value::Typed(mut typed)) = attribute.values.first().cloned() {
        typed.attributes.iter_mut().filter(|(n, _)| n == "code").for_each(|(_, v)| code.clone_into(v));
        attribute.values.push(Value::Typed(typed));
    }
}

fn is_rsa(certificate: &[u8]) -> bool {
    x509::facts(certificate).is_ok_and(|facts| facts.public_key.starts_with("RSA"))
}
