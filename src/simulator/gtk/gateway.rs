//! The reference GtK as a requesting gateway: its user opens a timeline, a report, the images of a study (ITI-38, ITI-39,
//! RAD-75; 30-beeldbeschikbaarheid sections 3 and 6 to 9). What the user is shown is the answer to the trigger.
//!
//! Gateways stand in the own table: no source names the type code by which an address book would know them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::state::Requester;
use super::trigger::{ToReferral, Trigger};
use super::{Facility, Gtk, Peer};
use crate::deviation::{Asks, Deviation};
use crate::net::Incoming;
use crate::net::listen::Answer;
use crate::net::pki::{Credential, LeafFlaw};
use crate::simulator::xca::{Gateway, GatewayRules, MEANS, SOMEBODY_ELSE};
use crate::wire::dicom::manifest::{Manifest, Row};
use crate::wire::dicom::{self, EXPLICIT_LITTLE_ENDIAN};
use crate::wire::http::{HttpRequest, HttpResponse, Url, header};
use crate::wire::mtom::{Facts, Package};
use crate::wire::saml::names::oid;
use crate::wire::saml::security_header;
use crate::wire::soap::{self, Addressing};
use crate::wire::xds::entry::{APPROVED, DocumentEntry, STUDY};
use crate::wire::xds::{
    self, Cx, DocumentId, ImagingRequest, Payload, QueryRequest, RegistryError, RetrieveRequest, Retrieved, Severity,
    Status, StoredQuery, Transaction, write_list, write_text,
};

/// How a requesting GtK asks other gateways.
#[derive(Debug, Clone)]
pub struct Requesting {
    /// Settings of the zorgtoepassing.
    pub rules: GatewayRules,
    /// Plateau whose proofs it gives.
    pub plateau: u8,
    /// What the issuer of the means of authentication signs with, as far as there is one.
    pub means: Option<Credential>,
}

/// Entries that a user was shown, by unique id, with the URA of who gave them.
pub(super) type Timeline = BTreeMap<String, (String, DocumentEntry)>;

/// What the user is shown.
#[derive(Debug, Default, Serialize)]
struct Shown {
    status: &'static str,
    documents: Vec<ShownDocument>,
    images: usize,
    errors: Vec<ShownError>,
}

#[derive(Debug, Serialize)]
struct ShownDocument {
    id: String,
    home: Option<String>,
}

#[derive(Debug, Serialize)]
struct ShownError {
    code: String,
    community: Option<String>,
}

impl Shown {
    fn fail(&mut self, code: &str, community: Option<&str>) {
        self.errors.push(ShownError { code: code.to_owned(), community: community.map(str::to_owned) });
    }

    /// Takes over the errors of an answer. That a patient is unknown somewhere is no error to the user, and neither is a community
    /// that a gateway does not know: a warning (section 6).
    fn take(&mut self, errors: &[RegistryError], tells_all: bool) {
        let counts = |e: &&RegistryError| tells_all || e.code != "XDSUnknownPatientId";
        for error in errors.iter().filter(|e| e.severity != Severity::Warning).filter(counts) {
            self.fail(&error.code, error.location.as_deref());
        }
    }

    fn told(mut self) -> HttpResponse {
        let nothing = self.documents.is_empty() && self.images == 0;
        self.status = match (nothing, self.errors.is_empty()) {
            (_, true) => "success",
            (true, false) => "failure",
            (false, false) => "partial-success",
        };
        let value = serde_json::to_value(&self).unwrap_or_default();
        HttpResponse::json(200, "application/json", &value)
    }
}

impl Gtk {
    /// Answers as a gateway, after Mitz was asked whether the patient lets whoever asks see anything (section 3.1).
    pub(super) async fn answer_as_gateway(self: &Arc<Self>, gateway: Arc<Gateway>, incoming: Incoming) -> Answer {
        let withheld = self.is_withheld(&gateway, &incoming).await;
        gateway.answer_to(&incoming.request, withheld).await
    }

    async fn is_withheld(self: &Arc<Self>, gateway: &Gateway, incoming: &Incoming) -> bool {
        let Some(mitz) = self.config.facilities.get(&Facility::Mitz).filter(|_| !self.config.lenient).cloned() else {
            return false;
        };
        let Some((caller, patient)) = gateway.asked_about(&incoming.request) else { return false };
        if self.deviates(Deviation::ReleasesWithoutAskingMitz) {
            return false;
        }
        let person = |(root, value): (String, String)| format!("{root}|{value}");
        let requester = Requester {
            ura: caller.ura.unwrap_or_default(),
            organisation_type: None,
            user: caller.professional.map(person).unwrap_or_default(),
            role: caller.role,
            mandated: caller.mandated.map(person),
            patient,
        };
        // The data category of images was not found; the one of the profile stands for it.
        let categories = vec![self.config.consent.category.clone()];
        let permitted = self.ask_mitz(&mitz, &requester, categories);
        permitted.await.is_empty()
    }

