//! The receiving side of a nursing handoff: the notification without body, what is fetched after it, and the answers of the
//! user to an advance notice (40-eoverdracht sections 3 and 6).

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::super::Gtk;
use super::super::outcome::FHIR_JSON;
use super::super::pull::Session;
use super::super::state::Purpose;
use super::super::trigger::Trigger;
use super::task::{self, ADVANCE_NOTICE, NURSING_HANDOFF};
use crate::base::clock;
use crate::deviation::Deviation;
use crate::net::Incoming;
use crate::wire::fhir::composition::section_references;
use crate::wire::http::{HttpRequest, HttpResponse};
use crate::wire::mcsd::RESOURCES;

/// Where we are told of handoffs; the id of the Task goes behind it.
pub const HANDOFF_NOTIFICATIONS: &str = "/handoff-notifications";
/// Times that an answer looks for its advance notice.
const PATIENCE: usize = 20;
/// Resources of one Composition that are read one by one at most.
const MOST_RESOURCES: usize = 200;

/// A Task of somebody else that waits for an answer of our user.
#[derive(Debug, Clone)]
pub struct Asked {
    /// URA of the sender.
    sender: String,
    /// The authorization base.
    base: String,
    /// Reference of the Task.
    reference: String,
}

impl Gtk {
    /// A notification without body.
    pub(in super::super) fn take_handoff_notification(
        self: &Arc<Self>,
        below: &str,
        incoming: &Incoming,
    ) -> HttpResponse {
        let request = &incoming.request;
        if !self.config.plays.1 {
            return HttpResponse::status(404);
        }
        let access = match self.authorize(incoming, Purpose::Notification) {
            Ok(access) => access,
            Err(refusal) => return refusal,
        };
        let id = below.strip_prefix('/').filter(|id| !id.is_empty() && !id.contains('/'));
        let Some(id) = id.filter(|_| request.method == "POST") else {
            return self.failure(404, "not-found", "a notification ends with the id of a Task", request);
        };
        if self.config.pulls && !self.deviates(Deviation::IgnoresHandoffNotifications) {
            let known = self.config.peers.keys().next().cloned();
            if let Some(sender) = access.organisation.or(known) {
                let (own, id) = (self.clone(), id.to_owned());
                tokio::spawn(async move { own.fetch_handoff(&sender, &id).await });
            }
        }
        HttpResponse::status(if self.deviates(Deviation::AnswersHandoffNotificationsWithOk) { 200 } else { 202 })
    }

    async fn fetch_handoff(&self, sender: &str, id: &str) -> Option<()> {
        let reference = format!("Task/{id}");
        let mut session = self.handoff_session(sender, id).await?;
        let task = self.read_handoff_task(&mut session, &reference).await?;
        self.take_handoff(&mut session, &reference, task).await
    }

    async fn handoff_session(&self, sender: &str, base: &str) -> Option<Session> {
        let peer = self.party(sender, RESOURCES).await?;
        let mut session = Session::of(peer, Some(base.to_owned()), None)?;
        self.renew(&mut session).await;
        session.token.is_some().then_some(session)
    }

    async fn read_handoff_task(&self, session: &mut Session, reference: &str) -> Option<Value> {
        if self.deviates(Deviation::ReadsHandoffsWithoutToken) {
            let request = HttpRequest::get(format!("{}/{reference}", session.base.target));
            let base = session.base.clone();
            let response = self.send(&base, request.with_header("accept", FHIR_JSON), None).await?;
            return serde_json::from_slice(&response.body).ok();
        }
        let response = self.get(session, reference).await.filter(|response| response.status == 200)?;
        serde_json::from_slice(&response.body).ok()
    }

