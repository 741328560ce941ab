//! Lists of what a server accepts, by striking out: offer all, strike what is chosen, and ask again until it refuses.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::ask::{Asker, Depth, Wish};
use crate::transcript::Fault;
use crate::wire::tls::{self, Agreed, Answer, KeyExchange, Known, TlsVersion, prime_name, suite_name};

/// Suites in one hello. Some servers do not read more than 127, and few read a hello beyond 1 KiB badly.
const CHUNK: usize = 100;

/// The agreement, when the server agreed to the version that was asked for.
pub(super) fn agreed_to(version: TlsVersion, answer: Answer) -> Option<Agreed> {
    match answer {
        Answer::Agreed(agreed) if agreed.version == version.code() => Some(*agreed),
        _ => None,
    }
}

/// What came of asking for a version.
#[derive(Debug, Default)]
pub(super) struct Accepted {
    /// Suites in the order in which they were found.
    pub suites: Vec<u16>,
    /// Why some of it could not be asked.
    pub fault: Option<Fault>,
}

/// All suites that a server takes in a version.
pub(super) async fn suites(asker: &Arc<Asker>, version: TlsVersion) -> Accepted {
    let mut tasks = JoinSet::new();
    for chunk in tls::suites_for(version).chunks(CHUNK) {
        let (asker, chunk) = (asker.clone(), chunk.to_vec());
        tasks.spawn(async move { strike_suites(&asker, version, chunk).await });
    }
    let mut accepted = Accepted::default();
    while let Some(part) = tasks.join_next().await {
        let Ok(part) = part else { continue };
        accepted.suites.extend(part.suites);
        accepted.fault = accepted.fault.or(part.fault);
    }
    // Chunks end in any order; what is told must not depend on that.
    accepted.suites.sort_unstable();
    accepted
}

/// Strikes out suites; gives them in the order of the server's choice.
async fn strike_suites(asker: &Asker, version: TlsVersion, mut left: Vec<u16>) -> Accepted {
    let mut found = Accepted::default();
    let mut with_share = false;
    while !left.is_empty() {
        let wish = Wish { suites: left.clone(), with_share, ..Wish::of(version) };
        match asker.ask(&wish, Depth::Hello).await.map(|answer| agreed_to(version, answer)) {
            Ok(Some(agreed)) => {
                // A server that chooses what was not offered is not asked further: it would never end.
                let Some(at) = left.iter().position(|s| *s == agreed.suite) else { break };
                found.suites.push(left.remove(at));
            }
            // Some servers of TLS 1.3 cannot do without a share.
            Ok(None) if version == TlsVersion::Tls13 && !with_share && found.suites.is_empty() => with_share = true,
            Ok(None) => break,
            Err(fault) => {
                found.fault = Some(fault);
                break;
            }
        }
    }
    found
}

/// Puts suites in the order of the server, and tells whether it has one.
pub(super) async fn order(asker: &Asker, version: TlsVersion, suites: Vec<u16>) -> (Vec<u16>, Known) {
    let first = async |list: &[u16]| {
        let wish = Wish { suites: list.to_vec(), ..Wish::of(version) };
        let answer = asker.ask(&wish, Depth::Hello).await.ok()?;
        agreed_to(version, answer).map(|agreed| agreed.suite)
    };
    if suites.len() < 2 {
        return (suites, Known::NotApplicable);
    }
    let reversed: Vec<u16> = suites.iter().rev().copied().collect();
    let own = match (first(&suites).await, first(&reversed).await) {
        (Some(one), Some(other)) => Known::from_bool(one == other),
        _ => Known::NotEvaluated,
    };
    if own != Known::Yes {
        return (suites, own);
    }
    let mut ordered = strike_suites(asker, version, reversed).await.suites;
    let rest: Vec<u16> = suites.into_iter().filter(|s| !ordered.contains(s)).collect();
    ordered.extend(rest);
    (ordered, own)
}

/// All groups of an era.
pub(super) fn group_codes(tls13: bool) -> Vec<u16> {
    let usual = |code: &u16| !tls::USUAL_GROUPS.contains(code);
    let mut codes: Vec<u16> = tls::groups().iter().filter(|g| g.is_for(tls13)).map(|g| g.code).collect();
    // What most servers know stands first, so that the first answer comes without a search.
    codes.sort_by_key(usual);
    codes
}

