//! Content-Transfer-Encoding (RFC 2045 section 6): undone piece by piece.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// How the content of a part stands in the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Encoding {
    /// As it is: `7bit`, `8bit` or `binary`, or nothing said.
    #[default]
    Identity,
    /// `base64`.
    Base64,
    /// `quoted-printable`.
    QuotedPrintable,
}

impl Encoding {
    /// The encoding that a header field names; `None` when there is no such encoding.
    pub fn named(field: Option<&str>) -> Option<Self> {
        let Some(field) = field else { return Some(Self::Identity) };
        match field.trim().to_ascii_lowercase().as_str() {
            "" | "7bit" | "8bit" | "binary" => Some(Self::Identity),
            "base64" => Some(Self::Base64),
            "quoted-printable" => Some(Self::QuotedPrintable),
            _ => None,
        }
    }
}

/// Undoes an encoding.
#[derive(Debug, Default)]
pub struct Decoder {
    encoding: Encoding,
    /// What was taken in and cannot be decoded yet.
    held: Vec<u8>,
    padded: bool,
}

impl Decoder {
    /// A decoder of that encoding.
    pub fn new(encoding: Encoding) -> Self {
        Self { encoding, held: Vec::new(), padded: false }
    }

    /// Takes the next bytes and gives what they are.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn push(&mut self, bytes: &[u8], out: &mut dyn FnMut(&[u8])) -> Result<(), &'static str> {
        match self.encoding {
            Encoding::Identity => out(bytes),
            Encoding::Base64 => {
                self.held.extend(bytes.iter().filter(|b| !b.is_ascii_whitespace()));
                let whole = self.held.len() / 4 * 4;
                self.base64(whole, out)?;
            }
            Encoding::QuotedPrintable => {
                self.held.extend_from_slice(bytes);
                self.printable(false, out)?;
            }
        }
        Ok(())
    }

    /// Tells that the content is complete.
    ///
    /// # Errors
    /// When it ends too early.
    pub fn finish(mut self, out: &mut dyn FnMut(&[u8])) -> Result<(), &'static str> {
        match self.encoding {
            Encoding::Identity => Ok(()),
            Encoding::Base64 if self.held.is_empty() => Ok(()),
            Encoding::Base64 => Err("the base64 text is not complete"),
            Encoding::QuotedPrintable => self.printable(true, out),
        }
    }

    fn base64(&mut self, whole: usize, out: &mut dyn FnMut(&[u8])) -> Result<(), &'static str> {
        if whole == 0 {
            return Ok(());
        }
        if self.padded {
            return Err("base64 text goes on behind its padding");
        }
        let decoded = STANDARD.decode(&self.held[..whole]).map_err(|_| "this is no base64 text")?;
        self.padded = self.held[whole - 1] == b'=';
        self.held.drain(..whole);
        out(&decoded);
        Ok(())
    }

    fn printable(&mut self, end: bool, out: &mut dyn FnMut(&[u8])) -> Result<(), &'static str> {
        let mut decoded = Vec::with_capacity(self.held.len());
        let mut at = 0;
        while let Some(byte) = self.held.get(at) {
            if *byte != b'=' {
                decoded.push(*byte);
                at += 1;
                continue;
            }
            let digit = |b: u8| char::from(b).to_digit(16).map(|d| d as u8);
            match (self.held.get(at + 1).copied(), self.held.get(at + 2).copied()) {
                (Some(b'\n'), _) => at += 2,
                (Some(b'\r'), Some(b'\n')) => at += 3,
                (Some(high), Some(low)) => match (digit(high), digit(low)) {
                    (Some(high), Some(low)) => {
                        decoded.push(high * 16 + low);
                        at += 3;
                    }
                    _ => return Err("`=` is followed by no two digits"),
                },
                _ if end => return Err("the quoted-printable text is not complete"),
                _ => break,
            }
        }
        self.held.drain(..at);
        out(&decoded);
        Ok(())
    }
}

/// Bytes as base64 in lines of 76 characters.
pub fn write_base64(bytes: &[u8]) -> Vec<u8> {
    let text = STANDARD.encode(bytes).into_bytes();
    text.chunks(76).collect::<Vec<_>>().join(b"\r\n".as_slice())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn decode(encoding: Encoding, pieces: &[&[u8]]) -> Result<Vec<u8>, &'static str> {
        let mut got = Vec::new();
        let mut decoder = Decoder::new(encoding);
        for piece in pieces {
            decoder.push(piece, &mut |b| got.extend_from_slice(b))?;
        }
        decoder.finish(&mut |b| got.extend_from_slice(b))?;
        Ok(got)
    }

    #[test]
    fn encodings_are_known_by_name_and_others_are_not() {
        assert_eq!(Encoding::named(None), Some(Encoding::Identity));
        assert_eq!(Encoding::named(Some(" BASE64 ")), Some(Encoding::Base64));
        assert_eq!(Encoding::named(Some("8bit")), Some(Encoding::Identity));
        assert_eq!(Encoding::named(Some("x-uuencode")), None);
    }

    #[test]
    fn quoted_printable_is_undone_across_pieces() {
        assert_eq!(decode(Encoding::QuotedPrintable, &[b"a=3", b"Db=\r", b"\nc=\nd"]), Ok(b"a=bcd".to_vec()));
        assert!(decode(Encoding::QuotedPrintable, &[b"a=3"]).is_err());
        assert!(decode(Encoding::QuotedPrintable, &[b"a=zz"]).is_err());
    }

    #[test]
    fn base64_that_is_none_is_told() {
        assert_eq!(decode(Encoding::Base64, &[b"YQ", b"=", b"=\r\n"]), Ok(b"a".to_vec()));
        for wrong in [b"YQ=".as_slice(), b"YQ==YQ==", b"Y*==", b"YQ"] {
            assert!(decode(Encoding::Base64, &[wrong]).is_err());
        }
        assert!(decode(Encoding::Base64, &[b"YQ==", b"YQ=="]).is_err());
    }

    proptest! {
        #[test]
        fn base64_reads_back_in_any_pieces(bytes in proptest::collection::vec(any::<u8>(), 0..300), size in 1usize..90) {
            let text = write_base64(&bytes);
            let pieces: Vec<&[u8]> = text.chunks(size).collect();
            prop_assert_eq!(decode(Encoding::Base64, &pieces), Ok(bytes));
        }
    }
}
