//! Files that are right, files that are wrong, and what each of them must get.

#![allow(clippy::unwrap_used)]

use std::io::Read;

use dicom_core::Tag;
use dicom_dictionary_std::{tags, uids};
use proptest::prelude::*;

use super::make::{Kind, Patient, Picture, Study, recoded};
use super::manifest::{Making, Manifest, ManifestFault};
use super::scan::{ITEM, ITEM_END, SEQUENCE_END};
use super::*;

fn study() -> Study {
    Study {
        uid: "2.999.50.1".to_owned(),
        patient: Patient {
            bsn: "999943145".to_owned(),
            name: "Test-Fictum^Zoë SIM".to_owned(),
            birth: "19510412".to_owned(),
            sex: "F".to_owned(),
        },
        accession: "SIM0001".to_owned(),
        accession_issuer: "2.999.1.1.30".to_owned(),
        date: "20250304".to_owned(),
        time: "101500".to_owned(),
        description: "X-thorax TEST".to_owned(),
        institution: "TEST Ziekenhuis Noord".to_owned(),
    }
}

fn picture(kind: Kind, syntax: &str) -> Vec<u8> {
    let study = study();
    let picture = Picture {
        kind,
        study: &study,
        series: "2.999.50.1.1",
        series_number: 1,
        instance: "2.999.50.1.1.1",
        number: 1,
    };
    picture.file(syntax).unwrap()
}

fn manifest(instances: &[(&str, &str)]) -> Vec<u8> {
    let class = uids::COMPUTED_RADIOGRAPHY_IMAGE_STORAGE;
    let instances: Vec<_> =
        instances.iter().map(|(series, uid)| ((*series).to_owned(), class.to_owned(), (*uid).to_owned())).collect();
    let making = Making {
        instance: "2.999.50.1.9.1",
        series: "2.999.50.1.9",
        location: "2.999.1.1.20",
        ae_title: "SIM",
        instances: &instances,
    };
    manifest::make(&study(), &making).unwrap()
}

fn code(bytes: &[u8]) -> &'static str {
    read_bytes(bytes).unwrap_err().code()
}

fn oddities(bytes: &[u8]) -> Vec<&'static str> {
    read_bytes(bytes).unwrap().facts().oddities
}

/// An element in explicit VR with a short length.
fn short(tag: Tag, vr: &[u8; 2], value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len()).unwrap().to_le_bytes();
    [&tag_bytes(tag)[..], vr, &length, value].concat()
}

/// An element in explicit VR with a long length, as told.
fn long(tag: Tag, vr: &[u8; 2], length: u32, value: &[u8]) -> Vec<u8> {
    [&tag_bytes(tag)[..], vr, &[0, 0], &length.to_le_bytes(), value].concat()
}

fn bare(tag: Tag, length: u32) -> Vec<u8> {
    [&tag_bytes(tag)[..], &length.to_le_bytes()].concat()
}

fn tag_bytes(tag: Tag) -> [u8; 4] {
    let [a, b] = tag.group().to_le_bytes();
    let [c, d] = tag.element().to_le_bytes();
    [a, b, c, d]
}

/// A file with a meta information of a transfer syntax and whatever data set.
fn file(syntax: &[u8], dataset: &[u8]) -> Vec<u8> {
    let rest = [
        long(tags::FILE_META_INFORMATION_VERSION, b"OB", 2, &[0, 1]),
        short(tags::MEDIA_STORAGE_SOP_CLASS_UID, b"UI", b"1.2.840.10008.5.1.4.1.1.1\0"),
        short(tags::MEDIA_STORAGE_SOP_INSTANCE_UID, b"UI", b"2.25.1\0\0"),
        short(tags::TRANSFER_SYNTAX_UID, b"UI", syntax),
        short(tags::IMPLEMENTATION_CLASS_UID, b"UI", b"2.25.2"),
    ]
    .concat();
    let length = short(tags::FILE_META_INFORMATION_GROUP_LENGTH, b"UL", &(rest.len() as u32).to_le_bytes());
    [&[0; 128][..], b"DICM", &length, &rest, dataset].concat()
}

