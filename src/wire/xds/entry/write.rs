//! Writing metadata as its element.

use super::super::super::xml::escape;
use super::super::{attribute, slot};
use super::{AUTHOR, Author, Code, DocumentEntry, PATIENT_ID, REFERENCE_IDS, SCHEMES, UNIQUE_ID};
use crate::base::digest::sha256;

/// Type of a classification, as the schema of ebRIM has it.
const CLASSIFICATION: &str = "urn:oasis:names:tc:ebxml-regrep:ObjectType:RegistryObject:Classification";
/// Type of an external identifier.
const IDENTIFIER: &str = "urn:oasis:names:tc:ebxml-regrep:ObjectType:RegistryObject:ExternalIdentifier";

impl DocumentEntry {
    /// The element, with the prefix `rim`.
    pub fn xml(&self) -> String {
        let mut out = String::with_capacity(8000);
        self.push_xml(&mut out);
        out
    }

    /// Appends the element. The order is that of the schema: slots, name, description, classifications, identifiers.
    pub(in crate::wire::xds) fn push_xml(&self, out: &mut String) {
        out.push_str("<rim:ExtrinsicObject id=\"");
        out.push_str(&escape(&self.entry_uuid));
        out.push('"');
        for (name, value) in [
            ("lid", &self.logical_id),
            ("home", &self.home),
            ("objectType", &self.object_type),
            ("status", &self.availability_status),
            ("mimeType", &self.mime_type),
        ] {
            out.push_str(&attribute(name, value.as_deref()));
        }
        out.push('>');
        self.push_slots(out);
        push_localized(out, "Name", self.title.as_deref());
        push_localized(out, "Description", self.comments.as_deref());
        let mut children = Children { entry: &self.entry_uuid, count: 0 };
        for author in &self.author {
            children.push_author(out, author);
        }
        for (kind, scheme) in SCHEMES {
            for code in self.codes(kind) {
                children.push_code(out, scheme, code);
            }
        }
        for (scheme, name, value) in [
            (PATIENT_ID, "XDSDocumentEntry.patientId", &self.patient_id),
            (UNIQUE_ID, "XDSDocumentEntry.uniqueId", &self.unique_id),
        ] {
            if let Some(value) = value {
                children.push_identifier(out, scheme, name, value);
            }
        }
        out.push_str("</rim:ExtrinsicObject>");
    }

    fn push_slots(&self, out: &mut String) {
        for (name, value) in [
            ("creationTime", &self.creation_time),
            ("serviceStartTime", &self.service_start_time),
            ("serviceStopTime", &self.service_stop_time),
            ("languageCode", &self.language_code),
            ("legalAuthenticator", &self.legal_authenticator),
            ("sourcePatientId", &self.source_patient_id),
            ("hash", &self.hash),
            ("size", &self.size),
            ("URI", &self.uri),
            ("repositoryUniqueId", &self.repository_unique_id),
        ] {
            if let Some(value) = value {
                slot::push(out, name, &[value]);
            }
        }
        for (name, values) in
            [("sourcePatientInfo", &self.source_patient_info), (REFERENCE_IDS, &self.reference_id_list)]
        {
            if !values.is_empty() {
                slot::push(out, name, values);
            }
        }
        for one in &self.slots {
            slot::push(out, &one.name, &one.values);
        }
    }
}

/// Classifications and identifiers of an entry have ids of their own. They follow from that of the entry, so that the same
/// entry is written with the same bytes.
struct Children<'e> {
    entry: &'e str,
    count: usize,
}

impl Children<'_> {
    fn id(&mut self) -> String {
        self.count += 1;
        let hex = sha256(format!("{} {}", self.entry, self.count).as_bytes()).0;
        // Version 8 and the usual variant: an id of somebody's own making (RFC 9562 section 5.8).
        format!("urn:uuid:{}-{}-8{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
    }

    fn open(&mut self, out: &mut String, scheme: &str, representation: &str) {
        out.push_str(&format!(
            r#"<rim:Classification classificationScheme="{scheme}" classifiedObject="{}" id="{}" objectType="{CLASSIFICATION}" nodeRepresentation="{}">"#,
            escape(self.entry),
            self.id(),
            escape(representation)
        ));
    }

    fn push_code(&mut self, out: &mut String, scheme: &str, code: &Code) {
        self.open(out, scheme, &code.code);
        slot::push(out, "codingScheme", &[&code.scheme]);
        push_localized(out, "Name", code.display.as_deref());
        out.push_str("</rim:Classification>");
    }

    fn push_author(&mut self, out: &mut String, author: &Author) {
        self.open(out, AUTHOR, "");
        for (name, values) in [
            ("authorPerson", &author.person),
            ("authorInstitution", &author.institution),
            ("authorRole", &author.role),
            ("authorSpecialty", &author.specialty),
            ("authorTelecommunication", &author.telecommunication),
        ] {
            if !values.is_empty() {
                slot::push(out, name, values);
            }
        }
        out.push_str("</rim:Classification>");
    }

    fn push_identifier(&mut self, out: &mut String, scheme: &str, name: &str, value: &str) {
        out.push_str(&format!(
            r#"<rim:ExternalIdentifier id="{}" registryObject="{}" objectType="{IDENTIFIER}" identificationScheme="{scheme}" value="{}">"#,
            self.id(),
            escape(self.entry),
            escape(value)
        ));
        push_localized(out, "Name", Some(name));
        out.push_str("</rim:ExternalIdentifier>");
    }
}

fn push_localized(out: &mut String, element: &str, value: Option<&str>) {
    if let Some(value) = value {
        out.push_str(&format!(r#"<rim:{element}><rim:LocalizedString value="{}"/></rim:{element}>"#, escape(value)));
    }
}
