//! Who is let in: by the assertion in the security header (ITI-40; 30-beeldbeschikbaarheid section 5).

use std::sync::Arc;

use super::{Admission, Caller};
use crate::base::clock;
use crate::wire::saml::{self, Assertion, Header, Policy, Refusal, Value, names};
use crate::wire::soap::Fault;
use crate::wire::xds::LIMITS;

/// What a gateway asks of an assertion.
#[derive(Debug, Clone, Default)]
pub struct AssertionRules {
    /// The audiences that mean it; any when empty, because Twiin publishes none.
    pub audiences: Vec<String>,
    /// Certificates that issuers, or the CAs above them, are trusted by.
    pub anchors: Vec<Vec<u8>>,
    /// Reasons to refuse that it does not look at, a deliberate wrong: where the first of them is one, the others are
    /// overlooked with it.
    pub overlooks: Vec<Refusal>,
    /// Plateau whose proofs are asked for: from 3 on the organisation vouches for itself, and a second assertion is taken when it
    /// is bound to the first (section 5.4).
    pub plateau: u8,
    /// Whether everybody is let in, and only read: the harness's own gateway, where the judge comes later.
    pub lenient: bool,
}

impl AssertionRules {
    /// Lets in whose assertion passes.
    pub fn admission(self) -> Admission {
        Arc::new(move |message: &[u8]| self.admit(message))
    }

    fn admit(&self, message: &[u8]) -> Result<Caller, Fault> {
        let header = match saml::read(message, &LIMITS) {
            Ok(header) => header,
            Err(_) if self.lenient => return Ok(Caller::default()),
            Err(fault) => return Err(Fault::security("InvalidSecurity", fault.to_string())),
        };
        let refusals = if self.lenient { Vec::new() } else { self.refusals(&header) };
        if let Some(refusal) = self.counting(&refusals) {
            return Err(Fault::security(refusal.fault_code(), <&str>::from(refusal)));
        }
        Ok(header.tokens.first().map(|token| Caller::of(&token.assertion)).unwrap_or_default())
    }

    /// The first reason to refuse that counts.
    fn counting(&self, refusals: &[Refusal]) -> Option<Refusal> {
        let overlooked = match self.overlooks.first() {
            Some(first) if refusals.contains(first) => self.overlooks.as_slice(),
            _ => &[],
        };
        refusals.iter().copied().find(|r| !overlooked.contains(r))
    }

    fn refusals(&self, header: &Header) -> Vec<Refusal> {
        let mut policy = Policy::new(clock::now(), &self.audiences, &self.anchors);
        if self.plateau >= 3 {
            policy.most = 2;
        }
        let refusals = header.accept(&policy).err().unwrap_or_default();
        if !refusals.is_empty() {
            return refusals;
        }
        // A second assertion is no reason to look at less: it has to be about the same user.
        header.vouched(if header.tokens.len() > 1 { self.plateau } else { self.plateau.min(3) }, &|_| None)
    }
}

impl Caller {
    /// Who asks, by what an assertion says.
    pub fn of(assertion: &Assertion) -> Self {
        let owned = |v: &Value| Some((v.system().unwrap_or_default().to_owned(), v.value()?.to_owned()));
        let person = |name: &str| assertion.values(name).find_map(owned);
        let said = |name: &str| person(name).map(|(_, value)| value);
        Self {
            ura: said(names::PROVIDER_INSTITUTION),
            patient: said(names::RESOURCE_ID),
            professional: person(names::PROVIDER_IDENTIFIER),
            mandated: person(names::MANDATED),
            role: said(names::ROLE),
            purpose: said(names::PURPOSE_OF_USE),
            is_withheld: false,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use time::Duration;

    use super::*;
    use crate::wire::saml::{Attribute, Signer};
    use crate::wire::soap::{self, Addressing, Version};

    const AUDIENCE: &str = "urn:oid:2.999.1";

    fn draft() -> Assertion {
        let instance = |name: &str, root: &str, id: &str| Attribute::new(name, Value::instance(name, root, id, None));
        let patient = Value::cx(names::RESOURCE_ID, "999943145", crate::base::bsn::OID);
        let attributes = vec![
            instance(names::PROVIDER_INSTITUTION, "2.16.528.1.1007.3.3", "90000002"),
            Attribute::new(names::RESOURCE_ID, patient),
        ];
        Assertion::draft("urn:oid:2.999.2", "SIM-arts", AUDIENCE, Duration::minutes(10), attributes)
    }

    fn message(assertion: &str) -> Vec<u8> {
        let headers = [saml::security_header(assertion)];
        soap::write(Version::V12, &Addressing::request("urn:x", "https://localhost/", "urn:uuid:1"), &headers, "<q/>")
            .into_bytes()
    }

    /// A key in PEM with its self-signed certificate.
    fn own() -> (String, Vec<u8>) {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::new(vec!["localhost".into()]).unwrap().self_signed(&key).unwrap();
        (key.serialize_pem(), certificate.der().to_vec())
    }

    fn rules(anchor: &[u8]) -> AssertionRules {
        AssertionRules { audiences: vec![AUDIENCE.into()], anchors: vec![anchor.to_vec()], ..AssertionRules::default() }
    }

    #[test]
    fn who_asks_stands_in_a_good_assertion() {
        let (key, certificate) = own();
        let signed = draft().signed(Some(Signer { key_pem: &key, certificate: &certificate })).unwrap();
        let caller = rules(&certificate).admission()(&message(&signed)).unwrap();
        assert_eq!(
            caller,
            Caller { ura: Some("90000002".into()), patient: Some("999943145".into()), ..Caller::default() }
        );
    }

    #[test]
    fn what_is_missing_broken_or_for_another_is_refused_with_a_security_fault() {
        let (key, certificate) = own();
        let signer = Signer { key_pem: &key, certificate: &certificate };
        let refused = |message: &[u8]| rules(&certificate).admission()(message).unwrap_err();
        let mut old = draft();
        old.shift(-Duration::hours(1));
        let good = draft().signed(Some(signer)).unwrap();
        let bare = soap::write(Version::V12, &Addressing::default(), &[], "<q/>");
        for wrong in [
            message(""),
            message(&draft().signed(None).unwrap()),
            message(&old.signed(Some(signer)).unwrap()),
            message(&good.replace("90000002", "90000003")),
            message(&format!("{good}{good}")),
            bare.into_bytes(),
            b"no XML".to_vec(),
        ] {
            assert!(refused(&wrong).is_security());
        }
        let (_, stranger) = own();
        assert!(rules(&stranger).admission()(&message(&good)).unwrap_err().is_security());
        let elsewhere = AssertionRules { audiences: vec!["urn:oid:2.999.9".into()], ..rules(&certificate) };
        assert!(elsewhere.admission()(&message(&good)).unwrap_err().is_security());
    }

    #[test]
    fn a_reason_that_is_overlooked_is_no_reason() {
        let (key, certificate) = own();
        let mut old = draft();
        old.shift(-Duration::hours(1));
        let signed = old.signed(Some(Signer { key_pem: &key, certificate: &certificate })).unwrap();
        let careless = AssertionRules { overlooks: vec![Refusal::Expired], ..rules(&certificate) };
        assert!(careless.admission()(&message(&signed)).is_ok());
    }
}
