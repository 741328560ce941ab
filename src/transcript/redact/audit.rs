//! Audit messages and logs: names of people are hidden, what stands in base64 is read and redacted too, and a token that
//! was seen anywhere in the case is hidden wherever a record repeats it, so that what must not be logged is not kept here
//! either (GF-LOG-018).

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Redactor, is_bsn_system};
use crate::wire::audit::fhir::decoded;
use crate::wire::audit::log::{Log, Parsed};
use crate::wire::audit::{Record, dicom, fhir, identifier};
use crate::wire::xml::Element;

/// Shorter texts are no token that could be recognised by itself.
const SHORTEST_TOKEN: usize = 16;

impl Redactor {
    /// Remembers a token that was hidden.
    pub(super) fn remember(&self, token: &str) {
        if token.len() >= SHORTEST_TOKEN {
            self.tokens.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(token.to_owned());
        }
    }

    /// The marks that fictitious patients have under this key, with what they are called in the candidate file.
    pub fn patients(&self, fictitious: &[String]) -> BTreeMap<String, String> {
        fictitious.iter().enumerate().map(|(at, bsn)| (self.mark_bsn(bsn), format!("fictitious[{at}]"))).collect()
    }

    /// A body that holds audit records, before the rest of it is redacted; any other is left as it is.
    pub(super) fn audit(&self, value: &mut Value) {
        match value {
            Value::Array(list) => list.iter_mut().for_each(|v| self.audit(v)),
            Value::Object(object) => {
                match (object.get("resourceType").and_then(Value::as_str), object.get("element")) {
                    (Some("AuditEvent"), _) => self.event(object),
                    (Some("Bundle"), _) => {
                        let entries = object.get_mut("entry").and_then(Value::as_array_mut).into_iter().flatten();
                        entries.filter_map(|e| e.get_mut("resource")).for_each(|r| self.audit(r));
                    }
                    (_, Some(Value::String(name))) if name == "AuditMessage" => self.message(object),
                    _ => {}
                }
            }
            _ => {}
        }
    }

    fn event(&self, event: &mut Map<String, Value>) {
        let mut parts = |name: &str, work: &dyn Fn(&mut Map<String, Value>)| {
            let list = event.get_mut(name).and_then(Value::as_array_mut).into_iter().flatten();
            list.filter_map(Value::as_object_mut).for_each(work);
        };
        parts("agent", &|agent| {
            ["name", "altId"].into_iter().for_each(|n| self.hide(agent, n));
            self.hide_display(agent.get_mut("who"));
            self.hide_display(agent.get_mut("reference"));
        });
        parts("entity", &|entity| {
            self.hide(entity, "name");
            self.hide_display(entity.get_mut("what"));
            self.hide_display(entity.get_mut("reference"));
            self.plain(entity, "query");
            let details = entity.get_mut("detail").and_then(Value::as_array_mut).into_iter().flatten();
            for detail in details.filter_map(Value::as_object_mut) {
                ["value", "valueBase64Binary", "valueString"].into_iter().for_each(|n| self.plain(detail, n));
            }
        });
        event.values_mut().for_each(|v| self.hide_tokens(v));
    }

    fn message(&self, element: &mut Map<String, Value>) {
        let name = element.get("element").and_then(Value::as_str).unwrap_or_default().to_owned();
        if let Some(Value::Object(attributes)) = element.get_mut("attributes") {
            self.hide(attributes, "UserName");
            self.plain(attributes, "value");
            if let Some(Value::String(id)) = attributes.get_mut("ParticipantObjectID") {
                let (system, value) = identifier(id);
                if is_bsn_system(system) {
                    *id = id.replacen(value, &self.mark_bsn(value), 1);
                }
            }
        }
        match name.as_str() {
            "ParticipantObjectName" => self.hide(element, "text"),
            "ParticipantObjectQuery" => self.plain(element, "text"),
            _ => {}
        }
        let children = element.get_mut("children").and_then(Value::as_array_mut).into_iter().flatten();
        children.filter_map(Value::as_object_mut).for_each(|child| self.message(child));
        element.values_mut().for_each(|v| self.hide_tokens(v));
    }

    fn hide(&self, object: &mut Map<String, Value>, name: &str) {
        if let Some(Value::String(text)) = object.get_mut(name) {
            *text = self.mark("name", text);
        }
    }

    fn hide_display(&self, reference: Option<&mut Value>) {
        if let Some(object) = reference.and_then(Value::as_object_mut) {
            self.hide(object, "display");
        }
    }

    /// Writes base64 as the text that it is; a whole resource in it is content that is not kept.
    fn plain(&self, object: &mut Map<String, Value>, name: &str) {
        if let Some(Value::String(text)) = object.get_mut(name) {
            let read = decoded(text).unwrap_or_else(|| text.clone());
            *text = if read.contains("\"resourceType\"") { self.mark("content", &read) } else { self.text(&read) };
        }
    }

    fn hide_tokens(&self, value: &mut Value) {
        match value {
            Value::Object(object) => object.values_mut().for_each(|v| self.hide_tokens(v)),
            Value::Array(items) => items.iter_mut().for_each(|v| self.hide_tokens(v)),
            Value::String(text) => {
                let known = self.tokens.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
                for token in known.iter().filter(|t| text.contains(t.as_str())).collect::<Vec<_>>() {
                    *text = text.replace(token.as_str(), &self.mark("token", token));
                }
            }
            _ => {}
        }
    }

