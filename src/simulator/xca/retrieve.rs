//! ITI-39 and RAD-75: documents and images.

use bytes::Bytes;

use super::holdings::{Community, Holdings, Image};
use super::query::visible;
use super::script::{Script, Wrong};
use super::{Caller, query};
use crate::wire::mtom::Attachment;
use crate::wire::xds::{
    DocumentId, ImagingRequest, Payload, RegistryError, RetrieveRequest, RetrieveResponse, Retrieved,
};

/// An answer with its attachments.
pub(super) struct Given {
    pub response: RetrieveResponse,
    pub attachments: Vec<Attachment>,
}

struct Collecting<'a> {
    holdings: &'a Holdings,
    script: &'a Script,
    caller: &'a Caller,
    documents: Vec<Retrieved>,
    attachments: Vec<Attachment>,
    errors: Vec<RegistryError>,
}

/// Why a document is not given: a code and, for people, more.
type Refused = (&'static str, String);

/// Answers ITI-39.
pub(super) fn documents(holdings: &Holdings, script: &Script, caller: &Caller, request: &RetrieveRequest) -> Given {
    let mut all = Collecting::new(holdings, script, caller);
    for id in &request.documents {
        let found = all.document(id);
        all.add(id, found);
    }
    all.given()
}

/// Answers RAD-75.
pub(super) fn images(holdings: &Holdings, script: &Script, caller: &Caller, request: &ImagingRequest) -> Given {
    let mut all = Collecting::new(holdings, script, caller);
    if request.transfer_syntaxes.is_empty() {
        let refused = ("XDSRepositoryError", "the request names no transfer syntax".to_owned());
        all.add(&DocumentId::default(), Err(refused));
        return all.given();
    }
    for (study, series, id) in request.instances() {
        let found = all.image(study, series, id, &request.transfer_syntaxes);
        all.add(id, found);
    }
    all.given()
}

impl<'a> Collecting<'a> {
    fn new(holdings: &'a Holdings, script: &'a Script, caller: &'a Caller) -> Self {
        let (documents, attachments, errors) = Default::default();
        Self { holdings, script, caller, documents, attachments, errors }
    }

    fn community(&self, id: &DocumentId) -> Result<&'a Community, Refused> {
        match id.home.as_deref().filter(|h| !h.is_empty()) {
            None if self.script.has(Wrong::OverlooksHome) => {
                self.holdings.communities.first().ok_or(("XDSUnknownCommunity", String::new()))
            }
            None => Err(("XDSMissingHomeCommunityId", "the home community is not named".to_owned())),
            Some(home) => {
                self.holdings.community(home).ok_or(("XDSUnknownCommunity", format!("{home} is not known here")))
            }
        }
    }

    fn document(&self, id: &DocumentId) -> Result<(String, Bytes), Refused> {
        let community = self.community(id)?;
        let repository = id.repository.as_deref().unwrap_or_default();
        if !community.repositories.iter().any(|r| r == repository) {
            return Err(("XDSUnknownRepositoryId", format!("{repository} is not known here")));
        }
        let wanted = id.document.as_deref().unwrap_or_default();
        let error = ("XDSDocumentUniqueIdError", format!("{wanted} is not available"));
        let own = community.documents.iter().filter(|h| h.entry.repository_unique_id.as_deref() == Some(repository));
        let found = own.into_iter().find(|h| h.entry.unique_id.as_deref() == Some(wanted)).ok_or(error.clone())?;
        if !self.script.has(Wrong::IgnoresConsent) && !visible(self.holdings, self.caller, &found.entry) {
            return Err(error);
        }
        let mime = found.entry.mime_type.clone().unwrap_or_default();
        let bytes =
            found.content.bytes().map_err(|_| ("XDSRepositoryError", "the document cannot be read".to_owned()))?;
        Ok((mime, bytes))
    }

    fn image(&self, study: &str, series: &str, id: &DocumentId, wanted: &[String]) -> Result<(String, Bytes), Refused> {
        let community = self.community(id)?;
        let source = id.repository.as_deref().unwrap_or_default();
        if !community.imaging_sources.iter().any(|s| s == source) {
            return Err(("XDSUnknownRepositoryId", format!("{source} is no imaging source here")));
        }
        let uid = id.document.as_deref().unwrap_or_default();
        let is = |i: &&Image| i.instance == uid && i.series == series && i.study == study && i.source == source;
        let error = ("XDSDocumentUniqueIdError", format!("{uid} is not available"));
        let found = community.images.iter().find(is).ok_or(error.clone())?;
        if !self.script.has(Wrong::IgnoresConsent) && !self.may_see(community, found) {
            return Err(error);
        }
        let mut chosen = wanted.iter().find_map(|w| found.forms.iter().find(|f| f.transfer_syntax == *w));
        if self.script.has(Wrong::OtherTransferSyntax) {
            chosen = found.forms.iter().find(|f| !wanted.contains(&f.transfer_syntax)).or(chosen);
        }
        let none = || ("XDSRepositoryError", format!("{uid} cannot be given in a transfer syntax of the request"));
        let form = chosen.ok_or_else(none)?;
        let bytes = form.content.bytes().map_err(|_| ("XDSRepositoryError", "the image cannot be read".to_owned()))?;
        Ok(("application/dicom".to_owned(), bytes))
    }

    /// Images fall under the classes of the entries that refer to their study.
    fn may_see(&self, community: &Community, image: &Image) -> bool {
        if self.caller.patient.as_deref().is_some_and(|p| p != image.bsn) {
            return false;
        }
        let refers = |references: &[String]| references.iter().any(|r| r.split('^').next() == Some(&image.study));
        let entries = community.documents.iter().map(|h| &h.entry).filter(|e| refers(&e.reference_id_list));
        let manifests = entries.filter(|e| e.mime_type.as_deref() == Some("application/dicom"));
        let classes: Vec<_> = manifests.flat_map(|e| &e.class_code).map(|c| c.code.as_str()).collect();
        self.holdings.permits(Some(&image.bsn), self.caller.ura.as_deref(), &classes)
    }

    fn add(&mut self, id: &DocumentId, found: Result<(String, Bytes), Refused>) {
        match found {
            Ok((mime_type, bytes)) => {
                let content_id = format!("{}@twiin-harness.test", uuid::Uuid::new_v4());
                let mut id = id.clone();
                if self.script.has(Wrong::OtherDocument) {
                    id.document = Some("2.999.0".to_owned());
                }
                let payload = Payload::Include(format!("cid:{content_id}"));
                self.documents.push(Retrieved { id, mime_type: Some(mime_type.clone()), payload });
                self.attachments.push(Attachment { content_id, media_type: mime_type, bytes: bytes.to_vec() });
            }
            Err((code, context)) => self.errors.push(RegistryError::new(code, context, self.location(id))),
        }
    }

    /// The community of the request when it is ours, and else the one that the gateway names as itself.
    fn location(&self, id: &DocumentId) -> &'a str {
        let named = id.home.as_deref().and_then(|h| self.holdings.community(h));
        named.map_or(self.holdings.own_home(), |c| c.home.as_str())
    }

    fn given(self) -> Given {
        let mut response = RetrieveResponse::of(self.documents, self.errors);
        query::spoil_status(self.script, &mut response.status, &mut response.errors);
        Given { response, attachments: self.attachments }
    }
}
