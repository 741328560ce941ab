//! The DICOM audit message (PS3.15 A.5, the shape of RFC 3881) as XML.

use super::{
    MOST_PARTS, MOST_RECORDS, Outcome, Person, Record, URA, identifier, is_bsn, is_correlation, is_policy, is_ura,
};
use crate::base::bsn;
use crate::wire::xml::{Element, escape};

/// The audit messages in a document: its root, or those directly below it.
pub fn messages(root: &Element) -> Vec<&Element> {
    if root.name == "AuditMessage" {
        return vec![root];
    }
    root.children_named("AuditMessage").take(MOST_RECORDS).collect()
}

/// Reads one audit message.
pub fn read(message: &Element) -> Record {
    let mut record = Record::default();
    if let Some(event) = message.child("EventIdentification") {
        let own = |name: &str| event.attribute(name).map(str::to_owned);
        record.action = own("EventActionCode");
        record.time = own("EventDateTime");
        record.outcome = event.attribute("EventOutcomeIndicator").and_then(Outcome::of_code);
        record.event = codes(event, "EventID").chain(codes(event, "EventTypeCode")).collect();
        record.purpose = codes(event, "PurposeOfUse").collect();
    }
    let participants = message.children_named("ActiveParticipant").take(MOST_PARTS);
    participants.for_each(|p| read_participant(&mut record, p));
    if let Some(source) = message.child("AuditSourceIdentification") {
        record.source = source.attribute("AuditSourceID").filter(|s| !s.is_empty()).map(str::to_owned);
        if let Some((system, ura)) = source.attribute("AuditEnterpriseSiteID").map(identifier)
            && is_ura(system)
        {
            record.organisation(ura);
        }
    }
    let objects = message.children_named("ParticipantObjectIdentification").take(MOST_PARTS);
    objects.for_each(|o| read_object(&mut record, o));
    for element in message.descendants() {
        let hidden = ["UserName", "ParticipantObjectName"];
        element.attributes.iter().filter(|(n, _)| !hidden.contains(&n.as_str())).for_each(|(name, value)| {
            let plain = (name == "value").then(|| super::fhir::decoded(value)).flatten();
            record.keep(plain.as_deref().unwrap_or(value));
        });
        if !hidden.contains(&element.name.as_str()) {
            record.keep(&super::fhir::decoded(&element.text).unwrap_or_else(|| element.text.clone()));
        }
    }
    record
}

fn read_participant(record: &mut Record, participant: &Element) {
    let own = |name: &str| participant.attribute(name).filter(|v| !v.is_empty());
    record.access_points.extend(own("NetworkAccessPointID").map(str::to_owned));
    let ids = || [own("UserID"), own("AlternativeUserID")].into_iter().flatten();
    for (_, value) in ids().map(identifier).filter(|(system, _)| is_ura(system)) {
        record.organisation(value);
    }
    let roles: Vec<String> = codes(participant, "RoleIDCode").collect();
    // The codes of DICOM for a source or destination process are no roles of a person.
    let is_process = roles.iter().any(|r| ["110150", "110152", "110153"].contains(&r.as_str()));
    if let Some(id) = own("UserID").filter(|id| !is_process && !is_ura(identifier(id).0)) {
        record.persons.push(Person { id: id.to_owned(), role: roles.into_iter().next() });
    }
}

