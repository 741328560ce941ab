//! Consent around the closed question: which data categories a query needs, subscriptions at Mitz and notifications of
//! Mitz as plain values (50-generic-facilities sections 1.6 to 1.8). All of it is known through implementations.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::fhir::r4_xml;
use super::xml::{self, Element};

/// Naming system of the BSN in FHIR.
const BSN: &str = "http://fhir.nl/fhir/NamingSystem/bsn";
/// Naming system of the URA in FHIR.
const URA: &str = "http://fhir.nl/fhir/NamingSystem/ura";
/// Code system of data categories in notifications.
const CATEGORIES: &str = "http://fhir.nl/otv/CodeSystem/gegevenscategorie";
/// Code system of categories of consulting providers in notifications.
const PROVIDER_CATEGORIES: &str = "http://fhir.nl/otv/CodeSystem/raadplegende-zorgaanbiedercategorie";
/// Extension that names a category of consulting providers.
const PROVIDER_CATEGORY: &str = "http://fhir.nl/StructureDefinition/OTV-ProviderCategory";
/// Code system of types of care providers in notifications.
const ORGANISATION_TYPES: &str = "http://nictiz.nl/fhir/NamingSystem/organization-type";

/// How a source puts its questions to Mitz, as data of the profile.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct ConsentRules {
    /// Type of care provider of our reference GtK, and of a requester who names none.
    pub provider_type: String,
    /// OID of its gateway, without `urn:oid:`.
    pub gateway: String,
    /// OID of its source system, without `urn:oid:`.
    pub source: String,
    /// Data category of everything that no rule is about.
    pub category: String,
    /// Which data fall into other categories. The first rule that fits counts.
    pub categories: Vec<CategoryRule>,
    /// Roots (OID) of identifier systems of professionals (URL).
    pub roots: BTreeMap<String, String>,
    /// Category of consulting providers by type of provider.
    pub consulting: BTreeMap<String, String>,
}

/// Data that fall into one category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CategoryRule {
    /// The data category.
    pub category: String,
    /// Resource types.
    pub types: Vec<String>,
    /// Only those with one of these codes as their category; all when absent.
    #[serde(default)]
    pub codes: Vec<String>,
}

impl ConsentRules {
    /// Categories that a search can bring, each once.
    pub fn needed(&self, resource_type: &str, parameters: &[(String, String)]) -> Vec<String> {
        let wanted: Vec<&str> = parameters
            .iter()
            .filter(|(name, _)| matches!(name.as_str(), "category" | "code"))
            .flat_map(|(_, value)| value.split(','))
            .filter_map(|value| value.rsplit('|').next())
            .collect();
        let mut needed = vec![self.category.clone()];
        for rule in self.categories.iter().filter(|r| r.types.iter().any(|t| t == resource_type)) {
            let named = wanted.iter().filter(|w| rule.codes.iter().any(|c| c == *w)).count();
            // Everything that is asked for falls into this one.
            if rule.codes.is_empty() || named > 0 && named == wanted.len() {
                return vec![rule.category.clone()];
            }
            if wanted.is_empty() || named > 0 {
                needed.push(rule.category.clone());
            }
        }
        needed
    }

    /// The category of one resource.
    pub fn category_of(&self, resource: &Value) -> &str {
        let list = |value: &Value| value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
        let codes: Vec<String> = list(&resource["category"])
            .iter()
            .flat_map(|concept| list(&concept["coding"]))
            .filter_map(|coding| coding["code"].as_str().map(str::to_owned))
            .collect();
        let fits = |rule: &&CategoryRule| {
            rule.types.iter().any(|t| resource["resourceType"] == t.as_str())
                && (rule.codes.is_empty() || rule.codes.iter().any(|c| codes.contains(c)))
        };
        self.categories.iter().find(fits).map_or(&self.category, |r| &r.category)
    }
}

/// A subscription on the consent of one patient at one holder.
#[derive(Debug, Clone)]
pub struct ToSubscribe<'a> {
    /// BSN of the patient.
    pub bsn: &'a str,
    /// Date of birth, `YYYY-MM-DD`, where it is known.
    pub birth_date: Option<&'a str>,
    /// URA of the holder.
    pub ura: &'a str,
    /// Where notifications are wanted.
    pub endpoint: &'a str,
}

