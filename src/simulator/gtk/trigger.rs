//! Setting the reference GtK in motion: what a clinician does at the screen of a real one.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use time::Duration;

use super::Gtk;
use super::r4;
use super::state::Referral;
use crate::base::clock;
use crate::deviation::Deviation;
use crate::wire::http::{HttpRequest, HttpResponse};
use crate::wire::task::NotificationStyle;

/// What a candidate can be asked to do.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
    strum::EnumString,
    strum::Display,
    strum::VariantNames,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Trigger {
    /// Start a referral: token request and notification follow.
    StartReferral,
    /// Start a referral as another professional than the one of `start-referral`.
    StartReferralAsColleague,
    /// Send correspondence: token request and notification follow.
    StartCorrespondence,
    /// Hand a patient over: a Task with the nursing handoff stands ready, and the receiver is told of it.
    StartHandoff,
    /// Ask whether a patient can come: a Task with an advance notice, and the receiver is told of it.
    StartHandoffNegotiation,
    /// Add the nursing handoff to the Task that was accepted.
    SendNursingHandoff,
    /// Take the date that the receiver proposes: a renewed advance notice.
    AcceptAlternativeDate,
    /// Decline the date that the receiver proposes: the Task is cancelled.
    DeclineAlternativeDate,
    /// Confirm that the receiver rejects: the Task is cancelled.
    ConfirmRejection,
    /// As the receiver: accept the newest advance notice.
    AcceptHandoff,
    /// As the receiver: propose another date.
    ProposeAlternativeDate,
    /// As the receiver: reject the newest advance notice.
    RejectHandoff,
    /// Change the dataset of the newest referral: a second notification follows.
    ChangeDataset,
    /// Withdraw the newest referral: a cancellation follows.
    WithdrawReferral,
    /// Consult about a patient: at the receiver that is named, or wherever data turn out to be.
    Consult,
    /// Consult the maternity record of a woman at the receiver.
    ConsultMaternityRecord,
    /// Send the acute handoff of a woman to the receiver.
    StartAcuteHandoff,
    /// Feed the own addresses to the address book.
    PublishAddresses,
    /// Let the access tokens issued so far expire.
    ExpireTokens,
    /// Let the newest referral end.
    EndReferral,
    /// Start a dossier of a patient: a subscription at Mitz follows.
    StartDossier,
    /// Send a handshake on an R4 Subscription of the receiver; the Subscription is made first if there is none.
    SendR4Handshake,
    /// Send a heartbeat on that Subscription.
    SendR4Heartbeat,
    /// Send an event with a focus on that Subscription.
    SendR4Event,
    /// Send an event without a focus on that Subscription.
    SendR4EmptyEvent,
    /// Place R4 Coordination Tasks: one invited, one selected, one not selected, one rejected.
    PlaceR4Tasks,
    /// Ask the receiver for a token with a presentation of Nuts; nothing else follows.
    RequestNutsToken,
    /// Show the timeline of a patient: queries of gateways follow (ITI-38), where data are or at the receivers that are named.
    ShowTimeline,
    /// Open a document of the timeline (ITI-39).
    RetrieveDocument,
    /// Open the images of a manifest of the timeline: the manifest (ITI-39), then what it lists (RAD-75).
    RetrieveImages,
}

impl Trigger {
    /// What an event of a scenario means where exchanges begin by this trigger: `start-referral` is that one, and every other
    /// event is itself.
    pub fn meant_by(event: &str, begins: Option<Self>) -> String {
        let begins = begins.filter(|_| event == Self::StartReferral.to_string());
        begins.map_or_else(|| event.to_owned(), |trigger| trigger.to_string())
    }
}

/// How a referral is to be started.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct ToReferral {
    /// URA of the receiver; of the source to consult, or empty for wherever data are.
    pub receiver: String,
    /// BSN of the patient; empty for the candidate's own choice.
    pub patient: String,
    /// Whether the queries stand in a Workflow Task alone.
    pub workflow_task: bool,
    /// Mitz data category that is consulted; empty for all.
    pub category: String,
    /// Unique id of the document that is opened.
    pub document: String,
    /// Whether the user acts under a mandate of the responsible professional.
    pub mandated: bool,
    /// How the receiver is told of a Task.
    pub style: NotificationStyle,
}

