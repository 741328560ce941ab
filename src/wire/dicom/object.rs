//! What a DICOM file says of itself: the facts that a request, an index entry and a manifest are held against.

use dicom_dictionary_std::tags;
use serde::Serialize;

use super::dataset::{Code, Dataset};
use super::fault::Oddity;

/// A file that was read: everything but long values and pixel data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// The meta information, group 0002.
    pub meta: Dataset,
    /// The data set; `None` when its transfer syntax is not looked into.
    pub dataset: Option<Dataset>,
    /// The pixel data, if there are.
    pub pixel: Option<PixelData>,
    /// Size of the file in bytes.
    pub size: u64,
    /// SHA-1 of the file in hexadecimal digits, as XDS metadata carry it.
    pub sha1: String,
    /// What is wrong with it and does not keep it from being read.
    pub oddities: Vec<Oddity>,
}

/// Pixel data that went by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct PixelData {
    /// Bytes, without the offset table.
    pub bytes: u64,
    /// How many fragments, when they are encapsulated.
    pub fragments: Option<u64>,
}

/// The facts of a file. What is absent or empty is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Facts {
    /// (0002,0010): how the data set is encoded.
    pub transfer_syntax: Option<String>,
    /// (0008,0016); of the meta information (0002,0002) where the data set was not looked into.
    pub sop_class: Option<String>,
    /// (0008,0018); of the meta information (0002,0003) where the data set was not looked into.
    pub sop_instance: Option<String>,
    /// (0020,000D).
    pub study: Option<String>,
    /// (0020,000E).
    pub series: Option<String>,
    /// (0008,0060).
    pub modality: Option<String>,
    /// (0010,0020).
    pub patient_id: Option<String>,
    /// (0010,0010).
    pub patient_name: Option<String>,
    /// (0008,0050).
    pub accession: Option<String>,
    /// (0008,0051) > (0040,0032): the OID of who gave out the accession number.
    pub accession_issuer: Option<String>,
    /// (0008,0020).
    pub study_date: Option<String>,
    /// (0008,0030).
    pub study_time: Option<String>,
    /// (0008,1030).
    pub study_description: Option<String>,
    /// (0028,0008); 1 when absent and there are pixel data.
    pub frames: Option<u32>,
    /// (0028,0010).
    pub rows: Option<u32>,
    /// (0028,0011).
    pub columns: Option<u32>,
    /// (0028,0100).
    pub bits_allocated: Option<u32>,
    /// (0028,0002).
    pub samples: Option<u32>,
    /// (0040,A043): the title of a document of content items.
    pub title: Option<Code>,
    /// The pixel data.
    pub pixel_data: Option<PixelData>,
    /// Size of the file in bytes.
    pub size: u64,
    /// SHA-1 of the file in hexadecimal digits.
    pub sha1: String,
    /// Codes of what is odd, each once, in alphabetical order.
    pub oddities: Vec<&'static str>,
}

impl Object {
    /// The facts.
    pub fn facts(&self) -> Facts {
        let empty = Dataset::default();
        let data = self.dataset.as_ref().unwrap_or(&empty);
        let issuer = data.items(tags::ISSUER_OF_ACCESSION_NUMBER_SEQUENCE).first();
        let either = |own, meta| match &self.dataset {
            Some(dataset) => dataset.text(own),
            None => self.meta.text(meta),
        };
        let mut oddities: Vec<_> = self.oddities.iter().map(Oddity::code).collect();
        oddities.sort_unstable();
        oddities.dedup();
        Facts {
            transfer_syntax: self.meta.text(tags::TRANSFER_SYNTAX_UID),
            sop_class: either(tags::SOP_CLASS_UID, tags::MEDIA_STORAGE_SOP_CLASS_UID),
            sop_instance: either(tags::SOP_INSTANCE_UID, tags::MEDIA_STORAGE_SOP_INSTANCE_UID),
            study: data.text(tags::STUDY_INSTANCE_UID),
            series: data.text(tags::SERIES_INSTANCE_UID),
            modality: data.text(tags::MODALITY),
            patient_id: data.text(tags::PATIENT_ID),
            patient_name: data.text(tags::PATIENT_NAME),
            accession: data.text(tags::ACCESSION_NUMBER),
            accession_issuer: issuer.and_then(|item| item.text(tags::UNIVERSAL_ENTITY_ID)),
            study_date: data.text(tags::STUDY_DATE),
            study_time: data.text(tags::STUDY_TIME),
            study_description: data.text(tags::STUDY_DESCRIPTION),
            frames: data.number(tags::NUMBER_OF_FRAMES).or(self.pixel.map(|_| 1)),
            rows: data.number(tags::ROWS),
            columns: data.number(tags::COLUMNS),
            bits_allocated: data.number(tags::BITS_ALLOCATED),
            samples: data.number(tags::SAMPLES_PER_PIXEL),
            title: data.code(tags::CONCEPT_NAME_CODE_SEQUENCE),
            pixel_data: self.pixel,
            size: self.size,
            sha1: self.sha1.clone(),
            oddities,
        }
    }
}

impl Facts {
    /// Bytes that native pixel data of this size have; `None` where that cannot be said.
    pub fn native_length(&self) -> Option<u64> {
        let bits = u64::from(self.bits_allocated?);
        let pixels = [self.rows?, self.columns?, self.frames?, self.samples?];
        let count = pixels.into_iter().try_fold(1_u64, |all, n| all.checked_mul(u64::from(n)))?;
        let bytes = count.checked_mul(bits)?.div_ceil(8);
        Some(bytes + bytes % 2)
    }

    /// The facts as JSON, for a transcript and for JSONPath.
    pub fn json(&self) -> serde_json::Value {
        serde_json::to_value(self).expect("facts are plain values")
    }
}
