//! Checks of identity: whose seals these are, by the policy and nothing else. Every signature is looked at; roles come from
//! the policy, never from the order of signatures.

use super::check::Found;
use super::form::found;
use super::scene::Scene;
use crate::evidence::bewijs::policy::{Issuer, anchors_at};
use crate::evidence::bewijs::statement::Soort;
use crate::wire::jades::Signature;
use crate::wire::x509::path::{self, Demands, Path, PathFault};
use crate::wire::x509::{facts, organization_identifiers};

/// Smallest RSA key on the path of a seal, in bits; a policy may not lower it.
const SMALLEST_RSA: usize = 2048;

pub(super) fn policy(scene: &Scene<'_>) -> Found {
    match scene.options.policy {
        Some(_) => Vec::new(),
        None => vec![found("policy-missing", "without a policy nobody is trusted")],
    }
}

/// The path of a signature to the anchors of an issuer, as things stood when it was set.
fn leads_to(
    scene: &Scene<'_>,
    signature: &Signature,
    issuer: &Issuer,
    demands: &Demands,
) -> Result<Path, Vec<PathFault>> {
    let chain = signature.chain();
    let (leaf, others) = chain.split_first().ok_or_else(|| vec![PathFault::NoCertificate])?;
    let at = scene.moment(signature).ok_or_else(|| vec![PathFault::NoTime])?;
    // Certificates beside the signature may help to find the way; none of them is trusted for being there.
    let beside = signature.unsigned.certificates().unwrap_or_default();
    path::check(leaf, &[others, &beside].concat(), &anchors_at(&issuer.anchors, at), at, demands)
}

/// What is asked of every path; key usage, organisation and policy have checks of their own.
fn plain() -> Demands {
    Demands { smallest_rsa: SMALLEST_RSA, ..Demands::default() }
}

/// The issuers whose anchors a signature leads to, and the paths.
pub(super) fn paths<'a>(scene: &Scene<'a>, signature: &Signature) -> Vec<(&'a Issuer, Path)> {
    let all = scene.issuers().iter();
    all.filter_map(|issuer| Some((issuer, leads_to(scene, signature, issuer, &plain()).ok()?))).collect()
}

/// Issuers whose anchors a signature leads to.
fn issuers<'a>(scene: &Scene<'a>, signature: &Signature) -> Vec<&'a Issuer> {
    paths(scene, signature).into_iter().map(|(issuer, _)| issuer).collect()
}

/// Looks at every signature that leads to an anchor.
fn each(scene: &Scene<'_>, look: impl Fn(&Signature, &[&Issuer]) -> Option<(String, String)>) -> Found {
    let signatures = scene.signatures().iter();
    signatures
        .filter_map(|signature| {
            let issuers = issuers(scene, signature);
            if issuers.is_empty() { None } else { look(signature, &issuers) }
        })
        .collect()
}

pub(super) fn path(scene: &Scene<'_>) -> Found {
    let mut all = Vec::new();
    for signature in scene.signatures() {
        let verdicts = scene.issuers().iter().map(|issuer| leads_to(scene, signature, issuer, &plain()));
        let refused: Option<Vec<_>> = verdicts.map(Result::err).collect();
        // The reason that tells most: a chain that fails for its time or use comes nearer than one of a stranger.
        let stranger = |faults: &Vec<PathFault>| faults.iter().any(|f| matches!(f, PathFault::NoAnchor { .. }));
        let nearest = refused.into_iter().flatten().min_by_key(stranger);
        for fault in nearest.into_iter().flatten() {
            let code = format!("path-{}", fault.code());
            all.push(found(&code, format!("the certificate of the signer is not trusted: {fault}")));
        }
    }
    all
}

pub(super) fn role(scene: &Scene<'_>) -> Found {
    let Some(statement) = scene.statement() else { return Vec::new() };
    // Of a stranger it cannot be told; that nobody knows it is a finding of its path.
    let strangers = scene.signatures().iter().all(|s| issuers(scene, s).is_empty());
    if strangers || is_role_shown(scene) {
        return Vec::new();
    }
    vec![found("signer-role", format!("nobody who signed may issue a {}", statement.predicate.soort))]
}

/// Whether somebody who is trusted signed, and may issue this kind by the policy.
pub(super) fn is_role_shown(scene: &Scene<'_>) -> bool {
    let Some(statement) = scene.statement() else { return false };
    let soort = statement.predicate.soort;
    let entitled = |s: &Signature| issuers(scene, s).iter().any(|i| i.kinds.contains(&soort) && fits(s, i));
    scene.signatures().iter().any(entitled)
}

/// Whether a signature is of an organisation that the issuer names: two roles may share an anchor.
fn fits(signature: &Signature, issuer: &Issuer) -> bool {
    let leaf = signature.chain().into_iter().next().unwrap_or_default();
    let named = &issuer.organization_identifiers;
    named.is_empty() || organization_identifiers(&leaf).iter().any(|id| named.contains(id))
}

/// Whether a signature is that of somebody who may issue a kind, by certificate, organisation, usage and policy.
pub(super) fn is_entitled(scene: &Scene<'_>, signature: &Signature, soort: Soort) -> bool {
    let Some(leaf) = signature.chain().into_iter().next() else { return false };
    let usages = facts(&leaf).map(|f| f.key_usage).unwrap_or_default();
    issuers(scene, signature).into_iter().any(|issuer| {
        let demands = Demands { policies: issuer.policy_oids.clone(), ..plain() };
        issuer.kinds.contains(&soort)
            && fits(signature, issuer)
            && issuer.key_usage.iter().all(|usage| usages.contains(usage))
            && leads_to(scene, signature, issuer, &demands).is_ok()
    })
}

pub(super) fn usage(scene: &Scene<'_>) -> Found {
    each(scene, |signature, issuers| {
        let leaf = signature.chain().into_iter().next()?;
        let has = facts(&leaf).map(|f| f.key_usage).unwrap_or_default();
        let has = |usage: &String| {
            has.contains(usage) || (usage == "nonRepudiation" && has.iter().any(|u| u == "contentCommitment"))
        };
        let server = extended(&leaf).iter().any(|usage| usage == "serverAuth");
        // A certificate for a server is for no seal, whatever else it is for.
        let seals = |issuer: &Issuer| !(server && issuer.key_usage.iter().any(|usage| usage == "nonRepudiation"));
        let good = issuers.iter().any(|issuer| issuer.key_usage.iter().all(has) && seals(issuer));
        (!good).then(|| found("signer-key-usage", "the certificate of the signer is not for seals"))
    })
}

pub(super) fn organisation(scene: &Scene<'_>) -> Found {
    each(scene, |signature, issuers| {
        let good = issuers.iter().any(|issuer| fits(signature, issuer));
        (!good).then(|| found("signer-organisation", "the signer is another organisation than the policy names"))
    })
}

pub(super) fn policy_oid(scene: &Scene<'_>) -> Found {
    each(scene, |signature, issuers| {
        let allows = |issuer: &&Issuer| {
            let demands = Demands { policies: issuer.policy_oids.clone(), ..plain() };
            leads_to(scene, signature, issuer, &demands).is_ok()
        };
        let good = issuers.iter().any(allows);
        (!good).then(|| found("signer-policy-oid", "the certificate of the signer is of another policy"))
    })
}

fn extended(leaf: &[u8]) -> Vec<String> {
    facts(leaf).map(|f| f.extended_key_usage).unwrap_or_default()
}