/// Groups that a server of TLS 1.3 asks for, in its order.
pub(super) async fn groups_13(asker: &Asker, suites: &[u16]) -> Vec<String> {
    let mut left = group_codes(true);
    let mut found = Vec::new();
    while !left.is_empty() {
        let wish = Wish { suites: suites.to_vec(), groups: left.clone(), ..Wish::of(TlsVersion::Tls13) };
        let Ok(answer) = asker.ask(&wish, Depth::Hello).await else { break };
        let group = agreed_to(TlsVersion::Tls13, answer).and_then(|a| a.group);
        let Some(at) = group.and_then(|g| left.iter().position(|l| *l == g)) else { break };
        found.push(tls::group_name(left.remove(at)));
    }
    found
}

/// Curves, and primes by their length, that a server of an older version uses.
pub(super) async fn groups_legacy(asker: &Asker, version: TlsVersion, suites: &[u16]) -> Vec<String> {
    let with = |start: &str| suites.iter().copied().filter(|s| suite_name(*s).starts_with(start)).collect::<Vec<_>>();
    let mut found = curves(asker, version, with("TLS_ECDH")).await;
    for name in primes(asker, version, with("TLS_DH")).await {
        if !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

async fn curves(asker: &Asker, version: TlsVersion, suites: Vec<u16>) -> Vec<String> {
    let of_curves = |code: &u16| tls::groups().iter().any(|g| g.code == *code && g.family == "curve");
    let mut left: Vec<u16> = group_codes(false).into_iter().filter(of_curves).collect();
    let mut found = Vec::new();
    while !suites.is_empty() && !left.is_empty() {
        let wish = Wish { suites: suites.clone(), groups: left.clone(), ..Wish::of(version) };
        let Ok(answer) = asker.ask(&wish, Depth::Flight).await else { break };
        match agreed_to(version, answer).and_then(|a| a.key_exchange) {
            Some(KeyExchange::Curve(code)) => {
                let Some(at) = left.iter().position(|g| *g == code) else {
                    // It uses what was not offered: known, and no use in asking on.
                    found.push(tls::group_name(code));
                    break;
                };
                found.push(tls::group_name(left.remove(at)));
            }
            Some(KeyExchange::OwnCurve) => {
                found.push("own curve".to_owned());
                break;
            }
            _ => break,
        }
    }
    found
}

/// Primes: what is used when nobody asks for a group, and what for each that has a name (RFC 7919).
async fn primes(asker: &Asker, version: TlsVersion, suites: Vec<u16>) -> Vec<String> {
    let named = tls::groups().iter().filter(|g| g.family == "finite-field").map(|g| vec![g.code]);
    let mut found = BTreeSet::new();
    if suites.is_empty() {
        return Vec::new();
    }
    for groups in std::iter::once(Vec::new()).chain(named) {
        let wish = Wish { suites: suites.clone(), groups, ..Wish::of(version) };
        let Ok(answer) = asker.ask(&wish, Depth::Flight).await else { break };
        if let Some(KeyExchange::Prime(prime)) = agreed_to(version, answer).and_then(|a| a.key_exchange) {
            found.insert(prime_name(&prime));
        }
    }
    found.into_iter().collect()
}

/// Schemes by which a server of TLS 1.2 signs its key exchange: each is offered alone.
pub(super) async fn schemes_12(asker: &Arc<Asker>, suites: &[u16]) -> Vec<String> {
    let mut tasks = JoinSet::new();
    for point in tls::signature_schemes().iter().filter(|s| s.is_for(false)) {
        // Some servers choose a suite first and then find that they cannot sign for it: only those that fit are offered.
        let key = match point.name {
            name if name.starts_with("rsa") => "_RSA_",
            name if name.starts_with("dsa") => "_DSS_",
            _ => "_ECDSA_",
        };
        let suites: Vec<u16> = suites.iter().copied().filter(|s| suite_name(*s).contains(key)).collect();
        if suites.is_empty() {
            continue;
        }
        let wish = Wish { suites, schemes: vec![point.code], ..Wish::of(TlsVersion::Tls12) };
        let asker = asker.clone();
        tasks.spawn(async move {
            let answer = asker.ask(&wish, Depth::Flight).await.ok()?;
            agreed_to(TlsVersion::Tls12, answer)?.scheme
        });
    }
    let mut used = BTreeSet::new();
    while let Some(scheme) = tasks.join_next().await {
        used.extend(scheme.ok().flatten());
    }
    used.into_iter().map(tls::scheme_name).collect()
}
