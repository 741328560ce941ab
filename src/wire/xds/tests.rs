//! Messages from end to end: SOAP, MTOM and the values in them.
#![allow(clippy::unwrap_used)]
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::wire::mtom::{Attachment, Limits, Outgoing, Package, Packing};
use crate::wire::soap::{self, Addressing, Version};
use crate::wire::xml::borrowed;

const HOME: &str = "urn:oid:2.999.1.1";

fn message(transaction: Transaction, body: &str) -> String {
    let addressing = Addressing {
        to_is_mandatory: true,
        ..Addressing::request(transaction.request_action(), "https://localhost/xca", "urn:uuid:1")
    };
    soap::write(Version::V12, &addressing, &[], body)
}

#[test]
fn a_query_travels_in_a_message_and_back() {
    let request = QueryRequest::new(StoredQuery::named("FindDocuments").unwrap())
        .with("$XDSDocumentEntryPatientId", &[write_text(&Cx::bsn("999943145").write())])
        .with("$XDSDocumentEntryStatus", &[write_list(&[entry::APPROVED])]);
    let text = message(Transaction::Iti38, &request.xml());
    let tree = borrowed::read(text.as_bytes(), &LIMITS).unwrap();
    let opened = soap::open(&tree).unwrap();
    let action = opened.addressing.action.as_deref().unwrap();
    assert_eq!(Transaction::of_request(action), Some(Transaction::Iti38));
    let body = opened.body.unwrap();
    assert_eq!((body.namespace(), body.name()), Transaction::Iti38.request_root());
    let read = QueryRequest::read(body).unwrap();
    assert_eq!((read.patient(), &read), (Some(Cx::bsn("999943145").write()), &request));
    let value = serde_json::to_value(&read).unwrap();
    assert_eq!(value["returnType"], "leafClass");
    assert_eq!(serde_json::from_value::<QueryRequest>(value).unwrap(), request);
    assert!(matches!(QueryResponse::read(body), Err(XdsFault::Element { .. })));
}

#[test]
fn answers_with_errors_and_references_read_back() {
    let error = RegistryError::new("XDSMissingHomeCommunityId", "GetDocuments needs home", HOME);
    let failed = QueryResponse::of(Vec::new(), vec![error.clone()]);
    let entry = DocumentEntry { entry_uuid: "urn:uuid:1".into(), home: Some(HOME.into()), ..DocumentEntry::default() };
    let partly = QueryResponse::of(vec![entry], vec![error]).as_references();
    let empty = QueryResponse::of(Vec::new(), Vec::new());
    assert_eq!((&failed.status, failed.has_list), (&Status::Failure, false));
    assert_eq!((&partly.status, partly.references.len()), (&Status::PartialSuccess, 1));
    assert_eq!((&empty.status, empty.has_list), (&Status::Success, true));
    for answer in [failed, partly, empty] {
        let text = answer.xml();
        let tree = borrowed::read(text.as_bytes(), &LIMITS).unwrap();
        assert_eq!(QueryResponse::read(tree.root()).unwrap(), answer);
    }
}

#[test]
fn objects_that_are_not_asked_for_are_told() {
    let text = format!(
        r#"<q:AdhocQueryResponse xmlns:q="{QUERY}" xmlns="{RIM}"><RegistryObjectList><RegistryPackage id="p" home="h"/>
        <Association id="a"/></RegistryObjectList></q:AdhocQueryResponse>"#
    );
    let tree = borrowed::read(text.as_bytes(), &LIMITS).unwrap();
    let answer = QueryResponse::read(tree.root()).unwrap();
    let element = |o: &Other| (o.element.clone(), o.home.clone());
    let all: Vec<_> = answer.others.iter().map(element).collect();
    assert_eq!(all, [("RegistryPackage".into(), Some("h".into())), ("Association".into(), None)]);
    assert_eq!(answer.status, Status::Missing);
}

fn retrieved(packing: &Packing) -> serde_json::Value {
    let ids = [DocumentId::new(HOME, "2.999.1.1.10", "2.25.1"), DocumentId::new(HOME, "2.999.1.1.10", "2.25.2")];
    let document = |(n, id): (usize, DocumentId)| Retrieved {
        id,
        mime_type: Some("application/pdf".into()),
        payload: Payload::Include(format!("cid:{n}@x")),
    };
    let answer = RetrieveResponse::of(ids.into_iter().enumerate().map(document).collect(), Vec::new());
    let attachment = |n: usize| Attachment {
        content_id: format!("{n}@x"),
        media_type: "application/pdf".into(),
        bytes: b"%PDF-".to_vec(),
    };
    let outgoing = Outgoing {
        envelope: message(Transaction::Iti39, &answer.xml()),
        attachments: vec![attachment(0), attachment(1)],
    };
    let (kind, body) = outgoing.pack(packing);
    let package = Package::read(&kind.to_string(), &body, &Limits::default()).unwrap();
    let tree = borrowed::read(&package.envelope, &LIMITS).unwrap();
    let opened = soap::open(&tree).unwrap();
    RetrieveResponse::read(opened.body.unwrap()).unwrap().to_json(&package)
}

