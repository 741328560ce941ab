//! The reference data hold together, and a folder of files becomes the same shape.

#![allow(clippy::unwrap_used)]

use std::path::Path;

use super::reference::{FIRST, OTHER_PATIENT, PATIENT, SECOND, WITHOUT_IMAGES};
use super::*;
use crate::base::bsn::passes_eleven_test;
use crate::base::digest::hex;
use crate::wire::dicom::manifest::Manifest;
use crate::wire::dicom::{EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN, RLE, is_uid, read_bytes};
use crate::wire::metadata::{EntryKind, MetadataProfile};
use crate::wire::xml;

fn profile(id: &str) -> MetadataProfile {
    let path = format!("{}/profiles/beeldbeschikbaarheid/metadata/{id}.yaml", env!("CARGO_MANIFEST_DIR"));
    serde_saphyr::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn reference() -> Archive {
    Archive::reference(&profile("nictiz-bbs-1.0.0-alpha2")).unwrap()
}

#[test]
fn two_communities_three_patients_and_one_of_them_without_images() {
    let archive = reference();
    assert_eq!(archive.communities.iter().map(|c| c.home.as_str()).collect::<Vec<_>>(), [FIRST, SECOND]);
    assert_eq!(archive.patients().into_iter().collect::<Vec<_>>(), [PATIENT, OTHER_PATIENT]);
    for bsn in [PATIENT, OTHER_PATIENT, WITHOUT_IMAGES] {
        assert!(passes_eleven_test(bsn));
    }
    let kinds = |home| archive.community(home).unwrap().documents.iter().map(|d| d.entry.kind).collect::<Vec<_>>();
    use EntryKind::{Images, ReportCda, ReportPdf};
    assert_eq!(kinds(FIRST), [Images, ReportPdf, Images, ReportCda, Images, ReportPdf]);
    assert_eq!(kinds(SECOND), [Images, ReportCda]);
}

#[test]
fn every_manifest_lists_exactly_the_instances_of_its_study() {
    for community in reference().communities {
        let manifests = community.documents.iter().filter(|d| d.entry.kind == EntryKind::Images);
        for document in manifests {
            let manifest = Manifest::of(&read_bytes(&document.content.bytes().unwrap()).unwrap()).unwrap();
            assert_eq!(manifest.faults(), []);
            assert_eq!(manifest.sop_instance.as_deref(), Some(document.entry.unique_id.as_str()));
            let own = community.instances.iter().filter(|i| Some(&i.study) == manifest.study.as_ref());
            let rows = manifest.rows(&community.home);
            assert_eq!(
                rows.iter().map(|row| row.document.as_str()).collect::<Vec<_>>(),
                own.map(|i| i.sop_instance.as_str()).collect::<Vec<_>>()
            );
            assert!(rows.iter().all(|row| row.repository.as_ref() == Some(&community.imaging_source)));
        }
    }
}

#[test]
fn size_hash_and_references_are_those_of_the_document() {
    use sha1::Digest as _;
    for community in reference().communities {
        for Document { entry, content } in &community.documents {
            let bytes = content.bytes().unwrap();
            assert_eq!(entry.size, bytes.len() as u64);
            assert_eq!(entry.hash, hex(&sha1::Sha1::digest(&bytes)));
            assert_eq!((&entry.home, &entry.repository), (&community.home, &community.repository));
            assert!(is_uid(&entry.unique_id) && entry.entry_uuid.starts_with("urn:uuid:"));
            let twins = community.documents.iter().filter(|other| other.entry.reference_ids == entry.reference_ids);
            assert_eq!(twins.count(), 2, "images and report carry the same references");
            assert_eq!(entry.events.is_empty(), entry.kind != EntryKind::Images);
        }
    }
}

#[test]
fn instances_are_given_in_the_first_syntax_that_is_there() {
    let archive = reference();
    let first = archive.community(FIRST).unwrap();
    let facts = |wanted: &[&str], uid: &str| {
        let (syntax, bytes) = first.instance(uid).unwrap().given_as(wanted).unwrap()?;
        let facts = read_bytes(&bytes).unwrap().facts();
        assert_eq!((facts.transfer_syntax.as_ref(), facts.sop_instance.as_deref()), (Some(&syntax), Some(uid)));
        Some(syntax)
    };
    let jpeg = "1.2.840.10008.1.2.4.90";
    let (cr, us) = ("2.999.50.1.1.1", "2.999.50.3.1.1");
    assert_eq!(facts(&[jpeg, IMPLICIT_LITTLE_ENDIAN], cr).as_deref(), Some(IMPLICIT_LITTLE_ENDIAN));
    assert_eq!(facts(&[RLE, EXPLICIT_LITTLE_ENDIAN], us).as_deref(), Some(RLE));
    assert_eq!(facts(&[RLE, EXPLICIT_LITTLE_ENDIAN], cr).as_deref(), Some(EXPLICIT_LITTLE_ENDIAN));
    assert_eq!(facts(&[jpeg], cr), None);
}

#[test]
fn both_profiles_have_codes_and_differ_in_those_of_reports() {
    let twiin = Archive::reference(&profile("twiin-1.2")).unwrap();
    let nictiz = reference();
    let class = |archive: &Archive, at: usize| archive.communities[0].documents[at].entry.class.code.clone();
    assert_eq!((class(&twiin, 0), class(&nictiz, 0)), ("IMAGES".to_owned(), "IMAGES".to_owned()));
    assert_eq!((class(&twiin, 1), class(&nictiz, 1)), ("9491000146107".to_owned(), "REPORTS".to_owned()));
}

#[test]
fn reports_are_archival_pdf_and_cda_and_the_same_every_time() {
    let archive = reference();
    let first = &archive.communities[0];
    let pdf = first.documents[1].content.bytes().unwrap();
    assert!(pdf.starts_with(b"%PDF-1."));
    assert!(String::from_utf8_lossy(&pdf).contains("pdfaid:part>2<"));
    let cda = xml::parse(&first.documents[3].content.bytes().unwrap(), &xml::Limits::default()).unwrap();
    assert_eq!((cda.name.as_str(), cda.namespace.as_str()), ("ClinicalDocument", "urn:hl7-org:v3"));
    let again = reference();
    for (one, other) in first.documents.iter().zip(&again.communities[0].documents) {
        assert_eq!(one.entry, other.entry);
    }
}

/// Writes an archive into folders, one for each study.
fn pour(archive: &Archive, with_manifests: bool, into: &Path) {
    for community in archive.communities.iter().take(1) {
        for instance in &community.instances {
            let folder = into.join(&instance.study);
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join(&instance.sop_instance), instance.forms[0].content.bytes().unwrap()).unwrap();
        }
        for document in &community.documents {
            let (study, _) = document.entry.unique_id.rsplit_once('.').unwrap();
            if with_manifests || document.entry.kind != EntryKind::Images {
                std::fs::write(into.join(study).join(&document.entry.unique_id), document.content.bytes().unwrap())
                    .unwrap();
            }
        }
    }
}

