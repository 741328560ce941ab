//! What a record itself must be: readable in its form, complete by a list of fields, and without what must not be in a log.

use serde::Deserialize;

use super::exchanges::{Expected, Way, of_case};
use super::matching::pair;
use super::records;
use super::{Among, Answer, Context, Found, From, View};
use crate::base::text::Text;
use crate::transcript::{Body, Endpoint};
use crate::wire::audit::table::Field;
use crate::wire::audit::{Record, dicom, fhir, syslog};
use crate::wire::http::header;
use crate::wire::xml::Element;

/// Fields that belong together (50-generic-facilities section 5.2).
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FieldGroup {
    /// What they tell.
    pub title: Text,
    /// Fields of the group.
    pub fields: Vec<Field>,
    /// Whether they are only asked for where the exchange tells them: the user of a token request that names one.
    #[serde(default)]
    pub where_known: bool,
}

/// The fields of a record, as a file of the suite lists them: the norm itself is sold.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FieldGroups {
    /// Where the list comes from, and what is not known.
    pub note: Text,
    /// Largest difference between the time of a record and that of its exchange, in seconds.
    pub tolerance_s: i64,
    /// The groups.
    pub groups: Vec<FieldGroup>,
}

/// What is asked of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, schemars::JsonSchema, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Quality {
    /// Each message of the feed is an AuditEvent or an audit message by its standard.
    WellFormed,
    /// The field groups of the suite are filled.
    Complete,
    /// There is no token, key or clinical content in it.
    Clean,
}

/// The records of the whole case are what records must be.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct AuditRecord {
    /// What is asked of them.
    pub is: Vec<Quality>,
}

impl AuditRecord {
    pub(in crate::check) fn expected(&self) -> Text {
        let words: Vec<String> = self.is.iter().map(ToString::to_string).collect();
        let words = words.join(", ");
        Text::new(format!("logregels zijn: {words}"), format!("records are: {words}"))
    }

    pub(in crate::check) fn judge(&self, context: Context<'_>) -> Answer {
        let mut found = Found::default();
        if self.is.contains(&Quality::WellFormed) {
            well_formed(context, &mut found);
        }
        let happened = of_case(context.case, context.data);
        let logged = match records::of_case(context, From::Any) {
            Ok(logged) => logged,
            Err(judged) if found.compared == 0 => return Answer::new(judged, Vec::new()),
            Err(_) => Vec::new(),
        };
        if self.is.contains(&Quality::Clean) {
            for own in &logged {
                found.compared += 1;
                if let Some(what) = unwanted(&own.record) {
                    found.fault(format!("a record holds {what}"), own.seq);
                }
            }
        }
        if self.is.contains(&Quality::Complete) {
            let pairing = pair(&happened, &logged);
            let view = View { happened: &happened, logged: &logged, pairing: &pairing, among: Among::All };
            complete(context, &view, &mut found);
        }
        found.answer(happened.len(), logged.len())
    }

    /// Why it can never fail or never be met.
    pub(in crate::check) fn cannot_fail(&self) -> Option<&'static str> {
        self.is.is_empty().then_some("nothing is asked of the records")
    }
}

fn well_formed(context: Context<'_>, found: &mut Found) {
    for (seq, exchange) in context.case.exchanges.iter().filter(|(_, e)| e.endpoint == Endpoint::Audit) {
        found.compared += 1;
        let faults = match &exchange.fault {
            Some(_) => vec!["the frame cannot be read".to_owned()],
            None => exchange.request.as_ref().map(|r| faults_of(&r.headers, &r.body)).unwrap_or_default(),
        };
        if !faults.is_empty() {
            found.fault(faults.join(", "), [*seq]);
        }
    }
}

fn faults_of(headers: &[(String, String)], body: &Body) -> Vec<String> {
    if let Some(fault) = header(headers, syslog::FAULT_HEADER) {
        return vec![fault.to_owned()];
    }
    let Some(value) = body.json() else { return vec!["the body is neither an AuditEvent nor an AuditMessage".into()] };
    if let Some(root) = Element::from_json(value).filter(|_| value.get("element").is_some()) {
        return dicom::messages(&root).first().map_or_else(|| vec!["no AuditMessage".into()], |m| dicom::faults(m));
    }
    let events = fhir::events(value);
    if events.is_empty() {
        return vec!["no AuditEvent".into()];
    }
    events.into_iter().flat_map(fhir::faults).collect()
}

