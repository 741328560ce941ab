//! Tests of reading and writing FHIR XML: golden pairs, hostile documents, and the round trip
//! over generated resources.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use serde_json::{Map, json};

use super::super::{parse_json, to_xml};
use super::*;

fn parse(text: &str) -> Result<Value, FhirFault> {
    parse_xml(text.as_bytes(), &Limits::default())
}

fn patient(inside: &str) -> Result<Value, FhirFault> {
    parse(&format!("<Patient xmlns=\"http://hl7.org/fhir\">{inside}</Patient>"))
}

const GOLDEN_XML: &str = r##"<?xml version="1.0" encoding="UTF-8"?>
<Patient xmlns="http://hl7.org/fhir"><id value="p1"/><text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml"><p class="a">Ann &amp; <b>Visser</b><br/></p></div></text><contained><Organization><id value="o"/><name value="Ziekenhuis &quot;Noord&quot;"/></Organization></contained><extension url="http://example.org/when"><valueDateTime value="2024-02-29"/></extension><active value="true"/><name id="n1"><family value="Visser"><extension url="http://example.org/own"><valueString value="Visser&#10;x"/></extension></family><given value="Ann"/><given id="g2"/><given value="Bo"/></name><birthDate value="1980-01-01"/><multipleBirthInteger value="2"/><contact><name><text value="é"/></name></contact><managingOrganization><reference value="#o"/></managingOrganization></Patient>"##;

fn golden_json() -> Value {
    json!({
        "resourceType": "Patient",
        "id": "p1",
        "text": {"status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p class=\"a\">Ann &amp; <b>Visser</b><br/></p></div>"},
        "contained": [{"resourceType": "Organization", "id": "o", "name": "Ziekenhuis \"Noord\""}],
        "extension": [{"url": "http://example.org/when", "valueDateTime": "2024-02-29"}],
        "active": true,
        "name": [{
            "id": "n1",
            "family": "Visser",
            "_family": {"extension": [{"url": "http://example.org/own", "valueString": "Visser\nx"}]},
            "given": ["Ann", null, "Bo"],
            "_given": [null, {"id": "g2"}, null]
        }],
        "birthDate": "1980-01-01",
        "multipleBirthInteger": 2,
        "contact": [{"name": {"text": "é"}}],
        "managingOrganization": {"reference": "#o"}
    })
}

#[test]
fn the_golden_patient_reads_and_writes_alike() {
    assert_eq!(parse(GOLDEN_XML).unwrap(), golden_json());
    assert_eq!(to_xml(&golden_json()).unwrap(), GOLDEN_XML);
}

#[test]
fn elements_are_written_in_the_order_of_the_standard() {
    let task = json!({"resourceType": "Task", "intent": "order", "status": "draft", "id": "t"});
    let xml = to_xml(&task).unwrap();
    assert!(xml.ends_with("<id value=\"t\"/><status value=\"draft\"/><intent value=\"order\"/></Task>"));
}

#[test]
fn bundle_entries_carry_resources_both_ways() {
    let bundle = json!({
        "resourceType": "Bundle", "type": "searchset", "total": 1,
        "entry": [{"fullUrl": "http://a/Patient/1", "resource": {"resourceType": "Patient", "id": "1"}, "search": {"mode": "match", "score": 0.5}}]
    });
    assert_eq!(parse(&to_xml(&bundle).unwrap()).unwrap(), bundle);
}

#[test]
fn numbers_and_booleans_follow_the_table() {
    let read = parse("<Observation xmlns=\"http://hl7.org/fhir\"><valueQuantity><value value=\"6.0\"/><unit value=\"6.0\"/></valueQuantity></Observation>").unwrap();
    assert_eq!(read["valueQuantity"], json!({"value": 6.0, "unit": "6.0"}));
    assert!(to_xml(&read).unwrap().contains("<value value=\"6.0\"/>"));
    // A text that does not fit stays visible, for the shape check to name.
    assert_eq!(patient("<active value=\"yes\"/>").unwrap()["active"], json!("yes"));
    assert_eq!(patient("<multipleBirthInteger value=\"007\"/>").unwrap()["multipleBirthInteger"], json!("007"));
    let small = json!({"resourceType": "Observation", "valueQuantity": {"value": 1e-7}});
    assert!(to_xml(&small).unwrap().contains("value=\"0.0000001\""));
}

#[test]
fn an_element_without_value_or_extension_stays_visible() {
    assert_eq!(patient("<birthDate/>").unwrap()["_birthDate"], json!({}));
}

