//! Checks of time and revocation: what a TSA that the policy trusts says of a signature, and what the values beside it say
//! of the certificates. Without a time-stamp of such a TSA the time is only claimed.

use time::{Duration, OffsetDateTime};

use super::Options;
use super::check::Found;
use super::form::found;
use super::identity;
use super::scene::Scene;
use crate::evidence::bewijs::policy::{Level, RevocationMode, TimeStamps, anchors_at};
use crate::wire::jades::{JadesFault, Signature};
use crate::wire::tsp::Token;
use crate::wire::x509::facts;
use crate::wire::x509::path::{self, Demands, Revocation, RevocationValues};

/// How far the clocks of signer and TSA may differ: a time-stamp may state a moment this long before the claimed one.
const SKEW: Duration = Duration::seconds(5);

/// What the time-stamps beside a signature come to.
#[derive(Debug, Default)]
pub(super) struct Timing {
    /// The earliest time that a trusted TSA states.
    pub proven: Option<OffsetDateTime>,
    /// Whose time-stamp that is.
    pub authority: String,
    /// What is wrong with them.
    pub faults: Found,
    /// Whether the values say of every TSA that it was not revoked.
    known: bool,
}

/// One time-stamp that holds.
struct Holds {
    at: OffsetDateTime,
    authority: String,
    known: bool,
}

impl Timing {
    pub(super) fn of(signature: &Signature, options: &Options<'_>) -> Self {
        let mut timing = Self::default();
        let tokens = match signature.unsigned.time_stamps() {
            Ok(tokens) => tokens,
            Err(fault) => {
                timing.faults.push(found(fault.code(), fault));
                return timing;
            }
        };
        // Without a policy nobody's time counts; the tokens are still what they say, or not.
        let trusted = options.policy.and_then(|policy| policy.time_stamps.as_ref());
        let mut holding = Vec::new();
        for token in &tokens {
            match one(token, signature, trusted) {
                Ok(Some(holds)) => holding.push(holds),
                Ok(None) => {}
                Err(faults) => timing.faults.extend(faults),
            }
        }
        let Some(trusted) = trusted else { return timing };
        let times = || holding.iter().map(|h| h.at);
        let delay = Duration::seconds(i64::try_from(trusted.max_delay_s).unwrap_or(i64::MAX));
        if let (Some(first), Some(last)) = (times().min(), times().max())
            && last - first > delay
        {
            timing.faults.push(found("time-stamps-disagree", "two time-stamps state times that lie far apart"));
        }
        let claimed = signature.claimed_at().and_then(|at| OffsetDateTime::from_unix_timestamp(at).ok());
        for at in times() {
            let Some(claimed) = claimed else { continue };
            if at < claimed - SKEW {
                timing
                    .faults
                    .push(found("time-stamp-before-claim", "the time-stamp is older than the signature says it is"));
            }
            if at - claimed > delay {
                let text = format!("the time-stamp came {} s after the claimed time", (at - claimed).whole_seconds());
                timing.faults.push(found("time-stamp-late", text));
            }
        }
        timing.known = !holding.is_empty() && holding.iter().all(|h| h.known);
        if let Some(first) = holding.into_iter().min_by_key(|h| h.at) {
            timing.proven = Some(first.at);
            timing.authority = first.authority;
        }
        timing
    }
}

