//! The algorithms of a seal are those of every other JWS here (RFC 7518 section 3.1): one list, so that what one door
//! refuses cannot come in by the other.

pub use crate::wire::jose::Algorithm;

/// What a seal may be made with: RS256 is read where a policy allows it, and never written unasked.
pub const WRITTEN: [Algorithm; 6] =
    [Algorithm::Ps256, Algorithm::Ps384, Algorithm::Ps512, Algorithm::Es256, Algorithm::Es384, Algorithm::Es512];
