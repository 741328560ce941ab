//! `doctor`: set-ups that are broken in one way, and what is said of each.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use twiin_harness::base::clock;
use twiin_harness::net::listen::{
    Answer, Bound, ClientPolicy, Incoming, Observed, ServerTls, Service, ServiceFuture, bind,
};
use twiin_harness::net::pki::{Credential, LeafFlaw, LeafSpec, TestPki};
use twiin_harness::net::responder::Responder;
use twiin_harness::net::{Limits, Listener, Trust, Versions};
use twiin_harness::transcript::Endpoint;
use twiin_harness::wire::http::HttpResponse;
use twiin_harness::wire::x509::pem;

use super::support::{folder, free_port, harness};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    twiin_harness::net::install_crypto();
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap()
});

/// A candidate that answers everything with 404, at a time that is so many hours off.
struct Candidate {
    hours_off: i64,
}

impl Service for Candidate {
    fn call(self: Arc<Self>, _: Incoming) -> ServiceFuture {
        let date = clock::http_date(clock::now() + time::Duration::hours(self.hours_off));
        let response =
            HttpResponse::json(404, "application/fhir+json", &serde_json::json!({})).with_header("date", date);
        Box::pin(async move { Answer::new(response, Endpoint::Other) })
    }
    fn observe(&self, _: Observed) {}
}

/// A set-up: what `init` wrote, and a server that plays the candidate.
struct SetUp {
    dir: TempDir,
    pki: TestPki,
    listeners: Vec<Listener>,
}

fn spec() -> LeafSpec {
    LeafSpec {
        common_name: "localhost".into(),
        organisation: "SIM Ziekenhuis".into(),
        ura: "90000001".into(),
        uzi_number: "900000050".into(),
        dns_names: Vec::new(),
        loopback: true,
    }
}

fn bound() -> Bound {
    RUNTIME.block_on(bind(([127, 0, 0, 1], 0).into())).unwrap()
}

impl SetUp {
    /// What `init` writes, with addresses that are free; nobody plays the candidate yet.
    fn new() -> Self {
        let dir = folder();
        assert_eq!(harness(dir.path(), &["init", "node"]).code, 0);
        let pki = TestPki::load_from(&dir.path().join("node/pki/ca"), clock::now()).unwrap();
        let set_up = Self { dir, pki, listeners: Vec::new() };
        for port in ["8444", "8445", "8446"] {
            set_up.edit("candidate.yaml", |t| t.replace(&format!(":{port}"), &format!(":{}", free_port())));
        }
        set_up
    }

    /// The same, and a server with a certificate of a kind plays the candidate.
    fn served_with(flaw: LeafFlaw) -> Self {
        let mut set_up = Self::new();
        let credential = set_up.pki.issue(&spec(), flaw).unwrap();
        let trust = Trust::new(vec![set_up.pki.root_der()], Vec::new());
        set_up.serve(credential, trust, 0);
        set_up
    }

    fn serve(&mut self, credential: Credential, trust: Trust, hours_off: i64) {
        let bound = bound();
        self.point_at(bound.address.port());
        let tls = ServerTls {
            credential,
            client: ClientPolicy { trust, enforce: true, mandatory: true, ..ClientPolicy::default() },
            versions: Versions::Tls13,
            answers_plain_http: false,
            careless: None,
            staples: false,
            renegotiates: false,
            takes_early_data: false,
            follows_client_order: false,
            lacks_chacha20: false,
        };
        let _inside = RUNTIME.enter();
        self.listeners.push(bound.serve(tls, Limits::default(), Arc::new(Candidate { hours_off })).unwrap());
    }

    /// Endpoints of the candidate at a port of this machine.
    fn point_at(&self, port: u16) {
        self.edit("candidate.yaml", |t| t.replace("localhost:8443", &format!("localhost:{port}")));
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join("node").join(name)
    }

    fn edit(&self, name: &str, how: impl Fn(&str) -> String) {
        let text = std::fs::read_to_string(self.path(name)).unwrap();
        std::fs::write(self.path(name), how(&text)).unwrap();
    }

    /// Exit code and findings.
    fn examine(&self) -> (i32, Vec<Value>) {
        let did = harness(self.dir.path(), &["doctor", "--candidate", "node/candidate.yaml", "--format", "json"]);
        let value: Value = serde_json::from_str(&did.out).unwrap_or_else(|e| panic!("{e}: {}{}", did.out, did.err));
        assert_eq!(value["well"], did.code == 0, "{}", did.out);
        (did.code, value["findings"].as_array().unwrap().clone())
    }

    /// The one thing that is wrong, of which code and English words are given; advice must be there.
    fn is_told(&self, side: &str, code: &str, words: &[&str]) {
        let (exit, findings) = self.examine();
        Self::tells(&findings, side, code, words);
        assert_eq!(exit, 1);
    }

