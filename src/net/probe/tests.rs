//! The survey against our own listener: as it should be, and careless in one way at a time.
#![allow(clippy::unwrap_used)]

use std::pin::Pin;
use std::sync::Arc;

use super::*;
use crate::base::clock;
use crate::deviation::Deviation;
use crate::net::connect::{ClientTls, Versions};
use crate::net::identity::{Identity, Parts};
use crate::net::listen::{Answer as Reply, Incoming, Observed, Service, ServiceFuture, bind};
use crate::net::pki::{LeafFlaw, LeafSpec, TestPki};
use crate::net::trust::Trust;
use crate::transcript::Endpoint;
use crate::wire::http::HttpResponse;
use crate::wire::tls::{Flag, Known, Survey};

struct Silent;

impl Service for Silent {
    fn call(self: Arc<Self>, _incoming: Incoming) -> ServiceFuture {
        Box::pin(async { Reply::new(HttpResponse::status(404), Endpoint::Other) })
    }
    fn observe(&self, _observed: Observed) {}
}

fn identity(pki: &TestPki) -> Identity {
    let spec = LeafSpec {
        common_name: "localhost".into(),
        organisation: "SIM".into(),
        ura: "90000001".into(),
        uzi_number: "900000001".into(),
        ..LeafSpec::default()
    };
    let credential = pki.issue(&spec, LeafFlaw::None).unwrap();
    Identity::new(Parts { credentials: [(LeafFlaw::None, credential)].into(), ..Parts::bare("test", "90000001") })
}

/// What a survey of our own server finds. Boxed: a test with many of them would not fit on the stack of its thread.
fn surveyed(deviation: Option<Deviation>) -> Pin<Box<dyn Future<Output = Survey>>> {
    Box::pin(survey_of_ours(deviation))
}

