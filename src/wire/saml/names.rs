//! The names of ITI-40: attributes, and how the value of each is encoded (30-beeldbeschikbaarheid section 5.2).
//!
//! Which attribute is required, conditional or optional differs per release and stands in the requirements, not here.

/// Namespace of HL7 version 3, in which typed values stand.
pub const HL7: &str = "urn:hl7-org:v3";
/// Namespace of `xsi:type`.
pub const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
/// Namespace of the types of XML Schema.
pub const XSD: &str = "http://www.w3.org/2001/XMLSchema";

/// Confirmation by bearer, which everybody supports.
pub const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
/// Confirmation by holding a key, which some support.
pub const HOLDER_OF_KEY: &str = "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key";
/// Authentication by an X.509 certificate: the class that clients of Mitz name.
pub const CLASS_X509: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:X509";

/// The class that says eIDAS high (50-generic-facilities section 7.1); for GtK to GtK none is specified.
pub const EIDAS_HIGH: &str = "http://eidas.europa.eu/LoA/high";

/// The person who consults under a mandate.
pub const MANDATED: &str = "urn:nl:otv:names:tc:1.0:subject:mandated";
/// The responsible professional.
pub const PROVIDER_IDENTIFIER: &str = "urn:ihe:iti:xua:2017:subject:provider-identifier";
/// The role of the responsible professional.
pub const ROLE: &str = "urn:oasis:names:tc:xacml:2.0:subject:role";
/// The data category.
pub const EVENT_CODE: &str = "urn:ihe:iti:appc:2016:document-entry:event-code";
/// The URA of the consulting organisation.
pub const PROVIDER_INSTITUTION: &str = "urn:nl:otv:names:tc:1.0:subject:provider-institution";
/// The purpose of use.
pub const PURPOSE_OF_USE: &str = "urn:oasis:names:tc:xspa:1.0:subject:purposeofuse";
/// The name of the organisation.
pub const ORGANIZATION: &str = "urn:oasis:names:tc:xspa:1.0:subject:organization";
/// The id of the organisation, a URI.
pub const ORGANIZATION_ID: &str = "urn:oasis:names:tc:xspa:1.0:subject:organization-id";
/// The name of the user.
pub const SUBJECT_ID: &str = "urn:oasis:names:tc:xspa:1.0:subject:subject-id";
/// The initiating community.
pub const HOME_COMMUNITY_ID: &str = "urn:ihe:iti:xca:2010:homeCommunityId";
/// The provider number.
pub const NPI: &str = "urn:oasis:names:tc:xspa:1.0:subject:npi";
/// The patient.
pub const RESOURCE_ID: &str = "urn:oasis:names:tc:xacml:2.0:resource:resource-id";
/// The type of the consulting organisation.
pub const FACILITY_TYPE: &str = "urn:nl:otv:names:tc:1.0:subject:consulting-healthcare-facility-type-code";

/// OIDs of the systems that the values are of (30-beeldbeschikbaarheid section 5.2).
pub mod oid {
    /// UZI numbers of persons.
    pub const UZI: &str = "2.16.528.1.1007.3.1";
    /// URA numbers.
    pub const URA: &str = "2.16.528.1.1007.3.3";
    /// UZI role codes (RoleCodeNL).
    pub const ROLES: &str = "2.16.840.1.113883.2.4.15.111";
    /// Types of care provider (RoleCodeNLZorgaanbiedertypes).
    pub const FACILITY_TYPES: &str = "2.16.840.1.113883.2.4.15.1060";
    /// Data categories of Mitz.
    pub const CATEGORIES: &str = "2.16.840.1.113883.2.4.3.111.5.10.1";
    /// Purposes of use, as implementations write them.
    pub const PURPOSES: &str = "2.16.840.1.113883.1.11.20448";
}

/// The attributes that say who the user is: on plateau 4 these come from the issuer of the means (section 5.4).
pub const OF_USER: [&str; 3] = [PROVIDER_IDENTIFIER, ROLE, MANDATED];

/// How the value of an attribute is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// An instance identifier (II): `root` and `extension`.
    Instance,
    /// A coded value (CE or CV): `code` and `codeSystem`.
    Coded,
    /// Plain text.
    Text,
    /// A URI.
    Uri,
    /// An identifier with its authority in one text (CX).
    Cx,
    /// Plain text, and a coded value is taken too.
    TextOrCoded,
}

/// What is written down of the value of one attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    /// Its encoding.
    pub encoding: Encoding,
    /// The local name of the element that carries it; `None` where no source names one.
    pub element: Option<&'static str>,
    /// The `xsi:type`s that sources name, by local name; the first one is written.
    pub types: &'static [&'static str],
}

/// The form of an attribute of section 5.2; `None` for any other attribute, of which nothing is known.
pub fn form(attribute: &str) -> Option<Form> {
    use Encoding as E;
    let (encoding, element, types): (_, _, &'static [&'static str]) = match attribute {
        MANDATED | PROVIDER_IDENTIFIER | PROVIDER_INSTITUTION => (E::Instance, Some("id"), &["II"]),
        ROLE => (E::Coded, Some("Role"), &["CE"]),
        // The table of Twiin 1.2 says CV, IHE says CE.
        PURPOSE_OF_USE => (E::Coded, Some("PurposeOfUse"), &["CE", "CV"]),
        FACILITY_TYPE => (E::Coded, Some("consulting-facility-type-code"), &["CV"]),
        // The name of this element was not found.
        EVENT_CODE => (E::Coded, None, &["CV"]),
        ORGANIZATION | SUBJECT_ID => (E::Text, None, &["string"]),
        ORGANIZATION_ID | HOME_COMMUNITY_ID => (E::Uri, None, &["anyURI"]),
        NPI => (E::TextOrCoded, None, &["string", "CE"]),
        RESOURCE_ID => (E::Cx, None, &["string"]),
        _ => return None,
    };
    Some(Form { encoding, element, types })
}
