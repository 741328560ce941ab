//! The responding gateway answers as it should, and wrongly in exactly the way that it is told.

#![allow(clippy::unwrap_used)]
use bytes::Bytes;
use serde_json::Value;

use super::*;
use crate::wire::http::header;
use crate::wire::mtom::{Facts, Limits, Package};
use crate::wire::soap::{self, Addressing, Blame, Version};
use crate::wire::xds::entry::{APPROVED, STABLE, STUDY};
use crate::wire::xds::{
    Code, Cx, DocumentEntry, DocumentId, ImagingRequest, LIMITS, QueryRequest, QueryResponse, RetrieveRequest,
    RetrieveResponse, ReturnType, Series, Status, StoredQuery, Study, TARGET_COMMUNITIES, write_list, write_text,
};
use crate::wire::xml::borrowed;

const HOME: &str = "urn:oid:2.999.1.1";
const OTHER: &str = "urn:oid:2.999.1.2";
const REPOSITORY: &str = "2.999.1.1.10";
const SOURCE: &str = "2.999.1.1.20";
const PATIENT: &str = "999943145";
const EXPLICIT: &str = "1.2.840.10008.1.2.1";
const IMPLICIT: &str = "1.2.840.10008.1.2";
const CLASSES: &str = "1.3.6.1.4.1.19376.1.2.6.1";

fn holding(home: &str, repository: &str, id: &str, class: &str, mime: &str) -> Holding {
    let bytes = Bytes::from(format!("%PDF- SIM {id}"));
    let facts = Facts::of(&bytes);
    let entry = DocumentEntry {
        entry_uuid: format!("urn:uuid:{id}"),
        home: Some(home.into()),
        object_type: Some(STABLE.into()),
        mime_type: Some(mime.into()),
        availability_status: Some(APPROVED.into()),
        patient_id: Some(Cx::bsn(PATIENT).write()),
        unique_id: Some(id.into()),
        repository_unique_id: Some(repository.into()),
        creation_time: Some("20260301093000".into()),
        hash: Some(facts.sha1),
        size: Some(facts.length.to_string()),
        class_code: vec![Code::new(class, CLASSES, None)],
        event_code_list: vec![Code::new("CR", "1.2.840.10008.2.16.4", None), Code::new("x", "y", None)],
        reference_id_list: vec![format!("2.999.50.1^^^^{STUDY}")],
        ..DocumentEntry::default()
    };
    Holding { entry, content: Content::Memory(bytes) }
}

fn holdings() -> Holdings {
    let form =
        |syntax: &str| Form { transfer_syntax: syntax.into(), content: Content::Memory(Bytes::from_static(b"DICM")) };
    let image = |n: u32| Image {
        study: "2.999.50.1".into(),
        series: "2.999.50.1.1".into(),
        instance: format!("2.999.50.1.1.{n}"),
        bsn: PATIENT.into(),
        source: SOURCE.into(),
        forms: vec![form(EXPLICIT), form(IMPLICIT)],
    };
    let first = Community {
        home: HOME.into(),
        repositories: vec![REPOSITORY.into()],
        imaging_sources: vec![SOURCE.into()],
        documents: vec![
            holding(HOME, REPOSITORY, "2.999.1", "REPORTS", "application/pdf"),
            holding(HOME, REPOSITORY, "2.999.2", "IMAGES", "application/dicom"),
        ],
        images: vec![image(1), image(2)],
    };
    let second = Community {
        home: OTHER.into(),
        repositories: vec!["2.999.1.2.10".into()],
        documents: vec![holding(OTHER, "2.999.1.2.10", "2.999.3", "REPORTS", "text/xml")],
        ..Community::default()
    };
    Holdings { communities: vec![first, second], consent: Vec::new() }
}

