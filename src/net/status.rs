//! Looking up the status of certificates over the network: OCSP first, the revocation list when that fails (GF-PKI-005), and
//! nothing at all for a certificate that names neither, which static lists must do for.
//!
//! Deviations leave out one part. A verdict is remembered for as long as the answer holds, and never longer than Twiin allows
//! (5.070: at least every hour); that nothing could be learned is not remembered.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use rustls::pki_types::CertificateDer;
use time::{Duration, OffsetDateTime};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::Limits;
use super::connect::{ClientTls, exchange};
use super::trust::Trust;
use crate::base::clock;
use crate::deviation::Deviation;
use crate::wire::http::{HttpRequest, Url};
use crate::wire::status::{StatusPoints, crl, ocsp};

/// Longest time that a status is remembered (Twiin network security 5.070).
const LONGEST: Duration = Duration::hours(1);
/// Certificates whose status is remembered.
const KEPT: usize = 256;
/// What one look-up may take: a handshake waits for it.
const LIMIT_MS: u64 = 700;

/// What to do when the responder gives nothing that can be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum OcspFails {
    /// Look at the revocation list.
    #[default]
    UseList,
    /// Take the certificate as good: a deliberate wrong.
    Accept,
    /// Refuse it: a deliberate wrong.
    Refuse,
}

/// How status is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StatusRules {
    skips: bool,
    leaf_alone: bool,
    ocsp_fails: OcspFails,
    believes_all: bool,
    accepts_unknown: bool,
}

impl StatusRules {
    fn of(deviation: Option<Deviation>) -> Self {
        use Deviation as D;
        Self {
            skips: false,
            leaf_alone: deviation == Some(D::SkipsStatusOfIntermediates),
            ocsp_fails: match deviation {
                Some(D::AcceptsWhenOcspIsDown) => OcspFails::Accept,
                Some(D::RefusesWhenOcspIsDown) => OcspFails::Refuse,
                _ => OcspFails::UseList,
            },
            believes_all: deviation == Some(D::BelievesAnyOcspAnswer),
            accepts_unknown: deviation == Some(D::AcceptsWithoutStatus),
        }
    }

    /// The rules of a client towards servers.
    pub fn of_client(deviation: Option<Deviation>) -> Self {
        Self { skips: deviation == Some(Deviation::IgnoresRevocationOfServers), ..Self::of(deviation) }
    }

    /// The rules of a server towards clients.
    pub fn of_server(deviation: Option<Deviation>) -> Self {
        Self { skips: deviation == Some(Deviation::AcceptsRevokedClientCertificate), ..Self::of(deviation) }
    }
}

/// Why a chain is refused for its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// A certificate was revoked.
    Revoked,
    /// Nothing current could be learned.
    NoStatus,
}