fn explicit(dataset: &[u8]) -> Vec<u8> {
    file(b"1.2.840.10008.1.2.1\0", dataset)
}

fn implicit(dataset: &[u8]) -> Vec<u8> {
    file(b"1.2.840.10008.1.2\0", dataset)
}

#[test]
fn pictures_of_every_kind_say_the_same_in_every_transfer_syntax() {
    let kinds = [Kind::ComputedRadiography, Kind::ComputedTomography(2), Kind::UltrasoundMultiFrame { frames: 4 }];
    for kind in kinds {
        for syntax in kind.transfer_syntaxes() {
            let bytes = picture(kind, syntax);
            let facts = read_bytes(&bytes).unwrap().facts();
            assert_eq!(facts.transfer_syntax.as_deref(), Some(*syntax));
            assert_eq!(facts.sop_class.as_deref(), Some(kind.sop_class()));
            assert_eq!(facts.sop_instance.as_deref(), Some("2.999.50.1.1.1"));
            assert_eq!((facts.study.as_deref(), facts.series.as_deref()), (Some("2.999.50.1"), Some("2.999.50.1.1")));
            assert_eq!(
                (facts.modality.as_deref(), facts.patient_id.as_deref()),
                (Some(kind.modality()), Some("999943145"))
            );
            assert_eq!(facts.patient_name.as_deref(), Some("Test-Fictum^Zoë SIM"));
            assert_eq!(
                (facts.accession.as_deref(), facts.accession_issuer.as_deref()),
                (Some("SIM0001"), Some("2.999.1.1.30"))
            );
            assert_eq!((facts.rows, facts.columns), (Some(64), Some(64)));
            assert_eq!(facts.oddities, Vec::<&str>::new(), "{kind:?} {syntax}");
            assert_eq!(facts.size, bytes.len() as u64);
            let pixel = facts.pixel_data.unwrap();
            match is_native(syntax) {
                true => assert_eq!((Some(pixel.bytes), pixel.fragments), (facts.native_length(), None)),
                false => assert_eq!(pixel.fragments, facts.frames.map(u64::from)),
            }
            assert_eq!(bytes, picture(kind, syntax), "the same bytes every time");
        }
    }
    assert!(picture(Kind::UltrasoundMultiFrame { frames: 4 }, RLE).len() < 10_000, "RLE is smaller");
}

#[test]
fn a_picture_is_not_written_in_a_syntax_that_nobody_encodes() {
    let study = study();
    let kind = Kind::ComputedRadiography;
    let picture = Picture { kind, study: &study, series: "2.25.1", series_number: 1, instance: "2.25.2", number: 1 };
    assert!(picture.file("1.2.840.10008.1.2.4.90").is_err());
}

#[test]
fn the_library_reads_what_we_make_as_we_do() {
    let kinds = [Kind::ComputedRadiography, Kind::ComputedTomography(0), Kind::UltrasoundMultiFrame { frames: 3 }];
    let mut files: Vec<_> =
        kinds.into_iter().flat_map(|kind| kind.transfer_syntaxes().iter().map(move |s| picture(kind, s))).collect();
    files.push(manifest(&[("2.999.50.1.1", "2.999.50.1.1.1")]));
    for bytes in files {
        let theirs = dicom_object::from_reader(&bytes[..]).unwrap();
        let ours = read_bytes(&bytes).unwrap().dataset.unwrap();
        assert_eq!(theirs.tags().collect::<Vec<_>>(), ours.elements.keys().copied().collect::<Vec<_>>());
        for tag in [tags::SOP_INSTANCE_UID, tags::PATIENT_NAME, tags::ACCESSION_NUMBER] {
            let text = theirs.element(tag).unwrap().to_str().unwrap().into_owned();
            assert_eq!(ours.text(tag).as_deref(), Some(text.trim_matches(['\0', ' '])));
        }
    }
}

