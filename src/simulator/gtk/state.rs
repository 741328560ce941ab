//! What a GtK remembers: referrals it sent, tokens it issued, notifications it received.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use time::OffsetDateTime;

use crate::wire::jose::{Jwk, Jwks};
use crate::wire::task::NotificationStyle;

/// A referral that a sending GtK opened.
#[derive(Debug, Clone)]
pub struct Referral {
    /// Identifier of its newest notification.
    pub notification: String,
    /// Group identifier, the same for all its notifications.
    pub group: String,
    /// URA of the receiver.
    pub receiver: String,
    /// BSN of the patient.
    pub bsn: String,
    /// The authorization base.
    pub base: String,
    /// Id of the Workflow Task, if there is one.
    pub workflow: Option<String>,
    /// Whether the queries stand in the Workflow Task alone.
    pub queries_in_workflow: bool,
    /// Until when the data can be fetched.
    pub ends: OffsetDateTime,
    /// Whether it was withdrawn.
    pub withdrawn: bool,
    /// Whether another professional than usual began it.
    pub by_colleague: bool,
    /// Status of the Workflow Task (21-bgz section 5.3).
    pub status: String,
    /// Position of the further zorgtoepassing that it is of; `None` for the first.
    pub service: Option<usize>,
    /// The Workflow Task as it stands now, where it is kept as a whole: a nursing handoff.
    pub task: Option<Value>,
    /// How its receiver is told of the Task.
    pub style: NotificationStyle,
}

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Delivering notifications.
    Notification,
    /// Fetching resources.
    Pull,
    /// Consulting what was made available.
    Consultation,
}

/// Who consults, for whom, about whom: what a source decides on when there is no authorization base
/// (BgZ-1-authz-03; the claim names are those of the profile).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Requester {
    /// URA of the organisation.
    pub ura: String,
    /// Type of the organisation, when it was told.
    pub organisation_type: Option<String>,
    /// The professional who is responsible, as `system|value`.
    pub user: String,
    /// Role code of the professional.
    pub role: Option<String>,
    /// Who acts under mandate.
    pub mandated: Option<String>,
    /// BSN of the patient.
    pub patient: Option<String>,
}

/// A token that was issued.
#[derive(Debug, Clone)]
pub struct Issued {
    /// What it is for.
    pub purpose: Purpose,
    /// Position of the referral whose base it was issued on.
    pub referral: Option<usize>,
    /// Who consults, when it was issued for that.
    pub requester: Option<Requester>,
    /// Position of the further zorgtoepassing that is consulted; `None` for the first.
    pub service: Option<usize>,
    /// URA of the organisation that asked, where that is known.
    pub organisation: Option<String>,
    /// When it ends.
    pub ends: OffsetDateTime,
}

/// A notification that was received.
#[derive(Debug, Clone)]
pub struct Received {
    /// The Task.
    pub task: Value,
    /// URA of the organisation whose token delivered it, where that is known.
    pub organisation: Option<String>,
    /// Whether it was cancelled.
    pub cancelled: bool,
}

/// A search that was paged.
#[derive(Debug, Clone)]
pub struct PagedSearch {
    /// Target without page.
    pub text: String,
    /// Group of the referral that it was asked for.
    pub group: Option<String>,
    /// Patient that it was narrowed to.
    pub patient: Option<String>,
}

/// The state.
#[derive(Debug, Default)]
pub struct State {
    /// Referrals in order of opening.
    pub referrals: Vec<Referral>,
    /// Tokens.
    pub tokens: BTreeMap<String, Issued>,
    /// Ids of assertions that were used.
    pub assertions: BTreeSet<String>,
    /// Notifications in order of arrival.
    pub received: Vec<Received>,
    /// Results of searches that were paged, by page id.
    pub pages: BTreeMap<String, PagedSearch>,
    /// Keys that are offered besides those of the identity.
    pub published: Vec<Jwk>,
    /// Keys that were fetched, by client id.
    pub learned: BTreeMap<String, Vec<Jwk>>,
    /// Keys of DEZI that were fetched, by where they are.
    pub dezi: BTreeMap<String, Jwks>,
    /// Subscriptions and Coordination Tasks of the R4 stack in preparation.
    pub r4: super::r4::Store,
    /// What Mitz told of consents.
    pub consent: super::consent::Told,
    /// Tasks of others that wait for an answer of our user.
    pub(super) asked: Vec<super::handoff::Asked>,
    /// Whether the user who opened the newest timeline acts under a mandate.
    pub acts_under_mandate: bool,
    /// What a timeline showed.
    pub timeline: super::gateway::Timeline,
    /// What an address book said.
    pub directory: super::addresses::Directory,
}
