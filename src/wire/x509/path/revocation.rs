//! Revocation from values that lie beside a signature: OCSP answers and lists, fetched when it was made or later.
//!
//! A value counts when it was current at the time in question, or was made after it while the certificate was still valid:
//! later knowledge is better knowledge. A revocation after the time in question leaves the signature standing.

use time::OffsetDateTime;

use super::Path;
use crate::wire::status::{crl, ocsp};
use crate::wire::x509::{name_text, parse};

/// Values that are looked at of each kind, at most.
const MOST_VALUES: usize = 32;

/// OCSP answers and lists, DER.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RevocationValues {
    /// OCSPResponse (RFC 6960).
    pub ocsp: Vec<Vec<u8>>,
    /// CertificateList (RFC 5280 section 5).
    pub crls: Vec<Vec<u8>>,
}

/// What is known of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Revocation {
    /// Not revoked at that time, for every certificate below the anchor.
    Good,
    /// Revoked by then.
    Revoked {
        /// Whose certificate.
        certificate: String,
        /// Since when.
        at: OffsetDateTime,
        /// Why, as RFC 5280 section 5.3.1 numbers it, when the CA said so.
        reason: Option<u8>,
    },
    /// Of some certificate nothing is known that counts.
    Unknown {
        /// The first such certificate.
        certificate: String,
    },
}

/// What the values say of a path at a moment. A revocation that any value tells counts, whatever others say.
pub fn revocation(path: &Path, values: &RevocationValues, at: OffsetDateTime) -> Revocation {
    let mut unknown = None;
    for pair in path.certificates.windows(2) {
        let [certificate, issuer] = pair else { continue };
        let name = || parse(certificate).map(|c| name_text(c.subject())).unwrap_or_default();
        match of_one(certificate, issuer, values, at) {
            Known::Good => {}
            Known::Revoked { at, reason } => return Revocation::Revoked { certificate: name(), at, reason },
            Known::Nothing => {
                unknown.get_or_insert_with(name);
            }
        }
    }
    unknown.map_or(Revocation::Good, |certificate| Revocation::Unknown { certificate })
}

enum Known {
    Good,
    Revoked { at: OffsetDateTime, reason: Option<u8> },
    Nothing,
}

fn of_one(certificate: &[u8], issuer: &[u8], values: &RevocationValues, at: OffsetDateTime) -> Known {
    let ends = parse(certificate).map(|c| c.validity().not_after.timestamp()).unwrap_or(i64::MIN);
    let counts = |from: OffsetDateTime, until: Option<OffsetDateTime>| {
        let current = from <= at && until.is_some_and(|until| until >= at);
        // Lists need not name what has expired (RFC 5280 section 3.3).
        current || (from > at && from.unix_timestamp() <= ends)
    };
    let mut known = Known::Nothing;
    let mut hear = |revoked: Option<(OffsetDateTime, Option<u8>)>, from, until| match revoked {
        Some((since, reason)) if since <= at => known = Known::Revoked { at: since, reason },
        _ if counts(from, until) && matches!(known, Known::Nothing) => known = Known::Good,
        _ => {}
    };
    for answer in values.ocsp.iter().take(MOST_VALUES) {
        if let Ok(told) = ocsp::told(answer, certificate, issuer)
            && told.state != ocsp::CertState::Unknown
        {
            hear(told.revoked, told.from, told.until);
        }
    }
    for list in values.crls.iter().take(MOST_VALUES) {
        if let Ok(told) = crl::told(list, certificate, issuer) {
            hear(told.revoked, told.from, told.until);
        }
    }
    known
}
