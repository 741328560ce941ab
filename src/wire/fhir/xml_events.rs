//! The XML side door: a pull reader that hands out elements and their attributes, and refuses
//! everything FHIR XML may not contain (document types, entities, loose text).
//!
//! Clauses: hl7.org/fhir/STU3/xml.html; XML 1.0 sections 2.2 (characters) and 2.8 (prolog).

use quick_xml::XmlVersion;
use quick_xml::errors::Error as XmlError;
use quick_xml::escape::{EscapeError, resolve_predefined_entity};
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;

use super::{FHIR_NAMESPACE, FhirFault, Limits, XHTML_NAMESPACE};

const SCHEMA_INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// The namespaces that matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Space {
    Fhir,
    Xhtml,
    Other,
}

/// One opened element, not yet read further than its start tag.
pub(super) struct Open<'a> {
    pub(super) tag: BytesStart<'a>,
    pub(super) space: Space,
    /// The start tag as written.
    pub(super) source: &'a str,
}

impl Open<'_> {
    pub(super) fn local_name(&self) -> String {
        self.tag.local_name().as_ref().to_owned()
    }
}

/// What comes next among elements.
pub(super) enum Step<'a> {
    Open(Open<'a>),
    Close,
    End,
}

/// A reader over one document that counts what it has read.
pub(super) struct Events<'a> {
    reader: NsReader<&'a [u8]>,
    text: &'a str,
    limits: Limits,
    depth: usize,
    nodes: usize,
}

impl<'a> Events<'a> {
    pub(super) fn new(text: &'a str, limits: Limits) -> Result<Self, FhirFault> {
        let mut reader = NsReader::from_str(text);
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.check_comments = true;
        let events = Self { reader, text, limits, depth: 0, nodes: 0 };
        if let Some(at) = text.find(|found| !is_xml_character(found)) {
            return Err(events.syntax_at(at, "a control character"));
        }
        Ok(events)
    }

