//! Requests of a gateway are what the scenario asks for, and odd in exactly the way that it names.

#![allow(clippy::unwrap_used)]
use serde_json::Value;
use strum::IntoEnumIterator as _;
use time::Duration;

use super::*;
use crate::wire::http::{HttpRequest, header};
use crate::wire::saml::{self, Assertion, Signer};
use crate::wire::xds::describe;

const PATIENT: &str = "999943145";

/// A key in PEM with its self-signed certificate.
fn own() -> (String, Vec<u8>) {
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["localhost".into()]).unwrap().self_signed(&key).unwrap();
    (key.serialize_pem(), certificate.der().to_vec())
}

fn sent(word: &impl Body) -> HttpRequest {
    let (key, certificate) = own();
    let (other, forged) = own();
    let assertion =
        Assertion::draft("urn:oid:2.999.2", "SIM-arts", "urn:oid:2.999.1", Duration::minutes(10), Vec::new());
    let asking = Asking {
        to: "https://localhost/xca",
        patient: PATIENT,
        assertion: &assertion,
        signer: Signer { key_pem: &key, certificate: &certificate },
        stranger: Signer { key_pem: &other, certificate: &forged },
        means: None,
    };
    asking.request(word).unwrap()
}

fn described(word: &impl Body) -> Value {
    let request = sent(word);
    describe(header(&request.headers, "content-type").unwrap(), &request.body).unwrap()
}

fn query(yaml: &str) -> GatewayQuery {
    serde_json::from_str(yaml).unwrap()
}

#[test]
fn a_query_without_more_asks_for_the_timeline_of_the_patient() {
    let value = described(&query("{}"));
    assert_eq!((&value["transaction"], &value["kind"]), (&"iti-38".into(), &"request".into()));
    assert_eq!((&value["body"]["storedQuery"], &value["securityHeaders"]), (&"FindDocuments".into(), &1.into()));
    let parameters = value["body"]["parameters"].as_array().unwrap();
    assert_eq!(parameters.len(), 2);
    assert_eq!(parameters[0]["values"][0], format!("'{PATIENT}^^^&2.16.840.1.113883.2.4.6.3&ISO'"));
}

#[test]
fn parameters_are_added_left_out_and_written_as_they_stand() {
    let value = described(&query(
        r#"{"returns": "references", "home": "urn:oid:2.999.1.1", "target-communities": [], "without": ["$XDSDocumentEntryStatus"],
            "parameters": [{"name": "$a", "any-of": ["x", "y'z"]}, {"name": "$b", "written": "2026"}]}"#,
    ));
    let body = &value["body"];
    assert_eq!((&body["returnType"], &body["home"]), (&"objectRef".into(), &"urn:oid:2.999.1.1".into()));
    let values: Vec<_> =
        body["parameters"].as_array().unwrap().iter().map(|p| p["values"][0].as_str().unwrap()).collect();
    assert_eq!(values[1..], ["('x','y''z')", "2026", "()"]);
    let unknown = described(&query(r#"{"stored-query": "urn:uuid:0"}"#));
    assert_eq!((&unknown["body"]["id"], &unknown["body"]["storedQuery"]), (&"urn:uuid:0".into(), &Value::Null));
    let by_id = described(&query(r#"{"stored-query": "GetDocuments"}"#));
    assert_eq!(by_id["body"]["parameters"], Value::Array(Vec::new()));
}

#[test]
fn documents_and_images_stand_where_the_standard_has_them() {
    let word: GatewayRetrieve =
        serde_json::from_str(r#"{"documents": [{"repository": "1.2", "document": "1.3"}]}"#).unwrap();
    let value = described(&word);
    assert_eq!((&value["transaction"], &value["body"]["documents"][0]["home"]), (&"iti-39".into(), &Value::Null));
    let word: GatewayImages = serde_json::from_str(
        r#"{"images": [{"study": "1", "series": "2", "source": "9", "instance": "3"},
            {"study": "1", "series": "2", "source": "9", "instance": "4"}, {"study": "1", "series": "5", "source": "9", "instance": "6"}]}"#,
    )
    .unwrap();
    let value = described(&word);
    let series = value["body"]["studies"][0]["series"].as_array().unwrap();
    assert_eq!((series.len(), series[0]["documents"].as_array().unwrap().len()), (2, 2));
    assert_eq!(value["body"]["transferSyntaxes"][0], "1.2.840.10008.1.2.1");
}

#[test]
fn a_message_is_odd_in_the_way_that_its_form_says() {
    let with = |form: &str| described(&query(&format!(r#"{{"message": {form}}}"#)));
    assert_eq!(with(r#"{"soap-11": true}"#)["soap"], "1.1");
    assert_eq!(with(r#"{"action": "iti-39"}"#)["transaction"], "iti-39");
    assert_eq!(with(r#"{"assertion": "no-security-header"}"#)["securityHeaders"], 0);
    assert_eq!(with(r#"{"reply-to": "https://localhost/later"}"#)["addressing"]["replyTo"], "https://localhost/later");
    assert_eq!(with(r#"{"packaged": true}"#)["package"]["package"], true);
    let strange = with(r#"{"strange-header": true}"#);
    assert!(strange["mustUnderstand"].as_array().unwrap().contains(&"Strange".into()));
    let unsigned = sent(&query(r#"{"message": {"assertion": "unsigned"}}"#));
    assert_eq!(saml::facts(&unsigned.body).unwrap().signature, "unsigned");
    assert_eq!(saml::facts(&sent(&query("{}")).body).unwrap().signature, "verified");
}

#[test]
fn of_hostile_messages_only_the_legal_one_is_read() {
    for hostile in Hostile::iter() {
        let message = MessageForm { hostile: Some(hostile), ..MessageForm::default() };
        let request = sent(&GatewayQuery { message, ..query("{}") });
        let read = describe(header(&request.headers, "content-type").unwrap(), &request.body);
        assert_eq!(read.is_some(), hostile == Hostile::Utf16, "{hostile:?}");
    }
}
