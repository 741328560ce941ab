//! The OCSP response that a server of the test PKI staples (RFC 6960 section 4.2.1, RFC 6066 section 8), signed by the CA
//! that issued the certificate.

use rcgen::SigningKey as _;
use rustls::pki_types::CertificateDer;
use sha2::{Digest as _, Sha256};
use time::{Duration, OffsetDateTime};
use x509_parser::parse_x509_certificate;
use yasna::models::ObjectIdentifier;
use yasna::{DERWriter, Tag, tags::TAG_GENERALIZEDTIME};

use super::{Level, PkiError};

const BASIC_RESPONSE: [u64; 10] = [1, 3, 6, 1, 5, 5, 7, 48, 1, 1];
const SHA256: [u64; 9] = [2, 16, 840, 1, 101, 3, 4, 2, 1];
const ECDSA_WITH_SHA256: [u64; 7] = [1, 2, 840, 10_045, 4, 3, 2];

/// A response that says `good`, or `revoked` an hour ago; valid for 48 hours as the lists are.
pub(super) fn response(
    issuer: &Level,
    leaf: &CertificateDer<'_>,
    revoked: bool,
    now: OffsetDateTime,
) -> Result<Vec<u8>, PkiError> {
    let unreadable = |_| PkiError::Generate(rcgen::Error::CouldNotParseCertificate);
    let (_, leaf) = parse_x509_certificate(leaf).map_err(unreadable)?;
    let (_, ca) = parse_x509_certificate(&issuer.certificate).map_err(unreadable)?;
    let data = yasna::construct_der(|w| {
        w.write_sequence(|w| {
            // The responder by its name.
            w.next().write_tagged(Tag::context(1), |w| w.write_der(ca.subject().as_raw()));
            moment(w.next(), now);
            w.next().write_sequence_of(|w| {
                w.next().write_sequence(|w| {
                    w.next().write_sequence(|w| {
                        algorithm(w.next(), &SHA256);
                        w.next().write_bytes(&Sha256::digest(ca.subject().as_raw()));
                        w.next().write_bytes(&Sha256::digest(&ca.public_key().subject_public_key.data));
                        w.next().write_bigint_bytes(leaf.raw_serial(), true);
                    });
                    match revoked {
                        false => w.next().write_tagged_implicit(Tag::context(0), |w| w.write_null()),
                        true => w.next().write_tagged_implicit(Tag::context(1), |w| {
                            w.write_sequence(|w| moment(w.next(), now - Duration::hours(1)));
                        }),
                    }
                    moment(w.next(), now - Duration::hours(1));
                    w.next().write_tagged(Tag::context(0), |w| moment(w, now + Duration::hours(47)));
                });
            });
        });
    });
    let signature = issuer.issuer.key().sign(&data)?;
    let basic = yasna::construct_der(|w| {
        w.write_sequence(|w| {
            w.next().write_der(&data);
            algorithm(w.next(), &ECDSA_WITH_SHA256);
            w.next().write_bitvec_bytes(&signature, signature.len() * 8);
        });
    });
    Ok(yasna::construct_der(|w| {
        w.write_sequence(|w| {
            w.next().write_enum(0);
            w.next().write_tagged(Tag::context(0), |w| {
                w.write_sequence(|w| {
                    w.next().write_oid(&ObjectIdentifier::from_slice(&BASIC_RESPONSE));
                    w.next().write_bytes(&basic);
                });
            });
        });
    }))
}

fn algorithm(writer: DERWriter<'_>, oid: &[u64]) {
    writer.write_sequence(|w| w.next().write_oid(&ObjectIdentifier::from_slice(oid)));
}

/// GeneralizedTime in whole seconds of UTC.
fn moment(writer: DERWriter<'_>, at: OffsetDateTime) {
    let at = at.to_offset(time::UtcOffset::UTC);
    let text = format!(
        "{:04}{:02}{:02}{:02}{:02}{:02}Z",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    );
    writer.write_tagged_implicit(TAG_GENERALIZEDTIME, |w| w.write_bytes(text.as_bytes()));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use yasna::Tag;

    use super::super::{LeafFlaw, LeafSpec, TestPki};
    use crate::base::clock;

    #[test]
    fn the_response_reads_as_one_and_says_whether_the_certificate_was_revoked() {
        let pki = TestPki::generate(clock::now()).unwrap();
        let spec = LeafSpec {
            common_name: "localhost".into(),
            organisation: "SIM".into(),
            ura: "90000001".into(),
            uzi_number: "900000001".into(),
            ..LeafSpec::default()
        };
        // The status by its tag: nothing under 0, a moment under 1.
        let (good, revoked): (&[u8], &[u8]) = (&[0x80, 0], &[0xa1, 17, 0x18, 15]);
        for (flaw, there, away) in [(LeafFlaw::None, good, revoked), (LeafFlaw::Revoked, revoked, good)] {
            let key = pki.issue(&spec, flaw).unwrap().certified_key().unwrap();
            let basic = basic_of(key.ocsp.as_ref().unwrap());
            let has = |mark: &[u8]| basic.windows(mark.len()).any(|part| part == mark);
            assert!(has(there) && !has(away), "{flaw}");
        }
    }

    /// The content of a successful response.
    fn basic_of(der: &[u8]) -> Vec<u8> {
        let whole = yasna::parse_der(der, |r| {
            r.read_sequence(|r| {
                let status = r.next().read_enum()?;
                let bytes = r.next().read_tagged(Tag::context(0), |r| {
                    r.read_sequence(|r| {
                        r.next().read_oid()?;
                        r.next().read_bytes()
                    })
                })?;
                Ok((status, bytes))
            })
        });
        let (status, bytes) = whole.unwrap();
        assert_eq!(status, 0);
        bytes
    }
}
