//! What a document is, told from its bytes alone: a PDF, a CDA, a DICOM object, a manifest of images.
//!
//! A media type and the metadata of an index say what a document should be; this says what it is. The JSON form
//! ([`describe`]) stands in a transcript in the place of the content, so that judging needs no bytes:
//!
//! ```json
//! { "kind": "pdf", "version": "1.7", "archival": { "part": "2", "conformance": "B" }, "complete": true }
//! { "kind": "cda", "id": "2.999.50.1.8", "patient": "999943145" }
//! { "kind": "dicom", "facts": { "sop-instance": "2.999.50.1.1.1", "transfer-syntax": "1.2.840.10008.1.2.1" } }
//! { "kind": "manifest", "facts": {}, "manifest": { "references": [], "faults": ["no-references"] } }
//! { "kind": "other", "fault": "truncated", "reason": "…" }
//! ```
//!
//! `kind` is `pdf`, `cda`, `xml`, `dicom`, `manifest` or `other`. What begins as DICOM or XML and cannot be read is `other`, with the
//! fault.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;
use serde_json::{Value, json};

use super::dicom::manifest::{Manifest, SOP_CLASS};
use super::dicom::{self, DicomFault, Object};
use super::xml::{self, Element};

/// Namespace of CDA.
pub const HL7: &str = "urn:hl7-org:v3";
/// Limits of a CDA: a document with pictures in it is large, and not deep.
const XML: xml::Limits = xml::Limits { bytes: 64 << 20, depth: 128 };
/// Bytes of the metadata of a PDF.
const XMP: usize = 1 << 20;
/// Streams of metadata that are looked into.
const STREAMS: usize = 64;

/// Bytes of a file that are in memory at a time.
pub const WINDOW: usize = 8 << 20;

/// The JSON form of a document.
pub fn describe(bytes: &[u8]) -> Value {
    if bytes.starts_with(b"%PDF-") {
        return pdf(bytes);
    }
    if bytes.get(128..132) == Some(b"DICM") {
        return of_dicom(&dicom::read_bytes(bytes));
    }
    let begin = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match begin.iter().find(|b| !b.is_ascii_whitespace()) {
        Some(b'<') => of_xml(bytes),
        _ => json!({ "kind": "other" }),
    }
}

/// The JSON form of a document in a file, of which never more than [`WINDOW`] bytes are in memory.
///
/// # Errors
/// When the file cannot be read.
pub fn describe_file(file: &mut (impl Read + Seek)) -> io::Result<Value> {
    file.seek(SeekFrom::Start(0))?;
    let mut begin = Vec::new();
    file.take(WINDOW as u64).read_to_end(&mut begin)?;
    if begin.len() < WINDOW {
        return Ok(describe(&begin));
    }
    if begin.get(128..132) == Some(b"DICM") {
        drop(begin);
        file.seek(SeekFrom::Start(0))?;
        return Ok(of_dicom(&dicom::read(BufReader::with_capacity(1 << 16, file), &dicom::Limits::default())));
    }
    if begin.starts_with(b"%PDF-") {
        return large_pdf(file, begin);
    }
    let reason = format!("has more than {WINDOW} bytes");
    Ok(json!({ "kind": "other", "fault": "too-large", "reason": reason }))
}

/// A PDF of which only windows are looked at; they overlap, for what stands across their edges.
fn large_pdf(file: &mut impl Read, mut window: Vec<u8>) -> io::Result<Value> {
    let mut told = pdf(&window);
    loop {
        window = window.split_off(window.len().saturating_sub(XMP));
        let before = window.len();
        file.take((WINDOW - before) as u64).read_to_end(&mut window)?;
        if window.len() == before {
            return Ok(told);
        }
        // A claim may be cut in two by the edge of the window before.
        if told["archival"]["conformance"].is_null()
            && let Some(found) = claim(&window)
        {
            told["archival"] = found;
        }
        told["complete"] = ends(&window).into();
    }
}

