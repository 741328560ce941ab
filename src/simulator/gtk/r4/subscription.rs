//! The Subscription server: read, search, `$status` and the two permitted updates (20-technical-core section 13.1).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::Gtk;
use super::matching::subscription_matches;
use super::{carried, criteria, next_version};
use crate::base::clock;
use crate::deviation::Deviation;
use crate::wire::http::{HttpRequest, HttpResponse};
use crate::wire::task::fill;

impl Gtk {
    /// The Subscription of somebody; made when there is none, as if it had been agreed on outside the interface.
    pub(super) fn subscription_of(&self, subscriber: &str) -> Option<Value> {
        let templates = self.config.offering.templates.r4.as_ref()?;
        let peer = self.config.peers.get(subscriber)?;
        let endpoint = format!("{}/notifications", peer.addresses.r4_base.as_deref()?);
        let made = || {
            let values = BTreeMap::from([
                ("subscription.id".to_owned(), uuid::Uuid::new_v4().to_string()),
                ("subscription.endpoint".to_owned(), endpoint),
                ("subscriber.ura".to_owned(), subscriber.to_owned()),
                ("now".to_owned(), clock::rfc3339(clock::now())),
            ]);
            let mut subscription = fill(&templates.subscription, &values).unwrap_or_default();
            if let Some(deviation) = self.config.deviation {
                deviation.edit_r4_subscription(&mut subscription);
            }
            subscription
        };
        let mut state = self.state();
        Some(state.r4.subscriptions.entry(subscriber.to_owned()).or_insert_with(made).clone())
    }

    /// A Subscription that has ended is agreed on again, under its own id.
    pub(super) fn agree_again(&self, subscriber: &str, ended: &Value) -> Option<Value> {
        self.state().r4.subscriptions.remove(subscriber);
        let mut made = self.subscription_of(subscriber)?;
        made["id"] = ended["id"].clone();
        made = next_version(ended, made);
        self.state().r4.subscriptions.insert(subscriber.to_owned(), made.clone());
        Some(made)
    }

    /// The handshake was answered well: the Subscription is active from now on.
    pub(super) fn activate(&self, subscriber: &str) {
        if let Some(subscription) = self.state().r4.subscriptions.get_mut(subscriber)
            && subscription["status"] == "requested"
        {
            let mut active = subscription.clone();
            active["status"] = json!("active");
            *subscription = next_version(subscription, active);
        }
    }

    fn shown_subscriptions(&self) -> Vec<Value> {
        self.state().r4.subscriptions.values().cloned().collect()
    }

    pub(super) fn search_subscriptions(&self, request: &HttpRequest) -> HttpResponse {
        let criteria = criteria(request);
        let mut found = self.shown_subscriptions();
        if !self.deviates(Deviation::R4IgnoresSearchParameters) {
            found.retain(|s| criteria.iter().all(|(name, value)| subscription_matches(s, name, value)));
        }
        self.found(&found, request)
    }

    pub(super) fn read_subscription(&self, id: &str, request: &HttpRequest) -> HttpResponse {
        match self.shown_subscriptions().iter().find(|s| s["id"] == id) {
            Some(subscription) => self.written(200, subscription, request),
            None => self.not_found(request),
        }
    }

    pub(super) fn subscription_status(&self, id: &str, request: &HttpRequest) -> HttpResponse {
        if self.deviates(Deviation::R4NoStatusOperation) {
            return self.failure(404, "not-supported", "$status is not supported", request);
        }
        match self.shown_subscriptions().iter().find(|s| s["id"] == id) {
            Some(subscription) => {
                let status = self.status_of(subscription, "query-status", Vec::new());
                let bundle = json!({
                    "resourceType": "Bundle",
                    "type": "searchset",
                    "total": 1,
                    "entry": [{
                        "fullUrl": format!("urn:uuid:{}", uuid::Uuid::new_v4()),
                        "resource": status,
                        "search": {"mode": "match"},
                    }],
                });
                self.written(200, &bundle, request)
            }
            None => self.not_found(request),
        }
    }

