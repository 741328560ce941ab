//! A container of files that can be made in one way only: a ZIP (APPNOTE 6.3) with its members in order, times fixed, no
//! extra fields, no comments, no gaps. Two makings of the same files are the same bytes.
//!
//! It is written and read here, and not by a ZIP library, because a library that is kind to its user lets through what a
//! sealed file must not have: a local header that says something else than the directory, bytes between two members or
//! behind the end, a name in two spellings, a link. Reading refuses all of that, each by a code of its own; only the
//! compression itself is left to a crate. ZIP64, encryption and data descriptors do not occur.

mod content;
mod fault;
mod names;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use content::{Content, Packed, Parts};
pub use fault::ZipFault;
pub use read::{Limits, Read, read, read_with_packed};
pub use write::{Method, crc32, write};

/// Signature of a local header.
const LOCAL: u32 = 0x0403_4b50;
/// Signature of a row of the directory.
const CENTRAL: u32 = 0x0201_4b50;
/// Signature of the end of the directory.
const END: u32 = 0x0605_4b50;
/// Length of a local header without its name.
const LOCAL_LENGTH: usize = 30;
/// Length of a row of the directory without its name.
const CENTRAL_LENGTH: usize = 46;
/// Length of the end of the directory.
const END_LENGTH: usize = 22;
/// Version needed, and made by: 2.0, for deflate. The upper byte of `made by` is 0: no system whose file modes would count.
const VERSION: u16 = 20;
/// 1 January 1980, midnight: the first moment that a ZIP can tell.
const DATE: u16 = 0x0021;
