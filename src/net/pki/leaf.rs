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
use crate::deviation::LeafFlaw;
use crate::wire::x509::{StringType, UziName};

/// The class of server certificates in the test hierarchy of the UZI-register.
const OID_CA: &str = "2.16.528.1.1007.99.2110";
/// The class of professionals' cards in the same hierarchy.
const OID_CA_PROFESSIONAL: &str = "2.16.528.1.1007.99.217";
/// The URA that stands in a certificate of somebody else.
const OTHER_URA: &str = "90000099";
/// Type-id of the user principal name of Microsoft, which cards bear beside the UZI name.
const UPN: [u64; 10] = [1, 3, 6, 1, 4, 1, 311, 20, 2, 3];
/// Authority information access, and the OCSP method in it (RFC 5280 section 4.2.2.1).
const AUTHORITY_INFO_ACCESS: [u64; 9] = [1, 3, 6, 1, 5, 5, 7, 1, 1];
const AD_OCSP: [u64; 9] = [1, 3, 6, 1, 5, 5, 7, 48, 1];
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
        LeafFlaw::ClientsOnly => vec![ExtendedKeyUsagePurpose::ClientAuth],
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
    if flaw == LeafFlaw::UpnFirst {
        names.push(user_principal_name(&format!("{}@{OTHER_URA}", spec.uzi_number)));
    }
    names.extend(uzi_name(spec, flaw)?);
    Ok(yasna::construct_der(|w| {
        w.write_sequence(|w| names.iter().for_each(|name| w.next().write_der(name)));
    }))
}

/// The UZI name as a GeneralName. The description is held to the profile first, so that a flaw is the only flaw.
fn uzi_name(spec: &LeafSpec, flaw: LeafFlaw) -> Result<Option<Vec<u8>>, PkiError> {
    let value = format!("{OID_CA}-1-{}-S-{}-00.000-00000000", spec.uzi_number, spec.ura);
    let name = UziName::parse(&value, StringType::IA5String)?;
    let name = match flaw {
        LeafFlaw::NoUra => return Ok(None),
        LeafFlaw::SixFields => return Ok(Some(six_fields(&name))),
        LeafFlaw::SevenDigitUra => UziName { ura: spec.ura[1..].to_owned(), ..name },
        LeafFlaw::LetterInUra => UziName { ura: format!("{}A", &spec.ura[..7]), ..name },
        LeafFlaw::OtherUra => UziName { ura: OTHER_URA.to_owned(), ..name },
        LeafFlaw::Utf8Name => UziName { string_type: StringType::UTF8String, ..name },
        LeafFlaw::CardTypeZ => UziName {
            oid_ca: OID_CA_PROFESSIONAL.to_owned(),
            card_type: "Z".to_owned(),
            role: "01.015".to_owned(),
            ..name
        },
        LeafFlaw::OtherCaClass => UziName { oid_ca: OID_CA_PROFESSIONAL.to_owned(), ..name },
        _ => name,
    };
    Ok(Some(name.to_san_der()))
}

/// A UZI name that ends before its last field.
fn six_fields(name: &UziName) -> Vec<u8> {
    let value = name.value();
    let value = value.rsplit_once('-').map_or(value.as_str(), |(kept, _)| kept);
    other_name(&[2, 5, 5, 5], |w| w.write_ia5_string(value))
}

fn user_principal_name(value: &str) -> Vec<u8> {
    other_name(&UPN, |w| w.write_utf8string(value))
}

fn other_name(type_id: &[u64], value: impl FnOnce(yasna::DERWriter<'_>)) -> Vec<u8> {
    yasna::construct_der(|writer| {
        writer.write_tagged_implicit(Tag::context(0), |name| {
            name.write_sequence(|sequence| {
                sequence.next().write_oid(&ObjectIdentifier::from_slice(type_id));
                sequence.next().write_tagged(Tag::context(0), value);
            });
        });
    })
}

/// The extension that names an OCSP responder.
pub(super) fn ocsp_address(url: &str) -> CustomExtension {
    let content = yasna::construct_der(|w| {
        w.write_sequence(|list| {
            list.next().write_sequence(|access| {
                access.next().write_oid(&ObjectIdentifier::from_slice(&AD_OCSP));
                access.next().write_der(&general_name(6, url.as_bytes()));
            });
        });
    });
    CustomExtension::from_oid_content(&AUTHORITY_INFO_ACCESS, content)
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
