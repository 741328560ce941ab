//! SAML 2.0 assertions as they travel in `wsse:Security`: written, signed, verified and read (IHE ITI-40,
//! 30-beeldbeschikbaarheid section 5; also the assertions that Mitz gets, 50-generic-facilities section 1.5).
//!
//! * [`Assertion`] is the plain value: [`Assertion::draft`], edited as a case or a deviation wants it, then signed by
//!   [`Assertion::signed`] or part by part by [`Signing`], and put into a message by [`security_header`].
//! * [`Requester`] makes the good assertion of the whole Twiin table, and the second one of plateau 4.
//! * [`read`] gives the security header of a message: every [`Token`] in it with its [`Signature`]. Whatever is wrong is
//!   told, not thrown: a transcript keeps it ([`all_facts`]) and checks judge it.
//! * [`Header::accept`] is what a responder asks, with every reason to refuse; [`organisation`] and [`binding`] say who
//!   vouches for what from plateau 3 on.
//!
//! * [`Oddity`] is the negative catalogue: what a requester sends instead of a good assertion, by name.
//!
//! Attributes are read by name and by coded value, whatever the element that carries the value is called: clients differ in
//! that. [`Remark`]s tell what differs from what is written down.

pub mod names;

mod accept;
mod assertion;
mod binding;
mod facts;
mod header;
mod read;
mod requester;
mod sign;
mod value;
mod verify;
mod wrong;

pub use super::soap::WSSE;
pub use accept::{LONGEST, Policy, Refusal};
pub use assertion::{Assertion, Attribute, Authn, Conditions, Instant, NameId, Subject};
pub use binding::{Binding, Level, Organisation, binding, level, organisation};
pub use facts::{Facts, all_facts, facts};
pub use header::{Header, HeaderFault, MOST_ASSERTIONS, Suspicion, Token, read};
pub use read::MOST_VALUES;
pub use requester::Requester;
pub use sign::{Signer, Signing, Unsigned};
pub use value::{Name, Remark, Typed, Value, Weight, cx, remarks};
pub use verify::{DIGESTS, METHODS, Outcome, Signature, SignatureFault};
pub use wrong::{Oddity, Sent};

/// Namespace of assertions.
pub const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
/// Namespace of XML Signature.
pub const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
/// Exclusive canonicalisation without comments; its namespace too.
pub const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
/// The transform that leaves the signature itself out.
pub const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// Assertions in a security header, for a message in which the prefix `e` means the envelope.
pub fn security_header(assertions: &str) -> String {
    format!(r#"<w:Security xmlns:w="{WSSE}" e:mustUnderstand="true">{assertions}</w:Security>"#)
}

#[cfg(test)]
mod tests;
