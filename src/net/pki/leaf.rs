//! What stands in a leaf certificate: the server profile of the UZI-register (CIBG CPS UZI-register,
//! policy 2.16.528.1.1003.1.2.8.6), and the flaws it can be issued with.
//! The subjectAltName is written here and not by `rcgen`, which knows an otherName as UTF8String only.

use rcgen::{
    CertificateParams, CustomExtension, DnType, DnValue, ExtendedKeyUsagePurpose, KeyUsagePurpose, SerialNumber,
    string::PrintableString,
};
use rustls::pki_types::DnsName;
use time::{Duration, OffsetDateTime};
use yasna::{Tag, models::ObjectIdentifier};

use super::{PkiError, distinguished_name, random_serial};
use crate::wire::x509::{StringType, UziName};

/// The class of server certificates in the test hierarchy of the UZI-register.
const OID_CA: &str = "2.16.528.1.1007.99.2110";
/// PKIoverheid private services, server.
const POLICY: [u64; 9] = [2, 16, 528, 1, 1003, 1, 2, 8, 6];
const CERTIFICATE_POLICIES: [u64; 4] = [2, 5, 29, 32];
const SUBJECT_ALT_NAME: [u64; 4] = [2, 5, 29, 17];
const SERIAL_NUMBER: [u64; 4] = [2, 5, 4, 5];
/// The host a certificate with [`LeafFlaw::WrongHost`] is for; `.invalid` can never be anyone's.
const WRONG_HOST: &str = "wrong-host.invalid";

/// What a leaf certificate is to say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeafSpec {
    /// Subject CN: the fully qualified domain name. Also the first dNSName.
    pub common_name: String,
    /// Subject O.
    pub organisation: String,
    /// The URA in the UZI name, eight digits.
    pub ura: String,
    /// The UZI number, nine digits; in the UZI name and as subject serialNumber.
    pub uzi_number: String,
    /// More dNSNames.
    pub dns_names: Vec<String>,
    /// Whether 127.0.0.1 and ::1 are named too.
    pub loopback: bool,
}

/// The one thing that is wrong with an issued certificate.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    strum::EnumIter,
    strum::EnumString,
    strum::Display,
)]
#[strum(serialize_all = "kebab-case")]
pub enum LeafFlaw {
    /// Nothing.
    #[default]
    None,
    /// Valid until yesterday.
    Expired,
    /// Valid from tomorrow.
    NotYetValid,
    /// Signed with its own key.
    SelfSigned,
    /// Issued by other CAs that bear the same names.
    UntrustedIssuer,
    /// For another host.
    WrongHost,
    /// For server authentication only.
    WrongUsage,
    /// On the revocation list.
    Revoked,
    /// Without a UZI name, like a plain PKIoverheid certificate.
    NoUra,
    /// With a URA that lost its first digit.
    SevenDigitUra,
}

/// The parameters of a leaf, and its serial number.
pub(super) fn params(
    spec: &LeafSpec,
    flaw: LeafFlaw,
    now: OffsetDateTime,
) -> Result<(CertificateParams, Vec<u8>), PkiError> {
    let serial = random_serial().to_vec();
    let common_name = match flaw {
        LeafFlaw::WrongHost => WRONG_HOST,
        _ => &spec.common_name,
    };
    let mut params = CertificateParams::default();
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    (params.not_before, params.not_after) = validity(flaw, now);
    params.distinguished_name = distinguished_name(&spec.organisation, common_name);
    let uzi_number = PrintableString::try_from(spec.uzi_number.as_str())?;
    params.distinguished_name.push(DnType::CustomDnType(SERIAL_NUMBER.to_vec()), DnValue::PrintableString(uzi_number));
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
    params.extended_key_usages = match flaw {
        LeafFlaw::WrongUsage => vec![ExtendedKeyUsagePurpose::ServerAuth],
        _ => vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth],
    };
    params.use_authority_key_identifier_extension = true;
    params.custom_extensions = vec![
        CustomExtension::from_oid_content(&SUBJECT_ALT_NAME, alternative_names(spec, flaw)?),
        CustomExtension::from_oid_content(&CERTIFICATE_POLICIES, policies()),
    ];
    Ok((params, serial))
}

fn validity(flaw: LeafFlaw, now: OffsetDateTime) -> (OffsetDateTime, OffsetDateTime) {
    let (from, until) = match flaw {
        LeafFlaw::Expired => (-30, -1),
        LeafFlaw::NotYetValid => (1, 30),
        // A day of grace at the start, for clocks that are behind.
        _ => (-1, 90),
    };
    (now + Duration::days(from), now + Duration::days(until))
}

/// The whole subjectAltName: hosts, loopback addresses, and the UZI name.
fn alternative_names(spec: &LeafSpec, flaw: LeafFlaw) -> Result<Vec<u8>, PkiError> {
    let mut names = Vec::new();
    match flaw {
        LeafFlaw::WrongHost => names.push(dns_name(WRONG_HOST)?),
        _ => {
            let more = spec.dns_names.iter().filter(|name| **name != spec.common_name);
            for name in std::iter::once(&spec.common_name).chain(more) {
                names.push(dns_name(name)?);
            }
            if spec.loopback {
                names.push(general_name(7, &std::net::Ipv4Addr::LOCALHOST.octets()));
                names.push(general_name(7, &std::net::Ipv6Addr::LOCALHOST.octets()));
            }
        }
    }
    names.extend(uzi_name(spec, flaw)?.map(|name| name.to_san_der()));
    Ok(yasna::construct_der(|w| {
        w.write_sequence(|w| names.iter().for_each(|name| w.next().write_der(name)));
    }))
}

/// The UZI name. The description is held to the profile first, so that a flaw is the only flaw.
fn uzi_name(spec: &LeafSpec, flaw: LeafFlaw) -> Result<Option<UziName>, PkiError> {
    let value = format!("{OID_CA}-1-{}-S-{}-00.000-00000000", spec.uzi_number, spec.ura);
    let name = UziName::parse(&value, StringType::IA5String)?;
    Ok(match flaw {
        LeafFlaw::NoUra => None,
        LeafFlaw::SevenDigitUra => Some(UziName { ura: spec.ura[1..].to_owned(), ..name }),
        _ => Some(name),
    })
}

fn dns_name(name: &str) -> Result<Vec<u8>, PkiError> {
    match DnsName::try_from(name) {
        Ok(_) => Ok(general_name(2, name.as_bytes())),
        Err(_) => Err(PkiError::DnsName(name.to_owned())),
    }
}

/// A GeneralName of a primitive kind, implicitly tagged (RFC 5280 section 4.2.1.6).
fn general_name(tag: u64, content: &[u8]) -> Vec<u8> {
    yasna::construct_der(|w| {
        w.write_tagged_implicit(Tag::context(tag), |w| w.write_bytes(content));
    })
}

fn policies() -> Vec<u8> {
    yasna::construct_der(|w| {
        w.write_sequence(|w| {
            w.next().write_sequence(|w| {
                w.next().write_oid(&ObjectIdentifier::from_slice(&POLICY));
            });
        });
    })
}