    fn tells(findings: &[Value], side: &str, code: &str, words: &[&str]) {
        let wrong: Vec<&Value> = findings.iter().filter(|f| f["state"] == "wrong").collect();
        let found = wrong.iter().find(|f| f["code"] == code).unwrap_or_else(|| panic!("no {code} in {wrong:#?}"));
        let told = format!("{} {}", found["about"], found["what"]["en"]);
        for word in words {
            assert!(told.contains(word), "{word}: {told}");
        }
        assert_eq!(found["side"], side);
        assert!(found["advice"]["nl"].as_str().is_some_and(|a| !a.is_empty()), "{found}");
    }
}

#[test]
fn a_set_up_in_order_is_well() {
    let set_up = SetUp::served_with(LeafFlaw::None);
    let (exit, findings) = set_up.examine();
    let wrong: Vec<&Value> = findings.iter().filter(|f| f["state"] == "wrong").collect();
    assert!(wrong.is_empty() && exit == 0, "{wrong:#?}");
    for code in ["chain", "ura", "tls", "answer", "clock", "anchor", "list", "jwks"] {
        assert!(findings.iter().any(|f| f["code"] == code && f["state"] == "good"), "{code}: {findings:#?}");
    }
    let dutch = harness(set_up.dir.path(), &["doctor", "--candidate", "node/candidate.yaml"]);
    assert!(dutch.out.contains("De kandidaat") && dutch.out.contains("Alles is in orde"), "{}", dutch.out);
    let english = harness(set_up.dir.path(), &["doctor", "--candidate", "node/candidate.yaml", "--lang", "en"]);
    assert!(english.out.contains("The candidate") && english.out.contains("All is well"), "{}", english.out);
}

#[test]
fn a_candidate_file_that_is_not_there_is_a_wrong_argument() {
    let dir = folder();
    assert_eq!(harness(dir.path(), &["doctor", "--candidate", "absent.yaml"]).code, 2);
}

#[test]
fn nothing_listens() {
    let set_up = SetUp::new();
    set_up.point_at(free_port());
    set_up.is_told("candidate", "nothing-listens", &["sending.fhir-base", "nothing listens"]);
}

#[test]
fn where_handoffs_are_told_of_is_looked_at_too() {
    let set_up = SetUp::served_with(LeafFlaw::None);
    let at = |address: &str| format!("handoff-notifications: {address}");
    set_up.edit("candidate.yaml", |t| t.replace(&at("https://localhost"), &at("https://nowhere.invalid")));
    set_up.is_told("candidate", "name-not-found", &["receiving.handoff-notifications", "nowhere.invalid"]);
    set_up.edit("candidate.yaml", |t| t.replace(&at("https://"), &at("http://")));
    set_up.is_told("candidate", "no-https", &["receiving.handoff-notifications", "no https URL"]);
}

#[test]
fn the_name_is_not_found() {
    let set_up = SetUp::new();
    set_up.edit("candidate.yaml", |t| t.replace("https://localhost:8443/", "https://nowhere.invalid:8443/"));
    set_up.is_told("candidate", "name-not-found", &["nowhere.invalid", "no address in DNS"]);
}

#[test]
fn the_server_certificate_has_expired() {
    SetUp::served_with(LeafFlaw::Expired).is_told("candidate", "certificate-expired", &["CN=localhost", "has expired"]);
}

#[test]
fn the_server_certificate_is_of_another_ca() {
    let set_up = SetUp::served_with(LeafFlaw::UnknownRoot);
    set_up.is_told("candidate", "issuer-unknown", &["SIM Unknown Services CA", "trust-anchors"]);
}

#[test]
fn the_server_certificate_is_for_another_host() {
    let set_up = SetUp::served_with(LeafFlaw::WrongHost);
    set_up.is_told("candidate", "name-differs", &["wrong-host.invalid", "not localhost"]);
}

#[test]
fn the_server_leaves_its_intermediates_out() {
    let set_up = SetUp::served_with(LeafFlaw::IncompleteChain);
    set_up.is_told("candidate", "intermediate-missing", &["CN=localhost", "shown alone"]);
}

#[test]
fn the_server_certificate_is_for_clients_alone() {
    let set_up = SetUp::served_with(LeafFlaw::ClientsOnly);
    set_up.is_told("candidate", "usage-wrong", &["CN=localhost", "extendedKeyUsage"]);
}

#[test]
fn the_candidate_refuses_our_certificate() {
    let mut set_up = SetUp::new();
    let credential = set_up.pki.issue(&spec(), LeafFlaw::None).unwrap();
    let stranger = TestPki::generate(clock::now()).unwrap();
    set_up.serve(credential, Trust::new(vec![stranger.root_der()], Vec::new()), 0);
    set_up.is_told("candidate", "our-certificate-refused", &["our client certificate", "SIM partner"]);
}

#[test]
fn the_server_certificate_is_on_the_list() {
    let set_up = SetUp::served_with(LeafFlaw::Revoked);
    let lists: String = set_up.pki.crls().unwrap().iter().map(|l| pem("X509 CRL", l)).collect();
    set_up.edit("pki/crl.pem", |_| lists.clone());
    set_up.is_told("candidate", "certificate-revoked", &["CN=localhost", "was revoked"]);
}

