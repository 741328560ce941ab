//! Nursing handoffs of the reference GtK (40-eoverdracht): as a sender a Task that it keeps, and the document that it refers
//! to; as a receiver what it fetches and what it answers. [`task`] holds what stands in a Task.

mod document;
mod receive;
mod task;

use std::sync::Arc;

use serde_json::{Value, json};

pub(super) use document::{DOCUMENT, of_document};
pub(super) use receive::Asked;
pub use receive::HANDOFF_NOTIFICATIONS;
pub(super) use task::is_handoff;

use super::outcome::FHIR_JSON;
use super::state::Referral;
use super::trigger::{ToReferral, Trigger};
use super::{Gtk, r4};
use crate::deviation::Deviation;
use crate::net::Incoming;
use crate::simulator::records::Records;
use crate::wire::http::{HttpRequest, HttpResponse, Url};
use crate::wire::mcsd::NOTIFICATIONS;
use crate::wire::task::NotificationStyle;

impl Gtk {
    /// Carries out a trigger of handoffs.
    pub(super) fn hand_over(self: &Arc<Self>, trigger: Trigger, wish: &ToReferral) -> HttpResponse {
        let done = match trigger {
            Trigger::AcceptHandoff | Trigger::ProposeAlternativeDate | Trigger::RejectHandoff => {
                return self.answer_asked_later(trigger);
            }
            Trigger::StartHandoff => self.new_handoff(wish, "in-progress"),
            Trigger::StartHandoffNegotiation => self.new_handoff(wish, "requested"),
            Trigger::SendNursingHandoff => self.edit_handoff("accepted", |own, referral, task| {
                let begun = own.records_of_referral(referral).clone();
                task::add_handoff(task, &begun);
                task["status"] = json!("in-progress");
            }),
            Trigger::AcceptAlternativeDate => self.edit_handoff("on-hold", |own, _, task| {
                if own.deviates(Deviation::KeepsTheOldTransferDate) {
                    task::forget_date(task);
                }
                task["status"] = json!("requested");
            }),
            Trigger::DeclineAlternativeDate => self.edit_handoff("on-hold", |own, _, task| {
                if !own.deviates(Deviation::LeavesDeclinedDatesOpen) {
                    task["status"] = json!("cancelled");
                }
            }),
            _ => self.edit_handoff("rejected", |own, _, task| {
                if !own.deviates(Deviation::LeavesRejectionsOpen) {
                    task["status"] = json!("cancelled");
                }
            }),
        };
        let Some(referral) = done else { return HttpResponse::status(409) };
        let changes = !matches!(trigger, Trigger::StartHandoff | Trigger::StartHandoffNegotiation);
        if !(changes && self.deviates(Deviation::SilentOnHandoffChanges)) {
            self.tell_later(referral);
        }
        HttpResponse::status(202)
    }

    fn new_handoff(&self, wish: &ToReferral, status: &str) -> Option<Referral> {
        let mut referral = self.new_referral(wish);
        referral.service = self.service_begun_by(Trigger::StartHandoff);
        self.host_task(&mut referral, status)?;
        self.open_referral(referral.clone());
        Some(referral)
    }

    /// Gives a referral a Task out of the records: that of its patient in this status, else any, and then that patient's.
    /// `None` when the records hold none.
    pub fn host_task(&self, referral: &mut Referral, status: &str) -> Option<()> {
        let records = self.records_of_referral(referral);
        let patient = records.patient_id_by_bsn(&referral.bsn).map(str::to_owned);
        let mut tasks = records.all_of("Task");
        tasks.retain(|task| is_handoff(task) && task["status"] == status);
        let of = |task: &&&Value| patient.as_deref().is_some_and(|id| task::patient_of(task) == Some(id));
        let mut task = tasks.iter().find(of).or(tasks.first()).map(|task| (*task).clone())?;
        if let Some(bsn) = task::patient_of(&task).and_then(|id| bsn_of(records, id)) {
            referral.bsn = bsn;
        }
        let id = uuid::Uuid::new_v4().to_string();
        task["id"] = json!(id);
        // Nothing but its id is known to who is told of it without a body, so that it is the base too.
        if referral.style != NotificationStyle::Twiin01 {
            referral.base.clone_from(&id);
        }
        referral.workflow = Some(id);
        referral.queries_in_workflow = true;
        referral.status = status.to_owned();
        referral.task = Some(task);
        Some(())
    }