#[test]
fn documents_are_the_same_in_parts_and_inline() {
    let in_parts = retrieved(&Packing::default());
    assert_eq!(in_parts["documents"][1]["form"], "xop");
    assert_eq!(in_parts["documents"][1]["length"], 5);
    let inline = retrieved(&Packing { inline: true, ..Packing::default() });
    assert_eq!(inline["documents"][1]["form"], "inline");
    assert_eq!(inline["documents"][1]["sha1"], in_parts["documents"][1]["sha1"]);
    let last = retrieved(&Packing { root_last: true, ..Packing::default() });
    assert_eq!(last, in_parts);
}

#[test]
fn a_document_that_cannot_be_had_says_why() {
    let missing = retrieved(&Packing { one_missing: true, ..Packing::default() });
    assert_eq!(missing["documents"][0].get("fault"), None);
    assert_eq!(missing["documents"][1]["fault"], json!("unresolvable"));
    let doubled = retrieved(&Packing { doubled: true, ..Packing::default() });
    assert_eq!(doubled["documents"][1]["fault"], json!("doubled-content-id"));
}

#[test]
fn requests_for_documents_and_images_read_back_with_their_order() {
    let id = DocumentId::new(HOME, "2.999.1.1.20", "2.999.50.1.1.1");
    let request = RetrieveRequest::new(vec![id.clone(), DocumentId { home: None, ..id.clone() }]);
    let text = request.xml();
    let tree = borrowed::read(text.as_bytes(), &LIMITS).unwrap();
    assert_eq!(RetrieveRequest::read(tree.root()).unwrap(), request);
    let swapped = text.replace("HomeCommunityId", "X").replace("RepositoryUniqueId", "HomeCommunityId");
    let swapped =
        swapped.replace("<ihe:X>", "<ihe:RepositoryUniqueId>").replace("</ihe:X>", "</ihe:RepositoryUniqueId>");
    let tree = borrowed::read(swapped.as_bytes(), &LIMITS).unwrap();
    assert!(!RetrieveRequest::read(tree.root()).unwrap().in_order);

    let series = Series { uid: "2.999.50.1.1".into(), documents: vec![id.clone(), id] };
    let images = ImagingRequest {
        studies: vec![Study { uid: "2.999.50.1".into(), series: vec![series] }],
        transfer_syntaxes: vec!["1.2.840.10008.1.2.1".into(), "1.2.840.10008.1.2".into()],
        in_order: true,
    };
    let text = images.xml();
    let tree = borrowed::read(text.as_bytes(), &LIMITS).unwrap();
    assert_eq!(ImagingRequest::read(tree.root()).unwrap(), images);
    assert_eq!(images.instances().map(|(s, r, _)| (s, r)).collect::<Vec<_>>(), [("2.999.50.1", "2.999.50.1.1"); 2]);
}

#[test]
fn actions_are_those_of_one_transaction_each() {
    for transaction in Transaction::ALL {
        assert_eq!(Transaction::of_request(transaction.request_action()), Some(transaction));
        assert_ne!(transaction.request_action(), transaction.response_action());
    }
    assert_eq!(Transaction::of_request("urn:ihe:iti:2007:CrossGatewayQueryResponse"), None);
    assert_eq!(serde_json::to_value(Transaction::Rad75).unwrap(), "rad-75");
}

#[test]
fn stored_queries_have_ids_and_names_of_their_own() {
    for query in &STORED_QUERIES {
        assert_eq!(StoredQuery::by_id(query.id), StoredQuery::named(query.name));
        assert_eq!(query.patient_parameter().is_some(), query.by_patient);
    }
}

proptest! {
    #[test]
    fn any_query_reads_back(
        home in proptest::option::of("[!-~]{1,9}"),
        slots in proptest::collection::vec(("[!-~]{1,9}", proptest::collection::vec("[!-~é]{1,9}", 0..3)), 0..4)
    ) {
        let mut request = QueryRequest { home, ..QueryRequest::new(&STORED_QUERIES[0]) };
        request.parameters = slots.into_iter().map(|(name, values)| Slot { name, values }).collect();
        let text = request.xml();
        let tree = borrowed::read(text.as_bytes(), &LIMITS).unwrap();
        let read = QueryRequest::read(tree.root()).unwrap();
        let _ = read.complaints();
        prop_assert_eq!(read, request);
    }
}