/// The JSON form of a DICOM file that was read from a stream, or could not be.
pub fn of_dicom(read: &Result<Object, DicomFault>) -> Value {
    match read {
        Err(fault) => json!({ "kind": "other", "fault": fault.code(), "reason": fault.to_string() }),
        Ok(object) => {
            let facts = object.facts();
            let manifest = Manifest::of(object).filter(|_| facts.sop_class.as_deref() == Some(SOP_CLASS));
            match manifest {
                Some(manifest) => json!({ "kind": "manifest", "facts": facts.json(), "manifest": manifest.json() }),
                None => json!({ "kind": "dicom", "facts": facts.json() }),
            }
        }
    }
}

fn of_xml(bytes: &[u8]) -> Value {
    match xml::parse(bytes, &XML) {
        Err(fault) => json!({ "kind": "other", "fault": "xml", "reason": fault.to_string() }),
        Ok(root) if root.name == "ClinicalDocument" && root.namespace == HL7 => cda(&root),
        Ok(root) => json!({ "kind": "xml", "element": root.name, "namespace": root.namespace }),
    }
}

/// A CDA: its id, and the first id of the patient.
fn cda(root: &Element) -> Value {
    let child = |of: &Element, name: &str| of.children.iter().find(|c| c.name == name).cloned();
    let attribute = |of: &Element, name: &str| of.attributes.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
    let id = child(root, "id");
    let uid = id.as_ref().and_then(|id| {
        let extension = attribute(id, "extension").map(|e| format!("^{e}")).unwrap_or_default();
        Some(format!("{}{extension}", attribute(id, "root")?))
    });
    let patient = child(root, "recordTarget").and_then(|t| child(&t, "patientRole")).and_then(|r| child(&r, "id"));
    json!({ "kind": "cda", "id": uid, "patient": patient.and_then(|id| attribute(&id, "extension")) })
}

/// A PDF: the version of its header, what its metadata claim of PDF/A, and whether it has an end.
fn pdf(bytes: &[u8]) -> Value {
    let version: String = bytes[5..].iter().take(3).map(|b| char::from(*b)).collect();
    json!({
        "kind": "pdf",
        "version": version,
        "archival": claim(bytes),
        "complete": ends(bytes),
    })
}

fn ends(bytes: &[u8]) -> bool {
    find(&bytes[bytes.len().saturating_sub(1024)..], b"%%EOF").is_some()
}

/// What a PDF claims of ISO 19005: `pdfaid:part` and `pdfaid:conformance` in its metadata, as an element or an attribute. The
/// metadata may be compressed.
fn claim(bytes: &[u8]) -> Option<Value> {
    in_text(bytes).or_else(|| {
        let mut rest = bytes;
        for _ in 0..STREAMS {
            rest = &rest[find(rest, b"/Metadata")? + b"/Metadata".len()..];
            let begin = find(&rest[..rest.len().min(2048)], b"stream");
            let Some(stream) = begin.map(|at| rest[at + b"stream".len()..].trim_ascii_start()) else { continue };
            if let Ok(text) = decompress_to_vec_zlib_with_limit(stream, XMP)
                && let Some(found) = in_text(&text)
            {
                return Some(found);
            }
        }
        None
    })
}

fn in_text(bytes: &[u8]) -> Option<Value> {
    let value = |name: &[u8]| {
        let behind = &bytes[find(bytes, name)? + name.len()..];
        let behind = behind.get(..32).unwrap_or(behind).trim_ascii_start();
        let behind = behind.strip_prefix(b"=").unwrap_or(behind).trim_ascii_start();
        let text: String =
            behind.get(1..)?.iter().take_while(|b| b.is_ascii_alphanumeric()).map(|b| char::from(*b)).collect();
        (!text.is_empty() && [b'>', b'"', b'\''].contains(&behind[0])).then_some(text)
    };
    Some(json!({ "part": value(b"pdfaid:part")?, "conformance": value(b"pdfaid:conformance") }))
}

