//! What the test CA says of the status of what it issued: lists and OCSP answers, right ones and wrong ones.

use std::fmt;
use std::sync::OnceLock;

use rcgen::{
    CertificateParams, CustomExtension, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, SerialNumber,
};
use rustls::pki_types::CertificateDer;
use time::{Duration, OffsetDateTime};

use super::{Level, PkiError, TestPki, distinguished_name, random_serial};
use crate::deviation::{CrlSays, OcspSays};
use crate::wire::status::ocsp::{self, CertState};

/// id-pkix-ocsp-nocheck (RFC 6960 section 4.2.2.2.1).
const OCSP_NOCHECK: [u64; 10] = [1, 3, 6, 1, 5, 5, 7, 48, 1, 5];
/// How long an OCSP answer holds.
const ANSWER_LIFETIME: Duration = Duration::hours(1);

/// Who signs OCSP answers: a certificate with its key.
pub(super) struct StatusSigner {
    pub(super) certificate: CertificateDer<'static>,
    pub(super) key: Vec<u8>,
}

impl fmt::Debug for StatusSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StatusSigner")
    }
}

/// The responder of the third CA, and a stranger who only says that he is; each made when it first signs.
#[derive(Debug, Default)]
pub(super) struct Signers {
    own: OnceLock<StatusSigner>,
    stranger: OnceLock<StatusSigner>,
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
        let state = match says {
            OcspSays::Down | OcspSays::Silent => return Ok(None),
            OcspSays::Revoked => CertState::Revoked,
            OcspSays::Unknown => CertState::Unknown,
            OcspSays::Good | OcspSays::ExpiredGood | OcspSays::ForgedGood | OcspSays::ReplayedGood => CertState::Good,
        };
        let made = if says == OcspSays::ExpiredGood { at - Duration::days(1) } else { at - Duration::minutes(1) };
        let signer = if says == OcspSays::ForgedGood { self.stranger()? } else { self.responder()? };
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

    /// What a server staples about its certificate (RFC 6066 section 8): good, or revoked. It lasts as long as a list does.
    pub(super) fn staple(&self, leaf: &[u8], revoked: bool) -> Result<Option<Vec<u8>>, PkiError> {
        let signer = self.responder()?;
        let made = self.now - Duration::hours(1);
        let wanted = ocsp::Wanted {
            state: if revoked { CertState::Revoked } else { CertState::Good },
            made,
            until: made + super::LIST_LIFETIME,
            replays: false,
            signer: &signer.certificate,
            key: &signer.key,
        };
        Ok(ocsp::unasked(leaf, &self.levels[2].certificate, &wanted))
    }

    fn responder(&self) -> Result<&StatusSigner, PkiError> {
        made_once(&self.signers.own, || self.status_signer())
    }

    fn stranger(&self) -> Result<&StatusSigner, PkiError> {
        made_once(&self.signers.stranger, || TestPki::generate(self.now)?.status_signer())
    }

    fn status_signer(&self) -> Result<StatusSigner, PkiError> {
        StatusSigner::of(&self.levels[2], self.now)
    }
}

impl StatusSigner {
    /// A responder on behalf of a CA.
    pub(super) fn of(ca: &Level, now: OffsetDateTime) -> Result<Self, PkiError> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.distinguished_name = distinguished_name(super::CA_ORGANISATION, "SIM OCSP responder");
        params.serial_number = Some(SerialNumber::from_slice(&random_serial()));
        params.not_before = now - Duration::days(2);
        params.not_after = now + Duration::days(90);
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::OcspSigning];
        params.use_authority_key_identifier_extension = true;
        let null = yasna::construct_der(|w| w.write_null());
        params.custom_extensions = vec![CustomExtension::from_oid_content(&OCSP_NOCHECK, null)];
        let certificate = params.signed_by(&key, &ca.issuer)?.der().clone();
        Ok(Self { certificate, key: key.serialize_der() })
    }
}