impl ToSubscribe<'_> {
    /// The Subscription (FHIR R4).
    pub fn resource(&self, rules: &ConsentRules) -> Value {
        let oid = |name: &str, oid: &str| json!({"url": format!("http://fhir.nl/StructureDefinition/{name}"), "valueOid": format!("urn:oid:{oid}")});
        let birth = self
            .birth_date
            .map(|date| json!({"url": "http://fhir.nl/StructureDefinition/Patient.birthDate", "valueDate": date}));
        let systems = [oid("GatewaySystem", &rules.gateway), oid("SourceSystem", &rules.source)];
        let extensions: Vec<Value> = birth.into_iter().chain(systems).collect();
        json!({
            "resourceType": "Subscription",
            "extension": extensions,
            "status": "requested",
            "reason": "OTV",
            "criteria": format!(
                "Consent?_query=otv&patientid={}&providerid={}&providertype={}", self.bsn, self.ura, rules.provider_type
            ),
            "channel": {"type": "rest-hook", "endpoint": self.endpoint, "payload": "application/fhir+xml"},
        })
    }
}

/// One choice of a patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Data category.
    pub category: String,
    /// Whether permission is given; else it is refused or withdrawn.
    pub given: bool,
    /// Category of consulting providers that it is about; all when absent.
    pub consulting: Option<String>,
    /// When it was made, RFC 3339.
    pub at: String,
}

/// A notification of Mitz: the choices of one patient about one holder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConsentNotification {
    /// BSN of the patient.
    pub bsn: String,
    /// URA of the holder.
    pub ura: String,
    /// Type of the holder.
    pub provider_type: String,
    /// The choices.
    pub choices: Vec<Choice>,
}

impl ConsentNotification {
    /// The Bundle (FHIR R4).
    pub fn bundle(&self) -> Value {
        let entry = |resource: Value| {
            let url = resource["resourceType"].as_str().unwrap_or_default().to_owned();
            json!({"resource": resource, "request": {"method": "POST", "url": url}})
        };
        let patient = json!({
            "resourceType": "Patient", "id": "patient", "identifier": [{"system": BSN, "value": self.bsn}],
        });
        let holder = json!({
            "resourceType": "Organization", "id": "holder", "identifier": [{"system": URA, "value": self.ura}],
            "type": [{"coding": [{"system": ORGANISATION_TYPES, "code": self.provider_type}]}],
        });
        let entries: Vec<Value> = self.choices.iter().map(consent).chain([patient, holder]).map(entry).collect();
        json!({"resourceType": "Bundle", "type": "transaction", "entry": entries})
    }

    /// Reads a notification in XML or JSON; `None` when it is none.
    pub fn read(body: &[u8], is_xml: bool) -> Option<Self> {
        let limits = xml::Limits::default();
        let root = if is_xml {
            xml::parse(body, &limits).ok()?
        } else {
            let bundle = Value::Object(super::jose::parse_object(body, 32).ok()?);
            xml::parse(r4_xml(&bundle).as_bytes(), &limits).ok()?
        };
        let numbers = |kind: &str, system: &str| {
            let resource = root.find(kind)?;
            let identifier = resource.children_named("identifier").find(|i| value(i, &["system"]) == Some(system))?;
            value(identifier, &["value"]).map(str::to_owned)
        };
        let all = root.descendants();
        let choices: Vec<Choice> = all.into_iter().filter(|e| e.name == "Consent").filter_map(choice).collect();
        (root.name == "Bundle" && !choices.is_empty()).then_some(())?;
        let provider_type = root.find("Organization").and_then(|o| value(o, &["type", "coding", "code"]));
        Some(Self {
            bsn: numbers("Patient", BSN)?,
            ura: numbers("Organization", URA)?,
            provider_type: provider_type.unwrap_or_default().to_owned(),
            choices,
        })
    }
}