    /// Does what the status of a Task asks for: an advance notice is read and waits for the user, a handoff is fetched.
    pub(in super::super) async fn take_handoff(
        &self,
        session: &mut Session,
        reference: &str,
        task: Value,
    ) -> Option<()> {
        if !super::is_handoff(&task) || self.is_confused_by(&task) {
            return None;
        }
        match task["status"].as_str()? {
            "requested" => {
                let notice = task::composition_in(&task, ADVANCE_NOTICE)?.to_owned();
                self.fetch_document(session, &notice).await?;
                let sender = session.peer_ura().to_owned();
                let base = session.authorization_base()?.to_owned();
                self.state().asked.push(Asked { sender, base, reference: reference.to_owned() });
                Some(())
            }
            "in-progress" => {
                let handoff = task::composition_in(&task, NURSING_HANDOFF)?.to_owned();
                if !self.deviates(Deviation::CompletesWithoutFetching) {
                    let fetched = self.fetch_document(session, &handoff).await;
                    if fetched.is_none() && !self.deviates(Deviation::CompletesWithoutContent) {
                        return None;
                    }
                }
                if self.deviates(Deviation::NeverCompletesHandoffs) {
                    return None;
                }
                let completed = task::answered(task, "completed", None);
                self.write_task(session, reference, completed).await
            }
            _ => None,
        }
    }

    /// The document of a Composition; its resources one by one where there is no such operation. `None` when it is not whole.
    async fn fetch_document(&self, session: &mut Session, composition: &str) -> Option<()> {
        let response = self.get(session, &format!("{composition}{}", super::DOCUMENT)).await?;
        let bundle: Value = match response.status {
            200 => serde_json::from_slice(&response.body).ok()?,
            404 | 405 | 501 => return self.fetch_one_by_one(session, composition).await,
            _ => return None,
        };
        let whole = bundle["resourceType"] == "Bundle" && bundle["type"] == "document";
        (whole && self.can_show(&bundle)).then_some(())
    }

    async fn fetch_one_by_one(&self, session: &mut Session, composition: &str) -> Option<()> {
        let response = self.get(session, composition).await.filter(|r| r.status == 200)?;
        let document: Value = serde_json::from_slice(&response.body).ok()?;
        let mut references = section_references(&document);
        references.sort();
        references.dedup();
        for reference in references.into_iter().take(MOST_RESOURCES) {
            let Some(below) = session.base.below(reference) else { continue };
            self.get(session, &below).await.filter(|r| r.status == 200)?;
        }
        Some(())
    }

    fn is_confused_by(&self, task: &Value) -> bool {
        let others = task["input"].as_array().is_some_and(|inputs| inputs.len() > 1);
        others && self.deviates(Deviation::StopsAtOtherInputs)
    }

    /// Whether a document can be shown: whatever is in it can, but for who deviates.
    fn can_show(&self, bundle: &Value) -> bool {
        let text = bundle.to_string();
        let plan = text.contains("\"773130005\"");
        let other = text.contains("\"OTH\"");
        match self.config.deviation {
            Some(Deviation::RefusesHandoffsWithoutCarePlan) => plan,
            Some(Deviation::RefusesOtherCodes) => !other,
            _ => true,
        }
    }

    async fn write_task(&self, session: &mut Session, reference: &str, mut task: Value) -> Option<()> {
        if let Some(deviation) = self.config.deviation {
            deviation.edit_handoff_update(&mut task);
        }
        let target = format!("{}/{reference}", session.base.target);
        let request = HttpRequest { method: "PUT".into(), target, ..HttpRequest::default() }
            .with_header("accept", FHIR_JSON)
            .with_body(FHIR_JSON, task.to_string().into_bytes());
        self.ask(session, request).await.map(drop)
    }

    /// The user answers the newest advance notice.
    pub(super) fn answer_asked_later(self: &Arc<Self>, trigger: Trigger) -> HttpResponse {
        let own = self.clone();
        tokio::spawn(async move {
            // The notice may just be on its way in.
            for _ in 0..PATIENCE {
                let asked = own.state().asked.pop();
                if let Some(asked) = asked {
                    return own.answer_asked(&asked, trigger).await;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            None
        });
        HttpResponse::status(202)
    }

    async fn answer_asked(&self, asked: &Asked, trigger: Trigger) -> Option<()> {
        let mut session = self.handoff_session(&asked.sender, &asked.base).await?;
        let task = self.read_handoff_task(&mut session, &asked.reference).await?;
        let (status, date) = match trigger {
            Trigger::ProposeAlternativeDate => {
                let date = (clock::now() + time::Duration::days(3)).date().to_string();
                ("on-hold", Some(date).filter(|_| !self.deviates(Deviation::ProposesWithoutDate)))
            }
            Trigger::RejectHandoff => ("rejected", None),
            _ => ("accepted", None),
        };
        let answer = task::answered(task, status, date.as_deref());
        self.write_task(&mut session, &asked.reference, answer).await
    }
}
