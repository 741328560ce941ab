//! Reading numbers and vectors from bytes of TLS (RFC 8446 section 3), and writing vectors.

/// What is left to read; every method gives `None` at the end.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(count)?;
        self.0 = tail;
        Some(head)
    }
    pub(super) fn u8(&mut self) -> Option<u8> {
        Some(self.take(1)?[0])
    }
    pub(super) fn u16(&mut self) -> Option<u16> {
        let bytes = self.take(2)?;
        Some(u16::from_be_bytes([bytes[0], bytes[1]]))
    }
    pub(super) fn u24(&mut self) -> Option<usize> {
        let bytes = self.take(3)?;
        Some(usize::from(bytes[0]) << 16 | usize::from(bytes[1]) << 8 | usize::from(bytes[2]))
    }
    pub(super) fn vector8(&mut self) -> Option<Reader<'a>> {
        let length = usize::from(self.u8()?);
        self.take(length).map(Reader)
    }
    pub(super) fn vector16(&mut self) -> Option<Reader<'a>> {
        let length = usize::from(self.u16()?);
        self.take(length).map(Reader)
    }
    pub(super) fn vector24(&mut self) -> Option<Reader<'a>> {
        let length = self.u24()?;
        self.take(length).map(Reader)
    }
    /// All numbers that are left, without the values that mean nothing (GREASE, RFC 8701).
    pub(super) fn all_u16(mut self) -> Vec<u16> {
        std::iter::from_fn(|| self.u16()).filter(|code| !is_grease(*code)).collect()
    }
}

fn is_grease(code: u16) -> bool {
    code & 0x0f0f == 0x0a0a && code >> 8 == code & 0xff
}

/// A vector with a length of one byte.
pub(super) fn vector8(content: &[u8]) -> Vec<u8> {
    let mut out = vec![u8::try_from(content.len()).unwrap_or(u8::MAX)];
    out.extend(content);
    out
}

/// A vector with a length of two bytes.
pub(super) fn vector16(content: &[u8]) -> Vec<u8> {
    let mut out = u16::try_from(content.len()).unwrap_or(u16::MAX).to_be_bytes().to_vec();
    out.extend(content);
    out
}

/// A vector with a length of three bytes.
pub(super) fn vector24(content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX).to_be_bytes();
    let mut out = length[1..].to_vec();
    out.extend(content);
    out
}

/// Numbers in a row.
pub(super) fn numbers(codes: &[u16]) -> Vec<u8> {
    codes.iter().flat_map(|c| c.to_be_bytes()).collect()
}

/// One extension.
pub(super) fn extension(kind: u16, content: &[u8]) -> Vec<u8> {
    let mut out = kind.to_be_bytes().to_vec();
    out.extend(vector16(content));
    out
}

/// One handshake message.
pub(super) fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut out = vec![kind];
    out.extend(vector24(body));
    out
}

/// One record with handshake messages.
pub(super) fn record(version: u16, messages: &[u8]) -> Vec<u8> {
    let mut out = vec![22];
    out.extend(version.to_be_bytes());
    out.extend(vector16(messages));
    out
}