fn made_once<T>(place: &OnceLock<T>, make: impl FnOnce() -> Result<T, PkiError>) -> Result<&T, PkiError> {
    if let Some(made) = place.get() {
        return Ok(made);
    }
    let made = make()?;
    Ok(place.get_or_init(|| made))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::base::clock;
    use crate::net::pki::{Credential, LeafFlaw, LeafSpec};
    use crate::wire::status::crl::{self, CrlFault};
    use crate::wire::status::ocsp::{OcspFault, Question};

    const NONCE: &[u8] = b"sixteen bytes it";

    fn spec() -> LeafSpec {
        LeafSpec {
            common_name: "localhost".into(),
            organisation: "SIM".into(),
            ura: "90000001".into(),
            uzi_number: "900000001".into(),
            ..LeafSpec::default()
        }
    }

    fn issued() -> (TestPki, Credential) {
        let pki = TestPki::generate(clock::now()).unwrap();
        let credential = pki.issue(&spec(), LeafFlaw::None).unwrap();
        (pki, credential)
    }

    fn asked(says: OcspSays) -> Result<CertState, OcspFault> {
        let (pki, credential) = issued();
        let (leaf, issuer) = (&credential.chain()[0], &credential.chain()[1]);
        let request = ocsp::request(leaf, issuer, NONCE).unwrap();
        let answer = pki.ocsp_answer(&request, says, clock::now()).unwrap().unwrap();
        ocsp::read(&answer, &Question { leaf, issuer, nonce: NONCE, at: clock::now() }).map(|said| said.state)
    }

    #[test]
    fn proper_answers_are_believed_and_each_wrong_one_has_its_own_fault() {
        assert_eq!(asked(OcspSays::Good), Ok(CertState::Good));
        assert_eq!(asked(OcspSays::Revoked), Ok(CertState::Revoked));
        assert_eq!(asked(OcspSays::Unknown), Ok(CertState::Unknown));
        assert_eq!(asked(OcspSays::ExpiredGood), Err(OcspFault::Stale));
        assert_eq!(asked(OcspSays::ForgedGood), Err(OcspFault::Signer));
        assert_eq!(asked(OcspSays::ReplayedGood), Err(OcspFault::Nonce));
    }

    #[test]
    fn what_a_server_staples_is_believed_and_says_whether_the_certificate_was_revoked() {
        let (pki, credential) = issued();
        let (leaf, issuer) = (&credential.chain()[0], &credential.chain()[1]);
        let question = Question { leaf, issuer, nonce: b"", at: clock::now() };
        let revoked = pki.issue(&spec(), LeafFlaw::Revoked).unwrap();
        for (credential, state) in [(&credential, CertState::Good), (&revoked, CertState::Revoked)] {
            let staple = credential.certified_key().unwrap().ocsp.clone().unwrap();
            let about = Question { leaf: &credential.chain()[0], ..question };
            assert_eq!(ocsp::read(&staple, &about).map(|said| said.state), Ok(state));
        }
    }

    #[test]
    fn an_answer_about_another_certificate_and_one_that_was_altered_are_not_believed() {
        let (pki, credential) = issued();
        let (leaf, issuer) = (&credential.chain()[0], &credential.chain()[1]);
        let request = ocsp::request(leaf, issuer, NONCE).unwrap();
        let mut answer = pki.ocsp_answer(&request, OcspSays::Good, clock::now()).unwrap().unwrap();
        let at = clock::now();
        let about_ca = Question { leaf: issuer, issuer: &credential.chain()[2], nonce: NONCE, at };
        assert_eq!(ocsp::read(&answer, &about_ca), Err(OcspFault::OtherCertificate));
        let nonce = answer.windows(NONCE.len()).position(|w| w == NONCE).unwrap();
        answer[nonce] ^= 1;
        let question = Question { leaf, issuer, nonce: NONCE, at };
        assert_eq!(ocsp::read(&answer, &question), Err(OcspFault::Signature));
        assert_eq!(ocsp::read_blindly(&answer, &question).map(|s| s.state), Ok(CertState::Good));
        assert_eq!(ocsp::read(b"none", &question), Err(OcspFault::Unreadable));
    }

    #[test]
    fn lists_say_what_was_asked_for_and_only_of_their_own_ca() {
        let (pki, credential) = issued();
        let (leaf, issuer) = (&credential.chain()[0], &credential.chain()[1]);
        let (serials, at) = (vec![credential.serial().unwrap()], clock::now());
        let list = |says| pki.list(says, &serials, at).unwrap();
        let says = |list: &[u8]| crl::look_up(list, leaf, issuer, at).map(|e| e.revoked);
        assert_eq!(says(&list(CrlSays::Good).unwrap()), Ok(false));
        assert_eq!(says(&list(CrlSays::Revoked).unwrap()), Ok(true));
        assert_eq!(says(&list(CrlSays::Stale).unwrap()), Err(CrlFault::Stale));
        assert_eq!(list(CrlSays::Down), None);
        let of_another = crl::look_up(&list(CrlSays::Good).unwrap(), issuer, &credential.chain()[2], at);
        assert_eq!(of_another.map(|e| e.revoked), Err(CrlFault::OtherIssuer));
        let (namesake, _) = issued();
        let forged = namesake.list(CrlSays::Good, &[], at).unwrap().unwrap();
        assert_eq!(says(&forged), Err(CrlFault::Signature));
        assert_eq!(says(b"none"), Err(CrlFault::Unreadable));
        assert_eq!(crl::facts(&list(CrlSays::Revoked).unwrap()).unwrap().entries, 1);
    }

    #[test]
    fn requests_and_answers_are_told_as_plain_facts() {
        let (pki, credential) = issued();
        let request = ocsp::request(&credential.chain()[0], &credential.chain()[1], NONCE).unwrap();
        let facts = ocsp::request_facts(&request).unwrap();
        assert_eq!(facts["serials"][0], credential.facts().unwrap().serial.as_str());
        let answer = pki.ocsp_answer(&request, OcspSays::Revoked, clock::now()).unwrap().unwrap();
        let told = ocsp::response_facts(&answer).unwrap();
        assert_eq!(
            (&told["certificates"][0]["says"], &told["nonce"]),
            (&serde_json::json!("revoked"), &facts["nonce"])
        );
        assert_eq!((ocsp::request_facts(b"none"), ocsp::response_facts(b"none")), (None, None));
    }
}