    /// A log as it is kept: redacted by this key, which nobody keeps. `fictitious` are the numbers of the candidate file;
    /// they are what ties the log to a transcript whose own key is gone.
    pub fn log(&self, parsed: Parsed, sha256: String, fictitious: &[String]) -> Log {
        let (form, records): (&str, Vec<Record>) = match parsed {
            Parsed::Fhir(events) => ("fhir", events.into_iter().map(|e| fhir::read(&self.whole(e))).collect()),
            Parsed::Dicom(messages) => {
                let read = |m: Element| Element::from_json(&self.whole(m.to_json())).map(|m| dicom::read(&m));
                ("dicom", messages.into_iter().filter_map(read).collect())
            }
            Parsed::Table(records) => ("table", records.into_iter().map(|r| self.line(r)).collect()),
        };
        Log { form: form.to_owned(), sha256, patients: self.patients(fictitious), records }
    }

    fn whole(&self, mut value: Value) -> Value {
        self.audit(&mut value);
        self.value(&mut value);
        value
    }

    /// A line of a table: the column of the patient holds a number of a citizen whatever its digits, and no column that
    /// the mapping leaves out is kept but for what detectors find in it.
    fn line(&self, mut record: Record) -> Record {
        let lists = [
            &mut record.organisations,
            &mut record.event,
            &mut record.purpose,
            &mut record.correlation,
            &mut record.objects,
            &mut record.policies,
            &mut record.access_points,
        ];
        lists.into_iter().flatten().for_each(|text| *text = self.text(text));
        record.persons.iter_mut().for_each(|p| p.id = self.text(&p.id));
        record.source = record.source.map(|s| self.text(&s));
        let patient = record.patient.take();
        let marks = ["[redacted:token:", "[redacted:key:"];
        let found = record.strings.iter().map(|s| self.text(s)).filter(|s| marks.iter().any(|m| s.contains(m)));
        let kept = record.correlation.iter().chain(&record.objects).cloned();
        record.strings = found.collect::<Vec<_>>().into_iter().chain(kept).collect();
        record.patient = patient.map(|p| self.mark_bsn(identifier(&p).1));
        record
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::wire::audit::log;
    use crate::wire::audit::table::{Field, Mapping};
    use crate::wire::http::HttpRequest;
    use serde_json::json;

    fn encoded(text: &str) -> String {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(text)
    }

    fn recorded(r: &Redactor, event: &Value) -> String {
        let request = HttpRequest::default().with_body("application/fhir+json", event.to_string().into_bytes());
        serde_json::to_string(&r.request(&request, "", true)).unwrap()
    }

    #[test]
    fn names_tokens_and_numbers_in_base64_are_hidden_and_equal_numbers_stay_equal() {
        let r = Redactor::new(Vec::new());
        let token = "0123456789abcdef0123456789abcdef";
        r.request(&HttpRequest::default().with_header("authorization", format!("Bearer {token}")), "", false);
        let event = json!({"resourceType": "AuditEvent", "agent": [{"name": "SIM Arts", "altId": "arts1"}],
            "entity": [{"query": encoded("Condition?patient.identifier=http://fhir.nl/fhir/NamingSystem/bsn|999943145")},
                       {"detail": [{"type": "x", "valueString": format!("token {token}")}]},
                       {"detail": [{"type": "x", "valueBase64Binary": encoded("{\"resourceType\":\"Observation\"}")}]},
                       {"what": {"identifier": {"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": "999943145"}}}]});
        let text = recorded(&r, &event);
        assert!(!text.contains("999943145") && !text.contains("SIM Arts") && !text.contains("arts1"), "{text}");
        assert!(
            !text.contains(token) && text.contains("token [redacted:token:") && text.contains("[redacted:content:"),
            "{text}"
        );
        let mark = r.patients(&["999943145".into()]).into_keys().next().unwrap();
        assert_eq!(text.matches(&mark).count(), 2, "{text}");
    }

    #[test]
    fn a_dicom_message_is_hidden_alike_and_a_wrong_number_says_so() {
        let r = Redactor::new(Vec::new());
        let xml = r#"<AuditMessage><ActiveParticipant UserID="a" UserName="SIM Arts"/><ParticipantObjectIdentification ParticipantObjectID="123456789^^^&amp;2.16.840.1.113883.2.4.6.3&amp;ISO"><ParticipantObjectName>SIM</ParticipantObjectName></ParticipantObjectIdentification></AuditMessage>"#;
        let request = HttpRequest::default().with_body("application/xml", xml.as_bytes().to_vec());
        let text = serde_json::to_string(&r.request(&request, "", true)).unwrap();
        assert!(!text.contains("SIM") && !text.contains("123456789") && text.contains("bsn-invalid"), "{text}");
    }

    #[test]
    fn a_log_is_kept_without_numbers_and_knows_the_fictitious_patients() {
        let columns = [("t", Field::Time), ("p", Field::Patient)].map(|(n, f)| (n.to_owned(), f));
        let mapping = Mapping { columns: columns.into(), ..Mapping::default() };
        let parsed = log::parse(b"t,p,x\n2026-11-22T05:00:00Z,999943145,SIM Patient\n", Some(&mapping)).unwrap();
        let kept = Redactor::new(Vec::new()).log(parsed, String::new(), &["999943145".into()]);
        let text = serde_json::to_string(&kept).unwrap();
        assert!(!text.contains("999943145") && !text.contains("SIM"), "{text}");
        let patient = kept.records[0].patient.as_ref().unwrap();
        assert_eq!(kept.patients.get(patient).map(String::as_str), Some("fictitious[0]"));
    }
}
