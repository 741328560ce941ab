//! Deviations of the Notification Task (Twiin-01), its cancellation (Twiin-02) and the pull that follows.

use serde_json::{Value, json};

use super::Deviation;
use crate::base::bsn;
use crate::wire::http::{HttpRequest, encode_component, set_header};

impl Deviation {
    /// Edits a Notification Task before it is sent.
    pub fn edit_notification(self, task: &mut Value) {
        use Deviation as D;
        match self {
            D::NotificationWithoutIdentifier => remove(task, "/identifier"),
            D::NotificationWithoutGroup => remove(task, "/groupIdentifier"),
            D::NotificationWithUnknownStatus => task["status"] = json!("active"),
            D::NotificationAlreadyAccepted => task["status"] = json!("accepted"),
            D::NotificationWithoutIntent => remove(task, "/intent"),
            D::NotificationWithOtherCode => task["code"]["coding"][0]["code"] = json!("other-notification"),
            D::NotificationWithoutAgent => remove(task, "/requester/agent/identifier"),
            D::NotificationWithoutSender => remove(task, "/requester/onBehalfOf"),
            D::NotificationWithoutOwner => remove(task, "/owner"),
            D::OrganisationsWithoutUra => {
                for at in ["/requester/onBehalfOf/identifier/system", "/owner/identifier/system"] {
                    if let Some(system) = task.pointer_mut(at) {
                        *system = json!("http://fhir.nl/fhir/NamingSystem/agb-z");
                    }
                }
            }
            D::NotificationWithAbsoluteBasedOn => {
                if let Some(reference) = task.pointer_mut("/basedOn/0/reference") {
                    *reference =
                        json!(format!("https://source.example.org/fhir/{}", reference.as_str().unwrap_or_default()));
                }
            }
            D::QueriesAsUri => each_input(task, |input| {
                rename(input, "valueString", "valueUri", |v| v.contains('?') || !v.contains('='))
            }),
            D::ReferencesAsText => each_input(task, |input| {
                if let Some(reference) = input.as_object_mut().and_then(|o| o.shift_remove("valueReference")) {
                    input["valueCode"] = reference["reference"].clone();
                }
            }),
            D::NotificationInR4 => {
                let agent = task["requester"]["agent"].clone();
                task["requester"] = agent;
            }
            D::AnnouncesAbsentDocuments => {
                if let Some(inputs) = task["input"].as_array_mut()
                    && let Some(mut query) = inputs.iter().find(|i| is_query(i)).cloned()
                {
                    query["valueString"] = json!("DocumentReference?status=entered-in-error");
                    inputs.push(query);
                }
            }
            D::HandoffNotificationOfOtherCode => task["code"]["coding"][0]["code"] = json!("other-notification"),
            D::NotificationWithoutPatient => remove(task, "/for"),
            D::NotificationWithWrongBsn => {
                if let Some(value) = task.pointer_mut("/for/identifier/value") {
                    *value = json!("999911121");
                }
            }
            D::NotificationWithOtherPatientSystem => {
                if let Some(system) = task.pointer_mut("/for/identifier/system") {
                    *system = json!(format!("urn:oid:{}.99", bsn::OID));
                }
            }
            _ => {}
        }
    }

    /// Edits the request that delivers a notification.
    pub fn edit_notification_request(self, request: &mut HttpRequest) {
        if self == Self::NotifiesByPut {
            request.method = "PUT".into();
        }
    }

    /// Edits a cancellation: the Task and the request that carries it.
    pub fn edit_cancellation(self, task: &mut Value, request: &mut HttpRequest) {
        use Deviation as D;
        match self {
            D::NotificationWithoutIdentifier => remove(task, "/identifier"),
            D::CancelsOtherIdentifier => {
                task["identifier"][0]["value"] = json!("urn:uuid:00000000-0000-4000-8000-000000000000")
            }
            D::CancelsUnconditionally => {
                request.target = format!("{}/{}", request.path(), encode_component("1"));
            }
            D::CancelsWithOtherStatus => task["status"] = json!("rejected"),
            D::CancelsWithOtherIntent => task["intent"] = json!("order"),
            D::CancelsWithoutIntent => remove(task, "/intent"),
            D::CancelsAsPlainJson => set_header(&mut request.headers, "content-type", "application/json"),
            _ => {}
        }
    }

    /// Edits the list of queries that will be pulled.
    pub fn edit_pull(self, queries: &mut Vec<String>) {
        match self {
            Self::SkipsQuery => drop(queries.pop()),
            Self::FetchesUnannouncedDocuments => queries.push("DocumentReference?status=superseded".to_owned()),
            Self::QueriesWithoutProvenance => queries.iter_mut().for_each(|query| {
                *query = query.replace("&_revinclude=Provenance:target", "");
            }),
            _ => {}
        }
    }
}

fn is_query(input: &Value) -> bool {
    input["valueString"].as_str().is_some_and(|text| text.contains('?'))
}

fn remove(value: &mut Value, pointer: &str) {
    let Some((parent, name)) = pointer.rsplit_once('/') else { return };
    if let Some(object) = value.pointer_mut(parent).and_then(Value::as_object_mut) {
        object.shift_remove(name);
    }
}

fn each_input(task: &mut Value, edit: impl Fn(&mut Value)) {
    if let Some(inputs) = task["input"].as_array_mut() {
        inputs.iter_mut().for_each(edit);
    }
}

fn rename(input: &mut Value, from: &str, to: &str, when: impl Fn(&str) -> bool) {
    let matching = input.get(from).and_then(Value::as_str).is_some_and(&when);
    if matching
        && let Some(object) = input.as_object_mut()
        && let Some(value) = object.shift_remove(from)
    {
        object.insert(to.to_owned(), value);
    }
}
