//! Packages, optimised and plain, whole and streamed, and everything that can be wrong with one.

#![allow(clippy::unwrap_used)]
use std::io;

use proptest::prelude::*;

use super::*;
use crate::wire::mime::Style;
use crate::wire::xml;
use crate::wire::xml::borrowed;

/// An element with content that goes in a part.
fn element(name: &str, content_id: &str) -> String {
    format!("<{name}>{}</{name}>", include(content_id))
}

fn message() -> Outgoing {
    let attachment = |id: &str, bytes: &[u8]| Attachment {
        content_id: id.to_owned(),
        media_type: "application/pdf".to_owned(),
        bytes: bytes.to_vec(),
    };
    Outgoing {
        envelope: format!("<r>{}{}</r>", element("d", "a b/1@x"), element("d", "2@x")),
        attachments: vec![attachment("a b/1@x", b"%PDF-1\r\n--"), attachment("2@x", &[0, 255, 13, 10])],
    }
}

fn read(packing: &Packing) -> Result<Package, MtomFault> {
    let (kind, body) = message().pack(packing);
    Package::read(&kind.to_string(), &body, &Limits::default())
}

/// Content with the part that it came in, or why there is none.
type Found = Result<(Vec<u8>, Option<usize>), MtomFault>;

/// The content of every `d`, with the part that it came in.
fn contents(package: &Package) -> Vec<Found> {
    let tree = borrowed::read(&package.envelope, &xml::Limits::default()).unwrap();
    let content = |node| package.content(node).map(|c| (c.bytes, c.part));
    tree.root().children().map(content).collect()
}

#[test]
fn content_is_found_in_every_legal_way_of_packing() {
    let wanted: Vec<Vec<u8>> = message().attachments.into_iter().map(|a| a.bytes).collect();
    let base = Packing::default();
    for (packing, remarks) in [
        (base, vec![]),
        (Packing { root_last: true, ..base }, vec![Remark::RootNotFirst]),
        (Packing { without_start: true, ..base }, vec![Remark::NoStart]),
        (Packing { base64: true, ..base }, vec![Remark::Encoded]),
        (Packing { mime: Style { blank_first: true, ends_line: false, ..Style::default() }, ..base }, vec![]),
    ] {
        let package = read(&packing).unwrap();
        let got: Vec<_> = contents(&package).into_iter().map(|c| c.unwrap().0).collect();
        assert_eq!((got, &package.remarks, package.faults()), (wanted.clone(), &remarks, vec![]), "{packing:?}");
    }
    let plain = read(&Packing { inline: true, ..base }).unwrap();
    assert!(!plain.is_package());
    let got: Vec<_> = contents(&plain).into_iter().map(Result::unwrap).collect();
    assert_eq!(got, wanted.into_iter().map(|b| (b, None)).collect::<Vec<_>>());
}

#[test]
fn base64_inside_a_package_is_content_too() {
    let outgoing = Outgoing { envelope: "<r><d> JVBE\n Ri0= </d><d>x</d></r>".into(), attachments: Vec::new() };
    let (kind, body) = outgoing.pack(&Packing::default());
    let package = Package::read(&kind.to_string(), &body, &Limits::default()).unwrap();
    assert_eq!(contents(&package), [Ok((b"%PDF-".to_vec(), None)), Err(MtomFault::Base64)]);
}

#[test]
fn references_that_lead_nowhere_or_to_two_parts_are_told() {
    let base = Packing::default();
    let missing = read(&Packing { without_ids: true, ..base }).unwrap();
    assert_eq!(contents(&missing)[1], Err(MtomFault::Unresolvable("cid:2@x".into())));
    assert_eq!(missing.faults(), [MtomFault::NoContentId(1), MtomFault::NoContentId(2)]);
    let doubled = read(&Packing { doubled: true, ..base }).unwrap();
    assert!(contents(&doubled)[0].is_ok());
    assert_eq!(contents(&doubled)[1], Err(MtomFault::DoubledContentId("2@x".into())));
    assert_eq!(doubled.faults(), [MtomFault::DoubledContentId("2@x".into())]);
    let one = read(&Packing { one_missing: true, ..base }).unwrap();
    assert_eq!(contents(&one)[1], Err(MtomFault::Unresolvable("cid:2@x".into())));
    for href in ["", "cid:", "http://localhost/x", "é"] {
        assert!(matches!(one.referred(href), Err(MtomFault::Reference(_))), "{href}");
    }
    assert_eq!(one.referred("CID:a%20b%2F1%40x"), Ok(1));
    assert_eq!(one.referred("cid:%3Ca b/1@x%3E"), Ok(1));
}

#[test]
fn a_body_that_ends_early_or_has_no_root_is_told() {
    let cut = Style { cut: 30, ..Style::default() };
    let fault = read(&Packing { mime: cut, ..Packing::default() }).unwrap_err();
    assert_eq!(fault.name(), "truncated");
    let (kind, body) = message().pack(&Packing::default());
    let other = kind.to_string().replace("root@", "other@");
    let fault = Package::read(&other, &body, &Limits::default()).unwrap_err();
    assert_eq!(fault, MtomFault::NoRoot("other@twiin-harness.test".into()));
    let limits = Limits { root: 10, ..Limits::default() };
    assert_eq!(Package::read(&kind.to_string(), &body, &limits).unwrap_err().name(), "limit");
}