fn consent(choice: &Choice) -> Value {
    let concept = |system: &str, code: &str| json!({"coding": [{"system": system, "code": code}]});
    let mut consent = json!({
        "resourceType": "Consent",
        "meta": {"profile": ["http://vzvz.nl/fhir/StructureDefinition/Consent-Mitz-Notify|3.8.0"]},
        "status": if choice.given { "active" } else { "inactive" },
        "scope": concept("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy"),
        "category": [concept(CATEGORIES, &choice.category)],
        "patient": {"reference": "Patient/patient"},
        "dateTime": choice.at,
        "provision": {
            "actor": [{
                "role": concept("http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "CST"),
                "reference": {"reference": "Organization/holder"},
            }],
            "purpose": [{"system": "http://hl7.org/fhir/v3/ActReason", "code": "TREAT"}],
        },
    });
    if let Some(consulting) = &choice.consulting {
        consent["extension"] =
            json!([{"url": PROVIDER_CATEGORY, "valueCodeableConcept": concept(PROVIDER_CATEGORIES, consulting)}]);
    }
    if choice.given {
        consent["provision"]["type"] = json!("permit");
    }
    consent
}

/// Permission is given by an active Consent that permits; anything else is a refusal (section 1.7).
fn choice(consent: &Element) -> Option<Choice> {
    let permits =
        value(consent, &["status"]) == Some("active") && value(consent, &["provision", "type"]) == Some("permit");
    let of = consent.children_named("extension").find(|e| e.attribute("url") == Some(PROVIDER_CATEGORY));
    Some(Choice {
        category: value(consent, &["category", "coding", "code"])?.to_owned(),
        given: permits,
        consulting: of.and_then(|e| value(e, &["valueCodeableConcept", "coding", "code"])).map(str::to_owned),
        at: value(consent, &["dateTime"]).unwrap_or_default().to_owned(),
    })
}

/// The `value` of the first element on a path.
fn value<'a>(element: &'a Element, path: &[&str]) -> Option<&'a str> {
    path.iter().try_fold(element, |at, name| at.child(name))?.attribute("value")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn rules() -> ConsentRules {
        ConsentRules {
            provider_type: "V4".into(),
            category: "GGC002".into(),
            categories: vec![
                CategoryRule {
                    category: "GGC012".into(),
                    types: vec!["Observation".into()],
                    codes: vec!["lab".into()],
                },
                CategoryRule { category: "GGC013".into(), types: vec!["Medication".into()], codes: Vec::new() },
            ],
            ..ConsentRules::default()
        }
    }

    #[test]
    fn a_search_needs_every_category_that_it_can_bring_and_no_other() {
        let needed = |kind: &str, parameters: &[(&str, &str)]| {
            let pairs: Vec<_> = parameters.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
            rules().needed(kind, &pairs).join(" ")
        };
        assert_eq!(needed("Condition", &[]), "GGC002");
        assert_eq!(needed("Medication", &[]), "GGC013");
        assert_eq!(needed("Observation", &[]), "GGC002 GGC012");
        assert_eq!(needed("Observation", &[("category", "http://x|lab")]), "GGC012");
        assert_eq!(needed("Observation", &[("code", "http://x|weight")]), "GGC002");
        assert_eq!(needed("Observation", &[("category", "http://x|vital-signs,http://x|lab")]), "GGC002 GGC012");
    }

    #[test]
    fn a_resource_falls_into_the_category_of_the_first_rule_that_fits() {
        let of = |resource: Value| rules().category_of(&resource).to_owned();
        assert_eq!(of(json!({"resourceType": "Observation", "category": [{"coding": [{"code": "lab"}]}]})), "GGC012");
        assert_eq!(
            of(json!({"resourceType": "Observation", "category": [{"coding": [{"code": "vital-signs"}]}]})),
            "GGC002"
        );
        assert_eq!(of(json!({"resourceType": "Medication"})), "GGC013");
        assert_eq!(of(json!({"resourceType": "Flag"})), "GGC002");
    }

    #[test]
    fn a_notification_reads_back_from_json_and_xml() {
        let choice = |given, consulting: Option<&str>| Choice {
            category: "GGC002".into(),
            given,
            consulting: consulting.map(str::to_owned),
            at: "2026-01-02T03:04:05Z".into(),
        };
        let sent = ConsentNotification {
            bsn: "999943145".into(),
            ura: "00000659".into(),
            provider_type: "V4".into(),
            choices: vec![choice(true, None), choice(false, Some("RPZAC104"))],
        };
        let bundle = sent.bundle();
        assert_eq!(ConsentNotification::read(bundle.to_string().as_bytes(), false), Some(sent.clone()));
        assert_eq!(ConsentNotification::read(r4_xml(&bundle).as_bytes(), true), Some(sent));
        assert_eq!(bundle["entry"][1]["resource"]["provision"]["type"], Value::Null);
        assert_eq!(ConsentNotification::read(b"{}", false), None);
        assert_eq!(ConsentNotification::read(b"<Bundle/>", true), None);
    }

    #[test]
    fn a_permission_that_is_not_active_is_none() {
        let mut bundle = ConsentNotification {
            bsn: "999943145".into(),
            ura: "90000001".into(),
            choices: vec![Choice { category: "GGC002".into(), given: true, consulting: None, at: String::new() }],
            ..ConsentNotification::default()
        }
        .bundle();
        bundle["entry"][0]["resource"]["status"] = json!("entered-in-error");
        let read = ConsentNotification::read(bundle.to_string().as_bytes(), false).unwrap();
        assert!(!read.choices[0].given);
    }

    #[test]
    fn a_subscription_keeps_leading_zeros_and_prefixes_oids() {
        let to = ToSubscribe { bsn: "999943145", birth_date: None, ura: "00000659", endpoint: "https://localhost/x" };
        let made = to.resource(&ConsentRules { gateway: "1.2".into(), ..rules() });
        assert_eq!(made["criteria"], "Consent?_query=otv&patientid=999943145&providerid=00000659&providertype=V4");
        assert_eq!(made["extension"][0]["valueOid"], "urn:oid:1.2");
    }
}