#[test]
fn a_native_file_is_recoded_and_says_the_same() {
    let bytes = picture(Kind::ComputedTomography(1), EXPLICIT_LITTLE_ENDIAN);
    let other = recoded(&bytes, IMPLICIT_LITTLE_ENDIAN).unwrap();
    assert_eq!(other, picture(Kind::ComputedTomography(1), IMPLICIT_LITTLE_ENDIAN));
    assert_eq!(recoded(&bytes, RLE), None);
    assert_eq!(recoded(&picture(Kind::UltrasoundMultiFrame { frames: 2 }, RLE), EXPLICIT_LITTLE_ENDIAN), None);
    assert_eq!(recoded(b"no file", IMPLICIT_LITTLE_ENDIAN), None);
}

#[test]
fn a_manifest_comes_back_with_its_rows_in_order() {
    let listed =
        [("2.999.50.1.1", "2.999.50.1.1.1"), ("2.999.50.1.1", "2.999.50.1.1.2"), ("2.999.50.1.2", "2.999.50.1.2.1")];
    let object = read_bytes(&manifest(&listed)).unwrap();
    let read = Manifest::of(&object).unwrap();
    assert_eq!(read.faults(), []);
    assert_eq!(read.sop_instance.as_deref(), Some("2.999.50.1.9.1"));
    assert_eq!((read.accession.as_deref(), read.patient_id.as_deref()), (Some("SIM0001"), Some("999943145")));
    let rows = read.rows("urn:oid:2.999.1.1");
    let seen: Vec<_> = rows.iter().map(|row| (row.series.as_str(), row.document.as_str())).collect();
    assert_eq!(seen, listed);
    assert!(
        rows.iter().all(|row| row.repository.as_deref() == Some("2.999.1.1.20") && row.home == "urn:oid:2.999.1.1")
    );
    assert_eq!(read.json()["faults"], serde_json::json!([]));
}

#[test]
fn a_picture_is_no_manifest() {
    let object = read_bytes(&picture(Kind::ComputedRadiography, EXPLICIT_LITTLE_ENDIAN)).unwrap();
    let codes: Vec<_> = Manifest::of(&object).unwrap().faults().iter().map(ManifestFault::code).collect();
    assert_eq!(codes, ["sop-class", "modality", "title", "template", "no-references"]);
}

#[test]
fn everything_that_can_be_wrong_with_a_manifest_is_told() {
    let object = read_bytes(&manifest(&[("2.999.50.1.1", "2.999.50.1.1.1")])).unwrap();
    let right = Manifest::of(&object).unwrap();
    let of = |edit: &dyn Fn(&mut Manifest)| {
        let mut wrong = right.clone();
        edit(&mut wrong);
        wrong.faults().iter().map(ManifestFault::code).collect::<Vec<_>>()
    };
    assert_eq!(of(&|m| m.sop_class = None), ["sop-class"]);
    assert_eq!(of(&|m| m.modality = Some("CR".to_owned())), ["modality"]);
    assert_eq!(of(&|m| m.title = Some(Code::new("113000", "DCM", "Of Interest"))), ["title"]);
    assert_eq!(of(&|m| m.title = Some(Code::new("113030", "DCM", "Manifest in other words"))), [""; 0]);
    assert_eq!(of(&|m| m.template = None), ["template"]);
    assert_eq!(of(&|m| m.sop_instance = None), ["no-instance"]);
    assert_eq!(of(&|m| m.study = Some("2.999.50.2".to_owned())), ["other-study"]);
    assert_eq!(of(&|m| m.references[0].location = None), ["no-location"]);
    assert_eq!(of(&|m| m.references[0].series = String::new()), ["incomplete"]);
    assert_eq!(of(&|m| m.content.clear()), ["content-differs"]);
    assert_eq!(of(&|m| m.references.push(m.references[0].clone())), ["twice"]);
    assert_eq!(
        of(&|m| m.references.push(manifest::Reference { study: "2.25.7".to_owned(), ..m.references[0].clone() })),
        ["studies", "twice"]
    );
}

