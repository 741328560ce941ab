//! Reading, strictly: everything that the writer would have written in another way is a fault. What can still be read is
//! given too, so that a verifier can tell all that is wrong at once.

use std::collections::{BTreeMap, BTreeSet};

use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZFlush, MZStatus};

use super::write::{Method, crc32};
use super::{CENTRAL, CENTRAL_LENGTH, DATE, END, END_LENGTH, LOCAL, LOCAL_LENGTH, Packed, VERSION, ZipFault, names};

/// How much of a hostile container is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most members.
    pub members: usize,
    /// Largest member, in bytes, once inflated.
    pub member: u64,
    /// All members together, in bytes, once inflated.
    pub total: u64,
    /// How many times larger than its packed bytes a member may become; small members are not held to it.
    pub ratio: u64,
}

impl Limits {
    /// For a bewijs: a run with tens of thousands of exchanges stays far below.
    pub const BEWIJS: Self = Self { members: 20_000, member: 512 << 20, total: 1 << 30, ratio: 200 };
}

/// Members up to this size are not held to the ratio: there is no harm in them.
const SMALL: u64 = 1 << 20;

/// What was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Read<'a> {
    /// The members that could be read, the first of its name counting.
    pub members: BTreeMap<String, Vec<u8>>,
    /// The member that was to be left as it is, every time that it is there.
    pub packed: Vec<Packed<'a>>,
    /// Everything that is wrong.
    pub faults: Vec<ZipFault>,
}

/// A row of the directory.
struct Row<'a> {
    name: String,
    raw: &'a [u8],
    made_by: u16,
    common: &'a [u8],
    outside: u32,
    plain: bool,
    at: usize,
}

impl Row<'_> {
    fn number16(&self, at: usize) -> u16 {
        le16(self.common, at)
    }

    fn crc(&self) -> u32 {
        le32(self.common, 10)
    }

    fn packed(&self) -> u64 {
        u64::from(le32(self.common, 14))
    }

    fn size(&self) -> u64 {
        u64::from(le32(self.common, 18))
    }

    fn method(&self) -> Option<Method> {
        Method::of(self.number16(4))
    }
}

fn le16(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).map_or(0, |b| u16::from_le_bytes([b[0], b[1]]))
}

fn le32(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).map_or(0, |b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
}

/// Reads a container whose first member is called `first` and stored.
pub fn read<'a>(bytes: &'a [u8], first: &str, limits: Limits) -> Read<'a> {
    read_with_packed(bytes, first, None, limits)
}

/// Reads a container as [`read`] does, and leaves a member as it is: what is wrong with its own bytes is seen only when it is
/// read through.
pub fn read_with_packed<'a>(bytes: &'a [u8], first: &str, left: Option<&str>, limits: Limits) -> Read<'a> {
    let mut out = Read::default();
    let Some(end) = end_of(bytes, &mut out.faults) else { return out };
    let rows = match rows(bytes, end, limits, &mut out.faults) {
        Ok(rows) => rows,
        Err(fault) => {
            out.faults.push(fault);
            return out;
        }
    };
    order(&rows, first, &mut out.faults);
    let total: u64 = rows.iter().map(Row::size).sum();
    if total > limits.total {
        out.faults.push(ZipFault::ZipLimit { what: "bytes", found: total, limit: limits.total });
        return out;
    }
    let mut expected = 0;
    for row in &rows {
        if row.at != expected {
            out.faults.push(ZipFault::ZipGap(row.name.clone()));
        }
        let (packed, behind) = member(bytes, row, limits, &mut out.faults);
        expected = behind.unwrap_or(expected);
        match packed {
            None => {}
            Some(packed) if left == Some(row.name.as_str()) => out.packed.push(packed),
            Some(packed) => match content(packed) {
                Some(content) => drop(out.members.entry(row.name.clone()).or_insert(content)),
                None => out.faults.push(ZipFault::ZipContent(row.name.clone())),
            },
        }
    }
    if expected != le32(bytes, end + 16) as usize {
        out.faults.push(ZipFault::ZipGap("the directory".into()));
    }
    out
}