fn gateway_with(holdings: Holdings, script: &str) -> Arc<Gateway> {
    let admission: Admission = Arc::new(|message: &[u8]| match message.windows(7).any(|w| w == b"let-in!") {
        true => Ok(Caller { ura: Some("90000002".into()), ..Caller::default() }),
        false => Err(Fault::security("InvalidSecurity", "there is no assertion")),
    });
    Gateway::new(Arc::new(holdings), admission, serde_json::from_str(script).unwrap())
}

fn message(action: &str, version: Version, headers: &[String], body: &str) -> HttpRequest {
    let addressing =
        Addressing { to_is_mandatory: true, ..Addressing::request(action, "https://localhost/xca", "urn:uuid:1") };
    let text = soap::write(version, &addressing, headers, body);
    HttpRequest { method: "POST".into(), target: "/xca".into(), ..HttpRequest::default() }
        .with_body(version.content_type(), text.into_bytes())
}

fn asked(transaction: Transaction, body: &str) -> HttpRequest {
    let proof = "<x xmlns=\"urn:x\">let-in!</x>".to_owned();
    message(transaction.request_action(), Version::V12, &[proof], body)
}

/// What is read of an answer to a query.
fn query(script: &str, request: &QueryRequest) -> QueryResponse {
    let (response, transaction) = gateway_with(holdings(), script).respond(&asked(Transaction::Iti38, &request.xml()));
    assert_eq!((response.status, transaction), (200, Some(Transaction::Iti38)));
    let tree = borrowed::read(&response.body, &LIMITS).unwrap();
    QueryResponse::read(soap::open(&tree).unwrap().body.unwrap()).unwrap()
}

fn find() -> QueryRequest {
    QueryRequest::new(StoredQuery::named("FindDocuments").unwrap())
        .with("$XDSDocumentEntryPatientId", &[write_text(&Cx::bsn(PATIENT).write())])
        .with("$XDSDocumentEntryStatus", &[write_list(&[APPROVED])])
}

fn ids(response: &QueryResponse) -> Vec<&str> {
    response.documents.iter().filter_map(|d| d.unique_id.as_deref()).collect()
}

fn codes(response: &QueryResponse) -> Vec<&str> {
    response.errors.iter().map(|e| e.code.as_str()).collect()
}

/// The JSON form of the answer to a retrieval.
fn retrieve(holdings: Holdings, script: &str, transaction: Transaction, body: &str) -> Value {
    let (response, _) = gateway_with(holdings, script).respond(&asked(transaction, body));
    let kind = header(&response.headers, "content-type").unwrap();
    let package = Package::read(kind, &response.body, &Limits::default()).unwrap();
    let tree = borrowed::read(&package.envelope, &LIMITS).unwrap();
    let opened = soap::open(&tree).unwrap();
    assert_eq!(opened.addressing.relates_to.as_deref(), Some("urn:uuid:1"));
    assert_eq!(opened.addressing.action.as_deref(), Some(transaction.response_action()));
    RetrieveResponse::read(opened.body.unwrap()).unwrap().to_json(&package)
}

fn documents(all: &[(&str, &str, &str)]) -> String {
    RetrieveRequest::new(all.iter().map(|(h, r, d)| DocumentId::new(h, r, d)).collect()).xml()
}

fn images(instances: &[&str], syntaxes: &[&str]) -> String {
    let documents = instances.iter().map(|i| DocumentId::new(HOME, SOURCE, i)).collect();
    let series = vec![Series { uid: "2.999.50.1.1".into(), documents }];
    let studies = vec![Study { uid: "2.999.50.1".into(), series }];
    let transfer_syntaxes = syntaxes.iter().map(|s| (*s).to_owned()).collect();
    ImagingRequest { studies, transfer_syntaxes, in_order: true }.xml()
}

