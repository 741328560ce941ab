//! DICOM as plain values: files are read with limits, manifests and small images are made and read.
//!
//! [`read`] goes through a file of any size once and gives an [`Object`]: what it says of itself ([`Facts`]), its size and SHA-1,
//! and what is odd about it. It is the reader of everything that a candidate sends. [`manifest`] makes and reads the Key Object
//! Selection that a timeline entry for images points at, and turns it into the rows of a RAD-75 request. [`make`] writes the
//! images of the reference data, in every transfer syntax that they can be served in, with the `dicom` crates.
//!
//! DICOM PS3.5 (encoding), PS3.10 (file format), PS3.3 C.17.6 (key objects), PS3.16 TID 2010.

mod dataset;
mod fault;
pub mod lists;
pub mod make;
pub mod manifest;
mod object;
mod rle;
mod scan;
mod source;
pub mod spoil;
#[cfg(test)]
mod tests;

pub use dataset::{Code, Dataset, Value, is_uid};
pub use fault::{DicomFault, Oddity};
pub use object::{Facts, Object, PixelData};
pub use scan::{Limits, read};
pub use spoil::with_uid;

/// Media type of a DICOM file (PS3.10).
pub const MEDIA_TYPE: &str = "application/dicom";
/// Implicit VR little endian, the default of DICOM.
pub const IMPLICIT_LITTLE_ENDIAN: &str = "1.2.840.10008.1.2";
/// Explicit VR little endian.
pub const EXPLICIT_LITTLE_ENDIAN: &str = "1.2.840.10008.1.2.1";
/// Explicit VR big endian, withdrawn from DICOM; recognised and not looked into.
pub const BIG_ENDIAN: &str = "1.2.840.10008.1.2.2";
/// RLE lossless.
pub const RLE: &str = "1.2.840.10008.1.2.5";

/// Whether the data set itself is deflated: recognised and not looked into.
pub fn is_deflated(transfer_syntax: &str) -> bool {
    // Deflated explicit VR little endian, and its two uses for JPIP.
    ["1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205"].contains(&transfer_syntax)
}

/// Whether pixel data stand there as they are, without compression.
pub fn is_native(transfer_syntax: &str) -> bool {
    [IMPLICIT_LITTLE_ENDIAN, EXPLICIT_LITTLE_ENDIAN, BIG_ENDIAN].contains(&transfer_syntax)
}

/// Reads a file that is in memory already.
///
/// # Errors
/// As [`read`].
pub fn read_bytes(bytes: &[u8]) -> Result<Object, DicomFault> {
    read(bytes, &Limits::default())
}

/// A UID below 2.25 (PS3.5 annex B.2) that follows from a text: the same text gives the same UID, everywhere.
pub fn derived_uid(text: &str) -> String {
    use sha2::{Digest as _, Sha256};
    let digest = Sha256::digest(text.as_bytes());
    let mut uuid: [u8; 16] = digest[..16].try_into().expect("a SHA-256 has 32 bytes");
    // RFC 9562 section 5.8: version 8, of our own making, and its variant.
    uuid[6] = (uuid[6] & 0x0f) | 0x80;
    uuid[8] = (uuid[8] & 0x3f) | 0x80;
    format!("2.25.{}", u128::from_be_bytes(uuid))
}
