//! A member that is not kept inflated: it is read through once, piece by piece, and from then on any part of it can be read
//! again. Deflate cannot be read from the middle, so the state of the reader is kept at some places on the way (RFC 1951: no
//! more than 32 KiB of what came before is ever needed).

use std::io;
use std::ops::Range;

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_IGNORE_ADLER32;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

use super::write::{Crc, Method};

/// What deflate looks back on: all that is kept of what was inflated.
const WINDOW: usize = 32 << 10;
/// Bytes between two places to go on from; more when there would be too many places, which take a little more than a window
/// each.
const STRIDE: u64 = 512 << 10;
/// Most places.
const PLACES: u64 = 128;

/// A member whose bytes nobody has looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packed<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) method: Method,
    pub(super) size: u64,
    pub(super) crc: u32,
}

/// Bytes of which any part can be read, in order: those of a slice, or of a deflated member that was read through.
#[derive(Debug)]
pub struct Content<'a>(Kept<'a>);

#[derive(Debug)]
enum Kept<'a> {
    Plain(&'a [u8]),
    Deflated { packed: &'a [u8], places: Vec<Inflating> },
}

impl<'a> Packed<'a> {
    /// Reads it from begin to end and shows every piece. `None` when it is damaged: when it becomes longer or shorter than it
    /// says, has another CRC, or ends before its packed bytes do. What was shown then means nothing.
    pub fn read_through(self, mut seen: impl FnMut(&[u8])) -> Option<Content<'a>> {
        let mut crc = Crc::default();
        let kept = match self.method {
            Method::Stored => {
                crc.add(self.bytes);
                seen(self.bytes);
                (self.bytes.len() as u64 == self.size).then_some(Kept::Plain(self.bytes))?
            }
            Method::Deflated => self.inflated_through(|piece| {
                crc.add(piece);
                seen(piece);
            })?,
        };
        (crc.value() == self.crc).then_some(Content(kept))
    }

    fn inflated_through(self, mut seen: impl FnMut(&[u8])) -> Option<Kept<'a>> {
        let stride = stride(self.size);
        let mut places = Vec::new();
        let mut inflating = Inflating::default();
        while !inflating.done {
            if inflating.given >= stride * places.len() as u64 {
                places.push(inflating.clone());
            }
            let piece = inflating.go_on(self.bytes).filter(|piece| piece.end <= self.size)?;
            seen(inflating.part(piece));
        }
        let whole = inflating.given == self.size && inflating.taken == self.bytes.len();
        whole.then_some(Kept::Deflated { packed: self.bytes, places })
    }
}

impl<'a> From<&'a [u8]> for Content<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self(Kept::Plain(bytes))
    }
}

impl<'a> Content<'a> {
    /// Reads parts of it.
    pub fn parts(&self) -> Parts<'_, 'a> {
        Parts { content: self, inflating: Inflating::default(), piece: 0..0 }
    }
}

/// Reads parts of a content, each behind the one before.
#[derive(Debug)]
pub struct Parts<'c, 'a> {
    content: &'c Content<'a>,
    inflating: Inflating,
    /// What was inflated last.
    piece: Range<u64>,
}

impl Parts<'_, '_> {
    /// Appends the bytes of a part, which does not begin before the one before it has ended.
    ///
    /// # Errors
    /// When there is no such part.
    pub fn append(&mut self, part: Range<u64>, into: &mut Vec<u8>) -> io::Result<()> {
        match &self.content.0 {
            Kept::Plain(bytes) => {
                let range = usize::try_from(part.start).ok().zip(usize::try_from(part.end).ok());
                let found = range.and_then(|(start, end)| bytes.get(start..end));
                into.extend(found.ok_or(io::ErrorKind::UnexpectedEof)?);
            }
            Kept::Deflated { packed, places } => self.append_inflated(packed, places, part, into)?,
        }
        Ok(())
    }

    fn append_inflated(
        &mut self,
        packed: &[u8],
        places: &[Inflating],
        part: Range<u64>,
        into: &mut Vec<u8>,
    ) -> io::Result<()> {
        if part.start < self.piece.start {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let nearest = places.partition_point(|place| place.given <= part.start).checked_sub(1).map(|at| &places[at]);
        if let Some(place) = nearest.filter(|place| place.given > self.piece.end) {
            self.inflating.clone_from(place);
            self.piece = place.given..place.given;
        }
        let mut from = part.start;
        while from < part.end {
            if from < self.piece.end {
                let until = part.end.min(self.piece.end);
                into.extend(self.inflating.part(from..until));
                from = until;
            } else {
                self.piece = self.inflating.go_on(packed).ok_or(io::ErrorKind::UnexpectedEof)?;
            }
        }
        Ok(())
    }
}

/// A reader of deflated bytes, which can be kept to go on from later.
#[derive(Clone)]
struct Inflating {
    core: Box<DecompressorOxide>,
    /// The last bytes that were inflated, as a ring.
    window: Vec<u8>,
    /// How many of the packed bytes were read.
    taken: usize,
    /// How many bytes they became.
    given: u64,
    done: bool,
}

impl Default for Inflating {
    fn default() -> Self {
        Self { core: Box::default(), window: vec![0; WINDOW], taken: 0, given: 0, done: false }
    }
}

impl std::fmt::Debug for Inflating {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inflating").field("taken", &self.taken).field("given", &self.given).finish_non_exhaustive()
    }
}

