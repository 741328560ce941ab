//! Whether an X-Service Provider takes what stands in a security header: what the reference responder asks, and what it
//! says when it refuses (30-beeldbeschikbaarheid sections 5.1, 12 and 13).

use time::{Duration, OffsetDateTime};

use super::assertion::{Assertion, Instant};
use super::header::{Header, Suspicion, Token};
use super::names::BEARER;
use super::verify::{Outcome, SignatureFault};
use crate::wire::x509::path::{self, Demands};

/// How long an assertion may hold (Twiin: 10 minutes).
pub const LONGEST: Duration = Duration::minutes(10);

/// What is asked of the assertions in a header.
#[derive(Debug, Clone)]
pub struct Policy<'a> {
    /// The moment of receipt.
    pub now: OffsetDateTime,
    /// How far clocks may be apart.
    pub leeway: Duration,
    /// How long an assertion may hold.
    pub longest: Duration,
    /// The URIs that mean us. Twiin publishes none, so it is configured; empty: any audience, but there must be one.
    pub audiences: &'a [String],
    /// Certificates that issuers, or the CAs above them, are trusted by.
    pub anchors: &'a [Vec<u8>],
    /// Classes of authentication that are known; empty: any.
    pub classes: &'a [String],
    /// How many assertions there may be: one, or on plateau 4 a second one from the issuer of the means.
    pub most: usize,
}

impl<'a> Policy<'a> {
    /// One assertion of 10 minutes at most, with clocks a minute apart at most.
    pub fn new(now: OffsetDateTime, audiences: &'a [String], anchors: &'a [Vec<u8>]) -> Self {
        let leeway = Duration::minutes(1);
        Self { now, leeway, longest: LONGEST, audiences, anchors, classes: &[], most: 1 }
    }
}

/// Why it is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, strum::IntoStaticStr, strum::EnumIter)]
#[strum(serialize_all = "kebab-case")]
pub enum Refusal {
    /// No security header (BB-N-11).
    NoSecurityHeader,
    /// No assertion in it.
    NoAssertion,
    /// More than are asked for.
    SeveralAssertions,
    /// It looks like wrapping (BB-N-13).
    Wrapped,
    /// Another version than 2.0, or no id.
    Version,
    /// No signature (BB-N-03).
    Unsigned,
    /// SHA-1, or another algorithm that is not taken (BB-N-12).
    Algorithm,
    /// The signature does not hold (BB-N-04).
    BrokenSignature,
    /// Nobody vouches for the certificate that signed it (BB-N-05).
    UntrustedIssuer,
    /// No issuer is named.
    NoIssuer,
    /// No subject with a name.
    NoSubject,
    /// No confirmation by bearer.
    Confirmation,
    /// No moment until which it holds, or one that cannot be read.
    NoValidity,
    /// It has expired (BB-N-01).
    Expired,
    /// It does not hold yet (BB-N-02).
    NotYetValid,
    /// It was issued later than now.
    FromTheFuture,
    /// It holds longer than it may (BB-N-09).
    TooLong,
    /// No audience is named.
    NoAudience,
    /// It is for another audience (BB-N-06).
    OtherAudience,
    /// No statement of how the user was authenticated (BB-N-07).
    NoAuthnStatement,
    /// An unknown class of authentication (BB-N-07).
    UnknownClass,
    /// From plateau 3 on: the organisation is not the one of the certificate that signed it (BB-N-33).
    OtherOrganisation,
    /// On plateau 4: the user is not vouched for by the issuer of the means (BB-N-34).
    UserNotVouchedFor,
}

impl Refusal {
    /// Local name of the fault code of WS-Security that says so. Twiin and IHE ask for a fault as in WS-Security core
    /// section 12 and do not say which code belongs to which reason, so no check may ask for one of them.
    pub fn fault_code(self) -> &'static str {
        match self {
            Self::NoSecurityHeader | Self::SeveralAssertions | Self::Wrapped => "InvalidSecurity",
            Self::NoAssertion => "SecurityTokenUnavailable",
            Self::Algorithm => "UnsupportedAlgorithm",
            Self::BrokenSignature => "FailedCheck",
            Self::UntrustedIssuer | Self::UnknownClass | Self::OtherOrganisation | Self::UserNotVouchedFor => {
                "FailedAuthentication"
            }
            Self::Version => "UnsupportedSecurityToken",
            _ => "InvalidSecurityToken",
        }
    }
}

impl Header {
    /// The assertions, when all that is asked of them holds.
    ///
    /// # Errors
    /// Every reason to refuse them, in the order of [`Refusal`].
    pub fn accept(&self, policy: &Policy<'_>) -> Result<Vec<&Assertion>, Vec<Refusal>> {
        let mut refusals = Vec::new();
        match (self.headers, self.assertions) {
            (0, _) => refusals.push(Refusal::NoSecurityHeader),
            (_, 0) => refusals.push(Refusal::NoAssertion),
            (_, count) if count > policy.most.min(self.tokens.len()) => refusals.push(Refusal::SeveralAssertions),
            _ => {}
        }
        // A signature over the whole message may refer to an assertion; that alone is no wrapping.
        if self.suspicions.iter().any(|s| *s != Suspicion::SignatureElsewhere) {
            refusals.push(Refusal::Wrapped);
        }
        self.tokens.iter().for_each(|token| refusals.extend(token.refusals(policy)));
        refusals.sort_unstable();
        refusals.dedup();
        match refusals.is_empty() {
            true => Ok(self.tokens.iter().filter_map(Token::proven).collect()),
            false => Err(refusals),
        }
    }
}