    /// What a user does at the screen, and is shown.
    pub(super) async fn at_the_screen(self: &Arc<Self>, trigger: Trigger, wish: &ToReferral) -> HttpResponse {
        match trigger {
            Trigger::ShowTimeline => self.show_timeline(wish).await,
            Trigger::RetrieveImages => self.retrieve_images(wish).await,
            _ => self.retrieve_document(wish).await,
        }
    }

    async fn show_timeline(self: &Arc<Self>, wish: &ToReferral) -> HttpResponse {
        self.state().acts_under_mandate = wish.mandated;
        let patient = if wish.patient.is_empty() { self.config.patient.clone() } else { wish.patient.clone() };
        // A source that is agreed on is asked directly; otherwise it is asked where data are.
        let sources: Vec<String> = match wish.receiver.as_str() {
            _ if self.asks(Asks::Everybody) => self.config.peers.keys().cloned().collect(),
            "" => self.localise(&patient, &wish.category).await,
            named => named.split(',').map(str::to_owned).collect(),
        };
        let mut shown = Shown::default();
        for source in sources {
            let Some(peer) = self.config.peers.get(&source) else { continue };
            self.query_gateway(peer, &patient, &mut shown).await;
        }
        if self.asks(Asks::DropsDataBesideErrors) && !shown.errors.is_empty() {
            shown.documents.clear();
        }
        if self.asks(Asks::DropsErrorsBesideData) && !shown.documents.is_empty() {
            shown.errors.clear();
        }
        shown.told()
    }

    /// Whether it asks, or takes what it is told, in this wrong way.
    fn asks(&self, wrong: Asks) -> bool {
        self.wrong() == Some(wrong)
    }

    fn wrong(&self) -> Option<Asks> {
        self.config.deviation.and_then(Deviation::asks)
    }

    async fn query_gateway(&self, peer: &Peer, patient: &str, shown: &mut Shown) {
        let Some(query) = StoredQuery::named("FindDocuments") else { return };
        let mut request = QueryRequest::new(query)
            .with("$XDSDocumentEntryPatientId", &[write_text(&Cx::bsn(patient).write())])
            .with("$XDSDocumentEntryStatus", &[write_list(&[APPROVED])]);
        if let Some(wrong) = self.wrong() {
            wrong.edit_query(&mut request);
        }
        let url = peer.addresses.gateway.as_ref().map(|g| g.query.clone());
        let response = self.ask_gateway(url, Transaction::Iti38, patient, &request.xml()).await;
        let read = response.as_ref().and_then(|r| xds::queried(content_type(r), &r.body));
        let Some(answer) = read else { return shown.fail("XDSUnavailableCommunity", None) };
        shown.take(&answer.errors, self.asks(Asks::TellsUnknownPatient));
        if self.asks(Asks::UnknownTargetIsFailure) && answer.errors.iter().any(|e| e.code == "XDSUnknownCommunity") {
            return;
        }
        for entry in answer.documents {
            if self.asks(Asks::RefusesUnknownSlots) && !entry.slots.is_empty() {
                shown.fail("slots", entry.home.as_deref());
                continue;
            }
            let home = entry.home.clone();
            if home.is_none() && !self.asks(Asks::TakesEntriesWithoutHome) {
                // Whoever leaves it out is named, and nothing of it can be asked for later (section 6.3).
                shown.fail("XDSMissingHomeCommunityId", Some(&format!("urn:oid:{}.{}", oid::URA, peer.ura)));
                continue;
            }
            let Some(id) = entry.unique_id.clone() else { continue };
            shown.documents.push(ShownDocument { id: id.clone(), home });
            self.state().timeline.insert(id, (peer.ura.clone(), entry));
        }
    }

    async fn retrieve_document(self: &Arc<Self>, wish: &ToReferral) -> HttpResponse {
        let mut shown = Shown::default();
        if let Some((entry, _)) = self.document_of(&wish.document, &mut shown).await {
            shown.documents.push(ShownDocument { id: wish.document.clone(), home: entry.home });
        }
        shown.told()
    }

