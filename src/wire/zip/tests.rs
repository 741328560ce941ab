//! A container is read as it was written, and every other way of writing the same files is refused.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const FIRST: (&str, &[u8]) = ("mimetype", b"application/x-test");

fn files() -> BTreeMap<String, Vec<u8>> {
    let text = "gegevens ".repeat(400).into_bytes();
    BTreeMap::from([("a/b.json".to_owned(), b"{}".to_vec()), ("run/events.ndjson".to_owned(), text)])
}

fn container() -> Vec<u8> {
    write(FIRST, &files()).unwrap()
}

fn codes(bytes: &[u8]) -> Vec<&'static str> {
    let mut codes: Vec<_> = read(bytes, FIRST.0, Limits::BEWIJS).faults.iter().map(ZipFault::code).collect();
    codes.dedup();
    codes
}

/// Where a text stands the n-th time.
fn place(bytes: &[u8], text: &str, nth: usize) -> usize {
    (0..bytes.len()).filter(|at| bytes[*at..].starts_with(text.as_bytes())).nth(nth).unwrap()
}

#[test]
fn what_was_written_is_read_and_two_writings_are_the_same_bytes() {
    let bytes = container();
    assert_eq!(bytes, container());
    let read = read(&bytes, FIRST.0, Limits::BEWIJS);
    assert_eq!(read.faults, []);
    let mut expected = files();
    expected.insert(FIRST.0.into(), FIRST.1.to_vec());
    assert_eq!(read.members, expected);
    assert_eq!(&bytes[38..56], FIRST.1, "the first member stands at a fixed place");
}

#[test]
fn the_crc_is_that_of_the_standard() {
    assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    assert_eq!(crc32(b"The quick brown fox jumps over the lazy dog"), 0x414f_a339);
}

#[test]
fn bytes_behind_the_end_and_between_members_are_found() {
    let mut longer = container();
    longer.extend(b"more");
    assert_eq!(codes(&longer), ["zip-trailing"]);
    let mut shifted = container();
    let at = place(&shifted, "a/b.json", 0) - LOCAL_LENGTH;
    shifted.insert(at, b'x');
    assert!(codes(&shifted).contains(&"zip-damaged"), "the directory no longer is where it should be");
    assert_eq!(codes(b""), ["zip-damaged"]);
    assert_eq!(codes(&container()[..60]), ["zip-damaged"]);
}

#[test]
fn a_name_in_one_header_only_is_found() {
    let mut bytes = container();
    let at = place(&bytes, "a/b.json", 0);
    bytes[at] = b'c';
    assert_eq!(codes(&bytes), ["zip-headers"]);
    let mut both = container();
    for _ in 0..2 {
        let at = place(&both, "a/b.json", 0);
        both[at] = b'C';
    }
    assert_eq!(codes(&both), Vec::<&str>::new(), "another name in both is another container");
}

#[test]
fn names_that_lead_elsewhere_are_neither_written_nor_read() {
    for (name, code) in [
        ("../b.json", "zip-parent"),
        ("a\\..\\b.js", "zip-parent"),
        ("/a/b.json", "zip-absolute"),
        ("C:/b.json", "zip-absolute"),
        ("a//b.json", "zip-name"),
        ("a/b.jsoné", "zip-name"),
        ("a/b.jso n", "zip-name"),
        ("a/b.json/", "zip-folder"),
    ] {
        let members = BTreeMap::from([(name.to_owned(), Vec::new())]);
        assert_eq!(write(FIRST, &members).unwrap_err().code(), code, "{name}");
    }
    let mut bytes = container();
    for _ in 0..2 {
        let at = place(&bytes, "a/b.json", 0);
        bytes[at..at + 8].copy_from_slice(b"../b.jsn");
    }
    assert_eq!(codes(&bytes), ["zip-parent"]);
}

#[test]
fn bytes_behind_the_end_of_a_deflated_member_are_found() {
    let mut bytes = container();
    let at = place(&bytes, "a/b.json", 0);
    let packed = u32::from_le_bytes(bytes[at - 12..at - 8].try_into().unwrap()) as usize;
    // Longer by one byte in both headers and in the place of everything behind it.
    bytes.insert(at + 8 + packed, 0);
    let row = place(&bytes, "a/b.json", 1);
    bytes[at - 12] += 1;
    bytes[row - 26] += 1;
    let next = place(&bytes, "run/events.ndjson", 1);
    bytes[next - 4] += 1;
    let end = bytes.len() - 6;
    let directory = u32::from_le_bytes(bytes[end..end + 4].try_into().unwrap()) + 1;
    bytes[end..end + 4].copy_from_slice(&directory.to_le_bytes());
    assert_eq!(codes(&bytes), ["zip-content"]);
}

#[test]
fn a_bomb_is_not_inflated() {
    let members = BTreeMap::from([("a/zeros".to_owned(), vec![0; 64 << 20])]);
    let bytes = write(FIRST, &members).unwrap();
    assert!(bytes.len() < 200_000);
    assert_eq!(codes(&bytes), ["zip-ratio"]);
    let small = Limits { total: 1000, ..Limits::BEWIJS };
    assert_eq!(read(&container(), FIRST.0, small).faults[0].code(), "zip-limit");
}

#[test]
fn a_changed_bit_is_found_or_changes_nothing() {
    let good = container();
    let members = read(&good, FIRST.0, Limits::BEWIJS).members;
    let mut harmless = 0;
    for at in 0..good.len() {
        for bit in [1, 0x80] {
            let mut bad = good.clone();
            bad[at] ^= bit;
            let read = read(&bad, FIRST.0, Limits::BEWIJS);
            // The bits that fill up the last byte of a deflated member mean nothing.
            harmless += u32::from(read.faults.is_empty());
            assert!(!read.faults.is_empty() || read.members == members, "byte {at} of {}", good.len());
        }
    }
    assert!(harmless <= 2, "{harmless}");
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused_without_panic(bytes: Vec<u8>, at in 0usize..400, with: u8) {
        let _ = read(&bytes, FIRST.0, Limits::BEWIJS);
        let mut near = container();
        let at = at % near.len();
        near[at] = with;
        let _ = read(&near, FIRST.0, Limits::BEWIJS);
    }
}