fn read_object(record: &mut Record, object: &Element) {
    let own = |name: &str| object.attribute(name).unwrap_or_default();
    let type_code = codes(object, "ParticipantObjectIDTypeCode").next().unwrap_or_default();
    let (system, value) = identifier(own("ParticipantObjectID"));
    let is_patient = own("ParticipantObjectTypeCode") == "1" && own("ParticipantObjectTypeCodeRole") == "1";
    if is_bsn(system) || is_patient {
        record.patient_typed = is_bsn(system);
        record.patient = Some(value.to_owned());
    } else if is_correlation(&type_code) {
        record.correlation.push(value.to_owned());
    } else if is_ura(system) {
        record.organisation(value);
    } else if is_policy(&type_code) {
        record.policies.push(value.to_owned());
    } else if !value.is_empty() {
        record.objects.push(value.to_owned());
    }
    let queries = object.children_named("ParticipantObjectQuery").map(|q| q.text.clone());
    record.objects.extend(queries.filter(|q| !q.is_empty()).map(|q| super::fhir::decoded(&q).unwrap_or(q)));
    for detail in object.children_named("ParticipantObjectDetail").take(MOST_PARTS) {
        let (name, value) =
            (detail.attribute("type").unwrap_or_default(), detail.attribute("value").unwrap_or_default());
        let value = super::fhir::decoded(value).unwrap_or_else(|| value.to_owned());
        if is_correlation(name) {
            record.correlation.push(value);
        } else if is_policy(name) {
            record.policies.push(value);
        }
    }
}

/// Codes of the child elements of a name; the attribute is `csd-code` in the schema of DICOM, `code` in that of RFC 3881.
fn codes<'a>(element: &'a Element, name: &'a str) -> impl Iterator<Item = String> + 'a {
    let code = |e: &Element| e.attribute("csd-code").or_else(|| e.attribute("code")).map(str::to_owned);
    element.children_named(name).filter_map(code)
}

/// What the schema of DICOM asks of a message and is not there.
pub fn faults(message: &Element) -> Vec<String> {
    let mut faults = Vec::new();
    let mut need = |good: bool, text: &str| {
        if !good {
            faults.push(text.to_owned());
        }
    };
    need(message.name == "AuditMessage", "the root is no AuditMessage");
    let event = message.child("EventIdentification");
    let own = |name: &str| event.and_then(|e| e.attribute(name));
    need(event.is_some_and(|e| codes(e, "EventID").next().is_some()), "no EventID");
    need(own("EventDateTime").and_then(crate::base::clock::parse_rfc3339).is_some(), "EventDateTime is no instant");
    need(own("EventOutcomeIndicator").and_then(Outcome::of_code).is_some(), "no EventOutcomeIndicator");
    let participants: Vec<&Element> = message.children_named("ActiveParticipant").collect();
    need(!participants.is_empty(), "no ActiveParticipant");
    need(
        participants.iter().all(|p| p.attribute("UserID").is_some_and(|u| !u.is_empty())),
        "a participant without UserID",
    );
    let source = message.child("AuditSourceIdentification").and_then(|s| s.attribute("AuditSourceID"));
    need(source.is_some_and(|s| !s.is_empty()), "no AuditSourceID");
    faults
}

