//! The query: `AdhocQueryRequest` (30-beeldbeschikbaarheid sections 6.1 and 6.2).

use serde::{Deserialize, Serialize};

use super::super::xml::borrowed::Node;
use super::super::xml::escape;
use super::slot::{self, Slot};
use super::stored::{Need, StoredQuery, TARGET_COMMUNITIES};
use super::value::{Literal, ValueFault, parse};
use super::{QUERY, RIM, XdsFault, attribute, expect};

/// What an answer has for each entry.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ReturnType {
    /// All metadata.
    #[default]
    LeafClass,
    /// Ids only.
    ObjectRef,
    /// Some other text.
    Other(String),
    /// Nothing said.
    Missing,
}

impl ReturnType {
    fn read(text: Option<&str>) -> Self {
        match text {
            None => Self::Missing,
            Some("LeafClass") => Self::LeafClass,
            Some("ObjectRef") => Self::ObjectRef,
            Some(other) => Self::Other(other.to_owned()),
        }
    }

    fn text(&self) -> Option<&str> {
        match self {
            Self::LeafClass => Some("LeafClass"),
            Self::ObjectRef => Some("ObjectRef"),
            Self::Other(text) => Some(text),
            Self::Missing => None,
        }
    }
}

/// A query.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QueryRequest {
    /// `ResponseOption/@returnType`.
    pub return_type: ReturnType,
    /// `ResponseOption/@returnComposedObjects`.
    pub return_composed_objects: Option<bool>,
    /// `AdhocQuery/@id`: which stored query.
    pub id: String,
    /// `AdhocQuery/@home`.
    pub home: Option<String>,
    /// The parameters as they were sent, values in their own syntax.
    pub parameters: Vec<Slot>,
}

/// An error that a query asks for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Complaint {
    /// The query id is not known.
    UnknownQuery(String),
    /// A parameter is missing; both names where one of two is needed.
    Missing(String),
    /// A parameter has several values where it may have one, or both of two are there.
    Number(String),
    /// A value is not in the syntax.
    Value(String, &'static str),
    /// The community is not named and has to be.
    NoHome,
    /// The list of communities is there and empty. Which code an answer has is not specified.
    NoTarget,
}

impl Complaint {
    /// The error code; `None` where none is specified.
    pub fn code(&self) -> Option<&'static str> {
        match self {
            Self::UnknownQuery(_) => Some("XDSUnknownStoredQuery"),
            Self::Missing(_) => Some("XDSStoredQueryMissingParam"),
            Self::Number(_) => Some("XDSStoredQueryParamNumber"),
            Self::Value(..) => Some("XDSRegistryError"),
            Self::NoHome => Some("XDSMissingHomeCommunityId"),
            Self::NoTarget => None,
        }
    }

    /// What to tell people.
    pub fn context(&self) -> String {
        match self {
            Self::UnknownQuery(id) => format!("stored query {id} is not known"),
            Self::Missing(name) => format!("{name} is missing"),
            Self::Number(name) => format!("{name} has more values than it may have"),
            Self::Value(name, fault) => format!("{name} cannot be read: {fault}"),
            Self::NoHome => "home is missing".to_owned(),
            Self::NoTarget => format!("{TARGET_COMMUNITIES} is empty"),
        }
    }
}

impl QueryRequest {
    /// A query for all metadata by its name in the table; nothing is asked yet.
    pub fn new(stored: &StoredQuery) -> Self {
        let return_composed_objects = Some(true);
        Self { id: stored.id.to_owned(), return_composed_objects, ..Self::default() }
    }

    /// The same with a parameter more; each value is in the syntax already (`super::write_text`, `super::write_list`).
    #[must_use]
    pub fn with(mut self, name: &str, values: &[String]) -> Self {
        self.parameters.push(Slot::new(name, values));
        self
    }

