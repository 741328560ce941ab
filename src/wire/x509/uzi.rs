//! The subjectAltName otherName of the UZI-register (CIBG CPS UZI-register, certificate profiles):
//! `GeneralName [0] { type-id 2.5.5.5, [0] EXPLICIT IA5String }` holding seven dash separated fields.
//! This is where a certificate states the URA. Reading is strict; writing writes what it is given,
//! so that a deliberately wrong name can be made.

use serde::{Deserialize, Serialize};
use x509_parser::extensions::GeneralName;
use yasna::{
    Tag,
    models::ObjectIdentifier,
    tags::{TAG_IA5STRING, TAG_UTF8STRING},
};

/// The type-id that marks the UZI name. Other otherNames (a UPN, say) may stand beside it.
const TYPE_ID: [u64; 4] = [2, 5, 5, 5];
const TYPE_ID_TEXT: &str = "2.5.5.5";
/// Classes of CAs that issue cards to persons: in production professionals, named and unnamed employees; in the test
/// hierarchy professionals (CIBG CPS UZI-register, table of classes).
const PERSONAL_CLASSES: [&str; 4] =
    ["2.16.528.1.1003.1.3.5.5.2", "2.16.528.1.1003.1.3.5.5.3", "2.16.528.1.1003.1.3.5.5.4", "2.16.528.1.1007.99.217"];
/// Longest value that is looked at, in bytes; a right one has about 65.
const MAX_VALUE_BYTES: usize = 256;

/// The string type around the value. The profile says `IA5String`; some test CAs write `UTF8String`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum StringType {
    /// As the profile has it.
    IA5String,
    /// Seen in the field, accepted when reading.
    UTF8String,
}

/// What is wrong with a UZI name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UziFault {
    /// More than one otherName of the type: it is not clear which one counts.
    #[error("{0} otherNames of type {TYPE_ID_TEXT}, one expected")]
    Several(usize),
    /// Not `[0] EXPLICIT` around an IA5String or a UTF8String.
    #[error("otherName {TYPE_ID_TEXT} is not an explicitly tagged IA5String or UTF8String")]
    Encoding,
    /// Longer than any right value.
    #[error("the value has {0} bytes, more than {MAX_VALUE_BYTES}")]
    TooLong(usize),
    /// Not seven fields.
    #[error("{found} dash separated fields, 7 expected, in {value:?}")]
    Fields {
        /// How many there are.
        found: usize,
        /// The whole value.
        value: String,
    },
    /// One field is not as it should be.
    #[error("{field} should be {expected}, found {found:?}")]
    Field {
        /// Which field.
        field: &'static str,
        /// What belongs there.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
}

/// The seven fields. A value that came out of [`UziName::parse`] has every field in its right form;
/// one built by hand may break the rules on purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct UziName {
    /// OID of the class of the issuing CA, dotted.
    pub oid_ca: String,
    /// Version, one digit.
    pub version: String,
    /// UZI number, nine digits; leading zeros count.
    pub uzi_number: String,
    /// `Z` professional, `N` named employee, `M` unnamed employee, `S` server.
    pub card_type: String,
    /// Subscriber number: the URA, eight digits; leading zeros count.
    pub ura: String,
    /// Role code `dd.ddd`; `00.000` for all but professionals.
    pub role: String,
    /// AGB code, eight digits, all zero when there is none.
    pub agb: String,
    /// How the value was, or is to be, encoded.
    pub string_type: StringType,
}

impl UziName {
    /// Reads the value of the otherName.
    ///
    /// # Errors
    /// [`UziFault`] names the first field that breaks the profile.
    pub fn parse(value: &str, string_type: StringType) -> Result<Self, UziFault> {
        if value.len() > MAX_VALUE_BYTES {
            return Err(UziFault::TooLong(value.len()));
        }
        let fields: Vec<&str> = value.split('-').collect();
        let [oid_ca, version, uzi_number, card_type, ura, role, agb] = fields[..] else {
            return Err(UziFault::Fields { found: fields.len(), value: value.to_owned() });
        };
        demand("the OID of the CA", "a dotted OID", oid_ca, is_oid)?;
        demand("the version", "1 digit", version, |v| digits(v, 1))?;
        demand("the UZI number", "9 digits", uzi_number, |v| digits(v, 9))?;
        demand("the card type", "one of Z, N, M, S", card_type, |v| matches!(v, "Z" | "N" | "M" | "S"))?;
        demand("the subscriber number (URA)", "8 digits", ura, |v| digits(v, 8))?;
        demand("the role", "a code dd.ddd", role, is_role)?;
        demand("the role", "00.000 on all but a professional's card", role, |v| card_type == "Z" || v == "00.000")?;
        demand("the AGB code", "8 digits", agb, |v| digits(v, 8))?;
        Ok(Self {
            oid_ca: oid_ca.to_owned(),
            version: version.to_owned(),
            uzi_number: uzi_number.to_owned(),
            card_type: card_type.to_owned(),
            ura: ura.to_owned(),
            role: role.to_owned(),
            agb: agb.to_owned(),
            string_type,
        })
    }