/// What must not be in a log and is (GF-LOG-018). Redaction put marks in the place of what it knows.
fn unwanted(record: &Record) -> Option<&'static str> {
    let holds = |mark: &str| record.strings.iter().any(|s| s.contains(mark));
    if holds("[redacted:token:") || holds("[redacted:key:") {
        return Some("a token or key");
    }
    (holds("[redacted:content:") || holds("[redacted:narrative:")).then_some("clinical content")
}

fn complete(context: Context<'_>, view: &View<'_>, found: &mut Found) {
    for (exchange, record) in &view.pairing.pairs {
        let (expected, logged) = (&view.happened[*exchange], &view.logged[*record]);
        if expected.way == Way::Handshake {
            continue;
        }
        found.compared += 1;
        for group in &context.data.audit.fields.groups {
            let asked = group.fields.iter().filter(|f| !group.where_known || is_known(**f, expected));
            let missing: Vec<String> = asked.filter(|f| !has(&logged.record, **f)).map(|f| format!("{f:?}")).collect();
            if !missing.is_empty() {
                let at = [expected.seq].into_iter().chain(logged.seq);
                found.fault(format!("{}: {} lacks {}", expected.name(), group.title.en, missing.join(", ")), at);
            }
        }
    }
}

fn is_known(field: Field, expected: &Expected<'_>) -> bool {
    match field {
        Field::Patient => expected.patient.is_some(),
        Field::User => expected.user.is_some(),
        Field::Role => expected.role.is_some(),
        Field::Mandated => expected.mandated.is_some(),
        Field::Organisation => expected.counterpart.is_some(),
        Field::Correlation => !expected.correlation.is_empty(),
        _ => true,
    }
}

fn has(record: &Record, field: Field) -> bool {
    match field {
        Field::Time => record.time.is_some(),
        Field::Event => !record.event.is_empty(),
        Field::Outcome => record.outcome.is_some(),
        Field::Patient => record.patient.is_some(),
        Field::Organisation => !record.organisations.is_empty(),
        Field::User => record.persons.iter().any(|p| !p.id.is_empty()),
        Field::Role => record.persons.iter().any(|p| p.role.is_some()),
        Field::Mandated => record.persons.len() > 1,
        Field::Purpose => !record.purpose.is_empty(),
        Field::Correlation => !record.correlation.is_empty(),
        Field::Object => !record.objects.is_empty(),
        Field::Policy => !record.policies.is_empty(),
        Field::Source => record.source.is_some(),
        Field::AccessPoint => !record.access_points.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::Body;
    use serde_json::json;

    fn body(value: serde_json::Value) -> Body {
        Body::of_json("json", value, 0)
    }

    #[test]
    fn a_message_is_well_formed_by_the_standard_that_it_follows() {
        let written = fhir::write_r4(&Record {
            time: Some("2026-11-22T05:00:00Z".into()),
            organisations: vec!["90000001".into()],
            ..Record::default()
        });
        assert!(faults_of(&[], &body(written)).is_empty());
        assert!(!faults_of(&[], &body(json!({"resourceType": "AuditEvent"}))).is_empty());
        assert_eq!(faults_of(&[], &body(json!({"resourceType": "Patient"}))), ["no AuditEvent"]);
        assert_eq!(faults_of(&[], &Body::Empty).len(), 1);
        let wrong_frame = [(syslog::FAULT_HEADER.to_owned(), "no frame".to_owned())];
        assert_eq!(faults_of(&wrong_frame, &Body::Empty), ["no frame"]);
    }

    #[test]
    fn tokens_and_content_are_unwanted_and_a_patient_is_not() {
        let with = |text: &str| Record { strings: vec![text.into()], ..Record::default() };
        assert_eq!(unwanted(&with("Bearer [redacted:token:1]")), Some("a token or key"));
        assert_eq!(unwanted(&with("[redacted:content:1]")), Some("clinical content"));
        assert_eq!(unwanted(&with("[redacted:bsn:1]")), None);
    }

    #[test]
    fn a_field_is_there_or_it_is_not() {
        let full = Record { source: Some("x".into()), patient: Some("y".into()), ..Record::default() };
        assert!(has(&full, Field::Source) && has(&full, Field::Patient));
        assert!(!has(&full, Field::Role) && !has(&full, Field::Organisation));
    }
}
