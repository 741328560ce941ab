//! The notification endpoint: Twiin-01 by create, Twiin-02 by conditional update (20-technical-core section 7.1, 7.2).

use std::sync::Arc;

use serde_json::{Value, json};

use super::Gtk;
use super::outcome::{FHIR_JSON, FHIR_XML};
use super::rules::Refused;
use super::state::{Purpose, Received};
use crate::deviation::Deviation;
use crate::net::Incoming;
use crate::wire::fhir;
use crate::wire::http::{HttpRequest, HttpResponse, header, media_type, parse_pairs};

impl Gtk {
    pub(super) fn receive_notification(self: &Arc<Self>, incoming: &Incoming) -> HttpResponse {
        let request = &incoming.request;
        let access = match self.authorize(incoming, Purpose::Notification) {
            Ok(access) => access,
            Err(refusal) => return refusal,
        };
        if self.deviates(Deviation::RefusesNotifications) {
            return self.failure(501, "not-supported", "notifications are not supported", request);
        }
        let task = match self.task(request, Deviation::RefusesXmlNotification) {
            Ok(task) => task,
            Err(refusal) => return refusal,
        };
        if let Some(Refused { status, code, text }) = self.notification_fault(&task, access.organisation.as_deref()) {
            return self.failure(status, code, text, request);
        }
        let id = {
            let mut state = self.state();
            let organisation = access.organisation.clone();
            state.received.push(Received { task: task.clone(), organisation, cancelled: false });
            state.received.len()
        };
        if self.config.pulls {
            self.clone().pull_later(id - 1);
        }
        let mut task = task;
        task["id"] = Value::String(id.to_string());
        let response = self.resource(201, &task, request);
        if self.deviates(Deviation::NotificationWithoutLocation) {
            return response;
        }
        response.with_header("location", format!("{}/Task/{id}", self.config.addresses.fhir_base))
    }

    pub(super) fn receive_cancellation(self: &Arc<Self>, incoming: &Incoming) -> HttpResponse {
        let request = &incoming.request;
        let access = match self.authorize(incoming, Purpose::Notification) {
            Ok(access) => access,
            Err(refusal) => return refusal,
        };
        if self.deviates(Deviation::RefusesCancellation) {
            return self.failure(405, "not-supported", "conditional update is not supported", request);
        }
        let task = match self.task(request, Deviation::RefusesXmlCancellation) {
            Ok(task) => task,
            Err(refusal) => return refusal,
        };
        let wanted = parse_pairs(request.query().unwrap_or_default(), false)
            .into_iter()
            .find(|(name, _)| name == "identifier")
            .map(|(_, value)| value);
        let Some(wanted) = wanted.or(self.config.lenient.then(String::new)) else {
            return self.failure(400, "invalid", "the identifier of the notification is missing", request);
        };
        if let Some(Refused { status, code, text }) = self.cancellation_fault(&task, &wanted) {
            return self.failure(status, code, text, request);
        }
        let mut state = self.state();
        let mut matching: Vec<usize> =
            (0..state.received.len()).filter(|i| has_identifier(&state.received[*i].task, &wanted)).collect();
        if self.deviates(Deviation::CancelsOneOfSeveral) {
            matching.truncate(1);
        }
        match matching.as_slice() {
            [one] if !self.config.lenient && differ(&access.organisation, &state.received[*one].organisation) => {
                drop(state);
                self.failure(403, "forbidden", "only the sender withdraws a notification", request)
            }
            [one] => {
                let one = *one;
                state.received[one].cancelled = true;
                drop(state);
                if self.deviates(Deviation::PullsAfterCancellation) {
                    self.clone().pull_later(one);
                }
                self.resource(200, &task, request)
            }
            [] if self.config.lenient => {
                drop(state);
                self.resource(200, &task, request)
            }
            [] => {
                drop(state);
                self.failure(404, "not-found", "no such notification", request)
            }
            _ => {
                drop(state);
                self.failure(412, "conflict", "more than one notification matches", request)
            }
        }
    }

    /// The Task of a request, or the refusal. A lenient GtK takes any resource: the judge looks at it later.
    fn task(&self, request: &HttpRequest, refuses_xml: Deviation) -> Result<Value, HttpResponse> {
        let kind = header(&request.headers, "content-type").map(media_type).unwrap_or_default();
        let limits = fhir::Limits::default();
        let parsed = match kind.as_str() {
            FHIR_XML if !self.deviates(refuses_xml) => fhir::parse_xml(&request.body, &limits),
            FHIR_JSON => fhir::parse_json(&request.body, &limits),
            "application/json" if self.config.lenient => fhir::parse_json(&request.body, &limits),
            _ if self.deviates(Deviation::AcceptsOtherMediaTypes) => fhir::parse_json(&request.body, &limits),
            _ => {
                return Err(self.failure(
                    415,
                    "not-supported",
                    "send application/fhir+json or application/fhir+xml",
                    request,
                ));
            }
        };
        let task = match parsed {
            Ok(task) => task,
            Err(_) if self.deviates(Deviation::AcceptsBrokenBodies) => json!({"resourceType": "Task"}),
            Err(fault) => return Err(self.failure(400, "structure", &fault.to_string(), request)),
        };
        let broken = self.deviates(Deviation::AcceptsBrokenBodies) && task.as_object().is_some_and(|o| o.len() == 1);
        if self.config.lenient || broken {
            return Ok(task);
        }
        if task["resourceType"] != "Task" {
            return if self.deviates(Deviation::AcceptsOtherResources) {
                Ok(task)
            } else {
                Err(self.failure(422, "business-rule", "a Task is expected", request))
            };
        }
        match fhir::shape_faults(&task).first() {
            None => Ok(task),
            Some(_) if self.deviates(Deviation::AcceptsTasksInR4) => Ok(task),
            Some(fault) => Err(self.failure(422, "required", &format!("{}: {}", fault.path, fault.message), request)),
        }
    }
}

/// Whether two organisations are known to be different ones.
fn differ(one: &Option<String>, other: &Option<String>) -> bool {
    matches!((one, other), (Some(one), Some(other)) if one != other)
}

/// Whether a Task has the identifier `system|value`.
pub(super) fn has_identifier(task: &Value, wanted: &str) -> bool {
    let (system, value) = wanted.split_once('|').unwrap_or(("", wanted));
    task["identifier"].as_array().is_some_and(|list| list.iter().any(|i| i["system"] == system && i["value"] == value))
}