    /// Reads the content of an otherName after its type-id: `[0]` around a string, in DER.
    ///
    /// # Errors
    /// [`UziFault::Encoding`] when that is not what stands there, else as [`UziName::parse`].
    pub fn from_other_name(content: &[u8]) -> Result<Self, UziFault> {
        let read = yasna::parse_der(content, |reader| {
            reader.read_tagged(Tag::context(0), |inner| match inner.lookahead_tag()? {
                TAG_IA5STRING => Ok((inner.read_ia5_string()?, StringType::IA5String)),
                TAG_UTF8STRING => Ok((inner.read_utf8string()?, StringType::UTF8String)),
                _ => Err(yasna::ASN1Error::new(yasna::ASN1ErrorKind::Invalid)),
            })
        });
        let (value, string_type) = read.map_err(|_| UziFault::Encoding)?;
        Self::parse(&value, string_type)
    }

    /// Finds the UZI name among subject alternative names, by type-id and never by position.
    ///
    /// # Errors
    /// When there are several, or the one there is breaks the profile.
    pub(super) fn among(names: &[&GeneralName<'_>]) -> Result<Option<Self>, UziFault> {
        let contents = names.iter().filter_map(|name| match name {
            GeneralName::OtherName(oid, content) if oid.to_id_string() == TYPE_ID_TEXT => Some(*content),
            _ => None,
        });
        let contents: Vec<&[u8]> = contents.collect();
        match contents[..] {
            [] => Ok(None),
            [content] => Self::from_other_name(content).map(Some),
            _ => Err(UziFault::Several(contents.len())),
        }
    }

    /// Whether it is the name of a system: card type S, and not under a CA that issues cards to persons.
    pub fn is_of_a_system(&self) -> bool {
        self.card_type == "S" && !PERSONAL_CLASSES.contains(&self.oid_ca.as_str())
    }

    /// The value as it stands in the certificate: the fields joined with dashes.
    pub fn value(&self) -> String {
        [&*self.oid_ca, &self.version, &self.uzi_number, &self.card_type, &self.ura, &self.role, &self.agb].join("-")
    }

    /// The DER of the GeneralName, one entry for a subjectAltName sequence.
    pub fn to_san_der(&self) -> Vec<u8> {
        let value = self.value();
        yasna::construct_der(|writer| {
            writer.write_tagged_implicit(Tag::context(0), |name| {
                name.write_sequence(|sequence| {
                    sequence.next().write_oid(&ObjectIdentifier::from_slice(&TYPE_ID));
                    sequence.next().write_tagged(Tag::context(0), |inner| match self.string_type {
                        StringType::IA5String => inner.write_ia5_string(&value),
                        StringType::UTF8String => inner.write_utf8string(&value),
                    });
                });
            });
        })
    }
}

fn demand(
    field: &'static str,
    expected: &'static str,
    found: &str,
    holds: impl Fn(&str) -> bool,
) -> Result<(), UziFault> {
    match holds(found) {
        true => Ok(()),
        false => Err(UziFault::Field { field, expected, found: found.to_owned() }),
    }
}

fn digits(value: &str, count: usize) -> bool {
    value.len() == count && value.bytes().all(|b| b.is_ascii_digit())
}

fn is_oid(value: &str) -> bool {
    let arc =
        |arc: &str| !arc.is_empty() && arc.bytes().all(|b| b.is_ascii_digit()) && (arc == "0" || !arc.starts_with('0'));
    value.contains('.') && value.split('.').all(arc)
}

fn is_role(value: &str) -> bool {
    value.split_once('.').is_some_and(|(title, speciality)| digits(title, 2) && digits(speciality, 3))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const VALUE: &str = "2.16.528.1.1003.1.3.5.5.5-1-000012345-S-90000001-00.000-00000000";
    // The published shape of a server name, worked out by hand for a test URA.
    const DER: &str = concat!(
        "a0490603550505a0421640322e31362e3532382e312e313030332e312e332e352e352e352d312d30303030313233",
        "34352d532d39303030303030312d30302e3030302d3030303030303030"
    );

    fn server() -> UziName {
        UziName::parse(VALUE, StringType::IA5String).unwrap()
    }

    fn fault(value: &str) -> String {
        UziName::parse(value, StringType::IA5String).unwrap_err().to_string()
    }

    #[test]
    fn the_seven_fields_are_read() {
        let name = server();
        assert_eq!(name.oid_ca, "2.16.528.1.1003.1.3.5.5.5");
        assert_eq!((&*name.uzi_number, &*name.card_type), ("000012345", "S"));
        assert_eq!((&*name.ura, &*name.role, &*name.agb), ("90000001", "00.000", "00000000"));
        assert_eq!(name.value(), VALUE);
    }

    #[test]
    fn a_card_of_a_person_is_no_system_whichever_field_says_so() {
        assert!(server().is_of_a_system());
        let card = UziName { card_type: "Z".into(), ..server() };
        let class = UziName { oid_ca: "2.16.528.1.1003.1.3.5.5.2".into(), ..server() };
        assert!(!card.is_of_a_system() && !class.is_of_a_system());
    }

    #[test]
    fn the_der_matches_the_test_vector_byte_for_byte() {
        let der = server().to_san_der();
        assert_eq!(super::super::hex(&der), DER);
        // The content of the otherName starts after the outer header and the type-id.
        assert_eq!(UziName::from_other_name(&der[7..]).unwrap(), server());
    }

    #[test]
    fn a_utf8_string_is_accepted_and_reported() {
        let name = UziName { string_type: StringType::UTF8String, ..server() };
        let read = UziName::from_other_name(&name.to_san_der()[7..]).unwrap();
        assert_eq!(read.string_type, StringType::UTF8String);
    }

    #[test]
    fn a_string_without_its_explicit_tag_is_refused() {
        let der = yasna::construct_der(|w| w.write_ia5_string(VALUE));
        assert_eq!(UziName::from_other_name(&der), Err(UziFault::Encoding));
    }

    #[test]
    fn another_string_type_is_refused() {
        let der = yasna::construct_der(|w| {
            w.write_tagged(Tag::context(0), |w| w.write_printable_string(VALUE));
        });
        assert_eq!(UziName::from_other_name(&der), Err(UziFault::Encoding));
    }

    #[test]
    fn a_seven_digit_ura_is_refused() {
        let text = fault(&VALUE.replace("90000001", "9000001"));
        assert_eq!(text, "the subscriber number (URA) should be 8 digits, found \"9000001\"");
    }

    #[test]
    fn every_field_is_held_to_its_form() {
        for (from, to, field) in [
            ("2.16.", "2..16.", "OID"),
            ("-1-", "-11-", "version"),
            ("000012345", "00001234", "UZI number"),
            ("-S-", "-X-", "card type"),
            ("00.000", "0.0000", "role"),
            ("-00000000", "-0000000", "AGB"),
        ] {
            let text = fault(&VALUE.replacen(from, to, 1));
            assert!(text.contains(field), "{text}");
        }
        assert!(fault("a-b").starts_with("2 dash separated fields"));
    }

    #[test]
    fn a_role_belongs_to_a_professional_only() {
        let professional = VALUE.replace("-S-", "-Z-").replace("00.000", "01.015");
        assert!(UziName::parse(&professional, StringType::IA5String).is_ok());
        assert!(fault(&VALUE.replace("00.000", "01.015")).contains("role"));
    }

    #[test]
    fn the_name_is_found_by_its_type_and_never_by_position() {
        let content = server().to_san_der()[7..].to_vec();
        let upn = GeneralName::OtherName(
            x509_parser::oid_registry::asn1_rs::oid!(1.3.6.1.4.1.311.20.2.3),
            &[0xa0, 0x02, 0x0c, 0x00],
        );
        let uzi = GeneralName::OtherName(x509_parser::oid_registry::asn1_rs::oid!(2.5.5.5), &content);
        assert_eq!(UziName::among(&[&upn, &uzi]), Ok(Some(server())));
        assert_eq!(UziName::among(&[&upn]), Ok(None));
        assert_eq!(UziName::among(&[&uzi, &uzi]), Err(UziFault::Several(2)));
    }

    proptest! {
        #[test]
        fn what_is_parsed_is_written_back_unchanged(
            value in "2\\.16(\\.[1-9][0-9]{0,4}){1,6}-[0-9]-[0-9]{9}-[NMS]-[0-9]{8}-00\\.000-[0-9]{8}"
        ) {
            let name = UziName::parse(&value, StringType::IA5String).unwrap();
            prop_assert_eq!(name.value(), value);
            prop_assert_eq!(UziName::from_other_name(&name.to_san_der()[7..]).unwrap(), name);
        }

        #[test]
        fn any_text_is_parsed_or_refused_without_panic(value in "\\PC{0,300}") {
            if let Ok(name) = UziName::parse(&value, StringType::UTF8String) {
                prop_assert_eq!(name.value(), value);
            }
        }

        #[test]
        fn any_bytes_are_parsed_or_refused_without_panic(bytes: Vec<u8>) {
            let _ = UziName::from_other_name(&bytes);
        }
    }
}
