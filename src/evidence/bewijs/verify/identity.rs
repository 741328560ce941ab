//! Checks of identity: whose seals these are, by the policy and nothing else. Every signature is looked at; roles come from
//! the policy, never from the order of signatures.

use super::check::Found;
use super::form::found;
use super::scene::Scene;
use crate::evidence::bewijs::policy::{Issuer, anchors_at};
use crate::evidence::bewijs::statement::Soort;
use crate::wire::jades::Signature;
use crate::wire::x509::{ChainVerdict, Usage, explain_chain_for, facts, organization_identifiers, policy_oids};

pub(super) fn policy(scene: &Scene<'_>) -> Found {
    match scene.options.policy {
        Some(_) => Vec::new(),
        None => vec![found("policy-missing", "without a policy nobody is trusted")],
    }
}

/// The path of a signature to the anchors of an issuer.
fn leads_to(scene: &Scene<'_>, signature: &Signature, issuer: &Issuer) -> ChainVerdict {
    let untrusted = |reason, text: &str| ChainVerdict::Untrusted { reason, certificate: text.to_owned() };
    let Some(at) = scene.moment(signature) else {
        return untrusted(crate::wire::x509::UntrustedReason::Other, "no time");
    };
    explain_chain_for(&signature.chain(), &anchors_at(&issuer.anchors, at), at, &[Usage::Signing])
}

/// Issuers whose anchors a signature leads to.
fn issuers<'a>(scene: &Scene<'a>, signature: &Signature) -> Vec<&'a Issuer> {
    let all = scene.issuers().iter();
    all.filter(|issuer| leads_to(scene, signature, issuer) == ChainVerdict::Trusted).collect()
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
        let verdicts: Vec<ChainVerdict> = scene.issuers().iter().map(|i| leads_to(scene, signature, i)).collect();
        if verdicts.contains(&ChainVerdict::Trusted) {
            continue;
        }
        // The reason that tells most: a chain that fails for its time or use comes nearer than one of a stranger.
        let nearest = verdicts.into_iter().max_by_key(|v| match v {
            ChainVerdict::Untrusted { reason, .. } => *reason != crate::wire::x509::UntrustedReason::UnknownIssuer,
            ChainVerdict::Trusted => true,
        });
        if let Some(ChainVerdict::Untrusted { reason, certificate }) = nearest {
            let code =
                serde_json::to_value(reason).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
            all.push(found(
                &format!("path-{code}"),
                format!("the certificate of the signer is not trusted: {certificate}"),
            ));
        }
    }
    all
}

pub(super) fn role(scene: &Scene<'_>) -> Found {
    let Some(statement) = scene.statement() else { return Vec::new() };
    let soort = statement.predicate.soort;
    let entitled = |s: &Signature| issuers(scene, s).iter().any(|i| i.kinds.contains(&soort) && fits(s, i));
    let nobody = scene.options.policy.is_none() || scene.signatures().iter().all(|s| issuers(scene, s).is_empty());
    if nobody || scene.signatures().iter().any(entitled) {
        return Vec::new();
    }
    vec![found("signer-role", format!("nobody who signed may issue a {soort}"))]
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
    let policies = policy_oids(&leaf);
    issuers(scene, signature).into_iter().any(|issuer| {
        issuer.kinds.contains(&soort)
            && fits(signature, issuer)
            && issuer.key_usage.iter().all(|usage| usages.contains(usage))
            && (issuer.policy_oids.is_empty() || issuer.policy_oids.iter().any(|oid| policies.contains(oid)))
    })
}

pub(super) fn usage(scene: &Scene<'_>) -> Found {
    each(scene, |signature, issuers| {
        let leaf = signature.chain().into_iter().next()?;
        let has = facts(&leaf).map(|f| f.key_usage).unwrap_or_default();
        let has = |usage: &String| {
            has.contains(usage) || (usage == "nonRepudiation" && has.iter().any(|u| u == "contentCommitment"))
        };
        let good = issuers.iter().any(|issuer| issuer.key_usage.iter().all(has));
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
        let leaf = signature.chain().into_iter().next()?;
        let has = policy_oids(&leaf);
        let good =
            issuers.iter().any(|i| i.policy_oids.is_empty() || i.policy_oids.iter().any(|oid| has.contains(oid)));
        (!good).then(|| found("signer-policy-oid", "the certificate of the signer is of another policy"))
    })
}