#[test]
fn the_timeline_of_all_communities_is_found_and_filtered() {
    assert_eq!(ids(&query("{}", &find())), ["2.999.1", "2.999.2", "2.999.3"]);
    let with = |name: &str, value: String| ids(&query("{}", &find().with(name, &[value]))).len();
    assert_eq!(with("$XDSDocumentEntryClassCode", write_list(&[&format!("IMAGES^^{CLASSES}")])), 1);
    assert_eq!(with("$XDSDocumentEntryCreationTimeFrom", "20260302".into()), 0);
    assert_eq!(with("$XDSDocumentEntryCreationTimeTo", "20260301093001".into()), 3);
    assert_eq!(with("$XDSDocumentEntryCreationTimeTo", "20260301093000".into()), 0);
    assert_eq!(with("$XDSDocumentEntryAuthorPerson", write_list(&["%TEST%"])), 0);
    let events = |second: &str| {
        let first =
            find().with("$XDSDocumentEntryEventCodeList", &[write_list(&["CR^^1.2.840.10008.2.16.4", "no^^no"])]);
        ids(&query("{}", &first.with("$XDSDocumentEntryEventCodeList", &[write_list(&[second])]))).len()
    };
    assert_eq!((events("x^^y"), events("z^^y")), (3, 0));
}

#[test]
fn references_lead_to_the_entries_that_they_name() {
    let request = QueryRequest { return_type: ReturnType::ObjectRef, ..find() };
    let answer = query("{}", &request);
    assert_eq!((answer.documents.len(), answer.references.len()), (0, 3));
    let get = QueryRequest::new(StoredQuery::named("GetDocuments").unwrap())
        .with("$XDSDocumentEntryEntryUUID", &[write_list(&[&answer.references[0].id])]);
    assert_eq!(codes(&query("{}", &get)), ["XDSMissingHomeCommunityId"]);
    let home = |home: &str| QueryRequest { home: Some(home.into()), ..get.clone() };
    assert_eq!(ids(&query("{}", &home(HOME))), ["2.999.1"]);
    assert_eq!(ids(&query("{}", &home(OTHER))), [""; 0]);
    let unknown = query("{}", &home("urn:oid:2.999.9"));
    assert_eq!((codes(&unknown), &unknown.status), (vec!["XDSUnknownCommunity"], &Status::Failure));
    assert_eq!(unknown.errors[0].location.as_deref(), Some(HOME));
    let by_reference =
        QueryRequest { id: StoredQuery::named("FindDocumentsByReferenceId").unwrap().id.into(), ..find() };
    let by_reference =
        by_reference.with("$XDSDocumentEntryReferenceIdList", &[write_list(&[&format!("2.999.50.1^^^^{STUDY}")])]);
    assert_eq!(ids(&query("{}", &by_reference)).len(), 3);
    let folders =
        QueryRequest { home: Some(HOME.into()), ..QueryRequest::new(StoredQuery::named("GetFolders").unwrap()) };
    let folders = query("{}", &folders.with("$XDSFolderUniqueId", &[write_list(&["1"])]));
    assert_eq!((folders.status, folders.has_list), (Status::Success, true));
}