/// What was learned, by certificate.
#[derive(Debug, Default)]
pub(super) struct Cache(Mutex<VecDeque<(CertificateDer<'static>, OffsetDateTime, bool)>>);

impl Cache {
    fn revoked(&self, certificate: &CertificateDer<'_>, at: OffsetDateTime) -> Option<bool> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|(c, until, _)| c == certificate && *until > at).map(|(_, _, revoked)| *revoked)
    }

    fn keep(&self, certificate: CertificateDer<'static>, until: OffsetDateTime, revoked: bool) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.truncate(KEPT - 1);
        kept.push_front((certificate, until, revoked));
    }
}

/// What was learned of one certificate, and from where.
#[derive(Debug, Clone, Default)]
pub struct Learned {
    /// Whether it was revoked, and until when that answer holds; `None` when nothing could be learned.
    pub revoked: Option<(bool, OffsetDateTime)>,
    /// Each place that was asked, and what came of it in words.
    pub asked: Vec<Asked>,
}

/// One place that was asked.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Its address.
    pub url: String,
    /// What is wrong with the answer, or with there being none; `None` when it was believed.
    pub fault: Option<String>,
}

/// Asks all places that a certificate names, in the order that the rules say.
pub async fn learn(
    certificate: &[u8],
    issuer: &[u8],
    rules: StatusRules,
    limits: &Limits,
    at: OffsetDateTime,
) -> Learned {
    let points = StatusPoints::of(certificate);
    let mut learned = Learned::default();
    for url in &points.ocsp {
        match ask_responder(url, certificate, issuer, rules, limits, at).await {
            Ok(said) if said.state != ocsp::CertState::Unknown => {
                learned.asked.push(Asked { url: url.clone(), fault: None });
                learned.revoked = Some((said.state == ocsp::CertState::Revoked, said.until));
                return learned;
            }
            Ok(_) => learned.asked.push(Asked { url: url.clone(), fault: Some("the certificate is unknown".into()) }),
            Err(fault) => learned.asked.push(Asked { url: url.clone(), fault: Some(fault) }),
        }
    }
    if !points.ocsp.is_empty() {
        match rules.ocsp_fails {
            OcspFails::UseList => {}
            OcspFails::Accept => learned.revoked = Some((false, at)),
            OcspFails::Refuse => return learned,
        }
        if learned.revoked.is_some() {
            return learned;
        }
    }
    for url in &points.crl {
        let list = fetch(url, None, limits).await;
        let entry = list.and_then(|l| crl::look_up(&l, certificate, issuer, at).map_err(|e| e.to_string()));
        match entry {
            Ok(entry) => {
                learned.asked.push(Asked { url: url.clone(), fault: None });
                learned.revoked = Some((entry.revoked, entry.until));
                return learned;
            }
            Err(fault) => learned.asked.push(Asked { url: url.clone(), fault: Some(fault) }),
        }
    }
    learned
}

async fn ask_responder(
    url: &str,
    certificate: &[u8],
    issuer: &[u8],
    rules: StatusRules,
    limits: &Limits,
    at: OffsetDateTime,
) -> Result<ocsp::Said, String> {
    let nonce = *uuid::Uuid::new_v4().as_bytes();
    let request = ocsp::request(certificate, issuer, &nonce).map_err(|e| e.to_string())?;
    let answer = fetch(url, Some(request), limits).await?;
    let question = ocsp::Question { leaf: certificate, issuer, nonce: &nonce, at };
    let said = if rules.believes_all { ocsp::read_blindly(&answer, &question) } else { ocsp::read(&answer, &question) };
    said.map_err(|e| e.to_string())
}

/// The body of a successful answer to a GET, or to a POST of an OCSP request.
async fn fetch(url: &str, question: Option<Vec<u8>>, limits: &Limits) -> Result<Vec<u8>, String> {
    let to = Url::parse(url).filter(|u| u.scheme == "http").ok_or_else(|| format!("{url} is no http URL"))?;
    let mut request = HttpRequest::get(to.target.clone());
    if let Some(question) = question {
        request.method = "POST".into();
        request = request.with_header("accept", ocsp::RESPONSE).with_body(ocsp::REQUEST, question);
    }
    let outcome = exchange(&to, &request, &ClientTls::default(), limits).await.map_err(|e| e.to_string())?;
    match (outcome.response, outcome.fault) {
        (Some(response), _) if response.status == 200 => Ok(response.body),
        (Some(response), _) => Err(format!("status {}", response.status)),
        (None, fault) => Err(serde_json::to_string(&fault).unwrap_or_default()),
    }
}

/// The issuer of a certificate among those shown and those trusted.
pub fn issuer_of<'a>(
    certificate: &[u8],
    shown: &'a [CertificateDer<'static>],
    anchors: &'a [CertificateDer<'static>],
) -> Option<&'a CertificateDer<'static>> {
    let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
    shown.iter().chain(anchors).find(|c| {
        X509Certificate::from_der(c).is_ok_and(|(_, issuer)| {
            issuer.subject().as_raw() == certificate.issuer().as_raw()
                && certificate.verify_signature(Some(issuer.public_key())).is_ok()
        })
    })
}

