//! Why a body cannot be taken apart.

/// What is wrong with a body or its content type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MimeFault {
    /// Another media type than `multipart/…`.
    #[error("`{0}` is no multipart type")]
    NoMultipart(String),
    /// A content type that cannot be read.
    #[error("the content type `{0}` cannot be read")]
    ContentType(String),
    /// No boundary, or one that RFC 2046 does not allow.
    #[error("the content type has no boundary that can be used: `{0}`")]
    Boundary(String),
    /// More than is looked at.
    #[error("{what}: {found}, more than the limit of {limit}")]
    Limit {
        /// What there is too much of.
        what: &'static str,
        /// How much there is.
        found: u64,
        /// How much is allowed.
        limit: u64,
    },
    /// The boundary never comes.
    #[error("the boundary does not occur in the body")]
    NoBoundary,
    /// The end is missing.
    #[error("the body ends inside part {0}")]
    Truncated(usize),
    /// A header line that is none.
    #[error("part {part} has a header line without a name: `{line}`")]
    Header {
        /// Which part, from 0.
        part: usize,
        /// What stands there.
        line: String,
    },
    /// A transfer encoding that does not exist, or content that is not in it.
    #[error("part {part} is not in its transfer encoding: {what}")]
    Transfer {
        /// Which part, from 0.
        part: usize,
        /// What is wrong.
        what: String,
    },
}
