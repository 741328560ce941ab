//! Certificate policies along a path (RFC 5280 section 6.1), without mappings: a mapped policy does not count, so the
//! answer is never milder than that of the RFC.

use std::collections::BTreeSet;

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::ParsedExtension;

use super::PathFault;
use crate::wire::x509::name_text;

/// anyPolicy (RFC 5280 section 4.2.1.4).
const ANY: &str = "2.5.29.32.0";

/// What is wrong with the policies of a path, leaf first, when one of `wanted` is asked for or a CA insists on some.
pub(super) fn faults(path: &[&X509Certificate<'_>], wanted: &[String]) -> Option<PathFault> {
    let insisted = path.iter().any(|c| c.extensions().iter().any(|e| e.oid.to_id_string() == "2.5.29.36"));
    if wanted.is_empty() && !insisted {
        return None;
    }
    let leaf = path.first()?;
    let own = named(leaf);
    let allowed = allowed(path);
    let fits = |oid: &String| allowed.as_ref().is_none_or(|set| set.contains(oid));
    let good = match wanted.is_empty() {
        true => own.iter().any(fits),
        // The leaf itself must say it: anyPolicy is for CAs.
        false => own.iter().any(|oid| wanted.contains(oid) && fits(oid)),
    };
    if good {
        return None;
    }
    let found: Vec<&str> = own.iter().map(String::as_str).collect();
    Some(PathFault::Policy { certificate: name_text(leaf.subject()), found: found.join(", ") })
}

/// The policies that the CAs of a path allow; `None`: any. The anchor asks nothing.
fn allowed(path: &[&X509Certificate<'_>]) -> Option<BTreeSet<String>> {
    let mut allowed: Option<BTreeSet<String>> = None;
    let mut any_until: Option<u32> = None;
    let between = path.iter().take(path.len().saturating_sub(1)).skip(1).rev();
    for ca in between {
        let own = named(ca);
        let any = own.contains(ANY) && any_until != Some(0);
        if !any {
            allowed = Some(match allowed {
                None => own,
                Some(above) => above.intersection(&own).cloned().collect(),
            });
        }
        any_until = any_until.map(|left| left.saturating_sub(1));
        if let Some(skip) = inhibits_any(ca) {
            any_until = Some(any_until.map_or(skip, |left| left.min(skip)));
        }
    }
    allowed
}

fn named(certificate: &X509Certificate<'_>) -> BTreeSet<String> {
    let policies = certificate.extensions().iter().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::CertificatePolicies(policies) => Some(policies),
        _ => None,
    });
    policies.into_iter().flatten().map(|policy| policy.policy_id.to_id_string()).collect()
}

fn inhibits_any(certificate: &X509Certificate<'_>) -> Option<u32> {
    certificate.extensions().iter().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::InhibitAnyPolicy(inhibit) => Some(inhibit.skip_certs),
        _ => None,
    })
}
