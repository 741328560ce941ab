//! A reader that is fed: pieces of a body go in, headers and content of the parts come out.

use super::{ContentType, MimeFault};

/// Limits of a body that somebody else wrote.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes in all.
    pub bytes: u64,
    /// Parts.
    pub parts: usize,
    /// Bytes of the header of one part.
    pub header: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 1 << 30, parts: 10_000, header: 16 * 1024 }
    }
}

/// Something that is unusual and legal, or at least harmless.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Oddity {
    /// Something stands before the first boundary, if only a blank line.
    Preamble,
    /// Something other than a line end stands after the last boundary.
    Epilogue,
    /// Lines end in a line feed alone; RFC 2046 has carriage return and line feed.
    BareLineFeeds,
    /// Nothing follows the last boundary, not even a line end.
    EndsAtBoundary,
    /// Blanks stand behind a boundary.
    PaddedBoundary,
}

/// What comes out.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece<'p> {
    /// A part begins: its header as it was written, without the empty line that ends it.
    Begins(&'p [u8]),
    /// Content of the part, in its transfer encoding.
    Content(&'p [u8]),
    /// The part ends.
    Ends,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Preamble,
    Header,
    Content,
    Epilogue,
}

/// The reader. [`push`](Self::push) what arrives, then [`finish`](Self::finish).
#[derive(Debug)]
pub struct Reader {
    /// Two hyphens and the boundary.
    mark: Vec<u8>,
    /// How far a comparison that fails may go on, by the last byte that it looked at.
    skips: Box<[u8; 256]>,
    limits: Limits,
    state: State,
    held: Vec<u8>,
    taken: u64,
    parts: usize,
    /// Whether `held` begins at the beginning of a line.
    at_line: bool,
    oddities: Vec<Oddity>,
}

/// A boundary that was found in what is held.
struct Found {
    /// Where the mark stands.
    mark: usize,
    /// Where the content before it ends; its line end belongs to the boundary.
    content: usize,
    /// Where the next line begins.
    next: usize,
    last: bool,
    bare: bool,
    padded: bool,
    ends: bool,
}

enum Search {
    Found(Found),
    /// Up to here there is none; what follows may become one.
    Undecided(usize),
}

/// Blanks that may stand behind a boundary.
const PADDING: usize = 64;

impl Reader {
    /// A reader of a body of that type.
    ///
    /// # Errors
    /// When the type has no boundary.
    pub fn new(content_type: &ContentType, limits: Limits) -> Result<Self, MimeFault> {
        let mark = [b"--".as_slice(), content_type.boundary()?.as_bytes()].concat();
        let length = mark.len();
        let mut skips = Box::new([length as u8; 256]);
        for (at, byte) in mark.iter().enumerate().take(length - 1) {
            skips[usize::from(*byte)] = (length - 1 - at) as u8;
        }
        let state = State::Preamble;
        Ok(Self {
            mark,
            skips,
            limits,
            state,
            held: Vec::new(),
            taken: 0,
            parts: 0,
            at_line: true,
            oddities: Vec::new(),
        })
    }

    /// Takes the next bytes of the body, and hands out what became certain.
    ///
    /// # Errors
    /// When a limit is exceeded. The reader is of no use then.
    pub fn push(&mut self, bytes: &[u8], out: &mut dyn FnMut(Piece<'_>)) -> Result<(), MimeFault> {
        self.taken += bytes.len() as u64;
        if self.taken > self.limits.bytes {
            return Err(MimeFault::Limit { what: "bytes", found: self.taken, limit: self.limits.bytes });
        }
        if self.state == State::Epilogue {
            return self.after_the_last(bytes);
        }
        self.held.extend_from_slice(bytes);
        self.advance(false, out)
    }

    /// Tells that the body is complete.
    ///
    /// # Errors
    /// When it ends before the last boundary, or a limit is exceeded.
    pub fn finish(mut self, out: &mut dyn FnMut(Piece<'_>)) -> Result<Vec<Oddity>, MimeFault> {
        self.advance(true, out)?;
        match self.state {
            State::Epilogue => {
                self.oddities.sort();
                self.oddities.dedup();
                Ok(self.oddities)
            }
            State::Preamble => Err(MimeFault::NoBoundary),
            State::Header | State::Content => Err(MimeFault::Truncated(self.parts.saturating_sub(1))),
        }
    }

    fn note(&mut self, oddity: Oddity, so: bool) {
        if so && !self.oddities.contains(&oddity) {
            self.oddities.push(oddity);
        }
    }

    fn after_the_last(&mut self, bytes: &[u8]) -> Result<(), MimeFault> {
        self.note(Oddity::Epilogue, !bytes.iter().all(u8::is_ascii_whitespace));
        Ok(())
    }

    fn advance(&mut self, end: bool, out: &mut dyn FnMut(Piece<'_>)) -> Result<(), MimeFault> {
        let mut from = 0;
        loop {
            let before = (self.state, from);
            from = match self.state {
                State::Epilogue => {
                    let rest = std::mem::take(&mut self.held);
                    return self.after_the_last(&rest[from..]);
                }
                State::Header => self.header(from, out)?,
                State::Preamble | State::Content => self.content(from, end, out)?,
            };
            if (self.state, from) == before {
                break;
            }
        }
        self.held.drain(..from);
        Ok(())
    }

    /// Reads on in preamble or content; up to where was read.
    fn content(&mut self, from: usize, end: bool, out: &mut dyn FnMut(Piece<'_>)) -> Result<usize, MimeFault> {
        let inside = self.state == State::Content;
        match self.search(from, end) {
            Search::Undecided(upto) => {
                if upto > from {
                    self.at_line = false;
                    if inside {
                        out(Piece::Content(&self.held[from..upto]));
                    } else {
                        self.note(Oddity::Preamble, true);
                    }
                }
                Ok(upto)
            }
            Search::Found(found) => {
                if inside {
                    if found.content > from {
                        out(Piece::Content(&self.held[from..found.content]));
                    }
                    out(Piece::Ends);
                } else {
                    self.note(Oddity::Preamble, found.mark > from);
                }
                self.note(Oddity::BareLineFeeds, found.bare);
                self.note(Oddity::PaddedBoundary, found.padded);
                self.note(Oddity::EndsAtBoundary, found.ends);
                self.state = if found.last { State::Epilogue } else { State::Header };
                if !found.last {
                    self.parts += 1;
                    if self.parts > self.limits.parts {
                        let found = self.parts as u64;
                        return Err(MimeFault::Limit { what: "parts", found, limit: self.limits.parts as u64 });
                    }
                }
                self.at_line = true;
                Ok(found.next)
            }
        }
    }

    /// Looks for a line that is a boundary, by the last byte of its mark first (Horspool).
    fn search(&self, from: usize, end: bool) -> Search {
        let (held, length) = (&self.held, self.mark.len());
        let mut at = from;
        while at + length <= held.len() {
            let last = held[at + length - 1];
            if held[at..at + length] == *self.mark && self.begins_line(from, at) {
                match self.line(from, at, end) {
                    Some(Ok(found)) => return Search::Found(found),
                    Some(Err(())) => {}
                    None => return Search::Undecided(self.line_end_before(from, at)),
                }
            }
            at += usize::from(self.skips[usize::from(last)]);
        }
        if end {
            return Search::Undecided(held.len());
        }
        // What is too short to compare, and the line end before it, waits for more.
        let waits = held.len().saturating_sub(length + 1).max(from);
        Search::Undecided(self.line_end_before(from, waits).max(from))
    }

    fn begins_line(&self, from: usize, at: usize) -> bool {
        if at == from { self.at_line } else { self.held[at - 1] == b'\n' }
    }

    /// Where the line end before a place begins.
    fn line_end_before(&self, from: usize, at: usize) -> usize {
        let held = &self.held;
        let mut end = at;
        if end > from && held[end - 1] == b'\n' {
            end -= 1;
        }
        if end > from && held[end - 1] == b'\r' {
            end -= 1;
        }
        end
    }

    /// The rest of the line behind a mark: a boundary, something else, or not known yet.
    fn line(&self, from: usize, at: usize, end: bool) -> Option<Result<Found, ()>> {
        let held = &self.held;
        let mut next = at + self.mark.len();
        let rest = &held[next..];
        if rest.len() < 2 && !end {
            return None;
        }
        let last = rest.starts_with(b"--");
        next += if last { 2 } else { 0 };
        let blanks = held[next..].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        if blanks > PADDING {
            return Some(Err(()));
        }
        next += blanks;
        let content = self.line_end_before(from, at);
        let mut bare = at > from && content + 1 == at;
        let (ends, length) = match (held.get(next), held.get(next + 1)) {
            (Some(b'\r'), Some(b'\n')) => (false, 2),
            (Some(b'\r'), None) | (None, _) if !end => return None,
            (Some(b'\n'), _) => {
                bare = true;
                (false, 1)
            }
            // The end of the body serves as line end, but only behind the last boundary.
            (None, _) if last => (true, 0),
            _ => return Some(Err(())),
        };
        Some(Ok(Found { mark: at, content, next: next + length, last, bare, padded: blanks > 0, ends }))
    }

    /// Reads a header, once all of it is there; up to where was read.
    fn header(&mut self, from: usize, out: &mut dyn FnMut(Piece<'_>)) -> Result<usize, MimeFault> {
        let rest = &self.held[from..];
        let window = &rest[..rest.len().min(self.limits.header + 4)];
        // A part may have no header at all: then the empty line comes at once.
        let found = match window {
            [b'\r', b'\n', ..] => Some((0, 2, false)),
            [b'\n', ..] => Some((0, 1, true)),
            _ => {
                let crlf = window.windows(4).position(|w| w == b"\r\n\r\n").map(|at| (at, at + 4, false));
                let bare = window.windows(2).position(|w| w == b"\n\n").map(|at| (at, at + 2, true));
                match (crlf, bare) {
                    (Some(a), Some(b)) => Some(if a.0 < b.0 { a } else { b }),
                    (a, b) => a.or(b),
                }
            }
        };
        match found {
            Some((length, next, bare)) if length <= self.limits.header => {
                out(Piece::Begins(&rest[..length]));
                self.note(Oddity::BareLineFeeds, bare);
                self.state = State::Content;
                // The empty line is the line end of a boundary that follows at once: an empty part.
                self.at_line = true;
                Ok(from + next)
            }
            None if rest.len() <= self.limits.header => Ok(from),
            _ => Err(MimeFault::Limit {
                what: "bytes in the header of a part",
                found: rest.len() as u64,
                limit: self.limits.header as u64,
            }),
        }
    }
}