#[test]
fn the_responder_says_that_the_server_certificate_was_revoked() {
    let mut set_up = SetUp::new();
    let services = bound();
    let kind = LeafFlaw::RevokedByOcsp;
    let address = format!("http://{}", services.address);
    let credential = set_up.pki.issue_at(&spec(), kind, Some(&address)).unwrap();
    let pki = Arc::new(TestPki::load_from(&set_up.path("pki/ca"), clock::now()).unwrap());
    {
        let _inside = RUNTIME.enter();
        let responder = Responder::new(pki, std::collections::BTreeMap::new(), Arc::new(|_| {}));
        set_up.listeners.push(responder.serve(services, Limits::default()));
    }
    let trust = Trust::new(vec![set_up.pki.root_der()], Vec::new());
    set_up.serve(credential, trust, 0);
    set_up.is_told("candidate", "certificate-revoked", &["CN=localhost", "was revoked"]);
}

#[test]
fn the_clock_of_the_candidate_is_hours_off() {
    let mut set_up = SetUp::new();
    let credential = set_up.pki.issue(&spec(), LeafFlaw::None).unwrap();
    let trust = Trust::new(vec![set_up.pki.root_der()], Vec::new());
    set_up.serve(credential, trust, -3);
    set_up.is_told("candidate", "clock", &["behind ours"]);
}

#[test]
fn plain_http_is_spoken_on_the_port() {
    let mut set_up = SetUp::new();
    let bound = bound();
    set_up.point_at(bound.address.port());
    {
        let _inside = RUNTIME.enter();
        set_up.listeners.push(bound.serve_plain(Limits::default(), Arc::new(Candidate { hours_off: 0 })));
    }
    set_up.is_told("candidate", "plain-http", &["without TLS"]);
}

#[test]
fn our_key_does_not_fit_our_certificate() {
    let set_up = SetUp::served_with(LeafFlaw::None);
    copy(&set_up, "pki/stranger/none.key.pem", "pki/partner/none.key.pem");
    set_up.is_told("set-up", "file", &["harness.identities.partner.certificates.none", "does not belong"]);
}

#[test]
fn the_file_of_trust_anchors_is_empty() {
    let set_up = SetUp::served_with(LeafFlaw::None);
    set_up.edit("pki/root.pem", |_| String::new());
    set_up.is_told("set-up", "anchors-empty", &["trust-anchors: pki/root.pem", "no certificate"]);
}

#[test]
fn our_certificate_names_another_ura() {
    let set_up = SetUp::served_with(LeafFlaw::None);
    copy(&set_up, "pki/partner/other-ura.pem", "pki/partner/none.pem");
    copy(&set_up, "pki/partner/other-ura.key.pem", "pki/partner/none.key.pem");
    set_up.is_told("set-up", "ura-differs", &["URA 90000099", "90000002"]);
}

#[test]
fn a_server_certificate_of_another_ura_is_worth_a_remark_and_no_fault() {
    let set_up = SetUp::served_with(LeafFlaw::OtherUra);
    let (exit, findings) = set_up.examine();
    let found = findings.iter().find(|f| f["code"] == "ura-differs" && f["side"] == "candidate").unwrap();
    assert_eq!((exit, found["state"].as_str()), (0, Some("notice")), "{found}");
}

#[test]
fn the_key_set_of_the_candidate_cannot_be_read() {
    let set_up = SetUp::served_with(LeafFlaw::None);
    set_up.edit("pki/gtk/jwks.json", |_| "{}".to_owned());
    set_up.is_told("set-up", "file", &["organisation.jwks", "no array named keys"]);
}

#[test]
fn a_candidate_that_calls_is_looked_at_and_one_that_does_not_is_told() {
    use twiin_harness::net::connect::{ClientTls, exchange};
    use twiin_harness::wire::http::{HttpRequest, Url};

    let set_up = SetUp::served_with(LeafFlaw::None);
    let text = std::fs::read_to_string(set_up.path("candidate.yaml")).unwrap();
    let base = text.lines().find_map(|l| l.trim().strip_prefix("base-url: https://")).unwrap().to_owned();
    let url = Url::parse(&format!("https://{base}/")).unwrap();
    let flawed = set_up.pki.issue(&spec(), LeafFlaw::Expired).unwrap();
    let calls = RUNTIME.spawn(async move {
        let tls = ClientTls { credential: Some(flawed), ..ClientTls::default() };
        loop {
            let _ = exchange(&url, &HttpRequest::get("/"), &tls, &Limits::default()).await;
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    });
    let examine = |seconds| {
        let arguments = ["doctor", "--candidate", "node/candidate.yaml", "--lang", "en", "--wait", seconds];
        harness(set_up.dir.path(), &arguments)
    };
    let called = examine("20");
    assert!(called.out.contains("the client of the candidate: the certificate of"), "{}", called.out);
    assert!(called.out.contains("has expired") && called.code == 1, "{}", called.out);
    calls.abort();
    let silent = examine("1");
    assert!(silent.out.contains("nobody called us within 1 s") && silent.code == 0, "{}", silent.out);
}

fn copy(set_up: &SetUp, from: &str, to: &str) {
    let copied: &Path = &set_up.path(to);
    std::fs::copy(set_up.path(from), copied).unwrap();
}
