//! The good assertion of a requester: all of the Twiin table, and on plateau 4 the second one beside it
//! (30-beeldbeschikbaarheid sections 5.2 and 5.4).

use time::Duration;

use super::assertion::{Assertion, Attribute};
use super::names::{self, oid};
use super::value::Value;
use crate::base::bsn;

/// Who asks. What is `None` is not in the assertion.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Requester {
    /// Entity id of who asserts. Twiin publishes none for traffic between GtKs.
    pub issuer: String,
    /// URI of who is asked. Twiin publishes none either.
    pub audience: String,
    /// `NameID` of the user.
    pub user: String,
    /// URA of the organisation that consults.
    pub ura: String,
    /// Root and extension of the responsible professional: a UZI number, or a local number that is agreed upon.
    pub professional: (String, String),
    /// UZI role code of the responsible professional.
    pub role: String,
    /// Root and extension of the person who acts under a mandate.
    pub mandated: Option<(String, String)>,
    /// Purpose of use: `TREAT` or `COC` is what implementations write.
    pub purpose: String,
    /// Data category of Mitz. The code for images was not found.
    pub category: Option<String>,
    /// Name of the organisation.
    pub organisation: Option<String>,
    /// OID of the initiating community, without `urn:oid:`.
    pub community: Option<String>,
    /// Name of the user as text.
    pub user_name: Option<String>,
    /// BSN of the patient: release 0.8 put it there for the short term.
    pub patient: Option<String>,
}

impl Requester {
    /// The assertion of the organisation, valid for ten minutes from now.
    pub fn assertion(&self) -> Assertion {
        let mut attributes = self.of_user();
        attributes.extend([
            instance(names::PROVIDER_INSTITUTION, (oid::URA, &self.ura), None),
            code(names::PURPOSE_OF_USE, &self.purpose, oid::PURPOSES),
        ]);
        attributes.extend(self.category.iter().map(|c| code(names::EVENT_CODE, c, oid::CATEGORIES)));
        if let Some(name) = &self.organisation {
            // The name and the id are of one organisation where both are there (BB-SAML-015).
            attributes.push(text(names::ORGANIZATION, name));
            attributes.push(text(names::ORGANIZATION_ID, &format!("urn:oid:{}.{}", oid::URA, self.ura)));
        }
        let community = self.community.iter().map(|c| text(names::HOME_COMMUNITY_ID, &format!("urn:oid:{c}")));
        attributes.extend(community);
        attributes.extend(self.user_name.iter().map(|n| text(names::SUBJECT_ID, n)));
        let patient = |b: &String| Attribute::new(names::RESOURCE_ID, Value::cx(names::RESOURCE_ID, b, bsn::OID));
        attributes.extend(self.patient.iter().map(patient));
        Assertion::draft(&self.issuer, &self.user, &self.audience, Duration::minutes(10), attributes)
    }

    /// The assertion of the issuer of the means on plateau 4: the same subject, the data of the user, and eIDAS high. That
    /// there is a second assertion in this form is a design of the harness; Twiin does not specify it.
    pub fn of_means(&self, issuer: &str) -> Assertion {
        let mut means = Assertion::draft(issuer, &self.user, &self.audience, Duration::minutes(10), self.of_user());
        means.authn.iter_mut().for_each(|a| a.class_ref = Some(names::EIDAS_HIGH.to_owned()));
        means
    }

    fn of_user(&self) -> Vec<Attribute> {
        let person = |name: &str, (root, extension): &(String, String)| {
            instance(name, (root, extension), (root == oid::UZI).then_some("CIBG"))
        };
        let mut attributes = vec![
            person(names::PROVIDER_IDENTIFIER, &self.professional),
            Attribute::new(names::ROLE, Value::code(names::ROLE, &self.role, oid::ROLES, Some("RoleCodeNL"))),
        ];
        attributes.extend(self.mandated.iter().map(|m| person(names::MANDATED, m)));
        attributes
    }
}

fn instance(name: &str, (root, extension): (&str, &str), authority: Option<&str>) -> Attribute {
    Attribute::new(name, Value::instance(name, root, extension, authority))
}

fn code(name: &str, code: &str, system: &str) -> Attribute {
    Attribute::new(name, Value::code(name, code, system, None))
}

fn text(name: &str, text: &str) -> Attribute {
    Attribute::new(name, Value::text(name, text))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::{Header, Policy, Signer, read, remarks, security_header};
    use super::*;
    use crate::base::clock;
    use crate::wire::xml::Limits;

    fn requester() -> Requester {
        Requester {
            issuer: "urn:issuer".into(),
            audience: "urn:us".into(),
            user: "SIM-arts".into(),
            ura: "90000001".into(),
            professional: (oid::UZI.into(), "000000012".into()),
            role: "01.013".into(),
            mandated: Some(("2.999.1".into(), "E-17".into())),
            purpose: "TREAT".into(),
            category: Some("GGC002".into()),
            organisation: Some("SIM Ziekenhuis".into()),
            community: Some("2.999.1.1".into()),
            user_name: Some("SIM Arts".into()),
            patient: Some("999911120".into()),
        }
    }

    #[test]
    fn a_good_assertion_gives_no_remark_and_nothing_that_was_not_given() {
        let full = requester().assertion();
        for attribute in full.attributes() {
            let told: Vec<_> = attribute.values.iter().flat_map(|v| remarks(&attribute.name, v)).collect();
            assert_eq!(told, [], "{}", attribute.name);
        }
        assert_eq!(full.attributes().count(), 11);
        let least = Requester { ura: "90000001".into(), ..Requester::default() }.assertion();
        let names: Vec<&str> = least.attributes().map(|a| a.name.as_str()).collect();
        let required = [names::PROVIDER_IDENTIFIER, names::ROLE, names::PROVIDER_INSTITUTION, names::PURPOSE_OF_USE];
        assert_eq!(names, required);
    }

    #[test]
    fn both_assertions_of_plateau_4_vouch_for_organisation_and_user() {
        let own = |issuer: &Assertion| {
            let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
            let made = rcgen::CertificateParams::new(vec!["localhost".into()]).unwrap().self_signed(&key).unwrap();
            let signer = Signer { key_pem: &key.serialize_pem(), certificate: made.der() };
            (issuer.signed(Some(signer)).unwrap(), made.der().to_vec())
        };
        let (first, of_organisation) = own(&requester().assertion());
        let (second, of_means) = own(&requester().of_means("urn:means"));
        let message = |assertions: &str| -> Header {
            let header = security_header(assertions);
            let text = format!(
                r#"<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Header>{header}</e:Header><e:Body/></e:Envelope>"#
            );
            read(text.as_bytes(), &Limits::default()).unwrap()
        };
        let known = |der: &[u8]| (der == of_organisation.as_slice()).then(|| "90000001".to_owned());
        let both = message(&format!("{first}{second}"));
        let (audiences, anchors) = (["urn:us".to_owned()], [of_organisation.clone(), of_means]);
        let mut policy = Policy::new(clock::now(), &audiences, &anchors);
        policy.most = 2;
        assert_eq!(both.accept(&policy).unwrap().len(), 2);
        assert_eq!(both.vouched(4, &known), []);
        assert!(!message(&first).vouched(4, &known).is_empty());
    }
}
