//! Makes small DICOM images of fictitious patients, with the `dicom` crates: the same input gives the same bytes.
//!
//! They are whole objects of their kind (PS3.3 A.2, A.3 and A.7), so that software of others takes them, and 64 by 64 pixels small: a
//! ramp with a disc that moves from slice to slice and from frame to frame.

use dicom_core::value::{DataSetSequence, PixelFragmentSequence, PrimitiveValue};
use dicom_core::{DataElement, Tag, VR};
use dicom_dictionary_std::{tags, uids};
use dicom_object::{FileMetaTableBuilder, InMemDicomObject};

use super::rle;
use super::{EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN, RLE, is_native, read_bytes};
use crate::base::bsn;

/// Rows, and columns, of every picture.
pub const SIDE: u16 = 64;
/// UID of what wrote a file, of ours (PS3.7 annex D.3.3.2); an arc for examples.
const IMPLEMENTATION: &str = "2.999.1.40";
/// Its name.
const IMPLEMENTATION_NAME: &str = "TWIIN_HARNESS";
/// Code of an OID among the types of universal entity ids.
const ISO: &str = "ISO";

/// Why a file was not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MakeFault {
    /// A transfer syntax in which this object cannot be written.
    #[error("transfer syntax {0} cannot be written for this object")]
    Syntax(String),
    /// The library refused.
    #[error("a DICOM file cannot be written: {0}")]
    Writing(String),
}

/// A fictitious patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patient {
    /// BSN.
    pub bsn: String,
    /// Name as DICOM writes it: `Family^Given`.
    pub name: String,
    /// Day of birth, `YYYYMMDD`.
    pub birth: String,
    /// `F`, `M` or `O`.
    pub sex: String,
}

/// A study.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Study {
    /// Study Instance UID.
    pub uid: String,
    /// Whom it shows.
    pub patient: Patient,
    /// Accession number, at most 16 characters; empty for none.
    pub accession: String,
    /// OID of who gave it out.
    pub accession_issuer: String,
    /// Day, `YYYYMMDD`.
    pub date: String,
    /// Time, `HHMMSS`.
    pub time: String,
    /// What was done.
    pub description: String,
    /// Where.
    pub institution: String,
}

/// What a picture is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One projection of 12 bits.
    ComputedRadiography,
    /// A slice of a series, counted from 0.
    ComputedTomography(u16),
    /// Several frames of 8 bits.
    UltrasoundMultiFrame {
        /// How many.
        frames: u16,
    },
}

impl Kind {
    /// SOP class.
    pub fn sop_class(self) -> &'static str {
        match self {
            Self::ComputedRadiography => uids::COMPUTED_RADIOGRAPHY_IMAGE_STORAGE,
            Self::ComputedTomography(_) => uids::CT_IMAGE_STORAGE,
            Self::UltrasoundMultiFrame { .. } => uids::ULTRASOUND_MULTI_FRAME_IMAGE_STORAGE,
        }
    }

    /// Modality.
    pub fn modality(self) -> &'static str {
        match self {
            Self::ComputedRadiography => "CR",
            Self::ComputedTomography(_) => "CT",
            Self::UltrasoundMultiFrame { .. } => "US",
        }
    }

    /// Transfer syntaxes in which it is written here.
    pub fn transfer_syntaxes(self) -> &'static [&'static str] {
        match self {
            Self::UltrasoundMultiFrame { .. } => &[RLE, EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN],
            _ => &[EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN],
        }
    }
}

/// A picture in a series.
#[derive(Debug, Clone, Copy)]
pub struct Picture<'a> {
    /// What it is.
    pub kind: Kind,
    /// The study.
    pub study: &'a Study,
    /// Series Instance UID.
    pub series: &'a str,
    /// Number of the series.
    pub series_number: u16,
    /// SOP Instance UID.
    pub instance: &'a str,
    /// Number of the instance.
    pub number: u16,
}