#[test]
fn the_envelope_of_any_message_is_at_hand() {
    let (kind, body) = message().pack(&Packing { root_last: true, ..Packing::default() });
    assert_eq!(envelope(&kind.to_string(), &body).unwrap(), message().envelope.as_bytes());
    assert_eq!(envelope("text/xml", b"<a/>").unwrap(), b"<a/>".as_slice());
    assert_eq!(envelope(&kind.to_string(), b"no"), None);
}

#[test]
fn the_json_form_has_sizes_and_digests_and_no_content() {
    let value = read(&Packing { root_last: true, ..Packing::default() }).unwrap().to_json();
    assert_eq!(value["root"], 2);
    assert_eq!(value["remarks"][0], "root-not-first");
    assert_eq!((&value["parts"][1]["contentId"], &value["parts"][1]["length"]), (&"2@x".into(), &4.into()));
    assert_eq!(value["parts"][1]["sha1"].as_str().unwrap().len(), 40);
    assert!(!value.to_string().contains("%PDF"));
}

#[derive(Default)]
struct Kept(Vec<(usize, Vec<u8>)>);

impl Attachments for Kept {
    fn begins(&mut self, part: usize, _: &[(String, String)]) -> io::Result<()> {
        self.0.push((part, Vec::new()));
        Ok(())
    }
    fn content(&mut self, part: usize, bytes: &[u8]) -> io::Result<()> {
        let (of, kept) = self.0.last_mut().unwrap();
        assert_eq!(*of, part);
        kept.extend_from_slice(bytes);
        Ok(())
    }
}

fn streamed(packing: &Packing, size: usize) -> Result<(Streamed, Kept), MtomFault> {
    let (kind, body) = message().pack(packing);
    let mut stream = Stream::new(&kind.to_string(), Limits::default())?;
    let mut kept = Kept::default();
    for piece in body.chunks(size) {
        stream.push(piece, &mut kept)?;
    }
    let streamed = stream.finish(&mut kept)?;
    Ok((streamed, kept))
}

#[test]
fn a_stream_says_what_the_whole_says() {
    let base = Packing::default();
    for packing in [base, Packing { root_last: true, ..base }, Packing { base64: true, ..base }] {
        let whole = read(&packing).unwrap();
        for size in [1, 7, 1000] {
            let (got, kept) = streamed(&packing, size).unwrap();
            assert_eq!((&got.envelope, got.root, &got.remarks), (&whole.envelope, whole.root, &whole.remarks));
            let wanted: Vec<_> = message().attachments.into_iter().map(|a| a.bytes).collect();
            assert_eq!(kept.0.iter().map(|k| k.1.clone()).collect::<Vec<_>>(), wanted);
            let at = got.referred("cid:2@x").unwrap();
            assert_eq!((at, &got.parts[at].facts), (whole.referred("cid:2@x").unwrap(), &Facts::of(&wanted[1])));
            assert_eq!(got.to_json()["parts"], whole.to_json()["parts"]);
        }
    }
    let cut = Style { cut: 30, ..Style::default() };
    assert_eq!(streamed(&Packing { mime: cut, ..base }, 5).map(|_| ()).unwrap_err().name(), "truncated");
}

#[test]
fn a_sink_that_is_full_ends_the_stream() {
    struct Full;
    impl Attachments for Full {
        fn begins(&mut self, _: usize, _: &[(String, String)]) -> io::Result<()> {
            Ok(())
        }
        fn content(&mut self, _: usize, _: &[u8]) -> io::Result<()> {
            Err(io::Error::other("full"))
        }
    }
    let (kind, body) = message().pack(&Packing::default());
    let mut stream = Stream::new(&kind.to_string(), Limits::default()).unwrap();
    assert_eq!(stream.push(&body, &mut Full), Err(MtomFault::Kept("full".into())));
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(body in proptest::collection::vec(any::<u8>(), 0..120)) {
        let _ = Package::read("multipart/related; boundary=b; start=\"<a>\"", &body, &Limits::default());
        let _ = Package::read("text/xml", &body, &Limits::default());
    }

    #[test]
    fn any_content_id_is_found_by_its_reference(id in "[!-;=?-~é ]{1,20}") {
        prop_assume!(id.trim() == id);
        let attachment = Attachment { content_id: id.clone(), media_type: "image/x".into(), bytes: vec![1] };
        let outgoing = Outgoing { envelope: element("d", &id), attachments: vec![attachment] };
        let (kind, body) = outgoing.pack(&Packing::default());
        let package = Package::read(&kind.to_string(), &body, &Limits::default()).unwrap();
        let tree = borrowed::read(&package.envelope, &xml::Limits::default()).unwrap();
        prop_assert_eq!(package.content(tree.root()).unwrap().bytes, vec![1u8]);
    }
}