    /// Changes the Task of the newest handoff, when it stands in this status.
    fn edit_handoff(&self, from: &str, edit: impl FnOnce(&Self, &Referral, &mut Value)) -> Option<Referral> {
        let mut referral = {
            let state = self.state();
            let stands = |r: &&Referral| r.status == from && r.task.is_some();
            state.referrals.iter().rev().find(stands).cloned()?
        };
        let mut task = referral.task.take()?;
        edit(self, &referral, &mut task);
        referral.status = task["status"].as_str().unwrap_or_default().to_owned();
        referral.task = Some(task);
        self.keep(&referral);
        Some(referral)
    }

    fn keep(&self, referral: &Referral) {
        let mut state = self.state();
        if let Some(kept) = state.referrals.iter_mut().find(|r| r.group == referral.group) {
            kept.clone_from(referral);
        }
    }

    /// Tells the receiver of a Task, in the style of its referral.
    pub(super) fn tell_later(self: &Arc<Self>, referral: Referral) {
        match referral.style {
            NotificationStyle::Twiin01 => self.clone().notify_later(referral),
            NotificationStyle::R4Subscription => self.clone().notify_r4_later(&referral.receiver, r4::Notice::Event),
            NotificationStyle::EmptyPost => {
                let own = self.clone();
                tokio::spawn(async move { own.tell_by_empty_post(&referral).await });
            }
        }
    }

    async fn tell_by_empty_post(&self, referral: &Referral) -> Option<()> {
        let peer = self.party(&referral.receiver, NOTIFICATIONS).await?;
        let at = Url::parse(peer.addresses.handoff_notifications.as_deref()?)?;
        let token = self.obtain_token(&peer, &self.config.rules.scopes.notification, None, false).await;
        let mut request = empty_post(&at, referral.workflow.as_deref()?);
        if let Some(deviation) = self.config.deviation {
            deviation.edit_handoff_notification(&mut request);
        }
        self.send(&at, request, token.as_deref()).await.map(drop)
    }

    /// The Task of a handoff as it is given.
    pub(super) fn handoff_task(&self, task: &Value, status: &str) -> Value {
        let mut task = task.clone();
        task["status"] = json!(status);
        if let Some(deviation) = self.config.deviation {
            deviation.edit_handoff_task(&mut task);
        }
        task
    }

    /// The receiver writes the Task: only its status, and what belongs to that status, is taken over (section 3.1).
    pub(super) fn update_handoff(&self, id: &str, written: &Value, incoming: &Incoming) -> HttpResponse {
        let request = &incoming.request;
        let other_id = written["id"].as_str() != Some(id);
        if other_id && !self.config.lenient && !self.deviates(Deviation::TakesTasksOfOtherIds) {
            return self.failure(400, "invalid", "the id of the Task is not that of the URL", request);
        }
        let found = self.state().referrals.iter().find(|r| r.workflow.as_deref() == Some(id)).cloned();
        let Some(mut referral) = found else {
            return self.failure(404, "not-found", "there is no such Task", request);
        };
        let wanted = written["status"].as_str().unwrap_or_default();
        if !self.config.lenient && !task::receiver_may(&referral.status, wanted) {
            return self.failure(422, "business-rule", "this status cannot follow", request);
        }
        let Some(mut task) = referral.task.take() else {
            return self.failure(404, "not-found", "there is no such Task", request);
        };
        let mut members = vec!["status", "output", "statusReason"];
        if self.deviates(Deviation::TakesChangedOwners) {
            members.push("owner");
        }
        for name in members {
            if let Some(value) = written.get(name) {
                task[name] = value.clone();
            }
        }
        if self.deviates(Deviation::ForgetsHandoffUpdates) {
            task["status"] = json!(referral.status);
        }
        referral.status = task["status"].as_str().unwrap_or_default().to_owned();
        referral.task = Some(task.clone());
        self.keep(&referral);
        self.resource(200, &self.handoff_task(&task, &referral.status), request)
    }
}

fn bsn_of(records: &Records, id: &str) -> Option<String> {
    records.patients().into_iter().find(|patient| patient.id == id)?.bsn
}

/// A notification without body: the id of the Task is the end of the path.
pub fn empty_post(at: &Url, id: &str) -> HttpRequest {
    let target = format!("{}/{id}", at.target.trim_end_matches('/'));
    HttpRequest { method: "POST".into(), target, ..HttpRequest::default() }.with_header("accept", FHIR_JSON)
}
