//! The sender of notifications: handshake, heartbeat and events (20-technical-core section 13.1).

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::Gtk;
use super::super::outcome::{FHIR_JSON, FHIR_XML};
use crate::base::clock;
use crate::wire::fhir;
use crate::wire::http::{HttpRequest, Url};

/// What a notification is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Notice {
    /// The Subscription begins.
    Handshake,
    /// The server is still there.
    Heartbeat,
    /// Something happened to a Coordination Task.
    Event,
    /// Something happened; what it was is not said.
    EmptyEvent,
}

impl Gtk {
    /// Notifies a subscriber; what follows is seen on the wire.
    pub(in super::super) fn notify_r4_later(self: Arc<Self>, subscriber: &str, notice: Notice) {
        let subscriber = subscriber.to_owned();
        tokio::spawn(async move { self.notify_r4(&subscriber, notice).await });
    }

    async fn notify_r4(&self, subscriber: &str, notice: Notice) -> Option<()> {
        let mut subscription = self.subscription_of(subscriber)?;
        // Nothing is sent on a Subscription that has ended; whoever wants notifications agrees on it again.
        if subscription["status"] == "off" {
            subscription = self.agree_again(subscriber, &subscription)?;
        }
        let mut bundle = self.notification(&subscription, subscriber, notice)?;
        if let Some(deviation) = self.config.deviation {
            deviation.edit_r4_notification(&mut bundle);
        }
        // The address of the subscriber is known; what stands in the Subscription is not trusted with it.
        let base = self.config.peers.get(subscriber)?.addresses.r4_base.clone()?;
        let url = Url::parse(&format!("{base}/notifications"))?;
        let (media, body) = if subscription["channel"]["payload"] == FHIR_XML {
            (FHIR_XML, fhir::r4_xml(&bundle))
        } else {
            (FHIR_JSON, bundle.to_string())
        };
        let request = HttpRequest { method: "POST".into(), target: url.target.clone(), ..HttpRequest::default() }
            .with_header("accept", FHIR_JSON)
            .with_body(media, body.into_bytes());
        let response = self.send(&url, request, None).await?;
        if notice == Notice::Handshake && (200..300).contains(&response.status) {
            self.activate(subscriber);
        }
        Some(())
    }

    /// The Bundle of a notification.
    fn notification(&self, subscription: &Value, subscriber: &str, notice: Notice) -> Option<Value> {
        let (kind, more, entries) = match notice {
            Notice::Handshake => ("handshake", Vec::new(), Vec::new()),
            Notice::Heartbeat => ("heartbeat", Vec::new(), Vec::new()),
            Notice::EmptyEvent => ("event-notification", vec![self.event(None)], Vec::new()),
            Notice::Event => {
                self.place_r4_tasks(subscriber);
                let id = self.state().r4.tasks.keys().next().cloned()?;
                let url = format!("{}/Task/{id}", self.r4_root());
                let entry = json!({
                    "fullUrl": url,
                    "request": {"method": "PUT", "url": format!("Task/{id}")},
                    "response": {"status": "200"},
                });
                ("event-notification", vec![self.event(Some(&url))], vec![entry])
            }
        };
        let status = self.status_of(subscription, kind, more);
        let request = format!("{}/Subscription/{}/$status", self.r4_root(), subscription["id"].as_str()?);
        let mut all = vec![json!({
            "fullUrl": format!("urn:uuid:{}", uuid::Uuid::new_v4()),
            "resource": status,
            "request": {"method": "GET", "url": request},
            "response": {"status": "200"},
        })];
        all.extend(entries);
        Some(json!({
            "resourceType": "Bundle",
            "meta": {"profile": ["https://fhir.twiin.nl/ig/notifications/StructureDefinition/twiin-subscription-notification"]},
            "type": "history",
            "timestamp": clock::rfc3339(clock::now()),
            "entry": all,
        }))
    }

    /// The next event.
    fn event(&self, focus: Option<&str>) -> Value {
        let number = {
            let mut state = self.state();
            state.r4.events += 1;
            state.r4.events
        };
        let mut parts = vec![
            json!({"name": "event-number", "valueString": number.to_string()}),
            json!({"name": "timestamp", "valueInstant": clock::rfc3339(clock::now())}),
        ];
        if let Some(focus) = focus {
            parts.push(json!({"name": "focus", "valueReference": {"reference": focus}}));
        }
        // The codes of the type are not settled; the draft's own example has a placeholder as well.
        let kind = json!({"system": "https://twiin-harness.example/CodeSystem/authorization-type", "code": "example"});
        parts.push(json!({"name": "authorization-type", "valueCoding": kind}));
        parts.push(json!({"name": "authorization-value", "valueString": uuid::Uuid::new_v4().to_string()}));
        json!({"name": "notification-event", "part": parts})
    }
}
