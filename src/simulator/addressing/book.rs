//! What is in the address book: Organizations, HealthcareServices and Endpoints as FHIR R4 resources with versions.
//!
//! Payload codes are those of the public drafts for the generic functions; how Twiin encodes its endpoints is not public
//! (50-generic-facilities section 2.4 and 2.5). An endpoint that moved keeps its id and gets a new version.

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::script::{EndpointRecord, Place, Record, Script, Serves};
use crate::base::clock;
use crate::simulator::Addresses;
use crate::simulator::facility::Surroundings;
use crate::wire::mcsd::{CONNECTION_TYPES, NOTIFICATIONS, PAYLOADS, RESOURCES, TOKENS, URA};

/// One resource in its newest version.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub kind: &'static str,
    pub id: String,
    pub version: u64,
    pub updated: OffsetDateTime,
    pub resource: Value,
}

impl Entry {
    /// The resource with id, version and time.
    pub(super) fn whole(&self) -> Value {
        let mut resource = self.resource.clone();
        resource["resourceType"] = json!(self.kind);
        resource["id"] = json!(self.id);
        resource["meta"] = json!({"versionId": self.version.to_string(), "lastUpdated": clock::rfc3339(self.updated)});
        resource
    }
}

/// The book.
#[derive(Debug)]
pub(super) struct Book {
    pub entries: Vec<Entry>,
}

impl Book {
    /// The book as a scenario begins.
    pub(super) fn new(script: &Script, around: &Surroundings) -> Self {
        let mut book = Self { entries: Vec::new() };
        let usual;
        let records = if script.records.is_empty() {
            usual = usual_records(around);
            &usual
        } else {
            &script.records
        };
        book.take(records, around);
        book
    }

    /// Enters organisations: new ones, or changes of those that are there. What did not change gets no new version.
    pub(super) fn take(&mut self, records: &[Record], around: &Surroundings) {
        for record in records {
            let ura = ura_of(record, around);
            let mut endpoints = Vec::new();
            for endpoint in record.endpoints.iter().flat_map(each) {
                let id = format!("endpoint-{ura}-{}", endpoints.len() + 1);
                self.put("Endpoint", &id, resource(&endpoint, &ura, around));
                endpoints.push(json!({"reference": format!("Endpoint/{id}")}));
            }
            let organisation = json!({
                "active": record.active,
                "identifier": [{"system": URA, "value": ura}],
                "name": format!("SIM organisation {ura}"),
                "endpoint": endpoints,
            });
            self.put("Organization", &format!("organization-{ura}"), organisation);
            let service = json!({
                "active": record.active,
                "providedBy": {"reference": format!("Organization/organization-{ura}")},
                "endpoint": endpoints,
            });
            self.put("HealthcareService", &format!("service-{ura}"), service);
        }
    }

    /// Writes a resource; gives its version.
    pub(super) fn put(&mut self, kind: &'static str, id: &str, resource: Value) -> u64 {
        let now = clock::now();
        // Two versions never share a moment: whoever asks for what is newer must see the second.
        let newest =
            self.entries.iter().map(|e| e.updated).max().map_or(now, |t| now.max(t + Duration::microseconds(1)));
        match self.entries.iter_mut().find(|e| e.kind == kind && e.id == id) {
            Some(entry) if entry.resource == resource => entry.version,
            Some(entry) => {
                entry.version += 1;
                entry.updated = newest;
                entry.resource = resource;
                entry.version
            }
            None => {
                self.entries.push(Entry { kind, id: id.to_owned(), version: 1, updated: newest, resource });
                1
            }
        }
    }

    /// An organisation by its URA.
    pub(super) fn organisation(&self, ura: &str) -> Option<&Entry> {
        self.entries.iter().find(|e| e.kind == "Organization" && e.resource["identifier"][0]["value"] == ura)
    }

    /// The endpoints of an organisation, in its order.
    pub(super) fn endpoints(&self, organisation: &Entry) -> Vec<&Entry> {
        let references = organisation.resource["endpoint"].as_array().into_iter().flatten();
        let ids = references.filter_map(|r| r["reference"].as_str()?.strip_prefix("Endpoint/"));
        ids.filter_map(|id| self.entries.iter().find(|e| e.kind == "Endpoint" && e.id == id)).collect()
    }
}

/// Every party of the case where it is: the stranger at the other address, where there is one.
fn usual_records(around: &Surroundings) -> Vec<Record> {
    let at = |name: &str| if name == "stranger" && around.foreign.is_some() { Place::Foreign } else { Place::Own };
    let parties = around.uras.keys().map(|name| (name.clone(), at(name)));
    let candidate = std::iter::once(("candidate".to_owned(), Place::Candidate));
    let record = |(of, at)| Record { of, active: true, endpoints: vec![EndpointRecord::usual(at)] };
    parties.chain(candidate).map(record).collect()
}

fn ura_of(record: &Record, around: &Surroundings) -> String {
    match record.of.as_str() {
        "candidate" => around.candidate_ura.clone(),
        of => around.uras.get(of).cloned().unwrap_or_else(|| of.to_owned()),
    }
}

fn each(endpoint: &EndpointRecord) -> Vec<EndpointRecord> {
    match endpoint.serves {
        Serves::Everything => [Serves::Notifications, Serves::Resources, Serves::Tokens]
            .into_iter()
            .map(|serves| EndpointRecord { serves, ..endpoint.clone() })
            .collect(),
        _ => vec![endpoint.clone()],
    }
}

fn addresses(place: Place, around: &Surroundings) -> Addresses {
    match place {
        Place::Own => around.partner.clone(),
        Place::Candidate => around.candidate.clone(),
        Place::Foreign => below(around.foreign.as_deref().and_then(|f| f.strip_suffix("/fhir"))),
        Place::Nowhere => below(None),
    }
}

fn below(origin: Option<&str>) -> Addresses {
    let origin = origin.unwrap_or("https://nobody.twiin-harness.example");
    Addresses {
        fhir_base: format!("{origin}/fhir"),
        token_endpoint: format!("{origin}/token"),
        r4_base: None,
        handoff_notifications: None,
        issuer: None,
        gateway: None,
    }
}

fn resource(endpoint: &EndpointRecord, ura: &str, around: &Surroundings) -> Value {
    let Addresses { fhir_base, token_endpoint, .. } = addresses(endpoint.at, around);
    let (code, address) = match endpoint.serves {
        Serves::Notifications => (NOTIFICATIONS, fhir_base),
        Serves::Tokens => (TOKENS, token_endpoint),
        _ => (RESOURCES, fhir_base),
    };
    let code = endpoint.payload.as_deref().unwrap_or(code);
    let now = clock::now();
    let day = |days: i64| clock::rfc3339(now.replace_time(time::Time::MIDNIGHT) + Duration::days(days));
    let period = if endpoint.ended { json!({"start": day(-400), "end": day(-30)}) } else { json!({"start": day(-30)}) };
    json!({
        "status": endpoint.status,
        "period": period,
        "connectionType": {"system": CONNECTION_TYPES, "code": endpoint.connection},
        "payloadType": [{"coding": [{"system": PAYLOADS, "code": code}]}],
        "payloadMimeType": [format!("application/fhir+json; fhirVersion={}", endpoint.fhir_version)],
        "managingOrganization": {"reference": format!("Organization/organization-{ura}")},
        "address": address,
    })
}
