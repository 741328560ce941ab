//! Revocation lists (RFC 5280 section 5): whose they are, how long they hold, and which serial numbers are on them.

use time::OffsetDateTime;
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::{FromDer as _, X509Certificate};
use x509_parser::revocation_list::CertificateRevocationList;

use super::{moment, serial_hex};

/// Largest list that is read, in bytes. Real ones stay below 5 MiB.
pub const MAX_BYTES: usize = 8 * 1024 * 1024;

/// Why a list says nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CrlFault {
    /// Not the DER of a list, or too large.
    #[error("the revocation list cannot be read")]
    Unreadable,
    /// Of another CA than the one that issued the certificate.
    #[error("the revocation list is of another issuer")]
    OtherIssuer,
    /// Not signed by its issuer.
    #[error("the signature of the revocation list does not hold")]
    Signature,
    /// A newer one should be there by now, or it does not say when.
    #[error("the revocation list has expired")]
    Stale,
    /// It does not name all certificates of the kind.
    #[error("the revocation list covers only a part of the certificates")]
    Partial,
}

/// What a list says of one certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Whether it is on the list.
    pub revoked: bool,
    /// Until when the list holds.
    pub until: OffsetDateTime,
}

/// Looks a certificate up in a list of its issuer, all in DER, as things stand at a moment.
///
/// # Errors
/// When the list says nothing about the certificate at that moment.
pub fn look_up(list: &[u8], certificate: &[u8], issuer: &[u8], at: OffsetDateTime) -> Result<Entry, CrlFault> {
    if list.len() > MAX_BYTES {
        return Err(CrlFault::Unreadable);
    }
    let (_, list) = CertificateRevocationList::from_der(list).map_err(|_| CrlFault::Unreadable)?;
    let (_, certificate) = X509Certificate::from_der(certificate).map_err(|_| CrlFault::Unreadable)?;
    let (_, issuer) = X509Certificate::from_der(issuer).map_err(|_| CrlFault::Unreadable)?;
    if list.issuer().as_raw() != issuer.subject().as_raw() {
        return Err(CrlFault::OtherIssuer);
    }
    list.verify_signature(issuer.public_key()).map_err(|_| CrlFault::Signature)?;
    let until = list.next_update().map(|t| moment(t.timestamp())).filter(|until| *until > at);
    let until = until.ok_or(CrlFault::Stale)?;
    let serial = serial_hex(certificate.raw_serial());
    let revoked = list.iter_revoked_certificates().any(|entry| serial_hex(entry.raw_serial()) == serial);
    Ok(Entry { revoked, until })
}

/// What a list tells of one certificate, whenever it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// Since when the certificate is revoked and why (RFC 5280 section 5.3.1); `None` when it is not on the list.
    pub revoked: Option<(OffsetDateTime, Option<u8>)>,
    /// When the list was made.
    pub from: OffsetDateTime,
    /// Until when it holds.
    pub until: Option<OffsetDateTime>,
}

/// What a list of the issuer tells of a certificate, all in DER, without asking whether it is current.
///
/// # Errors
/// When the list is of another issuer, not signed by it, or not about such certificates.
pub fn told(list: &[u8], certificate: &[u8], issuer: &[u8]) -> Result<Told, CrlFault> {
    if list.len() > MAX_BYTES {
        return Err(CrlFault::Unreadable);
    }
    let (_, list) = CertificateRevocationList::from_der(list).map_err(|_| CrlFault::Unreadable)?;
    let (_, certificate) = X509Certificate::from_der(certificate).map_err(|_| CrlFault::Unreadable)?;
    let (_, issuer) = X509Certificate::from_der(issuer).map_err(|_| CrlFault::Unreadable)?;
    let may_sign = issuer.key_usage().ok().flatten().is_none_or(|usage| usage.value.crl_sign());
    if list.issuer().as_raw() != issuer.subject().as_raw() || !may_sign {
        return Err(CrlFault::OtherIssuer);
    }
    if !is_whole(&list, &certificate) {
        return Err(CrlFault::Partial);
    }
    list.verify_signature(issuer.public_key()).map_err(|_| CrlFault::Signature)?;
    let serial = serial_hex(certificate.raw_serial());
    let entry = list.iter_revoked_certificates().find(|entry| serial_hex(entry.raw_serial()) == serial);
    let revoked =
        entry.map(|entry| (moment(entry.revocation_date.timestamp()), entry.reason_code().map(|(_, reason)| reason.0)));
    let until = list.next_update().map(|t| moment(t.timestamp()));
    Ok(Told { revoked, from: moment(list.last_update().timestamp()), until })
}

/// Whether the list would name this certificate if it were revoked: it is no delta, and its scope, if it has one, includes
/// such certificates and all reasons. Any other critical extension leaves that open.
fn is_whole(list: &CertificateRevocationList<'_>, certificate: &X509Certificate<'_>) -> bool {
    let ca = certificate.basic_constraints().ok().flatten().is_some_and(|b| b.value.ca);
    list.extensions().iter().all(|extension| match extension.parsed_extension() {
        ParsedExtension::IssuingDistributionPoint(scope) => {
            let kind = if ca { !scope.only_contains_user_certs } else { !scope.only_contains_ca_certs };
            kind && scope.only_some_reasons.is_none() && !scope.indirect_crl && !scope.only_contains_attribute_certs
        }
        _ => !extension.critical,
    })
}

/// What a list says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrlFacts {
    /// Name of the CA.
    pub issuer: String,
    /// When it was made.
    pub this_update: OffsetDateTime,
    /// Until when it holds.
    pub next_update: Option<OffsetDateTime>,
    /// Certificates on it.
    pub entries: usize,
}

/// Reads what a DER list says of itself, without checking anything.
///
/// # Errors
/// [`CrlFault::Unreadable`].
pub fn facts(list: &[u8]) -> Result<CrlFacts, CrlFault> {
    if list.len() > MAX_BYTES {
        return Err(CrlFault::Unreadable);
    }
    let (_, list) = CertificateRevocationList::from_der(list).map_err(|_| CrlFault::Unreadable)?;
    Ok(CrlFacts {
        issuer: list.issuer().to_string(),
        this_update: moment(list.last_update().timestamp()),
        next_update: list.next_update().map(|t| moment(t.timestamp())),
        entries: list.iter_revoked_certificates().count(),
    })
}
