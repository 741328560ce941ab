//! Time-stamps (RFC 3161, RFC 5816): asking for one, reading one, and believing it or not.
//!
//! A token is a CMS SignedData over a statement "these digits existed at this time". Here its own signature is checked, with
//! the certificate that it carries; whether that certificate leads to a TSA that somebody trusts is a matter of
//! [`crate::wire::x509::path`]. Bytes in, plain values out: nothing here asks anybody anything.

mod asn1;
mod exchange;
mod fault;
mod make;
#[cfg(test)]
mod tests;
mod token;

pub use exchange::{Request, asked};
pub use fault::TspFault;
pub use make::{Making, TokenKey, failure, granted, token};
pub use token::{Stamped, Token};

use der::asn1::ObjectIdentifier;

/// Media type of a request (RFC 3161 section 3.4).
pub const QUERY: &str = "application/timestamp-query";
/// Media type of a response (RFC 3161 section 3.4).
pub const REPLY: &str = "application/timestamp-reply";
/// Largest token or response that is read, in bytes. Real ones stay below 16 KiB.
pub const MAX_BYTES: usize = 256 * 1024;

/// id-ct-TSTInfo (RFC 3161 section 2.4.2).
const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
/// id-signedData (RFC 5652 section 5.1).
const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
/// id-contentType (RFC 5652 section 11.1).
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
/// id-messageDigest (RFC 5652 section 11.2).
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
/// id-aa-signingCertificateV2 (RFC 5035 section 3).
const SIGNING_CERTIFICATE_V2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");
/// SHA-256, SHA-384 and SHA-512 (RFC 5754 section 2).
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");

/// The digest of bytes by the OID of its algorithm; `None` for algorithms that are too weak or unknown.
fn digest(algorithm: &ObjectIdentifier, bytes: &[u8]) -> Option<Vec<u8>> {
    use sha2::{Digest as _, Sha256, Sha384, Sha512};
    match *algorithm {
        SHA256 => Some(Sha256::digest(bytes).to_vec()),
        SHA384 => Some(Sha384::digest(bytes).to_vec()),
        SHA512 => Some(Sha512::digest(bytes).to_vec()),
        _ => None,
    }
}
