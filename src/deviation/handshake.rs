//! Deviations of the TLS handshake (NET-5.010 to 5.050, TW-LA-TA-001; 20-technical-core section 5).

use super::Deviation;

/// What a client shows as its certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClientShows {
    /// Its own.
    #[default]
    Own,
    /// None.
    Nothing,
    /// A self-signed one.
    SelfSigned,
    /// An expired one.
    Expired,
    /// One of an unknown issuer with the right names.
    Untrusted,
    /// A revoked one.
    Revoked,
    /// One that is for servers only.
    ServerOnly,
}

/// What a server shows as its certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ServerShows {
    /// Its own.
    #[default]
    Own,
    /// An expired one.
    Expired,
    /// One of an unknown issuer.
    Untrusted,
    /// One for another host.
    OtherHost,
    /// A revoked one.
    Revoked,
}

impl Deviation {
    /// What the client shows under this deviation.
    pub fn client_shows(self) -> ClientShows {
        match self {
            Self::NoClientCertificate => ClientShows::Nothing,
            Self::SelfSignedClientCertificate => ClientShows::SelfSigned,
            Self::ExpiredClientCertificate => ClientShows::Expired,
            Self::UntrustedClientCertificate => ClientShows::Untrusted,
            Self::RevokedClientCertificate => ClientShows::Revoked,
            Self::ServerOnlyClientCertificate => ClientShows::ServerOnly,
            _ => ClientShows::Own,
        }
    }

    /// What the server shows under this deviation.
    pub fn server_shows(self) -> ServerShows {
        match self {
            Self::ServerCertificateExpired => ServerShows::Expired,
            Self::ServerCertificateUntrusted => ServerShows::Untrusted,
            Self::ServerCertificateForOtherHost => ServerShows::OtherHost,
            Self::ServerCertificateRevoked => ServerShows::Revoked,
            _ => ServerShows::Own,
        }
    }
}