    /// A document of the timeline, whole and as the index says.
    async fn document_of(&self, id: &str, shown: &mut Shown) -> Option<(DocumentEntry, Vec<u8>)> {
        let known = self.state().timeline.get(id).cloned();
        let Some((ura, entry)) = known else {
            shown.fail("XDSDocumentUniqueIdError", None);
            return None;
        };
        let peer = self.config.peers.get(&ura)?;
        let wanted = DocumentId {
            home: entry.home.clone(),
            repository: entry.repository_unique_id.clone(),
            document: Some(id.to_owned()),
        };
        let patient = entry.patient_id.as_deref().map(Cx::read).map(|cx| cx.id).unwrap_or_default();
        let url = peer.addresses.gateway.as_ref().map(|g| g.retrieve.clone());
        let mut request = RetrieveRequest::new(vec![wanted]);
        if let Some(wrong) = self.wrong() {
            wrong.edit_retrieval(&mut request);
        }
        let response = self.ask_gateway(url, Transaction::Iti39, &patient, &request.xml()).await;
        let read = response.as_ref().and_then(|r| xds::retrieved(content_type(r), &r.body));
        let Some((answer, package)) = read else {
            shown.fail("XDSRepositoryError", entry.home.as_deref());
            return None;
        };
        shown.take(&answer.errors, true);
        let given = answer.documents.iter().find(|d| d.id.document.as_deref() == Some(id))?;
        if self.refuses(&entry, given, &package) {
            shown.fail("format", entry.home.as_deref());
            return None;
        }
        let Ok(bytes) = given.bytes(&package) else {
            shown.fail("integrity", entry.home.as_deref());
            return None;
        };
        if !self.is_as_indexed(&entry, &bytes) {
            shown.fail("integrity", entry.home.as_deref());
            return None;
        }
        Some((entry, bytes))
    }

    /// What a careless requester cannot take although it is legal.
    fn refuses(&self, entry: &DocumentEntry, given: &Retrieved, package: &Package) -> bool {
        let mime = entry.mime_type.as_deref();
        match self.wrong() {
            Some(Asks::RefusesInline) => matches!(given.payload, Payload::Inline(_)),
            Some(Asks::RefusesOddPackages) => package.to_json()["remarks"].as_array().is_some_and(|r| !r.is_empty()),
            Some(Asks::RefusesCda) => mime == Some("text/xml"),
            Some(Asks::RefusesPdf) => mime == Some("application/pdf"),
            _ => false,
        }
    }

    fn is_as_indexed(&self, entry: &DocumentEntry, bytes: &[u8]) -> bool {
        if self.asks(Asks::IgnoresHash) {
            return true;
        }
        let facts = Facts::of(bytes);
        let same = |told: &Option<String>, found: &str| told.as_ref().is_none_or(|t| t.eq_ignore_ascii_case(found));
        let delayed = entry.is_delayed() && !self.asks(Asks::RefusesDelayed);
        delayed || same(&entry.hash, &facts.sha1) && same(&entry.size, &facts.length.to_string())
    }

    async fn retrieve_images(self: &Arc<Self>, wish: &ToReferral) -> HttpResponse {
        let mut shown = Shown::default();
        let Some((entry, rows)) = self.listed(&wish.document, &mut shown).await else { return shown.told() };
        let manifest = DocumentId {
            home: entry.home.clone(),
            repository: entry.repository_unique_id.clone(),
            document: entry.unique_id.clone(),
        };
        let mut request = ImagingRequest::of(rows.into_iter().map(wanted), vec![EXPLICIT_LITTLE_ENDIAN.to_owned()]);
        if let Some(wrong) = self.wrong() {
            wrong.edit_images(&mut request, &manifest);
        }
        let ura = self.state().timeline.get(&wish.document).map(|(ura, _)| ura.clone()).unwrap_or_default();
        let url = self.config.peers.get(&ura).and_then(|p| p.addresses.gateway.as_ref()).map(|g| g.images.clone());
        let patient = entry.patient_id.as_deref().map(Cx::read).map(|cx| cx.id).unwrap_or_default();
        let response = self.ask_gateway(url, Transaction::Rad75, &patient, &request.xml()).await;
        match response.as_ref().and_then(|r| xds::retrieved(content_type(r), &r.body)) {
            Some((answer, package)) => {
                shown.take(&answer.errors, true);
                shown.images = answer.documents.iter().filter(|d| d.bytes(&package).is_ok()).count();
                if answer.status != Status::Success && answer.errors.is_empty() {
                    shown.fail("status", entry.home.as_deref());
                }
            }
            None => shown.fail("XDSRepositoryError", entry.home.as_deref()),
        }
        shown.told()
    }

