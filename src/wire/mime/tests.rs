//! What is written is read again, and what real and hostile senders write has its outcome.

#![allow(clippy::unwrap_used)]
use proptest::prelude::*;

use super::*;

fn related(boundary: &str) -> ContentType {
    ContentType::new("multipart/related").with("boundary", boundary)
}

fn read(body: &[u8]) -> Result<Message, MimeFault> {
    Message::read(&related("b"), body, Limits::default())
}

/// Header and content of a part.
type Raw = (Vec<u8>, Vec<u8>);

/// The pieces that come out when a body goes in by pieces of one size, content put together.
fn pieces(body: &[u8], boundary: &str, size: usize) -> Result<Vec<Raw>, MimeFault> {
    let mut reader = Reader::new(&related(boundary), Limits::default())?;
    let mut parts: Vec<Raw> = Vec::new();
    let mut ended = 0;
    let mut collect = |piece: Piece<'_>| match piece {
        Piece::Begins(header) => parts.push((header.to_vec(), Vec::new())),
        Piece::Content(bytes) => parts.last_mut().unwrap().1.extend_from_slice(bytes),
        Piece::Ends => ended += 1,
    };
    for piece in body.chunks(size) {
        reader.push(piece, &mut collect)?;
    }
    reader.finish(&mut collect)?;
    assert_eq!(ended, parts.len());
    Ok(parts)
}

#[test]
fn parts_keep_order_headers_and_bytes() {
    let body = b"--b\r\nContent-Type: text/xml;\r\n charset=utf-8\r\nCONTENT-ID: < r@x >\r\n\r\n<a/>\r\n--b\r\n\r\n\x00\r\n\xff\r\n--b--\r\n";
    let message = read(body).unwrap();
    assert_eq!(message.oddities, []);
    assert_eq!(message.parts[0].content_id(), Some("r@x"));
    assert_eq!(message.parts[0].headers[0], ("Content-Type".into(), "text/xml; charset=utf-8".into()));
    assert_eq!(message.parts[0].raw, b"<a/>");
    assert_eq!((message.parts[1].headers.len(), message.parts[1].raw.as_slice()), (0, b"\x00\r\n\xff".as_slice()));
}

#[test]
fn oddities_of_real_senders_are_read_and_told() {
    let told = |body: &[u8]| {
        let message = read(body).unwrap();
        assert_eq!(message.parts.iter().map(|p| p.raw.as_slice()).collect::<Vec<_>>(), [b"x"]);
        message.oddities
    };
    assert_eq!(told(b"\r\n--b\r\n\r\nx\r\n--b--\r\n"), [Oddity::Preamble]);
    assert_eq!(told(b"hello\r\n--b\r\n\r\nx\r\n--b--\r\nbye"), [Oddity::Preamble, Oddity::Epilogue]);
    assert_eq!(told(b"--b\n\nx\n--b--\n"), [Oddity::BareLineFeeds]);
    assert_eq!(told(b"--b\r\n\r\nx\r\n--b--"), [Oddity::EndsAtBoundary]);
    assert_eq!(told(b"--b \t\r\n\r\nx\r\n--b-- \r\n"), [Oddity::PaddedBoundary]);
}

#[test]
fn what_only_looks_like_a_boundary_is_content() {
    let body = b"--b\r\n\r\n--bc\r\n --b\r\nx--b\r\n--b-\r\n--b--x\r\n--\r\n--b--";
    assert_eq!(read(body).unwrap().parts[0].raw, b"--bc\r\n --b\r\nx--b\r\n--b-\r\n--b--x\r\n--");
    // Line ends that are content stay.
    assert_eq!(read(b"--b\r\n\r\n\r\n\r\n\r\n--b--").unwrap().parts[0].raw, b"\r\n\r\n");
    assert_eq!(read(b"--b\r\n\r\n--b\r\n\r\n\r\n--b--").unwrap().parts, [Part::default(), Part::default()]);
}

#[test]
fn a_body_that_ends_early_is_told() {
    let whole = b"--b\r\nA: 1\r\n\r\nx\r\n--b\r\nA: 2\r\n\r\ny\r\n--b--";
    assert!(read(whole).is_ok());
    for cut in 0..whole.len() {
        let got = read(&whole[..cut]);
        let part = usize::from(cut > 20);
        let wanted = if cut < 5 { MimeFault::NoBoundary } else { MimeFault::Truncated(part) };
        assert_eq!(got, Err(wanted), "{cut}");
    }
}

