//! Deviations of the TLS handshake (NET-5.010 to 5.050, TW-LA-TA-001; 20-technical-core section 5).

use super::Deviation;
use crate::wire::tls::{Careless, TlsVersion};

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

    /// Hellos that the server agrees to under this deviation although our TLS library refuses them.
    pub fn careless(self) -> Option<Careless> {
        // Nothing but the one thing is wrong: no server of TLS 1.0 has this suite, and none of its own would pass.
        let usual = Careless::tls12();
        Some(match self {
            Self::AcceptsTls10 => Careless { versions: &[TlsVersion::Tls10, TlsVersion::Tls11], ..usual },
            Self::AcceptsSsl3 => Careless { versions: &[TlsVersion::Ssl3], ..usual },
            Self::OffersRsaKeyExchange => Careless { suites: &[0x009d, 0x009c, 0x002f], ..usual },
            Self::Offers3des => Careless { suites: &[0xc012], ..usual },
            Self::OffersPhaseOutSuites => Careless { suites: &[0xc028, 0xc027], ..usual },
            Self::OffersWeakCurve => Careless { groups: &[0x0015], ..usual },
            Self::OffersWeakPrime => {
                Careless { versions: &[TlsVersion::Tls13], suites: &[0x1302], groups: &[0x0100], ..usual }
            }
            Self::SignsWithSha1 => Careless { schemes: &[0x0203], ..usual },
            Self::ShowsWeakServerKey => usual,
            Self::NegotiatesCompression => Careless { deflate: true, ..usual },
            Self::NoSecureRenegotiation => Careless { extensions: &[23], ..usual },
            Self::NoExtendedMasterSecret => Careless { extensions: &[0xff01], ..usual },
            _ => return None,
        })
    }
}
