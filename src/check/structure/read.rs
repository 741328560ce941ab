//! A document as it came, JSON or XML, checked in one go: what cannot be read is a finding like any other.
//!
//! Clauses: hl7.org/fhir/R4/json.html and /xml.html, the same pages of STU3; RFC 8259, section 4 (names in an object).

use std::collections::HashSet;

use serde_json::Value;

use super::ProfileChecker;
use super::finding::{Code, Finding, NotEvaluated, Outcome, Reason, Severity};
use super::session::cut;
use crate::base::placeholder;
use crate::base::text::Text;
use crate::wire::fhir::definitions::{core_url, only_in, parse_xml_by};
use crate::wire::fhir::{FhirFault, Limits, parse_json};

/// Most unfilled placeholders that are told one by one.
const MOST_PLACEHOLDERS: usize = 100;

impl ProfileChecker {
    /// Checks a document, XML when it begins with `<`, else JSON, as [`ProfileChecker::check`] does. What cannot be read
    /// is a finding, and so is a `${placeholder}` that was not filled in.
    pub fn check_bytes(&self, bytes: &[u8], profiles: &[&str], limits: &Limits) -> Outcome {
        let read = match is_xml(bytes) {
            true => parse_xml_by(self.definitions(), bytes, limits),
            false => parse_json(bytes, limits),
        };
        match read {
            Ok(resource) => {
                let mut outcome = self.check(&resource, profiles);
                let mut unfilled = Vec::new();
                placeholders(&resource, &mut String::new(), &mut unfilled);
                // What else is wrong with such a value comes of the placeholder.
                let places: HashSet<&str> = unfilled.iter().map(|finding| finding.pointer.as_str()).collect();
                outcome.findings.retain(|finding| !places.contains(finding.pointer.as_str()));
                outcome.findings.extend(unfilled);
                outcome
            }
            Err(fault) => self.unread(fault),
        }
    }

    /// A fault of reading as an outcome. That XML cannot be read for want of a definition is not its own fault.
    fn unread(&self, fault: FhirFault) -> Outcome {
        let mut outcome = Outcome::default();
        match fault {
            FhirFault::Undefined { path, name } => match only_in(&name) {
                Some(release) if release != self.definitions().release() => {
                    outcome.findings.push(wrong_release(&name, self.definitions().release(), path));
                }
                _ => outcome.not_evaluated.push(NotEvaluated {
                    reason: Reason::DefinitionMissing,
                    what: core_url(&name),
                    profile: String::new(),
                    pointer: path,
                }),
            },
            FhirFault::UnknownElement { path } => {
                let due = Text::new("een element van het type", "an element of the type");
                outcome.findings.push(finding(Code::UnknownElement, path.clone(), due, Text::same(path)));
            }
            other => {
                let due = Text::new("een FHIR-resource in JSON of XML", "a FHIR resource in JSON or XML");
                let found = Text::same(other.to_string());
                outcome.findings.push(finding(Code::Unreadable, String::new(), due, found));
            }
        }
        outcome
    }
}

/// Whether the first sign, after a byte order mark and spaces, is that of XML.
fn is_xml(bytes: &[u8]) -> bool {
    let rest = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes);
    rest.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<')
}

/// A resource type that the release does not have, and another one has.
pub(super) fn wrong_release(name: &str, release: crate::wire::fhir::definitions::Release, pointer: String) -> Finding {
    let due = Text::new(format!("een resourcetype van {release}"), format!("a resource type of {release}"));
    finding(Code::WrongRelease, pointer, due, Text::same(name))
}

/// A finding that no definition asks for.
fn finding(code: Code, pointer: String, expected: Text, found: Text) -> Finding {
    let (element, profile) = (String::new(), String::new());
    Finding { code, severity: Severity::Error, element, pointer, profile, expected, found }
}

/// Texts with a placeholder, wherever they stand.
fn placeholders(value: &Value, pointer: &mut String, found: &mut Vec<Finding>) {
    if found.len() >= MOST_PLACEHOLDERS {
        return;
    }
    let length = pointer.len();
    let mut below = |key: &str, value: &Value| {
        pointer.push('/');
        pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
        placeholders(value, pointer, found);
        pointer.truncate(length);
    };
    match value {
        Value::Object(object) => object.iter().for_each(|(key, value)| below(key, value)),
        Value::Array(items) => items.iter().enumerate().for_each(|(at, item)| below(&at.to_string(), item)),
        Value::String(text) if placeholder::names(text).next().is_some() => {
            let due = Text::new("een ingevulde waarde", "a value that is filled in");
            found.push(finding(Code::Placeholder, pointer.clone(), due, Text::same(cut(text))));
        }
        _ => {}
    }
}
