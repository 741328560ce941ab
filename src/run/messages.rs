//! Steps that send a message which the scenario's author can change: notifications, cancellations, Workflow Tasks, and
//! requests of any other kind.

use json_patch::Patch;
use serde_json::Value;

use super::case::Context;
use super::steps::{Done, Obstacle, Work, endpoint_url, fhir_base, ours, patient};
use super::variables::Variables;
use crate::client::gateway::GatewayQuery;
use crate::client::{self, EndpointName, Format};
use crate::simulator::{Referral, ToReferral, cancellation_request, empty_post};
use crate::suite::requirement::Role;
use crate::suite::scenario::{CaptureFrom, Step};
use crate::transcript::Endpoint;
use crate::wire::http::{HttpRequest, Url, header};
use crate::wire::task::{InputStyle, NotificationStyle};

/// Applies a patch of the scenario, its values filled in.
fn edit(variables: &Variables, patch: &Patch, task: &mut Value) -> Result<(), Obstacle> {
    let text = serde_json::to_value(patch).map_err(|e| ours(&e))?;
    let filled: Patch = serde_json::from_value(variables.fill_value(&text)?).map_err(|e| ours(&e))?;
    json_patch::patch(task, &filled).map_err(|e| ours(&format!("edit the Task: {e}")))
}

impl Work {
    fn referral(&self, context: &Context<'_>, workflow_task: bool, patient: String) -> ToReferral {
        ToReferral {
            receiver: context.bench.kit.candidate_ura.clone(),
            patient,
            workflow_task,
            ..ToReferral::default()
        }
    }

    pub(super) async fn protected_call(
        &self,
        context: &Context<'_>,
        wish: &client::ProtectedCall,
    ) -> Result<Done, Obstacle> {
        if context.case.role == Role::Responding {
            return self.gateway_query(context, &GatewayQuery::default()).await;
        }
        let base = fhir_base(context)?;
        let (endpoint, request) = match context.case.role {
            Role::Receiving => {
                let counterpart = &context.stand.counterpart;
                let referral =
                    counterpart.new_referral(&self.referral(context, false, context.bench.kit.gtk.patient.clone()));
                counterpart.open_referral(referral.clone());
                let task = counterpart.notification_of(&referral, InputStyle::Generic);
                (Endpoint::Notification, client::notification(&base, &task, Format::Json).map_err(|e| ours(&e))?)
            }
            Role::Sending => {
                let offered = super::steps::offered(context, "referral");
                let queries = &context.bench.kit.gtk.offering.queries.queries;
                let first =
                    offered.and_then(|o| o.into_iter().next()).or_else(|| queries.first().map(|q| q.search.clone()));
                let query = first.ok_or_else(|| Obstacle::Error("failed to choose a query: none is known".into()))?;
                let query = super::steps::relative(&base, &query);
                (Endpoint::Search, client::search(&base, &query, Default::default(), Format::Json))
            }
            role @ (Role::Requesting | Role::Responding) => return Err(super::steps::no_such_endpoint(role)),
        };
        self.call(context, endpoint, &base, request, wish.token.as_ref()).await
    }

    pub(super) async fn notify(
        &self,
        context: &mut Context<'_>,
        step: &Step,
        wish: &client::Notify,
    ) -> Result<Done, Obstacle> {
        let base = fhir_base(context)?;
        let earlier = wish.replaces.as_ref().and_then(|s| context.memory.referrals.get(s.as_str())).cloned();
        let counterpart = context.stand.counterpart.clone();
        let patient = patient(context, wish.patient)?;
        let mut referral = counterpart.new_referral(&self.referral(context, wish.workflow_task, patient));
        if let Some(earlier) = earlier {
            referral.group = earlier.group;
        }
        referral.style = wish.by;
        if let Some(status) = &wish.keeps_task {
            keep_task(context, wish, &mut referral, status)?;
        }
        counterpart.open_referral(referral.clone());
        if wish.by == NotificationStyle::EmptyPost {
            context.memory.referrals.insert(step.id.to_string(), referral.clone());
            return self.notify_without_body(context, wish, &referral).await;
        }
        let mut task = counterpart.notification_of(&referral, wish.style);
        if let Some(inputs) = task["input"].as_array_mut() {
            if !wish.references {
                inputs.retain(|i| i.get("valueReference").is_none());
            }
            pad(inputs, wish.inputs_at_least.unwrap_or_default());
        }
        context.memory.referrals.insert(step.id.to_string(), referral);
        if let Some(deviation) = self.deviation {
            deviation.edit_notification(&mut task);
        }
        edit(&context.variables, &wish.edit, &mut task)?;
        let mut request = client::notification(&base, &task, wish.format).map_err(|e| ours(&e))?;
        for (name, value) in &wish.headers {
            request = request.with_header(&name.to_ascii_lowercase(), context.variables.fill(value)?);
        }
        if let Some(deviation) = self.deviation {
            deviation.edit_notification_request(&mut request);
        }
        self.call(context, Endpoint::Notification, &base, request, Some(&wish.token)).await
    }

    /// The notification without body: the id of the Task is the end of its path.
    async fn notify_without_body(
        &self,
        context: &Context<'_>,
        wish: &client::Notify,
        referral: &Referral,
    ) -> Result<Done, Obstacle> {
        let place = context.stand.candidate.handoff_notifications.as_deref().and_then(Url::parse);
        let nowhere = || Obstacle::Error("failed to notify: the candidate file has no `handoff-notifications`".into());
        let (at, id) = place.zip(referral.workflow.as_deref()).ok_or_else(nowhere)?;
        let mut request = empty_post(&at, id);
        for (name, value) in &wish.headers {
            request = request.with_header(&name.to_ascii_lowercase(), context.variables.fill(value)?);
        }
        self.call(context, Endpoint::HandoffNotification, &at, request, Some(&wish.token)).await
    }

