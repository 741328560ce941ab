//! Writing: members in order of name, the first one excepted, each stored or deflated as it is told.

use std::collections::BTreeMap;

use miniz_oxide::deflate::compress_to_vec;

use super::{CENTRAL, CENTRAL_LENGTH, DATE, END, END_LENGTH, LOCAL, LOCAL_LENGTH, VERSION, ZipFault, names};

/// Level of compression. Another level gives other bytes for the same files.
const LEVEL: u8 = 6;

/// How a member is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// As it is.
    Stored,
    /// Deflated (RFC 1951).
    Deflated,
}

impl Method {
    pub(super) fn number(self) -> u16 {
        match self {
            Self::Stored => 0,
            Self::Deflated => 8,
        }
    }

    pub(super) fn of(number: u16) -> Option<Self> {
        match number {
            0 => Some(Self::Stored),
            8 => Some(Self::Deflated),
            _ => None,
        }
    }
}

/// Writes a container. `first` is put before the others and stored, so that its bytes tell at a fixed place what the file
/// is; everything else is deflated.
///
/// # Errors
/// When a name is not plain, or a member or the whole is larger than a ZIP without extensions can tell.
pub fn write(first: (&str, &[u8]), members: &BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>, ZipFault> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    let rest = members.iter().filter(|(name, _)| *name != first.0);
    let all = std::iter::once((first.0, first.1, Method::Stored))
        .chain(rest.map(|(name, bytes)| (name.as_str(), bytes.as_slice(), Method::Deflated)));
    let mut count = 0;
    for (name, bytes, method) in all {
        if let Some(fault) = names::fault(name) {
            return Err(fault);
        }
        let packed = match method {
            Method::Stored => bytes.to_vec(),
            Method::Deflated => compress_to_vec(bytes, LEVEL),
        };
        let at = small(out.len())?;
        let about = about(method, crc32(bytes), small(packed.len())?, small(bytes.len())?, name.len());
        out.extend(LOCAL.to_le_bytes());
        out.extend(&about);
        out.extend([0; 2]);
        out.extend(name.as_bytes());
        out.extend(packed);
        directory.extend(CENTRAL.to_le_bytes());
        directory.extend(VERSION.to_le_bytes());
        directory.extend(&about);
        // Extra field, comment, disk, attributes inside and outside: none.
        directory.extend([0; 12]);
        directory.extend(at.to_le_bytes());
        directory.extend(name.as_bytes());
        count += 1;
    }
    let (at, length) = (small(out.len())?, small(directory.len())?);
    let count = u16::try_from(count).map_err(|_| too_large("members", u64::from(u16::MAX)))?;
    out.extend(directory);
    out.extend(END.to_le_bytes());
    out.extend([0; 4]);
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend(length.to_le_bytes());
    out.extend(at.to_le_bytes());
    out.extend([0; 2]);
    debug_assert_eq!((LOCAL_LENGTH, CENTRAL_LENGTH, END_LENGTH), (30, 46, 22));
    Ok(out)
}

/// What both headers of a member say in the same words: version, flags, method, time, date, CRC, sizes, length of the name.
fn about(method: Method, crc: u32, packed: u32, size: u32, name: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(24);
    out.extend(VERSION.to_le_bytes());
    out.extend([0; 2]);
    out.extend(method.number().to_le_bytes());
    out.extend([0; 2]);
    out.extend(DATE.to_le_bytes());
    out.extend(crc.to_le_bytes());
    out.extend(packed.to_le_bytes());
    out.extend(size.to_le_bytes());
    // The alphabet of names bounds their length far below this.
    out.extend(u16::try_from(name).unwrap_or(u16::MAX).to_le_bytes());
    out
}

fn small(length: usize) -> Result<u32, ZipFault> {
    u32::try_from(length).map_err(|_| too_large("bytes", u64::from(u32::MAX)))
}

fn too_large(what: &'static str, limit: u64) -> ZipFault {
    ZipFault::ZipLimit { what, found: limit + 1, limit }
}

/// The CRC-32 of ZIP (ISO 3309, reflected).
pub fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = Crc::default();
    crc.add(bytes);
    crc.value()
}

/// A CRC-32 of what comes in pieces.
#[derive(Debug, Clone, Copy)]
pub(super) struct Crc(u32);

impl Default for Crc {
    fn default() -> Self {
        Self(u32::MAX)
    }
}

impl Crc {
    /// Adds a piece.
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.0 = added(self.0, bytes);
    }

    /// The CRC of what was added.
    pub(super) fn value(self) -> u32 {
        !self.0
    }
}

/// Adds bytes, eight at a time: a bewijs is mostly one large member.
fn added(crc: u32, bytes: &[u8]) -> u32 {
    // Not a constant: an unoptimised build would copy it for every look.
    static TABLES: [[u32; 256]; 8] = tables();
    let step = |crc: u32, byte: u8| (crc >> 8) ^ TABLES[0][usize::from(crc.to_le_bytes()[0] ^ byte)];
    let (eights, rest) = bytes.as_chunks::<8>();
    let crc = eights.iter().fold(crc, |crc, eight| {
        let [a, b, c, d, e, f, g, h] = *eight;
        let [w, x, y, z] = (crc ^ u32::from_le_bytes([a, b, c, d])).to_le_bytes();
        TABLES[7][usize::from(w)]
            ^ TABLES[6][usize::from(x)]
            ^ TABLES[5][usize::from(y)]
            ^ TABLES[4][usize::from(z)]
            ^ TABLES[3][usize::from(e)]
            ^ TABLES[2][usize::from(f)]
            ^ TABLES[1][usize::from(g)]
            ^ TABLES[0][usize::from(h)]
    });
    rest.iter().fold(crc, |crc, byte| step(crc, *byte))
}

/// The table of one byte, and of that byte with one to seven zeros behind it.
const fn tables() -> [[u32; 256]; 8] {
    let mut tables = [[0; 256]; 8];
    let mut at = 0;
    while at < 256 {
        let mut crc = at as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
            bit += 1;
        }
        tables[0][at] = crc;
        at += 1;
    }
    let mut zeros = 1;
    while zeros < 8 {
        let mut at = 0;
        while at < 256 {
            let crc = tables[zeros - 1][at];
            tables[zeros][at] = (crc >> 8) ^ tables[0][(crc & 0xff) as usize];
            at += 1;
        }
        zeros += 1;
    }
    tables
}
