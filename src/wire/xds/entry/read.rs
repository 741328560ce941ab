//! Reading metadata from its element.

use super::super::super::xml::borrowed::Node;
use super::super::slot::{self, Slot};
use super::{AUTHOR, Author, Code, DocumentEntry, Kind, PATIENT_ID, REFERENCE_IDS, SCHEMES, UNIQUE_ID};

impl DocumentEntry {
    /// Reads an `ExtrinsicObject`. Nothing is refused: what is missing is absent, what is not known is kept by its name.
    pub fn read(object: Node<'_, '_>) -> Self {
        let attribute = |name: &str| object.attribute(name).map(str::to_owned);
        let mut entry = Self {
            entry_uuid: attribute("id").unwrap_or_default(),
            logical_id: attribute("lid"),
            home: attribute("home"),
            object_type: attribute("objectType"),
            mime_type: attribute("mimeType"),
            availability_status: attribute("status"),
            ..Self::default()
        };
        for child in object.children() {
            match child.name() {
                "Slot" => entry.take_slot(child),
                "Name" => entry.title = localized(child),
                "Description" => entry.comments = localized(child),
                "Classification" => entry.take_classification(child),
                "ExternalIdentifier" => entry.take_identifier(child),
                _ => {}
            }
        }
        entry
    }

    fn take_slot(&mut self, node: Node<'_, '_>) {
        let name = node.attribute("name").unwrap_or_default();
        match name {
            REFERENCE_IDS if self.reference_id_list.is_empty() => {
                self.reference_id_list = slot::values(node);
                return;
            }
            "sourcePatientInfo" if self.source_patient_info.is_empty() => {
                self.source_patient_info = slot::values(node);
                return;
            }
            "URI" if self.uri.is_none() => {
                self.uri = Some(uri(slot::values(node)));
                return;
            }
            _ => {}
        }
        let mut values = slot::values(node);
        match self.single_mut(name) {
            Some(place @ None) if values.len() == 1 => *place = values.pop(),
            _ => self.slots.push(Slot { name: name.to_owned(), values }),
        }
    }

    fn take_classification(&mut self, node: Node<'_, '_>) {
        let scheme = node.attribute("classificationScheme").unwrap_or_default();
        match kind_of(scheme) {
            Some(kind) => {
                let system = node.children_named("Slot").find(|s| s.attribute("name") == Some("codingScheme"));
                let code = Code {
                    code: node.attribute("nodeRepresentation").unwrap_or_default().to_owned(),
                    scheme: system.and_then(|s| slot::values(s).into_iter().next()).unwrap_or_default(),
                    display: node.child("Name").and_then(localized),
                };
                self.codes_mut(kind).push(code);
            }
            None if scheme == AUTHOR => self.author.push(author(node)),
            None => self.unknown_schemes.push(scheme.to_owned()),
        }
    }

    fn take_identifier(&mut self, node: Node<'_, '_>) {
        let scheme = node.attribute("identificationScheme").unwrap_or_default();
        let value = node.attribute("value").unwrap_or_default().to_owned();
        match scheme {
            PATIENT_ID if self.patient_id.is_none() => self.patient_id = Some(value),
            UNIQUE_ID if self.unique_id.is_none() => self.unique_id = Some(value),
            _ => self.unknown_schemes.push(scheme.to_owned()),
        }
    }
}

fn kind_of(scheme: &str) -> Option<Kind> {
    SCHEMES.iter().find(|(_, s)| *s == scheme).map(|(kind, _)| *kind)
}

/// The first text of a name in whatever language.
fn localized(node: Node<'_, '_>) -> Option<String> {
    node.child("LocalizedString")?.attribute("value").map(str::to_owned)
}

fn author(node: Node<'_, '_>) -> Author {
    let mut author = Author::default();
    for slot in node.children_named("Slot") {
        let place = match slot.attribute("name").unwrap_or_default() {
            "authorPerson" => &mut author.person,
            "authorInstitution" => &mut author.institution,
            "authorRole" => &mut author.role,
            "authorSpecialty" => &mut author.specialty,
            "authorTelecommunication" => &mut author.telecommunication,
            _ => continue,
        };
        place.extend(slot::values(slot));
    }
    author
}

/// A URI is cut in pieces with a number before each when it is long (ITI TF-3 4.2.3.2.26).
fn uri(values: Vec<String>) -> String {
    let mut pieces: Vec<(usize, &str)> = Vec::new();
    for value in &values {
        match value.split_once('|').and_then(|(n, rest)| Some((n.parse().ok()?, rest))) {
            Some(piece) => pieces.push(piece),
            None => pieces.push((pieces.len() + 1, value)),
        }
    }
    pieces.sort_by_key(|(number, _)| *number);
    pieces.into_iter().map(|(_, text)| text).collect()
}
