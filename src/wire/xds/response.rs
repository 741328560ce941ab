//! The answer to a query: `AdhocQueryResponse` (30-beeldbeschikbaarheid section 6.3).

use serde::{Deserialize, Serialize};

use super::super::xml::borrowed::Node;
use super::super::xml::escape;
use super::{DocumentEntry, QUERY, RIM, RS, RegistryError, Status, XdsFault, attribute, expect};

/// A reference to an entry.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectRef {
    /// Id of the entry.
    pub id: String,
    /// Its community.
    pub home: Option<String>,
}

/// Another object: a submission set or folder (`RegistryPackage`), an association, or one that is not known.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Other {
    /// Name of the element.
    pub element: String,
    /// Its id.
    pub id: String,
    /// Its community.
    pub home: Option<String>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QueryResponse {
    /// Status.
    pub status: Status,
    /// Errors and warnings.
    pub errors: Vec<RegistryError>,
    /// Whether there is a list of objects, if an empty one.
    pub has_list: bool,
    /// Entries with all metadata.
    pub documents: Vec<DocumentEntry>,
    /// References to entries.
    pub references: Vec<ObjectRef>,
    /// Whatever else is listed.
    pub others: Vec<Other>,
}

impl QueryResponse {
    /// An answer with these entries, errors and the status that follows from them: success without errors, failure without
    /// entries, otherwise partial success.
    pub fn of(documents: Vec<DocumentEntry>, errors: Vec<RegistryError>) -> Self {
        let status = match (documents.is_empty(), errors.is_empty()) {
            (_, true) => Status::Success,
            (true, false) => Status::Failure,
            (false, false) => Status::PartialSuccess,
        };
        Self { has_list: status != Status::Failure, status, errors, documents, ..Self::default() }
    }

    /// The same with references in the place of metadata.
    #[must_use]
    pub fn as_references(mut self) -> Self {
        let reference = |d: &DocumentEntry| ObjectRef { id: d.entry_uuid.clone(), home: d.home.clone() };
        self.references.extend(self.documents.iter().map(reference));
        self.documents.clear();
        self
    }

    /// Reads the body of a message.
    ///
    /// # Errors
    /// When it is another element.
    pub fn read(body: Node<'_, '_>) -> Result<Self, XdsFault> {
        expect(body, QUERY, "AdhocQueryResponse")?;
        let list = body.child("RegistryObjectList");
        let mut answer = Self {
            status: Status::read(body.attribute("status")),
            errors: RegistryError::all(body),
            has_list: list.is_some(),
            ..Self::default()
        };
        for object in list.into_iter().flat_map(Node::children) {
            let text = |name: &str| object.attribute(name).map(str::to_owned);
            match object.name() {
                "ExtrinsicObject" if object.namespace() == RIM => answer.documents.push(DocumentEntry::read(object)),
                "ObjectRef" if object.namespace() == RIM => {
                    answer.references.push(ObjectRef { id: text("id").unwrap_or_default(), home: text("home") });
                }
                name => answer.others.push(Other {
                    element: name.to_owned(),
                    id: text("id").unwrap_or_default(),
                    home: text("home"),
                }),
            }
        }
        Ok(answer)
    }

    /// The body of a message.
    pub fn xml(&self) -> String {
        let mut out = String::with_capacity(500 + self.documents.len() * 6000);
        out.push_str(&format!(
            r#"<query:AdhocQueryResponse xmlns:query="{QUERY}" xmlns:rim="{RIM}" xmlns:rs="{RS}"{}>"#,
            attribute("status", self.status.urn().as_deref())
        ));
        out.push_str(&RegistryError::list(&self.errors));
        if self.has_list {
            out.push_str("<rim:RegistryObjectList>");
            for document in &self.documents {
                document.push_xml(&mut out);
            }
            for one in &self.references {
                let home = attribute("home", one.home.as_deref());
                out.push_str(&format!(r#"<rim:ObjectRef id="{}"{home}/>"#, escape(&one.id)));
            }
            for one in &self.others {
                let home = attribute("home", one.home.as_deref());
                out.push_str(&format!(r#"<rim:{} id="{}"{home}/>"#, escape(&one.element), escape(&one.id)));
            }
            out.push_str("</rim:RegistryObjectList>");
        }
        out.push_str("</query:AdhocQueryResponse>");
        out
    }
}