#[test]
fn a_folder_becomes_an_archive_with_and_without_manifests() {
    let reference = reference();
    for with_manifests in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        pour(&reference, with_manifests, folder.path());
        let read = Archive::folder(folder.path(), &profile("nictiz-bbs-1.0.0-alpha2")).unwrap();
        let (theirs, ours) = (&read.communities[0], &reference.communities[0]);
        let uids = |c: &Community| {
            let mut uids: Vec<_> = c.instances.iter().map(|i| i.sop_instance.clone()).collect();
            uids.sort();
            uids
        };
        assert_eq!(uids(theirs), uids(ours));
        assert_eq!(theirs.documents.len(), ours.documents.len());
        for document in theirs.documents.iter().filter(|d| d.entry.kind == EntryKind::Images) {
            let manifest = Manifest::of(&read_bytes(&document.content.bytes().unwrap()).unwrap()).unwrap();
            assert_eq!(manifest.faults(), []);
            let same = ours.document(&document.entry.unique_id).unwrap();
            assert_eq!(
                (&same.entry.hash, &same.entry.reference_ids),
                (&document.entry.hash, &document.entry.reference_ids)
            );
        }
        assert_eq!(theirs.imaging_source, ours.imaging_source);
    }
}

#[test]
fn files_that_have_no_place_are_told_with_their_path() {
    let reference = reference();
    let refused = |spoil: &dyn Fn(&Path)| {
        let folder = tempfile::tempdir().unwrap();
        pour(&reference, true, folder.path());
        spoil(folder.path());
        Archive::folder(folder.path(), &profile("nictiz-bbs-1.0.0-alpha2")).unwrap_err().to_string()
    };
    let other = refused(&|folder| std::fs::write(folder.join("notes.txt"), "hello").unwrap());
    assert!(other.contains("notes.txt") && other.contains("neither DICOM"), "{other}");
    let alone = refused(&|folder| std::fs::write(folder.join("report.pdf"), "%PDF-1.7").unwrap());
    assert!(alone.contains("exactly one study"), "{alone}");
    let twice = refused(&|folder| {
        let study = folder.join("2.999.50.1");
        std::fs::copy(study.join("2.999.50.1.1.1"), study.join("copy")).unwrap();
    });
    assert!(twice.contains("twice"), "{twice}");
    let cut = refused(&|folder| {
        let file = folder.join("2.999.50.1/2.999.50.1.1.1");
        let bytes = std::fs::read(&file).unwrap();
        std::fs::write(&file, &bytes[..bytes.len() - 10]).unwrap();
    });
    assert!(cut.contains("ends at byte"), "{cut}");
}