    pub(super) async fn cancel(&self, context: &Context<'_>, wish: &client::Cancel) -> Result<Done, Obstacle> {
        let base = fhir_base(context)?;
        let referral = context.memory.referrals.get(wish.of.as_str());
        let mut referral = referral
            .cloned()
            .ok_or_else(|| Obstacle::Error(format!("failed to cancel: step `{}` opened no referral", wish.of)))?;
        if let Some(identifier) = &wish.identifier {
            referral.notification = context.variables.fill(identifier)?;
        }
        let mut task = context.stand.counterpart.cancellation_of(&referral);
        let mut request = cancellation_request(&base, &task);
        if let Some(deviation) = self.deviation {
            deviation.edit_cancellation(&mut task, &mut request);
        }
        edit(&context.variables, &wish.edit, &mut task)?;
        if header(&request.headers, "content-type") == Some(Format::Json.media_type()) {
            request = request.with_header("content-type", wish.format.media_type());
        }
        request.body = client::written(&task, wish.format).map_err(|e| ours(&e))?;
        self.call(context, Endpoint::Cancellation, &base, request, Some(&wish.token)).await
    }

    pub(super) async fn task_status(&self, context: &Context<'_>, wish: &client::TaskStatus) -> Result<Done, Obstacle> {
        let base = fhir_base(context)?;
        let seen = context.memory.steps.get(wish.of.as_str()).and_then(|s| s.last());
        let task = seen.and_then(|s| s.body(CaptureFrom::Body)).filter(|b| b["resourceType"] == "Task");
        let mut task = task.ok_or_else(|| Obstacle::Nothing(format!("Task from step `{}`", wish.of)))?;
        let id = task["id"].as_str().map(str::to_owned);
        let id = id.ok_or_else(|| Obstacle::Nothing(format!("id of the Task from step `{}`", wish.of)))?;
        task["status"] = Value::String(wish.status.clone());
        edit(&context.variables, &wish.edit, &mut task)?;
        let request = HttpRequest {
            method: "PUT".into(),
            target: format!("{}/Task/{}", base.target, crate::wire::http::encode_component(&id)),
            ..HttpRequest::default()
        };
        let request = request
            .with_header("accept", Format::Json.media_type())
            .with_body(Format::Json.media_type(), task.to_string().into_bytes());
        self.call(context, Endpoint::TaskStatus, &base, request, Some(&wish.token)).await
    }

    pub(super) async fn http(&self, context: &Context<'_>, wish: &client::Http) -> Result<Done, Obstacle> {
        let mut base = endpoint_url(context, wish.to)?;
        let path = context.variables.fill(&wish.path)?;
        if let Some(elsewhere) = Url::parse(&path) {
            // A URL that the candidate gave is followed to its own hosts only.
            if !context.stand.sender.hosts.iter().any(|h| h.eq_ignore_ascii_case(&elsewhere.host)) {
                return Err(Obstacle::Nothing(format!("{path} at a host of the candidate file")));
            }
            base = elsewhere;
        }
        let path = if Url::parse(&path).is_some() { String::new() } else { path };
        let path = match path.strip_prefix('/') {
            Some(below) => format!("/{}", super::steps::relative(&base, below)),
            None => path,
        };
        let mut request = HttpRequest {
            method: wish.method.clone(),
            target: format!("{}{path}", base.target),
            ..HttpRequest::default()
        };
        if let Some(body) = &wish.body {
            request.body = match context.variables.fill_value(body)? {
                Value::String(text) => text.into_bytes(),
                other => other.to_string().into_bytes(),
            };
        }
        if !wish.edit.0.is_empty() {
            let mut body: Value = serde_json::from_slice(&request.body)
                .map_err(|_| Obstacle::Nothing("JSON to edit: the body is none".into()))?;
            edit(&context.variables, &wish.edit, &mut body)?;
            request.body = body.to_string().into_bytes();
        }
        for (name, value) in &wish.headers {
            request = request.with_header(&name.to_ascii_lowercase(), context.variables.fill(value)?);
        }
        if wish.plain {
            base.scheme = "http".into();
        }
        let endpoint = match wish.to {
            EndpointName::Token => Endpoint::Token,
            EndpointName::Metadata => Endpoint::Metadata,
            EndpointName::Fhir | EndpointName::R4 | EndpointName::Gateway => Endpoint::Other,
        };
        self.call(context, endpoint, &base, request, wish.token.as_ref()).await
    }
}

/// Gives a referral a Task of our records, as the scenario wants it.
fn keep_task(
    context: &Context<'_>,
    wish: &client::Notify,
    referral: &mut Referral,
    status: &str,
) -> Result<(), Obstacle> {
    let found = context.stand.counterpart.host_task(referral, status);
    found.ok_or_else(|| Obstacle::Error(format!("failed to find a Task with status {status} in our records")))?;
    match &mut referral.task {
        Some(task) => edit(&context.variables, &wish.edit_kept, task),
        None => Ok(()),
    }
}

/// Repeats the queries of a Task until it has so many inputs.
fn pad(inputs: &mut Vec<Value>, least: usize) {
    let queries: Vec<Value> =
        inputs.iter().filter(|i| i["valueString"].as_str().is_some_and(|q| !q.ends_with('='))).cloned().collect();
    let missing = least.saturating_sub(inputs.len());
    inputs.extend(queries.into_iter().cycle().take(missing));
}
