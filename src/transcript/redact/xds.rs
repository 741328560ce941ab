//! Messages between gateways (ITI-38, ITI-39, RAD-75) as JSON: what metadata says of patients and professionals.
//!
//! Numbers of citizens are marked by who gave them out, so that one that fails the eleven test is hidden too. Names stand in
//! components between `^` (XCN), and in the fields of `sourcePatientInfo`.

use serde_json::Value;

use super::Redactor;
use crate::wire::xds::Cx;

/// Members that are an id of a patient.
const PATIENTS: [&str; 2] = ["patientId", "sourcePatientId"];

impl Redactor {
    /// A message as [`crate::wire::xds::describe`] tells it.
    pub(super) fn between_gateways(&self, message: &mut Value) {
        let members = |value: &mut Value, name: &str| match value.get_mut(name) {
            Some(Value::Array(items)) => std::mem::take(items),
            _ => Vec::new(),
        };
        if let Some(body) = message.get_mut("body") {
            for name in ["documents", "parameters"] {
                let mut items = members(body, name);
                for item in &mut items {
                    if name == "documents" { self.entry(item) } else { self.parameter(item) }
                }
                if !items.is_empty() {
                    body[name] = Value::Array(items);
                }
            }
        }
        self.value(message);
    }

    fn entry(&self, entry: &mut Value) {
        if let Some(content) = entry.get_mut("content") {
            self.content(content);
        }
        for name in PATIENTS {
            self.each(entry.get_mut(name), &|text| self.patient(text));
        }
        self.each(entry.get_mut("legalAuthenticator"), &|text| self.person(text));
        self.each(entry.get_mut("comments"), &|text| self.mark("narrative", text));
        self.each(entry.get_mut("sourcePatientInfo"), &|text| match text.split_once('|') {
            Some((field @ "PID-3", id)) => format!("{field}|{}", self.patient(id)),
            Some((field, value)) => format!("{field}|{}", self.mark("name", value)),
            None => self.mark("name", text),
        });
        if let Some(Value::Array(authors)) = entry.get_mut("author") {
            authors.iter_mut().for_each(|a| self.each(a.get_mut("person"), &|text| self.person(text)));
        }
    }

    /// What the bytes of a document say of the patient ([`crate::wire::document`]).
    pub(super) fn content(&self, content: &mut Value) {
        self.each(content.get_mut("patient"), &|text| self.mark_bsn(text));
        for part in ["facts", "manifest"] {
            let Some(part) = content.get_mut(part) else { continue };
            self.each(part.get_mut("patient-id"), &|text| self.mark_bsn(text));
            self.each(part.get_mut("patient-name"), &|text| self.mark("name", text));
        }
    }

    /// Parameters of a query; their values stand in quotes.
    fn parameter(&self, parameter: &mut Value) {
        let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        let within = |text: &str, change: &dyn Fn(&str) -> String| match text.split_once('\'') {
            Some((before, rest)) => {
                let (inside, after) = rest.rsplit_once('\'').unwrap_or((rest, ""));
                format!("{before}'{}'{after}", change(inside))
            }
            None => change(text),
        };
        if name.to_ascii_lowercase().ends_with("patientid") {
            self.each(parameter.get_mut("values"), &|text| within(text, &|id| self.patient(id)));
        } else if name.ends_with("AuthorPerson") {
            self.each(parameter.get_mut("values"), &|text| within(text, &|person| self.mark("name", person)));
        }
    }

    /// A text, or each text of a list.
    fn each(&self, value: Option<&mut Value>, change: &dyn Fn(&str) -> String) {
        match value {
            Some(Value::String(text)) => *text = change(text),
            Some(Value::Array(items)) => items.iter_mut().for_each(|i| self.each(Some(i), change)),
            _ => {}
        }
    }

    /// CX: the number is marked when it is one of a citizen by who gave it out.
    fn patient(&self, text: &str) -> String {
        let cx = Cx::read(text);
        match (cx.as_bsn(), text.split_once('^')) {
            (Some(bsn), Some((_, rest))) => format!("{}^{rest}", self.mark_bsn(bsn)),
            _ => self.text(text),
        }
    }