impl Picture<'_> {
    /// The file, in a transfer syntax.
    ///
    /// # Errors
    /// When the picture is not written in that transfer syntax.
    pub fn file(&self, transfer_syntax: &str) -> Result<Vec<u8>, MakeFault> {
        if !self.kind.transfer_syntaxes().contains(&transfer_syntax) {
            return Err(MakeFault::Syntax(transfer_syntax.to_owned()));
        }
        let mut data = Writing::new(self.kind.sop_class(), self.instance);
        data.study(self.study);
        data.texts(&[
            (tags::MODALITY, VR::CS, self.kind.modality()),
            (tags::SERIES_INSTANCE_UID, VR::UI, self.series),
            (tags::SERIES_NUMBER, VR::IS, &self.series_number.to_string()),
            (tags::INSTANCE_NUMBER, VR::IS, &self.number.to_string()),
            (tags::CONTENT_DATE, VR::DA, &self.study.date),
            (tags::CONTENT_TIME, VR::TM, &self.study.time),
        ]);
        match self.kind {
            Kind::ComputedRadiography => self.radiography(&mut data),
            Kind::ComputedTomography(slice) => self.tomography(&mut data, slice),
            Kind::UltrasoundMultiFrame { frames } => self.ultrasound(&mut data, frames, transfer_syntax),
        }
        data.file(transfer_syntax)
    }

    fn radiography(&self, data: &mut Writing) {
        data.texts(&[
            (tags::IMAGE_TYPE, VR::CS, "ORIGINAL\\PRIMARY"),
            (tags::BODY_PART_EXAMINED, VR::CS, "CHEST"),
            (tags::VIEW_POSITION, VR::CS, "PA"),
            (tags::PATIENT_ORIENTATION, VR::CS, "L\\F"),
        ]);
        data.pixels(12);
        data.words((0..pixels()).map(|at| shade(at, 0, 4095)).collect());
    }

    fn tomography(&self, data: &mut Writing, slice: u16) {
        data.texts(&[
            (tags::IMAGE_TYPE, VR::CS, "ORIGINAL\\PRIMARY\\AXIAL"),
            (tags::BODY_PART_EXAMINED, VR::CS, "CHEST"),
            (tags::PATIENT_POSITION, VR::CS, "HFS"),
            (tags::PATIENT_ORIENTATION, VR::CS, "L\\P"),
            (tags::FRAME_OF_REFERENCE_UID, VR::UI, &format!("{}.0", self.series)),
            (tags::POSITION_REFERENCE_INDICATOR, VR::LO, ""),
            (tags::PIXEL_SPACING, VR::DS, "5\\5"),
            (tags::IMAGE_ORIENTATION_PATIENT, VR::DS, "1\\0\\0\\0\\1\\0"),
            (tags::IMAGE_POSITION_PATIENT, VR::DS, &format!("-160\\-160\\{}", 5 * slice)),
            (tags::SLICE_THICKNESS, VR::DS, "5"),
            (tags::KVP, VR::DS, "120"),
            (tags::ACQUISITION_NUMBER, VR::IS, "1"),
            (tags::RESCALE_INTERCEPT, VR::DS, "-1024"),
            (tags::RESCALE_SLOPE, VR::DS, "1"),
            (tags::RESCALE_TYPE, VR::LO, "HU"),
        ]);
        data.pixels(12);
        data.words((0..pixels()).map(|at| shade(at, slice, 2048)).collect());
    }

    fn ultrasound(&self, data: &mut Writing, frames: u16, transfer_syntax: &str) {
        data.texts(&[
            (tags::IMAGE_TYPE, VR::CS, "ORIGINAL\\PRIMARY"),
            (tags::BODY_PART_EXAMINED, VR::CS, "ABDOMEN"),
            (tags::PATIENT_ORIENTATION, VR::CS, ""),
            (tags::NUMBER_OF_FRAMES, VR::IS, &frames.to_string()),
            (tags::FRAME_TIME, VR::DS, "40"),
            (tags::LOSSY_IMAGE_COMPRESSION, VR::CS, "00"),
        ]);
        data.put(tags::FRAME_INCREMENT_POINTER, VR::AT, PrimitiveValue::Tags(vec![tags::FRAME_TIME].into()));
        data.put(tags::ULTRASOUND_COLOR_DATA_PRESENT, VR::US, 0_u16.into());
        data.pixels(8);
        let shown = |frame| (0..pixels()).map(move |at| shade(at, frame, 255) as u8);
        if transfer_syntax == RLE {
            let fragments: Vec<Vec<u8>> =
                (0..frames).map(|frame| rle::encode(&shown(frame).collect::<Vec<_>>(), usize::from(SIDE))).collect();
            let offsets = offsets(&fragments);
            let value = PixelFragmentSequence::new(offsets, fragments);
            data.object.put(DataElement::new(tags::PIXEL_DATA, VR::OB, value));
        } else {
            let all: Vec<u8> = (0..frames).flat_map(shown).collect();
            data.put(tags::PIXEL_DATA, VR::OW, PrimitiveValue::U8(all.into()));
        }
    }
}

