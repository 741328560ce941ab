//! FHIR AuditEvent in STU3 and R4, single or in a Bundle, as JSON (the R4 shapes follow IHE BALP).

use serde_json::{Map, Value, json};

use super::{MOST_PARTS, MOST_RECORDS, Outcome, Person, ROLE, Record, URA, is_bsn, is_correlation, is_policy, is_ura};

/// Names of members whose strings are names of people; what must not be there is looked for elsewhere.
const NAMES: [&str; 3] = ["name", "display", "altId"];

/// The AuditEvents of a body: itself, or the entries of a Bundle or list.
pub fn events(body: &Value) -> Vec<&Value> {
    let resources: Vec<&Value> = match body {
        Value::Array(list) => list.iter().collect(),
        Value::Object(bundle) if bundle.get("resourceType").is_some_and(|t| t == "Bundle") => {
            body["entry"].as_array().into_iter().flatten().map(|e| &e["resource"]).collect()
        }
        one => vec![one],
    };
    resources.into_iter().filter(|r| r["resourceType"] == "AuditEvent").take(MOST_RECORDS).collect()
}

/// Reads one AuditEvent.
pub fn read(event: &Value) -> Record {
    let mut record = Record {
        action: text(&event["action"]),
        time: text(&event["recorded"]),
        outcome: event["outcome"].as_str().and_then(Outcome::of_code),
        ..Record::default()
    };
    record.event = codings(&event["type"]).chain(list(&event["subtype"]).flat_map(codings)).collect();
    record.purpose = list(&event["purposeOfEvent"]).flat_map(concept).collect();
    list(&event["agent"]).take(MOST_PARTS).for_each(|agent| read_agent(&mut record, agent));
    list(&event["entity"]).take(MOST_PARTS).for_each(|entity| read_entity(&mut record, entity));
    let source = &event["source"];
    let observer = if source["observer"].is_object() { &source["observer"] } else { &source["identifier"] };
    let named = [&observer["identifier"]["value"], &observer["value"], &observer["reference"], &observer["display"]];
    record.source = named.into_iter().find_map(text).or_else(|| text(&source["site"]));
    if let Some((_, ura)) = reference_id(observer).filter(|(system, _)| is_ura(system)) {
        record.organisation(&ura);
    }
    if let Some((system, site)) = text(&source["site"]).as_deref().map(super::identifier)
        && is_ura(system)
    {
        record.organisation(site);
    }
    gather(&mut record, "", event);
    record
}

fn read_agent(record: &mut Record, agent: &Value) {
    // STU3 names the agent by `userId` and `reference`, R4 by `who`.
    let who = if agent["who"].is_object() { &agent["who"] } else { &agent["userId"] };
    let role = list(&agent["role"]).flat_map(concept).next();
    if let Some((system, value)) = reference_id(who) {
        if is_ura(&system) {
            record.organisation(&value);
        } else if is_person(&system) || role.is_some() || agent["requestor"] == true && !is_device(agent) {
            record.persons.push(Person { id: join(&system, &value), role });
        }
    }
    record.access_points.extend(text(&agent["network"]["address"]));
    record.policies.extend(list(&agent["policy"]).filter_map(text));
    record.purpose.extend(list(&agent["purposeOfUse"]).flat_map(concept));
}

fn read_entity(record: &mut Record, entity: &Value) {
    let what = if entity["what"].is_object() { &entity["what"] } else { &entity["identifier"] };
    let kind = text(&entity["type"]["code"]).unwrap_or_default();
    let role = text(&entity["role"]["code"]).unwrap_or_default();
    let id = reference_id(what);
    let is_patient = role == "1" && kind != super::REQUEST_ID;
    match id {
        Some((system, value)) if is_bsn(&system) || is_patient => {
            record.patient_typed = is_bsn(&system);
            record.patient = Some(value);
        }
        Some((_, value)) if is_correlation(&kind) => record.correlation.push(value),
        Some((system, value)) if is_ura(&system) => record.organisation(&value),
        Some((_, value)) if is_policy(&kind) => record.policies.push(value),
        Some((_, value)) => record.objects.push(value),
        None => {}
    }
    record.objects.extend(text(&what["reference"]).or_else(|| text(&entity["reference"]["reference"])));
    record.objects.extend(text(&entity["query"]).map(|q| decoded(&q).unwrap_or(q)));
    for detail in list(&entity["detail"]).take(MOST_PARTS) {
        let name = text(&detail["type"]).unwrap_or_default();
        let value = ["valueString", "valueBase64Binary", "value"].iter().find_map(|n| text(&detail[*n]));
        let Some(value) = value.map(|v| decoded(&v).unwrap_or(v)) else { continue };
        if is_correlation(&name) {
            record.correlation.push(value);
        } else if is_policy(&name) {
            record.policies.push(value);
        }
    }
}

