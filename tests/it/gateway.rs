//! The reference gateway of images and reports, over real sockets with mutual TLS.

use std::sync::Arc;

use bytes::Bytes;
use twiin_harness::net::connect::{Outcome, exchange};
use twiin_harness::net::listen::bind;
use twiin_harness::net::{Identity, Limits};
use twiin_harness::plan::Selection;
use twiin_harness::run::{Kit, self_test_kit, stand_alone};
use twiin_harness::simulator::xca::{self, Caller, Community, Content, Gateway, Holding, Holdings, Script};
use twiin_harness::wire::http::{Url, header};
use twiin_harness::wire::mtom::{Facts, Limits as PackageLimits, Package};
use twiin_harness::wire::soap;
use twiin_harness::wire::xds::{
    DocumentEntry, DocumentId, LIMITS, RetrieveRequest, RetrieveResponse, Transaction, request,
};
use twiin_harness::wire::xml::borrowed;

use super::support::{reference, suite};

const HOME: &str = "urn:oid:2.999.1.1";
const REPOSITORY: &str = "2.999.1.1.10";

fn gateway(document: Bytes) -> Arc<Gateway> {
    let entry = DocumentEntry {
        unique_id: Some("2.999.1".into()),
        repository_unique_id: Some(REPOSITORY.into()),
        mime_type: Some("application/pdf".into()),
        ..DocumentEntry::default()
    };
    let community = Community {
        home: HOME.into(),
        repositories: vec![REPOSITORY.into()],
        documents: vec![Holding { entry, content: Content::Memory(document) }],
        ..Community::default()
    };
    let holdings = Holdings { communities: vec![community], consent: Vec::new() };
    Gateway::new(Arc::new(holdings), Arc::new(|_| Ok(Caller::default())), Script::default())
}

async fn retrieve(kit: &Kit, at: &str, identity: Option<&Identity>) -> Outcome {
    let body = RetrieveRequest::new(vec![DocumentId::new(HOME, REPOSITORY, "2.999.1")]).xml();
    let request = request(Transaction::Iti39, at, &[], &body);
    let mut tls = kit.partner.client_tls(&kit.trust, None, true).unwrap();
    tls.credential = identity.and_then(|i| i.client_tls(&kit.trust, None, true).unwrap().credential);
    exchange(&Url::parse(at).unwrap(), &request, &tls, &Limits::default()).await.unwrap()
}

#[tokio::test]
async fn a_document_is_given_behind_mutual_tls_and_to_nobody_without_a_certificate() {
    let suite = suite();
    let selection = Selection::everything(&suite);
    let (mut kit, _pki) = self_test_kit(&suite, "bgz", &selection.release, &reference(), None).unwrap();
    let document = Bytes::from(vec![b'-'; 3 * 1024 * 1024]);
    // Without a register of consent nobody is asked.
    kit.facilities.clear();
    kit.gtk.gateway = Some(gateway(document.clone()));
    let bound = bind(([127, 0, 0, 1], 0).into()).await.unwrap();
    let own = format!("https://localhost:{}", bound.address.port());
    let _listener = stand_alone(&kit, bound, &own, "https://localhost:1", None, 1, "https://localhost:1").unwrap();
    let at = format!("{own}{}", xca::PATH);

    let response = retrieve(&kit, &at, Some(&kit.partner)).await.response.unwrap();
    let kind = header(&response.headers, "content-type").unwrap();
    let package = Package::read(kind, &response.body, &PackageLimits::default()).unwrap();
    let tree = borrowed::read(&package.envelope, &LIMITS).unwrap();
    let answer = RetrieveResponse::read(soap::open(&tree).unwrap().body.unwrap()).unwrap();
    assert_eq!(answer.documents[0].facts(&package), Ok(Facts::of(&document)));

    let stranger = retrieve(&kit, &at, None).await;
    assert!(stranger.response.is_none() && stranger.fault.is_some());
}
