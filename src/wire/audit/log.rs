//! A log that a candidate hands in as a file: AuditEvents, DICOM audit messages, or a table with a mapping.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::table::{Mapping, TableFault};
use super::{MOST_RECORDS, Record, dicom, fhir, syslog, table};
use crate::wire::xml::{self, Element};

/// Largest file that is taken, in bytes.
pub const LARGEST: usize = 64 * 1024 * 1024;

/// A log as it is kept beside a transcript: redacted, with what ties its marks to the fictitious patients.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Log {
    /// `fhir`, `dicom` or `table`.
    pub form: String,
    /// SHA-256 of the file as it was handed in.
    pub sha256: String,
    /// Fictitious patients of the candidate file by their mark in this log.
    pub patients: BTreeMap<String, String>,
    /// The records, redacted.
    pub records: Vec<Record>,
}

/// What a file holds, before redaction.
#[derive(Debug, Clone, PartialEq)]
pub enum Parsed {
    /// AuditEvents.
    Fhir(Vec<Value>),
    /// Audit messages.
    Dicom(Vec<Element>),
    /// Lines of a table.
    Table(Vec<Record>),
}

/// Why a file is no log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogFault {
    /// More bytes than [`LARGEST`].
    #[error("it has {0} bytes, more than {LARGEST}")]
    TooLarge(usize),
    /// Neither AuditEvents nor audit messages, and no mapping.
    #[error("it holds no AuditEvent and no AuditMessage; a table needs a mapping")]
    Unknown,
    /// XML that cannot be read.
    #[error(transparent)]
    Xml(#[from] xml::XmlFault),
    /// A table that does not fit.
    #[error(transparent)]
    Table(#[from] TableFault),
}

/// Reads a file. With a mapping it is a table; otherwise it is JSON (one value, or one a line), XML, or syslog messages
/// with XML, one a line or in frames.
///
/// # Errors
/// When it is none of these.
pub fn parse(bytes: &[u8], mapping: Option<&Mapping>) -> Result<Parsed, LogFault> {
    if bytes.len() > LARGEST {
        return Err(LogFault::TooLarge(bytes.len()));
    }
    if let Some(mapping) = mapping {
        return Ok(Parsed::Table(table::read(bytes, mapping)?));
    }
    let first = bytes.iter().find(|b| !b.is_ascii_whitespace()).copied();
    match first {
        Some(b'{' | b'[') => json(bytes),
        Some(b'<') if !bytes.trim_ascii_start().get(1).is_some_and(u8::is_ascii_digit) => {
            let limits = xml::Limits { bytes: LARGEST, ..xml::Limits::default() };
            let root = xml::parse(bytes, &limits)?;
            some_dicom(dicom::messages(&root).into_iter().cloned().collect())
        }
        _ => some_dicom(syslog_messages(bytes)),
    }
}

fn json(bytes: &[u8]) -> Result<Parsed, LogFault> {
    let values = serde_json::Deserializer::from_slice(bytes).into_iter::<Value>().filter_map(Result::ok);
    let mut events = Vec::new();
    for value in values {
        events.extend(fhir::events(&value).into_iter().cloned());
        if events.len() >= MOST_RECORDS {
            break;
        }
    }
    if events.is_empty() { Err(LogFault::Unknown) } else { Ok(Parsed::Fhir(events)) }
}

fn some_dicom(messages: Vec<Element>) -> Result<Parsed, LogFault> {
    if messages.is_empty() { Err(LogFault::Unknown) } else { Ok(Parsed::Dicom(messages)) }
}

fn syslog_messages(bytes: &[u8]) -> Vec<Element> {
    let mut found = Vec::new();
    let mut take = |message: &[u8]| {
        let content = syslog::read(message).map(|(_, content)| content);
        let root = content.ok().and_then(|c| xml::parse(c, &xml::Limits::default()).ok());
        found.extend(root.iter().flat_map(dicom::messages).cloned());
    };
    let mut rest = bytes;
    while let Ok(Some((message, length))) = syslog::frame(rest) {
        take(message);
        rest = rest[length..].trim_ascii_start();
    }
    rest.split(|b| *b == b'\n').filter(|line| !line.is_empty()).take(MOST_RECORDS).for_each(take);
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn each_form_is_known_by_what_it_begins_with() {
        let event = r#"{"resourceType":"AuditEvent"}"#;
        for text in [event.to_owned(), format!("[{event},{event}]"), format!("{event}\n{event}\n")] {
            assert!(matches!(parse(text.as_bytes(), None), Ok(Parsed::Fhir(_))), "{text}");
        }
        let message = "<AuditMessage/>";
        for text in
            [message.to_owned(), format!("<log>{message}{message}</log>"), format!("<85>1 - h a p m - {message}\n")]
        {
            assert!(matches!(parse(text.as_bytes(), None), Ok(Parsed::Dicom(_))), "{text}");
        }
        let frame = syslog::framed(format!("<85>1 - h a p m - {message}").as_bytes());
        assert_eq!(
            parse(&frame.repeat(3), None).map(|p| matches!(p, Parsed::Dicom(list) if list.len() == 3)),
            Ok(true)
        );
        assert_eq!(parse(b"a,b\n1,2\n", None), Err(LogFault::Unknown));
        assert_eq!(parse(b"{}", None), Err(LogFault::Unknown));
    }
}