/// What FHIR asks of an AuditEvent and is not there: the elements with a minimum of one in both releases.
pub fn faults(event: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let mut need = |good: bool, text: &str| {
        if !good {
            faults.push(text.to_owned());
        }
    };
    need(event["type"]["code"].is_string(), "no type");
    let recorded = event["recorded"].as_str().and_then(crate::base::clock::parse_rfc3339);
    need(recorded.is_some(), "recorded is no instant");
    need(
        event["action"].is_null() || matches!(event["action"].as_str(), Some("C" | "R" | "U" | "D" | "E")),
        "unknown action",
    );
    need(
        event["outcome"].is_null() || event["outcome"].as_str().and_then(Outcome::of_code).is_some(),
        "unknown outcome",
    );
    need(event["agent"].as_array().is_some_and(|a| !a.is_empty()), "no agent");
    need(
        list(&event["agent"]).all(|a| a["requestor"].is_boolean()),
        "an agent does not say whether it is the requestor",
    );
    let source = &event["source"];
    need(source["observer"].is_object() || source["identifier"].is_object(), "no source");
    faults
}

/// An R4 AuditEvent of a record, in the shapes of IHE BALP.
pub fn write_r4(record: &Record) -> Value {
    let dcm =
        |code: &str| json!({"coding": [{"system": "http://dicom.nema.org/resources/ontology/DCM", "code": code}]});
    let mut agents: Vec<Value> = Vec::new();
    for (at, ura) in record.organisations.iter().enumerate() {
        let mut agent = json!({"type": dcm(if at == 0 { "110153" } else { "110152" }),
            "who": {"identifier": {"system": URA, "value": ura}}, "requestor": false});
        if let Some(address) = record.access_points.get(at) {
            agent["network"] = json!({"address": address, "type": "1"});
        }
        agents.push(agent);
    }
    for (at, person) in record.persons.iter().enumerate() {
        let (system, value) = super::identifier(&person.id);
        let identifier =
            if system.is_empty() { json!({"value": value}) } else { json!({"system": system, "value": value}) };
        let mut agent = json!({
            "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": if at == 0 { "IRCP" } else { "ENT" }}]},
            "who": {"identifier": identifier}, "requestor": at == 0,
        });
        if let Some(role) = &person.role {
            agent["role"] = json!([{"coding": [{"system": ROLE, "code": role}]}]);
        }
        if at == 0 && !record.policies.is_empty() {
            agent["policy"] = json!(record.policies);
        }
        agents.push(agent);
    }
    let mut entities = Vec::new();
    if let Some(bsn) = &record.patient {
        let mut identifier = json!({"value": bsn});
        if record.patient_typed {
            identifier["system"] = json!(crate::base::bsn::SYSTEM);
        }
        entities.push(json!({"what": {"identifier": identifier}, "type": {"code": "1"}, "role": {"code": "1"}}));
    }
    for object in &record.objects {
        let reference =
            object.split_once('/').is_some_and(|(kind, id)| !kind.contains('?') && !id.contains(['/', '?']));
        entities.push(if reference {
            json!({"what": {"reference": object}, "type": {"code": "2"}, "role": {"code": "4"}})
        } else {
            json!({"query": encoded(object), "type": {"code": "2"}, "role": {"code": "24"}})
        });
    }
    let ids = record.correlation.iter();
    entities.extend(ids.map(|id| json!({"what": {"identifier": {"value": id}}, "type": {"code": super::REQUEST_ID}})));
    let mut event = json!({
        "resourceType": "AuditEvent",
        "type": {"system": "http://terminology.hl7.org/CodeSystem/audit-event-type", "code": "rest"},
        "recorded": record.time, "agent": agents, "source": {"observer": {}},
    });
    if let Some(source) = &record.source {
        event["source"]["observer"]["display"] = json!(source);
    }
    if let Some(subtype) = record.event.first() {
        event["subtype"] = json!([{"system": "http://hl7.org/fhir/restful-interaction", "code": subtype}]);
    }
    event["action"] = json!(record.action);
    event["outcome"] = json!(record.outcome.map(Outcome::code));
    if !record.purpose.is_empty() {
        let concepts = record.purpose.iter().map(
            |code| json!({"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": code}]}),
        );
        event["purposeOfEvent"] = concepts.collect();
    }
    if !entities.is_empty() {
        event["entity"] = Value::Array(entities);
    }
    without_nulls(event)
}

fn without_nulls(mut event: Value) -> Value {
    if let Some(object) = event.as_object_mut() {
        *object = std::mem::take(object).into_iter().filter(|(_, v)| !v.is_null()).collect::<Map<_, _>>();
    }
    event
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|t| !t.is_empty()).map(str::to_owned)
}

fn codings(coding: &Value) -> impl Iterator<Item = String> + use<> {
    text(&coding["code"]).into_iter()
}

