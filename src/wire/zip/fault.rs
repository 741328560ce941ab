//! What is wrong with a container, each with the code that a verifier tells.

/// Why a container is refused.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum ZipFault {
    /// No end of the directory where it has to be, or one that cannot be.
    #[error("this is no container: {0}")]
    ZipDamaged(String),
    /// Bytes behind the end.
    #[error("{0} bytes follow the end")]
    ZipTrailing(usize),
    /// Bytes between members, or before them.
    #[error("bytes that belong to no member, before {0}")]
    ZipGap(String),
    /// More than is looked at.
    #[error("{what}: {found}, more than the limit of {limit}")]
    ZipLimit {
        /// What there is too much of.
        what: &'static str,
        /// How much there is.
        found: u64,
        /// How much is allowed.
        limit: u64,
    },
    /// A member that becomes absurdly much larger than it is.
    #[error("{0} is compressed more than can be")]
    ZipRatio(String),
    /// A name twice.
    #[error("{0} is there twice")]
    ZipDuplicate(String),
    /// Two names that differ in upper and lower case only.
    #[error("{0} is there in two cases")]
    ZipCase(String),
    /// A name that leads up.
    #[error("{0:?} leads out of the container")]
    ZipParent(String),
    /// A name that begins at a root or drive.
    #[error("{0:?} is an absolute name")]
    ZipAbsolute(String),
    /// A name with a character that has another spelling, another meaning elsewhere, or cannot be seen.
    #[error("{0:?} is no plain name")]
    ZipName(String),
    /// A folder as a member.
    #[error("{0:?} is a folder")]
    ZipFolder(String),
    /// A member that is a link.
    #[error("{0} is a link")]
    ZipLink(String),
    /// Members in another order than theirs.
    #[error("{0} is not in its place")]
    ZipOrder(String),
    /// The local header says something else than the directory.
    #[error("the two headers of {0} differ")]
    ZipHeaders(String),
    /// A time, flag, attribute, comment or extra field that these containers do not have.
    #[error("{name}: {what}")]
    ZipField {
        /// The member.
        name: String,
        /// What it has.
        what: &'static str,
    },
    /// A method that is not used here, or another than the member must have.
    #[error("{0} has another method than it should")]
    ZipMethod(String),
    /// A member whose bytes are not what its headers say.
    #[error("{0} is damaged")]
    ZipContent(String),
}

impl ZipFault {
    /// The code that a verifier tells.
    pub fn code(&self) -> &'static str {
        self.into()
    }
}
