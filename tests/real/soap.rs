//! MTOM beside a SOAP stack that others made: zeep reads packages of ours in every legal form, and we read its request.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use twiin_harness::wire::mtom::{Attachment, Facts, Outgoing, Packing};
use twiin_harness::wire::soap::{self, Addressing, Version};
use twiin_harness::wire::xds::{DocumentId, Payload, RetrieveResponse, Retrieved, Transaction, describe};

use super::support;

/// Two documents, one with every byte value and with line ends at both of its ends.
fn documents() -> Vec<Vec<u8>> {
    let binary: Vec<u8> = (0..=255_u8).cycle().take(70_001).collect();
    vec![[b"%PDF-1.7 SIM ".to_vec(), binary].concat(), b"<ClinicalDocument xmlns=\"urn:hl7-org:v3\"/>".to_vec()]
}

fn outgoing(documents: &[Vec<u8>]) -> Outgoing {
    let mut given = Vec::new();
    let mut attachments = Vec::new();
    for (number, bytes) in documents.iter().enumerate() {
        let content_id = format!("part{number}@twiin-harness.test");
        let id = DocumentId::new("urn:oid:2.999.1.1", "2.999.1.1.10", &format!("2.999.{number}"));
        let payload = Payload::Include(format!("cid:{content_id}"));
        given.push(Retrieved { id, mime_type: Some("application/pdf".into()), payload });
        attachments.push(Attachment { content_id, media_type: "application/pdf".into(), bytes: bytes.clone() });
    }
    let body = RetrieveResponse::of(given, Vec::new()).xml();
    let asked = Addressing::request("urn:x", "https://localhost/xca", "urn:uuid:1");
    let addressing = asked.answer(Transaction::Iti39.response_action(), "urn:uuid:2");
    Outgoing { envelope: soap::write(Version::V12, &addressing, &[], &body), attachments }
}

/// What zeep read of an answer, and what it had sent: content type and message.
fn exchanged(kind: &str, answer: &[u8]) -> (Value, String, Vec<u8>) {
    let python = std::env::var("TWIIN_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real/zeep");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("answer.bin"), answer).unwrap();
    support::write(folder.path(), "answer.type", kind);
    let mut command = Command::new(python);
    command.arg(here.join("check.py")).arg(here.join("retrieve.wsdl")).arg(folder.path());
    let said = support::text_of(&mut command);
    let sent = std::fs::read(folder.path().join("request.bin")).unwrap();
    let kind = std::fs::read_to_string(folder.path().join("request.type")).unwrap();
    (serde_json::from_str(&said).unwrap(), kind, sent)
}

#[test]
fn zeep_reads_packages_of_ours_whole_and_in_base64_and_we_read_its_request() {
    let documents = documents();
    let packings = [
        Packing::default(),
        Packing { base64: true, ..Packing::default() },
        Packing { inline: true, ..Packing::default() },
    ];
    for packing in packings {
        let (kind, answer) = outgoing(&documents).pack(&packing);
        let (read, asked_kind, asked) = exchanged(&kind.to_string(), &answer);
        let expected: Vec<Value> = documents
            .iter()
            .enumerate()
            .map(|(number, bytes)| {
                let facts = Facts::of(bytes);
                json!({
                    "home": "urn:oid:2.999.1.1", "document": format!("2.999.{number}"), "mime": "application/pdf",
                    "sha1": facts.sha1, "length": facts.length,
                })
            })
            .collect();
        assert_eq!(read["documents"], Value::Array(expected), "{packing:?}");
        assert_eq!(read["status"], "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Success");

        let ours = describe(&asked_kind, &asked).unwrap();
        assert_eq!(
            (&ours["soap"], &ours["transaction"], &ours["kind"]),
            (&"1.2".into(), &"iti-39".into(), &"request".into())
        );
        assert_eq!(ours["addressing"]["action"], Transaction::Iti39.request_action());
        let wanted = json!([{ "home": "urn:oid:2.999.1.1", "repository": "2.999.1.1.10", "document": "2.999.5" }]);
        assert_eq!(ours["body"]["documents"], wanted);
    }
}
