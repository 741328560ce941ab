//! Deviations of documents by IHE MHD (42-correspondentie section 3): what a DocumentReference or DocumentManifest says, and
//! the content of a document.

use serde_json::{Value, json};

use super::Deviation;

/// A code system that is no LOINC.
const LOCAL: &str = "https://source.example.org/fhir/letters";

impl Deviation {
    /// Edits a DocumentReference or DocumentManifest before it is sent.
    pub fn edit_document(self, resource: &mut Value) {
        use Deviation as D;
        match resource["resourceType"].as_str() {
            Some("DocumentReference") => match self {
                D::DocumentsWithoutMasterIdentifier => remove(resource, "", "masterIdentifier"),
                D::DocumentsWithSameMasterIdentifier => {
                    resource["masterIdentifier"]["value"] = json!("urn:oid:2.999.42.9");
                }
                D::MasterIdentifiersChange => {
                    resource["masterIdentifier"]["value"] = json!(format!("urn:uuid:{}", uuid::Uuid::new_v4()));
                }
                D::DocumentsWithInlineData => set_attachment(resource, "data", json!("JVBERi0xLjQK")),
                D::DocumentsOfOtherMediaType => set_attachment(resource, "contentType", json!("text/html")),
                D::DocumentsWithoutLoinc => {
                    for at in ["/type/coding/0/system", "/class/coding/0/system"] {
                        if let Some(system) = resource.pointer_mut(at) {
                            *system = json!(LOCAL);
                        }
                    }
                }
                _ => {}
            },
            Some("DocumentManifest") => match self {
                D::ManifestsWithoutSource => remove(resource, "", "source"),
                D::ManifestsOfMissingDocuments => {
                    if let Some(reference) = resource.pointer_mut("/content/0/pReference/reference") {
                        *reference = json!("DocumentReference/00000000-0000-4000-8000-000000000000");
                    }
                }
                _ => {}
            },
            _ => {}
        }
    }

    /// Edits the content of a document before it is sent.
    pub fn edit_document_content(self, mut content: Vec<u8>) -> Vec<u8> {
        const CLAIM: &[u8] = b"pdfaid";
        match self {
            Self::DocumentsThatAreNoPdf => b"<html><body>TEST</body></html>".to_vec(),
            Self::DocumentsNotArchival => {
                while let Some(at) = content.windows(CLAIM.len()).position(|part| part == CLAIM) {
                    content[at..at + CLAIM.len()].copy_from_slice(b"madeup");
                }
                content
            }
            _ => content,
        }
    }

    /// Edits a Workflow Task before it is given.
    pub fn edit_workflow_task(self, task: &mut Value) {
        match self {
            Self::WorkflowTaskOfOtherStatus => task["status"] = json!("in-progress"),
            Self::WorkflowTaskOfOtherIntent => task["intent"] = json!("plan"),
            Self::WorkflowTaskOfOtherCode => task["code"]["coding"][0]["code"] = json!("308292007"),
            Self::WorkflowTaskWithoutAgent => remove(task, "/requester", "agent"),
            _ => {}
        }
    }
}

fn remove(value: &mut Value, parent: &str, name: &str) {
    if let Some(object) = value.pointer_mut(parent).and_then(Value::as_object_mut) {
        object.shift_remove(name);
    }
}

fn set_attachment(resource: &mut Value, name: &str, to: Value) {
    if let Some(attachment) = resource.pointer_mut("/content/0/attachment") {
        attachment[name] = to;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_of_pdf_a_is_taken_away_everywhere_and_the_length_stays() {
        let content = b"%PDF-1.7 <pdfaid:part>2</pdfaid:part>".to_vec();
        let edited = Deviation::DocumentsNotArchival.edit_document_content(content.clone());
        assert_eq!(edited.len(), content.len());
        assert!(!String::from_utf8_lossy(&edited).contains("pdfaid"));
        assert_eq!(Deviation::DocumentsOfOtherMediaType.edit_document_content(content.clone()), content);
    }
}
