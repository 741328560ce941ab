//! Consent at the source: a consultation releases what Mitz permits, and nothing else (50-generic-facilities section 1).
//!
//! On a referral consent is presumed and nobody is asked. No answer is kept for a next time: each question is about one
//! patient, one requester and what is asked now.

mod answer;
mod subscribe;
mod told;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

pub use told::Told;

use super::Gtk;
use super::state::{Purpose, Requester};
use crate::deviation::Deviation;
use crate::net::Incoming;
use crate::net::connect::exchange;
use crate::simulator::facility::Facility;
use crate::simulator::records::{SearchOutcome, SearchQuery};
use crate::wire::consent::ConsentNotification;
use crate::wire::http::{HttpRequest, HttpResponse, Url, header};
use crate::wire::soap::{self, Addressing};
use crate::wire::xacml::{self, Hl7, Question};

/// Path at which Mitz delivers notifications.
pub(super) const NOTIFICATIONS: &str = "/consent-notifications";
/// How long an answer of Mitz is waited for when the profile does not say, in milliseconds.
const PATIENCE_MS: u64 = 10_000;
/// How long who asks too late waits before it asks.
const TOO_LATE: Duration = Duration::from_millis(400);

/// What consent lets out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Release {
    /// Everything: consent is presumed, or it is not looked after here.
    Everything,
    /// These data categories alone.
    Only(BTreeSet<String>),
}

impl Release {
    /// Whether it lets a category out.
    pub(super) fn allows(&self, category: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Only(categories) => categories.contains(category),
        }
    }

    /// Whether it lets nothing out.
    pub(super) fn is_nothing(&self) -> bool {
        matches!(self, Self::Only(categories) if categories.is_empty())
    }
}

impl Gtk {
    /// What consent lets out to whoever asks this. It is found out before anything is looked up.
    pub(super) async fn release(self: &Arc<Self>, below: &str, incoming: &Incoming) -> Release {
        let Some(mitz) = self.config.facilities.get(&Facility::Mitz).filter(|_| !self.config.lenient) else {
            return Release::Everything;
        };
        // Who is not let in at all is refused by the endpoint itself.
        let Ok(access) = self.authorize(incoming, Purpose::Pull) else { return Release::Everything };
        // The data categories are those of the first zorgtoepassing: of another nobody says which they are.
        let Some(requester) = access.requester.filter(|_| access.service.is_none()) else { return Release::Everything };
        let needed = self.needed(below, incoming);
        let (Some(bsn), false) = (requester.patient.clone(), needed.is_empty()) else {
            return Release::Only(BTreeSet::new());
        };
        if self.deviates(Deviation::ReleasesWithoutAskingMitz) {
            return Release::Everything;
        }
        if self.deviates(Deviation::AsksMitzAfterReleasing) {
            let (own, mitz) = (self.clone(), mitz.clone());
            tokio::spawn(async move {
                tokio::time::sleep(TOO_LATE).await;
                own.ask_mitz(&mitz, &requester, needed).await
            });
            return Release::Everything;
        }
        let (mut released, asked) = self.known_already(&bsn, &requester, needed);
        if !asked.is_empty() {
            let permitted = self.ask_mitz(mitz, &requester, asked).await;
            if self.deviates(Deviation::ReusesPermits) {
                self.state().consent.permits.extend(permitted.clone());
            }
            released.extend(permitted);
        }
        Release::Only(released)
    }

    /// Which categories need no question, and which do. A refusal that Mitz told of needs none.
    fn known_already(&self, bsn: &str, requester: &Requester, needed: Vec<String>) -> (BTreeSet<String>, Vec<String>) {
        use Deviation as D;
        let trusts_what_it_was_told = matches!(
            self.config.deviation,
            Some(D::IgnoresWithdrawnConsent | D::TakesOlderConsent | D::PrefersPermission)
        );
        let consulting = self.config.consent.consulting.get(&self.type_of(requester)).map(String::as_str);
        let state = self.state();
        let (mut released, mut asked) = (BTreeSet::new(), Vec::new());
        for category in needed {
            match state.consent.known(bsn, &category, consulting) {
                Some(false) => {}
                Some(true) if trusts_what_it_was_told => drop(released.insert(category)),
                _ if state.consent.permits.contains(&category) => drop(released.insert(category)),
                _ => asked.push(category),
            }
        }
        (released, asked)
    }

    /// The data categories that a request can bring.
    fn needed(&self, below: &str, incoming: &Incoming) -> Vec<String> {
        let rules = &self.config.consent;
        if let Some((kind, id)) = below.split_once('/').filter(|(_, id)| !id.starts_with(['$', '_', '%'])) {
            let resource = self.config.records.read(kind, id);
            return resource.map(|r| rules.category_of(r).to_owned()).into_iter().collect();
        }
        let text = self.asked(below, &incoming.request).text;
        match SearchQuery::parse(&text) {
            Ok(query) => rules.needed(&query.resource_type, &query.parameters),
            Err(_) => Vec::new(),
        }
    }

    fn type_of(&self, requester: &Requester) -> String {
        requester.organisation_type.clone().unwrap_or_else(|| self.config.consent.provider_type.clone())
    }

