//! Documents of the reference GtK by IHE MHD on FHIR STU3 (42-correspondentie sections 3 and 5): where they are, in which form
//! they are given, and what a receiver does with those that were announced to it.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Gtk;
use super::outcome::FHIR_JSON;
use super::pull::Session;
use super::resource::Access;
use crate::deviation::Deviation;
use crate::simulator::records::{Records, SearchFault, SearchOutcome, SearchQuery};
use crate::wire::fhir::bundle::{nothing_found, resources};
use crate::wire::http::{HttpRequest, HttpResponse, Url, header};
use crate::wire::task::Offer;

/// Resource types that tell of documents.
const OF_DOCUMENTS: [&str; 2] = ["DocumentReference", "DocumentManifest"];
/// Documents of one announcement that are fetched at most.
const MOST_DOCUMENTS: usize = 200;

/// Whether a request asks for FHIR: what does not is given a Binary as what it holds (hl7.org/fhir/STU3/binary.html#rest).
fn asks_for_fhir(request: &HttpRequest) -> bool {
    let wish = header(&request.headers, "accept").unwrap_or_default();
    wish.contains("fhir") || wish.contains("json") || wish.contains("xml") || request.target.contains("_format=")
}

impl Gtk {
    /// A resource that was read by its id.
    pub(super) fn read_out(&self, resource: &Value, records: &Records, request: &HttpRequest) -> HttpResponse {
        match resource["resourceType"].as_str() {
            Some("Binary") => self.binary(resource, request),
            Some(kind) if OF_DOCUMENTS.contains(&kind) => {
                let mut resource = resource.clone();
                self.at_home(&mut resource, records);
                self.resource(200, &resource, request)
            }
            _ => self.resource(200, resource, request),
        }
    }

    fn binary(&self, resource: &Value, request: &HttpRequest) -> HttpResponse {
        let content = STANDARD.decode(resource["content"].as_str().unwrap_or_default()).unwrap_or_default();
        let content = match self.config.deviation {
            Some(deviation) => deviation.edit_document_content(content),
            None => content,
        };
        if asks_for_fhir(request) {
            let mut binary = resource.clone();
            binary["content"] = json!(STANDARD.encode(content));
            return self.resource(200, &binary, request);
        }
        let kind = resource["contentType"].as_str().unwrap_or("application/octet-stream");
        HttpResponse::new(200, vec![("content-type".to_owned(), kind.to_owned())], content)
    }

    /// An attachment with an absolute URL is at our own address, whatever host the record names.
    pub(super) fn at_home(&self, resource: &mut Value, records: &Records) {
        if let Some(deviation) = self.config.deviation {
            deviation.edit_document(resource);
        }
        if resource["resourceType"] != "DocumentReference" {
            return;
        }
        for content in resource.get_mut("content").and_then(Value::as_array_mut).into_iter().flatten() {
            let Some(Value::String(url)) = content.pointer_mut("/attachment/url") else { continue };
            let absolute = Url::parse(url).is_some();
            if let Some((_, id)) = url.rsplit_once("/Binary/").filter(|_| absolute)
                && records.read("Binary", id).is_some()
            {
                *url = format!("{}/Binary/{id}", self.config.addresses.fhir_base);
            }
        }
    }

    /// The refusal of a search for something that is not offered at all: a source without DocumentManifest (42-correspondentie,
    /// check 10).
    pub(super) fn unserved(&self, query: &SearchQuery, access: &Access, request: &HttpRequest) -> Option<HttpResponse> {
        if self.withholds(&query.resource_type) {
            return Some(self.failure(404, "not-supported", "this resource type is not supported", request));
        }
        if !self.offering_to(access).queries.unserved.contains(&query.resource_type) {
            return None;
        }
        if self.deviates(Deviation::AnswersManifestSearches) {
            return Some(self.resource(200, &nothing_found(), request));
        }
        Some(self.failure(404, "not-supported", "this resource type is not supported", request))
    }

    /// Whether a careless source gives an attachment to whoever knows its URL.
    pub(super) fn gives_without_token(&self, kind: &str, request: &HttpRequest) -> bool {
        let none = header(&request.headers, "authorization").is_none();
        kind == "Binary" && none && self.deviates(Deviation::GivesAttachmentsWithoutToken)
    }

