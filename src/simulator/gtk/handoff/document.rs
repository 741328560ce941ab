//! The document of a Composition: `$document` (hl7.org/fhir/STU3/composition-operations.html), a Bundle with everything that
//! the Composition leads to within the record of the patient.

use std::collections::{BTreeSet, VecDeque};

use serde_json::{Value, json};

use super::super::Gtk;
use super::super::consent::Release;
use super::super::state::Referral;
use super::task;
use crate::deviation::Deviation;
use crate::net::Incoming;
use crate::simulator::records::Records;
use crate::wire::http::HttpResponse;

/// End of the path of the operation.
pub(in super::super) const DOCUMENT: &str = "/$document";
/// Section with the transfer date.
const ADMINISTRATIVE_DATA: &str = "405624007";
const TRANSFER_DATE: &str = "http://nictiz.nl/fhir/StructureDefinition/eOverdracht-TransferDate";

impl Gtk {
    pub(in super::super) fn whole_document(
        &self,
        kind: &str,
        id: &str,
        incoming: &Incoming,
        release: &Release,
    ) -> HttpResponse {
        let request = &incoming.request;
        let access = match self.authorize_pull(incoming) {
            Ok(access) => access,
            Err(refusal) => return refusal,
        };
        let records = self.records_of(&access);
        let patient = access.patient().and_then(|bsn| records.patient_id_by_bsn(bsn));
        let allowed =
            |resource: &Value| self.config.lenient || patient.is_some_and(|p| records.belongs_to(resource, p));
        let found = records.read(kind, id).filter(|c| c["resourceType"] == "Composition" && allowed(c));
        let Some(composition) = found.filter(|_| !release.is_nothing()) else {
            return self.failure(404, "not-found", "there is no such Composition", request);
        };
        let composition = self.composition(composition, access.referral.as_ref());
        let mut bundle = self.bundle_of(composition, records, &allowed);
        if let Some(deviation) = self.config.deviation {
            deviation.edit_handoff_document(&mut bundle, stranger(records, patient).as_ref());
        }
        self.resource(200, &bundle, request)
    }

    /// A Composition as it is given: with the date that was agreed on since, where another was proposed.
    pub(in super::super) fn composition(&self, composition: &Value, referral: Option<&Referral>) -> Value {
        let mut composition = composition.clone();
        let agreed = referral.and_then(|r| task::proposed_date(r.task.as_ref()?)).map(str::to_owned);
        if let Some(date) = agreed {
            set_date(&mut composition, &date);
        }
        if let Some(deviation) = self.config.deviation {
            deviation.edit_handoff_composition(&mut composition);
        }
        composition
    }

    fn bundle_of(&self, composition: Value, records: &Records, allowed: &dyn Fn(&Value) -> bool) -> Value {
        let mut known = BTreeSet::new();
        let mut waiting: VecDeque<Value> = VecDeque::from([composition]);
        let mut entries = Vec::new();
        while let Some(resource) = waiting.pop_front() {
            let mut references = Vec::new();
            references_in(&resource, &mut references);
            for reference in references {
                let mut parts = reference.rsplit('/');
                let (Some(id), Some(kind)) = (parts.next(), parts.next()) else { continue };
                // Other Compositions and Tasks are no part of this one.
                let found = records.read(kind, id).filter(|r| r["resourceType"] != "Composition" && allowed(r));
                if let Some(found) = found.filter(|_| known.insert((kind.to_owned(), id.to_owned()))) {
                    waiting.push_back(found.clone());
                }
            }
            entries.push(self.entry_of(resource));
        }
        json!({
            "resourceType": "Bundle",
            "id": uuid::Uuid::new_v4().to_string(),
            "identifier": { "system": "urn:ietf:rfc:3986", "value": format!("urn:uuid:{}", uuid::Uuid::new_v4()) },
            "type": "document",
            "entry": entries,
        })
    }

    fn entry_of(&self, resource: Value) -> Value {
        let text = |name: &str| resource[name].as_str().unwrap_or_default();
        let full_url = format!("{}/{}/{}", self.config.addresses.fhir_base, text("resourceType"), text("id"));
        json!({ "fullUrl": full_url, "resource": resource })
    }

    /// Whether single resources are refused, by who gives documents alone.
    pub(in super::super) fn gives_documents_alone(&self, referral: Option<&Referral>) -> bool {
        referral.is_some_and(|r| r.task.is_some()) && self.deviates(Deviation::GivesHandoffsAsDocumentsAlone)
    }
}

/// The id of the Composition, where a path ends with the operation; the dollar may be encoded.
pub(in super::super) fn of_document(below: &str) -> Option<&str> {
    below.strip_suffix(DOCUMENT).or_else(|| below.strip_suffix("/%24document"))
}

/// The patient of somebody else's handoff.
fn stranger(records: &Records, patient: Option<&str>) -> Option<Value> {
    let other = records.patients().into_iter().find(|p| Some(p.id.as_str()) != patient)?;
    records.read("Patient", &other.id).cloned()
}

fn references_in(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (name, part) in object {
                match part.as_str() {
                    Some(text) if name == "reference" => found.push(text.to_owned()),
                    _ => references_in(part, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references_in(item, found)),
        _ => {}
    }
}

fn set_date(composition: &mut Value, date: &str) {
    for section in composition["section"].as_array_mut().into_iter().flatten() {
        let administrative = section.pointer("/code/coding/0/code").is_some_and(|code| code == ADMINISTRATIVE_DATA);
        for extension in section.get_mut("extension").and_then(Value::as_array_mut).into_iter().flatten() {
            if administrative && extension["url"] == TRANSFER_DATE {
                extension["valueDateTime"] = json!(date);
            }
        }
    }
}
