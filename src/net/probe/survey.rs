//! The survey: all questions about one server, as many at once as it may be asked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use rustls::pki_types::CertificateDer;
use strum::IntoEnumIterator as _;
use tokio::task::JoinSet;

use super::ask::{Asker, Depth, Wish};
use super::lists::{self, agreed_to};
use super::renegotiate;
use super::secret::{self, Secret};
use crate::base::clock;
use crate::net::connect::{self, ClientTls, ConnectError, Outcome};
use crate::net::limits::Limits;
use crate::net::seen;
use crate::transcript::TlsFacts;
use crate::wire::http::Url;
use crate::wire::tls::{self, Agreed, Flag, Known, Survey, TlsVersion, suite_name};
use crate::wire::x509;

/// Chains that are looked at; a server has one or two.
const MOST_CHAINS: usize = 8;

/// Asks a server for everything that it accepts. The certificate of `tls` is shown where one is asked for.
///
/// # Errors
/// Only when our own material cannot be used; what the server does is in the outcome.
pub async fn survey(url: &Url, tls: &ClientTls, limits: &Limits) -> Result<Outcome, ConnectError> {
    let began = Instant::now();
    let mut outcome = Outcome::default();
    let (facts, fault) = connect::shake_hands(url, tls, limits).await?;
    let unreachable = fault.as_ref().is_some_and(crate::transcript::Fault::is_unreachable);
    if unreachable {
        outcome.fault = fault;
    } else {
        let mut facts = facts.unwrap_or_default();
        let work = Work { asker: Arc::new(Asker::new(url.clone(), limits)), chains: BTreeSet::new() };
        let (survey, chains) = work.carry_out(tls).await;
        if facts.peer.is_empty() {
            complete(&mut facts, &chains, tls);
        }
        // Nothing that we know of TLS was agreed to: then what ended the handshake is what there is to tell.
        if survey.accepted().next().is_none() {
            outcome.fault = fault;
        }
        facts.survey = Some(Box::new(survey));
        outcome.tls = Some(facts);
    }
    outcome.micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
    Ok(outcome)
}

/// The chain of a server with which no whole handshake is possible.
fn complete(facts: &mut TlsFacts, chains: &BTreeSet<Vec<Vec<u8>>>, tls: &ClientTls) {
    let Some(chain) = chains.first() else { return };
    let chain: Vec<CertificateDer<'static>> = chain.iter().map(|der| der.clone().into()).collect();
    let known = seen::chain(&chain, tls.trust.anchors(), x509::Usage::ServerAuth, clock::now());
    facts.peer.clone_from(&known.facts);
    facts.peer_verdict = Some(known.verdict.clone());
}

struct Work {
    asker: Arc<Asker>,
    chains: BTreeSet<Vec<Vec<u8>>>,
}

impl Work {
    async fn carry_out(mut self, tls: &ClientTls) -> (Survey, BTreeSet<Vec<Vec<u8>>>) {
        let mut survey = Survey::default();
        let suites = self.suites(&mut survey).await;
        let legacy = suites.iter().rev().find(|(v, list)| **v < TlsVersion::Tls13 && !list.is_empty());
        let modern = suites.get(&TlsVersion::Tls13).filter(|list| !list.is_empty());
        tokio::join!(ordered(&self.asker, &suites, &mut survey.suites, &mut survey.ordered), async {
            let (of_legacy, of_modern) = tokio::join!(
                self.asker.clone().legacy(legacy.map(|(v, list)| (*v, list.clone())), tls),
                self.asker.clone().modern(modern.cloned(), tls)
            );
            of_legacy.into_survey(
                &mut survey.groups,
                &mut survey.signature_schemes,
                &mut survey.flags,
                &mut self.chains,
            );
            of_modern.into_survey(
                &mut survey.groups,
                &mut survey.signature_schemes,
                &mut survey.flags,
                &mut self.chains,
            );
        });
        self.certificates(&mut survey);
        settle(&mut survey);
        survey.connections = self.asker.asked();
        survey.cut_short = self.asker.exhausted();
        (survey, self.chains)
    }

    /// Versions and suites.
    async fn suites(&self, survey: &mut Survey) -> BTreeMap<TlsVersion, Vec<u16>> {
        let mut tasks = JoinSet::new();
        for version in TlsVersion::iter() {
            let asker = self.asker.clone();
            tasks.spawn(async move { (version, lists::suites(&asker, version).await) });
        }
        let mut suites = BTreeMap::new();
        while let Some(Ok((version, accepted))) = tasks.join_next().await {
            let known = match (accepted.suites.is_empty(), accepted.fault) {
                (false, _) => Known::Yes,
                (true, None) => Known::No,
                (true, Some(_)) => Known::NotEvaluated,
            };
            survey.versions.insert(version, known);
            suites.insert(version, accepted.suites);
        }
        suites
    }

