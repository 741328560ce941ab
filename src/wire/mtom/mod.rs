//! MTOM and XOP: a SOAP message whose binary content travels in parts of its own (W3C SOAP MTOM, XOP 1.0;
//! 30-beeldbeschikbaarheid sections 4 and 8).
//!
//! A [`Package`] is a message as it came in, whether it is a package or a plain envelope: its root part, and the other
//! parts by content id. Content is asked for by its element, and is the same whether it stands in a part or as base64
//! in the element itself. [`Stream`] reads the same from pieces, keeping the root in memory and handing the rest on; its
//! parts have length and digests. [`Outgoing`] writes, in the usual way or with one of the ways of [`Packing`] that real
//! and wrong senders have.

mod outgoing;
mod package;
mod stream;
#[cfg(test)]
mod tests;

pub use outgoing::{Attachment, Outgoing, Packing, include};
pub(crate) use package::inline;
pub use package::{Content, Facts, Limits, Package, Remark, envelope};
pub use stream::{Attachments, Received, Stream, Streamed};

use super::mime::MimeFault;

/// Namespace of `xop:Include`.
pub const XOP: &str = "http://www.w3.org/2004/08/xop/include";
/// Media type of the root part of a package.
pub const ROOT: &str = "application/xop+xml";

/// Why content cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MtomFault {
    /// The body cannot be taken apart.
    #[error(transparent)]
    Mime(#[from] MimeFault),
    /// No part at all, or none with the id that `start` names.
    #[error("the package has no root part `{0}`")]
    NoRoot(String),
    /// A part that nothing can refer to.
    #[error("part {0} has no content id")]
    NoContentId(usize),
    /// Two parts with one content id: it cannot be told which is meant.
    #[error("the content id `{0}` is there twice")]
    DoubledContentId(String),
    /// A reference to a part that is not there.
    #[error("`{0}` refers to no part of the message")]
    Unresolvable(String),
    /// A reference that is no `cid:` URL, or none at all.
    #[error("`{0}` is no reference to a part")]
    Reference(String),
    /// Content that is no base64 text.
    #[error("the content is no base64 text")]
    Base64,
    /// The other side of the stream could not take the content.
    #[error("the content cannot be kept: {0}")]
    Kept(String),
}

impl MtomFault {
    /// The name of the fault, for a transcript.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Mime(MimeFault::Truncated(_)) => "truncated",
            Self::Mime(MimeFault::Limit { .. }) => "limit",
            Self::Mime(_) => "mime",
            Self::NoRoot(_) => "no-root",
            Self::NoContentId(_) => "no-content-id",
            Self::DoubledContentId(_) => "doubled-content-id",
            Self::Unresolvable(_) => "unresolvable",
            Self::Reference(_) => "reference",
            Self::Base64 => "base64",
            Self::Kept(_) => "kept",
        }
    }
}