async fn survey_of_ours(deviation: Option<Deviation>) -> Survey {
    crate::net::install_crypto();
    let pki = TestPki::generate(clock::now()).unwrap();
    let (identity, trust) = (identity(&pki), Trust::new(vec![pki.root_der()], Vec::new()));
    let bound = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let url = Url::parse(&format!("https://localhost:{}", bound.address.port())).unwrap();
    let listener = bound
        .serve(identity.server_tls(&trust, deviation, true).unwrap(), Limits::default(), Arc::new(Silent))
        .unwrap();
    let tls = ClientTls { versions: Versions::Both, ..identity.client_tls(&trust, None, false).unwrap() };
    let outcome = survey(&url, &tls, &Limits::default()).await.unwrap();
    drop(listener);
    let facts = outcome.tls.unwrap();
    assert_eq!((facts.peer.len(), facts.client_certificate_requested), (3, Some(true)));
    *facts.survey.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conformant_server_accepts_tls_1_3_alone_with_what_is_best_first() {
    let survey = surveyed(None).await;
    assert_eq!(survey.accepted().collect::<Vec<_>>(), [TlsVersion::Tls13]);
    assert_eq!(
        survey.suites[&TlsVersion::Tls13],
        ["TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256"]
    );
    assert_eq!(survey.groups[&TlsVersion::Tls13], ["secp256r1", "secp384r1", "x25519"]);
    assert_eq!(survey.signature_schemes[&TlsVersion::Tls13], ["ecdsa_secp256r1_sha256"]);
    assert_eq!(survey.certificate_keys, ["EC P-256"]);
    assert_eq!(survey.chain_signatures, ["ecdsa-with-SHA256"]);
    for (flag, known) in [
        (Flag::Compression, Known::No),
        (Flag::EarlyData, Known::No),
        (Flag::SessionTickets, Known::No),
        (Flag::OcspStapling, Known::Yes),
        (Flag::ServerPreference, Known::Yes),
        (Flag::SecureRenegotiation, Known::NotApplicable),
        (Flag::ClientRenegotiation, Known::NotApplicable),
    ] {
        assert_eq!(survey.flag(flag), known, "{flag}");
    }
    assert_eq!(survey.cut_short, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_carelessness_is_found() {
    use Deviation as D;
    let flag = |survey: &Survey, flag, known| assert_eq!(survey.flag(flag), known, "{flag}");
    let accepts = |survey: &Survey, version, suite: &str| {
        assert!(survey.suites[&version].iter().any(|s| s == suite), "{:?}", survey.suites);
    };
    assert!(surveyed(Some(D::AcceptsSsl3)).await.accepts(TlsVersion::Ssl3));
    assert!(surveyed(Some(D::AcceptsTls10)).await.accepts(TlsVersion::Tls11));
    accepts(&surveyed(Some(D::Offers3des)).await, TlsVersion::Tls12, "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA");
    accepts(&surveyed(Some(D::OffersRsaKeyExchange)).await, TlsVersion::Tls12, "TLS_RSA_WITH_AES_128_CBC_SHA");
    assert_eq!(surveyed(Some(D::OffersWeakCurve)).await.groups[&TlsVersion::Tls12], ["secp224r1"]);
    assert_eq!(surveyed(Some(D::OffersWeakPrime)).await.groups[&TlsVersion::Tls13][0], "ffdhe2048");
    let schemes = surveyed(Some(D::SignsWithSha1)).await.signature_schemes;
    assert_eq!(schemes[&TlsVersion::Tls12], ["ecdsa_sha1"]);
    assert!(surveyed(Some(D::ShowsWeakServerKey)).await.certificate_keys.contains(&"RSA 1024".to_owned()));
    flag(&surveyed(Some(D::NegotiatesCompression)).await, Flag::Compression, Known::Yes);
    flag(&surveyed(Some(D::NoSecureRenegotiation)).await, Flag::SecureRenegotiation, Known::No);
    flag(&surveyed(Some(D::LetsClientsRenegotiate)).await, Flag::ClientRenegotiation, Known::Yes);
    flag(&surveyed(Some(D::NoExtendedMasterSecret)).await, Flag::ExtendedMasterSecret, Known::No);
    flag(&surveyed(Some(D::AcceptsEarlyData)).await, Flag::EarlyData, Known::Yes);
    flag(&surveyed(Some(D::NoOcspStapling)).await, Flag::OcspStapling, Known::No);
    flag(&surveyed(Some(D::FollowsClientOrder)).await, Flag::ServerPreference, Known::No);
    let suites = &surveyed(Some(D::TakesNoChacha20)).await.suites[&TlsVersion::Tls13];
    assert_eq!(suites, &["TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_1_2_as_a_library_speaks_it_is_looked_into() {
    let survey = surveyed(Some(Deviation::AcceptsTls12)).await;
    assert_eq!(survey.accepted().count(), 2);
    for (flag, known) in [
        (Flag::SecureRenegotiation, Known::Yes),
        (Flag::ClientRenegotiation, Known::No),
        (Flag::ExtendedMasterSecret, Known::Yes),
        (Flag::Compression, Known::No),
    ] {
        assert_eq!(survey.flag(flag), known, "{flag}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_agrees_to_everything_is_left_in_time() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("https://127.0.0.1:{}", socket.local_addr().unwrap().port())).unwrap();
    // It takes the first suite of every hello, and never tires.
    let greedy = tokio::spawn(async move {
        while let Ok((mut stream, _)) = socket.accept().await {
            tokio::spawn(async move {
                let mut bytes = vec![0; 4096];
                let read = stream.read(&mut bytes).await.unwrap_or(0);
                let Some(hello) = tls::ClientHello::read(&bytes[..read]) else { return };
                let greedy = tls::Careless {
                    versions: &[TlsVersion::Ssl3, TlsVersion::Tls10, TlsVersion::Tls11, TlsVersion::Tls12],
                    suites: Box::leak(hello.suites.clone().into_boxed_slice()),
                    ..tls::Careless::tls12()
                };
                let _ = stream.write_all(&greedy.answer(&hello).unwrap_or_default()).await;
            });
        }
    });
    let tls = ClientTls { versions: Versions::Both, ..ClientTls::default() };
    let limits = Limits { total_ms: 20_000, handshake_ms: 500, ..Limits::default() };
    let survey = survey(&url, &tls, &limits).await.unwrap().tls.unwrap().survey.unwrap();
    greedy.abort();
    assert!(survey.accepted().count() >= 4 && survey.connections <= 1_500, "{}", survey.connections);
    assert_eq!(survey.cut_short.is_some(), survey.connections == 1_500, "what is left out is told");
}
