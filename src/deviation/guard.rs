//! Guards: the checks that a conformant server makes, and which deviation leaves one of them out.

use super::Deviation;

/// A check that the reference GtK makes before it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// There is a client assertion.
    ClientAssertion,
    /// No shared secret is used.
    NoSecret,
    /// The client assertion has not expired.
    ClientExpiry,
    /// The client assertion is for this server.
    ClientAudience,
    /// The client assertion is signed.
    ClientSigned,
    /// The client assertion is signed with an asymmetric key.
    ClientAsymmetric,
    /// The key that signed is known.
    ClientKey,
    /// The grant has not expired.
    GrantExpiry,
    /// The grant is for this server.
    GrantAudience,
    /// The grant type is a JWT bearer grant.
    GrantType,
    /// The scope exists.
    Scope,
    /// The authorization base was issued.
    BaseIssued,
    /// The authorization base was issued to the one who presents it.
    BaseBelongs,
    /// There is an access token.
    TokenPresent,
    /// The access token was issued here.
    TokenIssued,
    /// Every character of the access token counts.
    TokenWhole,
    /// The access token has not expired.
    TokenExpiry,
    /// The access token is in the header.
    TokenInHeader,
    /// The access token is for this endpoint.
    TokenPurpose,
    /// The access token is of the organisation that the data is for.
    TokenOrganisation,
}

impl Deviation {
    /// The guard that this deviation leaves out, if it is of that kind.
    pub fn leaves_out(self) -> Option<Guard> {
        use Deviation as D;
        Some(match self {
            D::AcceptsMissingClientAssertion => Guard::ClientAssertion,
            D::AcceptsClientSecret => Guard::NoSecret,
            D::AcceptsExpiredClientAssertion => Guard::ClientExpiry,
            D::AcceptsClientAssertionForOtherServer => Guard::ClientAudience,
            D::AcceptsUnsignedClientAssertion => Guard::ClientSigned,
            D::AcceptsPublicKeyAsSecret => Guard::ClientAsymmetric,
            D::AcceptsUnknownSigningKey => Guard::ClientKey,
            D::AcceptsExpiredGrant => Guard::GrantExpiry,
            D::AcceptsGrantForOtherServer => Guard::GrantAudience,
            D::AcceptsClientCredentials => Guard::GrantType,
            D::AcceptsUnknownScope => Guard::Scope,
            D::AcceptsUnknownBase => Guard::BaseIssued,
            D::AcceptsBaseOfOtherOrganisation => Guard::BaseBelongs,
            D::AnswersWithoutToken => Guard::TokenPresent,
            D::AcceptsUnknownToken => Guard::TokenIssued,
            D::AcceptsAlteredToken => Guard::TokenWhole,
            D::AcceptsExpiredToken => Guard::TokenExpiry,
            D::AcceptsTokenInQuery => Guard::TokenInHeader,
            D::IgnoresTokenPurpose => Guard::TokenPurpose,
            D::IgnoresTokenOrganisation => Guard::TokenOrganisation,
            _ => return None,
        })
    }
}
