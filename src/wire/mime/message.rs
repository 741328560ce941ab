//! A whole body: read into its parts, and written.

use super::{ContentType, Decoder, Encoding, Limits, MimeFault, Oddity, Piece, Reader, write_base64};

/// One part.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Part {
    /// Header fields in order; names as they were written, values without folds.
    pub headers: Vec<(String, String)>,
    /// The content as it stands in the body, in its transfer encoding.
    pub raw: Vec<u8>,
}

impl Part {
    /// A part of a media type, with a content id (without angle brackets), as it is.
    pub fn new(media_type: &str, content_id: &str, bytes: Vec<u8>) -> Self {
        let headers = [
            ("Content-Type", media_type.to_owned()),
            ("Content-Transfer-Encoding", "binary".to_owned()),
            ("Content-ID", format!("<{content_id}>")),
        ];
        Self { headers: headers.map(|(n, v)| (n.to_owned(), v)).into(), raw: bytes }
    }

    /// The same in base64.
    #[must_use]
    pub fn in_base64(mut self) -> Self {
        for (name, value) in &mut self.headers {
            if name.eq_ignore_ascii_case("content-transfer-encoding") {
                "base64".clone_into(value);
            }
        }
        self.raw = write_base64(&self.raw);
        self
    }

    /// Reads the header of a part.
    ///
    /// # Errors
    /// When a line has no name.
    pub fn read_headers(part: usize, raw: &[u8]) -> Result<Vec<(String, String)>, MimeFault> {
        let text = String::from_utf8_lossy(raw);
        let mut headers: Vec<(String, String)> = Vec::new();
        for line in text.split('\n').map(|l| l.trim_end_matches('\r')).filter(|l| !l.is_empty()) {
            match headers.last_mut() {
                // A line that begins with a blank goes on with the field before it (RFC 5322 section 2.2.3).
                Some((_, value)) if line.starts_with([' ', '\t']) => {
                    value.push(' ');
                    value.push_str(line.trim());
                }
                _ => {
                    let named = line.split_once(':').filter(|(n, _)| !n.trim().is_empty() && !n.trim().contains(' '));
                    let fault = || MimeFault::Header { part, line: line.chars().take(80).collect() };
                    let (name, value) = named.ok_or_else(fault)?;
                    headers.push((name.trim().to_owned(), value.trim().to_owned()));
                }
            }
        }
        Ok(headers)
    }

    /// The first field of that name, in whatever case it was written.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// The content id without angle brackets.
    pub fn content_id(&self) -> Option<&str> {
        content_id(&self.headers)
    }

    /// The content type as it was written.
    pub fn content_type(&self) -> Option<&str> {
        self.header("content-type")
    }

    /// The content with its transfer encoding undone.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn decoded(&self) -> Result<Vec<u8>, String> {
        let field = self.header("content-transfer-encoding");
        let encoding =
            Encoding::named(field).ok_or_else(|| format!("`{}` is no encoding", field.unwrap_or_default()))?;
        let mut bytes = Vec::with_capacity(self.raw.len());
        let mut decoder = Decoder::new(encoding);
        decoder.push(&self.raw, &mut |b| bytes.extend_from_slice(b))?;
        decoder.finish(&mut |b| bytes.extend_from_slice(b))?;
        Ok(bytes)
    }
}

/// The first field of that name, in whatever case.
pub(crate) fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
}

/// The content id without angle brackets.
pub(crate) fn content_id(headers: &[(String, String)]) -> Option<&str> {
    header(headers, "content-id").map(unbracketed)
}

/// An id without the angle brackets and blanks around it.
pub(crate) fn unbracketed(id: &str) -> &str {
    let id = id.trim();
    id.strip_prefix('<').and_then(|i| i.strip_suffix('>')).unwrap_or(id).trim()
}

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether a blank line stands before the first boundary.
    pub blank_first: bool,
    /// Whether lines end in a line feed alone.
    pub bare_line_feeds: bool,
    /// Whether a line end follows the last boundary.
    pub ends_line: bool,
    /// How many bytes at the end are left out.
    pub cut: usize,
}

impl Default for Style {
    fn default() -> Self {
        Self { blank_first: false, bare_line_feeds: false, ends_line: true, cut: 0 }
    }
}

/// A whole body.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Message {
    /// The parts in order.
    pub parts: Vec<Part>,
    /// What is unusual about it.
    pub oddities: Vec<Oddity>,
}

impl Message {
    /// Reads a body.
    ///
    /// # Errors
    /// See [`MimeFault`].
    pub fn read(content_type: &ContentType, body: &[u8], limits: Limits) -> Result<Self, MimeFault> {
        let mut reader = Reader::new(content_type, limits)?;
        let mut message = Self::default();
        let mut fault = None;
        let mut collect = |piece: Piece<'_>| match piece {
            Piece::Begins(raw) => {
                let headers = Part::read_headers(message.parts.len(), raw);
                let headers = headers.map_err(|f| fault.get_or_insert(f).clone()).unwrap_or_default();
                message.parts.push(Part { headers, raw: Vec::new() });
            }
            Piece::Content(bytes) => {
                if let Some(part) = message.parts.last_mut() {
                    part.raw.extend_from_slice(bytes);
                }
            }
            Piece::Ends => {}
        };
        reader.push(body, &mut collect)?;
        let oddities = reader.finish(&mut collect)?;
        match fault {
            Some(fault) => Err(fault),
            None => Ok(Self { oddities, ..message }),
        }
    }

    /// A boundary that occurs in none of the parts.
    pub fn boundary(&self) -> String {
        let occurs = |mark: &str| {
            let (wanted, first) = (mark.as_bytes(), mark.as_bytes()[0]);
            let within = |raw: &[u8]| {
                let mut starts = raw.iter().enumerate().filter(|(_, b)| **b == first).map(|(at, _)| at);
                starts.any(|at| raw[at..].starts_with(wanted))
            };
            self.parts.iter().any(|p| within(&p.raw))
        };
        let candidates = (0u32..).map(|n| format!("MIME-{n}-part-boundary"));
        candidates.into_iter().find(|c| !occurs(c)).unwrap_or_default()
    }

    /// Writes the body with this boundary.
    pub fn write(&self, boundary: &str, style: Style) -> Vec<u8> {
        let line = if style.bare_line_feeds { "\n" } else { "\r\n" };
        let mut out = Vec::with_capacity(self.parts.iter().map(|p| p.raw.len() + 300).sum());
        if style.blank_first {
            out.extend_from_slice(line.as_bytes());
        }
        for part in &self.parts {
            out.extend_from_slice(format!("--{boundary}{line}").as_bytes());
            for (name, value) in &part.headers {
                out.extend_from_slice(format!("{name}: {value}{line}").as_bytes());
            }
            out.extend_from_slice(line.as_bytes());
            out.extend_from_slice(&part.raw);
            out.extend_from_slice(line.as_bytes());
        }
        out.extend_from_slice(format!("--{boundary}--").as_bytes());
        if style.ends_line {
            out.extend_from_slice(line.as_bytes());
        }
        out.truncate(out.len().saturating_sub(style.cut));
        out
    }
}