    /// The question of a requester, with the values that the requester gave.
    fn question(&self, requester: &Requester, categories: &[String]) -> Question {
        let own = &self.config.identity;
        let rules = &self.config.consent;
        let some = |system: &str, value: &str| Some(Hl7::new(system, value));
        let person = |text: &str| {
            let (system, value) = text.rsplit_once('|').unwrap_or(("", text));
            Hl7::new(rules.roots.get(system).map_or(system, String::as_str), value)
        };
        let mut question = Question {
            patient: requester.patient.as_deref().and_then(|bsn| some(xacml::BSN, bsn)),
            holder: some(xacml::URA, &own.ura),
            holder_type: some(xacml::PROVIDER_TYPES, &rules.provider_type),
            categories: categories.iter().map(|c| Hl7::new(xacml::CATEGORIES, c)).collect(),
            role: requester.role.as_deref().and_then(|role| some(xacml::ROLES, role)),
            provider: Some(person(&requester.user)),
            mandated: requester.mandated.as_deref().map(person),
            institution: some(xacml::URA, &requester.ura),
            institution_type: some(xacml::PROVIDER_TYPES, &self.type_of(requester)),
            purpose: some(xacml::PURPOSES, "TREAT"),
        };
        if let Some(deviation) = self.config.deviation {
            deviation.edit_question(&mut question);
        }
        question
    }

    /// Asks the closed question; gives the categories that were permitted.
    pub(super) async fn ask_mitz(
        &self,
        mitz: &str,
        requester: &Requester,
        categories: Vec<String>,
    ) -> BTreeSet<String> {
        let question = self.question(requester, &categories);
        let response = self.send_question(mitz, &question).await;
        answer::permitted(&question, response.as_ref(), self.config.deviation)
    }

    async fn send_question(&self, mitz: &str, question: &Question) -> Option<HttpResponse> {
        let id = uuid::Uuid::new_v4();
        let deviation = self.config.deviation;
        let version = deviation.map(Deviation::question_version).unwrap_or_default();
        let dialect = xacml::Dialect { categories_together: self.deviates(Deviation::QuestionWithCategoriesTogether) };
        let url = Url::parse(&format!("{mitz}{}", xacml::PATH))?;
        let mut addressing =
            Addressing::request(xacml::ACTION, &format!("{mitz}{}", xacml::PATH), &format!("urn:uuid:{id}"));
        if self.deviates(Deviation::QuestionWithoutAddressing) {
            addressing = Addressing { message_id: addressing.message_id, ..Addressing::default() };
        }
        let text = soap::write(version, &addressing, &[], &question.xml(dialect));
        let request = HttpRequest { method: "POST".into(), target: url.target.clone(), ..HttpRequest::default() };
        let mut request =
            request.with_header("x-request-id", id.to_string()).with_body(version.content_type(), text.into_bytes());
        if let Some(deviation) = deviation {
            deviation.edit_question_request(&mut request);
        }
        let ms = self.config.deadlines.get("consent").copied().unwrap_or(PATIENCE_MS);
        self.call_mitz(&url, &request, Duration::from_millis(ms)).await
    }

    /// One call to Mitz, with its own certificate and no more patience than that.
    async fn call_mitz(&self, url: &Url, request: &HttpRequest, patience: Duration) -> Option<HttpResponse> {
        let tls = self.config.identity.client_tls(&self.config.trust, self.config.deviation, true).ok()?;
        let call = exchange(url, request, &tls, &self.config.limits);
        tokio::time::timeout(patience, call).await.ok()?.ok()?.response
    }

    /// What of a search may be seen. Where something is withheld, nothing comes along with the rest.
    pub(super) fn narrowed(&self, outcome: SearchOutcome, release: &Release) -> SearchOutcome {
        let rules = &self.config.consent;
        if outcome.matches.iter().all(|r| release.allows(rules.category_of(r))) {
            return outcome;
        }
        let matches: Vec<Value> =
            outcome.matches.into_iter().filter(|r| release.allows(rules.category_of(r))).collect();
        let mut narrowed = SearchOutcome::of(matches);
        (narrowed.applied, narrowed.ignored) = (outcome.applied, outcome.ignored);
        narrowed
    }

    /// Takes a notification of Mitz. Who may deliver one is settled by the handshake.
    pub(super) fn take_consent_notification(&self, incoming: &Incoming) -> HttpResponse {
        let request = &incoming.request;
        if request.method != "POST" || !self.config.facilities.contains_key(&Facility::Mitz) {
            return HttpResponse::status(404);
        }
        let is_xml = header(&request.headers, "content-type").is_some_and(|c| c.contains("xml"));
        let unwanted = self.deviates(Deviation::RefusesConsentNotifications)
            || is_xml && self.deviates(Deviation::RefusesConsentNotificationsInXml);
        if unwanted {
            return HttpResponse::status(415);
        }
        match ConsentNotification::read(&request.body, is_xml) {
            None => HttpResponse::status(400),
            // About another holder: nothing here changes by it.
            Some(told) if told.ura != self.config.identity.ura => HttpResponse::status(422),
            Some(told) => {
                self.state().consent.take(&told, self.config.deviation);
                HttpResponse::status(204)
            }
        }
    }
}
