//! From words to messages.

use super::words::{
    Body, GatewayImages, GatewayQuery, GatewayRetrieve, Hostile, MessageForm, Parameter, Returns, WantedDocument,
};
use crate::wire::http::{HttpRequest, Url};
use crate::wire::mtom::{Outgoing, Packing};
use crate::wire::saml::{Assertion, Signer, Unsigned, security_header};
use crate::wire::soap::{self, Addressing, Version};
use crate::wire::xds::{
    Cx, DocumentId, ImagingRequest, QueryRequest, RetrieveRequest, ReturnType, StoredQuery, TARGET_COMMUNITIES,
    Transaction, entry, write_list, write_text,
};

/// Status parameters, which are always asked as approved (BB-META-016).
const STATUS: [&str; 3] = ["$XDSDocumentEntryStatus", "$XDSSubmissionSetStatus", "$XDSFolderStatus"];

/// Where a message goes, and who asks.
#[derive(Debug, Clone)]
pub struct Asking<'a> {
    /// The endpoint.
    pub to: &'a str,
    /// BSN of the patient that is asked about.
    pub patient: &'a str,
    /// The good assertion, which says what is asked of the candidate's side.
    pub assertion: &'a Assertion,
    /// Who signs it.
    pub signer: Signer<'a>,
    /// Somebody whom nobody trusts.
    pub stranger: Signer<'a>,
    /// What the issuer of the means of authentication says beside it, signed.
    pub means: Option<&'a str>,
}

impl Asking<'_> {
    /// The message of a word.
    ///
    /// # Errors
    /// When a key cannot sign.
    pub fn request(&self, word: &impl Body) -> Result<HttpRequest, Unsigned> {
        let form = word.form();
        let transaction = form.action.unwrap_or_else(|| word.transaction());
        let version = if form.soap_11 { Version::V11 } else { Version::V12 };
        let mut addressing = Addressing::request(transaction.request_action(), self.to, &fresh());
        addressing.to_is_mandatory = true;
        if let Some(reply_to) = &form.reply_to {
            addressing.reply_to = Some(reply_to.clone());
        }
        let headers = self.headers(form)?;
        let text = soap::write(version, &addressing, &headers, &word.body(self.patient));
        let target = Url::parse(self.to).map_or_else(|| "/".to_owned(), |url| url.target);
        let request = HttpRequest { method: "POST".to_owned(), target, ..HttpRequest::default() };
        if form.packaged {
            let (kind, body) = Outgoing { envelope: text, attachments: Vec::new() }.pack(&Packing::default());
            return Ok(request.with_body(&kind.to_string(), body));
        }
        let mut kind = soap::content_type(version, Some(transaction.request_action()));
        if form.hostile == Some(Hostile::Utf16) {
            kind.parameters.iter_mut().filter(|(n, _)| n == "charset").for_each(|(_, v)| "UTF-16".clone_into(v));
        }
        Ok(request.with_body(&kind.to_string(), spoilt(text, form.hostile)))
    }

    fn headers(&self, form: &MessageForm) -> Result<Vec<String>, Unsigned> {
        let mut headers = match form.assertion {
            None => {
                let own = self.assertion.signed(Some(self.signer))?;
                vec![security_header(&format!("{own}{}", self.means.unwrap_or_default()))]
            }
            Some(oddity) => {
                let sent = oddity.send(self.assertion, self.signer, self.stranger)?;
                sent.security.iter().map(|s| security_header(s)).chain(sent.beside).collect()
            }
        };
        if form.strange_header {
            headers.push(r#"<x:Strange xmlns:x="urn:example:strange" e:mustUnderstand="1"/>"#.to_owned());
        }
        Ok(headers)
    }
}

fn fresh() -> String {
    format!("urn:uuid:{}", uuid::Uuid::new_v4())
}