    /// The next start or end of an element; comments and instructions are passed over.
    pub(super) fn step(&mut self) -> Result<Step<'a>, FhirFault> {
        loop {
            let (before, space, event) = self.read()?;
            match event {
                Event::Start(tag) => {
                    let source = &self.text[before..self.position()];
                    return Ok(Step::Open(Open { tag, space, source }));
                }
                Event::End(_) => return Ok(Step::Close),
                Event::Eof => return self.end(),
                Event::Text(text) if text.trim().is_empty() => {}
                Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) => {
                    return Err(self.syntax_at(before, "text outside an attribute"));
                }
                _ => {}
            }
        }
    }

    /// The next event as it stands: where it began, the namespace of an element, and itself.
    /// Entities, document types and foreign encodings are refused here, for every caller.
    fn read(&mut self) -> Result<(usize, Space, Event<'a>), FhirFault> {
        let before = self.position();
        let read = self.reader.read_resolved_event();
        let (space, event) = match read {
            Ok((resolved, event)) => (space_of(&resolved), event),
            Err(fault) => return Err(self.syntax_at(before, &fault.to_string())),
        };
        match &event {
            Event::Start(_) => self.enter()?,
            Event::End(_) => self.depth = self.depth.saturating_sub(1),
            Event::DocType(_) => return Err(FhirFault::DocumentType),
            Event::GeneralRef(reference) => self.check_reference(before, reference)?,
            Event::Decl(declaration) => {
                if before != 0 {
                    return Err(self.syntax_at(before, "an XML declaration inside the document"));
                }
                check_encoding(declaration.encoding().transpose().ok().flatten().as_deref())?;
            }
            _ => {}
        }
        Ok((before, space, event))
    }

    /// The unprefixed attributes, with namespace declarations and `xsi:` passed over.
    pub(super) fn attributes(&mut self, open: &Open<'a>, path: &str) -> Result<Vec<(String, String)>, FhirFault> {
        let at = self.position();
        let mut found = Vec::new();
        for attribute in open.tag.attributes() {
            let attribute = attribute.map_err(|fault| self.syntax_at(at, &fault.to_string()))?;
            self.count()?;
            let value = self.attribute_value(&attribute)?;
            if attribute.key.as_namespace_binding().is_some() {
                continue;
            }
            let name = attribute.key.as_ref();
            match self.reader.resolver().resolve_attribute(attribute.key).0 {
                ResolveResult::Unbound => found.push((name.to_owned(), value)),
                ResolveResult::Bound(space) if space.0 == SCHEMA_INSTANCE => {}
                _ => {
                    return Err(FhirFault::Namespace { path: format!("{path}@{name}") });
                }
            }
        }
        Ok(found)
    }

    fn attribute_value(&self, attribute: &quick_xml::events::attributes::Attribute<'_>) -> Result<String, FhirFault> {
        let at = self.position();
        if attribute.value.contains('<') {
            return Err(self.syntax_at(at, "`<` in an attribute"));
        }
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|fault| match fault {
            XmlError::Escape(EscapeError::UnrecognizedEntity(_, name)) => FhirFault::Entity { name },
            other => self.syntax_at(at, &other.to_string()),
        })?;
        if !value.chars().all(is_xml_character) {
            return Err(self.syntax_at(at, "a reference to a control character"));
        }
        Ok(value.into_owned())
    }

    /// Reads the narrative that `open` starts, to its end, and gives it as it was written.
    /// A prefix is taken off, so that the text stands on its own in JSON.
    pub(super) fn narrative(&mut self, open: &Open<'a>, path: &str) -> Result<String, FhirFault> {
        let mut xhtml = String::new();
        self.push_tag(&mut xhtml, open, path)?;
        if !open.tag.attributes().flatten().any(|found| found.key.as_ref() == "xmlns") {
            let name_end = 1 + open.local_name().len();
            xhtml.insert_str(name_end, &format!(" xmlns=\"{XHTML_NAMESPACE}\""));
        }
        let mut level = 1_usize;
        while level > 0 {
            let (before, space, event) = self.read()?;
            let source = &self.text[before..self.position()];
            match event {
                Event::Start(tag) => {
                    level += 1;
                    self.push_tag(&mut xhtml, &Open { tag, space, source }, path)?;
                }
                Event::End(tag) => {
                    level -= 1;
                    let name = tag.name();
                    xhtml.push_str(&source.replacen(name.as_ref(), name.local_name().as_ref(), 1));
                }
                Event::Eof => return Err(self.syntax_at(before, "the document ends early")),
                Event::PI(_) => {
                    return Err(self.syntax_at(before, "an instruction in the narrative"));
                }
                _ => xhtml.push_str(source),
            }
        }
        Ok(xhtml)
    }

    fn push_tag(&mut self, xhtml: &mut String, open: &Open<'a>, path: &str) -> Result<(), FhirFault> {
        if open.space != Space::Xhtml {
            return Err(FhirFault::Namespace { path: path.to_owned() });
        }
        for attribute in open.tag.attributes() {
            let at = self.position();
            let attribute = attribute.map_err(|fault| self.syntax_at(at, &fault.to_string()))?;
            self.count()?;
            self.attribute_value(&attribute)?;
        }
        let name = open.tag.name();
        let local = name.local_name();
        xhtml.push_str(&open.source.replacen(name.as_ref(), local.as_ref(), 1));
        Ok(())
    }

    /// A fault with the line at which the reader stands.
    pub(super) fn syntax(&self, detail: &str) -> FhirFault {
        self.syntax_at(self.position(), detail)
    }

    fn syntax_at(&self, at: usize, detail: &str) -> FhirFault {
        let before = self.text.as_bytes().iter().take(at);
        let line = 1 + before.filter(|byte| **byte == b'\n').count();
        FhirFault::Syntax { detail: format!("line {line}: {detail}") }
    }

    fn position(&self) -> usize {
        // The reader runs over a slice, so its position always fits.
        usize::try_from(self.reader.buffer_position()).unwrap_or(self.text.len())
    }

    fn enter(&mut self) -> Result<(), FhirFault> {
        self.depth += 1;
        if self.depth > self.limits.depth {
            return Err(FhirFault::TooDeep { limit: self.limits.depth });
        }
        self.count()
    }

    fn count(&mut self) -> Result<(), FhirFault> {
        self.nodes += 1;
        if self.nodes > self.limits.nodes {
            return Err(FhirFault::TooManyNodes { limit: self.limits.nodes });
        }
        Ok(())
    }

    fn end(&self) -> Result<Step<'a>, FhirFault> {
        match self.depth {
            0 => Ok(Step::End),
            _ => Err(self.syntax("the document ends early")),
        }
    }

    fn check_reference(&self, at: usize, reference: &BytesRef<'_>) -> Result<(), FhirFault> {
        match reference.resolve_char_ref() {
            Ok(Some(found)) if is_xml_character(found) => Ok(()),
            Ok(None) if resolve_predefined_entity(reference).is_some() => Ok(()),
            Ok(None) => Err(FhirFault::Entity { name: reference.to_string() }),
            _ => Err(self.syntax_at(at, "a reference to a character that XML does not have")),
        }
    }
}

fn space_of(resolved: &ResolveResult<'_>) -> Space {
    match resolved {
        ResolveResult::Bound(space) if space.0 == FHIR_NAMESPACE => Space::Fhir,
        ResolveResult::Bound(space) if space.0 == XHTML_NAMESPACE => Space::Xhtml,
        _ => Space::Other,
    }
}

fn check_encoding(encoding: Option<&str>) -> Result<(), FhirFault> {
    match encoding {
        Some(name) if !name.eq_ignore_ascii_case("utf-8") => {
            Err(FhirFault::Encoding { detail: format!("it declares `{name}`") })
        }
        _ => Ok(()),
    }
}

/// XML 1.0, production 2.
pub(super) fn is_xml_character(found: char) -> bool {
    match found {
        '\t' | '\n' | '\r' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        _ => found >= ' ',
    }
}