impl Inflating {
    /// Inflates what goes into the ring until its end, and says which part of the whole that is; `None` when it cannot.
    fn go_on(&mut self, packed: &[u8]) -> Option<Range<u64>> {
        if self.done {
            return None;
        }
        let from = self.given;
        let rest = packed.get(self.taken..)?;
        let (status, taken, given) =
            decompress(&mut self.core, rest, &mut self.window, place_of(from), TINFL_FLAG_IGNORE_ADLER32);
        self.taken += taken;
        self.given += given as u64;
        self.done = status == TINFLStatus::Done;
        (self.done || (status == TINFLStatus::HasMoreOutput && given > 0)).then_some(from..self.given)
    }

    /// The bytes of a part, which lies within what was inflated last.
    fn part(&self, part: Range<u64>) -> &[u8] {
        let from = place_of(part.start);
        let length = usize::try_from(part.end - part.start).unwrap_or_default();
        self.window.get(from..from + length).unwrap_or_default()
    }
}

/// How far apart the places are in so many bytes.
fn stride(size: u64) -> u64 {
    STRIDE.max(size.div_ceil(PLACES))
}

/// Where in the ring a byte stands.
fn place_of(offset: u64) -> usize {
    (offset % WINDOW as u64) as usize
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::wire::zip::crc32;
    use miniz_oxide::deflate::compress_to_vec;
    use proptest::prelude::*;

    /// Text that deflates well and repeats nothing.
    fn text(lines: usize) -> Vec<u8> {
        (0..lines)
            .flat_map(|n| format!("{n} is the number of this line, and {} is not\n", n * 7919).into_bytes())
            .collect()
    }

    fn packed<'a>(text: &[u8], bytes: &'a [u8]) -> Packed<'a> {
        Packed { bytes, method: Method::Deflated, size: text.len() as u64, crc: crc32(text) }
    }

    #[test]
    fn every_part_is_what_it_is_in_the_whole_and_the_whole_is_never_held() {
        let text = text(120_000);
        let bytes = compress_to_vec(&text, 6);
        let (mut shown, mut largest): (Vec<u8>, usize) = (Vec::new(), 0);
        let content = packed(&text, &bytes)
            .read_through(|piece| {
                largest = largest.max(piece.len());
                shown.extend(piece);
            })
            .unwrap();
        assert!(shown == text && largest <= WINDOW);
        let Kept::Deflated { places, .. } = &content.0 else { panic!("it is deflated") };
        assert_eq!(places.len() as u64, (text.len() as u64).div_ceil(STRIDE));
        let end = text.len();
        let parts = [0..1, 1..2, 5..70_000, 70_000..70_001, 2_000_000..2_100_000, end - 1..end];
        for ranges in [core::slice::from_ref(&(0..end)), &parts[..]] {
            let mut parts = content.parts();
            for range in ranges.iter().cloned() {
                let mut part = Vec::new();
                parts.append(range.start as u64..range.end as u64, &mut part).unwrap();
                assert!(part == text[range]);
            }
        }
    }

    #[test]
    fn there_are_never_more_places_than_so_many() {
        for size in [0, 1, STRIDE, PLACES * STRIDE, PLACES * STRIDE + 1, 512 << 20, 1 << 40] {
            assert!(size.div_ceil(stride(size)) <= PLACES, "{size}");
        }
    }

    #[test]
    fn what_is_longer_or_shorter_than_it_says_or_has_another_crc_is_damaged() {
        let text = text(2000);
        let bytes = compress_to_vec(&text, 6);
        let good = packed(&text, &bytes);
        assert!(good.read_through(|_| {}).is_some());
        let longer = [bytes.as_slice(), b"x"].concat();
        for bad in [
            Packed { size: good.size - 1, ..good },
            Packed { size: good.size + 1, ..good },
            Packed { crc: good.crc ^ 1, ..good },
            Packed { bytes: &bytes[..bytes.len() - 1], ..good },
            Packed { bytes: &longer, ..good },
            Packed { bytes: &[], ..good },
            Packed { method: Method::Stored, ..good },
        ] {
            assert!(bad.read_through(|_| {}).is_none(), "{} {}", bad.bytes.len(), bad.size);
        }
    }

    #[test]
    fn what_becomes_more_than_it_says_is_not_inflated_further() {
        let zeros = vec![0; 8 << 20];
        let bytes = compress_to_vec(&zeros, 6);
        let mut shown = 0;
        let bomb = Packed { size: 1000, ..packed(&zeros, &bytes) };
        assert!(bomb.read_through(|piece| shown += piece.len()).is_none());
        assert_eq!(shown, 0);
    }

    #[test]
    fn parts_are_read_forwards_and_within_the_content() {
        let text = text(5000);
        let bytes = compress_to_vec(&text, 6);
        let deflated = packed(&text, &bytes).read_through(|_| {}).unwrap();
        let end = text.len() as u64;
        for content in [deflated, Content::from(text.as_slice())] {
            let mut parts = content.parts();
            assert!(parts.append(end - 1..end + 1, &mut Vec::new()).is_err());
        }
        let deflated = packed(&text, &bytes).read_through(|_| {}).unwrap();
        let mut parts = deflated.parts();
        parts.append(100_000..100_001, &mut Vec::new()).unwrap();
        assert!(parts.append(0..1, &mut Vec::new()).is_err());
    }

    proptest! {
        #[test]
        fn any_packed_bytes_are_read_or_refused_without_panic(bytes: Vec<u8>, size in 0u64..100_000, crc: u32) {
            let _ = Packed { bytes: &bytes, method: Method::Deflated, size, crc }.read_through(|_| {});
        }
    }
}