    /// The status of a Subscription as Parameters, with the parameters that a type of notification adds.
    pub(super) fn status_of(&self, subscription: &Value, kind: &str, more: Vec<Value>) -> Value {
        let id = subscription["id"].as_str().unwrap_or_default();
        let events = self.state().r4.events;
        // The topic is what the Subscription is on, whatever it shows as its criteria.
        let topic = self.config.offering.templates.r4.as_ref().map(|t| t.subscription["criteria"].clone());
        let mut parameters = vec![
            json!({"name": "subscription", "valueReference": {"reference": format!("{}/Subscription/{id}", self.r4_root())}}),
            json!({"name": "topic", "valueCanonical": topic}),
            json!({"name": "status", "valueCode": subscription["status"]}),
            json!({"name": "type", "valueCode": kind}),
            json!({"name": "events-since-subscription-start", "valueString": events.to_string()}),
        ];
        parameters.extend(more);
        json!({
            "resourceType": "Parameters",
            "meta": {"profile": ["https://fhir.twiin.nl/ig/notifications/StructureDefinition/twiin-subscription-status"]},
            "parameter": parameters,
        })
    }

    pub(super) fn update_subscription(&self, id: &str, request: &HttpRequest) -> HttpResponse {
        let mut state = self.state();
        let known = state.r4.subscriptions.values_mut().find(|s| s["id"] == id);
        let Some(subscription) = known else {
            drop(state);
            return self.not_found(request);
        };
        let refusal = match carried(request, "Subscription", id) {
            None => Some((400, "structure", "send the Subscription as FHIR JSON or XML")),
            Some(_) if self.deviates(Deviation::R4TakesNoUpdate) => {
                Some((405, "not-supported", "updates are not supported"))
            }
            Some(new) if permitted(subscription, &new) || self.deviates(Deviation::R4TakesAnyUpdate) => {
                *subscription = next_version(subscription, new);
                None
            }
            Some(_) => Some((422, "business-rule", "only status off and a change of channel.payload are permitted")),
        };
        let now = subscription.clone();
        drop(state);
        match refusal {
            Some((status, code, text)) => self.failure(status, code, text, request),
            None => self.written(200, &now, request),
        }
    }
}

/// Whether an update changes nothing but the status, to off, and the payload, to one of the two formats.
fn permitted(old: &Value, new: &Value) -> bool {
    let rest = |subscription: &Value| {
        let mut rest = subscription.clone();
        rest.as_object_mut().map(|r| (r.shift_remove("meta"), r.shift_remove("status")));
        rest["channel"].as_object_mut().map(|c| c.shift_remove("payload"));
        rest
    };
    let status = new["status"] == old["status"] || new["status"] == "off";
    let payload = &new["channel"]["payload"];
    let payload = payload == &old["channel"]["payload"]
        || payload == super::super::outcome::FHIR_JSON
        || payload == super::super::outcome::FHIR_XML;
    status && payload && rest(old) == rest(new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subscription() -> Value {
        json!({"resourceType": "Subscription", "id": "1", "meta": {"versionId": "1"}, "status": "active",
            "criteria": "https://example.org/topic",
            "channel": {"type": "rest-hook", "endpoint": "https://a.example", "payload": "application/fhir+json"}})
    }

    fn changed(pointer: &str, value: &str) -> Value {
        let mut new = subscription();
        if let Some(place) = new.pointer_mut(pointer) {
            *place = json!(value);
        }
        new
    }

    #[test]
    fn ending_and_another_format_are_permitted() {
        assert!(permitted(&subscription(), &changed("/status", "off")));
        assert!(permitted(&subscription(), &changed("/channel/payload", "application/fhir+xml")));
        assert!(permitted(&subscription(), &changed("/meta/versionId", "7")));
    }

    #[test]
    fn every_other_change_is_not() {
        assert!(!permitted(&subscription(), &changed("/status", "requested")));
        assert!(!permitted(&subscription(), &changed("/channel/payload", "text/plain")));
        assert!(!permitted(&subscription(), &changed("/channel/endpoint", "https://b.example")));
        assert!(!permitted(&subscription(), &changed("/criteria", "https://example.org/other")));
        let mut without = subscription();
        without["channel"] = Value::Null;
        assert!(!permitted(&subscription(), &without));
    }
}
