//! Metadata of entries is written and read again, unknown parts included.

#![allow(clippy::unwrap_used)]
use proptest::prelude::*;

use super::super::{QueryResponse, RIM};
use super::*;
use crate::wire::xml::borrowed;

fn read(text: &str) -> DocumentEntry {
    let whole = text.replacen("<rim:ExtrinsicObject", &format!("<rim:ExtrinsicObject xmlns:rim=\"{RIM}\""), 1);
    let tree = borrowed::read(whole.as_bytes(), &super::super::LIMITS).unwrap();
    DocumentEntry::read(tree.root())
}

fn entry() -> DocumentEntry {
    let some = |text: &str| Some(text.to_owned());
    DocumentEntry {
        entry_uuid: "urn:uuid:1".into(),
        logical_id: some("urn:uuid:1"),
        home: some("urn:oid:2.999.1.1"),
        object_type: some(STABLE),
        mime_type: some("application/pdf"),
        availability_status: some(APPROVED),
        title: some("Verslag <SIM> & \"TEST\""),
        patient_id: some(&Cx::bsn("999943145").write()),
        unique_id: some("2.25.1"),
        repository_unique_id: some("2.999.1.1.10"),
        size: some("0"),
        hash: some(HASH_OF_NOTHING),
        reference_id_list: vec![format!("ACC1^^^&2.999.1.1.4&ISO^{ACCESSION}"), format!("2.999.50.1^^^^{STUDY}")],
        author: vec![Author {
            person: vec!["1^TEST^Sim".into()],
            institution: vec!["SIM".into()],
            ..Author::default()
        }],
        class_code: vec![Code::new("REPORTS", "1.3.6.1.4.1.19376.1.2.6.1", None)],
        event_code_list: vec![Code::new("CR", "1.2.840.10008.2.16.4", Some("CR")), Code::new("CT", "x", None)],
        slots: vec![Slot::new("urn:sim:extra", ["1", "2"])],
        ..DocumentEntry::default()
    }
}

#[test]
fn an_entry_reads_back_with_its_references() {
    let read = read(&entry().xml());
    assert_eq!(read, entry());
    assert_eq!(read.references(ACCESSION)[0].authority.as_ref().unwrap().id, "2.999.1.1.4");
    assert_eq!(read.references(STUDY)[0].id, "2.999.50.1");
    assert!(read.references(ORDER).is_empty());
    assert!(read.is_delayed());
    assert!(!DocumentEntry { size: Some("1".into()), ..read }.is_delayed());
}

#[test]
fn what_is_doubled_or_unknown_is_kept() {
    let twice = "<rim:Slot name=\"hash\"><rim:ValueList><rim:Value>b</rim:Value></rim:ValueList></rim:Slot>";
    let unknown = "<rim:Classification classificationScheme=\"urn:uuid:0\"/><rim:ExternalIdentifier identificationScheme=\"urn:uuid:9\" value=\"x\"/>";
    let text = entry().xml().replace("</rim:ExtrinsicObject>", &format!("{twice}{unknown}</rim:ExtrinsicObject>"));
    let read = read(&text);
    assert_eq!(read.hash.as_deref(), Some(HASH_OF_NOTHING));
    assert_eq!(read.slots[1], Slot::new("hash", ["b"]));
    assert_eq!(read.unknown_schemes, ["urn:uuid:0", "urn:uuid:9"]);
}

#[test]
fn an_address_in_pieces_is_put_together() {
    let text = r#"<rim:ExtrinsicObject><rim:Slot name="URI"><rim:ValueList><rim:Value>2|b</rim:Value><rim:Value>1|a</rim:Value></rim:ValueList></rim:Slot></rim:ExtrinsicObject>"#;
    assert_eq!(read(text).uri.as_deref(), Some("ab"));
}

#[test]
fn the_json_form_has_the_names_of_the_standard_and_reads_back() {
    let value = serde_json::to_value(entry()).unwrap();
    assert_eq!(value["uniqueId"], "2.25.1");
    assert_eq!(value["eventCodeList"][0]["code"], "CR");
    assert!(value.get("comments").is_none());
    assert_eq!(serde_json::from_value::<DocumentEntry>(value).unwrap(), entry());
}

fn text() -> impl Strategy<Value = Option<String>> {
    proptest::option::of("[!-~é]([ -~é]{0,12}[!-~é])?")
}

fn codes() -> impl Strategy<Value = Vec<Code>> {
    let code = ("[!-~]{1,6}", "[!-~]{1,6}", text());
    proptest::collection::vec(code.prop_map(|(code, scheme, display)| Code { code, scheme, display }), 0..3)
}

proptest! {
    #[test]
    fn any_entry_reads_back(
        (home, title, comments, hash) in (text(), text(), text(), text()),
        (class, event, facility) in (codes(), codes(), codes()),
        references in proptest::collection::vec("[!-~]{1,9}", 0..3)
    ) {
        let entry = DocumentEntry {
            home, title, comments, hash, class_code: class, event_code_list: event, reference_id_list: references,
            healthcare_facility_type_code: facility, ..entry()
        };
        let answer = QueryResponse::of(vec![entry.clone(), entry], Vec::new());
        let text = answer.xml();
        let tree = borrowed::read(text.as_bytes(), &super::super::LIMITS).unwrap();
        prop_assert_eq!(QueryResponse::read(tree.root()).unwrap(), answer);
    }
}
