//! Images asked for: `RetrieveImagingDocumentSetRequest` (30-beeldbeschikbaarheid section 9.2). The answer is that of
//! ITI-39.

use serde::{Deserialize, Serialize};

use super::super::xml::borrowed::Node;
use super::super::xml::escape;
use super::{DocumentId, XDS, XDSI, XdsFault, expect};

/// A series with the instances that are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Series {
    /// `seriesInstanceUID`.
    pub uid: String,
    /// The instances: their `DocumentUniqueId` is the SOP Instance UID.
    pub documents: Vec<DocumentId>,
}

/// A study with its series.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Study {
    /// `studyInstanceUID`.
    pub uid: String,
    /// Its series.
    pub series: Vec<Series>,
}

/// A request for images.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImagingRequest {
    /// Studies.
    pub studies: Vec<Study>,
    /// Transfer syntaxes in order of preference.
    pub transfer_syntaxes: Vec<String>,
    /// Whether all ids stand in the order of the schema.
    pub in_order: bool,
}

impl ImagingRequest {
    /// A request for instances, each by study, series and ids; those of one study and series that follow each other stand together.
    pub fn of(
        instances: impl IntoIterator<Item = (String, String, DocumentId)>,
        transfer_syntaxes: Vec<String>,
    ) -> Self {
        let mut studies: Vec<Study> = Vec::new();
        for (study, series, id) in instances {
            if studies.last().is_none_or(|s| s.uid != study) {
                studies.push(Study { uid: study, series: Vec::new() });
            }
            let Some(study) = studies.last_mut() else { continue };
            if study.series.last().is_none_or(|s| s.uid != series) {
                study.series.push(Series { uid: series, documents: Vec::new() });
            }
            if let Some(series) = study.series.last_mut() {
                series.documents.push(id);
            }
        }
        Self { studies, transfer_syntaxes, in_order: true }
    }

    /// Reads the body of a message.
    ///
    /// # Errors
    /// When it is another element.
    pub fn read(body: Node<'_, '_>) -> Result<Self, XdsFault> {
        expect(body, XDSI, "RetrieveImagingDocumentSetRequest")?;
        let uid = |node: Node<'_, '_>, name: &str| node.attribute(name).unwrap_or_default().to_owned();
        let mut in_order = true;
        let mut series = |node: Node<'_, '_>| {
            let requests: Vec<_> = node.children_named("DocumentRequest").collect();
            in_order &= requests.iter().all(|r| DocumentId::in_order(*r));
            let documents = requests.into_iter().map(DocumentId::read).collect();
            Series { uid: uid(node, "seriesInstanceUID"), documents }
        };
        let mut study = |node: Node<'_, '_>| {
            let all = node.children_named("SeriesRequest").map(&mut series).collect();
            Study { uid: uid(node, "studyInstanceUID"), series: all }
        };
        let studies = body.children_named("StudyRequest").map(&mut study).collect();
        let list = body.child("TransferSyntaxUIDList");
        let syntaxes = list.into_iter().flat_map(Node::children).filter(|s| s.name() == "TransferSyntaxUID");
        Ok(Self { studies, transfer_syntaxes: syntaxes.map(|s| s.text().to_owned()).collect(), in_order })
    }

    /// The body of a message.
    pub fn xml(&self) -> String {
        let series = |s: &Series| {
            let all: String = s.documents.iter().map(DocumentId::request_xml).collect();
            format!(r#"<iherad:SeriesRequest seriesInstanceUID="{}">{all}</iherad:SeriesRequest>"#, escape(&s.uid))
        };
        let study = |s: &Study| {
            let all: String = s.series.iter().map(series).collect();
            format!(r#"<iherad:StudyRequest studyInstanceUID="{}">{all}</iherad:StudyRequest>"#, escape(&s.uid))
        };
        let studies: String = self.studies.iter().map(study).collect();
        let syntax = |uid: &String| format!("<iherad:TransferSyntaxUID>{}</iherad:TransferSyntaxUID>", escape(uid));
        let syntaxes: String = self.transfer_syntaxes.iter().map(syntax).collect();
        format!(
            r#"<iherad:RetrieveImagingDocumentSetRequest xmlns:iherad="{XDSI}" xmlns:ihe="{XDS}">{studies}<iherad:TransferSyntaxUIDList>{syntaxes}</iherad:TransferSyntaxUIDList></iherad:RetrieveImagingDocumentSetRequest>"#
        )
    }

    /// Every instance with its study and series, in order.
    pub fn instances(&self) -> impl Iterator<Item = (&str, &str, &DocumentId)> {
        self.studies
            .iter()
            .flat_map(|study| {
                let of_series = move |s| (study.uid.as_str(), s);
                study.series.iter().map(of_series)
            })
            .flat_map(|(study, series)| series.documents.iter().map(move |d| (study, series.uid.as_str(), d)))
    }
}
