//! Documents asked for and given: `RetrieveDocumentSetRequest` and `RetrieveDocumentSetResponse`
//! (30-beeldbeschikbaarheid section 8).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::document;
use super::super::mtom::{Facts, MtomFault, Package, Streamed, XOP};
use super::super::xml::borrowed::Node;
use super::super::xml::escape;
use super::{RS, RegistryError, Status, XDS, XdsFault, attribute, expect};

/// What is known of a document without its bytes: size and digests, and what its content is.
type Known = (Facts, Option<Value>);

fn known(bytes: &[u8]) -> Known {
    (Facts::of(bytes), Some(document::describe(bytes)))
}

/// The three ids of a document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DocumentId {
    /// `HomeCommunityId`, `urn:oid:…`; required between gateways.
    pub home: Option<String>,
    /// `RepositoryUniqueId`, a bare OID.
    pub repository: Option<String>,
    /// `DocumentUniqueId`.
    pub document: Option<String>,
}

impl DocumentId {
    /// All three.
    pub fn new(home: &str, repository: &str, document: &str) -> Self {
        Self { home: Some(home.into()), repository: Some(repository.into()), document: Some(document.into()) }
    }

    pub(super) fn read(node: Node<'_, '_>) -> Self {
        let text = |name: &str| node.child(name).map(|e| e.text().to_owned());
        Self {
            home: text("HomeCommunityId"),
            repository: text("RepositoryUniqueId"),
            document: text("DocumentUniqueId"),
        }
    }

    /// Whether the ids that are there stand in the order that the schema has.
    pub(super) fn in_order(node: Node<'_, '_>) -> bool {
        const ORDER: [&str; 3] = ["HomeCommunityId", "RepositoryUniqueId", "DocumentUniqueId"];
        let places: Vec<_> = node.children().filter_map(|c| ORDER.iter().position(|n| *n == c.name())).collect();
        places.is_sorted_by(|a, b| a < b)
    }

    fn ids(&self) -> String {
        let one = |name: &str, value: &Option<String>| {
            value.as_ref().map(|v| format!("<ihe:{name}>{}</ihe:{name}>", escape(v))).unwrap_or_default()
        };
        [
            one("HomeCommunityId", &self.home),
            one("RepositoryUniqueId", &self.repository),
            one("DocumentUniqueId", &self.document),
        ]
        .concat()
    }

    pub(super) fn request_xml(&self) -> String {
        format!("<ihe:DocumentRequest>{}</ihe:DocumentRequest>", self.ids())
    }
}

/// A request for documents.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RetrieveRequest {
    /// Which documents.
    pub documents: Vec<DocumentId>,
    /// Whether all ids stand in the order of the schema.
    pub in_order: bool,
}

impl RetrieveRequest {
    /// A request for these.
    pub fn new(documents: Vec<DocumentId>) -> Self {
        Self { documents, in_order: true }
    }

    /// Reads the body of a message.
    ///
    /// # Errors
    /// When it is another element.
    pub fn read(body: Node<'_, '_>) -> Result<Self, XdsFault> {
        expect(body, XDS, "RetrieveDocumentSetRequest")?;
        let requests: Vec<_> = body.children_named("DocumentRequest").collect();
        Ok(Self {
            documents: requests.iter().map(|r| DocumentId::read(*r)).collect(),
            in_order: requests.iter().all(|r| DocumentId::in_order(*r)),
        })
    }

    /// The body of a message.
    pub fn xml(&self) -> String {
        let all: String = self.documents.iter().map(DocumentId::request_xml).collect();
        format!(r#"<ihe:RetrieveDocumentSetRequest xmlns:ihe="{XDS}">{all}</ihe:RetrieveDocumentSetRequest>"#)
    }
}

/// Where the bytes of a document are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Payload {
    /// In a part of the package: the reference to it.
    Include(String),
    /// In the element, as base64 (un-optimised, legal).
    Inline(String),
    /// Nowhere.
    #[default]
    Missing,
}

impl Payload {
    fn read(document: Option<Node<'_, '_>>) -> Self {
        let Some(document) = document else { return Self::Missing };
        match document.children().find(|c| c.is(XOP, "Include")) {
            Some(include) => Self::Include(include.attribute("href").unwrap_or_default().to_owned()),
            None => Self::Inline(document.text().to_owned()),
        }
    }
}

/// A document of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Retrieved {
    /// Its ids.
    pub id: DocumentId,
    /// `mimeType`.
    pub mime_type: Option<String>,
    /// Its bytes.
    pub payload: Payload,
}

impl Retrieved {
    /// Its bytes, from the message that it came in.
    ///
    /// # Errors
    /// When there are none, or the reference to them leads nowhere.
    pub fn bytes(&self, package: &Package) -> Result<Vec<u8>, MtomFault> {
        match &self.payload {
            Payload::Include(href) => package.decoded(package.referred(href)?),
            Payload::Inline(text) => super::super::mtom::inline(text),
            Payload::Missing => Err(MtomFault::Reference(String::new())),
        }
    }

