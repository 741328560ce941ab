//! The reference GtK consults: it asks Mitz who may have data of a patient (IHE XCPD ITI-56), and asks each of these, once,
//! with a token without authorization base. It asks nobody else (50-generic-facilities section 1.5, TWIIN-LOC-10).

use std::collections::BTreeSet;
use std::sync::Arc;

use super::pull::Session;
use super::trigger::ToReferral;
use super::{Facility, Gtk, Peer};
use crate::base::clock;
use crate::deviation::Deviation;
use crate::net::connect::exchange;
use crate::net::pki::LeafFlaw;
use crate::simulator::mitz::open;
use crate::wire::http::{HttpRequest, Url};
use crate::wire::mcsd::RESOURCES;
use crate::wire::saml::names::{self, oid};
use crate::wire::saml::{Assertion, Attribute, Value};
use crate::wire::soap::Version;
use crate::wire::xcpd::{self, Holder, Question};

/// Role code of the professional who consults: a fictitious doctor.
const ROLE: &str = "01.015";
/// Type of care provider that consults: a hospital.
const FACILITY_TYPE: &str = "V4";
/// Lifetime of the assertion: at most ten minutes (Twiin ITI-40).
const LIFETIME: time::Duration = time::Duration::minutes(5);

impl Gtk {
    pub(super) fn consult_later(self: Arc<Self>, wish: ToReferral) {
        tokio::spawn(async move { self.consult(&wish).await });
    }

    async fn consult(&self, wish: &ToReferral) -> Option<()> {
        let patient = if wish.patient.is_empty() { &self.config.patient } else { &wish.patient };
        // A source that is agreed on is asked directly; otherwise it is asked where data are.
        let sources = if wish.receiver.is_empty() {
            self.localise(patient, &wish.category).await
        } else if self.deviates(Deviation::NeverQueriesDirectly) {
            Vec::new()
        } else {
            vec![wish.receiver.clone()]
        };
        for source in sources {
            if let Some(peer) = self.party(&source, RESOURCES).await {
                self.query_source(peer, patient).await;
            }
        }
        Some(())
    }

    /// URAs of those to ask.
    pub(super) async fn localise(&self, patient: &str, category: &str) -> Vec<String> {
        let everybody = || self.config.peers.keys().cloned().collect();
        if self.deviates(Deviation::NeverLocalises) {
            return everybody();
        }
        let found = self.ask_where(patient).await.unwrap_or_default();
        if self.deviates(Deviation::QueriesAllKnownSources) {
            return everybody();
        }
        let unknown = found.iter().any(|h| h.ura.is_some() || !h.categories.is_empty());
        if unknown && self.deviates(Deviation::RefusesDutchAdditions) {
            return Vec::new();
        }
        // One and the same place stands in an answer more than once.
        let places: BTreeSet<Holder> = found.into_iter().filter(|h| relevant(h, category)).collect();
        let once: BTreeSet<_> = places.into_iter().map(|h| (h.community, h.source, h.ura)).collect();
        // Without the institution a place cannot be found in the own table or an address book.
        once.into_iter().filter_map(|(_, _, ura)| ura).collect()
    }

    async fn ask_where(&self, patient: &str) -> Option<Vec<Holder>> {
        let base = Url::parse(self.config.facilities.get(&Facility::Mitz)?)?;
        let target = format!("{}/{}", base.target.trim_end_matches('/'), open::PATH);
        let mut question = self.open_question(patient);
        if let Some(deviation) = self.config.deviation {
            deviation.edit_open_question(&mut question);
        }
        let credential = self.config.identity.credential(LeafFlaw::None).ok()?;
        let keys = credential.assertion_keys().ok()?;
        let to = format!("{}{target}", base.origin());
        let message = question.write(&to, keys.signer()).ok()?;
        let kind = format!("{}; action=\"{}\"", Version::V12.content_type(), question.action);
        let request = HttpRequest { method: "POST".into(), target, ..HttpRequest::default() }
            .with_body(&kind, message.into_bytes());
        let tls = self.config.identity.client_tls(&self.config.trust, self.config.deviation, true).ok()?;
        let response = exchange(&base, &request, &tls, &self.config.limits).await.ok()?.response?;
        // A fault finds nothing, and says no more than that.
        if response.status == 200 { xcpd::read_answer(&response.body) } else { None }
    }

    fn open_question(&self, patient: &str) -> Question {
        let identity = &self.config.identity;
        let user = identity.user.rsplit('|').next().unwrap_or_default().to_owned();
        let code = |attribute: &str, code: &str, system: &str| {
            Attribute::new(attribute, Value::code(attribute, code, system, None))
        };
        let instance = |attribute: &str, root: &str, extension: &str| {
            Attribute::new(attribute, Value::instance(attribute, root, extension, Some("CIBG")))
        };
        let attributes = vec![
            code(names::ROLE, ROLE, oid::ROLES),
            instance(names::PROVIDER_IDENTIFIER, oid::UZI, &user),
            instance(names::PROVIDER_INSTITUTION, xcpd::URA, &identity.ura),
            code(names::FACILITY_TYPE, FACILITY_TYPE, oid::FACILITY_TYPES),
            code(names::PURPOSE_OF_USE, "TREAT", oid::PURPOSES),
        ];
        let issuer = format!("urn:oid:{}.{}", xcpd::URA, identity.ura);
        let assertion = Assertion::draft(&issuer, &issuer, xcpd::AUDIENCE, LIFETIME, attributes);
        Question {
            action: xcpd::ACTION.to_owned(),
            patient: patient.to_owned(),
            names_authority: true,
            assertion: Some(assertion),
            signed: true,
        }
    }

    /// One search at a source, with a token of its own.
    async fn query_source(&self, peer: Peer, patient: &str) -> Option<()> {
        let query = self.config.offering.queries.queries.first()?.search_for(patient);
        let mut session = Session::of(peer, None, Some(patient.to_owned()))?;
        self.renew(&mut session).await;
        session.token.as_ref()?;
        self.pull_query(&mut session, &query).await
    }

    /// A token for consulting about a patient; `None` when none is given.
    pub(super) async fn consultation_token(&self, peer: &Peer, patient: &str, scope: Option<&str>) -> Option<String> {
        let scope = scope.unwrap_or(&self.config.rules.scopes.consultation);
        let mut inputs = self.config.identity.token_inputs(&peer.addresses.token_endpoint, scope, clock::now());
        inputs.patient = Some(patient);
        inputs.role = Some(ROLE);
        self.token_for(peer, &inputs).await
    }
}

/// Whether a place has data of a category; one that names no categories may have any.
fn relevant(holder: &Holder, category: &str) -> bool {
    category.is_empty() || holder.categories.is_empty() || holder.categories.iter().any(|c| c == category)
}