/// Judges one token; nothing when it holds and there is nobody to trust.
fn one(token: &[u8], signature: &Signature, trusted: Option<&TimeStamps>) -> Result<Option<Holds>, Found> {
    let wrong = |fault: crate::wire::tsp::TspFault| vec![found(&format!("time-stamp-{}", fault.code()), fault)];
    let token = Token::read(token).map_err(wrong)?;
    let stamped = token.verify(signature.signature.as_bytes()).map_err(wrong)?;
    let Some(trusted) = trusted else { return Ok(None) };
    let (certificates, values) = beside(signature).map_err(|fault| vec![found(fault.code(), fault)])?;
    let Some((leaf, others)) = stamped.certificates.split_first() else { return Ok(None) };
    let others = [others, &certificates].concat();
    let path =
        path::check(leaf, &others, &anchors_at(&trusted.anchors, stamped.at), stamped.at, &Demands::time_stamp());
    let path = path.map_err(|faults| {
        faults.iter().map(|fault| found(&format!("time-stamp-path-{}", fault.code()), fault)).collect::<Found>()
    })?;
    if !trusted.policy_oids.is_empty() && !trusted.policy_oids.contains(&stamped.policy) {
        return Err(vec![found("time-stamp-policy", format!("a time-stamp under policy {}", stamped.policy))]);
    }
    let revocation = path::revocation(&path, &values, stamped.at);
    if let Revocation::Revoked { certificate, .. } = &revocation {
        return Err(vec![found("time-stamp-revoked", format!("{certificate} was revoked when it stamped"))]);
    }
    let authority = facts(leaf).map(|f| f.subject).unwrap_or_default();
    Ok(Some(Holds { at: stamped.at, authority, known: revocation == Revocation::Good }))
}

/// Certificates and revocation values beside a signature.
pub(super) fn beside(signature: &Signature) -> Result<(Vec<Vec<u8>>, RevocationValues), JadesFault> {
    Ok((signature.unsigned.certificates()?, signature.unsigned.revocation()?))
}

pub(super) fn time_stamps(scene: &Scene<'_>) -> Found {
    scene.timings.iter().flat_map(|timing| timing.faults.clone()).collect()
}

/// What the values beside a signature say of the certificate of the signer; nothing without a path.
fn status(scene: &Scene<'_>, signature: &Signature) -> Option<Revocation> {
    let at = scene.moment(signature)?;
    let values = signature.unsigned.revocation().unwrap_or_default();
    let paths = identity::paths(scene, signature);
    paths.first().map(|(_, path)| path::revocation(path, &values, at))
}

pub(super) fn revocation(scene: &Scene<'_>) -> Found {
    let mut all = Vec::new();
    for signature in scene.signatures() {
        if let Err(fault) = signature.unsigned.revocation() {
            all.push(found(fault.code(), fault));
            continue;
        }
        let modes: Vec<RevocationMode> =
            identity::paths(scene, signature).iter().map(|(issuer, _)| issuer.revocation).collect();
        // Of several roles that share an anchor the mildest rules, as it does for everything else.
        let off = modes.contains(&RevocationMode::Off);
        let soft = modes.contains(&RevocationMode::Soft);
        match status(scene, signature) {
            Some(Revocation::Revoked { certificate, at, .. }) if !off => {
                all.push(found(
                    "signer-revoked",
                    format!("{certificate} was revoked at {}", crate::base::clock::rfc3339(at)),
                ));
            }
            Some(Revocation::Unknown { certificate }) if !off && !soft => {
                all.push(found(
                    "revocation-unknown",
                    format!("nothing beside the seal tells whether {certificate} was revoked"),
                ));
            }
            _ => {}
        }
    }
    all
}

/// The level of a signature. What merely lies beside it raises nothing: it counts once it was verified.
pub(super) fn level(scene: &Scene<'_>, signature: &Signature) -> Level {
    match scene.timing(signature) {
        Some(timing) if timing.proven.is_some() && timing.faults.is_empty() => {
            let known = timing.known && status(scene, signature) == Some(Revocation::Good);
            if known { Level::LongTerm } else { Level::Time }
        }
        _ => Level::Basic,
    }
}

/// Whether of every signer it is known that it was not revoked.
pub(super) fn all_known_good(scene: &Scene<'_>) -> bool {
    let signatures = scene.signatures();
    !signatures.is_empty() && signatures.iter().all(|s| status(scene, s) == Some(Revocation::Good))
}
