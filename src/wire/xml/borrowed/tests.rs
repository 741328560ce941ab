//! The one-pass reader agrees with the tree, and refuses what it must.

#![allow(clippy::unwrap_used)]
use proptest::prelude::*;

use super::*;
use crate::wire::xml;

const SAMPLE: &str = r#"<?xml version="1.0" encoding="utf-8"?><!-- a --><e:Envelope xmlns:e="urn:e">
  <e:Body a="1 &amp; 2" e:a='3"'><x xmlns="urn:x"> hi <!-- no --> there<![CDATA[ <&> ]]></x><y p:z="1" xmlns:p="urn:p"/></e:Body>
</e:Envelope>"#;

fn refused(text: &str) -> bool {
    read(text.as_bytes(), &Limits::default()).is_err()
}

#[test]
fn both_trees_say_the_same() {
    let tree = read(SAMPLE.as_bytes(), &Limits::default()).unwrap();
    assert_eq!(tree.root().to_element(), xml::parse(SAMPLE.as_bytes(), &Limits::default()).unwrap());
    let body = tree.root().child("Body").unwrap();
    assert_eq!((body.attribute("a"), body.attribute_of("urn:e", "a")), (Some("1 & 2"), Some("3\"")));
    assert_eq!(body.child("y").unwrap().attribute_of("urn:p", "z"), Some("1"));
    assert_eq!(body.child("y").unwrap().source(), r#"<y p:z="1" xmlns:p="urn:p"/>"#);
}

#[test]
fn a_name_in_text_means_what_its_prefix_means_there() {
    let text = r#"<a xmlns:p="urn:1" xmlns="urn:d"><b xmlns:p="urn:2">p:x</b><c/></a>"#;
    let tree = read(text.as_bytes(), &Limits::default()).unwrap();
    let (b, c) = (tree.root().child("b").unwrap(), tree.root().child("c").unwrap());
    assert_eq!(b.resolve(b.text()), Some(("urn:2", "x")));
    assert_eq!(c.resolve("p:x"), Some(("urn:1", "x")));
    assert_eq!((c.resolve("x"), c.resolve("q:x")), (Some(("urn:d", "x")), None));
}

#[test]
fn what_is_not_well_formed_is_refused() {
    for text in [
        "",
        " ",
        "x",
        "<a>",
        "<a></b>",
        "<a/><b/>",
        "<a/>x",
        "<a b='1' b='2'/>",
        "<a b=1/>",
        "<a b='<'/>",
        "<a b='1'c='2'/>",
        "<p:a/>",
        "<a p:b='1'/>",
        "<a>]]></a>",
        "<a>&b;</a>",
        "<a>&#0;</a>",
        "<a>&#x110000;</a>",
        "<a>&lt</a>",
        "<1/>",
        "<a:b:c xmlns:a='u'/>",
        "<a><!-- -- --></a>",
        "<?xml version='1.0' encoding='UTF-16'?><a/>",
        "<a>\u{1}</a>",
        "</a>",
        "<a xmlns:p=''/>",
        "<a xmlns:p='u' xmlns:q='u' p:b='' q:b=''/>",
        "<a><?xml version='1.0'?></a>",
        "<![CDATA[x]]>",
        "<a xmlns:p='u' xmlns:p='v'/>",
        "<a",
        "<a b",
        "<a b=",
        "<a b='",
        "<a /",
        "< a/>",
        "<a><![CDATA[ </a>",
    ] {
        assert!(refused(text), "{text}");
    }
    for text in ["<a/>", "<a >x</a >", "<é/>", "<a b = '1'\n c='2' />", "<?x?><a/><!-- --> ", "\u{feff}<a>&#x41;</a>"]
    {
        assert!(!refused(text), "{text}");
    }
}

#[test]
fn a_document_type_and_entity_bombs_are_refused() {
    assert!(refused(r#"<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>"#));
    assert!(refused(r#"<!DOCTYPE a SYSTEM "http://localhost/x.dtd"><a/>"#));
    assert!(refused(r#"<a><!ENTITY b "c"></a>"#));
}

#[test]
fn limits_of_size_depth_and_number_hold() {
    let deep = |n: usize| format!("{}{}", "<a>".repeat(n), "</a>".repeat(n));
    assert!(!refused(&deep(64)) && refused(&deep(65)) && refused(&deep(10_000)));
    let limits = Limits { bytes: 3, depth: 4 };
    assert_eq!(read(b"<ab/>", &limits).unwrap_err(), XmlFault::TooLarge { found: 5, limit: 3 });
    let many: String = (0..300).map(|i| format!(" a{i}=''")).collect();
    assert!(refused(&format!("<a{many}/>")));
    let named: String = (0..300).map(|i| format!("<a xmlns='urn:{i}'/>")).collect();
    assert!(refused(&format!("<a>{named}</a>")));
}

#[test]
fn other_encodings_are_told() {
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain("<a/>".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert_eq!(read(&utf16, &Limits::default()).unwrap_err(), XmlFault::Encoding);
    let without_mark: Vec<u8> = "<a/>".encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert!(read(&without_mark, &Limits::default()).is_err());
    // Who decoded it reads it all the same.
    let text = "<?xml version='1.0' encoding='UTF-16'?><a/>";
    assert_eq!(read(text.as_bytes(), &Limits::default()).unwrap_err(), XmlFault::Encoding);
    assert_eq!(read_text(text, &Limits::default()).unwrap().root().name(), "a");
}

proptest! {
    #[test]
    fn both_trees_agree_about_any_small_document(
        text in "(<a>|</a>|<b x='1'>|</b>|<c/>|x|&amp;|&#65;|<!-- c -->|<!\\[CDATA\\[d]]>| |<p:a xmlns:p='u'>|</p:a>|]]>|<|>|'|\n){0,12}"
    ) {
        let text = format!("<r>{text}</r>");
        let ours = read(text.as_bytes(), &Limits::default()).map(|t| t.root().to_element());
        let theirs = xml::parse(text.as_bytes(), &Limits::default());
        prop_assert_eq!(ours.is_ok(), theirs.is_ok(), "{:?} against {:?}", ours, theirs);
        if let (Ok(ours), Ok(theirs)) = (ours, theirs) {
            prop_assert_eq!(ours, theirs);
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes, &Limits::default());
    }
}
