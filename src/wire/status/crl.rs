//! Revocation lists (RFC 5280 section 5): whose they are, how long they hold, and which serial numbers are on them.

use time::OffsetDateTime;
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