/// An audit message of a record.
pub fn write(record: &Record) -> String {
    let code = |element: &str, code: &str, system: &str| {
        format!(r#"<{element} csd-code="{}" codeSystemName="{system}" originalText="{0}"/>"#, escape(code))
    };
    let interaction = record.event.first().map(String::as_str).unwrap_or_default();
    let mut xml = format!(
        r#"<AuditMessage><EventIdentification EventActionCode="{}" EventDateTime="{}" EventOutcomeIndicator="{}">{}{}"#,
        escape(record.action.as_deref().unwrap_or("E")),
        escape(record.time.as_deref().unwrap_or_default()),
        record.outcome.map_or("", Outcome::code),
        code("EventID", event_id(interaction), "DCM"),
        code("EventTypeCode", interaction, "http://hl7.org/fhir/restful-interaction"),
    );
    record.purpose.iter().for_each(|p| xml += &code("PurposeOfUse", p, "2.16.840.1.113883.5.8"));
    xml += "</EventIdentification>";
    for (at, ura) in record.organisations.iter().enumerate() {
        let address = record.access_points.get(at);
        let network =
            address.map(|a| format!(r#" NetworkAccessPointID="{}" NetworkAccessPointTypeCode="1""#, escape(a)));
        xml += &format!(
            r#"<ActiveParticipant UserID="{}" UserIsRequestor="false"{}>{}</ActiveParticipant>"#,
            escape(&format!("{URA}|{ura}")),
            network.unwrap_or_default(),
            code("RoleIDCode", if at == 0 { "110153" } else { "110152" }, "DCM"),
        );
    }
    for (at, person) in record.persons.iter().enumerate() {
        let role = person.role.as_ref().map(|r| code("RoleIDCode", r, "2.16.840.1.113883.2.4.15.111"));
        xml += &format!(
            r#"<ActiveParticipant UserID="{}" UserIsRequestor="{}">{}</ActiveParticipant>"#,
            escape(&person.id),
            at == 0,
            role.unwrap_or_default(),
        );
    }
    xml += &format!(
        r#"<AuditSourceIdentification AuditSourceID="{}"/>"#,
        escape(record.source.as_deref().unwrap_or_default())
    );
    let object = |id: &str, kind: &str, roles: (&str, &str), rest: &str| {
        format!(
            r#"<ParticipantObjectIdentification ParticipantObjectID="{}" ParticipantObjectTypeCode="{}" ParticipantObjectTypeCodeRole="{}">{}{rest}</ParticipantObjectIdentification>"#,
            escape(id),
            roles.0,
            roles.1,
            code("ParticipantObjectIDTypeCode", kind, "DCM"),
        )
    };
    if let Some(patient) = &record.patient {
        let id = if record.patient_typed { format!("{patient}^^^&{}&ISO", bsn::OID) } else { patient.clone() };
        xml += &object(&id, "2", ("1", "1"), "");
    }
    for text in &record.objects {
        use base64::Engine as _;
        let query = base64::engine::general_purpose::STANDARD.encode(text);
        xml +=
            &object("query", "10", ("2", "24"), &format!("<ParticipantObjectQuery>{query}</ParticipantObjectQuery>"));
    }
    record.correlation.iter().for_each(|id| xml += &object(id, super::REQUEST_ID, ("4", "26"), ""));
    record.policies.iter().for_each(|id| xml += &object(id, "consent", ("4", "26"), ""));
    xml + "</AuditMessage>"
}

/// Query where something is searched for; otherwise a patient record is the object (DCM 110110, 110112), and a token
/// request is user authentication (DCM 110114).
fn event_id(interaction: &str) -> &'static str {
    match interaction {
        "search" => "110112",
        "token" | "handshake" => "110114",
        _ => "110110",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::wire::xml::{Limits, parse};
    use proptest::prelude::*;

    fn sample(id: &str) -> Record {
        Record {
            event: vec!["search".into()],
            action: Some("E".into()),
            time: Some("2026-11-22T05:00:00Z".into()),
            outcome: Some(Outcome::Failure),
            patient: Some("999943145".into()),
            patient_typed: true,
            organisations: vec!["90000002".into(), "90000001".into()],
            persons: vec![Person { id: "http://x/uzi-nr-pers|900012345".into(), role: Some("01.015".into()) }],
            correlation: vec![id.into()],
            objects: vec!["Condition?a=<b>&c".into()],
            source: Some("sim".into()),
            ..Record::default()
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let root = parse(write(&sample("id-1")).as_bytes(), &Limits::default()).unwrap();
        assert!(faults(&root).is_empty(), "{:?}", faults(&root));
        let mut back = read(messages(&root)[0]);
        assert!(back.mentions("id-1") && back.mentions("a=<b>&c"));
        assert_eq!(back.objects, ["query", "Condition?a=<b>&c"]);
        assert_eq!(back.event, ["110112", "search"]);
        back.strings.clear();
        assert_eq!(Record { event: vec!["search".into()], objects: sample("").objects, ..back }, sample("id-1"));
    }

    #[test]
    fn what_is_missing_is_told() {
        let root = parse(b"<AuditMessage><EventIdentification/></AuditMessage>", &Limits::default()).unwrap();
        assert_eq!(faults(&root).len(), 5);
        assert_eq!(read(&root), Record::default());
    }

    proptest! {
        #[test]
        fn ids_survive_whatever_stands_in_them(id in "[ -~]{1,30}") {
            let root = parse(write(&sample(id.trim())).as_bytes(), &Limits::default()).unwrap();
            prop_assert!(faults(&root).is_empty());
            let _ = read(&root);
        }
    }
}