/// Where a text begins for the first time.
fn find(bytes: &[u8], text: &[u8]) -> Option<usize> {
    let first = *text.first()?;
    let mut from = 0;
    while let Some(at) = bytes.get(from..)?.iter().position(|b| *b == first) {
        if bytes[from + at..].starts_with(text) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_large_file_is_told_as_one_in_memory_is() {
        let told = |bytes: Vec<u8>| describe_file(&mut io::Cursor::new(bytes)).unwrap();
        assert_eq!(told(b"%PDF-1.7 x %%EOF".to_vec()), describe(b"%PDF-1.7 x %%EOF"));
        // The claim stands across the edge of a window, and the end is in another.
        let claim = b"<x pdfaid:part='2' pdfaid:conformance=\"B\"/>";
        let mut pdf = b"%PDF-1.7".to_vec();
        pdf.resize(WINDOW - 20, b' ');
        pdf.extend(claim);
        pdf.resize(3 * WINDOW, b' ');
        let cut = pdf.clone();
        pdf.extend(b"%%EOF");
        assert_eq!(told(pdf.clone()), describe(&pdf));
        assert_eq!(told(pdf)["complete"], true);
        assert_eq!(told(cut)["complete"], false);
        let mut text = b"<ClinicalDocument xmlns='urn:hl7-org:v3'>".to_vec();
        text.resize(WINDOW, b' ');
        assert_eq!(told(text)["fault"], "too-large");
    }

    #[test]
    fn a_pdf_says_its_version_its_claim_and_its_end() {
        let element = b"%PDF-1.7\n<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>\n%%EOF";
        let whole = describe(element);
        assert_eq!(
            whole,
            json!({ "kind": "pdf", "version": "1.7", "archival": { "part": "2", "conformance": "B" }, "complete": true })
        );
        let attribute = describe(b"%PDF-1.4\n<x pdfaid:part='1' pdfaid:conformance=\"A\"/>");
        assert_eq!(attribute["archival"], json!({ "part": "1", "conformance": "A" }));
        assert_eq!(attribute["complete"], false);
        assert_eq!(describe(b"%PDF-1.4\n%%EOF")["archival"], Value::Null);
        assert_eq!(describe(b"%PDF-")["version"], "");
    }

    #[test]
    fn a_claim_in_compressed_metadata_is_found() {
        let xmp = b"<pdfaid:part>2</pdfaid:part>";
        let deflated = miniz_oxide::deflate::compress_to_vec_zlib(xmp, 6);
        let begin = b"%PDF-1.7\n<</Type/Metadata/Filter/FlateDecode>>\nstream\n";
        let bytes = [&begin[..], &deflated, b"\nendstream\n%%EOF"].concat();
        assert_eq!(describe(&bytes)["archival"]["part"], "2");
        let bomb = miniz_oxide::deflate::compress_to_vec_zlib(&vec![b' '; 8 << 20], 9);
        assert_eq!(describe(&[&begin[..], &bomb].concat())["archival"], Value::Null);
    }

    #[test]
    fn a_cda_is_told_by_its_root_and_other_xml_is_not() {
        let cda = br#"<?xml version="1.0"?><c:ClinicalDocument xmlns:c="urn:hl7-org:v3"><c:id root="2.999.1" extension="7"/><c:recordTarget><c:patientRole><c:id extension="999943145" root="2.16.840.1.113883.2.4.6.3"/></c:patientRole></c:recordTarget></c:ClinicalDocument>"#;
        assert_eq!(describe(cda), json!({ "kind": "cda", "id": "2.999.1^7", "patient": "999943145" }));
        assert_eq!(describe(b"<ClinicalDocument/>")["kind"], "xml", "in no namespace");
        assert_eq!(describe(b"<html/>")["element"], "html");
        assert_eq!(describe(b"<a><b></a>")["fault"], "xml");
        assert_eq!(describe(b"<!DOCTYPE a [<!ENTITY x 'y'>]><a/>")["fault"], "xml");
    }

    #[test]
    fn whatever_is_none_of_these_is_other() {
        assert_eq!(describe(b""), json!({ "kind": "other" }));
        assert_eq!(describe(b"hello"), json!({ "kind": "other" }));
        let cut = [&[0; 128][..], b"DICM"].concat();
        assert_eq!(describe(&cut)["fault"], "no-transfer-syntax");
    }
}