    fn certificates(&self, survey: &mut Survey) {
        let push = |list: &mut Vec<String>, value: String| {
            if !list.contains(&value) {
                list.push(value);
            }
        };
        for chain in self.chains.iter().take(MOST_CHAINS) {
            for (at, der) in chain.iter().enumerate() {
                let Ok(facts) = x509::facts(der) else { continue };
                if at == 0 {
                    push(&mut survey.certificate_keys, facts.public_key.clone());
                }
                if !facts.self_signed {
                    push(&mut survey.chain_signatures, facts.signature_algorithm);
                }
            }
        }
    }
}

/// What was found out about one era of versions.
#[derive(Default)]
struct Found {
    version: Option<TlsVersion>,
    groups: Vec<String>,
    schemes: Option<Vec<String>>,
    flags: BTreeMap<Flag, Known>,
    chains: BTreeSet<Vec<Vec<u8>>>,
}

impl Found {
    fn into_survey(
        self,
        groups: &mut BTreeMap<TlsVersion, Vec<String>>,
        schemes: &mut BTreeMap<TlsVersion, Vec<String>>,
        flags: &mut BTreeMap<Flag, Known>,
        chains: &mut BTreeSet<Vec<Vec<u8>>>,
    ) {
        let Some(version) = self.version else { return };
        groups.insert(version, self.groups);
        schemes.extend(self.schemes.map(|list| (version, list)));
        for (flag, known) in self.flags {
            // Either version is enough to have a property.
            let before = flags.get(&flag).copied();
            flags.insert(flag, before.map_or(known, |before| stronger(before, known)));
        }
        chains.extend(self.chains.into_iter().filter(|chain| !chain.is_empty()));
    }
}

fn stronger(one: Known, other: Known) -> Known {
    let rank = |known| match known {
        Known::Yes => 0,
        Known::NotEvaluated => 1,
        Known::No => 2,
        Known::NotApplicable => 3,
    };
    if rank(one) <= rank(other) { one } else { other }
}

impl Asker {
    /// The newest version up to TLS 1.2 that is accepted.
    async fn legacy(self: Arc<Self>, accepted: Option<(TlsVersion, Vec<u16>)>, tls: &ClientTls) -> Found {
        let Some((version, suites)) = accepted else { return Found::default() };
        let mut found = Found { version: Some(version), ..Found::default() };
        let usual = Wish { suites: suites.clone(), ..Wish::of(version) };
        let deflate = Wish { deflate: true, ..usual.clone() };
        // A key that only certain suites use shows its certificate with these alone.
        let by_key = |mark: &str| Wish {
            suites: suites.iter().copied().filter(|s| suite_name(*s).contains(mark)).collect(),
            ..usual.clone()
        };
        let (ecdsa, rsa) = (by_key("_ECDSA_"), by_key("_RSA_"));
        let signed: Vec<u16> = suites.iter().copied().filter(|s| is_signed(*s)).collect();
        let knows_schemes = version == TlsVersion::Tls12 && !signed.is_empty();
        let (flight, packed, groups, schemes, ecdsa, rsa, again) = tokio::join!(
            self.flight(&usual),
            self.flight(&deflate),
            lists::groups_legacy(&self, version, &suites),
            async { if knows_schemes { Some(lists::schemes_12(&self, &signed).await) } else { None } },
            self.flight(&ecdsa),
            self.flight(&rsa),
            async {
                let known = version == TlsVersion::Tls12;
                if known { renegotiate::look(&self, tls).await } else { Known::NotEvaluated }
            },
        );
        (found.groups, found.schemes) = (groups, schemes);
        let chains = [&flight, &ecdsa, &rsa].into_iter().flatten().map(|f| f.certificates.clone());
        found.chains = chains.collect();
        found
            .flags
            .insert(Flag::Compression, packed.map_or(Known::NotEvaluated, |f| Known::from_bool(f.compression != 0)));
        found.flags.extend(flags_of(version, flight.as_ref()));
        found.flags.insert(Flag::ClientRenegotiation, again);
        found
    }

    async fn flight(&self, wish: &Wish) -> Option<Agreed> {
        if wish.suites.is_empty() {
            return None;
        }
        agreed_to(wish.version, self.ask(wish, Depth::Flight).await.ok()?)
    }