/// Where the end of the directory stands. It is looked for from behind, so that bytes that follow it can be told of.
fn end_of(bytes: &[u8], faults: &mut Vec<ZipFault>) -> Option<usize> {
    let damaged = || ZipFault::ZipDamaged("there is no end of the directory".into());
    let last = bytes.len().checked_sub(END_LENGTH);
    let Some(last) = last else {
        faults.push(damaged());
        return None;
    };
    let from = last.saturating_sub(usize::from(u16::MAX));
    let found = (from..=last).rev().find(|at| le32(bytes, *at) == END);
    match found {
        Some(at) => {
            let comment = usize::from(le16(bytes, at + 20));
            if at != last || comment != 0 {
                faults.push(ZipFault::ZipTrailing(bytes.len() - at - END_LENGTH));
            }
            Some(at)
        }
        None => {
            faults.push(damaged());
            None
        }
    }
}

fn rows<'a>(bytes: &'a [u8], end: usize, limits: Limits, faults: &mut Vec<ZipFault>) -> Result<Vec<Row<'a>>, ZipFault> {
    let damaged = |why: &str| ZipFault::ZipDamaged(why.to_owned());
    let count = usize::from(le16(bytes, end + 10));
    if usize::from(le16(bytes, end + 8)) != count || le32(bytes, end + 4) != 0 {
        return Err(damaged("it is spread over disks"));
    }
    if count > limits.members {
        return Err(ZipFault::ZipLimit { what: "members", found: count as u64, limit: limits.members as u64 });
    }
    let start = le32(bytes, end + 16) as usize;
    if start.checked_add(le32(bytes, end + 12) as usize) != Some(end) {
        return Err(damaged("the directory is not where it should be"));
    }
    let mut at = start;
    let mut rows = Vec::with_capacity(count);
    for _ in 0..count {
        let header = bytes.get(at..at + CENTRAL_LENGTH).filter(|_| at + CENTRAL_LENGTH <= end);
        let header = header.filter(|h| le32(h, 0) == CENTRAL).ok_or_else(|| damaged("the directory is cut short"))?;
        let (name, extra, comment) =
            (usize::from(le16(header, 28)), usize::from(le16(header, 30)), usize::from(le16(header, 32)));
        let raw = bytes.get(at + CENTRAL_LENGTH..at + CENTRAL_LENGTH + name).ok_or_else(|| damaged("a name is cut"))?;
        let name = String::from_utf8_lossy(raw).into_owned();
        rows.push(Row {
            name,
            raw,
            made_by: le16(header, 4),
            common: &header[6..30],
            outside: le32(header, 38),
            // Extra field, comment, disk and inner attributes.
            plain: header[30..38].iter().all(|b| *b == 0),
            at: le32(header, 42) as usize,
        });
        at += CENTRAL_LENGTH + raw.len() + extra + comment;
    }
    if at != end {
        return Err(damaged("the directory holds more than its members"));
    }
    for row in &rows {
        fields(row, faults);
    }
    Ok(rows)
}

/// Faults in what the directory says of one member.
fn fields(row: &Row<'_>, faults: &mut Vec<ZipFault>) {
    const LINK: u32 = 0o120_000;
    const KIND: u32 = 0o170_000;
    faults.extend(names::fault(&row.name));
    let mut field = |wrong: bool, what| {
        if wrong {
            faults.push(ZipFault::ZipField { name: row.name.clone(), what });
        }
    };
    field(row.number16(0) != VERSION, "another version is needed");
    field(row.number16(2) != 0, "it has flags, such as encryption");
    field(row.number16(6) != 0 || row.number16(8) != DATE, "it has a time");
    field(!row.plain, "it has an extra field, a comment or attributes");
    let link = (row.outside >> 16) & KIND == LINK;
    field(!link && (row.outside != 0 || row.made_by != VERSION), "it has attributes of a file system");
    if link {
        faults.push(ZipFault::ZipLink(row.name.clone()));
    }
}

