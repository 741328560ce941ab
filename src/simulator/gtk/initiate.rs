//! The client side of the reference GtK: it notifies and cancels (20-technical-core section 3.1).

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::outcome::FHIR_JSON;
use super::state::Referral;
use super::{Gtk, Peer};
use crate::base::clock;
use crate::deviation::{AccessTokenUse, Deviation, present_token};
use crate::net::connect::exchange;
use crate::wire::http::{HttpRequest, HttpResponse, Url, encode_component};
use crate::wire::mcsd::NOTIFICATIONS;
use crate::wire::oauth::TokenInputs;
use crate::wire::task::{InputStyle, Inputs, add_inputs, fill};

impl Gtk {
    pub(super) fn notify_later(self: Arc<Self>, referral: Referral) {
        tokio::spawn(async move { self.notify(&referral).await });
    }

    pub(super) fn cancel_later(self: Arc<Self>, referral: Referral) {
        tokio::spawn(async move { self.cancel(&referral).await });
    }

    /// The values that templates can name.
    fn values(&self, referral: &Referral) -> BTreeMap<String, String> {
        let mut values = BTreeMap::from([
            ("notification.identifier".to_owned(), referral.notification.clone()),
            ("notification.group".to_owned(), referral.group.clone()),
            ("sender.ura".to_owned(), self.config.identity.ura.clone()),
            ("sender.system".to_owned(), self.config.identity.system_id.clone()),
            ("receiver.ura".to_owned(), referral.receiver.clone()),
            ("authored-on".to_owned(), clock::rfc3339(clock::now())),
            ("period.end".to_owned(), clock::rfc3339(referral.ends)),
            ("patient.bsn".to_owned(), referral.bsn.clone()),
        ]);
        if let Some(id) = &referral.workflow {
            values.insert("workflow.id".into(), id.clone());
        }
        values
    }

    /// The Notification Task of a referral.
    pub fn notification_of(&self, referral: &Referral, style: InputStyle) -> Value {
        let offering = self.offering_of(Some(referral));
        let mut task = fill(&offering.templates.notification, &self.values(referral)).unwrap_or_default();
        let inputs = Inputs {
            authorization_base: Some(&referral.base),
            get_workflow_task: referral.workflow.is_some().then_some(true),
            queries: (!referral.queries_in_workflow).then_some(&offering.queries),
            bsn: &referral.bsn,
            references: if referral.queries_in_workflow { Vec::new() } else { self.references_of(referral).to_vec() },
            style,
        };
        add_inputs(&mut task, &offering.codes, &inputs);
        task
    }

    /// The Workflow Task of a referral, without id.
    pub(super) fn workflow_task_of(&self, referral: &Referral) -> Value {
        let offering = self.offering_of(Some(referral));
        let mut task = fill(&offering.templates.workflow, &self.values(referral)).unwrap_or_default();
        let inputs = Inputs {
            authorization_base: Some(&referral.base),
            queries: Some(&offering.queries),
            bsn: &referral.bsn,
            references: self.references_of(referral).to_vec(),
            style: InputStyle::Section,
            ..Inputs::default()
        };
        add_inputs(&mut task, &offering.codes, &inputs);
        task
    }

    /// The cancellation of a referral.
    pub fn cancellation_of(&self, referral: &Referral) -> Value {
        fill(&self.offering_of(Some(referral)).templates.cancellation, &self.values(referral)).unwrap_or_default()
    }

    async fn notify(&self, referral: &Referral) -> Option<()> {
        let peer = self.party(&referral.receiver, NOTIFICATIONS).await?;
        let token = self.obtain_token(&peer, &self.config.rules.scopes.notification, None, referral.by_colleague).await;
        let mut task = self.notification_of(referral, InputStyle::Generic);
        let base = Url::parse(&peer.addresses.fhir_base)?;
        let mut request =
            HttpRequest { method: "POST".into(), target: format!("{}/Task", base.target), ..HttpRequest::default() };
        if let Some(deviation) = self.config.deviation {
            deviation.edit_notification(&mut task);
            deviation.edit_notification_request(&mut request);
        }
        request = request.with_header("accept", FHIR_JSON).with_body(FHIR_JSON, task.to_string().into_bytes());
        self.send(&base, request, token.as_deref()).await.map(drop)
    }