/// The bytes of a message that does harm.
fn spoilt(text: String, hostile: Option<Hostile>) -> Vec<u8> {
    let behind_declaration = |inserted: &str| text.replacen("?>", &format!("?>{inserted}"), 1);
    let in_body = |text: &str, inserted: &str| text.replacen("<e:Body>", &format!("<e:Body>{inserted}"), 1);
    match hostile {
        None => text.into_bytes(),
        Some(Hostile::ExternalEntity) => {
            let declared = behind_declaration("<!DOCTYPE e [<!ENTITY x SYSTEM \"file:///etc/hostname\">]>");
            in_body(&declared, "<x>&x;</x>").into_bytes()
        }
        Some(Hostile::EntityBomb) => {
            let level = |n: usize| format!("<!ENTITY x{n} \"{}\">", format!("&x{};", n - 1).repeat(10));
            let levels: String = (1..10).map(level).collect();
            let declared = behind_declaration(&format!("<!DOCTYPE e [<!ENTITY x0 \"SIM\">{levels}]>"));
            in_body(&declared, "<x>&x9;</x>").into_bytes()
        }
        Some(Hostile::Depth) => {
            let deep = format!("{}{}", "<x>".repeat(10_000), "</x>".repeat(10_000));
            in_body(&text, &deep).into_bytes()
        }
        Some(Hostile::Truncated) => text.as_bytes()[..text.len() * 9 / 10].to_vec(),
        Some(Hostile::Utf16) => {
            let wide = text.replacen("UTF-8", "UTF-16", 1);
            [0xff, 0xfe].into_iter().chain(wide.encode_utf16().flat_map(u16::to_le_bytes)).collect()
        }
    }
}

impl Body for GatewayQuery {
    fn transaction(&self) -> Transaction {
        Transaction::Iti38
    }

    fn body(&self, patient: &str) -> String {
        let stored = StoredQuery::named(&self.stored_query);
        let mut request = stored.map_or_else(
            || QueryRequest {
                id: self.stored_query.clone(),
                ..QueryRequest::new(&crate::wire::xds::STORED_QUERIES[0])
            },
            QueryRequest::new,
        );
        request.home.clone_from(&self.home);
        request.return_type = match self.returns {
            Returns::Metadata => ReturnType::LeafClass,
            Returns::References => ReturnType::ObjectRef,
        };
        if let Some(stored) = stored.or_else(|| StoredQuery::named("FindDocuments")) {
            request = usual(request, stored, patient);
        }
        for parameter in &self.parameters {
            request = request.with(&parameter.name, &[written(parameter)]);
        }
        if let Some(targets) = &self.target_communities {
            request = request.with(TARGET_COMMUNITIES, &[write_list(targets)]);
        }
        request.parameters.retain(|p| !self.without.contains(&p.name));
        request.xml()
    }

    fn form(&self) -> &MessageForm {
        &self.message
    }
}

/// The parameters that a query needs and that do not depend on what is looked for: patient and status.
fn usual(mut request: QueryRequest, stored: &StoredQuery, patient: &str) -> QueryRequest {
    if let Some(name) = stored.patient_parameter() {
        request = request.with(name, &[write_text(&Cx::bsn(patient).write())]);
    }
    let needs = |name: &str| stored.needs.iter().any(|n| matches!(n, crate::wire::xds::Need::One(own) if *own == name));
    for name in STATUS.into_iter().filter(|n| needs(n)) {
        request = request.with(name, &[write_list(&[entry::APPROVED])]);
    }
    request
}

fn written(parameter: &Parameter) -> String {
    parameter.written.clone().unwrap_or_else(|| write_list(&parameter.any_of))
}

impl Body for GatewayRetrieve {
    fn transaction(&self) -> Transaction {
        Transaction::Iti39
    }

    fn body(&self, _: &str) -> String {
        RetrieveRequest::new(self.documents.iter().map(WantedDocument::id).collect()).xml()
    }

    fn form(&self) -> &MessageForm {
        &self.message
    }
}

impl WantedDocument {
    fn id(&self) -> DocumentId {
        DocumentId { home: self.home.clone(), repository: self.repository.clone(), document: self.document.clone() }
    }
}

impl Body for GatewayImages {
    fn transaction(&self) -> Transaction {
        Transaction::Rad75
    }

    fn body(&self, _: &str) -> String {
        let wanted = self.images.iter().map(|image| {
            let id = DocumentId {
                home: image.home.clone(),
                repository: Some(image.source.clone()),
                document: Some(image.instance.clone()),
            };
            (image.study.clone(), image.series.clone(), id)
        });
        ImagingRequest::of(wanted, self.transfer_syntaxes.clone()).xml()
    }

    fn form(&self) -> &MessageForm {
        &self.message
    }
}