fn concept(concept: &Value) -> Vec<String> {
    list(&concept["coding"]).flat_map(codings).collect()
}

/// The identifier of a Reference, or the identifier itself.
fn reference_id(what: &Value) -> Option<(String, String)> {
    let identifier = if what["identifier"].is_object() { &what["identifier"] } else { what };
    let value = text(&identifier["value"])?;
    Some((text(&identifier["system"]).unwrap_or_default(), value))
}

fn join(system: &str, value: &str) -> String {
    if system.is_empty() { value.to_owned() } else { format!("{system}|{value}") }
}

fn is_person(system: &str) -> bool {
    ["uzi-nr-pers", "2.16.528.1.1007.3.1", "uzi-nr", "big", "agb-z"].iter().any(|s| system.ends_with(s))
}

/// The participation types of DICOM for the applications at both ends of a network.
fn is_device(agent: &Value) -> bool {
    concept(&agent["type"]).iter().any(|code| ["110150", "110152", "110153"].contains(&code.as_str()))
}

fn encoded(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// Text that was written in base64, if it was.
pub fn decoded(value: &str) -> Option<String> {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD.decode(value).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let readable = !text.is_empty() && !text.chars().any(|c| c.is_control() && !c.is_whitespace());
    readable.then_some(text)
}

/// All strings but the names of people, those in base64 as text.
fn gather(record: &mut Record, key: &str, value: &Value) {
    match value {
        Value::Object(object) => object.iter().for_each(|(name, part)| gather(record, name, part)),
        Value::Array(items) => items.iter().for_each(|item| gather(record, key, item)),
        Value::String(text) if !NAMES.contains(&key) => {
            let plain = ["query", "valueBase64Binary", "value"].contains(&key).then(|| decoded(text)).flatten();
            record.keep(plain.as_deref().unwrap_or(text));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Record {
        Record {
            event: vec!["search".into()],
            action: Some("E".into()),
            time: Some("2026-11-22T05:00:00.000001Z".into()),
            outcome: Some(Outcome::Success),
            patient: Some("999943145".into()),
            patient_typed: true,
            organisations: vec!["90000002".into(), "90000001".into()],
            persons: vec![
                Person {
                    id: "http://fhir.nl/fhir/NamingSystem/uzi-nr-pers|900012345".into(),
                    role: Some("01.015".into()),
                },
                Person { id: "http://fhir.nl/fhir/NamingSystem/uzi-nr-pers|900054321".into(), role: None },
            ],
            purpose: vec!["TREAT".into()],
            access_points: vec!["a.example".into(), "b.example".into()],
            correlation: vec!["id-1".into()],
            objects: vec!["Condition?code=1".into()],
            policies: vec!["urn:consent:1".into()],
            source: Some("sim".into()),
            strings: Vec::new(),
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let event = write_r4(&sample());
        assert!(faults(&event).is_empty(), "{:?}", faults(&event));
        let mut back = read(&event);
        assert!(back.mentions("id-1") && back.mentions("Condition?code=1"));
        back.strings.clear();
        // The first code is that of the type.
        assert_eq!(back.event, ["rest", "search"]);
        back.event = sample().event;
        assert_eq!(back, sample());
    }

    #[test]
    fn stu3_names_agents_and_entities_in_its_own_way() {
        let event = json!({
            "resourceType": "AuditEvent", "type": {"code": "110112"}, "recorded": "2026-11-22T05:00:00Z", "outcome": "4",
            "agent": [{"requestor": true, "userId": {"system": "http://fhir.nl/fhir/NamingSystem/uzi-nr-pers", "value": "900012345"},
                       "role": [{"coding": [{"code": "01.015"}]}]},
                      {"requestor": false, "userId": {"system": URA, "value": "90000001"}}],
            "source": {"identifier": {"value": "sim"}},
            "entity": [{"identifier": {"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": "999943145"}, "role": {"code": "1"}},
                       {"detail": [{"type": "X-Request-Id", "value": encoded("abc")}]}],
        });
        assert!(faults(&event).is_empty());
        let record = read(&event);
        assert_eq!(record.outcome, Some(Outcome::Failure));
        assert_eq!(record.persons[0].role.as_deref(), Some("01.015"));
        assert_eq!(record.organisations, ["90000001"]);
        assert_eq!((record.patient.as_deref(), record.patient_typed), (Some("999943145"), true));
        assert_eq!(record.correlation, ["abc"]);
    }

    #[test]
    fn what_is_missing_is_told_and_a_bundle_gives_all() {
        assert_eq!(faults(&json!({"resourceType": "AuditEvent"})).len(), 4);
        let bundle = json!({"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "AuditEvent"}}, {"resource": {"resourceType": "Patient"}}]});
        assert_eq!(events(&bundle).len(), 1);
    }
}