impl Token {
    /// Every reason to refuse this assertion by itself.
    pub fn refusals(&self, policy: &Policy<'_>) -> Vec<Refusal> {
        let assertion = &self.assertion;
        let subject = assertion.subject.as_ref();
        let named = subject.and_then(|s| s.name_id.as_ref()).is_some_and(|n| !n.text.is_empty());
        let by_bearer = subject.is_some_and(|s| s.confirmations.iter().any(|m| m == BEARER));
        let found = [
            (Refusal::Version, assertion.version != "2.0" || assertion.id.is_empty()),
            (Refusal::NoIssuer, assertion.issuer.as_ref().is_none_or(String::is_empty)),
            (Refusal::NoSubject, !named),
            (Refusal::Confirmation, !by_bearer),
        ];
        let mut refusals: Vec<Refusal> = found.into_iter().filter(|(_, wrong)| *wrong).map(|(r, _)| r).collect();
        refusals.extend(self.of_signature(policy));
        refusals.extend(times(assertion, policy));
        refusals.extend(audience(assertion, policy));
        refusals.extend(authentication(assertion, policy));
        refusals
    }

    fn of_signature(&self, policy: &Policy<'_>) -> Option<Refusal> {
        use SignatureFault as F;
        let signature = &self.signature;
        match signature.outcome {
            Outcome::Unsigned => Some(Refusal::Unsigned),
            Outcome::Wrong => {
                let algorithm = [F::Sha1, F::SignatureMethod, F::DigestMethod, F::Canonicalization];
                let only = signature.faults.iter().all(|f| algorithm.contains(f));
                Some(if only { Refusal::Algorithm } else { Refusal::BrokenSignature })
            }
            Outcome::Verified => {
                let leaf = signature.certificate.as_deref().unwrap_or_default();
                let others: Vec<_> = signature.certificates.iter().filter(|c| *c != leaf).cloned().collect();
                let path = path::check(leaf, &others, policy.anchors, policy.now, &Demands::default());
                path.is_err().then_some(Refusal::UntrustedIssuer)
            }
        }
    }
}

fn times(assertion: &Assertion, policy: &Policy<'_>) -> Vec<Refusal> {
    let conditions = assertion.conditions.as_ref();
    let unreadable = |instant: Option<&Instant>| instant.is_some_and(|i| i.at.is_none());
    let start = conditions.and_then(|c| c.not_before.as_ref());
    let end = conditions.and_then(|c| c.not_on_or_after.as_ref());
    let at = |instant: Option<&Instant>| instant.and_then(|i| i.at);
    let found = [
        (Refusal::NoValidity, at(end).is_none() || unreadable(start) || assertion.issued.at.is_none()),
        (Refusal::Expired, at(end).is_some_and(|end| policy.now >= end + policy.leeway)),
        (Refusal::NotYetValid, at(start).is_some_and(|start| policy.now < start - policy.leeway)),
        (Refusal::FromTheFuture, assertion.issued.at.is_some_and(|issued| policy.now < issued - policy.leeway)),
        (Refusal::TooLong, assertion.lifetime().is_some_and(|lifetime| lifetime > policy.longest)),
    ];
    found.into_iter().filter(|(_, wrong)| *wrong).map(|(refusal, _)| refusal).collect()
}

fn audience(assertion: &Assertion, policy: &Policy<'_>) -> Option<Refusal> {
    let restrictions = assertion.conditions.as_ref().map(|c| c.audiences.as_slice()).unwrap_or_default();
    if restrictions.is_empty() || restrictions.iter().any(|r| r.iter().all(String::is_empty)) {
        return Some(Refusal::NoAudience);
    }
    let met = |restriction: &Vec<String>| restriction.iter().any(|audience| policy.audiences.contains(audience));
    (!policy.audiences.is_empty() && !restrictions.iter().all(met)).then_some(Refusal::OtherAudience)
}

fn authentication(assertion: &Assertion, policy: &Policy<'_>) -> Option<Refusal> {
    let refs: Vec<&String> =
        assertion.authn.iter().filter_map(|a| a.class_ref.as_ref().or(a.decl_ref.as_ref())).collect();
    match refs.iter().all(|r| r.is_empty()) {
        true => Some(Refusal::NoAuthnStatement),
        false if policy.classes.is_empty() => None,
        false => (!refs.iter().any(|r| policy.classes.contains(r))).then_some(Refusal::UnknownClass),
    }
}