    /// Reads the body of a message.
    ///
    /// # Errors
    /// When it is another element, or has no query in it.
    pub fn read(body: Node<'_, '_>) -> Result<Self, XdsFault> {
        expect(body, QUERY, "AdhocQueryRequest")?;
        let option = body.child("ResponseOption");
        let query = body.child("AdhocQuery").ok_or(XdsFault::Missing("AdhocQuery"))?;
        let composed = option.and_then(|o| o.attribute("returnComposedObjects"));
        Ok(Self {
            return_type: ReturnType::read(option.and_then(|o| o.attribute("returnType"))),
            return_composed_objects: composed.map(|c| matches!(c, "true" | "1")),
            id: query.attribute("id").unwrap_or_default().to_owned(),
            home: query.attribute("home").map(str::to_owned),
            parameters: slot::slots(query),
        })
    }

    /// The body of a message.
    pub fn xml(&self) -> String {
        let composed = self.return_composed_objects.map(|c| c.to_string());
        let slots: String = self.parameters.iter().map(Slot::xml).collect();
        format!(
            r#"<query:AdhocQueryRequest xmlns:query="{QUERY}" xmlns:rim="{RIM}"><query:ResponseOption{}{}/><rim:AdhocQuery id="{}"{}>{slots}</rim:AdhocQuery></query:AdhocQueryRequest>"#,
            attribute("returnComposedObjects", composed.as_deref()),
            attribute("returnType", self.return_type.text()),
            escape(&self.id),
            attribute("home", self.home.as_deref()),
        )
    }

