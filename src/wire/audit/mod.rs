//! Audit records: one model, read from and written to the forms that they travel in.
//!
//! FHIR AuditEvent (STU3 and R4), the DICOM audit message (PS3.15 A.5, the shape of RFC 3881), and a table with a mapping
//! of columns. NEN 7513 names the fields; the norm itself is sold, so the groups are those of 50-generic-facilities
//! section 5.2. Readers take what is there and never fail on what is missing: completeness is judged elsewhere.

pub mod dicom;
pub mod fhir;
pub mod log;
pub mod syslog;
pub mod table;

use serde::{Deserialize, Serialize};

/// System of the URA in FHIR.
pub const URA: &str = "http://fhir.nl/fhir/NamingSystem/ura";
/// OID of the URA.
pub const URA_OID: &str = "2.16.528.1.1007.3.3";
/// System of role codes (UZI register).
pub const ROLE: &str = "urn:oid:2.16.840.1.113883.2.4.15.111";
/// Code of an entity that holds a request id, as IHE BALP writes it.
pub const REQUEST_ID: &str = "XrequestId";
/// Records that are read of one message or file at most.
pub const MOST_RECORDS: usize = 20_000;
/// Participants and objects that are read of one record at most.
const MOST_PARTS: usize = 200;
/// Strings that are kept of one record at most, and how long each may be.
const MOST_STRINGS: (usize, usize) = (500, 4_096);

/// How what is recorded ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Outcome {
    /// It was done.
    Success,
    /// It was refused or went wrong.
    Failure,
}

impl Outcome {
    /// Of the codes of DICOM and FHIR: 0 is success; 4, 8 and 12 are failures of growing weight.
    pub fn of_code(code: &str) -> Option<Self> {
        match code {
            "0" => Some(Self::Success),
            "4" | "8" | "12" => Some(Self::Failure),
            _ => None,
        }
    }

    /// The code that we write.
    pub fn code(self) -> &'static str {
        match self {
            Self::Success => "0",
            Self::Failure => "8",
        }
    }
}

/// A person who takes part.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Person {
    /// Who, as `system|value` or a value alone.
    pub id: String,
    /// Role code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
}

/// One audit record.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Record {
    /// Codes of the event, its type and its subtype.
    pub event: Vec<String>,
    /// `C`, `R`, `U`, `D` or `E`.
    pub action: Option<String>,
    /// When it happened, RFC 3339.
    pub time: Option<String>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// Citizen service number of the patient.
    pub patient: Option<String>,
    /// Whether the number is said to be a citizen service number.
    pub patient_typed: bool,
    /// URAs of the organisations.
    pub organisations: Vec<String>,
    /// Persons: who is responsible, and who acts under mandate.
    pub persons: Vec<Person>,
    /// Purpose of use.
    pub purpose: Vec<String>,
    /// Network addresses of participants.
    pub access_points: Vec<String>,
    /// Request ids, message ids, `traceparent`.
    pub correlation: Vec<String>,
    /// What was asked for or sent: a query, a reference or an id.
    pub objects: Vec<String>,
    /// Consent and authorisation protocol that were applied.
    pub policies: Vec<String>,
    /// The system that wrote it.
    pub source: Option<String>,
    /// Everything that stands in it, for what must not.
    pub strings: Vec<String>,
}

impl Record {
    /// Keeps a text that stands in the record, within limits.
    fn keep(&mut self, text: &str) {
        if !text.is_empty() && self.strings.len() < MOST_STRINGS.0 {
            self.strings.push(text.chars().take(MOST_STRINGS.1).collect());
        }
    }

    /// Takes a URA among the organisations, once.
    fn organisation(&mut self, ura: &str) {
        if !ura.is_empty() && !self.organisations.iter().any(|o| o == ura) {
            self.organisations.push(ura.to_owned());
        }
    }

    /// Whether it holds a text, in any place.
    pub fn mentions(&self, text: &str) -> bool {
        !text.is_empty() && self.strings.iter().any(|s| s.contains(text))
    }
}

/// An identifier as audit messages write it in one text: `system|value`, `value^^^&oid&ISO`, or an OID with the value as
/// its last part. The system is empty where none is told.
pub fn identifier(text: &str) -> (&str, &str) {
    if let Some((value, rest)) = text.split_once("^^^") {
        let oid = rest.trim_start_matches('&').split('&').next().unwrap_or_default();
        return (oid, value);
    }
    if let Some((system, value)) = text.rsplit_once('|') {
        return (system, value);
    }
    if let Some(value) = text.strip_prefix(URA_OID).and_then(|rest| rest.strip_prefix('.')) {
        return (URA_OID, value);
    }
    ("", text)
}

/// Whether a system is that of the URA.
pub fn is_ura(system: &str) -> bool {
    system.eq_ignore_ascii_case(URA) || system.trim_start_matches("urn:oid:") == URA_OID
}

/// Whether a system is that of the citizen service number.
pub fn is_bsn(system: &str) -> bool {
    system.eq_ignore_ascii_case(crate::base::bsn::SYSTEM)
        || system.trim_start_matches("urn:oid:") == crate::base::bsn::OID
}

/// Whether a name says that a value ties records of both sides together.
fn is_correlation(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    ["xrequestid", "requestid", "xcorrelationid", "correlationid", "traceparent", "messageid"].contains(&plain.as_str())
}

/// Whether a name says that a value is a consent or a protocol that was applied.
fn is_policy(name: &str) -> bool {
    let plain = name.to_ascii_lowercase();
    ["consent", "policy", "protocol", "toestemming", "authorisation", "authorization-base"]
        .iter()
        .any(|word| plain.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_read_in_the_forms_of_fhir_and_hl7() {
        assert_eq!(identifier("http://x|1"), ("http://x", "1"));
        assert_eq!(
            identifier("999943145^^^&2.16.840.1.113883.2.4.6.3&ISO"),
            ("2.16.840.1.113883.2.4.6.3", "999943145")
        );
        assert_eq!(identifier("2.16.528.1.1007.3.3.90000001"), (URA_OID, "90000001"));
        assert_eq!(identifier("abc"), ("", "abc"));
        assert!(is_ura("urn:oid:2.16.528.1.1007.3.3") && !is_ura("http://x"));
    }

    #[test]
    fn names_of_correlation_ids_are_known_in_any_writing() {
        assert!(["X-Request-Id", "XrequestId", "traceparent"].iter().all(|n| is_correlation(n)));
        assert!(!is_correlation("query"));
    }
}
