//! Lines of a text that comes in pieces: whatever way it is cut, the lines are the same.

use std::io::{BufRead as _, Read as _};

use super::store::MAX_LINE_BYTES;

/// Puts lines together. A line that is longer than any is given as far as it may go, without its end.
#[derive(Debug, Default)]
pub struct Lines {
    begun: Vec<u8>,
}

impl Lines {
    /// Takes a piece, and gives every line that it ends, with its end.
    pub fn add(&mut self, mut piece: &[u8], mut line: impl FnMut(&[u8])) {
        while !piece.is_empty() {
            let room = MAX_LINE_BYTES - self.begun.len();
            // Reading from a slice does not fail.
            let _ = (&mut piece).take(room as u64).read_until(b'\n', &mut self.begun);
            if self.begun.ends_with(b"\n") || self.begun.len() == MAX_LINE_BYTES {
                line(&self.begun);
                self.begun.clear();
            }
        }
    }

    /// Gives the last line, if it has no end.
    pub fn finish(self, mut line: impl FnMut(&[u8])) {
        if !self.begun.is_empty() {
            line(&self.begun);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &[u8], at: usize) -> Vec<Vec<u8>> {
        let mut all = Vec::new();
        let mut lines = Lines::default();
        text.chunks(at).for_each(|piece| lines.add(piece, |line| all.push(line.to_vec())));
        lines.finish(|line| all.push(line.to_vec()));
        all
    }

    #[test]
    fn lines_are_the_same_however_the_text_is_cut() {
        for text in ["", "\n", "a", "a\n", "\n\nab\ncde\nf", "één\ntwee\n"] {
            let expected: Vec<Vec<u8>> = text.as_bytes().split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
            for at in 1..=text.len().max(1) {
                assert_eq!(cut(text.as_bytes(), at), expected, "{text:?} by {at}");
            }
        }
    }

    #[test]
    fn no_more_of_a_line_is_held_than_a_line_may_be() {
        let long = vec![b'x'; MAX_LINE_BYTES + 3];
        let lengths: Vec<usize> = cut(&long, 1 << 20).iter().map(Vec::len).collect();
        assert_eq!(lengths, [MAX_LINE_BYTES, 3]);
    }
}
