//! Subscribing at Mitz when a dossier starts: it tells of choices, and makes the holder findable (section 1.6).

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::NOTIFICATIONS;
use crate::deviation::Deviation;
use crate::simulator::facility::Facility;
use crate::simulator::gtk::Gtk;
use crate::wire::consent::ToSubscribe;
use crate::wire::http::{HttpRequest, HttpResponse, Url, header};

/// How often a subscription is tried at most.
const TRIES: usize = 3;
/// Longest pause that a `Retry-After` can ask of us, in seconds.
const LONGEST_PAUSE_S: u64 = 2;
/// The pause when none is asked for.
const PAUSE: Duration = Duration::from_millis(200);
/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

impl Gtk {
    pub(in crate::simulator::gtk) fn subscribe_later(self: Arc<Self>, bsn: String) {
        tokio::spawn(async move { self.subscribe(&bsn).await });
    }

    async fn subscribe(&self, bsn: &str) -> Option<()> {
        let mitz = self.config.facilities.get(&Facility::Mitz)?;
        let url = Url::parse(&format!("{mitz}/abonnementen/fhir/Subscription"))?;
        let body = self.consent_subscription(bsn);
        let request = HttpRequest { method: "POST".into(), target: url.target.clone(), ..HttpRequest::default() };
        let request = request
            .with_header("accept", "application/fhir+json")
            .with_body("application/fhir+json", body.to_string().into_bytes());
        for _ in 0..TRIES {
            let response = self.call_mitz(&url, &request, PATIENCE).await;
            let pause = self.pause_before_retry(response.as_ref())?;
            tokio::time::sleep(pause).await;
        }
        None
    }

    /// How long to wait before it is tried again; `None` when it is not (202, and what will never do).
    fn pause_before_retry(&self, response: Option<&HttpResponse>) -> Option<Duration> {
        let Some(response) = response else { return Some(PAUSE) };
        let asked = header(&response.headers, "retry-after").and_then(|v| v.parse().ok());
        let wanted = asked.map_or(PAUSE, |s: u64| Duration::from_secs(s.min(LONGEST_PAUSE_S)));
        match response.status {
            429 if self.deviates(Deviation::GivesUpWhenMitzIsBusy) => None,
            429 if self.deviates(Deviation::IgnoresRetryAfterOfMitz) => Some(PAUSE / 4),
            429 | 500..=599 => Some(wanted),
            400..=499 if self.deviates(Deviation::RetriesRefusedSubscriptions) => Some(PAUSE / 4),
            _ => None,
        }
    }

    fn consent_subscription(&self, bsn: &str) -> Value {
        let records = &self.config.records;
        let patient = records.patient_id_by_bsn(bsn).and_then(|id| records.read("Patient", id));
        let base = &self.config.addresses.fhir_base;
        let origin = base.strip_suffix(self.paths.0.as_str()).unwrap_or(base);
        let to = ToSubscribe {
            bsn,
            birth_date: patient.and_then(|p| p["birthDate"].as_str()),
            ura: &self.config.identity.ura,
            endpoint: &format!("{origin}{NOTIFICATIONS}"),
        };
        let mut subscription = to.resource(&self.config.consent);
        if let Some(deviation) = self.config.deviation {
            deviation.edit_consent_subscription(&mut subscription);
        }
        subscription
    }
}