async fn check_all(chain: &[CertificateDer<'static>], trust: &Trust, rules: StatusRules) -> Result<(), Refused> {
    let limits = Limits {
        connect_ms: LIMIT_MS,
        first_byte_ms: LIMIT_MS,
        total_ms: LIMIT_MS,
        body_bytes: crl::MAX_BYTES,
        ..Limits::default()
    };
    let looked_at = if rules.leaf_alone { &chain[..chain.len().min(1)] } else { chain };
    for certificate in looked_at {
        if StatusPoints::of(certificate).is_empty() {
            continue;
        }
        let at = clock::now();
        let revoked = match trust.status().revoked(certificate, at) {
            Some(known) => known,
            None => {
                let issuer = issuer_of(certificate, chain, trust.anchors()).ok_or(Refused::NoStatus)?;
                match learn(certificate, issuer, rules, &limits, at).await.revoked {
                    Some((revoked, until)) => {
                        trust.status().keep(certificate.clone(), until.min(at + LONGEST), revoked);
                        revoked
                    }
                    None if rules.accepts_unknown => false,
                    None => return Err(Refused::NoStatus),
                }
            }
        };
        if revoked {
            return Err(Refused::Revoked);
        }
    }
    Ok(())
}

/// Looks up the status of a chain in the middle of a handshake. TLS libraries ask for a verdict at once, so the thread waits.
pub(super) fn check(chain: &[CertificateDer<'static>], trust: &Trust, rules: StatusRules) -> Result<(), Refused> {
    if rules.skips || chain.iter().all(|c| StatusPoints::of(c).is_empty()) {
        return Ok(());
    }
    let several =
        |handle: &tokio::runtime::Handle| handle.runtime_flavor() != tokio::runtime::RuntimeFlavor::CurrentThread;
    match tokio::runtime::Handle::try_current().ok().filter(several) {
        Some(handle) => tokio::task::block_in_place(|| handle.block_on(check_all(chain, trust, rules))),
        None => apart(chain, trust, rules),
    }
}

/// The same on a thread of its own, for a caller that has no other threads to go on with.
fn apart(chain: &[CertificateDer<'static>], trust: &Trust, rules: StatusRules) -> Result<(), Refused> {
    std::thread::scope(|scope| {
        let work = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map_or(Err(Refused::NoStatus), |runtime| runtime.block_on(check_all(chain, trust, rules)))
        });
        work.join().unwrap_or(Err(Refused::NoStatus))
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use strum::IntoEnumIterator as _;

    use super::*;
    use crate::net::listen::bind;
    use crate::net::pki::{Credential, LeafFlaw, LeafSpec, TestPki};
    use crate::net::responder::Responder;
    use crate::transcript::Endpoint;

    struct World {
        issued: BTreeMap<LeafFlaw, Credential>,
        trust: Trust,
        asked: Arc<Mutex<Vec<Endpoint>>>,
        _services: crate::net::Listener,
    }

    /// A certificate of every kind that is about status, and the services that they name.
    async fn world() -> World {
        let pki = Arc::new(TestPki::generate(clock::now()).unwrap());
        let bound = bind(([127, 0, 0, 1], 0).into()).await.unwrap();
        let address = format!("http://{}", bound.address);
        let spec = LeafSpec {
            common_name: "localhost".into(),
            organisation: "SIM".into(),
            ura: "90000001".into(),
            uzi_number: "900000001".into(),
            ..LeafSpec::default()
        };
        let kinds = LeafFlaw::iter().filter(|k| k.status().is_some());
        let issued: BTreeMap<LeafFlaw, Credential> =
            kinds.map(|k| (k, pki.issue_at(&spec, k, Some(&address)).unwrap())).collect();
        let serials = issued.iter().map(|(k, c)| (*k, vec![c.serial().unwrap()])).collect();
        let asked = Arc::<Mutex<Vec<Endpoint>>>::default();
        let noted = asked.clone();
        let observer = Arc::new(move |o: crate::net::listen::Observed| noted.lock().unwrap().push(o.endpoint));
        let trust = Trust::new(vec![pki.root_der()], Vec::new());
        let services = Responder::new(pki, serials, observer).serve(bound, Limits::default());
        World { issued, trust, asked, _services: services }
    }

    impl World {
        async fn check(&self, kind: LeafFlaw, rules: StatusRules) -> Result<(), Refused> {
            check_all(self.issued[&kind].chain(), &self.trust, rules).await
        }
    }

    #[tokio::test]
    async fn the_responder_counts_first_the_list_when_it_fails_and_nothing_when_both_do() {
        let world = world().await;
        let ours = StatusRules::of(None);
        for kind in world.issued.keys() {
            let expected = match kind {
                LeafFlaw::StatusGood | LeafFlaw::OcspDown | LeafFlaw::OcspUnknown | LeafFlaw::CrlDown => Ok(()),
                LeafFlaw::BothDown | LeafFlaw::CrlStale => Err(Refused::NoStatus),
                _ => Err(Refused::Revoked),
            };
            assert_eq!(world.check(*kind, ours).await, expected, "{kind}");
        }
    }

    #[tokio::test]
    async fn each_deviation_leaves_out_one_part() {
        use Deviation as D;
        let world = world().await;
        let rules = |d| StatusRules::of(Some(d));
        assert_eq!(world.check(LeafFlaw::OcspDownRevoked, rules(D::AcceptsWhenOcspIsDown)).await, Ok(()));
        assert_eq!(world.check(LeafFlaw::OcspDown, rules(D::RefusesWhenOcspIsDown)).await, Err(Refused::NoStatus));
        assert_eq!(world.check(LeafFlaw::BothDown, rules(D::AcceptsWithoutStatus)).await, Ok(()));
        for kind in [LeafFlaw::OcspExpiredRevoked, LeafFlaw::OcspForgedRevoked, LeafFlaw::OcspReplayedRevoked] {
            assert_eq!(world.check(kind, rules(D::BelievesAnyOcspAnswer)).await, Ok(()), "{kind}");
        }
        let careless = StatusRules::of_server(Some(D::AcceptsRevokedClientCertificate));
        assert_eq!(check(world.issued[&LeafFlaw::StatusRevoked].chain(), &world.trust, careless), Ok(()));
    }

    #[tokio::test]
    async fn what_was_learned_is_not_asked_again_and_what_was_not_is() {
        let world = world().await;
        let asked = || world.asked.lock().unwrap().len();
        for _ in 0..2 {
            assert_eq!(world.check(LeafFlaw::StatusGood, StatusRules::of(None)).await, Ok(()));
        }
        assert_eq!(asked(), 1);
        for _ in 0..2 {
            assert!(world.check(LeafFlaw::BothDown, StatusRules::of(None)).await.is_err());
        }
        assert_eq!(asked(), 5, "responder and list, twice");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_handshake_waits_for_the_answer_on_a_runtime_with_several_threads() {
        let world = world().await;
        let verdict = check(world.issued[&LeafFlaw::StatusRevoked].chain(), &world.trust, StatusRules::of(None));
        assert_eq!(verdict, Err(Refused::Revoked));
    }
}
