//! The status of a certificate: where it can be looked up, and what lists and responders say (RFC 5280, RFC 6960).
//!
//! Bytes in, plain values out. Signatures are checked here, because an answer that is not signed by the right party says
//! nothing; whom to believe and when to ask is decided elsewhere.

pub mod crl;
pub mod ocsp;

use x509_parser::extensions::{DistributionPointName, GeneralName, ParsedExtension};
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// Addresses of one kind that are taken from a certificate at most.
const MOST_ADDRESSES: usize = 4;
/// id-ad-ocsp (RFC 6960 section 4.2.2.1).
const AD_OCSP: &str = "1.3.6.1.5.5.7.48.1";

/// Where the status of a certificate can be looked up, in the order of the certificate; plain HTTP addresses only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatusPoints {
    /// OCSP responders (authority information access).
    pub ocsp: Vec<String>,
    /// Revocation lists (distribution points).
    pub crl: Vec<String>,
}

impl StatusPoints {
    /// Reads them from a DER certificate; one that cannot be read names none.
    pub fn of(certificate: &[u8]) -> Self {
        let mut points = Self::default();
        let Ok((_, certificate)) = X509Certificate::from_der(certificate) else { return points };
        for extension in certificate.extensions() {
            match extension.parsed_extension() {
                ParsedExtension::AuthorityInfoAccess(access) => {
                    let ocsp = access.accessdescs.iter().filter(|d| d.access_method.to_id_string() == AD_OCSP);
                    points.ocsp.extend(ocsp.filter_map(|d| address(&d.access_location)).take(MOST_ADDRESSES));
                }
                ParsedExtension::CRLDistributionPoints(lists) => {
                    let names = lists.points.iter().filter_map(|p| match &p.distribution_point {
                        Some(DistributionPointName::FullName(names)) => Some(names),
                        _ => None,
                    });
                    points.crl.extend(names.flatten().filter_map(address).take(MOST_ADDRESSES));
                }
                _ => {}
            }
        }
        points
    }

    /// Whether there is nowhere to look.
    pub fn is_empty(&self) -> bool {
        self.ocsp.is_empty() && self.crl.is_empty()
    }
}

fn address(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::URI(uri) if uri.starts_with("http://") => Some((*uri).to_owned()),
        _ => None,
    }
}

/// Seconds since 1970 as a moment; the epoch when there is no such moment.
fn moment(seconds: i64) -> time::OffsetDateTime {
    time::OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(time::OffsetDateTime::UNIX_EPOCH)
}

/// Lower case hexadecimal of a serial number, without the zero byte that only keeps it positive.
fn serial_hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let bytes = match bytes {
        [0, rest @ ..] if !rest.is_empty() => rest,
        _ => bytes,
    };
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_without_addresses_and_bytes_that_are_none_name_no_service() {
        let key = rcgen::KeyPair::generate().unwrap();
        let plain = rcgen::CertificateParams::default().self_signed(&key).unwrap();
        assert!(StatusPoints::of(plain.der()).is_empty());
        assert!(StatusPoints::of(b"none").is_empty());
    }

    #[test]
    fn a_distribution_point_is_read_when_it_is_plain_http() {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::default();
        let uris = vec!["ldap://crl.sim.example/x".to_owned(), "http://crl.sim.example/x.crl".to_owned()];
        params.crl_distribution_points = vec![rcgen::CrlDistributionPoint { uris }];
        let certificate = params.self_signed(&key).unwrap();
        let points = StatusPoints::of(certificate.der());
        assert_eq!((points.crl, points.ocsp), (vec!["http://crl.sim.example/x.crl".to_owned()], Vec::<String>::new()));
    }
}