#[test]
fn prefixes_comments_and_schema_locations_are_understood() {
    let text = "<?xml version='1.0' encoding='utf-8'?><!-- a --><f:Patient xmlns:f='http://hl7.org/fhir' \
        xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:schemaLocation='a b'>\n <f:text><f:status value='empty'/>\
        <h:div xmlns:h='http://www.w3.org/1999/xhtml'>a<h:br/></h:div></f:text><!-- b --><f:active value='true'></f:active></f:Patient>\n";
    let read = parse(text).unwrap();
    assert_eq!(read["active"], json!(true));
    let div = read["text"]["div"].as_str().unwrap();
    assert!(div.starts_with("<div xmlns=\"http://www.w3.org/1999/xhtml\""), "{div}");
    assert!(div.ends_with(">a<br/></div>"), "{div}");
    assert_eq!(parse(&to_xml(&read).unwrap()).unwrap(), read);
}

#[test]
fn a_byte_order_mark_is_passed_over() {
    assert!(parse(&format!("\u{feff}{GOLDEN_XML}")).is_ok());
}

#[test]
fn document_types_are_refused() {
    let root = "<Patient xmlns=\"http://hl7.org/fhir\"><id value=\"a\"/></Patient>";
    assert!(parse(root).is_ok());
    for declaration in [
        "<!DOCTYPE Patient>",
        "<!DOCTYPE Patient SYSTEM \"http://example.org/x.dtd\">",
        "<!DOCTYPE Patient [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>",
    ] {
        assert_eq!(parse(&format!("{declaration}{root}")), Err(FhirFault::DocumentType));
    }
}

#[test]
fn a_billion_laughs_are_refused_at_the_door() {
    let mut text = String::from("<!DOCTYPE x [<!ENTITY a0 \"ha\">");
    for level in 1..10 {
        let inner = format!("&a{};", level - 1).repeat(10);
        text.push_str(&format!("<!ENTITY a{level} \"{inner}\">"));
    }
    text.push_str("]><Patient xmlns=\"http://hl7.org/fhir\"><id value=\"&a9;\"/></Patient>");
    assert_eq!(parse(&text), Err(FhirFault::DocumentType));
}

#[test]
fn entities_other_than_those_of_xml_are_refused() {
    let entity = |name: &str| Err(FhirFault::Entity { name: name.to_owned() });
    assert_eq!(patient("<id value=\"&own;\"/>"), entity("own"));
    let div = |text: &str| {
        patient(&format!("<text><status value='empty'/><div xmlns='http://www.w3.org/1999/xhtml'>{text}</div></text>"))
    };
    assert_eq!(div("a&nbsp;b"), entity("nbsp"));
    assert_eq!(div("<p title='&nbsp;'/>"), entity("nbsp"));
    assert!(div("a&#160;&amp;&lt;&#xA0;<p title='&gt;'/>").is_ok());
    assert!(patient("<id value=\"&#65;&apos;\"/>").is_ok());
    assert!(matches!(patient("<id value=\"&#0;\"/>"), Err(FhirFault::Syntax { .. })));
    assert!(matches!(patient("<id value=\"&#1;\"/>"), Err(FhirFault::Syntax { .. })));
    assert!(matches!(div("&#1;"), Err(FhirFault::Syntax { .. })));
}

#[test]
fn every_truncation_is_refused() {
    assert!(parse(GOLDEN_XML).is_ok());
    for (length, _) in GOLDEN_XML.char_indices() {
        assert!(parse(&GOLDEN_XML[..length]).is_err(), "{length}");
    }
}

#[test]
fn each_limit_stops_the_reader_and_not_before() {
    let nested = |levels: usize| {
        let (open, close) = ("<extension url=\"u\">".repeat(levels), "</extension>".repeat(levels));
        patient(&format!("{open}{close}"))
    };
    assert!(nested(63).is_ok());
    assert_eq!(nested(64), Err(FhirFault::TooDeep { limit: 64 }));
    assert_eq!(nested(100_000), Err(FhirFault::TooDeep { limit: 64 }));
    let deep_div = "<b>".repeat(100);
    let text = format!("<text><div xmlns='http://www.w3.org/1999/xhtml'>{deep_div}</div></text>");
    assert_eq!(patient(&text), Err(FhirFault::TooDeep { limit: 64 }));

    let few = Limits { nodes: 5, ..Limits::default() };
    let fault = parse_xml(GOLDEN_XML.as_bytes(), &few).unwrap_err();
    assert_eq!(fault, FhirFault::TooManyNodes { limit: 5 });
    let short = Limits { bytes: 10, ..Limits::default() };
    let fault = parse_xml(GOLDEN_XML.as_bytes(), &short).unwrap_err();
    assert_eq!(fault, FhirFault::TooLarge { limit: 10 });
}

