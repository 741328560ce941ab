//! ITI-39 and RAD-75: documents and images.

use bytes::Bytes;

use super::holdings::{Community, Form, Holdings, Image};
use super::query::visible;
use super::script::{Script, Wrong};
use super::{Caller, query};
use crate::wire::dicom::{self, EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN, MEDIA_TYPE};
use crate::wire::mtom::Attachment;
use crate::wire::xds::{
    DocumentId, ImagingRequest, Payload, RegistryError, RetrieveRequest, RetrieveResponse, Retrieved,
};

/// Codes that say that something is not there.
const MISSES: [&str; 2] = ["XDSDocumentUniqueIdError", "XDSUnknownRepositoryId"];

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
        let elsewhere = self.holdings.communities.first().is_some_and(|first| first.home != community.home);
        if elsewhere && self.script.has(Wrong::OneImagingSource)
            || !community.imaging_sources.iter().any(|s| s == source)
        {
            return Err(("XDSUnknownRepositoryId", format!("{source} is no imaging source here")));
        }
        let uid = id.document.as_deref().unwrap_or_default();
        let is = |i: &&Image| i.instance == uid && i.series == series && i.study == study && i.source == source;
        let error = ("XDSDocumentUniqueIdError", format!("{uid} is not available"));
        let found = community.images.iter().find(is).ok_or(error.clone())?;
        if !self.script.has(Wrong::IgnoresConsent) && !self.may_see(community, found) {
            return Err(error);
        }
        let none = || ("XDSRepositoryError", format!("{uid} cannot be given in a transfer syntax of the request"));
        let bytes = self.file(found, wanted)?.ok_or_else(none)?;
        Ok((MEDIA_TYPE.to_owned(), self.relabelled(bytes, found)))
    }

    /// The file of an image in a transfer syntax that was asked for, or in another one where that is what is wrong.
    fn file(&self, image: &Image, wanted: &[String]) -> Result<Option<Bytes>, Refused> {
        let given = |wanted: &[String]| {
            let unreadable = |_| ("XDSRepositoryError", "the image cannot be read".to_owned());
            Ok(Form::given_as(&image.forms, wanted).map_err(unreadable)?.map(|(_, bytes)| bytes))
        };
        if self.script.has(Wrong::OtherTransferSyntax) {
            let native = [EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN].map(str::to_owned);
            let own = image.forms.iter().map(|f| f.transfer_syntax.clone());
            let others: Vec<_> = own.chain(native).filter(|s| !wanted.contains(s)).collect();
            if let Some(bytes) = given(&others)? {
                return Ok(Some(bytes));
            }
        }
        given(wanted)
    }

    /// The file with other UIDs where that is what is wrong.
    fn relabelled(&self, bytes: Bytes, image: &Image) -> Bytes {
        let wrong = [(Wrong::OtherInstance, &image.instance), (Wrong::OtherStudy, &image.study)];
        let to_change = wrong.into_iter().filter(|(wrong, _)| self.script.has(*wrong));
        to_change.fold(bytes, |bytes, (_, uid)| dicom::with_uid(&bytes, uid, &other_uid(uid)).into())
    }

    /// Images fall under the classes of the entries that refer to their study.
    fn may_see(&self, community: &Community, image: &Image) -> bool {
        if self.caller.is_withheld || self.caller.patient.as_deref().is_some_and(|p| p != image.bsn) {
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
                let mime_type = match self.script.has(Wrong::OtherMediaType) {
                    true => "application/octet-stream".to_owned(),
                    false => mime_type,
                };
                self.documents.push(Retrieved { id, mime_type: Some(mime_type.clone()), payload });
                self.attachments.push(Attachment { content_id, media_type: mime_type, bytes: bytes.to_vec() });
            }
            Err((code, _)) if MISSES.contains(&code) && self.script.has(Wrong::SilentMisses) => {}
            Err((code, context)) => self.errors.push(RegistryError::new(code, context, self.location(id))),
        }
    }

    /// The community of the request when it is ours, and else the one that the gateway names as itself.
    fn location(&self, id: &DocumentId) -> &'a str {
        let named = id.home.as_deref().and_then(|h| self.holdings.community(h));
        named.map_or(self.holdings.own_home(), |c| c.home.as_str())
    }

    fn given(mut self) -> Given {
        if self.script.has(Wrong::AllOrNothing) && !self.errors.is_empty() {
            self.documents.clear();
            self.attachments.clear();
        }
        let mut response = RetrieveResponse::of(self.documents, self.errors);
        query::spoil_status(self.script, self.holdings.own_home(), &mut response.status, &mut response.errors);
        Given { response, attachments: self.attachments }
    }
}

/// A UID of the same length that differs in the last sign.
fn other_uid(uid: &str) -> String {
    let mut other = uid.to_owned();
    let last = other.pop();
    other.push(if last == Some('8') { '7' } else { '8' });
    other
}