    /// What a careless source finds of documents.
    pub(super) fn find_carelessly(
        &self,
        records: &Records,
        query: &SearchQuery,
        patient: Option<&str>,
    ) -> Option<Result<SearchOutcome, SearchFault>> {
        let deviation = self.config.deviation.filter(|_| OF_DOCUMENTS.contains(&query.resource_type.as_str()))?;
        let ignored: &[&str] = match deviation {
            Deviation::GivesSupersededDocuments => &["status"],
            Deviation::IgnoresPeriods => &["indexed", "created"],
            Deviation::GivesDocumentsOfOtherPatients => &[],
            _ => return None,
        };
        let mut wide = query.clone();
        wide.parameters.retain(|(name, _)| !ignored.contains(&name.as_str()));
        let whose = if ignored.is_empty() { None } else { patient.or(Some("")) };
        Some(records.search(&wide, whose))
    }

    /// Fetches the documents that an announcement led to, each once; gives whether every one of them is a PDF. Only the
    /// source that is known is called, whatever URL an attachment has.
    pub(super) async fn pull_documents(&self, session: &mut Session) -> bool {
        if self.deviates(Deviation::LeavesDocumentsUnfetched) {
            return true;
        }
        let mut known: BTreeSet<String> = session.found.iter().filter_map(id_of).collect();
        for reference in session.found.clone().iter().flat_map(listed) {
            if known.insert(reference.clone())
                && known.len() <= MOST_DOCUMENTS
                && let Some(response) = self.get(session, &reference).await
                && let Ok(document) = serde_json::from_slice(&response.body)
            {
                session.found.push(document);
            }
        }
        let urls: BTreeSet<String> = session.found.iter().flat_map(attachments).take(MOST_DOCUMENTS).collect();
        let mut whole = true;
        for url in urls {
            let content = self.document_at(session, &url).await;
            whole &= content.is_some_and(|bytes| bytes.starts_with(b"%PDF-"));
        }
        whole
    }

    async fn document_at(&self, session: &mut Session, url: &str) -> Option<Vec<u8>> {
        match Url::parse(url) {
            Some(at) if at.origin() == session.base.origin() => {
                let response = self.ask(session, HttpRequest::get(at.target)).await?;
                (response.status == 200).then_some(response.body)
            }
            Some(_) => None,
            None => {
                let request = HttpRequest::get(format!("{}/{url}", session.base.target));
                let response = self.ask(session, request.with_header("accept", FHIR_JSON)).await?;
                let binary: Value = serde_json::from_slice(&response.body).ok()?;
                STANDARD.decode(binary["content"].as_str()?).ok()
            }
        }
    }
}

/// Whether an announcement is about documents alone.
pub(super) fn is_of_documents(offer: &Offer) -> bool {
    let tells = |query: &String| OF_DOCUMENTS.contains(&query.split(['?', '/']).next().unwrap_or_default());
    offer.queries.iter().all(tells) && offer.queries.iter().chain(&offer.references).any(tells)
}

/// What a searchset, or a resource, tells of documents.
pub(super) fn told_of(answer: &Value) -> Vec<Value> {
    let tells = |r: &&Value| r["resourceType"].as_str().is_some_and(|kind| OF_DOCUMENTS.contains(&kind));
    resources(answer).filter(tells).cloned().collect()
}

fn id_of(resource: &Value) -> Option<String> {
    Some(format!("{}/{}", resource["resourceType"].as_str()?, resource["id"].as_str()?))
}

fn texts(resource: &Value, pointer: &str) -> Vec<String> {
    let contents = resource["content"].as_array().into_iter().flatten();
    contents.filter_map(|content| content.pointer(pointer)?.as_str().map(str::to_owned)).collect()
}

/// The documents that a manifest lists.
fn listed(resource: &Value) -> Vec<String> {
    texts(resource, "/pReference/reference")
}

fn attachments(resource: &Value) -> Vec<String> {
    texts(resource, "/attachment/url")
}
