//! RLE lossless (PS3.5 annex G), for frames of one byte a pixel: the one compression that is simple enough to write here.

/// Length of the header of a frame: the number of segments and where each begins.
const HEADER: usize = 64;
/// The longest run, and the longest stretch without one.
const LONGEST: usize = 128;

/// A frame with a single segment; rows are coded one by one, as the annex asks.
pub(super) fn encode(frame: &[u8], columns: usize) -> Vec<u8> {
    let mut out = vec![0; HEADER];
    out[0] = 1;
    out[4] = HEADER as u8;
    for row in frame.chunks(columns.max(1)) {
        pack(row, &mut out);
    }
    if out.len() % 2 == 1 {
        out.push(0);
    }
    out
}

/// PackBits: runs of equal bytes, and stretches of bytes as they are.
fn pack(row: &[u8], out: &mut Vec<u8>) {
    let mut at = 0;
    while at < row.len() {
        let run = row[at..].iter().take(LONGEST).take_while(|b| **b == row[at]).count();
        if run >= 2 {
            out.extend([(257 - run) as u8, row[at]]);
            at += run;
            continue;
        }
        let rest = &row[at..row.len().min(at + LONGEST)];
        let plain = rest.windows(2).position(|two| two[0] == two[1]).unwrap_or(rest.len());
        out.push((plain - 1) as u8);
        out.extend_from_slice(&rest[..plain]);
        at += plain;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The decoder as the annex writes it.
    fn decode(coded: &[u8], length: usize) -> Vec<u8> {
        let mut out = Vec::new();
        let mut bytes = coded[HEADER..].iter().copied();
        while out.len() < length {
            match bytes.next().unwrap() {
                n @ 0..=127 => out.extend(bytes.by_ref().take(usize::from(n) + 1)),
                128 => {}
                n => out.extend(std::iter::repeat_n(bytes.next().unwrap(), 257 - usize::from(n))),
            }
        }
        out
    }

    #[test]
    fn runs_are_shorter_and_the_length_is_even() {
        let coded = encode(&[7; 64 * 64], 64);
        assert_eq!((coded.len(), coded[0], coded[4]), (HEADER + 128, 1, 64));
        assert_eq!(encode(&[1], 1).len() % 2, 0);
    }

    proptest! {
        #[test]
        fn what_was_coded_comes_back(frame in proptest::collection::vec(0u8..4, 1..600), columns in 1usize..300) {
            prop_assert_eq!(decode(&encode(&frame, columns), frame.len()), frame);
        }
    }
}
