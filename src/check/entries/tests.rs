//! Each fact, met and not met.
#![allow(clippy::unwrap_used)]

use serde_json::json;

use super::*;

fn profile(id: &str) -> MetadataProfile {
    let path = format!("{}/profiles/beeldbeschikbaarheid/metadata/{id}.yaml", env!("CARGO_MANIFEST_DIR"));
    serde_saphyr::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn nictiz() -> MetadataProfile {
    profile("nictiz-bbs-1.0.0-alpha2")
}

fn entry(id: &str, class: &str, mime: &str) -> Value {
    let report = class != "IMAGES";
    let format = if report {
        json!({ "code": "urn:ihe:rad:PDF", "scheme": "1.3.6.1.4.1.19376.1.2.3" })
    } else {
        json!({ "code": "1.2.840.10008.5.1.4.1.1.88.59", "scheme": "1.2.840.10008.2.6.1" })
    };
    let scheme = if class.starts_with('9') { "2.16.840.1.113883.6.96" } else { "1.3.6.1.4.1.19376.1.2.6.1" };
    json!({
        "uniqueId": id, "mimeType": mime,
        "classCode": [{ "code": class, "scheme": scheme }],
        "typeCode": [{ "code": "x", "scheme": "y" }],
        "formatCode": [format],
        "eventCodeList": [{ "code": "CR", "scheme": "DCM" }],
        "practiceSettingCode": [{ "code": "394734003", "scheme": "2.16.840.1.113883.6.96" }],
        "referenceIdList": [format!("SIM1^^^&2.999.1&ISO^{ACCESSION}"), format!("2.25.1^^^^{STUDY}")],
    })
}

fn images() -> Value {
    entry("2.25.1", "IMAGES", "application/dicom")
}

fn report() -> Value {
    entry("2.25.2", "REPORTS", "application/pdf")
}

fn met(judged: &Judged) -> bool {
    matches!(judged, Judged::Met(_))
}

fn not_met(judged: &Judged) -> bool {
    matches!(judged, Judged::NotMet(_))
}

fn codes_of(attribute: CodeAttribute, alternatives: bool, entries: &[Value]) -> Judged {
    EntryCodes { attribute, of: Vec::new(), alternatives, profile: None }.all(entries, &nictiz())
}

#[test]
fn a_class_is_one_of_the_profile_and_there_once() {
    let class = |alternatives, entry: Value| codes_of(CodeAttribute::Class, alternatives, &[entry]);
    assert!(met(&class(false, images())) && met(&class(false, report())));
    let twiin = entry("2.25.3", "9491000146107", "application/pdf");
    assert!(not_met(&class(false, twiin.clone())) && met(&class(true, twiin)));
    assert!(not_met(&class(true, entry("2.25.3", "OTHER", "application/pdf"))));
    assert!(not_met(&class(true, entry("2.25.3", "IMAGES", "application/pdf"))), "images as PDF");
    let mut twice = images();
    twice["classCode"] = json!([twice["classCode"][0], twice["classCode"][0]]);
    assert!(not_met(&class(true, twice)));
}

#[test]
fn formats_are_fixed_types_are_open_and_both_must_be_there() {
    assert!(met(&codes_of(CodeAttribute::Format, false, &[images(), report()])));
    let mut wrong = report();
    wrong["formatCode"][0]["code"] = json!("urn:ihe:rad:TEXT");
    assert!(not_met(&codes_of(CodeAttribute::Format, true, &[images(), wrong])));
    assert!(met(&codes_of(CodeAttribute::Type, false, &[report()])));
    let mut none = report();
    none["typeCode"] = json!([]);
    assert!(not_met(&codes_of(CodeAttribute::Type, false, &[none])));
    let mut empty = report();
    empty["typeCode"] = json!([{ "code": "", "scheme": "y" }]);
    assert!(not_met(&codes_of(CodeAttribute::Type, false, &[empty])));
    let only_images = EntryCodes {
        attribute: CodeAttribute::Format,
        of: vec![EntryKind::Images],
        alternatives: false,
        profile: None,
    };
    assert!(matches!(only_images.all(&[report()], &nictiz()), Judged::Undecided(_)));
}

#[test]
fn images_list_a_modality_and_reports_need_none() {
    let modality = |alternatives, entry: Value| codes_of(CodeAttribute::Modality, alternatives, &[entry]);
    assert!(met(&modality(false, images())));
    assert!(matches!(modality(false, report()), Judged::Undecided(_)));
    let mut by_oid = images();
    by_oid["eventCodeList"] = json!([{ "code": "CR", "scheme": "1.2.840.10008.2.16.4" }]);
    assert!(not_met(&modality(false, by_oid.clone())) && met(&modality(true, by_oid)));
    let mut none = images();
    none["eventCodeList"] = json!([{ "code": "x", "scheme": "y" }]);
    assert!(not_met(&modality(true, none)));
}

#[test]
fn entries_of_a_study_carry_its_accession_number_and_say_who_gave_it_out() {
    assert!(met(&accession(&[images(), report()])));
    let mut without = report();
    without["referenceIdList"] = json!([format!("2.25.1^^^^{STUDY}")]);
    assert!(not_met(&accession(&[images(), without.clone()])));
    assert!(matches!(accession(&[without]), Judged::Undecided(_)), "nobody knows it");
    assert!(met(&authority(&[images()])));
    let mut bare = images();
    bare["referenceIdList"] = json!([format!("SIM1^^^^{ACCESSION}")]);
    assert!(not_met(&authority(&[bare])));
}

#[test]
fn images_and_reports_share_a_reference() {
    assert!(met(&counterpart(&[images(), report()], &nictiz())));
    let mut alone = report();
    alone["referenceIdList"] = json!([format!("2.25.9^^^^{STUDY}")]);
    assert!(not_met(&counterpart(&[images(), alone], &nictiz())));
    assert!(matches!(counterpart(&[report()], &nictiz()), Judged::Undecided(_)));
}

#[test]
fn documents_and_studies_are_there_once() {
    let nictiz = nictiz();
    assert!(met(&once(&[images(), report()], Some(&nictiz))));
    assert!(not_met(&once(&[report(), report()], Some(&nictiz))));
    let again = entry("2.25.5", "IMAGES", "application/dicom");
    assert!(not_met(&once(&[images(), again], Some(&nictiz))), "another manifest of the same study");
}

#[test]
fn the_profile_of_twiin_has_its_codes_for_reports() {
    let check = EntryCodes {
        attribute: CodeAttribute::Class,
        of: vec![EntryKind::ReportPdf],
        alternatives: false,
        profile: None,
    };
    let twiin = profile("twiin-1.2");
    assert!(met(&check.all(&[entry("2.25.3", "9491000146107", "application/pdf")], &twiin)));
    assert!(not_met(&check.all(&[report()], &twiin)));
    assert!(nictiz().prevails && !twiin.prevails, "Nictiz prevails");
}