/// Faults in the order of the members and between their names.
fn order(rows: &[Row<'_>], first: &str, faults: &mut Vec<ZipFault>) {
    match rows.first() {
        Some(row) if row.name == first && row.method() == Some(Method::Stored) => {}
        Some(row) if row.name == first => faults.push(ZipFault::ZipMethod(row.name.clone())),
        _ => faults.push(ZipFault::ZipOrder(first.to_owned())),
    }
    let rest = || rows.iter().map(|r| r.name.as_str()).filter(|name| *name != first);
    for (one, next) in rest().zip(rest().skip(1)) {
        if one > next {
            faults.push(ZipFault::ZipOrder(next.to_owned()));
        }
    }
    let (mut names, mut folded) = (BTreeSet::new(), BTreeSet::new());
    for row in rows {
        let new = names.insert(row.name.as_str());
        let lower = folded.insert(row.name.to_lowercase());
        match (new, lower) {
            (false, _) => faults.push(ZipFault::ZipDuplicate(row.name.clone())),
            (true, false) => faults.push(ZipFault::ZipCase(row.name.clone())),
            (true, true) => {}
        }
    }
}

/// One member as it is, and where the next one begins.
fn member<'a>(
    bytes: &'a [u8],
    row: &Row<'_>,
    limits: Limits,
    faults: &mut Vec<ZipFault>,
) -> (Option<Packed<'a>>, Option<usize>) {
    let told = || row.name.clone();
    let header = bytes.get(row.at..row.at.saturating_add(LOCAL_LENGTH)).filter(|h| le32(h, 0) == LOCAL);
    let Some(header) = header else {
        faults.push(ZipFault::ZipContent(told()));
        return (None, None);
    };
    let (name, extra) = (usize::from(le16(header, 26)), usize::from(le16(header, 28)));
    let begin = row.at + LOCAL_LENGTH + name + extra;
    let same = &header[4..28] == row.common && extra == 0;
    let same = same && bytes.get(row.at + LOCAL_LENGTH..row.at + LOCAL_LENGTH + name) == Some(row.raw);
    if !same {
        faults.push(ZipFault::ZipHeaders(told()));
    }
    let behind = begin.saturating_add(row.packed() as usize);
    let Some(packed) = bytes.get(begin..behind) else {
        faults.push(ZipFault::ZipContent(told()));
        return (None, None);
    };
    if row.size() > limits.member {
        faults.push(ZipFault::ZipLimit { what: "bytes of a member", found: row.size(), limit: limits.member });
        return (None, Some(behind));
    }
    if row.size() > SMALL && row.size() > row.packed().saturating_mul(limits.ratio) {
        faults.push(ZipFault::ZipRatio(told()));
        return (None, Some(behind));
    }
    let packed = |method| Packed { bytes: packed, method, size: row.size(), crc: row.crc() };
    if row.method().is_none() {
        faults.push(ZipFault::ZipMethod(told()));
    }
    (row.method().map(packed), Some(behind))
}

/// The bytes of a member.
fn content(packed: Packed<'_>) -> Option<Vec<u8>> {
    let size = usize::try_from(packed.size).unwrap_or(usize::MAX);
    let content = match packed.method {
        Method::Stored => Some(packed.bytes.to_vec()),
        Method::Deflated => inflated(packed.bytes, size),
    };
    content.filter(|content| content.len() == size && crc32(content) == packed.crc)
}

/// Inflates what has to become `size` bytes, of exactly these packed ones.
fn inflated(packed: &[u8], size: usize) -> Option<Vec<u8>> {
    let mut out = vec![0; size];
    let mut state = InflateState::new_boxed(DataFormat::Raw);
    let done = inflate(&mut state, packed, &mut out, MZFlush::Finish);
    let whole = done.bytes_consumed == packed.len() && done.bytes_written == size;
    (done.status == Ok(MZStatus::StreamEnd) && whole).then_some(out)
}