#[test]
fn what_is_no_dicom_file_is_told_as_such() {
    assert_eq!(code(b""), "not-part10");
    assert_eq!(code(b"%PDF-1.7"), "not-part10");
    assert_eq!(code(&[0; 200]), "not-part10");
    let right = picture(Kind::ComputedRadiography, EXPLICIT_LITTLE_ENDIAN);
    assert_eq!(code(&right[128..]), "not-part10", "without preamble");
    let mut lower = right.clone();
    lower[128..132].copy_from_slice(b"dicm");
    assert_eq!(code(&lower), "not-part10");
}

#[test]
fn a_meta_information_that_is_wrong_is_told() {
    let right = explicit(&short(tags::SOP_INSTANCE_UID, b"UI", b"2.25.1"));
    assert_eq!(oddities(&right), [""; 0]);
    let mut lies = right.clone();
    lies[140] = lies[140].wrapping_add(30);
    assert_eq!(oddities(&lies), ["meta-length"]);
    let without_length = [&right[..132], &right[144..]].concat();
    assert_eq!(oddities(&without_length), ["meta-without-length"]);
    let other = explicit(&short(tags::SOP_INSTANCE_UID, b"UI", b"2.25.9"));
    assert_eq!(oddities(&other), ["meta-differs"]);
    let none = [&[0; 128][..], b"DICM", &short(tags::SOP_INSTANCE_UID, b"UI", b"2.25.9")].concat();
    assert_eq!(code(&none), "no-transfer-syntax");
    let bare_meta = [&[0; 128][..], b"DICM", &short(tags::TRANSFER_SYNTAX_UID, b"UI", b"1.2.840.10008.1.2\0")].concat();
    assert_eq!(oddities(&bare_meta), ["meta-missing", "meta-without-length"]);
}

#[test]
fn a_meta_information_in_implicit_vr_is_refused() {
    let meta = [bare(tags::TRANSFER_SYNTAX_UID, 18), b"1.2.840.10008.1.2\0".to_vec()].concat();
    assert_eq!(code(&[&[0; 128][..], b"DICM", &meta].concat()), "representation");
}

#[test]
fn a_file_that_is_cut_off_anywhere_is_no_whole_file() {
    let kinds = [(Kind::UltrasoundMultiFrame { frames: 2 }, RLE), (Kind::ComputedRadiography, IMPLICIT_LITTLE_ENDIAN)];
    for (kind, syntax) in kinds {
        let right = picture(kind, syntax);
        let whole = read_bytes(&right).unwrap().facts();
        for end in (0..right.len()).step_by(7) {
            match read_bytes(&right[..end]) {
                Err(fault) => {
                    assert!(["truncated", "not-part10", "no-transfer-syntax"].contains(&fault.code()), "{fault}")
                }
                // A cut between two elements cannot be seen; what is behind it is missing.
                Ok(object) => assert_ne!(object.facts(), whole, "cut at {end}"),
            }
        }
    }
}

#[test]
fn lengths_that_lie_reserve_no_memory_and_are_told() {
    let huge = explicit(&long(tags::PIXEL_DATA, b"OW", 0xffff_fffe, &[0; 10]));
    assert_eq!(code(&huge), "truncated");
    let kept = explicit(&long(tags::ENCAPSULATED_DOCUMENT, b"OB", 0xffff_fff0, &[0; 10]));
    assert_eq!(code(&kept), "truncated");
    let past = explicit(&long(tags::CONTENT_SEQUENCE, b"SQ", 16, &[bare(ITEM, 200), vec![0; 200]].concat()));
    assert_eq!(code(&past), "past-parent");
    let inner = [bare(ITEM, 12), short(tags::PATIENT_ID, b"LO", b"123456789012")].concat();
    let in_item = explicit(&long(tags::CONTENT_SEQUENCE, b"SQ", inner.len() as u32, &inner));
    assert_eq!(code(&in_item), "past-parent");
}