    /// XCN: the id stays, the name is marked.
    fn person(&self, text: &str) -> String {
        let mark = |(at, part): (usize, &str)| match at {
            1..=5 if !part.is_empty() => self.mark("name", part),
            _ => part.to_owned(),
        };
        text.split('^').enumerate().map(mark).collect::<Vec<_>>().join("^")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::transcript::Body;
    use crate::wire::http::HttpResponse;
    use crate::wire::soap::{self, Addressing, Version};
    use crate::wire::xds::{
        Author, DocumentEntry, QueryRequest, QueryResponse, STORED_QUERIES, Transaction, write_text,
    };

    fn kept(transaction: Transaction, body: &str) -> Value {
        let addressing = Addressing::request(transaction.request_action(), "https://localhost/", "urn:uuid:1");
        let text = soap::write(Version::V12, &addressing, &[], body);
        let response = HttpResponse::text(200, Version::V12.content_type(), text);
        let Body::Json { format, value, .. } = Redactor::new(Vec::new()).response(&response, true).body else {
            panic!("no JSON")
        };
        assert_eq!(format, "xds");
        value
    }

    #[test]
    fn metadata_keeps_its_shape_and_loses_who_it_is_about() {
        let entry = DocumentEntry {
            patient_id: Some(Cx::bsn("999943145").write()),
            // This one fails the eleven test, and is a number of a citizen all the same.
            source_patient_id: Some(Cx::bsn("123456789").write()),
            source_patient_info: vec![
                "PID-3|999943145^^^&2.16.840.1.113883.2.4.6.3&ISO".into(),
                "PID-5|Geheim^Test".into(),
            ],
            author: vec![Author { person: vec!["900001^Geheim^Sim^^^dr.".into()], ..Author::default() }],
            unique_id: Some("2.25.1".into()),
            ..DocumentEntry::default()
        };
        let value = kept(Transaction::Iti38, &QueryResponse::of(vec![entry], Vec::new()).xml());
        let text = value.to_string();
        for secret in ["999943145", "123456789", "Geheim", "Sim^"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
        let document = &value["body"]["documents"][0];
        assert!(document["patientId"].as_str().unwrap().ends_with("^^^&2.16.840.1.113883.2.4.6.3&ISO"));
        assert!(document["sourcePatientId"].as_str().unwrap().contains("bsn-invalid"));
        assert!(document["author"][0]["person"][0].as_str().unwrap().starts_with("900001^"));
        assert_eq!(document["uniqueId"], "2.25.1");
    }

    #[test]
    fn the_content_of_a_document_loses_who_it_is_about() {
        let facts = serde_json::json!({ "patient-id": "123456789", "patient-name": "Geheim^Sim", "study": "2.25.1" });
        let content = serde_json::json!({ "kind": "manifest", "patient": "999943145", "facts": facts, "manifest": { "patient-id": "999943145" } });
        let mut message =
            serde_json::json!({ "body": { "documents": [{ "document": "2.25.2", "content": content }] } });
        Redactor::new(Vec::new()).between_gateways(&mut message);
        let text = message.to_string();
        for secret in ["999943145", "123456789", "Geheim"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
        assert_eq!(message["body"]["documents"][0]["content"]["facts"]["study"], "2.25.1");
    }

    #[test]
    fn a_query_loses_the_number_that_it_is_about() {
        let request = QueryRequest::new(&STORED_QUERIES[0])
            .with("$XDSDocumentEntryPatientId", &[write_text(&Cx::bsn("123456789").write())])
            .with("$XDSDocumentEntryAuthorPerson", &["('%Geheim%')".into()]);
        let value = kept(Transaction::Iti38, &request.xml());
        let text = value.to_string();
        assert!(!text.contains("123456789") && !text.contains("Geheim"), "{text}");
        assert_eq!(value["body"]["storedQuery"], "FindDocuments");
    }
}
