//! What a zorgtoepassing says of gateways, as a profile has it: who is meant by an assertion, and what stands in one.

use serde::Deserialize;

use crate::net::Identity;
use crate::wire::consent::ConsentRules;
use crate::wire::saml::Requester;
use crate::wire::saml::names::oid;

/// Issuer of means of authentication, as one is played here: below the arc for examples.
pub const MEANS: &str = "urn:oid:2.999.7";
/// A user whom nobody else speaks of.
pub const SOMEBODY_ELSE: &str = "SIM-iemand-anders";

/// Settings of gateways. Twiin publishes neither audience nor issuer of assertions between GtKs, so these are data.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct GatewayRules {
    /// Audience of assertions, where a candidate names no other.
    pub audience: String,
    /// Role code of the professional who asks, where an identity has none.
    pub role: String,
    /// Purpose of use.
    pub purpose: String,
    /// Home community, without `urn:oid:`, from which is asked.
    pub community: String,
    /// Metadata profile of the reference data; the one that prevails when none is named.
    #[serde(default)]
    pub metadata: Option<String>,
}

impl GatewayRules {
    /// An identity as the one who asks about a patient.
    pub fn requester(&self, identity: &Identity, consent: &ConsentRules, patient: &str) -> Requester {
        let person = |text: &str| {
            let (system, value) = text.rsplit_once('|').unwrap_or(("", text));
            (consent.roots.get(system).map_or(oid::UZI, String::as_str).to_owned(), value.to_owned())
        };
        let professional = person(&identity.user);
        Requester {
            issuer: format!("urn:oid:{}.{}", oid::URA, identity.ura),
            audience: self.audience.clone(),
            user: professional.1.clone(),
            ura: identity.ura.clone(),
            role: identity.role.clone().unwrap_or_else(|| self.role.clone()),
            mandated: None,
            purpose: self.purpose.clone(),
            category: None,
            organisation: Some(format!("SIM {}", identity.name)),
            community: Some(self.community.clone()),
            user_name: Some("SIM arts".to_owned()),
            patient: Some(patient.to_owned()),
            professional,
        }
    }

    /// The colleague of an identity as who acts under its mandate.
    pub fn mandated(identity: &Identity, consent: &ConsentRules) -> Option<(String, String)> {
        let (system, value) = identity.colleague.as_deref()?.rsplit_once('|')?;
        Some((consent.roots.get(system).map_or(oid::UZI, String::as_str).to_owned(), value.to_owned()))
    }
}
