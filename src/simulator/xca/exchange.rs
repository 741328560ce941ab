//! From bytes to bytes: a message is read, its sender admitted, its transaction answered, the answer packed.

use super::holdings::Holdings;
use super::script::{Script, Wrong};
use super::{Admission, Caller, query, retrieve};
use crate::wire::http::{HttpRequest, HttpResponse, header};
use crate::wire::mime::Style;
use crate::wire::mtom::{Attachment, Limits, Outgoing, Package, Packing};
use crate::wire::saml;
use crate::wire::soap::{self, ADDRESSING, Addressing, Blame, Fault, Opened, Version, WSSE};
use crate::wire::xds::{
    ImagingRequest, LIMITS, QueryRequest, QueryResponse, RetrieveRequest, RetrieveResponse, Transaction,
};
use crate::wire::xml::borrowed::{self, Node};

/// Action of a fault (WS-Addressing 1.0 SOAP binding, section 6).
const FAULT_ACTION: &str = "http://www.w3.org/2005/08/addressing/soap/fault";

/// Entities that XML has of itself.
const OWN_ENTITIES: [&str; 5] = ["amp", "lt", "gt", "quot", "apos"];
/// Begin of a document type.
const DOCTYPE: &str = "<!DOCTYPE";

/// One request against the holdings.
pub(super) struct Exchange<'a> {
    pub holdings: &'a Holdings,
    pub admission: &'a Admission,
    pub script: &'a Script,
    /// Whether the patient lets whoever asks see nothing.
    pub withheld: bool,
}

impl Exchange<'_> {
    pub(super) fn answer(&self, request: &HttpRequest) -> (HttpResponse, Option<Transaction>) {
        if self.script.down {
            return (HttpResponse::status(503), None);
        }
        if request.method != "POST" {
            return (HttpResponse::status(405).with_header("allow", "POST"), None);
        }
        let kind = header(&request.headers, "content-type").unwrap_or("application/soap+xml");
        let unreadable = |reason: String| (fault(&Addressing::default(), &Fault::new(Blame::Sender, reason)), None);
        let package = match Package::read(kind, &request.body, &Limits::default()) {
            Ok(package) => package,
            Err(fault) => return unreadable(fault.to_string()),
        };
        let text = match borrowed::text(&package.envelope, &LIMITS) {
            Ok(text) => text,
            Err(fault) => return unreadable(fault.to_string()),
        };
        let cut = text.contains(DOCTYPE) && self.script.has(Wrong::TakesDocumentTypes);
        let cut = cut.then(|| without_document_type(&text));
        let tree = match borrowed::read_text(cut.as_deref().unwrap_or(&text), &LIMITS) {
            Ok(tree) => tree,
            Err(fault) => return unreadable(fault.to_string()),
        };
        let message = cut.as_deref().map_or(package.envelope.as_slice(), str::as_bytes);
        match soap::open(&tree) {
            Ok(opened) => self.opened(message, &opened),
            Err(fault) => unreadable(fault.to_string()),
        }
    }

    fn opened(&self, message: &[u8], opened: &Opened<'_, '_>) -> (HttpResponse, Option<Transaction>) {
        let asked = &opened.addressing;
        let action = asked.action.as_deref().unwrap_or_default();
        let mut transaction = Transaction::of_request(action).filter(|t| t.is_cross_gateway());
        if let Some(body) = opened.body.filter(|_| self.script.has(Wrong::TakesAnyAction)) {
            let gateway = [Transaction::Iti38, Transaction::Iti39, Transaction::Rad75];
            transaction = gateway.into_iter().find(|t| t.request_root() == (body.namespace(), body.name()));
        }
        match self.checked(message, opened, transaction) {
            Ok(response) => (response, transaction),
            Err(refused) if refused.is_security() && self.script.has(Wrong::RefusesWithoutFault) => {
                (self.empty(asked, transaction), transaction)
            }
            Err(refused) => (fault(asked, &refused), transaction),
        }
    }

    /// An answer to a transaction without anything in it.
    fn empty(&self, asked: &Addressing, transaction: Option<Transaction>) -> HttpResponse {
        let transaction = transaction.unwrap_or(Transaction::Iti38);
        let body = match transaction {
            Transaction::Iti38 => QueryResponse::of(Vec::new(), Vec::new()).xml(),
            _ => RetrieveResponse::of(Vec::new(), Vec::new()).xml(),
        };
        self.packed(transaction, asked, &body, Vec::new())
    }

    fn checked(
        &self,
        message: &[u8],
        opened: &Opened<'_, '_>,
        transaction: Option<Transaction>,
    ) -> Result<HttpResponse, Fault> {
        if opened.version == Version::V11 && !self.script.has(Wrong::TakesSoap11) {
            return Err(Fault::new(Blame::VersionMismatch, "SOAP 1.2 is spoken here"));
        }
        let ignored = self.script.has(Wrong::IgnoresMustUnderstand);
        if let Some(block) = opened.not_understood(&[ADDRESSING, WSSE]).first().filter(|_| !ignored) {
            return Err(Fault::new(Blame::MustUnderstand, format!("{} is not understood", block.name)));
        }
        let named = || Fault::action_not_supported(opened.addressing.action.as_deref().unwrap_or_default());
        let transaction = transaction.ok_or_else(named)?;
        let body = opened.body.ok_or_else(|| Fault::new(Blame::Sender, "the body is empty"))?;
        if (body.namespace(), body.name()) != transaction.request_root() {
            return Err(Fault::new(Blame::Sender, format!("`{}` is no body of that action", body.name())));
        }
        self.understood(message)?;
        let mut caller = match (self.admission)(message) {
            Ok(caller) if self.script.has(Wrong::IgnoresAssertedPatient) => Caller { patient: None, ..caller },
            Ok(caller) => caller,
            Err(_) if self.script.has(Wrong::TakesAnybody) => Caller::default(),
            Err(refused) => return Err(refused),
        };
        caller.is_withheld = self.withheld;
        let (answer, attachments) = self.transacted(transaction, body, &caller)?;
        Ok(self.packed(transaction, &opened.addressing, &answer, attachments))
    }

    /// Refuses assertions that are odd, and legal, where that is what is wrong.
    fn understood(&self, message: &[u8]) -> Result<(), Fault> {
        let (one, known) = (self.script.has(Wrong::OneStatement), self.script.has(Wrong::KnownAttributesAlone));
        let header = (one || known).then(|| saml::read(message, &LIMITS).ok()).flatten();
        let assertions = header.iter().flat_map(|h| &h.tokens).map(|t| &t.assertion);
        for assertion in assertions {
            let strange = assertion.attributes().any(|a| saml::names::form(&a.name).is_none());
            if one && assertion.statements.len() > 1 || known && strange {
                return Err(Fault::security("InvalidSecurityToken", "the attributes are not understood"));
            }
        }
        Ok(())
    }

    fn transacted(
        &self,
        transaction: Transaction,
        body: Node<'_, '_>,
        caller: &Caller,
    ) -> Result<(String, Vec<Attachment>), Fault> {
        let unread = |f: crate::wire::xds::XdsFault| Fault::new(Blame::Sender, f.to_string());
        let given = match transaction {
            Transaction::Iti39 => {
                let request = RetrieveRequest::read(body).map_err(unread)?;
                retrieve::documents(self.holdings, self.script, caller, &request)
            }
            Transaction::Rad75 => {
                let request = ImagingRequest::read(body).map_err(unread)?;
                retrieve::images(self.holdings, self.script, caller, &request)
            }
            _ => {
                let request = QueryRequest::read(body).map_err(unread)?;
                let mut response = query::answer(self.holdings, self.script, caller, &request);
                query::spoil(self.script, self.holdings.own_home(), &mut response);
                return Ok((response.xml(), Vec::new()));
            }
        };
        Ok((given.response.xml(), given.attachments))
    }

    /// The answer as a message: plain without attachments, a package with them.
    fn packed(
        &self,
        transaction: Transaction,
        asked: &Addressing,
        body: &str,
        attachments: Vec<Attachment>,
    ) -> HttpResponse {
        let has = |wrong| self.script.has(wrong);
        let inner = match transaction {
            Transaction::Iti38 => Transaction::Iti18,
            Transaction::Iti39 => Transaction::Iti43,
            _ => Transaction::Rad69,
        };
        let action = if has(Wrong::InnerAction) { inner } else { transaction }.response_action();
        let mut addressing = asked.answer(action, &message_id());
        if has(Wrong::OtherRelatesTo) {
            addressing.relates_to = Some(message_id());
        }
        let version = if has(Wrong::Soap11) { Version::V11 } else { Version::V12 };
        let envelope = soap::write(version, &addressing, &[], body);
        if attachments.is_empty() {
            return HttpResponse::text(200, version.content_type(), envelope);
        }
        let packing = Packing {
            inline: has(Wrong::Inline),
            root_last: has(Wrong::RootLast),
            without_start: has(Wrong::NoStart),
            base64: has(Wrong::Base64Parts),
            without_ids: has(Wrong::NoContentIds),
            doubled: has(Wrong::DoubledContentId),
            one_missing: has(Wrong::MissingPart),
            mime: Style { cut: if has(Wrong::Truncated) { 40 } else { 0 }, ..Style::default() },
        };
        let (kind, body) = Outgoing { envelope, attachments }.pack(&packing);
        HttpResponse::new(200, vec![("content-type".to_owned(), kind.to_string())], body)
    }
}

