//! What tells whose seal a certificate is for: the identifier of the organisation (ETSI EN 319 412-1 clause 5.1.4) and the
//! certificate policies (RFC 5280 section 4.2.1.4).

use x509_parser::extensions::ParsedExtension;

use super::parse;

/// organizationIdentifier.
const ORGANIZATION_IDENTIFIER: &str = "2.5.4.97";

/// Identifiers of the organisation in the subject, for example `NTRNL-90000001`; none when it cannot be read.
pub fn organization_identifiers(der: &[u8]) -> Vec<String> {
    let Ok(certificate) = parse(der) else { return Vec::new() };
    let attributes = certificate.subject().iter_attributes();
    attributes
        .filter(|a| a.attr_type().to_id_string() == ORGANIZATION_IDENTIFIER)
        .filter_map(|a| a.as_str().ok().map(str::to_owned))
        .collect()
}

/// The certificate policies, dotted; none when there are none or it cannot be read.
pub fn policy_oids(der: &[u8]) -> Vec<String> {
    let Ok(certificate) = parse(der) else { return Vec::new() };
    let policies = certificate.extensions().iter().filter_map(|extension| match extension.parsed_extension() {
        ParsedExtension::CertificatePolicies(policies) => Some(policies),
        _ => None,
    });
    policies.flat_map(|policies| policies.iter().map(|p| p.policy_id.to_id_string())).collect()
}