#[test]
fn both_answers_about_an_unknown_patient_can_be_given() {
    let mut request = find();
    request.parameters[0].values = vec![write_text(&Cx::bsn("999996538").write())];
    let empty = query("{}", &request);
    assert_eq!((empty.status, empty.has_list, empty.documents.len()), (Status::Success, true, 0));
    let told = query(r#"{"unknown-patient": "error"}"#, &request);
    assert_eq!((codes(&told), &told.status), (vec!["XDSUnknownPatientId"], &Status::Failure));
}

#[test]
fn communities_that_are_named_are_looked_at_and_unknown_ones_told() {
    let with = |values: &[&str]| query("{}", &find().with(TARGET_COMMUNITIES, &[write_list(values)]));
    assert_eq!(with(&[]).status, Status::Failure);
    let known = with(&[OTHER]);
    assert_eq!((ids(&known), &known.status), (vec!["2.999.3"], &Status::Success));
    let partly = with(&[OTHER, "urn:oid:2.999.9"]);
    assert_eq!((ids(&partly), &partly.status), (vec!["2.999.3"], &Status::PartialSuccess));
    assert!(partly.errors[0].context.contains("urn:oid:2.999.9"));
}

#[test]
fn what_may_not_be_seen_is_neither_listed_nor_given() {
    let refusing = |class: Option<&str>| {
        let row = Consent { bsn: Some(PATIENT.into()), class_code: class.map(str::to_owned), ..Consent::default() };
        Holdings { consent: vec![row], ..holdings() }
    };
    let request = asked(Transaction::Iti38, &find().xml());
    let (response, _) = gateway_with(refusing(Some("IMAGES")), "{}").respond(&request);
    let tree = borrowed::read(&response.body, &LIMITS).unwrap();
    let answer = QueryResponse::read(soap::open(&tree).unwrap().body.unwrap()).unwrap();
    assert_eq!(ids(&answer), ["2.999.1", "2.999.3"]);
    let code = |value: &Value| value["errors"][0]["code"].as_str().unwrap_or_default().to_owned();
    let image = images(&["2.999.50.1.1.1"], &[EXPLICIT]);
    let value = retrieve(refusing(Some("IMAGES")), "{}", Transaction::Rad75, &image);
    assert_eq!((code(&value), value["documents"].as_array().unwrap().len()), ("XDSDocumentUniqueIdError".into(), 0));
    let value = retrieve(refusing(Some("IMAGES")), r#"{"wrong": ["ignores-consent"]}"#, Transaction::Rad75, &image);
    assert_eq!(value["documents"].as_array().unwrap().len(), 1);
    let value = retrieve(refusing(None), "{}", Transaction::Iti39, &documents(&[(HOME, REPOSITORY, "2.999.1")]));
    assert_eq!(code(&value), "XDSDocumentUniqueIdError");
}

#[test]
fn documents_are_given_as_their_metadata_says_and_misses_are_told() {
    let both = documents(&[(HOME, REPOSITORY, "2.999.1"), (OTHER, "2.999.1.2.10", "2.999.3")]);
    let value = retrieve(holdings(), "{}", Transaction::Iti39, &both);
    assert_eq!(value["status"], "success");
    let entry = &holdings().communities[0].documents[0].entry;
    assert_eq!(value["documents"][0]["sha1"].as_str(), entry.hash.as_deref());
    assert_eq!(value["documents"][1]["mimeType"], "text/xml");
    for (home, repository, document, code) in [
        ("", REPOSITORY, "2.999.1", "XDSMissingHomeCommunityId"),
        ("urn:oid:2.999.9", REPOSITORY, "2.999.1", "XDSUnknownCommunity"),
        (HOME, "2.999.9", "2.999.1", "XDSUnknownRepositoryId"),
        (HOME, REPOSITORY, "2.999.9", "XDSDocumentUniqueIdError"),
    ] {
        let value = retrieve(holdings(), "{}", Transaction::Iti39, &documents(&[(home, repository, document)]));
        assert_eq!((&value["status"], &value["errors"][0]["code"]), (&"failure".into(), &code.into()));
        assert_eq!(value["errors"][0]["location"], HOME);
    }
    let partly = documents(&[(HOME, REPOSITORY, "2.999.9"), (HOME, REPOSITORY, "2.999.1")]);
    let value = retrieve(holdings(), "{}", Transaction::Iti39, &partly);
    assert_eq!((&value["status"], value["documents"].as_array().unwrap().len()), (&"partialSuccess".into(), 1));
}

#[test]
fn images_are_given_in_the_first_syntax_that_there_is() {
    let all = images(&["2.999.50.1.1.1", "2.999.50.1.1.2"], &["1.2.840.10008.1.2.4.90", IMPLICIT]);
    let value = retrieve(holdings(), "{}", Transaction::Rad75, &all);
    assert_eq!(
        (&value["status"], &value["documents"][1]["mimeType"]),
        (&"success".into(), &"application/dicom".into())
    );
    let none =
        retrieve(holdings(), "{}", Transaction::Rad75, &images(&["2.999.50.1.1.1"], &["1.2.840.10008.1.2.4.90"]));
    assert_eq!((&none["status"], &none["errors"][0]["code"]), (&"failure".into(), &"XDSRepositoryError".into()));
    let unknown = retrieve(holdings(), "{}", Transaction::Rad75, &images(&["2.999.9"], &[EXPLICIT]));
    assert_eq!(unknown["errors"][0]["code"], "XDSDocumentUniqueIdError");
    let elsewhere = images(&["2.999.50.1.1.1"], &[EXPLICIT]).replace(SOURCE, REPOSITORY);
    let unknown = retrieve(holdings(), "{}", Transaction::Rad75, &elsewhere);
    assert_eq!(unknown["errors"][0]["code"], "XDSUnknownRepositoryId");
    let other_study = images(&["2.999.50.1.1.1"], &[EXPLICIT])
        .replace("studyInstanceUID=\"2.999.50.1\"", "studyInstanceUID=\"2.999.9\"");
    let unknown = retrieve(holdings(), "{}", Transaction::Rad75, &other_study);
    assert_eq!(unknown["errors"][0]["code"], "XDSDocumentUniqueIdError");
    let nothing = retrieve(holdings(), "{}", Transaction::Rad75, &images(&["2.999.50.1.1.1"], &[]));
    assert_eq!(nothing["status"], "failure");
}

/// Status and fault of an answer to a message.
fn refused(request: &HttpRequest) -> (u16, Fault) {
    let (response, _) = gateway_with(holdings(), "{}").respond(request);
    let envelope = soap::parse(&response.body, &crate::wire::xml::Limits::default()).unwrap();
    (response.status, Fault::of(&envelope).unwrap())
}

#[test]
fn messages_that_cannot_be_taken_get_a_fault_that_says_why() {
    let body = find().xml();
    let action = Transaction::Iti38.request_action();
    let (status, fault) = refused(&message(action, Version::V12, &[], &body));
    assert_eq!((status, fault.is_security()), (400, true));
    let (_, fault) = refused(&message(action, Version::V11, &[], &body));
    assert_eq!(fault.blame, Some(Blame::VersionMismatch));
    let strange = "<x xmlns=\"urn:x\" e:mustUnderstand=\"1\"/>".to_owned();
    let (status, fault) = refused(&message(action, Version::V12, &[strange], &body));
    assert_eq!((status, fault.blame), (500, Some(Blame::MustUnderstand)));
    let (_, fault) = refused(&message(Transaction::Iti18.request_action(), Version::V12, &[], &body));
    assert_eq!(fault.subcodes[0].name, "ActionNotSupported");
    let (_, fault) = refused(&asked(Transaction::Iti39, &body));
    assert_eq!(fault.blame, Some(Blame::Sender));
    let mut broken = asked(Transaction::Iti38, &body);
    for wrong in
        [b"<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>".to_vec(), "<a>".repeat(10_000).into_bytes(), b"no".to_vec()]
    {
        broken.body = wrong;
        assert_eq!(refused(&broken).0, 400);
    }
    let get = HttpRequest::get("/xca");
    assert_eq!(gateway_with(holdings(), "{}").respond(&get).0.status, 405);
}

#[test]
fn a_script_spoils_an_answer_in_the_way_of_its_word() {
    let with = |wrong: &str| query(&format!(r#"{{"wrong": ["{wrong}"]}}"#), &find());
    assert!(with("no-home").documents.iter().all(|d| d.home.is_none()));
    assert!(with("other-hash").documents[0].hash.as_deref() == Some(&"0".repeat(40)));
    assert_eq!(with("extra-slots").documents[0].slots.len(), 1);
    assert_eq!(with("two-class-codes").documents[0].class_code.len(), 2);
    assert_eq!(with("partial-success").status, Status::PartialSuccess);
    let wrong_root = query(r#"{"wrong": ["partial-success", "partial-success-of-ebxml"]}"#, &find());
    assert!(matches!(wrong_root.status, Status::Other(_)));
    let gateway = gateway_with(holdings(), r#"{"wrong": ["inner-action", "other-relates-to"]}"#);
    let (response, _) = gateway.respond(&asked(Transaction::Iti38, &find().xml()));
    let envelope = soap::parse(&response.body, &LIMITS).unwrap();
    assert_eq!(envelope.addressing.action.as_deref(), Some(Transaction::Iti18.response_action()));
    assert_ne!(envelope.addressing.relates_to.as_deref(), Some("urn:uuid:1"));
    gateway.play(Script::default());
    assert!(gateway.script().wrong.is_empty());
    let one = documents(&[(HOME, REPOSITORY, "2.999.1")]);
    let form = |wrong: &str| {
        let value = retrieve(holdings(), &format!(r#"{{"wrong": ["{wrong}"]}}"#), Transaction::Iti39, &one);
        (value["documents"][0]["form"].clone(), value["documents"][0].get("fault").cloned())
    };
    assert_eq!(form("inline"), ("inline".into(), None));
    assert_eq!(form("root-last"), ("xop".into(), None));
    assert_eq!(form("no-content-ids"), ("xop".into(), Some("unresolvable".into())));
    assert_eq!(form("doubled-content-id"), ("xop".into(), Some("doubled-content-id".into())));
}

#[test]
fn a_wrong_of_a_query_shows_in_what_it_names() {
    let with = |wrong: &str, request: &QueryRequest| query(&format!(r#"{{"wrong": ["{wrong}"]}}"#), request);
    let told = |wrong: &str, request: &QueryRequest| {
        let answer = with(wrong, request);
        (answer.status.clone(), codes(&answer).join(" "), answer.documents.len())
    };
    let (success, failure) = (Status::Success, Status::Failure);
    let named = |name: &str| QueryRequest::new(StoredQuery::named(name).unwrap());
    let get = |home: &str| QueryRequest {
        home: Some(home.into()),
        ..named("GetDocuments").with("$XDSDocumentEntryUniqueId", &[write_list(&["2.999.1"])])
    };
    let nobody = QueryRequest { parameters: vec![find().parameters[1].clone()], ..find() };
    let nobody = |id: Option<&str>| match id {
        Some(bsn) => nobody.clone().with("$XDSDocumentEntryPatientId", &[write_text(&Cx::bsn(bsn).write())]),
        None => nobody.clone(),
    };
    let unknown = nobody(Some("999996538"));
    let folders = QueryRequest { home: Some(HOME.into()), ..named("GetFolders") };
    let folders = folders.with("$XDSFolderUniqueId", &[write_list(&["1"])]);
    let strange = QueryRequest { id: "urn:uuid:0".into(), ..find() };
    let target = find().with(TARGET_COMMUNITIES, &[write_list(&["urn:oid:2.999.9"])]);
    let none = String::new();
    assert_eq!(told("overlooks-unknown-home", &get("urn:oid:2.999.9")), (success.clone(), none.clone(), 0));
    assert_eq!(told("refuses-own-home", &get(HOME)), (failure.clone(), "XDSUnknownCommunity".into(), 0));
    assert_eq!(told("overlooks-parameters", &nobody(None)), (success.clone(), none.clone(), 0));
    assert_eq!(told("overlooks-unknown-query", &strange), (success.clone(), none.clone(), 0));
    assert_eq!(told("no-get-documents", &get(HOME)), (failure.clone(), "XDSUnknownStoredQuery".into(), 0));
    assert_eq!(told("no-folder-queries", &folders), (failure.clone(), "XDSUnknownStoredQuery".into(), 0));
    assert_eq!(told("broken-for-unknown-patient", &unknown), (failure.clone(), "XDSRegistryError".into(), 0));
    assert_eq!(told("others-for-unknown-patient", &unknown), (success.clone(), none.clone(), 3));
    assert_eq!(told("needs-target-communities", &find()), (failure.clone(), "XDSStoredQueryMissingParam".into(), 0));
    assert_eq!(told("fails-on-unknown-targets", &target), (failure.clone(), "XDSUnknownCommunity".into(), 0));
    assert_eq!(told("one-error-code", &strange), (failure, "XDSRegistryError".into(), 0));
    assert_eq!(told("unknown-target", &find()), (Status::PartialSuccess, "XDSUnknownCommunity".into(), 3));
    assert_eq!(told("always-object-ref", &find()), (success, none, 0));
    assert_eq!(with("always-object-ref", &find()).references.len(), 3);
    assert!(with("foreign-home", &find()).documents.iter().all(|d| d.home.as_deref() == Some("urn:oid:2.999.9")));
    assert_eq!(with("foreign-location", &strange).errors[0].location.as_deref(), Some("urn:oid:2.999.9"));
    assert!(with("deprecated", &find()).documents.iter().all(|d| d.availability_status.as_deref() != Some(APPROVED)));
    assert!(with("delayed", &find()).documents.iter().all(DocumentEntry::is_delayed));
}

#[test]
fn a_wrong_of_a_retrieval_shows_in_what_it_names() {
    let with = |wrong: &str, transaction, body: &str| {
        retrieve(holdings(), &format!(r#"{{"wrong": ["{wrong}"]}}"#), transaction, body)
    };
    let partly = documents(&[(HOME, REPOSITORY, "2.999.9"), (HOME, REPOSITORY, "2.999.1")]);
    let given = |value: &Value| (value["status"].clone(), value["documents"].as_array().unwrap().len());
    assert_eq!(given(&with("silent-misses", Transaction::Iti39, &partly)), ("success".into(), 1));
    assert_eq!(given(&with("all-or-nothing", Transaction::Iti39, &partly)), ("failure".into(), 0));
    let other = with("other-media-type", Transaction::Iti39, &documents(&[(HOME, REPOSITORY, "2.999.1")]));
    assert_eq!(other["documents"][0]["mimeType"], "application/octet-stream");
    let here = images(&["2.999.50.1.1.1"], &[EXPLICIT]);
    assert_eq!(given(&with("one-imaging-source", Transaction::Rad75, &here)), ("success".into(), 1));
    let there = with("one-imaging-source", Transaction::Rad75, &here.replace(HOME, OTHER));
    assert_eq!(there["errors"][0]["code"], "XDSUnknownRepositoryId");
}

#[test]
fn a_wrong_of_a_message_takes_what_has_to_be_refused() {
    let body = find().xml();
    let (iti38, iti39) = (Transaction::Iti38.request_action(), Transaction::Iti39.request_action());
    let proof = || "<x xmlns=\"urn:x\">let-in!</x>".to_owned();
    let strange = "<x xmlns=\"urn:x\" e:mustUnderstand=\"1\"/>".to_owned();
    let mut typed = message(iti38, Version::V12, &[proof()], &body);
    let text = String::from_utf8(typed.body.to_vec()).unwrap();
    let text = text.replacen("?>", "?><!DOCTYPE e [<!ENTITY x \"SIM\">]>", 1);
    typed.body = text.replacen("<e:Body>", "<e:Body><x>&x;</x>", 1).into_bytes();
    for (wrong, request) in [
        ("takes-soap11", message(iti38, Version::V11, &[proof()], &body)),
        ("takes-any-action", message(iti39, Version::V12, &[proof()], &body)),
        ("ignores-must-understand", message(iti38, Version::V12, &[proof(), strange], &body)),
        ("refuses-without-fault", message(iti38, Version::V12, &[], &body)),
        ("takes-document-types", typed),
    ] {
        assert_ne!(gateway_with(holdings(), "{}").respond(&request).0.status, 200, "{wrong}");
        let spoilt = gateway_with(holdings(), &format!(r#"{{"wrong": ["{wrong}"]}}"#));
        let (response, transaction) = spoilt.respond(&request);
        assert_eq!((response.status, transaction), (200, Some(Transaction::Iti38)), "{wrong}");
    }
}