#[test]
fn unknown_names_are_refused_with_their_path() {
    let unknown = |path: &str| Err(FhirFault::UnknownElement { path: path.to_owned() });
    assert_eq!(patient("<name><nick value='a'/></name>"), unknown("Patient.name[0].nick"));
    assert_eq!(patient("<name/><name kind='a'/>"), unknown("Patient.name[1].kind"));
    assert_eq!(patient("<birthDate value='a' when='b'/>"), unknown("Patient.birthDate.when"));
    assert_eq!(patient("<birthDate><name/></birthDate>"), unknown("Patient.birthDate.name"));
    assert_eq!(patient("<extension><url value='u'/></extension>"), unknown("Patient.extension[0].url"));
    let other = parse("<ServiceRequest xmlns=\"http://hl7.org/fhir\"/>");
    assert!(matches!(other, Err(FhirFault::UnknownType { .. })));
    let unheld = parse("<Endpoint xmlns=\"http://hl7.org/fhir\"/>");
    assert!(matches!(unheld, Err(FhirFault::UnheldType { .. })));
}

#[test]
fn foreign_namespaces_are_refused() {
    let foreign = |text: &str| matches!(parse(text), Err(FhirFault::Namespace { .. }));
    assert!(foreign("<Patient/>"));
    assert!(foreign("<Patient xmlns=\"urn:hl7-org:v3\"/>"));
    assert!(foreign("<Patient xmlns=\"http://hl7.org/fhir\"><id xmlns=\"u\" value=\"a\"/></Patient>"));
    assert!(foreign("<Patient xmlns=\"http://hl7.org/fhir\"><id xmlns:u=\"u\" u:value=\"a\"/></Patient>"));
    assert!(foreign("<Patient xmlns=\"http://hl7.org/fhir\"><text><div>a</div></text></Patient>"));
}

#[test]
fn a_single_element_may_not_repeat() {
    let fault = patient("<active value='true'/><active value='true'/>").unwrap_err();
    assert!(matches!(fault, FhirFault::Repeated { path } if path == "Patient.active"));
    assert!(matches!(patient("<maritalStatus/><maritalStatus/>"), Err(FhirFault::Repeated { .. })));
    assert!(patient("<name/><name/>").is_ok());
}

#[test]
fn what_is_not_well_formed_is_refused() {
    for inside in [
        "loose text",
        "<![CDATA[x]]>",
        "&amp;",
        "<id value='a'>",
        "<id value='a' value='b'/>",
        "<id value='<'/>",
        "<id value='\u{1}'/>",
        "<?xml version='1.0'?>",
        "</name>",
    ] {
        assert!(matches!(patient(inside), Err(FhirFault::Syntax { .. })), "{inside}");
    }
    for text in ["", "  ", "text", "<!-- a -->"] {
        assert!(matches!(parse(text), Err(FhirFault::Syntax { .. })), "{text}");
    }
    let twice = "<Patient xmlns=\"http://hl7.org/fhir\"/><Patient xmlns=\"http://hl7.org/fhir\"/>";
    assert!(matches!(parse(twice), Err(FhirFault::Syntax { .. })));
    let encoded = "<?xml version='1.0' encoding='ISO-8859-1'?><Patient xmlns=\"http://hl7.org/fhir\"/>";
    assert!(matches!(parse(encoded), Err(FhirFault::Encoding { .. })));
    assert!(matches!(parse_xml(b"<a>\xff</a>", &Limits::default()), Err(FhirFault::Encoding { .. })));
}

#[test]
fn a_resource_slot_holds_one_resource() {
    let inside = |text: &str| patient(&format!("<contained>{text}</contained>"));
    assert!(inside("<Patient/>").is_ok());
    assert!(matches!(inside(""), Err(FhirFault::NotAResource { .. })));
    assert!(matches!(inside("<Patient/><Patient/>"), Err(FhirFault::NotAResource { .. })));
}

#[test]
fn what_xml_cannot_carry_is_not_written() {
    let written = |patient: Value| to_xml(&patient);
    assert!(written(json!({"resourceType": "Patient", "active": true})).is_ok());
    for wrong in [
        json!({"resourceType": "Patient", "nick": "a"}),
        json!({"resourceType": "Patient", "_name": [{}]}),
        json!({"resourceType": "Patient", "active": [true, false]}),
        json!({"resourceType": "Patient", "active": {"a": 1}}),
        json!({"resourceType": "Patient", "name": ["a"]}),
        json!({"resourceType": "Patient", "name": []}),
        json!({"resourceType": "Patient", "id": "\u{1}"}),
        json!({"resourceType": "Patient", "contained": [{}]}),
        json!({"resourceType": "Patient", "extension": [{"url": 1}]}),
        json!({"resourceType": "Nothing"}),
        json!({}),
        json!(1),
    ] {
        assert!(written(wrong.clone()).is_err(), "{wrong}");
    }
}