#[test]
fn sequences_that_do_not_end_and_items_out_of_place_are_told() {
    let open = explicit(&long(tags::CONTENT_SEQUENCE, b"SQ", 0xffff_ffff, &bare(ITEM, 0)));
    assert_eq!(code(&open), "truncated");
    assert_eq!(code(&explicit(&bare(ITEM, 0))), "misplaced");
    assert_eq!(code(&explicit(&bare(ITEM_END, 0))), "misplaced");
    let no_item = explicit(&long(tags::CONTENT_SEQUENCE, b"SQ", 12, &short(tags::PATIENT_ID, b"LO", b"1234")));
    assert_eq!(code(&no_item), "misplaced");
    let with_length = [bare(ITEM, 0xffff_ffff), bare(ITEM_END, 2), vec![0, 0]].concat();
    assert_eq!(code(&explicit(&long(tags::CONTENT_SEQUENCE, b"SQ", 0xffff_ffff, &with_length))), "misplaced");
    assert_eq!(code(&explicit(&long(tags::SELECTOR_OB_VALUE, b"UT", 0xffff_ffff, &[]))), "misplaced");
}

#[test]
fn undefined_lengths_are_read_in_both_representations() {
    let texts = [short(tags::MODALITY, b"CS", b"CR"), bare(ITEM_END, 0)].concat();
    let items = [bare(ITEM, 0xffff_ffff), texts, bare(SEQUENCE_END, 0)].concat();
    let read =
        read_bytes(&explicit(&long(tags::CONTENT_SEQUENCE, b"SQ", 0xffff_ffff, &items))).unwrap().dataset.unwrap();
    assert_eq!(read.items(tags::CONTENT_SEQUENCE)[0].text(tags::MODALITY).as_deref(), Some("CR"));
    let element = [bare(tags::MODALITY, 2), b"CR".to_vec()].concat();
    let bodies = [
        [bare(tags::CONTENT_SEQUENCE, 18), bare(ITEM, 10), element.clone()].concat(),
        [bare(tags::CONTENT_SEQUENCE, 0xffff_ffff), bare(ITEM, 10), element.clone(), bare(SEQUENCE_END, 0)].concat(),
    ];
    for body in bodies {
        let read = read_bytes(&implicit(&body)).unwrap().dataset.unwrap();
        assert_eq!(read.items(tags::CONTENT_SEQUENCE)[0].text(tags::MODALITY).as_deref(), Some("CR"));
    }
    // Under UN, an undefined length is a sequence in implicit VR.
    let unknown = [bare(ITEM, 10), element, bare(SEQUENCE_END, 0)].concat();
    let read = read_bytes(&explicit(&long(tags::CONTENT_SEQUENCE, b"UN", 0xffff_ffff, &unknown))).unwrap();
    assert_eq!(read.dataset.unwrap().items(tags::CONTENT_SEQUENCE).len(), 1);
}

#[test]
fn more_than_the_limits_is_told_before_it_is_read() {
    let limit = |limits: Limits, bytes: &[u8]| match read(bytes, &limits).unwrap_err() {
        DicomFault::Limit { what, .. } => what,
        other => panic!("{other}"),
    };
    let right = picture(Kind::ComputedRadiography, EXPLICIT_LITTLE_ENDIAN);
    let limits = Limits::default();
    assert_eq!(limit(Limits { bytes: 1000, ..limits }, &right), "bytes of the file");
    assert_eq!(limit(Limits { elements: 20, ..limits }, &right), "elements");
    assert_eq!(limit(Limits { kept: 100, ..limits }, &right), "bytes of values");
    let deep = [bare(tags::CONTENT_SEQUENCE, 0xffff_ffff), bare(ITEM, 0xffff_ffff)].concat().repeat(10_000);
    assert_eq!(limit(limits, &implicit(&deep)), "sequences within each other");
    let shallow = [bare(tags::CONTENT_SEQUENCE, 0xffff_ffff), bare(ITEM, 0xffff_ffff)].concat().repeat(32);
    assert_eq!(code(&implicit(&shallow)), "truncated", "as deep as can be");
    let items = bare(ITEM, 0).repeat(1_000);
    assert_eq!(
        limit(Limits { elements: 900, ..limits }, &explicit(&long(tags::CONTENT_SEQUENCE, b"SQ", 8_000, &items))),
        "elements"
    );
}

