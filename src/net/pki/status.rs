//! What the test CA says of the status of what it issued: lists and OCSP answers, right ones and wrong ones.

use std::fmt;

use rcgen::{
    CertificateParams, CustomExtension, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, SerialNumber,
};
use rustls::pki_types::CertificateDer;
use time::{Duration, OffsetDateTime};

use super::{PkiError, TestPki, distinguished_name, random_serial};
use crate::deviation::{CrlSays, OcspSays};
use crate::wire::status::ocsp::{self, CertState};

/// id-pkix-ocsp-nocheck (RFC 6960 section 4.2.2.2.1).
const OCSP_NOCHECK: [u64; 10] = [1, 3, 6, 1, 5, 5, 7, 48, 1, 5];
/// How long an OCSP answer holds.
const ANSWER_LIFETIME: Duration = Duration::hours(1);

/// Who signs OCSP answers: a certificate with its key.
struct StatusSigner {
    certificate: CertificateDer<'static>,
    key: Vec<u8>,
}

impl fmt::Debug for StatusSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StatusSigner")
    }
}

/// The responder of the third CA, and a stranger who only says that he is.
#[derive(Debug)]
pub(super) struct Signers {
    own: StatusSigner,
    stranger: StatusSigner,
}

impl TestPki {
    /// The list of the third CA for whoever looks up these serial numbers, as things stand at a moment. `None` when the
    /// list is not given.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn list(&self, says: CrlSays, serials: &[Vec<u8>], at: OffsetDateTime) -> Result<Option<Vec<u8>>, PkiError> {
        let server = &self.levels[2];
        let (revoked, from) = match says {
            CrlSays::Down => return Ok(None),
            CrlSays::Good => (&[][..], at - Duration::hours(1)),
            CrlSays::Revoked => (serials, at - Duration::hours(1)),
            CrlSays::Stale => (&[][..], at - super::LIST_LIFETIME - Duration::hours(2)),
        };
        Ok(Some(server.crl(from, super::LIST_LIFETIME, revoked)?.to_vec()))
    }

    /// The answer of the responder of the third CA to a request. `None` when it gives none.
    ///
    /// # Errors
    /// When the certificates of those who sign cannot be made.
    pub fn ocsp_answer(&self, asked: &[u8], says: OcspSays, at: OffsetDateTime) -> Result<Option<Vec<u8>>, PkiError> {
        let signers = self.signers()?;
        let state = match says {
            OcspSays::Down | OcspSays::Silent => return Ok(None),
            OcspSays::Revoked => CertState::Revoked,
            OcspSays::Unknown => CertState::Unknown,
            OcspSays::Good | OcspSays::ExpiredGood | OcspSays::ForgedGood | OcspSays::ReplayedGood => CertState::Good,
        };
        let made = if says == OcspSays::ExpiredGood { at - Duration::days(1) } else { at - Duration::minutes(1) };
        let signer = if says == OcspSays::ForgedGood { &signers.stranger } else { &signers.own };
        let wanted = ocsp::Wanted {
            state,
            made,
            until: made + ANSWER_LIFETIME,
            replays: says == OcspSays::ReplayedGood,
            signer: &signer.certificate,
            key: &signer.key,
        };
        Ok(ocsp::answer(asked, &wanted))
    }

    fn signers(&self) -> Result<&Signers, PkiError> {
        if let Some(made) = self.signers.get() {
            return Ok(made);
        }
        let stranger = TestPki::generate(self.now)?.status_signer()?;
        let made = Signers { own: self.status_signer()?, stranger };
        Ok(self.signers.get_or_init(|| made))
    }

    fn status_signer(&self) -> Result<StatusSigner, PkiError> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.distinguished_name = distinguished_name(super::CA_ORGANISATION, "SIM OCSP responder");
        params.serial_number = Some(SerialNumber::from_slice(&random_serial()));
        params.not_before = self.now - Duration::days(2);
        params.not_after = self.now + Duration::days(90);
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::OcspSigning];
        params.use_authority_key_identifier_extension = true;
        let null = yasna::construct_der(|w| w.write_null());
        params.custom_extensions = vec![CustomExtension::from_oid_content(&OCSP_NOCHECK, null)];
        let certificate = params.signed_by(&key, &self.levels[2].issuer)?.der().clone();
        Ok(StatusSigner { certificate, key: key.serialize_der() })
    }
}