#[test]
fn a_narrative_cannot_break_out_of_its_element() {
    let with = |div: &str| to_xml(&json!({"resourceType": "Patient", "text": {"status": "empty", "div": div}}));
    let open = "<div xmlns=\"http://www.w3.org/1999/xhtml\">";
    assert!(with(&format!("{open}a</div>")).is_ok());
    assert!(with(&format!("{open}a</div></text><active value='true'/><text>")).is_err());
    assert!(with(&format!("{open}a</div>b")).is_err());
    assert!(with(&format!("{open}a")).is_err());
    assert!(with("<!DOCTYPE div><div>a</div>").is_err());
    assert!(with("<div>a</div>").is_err());
    assert!(with("plain").is_err());
}

fn text() -> impl Strategy<Value = String> {
    // What XML 1.0 can carry, with the characters that need escaping well represented.
    proptest::collection::vec(
        prop_oneof![
            3 => proptest::char::range('a', 'z'),
            1 => proptest::sample::select(vec!['&', '<', '>', '"', '\'', '\n', '\r', '\t', ' ', ']']),
            1 => proptest::char::range('\u{a0}', '\u{d7ff}'),
            1 => proptest::char::range('\u{10000}', '\u{10ffff}'),
        ],
        1..12,
    )
    .prop_map(|characters| characters.into_iter().collect())
}

fn extension() -> impl Strategy<Value = Value> {
    prop_oneof![
        text().prop_map(|text| json!({"url": text, "valueString": text})),
        any::<bool>().prop_map(|value| json!({"url": "u", "valueBoolean": value})),
        any::<i32>().prop_map(|value| json!({"url": "u", "valueInteger": value})),
        (-1.0e12..1.0e12_f64).prop_map(|value| json!({"id": "i", "url": "u", "valueDecimal": value})),
    ]
}

fn name() -> impl Strategy<Value = Value> {
    let given = proptest::collection::vec((proptest::option::of(text()), extension()), 0..4);
    (proptest::option::of(text()), given).prop_map(|(family, given)| {
        let mut name = Map::new();
        name.insert("text".to_owned(), json!("always there"));
        if let Some(family) = family {
            name.insert("family".to_owned(), json!(family));
        }
        let twins: Vec<_> = given
            .iter()
            .map(|(value, extension)| match value {
                Some(_) => Value::Null,
                None => json!({"extension": [extension]}),
            })
            .collect();
        if given.iter().any(|(value, _)| value.is_some()) {
            let values: Vec<_> = given.iter().map(|(value, _)| json!(value)).collect();
            name.insert("given".to_owned(), Value::Array(values));
        }
        if twins.iter().any(|twin| !twin.is_null()) {
            name.insert("_given".to_owned(), Value::Array(twins));
        }
        Value::Object(name)
    })
}

fn resource() -> impl Strategy<Value = Value> {
    let names = proptest::collection::vec(name(), 1..4);
    let extensions = proptest::collection::vec(extension(), 1..3);
    (text(), any::<bool>(), names, extensions, -500_i32..500).prop_map(|(id, active, names, extensions, birth)| {
        json!({
            "resourceType": "Patient", "id": id, "active": active, "name": names,
            "contained": [{"resourceType": "Practitioner", "extension": extensions}],
            "multipleBirthInteger": birth
        })
    })
}

proptest! {
    #[test]
    fn what_is_written_reads_back_the_same(resource in resource()) {
        let xml = to_xml(&resource).unwrap();
        let read = parse(&xml).unwrap();
        prop_assert_eq!(&read, &resource);
        let through_json = parse_json(resource.to_string().as_bytes(), &Limits::default()).unwrap();
        prop_assert_eq!(&through_json, &resource);
        prop_assert_eq!(to_xml(&read).unwrap(), xml);
    }

    #[test]
    fn any_text_gives_an_answer(text in ".{0,200}") {
        let _ = parse(&text);
    }

    #[test]
    fn any_damage_to_a_document_gives_an_answer(at in 0_usize..1000, byte in any::<u8>()) {
        let mut bytes = GOLDEN_XML.as_bytes().to_vec();
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Ok(resource) = parse_xml(&bytes, &Limits::default()) {
            // What was readable is a tree the writer either takes or refuses, never panics on.
            let _ = to_xml(&resource);
        }
    }
}