#[test]
fn limits_hold() {
    let limits = |bytes, parts, header| Limits { bytes, parts, header };
    let body = b"--b\r\nA: 1234567890\r\n\r\nx\r\n--b\r\n\r\ny\r\n--b--";
    let read = |limits| Message::read(&related("b"), body, limits);
    assert!(read(limits(1000, 2, 20)).is_ok());
    assert!(matches!(read(limits(20, 2, 20)), Err(MimeFault::Limit { what: "bytes", .. })));
    assert!(matches!(read(limits(1000, 1, 20)), Err(MimeFault::Limit { what: "parts", .. })));
    assert!(matches!(read(limits(1000, 2, 5)), Err(MimeFault::Limit { .. })));
}

#[test]
fn header_lines_without_a_name_are_told() {
    let fault = |line: &str| read(format!("--b\r\n{line}\r\n\r\nx\r\n--b--").as_bytes()).unwrap_err();
    assert_eq!(fault("no name"), MimeFault::Header { part: 0, line: "no name".into() });
    assert!(matches!(fault(": x"), MimeFault::Header { .. }));
    // A fold with nothing to go on with is taken for a field.
    assert_eq!(read(b"--b\r\n x: y\r\n\r\nx\r\n--b--").unwrap().parts[0].header("X"), Some("y"));
}

#[test]
fn a_large_part_passes_through_without_being_kept() {
    let mut reader = Reader::new(&related("b"), Limits::default()).unwrap();
    let mut largest = 0;
    let mut length = 0u64;
    let mut count = |piece: Piece<'_>| {
        if let Piece::Content(bytes) = piece {
            largest = largest.max(bytes.len());
            length += bytes.len() as u64;
        }
    };
    reader.push(b"--b\r\n\r\n", &mut count).unwrap();
    let chunk = vec![b'-'; 64 * 1024];
    for _ in 0..800 {
        reader.push(&chunk, &mut count).unwrap();
    }
    reader.push(b"\r\n--b--", &mut count).unwrap();
    reader.finish(&mut count).unwrap();
    assert_eq!(length, 800 * 64 * 1024);
    assert!(largest <= 64 * 1024 + 16);
}

#[test]
fn transfer_encodings_are_undone_and_unknown_ones_told() {
    let part = Part::new("application/pdf", "a@x", b"%PDF-\xff".to_vec());
    assert_eq!(part.clone().in_base64().decoded().unwrap(), part.decoded().unwrap());
    let wrong = Part { headers: vec![("Content-transfer-encoding".into(), "x".into())], raw: Vec::new() };
    assert!(wrong.decoded().is_err());
}

fn parts() -> impl Strategy<Value = Vec<Part>> {
    let content = proptest::collection::vec(
        prop_oneof![
            any::<Vec<u8>>(),
            Just(b"\r\n".to_vec()),
            Just(b"\n--b".to_vec()),
            Just(b"--".to_vec()),
            Just(b"\r\n--bound".to_vec())
        ],
        0..6,
    );
    let headers = proptest::collection::vec(("[A-Za-z-]{1,10}", "[!-~]{0,20}"), 0..4);
    proptest::collection::vec((headers, content), 1..5)
        .prop_map(|all| all.into_iter().map(|(headers, c)| Part { headers, raw: c.concat() }).collect())
}

proptest! {
    #[test]
    fn what_is_written_reads_back(parts in parts(), blank in any::<bool>(), ends in any::<bool>()) {
        let message = Message { parts, oddities: Vec::new() };
        let boundary = message.boundary();
        let style = Style { blank_first: blank, ends_line: ends, ..Style::default() };
        let body = message.write(&boundary, style);
        let got = Message::read(&related(&boundary), &body, Limits::default()).unwrap();
        prop_assert_eq!(got.parts, message.parts);
    }

    #[test]
    fn the_size_of_the_pieces_makes_no_difference(parts in parts(), size in 1usize..40) {
        let message = Message { parts, oddities: Vec::new() };
        let boundary = message.boundary();
        let body = message.write(&boundary, Style::default());
        prop_assert_eq!(pieces(&body, &boundary, size), pieces(&body, &boundary, body.len()));
    }

    #[test]
    fn no_bytes_make_the_reader_panic(
        body in proptest::collection::vec(prop_oneof![any::<u8>(), Just(b'-'), Just(b'b'), Just(b'\r'), Just(b'\n')], 0..80),
        size in 1usize..20
    ) {
        let whole = pieces(&body, "b", body.len().max(1));
        prop_assert_eq!(pieces(&body, "b", size), whole);
    }
}
