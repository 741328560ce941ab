//! Who vouches for what, from plateau 3 on: the organisation by its own certificate, and on plateau 4 the issuer of the
//! means of authentication for the user (30-beeldbeschikbaarheid section 5.4, after the groeimodel).
//!
//! The groeimodel says that user data is signed through the means and that both tokens are bound; it does not say in what
//! form. So two assertions are compared here and everything is told; which of it is asked is a matter of the scenarios. Not
//! specified: the order of the two in the header, the class that says eIDAS high, and how one refers to the other.

use std::collections::BTreeSet;

use super::accept::Refusal;
use super::header::{Header, Token};
use super::names::{OF_USER, PROVIDER_INSTITUTION};
use crate::wire::x509;

/// Whether the organisation in an assertion is the one of the certificate that signed it (plateau 3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Organisation {
    /// It is.
    Same,
    /// It is another one.
    Other {
        /// URA in the assertion.
        said: String,
        /// URA of the certificate.
        signed: String,
    },
    /// The signature proves nothing.
    NotSigned,
    /// The assertion has no URA, or more than one.
    NoneSaid,
    /// The certificate carries no URA and none is configured for it.
    NoneInCertificate,
}

/// Looks whether the organisation vouches for itself. A PKIoverheid private services certificate carries no URA in a form
/// that can be read; `configured` gives the one that is known for a certificate (DER) then.
pub fn organisation(token: &Token, configured: &dyn Fn(&[u8]) -> Option<String>) -> Organisation {
    let (Some(assertion), Some(certificate)) = (token.proven(), &token.signature.certificate) else {
        return Organisation::NotSigned;
    };
    let said: BTreeSet<&str> = assertion.values(PROVIDER_INSTITUTION).filter_map(|v| v.value()).collect();
    let mut said = said.into_iter();
    let (Some(said), None) = (said.next(), said.next()) else { return Organisation::NoneSaid };
    let own = x509::facts(certificate).ok().and_then(|facts| facts.uzi).map(|uzi| uzi.ura);
    match own.or_else(|| configured(certificate)) {
        None => Organisation::NoneInCertificate,
        Some(signed) if signed == said => Organisation::Same,
        Some(signed) => Organisation::Other { said: said.to_owned(), signed },
    }
}

impl Header {
    /// What is missing of the proofs that a plateau asks for beyond [`Header::accept`]: on plateau 3 the organisation
    /// vouches for itself, on plateau 4 another assertion in the header vouches for the user. On the plateaus below
    /// nothing is asked.
    pub fn vouched(&self, plateau: u8, configured: &dyn Fn(&[u8]) -> Option<String>) -> Vec<Refusal> {
        if plateau < 3 {
            return Vec::new();
        }
        let own = self.tokens.iter().find(|token| organisation(token, configured) == Organisation::Same);
        let Some(own) = own else { return vec![Refusal::OtherOrganisation] };
        let mut others = self.tokens.iter().filter(|token| !std::ptr::eq(*token, own));
        let vouches = |means: &Token| {
            let bound = binding(own, means);
            bound.both_signed
                && !bound.same_signer
                && bound.same_subject
                && bound.level == Some(Level::High)
                && bound.contradicted.is_empty()
                && !bound.covered.is_empty()
        };
        if plateau == 3 || others.any(vouches) { Vec::new() } else { vec![Refusal::UserNotVouchedFor] }
    }
}

/// A level of assurance of eIDAS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Level {
    /// Low.
    Low,
    /// Substantial.
    Substantial,
    /// High.
    High,
}

/// The level that a URI names, and whether it is spelled as the Commission does: one sample has `eidas.europe.eu`
/// (50-generic-facilities section 7.1).
pub fn level(uri: &str) -> Option<(Level, bool)> {
    let usual = uri.strip_prefix("http://eidas.europa.eu/LoA/");
    let level = match usual.or_else(|| uri.strip_prefix("http://eidas.europe.eu/LoA/"))? {
        "low" => Level::Low,
        "substantial" => Level::Substantial,
        "high" => Level::High,
        _ => return None,
    };
    Some((level, usual.is_some()))
}

/// What ties the assertion of an organisation to the one of the issuer of the means (plateau 4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Both signatures hold.
    pub both_signed: bool,
    /// Both are signed by the same certificate: then nobody else vouches for the user.
    pub same_signer: bool,
    /// Both name the same subject.
    pub same_subject: bool,
    /// Attributes of the user in the assertion of the means.
    pub covered: Vec<&'static str>,
    /// Attributes of the user that the organisation gives and the means does not, or otherwise.
    pub contradicted: Vec<&'static str>,
    /// The highest level that the assertion of the means names.
    pub level: Option<Level>,
    /// A level was spelled in the odd way.
    pub odd_spelling: bool,
}

/// Compares the assertion of an organisation with the one of the issuer of the means.
pub fn binding(organisation: &Token, means: &Token) -> Binding {
    let name = |token: &Token| {
        let name = token.assertion.subject.as_ref()?.name_id.as_ref()?;
        Some((name.text.clone(), name.format.clone(), name.qualifier.clone())).filter(|(text, ..)| !text.is_empty())
    };
    let said = |token: &Token, attribute: &str| -> BTreeSet<(Option<String>, Option<String>)> {
        let values = token.assertion.values(attribute);
        values.map(|v| (v.system().map(str::to_owned), v.value().map(str::to_owned))).collect()
    };
    let differs = |attribute: &str| {
        let own = said(organisation, attribute);
        !own.is_empty() && own != said(means, attribute)
    };
    let refs = means.assertion.authn.iter().flat_map(|a| [a.class_ref.as_deref(), a.decl_ref.as_deref()]);
    let levels: Vec<_> = refs.flatten().filter_map(level).collect();
    Binding {
        both_signed: organisation.proven().is_some() && means.proven().is_some(),
        same_signer: organisation.signature.certificate == means.signature.certificate,
        same_subject: name(organisation).is_some() && name(organisation) == name(means),
        covered: OF_USER.into_iter().filter(|a| !said(means, a).is_empty()).collect(),
        contradicted: OF_USER.into_iter().filter(|a| differs(a)).collect(),
        level: levels.iter().map(|(level, _)| *level).max(),
        odd_spelling: levels.iter().any(|(_, usual)| !usual),
    }
}