impl Gtk {
    /// Carries out a trigger. It answers at once, and what follows is seen on the wire; only what a user waits for is told.
    pub(super) async fn trigger(self: Arc<Self>, event: &str, request: &HttpRequest) -> HttpResponse {
        let Ok(trigger) = event.parse::<Trigger>() else { return HttpResponse::status(404) };
        let wish: ToReferral = match serde_json::from_slice(&request.body) {
            Ok(wish) => wish,
            Err(_) if request.body.is_empty() => ToReferral::default(),
            Err(_) => return HttpResponse::status(400),
        };
        match trigger {
            Trigger::StartReferral | Trigger::StartReferralAsColleague | Trigger::StartCorrespondence => {
                let mut referral = self.new_referral(&wish);
                referral.service = self.service_begun_by(trigger);
                referral.by_colleague = trigger == Trigger::StartReferralAsColleague;
                self.open_referral(referral.clone());
                self.notify_later(referral);
            }
            Trigger::StartHandoff
            | Trigger::StartHandoffNegotiation
            | Trigger::SendNursingHandoff
            | Trigger::AcceptAlternativeDate
            | Trigger::DeclineAlternativeDate
            | Trigger::ConfirmRejection
            | Trigger::AcceptHandoff
            | Trigger::ProposeAlternativeDate
            | Trigger::RejectHandoff => return self.hand_over(trigger, &wish),
            Trigger::ChangeDataset => {
                let Some(referral) = self.edit_newest(|r| r.notification = new_uuid()) else {
                    return HttpResponse::status(409);
                };
                let silent = referral.task.is_some() && self.deviates(Deviation::SilentOnHandoffChanges);
                if !silent && !self.deviates(Deviation::SilentOnChange) {
                    self.tell_later(referral);
                }
            }
            Trigger::WithdrawReferral => {
                let Some(referral) = self.edit_newest(|r| r.withdrawn = true) else { return HttpResponse::status(409) };
                if !self.deviates(Deviation::SilentOnWithdrawal) {
                    self.cancel_later(referral);
                }
            }
            Trigger::Consult => self.consult_later(wish),
            Trigger::ConsultMaternityRecord => self.consult_record_later(wish),
            Trigger::StartAcuteHandoff => self.hand_off_later(wish),
            Trigger::PublishAddresses => drop(tokio::spawn(async move { self.publish().await })),
            Trigger::ExpireTokens => {
                let past = clock::now() - Duration::seconds(self.config.rules.clock_skew_s + 1);
                self.state().tokens.values_mut().for_each(|t| t.ends = past);
            }
            Trigger::EndReferral => {
                let past = clock::now() - Duration::seconds(1);
                drop(self.edit_newest(|r| r.ends = past));
            }
            Trigger::StartDossier => {
                let patient = if wish.patient.is_empty() { self.config.patient.clone() } else { wish.patient.clone() };
                self.subscribe_later(patient);
            }
            Trigger::SendR4Handshake => self.notify_r4_later(&wish.receiver, r4::Notice::Handshake),
            Trigger::SendR4Heartbeat => self.notify_r4_later(&wish.receiver, r4::Notice::Heartbeat),
            Trigger::SendR4Event => self.notify_r4_later(&wish.receiver, r4::Notice::Event),
            Trigger::SendR4EmptyEvent => self.notify_r4_later(&wish.receiver, r4::Notice::EmptyEvent),
            Trigger::PlaceR4Tasks => self.place_r4_tasks(&wish.receiver),
            Trigger::ShowTimeline | Trigger::RetrieveDocument | Trigger::RetrieveImages => {
                return self.at_the_screen(trigger, &wish).await;
            }
            Trigger::RequestNutsToken => {
                drop(tokio::spawn(async move { self.ask_by_presentation(&wish.receiver).await }));
            }
        }
        HttpResponse::status(202)
    }

    /// A referral with fresh numbers.
    pub fn new_referral(&self, wish: &ToReferral) -> Referral {
        let or = |text: &str, other: &str| if text.is_empty() { other.to_owned() } else { text.to_owned() };
        let first_peer = self.config.peers.keys().next().cloned().unwrap_or_default();
        Referral {
            notification: new_uuid(),
            group: new_uuid(),
            receiver: or(&wish.receiver, &first_peer),
            bsn: or(&wish.patient, &self.config.patient),
            base: base64_of_uuid(),
            workflow: wish.workflow_task.then(|| uuid::Uuid::new_v4().to_string()),
            queries_in_workflow: wish.workflow_task,
            ends: clock::now() + Duration::days(14),
            withdrawn: false,
            by_colleague: false,
            status: "requested".to_owned(),
            service: None,
            task: None,
            style: wish.style,
        }
    }

    fn edit_newest(&self, edit: impl FnOnce(&mut Referral)) -> Option<Referral> {
        let mut state = self.state();
        let newest = state.referrals.last_mut()?;
        edit(newest);
        Some(newest.clone())
    }
}

fn new_uuid() -> String {
    format!("urn:uuid:{}", uuid::Uuid::new_v4())
}

fn base64_of_uuid() -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(uuid::Uuid::new_v4().to_string())
}
