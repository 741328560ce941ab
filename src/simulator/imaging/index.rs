//! An archive as what a gateway answers out of, and its entries as ITI-38 carries them.

use super::{Archive, Community, Document, Entry, Instance};
use crate::simulator::xca;
use crate::wire::metadata::XdsCode;
use crate::wire::xds::{Author, Code, DocumentEntry};

impl Entry {
    /// The entry as ITI-38 carries it.
    pub fn document_entry(&self) -> DocumentEntry {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let one = |code: &XdsCode| vec![written(code)];
        DocumentEntry {
            entry_uuid: self.entry_uuid.clone(),
            logical_id: Some(self.entry_uuid.clone()),
            home: some(&self.home),
            object_type: some(&self.object_type),
            mime_type: some(&self.media_type),
            availability_status: some(&self.status),
            title: some(&self.title),
            patient_id: some(&self.patient_id),
            unique_id: some(&self.unique_id),
            repository_unique_id: some(&self.repository),
            creation_time: some(&self.creation_time),
            service_start_time: some(&self.service_start),
            service_stop_time: some(&self.service_stop),
            language_code: some(&self.language),
            source_patient_id: some(&self.source_patient_id),
            source_patient_info: self.source_patient_info.clone(),
            hash: some(&self.hash),
            size: Some(self.size.to_string()),
            reference_id_list: self.reference_ids.clone(),
            author: vec![Author {
                person: some(&self.author.person).into_iter().collect(),
                institution: some(&self.author.institution).into_iter().collect(),
                role: some(&self.author.role).into_iter().collect(),
                ..Author::default()
            }],
            class_code: one(&self.class),
            type_code: one(&self.type_code),
            format_code: one(&self.format),
            event_code_list: self.events.iter().map(written).collect(),
            confidentiality_code: self.confidentiality.iter().map(written).collect(),
            healthcare_facility_type_code: one(&self.facility),
            practice_setting_code: one(&self.practice_setting),
            ..DocumentEntry::default()
        }
    }
}

fn written(code: &XdsCode) -> Code {
    Code::new(&code.code, &code.scheme, Some(&code.display).filter(|d| !d.is_empty()).map(String::as_str))
}

impl Archive {
    /// What the gateway answers out of: everything may be seen until somebody says otherwise.
    pub fn holdings(&self) -> xca::Holdings {
        xca::Holdings { communities: self.communities.iter().map(Community::holdings).collect(), consent: Vec::new() }
    }
}

impl Community {
    fn holdings(&self) -> xca::Community {
        let holding = |document: &Document| xca::Holding {
            entry: document.entry.document_entry(),
            content: document.content.clone(),
        };
        let image = |instance: &Instance| xca::Image {
            study: instance.study.clone(),
            series: instance.series.clone(),
            instance: instance.sop_instance.clone(),
            bsn: instance.bsn.clone(),
            source: self.imaging_source.clone(),
            forms: instance.forms.clone(),
        };
        xca::Community {
            home: self.home.clone(),
            repositories: vec![self.repository.clone()],
            imaging_sources: vec![self.imaging_source.clone()],
            documents: self.documents.iter().map(holding).collect(),
            images: self.instances.iter().map(image).collect(),
        }
    }

    /// The documents of a patient, in the order of the timeline.
    pub fn of_patient(&self, bsn: &str) -> impl Iterator<Item = &Document> {
        self.documents.iter().filter(move |document| document.entry.bsn == bsn)
    }
}