mod behind_a_gateway {
    //! The gateway answers out of the reference data, and what it gives is what the index and the request say.

    use std::sync::Arc;

    use serde_json::Value;

    use super::*;
    use crate::simulator::xca::{Caller, Gateway, Script};
    use crate::wire::http::{HttpRequest, header};
    use crate::wire::soap::{self, Addressing, Version};
    use crate::wire::xds::{
        Cx, DocumentId, ImagingRequest, QueryRequest, RetrieveRequest, STORED_QUERIES, Series, Study, Transaction,
        describe, write_list, write_text,
    };

    fn asked(gateway: &Gateway, transaction: Transaction, body: &str) -> Value {
        let addressing = Addressing::request(transaction.request_action(), "https://localhost/xca", "urn:uuid:1");
        let text = soap::write(Version::V12, &addressing, &[], body);
        let request = HttpRequest {
            method: "POST".into(),
            target: crate::simulator::xca::PATH.into(),
            headers: vec![("content-type".into(), Version::V12.content_type().into())],
            body: text.into_bytes(),
        };
        let (response, _) = gateway.respond(&request);
        let content_type = header(&response.headers, "content-type").unwrap_or_default().to_owned();
        describe(&content_type, &response.body).unwrap()["body"].take()
    }

    fn timeline(gateway: &Gateway, bsn: &str) -> Value {
        let request = QueryRequest::new(&STORED_QUERIES[0])
            .with("$XDSDocumentEntryPatientId", &[write_text(&Cx::bsn(bsn).write())])
            .with("$XDSDocumentEntryStatus", &[write_list(&["urn:oasis:names:tc:ebxml-regrep:StatusType:Approved"])]);
        asked(gateway, Transaction::Iti38, &request.xml())
    }

    #[test]
    fn timeline_documents_and_images_fit_each_other() {
        let holdings = Arc::new(reference().holdings());
        let gateway = Gateway::new(holdings, Arc::new(|_: &[u8]| Ok(Caller::default())), Script::default());
        assert_eq!(timeline(&gateway, WITHOUT_IMAGES)["documents"], Value::Array(Vec::new()));
        let entries = timeline(&gateway, PATIENT)["documents"].as_array().unwrap().clone();
        assert_eq!(entries.len(), 6);
        for entry in &entries {
            let text = |name: &str| entry[name].as_str().unwrap();
            let id = DocumentId::new(text("home"), text("repositoryUniqueId"), text("uniqueId"));
            let answer = asked(&gateway, Transaction::Iti39, &RetrieveRequest::new(vec![id]).xml());
            let document = &answer["documents"][0];
            assert_eq!((&document["sha1"], &document["mimeType"]), (&entry["hash"], &entry["mimeType"]));
            let kind = document["content"]["kind"].as_str().unwrap();
            assert!(["manifest", "pdf", "cda"].contains(&kind), "{document}");
            if kind == "manifest" {
                images(&gateway, text("home"), &document["content"]["manifest"]);
            }
        }
    }

    /// Asks for everything that a manifest lists.
    fn images(gateway: &Gateway, home: &str, manifest: &Value) {
        let mut studies: Vec<Study> = Vec::new();
        let references = manifest["references"].as_array().unwrap();
        for reference in references {
            let text = |name: &str| reference[name].as_str().unwrap().to_owned();
            let documents = vec![DocumentId::new(home, &text("location"), &text("sop-instance"))];
            studies.push(Study { uid: text("study"), series: vec![Series { uid: text("series"), documents }] });
        }
        let syntaxes = vec!["1.2.840.10008.1.2.4.90".to_owned(), IMPLICIT_LITTLE_ENDIAN.to_owned()];
        let request = ImagingRequest { studies, transfer_syntaxes: syntaxes, in_order: true };
        let answer = asked(gateway, Transaction::Rad75, &request.xml());
        let given = answer["documents"].as_array().unwrap();
        assert_eq!(given.len(), references.len(), "{answer}");
        for (document, reference) in given.iter().zip(references) {
            let facts = &document["content"]["facts"];
            assert_eq!(facts["transfer-syntax"], IMPLICIT_LITTLE_ENDIAN);
            for name in ["sop-instance", "sop-class", "study", "series"] {
                assert_eq!(facts[name], reference[name]);
            }
        }
    }
}
