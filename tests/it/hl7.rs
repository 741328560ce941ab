//! `hl7 check`: messages and documents of birth care are recognised, and acute handoffs judged, without a verdict of Twiin.

use std::path::Path;

use serde_json::Value;

use super::support::{Did, folder, harness, root};

/// The message of the reference, filled in.
fn handoff() -> String {
    let text = std::fs::read_to_string(root().join("scenarios/geboortezorg/_fixtures/acute-handoff.xml")).unwrap();
    let values = [
        ("message.id", "1"),
        ("message.time", "20260101120000"),
        ("sender.user", "900012345"),
        ("sender.ura", "90000001"),
        ("patient.bsn", "999943145"),
    ];
    values.into_iter().fold(text, |text, (name, value)| text.replace(&format!("${{{name}}}"), value))
}

fn check(dir: &Path, files: &[(&str, &str)], arguments: &[&str]) -> Did {
    for (name, text) in files {
        std::fs::write(dir.join(name), text).unwrap();
    }
    let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
    harness(dir, &[&["hl7", "check"], &names[..], arguments].concat())
}

#[test]
fn an_acute_handoff_is_held_against_its_requirements_and_tells_of_nobody() {
    let dir = folder();
    let good = check(dir.path(), &[("good.xml", &handoff())], &[]);
    assert_eq!(good.code, 0, "{}{}", good.out, good.err);
    assert!(good.out.contains("Acute overdracht") && good.out.contains("geen oordeel van Twiin"), "{}", good.out);
    let wrong = handoff().replace("999943145", "999943146").replace("\"810\"", "\"811\"");
    let wrong = check(dir.path(), &[("wrong.xml", &wrong)], &["--lang", "en"]);
    assert_eq!(wrong.code, 1, "{}", wrong.out);
    assert!(wrong.out.contains("GBZ-040") && wrong.out.contains("GBZ-042"), "{}", wrong.out);
    assert!(!wrong.out.contains("GBZ-041") && !wrong.out.contains("GBZ-043"), "{}", wrong.out);
    assert!(!wrong.out.contains("999943146") && !wrong.out.contains("Verzonnen"));
    let json = check(dir.path(), &[("good.xml", &handoff())], &["--format", "json"]);
    let value: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(value["adopted-by-twiin"], false);
    assert_eq!(value["files"][0]["kind"], "acute-handoff");
    assert!(value["files"][0]["findings"].as_array().unwrap().iter().all(|f| f["result"] == "met"));
}

#[test]
fn messages_for_the_registry_are_recognised_and_get_no_verdict() {
    let dir = folder();
    let kernset = "<?xml-model href=\"file:/nowhere.sch\"?><REPC_IN004014NL xmlns=\"urn:hl7-org:v3\"><interactionId extension=\"REPC_IN004014NL\"/>\
                   <ControlActProcess><subject><registrationProcess><subject2><CareProvisionEvent><templateId root=\"2.16.840.1.113883.2.4.6.10.90.76\"/>\
                   </CareProvisionEvent></subject2></registrationProcess></subject></ControlActProcess></REPC_IN004014NL>";
    let document = "<ClinicalDocument xmlns=\"urn:hl7-org:v3\"><templateId root=\"2.16.840.1.113883.2.4.6.10.90.901181\"/><code code=\"118761000146105\"/>\
                    <component><structuredBody><component><section><templateId root=\"2.16.840.1.113883.2.4.6.10.90.901111\"/><code code=\"79192-1\"/>\
                    </section></component></structuredBody></component></ClinicalDocument>";
    let did = check(dir.path(), &[("kernset.xml", kernset), ("neo.xml", document)], &[]);
    assert_eq!(did.code, 0, "{}{}", did.out, did.err);
    for told in ["Kernset Geboortezorg", "Kernset Neonatologie", "901181", "118761000146105", "79192-1", "901111"] {
        assert!(did.out.contains(told), "{told}: {}", did.out);
    }
    assert_eq!(did.out.matches("geen uitwisseling tussen zorgaanbieders: geen oordeel").count(), 2);
    assert!(!did.out.contains("GBZ-"), "{}", did.out);
}

#[test]
fn what_is_unknown_is_told_and_what_is_no_xml_is_an_error() {
    let dir = folder();
    let unknown =
        check(dir.path(), &[("other.xml", "<ClinicalDocument xmlns=\"urn:hl7-org:v3\"/>")], &["--lang", "en"]);
    assert_eq!(unknown.code, 3, "{}", unknown.out);
    assert!(unknown.out.contains("another document of CDA"));
    let deep = format!("{}{}", "<a>".repeat(5000), "</a>".repeat(5000));
    let entity = "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:/etc/passwd\">]><a>&b;</a>";
    for (name, text) in [("cut.xml", "<a>"), ("dtd.xml", entity), ("deep.xml", &deep), ("text.xml", "no XML")] {
        let did = check(dir.path(), &[(name, text)], &[]);
        assert_eq!(did.code, 2, "{name}: {}", did.out);
        assert!(did.err.contains(name), "{}", did.err);
    }
    std::fs::write(dir.path().join("latin.xml"), b"<a>\xe9</a>").unwrap();
    assert_eq!(harness(dir.path(), &["hl7", "check", "latin.xml"]).code, 2);
    assert_eq!(harness(dir.path(), &["hl7", "check", "absent.xml"]).code, 2);
}

#[test]
fn a_file_that_cannot_be_read_takes_nothing_from_the_others() {
    let dir = folder();
    let did = check(dir.path(), &[("a.xml", "<broken"), ("b.xml", &handoff())], &["--lang", "en"]);
    assert_eq!(did.code, 2, "{}", did.out);
    assert!(did.err.contains("a.xml") && did.out.contains("b.xml"), "{}{}", did.out, did.err);
}