/// The text without its document type, without references to entities that XML itself does not have, and without the
/// elements that had nothing else in them.
fn without_document_type(text: &str) -> String {
    let (before, rest) = text.split_once(DOCTYPE).unwrap_or((text, ""));
    let end = rest.find("]>").map(|at| at + 2).or_else(|| rest.find('>').map(|at| at + 1)).unwrap_or_default();
    let mut parts = rest[end..].split('&');
    let mut clean = format!("{before}{}", parts.next().unwrap_or_default());
    for part in parts {
        match part.split_once(';') {
            Some((name, behind)) if !name.starts_with('#') && !OWN_ENTITIES.contains(&name) => clean.push_str(behind),
            _ => clean.extend(["&", part]),
        }
    }
    clean.replace("<x></x>", "")
}

fn message_id() -> String {
    format!("urn:uuid:{}", uuid::Uuid::new_v4())
}

/// A fault as an answer: 400 where the sender is to blame, and otherwise 500 (SOAP 1.2 part 2, section 7.5.2.2). Who speaks
/// another version is told so in SOAP 1.1, which that version can read.
fn fault(asked: &Addressing, fault: &Fault) -> HttpResponse {
    let version = if fault.blame == Some(Blame::VersionMismatch) { Version::V11 } else { Version::V12 };
    let status = if fault.blame == Some(Blame::Sender) { 400 } else { 500 };
    let text = soap::write(version, &asked.answer(FAULT_ACTION, &message_id()), &[], &fault.body(version));
    HttpResponse::text(status, version.content_type(), text)
}