    /// Size and digests, from the message that it came in.
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes).
    pub fn facts(&self, package: &Package) -> Result<Facts, MtomFault> {
        self.bytes(package).map(|b| Facts::of(&b))
    }

    /// What is known of it where the message was read piece by piece; `contents` says what each part is.
    fn known_of_stream(&self, streamed: &Streamed, contents: &[Value]) -> Result<Known, MtomFault> {
        match &self.payload {
            Payload::Include(href) => {
                let part = streamed.referred(href)?;
                Ok((streamed.parts[part].facts.clone(), contents.get(part).cloned()))
            }
            Payload::Inline(text) => super::super::mtom::inline(text).map(|bytes| known(&bytes)),
            Payload::Missing => Err(MtomFault::Reference(String::new())),
        }
    }

    fn to_json(&self, facts: Result<Known, MtomFault>) -> Value {
        let form = match self.payload {
            Payload::Include(_) => "xop",
            Payload::Inline(_) => "inline",
            Payload::Missing => "missing",
        };
        let mut value = json!({
            "home": self.id.home, "repository": self.id.repository, "document": self.id.document,
            "mimeType": self.mime_type, "form": form,
        });
        match facts {
            Ok((facts, content)) => {
                if let Some(content) = content {
                    value["content"] = content;
                }
                value["length"] = facts.length.into();
                value["sha1"] = facts.sha1.into();
                value["sha256"] = facts.sha256.into();
            }
            Err(fault) => value["fault"] = fault.name().into(),
        }
        value
    }
}

/// An answer with documents.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RetrieveResponse {
    /// Status.
    pub status: Status,
    /// Errors and warnings.
    pub errors: Vec<RegistryError>,
    /// The documents in order.
    pub documents: Vec<Retrieved>,
}

impl RetrieveResponse {
    /// An answer with these documents and errors, and the status that follows from them.
    pub fn of(documents: Vec<Retrieved>, errors: Vec<RegistryError>) -> Self {
        let status = match (documents.is_empty(), errors.is_empty()) {
            (_, true) => Status::Success,
            (true, false) => Status::Failure,
            (false, false) => Status::PartialSuccess,
        };
        Self { status, errors, documents }
    }

    /// Reads the body of a message.
    ///
    /// # Errors
    /// When it is another element, or has no `RegistryResponse`.
    pub fn read(body: Node<'_, '_>) -> Result<Self, XdsFault> {
        expect(body, XDS, "RetrieveDocumentSetResponse")?;
        let answer = body.child("RegistryResponse").ok_or(XdsFault::Missing("RegistryResponse"))?;
        let document = |node: Node<'_, '_>| Retrieved {
            id: DocumentId::read(node),
            mime_type: node.child("mimeType").map(|m| m.text().to_owned()),
            payload: Payload::read(node.child("Document")),
        };
        Ok(Self {
            status: Status::read(answer.attribute("status")),
            errors: RegistryError::all(answer),
            documents: body.children_named("DocumentResponse").map(document).collect(),
        })
    }

    /// The body of a message; documents in parts refer to them.
    pub fn xml(&self) -> String {
        let mut out = format!(
            r#"<ihe:RetrieveDocumentSetResponse xmlns:ihe="{XDS}" xmlns:rs="{RS}"><rs:RegistryResponse{}>{}</rs:RegistryResponse>"#,
            attribute("status", self.status.urn().as_deref()),
            RegistryError::list(&self.errors)
        );
        for document in &self.documents {
            let mime = document.mime_type.as_ref().map(|m| format!("<ihe:mimeType>{}</ihe:mimeType>", escape(m)));
            out.push_str(&format!("<ihe:DocumentResponse>{}{}", document.id.ids(), mime.unwrap_or_default()));
            match &document.payload {
                Payload::Include(href) => out.push_str(&format!(
                    r#"<ihe:Document><xop:Include xmlns:xop="{XOP}" href="{}"/></ihe:Document>"#,
                    escape(href)
                )),
                Payload::Inline(text) => out.push_str(&format!("<ihe:Document>{}</ihe:Document>", escape(text))),
                Payload::Missing => {}
            }
            out.push_str("</ihe:DocumentResponse>");
        }
        out.push_str("</ihe:RetrieveDocumentSetResponse>");
        out
    }

    /// The JSON form, for a transcript: `status`, `errors`, and for each document its ids, media type, `form` (`xop`,
    /// `inline` or `missing`), size and digests, or the `fault` that keeps it from being had. In the place of its bytes, `content`
    /// is what [`document::describe`] says of them.
    pub fn to_json(&self, package: &Package) -> Value {
        self.json(|d| d.bytes(package).map(|bytes| known(&bytes)))
    }

    /// The same where the message was read piece by piece; `contents` has for each part what was said of it when it passed.
    pub fn to_json_of_stream(&self, streamed: &Streamed, contents: &[Value]) -> Value {
        self.json(|d| d.known_of_stream(streamed, contents))
    }

    fn json(&self, facts: impl Fn(&Retrieved) -> Result<Known, MtomFault>) -> Value {
        let documents: Vec<_> = self.documents.iter().map(|d| d.to_json(facts(d))).collect();
        json!({ "status": self.status, "errors": self.errors, "documents": documents })
    }
}