    /// The stored query, when its id is known.
    pub fn stored(&self) -> Option<&'static StoredQuery> {
        StoredQuery::by_id(&self.id)
    }

    /// The values of a parameter. The values of one group are alternatives; each slot of that name is a group, and all
    /// groups count. Empty when the parameter is not there.
    ///
    /// # Errors
    /// When a value is not in the syntax.
    pub fn groups(&self, name: &str) -> Result<Vec<Vec<Literal>>, ValueFault> {
        let own = self.parameters.iter().filter(|s| s.name == name);
        own.map(|s| {
            Ok(s.values
                .iter()
                .map(|v| parse(v))
                .collect::<Result<Vec<_>, _>>()?
                .into_iter()
                .flat_map(|(_, v)| v)
                .collect())
        })
        .collect()
    }

    /// All values of a parameter, as text.
    ///
    /// # Errors
    /// When a value is not in the syntax.
    pub fn texts(&self, name: &str) -> Result<Vec<String>, ValueFault> {
        Ok(self.groups(name)?.into_iter().flatten().map(|v| v.as_str().to_owned()).collect())
    }

    /// The patient's number and who gave it, as it was asked for (CX).
    pub fn patient(&self) -> Option<String> {
        let name = self.stored()?.patient_parameter()?;
        self.texts(name).ok()?.into_iter().next()
    }

    /// The communities of `$targetCommunityIdList`; `None` when the parameter is not there.
    ///
    /// # Errors
    /// When a value is not in the syntax.
    pub fn target_communities(&self) -> Result<Option<Vec<String>>, ValueFault> {
        let there = self.parameters.iter().any(|s| s.name == TARGET_COMMUNITIES);
        there.then(|| self.texts(TARGET_COMMUNITIES)).transpose()
    }

    /// Everything that a responding gateway has to complain about before it looks for entries, in the order of the
    /// table. Whether a community is known is the gateway's own business.
    pub fn complaints(&self) -> Vec<Complaint> {
        let Some(stored) = self.stored() else { return vec![Complaint::UnknownQuery(self.id.clone())] };
        let mut all = Vec::new();
        for slot in &self.parameters {
            if let Some(fault) = slot.values.iter().find_map(|v| parse(v).err()) {
                all.push(Complaint::Value(slot.name.clone(), fault.into()));
            }
        }
        let count = |name: &str| self.texts(name).map_or(1, |v| v.len());
        for need in stored.needs {
            match need {
                Need::One(name) if count(name) == 0 => all.push(Complaint::Missing((*name).to_owned())),
                Need::One(_) => {}
                Need::Either(a, b) => match (count(a), count(b)) {
                    (0, 0) => all.push(Complaint::Missing(format!("{a} or {b}"))),
                    (1.., 1..) => all.push(Complaint::Number(format!("{a} and {b}"))),
                    _ => {}
                },
            }
        }
        all.extend(stored.single.iter().filter(|n| count(n) > 1).map(|n| Complaint::Number((*n).to_owned())));
        if !stored.by_patient && self.home.as_deref().is_none_or(str::is_empty) {
            all.push(Complaint::NoHome);
        }
        if self.target_communities() == Ok(Some(Vec::new())) {
            all.push(Complaint::NoTarget);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::{write_list, write_text};
    use super::*;

    const APPROVED: &str = "urn:oasis:names:tc:ebxml-regrep:StatusType:Approved";

    fn find() -> QueryRequest {
        QueryRequest::new(StoredQuery::named("FindDocuments").unwrap())
            .with("$XDSDocumentEntryPatientId", &[write_text("999943145^^^&2.16.840.1.113883.2.4.6.3&ISO")])
            .with("$XDSDocumentEntryStatus", &[write_list(&[APPROVED])])
    }

    fn codes(request: &QueryRequest) -> Vec<Option<&'static str>> {
        request.complaints().iter().map(Complaint::code).collect()
    }

    #[test]
    fn alternatives_stand_in_one_slot_and_conditions_in_several() {
        let request = find()
            .with("$XDSDocumentEntryEventCodeList", &["('CR^^a')".into(), "('CT^^a','MR^^a')".into()])
            .with("$XDSDocumentEntryEventCodeList", &["('x^^b')".into()]);
        let groups = request.groups("$XDSDocumentEntryEventCodeList").unwrap();
        assert_eq!(groups.iter().map(Vec::len).collect::<Vec<_>>(), [3, 1]);
        assert_eq!(request.patient().as_deref(), Some("999943145^^^&2.16.840.1.113883.2.4.6.3&ISO"));
        assert!(request.complaints().is_empty());
    }

    #[test]
    fn what_a_query_lacks_is_told_by_its_code() {
        let mut request = find();
        request.parameters.remove(1);
        assert_eq!(codes(&request), [Some("XDSStoredQueryMissingParam")]);
        request.parameters.clear();
        assert_eq!(codes(&request).len(), 2);
        let two = find().with("$XDSDocumentEntryPatientId", &[write_text("1")]);
        assert_eq!(codes(&two), [Some("XDSStoredQueryParamNumber")]);
        let unquoted = find().with("$XDSDocumentEntryClassCode", &["IMAGES".into()]);
        assert_eq!(codes(&unquoted), [Some("XDSRegistryError")]);
        let unknown = QueryRequest { id: "urn:uuid:0".into(), ..find() };
        assert_eq!(codes(&unknown), [Some("XDSUnknownStoredQuery")]);
    }

    #[test]
    fn a_query_without_patient_has_to_name_the_community() {
        let get = QueryRequest::new(StoredQuery::named("GetDocuments").unwrap());
        let by_id = get.clone().with("$XDSDocumentEntryUniqueId", &[write_list(&["2.999.1"])]);
        assert_eq!(codes(&by_id), [Some("XDSMissingHomeCommunityId")]);
        let home = |request: QueryRequest| QueryRequest { home: Some("urn:oid:2.999.1.1".into()), ..request };
        assert!(home(by_id.clone()).complaints().is_empty());
        assert_eq!(codes(&home(get)), [Some("XDSStoredQueryMissingParam")]);
        let both = home(by_id).with("$XDSDocumentEntryEntryUUID", &[write_list(&["urn:uuid:1"])]);
        assert_eq!(codes(&both), [Some("XDSStoredQueryParamNumber")]);
    }

    #[test]
    fn an_empty_list_of_communities_is_another_thing_than_none() {
        assert_eq!(find().target_communities(), Ok(None));
        let empty = find().with(TARGET_COMMUNITIES, &["()".into()]);
        assert_eq!((empty.target_communities(), codes(&empty)), (Ok(Some(vec![])), vec![None]));
        let bare = find().with(TARGET_COMMUNITIES, &[]);
        assert_eq!(codes(&bare), [None]);
        let named = find().with(TARGET_COMMUNITIES, &[write_list(&["urn:oid:2.999.1.1"])]);
        assert_eq!(named.target_communities(), Ok(Some(vec!["urn:oid:2.999.1.1".into()])));
    }
}