#[test]
fn a_long_value_goes_by_and_a_short_one_is_kept() {
    let bytes = explicit(&long(tags::ENCAPSULATED_DOCUMENT, b"OB", 100_000, &vec![1; 100_000]));
    let read = read_bytes(&bytes).unwrap();
    assert_eq!(read.dataset.unwrap().elements[&tags::ENCAPSULATED_DOCUMENT], Value::Long(100_000));
}

#[test]
fn deflated_and_big_endian_data_sets_are_recognised_and_left_alone() {
    for syntax in [&b"1.2.840.10008.1.2.1.99"[..], b"1.2.840.10008.1.2.2\0"] {
        let body = [0x10, 0x00, 0x7f, 0xff, 0x01, 0x02];
        let object = read_bytes(&file(syntax, &body)).unwrap();
        let facts = object.facts();
        assert_eq!(facts.oddities, ["unread"]);
        assert_eq!((facts.sop_instance.as_deref(), facts.study), (Some("2.25.1"), None), "from the meta information");
        assert!(Manifest::of(&object).is_none());
    }
    // A deflated data set may begin with the bytes of group 0002.
    let object = read_bytes(&file(b"1.2.840.10008.1.2.1.99", &[0x02, 0x00, 0x01])).unwrap();
    assert_eq!(object.facts().oddities, ["unread"]);
}

#[test]
fn small_errors_are_told_and_read_over() {
    let order = [short(tags::MODALITY, b"CS", b"CR"), short(tags::SOP_INSTANCE_UID, b"UI", b"2.25.1")].concat();
    assert_eq!(oddities(&explicit(&order)), ["order"]);
    let twice = [short(tags::MODALITY, b"CS", b"CR"), short(tags::MODALITY, b"CS", b"CT")].concat();
    assert_eq!(oddities(&explicit(&twice)), ["twice"]);
    assert_eq!(read_bytes(&explicit(&twice)).unwrap().facts().modality.as_deref(), Some("CR"));
    assert_eq!(oddities(&explicit(&short(tags::PATIENT_ID, b"LO", b"123"))), ["odd-length"]);
    assert_eq!(oddities(&explicit(&short(tags::STUDY_INSTANCE_UID, b"UI", b"2.25.01a"))), ["uid"]);
    assert_eq!(oddities(&explicit(&short(tags::SPECIFIC_CHARACTER_SET, b"CS", b"GB18030 "))), ["character-set"]);
    assert_eq!(code(&explicit(&short(tags::PATIENT_ID, b"xx", b"12"))), "representation");
}

#[test]
fn derived_uids_are_uids_and_always_the_same() {
    let uid = derived_uid("a study");
    assert!(is_uid(&uid) && uid.starts_with("2.25."), "{uid}");
    assert_eq!(uid, derived_uid("a study"));
    assert_ne!(uid, derived_uid("another study"));
}

/// Zeros without end, and how many were taken of them.
struct Zeros(u64);

impl Read for Zeros {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        into.fill(0);
        self.0 += into.len() as u64;
        Ok(into.len())
    }
}

#[test]
fn three_hundred_megabytes_go_by_in_one_pass() {
    let length = 300_u32 << 20;
    let head = explicit(&long(tags::PIXEL_DATA, b"OW", length, &[]));
    let file = std::io::Cursor::new(head.clone()).chain(Zeros(0).take(u64::from(length)));
    let facts = read(std::io::BufReader::new(file), &Limits::default()).unwrap().facts();
    assert_eq!(facts.size, head.len() as u64 + u64::from(length));
    assert_eq!(facts.pixel_data, Some(PixelData { bytes: u64::from(length), fragments: None }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn whatever_bytes_stand_there_the_reader_ends(at in 132usize..1200, with in proptest::collection::vec(any::<u8>(), 1..12)) {
        let mut bytes = manifest(&[("2.999.50.1.1", "2.999.50.1.1.1")]);
        let at = at.min(bytes.len() - with.len());
        bytes[at..at + with.len()].copy_from_slice(&with);
        if let Ok(object) = read_bytes(&bytes) {
            let _ = object.facts().json();
            let _ = Manifest::of(&object).map(|m| m.json());
        }
    }
}