/// Where each frame begins behind the offset table, its item header counted (PS3.5 annex A.4).
fn offsets(fragments: &[Vec<u8>]) -> Vec<u32> {
    let begins = fragments.iter().scan(0_u32, |at, fragment| {
        let begin = *at;
        *at += 8 + u32::try_from(fragment.len()).unwrap_or(u32::MAX - 8);
        Some(begin)
    });
    begins.collect()
}

fn pixels() -> u32 {
    u32::from(SIDE) * u32::from(SIDE)
}

/// The shade of a pixel: a ramp from top to bottom, and a light disc that moves with the step.
fn shade(at: u32, step: u16, lightest: u16) -> u16 {
    let side = u32::from(SIDE);
    let (x, y) = ((at % side) as i32, (at / side) as i32);
    let middle = 20 + 6 * (i32::from(step) % 5);
    let in_disc = (x - middle).pow(2) + (y - 32).pow(2) < 100;
    if in_disc { lightest } else { (u32::from(lightest) * (at / side) / (2 * side)) as u16 }
}

/// A data set in the making.
pub(super) struct Writing {
    pub(super) object: InMemDicomObject,
}

impl Writing {
    pub(super) fn new(sop_class: &str, sop_instance: &str) -> Self {
        let mut writing = Self { object: InMemDicomObject::new_empty() };
        writing.texts(&[
            (tags::SPECIFIC_CHARACTER_SET, VR::CS, "ISO_IR 192"),
            (tags::SOP_CLASS_UID, VR::UI, sop_class),
            (tags::SOP_INSTANCE_UID, VR::UI, sop_instance),
        ]);
        writing
    }

    pub(super) fn put(&mut self, tag: Tag, vr: VR, value: PrimitiveValue) {
        self.object.put(DataElement::new(tag, vr, value));
    }

    /// Texts; an empty one is an element without value.
    pub(super) fn texts(&mut self, texts: &[(Tag, VR, &str)]) {
        for (tag, vr, text) in texts {
            let value = if text.is_empty() { PrimitiveValue::Empty } else { PrimitiveValue::from(*text) };
            self.put(*tag, *vr, value);
        }
    }

    pub(super) fn sequence(&mut self, tag: Tag, items: Vec<InMemDicomObject>) {
        self.object.put(DataElement::new(tag, VR::SQ, DataSetSequence::from(items)));
    }