    /// The rows of a manifest, with its entry.
    async fn listed(&self, id: &str, shown: &mut Shown) -> Option<(DocumentEntry, Vec<Row>)> {
        if self.asks(Asks::ImagesWithoutManifest) {
            let entry = self.state().timeline.get(id).map(|(_, entry)| entry.clone())?;
            let study = entry.references(STUDY).first().map(|r| r.id.clone()).unwrap_or_default();
            let series = format!("{study}.1");
            let document = format!("{series}.1");
            let home = entry.home.clone().unwrap_or_default();
            let row = Row { study, series, home, repository: entry.repository_unique_id.clone(), document };
            return Some((entry, vec![row]));
        }
        let (entry, bytes) = self.document_of(id, shown).await?;
        let manifest = dicom::read_bytes(&bytes).ok().and_then(|object| Manifest::of(&object));
        let Some(manifest) = manifest else {
            shown.fail("manifest", entry.home.as_deref());
            return None;
        };
        let rows = manifest.rows(entry.home.as_deref().unwrap_or_default());
        Some((entry, rows))
    }

    /// One message to another gateway; `None` when there is no answer.
    async fn ask_gateway(
        &self,
        to: Option<String>,
        transaction: Transaction,
        patient: &str,
        body: &str,
    ) -> Option<HttpResponse> {
        let to = to?;
        let url = Url::parse(&to)?;
        let request = self.gateway_request(&to, transaction, patient, body)?;
        self.send(&url, request, None).await
    }

    /// The message, signed; `None` when a key cannot sign.
    fn gateway_request(&self, to: &str, transaction: Transaction, patient: &str, body: &str) -> Option<HttpRequest> {
        let requesting = self.config.requesting.as_ref()?;
        let identity = &self.config.identity;
        let credential = identity.credential(LeafFlaw::None).ok()?;
        let mut requester = requesting.rules.requester(identity, &self.config.consent, patient);
        if self.state().acts_under_mandate {
            requester.mandated = GatewayRules::mandated(identity, &self.config.consent);
        }
        let mut assertion = requester.assertion();
        if let Some(wrong) = self.wrong() {
            wrong.edit_assertion(&mut assertion);
        }
        let means = requesting.means.as_ref();
        let signing = means.filter(|_| self.asks(Asks::OrganisationOfStranger)).unwrap_or(credential);
        let own = signing.assertion_keys().ok()?;
        let headers = match self.config.deviation.and_then(Deviation::oddity) {
            Some(oddity) => {
                // Nobody trusts a certificate that was made for nothing.
                let nobody = identity.credential(LeafFlaw::UntrustedIssuer).unwrap_or(credential);
                let nobody = nobody.assertion_keys().ok()?;
                let sent = oddity.send(&assertion, own.signer(), nobody.signer()).ok()?;
                sent.security.iter().map(|s| security_header(s)).chain(sent.beside).collect()
            }
            None => {
                let mut security = assertion.signed(Some(own.signer())).ok()?;
                let proven = requesting.plateau >= 4 && !self.asks(Asks::NoMeans);
                if let Some(means) = means.filter(|_| proven) {
                    if self.asks(Asks::MeansOfOtherUser) {
                        SOMEBODY_ELSE.clone_into(&mut requester.user);
                    }
                    let means = means.assertion_keys().ok()?;
                    security.push_str(&requester.of_means(MEANS).signed(Some(means.signer())).ok()?);
                }
                vec![security_header(&security)]
            }
        };
        Some(self.as_message(to, transaction, &headers, body))
    }

    fn as_message(&self, to: &str, transaction: Transaction, headers: &[String], body: &str) -> HttpRequest {
        let Some(wrong) = self.wrong() else { return xds::request(transaction, to, headers, body) };
        let mut addressing = Addressing::request(transaction.request_action(), to, &message_id());
        addressing.to_is_mandatory = true;
        wrong.edit_addressing(transaction, &mut addressing);
        let text = soap::write(wrong.version(), &addressing, headers, body);
        let kind = soap::content_type(wrong.version(), addressing.action.as_deref());
        let target = Url::parse(to).map_or_else(|| "/".to_owned(), |url| url.target);
        HttpRequest { method: "POST".to_owned(), target, ..HttpRequest::default() }
            .with_body(&kind.to_string(), text.into_bytes())
    }
}

fn message_id() -> String {
    format!("urn:uuid:{}", uuid::Uuid::new_v4())
}

/// A row of a manifest as what is asked for.
fn wanted(row: Row) -> (String, String, DocumentId) {
    let id = DocumentId { home: Some(row.home), repository: row.repository, document: Some(row.document) };
    (row.study, row.series, id)
}

fn content_type(response: &HttpResponse) -> &str {
    header(&response.headers, "content-type").unwrap_or_default()
}