    /// TLS 1.3.
    async fn modern(self: Arc<Self>, accepted: Option<Vec<u16>>, tls: &ClientTls) -> Found {
        let Some(suites) = accepted else { return Found::default() };
        let mut schemes = JoinSet::new();
        for point in tls::signature_schemes().iter().filter(|s| s.is_for(true)) {
            let asker = self.clone();
            schemes.spawn(async move { secret::scheme(&asker, point.code).await });
        }
        let look = async {
            // rustls knows three of the suites; without any of them there is no handshake to look at.
            if suites.iter().any(|s| (0x1301..=0x1303).contains(s)) {
                secret::look(&self, tls).await
            } else {
                Secret::UNKNOWN
            }
        };
        let (groups, secret) = tokio::join!(lists::groups_13(&self, &suites), look);
        let mut found = Found { version: Some(TlsVersion::Tls13), groups, ..Found::default() };
        let mut used = BTreeSet::new();
        while let Some(answer) = schemes.join_next().await {
            let Ok(Some((scheme, chain))) = answer else { continue };
            used.insert(scheme);
            found.chains.insert(chain);
        }
        // No scheme at all: the handshake could not be looked into.
        found.schemes = (!used.is_empty()).then(|| used.into_iter().map(tls::scheme_name).collect());
        found.flags = [
            (Flag::OcspStapling, secret.stapled),
            (Flag::SessionTickets, secret.tickets),
            (Flag::EarlyData, secret.early_data),
            (Flag::Compression, Known::No),
        ]
        .into();
        found.chains.insert(secret.chain);
        found
    }
}

fn is_signed(suite: u16) -> bool {
    let name = suite_name(suite);
    let ephemeral = name.starts_with("TLS_ECDHE_") || name.starts_with("TLS_DHE_");
    ephemeral && !name.contains("_PSK_")
}

fn flags_of(version: TlsVersion, flight: Option<&Agreed>) -> BTreeMap<Flag, Known> {
    let known = |what: fn(&Agreed) -> bool| flight.map_or(Known::NotEvaluated, |f| Known::from_bool(what(f)));
    // SSL 3 has no extensions to tell by.
    let extension = |what| if version == TlsVersion::Ssl3 { Known::NotApplicable } else { known(what) };
    [
        (Flag::SecureRenegotiation, extension(|f| f.extensions.contains(&0xff01))),
        (Flag::ExtendedMasterSecret, extension(|f| f.extensions.contains(&23))),
        (Flag::SessionIds, known(|f| f.session_id)),
        (Flag::SessionTickets, known(|f| f.extensions.contains(&35))),
        (Flag::OcspStapling, known(|f| f.stapled)),
    ]
    .into()
}

/// Puts suites in order, version by version.
async fn ordered(
    asker: &Arc<Asker>,
    suites: &BTreeMap<TlsVersion, Vec<u16>>,
    lists: &mut BTreeMap<TlsVersion, Vec<String>>,
    own: &mut BTreeMap<TlsVersion, Known>,
) {
    let mut tasks = JoinSet::new();
    for (version, list) in suites.iter().filter(|(_, list)| !list.is_empty()) {
        let (asker, version, list) = (asker.clone(), *version, list.clone());
        tasks.spawn(async move { (version, lists::order(&asker, version, list).await) });
    }
    while let Some(Ok((version, (list, known)))) = tasks.join_next().await {
        lists.insert(version, list.into_iter().map(suite_name).collect());
        own.insert(version, known);
    }
}

/// Says of the rest why it is not known: because it cannot be, or because nobody could find out.
fn settle(survey: &mut Survey) {
    let only_13 = survey.accepts(TlsVersion::Tls13) && survey.accepted().count() == 1;
    let preference = survey.ordered.values().copied().reduce(stronger_no).unwrap_or(Known::NotEvaluated);
    survey.flags.insert(Flag::ServerPreference, preference);
    for flag in Flag::iter() {
        let old = matches!(
            flag,
            Flag::SecureRenegotiation | Flag::ClientRenegotiation | Flag::ExtendedMasterSecret | Flag::SessionIds
        );
        let rest = match flag {
            _ if old && only_13 => Known::NotApplicable,
            Flag::EarlyData if !survey.accepts(TlsVersion::Tls13) => Known::NotApplicable,
            _ => Known::NotEvaluated,
        };
        survey.flags.entry(flag).or_insert(rest);
    }
}

/// A server that lets the client decide in one version has no order of its own.
fn stronger_no(one: Known, other: Known) -> Known {
    let rank = |known| match known {
        Known::No => 0,
        Known::NotEvaluated => 1,
        Known::Yes => 2,
        Known::NotApplicable => 3,
    };
    if rank(one) <= rank(other) { one } else { other }
}
