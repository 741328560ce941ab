//! The names in a certificate as a `did:x509` compares them: attributes of the subject, and alternative names by kind.

use x509_parser::{
    extensions::GeneralName,
    objects::{oid_registry, oid2abbrev},
};
use yasna::{
    Tag,
    tags::{TAG_IA5STRING, TAG_UTF8STRING},
};

use super::{X509Fault, alternative_names, parse};

/// Type-id of the otherName of the UZI-register.
const UZI_TYPE_ID: &str = "2.5.5.5";

/// The names in a certificate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// Attributes of the subject: abbreviation where there is one (`O`), dotted OID, value.
    pub subject: Vec<(Option<String>, String, String)>,
    /// Alternative names: kind (`email`, `dns`, `uri`, `otherName`) and value. Of otherNames only that of the UZI-register
    /// counts: others may hold anything.
    pub alternative: Vec<(&'static str, String)>,
}

impl Names {
    /// The names in a certificate in DER.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of(der: &[u8]) -> Result<Self, X509Fault> {
        let certificate = parse(der)?;
        let subject = certificate.subject().iter_attributes().filter_map(|attribute| {
            let oid = attribute.attr_type();
            let label = oid2abbrev(oid, oid_registry()).ok().map(str::to_owned);
            Some((label, oid.to_id_string(), attribute.as_str().ok()?.to_owned()))
        });
        let alternative = alternative_names(&certificate)?.into_iter().filter_map(|name| match name {
            GeneralName::RFC822Name(email) => Some(("email", (*email).to_owned())),
            GeneralName::DNSName(dns) => Some(("dns", (*dns).to_owned())),
            GeneralName::URI(uri) => Some(("uri", (*uri).to_owned())),
            GeneralName::OtherName(oid, content) if oid.to_id_string() == UZI_TYPE_ID => {
                other_name(content).map(|value| ("otherName", value))
            }
            _ => None,
        });
        Ok(Self { subject: subject.collect(), alternative: alternative.collect() })
    }

    /// The value of the otherName of the UZI-register; `None` when there is none, or more than one.
    pub fn other_name(&self) -> Option<&str> {
        let mut found =
            self.alternative.iter().filter(|(kind, _)| *kind == "otherName").map(|(_, value)| value.as_str());
        found.next().filter(|_| found.next().is_none())
    }
}

fn other_name(content: &[u8]) -> Option<String> {
    yasna::parse_der(content, |reader| {
        reader.read_tagged(Tag::context(0), |inner| match inner.lookahead_tag()? {
            TAG_IA5STRING => inner.read_ia5_string(),
            TAG_UTF8STRING => inner.read_utf8string(),
            _ => Err(yasna::ASN1Error::new(yasna::ASN1ErrorKind::Invalid)),
        })
    })
    .ok()
}
