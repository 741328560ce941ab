//! `multipart/related` (RFC 2387, RFC 2046, RFC 2045): read as it was sent, and written with or without the oddities
//! that real senders have.
//!
//! SOAP with attachments (MTOM) and DICOMweb both travel in it. Nothing is thrown away: the order of the parts, their
//! header fields as they were written, their bytes before any transfer encoding is undone. What is unusual and legal is
//! told by [`Oddity`], never refused: a blank line before the first boundary, line feeds without carriage return, a last
//! boundary without a line end.
//!
//! There are two ways in. [`Message::read`] takes a whole body. [`Reader`] is fed piece by piece and hands out headers
//! and content as they come, so that a document of 50 MB goes to a file while memory stays flat; it is what a connection
//! should use for bodies that may be large. [`Message`] is made with it, so both read the same.

mod content_type;
mod fault;
mod message;
mod reader;
#[cfg(test)]
mod tests;
mod transfer;

pub use content_type::ContentType;
pub use fault::MimeFault;
pub use message::{Message, Part, Style};
pub(crate) use message::{content_id, header, unbracketed};
pub use reader::{Limits, Oddity, Piece, Reader};
pub use transfer::{Decoder, Encoding, write_base64};