    /// Patient, study and equipment.
    pub(super) fn study(&mut self, study: &Study) {
        self.texts(&[
            (tags::PATIENT_NAME, VR::PN, &study.patient.name),
            (tags::PATIENT_ID, VR::LO, &study.patient.bsn),
            (tags::PATIENT_BIRTH_DATE, VR::DA, &study.patient.birth),
            (tags::PATIENT_SEX, VR::CS, &study.patient.sex),
            (tags::STUDY_INSTANCE_UID, VR::UI, &study.uid),
            (tags::STUDY_DATE, VR::DA, &study.date),
            (tags::STUDY_TIME, VR::TM, &study.time),
            (tags::STUDY_ID, VR::SH, &study.accession),
            (tags::STUDY_DESCRIPTION, VR::LO, &study.description),
            (tags::ACCESSION_NUMBER, VR::SH, &study.accession),
            (tags::REFERRING_PHYSICIAN_NAME, VR::PN, ""),
            (tags::MANUFACTURER, VR::LO, "TEST"),
            (tags::INSTITUTION_NAME, VR::LO, &study.institution),
        ]);
        self.sequence(tags::ISSUER_OF_PATIENT_ID_QUALIFIERS_SEQUENCE, vec![issuer(bsn::OID)]);
        if !study.accession.is_empty() {
            self.sequence(tags::ISSUER_OF_ACCESSION_NUMBER_SEQUENCE, vec![issuer(&study.accession_issuer)]);
        }
    }

    /// One sample a pixel, of as many bits as are used.
    fn pixels(&mut self, bits: u16) {
        let allocated = if bits > 8 { 16 } else { 8 };
        let shorts = [
            (tags::SAMPLES_PER_PIXEL, 1),
            (tags::ROWS, SIDE),
            (tags::COLUMNS, SIDE),
            (tags::BITS_ALLOCATED, allocated),
            (tags::BITS_STORED, bits),
            (tags::HIGH_BIT, bits - 1),
            (tags::PIXEL_REPRESENTATION, 0),
        ];
        for (tag, number) in shorts {
            self.put(tag, VR::US, number.into());
        }
        self.texts(&[(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "MONOCHROME2")]);
    }

    fn words(&mut self, words: Vec<u16>) {
        self.put(tags::PIXEL_DATA, VR::OW, PrimitiveValue::U16(words.into()));
    }

    pub(super) fn file(self, transfer_syntax: &str) -> Result<Vec<u8>, MakeFault> {
        let meta = FileMetaTableBuilder::new()
            .transfer_syntax(transfer_syntax)
            .implementation_class_uid(IMPLEMENTATION)
            .implementation_version_name(IMPLEMENTATION_NAME);
        let file = self.object.with_meta(meta).map_err(|e| MakeFault::Writing(e.to_string()))?;
        let mut bytes = Vec::new();
        file.write_all(&mut bytes).map_err(|e| MakeFault::Writing(e.to_string()))?;
        Ok(bytes)
    }
}

/// An item with the OID of who gives out numbers.
pub(super) fn issuer(oid: &str) -> InMemDicomObject {
    item(&[(tags::UNIVERSAL_ENTITY_ID, VR::UT, oid), (tags::UNIVERSAL_ENTITY_ID_TYPE, VR::CS, ISO)])
}

/// An item with texts.
pub(super) fn item(texts: &[(Tag, VR, &str)]) -> InMemDicomObject {
    let mut item = Writing { object: InMemDicomObject::new_empty() };
    item.texts(texts);
    item.object
}

/// A file in another transfer syntax without compression; `None` when the file, or the wanted syntax, is compressed, or the
/// file cannot be read.
pub fn recoded(file: &[u8], transfer_syntax: &str) -> Option<Vec<u8>> {
    // The reader with limits comes first: that of the library has none.
    let own = read_bytes(file).ok()?.facts().transfer_syntax?;
    let writable = |syntax: &str| is_native(syntax) && syntax != super::BIG_ENDIAN;
    if !writable(&own) || !writable(transfer_syntax) {
        return None;
    }
    let mut read = dicom_object::from_reader(file).ok()?;
    read.update_meta(|meta| meta.transfer_syntax = transfer_syntax.to_owned());
    let mut bytes = Vec::new();
    read.write_all(&mut bytes).ok()?;
    Some(bytes)
}