    async fn cancel(&self, referral: &Referral) -> Option<()> {
        let peer = self.party(&referral.receiver, NOTIFICATIONS).await?;
        let token = self.obtain_token(&peer, &self.config.rules.scopes.notification, None, referral.by_colleague).await;
        let base = Url::parse(&peer.addresses.fhir_base)?;
        let mut task = self.cancellation_of(referral);
        let mut request = cancellation_request(&base, &task);
        if let Some(deviation) = self.config.deviation {
            deviation.edit_cancellation(&mut task, &mut request);
        }
        request.body = task.to_string().into_bytes();
        self.send(&base, request, token.as_deref()).await.map(drop)
    }

    /// Asks for a token; `None` when none is given.
    pub(super) async fn obtain_token(
        &self,
        peer: &Peer,
        scope: &str,
        base: Option<&str>,
        by_colleague: bool,
    ) -> Option<String> {
        let mut inputs = self.config.identity.token_inputs(&peer.addresses.token_endpoint, scope, clock::now());
        inputs.authorization_base = base;
        inputs.role = self.config.identity.role.as_deref();
        let colleague = self.config.identity.colleague.as_deref();
        if let Some(user) = colleague.filter(|_| by_colleague && !self.deviates(Deviation::OneUserForEverybody)) {
            inputs.user = user;
        }
        self.token_for(peer, &inputs).await
    }

    /// Asks for a token with these inputs; `None` when none is given.
    pub(super) async fn token_for(&self, peer: &Peer, inputs: &TokenInputs<'_>) -> Option<String> {
        let endpoint = Url::parse(&peer.addresses.token_endpoint)?;
        let request = self
            .config
            .identity
            .token_request(inputs, &self.config.rules, self.config.deviation, &endpoint.target)
            .ok()?;
        let response = self.send(&endpoint, request, None).await?;
        let body: Value = serde_json::from_slice(&response.body).ok()?;
        body["access_token"].as_str().map(str::to_owned)
    }

    /// Sends a request, with a token if there is one, in the way that the deviation says.
    pub(super) async fn send(&self, to: &Url, mut request: HttpRequest, token: Option<&str>) -> Option<HttpResponse> {
        if let Some(token) = token {
            let how = self.config.deviation.map(Deviation::access_token_use).unwrap_or_default();
            present_token(&mut request, token, how);
        } else if self.config.deviation.map(Deviation::access_token_use) == Some(AccessTokenUse::Random) {
            present_token(&mut request, "", AccessTokenUse::Random);
        }
        let mut tls = self.config.identity.client_tls(&self.config.trust, self.config.deviation, true).ok()?;
        tls.organisation = self.organisation_at(to);
        let began = clock::now();
        let outcome = exchange(to, &request, &tls, &self.config.limits).await.ok()?;
        self.note_sent(to, &request, outcome.response.as_ref(), began);
        outcome.response
    }
}

/// The conditional update that carries a cancellation (TK-02-01), without body and token.
pub fn cancellation_request(base: &Url, task: &Value) -> HttpRequest {
    let part = |name: &str| task.pointer(&format!("/identifier/0/{name}")).and_then(Value::as_str).unwrap_or_default();
    let identifier = encode_component(&format!("{}|{}", part("system"), part("value")));
    let request = HttpRequest {
        method: "PUT".into(),
        target: format!("{}/Task?identifier={identifier}", base.target),
        ..HttpRequest::default()
    };
    request.with_header("accept", FHIR_JSON).with_header("content-type", FHIR_JSON)
}
